"""What the talk-track's placeholders stand for in this call, in the patient's language."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console import i18n
from console.screens.call_form import main_treatment
from console.widgets.call_panes import phone_words
from db.enums import Role
from db.records import CallSheet

if TYPE_CHECKING:
    from console.screens.call import CallScreen

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
    procedure = ""
    if (
        treatment is not None
        and screen.library is not None
        and treatment.procedure in screen.library.procedures
    ):
        procedure = screen.library.procedures[treatment.procedure].name.of(lang)
    unknown = say("not fixed yet")
    return {
        "clinic": app.lookout.first.clinic if app.lookout.first is not None else "",
        "caller": seat.name,
        "role": say(f"spoken role\x04{SPOKEN_ROLES[seat.role]}"),
        "patient_name": sheet.name,
        "surgeon": (treatment.surgeon if treatment is not None else None) or say("your surgeon"),
        "procedure": procedure,
        "day": "" if treatment is None else str(treatment.day),
        "night_phone": seat.policy.clinic.callback or say("the number on your sheet"),
        "ambulance": seat.policy.clinic.ambulance,
        "on_call": first.name if first is not None else say("the doctor on call"),
        "on_call_phone": number or say("the number on your sheet"),
        "next_contact": spoken_day(sheet.next_contact_on, lang) or unknown,
        "stitches_date": spoken_day(treatment.stitches_on if treatment else None, lang) or unknown,
        "review_date": spoken_day(_review(sheet, screen.zone), lang) or unknown,
    }


def spoken_day(day: date | None, lang: str) -> str:
    """A day as it is said aloud, 6月20日 or 20 June; empty without one."""
    if day is None:
        return ""
    return f"{day.month}月{day.day}日" if lang == "zh" else f"{day.day} {MONTHS[day.month - 1]}"


def _review(sheet: CallSheet, zone: ZoneInfo) -> date | None:
    booked = [one.at for one in sheet.appointments if one.kind == "review" and one.status == "booked"]
    return min(booked).astimezone(zone).date() if booked else None
