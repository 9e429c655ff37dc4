"""Saving a call: what still keeps it from being saved is said in words, with its key, and brought to the front."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.widgets import Input

from console import i18n
from console.desk.conversing import PAIN, RECOVERY, SATISFACTION, TEMPERATURE
from console.door import sentence
from console.i18n import _, p_
from console.screens import call_dial, call_dialogs, call_flags, call_turns, caller_number
from console.scripts import conversation
from console.scripts.conversation import PromptKind
from console.scripts.unasked import at_first_unasked, unasked
from console.text import toast
from console.widgets.dialogs import Choose
from db.enums import CallOutcome
from db.errors import NotAllowed
from db.records import Reason

if TYPE_CHECKING:
    from console.screens.call import CallScreen

FIELDS = {
    "note": "note f3",
    "promise": "callback f6",
    "told": "told f10",
    "opt_out": "result f8",
    "identity": "identity",
    "spoke_to": "identity",
    "recovery": "recovery",
    "pain": "pain",
    "temperature": "temperature",
    "satisfaction": "satisfaction",
    "place": "place",
    "companion": "companion",
    "corrections": "correction",
    "items": "calls",
    "next_step": "next step",
}
"""What a fault's field is called on the screen, with the key that leads there."""
HAND, WITHOUT = "hand", "without"
QUESTIONS = {"recovery": RECOVERY, "pain": PAIN, "temperature": TEMPERATURE, "satisfaction": SATISFACTION}


def words_of(fault: Reason) -> str:
    """A fault as a line: its field, and what is missing."""
    name = str(fault.params.get("field", ""))
    told = i18n.reason_text(i18n.language(), fault)
    return f"{p_('field', FIELDS[name])}: {told}" if name in FIELDS else told


async def save(screen: CallScreen) -> None:
    """Saves the call once; everything typed stays until the record has it."""
    from console.desk import calls

    app, form = screen.console_app, screen.form()
    if app.seat is None or form is None or screen.talk is None:
        return
    if screen.unwritten:
        toast(app, _("NOT handed over yet: phone the doctor yourself."), "error")
        return
    left = unasked(screen.talk) if form.outcome is CallOutcome.COMPLETED else 0
    if left:
        screen.talk = at_first_unasked(screen.talk)
        screen.set_focus(None)
        screen.repaint()
        toast(
            app,
            _(
                "{n} questions are still to be asked; f8 ends the call without them."
                if left > 1
                else "One question is still to be asked; f8 ends the call without it.",
                n=left,
            ),
            "warning",
        )
        return
    if not await caller_number.before_saving(screen):
        return
    turn = call_turns.to_report(screen)
    if turn is not None:
        chosen = await screen.ask(
            Choose(
                _("She was told that this goes to the lead: {what}", what=turn.title.of(i18n.language())),
                [(HAND, _("hand it over now")), (WITHOUT, _("it was not said: save without it"))],
            )
        )
        if chosen == HAND:
            screen.action_flag()
        if chosen != WITHOUT:
            return
        screen.typed.reported.add(turn.code)
    await call_flags.where(screen)
    try:
        key = f"call:{screen.claim.contact_id}:{screen.claim.token}"
        saved = await app.work.write(calls.save, app.seat, screen.claim, form, key, app.clock.now())
    except NotAllowed as error:
        faults = error.params.get("problems")
        if error.code != "call_incomplete" or not isinstance(faults, tuple):
            toast(app, sentence(error), "error")
            return
        screen.problems = faults
        await call_flags.look(screen)
        many = len(faults)
        words = _(
            "Not saved yet: {n} things are missing." if many > 1 else "Not saved yet: one thing is missing.",
            n=many,
        )
        toast(app, words, "warning")
        lead_to(screen, str(faults[0].params.get("field", "")))
        return
    except Exception as error:
        toast(app, sentence(error), "error")
        return
    # What was missing is not missing any more.
    app.clear_notifications()
    if saved.late:
        toast(app, _("The claim had run out: everything is kept as a late draft for the lead."), "warning")
    else:
        toast(app, _("Saved {time}.", time=f"{screen.local_now():%H:%M}"))
    await call_dial.leave(screen, saved)


async def recheck(screen: CallScreen) -> None:
    """Faults that have been mended go from the screen while the caller works on the others."""
    from console.desk import calls

    app, form = screen.console_app, screen.form()
    if app.seat is None or form is None or not screen.problems:
        return
    screen.problems = await app.work.read(calls.check, app.seat, screen.claim, form, app.clock.now())
    screen.repaint()


def lead_to(screen: CallScreen, field: str) -> None:
    """Brings the place of a fault to the front."""
    assert screen.talk is not None
    screen.set_focus(None)
    if field == "note":
        screen.action_note()
    elif field == "promise":
        screen.job(call_dialogs.promise(screen))
    elif field == "told":
        screen.job(call_flags.told(screen))
    elif field == "opt_out":
        screen.job(call_dialogs.outcome(screen))
    elif field in ("place", "companion"):
        screen.set_focus(screen.query_one(f"#call-{field}", Input))
    elif field in ("identity", "spoke_to") or field in QUESTIONS:
        flow = conversation.to_flow(screen.talk)
        wanted = f"q:{QUESTIONS[field]}" if field in QUESTIONS else ""
        at = next(
            (
                one.key
                for one in flow.prompts()
                if one.key == wanted or (not wanted and one.kind is PromptKind.IDENTITY)
            ),
            None,
        )
        if at is not None:
            screen.talk = replace(flow, at=at)
    screen.repaint()
