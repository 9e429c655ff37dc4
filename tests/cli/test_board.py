"""`aftercall board`: the shape of its JSON, masked, and its lines."""

from __future__ import annotations

import argparse
import json
from datetime import datetime, timedelta

import pytest

from console import i18n
from console.cli import board
from console.desk import complaints, escalations
from db.enums import ComplaintClass, Level, Severity
from db.records import ComplaintForm, FlagForm
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
    "class",
    "stage",
    "next_step",
    "confirmed",
    "paused",
    "refund_by",
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
    assert found["open"] == {"clinical": 2, "complaint": 0, "request": 0} and found["late"] == 1
    # She is on the line, so nobody else is due; five minutes a call until twenty were measured.
    forecast = found["forecast"]
    assert (forecast["due"], forecast["handling_seconds"], forecast["measured"]) == (0, 300, False)
    assert forecast["can"] == forecast["seats"] * forecast["minutes"] // 5
    assert datetime.fromisoformat(forecast["until"]).strftime("%H:%M") == "20:00"
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
    assert "to 20:00: " in english and "by the policy" in english
    i18n.use(before)


def test_cases_come_by_their_next_clock_and_what_waits_comes_last(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    def complaint(severity: Severity, **more: object) -> int:
        form = ComplaintForm(ComplaintClass.PRICE, severity, "多收了钱", **more)  # type: ignore[arg-type]
        key = f"k{world.clinic.count('escalation')}"
        return complaints.take_complaint(world.seat(), None, None, form, key, world.now).escalation.id

    waiting = complaint(Severity.MINOR)
    complaints.reply(world.seat(), waiting, "已致歉", world.now)
    complaints.pause(world.seat(), waiting, "papers", "等收据", world.now)
    severe = complaint(Severity.SEVERE, refund=True)
    answered = complaint(Severity.MINOR)
    complaints.reply(world.seat(), answered, "已致歉", world.now)
    form = FlagForm(Level.URGENT, ("one_sided_swelling",))
    urgent = escalations.raise_flag(world.seat(), None, form, "flag", world.now).escalation.id
    world.later(hours=1)
    board.run(command(world, "--json"))
    found = {one["id"]: one for one in json.loads(capsys.readouterr().out)["escalations"]}
    # Four hours to take it up; 24 for a first reply; Thursday evening; nothing while it waits.
    assert list(found) == [urgent, severe, answered, waiting]
    assert [found[one]["seconds_left"] for one in (urgent, severe, waiting)] == [3 * 3600, 23 * 3600, None]
    one = found[severe]
    assert (one["class"], one["severity"], one["confirmed"], one["stage"], one["next_step"]) == (
        "price",
        "severe",
        False,
        "new",
        "reply",
    )
    assert one["refund_by"] == "2026-06-30T21:30:00+08:00" and one["paused"] is False
    assert (found[waiting]["paused"], found[waiting]["next_step"]) == (True, "wait")
    assert (found[urgent]["class"], found[urgent]["stage"], found[urgent]["confirmed"]) == (None, None, True)
