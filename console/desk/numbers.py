"""Numbers by which a patient is reached, for the call and for her page."""

from __future__ import annotations

from console.desk.seat import Seat
from db import calls
from db.connect import Connection
from db.enums import PhoneStatus
from db.instants import maybe_at
from db.records import NumberLine


def number_lines(
    connection: Connection, seat: Seat, patient_id: int, since_ms: int
) -> tuple[NumberLine, ...]:
    """Numbers by which a patient is reached, in their order.

    Args:
        connection, seat, patient_id: whose. since_ms: the instant from which tries count as today's.
    """
    return tuple(
        NumberLine(
            id=int(row["id"]),
            e164=str(row["e164"]),
            kind=str(row["kind"]),
            rank=int(row["rank"]),
            status=PhoneStatus(row["status"]),
            suspended_until=maybe_at(row["suspended_until"]),
            contact_person_id=row["contact_person_id"],
            tries=int(row["tries"]),
            tries_today=int(row["tries_today"]),
        )
        for row in calls.numbers(connection, seat.clinic_id, patient_id, since_ms)
    )
