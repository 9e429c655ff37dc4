"""What time it is. Everything below the screen takes `now` as an argument; the screen asks a Clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Source of the present."""

    def now(self) -> datetime:
        """The present as an aware UTC datetime."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock, moved by a fixed offset for the demo (which starts in an open window)."""

    offset: timedelta = timedelta(0)

    @classmethod
    def starting_at(cls, start: datetime) -> SystemClock:
        """A clock that shows `start` (aware) now and runs on from there."""
        return cls(start - datetime.now(UTC))

    def now(self) -> datetime:
        """The present as an aware UTC datetime, offset applied."""
        return datetime.now(UTC) + self.offset
