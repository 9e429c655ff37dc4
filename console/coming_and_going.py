"""Signing in at start, working in another role, signing out, being put out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from console.clock import SKEW_ENV, Clock, SystemClock, mis_set
from console.door import guarded, sentence
from console.i18n import _
from console.opening import NotReady, judged
from console.text import toast
from db.errors import NotAllowed

if TYPE_CHECKING:
    from console.host import Host

WRONG_MIN = 2
"""Minutes by which this machine's clock must be off before that is said."""


async def show_first_look(app: Host, *, stays: bool = True) -> None:
    """Shows the masked rows when the first frame had none yet, then what may be dialled at this minute.

    Ends the console when the record can't be worked with; `Opening.refused` says why.

    Args:
        app: the console, its first frame painted.
        stays: whether the rows stay for a while: nobody is signed in by the command line.
    """
    seen = app.lookout.first
    if seen is None:
        try:
            seen = app.lookout.first = await app.work.finished(app.opening.start())
        except NotReady:
            app.exit(1)
            return
        app.repaint_signal.publish(None)
    if stays:
        app.lookout.first = await app.work.read(judged, app.database, seen, app.clock.now())
        app.repaint_signal.publish(None)


async def arrive(app: Host, credentials: tuple[str, str] | None, role: str | None, mode: str) -> None:
    """Signs in with what the command line gave, else asks on the screen until somebody is in.

    Args:
        app: the console, its first frame painted.
        credentials: login and PIN, or None.
        role: role to work in, or None for the person's first.
        mode: "queue" or "board": where to begin.
    """
    # Rows first: importing the sign-in takes longer than painting them.
    await app.opening.wait()
    if app.opening.refused is not None:
        return
    if SKEW_ENV in os.environ:
        seen = await app.work.finished(app.opening.start())
        app.clock = mis_set(app.clock, is_test=seen.is_test)
    from console.screens.sign_in import SignIn

    seat = None
    if credentials is not None:
        from console.desk import staff

        # A PIN's waiting time is counted by the same clock on every seat.
        await guarded(app, app.by_the_database())
        login, pin = credentials
        seat = await guarded(
            app, app.work.write(staff.sign_in, app.database, login, pin, app.clock.now(), role)
        )
    if seat is None:
        seat = await app.push_screen_wait(SignIn(role))
    if seat is None:
        return
    await app.take_seat(seat)
    if mode != app.current_mode:
        await app.switch_mode(mode)


def warn_of_clock(app: Host, before: Clock) -> None:
    """Says that this machine's clock is wrong, once the database's clock has taken its place.

    Args:
        app: the console, its clock the database's.
        before: what counted until now.
    """
    if not isinstance(before, SystemClock):
        return
    minutes = round((before.now() - app.clock.now()).total_seconds() / 60)
    if abs(minutes) >= WRONG_MIN:
        words = (
            _("This computer's clock is {n} min fast; the database's counts.", n=minutes)
            if minutes > 0
            else _("This computer's clock is {n} min slow; the database's counts.", n=-minutes)
        )
        toast(app, words, "warning")


async def switch_role(app: Host) -> None:
    """Asks for another of the person's roles and works in it."""
    from console.desk import staff
    from console.widgets.dialogs import Choose
    from console.words import role_word

    seat = app.seat
    if seat is None:
        return
    choice = await app.push_screen_wait(
        Choose(_("Work as"), [(role, role_word(role)) for role in seat.roles])
    )
    if choice is not None and choice != seat.role:
        await app.take_seat(await app.work.write(staff.switch_role, seat, choice, app.clock.now()))
        toast(app, _("You work as {role} now.", role=role_word(choice)))


async def leave(app: Host) -> None:
    """Asks, signs out, ends the console. A refusal (somebody has not been told) is said and nothing ends."""
    from console.widgets.dialogs import Confirm

    in_call = any(getattr(screen, "HOLDS_LOCK", False) for screen in app.screen_stack)
    question = (
        _("A call is not saved yet: it stays as a draft. Close the console all the same?")
        if in_call
        else _("Sign out and close the console?")
    )
    if not await app.push_screen_wait(Confirm(question, _("close"))):
        return
    if app.seat is not None:
        from console.desk import staff

        await app.work.write(staff.sign_out, app.seat, app.clock.now())
    app.exit(0)


async def put_out(app: Host) -> None:
    """Leaves a seat that was closed elsewhere: every open page goes, a sentence says why, somebody signs in."""
    await app.take_seat(None)
    for mode in (app.current_mode, "queue"):
        if app.current_mode != mode:
            await app.switch_mode(mode)
        # Dismissed, not popped: whoever waits for a dialog's answer gets none and ends.
        while len(app.screen_stack) > 1:
            await app.screen.dismiss(None)
    toast(app, sentence(NotAllowed("seat_closed")), "error")
    await arrive(app, None, None, "queue")
