"""Starting the processes, bringing killed ones back, moving the clinic's clock on when nobody has anything to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from console.rules import calendar
from console.simulate.clinic import Workplace
from console.simulate.control import PLAN, Control, Event, read_log
from console.simulate.records import Options
from console.simulate.worker import DATABASE_ENV, LOOK_S, PIN_ENV
from db.anchor import Anchor
from db.connect import Database, reading
from db.errors import DatabaseUnreachable
from db.instants import from_ms, to_ms

STEP: Final = timedelta(minutes=16)
"""The least the clock is moved: a lease whose seat died while dialling has run out by then (15 minutes)."""
IDLE_STEP: Final = timedelta(minutes=35)
"""The least it is moved when nobody has anything to do: a few retries at a time, not each by itself."""
LEAPS: Final = 5
"""How often the clock is moved on in the middle of the work, as after machines slept, when seats are killed."""
DEATHS: Final = 3
"""Deaths of one process that nobody planned, after which the simulation is given up."""


@dataclass(slots=True)
class Process:
    """One process, in whichever of its lives."""

    number: int
    life: int = 0
    running: subprocess.Popen[bytes] | None = None
    crashes: int = 0
    kills: int = 0


@dataclass(slots=True)
class Day:
    """What the processes left behind: their events, and how many deaths there were."""

    events: list[Event] = field(default_factory=list)
    seconds: float = 0.0
    killed: int = 0
    crashed: int = 0
    end: datetime | None = None


class Conductor:
    """Runs a day.

    Args:
        database: where. place: the clinic. options: what is asked for. folder: private, for page and logs.
    """

    def __init__(self, database: Database, place: Workplace, options: Options, folder: Path) -> None:
        self._database, self._place, self._folder = database, place, folder
        self._count, self._calls = options.processes, options.calls
        self._kills = options.kill_rate > 0
        anchor = Anchor.take(database.connection())
        self._anchor = anchor
        plan = {
            "at": int(anchor.at.timestamp() * 1e6),
            "mono": anchor.mono,
            "clinic_id": place.clinic_id,
            "seed": options.seed,
            "think": options.think,
            "kill_rate": options.kill_rate,
            "seats": [list(range(number, options.seats, self._count)) for number in range(self._count)],
        }
        (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
        self._control = Control(folder, self._count)
        self._environment = {**os.environ, DATABASE_ENV: database.url, PIN_ENV: place.pin}
        self._processes = [Process(number) for number in range(self._count)]

    def _now(self) -> datetime:
        return self._anchor.now() + timedelta(milliseconds=self._control.offset)

    def run(self) -> Day:
        """Work the day to its end.

        Raises:
            DatabaseUnreachable: `simulate_died`: a process ended by itself more than `DEATHS` times.
        """
        with self._control:
            try:
                return self._run()
            finally:
                for process in self._processes:
                    if process.running is not None and process.running.poll() is None:
                        process.running.kill()
                        process.running.wait()

    def _run(self) -> Day:
        self._move_to(self._place.start)
        for process in self._processes:
            self._start(process)
        self._until_idle(0)
        self._control.round = 1
        began = time.monotonic()
        while self._work_on():
            self._control.round += 1
        seconds = time.monotonic() - began
        end = self._now()
        self._control.go_home()
        for process in self._processes:
            assert process.running is not None
            process.running.wait(60)
        events = [event for process in self._processes for event in read_log(self._folder, process.number)]
        events.sort(key=lambda event: event["stamp"])
        return Day(
            events,
            seconds,
            sum(process.kills for process in self._processes),
            sum(process.crashes for process in self._processes),
            end,
        )

    def _work_on(self) -> bool:
        """Let a round be worked, then move the clock on; False when the day is over."""
        number = self._control.round
        leap = None
        if self._kills and number <= LEAPS:
            # Under everybody's feet: calls are in hand.
            leap = self._calls * number // (LEAPS + 1)
        if self._until_idle(number, leap):
            then = self._next()
            if then is None:
                return False
            self._move_to(then)
        else:
            self._move_to(self._now() + STEP)
        return True

    def _start(self, process: Process) -> None:
        self._control.set_idle(process.number, -1)
        process.running = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "console.simulate.worker",
                str(self._folder),
                str(process.number),
                str(process.life),
            ],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _until_idle(self, number: int, leap: int | None = None) -> bool:
        """Wait until no process has anything left to do in a round, and bring the dead ones back meanwhile.

        Returns:
            False when there were `leap` claims before that.
        """
        while True:
            for process in self._processes:
                assert process.running is not None
                if process.running.poll() is not None:
                    self._bring_back(process)
            if all(self._control.idle(process.number) == number for process in self._processes):
                return True
            if leap is not None and self._control.claims >= leap:
                return False
            time.sleep(LOOK_S)

    def _bring_back(self, process: Process) -> None:
        events = list(read_log(self._folder, process.number))
        kills = sum(event["event"] == "kill" for event in events)
        if kills > process.kills:
            process.kills = kills
        else:
            process.crashes += 1
            if process.crashes > DEATHS:
                where = next((event["where"] for event in reversed(events) if event["event"] == "crash"), "-")
                raise DatabaseUnreachable("simulate_died", number=process.number, where=where)
        process.life += 1
        self._start(process)

    def _move_to(self, then: datetime) -> None:
        self._control.offset += round((then - self._now()).total_seconds() * 1000)

    def _next(self) -> datetime | None:
        """When something happens next that may be worked today; None when the day is over.

        The last step leads past the end of the day, so that every lease has run out.
        """
        now, end = self._now(), self._place.end
        if now > end:
            return None
        with reading(self._database) as connection:
            (row,) = connection.execute(
                "SELECT (SELECT MIN(next_change_at) FROM item WHERE clinic_id = :id AND id >= :first "
                "AND state IN ('waiting', 'ready') AND next_change_at > :now) AS change, "
                "(SELECT MIN(expires_at) FROM contact_lease WHERE clinic_id = :id) AS lease",
                {"id": self._place.clinic_id, "first": self._place.first_item, "now": to_ms(now)},
            )
        coming = [from_ms(at) for at in (row["change"], row["lease"]) if at is not None]
        over = end + STEP
        if not coming:
            return over
        then = max(now + IDLE_STEP, min(coming) + timedelta(seconds=1))
        clock = calendar.of(self._place.policy)
        if not clock.is_open(then):
            then = clock.next_opening(then) or over
        return over if then >= end else then
