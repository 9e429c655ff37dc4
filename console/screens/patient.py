"""A patient's file: the card on top, one part of the file below it, and what can be added or corrected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import OptionList, Static

from console.i18n import _, p_
from console.screens import explain, patient_more, patient_visits, patient_windows, take_case
from console.screens.result_window import show_result
from console.text import toast, ui_text
from console.widgets.call_panes import Pane
from console.widgets.dialogs import Choose
from console.widgets.patient_lines import SECTIONS, call_lines, card_lines, section_rows, treatment_words
from console.widgets.reading_lines import CallWindow, TrackWindow, reading_lines
from console.widgets.row_list import RowList
from console.words import post_op_words, procedure_word
from db.enums import Role
from db.patient_records import PatientPage, TreatmentLine
from db.records import HistoryLine

TREATMENTS, PLAN, CALLS, ESCALATIONS, APPOINTMENTS, PEOPLE, CONSENTS, VISITS = range(len(SECTIONS))
WRITES = (
    *("edit", "new_treatment", "edit_treatment", "remove_treatment", "add_person"),
    *("consent", "appointment", "book", "more"),
)


class PatientScreen(patient_windows.PatientFile):
    """One patient's file. Reading it is audited, so it is read when opened and after a change made here.

    Args:
        patient_id: whose.
    """

    SCOPE: ClassVar[str] = "patient"
    CSS_PATH = "patient.tcss"
    AUTO_FOCUS = "RowList"

    def __init__(self, patient_id: int) -> None:
        super().__init__()
        self.patient_id = patient_id
        self.page: PatientPage | None = None
        self._section = TREATMENTS

    def headline(self) -> str:
        """Who, and the newest operation."""
        if self.page is None:
            return _("Patient")
        newest = self.page.treatments[0] if self.page.treatments else None
        parts = [self.page.name]
        if newest is not None:
            parts += [procedure_word(newest.procedure), post_op_words(newest.day)]
        return "  ".join(part for part in parts if part)

    def body(self) -> ComposeResult:
        """Card, parts, list."""
        yield Pane(id="patient-card", markup=False)
        yield Static(id="patient-parts", markup=False)
        yield Static(id="patient-empty", markup=False)
        yield RowList(id="patient-rows")

    def on_mount(self) -> None:
        """Opens the file."""
        self.action_refresh()

    def action_refresh(self) -> None:
        """Reads the file; the reading is audited."""
        self.job(self.read())

    async def read(self) -> None:
        """Reads the file and shows it."""
        from console.desk import patients

        app = self.console_app
        if app.seat is not None:
            self.page = await app.work.write(patients.page, app.seat, self.patient_id, app.clock.now())
            # The record asked for may have been merged into another.
            self.patient_id = self.page.patient_id
            self.repaint()

    def repaint(self) -> None:
        """Everything in the language of the moment."""
        if not self.is_mounted or self.page is None:
            return
        seat = self.console_app.seat
        country = seat.policy.clinic.country if seat is not None else "CN"
        self.query_one("#patient-card", Pane).show_lines(card_lines(self.page, country))
        self._show_section()
        self.repaint_lines()

    def minute_passed(self) -> None:
        """A new day changes the post-op day."""
        self.repaint_lines()

    def _show_section(self) -> None:
        page = self.page
        if page is None:
            return
        parts: list[str] = []
        for number, words in enumerate(SECTIONS):
            count = len(section_rows(page, number, self.zone)) if number != CONSENTS else len(page.consents)
            # Hard blanks: a part never breaks in its middle.
            text = f"{number + 1} {p_('section', words)}{f' {count}' if count else ''}".replace(" ", "\u00a0")
            parts.append(f"[{text}]" if number == self._section else text)
        self.query_one("#patient-parts", Static).update(ui_text(" ".join(parts)))
        rows = section_rows(page, self._section, self.zone)
        self.query_one(RowList).show_rows(rows)
        empty = self.query_one("#patient-empty", Static)
        empty.display = not rows
        empty.update(ui_text(_("Nothing here.")))

    def action_section(self, number: int) -> None:
        """A part of the file by its digit."""
        self._section = number - 1
        self.query_one(RowList).forget_place()
        self._show_section()
        self.repaint_lines()

    def action_side(self, step: int) -> None:
        """The next part of the file."""
        self.action_section((self._section + step) % len(SECTIONS) + 1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be changed before the file is there."""
        if action == "copy":
            return self._row_of(CALLS) is not None
        if action in WRITES:
            if self.page is None:
                return False
            if action in ("edit_treatment", "remove_treatment"):
                return any(not one.masked for one in self.page.treatments)
            return bool(self.page.appointments) if action == "appointment" else True
        if action == "take_case":
            seat = self.console_app.seat
            return seat is not None and seat.role is not Role.TRAINEE
        return super().check_action(action, parameters)

    # -- a line of the list --------------------------------------------------------------------

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a line: what it stands for."""
        event.stop()
        page, row = self.page, self.query_one(RowList).current
        if page is None or row is None:
            return
        if self._section == TREATMENTS:
            self.action_edit_treatment()
        elif self._section == PLAN:
            self.action_why_not()
        elif self._section == CALLS:
            line = next(one.line for one in page.calls if one.line.call_id == row)
            self.job(self._earlier_call(line))
        elif self._section == ESCALATIONS:
            self.console_app.open_escalation(row)
        elif self._section == APPOINTMENTS:
            self.action_appointment()
        elif self._section == CONSENTS:
            self.action_consent()

    async def _earlier_call(self, line: HistoryLine) -> None:
        """What was noted, and behind it the talk-track as it was read, which is read and audited only then."""
        if not await self.app.push_screen_wait(CallWindow(_("Call"), call_lines(line, self.zone))):
            return
        from console.desk import reading

        app = self.console_app
        if app.seat is not None:
            read = await app.work.write(reading.as_read, app.seat, line.call_id, app.clock.now())
            self.app.push_screen(TrackWindow(_("Talk-track as it was read"), reading_lines(read)))

    def _row_of(self, section: int) -> int | None:
        return self.query_one(RowList).current if self._section == section else None

    # -- doing ---------------------------------------------------------------------------------

    def action_edit(self) -> None:
        """Corrects the card."""
        self.job(self._edit())

    async def _edit(self) -> None:
        from console.screens.patient_form import PatientFormScreen

        # What a colleague changed meanwhile must not be overwritten by an old page.
        await self.read()
        if (
            self.page is not None
            and await self.app.push_screen_wait(PatientFormScreen(self.page)) is not None
        ):
            await self.read()

    def action_new_treatment(self) -> None:
        """Adds a treatment."""
        self.job(self._treatment(None))

    def action_edit_treatment(self) -> None:
        """Corrects the treatment under the cursor, or one that is chosen."""
        self.job(self._choose_treatment())

    async def _choose_treatment(self) -> None:
        await self.read()
        chosen = await self._which_treatment(_("Which treatment?"))
        if chosen is not None:
            await self._treatment(chosen)

    async def _which_treatment(self, title: str) -> TreatmentLine | None:
        if self.page is None:
            return None
        known: Mapping[int, TreatmentLine] = {one.id: one for one in self.page.treatments if not one.masked}
        under = self._row_of(TREATMENTS)
        if under is not None and under not in known:
            toast(self.app, _("Only somebody authorised may open this treatment."), "warning")
            return None
        if under is None and len(known) == 1:
            under = next(iter(known))
        if under is None and known:
            options = [(one.id, treatment_words(one)) for one in known.values()]
            under = await self.app.push_screen_wait(Choose(title, options))
        return None if under is None else known[under]

    async def _treatment(self, treatment: TreatmentLine | None) -> None:
        from console.screens.treatment_form import TreatmentFormScreen

        saved = await self.app.push_screen_wait(TreatmentFormScreen(self.patient_id, treatment))
        if saved is not None:
            toast(
                self.app,
                _(
                    "{planned} calls planned, {closed} taken back.",
                    planned=saved.planned,
                    closed=saved.closed,
                ),
            )
            if saved.read:
                toast(
                    self.app,
                    _("{n} calls were read from the wrong track; the lead has been told.", n=len(saved.read)),
                    "warning",
                )
            await self.read()

    def action_remove_treatment(self) -> None:
        """Takes back a treatment."""
        self.job(self._remove_treatment())

    async def _remove_treatment(self) -> None:
        chosen = await self._which_treatment(_("Which treatment never was?"))
        if chosen is not None:
            await patient_windows.remove_treatment(self, chosen)

    def action_add_person(self) -> None:
        """Adds a contact person."""
        self.job(patient_windows.add_person(self))

    def action_consent(self) -> None:
        """What the patient allows or refuses."""
        self.job(patient_windows.consent(self, self._row_of(CONSENTS)))

    def action_appointment(self) -> None:
        """Came, missed it, another time, cancelled."""
        self.job(patient_visits.appointment(self, self._row_of(APPOINTMENTS)))

    def action_book(self) -> None:
        """Notes a booked return."""
        self.job(patient_visits.book(self))

    def action_more(self) -> None:
        """What else can be noted."""
        self.job(self._more())

    async def _more(self) -> None:
        # What a colleague noted meanwhile decides what there is to note.
        await self.read()
        await patient_more.more(self)

    def action_take_case(self) -> None:
        """Takes down a complaint or a request."""
        self.job(take_case.of_patient(self, self.patient_id))

    def action_result(self) -> None:
        """The result by dimension over time, and where photographs are."""
        self.job(show_result(self, self.patient_id, None))

    def action_copy(self) -> None:
        """The summary of the call under the cursor, for the clinic's own system."""
        row = self._row_of(CALLS)
        if row is not None:
            from console.screens.report_door import copy_call

            self.job(copy_call(self, row))

    def action_why_not(self) -> None:
        """Why her calls are not in the list."""
        if self.page is not None:
            self.job(explain.why_not_of(self, self.patient_id, self.page.name))

    def action_back(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)
