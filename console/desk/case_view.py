"""One escalation with its story, and the colleagues it can be given to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from console.desk import cards, story
from console.desk.seat import Seat
from console.desk.service_rows import sees_name
from console.rules import phone
from db import audit, calls, staff
from db import escalations as table
from db.connect import Connection, Row, reading, unit_of_work
from db.enums import CLINICIANS, Role
from db.errors import NotAllowed
from db.instants import to_ms
from db.records import Colleague, EscalationDetail, Story


def open_escalation(seat: Seat, escalation_id: int, now: datetime) -> EscalationDetail:
    """One escalation with its whole story. Who handles, owns or raised it sees name and numbers. Opening is audited.

    Args:
        seat: who reads.
        escalation_id: which.
        now: aware datetime.

    Raises:
        NotAllowed: there is none with that id.
    """
    with unit_of_work(seat.database) as connection:
        row = _row(connection, seat, escalation_id)
        found = story.gather(connection, seat, row, now)
        detail = _opened(connection, seat, row, now)
    return replace(detail, story=story.tell(seat, found))


def _opened(connection: Connection, seat: Seat, row: Row, now: datetime) -> EscalationDetail:
    detail = _masked(row, seat, now)
    if not sees_name(seat, row):
        _read(connection, seat, "escalation", row["id"], now)
        return detail
    detail = replace(detail, caller_number=row["caller_number"])
    if row["patient_id"] is None:
        _read(connection, seat, "escalation", row["id"], now)
        return detail
    found = calls.numbers(connection, seat.clinic_id, row["patient_id"], to_ms(now))
    _read(connection, seat, "patient", row["patient_id"], now)
    return replace(
        detail,
        name=str(row["patient_name"]),
        numbers=tuple(phone.grouped(str(one["e164"])) for one in found if one["status"] != "dead"),
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


def look_again(seat: Seat, escalation_id: int, now: datetime) -> EscalationDetail:
    """An escalation and its story as they are now, masked for everybody: what an open page follows without
    an audit row at each change.

    Args:
        seat: who reads.
        escalation_id: which.
        now: aware datetime.

    Raises:
        NotAllowed: there is none with that id.
    """
    with reading(seat.database) as connection:
        row = _row(connection, seat, escalation_id)
        found = story.gather(connection, seat, row, now)
    return replace(_masked(row, seat, now), story=story.tell(seat, found))


def colleagues(seat: Seat) -> tuple[Colleague, ...]:
    """Whom an escalation can be given to: everybody but trainees; on duty first, then clinicians.

    Args:
        seat: any seat; only names, roles and duty are told.
    """
    with reading(seat.database) as connection:
        people = [
            Colleague(row.id, row.name, row.roles, row.on_duty)
            for row in staff.everybody(connection, seat.clinic_id)
            if set(row.roles) != {Role.TRAINEE}
        ]
    return tuple(
        sorted(people, key=lambda one: (not one.on_duty, CLINICIANS.isdisjoint(one.roles), one.name))
    )


def _row(connection: Connection, seat: Seat, escalation_id: int) -> Row:
    row = table.card(connection, seat.clinic_id, escalation_id)
    if row is None:
        raise NotAllowed("escalation_unknown")
    return row


def _masked(row: Row, seat: Seat, now: datetime) -> EscalationDetail:
    card = cards.escalation(row, now, restricted_ok=seat.restricted_ok)
    caller = row["caller_number"]
    return EscalationDetail(
        card=card,
        name=card.patient,
        numbers=(),
        caller_number=None if caller is None else phone.masked(str(caller)),
        place=row["place"],
        companion=row["companion"],
        finding=row["finding"],
        action=row["action"],
        told_patient=row["told_patient"],
        clavien_dindo=row["clavien_dindo"],
        story=Story(),
    )
