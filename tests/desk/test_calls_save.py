"""Saving a call: every outcome, repeats, lost claims, what it does to the queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from console.desk import calls, claiming, escalations
from db import claims, treatments
from db.connect import unit_of_work
from db.enums import (
    AppointmentKind,
    AppointmentStatus,
    CallOutcome,
    ItemClass,
    Level,
    VisitKind,
)
from db.errors import NotAllowed, StaleLease
from db.instants import to_ms
from db.records import AppointmentFact, Correction, FlagForm, ItemResult
from tests.desk.call_world import World, gap, known


def test_a_completed_call_stores_what_was_typed_and_closes_its_item(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    world.later(minutes=3)
    saved = calls.save(world.seat(), claim, world.form(note="恢复得不错"), "k1", world.now)
    row = world.row("call", saved.call_id or 0)
    assert row["outcome"] == "completed" and row["direction"] == "out"
    assert row["identity_method"] == "birthday+surgeon"
    assert (row["recovery"], row["pain"], row["note"]) == ("good", 2, "恢复得不错")
    assert (row["track_code"], row["track_version"], row["release_hash"]) == ("d7", 1, "abc")
    assert len("".join(str(row["summary"]).split())) >= 20
    assert "王" not in str(row["summary"]) and "blepharoplasty" not in str(row["summary"])
    answers = world.clinic.rows("SELECT question, value, number FROM answer ORDER BY id")
    assert [one["question"] for one in answers] == ["vision_change", "recovery_overall", "pain_now"]
    assert answers[2]["number"] == 2.0
    item = world.item(person.item_id)
    assert (item["state"], item["close_reason"]) == ("done", "completed")
    assert world.clinic.count("contact_lease") == 0
    assert world.clinic.rows("SELECT ended_at FROM contact")[0]["ended_at"] == to_ms(world.now)
    assert world.clinic.rows("SELECT result FROM contact_item")[0]["result"] == "done"


def test_the_same_save_twice_is_one_record(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    form = world.form()
    first = calls.save(world.seat(), claim, form, "k1", world.now)
    again = calls.save(world.seat(), claim, form, "k1", world.later(seconds=2))
    assert (again.call_id, again.repeated, again.summary) == (first.call_id, True, first.summary)
    assert len(world.calls()) == 1


def test_a_lost_claim_keeps_a_late_draft_and_touches_nothing(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    claiming.release(world.seat(), claim, world.now)
    colleague = world.take(person, "anna")
    saved = calls.save(world.seat(), claim, world.form(note="我写的"), "k1", world.now)
    assert saved.late and saved.call_id is None and saved.draft_id is not None
    assert world.calls() == []
    assert world.item(person.item_id)["state"] == "leased"
    draft = world.row("draft", saved.draft_id)
    assert (draft["status"], draft["staff_id"]) == ("late", world.seat().staff_id)
    assert "我写的" in str(draft["document"])
    # Her colleague's own save is not disturbed, and the late draft becomes a record that settles nothing.
    other = world.seat("anna")
    assert calls.save(other, colleague, world.form(), "k2", world.now).call_id
    assert [line.status for line in calls.my_drafts(world.seat(), world.now)] == ["late"]
    filed = calls.file_late(world.seat(), claim.contact_id, "k3", world.now)
    assert world.row("call", filed.call_id or 0)["late_draft"] in (True, 1)
    assert calls.file_late(world.seat(), claim.contact_id, "k3", world.now).call_id == filed.call_id
    assert len(world.calls()) == 2


def test_a_late_save_still_escalates(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    claiming.release(world.seat(), claim, world.now)
    form = world.form(answers=(world.answer("vision_change", "yes"),))
    saved = calls.save(world.seat(), claim, form, "k", world.now)
    assert saved.late and len(saved.escalation_ids) == 1
    assert known(world, claim.contact_id)[0]["level"] == "EMERGENCY"


def test_a_save_without_identity_is_refused_and_names_the_field(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    for given, code in (
        ((), "identity_two_items"),
        (("birthday",), "identity_two_items"),
        (("surgeon", "visit_date"), "identity_needs_birthday"),
        (("birthday", "name"), "identity_two_items"),
    ):
        with pytest.raises(NotAllowed) as refused:
            calls.save(world.seat(), claim, world.form(identity=given), "k", world.now)
        assert gap(refused.value) == code
        assert refused.value.params["field"] == "identity"
    assert world.calls() == [] and world.item(person.item_id)["state"] == "leased"


def test_without_a_birthday_something_else_decides(world: World) -> None:
    person = world.person(born_on=None)
    claim = world.connected(person)
    with pytest.raises(NotAllowed) as refused:
        calls.save(world.seat(), claim, world.form(identity=("name",)), "k", world.now)
    assert gap(refused.value) == "identity_two_items"
    saved = calls.save(world.seat(), claim, world.form(identity=("visit_date", "surgeon")), "k", world.now)
    assert world.row("call", saved.call_id or 0)["identity_method"] == "surgeon+visit_date"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"doubt": True}, "note_for_doubt"),
        ({"satisfaction": "dissatisfied"}, "note_for_dissatisfied"),
        ({"outcome": CallOutcome.PARTIAL}, "note_for_partial"),
    ],
)
def test_a_note_is_asked_for_only_where_the_rules_say(
    world: World, values: dict[str, object], code: str
) -> None:
    person = world.person()
    claim = world.connected(person)
    reasons = calls.check(world.seat(), claim, world.form(**values), world.now)
    assert [one.code for one in reasons] == [code] and reasons[0].params["field"] == "note"
    assert calls.check(world.seat(), claim, world.form(note="说明", **values), world.now) == ()
    assert calls.check(world.seat(), claim, world.form(), world.now) == ()


def test_each_item_has_its_own_result(world: World) -> None:
    person = world.person()
    other = world.another_item(person, "D8X", klass=ItemClass.CARE)
    claim = world.connected(person)
    assert set(claim.item_ids) == {person.item_id, other}
    form = world.form(items=(ItemResult(other, "keep"),))
    calls.save(world.seat(), claim, form, "k", world.now)
    assert world.item(person.item_id)["state"] == "done"
    assert world.item(other)["state"] == "ready"
    results = world.clinic.rows("SELECT item_id, result FROM contact_item ORDER BY item_id")
    assert {one["item_id"]: one["result"] for one in results} == {person.item_id: "done", other: "keep"}
    with pytest.raises(NotAllowed) as refused:
        claim = claiming.take_item(world.seat(), other, world.now)
        calls.save(world.seat(), claim, world.form(items=(ItemResult(99999, "done"),)), "k2", world.now)
    assert gap(refused.value) == "item_not_in_contact"


def test_an_incoming_call_settles_only_what_the_caller_says(world: World) -> None:
    person = world.person()
    claim = world.ring(person, person.e164)
    assert claim.item_ids == (person.item_id,)
    saved = calls.save(world.seat(), claim, world.form(answers=()), "k", world.now)
    assert world.item(person.item_id)["state"] == "ready"
    assert world.row("call", saved.call_id or 0)["outcome"] == "completed"
    claim = world.ring(person, person.e164)
    form = world.form(items=(ItemResult(person.item_id, "done"),))
    calls.save(world.seat(), claim, form, "k2", world.now)
    assert world.item(person.item_id)["state"] == "done"


@pytest.mark.parametrize(("heat", "made"), [(37.2, 0), (37.3, 1), (37.9, 1), (38.0, 0)])
def test_a_slight_temperature_in_the_first_days_is_measured_again(
    world: World, heat: float, made: int
) -> None:
    person = world.person(day=2, milestone="D2", klass=ItemClass.SAFETY, end_days=1)
    claim = world.connected(person)
    form = world.form(answers=(world.answer("temp_high", str(heat), heat),))
    calls.save(world.seat(), claim, form, "k", world.now)
    again = world.items_of(person, "REMEASURE")
    assert len(again) == made
    if made:
        assert again[0]["due_at"] == to_ms(world.now + timedelta(hours=4))
        assert again[0]["clinical_end_at"] == to_ms(world.now + timedelta(hours=6))
        assert again[0]["klass"] == "safety"
    assert world.clinic.rows("SELECT number FROM observation WHERE code = 'temperature'")[0]["number"] == heat


def test_measured_again_and_still_warm_is_measured_once_more(world: World) -> None:
    person = world.person(day=1, milestone="D1", klass=ItemClass.SAFETY, end_days=0)
    world.now = datetime.fromisoformat("2026-06-15T08:30+08:00")
    form = world.form(answers=(world.answer("temp_high", "37.5", 37.5),))
    calls.save(world.seat(), world.connected(person), form, "k1", world.now)
    first = world.items_of(person, "REMEASURE")[0]
    world.later(hours=4)
    claim = world.connected(replace(person, item_id=int(str(first["id"]))))
    calls.save(world.seat(), claim, form, "k2", world.now)
    states = [one["state"] for one in world.items_of(person, "REMEASURE")]
    assert states == ["done", "waiting"]


def test_no_remeasuring_after_day_three(world: World) -> None:
    person = world.person(day=4, milestone="D4")
    form = world.form(answers=(world.answer("temp_high", "37.5", 37.5),))
    calls.save(world.seat(), world.connected(person), form, "k", world.now)
    assert world.items_of(person, "REMEASURE") == []


def test_stitches_that_are_out_end_their_reminder(world: World) -> None:
    person = world.person()
    reminder = world.another_item(person, "STITCHES", klass=ItemClass.CARE, days=4)
    form = world.form(answers=(world.answer("stitches_still_in", "no"),))
    calls.save(world.seat(), world.connected(person), form, "k", world.now)
    item = world.item(reminder)
    assert (item["state"], item["close_reason"]) == ("done", "already_out")


def test_a_missed_appointment_makes_its_call_and_an_attended_one_ends_it(world: World) -> None:
    person = world.person()
    with unit_of_work(world.clinic.database) as connection:
        appointment = treatments.add_appointment(
            connection,
            world.clinic.clinic_id,
            person.id,
            person.treatment_id,
            AppointmentKind.STITCHES,
            to_ms(world.now - timedelta(hours=3)),
            to_ms(world.now),
        )
    form = world.form(appointments=(AppointmentFact(appointment, AppointmentStatus.MISSED),))
    calls.save(world.seat(), world.connected(person), form, "k", world.now)
    missed = world.items_of(person, "MISSED")
    assert [one["klass"] for one in missed] == ["safety"]
    assert world.row("appointment", appointment)["status"] == "missed"
    claim = world.ring(person, person.e164)
    form = world.form(appointments=(AppointmentFact(appointment, AppointmentStatus.ATTENDED),), answers=())
    calls.save(world.seat(), claim, form, "k2", world.now)
    assert [one["state"] for one in world.items_of(person, "MISSED")] == ["done"]


def test_a_visitors_own_time_moves_the_second_call(world: World) -> None:
    person = world.person(milestone="XX")
    with unit_of_work(world.clinic.database) as connection:
        visit = treatments.add_visit(
            connection,
            world.clinic.clinic_id,
            person.id,
            world.today() - timedelta(days=1),
            VisitKind.UNCONVERTED,
            to_ms(world.now),
        )
    first = world.another_item(person, "UC1", visit_id=visit)
    second = world.another_item(person, "UC2", days=30, visit_id=visit)
    claim = claiming.take_item(world.seat(), person.item_id, world.now)
    assert first in claim.item_ids
    wanted = date(2026, 7, 1)
    calls.save(world.seat(), claim, world.form(next_contact_on=wanted), "k", world.now)
    assert str(world.item(second)["due_on"])[:10] == wanted.isoformat()
    assert world.item(first)["state"] == "done"


def test_a_routine_observation_makes_one_review_item(world: World) -> None:
    person = world.person(day=60, milestone="D30")
    form = world.form(answers=(world.answer("pain_now", "2", 2.0),), concerns=("pain",))
    saved = calls.save(world.seat(), world.connected(person), form, "k", world.now)
    assert [one["code"] for one in world.clinic.rows("SELECT code FROM observation WHERE value = 'yes'")] == [
        "pain_late"
    ]
    reviews = world.items_of(person, "REVIEW")
    assert [one.item_id for one in saved.added] == [reviews[0]["id"]]
    assert str(reviews[0]["due_on"])[:10] == (world.today() + timedelta(days=7)).isoformat()
    # A second observation joins the review that is open already, and no escalation was made.
    claim = world.ring(person)
    calls.save(world.seat(), claim, form, "k2", world.now)
    assert len(world.items_of(person, "REVIEW")) == 1
    assert world.clinic.count("escalation") == 0


def test_corrections_are_kept_beside_the_answer(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    slip = Correction("vision_change", "yes", "按错键", world.now)
    calls.save(world.seat(), claim, world.form(corrections=(slip,)), "k", world.now)
    rows = world.clinic.rows("SELECT * FROM answer WHERE question = 'vision_change' ORDER BY id")
    assert [(one["value"], one["correction_reason"]) for one in rows] == [("yes", "按错键"), ("no", None)]
    assert rows[0]["superseded_at"] is not None and rows[1]["superseded_at"] is None
    claim2 = world.ring(person)
    bad = world.form(corrections=(replace(slip, reason=" "),))
    assert [one.code for one in calls.check(world.seat(), claim2, bad, world.now)] == [
        "correction_needs_reason"
    ]


def test_answers_that_raise_a_flag_are_escalated_even_when_the_screen_did_not(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    form = world.form(answers=(world.answer("vision_change", "yes"),))
    # The escalation stands although the save is refused: nobody has been told yet.
    with pytest.raises(NotAllowed) as refused:
        calls.save(world.seat(), claim, form, "k", world.now)
    assert gap(refused.value) == "emergency_untold" and refused.value.params["field"] == "told"
    rows = known(world, claim.contact_id)
    assert [(one["level"], one["flag"]) for one in rows] == [("EMERGENCY", "vision_loss")]
    escalations.told(world.seat(), int(str(rows[0]["id"])), "陈医生", world.now)
    saved = calls.save(world.seat(), claim, form, "k", world.now)
    assert saved.escalation_ids == (rows[0]["id"],)
    assert len(known(world, claim.contact_id)) == 1
    assert known(world, claim.contact_id)[0]["call_id"] == saved.call_id


def test_a_save_that_fails_midway_leaves_the_flag_and_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = world.person()
    claim = world.connected(person)
    escalations.raise_flag(world.seat(), claim, FlagForm(Level.SAME_DAY, ("bleed_soaks",)), "f1", world.now)
    monkeypatch.setattr("console.desk.claiming.end", _breaks)
    with pytest.raises(RuntimeError):
        calls.save(world.seat(), claim, world.form(), "k", world.now)
    monkeypatch.undo()
    assert world.calls() == [] and world.clinic.count("answer") == 0
    assert world.item(person.item_id)["state"] == "leased"
    assert len(known(world, claim.contact_id)) == 1
    assert calls.save(world.seat(), claim, world.form(), "k", world.now).call_id is not None


def _breaks(*_: object, **_named: object) -> None:
    raise RuntimeError("the disk is full")


def test_hostile_text_is_stored_clean(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    nasty = "\x1b]0;x\x07a\u202eb\x00c" + "长" * 5000
    form = world.form(outcome=CallOutcome.PARTIAL, note=nasty, place=nasty)
    saved = calls.save(world.seat(), claim, form, "k", world.now)
    row = world.row("call", saved.call_id or 0)
    note = str(row["note"])
    assert note.startswith("]0;xabc长") and len(note) == 4000
    assert len(str(row["place"])) == 500


def test_an_amended_call_is_a_new_row(world: World) -> None:
    person = world.person()
    saved = calls.save(world.seat(), world.connected(person), world.form(), "k", world.now)
    before = world.row("call", saved.call_id or 0)
    with pytest.raises(NotAllowed):
        calls.amend(world.seat("anna"), saved.call_id or 0, "理由", "更正", "a0", world.now)
    new = calls.amend(world.seat(), saved.call_id or 0, "记错了", "疼痛是3分", "a1", world.later(hours=1))
    assert calls.amend(world.seat(), saved.call_id or 0, "记错了", "疼痛是3分", "a1", world.now) == new
    assert world.row("call", saved.call_id or 0) == before
    after = world.row("call", new)
    assert (after["amends_call_id"], after["note"]) == (saved.call_id, "疼痛是3分")
    assert len(world.calls()) == 2


def test_drafts_belong_to_their_owner_and_come_back(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    seat = world.seat()
    assert calls.keep_draft(seat, claim, world.form(note="一"), world.now)
    assert not calls.keep_draft(seat, claim, world.form(note="二"), world.later(seconds=0.4))
    assert calls.keep_draft(seat, claim, world.form(note="三"), world.later(seconds=0.7))
    assert calls.my_drafts(world.seat("anna"), world.now) == ()
    lines = calls.my_drafts(seat, world.now)
    assert [(one.held, one.masked_name) for one in lines] == [(True, "王*")]
    with pytest.raises(NotAllowed):
        calls.resume(world.seat("anna"), claim.contact_id, world.now)
    fresh = world.clinic.new_seat("li")
    again, form = calls.resume(fresh, claim.contact_id, world.later(minutes=2))
    assert again is not None and again.token != claim.token and form.note == "三"
    with pytest.raises(StaleLease), unit_of_work(seat.database) as connection:
        claims.held(connection, seat.clinic_id, claim.group_id, claim.token)
    assert calls.save(fresh, again, form, "k", world.now).call_id
    assert calls.my_drafts(seat, world.now) == ()


def test_a_discarded_draft_gives_the_contact_back(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    calls.keep_draft(world.seat(), claim, world.form(), world.now)
    calls.discard(world.seat(), claim.contact_id, world.now)
    assert world.clinic.count("contact_lease") == 0
    assert world.item(person.item_id)["state"] == "ready"
    with pytest.raises(StaleLease):
        calls.keep_draft(world.seat(), claim, world.form(), world.later(seconds=5))
