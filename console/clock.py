"""What time it is. Everything below the screen takes `now` as an argument; the screen asks a Clock."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

SKEW_ENV = "AFTERCALL_TEST_SKEW"
"""Seconds by which tests make a machine's clock wrong; only a database marked as a test's honours it."""


class Clock(Protocol):
    """Source of the present."""

    def now(self) -> datetime:
        """The present as an aware UTC datetime."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock.

    Args:
        offset: added on purpose, for the demo, which starts in an open window.
        skew: how wrong the machine's clock is made for a test; nothing that counts by the database keeps it.
    """

    offset: timedelta = timedelta(0)
    skew: timedelta = timedelta(0)

    @classmethod
    def starting_at(cls, start: datetime) -> SystemClock:
        """A clock that shows `start` (aware) now and runs on from there."""
        return cls(start - datetime.now(UTC))

    def now(self) -> datetime:
        """The present as an aware UTC datetime, offset and skew applied."""
        return datetime.now(UTC) + self.offset + self.skew


def mis_set(clock: Clock, *, is_test: bool) -> Clock:
    """This machine's clock, as wrong as AFTERCALL_TEST_SKEW says.

    Args:
        clock: any clock; only a machine's own can be wrong.
        is_test: whether the database is marked as a test's (`clinic.is_test`). Anywhere else, and where the
            variable holds no whole number of seconds, the clock stays as it is.
    """
    try:
        seconds = int(os.environ.get(SKEW_ENV, "0"))
    except ValueError:
        return clock
    if not (is_test and seconds and isinstance(clock, SystemClock)):
        return clock
    return replace(clock, skew=timedelta(seconds=seconds))
