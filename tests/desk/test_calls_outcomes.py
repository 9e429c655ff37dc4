"""How a saved call ended: promises, somebody else on the line, wrong people, not today, no more calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from console.desk import calls, claiming, escalations
from db.enums import (
    CallOutcome,
    ItemClass,
    Purpose,
    SpokeTo,
)
from db.errors import NotAllowed
from db.instants import to_ms
from db.records import PromiseMade
from tests.desk.call_world import World, gap


def test_partial_keeps_the_item_and_lets_it_rest(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    calls.save(world.seat(), claim, world.form(outcome=CallOutcome.PARTIAL, note="断线"), "k", world.now)
    item = world.item(person.item_id)
    assert item["state"] == "waiting"
    assert item["cooling_until"] == to_ms(world.now + timedelta(minutes=120))


def test_an_agreed_callback_makes_a_promise(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    at = world.now + timedelta(hours=4, minutes=30)
    with pytest.raises(NotAllowed) as refused:
        calls.save(world.seat(), claim, world.form(outcome=CallOutcome.CALLBACK_AGREED), "k", world.now)
    assert gap(refused.value) == "promise_missing"
    form = world.form(outcome=CallOutcome.CALLBACK_AGREED, promise=PromiseMade(at, True, "问拆线"))
    calls.save(world.seat(), claim, form, "k", world.now)
    promise = world.clinic.rows("SELECT * FROM promise")[0]
    assert (promise["at"], promise["mine_staff_id"], promise["status"]) == (
        to_ms(at),
        world.seat().staff_id,
        "open",
    )
    item = world.item(person.item_id)
    assert (item["promise_at"], item["state"]) == (to_ms(at), "waiting")
    # The call at that time keeps it.
    world.now = at
    claim = world.connected(person)
    calls.save(world.seat(), claim, world.form(), "k2", world.now)
    assert world.clinic.rows("SELECT status FROM promise")[0]["status"] == "kept"
    assert world.item(person.item_id)["state"] == "done"


def test_a_completed_call_with_a_promise_makes_an_item_of_its_own(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    at = world.now + timedelta(days=1)
    saved = calls.save(world.seat(), claim, world.form(promise=PromiseMade(at, False, "")), "k", world.now)
    made = world.items_of(person, "PROMISE")
    assert [one.item_id for one in saved.added] == [made[0]["id"]]
    assert made[0]["kind"] == "promise" and made[0]["promise_at"] == to_ms(at)
    assert world.item(person.item_id)["state"] == "done"


def test_no_promise_in_the_past_or_beyond_a_safety_calls_end(world: World) -> None:
    person = world.person(day=2, milestone="D2", klass=ItemClass.SAFETY, end_days=1)
    claim = world.connected(person)
    for at, code in (
        (world.now - timedelta(minutes=1), "promise_past"),
        (world.now + timedelta(days=3), "promise_beyond_end"),
    ):
        form = world.form(outcome=CallOutcome.CALLBACK_AGREED, promise=PromiseMade(at, False, ""))
        reasons = calls.check(world.seat(), claim, form, world.now)
        assert [(one.code, one.params["field"]) for one in reasons] == [(code, "promise")]


def test_a_proxy_hears_nothing_clinical_and_the_item_stays(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    husband = world.companion(person)
    form = world.form(spoke_to=SpokeTo.PROXY, contact_person_id=husband, identity=())
    with pytest.raises(NotAllowed) as refused:
        calls.save(world.seat(), claim, form, "k", world.now)
    assert gap(refused.value) == "proxy_may_not_hear"
    form = replace(form, outcome=CallOutcome.PROXY_REACHED, answers=())
    saved = calls.save(world.seat(), claim, form, "k", world.now)
    item = world.item(person.item_id)
    assert item["state"] == "waiting" and item["attempts"] == 1
    assert int(str(item["cooling_until"])) >= to_ms(world.now + timedelta(minutes=120))
    assert "丈夫" in saved.summary or "husband" in saved.summary


def test_a_guardian_or_one_with_consent_may_hear(world: World) -> None:
    for values in ({"guardian": True}, {"may_hear_clinical": True, "consent_at": to_ms(world.now)}):
        person = world.person()
        claim = world.connected(person)
        mother = world.companion(person, "母亲", **values)
        form = world.form(spoke_to=SpokeTo.PROXY, contact_person_id=mother, identity=())
        assert calls.check(world.seat(), claim, form, world.now) == ()
        calls.save(world.seat(), claim, form, f"k{mother}", world.now)
        assert world.item(person.item_id)["state"] == "done"
    # Consent that was never given counts for nothing.
    person = world.person()
    claim = world.connected(person)
    sister = world.companion(person, "姐姐", may_hear_clinical=True)
    form = world.form(spoke_to=SpokeTo.PROXY, contact_person_id=sister, identity=())
    assert [one.code for one in calls.check(world.seat(), claim, form, world.now)] == ["proxy_may_not_hear"]


def test_a_wrong_person_kills_the_number_and_asks_for_another(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    form = world.form(outcome=CallOutcome.WRONG_PERSON, spoke_to=SpokeTo.UNKNOWN, identity=())
    calls.save(world.seat(), claim, form, "k", world.now)
    assert world.row("phone", person.phone_id)["status"] == "dead"
    repair = world.items_of(person, "CONTACT_REPAIR")
    assert len(repair) == 1 and repair[0]["state"] == "ready"
    item = world.item(person.item_id)
    assert item["state"] == "waiting"
    answers = world.clinic.rows("SELECT superseded_at, correction_reason FROM answer")
    assert all(one["correction_reason"] == "wrong_person" for one in answers)
    assert world.clinic.count("observation") == 0


def test_with_a_second_number_the_item_goes_on(world: World) -> None:
    person = world.person()
    world.second_number(person)
    claim = world.connected(person)
    form = world.form(outcome=CallOutcome.WRONG_PERSON, spoke_to=SpokeTo.UNKNOWN, answers=(), identity=())
    calls.save(world.seat(), claim, form, "k", world.now)
    assert len(world.items_of(person, "CONTACT_REPAIR")) == 1
    assert world.item(person.item_id)["state"] == "ready"


def test_declined_today_rests_until_tomorrow(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    form = world.form(outcome=CallOutcome.DECLINED_TODAY, answers=(), identity=())
    calls.save(world.seat(), claim, form, "k", world.now)
    item = world.item(person.item_id)
    assert item["state"] == "waiting"
    assert item["cooling_until"] == to_ms(datetime.fromisoformat("2026-06-16T08:00+08:00"))


def test_a_safety_call_declined_on_its_last_day_goes_to_the_lead(world: World) -> None:
    person = world.person(day=1, milestone="D1", klass=ItemClass.SAFETY, end_days=0)
    claim = world.connected(person)
    form = world.form(outcome=CallOutcome.DECLINED_TODAY, answers=(), identity=())
    calls.save(world.seat(), claim, form, "k", world.now)
    assert [one["lane_id"] for one in world.items_of(person, "LEAD_REVIEW")] == ["lead"]


def test_opting_out_is_per_purpose_and_leaves_the_safety_call(world: World) -> None:
    person = world.person(milestone="SAT", purpose=Purpose.SURVEY, klass=ItemClass.ROUTINE)
    later = world.another_item(person, "D90", purpose=Purpose.SURVEY, days=40)
    safety = world.another_item(person, "D2", klass=ItemClass.SAFETY, days=3)
    claim = world.connected(person)
    form = world.form(outcome=CallOutcome.OPTED_OUT, answers=(), identity=())
    assert [one.code for one in calls.check(world.seat(), claim, form, world.now)] == [
        "opt_out_purpose_missing"
    ]
    form = replace(form, opt_out=(Purpose.SURVEY,))
    calls.save(world.seat(), claim, form, "k", world.now)
    assert [world.item(one)["state"] for one in (person.item_id, later)] == ["cancelled", "cancelled"]
    assert world.item(safety)["state"] == "waiting"
    consent = world.clinic.rows("SELECT purpose, given, how FROM consent_event")
    assert [(one["purpose"], bool(one["given"]), one["how"]) for one in consent] == [
        ("survey", False, "phone")
    ]


def test_refusing_care_calls_leaves_safety_red_flags_and_the_leads_decision(world: World) -> None:
    person = world.person()
    safety = world.another_item(person, "D2", klass=ItemClass.SAFETY)
    care = world.another_item(person, "D30", klass=ItemClass.CARE, days=20)
    claim = world.connected(person)
    assert safety in claim.item_ids
    form = world.form(
        outcome=CallOutcome.OPTED_OUT, answers=(), identity=(), opt_out=(Purpose.CARE,), note="不想再接"
    )
    calls.save(world.seat(), claim, form, "k", world.now)
    states = {one: world.item(one)["state"] for one in (person.item_id, safety, care)}
    assert states == {person.item_id: "cancelled", safety: "waiting", care: "cancelled"}
    assert world.item(safety)["cooling_until"] is not None
    assert [one["state"] for one in world.items_of(person, "LEAD_REVIEW")] == ["ready"]
    # A clinician who has to reach her still can.
    red = escalations.call_now(world.seat("chen"), person.id, None, "核对用药", world.now)
    assert world.item(red)["state"] == "ready"
    world.later(days=1)
    assert claiming.take_item(world.seat(), red, world.now).item_ids[0] == red
