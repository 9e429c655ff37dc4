"""Reviews of real calls: what was drawn and why, a month explained, what is to be improved, the report."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from dateutil.relativedelta import relativedelta
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import OptionList, Static

from console import quality_words as words
from console.exchange.documents import Page
from console.i18n import _, p_
from console.screens.frame import Frame
from console.screens.reports import page_lines
from console.screens.rereading import Rereading
from console.text import cut, fit, toast, ui_text
from console.widgets import scrolling
from console.widgets.dialogs import Ask
from console.widgets.row_list import RowList
from db.enums import ImprovementState, ReviewStatus, Role

if TYPE_CHECKING:
    from console.desk.improving import Improvement
    from console.desk.quality import Review
    from console.desk.quality_report import QualityReport

REVIEWS, ASSESSMENT, IMPROVE, REPORT = range(4)
TABS = ("reviews", "assessment", "to improve", "report")
BEFORE = timedelta(days=14)
"""Reviews of so many days before the month stand in its list: on its first day yesterday's belong there."""


def tab_word(number: int) -> str:
    """A part's title."""
    return (
        p_("quality tab", "reviews"),
        p_("quality tab", "assessment"),
        p_("quality tab", "to improve"),
        p_("quality tab", "report"),
    )[number]


class QualityScreen(Frame):
    """Four parts. A lead sees everybody's and draws by opening it; others see what was said of their own calls."""

    SCOPE: ClassVar[str] = "quality"
    CSS_PATH = "quality.tcss"
    AUTO_FOCUS = "RowList"

    def __init__(self) -> None:
        super().__init__()
        self._tab = REVIEWS
        self._month: date | None = None
        self._drew = False
        self._unread = 0
        self._reviews: tuple[Review, ...] | None = None
        self._improvements: tuple[Improvement, ...] | None = None
        self._report: QualityReport | None = None
        self._reread = Rereading(self, self._read)

    @property
    def month(self) -> date:
        """First day of the month that is shown."""
        return self._month or self.local_now().date().replace(day=1)

    @property
    def _last(self) -> date:
        return min(self.month + relativedelta(months=1, days=-1), self.local_now().date())

    @property
    def _lead(self) -> bool:
        seat = self.console_app.seat
        return seat is not None and seat.role is Role.LEAD

    def headline(self) -> str:
        """Which month, and how many reviews of her own calls somebody has not read."""
        title = _("Reviewed calls") if self._lead else _("What was said of my calls")
        new = f"  {_('not read yet: {n}', n=self._unread)}" if self._unread else ""
        return f"{title}  {self.month:%Y-%m}{new}"

    def body(self) -> ComposeResult:
        """Parts, the list with the words of what is under the cursor, or a page."""
        yield Static(id="quality-tabs", markup=False)
        yield RowList(id="quality-rows")
        yield Static(id="quality-detail", markup=False)
        with VerticalScroll(id="quality-scroll", can_focus=False):
            yield Static(id="quality-text", markup=False)

    def on_mount(self) -> None:
        """Draws what is due when a lead opens it, then reads."""
        self.repaint()
        self.job(self._begin())

    async def _begin(self) -> None:
        from console.desk import quality_drawing

        app = self.console_app
        if app.seat is not None and self._lead and not self._drew:
            self._drew = True
            drawn = await app.work.write(quality_drawing.draw_due, app.seat, app.clock.now())
            n = sum(one.drawn for one in drawn)
            if n:
                toast(app, _("Calls drawn for review: {n}", n=n))
        self._reread.wish()

    def record_changed(self) -> None:
        """Another seat saved something."""
        self._reread.wish()

    def seat_changed(self) -> None:
        """Another person, or another role, sees other reviews."""
        self._reviews = self._improvements = self._report = None
        self._unread = 0
        self.query_one(RowList).show_rows([])
        self.repaint()
        if self.console_app.seat is not None:
            self._drew = False
            self.job(self._begin())

    def on_resize(self) -> None:
        """Lines are fitted to the width."""
        super().on_resize()
        self.repaint()

    async def _read(self) -> None:
        from console.desk import improving, quality, quality_report

        app, seat = self.console_app, self.console_app.seat
        if seat is None:
            return
        tab, month, now = self._tab, self.month, app.clock.now()
        if tab == REVIEWS:
            self._reviews = await app.work.read(quality.reviews, seat, month - BEFORE, self._last, now)
            self._unread = await app.work.read(quality.unread, seat)
        elif tab == IMPROVE:
            self._improvements = await app.work.read(improving.improvements, seat, now)
        else:
            found = await app.work.read(quality_report.of_days, seat, month, self._last, now)
            self._report = found
        if app.seat is not seat or month != self.month or tab != self._tab:
            self._reviews = self._improvements = self._report = None
            self._reread.wish()
        self.repaint()

    # -- painting ------------------------------------------------------------------------------

    def repaint(self) -> None:
        """Everything in the language of the moment."""
        if not self.is_mounted:
            return
        titles = (f"{number + 1} {tab_word(number)}" for number in range(len(TABS)))
        parts = [f"[{one}]" if number == self._tab else f" {one} " for number, one in enumerate(titles)]
        self.query_one("#quality-tabs", Static).update(ui_text(" ".join(parts)))
        listed = self._tab in (REVIEWS, IMPROVE)
        self.query_one(RowList).display = self.query_one("#quality-detail").display = listed
        self.query_one(VerticalScroll).display = not listed
        if self._tab == REVIEWS and self._reviews is not None:
            self.query_one(RowList).show_rows([(one.id, self._line(one), "") for one in self._reviews])
        elif self._tab == IMPROVE and self._improvements is not None:
            self.query_one(RowList).show_rows(
                [(one.id, self._improvement(one), "") for one in self._improvements]
            )
        elif not listed:
            page = self._page()
            lines = [_("Reading ...")] if page is None else page_lines(page, self.size.width - 3)
            self.query_one("#quality-text", Static).update(ui_text("\n".join(lines)))
        self._show_detail()
        self.repaint_lines()

    def _line(self, one: Review) -> str:
        return " ".join(
            (
                fit(f"{one.day:%m-%d}", 5),
                fit(words.status_word(one.status), 9),
                fit(words.points(one.score, one.of), 8),
                fit(one.staff, 8),
                fit(words.who(one), 26),
                words.rules_words(one.drawn_for),
            )
        )

    def _improvement(self, one: Improvement) -> str:
        late = f" {_('overdue')}" if one.overdue else ""
        return " ".join(
            (
                fit(f"{one.due_on:%m-%d}", 5),
                fit(words.state_word(one.state) + late, 12),
                fit(one.owner, 8),
                one.text,
            )
        )

    def _page(self) -> Page | None:
        report, seat = self._report, self.console_app.seat
        if report is None or seat is None or report.first != self.month:
            return None
        first = self.console_app.lookout.first
        policy = seat.policy.quality
        lost = (policy.no_first_plan, policy.missing_plan)
        if self._tab == ASSESSMENT:
            return Page("", (), words.month_sections(report.month, *lost))
        return words.report_page(report, first.clinic if first is not None else "", self.zone, *lost)

    def _current(self) -> int | None:
        return self.query_one(RowList).current if self.is_mounted else None

    def _review(self) -> Review | None:
        number = self._current()
        return next((one for one in self._reviews or () if one.id == number), None)

    def _chosen(self) -> Improvement | None:
        number = self._current()
        return next((one for one in self._improvements or () if one.id == number), None)

    def _show_detail(self) -> None:
        said = ""
        if self._tab == REVIEWS:
            one = self._review()
            if one is not None:
                said = self._about(one)
            elif self._reviews == ():
                said = _("No call was reviewed.")
        elif self._tab == IMPROVE:
            thing = self._chosen()
            if thing is not None:
                said = "\n".join(part for part in (thing.text, thing.ended_note) if part)
            elif self._improvements == ():
                said = _("Nothing is to be improved.")
        self.query_one("#quality-detail", Static).update(ui_text(said))

    def _about(self, one: Review) -> str:
        first = _("drawn for: {rules}", rules=words.rules_words(one.drawn_for))
        if one.status is ReviewStatus.DRAWN:
            return first + "\n" + _("lapses {at}", at=f"{self.local(one.lapses_at):%m-%d %H:%M}")
        lines = [first]
        if one.note:
            lines.append(f"{one.reviewer}: {cut(one.note, 200)}")
        if one.answer:
            lines.append(f"{one.staff}: {cut(one.answer, 200)}")
        return "\n".join(lines)

    def on_option_list_option_highlighted(self) -> None:
        """Another row."""
        self._show_detail()
        self.repaint_lines()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter opens."""
        event.stop()
        self.action_open()

    # -- doing ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that does nothing here is not offered."""
        if action == "open":
            return self._tab == REVIEWS and self._review() is not None
        if action == "add":
            return self._lead
        if action in ("done", "drop"):
            one = self._chosen() if self._tab == IMPROVE else None
            may = one is not None and one.state is ImprovementState.OPEN
            return may and (action == "done" or self._lead)
        return super().check_action(action, parameters)

    def action_open(self) -> None:
        """The review under the cursor."""
        one = self._review() if self._tab == REVIEWS else None
        if one is not None:
            from console.screens.review import ReviewScreen

            self.app.push_screen(ReviewScreen(one.id), lambda _result: self._reread.wish())

    def action_tab(self, number: int) -> None:
        """A part by its digit."""
        self._tab = number - 1
        self.query_one(RowList).forget_place()
        self.query_one(RowList).show_rows([])
        self.query_one(VerticalScroll).scroll_home(animate=False)
        self.repaint()
        self._reread.wish()

    def action_next_tab(self) -> None:
        """The next part."""
        self.action_tab((self._tab + 1) % len(TABS) + 1)

    def action_month(self, way: int) -> None:
        """The month before or after."""
        wanted = self.month + relativedelta(months=way)
        if wanted > self.local_now().date():
            toast(self.app, _("This month has not begun yet."))
            return
        self._month = wanted
        self._reviews = self._report = None
        self.action_tab(self._tab + 1)

    def action_scroll(self, way: int) -> None:
        """A line up or down; in a list the cursor."""
        if self._tab in (REVIEWS, IMPROVE):
            rows = self.query_one(RowList)
            (rows.action_cursor_down if way > 0 else rows.action_cursor_up)()
            return
        scrolling.by_lines(self.query_one(VerticalScroll), way)

    def action_page(self, way: int) -> None:
        """A page up or down."""
        if self._tab in (REVIEWS, IMPROVE):
            rows = self.query_one(RowList)
            (rows.action_page_down if way > 0 else rows.action_page_up)()
            return
        scrolling.by_pages(self.query_one(VerticalScroll), way)

    def action_add(self) -> None:
        """Something to improve."""
        self.job(self._add())

    async def _add(self) -> None:
        from console.screens import quality_windows

        if await quality_windows.improve(self):
            self._reread.wish()

    def action_done(self) -> None:
        """It was improved."""
        one = self._chosen()
        if one is not None:
            self.job(self._end(one, ImprovementState.DONE))

    def action_drop(self) -> None:
        """It is dropped."""
        one = self._chosen()
        if one is not None:
            self.job(self._end(one, ImprovementState.DROPPED))

    async def _end(self, one: Improvement, state: ImprovementState) -> None:
        from console.desk import improving

        app = self.console_app
        dropped = state is ImprovementState.DROPPED
        title = _("Why is it dropped?") if dropped else _("What was improved?")
        said = await app.push_screen_wait(Ask(title))
        if said is not None and app.seat is not None:
            await app.work.write(improving.end, app.seat, one.id, state, said, app.clock.now())
            toast(app, _("Saved."))
            self._reread.wish()

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)
