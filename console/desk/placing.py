"""Keeping the stored places of items true: recomputing what is due, what is stale, what has just changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from console.rules.placement import place
from console.rules.policy import Policy
from db import claims, complaints, owners, policy_reads
from db import drain as cache
from db import queue as reads
from db.connect import Connection, Database, Row, reading, unit_of_work
from db.enums import ItemState
from db.instants import to_ms
from db.queue import View

FRESH_MOST: Final = 5
"""Chunks of an order's head a claim places anew before it serves the first row; each row it serves is looked at
again by itself."""


def place_again(
    connection: Connection, clinic_id: int, item_ids: Iterable[int], policy: Policy, now: datetime
) -> int:
    """Recompute and store the places of items whose facts have changed, in the transaction that changed them.

    Items that are being worked are left alone until their lease ends; closed ones for good.

    Args:
        connection: inside a unit of work.
        clinic_id: the clinic.
        item_ids: the items. A change of the patient's own rows concerns them all: `place_patient`.
        policy: the policy to place by.
        now: aware instant.

    Returns:
        How many items were placed.
    """
    return _place(connection, clinic_id, item_ids, policy, now)[0]


def _place(
    connection: Connection, clinic_id: int, item_ids: Iterable[int], policy: Policy, now: datetime
) -> tuple[int, set[int]]:
    """How many items were placed, and the patients one of whose items has lapsed by it."""
    wanted = tuple(sorted(set(item_ids)))
    free = [
        (facts, stored)
        for facts, stored in cache.with_rows(connection, clinic_id, wanted, to_ms(now))
        if facts.state in (ItemState.WAITING, ItemState.READY)
    ]
    steps = tuple(facts.id for facts, _ in free if facts.milestone in complaints.STEPS)
    moot = complaints.close_moot(connection, clinic_id, steps, to_ms(now)) if steps else frozenset[int]()
    found = [(facts, place(facts, policy, now), stored) for facts, stored in free if facts.id not in moot]
    cache.write(
        connection,
        clinic_id,
        [
            (facts.id, stands)
            for facts, stands, stored in found
            if cache.moved(stored, stands, policy.version)
        ],
        policy.version,
    )
    return len(found), {facts.patient_id for facts, stands, _ in found if stands.state is ItemState.LAPSED}


def place_patient(
    connection: Connection, clinic_id: int, patient_id: int, policy: Policy, now: datetime
) -> int:
    """`place_again` for every open item of a patient: after a new number, a consent, a death, other hours."""
    return place_again(
        connection, clinic_id, cache.open_items(connection, clinic_id, (patient_id,)), policy, now
    )


def place_promised(connection: Connection, clinic_id: int, policy: Policy, now: datetime) -> int:
    """`place_again` for what people promised to ring in person: after somebody came on duty or left."""
    return place_again(connection, clinic_id, reads.promised_items(connection, clinic_id), policy, now)


def drain(
    database: Database,
    clinic_id: int,
    policy: Policy,
    now: datetime,
    at_most: int = 100_000,
    stale_most: int | None = None,
) -> int:
    """Bring the stored places up to an instant.

    Ends leases that ran out, recomputes items whose next change has come and items placed by an older policy,
    in transactions of at most 200 rows; a cheap read when there is nothing to do. Safe when many consoles do
    it at once: each takes rows the others leave.

    Args:
        database: the record.
        clinic_id: the clinic.
        policy: the clinic's current policy.
        now: aware instant.
        at_most: rows after which it stops and leaves the rest for the next time.
        stale_most: rows of an older policy that are recomputed at most; None: all of them.

    Returns:
        How many items were placed anew.
    """
    now_ms = to_ms(now)
    with reading(database) as connection:
        if not cache.is_due(connection, clinic_id, now_ms, policy.version):
            return 0
    done, stale_left = 0, at_most if stale_most is None else stale_most
    while done < at_most:
        with unit_of_work(database) as connection:
            moved = _run_out(connection, clinic_id, policy, now)
            chunk = cache.due_items(connection, clinic_id, now_ms)
            if not chunk and stale_left > 0:
                chunk = cache.stale_items(connection, clinic_id, policy.version)
                stale_left -= len(chunk)
            placed, lapsed = _place(connection, clinic_id, chunk, policy, now)
            moved += placed
            # What waits for the end of a patient's care (an offer) may go on when one of its calls is over.
            for patient_id in sorted(lapsed):
                others = cache.lock_open(connection, clinic_id, patient_id, now_ms)
                place_again(connection, clinic_id, others, policy, now)
        if not moved:
            break
        done += moved
    return done


def keep_up(database: Database, clinic_id: int, policy: Policy, now: datetime) -> int:
    """`drain` for somebody who waits: what the clock changed, and one chunk of an older policy's places.

    After a change of policy with a long backlog nobody waits until all of it is placed anew: claims look at
    what they serve again (`fresh_heads`), the tick and every look at a list do the rest.
    """
    return drain(database, clinic_id, policy, now, stale_most=cache.CHUNK)


def fresh_heads(
    connection: Connection, view: View, rows: Iterable[Row], policy: Policy, now: datetime
) -> bool:
    """Place the head of an order anew when an older policy placed one of its first rows.

    Args:
        connection: inside a unit of work.
        view: whose order.
        rows: its first ones, with id and policy_version.
        policy: the policy in force.
        now: aware instant.

    Returns:
        Whether some were: the order has to be read again.
    """
    if all(row["policy_version"] >= policy.version for row in rows):
        return False
    # What moves down uncovers what stood behind it, so a whole chunk is cheaper than row after row.
    old = [int(row["id"]) for row in reads.order(connection, view, cache.CHUNK)]
    stale = policy_reads.lock_stale(connection, view.clinic_id, old, policy.version)
    return bool(place_again(connection, view.clinic_id, stale, policy, now))


def _run_out(connection: Connection, clinic_id: int, policy: Policy, now: datetime) -> int:
    moved = 0
    for lease in claims.run_out(connection, clinic_id, to_ms(now), cache.CHUNK):
        if lease.cut_off:
            owners.own(connection, clinic_id, lease.item_ids, lease.staff_id)
        moved += place_again(connection, clinic_id, lease.item_ids, policy, now)
    return moved
