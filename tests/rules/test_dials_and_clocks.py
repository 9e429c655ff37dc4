"""What a dial leads to, and the clocks of what was handed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.rules import calendar as calendars
from console.rules import policy, reports, retry, sla
from console.widgets.case_words import REPORTS
from db.enums import (
    AttemptResult,
    DutyKind,
    EscalationKind,
    EscalationStatus,
    ItemClass,
    ItemKind,
    ItemState,
    Level,
    Purpose,
    Severity,
)
from db.records import AfterAttempt, AttemptFacts, ItemFacts

POLICY = policy.default()
CALENDAR = calendars.of(POLICY)
MONDAY = date(2026, 6, 15)
TUESDAY = date(2026, 6, 16)


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return CALENDAR.at(day, hour * 60 + minute)


CARE = ItemFacts(
    id=1,
    kind=ItemKind.MILESTONE,
    milestone="D7",
    team="nurse",
    klass=ItemClass.CARE,
    purpose=Purpose.CARE,
    language="zh",
    state=ItemState.LEASED,
    earliest_at=at(8),
    due_on=MONDAY,
    clinical_end_at=at(21, 30, date(2026, 6, 21)),
)
D0 = replace(CARE, milestone="D0", klass=ItemClass.SAFETY, earliest_at=at(18), clinical_end_at=at(21, 30))
D1 = replace(CARE, milestone="D1", klass=ItemClass.SAFETY, clinical_end_at=at(21, 30))
FLAG = replace(
    CARE, milestone="RED_FLAG", kind=ItemKind.RECONTACT, klass=ItemClass.SAFETY, clinical_end_at=None
)


def dial(item: ItemFacts, result: AttemptResult, when: datetime, **changes: object) -> AfterAttempt:
    return retry.after_attempt(AttemptFacts(item, result, when, **changes), POLICY)  # type: ignore[arg-type]


@pytest.mark.parametrize("result", ["no_answer", "powered_off", "unreachable", "voicemail"])
@pytest.mark.parametrize(
    ("when", "again"),
    [
        (at(14, 30), at(18)),  # two hours on is the same part of the day
        (at(17), at(19)),  # two hours on is another
        (at(19, 30), at(8, 0, TUESDAY)),
        (at(9), at(12)),
    ],
)
def test_no_answer_waits_for_another_part_of_the_day(result: str, when: datetime, again: datetime) -> None:
    after = dial(CARE, AttemptResult(result), when)
    assert (after.counted, after.cooling_until, after.close_reason) == (True, again, None)


def test_twice_a_day_at_most_and_three_times_for_safety() -> None:
    tried = replace(CARE, tries_today=1, tried_on=MONDAY)
    assert dial(tried, AttemptResult.NO_ANSWER, at(14, 30)).cooling_until == at(8, 0, TUESDAY)
    yesterday = replace(CARE, tries_today=1, tried_on=date(2026, 6, 14))
    assert dial(yesterday, AttemptResult.NO_ANSWER, at(14, 30)).cooling_until == at(18)
    d2 = replace(D1, milestone="D2", clinical_end_at=at(21, 30, TUESDAY), tries_today=1, tried_on=MONDAY)
    assert dial(d2, AttemptResult.NO_ANSWER, at(9)).cooling_until == at(12)
    third = replace(d2, tries_today=2)
    assert dial(third, AttemptResult.NO_ANSWER, at(9)).cooling_until == at(12, 0, TUESDAY)


def test_a_safety_call_takes_the_same_part_of_the_day_rather_than_none() -> None:
    assert dial(D1, AttemptResult.NO_ANSWER, at(18, 30)).cooling_until == at(20, 30)
    last = dial(D1, AttemptResult.NO_ANSWER, at(20, 0))
    assert last.lead_item is not None and last.lead_item.code == "no_time_left"
    assert last.escalate is not None and last.escalate.level is Level.SAME_DAY


@pytest.mark.parametrize(
    ("result", "field", "gap"), [("busy", "busy_count", 15), ("line_error", "line_errors", 5)]
)
def test_busy_and_line_errors_cost_nothing_three_times(result: str, field: str, gap: int) -> None:
    for count in range(3):
        after = dial(replace(CARE, **{field: count}), AttemptResult(result), at(14, 30))
        assert (after.counted, after.cooling_until) == (False, at(14, 30 + gap))
        assert getattr(after, field) == count + 1
    fourth = dial(replace(CARE, **{field: 3}), AttemptResult(result), at(14, 30))
    assert (fourth.counted, fourth.cooling_until) == (True, at(18))


@pytest.mark.parametrize(
    ("changes", "budget"),
    [
        ({}, 4),
        ({"klass": ItemClass.ROUTINE}, 4),
        ({"klass": ItemClass.ROUTINE, "purpose": Purpose.SURVEY}, 2),
        ({"klass": ItemClass.SAFETY, "milestone": "D2"}, 6),
    ],
)
def test_a_spent_budget_closes_the_item_and_tells_the_lead(changes: dict[str, object], budget: int) -> None:
    item = replace(CARE, **changes)  # type: ignore[arg-type]
    assert dial(item, AttemptResult.NO_ANSWER, at(9), number_attempts=budget - 2).close_reason is None
    spent = dial(item, AttemptResult.NO_ANSWER, at(9), number_attempts=budget - 1)
    assert spent.close_reason == "unable_to_reach" and spent.lead_item is not None and spent.escalate is None
    other = dial(item, AttemptResult.NO_ANSWER, at(9), number_attempts=budget - 1, other_number=True)
    assert (other.close_reason, other.next_person) == (None, "patient")


def test_a_spent_d1_is_a_case() -> None:
    spent = dial(D1, AttemptResult.NO_ANSWER, at(10), number_attempts=5)
    assert spent.close_reason == "unable_to_reach"
    assert spent.escalate is not None
    assert (spent.escalate.level, spent.escalate.kind) == (Level.SAME_DAY, EscalationKind.CLINICAL)


def test_suspended_takes_the_other_number_and_comes_back_in_three_days() -> None:
    after = dial(CARE, AttemptResult.SUSPENDED, at(14, 30))
    assert after.number_suspended_until == after.cooling_until == at(14, 30, date(2026, 6, 18))
    other = dial(CARE, AttemptResult.SUSPENDED, at(14, 30), other_number=True)
    assert (other.next_person, other.cooling_until) == ("patient", None)
    assert dial(D1, AttemptResult.SUSPENDED, at(10), contact_person=True).next_person == "contact_person"
    alone = dial(D1, AttemptResult.SUSPENDED, at(10))
    assert alone.escalate is not None and alone.lead_item is not None


def test_an_invalid_or_wrong_number_is_dead_and_repaired() -> None:
    after = dial(CARE, AttemptResult.INVALID_NUMBER, at(14, 30))
    assert (after.number_dead, after.contact_repair, after.counted, after.escalate) == (
        True,
        True,
        False,
        None,
    )
    assert dial(CARE, AttemptResult.INVALID_NUMBER, at(9), other_number=True).next_person == "patient"
    assert dial(D1, AttemptResult.INVALID_NUMBER, at(9)).escalate is not None
    wrong = retry.after_wrong_person(AttemptFacts(CARE, AttemptResult.CONNECTED, at(9)), POLICY)
    assert wrong.number_dead and wrong.reasons[0].code == "after_wrong_person"


def test_rejected_is_tried_tomorrow_once_then_the_lead_decides() -> None:
    first = dial(CARE, AttemptResult.REJECTED, at(14, 30))
    assert (first.cooling_until, first.rejections, first.close_reason) == (at(8, 0, TUESDAY), 1, None)
    again = dial(replace(CARE, rejections=1), AttemptResult.REJECTED, at(14, 30, TUESDAY))
    assert again.close_reason == "rejected" and again.lead_item is not None
    today = dial(D1, AttemptResult.REJECTED, at(10))
    assert (today.cooling_until, today.rejections) == (at(12), 1), "a D1 call has no tomorrow"


def test_the_evening_of_the_operation() -> None:
    first = dial(D0, AttemptResult.NO_ANSWER, at(19, 0))
    assert (first.cooling_until, first.next_person, first.escalate) == (at(19, 15), None, None)
    third = replace(D0, tries_today=2, tried_on=MONDAY)
    assert (
        dial(third, AttemptResult.NO_ANSWER, at(19, 30), contact_person=True).next_person == "contact_person"
    )
    nobody = dial(third, AttemptResult.NO_ANSWER, at(19, 30))
    assert (nobody.next_person, nobody.cooling_until) == (None, at(20, 15))
    late = dial(third, AttemptResult.NO_ANSWER, at(20, 15))
    assert late.escalate is not None and late.escalate.level is Level.SAME_DAY


def test_red_flags_are_rung_every_five_minutes_then_handed_up() -> None:
    for attempts in (0, 1):
        after = dial(replace(FLAG, attempts=attempts), AttemptResult.BUSY, at(23, 0))
        assert (after.cooling_until, after.next_person, after.escalate) == (at(23, 5), None, None)
    third = replace(FLAG, attempts=2)
    assert dial(third, AttemptResult.NO_ANSWER, at(23), contact_person=True).next_person == "contact_person"
    for handed in (
        dial(third, AttemptResult.NO_ANSWER, at(23)),
        dial(third, AttemptResult.NO_ANSWER, at(23), contact_person=True, to_contact_person=True),
        dial(FLAG, AttemptResult.INVALID_NUMBER, at(23)),
        dial(FLAG, AttemptResult.SUSPENDED, at(23)),
    ):
        assert handed.next_person == "lead_and_on_call" and handed.lead_item is not None
        assert handed.escalate is not None and handed.escalate.level is Level.EMERGENCY
        assert handed.close_reason is None


def test_unreached_at_a_quarter_past_eight_is_a_case() -> None:
    for item in (D0, D1):
        assert retry.unreached(item, POLICY, at(20, 14)) is None
        case = retry.unreached(item, POLICY, at(20, 15))
        assert case is not None and case.level is Level.SAME_DAY
    for other in (
        replace(D1, state=ItemState.DONE),
        replace(D1, milestone="D2"),
        replace(D1, deceased=True),
        replace(D1, team="ward"),
    ):
        assert retry.unreached(other, POLICY, at(20, 15)) is None


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([CARE, D0, D1, FLAG, replace(CARE, klass=ItemClass.ROUTINE, purpose=Purpose.SURVEY)]),
    st.sampled_from(list(AttemptResult)),
    st.integers(0, 24 * 60 - 1),
    st.integers(0, 7),
    st.integers(0, 4),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_every_dial_leads_somewhere(
    item: ItemFacts,
    result: AttemptResult,
    minute: int,
    attempts: int,
    tries: int,
    other: bool,
    person: bool,
    to: bool,
) -> None:
    """After a dial without an answer the item waits, goes on, closes, or somebody is told; never nothing."""
    when = CALENDAR.at(MONDAY, minute)
    tried = replace(
        item, attempts=attempts, tries_today=tries, tried_on=MONDAY, busy_count=tries, line_errors=tries
    )
    after = dial(tried, result, when, number_attempts=attempts, other_number=other, contact_person=person,
                 to_contact_person=to)  # fmt: skip
    if result is AttemptResult.CONNECTED:
        assert after == AfterAttempt(counted=False, busy_count=tries, line_errors=tries)
        return
    told = (after.next_person, after.close_reason, after.lead_item, after.escalate)
    assert after.cooling_until is not None or any(told) or after.contact_repair
    assert after.reasons
    if after.cooling_until is not None and after.escalate is None and after.lead_item is None:
        assert after.cooling_until > when
    if after.close_reason is not None:
        assert after.lead_item is not None
    if item is FLAG:
        assert after.close_reason is None


# --- clocks ---


@pytest.mark.parametrize(
    ("level", "ack", "contact", "resolve"),
    [(Level.EMERGENCY, 5, 5, 1440), (Level.SAME_DAY, 15, 120, 4320), (Level.URGENT, 240, 1440, 10080)],
)
def test_clinical_clocks(level: Level, ack: int, contact: int, resolve: int) -> None:
    raised = at(14)
    clocks = sla.clinical(level, raised, POLICY)
    assert [
        (due - raised) / timedelta(minutes=1) for due in (clocks.ack_by, clocks.contact_by, clocks.resolve_by)
    ] == [ack, contact, resolve]


def test_a_flags_own_limit_wins() -> None:
    clocks = sla.clinical(Level.SAME_DAY, at(14), POLICY, contact_by_min=60)
    assert (clocks.ack_by, clocks.contact_by) == (at(14, 15), at(15))
    quick = sla.clinical(Level.URGENT, at(14), POLICY, contact_by_min=60)
    assert quick.ack_by == quick.contact_by == at(15)
    with pytest.raises(ValueError, match="ROUTINE"):
        sla.clinical(Level.ROUTINE, at(14), POLICY)


def test_the_next_clock_follows_what_was_done() -> None:
    clocks = sla.clinical(Level.SAME_DAY, at(14), POLICY)
    order = [
        sla.next_clock(status, clocks)
        for status in (EscalationStatus.NEW, EscalationStatus.ACKNOWLEDGED, EscalationStatus.CONTACTED)
    ]
    assert [clock.what if clock else None for clock in order] == ["ack", "contact", "resolve"]
    assert sla.next_clock(EscalationStatus.RESOLVED, clocks) is None


def test_seconds_quarter_and_breach() -> None:
    due = at(16)
    assert sla.seconds_left(due, at(15, 59)) == 60
    assert sla.seconds_left(due, due + timedelta(seconds=1, milliseconds=1)) == -2
    assert not sla.breached(due, due - timedelta(milliseconds=1)) and sla.breached(due, due)
    assert not sla.under_fraction(at(14), due, at(15, 30), 0.25)
    assert sla.under_fraction(at(14), due, at(15, 31), 0.25)
    assert sla.under_fraction(at(14), due, at(17), 0.25)


def test_levels_step_up_at_the_limit_until_the_patient_was_reached() -> None:
    clocks = sla.clinical(Level.URGENT, at(14), POLICY)
    assert sla.at_limit(Level.URGENT, EscalationStatus.NEW, clocks, at(17, 59), POLICY) is None
    step = sla.at_limit(Level.URGENT, EscalationStatus.NEW, clocks, at(18), POLICY)
    assert step is not None and (step.level, step.clock.what) == (Level.SAME_DAY, "ack")
    assert sla.step_up(Level.SAME_DAY, POLICY) is Level.EMERGENCY
    assert sla.step_up(Level.EMERGENCY, POLICY) is None
    late = sla.at_limit(
        Level.URGENT, EscalationStatus.CONTACTED, clocks, at(14, 0, date(2026, 6, 22)), POLICY
    )
    assert late is not None and (late.level, late.clock.what) == (None, "resolve")


@pytest.mark.parametrize(
    ("severity", "last"),
    [
        (Severity.MINOR, date(2026, 6, 18)),
        (Severity.MODERATE, date(2026, 6, 25)),
        (Severity.SEVERE, date(2026, 7, 6)),
    ],
)
def test_complaints_run_in_working_days(severity: Severity, last: date) -> None:
    """Monday 15 June 2026; Friday 19 June is a public holiday."""
    clocks = sla.complaint(severity, at(10), POLICY)
    assert clocks.ack_by == clocks.contact_by == at(10, 0, TUESDAY)
    assert CALENDAR.day_of(clocks.resolve_by) == last


def test_refunds_run_in_calendar_days() -> None:
    alert, due = sla.refund(at(10), POLICY)
    assert (CALENDAR.day_of(alert), CALENDAR.day_of(due)) == (date(2026, 6, 25), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("level", "what", "minutes", "ack", "contact", "anew"),
    [
        # URGENT 14:00: nobody took it up by 18:00, so the patient is to be reached two hours later.
        (Level.SAME_DAY, "ack", 240, 240, 360, ()),
        # Taken up, but the patient was not reached in a day.
        (Level.SAME_DAY, "contact", 1440, 240, 1560, ("contact",)),
        (Level.EMERGENCY, "contact", 1440, 1445, 1445, ("ack", "contact")),
        (Level.EMERGENCY, "ack", 240, 245, 245, ("ack", "contact")),
    ],
)
def test_a_higher_level_has_its_own_clocks_from_when_the_lower_one_ran_out(
    level: Level, what: str, minutes: int, ack: int, contact: int, anew: tuple[str, ...]
) -> None:
    clocks = sla.clinical(Level.URGENT, at(14), POLICY)
    since = clocks.ack_by if what == "ack" else clocks.contact_by
    assert since == at(14) + timedelta(minutes=minutes)
    found = sla.risen(clocks, level, since, POLICY)
    assert [
        (due - at(14)) // timedelta(minutes=1) for due in (found.clocks.ack_by, found.clocks.contact_by)
    ] == [
        ack,
        contact,
    ]
    assert found.anew == frozenset(anew)
    assert found.clocks.resolve_by <= clocks.resolve_by


def test_a_marked_clock_gives_way_to_the_next_one() -> None:
    clocks = sla.clinical(Level.EMERGENCY, at(14), POLICY)
    seen: list[str] = []
    while step := sla.at_limit(
        Level.EMERGENCY, EscalationStatus.NEW, clocks, at(14, 5), POLICY, marked=frozenset(seen)
    ):
        assert step.level is None
        seen.append(step.clock.what)
    assert seen == ["ack", "contact"]


PEOPLE = ("chen", "he", "wang")


@pytest.mark.parametrize(
    ("people", "last", "minute", "found"),
    [
        (PEOPLE, None, 0, ("chen", 0)),
        (PEOPLE, ("chen", 0), 4, None),
        (PEOPLE, ("chen", 0), 5, ("he", 5)),
        (PEOPLE, ("he", 5), 10, ("wang", 10)),
        (PEOPLE, ("wang", 10), 15, ("chen", 15)),
        (PEOPLE, ("chen", 0), 9, ("he", 5)),
        # Nobody looked for half an hour: the next person, once, and her time begins now.
        (PEOPLE, ("chen", 0), 33, ("he", 33)),
        (PEOPLE, None, 33, ("chen", 33)),
        # The shift has changed meanwhile: the new one from its first person.
        (("li", "zhao"), ("wang", 10), 15, ("li", 15)),
        (("chen",), ("chen", 0), 5, ("chen", 5)),
        ((), None, 60, None),
    ],
)
def test_one_person_after_the_other_is_called_out(
    people: tuple[str, ...], last: tuple[str, int] | None, minute: int, found: tuple[str, int] | None
) -> None:
    before = None if last is None else (last[0], at(14, last[1]))
    wanted = None if found is None else (found[0], at(14, found[1]))
    assert sla.next_call_out(people, at(14), before, at(14, minute), POLICY) == wanted


@pytest.mark.parametrize(
    ("kind", "category", "hours"),
    [
        ("adverse_event", "extreme", 2),
        ("adverse_event", "major", 12),
        ("adverse_event", "general", 15 * 24),
        ("device_event", "group", 12),
        ("device_event", "group_case", 24),
        ("device_event", "death", 7 * 24),
        ("device_event", "serious", 20 * 24),
    ],
)
def test_what_is_reported_by_when(kind: str, category: str, hours: int) -> None:
    """Facts key `reporting_clocks_cn`."""
    limit = reports.limit_of(DutyKind(kind), category)
    assert limit is not None and reports.due(limit, at(14)) == at(14) + timedelta(hours=hours)
    assert limit.source and {one.category for one in reports.LIMITS} == set(REPORTS) - {"none"}


def test_an_empty_roster_is_nobody() -> None:
    assert sla.on_call_at(POLICY, datetime(2026, 6, 15, 3, tzinfo=UTC)) == ()
