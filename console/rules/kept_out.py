"""What a patient's own record keeps out of the queue: "no follow-up", offers before their time, talks too close."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from console.rules.calendar import Calendar
from console.rules.plan_data import shipped
from db.enums import ItemClass, ItemKind
from db.records import ItemFacts, Reason, SellingFacts

_HANDLED: Final = frozenset({ItemKind.LEAD_REVIEW, ItemKind.REVIEW, ItemKind.CONTACT_REPAIR})
"""Work about a patient that no note of a consultant ends."""

EXTRA: Final = "EXTRA"
"""Milestone code of a call that somebody has planned by hand, with a reason."""

_DAYS_LEFT: Final = 2
"""Whole days that are left of a call's time when it has waited for the gap."""


def locked(facts: SellingFacts) -> Reason | None:
    """Why nothing may be offered to a patient now; None when it may.

    Sources: catalogue C-11 and S1-SCHED-33 (only after the cycle, with consent, nothing open).

    Args:
        facts: what her record says of it.
    """
    if not facts.consented:
        return Reason.of("selling_locked", why=Reason("selling_no_consent"))
    if facts.in_cycle:
        return Reason.of("selling_locked", why=Reason("selling_in_cycle"))
    if facts.open_matter:
        return Reason.of("selling_locked", why=Reason("selling_open_matter"))
    return None


def unwanted(item: ItemFacts, *, red_flag: bool) -> bool:
    """Whether "no follow-up" keeps an item back: never what is for her safety, or what she asked for herself.

    A call that a colleague ordered by hand is made too. Sources: catalogue C-03, S1-SCHED-15.

    Args:
        item: its facts.
        red_flag: whether it is a tier-0 item.
    """
    return item.no_follow_up and not (
        red_flag
        or item.klass is ItemClass.SAFETY
        or item.promise_at is not None
        or item.escalation_id is not None
        or item.kind in _HANDLED
        or item.milestone == EXTRA
    )


def ordered(item: ItemFacts) -> tuple[Reason, ...]:
    """What `why` says of a call that somebody planned by hand; nothing of any other."""
    if item.milestone != EXTRA:
        return ()
    return (Reason("ordered_no_follow_up" if item.no_follow_up else "ordered"),)


def gap_until(item: ItemFacts, calendar: Calendar, end: datetime | None) -> datetime | None:
    """Until when a routine call leaves somebody in peace who was spoken to: never past its own time.

    A call that was tried already or ordered by hand, a time the patient named and what was handed over go on.

    Args:
        item: its facts.
        calendar: the clinic's.
        end: the end of its clinical window, aware; None when it has none.
    """
    talk = item.last_talk_at
    begun = item.attempts or item.promise_at is not None or item.escalation_id is not None
    planned = item.kind is ItemKind.MILESTONE and item.milestone != EXTRA
    if talk is None or item.klass is not ItemClass.ROUTINE or not planned or begun:
        return None
    until = calendar.at(calendar.day_of(talk) + timedelta(days=shipped().gap_days), 0).astimezone(UTC)
    return until if end is None or until <= end - timedelta(days=_DAYS_LEFT) else None
