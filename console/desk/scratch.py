"""Somewhere to try a change and take it back, without holding up anybody who works."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from db.connect import Connection, Database, reading, unit_of_work


class _Undo(Exception):
    """Ends a trial's transaction."""


@contextmanager
def scratch_copy(database: Database) -> Generator[tuple[Database, Connection]]:
    """A place to try an import: a private copy of an SQLite file, or a transaction on PostgreSQL that is
    taken back.

    A transaction on SQLite would hold the only write lock for as long as the whole file takes.
    """
    if database.dialect == "sqlite":
        folder = Path(tempfile.mkdtemp(prefix="aftercall-"))
        try:
            copy = folder / "try.db"
            copy.touch(mode=0o600)
            with reading(database) as connection:
                connection.execute("VACUUM INTO :copy", {"copy": str(copy)})
            scratch = Database.at(copy)
            try:
                with _undone(scratch) as connection:
                    yield scratch, connection
            finally:
                scratch.close()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    else:
        with _undone(database) as connection:
            yield database, connection


@contextmanager
def _undone(database: Database) -> Generator[Connection]:
    try:
        with unit_of_work(database) as connection:
            yield connection
            raise _Undo
    except _Undo:
        return
