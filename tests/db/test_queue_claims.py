"""Eight processes take 2,000 calls: nobody is rung twice at once, nobody is forgotten."""

from __future__ import annotations

import multiprocessing
import time
from collections import defaultdict
from datetime import date

import pytest

from console.desk.policy import current
from console.desk.queue import drain
from db import claims, staff
from db.claims import Holder
from db.connect import unit_of_work
from db.enums import LeaseStage
from db.errors import StaleLease
from db.instants import to_ms
from tests.clinic import SampleClinic
from tests.db.claimers import Held, claim_all
from tests.desk.queue_world import QueueWorld, local

PROCESSES = 8
ITEMS = 2000
GROUPS = 1500
"""Fewer groups than patients, fewer patients than items: some share a number, some have two calls."""
PATIENTS = 1750
TODAY = date(2026, 6, 15)


def fill(clinic: SampleClinic, items: int, patients: int, groups: int) -> None:
    """Open items due today; the first patients have two each, the first groups two patients each."""
    stamp, clinic_id = to_ms(clinic.now), clinic.clinic_id
    with unit_of_work(clinic.database) as connection:
        connection.insert_many(
            "contact_group", [{"clinic_id": clinic_id, "created_at": stamp} for _ in range(groups)]
        )
        connection.insert_many(
            "patient",
            [
                {
                    "clinic_id": clinic_id,
                    "external_id": f"P{number}",
                    "group_id": number % groups + 1,
                    "name": "王小丽",
                    "pinyin": "wang xiaoli",
                    "language": "zh",
                    "lives_alone": False,
                    "legal_hold": False,
                    "created_at": stamp,
                    "updated_at": stamp,
                }
                for number in range(patients)
            ],
        )
        connection.insert_many(
            "phone",
            [
                {
                    "clinic_id": clinic_id,
                    "patient_id": number + 1,
                    "e164": f"+86138{number % groups:08}",
                    "kind": "mobile",
                    "rank": 1,
                    "status": "live",
                    "created_at": stamp,
                }
                for number in range(patients)
            ],
        )
        connection.insert_many(
            "item",
            [
                {
                    "clinic_id": clinic_id,
                    "patient_id": number % patients + 1,
                    "group_id": (number % patients) % groups + 1,
                    "kind": "milestone",
                    "milestone": "D7" if number < patients else "D30",
                    "flow": "d7",
                    "team": "customer_service",
                    "klass": "care",
                    "purpose": "care",
                    "language": "zh",
                    "due_on": TODAY,
                    "earliest_at": to_ms(local(TODAY, 8)),
                    "clinical_end_at": to_ms(local(TODAY, 21, 30)),
                    "state": "waiting",
                    "band": 6,
                    "tier": 6,
                    "deadline_at": stamp,
                    "next_change_at": to_ms(local(TODAY, 8)),
                    "lane_id": "team:customer_service:zh",
                    "passes_windows": False,
                    "policy_version": 0,
                    "clinician_requested": False,
                    "is_base": True,
                    "created_at": stamp,
                }
                for number in range(items)
            ],
        )


def test_eight_processes_claim_two_thousand_items_once_each(clinic: SampleClinic) -> None:
    fill(clinic, ITEMS, PATIENTS, GROUPS)
    assert drain(clinic.database, clinic.clinic_id, clinic.now) == ITEMS
    seats = [clinic.new_seat(login) for login in ("li", "anna", "he", "lead", "li", "anna", "he", "lead")]
    url = clinic.database.url
    clinic.database.close()
    spawn = multiprocessing.get_context("spawn")
    started = time.monotonic()
    workers = []
    for number, seat in enumerate(seats[:PROCESSES]):
        ours, theirs = spawn.Pipe(duplex=False)
        process = spawn.Process(target=claim_all, args=(seat, url, clinic.now, 7 + number, theirs))
        process.start()
        theirs.close()
        workers.append((process, ours))
    held: list[Held] = []
    for process, ours in workers:
        assert ours.poll(110), "a claiming process hangs"
        try:
            held += ours.recv()
        except EOFError:
            pytest.fail("a claiming process died")
        process.join(10)
        assert process.exitcode == 0
    seconds = time.monotonic() - started

    by_group: dict[int, list[Held]] = defaultdict(list)
    for one in held:
        by_group[one.group_id].append(one)
    twice = [
        (first, second)
        for ones in by_group.values()
        for first, second in zip(
            *(lambda s: (s, s[1:]))(sorted(ones, key=lambda one: one.since)), strict=False
        )
        if second.since < first.until
    ]
    assert twice == []
    closed = [item for one in held if not one.released for item in one.item_ids]
    assert sorted(closed) == list(range(1, ITEMS + 1)), "every item is closed by exactly one claim"
    assert clinic.rows("SELECT state, COUNT(*) AS n FROM item GROUP BY state") == [
        {"state": "done", "n": ITEMS}
    ]
    assert clinic.rows("SELECT * FROM contact_lease") == []
    assert clinic.count("contact") == len(held)
    print(f"{clinic.database.dialect}: {len(held)} claims in {seconds:.1f} s")


# --- leases, one statement at a time ---------------------------------------------------------------


@pytest.fixture
def leased(clinic: SampleClinic) -> tuple[SampleClinic, Holder, Holder, int]:
    """A clinic, two people, and a contact group."""
    world = QueueWorld(clinic)
    li, anna = clinic.seat("li"), clinic.seat("anna")
    return (
        clinic,
        Holder(clinic.clinic_id, li.staff_id, li.seat_id),
        Holder(clinic.clinic_id, anna.staff_id, anna.seat_id),
        world.group(),
    )


def test_a_group_is_leased_once_and_again_after_its_end(
    leased: tuple[SampleClinic, Holder, Holder, int],
) -> None:
    clinic, li, anna, group = leased
    with unit_of_work(clinic.database) as connection:
        token = claims.acquire(connection, li, group, None, 1000, 90)
        assert token is not None
        assert claims.acquire(connection, anna, group, None, 1089, 90) is None
        assert claims.acquire(connection, li, group, None, 1089, 90) is None
        other = claims.acquire(connection, anna, group, None, 1090, 90)
        assert other not in (None, token)
        with pytest.raises(StaleLease):
            claims.held(connection, clinic.clinic_id, group, token)
        assert claims.held(connection, clinic.clinic_id, group, other or 0)["staff_id"] == anna.staff_id


def test_a_begun_call_is_nobody_elses_after_its_end(leased: tuple[SampleClinic, Holder, Holder, int]) -> None:
    clinic, li, anna, group = leased
    there = (clinic.clinic_id, clinic.staff_ids["lead"], clinic.seat("lead").seat_id)
    soon = Holder(*there, is_lead=True, left_since=1089)
    late = Holder(*there, is_lead=True, left_since=1090)
    for taker, on_duty, allowed in (
        (anna, True, False),
        (anna, False, False),
        (li, True, True),
        (soon, True, False),
        (soon, False, True),
        (late, True, True),
    ):
        with unit_of_work(clinic.database) as connection:
            connection.execute("DELETE FROM contact_lease")
            staff.change(connection, clinic.clinic_id, li.staff_id, {"on_duty": on_duty})
            token = claims.acquire(connection, li, group, None, 1000, 90)
            assert token is not None
            claims.set_stage(connection, clinic.clinic_id, group, token, LeaseStage.CONNECTED, 1000, 90)
            assert claims.acquire(connection, taker, group, None, 2000, 90) is None
            (ended,) = claims.run_out(connection, clinic.clinic_id, 2000, 10)
            assert (ended.cut_off, ended.staff_id) == (True, li.staff_id)
            assert claims.held_by_others(connection, taker, group, 2000) is not allowed
            assert (claims.acquire(connection, taker, group, None, 2000, 90) is not None) is allowed


def test_an_owner_takes_her_call_over_at_another_seat(
    leased: tuple[SampleClinic, Holder, Holder, int],
) -> None:
    clinic, li, anna, group = leased
    seat = clinic.new_seat("li")
    there = Holder(clinic.clinic_id, seat.staff_id, seat.seat_id)
    with unit_of_work(clinic.database) as connection:
        token = claims.acquire(connection, li, group, None, 1000, 90)
        assert token is not None
        assert claims.take_over(connection, anna, group, token, 1010, 90) is None
        fresh = claims.take_over(connection, there, group, token, 1010, 90)
        assert fresh not in (None, token)
        with pytest.raises(StaleLease):
            claims.renew(connection, clinic.clinic_id, group, token, 1020, 90)


def test_the_policy_says_how_long_a_preview_lasts(clinic: SampleClinic) -> None:
    assert current(clinic.database, clinic.clinic_id).queue.preview_s == 90
