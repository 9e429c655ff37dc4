"""The time a patient asked for, as a caller types it in either language, and whether it can be kept."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Final

from console.rules import calendar as calendars
from console.rules import promise_words as words
from console.rules.calendar import Calendar
from console.rules.policy import Policy
from db.records import PromiseTime, Reason

LONGEST: Final = 40
"""Characters of an entry."""
HORIZON_DAYS: Final = 366
"""No callback is promised for later than a year on."""
YEARLESS_DAYS: Final = 180
"""A day without a year lies at most this far ahead; further on it is taken for a day gone by."""


def parse(
    text: str, now: datetime, policy: Policy, clinical_end: datetime | None = None
) -> PromiseTime | Reason:
    """The callback time an entry means.

    Read are `明天 19:10`, `明晚7点`, `后天下午三点半`, `下周一 14:30`, `6月20日 15:00`, `20:15`, `+2h`,
    `半小时后`, `tomorrow 7pm`, `fri 10:00`, `in 2 hours` and the like, full-width digits too. A colon time
    is a 24-hour one. An hour without a colon and without a part of the day is taken when only one of its two
    readings lies outside the quiet hours, and refused as ambiguous when both do.

    Args:
        text: what was typed.
        now: aware instant.
        policy: the clinic's policy.
        clinical_end: end of the safety item's clinical window; None for any other item.

    Returns:
        The time; or the Reason it is refused, whose `instead`, unless it is `-`, can be typed as it stands.
    """
    reader = _Reader(now, policy)
    found = reader.read(text)
    if isinstance(found, Reason):
        return _inside(found, now, policy, clinical_end)
    refused = check(found, now, policy, clinical_end=clinical_end)
    return refused or PromiseTime(found, outside_window(found, policy))


def _inside(refused: Reason, now: datetime, policy: Policy, clinical_end: datetime | None) -> Reason:
    """The refusal with a proposal that would be taken: one outside the item's window gives way to one inside."""
    calendar = calendars.of(policy)
    proposed = refused.params.get("instead")
    if not isinstance(proposed, str) or proposed == "-":
        return refused
    day, clock = proposed.split(" ")
    hour, minute = clock.split(":")
    at = calendar.at(date.fromisoformat(day), int(hour) * 60 + int(minute))
    better = check(at, now, policy, clinical_end=clinical_end)
    if better is None:
        return refused
    return Reason.of(refused.code, **{**refused.params, "instead": better.params.get("instead", "-")})


def check(
    at: datetime, now: datetime, policy: Policy, *, clinical_end: datetime | None = None
) -> Reason | None:
    """Why a callback cannot be promised for a time; None when it can.

    Args:
        at: the time. now: now. Both aware.
        policy: the clinic's policy (quiet hours).
        clinical_end: end of the safety item's clinical window; None for any other item.
    """
    calendar = calendars.of(policy)
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    if at <= now:
        return Reason.of("promise_past", instead=_typed(calendar, _later_same_time(at, now, calendar)))
    if at - now > timedelta(days=HORIZON_DAYS):
        return Reason.of("promise_too_far", days=HORIZON_DAYS)
    end = None if clinical_end is None else clinical_end.astimezone(UTC)
    if end is not None and at >= end:
        soon = max(now, min(end - timedelta(hours=1), calendar.last_callable(calendar.day_of(end))))
        return Reason.of(
            "promise_beyond_end", end=calendar.text(end), instead=_next_free(soon, now, end, calendar)
        )
    if calendar.is_quiet(at):
        hours = policy.calendar.safety_hours
        opening = calendar.next_safety_opening(at)
        half_day = at + timedelta(hours=12)
        if calendar.local(at).hour < hours.start // 60 and not calendar.is_quiet(half_day):
            # Seven in the morning is mostly a slip for seven in the evening.
            opening = half_day
        return Reason.of(
            "promise_quiet_hours",
            hours=str(hours),
            instead=_next_free(opening, now, end, calendar),
        )
    return None


def outside_window(at: datetime, policy: Policy) -> Reason | None:
    """Why the clinic's window is closed at a promised time; None inside one. The patient may ask for it."""
    calendar = calendars.of(policy)
    if calendar.is_open(at):
        return None
    return calendar.closed(calendar.day_of(at)) or Reason("promise_outside_hours")


def _typed(calendar: Calendar, at: datetime) -> str:
    """A time as it can be typed in either language."""
    return f"{calendar.local(at):%Y-%m-%d %H:%M}"


def _later_same_time(at: datetime, now: datetime, calendar: Calendar) -> datetime:
    """The same time of day on the first day on which it is still to come, inside the safety hours."""
    wall = calendar.local(at)
    day = calendar.day_of(now)
    for offset in range(3):
        later = calendar.at(day + timedelta(days=offset), wall.hour * 60 + wall.minute)
        if later > now:
            return calendar.next_safety_opening(later)
    return calendar.next_safety_opening(now + timedelta(minutes=30))


def _next_free(wanted: datetime, now: datetime, end: datetime | None, calendar: Calendar) -> str:
    """A time that can be promised, at or near the wanted one; `-` when the item's end leaves none."""
    free = calendar.next_safety_opening(max(wanted, now + timedelta(minutes=5)))
    free = free + timedelta(seconds=-free.second, microseconds=-free.microsecond)
    free = free if free > now else free + timedelta(minutes=1)
    if end is not None and free >= end:
        return "-"
    return _typed(calendar, free)


class _Reader:
    def __init__(self, now: datetime, policy: Policy) -> None:
        self.calendar: Calendar = calendars.of(policy)
        self.now = now.astimezone(UTC)
        self.today = self.calendar.day_of(now)
        self.safety = policy.calendar.safety_hours

    def read(self, text: str) -> datetime | Reason:
        """The instant an entry means, or why it means none."""
        entry = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        if not entry or len(entry) > LONGEST:
            return self._unreadable()
        delta = words.span_of(entry)
        if delta is not None:
            if delta <= timedelta():
                return self._unreadable()
            at = self.now + delta
            # A promise is kept by the minute; a begun one counts as the next.
            return at if not (at.second or at.microsecond) else _next_minute(at)
        entry = entry.replace("tonight", "today night")
        day, rest = self._day(entry)
        if isinstance(day, Reason):
            return day
        return self._time(day, rest)

    def _unreadable(self) -> Reason:
        tomorrow = self.calendar.at(self.today + timedelta(days=1), 15 * 60)
        return Reason.of("promise_unreadable", instead=_typed(self.calendar, tomorrow))

    # --- the day ---

    def _day(self, entry: str) -> tuple[tuple[date, bool] | Reason | None, str]:
        """The day an entry names with whether it is a bare weekday, and what is left of the entry."""
        for kind, pattern in words.DAYS:
            match = pattern.search(entry)
            if match is None:
                continue
            rest = f"{entry[: match.start()]} {entry[match.end() :]}"
            return self._named(kind, match), rest
        return None, entry

    def _named(self, kind: str, match: re.Match[str]) -> tuple[date, bool] | Reason:
        ahead = {"today": 0, "tomorrow": 1, "after": 2, "after_after": 3}
        if kind in ahead:
            return self.today + timedelta(days=ahead[kind]), False
        if kind == "weekday":
            return self._weekday(match[1] or "", words.WEEKDAYS_ZH[match[2]])
        if kind == "en_weekday":
            number = words.WEEKDAYS_EN.index(match[2])
            if match[1] == "next":
                # Half of all speakers mean the coming one, half the one after.
                first = self.today + timedelta(days=(number - self.today.weekday() - 1) % 7 + 1)
                return Reason.of("promise_ambiguous", first=f"{first:%Y-%m-%d}",
                                 second=f"{first + timedelta(days=7):%Y-%m-%d}")  # fmt: skip
            return self._weekday("本" if match[1] == "this" else "", number)
        try:
            return self._dated(kind, match)
        except (ValueError, OverflowError):
            return Reason.of("promise_no_such_day", instead=_typed(self.calendar, self._sample()))

    def _sample(self) -> datetime:
        return self.calendar.at(self.today + timedelta(days=1), 15 * 60)

    def _weekday(self, which: str, number: int) -> tuple[date, bool]:
        monday = self.today - timedelta(days=self.today.weekday())
        if which in ("下", "下下"):
            return monday + timedelta(days=number + 7 * len(which)), False
        if which:
            return monday + timedelta(days=number), False
        return self.today + timedelta(days=(number - self.today.weekday()) % 7), True

    def _dated(self, kind: str, match: re.Match[str]) -> tuple[date, bool] | Reason:
        if kind == "iso":
            if abs(int(match[1]) - self.today.year) > 9:
                raise ValueError("no callback is that far away")
            return date(int(match[1]), int(match[2]), int(match[3])), False
        if kind == "month_day_only":
            return self._coming(
                [(self.today.year, self.today.month), self._next_month()], words.number_of(match[1])
            ), False
        if kind == "en_month_day":
            month, day = words.MONTHS_EN.index(match[1]) + 1, int(match[2])
        elif kind == "en_day_month":
            month, day = words.MONTHS_EN.index(match[2]) + 1, int(match[1])
        else:
            month, day = words.number_of(match[1]), words.number_of(match[2])
        if kind == "slash" and day <= 12 and month <= 12 and day != month:
            first, second = self._yearless(month, day), self._yearless(day, month)
            return Reason.of("promise_ambiguous", first=f"{first:%Y-%m-%d}", second=f"{second:%Y-%m-%d}")
        return self._yearless(month, day), False

    def _next_month(self) -> tuple[int, int]:
        return (self.today.year + self.today.month // 12, self.today.month % 12 + 1)

    def _coming(self, months: list[tuple[int, int]], day: int) -> date:
        if not 1 <= day <= 31:
            raise ValueError("no such day")
        for year, month in months:
            try:
                found = date(year, month, day)
            except ValueError:
                continue
            if found >= self.today:
                return found
        raise ValueError("no such day")

    def _yearless(self, month: int, day: int) -> date:
        here = date(self.today.year, month, day) if (month, day) != (2, 29) else None
        if here is not None and here >= self.today:
            return here
        for year in range(self.today.year, self.today.year + 2):
            try:
                found = date(year, month, day)
            except ValueError:
                continue
            if self.today <= found <= self.today + timedelta(days=YEARLESS_DAYS):
                return found
        if here is None:
            raise ValueError("no such day")
        return here

    # --- the time of day ---

    def _time(self, day: tuple[date, bool] | None, rest: str) -> datetime | Reason:
        part: str | None = None
        for name, pattern in words.PARTS:
            if pattern.search(rest):
                if part is not None:
                    return self._unreadable()
                part, rest = name, pattern.sub(" ", rest, count=1)
        rest = words.FILLER.sub("", rest)
        on = day[0] if day is not None else self.today
        if not rest:
            if part == "noon":
                return self._made(day, on, 12 * 60)
            if day is None and part is None:
                return self._unreadable()
            sample = {"morning": 10 * 60, "evening": 19 * 60 + 10}.get(part or "", 15 * 60)
            at = self.calendar.at(on, sample)
            later = at if at > self.now else self.calendar.at(self.today + timedelta(days=1), sample)
            return Reason.of("promise_no_time", instead=_typed(self.calendar, later))
        typed = words.hour_of(rest)
        if typed is None:
            return self._unreadable()
        if not (0 <= typed.hour <= 24 and 0 <= typed.minute <= 59) or (typed.hour == 24 and typed.minute):
            return Reason.of("promise_no_such_time", instead=_typed(self.calendar, self._sample()))
        minute = self._minute(typed, part, on, day)
        if isinstance(minute, Reason):
            return minute
        return self._made(day, on, minute)

    def _minute(
        self, typed: words.Hour, part: str | None, on: date, day: tuple[date, bool] | None
    ) -> int | Reason:
        """The minute of the day, by the part of the day named or by the only reading that may ring."""
        minute = typed.hour * 60 + typed.minute
        half = 12 * 60
        if part is None:
            if typed.sure or typed.hour > 12 or typed.hour in (0, 12):
                return minute
            ringing = [one for one in (minute, minute + half) if self.safety.start <= one < self.safety.end]
            ringing = [one for one in ringing if self.calendar.at(on, one) > self.now] or ringing
            if len(ringing) == 2:
                first, second = (_typed(self.calendar, self.calendar.at(on, one)) for one in ringing)
                return Reason.of("promise_ambiguous", first=first, second=second)
            return ringing[0] if ringing else minute
        reading = {
            "night": minute % half if typed.hour <= 12 else None,
            "morning": minute if typed.hour < 12 else None,
            "noon": minute + half if typed.hour <= 2 else minute if 11 <= typed.hour <= 14 else None,
            "afternoon": minute + half
            if 1 <= typed.hour < 12
            else minute
            if 12 <= typed.hour <= 18
            else None,
            # After midnight is the next day; either way these are quiet hours.
            "evening": minute % half + (2 * half if typed.hour == 12 or typed.hour < 5 else half)
            if typed.hour <= 12
            else minute,
        }[part]
        if reading is None and part == "afternoon" and typed.hour > 18:
            reading = minute
        if reading is None:
            return Reason.of("promise_no_such_time", instead=_typed(self.calendar, self._sample()))
        return reading

    def _made(self, day: tuple[date, bool] | None, on: date, minute: int) -> datetime | Reason:
        at = self.calendar.at(on, minute)
        if day is not None and day[1] and at <= self.now:
            # Said on that very weekday after that time: next week's, or a slip.
            later = self.calendar.at(on + timedelta(days=7), minute)
            if self.calendar.is_quiet(later):
                later = self.calendar.next_safety_opening(later)
            return Reason.of("promise_past", instead=_typed(self.calendar, later))
        return at


def _next_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0) + timedelta(minutes=1)
