"""Opening what the drivers offer, and turning what they raise into `db.errors`.

A driver's message can hold a patient's data, so it is dropped: only the kind of the failure goes on.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from db.address import Address
from db.errors import (
    Conflict,
    DatabaseCorrupt,
    DatabaseLocked,
    DatabaseMissing,
    DatabaseReadOnly,
    DatabaseUnreachable,
    RecordError,
)
from db.paths import refuse_network_path, tighten

if TYPE_CHECKING:
    import psycopg

BUSY_TIMEOUT_MS: Final = 5
"""SQLite's own wait; short, because its growing sleeps starve a seat under load while ours are fair."""
RETRY_SLEEP_S: Final = (0.0003, 0.004)
"""Bounds of one jittered wait for the write lock, seconds."""
RETRY_FOR_S: Final = 4.0
"""How long a writer waits for the write lock before it gives up, seconds."""
CONNECT_TIMEOUT_S: Final = 5
"""How long a PostgreSQL server may take to answer, seconds."""


def retry_while_locked(attempt: Callable[[], object]) -> None:
    """Call `attempt` until it no longer raises DatabaseLocked, with jittered waits, for `RETRY_FOR_S`."""
    deadline = time.monotonic() + RETRY_FOR_S
    while True:
        try:
            attempt()
            return
        except DatabaseLocked:
            if time.monotonic() >= deadline:
                raise
        time.sleep(random.uniform(*RETRY_SLEEP_S))


def is_busy(error: Exception) -> bool:
    """Whether SQLite refused a statement because another connection has the file for itself at this moment."""
    full: int = getattr(error, "sqlite_errorcode", None) or 0
    return full & 0xFF == sqlite3.SQLITE_BUSY


def open_sqlite(path: Path) -> sqlite3.Connection:
    """Open an existing SQLite file in autocommit mode with our pragmas."""
    shown = str(path)
    refuse_network_path(shown)
    try:
        exists = path.is_file()
    except OSError:
        raise DatabaseUnreachable("cannot_open", path=shown) from None
    if not exists:
        raise DatabaseMissing("database_missing", path=shown)
    tighten(path)
    raw: sqlite3.Connection | None = None
    try:
        raw = sqlite3.connect(
            path,
            timeout=BUSY_TIMEOUT_MS / 1000,
            isolation_level=None,
            # `Database.close` closes the connections of other threads; statements stay on their own thread.
            check_same_thread=False,
            cached_statements=256,
        )
        raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        _settle(raw, path)
        return raw
    except Exception as error:
        if raw is not None:
            raw.close()
        raise_as_record_error(error, shown)


def _settle(raw: sqlite3.Connection, path: Path) -> None:
    """Switch to write-ahead logging and full syncing; a file that may only be read keeps the mode it has."""

    def read_and_switch() -> None:
        # Even the first read is refused for a moment while another opens, recovers or closes the file.
        try:
            if raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal" and os.access(path, os.W_OK):
                raw.execute("PRAGMA journal_mode=WAL")
            raw.execute("PRAGMA synchronous=FULL")
            raw.execute("PRAGMA foreign_keys=ON")
        except sqlite3.Error as error:
            raise_as_record_error(error, str(path))

    retry_while_locked(read_and_switch)


def open_postgresql(address: Address) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a PostgreSQL database in autocommit mode."""
    try:
        import psycopg
    except ImportError:
        raise DatabaseUnreachable("postgres_driver_missing") from None
    try:
        return psycopg.Connection.connect(
            address.conninfo,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_S,
            client_encoding="UTF8",
            application_name="aftercall",
            options=f"-c lock_timeout={int(RETRY_FOR_S * 1000)} -c idle_in_transaction_session_timeout=60000",
        )
    except Exception as error:
        raise_as_record_error(error, address.shown())


_SQLITE_CLASS: Final[Mapping[int, tuple[type[RecordError], str]]] = {
    sqlite3.SQLITE_BUSY: (DatabaseLocked, "database_locked"),
    sqlite3.SQLITE_LOCKED: (DatabaseLocked, "database_locked"),
    sqlite3.SQLITE_READONLY: (DatabaseReadOnly, "database_read_only"),
    sqlite3.SQLITE_CORRUPT: (DatabaseCorrupt, "database_corrupt"),
    sqlite3.SQLITE_NOTADB: (DatabaseCorrupt, "database_corrupt"),
    sqlite3.SQLITE_CANTOPEN: (DatabaseUnreachable, "cannot_open"),
    sqlite3.SQLITE_PERM: (DatabaseUnreachable, "cannot_open"),
    sqlite3.SQLITE_AUTH: (DatabaseUnreachable, "cannot_open"),
    sqlite3.SQLITE_IOERR: (DatabaseUnreachable, "disk_error"),
    sqlite3.SQLITE_FULL: (DatabaseUnreachable, "disk_full"),
}
_SQLITE_CONSTRAINT: Final[Mapping[int, str]] = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: "already_there",
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: "already_there",
    sqlite3.SQLITE_CONSTRAINT_ROWID: "already_there",
    sqlite3.SQLITE_CONSTRAINT_NOTNULL: "value_missing",
    sqlite3.SQLITE_CONSTRAINT_CHECK: "value_not_allowed",
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: "not_there",
    sqlite3.SQLITE_CONSTRAINT_TRIGGER: "append_only",
}
_SQLSTATE: Final[Mapping[str, tuple[type[RecordError], str]]] = {
    "23505": (Conflict, "already_there"),
    "23502": (Conflict, "value_missing"),
    "23514": (Conflict, "value_not_allowed"),
    "23503": (Conflict, "not_there"),
    "P0001": (Conflict, "append_only"),
    "55P03": (DatabaseLocked, "database_locked"),
    "40P01": (DatabaseLocked, "database_locked"),
    "40001": (DatabaseLocked, "database_locked"),
    "25006": (DatabaseReadOnly, "database_read_only"),
    "53100": (DatabaseUnreachable, "disk_full"),
    "3D000": (DatabaseMissing, "database_missing"),
    "28P01": (DatabaseUnreachable, "login_refused"),
    "28000": (DatabaseUnreachable, "login_refused"),
    "42501": (DatabaseReadOnly, "database_read_only"),
    "XX001": (DatabaseCorrupt, "database_corrupt"),
    "XX002": (DatabaseCorrupt, "database_corrupt"),
}


def raise_as_record_error(error: Exception, shown: str) -> NoReturn:
    """Raise a driver's error as one of ours, without its message; other errors pass unchanged.

    Args:
        error: what the driver raised.
        shown: the database's address as a person may read it.
    """
    if isinstance(error, sqlite3.Error):
        # Python's own refusals (a wrong thread, a closed connection) carry no SQLite code.
        full: int = getattr(error, "sqlite_errorcode", None) or 0
        if full & 0xFF == sqlite3.SQLITE_CONSTRAINT:
            raise Conflict(_SQLITE_CONSTRAINT.get(full, "value_not_allowed")) from None
        known = _SQLITE_CLASS.get(full & 0xFF)
        if known is not None:
            raise known[0](known[1], path=shown) from None
        raise error
    if type(error).__module__.partition(".")[0] == "psycopg":
        _raise_postgresql(error, shown)
    raise error


def _raise_postgresql(error: Exception, shown: str) -> NoReturn:
    import psycopg

    sqlstate: str = getattr(error, "sqlstate", None) or ""
    known = _SQLSTATE.get(sqlstate)
    if known is None and not sqlstate and isinstance(error, psycopg.OperationalError):
        # A refused start-up packet has no SQLSTATE on the exception; the server's words are the only witness.
        words = str(error)
        if "does not exist" in words and "database" in words:
            known = (DatabaseMissing, "database_missing")
        elif "authentication failed" in words or "no password supplied" in words:
            known = (DatabaseUnreachable, "login_refused")
    if known is not None:
        raise known[0](known[1], path=shown) from None
    if isinstance(error, psycopg.DataError):
        raise Conflict("value_not_allowed") from None
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        raise DatabaseUnreachable("server_unreachable", path=shown) from None
    if isinstance(error, psycopg.IntegrityError):
        raise Conflict("value_not_allowed") from None
    raise error
