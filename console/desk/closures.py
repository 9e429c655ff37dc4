"""Closures that are near: which days, and whose safety calls fall into them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from console.desk.local import clinic_day
from console.desk.restricted import shown_procedure
from console.rules import calendar as calendars
from console.rules import names
from console.rules.calendar import Calendar
from console.rules.policy import Policy
from db import policy_reads
from db.connect import Connection
from db.instants import day as as_day
from db.instants import from_ms
from db.records import BoardItem, Closure

AHEAD_DAYS: Final = 10
"""Days ahead of a closure at which the board begins to list (design of the calling windows)."""
LONGEST: Final = 30
"""Days of one closure that are listed at most."""
UNKNOWN_DAYS: Final = 45
"""Days ahead at which a year without public holidays is said: they are announced in November."""

_EVERY_WEEK: Final = "closed_weekday"


def closed_days(calendar: Calendar, today: date) -> tuple[date, ...]:
    """Days closed by a holiday or by the clinic that begin within ten days, each run of them to its end.

    A weekday on which the clinic never calls is no closure of its own; inside a run it belongs to it.

    Args:
        calendar: the policy's.
        today: the clinic's day.
    """
    found: list[date] = []
    day = today
    while day <= today + timedelta(days=AHEAD_DAYS):
        reason = calendar.closed(day)
        if reason is None or reason.code == _EVERY_WEEK:
            day += timedelta(days=1)
            continue
        begun = day
        while day < begun + timedelta(days=LONGEST) and calendar.closed(day) is not None:
            found.append(day)
            day += timedelta(days=1)
    return tuple(found)


def near(connection: Connection, clinic_id: int, policy: Policy, now: datetime) -> Closure | None:
    """The next closure and how many open safety calls are due on the days of all that are near; None without.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        policy: the one in force.
        now: aware instant.
    """
    calendar, today = calendars.of(policy), clinic_day(now, policy.clinic.zone)
    days = closed_days(calendar, today)
    if not days:
        return None
    last = days[0]
    while last + timedelta(days=1) in days:
        last += timedelta(days=1)
    reason = calendar.closed(days[0])
    assert reason is not None
    return Closure(days[0], last, reason, days, policy_reads.safety_count(connection, clinic_id, days))


def safety_calls(
    connection: Connection, clinic_id: int, closure: Closure, limit: int, *, restricted_ok: bool
) -> tuple[BoardItem, ...]:
    """Whose safety calls are due on a closure's days, the earliest day first, masked.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        closure: from `near`.
        limit: lines at most.
        restricted_ok: whether intimate procedures are named.
    """
    return tuple(
        BoardItem(
            item_id=int(row["id"]),
            patient_id=int(row["patient_id"]),
            patient=names.masked(str(row["patient_name"])),
            procedure=shown_procedure(row["procedure"], restricted_ok=restricted_ok),
            milestone=str(row["milestone"]),
            since=from_ms(int(row["deadline_at"])),
            reason=None if row["passes_windows"] else "closed",
            due_on=as_day(row["due_on"]),
        )
        for row in policy_reads.safety_on(connection, clinic_id, closure.days, limit)
    )


def unknown_year(policy: Policy, now: datetime) -> int | None:
    """The first year within the next 45 days whose public holidays are not known; None when all are."""
    calendar, today = calendars.of(policy), clinic_day(now, policy.clinic.zone)
    years = dict.fromkeys((today.year, (today + timedelta(days=UNKNOWN_DAYS)).year))
    known = calendar.known_until()
    return next((year for year in years if known is not None and year > known), None)
