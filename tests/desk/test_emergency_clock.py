"""Who stops the clock of an emergency, and what a clinician reports of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.desk import escalations, reporting
from console.desk import policy as policies
from db.connect import unit_of_work
from db.enums import DutyKind, EscalationStatus, Level
from db.errors import AlreadyTaken, NotAllowed
from db.instants import to_ms
from tests.desk.call_world import World
from tests.desk.escalation_steps import flag, story


def roster(world: World, *people: tuple[str, str | None]) -> None:
    """Puts these people on call around the clock, by name and login."""
    listed = ", ".join(
        f'{{order = {number}, name = "{name}", phone = "+8613800000{number:03d}", role = "doctor"'
        + (f', staff = "{login}"}}' if login else "}")
        for number, (name, login) in enumerate(people, start=1)
    )
    rows = (
        f'\nrows = [{{from = "2026-06-01", to = "2026-06-30", hours = "00:00-24:00", people = [{listed}]}}]'
    )
    text = policies.document(world.clinic.database, world.clinic.clinic_id).replace("\nrows = []", rows)
    with unit_of_work(world.clinic.database) as connection:
        policies.store(connection, world.clinic.clinic_id, text, None, world.now)
    world.clinic._seats.clear()


def emergency(world: World) -> int:
    """An EMERGENCY nobody has acted on."""
    return flag(world, world.connected(world.person()), Level.EMERGENCY).escalation.id


def test_only_a_clinician_or_who_is_on_call_stops_an_emergencys_clock(world: World) -> None:
    roster(world, ("刘医生", None), ("Anna", "anna"))
    case = emergency(world)
    lead = world.seat("lead")
    for refused in (
        lambda: escalations.acknowledge(lead, case, world.now),
        lambda: escalations.contacted(lead, case, "", world.now),
        lambda: escalations.resolve(lead, case, "a", "b", "c", world.now),
    ):
        with pytest.raises(NotAllowed) as caught:
            refused()
        assert caught.value.code == "emergency_by_on_call"
    # Neither does having told somebody, nor being given it.
    escalations.told(world.seat(), case, "刘医生", world.now)
    escalations.assign(lead, case, lead.staff_id, world.now)
    row = world.row("escalation", case)
    assert (row["acknowledged_at"], row["next_clock_at"]) == (None, to_ms(world.now + timedelta(minutes=5)))
    # Anna is no clinician, but on call.
    escalations.assign(lead, case, world.seat("anna").staff_id, world.now)
    assert escalations.acknowledge(world.seat("anna"), case, world.now).acknowledged_at == world.now


def test_a_clinician_who_is_not_on_call_stops_it_too(world: World) -> None:
    roster(world, ("刘医生", None))
    assert escalations.acknowledge(world.seat("he"), emergency(world), world.now).acknowledged_at == world.now


def test_whoever_is_on_call_takes_it_over_by_telephone(world: World) -> None:
    roster(world, ("刘医生", None), ("何护士", "he"))
    case = emergency(world)
    for name in ("王主管", "李敏", "某人"):
        with pytest.raises(NotAllowed) as caught:
            escalations.answered(world.seat(), case, name, world.now)
        assert caught.value.code == "answered_by_on_call"
    card = escalations.answered(world.seat(), case, "刘医生", world.later(minutes=1))
    assert (card.status, card.acknowledged_at, card.told_who, card.told_by, card.owner) == (
        EscalationStatus.ACKNOWLEDGED,
        world.now,
        "刘医生",
        "李敏",
        None,
    )
    event = world.clinic.rows("SELECT * FROM escalation_event WHERE kind = 'answered'")[0]
    assert (event["after"], event["staff_id"]) == ("刘医生", world.clinic.staff_ids["li"])
    with pytest.raises(AlreadyTaken):
        escalations.answered(world.seat(), case, "何护士", world.now)


def test_with_nobody_on_call_the_lead_stops_it(world: World) -> None:
    assert escalations.acknowledge(world.seat("lead"), emergency(world), world.now).owner == "王主管"


def test_what_becomes_an_emergency_is_taken_up_anew(world: World) -> None:
    roster(world, ("刘医生", None))
    card = flag(world, world.connected(world.person()), Level.SAME_DAY).escalation
    escalations.acknowledge(world.seat("lead"), card.id, world.now)
    worse = escalations.raise_level(world.seat(), card.id, Level.EMERGENCY, "更糟了", world.later(minutes=10))
    assert (worse.status, worse.acknowledged_at, worse.owner) == (EscalationStatus.NEW, None, "王主管")
    assert worse.next_clock == world.now + timedelta(minutes=5)
    # A doctor who has it and finds it worse need not take it up twice.
    other = flag(world, world.connected(world.person("赵敏"), "anna"), Level.SAME_DAY, "k").escalation
    escalations.acknowledge(world.seat("chen"), other.id, world.now)
    again = escalations.raise_level(world.seat("chen"), other.id, Level.EMERGENCY, "看过", world.now)
    assert (again.status, again.acknowledged_at) == (EscalationStatus.ACKNOWLEDGED, world.now)


def test_a_clinician_decides_what_is_reported_and_each_decision_stays(world: World) -> None:
    case = flag(world, world.connected(world.person()), Level.SAME_DAY).escalation
    doctor, event = world.seat("chen"), DutyKind.DEVICE_EVENT
    with pytest.raises(NotAllowed) as caught:
        reporting.flag(world.seat("lead"), case.id, event, "serious", "断裂", world.now)
    assert caught.value.code == "report_by_clinician"
    for category, reason in (("mild", "断裂"), ("serious", " ")):
        with pytest.raises(NotAllowed):
            reporting.flag(doctor, case.id, event, category, reason, world.now)
    (first,) = reporting.flag(doctor, case.id, event, "serious", "假体破裂", world.later(hours=1))
    assert first.due_at == case.raised_at + timedelta(days=20) and not first.late
    old, new = reporting.flag(doctor, case.id, event, "group", "第二例", world.later(hours=1))
    assert (old.replaced_at, new.due_at) == (world.now, case.raised_at + timedelta(hours=12))
    assert reporting.owed(world.clinic.database, doctor.clinic_id) == ((case.id, event, new.due_at),)
    # Late from its instant on, marked once; a report made late is still a report made.
    database, clinic_id = world.clinic.database, doctor.clinic_id
    assert reporting.overdue(database, clinic_id, new.due_at - timedelta(milliseconds=1)) == 0
    assert reporting.overdue(database, clinic_id, new.due_at) == 1
    assert reporting.overdue(database, clinic_id, new.due_at) == 0
    with pytest.raises(NotAllowed):
        reporting.reported(world.seat("lead"), case.id, old.id, "x", world.now)
    done = reporting.reported(world.seat("lead"), case.id, new.id, "系统 0815", world.later(hours=13))[-1]
    assert (done.reported_by, done.reported_to, done.late) == ("王主管", "系统 0815", True)
    assert reporting.owed(database, clinic_id) == ()
    assert story(world, case.id)[-4:] == ["device_event", "device_event", "report_late", "reported"]
