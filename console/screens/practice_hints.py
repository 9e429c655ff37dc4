"""The guided level's one line: the next thing a good caller does, with the key for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from console import i18n, keys
from console.desk.conversing import turn_made
from console.i18n import _, p_
from console.practice import advice
from console.practice.records import Action
from console.screens import call_paint
from console.screens.call_paint import OUTCOME_WORDS
from console.scripts.prompts import Prompt, PromptKind
from console.widgets.call_panes import IDENTITY_WORDS, answer_word
from console.words import level_word
from db.enums import CallOutcome

if TYPE_CHECKING:
    from console.screens.practice_call import PracticeCall

DIGITS = {"no": "1", "yes": "2", "unsure": "9"}
AT_IDENTITY = {"proxy": CallOutcome.PROXY_REACHED, "wrong": CallOutcome.WRONG_PERSON, "identity": ""}
"""What is keyed at the identity check, and the result that says the same later."""


def key_of(action: str) -> str:
    """The key a person presses for an action of the table. Args: the action, like "call.dial"."""
    return keys.shown(keys.keys_of(keys.entry(action))[0])


def next_words(screen: PracticeCall) -> str:
    """What to do next, in words, with its key. Args: the call. Returns: empty when there is nothing to say."""
    known = screen.hinted
    if known is None or known[0] is not screen.play or known[2] != i18n.language():
        action = advice.next_action(screen.play)
        words = "" if action is None else _("Next: {what}", what=words_of(screen, action))
        screen.hinted = known = (screen.play, words, i18n.language())
    return known[1]


def listen_words(screen: PracticeCall) -> str:
    """What to do while something is still being said. Args: the call."""
    what = _wait(screen, Action("wait")) if screen.check_action("hurry", ()) else _("let her finish")
    return _("Next: {what}", what=what)


def words_of(screen: PracticeCall, action: Action) -> str:
    """An action in words. Args: the call; the action."""
    stand = screen.play.stand
    if action.do in AT_IDENTITY and stand.front is not None and stand.front.kind is not PromptKind.IDENTITY:
        # The digit for it belongs to the identity check: first back to it.
        if stand.talk.identified:
            return _outcome(screen, replace(action, value=AT_IDENTITY[action.do]))
        return _read(screen, action) if stand.front.passable else _track(screen, action)
    made = _WORDS.get(action.do)
    return made(screen, action) if made is not None else action.do


def _dial(screen: PracticeCall, action: Action) -> str:
    return _("{key}: dial", key=key_of("call.dial"))


def _dialled(screen: PracticeCall, action: Action) -> str:
    return _("1: somebody has taken the receiver")


def _identity(screen: PracticeCall, action: Action) -> str:
    offered = [] if screen.sheet is None else [one.code for one in screen.sheet.identity]
    digit = offered.index(str(action.value)) + 1 if action.value in offered else "?"
    words = p_("identity", IDENTITY_WORDS.get(str(action.value), str(action.value)))
    return _("{digit}: she has given it: {what}", digit=digit, what=words)


def _nobody(screen: PracticeCall, action: Action) -> str:
    return _("enter: nobody is on file, go on")


def _proxy(screen: PracticeCall, action: Action) -> str:
    return _("8: it is not the patient who answers; say nothing clinical before the screen allows it")


def _wrong(screen: PracticeCall, action: Action) -> str:
    return _("9: it is a stranger's number")


def _again(screen: PracticeCall, action: Action) -> str:
    return _("{key}: the patient has come to the telephone, back to identity", key=key_of("call.back"))


def _answer(screen: PracticeCall, action: Action) -> str:
    prompt = screen.play.stand.front
    if prompt is None:
        return ""
    return _(
        "{key}: what she said, {answer}", key=_answer_key(prompt, action), answer=_answer_word(prompt, action)
    )


def _answer_key(prompt: Prompt, action: Action) -> str:
    question, value = prompt.question, action.value
    if question is None or question.screening:
        return DIGITS.get(str(value), str(value))
    if question.kind == "choice":
        codes = [option.code for option in question.options]
        return str(codes.index(str(value)) + 1) if value in codes else "9"
    if question.unit == "score":
        return "x" if value == 10 else "enter" if value == "unsure" else f"{float(value):g}"
    return _("type")


def _answer_word(prompt: Prompt, action: Action) -> str:
    if prompt.question is None:
        return p_("answer", "none of them") if action.value == "no" else p_("answer", "one or more")
    value = float(action.value) if isinstance(action.value, int) else action.value
    return answer_word(prompt.question, value, i18n.language())


def _read(screen: PracticeCall, action: Action) -> str:
    return _("enter: you have read it to her, go on")


def _halt_read(screen: PracticeCall, action: Action) -> str:
    return _("enter: first you say the sentence of the emergency")


def _track(screen: PracticeCall, action: Action) -> str:
    return _("{key}: back to the talk-track", key=key_of("call.track"))


def _concern(screen: PracticeCall, action: Action) -> str:
    library = screen.play.stage.library
    known = library.concerns.get(str(action.value))
    name = "" if known is None else known.name.of(i18n.language())
    digit = "?" if known is None else str(known.key)
    return _("{key} {digit}: she worries about: {what}", key=key_of("call.concern"), digit=digit, what=name)


def _turn(screen: PracticeCall, action: Action) -> str:
    stage = screen.play.stage
    treatment = stage.sheet.treatments[0] if stage.sheet.treatments else None
    turn = turn_made(stage.library, stage.sheet, str(action.value), treatment, stage.role)
    title = str(action.value) if turn is None else turn.title.of(i18n.language())
    return _("{key}: the turn of the talk: {what}", key=key_of("call.turn"), what=title)


def _report(screen: PracticeCall, action: Action) -> str:
    value = str(action.value)
    what = {"complaint": _("complaint, to the lead"), "request": _("request, to the lead")}.get(value)
    return _("{key}: report: {what}", key=key_of("call.flag"), what=what or level_word(value))


def _told(screen: PracticeCall, action: Action) -> str:
    return _("{key}: phone the doctor on call, then write down who was told", key=key_of("call.told"))


def _where(screen: PracticeCall, action: Action) -> str:
    return _("tab: ask where she is and who is with her, and write both down")


def _note(screen: PracticeCall, action: Action) -> str:
    return _("{key}: write a note", key=key_of("call.note"))


def _say(screen: PracticeCall, action: Action) -> str:
    return _("{key}: in your own words, meet how she feels", key=key_of("practice_call.say"))


def _promise(screen: PracticeCall, action: Action) -> str:
    return _("{key}: agree a callback", key=key_of("call.promise"))


def _outcome(screen: PracticeCall, action: Action) -> str:
    try:
        words = p_("outcome", OUTCOME_WORDS[CallOutcome(str(action.value))])
    except ValueError:
        words = str(action.value)
    return _("{key}: how it ended: {what}", key=key_of("call.result"), what=words)


def _save(screen: PracticeCall, action: Action) -> str:
    left = 0 if screen.talk is None else call_paint.unasked(screen.talk)
    words = _("{key}: save the call", key=key_of("call.save"))
    return f"{words} ({left})" if left else words


def _wait(screen: PracticeCall, action: Action) -> str:
    return _("space: let her speak")


def _leave(screen: PracticeCall, action: Action) -> str:
    return _("{key}: hang up", key=key_of("practice_call.leave"))


_WORDS: Mapping[str, Callable[[PracticeCall, Action], str]] = {
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
    "save": _save,
    "wait": _wait,
    "leave": _leave,
}
