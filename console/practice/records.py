"""Frozen records of practice: a scenario, what may be done in one, what was said, and the score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from console.rules.triage import Answer
from console.scripts.records import Lines, Words
from db.enums import CallOutcome, Language, Level, Purpose

CALM, WORRIED, UPSET, ANGRY = "calm", "worried", "upset", "angry"
MOODS = (CALM, WORRIED, UPSET, ANGRY)
"""Moods from best to worst; one step at a time."""
PATIENT, PROXY, STRANGER = "patient", "proxy", "stranger"
"""Who is really on the line."""


HOME, FAMILY = Words("家里", "at home"), Words("家人", "family")
"""Where she is and who is with her, when a scenario does not say."""


PLAIN, VAGUE = "plain", "vague"
"""How a question was answered."""
FEELING_TURNS = frozenset({"situation:angry", "situation:crying", "situation:suicidal_words"})
"""Turns of the talk that meet a feeling."""


class Skill(StrEnum):
    """What a scenario trains; the first choice on the practice page."""

    NORMAL = "normal"
    RED_FLAG = "red_flag"
    FEVER = "fever"
    LATE_IMPLANT = "late_implant"
    QUESTIONS = "questions"
    DISPUTE = "dispute"
    WHO_ANSWERS = "who_answers"
    INCOMING = "incoming"
    HARD_TALK = "hard_talk"
    SEVERAL = "several"


class Grade(StrEnum):
    """How much help there is: guided points to the next thing; exam has a clock, no hints, one try."""

    GUIDED = "guided"
    NORMAL = "normal"
    EXAM = "exam"


@dataclass(frozen=True, slots=True)
class Persona:
    """The simulated patient.

    Args:
        name: full name on file. born_on: birthday. sex: "female" or "male".
        language: spoken on the telephone. voice: how she speaks, shown before the call.
        gives: identity items she gives when asked (codes of rules/identity.py).
        start, best: mood at the beginning, and the best one she can reach.
        pace: characters a second in Chinese; 4 is usual (REPORT of the talk-tracks: one breath a line).
    """

    name: str
    born_on: date
    sex: str
    language: Language
    voice: Words
    gives: tuple[str, ...] = ("birthday", "surgeon")
    start: str = CALM
    best: str = CALM
    pace: float = 4.0


@dataclass(frozen=True, slots=True)
class Companion:
    """A contact person on file. may_hear: with the patient's consent, or a guardian."""

    name: str
    relation: str
    may_hear: bool = False
    guardian: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """One performed procedure. day: post-op day of the call. stitches_day, splint_day: of the surgeon's date."""

    procedure: str
    day: int
    site: str = ""
    side: str | None = None
    surgeon: str = ""
    anaesthesia: str | None = None
    implant: str | None = None
    orders: str | None = None
    stitches_day: int | None = None
    splint_day: int | None = None
    drain_in: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """What is really so about one question.

    Args:
        value: the answer. vague: she says it in a way that is neither yes nor no; only 9 or 2 is right then.
        says: her words for it, by mood or "any". hidden: given only in a mood up to this one; before, she answers
            vaguely.
    """

    value: Answer
    vague: bool = False
    hidden: str | None = None
    says: Mapping[str, Lines] = field(default_factory=dict[str, Lines], hash=False)


@dataclass(frozen=True, slots=True)
class Volunteered:
    """Something she says by herself. at: where (see Interruption.at). lines: her words."""

    at: str
    lines: Lines


@dataclass(frozen=True, slots=True)
class Interruption:
    """Something that comes in by itself and wants the right answer.

    Args:
        code: stable name in the scenario. kind: what it is, of KINDS in schema.py.
        at: where it comes: "pickup", "identity", "group", "concerns", "close", "read:N" (the N-th lines read),
            "q:CODE", "concern:CODE".
        lines: her words. again: when it is left unanswered for two prompts.
        answers: what counts as answered: "turn:situation:angry", "turn:playbook:...", "turn:care:...", "proxy",
            "wrong", "again", "say" (typed words that meet the feeling), "flag" (a level raised, by an answer or by
            hand), "report" (a complaint or request), "promise", "concern:CODE", "outcome" (another than completed).
        worsens: mood steps for leaving it unanswered. calms: mood steps back when it is answered.
        becomes: who is on the line from now on; None leaves it.
        then: who is on the line once it was answered; None leaves it. then_lines: what is said then.
        better: what would have been right, in a sentence to the trainee.
    """

    code: str
    kind: str
    at: str
    lines: Lines
    answers: tuple[str, ...]
    again: Lines | None = None
    worsens: int = 1
    calms: int = 1
    becomes: str | None = None
    then: str | None = None
    then_lines: Lines | None = None
    better: Words | None = None


@dataclass(frozen=True, slots=True)
class Must:
    """Something this scenario wants done beside the usual. did: as Interruption.answers, or "asked:CODE"."""

    code: str
    did: str
    text: Words
    better: Words
    points: int = 10


@dataclass(frozen=True, slots=True)
class End:
    """How the call rightly ends.

    Args:
        outcome: saved with. level: the most urgent level raised; None for none. flags: that must stand.
        spoke_to: "patient", "proxy" or "unknown".
        concerns: that are opened and asked to the end.
        told: somebody has to be told and written down. place: where she is and who is with her, for an emergency.
        report: "complaint" or "request" handed to the lead. promise: a callback is agreed. note: a note is typed.
        opt_out: purposes refused. mood: the worst mood at the end in which her feeling still counts as met.
    """

    outcome: CallOutcome = CallOutcome.COMPLETED
    level: Level | None = None
    flags: tuple[str, ...] = ()
    spoke_to: str = PATIENT
    concerns: tuple[str, ...] = ()
    told: bool = False
    place: bool = False
    report: str | None = None
    promise: bool = False
    note: bool = False
    opt_out: tuple[Purpose, ...] = ()
    mood: str = ANGRY


@dataclass(frozen=True, slots=True)
class Scenario:
    """One simulated call.

    Args:
        code: name of its file. title, about: for the practice page. skill, grade: where it belongs.
        persona, companions, treatments: who it is; the first treatment is the one the call is about.
        milestone: of the planned call; empty for an incoming one. incoming: she rings. known: she is on file.
        on_line: who picks up. clock: the clinic's time the call starts at. lives_alone: on file.
        place, companion: what she says when asked where she is and who is with her.
        truth: by question code. worries: concerns she names when asked what worries her, with her words.
    """

    code: str
    title: Words
    about: Words
    skill: Skill
    grade: Grade
    persona: Persona
    treatments: tuple[Done, ...]
    end: End
    milestone: str = ""
    incoming: bool = False
    known: bool = True
    on_line: str = PATIENT
    pickup: Lines | None = None
    clock: time = time(14, 35)
    lives_alone: bool = False
    place: Words = HOME
    companion: Words = FAMILY
    companions: tuple[Companion, ...] = ()
    truth: Mapping[str, Truth] = field(default_factory=dict[str, Truth], hash=False)
    worries: Mapping[str, Lines] = field(default_factory=dict[str, Lines], hash=False)
    volunteers: tuple[Volunteered, ...] = ()
    interruptions: tuple[Interruption, ...] = ()
    musts: tuple[Must, ...] = ()
    better: Mapping[str, Words] = field(default_factory=dict[str, Words], hash=False)
    """The better line by item code; without one the scorecard's own."""
    points: Mapping[str, int] = field(default_factory=dict[str, int], hash=False)
    """Points of an item where they differ from the scorecard's."""
    norm_s: int | None = None
    """Seconds a good call takes; without it the speech of the right call."""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a trainee does. `do` and what it needs are listed in docs/practice.md.

    Args:
        do: dial, dialled, identity, nobody, proxy, wrong, again, answer, read, goto, track, concern,
            turn, halt_read, report, told, where, note, say, promise, outcome, wait, save, leave, time_up.
        value: item, digit's meaning, answer, code, text ...; about: a second value (the question of an answer,
            the companion of a place, what a promise is about).
        at: seconds since the call was taken up; None lets the speech take its time.
        keys: keystrokes it took.
    """

    do: str
    value: Answer = ""
    about: str = ""
    at: float | None = None
    keys: int = 1


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the transcript.

    Args:
        number: from 1. who: "caller", "patient", "proxy", "stranger", "line" (the telephone), "desk" (what was keyed).
        lines: what was said or done, in the language of the call; desk lines carry codes and are worded by the
            screen. code: of what was done or asked. value: the answer keyed.
        at: seconds since the call was taken up. mood: of the patient after it. action: index of the action it belongs
            to.
    """

    number: int
    who: str
    text: str
    code: str = ""
    value: str = ""
    at: float = 0.0
    mood: str = CALM
    action: int = -1


@dataclass(frozen=True, slots=True)
class ItemScore:
    """One item of the sheet: code like "answer:pain_now", its group on the scorecard, points, why it was lost."""

    code: str
    group: str
    got: int
    of: int
    text: Words
    better: Words
    action: int = -1
    """Index of the action at which it was lost; -1 when it never came."""


@dataclass(frozen=True, slots=True)
class Score:
    """A finished call.

    Args:
        scenario, seed. grade. items. instant_fail: codes of INSTANT in the scorecard that were triggered.
        seconds: the call took. norm_s: a good call takes. keys: keystrokes; keys_norm: of the right call.
        saved: whether the call was saved at all.
    """

    scenario: str
    seed: int
    grade: Grade
    items: tuple[ItemScore, ...]
    instant_fail: tuple[str, ...]
    seconds: float
    norm_s: float
    keys: int
    keys_norm: int
    saved: bool

    @property
    def score(self) -> int:
        """Points got; an instant fail leaves none."""
        return 0 if self.instant_fail else sum(item.got for item in self.items)

    @property
    def of(self) -> int:
        """Points there are."""
        return sum(item.of for item in self.items)

    @property
    def missed(self) -> tuple[str, ...]:
        """Codes of items that lost points."""
        return tuple(item.code for item in self.items if item.got < item.of)
