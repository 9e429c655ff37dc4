"""Calls broken off before they were saved: taken up again by their owner, put on record, or thrown away."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from console.i18n import _
from console.text import toast
from console.widgets.dialogs import Choose, Confirm
from console.words import when_words

if TYPE_CHECKING:
    from console.screens.frame import Frame
    from db.records import CallForm, Claim


async def take_up(screen: Frame) -> tuple[Claim, CallForm] | None:
    """Asks which unsaved call, then opens it again; when its claim is lost, asks what becomes of the typing.

    Args:
        screen: the queue.

    Returns:
        The claim and what was typed, when the call goes on.
    """
    from console.desk import calls

    app = screen.console_app
    if app.seat is None:
        return None
    mine = await app.work.read(calls.my_drafts, app.seat, app.clock.now())
    options = [
        (
            draft.contact_id,
            f"{draft.masked_name or _('unknown caller')}  "
            f"{when_words(screen.local(draft.updated_at), screen.local_now())}",
        )
        for draft in mine
    ]
    if not options:
        return None
    contact_id = await app.push_screen_wait(Choose(_("Unsaved calls"), options))
    if contact_id is None or app.seat is None:
        return None
    claim, form = await app.work.write(calls.resume, app.seat, contact_id, app.clock.now())
    if claim is not None:
        return claim, form
    choice = await app.push_screen_wait(
        Choose(
            _("A colleague has this person now. What becomes of what you typed?"),
            [("late", _("put it on record as it is")), ("discard", _("throw it away"))],
        )
    )
    if choice == "late":
        await app.work.write(calls.file_late, app.seat, contact_id, uuid4().hex, app.clock.now())
        toast(app, _("Put on record as a late draft."))
    elif choice == "discard":
        sure = await app.push_screen_wait(Confirm(_("Throw away what was typed?"), _("throw it away")))
        if sure:
            await app.work.write(calls.discard, app.seat, contact_id, app.clock.now())
    return None
