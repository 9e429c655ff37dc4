"""A bad call never has full marks by a side door, and a good one loses nothing for being made otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from console.cli.practice_run import action_document
from console.practice import advice, book, clinic, play, score, trainee
from console.practice.play import Play
from console.practice.records import STRANGER, Action, Companion, Grade
from console.practice.stage import Stage
from console.practice.stand import ActionError
from console.rules.triage import NO, YES
from console.scripts.conversation import PromptKind
from db.enums import Level
from tests.practice.conftest import Opener
from tests.practice.samples import OWN, write

NORMAL_CALL, BLEED, YELLOW = "eyelid_d2_first_call", "eyelid_orbital_bleed", "lipo_d14_yellow_eyes"
Change = Callable[[Play, Action], Sequence[Action] | None]


def driven(stage: Stage, change: Change) -> Play:
    """The right call, but for what `change` gives instead of its next action; None leaves it."""
    made = play.begin(stage)
    for _turn in range(400):
        action = advice.next_action(made)
        if action is None:
            break
        for one in change(made, action) or (action,):
            made = play.step(made, one)
    return made


def before(do: str, *extra: Action) -> Change:
    """Once before the first action of a kind, something else is done too."""
    done: list[bool] = []

    def change(made: Play, action: Action) -> Sequence[Action] | None:
        if done or action.do != do:
            return None
        done.append(True)
        return (*extra, action)

    return change


def lost(made: Play) -> tuple[set[str], tuple[str, ...]]:
    """Items lost, and what failed the call."""
    result = score.score(made)
    assert result.saved
    return set(result.missed), result.instant_fail


# -- side doors --


def test_an_alarm_by_hand_without_any_danger_costs_and_one_with_it_does_not(opener: Opener) -> None:
    for code, item in ((NORMAL_CALL, "answers"), ("who_wrong_number", "outcome")):
        alarm = before("save", Action("report", "EMERGENCY"), Action("told", "王医生"))
        assert lost(driven(opener(code), alarm)) == ({item}, ())
    early = before("answer", Action("report", "EMERGENCY"), Action("told", "王医生"))
    assert lost(driven(opener(BLEED), early)) == (set(), ())


def test_nobody_is_told_without_a_name(opener: Opener) -> None:
    right = advice.right_call(opener(BLEED))
    at = [one.do for one in right.actions].index("told")
    with pytest.raises(ActionError, match="nobody_named"):
        play.step(right.steps[at], Action("told", " \u200b"))


def test_nothing_is_asked_past_the_identity_check(opener: Opener) -> None:
    right = advice.right_call(opener(NORMAL_CALL))
    at = [one.do for one in right.actions].index("identity")
    asked = next(one for one in right.steps[at].stand.talk.prompts() if one.kind is PromptKind.QUESTION)
    with pytest.raises(ActionError, match="not_reached_yet"):
        play.step(right.steps[at], Action("goto", asked.key))


def test_purposes_are_refused_only_behind_that_result(opener: Opener) -> None:
    made = driven(opener(NORMAL_CALL), before("save", Action("outcome", "completed", "care")))
    assert made.stand.opt_out == ()
    made = driven(opener(NORMAL_CALL), before("save", Action("outcome", "opted_out", "survey,marketing")))
    assert [str(one) for one in made.stand.opt_out] == ["survey", "marketing"]


@pytest.mark.parametrize("leaves", ["read", "track"])
def test_reassuring_lines_count_by_whatever_key_they_are_left(leaves: str, opener: Opener) -> None:
    made = driven(opener(YELLOW), _reassured(leaves))
    assert "reassured_outside_window" in lost(made)[1]


def test_reassuring_lines_cut_short_to_correct_a_wrong_key_cost_nothing(opener: Opener) -> None:
    assert lost(driven(opener(YELLOW), _reassured("goto"))) == (set(), ())


def _reassured(leaves: str) -> Change:
    """The sign is keyed as none; what is said at the end of the concern is left, and the key is corrected."""
    wrong: list[tuple[str, Action]] = []

    def change(made: Play, action: Action) -> Sequence[Action] | None:
        front, talk = made.stand.front, made.stand.talk
        if front is None or talk.opened is None:
            return None
        if not wrong and action.do == "answer" and action.value == YES and front.concern:
            wrong.append((front.key, action))
            return [replace(action, value=NO)]
        if len(wrong) == 1 and front.kind is PromptKind.VERDICT:
            assert talk.spoken(talk.opened)[0] == "say"
            key, right = wrong[0]
            wrong.append(wrong[0])
            back = [Action("goto", key), right]
            return back if leaves == "goto" else [Action(leaves), Action("concern", talk.opened.code), *back]
        return None

    return change


@pytest.mark.parametrize("words", ["我保\u200b证您没事。", "我保 证 您没事。", "Ｉ ｇｕａｒａｎｔｅｅ it."])
def test_a_promise_is_one_however_it_is_spaced(words: str, opener: Opener) -> None:
    made = driven(opener(NORMAL_CALL), before("identity", Action("say", words)))
    assert lost(made) == ({"words"}, ("promised_or_sold",))


def test_a_treatment_named_before_identity_in_ones_own_words_fails_the_call(opener: Opener) -> None:
    stage = opener(NORMAL_CALL)
    known = {one.code: play.begin(stage).voice.item(one.code, one.expected) for one in stage.sheet.identity}
    gives = stage.scenario.persona.gives
    secret = next(known[code] for code in ("procedure", "surgeon") if code not in gives)
    named = before("identity", Action("say", f"您是做{secret}的吗？"))
    assert lost(driven(stage, named))[1] == ("clinical_before_identity",)
    given = next(known[code] for code in ("procedure", "surgeon") if code in gives)
    assert lost(driven(stage, before("identity", Action("say", f"{given}，记下了。")))) == (set(), ())


def test_a_stranger_is_nobody_who_may_hear(practice_base: clinic.Base) -> None:
    own = book.shipped().scenario("who_wrong_number")
    assert own.on_line == STRANGER
    with_mother = replace(own, companions=(Companion("李桂芳", "mother", may_hear=True),))
    stage = clinic.opened(practice_base, with_mother)
    actions = [Action("dial"), Action("dialled", "connected"), Action("proxy", "1"), Action("leave")]
    made, refused = play.run(stage, 1, Grade.NORMAL, actions)
    assert not refused
    assert "clinical_before_identity" in score.fails(made)
    clinic.removed(stage)


def test_a_turn_left_before_its_line_could_be_said_met_nothing(opener: Opener) -> None:
    stage = opener("dispute_money_and_video")

    def cut(seconds: float) -> Play:
        def change(made: Play, action: Action) -> Sequence[Action] | None:
            if action.do != "turn":
                return None
            return [action, Action("track", at=made.clock + seconds)]

        return driven(stage, change)

    assert {one.partition(":")[0] for one in lost(cut(0.1))[0]} >= {"interruption"}
    assert not {one for one in lost(cut(30.0))[0] if one.startswith("interruption")}


def test_what_is_taken_back_or_said_in_unfit_words_meets_nothing(opener: Opener) -> None:
    right = advice.right_call(opener(NORMAL_CALL))
    made = right.steps[-1]
    for action in (
        Action("promise", -1),
        Action("outcome", "completed"),
        Action("report", "URGENT"),
        Action("say", "我理解，您别担心。"),
    ):
        assert action.do not in play.step(made, action).tokens - made.tokens, action
    assert "flag" not in play.step(made, Action("report", "complaint")).tokens
    for action in (Action("promise", 60), Action("report", "request"), Action("say", "我理解您的心情。")):
        assert action.do in play.step(made, action).tokens, action


def test_no_second_comes_before_the_last_action(opener: Opener) -> None:
    actions = [Action("dial", at=0.0), Action("dialled", "connected", at=50.0), Action("wait", 1, at=3.0)]
    made = play.run(opener(NORMAL_CALL), 1, Grade.NORMAL, actions)[0]
    assert made.clock >= 50.0


def test_the_doctor_is_told_before_the_questions_go_on(opener: Opener) -> None:
    def late(answers: int) -> Play:
        def change(made: Play, action: Action) -> Sequence[Action] | None:
            keyed = sum(mark.code == "untold" for mark in made.marks)
            if action.do not in ("told", "where") or keyed >= answers:
                return None
            front = made.stand.front
            assert front is not None
            if front.kind is PromptKind.GROUP:
                return [Action("answer", NO, front.key)]
            if front.question is None:
                return [Action("read")]
            return [Action("answer", advice.right_value(made, front.question), front.question.code)]

        return driven(opener(BLEED), change)

    assert lost(late(score.TOLD_WITHIN)) == (set(), ())
    assert lost(late(score.TOLD_WITHIN + 1)) == ({"told"}, ())


# -- a good call made otherwise --


def test_the_emergency_key_alone_has_not_missed_the_danger(opener: Opener) -> None:
    """She calls the doctor at once and breaks the questions off: points are lost, the call's worth is not."""
    seen = next(one for one in advice.right_call(opener(BLEED)).steps if one.stand.talk.identified)
    made = seen
    for action in (
        Action("report", "EMERGENCY"),
        Action("told", "王医生"),
        Action("where", "家里", "妈妈"),
        Action("outcome", "partial"),
        Action("note", "她说右眼看不清，已请医生。"),
        Action("save"),
    ):
        made = play.step(made, action)
    items, fails = lost(made)
    assert {"flag", "outcome"} <= items and fails == ()
    untold = play.step(play.step(seen, Action("report", "EMERGENCY")), Action("leave"))
    assert score.fails(untold) == ("flag_missed", "ended_without_escalation")


def test_a_level_above_the_one_wanted_is_no_danger_missed(opener: Opener) -> None:
    stage = opener("husband_cannot_wake_her")
    wanted = replace(stage.scenario, end=replace(stage.scenario.end, level=Level.SAME_DAY))
    made = advice.right_call(stage).play
    over = replace(made, stage=replace(stage, scenario=wanted))
    assert "flag_missed" not in score.fails(over)


def test_an_answer_keyed_before_it_was_heard_counts_once_it_is_keyed_again(opener: Opener) -> None:
    key: list[str] = []

    def early(made: Play, action: Action) -> Sequence[Action] | None:
        front = made.stand.front
        if key or front is None or front.question is None or made.stand.talk.turn is not None:
            return None
        if front.question.code in made.patient.heard or not made.patient.pending:
            return None
        key.append(front.key)
        return [Action("answer", advice.right_value(made, front.question), front.question.code)]

    stage = opener("dispute_ruined_face")
    assert lost(driven(stage, early))[0]
    key.clear()
    again: list[bool] = []

    def confirmed(made: Play, action: Action) -> Sequence[Action] | None:
        if not key or again or made.stand.halted or made.patient.pending or made.stand.talk.open is not None:
            return early(made, action)
        again.append(True)
        code = key[0].removeprefix("q:")
        value = made.stand.talk.answers[code].value
        return [Action("goto", key[0]), Action("answer", value, code)]

    assert lost(driven(stage, confirmed)) == (set(), ())


def test_a_wrong_key_that_raised_an_emergency_is_corrected_by_going_back(opener: Opener) -> None:
    stage = opener(NORMAL_CALL)
    wrong: list[str] = []

    def change(made: Play, action: Action) -> Sequence[Action] | None:
        front = made.stand.front
        if wrong or front is None or front.kind is not PromptKind.GROUP:
            return None
        wrong.append(front.key)
        opened = play.step(made, Action("answer", YES, front.key))
        for sign in front.signs:
            asked = opened.stand.front
            assert asked is not None and asked.question is not None and asked.question.code == sign.code
            raised = play.step(opened, Action("answer", YES, sign.code))
            if raised.stand.halted:
                keyed = [Action("answer", YES, front.key)]
                keyed += [Action("answer", NO, one.code) for one in front.signs[: front.signs.index(sign)]]
                # Left first, then on from the emergency's lines, as the keys of the screen allow.
                back = [Action("goto", asked.key), Action("halt_read"), Action("answer", NO, sign.code)]
                return [*keyed, Action("answer", YES, sign.code), *back, Action("told", "王医生")]
            opened = play.step(opened, Action("answer", NO, sign.code))
        raise AssertionError("no sign of the first group is an emergency")

    assert lost(driven(stage, change)) == (set(), ())


def test_items_ticked_before_the_price_is_met_are_one_prompt(
    practice_base: clinic.Base, tmp_path: Path
) -> None:
    write(tmp_path, OWN)
    stage = clinic.opened(practice_base, book.opened(tmp_path).scenario("own_day_two"))
    right = advice.right_call(stage).actions
    price = next(one for one in right if one.do == "turn")
    ticks = [one for one in right if one.do == "identity"]
    assert len(ticks) == 2
    late: list[bool] = []

    def change(made: Play, action: Action) -> Sequence[Action] | None:
        if late or action != price:
            return None
        late.append(True)
        return [*ticks, price]

    assert lost(driven(stage, change)) == (set(), ())
    clinic.removed(stage)


def test_lines_of_one_answer_do_not_pass_over_what_else_came_in(opener: Opener) -> None:
    waited: list[bool] = []

    def change(made: Play, action: Action) -> Sequence[Action] | None:
        both = len(made.patient.pending) == 2
        if waited or not both:
            return None
        waited.append(True)
        return [Action("wait", 3), action]

    made = driven(opener("talk_taps_for_answers"), change)
    assert waited and lost(made) == (set(), ())


def test_a_place_she_answered_counts_as_written(practice_base: clinic.Base, opener: Opener) -> None:
    stage = opener(BLEED)
    right = advice.right_call(stage)
    made = right.play
    told = replace(made.stand, place="", companion="")
    answers = {**told.talk.answers, **_where(told.talk.answers)}
    by_talk = replace(made, stand=replace(told, talk=replace(told.talk, answers=answers)))
    assert "place" not in score.score(by_talk).missed
    assert "place" in score.score(replace(made, stand=told)).missed


def _where(answers: object) -> dict[str, object]:
    from console.scripts.conversation import Given

    del answers
    return {"place_now": Given("家里"), "companion_now": Given("一个人")}


def test_her_feeling_is_not_met_while_she_ends_worse_than_the_scenario_asks(opener: Opener) -> None:
    code = next(
        one.code
        for one in book.shipped().all()[0]
        if one.end.mood == "worried" and one.persona.start in ("upset", "angry") and not one.interruptions
    )
    made = advice.right_call(opener(code)).play
    assert not score.score(made).missed
    angry = replace(made, patient=replace(made.patient, mood=3))
    assert score.score(angry).missed == ("empathy",)


# -- the list of actions --


def test_every_action_is_described_and_every_one_described_is_taken() -> None:
    page = (
        Path("docs/practice.md")
        .read_text(encoding="utf-8")
        .partition("\n## Actions\n")[2]
        .partition("\n## ")[0]
    )
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    named = {one for row in rows[1:] for one in row.replace("`", "").replace(" ", "").split(",")}
    assert named == set(trainee.ACTIONS)


def test_a_call_is_the_same_whatever_order_sets_come_in(opener: Opener, tmp_path: Path) -> None:
    file = tmp_path / "actions.jsonl"
    lines = [action_document(one) for one in advice.perfect(opener(BLEED))]
    file.write_text("\n".join(json.dumps(one) for one in lines), encoding="utf-8")
    command = [sys.executable, "-m", "console", "practice", "run", BLEED, "--actions", str(file), "--json"]
    made = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONHASHSEED": seed}, text=True
        )
        for seed in ("1", "2")
    ]
    first, second = (one.communicate(timeout=240)[0] for one in made)
    assert first == second
    assert json.loads(first)["passed"]
