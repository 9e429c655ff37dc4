"""What a caller sees of the contact she holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from console.desk import cards, person
from console.desk.holding import hold
from console.desk.numbers import number_lines
from console.desk.restricted import RESTRICTED, is_restricted
from console.desk.seat import Seat, may_call
from console.rules import calendar, identity
from db import audit, calls, owners, patients, treatments
from db import escalations as table
from db.connect import Connection, Row, unit_of_work
from db.enums import (
    AppointmentKind,
    AppointmentStatus,
    CallOutcome,
    EscalationStatus,
    ItemClass,
    ItemKind,
    Language,
    Level,
    Purpose,
)
from db.errors import NotAllowed
from db.instants import day as as_day
from db.instants import from_ms, maybe_at, to_ms
from db.records import (
    AppointmentLine,
    CallSheet,
    Claim,
    Companion,
    HistoryLine,
    IdentityItem,
    OpenFlag,
    OpenTreatment,
    SheetItem,
    VisitLine,
)

OPEN_DAYS: Final = 400
"""A treatment is shown as open for a year and some weeks: the D365 call ends late."""


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _days(performed: date | None, today: date) -> int | None:
    return None if performed is None else (today - performed).days


def _newest(rows: list[Row], treatment_id: int | None) -> dict[str, str]:
    """Newest value per question, of one treatment or (None) of any."""
    found: dict[str, str] = {}
    for row in rows:
        if treatment_id is None or row["treatment_id"] == treatment_id:
            found.setdefault(str(row["question"]), str(row["value"]))
    return found


def _treatment(
    row: Row, today: date, said: dict[str, str], attended: set[str], *, allowed: bool
) -> OpenTreatment:
    performed = as_day(row["performed_on"]) or today
    procedure = str(row["procedure"])
    masked = is_restricted(procedure) and not allowed
    return OpenTreatment(
        id=int(row["id"]),
        procedure=procedure,
        site="" if masked else str(row["site"]),
        side=None if masked else _text(row["side"]),
        performed_on=performed,
        day=(today - performed).days,
        surgeon=None if masked else _text(row["surgeon"]),
        anaesthesia=_text(row["anaesthesia"]),
        implant=None if masked else _text(row["implant"]),
        orders=None if masked else _text(row["orders"]),
        stitches_on=as_day(row["stitches_on"]),
        splint_on=as_day(row["splint_on"]),
        inpatient=bool(row["inpatient"]),
        discharge_on=as_day(row["discharge_on"]),
        stitches_out=said.get("stitches_still_in") == "no" or AppointmentKind.STITCHES in attended,
        splint_out=said.get("splint_still_in") == "no" or AppointmentKind.SPLINT in attended,
        drain_in=said.get("drain_in") == "yes",
        masked=masked,
    )


def open_treatments(
    connection: Connection, seat: Seat, patient_id: int, today: date, *, allowed: bool
) -> tuple[OpenTreatment, ...]:
    """A patient's treatments still followed up, newest first.

    Args:
        connection: any connection.
        seat: whose clinic.
        patient_id: whose.
        today: the clinic's day, for the post-op day.
        allowed: whether the reader may see intimate procedures.
    """
    answered = calls.previous_answers(connection, seat.clinic_id, patient_id)
    visits = treatments.appointments_of(connection, seat.clinic_id, patient_id)
    return tuple(
        _treatment(
            row,
            today,
            _newest(answered, int(row["id"])),
            {
                str(visit["kind"])
                for visit in visits
                if visit["treatment_id"] == row["id"] and visit["status"] == AppointmentStatus.ATTENDED
            },
            allowed=allowed,
        )
        for row in calls.treatments(
            connection, seat.clinic_id, patient_id, today - timedelta(days=OPEN_DAYS), today
        )
    )


def _item(row: Row, days: dict[int, int], handed: dict[int, str]) -> SheetItem:
    treatment_id: int | None = row["treatment_id"]
    return SheetItem(
        id=int(row["id"]),
        kind=ItemKind(row["kind"]),
        milestone=str(row["milestone"]),
        flow=str(row["flow"]),
        klass=ItemClass(row["klass"]),
        purpose=Purpose(row["purpose"]),
        patient_id=int(row["patient_id"]),
        treatment_id=treatment_id,
        visit_id=row["visit_id"],
        appointment_id=row["appointment_id"],
        escalation_id=row["escalation_id"],
        day=None if treatment_id is None else days.get(treatment_id),
        due_on=as_day(row["due_on"]),
        due_at=maybe_at(row["due_at"]),
        clinical_end_at=maybe_at(row["clinical_end_at"]),
        attempts=int(row["attempts"]),
        promise_at=maybe_at(row["promise_at"]),
        promised=_text(row["promised"]),
        handed=handed.get(int(row["id"])),
    )


def treats_restricted(connection: Connection, clinic_id: int, patient_id: int) -> bool:
    """Whether any of a patient's treatments is an intimate one."""
    return any(
        is_restricted(str(row["procedure"]))
        for row in treatments.of_patients(connection, clinic_id, [patient_id])
    )


def history_line(row: Row, zone_day: date, *, allowed: bool, intimate: bool) -> HistoryLine:
    """One earlier conversation; of an intimate procedure only its bare facts for who may not read it.

    Args:
        row: from `db.calls.history`.
        zone_day: the clinic's day the conversation was on.
        allowed: whether the reader may see intimate procedures.
        intimate: whether the patient had one (`treats_restricted`): a conversation about no treatment in
            particular may have been about that one.
    """
    about = _text(row["procedure"])
    hidden = not allowed and (intimate if about is None else is_restricted(about))
    performed = as_day(row["performed_on"])
    return HistoryLine(
        call_id=int(row["id"]),
        at=from_ms(row["started_at"]),
        staff=str(row["staff_name"] or ""),
        outcome=CallOutcome(row["outcome"]),
        milestone=_text(row["milestone"]),
        day=_days(performed, zone_day),
        recovery=None if hidden else _text(row["recovery"]),
        pain=None if hidden else row["pain"],
        satisfaction=_text(row["satisfaction"]),
        summary=RESTRICTED if hidden else str(row["summary"]),
        note=RESTRICTED if hidden and row["note"] else str(row["note"]),
        next_step=None if hidden else _text(row["next_step"]),
        amends_call_id=row["amends_call_id"],
    )


def companions(connection: Connection, clinic_id: int, patient_id: int) -> tuple[Companion, ...]:
    """A patient's contact persons; clinical things are for a guardian, or with consent on file."""
    return tuple(
        Companion(
            id=int(row["id"]),
            name=str(row["name"]),
            relation=str(row["relation"]),
            may_hear_clinical=bool(row["guardian"])
            or (bool(row["may_hear_clinical"]) and row["consent_at"] is not None),
            guardian=bool(row["guardian"]),
        )
        for row in patients.people(connection, clinic_id, patient_id)
    )


def identity_items(
    connection: Connection, seat: Seat, patient: Row, today: date, *, incoming: bool
) -> tuple[IdentityItem, ...]:
    """What this patient can be asked to prove who she is. Her name counts only when she rang: else we said it."""
    performed = calls.treatments(connection, seat.clinic_id, int(patient["id"]), today, today)
    last = performed[0] if performed else None
    visit = calls.newest_visit(connection, seat.clinic_id, int(patient["id"]))
    hidden = last is not None and is_restricted(str(last["procedure"])) and not seat.restricted_ok
    visited = as_day(last["performed_on"]) if last is not None else None
    if visited is None and visit is not None:
        visited = as_day(visit["visited_on"])
    return identity.choices(
        name=str(patient["name"]) if incoming else "",
        born_on=patients.born_on(patient),
        visited_on=visited,
        surgeon=None if last is None or hidden else _text(last["surgeon"]),
        procedure=None if last is None or hidden else str(last["procedure"]),
    )


def _flags(connection: Connection, seat: Seat, contact_id: int) -> tuple[OpenFlag, ...]:
    return tuple(
        OpenFlag(
            id=int(row["id"]),
            level=Level(row["level"]),
            flags=cards.flags_of(row),
            told_who=_text(row["told_who"]),
            phoning=_text(row["phoning_name"]),
            mis_keyed=bool(row["mis_keyed"]),
            raised_at=from_ms(row["raised_at"]),
        )
        for row in table.of_contact(connection, seat.clinic_id, contact_id)
        if row["level"] is not None and row["status"] != EscalationStatus.RESOLVED
    )


def _unknown(connection: Connection, seat: Seat, claim: Claim, number: str | None) -> CallSheet:
    return CallSheet(
        contact_id=claim.contact_id,
        group_id=claim.group_id,
        patient_id=None,
        name="",
        pinyin="",
        sex=None,
        language=Language.ZH,
        member_tier=None,
        lives_alone=False,
        owner=None,
        consultant=None,
        notes=None,
        caller_number=number,
        incoming=claim.incoming,
        numbers=(),
        people=(),
        identity=(),
        treatments=(),
        visits=(),
        appointments=(),
        items=(),
        history=(),
        open_flags=_flags(connection, seat, claim.contact_id),
        previous_answers={},
        relatives=0,
    )


def open_call(seat: Seat, claim: Claim, now: datetime) -> CallSheet:
    """Read the contact this seat holds. Names and numbers are in full, so the reading is audited.

    Args:
        seat: the claim's holder.
        claim: the contact.
        now: aware datetime.

    Returns:
        The whole sheet. History and earlier answers are in it; the screen folds them until identity is sure.

    Raises:
        StaleLease: the claim is no longer this seat's.
        NotAllowed: a trainee, outside practice.
    """
    may_call(seat)
    with unit_of_work(seat.database) as connection:
        hold(connection, seat, claim)
        contact = calls.contact(connection, seat.clinic_id, claim.contact_id)
        number = None if contact is None else _text(contact["caller_number"])
        if claim.patient_id is None:
            if number is not None:
                _read(connection, seat, "contact", claim.contact_id, now)
            return _unknown(connection, seat, claim, number)
        return _known(connection, seat, claim, claim.patient_id, number, now)


def _known(
    connection: Connection, seat: Seat, claim: Claim, patient_id: int, number: str | None, now: datetime
) -> CallSheet:
    patient = calls.patient(connection, seat.clinic_id, patient_id)
    if patient is None:
        raise NotAllowed("patient_unknown")
    clock = calendar.of(seat.policy)
    today = clock.day_of(now)
    allowed = seat.restricted_ok
    answered = calls.previous_answers(connection, seat.clinic_id, patient_id)
    visits = treatments.appointments_of(connection, seat.clinic_id, patient_id)
    handed = owners.handed_words(connection, seat.clinic_id, patient_id)
    shown = open_treatments(connection, seat, patient_id, today, allowed=allowed)
    days = {one.id: one.day for one in shown}
    intimate = treats_restricted(connection, seat.clinic_id, patient_id)
    _read(connection, seat, "patient", patient_id, now)
    history = tuple(
        history_line(row, clock.day_of(from_ms(row["started_at"])), allowed=allowed, intimate=intimate)
        for row in calls.history(connection, seat.clinic_id, patient_id)
    )
    return CallSheet(
        contact_id=claim.contact_id,
        group_id=claim.group_id,
        patient_id=patient_id,
        name=str(patient["name"]),
        pinyin=str(patient["pinyin"]),
        sex=_text(patient["sex"]),
        language=Language(patient["language"]),
        member_tier=_text(patient["member_tier"]),
        lives_alone=bool(patient["lives_alone"]),
        owner=_text(patient["owner_name"]),
        consultant=_text(patient["consultant"]),
        notes=_text(patient["notes"]),
        caller_number=number,
        incoming=claim.incoming,
        numbers=number_lines(connection, seat, patient_id, to_ms(clock.at(today, 0))),
        people=companions(connection, seat.clinic_id, patient_id),
        identity=identity_items(connection, seat, patient, today, incoming=claim.incoming),
        treatments=shown,
        visits=_visits(connection, seat, patient_id),
        appointments=_appointments(visits),
        items=tuple(
            _item(row, days, handed)
            for row in calls.contact_items(connection, seat.clinic_id, claim.contact_id)
        ),
        history=history,
        open_flags=_flags(connection, seat, claim.contact_id),
        previous_answers=_newest(answered, None),
        relatives=calls.relatives(connection, seat.clinic_id, claim.group_id, patient_id),
        next_contact_on=calls.next_planned_on(connection, seat.clinic_id, patient_id, claim.contact_id),
        minor=person.minor(patients.born_on(patient), today),
        returning=bool(history) or person.treated_before(connection, seat.clinic_id, patient_id),
        local_until=as_day(patient["local_until"]),
    )


def _read(connection: Connection, seat: Seat, kind: str, subject_id: int, now: datetime) -> None:
    audit.append(
        connection,
        clinic_id=seat.clinic_id,
        at=now,
        staff_id=seat.staff_id,
        seat_id=seat.seat_id,
        action=f"{kind}.read",
        subject_kind=kind,
        subject_id=subject_id,
        values={},
    )


def _visits(connection: Connection, seat: Seat, patient_id: int) -> tuple[VisitLine, ...]:
    return tuple(
        VisitLine(
            id=int(row["id"]),
            visited_on=as_day(row["visited_on"]) or date.min,
            kind=str(row["kind"]),
            interest=RESTRICTED
            if is_restricted(row["interest_procedure"]) and not seat.restricted_ok
            else _text(row["interest"]),
            consultant=_text(row["consultant"]),
        )
        for row in calls.unconverted_visits(connection, seat.clinic_id, patient_id)
    )


def _appointments(rows: list[Row]) -> tuple[AppointmentLine, ...]:
    wanted = (AppointmentStatus.BOOKED, AppointmentStatus.MISSED)
    return tuple(
        AppointmentLine(
            id=int(row["id"]),
            kind=str(row["kind"]),
            at=from_ms(row["at"]),
            status=str(row["status"]),
            treatment_id=row["treatment_id"],
        )
        for row in rows
        if row["status"] in wanted
    )
