"""Courses: scenarios in the order they are practised, and what passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from console.clean import clean
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


def read(folder: Path | None = None) -> tuple[tuple[Course, ...], tuple[Problem, ...]]:
    """The courses that are whole, shipped ones first, and everything that is wrong with the others.

    Args: folder of the clinic's own scenarios. Raises ScriptError at a fault of the shipped file.
    """
    made = list(parse(text_of(shipped_folder().joinpath(FILE), FILE)))
    if folder is None:
        return tuple(made), ()
    try:
        if not (folder / FILE).exists():
            return tuple(made), ()
        root = _root(text_of(folder / FILE, FILE))
        tables = root.tables("course")
    except ScriptError as error:
        return tuple(made), (_problem(error),)
    except OSError as error:
        return tuple(made), (Problem(FILE, "", "unreadable", f"can't be read: {error.strerror}"),)
    found: list[Problem] = []
    for table in tables:
        wrong = tuple(_faults(table))
        found.extend(wrong)
        if wrong:
            continue
        course = _course(table)
        if any(one.code == course.code for one in made):
            found.append(Problem(FILE, course.code, "code_twice", "two courses have this code"))
        else:
            made.append(course)
    return tuple(made), tuple(found)


def parse(body: str) -> tuple[Course, ...]:
    """The courses of a file. Args: body, TOML. Raises ScriptError at the first fault."""
    return tuple(_course(table) for table in _root(body).tables("course"))


def _root(body: str) -> Table:
    try:
        root = Table(FILE, "", document(FILE, body))
    except ScriptError:
        raise
    except ValueError as error:
        raise ScriptError(FILE, "", "not valid TOML: a number is too long", "toml") from error
    for key in root.data.keys() - {"version", "course"}:
        raise root.fault(key, "there is no such key", "schema")
    root.integer("version")
    return root


def _level(table: Table) -> Grade:
    level = table.text("level")
    if level not in tuple(Grade):
        raise table.fault("level", f"expected one of {', '.join(Grade)}")
    return Grade(level)


def _percent(table: Table) -> int:
    percent = table.integer("pass_percent")
    if not 1 <= percent <= 100:
        raise table.fault("pass_percent", "1 to 100 is expected", "out_of_range")
    return percent


def _scenarios(table: Table) -> tuple[str, ...]:
    scenarios = table.texts("scenarios")
    if not scenarios:
        raise table.fault("scenarios", "a list of codes is expected", "missing_key")
    if len(set(scenarios)) < len(scenarios):
        raise table.fault("scenarios", "a scenario stands twice", "code_twice")
    return scenarios


_PARTS: Final[Mapping[str, Callable[[Table], object]]] = {
    "code": lambda table: table.text("code"),
    "title": lambda table: words_of(table.table("title")),
    "about": lambda table: words_of(table.table("about")),
    "level": _level,
    "pass_percent": _percent,
    "scenarios": _scenarios,
    "required": lambda table: table.flag("required"),
}


def _faults(table: Table) -> Iterator[Problem]:
    """Everything that is wrong with a course, a fault for each of its keys."""
    for key in sorted(table.data.keys() - _PARTS.keys()):
        yield _problem(table.fault(key, "there is no such key", "schema"))
    for part in _PARTS.values():
        try:
            part(table)
        except ScriptError as error:
            yield _problem(error)


def _problem(error: ScriptError) -> Problem:
    return Problem(clean(error.file), clean(error.where), error.code, clean(error.message))


def _course(table: Table) -> Course:
    for key in table.data.keys() - _PARTS.keys():
        raise table.fault(key, "there is no such key", "schema")
    return Course(
        code=table.text("code"),
        title=words_of(table.table("title")),
        about=words_of(table.table("about")),
        grade=_level(table),
        pass_percent=_percent(table),
        scenarios=_scenarios(table),
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
