"""The story of a case, whole and in order, from every table that has a part of it; the result over time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.desk import appointments, calls, escalations, reporting, results
from db import stories
from db.connect import unit_of_work
from db.enums import AppointmentKind, DutyKind, Level, Role
from db.errors import NotAllowed
from db.instants import to_ms
from db.records import Answered, FlagForm, StoryLine
from tests.desk.call_world import World

IDENTITY = {"upper_blepharoplasty": ("birthday", "surgeon"), "labiaplasty": ("birthday", "visit_date")}
"""What the caller may compare: nothing of an intimate procedure."""


def raised(world: World, *, procedure: str = "upper_blepharoplasty") -> int:
    """A case out of a call that was saved, with what was answered in it."""
    person = world.person(procedure=procedure)
    claim, at = world.connected(person), world.now
    form = FlagForm(Level.SAME_DAY, ("one_side_growing",), "一边越来越肿", place="家里")
    number = escalations.raise_flag(world.seat(), claim, form, "k", at + timedelta(minutes=2)).escalation.id
    answers = (
        Answered("vision_change", "no", at + timedelta(minutes=1)),
        Answered("one_side_fast", "yes", at + timedelta(minutes=2), concern="swelling"),
        Answered("look_now", "good", at + timedelta(minutes=3)),
    )
    saved = world.form(
        answers=answers,
        release_hash=None,
        recovery="fair",
        pain=5,
        note="已交给医生",
        identity=IDENTITY[procedure],
    )
    calls.save(world.seat(), claim, saved, "s", at + timedelta(minutes=5))
    return number


def story(world: World, number: int, login: str = "lead") -> tuple[StoryLine, ...]:
    return escalations.look_again(world.seat(login), number, world.now).story.lines


def test_one_story_of_everything_the_oldest_on_top(world: World) -> None:
    begun = world.now
    number = raised(world)
    patient_id = world.people[0].id
    escalations.told(world.seat(), number, "陈医生", world.later(minutes=6))
    escalations.acknowledge(world.seat("chen"), number, world.later(minutes=1))
    reporting.flag(
        world.seat("chen"), number, DutyKind.ADVERSE_EVENT, "major", "血肿", world.later(minutes=1)
    )
    booking = appointments.Booking(AppointmentKind.REVIEW, begun + timedelta(hours=1))
    appointments.book(world.seat("he"), patient_id, booking, "b", world.later(minutes=1))
    escalations.note(world.seat("he"), number, "已看照片", world.later(minutes=1))
    lines = story(world, number)
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    kinds = [line.kind for line in lines]
    wanted = (
        *("contact_out", "attempt", "talk", "track", "answer", "spoken", "raised", "told", "acknowledged"),
        *("adverse_event", "booked", "note"),
    )
    assert [kind for kind in dict.fromkeys(kinds) if kind in wanted] == list(wanted)
    by_kind = {line.kind: line for line in lines}
    assert (by_kind["track"].before, by_kind["track"].after) == ("d7", "1") and by_kind["track"].note
    # Only the answer that raised it, in words of both languages; what was well is not in the story.
    (answer,) = [line for line in lines if line.kind == "answer"]
    assert answer.danger and answer.answer["en"] == "yes" and set(answer.said) == {"zh", "en"}
    # What was to say at the level of that day, in the patient's language.
    assert {line.before for line in lines if line.kind == "spoken"} == {"SAME_DAY"}
    assert "已交给医生" in by_kind["talk"].note and by_kind["attempt"].after == "connected"
    assert by_kind["adverse_event"].until is not None
    assert by_kind["adverse_event"].until - begun == timedelta(hours=12, minutes=2)
    assert by_kind["booked"].until == begun + timedelta(hours=1)


def test_a_level_raised_since_does_not_change_what_was_said(world: World) -> None:
    number = raised(world)
    before = [line for line in story(world, number) if line.kind == "spoken"]
    escalations.raise_level(world.seat("chen"), number, Level.EMERGENCY, "更重", world.later(minutes=30))
    assert [line for line in story(world, number) if line.kind == "spoken"] == before != []


def test_who_may_not_read_calls_gets_the_case_without_them(world: World) -> None:
    number = raised(world, procedure="labiaplasty")
    kept = {line.kind for line in story(world, number)}
    assert {"raised", "talk"} <= kept and not {"answer", "spoken", "track"} & kept
    talk = next(line for line in story(world, number) if line.kind == "talk")
    assert talk.note == ""
    trainee = replace(world.seat(), role=Role.TRAINEE)
    found = escalations.look_again(trainee, number, world.now).story
    assert found.hidden and not [line for line in found.lines if line.kind == "answer"]


def test_a_story_too_long_to_read_keeps_its_newest_lines(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = raised(world)
    monkeypatch.setattr(stories, "EVENTS_MOST", 5)
    for n in range(8):
        escalations.note(world.seat("he"), number, f"n{n}", world.later(minutes=10))
    found = escalations.look_again(world.seat("lead"), number, world.now).story
    assert [line.note for line in found.lines if line.kind == "note"] == ["n3", "n4", "n5", "n6", "n7"]
    assert found.older == 4


def test_opening_is_audited_and_looking_again_is_not(world: World) -> None:
    number = raised(world)

    def audited() -> list[object]:
        rows = world.clinic.rows("SELECT action FROM audit WHERE action LIKE '%.read' ORDER BY id")
        return [row["action"] for row in rows]

    before = audited()
    escalations.open_escalation(world.seat("lead"), number, world.now)
    escalations.open_escalation(world.seat("anna"), number, world.now)
    assert audited()[len(before) :] == ["patient.read", "escalation.read"]
    escalations.look_again(world.seat("lead"), number, world.now)
    assert len(audited()) == len(before) + 2


def test_the_result_by_dimension_call_by_call(world: World) -> None:
    number = raised(world)
    person = world.people[0]
    with unit_of_work(world.clinic.database) as connection:
        connection.insert(
            "appointment",
            {
                "clinic_id": world.clinic.clinic_id,
                "patient_id": person.id,
                "treatment_id": person.treatment_id,
                "kind": "review",
                "at": to_ms(world.now),
                "status": "attended",
                "created_at": to_ms(world.now),
                "photo_taken": True,
                "note": "柜3-12",
            },
        )
    found = results.over_time(world.seat("lead"), person.id, number, world.now)
    (point,) = found.points
    # The best answer there is to one question; the others were not asked.
    assert (point.day, dict(point.percent)) == (7, {"aesthetic": 100})
    assert list(found.dimensions) == ["aesthetic", "safety", "function", "mood"]
    (photo,) = found.photos
    assert (photo.kind, photo.procedure, photo.note) == ("review", "upper_blepharoplasty", "柜3-12")
    trainee = replace(world.seat(), role=Role.TRAINEE)
    with pytest.raises(NotAllowed):
        results.over_time(trainee, person.id, None, world.now)
