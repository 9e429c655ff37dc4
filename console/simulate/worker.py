"""One process of a simulation: `python -m console.simulate.worker FOLDER NUMBER LIFE`. It lives until it is killed."""

from __future__ import annotations

import heapq
import json
import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from console.desk import queue, staff, tick
from console.simulate.clinic import login
from console.simulate.control import LOG, PLAN, Control, EventLog
from console.simulate.mortal import Fate, MortalDatabase
from console.simulate.person import AWAY, NOTHING, Person, Surroundings
from db.anchor import Anchor
from db.errors import DatabaseLocked
from db.instants import to_ms

DATABASE_ENV, PIN_ENV = "AFTERCALL_DB", "AFTERCALL_PIN"
LOOK_S: Final = 0.02
"""How often a process with nothing to do looks at the page, seconds."""
TICK: Final = timedelta(seconds=60)
"""How often an open console keeps the clinic's clocks moving, by the clinic's clock."""


class Worker:
    """A process with its seats.

    Args:
        plan: see `conductor`. control: the page. number: which process. life: how often it has died before.
    """

    def __init__(self, plan: dict[str, Any], control: Control, folder: Path, number: int, life: int) -> None:
        self._control, self._number = control, number
        self._log = EventLog(folder / LOG.format(number=number), plan["at"], plan["mono"])
        seed = f"{plan['seed']}/{number}/{life}"
        fate = Fate(self._log, random.Random(f"{seed}/fate"), lambda: to_ms(self._now()))
        self._database = MortalDatabase(os.environ[DATABASE_ENV], fate)
        self._clock = Anchor.take(self._database.connection())
        self._people = [
            Person(
                login(who),
                os.environ[PIN_ENV],
                Surroundings(
                    self._database,
                    self._log,
                    fate,
                    random.Random(f"{seed}/{who}"),
                    lambda: control.count_claim(number),
                    self._now,
                    plan["think"],
                    plan["kill_rate"],
                ),
            )
            for who in plan["seats"][number]
        ]
        self._clinic_id: int = plan["clinic_id"]
        # Consoles are opened at different moments, so their ticks fall apart.
        self._next_tick = self._now() + TICK * random.Random(seed).random()

    def _now(self) -> datetime:
        return self._clock.now() + timedelta(milliseconds=self._control.offset)

    def run(self) -> None:
        """Work round by round until everybody is sent home."""
        for person in self._people:
            person.sit_down()
        self._warm_up()
        while self._control.round == 0:
            self._control.set_idle(self._number, 0)
            time.sleep(LOOK_S)
        days = [person.day() for person in self._people]
        waiting: list[tuple[float, int]] = [(0.0, index) for index in range(len(days))]
        parked: list[int] = []
        worked = -1
        parent = os.getppid()
        # Whoever is left behind by a conductor that was killed goes home too.
        while not self._control.stop and os.getppid() == parent:
            if self._control.round != worked:
                worked = self._control.round
                waiting += [(0.0, index) for index in parked]
                heapq.heapify(waiting)
                parked.clear()
            self._tick()
            if not waiting:
                self._control.set_idle(self._number, worked)
                time.sleep(LOOK_S)
                continue
            due, index = heapq.heappop(waiting)
            wait = due - time.monotonic()
            if wait > LOOK_S:
                heapq.heappush(waiting, (due, index))
                time.sleep(LOOK_S)
                continue
            if wait > 0:
                time.sleep(wait)
            pause = next(days[index])
            if pause in (NOTHING, AWAY):
                parked.append(index)
            else:
                heapq.heappush(waiting, (time.monotonic() + pause, index))
        self._go_home()

    def _warm_up(self) -> None:
        """What a console does before its first key: paint the queue."""
        seat = self._people[0].seat
        assert seat is not None
        queue.page(seat, self._now())

    def _tick(self) -> None:
        now = self._now()
        if now < self._next_tick:
            return
        self._next_tick = now + TICK
        for person in self._people:
            if person.seat is not None:
                seat = person.seat
                self._quietly(lambda seat=seat: staff.seen(seat, now))
        self._quietly(lambda: tick.tick(self._database, self._clinic_id, now))

    def _quietly(self, what: Callable[[], object]) -> None:
        """A console whose tick found the database locked ticks again a minute later."""
        try:
            what()
        except DatabaseLocked:
            self._log.write("busy")

    def _go_home(self) -> None:
        for person in self._people:
            if person.seat is not None:
                seat = person.seat
                self._quietly(lambda seat=seat: staff.sign_out(seat, self._now()))
        self._database.close()
        self._log.write("home")
        self._log.close()


def main(arguments: list[str]) -> int:
    """Live. Args: folder, number of the process, how often it has died before. Returns 0, or 1 after a crash."""
    folder, number, life = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    with Control(folder, len(plan["seats"])) as control:
        try:
            Worker(plan, control, folder, number, life).run()
        except Exception as error:
            # No message: it may hold what the record holds. The place is enough to look for.
            (*_outer, frame) = traceback.extract_tb(error.__traceback__)
            where = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
            EventLog(folder / LOG.format(number=number), plan["at"], plan["mono"]).write("crash", where=where)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
