"""Seats as processes of their own: paced like people, or as fast as they can."""

from __future__ import annotations

import multiprocessing
import random
import statistics
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection as Pipe
from typing import Any

from bench.queue_world import NOW, Field, finish
from console.desk import queue
from console.desk.seat import Seat
from db import drivers
from db.connect import Database
from db.errors import DatabaseLocked

PLAIN_TIMEOUT_MS = 5000
"""SQLite's busy_timeout in the reference: the wait most programs set, and nothing of our own."""
START_S = 60.0
"""How long processes may take to start on a busy machine."""


@dataclass(frozen=True)
class Run:
    """What one run of several processes took."""

    claims: int
    seconds: float
    taken: tuple[float, ...]
    least: int
    most: int

    def part(self, share: float) -> float:
        """Seconds that such a share of the claims stayed under."""
        ordered = sorted(self.taken)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def work(seat: Seat, url: str, plain: bool, think: float, seconds: float, pipe: Pipe) -> None:
    """One process: connect, say so, wait for the word, claim for so many seconds, send what each claim took.

    Args:
        seat: who claims. url: the database.
        plain: wait for the write lock by SQLite's busy_timeout alone.
        think: mean pause between claims, seconds; 0 for none.
        seconds: how long. pipe: to the bench.
    """
    if plain:
        drivers.BUSY_TIMEOUT_MS = PLAIN_TIMEOUT_MS  # type: ignore[misc]
    database = Database(url)
    seat = replace(seat, database=database)
    chance = random.Random(seat.seat_id)
    database.connection().execute("SELECT 1 AS one FROM staff LIMIT 1")
    pipe.send("ready")
    pipe.recv()
    taken: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if think:
            time.sleep(chance.expovariate(1 / think))
        began = time.perf_counter()
        try:
            claim: Any = queue.take_next(seat, NOW)
        except DatabaseLocked:
            claim = True
        taken.append(time.perf_counter() - began)
        if claim is None:
            break
    pipe.send(taken)
    database.close()


def together(field: Field, processes: int, *, plain: bool, think: float, seconds: float) -> Run:
    """Let so many seats claim at once, and finish what they took."""
    field.database.close()
    spawn = multiprocessing.get_context("spawn")
    started: list[tuple[Any, Pipe]] = []
    for number in range(processes):
        ours, theirs = spawn.Pipe()
        seat = field.seats[number % len(field.seats)]
        arguments = (seat, field.database.url, plain, think, seconds, theirs)
        process = spawn.Process(target=work, args=arguments, daemon=True)
        process.start()
        theirs.close()
        started.append((process, ours))
    for _, pipe in started:
        if not pipe.poll(START_S):
            raise RuntimeError("a seat did not start")
        pipe.recv()
    began = time.monotonic()
    for _, pipe in started:
        pipe.send("go")
    taken: list[list[float]] = [pipe.recv() for _, pipe in started]
    lasted = time.monotonic() - began
    for process, _ in started:
        process.join()
    _expect_one_holder(field)
    finish(field)
    counts = [len(one) for one in taken]
    return Run(sum(counts), lasted, tuple(value for one in taken for value in one), min(counts), max(counts))


def _expect_one_holder(field: Field) -> None:
    """No item in two open contacts: a bench of claims that hand out a call twice would measure nothing."""
    rows = field.database.connection().execute(
        "SELECT COUNT(*) AS n FROM (SELECT ci.item_id FROM contact_item ci JOIN contact c "
        "ON c.id = ci.contact_id WHERE c.ended_at IS NULL GROUP BY ci.item_id HAVING COUNT(*) > 1) AS twice"
    )
    if rows[0]["n"]:
        raise RuntimeError(f"{rows[0]['n']} calls were given out twice")


def middle(runs: list[Run], share: float) -> float:
    """Median over the runs of what such a share of the claims stayed under."""
    return statistics.median(run.part(share) for run in runs)
