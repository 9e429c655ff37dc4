"""The talk-tracks: from nothing to the first concern, and one more selection. Run it by itself; see docs/speed.md."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
# Instead of this folder, whose queue.py would hide the standard library's.
sys.path[0] = str(ROOT)

from bench import table  # noqa: E402

LOAD_MS, SELECT_MS = 60.0, 2.0
"""Goals in milliseconds, as medians."""

IMPORTS = """
import json, tomllib
from time import perf_counter, process_time
from console.scripts import library, records, select
from console.scripts.records import OpenTreatment
"""
END = "\nprint(json.dumps(taken))\n"

EMPTY = "taken = {}"
BUSY = """
started, used = perf_counter(), process_time()
total = 0
for number in range(300_000): total += number
taken = {"a fixed loop (noise)": perf_counter() - started}
taken["a fixed loop, processor"] = process_time() - used
"""
LOAD = """
started, used = perf_counter(), process_time()
release = library.shipped()
read = perf_counter()
view = select.select_concern(release, OpenTreatment("upper_blepharoplasty", 6), "swelling")
taken = {"load and first concern": perf_counter() - started, "load alone": read - started}
taken["load and first concern, processor"] = process_time() - used
assert view.say
"""
WHOLE = """
files = ["procedures.toml", "questions.toml", "flags.toml", "windows.toml"]
files += ["concerns/general.toml", "concerns/swelling.toml"]
from importlib.resources import files as inside
texts = [inside("console.scripts").joinpath(name).read_bytes().decode() for name in files]
started, used = perf_counter(), process_time()
for text in texts: tomllib.loads(text)
taken = {"the same files by tomllib": perf_counter() - started}
taken["the same files by tomllib, processor"] = process_time() - used
"""
SELECT = """
release = library.shipped()
first, again = [], []
pairs = [(one, concern) for concern in release.concerns for one in release.procedures]
for round_ in range(3):
    for procedure, concern in pairs:
        fresh = not round_ and procedure == pairs[0][0]
        treatment = OpenTreatment(procedure, (1, 6, 40)[round_])
        started = perf_counter()
        select.select_concern(release, treatment, concern)
        (first if fresh else again).append(perf_counter() - started)
again.sort()
first.sort()
taken = {"one selection": again[len(again) // 2], "one selection, slowest in a hundred": again[len(again) * 99 // 100],
         "a concern opened the first time": first[len(first) // 2]}
"""


def fresh(code: str) -> dict[str, float]:
    """One new process. Args: code that fills `taken`. Returns its seconds, and the process's own as "process"."""
    started = perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS + code + END], capture_output=True, check=True, cwd=ROOT, text=True
    )
    return {**json.loads(done.stdout), "process": perf_counter() - started}


def main() -> None:
    """Start everything in turn, print the table and whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    rounds = parser.parse_args().rounds
    print(f"at the start: {table.machine()}")
    programs = {"empty": EMPTY, "busy": BUSY, "load": LOAD, "whole": WHOLE, "select": SELECT}
    taken: dict[str, list[float]] = {}
    # The first round fills the file cache and the compiled modules; it is not counted.
    for number in range(rounds + 1):
        turn = list(programs)
        random.Random(number).shuffle(turn)
        for name in turn:
            for what, seconds in fresh(programs[name]).items():
                label = {"process": f"process: {name}"}.get(what, what)
                if number and label not in ("process: busy", "process: whole", "process: select"):
                    taken.setdefault(label, []).append(seconds)
        print(".", end="", flush=True)
    goals = [
        table.Goal("load and first concern", "the same files by tomllib"),
        table.Goal("load and first concern, processor", "the same files by tomllib, processor"),
        table.Goal("process: load", "process: empty"),
        table.Goal("one selection", "load and first concern"),
    ]
    met = table.show("talk-tracks", dict(sorted(taken.items())), goals)
    for what, limit in (("load and first concern", LOAD_MS), ("one selection", SELECT_MS)):
        middle = statistics.median(taken[what]) * 1000
        reached = middle <= limit
        met = met and reached
        low = min(taken[what]) * 1000
        verdict = "met" if reached else "MISSED"
        print(f"{what}: median {middle:.2f} ms, fastest {low:.2f} ms; goal {limit:.0f} ms: {verdict}")
    noise = taken["a fixed loop (noise)"]
    print(f"noise: the same loop took {min(noise) * 1000:.0f} to {max(noise) * 1000:.0f} ms")
    table.end(met)


if __name__ == "__main__":
    main()
