"""Reports: the figures of a day, the head's summaries with sign-off, and the handover page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from console import handover_words, keys, report_words
from console.exchange.documents import Page, Section
from console.i18n import _, p_
from console.policy_words import day_word
from console.screens.form import FieldFault, FormDialog, text_of
from console.screens.frame import Frame
from console.screens.rereading import Rereading
from console.text import cells, fit, toast, ui_text
from console.widgets import scrolling
from console.widgets.dialogs import Confirm
from console.widgets.fields import Field, Value
from db.enums import Role

if TYPE_CHECKING:
    from console.desk.day_summary import HeadSummary
    from console.desk.figures import DayFigures
    from console.desk.handover import Handover

FIGURES, SUMMARIES, HANDOVER = range(3)
TABS = ("figures", "summaries", "handover")
"""Also what a written page is called in the audit trail."""
FORMS = ("html", "md", "xlsx")
GAP = 1
NARROWEST = 4


class ReportsScreen(Frame):
    """A day in three tabs. A lead sees everybody's, others their own; the summaries are the lead's."""

    SCOPE: ClassVar[str] = "reports"
    CSS_PATH = "reports.tcss"
    # Nothing has the focus: arrows change the day, and every key is the screen's.
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        # Tab would else move a focus that nothing here has.
        keys.bind(self, self.SCOPE, at_once=True)
        self._tab = FIGURES
        self._day: date | None = None
        self._team: bool | None = None
        self._figures: DayFigures | None = None
        self._head: HeadSummary | None = None
        self._handover: Handover | None = None
        self._reread = Rereading(self, self._read)

    @property
    def day(self) -> date:
        """The day that is shown; today until another one is chosen."""
        return self._day or self.local_now().date()

    @property
    def _lead(self) -> bool:
        seat = self.console_app.seat
        return seat is not None and seat.role is Role.LEAD

    @property
    def team(self) -> bool:
        """Whether the handover page is the whole team's."""
        return self._lead if self._team is None else self._team

    def headline(self) -> str:
        """Which day."""
        return f"{_('Reports')}  {day_word(self.day)}"

    def body(self) -> ComposeResult:
        """Tabs, the page."""
        yield Static(id="reports-tabs", markup=False)
        with VerticalScroll(id="reports-scroll", can_focus=False):
            yield Static(id="reports-text", markup=False)

    def on_mount(self) -> None:
        """Reads the day."""
        self.repaint()
        self._reread.wish()

    def record_changed(self) -> None:
        """Another seat saved something; days that are over stand until they are opened anew."""
        if self.day == self.local_now().date() or self._tab == HANDOVER:
            self._reread.wish()

    def seat_changed(self) -> None:
        """Another person, or another role, sees other figures."""
        self._figures = self._head = self._handover = None
        self._team = None
        if not self._lead and self._tab == SUMMARIES:
            self._tab = FIGURES
        self._reread.wish()

    def on_resize(self) -> None:
        """Tables are fitted to the width."""
        super().on_resize()
        self.repaint()

    async def _read(self) -> None:
        from console.desk import day_summary, figures, handover

        app, seat = self.console_app, self.console_app.seat
        if seat is None:
            return
        day, tab, team, now = self.day, self._tab, self.team, app.clock.now()
        if tab == FIGURES:
            found = await app.work.read(figures.of_day, seat, day, now)
            current = app.seat is seat and day == self.day
            self._figures = found if current else self._figures
        elif tab == SUMMARIES and self._lead:
            head = await app.work.read(day_summary.of_day, seat, day, now)
            current = app.seat is seat and day == self.day
            self._head = head if current else self._head
        elif tab == HANDOVER:
            page = await app.work.read(handover.page, seat, now, team=team)
            current = app.seat is seat and team == self.team
            self._handover = page if current else self._handover
        else:
            return
        if not current:
            # Also the minute's new policy makes it another seat, and nobody announces that.
            self._reread.wish()
        self.repaint()

    # -- painting ------------------------------------------------------------------------------

    def repaint(self) -> None:
        """Everything in the language of the moment."""
        if not self.is_mounted:
            return
        parts = [
            f"[{number + 1} {p_('reports tab', TABS[number])}]"
            if number == self._tab
            else f" {number + 1} {p_('reports tab', TABS[number])} "
            for number in self._tabs()
        ]
        self.query_one("#reports-tabs", Static).update(ui_text(" ".join(parts)))
        page = self._page()
        room = self.size.width - 3
        lines = [_("Reading ...")] if page is None else page_lines(page, room)
        self.query_one("#reports-text", Static).update(ui_text("\n".join(lines)))
        self.repaint_lines()

    def _tabs(self) -> tuple[int, ...]:
        return (FIGURES, SUMMARIES, HANDOVER) if self._lead else (FIGURES, HANDOVER)

    def _page(self) -> Page | None:
        """The page in front, None while it is being read."""
        first = self.console_app.lookout.first
        clinic = first.clinic if first is not None else ""
        if self._tab == FIGURES:
            known = self._figures
            if known is None or known.day != self.day:
                return None
            return report_words.figures_page(known, clinic, self.zone)
        if self._tab == SUMMARIES:
            head = self._head
            if head is None or head.day != self.day:
                return None
            return report_words.summary_page(head, clinic, self.console_app.clock.now(), self.zone)
        handed = self._handover
        if handed is None or handed.team != self.team:
            return None
        return handover_words.handover_page(handed, clinic, self.zone)

    # -- doing ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that does nothing here is not offered."""
        if action == "day":
            return self._tab != HANDOVER
        if action == "sign":
            return self._tab == SUMMARIES and self._lead
        if action == "team":
            return self._tab == HANDOVER and self._lead
        return super().check_action(action, parameters)

    def action_day(self, way: int) -> None:
        """The day before or after; tomorrow has no figures yet."""
        wanted = self.day + timedelta(days=way)
        today = self.local_now().date()
        if wanted > today:
            toast(self.app, _("This day has not begun yet."))
            return
        self._go_to(None if wanted == today else wanted)

    def action_today(self) -> None:
        """Back to today."""
        self._go_to(None)

    def _go_to(self, day: date | None) -> None:
        self._day = day
        self._shown_anew()

    def action_tab(self, number: int) -> None:
        """A tab by its digit."""
        if number - 1 in self._tabs():
            self._tab = number - 1
            self._shown_anew()

    def action_next_tab(self) -> None:
        """The next tab."""
        tabs = self._tabs()
        self.action_tab(tabs[(tabs.index(self._tab) + 1) % len(tabs)] + 1)

    def action_team(self) -> None:
        """The whole team's page, or one's own."""
        self._team = not self.team
        self._shown_anew()

    def _shown_anew(self) -> None:
        self.query_one(VerticalScroll).scroll_home(animate=False)
        self.repaint()
        self._reread.wish()

    def action_scroll(self, way: int) -> None:
        """A line up or down."""
        scrolling.by_lines(self.query_one(VerticalScroll), way)

    def action_page(self, way: int) -> None:
        """A page up or down."""
        scrolling.by_pages(self.query_one(VerticalScroll), way)

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)

    def action_sign(self) -> None:
        """The head has seen the summaries."""
        self.job(self._sign())

    async def _sign(self) -> None:
        from console.desk import day_summary

        app, seat, day, seen = self.console_app, self.console_app.seat, self.day, self._head
        if seat is None or seen is None or seen.day != day:
            return
        question = _("Sign off the summaries of {day}?", day=day_word(day))
        if day >= self.local_now().date():
            question = (
                _("This day is not over: what is saved later stands beside what you sign.") + "\n" + question
            )
        ask = Confirm(question, _("sign off"))
        if await self.app.push_screen_wait(ask):
            head = await app.work.write(day_summary.sign, seat, day, app.clock.now(), seen.numbers)
            if day == self.day and app.seat is seat:
                self._head = head
                self.repaint()
            toast(app, _("Signed off."))

    def action_quality(self) -> None:
        """Reviews of real calls."""
        from console.screens.quality import QualityScreen

        self.app.push_screen(QualityScreen())

    def action_readiness(self) -> None:
        """Who is ready for real calls, or what one has practised oneself."""
        from console.screens import readiness

        readiness.open_for(self)

    def action_write(self) -> None:
        """Writes the page in front to a file."""
        self.job(self._write())

    async def _write(self) -> None:
        page, seat = self._page(), self.console_app.seat
        if page is None or seat is None:
            return
        kind = TABS[self._tab]
        about = ("team" if self.team else seat.login) if self._tab == HANDOVER else self.day.isoformat()
        of_day = self.local_now().date() if self._tab == HANDOVER else self.day
        begin = str(Path.home() / f"aftercall-{kind}-{of_day}.html")

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import exporting
            from console.exchange import out

            app = self.console_app
            typed = text_of(values, "file").strip()
            form = Path(typed).suffix.lstrip(".").lower()
            if form not in FORMS:
                raise FieldFault("file", _("The name ends with .html, .md or .xlsx."))
            place = await app.work.read(out.free, Path(typed))
            await app.work.write(exporting.page_written, seat, kind, about, form, app.clock.now())
            return await app.work.read(_make, place, page, form)

        told = _(
            "A new file that only you can read; names in it are masked. The ending says how: .html .md .xlsx"
        )
        window = FormDialog(
            _("Write this page"), [Field("file", _("file"), value=begin, limit=1_000)], do, about=told
        )
        done: Path | None = await self.app.push_screen_wait(window)
        if done is not None:
            toast(self.app, _("Written: {path}", path=str(done)))


def _make(place: Path, page: Page, form: str) -> Path:
    from console.exchange import documents, out

    made = {
        "html": lambda: documents.as_html(page).encode("utf-8"),
        "md": lambda: documents.markdown(page).encode("utf-8"),
        "xlsx": lambda: documents.xlsx(page),
    }
    return out.write_new(place, made[form]())


def page_lines(page: Page, width: int) -> list[str]:
    """A page as lines of at most so many cells, its tables in columns."""
    lines = list(page.lines)
    for section in page.sections:
        lines += ["", section.title, *(f"  {line}" for line in section.lines)]
        if section.headers:
            lines += table_lines(section, width)
    return lines


def table_lines(section: Section, width: int) -> list[str]:
    """A table in columns as wide as what stands in them; what does not fit is cut where most room is."""
    rows = [
        section.headers,
        *([str(cell) if cell is not None else "-" for cell in row] for row in section.rows),
    ]
    widths = [max(cells(str(row[column])) for row in rows) for column in range(len(section.headers))]
    while sum(widths) + GAP * len(widths) > width and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    gap = " " * GAP
    return [
        gap.join(fit(cell, wide) for cell, wide in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
