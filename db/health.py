"""What an administrator looks at: is the file whole, are references whole, how large is it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from db.connect import Database, reading

_SHOWN = 20
"""Most findings of one kind that are listed."""


@dataclass(frozen=True)
class Size:
    """Bytes of a database, and of SQLite's write-ahead log beside it."""

    data: int
    log: int


def integrity(database: Database) -> tuple[str, ...]:
    """What SQLite finds damaged in the file; always empty on PostgreSQL, which checks its own pages."""
    if database.dialect != "sqlite":
        return ()
    with reading(database) as connection:
        rows = connection.execute(f"PRAGMA integrity_check({_SHOWN})")
    found = tuple(str(next(iter(row.values()))) for row in rows)
    return () if found == ("ok",) else found


def broken_references(database: Database) -> tuple[str, ...]:
    """Rows that refer to nothing, as `table -> table`; PostgreSQL cannot have any."""
    if database.dialect != "sqlite":
        return ()
    with reading(database) as connection:
        rows = connection.execute("PRAGMA foreign_key_check")
    return tuple(f"{row['table']} {row['rowid']} -> {row['parent']}" for row in rows[:_SHOWN])


def size(database: Database) -> Size:
    """How large a database is."""
    if database.address.path is not None:
        return Size(_bytes(database.address.path), _bytes(Path(f"{database.address.path}-wal")))
    with reading(database) as connection:
        return Size(int(connection.execute("SELECT pg_database_size(current_database()) AS n")[0]["n"]), 0)


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
