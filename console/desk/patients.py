"""Finding a patient and reading the whole file. What changes a file is offered here too."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Final

from console.clean import clean
from console.desk.appointments import add_appointment, mark_appointment
from console.desk.forms import FormInvalid
from console.desk.holding import seated
from console.desk.local import clinic_day, clinic_time
from console.desk.numbers import number_lines
from console.desk.patient_forms import add_contact_person, record_consent, save_patient
from console.desk.restricted import RESTRICTED, is_restricted, shown_procedure
from console.desk.searchkeys import fits, lookup
from console.desk.seat import Seat
from console.desk.sheet import companions, history_line, treats_restricted
from console.desk.treatment_forms import (
    PlanPreview,
    SavedTreatment,
    preview_treatment,
    remove_treatment,
    save_treatment,
)
from console.rules import names, phone
from db import audit, calls, escalations, patients, search, standing, treatments
from db.connect import Connection, Row, reading, unit_of_work
from db.enums import AppointmentStatus, ItemClass, ItemKind, ItemState, Language, PhoneStatus, Purpose
from db.errors import NotAllowed
from db.instants import day as as_day
from db.instants import from_ms, maybe_at, to_ms
from db.patient_records import (
    CallLine,
    ConsentLine,
    CycleLine,
    EscalationLine,
    FoundPatient,
    PatientPage,
    PlanLine,
    TreatmentLine,
)
from db.records import AppointmentLine, VisitLine

MOST_FOUND: Final = 20
"""Lines of a search; whoever needs more types more."""


def find(seat: Seat, text: str, now: datetime, limit: int = MOST_FOUND) -> tuple[FoundPatient, ...]:
    """Patients that fit a typed text, masked.

    One or more characters are looked for anywhere in the name, names that begin so first; letters are the
    start of pinyin or initials, three or more digits the end of a number; the clinic's own id is found whole.

    Args: seat; text as typed; now, aware; limit, lines at most.
    Returns: masked lines, the best kind of match first.
    """
    typed = clean(text).strip()
    with reading(seat.database) as connection:
        wanted = lookup(typed, seat.policy.clinic.country)
        ids = search.find_ids(connection, seat.clinic_id, wanted, limit)
        rows = patients.by_ids(connection, seat.clinic_id, ids)
        ids = [one for one in ids if fits(typed, str(rows[one]["name"]), rows[one]["external_id"])]
        ids, was = _who_go_on(connection, seat.clinic_id, ids, rows)
        numbers: dict[int, str] = {}
        for row in patients.numbers_of(connection, seat.clinic_id, ids):
            if row["status"] != PhoneStatus.DEAD:
                numbers.setdefault(int(row["patient_id"]), str(row["e164"]))
        newest: dict[int, Row] = {}
        for row in treatments.of_patients(connection, seat.clinic_id, ids):
            newest[int(row["patient_id"])] = row
    today = clinic_day(now, seat.zone)
    return tuple(
        _found(seat, rows[number], numbers.get(number), newest.get(number), today, was.get(number))
        for number in ids
    )


def _who_go_on(
    connection: Connection, clinic_id: int, ids: list[int], rows: dict[int, Row]
) -> tuple[list[int], dict[int, str]]:
    """The people found, each once under the record that goes on; by what id of an old record they were found."""
    was: dict[int, str] = {}
    wanted: dict[int, None] = {}
    for number in ids:
        kept = rows[number]["merged_into"]
        wanted[number if kept is None else int(kept)] = None
        if kept is not None:
            was[int(kept)] = str(rows[number]["external_id"] or rows[number]["id"])
    rows.update(patients.by_ids(connection, clinic_id, [one for one in wanted if one not in rows]))
    return list(wanted), was


def _found(
    seat: Seat, row: Row, number: str | None, treatment: Row | None, today: date, was: str | None
) -> FoundPatient:
    performed = as_day(treatment["performed_on"]) if treatment else None
    code = str(treatment["procedure"]) if treatment else None
    return FoundPatient(
        patient_id=int(row["id"]),
        external_id=row["external_id"],
        patient=names.masked(str(row["name"])),
        phone=phone.masked(number) if number else None,
        procedure=shown_procedure(code, restricted_ok=seat.restricted_ok),
        day=(today - performed).days if performed else None,
        was=was,
    )


def page(seat: Seat, patient_id: int, now: datetime) -> PatientPage:
    """A patient's whole file, names and numbers in full, which is audited.

    Args: seat; patient_id, of a merged record too: then the file of the patient who goes on; now, aware.
    Returns: the file; intimate procedures are masked for a reader who is not authorised.
    Raises: NotAllowed: a trainee at a real clinic, a closed seat, or no such patient.
    """
    if seat.only_practises:
        raise NotAllowed("role_may_not_read", role=str(seat.role))
    today = clinic_day(now, seat.zone)
    with unit_of_work(seat.database) as connection:
        seated(connection, seat)
        row = patients.one(connection, seat.clinic_id, patient_id)
        if row is not None and row["merged_into"] is not None:
            patient_id = int(row["merged_into"])
            row = patients.one(connection, seat.clinic_id, patient_id)
        if row is None:
            raise NotAllowed("patient_unknown")
        old = patients.by_ids(
            connection, seat.clinic_id, [*patients.merged(connection, seat.clinic_id, [patient_id])]
        )
        done = treatments.of_patients(connection, seat.clinic_id, [patient_id])
        born_on = patients.born_on(row)
        midnight = to_ms(clinic_time(clinic_day(now, seat.zone), 0, seat.zone))
        numbers = number_lines(connection, seat, patient_id, midnight)
        audit.append(
            connection,
            clinic_id=seat.clinic_id,
            at=now,
            staff_id=seat.staff_id,
            seat_id=seat.seat_id,
            action="patient.read",
            subject_kind="patient",
            subject_id=patient_id,
            values={"name": row["name"], "phone": ",".join(number.e164 for number in numbers)},
        )
        return PatientPage(
            patient_id=patient_id,
            external_id=row["external_id"],
            name=str(row["name"]),
            pinyin=str(row["pinyin"]),
            sex=row["sex"],
            born_on=born_on,
            age=_age(born_on, today),
            language=Language(row["language"]),
            member_tier=row["member_tier"],
            lives_alone=bool(row["lives_alone"]),
            preferred_hours=tuple(json.loads(row["preferred_hours"] or "[]")),
            deceased_on=as_day(row["deceased_on"]),
            legal_hold=bool(row["legal_hold"]),
            consultant=row["consultant"],
            notes=row["notes"],
            numbers=numbers,
            people=companions(connection, seat.clinic_id, patient_id),
            treatments=tuple(_treatment(seat, one, today) for one in reversed(done)),
            visits=_visits(connection, seat, patient_id),
            appointments=_appointments(connection, seat, patient_id, now),
            plan=_plan(connection, seat, patient_id, done),
            calls=_calls(connection, seat, patient_id),
            escalations=_escalations(connection, seat, patient_id),
            consents=_consents(connection, seat, patient_id),
            relatives=calls.relatives(connection, seat.clinic_id, int(row["group_id"]), patient_id),
            local_until=as_day(row["local_until"]),
            merged=tuple(str(one["external_id"] or one["id"]) for _, one in sorted(old.items())),
            no_follow_up=standing.no_follow_up(connection, seat.clinic_id, [patient_id]).get(
                patient_id, (None,)
            )[0],
            cycles=tuple(
                CycleLine(
                    int(one["id"]),
                    str(one["kind"]),
                    as_day(one["opened_on"]) or today,
                    as_day(one["closed_on"]),
                )
                for one in standing.cycles(connection, seat.clinic_id, patient_id)
            ),
        )


def _age(born_on: date | None, today: date) -> int | None:
    if born_on is None:
        return None
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def _treatment(seat: Seat, row: Row, today: date) -> TreatmentLine:
    masked = is_restricted(str(row["procedure"])) and not seat.restricted_ok
    performed = as_day(row["performed_on"]) or today
    return TreatmentLine(
        id=int(row["id"]),
        procedure=RESTRICTED if masked else str(row["procedure"]),
        site="" if masked else str(row["site"]),
        side=None if masked else row["side"],
        performed_on=performed,
        day=(today - performed).days,
        surgeon=None if masked else row["surgeon"],
        anaesthesia=row["anaesthesia"],
        implant=None if masked else row["implant"],
        orders=None if masked else row["orders"],
        stitches_on=as_day(row["stitches_on"]),
        splint_on=as_day(row["splint_on"]),
        inpatient=bool(row["inpatient"]),
        discharge_on=as_day(row["discharge_on"]),
        masked=masked,
    )


def _visits(connection: Connection, seat: Seat, patient_id: int) -> tuple[VisitLine, ...]:
    return tuple(
        VisitLine(
            id=int(row["id"]),
            visited_on=as_day(row["visited_on"]) or date.min,
            kind=str(row["kind"]),
            interest=RESTRICTED
            if is_restricted(row["interest_procedure"]) and not seat.restricted_ok
            else row["interest"],
            consultant=row["consultant"],
        )
        for row in reversed(treatments.visits_of(connection, seat.clinic_id, [patient_id]))
    )


def _appointments(
    connection: Connection, seat: Seat, patient_id: int, now: datetime
) -> tuple[AppointmentLine, ...]:
    """What is to come, the next first; then what is over, the newest first."""
    rows = treatments.appointments_of(connection, seat.clinic_id, patient_id)
    to_come = [row for row in rows if row["status"] == AppointmentStatus.BOOKED and row["at"] >= to_ms(now)]
    over = [row for row in rows if row not in to_come]
    return tuple(
        AppointmentLine(
            id=int(row["id"]),
            kind=str(row["kind"]),
            at=from_ms(row["at"]),
            status=str(row["status"]),
            treatment_id=row["treatment_id"],
            photo_taken=bool(row["photo_taken"]),
            series_id=row["series_id"],
            note=str(row["note"] or ""),
        )
        for row in (*reversed(to_come), *over)
    )


def _plan(connection: Connection, seat: Seat, patient_id: int, done: list[Row]) -> tuple[PlanLine, ...]:
    procedures = {int(row["id"]): str(row["procedure"]) for row in done}
    return tuple(
        PlanLine(
            id=int(row["id"]),
            kind=ItemKind(row["kind"]),
            milestone=str(row["milestone"]),
            klass=ItemClass(row["klass"]),
            team=str(row["team"]),
            procedure=shown_procedure(
                procedures.get(row["treatment_id"] or 0), restricted_ok=seat.restricted_ok
            ),
            due_on=as_day(row["due_on"]),
            earliest_at=from_ms(row["earliest_at"]),
            clinical_end_at=maybe_at(row["clinical_end_at"]),
            state=ItemState(row["state"]),
            attempts=int(row["attempts"]),
            close_reason=row["close_reason"],
            promise_at=maybe_at(row["promise_at"]),
        )
        for row in treatments.items_of_patient(connection, seat.clinic_id, patient_id)
        if row["state"] != ItemState.SUPERSEDED
    )


def _calls(connection: Connection, seat: Seat, patient_id: int) -> tuple[CallLine, ...]:
    wrong = treatments.corrected_after(connection, seat.clinic_id, patient_id)
    intimate = treats_restricted(connection, seat.clinic_id, patient_id)
    return tuple(
        CallLine(
            history_line(
                row,
                clinic_day(from_ms(row["started_at"]), seat.zone),
                allowed=seat.restricted_ok,
                intimate=intimate,
            ),
            int(row["id"]) in wrong,
        )
        for row in calls.history(connection, seat.clinic_id, patient_id, limit=200)
    )


def _escalations(connection: Connection, seat: Seat, patient_id: int) -> tuple[EscalationLine, ...]:
    return tuple(
        EscalationLine(
            id=int(row["id"]),
            kind=str(row["kind"]),
            level=row["level"],
            status=str(row["status"]),
            raised_at=from_ms(row["raised_at"]),
            summary=RESTRICTED
            if is_restricted(row["procedure"]) and not seat.restricted_ok
            else str(row["summary"] or ""),
        )
        for row in escalations.of_patient(connection, seat.clinic_id, patient_id)
    )


def _consents(connection: Connection, seat: Seat, patient_id: int) -> tuple[ConsentLine, ...]:
    newest: dict[Purpose, ConsentLine] = {}
    for row in patients.consents(connection, seat.clinic_id, patient_id):
        purpose = Purpose(row["purpose"])
        newest.setdefault(
            purpose, ConsentLine(purpose, bool(row["given"]), from_ms(row["at"]), str(row["how"]))
        )
    return tuple(newest.values())


__all__ = [
    "FormInvalid",
    "PlanPreview",
    "SavedTreatment",
    "add_appointment",
    "add_contact_person",
    "find",
    "mark_appointment",
    "page",
    "preview_treatment",
    "record_consent",
    "remove_treatment",
    "save_patient",
    "save_treatment",
]
