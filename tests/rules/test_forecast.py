"""The forecast of the rest of today's calling hours, against figures worked out by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.rules import forecast, policy
from tests.desk.queue_world import at

POLICY = policy.default()


@pytest.mark.parametrize(
    ("now", "minutes", "until"),
    [
        ("2026-06-15 09:00", 180, "20:00"),  # both windows of summer: 14:30-16:30 and 19:00-20:00
        ("2026-06-15 14:30", 180, "20:00"),
        ("2026-06-15 16:00", 90, "20:00"),
        ("2026-06-15 17:00", 60, "20:00"),
        ("2026-06-15 19:59", 1, "20:00"),
        ("2026-12-15 14:00", 210, "20:00"),  # winter begins half an hour earlier
    ],
)
def test_what_is_left_of_a_day(now: str, minutes: int, until: str) -> None:
    rest = forecast.rest_of_day(POLICY, at(now))
    assert rest is not None and not rest.passing
    assert (rest.minutes, rest.until) == (minutes, at(f"{now[:10]} {until}"))


@pytest.mark.parametrize("now", ["2026-06-15 20:00", "2026-06-15 19:59:30", "2026-06-15 23:00"])
def test_nothing_is_left_once_the_last_window_is_over(now: str) -> None:
    assert forecast.rest_of_day(POLICY, at(now)) is None


def test_on_a_closed_day_only_what_passes_windows_is_left() -> None:
    text = policy.default_text().replace(
        "overrides = []", 'overrides = [{date = "2026-06-15", closed = "moving"}]'
    )
    rest = forecast.rest_of_day(policy.parse_text(text), at("2026-06-15 20:30"))
    assert rest is not None and rest.passing
    assert (rest.minutes, rest.until) == (60, at("2026-06-15 21:30"))


def test_people_times_minutes_by_the_minutes_of_a_call() -> None:
    rest = forecast.rest_of_day(POLICY, at("2026-06-15 16:00"))
    assert rest is not None
    # 3 people x 90 minutes : 5 minutes = 54 conversations.
    found = forecast.forecast(POLICY, rest, 60, 3, [])
    assert (found.can, found.missing, found.handling_s, found.measured) == (54, 6, 300, False)
    assert forecast.forecast(POLICY, rest, 54, 3, []).missing == 0
    assert forecast.forecast(POLICY, rest, 5, 0, []).missing == 5


def test_enough_measured_conversations_beat_the_policy() -> None:
    few = [240.0] * (forecast.ENOUGH - 1)
    assert forecast.handling(POLICY, few) == (300, False)
    assert forecast.handling(POLICY, [*few, 240.0]) == (240, True)
    # One that was left open over lunch counts half an hour: (19 x 240 + 1800) : 20.
    assert forecast.handling(POLICY, [*few, timedelta(hours=2).total_seconds()]) == (318, True)
    assert forecast.handling(POLICY, [0.0] * 50) == (300, False)


def test_the_policy_says_the_minutes_and_an_older_document_need_not() -> None:
    text = policy.default_text()
    assert policy.parse_text(text.replace("handling = 5", "handling = 8")).queue.handling == 8
    assert policy.parse_text(text.replace(", handling = 5", "")).queue.handling == 5
    with pytest.raises(policy.PolicyInvalid):
        policy.parse_text(text.replace("handling = 5", "handling = 0"))
