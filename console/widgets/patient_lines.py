"""A patient's file as plain lines: the card on top, and each part of the file below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from console import i18n
from console.i18n import _, p_
from console.rules.phone import grouped
from console.text import fit
from console.widgets.call_panes import ALARM, DIM, HEAD, WARN, Line
from console.widgets.case_words import kind_word, status_word
from console.widgets.plan_words import CLOSED, cycle_words
from console.words import (
    RESTRICTED,
    level_word,
    milestone_word,
    post_op_words,
    procedure_word,
    side_word,
    team_word,
)
from db.enums import (
    AppointmentKind,
    AppointmentStatus,
    CallOutcome,
    EscalationKind,
    EscalationStatus,
    ItemState,
    PhoneStatus,
    Purpose,
    VisitKind,
)
from db.patient_records import PatientPage, PlanLine, TreatmentLine
from db.records import HistoryLine, Reason

STATES: Mapping[ItemState, str] = {
    ItemState.WAITING: "to come",
    ItemState.READY: "may be called",
    ItemState.LEASED: "on the line",
    ItemState.DONE: "done",
    ItemState.CANCELLED: "cancelled",
    ItemState.LAPSED: "lapsed",
    ItemState.BEFORE_START: "before the start",
    ItemState.UNREACHABLE: "not reached",
    ItemState.SUPERSEDED: "replaced",
}
PURPOSES: Mapping[Purpose, str] = {
    Purpose.CARE: "follow-up calls",
    Purpose.SURVEY: "surveys",
    Purpose.MARKETING: "offers and news",
}
APPOINTMENTS: Mapping[AppointmentKind, str] = {
    AppointmentKind.REVIEW: "review",
    AppointmentKind.STITCHES: "stitches out",
    AppointmentKind.SPLINT: "splint off",
    AppointmentKind.DRESSING: "dressing",
    AppointmentKind.DRAIN: "drain out",
    AppointmentKind.THERAPY: "therapy",
    AppointmentKind.OTHER: "other",
}
APPOINTMENT_STATES: Mapping[AppointmentStatus, str] = {
    AppointmentStatus.BOOKED: "booked",
    AppointmentStatus.ATTENDED: "came",
    AppointmentStatus.MISSED: "missed",
    AppointmentStatus.CANCELLED: "cancelled",
}
VISITS: Mapping[VisitKind, str] = {
    VisitKind.CONVERTED: "treated",
    VisitKind.UNCONVERTED: "not treated",
    VisitKind.NOT_ARRIVED: "did not arrive",
    VisitKind.BROKEN_OFF: "broken off",
}
SEXES: Mapping[str, str] = {"female": "female", "male": "male", "": "not said"}
LANGUAGES: Mapping[str, str] = {"zh": "Chinese", "en": "English"}
SECTIONS = (
    *("treatments", "plan", "calls", "handed over"),
    *("appointments", "contacts", "consents", "visits"),
)
"""Parts of the file, by their digit."""
NUMBERS: Mapping[PhoneStatus, str] = {
    PhoneStatus.LIVE: "",
    PhoneStatus.SUSPENDED: "suspended",
    PhoneStatus.DEAD: "out of use",
}

Row = tuple[int, str, str]
"""Id, words, style."""


def _said(table: Mapping[str, str], context: str, code: str) -> str:
    """A stored code in words; one nobody knows stays as it is."""
    words = table.get(code)
    return code if words is None else p_(context, words)


def purpose_word(purpose: Purpose) -> str:
    """What a contact is for."""
    return p_("purpose", PURPOSES[purpose])


def appointment_word(kind: str) -> str:
    """Kind of an appointment."""
    return _said({str(key): words for key, words in APPOINTMENTS.items()}, "appointment", kind)


def appointment_state(status: str) -> str:
    """What became of an appointment."""
    return _said({str(key): words for key, words in APPOINTMENT_STATES.items()}, "came", status)


def sex_word(code: str) -> str:
    """Sex in words."""
    return _said(SEXES, "sex", code)


def language_word(code: str) -> str:
    """Name of a language."""
    return _said(LANGUAGES, "language", code)


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _moment(value: datetime, zone: ZoneInfo) -> str:
    return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"


def _joined(*parts: object) -> str:
    return "  ".join(str(part) for part in parts if part not in (None, ""))


def treatment_words(one: TreatmentLine) -> str:
    """A treatment in a few words."""
    return _joined(procedure_word(one.procedure), one.site, side_word(one.side), _day(one.performed_on))


def card_lines(page: PatientPage, country: str = "CN") -> list[Line]:
    """The card: who, how to reach her, what to mind.

    Args:
        page: the file.
        country: the clinic's, for its own numbers.
    """
    born = _joined(_day(page.born_on), "" if page.age is None else _("{n} years", n=page.age))
    lines: list[Line] = [
        (
            _joined(
                page.name, page.pinyin, sex_word(page.sex or ""), born, page.external_id, page.member_tier
            ),
            HEAD,
        )
    ]
    numbers: list[str] = []
    for number in page.numbers:
        if number.contact_person_id is None:
            state = NUMBERS[number.status]
            numbers.append(grouped(number.e164, country) + (f" ({p_('number', state)})" if state else ""))
    lines.append((_joined(*numbers) or _("no number"), "" if numbers else WARN))
    hours = ", ".join(page.preferred_hours)
    facts = (
        _("speaks {language}", language=language_word(page.language)),
        _("hours {hours}", hours=hours) if hours else "",
        _("lives alone") if page.lives_alone else "",
        _("leaves town after {day}", day=_day(page.local_until)) if page.local_until else "",
        *(cycle_words(one) for one in page.cycles if one.closed_on is None),
        _("consultant {name}", name=page.consultant) if page.consultant else "",
        _("shares a number with {n} others", n=page.relatives) if page.relatives else "",
        _("was also {ids}", ids=", ".join(page.merged)) if page.merged else "",
    )
    lines.append((_joined(*facts), ""))
    mind = [
        _("died {day}", day=_day(page.deceased_on)) if page.deceased_on else "",
        _("no calls for a legal reason") if page.legal_hold else "",
        _("no follow-up, safety calls only: {said}", said=page.no_follow_up) if page.no_follow_up else "",
        *(
            _("refuses {purpose}", purpose=purpose_word(one.purpose))
            for one in page.consents
            if not one.given
        ),
    ]
    if words := _joined(*mind):
        lines.append((words, ALARM))
    if page.notes:
        lines.append((page.notes.replace("\n", " / "), DIM))
    return lines


def _treatments(page: PatientPage, zone: ZoneInfo) -> list[Row]:
    return [
        (
            one.id,
            _joined(
                treatment_words(one),
                post_op_words(one.day),
                one.surgeon,
                one.anaesthesia,
                one.implant,
                _("stitches {day}", day=_day(one.stitches_on)) if one.stitches_on else "",
                _("splint {day}", day=_day(one.splint_on)) if one.splint_on else "",
                _("in-patient") if one.inpatient else "",
                _("home {day}", day=_day(one.discharge_on)) if one.discharge_on else "",
                _("orders: {text}", text=one.orders.replace("\n", " / ")) if one.orders else "",
            ),
            "",
        )
        for one in page.treatments
    ]


def _plan_style(one: PlanLine) -> str:
    if one.state in (ItemState.LAPSED, ItemState.UNREACHABLE):
        return WARN
    return "" if one.state in (ItemState.WAITING, ItemState.READY, ItemState.LEASED) else DIM


def _plan(page: PatientPage, zone: ZoneInfo) -> list[Row]:
    rows: list[Row] = []
    for one in page.plan:
        due = one.promise_at or one.earliest_at
        when = _day(one.due_on) if one.due_on and one.promise_at is None else _moment(due, zone)
        reason = one.close_reason or ""
        why = _said(CLOSED, "closed because", reason) if reason in CLOSED else ""
        rows.append(
            (
                one.id,
                _joined(
                    fit(when, 16),
                    fit(milestone_word(one.milestone), 18),
                    fit(p_("item state", STATES[one.state]), 10),
                    procedure_word(one.procedure or ""),
                    team_word(one.team),
                    _("tried {n}", n=one.attempts) if one.attempts else "",
                    why,
                ),
                _plan_style(one),
            )
        )
    return rows


def outcome_word(outcome: CallOutcome) -> str:
    """How a conversation ended."""
    return i18n.reason_text(i18n.language(), Reason.of(f"outcome_{outcome}"))


def _calls(page: PatientPage, zone: ZoneInfo) -> list[Row]:
    return [
        (
            one.line.call_id,
            _joined(
                _moment(one.line.at, zone),
                _("FROM THE WRONG TRACK") if one.wrong_track else "",
                milestone_word(one.line.milestone) if one.line.milestone else "",
                outcome_word(one.line.outcome),
                one.line.staff,
                _text(one.line.summary),
            ),
            WARN if one.wrong_track else "",
        )
        for one in page.calls
    ]


def _text(text: str) -> str:
    """A stored text in one line; what this reader may not see says so."""
    return procedure_word(RESTRICTED) if text == RESTRICTED else text.replace("\n", " / ")


def call_lines(line: HistoryLine, zone: ZoneInfo) -> list[str]:
    """One earlier conversation, whole."""
    return [
        _joined(_moment(line.at, zone), line.staff, outcome_word(line.outcome), post_op_words(line.day)),
        "",
        _text(line.summary),
        *([_("Note: {text}", text=_text(line.note))] if line.note else []),
        *([_("Next: {text}", text=line.next_step)] if line.next_step else []),
        *([_("Amends call {n}", n=line.amends_call_id)] if line.amends_call_id else []),
    ]


def _escalations(page: PatientPage, zone: ZoneInfo) -> list[Row]:
    return [
        (
            one.id,
            _joined(
                _moment(one.raised_at, zone),
                level_word(one.level) if one.level else kind_word(EscalationKind(one.kind)),
                status_word(EscalationStatus(one.status)),
                _text(one.summary),
            ),
            DIM if one.status == "resolved" else "",
        )
        for one in page.escalations
    ]


def _appointments(page: PatientPage, zone: ZoneInfo) -> list[Row]:
    return [
        (
            one.id,
            _joined(
                _moment(one.at, zone),
                appointment_word(one.kind),
                appointment_state(one.status),
                _("photographs") if one.photo_taken else "",
                _("series") if one.series_id is not None else "",
                one.note,
            ),
            WARN if one.status == AppointmentStatus.MISSED else "",
        )
        for one in page.appointments
    ]


def _people(page: PatientPage, zone: ZoneInfo) -> list[Row]:
    numbers: dict[int, list[str]] = {}
    for number in page.numbers:
        if number.contact_person_id is not None:
            numbers.setdefault(number.contact_person_id, []).append(grouped(number.e164))
    return [
        (
            one.id,
            _joined(
                one.name,
                one.relation,
                *numbers.get(one.id, ()),
                _("may hear clinical things")
                if one.may_hear_clinical
                else _("nothing clinical to this person"),
                _("guardian") if one.guardian else "",
            ),
            "",
        )
        for one in page.people
    ]


def _consents(page: PatientPage, zone: ZoneInfo) -> list[Row]:
    known = {one.purpose: one for one in page.consents}
    rows: list[Row] = []
    for number, purpose in enumerate(Purpose):
        one = known.get(purpose)
        if one is None:
            rows.append((number, _joined(purpose_word(purpose), _("nothing said")), DIM))
        else:
            said = _("allowed") if one.given else _("refused")
            rows.append(
                (
                    number,
                    _joined(purpose_word(purpose), said, _moment(one.at, zone), one.how),
                    "" if one.given else WARN,
                )
            )
    return rows


def _visits(page: PatientPage, zone: ZoneInfo) -> list[Row]:
    kinds = {str(key): words for key, words in VISITS.items()}
    return [
        (
            one.id,
            _joined(
                _day(one.visited_on),
                _said(kinds, "visit", one.kind),
                _text(one.interest or ""),
                one.consultant,
            ),
            "",
        )
        for one in page.visits
    ]


_PARTS: tuple[Callable[[PatientPage, ZoneInfo], list[Row]], ...] = (
    _treatments,
    _plan,
    _calls,
    _escalations,
    _appointments,
    _people,
    _consents,
    _visits,
)


def section_rows(page: PatientPage, section: int, zone: ZoneInfo) -> list[Row]:
    """Lines of one part of the file.

    Args:
        page: the file.
        section: index into SECTIONS.
        zone: the clinic's.
    """
    return _PARTS[section](page, zone)
