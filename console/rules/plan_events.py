"""The contacts that an event asks for, with their dates: an appointment's own day, a missed one, a temperature to
take again; and which appointment ends a call for review."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from console.rules import calendar as calendars
from console.rules.plan_data import Plans, shipped
from console.rules.policy import Policy
from db.enums import AppointmentKind, ItemClass
from db.records import PlannedItem, Reason


def plan_missed(
    kind: AppointmentKind,
    missed_at: datetime,
    performed_on: date | None,
    policy: Policy,
    plans: Plans | None = None,
    known_at: datetime | None = None,
) -> PlannedItem:
    """The call after a missed appointment, due at once.

    Args:
        kind: what the appointment was for.
        missed_at: aware instant of the appointment. known_at: when that was noted; its day counts when it is later,
            so that a note of yesterday's appointment still gives a call of today.
        performed_on: the treatment's day 0; None when it belongs to none.
        policy, plans: as in `console.rules.plans.plan`.

    Returns:
        A safety call for stitches, a splint, a dressing or a drain, or up to post-op day 14; else care.
    """
    row = (plans or shipped()).missed
    calendar = calendars.of(policy)
    day = calendar.day_of(missed_at)
    early = performed_on is not None and (day - performed_on).days <= row.safety_day
    if known_at is not None and calendar.day_of(known_at) > day:
        day, missed_at = calendar.day_of(known_at), known_at
    return PlannedItem(
        milestone=row.code,
        flow=row.flow,
        team=row.team,
        klass=ItemClass.SAFETY if early or kind.value in row.safety_kinds else row.klass,
        purpose=row.purpose,
        anchor_on=day,
        due_on=day,
        earliest_at=missed_at.astimezone(UTC),
        due_at=None,
        due_by_at=None,
        clinical_end_at=calendar.safety(day + timedelta(days=row.end_days)).end,
        passes_windows=True,
        is_base=True,
        sources=row.sources,
    )


def plan_appointment(at: datetime, policy: Policy, plans: Plans | None = None) -> PlannedItem | None:
    """The call on the day of an appointment that asks whether it stands (catalogue S1-SCHED-36).

    Args:
        at: aware instant of the appointment. policy, plans: as in `console.rules.plans.plan`.

    Returns:
        The item, whose clinical end is the appointment; None for one so early that nobody may ring before it.
    """
    calendar = calendars.of(policy)
    day = calendar.day_of(at)
    (row,) = (plans or shipped()).appointment
    earliest = calendar.safety(day).start
    if at <= earliest:
        return None
    return PlannedItem(
        milestone=row.code,
        flow=row.flow,
        team=row.team,
        klass=row.klass,
        purpose=row.purpose,
        anchor_on=day,
        due_on=day,
        earliest_at=earliest,
        due_at=None,
        due_by_at=None,
        clinical_end_at=at.astimezone(UTC),
        passes_windows=row.passes_windows,
        is_base=row.base,
        sources=row.sources,
    )


def asks_for_review(milestone: str, plans: Plans | None = None) -> int:
    """Days after which a call whose end is an attended review is made again after a talk; 0 for all other calls."""
    return next((row.until_seen for row in (plans or shipped()).treatment if row.code == milestone), 0)


def first_review_day(milestone: str, plans: Plans | None = None) -> int:
    """The first post-op day on which a review is the one a call asks for: the first day of the call's window."""
    row = next(one for one in (plans or shipped()).treatment if one.code == milestone)
    return row.due.days - row.earliest_before if row.earliest is None else row.earliest.days


def is_review_of(milestone: str, anchor_on: date, seen_on: date, plans: Plans | None = None) -> bool:
    """Whether a review attended on a day is the one a call asks for: not before the call's own window.

    Args:
        milestone: the call's plan code. anchor_on: day 0. seen_on: day of the review; both the clinic's.
        plans: plan tables; the shipped ones by default.
    """
    if not asks_for_review(milestone, plans):
        return False
    return (seen_on - anchor_on).days >= first_review_day(milestone, plans)


def plan_remeasure(taken_at: datetime, policy: Policy, plans: Plans | None = None) -> PlannedItem:
    """The call that asks for the temperature again, 4 hours on, at the latest 6.

    Args:
        taken_at: aware instant of the reading of 37.3-37.9 C.
        policy, plans: as in `console.rules.plans.plan`.

    Returns:
        The item. When any of that time touches quiet hours it is due when they end, until 10:00, and its
        reason `remeasure_night` tells the caller to give the night number and its rule now.
    """
    row = (plans or shipped()).remeasure
    calendar = calendars.of(policy)
    due = (taken_at + timedelta(hours=row.hours)).astimezone(UTC)
    end = due + timedelta(hours=row.end_hours - row.hours)
    reasons: tuple[Reason, ...] = ()
    safety = calendar.safety(calendar.day_of(due))
    if due < safety.start or end > safety.end:
        day = calendar.day_of(taken_at)
        morning = calendar.safety(day).start
        if morning <= taken_at:
            morning = calendar.safety(day + timedelta(days=1)).start
        due, end = morning, calendar.at(calendar.day_of(morning), row.night_end)
        reasons = (Reason.of("remeasure_night", due=calendar.text(due)),)
    day = calendar.day_of(due)
    return PlannedItem(
        milestone=row.code,
        flow=row.flow,
        team=row.team,
        klass=row.klass,
        purpose=row.purpose,
        anchor_on=calendar.day_of(taken_at),
        due_on=day,
        earliest_at=due,
        due_at=due,
        due_by_at=None,
        clinical_end_at=end,
        passes_windows=True,
        is_base=False,
        sources=row.sources,
        reasons=reasons,
    )
