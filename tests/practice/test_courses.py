"""Courses: what is shipped, what passes, and what is wrong with a clinic's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.practice import book, courses
from console.practice.records import Grade, ItemScore, Score
from console.scripts.errors import ScriptError
from console.scripts.records import Words

OWN = """
version = 1
[[course]]
code = "ours"
title = { zh = "我们的", en = "Ours" }
about = { zh = "自己的练习。", en = "Our own." }
level = "normal"
pass_percent = 90
required = false
scenarios = ["own_day_two", "nobody_wrote_this"]
"""


def _score(got: int, of: int, *, fails: tuple[str, ...] = (), saved: bool = True) -> Score:
    item = ItemScore("answers", "answers", got, of, Words("", ""), Words("", ""))
    return Score("one", 1, Grade.NORMAL, (item,), fails, 1.0, 1.0, 1, 1, saved)


def test_three_courses_and_an_exam_are_shipped() -> None:
    made, shelf = courses.courses(), book.shipped()
    assert [one.code for one in made] == ["first_week", "red_flags", "hard_talks", "exam"]
    assert {one.pass_percent for one in made} == {80} and all(one.required for one in made)
    assert [one.grade for one in made] == [Grade.GUIDED, Grade.NORMAL, Grade.NORMAL, Grade.EXAM]
    assert courses.problems(made, shelf) == ()
    skills = {one.code: {str(shelf.scenario(code).skill) for code in one.scenarios} for one in made}
    assert "red_flag" in skills["red_flags"] and {"hard_talk", "dispute"} <= skills["hard_talks"]
    languages = {shelf.scenario(code).persona.language for one in made for code in one.scenarios}
    assert len(languages) == 2


def test_eighty_percent_pass_and_an_instant_fail_never() -> None:
    assert courses.passed(_score(80, 100)) and not courses.passed(_score(79, 100))
    assert not courses.passed(_score(80, 100), 81)
    assert not courses.passed(_score(100, 100, fails=("flag_missed",)))
    assert not courses.passed(_score(100, 100, saved=False))
    assert not courses.passed(_score(0, 0))


def test_how_far_somebody_is() -> None:
    first = courses.courses()[0]
    calls = [
        (first.scenarios[0], True),
        (first.scenarios[0], True),
        (first.scenarios[1], False),
        ("other", True),
    ]
    assert courses.done(first, calls) == (1, len(first.scenarios))


def test_a_clinics_own_courses_come_after_the_shipped(tmp_path: Path) -> None:
    assert courses.courses(tmp_path) == courses.courses()
    (tmp_path / "courses.toml").write_text(OWN, encoding="utf-8")
    made = courses.courses(tmp_path)
    assert made[:-1] == courses.courses()
    assert (made[-1].code, made[-1].pass_percent, made[-1].required) == ("ours", 90, False)
    (tmp_path / "own_day_two.toml").write_text("", encoding="utf-8")
    found = courses.problems(made, book.opened(tmp_path))
    assert [(one.where, one.code) for one in found] == [("ours.scenarios", "unknown_scenario")]
    (tmp_path / "courses.toml").write_text(OWN.replace('"ours"', '"exam"'), encoding="utf-8")
    with pytest.raises(ScriptError, match="two courses"):
        courses.courses(tmp_path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('level = "normal"', 'level = "hard"'),
        ("pass_percent = 90", "pass_percent = 0"),
        ('["own_day_two", "nobody_wrote_this"]', "[]"),
        ('"nobody_wrote_this"', '"own_day_two"'),
        ("required", "needed"),
        ("version = 1", "version = " + "9" * 6000),
        ("version = 1", ""),
        ("[[course]]", "[course]"),
    ],
)
def test_a_broken_file_is_a_sentence(before: str, after: str) -> None:
    assert before in OWN
    with pytest.raises(ScriptError) as caught:
        courses.parse(OWN.replace(before, after))
    assert str(caught.value).startswith("courses.toml") and len(str(caught.value)) < 300
