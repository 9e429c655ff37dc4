"""Which schema a database has, and moving it to ours. Alembic is imported only when something moves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from db import statistics
from db.connect import Connection, Database, reading, unit_of_work
from db.errors import DatabaseCorrupt, DatabaseMissing, DatabaseNewer, DatabaseOlder, RecordError

if TYPE_CHECKING:
    from alembic.config import Config

KNOWN: Final = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""Every schema this release knows, oldest first."""
HEAD: Final = KNOWN[-1]
"""The schema this release works with."""

# Any constant will do: it keeps two upgrades of one PostgreSQL server apart.
_UPGRADE_LOCK: Final = 7_203_351


def current(database: Database) -> str | None:
    """Schema of a database, read without alembic.

    Returns:
        Its revision, or None for an empty database.

    Raises:
        DatabaseCorrupt: it holds tables, but not ours.
        RecordError: it cannot be read, by its class.
    """
    with reading(database) as connection:
        tables = _tables(connection)
        if "alembic_version" not in tables:
            if tables:
                raise DatabaseCorrupt("not_our_database", path=database.address.shown())
            return None
        rows = connection.execute("SELECT version_num FROM alembic_version")
        return str(rows[0]["version_num"]) if rows else None


def _tables(connection: Connection) -> set[str]:
    if connection.dialect == "sqlite":
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    else:
        sql = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
    return {str(row["name"]) for row in connection.execute(sql)}


def expect_head(database: Database) -> None:
    """Check that a database has the schema this release works with.

    Raises:
        DatabaseMissing: it is empty.
        DatabaseOlder: it needs an upgrade first.
        DatabaseNewer: a newer release made it.
    """
    found = current(database)
    if found == HEAD:
        return
    shown = database.address.shown()
    if found is None:
        raise DatabaseMissing("database_empty", path=shown)
    if found in KNOWN:
        raise DatabaseOlder("schema_older", path=shown, found=found, expected=HEAD)
    raise DatabaseNewer("schema_newer", path=shown, found=found, expected=HEAD)


def open_database(url: str) -> Database:
    """A handle on an existing database with our schema; raises what `expect_head` and `Database` raise."""
    database = Database(url)
    try:
        expect_head(database)
    except RecordError:
        database.close()
        raise
    return database


def upgrade(database: Database, revision: str = "head") -> str | None:
    """Bring a database to a revision, making the SQLite file first if there is none; all or nothing.

    Returns:
        The revision it had before, None when it was empty.

    Raises:
        DatabaseNewer: a newer release made it.
    """
    database.create()
    found = current(database)
    if found is not None and found not in KNOWN:
        raise DatabaseNewer("schema_newer", path=database.address.shown(), found=found, expected=HEAD)
    from alembic import command

    _migrate(database, command.upgrade, revision)
    with unit_of_work(database) as connection:
        statistics.expect(connection)
    # Statements that are already prepared know nothing of it.
    database.close()
    return found


def downgrade(database: Database, revision: str = "base") -> None:
    """Take a database back to a revision; "base" drops every table. All or nothing."""
    from alembic import command

    _migrate(database, command.downgrade, revision)


def drift(database: Database) -> list[str]:
    """Differences between a database and the declared tables, as alembic sees them; empty when equal."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from db.engine import make_engine
    from db.models import metadata

    engine = make_engine(database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return [repr(difference) for difference in compare_metadata(context, metadata)]


def _migrate(database: Database, move: Any, revision: str) -> None:
    from sqlalchemy import text

    from db.engine import make_engine

    # Our own connections would see the old schema in their prepared statements.
    database.close()
    engine = make_engine(database)
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        if database.dialect == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
        move(config, revision)
        if database.dialect == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise DatabaseCorrupt("references_broken", path=database.address.shown())
    engine.dispose()


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
