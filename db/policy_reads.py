"""What a preview of another policy, a recompute in small steps and the closure warning read. Raw SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from db.claims import id_list
from db.connect import Connection, Row

CAP: Final = 1000
"""Counts of the board stop here; the screen then says 999+."""

START: Final = (-1, 0)
"""A place before every item of `waking`."""


def open_count(connection: Connection, clinic_id: int) -> int:
    """How many items wait or are ready, counted through: an index entry each, for a command and a preview."""
    rows = connection.execute(
        "SELECT COUNT(*) AS n FROM item WHERE clinic_id = :clinic AND state IN ('waiting', 'ready')",
        {"clinic": clinic_id},
    )
    return int(rows[0]["n"])


def stale_count(connection: Connection, clinic_id: int, version: int, cap: int = CAP) -> int:
    """How many open items were placed by an older policy, at most `cap`."""
    rows = connection.execute(
        "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM item WHERE clinic_id = :clinic"
        # The order keeps PostgreSQL to the index: it hopes to meet so many rows sooner in the table.
        " AND policy_version < :version AND state IN ('waiting', 'ready')"
        " ORDER BY policy_version, id LIMIT :cap) AS capped",
        {"clinic": clinic_id, "version": version, "cap": cap},
    )
    return int(rows[0]["n"])


def waking(
    connection: Connection, clinic_id: int, after: tuple[int, int], limit: int
) -> list[tuple[int, int]]:
    """Open items in the order in which something about them changes next.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        after: next change (epoch ms) and id of the last one read; START for the first.
        limit: rows at most.

    Returns:
        Next change and id of each.
    """
    rows = connection.execute(
        "SELECT next_change_at, id FROM item WHERE clinic_id = :clinic AND next_change_at >= :moment"
        " AND (next_change_at > :moment OR id > :id) AND state IN ('waiting', 'ready')"
        " ORDER BY next_change_at, id LIMIT :limit",
        {"clinic": clinic_id, "moment": after[0], "id": after[1], "limit": limit},
    )
    return [(int(row["next_change_at"]), int(row["id"])) for row in rows]


def still(connection: Connection, clinic_id: int, after: int, limit: int) -> list[int]:
    """Open items about which nothing changes by itself, ascending after an id."""
    rows = connection.execute(
        "SELECT id FROM item WHERE clinic_id = :clinic AND id > :after AND next_change_at IS NULL"
        " AND state IN ('waiting', 'ready') ORDER BY id LIMIT :limit",
        {"clinic": clinic_id, "after": after, "limit": limit},
    )
    return [int(row["id"]) for row in rows]


def lock_stale(
    connection: Connection, clinic_id: int, item_ids: Iterable[int], version: int
) -> tuple[int, ...]:
    """Those of some items that an older policy placed, locked for this transaction.

    Rows that another console is changing are left to it.
    """
    wanted = tuple(sorted(set(item_ids)))
    if not wanted:
        return ()
    names, params = id_list(wanted)
    sql = (
        f"SELECT id FROM item WHERE +clinic_id = :clinic AND id IN ({names})"
        " AND policy_version < :version AND state IN ('waiting', 'ready') ORDER BY id"
    )
    if connection.dialect == "postgresql":
        sql += " FOR UPDATE SKIP LOCKED"
    rows = connection.execute(sql, {"clinic": clinic_id, "version": version, **params})
    return tuple(int(row["id"]) for row in rows)


def safety_on(connection: Connection, clinic_id: int, days: Sequence[date], limit: int) -> list[Row]:
    """Open safety calls that are due on some days, the earliest first, with name and procedure.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        days: clinic days, at least one.
        limit: rows at most.
    """
    names, params = _days(days)
    return connection.execute(
        f"""SELECT i.id, i.patient_id, i.milestone, i.due_on, i.deadline_at, i.passes_windows,
                   p.name AS patient_name, t.procedure AS procedure
              FROM item i JOIN patient p ON p.id = i.patient_id AND p.clinic_id = i.clinic_id
              LEFT JOIN treatment t ON t.id = i.treatment_id AND t.clinic_id = i.clinic_id
             WHERE i.clinic_id = :clinic AND i.klass = 'safety' AND i.due_on IN ({names})
               AND i.state IN ('waiting', 'ready', 'leased')
             ORDER BY i.due_on, i.id LIMIT :limit""",
        {"clinic": clinic_id, "limit": limit, **params},
    )


def safety_count(connection: Connection, clinic_id: int, days: Sequence[date]) -> int:
    """How many open safety calls are due on some days, capped."""
    names, params = _days(days)
    rows = connection.execute(
        f"""SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM item WHERE clinic_id = :clinic
               AND klass = 'safety' AND due_on IN ({names})
               AND state IN ('waiting', 'ready', 'leased') LIMIT :cap) AS capped""",
        {"clinic": clinic_id, "cap": CAP, **params},
    )
    return int(rows[0]["n"])


def _days(days: Sequence[date]) -> tuple[str, dict[str, object]]:
    params: dict[str, object] = {f"day{number}": day for number, day in enumerate(days)}
    return ", ".join(f":{name}" for name in params), params
