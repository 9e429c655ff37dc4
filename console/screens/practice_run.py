"""What was picked and what was passed in this run of practice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from console.practice import courses
from console.practice.records import Grade, Scenario, Score

if TYPE_CHECKING:
    from console.practice.courses import Course

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Pick:
    """One call to play: scenario, grade, seed, and the course it belongs to."""

    scenario: Scenario
    grade: Grade
    seed: int = 1
    course: Course | None = None

    @property
    def course_code(self) -> str:
        """Code of its course; empty outside one."""
        return "" if self.course is None else self.course.code

    @property
    def place(self) -> int:
        """Its place in the course from 1; 0 outside one."""
        return 0 if self.course is None else self.course.scenarios.index(self.scenario.code) + 1


@dataclass(slots=True)
class Run:
    """What was played since this practice began.

    Attributes:
        scores: the best one by scenario, grade and course.
        used: exams begun, by scenario and course, and those that rest after an earlier one.
    """

    scores: dict[tuple[str, Grade, str], Score] = field(default_factory=dict[tuple[str, Grade, str], Score])
    used: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def note(self, pick: Pick, score: Score) -> None:
        """Keeps a score where it is the best one."""
        key = (pick.scenario.code, pick.grade, pick.course_code)
        before = self.scores.get(key)
        if before is None or before.score * score.of <= score.score * before.of:
            self.scores[key] = score

    def best(self, code: str, grade: Grade) -> Score | None:
        """The best score of a scenario at a grade, in and out of courses."""
        found = [one for (name, level, _course), one in self.scores.items() if (name, level) == (code, grade)]
        return max(found, key=percent, default=None)

    def passed(self, score: Score | None, course: Course | None = None) -> bool:
        """Whether a score passes. Args: the score; the course it counts for, whose mark may be its own."""
        return score is not None and courses.passed(score, self.mark(course))

    def mark(self, course: Course | None) -> int:
        """Percent that pass a call. Args: its course, None outside one."""
        return courses.PASS_PERCENT if course is None else course.pass_percent

    def of_course(self, course: Course) -> list[Score | None]:
        """Scores of a course's calls in order; None where one was not played."""
        return [self.scores.get((code, course.grade, course.code)) for code in course.scenarios]

    def through(self, course: Course) -> int:
        """How many calls of a course were passed since this practice began."""
        return sum(self.passed(one, course) for one in self.of_course(course))

    def next_of(self, course: Course, after: str | None = None) -> str | None:
        """The next call of a course: of an exam one that was not begun yet, else one not passed yet.

        Args: course; after, the code just played; None from the beginning.
        """
        codes = list(course.scenarios)
        at = codes.index(after) + 1 if after in codes else 0
        exam = course.grade is Grade.EXAM
        for code in (*codes[at:], *codes[:at]):
            if exam and (code, course.code) not in self.used:
                return code
            score = self.scores.get((code, course.grade, course.code))
            if not exam and code != after and not self.passed(score, course):
                return code
        return None


def percent(score: Score) -> int:
    """Points got of those there are, in whole percent, never rounded up."""
    return PERCENT * score.score // score.of if score.of else 0
