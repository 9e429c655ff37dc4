"""What a line of a complaint's story names beside its kind: a score, a date, a right, a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from console.i18n import _, p_
from console.widgets import service_words as words
from console.widgets.case_words import level_or_severity
from console.words import when_words
from db.enums import ComplaintClass, ProcessStage, RemedyKind
from db.records import StoryLine


def _class(code: str | None) -> str:
    """Class, and where in the process, as a story keeps both."""
    klass, _slash, stage = (code or "").partition("/")
    named = words.class_word(ComplaintClass(klass)) if klass in tuple(ComplaintClass) else klass
    return f"{named} ({words.process_word(ProcessStage(stage))})" if stage in tuple(ProcessStage) else named


def _remedy(code: str | None) -> str:
    return words.remedy_word(RemedyKind(code)) if code in tuple(RemedyKind) else code or ""


def _satisfaction(code: str | None) -> str:
    if code is not None and code.isdigit():
        return _("{n} of 5", n=code)
    return words.said(words.NO_SCORE, "no score", code or "")


def _roles(codes: str | None) -> str:
    return ", ".join(words.said(words.ROLES, "owed role", one) for one in (codes or "").split(", ") if one)


def _decided(one: StoryLine) -> str:
    verdict = p_("remedy decided", "approved") if one.after == "yes" else p_("remedy decided", "refused")
    return f"{_remedy(one.before)}, {verdict}"


NAMES: Mapping[str, Callable[[StoryLine], str]] = {
    "class": lambda one: f"{_class(one.before)} > {_class(one.after)}",
    "severity_confirmed": lambda one: level_or_severity(one.after),
    "paused": lambda one: words.said(words.PAUSES, "pause", one.after or ""),
    "told_back": lambda one: words.said(words.ACCEPTED, "accepted", one.after or "") if one.after else "",
    "satisfaction": lambda one: _satisfaction(one.after),
    "right_told": lambda one: words.said(words.RIGHTS, "right", one.after or ""),
    "channel_named": lambda one: words.said(words.CHANNELS, "outside", one.after or ""),
    "copy_asked": lambda one: one.after or "",
    "seal_asked": lambda one: one.after or "",
    "to_tell": lambda one: _roles(one.after),
    "role_told": lambda one: _roles(one.before),
    "remedy_proposed": lambda one: _remedy(one.after),
    "remedy_decided": _decided,
    "remedy_decided_alone": _decided,
    "remedy_withdrawn": lambda one: _remedy(one.after),
}
"""Kind of a line to what it names."""


def names(one: StoryLine, zone: ZoneInfo, now: datetime) -> str | None:
    """What a line names; empty when its kind says it all, None for a kind that is no complaint's.

    Args:
        one: the line. zone: the clinic's. now: aware.
    """
    if one.kind in ("resumed", "promised"):
        until = _moment(one.after, zone, now)
        if one.kind == "promised":
            return until
        return _("{n} working days later, due {time}", n=one.note, time=until)
    if one.kind in NAMES:
        return NAMES[one.kind](one)
    return None


def _moment(text: str | None, zone: ZoneInfo, now: datetime) -> str:
    try:
        return when_words(datetime.fromisoformat(text or "").astimezone(zone), now.astimezone(zone))
    except ValueError:
        return text or ""
