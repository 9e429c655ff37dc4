"""Answers on the call screen: by digit, by typing, taken back with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.desk.conversing import stopped
from console.i18n import _
from console.screens import call_dial, call_flags, call_identity, call_paint, call_turns, caller_number
from console.scripts import conversation
from console.scripts.conversation import Prompt, PromptKind, Talk
from console.scripts.select import words_of_flag
from console.text import toast
from console.widgets.call_panes import RESULTS
from console.widgets.dialogs import Ask
from db.records import Correction

if TYPE_CHECKING:
    from console.screens.call import CallScreen

MOOD = "mood_body_image"
"""The concern that asks about suicide (facts.yaml safe_handling)."""
NO, YES, UNSURE = "no", "yes", "unsure"
BY_DIGIT = {1: NO, 2: YES, 9: UNSURE}
"""One polarity for every screening question: yes is the danger sign (docs/talk-tracks.md)."""


def front(screen: CallScreen) -> Prompt | None:
    """What may be answered now: nothing before somebody is on the line, or while the wrong person is."""
    if screen.stage != "talking" or screen.talk is None or stopped(screen.typed):
        return None
    screen.concern_next = False
    return screen.talk.current


def pressed(screen: CallScreen, number: int) -> None:
    """A digit of a call: the number to dial, a dial's result, an identity item, a concern, or an answer."""
    if screen.stage == "preview":
        screen.number_at = max(0, number - 1)
        screen.repaint()
    elif screen.stage == "dialling":
        screen.job(call_dial.end(screen, RESULTS[(number - 1) % 10][0]))
    elif screen.stage != "talking" or screen.talk is None or stopped(screen.typed):
        return
    elif screen.halted:
        screen.app.bell()
    elif screen.concern_next:
        screen.action_concern()
        screen.job(call_identity.name_concern(screen, number))
    elif screen.talk.current is not None:
        digit(screen, screen.talk.current, number)


def ten(screen: CallScreen) -> None:
    """Ten of ten on a score."""
    if screen.halted:
        screen.app.bell()
        return
    prompt = front(screen)
    if prompt is not None and prompt.question is not None and prompt.question.unit == "score":
        give(screen, prompt, 10)


def go_on(screen: CallScreen) -> None:
    """Enter: goes on from lines that were read, leaves a concern, or says that a score is not known."""
    prompt = front(screen)
    if prompt is None or screen.talk is None:
        return
    if prompt.kind in (PromptKind.LINES, PromptKind.CONCERNS, PromptKind.VERDICT):
        before = screen.talk
        screen.talk = conversation.leave(before, prompt)
        screen.touch()
        call_turns.moved(screen, before)
    elif prompt.kind is PromptKind.IDENTITY and not screen.talk.identified:
        call_identity.nobody_on_file(screen)
    elif screen.talk.at is not None:
        screen.talk = conversation.go_on(screen.talk)
    elif prompt.question is not None and prompt.question.unit == "score":
        give(screen, prompt, UNSURE)
    screen.repaint()


def go_back(screen: CallScreen) -> None:
    """One prompt back; from a line for somebody else, back to the identity check."""
    if screen.talk is None or screen.stage != "talking":
        return
    if stopped(screen.typed):
        call_identity.again(screen)
        return
    screen.concern_next = False
    screen.talk = conversation.go_back(screen.talk)
    screen.repaint()


def digit(screen: CallScreen, prompt: Prompt, number: int) -> None:
    """A digit pressed with a prompt in front."""
    if prompt.kind is PromptKind.IDENTITY:
        call_identity.digit(screen, number)
    elif prompt.concerns:
        call_turns.ask_concern(screen, prompt, number)
    elif prompt.kind is PromptKind.CONCERNS:
        screen.job(call_identity.name_concern(screen, number))
    elif prompt.kind is PromptKind.GROUP and number in BY_DIGIT:
        give(screen, prompt, BY_DIGIT[number])
    elif prompt.question is not None:
        question = prompt.question
        if question.screening and number in BY_DIGIT:
            give(screen, prompt, BY_DIGIT[number])
        elif question.kind == "choice" and 1 <= number <= len(question.options):
            give(screen, prompt, question.options[number - 1].code)
        elif question.kind == "choice" and number == 9:
            give(screen, prompt, UNSURE)
        elif question.unit == "score":
            give(screen, prompt, number)


def give(screen: CallScreen, prompt: Prompt, value: str | float) -> None:
    """Takes an answer. One that takes back a danger sign, or what raised a flag, needs a reason."""
    assert screen.talk is not None
    question = prompt.question
    before = screen.talk.answers.get(question.code) if question is not None else None
    if question is not None and before is not None and value != before.value:
        sign = question.screening and conversation.danger(before.value) and not conversation.danger(value)
        if sign or conversation.lifted(screen.talk, prompt, value):
            screen.job(_correct(screen, prompt, value))
            return
    take(screen, prompt, value)


def take(screen: CallScreen, prompt: Prompt, value: str | float) -> None:
    """Writes an answer into the conversation and hands over what it raises."""
    assert screen.talk is not None
    now, before = screen.console_app.clock.now(), screen.talk
    for question in (prompt.question, *prompt.signs):
        if question is not None:
            screen.typed.times[question.code] = now
    screen.talk = conversation.answer(before, prompt, value)[0]
    screen.touch()
    call_turns.moved(screen, before)
    _about_mood(screen, before)
    screen.repaint()


def _about_mood(screen: CallScreen, before: Talk) -> None:
    """A low mood is asked about at once, with the question about suicide (facts.yaml safe_handling)."""
    talk, library = screen.talk, screen.library
    if talk is None or library is None or any(one.code == MOOD for one in talk.concerns):
        return
    stood = {flag.code for flag in before.judged().flags}
    fresh = [flag for flag in talk.judged().flags if flag.code not in stood]
    if screen.check_action("concern", ()) and any(words_of_flag(library, flag) == MOOD for flag in fresh):
        screen.job(call_identity.open_code(screen, MOOD, ask_site=False))


async def _correct(screen: CallScreen, prompt: Prompt, value: str | float) -> None:
    app = screen.console_app
    reason = await screen.ask(Ask(_("Why was that a wrong key? Both answers are kept.")))
    if not reason or prompt.question is None or screen.talk is None:
        return
    code = prompt.question.code
    standing = screen.talk.answers.get(code)
    if standing is None:
        return
    flags = frozenset(flag.code for flag in conversation.lifted(screen.talk, prompt, value))
    carrier = next((one.id for one in call_flags.standing(screen) if flags & set(one.flags)), None)
    was = standing.value if isinstance(standing.value, str) else f"{standing.value:g}"
    screen.typed.corrections.append(
        Correction(code, was, reason, app.clock.now(), prompt.concern, escalation_id=carrier)
    )
    take(screen, prompt, value)
    await call_flags.mis_key(screen, flags, reason)


def typed(screen: CallScreen, text: str) -> None:
    """An answer typed and sent with enter; empty means unsure, or for her own words that she said nothing."""
    if screen.halted:
        screen.app.bell()
        return
    prompt = screen.talk.current if screen.talk else None
    if prompt is not None and screen.talk is not None and caller_number.wanted(screen, prompt):
        screen.set_focus(None)
        if text:
            screen.job(caller_number.given(screen, prompt, text))
        else:
            go_on(screen)
        return
    if prompt is None or prompt.question is None or screen.talk is None:
        return
    value = call_paint.typed_value(prompt.question, text)
    if value is None and text:
        low, high = prompt.question.min or 0, prompt.question.max or 0
        words = _("Type a number from {low} to {high}.", low=f"{low:g}", high=f"{high:g}")
        toast(screen.app, words, "warning")
        return
    screen.set_focus(None)
    if value is not None:
        give(screen, prompt, value)
    elif prompt.question.kind == "text":
        before = screen.talk
        screen.talk = conversation.leave(before, prompt)
        call_turns.moved(screen, before)
        screen.repaint()
    else:
        give(screen, prompt, UNSURE)
