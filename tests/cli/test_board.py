"""`aftercall board`: the shape of its JSON, masked, and its lines."""

from __future__ import annotations

import argparse
import json
from datetime import datetime, timedelta

import pytest

from console import i18n
from console.cli import board
from console.desk import escalations
from db.enums import Level
from db.records import FlagForm
from tests.clinic import SampleClinic
from tests.desk.call_world import World

SHAPE = {
    "id",
    "kind",
    "level",
    "severity",
    "status",
    "owner",
    "patient",
    "procedure",
    "day",
    "ack_by",
    "contact_by",
    "resolve_by",
    "next_clock",
    "seconds_left",
    "breached",
}


@pytest.fixture
def world(clinic: SampleClinic, now: datetime, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(clinic, now)
    monkeypatch.setattr("console.cli.common.now", lambda _database=None: made.now)
    return made


def command(world: World, *words: str) -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser()
    board.add_parser(parser.add_subparsers(dest="command"))
    args = parser.parse_args(["board", *words])
    args.db = world.clinic.database.url
    return args


def test_the_document_has_the_shape_and_no_name(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    person = world.person("欧阳小丽")
    claim = world.connected(person)
    for number, level in enumerate((Level.URGENT, Level.EMERGENCY)):
        escalations.told(
            world.seat(),
            escalations.raise_flag(
                world.seat(), claim, FlagForm(level, (f"f{number}",)), f"k{number}", world.now
            ).escalation.id,
            "陈医生",
            world.now,
        )
    world.later(minutes=6)
    assert board.run(command(world, "--json")) == 0
    out = capsys.readouterr().out
    assert "小丽" not in out and person.e164 not in out
    found = json.loads(out)
    assert set(found) >= {"at", "escalations", "queue", "held", "lapsed", "unreachable", "before_start"}
    assert all(set(one) >= SHAPE for one in found["escalations"])
    first = found["escalations"][0]
    assert (first["level"], first["patient"], first["day"]) == ("EMERGENCY", "欧阳*", 7)
    assert first["breached"] is True and first["seconds_left"] == -60
    assert datetime.fromisoformat(first["ack_by"]).utcoffset() == timedelta(hours=8)
    assert set(found["queue"]) == {
        "RED_FLAG",
        "PROMISED",
        "SAFETY",
        "CLOCK",
        "OVERDUE",
        "DUE",
        "ROUTINE",
    }
    assert found["held"][0]["staff"] == "李敏" and found["held"][0]["patient_id"] == person.id
    audit = world.clinic.rows("SELECT action, staff_id FROM audit WHERE action = 'board.read'")
    assert [one["staff_id"] for one in audit] == [None]


def test_the_lines_speak_both_languages(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    claim = world.connected(world.person())
    escalations.raise_flag(world.seat(), claim, FlagForm(Level.SAME_DAY, ("x",)), "k", world.now)
    before = i18n.language()
    i18n.use("zh")
    board.run(command(world))
    chinese = capsys.readouterr().out
    assert "2小时内" in chinese and "没有排值班" in chinese and "李敏 通话中" in chinese
    i18n.use("en")
    board.run(command(world))
    english = capsys.readouterr().out
    assert "nobody is on call" in english and "held by" in english
    i18n.use(before)
