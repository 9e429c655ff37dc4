"""Strict models of playbooks, outcome sets, care words and the trace of sources."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from console.scripts.schema import Code, Line, Lines, Strict, Words

Approver = Literal["lead", "doctor", "lead_and_doctor"]
Cause = Literal["procedure", "attitude", "process", "price", "delay", "privacy", "refund", "other"]
Dimension = Literal["aesthetic", "safety", "function", "mood"]


class Right(Strict):
    """One thing the patient must be told, as it is said."""

    say: Lines
    sources: Annotated[list[str], Field(min_length=1)]


class Never(Strict):
    """What nobody says or does in a dispute; shown to the caller, never read aloud."""

    zh: Line
    en: Line
    sources: Annotated[list[str], Field(min_length=1)]


class Remedy(Strict):
    """What may be proposed, and who decides it."""

    zh: Line
    en: Line
    approver: Approver


class PlaybookParts(Strict):
    """playbooks/general.toml: what playbooks take in by code; a sentence stands once.

    line: spoken lines by code, for `listen`, `acknowledge`, `check` and `answer`.
    """

    version: Annotated[int, Field(ge=1)]
    line: dict[Code, Lines]
    right: dict[Code, Right]
    never: dict[Code, Never]
    remedy: dict[Code, Remedy]
    collect: dict[Code, Words]
    photo: dict[Code, Words]


class Playbook(Strict):
    """One [[playbook]] of playbooks/<file>.toml: how one kind of dispute is heard and handed over.

    days: post-op days on which it is offered first. level: how soon a clinician has to see the patient,
    whatever she answers. check: concerns whose questions are asked before anything else is discussed.
    severity: what the caller proposes. clock: what dates the answer, the severity's working days or the
    refund's calendar days. listen, acknowledge, ask_first, answer: codes of general lines, or lines.
    """

    code: Code
    title: Words
    cause: Cause
    procedures: list[Code] = Field(default_factory=list)
    days: Annotated[list[int], Field(min_length=1, max_length=2)] | None = None
    when: Words
    severity: Literal["minor", "moderate", "severe"]
    clock: Literal["severity", "refund"] = "severity"
    level: Literal["EMERGENCY", "SAME_DAY", "URGENT", "ROUTINE"] | None = None
    check: list[Code] = Field(default_factory=list)
    listen: Code | Lines
    acknowledge: Code | Lines
    ask_first: Code | Lines
    explain: Lines | None = None
    collect: Annotated[list[Code], Field(min_length=1)]
    photos: list[Code] = Field(default_factory=list)
    rights: Annotated[list[Code], Field(min_length=1)]
    never: Annotated[list[Code], Field(min_length=1)]
    remedies: Annotated[list[Code], Field(min_length=1)]
    answer: Code | Lines
    sources: Annotated[list[str], Field(min_length=1)]


class PlaybookFile(Strict):
    """playbooks/<area>.toml."""

    version: Annotated[int, Field(ge=1)]
    playbook: Annotated[list[Playbook], Field(min_length=1)]


class CareWords(Strict):
    """care.toml, one table per care milestone of procedures.toml.

    say: with {from} and {to}, the days of a procedure that has a source. sheet: where there is none, or
    where days alone would mislead.
    """

    zh: Line
    en: Line
    aliases: list[Line] = Field(default_factory=list)
    say: Lines | None = None
    sheet: Lines
    sources: list[str] = Field(default_factory=list)


class OutcomeItem(Strict):
    """One question of an outcome set and the dimension it counts for."""

    question: Code
    dimension: Dimension
    for_procedures: list[Code] | None = Field(default=None, alias="for")


class OutcomeSet(Strict):
    """What is asked about the result in one phase; days are post-op days, both included."""

    zh: Line
    en: Line
    days: Annotated[list[int], Field(min_length=2, max_length=2)]
    item: Annotated[list[OutcomeItem], Field(min_length=4)]
    sources: Annotated[list[str], Field(min_length=1)]


class Indicator(Strict):
    """One line of the 100-point sheet: points, and what earns them."""

    code: Code
    points: Annotated[int, Field(ge=1, le=20)]
    zh: Line
    en: Line
    evidence: Literal["questionnaire", "phone", "follow_up", "expert_review"]


class Area(Strict):
    """One part of the 100-point sheet."""

    code: Code
    zh: Line
    en: Line
    indicator: Annotated[list[Indicator], Field(min_length=1)]


class Sheet(Strict):
    """The 100-point sheet and its pass mark."""

    zh: Line
    en: Line
    pass_mark: Annotated[int, Field(ge=1, le=100)]
    area: Annotated[list[Area], Field(min_length=1)]
    sources: Annotated[list[str], Field(min_length=1)]

    @model_validator(mode="after")
    def _hundred(self) -> Sheet:
        points = sum(one.points for area in self.area for one in area.indicator)
        if points != 100:
            raise ValueError(f"the points add up to {points}, not to 100")
        return self


class OutcomeFile(Strict):
    """outcomes.toml: dimensions, sets, ratings (question codes by whom or what is rated), the sheet."""

    version: Annotated[int, Field(ge=1)]
    dimension: dict[Dimension, Words]
    set: dict[Literal["short", "medium", "long"], OutcomeSet]
    rating: dict[Literal["consultant", "doctor", "nurse", "environment"], Code]
    sheet: Sheet


class Traced(Strict):
    """What became of one rule of the source documents.

    done: where says the room and test names the proof; later and refused: why says the reason.
    """

    state: Literal["done", "later", "refused"]
    where: Line | None = None
    test: Line | None = None
    why: Line | None = None

    @model_validator(mode="after")
    def _reasoned(self) -> Traced:
        if self.state == "done" and not (self.where and self.test):
            raise ValueError("done needs `where` and `test`")
        if self.state != "done" and not self.why:
            raise ValueError(f"{self.state} needs `why`")
        return self


class SourceFile(Strict):
    """sources.toml: every id of the rule groups the talk-tracks answer to."""

    version: Annotated[int, Field(ge=1)]
    groups: Annotated[list[str], Field(min_length=1)]
    id: dict[str, Traced]
