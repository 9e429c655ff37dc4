"""A console on a fake desk, and waiting for what should happen instead of sleeping."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.events import Key
from textual.pilot import Pilot

from console import i18n, keys
from console.app import ConsoleApp
from console.config import Config
from db.connect import Database
from tests.ui.fakes import FakeDesk, FixedClock

if TYPE_CHECKING:
    from tests.clinic import SampleClinic
    from tests.desk.call_world import World
    from tests.ui.call_desk import Sit

SIZES = ((80, 24), (120, 36))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    """The fake desk, put in the place of the real modules."""
    fake = FakeDesk()
    verbs = {
        "queue": (
            *("header", "page", "narrowed", "held", "choices"),
            *("take_next", "take_item", "may_skip", "skip", "why", "why_not"),
        ),
        "staff": ("sign_in", "check_pin", "sign_out", "switch_role", "change_pin", "seen", "refreshed"),
        "escalations": ("live_alarms", "on_call", "phoning", "may_be_told", "told", "answered"),
        "patients": ("find",),
        "calls": ("incoming", "take_incoming", "my_drafts", "resume", "file_late", "discard"),
        "tick": ("tick",),
        "signs": ("sign_words",),
    }
    import console.desk

    reasons = ModuleType("console.reasons")
    reasons.REASONS = {"fake": "no answer twice"}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "console.reasons", reasons)
    for name, functions in verbs.items():
        module = ModuleType(f"console.desk.{name}")
        for function in functions:
            setattr(module, function, getattr(fake, function))
        monkeypatch.setitem(sys.modules, f"console.desk.{name}", module)
        monkeypatch.setattr(console.desk, name, module, raising=False)
    monkeypatch.setattr("console.desk.first_look.look", fake.first_look)
    monkeypatch.setattr("console.desk.watching.watch", fake.watch)
    monkeypatch.setattr("console.desk.first_look.judged", lambda _database, seen, _now: seen)
    return fake


@pytest.fixture
def calls_opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Claims for which a call screen was opened; a bare screen stands for it."""
    from textual.screen import Screen

    opened: list[object] = []

    def make(claim: object, draft: object = None) -> Screen[None]:
        opened.append(claim)
        return Screen()

    module = ModuleType("console.screens.call")
    module.CallScreen = make  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "console.screens.call", module)
    return opened


@pytest.fixture
def record(tmp_path: Path) -> Database:
    """An SQLite file without our tables: enough for the watch of changes."""
    path = tmp_path / "folder" / "record.db"
    path.parent.mkdir(mode=0o700)
    sqlite3.connect(path).execute("CREATE TABLE t (n INTEGER)").connection.close()
    path.chmod(0o600)
    return Database.at(path)


@pytest.fixture
def make_app(desk: FakeDesk, record: Database) -> Callable[..., ConsoleApp]:
    """Makes a console: `make_app(language="zh", signed_in=True)`."""

    def make(
        language: str = "zh",
        *,
        signed_in: bool = True,
        own_keys: dict[str, tuple[str, ...]] | None = None,
        mode: str = "queue",
    ) -> ConsoleApp:
        config = Config(language=language, bell=False, keys=own_keys or {})
        credentials = ("limin", desk.pin) if signed_in else None
        return ConsoleApp(record, clock=FixedClock(), config=config, credentials=credentials, mode=mode)

    return make


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Words and keys are the program's own again after each test."""
    yield
    i18n.use("en")
    keys.override({})


@pytest.fixture
def clinic(sqlite_database: Database, now: datetime) -> SampleClinic:
    """On SQLite alone: the screens know nothing of databases."""
    from tests.clinic import make_clinic

    return make_clinic(sqlite_database, now)


@pytest.fixture
def world(clinic: SampleClinic, now: datetime) -> World:
    """A clinic without patients."""
    from tests.desk.call_world import World

    return World(clinic, now)


@pytest.fixture
def sit(world: World) -> Sit:
    """Sits a caller down: `async with sit("zh", (80, 24)) as caller`."""
    from tests.ui.call_desk import sitting

    return sitting(world)


async def settle(pilot: Pilot[Any], condition: Callable[[], bool], within: float = 10.0) -> None:
    """Waits until something is true, up to `timeout` seconds; then gives the loop one more turn."""
    until = time.monotonic() + within
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"did not happen within {within} s:\n{screen_text(pilot.app)}")
        await pilot.pause()
        await asyncio.sleep(0.01)
    await pilot.pause()


def screen_lines(app: Any) -> list[str]:
    """What the terminal shows, line by line, without styles."""
    compositor = app.screen._compositor
    return ["".join(segment.text for segment in strip) for strip in app_strips(app, compositor)]


def app_strips(app: Any, _compositor: Any) -> list[Any]:
    """Painted strips of everything that can be seen, windows included."""
    width, height = app.size
    console = app.console
    options = console.options.update(width=width, height=height)
    lines = console.render_lines(app.screen._compositor, options, pad=False)
    return lines


def screen_text(app: Any) -> str:
    """What the terminal shows as one text."""
    return "\n".join(screen_lines(app))


def at_once(app: App[Any], *names: str) -> None:
    """Keys that all wait in the queue before the first of them is dealt with."""
    for name in names:
        app.post_message(Key(name, name if len(name) == 1 else None))
