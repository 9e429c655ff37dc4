"""Short words for codes: tiers, levels, roles, milestones, days of the week. English msgids; the catalogues
have the Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from console import i18n, procedures
from console.i18n import _, p_
from db.enums import Level, Role, Tier

TIERS: Mapping[Tier, str] = {
    Tier.RED_FLAG: "RED",
    Tier.PROMISED: "PROM",
    Tier.SAFETY: "SAFE",
    Tier.CLOCK: "CLOCK",
    Tier.OVERDUE: "LATE",
    Tier.DUE: "DUE",
    Tier.ROUTINE: "ROUT",
}
LEVELS: Mapping[Level, str] = {
    Level.EMERGENCY: "NOW",
    Level.SAME_DAY: "2 H",
    Level.URGENT: "24 H",
    Level.ROUTINE: "AT REVIEW",
}
ROLES: Mapping[Role, str] = {
    Role.CALLER: "caller",
    Role.NURSE: "nurse",
    Role.DOCTOR: "doctor",
    Role.CONSULTANT: "consultant",
    Role.LEAD: "lead",
    Role.TRAINEE: "trainee",
}
TEAMS: Mapping[str, str] = {
    "customer_service": "customer service",
    "outpatient_doctor": "outpatient doctor",
    "on_site_consultant": "on-site consultant",
    "nurse": "nurses",
    "booking_desk": "booking desk",
    "member_specialist": "member service",
    "head_nurse": "head nurse",
    "lead": "lead",
    "ward": "ward",
}
MILESTONES: Mapping[str, str] = {
    "STITCHES": "stitches reminder",
    "SPLINT": "splint reminder",
    "UC1": "first call after a visit",
    "UC2": "second call after a visit",
    "MISSED": "missed appointment",
    "REMEASURE": "temperature again",
    "APPT-DAY": "day of the appointment",
    "EXTRA": "extra call",
    "SKIN-END": "end of the skin course",
    "BOOK-HOLD": "booking kept open",
    "BOOK-15": "booking, second call",
    "BROKEN-OFF": "visit broken off",
    "BOOK-SWEEP": "booking, monthly look",
    "UC-TRACK": "back to the consultant",
    "INJ-SERIES": "call after a session",
    "NO-FOLLOW-UP": "no follow-up, monthly look",
    "BIRTHDAY": "birthday",
    "YEARLY": "yearly call",
    "recontact": "red flag, ring again",
    "promise": "promised call",
    "contact_repair": "find a working number",
    "lead_review": "for the lead",
    "review": "review",
    "RED_FLAG": "red flag, ring again",
    "CLINICIAN": "a clinician asks for a call",
    "ESCALATION": "contact for a handed-over case",
    "COMPLAINT_REPLY": "first reply to a complaint",
    "RESULT_TOLD": "tell the result",
    "CASE_SATISFACTION": "ask after a complaint",
    "REQUEST_REPLY": "respond to a request",
    "CASE_PROGRESS": "tell how a case goes",
    "PROMISE": "promised call",
    "CONTACT_REPAIR": "find a working number",
    "LEAD_REVIEW": "for the lead",
    "REVIEW": "review",
}
RESTRICTED = "restricted"
HOUR_MIN = 60
DAY_MIN = 24 * HOUR_MIN
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def tier_word(tier: Tier) -> str:
    """A tier in at most five cells of the queue's column."""
    return p_("tier", TIERS[tier])


def level_word(level: Level | str) -> str:
    """A level as a person reads it."""
    return p_("level", LEVELS[Level(level)])


def role_word(role: Role | str) -> str:
    """A role's name."""
    return p_("role", ROLES[Role(role)])


def weekday_word(moment: datetime) -> str:
    """Day of the week of a local datetime."""
    return p_("weekday", WEEKDAYS[moment.weekday()])


def deadline_words(deadline: datetime, now: datetime) -> str:
    """A deadline in at most seven cells: the time today, with a word for yesterday or tomorrow, else the
    date.

    Args:
        deadline, now: aware, both in the clinic's zone.
    """
    days = (deadline.date() - now.date()).days
    clock = f"{deadline:%H:%M}"
    if days == 0:
        return clock
    if days in (-1, 1):
        return p_("deadline", "y{time}" if days < 0 else "t{time}", time=clock)
    return f"{deadline:%m-%d}"


def left_words(deadline: datetime, now: datetime) -> str:
    """How much time is left, or how late it is, in at most seven cells: minutes, hours, or days.

    Args:
        deadline, now: aware, both in the clinic's zone, because "a day late" is a matter of dates.
    """
    late = deadline < now
    minutes = int(abs(deadline - now).total_seconds() // 60)
    days = abs((deadline.date() - now.date()).days)
    if days and (late or minutes >= DAY_MIN):
        words = _("{n}d", n=days)
    elif minutes < HOUR_MIN:
        words = _("{n}min", n=minutes)
    else:
        words = _("{n}h", n=minutes // HOUR_MIN)
    return p_("late", "-{words}", words=words) if late else words


def clock_words(moment: datetime) -> str:
    """Day of the week and time of a local datetime."""
    return f"{weekday_word(moment)} {moment:%H:%M}"


def when_words(moment: datetime, now: datetime) -> str:
    """A coming moment: the time today, else day of the week, date and time.

    Args:
        moment, now: aware, both in the clinic's zone.
    """
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    return f"{weekday_word(moment)} {date_words(moment, now)} {moment:%H:%M}"


def date_words(day: date, today: date) -> str:
    """A day as month and day, with its year when that is another one. Args: both in the clinic's zone."""
    return f"{day:%m-%d}" if day.year == today.year else f"{day:%Y-%m-%d}"


def post_op_words(day: int | None) -> str:
    """Post-op day in a sentence; empty without one."""
    return "" if day is None else _("day {n}", n=day)


def milestone_word(code: str) -> str:
    """What a planned call is for: `D7` is the call of day 7, others have a name of their own."""
    if code[:1] == "D" and code[1:].isdigit():
        return p_("milestone", "day {n} call", n=int(code[1:]))
    known = MILESTONES.get(code)
    return p_("milestone", known) if known else code


def team_word(code: str) -> str:
    """A team's name; a team of the clinic's own policy keeps its code."""
    known = TEAMS.get(code)
    return p_("team", known) if known else code


def procedure_codes() -> tuple[str, ...]:
    """Every procedure, in the order of the shipped list."""
    return tuple(procedures.table())


def procedure_word(code: str) -> str:
    """A procedure's short name (15 cells at most), "restricted" for one that this reader may not see."""
    if code == RESTRICTED:
        return p_("procedure", "restricted")
    return str(procedures.table().get(code, {}).get(f"short_{i18n.language()}", code))


SIDES = ("left", "right", "both")
"""Sides that have a word of their own; another text stays as the clinic wrote it."""


def side_word(side: str | None) -> str:
    """A side of the body; empty for none."""
    return p_("side", side) if side in SIDES else side or ""
