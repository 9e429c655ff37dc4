"""SQLAlchemy over our connections, for migrations and plain forms. Imported when needed, never at start."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from db.address import Dialect
from db.connect import Connection, Database
from db.drivers import raise_as_record_error, retry_while_locked

_URLS: Final = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}
_borrowed: ContextVar[Any] = ContextVar("aftercall_borrowed_connection")


def make_engine(database: Database) -> Engine:
    """An engine that opens its own connections to a database and begins every transaction for writing.

    Bound values never appear in its errors, because they can be a patient's data. SQLite's foreign keys are
    off on its connections: a migration may have to rebuild a table that others refer to.
    """

    def connect() -> Any:
        raw = database.open().raw
        if isinstance(raw, sqlite3.Connection):
            raw.execute("PRAGMA foreign_keys=OFF")
        return raw

    engine = _engine(database.dialect, connect)

    @event.listens_for(engine, "begin")
    def begin(connection: SqlConnection) -> None:  # pyright: ignore[reportUnusedFunction]
        raw = connection.connection.dbapi_connection
        if isinstance(raw, sqlite3.Connection):
            retry_while_locked(lambda: _begin(raw, database.address.shown()))
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _begin(raw: sqlite3.Connection, shown: str) -> None:
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        raise_as_record_error(error, shown)


@contextmanager
def session(connection: Connection) -> Generator[Session]:
    """A session inside an open unit of work; it flushes at the end of the block and leaves the commit to it.

    Raises:
        RuntimeError: no unit of work is open on the connection.
    """
    if not connection.in_unit:
        raise RuntimeError("a session needs an open unit of work")
    token = _borrowed.set(_Borrowed(connection.raw))
    try:
        with Session(_shared_engine(connection.dialect), expire_on_commit=False) as opened:
            yield opened
            opened.flush()
    finally:
        _borrowed.reset(token)


class _Borrowed:
    """A driver's connection whose transaction belongs to somebody else."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def commit(self) -> None:
        """Left to the unit of work."""

    def rollback(self) -> None:
        """Left to the unit of work."""

    def close(self) -> None:
        """Left to the database handle."""


@lru_cache(maxsize=2)
def _shared_engine(dialect: Dialect) -> Engine:
    return _engine(dialect, _borrowed.get)


def _engine(dialect: Dialect, creator: Any) -> Engine:
    more: dict[str, Any] = {} if dialect == "sqlite" else {"use_native_hstore": False}
    return create_engine(_URLS[dialect], creator=creator, poolclass=NullPool, hide_parameters=True, **more)
