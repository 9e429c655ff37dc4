"""Four seats work a small day and die in it; the checks themselves find what is put before them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from console.simulate import verdict
from console.simulate.clinic import NAME, prepare
from console.simulate.control import Control, EventLog, read_log
from console.simulate.mortal import Fate
from console.simulate.records import Findings, Options, Outcome, spread
from db import audit, schema
from db.connect import Database, reading, unit_of_work
from db.errors import Conflict, NotAllowed
from tests.cli.conftest import Run
from tests.cli.conftest import run as run
from tests.clinic import SampleClinic

SEATS, CALLS, KILL_RATE = 4, 60, 0.05
WRONG = ("double_claims", "offered_again", "lost", "saved_twice", "misplaced", "audit", "crashed")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest) -> Database:
    """An empty database of each kind, with its schema."""
    kind = "sqlite" if request.param == "sqlite" else "postgres"
    return request.getfixturevalue(f"{kind}_database")


def test_four_seats_work_a_day_and_die_in_it(run: Run, empty: Database) -> None:
    empty.close()
    done = run(
        "simulate", "--seats", SEATS, "--calls", CALLS, "--kill-rate", KILL_RATE, "--db", empty.url, "--json"
    )
    found = done.document
    assert done.code == 0, found
    assert {name: found[name] for name in WRONG} == dict.fromkeys(WRONG, 0)
    assert found["held"] and found["killed"] > 0
    assert sum(found["items"].values()) == CALLS and found["saved"] > CALLS / 2
    assert found["processes"] == SEATS and found["dialect"] == empty.dialect
    assert 0 < found["claim_ms"]["p50"] <= found["claim_ms"]["p99"] <= found["claim_ms"]["max"]


# --- what it works in ------------------------------------------------------------------------------


def test_a_database_with_a_clinic_is_refused_and_left_alone(run: Run, clinic: SampleClinic) -> None:
    before = clinic.count("staff")
    done = run("simulate", "--seats", 1, "--calls", 1, "--db", clinic.database.url, "--json")
    assert (done.code, done.document["error"]["code"]) == (4, "simulate_not_ours")
    assert clinic.count("staff") == before


def test_its_own_database_is_taken_again_on_a_later_day(sqlite_database: Database) -> None:
    first = prepare(sqlite_database, 2, 20)
    with unit_of_work(sqlite_database) as connection:
        connection.execute("UPDATE clinic SET last_tick_at = :at", {"at": int(first.end.timestamp() * 1000)})
    again = prepare(sqlite_database, 3, 20)
    assert (again.clinic_id, again.first_item) == (first.clinic_id, first.first_item + 20)
    assert again.start > first.end and again.pin != first.pin
    with unit_of_work(sqlite_database) as connection:
        connection.execute("UPDATE patient SET external_id = 'K1' WHERE id = 1")
    with pytest.raises(NotAllowed, match="simulate_not_ours"):
        prepare(sqlite_database, 1, 1)


def test_the_environment_does_not_name_the_database(
    run: Run, clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCALL_DB", clinic.database.url)
    seen: list[str | None] = []

    def simulate(_options: Options, url: str | None, _tell: object) -> None:
        seen.append(url)
        raise Conflict("already_there")

    monkeypatch.setattr("console.simulate.run.simulate", simulate)
    run("simulate", "--seats", 1, "--calls", 1)
    assert seen == [None]


def test_something_broken_is_exit_code_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = spread([])
    broken = Outcome("x", "sqlite", 65, 16, *[1] * 11, nothing, nothing, findings=Findings(lost=2))
    monkeypatch.setattr("console.simulate.run.simulate", lambda *_asked: broken)
    done = run("simulate", "--seats", 65, "--calls", 1)
    assert done.code == 1 and "2  lost" in done.out and "share processes" in done.out
    assert not run("simulate", "--seats", 65, "--calls", 1, "--json").document["held"]


@pytest.mark.parametrize(
    "words", [("0", "1", "0"), ("1", "x", "0"), ("1", "1", "1.5"), ("1", "1", "nan"), ("1", "1", "-0.1")]
)
def test_numbers_out_of_range_are_wrong_use(run: Run, words: tuple[str, str, str]) -> None:
    seats, calls, rate = words
    assert run("simulate", "--seats", seats, "--calls", calls, f"--kill-rate={rate}").code == 2


# --- the checks find what is put before them -------------------------------------------------------


def _claim(stamp: int, staff: int, contact: int, at: int, until: int, **more: object) -> dict[str, object]:
    return {
        "event": "claim",
        "stamp": stamp,
        "staff": staff,
        "contact": contact,
        "group": 7,
        "token": contact,
        "items": [1],
        "at": at,
        "until": until,
        "process": staff,
        **more,
    }


def _then(event: str, stamp: int, contact: int, **more: object) -> dict[str, object]:
    return {"event": event, "stamp": stamp, "contact": contact, **more}


@pytest.mark.parametrize(
    ("events", "staff", "at", "twice"),
    [
        ([], 2, 50, 1),
        ([], 2, 100, 0),
        ([], 1, 50, 0),
        ([_then("end?", 15, 1)], 2, 50, 0),
        ([_then("end?", 25, 1)], 2, 50, 1),
        ([_then("renew", 15, 1, until=200)], 2, 150, 1),
        # Taken from her when it had run out: nothing she writes afterwards may be accepted.
        ([_then("save?", 25, 1), _then("saved", 30, 1, late=True)], 2, 100, 0),
        ([_then("save?", 25, 1), _then("saved", 30, 1, late=False, done=[])], 2, 100, 1),
        # Dialling has begun: a colleague never, the lead after its end, and who knows while it was beginning.
        ([_then("dial?", 14, 1), _then("dial", 15, 1, until=200)], 2, 300, 1),
        ([_then("dial?", 14, 1), _then("dial", 15, 1, until=200)], 9, 300, 0),
        ([_then("dial?", 14, 1), _then("dial", 15, 1, until=200)], 9, 150, 1),
        ([_then("dial?", 14, 1)], 2, 100, 0),
    ],
)
def test_a_group_held_twice_is_found(
    events: list[dict[str, object]], staff: int, at: int, twice: int
) -> None:
    log = sorted(
        [_claim(10, 1, 1, 10, 100), *events, _claim(20, staff, 2, at, at + 90)],
        key=lambda e: int(str(e["stamp"])),
    )
    assert verdict.double_claims(verdict.holds(log), frozenset({9})) == twice


def test_a_group_the_lead_has_taken_over_goes_on_from_her() -> None:
    log = [
        _claim(10, 1, 1, 10, 100),
        _then("dial?", 11, 1),
        _then("dial", 12, 1, until=200),
        _claim(20, 9, 2, 200, 290),
        _then("end?", 25, 2),
        _claim(30, 2, 3, 220, 310),
    ]
    assert verdict.double_claims(verdict.holds(log), frozenset({9})) == 0
    assert verdict.double_claims(verdict.holds(log), frozenset()) == 2


def test_a_call_offered_again_is_found() -> None:
    saved = _then("saved", 20, 1, late=False, done=[1])
    assert verdict.offered_again([_claim(10, 1, 1, 10, 100), saved, _claim(30, 2, 2, 30, 100)]) == 1
    assert verdict.offered_again([_claim(10, 1, 1, 10, 100), _claim(30, 2, 2, 30, 100), saved]) == 0


def test_what_is_lost_misplaced_or_unaudited_is_found(sqlite_database: Database) -> None:
    place = prepare(sqlite_database, 1, 20)

    def examined(events: list[dict[str, object]]) -> verdict.Record:
        return verdict.examine(sqlite_database, place, events, place.start, 0, 20)

    assert not examined([]).findings.broken
    told = [_then("saved", 1, 5, call=99, late=False, done=[1])]
    assert examined(told).findings.lost == 1
    with unit_of_work(sqlite_database) as connection:
        # Done without a conversation, worked by nobody, moved by hand.
        connection.execute("UPDATE item SET state = 'done' WHERE id = 1")
        connection.execute("UPDATE item SET state = 'leased' WHERE id = 2")
        connection.execute("UPDATE item SET deadline_at = deadline_at + 1 WHERE id = 3")
    found = examined([]).findings
    assert (found.lost, found.misplaced) == (2, 1)
    with unit_of_work(sqlite_database) as connection:
        connection.execute("UPDATE item SET plan_revision_id = NULL, flow = 'd0' WHERE id = 4")
    assert examined([]).findings.lost == 3
    with reading(sqlite_database) as connection:
        assert connection.execute("SELECT name FROM clinic")[0]["name"] == NAME
    assert audit.verify(sqlite_database, place.clinic_id).intact and schema.drift(sqlite_database) == []


# --- small parts -----------------------------------------------------------------------------------


def test_spread_takes_the_nearest_rank() -> None:
    assert spread([]) == spread([0.0])
    hundred = spread([float(number) for number in range(200, 0, -1)])
    assert (hundred.p50, hundred.p99, hundred.max) == (100.0, 198.0, 200.0)


def test_seats_share_processes_above_64() -> None:
    assert [Options(seats, 1).processes for seats in (1, 64, 65, 1000)] == [1, 64, 16, 16]


def test_processes_see_one_page_and_keep_a_log_each(tmp_path: Path) -> None:
    with Control(tmp_path, 2) as one, Control(tmp_path, 2) as other:
        one.offset, one.round = -5, 3
        one.set_idle(1, 3)
        one.count_claim(0)
        one.count_claim(1)
        assert (other.offset, other.round, other.idle(1), other.idle(0), other.claims) == (-5, 3, 3, 0, 2)
        assert not other.stop
        one.go_home()
        assert other.stop
    log = EventLog(tmp_path / "events-001.log", 0, 0.0)
    log.write("claim", group=1)
    log.close()
    (event,) = read_log(tmp_path, 1)
    assert (event["event"], event["group"], event["process"]) == ("claim", 1, 1)
    assert list(read_log(tmp_path, 0)) == [] and json.dumps(event)


@pytest.mark.parametrize("how", ["before", "after", "during"])
def test_a_process_dies_at_a_statement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    import threading

    died = threading.Event()
    monkeypatch.setattr("console.simulate.mortal.os.kill", lambda _pid, _signal: died.set())
    log = EventLog(tmp_path / "events-000.log", 0, 0.0)
    chance = random.Random(1)
    monkeypatch.setattr(chance, "choice", lambda _ways: how)
    monkeypatch.setattr(chance, "randint", lambda _low, _high: 2)
    fate = Fate(log, chance, lambda: 5)
    fate.begins()
    fate.ended()
    assert not fate.armed
    fate.arm()
    fate.begins()
    fate.ended()
    assert not died.is_set()
    fate.begins()
    assert died.is_set() == (how == "before") or how == "during"
    fate.ended()
    assert died.wait(2)
    log.close()
    assert [event["event"] for event in read_log(tmp_path, 0)] == ["kill"]
