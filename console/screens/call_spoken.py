"""What the talk-track's placeholders stand for in this call, in the patient's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console import i18n
from console.desk.conversing import known_treatment, main_treatment, stopped
from console.widgets.call_panes import phone_words
from db.enums import Role, Severity
from db.records import CallSheet, OpenTreatment

if TYPE_CHECKING:
    from console.rules.policy import Policy
    from console.screens.call import CallScreen
    from console.scripts.turns import Turn

SPOKEN_ROLES = {
    Role.CALLER: "follow-up caller",
    Role.NURSE: "nurse",
    Role.DOCTOR: "doctor",
    Role.CONSULTANT: "consultant",
    Role.LEAD: "lead of the follow-up team",
    Role.TRAINEE: "trainee caller",
}
"""What a person says she is: her true role."""
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


VOICEMAIL = "situation:voicemail"
RESTRICTED = {"zh": "这项手术", "en": "your operation"}
"""What a procedure is called which the reader may not know."""


@dataclass(frozen=True, slots=True)
class Dates:
    """What a patient is told of an answer: the day it is due, and when somebody first rings her. Clinic's time."""

    answer_on: date
    reply_by: datetime


def dates_of(turn: Turn | None, policy: Policy, now: datetime, zone: ZoneInfo) -> Dates:
    """The dates the policy gives an answer (policy `escalations.complaint`).

    Args:
        turn: what dates it: a refund's calendar days, else its severity's working days; None is moderate.
        policy: of the clinic. now: aware. zone: the clinic's.
    """
    from console.rules import sla

    severity = Severity.MODERATE if turn is None else Severity(turn.severity)
    clocks = sla.complaint(severity, now, policy)
    due = clocks.resolve_by
    if turn is not None and turn.clock == "refund":
        due = sla.refund(now, policy)[1]
    return Dates(due.astimezone(zone).date(), clocks.contact_by.astimezone(zone))


def told_dates(screen: CallScreen) -> Dates:
    """The dates told in this call: worked out once for every turn, so that they are the same when read again."""
    turn = None if screen.talk is None else screen.talk.turn
    code = "" if turn is None else turn.code
    if code not in screen.dates:
        app = screen.console_app
        assert app.seat is not None
        screen.dates[code] = dates_of(turn, app.seat.policy, app.clock.now(), screen.zone)
    return screen.dates[code]


def placeholders(screen: CallScreen, lang: str) -> dict[str, str]:
    """Values of the talk-track's placeholders; what is not known has words of its own, never a gap.

    Args:
        screen: the call.
        lang: language spoken with the patient.
    """
    app, sheet = screen.console_app, screen.sheet
    seat = app.seat
    if seat is None or sheet is None:
        return {}

    def say(msgid: str) -> str:
        return i18n.translate(lang, msgid)

    treatment = main_treatment(sheet, screen.claim)
    card = screen.on_call or app.lookout.on_call
    people = card.people if card is not None else ()
    first = people[0] if people else None
    number = phone_words(first.phone) if first is not None and first.phone else ""
    known = known_treatment(treatment)
    procedure = "" if known is treatment else RESTRICTED["zh" if lang == "zh" else "en"]
    if known is not None and screen.library is not None and known.procedure in screen.library.procedures:
        procedure = screen.library.procedures[known.procedure].name.of(lang)
    unknown = say("not fixed yet")
    dates = told_dates(screen)
    return {
        "clinic": app.lookout.first.clinic if app.lookout.first is not None else "",
        "caller": seat.name,
        "role": say(f"spoken role\x04{SPOKEN_ROLES[seat.role]}"),
        "patient_name": sheet.name,
        "surgeon": _surgeon(treatment, lang) or say("your surgeon"),
        "procedure": procedure,
        "day": "" if treatment is None else str(treatment.day),
        "night_phone": seat.policy.clinic.callback or say(_no_number(screen)),
        "ambulance": seat.policy.clinic.ambulance,
        "hotline": seat.policy.clinic.hotline,
        "on_call": first.name if first is not None else say("the doctor on call"),
        "on_call_phone": number or say("the number on your sheet"),
        "next_contact": spoken_day(sheet.next_contact_on, lang) or unknown,
        "stitches_date": spoken_day(treatment.stitches_on if treatment else None, lang)
        or say("not fixed yet; I ask the doctor to fix it and tell you"),
        "review_date": spoken_day(_review(sheet, screen.zone), lang) or unknown,
        "answer_date": spoken_day(dates.answer_on, lang),
        "reply_by": spoken_time(dates.reply_by, screen.local_now().date(), lang),
    }


def _no_number(screen: CallScreen) -> str:
    """What stands for the number to ring where the policy has none: only the patient holds a sheet."""
    turn = None if screen.talk is None else screen.talk.turn
    stranger = stopped(screen.typed) or (turn is not None and turn.code == VOICEMAIL)
    return "the number I am calling from" if stranger else "the number on your sheet"


def _surgeon(treatment: OpenTreatment | None, lang: str) -> str:
    """The surgeon as she is spoken of: a bare Chinese name gets the word for doctor."""
    name = "" if treatment is None else treatment.surgeon or ""
    titled = any(title in name for title in ("医生", "大夫", "主任", "院长", "教授"))
    return f"{name}医生" if name and lang == "zh" and not titled else name


def spoken_day(day: date | None, lang: str) -> str:
    """A day as it is said aloud, 6月20日 or 20 June; empty without one."""
    if day is None:
        return ""
    return f"{day.month}月{day.day}日" if lang == "zh" else f"{day.day} {MONTHS[day.month - 1]}"


def spoken_time(moment: datetime, today: date, lang: str) -> str:
    """A moment as it is said aloud: 明天14:35 or 14:35 tomorrow; with its date when it is further away.

    Args:
        moment: in the clinic's zone. today: the clinic's day. lang: "zh" or "en".
    """
    near = {0: ("今天", "today"), 1: ("明天", "tomorrow")}.get((moment.date() - today) // timedelta(days=1))
    zh, en = near or (spoken_day(moment.date(), "zh"), f"on {spoken_day(moment.date(), 'en')}")
    return f"{zh}{moment:%H:%M}" if lang == "zh" else f"{moment:%H:%M} {en}"


def _review(sheet: CallSheet, zone: ZoneInfo) -> date | None:
    booked = [one.at for one in sheet.appointments if one.kind == "review" and one.status == "booked"]
    return min(booked).astimezone(zone).date() if booked else None
