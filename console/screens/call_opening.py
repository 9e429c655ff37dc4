"""Opening a call: what the record knows, the talk-track, and what a broken-off call left behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.widgets import Input, TextArea

from console.desk.conversing import flow_of, resumed
from console.door import sentence
from console.screens import call_dial, call_flags
from console.screens.call_channel import in_its_way
from console.scripts import conversation
from console.text import toast
from db.errors import RecordError

if TYPE_CHECKING:
    from console.screens.call import CallScreen


async def opening(screen: CallScreen) -> None:
    """Reads the contact and its flow; a call that cannot be opened is given back and said."""
    try:
        await _read(screen)
    except Exception as error:
        from console.desk import queue

        app = screen.console_app
        toast(app, sentence(error), "error")
        try:
            if app.seat is not None:
                await app.work.write(queue.release, app.seat, screen.claim, app.clock.now())
        except RecordError:
            # It was no longer hers: there is nothing to give back.
            pass
        await call_dial.leave(screen)


async def _read(screen: CallScreen) -> None:
    from console.desk import calls, scripts

    app = screen.console_app
    if app.seat is None:
        return
    now, role = app.clock.now(), str(app.seat.role)
    sheet = await app.work.write(calls.open_call, app.seat, screen.claim, now)
    library, release = await app.work.read(scripts.active, app.seat, now)
    sha256, may_say = release.sha256, release.may_say
    if screen.draft is not None and screen.draft.release_hash not in (None, sha256):
        # A call keeps the release it began with; one that is not read any more explains nothing.
        library, sha256 = await app.work.read(scripts.begun_with, app.seat, screen.draft.release_hash, now)
        may_say = False
    flow = await app.work.read(flow_of, library, sheet, screen.claim, role)
    if screen.draft is not None:
        screen.channel = await app.work.read(calls.way_of, app.seat, screen.claim.contact_id)
        flow = in_its_way(flow, library, sheet, screen.claim, role, screen.channel)
    talk = conversation.start(flow, may_say=may_say)
    if screen.draft is not None:
        talk, screen.typed = await app.work.read(
            resumed, talk, screen.draft, library, sheet, screen.claim, role
        )
    if screen.box is not None:
        # The emergency key is live while the call is opening: nothing is explained after it.
        talk = replace(talk, hushed=True)
    screen.sheet, screen.library, screen.talk = sheet, library, talk
    screen.release_hash = sha256
    screen.stage = "preview"
    if screen.draft is not None:
        screen.query_one("#call-note", TextArea).text = screen.typed.note
        screen.query_one("#call-place", Input).value = screen.typed.place
        screen.query_one("#call-companion", Input).value = screen.typed.companion
        screen.located = (screen.typed.place, screen.typed.companion)
        await call_flags.restore(screen)
    # A conversation that was broken off goes on where it stood: the record can be finished, or she is rung again.
    if sheet.incoming or (screen.draft is not None and screen.draft.started_at is not None):
        screen.connected(on_the_line=screen.draft is None)
    await screen.opened()
    screen.repaint()
