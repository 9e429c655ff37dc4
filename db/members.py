"""Who the clock looks for: today's birthdays of members, visitors nobody tracks any more. Raw SQL, in pages.

Each query pages along a primary key and is meant for once a day, a week or a month.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from db.connect import Connection, Row
from db.patients import in_list


def with_birthday(
    connection: Connection, clinic_id: int, born: Sequence[date], after: int, limit: int
) -> list[int]:
    """Ids of living members born on one of some days, ascending after one."""
    if not born:
        return []
    marks, params = in_list("b", born)
    rows = connection.execute(
        f"SELECT id FROM patient WHERE +clinic_id = :clinic AND id > :after AND born_on IN ({marks})"
        " AND member_tier IS NOT NULL AND member_tier <> '' AND deceased_on IS NULL AND NOT legal_hold"
        " AND merged_into IS NULL"
        " ORDER BY id LIMIT :limit",
        params | {"clinic": clinic_id, "after": after, "limit": limit},
    )
    return [int(row["id"]) for row in rows]


def locked_patients(connection: Connection, clinic_id: int, patient_ids: Sequence[int]) -> list[Row]:
    """Some patients' rows by id, theirs alone until the transaction ends."""
    if not patient_ids:
        return []
    # Not FOR UPDATE: a claim that writes its contact would wait for it, and it for the claim.
    tail = " FOR NO KEY UPDATE" if connection.dialect == "postgresql" else ""
    marks, params = in_list("i", patient_ids)
    return connection.execute(
        f"SELECT * FROM patient WHERE +clinic_id = :clinic AND id IN ({marks}) ORDER BY id{tail}",
        params | {"clinic": clinic_id},
    )


def goes_on(connection: Connection, clinic_id: int, patient_id: int) -> int:
    """The record a patient goes on in: her own, or the one it was merged into.

    Inside a unit of work nobody merges it until the transaction ends, so what is written lands where she is.
    """
    share = " FOR SHARE" if connection.dialect == "postgresql" and connection.in_unit else ""
    rows = connection.execute(
        f"SELECT merged_into FROM patient WHERE clinic_id = :clinic AND id = :id{share}",
        {"clinic": clinic_id, "id": patient_id},
    )
    return int(rows[0]["merged_into"] or patient_id) if rows else patient_id


def have_item(
    connection: Connection,
    clinic_id: int,
    patient_ids: Sequence[int],
    milestone: str,
    since: date,
    *,
    or_open: bool = True,
) -> set[int]:
    """Patients who have an item of a milestone that was due on a day or later, or is open at all."""
    if not patient_ids:
        return set()
    marks, params = in_list("p", patient_ids)
    opened = " OR state IN ('waiting', 'ready', 'leased')" if or_open else ""
    rows = connection.execute(
        f"SELECT DISTINCT patient_id FROM item WHERE clinic_id = :clinic AND patient_id IN ({marks})"
        f" AND milestone = :milestone AND (due_on >= :since{opened})",
        params | {"clinic": clinic_id, "milestone": milestone, "since": since},
    )
    return {int(row["patient_id"]) for row in rows}


def visits_left(
    connection: Connection,
    clinic_id: int,
    kind: str,
    *,
    first: date,
    last: date,
    milestone: str,
    after: int,
    limit: int,
) -> list[Row]:
    """Visits of a kind between two days that led nowhere: nothing open, nothing after, no such item yet.

    Args:
        connection; clinic_id; kind of the visits. first, last: days of the visits, both included.
        milestone: code of the item that marks a visit as taken up. after: id to go on from, 0 at first.
        limit: how many at most.

    Returns:
        Rows of `visit`, by id.
    """
    return connection.execute(
        """SELECT v.* FROM visit v JOIN patient p ON p.id = v.patient_id
            WHERE +v.clinic_id = :clinic AND v.id > :after AND v.kind = :kind
              AND v.visited_on BETWEEN :first AND :last AND p.deceased_on IS NULL
              AND NOT EXISTS (SELECT 1 FROM item i
                    WHERE i.clinic_id = :clinic AND i.patient_id = v.patient_id
                      AND i.visit_id = v.id AND (i.milestone = :milestone
                       OR i.state IN ('waiting', 'ready', 'leased')
                       OR (i.state = 'cancelled'
                           AND i.close_reason IN ('converted', 'arrived', 'booking_cancelled', 'opted_out'))))
              AND NOT EXISTS (SELECT 1 FROM treatment t
                    WHERE t.clinic_id = :clinic AND t.patient_id = v.patient_id
                      AND t.performed_on >= v.visited_on AND t.superseded_at IS NULL)
              AND NOT EXISTS (SELECT 1 FROM visit w
                    WHERE w.clinic_id = :clinic AND w.patient_id = v.patient_id AND w.id <> v.id
                      AND w.visited_on >= v.visited_on)
            ORDER BY v.id LIMIT :limit""",
        {
            "clinic": clinic_id,
            "after": after,
            "kind": kind,
            "first": first,
            "last": last,
            "milestone": milestone,
            "limit": limit,
        },
    )


def consultants(connection: Connection, clinic_id: int) -> dict[str, int]:
    """Who works as a consultant, by name; of two with one name neither."""
    rows = connection.execute(
        "SELECT id, name, roles FROM staff WHERE clinic_id = :clinic AND retired_at IS NULL ORDER BY id",
        {"clinic": clinic_id},
    )
    found: dict[str, list[int]] = {}
    for row in rows:
        if '"consultant"' in str(row["roles"]):
            found.setdefault(str(row["name"]).strip(), []).append(int(row["id"]))
    return {name: ids[0] for name, ids in found.items() if len(ids) == 1}
