"""Red flags on the call screen: committed at once, tried again until written, shown with whom to phone."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from console.desk.conversing import flag_form, main_treatment, open_concern
from console.door import sentence
from console.i18n import _
from console.scripts.records import ConcernView, Lines
from console.scripts.select import words_of_flag
from console.text import toast
from console.widgets.call_flag_box import DESPAIR, FlagBox
from db.enums import EscalationStatus, Level
from db.errors import Conflict
from db.records import Escalation, Raised

if TYPE_CHECKING:
    from console.screens.call import CallScreen
    from console.scripts.conversation import Talk

RETRY_S = 2.0
"""Seconds before an escalation that could not be written is tried again."""


def heard(screen: CallScreen, before: Talk) -> None:
    """Hands over what the newest answer raises: flags that are new, and flags that were taken back as a wrong
    key and stand again. An emergency stops the questions until the caller has read what to say.

    Args:
        screen: the call, with the newest conversation.
        before: the conversation before the answer.
    """
    talk = screen.talk
    assert talk is not None
    known = {flag.code for flag in before.raised}
    stood = {flag.code for flag in before.judged().flags}
    fresh = [flag for flag in talk.raised if flag.code not in known]
    if screen.withdrawn:
        fresh += [
            flag for flag in talk.judged().flags if flag.code in screen.withdrawn and flag.code not in stood
        ]
    if fresh:
        screen.withdrawn -= {flag.code for flag in fresh}
        worst = min((flag.level for flag in fresh), key=lambda level: level.rank)
        if worst is Level.EMERGENCY:
            # The next question comes up under the same keys: a fast second digit would answer it unread.
            screen.halted, screen.concern_next = True, False
        hand_over(screen, tuple(dict.fromkeys(flag.code for flag in fresh)), worst)


def hand_over(screen: CallScreen, flags: tuple[str, ...], level: Level) -> None:
    """Shows the flag with its sentence and commits its escalation at once, before anything else.

    Args:
        screen: the call.
        flags: codes newly raised; none for the emergency key alone.
        level: the most urgent of them.
    """
    shown = () if screen.talk is None else tuple(flag for flag in screen.talk.raised if flag.level.escalates)
    before = screen.box
    worst = min(
        (level, *(flag.level for flag in shown), *((before.level,) if before else ())),
        key=lambda one: one.rank,
    )
    if not flags:
        screen.reports.append(str(level))
        if screen.talk is not None:
            screen.talk = replace(screen.talk, hushed=True)
    screen.box = FlagBox(
        worst,
        tuple(sorted(shown, key=lambda flag: flag.level.rank)),
        _lines(screen, flags, level, worst),
        screen.on_call or screen.console_app.lookout.on_call,
        saved=False,
        told=None,
        phoning=before.phoning if before else None,
    )
    screen.app.bell()
    screen.unwritten += 1
    screen.all_written.clear()
    screen.job(_raise(screen, flags, level))
    screen.repaint()


def _lines(screen: CallScreen, flags: tuple[str, ...], level: Level, worst: Level) -> Lines | None:
    """What to say now, at the most urgent level: in the words of the concern the flag was raised in, else of the
    one which knows it best, else what already stands, else the general ones."""
    before, own = screen.box, None
    if flags and level is worst and screen.talk is not None:
        turn = screen.talk.turn
        opened = screen.talk.opened if turn is None else turn.opened
        views = () if opened is None else opened.views
        raising = [view for view in views if any(flag.code in flags for flag in view.flags)] or views
        own = _said(raising, level, identified=screen.talk.identified)
    own = own or _own_words(screen, flags, worst) or _despair(screen, flags, worst)
    if own is not None:
        return own
    if before is not None and before.level is worst and before.lines is not None:
        return before.lines
    return None if screen.library is None else screen.library.otherwise.get(str(worst))


def _despair(screen: CallScreen, flags: tuple[str, ...], worst: Level) -> Lines | None:
    """The lines at the emergency key for somebody who spoke of ending her life: she is not asked to ring off."""
    talk, library = screen.talk, screen.library
    if flags or talk is None or library is None or any(flag.level is worst for flag in talk.raised):
        return None
    track = library.general_tracks.get(DESPAIR)
    spoke = any(flag.words == DESPAIR for flag in talk.raised)
    return track.otherwise.get(str(worst)) if spoke and track is not None else None


def _own_words(screen: CallScreen, flags: tuple[str, ...], level: Level) -> Lines | None:
    """The lines of the concern which knows one of the flags best, wherever it was raised; None without one."""
    library, sheet = screen.library, screen.sheet
    if library is None or sheet is None:
        return None
    seat = screen.console_app.seat
    for code in flags:
        flag = library.flags.get(code)
        concern = None if flag is None or flag.level is not level else words_of_flag(library, flag)
        if concern is not None:
            role = "any" if seat is None else str(seat.role)
            opened = open_concern(library, sheet, concern, main_treatment(sheet, screen.claim), role)
            known = screen.talk is not None and screen.talk.identified
            lines = _said(opened.views, level, identified=known)
            if lines is not None:
                return lines
    return None


def _said(views: Sequence[ConcernView], level: Level, *, identified: bool) -> Lines | None:
    """The lines of the first track that has some; before identity those that tell nothing of her treatment."""
    for view in views:
        lines = view.otherwise if identified else view.before_identity
        if level in lines:
            return lines[level]
    return None


def _lines_again(screen: CallScreen, worst: Level, without: Collection[str] = ()) -> Lines | None:
    """What to say at a level after a crash or a wrong key: of the newest concern whose own question raised it, else of
    the concern which knows the newest sign best, else in general.

    Args: the call; the level; flags that were a wrong key, whose words are said no more.
    """
    talk = screen.talk
    assert talk is not None and screen.library is not None
    times = screen.typed.times
    flags = sorted(
        (flag for flag in talk.raised if flag.level is worst and flag.code not in without),
        key=lambda flag: max((times[code].timestamp() for code in flag.reads if code in times), default=0.0),
        reverse=True,
    )
    for opened in reversed(talk.concerns):
        own = {question.code for question in opened.questions} - set(talk.flow.questions)
        if any(flag.reads & own & set(talk.answers) for flag in flags):
            lines = _said(opened.views, worst, identified=talk.identified)
            if lines is not None:
                return lines
    own = _own_words(screen, tuple(flag.code for flag in flags), worst)
    return own or screen.library.otherwise.get(str(worst))


async def _raise(screen: CallScreen, flags: tuple[str, ...], level: Level) -> None:
    from console.desk import escalations

    app = screen.console_app
    assert app.seat is not None
    form = flag_form(
        screen.talk,
        flags,
        level,
        screen.typed,
        None if screen.sheet is None else main_treatment(screen.sheet, screen.claim),
    )
    key = ":".join(
        (
            *("flag", str(screen.claim.contact_id), str(screen.claim.token)),
            *(str(level), ",".join(flags), str(screen.takebacks)),
        )
    )
    failed = False
    # In order: what is taken back or written beside a flag comes after the flag itself.
    async with screen.flag_order:
        while True:
            try:
                raised = await app.work.write(
                    escalations.raise_flag, app.seat, screen.claim, form, key, app.clock.now()
                )
                break
            except Exception as error:
                app.bell()
                if not failed:
                    toast(
                        app,
                        _("NOT handed over yet: phone the doctor yourself.") + " " + sentence(error),
                        "error",
                    )
                failed = True
                if screen.box is not None:
                    screen.box = replace(screen.box, failed=True)
                    screen.repaint()
                await asyncio.sleep(RETRY_S)
    screen.unwritten -= 1
    if not screen.unwritten:
        screen.all_written.set()
    show_raised(screen, raised)


def show_raised(screen: CallScreen, raised: Raised) -> None:
    """The escalation is committed: on-call list, who has been told, who phones."""
    screen.escalations[raised.escalation.id] = raised.escalation
    screen.on_call = raised.on_call
    refresh(screen)


def standing(screen: CallScreen) -> list[Escalation]:
    """Escalations of this call that nobody has resolved."""
    return [one for one in screen.escalations.values() if one.status is not EscalationStatus.RESOLVED]


def untold(screen: CallScreen) -> bool:
    """Whether something EMERGENCY or SAME_DAY stands that nobody has been told of."""
    return any(
        not one.told_who and one.level in (Level.EMERGENCY, Level.SAME_DAY) for one in standing(screen)
    )


def refresh(screen: CallScreen) -> None:
    """The box says what the open escalations of this call say together: told only when each of them is."""
    if screen.box is None:
        return
    open_ones = standing(screen)
    waiting = [one for one in open_ones if not one.told_who]
    screen.box = replace(
        screen.box,
        on_call=screen.on_call or screen.box.on_call,
        saved=screen.unwritten == 0,
        failed=screen.box.failed and screen.unwritten > 0,
        told=None if waiting or not open_ones else open_ones[-1].told_who,
        phoning=next((one.phoning for one in open_ones if one.phoning), None),
        mis_keyed=bool(open_ones) and all(one.mis_keyed for one in open_ones),
    )
    screen.repaint()


async def look(screen: CallScreen) -> None:
    """Reads again who phones the doctor and who has been told."""
    from console.desk import escalations

    app = screen.console_app
    if app.seat is None or screen.box is None:
        return
    read = await app.work.read(escalations.contact_flags, app.seat, screen.claim.contact_id, app.clock.now())
    screen.escalations.update({one.id: one for one in read if one.level is not None})
    refresh(screen)


async def restore(screen: CallScreen) -> None:
    """After a crash: the flags of this contact stand as they stood, and what the kill kept from being written
    is handed over now."""
    from console.desk import escalations

    app, talk = screen.console_app, screen.talk
    if app.seat is None or talk is None or screen.library is None:
        return
    now = app.clock.now()
    read = await app.work.read(escalations.contact_flags, app.seat, screen.claim.contact_id, now)
    cards = [one for one in read if one.level is not None]
    handed = {code for one in cards for code in one.flags}
    missing = tuple(flag for flag in talk.raised if flag.code not in handed)
    known = {flag.code for flag in talk.raised}
    # A flag that was taken back keeps its escalation, so nothing reassuring follows it here either.
    kept = [
        screen.library.flags[code] for code in handed if code in screen.library.flags and code not in known
    ]
    screen.talk = replace(talk, raised=(*talk.raised, *kept))
    screen.withdrawn = {flag.code for flag in kept}
    if cards:
        screen.on_call = await app.work.read(escalations.on_call, app.seat, now)
        screen.escalations = {one.id: one for one in cards}
        worst = min((one.level for one in cards if one.level), key=lambda level: level.rank)
        shown = tuple(sorted(screen.talk.raised, key=lambda flag: flag.level.rank))
        if any(not one.flags for one in cards):
            screen.talk = replace(screen.talk, hushed=True)
        corrected = {one.question for one in screen.typed.corrections}
        wrong = {flag.code for flag in kept if flag.reads & corrected}
        wrong |= {code for one in cards if one.mis_keyed for code in one.flags} & screen.withdrawn
        lines = _lines_again(screen, worst, wrong)
        screen.box = FlagBox(worst, shown, lines, screen.on_call, saved=True, told=None, phoning=None)
        refresh(screen)
    if missing:
        hand_over(
            screen,
            tuple(flag.code for flag in missing),
            min((flag.level for flag in missing), key=lambda level: level.rank),
        )


async def mis_key(screen: CallScreen, flags: frozenset[str], reason: str) -> None:
    """Marks what a wrong key raised; nothing is taken back, and only the escalations that carry it are marked."""
    from console.desk import escalations

    app = screen.console_app
    if app.seat is None or not flags:
        return
    screen.withdrawn |= flags
    screen.takebacks += 1
    if screen.box is not None and screen.talk is not None and screen.library is not None:
        lines = _lines_again(screen, screen.box.level, screen.withdrawn)
        screen.box = replace(screen.box, lines=lines)
    async with screen.flag_order:
        for one in standing(screen):
            own = tuple(code for code in one.flags if code in flags)
            if own:
                screen.escalations[one.id] = await app.work.write(
                    escalations.correct_mis_key, app.seat, one.id, own, reason, app.clock.now()
                )
    refresh(screen)


async def where(screen: CallScreen) -> None:
    """Writes where the patient is, and who is with her, to the open escalations; said once it is written."""
    from console.desk import escalations

    app = screen.console_app
    said = (screen.typed.place, screen.typed.companion)
    if app.seat is None or said == screen.located or not any(said):
        return
    screen.located = said
    try:
        async with screen.flag_order:
            for one in standing(screen):
                screen.escalations[one.id] = await app.work.write(
                    escalations.locate, app.seat, one.id, *said, app.clock.now()
                )
    except Conflict:
        await look(screen)
        return
    except Exception:
        screen.located = ("", "")
        raise
    toast(app, _("Written to the escalation."))


async def told(screen: CallScreen) -> None:
    """Asks who was told, with the on-call list to choose from, and writes it down."""
    from console.screens import telling

    app = screen.console_app
    if app.seat is None or not standing(screen):
        return
    people = screen.on_call.people if screen.on_call else ()
    said = await telling.ask(app, screen.ask, people, standing(screen))
    if said is None:
        return
    who, takes = said
    for card in standing(screen):
        if card.told_who is None or (takes and telling.may_take(card)):
            screen.escalations[card.id] = await telling.write(app, card, who, takes)
    await look(screen)
    screen.recheck()
