"""`aftercall queue`, `why` and `why-not`: shapes, masking, audit, one order on every run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from console import i18n
from console.cli.main import main
from db.enums import ItemClass
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld, local

AT = "2026-06-15T14:35"
TODAY = date(2026, 6, 15)


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """The command sets the language of the whole process; give it back."""
    before = i18n.language()
    yield
    i18n.use(before)


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    """Six patients over five tiers, one of them with two items, one intimate procedure."""
    world = QueueWorld(clinic)
    for name, milestone, klass in (
        ("王小丽", "D2", ItemClass.SAFETY),
        ("李芳", "D7", ItemClass.CARE),
        ("赵敏", "D90", ItemClass.ROUTINE),
        ("Emma Stone", "D7", ItemClass.CARE),
    ):
        world.item(world.patient(name), milestone, klass, attempts=1)
    two = world.patient("周杰")
    world.item(two, "STITCHES", earliest=local(TODAY, 8))
    world.item(two, "D30")
    intimate = world.patient("孙一")
    treatment = world.treatment(intimate, "labiaplasty", TODAY - timedelta(days=7))
    world.item(intimate, "D7", treatment_id=treatment)
    return world


def _run(world: QueueWorld, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert main(["--db", world.clinic.database.url, *arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_the_queue_is_the_same_on_two_runs_and_masked(
    world: QueueWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    first = _run(world, capsys, "queue", "--at", AT)
    assert first == _run(world, capsys, "queue", "--at", AT)
    assert first["at"] == "2026-06-15T14:35:00+08:00"
    assert first["window"] == {
        "open": True,
        "until": "2026-06-15T16:30:00+08:00",
        "next": "2026-06-15T19:00:00+08:00",
    }
    assert [item["position"] for item in first["items"]] == [1, 2, 3, 4, 5, 6]
    top = first["items"][0]
    assert (top["patient"], top["tier"], top["tier_name"], top["milestone"]) == ("王*", 2, "SAFETY", "D2")
    assert top["deadline"] == "2026-06-15T20:00:00+08:00"
    assert set(top["reason"]) == {"zh", "en"}
    shown = json.dumps(first, ensure_ascii=False)
    for secret in ("王小丽", "Stone", "+86", "labiaplasty"):
        assert secret not in shown
    assert [item["procedure"] for item in first["items"]].count("restricted") == 1


def test_an_instant_may_carry_its_own_offset(world: QueueWorld, capsys: pytest.CaptureFixture[str]) -> None:
    here = _run(world, capsys, "queue", "--at", AT)
    assert _run(world, capsys, "queue", "--at", "2026-06-15T06:35:00+00:00") == here


def test_the_limit_cuts_the_same_order(world: QueueWorld, capsys: pytest.CaptureFixture[str]) -> None:
    whole = _run(world, capsys, "queue", "--at", AT)["items"]
    assert _run(world, capsys, "queue", "--at", AT, "--limit", "2")["items"] == whole[:2]
    assert main(["--db", world.clinic.database.url, "queue", "--limit", "0"]) == 2


def test_why_and_why_not_agree_with_the_queue(world: QueueWorld, capsys: pytest.CaptureFixture[str]) -> None:
    items = _run(world, capsys, "queue", "--at", AT)["items"]
    for number, item in enumerate(items):
        why = _run(world, capsys, "why", str(item["id"]), "--at", AT)
        assert (why["position"], why["tier"], why["deadline"]) == (number + 1, item["tier"], item["deadline"])
        assert why["facts"]
        assert all(fact["text"]["zh"] and fact["text"]["en"] for fact in why["facts"])
        following = items[number + 1]["id"] if number + 1 < len(items) else None
        assert (why["next"]["id"] if why["next"] else None) == following
        gates = _run(world, capsys, "why-not", str(item["patient_id"]), "--at", AT)
        assert gates["patient_id"] == item["patient_id"]
        assert {one["gate"] for one in gates["items"] if one["id"] == item["id"]} == {"in_order"}
    both = next(item for item in items if item["milestone"] == "STITCHES")
    gates = _run(world, capsys, "why-not", both["external_id"], "--at", AT)["items"]
    assert {one["milestone"]: one["gate"] for one in gates} == {"STITCHES": "in_order", "D30": "taken_along"}


def test_a_closed_window_lists_what_will_open(world: QueueWorld, capsys: pytest.CaptureFixture[str]) -> None:
    document = _run(world, capsys, "queue", "--at", "2026-06-15T17:00")
    assert (document["window"]["open"], document["window"]["next"]) == (False, "2026-06-15T19:00:00+08:00")
    takeable = {item["milestone"]: item["takeable"] for item in document["items"]}
    assert (takeable["D2"], takeable["STITCHES"], takeable["D90"]) == (True, True, False)


def test_looking_is_audited_and_changes_nothing_else(
    world: QueueWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    before = world.clinic.rows("SELECT * FROM item ORDER BY id")
    _run(world, capsys, "queue", "--at", AT)
    _run(world, capsys, "why", "1", "--at", AT)
    _run(world, capsys, "why-not", "1", "--at", AT)
    assert world.clinic.rows("SELECT * FROM item ORDER BY id") == before
    rows = world.clinic.rows("SELECT action, staff_id, fields FROM audit ORDER BY id")
    assert [row["action"] for row in rows[-3:]] == ["queue.read", "why.read", "why_not.read"]
    assert all(row["staff_id"] is None for row in rows[-3:])


@pytest.mark.parametrize("command", [("why", "999"), ("why-not", "nobody")])
def test_what_is_not_there_is_wrong_use_in_one_sentence(
    world: QueueWorld, capsys: pytest.CaptureFixture[str], command: tuple[str, str]
) -> None:
    error = _run(world, capsys, *command, code=2)["error"]
    assert error["code"] == {"why": "item_unknown", "why-not": "patient_by_id"}[command[0]]
    assert error["message"]
    assert not error["message"].startswith("error.")
    if command[0] == "why-not":
        assert "no name" in error["message"] and "aftercall queue" in error["message"]


@pytest.mark.parametrize("lang", ["zh_CN.UTF-8", "en_US.UTF-8"])
def test_the_tables_are_for_reading(
    world: QueueWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("LC_ALL", lang)
    database = world.clinic.database.url
    for arguments in (["queue", "--at", AT], ["why", "1", "--at", AT], ["why-not", "1", "--at", AT]):
        assert main(["--db", database, *arguments]) == 0
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert "reason." not in out
        assert "王小丽" not in out
        assert ("王*" in out) == (arguments[0] != "why-not")


def test_without_an_instant_the_stored_order_is_brought_up(
    world: QueueWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr("console.cli.common.now", lambda _database=None: now + timedelta(hours=12))
    ahead = _run(world, capsys, "queue", "--at", "2026-06-16T02:35")
    stored = _run(world, capsys, "queue")
    assert stored["items"] == ahead["items"]
