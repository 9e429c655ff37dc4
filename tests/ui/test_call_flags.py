"""Red flags on the call screen: committed at once, shown whole, never talked past, never taken back."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.widgets import Input

from console.screens import call_answers, call_flags
from console.scripts.conversation import PromptKind
from console.scripts.prompts import question_prompt
from console.scripts.records import Words
from console.text import cells
from console.widgets.dialogs import Ask, Choose
from db import treatments
from db.connect import unit_of_work
from db.enums import Level
from db.errors import DatabaseLocked
from db.instants import to_ms
from tests.desk.call_world import World
from tests.ui.call_desk import Caller, Sit
from tests.ui.conftest import SIZES, screen_lines


async def to_signs(caller: Caller) -> None:
    """The first group of danger signs opened into single questions."""
    assert caller.kind is PromptKind.GROUP
    await caller.press("2")
    await caller.until(lambda: caller.kind is PromptKind.QUESTION)


async def flagged(caller: Caller) -> None:
    """The first sign is there, and its escalation is on record."""
    await to_signs(caller)
    await caller.press("2")
    await caller.until(lambda: bool(caller.call.escalations))


def opened(caller: Caller) -> bool:
    """A concern is in front."""
    return bool(caller.call.talk and caller.call.talk.open)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("language", "digit"), (("zh", "２"), ("en", "9")))
async def test_a_flag_is_on_record_within_a_second_and_shown_whole(
    world: World, sit: Sit, language: str, digit: str, size: tuple[int, int]
) -> None:
    person = world.person()
    async with sit(language, size) as caller:
        await caller.begin(person)
        await to_signs(caller)
        started = time.monotonic()
        await caller.press(digit)
        while not caller.rows("SELECT id FROM escalation"):
            assert time.monotonic() - started < 1
            await caller.pilot.pause()
        assert caller.rows("SELECT * FROM call") == []
        assert caller.rows("SELECT patient_id FROM escalation")[0]["patient_id"] == person.id
        await caller.until(lambda: bool(caller.call.box and caller.call.box.saved))
        words = {
            "zh": (
                "!! 立即急救",
                "已上报",
                "还没告诉任何人：按 f10",
                "王主管 139 0000 0001",
                "急救 120",
                "客户在哪里",
            ),
            "en": (
                "!! NOW",
                "handed over",
                "nobody told yet: f10",
                "王主管 139 0000 0001",
                "ambulance 120",
                "where is she",
            ),
        }[language]
        await caller.see(*words)
        assert "打120" in caller.text
        # More signs together: the lines that matter stay whole, the most urgent sign stands first.
        for _sign in range(8):
            if len(caller.call.box.flags) < 3:  # type: ignore[union-attr]
                await caller.go_on()
                was = caller.front_key
                await caller.press("2")
                await caller.until(lambda was=was: caller.front_key != was)
        await caller.until(lambda: caller.call.unwritten == 0)
        await caller.see(*words)
        assert {cells(line) for line in screen_lines(caller.app)} == {size[0]}
        for field in caller.app.screen.query(Input):
            assert not field.display or field.region.bottom <= size[1] - 2
        ranks = [flag.level.rank for flag in caller.call.box.flags]  # type: ignore[union-attr]
        assert len(ranks) > 1 and ranks == sorted(ranks)
    assert len(caller.rows("SELECT * FROM escalation")) == 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("language", "line"),
    (("zh", "enter：这几句说完了，继续问"), ("en", "enter: I have said it, go on asking")),
)
async def test_after_an_emergency_a_second_digit_answers_nothing_until_enter(
    world: World, sit: Sit, language: str, line: str, size: tuple[int, int]
) -> None:
    person = world.person()
    async with sit(language, size) as caller:
        await caller.begin(person)
        await to_signs(caller)
        await caller.press("2", "2", "１", "x", "c", "5")
        await caller.until(lambda: bool(caller.call.escalations))
        assert caller.call.box is not None and caller.call.box.level == "EMERGENCY"
        talk, front = caller.call.talk, caller.front_key
        assert talk is not None and len(talk.answers) == 1 and talk.open is None
        await caller.see(line)
        keys_of_a_question = {"zh": "1 没有   2 有", "en": "1 no   2 yes"}[language]
        assert keys_of_a_question not in caller.text
        # Where she is and who was told can be written meanwhile; enter in a field is the field's.
        caller.app.screen.query_one("#call-place", Input).focus()
        await caller.press("7", "enter", "enter")
        await caller.until(lambda: caller.app.screen.focused is None)
        assert caller.app.screen.query_one("#call-place", Input).value == "7"
        await caller.press("f10")
        await caller.choose(1)
        await caller.until(lambda: bool(caller.rows("SELECT id FROM escalation WHERE told_at IS NOT NULL")))
        assert caller.call.halted and caller.front_key == front
        await caller.press("enter")
        await caller.see(keys_of_a_question)
        assert line not in caller.text and caller.front_key == front
        await caller.press("1")
        await caller.until(lambda: caller.front_key != front)
        assert len(caller.call.talk.answers) == 2  # type: ignore[union-attr]
        # The emergency key itself stops nothing: the caller has chosen it.
        await caller.press("f4", "f4")
        await caller.until(lambda: not caller.call.reporting and caller.app.screen is caller.call)
        await caller.until(lambda: caller.call.unwritten == 0)
        assert not caller.call.halted


async def test_an_emergency_is_told_before_the_call_is_complete(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await flagged(caller)
        await caller.answer_all()
        await caller.press("ctrl+s")
        await caller.see("Who was told?")
        assert world.calls() == []
        await caller.press("ctrl+s", "enter")
        await caller.see("Nothing is chosen yet")
        assert caller.rows("SELECT told_who FROM escalation")[0]["told_who"] is None
        # Somebody who is not of the clinic is not told in its doctor's place.
        await caller.press("2")
        await caller.until(lambda: isinstance(caller.app.screen, Ask))
        await caller.press("x", "enter")
        await caller.see("One character says nothing")
        await caller.press("y", "enter")
        await caller.see("What is xy in the clinic?")
        await caller.press("enter", "3")
        await caller.see("Nothing written: xy is not of the clinic.")
        assert caller.rows("SELECT told_who FROM escalation")[0]["told_who"] is None
        await caller.press("f10")
        await caller.choose(1)
        await caller.until(lambda: not caller.call.problems)
        assert caller.rows("SELECT told_who FROM escalation")[0]["told_who"] == "王主管"
        await caller.see("told: 王主管")
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    assert world.calls()[0]["outcome"] == "completed"


async def test_where_she_is_goes_to_the_escalation_as_it_is_typed(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("zh") as caller:
        await caller.begin(person)
        await flagged(caller)
        caller.app.screen.query_one("#call-place", Input).value = "人民路[b]1号"
        await caller.until(lambda: caller.rows("SELECT place FROM escalation")[0]["place"] == "人民路[b]1号")
        caller.app.screen.query_one("#call-companion", Input).value = "丈夫"
        await caller.until(lambda: caller.rows("SELECT companion FROM escalation")[0]["companion"] == "丈夫")


async def test_a_wrong_key_keeps_both_answers_and_takes_nothing_back(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await flagged(caller)
        first = caller.rows("SELECT * FROM escalation")[0]
        await caller.go_on()
        await caller.press("up", "1")
        await caller.until(lambda: isinstance(caller.app.screen, Ask))
        await caller.press(*"finger slipped", "enter")
        await caller.until(lambda: bool(caller.rows("SELECT id FROM escalation WHERE mis_keyed")))
        after = caller.rows("SELECT * FROM escalation")[0]
        assert (after["level"], after["status"], after["contact_by"]) == (
            first["level"],
            "new",
            first["contact_by"],
        )
        await caller.see("mis-keyed")
        # The patient says it again, and it is true: a new escalation, not the marked one.
        await caller.press("up", "2")
        await caller.until(lambda: len(caller.rows("SELECT id FROM escalation")) == 2)
        assert not bool(caller.rows("SELECT mis_keyed FROM escalation ORDER BY id")[1]["mis_keyed"])
        await caller.answer_all(stop=(PromptKind.CONCERNS,))
        # Nothing reassuring follows in this call.
        caller.call.talk = replace(caller.call.talk, may_say=True)  # type: ignore[type-var]
        await caller.press("1")
        await caller.until(
            lambda: bool(caller.call.talk and caller.call.talk.open) or isinstance(caller.app.screen, Choose)
        )
        if isinstance(caller.app.screen, Choose):
            await caller.press("1")
            await caller.until(lambda: bool(caller.call.talk and caller.call.talk.open))
        await caller.answer_all(stop=(PromptKind.VERDICT,))
        assert "This may be said" not in caller.text and "Escalated: " in caller.text
        await caller.press("enter")
        await caller.press("f10")
        await caller.choose(1)
        await caller.until(lambda: not caller.rows("SELECT id FROM escalation WHERE told_at IS NULL"))
        await caller.answer_all()
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    rows = caller.rows("SELECT * FROM answer WHERE correction_reason IS NOT NULL")
    assert [(row["value"], row["correction_reason"]) for row in rows] == [("yes", "finger slipped")]


async def test_a_wrong_key_marks_only_its_own_flag(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await flagged(caller)
        while len(caller.call.box.flags) < 2:  # type: ignore[union-attr]
            await caller.go_on()
            was = caller.front_key
            await caller.press("2")
            await caller.until(lambda was=was: caller.front_key != was)
        await caller.until(lambda: caller.call.unwritten == 0)
        await caller.go_on()
        await caller.press("up", "1")
        await caller.until(lambda: isinstance(caller.app.screen, Ask))
        await caller.press(*"slipped", "enter")
        await caller.until(
            lambda: bool(caller.rows("SELECT id FROM escalation_event WHERE kind = 'mis_key'"))
        )
        assert not bool(caller.rows("SELECT mis_keyed FROM escalation")[0]["mis_keyed"])


async def test_a_record_that_refuses_is_said_loudly_and_tried_until_written(
    world: World, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.desk import escalations

    person, real, refusals = world.person(), escalations.raise_flag, [0]

    def sometimes(*args: object) -> object:
        if refusals[0] < 2:
            refusals[0] += 1
            raise DatabaseLocked("database_locked")
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(escalations, "raise_flag", sometimes)
    monkeypatch.setattr(call_flags, "RETRY_S", 0.4)
    async with sit("zh") as caller:
        await caller.begin(person)
        await caller.press("f4", "f4")
        await caller.see("没有上报成功", "王主管 139 0000 0001")
        await caller.press("ctrl+s")
        await caller.until(lambda: bool(caller.rows("SELECT id FROM escalation")))
        assert world.calls() == []
        await caller.see("已上报")
        assert "没有上报成功！" not in caller.text


async def test_a_colleague_who_phones_the_doctor_is_seen(world: World, sit: Sit) -> None:
    from console.desk import escalations

    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await flagged(caller)
        number = next(iter(caller.call.escalations))
        escalations.phoning(world.seat("he"), number, world.now)
        await caller.see("phoning: 何护士")


async def test_an_unknown_caller_can_be_heard_to_the_end(world: World, sit: Sit) -> None:
    async with sit("en") as caller:
        await caller.ring("13912345678")
        await caller.see("Unknown caller")
        await caller.answer_all(stop=(PromptKind.IDENTITY,))
        await caller.see("Nobody on file")
        await caller.press("enter")
        await caller.until(lambda: caller.kind is not PromptKind.IDENTITY)
        await caller.answer_all()
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    row = world.calls()[0]
    assert (row["direction"], row["outcome"], row["patient_id"]) == ("in", "completed", None)


async def test_say_only_when_approved_and_allowed(world: World, sit: Sit) -> None:
    person = world.person(day=2, milestone="D2")
    async with sit("en") as caller:
        await caller.begin(person)
        for approved in (False, True):
            caller.call.talk = replace(caller.call.talk, may_say=approved)  # type: ignore[type-var]
            await caller.press("c", "1")
            await caller.see("Which concern?")
            await caller.press("1")
            await caller.until(lambda: bool(caller.call.talk and caller.call.talk.open))
            if caller.kind is not PromptKind.VERDICT:
                await caller.answer_all(stop=(PromptKind.VERDICT,))
            caller.call.repaint()
            wanted = "This may be said" if approved else "Not yet approved by the doctor"
            await caller.see(wanted)
            await caller.press("enter")
            await caller.until(lambda: not (caller.call.talk and caller.call.talk.open))


async def test_a_digit_with_several_concerns_asks_which_and_several_operations_which_one(
    world: World, sit: Sit
) -> None:
    person = world.person()
    seat = world.seat()
    with unit_of_work(world.clinic.database) as connection:
        treatments.add(
            connection,
            seat.clinic_id,
            {
                "patient_id": person.id,
                "procedure": "liposuction",
                "site": "腹部",
                "performed_on": world.today() - timedelta(days=20),
                "surgeon": "李医生",
                "inpatient": False,
            },
            to_ms(world.now),
        )
    async with sit("zh") as caller:
        await caller.begin(person)
        await caller.press("c", "０")
        await caller.until(lambda: isinstance(caller.app.screen, Choose))
        await caller.press("escape", "c", "5")
        await caller.see("腹痛")
        await caller.press("1")
        await caller.see("说的是哪一次手术", "腹部")
        await caller.press("2")
        await caller.until(lambda: bool(caller.call.talk and caller.call.talk.open == "pain"))
        named = caller.call.typed.sites["pain"]
        assert named == caller.call.sheet.treatments[1].id  # type: ignore[union-attr]
        assert len(caller.call.talk.opened.views) == 2  # type: ignore[union-attr]


async def test_a_typed_number_is_held_to_its_bounds(world: World, sit: Sit) -> None:
    person = world.person(day=1, milestone="D1")
    async with sit("zh") as caller:
        await caller.begin(person)
        await caller.press("c", "6")
        await caller.until(
            lambda: isinstance(caller.app.screen, Choose) or bool(caller.call.talk and caller.call.talk.open)
        )
        if isinstance(caller.app.screen, Choose):
            await caller.press("1")
            await caller.until(lambda: bool(caller.call.talk and caller.call.talk.open))
        for _step in range(40):
            prompt = caller.call.talk.current  # type: ignore[union-attr]
            assert prompt is not None
            if prompt.question is not None and prompt.question.unit == "celsius":
                break
            was = prompt.key
            await caller.press("1")
            await caller.until(lambda was=was: caller.front_key != was)
        field = caller.app.screen.query_one("#call-typed", Input)
        await caller.until(lambda: field.has_focus)
        prompt = caller.call.talk.current  # type: ignore[union-attr]
        assert prompt is not None and prompt.question is not None
        code = prompt.question.code
        for wrong in ("99", "abc", "nan", "1e3"):
            field.value = wrong
            await caller.press("enter")
            await caller.pilot.pause()
            assert field.value == wrong and code not in caller.call.talk.answers  # type: ignore[union-attr]
        await caller.see("34", "43")
        field.value = "３９．２"
        await caller.press("enter")
        await caller.until(lambda: code in caller.call.talk.answers)  # type: ignore[union-attr]
        assert caller.call.talk.answers[code].value == 39.2  # type: ignore[union-attr]


async def test_words_of_a_sign_stand_after_a_crash_and_go_with_a_wrong_key(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        call = caller.call
        assert call.talk is not None and call.library is not None
        code = next(iter(sorted(call.library.flags["vision_loss"].reads & set(call.talk.flow.questions))))
        call_answers.take(call, question_prompt(call.library.questions[code], Words("问", "Ask")), "yes")
        await caller.until(lambda: bool(call.escalations) and call.unwritten == 0)
        assert call.box is not None
        read, general = call.box.lines, call.library.otherwise["EMERGENCY"]
        assert read is not None and read != general
        # Taken up again, the box is made anew from the conversation.
        call.box = None
        await call_flags.restore(call)
        assert call.box is not None and call.box.lines == read  # type: ignore[unreachable]
        await call_flags.mis_key(call, frozenset({"vision_loss"}), "slipped")
        call_flags.hand_over(call, (), Level.EMERGENCY)
        await caller.until(lambda: call.unwritten == 0)
        assert call.box.lines == general


async def test_a_low_mood_is_asked_about_without_asking_which_operation(world: World, sit: Sit) -> None:
    person = world.person()
    with unit_of_work(world.clinic.database) as connection:
        treatments.add(
            connection,
            world.seat().clinic_id,
            {
                "patient_id": person.id,
                "procedure": "liposuction",
                "site": "腹部",
                "performed_on": world.today() - timedelta(days=20),
                "surgeon": "李医生",
                "inpatient": False,
            },
            to_ms(world.now),
        )
    async with sit("en") as caller:
        await caller.begin(person)
        talk, library = caller.call.talk, caller.call.library
        assert talk is not None and library is not None
        question = library.questions["suicide_thoughts"]
        call_answers.take(caller.call, question_prompt(question, Words("问", "Ask")), "yes")
        await caller.until(
            lambda: isinstance(caller.app.screen, Choose) or bool(caller.call.talk and caller.call.talk.open)
        )
        assert caller.call.talk is not None and caller.call.talk.open == call_answers.MOOD
        assert caller.call.typed.sites[call_answers.MOOD] == person.treatment_id
        await caller.until(lambda: caller.call.unwritten == 0)
