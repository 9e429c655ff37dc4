"""The form a complaint is taken down with: what happened, how serious, about whom, what is wanted; the playbook
beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import token_hex
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from console.i18n import _, p_
from console.rules import complaints as rules
from console.screens.case_book import case_book
from console.screens.form import FieldFault, FormScreen, many_of, text_of
from console.screens.moments import RECENT, moment_of
from console.screens.playbook_window import PlaybookWindow
from console.scripts.records_service import CaseBook
from console.text import toast, ui_text
from console.widgets import service_words as words
from console.widgets.call_panes import Pane
from console.widgets.case_words import severity_word
from console.widgets.dialogs import Confirm
from console.widgets.fields import Choices, Field, Fields, Value
from console.widgets.playbook_lines import playbook_lines
from db.enums import ComplaintClass, ProcessStage, Received, Severity
from db.records import Claim, ComplaintForm, Named, Raised

NONE: Final = "-"
YES, NO = "yes", "no"


def yes_no() -> tuple[tuple[str, str], ...]:
    """The two choices of a field, no first."""
    return ((NO, p_("choice", "no")), (YES, p_("choice", "yes")))


class IntakeScreen(FormScreen):
    """A form that takes something down, for a person on file, for nobody on file, or inside a call.

    Args:
        patient_id: whose; None for nobody on file.
        claim: the call it was heard in; None outside one.
    """

    SCOPE: ClassVar[str] = "intake"
    CSS_PATH = "complaint_form.tcss"

    def __init__(self, patient_id: int | None, claim: Claim | None = None) -> None:
        super().__init__()
        self.patient_id, self.claim = patient_id, claim
        self.key = f"case:{token_hex(8)}"
        self.whom = ""

    def of_whom(self, words: str) -> str:
        """The headline with whom it is for: nobody writes of somebody else."""
        return f"{words}  {self.whom or _('nobody on file')}"

    def channels(self) -> tuple[tuple[str, str], ...]:
        """How it came in: in a call by telephone, else most likely in person."""
        first = Received.PHONE if self.claim is not None else Received.WALK_IN
        return tuple(
            (str(one), words.way_word(one)) for one in sorted(Received, key=lambda one: one != first)
        )

    def received(self) -> Field:
        """When it came in."""
        return Field("received", _("came in"), hint=_("empty: now; else 14:30 or 06-20 14:30"), limit=20)

    async def came_in(self, values: Mapping[str, Value]) -> datetime | None:
        """When it came in; asks once more about a day long ago, for every clock runs from it.

        Raises:
            FieldFault: it cannot be read, or was not meant.
        """
        now = self.local_now()
        at = moment_of(values, "received", now)
        if at is not None and now - at > RECENT:
            days = (now.date() - at.date()).days
            sure = await self.app.push_screen_wait(
                Confirm(
                    _("Came in {n} days ago, on {day}?", n=days, day=f"{at:%Y-%m-%d}"), _("yes, that day")
                )
            )
            if not sure:
                raise FieldFault("received", _("Write when it came in."))
        return at


class ComplaintFormScreen(IntakeScreen):
    """Gives the case's id, or None.

    Args:
        patient_id, claim: as of any intake.
        people: whom of the clinic it can be about.
    """

    def __init__(
        self, patient_id: int | None, claim: Claim | None = None, people: tuple[Named, ...] = ()
    ) -> None:
        super().__init__(patient_id, claim)
        self._people = people
        self._book: CaseBook | None = None
        self._klass: ComplaintClass = ComplaintClass.ATTITUDE

    def headline(self) -> str:
        """What the form does."""
        return self.of_whom(_("A complaint is taken down"))

    def hint(self) -> str:
        """The line under the fields."""
        return _("enter: next field   space: one of several   f2: playbook   ctrl+s: save")

    def fields(self) -> Sequence[Field]:
        """First the words, then how serious, then what is wanted."""
        stages = (
            (NONE, p_("process stage", "none")),
            *((str(one), words.process_word(one)) for one in ProcessStage),
        )
        signs = tuple((code, p_("complaint sign", words.SIGNS.get(code, code))) for code in rules.CRITERIA)
        made = [
            Field("words", _("in her words"), "long", limit=4000),
            Field(
                "klass",
                _("class"),
                "one",
                options=tuple((str(one), words.class_word(one)) for one in ComplaintClass),
            ),
            Field("stage", _("in the process"), "one", NONE, stages),
            Field(
                "severity",
                _("how serious"),
                "one",
                options=tuple((str(one), severity_word(one)) for one in Severity),
            ),
            Field("criteria", _("because"), "many", (), signs),
            Field("surgery", _("doubts the op."), "one", NO, yes_no()),
            Field("demand", _("wants"), limit=1000),
            Field("refund", _("money back"), "one", NO, yes_no()),
            Field("about_words", _("about whom"), hint=_("person, department"), limit=500),
        ]
        if self._people:
            staff = tuple((str(one.id), one.name) for one in self._people)
            made.append(Field("about_staff", _("of our staff"), "many", (), staff))
        return [*made, Field("channel", _("how"), "one", options=self.channels()), self.received()]

    def body(self) -> ComposeResult:
        """Fields, where there is room the playbook beside them, and the last two lines."""
        with Horizontal(id="form-body"):
            yield Fields(self.fields())
            with VerticalScroll(id="intake-side", can_focus=False):
                yield Pane(id="intake-book", markup=False)
        yield Static(id="form-error", markup=False)
        yield Static(ui_text(self.hint()), id="form-hint")

    def on_mount(self) -> None:
        """Reads the playbook."""
        self.job(self._read_book(), group="book", exclusive=True)

    async def _read_book(self) -> None:
        from console.desk import case_books
        from console.rules import sla

        app = self.console_app
        if app.seat is None:
            return
        now = app.clock.now()
        books = await app.work.read(case_books.books_for, app.seat, self.patient_id, self._klass, now)
        if books.ordered:
            book = books.ordered[0]
            clocks = sla.complaint(Severity(book.severity), now, app.seat.policy)
            self._book = case_book(self, books, book, clocks.resolve_by, clocks.contact_by)
            self._paint()

    def on_choices_changed(self, event: Choices.Changed) -> None:
        """Another class has another playbook."""
        found = self.query_one(Fields).values().get("klass")
        if isinstance(found, str) and found and ComplaintClass(found) is not self._klass:
            self._klass = ComplaintClass(found)
            self.job(self._read_book(), group="book", exclusive=True)

    def repaint(self) -> None:
        """Labels and playbook in another language; what was typed stays."""
        super().repaint()
        self._paint()

    def _paint(self) -> None:
        if self._book is not None:
            self.query_one("#intake-book", Pane).show_lines(playbook_lines(self._book))

    def action_playbook(self) -> None:
        """The playbook in a window."""
        if self._book is not None:
            self.app.push_screen(PlaybookWindow(_("Playbook"), playbook_lines(self._book), other=False))

    async def save(self, values: Mapping[str, Value]) -> int:
        """Writes it and gives the case's id."""
        from console.desk import complaints

        app = self.console_app
        assert app.seat is not None
        stage = text_of(values, "stage")
        form = ComplaintForm(
            klass=ComplaintClass(text_of(values, "klass")),
            severity=Severity(text_of(values, "severity")),
            words=text_of(values, "words"),
            channel=Received(text_of(values, "channel")),
            stage=None if stage == NONE else ProcessStage(stage),
            criteria=many_of(values, "criteria"),
            surgery=text_of(values, "surgery") == YES,
            about_staff=tuple(int(one) for one in many_of(values, "about_staff")) if self._people else (),
            about_words=text_of(values, "about_words"),
            demand=text_of(values, "demand"),
            refund=text_of(values, "refund") == YES,
            received_at=await self.came_in(values),
        )
        raised = await app.work.write(
            complaints.take_complaint, app.seat, self.claim, self.patient_id, form, self.key, app.clock.now()
        )
        self._say_more(form, raised)
        return raised.escalation.id

    def _say_more(self, form: ComplaintForm, raised: Raised) -> None:
        """Says what taking it down did beside what was typed."""
        severity = raised.escalation.severity
        if severity is not None and severity is not form.severity:
            signs = (p_("complaint sign", words.SIGNS.get(code, code)) for code in form.criteria)
            said = _(
                "Taken down as {severity}, because of: {signs}.",
                severity=severity_word(severity),
                signs=", ".join(signs),
            )
            toast(self.app, said, "warning")
        if raised.alarm_id is not None:
            said = _("It says something of the body: clinical case #{n} was raised too.", n=raised.alarm_id)
            toast(self.app, said, "warning")
