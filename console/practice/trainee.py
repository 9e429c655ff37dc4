"""What a trainee does to a call: each action does what the key of the call screen does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from console.clean import clean
from console.desk.conversing import main_treatment, open_concern, turn_made
from console.practice.records import Action
from console.practice.stage import Stage
from console.practice.stand import (
    BY_HAND,
    COMPLAINT,
    REQUEST,
    ActionError,
    Stand,
    may_name_concern,
    problems,
)
from console.rules import identity
from console.rules.triage import NO, UNSURE, YES, Answer
from console.scripts import conversation
from console.scripts.answers import answer_fault
from console.scripts.conversation import PromptKind, Talk
from console.scripts.select import words_of_flag
from db.enums import AttemptResult, CallOutcome, Level, Purpose, SpokeTo
from db.records import PromiseMade

MOOD = "mood_body_image"
"""The concern that asks about suicide (facts.yaml safe_handling); a low mood opens it by itself."""

MOST_MINUTES = 366 * 24 * 60
"""Minutes ahead a callback may be agreed for in practice: a year."""


def apply(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    """Does what a key of the call screen does.

    Args:
        stage: the call. stand: where it stands. action: what the trainee does. now: aware.

    Returns:
        Where the call stands after it.

    Raises:
        ActionError: the call screen would not take that now.
    """
    handler = _HANDLERS.get(action.do)
    if handler is None:
        raise ActionError("unknown_action", action.do)
    if stand.stage == "over":
        raise ActionError("call_over", action.do)
    if stand.halted and action.do in _READS:
        raise ActionError("emergency_lines_first", action.do)
    return handler(stage, stand, action, now)


def _need(truth: bool, code: str, action: Action) -> None:
    if not truth:
        raise ActionError(code, f"{action.do} {action.value}".strip())


def _whole(given: Answer) -> int:
    """A number from a list of actions: 0 for nothing, -1 for what is none."""
    text = str(given or 0)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _dial(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    _need(stand.stage == "preview", "not_before_the_call", action)
    return replace(stand, stage="dialling")


def _dialled(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    _need(stand.stage == "dialling", "nothing_dialled", action)
    connected = action.value == AttemptResult.CONNECTED
    return replace(stand, stage="talking" if connected else "over")


def _identity(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    front = stand.front
    known = {one.code for one in stage.sheet.identity}
    _need(front is not None and front.kind is PromptKind.IDENTITY, "identity_not_in_front", action)
    _need(action.value in known, "unknown_item", action)
    given = stand.identity ^ {str(action.value)}
    if identity.proven(given, stage.sheet.identity) is None:
        talk = conversation.identify(stand.talk)
        return replace(stand, identity=given, talk=talk, spoke_to=SpokeTo.PATIENT)
    return replace(_shut(stand), identity=given, spoke_to=SpokeTo.UNKNOWN, contact=None)


def _shut(stand: Stand) -> Stand:
    if not stand.talk.identified:
        return stand
    return replace(stand, talk=replace(conversation.to_flow(stand.talk), identified=False))


def _nobody(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    _need(stage.sheet.patient_id is None, "somebody_on_file", action)
    return replace(stand, talk=conversation.identify(stand.talk))


def _proxy(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    _need(stand.stage == "talking", "nobody_on_the_line", action)
    people = stage.sheet.people
    at = _whole(action.value)
    _need(0 <= at <= len(people), "unknown_person", action)
    person = people[at - 1] if at else None
    contact = None if person is None else person.id
    if person is not None and person.may_hear_clinical:
        talk = conversation.identify(stand.talk)
        return replace(stand, spoke_to=SpokeTo.PROXY, contact=contact, talk=talk, outcome=None)
    shut = _shut(stand)
    return replace(shut, spoke_to=SpokeTo.PROXY, contact=contact, outcome=CallOutcome.PROXY_REACHED)


def _wrong(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    _need(stand.stage == "talking", "nobody_on_the_line", action)
    shut = replace(_shut(stand), identity=frozenset[str](), spoke_to=SpokeTo.UNKNOWN, contact=None)
    return replace(shut, outcome=CallOutcome.WRONG_PERSON)


def _again(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    _need(stand.stopped, "nothing_to_go_back_to", action)
    shut = replace(_shut(stand), identity=frozenset[str](), spoke_to=SpokeTo.UNKNOWN, contact=None)
    return replace(shut, outcome=None)


def _answer(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    prompt = stand.front
    _need(prompt is not None, "nothing_in_front", action)
    assert prompt is not None
    if prompt.kind is PromptKind.GROUP:
        _need(action.value in (NO, YES, UNSURE), "no_answer", action)
        _need(not action.about or action.about == prompt.key, "another_question", action)
    elif prompt.kind is PromptKind.QUESTION and prompt.question is not None:
        _need(not action.about or action.about == prompt.question.code, "another_question", action)
        _need(answer_fault(prompt.question, action.value) is None, "no_answer", action)
    else:
        raise ActionError("no_question_in_front", prompt.key)
    before = stand.talk
    talk = conversation.answer(before, prompt, action.value)[0]
    moved = _moved(stage, replace(stand, talk=talk), before)
    return _moved(stage, _about_mood(stage, moved, before), before)


def _about_mood(stage: Stage, stand: Stand, before: Talk) -> Stand:
    known = any(one.code == MOOD for one in stand.talk.concerns)
    if known or stand.halted or not may_name_concern(stage, stand):
        return stand
    stood = {flag.code for flag in before.judged().flags}
    fresh = [flag for flag in stand.talk.judged().flags if flag.code not in stood]
    if not any(words_of_flag(stage.library, flag) == MOOD for flag in fresh):
        return stand
    return replace(stand, talk=conversation.name_concern(stand.talk, opened(stage, MOOD, 0))[0])


def opened(stage: Stage, code: str, treatment: int) -> conversation.Opened:
    """A concern over her treatments. Args: stage; code; number of the treatment from 1, 0 for the call's own."""
    sheet = stage.sheet
    first = main_treatment(sheet, stage.claim)
    if 0 < treatment <= len(sheet.treatments):
        first = sheet.treatments[treatment - 1]
    return open_concern(stage.library, sheet, code, first, stage.role)


def _moved(stage: Stage, stand: Stand, before: Talk) -> Stand:
    """An emergency newly raised stops the questions until its lines are read."""
    known = {flag.code for flag in before.raised}
    fresh = [flag for flag in stand.talk.raised if flag.code not in known]
    return replace(stand, halted=stand.halted or any(flag.level is Level.EMERGENCY for flag in fresh))


def _read(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    prompt = stand.front
    _need(prompt is not None, "nothing_in_front", action)
    assert prompt is not None
    _need(not action.value or action.value == prompt.key, "other_lines", action)
    if prompt.passable or prompt.kind is PromptKind.VERDICT:
        return _moved(stage, replace(stand, talk=conversation.leave(stand.talk, prompt)), stand.talk)
    if stand.talk.at is not None:
        return replace(stand, talk=conversation.go_on(stand.talk))
    raise ActionError("no_lines_in_front", prompt.key)


def _halt_read(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    _need(stand.halted, "no_emergency_lines", action)
    return replace(stand, halted=False)


def _goto(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    keys = {one.key for one in stand.talk.prompts()}
    _need(not action.value or action.value in keys, "no_such_place", action)
    # Back is a key of the call, ahead is none: nothing is asked past what is still open.
    reached = next((one.key for one in stand.talk.prompts() if not stand.talk.done(one)), None)
    behind = [one.key for one in stand.talk.prompts() if stand.talk.done(one)]
    _need(not action.value or action.value in (*behind, reached), "not_reached_yet", action)
    return replace(stand, talk=replace(stand.talk, at=str(action.value) or None))


def _track(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    if stand.talk.open is None:
        return stand
    return _moved(stage, replace(stand, talk=conversation.close(stand.talk)), stand.talk)


def _concern(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    code = str(action.value)
    _need(code in stage.library.concerns, "unknown_concern", action)
    _need(may_name_concern(stage, stand), "only_after_identity", action)
    at = max(0, _whole(action.about))
    talk = conversation.name_concern(stand.talk, opened(stage, code, at))[0]
    return _moved(stage, replace(stand, talk=talk), stand.talk)


def _turn(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    _need(stand.stage == "talking" and not stand.stopped, "nobody_on_the_line", action)
    sheet = stage.sheet
    at = max(0, _whole(action.about))
    about = (
        sheet.treatments[at - 1] if 0 < at <= len(sheet.treatments) else main_treatment(sheet, stage.claim)
    )
    turn = turn_made(stage.library, sheet, str(action.value), about, stage.role)
    _need(turn is not None, "unknown_turn", action)
    assert turn is not None
    _need(stand.talk.identified or not turn.after_identity, "only_after_identity", action)
    return _moved(stage, replace(stand, talk=conversation.take_turn(stand.talk, turn)), stand.talk)


def _report(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    kind = str(action.value)
    _need(stand.stage == "talking", "nobody_on_the_line", action)
    _need(kind in (*BY_HAND, COMPLAINT, REQUEST), "unknown_report", action)
    talk = replace(stand.talk, hushed=True) if kind in BY_HAND else stand.talk
    return replace(stand, talk=talk, reports=(*stand.reports, kind))


def _told(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    _need(bool(clean(str(action.value)).strip()), "nobody_named", action)
    raised = {flag.code for flag in stand.talk.raised if flag.level.escalates}
    standing = frozenset(raised | {one for one in stand.reports if one in BY_HAND})
    _need(bool(standing), "nothing_raised", action)
    return replace(stand, told=stand.told | standing)


def _where(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    return replace(stand, place=clean(str(action.value)).strip(), companion=clean(action.about).strip())


def _note(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    return replace(stand, note=clean(str(action.value), multiline=True))


def _say(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    _need(stand.stage == "talking", "nobody_on_the_line", action)
    _need(bool(clean(str(action.value)).strip()), "nothing_said", action)
    return stand


def _promise(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    try:
        minutes = float(action.value)
    except ValueError:
        raise ActionError("no_minutes", str(action.value)) from None
    _need(stand.stage == "talking", "nobody_on_the_line", action)
    _need(abs(minutes) <= MOST_MINUTES, "no_minutes", action)
    if minutes <= 0:
        return replace(stand, promise=None)
    at = stage.now + timedelta(minutes=minutes)
    return replace(stand, promise=PromiseMade(at, mine=False, what=clean(action.about).strip()))


def _outcome(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    _need(stand.stage == "talking", "nobody_on_the_line", action)
    try:
        outcome = CallOutcome(str(action.value))
        purposes = tuple(Purpose(one) for one in action.about.split(",") if one)
    except ValueError:
        raise ActionError("unknown_outcome", str(action.value)) from None
    kept = None if outcome is CallOutcome.COMPLETED else outcome
    # The window asks which calls she refuses behind that one result.
    return replace(stand, outcome=kept, opt_out=purposes if outcome is CallOutcome.OPTED_OUT else ())


def _wait(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    return stand


def _save(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    _need(stand.stage == "talking", "nobody_on_the_line", action)
    faults = problems(stage, stand, now)
    if faults:
        raise ActionError("not_saved", faults[0].code)
    return replace(stand, stage="over", saved=True)


def _over(stage: Stage, stand: Stand, action: Action, now: datetime) -> Stand:
    return replace(stand, stage="over")


_Handler = Callable[[Stage, Stand, Action, datetime], Stand]
_HANDLERS: Mapping[str, _Handler] = {
    "dial": _dial,
    "dialled": _dialled,
    "identity": _identity,
    "nobody": _nobody,
    "proxy": _proxy,
    "wrong": _wrong,
    "again": _again,
    "answer": _answer,
    "read": _read,
    "halt_read": _halt_read,
    "goto": _goto,
    "track": _track,
    "concern": _concern,
    "turn": _turn,
    "report": _report,
    "told": _told,
    "where": _where,
    "note": _note,
    "say": _say,
    "promise": _promise,
    "outcome": _outcome,
    "wait": _wait,
    "save": _save,
    "leave": _over,
    "time_up": _over,
}
ACTIONS = tuple(_HANDLERS)
"""What a trainee can do, as docs/practice.md lists it."""
_READS = ("answer", "read", "concern", "turn", "identity")
"""What waits while an emergency's lines are in front; going back and out of a concern are keys even then."""
