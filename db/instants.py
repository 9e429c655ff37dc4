"""Instants are UTC everywhere and epoch milliseconds in the database. Standard library only."""

from __future__ import annotations

from datetime import UTC, date, datetime


def to_ms(moment: datetime) -> int:
    """Epoch milliseconds of an aware datetime.

    Args:
        moment: an aware datetime in any zone.

    Returns:
        Whole milliseconds since 1970-01-01T00:00Z, rounded down.

    Raises:
        ValueError: the datetime is naive.
    """
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no instant")
    return int(moment.timestamp() * 1000 // 1)


def from_ms(ms: int) -> datetime:
    """Aware UTC datetime of epoch milliseconds."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def maybe_ms(moment: datetime | None) -> int | None:
    """`to_ms` that lets None through."""
    return None if moment is None else to_ms(moment)


def maybe_at(ms: int | None) -> datetime | None:
    """`from_ms` that lets None through."""
    return None if ms is None else from_ms(ms)


def day(value: date | str | None) -> date | None:
    """A DATE column's value as a date: SQLite hands out ISO text, PostgreSQL a date."""
    return date.fromisoformat(value) if isinstance(value, str) else value
