"""Altering a table on both databases without losing what SQLite's rebuild forgets."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations


@contextmanager
def altering(table: str) -> Generator[BatchOperations]:
    """Alter one table: in place on PostgreSQL, by a rebuild on SQLite that keeps its extras.

    SQLite's rebuild copies into a new table and drops the old one: AUTOINCREMENT, the last id given out,
    triggers and partial indexes go with it. Here they are read before and put back after, unless the
    migration itself replaced them.

    Args:
        table: name of the table.
    """
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        with op.batch_alter_table(table) as batch:
            yield batch
        return
    extras = _extras(bind, table)
    last_id = bind.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table})
    columns = _columns(bind, table)
    with op.batch_alter_table(table, recreate="always", table_kwargs={"sqlite_autoincrement": True}) as batch:
        yield batch
    kept = _extras(bind, table)
    gone = columns - _columns(bind, table)
    for name, statement in extras.items():
        if name not in kept and not any(f'"{column}"' in statement or column in statement for column in gone):
            bind.exec_driver_sql(statement)
    if last_id is not None:
        bind.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table})
        bind.execute(
            sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"),
            {"name": table, "seq": last_id},
        )


def _extras(bind: sa.Connection, table: str) -> dict[str, str]:
    rows = bind.execute(
        sa.text(
            "SELECT name, sql FROM sqlite_master"
            " WHERE tbl_name = :table AND type IN ('trigger', 'index') AND sql IS NOT NULL"
        ),
        {"table": table},
    )
    return {str(name): str(sql) for name, sql in rows}


def _columns(bind: sa.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in bind.exec_driver_sql(f'PRAGMA table_info("{table}")')}
