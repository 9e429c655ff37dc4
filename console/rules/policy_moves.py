"""What another policy would move: one item looked at under each, and the differences counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from console.rules import calendar as calendars
from console.rules.placement import place
from console.rules.policy import Policy
from console.rules.promise import outside_window
from db.enums import ItemClass, ItemState, Tier
from db.records import ItemFacts

HOPS: Final = 64
"""Waking instants followed until an item is ready. While the gap between two contacts lasts, a patient's own hours
open and close in front of it every day."""

DAYS_AHEAD: Final = 366
"""Days ahead whose closing or opening a preview names."""


@dataclass(frozen=True, slots=True)
class Look:
    """One item under one policy.

    Args:
        tier, deadline_at, lane_id: its place; of a waiting item, the one it wakes to.
        rings_at: the first instant at which it may be dialled; None when never inside its clinical window.
        last_call: the last callable minute of a safety call's due day; None for every other item.
        promise_outside: a promised time lies outside the calling hours. promise_quiet: in quiet hours, so that
            nobody may ring at it.
    """

    tier: Tier
    deadline_at: datetime
    lane_id: str
    rings_at: datetime | None
    last_call: datetime | None
    promise_outside: bool
    promise_quiet: bool


@dataclass(slots=True)
class Moves:
    """Counts of what differs between two policies.

    Args:
        looked: items looked at.
        moved: those about which anything differs.
        tiers: from tier, to tier: how many; only those that change.
        deadline_earlier, deadline_later: deadlines that move.
        rings_earlier, rings_later: first instants of dialling that move. rings_never: items that could be
            dialled and then cannot before their clinical window ends. rings_again: the other way round.
        lanes: items that other people would be offered.
        promises_outside: promised times that come to lie outside the calling hours; they are kept all the same.
        promises_quiet: promised times that come to lie in quiet hours, when nobody may ring.
        last_call_earlier, last_call_later: safety calls whose last callable minute moves.
    """

    looked: int = 0
    moved: int = 0
    tiers: Counter[tuple[Tier, Tier]] = field(default_factory=Counter[tuple[Tier, Tier]])
    deadline_earlier: int = 0
    deadline_later: int = 0
    rings_earlier: int = 0
    rings_later: int = 0
    rings_never: int = 0
    rings_again: int = 0
    lanes: int = 0
    promises_outside: int = 0
    promises_quiet: int = 0
    last_call_earlier: int = 0
    last_call_later: int = 0

    def count(self, before: Sequence[Look], after: Sequence[Look]) -> None:
        """Add items looked at under both policies, in the same order."""
        for one, other in zip(before, after, strict=True):
            self.looked += 1
            self._count(one, other)

    def _count(self, one: Look, other: Look) -> None:
        if one == other:
            return
        self.moved += 1
        if one.tier is not other.tier:
            self.tiers[one.tier, other.tier] += 1
        self.deadline_earlier += other.deadline_at < one.deadline_at
        self.deadline_later += other.deadline_at > one.deadline_at
        if one.rings_at is None or other.rings_at is None:
            self.rings_never += other.rings_at is None and one.rings_at is not None
            self.rings_again += one.rings_at is None and other.rings_at is not None
        else:
            self.rings_earlier += other.rings_at < one.rings_at
            self.rings_later += other.rings_at > one.rings_at
        self.lanes += one.lane_id != other.lane_id
        self.promises_outside += other.promise_outside and not one.promise_outside
        self.promises_quiet += other.promise_quiet and not one.promise_quiet
        if one.last_call is not None and other.last_call is not None:
            self.last_call_earlier += other.last_call < one.last_call
            self.last_call_later += other.last_call > one.last_call


def look(item: ItemFacts, policy: Policy, at: datetime) -> Look:
    """An item under a policy at an instant (aware)."""
    calendar = calendars.of(policy)
    placed = place(item, policy, at)
    promised = item.promise_at
    last = item.klass is ItemClass.SAFETY and item.due_on is not None
    return Look(
        tier=placed.tier,
        deadline_at=placed.deadline_at,
        lane_id=placed.lane_id,
        rings_at=rings_at(item, policy, at),
        last_call=calendar.last_callable(item.due_on) if last and item.due_on is not None else None,
        promise_outside=promised is not None and outside_window(promised, policy) is not None,
        promise_quiet=promised is not None and calendar.is_quiet(promised),
    )


def rings_at(item: ItemFacts, policy: Policy, at: datetime) -> datetime | None:
    """The first instant from `at` on at which an item may be dialled if no fact changes.

    Returns:
        The instant, UTC; None when nothing wakes it, or the calling hours do only after its clinical window.
    """
    calendar, placed = calendars.of(policy), place(item, policy, at)
    for _hop in range(HOPS):
        if placed.state is not ItemState.WAITING or placed.next_change_at is None:
            break
        at = placed.next_change_at
        placed = place(item, policy, at)
    if placed.state is not ItemState.READY:
        return None
    if placed.band == 0:
        return at
    if placed.passes_windows:
        # Her own hours lie inside the safety hours, and a ready item is inside hers.
        found: datetime | None = calendar.next_safety_opening(at)
    else:
        own = calendars.own_hours(item.preferred_hours, policy.calendar.safety_hours)
        found = calendar.first_open(at, () if item.promise_at is not None else own)
    end = item.clinical_end_at
    return None if found is None or (end is not None and item.promise_at is None and found >= end) else found


def looks(items: Iterable[ItemFacts], policy: Policy, at: datetime) -> list[Look]:
    """`look` for several items: one policy after the other is cheaper than both item by item."""
    return [look(item, policy, at) for item in items]


def days_that_change(
    before: Policy, after: Policy, first: date, days: int = DAYS_AHEAD
) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Days from `first` on that come to be closed, and days that come to be open."""
    one, other = calendars.of(before), calendars.of(after)
    closes: list[date] = []
    opens: list[date] = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        was, becomes = one.closed(day) is not None, other.closed(day) is not None
        if becomes and not was:
            closes.append(day)
        elif was and not becomes:
            opens.append(day)
    return tuple(closes), tuple(opens)
