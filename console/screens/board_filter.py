"""Narrowing the board's cards: asking to what, and saying that they are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from console.i18n import _, p_
from console.screens.queue_filter import key_of
from console.widgets.case_words import kind_word
from db.enums import EscalationKind
from db.strip_records import NOBODY, BoardFilter

if TYPE_CHECKING:
    from console.screens.frame import Frame

QUESTIONS = {"kind": "kind", "owner": "who has it"}
"""What may be asked, in the order of its digits, and its word."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the cards are narrowed to, and the name of the owner asked for."""

    only: BoardFilter = field(default_factory=BoardFilter)
    owner: str = ""

    def __bool__(self) -> bool:
        return bool(self.only)

    def words(self) -> str:
        """What they are narrowed to, as a person reads it; empty when they are not."""
        found: list[str] = []
        if self.only.kind is not None:
            found.append(kind_word(self.only.kind))
        if self.only.owner is not None:
            found.append(_owner_word(self.only.owner, self.owner))
        return p_("list", ", ").join(found)


def head(narrowing: Narrowing) -> str:
    """To what the cards are narrowed, and the key that shows all of them again."""
    return _("only {what} ({key}: all)", what=narrowing.words(), key=key_of("board.everything"))


def empty(narrowing: Narrowing) -> str:
    """Why no card is shown."""
    if narrowing:
        return _("Nothing open is {what}. {key} shows everything.", what=narrowing.words(),
                 key=key_of("board.everything"))  # fmt: skip
    return _("Nothing was handed over.")


def mine(screen: Frame, narrowing: Narrowing) -> Narrowing:
    """Narrowed to what the person at this seat has, or no longer when it was."""
    seat = screen.console_app.seat
    if seat is None:
        return narrowing
    if narrowing.only.owner == seat.staff_id:
        return Narrowing(replace(narrowing.only, owner=None))
    return Narrowing(replace(narrowing.only, owner=seat.staff_id), seat.name)


async def ask(screen: Frame, narrowing: Narrowing) -> Narrowing | None:
    """Asks which question, then its answer.

    Args:
        screen: the board.
        narrowing: what it is narrowed to now; the new answer is added to it.

    Returns:
        The new narrowing, or None when nothing was chosen.
    """
    from console.widgets.dialogs import Choose

    app = screen.console_app
    question = await app.push_screen_wait(
        Choose(_("Show only"), [(code, p_("narrow", word)) for code, word in QUESTIONS.items()])
    )
    if question is None or app.seat is None:
        return None
    if question == "kind":
        kinds = [(kind, kind_word(kind)) for kind in EscalationKind]
        chosen = await app.push_screen_wait(
            Choose(p_("narrow", "kind"), [*kinds, ("", _("no matter which"))])
        )
        if chosen is None:
            return None
        return replace(
            narrowing, only=replace(narrowing.only, kind=EscalationKind(chosen) if chosen else None)
        )
    return await _ask_owner(screen, narrowing)


async def _ask_owner(screen: Frame, narrowing: Narrowing) -> Narrowing | None:
    from console.desk import escalations
    from console.widgets.dialogs import Choose

    app = screen.console_app
    seat = app.seat
    if seat is None:
        return None
    people = await app.work.read(escalations.colleagues, seat)
    names = {seat.staff_id: seat.name, NOBODY: ""}
    names |= {one.id: one.name for one in people if one.id != seat.staff_id}
    options = [(staff_id, _owner_word(staff_id, name)) for staff_id, name in names.items()]
    chosen = await app.push_screen_wait(
        Choose(p_("narrow", "who has it"), [*options, (-1, _("no matter which"))])
    )
    if chosen is None:
        return None
    owner = None if chosen == -1 else chosen
    return Narrowing(replace(narrowing.only, owner=owner), names.get(chosen, ""))


def _owner_word(staff_id: int, name: str) -> str:
    return _("no owner") if staff_id == NOBODY else _("with {name}", name=name)
