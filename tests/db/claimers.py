"""Processes that claim until nothing is left; started by spawn, each with connections of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.connection import Connection as Pipe

from console.desk import queue
from console.desk.claiming import end
from console.desk.seat import Seat
from db.connect import Connection, Database, unit_of_work
from db.errors import DatabaseLocked


@dataclass(frozen=True)
class Held:
    """One claim: which group, which items, and between which moments (seconds) it was held."""

    group_id: int
    item_ids: tuple[int, ...]
    since: float
    until: float
    released: bool


def claim_all(seat: Seat, url: str, now: datetime, close_every: int, pipe: Pipe) -> None:
    """Claim the next call until there is none, closing most and giving some back; send the claims.

    Args:
        seat: who claims.
        url: the database.
        now: aware instant the clinic's clock shows.
        close_every: of so many claims one is given back instead of closed.
        pipe: where the list of `Held` goes.
    """
    database = Database(url)
    seat = replace(seat, database=database)
    held: list[Held] = []
    given_back = 0
    while True:
        try:
            claim = queue.take_next(seat, now)
        except DatabaseLocked:
            continue
        if claim is None:
            break
        since = time.monotonic()
        # Whoever was handed the same group would hold it at the same time as we do.
        time.sleep(0.001)
        back = len(held) % close_every == close_every - 1 and given_back < 20
        given_back += back
        until = time.monotonic()
        while True:
            # A seat that is told "locked" on a crowded machine tries again, as at a screen.
            try:
                with unit_of_work(database) as connection:
                    if not back:
                        _close(connection, claim.item_ids)
                    end(connection, seat, claim, now)
                break
            except DatabaseLocked:
                continue
        held.append(Held(claim.group_id, claim.item_ids, since, until, back))
    database.close()
    pipe.send(held)
    pipe.close()


def _close(connection: Connection, item_ids: tuple[int, ...]) -> None:
    for item_id in item_ids:
        connection.execute(
            "UPDATE item SET state = 'done', next_change_at = NULL WHERE id = :id AND state = 'leased'",
            {"id": item_id},
        )
