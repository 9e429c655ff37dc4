"""A call that came in: last digits or a name, or nobody we know; then the call screen, flags first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console.clean import clean
from console.i18n import _
from console.screens.find import PAUSE_S
from console.text import cut, ui_text
from console.widgets.dialogs import Dialog
from console.words import procedure_word
from db.records import Claim

if TYPE_CHECKING:
    from console.host import Host


class Incoming(Dialog[Claim]):
    """Gives the claim of the person who rings; the last line is always "somebody we do not know"."""

    SCOPE: ClassVar[str] = "incoming"
    WIDE = True

    def __init__(self) -> None:
        super().__init__(_("A call came in"))
        self._found: list[Any] = []
        self._busy = False

    @property
    def console_app(self) -> Host:
        """The running console."""
        return cast("Host", self.app)

    def body(self) -> ComposeResult:
        """Field, candidates, what to type."""
        yield Input(max_length=100, classes="dialog-field")
        yield OptionList(Option(ui_text(self._unknown())), markup=False, classes="dialog-list")
        yield Static(
            ui_text(_("Type the last digits of the number or the name; enter takes the marked line.")),
            classes="dialog-line dim",
        )

    def _unknown(self) -> str:
        return _("Somebody we do not know")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Looks up what is typed after a pause."""
        self.job(self._look_up(clean(event.value).strip()), group="find", exclusive=True)

    async def _look_up(self, text: str) -> None:
        from console.desk import calls

        await asyncio.sleep(PAUSE_S)
        app = self.console_app
        found = (
            await app.work.read(calls.incoming, app.seat, text, app.clock.now()) if text and app.seat else ()
        )
        self._found = list(found)
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options(
            [
                *(Option(ui_text(self._line(person))) for person in self._found),
                Option(ui_text(self._unknown())),
            ]
        )
        listed.highlighted = 0

    def _line(self, person: Any) -> str:
        procedure = procedure_word(person.procedure) if person.procedure else ""
        held = _("in a call with {name}", name=person.held_by) if person.held_by else ""
        return cut(f"{person.masked_name}  *{person.last_digits}  {procedure}  {held}".rstrip(), 68)

    def on_key(self, event: Any) -> None:
        """Arrows choose while the field keeps the focus."""
        listed = self.query_one(OptionList)
        if event.key in ("down", "up") and isinstance(self.focused, Input):
            event.stop()
            listed.action_cursor_down() if event.key == "down" else listed.action_cursor_up()

    def on_input_submitted(self) -> None:
        """Enter takes the marked line."""
        self.action_accept()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click takes a line."""
        self._take(event.option_index)

    def action_accept(self) -> None:
        """Takes the marked line."""
        at = self.query_one(OptionList).highlighted
        self._take(len(self._found) if at is None else at)

    def _take(self, at: int) -> None:
        if not self._busy:
            self._busy = True
            person = self._found[at] if at < len(self._found) else None
            self.job(self._claim(person, clean(self.query_one(Input).value).strip()))

    async def _claim(self, person: Any, typed: str) -> None:
        from console.desk import calls

        app = self.console_app
        if app.seat is None:
            return
        number = typed if any(sign.isdigit() for sign in typed) else ""
        try:
            claim = await app.work.write(
                calls.take_incoming,
                app.seat,
                None if person is None else person.patient_id,
                number,
                app.clock.now(),
            )
        finally:
            self._busy = False
        self.dismiss(claim)
