"""What comes every year goes on coming: planned by the clock, a year ahead at a time, each once."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest

from console.desk import yearly
from console.desk.plans import Planning, plan_new
from console.desk.policy import current
from console.desk.tick import tick
from db.connect import Database, unit_of_work
from db.instants import to_ms
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld, local

OPERATED = date(2020, 6, 15)


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    """The sample clinic; nobody was operated yet."""
    return QueueWorld(clinic)


def _operated(world: QueueWorld, procedure: str = "upper_blepharoplasty", **patient: object) -> int:
    """A treatment known and planned on its own day."""
    clinic, at = world.clinic, local(OPERATED, 16)
    treatment_id = world.treatment(world.patient(**patient), procedure, OPERATED)  # type: ignore[arg-type]
    world.sql("UPDATE treatment SET first_known_at = :at WHERE id = :id", at=to_ms(at), id=treatment_id)
    policy = current(clinic.database, clinic.clinic_id)
    with unit_of_work(clinic.database) as connection:
        plan_new(connection, Planning(clinic.clinic_id, policy, date(2020, 1, 1), at), [treatment_id], [])
    return treatment_id


def _extend(world: QueueWorld, day: date) -> int:
    clinic = world.clinic
    policy = current(clinic.database, clinic.clinic_id)
    return yearly.extend(clinic.database, clinic.clinic_id, policy, local(day, 9))


def _days(world: QueueWorld, treatment_id: int) -> list[tuple[str, str]]:
    rows = world.clinic.rows(
        "SELECT milestone, due_on FROM item WHERE treatment_id = :id AND milestone IN ('D365', 'YEARLY') "
        "AND state NOT IN ('superseded', 'cancelled') ORDER BY due_on",
        id=treatment_id,
    )
    return [(str(row["milestone"]), str(row["due_on"])) for row in rows]


def test_every_year_is_planned_in_time_by_the_ticks_of_four_years(world: QueueWorld) -> None:
    treatment_id = _operated(world)
    clinic, seen = world.clinic, dict[date, int]()
    day = OPERATED
    while day < date(2024, 1, 1):
        day += timedelta(days=21)
        seen[day] = tick(clinic.database, clinic.clinic_id, local(day, 9)).planned
        assert tick(clinic.database, clinic.clinic_id, local(day, 9, 1)).planned == 0
        coming = [due for _code, due in _days(world, treatment_id) if due > str(day)]
        assert coming, f"nothing is planned after {day}"
    assert _days(world, treatment_id) == [
        ("D365", "2021-06-15"),
        ("YEARLY", "2022-06-15"),
        ("YEARLY", "2023-06-15"),
        ("YEARLY", "2024-06-15"),
    ]
    assert sum(seen.values()) == 3
    assert _extend(world, day) == 0


def test_only_the_first_tick_of_a_clinic_day_looks(
    world: QueueWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, looked = world.clinic, list[object]()
    monkeypatch.setattr(yearly, "extend", lambda *given: looked.append(given) or 0)
    for when in (local(OPERATED, 9), local(OPERATED, 9, 1), local(OPERATED, 23, 59)):
        tick(clinic.database, clinic.clinic_id, when)
    assert len(looked) == 1
    tick(clinic.database, clinic.clinic_id, local(OPERATED + timedelta(days=1), 0, 1))
    assert len(looked) == 2


def test_after_years_in_the_dark_what_is_over_is_not_planned(world: QueueWorld) -> None:
    treatment_id = _operated(world)
    assert _extend(world, date(2024, 10, 1)) == 1
    assert _days(world, treatment_id) == [("D365", "2021-06-15"), ("YEARLY", "2025-06-15")]


def test_who_needs_none_gets_none(world: QueueWorld) -> None:
    _operated(world, "photorejuvenation")
    _operated(world, deceased_on=date(2021, 1, 1))
    removed = _operated(world)
    world.sql("UPDATE treatment SET superseded_at = 1 WHERE id = :id", id=removed)
    assert _extend(world, date(2021, 6, 1)) == 0


def test_what_was_cancelled_is_not_planned_a_second_time(world: QueueWorld) -> None:
    treatment_id = _operated(world)
    assert _extend(world, date(2021, 6, 1)) == 1
    world.sql("UPDATE item SET state = 'cancelled' WHERE milestone = 'YEARLY'")
    assert _extend(world, date(2021, 6, 2)) == 0
    assert _extend(world, date(2022, 6, 1)) == 1
    assert _days(world, treatment_id)[-1] == ("YEARLY", "2023-06-15")


def test_many_treatments_go_in_short_transactions(world: QueueWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yearly, "BATCH", 2)
    treatments = [_operated(world) for _ in range(5)]
    assert _extend(world, date(2021, 6, 1)) == 5
    assert all(len(_days(world, one)) == 2 for one in treatments)


def test_consoles_at_once_plan_each_once(world: QueueWorld) -> None:
    treatments = [_operated(world) for _ in range(8)]
    clinic, start = world.clinic, threading.Barrier(4)
    planned, failed = list[int](), list[BaseException]()
    policy = current(clinic.database, clinic.clinic_id)

    def one() -> None:
        own = Database(clinic.database.url)
        try:
            start.wait()
            planned.append(yearly.extend(own, clinic.clinic_id, policy, local(date(2021, 6, 1), 9)))
        except BaseException as error:
            failed.append(error)
        finally:
            own.close()

    consoles = [threading.Thread(target=one) for _ in range(4)]
    for console in consoles:
        console.start()
    for console in consoles:
        console.join()
    assert (failed, sum(planned)) == ([], 8)
    assert all(len(_days(world, treatment)) == 2 for treatment in treatments)
