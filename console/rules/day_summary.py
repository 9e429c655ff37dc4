"""The daily summaries for the head of department, as pure sums (catalogue S1-REPORT-01, S1-REPORT-02).

Part one: what people who came and had nothing done said of it. Part two: how many calls after an operation, who
doubts, and who brought up another treatment by herself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from db.enums import CallOutcome, Direction

UNCONVERTED: Final = frozenset({"UC1", "UC2", "UC-TRACK"})
"""Milestones of people who came and had nothing done (requirements C-02, S1-SCHED-18)."""

REASON: Final = "unconverted_reason"
SERVICE: Final = ("service_satisfaction", "satisfaction")
"""Questions about the service, the one that asks of nothing else first."""
INTEREST: Final = "other_interest"
"""What a patient said by herself; nobody asks for it (requirements C-11)."""
RESULT: Final = "result_satisfaction"
EXPECTATION: Final = "expectation_met"
QUESTIONS: Final = (REASON, *SERVICE, INTEREST, RESULT, EXPECTATION)

SAID_DOUBT: Final = "doubt"
DOUBTS: Final[Mapping[str, Mapping[str, str]]] = {
    "satisfaction": {"dissatisfied": "dissatisfied"},
    "service_satisfaction": {"dissatisfied": "dissatisfied", "very_dissatisfied": "dissatisfied"},
    RESULT: {"dissatisfied": "result", "very_dissatisfied": "result"},
    EXPECTATION: {"below": "expectation", "far_below": "expectation"},
}
"""Question and answer to the reason for which a person stands on the list of doubts."""

NOT_SAID: Final = "not_said"


@dataclass(frozen=True, slots=True)
class Heard:
    """One saved conversation of the day.

    Args:
        call_id: which.
        milestone: what it was about; None for none.
        treated: whether its call belongs to an operation.
        telephone: whether it was on the telephone.
        direction: out or in.
        outcome: how it ended.
        satisfaction: the call's own field.
        answers: standing answers, question to value.
        doubt: the caller noted that the patient doubts the result.
    """

    call_id: int
    milestone: str | None
    treated: bool
    telephone: bool
    direction: Direction
    outcome: CallOutcome
    satisfaction: str | None
    answers: Mapping[str, str]
    doubt: bool = False


def unconverted(heard: Heard) -> bool:
    """Whether a conversation followed up somebody who came and had nothing done."""
    return heard.milestone in UNCONVERTED and heard.outcome is not CallOutcome.WRONG_PERSON


def post_op(heard: Heard) -> bool:
    """Whether it counts among the day's calls after an operation: ours, on the telephone, not a wrong person."""
    return (
        heard.treated
        and heard.telephone
        and heard.direction is Direction.OUT
        and heard.outcome is not CallOutcome.WRONG_PERSON
    )


def service(heard: Heard) -> str:
    """What was said of the service; `NOT_SAID` when nothing was."""
    said = (heard.answers.get(question) for question in SERVICE)
    return next((value for value in said if value), heard.satisfaction or NOT_SAID)


def doubts(heard: Heard) -> tuple[str, ...]:
    """Why somebody stands on the list of doubts; empty when she does not."""
    if heard.outcome is CallOutcome.WRONG_PERSON:
        return ()
    answers = dict(heard.answers)
    if heard.satisfaction is not None:
        answers.setdefault("satisfaction", heard.satisfaction)
    found = [SAID_DOUBT] if heard.doubt else []
    found += [
        values[answers[question]] for question, values in DOUBTS.items() if answers.get(question) in values
    ]
    return tuple(dict.fromkeys(found))


def interest(heard: Heard) -> str:
    """What she brought up by herself; empty for nothing."""
    return "" if heard.outcome is CallOutcome.WRONG_PERSON else heard.answers.get(INTEREST, "").strip()


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of both parts.

    Args:
        unconverted: conversations with people who had nothing done.
        reasons, service: what they said, value to how many, the most frequent first; each adds up to `unconverted`.
        post_op: calls after an operation.
        doubtful, interested: conversations on those lists.
    """

    unconverted: int
    reasons: tuple[tuple[str, int], ...]
    service: tuple[tuple[str, int], ...]
    post_op: int
    doubtful: int
    interested: int

    def flat(self) -> dict[str, int]:
        """Every number by a stable name, as it is kept with a sign-off."""
        numbers = {
            "unconverted": self.unconverted,
            "post_op": self.post_op,
            "doubtful": self.doubtful,
            "interested": self.interested,
        }
        numbers |= {f"reason.{code}": count for code, count in self.reasons}
        return numbers | {f"service.{code}": count for code, count in self.service}


def summarise(talks: Iterable[Heard]) -> Summary:
    """The numbers of a day's conversations."""
    rows = tuple(talks)
    visitors = [one for one in rows if unconverted(one)]
    return Summary(
        unconverted=len(visitors),
        reasons=_counted(one.answers.get(REASON) or NOT_SAID for one in visitors),
        service=_counted(service(one) for one in visitors),
        post_op=sum(post_op(one) for one in rows),
        doubtful=sum(bool(doubts(one)) for one in rows),
        interested=sum(bool(interest(one)) for one in rows),
    )


def _counted(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(values).items(), key=lambda one: (-one[1], one[0])))


@dataclass(frozen=True, slots=True)
class Change:
    """One number that is another since the head signed."""

    name: str
    then: int
    now: int


def changes(signed: Mapping[str, int], now: Mapping[str, int]) -> tuple[Change, ...]:
    """What differs from what was signed, in the order of the numbers of now, then of those that are gone."""
    names = [*now, *(name for name in signed if name not in now)]
    return tuple(
        Change(name, signed.get(name, 0), now.get(name, 0))
        for name in names
        if signed.get(name, 0) != now.get(name, 0)
    )
