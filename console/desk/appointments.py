"""Booked returns to the clinic: one or a series, moved, cancelled, attended or missed; and the review that ends a call.

A missed appointment is called about at once. What the call on day 30 asks for is the review itself: a talk books it,
and only coming, or saying no to it, ends the call (catalogue S1-SCHED-07).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from console.clean import clean
from console.desk import plan_rows, plans, reviewing
from console.desk.forms import known_patient, may_write, planning_of
from console.desk.noting import note
from console.desk.seat import Seat
from console.desk.unsure import Unsure, closed_days
from console.rules import calendar, plan_events
from db import appointments as table
from db import idempotency, members, treatments
from db.connect import Connection, Row, unit_of_work
from db.enums import AppointmentKind, AppointmentStatus, ItemState
from db.errors import NotAllowed
from db.instants import from_ms, to_ms

MOST_TIMES: Final = 60
"""Appointments of one series: a therapy every two days for four months (catalogue S3-SCHED-06 names no end)."""
MOST_EVERY: Final = 90
"""Days between two of a series; anything longer is booked by itself."""
MOST_YEARS: Final = 3
MOST_NOTE: Final = 300

REVIEWED, ATTENDED, MOVED, CANCELLED = (
    *("reviewed", "attended"),
    *("appointment_moved", "appointment_cancelled"),
)
"""Close reasons of items."""

_OUT: Final = {AppointmentKind.STITCHES: "STITCHES", AppointmentKind.SPLINT: "SPLINT"}
"""Kinds whose attended appointment ends the call that reminds of it."""


@dataclass(frozen=True, slots=True)
class Booking:
    """What a form of an appointment hands over.

    Args:
        kind: what for. at: the first one, aware. treatment_id: the treatment it belongs to, None when not said.
        every_days: days between two of a series, 0 for a single one. times: how many of them.
        confirm: whether somebody rings on the day itself to ask whether it stands (catalogue S1-SCHED-36).
        note: in words, such as the room or the doctor.
    """

    kind: AppointmentKind
    at: datetime
    treatment_id: int | None = None
    every_days: int = 0
    times: int = 1
    confirm: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Booked:
    """Ids of the appointments that were booked, in their order, and how many calls were planned."""

    ids: tuple[int, ...]
    planned: int


# --- booking, moving, cancelling ---


def book(
    seat: Seat, patient_id: int, booking: Booking, key: str, now: datetime, *, sure: bool = False
) -> Booked:
    """Note a booked return, or a series of them at the same time of day.

    Args: seat; patient_id; booking; key, the same for a repeated save; now, aware; sure, that closed days are meant.
    Returns: what was booked; nothing when the same was booked already.
    Raises: NotAllowed: no such patient or treatment, a time that is over or years ahead, or a series that cannot be.
    Unsure: a time on a closed day.
    """
    may_write(seat)
    times = _times(booking)
    _possible(seat, booking.at, now)
    moments = _moments(seat, booking, times)
    said = _said(booking.note, required=False)
    with unit_of_work(seat.database) as connection:
        earlier = idempotency.find(connection, seat.clinic_id, key)
        if earlier is not None:
            return Booked((earlier,), 0)
        patient = _locked(connection, seat, patient_id)
        if patient["deceased_on"] is not None:
            raise NotAllowed("patient_deceased")
        _treatment(connection, seat, patient_id, booking.treatment_id)
        if not sure and (questions := closed_days(seat, moments)):
            raise Unsure(questions)
        planning, ids, planned = planning_of(connection, seat, now), list[int](), 0
        for at in moments:
            if table.same(connection, seat.clinic_id, patient_id, booking.kind, to_ms(at)) is not None:
                continue
            added = treatments.add_appointment(
                connection,
                seat.clinic_id,
                patient_id,
                booking.treatment_id,
                booking.kind,
                to_ms(at),
                to_ms(now),
            )
            ids.append(added)
            more = {"series_id": ids[0] if times > 1 else None, "note": said or None}
            if any(value is not None for value in more.values()):
                table.change(connection, seat.clinic_id, added, more)
            if booking.confirm:
                planned += _plan_day(connection, planning, patient_id, booking.treatment_id, added, at)
            values = {"kind": booking.kind, "at": to_ms(at)}
            note(connection, seat, now, "appointment.add", "appointment", added, values)
        if ids:
            reviewing.wait_for(connection, planning, patient_id)
            idempotency.remember(connection, seat.clinic_id, key, "appointment", ids[0], now)
    return Booked(tuple(ids), planned)


def add_appointment(
    seat: Seat,
    patient_id: int,
    kind: AppointmentKind,
    at: datetime,
    now: datetime,
    treatment_id: int | None = None,
) -> int:
    """`book` for one appointment, on a closed day too; returns its id, or 0 when the same is booked already."""
    key = f"appointment/{patient_id}/{kind}/{to_ms(at)}/{to_ms(now)}"
    booked = book(seat, patient_id, Booking(kind, at, treatment_id), key, now, sure=True)
    return next(iter(booked.ids), 0)


def _moments(seat: Seat, booking: Booking, times: int) -> list[datetime]:
    """The times of a series: the same time of day on the wall, also where summer time begins in between."""
    clock = ZoneInfo(seat.zone)
    first = booking.at.astimezone(clock)
    walls = (first + timedelta(days=booking.every_days * number) for number in range(times))
    return [wall.replace(tzinfo=clock).astimezone(UTC) for wall in walls]


def _times(booking: Booking) -> int:
    series = booking.every_days > 0 or booking.times > 1
    if series and not (1 <= booking.every_days <= MOST_EVERY and 2 <= booking.times <= MOST_TIMES):
        raise NotAllowed("appointment_series", most=MOST_TIMES, every=MOST_EVERY)
    return booking.times if series else 1


def _possible(seat: Seat, at: datetime, now: datetime) -> None:
    clock = calendar.of(seat.policy)
    today, on = clock.day_of(now), clock.day_of(at)
    if on < today or on > today + timedelta(days=366 * MOST_YEARS):
        raise NotAllowed("appointment_time", field="at")


def _treatment(connection: Connection, seat: Seat, patient_id: int, treatment_id: int | None) -> None:
    if treatment_id is None:
        return
    row = treatments.one(connection, seat.clinic_id, treatment_id)
    if row is None or row["patient_id"] != patient_id or row["superseded_at"] is not None:
        raise NotAllowed("treatment_unknown")


def _said(typed: str, *, required: bool = True) -> str:
    said = clean(typed).strip()[:MOST_NOTE]
    if required and not said:
        raise NotAllowed("text_missing", field="reason")
    return said


def _locked(connection: Connection, seat: Seat, patient_id: int) -> Row:
    """The patient's row, hers alone until the transaction ends: two seats write one after the other."""
    members.locked_patients(connection, seat.clinic_id, [patient_id])
    return known_patient(connection, seat, patient_id)


def _booked(connection: Connection, seat: Seat, appointment_id: int) -> Row:
    row = treatments.appointment(connection, seat.clinic_id, appointment_id)
    if row is not None:
        _locked(connection, seat, int(row["patient_id"]))
        row = treatments.appointment(connection, seat.clinic_id, appointment_id)
    if row is None or row["status"] != AppointmentStatus.BOOKED:
        raise NotAllowed("appointment_closed")
    return row


def move(
    seat: Seat, appointment_id: int, at: datetime, reason: str, now: datetime, *, sure: bool = False
) -> int:
    """Put a booked appointment at another time. The call of its day moves with it.

    Args: seat; appointment_id; at, aware; reason, in words, required; now, aware; sure, that a closed day is meant.
    Returns: how many calls were planned anew.
    Raises: NotAllowed: not booked any more, a time that is over or years ahead, or no reason. Unsure: a closed day.
    """
    may_write(seat)
    said = _said(reason)
    _possible(seat, at, now)
    with unit_of_work(seat.database) as connection:
        row = _booked(connection, seat, appointment_id)
        if not sure and (questions := closed_days(seat, [at])):
            raise Unsure(questions)
        planning = planning_of(connection, seat, now)
        table.change(connection, seat.clinic_id, appointment_id, {"at": to_ms(at), "note": said})
        planned, patient_id = 0, int(row["patient_id"])
        if _close(connection, planning, row, MOVED):
            planned = _plan_day(connection, planning, patient_id, row["treatment_id"], appointment_id, at)
        reviewing.wait_for(connection, planning, patient_id)
        values = {"at": to_ms(at), "reason": said}
        note(connection, seat, now, "appointment.move", "appointment", appointment_id, values)
    return planned


def cancel(seat: Seat, appointment_id: int, reason: str, now: datetime, *, rest: bool = False) -> int:
    """Cancel a booked appointment, and with `rest` those of its series that come later.

    Args: seat; appointment_id; reason, in words, required; now, aware; rest.
    Returns: how many appointments were cancelled.
    Raises: NotAllowed: not booked any more, or no reason.
    """
    may_write(seat)
    said = _said(reason)
    with unit_of_work(seat.database) as connection:
        row = _booked(connection, seat, appointment_id)
        planning = planning_of(connection, seat, now)
        later = table.rest_of_series(connection, seat.clinic_id, row) if rest else []
        for one in (row, *later):
            values: dict[str, object] = {"status": AppointmentStatus.CANCELLED, "note": said}
            table.change(connection, seat.clinic_id, int(one["id"]), values)
            _close(connection, planning, one, CANCELLED)
            note(connection, seat, now, "appointment.cancel", "appointment", int(one["id"]), {"reason": said})
        reviewing.wait_for(
            connection, planning, int(row["patient_id"]), gone=row["kind"] == AppointmentKind.REVIEW
        )
    return 1 + len(later)


def _plan_day(
    connection: Connection,
    planning: plans.Planning,
    patient_id: int,
    treatment_id: int | None,
    appointment_id: int,
    at: datetime,
) -> int:
    """Plan the call on the day of an appointment; returns how many were planned."""
    planned = plan_events.plan_appointment(at, planning.policy)
    if planned is None or planned.clinical_end_at <= planning.at:
        return 0
    person = plan_rows.people_of(connection, planning, [patient_id])[patient_id]
    rows = plan_rows.item_rows(
        connection,
        planning,
        person,
        (planned,),
        "appointment",
        treatment_id=treatment_id,
        appointment_id=appointment_id,
    )
    connection.insert_many("item", rows)
    return len(rows)


def _close(connection: Connection, planning: plans.Planning, appointment: Row, reason: str) -> int:
    """Take back the calls about one appointment that nobody is making now."""
    patient_id = int(appointment["patient_id"])
    ids = treatments.items_of_appointment(connection, planning.clinic_id, patient_id, int(appointment["id"]))
    closed = treatments.close_items(
        connection, planning.clinic_id, ids, ItemState.CANCELLED, reason, planning.at_ms
    )
    plans.place_offers(connection, planning, [patient_id])
    return closed


# --- what became of them ---


def mark_appointment(
    seat: Seat, appointment_id: int, attended: bool, now: datetime, *, photo: bool = False
) -> int:
    """Note whether a patient came, and whether photographs were taken.

    A missed appointment is called about the same day; one attended after all ends that call. An attended review ends
    the call that asks for it.

    Args: seat; appointment_id; attended; now, aware; photo, of an attended one.
    Returns: how many items were planned.
    Raises: NotAllowed: no such appointment, it is marked so already, or it is still to come and cannot be missed.
    """
    may_write(seat)
    with unit_of_work(seat.database) as connection:
        row = treatments.appointment(connection, seat.clinic_id, appointment_id)
        if row is not None:
            _locked(connection, seat, int(row["patient_id"]))
            row = treatments.appointment(connection, seat.clinic_id, appointment_id)
        status = AppointmentStatus.ATTENDED if attended else AppointmentStatus.MISSED
        again = row is not None and row["status"] == status and not (photo and not row["photo_taken"])
        if row is None or again or row["status"] == AppointmentStatus.CANCELLED:
            raise NotAllowed("appointment_closed")
        clock = calendar.of(seat.policy)
        ahead = row["at"] > to_ms(now)
        if ahead and (not attended or clock.day_of(from_ms(row["at"])) > clock.day_of(now)):
            raise NotAllowed("appointment_to_come")
        planned = settle(connection, planning_of(connection, seat, now), row, status, photo=photo)
        values = {"status": status, "photo_taken": photo}
        note(connection, seat, now, "appointment.mark", "appointment", appointment_id, values)
    return planned


def settle(
    connection: Connection,
    planning: plans.Planning,
    appointment: Row,
    status: AppointmentStatus,
    *,
    photo: bool = False,
) -> int:
    """What an appointment that was attended or missed does to the plan; the caller checks and audits.

    Args:
        connection: inside a unit of work.
        planning: clinic, policy and moment.
        appointment: its row before. status: attended or missed. photo: whether photographs were taken.

    Returns:
        How many items were planned.
    """
    clinic_id, appointment_id = planning.clinic_id, int(appointment["id"])
    patient_id, treatment_id = int(appointment["patient_id"]), appointment["treatment_id"]
    came = status is AppointmentStatus.ATTENDED
    values: dict[str, object] = {"status": status, "photo_taken": came and photo}
    table.change(connection, clinic_id, appointment_id, values)
    _close(connection, planning, appointment, ATTENDED if came else AppointmentStatus.MISSED.value)
    if came:
        kind = AppointmentKind(appointment["kind"])
        if (code := _OUT.get(kind)) is not None and treatment_id is not None:
            reviewing.close_asking(
                connection,
                planning,
                patient_id,
                (code,),
                ATTENDED,
                lambda row: row["treatment_id"] == treatment_id,
            )
        if kind is AppointmentKind.REVIEW:
            on = calendar.of(planning.policy).day_of(from_ms(appointment["at"]))
            reviewing.close_asking(
                connection,
                planning,
                patient_id,
                reviewing.asking(),
                REVIEWED,
                lambda row: treatment_id in (None, row["treatment_id"]) and reviewing.is_review(row, on),
            )
        return 0
    if appointment["status"] == AppointmentStatus.ATTENDED and appointment["kind"] == AppointmentKind.REVIEW:
        table.open_again(connection, clinic_id, patient_id, treatment_id, REVIEWED, planning.at_ms)
    reviewing.wait_for(connection, planning, patient_id, gone=appointment["kind"] == AppointmentKind.REVIEW)
    treatment = (
        treatments.one(connection, clinic_id, int(treatment_id))
        if treatment_id is not None
        else treatments.newest(connection, clinic_id, patient_id)
    )
    return plans.plan_missed(connection, planning, appointment, treatment)
