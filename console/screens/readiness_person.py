"""One person's practice: courses, competencies, what was missed and what would have been right."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from console import keys
from console.i18n import _, labelled
from console.readiness import words as readiness_words
from console.screens.frame import Frame
from console.screens.rereading import Rereading
from console.text import toast, ui_text
from console.widgets import scrolling
from console.widgets.dialogs import Choose, Confirm
from db.enums import Role

if TYPE_CHECKING:
    from console.desk.readiness import PersonReadiness
    from console.desk.seat import Seat
    from console.rules.readiness_records import Shelf


def read_person(seat: Seat, staff_id: int, now: datetime) -> tuple[Shelf, PersonReadiness]:
    """The shelf and where one person stands; in a reader thread."""
    from console.desk import readiness
    from console.readiness import shelf as readiness_shelf

    shelf = readiness_shelf.shelf()
    return shelf, readiness.person(seat, staff_id, shelf, now)


class ReadinessPersonScreen(Frame):
    """A page to read. Anybody sees her own; a lead everybody's, and allows an exam once more.

    Args:
        staff_id: whose.
    """

    SCOPE: ClassVar[str] = "readiness_person"
    CSS_PATH = "readiness.tcss"
    # Nothing has the focus: the arrows scroll.
    AUTO_FOCUS = ""

    def __init__(self, staff_id: int) -> None:
        super().__init__()
        keys.bind(self, self.SCOPE, at_once=True)
        self._staff_id = staff_id
        self._one: PersonReadiness | None = None
        self._shelf: Shelf | None = None
        self._reread = Rereading(self, self._read)

    def headline(self) -> str:
        """Whose page it is."""
        return labelled(_("Practice"), self._one.name) if self._one else _("Practice")

    def body(self) -> ComposeResult:
        """The page."""
        with VerticalScroll(id="person-scroll", can_focus=False):
            yield Static(id="person-text", markup=False)

    def on_mount(self) -> None:
        """Reads it."""
        self.repaint()
        self._reread.wish()

    def record_changed(self) -> None:
        """She practised."""
        self._reread.wish()

    def seat_changed(self) -> None:
        """Somebody else sits here: only a lead goes on reading another's page."""
        seat = self.console_app.seat
        if seat is None or (seat.role is not Role.LEAD and seat.staff_id != self._staff_id):
            self._one = None
            if self.is_current:
                self.dismiss(None)
        else:
            self._reread.wish()

    async def _read(self) -> None:
        app, seat = self.console_app, self.console_app.seat
        if seat is None:
            return
        shelf, one = await app.work.read(read_person, seat, self._staff_id, app.clock.now())
        if app.seat is seat:
            self._shelf, self._one = shelf, one
            self.repaint()

    def repaint(self) -> None:
        """The page in the language of the moment."""
        if not self.is_mounted:
            return
        lines = [_("Reading ...")]
        if self._one is not None and self._shelf is not None:
            lines = readiness_words.person_lines(self._one, self._shelf, self.zone)
        self.query_one("#person-text", Static).update(ui_text("\n".join(lines)))
        self.repaint_lines()

    # -- doing ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A lead allows another try where an exam rests, and not to herself."""
        if action == "allow":
            seat = self.console_app.seat
            return (
                seat is not None
                and seat.role is Role.LEAD
                and seat.staff_id != self._staff_id
                and self._one is not None
                and bool(self._one.resting)
            )
        return super().check_action(action, parameters)

    def action_scroll(self, way: int) -> None:
        """A line up or down."""
        scrolling.by_lines(self.query_one(VerticalScroll), way)

    def action_page(self, way: int) -> None:
        """A page up or down."""
        scrolling.by_pages(self.query_one(VerticalScroll), way)

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)

    def action_allow(self) -> None:
        """Lets her take an exam once more before its time."""
        self.job(self._allow())

    async def _allow(self) -> None:
        from console.desk import practice

        app, seat, one, shelf = self.console_app, self.console_app.seat, self._one, self._shelf
        if seat is None or one is None or shelf is None or not one.resting:
            return
        exam = one.resting[0]
        if len(one.resting) > 1:
            lines = [
                (number, readiness_words.scenario_title(shelf, rests.scenario))
                for number, rests in enumerate(one.resting)
            ]
            chosen = await app.push_screen_wait(Choose(_("Which exam?"), lines))
            if chosen is None:
                return
            exam = one.resting[chosen]
        title = readiness_words.scenario_title(shelf, exam.scenario)
        question = _("{name} may take the exam {scenario} once more now?", name=one.name, scenario=title)
        if await app.push_screen_wait(Confirm(question, _("allow"))):
            now = app.clock.now()
            await app.work.write(practice.allow, seat, self._staff_id, exam.scenario, exam.course, now)
            toast(app, _("Allowed once."))
            self._reread.wish()
