"""Rights told, records asked for, outside bodies named, roles told: windows of a complaint's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from console import i18n
from console.i18n import _
from console.rules import complaints as rules
from console.screens.complaint_common import Ask, ask, case_of, choices, write
from console.screens.form import FieldFault, FormDialog, many_of, text_of
from console.screens.moments import day_of
from console.text import toast
from console.widgets import service_words as words
from console.widgets.dialogs import Choose
from console.widgets.fields import Field, Value
from console.widgets.service_lines import entry_words, role_words

if TYPE_CHECKING:
    from console.screens.case_windows import CaseWindows


OTHER: Final = 0
"""Stands for somebody who is not on the list of those who have to be told."""


async def rights(screen: CaseWindows) -> None:
    """Ticks the rights that were told, with the sentences to read out above them."""
    case = case_of(screen)
    if case is None:
        return
    told = {one.code for one in case.entries if one.kind == "right"}
    left = tuple(code for code in rules.RIGHTS if code not in told)
    if not left:
        toast(screen.app, _("Every right has been told already."))
        return
    number = case.card.id
    spoken, values = ("zh", {}) if screen.book is None else (screen.book.spoken, screen.book.values)
    lines: list[str] = []
    for at, code in enumerate(left, 1):
        said = None if screen.books is None else screen.books.rights.get(code)
        sentences = [] if said is None else [i18n.fill(line, values) for line in said.of(spoken)]
        lines.append(f"{at} {words.said(words.RIGHTS, 'right', code)}: {' '.join(sentences)}")
    options = tuple((code, words.said(words.RIGHTS, "right", code)) for code in left)
    fields = [Field("told", _("were told"), "many", value=(), options=options)]

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import complaints

        app = screen.console_app
        assert app.seat is not None
        done = None
        for code in many_of(values, "told"):
            done = await app.work.write(complaints.tell_right, app.seat, number, code, app.clock.now())
        return done

    title = f"{_('Read them out, then tick')}  {screen.who()}"
    await screen.app.push_screen_wait(FormDialog(title, fields, do, about="\n".join(lines)))
    await screen.look()


async def ask_records(screen: CaseWindows) -> None:
    """A copy of the record, or its sealing, is asked for."""
    kinds = (("copy", entry_word("copy")), ("seal", entry_word("seal")))
    fields = [
        Field("kind", _("what"), "one", "copy", kinds),
        Field("on", _("when"), hint=_("day it is done, 06-20"), limit=20),
        Field("text", _("note"), limit=500),
    ]

    def values_of(values: Mapping[str, Value]) -> tuple[Any, ...]:
        day = day_of(values, "on", screen.local_now())
        if day is None:
            raise FieldFault("on", _("Write it like 06-20."))
        return text_of(values, "kind"), day, text_of(values, "text")

    about = _("A sealing is done with the customer and us both present.")
    await ask(screen, Ask(_("The record is asked for"), fields, "ask_records", values_of, about))


def entry_word(kind: str) -> str:
    """What is asked for of the record."""
    return _("asks for a copy of the record") if kind == "copy" else _("asks to have the record sealed")


async def records_done(screen: CaseWindows) -> None:
    """A copy was given, or the record sealed."""
    entry = await _entry(screen, ("copy", "seal"), _("What was done?"))
    if entry is not None:
        fields = [Field("text", _("note"), hint=_("how, and who was there"), limit=500)]
        title = _("Copy or sealing done")
        await ask(screen, Ask(title, fields, "records_done", lambda values: (entry, text_of(values, "text"))))


async def role_told(screen: CaseWindows, otherwise: Callable[[], None] | None = None) -> None:
    """Somebody who has to be told was told, of a case of any kind; which of them is asked, and ticked.

    Args:
        screen: the page. otherwise: what is done when it was somebody else; None when only they are meant.
    """
    card = screen.case()
    owed = [one for one in screen.roles if one.done_at is None]
    if card is None or not owed:
        return
    number, chosen = card.id, owed[0]
    if len(owed) > 1 or otherwise is not None:
        options = [(one.id, role_words(one)) for one in owed]
        if otherwise is not None:
            options.append((OTHER, _("somebody else")))
        picked = await screen.app.push_screen_wait(Choose(_("Who was told?"), options))
        if picked == OTHER and otherwise is not None:
            otherwise()
            return
        if picked is None:
            return
        chosen = next(one for one in owed if one.id == picked)
    entry = chosen.id

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import service_extra

        app = screen.console_app
        assert app.seat is not None
        name = text_of(values, "text")
        return await app.work.write(service_extra.event_told, app.seat, number, entry, name, app.clock.now())

    fields = [Field("text", _("name"), limit=200)]
    title = f"{_('Who was told?')} {role_words(chosen)}  {screen.who()}"
    if (
        await screen.app.push_screen_wait(FormDialog(title, fields, do, names={"told_who": "text"}))
        is not None
    ):
        await screen.look()


async def _entry(screen: CaseWindows, kinds: tuple[str, ...], title: str) -> int | None:
    case = case_of(screen)
    owed = [] if case is None else [one for one in case.entries if one.kind in kinds and one.done_at is None]
    if len(owed) == 1:
        return owed[0].id
    return await screen.app.push_screen_wait(Choose(title, [(one.id, entry_words(one)) for one in owed]))


async def channel(screen: CaseWindows) -> None:
    """An outside body was named, because the customer asked for one."""
    options = choices(words.CHANNELS, "outside")
    chosen = await screen.app.push_screen_wait(
        Choose(_("Which outside body was named, on request?"), options)
    )
    if chosen is not None:
        await write(screen, "name_channel", chosen)
