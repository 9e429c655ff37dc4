"""The audit row of what a signed-in person did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from console.desk.seat import Seat
from db import audit
from db.connect import Connection


def note(
    connection: Connection,
    seat: Seat,
    now: datetime,
    action: str,
    kind: str,
    subject: int | None,
    values: Mapping[str, object],
) -> None:
    """Audit a change made at a seat.

    Args:
        connection: inside the unit of work of the change itself.
        seat: whose.
        now: aware instant of the change.
        action: `subject.verb`.
        kind: what was changed.
        subject: its id; None for what has none.
        values: what was written; only names and keyed digests are kept.
    """
    audit.append(
        connection,
        clinic_id=seat.clinic_id,
        at=now,
        staff_id=seat.staff_id,
        seat_id=seat.seat_id,
        action=action,
        subject_kind=kind,
        subject_id=subject,
        values=values,
    )
