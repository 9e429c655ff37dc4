"""Who was told of an escalation, and who takes it over: asked the same way in a call and at an alarm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from console.i18n import _
from console.text import toast
from console.widgets.dialogs import Ask, Choose, Dialog
from db.enums import EscalationKind

if TYPE_CHECKING:
    from console.host import Host
    from db.records import Escalation, OnCallPerson

Show = Callable[[Dialog[Any]], Awaitable[Any]]
"""Opens a window over the screen; over a call the emergency key stays live in it."""

SOMEBODY = ""
"""Stands for a person who is not on the list."""
CLINICIAN, HEAD, NEITHER = "clinician", "head", "neither"
NAME_LEAST = 2
"""Characters of a name (flagging.told asks for as many)."""


async def ask(
    app: Host, show: Show, people: Sequence[OnCallPerson], cards: Sequence[Escalation]
) -> tuple[str, bool] | None:
    """Asks who was told. Nobody is marked: the key that saves the call accepts no name that was not chosen.

    Args:
        app: the console. show: how a window is opened there.
        people: who is on call. cards: what it is about.

    Returns:
        The name, and whether that person takes it over; None when nothing is to be written.
    """
    who: tuple[str, bool] | None = (SOMEBODY, False)
    if people:
        options = [((one.name, False), one.name) for one in people]
        options.append(((SOMEBODY, False), _("somebody else")))
        if any(may_take(card) for card in cards):
            options += [((one.name, True), _("{name}, who takes it over", name=one.name)) for one in people]
        who = await show(Choose(_("Who was told?"), options, marked=False))
    if who is not None and who[0] == SOMEBODY:
        name = await show(Ask(_("Who was told?"), limit=60, least=NAME_LEAST))
        said = await _of_the_clinic(app, show, name) if name else None
        who = (said, False) if said else None
    return who


async def _of_the_clinic(app: Host, show: Show, name: str) -> str | None:
    """The name as it is written: with what that person is, if the record does not know it. None: it is nobody whom
    telling counts."""
    from console.desk import escalations

    if app.seat is None:
        return None
    if await app.work.read(escalations.may_be_told, app.seat, name, app.clock.now()):
        return name
    choices = [
        (CLINICIAN, _("a doctor or nurse")),
        (HEAD, _("the lead or the head of the clinic")),
        (NEITHER, _("neither: not of the clinic")),
    ]
    what = await show(Choose(_("What is {name} in the clinic?", name=name), choices, marked=False))
    if what == NEITHER:
        toast(
            app,
            _("Nothing written: {name} is not of the clinic. Its doctor still has to be told.", name=name),
            "warning",
        )
    if what not in (CLINICIAN, HEAD):
        return None
    return _("{name} (doctor or nurse)" if what == CLINICIAN else "{name} (lead or head)", name=name)


def may_take(card: Escalation) -> bool:
    """Whether somebody may still take a case over by telephone."""
    return card.kind is EscalationKind.CLINICAL and card.acknowledged_at is None


async def write(app: Host, card: Escalation, who: str, takes: bool) -> Escalation:
    """Puts on record who was told. Args: app; the case; the name; whether she takes it over, which stops its clock."""
    from console.desk import escalations

    assert app.seat is not None
    verb = escalations.answered if takes and may_take(card) else escalations.told
    return await app.work.write(verb, app.seat, card.id, who, app.clock.now())
