"""Taking a person from the queue, and leaving one out with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.i18n import _
from console.text import toast
from db.enums import Tier

if TYPE_CHECKING:
    from console.screens.queue import QueueScreen
    from db.records import CallForm, Claim, DraftLine, QueueRow


async def take(
    screen: QueueScreen, row: QueueRow | None, drafts: Sequence[DraftLine]
) -> tuple[Claim, CallForm | None] | None:
    """Takes the next person, or a chosen one.

    Args:
        screen: the queue.
        row: whom the caller chose, or her own broken-off call at the top; None takes the next of the order.
        drafts: her unsaved calls. Her own call that broke off is taken up with what was typed: a new claim of it
            would leave that behind.

    Returns:
        The claim with what was typed, or None when there is nobody.
    """
    from console.desk import calls, queue

    app = screen.console_app
    if app.seat is None:
        return None
    now = app.clock.now()
    if row is None:
        claim = await app.work.write(queue.take_next, app.seat, now)
        return None if claim is None else (claim, None)
    unsaved = next(
        (one for one in drafts if row.mine and one.held and one.patient_id == row.patient_id), None
    )
    if unsaved is not None:
        claim, form = await app.work.write(calls.resume, app.seat, unsaved.contact_id, now)
        if claim is not None:
            return claim, form
    return await app.work.write(queue.take_item, app.seat, row.id, now), None


async def skip(screen: QueueScreen, row: QueueRow) -> bool:
    """Leaves a person out, with a reason. Returns: whether that was done."""
    from console.desk import queue
    from console.widgets.dialogs import Ask

    app = screen.console_app
    if app.seat is None:
        return False
    if row.tier is Tier.RED_FLAG:
        toast(app, _("A red flag is not skipped: call, or hand it to the lead."), "warning")
        return False
    await app.work.read(queue.may_skip, app.seat, row.id)
    reason = await app.push_screen_wait(Ask(_("Why is {patient} skipped?", patient=row.patient), least=2))
    if not reason or app.seat is None:
        return False
    claim = await app.work.write(queue.take_item, app.seat, row.id, app.clock.now())
    await app.work.write(queue.skip, app.seat, claim, reason, app.clock.now())
    toast(app, _("Skipped: {patient}. After three skips the lead decides.", patient=row.patient))
    return True
