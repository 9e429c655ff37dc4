"""The form of a treatment, with the dates it would plan beside it while it is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import TYPE_CHECKING, ClassVar

from textual.timer import Timer
from textual.widgets import Static

from console.i18n import _, p_
from console.screens.form import FormScreen, faults_of, text_of
from console.screens.rereading import Rereading
from console.text import fit, ui_text
from console.widgets.dialogs import Choose
from console.widgets.fields import Field, Fields, Value
from console.words import milestone_word, procedure_codes, procedure_word, team_word
from db.enums import ItemState
from db.patient_records import TreatmentForm, TreatmentLine
from db.records import PlannedItem

if TYPE_CHECKING:
    from console.desk.treatment_forms import PlanPreview, SavedTreatment

PAUSE_S = 0.3
"""A pause in typing after which the plan is previewed."""


class TreatmentFormScreen(FormScreen):
    """Gives what was saved, or None.

    Args:
        patient_id: whose.
        treatment: which to correct; None adds one.
    """

    SIDE: ClassVar[bool] = True

    def __init__(self, patient_id: int, treatment: TreatmentLine | None = None) -> None:
        super().__init__()
        self._patient_id, self._treatment = patient_id, treatment
        self._preview: PlanPreview | None = None
        self._said = ""
        self._key = token_hex(8)
        self._pause: Timer | None = None
        self._reread = Rereading(self, self._look_ahead)

    def headline(self) -> str:
        """What the form does."""
        if self._treatment is None:
            return _("New treatment")
        return _("Correct: {name}", name=procedure_word(self._treatment.procedure))

    def hint(self) -> str:
        """The line under the fields."""
        return _("f2: list of procedures   ctrl+s: save; the dates beside are what it plans")

    def fields(self) -> Sequence[Field]:
        """What the plan needs first."""
        one = self._treatment

        def day(name: str) -> str:
            value = getattr(one, name) if one else None
            return value.isoformat() if value else ""

        def text(name: str) -> str:
            return (getattr(one, name) or "") if one else ""

        yes_no = (("no", p_("choice", "no")), ("yes", p_("choice", "yes")))
        return [
            Field("procedure", _("procedure"), value=procedure_word(one.procedure) if one else "", limit=100),
            Field("performed_on", _("operated on"), value=day("performed_on"), hint="2026-05-29", limit=40),
            Field("site", _("site"), value=text("site"), limit=100),
            Field("side", _("side"), value=text("side"), limit=40),
            Field("surgeon", _("surgeon"), value=text("surgeon"), limit=100),
            Field("anaesthesia", _("anaesthesia"), value=text("anaesthesia"), limit=100),
            Field("implant", _("implant"), value=text("implant"), limit=200),
            Field("stitches_on", _("stitches on"), value=day("stitches_on"), limit=40),
            Field("splint_on", _("splint on"), value=day("splint_on"), limit=40),
            Field("inpatient", _("in-patient"), "one", "yes" if one and one.inpatient else "no", yes_no),
            Field("discharge_on", _("home on"), value=day("discharge_on"), limit=40),
            Field("orders", _("orders"), "long", text("orders")),
        ]

    def _form(self, values: Mapping[str, Value]) -> TreatmentForm:
        names = (
            *("procedure", "performed_on", "site", "side", "surgeon", "anaesthesia", "implant", "orders"),
            *("stitches_on", "splint_on", "discharge_on"),
        )
        texts = {name: text_of(values, name) for name in names}
        return TreatmentForm(**texts, inpatient=text_of(values, "inpatient") == "yes")

    def on_mount(self) -> None:
        """The first preview."""
        self._reread.wish()

    def on_fields_edited(self) -> None:
        """Something was typed: the plan is looked at after a pause."""
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE_S, self._reread.wish)

    async def _look_ahead(self) -> None:
        from console.desk import patients

        app = self.console_app
        form = self._form(self.query_one(Fields).values())
        if app.seat is None:
            return
        self._preview, self._said = None, ""
        if form.procedure.strip() and form.performed_on.strip():
            try:
                self._preview = await app.work.read(
                    patients.preview_treatment,
                    app.seat,
                    self._patient_id,
                    form,
                    app.clock.now(),
                    self._treatment.id if self._treatment else None,
                )
            except Exception as error:
                faults = faults_of(error)
                if not faults:
                    raise
                # While it is being typed a date is wrong most of the time: it is said beside, not in red.
                self._said = next(iter(faults.values()))
        self._show_preview()

    def repaint(self) -> None:
        """Labels and preview in another language."""
        super().repaint()
        self._show_preview()

    def _show_preview(self) -> None:
        lines = [_("Calls this plans"), ""]
        preview = self._preview
        if preview is None:
            lines.append(self._said or _("Type procedure and date."))
        else:
            if self._treatment is not None:
                lines.append(_("{n} open calls are taken back", n=preview.closes))
                if preview.read:
                    lines.append(_("{n} calls were already made with the old facts", n=preview.read))
                lines.append("")
            late = {"grace": _("plan made a day late"), "late": _("plan made late: counts as not made")}
            if preview.made in late:
                lines += [late[preview.made], ""]
            lines += [self._line(one) for one in preview.items] or [_("No call is planned.")]
        self.query_one("#form-side", Static).update(ui_text("\n".join(lines)))

    def _line(self, one: PlannedItem) -> str:
        past = "" if one.state is ItemState.WAITING else p_("item state", "before the start")
        words = f"{one.due_on.isoformat()} {fit(milestone_word(one.milestone), 15)} "
        extra = "" if one.is_base else f" {p_('plan', 'extra')}"
        return words + (past or team_word(one.team)) + extra

    async def save(self, values: Mapping[str, Value]) -> SavedTreatment:
        """Writes the treatment and its plan."""
        from console.desk import patients

        app = self.console_app
        assert app.seat is not None
        return await app.work.write(
            patients.save_treatment,
            app.seat,
            self._patient_id,
            self._form(values),
            self._key,
            app.clock.now(),
            self._treatment.id if self._treatment else None,
        )

    def action_choose(self) -> None:
        """The procedure from the list."""
        self.job(self._choose())

    async def _choose(self) -> None:
        options = [(code, procedure_word(code)) for code in procedure_codes()]
        chosen = await self.app.push_screen_wait(Choose(_("Which procedure?"), options))
        if chosen is not None:
            self.query_one(Fields).put("procedure", procedure_word(chosen))
