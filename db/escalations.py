"""Escalations and their events: raw SQL, in a unit of work or a read. Rules and roles are the desk's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from db.connect import Connection, Row
from db.enums import EscalationStatus, Level
from db.strip_records import NOBODY, BoardFilter

ALL: Final = BoardFilter()
"""Narrowed to nothing."""

_CARD = """
SELECT e.*, p.name AS patient_name, p.group_id AS group_id, p.external_id AS record_id,
       raiser.name AS raised_name, owner.name AS owner_name,
       teller.name AS told_by_name, phoner.name AS phoning_name,
       (SELECT v.kind FROM escalation_event v WHERE v.clinic_id = e.clinic_id AND v.escalation_id = e.id
         ORDER BY v.id DESC LIMIT 1) AS last_kind,
       (SELECT v.note FROM escalation_event v WHERE v.clinic_id = e.clinic_id AND v.escalation_id = e.id
           AND v.note <> '' ORDER BY v.id DESC LIMIT 1) AS last_note,
       k.klass AS klass, k.stage AS stage, k.confirmed_at AS confirmed_at,
       k.received_at AS received_at
  FROM escalation e
  LEFT JOIN service_case k ON k.clinic_id = e.clinic_id AND k.escalation_id = e.id
  LEFT JOIN patient p ON p.id = e.patient_id AND p.clinic_id = e.clinic_id
  LEFT JOIN staff raiser ON raiser.id = e.raised_by AND raiser.clinic_id = e.clinic_id
  LEFT JOIN staff owner ON owner.id = e.owner_staff_id AND owner.clinic_id = e.clinic_id
  LEFT JOIN staff teller ON teller.id = e.told_by AND teller.clinic_id = e.clinic_id
  LEFT JOIN staff phoner ON phoner.id = e.phoning_staff_id AND phoner.clinic_id = e.clinic_id
"""


def card(connection: Connection, clinic_id: int, escalation_id: int) -> Row | None:
    """One escalation with the names the board shows, or None."""
    rows = connection.execute(
        _CARD + " WHERE e.clinic_id = :clinic AND e.id = :id", {"clinic": clinic_id, "id": escalation_id}
    )
    return rows[0] if rows else None


def _narrowed(only: BoardFilter) -> tuple[str, dict[str, object]]:
    """Conditions of what the board is narrowed to, and their values."""
    sql, params = "", dict[str, object]()
    if only.kind is not None:
        sql, params["kind"] = " AND e.kind = :kind", only.kind.value
    if only.owner == NOBODY:
        sql += " AND e.owner_staff_id IS NULL"
    elif only.owner is not None:
        sql, params["owner"] = sql + " AND e.owner_staff_id = :owner", only.owner
    return sql, params


def open_cards(
    connection: Connection, clinic_id: int, limit: int, only: BoardFilter = ALL, concerning: int | None = None
) -> list[Row]:
    """Open escalations, an emergency nobody has taken up first, then by the clock that runs out first; those that the
    board is narrowed to; of a person only what she has or raised."""
    narrowed, params = _narrowed(only)
    if concerning is not None:
        narrowed += " AND (e.owner_staff_id = :concerning OR e.raised_by = :concerning)"
        params["concerning"] = concerning
    return connection.execute(
        _CARD + f" WHERE e.clinic_id = :clinic AND e.status <> 'resolved'{narrowed}"
        # Without a clock last, on both databases: what waits must not push an emergency over the limit.
        " ORDER BY CASE WHEN e.level = :emergency AND e.acknowledged_at IS NULL THEN 0 ELSE 1 END,"
        " e.next_clock_at NULLS LAST, e.id LIMIT :limit",
        {"clinic": clinic_id, "limit": limit, "emergency": Level.EMERGENCY, **params},
    )


def resolved_cards(
    connection: Connection, clinic_id: int, since_ms: int, limit: int, only: BoardFilter = ALL
) -> list[Row]:
    """Escalations resolved since an instant (epoch ms), newest first, those that the board is narrowed to."""
    narrowed, params = _narrowed(only)
    return connection.execute(
        _CARD
        + f""" WHERE e.clinic_id = :clinic AND e.status = 'resolved' AND e.resolved_at >= :since{narrowed}
              ORDER BY e.resolved_at DESC, e.id DESC LIMIT :limit""",
        {"clinic": clinic_id, "since": since_ms, "limit": limit, **params},
    )


def alarm_cards(connection: Connection, clinic_id: int) -> list[Row]:
    """EMERGENCY and SAME_DAY whose patient nobody has spoken to yet: emergencies first, then by their clock."""
    return connection.execute(
        _CARD
        + """ WHERE e.clinic_id = :clinic AND e.status IN ('new', 'acknowledged')
                AND e.status <> 'resolved' AND e.level IN (:emergency, :same_day)
              ORDER BY CASE WHEN e.level = :emergency THEN 0 ELSE 1 END, e.next_clock_at, e.id LIMIT 50""",
        {"clinic": clinic_id, "emergency": Level.EMERGENCY, "same_day": Level.SAME_DAY},
    )


def of_contact(connection: Connection, clinic_id: int, contact_id: int) -> list[Row]:
    """Escalations raised in one contact, oldest first."""
    return connection.execute(
        _CARD + " WHERE e.clinic_id = :clinic AND e.contact_id = :contact ORDER BY e.id",
        {"clinic": clinic_id, "contact": contact_id},
    )


def open_of_patient(connection: Connection, clinic_id: int, patient_id: int) -> list[Row]:
    """Open escalations of one patient, oldest first."""
    return connection.execute(
        _CARD
        + " WHERE e.clinic_id = :clinic AND e.patient_id = :patient AND e.status <> 'resolved' ORDER BY e.id",
        {"clinic": clinic_id, "patient": patient_id},
    )


def add(connection: Connection, values: Mapping[str, object]) -> int:
    """Insert an escalation and return its id."""
    return connection.insert("escalation", values)


def change(connection: Connection, clinic_id: int, escalation_id: int, values: Mapping[str, object]) -> bool:
    """Set columns of an escalation that is not resolved.

    Returns:
        Whether it was still open; nothing is written otherwise.
    """
    columns = ", ".join(f"{name} = :{name}" for name in values)
    return bool(
        connection.changed(
            f"UPDATE escalation SET {columns} WHERE clinic_id = :clinic_id_ AND id = :id_"
            " AND status <> 'resolved'",
            {**values, "clinic_id_": clinic_id, "id_": escalation_id},
        )
    )


def set_caller_number(connection: Connection, clinic_id: int, contact_id: int, number: str) -> None:
    """Give the open escalations of a contact the number it rang from, where none is known."""
    connection.changed(
        "UPDATE escalation SET caller_number = :number WHERE clinic_id = :clinic AND contact_id = :contact"
        " AND status <> 'resolved' AND caller_number IS NULL",
        {"clinic": clinic_id, "contact": contact_id, "number": number},
    )


def lock(connection: Connection, clinic_id: int, escalation_id: int) -> Row | None:
    """The bare row, locked until the transaction ends (on SQLite the write lock is already held)."""
    tail = " FOR UPDATE" if connection.dialect == "postgresql" else ""
    rows = connection.execute(
        f"SELECT * FROM escalation WHERE clinic_id = :clinic AND id = :id{tail}",
        {"clinic": clinic_id, "id": escalation_id},
    )
    return rows[0] if rows else None


def take_phoning(connection: Connection, clinic_id: int, escalation_id: int, staff_id: int) -> bool:
    """Put a person down as the one who phones the doctor, when nobody is yet: the first wins."""
    return bool(
        connection.changed(
            """UPDATE escalation SET phoning_staff_id = :staff
                WHERE clinic_id = :clinic AND id = :id AND phoning_staff_id IS NULL
                  AND status <> 'resolved'""",
            {"clinic": clinic_id, "id": escalation_id, "staff": staff_id},
        )
    )


def add_event(
    connection: Connection,
    *,
    clinic_id: int,
    escalation_id: int,
    kind: str,
    staff_id: int | None,
    at_ms: int,
    note: str = "",
    before: str | None = None,
    after: str | None = None,
) -> int:
    """Append one line to an escalation's story."""
    return connection.insert(
        "escalation_event",
        {
            "clinic_id": clinic_id,
            "escalation_id": escalation_id,
            "kind": kind,
            "staff_id": staff_id,
            "at": at_ms,
            "note": note,
            "before": before,
            "after": after,
        },
    )


def events(connection: Connection, clinic_id: int, escalation_id: int) -> list[Row]:
    """An escalation's story, oldest first."""
    return connection.execute(
        """SELECT v.*, s.name AS staff_name FROM escalation_event v
             LEFT JOIN staff s ON s.id = v.staff_id AND s.clinic_id = v.clinic_id
            WHERE v.clinic_id = :clinic AND v.escalation_id = :id ORDER BY v.id""",
        {"clinic": clinic_id, "id": escalation_id},
    )


def open_items(connection: Connection, clinic_id: int, escalation_id: int) -> list[Row]:
    """Open items of an escalation."""
    return connection.execute(
        """SELECT * FROM item WHERE clinic_id = :clinic AND escalation_id = :id
              AND state IN ('waiting', 'ready', 'leased') ORDER BY id""",
        {"clinic": clinic_id, "id": escalation_id},
    )


def leads(connection: Connection, clinic_id: int) -> list[Row]:
    """Leads still working here, those on duty first: name, phone, login."""
    return connection.execute(
        """SELECT name, phone, login, on_duty, roles FROM staff
            WHERE clinic_id = :clinic AND retired_at IS NULL AND roles LIKE '%"lead"%'
            ORDER BY CASE WHEN on_duty THEN 0 ELSE 1 END, id LIMIT 10""",
        {"clinic": clinic_id},
    )


def last_tick(connection: Connection, clinic_id: int) -> int | None:
    """When a console or the tick command last looked after the clinic, epoch ms."""
    rows = connection.execute("SELECT last_tick_at FROM clinic WHERE id = :clinic", {"clinic": clinic_id})
    return rows[0]["last_tick_at"] if rows else None


def next_clock(row: Mapping[str, object]) -> int | None:
    """The running clock of an escalation that runs out first, epoch ms; None when resolved, or when none runs."""
    if row["status"] == EscalationStatus.RESOLVED:
        return None
    running: list[object] = []
    if row.get("answered_at") is None and row.get("paused_at") is None:
        running.append(row["resolve_by"])
    if row.get("refund_decided_at") is None:
        running.append(row.get("refund_by"))
    if row["acknowledged_at"] is None:
        running.append(row["ack_by"])
    if row["contacted_at"] is None:
        running.append(row["contact_by"])
    return min((clock for clock in running if isinstance(clock, int)), default=None)


def person(connection: Connection, clinic_id: int, staff_id: int) -> Row | None:
    """Name, roles and retirement of a staff member, or None."""
    rows = connection.execute(
        "SELECT id, name, roles, retired_at FROM staff WHERE clinic_id = :clinic AND id = :id",
        {"clinic": clinic_id, "id": staff_id},
    )
    return rows[0] if rows else None


def of_patient(connection: Connection, clinic_id: int, patient_id: int, limit: int = 50) -> list[Row]:
    """Escalations of one patient, open or resolved, newest first."""
    return connection.execute(
        _CARD
        + " WHERE e.clinic_id = :clinic AND e.patient_id = :patient ORDER BY e.raised_at DESC, e.id DESC"
        " LIMIT :limit",
        {"clinic": clinic_id, "patient": patient_id, "limit": limit},
    )
