"""What the model has found, each as the few steps it comes down to."""

from __future__ import annotations

from datetime import datetime

import pytest

from console.desk import calls, queue
from db.enums import AttemptResult, CallOutcome
from tests.clinic import SampleClinic
from tests.desk.call_world import Person, World


@pytest.fixture
def world(clinic: SampleClinic, now: datetime) -> World:
    """The sample clinic, Monday 14:35."""
    return World(clinic, now)


def cut_off(world: World, person: Person) -> None:
    """Sixteen minutes without a heartbeat, and a colleague looks."""
    world.later(minutes=16)
    queue.drain(world.clinic.database, world.clinic.clinic_id, world.now)
    item = world.item(person.item_id)
    assert (item["state"], item["owner_staff_id"]) == ("ready", world.clinic.staff_ids["li"])


def test_a_dial_that_goes_on_after_it_was_cut_off_stands_in_nobodys_queue(world: World) -> None:
    person = world.person()
    seat = world.seat()
    claim = world.take(person)
    dial = calls.start_dial(seat, claim, person.phone_id, world.now)
    cut_off(world, person)
    calls.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.CONNECTED, world.now)
    item = world.item(person.item_id)
    assert (item["state"], item["owner_staff_id"]) == ("leased", None)


def test_a_new_dial_after_the_cut_stands_in_nobodys_queue(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    cut_off(world, person)
    calls.start_dial(world.seat(), claim, person.phone_id, world.now)
    assert world.item(person.item_id)["state"] == "leased"


def test_a_save_after_the_cut_leaves_the_call_to_everybody(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    cut_off(world, person)
    calls.save(
        world.seat(), claim, world.form(outcome=CallOutcome.PARTIAL, note="线路断了没有说完"), "k", world.now
    )
    item = world.item(person.item_id)
    assert item["owner_staff_id"] is None and not str(item["lane_id"]).startswith("own:")
