"""Visits without a treatment, entered by hand: not treated, broken off, did not arrive; and what became of a
booking nobody came for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from console.clean import clean
from console.desk import plans
from console.desk.forms import known_patient, may_write, planning_of
from console.desk.local import clinic_day
from console.desk.noting import note
from console.desk.seat import Seat
from db import members, treatments
from db.connect import Connection, unit_of_work
from db.enums import ItemState, VisitKind
from db.errors import NotAllowed
from db.instants import day, to_ms

BY_HAND: Final = (VisitKind.UNCONVERTED, VisitKind.BROKEN_OFF, VisitKind.NOT_ARRIVED)
"""Kinds a person enters; a visit with a treatment comes with it."""

BECAME: Final = ("arrived", "booking_cancelled", "kept")
"""What the sweep of bookings says of one (catalogue S1-SCHED-39)."""


def add_visit(
    seat: Seat,
    patient_id: int,
    kind: VisitKind,
    visited_on: date,
    now: datetime,
    *,
    interest: str = "",
    consultant: str = "",
) -> int:
    """Note a visit without a treatment, and plan its calls. Coming ends the calls of earlier bookings.

    Args: seat; patient_id; kind, one of `BY_HAND`; visited_on, the clinic's day, of a booking the booked day;
    now, aware; interest and consultant, in words.
    Returns: how many calls were planned; 0 when that visit is on file, or she was treated since.
    Raises: NotAllowed: another kind, no such patient, or a day in the future.
    """
    may_write(seat)
    if kind not in BY_HAND:
        raise NotAllowed("visit_kind_unknown")
    if visited_on > clinic_day(now, seat.zone):
        raise NotAllowed("day_not_possible", field="visited_on")
    with unit_of_work(seat.database) as connection:
        # Two seats at once note one visit: the second sees the first's.
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        known_patient(connection, seat, patient_id)
        for row in treatments.visits_of(connection, seat.clinic_id, [patient_id]):
            if row["kind"] == kind and day(row["visited_on"]) == visited_on:
                return 0
        visit_id = treatments.add_visit(
            connection,
            seat.clinic_id,
            patient_id,
            visited_on,
            kind,
            to_ms(now),
            interest=clean(interest).strip()[:200] or None,
            consultant=clean(consultant).strip()[:100] or None,
        )
        planning = planning_of(connection, seat, now)
        if kind is not VisitKind.NOT_ARRIVED:
            _end_bookings(connection, planning, patient_id, visited_on, "arrived")
        planned = plans.plan_new(connection, planning, [], [visit_id])
        plans.place_patients(connection, planning, [patient_id])
        values = {"kind": kind, "visited_on": visited_on}
        note(connection, seat, now, "visit.add", "visit", visit_id, values)
    return planned


def settle_booking(seat: Seat, patient_id: int, visit_id: int, became: str, now: datetime) -> int:
    """Say what became of a booking nobody came for: she came unregistered, it is cancelled, or it is kept.

    Args: seat; patient_id; visit_id, of kind not_arrived; became, one of `BECAME`; now, aware.
    Returns: how many calls were taken back; a kept booking keeps them all.
    Raises: NotAllowed.
    """
    may_write(seat)
    if became not in BECAME:
        raise NotAllowed("visit_kind_unknown")
    with unit_of_work(seat.database) as connection:
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        known_patient(connection, seat, patient_id)
        visits = treatments.visits_of(connection, seat.clinic_id, [patient_id])
        row = next((one for one in visits if one["id"] == visit_id), None)
        if row is None or row["kind"] != VisitKind.NOT_ARRIVED:
            raise NotAllowed("visit_kind_unknown")
        closed = 0
        if became != "kept":
            planning = planning_of(connection, seat, now)
            closed = _end_bookings(
                connection, planning, patient_id, day(row["visited_on"]) or date.max, became, visit_id
            )
            plans.place_patients(connection, planning, [patient_id])
        note(connection, seat, now, "booking.settle", "visit", visit_id, {"became": became})
    return closed


def _end_bookings(
    connection: Connection,
    planning: plans.Planning,
    patient_id: int,
    until: date,
    reason: str,
    visit_id: int | None = None,
) -> int:
    """Take back the calls of bookings up to a day, or of one booking alone."""
    ids = [
        int(item["id"])
        for item in treatments.items_of_patient(connection, planning.clinic_id, patient_id)
        if item["milestone"] in plans.BOOKED
        and (visit_id is None or item["visit_id"] == visit_id)
        # The sweep counts from its own day, the other calls from the booked one.
        and (visit_id is not None or item["milestone"] == "BOOK-SWEEP" or _before(item["anchor_on"], until))
    ]
    return treatments.close_items(
        connection, planning.clinic_id, ids, ItemState.CANCELLED, reason, planning.at_ms
    )


def _before(anchor: date | str | None, until: date) -> bool:
    on = day(anchor)
    return on is not None and on <= until
