"""The words a callback time is typed in, in either language: days, parts of the day, hours, spans, numerals.

What an entry as a whole means, and whether it can be promised, is `console.rules.promise`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

_NUMBER: Final = r"(?:\d{1,3}|[零〇一二两兩三四五六七八九十]{1,3})"
_DIGITS: Final = {
    char: value for value, chars in enumerate(("零〇", "一", "二两兩", *"三四五六七八九")) for char in chars
}
WEEKDAYS_ZH: Final = {
    char: number
    for number, chars in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7"))
    for char in chars
}
WEEKDAYS_EN: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS_EN: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_EN: Final = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_WEEKDAY_EN: Final = r"(mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday|s|r|rs)?\b\.?"

DAYS: Final = tuple(
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

PARTS: Final = tuple(
    (part, re.compile(pattern, re.ASCII))
    for part, pattern in (
        ("night", r"凌晨|半夜|午夜|midnight"),
        ("morning", r"上午|早上|早晨|清晨|早|\bmorning\b|\ba\.?m\b\.?|(?<=\d)\s*a\.?m\b\.?"),
        ("noon", r"中午|正午|\bnoon\b"),
        ("afternoon", r"下午|午后|傍晚|\bafternoon\b|\bp\.?m\b\.?|(?<=\d)\s*p\.?m\b\.?"),
        ("evening", r"晚上|晚间|夜里|夜晚|晚|\bevening\b|\bnight\b"),
    )
)
FILLER: Final = re.compile(r"[,,、;的在于]|\bat\b|\bon\b|\bin the\b|o'?clock|\bsharp\b|\s+", re.ASCII)
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


@dataclass(frozen=True, slots=True)
class Hour:
    """A time of day as typed. `sure` when it can only be a 24-hour one."""

    hour: int
    minute: int
    sure: bool


def number_of(text: str) -> int:
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


def hour_of(text: str) -> Hour | None:
    """The time of day a text is, in digits or numerals; None when it is none."""
    if match := _CLOCK.fullmatch(text):
        return Hour(int(match[1]), int(match[2]), sure=True)
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
            minute = number_of(tail.removesuffix("分"))
        return Hour(number_of(match[1]), minute, sure=False)
    except ValueError:
        return None


def span_of(entry: str) -> timedelta | None:
    """The span an entry counts from now; None when it names a time."""
    if _QUARTER.fullmatch(entry):
        return timedelta(minutes=15)
    try:
        if match := _AND_A_HALF.fullmatch(entry):
            return timedelta(hours=number_of(match[1]), minutes=30)
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
    return float(text) if text.isascii() else number_of(text)
