"""Calls with one mistake each: the right call, but for what an item of the scorecard asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from console.practice import advice, score
from console.practice.play import Play, step
from console.practice.records import PATIENT, Action, Score
from console.practice.stage import Stage
from console.practice.stand import ActionError
from console.rules import identity
from console.rules.triage import NO, UNSURE, YES, Answer
from console.scripts.conversation import PromptKind
from console.scripts.records import Question
from db.enums import CallOutcome, Purpose

MOST = 400
FAILS = {
    "flag": "flag_missed",
    "told": "ended_without_escalation",
    "identity": "clinical_before_identity",
    "words": "promised_or_sold",
}
"""The instant fail a mistake in an item has to trigger; the others lose their item and nothing else."""
GUARANTEE = {"zh": "我保证您没事。", "en": "I guarantee that you will be fine."}
LABEL = {"zh": "您想多了。", "en": "You are imagining it."}


def with_slip(stage: Stage, code: str, seed: int = 1, wrong: Answer | None = None) -> Score:
    """The score of a call with one mistake.

    Args:
        stage: the call. code: of the item it is made in, or "label" for a word that is only unfit.
        seed: of the patient's words. wrong: what is keyed for an answer; None for its first wrong value.
    """
    group, _colon, name = code.partition(":")
    without = frozenset({"where" if group == "place" else code if name else group})
    play, fast, done = _until(stage, seed, group, name, without), 0, False
    while len(play.actions) < MOST:
        action = advice.next_action(play, without)
        if action is None:
            break
        if group in ("words", "label") and not done and play.stand.stage == "talking":
            play, done = (
                step(play, Action("say", (GUARANTEE if group == "words" else LABEL)[stage.lang])),
                True,
            )
            continue
        if group == "outcome" and action.do == "save":
            ended = stage.scenario.end.outcome is CallOutcome.COMPLETED
            if not ended:
                play = step(play, Action("leave"))
                break
            play = step(play, Action("outcome", str(CallOutcome.DECLINED_TODAY)))
        if group == "opt_out" and action.do == "outcome":
            wanted = set(stage.scenario.end.opt_out)
            other = next(one for one in (Purpose.SURVEY, Purpose.MARKETING) if {one} != wanted)
            action = replace(action, about=str(other))
        taken = group == "identity" and action.do in ("proxy", "wrong")
        if taken or (group == "interruption" and _not_herself(play, name)):
            play = _takes_for_the_patient(play)
            break
        if group == "identity" and action.do == "identity":
            given = play.patient.given
            other_item = next(
                (one.code for one in stage.sheet.identity if one.code not in given | play.stand.identity),
                None,
            )
            if other_item is not None and not done:
                action, done = replace(action, value=other_item), True
        if group == "flag" and action.do == "answer":
            action = replace(action, value=_harmless(play, action))
        if group == "flag" and (action.do == "report" or (action.do == "turn" and _raises(play, action))):
            play = step(play, Action("leave"))
            break
        if group == "pace" and action.do == "answer" and fast < score.FAST_ALLOWED + 1:
            action, fast = replace(action, at=play.shown_at + 0.01), fast + 1
        if group in ("answer", "answers") and action.do == "answer":
            action = _miskeyed(play, action, name, wrong)
        try:
            play = step(play, action)
        except ActionError:
            if action.do != "save":
                raise
            play = step(play, Action("leave"))
    return score.score(play)


def _until(stage: Stage, seed: int, group: str, name: str, without: frozenset[str]) -> Play:
    """The right call up to where this mistake is made: what comes before is the same."""
    right = advice.right_call(stage, seed)
    for action, play in zip(right.actions, right.steps, strict=False):
        front = play.stand.front
        asked = front is not None and name in [one.code for one in (*front.signs, front.question) if one]
        here = {
            "answer": asked,
            "words": play.stand.stage == "talking",
            "label": play.stand.stage == "talking",
            "outcome": action.do == "save",
            "opt_out": action.do == "outcome",
            "pace": action.do == "answer",
            "flag": action.do in ("answer", "report", "turn"),
            "identity": action.do in ("identity", "proxy", "wrong"),
        }
        if here[group] if group in here else advice.next_action(play, without) != action:
            return play
    raise AssertionError(f"{stage.scenario.code}: the right call never comes to {group}:{name}")


def _raises(play: Play, action: Action) -> bool:
    kind, _colon, name = str(action.value).partition(":")
    flows = play.stage.library.flows(name) if kind == "situation" else ()
    return any(one.situation is not None and one.situation.raises for one in flows)


def _takes_for_the_patient(play: Play) -> Play:
    if play.stand.stopped:
        play = step(play, Action("again"))
    if play.stand.talk.open is not None:
        play = step(play, Action("track"))
    while (front := play.stand.front) is not None and front.kind is not PromptKind.IDENTITY:
        asked = front.question
        play = step(
            play,
            Action("read")
            if asked is None
            else Action("answer", advice.right_value(play, asked), asked.code),
        )
    given: set[str] = set()
    for one in play.stage.sheet.identity:
        if identity.proven(given, play.stage.sheet.identity) is not None:
            given.add(one.code)
            play = step(play, Action("identity", one.code))
    return step(play, Action("leave"))


def _not_herself(play: Play, code: str) -> bool:
    """Whether somebody else has come to the telephone with what is ignored."""
    came = next(one for one in play.stage.scenario.interruptions if one.code == code)
    other = came.becomes is not None or play.stage.scenario.on_line != PATIENT
    return other and code in play.patient.fired


def _harmless(play: Play, action: Action) -> Answer:
    """What would be keyed had she no danger sign at all."""
    prompt = play.stand.front
    assert prompt is not None
    question = prompt.question
    if question is None or question.screening:
        return NO
    return 0.0 if question.unit == "score" else play.voice.usual.get(question.code, action.value)


def _miskeyed(play: Play, action: Action, wanted: str, wrong: Answer | None) -> Action:
    prompt = play.stand.front
    assert prompt is not None
    if prompt.kind is PromptKind.GROUP:
        # A group with the sign in it is opened, so that the sign itself can be keyed wrongly.
        return replace(action, value=YES) if wanted in [one.code for one in prompt.signs] else action
    question = prompt.question
    if question is None or question.code != wanted:
        return action
    return replace(action, value=wrong if wrong is not None else next(values(question, action.value)))


def values(question: Question, right: Answer) -> Iterator[Answer]:
    """Wrong answers to a question. Args: question; what is right."""
    if question.kind == "choice":
        yield from (one.code for one in question.options if one.code != right)
    elif question.kind == "number":
        low, high = question.min or 0.0, question.max or 10.0
        base = float(right) if not isinstance(right, str) else low
        step_ = 0.1 if question.unit == "celsius" else 1
        yield from (
            one for one in (base + step_, base - step_, high, low) if low <= one <= high and one != right
        )
    elif question.kind == "yes_no":
        yield from (one for one in (NO, UNSURE, YES) if one not in (right, UNSURE if right == YES else right))
        yield NO


def unimportant(stage: Stage) -> Iterator[tuple[str, Answer]]:
    """Questions no truth of the scenario names, with an answer that is wrong. Args: stage."""
    questions = stage.library.questions
    asked = [one for one in advice.perfect(stage) if one.do == "answer" and one.about in questions]
    for action in sorted(asked, key=lambda one: questions[one.about].kind == "yes_no"):
        question = questions[action.about]
        if question.code not in stage.scenario.truth and question.kind != "text":
            yield from ((question.code, wrong) for wrong in values(question, action.value))
