"""Triggers that let rows be added and nothing else. Frozen: a migration must always make the same schema."""

from __future__ import annotations

from typing import Final

from alembic import op

_FUNCTION: Final = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only';
END
$$
"""


def protect(*tables: str) -> None:
    """Refuse UPDATE and DELETE (on PostgreSQL also TRUNCATE) on these tables."""
    if op.get_bind().dialect.name == "sqlite":
        for table in tables:
            for verb in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
                )
        return
    op.execute(_FUNCTION)
    for table in tables:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def unprotect(*tables: str) -> None:
    """Take the triggers away again."""
    if op.get_bind().dialect.name == "sqlite":
        for table in tables:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
        return
    for table in tables:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
