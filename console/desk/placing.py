"""Keeping the stored places of items true: recomputing what is due, what is stale, what has just changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from console.rules.placement import place
from console.rules.policy import Policy
from db import claims
from db import drain as cache
from db import queue as reads
from db.connect import Connection, Database, reading, unit_of_work
from db.enums import ItemState
from db.instants import to_ms


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
    wanted = tuple(sorted(set(item_ids)))
    found = [
        (facts.id, place(facts, policy, now))
        for facts in cache.facts(connection, clinic_id, wanted, to_ms(now))
        if facts.state in (ItemState.WAITING, ItemState.READY)
    ]
    cache.write(connection, clinic_id, found, policy.version)
    return len(found)


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


def drain(database: Database, clinic_id: int, policy: Policy, now: datetime, at_most: int = 100_000) -> int:
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

    Returns:
        How many items were placed anew.
    """
    now_ms = to_ms(now)
    with reading(database) as connection:
        if not cache.is_due(connection, clinic_id, now_ms, policy.version):
            return 0
    done = 0
    while done < at_most:
        with unit_of_work(database) as connection:
            moved = _run_out(connection, clinic_id, policy, now)
            chunk = cache.due_items(connection, clinic_id, now_ms) or cache.stale_items(
                connection, clinic_id, policy.version
            )
            moved += place_again(connection, clinic_id, chunk, policy, now)
        if not moved:
            break
        done += moved
    return done


def _run_out(connection: Connection, clinic_id: int, policy: Policy, now: datetime) -> int:
    moved = 0
    for lease in claims.run_out(connection, clinic_id, to_ms(now), cache.CHUNK):
        if lease.cut_off:
            claims.own(connection, clinic_id, lease.item_ids, lease.staff_id)
        moved += place_again(connection, clinic_id, lease.item_ids, policy, now)
    return moved
