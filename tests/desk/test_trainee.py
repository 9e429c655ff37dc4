"""A trainee takes no call of a clinic, by whatever way: also of one that was made as a demo and took patients since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime

import pytest

from console.desk import calls, escalations, passing_on, patients, queue, reading, results, staff
from console.desk import sheet as sheets
from console.desk.seat import Seat
from db.connect import unit_of_work
from db.enums import Channel, Level, Role
from db.errors import NotAllowed
from db.records import FlagForm, OtherContact
from tests.clinic import SampleClinic
from tests.desk.call_world import World
from tests.desk.practice_world import trainee

CODES = {"role_may_not_call", "role_may_not_read", "trainee_never_dials"}
KEPT = ("contact", "attempt", "call", "escalation", "contact_lease", "item", "draft")


@pytest.mark.parametrize("demo", [False, True])
def test_a_trainee_takes_no_call_of_a_clinic(clinic: SampleClinic, now: datetime, demo: bool) -> None:
    """With every lane there is, and with a draft and a contact from before she was one."""
    world = World(clinic, now)
    person, other = world.person(), world.person("钱很短")
    caller = world.seat("anna")
    with unit_of_work(clinic.database) as connection:
        connection.changed("UPDATE clinic SET is_demo = :demo", {"demo": demo})
    begun = world.connected(other, "anna")
    calls.keep_draft(caller, begun, world.form(), now, at_once=True)
    seat: Seat = replace(trainee(clinic), lanes=caller.lanes, demo=demo, restricted_ok=True)
    hers = replace(caller, role=Role.TRAINEE, demo=demo)
    flag = FlagForm(Level.EMERGENCY, ("vision_loss",))
    written = OtherContact(channel=Channel.WECOM, answered=True, words="客户回复都好", settles=())
    ways: dict[str, Callable[[], object]] = {
        "next": lambda: queue.take_next(seat, now),
        "item": lambda: queue.take_item(seat, person.item_id, now),
        "incoming": lambda: calls.take_incoming(seat, person.id, person.e164, now),
        "unknown": lambda: calls.take_incoming(seat, None, "1", now),
        "written": lambda: calls.note_other(seat, person.id, written, now),
        "other channel": lambda: calls.begin_other(hers, begun, Channel.WECOM, now),
        "dial": lambda: calls.start_dial(hers, begun, other.phone_id, now),
        "sheet": lambda: sheets.open_call(hers, begun, now),
        "draft": lambda: calls.resume(hers, begun.contact_id, now),
        "flag": lambda: escalations.raise_flag(seat, None, flag, "k", now, patient_id=person.id),
        "flag of nobody": lambda: escalations.raise_flag(seat, None, flag, "l", now),
        "hand over": lambda: passing_on.hand_over(seat, person.item_id, None, "x", now),
        "file": lambda: patients.page(seat, person.id, now),
        "answers": lambda: results.over_time(seat, person.id, None, now),
        "call": lambda: reading.as_read(seat, 1, now),
    }
    before = {name: clinic.count(name) for name in KEPT}
    for name, way in ways.items():
        with pytest.raises(NotAllowed) as refused:
            way()
        assert refused.value.code in CODES, name
    assert {name: clinic.count(name) for name in KEPT} == before


def test_no_clinic_s_record_makes_a_seat_of_practice(clinic: SampleClinic, now: datetime) -> None:
    """Only the practice process says so: neither signing in nor another role does."""
    with unit_of_work(clinic.database) as connection:
        connection.changed("UPDATE clinic SET is_demo = :demo", {"demo": True})
    seat = clinic.signed_in("anna")
    assert seat.demo and not seat.practice
    assert not staff.switch_role(seat, Role.CONSULTANT, now).practice
    assert next(one for one in fields(Seat) if one.name == "practice").default is False
