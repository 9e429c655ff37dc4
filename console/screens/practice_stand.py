"""Between the call screen and the practice engine: where the screen stands, and a screen put where a call stood."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.widgets import Input, TextArea

from console.clean import clean
from console.desk.conversing import Typed
from console.practice.stand import BY_HAND, Stand
from console.screens import call_flags, call_paint
from console.scripts.turns import Turn
from db.enums import AttemptResult, Level

if TYPE_CHECKING:
    from console.screens.call import CallScreen

STAGES = ("preview", "dialling", "talking")


def stand_of(screen: CallScreen, before: Stand | None) -> Stand | None:
    """Where the call on the screen stands.

    Args:
        screen: the call.
        before: where it stood; what is still being typed is taken from there, one letter is no action.

    Returns:
        The stand; None while the call is opening.
    """
    talk, typed = screen.talk, screen.typed
    if talk is None or screen.stage not in STAGES:
        return None
    place, companion = (_field(screen, name) for name in ("#call-place", "#call-companion"))
    note = clean(screen.query_one("#call-note", TextArea).text, multiline=True)
    focused = screen.focused.id if screen.focused is not None else ""
    if before is not None and focused == "call-note":
        note = before.note
    if before is not None and focused in ("call-place", "call-companion"):
        place, companion = before.place, before.companion
    return Stand(
        talk=talk,
        stage=screen.stage,
        identity=frozenset(typed.identity),
        spoke_to=typed.spoke_to,
        contact=typed.contact_person_id,
        outcome=typed.outcome,
        opt_out=typed.opt_out,
        promise=typed.promise,
        note=note,
        place=place,
        companion=companion,
        reports=tuple(screen.reports),
        told=_told(screen),
        halted=screen.halted,
    )


def _field(screen: CallScreen, name: str) -> str:
    return clean(screen.query_one(name, Input).value).strip()


def _told(screen: CallScreen) -> frozenset[str]:
    """Flags, and levels reported by hand, of cases somebody was told of."""
    told: set[str] = set()
    for card in screen.escalations.values():
        if card.told_who:
            told |= set(card.flags)
            if not card.flags and card.level is not None:
                told.add(str(card.level))
    return frozenset(told)


async def take_up(screen: CallScreen, stand: Stand) -> None:
    """Puts an opened call where another one stood: dialled, asked, handed over and told of in the practice clinic's
    record too, so that it can be saved from there.

    Args: screen, its call just opened; stand, the moment to take up.
    """
    assert screen.talk is not None and screen.sheet is not None
    if stand.stage == "dialling":
        await _dialled(screen)
        return
    if screen.stage != "talking":
        await _dialled(screen)
        await _connected(screen)
    by_hand = [Level(one) for one in stand.reports if one in BY_HAND]
    screen.talk = stand.talk
    screen.typed = _typed(screen, stand)
    screen.query_one("#call-note", TextArea).text = stand.note
    screen.query_one("#call-place", Input).value = stand.place
    screen.query_one("#call-companion", Input).value = stand.companion
    screen.reports = [one for one in stand.reports if one not in BY_HAND]
    flags = tuple(flag for flag in stand.talk.raised if flag.level.escalates)
    if flags:
        worst = min((flag.level for flag in flags), key=lambda level: level.rank)
        call_flags.hand_over(screen, tuple(flag.code for flag in flags), worst)
    for level in by_hand:
        call_flags.hand_over(screen, (), level)
    screen.halted = stand.halted
    if flags or by_hand:
        await screen.all_written.wait()
    if stand.told:
        await _told_again(screen, stand)
    await call_flags.where(screen)


def _typed(screen: CallScreen, stand: Stand) -> Typed:
    now = screen.console_app.clock.now()
    proposes: list[Turn] = [turn for turn in stand.talk.turns if turn.report in stand.reports]
    return replace(
        screen.typed,
        outcome=stand.outcome,
        spoke_to=stand.spoke_to,
        contact_person_id=stand.contact,
        identity=set(stand.identity),
        note=stand.note,
        place=stand.place,
        companion=stand.companion,
        promise=stand.promise,
        opt_out=stand.opt_out,
        doubt="complaint" in stand.reports,
        times={code: now for code in stand.talk.answers},
        reported={turn.code for turn in proposes},
    )


async def _dialled(screen: CallScreen) -> None:
    from console.screens import call_dial

    assert screen.sheet is not None
    numbers = call_paint.dialable(screen.sheet, screen.console_app.clock.now())
    screen.stage = "dialling"
    await call_dial.dial(screen, numbers[0].id, "preview")


async def _connected(screen: CallScreen) -> None:
    from console.screens import call_dial

    await call_dial.end(screen, AttemptResult.CONNECTED)


async def _told_again(screen: CallScreen, stand: Stand) -> None:
    """Whoever was told before is told of what stands again."""
    from console.screens import telling

    people = screen.on_call.people if screen.on_call is not None else ()
    who = people[0].name if people else ""
    for card in call_flags.standing(screen):
        codes = set(card.flags) or {str(card.level)}
        if who and codes & stand.told:
            screen.escalations[card.id] = await telling.write(screen.console_app, card, who, takes=False)
    call_flags.refresh(screen)
