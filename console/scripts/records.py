"""Frozen records of the talk-tracks, as the screens, the desk and the commands receive them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from console.rules.triage import Flag, Window

EVERYBODY = "any"


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str

    def of(self, lang: str) -> str:
        """The text. Args: lang, "zh" or anything else for English. Returns the text in that language."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Lines:
    """Spoken lines in both languages, one entry per breath."""

    zh: tuple[str, ...]
    en: tuple[str, ...]

    def of(self, lang: str) -> tuple[str, ...]:
        """The lines. Args: lang, "zh" or anything else for English. Returns the lines in that language."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Care:
    """One care milestone in post-op days; both None = only as the surgeon orders (facts.yaml care)."""

    from_day: int | None
    to_day: int | None
    confidence: str
    sources: tuple[str, ...]

    @property
    def sourced(self) -> bool:
        """False when no source was found: the days are spoken as "as on your sheet", never as a fact."""
        return self.sources != ("none-found",)


@dataclass(frozen=True, slots=True)
class Procedure:
    """One of the clinic's procedures."""

    code: str
    name: Words
    short: Words
    groups: frozenset[str]
    surgery: bool
    implant: bool
    restricted: bool
    stitches_by_order: bool
    aliases: tuple[str, ...]
    care: Mapping[str, Care]

    def matches(self, wanted: frozenset[str]) -> bool:
        """Whether a list of procedure and group codes means this one. Args: wanted, empty for all."""
        return not wanted or self.code in wanted or bool(self.groups & wanted)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice question."""

    code: str
    words: Words


@dataclass(frozen=True, slots=True)
class Question:
    """One question. yes_no: "yes" is the danger sign; `sign` is its short form for reading in a group."""

    code: str
    kind: str
    words: Words
    sign: Words | None = None
    options: tuple[Option, ...] = ()
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    procedures: frozenset[str] = frozenset()
    facts: tuple[str, ...] = ()

    @property
    def is_trend(self) -> bool:
        """Whether it asks for better, same or worse."""
        return {option.code for option in self.options} == {"better", "same", "worse"}

    @property
    def screening(self) -> bool:
        """Whether it asks for a danger sign, with 1 no, 2 yes, 9 unsure."""
        return self.kind == "yes_no"


@dataclass(frozen=True, slots=True)
class Concern:
    """A concern's name, the digit which opens it on the call screen, and the procedures it belongs to.

    procedures empty = all but `without`. The key opens it for the others too; then it is never reassured.
    """

    code: str
    name: Words
    key: int
    procedures: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    def belongs_to(self, procedure: str) -> bool:
        """Whether the clinical fact base lists it under a procedure. Args: procedure code."""
        return procedure in self.procedures if self.procedures else procedure not in self.without


@dataclass(frozen=True, slots=True)
class Track:
    """One concern track as written in a file, before inheritance."""

    concern: str
    procedure: str
    days: tuple[int | None, int | None]
    role: str
    version: int
    where: str
    ask: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    trend: str | None = None
    say: Lines | None = None
    otherwise: Mapping[str, Lines] = field(default_factory=dict[str, Lines])
    record: Words | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Up to four signs read in one breath."""

    lead: Words
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a flow; `kind` is opening, identity, say, groups, ask, concerns or close."""

    kind: str
    title: Words
    say: Lines | None = None
    groups: tuple[Group, ...] = ()
    ask: tuple[str, ...] = ()
    when: str | None = None
    outcomes: str | None = None
    """Outcome set whose questions it asks beside its own."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A turn of the talk for which the caller opens a flow by hand.

    Args:
        order: place in the list.
        offer: condition which puts it at the top.
        outcome: result of the call it proposes.
        concern: opened after its lines.
        report: what it is handed over as, "complaint" or "request".
        raises: flag which stands as soon as it is opened.
        asked: questions of its concern which its lines ask already.
        after_identity: refused before the patient has shown who she is.
    """

    order: int
    offer: str | None = None
    outcome: str | None = None
    concern: str | None = None
    report: str | None = None
    raises: str | None = None
    asked: tuple[str, ...] = ()
    after_identity: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow as written in a file."""

    code: str
    title: Words
    milestones: tuple[str, ...]
    version: int
    procedure: str
    days: tuple[int | None, int | None]
    role: str
    where: str
    steps: tuple[Step, ...]
    sources: tuple[str, ...] = ()
    situation: Situation | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """What the selector knows of the patient herself; the defaults say nothing.

    minor: under 18 today. returning: treated or called here before. leaves_town: goes away soon.
    """

    minor: bool = False
    male: bool = False
    returning: bool = False
    leaves_town: bool = False


@dataclass(frozen=True, slots=True)
class OpenTreatment:
    """What the selector knows of one treatment.

    day: post-op day, operation day = 0. site and side as in the record; anaesthesia: "general",
    "sedation", "local" or None; drain_in: a drain is still in. stitches_day, splint_day: post-op day of
    the surgeon's date, None without one.
    stitches_out, splint_out: known to be out. own_day: post-op day of this very operation where `day` counts
    from a later one at the same site; None when they are the same. inpatient: still in the ward on that day.
    """

    procedure: str
    day: int
    site: str = ""
    side: str | None = None
    anaesthesia: str | None = None
    drain_in: bool = False
    stitches_day: int | None = None
    stitches_out: bool = False
    splint_day: int | None = None
    splint_out: bool = False
    inpatient: bool = False
    own_day: int | None = None


@dataclass(frozen=True, slots=True)
class ConcernView:
    """The concern track selected for one treatment, complete: what is asked, counted and said.

    say is what may be said once triage allows it, None when this track never reassures; otherwise holds
    the lines per level and OUTSIDE. trend, when set, is one of ask.
    """

    concern: Concern
    procedure: str
    day: int
    version: int
    where: str
    why: str
    ask: tuple[Question, ...]
    details: tuple[Question, ...]
    flags: tuple[Flag, ...]
    trend: str | None
    window: Window | None
    say: Lines | None
    otherwise: Mapping[str, Lines]
    record: Words | None
    overdue: frozenset[str] = frozenset()
    before_identity: Mapping[str, Lines] = field(default_factory=dict[str, Lines], hash=False)
    """Lines which tell nothing of her treatment: what is said to somebody who has not shown who she is."""


@dataclass(frozen=True, slots=True)
class FlowView:
    """The flow selected for one treatment: its steps with the questions which apply, and the flags which
    count."""

    code: str
    title: Words
    procedure: str
    day: int
    version: int
    where: str
    why: str
    steps: tuple[Step, ...]
    questions: Mapping[str, Question]
    flags: tuple[Flag, ...]
    overdue: frozenset[str] = frozenset()
    situation: Situation | None = None
    tone: Words | None = None
    """How she who calls means to sound: for her eyes, not read aloud."""
