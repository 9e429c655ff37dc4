"""Finding a person: what is typed is looked up at every pause; results are masked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console.clean import clean
from console.i18n import _
from console.text import cut, ui_text
from console.widgets.dialogs import Dialog
from console.words import procedure_word

if TYPE_CHECKING:
    from console.host import Host

PAUSE_S = 0.15
"""A pause in typing after which the text is looked up."""


class FindPatient(Dialog[Any]):
    """Gives the found person's record, or None.

    Args:
        title: the question, already translated.
    """

    SCOPE: ClassVar[str] = "find"
    WIDE = True

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._found: list[Any] = []

    @property
    def console_app(self) -> Host:
        """The running console."""
        return cast("Host", self.app)

    def body(self) -> ComposeResult:
        """Field, results, what to type."""
        yield Input(max_length=100, classes="dialog-field")
        yield OptionList(markup=False, classes="dialog-list")
        yield Static(
            ui_text(_("Name, pinyin, initials, last digits of a number, or record id.")),
            classes="dialog-line dim",
        )

    def on_input_changed(self, event: Input.Changed) -> None:
        """Looks up what is typed after a pause."""
        self.job(self._look_up(clean(event.value).strip()), group="find", exclusive=True)

    async def _look_up(self, text: str) -> None:
        from console.desk import patients

        await asyncio.sleep(PAUSE_S)
        app = self.console_app
        found = (
            await app.work.read(patients.find, app.seat, text, app.clock.now()) if text and app.seat else ()
        )
        listed = self.query_one(OptionList)
        self._found = list(found)
        listed.clear_options()
        listed.add_options([Option(ui_text(self._line(person))) for person in self._found])
        listed.highlighted = 0 if self._found else None

    def _line(self, person: Any) -> str:
        procedure = procedure_word(person.procedure) if person.procedure else ""
        number = person.external_id or ""
        if getattr(person, "was", None):
            number = _("{id} (was {old})", id=number, old=person.was)
        return cut(f"{person.patient}  {number}  {procedure}  {person.phone or ''}", 68)

    def on_key(self, event: Any) -> None:
        """Arrows choose while the field keeps the focus."""
        listed = self.query_one(OptionList)
        if event.key in ("down", "up") and isinstance(self.focused, Input):
            event.stop()
            listed.action_cursor_down() if event.key == "down" else listed.action_cursor_up()

    def on_input_submitted(self) -> None:
        """Enter takes the marked person."""
        self.action_accept()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click takes a person."""
        self.dismiss(self._found[event.option_index])

    def action_accept(self) -> None:
        """Takes the marked person."""
        at = self.query_one(OptionList).highlighted
        if at is not None and at < len(self._found):
            self.dismiss(self._found[at])
        else:
            self.app.bell()
