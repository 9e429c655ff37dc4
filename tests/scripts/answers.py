"""Answers for tests: what a well patient says, and every way a flag can be raised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product

from console.rules.triage import Answer, Predicate
from console.scripts.records import Question

_CALM_NUMBERS = {"celsius": 36.6}


def well(question: Question) -> Answer:
    """What someone without any trouble answers."""
    match question.kind:
        case "yes_no":
            return "no"
        case "number":
            return _CALM_NUMBERS.get(question.unit or "", question.min or 0)
        case "choice":
            codes = [option.code for option in question.options]
            return "same" if "same" in codes else codes[0]
        case _:
            return "-"


def all_well(questions: Iterable[Question]) -> dict[str, Answer]:
    return {question.code: well(question) for question in questions}


@dataclass(frozen=True)
class Way:
    """One way to raise a flag: answers, and what must hold of the day."""

    answers: dict[str, Answer] = field(default_factory=dict)
    from_day: int = 0
    to_day: int = 100_000
    past_window: bool = False
    trend: bool = False
    orders: frozenset[str] = frozenset()


def ways(predicate: Predicate) -> list[Way]:
    """Every alternative of a predicate, as answers and conditions."""
    match predicate.kind:
        case "any":
            return [way for part in predicate.parts for way in ways(part)]
        case "all":
            return [_join(parts) for parts in product(*(ways(part) for part in predicate.parts))]
        case "yes":
            return [Way({predicate.question: "yes"}), Way({predicate.question: "unsure"})]
        case "at_least":
            return [Way({predicate.question: predicate.value})]
        case "below":
            return [Way({predicate.question: predicate.value - 1})]
        case "choice":
            return [Way({predicate.question: option}) for option in sorted(predicate.options)]
        case "day":
            return [
                Way(
                    from_day=predicate.from_day or 0,
                    to_day=100_000 if predicate.to_day is None else predicate.to_day,
                )
            ]
        case "past_window":
            return [Way(past_window=True)]
        case "trend":
            return [Way(trend=True)]
        case _:
            return [Way(orders=frozenset({predicate.order}))]


def _join(parts: tuple[Way, ...]) -> Way:
    answers: dict[str, Answer] = {}
    for part in parts:
        answers |= part.answers
    return Way(
        answers,
        max(part.from_day for part in parts),
        min(part.to_day for part in parts),
        any(part.past_window for part in parts),
        any(part.trend for part in parts),
        frozenset().union(*(part.orders for part in parts)),
    )
