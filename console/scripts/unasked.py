"""Questions a conversation still has to ask before it is completed. Pure."""

from __future__ import annotations

from console.scripts import conversation
from console.scripts.conversation import Prompt, Talk
from console.scripts.records import Question

ASKED = ("yes_no", "number", "choice")
"""Kinds of question without whose answer a call is not completed."""


def unasked(talk: Talk) -> int:
    """Questions that are still to be asked, in the flow, in every turn taken and every concern named: all but
    those that take the patient's own words."""
    return len(_unasked(talk))


def _unasked(talk: Talk) -> list[str]:
    flow = conversation.to_flow(talk)
    asked = [question for prompt in flow.prompts() for question in _questions(prompt)]
    asked += [question for one in (*talk.turns, *talk.concerns) for question in one.questions]
    codes = dict.fromkeys(question.code for question in asked if question.kind in ASKED)
    single = {code for one in talk.concerns for code in (question.code for question in one.questions)}
    return [
        code for code in codes if code not in talk.answers or (code in single and talk.answers[code].in_group)
    ]


def at_first_unasked(talk: Talk) -> Talk:
    """The conversation with the first unasked question in front."""
    left = set(_unasked(talk))
    flow = conversation.to_flow(talk)
    new = left - set(talk.answers)
    if any(one.code in new for prompt in flow.prompts() for one in _questions(prompt)):
        return flow
    for turn in talk.turns:
        if any(question.code in left for question in turn.questions):
            return conversation.back_to_turn(flow, turn)
    for one in talk.concerns:
        if any(question.code in left for question in one.questions):
            return conversation.name_concern(talk, one)[0]
    return flow


def _questions(prompt: Prompt) -> tuple[Question, ...]:
    return prompt.signs or ((prompt.question,) if prompt.question else ())
