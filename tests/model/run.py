"""Run a seed, and when it fails find fewer steps that fail as well."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from console.desk.placing import drain
from db import audit
from db.connect import Database
from db.instants import from_ms
from tests.model.ideal import Broken, must
from tests.model.world import World

Fresh = Callable[[], AbstractContextManager[Database]]
"""Makes an empty migrated database that is gone at the end of the block."""


@dataclass(frozen=True)
class Outcome:
    """What came of one run.

    Args:
        seed, numbers: what was run. broken: what failed, None when nothing did. at: how many steps it took.
        steps: what happened. deaths, judged: processes killed; stored places held against the rule.
        saved: conversations on record. guests: acts in between another's transactions.
    """

    seed: int
    numbers: tuple[int, ...]
    broken: str | None
    at: int
    steps: tuple[str, ...]
    deaths: int = 0
    judged: int = 0
    saved: int = 0
    guests: int = 0

    def report(self) -> str:
        """All that is needed to see it again."""
        return "\n".join((f"seed {self.seed}: {self.broken}", *self.steps[-60:]))


def run(fresh: Fresh, seed: int, numbers: Sequence[int]) -> Outcome:
    """Run some steps of a seed on a fresh database."""
    with fresh() as database, tempfile.TemporaryDirectory() as folder:
        world = World(database, Path(folder), seed)
        broken, done = None, 0
        try:
            with world.clocks():
                for number in numbers:
                    done += 1
                    world.step(number)
                _end(world)
        except Broken as error:
            broken = str(error)
        finally:
            world.close()
        return Outcome(
            seed,
            tuple(numbers),
            broken,
            done,
            tuple(world.steps),
            world.deaths,
            world.watch.judged,
            len(world.ideal.saved),
            world.visits,
        )


def _end(world: World) -> None:
    """After the last step: everything is brought up and judged, and the audit trail is whole."""
    now, clinic_id = from_ms(world.now_ms), world.clinic.clinic_id
    drain(world.database, clinic_id, world.policy, now)
    world.watch.all_of(world.now_ms, [], set(), everything=True)
    audit.seal(world.database, clinic_id, now)
    found = audit.verify(world.database, clinic_id)
    must(found.intact and not found.unsealed, "the audit trail is broken", found=found)


def smaller(fresh: Fresh, failed: Outcome, seconds: float) -> Outcome:
    """The same failure with fewer steps, as far as it is found in that time."""
    best, until = failed, time.monotonic() + seconds
    size = max(1, failed.at // 2)
    numbers = list(failed.numbers[: failed.at])
    while size:
        start = 0
        while start < len(numbers) and time.monotonic() < until:
            fewer = numbers[:start] + numbers[start + size :]
            again = run(fresh, failed.seed, fewer)
            if again.broken is not None and again.broken.split(":")[0] == (failed.broken or "").split(":")[0]:
                best, numbers = again, fewer[: again.at]
            else:
                start += size
        size //= 2
        if time.monotonic() >= until:
            break
    return best
