"""The present of a seat: the database's clock, so that a wrong clock of this machine moves no lease."""

from __future__ import annotations

from datetime import timedelta

from console.clock import Clock, SystemClock
from db.anchor import Anchor
from db.connect import Database, reading

DRIFT_MOST = timedelta(seconds=1)
"""How far the database's clock may have run away (a night asleep, a set server clock) before it is asked again."""


def anchored(database: Database, clock: Clock) -> Clock:
    """The same present, counted from the database's clock.

    Args:
        database: whose clock counts.
        clock: this machine's, moved or not; or an earlier result. Any other clock is left alone.

    Returns:
        The clock to go on with.
    """
    with reading(database) as connection:
        if isinstance(clock, SystemClock):
            return Anchor.take(connection, clock.offset)
        if isinstance(clock, Anchor) and abs(clock.drift(connection)) > DRIFT_MOST:
            return Anchor.take(connection, clock.offset)
    return clock
