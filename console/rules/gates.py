"""Why an item is not offered: its own gate, then the clinic's window, a lease, the ward and the lanes of the seat.

Where the item itself stands is `console.rules.placement`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from console.rules import calendar as calendars
from console.rules.placement import LEAD_LANE, WARD_LANE, place
from console.rules.policy import Policy
from db.enums import Tier
from db.records import ItemFacts, Placement, Reason

GATES: Final = (
    "closed",
    "lapsed",
    "deceased",
    "opted_out",
    "selling_locked",
    "no_follow_up",
    "legal_hold",
    "no_usable_number",
    "promise_wait",
    "not_yet",
    "quiet_hours",
    "window_closed",
    "own_hours",
    "too_soon",
    "cooling",
    "attempt_cap",
    "leased",
    "ward_round",
    "other_lane",
    "taken_along",
)
"""Codes of the gates in the order they are asked; the first that fails is the answer to "why not"."""

CLOSED_DAYS: Final = frozenset({"closed_by_clinic", "closed_holiday", "closed_weekday"})
"""What stands for `window_closed` on a day without any window."""

HOURS: Final = frozenset({"quiet_hours", "window_closed"}) | CLOSED_DAYS
"""Gates that only say that it is not the hour: the item keeps its place in the order."""

_WHOM: Final = {"own": "whom_person", LEAD_LANE: "whom_lead", "pool": "whom_pool"}
"""Who an item in a lane waits for, by the lane's kind; a team's lane is the rest."""


def gate(
    item: ItemFacts,
    policy: Policy,
    at: datetime,
    *,
    lanes: Iterable[str] | None = None,
    better: Reason | None = None,
) -> Reason | None:
    """Why an item is not offered at an instant: the first rule that keeps it out, in the order of the design.

    Args:
        item: its facts.
        policy: the clinic's policy.
        at: aware instant.
        lanes: lanes of the seat that asks; None asks for the clinic as a whole.
        better: Reason `taken_along` when a better placed item of the same patient takes this one along.

    Returns:
        The reason, or None when the item is offered.
    """
    placement = place(item, policy, at)
    row = placement.gate
    if row is not None and GATES.index(row.code) <= GATES.index("not_yet"):
        return row
    if (window := window_gate(placement, policy, at)) is not None:
        return window
    if row is not None:
        return row
    if item.leased_by_staff_id is not None:
        return Reason.of("leased", staff=item.leased_by or "")
    if placement.lane_id == WARD_LANE:
        return Reason("ward_round")
    if lanes is not None and placement.lane_id not in tuple(lanes):
        whom = Reason(_WHOM.get(placement.lane_id.partition(":")[0], "whom_team"))
        return Reason.of("other_lane", whom=whom, team=item.team, language=item.language)
    return better


def window_gate(placement: Placement, policy: Policy, at: datetime) -> Reason | None:
    """Why nobody may ring for an item at an instant: quiet hours, or a closed window it does not pass.

    Args:
        placement: the item's placement at that instant.
        policy: the clinic's policy.
        at: aware instant.
    """
    if placement.tier is Tier.RED_FLAG:
        return None
    calendar = calendars.of(policy)
    if calendar.is_quiet(at):
        return Reason("quiet_hours")
    if placement.passes_windows or calendar.is_open(at):
        return None
    return calendar.closed(calendar.day_of(at)) or Reason("window_closed")
