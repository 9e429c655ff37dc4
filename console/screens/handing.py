"""Handing a call to a colleague, or to everybody: one, or all that is one's own at the end of a shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import _, listed
from console.text import toast
from console.widgets.dialogs import Ask, Choose
from console.words import role_word

if TYPE_CHECKING:
    from console.screens.frame import Frame
    from db.records import QueueRow

ANYONE = 0
"""Stands for everybody in the list of people."""


async def hand(screen: Frame, row: QueueRow | None) -> bool:
    """Asks what is handed on, to whom and why, and does it.

    Args:
        screen: the queue.
        row: the line under the cursor; None when there is none.

    Returns:
        Whether anything was handed on.
    """
    from console.desk import queue

    app = screen.console_app
    if app.seat is None:
        return False
    mine = await app.work.read(queue.held_by_me, app.seat)
    everything = await _everything(screen, row, mine)
    if everything is None or app.seat is None:
        return False
    people = await app.work.read(queue.takers, app.seat)
    options = [(ANYONE, _("anyone: back to the team"))]
    options += [(one.id, f"{one.name}  {listed(role_word(role) for role in one.roles)}") for one in people]
    to = await app.push_screen_wait(Choose(_("Hand it to whom?"), options))
    if to is None:
        return False
    reason = await app.push_screen_wait(Ask(_("Why? Whoever makes the call reads it."), limit=200))
    if not reason or app.seat is None:
        return False
    whom = None if to == ANYONE else to
    if everything:
        done = await app.work.write(queue.hand_over_all, app.seat, whom, reason, app.clock.now())
        toast(app, _("Handed on: {n}.", n=done.went))
        if done.stayed:
            toast(app, _("{n} stay yours: not in the colleague's language, or being called.", n=done.stayed))
    elif row is not None:
        await app.work.write(queue.hand_over, app.seat, row.id, whom, reason, app.clock.now())
        toast(app, _("Handed on: {n}.", n=1))
    return True


async def _everything(screen: Frame, row: QueueRow | None, mine: int) -> bool | None:
    """Whether all of one's own calls are meant, rather than the one under the cursor; None for neither."""
    if not mine:
        if row is None:
            toast(screen.app, _("No call here is yours to hand on."), "warning")
        return None if row is None else False
    options: list[tuple[bool, str]] = []
    if row is not None:
        options.append((False, _("this call: {patient}", patient=row.patient)))
    options.append((True, _("everything that is mine: {n}", n=mine)))
    return await screen.app.push_screen_wait(Choose(_("What is handed on?"), options))
