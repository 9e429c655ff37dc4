"""Leases: the exclusive, expiring right to work one contact group, written once for both databases.

A lease row exists only while somebody holds the group or was cut off from it; a released group has none. The
token is random, so a token of an earlier lease never matches a later one. Everything here runs inside an open
unit of work; instants are epoch milliseconds of the database's clock (`db.anchor`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from db.connect import Connection, Row
from db.enums import LeaseStage
from db.errors import StaleLease

_TOKEN_BITS: Final = 62
"""Bits of a token: BIGINT without its sign, one to spare."""

_LEFT: Final = """({0}.expires_at <= :left_since OR NOT EXISTS (
    SELECT 1 FROM staff o WHERE o.id = {0}.staff_id AND o.on_duty))"""
"""Condition on a cut-off lease: its owner has not come back to it in time, or is off duty."""

FREE: Final = (
    """COALESCE((
    SELECT FALSE FROM contact_lease l
    WHERE l.clinic_id = i.clinic_id AND l.group_id = i.group_id
      AND (l.expires_at > :now OR l.stage <> 'preview')
      AND NOT (l.stage = 'cut_off' AND (l.staff_id = :staff_id OR (:is_lead AND """
    + _LEFT.format("l")
    + """)))
    LIMIT 1), TRUE)"""
)
"""Condition on `item i`: nobody keeps its group from :staff_id at :now. A call in which dialling has begun
stays its owner's after the lease ran out; a lead (:is_lead) may take it up once it ran out by :left_since or
the owner is off duty, nobody else ever.

A subquery with LIMIT, because PostgreSQL would turn NOT EXISTS into a join that reads whole tables. COALESCE,
because of IS NULL it expects one row in two hundred: it would read and sort a whole lane to find fifty.
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who takes a lease: the person, the seat, and whether the active role is lead.

    A lead may take up a colleague's cut-off call that ran out by `left_since`, epoch milliseconds, or whose
    owner is off duty.
    """

    clinic_id: int
    staff_id: int
    seat_id: int
    is_lead: bool = False
    left_since: int = 0


GROUP_KEY: Final = "(CAST(:clinic_id AS BIGINT) << 44) # CAST(:group_id AS BIGINT)"
"""Key of the advisory lock of :group_id on PostgreSQL."""


def lock(connection: Connection, clinic_id: int, group_id: int) -> None:
    """Take the group's lock until the end of the transaction, waiting for it.

    Everything that changes a lease takes it first, so lease and items are always locked in the same order.
    """
    if connection.dialect == "postgresql":
        connection.execute(
            f"SELECT pg_advisory_xact_lock({GROUP_KEY})", {"clinic_id": clinic_id, "group_id": group_id}
        )


def try_lock(connection: Connection, clinic_id: int, group_id: int) -> bool:
    """Take the group's lock until the end of the transaction, without waiting.

    On SQLite the write transaction itself is that lock.

    Returns:
        Whether nobody else is changing the group's lease at this moment.
    """
    if connection.dialect == "sqlite":
        return True
    rows = connection.execute(
        f"SELECT pg_try_advisory_xact_lock({GROUP_KEY}) AS got",
        {"clinic_id": clinic_id, "group_id": group_id},
    )
    return bool(rows[0]["got"])


ACQUIRE: Final = f"""
        INSERT INTO contact_lease
            (clinic_id, group_id, item_id, staff_id, seat_id, token, stage, acquired_at, expires_at)
        VALUES (:clinic_id, :group_id, :item_id, :staff_id, :seat_id, :token, 'preview', :now, :expires_at)
        ON CONFLICT (clinic_id, group_id) DO UPDATE SET
            item_id = excluded.item_id, staff_id = excluded.staff_id, seat_id = excluded.seat_id,
            token = excluded.token, stage = 'preview',
            acquired_at = excluded.acquired_at, expires_at = excluded.expires_at
        WHERE (contact_lease.stage = 'preview' AND contact_lease.expires_at <= :now)
           OR (contact_lease.stage = 'cut_off'
               AND (contact_lease.staff_id = :staff_id
                    OR (:is_lead AND {_LEFT.format("contact_lease")})))
        RETURNING token"""
"""Leases a contact group if it is free; gives no row if somebody else holds it. Parameters: `acquiring`."""


def acquiring(holder: Holder, group_id: int, item_id: int | None, now: int, ttl: int) -> dict[str, object]:
    """Parameters of `ACQUIRE`, with a fresh token; see `acquire`."""
    return {
        "clinic_id": holder.clinic_id,
        "group_id": group_id,
        "item_id": item_id,
        "staff_id": holder.staff_id,
        "seat_id": holder.seat_id,
        "is_lead": holder.is_lead,
        "left_since": holder.left_since,
        "token": secrets.randbits(_TOKEN_BITS),
        "now": now,
        "expires_at": now + ttl,
    }


def acquire(
    connection: Connection, holder: Holder, group_id: int, item_id: int | None, now: int, ttl: int
) -> int | None:
    """Lease a contact group, if it is free.

    Args:
        connection: inside a unit of work.
        holder: who asks.
        group_id: the contact group.
        item_id: the item the contact is about; None for an incoming call.
        now: epoch milliseconds.
        ttl: milliseconds until it runs out without a heartbeat.

    Returns:
        The lease's token, or None when somebody else holds the group.
    """
    rows = connection.execute(ACQUIRE, acquiring(holder, group_id, item_id, now, ttl))
    return int(rows[0]["token"]) if rows else None


def held_by_others(connection: Connection, holder: Holder, group_id: int, now: int) -> bool:
    """Whether somebody keeps a group from this person: what `acquire` would say, without taking it."""
    rows = connection.execute(
        f"SELECT staff_id, stage, expires_at, CASE WHEN {_LEFT.format('contact_lease')} THEN 1 ELSE 0 END AS was_left "
        "FROM contact_lease WHERE clinic_id = :clinic_id AND group_id = :group_id",
        {"clinic_id": holder.clinic_id, "group_id": group_id, "left_since": holder.left_since},
    )
    return any(
        (row["stage"] != LeaseStage.PREVIEW or row["expires_at"] > now)
        and not (
            row["stage"] == LeaseStage.CUT_OFF
            and (row["staff_id"] == holder.staff_id or (holder.is_lead and row["was_left"]))
        )
        for row in rows
    )


def cut_off(connection: Connection, clinic_id: int, group_id: int) -> bool:
    """Whether a call to somebody of a group broke off and has not been taken up again."""
    return bool(
        connection.execute(
            "SELECT 1 AS one FROM contact_lease WHERE clinic_id = :clinic_id AND group_id = :group_id "
            f"AND stage = '{LeaseStage.CUT_OFF}'",
            {"clinic_id": clinic_id, "group_id": group_id},
        )
    )


def take_items(connection: Connection, clinic_id: int, item_ids: tuple[int, ...]) -> tuple[int, ...]:
    """Mark open items as being worked.

    Returns:
        The ids that were still waiting or ready and are leased now.
    """
    if not item_ids:
        return ()
    names, params = id_list(item_ids)
    rows = connection.execute(
        f"UPDATE item SET state = 'leased' WHERE clinic_id = :clinic_id AND id IN ({names}) "
        "AND state IN ('ready', 'waiting') RETURNING id",
        {"clinic_id": clinic_id, **params},
    )
    return tuple(sorted(int(row["id"]) for row in rows))


def renew(
    connection: Connection, clinic_id: int, group_id: int, token: int, now: int, ttl: int
) -> LeaseStage:
    """Heartbeat: push the lease's end to `now + ttl`.

    A lease that ran out and was taken by nobody is still its owner's, so a heartbeat that comes back after an
    outage revives it; a call that was marked cut off is connected again.

    Returns:
        The stage before the heartbeat.

    Raises:
        StaleLease: the lease was released, given back or taken by somebody else.
    """
    before = held(
        connection,
        clinic_id,
        group_id,
        token,
        "UPDATE contact_lease SET expires_at = :expires_at, "
        "stage = CASE WHEN stage = 'cut_off' THEN 'connected' ELSE stage END",
        {"expires_at": now + ttl},
    )
    return LeaseStage(before["stage"])


def set_stage(
    connection: Connection, clinic_id: int, group_id: int, token: int, stage: LeaseStage, now: int, ttl: int
) -> None:
    """Move a lease to another stage, with a fresh end.

    Raises:
        StaleLease: the lease is no longer this token's.
    """
    held(
        connection,
        clinic_id,
        group_id,
        token,
        "UPDATE contact_lease SET stage = :stage, expires_at = :expires_at",
        {"stage": stage, "expires_at": now + ttl},
    )


_THIS_LEASE: Final = "WHERE clinic_id = :clinic_id AND group_id = :group_id AND token = :token"


def held(
    connection: Connection,
    clinic_id: int,
    group_id: int,
    token: int,
    change: str | None = None,
    values: Mapping[str, object] | None = None,
) -> Row:
    """The lease with that token, its group locked until the end of the transaction: how every save begins.

    Args:
        connection: inside a unit of work. clinic_id, group_id, token: the lease.
        change: UPDATE or DELETE, without WHERE, that is done to the lease along with the look at it.
        values: its parameters.

    Returns:
        The lease as it was before.

    Raises:
        StaleLease: the lease is no longer this token's.
    """
    key = {"clinic_id": clinic_id, "group_id": group_id, "token": token}
    steps: list[tuple[str, Mapping[str, object]]] = []
    if connection.dialect == "postgresql":
        steps.append((f"SELECT pg_advisory_xact_lock({GROUP_KEY})", key))
    steps.append((f"SELECT * FROM contact_lease {_THIS_LEASE}", key))
    if change is not None:
        steps.append((f"{change} {_THIS_LEASE}", {**key, **(values or {})}))
    answers = connection.execute_all(steps)
    rows = answers[0 if connection.dialect == "sqlite" else 1]
    if not rows:
        raise StaleLease("lease_stale")
    return rows[0]


def release(connection: Connection, clinic_id: int, group_id: int, token: int) -> tuple[int, ...]:
    """End a lease and give its open items back.

    Returns:
        The items that were leased and are ready again; the caller places them anew in the same transaction.

    Raises:
        StaleLease: the lease is no longer this token's.
    """
    held(connection, clinic_id, group_id, token, "DELETE FROM contact_lease")
    return give_back(connection, clinic_id, group_id)


def give_back(connection: Connection, clinic_id: int, group_id: int) -> tuple[int, ...]:
    """Make a group's leased items ready again, for placing anew in the same transaction."""
    rows = connection.execute(
        "UPDATE item SET state = 'ready' WHERE clinic_id = :clinic_id AND group_id = :group_id "
        "AND state = 'leased' RETURNING id",
        {"clinic_id": clinic_id, "group_id": group_id},
    )
    return tuple(sorted(int(row["id"]) for row in rows))


def take_over(
    connection: Connection, holder: Holder, group_id: int, token: int, now: int, ttl: int
) -> int | None:
    """Give an owner's own lease to the seat she sits at now, e.g. after her console died in a call.

    Args:
        connection: inside a unit of work.
        holder: the owner at her new seat.
        group_id: the contact group.
        token: the old lease's token, as her draft kept it.
        now: epoch milliseconds.
        ttl: milliseconds until it runs out without a heartbeat.

    Returns:
        The new token, or None when that lease is no longer hers.
    """
    lock(connection, holder.clinic_id, group_id)
    rows = connection.execute(
        """
        UPDATE contact_lease SET token = :fresh, seat_id = :seat_id, expires_at = :expires_at,
            stage = CASE WHEN stage = 'cut_off' THEN 'connected' ELSE stage END
        WHERE clinic_id = :clinic_id AND group_id = :group_id AND token = :token AND staff_id = :staff_id
        RETURNING token
        """,
        {
            "clinic_id": holder.clinic_id,
            "group_id": group_id,
            "token": token,
            "staff_id": holder.staff_id,
            "seat_id": holder.seat_id,
            "fresh": secrets.randbits(_TOKEN_BITS),
            "expires_at": now + ttl,
        },
    )
    return int(rows[0]["token"]) if rows else None


@dataclass(frozen=True, slots=True)
class RunOut:
    """A lease whose heartbeat stopped: given back (preview) or cut off (dialling had begun)."""

    group_id: int
    staff_id: int
    cut_off: bool
    item_ids: tuple[int, ...]


def run_out(connection: Connection, clinic_id: int, now: int, limit: int) -> tuple[RunOut, ...]:
    """End the leases that ran out: previews are given back, begun calls become cut off.

    A group whose lock another console holds is left for the next time.

    Args:
        connection: inside a unit of work.
        clinic_id: the clinic.
        now: epoch milliseconds.
        limit: how many leases at most.

    Returns:
        What was ended; the caller places the items anew in the same transaction.
    """
    found: list[RunOut] = []
    for row in expired(connection, clinic_id, now, limit):
        key = {"clinic_id": clinic_id, "group_id": row["group_id"], "token": row["token"], "now": now}
        if not try_lock(connection, clinic_id, row["group_id"]):
            continue
        if row["stage"] == LeaseStage.PREVIEW:
            ended = connection.changed(
                "DELETE FROM contact_lease WHERE clinic_id = :clinic_id AND group_id = :group_id "
                "AND token = :token AND stage = 'preview' AND expires_at <= :now",
                key,
            )
        else:
            ended = connection.changed(
                "UPDATE contact_lease SET stage = 'cut_off' WHERE clinic_id = :clinic_id "
                "AND group_id = :group_id AND token = :token AND expires_at <= :now",
                key,
            )
        if ended:
            items = give_back(connection, clinic_id, row["group_id"])
            found.append(
                RunOut(int(row["group_id"]), int(row["staff_id"]), row["stage"] != LeaseStage.PREVIEW, items)
            )
    return tuple(found)


def expired(connection: Connection, clinic_id: int, now: int, limit: int) -> list[Row]:
    """Leases whose time is up and that are neither given back nor cut off yet; the table is always small."""
    return connection.execute(
        "SELECT group_id, staff_id, token, stage FROM contact_lease "
        "WHERE clinic_id = :clinic_id AND expires_at <= :now AND stage <> 'cut_off' "
        "ORDER BY group_id LIMIT :limit",
        {"clinic_id": clinic_id, "now": now, "limit": limit},
    )


def all_held(connection: Connection, clinic_id: int) -> list[Row]:
    """Every lease of the clinic with the holder's name and the patient of its item, oldest first."""
    return connection.execute(
        "SELECT l.*, s.name AS staff_name, i.patient_id FROM contact_lease l "
        "JOIN staff s ON s.id = l.staff_id LEFT JOIN item i ON i.id = l.item_id "
        "WHERE l.clinic_id = :clinic_id ORDER BY l.acquired_at, l.group_id",
        {"clinic_id": clinic_id},
    )


def ready_of_others(
    connection: Connection, clinic_id: int, group_id: int, patient_id: int | None, limit: int = 20
) -> tuple[int, ...]:
    """Ready items of the other patients of a group, best placed first."""
    rows = connection.execute(
        "SELECT id FROM item WHERE clinic_id = :clinic_id AND group_id = :group_id AND state = 'ready' "
        "AND patient_id <> :patient_id ORDER BY band, deadline_at, id LIMIT :limit",
        {"clinic_id": clinic_id, "group_id": group_id, "patient_id": patient_id or 0, "limit": limit},
    )
    return tuple(int(row["id"]) for row in rows)


def id_list(ids: tuple[int, ...] | tuple[str, ...], prefix: str = "id") -> tuple[str, dict[str, object]]:
    """Placeholders and parameters of an IN list, e.g. (":id0, :id1", {"id0": 4, "id1": 9})."""
    params: dict[str, object] = {f"{prefix}{number}": value for number, value in enumerate(ids)}
    return ", ".join(f":{name}" for name in params), params
