"""The board follows other seats, rings for an emergency on every screen, is narrowed, and opens what it counts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from console import i18n, keys
from console.app import ConsoleApp
from console.desk import complaints, escalations
from console.screens.board import BoardScreen
from console.screens.call import CallScreen
from console.screens.escalation import EscalationScreen
from console.screens.fixlist import FixListScreen
from console.screens.patient import PatientScreen
from console.screens.queue import QueueScreen
from console.widgets.board_columns import BoardColumns
from console.widgets.case_words import age_words, card_lines, detail_lines
from console.widgets.dialogs import Choose, Read
from console.widgets.strip_words import fitting, forecast_words
from console.words import left_words
from db.connect import Database, unit_of_work
from db.enums import CaseStage, ComplaintClass, EscalationKind, EscalationStatus, Level, Severity
from db.records import ComplaintForm, Escalation, FlagForm, Forecast
from tests.clinic import SampleClinic, make_clinic
from tests.desk.call_world import World
from tests.desk.queue_world import SHANGHAI, QueueWorld, at
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.fakes import NOW, escalation
from tests.ui.real_desk import console_for


@pytest.fixture
def clinic(sqlite_database: Database, now) -> SampleClinic:
    return make_clinic(sqlite_database, now)


@pytest.fixture
def world(clinic: SampleClinic, now) -> World:
    # At the console's own minute: it would take away what was claimed minutes before.
    return World(clinic, now)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    i18n.use("en")
    keys.override({})


def flag(world: World, level: Level = Level.SAME_DAY, name: str = "王小丽") -> int:
    """An escalation raised by a caller; gives its id."""
    claim = world.connected(world.person(name))
    form = FlagForm(level, ("one_side_growing",))
    return escalations.raise_flag(
        world.seat(), claim, form, f"key-{claim.contact_id}", world.now
    ).escalation.id


def columns(app: ConsoleApp) -> BoardColumns:
    return app.screen.query_one(BoardColumns)


def shown(app: ConsoleApp) -> set[int]:
    """Ids of the cards on the board."""
    boards = app.screen.query(BoardColumns)
    if app.seat is None or not boards:
        return set()
    return {card.id for column in boards.first()._columns for card in column.cards}  # pyright: ignore[reportPrivateUsage]


class Bells:
    """Counts the rings of an app."""

    def __init__(self, app: ConsoleApp) -> None:
        self.count = 0
        app.bell = self.ring  # type: ignore[method-assign]
        app._bell.enabled = True  # pyright: ignore[reportPrivateUsage]

    def ring(self) -> None:
        self.count += 1


def press(key: str) -> str:
    """Textual's name of a key of the table."""
    return keys.textual_name(key)


# --- narrowing ---


@pytest.mark.parametrize("size", SIZES)
async def test_the_cards_are_narrowed_by_kind_and_owner_and_one_key_shows_everything(
    world: World, clinic: SampleClinic, size: tuple[int, int]
) -> None:
    mine, free = flag(world, name="王小丽"), flag(world, name="李红")
    escalations.acknowledge(clinic.seat("lead"), mine, world.now)
    app = console_for(clinic, language="zh")
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, lambda: shown(app) == {mine, free})
        assert "e 全部" not in screen_text(app)
        await pilot.press("w")
        await settle(pilot, lambda: shown(app) == {mine})
        assert "只看由 王主管 负责（e 全部）" in screen_lines(app)[0]
        assert "未办结2" in screen_lines(app)[0], "what is narrowed are the cards, not what is counted"
        # Another seat's change, another screen and back: it stays narrowed.
        await pilot.press("b")
        await settle(pilot, lambda: isinstance(app.screen, QueueScreen))
        third = await asyncio.to_thread(flag, world, Level.URGENT, "赵静")
        await pilot.press("b")
        await settle(pilot, lambda: "未办结3" in screen_lines(app)[0])
        assert shown(app) == {mine}
        await pilot.press("f", "1", "2")
        await settle(pilot, lambda: shown(app) == set())
        assert "投诉" in screen_lines(app)[0] and "王主管" in screen_lines(app)[0]
        assert "按 e 看全部" in screen_text(app)
        await pilot.press("escape")
        await settle(pilot, lambda: shown(app) == {mine, free, third})
        assert "只看" not in screen_lines(app)[0]
        await pilot.press("f", "2", "2")
        await settle(pilot, lambda: shown(app) == {free, third})
        await pilot.press("e")
        await settle(pilot, lambda: shown(app) == {mine, free, third})


async def test_the_next_person_at_the_seat_sees_everything(world: World, clinic: SampleClinic) -> None:
    number = flag(world)
    app = console_for(clinic, language="en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app) == {number})
        await pilot.press("w")
        await settle(pilot, lambda: shown(app) == set())
        await app.take_seat(await asyncio.to_thread(clinic.new_seat, "chen"))
        await settle(pilot, lambda: shown(app) == {number})


# --- what the strip counts ---


async def test_every_count_opens_its_list_and_enter_there_opens_the_patient(clinic: SampleClinic) -> None:
    clinic.now = at("2026-06-15 14:35")
    world = QueueWorld(clinic)
    people = {name: world.patient(name) for name in ("潘一", "葛二", "彭五", "郎六")}
    world.item(people["潘一"], "CLOSED-REVIEW", kind="lead_review")
    world.change(world.item(people["葛二"], "D7"), state="before_start", next_change_at=None)
    world.change(world.item(people["彭五"], "D7"), skips=3)
    world.treatment(people["郎六"], "rhinoplasty", date(2026, 6, 12))
    app = console_for(clinic, language="en")
    wanted = {"for the lead 1": "潘*", "skipped 1": "彭*", "no plan 1": "郎*", "before the start 1": "葛*"}
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await settle(pilot, lambda: "no plan 1" in screen_text(app))
        assert all(f"{count}" in screen_text(app) for count in wanted)
        for count, patient in wanted.items():
            await pilot.press("x")
            await settle(pilot, lambda: isinstance(app.screen, Choose))
            words = [words for _value, words in app.screen._options]  # type: ignore[attr-defined]
            await pilot.press(str(words.index(count) + 1))
            await settle(
                pilot,
                lambda patient=patient: (
                    isinstance(app.screen, Choose) and patient in app.screen._options[0][1]
                ),
            )
            assert people[next(one for one in people if one[0] == patient[0])] == app.screen._options[0][0]  # type: ignore[attr-defined]
            if patient != "彭*":
                # One page opened is enough: it takes the longest.
                await pilot.press("escape")
                await settle(pilot, lambda: isinstance(app.screen, BoardScreen))
                continue
            await pilot.press("enter")
            await settle(pilot, lambda: isinstance(app.screen, PatientScreen))
            await pilot.press("escape")
            await settle(pilot, lambda: isinstance(app.screen, BoardScreen))


async def test_refused_rows_open_the_fix_list_for_a_lead_only(clinic: SampleClinic) -> None:
    with unit_of_work(clinic.database) as connection:
        batch = connection.insert(
            "import_batch",
            {
                "clinic_id": clinic.clinic_id,
                "file_name": "a.csv",
                "file_sha256": "x",
                "at_date": date(2026, 6, 15),
                "started_at": 1,
            },
        )
        connection.insert(
            "refused_row",
            {
                "clinic_id": clinic.clinic_id,
                "batch_id": batch,
                "row_number": 3,
                "digest": "d",
                "code": "procedure_unknown",
                "col": "procedure",
                "status": "open",
                "operated_on": date(2026, 6, 1),
                "created_at": 1,
            },
        )
    for login, opens in (("lead", FixListScreen), ("chen", Read)):
        app = console_for(clinic, login, language="en")
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await settle(pilot, lambda app=app: "refused rows 1" in screen_text(app))
            await pilot.press("x")
            await settle(pilot, lambda app=app: isinstance(app.screen, Choose))
            await pilot.press("1")
            await settle(pilot, lambda app=app, opens=opens: isinstance(app.screen, opens))


def test_what_does_not_fit_is_counted() -> None:
    parts = ["NOBODY IS WATCHING", "lapsed 3", "unreachable 12", "no plan 1"]
    assert fitting(parts, 200) == "  ".join(parts)
    for width in range(24, 60):
        line = fitting(parts, width)
        hidden = sum(1 for part in parts if part not in line)
        assert len(line) <= width and (line.endswith(f"  +{hidden}") if hidden else True)


def test_the_forecast_in_words() -> None:
    until = at("2026-06-15 20:00")
    enough = Forecast(until, 175, 40, 2, 70, 300, measured=False)
    i18n.use("en")
    assert forecast_words(enough, SHANGHAI, wide=False) == "to 20:00: 40 due, 2 here can make 70"
    short = replace(enough, due=1000, handling_s=250, measured=True)
    assert forecast_words(short, SHANGHAI, wide=True) == (
        "to 20:00: 999+ due, 2 here can make 70, 930 TOO MANY (4.2 min each, measured)"
    )
    assert forecast_words(None, SHANGHAI, wide=True) == "calling is over for today"
    i18n.use("zh")
    assert forecast_words(enough, SHANGHAI, wide=False) == "到20:00：应打40，在岗2人可打70"


# --- live, and the bell ---


async def test_an_emergency_of_another_seat_rings_once_and_shows_on_every_screen(
    world: World, clinic: SampleClinic
) -> None:
    app = console_for(clinic, language="zh")
    bells = Bells(app)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and "没有上报的事项" in screen_text(app))
        # Over a window, too: it hides the board, not the alarm.
        await pilot.press("f")
        await settle(pilot, lambda: isinstance(app.screen, Choose))
        number = await asyncio.to_thread(flag, world, Level.EMERGENCY)
        await settle(pilot, lambda: "!! 立即急救" in screen_lines(app)[1], within=4)
        assert bells.count == 1 and isinstance(app.screen, Choose)
        await pilot.press("escape")
        await settle(pilot, lambda: shown(app) == {number})
        for _ in range(3):
            app.show_notices()
            await app.look_now()
        assert bells.count == 1
        await asyncio.to_thread(
            escalations.told, clinic.seat("li"), number, "陈医生", world.now + timedelta(minutes=1)
        )
        await settle(pilot, lambda: "!!" not in screen_text(app) and "已告诉陈医生" in screen_text(app))
        assert bells.count == 1


async def test_what_becomes_an_emergency_rings_again(
    world: World, clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.notify.GAP_S", 0.0)
    number = flag(world, Level.SAME_DAY)
    app = console_for(clinic, language="en")
    bells = Bells(app)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app) == {number} and bells.count == 1)
        await asyncio.to_thread(
            escalations.raise_level, clinic.seat("chen"), number, Level.EMERGENCY, "worse", world.now
        )
        await settle(pilot, lambda: "!! NOW" in screen_text(app))
        assert bells.count == 2


async def test_a_lead_in_a_call_gets_one_line_and_no_screen(world: World, clinic: SampleClinic) -> None:
    world.person("李红")
    app = console_for(clinic, language="en", mode="queue")
    bells = Bells(app)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and "李*" in screen_text(app))
        await pilot.press("enter")
        await settle(pilot, lambda: "before the call" in screen_text(app))
        for number, level in enumerate((Level.SAME_DAY, Level.EMERGENCY, Level.SAME_DAY)):
            await asyncio.to_thread(flag, world, level, f"客{number}")
        await settle(pilot, lambda: "+2 !! NOW" in screen_lines(app)[1], within=4)
        assert isinstance(app.screen, CallScreen)
        assert sum("nobody has phoned" in line for line in screen_lines(app)) == 1
        assert bells.count >= 1


# --- cards ---


def complaint(**changes: object) -> Escalation:
    """A complaint on the board; any field can be given."""
    made = escalation(
        7,
        kind=EscalationKind.COMPLAINT,
        level=None,
        severity=Severity.MODERATE,
        status=EscalationStatus.CONTACTED,
        flags=(),
        summary="",
        owner="王主管",
        owner_id=1,
        raised_at=NOW - timedelta(days=2),
        ack_by=NOW - timedelta(days=1),
        contact_by=NOW - timedelta(days=1),
        acknowledged_at=NOW - timedelta(days=2),
        contacted_at=NOW - timedelta(days=2),
        resolve_by=NOW + timedelta(days=5),
        next_clock=NOW + timedelta(days=5),
        klass=ComplaintClass.PRICE,
        stage=CaseStage.INVESTIGATING,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_complaint_says_how_serious_how_far_whether_it_waits_and_the_refunds_limit() -> None:
    i18n.use("en")
    first, second, third = card_lines(complaint(), NOW, SHANGHAI, 60)
    assert "complaint moderate" in first and "answer 5d" in first
    assert second.rstrip().endswith("2d ago")
    came_in = complaint(received_at=NOW - timedelta(days=3))
    assert card_lines(came_in, NOW, SHANGHAI, 60)[1].rstrip().endswith("3d ago")
    assert (
        card_lines(complaint(last_line="contact"), NOW, SHANGHAI, 60)[2]
        .rstrip()
        .endswith("too late to reply")
    )
    paused = complaint(paused_at=NOW, refund_by=NOW + timedelta(days=9))
    third = card_lines(paused, NOW, SHANGHAI, 60)[2]
    assert third.startswith("王主管: PAUSED refund by ")
    late = complaint(refund_by=NOW - timedelta(days=1), next_clock=NOW - timedelta(days=1))
    assert "refund -1d" in card_lines(late, NOW, SHANGHAI, 60)[0]
    assert "REFUND LATE" in card_lines(late, NOW, SHANGHAI, 60)[2]
    severe = complaint(severity=Severity.SEVERE, confirmed=False)
    assert "to be confirmed" in card_lines(severe, NOW, SHANGHAI, 60)[2]
    new = complaint(
        contacted_at=None, contact_by=NOW + timedelta(hours=3), next_clock=NOW + timedelta(hours=3)
    )
    assert "reply 3h" in card_lines(new, NOW, SHANGHAI, 60)[0]
    assert "PAUSED" in detail_lines(paused, {}, NOW, SHANGHAI)[1]
    assert "PAUSED" not in "".join(card_lines(escalation(1), NOW, SHANGHAI, 60))


def test_how_long_ago_is_counted_in_whole_hours_and_days() -> None:
    i18n.use("en")
    for minutes, words in (
        (0, "0min ago"),
        (59, "59min ago"),
        (60, "1h ago"),
        (1439, "23h ago"),
        (1440, "1d ago"),
    ):
        assert age_words(escalation(1, raised_at=NOW - timedelta(minutes=minutes)), NOW) == words


def test_time_left_is_in_the_clinics_days() -> None:
    i18n.use("en")
    # 23:50 in the clinic, 15:50 in Greenwich: ten minutes later it is a day late.
    now = at("2026-06-16 00:00")
    card = escalation(1, next_clock=at("2026-06-15 23:50"))
    local = left_words(at("2026-06-15 23:50").astimezone(SHANGHAI), now.astimezone(SHANGHAI))
    assert card_lines(card, now, SHANGHAI, 40)[0].rstrip().endswith(local) and local == "-1d"


async def test_the_board_says_what_is_to_be_done_next_and_by_which_key(
    world: World, clinic: SampleClinic
) -> None:
    number = flag(world)
    app = console_for(clinic, language="en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app) == {number})
        assert "next: take it up (a)" in screen_text(app)
        await pilot.press("a")
        await settle(pilot, lambda: "next: reach the patient (c)" in screen_text(app))


async def test_the_cursor_is_on_what_was_taken_down(world: World, clinic: SampleClinic) -> None:
    flag(world, Level.EMERGENCY)
    app = console_for(clinic, "lead", "en", mode="board")
    async with app.run_test(size=SIZES[1], notifications=True) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, BoardScreen) and columns(app).current is not None)
        assert "z take down" in screen_lines(app)[-1]
        form = ComplaintForm(ComplaintClass.PRICE, Severity.MINOR, "多收了钱")
        taken = complaints.take_complaint(world.seat("lead"), None, None, form, "k", world.now).escalation.id
        app.screen.taken_down(taken)  # type: ignore[attr-defined]
        app.open_escalation(taken)
        await settle(pilot, lambda: isinstance(app.screen, EscalationScreen))
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, BoardScreen) and columns(app).cursor == taken)
