"""What stops a patient's calls, and what starts them again: a death, a legal hold, "no follow-up".

Each stops exactly what it should and can be taken back; every one needs a reason and leaves an audit row.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from console.clean import clean
from console.desk import contact_items, plans
from console.desk.forms import known_patient, may_write, planning_of
from console.desk.local import clinic_day
from console.desk.noting import note
from console.desk.placing import place_again
from console.desk.seat import Seat
from db import members, patients, standing, treatments
from db.connect import Connection, unit_of_work
from db.enums import ItemKind, ItemState, Role
from db.errors import NotAllowed
from db.instants import day, to_ms

DECEASED: Final = "deceased"
"""Close reason of what a death ends."""

NOTES_NO_FOLLOW_UP: Final = (Role.CONSULTANT, Role.DOCTOR, Role.LEAD)
"""Who may note that somebody is not followed up (catalogue S1-SCHED-15: the consulting doctor)."""

_ENDED: Final = (ItemState.WAITING, ItemState.READY, ItemState.LAPSED)

MOST: Final = 300
"""Characters of a reason that are kept."""


def _reason(typed: str) -> str:
    said = clean(typed).strip()[:MOST]
    if not said:
        raise NotAllowed("text_missing", field="reason")
    return said


def _role(seat: Seat, *roles: Role) -> None:
    if seat.role not in roles:
        raise NotAllowed("role_may_not_write", role=str(seat.role))


# --- a death ---


def record_death(seat: Seat, patient_id: int, died_on: date, how: str, now: datetime) -> int:
    """Note that a patient has died. Every planned and promised call is taken back; the lead gets one item.

    A call that somebody is on the telephone with goes on. Escalations stay on the board until a clinician
    closes them; their contacts are taken back.

    Args: seat; patient_id; died_on, the clinic's day; how it was learned, required; now, aware.
    Returns: how many items were taken back.
    Raises: NotAllowed: no such patient, a day in the future or before birth, or no word of how it was
    learned.
    """
    may_write(seat)
    said = _reason(how)
    with unit_of_work(seat.database) as connection:
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        row = known_patient(connection, seat, patient_id)
        born_on = patients.born_on(row)
        if died_on > clinic_day(now, seat.zone) or (born_on is not None and died_on < born_on):
            raise NotAllowed("day_not_possible", field="died_on")
        if day(row["deceased_on"]) == died_on:
            return 0
        at = to_ms(now)
        patients.change(connection, seat.clinic_id, patient_id, {"deceased_on": died_on}, at)
        ids = [
            int(item["id"])
            for item in treatments.items_of_patient(connection, seat.clinic_id, patient_id)
            if item["kind"] != ItemKind.LEAD_REVIEW and item["state"] in _ENDED
        ]
        closed = treatments.close_items(connection, seat.clinic_id, ids, ItemState.CANCELLED, DECEASED, at)
        contact_items.lead_review(connection, seat, patient_id, now)
        plans.place_patients(connection, planning_of(connection, seat, now), [patient_id])
        values = {"deceased_on": died_on, "how": said}
        note(connection, seat, now, "patient.deceased", "patient", patient_id, values)
    return closed


def undo_death(seat: Seat, patient_id: int, reason: str, now: datetime) -> int:
    """Take back a death that was noted by mistake: what it closed is open again. A lead's or doctor's word.

    What was over meanwhile lapses and stands on the lead's board.

    Args: seat; patient_id; reason, in words, required; now, aware.
    Returns: how many items are open again.
    Raises: NotAllowed.
    """
    _role(seat, Role.LEAD, Role.DOCTOR)
    said = _reason(reason)
    with unit_of_work(seat.database) as connection:
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        row = known_patient(connection, seat, patient_id)
        if row["deceased_on"] is None:
            return 0
        at = to_ms(now)
        patients.change(connection, seat.clinic_id, patient_id, {"deceased_on": None}, at)
        ids = standing.reopen_items(connection, seat.clinic_id, patient_id, DECEASED, at)
        place_again(connection, seat.clinic_id, ids, seat.policy, now)
        plans.place_patients(connection, planning_of(connection, seat, now), [patient_id])
        values = {"deceased_on": None, "reason": said}
        note(connection, seat, now, "patient.not_deceased", "patient", patient_id, values)
    return len(ids)


# --- no follow-up, legal hold ---


def set_no_follow_up(seat: Seat, patient_id: int, on: bool, reason: str, now: datetime) -> None:
    """Note that only safety calls are made to a patient, or take that back. The lead looks at it every month.

    Nothing is closed: the calls wait, and `why not` says so. A time she asked for herself is kept, and so is
    what was handed over.

    Args: seat, of a consultant, doctor or lead; patient_id; on; reason, in words, required; now, aware.
    Raises: NotAllowed.
    """
    _role(seat, *NOTES_NO_FOLLOW_UP)
    said = _reason(reason)
    with unit_of_work(seat.database) as connection:
        # Revisions are numbered one after another: the word said last holds.
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        known_patient(connection, seat, patient_id)
        standing.set_no_follow_up(
            connection, seat.clinic_id, patient_id, said if on else None, seat.staff_id, to_ms(now)
        )
        _placed(connection, seat, patient_id, now)
        values = {"no_follow_up": on, "reason": said}
        note(connection, seat, now, "patient.no_follow_up", "patient", patient_id, values)


def set_legal_hold(seat: Seat, patient_id: int, on: bool, reason: str, now: datetime) -> None:
    """Stop every call for a legal reason, or let them go on. The lead's alone.

    Args: seat; patient_id; on; reason, in words, required; now, aware.
    Raises: NotAllowed.
    """
    _role(seat, Role.LEAD)
    said = _reason(reason)
    with unit_of_work(seat.database) as connection:
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        known_patient(connection, seat, patient_id)
        patients.change(connection, seat.clinic_id, patient_id, {"legal_hold": on}, to_ms(now))
        _placed(connection, seat, patient_id, now)
        values = {"legal_hold": on, "reason": said}
        note(connection, seat, now, "patient.legal_hold", "patient", patient_id, values)


def _placed(connection: Connection, seat: Seat, patient_id: int, now: datetime) -> None:
    plans.place_patients(connection, planning_of(connection, seat, now), [patient_id])
