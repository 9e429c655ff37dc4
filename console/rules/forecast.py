"""Whether the people who are here can make the calls of the rest of today (docs/board.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from console.rules import calendar as calendars
from console.rules.policy import Policy
from db.strip_records import Forecast

ENOUGH: Final = 20
"""Conversations that have to be measured before the clinic's own mean counts (a proposal for the lead to judge)."""
LONGEST_S: Final = 1800
"""A conversation that was open longer counts as so many seconds: somebody left it open (a proposal)."""
SHORTEST_S: Final = 30
"""A mean below that was not measured on conversations with people (a proposal)."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a day's calling hours.

    Args:
        until: aware instant at which the last of them ends.
        minutes: callable minutes left until then.
        passing: whether only what passes windows may still be rung.
    """

    until: datetime
    minutes: int
    passing: bool


def rest_of_day(policy: Policy, now: datetime) -> Rest | None:
    """The calling hours that are left of the clinic's day; None when they are over.

    On a day without a window these are the safety hours, in which only what passes windows is rung.

    Args:
        policy: the one in force.
        now: aware instant.
    """
    calendar = calendars.of(policy)
    day = calendar.day_of(now)
    until, passing = calendar.last_callable(day), not calendar.windows(day)
    minutes = calendar.callable_minutes_left(now, day, passes_windows=passing)
    return Rest(until, minutes, passing) if now < until and minutes else None


def handling(policy: Policy, seconds: Sequence[float]) -> tuple[int, bool]:
    """Seconds that one conversation takes, and whether that was measured.

    Args:
        policy: its `queue.minutes.handling` counts until enough was measured.
        seconds: of the clinic's last conversations, from taking the call to its saving.
    """
    if len(seconds) >= ENOUGH:
        mean = round(sum(min(one, LONGEST_S) for one in seconds) / len(seconds))
        if mean >= SHORTEST_S:
            return mean, True
    return policy.queue.handling * 60, False


def forecast(policy: Policy, rest: Rest, due: int, seats: int, seconds: Sequence[float]) -> Forecast:
    """Calls that are due in the rest of the day against those that can be made: seats x time : handling time.

    Args:
        policy: the one in force.
        rest: from `rest_of_day`.
        due: people to be called until then.
        seats: people on duty in a role that calls.
        seconds: of the last conversations, as in `handling`.
    """
    each_s, measured = handling(policy, seconds)
    can = seats * rest.minutes * 60 // each_s
    return Forecast(rest.until, rest.minutes, due, seats, can, each_s, measured)
