"""Strict models of a scenario file. What the library must know of its codes is judged in check.py."""

from __future__ import annotations

import datetime
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Kind = Literal[
    "asks_price",
    "asks_guarantee",
    "asks_cancer",
    "asks_medicine",
    "asks_other_treatment",
    "asks_daily_life",
    "asks_who_are_you",
    "thinks_it_is_fraud",
    "threatens_media",
    "wants_money_back",
    "wants_the_doctor",
    "wants_to_stop",
    "angry",
    "crying",
    "silent",
    "in_a_hurry",
    "bad_line",
    "line_drop",
    "cannot_speak",
    "proxy",
    "wrong_person",
    "guardian",
    "english_speaker",
    "suicidal",
    "leaves_town",
    "question",
    "other",
]
KINDS: Final[tuple[str, ...]] = get_args(Kind)
"""What an interruption may be."""

ITEMS: Final = ("birthday", "visit_date", "surgeon", "procedure", "name")
"""Identity items, as in console/rules/identity.py."""

_WORD = r"[a-z][a-z0-9_]{1,47}"
_ANSWER = rf"turn:(situation|playbook|care):{_WORD}|concern:{_WORD}|proxy|wrong|again|say|report|promise|outcome|flag"

CODE: Final = rf"^{_WORD}$"
PLACE: Final = rf"^(pickup|identity|group|concerns|close|read:[1-9][0-9]?|q:{_WORD}|concern:{_WORD})$"
ANSWER: Final = rf"^({_ANSWER})$"
DID: Final = rf"^({_ANSWER}|asked:{_WORD})$"
CLOCK: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
ANSWER_WORDS: Final = (
    "turn:situation:CODE, turn:playbook:CODE, turn:care:CODE, concern:CODE, proxy, wrong, again, say, report, "
    "promise, outcome or flag"
)

Code = Annotated[str, StringConstraints(pattern=CODE)]
Milestone = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_+-]{0,47}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
Spoken = Annotated[list[Line], Field(min_length=1, max_length=12)]
Place = Annotated[str, StringConstraints(pattern=PLACE)]
Answered = Annotated[str, StringConstraints(pattern=ANSWER)]
Did = Annotated[str, StringConstraints(pattern=DID)]
ItemCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_:]{1,97}$")]
Points = Annotated[int, Field(ge=1, le=100)]
Mood = Literal["calm", "worried", "upset", "angry"]
Who = Literal["patient", "proxy", "stranger"]
Value = (
    Annotated[str, StringConstraints(min_length=1, max_length=400)]
    | int
    | Annotated[float, Field(allow_inf_nan=False)]
)


class Strict(BaseModel):
    """Base: unknown keys are refused, values are never converted silently, nothing changes later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Lines(Strict):
    """Spoken lines in both languages, as many in one as in the other."""

    zh: Spoken
    en: Spoken

    @model_validator(mode="after")
    def _equal(self) -> Lines:
        _same(self.zh, self.en)
        return self


class Words(Strict):
    """One short text in both languages."""

    zh: Line
    en: Line


class Persona(Strict):
    """The patient: who she is, how she speaks, what she gives of herself, her moods.

    gives: identity items; [] for somebody who cannot show it. pace: characters a second in Chinese.
    """

    name: Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
    born_on: datetime.date
    sex: Literal["female", "male"] = "female"
    language: Literal["zh", "en"]
    voice: Words
    gives: list[Literal["birthday", "visit_date", "surgeon", "procedure", "name"]] = ["birthday", "surgeon"]
    start: Mood = "calm"
    best: Mood = "calm"
    pace: Annotated[float, Field(ge=1, le=12, allow_inf_nan=False)] = 4.0

    @model_validator(mode="after")
    def _fits(self) -> Persona:
        if len(set(self.gives)) < len(self.gives):
            raise ValueError("'gives' names an item twice")
        if self.gives and ("birthday" not in self.gives or len(self.gives) < 2):
            raise ValueError("'gives' needs 'birthday' and one more item, or nothing at all")
        if len(self.gives) == len(ITEMS):
            raise ValueError("'gives' must leave out one item, so that asking for it can go wrong")
        order = ("calm", "worried", "upset", "angry")
        if order.index(self.best) > order.index(self.start):
            raise ValueError("'best' is a worse mood than 'start'")
        return self


class Treatment(Strict):
    """One [[treatment]]: what was done, and which post-op day it is on the day of the call.

    stitches_day, splint_day: post-op day of the surgeon's date. orders: the surgeon's orders, as on file.
    """

    procedure: Code
    day: Annotated[int, Field(ge=0, le=36_500)]
    site: Annotated[str, StringConstraints(max_length=40)] = ""
    side: Literal["left", "right", "both"] | None = None
    surgeon: Annotated[str, StringConstraints(max_length=40)] = ""
    anaesthesia: Literal["general", "sedation", "local"] | None = None
    implant: Line | None = None
    orders: Line | None = None
    stitches_day: Annotated[int, Field(ge=0, le=365)] | None = None
    splint_day: Annotated[int, Field(ge=0, le=365)] | None = None
    drain_in: bool = False


class CompanionPerson(Strict):
    """One [[companion_person]]: a contact person on file."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
    relation: Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
    may_hear: bool = False
    guardian: bool = False


class Truth(Strict):
    """[truth.QUESTION]: what is really so, and her words for it by mood or `any`."""

    value: Value
    vague: bool = False
    hidden: Mood | None = None
    says: dict[Literal["any", "calm", "worried", "upset", "angry"], Lines] = Field(
        default_factory=dict[Literal["any", "calm", "worried", "upset", "angry"], Lines]
    )


class Volunteer(Lines):
    """[[volunteer]]: something she says by herself."""

    at: Place


class Interruption(Lines):
    """[[interruption]]: something that comes in by itself and wants the right answer."""

    code: Code
    kind: Kind
    at: Place
    again: Lines | None = None
    answers: Annotated[list[Answered], Field(min_length=1, max_length=12)]
    worsens: Annotated[int, Field(ge=0, le=3)] = 1
    calms: Annotated[int, Field(ge=0, le=3)] = 1
    becomes: Who | None = None
    then: Who | None = None
    then_zh: Spoken | None = None
    then_en: Spoken | None = None
    better: Words | None = None

    @model_validator(mode="after")
    def _whole(self) -> Interruption:
        if (self.then_zh is None) != (self.then_en is None):
            raise ValueError("'then_zh' and 'then_en' go together")
        if self.then_zh is not None and self.then_en is not None:
            _same(self.then_zh, self.then_en, "then_")
        return self


class Must(Strict):
    """[[must]]: something this scenario wants done beside the usual."""

    code: Code
    did: Did
    points: Points = 10
    text: Words
    better: Words


class End(Strict):
    """[end]: how the call rightly ends."""

    outcome: Literal[
        "completed",
        "partial",
        "callback_agreed",
        "proxy_reached",
        "wrong_person",
        "declined_today",
        "opted_out",
    ] = "completed"
    level: Literal["EMERGENCY", "SAME_DAY", "URGENT", "ROUTINE"] | None = None
    flags: list[Code] = []
    spoke_to: Literal["patient", "proxy", "unknown"] = "patient"
    concerns: list[Code] = []
    told: bool = False
    place: bool = False
    report: Literal["complaint", "request"] | None = None
    promise: bool = False
    note: bool = False
    opt_out: list[Literal["care", "survey", "marketing"]] = []
    mood: Mood = "angry"

    @model_validator(mode="after")
    def _fits(self) -> End:
        level = self.level if self.level != "ROUTINE" else None
        if self.flags and level is None:
            raise ValueError("'flags' stand, so 'level' says how urgent the most urgent is")
        if level == "URGENT" and not self.flags:
            raise ValueError("'level' needs the 'flags' that raise it")
        if self.told and level is None:
            raise ValueError("'told' needs a 'level'")
        if self.place and level != "EMERGENCY":
            raise ValueError("'place' is asked in an EMERGENCY only")
        return self


class ScenarioFile(Strict):
    """One scenario file, as docs/practice.md tells it."""

    schema_: Literal[1] = Field(alias="schema")
    code: Code
    title: Words
    about: Words
    skill: Literal[
        "normal",
        "red_flag",
        "fever",
        "late_implant",
        "questions",
        "dispute",
        "who_answers",
        "incoming",
        "hard_talk",
        "several",
    ]
    grade: Literal["guided", "normal", "exam"]
    milestone: Milestone | None = None
    incoming: bool = False
    known: bool = True
    on_line: Who = "patient"
    clock: Annotated[str, StringConstraints(pattern=CLOCK)] = "14:35"
    lives_alone: bool = False
    place: Words | None = None
    companion: Words | None = None
    pickup: Lines | None = None
    sources: Annotated[list[Line], Field(min_length=1, max_length=40)]
    norm_s: Annotated[int, Field(ge=10, le=3600)] | None = None
    persona: Persona
    treatment: Annotated[list[Treatment], Field(min_length=1, max_length=2)]
    companion_person: Annotated[list[CompanionPerson], Field(max_length=5)] = []
    truth: dict[Code, Truth] = Field(default_factory=dict[Code, Truth])
    worry: dict[Code, Lines] = Field(default_factory=dict[Code, Lines])
    volunteer: Annotated[list[Volunteer], Field(max_length=20)] = []
    interruption: Annotated[list[Interruption], Field(max_length=12)] = []
    must: Annotated[list[Must], Field(max_length=12)] = []
    better: dict[ItemCode, Words] = Field(default_factory=dict[ItemCode, Words])
    points: dict[ItemCode, Points] = Field(default_factory=dict[ItemCode, Points])
    end: End

    @model_validator(mode="after")
    def _fits(self) -> ScenarioFile:
        if self.incoming == (self.milestone is not None):
            raise ValueError("'milestone' names a planned call; leave it out exactly when 'incoming' is true")
        if not self.known and not self.incoming:
            raise ValueError("'known' is false only for an incoming call")
        for name, codes in (
            ("interruption", [one.code for one in self.interruption]),
            ("must", [one.code for one in self.must]),
        ):
            twice = sorted({code for code in codes if codes.count(code) > 1})
            if twice:
                raise ValueError(f"two [[{name}]] have the code {twice[0]!r}")
        return self


def _same(zh: list[str], en: list[str], prefix: str = "") -> None:
    if len(zh) != len(en):
        raise ValueError(f"{len(zh)} lines in '{prefix}zh', {len(en)} in '{prefix}en'")
