"""What is really so in a scenario, what may rightly be keyed for it, and what a talk-track would allow then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from console.practice.records import ANGRY, FEELING_TURNS, UPSET, VAGUE, Scenario
from console.rules.triage import NO, UNSURE, YES, Answer
from console.scripts.conversation import Given, Opened, Talk
from console.scripts.records import Question, Words

COMMON = "的了在我是有个一人"
"""Characters that stand in any answer."""
CLOSE = 0.05
"""How far a keyed number may be from the one she said: a digit's rounding."""


def value(scenario: Scenario, usual: Mapping[str, Answer], question: Question) -> Answer:
    """The true answer to a question.

    Args:
        scenario: what is played. usual: answers of a good recovery by question code. question: any.
    """
    named = scenario.truth.get(question.code)
    if named is not None:
        return named.value
    if question.code in usual:
        return usual[question.code]
    if question.kind == "yes_no":
        return NO
    if question.kind == "choice" and question.options:
        return question.options[0].code
    if question.kind == "number":
        return question.min or 0.0
    return UNSURE


def right(question: Question, true: Answer, heard: str | None, keyed: Answer) -> bool:
    """Whether an answer was keyed as it was said.

    Args:
        question: which. true: what is so. heard: how it was said, None when it was not heard at all.
        keyed: what was keyed.
    """
    if question.kind == "text":
        return heard is not None
    if heard is None:
        return False
    if heard == VAGUE:
        # What is neither yes nor no counts as the danger sign (docs/talk-tracks.md).
        return keyed == UNSURE or (question.kind == "yes_no" and keyed == YES)
    if isinstance(true, str) or isinstance(keyed, str):
        return keyed == true
    return abs(float(keyed) - float(true)) < CLOSE


def true_talk(talk: Talk, scenario: Scenario, usual: Mapping[str, Answer]) -> Talk:
    """The conversation as it would stand had everything been keyed as it is.

    Args:
        talk: as it was keyed. scenario, usual: what is so.
    """
    questions = {**talk.flow.questions}
    for one in (*talk.turns, *talk.concerns):
        questions.update({question.code: question for question in one.questions})
    answers = {
        code: Given(value(scenario, usual, questions[code]), given.in_group) if code in questions else given
        for code, given in talk.answers.items()
    }
    # By-hand reports stay; flags are those of the true answers alone.
    bare = replace(talk, answers=answers, raised=())
    raised = tuple(flag for flag in bare.judged().flags if flag.level.escalates)
    by_turn = tuple(one.raises for one in talk.turns if one.raises is not None)
    return replace(bare, raised=(*raised, *by_turn))


def like(typed: str, true: Words) -> bool:
    """Whether typed words say what she said, however short: a character or a word in common.

    Args: typed words, in either language; what is so.
    """
    folded = typed.casefold()
    chars = [char for char in true.zh if "\u4e00" <= char <= "\u9fff"]
    # A word for "at" or "is" is no place; where nothing else was said, it has to do.
    telling = [char for char in chars if char not in COMMON] or chars
    zh = any(char in typed for char in telling)
    words = (word.strip(".,;:!?") for word in true.en.casefold().split())
    return zh or any(word in folded for word in words if len(word) > 2)


def met_feeling(scenario: Scenario) -> bool:
    """Whether a feeling has to be met that no interruption of the scenario stands for. Args: scenario."""
    feeling = {f"turn:{one}" for one in FEELING_TURNS} | {"say"}
    own = any(set(one.answers) & feeling for one in scenario.interruptions)
    return scenario.persona.start in (UPSET, ANGRY) and not own


def may_reassure(talk: Talk, opened: Opened, scenario: Scenario, usual: Mapping[str, Answer]) -> bool:
    """Whether the reassuring lines of a concern would stand on true answers. Args: talk; concern; what is so."""
    return true_talk(talk, scenario, usual).spoken(opened)[0] == "say"
