"""The first instant at which a call may be rung, against a look at every five minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from console.rules import calendar as calendars
from console.rules import policy
from console.rules.gates import gate
from console.rules.policy_moves import rings_at
from db.enums import ItemClass
from db.records import ItemFacts
from tests.rules.test_place import MONDAY, at, d1, item

POLICY = policy.default()
STEP = timedelta(minutes=5)


def scanned(one: ItemFacts, start: datetime, days: int = 12) -> datetime | None:
    """The first of the instants every five minutes at which no gate keeps the item."""
    moments = (start + STEP * n for n in range(days * 24 * 12))
    return next((moment for moment in moments if gate(one, POLICY, moment) is None), None)


def day(after: int) -> datetime:
    """Midnight some days after Monday."""
    return at("00:00", MONDAY + timedelta(days=after))


@pytest.mark.parametrize(
    ("one", "start", "expected"),
    [
        # Her hours open before the window, inside it, after it, and never together with one.
        (item(preferred_hours=("10:00-15:00",)), at("09:00"), at("14:30")),
        (item(preferred_hours=("15:00-17:00",)), at("14:35"), at("15:00")),
        (item(preferred_hours=("10:00-12:00", "19:30-21:00")), at("10:00"), at("19:30")),
        (item(preferred_hours=("17:00-18:00",)), at("09:00"), None),
        (item(preferred_hours=("09:00-10:00",)), at("09:30"), None),
        (item(preferred_hours=("14:30-15:00",)), at("15:10"), at("14:30", MONDAY + timedelta(days=1))),
        # A call that passes windows needs only her hours; a promise not even those.
        (d1(preferred_hours=("09:00-10:00",)), at("08:00"), at("09:00")),
        (item(preferred_hours=("09:00-10:00",), promise_at=at("20:30")), at("12:00"), at("20:25")),
        # Her hours open and close every day in front of the gap between two contacts.
        (
            item(
                milestone="D90",
                klass=ItemClass.ROUTINE,
                preferred_hours=("14:00-15:00",),
                last_talk_at=at("10:00"),
                clinical_end_at=day(30),
            ),
            at("12:00"),
            at("14:30", MONDAY + timedelta(days=7)),
        ),
        # Too late for its clinical window.
        (item(preferred_hours=("14:00-15:00",), clinical_end_at=at("14:20")), at("12:00"), None),
    ],
)
def test_the_first_ring_is_inside_her_own_hours(
    one: ItemFacts, start: datetime, expected: datetime | None
) -> None:
    assert rings_at(one, POLICY, start) == expected
    assert scanned(one, start) == expected


def test_a_window_is_looked_for_from_the_instant_on() -> None:
    calendar = calendars.of(POLICY)
    assert calendar.first_open(at("15:10")) == at("15:10")
    assert calendar.first_open(at("16:30")) == at("19:00")
    never = calendars.own_hours(("17:00-18:00",), POLICY.calendar.safety_hours)
    assert calendar.first_open(at("15:10"), never) is None
