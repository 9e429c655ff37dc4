"""What travels with the scenarios: general lines, courses and the scorecard, checked together with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from console.practice import courses, lines
from console.practice.book import Book, opened, shipped
from console.practice.check import check, spoken
from console.scripts import scorecard
from console.scripts.errors import ScriptError
from console.scripts.library import Library
from console.scripts.lint_base import Problem


def shipped_problems(library: Library, *, play: bool = False) -> tuple[Problem, ...]:
    """All faults of what is shipped for practice, held against a release of the talk-tracks.

    Args: library; play, whether the right calls are played too, which takes long. Returns problems. Raises
    ScriptError when a file of the talk-tracks is broken.
    """
    return (*check(shipped(), library, play=play), *beside(library))


def beside(library: Library, folder: Path | None = None) -> tuple[Problem, ...]:
    """Faults of general lines, scorecard and courses. Args: library; a clinic's own folder. Returns problems."""
    found: list[Problem] = []
    for rule in (_general, _card):
        try:
            found.extend(rule(library))
        except ScriptError as error:
            found.append(Problem(error.file, error.where, error.code, error.message))
    try:
        found.extend(_courses(opened(folder), folder))
    except ScriptError as error:
        found.append(Problem(error.file, error.where, error.code, error.message))
    return tuple(found)


def _general(library: Library) -> Iterator[Problem]:
    general = lines.general()
    for where, code, message in lines.faults(general, library.questions):
        yield Problem("general.toml", where, code, message)
    for name in ("feeling_line", "callback", "note"):
        for where, code, message in spoken(f"caller.{name}", getattr(general, name), said=True):
            yield Problem("general.toml", where, code, message)


def _card(library: Library) -> Iterator[Problem]:
    del library
    card = scorecard.shipped()
    for item in card.items:
        yield from _texts(f"{item.code}.text", spoken("", item.text))
        yield from _texts(f"{item.code}.better", spoken("", item.better, said=True))
    for fail in card.fails:
        yield from _texts(f"{fail.code}.better", spoken("", fail.better, said=True))


def _texts(where: str, found: tuple[tuple[str, str, str], ...]) -> Iterator[Problem]:
    for inner, code, message in found:
        yield Problem("scorecard.toml", f"{where}{inner}", code, message)


def _courses(book: Book, folder: Path | None) -> Iterator[Problem]:
    made, wrong = courses.read(folder)
    yield from wrong
    yield from courses.problems(made, book)
    for course in made:
        for where, code, message in spoken(f"{course.code}.about", course.about):
            yield Problem(courses.FILE, where, code, message)
