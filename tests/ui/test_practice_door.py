"""The way into practice from the queue, and what is not there in the practice room."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.geometry import Size
from textual.pilot import Pilot

from console import i18n, keys, practising
from console.app import ConsoleApp
from console.clock import SystemClock
from console.config import Config
from console.desk import imports, practice, queue
from console.palette import Palette
from console.practice import child
from console.practice_app import PracticeApp
from console.screens.practice import PracticeScreen
from console.screens.sign_in import Lock
from console.widgets.dialogs import Confirm
from console.widgets.practice_boxes import Begin
from db.connect import Database
from db.errors import DatabaseUnreachable, RecordError
from tests.clinic import PIN, SampleClinic
from tests.desk.practice_world import trainee
from tests.journeys.clinic import Journey, Person
from tests.practice_runs import run as a_run
from tests.ui.conftest import SIZES, screen_text, settle

START = datetime(2026, 6, 15, 6, 35, tzinfo=UTC)
Away = Callable[..., child.Ended]


@asynccontextmanager
async def at_the_queue(
    clinic: SampleClinic, login: str, language: str = "en", size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[ConsoleApp, Pilot[Any]]]:
    """A console at a clinic's own record, signed in."""
    app = ConsoleApp(
        Database(clinic.database.url),
        clock=SystemClock.starting_at(START),
        config=Config(language=language, bell=False),
        credentials=(login, PIN),
    )
    async with app.run_test(size=size) as pilot:
        await settle(pilot, lambda: (app.seat is not None and "1 " in screen_text(app)) or _empty(app))
        yield app, pilot


def _empty(app: ConsoleApp) -> bool:
    return app.seat is not None and not app.seat.lanes


@pytest.fixture
def person(clinic: SampleClinic, tmp_path: Path) -> None:
    """Somebody waits for a call."""
    journey = Journey(clinic.database, clinic, clinic.database.url, START.date(), tmp_path)
    imports.run(clinic.database, journey.export([Person(1, "王小丽", "双眼皮", 2)]), now=START)


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> list[child.Setting]:
    """Practice that plays one call and ends, in place of a process of its own; what it was told."""
    told: list[child.Setting] = []

    def run(setting: child.Setting, keep: Callable[[Any], None]) -> child.Ended:
        told.append(setting)
        keep(a_run("eyelid_orbital_bleed"))
        return child.Ended(1, None)

    monkeypatch.setattr(practising, "can_suspend", lambda _app: True)
    monkeypatch.setattr(ConsoleApp, "suspend", lambda _self: nullcontext())
    monkeypatch.setattr(child, "run", run)
    return told


@pytest.mark.parametrize("size", SIZES)
async def test_a_trainees_queue_points_to_practice(
    clinic: SampleClinic, size: tuple[int, int], person: None
) -> None:
    trainee(clinic)
    async with at_the_queue(clinic, "xiao", "zh", size) as (app, pilot):
        await settle(pilot, lambda: "按 p 进入练习" in screen_text(app))
        assert "王*" not in screen_text(app)
        await pilot.press("enter")
        await settle(pilot, lambda: bool(app.messages))
        assert clinic.count("contact") == 0
    async with at_the_queue(clinic, "li", "zh", size) as (app, _pilot):
        assert "进入练习" not in screen_text(app)


async def test_practice_and_back(clinic: SampleClinic, person: None, away: list[child.Setting]) -> None:
    async with at_the_queue(clinic, "li") as (app, pilot):
        seat = app.seat
        assert seat is not None
        await pilot.press("p")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        assert clinic.count("practice_result") == 0
        await pilot.press("enter")
        await settle(pilot, lambda: any("results kept: 1" in words for words in app.messages))
        assert app.seat is not None and app.seat.seat_id != seat.seat_id
        assert (away[0].name, away[0].language, away[0].theme) == ("李敏", "en", app.theme)
        assert str(clinic.database.address.path) not in repr(away[0])
        row = clinic.rows("SELECT staff_id, scenario FROM practice_result")
        assert row == [{"staff_id": seat.staff_id, "scenario": "eyelid_orbital_bleed"}]
        await pilot.press("enter")
        await settle(pilot, lambda: clinic.count("contact") == 1)


@pytest.mark.parametrize(("times", "kept"), [(1, 1), (9, 0)])
async def test_a_result_outlives_a_connection_that_slept(
    clinic: SampleClinic,
    person: None,
    away: list[child.Setting],
    monkeypatch: pytest.MonkeyPatch,
    times: int,
    kept: int,
) -> None:
    lost = iter(range(times))
    keep = practice.keep

    def flaky(*args: Any) -> Any:
        if next(lost, None) is not None:
            raise DatabaseUnreachable("connection_lost")
        return keep(*args)

    monkeypatch.setattr(practice, "keep", flaky)
    async with at_the_queue(clinic, "li") as (app, pilot):
        await pilot.press("p")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")
        await settle(pilot, lambda: bool(app.messages) and app.seat is not None)
        assert clinic.count("practice_result") == kept


async def test_no_is_no(clinic: SampleClinic, person: None, away: list[child.Setting]) -> None:
    async with at_the_queue(clinic, "li") as (app, pilot):
        seat = app.seat
        await pilot.press("p")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape")
        await settle(pilot, lambda: not isinstance(app.screen, Confirm))
        assert app.seat is seat and away == []
        assert clinic.rows("SELECT 1 AS one FROM seat WHERE closed_at IS NOT NULL") == []


async def test_the_key_pressed_twice_asks_once(
    clinic: SampleClinic, person: None, away: list[child.Setting]
) -> None:
    async with at_the_queue(clinic, "li") as (app, pilot):
        for _press in range(2):
            app.job(practising.practise(app))
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.pause(0.3)
        assert [type(one) for one in app.screen_stack[1:]] == [Begin]


async def test_with_a_call_in_hand_one_sentence_says_why_not(
    clinic: SampleClinic, person: None, away: list[child.Setting]
) -> None:
    async with at_the_queue(clinic, "li") as (app, pilot):
        item = queue.page(clinic.seat("li"), START)[0]
        queue.take_item(clinic.seat("li"), item.id, START)
        await pilot.press("p")
        await settle(pilot, lambda: any("You hold a call" in words for words in app.messages))
        assert not isinstance(app.screen, Confirm) and away == []


async def test_where_no_terminal_can_be_handed_over_nothing_happens(
    clinic: SampleClinic, person: None
) -> None:
    async with at_the_queue(clinic, "li") as (app, pilot):
        seat = app.seat
        await pilot.press("p")
        await settle(pilot, lambda: any("cannot be handed over" in words for words in app.messages))
        assert app.seat is seat


async def test_what_went_wrong_is_said_and_she_sits_again(
    clinic: SampleClinic, person: None, away: list[child.Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    for raised in (RecordError("practice_broke_off"), OSError("terminal gone")):

        def broken(_setting: object, _keep: object, raised: Exception = raised) -> child.Ended:
            if isinstance(raised, RecordError):
                return child.Ended(0, raised)
            raise raised

        monkeypatch.setattr(child, "run", broken)
        async with at_the_queue(clinic, "li") as (app, pilot):
            await pilot.press("p")
            await settle(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("enter")
            await settle(pilot, lambda: bool(app.messages) and app.seat is not None)
            assert clinic.count("practice_result") == 0


async def test_after_a_while_the_pin_is_asked(
    clinic: SampleClinic, person: None, away: list[child.Setting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything of the record is read; also when that goes wrong."""
    monkeypatch.setattr(practising.alarms, "lock_minutes", lambda _seat, _default: 0)
    async with at_the_queue(clinic, "li") as (app, pilot):
        app._mind_the_lock = lambda: None  # type: ignore[method-assign]

        async def broken() -> None:
            assert app.seat is None or app.locked
            raise DatabaseUnreachable("connection_lost")

        monkeypatch.setattr(app, "look_now", broken)
        await pilot.press("p")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, Lock))


async def test_in_the_room_there_is_practice_and_nothing_else(tmp_path: Path) -> None:
    ground = practice_room(tmp_path)
    threads = threading.active_count()
    app = PracticeApp(ground, Config(language="en", bell=False))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, lambda: app.seat is not None and "enter begin" in screen_text(app))
        assert list(app.MODES) == ["practice"] and isinstance(app.screen, PracticeScreen)
        assert "DEMO" in screen_text(app).splitlines()[0]
        foreign = {
            key
            for row in keys.TABLE
            if row.scope in ("queue", "board") or row.action in ("app.lock", "app.alarm", "app.switch_role")
            for key in row.keys
            if key.startswith(("f", "ctrl+")) and len(key) > 1
        } - {key for row in keys.of_scope("practice", "app") for key in row.keys if _lives(app, row.verb)}
        assert {"ctrl+l", "f7", "f11"} <= foreign
        for key in sorted(foreign):
            await pilot.press(key)
        await settle(pilot, lambda: isinstance(app.screen, PracticeScreen))
        assert len(app.screen_stack) == 1 and not app.locked
        await pilot.press("ctrl+p")
        await settle(pilot, lambda: isinstance(app.screen, Palette))
        shown = {row.action for row in _palette(app)._rows}
        assert shown and {one.partition(".")[0] for one in shown} == {"practice", "app"}
        assert not shown & {"app.lock", "app.alarm", "app.switch_role"}
        await pilot.press("escape")
        await pilot.press("ctrl+q")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        assert "Leave practice?" in screen_text(app) and "DEMO" in screen_text(app).splitlines()[0]
        await pilot.press("enter")
    assert app.return_value == 0
    assert threading.active_count() <= threads + 1
    i18n.use("en")


def _lives(app: PracticeApp, verb: str) -> bool:
    return app.check_action(verb, ()) is not False


def _palette(app: PracticeApp) -> Palette:
    """The palette in front."""
    found: object = app.screen
    assert isinstance(found, Palette)
    return found


def practice_room(tmp_path: Path) -> Any:
    """A practice clinic with the shipped scenarios."""
    from console.cli.practice_start import ground

    return ground(tmp_path / "room", "小赵")


def test_one_line_stands_on_an_empty_screen_until_practice_paints(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Screen()
    monkeypatch.setattr(sys, "__stderr__", out)
    i18n.use("zh")
    with practising._waiting_picture(Size(80, 24)):
        shown = out.getvalue()
        assert shown.index("\x1b[?1049h") < shown.index("\x1b[2J") < shown.index("正在准备练习…")
        # 13 cells in the middle of 80, on the middle line.
        assert "\x1b[13;34H正在准备练习…" in shown
    assert out.getvalue().endswith("\x1b[?25h\x1b[?1049l")
