"""Before and while the desk phone rings: the number, its result, a relative's number, giving back."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from console import i18n
from console.door import sentence
from console.i18n import _, p_
from console.screens import call_paint
from console.screens.call_channel import way_words
from console.text import toast
from console.widgets.call_panes import RESULTS
from db.enums import AttemptResult, Channel
from db.errors import StaleLease

if TYPE_CHECKING:
    from console.screens.call import CallScreen
    from db.records import DialEnded, Reason

NOBODY_ANSWERED = ("after_no_answer", "after_evening", "after_red_flag")
"""Reasons whose words name one result of all that count alike."""
WARN_S = 30
"""Seconds before a preview runs out from which the time left is shown."""


def begin(screen: CallScreen) -> None:
    """The number under the cursor, or that there is none that may be dialled."""
    if screen.sheet is None:
        return
    numbers = call_paint.dialable(screen.sheet, screen.console_app.clock.now())
    if not numbers:
        toast(screen.app, _("There is no number that may be dialled."), "warning")
        return
    before, screen.stage = screen.stage, "dialling"
    screen.job(dial(screen, numbers[min(screen.number_at, len(numbers) - 1)].id, before))


async def dial(screen: CallScreen, phone_id: int, before: str) -> None:
    """Shows the number and starts the attempt; when that is refused the screen is at the stage before."""
    from console.desk import calls

    app = screen.console_app
    assert app.seat is not None
    try:
        screen.dial = await app.work.write(
            calls.start_dial, app.seat, screen.claim, phone_id, app.clock.now()
        )
        screen.claim = screen.dial.claim
        screen.typed.phone_id = phone_id
    except StaleLease:
        screen.stage = before
        if before == "preview":
            await gone(screen)
        else:
            raise
    except Exception:
        screen.stage = before
        raise
    finally:
        screen.repaint()


async def end(screen: CallScreen, result: AttemptResult) -> None:
    """Writes the result of the dial and does what it asks for: the conversation, the next number, or the queue."""
    from console.desk import calls

    app, dialled = screen.console_app, screen.dial
    if app.seat is None or dialled is None:
        return
    # Taken off at once: the same key pressed twice is one result.
    screen.dial = None
    talked = screen.typed.started_at is not None
    try:
        if talked and (form := screen.form()) is not None:
            await app.work.write(
                calls.keep_draft, app.seat, screen.claim, form, app.clock.now(), at_once=True
            )
        ended = await app.work.write(
            calls.end_dial, app.seat, screen.claim, dialled.attempt_id, result, app.clock.now()
        )
    except Exception:
        screen.dial = dialled
        screen.repaint()
        raise
    if ended.shared_with and dialled.phone_id is not None:
        await _shared(screen, ended.shared_with, dialled.phone_id)
    if result is AttemptResult.CONNECTED:
        screen.connected()
    elif ended.keep:
        await _next_number(screen, ended, result)
    else:
        await _over(screen, ended, result, talked=talked)
    screen.repaint()


def ended_words(reason: Reason, result: AttemptResult) -> str:
    """What follows a dial, in the word of its own result: a busy line is not "nobody answered".

    Args:
        reason: what the rules say. result: of the dial.
    """
    if result is AttemptResult.NO_ANSWER or reason.code not in NOBODY_ANSWERED:
        return i18n.reason_text(i18n.language(), reason)
    word = next(p_("dial", words) for one, words in RESULTS if one is result)
    at = str(reason.params["at"])
    if reason.code == "after_red_flag":
        return _("Danger signs, {result}; again at {at}.", result=word, at=at)
    return _("{result}; again at {at}.", result=word[:1].upper() + word[1:], at=at)


async def _next_number(screen: CallScreen, ended: DialEnded, result: AttemptResult) -> None:
    """The record's numbers are read again: one may be closed now, and the next is marked."""
    from console.desk import calls

    app = screen.console_app
    assert app.seat is not None
    screen.stage = "preview"
    screen.touch()
    toast(app, ended_words(ended.reason, result))
    screen.sheet = await app.work.write(calls.open_call, app.seat, screen.claim, app.clock.now())
    numbers = call_paint.dialable(screen.sheet, app.clock.now())
    screen.number_at = next((i for i, one in enumerate(numbers) if one.id == ended.next_phone_id), 0)


async def _over(screen: CallScreen, ended: DialEnded, result: AttemptResult, *, talked: bool) -> None:
    """Nobody was reached: back to the queue; what an earlier part of the call had said goes on record."""
    from console.desk import calls

    app = screen.console_app
    assert app.seat is not None
    toast(app, ended_words(ended.reason, result))
    if ended.next_person == "lead_and_on_call":
        toast(app, _("Phone the lead and the doctor on call now; f11 shows their numbers."), "warning")
    if talked:
        key = f"late:{screen.claim.contact_id}:{screen.claim.token}"
        await app.work.write(calls.file_late, app.seat, screen.claim.contact_id, key, app.clock.now())
        toast(app, _("What was said before is on record."))
    await leave(screen)


async def _shared(screen: CallScreen, others: int, phone_id: int) -> None:
    """Asks before a number is closed for relatives who have it too."""
    from console.desk import calls
    from console.widgets.dialogs import Confirm

    app = screen.console_app
    question = _(
        "{n} other patients have this number. Close it for them too?"
        if others > 1
        else "Another patient has this number. Close it there too?",
        n=others,
    )
    if await screen.ask(Confirm(question, _("close it"))) and app.seat is not None:
        closed = await app.work.write(calls.close_number, app.seat, phone_id, None, app.clock.now())
        toast(app, _("Closed for {n} more.", n=closed))


async def give_back(screen: CallScreen) -> None:
    """Gives the person back to the queue, before anything was dialled."""
    from console.desk import queue

    app = screen.console_app
    if app.seat is None:
        return
    try:
        await app.work.write(queue.release, app.seat, screen.claim, app.clock.now())
    except StaleLease:
        await gone(screen)
        return
    await leave(screen)


async def gone(screen: CallScreen) -> None:
    """The preview ran out before anything was dialled: it is said, and the queue has her again."""
    if not screen.leaving:
        toast(screen.app, _("You looked too long without a key: she is back in the queue."), "warning")
        await leave(screen)


async def leave(screen: CallScreen, result: object = None) -> None:
    """Back to the queue, once everything that was handed over is written."""
    if screen.leaving:
        return
    screen.leaving = True
    if screen.unwritten:
        await screen.all_written.wait()
    screen.dismiss(result)


def preview_left(screen: CallScreen) -> int | None:
    """Seconds left before a preview runs out, None when it cannot."""
    if screen.stage != "preview" or screen.sheet is None or screen.typed.started_at is not None:
        return None
    return int((screen.claim.expires_at - screen.console_app.clock.now()).total_seconds())


def stage_words(screen: CallScreen) -> str:
    """How far the call is: opening, before it, dialling, how long connected, broken off."""
    left = preview_left(screen)
    if screen.connected_at is not None:
        seconds = int(time.monotonic() - screen.connected_at)
        time_ = f"{seconds // 60:02d}:{seconds % 60:02d}"
        if screen.channel is not Channel.PHONE:
            return f"{way_words(screen.channel)} {time_}"
        return _("connected {time}", time=time_)
    if screen.stage == "talking" and screen.channel is not Channel.PHONE:
        return _("{way}, broken off: finish the record", way=way_words(screen.channel))
    if screen.stage == "talking":
        return _("broken off: finish the record, or f5 rings again")
    if left is not None and left <= WARN_S:
        return _("before the call: {n} s left", n=max(left, 0))
    words = {"dialling": _("dialling"), "preview": _("before the call")}
    return words.get(screen.stage, _("opening ..."))


async def beat(screen: CallScreen) -> None:
    """Renews the claim; without a key a preview is no longer renewed and runs out."""
    from console.desk import queue

    app = screen.console_app
    if app.seat is None or screen.leaving or screen.sheet is None:
        return
    try:
        until = await app.work.write(queue.renew, app.seat, screen.claim, app.clock.now())
        screen.claim = replace(screen.claim, expires_at=until)
        screen.lost = False
    except StaleLease as error:
        if screen.stage == "preview":
            await gone(screen)
        elif not screen.lost:
            screen.lost = True
            toast(app, sentence(error), "warning")
    except Exception as error:
        toast(app, sentence(error), "warning")
