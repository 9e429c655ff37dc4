"""Raising: red flags in a transaction of their own, recontacts of tier 0."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from console.desk import cards, contact_items, scripts
from console.desk.flagging import card_of, line, record, required
from console.desk.levels import higher_level
from console.desk.placing import place_patient
from console.desk.seat import Seat, may_call
from console.rules import calendar, sla
from console.scripts.errors import ScriptError
from db import calls, idempotency, members, treatments
from db import escalations as table
from db.connect import Connection, Row, unit_of_work
from db.enums import EscalationKind, EscalationStatus, Level, Role
from db.errors import NotAllowed
from db.instants import day as as_day
from db.instants import to_ms
from db.records import Claim, Clocks, FlagForm, Raised

KEY_KIND = "escalation"
EMERGENCY_KEY = "emergency_key"
"""Flag code of an emergency raised by the key alone, before any question was answered."""


def _clock_columns(clocks: Clocks) -> dict[str, object]:
    return {
        "ack_by": to_ms(clocks.ack_by),
        "contact_by": to_ms(clocks.contact_by),
        "resolve_by": to_ms(clocks.resolve_by),
    }


def _mergeable(connection: Connection, seat: Seat, claim: Claim | None) -> Row | None:
    """The open clinical escalation of this contact that one more flag joins, or None."""
    if claim is None:
        return None
    rows = [
        row
        for row in table.of_contact(connection, seat.clinic_id, claim.contact_id)
        if row["status"] != EscalationStatus.RESOLVED
        and row["kind"] == EscalationKind.CLINICAL
        and not row["mis_keyed"]
    ]
    return rows[-1] if rows else None


def _untouched(row: Row) -> bool:
    return (
        row["status"] == EscalationStatus.NEW and row["told_at"] is None and row["phoning_staff_id"] is None
    )


def _join(connection: Connection, seat: Seat, row: Row, form: FlagForm, now: datetime) -> bool:
    """Add flags to an escalation of the same contact; a higher level only while nobody has acted on it. After a new
    sign as urgent as the known ones somebody has to be told again.

    Returns:
        False when the new flags need an escalation of their own.
    """
    old = Level(row["level"])
    higher = form.level.rank < old.rank
    if higher and not _untouched(row):
        return False
    before = cards.flags_of(row)
    flags = tuple(dict.fromkeys((*before, *form.flags)))
    clocks = sla.clinical(form.level, now, seat.policy, contact_by_min=form.contact_by_min)
    values: dict[str, object] = {
        "flags": json.dumps(flags, ensure_ascii=True),
        "contact_by": min(int(row["contact_by"]), to_ms(clocks.contact_by)),
    }
    if higher:
        values = {**higher_level(row, form.level, now, seat.policy), **values}
        values["flag"] = form.flags[0] if form.flags else row["flag"]
    if row["told_at"] is not None and len(flags) > len(before) and form.level.rank <= old.rank:
        # Who was told does not know of this sign, as urgent as the one she knows; the story keeps that telling.
        values |= dict.fromkeys(("told_who", "told_by", "told_at"))
    for name, text in (("place", form.place), ("companion", form.companion)):
        if line(text):
            values[name] = line(text)
    values["next_clock_at"] = table.next_clock({**row, **values})
    table.change(connection, seat.clinic_id, row["id"], values)
    kind = "level_raised" if higher else "flags_added"
    record(
        connection,
        seat,
        row["id"],
        kind,
        now,
        note=line(form.summary),
        before=old if higher else ", ".join(before),
        after=form.level if higher else ", ".join(flags),
    )
    return True


def procedure_and_day(
    connection: Connection, seat: Seat, patient_id: int | None, treatment_id: int | None, now: datetime
) -> tuple[int | None, str | None, int | None]:
    """The treatment a case is about, its procedure's code, and the days since; a patient's newest one unless named."""
    if patient_id is None:
        return None, None, None
    today = calendar.of(seat.policy).day_of(now)
    rows = calls.treatments(connection, seat.clinic_id, patient_id, today, today)
    chosen = next((row for row in rows if row["id"] == treatment_id), rows[0] if rows else None)
    if treatment_id is not None and (chosen is None or chosen["id"] != treatment_id):
        chosen = treatments.one(connection, seat.clinic_id, treatment_id)
    if chosen is None:
        return None, None, None
    performed = as_day(chosen["performed_on"])
    return (
        int(chosen["id"]),
        str(chosen["procedure"]),
        None if performed is None else (today - performed).days,
    )


def _new(
    connection: Connection,
    seat: Seat,
    claim: Claim | None,
    patient_id: int | None,
    form: FlagForm,
    now: datetime,
) -> int:
    treatment_id, procedure, day = procedure_and_day(connection, seat, patient_id, form.treatment_id, now)
    clocks = sla.clinical(form.level, now, seat.policy, contact_by_min=form.contact_by_min)
    flags = form.flags or (EMERGENCY_KEY,)
    values: dict[str, object] = {
        "clinic_id": seat.clinic_id,
        "patient_id": patient_id,
        "contact_id": None if claim is None else claim.contact_id,
        "treatment_id": treatment_id,
        "kind": EscalationKind.CLINICAL,
        "level": form.level,
        "status": EscalationStatus.NEW,
        "flag": flags[0],
        "flags": json.dumps(flags, ensure_ascii=True),
        "summary": line(form.summary),
        "place": line(form.place) or None,
        "companion": line(form.companion) or None,
        "caller_number": _caller_number(connection, seat, claim, form),
        "raised_by": seat.staff_id,
        "raised_at": to_ms(now),
        "procedure": procedure,
        "post_op_day": day,
        "acknowledged_at": None,
        "contacted_at": None,
        **_clock_columns(clocks),
    }
    values["next_clock_at"] = table.next_clock(values)
    escalation_id = table.add(connection, values)
    record(
        connection,
        seat,
        escalation_id,
        "raised",
        now,
        note=line(form.summary),
        after=form.level,
    )
    return escalation_id


def _caller_number(connection: Connection, seat: Seat, claim: Claim | None, form: FlagForm) -> str | None:
    if form.caller_number:
        return line(form.caller_number, 40)
    return contact_number(connection, seat, claim)


def contact_number(connection: Connection, seat: Seat, claim: Claim | None) -> str | None:
    """The number an incoming contact rang from."""
    if claim is None or not claim.incoming:
        return None
    row = calls.contact(connection, seat.clinic_id, claim.contact_id)
    return None if row is None or row["caller_number"] is None else str(row["caller_number"])


def _at_least(seat: Seat, form: FlagForm, now: datetime) -> FlagForm:
    """The form with the level, and the minutes to contact, that the talk-tracks give its flags at least."""
    if form.level is Level.EMERGENCY or not form.flags:
        return form
    try:
        library, _release = scripts.active(seat, now)
        named = [library.flags[code] for code in form.flags if code in library.flags]
    except ScriptError:
        # An alarm goes out whatever is wrong with the talk-tracks.
        return form
    level = min((form.level, *(flag.level for flag in named)), key=lambda one: one.rank)
    limits = [flag.contact_by_min for flag in named if flag.contact_by_min is not None]
    if form.contact_by_min is not None:
        limits.append(form.contact_by_min)
    return replace(form, level=level, contact_by_min=min(limits) if limits else None)


def raise_flag(
    seat: Seat,
    claim: Claim | None,
    form: FlagForm,
    key: str,
    now: datetime,
    *,
    patient_id: int | None = None,
) -> Raised:
    """Commit a clinical escalation at once, in a transaction of its own.

    Works before identity, for a proxy, and for an unknown caller. The claim is not checked: a seat that lost
    it must still be able to raise an alarm. It is raised for the record in which the patient goes on. More flags
    of the same contact join its escalation; a higher level after somebody acted on it makes a new one, so that
    nobody overlooks it.

    Args:
        seat: who raises it; any role, but a trainee only in a contact she had before she became one.
        claim: the contact it was heard in, None outside one.
        form: level, flags and what is known of the place. No flag counts less than the talk-tracks say.
        key: idempotency key of this answer: a repeat gives back the first escalation.
        now: aware datetime.
        patient_id: whose, outside a contact; None for somebody unknown.

    Returns:
        The committed escalation with the on-call list.

    Raises:
        NotAllowed: the level makes no escalation; a trainee without a contact, outside practice.
    """
    if claim is None:
        may_call(seat)
    if not form.level.escalates:
        raise NotAllowed("level_makes_no_escalation", level=form.level)
    form = _at_least(seat, form, now)
    patient_id = patient_id if claim is None else claim.patient_id
    with unit_of_work(seat.database) as connection:
        known = idempotency.find(connection, seat.clinic_id, key)
        if known is not None:
            return raised(connection, seat, known, now, repeated=True, item_id=None)
        if patient_id is not None:
            patient_id = members.goes_on(connection, seat.clinic_id, patient_id)
        row = _mergeable(connection, seat, claim)
        if row is not None and _join(connection, seat, row, form, now):
            escalation_id = int(row["id"])
        else:
            escalation_id = _new(connection, seat, claim, patient_id, form, now)
        item_id = contact_items.for_escalation(connection, seat, escalation_id, now)
        place(connection, seat, patient_id, now)
        idempotency.remember(connection, seat.clinic_id, key, KEY_KIND, escalation_id, now)
        return raised(connection, seat, escalation_id, now, repeated=False, item_id=item_id)


def raised(
    connection: Connection,
    seat: Seat,
    escalation_id: int,
    now: datetime,
    *,
    repeated: bool,
    item_id: int | None,
) -> Raised:
    """What whoever raised a case sees at once; `repeated`: the same key had raised it before."""
    return Raised(
        escalation=card_of(connection, seat, escalation_id, now),
        on_call=cards.on_call(connection, seat.clinic_id, seat.policy, now),
        repeated=repeated,
        item_id=item_id,
    )


def place(connection: Connection, seat: Seat, patient_id: int | None, now: datetime) -> None:
    """What is open about a patient locks what she would be offered."""
    if patient_id is not None:
        place_patient(connection, seat.clinic_id, patient_id, seat.policy, now)


def line_dropped(seat: Seat, claim: Claim, now: datetime) -> int | None:
    """Ask for a red-flag recontact: the line dropped while danger signs were being asked about.

    Args:
        seat: who was on the line.
        claim: the contact.
        now: aware datetime.

    Returns:
        The tier-0 item, the same one when asked again; None for an unknown caller: the board has the
        number.
    """
    if claim.patient_id is None:
        return None
    with unit_of_work(seat.database) as connection:
        patient_id = members.goes_on(connection, seat.clinic_id, claim.patient_id)
        case = _mergeable(connection, seat, claim)
        item_id = contact_items.red_flag_recontact(
            connection, seat, patient_id, None if case is None else int(case["id"]), now
        )
        place(connection, seat, patient_id, now)
        return item_id


def call_now(seat: Seat, patient_id: int, escalation_id: int | None, reason: str, now: datetime) -> int:
    """A clinician asks for a call now: a tier-0 item.

    Args:
        seat: a doctor, a nurse or a lead.
        patient_id: whom to ring.
        escalation_id: the escalation it belongs to, if any.
        reason: what to ask; required.
        now: aware datetime.

    Raises:
        NotAllowed: another role, no reason, or an unknown patient.
    """
    if seat.role not in (Role.DOCTOR, Role.NURSE, Role.LEAD):
        raise NotAllowed("needs_clinician_or_lead")
    why = required(reason, "reason")
    with unit_of_work(seat.database) as connection:
        patient_id = members.goes_on(connection, seat.clinic_id, patient_id)
        item_id = contact_items.clinician_request(connection, seat, patient_id, escalation_id, now)
        place(connection, seat, patient_id, now)
        if escalation_id is not None:
            record(connection, seat, escalation_id, "call_requested", now, note=why)
        return item_id
