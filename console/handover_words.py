"""The handover page as words: the same for the screen, a file and the shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from console import i18n
from console.exchange.documents import Cell, Page, Section
from console.i18n import _, p_
from console.report_words import hidden_word, made_lines, word_of
from console.widgets.service_words import PAUSES
from console.words import date_words, level_word, procedure_word
from db.enums import Level

if TYPE_CHECKING:
    from console.desk.handover import Handover, Line

STATES: Final[Mapping[str, str]] = {
    "dialling": "dialling",
    "connected": "in a call",
    "cut_off": "cut off",
    "open": "not saved",
    "late": "late draft",
    "no_answer": "no answer",
    "busy": "busy",
    "powered_off": "switched off",
    "unreachable": "not reachable",
    "suspended": "number suspended",
    "invalid_number": "invalid number",
    "rejected": "rejected",
    "voicemail": "voicemail",
    "line_error": "fault on our line",
    "minor": "minor",
    "moderate": "moderate",
    "severe": "severe",
}
KINDS: Final[Mapping[str, str]] = {
    "case": "case",
    "call": "call",
    "draft": "typing",
    "promise": "promise",
    "rest": "call",
}
REST: Final = "rest"
CASE: Final = "case"
GOES_ON: Final = "reached, goes on later"
HEADS: Final = ("what", "patient", "about", "why", "until", "whose", "by")


def state_word(line: Line) -> str:
    """What a line's code says."""
    if line.state in Level.__members__:
        return level_word(line.state)
    if line.kind == REST and line.state == "connected":
        return p_("handover state", GOES_ON)
    if line.state in PAUSES:
        return p_("pause", PAUSES[line.state])
    return word_of("handover state", STATES, line.state)


def why_words(line: Line) -> str:
    """A line's state, danger signs, words, and who was told."""
    signs = ", ".join(sign.get(i18n.language(), "") for sign in line.signs)
    told = _("told: {who}", who=line.told) if line.told else ""
    if line.kind == CASE and line.state in Level.__members__:
        told = told or _("nobody told")
    return " ".join(word for word in (state_word(line), signs, hidden_word(line.words), told) if word)


def handover_headers() -> tuple[str, ...]:
    """Heads of the handover page."""
    return tuple(p_("handover head", head) for head in HEADS)


def handover_rows(lines: Sequence[Line], at: datetime, zone: ZoneInfo) -> tuple[tuple[Cell, ...], ...]:
    """The lines of one part of the handover page, read at an instant."""
    today = at.astimezone(zone)
    return tuple(
        (
            f"{word_of('handover kind', KINDS, line.kind)} #{line.id}",
            line.patient or "-",
            procedure_word(line.procedure) if line.procedure else "-",
            why_words(line) or "-",
            "-" if line.at is None else _day_and_time(line.at.astimezone(zone), today),
            line.whose or (_("no owner") if line.kind == CASE else p_("handover whose", "anyone")),
            line.by or "-",
        )
        for line in lines
    )


def _day_and_time(at: datetime, today: datetime) -> str:
    return f"{date_words(at, today)} {at:%H:%M}"


def handover_sections(page: Handover, zone: ZoneInfo) -> tuple[Section, ...]:
    """Open, promised, paused."""
    parts = (
        (p_("handover part", "open"), page.opened),
        (p_("handover part", "promised"), page.promised),
        (p_("handover part", "paused"), page.paused),
    )
    return tuple(
        Section(
            f"{title} {len(lines)}",
            (),
            handover_headers() if lines else (),
            handover_rows(lines, page.at, zone),
        )
        for title, lines in parts
    )


def handover_page(page: Handover, clinic: str, zone: ZoneInfo) -> Page:
    """The handover page."""
    whose = _("the whole team") if page.team else page.name
    title = _("Handover: {whose}", whose=whose)
    lines = made_lines(clinic, page.at, zone)
    if page.more:
        lines += (_("Not everything fits on this page: a list is cut at its end."),)
    return Page(title, lines, handover_sections(page, zone), i18n.language())
