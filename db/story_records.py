"""Frozen records of one handed-over case: its whole story, and the result of the operation over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from db.enums import DutyKind

CAME_IN: Final = "contact_in"
TAKEN: Final = "contact_out"
TRIED: Final = "attempt"
TALKED: Final = "talk"
TRACK: Final = "track"
ANSWERED: Final = "answer"
SPOKEN: Final = "spoken"
PROMISED: Final = "promise"
BOOKED: Final = "booked"
VISITED: Final = "visited"
"""Kinds of lines that are no event of the case itself: what led to it and what was done for it elsewhere."""

Texts = Mapping[str, str]
"""Language ("zh", "en") to words."""


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line of a case's story.

    Args:
        at: when.
        kind: of an event (`db.escalations`), or one of the kinds above.
        who: name; None when a clock did it.
        note: what was written, as it was written.
        before, after: what changed, or a code: a dial's result, a conversation's outcome, an appointment's status.
        until: a date it set, such as the hour of a promise or of a report.
        said: the question, the flow's title, or the spoken line, by language.
        answer: the answer by language.
        danger: an answer that raised a sign of this case.
    """

    at: datetime
    kind: str
    who: str | None = None
    note: str = ""
    before: str | None = None
    after: str | None = None
    until: datetime | None = None
    said: Texts = field(default_factory=dict[str, str])
    answer: Texts = field(default_factory=dict[str, str])
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about a case, the oldest on top.

    Args:
        lines: what is shown.
        older: events left out because there are more than anybody reads; they stay in the record.
        hidden: whether what was said in the conversations is kept from this reader.
        call_id: the conversation it was raised in, once that is saved.
    """

    lines: tuple[StoryLine, ...] = ()
    older: int = 0
    hidden: bool = False
    call_id: int | None = None


@dataclass(frozen=True, slots=True)
class OutcomePoint:
    """What one conversation said about the result.

    Args:
        call_id: the conversation.
        on: clinic's day.
        day: post-op day; None when nobody knows.
        percent: dimension to 0 (the worst answers there are) to 100 (the best); only what was answered.
    """

    call_id: int
    on: date
    day: int | None
    percent: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PhotoReference:
    """That photographs exist: when, at what kind of return, and the words kept with it. Never a picture."""

    on: date
    kind: str
    procedure: str | None
    note: str


@dataclass(frozen=True, slots=True)
class ResultOverTime:
    """The result by dimension, the oldest conversation first, and where photographs are.

    Args:
        dimensions: code to words by language, in their order.
        points: conversations in which something about the result was answered.
        photos: references, the newest on top.
        hidden: about an intimate procedure this reader may not see.
    """

    dimensions: Mapping[str, Texts] = field(default_factory=dict[str, Texts])
    points: tuple[OutcomePoint, ...] = ()
    photos: tuple[PhotoReference, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """One report the clinic owes, or made. `replaced_at`: another decision took its place; it stays on record."""

    id: int
    escalation_id: int
    kind: DutyKind
    category: str
    known_at: datetime
    due_at: datetime
    late: bool
    decided_by: str
    decided_at: datetime
    reported_at: datetime | None
    reported_by: str | None
    reported_to: str | None
    replaced_at: datetime | None
