"""Frozen records of readiness: what there is to practise, and where one person stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from db.practice_records import Bilingual, PracticeItem, PracticeLevel
from db.queue_records import Reason

PERCENT: Final = 100
COMPETENCIES: Final = ("communication", "needs", "medical_knowledge", "problem_solving", "emotion_control")
"""Catalogue S1-TRAIN-01."""


class Trend(StrEnum):
    """The latest calls against those before them."""

    TOO_FEW = "too_few"
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Course:
    """An ordered list of scenarios. pass_percent: for each of them. level: with no more help than this."""

    code: str
    title: Bilingual
    scenarios: tuple[str, ...]
    pass_percent: int
    required: bool
    level: PracticeLevel


@dataclass(frozen=True, slots=True)
class CardLine:
    """One item of the scorecard. competency: of COMPETENCIES, empty for none. better: its general better line."""

    code: str
    title: Bilingual
    competency: str
    better: Bilingual | None = None


@dataclass(frozen=True, slots=True)
class Tagged:
    """One scenario and the skill it trains."""

    code: str
    title: Bilingual
    skill: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to practise, and what it is judged by."""

    courses: tuple[Course, ...] = ()
    card: tuple[CardLine, ...] = ()
    scenarios: tuple[Tagged, ...] = ()
    fails: tuple[tuple[str, Bilingual], ...] = ()


@dataclass(frozen=True, slots=True)
class ScenarioState:
    """One scenario of a course.

    Args:
        tries: calls of it at any level. best, last: percent of those that count for the course; None without one.
        missing: why it is not passed; None when it is.
    """

    scenario: str
    tries: int
    best: int | None
    last: int | None
    missing: Reason | None


@dataclass(frozen=True, slots=True)
class CourseState:
    """One course, its scenarios in order."""

    course: Course
    scenarios: tuple[ScenarioState, ...]

    @property
    def done(self) -> int:
        """Scenarios passed."""
        return sum(1 for one in self.scenarios if one.missing is None)

    @property
    def passed(self) -> bool:
        """Whether every scenario is; a course without any is not."""
        return 0 < self.done == len(self.scenarios)


@dataclass(frozen=True, slots=True)
class Share:
    """Points got of the points there were, in so many calls. code: an item of the scorecard, or a competency."""

    code: str
    got: int
    of: int
    tries: int

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down; None when nothing was asked."""
        return self.got * PERCENT // self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Missed:
    """An item that lost points. at: when (aware). times: in how many of the latest calls."""

    scenario: str
    at: datetime
    item: PracticeItem
    times: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A scenario to practise, and the item it is for."""

    scenario: str
    group: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Where one person stands.

    Args:
        courses: all of them, in order. missing: why she is not ready; empty when she is.
        exam: percent of the last finished exam, None without one; exam_passed: of every exam course, None without one.
        exam_broken_off: whether the last exam was not played to its end.
        last_at: last practice (aware), None for never. tries: calls practised.
        trend; spark: percent of the latest calls, oldest first.
        weakest: items below full points, the weakest first. competencies: of COMPETENCIES, in order.
        missed: what was missed lately, newest first. suggested: what to practise for the weakest items.
    """

    courses: tuple[CourseState, ...]
    missing: tuple[Reason, ...]
    exam: int | None
    exam_passed: bool | None
    exam_broken_off: bool
    last_at: datetime | None
    tries: int
    trend: Trend
    spark: tuple[int, ...]
    weakest: tuple[Share, ...]
    competencies: tuple[Share, ...]
    missed: tuple[Missed, ...]
    suggested: tuple[Suggestion, ...]

    @property
    def ready(self) -> bool:
        """Ready for real calls: every required course is passed."""
        return not self.missing

    @property
    def done(self) -> int:
        """Scenarios of required courses that are passed."""
        return sum(one.done for one in self.courses if one.course.required)

    @property
    def wanted(self) -> int:
        """Scenarios of required courses."""
        return sum(len(one.scenarios) for one in self.courses if one.course.required)
