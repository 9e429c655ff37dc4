"""Outcomes by dimension and the 100-point sheet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.rules.scoring import DimensionScore, Rated, SheetLine, by_dimension, score_sheet
from console.scripts.library import shipped

LIB = shipped()
FIVE = Rated("looks", "aesthetic", ("a", "b", "c", "d", "e"))
THREE = Rated("mood", "mood", ("calm", "mixed", "heavy"))


def test_best_is_hundred_worst_is_nothing_and_the_middle_half() -> None:
    for answer, percent in (("a", 100), ("c", 50), ("e", 0)):
        assert by_dimension([FIVE], {"looks": answer}) == (DimensionScore("aesthetic", percent, 1, 1),)


def test_unsure_and_strange_answers_are_not_answers() -> None:
    for answer in ("unsure", "z", 3):
        assert by_dimension([FIVE, THREE], {"looks": answer, "mood": "mixed"}) == (
            DimensionScore("aesthetic", None, 0, 1),
            DimensionScore("mood", 50, 1, 1),
        )


def test_every_set_scores_every_procedure_on_all_four_dimensions() -> None:
    for one in LIB.outcomes.sets.values():
        for procedure in LIB.procedures.values():
            rated = [
                Rated(
                    item.question,
                    item.dimension,
                    tuple(option.code for option in LIB.questions[item.question].options),
                )
                for item in one.items
                if procedure.matches(item.procedures)
            ]
            best = by_dimension(rated, {item.question: item.options[0] for item in rated})
            assert {score.dimension for score in best} == {"aesthetic", "safety", "function", "mood"}
            assert {score.percent for score in best} == {100}
            worst = by_dimension(rated, {item.question: item.options[-1] for item in rated})
            assert {score.percent for score in worst} == {0}


SHEET = [SheetLine(one.code, one.points) for one in LIB.outcomes.sheet]


def test_the_sheet_is_worth_a_hundred_points_and_seventy_pass() -> None:
    full = {line.code: line.points for line in SHEET}
    assert (LIB.outcomes.pass_mark, sum(full.values())) == (70, 100)
    assert len({one.area for one in LIB.outcomes.sheet}) == 9
    assert score_sheet(SHEET, full, 70).passed is True
    assert score_sheet(SHEET, {}, 70) == score_sheet(SHEET, {}, 70)
    assert score_sheet(SHEET, dict.fromkeys(full, 0), 70).passed is False
    assert score_sheet(SHEET, {}, 70).passed is None


@given(st.dictionaries(st.sampled_from([line.code for line in SHEET]), st.integers(0, 1)))
def test_what_is_decided_stays_decided(points: dict[str, int]) -> None:
    score = score_sheet(SHEET, points, 70)
    rest = {line.code: line.points for line in SHEET if line.code not in points}
    assert set(score.open) == set(rest)
    if score.passed is not None:
        assert score_sheet(SHEET, {**rest, **points}, 70).passed is score.passed
        assert score_sheet(SHEET, {**dict.fromkeys(rest, 0), **points}, 70).passed is score.passed


@pytest.mark.parametrize("points", [{"nobody": 1}, {SHEET[0].code: -1}, {SHEET[0].code: 99}])
def test_points_nobody_can_give_are_refused(points: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"indicator|worth"):
        score_sheet(SHEET, points, 70)
