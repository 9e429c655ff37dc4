"""From a key to the complete frame that shows what it did, with few and with a million calls ready. Run it by
itself; see docs/speed.md."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Instead of this folder, whose queue.py would hide the standard library's.
sys.path[0] = str(ROOT)

from bench import clinic, table  # noqa: E402
from bench.frames import Program, Screen  # noqa: E402
from db.connect import Database  # noqa: E402

DOWN, PAGE_DOWN, REFRESH, TOP = b"\x1b[B", b"\x1b[6~", b"\x1b[15~", b"\x1b[H"
PAGES = 4
"""Pages before going back to the top: further than what is read at first, so that more rows are fetched."""
GOAL = 1.25
MILLION = 1_000_000


def cursor_row(screen: Screen) -> int | None:
    """Number shown on the line under the cursor, which alone has its background."""
    lines = screen.lines
    rows = [y for y, line in enumerate(lines) if line[:5].strip().isdigit() and line[5:9].strip().isalpha()]
    papers = [screen.cell(0, y).bg for y in rows]
    for y, paper in zip(rows, papers, strict=True):
        if papers.count(paper) == 1 and len(rows) > 2:
            return int(lines[y][:5])
    return None


def first_name(screen: Screen) -> str | None:
    """Masked name on the first line."""
    for line in screen.lines:
        if line[:5].strip() == "1":
            return next((char for char in line if char in clinic.SURNAMES), None)
    return None


@dataclass
class Seat:
    """A signed-in console, and a second connection that is another seat."""

    bench: clinic.Bench
    program: Program
    taken: dict[str, list[float]] = field(default_factory=dict)
    _surnames: Iterator[str] = field(default_factory=lambda: itertools.cycle(clinic.SURNAMES))

    def note(self, name: str, seconds: float) -> None:
        """Keep one measurement."""
        self.taken.setdefault(name, []).append(seconds)

    def to_top(self) -> None:
        """Home, without timing."""
        if cursor_row(self.program.screen) != 1:
            self.program.key(TOP, lambda screen: cursor_row(screen) == 1)
            self.program.settle()

    def arrow(self) -> None:
        """The cursor one line down."""
        here = cursor_row(self.program.screen)
        assert here is not None
        self.note("arrow down", self.program.key(DOWN, lambda screen: cursor_row(screen) == here + 1))

    def page(self) -> None:
        """The cursor one screen down."""
        here = cursor_row(self.program.screen)
        assert here is not None
        self.note(
            "page down", self.program.key(PAGE_DOWN, lambda screen: (cursor_row(screen) or 0) > here + 9)
        )

    def refresh(self, database: Database, patient_id: int) -> None:
        """The first patient's name was changed elsewhere; the key shows it."""
        surname = next(one for one in self._surnames if one != first_name(self.program.screen))
        # An autocommitted statement, so the console may also notice by itself; the key comes at once.
        database.connection().execute(
            "UPDATE patient SET name = :name WHERE id = :id", {"name": surname + "小丽", "id": patient_id}
        )
        self.note("refresh", self.program.key(REFRESH, lambda screen: first_name(screen) == surname))


def play(seat: Seat, arrows: int) -> None:
    """One round of keys at one seat, from the top of the list."""
    database = Database(seat.bench.url)
    with_first = database.connection().execute(
        "SELECT patient_id FROM item WHERE id = :id", {"id": first_item(seat.bench)}
    )
    seat.to_top()
    for _ in range(arrows):
        seat.arrow()
        seat.program.settle()
    for _ in range(PAGES):
        seat.page()
        seat.program.settle()
    seat.to_top()
    for _ in range(2):
        seat.refresh(database, int(with_first[0]["patient_id"]))
        seat.program.settle()
    database.close()


def first_item(bench: clinic.Bench) -> int:
    """The item on the first line of the caller's queue."""
    from datetime import UTC, datetime

    from console.desk import queue

    return queue.page(bench.sample.seat(clinic.CALLER), datetime.now(UTC), limit=1)[0].id


def main() -> None:
    """Build both clinics, play the same keys at both in turn, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--arrows", type=int, default=8, help="arrows of a round")
    parser.add_argument("--ready", type=int, default=MILLION, help="ready calls of the large clinic")
    args = parser.parse_args()
    with clinic.throw_away_folder() as folder, ExitStack() as stack:
        benches = {
            str(ready): clinic.sqlite_clinic(folder, str(ready), ready=ready)
            for ready in (clinic.READY, args.ready)
        }
        print(f"at the start: {table.machine()}")
        seats = {name: Seat(bench, stack.enter_context(signed_in(bench))) for name, bench in benches.items()}
        for number in range(args.rounds + 1):
            for name in sorted(seats, reverse=bool(number % 2)):
                play(seats[name], args.arrows)
                if not number:
                    # The first round reads what is read once.
                    seats[name].taken.clear()
            print(".", end="", flush=True)
        few, many = (seats[name].taken for name in benches)
        small, large = benches
    taken = {f"{what} {size}": found[what] for what in few for size, found in ((small, few), (large, many))}
    limits = {"arrow down": GOAL, "refresh": GOAL}
    goals = [table.Goal(f"{what} {large}", f"{what} {small}", limits.get(what)) for what in few]
    table.end(table.show("key to the complete frame that shows it", taken, goals))


def signed_in(bench: clinic.Bench) -> Program:
    """A console with the caller's own queue on it."""
    argv = [sys.executable, "-m", "console", "--staff", clinic.CALLER]
    program = Program(argv, environment=bench.environment)
    sight: Callable[[Screen], bool] = lambda screen: screen.shows("open to ") and cursor_row(screen) == 1  # noqa: E731
    program.times(program.started, [sight])
    program.settle()
    return program


if __name__ == "__main__":
    main()
