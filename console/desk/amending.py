"""Putting a saved call right: a new row beside the old one, which is never changed."""

from __future__ import annotations

from datetime import datetime

from console.clean import clean
from console.desk.saving import LONG, SHORT
from console.desk.seat import Seat
from db import audit, calls, idempotency
from db.connect import unit_of_work
from db.enums import Role
from db.errors import NotAllowed
from db.instants import to_ms

KEY_KIND = "call"


def amend(seat: Seat, call_id: int, reason: str, note: str, key: str, now: datetime) -> int:
    """Add to or correct a saved call.

    Args:
        seat: who saved it, a clinician or a lead.
        call_id: the call; of an amended one the newest row is amended again.
        reason: why; required.
        note: what is right; required.
        key: idempotency key.
        now: aware datetime.

    Returns:
        The id of the new row; it repeats the old one but for note and summary.

    Raises:
        NotAllowed: somebody else's call, an unknown one, or an empty text.
    """
    why = clean(reason).strip()[:SHORT]
    text = clean(note, multiline=True).strip()[:LONG]
    for field, value in (("reason", why), ("note", text)):
        if not value:
            raise NotAllowed("text_missing", field=field)
    with unit_of_work(seat.database) as connection:
        earlier = idempotency.find(connection, seat.clinic_id, key)
        if earlier is not None:
            return earlier
        row = calls.call(connection, seat.clinic_id, call_id)
        if row is None:
            raise NotAllowed("call_unknown")
        if row["staff_id"] != seat.staff_id and seat.role not in (Role.LEAD, Role.DOCTOR, Role.NURSE):
            raise NotAllowed("call_not_yours")
        kept = {name: value for name, value in row.items() if name != "id"}
        new_id = calls.add_call(
            connection,
            {
                **kept,
                "note": text,
                "next_step": row["next_step"],
                "summary": f"{row['summary']} [{why}]",
                "amends_call_id": call_id,
                "staff_id": seat.staff_id,
                "saved_at": to_ms(now),
                "late_draft": bool(row["late_draft"]),
            },
        )
        idempotency.remember(connection, seat.clinic_id, key, KEY_KIND, new_id, now)
        audit.append(
            connection,
            clinic_id=seat.clinic_id,
            at=now,
            staff_id=seat.staff_id,
            seat_id=seat.seat_id,
            action="call.amend",
            subject_kind="call",
            subject_id=call_id,
            values={"reason": why, "note": text},
        )
        return new_id
