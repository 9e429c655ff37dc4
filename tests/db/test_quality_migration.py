"""A clinic that upgrades keeps all it had, and its earlier calls can be drawn and scored at once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from console.desk import quality, quality_drawing
from db import schema
from db.connect import Database
from tests.clinic import SampleClinic, make_clinic
from tests.db.conftest import NOW
from tests.desk.call_world import World
from tests.desk.quality_world import GOOD, day_of_calls

NEW = {"review_draw", "call_review", "review_score", "improvement"}
KEPT = ("call", "answer", "attempt", "contact", "escalation", "escalation_event", "audit", "patient", "item")


def kept(clinic: SampleClinic) -> dict[str, str]:
    return {
        name: json.dumps(clinic.rows(f"SELECT * FROM {name} ORDER BY id"), default=str, sort_keys=True)
        for name in KEPT
    }


@pytest.mark.parametrize("empty_database", ["sqlite", "postgresql"], indirect=True)
def test_calls_saved_before_the_upgrade_are_drawn_and_scored_after_it(empty_database: Database) -> None:
    database = empty_database
    schema.upgrade(database)
    world = World(make_clinic(database, NOW), NOW)
    found = day_of_calls(world, plain=1)
    before, day = kept(world.clinic), world.today()
    schema.downgrade(database, "0006")
    for name in NEW:
        with pytest.raises(Exception, match=name):
            world.clinic.count(name)
    schema.upgrade(database)

    assert kept(world.clinic) == before
    assert {world.clinic.count(name) for name in NEW} == {0}
    world.now = datetime.combine(day + timedelta(days=1), NOW.time(), NOW.tzinfo)
    lead = world.seat("lead")
    assert quality_drawing.draw(lead, day, world.now).drawn >= 3
    reviews = {one.call_id: one for one in quality.reviews(lead, day, day, world.now)}
    assert {"short", "fast", "override"} <= {rule for one in reviews.values() for rule in one.drawn_for}
    assert quality.score(lead, reviews[found["short"]].id, GOOD, (), "", (), world.now).percent == 100
