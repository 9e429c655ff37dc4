"""The time a patient asked for, as a caller types it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.rules import calendar as calendars
from console.rules import policy, promise
from db.records import PromiseTime, Reason

POLICY = policy.default()
CALENDAR = calendars.of(POLICY)
NOW = CALENDAR.at(date(2026, 6, 15), 14 * 60 + 32)
"""A Monday."""


def read(text: str, now: datetime = NOW, end: datetime | None = None) -> str:
    """What an entry means, as text; of a refusal its code."""
    found = promise.parse(text, now, POLICY, end)
    return found.code if isinstance(found, Reason) else f"{CALENDAR.local(found.at):%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("明天 19:10", "06-16 19:10"),
        ("明晚7点", "06-16 19:00"),
        ("后天下午三点半", "06-17 15:30"),
        ("周五 10点", "06-19 10:00"),
        ("下周一 14:30", "06-22 14:30"),
        ("6月20日 15:00", "06-20 15:00"),
        ("20:15", "06-15 20:15"),
        ("+2h", "06-15 16:32"),
        ("+90m", "06-15 16:02"),
        ("2小时后", "06-15 16:32"),
        ("半小时后", "06-15 15:02"),
        ("tomorrow 7pm", "06-16 19:00"),
        ("fri 10:00", "06-19 10:00"),
        ("in 2 hours", "06-15 16:32"),
        ("明天１９：１０", "06-16 19:10"),
        ("＋２ｈ", "06-15 16:32"),
        ("Tomorrow 7PM", "06-16 19:00"),
        ("今晚8点", "06-15 20:00"),
        ("明早9点", "06-16 09:00"),
        ("大后天上午十点", "06-18 10:00"),
        ("星期日下午两点", "06-21 14:00"),
        ("本周三 15:00", "06-17 15:00"),
        ("下下周二 下午3:30", "06-30 15:30"),
        ("20号下午3点", "06-20 15:00"),
        ("六月二十日下午三点一刻", "06-20 15:15"),
        ("2026-06-16 10:00", "06-16 10:00"),
        ("2026年6月16日 10点", "06-16 10:00"),
        ("明天中午", "06-16 12:00"),
        ("一个半小时后", "06-15 16:02"),
        ("+1h30m", "06-15 16:02"),
        ("三点", "06-15 15:00"),
        ("明天7点", "06-16 19:00"),
        ("in half an hour", "06-15 15:02"),
        ("in 90 minutes", "06-15 16:02"),
        ("tonight at 8", "06-15 20:00"),
        ("7:30 pm tomorrow", "06-16 19:30"),
        ("wednesday 3 pm", "06-17 15:00"),
        ("day after tomorrow noon", "06-17 12:00"),
        ("june 20 3pm", "06-20 15:00"),
        ("20 june 15:00", "06-20 15:00"),
        ("6/20 15:00", "06-20 15:00"),
        ("周一 16:00", "06-15 16:00"),
    ],
)
def test_entries_are_understood(text: str, meant: str) -> None:
    assert read(text) == meant


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("13:00", "promise_past"),
        ("周一 10:00", "promise_past"),
        ("6月10日 10:00", "promise_past"),
        ("2025-06-20 10:00", "promise_past"),
        ("22:00", "promise_quiet_hours"),
        ("21:30", "promise_quiet_hours"),
        ("明天 07:59", "promise_quiet_hours"),
        ("明天晚上12点", "promise_quiet_hours"),
        ("+8h", "promise_quiet_hours"),
        ("明天8点", "promise_ambiguous"),
        ("tomorrow at 9", "promise_ambiguous"),
        ("next fri 10:00", "promise_ambiguous"),
        ("6/7 15:00", "promise_ambiguous"),
        ("明天", "promise_no_time"),
        ("周五上午", "promise_no_time"),
        ("tomorrow morning", "promise_no_time"),
        ("25:00", "promise_no_such_time"),
        ("明天 10:75", "promise_no_such_time"),
        ("上午15点", "promise_no_such_time"),
        ("2月30日 10:00", "promise_no_such_day"),
        ("13月1日 10:00", "promise_no_such_day"),
        ("32号 10:00", "promise_no_such_day"),
        ("0月十十 10:00", "promise_no_such_day"),
        ("9999-12-31 10:00", "promise_no_such_day"),
        ("0001-01-01 00:00", "promise_no_such_day"),
        ("", "promise_unreadable"),
        ("有空再说", "promise_unreadable"),
        ("明天 ١٠点", "promise_unreadable"),
        ("١٩:١٠", "promise_unreadable"),
        ("明天 19:10 19:20", "promise_unreadable"),
        ("[bold]明天[/] 19:10", "promise_unreadable"),
        ("+0h", "promise_unreadable"),
        ("明" * 5000, "promise_unreadable"),
    ],
)
def test_what_cannot_be_promised_is_refused_and_says_what_to_type(text: str, code: str) -> None:
    found = promise.parse(text, NOW, POLICY)
    assert isinstance(found, Reason) and found.code == code
    if "instead" in found.params:
        assert isinstance(promise.parse(str(found.params["instead"]), NOW, POLICY), PromiseTime)


def test_a_safety_call_cannot_be_promised_beyond_its_clinical_end() -> None:
    end = CALENDAR.at(date(2026, 6, 15), 21 * 60 + 30)
    assert read("21:29", end=end) == "06-15 21:29"
    found = promise.parse("明天 10:00", NOW, POLICY, end)
    assert isinstance(found, Reason) and found.code == "promise_beyond_end"
    assert isinstance(promise.parse(str(found.params["instead"]), NOW, POLICY, end), PromiseTime)
    assert promise.check(end, NOW, POLICY, clinical_end=end) is not None
    late = CALENDAR.at(date(2026, 6, 15), 21 * 60 + 28)
    none_left = promise.parse("明天 10:00", late, POLICY, end)
    assert isinstance(none_left, Reason) and none_left.params["instead"] == "-"


def test_outside_the_windows_is_allowed_and_said() -> None:
    for text, code in (
        ("明天 10:00", "promise_outside_hours"),
        ("周五 15:00", "closed_holiday"),
        ("明天 15:00", None),
    ):
        found = promise.parse(text, NOW, POLICY)
        assert isinstance(found, PromiseTime)
        assert (found.outside_window.code if found.outside_window else None) == code


def test_the_turn_of_the_year() -> None:
    now = CALENDAR.at(date(2026, 12, 30), 15 * 60)
    assert read("1月2日 15:00", now) == "01-02 15:00"
    assert read("2号下午3点", now) == "01-02 15:00"
    assert read("下周三 15:00", now) == "01-06 15:00"


def test_a_begun_minute_counts_as_the_next() -> None:
    found = promise.parse("+2h", NOW + timedelta(seconds=1), POLICY)
    assert isinstance(found, PromiseTime)
    assert (found.at.second, found.at.minute) == (0, 33)


_words = st.sampled_from(
    [
        "明天",
        "后天",
        "下周",
        "周五",
        "晚上",
        "下午",
        "7",
        "19",
        ":",
        "点",
        "半",
        "30",
        "+",
        "2",
        "h",
        "小时后",
        "月",
        "日",
        "-",
        "/",
        "tomorrow",
        "pm",
        "fri",
        "in",
        " ",
        "2026",
        "号",
        "一",
        "十",
        "零",
        "١",
        "next",
        "noon",
        "\u202e",
        "\x1b",
        "分",
        "刻",
    ]
)


@settings(max_examples=600, deadline=None)
@given(
    st.one_of(st.text(max_size=60), st.lists(_words, max_size=9).map("".join)),
    st.integers(0, 366 * 24 * 60),
)
@example("FRI零", 55288)
def test_whatever_is_typed_is_a_time_that_may_ring_or_a_reason(text: str, minutes: int) -> None:
    now = NOW + timedelta(minutes=minutes)
    found = promise.parse(text, now, POLICY)
    if isinstance(found, PromiseTime):
        assert found.at > now and not CALENDAR.is_quiet(found.at)
        assert found.at - now <= timedelta(days=366)
    else:
        instead = found.params.get("instead", "-")
        if instead != "-":
            assert isinstance(promise.parse(str(instead), now, POLICY), PromiseTime)


@pytest.mark.parametrize("text", ("soon perhaps", "tomorrow", "13月40日", "明天25点"))
def test_what_is_proposed_instead_lies_inside_the_safety_calls_window(text: str) -> None:
    end = CALENDAR.at(date(2026, 6, 15), 21 * 60 + 30)
    refused = promise.parse(text, NOW, POLICY, end)
    assert isinstance(refused, Reason)
    assert isinstance(promise.parse(str(refused.params["instead"]), NOW, POLICY, end), PromiseTime)
