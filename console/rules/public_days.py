"""Public holidays and makeup days: as a library knows them, and as a policy version keeps them.

A version keeps the days it was made with, so that every console of a clinic counts the same days whatever
library it was installed with, and so that a new year's days arrive as a new version.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final, cast

LIBRARY: Final = "chinesecalendar"
"""The policy's name for it; the other source is `none`."""

YEARS_BACK: Final = 2
"""Years before the present that a version keeps; of earlier ones the library is asked."""

_LOOK_UP: Final = "get_holiday_detail"
_OLDEST: Final = 2004
"""First year chinesecalendar knows."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """What the public calendar says of a day: off with a name, or a weekend day worked instead of one."""

    off: bool
    makeup: bool
    name: str | None


ORDINARY: Final = Holiday(off=False, makeup=False, name=None)


@dataclass(frozen=True, slots=True)
class PublicDays:
    """Public holidays and makeup days of whole years, `first` to `last`; every other day of them is ordinary."""

    first: int
    last: int
    off: tuple[tuple[date, str], ...]
    makeup: tuple[tuple[date, str], ...]

    def table(self) -> dict[date, Holiday]:
        """Every day that is not ordinary."""
        found = {day: Holiday(off=True, makeup=False, name=name) for day, name in self.off}
        found.update({day: Holiday(off=False, makeup=True, name=name) for day, name in self.makeup})
        return found

    def text(self) -> str:
        """As it is stored: JSON."""
        return json.dumps(
            {
                "first": self.first,
                "last": self.last,
                "off": {day.isoformat(): name for day, name in self.off},
                "makeup": {day.isoformat(): name for day, name in self.makeup},
            },
            ensure_ascii=False,
        )


def from_text(text: str) -> PublicDays:
    """What `PublicDays.text` stored."""
    stored: dict[str, Any] = json.loads(text)

    def days(name: str) -> tuple[tuple[date, str], ...]:
        return tuple((date.fromisoformat(day), str(words)) for day, words in stored[name].items())

    return PublicDays(int(stored["first"]), int(stored["last"]), days("off"), days("makeup"))


@lru_cache(maxsize=4096)
def of_day(source: str, day: date) -> Holiday | None:
    """The library's entry of a day; None when it knows nothing of the year, or the policy wants no library."""
    if source != LIBRARY:
        return None
    # Lazily: a clinic elsewhere never loads it.
    import chinese_calendar  # pyright: ignore[reportMissingTypeStubs]

    look_up = cast("Callable[[date], tuple[bool, str | None]]", getattr(chinese_calendar, _LOOK_UP))
    try:
        off, name = look_up(day)
    except NotImplementedError:
        return None
    # An ordinary weekend is off without a name; a worked weekend is on with the name of what it makes up for.
    return Holiday(off=off and name is not None, makeup=not off and day.weekday() >= 5, name=name)


@lru_cache(maxsize=8)
def last_year(source: str) -> int | None:
    """The last year the library knows; None for a policy without one."""
    year = _OLDEST
    if of_day(source, date(year, 1, 1)) is None:
        return None
    while of_day(source, date(year + 1, 1, 1)) is not None:
        year += 1
    return year


@lru_cache(maxsize=8)
def of_library(source: str, year: int) -> PublicDays | None:
    """What a version made in a year keeps of the library: from two years before to the last one it knows.

    Args:
        source: the policy's `calendar.holidays`.
        year: the present one.

    Returns:
        The days; None for a policy without public holidays.
    """
    last = last_year(source)
    if last is None:
        return None
    first = min(max(year - YEARS_BACK, _OLDEST), last)
    off: list[tuple[date, str]] = []
    makeup: list[tuple[date, str]] = []
    day = date(first, 1, 1)
    while day.year <= last:
        found = of_day(source, day)
        if found is not None and found.off:
            off.append((day, found.name or ""))
        elif found is not None and found.makeup:
            makeup.append((day, found.name or ""))
        day += timedelta(days=1)
    return PublicDays(first, last, tuple(off), tuple(makeup))


def forget() -> None:
    """Ask the library anew: it has been replaced."""
    for cached in (of_day, last_year, of_library):
        cached.cache_clear()
