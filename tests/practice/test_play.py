"""The engine: the same actions make the same call, and what the trainee does moves the patient."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.practice import advice, book, moments, play, score
from console.practice.records import Action, Grade
from console.practice.stand import ActionError
from tests.practice.conftest import Opener

EN = next(one.code for one in book.shipped().all()[0] if one.persona.language == "en")


@pytest.mark.parametrize("code", ["dispute_anger_hides_a_sign", "eyelid_orbital_bleed", EN])
def test_the_same_seed_and_actions_say_the_same_and_another_seed_other_words(
    code: str, opener: Opener
) -> None:
    stage = opener(code)
    actions = advice.perfect(stage, 3)
    first, second = (play.run(stage, 3, Grade.NORMAL, actions) for _ in range(2))
    assert first == second
    assert score.score(first[0]) == score.score(second[0])
    other = play.run(stage, 4, Grade.NORMAL, actions)[0]
    assert [line.text for line in other.said] != [line.text for line in first[0].said]
    assert score.score(other).score == score.score(first[0]).score


def test_anger_that_is_passed_over_grows_and_hides_the_sign(opener: Opener) -> None:
    stage = opener("dispute_anger_hides_a_sign")
    met = advice.right_call(stage).play
    deaf = advice.call_without(stage, 1, frozenset({"interruption:nobody_cared"})).play
    assert met.patient.mood < deaf.patient.mood
    assert (met.patient.heard["one_side_fast"], deaf.patient.heard["one_side_fast"]) == ("plain", "vague")
    # What is neither yes nor no counts as the sign, so that a good caller still raises it.
    assert {flag.code for flag in deaf.stand.talk.raised} >= {"one_side_growing"}


def test_an_action_the_screen_would_not_take_is_refused_and_named(opener: Opener) -> None:
    stage = opener("eyelid_orbital_bleed")
    with pytest.raises(ActionError) as caught:
        play.step(play.begin(stage), Action("answer", "no"))
    assert caught.value.code == "nothing_in_front"
    made, refused = play.run(stage, 1, Grade.NORMAL, [Action("fly"), Action("dial"), Action("dial")])
    assert [(number, error.code) for number, error in refused] == [
        (0, "unknown_action"),
        (2, "not_before_the_call"),
    ]
    assert [line.value for line in made.said if line.code == "refused"] == [
        "unknown_action",
        "not_before_the_call",
    ]


def test_an_emergency_stands_before_the_next_question(opener: Opener) -> None:
    stage = opener("eyelid_orbital_bleed")
    right = advice.right_call(stage)
    halted = next(one for one in right.steps if one.stand.halted)
    with pytest.raises(ActionError) as caught:
        play.step(halted, Action("answer", "no"))
    assert caught.value.code == "emergency_lines_first"


def test_an_emergency_nobody_was_told_of_is_not_saved(opener: Opener) -> None:
    stage = opener("eyelid_orbital_bleed")
    untold = advice.call_without(stage, 1, frozenset({"told"})).play
    made = score.score(untold)
    assert (made.saved, made.instant_fail, made.score) == (False, ("ended_without_escalation",), 0)


@pytest.mark.parametrize(
    "code", ["eyelid_orbital_bleed", "who_husband_hands_over", "talk_crying", "talk_daily_life"]
)
def test_what_a_screen_did_is_the_actions_that_did_it(code: str, opener: Opener) -> None:
    """The screen knows only where the call stood and stands; the actions found lead to the same stand."""
    stage = opener(code)
    right = advice.right_call(stage)
    for number, action in enumerate(right.actions):
        if action.do in ("say", "wait"):
            continue
        before = right.steps[number]
        after = play.step(before, action)
        found = moments.actions(stage, before.stand, after.stand)
        again = before
        for one in found:
            again = play.step(again, replace(one, keys=action.keys))
        said = (code, number, action, found)
        assert again.stand == after.stand, said


def test_in_an_emergency_she_says_where_she_is_and_the_place_is_held_against_it(opener: Opener) -> None:
    stage = opener("eyelid_orbital_bleed")
    right = advice.right_call(stage)
    said = [line for line in right.play.said if line.code in ("emergency", "place")]
    assert [line.who for line in said] == ["caller", "patient", "patient"]
    place, companion = stage.scenario.place.of(stage.lang), stage.scenario.companion.of(stage.lang)
    assert (place in said[1].text, companion in said[2].text) == (True, True)
    made_up = [replace(one, value="x", about="y") if one.do == "where" else one for one in right.actions]
    lost = score.score(play.run(stage, 1, Grade.NORMAL, made_up)[0])
    assert lost.missed == ("place",)


def test_a_lost_answer_says_what_she_said_and_what_was_to_be_keyed(opener: Opener) -> None:
    stage = opener("dispute_anger_hides_a_sign")
    wrong = [
        replace(one, value="no") if (one.do, one.about) == ("answer", "one_side_fast") else one
        for one in advice.perfect(stage)
    ]
    made = score.score(play.run(stage, 1, Grade.NORMAL, wrong)[0])
    better = {one.code: one.better for one in made.items if one.got < one.of}
    said = [
        line.text
        for line in advice.right_call(stage).play.said
        if line.code == "q:one_side_fast" and line.who == "patient"
    ][-1]
    assert said in better["answer:one_side_fast"].zh and better["answer:one_side_fast"].en.endswith(
        "key: yes."
    )
    assert stage.library.flags["one_side_growing"].zh in better["flag"].zh
    early = score.score(play.run(stage, 1, Grade.NORMAL, [Action("dial"), Action("leave")])[0])
    words = {one.code: one.better.en for one in early.items if one.got < one.of}
    assert words["answer:one_side_fast"] == "This was never asked."
    assert words["interruption:nobody_cared"] == "The call ended before it came to this."
    assert "answers" in words


def test_own_words_are_heard(opener: Opener) -> None:
    stage = opener("eyelid_orbital_bleed")
    talking = next(one for one in advice.right_call(stage).steps if one.stand.stage == "talking")
    after = play.step(talking, Action("say", "请稍等。"))
    assert [line.who for line in after.said[len(talking.said) :]][:2] == ["caller", "patient"]
