"""A database handle whose process may be killed at a statement, as a power cut would."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from console.simulate.control import EventLog
from db.connect import Connection, Database, Row
from db.drivers import open_postgresql, open_sqlite

STATEMENTS: Final = 160
"""A kill strikes within so many statements of its call's beginning; a whole call has about as many."""

LATEST_S: Final = 0.004
"""A kill in the middle of a statement strikes within this time of its beginning, seconds."""

_KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)


class Fate:
    """Whether and when this process dies.

    Args:
        log: told just before it happens. chance: where the statement is drawn from.
        clock: the clinic's clock, epoch milliseconds.
    """

    def __init__(self, log: EventLog, chance: random.Random, clock: Callable[[], int]) -> None:
        self._log, self._chance, self._clock = log, chance, clock
        self._left = 0
        self._how = ""

    @property
    def armed(self) -> bool:
        """Whether the process is going to die."""
        return bool(self._how)

    def arm(self) -> None:
        """Let the process die at one of its next statements: before it, after it or in the middle of it."""
        if not self.armed:
            self._left = self._chance.randint(1, STATEMENTS)
            self._how = self._chance.choice(("before", "during", "after"))

    def begins(self) -> None:
        """A statement is about to run."""
        if not self.armed:
            return
        self._left -= 1
        if self._left:
            return
        if self._how == "before":
            self._die()
        elif self._how == "during":
            threading.Thread(target=self._die, args=(self._chance.uniform(0, LATEST_S),), daemon=True).start()

    def ended(self) -> None:
        """A statement has run."""
        if self._how == "after" and self._left == 0:
            self._die()

    def _die(self, wait: float = 0.0) -> None:
        self._log.write("kill", how=self._how, at=self._clock())
        time.sleep(wait)
        os.kill(os.getpid(), _KILL)


class MortalConnection(Connection):
    """A connection that tells fate of each statement."""

    __slots__ = ("fate",)
    fate: Fate

    def execute(self, sql: str, params: Mapping[str, object] | None = None) -> list[Row]:
        """See `Connection.execute`."""
        self.fate.begins()
        rows = super().execute(sql, params)
        self.fate.ended()
        return rows

    def execute_many(self, sql: str, rows: Iterable[Mapping[str, object]]) -> None:
        """See `Connection.execute_many`."""
        self.fate.begins()
        super().execute_many(sql, rows)
        self.fate.ended()

    def changed(self, sql: str, params: Mapping[str, object] | None = None) -> int:
        """See `Connection.changed`."""
        self.fate.begins()
        count = super().changed(sql, params)
        self.fate.ended()
        return count


class MortalDatabase(Database):
    """A handle whose connections tell fate of each statement.

    Args:
        url: the database. fate: whose.
    """

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url)
        self._fate = fate

    def __reduce__(self) -> Any:
        raise TypeError("a process dies alone: this handle is not handed on")

    def open(self) -> Connection:
        """See `Database.open`."""
        path = self.address.path
        raw = open_postgresql(self.address) if path is None else open_sqlite(path)
        connection = MortalConnection(raw, self.address)
        connection.fate = self._fate
        return connection
