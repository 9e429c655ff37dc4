"""Complaints: what a pause does to a date, what comes next, what keeps one from being closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.rules import calendar, complaints, policy, sla
from console.rules.complaints import ClosingFacts
from db.enums import CaseStage, ComplaintClass, EscalationKind, Severity

POLICY = policy.default()
CALENDAR = calendar.of(POLICY)
START = datetime(2026, 1, 5, tzinfo=UTC)
minutes = st.integers(0, 300 * 24 * 60)
"""Within the year whose public holidays are known."""


def ends_left(after: datetime, due: datetime) -> int:
    """How many working days end between an instant and a due one, both included, counted day by day."""
    day, count = CALENDAR.day_of(after), 0
    while day <= CALENDAR.day_of(due):
        count += CALENDAR.is_working_day(day) and after < CALENDAR.safety(day).end <= due
        day += timedelta(days=1)
    return count


@settings(max_examples=120, deadline=None)
@given(minutes, st.integers(0, 40 * 24 * 60), st.integers(0, 40 * 24 * 60), st.sampled_from(Severity))
def test_a_pause_never_brings_a_date_forward_and_leaves_as_many_working_days(
    raised: int, waited: int, lasted: int, severity: Severity
) -> None:
    began = START + timedelta(minutes=raised)
    due = sla.complaint(severity, began, POLICY).resolve_by
    paused = began + timedelta(minutes=waited)
    resumed = paused + timedelta(minutes=lasted)
    after = complaints.moved(due, complaints.days_paused(paused, resumed, POLICY), POLICY)
    assert after >= due
    if due > paused:
        assert ends_left(resumed, after) == ends_left(paused, due)
        assert after > resumed, "what had time left has time left"
    else:
        assert after <= resumed, "what had run out stays run out"


@settings(max_examples=60, deadline=None)
@given(minutes, st.lists(st.integers(0, 5 * 24 * 60), min_size=1, max_size=4))
def test_pauses_one_after_the_other_add_up(start: int, parts: list[int]) -> None:
    moment = START + timedelta(minutes=start)
    one_by_one, at = 0, moment
    for part in parts:
        then = at + timedelta(minutes=part)
        one_by_one += complaints.days_paused(at, then, POLICY)
        at = then
    assert one_by_one == complaints.days_paused(moment, at, POLICY)


def test_what_comes_next() -> None:
    order = [complaints.next_step(EscalationKind.COMPLAINT, stage) for stage in CaseStage]
    assert order == ["reply", "investigate", "solve", "tell_back", "ask", "close", None]
    asked = [complaints.next_step(EscalationKind.REQUEST, stage) for stage in CaseStage]
    assert asked == ["reply", "answer", "answer", "answer", "close", "close", None]
    waiting = [
        complaints.next_step(EscalationKind.COMPLAINT, stage, paused=True)
        for stage in (CaseStage.NEW, CaseStage.INVESTIGATING)
    ]
    assert waiting == ["reply", "wait"], "a first reply never waits"
    assert complaints.next_step(EscalationKind.CLINICAL, CaseStage.NEW) is None
    assert complaints.further(CaseStage.SOLVED, CaseStage.FIRST_REPLY) is CaseStage.SOLVED


WHOLE = ClosingFacts(
    kind=EscalationKind.COMPLAINT,
    klass=ComplaintClass.CLINICAL_QUALITY,
    confirmed=True,
    solved=True,
    answered=True,
    surveyed=True,
    rights=frozenset(complaints.RIGHTS),
)


@pytest.mark.parametrize(
    ("lacking", "code"),
    [
        ({"confirmed": False}, "close_unconfirmed"),
        ({"roles_open": 1}, "close_roles_untold"),
        ({"rights": frozenset(("routes", "sealing"))}, "close_rights_untold"),
        ({"solved": False}, "close_unsolved"),
        ({"remedies_open": 1}, "close_remedy_undecided"),
        ({"refund_open": True}, "close_refund_undecided"),
        ({"answered": False}, "close_untold"),
        ({"surveyed": False}, "close_unasked"),
        ({"records_open": 2}, "close_records_open"),
    ],
)
def test_each_thing_that_is_missing_keeps_it_open(lacking: dict[str, object], code: str) -> None:
    assert complaints.gaps(WHOLE) == ()
    found = complaints.gaps(replace(WHOLE, **lacking))  # type: ignore[arg-type]
    assert [reason.code for reason in found] == [code]


def test_rights_are_told_where_quality_is_doubted() -> None:
    assert complaints.gaps(replace(WHOLE, klass=ComplaintClass.PRICE, rights=frozenset())) == ()
