"""The few statements of a claim: the head alone is the first of the heads, what travels together is one transaction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.desk import claiming, queue
from console.desk.placing import place_again
from db import queue as table
from db import taking
from db.connect import Connection, Database, Row, unit_of_work
from db.enums import ItemClass, Role
from db.errors import Conflict
from db.instants import to_ms
from db.queue import Reach
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    """Calls of several lanes and classes, one of them skipped by Li."""
    world = QueueWorld(clinic)
    for number in range(6):
        world.item(
            world.patient(),
            klass=(ItemClass.ROUTINE, ItemClass.CARE, ItemClass.SAFETY)[number % 3],
            team=("customer_service", "nurse")[number % 2],
        )
    return world


@pytest.mark.parametrize("reach", ["all", "windowless", "red_flag"])
@pytest.mark.parametrize("login", ["li", "lead"])
def test_the_head_alone_is_the_first_of_the_heads(world: QueueWorld, login: str, reach: Reach) -> None:
    clinic = world.clinic
    seat = clinic.seat(login)
    connection = clinic.database.connection()
    for takeable in (False, True):
        view = claiming.view_of(connection, seat, seat.policy, clinic.now, takeable_only=takeable)
        view = replace(view, reach=reach)
        heads = table.order(connection, view, 8, not_skipped_since=0)
        assert table.order(connection, view, 1, not_skipped_since=0) == heads[:1]
        assert len(heads) == 6 or (takeable and reach != "all")
        for number, row in enumerate(heads[:-1]):
            after = (row["band"], row["deadline_at"], row["id"])
            assert table.order(connection, view, 1, after) == heads[number + 1 : number + 2]


def test_what_a_person_skipped_is_left_out_for_her_alone_and_for_today(world: QueueWorld) -> None:
    clinic = world.clinic
    seat = clinic.seat("li")
    claim = queue.take_next(seat, clinic.now)
    assert claim is not None
    queue.skip(seat, claim, "line busy", clinic.now)
    connection = clinic.database.connection()

    def offered(login: str, since: int | None) -> set[int]:
        whose = clinic.seat(login, Role.LEAD if login == "lead" else None)
        view = claiming.view_of(connection, whose, whose.policy, clinic.now)
        return {int(row["id"]) for row in table.order(connection, view, 9, not_skipped_since=since)}

    today = to_ms(clinic.now) - 1000
    assert claim.item_id not in offered("li", today)
    assert claim.item_id in offered("li", None)
    assert claim.item_id in offered("li", to_ms(clinic.now) + 1)
    assert claim.item_id in offered("anna", today)


def test_a_group_somebody_else_holds_is_not_taken_and_nothing_is_written(world: QueueWorld) -> None:
    clinic = world.clinic
    first = queue.take_next(clinic.seat("li"), clinic.now)
    assert first is not None
    tables = ("contact", "contact_item", "contact_lease", "item")

    def everything() -> list[list[Row]]:
        return [clinic.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]

    before = everything()
    anna = clinic.seat("anna")
    at = to_ms(clinic.now)
    holder = claiming.holder(anna, anna.policy, clinic.now)
    row = {
        "group_id": first.group_id,
        "patient_id": first.patient_id,
        "staff_id": anna.staff_id,
        "seat_id": anna.seat_id,
        "started_at": at,
        "incoming": False,
        "caller_number": None,
    }
    for items in ((), (first.item_id or 0,), (1, 2, 3, 4, 5, 6)):
        with unit_of_work(clinic.database) as connection:
            assert taking.take(connection, holder, first.group_id, None, row, items, at, 1000) is None
        assert everything() == before

    free = {**row, "group_id": clinic.rows("SELECT group_id FROM item WHERE state = 'ready'")[0]["group_id"]}
    with unit_of_work(clinic.database) as connection:
        taken = taking.take(connection, holder, int(str(free["group_id"])), None, free, (), at, 1000)
    assert taken is not None
    assert clinic.rows("SELECT token FROM contact_lease WHERE staff_id = :id", id=anna.staff_id) == [
        {"token": taken[0]}
    ]
    assert clinic.rows("SELECT lease_token FROM contact WHERE id = :id", id=taken[1]) == [
        {"lease_token": taken[0]}
    ]


def test_what_is_done_all_day_keeps_its_plans_and_nothing_else_does(database: Database) -> None:
    if database.dialect != "postgresql":
        return
    mode = "SELECT current_setting('plan_cache_mode') AS mode"
    for steady, expected in ((True, "force_generic_plan"), (False, "auto"), (True, "force_generic_plan")):
        with unit_of_work(database, steady=steady) as connection:
            assert connection.execute(mode) == [{"mode": expected}]
        with unit_of_work(database, steady=steady) as connection:
            assert connection.execute_all([(mode, {}), (mode, {})]) == [[{"mode": expected}]] * 2
        assert database.connection().execute(mode) == [{"mode": "auto"}]


def test_statements_that_travel_together_see_each_other_and_fall_together(database: Database) -> None:
    insert = (
        "INSERT INTO clinic (name, zone, go_live, is_test, created_at) "
        "VALUES (:name, 'UTC', '2026-01-01', TRUE, 1)"
    )
    count = "SELECT COUNT(*) AS n FROM clinic"
    with unit_of_work(database) as connection:
        before, _, after = connection.execute_all([(count, {}), (insert, {"name": "a"}), (count, {})])
        assert (before[0]["n"], after[0]["n"]) == (0, 1)
    with pytest.raises(Conflict), unit_of_work(database) as connection:
        connection.execute_all([(insert, {"name": "b"}), (insert, {"name": None}), (insert, {"name": "c"})])
    assert database.connection().execute(count) == [{"n": 1}]


def test_a_unit_that_does_nothing_or_fails_at_once_leaves_the_connection_usable(database: Database) -> None:
    with unit_of_work(database):
        pass
    with pytest.raises(Conflict), unit_of_work(database) as connection:
        connection.execute("INSERT INTO clinic (name) VALUES (NULL)")
    with pytest.raises(RuntimeError, match="by hand"), unit_of_work(database):
        raise RuntimeError("by hand")
    with unit_of_work(database) as connection:
        assert connection.execute("SELECT COUNT(*) AS n FROM clinic") == [{"n": 0}]


def test_a_place_that_has_not_changed_is_not_written(
    world: QueueWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = world.clinic
    policy = clinic.seat().policy
    written: list[object] = []
    plain = Connection.execute_many

    def noting(self: Connection, sql: str, rows: object) -> None:
        written.extend(rows)  # type: ignore[arg-type]
        plain(self, sql, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(Connection, "execute_many", noting)
    with unit_of_work(clinic.database) as connection:
        assert place_again(connection, clinic.clinic_id, (1, 2), policy, clinic.now) == 2
        assert written == []
        connection.execute("UPDATE item SET band = 0 WHERE id = 2")
        place_again(connection, clinic.clinic_id, (1, 2), policy, clinic.now)
    assert len(written) == 1
    assert world.row(2)["band"] != 0
