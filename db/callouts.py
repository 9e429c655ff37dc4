"""Who is called out for emergencies, and the clocks that ran out: raw SQL, in a unit of work or a read."""

from __future__ import annotations

from collections.abc import Mapping

from db.connect import Connection, Row
from db.enums import Level, PageStatus

_AT_ONCE = 200
"""Most rows one look takes; the next look takes the next ones."""


def run_out(connection: Connection, clinic_id: int, now: int, limit: int = _AT_ONCE) -> tuple[int, ...]:
    """Open escalations with a run-out clock that is not marked yet, the longest overdue first.

    Args:
        connection: for reading.
        clinic_id: the clinic.
        now: epoch ms.
        limit: rows at most.
    """
    rows = connection.execute(
        """SELECT id FROM escalation WHERE clinic_id = :clinic AND status <> 'resolved'
              AND next_clock_at <= :now
              AND ((ack_by <= :now AND acknowledged_at IS NULL AND contacted_at IS NULL
                    AND ack_breached_at IS NULL)
                OR (contact_by <= :now AND contacted_at IS NULL AND contact_breached_at IS NULL)
                OR (resolve_by <= :now AND resolve_breached_at IS NULL AND answered_at IS NULL
                    AND paused_at IS NULL)
                OR (refund_by <= :now AND refund_breached_at IS NULL AND refund_decided_at IS NULL))
            ORDER BY next_clock_at, id LIMIT :limit""",
        {"clinic": clinic_id, "now": now, "limit": limit},
    )
    return tuple(int(row["id"]) for row in rows)


def unanswered(connection: Connection, clinic_id: int, now: int, gap: int) -> tuple[int, ...]:
    """Emergencies nobody has taken up, for whom nobody was called out in the last `gap` ms.

    Args:
        connection: for reading.
        clinic_id: the clinic.
        now: epoch ms.
        gap: how long one person has, in ms.
    """
    rows = connection.execute(
        """SELECT e.id FROM escalation e WHERE e.clinic_id = :clinic AND e.status <> 'resolved'
              AND e.kind = 'clinical' AND e.level = :level AND e.acknowledged_at IS NULL
              AND COALESCE(e.level_since, e.raised_at) <= :now
              AND NOT EXISTS (SELECT 1 FROM escalation_page p WHERE p.clinic_id = e.clinic_id
                  AND p.escalation_id = e.id AND p.due_at > :before
                  AND p.due_at >= COALESCE(e.level_since, e.raised_at))
            ORDER BY e.next_clock_at, e.id LIMIT :limit""",
        {
            "clinic": clinic_id,
            "level": Level.EMERGENCY,
            "now": now,
            "before": now - gap,
            "limit": _AT_ONCE,
        },
    )
    return tuple(int(row["id"]) for row in rows)


def last_page(connection: Connection, clinic_id: int, escalation_id: int) -> Row | None:
    """The newest call-out of an escalation, or None."""
    rows = connection.execute(
        "SELECT * FROM escalation_page WHERE clinic_id = :clinic AND escalation_id = :id"
        " ORDER BY step DESC LIMIT 1",
        {"clinic": clinic_id, "id": escalation_id},
    )
    return rows[0] if rows else None


def pages(connection: Connection, clinic_id: int, escalation_id: int) -> list[Row]:
    """All call-outs of an escalation, the first on top."""
    return connection.execute(
        "SELECT * FROM escalation_page WHERE clinic_id = :clinic AND escalation_id = :id ORDER BY step",
        {"clinic": clinic_id, "id": escalation_id},
    )


def add_page(connection: Connection, values: Mapping[str, object]) -> int:
    """Insert a call-out and return its id."""
    return connection.insert("escalation_page", values)


def due(connection: Connection, clinic_id: int, now: int) -> tuple[int, ...]:
    """Call-outs a program may be run for now, the oldest first: new ones, failed ones, and those of a process
    that did not come back in its time."""
    rows = connection.execute(
        "SELECT id FROM escalation_page WHERE clinic_id = :clinic AND next_try_at IS NOT NULL"
        " AND next_try_at <= :now ORDER BY next_try_at, id LIMIT :limit",
        {"clinic": clinic_id, "now": now, "limit": _AT_ONCE},
    )
    return tuple(int(row["id"]) for row in rows)


def locked_page(connection: Connection, clinic_id: int, page_id: int) -> Row | None:
    """One call-out with the state of its escalation, locked; None while another process has it locked."""
    tail = " FOR UPDATE OF p SKIP LOCKED" if connection.dialect == "postgresql" else ""
    rows = connection.execute(
        "SELECT p.*, e.status AS case_status, e.acknowledged_at AS acknowledged_at, e.level AS case_level"
        " FROM escalation_page p JOIN escalation e ON e.id = p.escalation_id AND e.clinic_id = p.clinic_id"
        f" WHERE p.clinic_id = :clinic AND p.id = :id{tail}",
        {"clinic": clinic_id, "id": page_id},
    )
    return rows[0] if rows else None


def change_page(connection: Connection, clinic_id: int, page_id: int, values: Mapping[str, object]) -> None:
    """Set columns of a call-out."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(
        f"UPDATE escalation_page SET {columns} WHERE clinic_id = :clinic_id_ AND id = :id_",
        {**values, "clinic_id_": clinic_id, "id_": page_id},
    )


def ended_page(
    connection: Connection, clinic_id: int, page_id: int, holder: str, values: Mapping[str, object]
) -> bool:
    """Set columns of a call-out that this process still has; False when another one took it over."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    return bool(
        connection.changed(
            f"UPDATE escalation_page SET {columns} WHERE clinic_id = :clinic_id_ AND id = :id_"
            " AND status = 'running' AND holder = :holder_",
            {**values, "clinic_id_": clinic_id, "id_": page_id, "holder_": holder},
        )
    )


def troubled(connection: Connection, clinic_id: int, waiting_since: int, limit: int) -> list[Row]:
    """Call-outs of emergencies nobody has taken up that failed, or that nothing has run since an instant.

    Args:
        connection: for reading.
        clinic_id: the clinic.
        waiting_since: epoch ms; what was due by then and never tried waits for a ticker that is not there.
        limit: rows at most.
    """
    return connection.execute(
        # From the open cases to their call-outs, never over all call-outs there ever were.
        """SELECT p.escalation_id, p.person, p.status, p.error, p.tries
             FROM escalation e CROSS JOIN escalation_page p
            WHERE e.clinic_id = :clinic AND e.status <> 'resolved' AND e.acknowledged_at IS NULL
              AND p.clinic_id = e.clinic_id AND p.escalation_id = e.id
              AND ((p.status IN (:failed, :running) AND p.error IS NOT NULL)
                OR (p.status = :due AND p.created_at <= :since))
            ORDER BY p.id DESC LIMIT :limit""",
        {
            "clinic": clinic_id,
            "failed": PageStatus.FAILED,
            "running": PageStatus.RUNNING,
            "due": PageStatus.DUE,
            "since": waiting_since,
            "limit": limit,
        },
    )
