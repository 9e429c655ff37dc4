"""Frozen records of practice: what one practised call came to, and what is kept of it. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PracticeLevel(StrEnum):
    """How much help a practised call gave, the least demanding first."""

    GUIDED = "guided"
    NORMAL = "normal"
    EXAM = "exam"


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in both languages of the screen."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class PracticeItem:
    """One item of the sheet.

    Args:
        code: of the item, such as `answer:pain_now`. group: its item on the scorecard, such as `answer`.
        got, of: points. better: what would have been right, only of an item that lost points.
    """

    code: str
    group: str
    got: int
    of: int
    better: Bilingual | None = None


@dataclass(frozen=True, slots=True)
class PracticeResult:
    """One practised call as it left the practice process.

    Args:
        run: key of this run; the same run sent twice is one result.
        scenario, level, seed: what was played.
        items: the sheet. instant_fail: codes of what fails the whole call.
        seconds, norm_s: the call took, a good call takes. keys, keys_norm: keystrokes, and of the right call.
        finished: whether it was played to its end.
        begun: whether this is an exam of which only its beginning is known yet; without points, not finished.
        course, position: the course it was played in and its place there from 1; empty and 0 outside one.
    """

    run: str
    scenario: str
    level: PracticeLevel
    seed: int
    items: tuple[PracticeItem, ...]
    instant_fail: tuple[str, ...]
    seconds: float
    norm_s: float
    keys: int
    keys_norm: int
    finished: bool
    course: str = ""
    position: int = 0
    begun: bool = False

    @property
    def got(self) -> int:
        """Points got; an instant fail leaves none."""
        return 0 if self.instant_fail else sum(item.got for item in self.items)

    @property
    def of(self) -> int:
        """Points there are."""
        return sum(item.of for item in self.items)


@dataclass(frozen=True, slots=True)
class KeptResult:
    """A practised call on record: whose, and when it was kept (aware instant)."""

    id: int
    staff_id: int
    at: datetime
    result: PracticeResult


@dataclass(frozen=True, slots=True)
class RestingExam:
    """An exam that was taken and may not be taken again before an aware instant.

    Args:
        scenario, course: which. until: aware instant. broken_off: whether it was not played to its end.
    """

    scenario: str
    course: str
    until: datetime
    broken_off: bool = False
