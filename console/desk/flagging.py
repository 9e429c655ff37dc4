"""Red flags from the caller's side: raised, told, the doctor's call taken, marked as mis-keyed."""

from __future__ import annotations

from datetime import datetime

from console.clean import clean
from console.desk import cards
from console.desk.seat import Seat
from db import audit, staff
from db import escalations as table
from db.connect import Connection, Row, reading, unit_of_work
from db.enums import CLINICIANS, EscalationKind, EscalationStatus, Role
from db.errors import Conflict, NotAllowed
from db.instants import to_ms
from db.records import Escalation, Phoning

TEXT_MAX = 500
NAME_LEAST = 2
"""Characters of the name of somebody who was told: one letter names nobody."""


def line(text: str, most: int = TEXT_MAX) -> str:
    """One cleaned line of a text, cut."""
    return clean(text).strip()[:most]


def required(text: str, field: str) -> str:
    """`line` of a text that may not be empty.

    Raises:
        NotAllowed: it is; `field` names it.
    """
    kept = line(text)
    if not kept:
        raise NotAllowed("text_missing", field=field)
    return kept


def card_of(connection: Connection, seat: Seat, escalation_id: int, now: datetime) -> Escalation:
    """An escalation as its reader may see it.

    Raises:
        NotAllowed: there is none with that id.
    """
    row = table.card(connection, seat.clinic_id, escalation_id)
    if row is None:
        raise NotAllowed("escalation_unknown")
    return cards.escalation(row, now, restricted_ok=seat.restricted_ok)


def record(
    connection: Connection,
    seat: Seat,
    escalation_id: int,
    kind: str,
    now: datetime,
    *,
    note: str = "",
    before: str | None = None,
    after: str | None = None,
) -> None:
    table.add_event(
        connection,
        clinic_id=seat.clinic_id,
        escalation_id=escalation_id,
        kind=kind,
        staff_id=seat.staff_id,
        at_ms=to_ms(now),
        note=note,
        before=before,
        after=after,
    )
    audit.append(
        connection,
        clinic_id=seat.clinic_id,
        at=now,
        staff_id=seat.staff_id,
        seat_id=seat.seat_id,
        action=f"escalation.{kind}",
        subject_kind="escalation",
        subject_id=escalation_id,
        values={
            name: value for name, value in (("note", note), ("before", before), ("after", after)) if value
        },
    )


def open_row(connection: Connection, seat: Seat, escalation_id: int) -> Row:
    """An open escalation's row, locked.

    Raises:
        NotAllowed: there is none with that id. Conflict: it is resolved.
    """
    row = table.lock(connection, seat.clinic_id, escalation_id)
    if row is None:
        raise NotAllowed("escalation_unknown")
    if row["status"] == EscalationStatus.RESOLVED:
        raise Conflict("escalation_resolved")
    return row


def may_be_told(seat: Seat, who: str, now: datetime) -> bool:
    """Whether a name is known as one whose hearing of a case counts as told: on the roster, or a doctor, nurse or lead
    of the clinic.

    Args:
        seat: whose clinic.
        who: the name as it was typed.
        now: aware instant, for the roster.
    """
    wanted = line(who).casefold()
    if any(entry.name.casefold() == wanted for entry in seat.policy.on_call_at(now)):
        return True
    with reading(seat.database) as connection:
        everybody = staff.everybody(connection, seat.clinic_id)
    counted = CLINICIANS | {Role.LEAD}
    return any(one.name.casefold() == wanted and not counted.isdisjoint(one.roles) for one in everybody)


def told(seat: Seat, escalation_id: int, who: str, now: datetime, at: datetime | None = None) -> Escalation:
    """Write down who has been told of an escalation, by whom and when.

    All untold escalations of the same contact are told with it: one telephone call covers them.

    Args:
        seat: who told.
        escalation_id: which.
        who: name or function of the person told; required.
        now: aware datetime.
        at: when, if not now.

    Raises:
        NotAllowed: `who` is empty or one character, or the escalation unknown.
        Conflict: it is resolved.
    """
    name = required(who, "told_who")
    if len(name) < NAME_LEAST:
        raise NotAllowed("told_who_short", field="told_who")
    when = now if at is None or at > now else at
    with unit_of_work(seat.database) as connection:
        row = open_row(connection, seat, escalation_id)
        same = [escalation_id]
        if row["contact_id"] is not None:
            same += [
                int(other["id"])
                for other in table.of_contact(connection, seat.clinic_id, row["contact_id"])
                if other["id"] != escalation_id
                and other["told_at"] is None
                and other["status"] != EscalationStatus.RESOLVED
            ]
        for one in same:
            table.change(
                connection,
                seat.clinic_id,
                one,
                {"told_who": name, "told_by": seat.staff_id, "told_at": to_ms(when)},
            )
            record(connection, seat, one, "told", now, note=name, after=when.isoformat(timespec="seconds"))
        return card_of(connection, seat, escalation_id, now)


def locate(seat: Seat, escalation_id: int, place: str, companion: str, now: datetime) -> Escalation:
    """Write down where the patient is and who is with her, as it becomes known during the call.

    Args:
        seat: who heard it.
        escalation_id: which.
        place: where she is; empty leaves what is known.
        companion: who is with her; empty leaves what is known.
        now: aware datetime.

    Raises:
        NotAllowed: the escalation is unknown. Conflict: it is resolved.
    """
    said = {name: line(text) for name, text in (("place", place), ("companion", companion))}
    values: dict[str, object] = {name: text for name, text in said.items() if text}
    with unit_of_work(seat.database) as connection:
        open_row(connection, seat, escalation_id)
        if values:
            table.change(connection, seat.clinic_id, escalation_id, values)
            record(connection, seat, escalation_id, "located", now, note=", ".join(values))
        return card_of(connection, seat, escalation_id, now)


def phoning(seat: Seat, escalation_id: int, now: datetime) -> Phoning:
    """Take "I phone the doctor". The first wins, and everybody sees who it is.

    Args:
        seat: who takes it; any role.
        escalation_id: which.
        now: aware datetime.

    Returns:
        Who has it; `mine` when it is this person.

    Raises:
        NotAllowed: the escalation is unknown. Conflict: it is resolved.
    """
    with unit_of_work(seat.database) as connection:
        first = table.take_phoning(connection, seat.clinic_id, escalation_id, seat.staff_id)
        if first:
            record(connection, seat, escalation_id, "phoning", now, after=seat.name)
            return Phoning(escalation_id, seat.staff_id, seat.name, mine=True)
        row = table.card(connection, seat.clinic_id, escalation_id)
        if row is None:
            raise NotAllowed("escalation_unknown")
        if row["phoning_staff_id"] is None:
            raise Conflict("escalation_resolved")
        holder = int(row["phoning_staff_id"])
        return Phoning(escalation_id, holder, str(row["phoning_name"]), mine=holder == seat.staff_id)


def correct_mis_key(
    seat: Seat, escalation_id: int, flags: tuple[str, ...], reason: str, now: datetime
) -> Escalation:
    """Mark flags as keyed by mistake. Nothing is taken back: the escalation goes out, marked, until a
    clinician closes it; it is marked once all its flags are said to be mistakes.

    Args:
        seat: who keyed them, or a lead or clinician.
        escalation_id: which.
        flags: the flags concerned; empty means all.
        reason: required.
        now: aware datetime.

    Raises:
        NotAllowed: no reason, not clinical, not this person's to correct, or unknown. Conflict: it is resolved.
    """
    why = required(reason, "reason")
    with unit_of_work(seat.database) as connection:
        row = open_row(connection, seat, escalation_id)
        if row["kind"] != EscalationKind.CLINICAL:
            raise NotAllowed("not_clinical")
        if row["raised_by"] != seat.staff_id and seat.role not in (Role.LEAD, Role.DOCTOR, Role.NURSE):
            raise NotAllowed("mis_key_by_raiser")
        standing = cards.flags_of(row)
        named = tuple(flag for flag in flags if flag in standing) or standing
        said: set[str] = set(named)
        for event in table.events(connection, seat.clinic_id, escalation_id):
            if event["kind"] == "mis_key":
                said.update(str(event["before"] or "").split(", "))
        if set(standing) <= said:
            table.change(
                connection, seat.clinic_id, escalation_id, {"mis_keyed": True, "mis_key_reason": why}
            )
        record(connection, seat, escalation_id, "mis_key", now, note=why, before=", ".join(named))
        return card_of(connection, seat, escalation_id, now)
