"""Finding a person: what is typed is looked up at every pause; results are masked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console.clean import clean
from console.i18n import _
from console.text import cut, ui_text
from console.widgets.dialogs import Dialog
from console.widgets.inputs import Entry
from console.words import procedure_word

if TYPE_CHECKING:
    from console.desk.seat import Seat
    from console.host import Host

R = TypeVar("R")

PAUSE_S = 0.15
"""A pause in typing after which the text is looked up."""
TAKEN_S = 0.25
"""For so long the window stays after a hit was taken, so that a second quick enter acts on no page behind it."""


class Finder(Dialog[R]):
    """A field and the people it finds. Enter in the field takes the only hit, or the one marked with the arrows;
    with several hits it moves to the list, so that nobody is opened unseen."""

    WIDE = True

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.found: list[Any] = []
        self._looked: str | None = ""
        """What the hits were found by; None while that is being looked up."""
        self._marked = False

    @property
    def console_app(self) -> Host:
        """The running console."""
        return cast("Host", self.app)

    def body(self) -> ComposeResult:
        """Field, results, what to type or what came of it."""
        yield Entry(max_length=100, classes="dialog-field")
        yield OptionList(*self._options(), markup=False, classes="dialog-list")
        yield Static(ui_text(self.hint()), classes="dialog-line dim")

    def hint(self) -> str:
        """What to type."""
        raise NotImplementedError

    def line(self, person: Any) -> str:
        """One hit in words."""
        raise NotImplementedError

    def after(self) -> tuple[str, ...]:
        """Lines behind the hits."""
        return ()

    async def look_up(self, seat: Seat, text: str) -> Sequence[Any]:
        """Hits for a text that is not empty."""
        raise NotImplementedError

    def take(self, at: int) -> None:
        """Takes a line of the list, counted from 0."""
        raise NotImplementedError

    def _options(self) -> list[Option]:
        words = [self.line(person) for person in self.found]
        return [Option(ui_text(cut(one, 68))) for one in (*words, *self.after())]

    @property
    def _text(self) -> str:
        return clean(self.query_one(Input).value).strip()

    def on_input_changed(self) -> None:
        """Looks up what is typed after a pause."""
        self.job(self._find(PAUSE_S), group="find", exclusive=True)

    async def _find(self, pause: float, *, then_accept: bool = False) -> None:
        text, self._looked = self._text, None
        await asyncio.sleep(pause)
        seat = self.console_app.seat
        self.found = list(await self.look_up(seat, text)) if text and seat else []
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options(self._options())
        listed.highlighted = 0 if listed.option_count else None
        self._looked, self._marked = text, False
        self._say(text)
        if then_accept:
            self._accept()

    def _say(self, text: str) -> None:
        if not text:
            words = self.hint()
        elif not self.found:
            words = _("Nobody found: {text}", text=text)
        elif len(self.found) > 1:
            words = _(
                "Found: {n}. Enter goes to the list, enter there takes the marked line.", n=len(self.found)
            )
        else:
            words = _("Found: 1. Enter takes it.")
        self.query_one(".dialog-line", Static).update(ui_text(words))

    def on_key(self, event: Any) -> None:
        """Arrows choose while the field keeps the focus."""
        listed = self.query_one(OptionList)
        if event.key in ("down", "up") and isinstance(self.focused, Input):
            event.stop()
            listed.action_cursor_down() if event.key == "down" else listed.action_cursor_up()
            self._marked = True

    def on_input_submitted(self) -> None:
        """Enter in the field."""
        self.action_accept()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter in the list, or a click, takes a line."""
        self.take(event.option_index)

    def action_accept(self) -> None:
        """Takes the marked line, once it is sure that it belongs to what is typed."""
        if self._looked == self._text:
            self._accept()
        else:
            self.job(self._find(0, then_accept=True), group="find", exclusive=True)

    def _accept(self) -> None:
        listed = self.query_one(OptionList)
        if listed.highlighted is None:
            self.app.bell()
        elif len(self.found) > 1 and isinstance(self.focused, Input) and not self._marked:
            listed.focus()
        else:
            self.take(listed.highlighted)


class FindPatient(Finder[Any]):
    """Gives the found person's record, or None.

    Args:
        title: the question, already translated.
    """

    SCOPE: ClassVar[str] = "find"

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._taken = False

    def hint(self) -> str:
        """What may be typed."""
        return _("Name, pinyin, initials, last digits of a number, or record id.")

    async def look_up(self, seat: Seat, text: str) -> Sequence[Any]:
        """People, masked."""
        from console.desk import patients

        app = self.console_app
        return await app.work.read(patients.find, seat, text, app.clock.now())

    def line(self, person: Any) -> str:
        """Who it is, as far as a list may say."""
        procedure = procedure_word(person.procedure) if person.procedure else ""
        number = person.external_id or ""
        if getattr(person, "was", None):
            number = _("{id} (was {old})", id=number, old=person.was)
        return f"{person.patient}  {number}  {procedure}  {person.phone or ''}"

    def take(self, at: int) -> None:
        """Gives the person."""
        if at < len(self.found) and not self._taken:
            self._taken = True
            self.set_timer(TAKEN_S, partial(self._give, self.found[at]))

    def _give(self, person: Any) -> None:
        self.dismiss(person)
