"""Import rows that were refused, the newest operation first; a word taught here brings its rows in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import OptionList, Static

from console import i18n
from console.i18n import _
from console.screens.frame import Frame
from console.text import cut, fit, toast, ui_text
from console.widgets.case_words import capped
from console.widgets.dialogs import Choose, Confirm, Read
from console.widgets.row_list import RowList
from console.words import procedure_codes, procedure_word

if TYPE_CHECKING:
    from db.import_records import FixRow

UNKNOWN_WORD = "procedure_unknown"
WORD_CELLS = 40


class FixListScreen(Frame):
    """One line a row, with its sentence below. Only a lead comes here; the desk refuses anybody else."""

    SCOPE: ClassVar[str] = "fixlist"
    CSS_PATH = "rows.tcss"
    AUTO_FOCUS = "RowList"

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[FixRow, ...] | None = None

    def headline(self) -> str:
        """How many."""
        return _("Refused rows: {n}", n=capped(len(self._rows or ())))

    def body(self) -> ComposeResult:
        """Heading, lines, the sentence of the one under the cursor."""
        yield Static(id="rows-heading", markup=False)
        yield RowList(id="rows")
        yield Static(id="rows-detail", markup=False)

    def on_mount(self) -> None:
        """Reads the list; that is audited, so it is read when opened and after a change made here."""
        self.job(self._read())

    async def _read(self) -> None:
        from console.desk import fixlist

        app = self.console_app
        if app.seat is not None:
            self._rows = await app.work.write(fixlist.fix_list, app.seat, app.clock.now())
            self.repaint()

    def repaint(self) -> None:
        """Lines and sentence in the language of the moment."""
        if self._rows is None:
            return
        heading = fit(_("operated"), 11) + fit(_("row"), 6) + fit(_("what it says"), 26) + _("what is wrong")
        self.query_one("#rows-heading", Static).update(ui_text(heading))
        self.query_one(RowList).show_rows([(row.id, self._line(row), "") for row in self._rows])
        self._show_detail()
        self.repaint_lines()

    def _line(self, row: FixRow) -> str:
        day = row.operated_on.isoformat() if row.operated_on else "-"
        return (
            fit(day, 10) + " " + fit(row.row, 5) + " " + fit(row.value or "-", 25) + " " + self._sentence(row)
        )

    def _sentence(self, row: FixRow) -> str:
        from console.record_words import refused_text
        from db.import_records import RejectedRow

        value = cut(row.value, WORD_CELLS)
        rejected = RejectedRow(row.row, row.column, row.code, value, row.operated_on)
        return refused_text(i18n.language(), rejected)

    def _current(self) -> FixRow | None:
        number = self.query_one(RowList).current
        return next((row for row in self._rows or () if row.id == number), None)

    def _show_detail(self) -> None:
        row = self._current()
        words = _("No row waits to be repaired.") if self._rows == () else ""
        if row is not None:
            words = self._sentence(row) + "\n" + _("File {file}", file=cut(row.file, 60))
        self.query_one("#rows-detail", Static).update(ui_text(words))

    def on_option_list_option_highlighted(self) -> None:
        """Another row."""
        self._show_detail()
        self.repaint_lines()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter teaches the word, or shows the row."""
        event.stop()
        if self.check_action("alias", ()):
            self.action_alias()
        else:
            self.action_read()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A word is taught only where a word was not known."""
        row = self._current() if action in ("alias", "settle", "read") and self.is_mounted else None
        if action == "alias":
            return row is not None and row.code == UNKNOWN_WORD
        if action in ("settle", "read"):
            return row is not None
        return super().check_action(action, parameters)

    def action_read(self) -> None:
        """The whole row."""
        row = self._current()
        if row is not None:
            lines = [self._sentence(row), "", *(f"{name}: {cut(text, 200)}" for name, text in row.cells)]
            self.app.push_screen(Read(_("Row {n} of {file}", n=row.row, file=cut(row.file, 40)), lines))

    def action_alias(self) -> None:
        """Says which procedure the word means."""
        row = self._current()
        if row is not None:
            self.job(self._alias(row))

    async def _alias(self, row: FixRow) -> None:
        from console.desk import fixlist

        app, word = self.console_app, dict(row.cells).get("procedure", row.value)
        options = [(code, procedure_word(code)) for code in procedure_codes()]
        title = _("Which procedure is {word}?", word=cut(word, WORD_CELLS))
        code = await app.push_screen_wait(Choose(title, options))
        if code is None or app.seat is None:
            return
        question = _(
            "From now on {word} means {procedure}, in every import?",
            word=cut(word, WORD_CELLS),
            procedure=procedure_word(code),
        )
        if await app.push_screen_wait(Confirm(question, _("teach it"))):
            done = await app.work.write(fixlist.add_alias, app.seat, word, code, app.clock.now())
            toast(
                app,
                _(
                    "{n} rows came in, {items} calls planned; {refused} wait for something else.",
                    n=done.taken,
                    items=done.items_planned,
                    refused=done.refused,
                ),
            )
            await self._read()

    def action_settle(self) -> None:
        """Takes the row off the list."""
        row = self._current()
        if row is not None:
            self.job(self._settle(row))

    async def _settle(self, row: FixRow) -> None:
        from console.desk import fixlist

        app = self.console_app
        question = _("Row {n} needs nothing? The person in it gets no calls.", n=row.row)
        if await app.push_screen_wait(Confirm(question, _("take it off"))) and app.seat is not None:
            await app.work.write(fixlist.dismiss, app.seat, (row.id,), app.clock.now())
            await self._read()

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)
