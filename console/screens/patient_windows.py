"""Small windows of a patient's file: contact person, consent, appointments, a treatment that never was."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex

from console import i18n
from console.i18n import _, p_
from console.screens.form import FieldFault, FormDialog, text_of
from console.screens.frame import Frame
from console.text import toast
from console.widgets.dialogs import Choose
from console.widgets.fields import Field, Value
from console.widgets.patient_lines import (
    APPOINTMENTS,
    appointment_state,
    appointment_word,
    purpose_word,
    treatment_words,
)
from db.enums import AppointmentKind, AppointmentStatus, Purpose
from db.patient_records import PatientPage, PersonForm, TreatmentLine
from db.records import PromiseTime


class PatientFile(Frame):
    """A patient's file in front: what its small windows need of it."""

    patient_id: int
    page: PatientPage | None

    async def read(self) -> None:
        """Reads the file again."""


YES, NO = "yes", "no"


def _yes_no() -> tuple[tuple[str, str], ...]:
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
        Field("consent", _("may hear"), "one", NO, _yes_no()),
        Field("guardian", _("guardian"), "one", NO, _yes_no()),
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


async def appointment(screen: PatientFile, row: int | None) -> None:
    """Says whether the patient came; a missed appointment is called about at once.

    Args:
        screen: the file.
        row: the appointment under the cursor, None elsewhere.
    """
    from console.desk import patients

    app, page = screen.console_app, screen.page
    if page is None or app.seat is None:
        return
    lines = {
        one.id: f"{screen.local(one.at):%Y-%m-%d %H:%M}  {appointment_word(one.kind)}  "
        f"{appointment_state(one.status)}"
        for one in page.appointments
        if one.status != AppointmentStatus.CANCELLED
    }
    if row not in lines:
        row = await app.push_screen_wait(Choose(_("Which appointment?"), list(lines.items())))
    if row is None:
        return
    came = await app.push_screen_wait(
        Choose(lines[row], [(True, p_("came", "came")), (False, p_("came", "missed"))])
    )
    if came is None:
        return
    planned = await app.work.write(patients.mark_appointment, app.seat, row, came, app.clock.now())
    toast(app, _("Saved; a call about it is planned.") if planned else _("Saved."))
    await screen.read()


async def book(screen: PatientFile) -> None:
    """Notes a booked return to the clinic.

    Args:
        screen: the file.
    """
    from console.desk import patients

    app = screen.console_app
    kinds = tuple((str(kind), p_("appointment", words)) for kind, words in APPOINTMENTS.items())
    fields = [
        Field("kind", _("what for"), "one", str(AppointmentKind.REVIEW), kinds),
        Field("at", _("when"), hint=_("tomorrow 10am, Fri 10:00"), limit=40),
    ]

    async def do(values: Mapping[str, Value]) -> object:
        from console.rules import promise

        assert app.seat is not None
        read = promise.parse(text_of(values, "at").strip(), app.clock.now(), app.seat.policy)
        if not isinstance(read, PromiseTime):
            raise FieldFault("at", i18n.reason_text(i18n.language(), read))
        kind = AppointmentKind(text_of(values, "kind"))
        return await app.work.write(
            patients.add_appointment, app.seat, screen.patient_id, kind, read.at, app.clock.now()
        )

    if await app.push_screen_wait(FormDialog(_("Booked return"), fields, do)) is not None:
        toast(app, _("Saved."))
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
