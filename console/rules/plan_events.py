"""The contacts that an event asks for, with their dates: a missed appointment, a temperature to take again."""

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
) -> PlannedItem:
    """The call after a missed appointment, due at once.

    Args:
        kind: what the appointment was for.
        missed_at: aware instant of the appointment.
        performed_on: the treatment's day 0; None when it belongs to none.
        policy, plans: as in `console.rules.plans.plan`.

    Returns:
        A safety call for stitches, a splint, a dressing or a drain, or up to post-op day 14; else care.
    """
    row = (plans or shipped()).missed
    calendar = calendars.of(policy)
    day = calendar.day_of(missed_at)
    early = performed_on is not None and (day - performed_on).days <= row.safety_day
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
