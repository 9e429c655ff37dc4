"""Which red flags the answers raise, how urgent they are together, and whether anything reassuring may be
said.

Pure: no clock, no files, no database. There is no "not" in a predicate, so one more answer can only add
flags.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from db.enums import FlagAction, Level

Answer: TypeAlias = str | float | int
"""yes_no: "yes", "no" or "unsure"; number: the number or "unsure"; choice: an option's code or "unsure";
text: words."""

YES, NO, UNSURE = "yes", "no", "unsure"
WORSE = "worse"
REASSURING_TRENDS = frozenset({"better", "same"})


@dataclass(frozen=True, slots=True)
class Predicate:
    """When a flag is raised; `kind` says which of the other fields count.

    Kinds: any, all (parts); yes (question); at_least, below (question, value); choice (question, options);
    day (from_day, to_day, both included, None is open); past_window; trend; order_overdue (order).
    """

    kind: str
    parts: tuple[Predicate, ...] = ()
    question: str = ""
    value: float = 0.0
    options: frozenset[str] = frozenset()
    from_day: int | None = None
    to_day: int | None = None
    order: str = ""

    def questions(self) -> frozenset[str]:
        """Codes of the questions this predicate reads; the trend of a concern is not named here."""
        own = frozenset({self.question}) if self.question else frozenset[str]()
        return own.union(*(part.questions() for part in self.parts))


@dataclass(frozen=True, slots=True)
class Flag:
    """One red flag; `contact_by_min` (minutes) and `action` beat what its level asks for.

    everywhere: counted in every concern and flow. context: its words fit only its own concern, so that a
    flow counts it only when it asks a sign which no other flag covers. words: code of the concern whose lines
    are said for it wherever it is raised; None when only its own concern knows.
    """

    code: str
    level: Level
    zh: str
    en: str
    when: Predicate
    action: FlagAction | None = None
    contact_by_min: int | None = None
    everywhere: bool = False
    context: bool = False
    procedures: frozenset[str] = frozenset()
    facts: tuple[str, ...] = ()
    decision: int | None = None
    words: str | None = None
    reads: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Asked for at every selection; walking the predicate once is what keeps that under 2 ms.
        object.__setattr__(self, "reads", self.when.questions())

    def text(self, lang: str) -> str:
        """The flag's words. Args: lang, "zh" or anything else for English. Returns the text."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Window:
    """Post-op days in which a caller may reassure (facts.yaml normal_from/peak/until/residual); never = no
    day."""

    from_day: int | None
    peak: int | None
    until: int | None
    residual: int | None
    never: bool = False
    unsourced: bool = False

    def holds(self, day: int) -> bool:
        """Whether the window is open. Args: day, post-op day (operation day = 0). Returns False when never
        normal."""
        if self.never or self.from_day is None or self.until is None:
            return False
        return self.from_day <= day <= self.until


@dataclass(frozen=True, slots=True)
class TriageFacts:
    """What triage knows beside the answers.

    day: post-op day; None when nobody knows it, then every range of days holds. required: screening
    questions which must all be answered before anything reassuring.
    window: None when the procedure has none for this concern. trend: code of the concern's trend question.
    overdue: orders past their day and not known done ("stitches", "splint"). in_concern: False in a flow,
    where no window is judged. may_reassure: the talk-track has words for it at all. other_trends: further
    trend questions, which a flow may ask.
    """

    day: int | None
    required: tuple[str, ...] = ()
    window: Window | None = None
    trend: str | None = None
    overdue: frozenset[str] = field(default_factory=frozenset[str])
    in_concern: bool = True
    may_reassure: bool = True
    other_trends: tuple[str, ...] = ()

    @property
    def in_window(self) -> bool:
        """Whether the day lies inside a window in which a caller may reassure."""
        return self.window is not None and self.day is not None and self.window.holds(self.day)

    @property
    def past_window(self) -> bool:
        """Whether the usual time is over; a concern without a window, or never normal, counts as over."""
        if not self.in_concern:
            return False
        until = None if self.window is None or self.window.never else self.window.until
        return until is None or self.day is None or self.day > until


@dataclass(frozen=True, slots=True)
class Triage:
    """The outcome. level: the most urgent, None without a flag. flags: raised, most urgent first.
    unanswered: required questions without an answer. unsure: required questions answered "unsure"."""

    level: Level | None
    flags: tuple[Flag, ...]
    reassurance_allowed: bool
    unanswered: tuple[str, ...]
    unsure: tuple[str, ...] = ()

    @property
    def escalates(self) -> bool:
        """Whether an escalation must be made: any flag above ROUTINE."""
        return self.level is not None and self.level.escalates


def is_answered(answer: Answer | None) -> bool:
    """Whether an answer counts as given. Args: answer, None when not asked. Returns False for None, NaN
    and blank text."""
    if isinstance(answer, str):
        return bool(answer.strip())
    return answer is not None and not math.isnan(answer)


def holds(predicate: Predicate, answers: Mapping[str, Answer], facts: TriageFacts) -> bool:
    """Whether a predicate is true.

    Args: predicate; answers by question code; facts of the treatment and concern.
    Returns True or False; an unanswered question never makes it true, an unsure yes_no or choice does
    (unsure counts as the danger sign), and so does any answer to a yes_no question but a plain no. An
    unsure number does not, but it blocks reassurance.
    Raises ValueError for an unknown kind, which the schema excludes.
    """
    answer = answers.get(predicate.question) if predicate.question else None
    match predicate.kind:
        case "any":
            return any(holds(part, answers, facts) for part in predicate.parts)
        case "all":
            return all(holds(part, answers, facts) for part in predicate.parts)
        case "yes":
            # Only a plain no clears a danger sign; whatever else was stored counts as the sign.
            return is_answered(answer) and answer != NO
        case "at_least":
            number = _number(answer)
            return number is not None and number >= predicate.value
        case "below":
            number = _number(answer)
            return number is not None and number < predicate.value
        case "choice":
            return answer == UNSURE or answer in predicate.options
        case "day":
            return facts.day is None or (
                (predicate.from_day is None or facts.day >= predicate.from_day)
                and (predicate.to_day is None or facts.day <= predicate.to_day)
            )
        case "past_window":
            return facts.past_window
        case "trend":
            return any(
                answers.get(code) == WORSE for code in (facts.trend, *facts.other_trends) if code is not None
            )
        case "order_overdue":
            return predicate.order in facts.overdue
        case other:
            raise ValueError(f"unknown predicate {other!r}")


def triage(flags: Iterable[Flag], answers: Mapping[str, Answer], facts: TriageFacts) -> Triage:
    """Judge one concern, or one flow, of one treatment.

    Args: flags which apply; answers by question code; facts.
    Returns the Triage. Reassurance needs all of: the track has words, every required question answered and
    none unsure, no flag above ROUTINE, the day inside the window, the trend (when the concern has one)
    better or same (facts.yaml meta.escalation_rule; ROUTINE never blocks).
    """
    raised = tuple(
        sorted((flag for flag in flags if holds(flag.when, answers, facts)), key=lambda flag: flag.level.rank)
    )
    needed = facts.required
    if facts.trend is not None and facts.trend not in needed:
        needed = (*needed, facts.trend)
    unanswered = tuple(code for code in needed if not is_answered(answers.get(code)))
    unsure = tuple(code for code in needed if answers.get(code) == UNSURE)
    level = raised[0].level if raised else None
    trend_good = facts.trend is None or answers.get(facts.trend) in REASSURING_TRENDS
    allowed = (
        facts.may_reassure
        and facts.in_concern
        and facts.in_window
        and not unanswered
        and not unsure
        and trend_good
        and not (level is not None and level.escalates)
    )
    return Triage(level, raised, allowed, unanswered, unsure)


def union(results: Sequence[Triage]) -> Triage:
    """One outcome for several open treatments: all flags once, the most urgent level, reassurance only if
    all allow it.

    Args: results, one Triage per treatment. Returns the joint Triage; of nothing, one which allows nothing.
    """
    seen: dict[str, Flag] = {}
    for result in results:
        for flag in result.flags:
            seen.setdefault(flag.code, flag)
    flags = tuple(sorted(seen.values(), key=lambda flag: flag.level.rank))
    return Triage(
        level=flags[0].level if flags else None,
        flags=flags,
        reassurance_allowed=bool(results) and all(result.reassurance_allowed for result in results),
        unanswered=tuple(dict.fromkeys(code for result in results for code in result.unanswered)),
        unsure=tuple(dict.fromkeys(code for result in results for code in result.unsure)),
    )


def _number(answer: Answer | None) -> float | None:
    if answer is None or isinstance(answer, bool):
        return None
    try:
        return float(answer)
    except ValueError:
        return None
