"""A moment typed into a form: today's clock, or a day and a clock, in the clinic's time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from console.i18n import _
from console.screens.form import FieldFault, text_of
from console.widgets.fields import Value

_CLOCK = re.compile(r"^(\d{1,2})[:\uff1a.](\d{2})$")
_YEAR = re.compile(r"^\d{4}[-/.]")
RECENT: Final = timedelta(days=31)
"""How long ago something is taken as meant without asking."""
_DAY = re.compile(r"^(?:(\d{4})[-/.])?(\d{1,2})[-/.](\d{1,2})$")


def moment_of(values: Mapping[str, Value], name: str, now: datetime, *, past: bool = True) -> datetime | None:
    """The moment typed into a field; None when it was left empty.

    Args:
        values: of the form. name: the field.
        now: aware, in the clinic's zone: a clock alone is of its day, a day without a year the nearest such day,
            before now only when it is of this year or at most `RECENT` ago.
        past: whether it lies before now; else after.

    Raises:
        FieldFault: it cannot be read, lies on the wrong side of now, or needs its year.
    """
    typed = text_of(values, name).strip()
    if not typed:
        return None
    found = _read(typed.split(), now, past=past)
    if found is None:
        raise FieldFault(name, _("Write it like 14:30, or 06-20 14:30."))
    if past and found > now:
        raise FieldFault(name, _("That is still to come."))
    if past and not _YEAR.match(typed) and found.year != now.year and now - found > RECENT:
        # Most likely a slip of the finger: nobody means last December in November.
        wanted = f"{found:%Y-%m-%d %H:%M}"
        raise FieldFault(name, _("That day is still to come; meant as {day}, write the year.", day=wanted))
    if not past and found <= now:
        raise FieldFault(name, _("That is over already."))
    return found


def day_of(values: Mapping[str, Value], name: str, now: datetime) -> date | None:
    """The day typed into a field, today or later; None when it was left empty.

    Raises:
        FieldFault: it cannot be read, or is over.
    """
    typed = text_of(values, name).strip()
    if not typed:
        return None
    found = _day(typed, now, past=False)
    if found is None:
        raise FieldFault(name, _("Write it like 06-20."))
    if found < now.date():
        raise FieldFault(name, _("That is over already."))
    return found


def _read(parts: list[str], now: datetime, *, past: bool) -> datetime | None:
    day: date | None = now.date()
    if len(parts) == 2:
        day = _day(parts.pop(0), now, past=past)
    found = _CLOCK.match(parts[0]) if len(parts) == 1 else None
    if found is None or day is None:
        return None
    try:
        return datetime(day.year, day.month, day.day, int(found[1]), int(found[2]), tzinfo=now.tzinfo)
    except ValueError:
        return None


def _day(text: str, now: datetime, *, past: bool) -> date | None:
    found = _DAY.match(text)
    if found is None:
        return None
    year, month, day = found[1], int(found[2]), int(found[3])
    today = now.date()
    try:
        made = date(int(year) if year else today.year, month, day)
    except ValueError:
        return None
    if year is None:
        # A day without a year is the one on the right side of today.
        if past and made > today:
            return made.replace(year=made.year - 1)
        if not past and made < today:
            return made.replace(year=made.year + 1)
    return made
