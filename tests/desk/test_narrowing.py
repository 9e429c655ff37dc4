"""A narrowed queue is a part of the queue; what colleagues work on is shown, and by whom; what is due is marked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from console.desk import narrowing, queue
from console.desk.restricted import RESTRICTED, restricted_codes
from db import narrow
from db.connect import reading, unit_of_work
from db.enums import ItemClass, LeaseStage, Role, Tier
from db.instants import to_ms
from db.queue_records import ANYONE, QueueFilter, QueueRow
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld, local

TODAY = date(2026, 6, 15)
PROCEDURES = ("liposuction", "upper_blepharoplasty", "labiaplasty")


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    """Twenty-four patients over three tiers, two teams, three procedures; some calls are somebody's own."""
    world = QueueWorld(clinic)
    mine = clinic.staff_ids["li"]
    for number, (klass, team, procedure, owner) in enumerate(
        product(
            (ItemClass.SAFETY, ItemClass.ROUTINE),
            ("customer_service", "on_site_consultant"),
            PROCEDURES,
            (None, mine),
        )
    ):
        patient = world.patient(f"王{number}")
        treatment = world.treatment(patient, procedure, TODAY - timedelta(days=7))
        own = {} if owner is None else {"owner_staff_id": owner}
        world.item(patient, "D7", klass, team=team, treatment_id=treatment, **own)
    return world


def everybody(world: QueueWorld, login: str = "lead") -> tuple[QueueRow, ...]:
    """The whole list of a seat."""
    rows = queue.page(world.clinic.seat(login), world.clinic.now, None, 100)
    assert rows
    return rows


def test_a_narrowed_list_is_what_matches_of_the_list_in_its_order(world: QueueWorld) -> None:
    seat, now = world.clinic.seat("li"), world.clinic.now
    rows = everybody(world, "li")
    mine = {
        int(str(row["id"]))
        for row in world.clinic.rows("SELECT id FROM item WHERE owner_staff_id IS NOT NULL")
    }
    tests = {
        QueueFilter(tier=Tier.SAFETY): lambda row: row.tier is Tier.SAFETY,
        QueueFilter(team="on_site_consultant"): lambda row: row.team == "on_site_consultant",
        QueueFilter(procedure="liposuction"): lambda row: row.procedure == "liposuction",
        QueueFilter(owner=seat.staff_id): lambda row: row.id in mine,
        QueueFilter(owner=ANYONE): lambda row: row.id not in mine,
        QueueFilter("customer_service", Tier.ROUTINE, "liposuction", ANYONE): lambda row: (
            (row.team, row.tier, row.procedure) == ("customer_service", Tier.ROUTINE, "liposuction")
            and row.id not in mine
        ),
    }
    for only, matches in tests.items():
        wanted = [row.id for row in rows if matches(row)]
        assert wanted, only
        got = queue.narrowed(seat, now, only)
        assert [row.id for row in got.rows] == wanted, only
        assert (got.go_on, got.looked) == (None, False)


def test_it_goes_on_where_it_stopped_and_never_looks_at_more(
    world: QueueWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat, now = world.clinic.seat("li"), world.clinic.now
    only = QueueFilter(procedure="liposuction")
    whole = [row.id for row in queue.narrowed(seat, now, only).rows]
    first = queue.narrowed(seat, now, only, None, 2)
    assert len(first.rows) == 2 and first.go_on == first.rows[-1].key and not first.looked
    monkeypatch.setattr(narrow.matching, "__defaults__", (*narrow.matching.__defaults__[:-1], 3))
    # One read looks at several stretches, so that what is rare is not said to be missing.
    monkeypatch.setattr(narrowing, "STRETCHES", 100)
    assert [row.id for row in queue.narrowed(seat, now, only).rows] == whole
    monkeypatch.setattr(narrowing, "STRETCHES", 1)
    found: list[int] = []
    after, stretches = None, 0
    while True:
        part = queue.narrowed(seat, now, only, after)
        assert len(part.rows) <= 3
        found += [row.id for row in part.rows]
        stretches += 1
        if part.go_on is None:
            break
        assert part.looked and (after is None or part.go_on > after)
        after = part.go_on
    assert found == whole and stretches == len(everybody(world, "li")) // 3 + 1


def test_narrowing_changes_nothing_about_whom_enter_takes(world: QueueWorld) -> None:
    first = everybody(world, "li")[0]
    seat, now = world.clinic.seat("li"), world.clinic.now
    only = QueueFilter(tier=Tier.ROUTINE)
    assert first.id not in {row.id for row in queue.narrowed(seat, now, only).rows}
    claim = queue.take_next(seat, now)
    assert claim is not None and claim.item_id == first.id


def test_asking_does_not_tell_which_intimate_procedure_it_was(world: QueueWorld) -> None:
    seat, now = world.clinic.seat("li"), world.clinic.now
    assert not seat.restricted_ok and "labiaplasty" in restricted_codes()
    other = next(code for code in sorted(restricted_codes()) if code != "labiaplasty")
    named = queue.narrowed(seat, now, QueueFilter(procedure="labiaplasty")).rows
    assert named and {row.procedure for row in named} == {RESTRICTED}
    assert queue.narrowed(seat, now, QueueFilter(procedure=other)).rows == named
    offered = queue.choices(seat, now).procedures
    assert RESTRICTED in offered and not restricted_codes() & set(offered)
    cleared = replace(seat, restricted_ok=True)
    assert queue.narrowed(cleared, now, QueueFilter(procedure=other)).rows == ()
    assert "labiaplasty" in queue.choices(cleared, now).procedures


def test_what_a_colleague_takes_dials_and_gives_back_shows_on_other_seats_only(world: QueueWorld) -> None:
    clinic, now = world.clinic, world.clinic.now
    li, anna = clinic.seat("li"), clinic.seat("anna")
    claim = queue.take_next(anna, now)
    assert claim is not None and claim.item_id is not None
    assert queue.held(anna, now) == ()
    (row,) = queue.held(li, now)
    assert (row.id, row.held_by, row.talking, row.takeable) == (claim.item_id, "Anna", False, False)
    assert row.patient == "王*" and row.id not in {one.id for one in everybody(world, "li")}
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE contact_lease SET stage = :stage", {"stage": LeaseStage.DIALLING})
    assert queue.held(li, now)[0].talking
    # At another seat of hers it is her own, and not a colleague's.
    assert [row.mine for row in queue.held(clinic.new_seat("anna"), now)] == [True]
    assert not queue.held(li, now)[0].mine
    assert queue.held(li, now, QueueFilter(tier=row.tier, team=row.team)) == queue.held(li, now)
    assert queue.held(li, now, QueueFilter(tier=Tier.ROUTINE)) == ()
    queue.release(anna, claim, now)
    assert queue.held(li, now) == ()
    assert claim.item_id in {one.id for one in everybody(world, "li")}


def test_a_lease_that_ran_out_or_was_cut_off_is_nobodys_work(world: QueueWorld) -> None:
    clinic, now = world.clinic, world.clinic.now
    assert queue.take_next(clinic.seat("anna"), now) is not None
    assert queue.held(clinic.seat("li"), now + timedelta(minutes=10)) == ()
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE contact_lease SET stage = :stage", {"stage": LeaseStage.CUT_OFF})
    assert queue.held(clinic.seat("li"), now) == ()


def test_a_large_team_does_not_fill_the_list(world: QueueWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowing, "HELD_SHOWN", 3)
    clinic, now = world.clinic, world.clinic.now
    taken = [queue.take_next(clinic.new_seat("anna"), now + timedelta(seconds=n)) for n in range(5)]
    newest = {claim.item_id for claim in taken[2:] if claim is not None}
    assert {row.id for row in queue.held(clinic.seat("li"), now + timedelta(seconds=9))} == newest


def test_owners_are_those_whose_own_calls_may_stand_in_the_list(world: QueueWorld) -> None:
    clinic, now = world.clinic, world.clinic.now
    anna = clinic.seat("anna")
    assert queue.choices(anna, now).owners == ((anna.staff_id, "Anna"),)
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE staff SET on_duty = FALSE WHERE login = 'li'")
    lead = clinic.seat("lead", Role.LEAD)
    owners = queue.choices(lead, now).owners
    assert owners == ((lead.staff_id, lead.name), (clinic.staff_ids["li"], "李敏"))
    own = queue.narrowed(lead, now, QueueFilter(owner=clinic.staff_ids["li"])).rows
    assert own and {row.id for row in own} == {
        row["id"]
        for row in clinic.rows("SELECT id FROM item WHERE owner_staff_id IS NOT NULL AND state = 'ready'")
    } & {row.id for row in everybody(world)}


def test_due_is_what_its_day_or_agreed_time_has_come_for(clinic: SampleClinic) -> None:
    world = QueueWorld(clinic)
    today = world.item(world.patient("今"), "D7", due=TODAY)
    early = world.item(world.patient("早"), "D14", due=TODAY + timedelta(days=2), earliest=local(TODAY, 8))
    late = world.item(world.patient("迟"), "D7", due=TODAY - timedelta(days=1))
    promised = world.item(world.patient("约"), "D7", due=TODAY)
    agreed = clinic.now + timedelta(minutes=3)
    with unit_of_work(clinic.database) as connection:
        connection.execute(
            "UPDATE item SET promise_at = :at, state = 'waiting', next_change_at = 1 WHERE id = :id",
            {"at": to_ms(agreed), "id": promised},
        )
    seat = clinic.seat()
    due = {row.id: row.due for row in queue.page(seat, clinic.now)}
    assert due == {today: True, early: False, late: True, promised: False}
    assert {row.id: row.due for row in queue.page(seat, agreed)}[promised]
    assert [row.promise_at for row in queue.page(seat, agreed) if row.id == promised] == [agreed]
    # With the window closed only what the patient asked for is to be called now.
    evening = queue.page(seat, clinic.now.replace(hour=10))
    assert {row.id for row in evening if row.due} == {promised} and len(evening) == 4


def test_nothing_is_read_for_a_person_who_is_offered_nothing(world: QueueWorld) -> None:
    seat = replace(world.clinic.seat("li"), lanes=())
    assert queue.narrowed(seat, world.clinic.now, QueueFilter(tier=Tier.SAFETY)).rows == ()
    assert queue.held(seat, world.clinic.now) == ()
    with reading(world.clinic.database) as connection:
        assert connection.execute("SELECT id FROM item LIMIT 1")
