"""Reads a nested document field by field and keeps every problem, so that a person corrects a file once."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias, cast

from db.records import Reason

MINUTES_A_DAY: Final = 24 * 60

MonthDay: TypeAlias = tuple[int, int]
"""Month and day of any year."""

_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\Z", re.ASCII)
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})\Z", re.ASCII)
_AT = re.compile(r"at line (\d+), column (\d+)")
_TEXT_MOST = 200


@dataclass(frozen=True, slots=True, order=True)
class TimeRange:
    """Minutes of the clinic's day from `start` up to, not including, `end`; 24:00 is 1440."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{clock(self.start)}-{clock(self.end)}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document: where, and why."""

    where: str
    reason: Reason

    @classmethod
    def of(cls, where: str, code: str, /, **params: object) -> Problem:
        """A problem from keyword parameters."""
        return cls(where, Reason(code, params))


def toml_position(text: str, error: Exception) -> tuple[int, int]:
    """Line and column, from 1, at which tomllib found a text to be no TOML; its end where it does not say."""
    # Python 3.11 says it in words only.
    if (match := _AT.search(str(error))) is not None:
        return int(match[1]), int(match[2])
    lines = text.splitlines() or [""]
    return len(lines), len(lines[-1]) + 1


def clock(minute: int) -> str:
    """A minute of the day as HH:MM."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def minute_of(text: str) -> int | None:
    """The minute of the day that HH:MM means, 24:00 included; None when it is none."""
    match = _TIME.match(text.strip())
    if match is None:
        return None
    minute = int(match[1]) * 60 + int(match[2])
    return minute if minute <= MINUTES_A_DAY else None


def range_of(text: str) -> TimeRange | None:
    """The range that HH:MM-HH:MM means; None when it is none or ends before it begins."""
    first, dash, last = text.partition("-")
    start, end = minute_of(first), minute_of(last)
    return TimeRange(start, end) if dash and start is not None and end is not None and start < end else None


class Reader:
    """One table of a document. Fields that are missing or wrong add a problem and read as something harmless.

    Args:
        values: the table.
        where: its dotted path, "" for the document.
        problems: shared list the problems go to.
    """

    def __init__(
        self, values: Mapping[str, object], where: str = "", problems: list[Problem] | None = None
    ) -> None:
        self._values = values
        self._where = where
        self._seen: set[str] = set()
        self.problems: list[Problem] = [] if problems is None else problems

    def _path(self, name: str) -> str:
        return ".".join(part for part in (self._where, name) if part)

    def problem(self, name: str, code: str, /, **params: object) -> None:
        """Notes that field `name` is wrong."""
        self.problems.append(Problem(self._path(name), Reason(code, params)))

    def has(self, name: str) -> bool:
        """Whether the field is there at all."""
        return name in self._values

    def names(self) -> tuple[str, ...]:
        """All fields of the table."""
        return tuple(self._values)

    def done(self) -> None:
        """Notes every field nobody asked for: a mistyped name must not pass for a setting."""
        for name in self._values:
            if name not in self._seen:
                self.problem(name, "field_unknown")

    def _get(self, name: str) -> object:
        self._seen.add(name)
        if name not in self._values:
            self.problem(name, "field_missing")
            return None
        return self._values[name]

    def table(self, name: str) -> Reader:
        """A table inside this one; an empty one when it is missing."""
        value = self._get(name)
        if isinstance(value, Mapping):
            return Reader(cast("Mapping[str, object]", value), self._path(name), self.problems)
        if value is not None:
            self.problem(name, "field_not_table")
        # Its own fields would all be called missing: one problem is enough.
        return Reader({}, self._path(name), [])

    def tables(self, name: str) -> list[Reader]:
        """A list of tables."""
        value = self._get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.problem(name, "field_not_list")
            return []
        readers: list[Reader] = []
        for number, row in enumerate(cast("list[object]", value)):
            where = f"{name}[{number}]"
            if isinstance(row, Mapping):
                readers.append(Reader(cast("Mapping[str, object]", row), self._path(where), self.problems))
            else:
                self.problem(where, "field_not_table")
        return readers

    def text(self, name: str) -> str:
        """A text that is not empty, of 200 characters at most."""
        value = self._get(name)
        if isinstance(value, str) and value.strip() and len(value) <= _TEXT_MOST:
            return value.strip()
        if value is not None:
            self.problem(name, "field_not_text", most=_TEXT_MOST)
        return ""

    def maybe_text(self, name: str) -> str | None:
        """`text`, or None when the field is missing."""
        return self.text(name) if self.has(name) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, none empty, none twice."""
        value = self._get(name)
        if isinstance(value, list):
            words = [word for word in cast("list[object]", value) if isinstance(word, str) and word.strip()]
            if len(words) == len(cast("list[object]", value)) == len(set(words)):
                return tuple(words)
        if value is not None:
            self.problem(name, "field_not_texts")
        return ()

    def words(self, name: str) -> tuple[str, ...]:
        """A list of words in their order, none empty, some perhaps twice; the list may be empty."""
        value = self._get(name)
        if isinstance(value, list):
            found = [
                word
                for word in cast("list[object]", value)
                if isinstance(word, str) and word.strip() and len(word) <= _TEXT_MOST
            ]
            if len(found) == len(cast("list[object]", value)):
                return tuple(found)
        if value is not None:
            self.problem(name, "field_not_words", most=_TEXT_MOST)
        return ()

    def integer(self, name: str, least: int = 0) -> int:
        """A whole number of at least `least`."""
        value = self._get(name)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= 10_000_000:
            return value
        if value is not None:
            self.problem(name, "field_not_integer", least=least)
        return least

    def integers(self, name: str, count: int) -> tuple[int, ...]:
        """Exactly `count` whole numbers above zero."""
        value = self._get(name)
        if isinstance(value, list):
            numbers = [
                number
                for number in cast("list[object]", value)
                if isinstance(number, int) and not isinstance(number, bool) and 0 < number <= 10_000_000
            ]
            if len(numbers) == count == len(cast("list[object]", value)):
                return tuple(numbers)
        if value is not None:
            self.problem(name, "field_not_integers", count=count)
        return (1,) * count

    def fraction(self, name: str) -> float:
        """A number between 0 and 1, neither included."""
        value = self._get(name)
        if (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and math.isfinite(value)
            and 0 < value < 1
        ):
            return float(value)
        if value is not None:
            self.problem(name, "field_not_fraction")
        return 0.5

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._get(name)
        if isinstance(value, bool):
            return value
        if value is not None:
            self.problem(name, "field_not_flag")
        return False

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        """One of the known words."""
        value = self._get(name)
        if isinstance(value, str) and value in known:
            return value
        if value is not None:
            self.problem(name, "field_not_choice", known=", ".join(known))
        return known[0]

    def choices(self, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
        """At least one of the known words, each once, in the document's order."""
        value = self._get(name)
        if isinstance(value, list):
            words = [word for word in cast("list[object]", value) if isinstance(word, str) and word in known]
            if words and len(words) == len(cast("list[object]", value)) == len(set(words)):
                return tuple(words)
        if value is not None:
            self.problem(name, "field_not_choice", known=", ".join(known))
        return ()

    def day(self, name: str) -> date:
        """A day, as a TOML date or as YYYY-MM-DD text."""
        value = self._get(name)
        if isinstance(value, date) and type(value) is date:
            return value
        if isinstance(value, str) and len(value) == 10:
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        if value is not None:
            self.problem(name, "field_not_day")
        return date(2000, 1, 1)

    def month_day(self, name: str) -> MonthDay:
        """A day of any year, MM-DD."""
        value = self._get(name)
        if isinstance(value, str) and (match := _MONTH_DAY.match(value)):
            try:
                day = date(2024, int(match[1]), int(match[2]))  # a leap year: 02-29 is a day
            except ValueError:
                pass
            else:
                return day.month, day.day
        if value is not None:
            self.problem(name, "field_not_month_day")
        return 1, 1

    def minute(self, name: str) -> int:
        """A time HH:MM as a minute of the day."""
        value = self._get(name)
        if isinstance(value, str) and (minute := minute_of(value)) is not None:
            return minute
        if value is not None:
            self.problem(name, "field_not_time")
        return 0

    def minutes(self, name: str) -> tuple[int, ...]:
        """A list of times HH:MM as minutes of the day."""
        found = [minute_of(text) for text in self.texts(name)]
        good = tuple(minute for minute in found if minute is not None)
        if len(good) != len(found):
            self.problem(name, "field_not_time")
        return good

    def range(self, name: str) -> TimeRange:
        """A range HH:MM-HH:MM."""
        value = self._get(name)
        if isinstance(value, str) and (found := range_of(value)) is not None:
            return found
        if value is not None:
            self.problem(name, "field_not_range")
        return TimeRange(0, MINUTES_A_DAY)

    def ranges(self, name: str) -> tuple[TimeRange, ...]:
        """A list of ranges in order of their start."""
        value = self._get(name)
        if isinstance(value, list):
            found = [
                range_of(text) if isinstance(text, str) else None for text in cast("list[object]", value)
            ]
            good = [one for one in found if one is not None]
            if len(good) == len(found):
                return tuple(sorted(good))
        if value is not None:
            self.problem(name, "field_not_range")
        return ()
