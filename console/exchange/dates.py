"""Dates as hospital systems spell them. One spelling with two readings is refused, never guessed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

EXCEL_DAY_ZERO = date(1899, 12, 30)
"""Day 0 of Excel's 1900 date system for every serial after February 1900 (ECMA-376 part 1, 18.17.4.1)."""

FIRST_YEAR = 1900
"""Years before this one are typing errors: nobody born then is treated now."""


@dataclass(frozen=True, slots=True)
class DateFault:
    """Why a text is no date: `code` is date_invalid or date_ambiguous."""

    code: str


INVALID = DateFault("date_invalid")
AMBIGUOUS = DateFault("date_ambiguous")

_TIME = r"(?:[T\s]*\d{1,2}[:时]\d{1,2}(?:[:分]\d{1,2}(?:\.\d+)?秒?)?分?\s*(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(
    rf"(\d{{4}})\s*([-/.年])\s*(\d{{1,2}})\s*([-/.月])\s*(\d{{1,2}})\s*(日|号)?{_TIME}", re.ASCII
)
_EIGHT = re.compile(rf"(\d{{4}})(\d{{2}})(\d{{2}})(?:\.0+)?{_TIME}", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_SHORT = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{2}}|\d{{4}}){_TIME}", re.ASCII)


def parse_date(text: str) -> date | DateFault:
    """Read a date from a cell or a form field.

    Understood: 2026-05-29, 2026/5/29, 2026.5.29, 2026年5月29日, 20260529, each also with a time of day,
    which is ignored, and in full-width digits; five digits as an Excel serial; 29/05/2026 and the like when
    only one reading is a date.

    Args: text, not empty.
    Returns: the day, or the fault: no date at all, or more than one reading (03/04/2026).
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if not text.isascii() and not text.isprintable():
        return INVALID
    if match := _YEAR_FIRST.fullmatch(text):
        year, first, month, second, day, mark = match.groups()
        # One separator throughout, or the Chinese words together.
        if (first == "年") != (second == "月") or (first != "年" and (first != second or mark)):
            return INVALID
        return _day(int(year), int(month), int(day)) or INVALID
    if match := _EIGHT.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3])) or INVALID
    if match := _SERIAL.fullmatch(text):
        found = EXCEL_DAY_ZERO + timedelta(days=int(match[1]))
        return found if found.year >= FIRST_YEAR else INVALID
    if match := _SHORT.fullmatch(text):
        return _short(match[1], match[3], match[4])
    return INVALID


def _day(year: int, month: int, day: int) -> date | None:
    if year < FIRST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _short(first: str, second: str, last: str) -> date | DateFault:
    """Day first, month first and, with a two-digit year, year first: accepted when exactly one is a date."""
    a, b, c = int(first), int(second), int(last)
    years = [c] if len(last) == 4 else [1900 + c, 2000 + c]
    readings = {_day(year, month, day) for year in years for month, day in ((a, b), (b, a))}
    if len(last) == 2:
        readings |= {_day(year, b, c) for year in (1900 + a, 2000 + a)}
    readings.discard(None)
    if not readings:
        return INVALID
    only = readings.pop()
    return AMBIGUOUS if readings or only is None else only
