"""The board on a real desk: what each key writes, what the lead sees, and what is refused in one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from console import i18n, keys
from console.app import ConsoleApp
from console.desk import escalations
from console.screens.board import BoardScreen
from console.screens.escalation import EscalationScreen
from console.screens.form import FormDialog
from console.screens.patient import PatientScreen
from console.text import cells
from console.widgets.board_columns import BoardColumns
from console.widgets.dialogs import Choose
from db.connect import Database
from db.enums import EscalationKind, EscalationStatus, Level, Role, Severity
from db.records import FlagForm
from tests.clinic import PIN, SampleClinic, make_clinic
from tests.desk.call_world import World
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.hostile import FORBIDDEN, HOSTILE
from tests.ui.real_desk import console_for, desk_off_the_loop, field_error, field_value, type_into


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


def flag(world: World, level: Level = Level.SAME_DAY, name: str = "王小丽", **more: object) -> int:
    """An escalation raised by a caller; gives its id."""
    claim = world.connected(world.person(name))
    form = FlagForm(level, ("one_side_growing",), **more)  # type: ignore[arg-type]
    raised = escalations.raise_flag(world.seat(), claim, form, f"key-{claim.contact_id}", world.now)
    return raised.escalation.id


def columns(app: ConsoleApp) -> BoardColumns:
    return app.screen.query_one(BoardColumns)


def shown(app: ConsoleApp, *wanted: int) -> bool:
    """Whether the signed-in board shows these escalations."""
    boards = app.screen.query(BoardColumns)
    if app.seat is None or not boards:
        return False
    return all(boards.first()._place(one) is not None for one in wanted)  # pyright: ignore[reportPrivateUsage]


def row(clinic: SampleClinic, escalation_id: int) -> dict[str, object]:
    return clinic.rows("SELECT * FROM escalation WHERE id = :id", id=escalation_id)[0]


def story(clinic: SampleClinic, escalation_id: int) -> list[tuple[object, object]]:
    rows = clinic.rows(
        "SELECT kind, note FROM escalation_event WHERE escalation_id = :id ORDER BY id", id=escalation_id
    )
    return [(one["kind"], one["note"]) for one in rows]


def front(app: ConsoleApp, kind: type) -> bool:
    return isinstance(app.screen, kind)


async def test_a_case_from_new_to_resolved_leaves_the_right_rows(world: World, clinic: SampleClinic) -> None:
    number = flag(world, place="家里", companion="丈夫")
    app = console_for(clinic, language="zh")
    with desk_off_the_loop() as caught:
        await _from_new_to_resolved(app, number)
    after = row(clinic, number)
    written = [after[name] for name in ("status", "finding", "action", "told_patient")]
    assert written == ["resolved", "血肿", "门诊换药", "明天复诊"]
    assert after["owner_staff_id"] == clinic.staff_ids["lead"] and after["clavien_dindo"] is None
    steps = "raised acknowledged note contacted resolved"
    assert [kind for kind, _note in story(clinic, number)] == steps.split()
    assert story(clinic, number)[2][1] == "已请[/急]陈医生[31m看"
    assert caught == []


async def _from_new_to_resolved(app: ConsoleApp, number: int) -> None:
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, number))
        await pilot.press("a")
        await settle(
            pilot, lambda: columns(app).current is not None and columns(app).current.owner == "王主管"
        )  # type: ignore[union-attr]
        assert columns(app).cursor == number
        await pilot.press("ctrl+n")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "text", "已请[/急]陈医生\x1b[31m看")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, BoardScreen))
        await pilot.press("c")
        await settle(pilot, lambda: front(app, FormDialog))
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "clinician") != "")
        type_into(app, "clinician", "陈医生")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, BoardScreen))
        await settle(pilot, lambda: columns(app).current.status is EscalationStatus.CONTACTED)  # type: ignore[union-attr]
        await pilot.press("r")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "finding", "血肿")
        type_into(app, "action", "门诊换药")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "told_patient") != "")
        assert field_value(app, "finding") == "血肿" and field_value(app, "action") == "门诊换药"
        assert field_error(app, "finding") == ""
        type_into(app, "told_patient", "明天复诊")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, BoardScreen))
        await settle(pilot, lambda: columns(app).current.status is EscalationStatus.RESOLVED)  # type: ignore[union-attr]


async def test_assign_gives_it_to_the_person_chosen(world: World, clinic: SampleClinic) -> None:
    number = flag(world)
    app = console_for(clinic, language="en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, number))
        await pilot.press("o")
        await settle(pilot, lambda: front(app, Choose))
        assert "王主管" in screen_text(app) and "on duty" in screen_text(app)
        people = await asyncio.to_thread(escalations.colleagues, clinic.seat("lead"))
        at = [one.name for one in people].index("何护士") + 1
        await pilot.press(str(at))
        await settle(pilot, lambda: front(app, BoardScreen))
        await settle(pilot, lambda: columns(app).current.owner == "何护士")  # type: ignore[union-attr]
    assert row(clinic, number)["owner_staff_id"] == clinic.staff_ids["he"]
    assert story(clinic, number)[-1][0] == "assigned"


async def test_who_was_faster_is_shown_and_said(world: World, clinic: SampleClinic) -> None:
    number = flag(world)
    app = console_for(clinic, language="en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, number))
        # The nurse acts between the last look and the key.
        monkey = app.screen
        assert isinstance(monkey, BoardScreen)
        nurse = clinic.seat("he")
        await asyncio.to_thread(escalations.acknowledge, nurse, number, clinic.now)
        monkey.job(monkey._simple("acknowledge"))  # pyright: ignore[reportPrivateUsage]
        await settle(pilot, lambda: "A colleague has already taken it up." in screen_text(app))
        await settle(pilot, lambda: columns(app).current.owner == "何护士")  # type: ignore[union-attr]
    assert [kind for kind, _note in story(clinic, number)] == ["raised", "acknowledged"]


async def test_the_cursor_follows_the_case_when_another_seat_moves_it(
    world: World, clinic: SampleClinic
) -> None:
    first, second = flag(world, name="王一"), flag(world, name="李二")
    app = console_for(clinic, language="en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, first, second))
        await pilot.press("down")
        assert columns(app).cursor == second
        await asyncio.to_thread(escalations.acknowledge, clinic.seat("he"), second, clinic.now)
        await settle(pilot, lambda: columns(app).current.owner == "何护士")  # type: ignore[union-attr]
        assert columns(app).cursor == second
        await pilot.press("left")
        assert columns(app).cursor == first


async def test_told_phoning_and_call_now(world: World, clinic: SampleClinic) -> None:
    number = flag(world, Level.EMERGENCY)
    app = console_for(clinic, language="en")
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, number))
        await pilot.press("p")
        await settle(pilot, lambda: columns(app).current.phoning == "王主管")  # type: ignore[union-attr]
        await pilot.press("t")
        await settle(pilot, lambda: front(app, FormDialog))
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "text") == "Write something first.")
        type_into(app, "text", "陈医生")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, BoardScreen) and columns(app).current.told_who == "陈医生")  # type: ignore[union-attr]
        # Being told stops nothing; taking it over by telephone does, of somebody who may.
        assert columns(app).current.acknowledged_at is None  # type: ignore[union-attr]
        await pilot.press("t")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "text", "李敏")
        await pilot.press("enter", "2", "ctrl+s")
        await settle(pilot, lambda: field_error(app, "text").startswith("Name somebody who is on call"))
        type_into(app, "text", "陈医生")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, BoardScreen) and columns(app).current.owner == "陈医生")  # type: ignore[union-attr]
        await pilot.press("n")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "reason", "问视力")
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, BoardScreen))
    after = row(clinic, number)
    assert after["told_by"] == after["phoning_staff_id"] == clinic.staff_ids["lead"]
    assert story(clinic, number)[-1] == ("call_requested", "问视力")
    asked = clinic.rows("SELECT tier FROM item WHERE escalation_id = :id AND clinician_requested", id=number)
    assert [one["tier"] for one in asked] == [0]


async def test_only_a_doctor_lowers_a_level_and_a_wrong_pin_keeps_the_reason(
    world: World, clinic: SampleClinic
) -> None:
    number = flag(world, Level.EMERGENCY)
    app = console_for(clinic, "lead", "en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, number))
        await pilot.press("l")
        await settle(pilot, lambda: "Only a doctor lowers a level" in screen_text(app))
    app = console_for(clinic, "chen", "en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, number))
        await pilot.press("l")
        await settle(pilot, lambda: front(app, Choose))
        await pilot.press("1")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "reason", "看过照片")
        type_into(app, "pin", "999999")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: "The PIN is not right" in screen_text(app))
        assert field_value(app, "reason") == "看过照片"
        type_into(app, "pin", PIN)
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, BoardScreen))
    assert row(clinic, number)["level"] == "SAME_DAY"
    assert story(clinic, number)[-1] == ("level_lowered", "看过照片")


async def test_a_doctor_gives_the_grade(world: World, clinic: SampleClinic) -> None:
    number = flag(world)
    app = console_for(clinic, "chen", "en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, number))
        await pilot.press("r")
        await settle(pilot, lambda: front(app, FormDialog))
        for name in ("finding", "action", "told_patient"):
            type_into(app, name, f"{name} x")
        await pilot.press("down", "down", "down", "right", "right", "right", "ctrl+s")
        await settle(pilot, lambda: front(app, BoardScreen))
    assert row(clinic, number)["clavien_dindo"] == "IIIa"


async def test_a_caller_sees_no_keys_that_would_be_refused(world: World, clinic: SampleClinic) -> None:
    number = flag(world)
    app = console_for(clinic, "anna", "en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, number))
        line = screen_lines(app)[-1]
        assert "take up" not in line and "resolve" not in line and "I phone" in line and "note" in line
        await pilot.press("a", "r", "s", "i")
        assert front(app, BoardScreen)
    assert row(clinic, number)["status"] == "new"


async def test_a_complaint_gets_another_severity_by_the_lead(world: World, clinic: SampleClinic) -> None:
    claim = world.connected(world.person())
    made = escalations.hand_over(
        world.seat(), claim, None, EscalationKind.COMPLAINT, Severity.MINOR, "等太久", "k", world.now
    )
    app = console_for(clinic, language="en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, made.escalation.id))
        assert "complaint minor" in screen_text(app)
        await pilot.press("l")
        await settle(pilot, lambda: front(app, Choose))
        await pilot.press("2")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "reason", "第二次投诉")
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, BoardScreen))
    assert row(clinic, made.escalation.id)["severity"] == "severe"


async def test_leaving_a_window_asks_once_something_was_typed(world: World, clinic: SampleClinic) -> None:
    number = flag(world)
    app = console_for(clinic, language="en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, number))
        await pilot.press("m")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "text", "half a thought")
        await pilot.press("escape")
        await settle(pilot, lambda: "Leave without saving" in screen_text(app))
        await pilot.press("escape")
        await settle(pilot, lambda: front(app, FormDialog) and field_value(app, "text") == "half a thought")
        await pilot.press("escape")
        await settle(pilot, lambda: "Leave without saving" in screen_text(app))
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, BoardScreen))
    assert [kind for kind, _note in story(clinic, number)] == ["raised"]


async def test_the_page_of_a_case_is_audited_once_and_follows_what_others_do(
    world: World, clinic: SampleClinic
) -> None:
    number = flag(world, place="人民路 8 号", companion="丈夫")
    app = console_for(clinic, language="zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, number))
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, EscalationScreen) and "王小丽" in screen_text(app))
        text = screen_text(app)
        assert "人民路 8 号" in text and "丈夫" in text and "一边突然肿" in text and "上报" in text
        await asyncio.to_thread(escalations.note, clinic.seat("he"), number, "护士在路上", clinic.now)
        await settle(pilot, lambda: "护士在路上" in screen_text(app))
        assert "王小丽" in screen_text(app)
        await pilot.press("ctrl+u")
        await settle(pilot, lambda: front(app, PatientScreen))
        await pilot.press("q")
        await settle(pilot, lambda: front(app, EscalationScreen))
        await pilot.press("q")
        await settle(pilot, lambda: front(app, BoardScreen))
    reads = clinic.rows("SELECT id FROM audit WHERE action = 'patient.read'")
    assert len(reads) == 2, "one for the case, one for the patient's page"


async def test_the_strip_says_what_nobody_may_forget(world: World, clinic: SampleClinic) -> None:
    flag(world)
    world.connected(world.person("张三"))
    app = console_for(clinic, language="en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app) and "on the line: 李敏" in screen_text(app))
        text = screen_text(app)
        assert "NOBODY IS ON CALL" in text and "queue: RED" in text
        assert "Nobody is on call." in text, "the notice of every frame"
        # The console ticks while it is open; without it two minutes make a difference.
        await settle(pilot, lambda: "NOBODY IS WATCHING" not in screen_text(app))
        board = app.screen
        assert isinstance(board, BoardScreen)
        later = await asyncio.to_thread(
            escalations.board, clinic.seat("lead"), clinic.now + timedelta(minutes=5)
        )
        assert "NOBODY IS WATCHING" in "".join(board._strip_lines(later))  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(("size", "language"), list(zip(SIZES, ("zh", "en"), strict=True)))
async def test_hostile_words_are_only_text(
    world: World, clinic: SampleClinic, size: tuple[int, int], language: str
) -> None:
    numbers: list[int] = []
    for at, text in enumerate(HOSTILE[SIZES.index(size) :: len(SIZES)]):
        claim = world.connected(world.person(text[:60].encode("utf-8", "replace").decode() or "x"))
        form = FlagForm(
            Level.SAME_DAY if at % 2 else Level.EMERGENCY,
            ("a[/b]",),
            summary=text,
            place=text,
            companion=text,
        )
        raised = escalations.raise_flag(world.seat(), claim, form, f"h{at}", world.now)
        escalations.note(clinic.seat("lead"), raised.escalation.id, text, world.now)
        numbers.append(raised.escalation.id)
    app = console_for(clinic, language=language)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, *numbers))
        await pilot.press("end")
        for _step in range(len(numbers)):
            await pilot.press("enter")
            await settle(pilot, lambda: front(app, EscalationScreen) and app.screen.case() is not None)  # type: ignore[attr-defined]
            check_frame(app, size)
            await pilot.press("q")
            await settle(pilot, lambda: front(app, BoardScreen))
            check_frame(app, size)
            await pilot.press("up")


def check_frame(app: ConsoleApp, size: tuple[int, int]) -> None:
    """Every line exactly as wide as the terminal, no control character anywhere."""
    lines = screen_lines(app)
    assert len(lines) == size[1]
    for line in lines:
        assert cells(line) == size[0], line
        assert not FORBIDDEN & set(line), line


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (40, 10), (20, 5), (1, 1)])
async def test_any_size_is_painted(world: World, clinic: SampleClinic, size: tuple[int, int]) -> None:
    numbers = [flag(world, name=f"王{at}") for at in range(6)]
    app = console_for(clinic, language="zh")
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, *numbers))
        await pilot.press("down", "down", "down", "down", "down", "right", "left", "pageup", "end")
        assert columns(app).cursor == numbers[-1]


async def test_a_trainee_or_switched_role_reads_only(world: World, clinic: SampleClinic) -> None:
    number = flag(world)
    app = console_for(clinic, "lead", "en", role=Role.CALLER)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app, number))
        assert "take up" not in screen_lines(app)[-1]
