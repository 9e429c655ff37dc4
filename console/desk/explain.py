"""Why an item stands where it stands, and why another one does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from console.desk.order import Entry, in_order, judge, opens_at, reach_of, whole
from console.desk.seat import Seat
from console.desk.viewing import view_of
from console.rules import calendar
from console.rules.gates import HOURS, gate
from console.rules.names import masked
from console.rules.policy import Policy
from db import drain as cache
from db import queue as table
from db.connect import Connection
from db.enums import ItemState, Tier
from db.errors import WrongUse
from db.instants import from_ms, to_ms
from db.queue import LEAD_LANE, View
from db.records import Neighbour, Reason, Why, WhyNot, WindowState

IN_ORDER: Final = "in_order"


@dataclass(frozen=True, slots=True)
class Out:
    """The first gate that keeps an item out, and when time alone opens it."""

    gate: Reason
    ready_at: datetime | None = None


def _gate(
    entry: Entry, patient: list[Entry], policy: Policy, window: WindowState, at: datetime, view: View | None
) -> Out | None:
    """The first gate that keeps an item from who looks, or from everybody, at an instant."""
    stands = entry.placement
    better: Reason | None = None
    if stands.lane_id != LEAD_LANE:
        # What waits for the lead is settled at a desk: it takes no call along.
        calls = (one for one in in_order(patient, reach_of(window)) if one.placement.lane_id != LEAD_LANE)
        first = next(calls, entry)
        if first.facts.id != entry.facts.id:
            better = Reason.of("taken_along", id=first.facts.id, milestone=name_of(first))
    found = gate(entry.facts, policy, at, lanes=None if view is None else view.lanes, better=better)
    if found is None:
        return None
    if found.code in HOURS:
        return Out(found, opens_at(stands.band, stands.passes_windows, policy, window, at))
    wakes = stands.next_change_at if stands.state is ItemState.WAITING else None
    return Out(found, None if wakes == entry.facts.clinical_end_at else wakes)


def name_of(entry: Entry) -> str:
    """The plan code of an item, or what kind of item it is."""
    return entry.facts.milestone or str(entry.facts.kind)


def keeps_out(
    connection: Connection,
    clinic_id: int,
    policy: Policy,
    item_id: int,
    at: datetime,
    seat: Seat | None = None,
) -> Out | None:
    """What keeps one item out of the order at an instant; of a seat's queue when `seat` is given.

    Raises:
        WrongUse: there is no such item.
    """
    row = table.item_row(connection, clinic_id, item_id)
    if row is None:
        raise WrongUse("item_unknown")
    view = None if seat is None else view_of(connection, seat, policy, at)
    patient = _patient(connection, clinic_id, int(row["patient_id"]), policy, at, view)
    entry = next(entry for entry in patient if entry.facts.id == item_id)
    return _gate(entry, patient, policy, calendar.of(policy).window_state(at), at, view)


def _patient(
    connection: Connection,
    clinic_id: int,
    patient_id: int,
    policy: Policy,
    at: datetime,
    view: View | None,
) -> list[Entry]:
    """Everything about a patient, judged; what nobody keeps from who looks is free, as the queue reads it."""
    ids = cache.all_items(connection, clinic_id, patient_id)
    if view is None:
        return judge(connection, clinic_id, ids, policy, at)
    free = table.free(connection, view, ids)
    return [
        replace(entry, facts=replace(entry.facts, leased_by=None, leased_by_staff_id=None))
        if entry.facts.id in free
        else entry
        for entry in judge(connection, clinic_id, ids, policy, at, cut_off_held=True)
    ]


def why(
    connection: Connection,
    clinic_id: int,
    policy: Policy,
    item_id: int,
    at: datetime,
    *,
    stored: bool = False,
) -> Why:
    """Why an item stands where it does at an instant.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        policy: the policy to place by.
        item_id: the item.
        at: aware instant.
        stored: the stored order was just brought up to `at`: rank by it, do not work out the whole order.

    Raises:
        WrongUse: there is no such item.
    """
    row = table.display(connection, clinic_id, (item_id,)).get(item_id)
    if row is None:
        raise WrongUse("item_unknown")
    patient = _patient(connection, clinic_id, int(row["patient_id"]), policy, at, None)
    entry = next(entry for entry in patient if entry.facts.id == item_id)
    window = calendar.of(policy).window_state(at)
    out = _gate(entry, patient, policy, window, at, None)
    position: int | None = None
    following: Neighbour | None = None
    if out is None or out.gate.code in HOURS:
        ranked = _stored_rank if stored else _worked_out_rank
        position, following = ranked(connection, clinic_id, policy, entry, at)
    facts = entry.placement.reasons + ((out.gate,) if out is not None else ())
    return Why(
        id=item_id,
        patient_id=entry.facts.patient_id,
        patient=masked(str(row["patient_name"])),
        position=position,
        tier=entry.placement.tier,
        deadline_at=entry.placement.deadline_at,
        facts=facts,
        gate=None if out is None else out.gate,
        next=following,
    )


def _worked_out_rank(
    connection: Connection, clinic_id: int, policy: Policy, entry: Entry, at: datetime
) -> tuple[int | None, Neighbour | None]:
    order = whole(connection, clinic_id, policy, at)
    for number, one in enumerate(order):
        if one.facts.id == entry.facts.id:
            after = order[number + 1] if number + 1 < len(order) else None
            return number + 1, after and Neighbour(
                after.facts.id, after.placement.tier, after.placement.deadline_at
            )
    return None, None


def _stored_rank(
    connection: Connection, clinic_id: int, policy: Policy, entry: Entry, at: datetime
) -> tuple[int | None, Neighbour | None]:
    view = clinic_view(connection, clinic_id, policy, at)
    key = entry.key
    here = table.order(connection, view, 1, (key[0], key[1], key[2] - 1))
    if not here or int(here[0]["id"]) != entry.facts.id:
        return None, None
    position = table.rank(connection, view, key) + 1
    rows = table.order(connection, view, 1, key)
    if not rows:
        return position, None
    shown = table.display(connection, clinic_id, (int(rows[0]["id"]),))[int(rows[0]["id"])]
    return position, Neighbour(int(shown["id"]), Tier(shown["tier"]), from_ms(shown["deadline_at"]))


def clinic_view(connection: Connection, clinic_id: int, policy: Policy, at: datetime) -> View:
    """The whole clinic's order: every lane, cut-off calls included, for nobody in particular."""
    return View(
        clinic_id,
        table.lanes(connection, clinic_id),
        to_ms(at),
        is_lead=True,
        left_since=to_ms(at),
        reach=reach_of(calendar.of(policy).window_state(at)),
    )


def patient_named(connection: Connection, clinic_id: int, name: str) -> int:
    """The patient with that id; else the one with that number of the clinic's own; of a merged record, who goes on.

    Raises:
        WrongUse: there is neither.
    """
    if name.isascii() and name.isdigit() and len(name) < 19:
        row = table.patient_row(connection, clinic_id, int(name))
        if row is not None:
            return int(row["merged_into"] or row["id"])
    row = table.patient_by_external_id(connection, clinic_id, name)
    if row is None:
        raise WrongUse("patient_by_id")
    return int(row["merged_into"] or row["id"])


def why_not(
    connection: Connection,
    clinic_id: int,
    policy: Policy,
    patient_id: int,
    at: datetime,
    seat: Seat | None = None,
) -> tuple[WhyNot, ...]:
    """What keeps each of a patient's items out of the order, or out of a seat's queue; open items first.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        policy: the policy to place by.
        patient_id: the patient.
        at: aware instant.
        seat: whose queue; None for the clinic's whole order.

    Raises:
        WrongUse: there is no such patient.
    """
    if table.patient_row(connection, clinic_id, patient_id) is None:
        raise WrongUse("patient_unknown")
    view = None if seat is None else view_of(connection, seat, policy, at)
    patient = _patient(connection, clinic_id, patient_id, policy, at, view)
    window = calendar.of(policy).window_state(at)
    answers: list[tuple[tuple[bool, object], WhyNot]] = []
    for entry in patient:
        out = _gate(entry, patient, policy, window, at, view)
        open_now = entry.placement.state in (ItemState.WAITING, ItemState.READY, ItemState.LEASED)
        answers.append(
            (
                (not open_now, entry.key),
                WhyNot(
                    id=entry.facts.id,
                    milestone=name_of(entry),
                    gate=Reason(IN_ORDER) if out is None else out.gate,
                    ready_at=None if out is None else out.ready_at,
                ),
            )
        )
    answers.sort(key=lambda answer: answer[0])
    return tuple(answer for _, answer in answers)
