"""A long run of the seeded model: .venv/bin/python bench/model.py --steps 100000 (docs/scale.md).

Every seed is a clinic of its own. A run that breaks is told with its seed, what does not hold and as few steps as are
found in a minute; the others go on.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> int:
    """Run it; 1 when anything broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000, help="of all runs together")
    parser.add_argument("--each", type=int, default=400, help="of one run")
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--minutes", type=float, default=60, help="no new run is begun after that")
    parser.add_argument("--show", action="store_true", help="print every step of the first run")
    asked = parser.parse_args()

    from db import pins, schema
    from db.connect import Database
    from tests.model.databases import sqlite
    from tests.model.run import run, smaller

    # Hashing a PIN is slow on purpose, and nobody guesses here.
    pins._N = 2**4  # pyright: ignore[reportPrivateUsage]
    began, done, broken, deaths, saved, judged, guests = time.monotonic(), 0, 0, 0, 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="aftercall-model-") as name:
        folder = Path(name)
        template = Database.at(folder / "template.db")
        schema.upgrade(template)
        template.connection().execute("PRAGMA journal_mode=DELETE")
        template.close()
        fresh, seed = sqlite(folder / "template.db", folder), asked.seed
        while done < asked.steps and time.monotonic() - began < asked.minutes * 60:
            one = run(fresh, seed, range(min(asked.each, asked.steps - done)))
            if asked.show and seed == asked.seed:
                print(*one.steps, sep="\n")
            if one.broken is not None:
                broken += 1
                print(smaller(fresh, one, 60).report(), flush=True)
            done, deaths, saved, judged = (
                done + one.at,
                deaths + one.deaths,
                saved + one.saved,
                judged + one.judged,
            )
            guests, seed = guests + one.guests, seed + 1
    print(
        f"{done} steps in {time.monotonic() - began:.0f} s, seeds {asked.seed} to {seed - 1}: {deaths} killed, "
        f"{guests} acts in between another's, {saved} conversations, {judged} places judged; {broken} runs broke"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
