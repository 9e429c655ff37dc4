"""Red flags that must stand whatever a screen, a repeat or a late draft does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.desk import calls, escalations, queue
from db.enums import AttemptResult, CallOutcome, Level, Purpose
from db.errors import NotAllowed
from db.instants import to_ms
from db.records import Answered, FlagForm, PromiseMade
from tests.desk.call_world import World, known


def test_a_flag_has_at_least_the_level_the_talk_track_gives_it(world: World) -> None:
    claim = world.connected(world.person())
    form = FlagForm(level=Level.URGENT, flags=("vision_loss",))
    raised = escalations.raise_flag(world.seat(), claim, form, "f", world.now)
    assert raised.escalation.level is Level.EMERGENCY
    assert raised.escalation.contact_by <= world.now + timedelta(minutes=5)


def test_a_flag_that_joins_has_its_level_too(world: World) -> None:
    claim = world.connected(world.person())
    seat = world.seat()
    escalations.raise_flag(seat, claim, FlagForm(level=Level.URGENT, flags=("trend_worse",)), "a", world.now)
    form = FlagForm(level=Level.URGENT, flags=("vision_loss",))
    raised = escalations.raise_flag(seat, claim, form, "b", world.now)
    assert raised.escalation.level is Level.EMERGENCY


def test_a_refused_save_does_not_swallow_the_flag_of_the_next_try(world: World) -> None:
    claim = world.connected(world.person())
    first = world.form(answers=(world.answer("breathing_hard", "yes"),), identity=())
    with pytest.raises(NotAllowed):
        calls.save(world.seat(), claim, first, "k", world.now)
    before = {code for row in known(world, claim.contact_id) for code in str(row["flags"]).split('"')}
    both = (*first.answers, world.answer("vision_change", "yes"))
    with pytest.raises(NotAllowed):
        calls.save(world.seat(), claim, replace(first, answers=both), "k", world.now)
    after = {code for row in known(world, claim.contact_id) for code in str(row["flags"]).split('"')}
    assert "vision_loss" in after - before


def test_an_answer_that_still_stands_after_a_mis_key_is_handed_over_again(world: World) -> None:
    claim = world.connected(world.person())
    seat = world.seat()
    form = FlagForm(level=Level.EMERGENCY, flags=("vision_loss",))
    raised = escalations.raise_flag(seat, claim, form, "f", world.now)
    escalations.correct_mis_key(seat, raised.escalation.id, (), "按错了", world.now)
    whole = world.form(answers=(world.answer("vision_change", "yes"),))
    with pytest.raises(NotAllowed):
        calls.save(seat, claim, whole, "k", world.now)
    assert [bool(row["mis_keyed"]) for row in known(world, claim.contact_id)] == [True, False]


# --- drafts that come too late ---------------------------------------------------------------------


def _cut_off(world: World, answers: tuple[Answered, ...] = (), **typed: object) -> int:
    """A call with something typed whose console died; the lead has taken it up since."""
    person = world.person()
    claim = world.connected(person)
    form = world.form(answers=answers, **typed)
    calls.keep_draft(world.seat(), claim, form, world.now)
    world.later(hours=1)
    queue.drain(world.clinic.database, world.clinic.clinic_id, world.now)
    queue.take_item(world.seat("lead"), person.item_id, world.now)
    return claim.contact_id


def test_a_draft_whose_call_somebody_else_took_up_can_be_put_on_record(world: World) -> None:
    contact_id = _cut_off(world, (world.answer("vision_change"),))
    claim, form = calls.resume(world.seat(), contact_id, world.now)
    assert claim is None and form.answers
    saved = calls.file_late(world.seat(), contact_id, "late", world.now)
    assert saved.call_id is not None and saved.late
    assert calls.my_drafts(world.seat(), world.now) == ()


def test_a_late_draft_hands_its_red_flags_over(world: World) -> None:
    contact_id = _cut_off(world, (world.answer("vision_change", "yes"),))
    calls.resume(world.seat(), contact_id, world.now)
    saved = calls.file_late(world.seat(), contact_id, "late", world.now)
    (row,) = known(world, contact_id)
    assert row["level"] == "EMERGENCY" and saved.escalation_ids == (row["id"],)
    assert row["call_id"] == saved.call_id


def test_a_late_drafts_refusal_and_promise_hold(world: World) -> None:
    promised = world.now + timedelta(hours=4, minutes=35)
    contact_id = _cut_off(
        world,
        outcome=CallOutcome.CALLBACK_AGREED,
        opt_out=(Purpose.SURVEY,),
        promise=PromiseMade(promised, True, "回电"),
    )
    calls.resume(world.seat(), contact_id, world.now)
    calls.file_late(world.seat(), contact_id, "late", world.now)
    assert world.clinic.rows("SELECT purpose FROM consent_event") == [{"purpose": "survey"}]
    (item,) = world.items_of(world.people[0], "PROMISE")
    assert item["promise_at"] == to_ms(promised)
    # The colleague's own item is left to her.
    assert world.item(world.people[0].item_id)["state"] == "leased"


# --- tier 0 ----------------------------------------------------------------------------------------


def test_a_red_flag_call_that_breaks_off_again_is_rung_again_at_once(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    red = escalations.line_dropped(world.seat(), claim, world.now)
    partial = world.form(outcome=CallOutcome.PARTIAL, note="又断了")
    calls.save(world.seat(), claim, partial, "k1", world.now)
    again = queue.take_item(world.seat(), red or 0, world.now)
    dial = calls.start_dial(world.seat(), again, person.phone_id, world.now)
    ended = calls.end_dial(world.seat(), dial.claim, dial.attempt_id, AttemptResult.CONNECTED, world.now)
    assert ended.keep
    calls.save(world.seat(), dial.claim, partial, "k2", world.now)
    cooling = world.item(red or 0)["cooling_until"]
    assert cooling is None or int(str(cooling)) <= to_ms(world.now + timedelta(minutes=5))


def test_a_red_flag_call_that_is_declined_is_the_leads_to_decide(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    red = escalations.line_dropped(world.seat(), claim, world.now)
    calls.save(world.seat(), claim, world.form(outcome=CallOutcome.PARTIAL, note="断了"), "k1", world.now)
    again = queue.take_item(world.seat(), red or 0, world.now)
    dial = calls.start_dial(world.seat(), again, person.phone_id, world.now)
    calls.end_dial(world.seat(), dial.claim, dial.attempt_id, AttemptResult.CONNECTED, world.now)
    declined = world.form(outcome=CallOutcome.DECLINED_TODAY)
    calls.save(world.seat(), dial.claim, declined, "k2", world.now)
    assert len(world.items_of(person, "LEAD_REVIEW")) == 1


# --- turns of the talk -----------------------------------------------------------------------------


def test_what_a_turn_raised_is_escalated_by_the_save_itself(world: World) -> None:
    claim = world.connected(world.person())
    form = world.form(turns=("situation:suicidal_words", "situation:gone", "playbook:suicidal_words"))
    calls.save(world.seat(), claim, form, "k", world.now)
    (row,) = known(world, claim.contact_id)
    assert "suicide_thoughts" in str(row["flags"])


def test_what_a_turn_raised_is_escalated_by_a_late_draft(world: World) -> None:
    contact_id = _cut_off(world, (), turns=("situation:suicidal_words",))
    calls.resume(world.seat(), contact_id, world.now)
    calls.file_late(world.seat(), contact_id, "late", world.now)
    (row,) = known(world, contact_id)
    assert "suicide_thoughts" in str(row["flags"])
