"""A save that arrives twice is one record: the key of a save and what it gave back."""

from __future__ import annotations

from datetime import datetime

from db.connect import Connection
from db.instants import to_ms


def find(connection: Connection, clinic_id: int, key: str) -> int | None:
    """The result of an earlier save with this key.

    A second transaction with the same key waits here until the first has ended, on both databases, so that
    "not found" stays true until `remember`.

    Args:
        connection: an open unit of work.
        clinic_id: the clinic.
        key: made by whoever saves, the same for every repeat.

    Returns:
        The id the earlier save gave back, or None.
    """
    if connection.dialect == "postgresql":
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(:key, :clinic))", {"key": key, "clinic": clinic_id}
        )
    rows = connection.execute(
        "SELECT result_id FROM idempotency_key WHERE clinic_id = :clinic AND key = :key",
        {"clinic": clinic_id, "key": key},
    )
    return int(rows[0]["result_id"]) if rows else None


def remember(
    connection: Connection, clinic_id: int, key: str, kind: str, result_id: int, now: datetime
) -> None:
    """Note what a save gave back, in its transaction.

    Args:
        connection: an open unit of work.
        clinic_id: the clinic.
        key: the save's key.
        kind: what was saved, e.g. `call`.
        result_id: what `find` gives a repeat.
        now: aware instant.

    Raises:
        Conflict: the key is already there; call `find` first.
    """
    connection.insert(
        "idempotency_key",
        {"clinic_id": clinic_id, "key": key, "kind": kind, "result_id": result_id, "at": to_ms(now)},
    )
