"""Connections to the record: SQLite through the standard library, PostgreSQL through psycopg, no SQLAlchemy.

SQL is written once with `:name` placeholders and runs on both.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
import zlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from db.address import Address, Dialect, parse_url
from db.drivers import is_busy, open_postgresql, open_sqlite, raise_as_record_error, retry_while_locked
from db.errors import RecordError
from db.paths import make_private_file

if TYPE_CHECKING:
    import psycopg

Row = dict[str, Any]

# Text literals and casts must stay as they are, so they are matched first and put back.
_PLACEHOLDER = re.compile(r"('(?:[^']|'')*')|(::)|:([A-Za-z_][A-Za-z0-9_]*)")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*\Z")


@lru_cache(maxsize=1024)
def _for_psycopg(sql: str) -> bytes:
    def replace(match: re.Match[str]) -> str:
        if match[3] is None:
            return match[0]
        return f"%({match[3]})s"

    return _PLACEHOLDER.sub(replace, sql.replace("%", "%%")).encode()


def _plain(value: object) -> object:
    """A parameter as SQLite and PostgreSQL both take it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        raise TypeError("instants are stored as epoch milliseconds (db.instants.to_ms)")
    return value


def _for_sqlite(value: object) -> object:
    value = _plain(value)
    return value.isoformat() if isinstance(value, date) else value


_STEADY: Final = b"SET LOCAL plan_cache_mode = force_generic_plan"

_AS_IT_IS: Final = frozenset((int, str, float, bool, type(None)))
"""Types of most parameters, which both drivers take as they are; a claim has some hundred of them."""


def _sqlite_values(params: Mapping[str, object]) -> dict[str, object]:
    return {name: value if type(value) in _AS_IT_IS else _for_sqlite(value) for name, value in params.items()}


class Connection:
    """One thread's connection; made by `Database.connection`."""

    __slots__ = ("_begins", "_in_unit", "_raw", "address", "dialect")

    _begins: tuple[bytes, ...]
    """What opens the transaction and has not been sent to PostgreSQL yet: it travels with the first statement."""

    def __init__(
        self, raw: sqlite3.Connection | psycopg.Connection[tuple[Any, ...]], address: Address
    ) -> None:
        self._raw = raw
        self._in_unit = False
        self._begins = ()
        self.address = address
        self.dialect: Dialect = address.dialect

    @property
    def raw(self) -> Any:
        """The driver's own connection, for the engine and for backups."""
        self._say_begin()
        return self._raw

    @property
    def in_unit(self) -> bool:
        """Whether a unit of work is open on this connection."""
        return self._in_unit

    @property
    def broken(self) -> bool:
        """Whether the server has closed the connection."""
        return not isinstance(self._raw, sqlite3.Connection) and (self._raw.closed or self._raw.broken)

    def execute(self, sql: str, params: Mapping[str, object] | None = None) -> list[Row]:
        """Run one statement and fetch all its rows.

        Args:
            sql: with `:name` placeholders. A parameter that may be NULL in a bare comparison needs a CAST on
                PostgreSQL.
            params: values by name; dates, booleans and enums are accepted, datetimes are not.

        Returns:
            The rows as dicts; empty for a statement without rows.

        Raises:
            Conflict: a constraint said no.
            RecordError: locked, read-only, damaged or unreachable, by its class.
        """
        cursor = self._run(sql, params)
        return self._rows(cursor) if self._has_rows(cursor) else []

    def execute_all(self, statements: Sequence[tuple[str, Mapping[str, object]]]) -> list[list[Row]]:
        """Run statements one after the other; see `execute`. On PostgreSQL they are sent together.

        Each sees what the one before it did, as if sent alone; none may depend on another's rows.

        Returns:
            The rows of each.
        """
        if isinstance(self._raw, sqlite3.Connection):
            return [self.execute(sql, params) for sql, params in statements]
        try:
            with self._raw.pipeline():
                self._say_begin()
                cursors = [self._run(sql, params) for sql, params in statements]
        except Exception as error:
            raise_as_record_error(error, self.address.shown())
        return [self._rows(cursor) if self._has_rows(cursor) else [] for cursor in cursors]

    def execute_many(self, sql: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Run one statement for each row of values; see `execute`."""
        try:
            if isinstance(self._raw, sqlite3.Connection):
                self._raw.executemany(sql, [_sqlite_values(row) for row in rows])
                return
            values = [{name: _plain(value) for name, value in row.items()} for row in rows]
            if values:
                self._say_begin()
                with self._raw.cursor() as pg:
                    pg.executemany(_for_psycopg(sql), values)
        except Exception as error:
            raise_as_record_error(error, self.address.shown())

    def changed(self, sql: str, params: Mapping[str, object] | None = None) -> int:
        """Run one UPDATE or DELETE and count the rows it changed; see `execute`."""
        return int(self._run(sql, params).rowcount)

    def _run(self, sql: str, params: Mapping[str, object] | None) -> Any:
        """The driver's cursor after a statement."""
        try:
            if isinstance(self._raw, sqlite3.Connection):
                return self._raw.execute(sql, _sqlite_values(params) if params else ())
            values = {name: _plain(value) for name, value in params.items()} if params else {}
            if not self._begins:
                return self._raw.execute(_for_psycopg(sql), values)
            begins, self._begins = self._begins, ()
            with self._raw.pipeline():
                for begin in begins:
                    self._raw.execute(begin)
                return self._raw.execute(_for_psycopg(sql), values)
        except Exception as error:
            if not self._in_unit and not sql.startswith("BEGIN") and is_busy(error):
                return self._wait_and_run(sql, params)
            raise_as_record_error(error, self.address.shown())

    def _wait_and_run(self, sql: str, params: Mapping[str, object] | None) -> Any:
        """A statement outside of a transaction that SQLite refused because another recovers or closes the file."""
        raw: Any = self._raw
        found: list[Any] = []

        def attempt() -> None:
            try:
                found.append(raw.execute(sql, _sqlite_values(params) if params else ()))
            except Exception as error:
                raise_as_record_error(error, self.address.shown())

        retry_while_locked(attempt)
        return found[0]

    def _has_rows(self, cursor: Any) -> bool:
        """Whether a statement was one that gives rows."""
        if isinstance(self._raw, sqlite3.Connection):
            return cursor.description is not None
        return cursor.pgresult is not None and cursor.pgresult.nfields > 0

    def _rows(self, cursor: Any) -> list[Row]:
        if isinstance(self._raw, sqlite3.Connection):
            names = [column[0] for column in cursor.description]
        else:
            # Its description says much more of each column, and takes longer than the server does.
            result = cursor.pgresult
            names = [result.fname(number).decode() for number in range(result.nfields)]
        try:
            # A statement of SQLite may still fail at a later row.
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except Exception as error:
            raise_as_record_error(error, self.address.shown())

    def insert(self, table: str, values: Mapping[str, object]) -> int:
        """Insert one row and return its id."""
        return int(self.execute(_insert_sql(table, tuple(values)) + " RETURNING id", values)[0]["id"])

    def insert_many(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert rows that all have the same columns."""
        if rows:
            self.execute_many(_insert_sql(table, tuple(rows[0])), rows)

    def data_version(self) -> int:
        """A number that differs once another connection has committed a change.

        On SQLite that is `PRAGMA data_version`; on PostgreSQL a digest of the current snapshot, which also
        moves for other databases of the same server.
        """
        if self.dialect == "sqlite":
            return int(self.execute("PRAGMA data_version")[0]["data_version"])
        snapshot = str(self.execute("SELECT CAST(pg_current_snapshot() AS TEXT) AS at")[0]["at"])
        return zlib.crc32(snapshot.encode())

    def now_ms(self) -> int:
        """The database's own clock, epoch milliseconds: this machine's on SQLite, else the server's."""
        if self.dialect == "sqlite":
            return time.time_ns() // 1_000_000
        return int(
            self.execute("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) AS at")[0]["at"]
        )

    def close(self) -> None:
        """Close the driver's connection; never raises."""
        try:
            self._raw.close()
        except Exception:
            # A connection that is already gone is closed enough.
            return

    def begin(self, *, steady: bool = False) -> None:
        """Open a write transaction, waiting for the write lock. For `unit_of_work` only."""
        if self._in_unit:
            raise RuntimeError("a unit of work is already open on this thread")
        if self.dialect == "sqlite":
            retry_while_locked(lambda: self.execute("BEGIN IMMEDIATE"))
        else:
            # Sent together with the first statement: a way to the server and back less.
            self._begins = (b"BEGIN", _STEADY) if steady else (b"BEGIN",)
        self._in_unit = True

    def _say_begin(self) -> None:
        raw: Any = self._raw
        begins, self._begins = self._begins, ()
        for begin in begins:
            raw.execute(begin)

    def end(self, verb: Literal["COMMIT", "ROLLBACK"]) -> None:
        """Close the write transaction. For `unit_of_work` only."""
        if self._begins:
            self._begins, self._in_unit = (), False
            return
        try:
            if verb == "COMMIT" and self.dialect == "sqlite":
                retry_while_locked(lambda: self.execute("COMMIT"))
            elif self._needs_end():
                self.execute(verb)
            self._in_unit = False
        except RecordError:
            self._in_unit = False
            if self._needs_end():
                self._raw.rollback()
            raise

    def _needs_end(self) -> bool:
        if isinstance(self._raw, sqlite3.Connection):
            # A full disk or an I/O error makes SQLite roll back by itself.
            return self._raw.in_transaction
        return not self._raw.closed and not self._raw.broken


@lru_cache(maxsize=256)
def _insert_sql(table: str, columns: tuple[str, ...]) -> str:
    for name in (table, *columns):
        if not _IDENTIFIER.match(name):
            raise ValueError(f"not a column or table name: {name!r}")
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(f":{name}" for name in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES ({values})'


class Database:
    """A handle on one database: equal by address, picklable, with one connection per thread inside.

    Args:
        url: `sqlite:///relative`, `sqlite:////absolute` or `postgresql://...`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.address = parse_url(url)
        self.dialect: Dialect = self.address.dialect
        self._own = threading.local()
        self._open: list[tuple[threading.Thread, Connection]] = []
        self._lock = threading.Lock()
        self._generation = 0
        self._pid = os.getpid()

    @classmethod
    def at(cls, path: Path) -> Database:
        """The SQLite database in that file."""
        return cls(f"sqlite:///{path.absolute()}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Database) and other.address == self.address

    def __hash__(self) -> int:
        return hash(self.address)

    def __reduce__(self) -> tuple[type[Database], tuple[str]]:
        return (Database, (self.url,))

    def __repr__(self) -> str:
        return f"Database({self.address.shown()!r})"

    def connection(self) -> Connection:
        """This thread's connection, opened on first use.

        Raises:
            DatabaseMissing: there is no such file.
            RecordError: it cannot be opened, by its class.
        """
        if os.getpid() != self._pid:
            raise RuntimeError("a database handle does not survive fork; open a new one in the child")
        held: tuple[int, Connection] | None = getattr(self._own, "held", None)
        if held is not None and held[0] == self._generation and not held[1].broken:
            return held[1]
        fresh = self.open()
        with self._lock:
            gone = [held for thread, held in self._open if not thread.is_alive() or held.broken]
            self._open = [pair for pair in self._open if pair[1] not in gone]
            self._open.append((threading.current_thread(), fresh))
            self._own.held = (self._generation, fresh)
        for connection in gone:
            connection.close()
        return fresh

    def create(self) -> None:
        """Make an empty SQLite file, 0600, and the folder for it, 0700; an existing one is left as it is."""
        if self.address.path is not None:
            make_private_file(self.address.path)

    def close(self) -> None:
        """Close the connections of all threads; the next use opens new ones."""
        with self._lock:
            self._generation += 1
            connections, self._open = self._open, []
        for _, connection in connections:
            connection.close()

    def open(self) -> Connection:
        """A new connection that the caller closes; `connection` is the one to use otherwise."""
        if self.address.path is not None:
            return Connection(open_sqlite(self.address.path), self.address)
        return Connection(open_postgresql(self.address), self.address)


@contextmanager
def unit_of_work(database: Database, *, steady: bool = False) -> Generator[Connection]:
    """One short write transaction: COMMIT at the end of the block, ROLLBACK when it raises.

    On SQLite it takes the write lock at once (BEGIN IMMEDIATE); on PostgreSQL it is READ COMMITTED.

    Args:
        database: the record.
        steady: on PostgreSQL, prepared statements keep one plan for all values. For what is done all day in the
            same few statements, whose planning would take longer than their work.

    Raises:
        RuntimeError: a unit of work is already open on this thread.
        DatabaseLocked: the write lock did not come free within `RETRY_FOR_S`.
    """
    connection = database.connection()
    connection.begin(steady=steady)
    try:
        yield connection
    except BaseException:
        connection.end("ROLLBACK")
        raise
    connection.end("COMMIT")


@contextmanager
def reading(database: Database) -> Generator[Connection]:
    """This thread's connection for reading; each statement stands alone and leaves no transaction open."""
    yield database.connection()
