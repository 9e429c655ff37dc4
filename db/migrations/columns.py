"""How migrations write tables. Frozen: a released migration must always make the same schema."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BY_CODE_POINT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

Part = sa.schema.SchemaItem


def create(table: str, *parts: Part, clinic: bool = True) -> None:
    """Create a table with an id that is never reused and, unless told otherwise, a clinic.

    Args:
        table: its name.
        parts: columns, and what `one_of`, `unique` and `check` return.
        clinic: whether its rows belong to a clinic.
    """
    columns: list[Part] = [sa.Column("id", _ID, nullable=False)]
    if clinic:
        columns.append(ref("clinic"))
    columns.extend(parts)
    columns.append(sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")))
    for column in columns:
        if isinstance(column, sa.Column) and column.info.get("refers"):
            columns.append(
                sa.ForeignKeyConstraint(
                    [column.name], [f"{column.info['refers']}.id"], name=op.f(f"fk_{table}_{column.name}")
                )
            )
    op.create_table(table, *columns, sqlite_autoincrement=True)


def text(name: str, *, null: bool = False, default: str | None = None, ordered: bool = False) -> Part:
    """A text column; an ordered one sorts by code point on both databases."""
    kind = _BY_CODE_POINT if ordered else sa.Text()
    return sa.Column(
        name, kind, nullable=null, server_default=None if default is None else sa.text(f"'{default}'")
    )


def whole(name: str, *, null: bool = False, default: int | None = None) -> Part:
    """A whole number."""
    given = None if default is None else sa.text(str(default))
    return sa.Column(name, sa.Integer(), nullable=null, server_default=given)


def big(name: str, *, null: bool = False) -> Part:
    """A 64-bit whole number: an instant, a token, an id without a foreign key."""
    return sa.Column(name, sa.BigInteger(), nullable=null)


def measure(name: str) -> Part:
    """A measured value or nothing."""
    return sa.Column(name, sa.Float(), nullable=True)


def day(name: str, *, null: bool = False) -> Part:
    """A calendar day."""
    return sa.Column(name, sa.Date(), nullable=null)


def yes_no(name: str) -> Part:
    """Yes or no; no by default."""
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.text("FALSE"))


def ref(table: str, name: str | None = None, *, null: bool = False) -> Part:
    """Id of a row of another table; the column is named after the table unless told otherwise."""
    return sa.Column(name or f"{table}_id", sa.BigInteger(), nullable=null, info={"refers": table})


def one_of(table: str, column: str, *values: Any) -> Part:
    """CHECK that a column holds one of these values."""
    listed = ", ".join(str(value) if isinstance(value, int) else f"'{value}'" for value in values)
    return check(table, column, f"{column} IN ({listed})")


def check(table: str, name: str, condition: str) -> Part:
    """A named CHECK."""
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def unique(table: str, *columns: str) -> Part:
    """A named UNIQUE."""
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def index(
    table: str, *columns: str, name: str | None = None, where: str | None = None, unique: bool = False
) -> None:
    """An index, over some of the rows when `where` is given."""
    condition = None if where is None else sa.text(where)
    op.create_index(
        op.f(name or f"ix_{table}_{'_'.join(columns)}"),
        table,
        list(columns),
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )
