"""Spellings of dates; nothing is guessed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.exchange.dates import AMBIGUOUS, EXCEL_DAY_ZERO, INVALID, DateFault, parse_date

DAY = date(2026, 5, 29)


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-29", "2026/5/29", "2026.5.29", "2026年5月29日", "2026年5月29", "20260529", "46171",
        "46171.0", "46171.6", "２０２６－０５－２９", "2026-05-29 00:00:00", "2026/5/29 14:30",
        "2026-05-29T14:30:00+08:00", "20260529 14:30",
        " 2026-05-29 ", "29/05/2026", "05/29/2026", "29.5.2026",
    ],
)  # fmt: skip
def test_one_day_in_many_spellings(text: str) -> None:
    assert parse_date(text) == DAY


@pytest.mark.parametrize(
    "text",
    [
        "0000-00-00", "2026-13-01", "2026-02-30", "昨天", "2026", "2026-05", "20260230", "2026-5/29",
        "2026年5-29", "",
        "1899-12-31", "00000", "99/99/9999", "١٢٣٤٥", "2026-05-29x", "2026-05-29-",
        "-2026-05-29", "1e5", "9" * 10_000,
        "2026\x1b-05-29",
    ],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) == INVALID


@pytest.mark.parametrize("text", ["03/04/2026", "06/07/26", "3-4-2026", "26/6/15", "01.02.2020"])
def test_two_readings_are_refused(text: str) -> None:
    assert parse_date(text) == AMBIGUOUS


def test_one_reading_twice_is_no_doubt() -> None:
    assert parse_date("05/05/2026") == date(2026, 5, 5)


@given(st.dates(min_value=date(1927, 5, 18), max_value=date(2100, 12, 31)))
def test_every_day_comes_back(day: date) -> None:
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day.year}年{day.month}月{day.day}日") == day
    assert parse_date(day.strftime("%Y%m%d")) == day
    assert parse_date(str((day - EXCEL_DAY_ZERO).days)) == day
    written = parse_date(day.strftime("%d/%m/%Y"))
    assert written == (day if day.day > 12 or day.day == day.month else AMBIGUOUS)


@given(st.text(max_size=40))
def test_any_text_is_a_day_or_a_fault(text: str) -> None:
    read = parse_date(text)
    assert isinstance(read, date | DateFault)
    if isinstance(read, date):
        assert 1900 <= read.year <= 9999
