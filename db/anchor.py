"""The database's clock, carried on by this machine's monotonic clock.

Leases compare instants written by different seats. A seat's wall clock may be wrong or be set while it runs,
so a seat asks the database once and counts on from there with `time.monotonic`, which nobody can set.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db.connect import Connection
from db.instants import from_ms


def database_now(connection: Connection) -> datetime:
    """The database's own clock, aware UTC: this machine's on SQLite, the server's on PostgreSQL."""
    return from_ms(connection.now_ms())


@dataclass(frozen=True, slots=True)
class Anchor:
    """A clock that shows the database's time. Has the shape of `console.clock.Clock`.

    Args:
        at: the database's time at the moment of anchoring, UTC.
        mono: `time.monotonic()` at that moment, seconds.
        offset: added to every reading; the demo's clock starts in an open window.
    """

    at: datetime
    mono: float
    offset: timedelta = timedelta(0)

    @classmethod
    def take(cls, connection: Connection, offset: timedelta = timedelta(0)) -> Anchor:
        """Ask the database what time it is. Half of the round trip is taken as the answer's age."""
        before = time.monotonic()
        at = database_now(connection)
        after = time.monotonic()
        return cls(at, (before + after) / 2, offset)

    def now(self) -> datetime:
        """The present by the database's clock, aware UTC."""
        return self.at.astimezone(UTC) + timedelta(seconds=time.monotonic() - self.mono) + self.offset

    def drift(self, connection: Connection) -> timedelta:
        """How far the database's clock has run ahead of this one since anchoring (offset left aside).

        More than a second after a night asleep or a changed server clock means: take a new anchor.
        """
        return database_now(connection) + self.offset - self.now()
