"""Frozen records of one earlier call with the talk-track as it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from db.enums import ReleaseStatus

SAY: Final = "say"
NOT_APPROVED: Final = "not_approved"
OUTSIDE: Final = "OUTSIDE"
"""How the words at a concern's end were given: reassuring, or kept back because nobody had approved them, or
those for a day outside the window and for what was not answered. Any other is a level."""


@dataclass(frozen=True, slots=True)
class AnswerRead:
    """One question with its answer, in words of the release and the call's language; codes without files.

    Args:
        code: of the question.
        question, answer: in words.
        was: earlier answers that were corrected, each with the reason.
        in_group: heard when several signs were read in one breath.
        counts: False for what was keyed before a wrong person was found out.
    """

    code: str
    question: str
    answer: str
    was: tuple[tuple[str, str], ...] = ()
    in_group: bool = False
    counts: bool = True


@dataclass(frozen=True, slots=True)
class PartRead:
    """A step of the flow, a group of signs in it, or a concern.

    Args:
        kind: "step", "concern", or "other" for questions asked beside flow and concerns.
        title: in the call's language; empty for "other", and for a group of signs inside the step before it.
        when: condition under which its lines were read, where nobody knows any more whether it held.
        lines: as they stood; what was filled in is given in words where it was not stored.
        answers: what was asked in it.
        said_as: of a concern: SAY, NOT_APPROVED, OUTSIDE or a level; None elsewhere.
        said: the lines shown at its end.
    """

    kind: str
    title: str = ""
    when: str | None = None
    lines: tuple[str, ...] = ()
    answers: tuple[AnswerRead, ...] = ()
    said_as: str | None = None
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallRead:
    """One earlier call as it was read.

    Args:
        call_id: as asked for.
        hidden: about an intimate procedure this reader may not see; nothing else is filled in.
        kept: whether the record has the files; else answers are codes.
        short_hash: first 12 digits; None for a call that names no release.
        number: the clinic's number of the release; None when the record does not have it.
        status: on that day: APPROVED, else DRAFT.
        overdue: approved, but its review was overdue on that day.
        lang: language spoken with the patient.
        flow, title, version: the flow opened; title and version as stored or as the files have them.
        identified: whether the patient had shown who she is; else only the opening was read.
        parts: in the order of the flow, then the concerns in the order they were named.
    """

    call_id: int
    hidden: bool = False
    kept: bool = False
    short_hash: str | None = None
    number: int | None = None
    status: ReleaseStatus = ReleaseStatus.DRAFT
    overdue: bool = False
    lang: str = "zh"
    flow: str | None = None
    title: str | None = None
    version: int | None = None
    identified: bool = False
    parts: tuple[PartRead, ...] = ()

    @property
    def might_say(self) -> bool:
        """Whether anything could be explained to a patient from it on that day."""
        return self.status is ReleaseStatus.APPROVED and not self.overdue
