"""The reports screen: tabs, days, sign-off, a written file; what each role sees; copying a call's summary."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from console import i18n, keys
from console.app import ConsoleApp
from console.desk import calls, day_summary
from console.screens.board import BoardScreen
from console.screens.form import FormDialog
from console.screens.patient import PatientScreen
from console.screens.queue import QueueScreen
from console.screens.reports import ReportsScreen
from console.scripts.conversation import PromptKind
from console.text import cells
from console.widgets.dialogs import Confirm
from db.enums import Role
from db.records import SavedCall
from tests.clinic import SampleClinic
from tests.desk import day_world
from tests.desk.call_world import World
from tests.ui.call_desk import sitting
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.real_desk import console_for, desk_off_the_loop, field_error, type_into
from tests.ui.test_call_turns import front, pick

KINDS_OF_CALL = 12


@pytest.fixture
def world(clinic: SampleClinic, now: datetime) -> World:
    made = World(clinic, now)
    day_world.generate(made, KINDS_OF_CALL)
    # The console stands where the generated day ended.
    clinic.now = made.now
    return made


@pytest.fixture(autouse=True)
def _words() -> Iterator[None]:
    yield
    i18n.use("en")
    keys.override({})


async def to_reports(app: ConsoleApp, pilot: Pilot[int], expected: str, key: str = "r") -> None:
    await settle(pilot, lambda: app.seat is not None and isinstance(app.screen, QueueScreen | BoardScreen))
    await pilot.press(key)
    await settle(pilot, lambda: isinstance(app.screen, ReportsScreen) and expected in screen_text(app))


def check_frame(app: ConsoleApp, size: tuple[int, int]) -> None:
    assert {cells(line) for line in screen_lines(app)} == {size[0]}
    text = screen_text(app)
    assert "error." not in text and not any(sign in text for sign in "·…—")


def rows(world: World, sql: str) -> list[dict[str, object]]:
    """Read in a thread: the loop may not touch the record."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(world.clinic.rows, sql).result()


@pytest.mark.parametrize("size", SIZES)
async def test_a_lead_reads_signs_and_writes(world: World, size: tuple[int, int], tmp_path: Path) -> None:
    app = console_for(world.clinic, "lead", "zh", mode="queue")
    with desk_off_the_loop() as caught:
        async with app.run_test(size=size, notifications=True) as pilot:
            await to_reports(app, pilot, "按人员")
            await pilot.press("left")
            await settle(pilot, lambda: "06-15" in screen_lines(app)[0] and "按人员" in screen_text(app))
            check_frame(app, size)
            lines = screen_lines(app)
            # 80x24: every figure of the day stands on the screen at once, each with its fourteen days.
            assert next(line for line in lines if "拨打次数" in line).count("⣿") == 1
            for figure in ("接通率", "平均处理时长", "跟踪率", "临床时效内完成率", "时限达成"):
                assert any(figure in line for line in lines), figure
            await pilot.press("tab")
            await settle(pilot, lambda: "还没有签收" in screen_text(app))
            assert "来过未做的回访：2" in screen_text(app)
            check_frame(app, size)
            await pilot.press("pagedown")
            await settle(pilot, lambda: "想问问眼袋" in screen_text(app))
            await pilot.press("pageup")
            await pilot.press("right", "g")
            # The day that is not over warns; the day before does not.
            await settle(pilot, lambda: isinstance(app.screen, Confirm) and "还没结束" in screen_text(app))
            await pilot.press("escape", "left")
            await settle(pilot, lambda: "06-15" in screen_lines(app)[0] and "术后回访" in screen_text(app))
            await pilot.press("g")
            await settle(pilot, lambda: isinstance(app.screen, Confirm))
            assert "还没结束" not in screen_text(app)
            await pilot.press("enter")
            await settle(pilot, lambda: "王主管 已签收" in screen_text(app))
            assert len(rows(world, "SELECT id FROM report_signoff")) == 1
            await pilot.press("w")
            await settle(pilot, lambda: isinstance(app.screen, FormDialog))
            type_into(app, "file", str(tmp_path / "a.txt"))
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: "结尾" in field_error(app, "file"))
            place = tmp_path / "a.html"
            type_into(app, "file", str(place))
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: isinstance(app.screen, ReportsScreen) and place.exists())
            assert "想问问眼袋" in place.read_text(encoding="utf-8")
            await pilot.press("3")
            await settle(pilot, lambda: "交接单：全组" in screen_text(app) or "未结" in screen_text(app))
            check_frame(app, size)
            # Each day's page has a name of its own: a file that is there already is never overwritten.
            await pilot.press("w")
            await settle(pilot, lambda: isinstance(app.screen, FormDialog))
            name = app.screen.query_one(Input).value
            assert name.endswith(f"aftercall-handover-{world.today()}.html")
            await pilot.press("escape")
            await settle(pilot, lambda: isinstance(app.screen, ReportsScreen))
            await pilot.press("q")
            await settle(pilot, lambda: isinstance(app.screen, QueueScreen))
    assert caught == []
    assert [row["action"] for row in rows(world, "SELECT action FROM audit WHERE action LIKE 'report%'")] == [
        "report.sign",
        "report.summaries",
    ]


async def test_a_caller_sees_her_own_and_no_summaries(world: World) -> None:
    app = console_for(world.clinic, "li", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await to_reports(app, pilot, "contact rate")
        check_frame(app, (80, 24))
        await pilot.press("left")
        await settle(pilot, lambda: "06-15" in screen_lines(app)[0] and "By procedure" in screen_text(app))
        assert "By caller" not in screen_text(app) and "Anna" not in screen_text(app)
        await pilot.press("2")
        await pilot.pause()
        assert "Sign-off" not in screen_text(app)
        await pilot.press("tab")
        await settle(pilot, lambda: "open" in screen_text(app) and "promised" in screen_text(app))
        await pilot.press("m")
        await pilot.pause()
        assert isinstance(app.screen, ReportsScreen) and not app.screen.team


async def test_tomorrow_has_no_figures(world: World) -> None:
    app = console_for(world.clinic, "lead", "en", mode="board")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await to_reports(app, pilot, "contact rate", key="d")
        await pilot.press("right")
        await settle(pilot, lambda: "This day has not begun yet." in app.messages)
        assert isinstance(app.screen, ReportsScreen) and app.screen.day == world.today()


async def test_a_trainee_has_no_reports(world: World) -> None:
    app = console_for(world.clinic, "li", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and isinstance(app.screen, QueueScreen))
        assert app.seat is not None and app.screen.check_action("reports", ())
        from dataclasses import replace

        app.seat = replace(app.seat, role=Role.TRAINEE)
        assert not app.screen.check_action("reports", ())


@pytest.fixture
def called(clinic: SampleClinic, now: datetime) -> tuple[World, int, int]:
    """A clinic with one saved call: patient and call."""
    world = World(clinic, now)
    person = world.person()
    claim = world.connected(person)
    saved = calls.save(
        world.seat(), claim, world.form(note="客户说 [急] 左眼紧"), "k", world.later(minutes=2)
    )
    assert saved.call_id is not None
    clinic.now = world.now
    return world, person.id, saved.call_id


async def test_a_calls_summary_goes_to_the_clipboard(called: tuple[World, int, int]) -> None:
    world, patient_id, call_id = called
    app = console_for(world.clinic, "li", "zh", mode="queue")
    with desk_off_the_loop() as caught:
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await settle(pilot, lambda: app.seat is not None and isinstance(app.screen, QueueScreen))
            await pilot.press("e")
            await pilot.pause()
            assert app.clipboard == ""
            assert isinstance(app.screen, QueueScreen)
            app.screen.call_over(SavedCall(call_id, False, False, "", (), (), (), None))
            await pilot.press("e")
            await settle(pilot, lambda: "已复制" in " ".join(app.messages))
            assert "客户说 [急] 左眼紧" in app.clipboard and "2026-06-15" in app.clipboard
            # No name: the clinic's own number is what the other system knows her by.
            assert "王小丽" not in app.clipboard
            app._clipboard = ""
            app.open_patient(patient_id)
            await settle(pilot, lambda: isinstance(app.screen, PatientScreen) and app.screen.page is not None)
            await pilot.press("3")
            await settle(pilot, lambda: bool(app.screen.check_action("copy", ())))
            await pilot.press("c")
            await settle(pilot, lambda: "左眼紧" in app.clipboard)
    assert caught == []
    copied = rows(world, "SELECT subject_id FROM audit WHERE action = 'call.copy'")
    assert [row["subject_id"] for row in copied] == [call_id, call_id]


async def test_what_she_brings_up_in_a_call_reaches_the_summaries_and_the_clipboard(
    clinic: SampleClinic, now: datetime
) -> None:
    """From the turn in the call, in her own words, over the save, to the head's list and the key in the queue."""
    world = World(clinic, now)
    person = world.person()
    async with sitting(world)("zh", (80, 24)) as caller:
        await caller.begin(person)
        await pick(caller, "situation:asks_other_treatment")
        while caller.kind is not PromptKind.QUESTION:
            was = caller.front_key
            await caller.press("enter")
            await caller.until(lambda was=was: caller.front_key != was)
        await caller.until(lambda: isinstance(caller.app.screen.focused, Input))
        await caller.press(*"eyebags", "enter")
        await caller.until(lambda: not front(caller).key.endswith("other_interest"))
        await caller.answer_all()
        await caller.press("ctrl+s")
        await caller.back_in_queue()
        await caller.press("e")
        await caller.until(lambda: "危险信号" in caller.app.clipboard)
        seat = world.seat("lead")
        clock = caller.app.clock.now()
        head = await caller.app.work.read(day_summary.of_day, seat, world.today(), clock)
        assert [one.words for one in head.interested] == ["eyebags"]
        assert head.numbers.interested == 1 and head.numbers.post_op == 1
