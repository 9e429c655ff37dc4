"""The time a patient asked for, as a caller types it in either language, and whether it can be kept."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from console.rules import calendar as calendars
from console.rules.calendar import Calendar
from console.rules.policy import Policy
from db.records import PromiseTime, Reason

LONGEST: Final = 40
"""Characters of an entry."""
HORIZON_DAYS: Final = 366
"""No callback is promised for later than a year on."""
YEARLESS_DAYS: Final = 180
"""A day without a year lies at most this far ahead; further on it is taken for a day gone by."""

_NUMBER: Final = r"(?:\d{1,3}|[零〇一二两兩三四五六七八九十]{1,3})"
_DIGITS: Final = {
    char: value for value, chars in enumerate(("零〇", "一", "二两兩", *"三四五六七八九")) for char in chars
}
_WEEKDAYS_ZH: Final = {
    char: number
    for number, chars in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7"))
    for char in chars
}
_WEEKDAYS_EN: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS_EN: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_EN: Final = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_WEEKDAY_EN: Final = r"(mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday|s|r|rs)?\b\.?"

_DAY: Final = tuple(
    (kind, re.compile(pattern, re.ASCII))
    for kind, pattern in (
        ("iso", r"(?<!\d)(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)\s*[日号號]?"),
        ("month_day", rf"({_NUMBER})\s*月\s*({_NUMBER})\s*[日号號]?"),
        ("dash", r"(?<![\d:])(\d{1,2})-(\d{1,2})(?![\d:])"),
        ("slash", r"(?<![\d:])(\d{1,2})/(\d{1,2})(?![\d:])"),
        ("en_month_day", rf"\b{_MONTH_EN}\s*(\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])"),
        ("en_day_month", rf"(?<![\d:])(\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of\s+)?{_MONTH_EN}"),
        ("weekday", r"(下下|下|本|这|這)?个?(?:周|週|星期|礼拜|禮拜)([一二三四五六日天1-7])"),
        ("month_day_only", rf"({_NUMBER})\s*[日号號]"),
        ("after_after", r"大后天|大後天"),
        ("after", r"后天|後天|day after tomorrow"),
        ("tomorrow", r"明天|明日|明(?=[晚早上中下])|tomorrow|\btmrw?\b"),
        ("today", r"今天|今日|今(?=[晚早上中下])|today"),
        ("en_weekday", rf"\b(?:(this|next)\s+)?{_WEEKDAY_EN}"),
    )
)

_PARTS: Final = tuple(
    (part, re.compile(pattern, re.ASCII))
    for part, pattern in (
        ("night", r"凌晨|半夜|午夜|midnight"),
        ("morning", r"上午|早上|早晨|清晨|早|\bmorning\b|\ba\.?m\b\.?|(?<=\d)\s*a\.?m\b\.?"),
        ("noon", r"中午|正午|\bnoon\b"),
        ("afternoon", r"下午|午后|傍晚|\bafternoon\b|\bp\.?m\b\.?|(?<=\d)\s*p\.?m\b\.?"),
        ("evening", r"晚上|晚间|夜里|夜晚|晚|\bevening\b|\bnight\b"),
    )
)
_FILLER: Final = re.compile(r"[,,、;的在于]|\bat\b|\bon\b|\bin the\b|o'?clock|\bsharp\b|\s+", re.ASCII)
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_HOUR: Final = re.compile(rf"({_NUMBER})(?:[点點时時](?:钟|整)?(半|[一三]刻|{_NUMBER}分?)?)?", re.ASCII)

_UNIT_HOUR: Final = r"(?:个|個)?(?:小时|小時|钟头|鐘頭|h(?:ou)?rs?|h)"
_UNIT_MINUTE: Final = r"(?:分钟|分鐘|分|minutes?|mins?|m)"
_AMOUNT: Final = rf"(?:\d{{1,3}}(?:\.\d)?|{_NUMBER}|半|an?|half an?)"
_RELATIVE: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"(?:\+|in )\s*({_AMOUNT})\s*{_UNIT_HOUR}(?:\s*(?:and )?({_AMOUNT})\s*{_UNIT_MINUTE})?",
        rf"(?:\+|in )\s*()({_AMOUNT})\s*{_UNIT_MINUTE}",
        rf"(?:过|過|再过)?({_AMOUNT})\s*{_UNIT_HOUR}(?:\s*({_AMOUNT})\s*{_UNIT_MINUTE})?\s*[之以]?[后後]",
        rf"(?:过|過|再过)?()({_AMOUNT})\s*{_UNIT_MINUTE}\s*[之以]?[后後]",
    )
)
_AND_A_HALF: Final = re.compile(
    rf"(?:过|過|再过)?({_NUMBER})\s*(?:个|個)?半(?:小时|小時|钟头|鐘頭)\s*[之以]?[后後]"
)
_QUARTER: Final = re.compile(r"(?:\+|过)?(?:一刻钟|一刻鐘|(?:in )?a quarter of an hour)[后後]?", re.ASCII)


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
        return found
    refused = check(found, now, policy, clinical_end=clinical_end)
    return refused or PromiseTime(found, outside_window(found, policy))


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
    return calendar.closed(calendar.day_of(at)) or Reason("window_closed")


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


@dataclass(frozen=True, slots=True)
class _Hour:
    """A time of day as typed. `sure` when it can only be a 24-hour one."""

    hour: int
    minute: int
    sure: bool


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
        delta = _relative(entry)
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
        for kind, pattern in _DAY:
            match = pattern.search(entry)
            if match is None:
                continue
            rest = f"{entry[: match.start()]} {entry[match.end() :]}"
            return self._named(kind, match), rest
        return None, entry

    def _named(self, kind: str, match: re.Match[str]) -> tuple[date, bool] | Reason:
        words = {"today": 0, "tomorrow": 1, "after": 2, "after_after": 3}
        if kind in words:
            return self.today + timedelta(days=words[kind]), False
        if kind == "weekday":
            return self._weekday(match[1] or "", _WEEKDAYS_ZH[match[2]])
        if kind == "en_weekday":
            number = _WEEKDAYS_EN.index(match[2])
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
                [(self.today.year, self.today.month), self._next_month()], _number(match[1])
            ), False
        if kind == "en_month_day":
            month, day = _MONTHS_EN.index(match[1]) + 1, int(match[2])
        elif kind == "en_day_month":
            month, day = _MONTHS_EN.index(match[2]) + 1, int(match[1])
        else:
            month, day = _number(match[1]), _number(match[2])
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
        for name, pattern in _PARTS:
            if pattern.search(rest):
                if part is not None:
                    return self._unreadable()
                part, rest = name, pattern.sub(" ", rest, count=1)
        rest = _FILLER.sub("", rest)
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
        typed = _hour(rest)
        if typed is None:
            return self._unreadable()
        if not (0 <= typed.hour <= 24 and 0 <= typed.minute <= 59) or (typed.hour == 24 and typed.minute):
            return Reason.of("promise_no_such_time", instead=_typed(self.calendar, self._sample()))
        minute = self._minute(typed, part, on, day)
        if isinstance(minute, Reason):
            return minute
        return self._made(day, on, minute)

    def _minute(
        self, typed: _Hour, part: str | None, on: date, day: tuple[date, bool] | None
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
            return Reason.of("promise_past", instead=_typed(self.calendar, later))
        return at


def _next_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _number(text: str) -> int:
    """A number in digits or Chinese numerals up to 99.

    Raises:
        ValueError: the numerals make no number.
    """
    if text.isascii():
        return int(text)
    tens, mark, units = text.partition("十")
    if not all(len(part) < 2 for part in (tens, units) if mark) or "十" in units:
        raise ValueError("no number")
    if mark:
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[units] if units else 0)
    return int("".join(str(_DIGITS[char]) for char in text))


def _hour(text: str) -> _Hour | None:
    if match := _CLOCK.fullmatch(text):
        return _Hour(int(match[1]), int(match[2]), sure=True)
    match = _HOUR.fullmatch(text)
    if match is None:
        return None
    tail = match[2]
    try:
        if tail is None:
            minute = 0
        elif tail in ("半", "一刻", "三刻"):
            minute = {"半": 30, "一刻": 15, "三刻": 45}[tail]
        else:
            minute = _number(tail.removesuffix("分"))
        return _Hour(_number(match[1]), minute, sure=False)
    except ValueError:
        return None


def _relative(entry: str) -> timedelta | None:
    """The span an entry counts from now; None when it names a time."""
    if _QUARTER.fullmatch(entry):
        return timedelta(minutes=15)
    try:
        if match := _AND_A_HALF.fullmatch(entry):
            return timedelta(hours=_number(match[1]), minutes=30)
        for pattern in _RELATIVE:
            if match := pattern.fullmatch(entry):
                return timedelta(minutes=60 * _amount(match[1]) + _amount(match[2]))
    except ValueError:
        return None
    return None


def _amount(text: str | None) -> float:
    if not text:
        return 0
    if text == "半" or text.startswith("half"):
        return 0.5
    if text in ("a", "an"):
        return 1
    return float(text) if text.isascii() else _number(text)
