"""The stored order against the rule it caches, and why and why-not against the order."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console import i18n
from console.desk import explain, order, queue
from console.desk.claiming import view_of
from console.desk.placing import drain, place_again
from console.desk.policy import current
from console.rules import calendar
from console.rules.placement import place, sorted_queue
from db import drain as cache
from db import queue as table
from db.connect import Database, reading, unit_of_work
from db.enums import ItemClass, ItemState
from db.instants import maybe_ms, to_ms
from tests.clinic import SampleClinic, make_clinic
from tests.desk.queue_world import SHANGHAI, QueueWorld, at, local

TODAY = date(2026, 6, 15)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    """The sample clinic, Monday 14:35."""
    return QueueWorld(clinic)


def test_what_may_be_dialled_is_what_the_clinics_window_says(world: QueueWorld) -> None:
    policy = world.clinic.seat().policy
    found: set[str] = set()
    for step in range(0, 9 * 1440, 7):
        instant = world.clinic.now + step * MINUTE
        reach = order.reach_at(policy, instant)
        assert reach == order.reach_of(calendar.of(policy).window_state(instant))
        found.add(reach)
    assert found == {"all", "windowless", "red_flag"}


# --- the cache is the rule -------------------------------------------------------------------------

minutes = st.integers(-4 * 1440, 4 * 1440)
items = st.fixed_dictionaries(
    {
        "milestone": st.sampled_from(["D0", "D1", "D2", "D4", "STITCHES", "D7", "D30", "D90", "UC1"]),
        "klass": st.sampled_from(list(ItemClass)),
        "team": st.sampled_from(["customer_service", "nurse", "outpatient_doctor", "ward"]),
        "language": st.sampled_from(["zh", "en"]),
        "purpose": st.sampled_from(["care", "survey"]),
        "due": st.integers(-3, 4),
        "earliest": minutes,
        "length": st.integers(1, 6 * 1440) | st.none(),
        "promise": minutes | st.none(),
        "cooling": minutes | st.none(),
        "attempts": st.integers(0, 7),
        "tries_today": st.integers(0, 3),
        "skips": st.integers(0, 3),
        "clinician_requested": st.booleans() | st.just(False) | st.just(False),
        "hours": st.sampled_from([None, '["09:00-11:00"]', '["19:00-21:00", "12:00-13:00"]']),
        "phone": st.sampled_from(["live", "live", "live", "dead", "suspended"]),
        "until": minutes,
        "deceased": st.just(False) | st.just(False) | st.booleans(),
    }
)


def _put(world: QueueWorld, drawn: dict[str, object], base: datetime) -> None:
    def moment(value: object) -> int | None:
        return None if value is None else to_ms(base + timedelta(minutes=int(str(value))))

    day = TODAY + timedelta(days=int(str(drawn["due"])))
    patient = world.patient(
        phone=str(drawn["phone"]),
        preferred_hours=drawn["hours"],
        language=drawn["language"],
        deceased_on=TODAY if drawn["deceased"] else None,
    )
    if drawn["phone"] == "suspended":
        world.sql(
            "UPDATE phone SET suspended_until = :until WHERE patient_id = :id",
            until=moment(drawn["until"]),
            id=patient,
        )
    earliest = base + timedelta(minutes=int(str(drawn["earliest"])))
    length = drawn["length"]
    tries = int(str(drawn["tries_today"]))
    world.item(
        patient,
        str(drawn["milestone"]),
        ItemClass(str(drawn["klass"])),
        due=day,
        earliest=earliest,
        end=None,
        team=str(drawn["team"]),
        place=False,
        **{
            "clinical_end_at": None
            if length is None
            else maybe_ms(earliest + timedelta(minutes=int(str(length)))),
            "language": drawn["language"],
            "purpose": drawn["purpose"],
            "promise_at": moment(drawn["promise"]),
            "cooling_until": moment(drawn["cooling"]),
            "attempts": drawn["attempts"],
            "tries_today": tries,
            "tried_on": day if tries else None,
            "skips": drawn["skips"],
            "clinician_requested": drawn["clinician_requested"],
        },
    )


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    drawn=st.lists(items, min_size=1, max_size=8),
    steps=st.lists(st.integers(1, 3000), min_size=1, max_size=4),
)
def test_the_stored_place_is_the_rules_place_after_the_drain(
    world: QueueWorld, drawn: list[dict[str, object]], steps: list[int]
) -> None:
    clinic = world.clinic
    world.sql("DELETE FROM item")
    base = clinic.now
    for one in drawn:
        _put(world, one, base)
    policy = current(clinic.database, clinic.clinic_id)
    moment = base - timedelta(days=2)
    for step in [0, *steps]:
        moment += step * MINUTE
        drain(clinic.database, clinic.clinic_id, policy, moment)
        with reading(clinic.database) as connection:
            rows = {row["id"]: row for row in connection.execute("SELECT * FROM item ORDER BY id")}
            facts = cache.facts(connection, clinic.clinic_id, tuple(rows), to_ms(moment))
            everything = table.View(
                clinic.clinic_id, (*table.lanes(connection, clinic.clinic_id), "team:ward:zh"), to_ms(moment)
            )
            stored = [row["id"] for row in table.order(connection, everything, 100)]
        for item in facts:
            row, placed = rows[item.id], place(item, policy, moment)
            assert (row["policy_version"], row["state"]) == (policy.version, placed.state)
            if placed.state is ItemState.LAPSED:
                # No longer in the order: its place is never read again.
                continue
            assert (
                row["state"],
                row["tier"],
                row["band"],
                row["deadline_at"],
                row["lane_id"],
                bool(row["passes_windows"]),
            ) == (
                placed.state,
                placed.tier,
                placed.band,
                to_ms(placed.deadline_at),
                placed.lane_id,
                placed.passes_windows,
            )
            assert row["next_change_at"] == maybe_ms(placed.next_change_at)
            assert row["next_change_at"] is None or row["next_change_at"] > to_ms(moment)
        ruled = [item.id for item, placed in sorted_queue(facts, policy, moment) if item.team != "ward"]
        assert [one for one in stored if one in ruled] == ruled


def test_a_drain_is_one_cheap_read_when_nothing_is_due(world: QueueWorld) -> None:
    clinic = world.clinic
    world.item(world.patient())
    assert queue.drain(clinic.database, clinic.clinic_id, clinic.now) == 0
    version = clinic.database.connection().data_version()
    assert queue.drain(clinic.database, clinic.clinic_id, clinic.now + MINUTE) == 0
    assert clinic.database.connection().data_version() == version or clinic.database.dialect == "postgresql"


def test_another_policy_places_every_open_item_anew_in_chunks(world: QueueWorld) -> None:
    clinic = world.clinic
    patient = world.patient()
    for number in range(450):
        world.sql(
            "INSERT INTO item (clinic_id, patient_id, group_id, kind, milestone, flow, team, klass, purpose,"
            " language, due_on, earliest_at, clinical_end_at, state, band, tier, deadline_at, lane_id,"
            " passes_windows, policy_version, attempts, tries_today, busy_count, line_errors, rejections,"
            " skips, clinician_requested, is_base, created_at)"
            " SELECT clinic_id, id, group_id, 'milestone', :code, 'd7', 'nurse', 'care', 'care', 'zh', :due,"
            " :from_ms, :end_ms, 'ready', 6, 6, 0, 'team:nurse:zh', FALSE,"
            " 0, 0, 0, 0, 0, 0, 0, FALSE, TRUE, 0 FROM patient WHERE id = :id",
            code=f"X{number}",
            id=patient,
            due=TODAY,
            from_ms=to_ms(local(TODAY, 8)),
            end_ms=to_ms(local(TODAY, 21)),
        )
    assert queue.drain(clinic.database, clinic.clinic_id, clinic.now) == 450
    rows = clinic.rows("SELECT DISTINCT policy_version, band FROM item")
    assert rows == [{"policy_version": current(clinic.database, clinic.clinic_id).version, "band": 4}]


# --- why, why-not and the order say the same -------------------------------------------------------


def _mixed(world: QueueWorld, count: int = 24) -> list[int]:
    """Patients of every kind, some with two items."""
    chance = random.Random(7)
    made: list[int] = []
    for number in range(count):
        patient = world.patient(language=chance.choice(["zh", "zh", "en"]))
        for milestone in chance.sample(["D1", "D2", "D7", "STITCHES", "D30", "D90"], 1 + number % 2):
            klass = {"D1": "safety", "D2": "safety", "D90": "routine"}.get(milestone, "care")
            due = TODAY + timedelta(days=chance.randint(-2, 1))
            made.append(
                world.item(
                    patient,
                    milestone,
                    ItemClass(klass),
                    due=due,
                    earliest=local(due - timedelta(days=1), 8),
                    team=chance.choice(["customer_service", "nurse", "outpatient_doctor"]),
                    end=local(due + timedelta(days=3), 21, 30),
                )
            )
    return made


@pytest.mark.parametrize(
    "moment", ["2026-06-15 14:35", "2026-06-15 17:00", "2026-06-15 22:30", "2026-06-16 09:00"]
)
def test_the_worked_out_order_is_the_stored_one(world: QueueWorld, moment: str) -> None:
    made, clinic, instant = _mixed(world), world.clinic, at(moment)
    window, ahead = queue.listing(clinic.database, clinic.clinic_id, instant, 100, stored=False)
    assert [world.row(item)["state"] for item in made] == [world.row(item)["state"] for item in made]
    again = queue.listing(clinic.database, clinic.clinic_id, instant, 100, stored=False)
    stored = queue.listing(clinic.database, clinic.clinic_id, instant, 100, stored=True)
    assert (window, ahead) == again == stored
    assert len(ahead) > 15


def test_both_databases_have_one_order(
    sqlite_database: Database, postgres_database: Database, now: datetime
) -> None:
    worlds = [QueueWorld(make_clinic(one, now)) for one in (sqlite_database, postgres_database)]
    assert _mixed(worlds[0], 40) == _mixed(worlds[1], 40)
    for moment in ("2026-06-15 14:35", "2026-06-15 17:00", "2026-06-16 15:00"):
        for stored in (False, True):
            lists = [
                queue.listing(world.clinic.database, world.clinic.clinic_id, at(moment), 100, stored=stored)
                for world in worlds
            ]
            assert lists[0] == lists[1]


def test_looking_ahead_writes_nothing(world: QueueWorld) -> None:
    _mixed(world, 6)
    before = world.clinic.rows("SELECT * FROM item ORDER BY id")
    queue.listing(world.clinic.database, world.clinic.clinic_id, at("2026-06-20 15:00"), 100, stored=False)
    queue.listing(world.clinic.database, world.clinic.clinic_id, at("2026-06-01 15:00"), 100, stored=False)
    assert world.clinic.rows("SELECT * FROM item ORDER BY id") == before


def test_looking_back_sees_what_has_lapsed_since(world: QueueWorld) -> None:
    item = world.item(world.patient(), "D2", ItemClass.SAFETY, end=local(TODAY, 21, 30))
    clinic = world.clinic
    queue.drain(clinic.database, clinic.clinic_id, at("2026-06-20 15:00"))
    assert world.row(item)["state"] == "lapsed"
    _, rows = queue.listing(clinic.database, clinic.clinic_id, clinic.now, 10, stored=False)
    assert [row.id for row in rows] == [item]
    with reading(clinic.database) as connection:
        policy = current(clinic.database, clinic.clinic_id)
        (gate,) = explain.why_not(connection, clinic.clinic_id, policy, 1, at("2026-06-20 15:00"))
    assert gate.gate.code == "lapsed"


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("moment", ["2026-06-15 14:35", "2026-06-15 17:00"])
def test_why_gives_every_item_the_place_it_has(world: QueueWorld, moment: str, stored: bool) -> None:
    made, clinic, instant = _mixed(world, 14), world.clinic, at(moment)
    policy = current(clinic.database, clinic.clinic_id)
    _, rows = queue.listing(clinic.database, clinic.clinic_id, instant, 100, stored=stored)
    place_of = {row.id: row.position for row in rows}
    with reading(clinic.database) as connection:
        for item in made:
            why = explain.why(connection, clinic.clinic_id, policy, item, instant, stored=stored)
            assert why.position == place_of.get(item)
            if why.position is None:
                assert why.gate is not None
            else:
                row = rows[why.position - 1]
                assert (why.tier, why.deadline_at, why.patient) == (row.tier, row.deadline_at, row.patient)
                follower = rows[why.position] if why.position < len(rows) else None
                assert (why.next.id if why.next else None) == (follower.id if follower else None)
            (answer,) = [
                one
                for one in explain.why_not(connection, clinic.clinic_id, policy, why.patient_id, instant)
                if one.id == item
            ]
            if item in place_of:
                assert answer.gate.code in ("in_order", "window_closed")
            else:
                # With the window closed that gate answers first, also for what is taken along.
                assert answer.gate.code != "in_order"


def test_concerns_have_the_names_the_talk_tracks_give_them() -> None:
    import tomllib
    from importlib.resources import files

    from console.reasons import REASONS

    text = (files("console.scripts") / "concerns" / "general.toml").read_text(encoding="utf-8")
    names = tomllib.loads(text)["concerns"]
    for code, name in names.items():
        assert REASONS[f"concern_{code}"] == name["en"]
        assert i18n.translate("zh", name["en"]) == name["zh"]


def test_the_last_line_tells_of_the_last_contact(world: QueueWorld) -> None:
    clinic, patient = world.clinic, world.patient()
    world.item(patient)
    seat, stamp = clinic.seat(), to_ms(clinic.now - timedelta(days=2))
    group = int(str(clinic.rows("SELECT group_id FROM patient WHERE id = :id", id=patient)[0]["group_id"]))

    def last() -> str:
        return i18n.reason_text("zh", queue.page(seat, clinic.now)[0].last)

    assert last() == "还没打过"
    with unit_of_work(clinic.database) as connection:
        contact = connection.insert(
            "contact",
            {
                "clinic_id": clinic.clinic_id,
                "group_id": group,
                "patient_id": patient,
                "staff_id": seat.staff_id,
                "seat_id": seat.seat_id,
                "started_at": stamp,
                "incoming": False,
            },
        )
        call = connection.insert(
            "call",
            {
                "clinic_id": clinic.clinic_id,
                "contact_id": contact,
                "patient_id": patient,
                "direction": "out",
                "outcome": "completed",
                "started_at": stamp,
                "ended_at": stamp,
                "spoke_to": "patient",
                "language": "zh",
                "staff_id": seat.staff_id,
                "late_draft": False,
                "saved_at": stamp,
                "recovery": "good",
            },
        )
    assert last() == "恢复好"
    with unit_of_work(clinic.database) as connection:
        connection.insert(
            "answer",
            {
                "clinic_id": clinic.clinic_id,
                "contact_id": contact,
                "call_id": call,
                "concern": "swelling",
                "question": "swelling_trend",
                "value": "same",
                "asked_in_group": False,
                "at": stamp,
            },
        )
    assert last() == "肿胀"
    with unit_of_work(clinic.database) as connection:
        for minute in (1, 2):
            connection.insert(
                "attempt",
                {
                    "clinic_id": clinic.clinic_id,
                    "contact_id": contact,
                    "patient_id": patient,
                    "channel": "phone",
                    "result": "no_answer",
                    "counted": True,
                    "at": stamp + minute * 60_000,
                    "staff_id": seat.staff_id,
                },
            )
    assert last() == "未接2次"


def test_the_view_of_a_lead_reaches_what_would_lie(world: QueueWorld) -> None:
    clinic = world.clinic
    clinic.seat("li")
    item = world.item(world.patient(), owner_staff_id=clinic.staff_ids["li"])
    policy = current(clinic.database, clinic.clinic_id)
    own = f"own:{clinic.staff_ids['li']}"
    lead = clinic.seat("lead")
    with reading(clinic.database) as connection:
        assert own not in view_of(connection, lead, policy, clinic.now).lanes
    world.sql("UPDATE staff SET on_duty = FALSE WHERE login = 'li'")
    with reading(clinic.database) as connection:
        assert own in view_of(connection, lead, policy, clinic.now).lanes
    assert queue.take_next(lead, clinic.now) is not None
    assert world.row(item)["state"] == "leased"


def test_an_order_is_judged_alike_wherever_it_is_asked(world: QueueWorld) -> None:
    clinic = world.clinic
    _mixed(world, 5)
    policy = current(clinic.database, clinic.clinic_id)
    with unit_of_work(clinic.database) as connection:
        ids = tuple(int(str(row["id"])) for row in connection.execute("SELECT id FROM item"))
        assert place_again(connection, clinic.clinic_id, ids, policy, clinic.now.astimezone(SHANGHAI)) == len(
            ids
        )
    with reading(clinic.database) as connection:
        here = order.whole(connection, clinic.clinic_id, policy, clinic.now)
        there = order.whole(connection, clinic.clinic_id, policy, clinic.now.astimezone(UTC))
    assert [entry.key for entry in here] == [entry.key for entry in there]
