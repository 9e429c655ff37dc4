"""The number of somebody on no file who rings: keyed where the talk-track asks for it, missed once when saving."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.widgets import Input

from console.i18n import _
from console.scripts.conversation import Prompt, PromptKind
from console.text import toast
from console.widgets.call_panes import KEY, Line
from console.widgets.dialogs import Ask

if TYPE_CHECKING:
    from console.screens.call import CallScreen


def missing(screen: CallScreen) -> bool:
    """Whether nobody could ring the person on the line back."""
    sheet = screen.sheet
    return sheet is not None and sheet.incoming and sheet.patient_id is None and not sheet.caller_number


def wanted(screen: CallScreen, prompt: Prompt) -> bool:
    """Whether a prompt takes the number: the lines between danger signs and identity, else the identity itself.

    Args:
        screen: the call. prompt: what is in front.
    """
    talk = screen.talk
    if not missing(screen) or talk is None or talk.turn is not None or talk.opened is not None:
        return False
    if prompt.kind is PromptKind.IDENTITY:
        return True
    kinds = [one.kind for one in talk.prompts()]
    keys = [one.key for one in talk.prompts()]
    at = keys.index(prompt.key) if prompt.key in keys else 0
    asked = any(one is not PromptKind.LINES for one in kinds[:at])
    return prompt.kind is PromptKind.LINES and asked and PromptKind.IDENTITY in kinds[at:]


def field_lines() -> list[Line]:
    """What the field takes."""
    return [(_("key in the number, enter; empty: not said"), KEY)]


async def keep(screen: CallScreen, typed: str) -> bool:
    """Writes the number down. Returns: whether it is one."""
    from console.desk import calls

    app = screen.console_app
    if not any(sign.isdigit() for sign in typed):
        toast(app, _("That is no number: nothing was kept."), "warning")
        return False
    if app.seat is None or screen.sheet is None:
        return False
    async with screen.flag_order:
        kept = await app.work.write(calls.number_told, app.seat, screen.claim, typed)
    screen.sheet = replace(screen.sheet, caller_number=kept)
    screen.touch()
    return True


async def given(screen: CallScreen, prompt: Prompt, typed: str) -> None:
    """The number was typed at a prompt: it is kept, and the talk goes on."""
    from console.screens import call_answers

    if await keep(screen, typed):
        front = None if screen.talk is None else screen.talk.current
        if front is not None and front.key == prompt.key and not screen.halted:
            call_answers.go_on(screen)
    else:
        screen.set_focus(screen.query_one("#call-typed", Input))
    screen.repaint()


async def before_saving(screen: CallScreen) -> bool:
    """Asks once for a number nobody has keyed. Returns: whether the call may be saved now."""
    if not missing(screen) or screen.typed.number_missed:
        return True
    screen.typed.number_missed = True
    typed = await screen.ask(
        Ask(_("No number to ring back. Key it in; esc, then ctrl+s saves without."), limit=40)
    )
    return typed is not None and await keep(screen, typed)
