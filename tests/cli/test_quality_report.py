"""`aftercall report quality`: its documented shape, whose it shows, ranges, the audit trail."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from console.desk import quality, quality_drawing
from tests.cli.conftest import Run
from tests.cli.test_report import documented
from tests.clinic import SampleClinic
from tests.desk.call_world import World
from tests.desk.quality_world import drawn, marks

DAY = "2026-06-15"


@pytest.fixture
def clinic(sqlite_database: object, now: datetime) -> SampleClinic:
    from tests.clinic import make_clinic

    return make_clinic(sqlite_database, now)  # type: ignore[arg-type]


@pytest.fixture
def world(clinic: SampleClinic, now: datetime, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(clinic, now)
    monkeypatch.setattr("console.cli.common.now", lambda _database=None: made.now)
    return made


def test_the_report_has_the_documented_shape_and_shows_each_her_own(
    run: Run, as_lead: tuple[str, ...], world: World
) -> None:
    draw, calls = drawn(world)
    lead = world.seat("lead")
    review = next(
        one for one in quality.reviews(lead, draw.day, draw.day, world.now) if one.call_id == calls["fast"]
    )
    quality.score(lead, review.id, marks(), (), "好", ("needs",), world.now)
    done = run(*as_lead, "report", "quality", "--from", DAY, "--to", DAY, "--json")
    document = done.document

    assert done.code == 0 and set(document) == documented("aftercall report quality")
    assert (document["calls"], document["days_drawn"], len(document["reviews"])) == (
        draw.calls,
        1,
        draw.drawn,
    )
    (scored,) = (one for one in document["reviews"] if one["id"] == review.id)
    assert scored["score"] == scored["of"] and "fast" in scored["drawn_for"] and scored["caller"] == "李敏"
    assert document["training"] == [{"code": "needs", "times": 1}]
    li = next(one for one in document["assessment"]["people"] if one["name"] == "李敏")
    part = next(one for one in li["parts"] if one["code"] == "quality")
    assert (part["points"], part["of"]) == (20.0, 20)
    assert part["facts"] == [{"code": "reviews", "n": 1, "ids": [review.id]}]
    for name in ("孙很快", "钱很短", "赵平常", "1380000"):
        assert name not in done.out

    own = run(*as_lead[:3], "li", "report", "quality", "--to", DAY, "--json").document
    assert own["own"] and [one["id"] for one in own["reviews"]] == [review.id]
    assert {one["name"] for one in own["assessment"]["people"]} == {"李敏"} and own["usage"] == []
    none = run(*as_lead[:3], "anna", "report", "quality", "--to", DAY, "--json").document
    assert none["reviews"] == [] and none["people"] == []
    trail = world.clinic.rows("SELECT * FROM audit WHERE action = 'report.quality'")
    assert len(trail) == 3


def test_a_page_in_words_and_a_range_the_wrong_way_round(
    run: Run, as_lead: tuple[str, ...], world: World
) -> None:
    world.later(days=1)
    quality_drawing.draw(world.seat("lead"), world.today().replace(day=15), world.now)
    page = run(*as_lead, "report", "quality", "--to", DAY)
    assert page.code == 0 and page.out.startswith("# Reviewed calls 2026-06-01 to 2026-06-15")
    wrong = run(*as_lead, "report", "quality", "--from", "2026-06-16", "--to", DAY, "--json")
    assert wrong.code == 4 and wrong.document["error"]["code"] == "report_range"
    text = json.dumps(wrong.document["error"], ensure_ascii=False)
    assert "2026-06-16" in text
