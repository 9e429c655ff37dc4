"""Strict models of the talk-track files: what `scripts check` and the tests hold every file against.

The running console does not import this module (pydantic is too slow for the first frame): library.py
reads the same keys into frozen dataclasses, and only releases which passed this schema are published.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
LevelName = Literal["EMERGENCY", "SAME_DAY", "URGENT", "ROUTINE"]
OtherwiseName = Literal["EMERGENCY", "SAME_DAY", "URGENT", "OUTSIDE"]
Role = Literal["any", "caller", "nurse", "doctor", "consultant", "lead"]
Condition = Literal[
    "surgery",
    "injection",
    "implant",
    "general_anaesthesia",
    "stitches_due",
    "splint_due",
    "drain_in",
    "open_concern",
    "inpatient",
    "at_home",
    "doctor",
    "not_doctor",
    "cannot_speak",
    "leaves_town",
    "minor",
    "male",
    "returning",
    "new_patient",
]


class Strict(BaseModel):
    """Base: unknown keys are refused, values are never converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class Lines(Strict):
    """Spoken lines in both languages; one list entry is one breath (45 Chinese characters at most)."""

    zh: Annotated[list[Line], Field(min_length=1)]
    en: Annotated[list[Line], Field(min_length=1)]


class Words(Strict):
    """One short text in both languages."""

    zh: Line
    en: Line


class Care(Strict):
    """One care milestone: days after the operation (none = only as the surgeon orders), confidence,
    sources."""

    from_day: int | None = Field(default=None, alias="from", ge=0)
    to_day: int | None = Field(default=None, alias="to", ge=0)
    confidence: Literal["high", "medium", "low"]
    sources: Annotated[list[str], Field(min_length=1)]

    @model_validator(mode="after")
    def _ordered(self) -> Care:
        if (self.from_day is None) != (self.to_day is None):
            raise ValueError("'from' and 'to' go together")
        if self.from_day is not None and self.to_day is not None and self.to_day < self.from_day:
            raise ValueError("'to' lies before 'from'")
        return self


class Procedure(Strict):
    """procedures.toml, one table per procedure code."""

    zh: Line
    en: Line
    short_zh: Line
    short_en: Line
    groups: Annotated[list[Code], Field(min_length=1)]
    surgery: bool
    implant: bool
    restricted: bool = False
    stitches_by_order: bool = False
    aliases: Annotated[list[Line], Field(min_length=1)]
    care: dict[Code, Care]


class Option(Strict):
    """One answer of a choice question."""

    code: Code
    zh: Line
    en: Line


class Question(Strict):
    """questions.toml, one table per question code. A yes_no question is a screening question: yes is the
    danger sign."""

    kind: Literal["yes_no", "number", "choice", "text"]
    zh: Line
    en: Line
    sign_zh: Line | None = None
    sign_en: Line | None = None
    options: list[Option] | None = None
    unit: Literal["celsius", "score", "minutes", "hours", "ml", "count", "weeks", "months"] | None = None
    min: float | int | None = None
    max: float | int | None = None
    for_procedures: list[Code] | None = Field(default=None, alias="for")
    facts: list[Line] = Field(default_factory=list)

    @model_validator(mode="after")
    def _complete(self) -> Question:
        if self.kind == "yes_no" and not (self.sign_zh and self.sign_en):
            raise ValueError("a yes_no question needs sign_zh and sign_en")
        if self.kind == "number" and (self.unit is None or self.min is None or self.max is None):
            raise ValueError("a number question needs unit, min and max")
        if self.kind == "choice" and not self.options:
            raise ValueError("a choice question needs options")
        return self


class Bound(Strict):
    """A number question and the value it is compared with."""

    question: Code
    value: float | int


class Chosen(Strict):
    """A choice question and the options which count."""

    question: Code
    is_: Annotated[list[Code], Field(alias="is", min_length=1)]


class DayRange(Strict):
    """Post-op days, both ends included; an end left out is open."""

    from_day: int | None = Field(default=None, alias="from", ge=0)
    to_day: int | None = Field(default=None, alias="to", ge=0)


class When(Strict):
    """A predicate: exactly one key. There is no "not", so a further answer can never lower a level."""

    any: list[When] | None = None
    all: list[When] | None = None
    yes: Code | None = None
    at_least: Bound | None = None
    below: Bound | None = None
    choice: Chosen | None = None
    day: DayRange | None = None
    past_window: Literal[True] | None = None
    trend: Literal["worse"] | None = None
    order_overdue: Literal["stitches", "splint"] | None = None

    @model_validator(mode="after")
    def _single(self) -> When:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one key expected, found {given or 'none'}")
        return self


class Flag(Strict):
    """flags.toml, one table per flag code."""

    level: LevelName
    action: Literal["ED_NOW", "CALL_120"] | None = None
    contact_by_min: Annotated[int, Field(ge=1, le=1440)] | None = None
    zh: Line
    en: Line
    when: When
    everywhere: bool = False
    context: bool = False
    words: Code | None = None
    for_procedures: list[Code] | None = Field(default=None, alias="for")
    facts: list[Line] = Field(default_factory=list)
    decision: Annotated[int, Field(ge=1, le=16)] | None = None


class Window(Strict):
    """windows.toml: when a caller may reassure; `never` = never by a caller."""

    from_day: int | None = Field(default=None, alias="from", ge=0)
    peak: int | None = Field(default=None, ge=0)
    until: int | None = Field(default=None, ge=0)
    residual: int | None = Field(default=None, ge=0)
    never: Literal[True] | None = None
    unsourced: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Window:
        if self.never:
            if self.from_day is not None or self.until is not None:
                raise ValueError("a window which is never normal has no days")
        elif self.from_day is None or self.until is None:
            raise ValueError("'from' and 'until' are needed unless never = true")
        return self


class Track(Strict):
    """One [[track]] of concerns/*.toml."""

    concern: Code | None = None
    procedure: Code = "any"
    days: Annotated[list[int], Field(min_length=1, max_length=2)] | None = None
    role: Role = "any"
    ask: list[Code] = Field(default_factory=list)
    details: list[Code] = Field(default_factory=list)
    flags: list[Code] = Field(default_factory=list)
    trend: Code | None = None
    say: Lines | None = None
    otherwise: dict[OtherwiseName, Lines] = Field(default_factory=dict)
    record: Words | None = None
    sources: list[str] = Field(default_factory=list)


class ConcernName(Strict):
    """general.toml [concerns]: a concern's name, the caller's digit key, and the procedures it belongs to."""

    zh: Line
    en: Line
    key: Annotated[int, Field(ge=0, le=9)]
    for_procedures: list[Code] | None = Field(default=None, alias="for")
    except_procedures: list[Code] | None = Field(default=None, alias="except")


class ConcernFile(Strict):
    """concerns/<code>.toml; only general.toml has `concerns` and `otherwise`, and names the concern per
    track."""

    concern: Code | None = None
    version: Annotated[int, Field(ge=1)]
    everywhere: list[Code] = Field(default_factory=list)
    concerns: dict[Code, ConcernName] = Field(default_factory=dict)
    otherwise: dict[OtherwiseName, Lines] = Field(default_factory=dict)
    track: Annotated[list[Track], Field(min_length=1)]


class Group(Strict):
    """Up to four signs read aloud in one breath after a lead sentence."""

    lead: Words
    signs: Annotated[list[Code], Field(min_length=1, max_length=4)]


class Step(Strict):
    """One [[flow.step]]: a line to read, the identity check, groups of signs, or single questions."""

    kind: Literal["opening", "identity", "say", "groups", "ask", "concerns", "close"]
    title: Words
    say: Lines | None = None
    groups: Annotated[list[Group], Field(max_length=5)] | None = None
    ask: list[Code] | None = None
    outcomes: Literal["short", "medium", "long"] | None = None
    when: Condition | None = None

    @model_validator(mode="after")
    def _fits_kind(self) -> Step:
        if (self.kind == "groups") != (self.groups is not None):
            raise ValueError("`groups` belongs to kind groups, and only to it")
        if (self.kind == "ask") != (self.ask is not None or self.outcomes is not None):
            raise ValueError("`ask` or `outcomes` belongs to kind ask, and only to it")
        if self.kind in ("opening", "say", "close") and self.say is None:
            raise ValueError(f"kind {self.kind} needs `say`")
        return self


class Flow(Strict):
    """One [[flow]] of flows/<code>.toml."""

    procedure: Code = "any"
    days: Annotated[list[int], Field(min_length=1, max_length=2)] | None = None
    role: Role = "any"
    step: Annotated[list[Step], Field(min_length=1)]
    sources: list[str] = Field(default_factory=list)


class Situation(Strict):
    """[situation] of a flow the caller opens by hand when the talk takes a turn.

    order: place in the list. offer: condition which puts it at the top. outcome: the call's result it
    proposes. concern: opened after its lines. report: what it is handed over as. raises: the
    flag which stands as soon as it is opened. asked: questions of its concern which its lines ask already.
    after_identity: refused before the patient has shown who she is.
    """

    order: Annotated[int, Field(ge=1, le=99)]
    offer: Condition | None = None
    outcome: (
        Literal["callback_agreed", "proxy_reached", "wrong_person", "declined_today", "opted_out", "partial"]
        | None
    ) = None
    concern: Code | None = None
    report: Literal["complaint", "request"] | None = None
    raises: Code | None = None
    asked: list[Code] = Field(default_factory=list)
    after_identity: bool = False


class FlowFile(Strict):
    """flows/<code>.toml; `situation` marks a flow which no plan opens but a turn of the talk."""

    code: Code
    version: Annotated[int, Field(ge=1)]
    title: Words
    milestones: list[str] = Field(default_factory=list)
    situation: Situation | None = None
    flow: Annotated[list[Flow], Field(min_length=1)]


class SharedSteps(Strict):
    """flows/general.toml: steps which flows take in by name (`use = "..."`); a sentence stands once.

    tone: by role, how she who calls means to sound; shown with the opening, never read aloud.
    """

    version: Annotated[int, Field(ge=1)]
    tone: dict[Role, Words] = Field(default_factory=dict)
    step: dict[Code, Step]
