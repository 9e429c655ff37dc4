"""The shell on the real desk and a real database: the sample clinic."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from console import i18n, keys
from console.app import ConsoleApp
from console.clock import SystemClock
from console.config import Config
from console.demo.fill import fill
from console.screens.queue import QueueScreen
from console.screens.sign_in import Lock
from console.text import cells
from console.widgets.dialogs import Read
from console.widgets.queue_list import QueueList
from db.connect import Connection, Database
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle

START = datetime(2026, 6, 15, 6, 35, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A filled sample clinic, and PINs by login."""
    path = tmp_path_factory.mktemp("sample") / "record" / "demo.db"
    filled = fill(Database.at(path), START, 7)
    filled.database.close()
    return path, dict(filled.pins)


@pytest.fixture
def make_real(
    sample: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., ConsoleApp]]:
    """A console on a copy of the sample clinic; a connection used on the event loop fails the test."""
    path = tmp_path / "record" / "demo.db"
    shutil.copytree(sample[0].parent, path.parent)
    loop_thread = threading.get_ident()

    def off_the_loop(self: Database) -> Connection:
        assert threading.get_ident() != loop_thread, "the event loop touched the database"
        return connection(self)

    connection = Database.connection
    monkeypatch.setattr(Database, "connection", off_the_loop)

    def make(language: str = "zh", role: str = "caller") -> ConsoleApp:
        return ConsoleApp(
            Database.at(path),
            clock=SystemClock.starting_at(START),
            config=Config(language=language, bell=False),
            credentials=(role, sample[1][role]),
        )

    yield make
    i18n.use("en")
    keys.override({})


def ready(app: ConsoleApp) -> Callable[[], bool]:
    """Whether the signed-in queue shows rows and alarms."""
    return lambda: (
        app.seat is not None
        and isinstance(app.screen, QueueScreen)
        and app.screen._header is not None
        and app.screen.query_one(QueueList).count > 0
        and app.lookout.on_call is not None
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ("zh", "en"))
async def test_queue_of_the_sample_clinic(
    make_real: Callable[..., ConsoleApp], size: tuple[int, int], language: str
) -> None:
    app = make_real(language)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, ready(app), 20)
        lines = screen_lines(app)
        assert {cells(line) for line in lines} == {size[0]}
        assert lines[0].rstrip().endswith("DEMO")
        text = screen_text(app)
        assert "reason." not in text and "error." not in text
        assert not any(sign in text for sign in "·…—")
        await pilot.press("down", "w")
        await settle(pilot, lambda: isinstance(app.screen, Read))
        assert len(app.screen._lines) > 3
        assert "reason." not in "\n".join(app.screen._lines)
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, QueueScreen))


async def test_find_and_why_not(make_real: Callable[..., ConsoleApp]) -> None:
    app = make_real("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app), 20)
        await pilot.press("n")
        await settle(pilot, lambda: isinstance(app.screen.focused, Input))
        await pilot.press(*"wang")
        await settle(pilot, lambda: app.screen.query_one(OptionList).option_count > 0)
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, Read))
        assert "reason." not in "\n".join(app.screen._lines)


async def test_lock_and_unlock_with_the_real_pin(
    make_real: Callable[..., ConsoleApp], sample: tuple[Path, dict[str, str]]
) -> None:
    app = make_real("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app), 20)
        await pilot.press("ctrl+l")
        await settle(pilot, lambda: isinstance(app.screen, Lock))
        await pilot.press(*"000000", "enter")
        await settle(pilot, lambda: "PIN" in str(app.screen.query_one("#wrong").content))
        await pilot.press(*sample[1]["caller"], "enter")
        await settle(pilot, lambda: isinstance(app.screen, QueueScreen))


async def test_tick_counts_as_a_watcher(make_real: Callable[..., ConsoleApp]) -> None:
    app = make_real("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app), 20)
        ticked: list[object] = []

        async def last_tick() -> None:
            ticked.append(
                await app.work.read(
                    lambda: app.database.connection().execute("SELECT last_tick_at FROM clinic")[0][
                        "last_tick_at"
                    ]
                )
            )

        def done() -> bool:
            app.job(last_tick())
            return bool(ticked and ticked[-1])

        await settle(pilot, done, 20)
