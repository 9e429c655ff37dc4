"""The statements of one claim, as few as the rules allow: what is asked before, the facts, the contact.

On PostgreSQL those that need no answer of each other travel together; each still sees what the one before it
did. Instants are epoch milliseconds of the database's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from db import drain
from db.claims import ACQUIRE, GROUP_KEY, Holder, acquire, acquiring, id_list
from db.connect import Connection, Row


@dataclass(frozen=True, slots=True)
class Before:
    """What a claim asks before its transaction.

    Args:
        seated: whether the seat is open. due: whether stored places or leases have to be brought up first.
        number: of the policy in force; None without one. sha256: of its document.
    """

    seated: bool
    due: bool
    number: int | None
    sha256: str | None


def before(connection: Connection, clinic_id: int, seat_id: int, now: int) -> Before:
    """The seat, the policy in force and whether anything has to be drained, in one read."""
    row = connection.execute(
        """
        SELECT v.number, v.sha256,
               EXISTS (SELECT 1 FROM seat s WHERE s.clinic_id = :clinic_id AND s.id = :seat_id
                       AND s.closed_at IS NULL) AS seated,
               (SELECT MIN(next_change_at) FROM item WHERE clinic_id = :clinic_id AND next_change_at <= :now
                AND state IN ('waiting', 'ready')) IS NOT NULL AS woken,
               (SELECT MIN(policy_version) FROM item WHERE clinic_id = :clinic_id
                AND state IN ('waiting', 'ready')) < v.number AS stale,
               EXISTS (SELECT 1 FROM contact_lease WHERE clinic_id = :clinic_id AND expires_at <= :now
                       AND stage <> 'cut_off') AS run_out
        FROM (SELECT 1 AS one) AS alone LEFT JOIN (
            SELECT number, sha256 FROM policy_version WHERE clinic_id = :clinic_id
            ORDER BY number DESC LIMIT 1) AS v ON TRUE
        """,
        {"clinic_id": clinic_id, "seat_id": seat_id, "now": now},
    )[0]
    due = any(bool(row[name]) for name in ("woken", "stale", "run_out"))
    return Before(bool(row["seated"]), due, row["number"], row["sha256"])


_OPEN: Final = """i.patient_id = :patient_id AND i.state IN ('waiting', 'ready')
          AND (i.earliest_at <= :at OR i.promise_at IS NOT NULL)"""

_AROUND: Final = """,
               (SELECT 1 FROM patient o WHERE o.clinic_id = i.clinic_id AND o.group_id = i.group_id
                AND o.id <> i.patient_id LIMIT 1) AS shared,
               (SELECT 1 FROM patient q CROSS JOIN phone f CROSS JOIN phone g CROSS JOIN patient o
                WHERE q.clinic_id = i.clinic_id AND q.group_id = i.group_id
                  AND f.clinic_id = q.clinic_id AND f.patient_id = q.id AND f.status <> 'dead'
                  AND g.clinic_id = f.clinic_id AND g.e164 = f.e164 AND g.status <> 'dead'
                  AND o.clinic_id = g.clinic_id AND o.id = g.patient_id AND o.group_id <> q.group_id
                LIMIT 1) AS apart"""
"""Columns: whether other patients are in the item's group; whether the group has been left apart from another
(`patients.unjoined`)."""

_READ: Final = drain.facts_sql(_OPEN, cut_off_held=False, more=_AROUND)
_LOCK: Final = f"""SELECT i.id FROM item i WHERE i.clinic_id = :clinic_id AND {_OPEN}
          AND pg_try_advisory_xact_lock({GROUP_KEY}) ORDER BY i.id FOR UPDATE SKIP LOCKED"""


@dataclass(frozen=True, slots=True)
class OpenItems:
    """A patient's open items that have come to their time, locked until the end of the transaction.

    Args:
        rows: as the facts statement gives them, by id; empty when somebody else is changing the group's lease.
        shared: whether other patients are in the group.
        apart: whether the group shares a number with another one, see `patients.unjoined`.
    """

    rows: tuple[Row, ...]
    shared: bool
    apart: bool


def lock_and_read(
    connection: Connection, clinic_id: int, group_id: int, patient_id: int, now: int
) -> OpenItems:
    """Try the group's lock (`claims.try_lock`) and the items' (`drain.lock_open`), and read their facts.

    Nothing is waited for; rows that somebody else is changing are left out.
    """
    params = {"clinic_id": clinic_id, "group_id": group_id, "patient_id": patient_id, "at": now}
    if connection.dialect == "sqlite":
        rows = connection.execute(_READ, {**params})
    else:
        # Read by a statement after that which took the locks, so that nothing older is seen.
        locked, rows = connection.execute_all([(_LOCK, params), (_READ, params)])
        mine = {row["id"] for row in locked}
        rows = [row for row in rows if row["id"] in mine]
    return OpenItems(tuple(rows), any(row["shared"] for row in rows), any(row["apart"] for row in rows))


def take(
    connection: Connection,
    holder: Holder,
    group_id: int,
    item_id: int | None,
    contact: Mapping[str, object],
    item_ids: tuple[int, ...],
    now: int,
    ttl: int,
) -> tuple[int, int] | None:
    """Lease a contact group, mark its open items as being worked and open the contact that works them.

    Args:
        connection: inside a unit of work that holds the group's lock.
        holder: who asks.
        group_id: the contact group.
        item_id: the item the contact is about; None for an incoming call.
        contact: the contact's columns, but for its lease's token.
        item_ids: its items, locked, in the order they are worked.
        now: epoch milliseconds.
        ttl: milliseconds until the lease runs out without a heartbeat.

    Returns:
        The lease's token and the contact's id; None when somebody else holds the group, and nothing is written.
    """
    row = {"clinic_id": holder.clinic_id, **contact}
    names, ids = id_list(item_ids)
    mark = (
        f"UPDATE item SET state = 'leased' WHERE clinic_id = :clinic_id AND id IN ({names}) "
        "AND state IN ('ready', 'waiting')"
    )
    if connection.dialect == "postgresql":
        lease = acquiring(holder, group_id, item_id, now, ttl)
        rows = connection.execute(_in_one(tuple(row), tuple(ids), mark), {**lease, **row, **ids})
        return (int(rows[0]["lease_token"]), int(rows[0]["id"])) if rows else None
    token = acquire(connection, holder, group_id, item_id, now, ttl)
    if token is None:
        return None
    if item_ids:
        connection.changed(mark, {"clinic_id": holder.clinic_id, **ids})
    contact_id = connection.insert("contact", {**row, "lease_token": token})
    connection.insert_many(
        "contact_item",
        [{"clinic_id": holder.clinic_id, "contact_id": contact_id, "item_id": one} for one in item_ids],
    )
    return token, contact_id


@lru_cache(maxsize=64)
def _in_one(columns: tuple[str, ...], items: tuple[str, ...], mark: str) -> str:
    """For PostgreSQL all of it as one statement, which writes nothing when the lease is not to be had."""
    entries = " UNION ALL ".join(
        f"SELECT {at} AS at, CAST(:{name} AS BIGINT) AS item_id" for at, name in enumerate(items)
    )
    worked = f""",
        worked AS (INSERT INTO contact_item (clinic_id, contact_id, item_id)
                   SELECT :clinic_id, fresh.id, one.item_id FROM fresh CROSS JOIN ({entries}) AS one
                   ORDER BY one.at),
        marked AS ({mark} AND EXISTS (SELECT 1 FROM won))"""
    return f"""
        WITH won AS ({ACQUIRE}),
        fresh AS (INSERT INTO contact (lease_token, {", ".join(columns)})
                  SELECT won.token, {", ".join(f":{name}" for name in columns)} FROM won
                  RETURNING id, lease_token){worked if items else ""}
        SELECT id, lease_token FROM fresh"""
