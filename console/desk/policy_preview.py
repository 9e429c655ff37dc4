"""What a policy document would move before it is put in force. Reads only, in short reads; writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from console.clean import clean
from console.desk import policy as policies
from console.desk.local import clinic_day
from console.rules import policy_moves
from console.rules.policy import Policy, parse_text
from console.rules.policy_moves import Moves
from console.rules.reader import Problem
from db import drain as cache
from db import policy as table
from db import policy_reads
from db.connect import Connection, Database, reading
from db.instants import to_ms

LOOK_MOST: Final = 5_000
"""Open items a preview looks at, about a millisecond each; of a longer backlog those that change soonest, and
it says so."""


@dataclass(frozen=True)
class Preview:
    """What a document would move.

    Args:
        version: number of the policy in force it is compared with; 0 for the default of a clinic without one.
        changed: whether the document differs from the one in force at all.
        policy: the document as it was read.
        moves: counts over the items looked at.
        open_items: how many open items there are; more than `moves.looked` when not all were looked at.
        closes, opens: days of the coming year that come to be closed or open.
        gap: first day of the next two weeks with an hour when nobody is on call.
        known_until: last year whose public holidays are known; None for a policy without public holidays.
    """

    version: int
    changed: bool
    policy: Policy
    moves: Moves
    open_items: int
    closes: tuple[date, ...]
    opens: tuple[date, ...]
    gap: date | None
    known_until: int | None

    @property
    def complete(self) -> bool:
        """Whether every open item was looked at."""
        return self.moves.looked >= self.open_items


def problems(text: str) -> tuple[Problem, ...]:
    """Everything wrong with a document as it would be stored; empty when it can be put in force."""
    return policies.check(clean(text, multiline=True))


def preview(
    database: Database,
    clinic_id: int,
    text: str,
    now: datetime,
    *,
    most: int = LOOK_MOST,
    told: Callable[[int], object] | None = None,
) -> Preview:
    """Compare a document with the policy in force, item by item.

    What is being called now is left out: it is placed anew when the call ends.

    Args:
        database: the record.
        clinic_id: the clinic.
        text: TOML.
        now: aware instant.
        most: items to look at, those first about which something changes soonest.
        told: called with the number of items looked at after each chunk of 200.

    Returns:
        The counts.

    Raises:
        PolicyInvalid: with everything wrong with the document.
    """
    text = clean(text, multiline=True)
    parsed = parse_text(text)
    with reading(database) as connection:
        row = table.newest(connection, clinic_id)
        before = policies.in_force(connection, clinic_id)
        open_items = policy_reads.open_count(connection, clinic_id)
    after = policies.with_days(parsed, policies.days_for(parsed, before.calendar.public, now))
    moves = Moves()
    for chunk in _chunks(database, clinic_id, most):
        with reading(database) as connection:
            facts = cache.facts(connection, clinic_id, chunk, to_ms(now))
        moves.count(
            policy_moves.looks(facts, before, now),
            policy_moves.looks(facts, after, now),
        )
        if told is not None:
            told(moves.looked)
    today = clinic_day(now, after.clinic.zone)
    closes, opens = policy_moves.days_that_change(before, after, today)
    return Preview(
        version=before.version,
        changed=row is None or row.sha256 != table.digest(text),
        policy=after,
        moves=moves,
        open_items=max(open_items, moves.looked),
        closes=closes,
        opens=opens,
        gap=policies.gap(after, now),
        known_until=policies.known_until(after),
    )


def _chunks(database: Database, clinic_id: int, most: int) -> Iterator[tuple[int, ...]]:
    """Ids of open items in chunks, a short read each: what changes soonest first, then what stands still."""
    left, after, last = most, policy_reads.START, 0

    def read(step: Callable[[Connection], list[int]]) -> tuple[int, ...]:
        with reading(database) as connection:
            return tuple(step(connection))

    def waking(connection: Connection) -> list[int]:
        nonlocal after
        rows = policy_reads.waking(connection, clinic_id, after, min(left, cache.CHUNK))
        after = rows[-1] if rows else after
        return [item_id for _moment, item_id in rows]

    def still(connection: Connection) -> list[int]:
        nonlocal last
        ids = policy_reads.still(connection, clinic_id, last, min(left, cache.CHUNK))
        last = ids[-1] if ids else last
        return ids

    for step in (waking, still):
        while left > 0 and (chunk := read(step)):
            left -= len(chunk)
            yield chunk
