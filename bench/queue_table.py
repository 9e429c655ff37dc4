"""The rows of the queue's table: what each measures, against what, and its goal."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from time import monotonic

from bench import clinic, queue_ours, queue_peers, queue_seats, queue_world, table
from bench.queue_results import Goal, Taken, collect, rate, share, show
from bench.queue_world import Field
from db.connect import Database

ITEMS, PATIENTS = 5_000_000, 1_000_000
READY = 100_000
FEW = 10_000
GIGABYTES = 2.2
"""Disk that a million open items with their patients take, twice over while it is made."""


@dataclass(frozen=True)
class Size:
    """How much is measured: open items of the large clinic, ready calls of the others, rounds and repeats."""

    items: int
    ready: int
    rounds: int
    claims: int
    searches: int
    seconds: float

    @property
    def patients(self) -> int:
        """Patients of the large clinic: a call of each is ready, four wait for their day."""
        return self.items // (1 + queue_world.WAITS) // queue_world.BLOCK * queue_world.BLOCK


FULL = Size(ITEMS, READY, 9, 300, 200, 8.0)
QUICK = Size(100_000, 20_000, 3, 100, 40, 3.0)


class Worlds:
    """The clinics, each made when the first row asks for it."""

    def __init__(self, folder: Path, size: Size, stack: ExitStack) -> None:
        self._folder, self.size, self._stack = folder, size, stack

    def _sqlite(self, name: str, patients: int, *, waits: int, search: bool = False) -> Field:
        with _told(f"{name}: {patients} patients, {patients * (1 + waits)} open items"):
            database = Database.at(self._folder / name / "aftercall.db")
            return queue_world.build(database, patients, waits=waits, search=search)

    @cached_property
    def ready(self) -> Field:
        """As many ready calls as the other queues hold items."""
        return self._sqlite("ready", self.size.ready, waits=0)

    @cached_property
    def few(self) -> Field:
        """10,000 open items."""
        return self._sqlite("few", FEW // (1 + queue_world.WAITS), waits=queue_world.WAITS)

    @cached_property
    def many(self) -> Field:
        """Millions of open items, a fifth of them ready; all patients can be found."""
        needed = self.size.items / 1e6 * GIGABYTES
        if queue_world.free_space(self._folder) < needed:
            sys.exit(f"needs {needed:.0f} GB in {self._folder}; --items N takes a smaller clinic")
        return self._sqlite("many", self.size.patients, waits=queue_world.WAITS, search=True)

    @cached_property
    def server(self) -> str | None:
        """Address of a PostgreSQL server of our own, with its default settings."""
        return self._stack.enter_context(clinic.postgresql_server(self._folder))

    def _on_server(self, name: str, patients: int, *, search: bool = False) -> Field | None:
        if self.server is None:
            print("PostgreSQL: left out, its test server is not installed")
            return None
        admin = Database(self.server)
        admin.connection().execute(f"CREATE DATABASE {name}")
        admin.close()
        with _told(f"PostgreSQL {name}: {patients} patients and ready calls"):
            database = Database(self.server.replace("/postgres?", f"/{name}?"))
            return queue_world.build(database, patients, waits=0, search=search)

    @cached_property
    def pg_ready(self) -> Field | None:
        """The same ready calls on PostgreSQL."""
        return self._on_server("ready", self.size.ready)

    @cached_property
    def pg_many(self) -> Field | None:
        """As many patients to be found on PostgreSQL."""
        return self._on_server("many", self.size.patients, search=True)

    def place(self, name: str) -> Path:
        """A folder for another queue's file."""
        folder = self._folder / name
        folder.mkdir()
        return folder


@contextmanager
def _told(what: str) -> Iterator[None]:
    began = monotonic()
    print(f"making {what} ...", end=" ", flush=True)
    yield
    print(f"{monotonic() - began:.0f} s")


def rounds(size: Size, runs: Mapping[str, Callable[[], list[float]]]) -> Taken:
    """Each in turn, in another order each round; the first round is not counted."""
    taken: Taken = {name: [] for name in runs}
    for number in range(size.rounds + 1):
        turn = list(runs)
        random.Random(number).shuffle(turn)
        for name in turn:
            seconds = runs[name]()
            if number:
                taken[name].append(seconds)
        print(".", end="", flush=True)
    print()
    return taken


def claim(worlds: Worlds) -> list[Goal]:
    """Claims a second: to the bare loop, to huey, to litequeue, all holding as many items."""
    size, field = worlds.size, worlds.ready
    ours, raw, bare = queue_ours.Claims(field), queue_ours.RawClaims(field), queue_peers.BareLoop(field)
    huey = queue_peers.Huey(worlds.place("huey"), size.ready)
    lite = queue_peers.LiteQueue(worlds.place("litequeue"), size.ready)
    taken = rounds(
        size,
        {
            "claim": lambda: ours.run(size.claims),
            "bare update": lambda: bare.run(size.claims * 5),
            "raw transaction of a claim's rows": lambda: raw.run(size.claims // 3),
            "huey": lambda: huey.run(size.claims * 3),
            "litequeue": lambda: lite.run(size.claims // 10),
        },
    )
    for one in (bare, huey, lite, field.database):
        one.close()
    show(f"claim, SQLite, {size.ready} ready calls (tasks, messages)", taken)
    return [
        rate(taken, "claim", "bare update", 0.35, moonshot=0.5),
        rate(taken, "claim", "huey", 0.4),
        rate(taken, "claim", "litequeue", 20),
        rate(taken, "claim", "raw transaction of a claim's rows"),
        rate(taken, "raw transaction of a claim's rows", "bare update"),
    ]


def growth(worlds: Worlds) -> list[Goal]:
    """The middle claim with millions of open items to that with 10,000."""
    size = worlds.size
    few, many = queue_ours.Claims(worlds.few), queue_ours.Claims(worlds.many)
    # Ten thousand items hold two thousand ready ones, which have to last for all rounds.
    count = min(size.claims, worlds.few.patients // (size.rounds + 2))
    names = (f"claim at {worlds.many.items}", f"claim at {worlds.few.items}")
    taken = rounds(size, {names[0]: lambda: many.run(count), names[1]: lambda: few.run(count)})
    show("growth: one claim", taken)
    return [share(taken, names[0], names[1], 1.3)]


def seats(worlds: Worlds, processes: int, think: float) -> tuple[Taken, list[queue_seats.Run]]:
    """Processes that claim at once, with our waiting and with SQLite's alone, in turn."""
    size, field = worlds.size, worlds.ready
    runs: dict[str, list[queue_seats.Run]] = {"ours": [], "plain busy_timeout": []}
    for number in range(max(3, size.rounds // 2) + 1):
        for name in sorted(runs, reverse=bool(number % 2)):
            run = queue_seats.together(
                field, processes, plain=name != "ours", think=think, seconds=size.seconds
            )
            if number:
                runs[name].append(run)
        print(".", end="", flush=True)
    print()
    for name, all_of_it in runs.items():
        per_second = sum(one.claims for one in all_of_it) / sum(one.seconds for one in all_of_it)
        fair = "; ".join(f"{one.least} to {one.most}" for one in all_of_it)
        print(f"{name}: {per_second:.0f} claims/s of all; claims of the least and the most served: {fair}")
    return {name: [list(one.taken) for one in ones] for name, ones in runs.items()}, runs["ours"]


def paced(worlds: Worlds) -> list[Goal]:
    """16 seats that think for 50 ms on average: the slowest claim in a hundred."""
    taken, _ = seats(worlds, 16, 0.05)
    show("16 paced seats", taken)
    return [
        share(taken, "ours", None, 0.020, part=0.99),
        share(taken, "ours", "plain busy_timeout", 1.0, part=0.99),
    ]


def saturated(worlds: Worlds) -> list[Goal]:
    """8 processes without a pause: the worst wait."""
    taken, _ = seats(worlds, 8, 0)
    show("8 saturated processes", taken)
    return [share(taken, "ours", "plain busy_timeout", 0.25, part=1)]


def postgresql(worlds: Worlds) -> list[Goal]:
    """Claims a second on PostgreSQL: to its bare update loop, to procrastinate's fetch."""
    size, field = worlds.size, worlds.pg_ready
    if field is None or worlds.server is None:
        return []
    admin = Database(worlds.server)
    admin.connection().execute("CREATE DATABASE procrastinate")
    other = Database(worlds.server.replace("/postgres?", "/procrastinate?"))
    ours, bare = queue_ours.Claims(field), queue_peers.BareLoopOnServer(field)
    peer = queue_peers.Procrastinate(other.connection(), size.ready)
    taken = rounds(
        size,
        {
            "claim": lambda: ours.run(size.claims),
            "bare update": lambda: bare.run(size.claims * 3),
            "procrastinate": lambda: peer.run(size.claims),
        },
    )
    for one in (bare, other, admin, field.database):
        one.close()
    show(f"claim, PostgreSQL, {size.ready} ready calls (jobs)", taken)
    return [
        rate(taken, "claim", "bare update", 0.25, on="PostgreSQL "),
        rate(taken, "claim", "procrastinate", 0.6, on="PostgreSQL "),
    ]


def search(worlds: Worlds) -> list[Goal]:
    """Every shape of search on both databases: the slowest in twenty."""
    goals: list[Goal] = []
    for kind, field in (("SQLite", worlds.many), ("PostgreSQL", worlds.pg_many)):
        if field is None:
            continue
        searches = queue_ours.Searches(field)
        times = max(10, worlds.size.searches // worlds.size.rounds)
        runs = {shape: partial(searches.run, shape, times) for shape in queue_ours.SHAPES}
        taken = rounds(worlds.size, runs)
        field.database.close()
        show(f"search, {kind}, {field.patients} patients", taken)
        for shape in taken:
            most = 0.040 if kind == "PostgreSQL" and shape == "1 character" else 0.020
            goals.append(share(taken, shape, None, most, part=0.95, whole=True, on=f"{kind} search "))
    return goals


def save(worlds: Worlds) -> list[Goal]:
    """Saving a call to a raw transaction of the same rows."""
    size, field = worlds.size, worlds.ready
    ours, raw = queue_ours.Saves(field), queue_ours.RawSaves(field)
    count = size.claims // 3
    taken = rounds(size, {"save": lambda: ours.run(count), "raw transaction": lambda: raw.run(count)})
    field.database.close()
    show("saving a call, SQLite", taken)
    return [share(taken, "save", "raw transaction", 3)]


ROWS: dict[str, Callable[[Worlds], list[Goal]]] = {
    "claim": claim,
    "growth": growth,
    "paced": paced,
    "saturated": saturated,
    "postgresql": postgresql,
    "search": search,
    "save": save,
}


def main(about: str) -> None:
    """Make the clinics, measure row by row, print what was measured beside each goal.

    Args:
        about: what `--help` says first.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument(
        "--quick", action="store_true", help="small clinics and few rounds: to see that it runs"
    )
    parser.add_argument("--only", choices=ROWS, action="append", help="one row; may be given several times")
    parser.add_argument("--items", type=int, help=f"open items of the large clinic (default {ITEMS})")
    parser.add_argument("--rounds", type=int, help=f"rounds of each row (default {FULL.rounds})")
    args = parser.parse_args()
    size = QUICK if args.quick else FULL
    size = Size(
        args.items or size.items,
        size.ready,
        args.rounds or size.rounds,
        size.claims,
        size.searches,
        size.seconds,
    )
    print(f"at the start: {table.machine()}")
    goals: list[Goal] = []
    with clinic.throw_away_folder() as folder, ExitStack() as stack:
        worlds = Worlds(folder, size, stack)
        for name in args.only or ROWS:
            goals += ROWS[name](worlds)
    table.end(collect(goals, size.items))
