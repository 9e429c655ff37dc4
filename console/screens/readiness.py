"""Who is ready for real calls: the team for a lead, a line a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import OptionList, Static

from console.i18n import _, labelled, p_
from console.readiness import words as readiness_words
from console.screens.form import FieldFault, FormDialog, text_of
from console.screens.frame import Frame
from console.screens.rereading import Rereading
from console.text import cut, fit, toast, ui_text
from console.widgets.fields import Field, Value
from console.widgets.row_list import RowList
from db.enums import Role

if TYPE_CHECKING:
    from console.desk.exporting import Table
    from console.desk.readiness import PersonReadiness
    from console.desk.seat import Seat
    from console.exchange.documents import Page
    from console.rules.readiness_records import Shelf

FORMS = ("csv", "xlsx", "html", "md")
NAME, PASSED, EXAM, LAST, TREND, DOTS = 11, 12, 12, 6, 9, 11
"""Cells of the columns; the weakest item takes what is left."""
COLUMNS = NAME + PASSED + EXAM + LAST + TREND + DOTS
EDGES = 3
"""Cells beside the lines: a blank on each side, and where the scrollbar goes."""


def open_for(screen: Frame, *, own: bool = False) -> None:
    """Opens the team's page for a lead, her own for anybody else, or for everybody."""
    from console.screens.readiness_person import ReadinessPersonScreen

    seat = screen.console_app.seat
    if seat is not None:
        lead = seat.role is Role.LEAD and not own
        screen.app.push_screen(ReadinessScreen() if lead else ReadinessPersonScreen(seat.staff_id))


def read_team(seat: Seat, now: datetime) -> tuple[Shelf, tuple[PersonReadiness, ...]]:
    """The shelf and the team; in a reader thread, for both are files and a record."""
    from console.desk import readiness
    from console.readiness import shelf as readiness_shelf

    shelf = readiness_shelf.shelf()
    return shelf, readiness.team(seat, shelf, now)


class ReadinessScreen(Frame):
    """One line a person, trainees first; below what is open for the person under the cursor, and what to practise."""

    SCOPE: ClassVar[str] = "readiness"
    CSS_PATH = "readiness.tcss"
    AUTO_FOCUS = "RowList"

    def __init__(self) -> None:
        super().__init__()
        self._people: tuple[PersonReadiness, ...] = ()
        self._shelf: Shelf | None = None
        self._reread = Rereading(self, self._read)

    def headline(self) -> str:
        """How many are ready."""
        ready = sum(1 for one in self._people if one.standing.ready)
        return _("Practice: ready for real calls {n} of {m}", n=ready, m=len(self._people))

    def body(self) -> ComposeResult:
        """Heading, lines, what is open of the person under the cursor."""
        yield Static(id="rows-heading", markup=False)
        yield RowList(id="rows")
        yield Static(id="rows-detail", markup=False)

    def on_mount(self) -> None:
        """Reads the team."""
        self._reread.wish()
        self.repaint()

    def minute_passed(self) -> None:
        """Somebody may have practised. Not at each change of the record: everybody's practice is read."""
        self._reread.wish()

    def seat_changed(self) -> None:
        """The team is a lead's."""
        seat = self.console_app.seat
        if seat is None or seat.role is not Role.LEAD:
            self._people = ()
            if self.is_current:
                self.dismiss(None)
        else:
            self._reread.wish()

    async def _read(self) -> None:
        app, seat = self.console_app, self.console_app.seat
        if seat is None or seat.role is not Role.LEAD:
            return
        shelf, people = await app.work.read(read_team, seat, app.clock.now())
        if app.seat is seat:
            self._shelf, self._people = shelf, people
            self.repaint()

    def repaint(self) -> None:
        """The lines in the language of the moment."""
        if not self.is_mounted:
            return
        heading = (
            fit(_("name"), NAME)
            + fit(p_("practice", "passed"), PASSED)
            + fit(p_("practice", "exam"), EXAM)
            + fit(p_("practice", "last"), LAST)
            + fit(_("Trend"), TREND + DOTS)
            + _("Weakest")
        )
        self.query_one("#rows-heading", Static).update(ui_text(heading))
        rows = [(one.staff_id, self._line(one), "") for one in self._people]
        self.query_one(RowList).show_rows(rows)
        self._show_detail()
        self.repaint_lines()

    def _line(self, one: PersonReadiness) -> str:
        assert self._shelf is not None
        standing = one.standing
        last = "-" if standing.last_at is None else f"{self.local(standing.last_at):%m-%d}"
        weakest = readiness_words.share_words(self._shelf, standing.weakest[0]) if standing.weakest else "-"
        return (
            fit(one.name, NAME - 1)
            + " "
            + fit(readiness_words.passed_words(standing), PASSED - 1)
            + " "
            + fit(readiness_words.exam_words(standing), EXAM - 1)
            + " "
            + fit(last, LAST)
            + fit(readiness_words.trend_word(standing), TREND - 1)
            + " "
            + fit(readiness_words.dots(standing), DOTS)
            + cut(weakest, max(self.size.width - EDGES - COLUMNS, 0))
        )

    def _show_detail(self) -> None:
        one, shelf = self._current(), self._shelf
        lines: list[str] = []
        if one is not None and shelf is not None:
            standing = one.standing
            still = readiness_words.open_words(standing, shelf) or _("nothing")
            lines = [labelled(_("still open"), still)]
            if standing.suggested:
                lines.append(labelled(_("Practise next"), readiness_words.suggested_words(standing, shelf)))
        elif self._shelf is None:
            lines = [_("Reading ...")]
        self.query_one("#rows-detail", Static).update(ui_text("\n".join(lines)))

    def _current(self) -> PersonReadiness | None:
        row = self.query_one(RowList).current
        return next((one for one in self._people if one.staff_id == row), None)

    # -- doing ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is opened or written before it is read."""
        if action == "open":
            return bool(self._people) and self._current() is not None
        if action == "write":
            return bool(self._people)
        return super().check_action(action, parameters)

    def on_option_list_option_highlighted(self) -> None:
        """Another person."""
        self._show_detail()
        self.repaint_lines()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter opens her page."""
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """The page of the person under the cursor."""
        from console.screens.readiness_person import ReadinessPersonScreen

        one = self._current()
        if one is not None:
            self.app.push_screen(ReadinessPersonScreen(one.staff_id), lambda _result: self._reread.wish())

    def action_refresh(self) -> None:
        """Reads the team again."""
        self._reread.wish()

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)

    def action_write(self) -> None:
        """Writes the page to a file."""
        self.job(self._write())

    async def _write(self) -> None:
        app, seat = self.console_app, self.console_app.seat
        if seat is None or self._shelf is None:
            return
        shelf, people, zone = self._shelf, self._people, self.zone
        first = app.lookout.first
        begin = str(Path.home() / f"aftercall-readiness-{self.local_now():%Y-%m-%d}.csv")

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import exporting, readiness
            from console.exchange import out

            typed = text_of(values, "file").strip()
            form = Path(typed).suffix.lstrip(".").lower()
            if form not in FORMS:
                raise FieldFault("file", _("The name ends with .csv, .xlsx, .html or .md."))
            place = await app.work.read(out.free, Path(typed))
            now = app.clock.now()
            if form in ("csv", "xlsx"):
                made: Table | Page = await app.work.write(readiness.exported, seat, shelf, now)
            else:
                await app.work.write(exporting.page_written, seat, "readiness", "team", form, now)
                made = readiness_words.page(people, shelf, first.clinic if first else "", now, zone)
            return await app.work.read(write_file, place, made, form)

        window = FormDialog(
            _("Write this page"),
            [Field("file", _("file"), value=begin, limit=1_000)],
            do,
            about=_(
                "A new file that only you can read, with names of staff. The ending says how: .csv .xlsx .html .md"
            ),
        )
        done: Path | None = await self.app.push_screen_wait(window)
        if done is not None:
            toast(app, _("Written: {path}", path=str(done)))


def write_file(place: Path, made: Table | Page, form: str) -> Path:
    """Writes the table (csv, xlsx) or the page (html, md) to a new file."""
    from console.exchange import documents, out
    from console.exchange.documents import Page

    if isinstance(made, Page):
        text = documents.as_html(made) if form == "html" else documents.markdown(made)
        return out.write_new(place, text.encode("utf-8"))
    if form == "xlsx":
        return out.write_new(place, documents.sheet(made.name, made.headers, made.rows))
    return out.write_new(place, out.csv_table(made.headers, made.rows))
