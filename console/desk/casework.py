"""What is done to an escalation on the board, from taking it up to closing it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from console.clean import clean
from console.desk import callouts, contact_items, service_course, service_loop, service_rows, staff
from console.desk.flagging import card_of, open_row, record
from console.desk.levels import higher_level
from console.desk.placing import place_again, place_patient
from console.desk.seat import Seat
from console.desk.service_rows import HANDLERS, maybe_text
from console.desk.service_rows import text as required
from console.rules import sla
from db import calls
from db import escalations as table
from db.connect import Connection, Row, unit_of_work
from db.enums import CLINICIANS, EscalationKind, EscalationStatus, ItemState, Level, Role
from db.errors import AlreadyTaken, Conflict, NotAllowed
from db.instants import from_ms, to_ms
from db.records import Escalation

CLAVIEN_DINDO: Final = ("I", "II", "IIIa", "IIIb", "IVa", "IVb", "V")
"""Grades of Dindo, Demartines and Clavien, Annals of Surgery 2004."""
_NAME_MAX: Final = 200


def _may_handle(seat: Seat, row: Mapping[str, object]) -> None:
    if seat.role not in HANDLERS and row["owner_staff_id"] != seat.staff_id:
        raise NotAllowed("needs_clinician_or_lead")


def may_stop(connection: Connection, seat: Seat, row: Row, now: datetime) -> bool:
    """Whether what this person does stops the clocks: of an emergency nobody has taken up only a clinician, or who
    is on call for it (`callouts.may_stop`)."""
    running = row["kind"] == EscalationKind.CLINICAL and row["acknowledged_at"] is None
    if not running or row["level"] != Level.EMERGENCY:
        return True
    return callouts.may_stop(connection, seat.clinic_id, seat.policy, row, seat.login, seat.role, now)


def _stop(connection: Connection, seat: Seat, row: Row, now: datetime) -> None:
    if not may_stop(connection, seat, row, now):
        raise NotAllowed("emergency_by_on_call")


def _set(connection: Connection, seat: Seat, row: Row, values: dict[str, object]) -> Row:
    """Write columns and the clock that runs out next; returns the row as it is now."""
    after = {**row, **values}
    table.change(connection, seat.clinic_id, row["id"], {**values, "next_clock_at": table.next_clock(after)})
    return after


def acknowledge(seat: Seat, escalation_id: int, now: datetime) -> Escalation:
    """Take an escalation up; whoever does owns it, unless it has an owner.

    Args:
        seat: a doctor, nurse or lead, or its owner; an emergency's clock only stops for a doctor, a nurse or
            somebody who is on call for it.
        escalation_id: which.
        now: aware datetime.

    Raises:
        NotAllowed: another role. AlreadyTaken: a colleague was faster. Conflict: it is resolved.
    """
    with unit_of_work(seat.database) as connection:
        row = open_row(connection, seat, escalation_id)
        _may_handle(seat, row)
        if row["acknowledged_at"] is not None:
            if row["owner_staff_id"] == seat.staff_id:
                return card_of(connection, seat, escalation_id, now)
            raise AlreadyTaken("escalation_acknowledged")
        _stop(connection, seat, row, now)
        owner = service_rows.owner_on_taking_up(connection, seat, row)
        _set(
            connection,
            seat,
            row,
            {
                "status": EscalationStatus.ACKNOWLEDGED,
                "acknowledged_at": to_ms(now),
                "owner_staff_id": owner,
            },
        )
        record(
            connection, seat, escalation_id, "acknowledged", now, before=row["status"], after="acknowledged"
        )
        return card_of(connection, seat, escalation_id, now)


def answered(seat: Seat, escalation_id: int, who: str, now: datetime) -> Escalation:
    """Somebody who was phoned takes an escalation over: stops its clock, and keeps who said so and who wrote it.

    Args:
        seat: who phoned; anybody but a trainee.
        escalation_id: a clinical one.
        who: name of a person who is on call for it, or of a doctor or nurse of the clinic.
        now: aware datetime.

    Raises:
        NotAllowed: a trainee, not clinical, or the name is of nobody who may. AlreadyTaken: it was taken up.
        Conflict: it is resolved.
    """
    if seat.role is Role.TRAINEE:
        raise NotAllowed("needs_clinician_or_lead")
    with unit_of_work(seat.database) as connection:
        row = open_row(connection, seat, escalation_id)
        if row["kind"] != EscalationKind.CLINICAL:
            raise NotAllowed("not_clinical")
        if row["acknowledged_at"] is not None:
            raise AlreadyTaken("escalation_acknowledged")
        found = callouts.answering(
            connection, seat.clinic_id, seat.policy, row, required(who, "told_who"), now
        )
        if found is None:
            raise NotAllowed("answered_by_on_call", field="told_who")
        name, staff_id = found
        told: dict[str, object] = {"told_who": name, "told_by": seat.staff_id, "told_at": to_ms(now)}
        _set(
            connection,
            seat,
            row,
            {
                "status": EscalationStatus.ACKNOWLEDGED,
                "acknowledged_at": to_ms(now),
                "owner_staff_id": row["owner_staff_id"] or staff_id,
                **(told if row["told_at"] is None else {}),
            },
        )
        record(connection, seat, escalation_id, "answered", now, before=row["status"], after=name)
        return card_of(connection, seat, escalation_id, now)


def assign(seat: Seat, escalation_id: int, staff_id: int, now: datetime) -> Escalation:
    """Give an escalation to somebody; its contact item moves to that person's own lane.

    Args:
        seat: a doctor, nurse or lead, or its owner.
        escalation_id: which.
        staff_id: the new owner.
        now: aware datetime.

    Raises:
        NotAllowed: another role; a person who is retired, unknown or only a trainee; a complaint about either.
    """
    with unit_of_work(seat.database) as connection:
        row = open_row(connection, seat, escalation_id)
        _may_handle(seat, row)
        person = table.person(connection, seat.clinic_id, staff_id)
        if person is None or person["retired_at"] is not None or str(person["roles"]) == '["trainee"]':
            raise NotAllowed("owner_cannot_be")
        for one in (seat.staff_id, staff_id):
            service_rows.uninvolved(connection, seat, row, one)
        _set(connection, seat, row, {"owner_staff_id": staff_id})
        items = table.open_items(connection, seat.clinic_id, escalation_id)
        for item in items:
            calls.change_item(connection, seat.clinic_id, item["id"], {"owner_staff_id": staff_id})
        place_again(connection, seat.clinic_id, tuple(int(item["id"]) for item in items), seat.policy, now)
        record(connection, seat, escalation_id, "assigned", now, after=str(person["name"]))
        return card_of(connection, seat, escalation_id, now)


def note(seat: Seat, escalation_id: int, text: str, now: datetime) -> Escalation:
    """Add a line to an escalation's story; anybody but a trainee may.

    Raises:
        NotAllowed: nothing was written, or a trainee wrote it.
    """
    line = required(text, "note")
    if seat.role is Role.TRAINEE:
        raise NotAllowed("needs_clinician_or_lead")
    with unit_of_work(seat.database) as connection:
        row = table.lock(connection, seat.clinic_id, escalation_id)
        if row is None:
            raise NotAllowed("escalation_unknown")
        record(connection, seat, escalation_id, "note", now, note=line)
        return card_of(connection, seat, escalation_id, now)


def contacted(seat: Seat, escalation_id: int, text: str, now: datetime, *, clinician: str = "") -> Escalation:
    """The patient has been reached; ends the contact clock and closes the escalation's contact items. Of a complaint
    or a request it is the first reply.

    Args:
        seat: a doctor or nurse; a lead, who writes down which of them reached her; of a complaint or a request its
            owner too.
        escalation_id: which.
        text: what was agreed; may be empty, but not of a complaint or a request.
        now: aware datetime.
        clinician: name of the doctor or nurse who reached her.

    Raises:
        NotAllowed: another role, or a lead who names nobody. Conflict: it is resolved.
    """
    with unit_of_work(seat.database) as connection:
        row = open_row(connection, seat, escalation_id)
        _may_handle(seat, row)
        _stop(connection, seat, row, now)
        said = maybe_text(text)
        if row["kind"] in service_rows.SERVICE:
            said = service_rows.text(text, "text")
            service_course.replied(service_rows.on(connection, seat, escalation_id, now), said)
        else:
            by = _reached_by(seat, clean(clinician).strip()[:_NAME_MAX])
            mark_contacted(connection, seat, row, ": ".join(part for part in (by, said) if part), now)
        return card_of(connection, seat, escalation_id, now)


def _reached_by(seat: Seat, name: str) -> str:
    """Who reached the patient of a clinical case. Callers screen, clinicians decide: nobody else ends that clock."""
    if seat.role not in CLINICIANS:
        if seat.role is not Role.LEAD:
            raise NotAllowed("contact_by_clinician")
        if not name:
            raise NotAllowed("contact_names_clinician", field="clinician")
    return name


def mark_contacted(connection: Connection, seat: Seat, row: Row, text: str, now: datetime) -> None:
    """`contacted` inside an open unit of work: also what a clinician's completed call does."""
    at = to_ms(now)
    values: dict[str, object] = {
        "status": EscalationStatus.CONTACTED,
        "contacted_at": row["contacted_at"] or at,
    }
    if row["acknowledged_at"] is None:
        values["acknowledged_at"] = at
    if row["owner_staff_id"] is None:
        values["owner_staff_id"] = seat.staff_id
    _set(connection, seat, row, values)
    close_items(connection, seat, row["id"], "escalation_contacted", now)
    record(connection, seat, row["id"], "contacted", now, note=text, before=row["status"], after="contacted")


def close_items(connection: Connection, seat: Seat, escalation_id: int, reason: str, now: datetime) -> None:
    """Close what the queue still holds for an escalation, but not what is being worked right now."""
    for item in table.open_items(connection, seat.clinic_id, escalation_id):
        if item["state"] != ItemState.LEASED:
            calls.close_item(connection, seat.clinic_id, item["id"], ItemState.DONE, reason, to_ms(now))


def raise_level(seat: Seat, escalation_id: int, level: Level, reason: str, now: datetime) -> Escalation:
    """Make a clinical escalation more urgent; anybody may, and its clocks only get shorter.

    Raises:
        NotAllowed: the level is not higher, or no reason is given.
    """
    why = required(reason, "reason")
    with unit_of_work(seat.database) as connection:
        row = open_row(connection, seat, escalation_id)
        if row["level"] is None or level.rank >= Level(row["level"]).rank:
            raise NotAllowed("level_not_higher")
        # Who may stop an emergency's clock and has the case already need not take it up twice.
        taken = row["acknowledged_at"] is not None and callouts.may_stop(
            connection, seat.clinic_id, seat.policy, row, seat.login, seat.role, now
        )
        _set(connection, seat, row, higher_level(row, level, now, seat.policy, taken=taken))
        contact_items.for_escalation(connection, seat, escalation_id, now)
        record(
            connection, seat, escalation_id, "level_raised", now, note=why, before=row["level"], after=level
        )
        return card_of(connection, seat, escalation_id, now)


def lower_level(
    seat: Seat, escalation_id: int, level: Level, pin: str, reason: str, now: datetime
) -> Escalation:
    """Make a clinical escalation less urgent: a doctor's decision, with PIN and reason. Nobody else can.

    Args:
        seat: a doctor.
        escalation_id: which.
        level: the new level; still one that escalates, for one that does not is resolved instead.
        pin: the doctor's PIN.
        reason: required.
        now: aware datetime.

    Raises:
        NotAllowed: another role, a wrong PIN, no reason, or a level that is not lower.
    """
    why = required(reason, "reason")
    if seat.role is not Role.DOCTOR:
        raise NotAllowed("needs_doctor")
    if not level.escalates:
        raise NotAllowed("level_makes_no_escalation", level=level)
    if not staff.check_pin(seat, pin, now):
        raise NotAllowed("wrong_pin")
    with unit_of_work(seat.database) as connection:
        row = open_row(connection, seat, escalation_id)
        if row["level"] is None or level.rank <= Level(row["level"]).rank:
            raise NotAllowed("level_not_lower")
        clocks = sla.clinical(level, from_ms(row["raised_at"]), seat.policy)
        anew = sla.clinical(level, now, seat.policy)
        _set(
            connection,
            seat,
            row,
            {
                "level": level,
                # The doctor who judges it has seen it.
                "acknowledged_at": row["acknowledged_at"] or to_ms(now),
                "status": EscalationStatus.ACKNOWLEDGED
                if row["status"] == EscalationStatus.NEW
                else row["status"],
                "level_since": to_ms(now),
                "ack_by": to_ms(clocks.ack_by),
                # A limit that is over already would step the level up again at once, against the doctor's word.
                "contact_by": to_ms(clocks.contact_by if clocks.contact_by > now else anew.contact_by),
                "resolve_by": to_ms(clocks.resolve_by if clocks.resolve_by > now else anew.resolve_by),
                **dict.fromkeys(("contact_breached_at", "resolve_breached_at")),
            },
        )
        contact_items.for_escalation(connection, seat, escalation_id, now)
        record(
            connection, seat, escalation_id, "level_lowered", now, note=why, before=row["level"], after=level
        )
        return card_of(connection, seat, escalation_id, now)


def resolve(
    seat: Seat,
    escalation_id: int,
    finding: str,
    action: str,
    told_patient: str,
    now: datetime,
    clavien_dindo: str | None = None,
) -> Escalation:
    """Close an escalation: what was found, what was done, and what the patient was told, all required. A complaint is
    closed only when its loop is (`service_loop.close`); a request is answered with it.

    Args:
        seat: a doctor, nurse or lead; an owner of another role only closes what is neither clinical nor
            severe. One marked as mis-keyed is closed by a clinician.
        escalation_id: which.
        finding, action, told_patient: in words.
        now: aware datetime.
        clavien_dindo: grade of the complication, by a clinician only.

    Raises:
        NotAllowed: another role, an empty field, or a grade that does not exist. Conflict: already resolved.
    """
    if clavien_dindo is not None:
        if seat.role not in CLINICIANS:
            raise NotAllowed("grade_by_clinician")
        if clavien_dindo not in CLAVIEN_DINDO:
            raise NotAllowed("grade_unknown")
    texts = {
        "finding": required(finding, "finding"),
        "action": required(action, "action"),
        "told_patient": required(told_patient, "told_patient"),
    }
    with unit_of_work(seat.database) as connection:
        row = open_row(connection, seat, escalation_id)
        _may_resolve(seat, row)
        if row["kind"] in service_rows.SERVICE:
            service_loop.resolved(service_rows.on(connection, seat, escalation_id, now), texts)
            return card_of(connection, seat, escalation_id, now)
        _stop(connection, seat, row, now)
        if row["contacted_at"] is None and seat.role not in CLINICIANS:
            raise NotAllowed("contact_by_clinician")
        at = to_ms(now)
        values: dict[str, object] = {
            **texts,
            "clavien_dindo": clavien_dindo,
            "acknowledged_at": row["acknowledged_at"] or at,
            "contacted_at": row["contacted_at"] or at,
            "owner_staff_id": row["owner_staff_id"] or seat.staff_id,
            "resolved_at": at,
            "status": EscalationStatus.RESOLVED,
        }
        if not table.change(connection, seat.clinic_id, escalation_id, {**values, "next_clock_at": None}):
            raise Conflict("escalation_resolved")
        close_items(connection, seat, escalation_id, "escalation_resolved", now)
        if row["patient_id"] is not None:
            # With her last open matter gone, what waited for it may be offered.
            place_patient(connection, seat.clinic_id, row["patient_id"], seat.policy, now)
        record(
            connection,
            seat,
            escalation_id,
            "resolved",
            now,
            note=texts["action"],
            before=row["status"],
            after="resolved",
        )
        return card_of(connection, seat, escalation_id, now)


def _may_resolve(seat: Seat, row: Mapping[str, object]) -> None:
    if row["mis_keyed"] and seat.role not in CLINICIANS:
        raise NotAllowed("mis_key_by_clinician")
    clinical = row["kind"] == EscalationKind.CLINICAL
    if seat.role not in HANDLERS and (clinical or row["owner_staff_id"] != seat.staff_id):
        raise NotAllowed("needs_clinician_or_lead")
