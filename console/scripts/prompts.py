"""What a caller has in front of her: lines to read, a question, a group of signs, a verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from console.rules.triage import Answer
from console.scripts.records import Concern, ConcernView, Lines, Question, Words

OPINIONS = frozenset(
    {
        *(
            "satisfaction",
            "result_satisfaction",
            "service_satisfaction",
            "expectation_met",
            "expectation_words",
        ),
        *("rate_consultant", "rate_doctor", "rate_nurse", "rate_environment"),
    }
)
"""Questions of how pleased she is: not asked of somebody for whom help was just called."""


class PromptKind(StrEnum):
    """What the caller has in front of her."""

    LINES = "lines"
    IDENTITY = "identity"
    GROUP = "group"
    QUESTION = "question"
    CONCERNS = "concerns"
    VERDICT = "verdict"
    CLOSE = "close"


class Gate(StrEnum):
    """What has to hold before all of a prompt's lines may be read.

    IDENTITY: the patient has shown who she is. SAY: that, nothing escalating was raised in the talk, and the
    release is approved.
    """

    IDENTITY = "identity"
    SAY = "say"


@dataclass(frozen=True, slots=True)
class Note(Words):
    """A note which has somebody to decide it: `by` is lead, doctor or lead_and_doctor, empty for nobody."""

    by: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to read or ask.

    Args:
        key: stable name inside the conversation.
        kind: what it is.
        title: the step's title.
        lines: what to read aloud; None when the question is all there is.
        question: the single question, of kind QUESTION.
        lead: the sentence before the signs of a GROUP. signs: the signs read aloud.
        concern: code of the concern it belongs to; None in the flow itself.
        notes: for the caller's eyes, in her own language, never read aloud. part: what they are: never, first,
            explain, collect, rights, remedies, orders; empty without a heading.
        level: how soon a clinician has to see the patient whatever she answers; None for no such rule.
        concerns: concerns one digit away.
        gate: what `lines` wait for. more: the lines once it is open, in their place.
        shut: the gate is closed and something waits behind it.
    """

    key: str
    kind: PromptKind
    title: Words
    lines: Lines | None = None
    question: Question | None = None
    lead: Words | None = None
    signs: tuple[Question, ...] = ()
    concern: str | None = None
    notes: tuple[Words, ...] = ()
    part: str = ""
    level: str | None = None
    concerns: tuple[Concern, ...] = ()
    gate: Gate | None = None
    more: Lines | None = None
    shut: bool = False

    @property
    def passable(self) -> bool:
        """Whether it is left by going on: lines that are read, and a question that takes her own words."""
        return self.kind in (PromptKind.LINES, PromptKind.CONCERNS) or (
            self.question is not None and self.question.kind == "text"
        )


@dataclass(frozen=True, slots=True)
class Given:
    """One answer, and whether it came from a group read aloud."""

    value: Answer
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """One concern the patient named: its track for each treatment it may belong to."""

    code: str
    views: tuple[ConcernView, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question of its tracks once, highest danger first."""
        found: dict[str, Question] = {}
        for view in self.views:
            for question in view.ask:
                found.setdefault(question.code, question)
        return tuple(found.values())


def question_prompt(question: Question, title: Words, concern: str | None = None) -> Prompt:
    """One question. Args: question; title above it; code of the concern it belongs to."""
    return Prompt(f"q:{question.code}", PromptKind.QUESTION, title, question=question, concern=concern)


def concern_prompts(opened: Opened) -> tuple[Prompt, ...]:
    """The questions of a concern and, behind them, what may be said. Args: the concern."""
    title = opened.views[0].concern.name
    asked = [question_prompt(question, title, opened.code) for question in opened.questions]
    return (*asked, Prompt(f"verdict:{opened.code}", PromptKind.VERDICT, title, concern=opened.code))


def joined(parts: list[Lines]) -> Lines | None:
    """Lines read one after the other. Args: parts. Returns None for none."""
    if not parts:
        return None
    return Lines(
        zh=tuple(line for part in parts for line in part.zh),
        en=tuple(line for part in parts for line in part.en),
    )


def through_gate(prompt: Prompt, *, identified: bool, may_say: bool) -> Prompt | None:
    """A prompt as it may be read now.

    Args:
        prompt: any prompt.
        identified: whether the patient has shown who she is.
        may_say: whether explanations may be given at all: nothing escalating raised, release approved.

    Returns:
        It with the lines that are allowed; None for an explanation that may not be given, which has nothing
        else to show.
    """
    if prompt.gate is None:
        return prompt
    if identified and (may_say or prompt.gate is Gate.IDENTITY):
        return replace(prompt, lines=prompt.more)
    if prompt.gate is Gate.SAY:
        return None if prompt.lines is None else prompt
    return replace(prompt, concerns=(), shut=True)
