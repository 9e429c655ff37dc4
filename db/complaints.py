"""Complaints and service requests beside their escalations: raw SQL, in a unit of work or a read."""

from __future__ import annotations

from collections.abc import Mapping

from db.claims import id_list
from db.connect import Connection, Row

STEPS = frozenset(("COMPLAINT_REPLY", "REQUEST_REPLY", "CASE_PROGRESS", "RESULT_TOLD", "CASE_SATISFACTION"))
"""Milestones of items that stand for a step of a case."""

_AT_ONCE = 200
"""Most rows one look takes; the next look takes the next ones."""


def add(connection: Connection, values: Mapping[str, object]) -> int:
    """Insert a case's row and return its id."""
    return connection.insert("service_case", values)


def case(connection: Connection, clinic_id: int, escalation_id: int) -> Row | None:
    """A case's own row, with the names of everybody it names; None of a clinical one."""
    rows = connection.execute(
        """SELECT k.*, a.name AS confirmed_name, b.name AS investigator_name, c.name AS replied_name,
                  d.name AS solved_name, f.name AS answered_name, g.name AS surveyed_name
             FROM service_case k
             LEFT JOIN staff a ON a.id = k.confirmed_by AND a.clinic_id = k.clinic_id
             LEFT JOIN staff b ON b.id = k.investigator_id AND b.clinic_id = k.clinic_id
             LEFT JOIN staff c ON c.id = k.replied_by AND c.clinic_id = k.clinic_id
             LEFT JOIN staff d ON d.id = k.solved_by AND d.clinic_id = k.clinic_id
             LEFT JOIN staff f ON f.id = k.answered_by AND f.clinic_id = k.clinic_id
             LEFT JOIN staff g ON g.id = k.surveyed_by AND g.clinic_id = k.clinic_id
            WHERE k.clinic_id = :clinic AND k.escalation_id = :id""",
        {"clinic": clinic_id, "id": escalation_id},
    )
    return rows[0] if rows else None


def change(connection: Connection, clinic_id: int, escalation_id: int, values: Mapping[str, object]) -> None:
    """Set columns of a case's row."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    connection.changed(
        f"UPDATE service_case SET {columns} WHERE clinic_id = :clinic_id_ AND escalation_id = :id_",
        {**values, "clinic_id_": clinic_id, "id_": escalation_id},
    )


def reopen(connection: Connection, clinic_id: int, escalation_id: int, values: Mapping[str, object]) -> None:
    """Set columns of an escalation whether it is resolved or not: the one way back."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    connection.changed(
        f"UPDATE escalation SET {columns} WHERE clinic_id = :clinic_id_ AND id = :id_",
        {**values, "clinic_id_": clinic_id, "id_": escalation_id},
    )


_CLOSED = """state = 'done', close_reason = 'case_step', closed_at = :now, next_change_at = NULL,
                  cooling_until = NULL"""
_FREE = "state IN ('waiting', 'ready') AND promise_at IS NULL"


def close_steps(
    connection: Connection, clinic_id: int, escalation_id: int, milestones: tuple[str, ...], now: int
) -> None:
    """Close a case's items of some steps; not one somebody works, also since a moment ago, nor one she was promised
    a time for.

    Args:
        connection: inside a unit of work. clinic_id: the clinic. escalation_id: the case.
        milestones: of `STEPS`. now: epoch ms.
    """
    names, params = id_list(milestones)
    connection.changed(
        f"""UPDATE item SET {_CLOSED}
             WHERE clinic_id = :clinic AND escalation_id = :case AND milestone IN ({names}) AND {_FREE}""",
        {"clinic": clinic_id, "case": escalation_id, "now": now, **params},
    )


def close_moot(connection: Connection, clinic_id: int, item_ids: tuple[int, ...], now: int) -> frozenset[int]:
    """Close steps that were done, or are not due any more, while somebody worked their items; one she was promised
    a time for stays.

    Args:
        connection: inside a unit of work.
        clinic_id: the clinic.
        item_ids: items of `STEPS` that nobody works now.
        now: epoch ms.

    Returns:
        Which were closed.
    """
    names, params = id_list(item_ids)
    rows = connection.execute(
        f"""UPDATE item SET {_CLOSED}
            WHERE clinic_id = :clinic AND id IN ({names}) AND {_FREE} AND EXISTS (
                SELECT 1 FROM service_case k
                  JOIN escalation e ON e.clinic_id = k.clinic_id AND e.id = k.escalation_id
                 WHERE k.clinic_id = item.clinic_id AND k.escalation_id = item.escalation_id
                   AND (e.status = 'resolved' OR CASE item.milestone
                        WHEN 'COMPLAINT_REPLY' THEN k.replied_at IS NOT NULL
                        WHEN 'REQUEST_REPLY' THEN k.replied_at IS NOT NULL
                        WHEN 'CASE_PROGRESS' THEN k.solved_at IS NOT NULL
                        WHEN 'RESULT_TOLD' THEN k.solved_at IS NULL OR e.answered_at IS NOT NULL
                        WHEN 'CASE_SATISFACTION' THEN e.answered_at IS NULL OR k.surveyed_at IS NOT NULL
                        ELSE FALSE END))
            RETURNING id""",
        {"clinic": clinic_id, "now": now, **params},
    )
    return frozenset(int(row["id"]) for row in rows)


def add_round(connection: Connection, values: Mapping[str, object]) -> int:
    """Keep a case's round that is over."""
    return connection.insert("case_round", values)


def rounds(connection: Connection, clinic_id: int, escalation_id: int) -> list[Row]:
    """Earlier rounds of a case, the first on top."""
    return connection.execute(
        "SELECT * FROM case_round WHERE clinic_id = :clinic AND escalation_id = :id ORDER BY number",
        {"clinic": clinic_id, "id": escalation_id},
    )


def add_entry(connection: Connection, values: Mapping[str, object]) -> int:
    """Append something told, asked for or owed."""
    return connection.insert("case_entry", values)


def entries(connection: Connection, clinic_id: int, escalation_id: int) -> list[Row]:
    """Everything told, asked for or owed in a case, oldest first, with the names of who wrote it down."""
    return connection.execute(
        """SELECT n.*, a.name AS staff_name, b.name AS done_name FROM case_entry n
             LEFT JOIN staff a ON a.id = n.staff_id AND a.clinic_id = n.clinic_id
             LEFT JOIN staff b ON b.id = n.done_by AND b.clinic_id = n.clinic_id
            WHERE n.clinic_id = :clinic AND n.escalation_id = :id ORDER BY n.id""",
        {"clinic": clinic_id, "id": escalation_id},
    )


def finish_entry(
    connection: Connection, clinic_id: int, escalation_id: int, entry_id: int, values: Mapping[str, object]
) -> bool:
    """Set what became of something asked for or owed; False when that was set already, or it is of another case."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    return bool(
        connection.changed(
            f"UPDATE case_entry SET {columns} WHERE clinic_id = :clinic_id_ AND escalation_id = :case_"
            " AND id = :id_ AND done_at IS NULL",
            {**values, "clinic_id_": clinic_id, "case_": escalation_id, "id_": entry_id},
        )
    )


def add_remedy(connection: Connection, values: Mapping[str, object]) -> int:
    """Insert a proposal and return its id."""
    return connection.insert("remedy", values)


def remedies(connection: Connection, clinic_id: int, escalation_id: int) -> list[Row]:
    """Everything proposed in a case, oldest first, with the names of who proposed and decided."""
    return connection.execute(
        """SELECT r.*, a.name AS proposed_name, b.name AS decided_name FROM remedy r
             LEFT JOIN staff a ON a.id = r.proposed_by AND a.clinic_id = r.clinic_id
             LEFT JOIN staff b ON b.id = r.decided_by AND b.clinic_id = r.clinic_id
            WHERE r.clinic_id = :clinic AND r.escalation_id = :id ORDER BY r.id""",
        {"clinic": clinic_id, "id": escalation_id},
    )


def decide_remedy(
    connection: Connection, clinic_id: int, remedy_id: int, values: Mapping[str, object]
) -> bool:
    """Set a decision; False when there is one already."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    return bool(
        connection.changed(
            f"UPDATE remedy SET {columns} WHERE clinic_id = :clinic_id_ AND id = :id_ AND decided_at IS NULL",
            {**values, "clinic_id_": clinic_id, "id_": remedy_id},
        )
    )


def unanswered(connection: Connection, clinic_id: int) -> list[Row]:
    """Ids of open complaints and requests whose customer has no answer, and for whom the clinic does not wait; those
    whose clock runs out first, a thousand at most.
    """
    return connection.execute(
        """SELECT e.id FROM escalation e
            WHERE e.clinic_id = :clinic AND e.status <> 'resolved' AND e.kind <> 'clinical'
              AND e.answered_at IS NULL AND e.paused_at IS NULL
            ORDER BY e.next_clock_at, e.id LIMIT 1000""",
        {"clinic": clinic_id},
    )


def long_paused(connection: Connection, clinic_id: int, since: int) -> list[Row]:
    """Ids of open complaints whose answer waits for the customer since an instant or longer; at most 1000.

    Args:
        connection: for reading. clinic_id: the clinic. since: epoch ms.
    """
    return connection.execute(
        """SELECT id FROM escalation
            WHERE clinic_id = :clinic AND status <> 'resolved' AND kind = 'complaint' AND answered_at IS NULL
              AND paused_at IS NOT NULL AND paused_at <= :since
            ORDER BY paused_at, id LIMIT 1000""",
        {"clinic": clinic_id, "since": since},
    )


def alerts_due(connection: Connection, clinic_id: int, now: int) -> tuple[int, ...]:
    """Cases whose refund nobody has decided on the day of its alert, and whom nobody was alerted of yet.

    Args:
        connection: for reading.
        clinic_id: the clinic.
        now: epoch ms.
    """
    rows = connection.execute(
        """SELECT id FROM escalation WHERE clinic_id = :clinic AND refund_alert_at IS NOT NULL
              AND refund_alerted_at IS NULL AND refund_decided_at IS NULL AND refund_alert_at <= :now
              AND status <> 'resolved'
            ORDER BY refund_alert_at, id LIMIT :limit""",
        {"clinic": clinic_id, "now": now, "limit": _AT_ONCE},
    )
    return tuple(int(row["id"]) for row in rows)
