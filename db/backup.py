"""A copy of an SQLite database while others write, private, complete and checked before it gets its name."""

from __future__ import annotations

import os
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from db.connect import Database
from db.drivers import raise_as_record_error
from db.errors import DatabaseCorrupt, DatabaseUnreachable, WrongUse
from db.paths import PRIVATE_FILE


@dataclass(frozen=True)
class Backup:
    """A finished copy and its size in bytes."""

    path: Path
    size: int


def backup(database: Database, target: Path) -> Backup:
    """Copy a database into a new file.

    Args:
        database: an SQLite record; a server has its own tools.
        target: a file that does not exist, in a folder that does.

    Raises:
        WrongUse: a PostgreSQL database, or the file is already there.
        DatabaseCorrupt: the copy does not pass SQLite's quick check.
        DatabaseUnreachable: the copy cannot be written.
    """
    if database.address.path is None:
        raise WrongUse("backup_of_server", command="pg_dump")
    target = target.expanduser().absolute()
    if target.exists():
        raise WrongUse("backup_there", path=str(target))
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        # Made before SQLite opens it: SQLite would make it readable by others.
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE_FILE))
        _copy(database, fresh)
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        if target.exists():
            raise WrongUse("backup_there", path=str(target))
        fresh.rename(target)
        _sync_folder(target.parent)
    except OSError:
        raise DatabaseUnreachable("backup_unwritable", path=str(target)) from None
    finally:
        fresh.unlink(missing_ok=True)
    return Backup(target, target.stat().st_size)


def _copy(database: Database, fresh: Path) -> None:
    source = database.open()
    copy = sqlite3.connect(fresh, isolation_level=None)
    try:
        source.raw.backup(copy)
        # One file without a log beside it, so that copying it elsewhere copies everything.
        copy.execute("PRAGMA journal_mode=DELETE")
        if [row[0] for row in copy.execute("PRAGMA quick_check")] != ["ok"]:
            raise DatabaseCorrupt("backup_broken", path=database.address.shown())
    except sqlite3.Error as error:
        raise_as_record_error(error, str(fresh))
    finally:
        copy.close()
        source.close()


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
