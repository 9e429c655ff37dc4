"""A case's page: what is next and enter does it, its story, reports, the result, the playbook; complaints and requests
taken down and worked with the keyboard alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from console import i18n, keys
from console.app import ConsoleApp
from console.desk import complaints, escalations, reporting
from console.screens.complaint_form import ComplaintFormScreen
from console.screens.escalation import EscalationScreen
from console.screens.form import FormDialog
from console.screens.patient import PatientScreen
from console.screens.playbook_window import PlaybookWindow
from console.screens.request_form import RequestFormScreen
from console.text import cells
from console.widgets.dialogs import Choose, Confirm, Read
from console.widgets.reading_lines import TrackWindow
from db.connect import Database
from db.enums import ComplaintClass, DutyKind, Level, Received, RemedyKind, Role, Severity
from db.records import ComplaintForm, FlagForm
from tests.clinic import SampleClinic, make_clinic
from tests.desk.call_world import World
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.hostile import FORBIDDEN, HOSTILE
from tests.ui.real_desk import console_for, desk_off_the_loop, field_error, type_into

NARROW, WIDE = SIZES


@pytest.fixture
def clinic(sqlite_database: Database, now: datetime) -> SampleClinic:
    return make_clinic(sqlite_database, now)


@pytest.fixture
def world(clinic: SampleClinic, now: datetime) -> World:
    return World(clinic, now - timedelta(minutes=3))


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    i18n.use("en")
    keys.override({})


def flagged(world: World, level: Level = Level.SAME_DAY) -> int:
    claim = world.connected(world.person())
    form = FlagForm(level, ("one_side_growing",), place="家里")
    return escalations.raise_flag(world.seat(), claim, form, "k", world.now).escalation.id


def complained(world: World, **more: Any) -> int:
    words = more.pop("words", "说好的价又变了")
    form = ComplaintForm(ComplaintClass.PRICE, Severity.MODERATE, words, **more)
    person = world.person(day=40)
    return complaints.take_complaint(world.seat(), None, person.id, form, "c", world.now).escalation.id


async def opened(app: ConsoleApp, pilot: Pilot[Any], number: int) -> None:
    await settle(pilot, lambda: app.seat is not None)
    app.open_escalation(number)
    await settle(pilot, lambda: is_front(app, EscalationScreen) and app.screen._detail is not None)  # type: ignore[attr-defined]


def is_front(app: ConsoleApp, kind: type) -> bool:
    return isinstance(app.screen, kind)


def has(app: ConsoleApp, *words: str) -> bool:
    return all(one in screen_text(app) for one in words)


async def test_enter_does_what_is_next(world: World, clinic: SampleClinic) -> None:
    number = flagged(world)
    app = console_for(clinic, "he", "en")
    with desk_off_the_loop() as caught:
        async with app.run_test(size=NARROW, notifications=True) as pilot:
            await opened(app, pilot, number)
            await settle(pilot, lambda: has(app, "next: take it up by 14:47", "enter next"))
            await pilot.press("enter")
            await settle(pilot, lambda: has(app, "next: reach the patient by 16:32"))
            await pilot.press("enter")
            await settle(pilot, lambda: is_front(app, FormDialog))
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: has(app, "next: close it by"))
            await pilot.press("f9")
            await settle(pilot, lambda: has(app, "下一步：", "办结"))
    assert caught == []
    (row,) = clinic.rows("SELECT status FROM escalation")
    assert row["status"] == "contacted"


async def test_what_is_not_hers_says_for_whom_it_waits(world: World, clinic: SampleClinic) -> None:
    number = flagged(world)
    escalations.acknowledge(clinic.seat("he"), number, clinic.now)
    app = console_for(clinic, "anna", "en", mode="queue")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(app, pilot, number)
        await settle(pilot, lambda: has(app, "it waits for somebody else"))
        await pilot.press("enter")
        await settle(pilot, lambda: has(app, "That waits for somebody else: reach the patient"))
    assert clinic.rows("SELECT contacted_at FROM escalation")[0]["contacted_at"] is None


async def test_another_role_does_not_see_what_the_one_before_it_saw(
    world: World, clinic: SampleClinic
) -> None:
    number = flagged(world)
    app = console_for(clinic, "he", "en")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(app, pilot, number)
        await settle(pilot, lambda: has(app, "王小丽", "138 "))
        read = app.work.write
        held = asyncio.Event()

        async def slow(*args: Any, **more: Any) -> Any:
            await held.wait()
            return await read(*args, **more)

        app.work.write = slow  # type: ignore[method-assign]
        assert app.seat is not None
        await app.take_seat(replace(app.seat, role=Role.CALLER))
        await settle(pilot, lambda: not has(app, "王小丽") and not has(app, "138 "))
        held.set()
        await settle(pilot, lambda: has(app, "王*", "What happened"))
        assert not has(app, "王小丽") and not has(app, "138 ")
    opened_by = clinic.rows("SELECT action FROM audit WHERE action IN ('escalation.read', 'patient.read')")
    assert [row["action"] for row in opened_by][-2:] == ["patient.read", "escalation.read"]


async def test_what_is_read_for_the_role_before_is_not_shown(world: World, clinic: SampleClinic) -> None:
    number = flagged(world)
    app = console_for(clinic, "he", "en")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None)
        write, held, asked = app.work.write, asyncio.Event(), list[Role]()

        async def slow(*args: Any, **more: Any) -> Any:
            if args[0] is escalations.open_escalation:
                asked.append(args[1].role)
                await held.wait()
            return await write(*args, **more)

        app.work.write = slow  # type: ignore[method-assign]
        app.open_escalation(number)
        await settle(pilot, lambda: asked == [Role.NURSE])
        assert app.seat is not None
        await app.take_seat(replace(app.seat, role=Role.CALLER))
        await settle(pilot, lambda: asked == [Role.NURSE, Role.CALLER])
        held.set()
        await settle(pilot, lambda: has(app, "王*", "What happened"))
        assert not has(app, "王小丽") and not has(app, "138 ")


async def test_a_clinician_says_it_has_to_be_reported_and_that_it_was(
    world: World, clinic: SampleClinic
) -> None:
    number = flagged(world)
    app = console_for(clinic, "chen", "en")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(app, pilot, number)
        await pilot.press("e")
        await settle(pilot, lambda: is_front(app, Choose) and has(app, "adverse event: which category?"))
        await pilot.press("1")
        await settle(pilot, lambda: is_front(app, FormDialog))
        # Major; known since one minute before now.
        await pilot.press("2")
        type_into(app, "known", "23:59")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "known") == "That is still to come.")
        type_into(app, "known", "14:30")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "reason") != "")
        type_into(app, "reason", "血肿")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: has(app, "adverse event, major, 12 h: report by Tue 06-16 02:30"))
        await pilot.press("e")
        await settle(pilot, lambda: is_front(app, Choose))
        await pilot.press("1")
        await settle(pilot, lambda: is_front(app, FormDialog) and has(app, "to whom"))
        type_into(app, "text", "区卫健委 回执 7")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: has(app, "reported 14:35 to 区卫健委 回执 7"))
    (duty,) = reporting.of_case(clinic.seat("chen"), number, clinic.now)
    assert (duty.kind, duty.category, duty.late) == (DutyKind.ADVERSE_EVENT, "major", False)


async def test_a_lead_makes_a_report_but_decides_none(world: World, clinic: SampleClinic) -> None:
    number = flagged(world)
    app = console_for(clinic, "lead", "en")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(app, pilot, number)
        await pilot.press("e")
        await settle(pilot, lambda: has(app, "A doctor or nurse says whether it has to be reported."))


async def test_the_result_opens_from_the_case_and_from_the_patient(
    world: World, clinic: SampleClinic
) -> None:
    number = flagged(world)
    app = console_for(clinic, "lead", "en")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(app, pilot, number)
        await pilot.press("v")
        await settle(
            pilot, lambda: is_front(app, TrackWindow) and has(app, "Result over time", "Photographs")
        )
        await pilot.press("escape", "u")
        await settle(pilot, lambda: is_front(app, PatientScreen) and app.screen.page is not None)  # type: ignore[attr-defined]
        await pilot.press("g")
        await settle(pilot, lambda: is_front(app, TrackWindow) and has(app, "Result over time"))


@pytest.mark.parametrize(("size", "beside"), ((NARROW, False), (WIDE, True)))
async def test_the_playbook_stands_beside_a_complaint(
    world: World, clinic: SampleClinic, size: tuple[int, int], beside: bool
) -> None:
    number = complained(world)
    app = console_for(clinic, "lead", "en")
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(app, pilot, number)
        await settle(pilot, lambda: app.screen.book is not None)  # type: ignore[attr-defined]
        await settle(pilot, lambda: has(app, "Playbook: Price: felt misled") is beside)
        await pilot.press("b")
        await settle(pilot, lambda: is_front(app, PlaybookWindow) and has(app, "Never say or do:"))
        await pilot.press("enter")
        await settle(pilot, lambda: is_front(app, Choose))
        await pilot.press("2")
        await settle(pilot, lambda: is_front(app, PlaybookWindow) and not has(app, "Playbook: Price: felt"))


@pytest.mark.parametrize(("size", "language"), ((NARROW, "zh"),))
async def test_every_window_of_a_complaint_fits_and_takes_what_is_typed(
    world: World, clinic: SampleClinic, size: tuple[int, int], language: str
) -> None:
    number = complained(world, words=" ".join(HOSTILE)[:900], channel=Received.PHONE)
    app = console_for(clinic, "lead", language)
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(app, pilot, number)
        codes = {}
        await pilot.press("s")
        await settle(pilot, lambda: is_front(app, Choose))
        codes = dict(app.screen._options)  # type: ignore[attr-defined]
        await pilot.press("escape")
        screen = app.screen
        assert isinstance(screen, EscalationScreen)
        from console.screens import complaint_windows

        for code in codes:
            screen.job(complaint_windows.do(screen, code))
            await settle(pilot, lambda: not is_front(app, EscalationScreen))
            lines = screen_lines(app)
            assert all(cells(line) <= size[0] for line in lines), code
            # The key line of the window is on the screen: nothing of it runs off the bottom.
            assert any("ctrl+s" in line or "enter" in line for line in lines), code
            assert not any(sign in screen_text(app) for sign in FORBIDDEN), code
            await pilot.press("escape")
            await settle(pilot, lambda: is_front(app, EscalationScreen))
    assert {"reply", "confirm", "investigate", "solve", "close", "pause", "rights", "propose"} <= set(codes)


async def test_rights_are_read_out_and_ticked_and_a_remedy_is_decided_by_another(
    world: World, clinic: SampleClinic
) -> None:
    number = complained(world)
    complaints.propose_remedy(
        clinic.seat("he"), number, RemedyKind.REFUND, "clinic_error", 12050, "退差价", clinic.now
    )
    app = console_for(clinic, "lead", "en")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(app, pilot, number)
        await settle(pilot, lambda: app.screen.book is not None)  # type: ignore[attr-defined]
        await choose(app, pilot, "rights told")
        await settle(pilot, lambda: is_front(app, FormDialog) and has(app, "您的病历，您可以来看"))
        await pilot.press("1", "3", "ctrl+s")
        await settle(pilot, lambda: is_front(app, EscalationScreen))
        await choose(app, pilot, "decide about a remedy")
        await settle(pilot, lambda: is_front(app, FormDialog) and has(app, "refund 120.50: 退差价"))
        await pilot.press("2")
        type_into(app, "text", "先核对收费单")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: is_front(app, EscalationScreen))
    case = complaints.open_case(clinic.seat("lead"), number, clinic.now)
    assert [one.code for one in case.entries if one.kind == "right"] == ["routes", "copying"]
    assert [(one.approved, one.reason) for one in case.remedies] == [(False, "先核对收费单")]


async def choose(app: ConsoleApp, pilot: Pilot[Any], words: str) -> None:
    """Takes a step of the list by its words."""
    await pilot.press("s")
    await settle(pilot, lambda: is_front(app, Choose))
    options = [named for _code, named in app.screen._options]  # type: ignore[attr-defined]
    await pilot.press(*["down"] * options.index(words), "enter")
    await settle(pilot, lambda: not is_front(app, Choose))


async def test_closing_too_early_is_refused_with_the_reason(world: World, clinic: SampleClinic) -> None:
    number = complained(world)
    app = console_for(clinic, "lead", "en")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await opened(app, pilot, number)
        await pilot.press("r")
        await settle(pilot, lambda: is_front(app, Read))
        assert has(app, "Not yet", "- There is no solution yet.", "- The customer has not heard the result.")
    assert clinic.rows("SELECT status FROM escalation")[0]["status"] != "resolved"


async def test_a_request_of_nobody_on_file_is_taken_down_from_the_queue(clinic: SampleClinic) -> None:
    app = console_for(clinic, "li", "en", mode="queue")
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None)
        await pilot.press("z")
        await settle(pilot, lambda: is_front(app, Choose))
        await pilot.press("4")
        await settle(pilot, lambda: is_front(app, RequestFormScreen))
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "words") != "")
        type_into(app, "words", "想问复诊要不要空腹")
        type_into(app, "asker", "李女士")
        type_into(app, "number", "13800000009")
        await pilot.press("ctrl+s")
        await settle(
            pilot,
            lambda: (
                is_front(app, FormDialog)
                or is_front(app, EscalationScreen)
                or field_error(app, "identity") != ""
            ),
        )
        if is_front(app, RequestFormScreen):
            await settle(pilot, lambda: has(app, "identity") or field_error(app, "identity") != "")
            from console.widgets.fields import FieldRow

            row = next(one for one in app.screen.query(FieldRow) if one.field.name == "identity")
            row.control.focus()
            await pilot.press("1", "ctrl+s")
        await settle(pilot, lambda: is_front(app, EscalationScreen))
        await settle(pilot, lambda: has(app, "Request: inquiry", "asked by: 李女士"))
        # It came in person: the talk itself was the first response, so the answer is what is next.
        await settle(pilot, lambda: has(app, "next: answer it"))
        await pilot.press("enter")
        await settle(pilot, lambda: is_front(app, FormDialog))
        type_into(app, "text", "要空腹六小时")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: has(app, "next: close it"))
        await pilot.press("enter")
        await settle(pilot, lambda: is_front(app, Confirm))
        await pilot.press("enter")
        await settle(pilot, lambda: has(app, "nothing is left to do here"))
    (row,) = clinic.rows("SELECT kind, status, patient_id FROM escalation")
    assert row == {"kind": "request", "status": "resolved", "patient_id": None}


@pytest.mark.parametrize(("size", "language"), ((NARROW, "zh"), (WIDE, "en")))
async def test_the_forms_fit_and_keep_what_was_typed_in_another_language(
    world: World, clinic: SampleClinic, size: tuple[int, int], language: str
) -> None:
    people = complaints.staff_names(clinic.seat("li"))
    app = console_for(clinic, "li", language, mode="queue")
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None)
        app.push_screen(ComplaintFormScreen(world.person().id, None, people))
        await settle(pilot, lambda: is_front(app, ComplaintFormScreen) and app.screen._book is not None)  # type: ignore[attr-defined]
        type_into(app, "words", "等了很久")
        await pilot.press("f9")
        await asyncio.sleep(0)
        await settle(pilot, lambda: has(app, "等了很久"))
        lines = screen_lines(app)
        assert all(cells(line) <= size[0] for line in lines)
        await pilot.press("f2")
        await settle(pilot, lambda: is_front(app, PlaybookWindow))
        await pilot.press("escape", "escape")
        await settle(pilot, lambda: is_front(app, Confirm))
        await pilot.press("enter")
        await settle(pilot, lambda: not is_front(app, ComplaintFormScreen) and not is_front(app, Confirm))
    assert clinic.count("escalation") == 0


@pytest.mark.parametrize(
    ("typed", "past", "expected"),
    (
        ("14:30", True, "06-15 14:30"),
        ("14.30", True, "06-15 14:30"),
        ("06-14 23:59", True, "06-14 23:59"),
        ("2025-12-31 08:00", True, "12-31 08:00"),
        ("12-31 08:00", True, "That day is still to come; meant as 2025-12-31 08:00, write the year."),
        ("16:00", False, "06-15 16:00"),
        ("06-20 9:05", False, "06-20 09:05"),
        ("16:00", True, "That is still to come."),
        ("14:00", False, "That is over already."),
        ("25:00", True, "Write it like 14:30, or 06-20 14:30."),
        ("02-30 10:00", True, "Write it like 14:30, or 06-20 14:30."),
        ("soon", True, "Write it like 14:30, or 06-20 14:30."),
    ),
)
def test_moments_as_they_are_typed(typed: str, past: bool, expected: str, now: datetime) -> None:
    from zoneinfo import ZoneInfo

    from console.screens.form import FieldFault
    from console.screens.moments import moment_of

    here = now.astimezone(ZoneInfo("Asia/Shanghai"))
    try:
        found = moment_of({"at": typed}, "at", here, past=past)
    except FieldFault as fault:
        assert fault.words == expected
    else:
        assert found is not None and f"{found:%m-%d %H:%M}" == expected
        assert (found <= here) is past
