"""Who is ready: the lead's page, a person's page, a trainee's own; written files; the hint on the staff page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console import i18n, keys
from console.app import ConsoleApp
from console.screens.board import BoardScreen
from console.screens.form import FormDialog
from console.screens.queue import QueueScreen
from console.screens.readiness import ReadinessScreen
from console.screens.readiness_person import ReadinessPersonScreen
from console.screens.reports import ReportsScreen
from console.screens.staff import StaffScreen
from console.text import cells
from console.widgets.dialogs import Confirm, Read
from console.widgets.fields import FieldRow
from console.widgets.row_list import RowList
from tests.clinic import SampleClinic
from tests.desk.practice_world import practised, trainee
from tests.practice_runs import SHELF
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.real_desk import console_for, desk_off_the_loop, field_error, type_into

EXAM: dict[str, Any] = {"level": "exam", "course": "exam"}
BETTER = {"zh": "\u5148\u4e0a\u62a5\uff0c\u518d\u8bf4\u522b\u7684\u3002", "en": "Report first."}


@pytest.fixture(autouse=True)
def _words(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("console.readiness.shelf.shelf", lambda: SHELF)
    yield
    i18n.use("en")
    keys.override({})


@pytest.fixture
def taught(clinic: SampleClinic) -> SampleClinic:
    """One trainee who is nearly there, and a caller who practised once."""
    seat = trainee(clinic)
    practised(seat, clinic, "plain")
    for share in (0, 50, 90):
        items = [("flag", share, 100, BETTER), ("identity", 15, 15, None)]
        practised(seat, clinic, "bleed", items=items)
    practised(seat, clinic, "dispute", 40, **EXAM)
    practised(clinic.seat("li"), clinic, "plain", 50)
    return clinic


async def front(app: ConsoleApp, pilot: Pilot[int], kind: type, expected: str) -> None:
    await settle(pilot, lambda: isinstance(app.screen, kind) and expected in screen_text(app))


async def to_team(app: ConsoleApp, pilot: Pilot[int], expected: str) -> None:
    await settle(pilot, lambda: app.seat is not None and isinstance(app.screen, QueueScreen | BoardScreen))
    await pilot.press("r")
    await settle(pilot, lambda: isinstance(app.screen, ReportsScreen))
    await pilot.press("p")
    await front(app, pilot, ReadinessScreen, expected)


def check_frame(app: ConsoleApp, size: tuple[int, int]) -> None:
    lines = screen_lines(app)
    assert {cells(line) for line in lines} == {size[0]}
    text = screen_text(app)
    assert "error." not in text and not any(sign in text for sign in "\u00b7\u2026\u2014")


def rows(clinic: SampleClinic, sql: str) -> list[dict[str, object]]:
    """Read in a thread: the loop may not touch the record."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(clinic.rows, sql).result()


@pytest.mark.parametrize("size", SIZES)
async def test_a_lead_reads_the_team_and_a_person(taught: SampleClinic, size: tuple[int, int]) -> None:
    app = console_for(taught, "lead", "zh", mode="queue")
    with desk_off_the_loop() as caught:
        async with app.run_test(size=size, notifications=True) as pilot:
            await to_team(app, pilot, "小赵")
            check_frame(app, size)
            first = next(line for line in screen_lines(app) if "小赵" in line)
            # A row a person: passed, exam, the row of calls, the weakest item.
            assert "2/3" in first and "40% 未过" in first and "⣿" in first and "56% danger" in first
            assert sum("李敏" in line for line in screen_lines(app)) == 1
            assert "还差：exam（中） 0/1" in screen_text(app)
            assert "接下来练" in screen_text(app)
            # Whoever asks what a word means is told (S1-TRAIN-02).
            await pilot.press("question_mark")
            await front(app, pilot, Read, "最近五通与之前五通相比")
            await pilot.press("escape")
            await front(app, pilot, ReadinessScreen, "小赵")
            await pilot.press("down")
            await settle(pilot, lambda: "first_week（中） 0/2" in screen_text(app))
            await pilot.press("up", "enter")
            await front(app, pilot, ReadinessPersonScreen, "小赵")
            check_frame(app, size)
            text = screen_text(app)
            assert "还不能独立回访" in text and "必修" in text
            for _page in range(4):
                text += screen_text(app)
                await pilot.press("pagedown")
                await pilot.pause()
            assert "医疗知识" in text and BETTER["zh"] in text and "最好91%" in text
            await pilot.press("escape")
            await front(app, pilot, ReadinessScreen, "小赵")
            await pilot.press("escape")
            await settle(pilot, lambda: isinstance(app.screen, ReportsScreen))
    assert caught == []


async def test_the_page_is_written_with_its_audit_row_and_no_formula(
    taught: SampleClinic, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(trainee, taught, "evil", "=1+1").result()
    app = console_for(taught, "lead", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await to_team(app, pilot, "小赵")
        for name, told in (("team.csv", "小赵"), ("team.md", "Weakest"), ("team.html", "小赵")):
            await pilot.press("w")
            await settle(pilot, lambda: isinstance(app.screen, FormDialog))
            type_into(app, "file", str(tmp_path / "team.txt"))
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: bool(field_error(app, "file")))
            type_into(app, "file", str(tmp_path / name))
            await pilot.press("ctrl+s")
            await front(app, pilot, ReadinessScreen, "小赵")
            assert told in (tmp_path / name).read_text(encoding="utf-8-sig")
    table = list(csv.DictReader(io.StringIO((tmp_path / "team.csv").read_text(encoding="utf-8-sig"))))
    assert [line["name"] for line in table[:2]] == ["小赵", "'=1+1"]
    assert table[0]["courses_open"] == "exam"
    found = rows(taught, "SELECT action FROM audit WHERE action LIKE '%readiness' ORDER BY id")
    assert [row["action"] for row in found] == ["export.readiness", "report.readiness", "report.readiness"]


@pytest.mark.parametrize("size", SIZES)
async def test_a_trainee_sees_her_own_page_and_no_other(taught: SampleClinic, size: tuple[int, int]) -> None:
    app = console_for(taught, "xiao", "zh", mode="queue")
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and isinstance(app.screen, QueueScreen))
        await pilot.press("m")
        await front(app, pilot, ReadinessPersonScreen, "小赵")
        check_frame(app, size)
        assert "李敏" not in screen_text(app)
        # No exam is allowed to oneself.
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, ReadinessPersonScreen)
        # Even where the screen were asked for a colleague, the desk says no.
        await app.push_screen(ReadinessPersonScreen(taught.staff_ids["li"]))
        await settle(pilot, lambda: "只有主管能看" in screen_text(app))
        assert "50%" not in screen_text(app)


async def test_a_caller_goes_from_the_queue_or_by_the_reports_to_her_own(taught: SampleClinic) -> None:
    app = console_for(taught, "li", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and isinstance(app.screen, QueueScreen))
        for ways in (("m",), ("r", "p")):
            await pilot.press(ways[0])
            if ways[1:]:
                await settle(pilot, lambda: isinstance(app.screen, ReportsScreen))
                await pilot.press(*ways[1:])
            await front(app, pilot, ReadinessPersonScreen, "李敏")
            text = screen_text(app)
            # She calls already: her courses say nothing about whether she may.
            assert "Required courses still open: first_week 0/2" in text and "Not ready" not in text
            assert "Guided calls and calls broken off do not count" in text
            text += await paged(app, pilot)
            assert "below the mark of 80 % (best 50%" in text
            await pilot.press("escape")
            await settle(pilot, lambda: not isinstance(app.screen, ReadinessPersonScreen))
    lead = console_for(taught, "lead", "en", mode="queue")
    async with lead.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: lead.seat is not None and isinstance(lead.screen, QueueScreen))
        await pilot.press("m")
        await front(lead, pilot, ReadinessPersonScreen, "王主管")


async def paged(app: ConsoleApp, pilot: Pilot[int]) -> str:
    """The next page of what is read."""
    await pilot.press("pagedown")
    await pilot.pause()
    return screen_text(app)


async def test_a_trainee_is_offered_no_call_and_none_comes_by_its_key(taught: SampleClinic) -> None:
    app = console_for(taught, "xiao", "zh", mode="queue")
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and isinstance(app.screen, QueueScreen))
        foot = screen_lines(app)[-1]
        assert "f7" not in foot and " v " not in foot
        await pilot.press("f7", *"1", "enter", "v")
        await pilot.pause()
        assert isinstance(app.screen, QueueScreen)
    assert rows(taught, "SELECT id FROM contact") == []


async def test_a_lead_allows_an_exam_once_more(taught: SampleClinic) -> None:
    app = console_for(taught, "lead", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await to_team(app, pilot, "小赵")
        await pilot.press("enter")
        await front(app, pilot, ReadinessPersonScreen, "again from 2026-06-22")
        await pilot.press("a")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")
        await settle(
            pilot,
            lambda: isinstance(app.screen, ReadinessPersonScreen) and "again from" not in screen_text(app),
        )
    assert rows(taught, "SELECT action FROM audit WHERE action = 'practice.allow'")


async def test_making_a_trainee_a_caller_says_what_is_open_and_does_it(taught: SampleClinic) -> None:
    app = console_for(taught, "lead", "en", mode="board")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and isinstance(app.screen, BoardScreen))
        await pilot.press("s")
        await front(app, pilot, StaffScreen, "小赵")
        await pilot.press("end")
        await settle(pilot, lambda: app.screen.query_one(RowList).current == _id(app, "xiao"))
        await pilot.press("e")
        await settle(pilot, lambda: isinstance(app.screen, FormDialog))
        next(row for row in app.screen.query(FieldRow) if row.field.name == "roles").control.focus()
        await pilot.press("1", "ctrl+s")
        await front(app, pilot, StaffScreen, "not passed in practice: exam 0/1")
    assert rows(taught, "SELECT roles FROM staff WHERE login = 'xiao'") != [{"roles": '["trainee"]'}]
    assert "caller" in str(rows(taught, "SELECT roles FROM staff WHERE login = 'xiao'"))


def _id(app: ConsoleApp, login: str) -> int | None:
    people = app.screen._people  # type: ignore[attr-defined]
    return next((one.id for one in people if one.login == login), None)
