"""Who is ready: passing, trend, weakest items, competencies, what to practise next."""

from __future__ import annotations

import dataclasses
import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.practice.records import Skill
from console.readiness.words import course_lines, exam_words
from console.rules import readiness as rules
from console.rules.practice import parse
from console.rules.readiness import SKILLS, assess, begins_real_calls, passes, suggest, trend
from console.rules.readiness_records import COMPETENCIES, Readiness, Shelf, Trend
from db.enums import Role
from db.practice_records import KeptResult, PracticeLevel
from tests.practice_runs import NOW, SHELF, begun, run


def kept(number: int, scenario: str, percent: int = 100, **more: Any) -> KeptResult:
    """The n-th call of a person, worth so many of 100 points."""
    more.setdefault("items", [("flag", percent, 100, None)])
    return KeptResult(number, 1, NOW + timedelta(hours=number), parse(run(scenario, **more)))


def state(standing: Readiness, course: str, scenario: str) -> Any:
    (found,) = (one for one in standing.courses if one.course.code == course)
    return next(one for one in found.scenarios if one.scenario == scenario)


def why(standing: Readiness, scenario: str, course: str = "first_week") -> str | None:
    reason = state(standing, course, scenario).missing
    return None if reason is None else reason.code


def test_at_the_mark_is_passed_and_a_point_below_is_not() -> None:
    assert why(assess([kept(1, "plain", 80)], SHELF), "plain") is None
    below = assess([kept(1, "plain", 79)], SHELF)
    assert why(below, "plain") == "practice_below"
    assert state(below, "first_week", "plain").missing.params["percent"] == 79
    # 79.9 is shown as 79 and stays below.
    items = [("flag", 799, 1000, None)]
    assert why(assess([kept(1, "plain", items=items)], SHELF), "plain") == "practice_below"


def test_every_way_not_to_have_passed_has_its_reason() -> None:
    assert why(assess([], SHELF), "plain") == "practice_not_tried"
    assert why(assess([kept(1, "plain", level="guided")], SHELF), "plain") == "practice_more_help"
    assert why(assess([kept(1, "plain", finished=False)], SHELF), "plain") == "practice_unfinished"
    failed = assess([kept(1, "plain", instant_fail=["flag_missed"])], SHELF)
    assert why(failed, "plain") == "practice_failed"
    assert state(failed, "first_week", "plain").missing.params["fail"] == "flag_missed"
    assert state(failed, "first_week", "plain").best == 0
    assert why(assess([kept(1, "plain", level="exam")], SHELF), "plain") is None


def test_best_and_last_are_of_the_calls_that_count() -> None:
    standing = assess(
        [kept(3, "plain", 60), kept(1, "plain", 90), kept(2, "plain", 70), kept(4, "plain", level="guided")],
        SHELF,
    )
    one = state(standing, "first_week", "plain")
    assert (one.tries, one.best, one.last, one.missing) == (4, 90, 60, None)


def test_an_exam_counts_in_its_own_course_alone() -> None:
    for course, code in (("", "practice_more_help"), ("first_week", "practice_more_help"), ("exam", None)):
        standing = assess([kept(1, "dispute", level="exam", course=course)], SHELF)
        assert why(standing, "dispute", "exam") == code
    assert why(assess([kept(1, "dispute", course="exam")], SHELF), "dispute", "exam") == "practice_more_help"


def test_ready_when_every_required_course_is_passed_and_not_before() -> None:
    calls = [kept(1, "plain"), kept(2, "bleed")]
    almost = assess(calls, SHELF)
    assert not almost.ready and (almost.done, almost.wanted) == (2, 3)
    assert [(one.code, one.params["course"]) for one in almost.missing] == [("practice_course_open", "exam")]
    assert (almost.exam, almost.exam_passed) == (None, False)
    ready = assess([*calls, kept(3, "dispute", 85, level="exam", course="exam")], SHELF)
    assert ready.ready and ready.missing == () and (ready.exam, ready.exam_passed) == (85, True)


def test_nobody_is_ready_where_nothing_is_required() -> None:
    loose = dataclasses.replace(SHELF, courses=SHELF.courses[2:])
    for shelf in (Shelf(), loose):
        assert [one.code for one in assess([kept(1, "implant")], shelf).missing] == ["practice_no_course"]
    empty = dataclasses.replace(SHELF.courses[0], scenarios=())
    assert not assess([kept(1, "plain")], Shelf(courses=(empty,))).ready


@pytest.mark.parametrize(
    ("late", "early", "expected"),
    [
        ([80] * 5, [75] * 5, Trend.BETTER),
        ([80] * 5, [76] * 5, Trend.SAME),
        ([70] * 5, [75] * 5, Trend.WORSE),
        ([80] * 5, [60] * 3, Trend.BETTER),
        ([80] * 5, [60] * 2, Trend.TOO_FEW),
        ([80] * 4, [], Trend.TOO_FEW),
    ],
)
def test_the_trend_is_five_against_the_five_before(
    late: list[int], early: list[int], expected: Trend
) -> None:
    assert trend([*late, *early]) == expected
    if len(early) == 5:
        # What lies further back no longer counts.
        assert trend([*late, *early, *[0] * 9]) == expected


def test_guided_and_broken_off_calls_say_nothing_about_how_good_she_is() -> None:
    weak = [("flag", 1, 100, None)]
    calls = [kept(n, "plain", items=weak, level="guided") for n in range(5)]
    calls += [kept(5 + n, "plain", items=weak, finished=False) for n in range(5)]
    standing = assess(calls, SHELF)
    assert (standing.spark, standing.weakest, standing.trend) == ((), (), Trend.TOO_FEW)
    assert all(one.percent is None for one in standing.competencies)
    assert standing.tries == 10 and standing.missed[0].times == 10


def test_an_exam_that_only_began_is_broken_off_and_nothing_of_it_was_missed() -> None:
    whole = run("dispute", level="exam", course="exam")
    first = KeptResult(9, 1, NOW + timedelta(hours=9), parse(begun(whole)))
    standing = assess([first], SHELF)
    assert why(standing, "dispute", "exam") == "practice_broken_off"
    assert (standing.exam, standing.exam_passed, standing.exam_broken_off) == (None, False, True)
    assert (standing.missed, standing.spark, standing.weakest, standing.tries) == ((), (), (), 1)
    assert any("broken off" in line for line in course_lines(standing.courses[1], SHELF))
    assert exam_words(standing) == "broken off"
    ended = assess([dataclasses.replace(first, result=parse(whole))], SHELF)
    assert (ended.exam, ended.exam_passed, ended.exam_broken_off) == (100, True, False)
    # Passed once stays passed, whatever became of a later try.
    later = assess([kept(1, "dispute", 90, level="exam", course="exam"), first], SHELF)
    assert exam_words(later) == "90% passed" and later.courses[1].passed


def test_weakest_items_need_three_tries_and_competencies_are_the_five() -> None:
    items = [("flag", 10, 20, None), ("answer:a", 5, 5, None), ("answer:b", 0, 5, None), ("note", 0, 5, None)]
    two = assess([kept(n, "plain", items=items) for n in range(2)], SHELF)
    assert two.weakest == ()
    full = [("identity", 15, 15, None), *items]
    three = assess([kept(0, "plain", items=full), *(kept(n, "bleed", items=items) for n in (1, 2))], SHELF)
    assert [(one.code, one.percent, one.tries) for one in three.weakest] == [
        *(("note", 0, 3), ("answer", 50, 3), ("flag", 50, 3))
    ]
    assert [(one.code, one.percent) for one in three.competencies] == [
        ("communication", 100),
        ("needs", 50),
        ("medical_knowledge", 50),
        ("problem_solving", None),
        ("emotion_control", None),
    ]


def test_missed_moments_keep_the_newest_better_line_and_count() -> None:
    old, new = ({"zh": word, "en": word} for word in ("old", "new"))
    calls = [
        kept(1, "bleed", items=[("flag", 0, 20, old)]),
        kept(2, "bleed", items=[("flag", 10, 20, new)]),
        kept(3, "bleed", items=[("flag", 20, 20, None)]),
    ]
    (one,) = assess(calls, SHELF).missed
    assert (one.times, one.at) == (2, NOW + timedelta(hours=2))
    assert one.item.better is not None and one.item.better.en == "new"


def test_practice_is_suggested_for_the_weakest_items() -> None:
    # She lost the flag in the fever call: that one first, then the red-flag one she never played.
    calls = [kept(n, "fever", items=[("flag", 0, 20, None)]) for n in range(3)]
    standing = assess(calls, SHELF)
    assert [one.code for one in standing.weakest] == ["flag"]
    assert [(one.scenario, one.group) for one in standing.suggested] == [("fever", "flag"), ("bleed", "flag")]
    assert assess([], SHELF).suggested == ()


def test_suggestions_take_items_in_turn_also_for_what_a_lead_found_in_real_calls() -> None:
    found = suggest(["flag_missed", "identity", "unheard_of"], (), SHELF.scenarios)
    assert [one.scenario for one in found] == ["bleed", "husband", "fever"]
    assert len(suggest(["flag", "identity"], (), SHELF.scenarios, most=1)) == 1


def test_every_weak_point_leads_to_skills_that_exist() -> None:
    skills = {str(skill) for skill in Skill}
    assert all(wanted and set(wanted) <= skills for wanted in SKILLS.values())
    # And every skill is the answer to something.
    assert {skill for wanted in SKILLS.values() for skill in wanted} == skills


def test_only_a_trainee_s_first_other_role_begins_real_calls() -> None:
    assert begins_real_calls([Role.TRAINEE], [Role.CALLER])
    assert begins_real_calls(["trainee"], ["trainee", "nurse"])
    assert not begins_real_calls([Role.TRAINEE], [Role.TRAINEE])
    assert not begins_real_calls([Role.TRAINEE, Role.CALLER], [Role.CALLER])
    assert not begins_real_calls([Role.CALLER], [Role.CALLER, Role.LEAD])


# --- properties ---

GROUPS = ("flag", "identity", "answer:a", "answer:b", "told", "note", "strange")


@st.composite
def histories(draw: st.DrawFn) -> list[KeptResult]:
    calls: list[KeptResult] = []
    for number in range(draw(st.integers(0, 14))):
        codes = draw(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=4, unique=True))
        calls.append(
            kept(
                number,
                draw(st.sampled_from([*(one.code for one in SHELF.scenarios), "gone"])),
                items=[(code, draw(st.integers(0, 10)), 10, None) for code in codes],
                level=draw(st.sampled_from(list(PracticeLevel))).value,
                course=draw(st.sampled_from(["", "exam", "first_week"])),
                finished=draw(st.booleans()),
                instant_fail=draw(st.sampled_from([[], [], ["flag_missed"]])),
            )
        )
    return calls


@settings(max_examples=25)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(calls: list[KeptResult], dice: random.Random) -> None:
    shuffled = dice.sample(calls, len(calls))
    assert assess(shuffled, SHELF) == assess(calls, SHELF)


@settings(max_examples=25)
@given(histories(), st.integers(0, 14))
def test_what_is_passed_stays_passed_and_the_numbers_agree(calls: list[KeptResult], upto: int) -> None:
    earlier, later = assess(calls[:upto], SHELF), assess(calls, SHELF)
    for before, after in zip(earlier.courses, later.courses, strict=True):
        assert not before.passed or after.passed
        for was, now in zip(before.scenarios, after.scenarios, strict=True):
            assert (was.missing is not None) or now.missing is None
            assert was.tries <= now.tries
    assert later.ready == all(one.passed for one in later.courses if one.course.required)
    assert later.ready == (later.done == later.wanted)
    assert 0 <= later.done <= later.wanted == 3


@settings(max_examples=25)
@given(histories())
def test_shares_are_shares(calls: list[KeptResult]) -> None:
    standing = assess(calls, SHELF)
    assert tuple(one.code for one in standing.competencies) == COMPETENCIES
    counted = [one for one in calls if rules.measures(one.result)]
    points = sum(
        item.of for one in counted for item in one.result.items if item.group not in ("note", "strange")
    )
    assert sum(one.of for one in standing.competencies) == points
    shares = [one.got / one.of for one in standing.weakest]
    assert shares == sorted(shares) and all(share < 1 for share in shares)
    assert all(one.tries >= rules.TRIES_LEAST for one in standing.weakest)
    assert len(standing.spark) == min(len(counted), rules.SPARK)
    assert len({one.scenario for one in standing.suggested}) == len(standing.suggested) <= 3
    for one in calls:
        for mark in (0, 50, 100):
            if passes(one.result, mark):
                assert one.result.got * 100 >= mark * one.result.of and not one.result.instant_fail
