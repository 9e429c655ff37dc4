"""What the placeholders of spoken lines stand for in one call, in the language it is held in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console import i18n
from console.desk.conversing import known_treatment, main_treatment
from console.desk.seat import Seat
from console.rules.phone import grouped
from console.rules.policy import Policy
from console.scripts.library import Library
from db.enums import Role, Severity
from db.records import CallSheet, Claim, OnCallPerson, OpenTreatment

if TYPE_CHECKING:
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

SAMPLES = {
    "示范诊所": "Sample Clinic",
    "示范主管": "Sample Lead",
    "示范回访员": "Sample Caller",
    "示范同事": "Sample Colleague",
    "示范护士": "Sample Nurse",
    "示范医生": "Sample Doctor",
    "示范学员": "Sample Trainee",
}
"""What the sample clinic and its people (console/demo/founded.py) are called in a call in English."""

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


def values(
    seat: Seat,
    sheet: CallSheet,
    claim: Claim,
    library: Library | None,
    on_call: OnCallPerson | None,
    dates: Dates,
    now: datetime,
    lang: str,
    *,
    clinic: str,
    by_sheet: bool = True,
) -> dict[str, str]:
    """Values of the talk-track's placeholders; what is not known has words of its own, never a gap.

    Args:
        seat: who speaks. sheet, claim: the call. library: the release; None names no procedure.
        on_call: whom to phone first; None when nobody is known. dates: told in this call.
        now: aware datetime. lang: language spoken with the patient. clinic: its name.
        by_sheet: whether she holds the clinic's sheet with its number; a stranger on her line does not.
    """

    def say(msgid: str) -> str:
        return i18n.translate(lang, msgid)

    zone = ZoneInfo(seat.zone)
    treatment = main_treatment(sheet, claim)
    number = grouped(on_call.phone) if on_call is not None and on_call.phone else ""
    known = known_treatment(treatment)
    procedure = "" if known is treatment else RESTRICTED["zh" if lang == "zh" else "en"]
    if known is not None and library is not None and known.procedure in library.procedures:
        procedure = library.procedures[known.procedure].name.of(lang)
    unknown = say("not fixed yet")
    to_ring = "the number on your sheet" if by_sheet else "the number I am calling from"
    return {
        "clinic": _named(clinic, lang),
        "caller": _named(seat.name, lang),
        "role": say(f"spoken role\x04{SPOKEN_ROLES[seat.role]}"),
        "patient_name": sheet.name,
        "surgeon": _surgeon(treatment, lang) or say("your surgeon"),
        "procedure": procedure,
        "day": "" if treatment is None else str(treatment.day),
        "night_phone": seat.policy.clinic.callback or say(to_ring),
        "ambulance": seat.policy.clinic.ambulance,
        "hotline": seat.policy.clinic.hotline,
        "on_call": _named(on_call.name, lang) if on_call is not None else say("the doctor on call"),
        "on_call_phone": number or say("the number on your sheet"),
        "next_contact": spoken_day(sheet.next_contact_on, lang) or unknown,
        "stitches_date": spoken_day(treatment.stitches_on if treatment else None, lang)
        or say("not fixed yet; I ask the doctor to fix it and tell you"),
        "review_date": spoken_day(_review(sheet, zone), lang) or unknown,
        "answer_date": spoken_day(dates.answer_on, lang),
        "reply_by": spoken_time(dates.reply_by, now.astimezone(zone).date(), lang),
    }


def _named(name: str, lang: str) -> str:
    """A name as it is said in that language; only the sample clinic's are other words in English."""
    return SAMPLES.get(name, name) if lang == "en" else name


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
