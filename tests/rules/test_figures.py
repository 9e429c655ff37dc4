"""The formulas of the figures at their edges, and the small pictures of the last days."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from console.rules import day_summary, figures
from console.rules.figures import Case, Counted, Dial, Due, Figures, Ratio, Talk
from console.sparks import spark
from console.text import cells
from db.enums import AttemptResult, CallOutcome, Direction, EscalationKind, ItemState

NOON = datetime(2026, 6, 15, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(milliseconds=1)


def case(kind: EscalationKind = EscalationKind.CLINICAL, **values: object) -> Case:
    limits = {"ack": NOON + HOUR, "contact": NOON + 2 * HOUR, "resolve": NOON + 9 * HOUR}
    base: dict[str, object] = {"staff_id": 1, "procedure": None, "kind": kind, "limits": limits, "met": {}}
    return Case(**(base | values))  # type: ignore[arg-type]


def ends(one: Case, at: datetime) -> list[tuple[str, float, bool]]:
    return [(end.clock, (end.at - NOON) / HOUR, end.hit) for end in figures.verdicts(one, at)]


def test_a_running_clock_is_neither_met_nor_missed() -> None:
    assert ends(case(), NOON) == []
    assert ends(case(), NOON + HOUR - TICK) == []


def test_a_clock_is_missed_at_its_limit_whenever_somebody_looks() -> None:
    assert ends(case(), NOON + HOUR) == [("ack", 1.0, False)]
    assert ends(case(), NOON + 100 * HOUR)[0] == ("ack", 1.0, False)


@pytest.mark.parametrize(("when", "hit"), [(HOUR - TICK, True), (HOUR, False), (2 * HOUR, False)])
def test_the_very_instant_of_the_limit_is_late(when: timedelta, hit: bool) -> None:
    (found,) = figures.verdicts(case(met={"ack": NOON + when}), NOON + 2 * HOUR - TICK)[:1] or (None,)
    assert found is not None and found.hit is hit


def test_a_clock_that_began_anew_is_missed_once_and_may_still_be_met() -> None:
    """Ran out at one o'clock as SAME_DAY, began anew as EMERGENCY with another limit, was met before that."""
    one = case(met={"contact": NOON + 1.5 * HOUR}, marked=(("contact", NOON + HOUR),))
    assert [end for end in ends(one, NOON + 9 * HOUR) if end[0] == "contact"] == [
        ("contact", 1.5, True),
        ("contact", 1.0, False),
    ]


def test_a_mark_of_the_clock_that_stands_counts_it_once() -> None:
    one = case(marked=(("ack", NOON + HOUR + timedelta(minutes=3)),))
    assert ends(one, NOON + HOUR + timedelta(minutes=5)) == [("ack", 1.0, False)]


def test_a_complaint_has_two_clocks_and_its_pause_stops_the_second() -> None:
    complaint = EscalationKind.COMPLAINT
    assert {name for name, _at, _hit in ends(case(complaint), NOON + 99 * HOUR)} == {
        "first_reply",
        "solution",
    }
    paused = case(complaint, still_since=NOON + 3 * HOUR)
    assert ends(paused, NOON + 99 * HOUR) == [("first_reply", 2.0, False)]
    too_late = case(complaint, still_since=NOON + 10 * HOUR)
    assert ("solution", 9.0, False) in ends(too_late, NOON + 99 * HOUR)


def test_rates_leave_out_what_says_nothing() -> None:
    results = (AttemptResult.CONNECTED, AttemptResult.BUSY, AttemptResult.LINE_ERROR, None)
    found = figures.count(Counted(dials=[Dial(1, None, result) for result in results]), NOON)
    assert found.attempts == 4 and found.reached == Ratio(1, 2)


def test_late_drafts_have_no_handling_time() -> None:
    talks = [
        Talk(1, None, NOON, NOON + timedelta(seconds=90)),
        Talk(1, None, NOON, NOON + 5 * HOUR, late=True),
    ]
    found = figures.count(Counted(talks=talks), NOON)
    assert (found.talks, found.talk_seconds, found.handling) == (1, 90, 90.0)


@pytest.mark.parametrize(
    ("state", "closed", "end", "tracked", "adherent", "still"),
    [
        (ItemState.DONE, NOON - TICK, NOON, (1, 1), (1, 1), 0),
        (ItemState.DONE, NOON, NOON, (1, 1), (0, 1), 0),
        (ItemState.DONE, NOON, None, (1, 1), (1, 1), 0),
        (ItemState.LAPSED, None, NOON, (0, 1), (0, 1), 0),
        (ItemState.UNREACHABLE, None, NOON + HOUR, (0, 1), (0, 1), 0),
        (ItemState.READY, None, NOON, (0, 1), (0, 1), 0),
        (ItemState.READY, None, NOON + TICK, (0, 1), (0, 0), 1),
        (ItemState.WAITING, None, None, (0, 1), (0, 0), 1),
        (ItemState.CANCELLED, None, NOON, (0, 0), (0, 0), 0),
        (ItemState.SUPERSEDED, None, NOON, (0, 0), (0, 0), 0),
        (ItemState.BEFORE_START, None, NOON, (0, 0), (0, 0), 0),
    ],
)
def test_what_a_planned_call_counts_for(
    state: ItemState,
    closed: datetime | None,
    end: datetime | None,
    tracked: tuple[int, int],
    adherent: tuple[int, int],
    still: int,
) -> None:
    found = figures.count(Counted(dues=[Due(1, None, state, closed, end)]), NOON)
    assert found.tracked == Ratio(*tracked) and found.adherent == Ratio(*adherent) and found.open == still


def test_nothing_is_no_rate() -> None:
    empty = Figures()
    assert {empty.reached.share, empty.tracked.share, empty.adherent.share, empty.in_time.share} == {None}
    assert empty.handling is None


def test_the_parts_add_up_to_the_whole() -> None:
    dials = [Dial(who, name, AttemptResult.CONNECTED) for who, name in ((1, "a"), (2, "a"), (1, None))]
    parts = figures.by(Counted(dials=dials), lambda row: row.staff_id, NOON)
    assert {who: part.attempts for who, part in parts.items()} == {1: 2, 2: 1}


def test_every_sign_of_a_sparkline_is_one_cell_everywhere() -> None:
    made = spark([None, 0, 1, 2, 3, 4, 2.5])
    assert cells(made) == len(made) == 7
    assert not {sign for sign in made if unicodedata.east_asian_width(sign) in ("A", "W", "F")}
    assert made[0] == "." and made[1] < made[3] < made[5] and made[5] == "⣿"


@pytest.mark.parametrize(
    ("values", "most", "shown"),
    [
        ([0.0, 1.0], 1, "⣀⣿"),
        ([0.99, 0.74, 0.25], 1, "⣿⣶⣤"),
        ([0, 0], None, "⣀⣀"),
        ([None], None, "."),
        ([], 1, ""),
    ],
)
def test_a_share_is_drawn_from_nothing_to_all(
    values: list[float | None], most: float | None, shown: str
) -> None:
    assert spark(values, most) == shown


def test_a_wrong_person_says_nothing_of_the_patient() -> None:
    one = day_summary.Heard(
        1,
        "UC1",
        True,
        True,
        Direction.OUT,
        CallOutcome.WRONG_PERSON,
        "dissatisfied",
        {"other_interest": "x", "unconverted_reason": "price"},
        doubt=True,
    )
    assert set(day_summary.summarise([one]).flat().values()) == {0}
