"""Courses: scenarios in the order they are practised, and what passes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from console.practice.book import Book, shipped_folder, text_of
from console.practice.records import Grade, Score
from console.scripts.build import Table, words_of
from console.scripts.documents import document
from console.scripts.errors import ScriptError
from console.scripts.lint_base import Problem
from console.scripts.records import Words

FILE: Final = "courses.toml"
PASS_PERCENT: Final = 80
"""Percent of the points that pass a call outside any course."""
_KEYS: Final = frozenset({"code", "title", "about", "level", "pass_percent", "scenarios", "required"})


@dataclass(frozen=True, slots=True)
class Course:
    """An ordered list of scenarios.

    Args:
        code, title, about: as the practice page shows them.
        grade: how much help there is in all its calls.
        pass_percent: of a call's points, each call by itself.
        scenarios: codes, in order.
        required: whether somebody is ready for real calls only when she passed it.
    """

    code: str
    title: Words
    about: Words
    grade: Grade
    pass_percent: int
    scenarios: tuple[str, ...]
    required: bool


def courses(folder: Path | None = None) -> tuple[Course, ...]:
    """The courses that travel with the program, then those of a clinic's own folder, if it has any.

    Args: folder of the clinic's own scenarios. Raises ScriptError at the first fault of a file, and when a code
    stands twice.
    """
    made = list(parse(text_of(shipped_folder().joinpath(FILE), FILE)))
    if folder is not None and (folder / FILE).exists():
        made += parse(text_of(folder / FILE, FILE))
    codes = [one.code for one in made]
    for code in codes:
        if codes.count(code) > 1:
            raise ScriptError(FILE, code, "two courses have this code", "code_twice")
    return tuple(made)


def parse(body: str) -> tuple[Course, ...]:
    """The courses of a file. Args: body, TOML. Raises ScriptError at the first fault."""
    try:
        root = Table(FILE, "", document(FILE, body))
    except ScriptError:
        raise
    except ValueError as error:
        raise ScriptError(FILE, "", "not valid TOML: a number is too long", "toml") from error
    for key in root.data.keys() - {"version", "course"}:
        raise root.fault(key, "there is no such key", "schema")
    root.integer("version")
    return tuple(_course(table) for table in root.tables("course"))


def _course(table: Table) -> Course:
    for key in table.data.keys() - _KEYS:
        raise table.fault(key, "there is no such key", "schema")
    level, percent, scenarios = table.text("level"), table.integer("pass_percent"), table.texts("scenarios")
    if level not in tuple(Grade):
        raise table.fault("level", f"expected one of {', '.join(Grade)}")
    if not 1 <= percent <= 100:
        raise table.fault("pass_percent", "1 to 100 is expected", "out_of_range")
    if not scenarios:
        raise table.fault("scenarios", "a list of codes is expected", "missing_key")
    if len(set(scenarios)) < len(scenarios):
        raise table.fault("scenarios", "a scenario stands twice", "code_twice")
    return Course(
        code=table.text("code"),
        title=words_of(table.table("title")),
        about=words_of(table.table("about")),
        grade=Grade(level),
        pass_percent=percent,
        scenarios=scenarios,
        required=table.flag("required"),
    )


def problems(made: Iterable[Course], book: Book) -> tuple[Problem, ...]:
    """Scenarios that courses name and nobody has. Args: courses; book with all scenarios."""
    known = set(book.codes)
    return tuple(
        Problem(FILE, f"{course.code}.scenarios", "unknown_scenario", f"no scenario {code!r}")
        for course in made
        for code in course.scenarios
        if code not in known
    )


def passed(score: Score, pass_percent: int = PASS_PERCENT) -> bool:
    """Whether a call passes.

    Args: score of it; pass_percent, of a course. Returns True when it was saved with at least so many percent of its
    points; an instant fail never passes.
    """
    if score.instant_fail or not score.saved or not score.of:
        return False
    return score.score * 100 >= pass_percent * score.of


def done(course: Course, best: Iterable[tuple[str, bool]]) -> tuple[int, int]:
    """How far somebody is in a course. Args: course; (scenario, passed) of her calls at the course's level.

    Returns the scenarios passed at least once, and how many there are.
    """
    through = {code for code, good in best if good}
    return len(through & set(course.scenarios)), len(course.scenarios)
