"""Dialling: what each result does to the number, the items and the claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from console.desk import calls, escalations, tick
from console.desk.placing import place_patient
from console.rules.placement import place
from db import drain as cache
from db import patients
from db.connect import reading, unit_of_work
from db.enums import AttemptResult, ItemClass, Purpose
from db.errors import Conflict, NotAllowed, StaleLease
from db.instants import to_ms
from db.records import DialEnded
from tests.desk.call_world import Person, World


def dial(world: World, person: Person, result: AttemptResult, phone_id: int | None = None) -> DialEnded:
    """Claim, dial and end with a result."""
    seat = world.seat()
    claim = world.take(person)
    started = calls.start_dial(seat, claim, phone_id or person.phone_id, world.now)
    return calls.end_dial(seat, started.claim, started.attempt_id, result, world.now)


def beat(world: World) -> int:
    """One tick of the clock; the escalations it raised."""
    return tick.tick(world.clinic.database, world.clinic.clinic_id, world.now).unreached


def test_the_number_is_handed_over_audited_and_the_lease_moves(world: World) -> None:
    person = world.person()
    claim = world.take(person)
    started = calls.start_dial(world.seat(), claim, person.phone_id, world.now)
    assert started.e164 == person.e164
    lease = world.clinic.rows("SELECT * FROM contact_lease")[0]
    assert lease["stage"] == "dialling" and lease["expires_at"] == to_ms(started.claim.expires_at)
    actions = [one["action"] for one in world.clinic.rows("SELECT action FROM audit ORDER BY id")]
    assert actions[-1] == "number.dial"
    stored = " ".join(str(one) for one in world.clinic.rows("SELECT fields, digests FROM audit"))
    assert person.e164 not in stored


def test_no_answer_rests_and_gives_the_contact_back(world: World) -> None:
    person = world.person()
    ended = dial(world, person, AttemptResult.NO_ANSWER)
    assert not ended.keep and ended.items[0].state == "waiting"
    item = world.item(person.item_id)
    assert (item["attempts"], item["tries_today"]) == (1, 1)
    assert int(str(item["cooling_until"])) >= to_ms(world.now + timedelta(hours=2))
    assert world.clinic.count("contact_lease") == 0
    attempt = world.attempts(person)[0]
    assert (attempt["result"], bool(attempt["counted"])) == ("no_answer", True)
    assert world.clinic.rows("SELECT ended_at FROM contact")[0]["ended_at"] is not None


def test_busy_costs_nothing_three_times(world: World) -> None:
    person = world.person()
    for number in range(4):
        dial(world, person, AttemptResult.BUSY)
        item = world.item(person.item_id)
        assert item["attempts"] == (1 if number == 3 else 0)
        world.later(minutes=16)
        if number < 3:
            assert item["cooling_until"] == to_ms(world.now - timedelta(minutes=1))


def test_an_invalid_number_dies_and_another_is_tried_at_once(world: World) -> None:
    person = world.person()
    other = world.second_number(person)
    ended = dial(world, person, AttemptResult.INVALID_NUMBER)
    assert ended.keep and ended.next_phone_id == other
    assert world.row("phone", person.phone_id)["status"] == "dead"
    assert world.clinic.count("contact_lease") == 1
    assert len(world.items_of(person, "CONTACT_REPAIR")) == 1


def test_without_another_number_somebody_has_to_find_one(world: World) -> None:
    person = world.person()
    ended = dial(world, person, AttemptResult.INVALID_NUMBER)
    assert not ended.keep and ended.next_phone_id is None
    assert len(world.items_of(person, "CONTACT_REPAIR")) == 1
    assert world.item(person.item_id)["state"] == "waiting"
    with pytest.raises(NotAllowed) as refused:
        calls.start_dial(world.seat(), world.ring(person), person.phone_id, world.now)
    assert refused.value.code == "number_dead"


def test_a_relatives_number_is_asked_about_before_it_is_closed_for_her_too(world: World) -> None:
    first, second = world.person(), world.person("李静")
    world.clinic.database.connection().execute(
        "UPDATE phone SET e164 = :e WHERE id = :id", {"e": first.e164, "id": second.phone_id}
    )
    ended = dial(world, first, AttemptResult.INVALID_NUMBER)
    assert ended.shared_with == 1
    assert world.row("phone", second.phone_id)["status"] == "live"
    assert calls.close_number(world.seat(), first.phone_id, (second.id,), world.now) == 1
    assert world.row("phone", second.phone_id)["status"] == "dead"
    assert len(world.items_of(second, "CONTACT_REPAIR")) == 1


def test_a_suspended_number_waits_three_days(world: World) -> None:
    person = world.person()
    dial(world, person, AttemptResult.SUSPENDED)
    row = world.row("phone", person.phone_id)
    assert row["status"] == "suspended"
    assert int(str(row["suspended_until"])) > to_ms(world.now + timedelta(days=2))


def test_rejected_twice_is_the_leads(world: World) -> None:
    person = world.person()
    dial(world, person, AttemptResult.REJECTED)
    assert world.items_of(person, "LEAD_REVIEW") == []
    world.later(days=1)
    dial(world, person, AttemptResult.REJECTED)
    assert len(world.items_of(person, "LEAD_REVIEW")) == 1


def test_a_spent_budget_closes_as_unable_to_reach_with_an_item_for_the_lead(world: World) -> None:
    person = world.person(end_days=30)
    for _ in range(4):
        dial(world, person, AttemptResult.NO_ANSWER)
        world.later(days=1)
        if world.item(person.item_id)["state"] == "unable_to_reach":
            break
    item = world.item(person.item_id)
    assert (item["state"], item["attempts"]) == ("unable_to_reach", 4)
    assert len(world.items_of(person, "LEAD_REVIEW")) == 1


def test_the_evening_of_the_operation(world: World) -> None:
    world.now = datetime.fromisoformat("2026-06-15T19:10+08:00")
    person = world.person(day=0, milestone="D0", klass=ItemClass.SAFETY, end_days=0)
    dial(world, person, AttemptResult.NO_ANSWER)
    assert world.item(person.item_id)["cooling_until"] == to_ms(world.now + timedelta(minutes=15))
    assert beat(world) == 0
    world.later(minutes=16)
    dial(world, person, AttemptResult.NO_ANSWER)
    assert world.clinic.count("escalation") == 0
    # Nobody dials again: the clock alone makes the case at 20:15, once.
    world.now = datetime.fromisoformat("2026-06-15T20:15+08:00")
    assert beat(world) == 1
    world.later(minutes=1)
    assert beat(world) == 0
    row = world.clinic.rows("SELECT * FROM escalation")[0]
    assert (row["level"], row["flag"]) == ("SAME_DAY", "unreached_first_days")
    assert (row["patient_id"], row["procedure"], row["post_op_day"]) == (person.id, "upper_blepharoplasty", 0)


def test_a_dial_after_the_case_time_makes_the_case_itself(world: World) -> None:
    world.now = datetime.fromisoformat("2026-06-15T20:20+08:00")
    person = world.person(day=0, milestone="D0", klass=ItemClass.SAFETY, end_days=0)
    ended = dial(world, person, AttemptResult.NO_ANSWER)
    assert ended.escalation_id is not None
    assert world.clinic.rows("SELECT level FROM escalation")[0]["level"] == "SAME_DAY"
    assert beat(world) == 0


def test_the_contact_person_is_next_on_the_first_evening(world: World) -> None:
    world.now = datetime.fromisoformat("2026-06-15T19:00+08:00")
    person = world.person(day=0, milestone="D0", klass=ItemClass.SAFETY, end_days=0)
    husband = world.second_number(person, relation="丈夫")
    for _ in range(2):
        assert dial(world, person, AttemptResult.NO_ANSWER).next_phone_id is None
        world.later(minutes=15)
    third = dial(world, person, AttemptResult.NO_ANSWER)
    assert third.keep and third.next_phone_id == husband


def test_quiet_hours_are_for_red_flags_only(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    item = escalations.line_dropped(world.seat(), claim, world.now)
    calls.discard(world.seat(), claim.contact_id, world.now) if calls.my_drafts(
        world.seat(), world.now
    ) else None
    world.clinic.database.connection().execute("DELETE FROM contact_lease", {})
    world.clinic.database.connection().execute("UPDATE item SET state = 'ready' WHERE state = 'leased'", {})
    world.now = datetime.fromisoformat("2026-06-15T22:00+08:00")
    other = world.person("赵敏")
    with pytest.raises(NotAllowed) as refused:
        calls.start_dial(world.seat(), world.ring(other), other.phone_id, world.now)
    assert refused.value.code == "quiet_hours"
    assert item is not None
    red = world.take(replace(person, item_id=item))
    assert calls.start_dial(world.seat(), red, person.phone_id, world.now).attempt_id


def test_one_result_a_dial_and_only_by_the_holder(world: World) -> None:
    person, other = world.person(), world.person("赵敏")
    seat = world.seat()
    claim = world.take(person)
    with pytest.raises(NotAllowed) as refused:
        calls.start_dial(seat, claim, other.phone_id, world.now)
    assert refused.value.code == "number_not_hers"
    started = calls.start_dial(seat, claim, person.phone_id, world.now)
    calls.end_dial(seat, claim, started.attempt_id, AttemptResult.CONNECTED, world.now)
    with pytest.raises(Conflict):
        calls.end_dial(seat, claim, started.attempt_id, AttemptResult.NO_ANSWER, world.now)
    with pytest.raises(StaleLease):
        calls.start_dial(seat, replace(claim, token=1), person.phone_id, world.now)
    with pytest.raises(StaleLease):
        calls.end_dial(seat, replace(claim, token=1), started.attempt_id, AttemptResult.NO_ANSWER, world.now)


def test_what_was_said_before_a_missed_redial_stays_its_owners(world: World) -> None:
    person = world.person()
    seat, claim = world.seat(), world.connected(person)
    calls.keep_draft(seat, claim, world.form(note="half a call"), world.now)
    again = calls.start_dial(seat, claim, person.phone_id, world.later(minutes=1))
    ended = calls.end_dial(seat, claim, again.attempt_id, AttemptResult.NO_ANSWER, world.now)
    assert not ended.keep
    assert [one.status for one in calls.my_drafts(seat, world.now)] == ["late"]
    saved = calls.file_late(seat, claim.contact_id, "late", world.now)
    assert saved.late and world.calls()[0]["note"] == "half a call"


def test_a_number_is_closed_for_everybody_who_has_it(world: World) -> None:
    person, sister, niece = world.person(), world.person("王大丽"), world.person("王小妹")
    for one in (sister, niece):
        world.clinic.database.connection().execute(
            "UPDATE phone SET e164 = :e WHERE id = :i", {"e": person.e164, "i": one.phone_id}
        )
    assert calls.close_number(world.seat(), person.phone_id, None, world.now) == 2
    assert world.row("phone", niece.phone_id)["status"] == "dead"


def stale(world: World, person: Person) -> list[object]:
    """The patient's open items whose stored place is not what the rule says."""
    policy, clinic = world.seat().policy, world.clinic
    with reading(clinic.database) as connection:
        ids = cache.open_items(connection, clinic.clinic_id, (person.id,))
        facts = cache.facts(connection, clinic.clinic_id, ids, to_ms(world.now))
    found: list[object] = []
    for one in facts:
        row, wanted = world.item(one.id), place(one, policy, world.now)
        stored = (row["state"], row["lane_id"], row["band"], row["deadline_at"])
        if stored != (wanted.state, wanted.lane_id, wanted.band, to_ms(wanted.deadline_at)):
            found.append((row["milestone"], stored))
    return found


@pytest.mark.parametrize(
    "result",
    [AttemptResult.SUSPENDED, AttemptResult.INVALID_NUMBER, AttemptResult.NO_ANSWER, AttemptResult.REJECTED],
)
def test_every_place_of_the_patient_is_right_after_a_dial(world: World, result: AttemptResult) -> None:
    """Another number, another case: what changes about her concerns the calls nobody has in hand too."""
    person = world.person(day=1, milestone="D1", klass=ItemClass.SAFETY, end_days=0)
    for days in (3, 0):
        world.another_item(person, f"D{90 + days}", days=days)
    offer = world.another_item(person, "BIRTHDAY", purpose=Purpose.MARKETING)
    world.later(hours=5)
    assert result is not AttemptResult.NO_ANSWER or world.later(minutes=50)
    dial(world, person, result)
    assert stale(world, person) == []
    assert world.item(offer)["state"] == "waiting"


def test_an_offer_goes_on_when_the_last_call_of_her_care_has_lapsed(world: World) -> None:
    person = world.person(end_days=0)
    offer = world.another_item(person, "BIRTHDAY", purpose=Purpose.MARKETING)
    with unit_of_work(world.clinic.database) as connection:
        patients.add_consent(
            connection, world.clinic.clinic_id, person.id, Purpose.MARKETING, True, "phone", None, 1
        )
        place_patient(connection, world.clinic.clinic_id, person.id, world.seat().policy, world.now)
    assert world.item(offer)["state"] == "waiting"
    world.later(days=1)
    beat(world)
    assert world.item(person.item_id)["state"] == "lapsed"
    assert world.item(offer)["state"] == "ready" and stale(world, person) == []
