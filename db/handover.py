"""What is passed on at the end of a shift: open, promised, resting. Raw SQL in a read, each through an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from db.claims import id_list
from db.connect import Connection, Row

MOST: Final = 200
"""Lines of one list; a shift that leaves more has another problem."""

_PATIENT: Final = """LEFT JOIN patient p ON p.id = {of}
             LEFT JOIN patient k ON k.id = COALESCE(p.merged_into, p.id)"""


def promises(connection: Connection, clinic_id: int, staff_id: int | None) -> list[Row]:
    """Open promises, the earliest first: everybody's, or those a person made or has to keep herself."""
    own = "" if staff_id is None else " AND (pr.mine_staff_id = :staff OR pr.made_by = :staff)"
    return connection.execute(
        f"""SELECT pr.id, pr.at, pr.what, k.id AS patient_id, k.name AS patient_name, t.procedure AS procedure,
                  m.name AS mine_name, b.name AS made_name
             FROM promise pr JOIN item i ON i.id = pr.item_id
             LEFT JOIN treatment t ON t.id = i.treatment_id
             {_PATIENT.format(of="pr.patient_id")}
             LEFT JOIN staff m ON m.id = pr.mine_staff_id
             LEFT JOIN staff b ON b.id = pr.made_by
            WHERE pr.clinic_id = :clinic AND pr.status = 'open'{own}
            ORDER BY pr.at, pr.id LIMIT :most""",
        {"clinic": clinic_id, "staff": staff_id, "most": MOST},
    )


def held(connection: Connection, clinic_id: int, staff_id: int | None) -> list[Row]:
    """Calls somebody is in or was cut off from, oldest first."""
    own = "" if staff_id is None else " AND l.staff_id = :staff"
    return connection.execute(
        f"""SELECT l.id, l.stage, l.acquired_at, s.name AS staff_name, k.id AS patient_id,
                  k.name AS patient_name, t.procedure AS procedure
             FROM contact_lease l JOIN staff s ON s.id = l.staff_id
             LEFT JOIN item i ON i.id = l.item_id
             LEFT JOIN treatment t ON t.id = i.treatment_id
             {_PATIENT.format(of="i.patient_id")}
            WHERE l.clinic_id = :clinic AND l.stage <> 'preview'{own}
            ORDER BY l.acquired_at, l.id LIMIT :most""",
        {"clinic": clinic_id, "staff": staff_id, "most": MOST},
    )


def drafts(connection: Connection, clinic_id: int, staff_ids: Sequence[int]) -> list[Row]:
    """Typing of calls that are not saved, of some people, oldest first."""
    names, params = id_list(tuple(staff_ids))
    return connection.execute(
        f"""SELECT d.id, d.status, d.updated_at, s.name AS staff_name, k.id AS patient_id,
                  k.name AS patient_name
             FROM draft d JOIN staff s ON s.id = d.staff_id
             {_PATIENT.format(of="d.patient_id")}
            WHERE d.clinic_id = :clinic AND d.staff_id IN ({names}) AND d.status IN ('open', 'late')
            ORDER BY d.updated_at, d.id LIMIT :most""",
        {**params, "clinic": clinic_id, "most": MOST},
    )


def resting(
    connection: Connection, clinic_id: int, staff_ids: Sequence[int], since: int, now: int
) -> list[Row]:
    """Calls that people tried since an instant, that are still to be made and rest until later."""
    names, params = id_list(tuple(staff_ids))
    return connection.execute(
        f"""SELECT i.id, i.cooling_until, i.milestone, k.id AS patient_id, k.name AS patient_name,
                  t.procedure AS procedure, o.name AS owner_name, s.name AS staff_name,
                  (SELECT a.result FROM attempt a WHERE a.clinic_id = x.clinic_id AND a.contact_id = x.id
                    ORDER BY a.id DESC LIMIT 1) AS result
             FROM (SELECT ci.item_id, MAX(c.id) AS contact_id FROM contact c
                     JOIN contact_item ci ON ci.clinic_id = c.clinic_id AND ci.contact_id = c.id
                    WHERE c.clinic_id = :clinic AND c.staff_id IN ({names}) AND c.started_at >= :since
                    GROUP BY ci.item_id) AS tried
             JOIN contact x ON x.id = tried.contact_id
             JOIN item i ON i.id = tried.item_id
             LEFT JOIN staff s ON s.id = x.staff_id
             LEFT JOIN staff o ON o.id = i.owner_staff_id
             LEFT JOIN treatment t ON t.id = i.treatment_id
             {_PATIENT.format(of="i.patient_id")}
            WHERE i.state = 'waiting' AND i.cooling_until > :now AND i.promise_at IS NULL
            ORDER BY i.cooling_until, i.id LIMIT :most""",
        {**params, "clinic": clinic_id, "since": since, "now": now, "most": MOST},
    )


def pauses(connection: Connection, clinic_id: int, escalation_ids: Sequence[int]) -> dict[int, Row]:
    """Cases among these whose clock stands still: why, and what was noted."""
    if not escalation_ids:
        return {}
    names, params = id_list(tuple(escalation_ids))
    rows = connection.execute(
        f"""SELECT e.id, e.paused_at, k.pause_code, k.pause_note FROM escalation e
             LEFT JOIN service_case k ON k.clinic_id = e.clinic_id AND k.escalation_id = e.id
            WHERE e.clinic_id = :clinic AND e.id IN ({names}) AND e.paused_at IS NOT NULL""",
        {**params, "clinic": clinic_id},
    )
    return {int(row["id"]): row for row in rows}


def working(connection: Connection, clinic_id: int) -> list[int]:
    """Ids of everybody who still works here."""
    rows = connection.execute(
        "SELECT id FROM staff WHERE clinic_id = :clinic AND retired_at IS NULL ORDER BY id",
        {"clinic": clinic_id},
    )
    return [int(row["id"]) for row in rows]
