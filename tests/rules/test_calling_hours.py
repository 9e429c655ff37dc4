"""When the clinic may ring: seasons, holidays, makeup days, quiet hours, unknown years, changing clocks."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import i18n
from console.rules import calendar as calendars
from console.rules import plans, policy, public_days
from console.rules.calendar import Calendar, own_hours
from console.rules.gates import gate
from console.rules.reader import TimeRange
from db.enums import ItemClass, ItemKind, ItemState
from db.records import ItemFacts, Reason, TreatmentFacts

CALENDAR = calendars.of(policy.default())
SAFETY = TimeRange(8 * 60, 21 * 60 + 30)


def changed(zone: str = "Asia/Shanghai", **values: object) -> Calendar:
    """The default calendar with some values changed."""
    document = tomllib.loads(policy.default_text())
    document["clinic"]["zone"] = zone
    document["calendar"].update(values)
    return calendars.of(policy.parse(document))


def minutes(calendar: Calendar, day: date) -> list[str]:
    """A day's windows as wall-clock text."""
    return [
        f"{calendar.local(span.start):%H:%M}-{calendar.local(span.end):%H:%M}"
        for span in calendar.windows(day)
    ]


@pytest.mark.parametrize(
    ("day", "windows"),
    [
        (date(2026, 4, 30), ["14:00-16:30", "19:00-20:00"]),
        (date(2026, 5, 6), ["14:30-16:30", "19:00-20:00"]),
        (date(2026, 9, 30), ["14:30-16:30", "19:00-20:00"]),
        (date(2026, 10, 8), ["14:00-16:30", "19:00-20:00"]),
        (date(2026, 12, 31), ["14:00-16:30", "19:00-20:00"]),
        (date(2024, 2, 29), ["14:00-16:30", "19:00-20:00"]),
        (date(2026, 6, 13), ["14:30-16:30", "19:00-20:00"]),  # an ordinary Saturday
        (date(2026, 6, 14), ["14:30-16:30", "19:00-20:00"]),  # an ordinary Sunday
        (date(2026, 6, 19), []),  # Dragon Boat Festival
        (date(2026, 2, 17), []),  # Spring Festival
        (date(2026, 2, 14), ["14:00-16:30", "19:00-20:00"]),  # worked Saturday
    ],
)
def test_windows_of_seasons_weekends_and_holidays(day: date, windows: list[str]) -> None:
    assert minutes(CALENDAR, day) == windows


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 1, 1), "holiday_new_year"),
        (date(2026, 2, 17), "holiday_spring_festival"),
        (date(2026, 4, 5), "holiday_qingming"),
        (date(2026, 5, 1), "holiday_labour_day"),
        (date(2026, 6, 19), "holiday_dragon_boat"),
        (date(2026, 9, 25), "holiday_mid_autumn"),
        (date(2026, 10, 1), "holiday_national_day"),
    ],
)
def test_public_holidays_are_closed_by_name(day: date, code: str) -> None:
    assert CALENDAR.closed(day) == Reason.of("closed_holiday", holiday=Reason(code))


def test_makeup_days_open_under_a_weekday_mask_and_count_as_working_days() -> None:
    weekdays = changed(calling_days=["mon", "tue", "wed", "thu", "fri"])
    assert weekdays.closed(date(2026, 6, 13)) == Reason("closed_weekday")
    assert weekdays.closed(date(2026, 2, 14)) is None
    assert weekdays.is_working_day(date(2026, 2, 28))
    assert not CALENDAR.is_working_day(date(2026, 6, 13))
    assert not CALENDAR.is_working_day(date(2026, 6, 19))


def test_ranges_are_half_open() -> None:
    monday = date(2026, 6, 15)
    for minute, is_open in (
        (869, False),
        (870, True),
        (989, True),
        (990, False),
        (1140, True),
        (1200, False),
    ):
        assert CALENDAR.is_open(CALENDAR.at(monday, minute)) is is_open
    assert CALENDAR.is_quiet(CALENDAR.at(monday, 479)) and not CALENDAR.is_quiet(CALENDAR.at(monday, 480))
    assert CALENDAR.is_quiet(CALENDAR.at(monday, 1290)) and not CALENDAR.is_quiet(CALENDAR.at(monday, 1289))


def test_window_state_says_until_when_and_when_next() -> None:
    monday = date(2026, 6, 15)
    now = CALENDAR.window_state(CALENDAR.at(monday, 14 * 60 + 32))
    assert (now.open, now.until, now.next) == (True, CALENDAR.at(monday, 990), CALENDAR.at(monday, 1140))
    shut = CALENDAR.window_state(CALENDAR.at(monday, 990))
    assert (shut.open, shut.until, shut.next) == (False, None, CALENDAR.at(monday, 1140))
    assert shut.reasons == (Reason("window_closed"),)
    night = CALENDAR.window_state(CALENDAR.at(monday, 1290))
    assert night.quiet and night.reasons == (Reason("quiet_hours"),)
    before = CALENDAR.window_state(CALENDAR.at(date(2026, 2, 14), 20 * 60))
    assert before.next == CALENDAR.at(date(2026, 2, 24), 14 * 60), "over nine days of Spring Festival"


def test_a_year_without_data_is_said_and_follows_the_masks() -> None:
    new_year = date(2027, 1, 1)
    assert CALENDAR.closed(new_year) is None
    assert CALENDAR.is_working_day(new_year) and not CALENDAR.is_working_day(date(2027, 1, 2))
    state = CALENDAR.window_state(CALENDAR.at(new_year, 15 * 60))
    assert state.open and state.reasons == (Reason.of("holiday_data_missing", year=2027),)
    assert changed(holidays="none").missing_data(new_year) is None
    assert changed(holidays="none").closed(date(2026, 2, 17)) is None


def test_overrides_close_and_open_days() -> None:
    own = changed(
        overrides=[
            {"date": "2026-06-16", "closed": "moving house"},
            {"date": "2026-02-20", "windows": ["10:00-12:00"]},
        ]
    )
    assert own.closed(date(2026, 6, 16)) == Reason.of("closed_by_clinic", why="moving house")
    assert minutes(own, date(2026, 2, 20)) == ["10:00-12:00"]
    assert own.last_callable(date(2026, 2, 20)) == own.at(date(2026, 2, 20), 720)
    assert [day.day for day, _ in own.closures(date(2026, 6, 15))] == [16, 19, 20, 21]


def test_last_callable_minute_is_half_past_nine_on_a_day_without_windows() -> None:
    assert CALENDAR.last_callable(date(2026, 6, 15)) == CALENDAR.at(date(2026, 6, 15), 1200)
    assert CALENDAR.last_callable(date(2026, 2, 17)) == CALENDAR.at(date(2026, 2, 17), 1290)


def test_callable_minutes() -> None:
    monday = date(2026, 6, 15)
    noon = CALENDAR.at(monday, 12 * 60)
    assert CALENDAR.callable_minutes_left(noon, monday, passes_windows=False) == 180
    assert CALENDAR.callable_minutes_left(noon, monday, passes_windows=True) == 480
    assert CALENDAR.callable_minutes_left(CALENDAR.at(monday, 1200), monday, passes_windows=True) == 0


def test_day_parts_and_next_safety_opening() -> None:
    monday = date(2026, 6, 15)
    parts = [
        CALENDAR.day_part(CALENDAR.at(monday, minute)) for minute in (479, 480, 720, 840, 1080, 1289, 1290)
    ]
    assert parts == [None, 0, 1, 2, 3, 3, None]
    late = CALENDAR.at(monday, 1290)
    assert CALENDAR.next_safety_opening(late) == CALENDAR.at(date(2026, 6, 16), 480)
    assert CALENDAR.next_safety_opening(CALENDAR.at(monday, 100)) == CALENDAR.at(monday, 480)


def test_working_days_skip_weekends_and_holidays() -> None:
    assert CALENDAR.add_working_days(date(2026, 6, 15), 3) == date(2026, 6, 18)
    assert CALENDAR.add_working_days(date(2026, 6, 17), 3) == date(2026, 6, 23)  # 19 holiday, 20-21 weekend
    assert CALENDAR.add_working_days(date(2026, 2, 12), 2) == date(2026, 2, 14)  # a worked Saturday


def test_own_hours_are_merged_cut_and_cleaned() -> None:
    texts = ("19:00-20:00", "9:00-10:00", "09:30-11:00", "06:00-07:00", "23:00-24:00", "x", "12:00-11:00")
    assert own_hours(texts, SAFETY) == (TimeRange(540, 660), TimeRange(1140, 1200))
    assert own_hours(("07:00-09:00",), SAFETY) == (TimeRange(480, 540),)


# --- changing clocks ---


def test_hours_survive_a_change_of_the_clock() -> None:
    """London: 2026-03-29 has 23 hours, 2026-10-25 has 25."""
    london = changed("Europe/London", holidays="none")
    for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25)):
        span = london.safety(day)
        assert span.end - span.start == timedelta(hours=13, minutes=30)
    hours = TimeRange(0, 24 * 60)
    assert [
        (span.end - span.start) / timedelta(hours=1)
        for span in (london.span(day, hours) for day in (date(2026, 3, 29), date(2026, 10, 25)))
    ] == [23, 25]
    # 01:30 does not exist in spring and comes twice in autumn.
    assert london.at(date(2026, 3, 29), 90) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert london.at(date(2026, 3, 29), 90, last=True) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert london.at(date(2026, 10, 25), 90) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert london.at(date(2026, 10, 25), 90, last=True) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    st.sampled_from(["Europe/London", "America/New_York", "Asia/Shanghai"]),
)
def test_the_next_opening_is_open_and_nothing_between_is(moment: datetime, zone: str) -> None:
    calendar = changed(zone)
    at = moment.replace(tzinfo=UTC)
    opening = calendar.next_opening(at)
    assert opening is not None and opening > at and calendar.is_open(opening)
    assert not calendar.is_open(opening - timedelta(seconds=1))
    if not calendar.is_open(at):
        assert not calendar.is_open(at + (opening - at) / 2)


# --- Spring Festival 2026, and years without data ---

FESTIVAL = [date(2026, 2, day) for day in range(15, 24)]


@pytest.mark.parametrize("performed_on", [date(2026, 2, day) for day in range(12, 24)])
def test_the_first_days_are_called_through_spring_festival(performed_on: date) -> None:
    """D0, D1 and D2 with its third day: on closed days too, from 08:00 to 21:30, and the care calls wait."""
    noon = CALENDAR.at(performed_on, 12 * 60)
    planned = plans.plan(
        TreatmentFacts("rhinoplasty_implant", performed_on),
        policy.default(),
        go_live=date(2020, 1, 1),
        first_known_at=noon,
    )
    first = {one.milestone: one for one in planned if one.milestone in ("D0", "D1", "D2")}
    assert [one.due_on for one in first.values()] == [performed_on + timedelta(days=n) for n in range(3)]
    for number, one in enumerate(first.values(), 1):
        facts = ItemFacts(
            id=number, kind=ItemKind.MILESTONE, milestone=one.milestone, team=one.team, klass=one.klass,
            purpose=one.purpose, language="zh", state=ItemState.WAITING, earliest_at=one.earliest_at,
            due_on=one.due_on, due_by_at=one.due_by_at, clinical_end_at=one.clinical_end_at,
        )  # fmt: skip
        shut = one.due_on in FESTIVAL
        assert (CALENDAR.closed(one.due_on) is not None) is shut
        assert CALENDAR.last_callable(one.due_on) == CALENDAR.at(
            one.due_on, 21 * 60 + 30 if shut else 20 * 60
        )
        evening = CALENDAR.at(one.due_on, 19 * 60 + 5)
        assert gate(facts, policy.default(), evening) is None
        late = gate(replace(facts, clinical_end_at=None), policy.default(), CALENDAR.at(one.due_on, 1290))
        assert late == Reason("quiet_hours")
        care = replace(facts, milestone="D7", klass=ItemClass.CARE)
        held = gate(care, policy.default(), evening)
        assert (held is not None and held.code == "closed_holiday") is shut


def test_the_year_after_the_last_one_with_data_is_said_to_have_none() -> None:
    last = CALENDAR.known_until()
    assert last is not None and last >= 2026
    assert CALENDAR.missing_data(date(last, 12, 31)) is None
    assert CALENDAR.missing_data(date(last + 1, 1, 1)) == Reason.of("holiday_data_missing", year=last + 1)
    words = {
        lang: i18n.reason_text(lang, Reason.of("holiday_data_missing", year=last + 1))
        for lang in ("zh", "en")
    }
    assert all(str(last + 1) in said for said in words.values()) and words["zh"] != words["en"]
    assert changed(holidays="none").known_until() is None


def test_a_day_the_clinic_decides_itself_is_known_in_a_year_without_data() -> None:
    day = date(2027, 2, 8)
    own = changed(overrides=[{"date": "2027-02-08", "closed": "春节"}])
    assert CALENDAR.closed(day) is None and CALENDAR.is_working_day(day)
    assert own.closed(day) == Reason.of("closed_by_clinic", why="春节")
    assert own.missing_data(day) is None and own.missing_data(date(2027, 2, 9)) is not None
    assert not own.is_working_day(day)


def test_a_stored_policy_counts_its_own_public_days_whatever_the_library_knows() -> None:
    shipped = public_days.of_library(public_days.LIBRARY, 2026)
    assert shipped is not None and shipped.first == 2024
    assert public_days.from_text(shipped.text()) == shipped
    longer = replace(
        shipped, last=2027, off=(*shipped.off, (date(2027, 2, 8), "Spring Festival")),
        makeup=(*shipped.makeup, (date(2027, 2, 20), "Spring Festival")),
    )  # fmt: skip
    kept = Calendar(replace(policy.default().calendar, public=longer), "Asia/Shanghai")
    assert kept.closed(date(2027, 2, 8)) == Reason.of(
        "closed_holiday", holiday=Reason("holiday_spring_festival")
    )
    assert kept.is_working_day(date(2027, 2, 20)) and kept.missing_data(date(2027, 3, 1)) is None
    assert kept.missing_data(date(2028, 1, 1)) == Reason.of("holiday_data_missing", year=2028)
    for offset in range(0, 4 * 365):
        day = date(2023, 1, 1) + timedelta(days=offset)
        assert kept.holiday(day) == CALENDAR.holiday(day), day
