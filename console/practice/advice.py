"""What a good caller would do next: the hint of the guided level, and the right call a score is held against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from console.practice import patient as person
from console.practice import truth
from console.practice.play import Play, begin, step
from console.practice.records import PATIENT, PROXY, STRANGER, Action, Grade, Interruption
from console.practice.stage import Stage
from console.practice.stand import ALARMS, COMPLAINT
from console.practice.stand import form as form_of
from console.rules import callform, identity
from console.rules.triage import NO, UNSURE, YES, Answer
from console.scripts.conversation import Prompt, PromptKind
from console.scripts.records import Question
from db.enums import AttemptResult, CallOutcome, Level, SpokeTo

CALLBACK_MIN = 24 * 60
"""Minutes until an agreed callback: the same time tomorrow."""
MOST = 400
"""Actions after which a call that does not end is given up: a scenario that can't be played."""
KEYS = {"concern": 2, "turn": 3, "report": 2, "told": 3, "where": 2, "promise": 4, "outcome": 2, "note": 1}
"""Keystrokes beside free text that an action takes; one for the others."""
Without = frozenset[str]
NOTHING: Without = frozenset()


def next_action(play: Play, without: Without = NOTHING) -> Action | None:
    """What a good caller does now.

    Args:
        play: the call.
        without: what is left out on purpose, to see what that costs: "told", "where", "report", "promise", "note",
            "empathy", "interruption:CODE", "concern:CODE", "must:CODE".

    Returns:
        The action; None when the call is over.
    """
    if play.over:
        return None
    return next(_ideas(play, without), Action("leave"))


def _act(do: str, value: Answer = "", about: str = "") -> Action:
    return Action(do, value, about, keys=KEYS.get(do, 1))


def _ideas(play: Play, without: Without) -> Iterator[Action]:
    stand = play.stand
    if stand.stage == "preview":
        yield _act("dial")
    if stand.stage == "dialling":
        yield _act("dialled", str(AttemptResult.CONNECTED))
    if stand.halted:
        yield _act("halt_read")
    yield from _alarm(play, without)
    if stand.talk.turn is None:
        yield from _what_came_in(play, without)
        yield from _who(play, without)
    if "empathy" not in without and _upset(play):
        yield _act("say", play.voice.feeling())
    if stand.talk.turn is None and _may_end(play):
        yield from _ending(play, without)
    prompt = stand.front
    if prompt is not None:
        yield from _in_front(play, prompt, without)
    yield from _ending(play, without)


def _alarm(play: Play, without: Without) -> Iterator[Action]:
    stand, end = play.stand, play.stage.scenario.end
    if not stand.alarms:
        return
    lang = play.stage.lang
    if end.place and "where" not in without and not (stand.place and stand.companion):
        yield _act("where", play.stage.scenario.place.of(lang), play.stage.scenario.companion.of(lang))
    if "told" not in without and stand.untold:
        yield _act("told", play.voice.doctor())


def _what_came_in(play: Play, without: Without) -> Iterator[Action]:
    ignored: list[Action] = []
    for code, age in play.patient.pending:
        one = person.interruption(play.stage, code)
        if f"interruption:{code}" in without:
            # She is heard out and not answered.
            if one.kind in person.SILENT and one.becomes is None and age < person.AGAIN_AT:
                ignored.append(_act("wait", 5))
            continue
        for way in one.answers:
            action = _way(play, one, way)
            if action is not None:
                yield action
    yield from ignored


def _way(play: Play, one: Interruption, way: str) -> Action | None:
    do, _colon, code = way.partition(":")
    scenario = play.stage.scenario
    made: dict[str, Action | None] = {
        "turn": _act("turn", code),
        "concern": _act("concern", code),
        "proxy": _act("proxy", _person(play)),
        "wrong": _act("wrong"),
        "again": _act("again") if play.stand.stopped else None,
        "say": _act("say", play.voice.feeling()),
        "flag": _act("report", str(scenario.end.level or Level.EMERGENCY)),
        "report": _act("report", code or scenario.end.report or COMPLAINT),
        "promise": _promise(play),
        "outcome": _outcome(play),
        "note": _note(play),
    }
    return made.get(do)


def _person(play: Play) -> str:
    """Number of the contact person who may hear everything, from 1; 0 for somebody else."""
    end = play.stage.scenario.end
    if end.spoke_to != PROXY or end.outcome is CallOutcome.PROXY_REACHED:
        return "0"
    may = [n for n, one in enumerate(play.stage.sheet.people, 1) if one.may_hear_clinical]
    return str(may[0]) if may else "0"


def _who(play: Play, without: Without) -> Iterator[Action]:
    stand, on_line = play.stand, play.patient.on_line
    if stand.stage != "talking" or play.patient.pending:
        return
    if on_line == STRANGER and stand.outcome is not CallOutcome.WRONG_PERSON:
        yield _act("wrong")
    front = stand.front
    # Whoever rings in is asked the danger signs first, whoever she is.
    first = play.stage.sheet.incoming and front is not None and front.kind is not PromptKind.IDENTITY
    if on_line == PROXY and stand.spoke_to is not SpokeTo.PROXY and not first:
        yield _act("proxy", _person(play))
    if on_line == PATIENT and stand.stopped:
        yield _act("again")


def _upset(play: Play) -> bool:
    return truth.met_feeling(play.stage.scenario) and not play.patient.met and play.stand.stage == "talking"


def _may_end(play: Play) -> bool:
    """Whether everything came in that was to come, in a call that is not talked to its end."""
    scenario = play.stage.scenario
    came = all(one.code in play.patient.fired for one in scenario.interruptions)
    asked = all(f"asked:{code}" in play.tokens for code in scenario.truth)
    named = all(f"concern:{code}" in play.tokens for code in scenario.end.concerns)
    if scenario.end.outcome is CallOutcome.COMPLETED or not came or play.patient.pending:
        return False
    return play.stand.stopped or (asked and named)


def right_value(play: Play, question: Question) -> Answer:
    """What is rightly keyed for a question as it was said. Args: play; question."""
    if question.kind == "text":
        return play.voice.text(question)
    if play.patient.heard.get(question.code) == person.VAGUE:
        return UNSURE
    return truth.value(play.stage.scenario, play.voice.usual, question)


def _in_front(play: Play, prompt: Prompt, without: Without) -> Iterator[Action]:
    if prompt.kind is PromptKind.IDENTITY:
        yield from _identity(play)
    elif prompt.kind is PromptKind.GROUP:
        values = [right_value(play, sign) for sign in prompt.signs]
        yield _act("answer", NO if all(one == NO for one in values) else YES, prompt.key)
    elif prompt.question is not None:
        yield _act("answer", right_value(play, prompt.question), prompt.question.code)
    elif prompt.kind is PromptKind.CONCERNS:
        named = {one.code for one in play.stand.talk.concerns}
        for code in play.stage.scenario.end.concerns:
            if code not in named and f"concern:{code}" not in without:
                yield _act("concern", code)
        yield _act("read", prompt.key)
    elif prompt.kind is not PromptKind.CLOSE:
        yield _act("read", prompt.key)


def _identity(play: Play) -> Iterator[Action]:
    stand, sheet = play.stand, play.stage.sheet
    if sheet.patient_id is None:
        yield _act("nobody")
    # The deciding item first; two are enough.
    for one in sheet.identity:
        wanted = one.code in play.patient.given and one.code not in stand.identity
        if wanted and identity.proven(stand.identity, sheet.identity) is not None:
            yield _act("identity", one.code)


def _promise(play: Play) -> Action:
    return _act("promise", CALLBACK_MIN, play.voice.callback())


def _note(play: Play) -> Action:
    return _act("note", play.voice.note())


def _outcome(play: Play) -> Action:
    end = play.stage.scenario.end
    return _act("outcome", str(end.outcome), ",".join(str(one) for one in end.opt_out))


def _ending(play: Play, without: Without) -> Iterator[Action]:
    stand, scenario = play.stand, play.stage.scenario
    end = scenario.end
    for must in scenario.musts:
        do, _colon, code = must.did.partition(":")
        if must.did not in play.tokens and f"must:{must.code}" not in without and do in ("turn", "concern"):
            yield _act(do, code)
    if stand.talk.identified or play.stage.sheet.incoming:
        for code in end.concerns:
            if f"concern:{code}" not in without and all(one.code != code for one in stand.talk.concerns):
                yield _act("concern", code)
    heard_out = not any(one.startswith("interruption:") for one in without)
    if end.told and "told" not in without and heard_out and end.level in ALARMS and not stand.alarms:
        yield _act("report", str(end.level))
    if end.report is not None and "report" not in without and end.report not in stand.reports:
        yield _act("report", end.report)
    if end.promise and "promise" not in without and stand.promise is None:
        yield _promise(play)
    if stand.outcome is not end.outcome and end.outcome is not CallOutcome.COMPLETED:
        yield _outcome(play)
    needed = callform.needs_note(form_of(play.stage, stand, play.now)) is not None
    if (end.note or needed) and ("note" not in without or needed) and not stand.note.strip():
        yield _note(play)
    if play.actions and play.actions[-1].do != "save":
        yield _act("save")


# -- the right call --


@dataclass(frozen=True, slots=True)
class RightCall:
    """A call without a fault: its actions, what it takes, and how it ended."""

    actions: tuple[Action, ...]
    seconds: float
    keys: int
    play: Play
    steps: tuple[Play, ...] = ()
    """The call before each of its actions."""

    @property
    def needs_note(self) -> bool:
        """Whether the record itself asks for a note."""
        return callform.needs_note(form_of(self.play.stage, self.play.stand, self.play.now)) is not None

    def did(self, *actions: str) -> int:
        """How many of its actions are of these kinds."""
        return sum(one.do in actions for one in self.actions)

    def concern_of(self, question: str) -> str | None:
        """The concern a question was asked under, None in the talk itself. Args: code of the question."""
        marks = (mark for mark in self.play.marks if mark.code == f"answer:{question}")
        return next((mark.concern for mark in marks), None)


def call_without(stage: Stage, seed: int, without: Without, grade: Grade = Grade.NORMAL) -> RightCall:
    """A call as a good caller makes it, but for what is left out. Args: stage; seed; what is left out; grade.

    Raises ActionError when the scenario asks for something the call screen would not take.
    """
    from console.practice.stand import ActionError

    play = begin(stage, seed, grade)
    refused = False
    steps: list[Play] = []
    while len(play.actions) < MOST:
        action = next_action(play, without)
        if action is None:
            break
        steps.append(play)
        try:
            play = step(play, action)
        except ActionError:
            if action.do != "save" or refused:
                raise
            refused = True
            play = step(play, Action("leave"))
    keys = sum(one.keys for one in play.actions)
    return RightCall(play.actions, round(play.clock, 1), keys, play, tuple(steps))


@lru_cache(maxsize=256)
def _right(stage: Stage, seed: int) -> RightCall:
    return call_without(stage, seed, NOTHING)


def right_call(stage: Stage, seed: int = 1) -> RightCall:
    """The right call of a scenario. Args: stage; seed. Raises ActionError as `call_without` does."""
    return _right(stage, seed)


def perfect(stage: Stage, seed: int = 1) -> tuple[Action, ...]:
    """The actions of the right call. Args: stage; seed."""
    return right_call(stage, seed).actions
