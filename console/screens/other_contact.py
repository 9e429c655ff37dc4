"""A contact that is no telephone call: from the call screen before anything was dialled, or from a file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from console.i18n import _
from console.screens import call_dial
from console.screens.call_channel import in_its_way, way_words
from console.screens.form import FormDialog, text_of
from console.text import toast
from console.widgets.dialogs import Choose, Dialog
from console.widgets.fields import Field, Value
from console.words import milestone_word
from db.enums import Channel
from db.records import Claim, OtherContact

if TYPE_CHECKING:
    from console.screens.call import CallScreen
    from console.screens.frame import Frame

WAYS = (Channel.WECOM, Channel.SMS, Channel.EMAIL, Channel.FACE_TO_FACE, Channel.LETTER)
YES, NO = "yes", "no"
Show = Callable[[Dialog[Any]], Awaitable[Any]]
"""Opens a window over the screen; over a call the emergency key stays live in it."""


async def from_call(screen: CallScreen) -> None:
    """Another way than the telephone, for the contact in hand: ask everything there and then, or note it.

    Args:
        screen: a call before anything was dialled.
    """
    channel = await screen.ask(
        Choose(_("How, if not by telephone?"), [(one, way_words(one)) for one in WAYS])
    )
    if channel is None:
        return
    there = channel is not Channel.LETTER and await screen.ask(
        Choose(
            _("Is the patient answering now?"),
            [
                (True, _("yes: ask the questions, as on the telephone")),
                (False, _("no: note what was sent or said")),
            ],
        )
    )
    app = screen.console_app
    if there is None or app.seat is None or screen.claim.patient_id is None:
        return
    if there:
        from console.desk import calls

        screen.claim = await app.work.write(
            calls.begin_other, app.seat, screen.claim, channel, app.clock.now()
        )
        screen.channel = channel
        if screen.talk is not None and screen.sheet is not None and screen.library is not None:
            flow = in_its_way(
                screen.talk.flow, screen.library, screen.sheet, screen.claim, str(app.seat.role), channel
            )
            screen.talk = replace(screen.talk, flow=flow)
        screen.connected()
        screen.repaint()
    elif await note(screen, screen.ask, screen.claim.patient_id, (channel,), screen.claim):
        await call_dial.leave(screen)


async def note(
    screen: Frame, show: Show, patient_id: int, ways: Sequence[Channel] = WAYS, claim: Claim | None = None
) -> bool:
    """Asks what was sent or said and what it settles, and puts it on record.

    Args:
        screen: where it is asked.
        show: how a window is opened there.
        patient_id: whose contact. ways: which channels there are to choose from.
        claim: the contact in hand, which ends with it.

    Returns:
        Whether it is on record.
    """
    from console.desk import calls

    app = screen.console_app
    if app.seat is None:
        return False
    open_calls = await app.work.read(calls.settleable, app.seat, patient_id, claim, app.clock.now())
    fields = [
        Field("channel", _("how"), "one", str(ways[0]), tuple((str(one), way_words(one)) for one in ways)),
        Field("answered", _("answered?"), "one", NO, ((NO, _("no")), (YES, _("yes")))),
        Field("words", _("what was said"), "long", limit=2000),
    ]
    if open_calls:
        options = tuple((str(item_id), milestone_word(milestone)) for item_id, milestone in open_calls)
        fields.append(Field("settles", _("settles"), "many", (), options))

    async def do(values: Mapping[str, Value]) -> object:
        assert app.seat is not None
        chosen = values.get("settles", ())
        made = OtherContact(
            channel=Channel(text_of(values, "channel")),
            answered=text_of(values, "answered") == YES,
            words=text_of(values, "words"),
            settles=tuple(int(one) for one in chosen) if isinstance(chosen, tuple) else (),
        )
        return await app.work.write(calls.note_other, app.seat, patient_id, made, app.clock.now(), claim)

    about = _(
        "Only routine calls are settled by it. A sign of danger in it: take the call and ask, or f7 in the queue."
    )
    done = await show(FormDialog(_("A message, or a talk that was no call"), fields, do, about=about))
    if done is None:
        return False
    toast(screen.app, _("On record."))
    return True
