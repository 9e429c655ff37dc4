"""What `why not` says to a seat is what its queue shows: for everybody, at every hour, whatever lies about."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from console.desk import extra, incoming, queue, standing
from console.rules.gates import HOURS
from db import claims
from db.connect import unit_of_work
from db.enums import ItemClass, ItemKind, LeaseStage
from db.instants import to_ms
from tests.clinic import PEOPLE, SampleClinic
from tests.desk.queue_world import QueueWorld, at, local

TODAY = at("2026-06-15 12:00").date()


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    """The sample clinic, Monday 14:35, everybody on duty."""
    for login in PEOPLE:
        clinic.seat(login)
    return QueueWorld(clinic)


def shown(world: QueueWorld, login: str, now: datetime) -> dict[int, bool]:
    """What a seat's queue shows, and whether it may be dialled now."""
    return {row.id: row.takeable for row in queue.page(world.clinic.seat(login), now, limit=500)}


def answered(world: QueueWorld, login: str, now: datetime) -> dict[int, str]:
    """What every item of the clinic answers to a seat."""
    seat = world.clinic.seat(login)
    people = world.clinic.rows("SELECT id FROM patient ORDER BY id")
    found = [one for row in people for one in queue.why_not(seat, int(str(row["id"])), now)]
    return {one.id: one.gate.code for one in found}


def assert_they_agree(world: QueueWorld, now: datetime) -> dict[str, dict[int, str]]:
    queue.drain(world.clinic.database, world.clinic.clinic_id, now)
    said = {login: answered(world, login, now) for login in PEOPLE}
    for login, codes in said.items():
        there = shown(world, login, now)
        dialled = {one for one, now_or_later in there.items() if now_or_later}
        differ = dialled.symmetric_difference(one for one, code in codes.items() if code == "in_order")
        differ |= {one for one in there if one not in dialled and codes[one] not in HOURS}
        assert not differ, (login, now, [(world.row(one), codes[one], there.get(one)) for one in differ])
    return said


def cut_off(world: QueueWorld, item: int, when: datetime, login: str = "li") -> None:
    """A call in which dialling had begun when the program died; its lease runs out 90 seconds later."""
    seat = world.clinic.seat(login)
    claim = queue.take_item(seat, item, when)
    with unit_of_work(world.clinic.database) as connection:
        held = (seat.clinic_id, claim.group_id, claim.token)
        claims.set_stage(connection, *held, LeaseStage.DIALLING, to_ms(when), 90_000)


def test_a_lead_is_told_of_calls_that_people_off_duty_left_and_of_no_fresh_ones(world: QueueWorld) -> None:
    now = world.clinic.now
    nurses = world.item(world.patient(), owner_staff_id=world.clinic.staff_ids["he"])
    lies, fresh = world.item(world.patient()), world.item(world.patient())
    cut_off(world, lies, now)
    cut_off(world, fresh, now + timedelta(minutes=10))
    said = assert_they_agree(world, now + timedelta(minutes=18))
    assert {one: said["lead"][one] for one in (nurses, lies, fresh)} == {
        nurses: "other_lane",
        lies: "in_order",
        fresh: "leased",
    }
    assert {said["anna"][one] for one in (lies, fresh)} == {"leased"}
    assert {said["li"][one] for one in (lies, fresh)} == {"in_order"}
    world.sql("UPDATE staff SET on_duty = FALSE WHERE login IN ('he', 'li')")
    said = assert_they_agree(world, now + timedelta(minutes=18))
    assert {said["lead"][one] for one in (nurses, lies, fresh)} == {"in_order"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_why_not_and_the_queue_agree(world: QueueWorld, seed: int) -> None:
    """Sixty calls of forty people with everything that keeps one out, at six hours of two days."""
    luck, clinic = random.Random(seed), world.clinic
    now, staff = clinic.now, clinic.staff_ids
    world.sql("UPDATE staff SET on_duty = FALSE WHERE login = 'he'")
    people = [
        world.patient(
            group_id=group,
            phone=luck.choice(["live", "live", "live", "dead", None]) if group is None else "live",
            language=luck.choice(["zh", "zh", "en"]),
            preferred_hours=luck.choice([None, None, None, '["15:00-19:30"]']),
        )
        for group in [None] * 32 + [world.group() for _ in range(4) for _ in range(2)]
    ]
    items = []
    for _ in range(60):
        klass = luck.choice(list(ItemClass))
        due = TODAY + timedelta(days=luck.randint(-2, 2))
        columns: dict[str, object] = luck.choice(
            [
                {},
                {},
                {"owner_staff_id": staff[luck.choice(["li", "he", "anna"])]},
                {"skips": 3},
                {"cooling_until": to_ms(now + timedelta(minutes=luck.randint(5, 500)))},
                {"attempts": 2, "tries_today": 3, "tried_on": TODAY},
                {"kind": ItemKind.LEAD_REVIEW},
            ]
        )
        items.append(
            world.item(
                luck.choice(people),
                luck.choice(["D1", "D7", "D30", "D90"]),
                klass,
                due=due,
                team=luck.choice(
                    ["customer_service", "customer_service", "nurse", "outpatient_doctor", "ward"]
                ),
                language=luck.choice(["zh", "en"]),
                **columns,
            )
        )
    for item in luck.sample(items, 6):
        world.promise(
            item, now + timedelta(minutes=luck.randint(-60, 300)), luck.choice([None, *staff.values()])
        )
    standing.set_no_follow_up(clinic.seat("lead"), people[0], True, "本人要求", now)
    standing.set_legal_hold(clinic.seat("lead"), people[1], True, "诉讼中", now)
    extra.add_call(clinic.seat("anna"), people[0], TODAY, "想再问一次", now)
    for login, minutes in (("li", 0), ("anna", 1), ("li", 10)):
        when = now + timedelta(minutes=minutes)
        cut_off(world, next(one for one, free in shown(world, login, when).items() if free), when, login)
    held = incoming.take(clinic.seat("anna"), people[5], "", now + timedelta(minutes=12))
    assert held.patient_id == people[5]
    seen: set[str] = set()
    for when in (
        now + timedelta(minutes=13),
        now + timedelta(minutes=20),
        now + timedelta(minutes=40),
        local(TODAY, 18),
        local(TODAY, 22),
        local(TODAY + timedelta(days=1), 15),
    ):
        for codes in assert_they_agree(world, when).values():
            seen.update(codes.values())
    assert len(seen) >= 10, seen
