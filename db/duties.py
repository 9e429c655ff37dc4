"""Reports that are owed to an authority: raw SQL, in a unit of work or a read."""

from __future__ import annotations

from collections.abc import Mapping

from db.connect import Connection, Row

_OPEN = "reported_at IS NULL AND replaced_at IS NULL"


def add(connection: Connection, values: Mapping[str, object]) -> int:
    """Insert a duty and return its id."""
    return connection.insert("report_duty", values)


def of_case(connection: Connection, clinic_id: int, escalation_id: int) -> list[Row]:
    """Every duty of an escalation, replaced ones too, oldest first, with the names of who decided and reported."""
    return connection.execute(
        """SELECT d.*, a.name AS decided_name, b.name AS reported_name FROM report_duty d
             LEFT JOIN staff a ON a.id = d.decided_by AND a.clinic_id = d.clinic_id
             LEFT JOIN staff b ON b.id = d.reported_by AND b.clinic_id = d.clinic_id
            WHERE d.clinic_id = :clinic AND d.escalation_id = :id ORDER BY d.id""",
        {"clinic": clinic_id, "id": escalation_id},
    )


def owed(connection: Connection, clinic_id: int, limit: int) -> list[Row]:
    """Duties nobody has met yet, the next one due on top."""
    return connection.execute(
        f"SELECT * FROM report_duty WHERE clinic_id = :clinic AND {_OPEN} ORDER BY due_at, id LIMIT :limit",
        {"clinic": clinic_id, "limit": limit},
    )


def late(connection: Connection, clinic_id: int, now: int) -> list[Row]:
    """Duties whose time has run out and is not marked yet."""
    return connection.execute(
        f"SELECT * FROM report_duty WHERE clinic_id = :clinic AND {_OPEN} AND due_at <= :now"
        " AND breached_at IS NULL ORDER BY due_at, id LIMIT 200",
        {"clinic": clinic_id, "now": now},
    )


def change(connection: Connection, clinic_id: int, duty_id: int, values: Mapping[str, object]) -> bool:
    """Set columns of a duty that is still owed; False when it is not any more."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    return bool(
        connection.changed(
            f"UPDATE report_duty SET {columns} WHERE clinic_id = :clinic_id_ AND id = :id_ AND {_OPEN}",
            {**values, "clinic_id_": clinic_id, "id_": duty_id},
        )
    )
