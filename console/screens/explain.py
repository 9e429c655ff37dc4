"""Why somebody stands where she stands in the queue, and why somebody is not in it."""

from __future__ import annotations

from console import i18n
from console.i18n import _
from console.screens.frame import Frame
from console.widgets.dialogs import Read
from console.words import deadline_words, milestone_word, tier_word, when_words


async def why(screen: Frame, item_id: int) -> None:
    """Reads why an item stands where it does and shows it.

    Args:
        screen: the screen in front.
        item_id: the item.
    """
    from console.desk import queue

    app, lang, now = screen.console_app, i18n.language(), screen.local_now()
    if app.seat is None:
        return
    found = await app.work.read(queue.why, app.seat, item_id, app.clock.now())
    place = (
        _("place {n} of the clinic's order", n=found.position)
        if found.position
        else _("not in the order now")
    )
    lines = [f"{tier_word(found.tier)}  {deadline_words(screen.local(found.deadline_at), now)}  {place}", ""]
    lines += [f"- {i18n.reason_text(lang, fact)}" for fact in found.facts]
    if found.next is not None:
        next_at = deadline_words(screen.local(found.next.deadline_at), now)
        lines += ["", _("After it comes: {tier}, due {time}", tier=tier_word(found.next.tier), time=next_at)]
    app.push_screen(Read(_("Why {patient} stands here", patient=found.patient), lines))


async def why_not(screen: Frame) -> None:
    """Asks for a person and shows what keeps each of her calls out of this seat's list.

    Args:
        screen: the screen in front.
    """
    from console.screens.find import FindPatient

    found = await screen.app.push_screen_wait(FindPatient(_("Who do you expect in the list?")))
    if found is not None:
        await why_not_of(screen, found.patient_id, found.patient)


async def why_not_of(screen: Frame, patient_id: int, name: str) -> None:
    """Shows what keeps each of a person's calls out of this seat's list.

    Args:
        screen: the screen in front.
        patient_id: who.
        name: for the title.
    """
    from console.desk import queue

    app, lang = screen.console_app, i18n.language()
    if app.seat is None:
        return
    lines: list[str] = []
    for one in await app.work.read(queue.why_not, app.seat, patient_id, app.clock.now()):
        words = "- " + i18n.labelled(milestone_word(one.milestone), i18n.reason_text(lang, one.gate))
        if one.ready_at is not None:
            words += " " + _("(from {when})", when=when_words(screen.local(one.ready_at), screen.local_now()))
        lines.append(words)
    title = _("Why not {patient}", patient=name)
    app.push_screen(Read(title, lines or [_("No call is planned.")]))
