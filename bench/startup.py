"""From the command to the first painted queue, against the smallest Textual app. Run it by itself; see
docs/speed.md."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Instead of this folder, whose queue.py would hide the standard library's.
sys.path[0] = str(ROOT)

from bench import clinic, table  # noqa: E402
from bench.frames import Program  # noqa: E402
from db.connect import Database  # noqa: E402

FLOOR, FRAME, ROWS, LOCKED = "one Static", "frame", "rows", "sign-in"
HEADING, PROMPT, ROW, SEATED = "patient   procedure", "Sign in", "No call yet", "open to "
GOAL = 1.6


def minimal(bench: clinic.Bench) -> dict[str, float]:
    """The floor, in the same environment."""
    argv = [sys.executable, "-P", str(ROOT / "bench" / "minimal_app.py")]
    with Program(argv, environment=bench.environment) as program:
        return {FLOOR: program.first("floor-is-painted")[0]}


def console(bench: clinic.Bench, name: str) -> dict[str, float]:
    """The console with nobody signed in: its frame, its masked rows, the sign-in over them."""
    with Program([sys.executable, "-m", "console"], environment=bench.environment) as program:
        frame, rows, locked = program.times(
            program.started,
            [
                lambda screen: screen.shows(HEADING),
                lambda screen: screen.shows(ROW),
                lambda screen: screen.shows(ROW) and screen.shows(PROMPT),
            ],
        )
    return {f"{name} {FRAME}": frame, f"{name} {ROWS}": rows, f"{name} {LOCKED}": locked}


def signed_in(bench: clinic.Bench, name: str) -> dict[str, float]:
    """The console that signs in by itself: masked rows, then the caller's own queue."""
    argv = [sys.executable, "-m", "console", "--staff", clinic.CALLER]
    with Program(argv, environment=bench.environment) as program:
        rows, own = program.first(ROW, SEATED)
    return {f"{name} --staff {ROWS}": rows, f"{name} --staff own queue": own}


def main() -> None:
    """Build the clinics, start everything in turn, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--ready", type=int, default=clinic.READY, help="ready calls of the clinic")
    parser.add_argument("--no-postgresql", action="store_true")
    args = parser.parse_args()
    with clinic.throw_away_folder() as folder, clinic.postgresql_server(folder) as server:
        small = clinic.sqlite_clinic(folder, "sqlite", ready=args.ready)
        programs = [
            lambda: minimal(small),
            lambda: console(small, "sqlite"),
            lambda: signed_in(small, "sqlite"),
        ]
        if server is not None and not args.no_postgresql:
            other = clinic.build(Database(server), folder / "settings", ready=args.ready)
            programs.append(lambda: console(other, "postgresql"))
        else:
            print("no PostgreSQL here: it is left out")
        print(f"at the start: {table.machine()}")
        taken: dict[str, list[float]] = {}
        # The first round fills the file cache and the compiled modules; it is not counted.
        for number in range(args.rounds + 1):
            turn = list(programs)
            random.Random(number).shuffle(turn)
            for measure in turn:
                for name, seconds in measure().items():
                    if number:
                        taken.setdefault(name, []).append(seconds)
            print(".", end="", flush=True)
    goals = [
        table.Goal(f"sqlite {ROWS}", FLOOR, GOAL),
        table.Goal(f"sqlite {FRAME}", FLOOR),
        table.Goal(f"sqlite {LOCKED}", FLOOR),
        table.Goal(f"sqlite --staff {ROWS}", FLOOR),
        table.Goal("sqlite --staff own queue", FLOOR),
    ]
    if f"postgresql {FRAME}" in taken:
        goals += [
            table.Goal(f"postgresql {FRAME}", FLOOR, GOAL),
            table.Goal(f"postgresql {ROWS}", FLOOR),
        ]
    order = sorted(taken, key=lambda name: (name != FLOOR, name))
    met = table.show("start to a complete frame", {name: taken[name] for name in order}, goals)
    table.end(met)


if __name__ == "__main__":
    main()
