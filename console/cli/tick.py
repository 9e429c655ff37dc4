"""`aftercall tick`: keeps the clocks moving and calls people out, also when every console is closed."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from console.cli import common
from console.i18n import _

if TYPE_CHECKING:
    from console.clock import Clock
    from console.desk.callouts import CallOut
    from db.connect import Database

LOOK_S: Final = 1.0
"""Seconds between looks at what cannot wait: run-out clocks and call-outs. An emergency's shortest clock is minutes."""
EVERY_S: Final = 30
"""Seconds between whole ticks; nobody is watching after 120 (docs/board.md)."""
EVERY_MOST_S: Final = 60
AT_ONCE: Final = 8
"""Programs that may run beside each other: one that hangs keeps no other waiting."""
PAUSE_MOST_S: Final = 30.0
"""Longest pause while the record cannot be reached."""


def add_parser(subparsers: common.Commands[argparse.ArgumentParser]) -> None:
    """Add the command to the command line. Args: the main parser's sub-parsers."""
    parser = subparsers.add_parser(
        "tick", help=_("keep the clocks moving and call people out; with every console closed, too")
    )
    parser.add_argument("--watch", action="store_true", help=_("go on until it is told to end"))
    parser.add_argument(
        "--every",
        type=_seconds,
        default=EVERY_S,
        metavar="SECONDS",
        help=_(
            "with --watch: seconds between whole ticks, 5 to 60 (default 30); clocks are seen each second"
        ),
    )
    common.add_json(parser)


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 5 <= int(text) <= EVERY_MOST_S:
        raise argparse.ArgumentTypeError(_("{text} is not between 5 and 60", text=text))
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Do the command. Leaves an audit row when it starts; what the clocks do leaves its own.

    Args: args from `add_parser`, with `db` of the main parser.
    Returns the exit code 0, also when a watch is ended by SIGTERM or SIGINT.
    Raises: RecordError: no database, or no clinic in it; while it watches that is told and tried again.
    """
    with common.record(args) as database:
        clinic = common.clinic_of(database)
        ticker = Ticker(database, clinic.id, lambda done: _show(args, done, ZoneInfo(clinic.zone)))
        ticker.begin()
        if args.watch:
            with _ending(ticker):
                ticker.watch(args.every)
        else:
            ticker.once()
    return common.DONE


@contextmanager
def _ending(ticker: Ticker) -> Iterator[None]:
    """SIGTERM and SIGINT end a watch after what it is doing now."""
    before = {
        one: signal.signal(one, lambda _number, _frame: ticker.end())
        for one in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@dataclass(slots=True)
class Done:
    """What one look did. `paged`: programs that were run since the look before."""

    at: datetime
    placed: int = 0
    unreached: int = 0
    breached: int = 0
    called_out: int = 0
    reports_late: int = 0
    planned: int = 0
    sealed: int = 0
    paged: list[dict[str, Any]] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether a person would want to read of it; that the trail was sealed she would not."""
        counts = (self.unreached, self.breached, self.called_out, self.reports_late, self.planned)
        return any(counts) or bool(self.paged)


class Ticker:
    """One process that ticks. Any number of them work beside each other and beside consoles.

    Args:
        database: the record.
        clinic_id: the clinic.
        tell: gets what was done.
    """

    def __init__(self, database: Database, clinic_id: int, tell: Callable[[Done], None]) -> None:
        from console.clock import SystemClock

        self._database, self._clinic_id, self._tell = database, clinic_id, tell
        self._clock: Clock = SystemClock()
        self._holder = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._end = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="page")
        self._paged: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Leave the audit row that a ticker started."""
        from db import audit
        from db.connect import unit_of_work

        with unit_of_work(self._database) as connection:
            audit.append(
                connection,
                clinic_id=self._clinic_id,
                at=self._now(),
                staff_id=None,
                seat_id=None,
                action="clinic.tick",
                subject_kind="clinic",
                subject_id=self._clinic_id,
            )

    def end(self) -> None:
        """Let the watch end."""
        self._end.set()

    def _now(self) -> datetime:
        """The present by the database's clock: several machines may tick."""
        from console.desk import present

        self._clock = present.anchored(self._database, self._clock)
        return self._clock.now()

    def once(self) -> None:
        """One tick; waits for the programs it runs."""
        done = self._whole(self._clocks())
        self._pool.shutdown(wait=True)
        done.paged = self._take_paged()
        self._tell(done)

    def watch(self, every: float) -> None:
        """Tick until `end`.

        Args:
            every: seconds between whole ticks.
        """
        whole_at, pause, first = float("-inf"), LOOK_S, True
        while not self._end.is_set():
            try:
                # The clocks first, and again a second later when the rest fails: emergencies wait for nothing.
                done, pause = self._clocks(), LOOK_S
                if time.monotonic() - whole_at >= every:
                    whole_at = time.monotonic()
                    done = self._whole(done)
                done.paged = self._take_paged()
                if first or done.anything:
                    self._tell(done)
                first = False
            except Exception as error:
                # Whoever watches at night is not ended by a database that is busy or being restarted.
                self._trouble(error)
                pause = min(pause * 2, PAUSE_MOST_S)
            self._end.wait(pause)
        self._pool.shutdown(wait=True)

    def _trouble(self, error: Exception) -> None:
        from console.door import sentence

        common.tell(sentence(error))

    def _clocks(self) -> Done:
        """What cannot wait, and the programs that call people out."""
        from console.desk import tick

        now = self._now()
        found = tick.clocks(self._database, self._clinic_id, now)
        self._run_due(now)
        return Done(now, breached=found.breached, called_out=found.called_out, reports_late=found.reports)

    def _whole(self, done: Done) -> Done:
        """A whole tick after the clocks; adds what it did."""
        from console.desk import tick

        now = self._now()
        found = tick.tick(self._database, self._clinic_id, now)
        self._run_due(now)
        return Done(
            at=now,
            placed=found.placed,
            unreached=found.unreached,
            breached=done.breached + found.breached,
            called_out=done.called_out + found.called_out,
            reports_late=done.reports_late + found.reports,
            planned=found.planned,
            sealed=found.sealed,
        )

    def _run_due(self, now: datetime) -> None:
        from console.desk import callouts, policy

        in_force = policy.current(self._database, self._clinic_id)
        for call in callouts.claim(self._database, self._clinic_id, in_force, self._holder, now):
            self._pool.submit(self._call_out, call)

    def _call_out(self, call: CallOut) -> None:
        """Run one program and write down how it ended; in a thread, so that clocks go on."""
        from console import notify
        from console.desk import callouts, policy

        error = notify.run(call.argv, call.timeout_s)
        try:
            in_force = policy.current(self._database, self._clinic_id)
            callouts.ended(self._database, self._clinic_id, in_force, call, error, self._clock.now())
        except Exception as fault:
            # Its claim runs out, and the call-out is made again.
            self._trouble(fault)
        with self._lock:
            self._paged.append(
                {"escalation": call.escalation_id, "level": call.level, "step": call.step, "error": error}
            )

    def _take_paged(self) -> list[dict[str, Any]]:
        with self._lock:
            taken, self._paged = self._paged, []
        return taken


def _show(args: argparse.Namespace, done: Done, zone: ZoneInfo) -> None:
    document = {**asdict(done), "at": done.at.astimezone(zone).isoformat(timespec="seconds")}
    common.emit(args, document, _lines(done, zone))
    sys.stdout.flush()


def _lines(done: Done, zone: ZoneInfo) -> list[str]:
    at = f"{done.at.astimezone(zone):%Y-%m-%d %H:%M:%S %z}"
    lines = [
        _(
            "{at}  clocks run out {breached}, called out {called}, unreached {unreached}, reports late {reports}, "
            "placed {placed}, sealed {sealed}",
            at=at,
            breached=done.breached,
            called=done.called_out,
            unreached=done.unreached,
            reports=done.reports_late,
            placed=done.placed,
            sealed=done.sealed,
        )
    ]
    for page in done.paged:
        parts = {"at": at, "id": page["escalation"], "level": page["level"], "step": page["step"]}
        lines.append(
            _("{at}  called out for case {id}, {level}, person {step}", **parts)
            if page["error"] is None
            else _(
                "{at}  not called out for case {id}, {level}, person {step}: {why}",
                why=page["error"],
                **parts,
            )
        )
    return lines
