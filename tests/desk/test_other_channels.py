"""Contacts that are no telephone call: attempts with their channel, and what they may settle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.desk import calls, queue, scripts
from console.desk.judging import as_track
from console.scripts.select import select_flow
from db.enums import Channel, ItemClass
from db.errors import NotAllowed, StaleLease
from db.records import Answered, OtherContact
from tests.clinic import SampleClinic
from tests.desk.call_world import Person, World, gap

SAID = "微信回复：恢复很好，形态自然，没有不舒服，半年后再联系。"


@pytest.fixture
def world(clinic: SampleClinic, now: object) -> World:
    return World(clinic, clinic.now)


def refused(world: World, person: Person, contact: OtherContact) -> str:
    with pytest.raises(NotAllowed) as error:
        calls.note_other(world.seat(), person.id, contact, world.now)
    return error.value.code


def test_a_message_settles_a_routine_call_and_is_an_attempt_with_its_channel(world: World) -> None:
    person = world.person(day=90, milestone="D90", klass=ItemClass.ROUTINE)
    seat = world.seat()
    assert calls.settleable(seat, person.id, None, world.now) == ((person.item_id, "D90"),)
    done = OtherContact(Channel.WECOM, True, SAID, (person.item_id,))
    call_id = calls.note_other(seat, person.id, done, world.now)
    item = world.item(person.item_id)
    assert (item["state"], item["close_reason"]) == ("done", "by_wecom")
    (attempt,) = world.attempts(person)
    assert (attempt["channel"], attempt["result"], bool(attempt["counted"])) == ("wecom", "connected", False)
    assert (attempt["item_id"], attempt["phone_id"]) == (person.item_id, None)
    row = world.row("call", call_id)
    assert row["summary"] == f"[企业微信] 已回复：{SAID}" and row["outcome"] == "completed"
    audited = str(world.clinic.rows("SELECT fields, digests FROM audit WHERE action = 'contact.note'"))
    assert "contact" not in SAID and SAID not in audited
    assert world.clinic.count("contact_lease") == 0


def test_what_was_only_sent_is_no_talk(world: World) -> None:
    person = world.person(day=90, milestone="D90", klass=ItemClass.ROUTINE)
    seat, sent = world.seat(), OtherContact(Channel.SMS, False, "已提醒复诊")
    call_id = calls.note_other(seat, person.id, sent, world.now)
    assert world.row("call", call_id)["outcome"] == "partial"
    assert world.attempts(person)[0]["result"] == "no_answer"
    assert world.item(person.item_id)["state"] == "ready"
    assert [one.gate.code for one in queue.why_not(seat, person.id, world.now)] == ["in_order"]
    # Once she has answered, the routine call rests as after any talk.
    calls.note_other(seat, person.id, replace(sent, answered=True, words="她说一切都好"), world.now)
    answered = world.later(minutes=1)
    assert world.item(person.item_id)["state"] in ("ready", "waiting")
    later = world.another_item(person, "D180", days=0)
    assert [one.gate.code for one in queue.why_not(seat, person.id, answered) if one.id == later] == [
        "too_soon"
    ]


def test_safety_care_and_promises_are_settled_by_no_message(world: World) -> None:
    safety = world.person(day=2, milestone="D2", klass=ItemClass.SAFETY)
    care, other = world.person(), world.person(day=90, milestone="D90", klass=ItemClass.ROUTINE)
    for person in (safety, care):
        told = OtherContact(Channel.FACE_TO_FACE, True, SAID, (person.item_id,))
        assert refused(world, person, told) == "message_routine_only"
        assert world.item(person.item_id)["state"] == "ready"
        assert calls.settleable(world.seat(), person.id, None, world.now) == ()
    routine = OtherContact(Channel.WECOM, True, SAID, (other.item_id,))
    assert refused(world, care, routine) == "item_unknown"
    assert refused(world, other, replace(routine, words="好")) == "message_too_short"
    assert refused(world, other, replace(routine, channel=Channel.PHONE)) == "channel_is_phone"
    world.take(other, "anna")
    assert refused(world, other, routine) == "item_not_open"
    assert world.clinic.count("attempt") == 0 and world.clinic.count("call") == 0


def test_a_message_ends_the_contact_in_hand(world: World) -> None:
    person = world.person(day=90, milestone="D90", klass=ItemClass.ROUTINE)
    other = world.another_item(person, "UC2", klass=ItemClass.ROUTINE)
    seat = world.seat()
    claim = world.take(person)
    assert set(claim.item_ids) == {person.item_id, other}
    done = OtherContact(Channel.EMAIL, False, SAID, (person.item_id,))
    calls.note_other(seat, person.id, done, world.now, claim)
    assert world.clinic.count("contact_lease") == 0 and world.clinic.count("contact") == 1
    assert world.item(person.item_id)["close_reason"] == "by_email"
    assert world.item(other)["state"] == "ready"
    with pytest.raises(StaleLease):
        calls.note_other(seat, person.id, replace(done, settles=()), world.now, claim)


def signs(world: World, person: Person, claim: object) -> list[str]:
    """The danger signs of the talk-track that is read."""
    seat = world.seat()
    sheet = calls.open_call(seat, claim, world.now)  # type: ignore[arg-type]
    library, _release = scripts.active(seat, world.now)
    view = select_flow(library, as_track(sheet.treatments[0]), sheet.items[0].flow, str(seat.role))
    return [one.code for one in view.questions.values() if one.screening]


def test_a_safety_call_in_writing_needs_every_danger_sign_asked(world: World) -> None:
    person = world.person(day=2, milestone="D2", klass=ItemClass.SAFETY)
    seat = world.seat()
    claim = world.take(person)
    asked = signs(world, person, claim)
    assert len(asked) > 3
    claim = calls.begin_other(seat, claim, Channel.WECOM, world.now)
    assert world.attempts(person)[0]["channel"] == "wecom"
    assert world.clinic.rows("SELECT stage FROM contact_lease")[0]["stage"] == "connected"
    told = tuple(Answered(code, "no", world.now) for code in asked)
    form = world.form(answers=told[1:] + world.form().answers[1:], note="微信逐条问过")
    with pytest.raises(NotAllowed) as error:
        calls.save(seat, claim, form, "k1", world.now)
    assert gap(error.value) == "message_unasked"
    assert world.item(person.item_id)["state"] == "leased"
    whole = replace(form, answers=told + world.form().answers[1:])
    assert calls.save(seat, claim, whole, "k2", world.now).call_id
    assert world.item(person.item_id)["state"] == "done"


def test_another_way_begins_before_dialling_and_never_for_a_trainee(world: World) -> None:
    person = world.person()
    seat = world.seat()
    claim = world.take(person)
    with pytest.raises(NotAllowed) as error:
        calls.begin_other(seat, claim, Channel.PHONE, world.now)
    assert error.value.code == "channel_is_phone"
    started = calls.start_dial(seat, claim, person.phone_id, world.now)
    with pytest.raises(NotAllowed) as error:
        calls.begin_other(seat, started.claim, Channel.WECOM, world.now)
    assert error.value.code == "channel_after_dialling"
    assert [one["channel"] for one in world.attempts(person)] == ["phone"]
    assert world.clinic.rows("SELECT stage FROM contact_lease")[0]["stage"] == "dialling"


def test_messages_cost_no_dials(world: World) -> None:
    """Two texts leave the two dials of the day."""
    person = world.person()
    for _ in range(2):
        calls.note_other(
            world.seat(), person.id, OtherContact(Channel.SMS, False, "请回电"), world.later(minutes=1)
        )
    item = world.item(person.item_id)
    assert (item["attempts"], item["tries_today"], item["state"]) == (0, 0, "ready")
    assert world.now - world.clinic.now == timedelta(minutes=2)
