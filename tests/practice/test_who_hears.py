"""Whoever picks up is who she is, not whom the list of contact persons happens to offer."""

from __future__ import annotations

import pytest

from console.practice import advice, score
from console.practice.play import run
from console.practice.records import Action, Grade
from tests.practice.conftest import Opener

CONNECTED = (Action("dial"), Action("dialled", "connected"))


def test_a_relative_taken_for_the_one_who_may_hear_ends_the_call(opener: Opener) -> None:
    stage = opener("who_curious_mother_in_law")
    assert stage.sheet.people[0].may_hear_clinical
    play, refused = run(stage, 1, Grade.NORMAL, (*CONNECTED, Action("proxy", "1")))
    assert not refused
    assert "clinical_before_identity" in score.fails(play)
    right = advice.right_call(stage)
    assert [one.value for one in right.actions if one.do == "proxy"] == ["0"]
    assert not score.fails(right.play)


def test_the_daughter_with_consent_is_picked_and_hears_everything(opener: Opener) -> None:
    stage = opener("who_daughter_with_consent")
    right = advice.right_call(stage)
    picked = next(int(one.value) for one in right.actions if one.do == "proxy")
    assert stage.sheet.people[picked - 1].may_hear_clinical
    assert any(one.do == "answer" for one in right.actions)
    assert not score.fails(right.play)


@pytest.mark.parametrize(
    ("code", "items"),
    [
        ("who_boyfriend_knows_it_all", ("birthday", "surgeon")),
        ("who_two_birthdays", ("birthday", "visit_date")),
    ],
)
def test_a_birthday_that_she_did_not_give_rightly_opens_nothing(
    opener: Opener, code: str, items: tuple[str, ...]
) -> None:
    ticked = tuple(Action("identity", one) for one in items)
    play, refused = run(opener(code), 1, Grade.NORMAL, (*CONNECTED, *ticked))
    assert not refused
    assert "clinical_before_identity" in score.fails(play)


def test_an_ignored_anger_leaves_the_sign_vague_and_a_met_one_brings_it_out(opener: Opener) -> None:
    stage = opener("dispute_anger_hides_a_sign")
    met = advice.right_call(stage)
    ignored = advice.call_without(stage, 1, frozenset({"interruption:nobody_cared"}))

    def keyed(actions: tuple[Action, ...]) -> list[object]:
        return [one.value for one in actions if one.do == "answer" and one.about == "one_side_fast"]

    assert keyed(met.actions) == ["yes"]
    assert keyed(ignored.actions) == ["unsure"]
    assert (met.play.patient.mood_name, ignored.play.patient.mood_name) == ("upset", "angry")


def test_nobody_answers_on_a_dead_line(opener: Opener) -> None:
    said = advice.right_call(opener("talk_line_drops")).play.said
    dropped = next(one.number for one in said if one.code == "interruption:dropped")
    assert not [one for one in said[dropped:] if one.who in ("patient", "caller")]
