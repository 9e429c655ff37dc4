"""For every scenario: the right call has full marks, and each single mistake costs what it stands for, nothing else."""

from __future__ import annotations

import pytest

from console.practice import advice, book, score
from console.practice.records import Score
from console.practice.stage import Stage
from tests.practice import slips
from tests.practice.conftest import Opener

CODES = book.shipped().codes


def lost(made: Score) -> set[str]:
    """Items that lost points."""
    return set(made.missed)


def test_there_are_forty_in_both_languages_and_every_skill() -> None:
    made, problems = book.shipped().all()
    assert not problems
    assert len(made) >= 40
    spoken = [one.persona.language for one in made]
    assert spoken.count("en") >= 8 and spoken.count("zh") >= 20
    assert {str(one.skill) for one in made} >= {
        *("normal", "red_flag", "fever", "late_implant", "questions", "dispute"),
        *("who_answers", "incoming", "hard_talk", "several"),
    }


@pytest.mark.parametrize("code", CODES)
def test_each_single_mistake_costs_its_item_or_the_call(code: str, opener: Opener) -> None:
    stage = opener(code)
    right = score.score(advice.right_call(stage).play)
    assert (right.score, right.missed, right.instant_fail) == (right.of, (), ()), code
    assert right.saved
    for item in right.items:
        _check(stage, item.code, right)
    label = slips.with_slip(stage, "label")
    assert (lost(label), label.instant_fail) == ({"words"}, ())


def _check(stage: Stage, item: str, right: Score) -> None:
    group = item.partition(":")[0]
    if group == "answers":
        assert any(
            lost(made) == {"answers"} and not made.instant_fail
            for code, wrong in slips.unimportant(stage)
            if (made := slips.with_slip(stage, f"answer:{code}", wrong=wrong))
        ), (stage.scenario.code, item)
        return
    made = slips.with_slip(stage, item)
    said = (stage.scenario.code, item, made.missed, made.instant_fail)
    if group in slips.FAILS:
        assert slips.FAILS[group] in made.instant_fail, said
    elif group in ("answer", "concern", "interruption") and made.instant_fail:
        # A danger sign keyed as none, a relative taken for the patient: that ends the call's worth.
        assert made.score == 0, said
    else:
        assert (lost(made), made.instant_fail) == ({item}, ()), said
    assert made.score < right.score, said
