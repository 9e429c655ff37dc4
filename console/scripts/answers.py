"""What is an answer to a question, and what is none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from console.rules.triage import UNSURE, Answer
from console.scripts.records import Question


def sound(questions: Iterable[Question], answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Answers as triage may read them: nothing that is no answer is taken for one.

    Args: questions which were asked; answers by question code, of whatever came in.
    Returns the answers; a number written as text is the number, an odd answer to a danger sign is unsure, any
    other odd answer is none.
    """
    made = dict(answers)
    for question in questions:
        given = made.get(question.code)
        if given is None or answer_fault(question, given) is None:
            continue
        del made[question.code]
        if question.screening:
            made[question.code] = UNSURE
        elif question.kind == "number" and isinstance(given, str):
            try:
                number = float(given)
            except ValueError:
                continue
            if answer_fault(question, number) is None:
                made[question.code] = number
    return made


def answer_fault(question: Question, answer: object) -> str | None:
    """What is wrong with an answer. Args: question; answer of any type. Returns one sentence, None when it
    is good.

    "unsure" is good for every kind but text; a number must lie inside the question's bounds.
    """
    if question.kind == "text":
        return None if isinstance(answer, str) and answer.strip() else "a text is expected"
    if answer == "unsure":
        return None
    if question.kind == "yes_no":
        return None if answer in ("yes", "no") else "expected yes, no or unsure"
    if question.kind == "choice":
        codes = [option.code for option in question.options]
        return None if answer in codes else f"expected one of {', '.join(codes)} or unsure"
    if isinstance(answer, bool) or not isinstance(answer, (int, float)) or math.isnan(answer):
        return "a number or unsure is expected"
    if question.min is not None and question.max is not None and not question.min <= answer <= question.max:
        return f"expected {question.min:g} to {question.max:g}"
    return None
