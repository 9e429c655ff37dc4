"""Small windows of a patient's file about coming back: booking, another time, came or missed, a review she declines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final

from console import i18n
from console.i18n import _, p_
from console.screens.asking import asked
from console.screens.form import FieldFault, FormDialog, text_of
from console.screens.patient_windows import NO, YES, PatientFile, yes_no
from console.text import toast
from console.widgets.dialogs import Choose
from console.widgets.fields import Field, Value
from console.widgets.patient_lines import APPOINTMENTS, appointment_state, appointment_word, treatment_words
from db.enums import AppointmentKind, AppointmentStatus, ItemState
from db.records import AppointmentLine, PromiseTime

CAME, PHOTO, MISSED, MOVE, CANCEL, CANCEL_REST = "came", "photo", "missed", "move", "cancel", "cancel_rest"
ASKING: Final = ("D30",)
"""Calls that ask for a review, as the plan tables have them; the desk decides, this only offers the line."""
SOON_DAYS: Final = 14
"""Days before that call from which her no is offered in the list."""
_OPEN: Final = (ItemState.WAITING, ItemState.READY, ItemState.LAPSED)


def _when(screen: PatientFile, values: Mapping[str, Value], name: str) -> datetime:
    """A typed moment; what is wrong with it is said at its field."""
    from console.rules import promise

    app = screen.console_app
    assert app.seat is not None
    read = promise.parse(text_of(values, name).strip(), app.clock.now(), app.seat.policy)
    if not isinstance(read, PromiseTime):
        raise FieldFault(name, i18n.reason_text(i18n.language(), read))
    return read.at


def _number(values: Mapping[str, Value], name: str, empty: int) -> int:
    text = text_of(values, name).strip()
    if not text:
        return empty
    # Full-width digits are digits too.
    if not text.isdecimal() or len(text) > 3:
        raise FieldFault(name, _("a whole number"))
    return int(text)


async def book(screen: PatientFile) -> None:
    """Notes a booked return to the clinic, or a series of them.

    Args:
        screen: the file.
    """
    app, page = screen.console_app, screen.page
    if page is None:
        return
    key = token_hex(8)
    kinds = tuple((str(kind), p_("appointment", words)) for kind, words in APPOINTMENTS.items())
    known = [one for one in page.treatments if not one.masked]
    about = tuple((str(one.id), treatment_words(one)) for one in known)
    # Whoever was never treated is asked on the day whether she comes; after an operation the plan's calls do it.
    that_day = NO if page.treatments else YES
    fields = [
        Field("kind", _("what for"), "one", str(AppointmentKind.REVIEW), kinds),
        Field("at", _("when"), hint=_("tomorrow 10am, Fri 10:00"), limit=40),
        *([Field("treatment", p_("field", "treatment"), "one", about[0][0], about)] if about else []),
        Field("every", _("again every"), hint=_("days; empty: once"), limit=3),
        Field("times", _("how many times"), hint=_("empty: once"), limit=3),
        Field("confirm", _("call that day"), "one", that_day, yes_no()),
        Field("note", _("note"), limit=300),
    ]

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import appointments

        seat = app.seat
        assert seat is not None
        chosen = text_of(values, "treatment") if about else ""
        booking = appointments.Booking(
            AppointmentKind(text_of(values, "kind")),
            _when(screen, values, "at"),
            int(chosen) if chosen else None,
            _number(values, "every", 0),
            _number(values, "times", 1),
            text_of(values, "confirm") == YES,
            text_of(values, "note"),
        )
        return await asked(
            app,
            lambda sure: app.work.write(
                appointments.book, seat, screen.patient_id, booking, key, app.clock.now(), sure=sure
            ),
        )

    booked = await app.push_screen_wait(FormDialog(_("Booked return"), fields, do))
    if booked is not None:
        many = len(booked.ids)
        toast(app, _("{n} appointments booked.", n=many) if many > 1 else _("Saved."))
        await screen.read()


def _line(screen: PatientFile, one: AppointmentLine) -> str:
    return f"{screen.local(one.at):%Y-%m-%d %H:%M}  {appointment_word(one.kind)}  {appointment_state(one.status)}"


async def appointment(screen: PatientFile, row: int | None) -> None:
    """What became of an appointment: came, missed, moved, cancelled. A missed one is called about at once.

    Args:
        screen: the file.
        row: the appointment under the cursor, None elsewhere.
    """
    app, page = screen.console_app, screen.page
    if page is None or app.seat is None:
        return
    known = {one.id: one for one in page.appointments if one.status != AppointmentStatus.CANCELLED}
    if row not in known:
        lines = [(one.id, _line(screen, one)) for one in known.values()]
        row = await app.push_screen_wait(Choose(_("Which appointment?"), lines)) if lines else None
    if row is None:
        return
    one = known[row]
    what = await app.push_screen_wait(Choose(_line(screen, one), _choices(one)))
    if what in (CAME, PHOTO, MISSED):
        await _mark(screen, one, str(what))
    elif what == MOVE:
        await _move(screen, one)
    elif what is not None:
        await _cancel(screen, one, rest=what == CANCEL_REST)


def _choices(one: AppointmentLine) -> list[tuple[str, str]]:
    found = [
        (CAME, p_("came", "came")),
        (PHOTO, _("came, photographs taken")),
        (MISSED, p_("came", "missed")),
    ]
    if one.status == AppointmentStatus.BOOKED:
        found += [(MOVE, _("another time")), (CANCEL, _("cancel it"))]
        if one.series_id is not None:
            found.append((CANCEL_REST, _("cancel it and all later ones of the series")))
    return found


async def _mark(screen: PatientFile, one: AppointmentLine, what: str) -> None:
    from console.desk import appointments

    app = screen.console_app
    assert app.seat is not None
    planned = await app.work.write(
        appointments.mark_appointment,
        app.seat,
        one.id,
        what != MISSED,
        app.clock.now(),
        photo=what == PHOTO,
    )
    toast(app, _("Saved; a call about it is planned.") if planned else _("Saved."))
    await screen.read()


async def _move(screen: PatientFile, one: AppointmentLine) -> None:
    app = screen.console_app

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import appointments

        seat = app.seat
        assert seat is not None
        at, reason = _when(screen, values, "at"), text_of(values, "reason")
        await asked(
            app,
            lambda sure: app.work.write(
                appointments.move, seat, one.id, at, reason, app.clock.now(), sure=sure
            ),
        )
        return True

    fields = [
        Field("at", _("when"), hint=_("tomorrow 10am, Fri 10:00"), limit=40),
        Field("reason", _("reason"), limit=300),
    ]
    title = _("Another time for the appointment")
    if await app.push_screen_wait(FormDialog(title, fields, do, about=_line(screen, one))) is not None:
        toast(app, _("Saved."))
        await screen.read()


async def _cancel(screen: PatientFile, one: AppointmentLine, *, rest: bool) -> None:
    app = screen.console_app

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import appointments

        assert app.seat is not None
        reason = text_of(values, "reason")
        return await app.work.write(appointments.cancel, app.seat, one.id, reason, app.clock.now(), rest=rest)

    fields = [Field("reason", _("reason"), limit=300)]
    title = _("Cancel the appointment")
    gone = await app.push_screen_wait(FormDialog(title, fields, do, about=_line(screen, one)))
    if gone is not None:
        many = int(gone)
        toast(app, _("{n} appointments cancelled." if many > 1 else "The appointment is cancelled.", n=many))
        await screen.read()


def asks_for_review(screen: PatientFile) -> bool:
    """Whether a call that asks for a review is open and not far off."""
    page = screen.page
    soon = screen.local(screen.console_app.clock.now()).date() + timedelta(days=SOON_DAYS)
    return page is not None and any(
        one.milestone in ASKING and one.state in _OPEN and one.due_on is not None and one.due_on <= soon
        for one in page.plan
    )


async def refuse_review(screen: PatientFile) -> None:
    """Notes that she will not come for the review.

    Args:
        screen: the file.
    """
    app = screen.console_app

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import reviewing

        assert app.seat is not None
        reason = text_of(values, "reason")
        return await app.work.write(
            reviewing.refuse_review, app.seat, screen.patient_id, reason, app.clock.now()
        )

    about = _("The call that asks for the review is over; later calls stay.")
    fields = [Field("reason", _("reason"), limit=300)]
    window = FormDialog(_("She will not come for the review"), fields, do, about=about)
    if await app.push_screen_wait(window) is not None:
        toast(app, _("Saved."))
        await screen.read()
