"""The order at an instant, worked out without writing: what `--at`, why and why-not read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from console.rules import calendar
from console.rules.placement import WARD_LANE, place
from console.rules.policy import Policy
from db import drain as cache
from db.connect import Connection
from db.enums import ItemState
from db.instants import to_ms
from db.queue import LEAD_LANE, Key, Reach
from db.records import ItemFacts, Placement, WindowState

_BLOCK: Final = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One item judged at an instant."""

    facts: ItemFacts
    placement: Placement

    @property
    def key(self) -> Key:
        """Place in the order."""
        return (self.placement.band, to_ms(self.placement.deadline_at), self.facts.id)

    @property
    def ready(self) -> bool:
        """Whether the item's own facts let it be called."""
        return self.placement.state is ItemState.READY

    @property
    def held(self) -> bool:
        """Whether somebody works its contact group."""
        return self.facts.leased_by_staff_id is not None


def reach_of(window: WindowState) -> Reach:
    """What may be dialled while the clinic's window stands so."""
    if window.quiet:
        return "red_flag"
    return "all" if window.open else "windowless"


def reach_at(policy: Policy, at: datetime) -> Reach:
    """`reach_of` the clinic's window at an instant, without the reasons and the next opening."""
    hours = calendar.of(policy)
    if hours.is_quiet(at):
        return "red_flag"
    return "all" if hours.is_open(at) else "windowless"


def takeable(band: int, passes_windows: bool, reach: Reach) -> bool:
    """Whether a ready item may be dialled."""
    return reach == "all" or band == 0 or (reach == "windowless" and passes_windows)


def opens_at(
    band: int, passes_windows: bool, policy: Policy, window: WindowState, at: datetime
) -> datetime | None:
    """When an item that the clock keeps back may be dialled; None when nothing opens within 400 days."""
    if passes_windows or band == 0:
        return calendar.of(policy).next_safety_opening(at)
    return window.next


def judge(
    connection: Connection,
    clinic_id: int,
    item_ids: Iterable[int],
    policy: Policy,
    at: datetime,
    *,
    cut_off_held: bool = False,
) -> list[Entry]:
    """Facts and places of some items at an instant, by id.

    The instant may lie before what has since happened: an item whose lease no longer holds then stands as if
    it had been given back, and a lapsed one is judged by its end.
    """
    entries: list[Entry] = []
    wanted = tuple(sorted(set(item_ids)))
    for facts in cache.facts(connection, clinic_id, wanted, to_ms(at), cut_off_held=cut_off_held):
        given_back = facts.state is ItemState.LEASED and facts.leased_by_staff_id is None
        judged = facts
        if given_back or facts.state is ItemState.LAPSED:
            judged = replace(facts, state=ItemState.WAITING)
        entries.append(Entry(judged, place(judged, policy, at)))
    return entries


def whole(connection: Connection, clinic_id: int, policy: Policy, at: datetime) -> list[Entry]:
    """Everything that stands in the clinic's order at an instant, first to last.

    Reads every item that has come to its earliest time: for a command, not for a screen.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        policy: the policy to place by.
        at: aware instant, past or future.
    """
    entries: list[Entry] = []
    after = 0
    while block := cache.possible_items(connection, clinic_id, to_ms(at), after, _BLOCK):
        after = block[-1]
        entries += [entry for entry in judge(connection, clinic_id, block, policy, at) if entry.ready]
    reach = reach_of(calendar.of(policy).window_state(at))
    return in_order(entries, reach)


def in_order(entries: Iterable[Entry], reach: Reach) -> list[Entry]:
    """Ready entries nobody holds, one a patient, first to last. The ward's round is no call."""
    free = [
        entry for entry in entries if entry.ready and not entry.held and entry.placement.lane_id != WARD_LANE
    ]
    best: dict[int, Entry] = {}
    for entry in free:
        if entry.placement.lane_id != LEAD_LANE:
            rival = best.get(entry.facts.patient_id)
            if rival is None or _before(entry, rival, reach):
                best[entry.facts.patient_id] = entry
    return sorted(
        (
            entry
            for entry in free
            if entry.placement.lane_id == LEAD_LANE or best[entry.facts.patient_id] is entry
        ),
        key=lambda entry: entry.key,
    )


def _before(one: Entry, other: Entry, reach: Reach) -> bool:
    return _rank(one, reach) < _rank(other, reach)


def _rank(entry: Entry, reach: Reach) -> tuple[bool, Key]:
    # What may be dialled now takes along what may not.
    stands = entry.placement
    return (not takeable(stands.band, stands.passes_windows, reach), entry.key)
