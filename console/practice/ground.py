"""What a practice page works with: the practice clinic, the scenarios and courses, and who hears of results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.practice.book import Book
    from console.practice.clinic import Base
    from console.practice.courses import Course
    from console.practice.records import Score
    from console.scripts.lint_base import Problem


@dataclass(frozen=True, slots=True)
class Ground:
    """Where practice takes place.

    Args:
        base: the empty practice clinic. book: the scenarios. courses: in their order.
        report: told of every call that was played: score, code of its course or empty, place in it from 1 or 0.
        resting: exams that may not be taken again yet, by code of the scenario and of the course.
        faults: of the folder of own scenarios, beside those of its scenarios.
        began: told of every exam that begins, before it is seen: its score while nothing is done; as of `report`.
    """

    base: Base
    book: Book
    courses: tuple[Course, ...] = ()
    report: Callable[[Score, str, int], None] | None = None
    resting: frozenset[tuple[str, str]] = frozenset()
    began: Callable[[Score, str, int], None] | None = None
    faults: tuple[Problem, ...] = ()
