"""Words of the talk-track screen: parts, groups, gaps of spoken lines, days, why a track was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from console import i18n
from console.i18n import _, p_
from console.rules.triage import Flag, Window
from console.screens.call_spoken import SPOKEN_ROLES
from console.scripts.records import EVERYBODY, Procedure
from console.words import level_word, role_word
from db.enums import FlagAction, ReleaseStatus, Role

if TYPE_CHECKING:
    from console.desk.scripts import Release
    from console.desk.seat import Seat
    from console.scripts.library import Library
    from console.scripts.search import Days, Place

PARTS = ("concern", "flow", "turn", "playbook", "care", "sign", "outcome")
"""What can be browsed, in the order of the line of parts."""
PART_WORDS: Mapping[str, tuple[str, str]] = {
    "concern": ("c", "concerns"),
    "flow": ("f", "flows"),
    "turn": ("t", "turns"),
    "playbook": ("b", "disputes"),
    "care": ("h", "care"),
    "sign": ("s", "questions"),
    "outcome": ("o", "results"),
}
"""Key and word of each part."""
GROUPS: Mapping[str, str] = {
    "eyes": "eyes",
    "nose": "nose",
    "breast": "breast",
    "body": "body",
    "chin": "chin",
    "bone": "face bones",
    "temple": "temple",
    "facelift": "facelift",
    "thread": "threads",
    "face_fat": "facial fat",
    "filler": "filler",
    "injection": "injections",
    "skin": "skin",
    "scar": "scars",
    "hair": "hair",
    "ear": "ears",
    "intimate": "intimate",
    "fat": "fat",
    "implants": "implants",
    "face": "face",
}
"""Groups of procedures, the most telling first."""
GAPS: Mapping[str, str] = {
    "patient_name": "patient's name",
    "surgeon": "surgeon",
    "on_call": "doctor on call",
    "on_call_phone": "doctor's number",
    "next_contact": "next call",
    "stitches_date": "day of the stitches",
    "review_date": "day of the review",
    "answer_date": "day of the answer",
    "reply_by": "reply by",
    "hotline": "hotline",
    "from": "first day",
    "to": "last day",
}
"""What stands in a spoken line where a call puts the patient's own values."""
CONDITIONS: Mapping[str, str] = {
    "surgery": "an operation",
    "injection": "an injection",
    "implant": "an implant",
    "general_anaesthesia": "general anaesthesia",
    "stitches_due": "stitches are due",
    "splint_due": "the splint is due",
    "drain_in": "a drain is still in",
    "inpatient": "still in the ward",
    "at_home": "at home again",
    "doctor": "a doctor calls",
    "not_doctor": "anybody but a doctor calls",
    "cannot_speak": "cannot speak yet",
    "minor": "under 18",
    "male": "a man",
    "returning": "has been here before",
    "new_patient": "here for the first time",
    "leaves_town": "leaves town",
    "open_concern": "a concern is open",
}
ACTIONS: Mapping[FlagAction, str] = {
    FlagAction.ED_NOW: "to the emergency department now",
    FlagAction.CALL_120: "dial the ambulance",
}
WHAT: Mapping[str, str] = {
    "name": "name",
    "alias": "alias",
    "say": "may be said",
    "OUTSIDE": "nothing reassuring",
    "record": "for the record",
    "step": "step",
    "ask": "question",
    "sign": "short form",
    "option": "answer",
    "flag": "red flag",
    "when": "when",
    "listen": "listen",
    "acknowledge": "acknowledge",
    "ask_first": "ask first",
    "explain": "may be explained",
    "collect": "write down",
    "photos": "photographs",
    "rights": "must be told",
    "never": "never",
    "remedies": "may be offered",
    "answer": "the answer",
    "sheet": "by the sheet",
}
"""Which of a place's texts one is."""


def part_word(part: str) -> str:
    """A part of the library."""
    return p_("script part", PART_WORDS[part][1])


def group_word(code: str) -> str:
    """A group of procedures."""
    known = GROUPS.get(code)
    return p_("procedure group", known) if known else code


def main_group(procedure: Procedure) -> str:
    """The most telling of a procedure's groups; empty for none."""
    return next((code for code in GROUPS if code in procedure.groups), "")


def for_word(code: str, library: Library) -> str:
    """Which procedures a track is written for, in words: one, a group, all."""
    if code == EVERYBODY:
        return _("all procedures")
    if code in library.procedures:
        return library.procedures[code].short.of(i18n.language())
    return _("group {name}", name=group_word(code))


def days_words(days: Days) -> str:
    """A range of post-op days."""
    first, last = days
    if first is None and last is None:
        return _("any day")
    if last is None:
        return _("from day {n}", n=first)
    if first == last:
        return _("day {n}", n=last)
    return _("days {first}-{last}", first=first or 0, last=last)


def role_words(role: str) -> str:
    """Who reads a track."""
    return _("any role") if role == EVERYBODY else role_word(role) if role in set(Role) else role


def window_words(window: Window | None, day: int) -> tuple[str, bool]:
    """The window of a concern in a sentence, and whether it is open on a day.

    Args:
        window: None when the procedure has none for the concern.
        day: post-op day, operation day = 0.
    """
    if window is None or window.never or window.from_day is None or window.until is None:
        return _("Never explained here: a clinician decides."), False
    first, last = window.from_day, window.until
    if window.peak is None:
        words = _("Days {first}-{last} may be explained.", first=first, last=last)
    else:
        words = _(
            "Days {first}-{last} may be explained, most on day {n}.", first=first, last=last, n=window.peak
        )
    return words, window.holds(day)


def flag_words(flag: Flag, lang: str) -> str:
    """A red flag: level, words, and what it asks for beyond its level."""
    words = f"{level_word(flag.level)}  {flag.text(lang)}"
    more: list[str] = []
    if flag.action is not None:
        more.append(p_("flag action", ACTIONS[flag.action]))
    if flag.contact_by_min is not None:
        more.append(_("reached within {n} min", n=flag.contact_by_min))
    return f"{words} ({', '.join(more)})" if more else words


def condition_words(when: str) -> str:
    """When a step is read."""
    known = CONDITIONS.get(when)
    return p_("step condition", known) if known else when


def what_words(what: str) -> str:
    """Which of a place's texts one is."""
    if what in WHAT:
        return p_("script text", WHAT[what])
    return _("said at {level}", level=level_word(what))


def place_words(place: Place, library: Library) -> str:
    """Where a text stands, short enough for the front of a line."""
    lang = i18n.language()
    if place.part == "level":
        return _("every concern, {what}", what=what_words(place.what))
    if place.part in ("question", "flag"):
        return what_words(place.what)
    parts = [place.name.of(lang)]
    if place.procedure != EVERYBODY and place.part != "procedure":
        parts.append(for_word(place.procedure, library))
    if place.days != (None, None):
        parts.append(days_words(place.days))
    parts.append(place.step.of(lang) if place.step is not None else what_words(place.what))
    return " ".join(parts)


def values(lang: str, seat: Seat, clinic: str) -> dict[str, str]:
    """What fills the gaps of spoken lines: what is known here, and words in brackets for what only a real
    call knows.

    Args:
        lang: language of the talk.
        seat: who would call.
        clinic: its name.
    """

    def say(context: str, msgid: str) -> str:
        return i18n.translate(lang, f"{context}\x04{msgid}")

    known = {code: f"[{say('gap', msgid)}]" for code, msgid in GAPS.items()}
    return known | {
        "clinic": clinic,
        "caller": seat.name,
        "role": say("spoken role", SPOKEN_ROLES[seat.role]),
        "night_phone": seat.policy.clinic.callback or i18n.translate(lang, "the number on your sheet"),
        "ambulance": seat.policy.clinic.ambulance,
    }


def status_line(release: Release, today: date) -> tuple[str, bool]:
    """What callers may say now, and whether that is a warning.

    Args:
        release: what every seat reads.
        today: the clinic's day.
    """
    if release.may_say:
        return _("Approved: callers may explain what the tracks say."), False
    if release.overdue and release.review_by is not None:
        days = (today - release.review_by).days
        return _("The review is {n} days overdue: callers ask and record, and explain nothing.", n=days), True
    return _("Not approved: callers ask and record, and explain nothing. A doctor approves with PIN."), True


def release_name(release: Release) -> str:
    """A release in two or three words."""
    if release.may_say:
        status = p_("release", "approved")
    elif release.status is ReleaseStatus.RETIRED:
        status = p_("release", "approved before")
    else:
        status = p_("release", "review overdue") if release.overdue else p_("release", "draft")
    name = _("release {n}", n=release.number) if release.number is not None else _("as delivered")
    return f"{name} {status}"
