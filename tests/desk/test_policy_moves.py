"""What another policy would move, what moves when it is in force, years whose holidays come late, closures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from console.cli.main import main
from console.desk import closures, order, policy, policy_preview, queue
from console.desk.board import board_of
from console.desk.placing import drain
from console.desk.tick import tick
from console.rules import calendar as calendars
from console.rules import public_days
from console.rules.placement import place, sorted_queue
from console.rules.policy import default_text
from db import drain as cache
from db import policy_reads
from db.connect import Connection, Row, reading, unit_of_work
from db.enums import ItemClass, ItemState, Tier
from db.errors import NotAllowed
from db.instants import from_ms, to_ms
from db.records import Board, Reason
from tests.clinic import PIN, SampleClinic
from tests.desk.queue_world import QueueWorld, at, local

TODAY = date(2026, 6, 15)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    """The sample clinic, Monday 14:35."""
    return QueueWorld(clinic)


def with_changes(*pairs: tuple[str, str]) -> str:
    """The default document with some texts replaced."""
    text = default_text()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def preview(world: QueueWorld, text: str, **how: int) -> policy_preview.Preview:
    clinic = world.clinic
    return policy_preview.preview(clinic.database, clinic.clinic_id, text, clinic.now, **how)


# --- the preview ---


def test_a_preview_says_what_moves_and_writes_nothing(world: QueueWorld) -> None:
    clinic = world.clinic
    d1 = world.item(world.patient(), "D1", ItemClass.SAFETY, due=TODAY, end=local(TODAY, 21, 30))
    world.item(world.patient(), "D7", due=TODAY)
    tomorrow = world.item(world.patient(), "D7", due=TOMORROW)
    dead = world.item(world.patient(deceased_on=TODAY), "D7", due=TODAY)
    promised = world.item(world.patient(), "D7", due=TODAY)
    world.promise(promised, at("2026-06-16 19:40"))
    before = clinic.rows("SELECT * FROM item ORDER BY id")

    # The evening window ends an hour earlier; a last call now counts 300 minutes: 14:35 to 19:00 are 265.
    seen = preview(world, with_changes(("19:00-20:00", "18:00-19:00"), ("last_call = 45", "last_call = 300")))
    moves = seen.moves
    assert clinic.rows("SELECT * FROM item ORDER BY id") == before
    assert clinic.count("policy_version") == 1
    assert (seen.version, seen.changed, seen.complete, seen.open_items, moves.looked) == (1, True, True, 5, 5)
    assert moves.tiers == {(Tier.SAFETY, Tier.PROMISED): 1}
    # All due days end earlier; a promise has its own deadline.
    assert (moves.deadline_earlier, moves.deadline_later) == (4, 0)
    assert (moves.last_call_earlier, moves.last_call_later) == (1, 0)
    assert (moves.promises_outside, moves.promises_quiet) == (1, 0)
    assert moves.moved == 5
    assert {d1, tomorrow, dead} <= {int(str(row["id"])) for row in before}

    same = preview(world, default_text())
    assert (same.changed, same.moves.moved) == (False, 0)


def test_a_preview_counts_when_calls_may_first_be_rung(world: QueueWorld) -> None:
    """At 14:35 two windows are tried: one that opens at 15:00, and one that never opens in time."""
    world.item(world.patient(), "D7", due=TODAY, end=local(TODAY, 21, 30))
    world.item(world.patient(), "D1", ItemClass.SAFETY, due=TODAY, end=local(TODAY, 21, 30))
    later = preview(world, with_changes(("14:30-16:30", "15:00-16:30"))).moves
    assert (later.rings_later, later.rings_earlier, later.rings_never) == (1, 0, 0)
    closed = with_changes(("overrides = []", 'overrides = [{date = "2026-06-15", closed = "停电"}]'))
    never = preview(world, closed)
    assert (never.moves.rings_never, never.moves.rings_again) == (1, 0)
    assert (never.closes, never.opens) == ((TODAY,), ())
    policy.apply(world.clinic.seat("lead"), closed, world.clinic.now)
    again = preview(world, default_text())
    assert (again.moves.rings_again, again.opens) == (1, (TODAY,))


def test_a_promise_in_quiet_hours_is_counted_by_itself(world: QueueWorld) -> None:
    world.promise(world.item(world.patient(), due=TODAY), at("2026-06-15 21:10"))
    text = with_changes(("08:00-21:30", "08:00-21:00"), ("18:00-21:30", "18:00-21:00"))
    moves = preview(world, text).moves
    assert (moves.promises_outside, moves.promises_quiet) == (0, 1)


def test_a_long_backlog_is_looked_at_in_part_and_says_so(world: QueueWorld) -> None:
    _fill(world, 450)
    heard: list[int] = []
    text = with_changes(("19:00-20:00", "18:00-19:00"))
    clinic = world.clinic
    seen = policy_preview.preview(
        clinic.database, clinic.clinic_id, text, clinic.now, most=250, told=heard.append
    )
    assert (seen.moves.looked, seen.open_items, seen.complete) == (250, 450, False)
    assert heard == [200, 250]
    assert preview(world, text).complete


def test_the_preview_agrees_with_what_is_stored_after_it_is_in_force(world: QueueWorld) -> None:
    for number in range(30):
        klass = (ItemClass.SAFETY, ItemClass.CARE, ItemClass.ROUTINE)[number % 3]
        due = TODAY + timedelta(days=number % 5 - 1)
        world.item(world.patient(), ("D1", "D7", "D90")[number % 3], klass, due=due)
    text = with_changes(("19:00-20:00", "18:00-19:00"), ("last_call = 45", "last_call = 300"))
    moves = preview(world, text).moves

    def stored() -> dict[object, tuple[object, object]]:
        rows = world.clinic.rows("SELECT id, tier, deadline_at FROM item")
        return {row["id"]: (row["tier"], row["deadline_at"]) for row in rows}

    before = stored()
    clinic = world.clinic
    policy.apply(clinic.seat("lead"), text, clinic.now)
    drain(clinic.database, clinic.clinic_id, policy.current(clinic.database, clinic.clinic_id), clinic.now)
    after = stored()
    assert sum(moves.tiers.values()) == sum(before[one][0] != after[one][0] for one in before) > 0
    assert moves.deadline_earlier == sum(int(str(after[one][1])) < int(str(before[one][1])) for one in before)


# --- recompute ---


def _fill(world: QueueWorld, count: int, version: int = 0) -> None:
    """Care calls of one patient, placed by an older policy."""
    patient = world.patient()
    with unit_of_work(world.clinic.database) as connection:
        (row,) = connection.execute("SELECT * FROM patient WHERE id = :id", {"id": patient})
        connection.insert_many(
            "item",
            [
                {
                    "clinic_id": world.clinic.clinic_id, "patient_id": patient, "group_id": row["group_id"],
                    "kind": "milestone", "milestone": f"X{number}", "flow": "d7", "team": "nurse",
                    "klass": "care", "purpose": "care", "language": "zh", "due_on": TODAY,
                    "earliest_at": to_ms(local(TODAY, 8)), "clinical_end_at": to_ms(local(TODAY, 21)),
                    "state": "ready", "band": 4, "tier": 5, "deadline_at": to_ms(local(TODAY, 20)),
                    "next_change_at": to_ms(local(TODAY, 21)), "lane_id": "team:nurse:zh",
                    "passes_windows": False, "policy_version": version, "clinician_requested": False,
                    "is_base": True, "created_at": 0,
                }
                for number in range(count)
            ],
        )  # fmt: skip


def test_a_claim_serves_by_the_new_policy_while_a_backlog_still_stands_by_the_old(world: QueueWorld) -> None:
    clinic = world.clinic
    lead = clinic.seat("lead")
    policy.apply(lead, with_changes(("last_call = 45", "last_call = 400")), clinic.now)
    _fill(world, 230, version=2)
    last_call = world.item(world.patient(), "D1", ItemClass.SAFETY, due=TODAY, end=local(TODAY, 21, 30))
    sooner = world.item(world.patient(), "D2", ItemClass.SAFETY, due=TODAY, due_by_at=to_ms(local(TODAY, 15)))
    assert (world.row(last_call)["band"], world.row(sooner)["band"]) == (1, 2)
    policy.apply(lead, default_text(), clinic.now)

    claim = queue.take_next(clinic.seat(), clinic.now)
    assert claim is not None and claim.item_id == sooner
    assert (world.row(last_call)["policy_version"], world.row(last_call)["band"]) == (3, 2)
    # One chunk of 200 was done by the way, not the whole backlog.
    left = clinic.rows("SELECT COUNT(*) AS n FROM item WHERE policy_version < 3")[0]["n"]
    assert left == 30 and policy.stale(clinic.database, clinic.clinic_id) == 30
    assert policy.place_some(lead, clinic.now) == 30
    assert policy.place_some(lead, clinic.now) == 0


def test_a_stale_row_that_may_no_longer_be_called_is_not_served(world: QueueWorld) -> None:
    clinic = world.clinic
    lead = clinic.seat("lead")
    policy.apply(lead, with_changes(("promise_early = 5", "promise_early = 90")), clinic.now)
    _fill(world, 230, version=2)
    promised = world.item(world.patient())
    world.promise(promised, at("2026-06-15 15:30"))
    other = world.item(world.patient(), "D2", ItemClass.SAFETY)
    assert world.row(promised)["state"] == "ready"
    policy.apply(lead, default_text(), clinic.now)
    claim = queue.take_next(clinic.seat(), clinic.now)
    assert claim is not None and claim.item_id == other
    row = world.row(promised)
    assert (row["state"], row["policy_version"]) == ("waiting", 3)
    assert row["next_change_at"] == to_ms(at("2026-06-15 15:25"))


def test_the_tick_places_a_bounded_part_and_in_the_end_everything_as_the_rule_has_it(
    world: QueueWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = world.clinic
    monkeypatch.setattr("console.desk.tick.STALE_MOST", 200)
    _fill(world, 500)
    assert tick(clinic.database, clinic.clinic_id, clinic.now).placed == 200
    while policy.stale(clinic.database, clinic.clinic_id):
        tick(clinic.database, clinic.clinic_id, clinic.now)
    stored = policy.current(clinic.database, clinic.clinic_id)
    with reading(clinic.database) as connection:
        entries = order.whole(connection, clinic.clinic_id, stored, clinic.now)
        ids = tuple(entry.facts.id for entry in entries)
        facts = cache.facts(connection, clinic.clinic_id, ids, to_ms(clinic.now))
    rows = {row["id"]: row for row in clinic.rows("SELECT * FROM item")}
    for item in facts:
        placed = place(item, stored, clinic.now)
        assert rows[item.id]["deadline_at"] == to_ms(placed.deadline_at)


# --- versions ---


def test_a_lead_applies_with_her_pin_and_reads_the_versions(clinic: SampleClinic) -> None:
    lead = clinic.seat("lead")
    text = with_changes(("lock_min = 3", "lock_min = 4"))
    with pytest.raises(NotAllowed) as caught:
        policy.apply_with_pin(lead, "000000", text, clinic.now)
    assert caught.value.code == "wrong_pin" and clinic.count("policy_version") == 1
    assert policy.apply_with_pin(lead, PIN, text, clinic.now).version == 2
    assert [(line.number, line.author) for line in policy.history(lead)] == [(2, "王主管"), (1, None)]
    first = policy.of_version(lead, 1)
    assert first is not None and (first.version, first.lock_min) == (1, 3)
    assert policy.document_of(lead, 2) == text and policy.document_of(lead, 9) == ""
    for read in (lambda: policy.history(clinic.seat()), lambda: policy.document_of(clinic.seat(), 1)):
        with pytest.raises(NotAllowed):
            read()


# --- a year whose public holidays come to be known ---


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """Replaces the library by one that knows 2027, Spring Festival on 5 to 11 February, and back."""
    real = chinese_calendar.get_holiday_detail

    def newer(day: date) -> tuple[bool, str | None]:
        if day.year != 2027:
            return real(day)
        festival = date(2027, 2, 5) <= day <= date(2027, 2, 11)
        return (True, "Spring Festival") if festival else (day.weekday() > 4, None)

    def knows(newer_one: bool) -> None:
        monkeypatch.setattr(chinese_calendar, "get_holiday_detail", newer if newer_one else real)
        public_days.forget()

    with pytest.raises(NotImplementedError):
        real(date(2027, 1, 1))
    yield knows
    monkeypatch.undo()
    public_days.forget()


def test_when_a_years_holidays_arrive_items_are_placed_by_them_once(
    world: QueueWorld, library: Callable[[bool], None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    clinic = world.clinic
    now, day = at("2027-02-01 14:35"), date(2027, 2, 8)
    safety = world.item(world.patient(), "D1", ItemClass.SAFETY, due=day, end=local(day, 21, 30))
    care = world.item(world.patient(), "D7", due=day)

    def tick_then() -> tuple[datetime, datetime, int]:
        tick(clinic.database, clinic.clinic_id, now)
        rows = [world.row(one) for one in (safety, care)]
        return (*(from_ms(int(str(row["deadline_at"]))) for row in rows), clinic.count("policy_version"))  # type: ignore[return-value]

    def closed() -> Reason | None:
        return calendars.of(policy.current(clinic.database, clinic.clinic_id)).closed(day)

    assert tick_then() == (local(day, 20), local(day, 20), 1)
    stored = policy.current(clinic.database, clinic.clinic_id)
    assert closed() is None and closures.unknown_year(stored, now) == 2027

    library(True)
    assert closed() is None, "not before it is written down for every console"
    assert tick_then() == (local(day, 21, 30), local(day, 21, 30), 2)
    holiday = Reason.of("closed_holiday", holiday=Reason("holiday_spring_festival"))
    assert closed() == holiday
    stored = policy.current(clinic.database, clinic.clinic_id)
    assert closures.unknown_year(stored, now) is None and policy.known_until(stored) == 2027
    assert tick_then()[2] == 2, "once"
    newest, first = policy.history(clinic.seat("lead"))
    assert (newest.author, newest.sha256) == (None, first.sha256)
    assert clinic.rows("SELECT action FROM audit WHERE action = 'policy.holidays'") == [
        {"action": "policy.holidays"}
    ]

    # A console with the older library works by the same days, and does not lose them with a version of its own.
    library(False)
    assert closed() == holiday and tick_then()[2] == 2
    policy.apply(clinic.seat("lead"), with_changes(("lock_min = 3", "lock_min = 4")), now)
    assert closed() == holiday

    # A check of the policy in force says what is stored with it; of a file, what this console knows.
    file = tmp_path / "policy.toml"
    file.write_text(default_text(), encoding="utf-8")
    known: list[int] = []
    for what in ([], [str(file)]):
        capsys.readouterr()
        assert main(["--db", clinic.database.url, "policy", "check", *what, "--json"]) == 0
        known.append(json.loads(capsys.readouterr().out)["holidays_known_until"])
    assert known == [2027, 2026]


def test_days_the_clinic_names_itself_place_items_anew_in_a_year_without_data(world: QueueWorld) -> None:
    clinic = world.clinic
    now, day = at("2027-02-01 14:35"), date(2027, 2, 8)
    safety = world.item(world.patient(), "D1", ItemClass.SAFETY, due=day, end=local(day, 21, 30))
    own = with_changes(("overrides = []", 'overrides = [{date = "2027-02-08", closed = "春节"}]'))
    seen = policy_preview.preview(clinic.database, clinic.clinic_id, own, now)
    assert (seen.closes, seen.moves.last_call_later, seen.known_until) == ((day,), 1, 2026)
    policy.apply(clinic.seat("lead"), own, now)
    tick(clinic.database, clinic.clinic_id, now)
    assert world.row(safety)["deadline_at"] == to_ms(local(day, 21, 30))


# --- closures ---


def _near(world: QueueWorld, now: datetime) -> tuple[list[str], list[int]]:
    clinic = world.clinic
    stored = policy.current(clinic.database, clinic.clinic_id)
    with reading(clinic.database) as connection:
        found = closures.near(connection, clinic.clinic_id, stored, now)
        if found is None:
            return [], []
        calls = closures.safety_calls(connection, clinic.clinic_id, found, 50, restricted_ok=False)
    assert len(calls) == found.safety
    return [f"{day:%m-%d}" for day in found.days], [one.item_id for one in calls]


def test_ten_days_ahead_the_board_lists_whose_safety_calls_fall_into_a_closure(world: QueueWorld) -> None:
    """Dragon Boat Festival 2026: Friday 19 to Sunday 21 June."""
    inside = [world.item(world.patient(), "D1", ItemClass.SAFETY, due=date(2026, 6, day)) for day in (21, 19)]
    world.item(world.patient(), "D1", ItemClass.SAFETY, due=date(2026, 6, 18))
    world.item(world.patient(), "D7", due=date(2026, 6, 19))
    done = world.item(world.patient(), "D2", ItemClass.SAFETY, due=date(2026, 6, 20))
    world.change(done, state="done", next_change_at=None)
    assert _near(world, at("2026-06-08 23:59")) == ([], [])
    days = ["06-19", "06-20", "06-21"]
    assert _near(world, at("2026-06-09 00:00")) == (days, [inside[1], inside[0]])
    assert _near(world, at("2026-06-21 12:00")) == (["06-21"], [inside[0]])
    assert _near(world, at("2026-06-22 00:00")) == ([], [])
    shown = queue_board(world, at("2026-06-15 14:35"))
    assert shown.strip.closure is not None and shown.strip.closure.safety == 2
    assert [one.item_id for one in shown.closing] == [inside[1], inside[0]]
    assert all(one.reason is None for one in shown.closing), "D1 rings on a holiday too"


def queue_board(world: QueueWorld, now: datetime) -> Board:
    return board_of(world.clinic.database, world.clinic.clinic_id, now)


def test_an_override_is_a_closure_and_an_ordinary_closed_weekday_is_none(world: QueueWorld) -> None:
    clinic = world.clinic
    monday = date(2026, 6, 29)
    text = with_changes(
        ("overrides = []", 'overrides = [{date = "2026-06-29", closed = "搬家"}]'),
        ('calling_days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]',
         'calling_days = ["mon", "tue", "wed", "thu", "fri"]'),
    )  # fmt: skip
    policy.apply(clinic.seat("lead"), text, clinic.now)
    late = world.item(world.patient(), "AFTER-DISCHARGE", ItemClass.SAFETY, due=monday)
    held = world.item(world.patient(), "D3", ItemClass.SAFETY, due=monday)
    assert _near(world, at("2026-06-22 09:00")) == (["06-29"], [late, held])
    board = queue_board(world, at("2026-06-22 09:00"))
    assert [one.reason for one in board.closing] == [None, "closed"]


def test_the_warning_is_read_through_its_index(world: QueueWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = world.clinic
    _fill(world, 300)
    world.item(world.patient(), "D1", ItemClass.SAFETY, due=date(2026, 6, 19))
    heard: list[tuple[str, dict[str, object]]] = []
    plain = Connection.execute

    def listening(self: Connection, sql: str, params: Mapping[str, object] | None = None) -> list[Row]:
        heard.append((sql, dict(params or {})))
        return plain(self, sql, params)

    with reading(clinic.database) as connection:
        connection.execute("ANALYZE")
        days = [date(2026, 6, day) for day in (19, 20, 21)]
        with monkeypatch.context() as patch:
            patch.setattr(Connection, "execute", listening)
            assert policy_reads.safety_count(connection, clinic.clinic_id, days) == 1
            assert len(policy_reads.safety_on(connection, clinic.clinic_id, days, 10)) == 1
        for sql, params in heard:
            if connection.dialect == "sqlite":
                plan = str(connection.execute("EXPLAIN QUERY PLAN " + sql, params))
            else:
                # Three hundred rows are soonest read through: is there an index at all?
                connection.execute("SET enable_seqscan = off")
                plan = str(connection.execute("EXPLAIN " + sql, params))
                connection.execute("SET enable_seqscan = on")
            assert "ix_item_safety_due" in plan, plan
    assert len(heard) == 2


# --- what is refused, and what comes first ---


def test_half_past_four_and_a_minute_is_refused_and_says_when_next(world: QueueWorld) -> None:
    clinic = world.clinic
    item = world.item(world.patient(), "D7")
    moment = at("2026-06-15 16:31")
    assert queue.take_next(clinic.seat(), moment) is None
    with pytest.raises(NotAllowed) as caught:
        queue.take_item(clinic.seat(), item, moment)
    assert caught.value.params["reason"] == Reason("window_closed")
    (answer,) = queue.why_not(clinic.seat(), int(str(world.row(item)["patient_id"])), moment)
    assert (answer.gate.code, answer.ready_at) == ("window_closed", at("2026-06-15 19:00"))
    (shown,) = queue.page(clinic.seat(), moment)
    assert (shown.takeable, shown.opens_at) == (False, at("2026-06-15 19:00"))
    taken = queue.take_next(clinic.seat(), at("2026-06-15 19:00"))
    assert taken is not None and taken.item_id == item


def test_tomorrows_promise_is_on_top_at_five_past_seven_and_the_last_call_before_the_price_call(
    world: QueueWorld,
) -> None:
    clinic = world.clinic
    price = world.item(world.patient(), "UC2", ItemClass.ROUTINE, due=TOMORROW)
    d1 = world.item(world.patient(), "D1", ItemClass.SAFETY, due=TOMORROW, end=local(TOMORROW, 21, 30))
    promised = world.item(world.patient(), "D7", due=TODAY)
    world.promise(promised, at("2026-06-16 19:10"))

    def listed(moment: str) -> list[tuple[int, Tier]]:
        return [(row.id, row.tier) for row in queue.page(clinic.seat(), at(moment))]

    assert [one for one, _tier in listed("2026-06-16 19:04")] == [d1, price]
    assert listed("2026-06-16 19:05")[0] == (promised, Tier.PROMISED)
    # 19:20: 40 callable minutes are left of the D1's day, up to 20:00.
    late = listed("2026-06-16 19:20")
    assert late == [(promised, Tier.PROMISED), (d1, Tier.PROMISED), (price, Tier.ROUTINE)]
    stored = policy.current(clinic.database, clinic.clinic_id)
    with reading(clinic.database) as connection:
        facts = cache.facts(
            connection, clinic.clinic_id, (price, d1, promised), to_ms(at("2026-06-16 19:20"))
        )
    assert [item.state for item in facts] == [ItemState.READY] * 3
    assert [item.id for item, _placed in sorted_queue(facts, stored, at("2026-06-16 19:20"))] == [
        promised, d1, price,
    ]  # fmt: skip
