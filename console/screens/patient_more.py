"""What else can be noted on a patient's file: visits, courses, no follow-up, a call on another day, a death."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, Final

from console.i18n import _, p_
from console.screens import patient_merge, patient_visits
from console.screens.form import FormDialog, text_of
from console.screens.patient_windows import PatientFile
from console.text import toast
from console.widgets.dialogs import Choose
from console.widgets.fields import Field, Value
from console.widgets.patient_lines import VISITS
from console.widgets.plan_words import CYCLES, cycle_words, plan_words
from db.enums import ItemClass, ItemState, Role, VisitKind
from db.patient_records import PatientPage

_MOVABLE: Final = (ItemState.WAITING, ItemState.READY)
_STOPS: Final = (Role.CONSULTANT, Role.DOCTOR, Role.LEAD)
Do = Callable[[PatientFile], Awaitable[None]]


async def more(screen: PatientFile) -> None:
    """The list of what else can be noted; only what this person may do, and what there is to do it to.

    Args:
        screen: the file.
    """
    page, seat = screen.page, screen.console_app.seat
    if page is None or seat is None:
        return
    # What everybody's file offers stands first, so that its digit is the same for every patient; a death stands last.
    can: list[tuple[Do, str]] = [
        (_visit, _("A visit without treatment, or a booking nobody came for")),
        (_message, _("A message, or a talk that was no call")),
        (_open_cycle, _("A course begins: package, year card, repeat")),
    ]
    if seat.role in _STOPS:
        again = page.no_follow_up is not None
        can.append((_follow_up, _("Follow up again") if again else _("No follow-up: safety calls only")))
    if seat.role is Role.LEAD:
        on = page.legal_hold
        can.append((_hold, _("Calls may go on") if on else _("No calls for a legal reason")))
        can.append((patient_merge.merge, _("Two records of one person: make them one")))
    if page.deceased_on is None:
        can.append((_extra, _("An extra call")))
    if any(one.kind == VisitKind.NOT_ARRIVED for one in page.visits):
        can.append((_booking, _("What became of a booking")))
    if any(_movable(page)):
        can.append((_move, _("One call on another day")))
    if any(one.closed_on is None for one in page.cycles):
        can.append((_close_cycle, _("A course is over")))
    if patient_visits.asks_for_review(screen):
        can.append((patient_visits.refuse_review, _("She will not come for the review")))
    if page.deceased_on is None:
        can.append((_death, _("The patient has died")))
    elif seat.role in (Role.LEAD, Role.DOCTOR):
        can.append((_undo_death, _("The patient has not died: noted by mistake")))
    do = await screen.app.push_screen_wait(Choose(_("What is to be noted?"), can))
    if do is not None:
        await do(screen)


def _movable(page: PatientPage) -> list[tuple[int, str]]:
    return [
        (one.id, plan_words(one))
        for one in page.plan
        if one.state in _MOVABLE and one.kind == "milestone" and one.klass is not ItemClass.SAFETY
    ]


def _day(values: Mapping[str, Value], name: str) -> date:
    """A typed day; what is wrong with it is said at its field."""
    from console.desk.forms import Checked

    checked = Checked()
    found = checked.day(name, text_of(values, name))
    if found is None and not checked.problems:
        checked.wrong("form_date_missing", name)
    checked.done()
    assert found is not None
    return found


def _today(screen: PatientFile) -> str:
    return f"{screen.local(screen.console_app.clock.now()):%Y-%m-%d}"


async def _ask(
    screen: PatientFile,
    title: str,
    fields: list[Field],
    do: Callable[[Mapping[str, Value]], Awaitable[object]],
    about: str = "",
) -> Any:
    """One window; the file is read again when it did something."""
    done = await screen.app.push_screen_wait(FormDialog(title, fields, do, about=about))
    if done is not None:
        toast(screen.app, _("Saved."))
        await screen.read()
    return done


async def _message(screen: PatientFile) -> None:
    from console.screens import other_contact

    if await other_contact.note(screen, screen.app.push_screen_wait, screen.patient_id):
        await screen.read()


async def _visit(screen: PatientFile) -> None:
    app = screen.console_app
    kinds = tuple(
        (str(kind), p_("visit", VISITS[kind]))
        for kind in (VisitKind.UNCONVERTED, VisitKind.BROKEN_OFF, VisitKind.NOT_ARRIVED)
    )
    fields = [
        Field("kind", _("what came of it"), "one", str(VisitKind.UNCONVERTED), kinds),
        Field("visited_on", _("date"), value=_today(screen), hint="2026-06-15", limit=40),
        Field("interest", _("interest"), limit=200),
        Field("consultant", _("consultant"), limit=100),
    ]

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import visit_forms

        assert app.seat is not None
        return await app.work.write(
            visit_forms.add_visit,
            app.seat,
            screen.patient_id,
            VisitKind(text_of(values, "kind")),
            _day(values, "visited_on"),
            app.clock.now(),
            interest=text_of(values, "interest"),
            consultant=text_of(values, "consultant"),
        )

    about = _("Of a booking nobody came for: the booked day.")
    await _ask(screen, _("Visit without treatment"), fields, do, about)


async def _booking(screen: PatientFile) -> None:
    from console.desk import visit_forms

    app, page = screen.console_app, screen.page
    if page is None or app.seat is None:
        return
    booked = [(one.id, f"{one.visited_on}") for one in page.visits if one.kind == VisitKind.NOT_ARRIVED]
    visit = (
        await app.push_screen_wait(Choose(_("Which booking?"), booked)) if len(booked) > 1 else booked[0][0]
    )
    if visit is None:
        return
    became = await app.push_screen_wait(
        Choose(
            _("What became of the booking?"),
            [
                ("arrived", _("She came and was not registered")),
                ("booking_cancelled", _("It is cancelled")),
                ("kept", _("It is kept")),
            ],
        )
    )
    if became is None:
        return
    closed = await app.work.write(
        visit_forms.settle_booking, app.seat, screen.patient_id, visit, became, app.clock.now()
    )
    toast(app, _("{n} open calls taken back.", n=int(closed)))
    await screen.read()


async def _move(screen: PatientFile) -> None:
    app, page = screen.console_app, screen.page
    if page is None:
        return
    item = await app.push_screen_wait(Choose(_("Which call?"), _movable(page)))
    if item is None:
        return

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import moving

        assert app.seat is not None
        day, reason = _day(values, "on"), text_of(values, "reason")
        await app.work.write(
            moving.move_call, app.seat, screen.patient_id, item, day, reason, app.clock.now()
        )
        return True

    fields = [Field("on", _("new day"), hint="2026-06-15", limit=40), Field("reason", _("reason"), limit=300)]
    about = _("A care call stays inside its time unless a doctor moves it; safety calls are not moved.")
    await _ask(screen, _("One call on another day"), fields, do, about)


async def _extra(screen: PatientFile) -> None:
    app = screen.console_app
    choices = (("no", p_("choice", "no")), ("yes", p_("choice", "yes")))
    page = screen.page
    tracked = page is not None and any(
        one.milestone in ("UC1", "UC2", "UC-TRACK") and one.state in _MOVABLE for one in page.plan
    )

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import extra

        assert app.seat is not None
        day, reason = _day(values, "on"), text_of(values, "reason")
        instead = tracked and text_of(values, "instead") == "yes"
        return await app.work.write(
            extra.add_call, app.seat, screen.patient_id, day, reason, app.clock.now(), instead=instead
        )

    fields = [Field("on", _("date"), hint="2026-06-15", limit=40), Field("reason", _("reason"), limit=300)]
    if tracked:
        fields.append(Field("instead", _("instead of the plan"), "one", "no", choices))
    await _ask(screen, _("An extra call"), fields, do, _("It does not count among the calls she must get."))


async def _open_cycle(screen: PatientFile) -> None:
    app = screen.console_app
    kinds = tuple((code, p_("course", words)) for code, words in CYCLES.items())
    fields = [
        Field("kind", _("kind"), "one", kinds[0][0], kinds),
        Field("opened_on", _("since"), value=_today(screen), hint="2026-06-15", limit=40),
    ]

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import cycles

        assert app.seat is not None
        kind, day = text_of(values, "kind"), _day(values, "opened_on")
        return await app.work.write(
            cycles.open_cycle, app.seat, screen.patient_id, kind, day, app.clock.now()
        )

    about = _("While it is open nothing is offered to her, and each session is followed by a call.")
    await _ask(screen, _("Course of treatments"), fields, do, about)


async def _close_cycle(screen: PatientFile) -> None:
    app, page = screen.console_app, screen.page
    if page is None:
        return
    opened = [(one.id, cycle_words(one)) for one in page.cycles if one.closed_on is None]
    cycle = (
        await app.push_screen_wait(Choose(_("Which course?"), opened)) if len(opened) > 1 else opened[0][0]
    )
    if cycle is None:
        return

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import cycles

        assert app.seat is not None
        day = _day(values, "closed_on")
        return await app.work.write(
            cycles.close_cycle, app.seat, screen.patient_id, cycle, day, app.clock.now()
        )

    fields = [Field("closed_on", _("last session"), value=_today(screen), hint="2026-06-15", limit=40)]
    await _ask(screen, _("A course is over"), fields, do)


async def _follow_up(screen: PatientFile) -> None:
    page = screen.page
    on = page is not None and page.no_follow_up is None

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import standing

        return await _stands(screen, standing.set_no_follow_up, on, values)

    about = _(
        "Safety calls, what was handed over and what she asked for go on; the lead looks at it every month."
    )
    title = _("No follow-up: safety calls only") if on else _("Follow up again")
    await _ask(screen, title, [Field("reason", _("reason"), limit=300)], do, about if on else "")


async def _hold(screen: PatientFile) -> None:
    page = screen.page
    on = page is not None and not page.legal_hold

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import standing

        return await _stands(screen, standing.set_legal_hold, on, values)

    title = _("No calls for a legal reason") if on else _("Calls may go on")
    await _ask(screen, title, [Field("reason", _("reason"), limit=300)], do)


async def _stands(
    screen: PatientFile, write: Callable[..., None], on: bool, values: Mapping[str, Value]
) -> object:
    app = screen.console_app
    assert app.seat is not None
    reason = text_of(values, "reason")
    await app.work.write(write, app.seat, screen.patient_id, on, reason, app.clock.now())
    return True


async def _death(screen: PatientFile) -> None:
    app = screen.console_app

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import standing

        assert app.seat is not None
        day, how = _day(values, "died_on"), text_of(values, "reason")
        return await app.work.write(
            standing.record_death, app.seat, screen.patient_id, day, how, app.clock.now()
        )

    fields = [
        Field("died_on", _("died on"), value=_today(screen), hint="2026-06-15", limit=40),
        Field("reason", _("known from"), hint=_("her husband, on the phone"), limit=300),
    ]
    about = _("Every planned and promised call is taken back; the lead is told.")
    await _ask(screen, _("The patient has died"), fields, do, about)


async def _undo_death(screen: PatientFile) -> None:
    app = screen.console_app

    async def do(values: Mapping[str, Value]) -> object:
        from console.desk import standing

        assert app.seat is not None
        reason = text_of(values, "reason")
        return await app.work.write(standing.undo_death, app.seat, screen.patient_id, reason, app.clock.now())

    fields = [Field("reason", _("reason"), limit=300)]
    about = _("The calls it took back are open again; what is over meanwhile stands on the board.")
    await _ask(screen, _("The patient has not died: noted by mistake"), fields, do, about)
