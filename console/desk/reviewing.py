"""The review a call asks for: the call of day 30 books it, and only coming, or a no, ends it (S1-SCHED-07)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from console.clean import clean
from console.desk import plans
from console.desk.forms import known_patient, may_write, planning_of
from console.desk.noting import note
from console.desk.seat import Seat
from console.rules import calendar, plan_events
from console.rules.plan_data import shipped
from db import appointments as table
from db import calls, members, treatments
from db.connect import Connection, Row, unit_of_work
from db.enums import AppointmentKind, AppointmentStatus, ItemClass, ItemState
from db.errors import NotAllowed
from db.instants import day as as_day
from db.instants import from_ms, to_ms

REFUSED: Final = "review_refused"
"""Close reason of a call whose review she will not come for; begins the reason of the revision that says why."""
MOST: Final = 300
"""Characters of a reason that are kept."""


def close_asking(
    connection: Connection,
    planning: plans.Planning,
    patient_id: int,
    milestones: tuple[str, ...],
    reason: str,
    wanted: Callable[[Row], bool],
) -> int:
    """Close as done what of some milestones is wanted and nobody is calling about; returns how many."""
    ids = [
        int(row["id"])
        for row in table.items_open(connection, planning.clinic_id, patient_id, milestones)
        if wanted(row)
    ]
    closed = treatments.close_items(
        connection, planning.clinic_id, ids, ItemState.DONE, reason, planning.at_ms
    )
    plans.place_offers(connection, planning, [patient_id])
    return closed


def asking() -> tuple[str, ...]:
    """Milestones whose end is a review."""
    return tuple(row.code for row in shipped().treatment if row.until_seen)


def is_review(item: Row, on: date) -> bool:
    """Whether a review on a day of the clinic's is the one a call asks for."""
    anchor = as_day(item["anchor_on"])
    return anchor is not None and plan_events.is_review_of(str(item["milestone"]), anchor, on)


def ends(connection: Connection, planning: plans.Planning, item: Row, appointment_id: int) -> bool:
    """Whether coming to an appointment is what a call asks for."""
    row = treatments.appointment(connection, planning.clinic_id, appointment_id)
    return (
        row is not None
        and row["kind"] == AppointmentKind.REVIEW
        and row["patient_id"] == item["patient_id"]
        and row["treatment_id"] in (None, item["treatment_id"])
        and is_review(item, calendar.of(planning.policy).day_of(from_ms(row["at"])))
    )


def refuse_review(seat: Seat, patient_id: int, reason: str, now: datetime) -> int:
    """Note that a patient will not come for the review: the call that asks for it is over.

    Args: seat; patient_id; reason, in her words, required; now, aware.
    Returns: how many calls are over.
    Raises: NotAllowed: no such call is open, or no reason.
    """
    may_write(seat)
    said = clean(reason).strip()[:MOST]
    if not said:
        raise NotAllowed("text_missing", field="reason")
    with unit_of_work(seat.database) as connection:
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        known_patient(connection, seat, patient_id)
        planning = planning_of(connection, seat, now)
        closed = close_asking(connection, planning, patient_id, asking(), REFUSED, lambda row: True)
        if not closed:
            raise NotAllowed("no_review_asked")
        treatments.add_revision(
            connection,
            seat.clinic_id,
            patient_id,
            f"{REFUSED}: {said}",
            to_ms(now),
            staff_id=seat.staff_id,
        )
        note(connection, seat, now, "review.refused", "patient", patient_id, {"reason": said})
    return closed


def until_seen(
    connection: Connection, planning: plans.Planning, item: Row, *, refused: bool, talked: bool = True
) -> dict[str, object] | None:
    """What a call that asks for a review waits for after a talk; None when the talk ends it.

    Args:
        connection: inside a unit of work.
        planning: clinic, policy and moment.
        item: the call's row.
        refused: whether she said in the talk that she will not come.
        talked: False when only a booking changed: then it waits for the booked one alone.

    Returns:
        Columns of the item: it comes again after the booked review, else in the plan's days. Somebody who has left
        town is asked on the telephone, and that is the end of it (catalogue S3-SCHED-08).
    """
    days = plan_events.asks_for_review(str(item["milestone"]))
    # Only as the plan makes it: a routine call of that name, from elsewhere, ends with its talk.
    if not days or item["klass"] != ItemClass.CARE or item["treatment_id"] is None or (refused and talked):
        return None
    clinic_id, patient_id = planning.clinic_id, int(item["patient_id"])
    clock = calendar.of(planning.policy)
    today = clock.day_of(planning.at)
    patient = calls.patient(connection, clinic_id, patient_id)
    local_until = None if patient is None else as_day(patient["local_until"])
    if local_until is not None and local_until < today:
        return None
    about = [
        row
        for row in table.reviews(connection, clinic_id, patient_id)
        if row["treatment_id"] in (None, item["treatment_id"])
        and is_review(item, clock.day_of(from_ms(row["at"])))
    ]
    if any(row["status"] == AppointmentStatus.ATTENDED for row in about):
        return None
    booked = [
        row for row in about if row["status"] == AppointmentStatus.BOOKED and row["at"] >= planning.at_ms
    ]
    if not booked:
        return {"earliest_at": to_ms(clock.safety(today + timedelta(days=days)).start)} if talked else None
    # The day after: by then the desk has said whether she came.
    on = clock.day_of(from_ms(booked[0]["at"])) + timedelta(days=1)
    end = to_ms(clock.safety(on + timedelta(days=days)).end)
    return {
        "earliest_at": to_ms(clock.safety(on).start),
        "clinical_end_at": None
        if item["clinical_end_at"] is None
        else max(int(item["clinical_end_at"]), end),
    }


def wait_for(
    connection: Connection, planning: plans.Planning, patient_id: int, *, gone: bool = False
) -> None:
    """A call that asks for a review waits for the one that is booked, and no longer for one that is `gone`."""
    clock = calendar.of(planning.policy)
    for row in table.items_open(connection, planning.clinic_id, patient_id, asking()):
        anchor = as_day(row["anchor_on"])
        if row["state"] not in (ItemState.WAITING, ItemState.READY) or anchor is None:
            continue
        later = until_seen(connection, planning, row, refused=False, talked=False)
        if later is None and gone:
            first = anchor + timedelta(days=plan_events.first_review_day(str(row["milestone"])))
            soon = clock.safety(max(first, clock.day_of(planning.at))).start
            later = {"earliest_at": min(int(row["earliest_at"]), to_ms(soon))}
        if later is not None:
            calls.change_item(connection, planning.clinic_id, int(row["id"]), later)
    plans.place_patients(connection, planning, [patient_id])
