"""The base of all tables and the kinds of column they are made of.

Ids are 64-bit and never reused; instants are epoch milliseconds, days are DATE, lists are JSON in TEXT. A
closed vocabulary is a CHECK over its values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum, StrEnum
from typing import Any, ClassVar, Final

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, Float, Index, Integer, MetaData, Text, text
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
"""How constraints are named on both databases, so that a later migration can name what it changes."""

# SQLite gives AUTOINCREMENT to the exact type INTEGER only.
Id: Final = BigInteger().with_variant(Integer(), "sqlite")
# Sorted and searched by code point on both databases, whatever the server's locale is.
ByCodePoint: Final = Text().with_variant(Text(collation="C"), "postgresql")


class Table(SQLModel):
    """One table, named after the class in snake case, with an id that is never given out twice."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)  # pyright: ignore[reportIncompatibleVariableOverride]

    @declared_attr  # pyright: ignore[reportArgumentType]
    def __tablename__(cls) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Name of the table."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)


class ClinicTable(Table):
    """A table whose rows belong to one clinic."""

    clinic_id: int = Field(foreign_key="clinic.id", sa_type=BigInteger)


def words(*, ordered: bool = False) -> Any:
    """Text that is always there."""
    return Field(sa_type=ByCodePoint if ordered else Text)


def maybe_words(*, ordered: bool = False) -> Any:
    """Text or nothing."""
    return Field(default=None, nullable=True, sa_type=ByCodePoint if ordered else Text)


def blank_words() -> Any:
    """Text, empty when not given."""
    return Field(default="", sa_type=Text, sa_column_kwargs={"server_default": text("''")})


def json_list() -> Any:
    """A JSON list in TEXT, empty when not given."""
    return Field(default="[]", sa_type=Text, sa_column_kwargs={"server_default": text("'[]'")})


def whole() -> Any:
    """A whole number."""
    return Field(sa_type=Integer)


def maybe_whole() -> Any:
    """A whole number or nothing."""
    return Field(default=None, nullable=True, sa_type=Integer)


def count() -> Any:
    """A whole number, 0 when not given."""
    return Field(default=0, sa_type=Integer, sa_column_kwargs={"server_default": text("0")})


def measure() -> Any:
    """A measured value (degrees Celsius, minutes, a pain score) or nothing."""
    return Field(default=None, nullable=True, sa_type=Float)


def yes_no() -> Any:
    """Yes or no, no when not given."""
    return Field(default=False, sa_type=Boolean, sa_column_kwargs={"server_default": text("FALSE")})


def instant() -> Any:
    """Epoch milliseconds, UTC."""
    return Field(sa_type=BigInteger)


def maybe_instant() -> Any:
    """Epoch milliseconds, UTC, or nothing."""
    return Field(default=None, nullable=True, sa_type=BigInteger)


def calendar_day() -> Any:
    """A day in the clinic's zone."""
    return Field(sa_type=Date)


def maybe_day() -> Any:
    """A day in the clinic's zone, or nothing."""
    return Field(default=None, nullable=True, sa_type=Date)


def ref(table: str) -> Any:
    """Id of a row of another table."""
    return Field(foreign_key=f"{table}.id", sa_type=BigInteger)


def maybe_ref(table: str) -> Any:
    """Id of a row of another table, or nothing."""
    return Field(default=None, nullable=True, foreign_key=f"{table}.id", sa_type=BigInteger)


def big() -> Any:
    """A 64-bit whole number that is neither an instant nor a reference."""
    return Field(sa_type=BigInteger)


def loose_id() -> Any:
    """An id without a foreign key, or nothing: the other table already refers to this one."""
    return Field(default=None, nullable=True, sa_type=BigInteger)


def one_of(column: str, values: Iterable[StrEnum | IntEnum | str]) -> CheckConstraint:
    """CHECK that a column holds one of a closed vocabulary."""
    listed = ", ".join(str(int(value)) if isinstance(value, IntEnum) else f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over some of the rows, on both databases."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def options(*parts: Any) -> tuple[Any, ...]:
    """Constraints and indexes of a table, with ids that are never reused."""
    return (*parts, {"sqlite_autoincrement": True})
