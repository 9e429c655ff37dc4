"""The shipped courses, scorecard and scenarios as what readiness is judged by."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.readiness.shelf import shelf
from console.rules.practice import parse
from console.rules.readiness import SKILLS, assess
from console.rules.readiness_records import COMPETENCIES, Shelf
from db.practice_records import KeptResult, PracticeLevel
from tests.practice_runs import NOW, run


@pytest.fixture(scope="module")
def shipped() -> Shelf:
    return shelf()


def test_whatever_can_be_weak_leads_to_practice(shipped: Shelf) -> None:
    known = {line.code for line in shipped.card} | {code for code, _title in shipped.fails}
    assert set(SKILLS) == known
    skills = {one.skill for one in shipped.scenarios}
    assert all(skills & set(wanted) for wanted in SKILLS.values())


def test_every_course_can_be_passed_and_every_item_has_its_competency(shipped: Shelf) -> None:
    scenarios = {one.code for one in shipped.scenarios}
    assert all(set(course.scenarios) <= scenarios for course in shipped.courses)
    assert any(course.required for course in shipped.courses)
    assert any(course.level is PracticeLevel.EXAM for course in shipped.courses)
    assert {line.competency for line in shipped.card} == set(COMPETENCIES)
    titles = [one.title for one in (*shipped.courses, *shipped.scenarios, *shipped.card)]
    assert all(title.zh.strip() and title.en.strip() for title in titles)


def test_who_plays_every_required_call_rightly_is_ready_and_one_call_less_is_not(shipped: Shelf) -> None:
    calls = [
        KeptResult(
            number,
            1,
            NOW + timedelta(minutes=number),
            parse(run(code, level=str(course.level), course=course.code)),
        )
        for number, (course, code) in enumerate(
            (course, code) for course in shipped.courses if course.required for code in course.scenarios
        )
    ]
    assert assess(calls, shipped).ready
    assert not assess(calls[:-1], shipped).ready
