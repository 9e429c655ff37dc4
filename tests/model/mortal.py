"""Connections that die like a killed process: at any statement, before it, after it or in the middle of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from db.connect import Connection, Database, Row
from db.drivers import open_postgresql, open_sqlite

How = Literal["before", "during", "after"]
HOWS: Final[tuple[How, ...]] = ("before", "during", "after")


class Crashed(BaseException):
    """The process is gone. No `except Exception` of the program may hold it up."""


class Fate:
    """What happens at the statements of one console.

    Args:
        now_ms: the database's clock, epoch milliseconds.
        between: told of every statement that begins while no transaction is open: others may act there.
        committed: told after every COMMIT.
    """

    def __init__(
        self, now_ms: Callable[[], int], between: Callable[[], None], committed: Callable[[], None]
    ) -> None:
        self.now_ms, self._between, self._committed = now_ms, between, committed
        self.dead = False
        self._left, self._how = 0, HOWS[0]
        self.struck = ""

    def arm(self, left: int, how: How) -> None:
        """Die at the `left`-th statement from now; 0 lets it live."""
        self._left, self._how, self.struck = left, how, ""

    def begins(self, sql: str, *, inside: bool) -> bool:
        """A statement begins; whether it is to die half done."""
        if self.dead:
            raise Crashed
        if not inside:
            self._between()
        if self._left:
            self._left -= 1
            if not self._left:
                self.struck = f"{self._how} {' '.join(sql.split())[:60]}"
                if self._how == "before":
                    self.die()
                return self._how == "during"
        return False

    def ended(self, sql: str) -> None:
        """A statement has run."""
        if sql == "COMMIT":
            self._committed()
        if self.struck:
            self.die()

    def die(self) -> None:
        """Now."""
        self.dead = True
        raise Crashed


@dataclass
class Line:
    """The one connection to a PostgreSQL server that all consoles of a run share.

    No two of them ever have a transaction open at once, and a server that lost a console rolls back just as this
    line does: what differs is a warm session. Now and then a death cuts it all the same.

    Args:
        raw: the driver's connection. deaths: how many consoles died on it.
    """

    raw: Any = None
    deaths: int = 0


REALLY: Final = 8
"""One death in so many cuts the line."""


class MortalConnection(Connection):
    """A connection that tells fate of each statement, and takes its clock from it."""

    __slots__ = ("fate", "line")
    fate: Fate
    line: Line | None

    def execute(self, sql: str, params: Mapping[str, object] | None = None) -> list[Row]:
        """See `Connection.execute`."""
        if self.fate.begins(sql, inside=self.in_unit):
            self._half(sql, params or {})
        rows = super().execute(sql, params)
        self.fate.ended(sql)
        return rows

    def execute_many(self, sql: str, rows: Iterable[Mapping[str, object]]) -> None:
        """See `Connection.execute_many`."""
        every = list(rows)
        if self.fate.begins(sql, inside=self.in_unit):
            super().execute_many(sql, every[: len(every) // 2])
            self.fate.die()
        super().execute_many(sql, every)
        self.fate.ended(sql)

    def changed(self, sql: str, params: Mapping[str, object] | None = None) -> int:
        """See `Connection.changed`."""
        if self.fate.begins(sql, inside=self.in_unit):
            self._half(sql, params or {})
        count = super().changed(sql, params)
        self.fate.ended(sql)
        return count

    def _half(self, sql: str, params: Mapping[str, object]) -> None:
        # Of one statement a database keeps all or nothing: half of it is the statement without an answer.
        super().execute(sql, params)
        self.fate.die()

    def end(self, verb: Literal["COMMIT", "ROLLBACK"]) -> None:
        """See `Connection.end`; nobody is left to roll back, the connection is just gone."""
        if self.fate.dead:
            self.close()
            return
        super().end(verb)

    def close(self) -> None:
        """See `Connection.close`."""
        if self.line is None:
            super().close()
        elif self.raw is self.line.raw and self.fate.dead:
            self.line.deaths += 1
            if self.line.deaths % REALLY:
                self.raw.rollback()
            else:
                self.line.raw = None
                super().close()

    def now_ms(self) -> int:
        """The clock of the made-up database."""
        return self.fate.now_ms()


class MortalDatabase(Database):
    """A console's handle on the record.

    Args:
        url: the database. fate: whose. line: for PostgreSQL.
    """

    def __init__(self, url: str, fate: Fate, line: Line) -> None:
        super().__init__(url)
        self._fate, self._line = fate, line

    def open(self) -> Connection:
        """See `Database.open`. SQLite waits for no disk here: a process dies, the machine does not."""
        path = self.address.path
        if path is not None:
            raw = open_sqlite(path)
            raw.execute("PRAGMA synchronous=OFF")
            connection = MortalConnection(raw, self.address)
            connection.line = None
        else:
            if self._line.raw is None or self._line.raw.closed:
                self._line.raw = open_postgresql(self.address)
            connection = MortalConnection(self._line.raw, self.address)
            connection.line = self._line
        connection.fate = self._fate
        return connection
