"""Small windows of a patient's file: contact person, consent, a treatment that never was."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex

from console.i18n import _, p_
from console.screens.form import FormDialog, text_of
from console.screens.frame import Frame
from console.text import toast
from console.widgets.dialogs import Choose
from console.widgets.fields import Field, Value
from console.widgets.patient_lines import purpose_word, treatment_words
from db.enums import Purpose
from db.patient_records import PatientPage, PersonForm, TreatmentLine


class PatientFile(Frame):
    """A patient's file in front: what its small windows need of it."""

    patient_id: int
    page: PatientPage | None

    async def read(self) -> None:
        """Reads the file again."""


YES, NO = "yes", "no"


def yes_no() -> tuple[tuple[str, str], ...]:
    """The two choices of a field, no first."""
    return ((NO, p_("choice", "no")), (YES, p_("choice", "yes")))


async def add_person(screen: PatientFile) -> None:
    """Adds somebody reachable for the patient.

    Args:
        screen: the file.
    """
    key = token_hex(8)
    fields = [
        Field("name", _("name"), limit=100),
        Field("relation", _("relation"), hint=_("mother, husband, friend"), limit=40),
        Field("phone", _("phone"), limit=40),
        Field("consent", _("may hear"), "one", NO, yes_no()),
        Field("guardian", _("guardian"), "one", NO, yes_no()),
    ]

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import patients

        app = screen.console_app
        assert app.seat is not None
        form = PersonForm(
            name=text_of(values, "name"),
            relation=text_of(values, "relation"),
            phone=text_of(values, "phone"),
            consent=text_of(values, "consent") == YES,
            guardian=text_of(values, "guardian") == YES,
        )
        return await app.work.write(
            patients.add_contact_person, app.seat, screen.patient_id, form, key, app.clock.now()
        )

    about = _("May hear: the patient has agreed that clinical things are said to this person.")
    window = FormDialog(_("Contact person"), fields, do, about=about)
    if await screen.app.push_screen_wait(window) is not None:
        toast(screen.app, _("Saved."))
        await screen.read()


async def consent(screen: PatientFile, row: int | None) -> None:
    """Notes what the patient allows or refuses; each purpose stands for itself.

    Args:
        screen: the file.
        row: number of the purpose under the cursor, None elsewhere.
    """
    purposes = list(Purpose)
    purpose = (
        purposes[row]
        if row is not None
        else await screen.app.push_screen_wait(
            Choose(_("Which contacts?"), [(one, purpose_word(one)) for one in purposes])
        )
    )
    if purpose is None:
        return
    fields = [
        Field(
            "given",
            _("the patient"),
            "one",
            NO,
            ((NO, p_("consent", "refuses")), (YES, p_("consent", "allows"))),
        ),
        Field("how", _("said how"), hint=_("on the phone, at the desk"), limit=200),
    ]

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import patients

        app = screen.console_app
        assert app.seat is not None
        given, how = text_of(values, "given") == YES, text_of(values, "how")
        return await app.work.write(
            patients.record_consent, app.seat, screen.patient_id, purpose, given, how, app.clock.now()
        )

    about = {
        Purpose.CARE: _("The few safety calls of the first days go on; every other follow-up call waits."),
        Purpose.SURVEY: _("Follow-up calls for safety go on."),
        Purpose.MARKETING: _("Follow-up calls for safety go on."),
    }[purpose]
    window = FormDialog(purpose_word(purpose), fields, do, about=about)
    if await screen.app.push_screen_wait(window) is not None:
        toast(screen.app, _("Saved."))
        await screen.read()


async def remove_treatment(screen: PatientFile, treatment: TreatmentLine) -> None:
    """Takes back a treatment that never was, with a reason.

    Args:
        screen: the file.
        treatment: which.
    """

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import patients

        app = screen.console_app
        assert app.seat is not None
        reason = text_of(values, "reason")
        return await app.work.write(
            patients.remove_treatment, app.seat, screen.patient_id, treatment.id, reason, app.clock.now()
        )

    about = treatment_words(treatment) + "\n" + _("Its open calls are taken back; calls already made stay.")
    fields = [Field("reason", _("reason"), limit=500)]
    closed = await screen.app.push_screen_wait(
        FormDialog(_("This treatment never was"), fields, do, about=about)
    )
    if closed is not None:
        toast(screen.app, _("{n} open calls taken back.", n=int(closed)))
        await screen.read()
