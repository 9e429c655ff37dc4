"""The story of a case line by line: when, who, what. Records in, styled lines out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from console import i18n
from console.i18n import _, p_
from console.text import cells
from console.widgets.call_panes import ASK, DIM, RESULTS, WARN, Line
from console.widgets.case_words import (
    CLOCKS,
    NAMED,
    REPORTS,
    breach_words,
    event_word,
    level_or_severity,
    report_word,
)
from console.widgets.patient_lines import appointment_state, appointment_word
from console.widgets.service_story import names
from console.words import weekday_word, when_words
from db import story_records as kinds
from db.records import Reason, Story, StoryLine
from db.story_records import Texts

PAGES: Mapping[str, str] = {
    "none": "no program for it: phone",
    "due": "the program runs next",
    "running": "the program is running",
    "sent": "the program ran",
    "failed": "the program failed",
    "stopped": "not needed any more",
}
"""How far a call-out is (`db.enums.PageStatus`)."""
INDENT = "         "
"""Before what belongs to the conversation above it."""
AFTER_TIME = 7
"""Cells of the clock before a line's words."""
SUBJECTS = (kinds.TRACK, kinds.ANSWERED, kinds.SPOKEN)
"""Kinds that belong to the conversation above them."""


_WORD = re.compile(r"[ ]+|[!-~]+|.", re.DOTALL)
"""Where a line may break: at blanks, and between Chinese characters, never inside a word or a number."""


def hanging(text: str, width: int, indent: int) -> list[str]:
    """A line broken at a width, what goes on standing under its words.

    Args:
        text: one line. width: cells; 0 or too few for the indent leaves it whole. indent: cells before what goes on.
    """
    if width <= indent + 8:
        return [text]
    lines, line, used = list[str](), "", 0
    for part in _WORD.findall(text):
        size = cells(part)
        if used + size > width and line.strip():
            lines.append(line.rstrip())
            line, used = " " * indent, indent
            part = part.lstrip(" ")
            size = cells(part)
        line, used = line + part, used + size
    return [*lines, line.rstrip()]


def words_of(texts: Texts) -> str:
    """Words in the language of the screen, or in the only one there is: a spoken line is in the patient's."""
    return texts.get(i18n.language()) or next(iter(texts.values()), "")


def story_lines(story: Story, zone: ZoneInfo, now: datetime, width: int = 0) -> list[Line]:
    """Every line of a case's story, the oldest on top.

    Args:
        story: as read.
        zone: the clinic's.
        now: aware, for the dates: of another day the date is shown.
        width: cells of a line, so that what goes on in the next one stands under its words; 0 leaves that be.
    """
    lines: list[Line] = []
    if story.older:
        lines.append((_("{n} older lines are in the record.", n=story.older), DIM))
    if story.hidden:
        lines.append((_("What was said is kept from you: an intimate procedure, or practice."), DIM))
    day = None
    for one in story.lines:
        at = one.at.astimezone(zone)
        if at.date() != day:
            day = at.date()
            lines.append((f"{at:%Y-%m-%d} {weekday_word(at)}", DIM))
        words, style = _line(one, zone, now)
        indent = len(INDENT) if one.kind in SUBJECTS else AFTER_TIME
        lines += [(part, style) for part in hanging(words, width, indent)]
    return lines


def _line(one: StoryLine, zone: ZoneInfo, now: datetime) -> Line:
    if one.kind in SUBJECTS:
        return _of_talk(one)
    at = one.at.astimezone(zone)
    who = one.who or _("by itself")
    head = f"{at:%H:%M}  {who}"
    if one.who is None and one.note in CLOCKS:
        changed = "" if one.before == one.after else f": {level_or_severity(one.after)}"
        return f"{head}  {breach_words(one.note)}{changed}", WARN
    words, style = _what(one, zone, now)
    note = "" if one.kind in (kinds.VISITED, "resumed") else one.note
    if one.kind == "solved":
        note = _("{cause}; {solution}", cause=one.before or "", solution=one.note)
    return f"{head}  {words}" + (f": {note}" if note else ""), style


def _what(one: StoryLine, zone: ZoneInfo, now: datetime) -> tuple[str, str]:
    until = "" if one.until is None else when_words(one.until.astimezone(zone), now.astimezone(zone))
    match one.kind:
        case kinds.CAME_IN:
            return p_("story", "answered an incoming call"), DIM
        case kinds.TAKEN:
            return p_("story", "took the call"), DIM
        case kinds.TRIED:
            return _dialled(one), DIM
        case kinds.TALKED:
            outcome = _by_code("outcome", one.after)
            return (_("amended, {what}", what=outcome) if one.before else outcome), ASK
        case kinds.PROMISED:
            return _("callback promised for {time}", time=until), ""
        case kinds.BOOKED:
            return _("booked: {what} on {time}", what=appointment_word(one.before or ""), time=until), ""
        case kinds.VISITED:
            photo = f", {_('photographs taken')}" if one.note else ""
            return f"{appointment_word(one.before or '')}: {appointment_state(one.after or '')}{photo}", ""
    named = names(one, zone, now)
    if named is not None:
        return f"{event_word(one.kind)}  {named}".rstrip(), ""
    parts = [event_word(one.kind)]
    if one.kind in ("level_raised", "level_lowered", "severity"):
        parts.append(f"{level_or_severity(one.before)} > {level_or_severity(one.after)}")
    elif one.kind in NAMED and one.after:
        parts.append(one.after)
        page = PAGES.get(one.before or "") if one.kind == "called_out" else None
        if page:
            parts.append(f"({p_('call-out', page)})")
    elif one.after is not None and one.after in REPORTS:
        parts.append(report_word(one.after))
        if until:
            parts.append(_("by {time}", time=until))
    style = WARN if one.kind in ("level_raised", "report_late", "page_failed", "page_given_up") else ""
    return "  ".join(parts), style


def _dialled(one: StoryLine) -> str:
    results = {str(code): words for code, words in RESULTS}
    result = p_("dial", results[one.after]) if one.after in results else _("no result")
    if one.before in (None, "phone"):
        return _("dialled: {result}", result=result)
    return f"{_by_code('channel', one.before)}: {result}"


def _by_code(kind: str, code: str | None) -> str:
    return i18n.reason_text(i18n.language(), Reason(f"{kind}_{code}")) if code else ""


def _of_talk(one: StoryLine) -> Line:
    """What belongs to the conversation above: the talk-track, an answer with its question, a spoken line."""
    if one.kind == kinds.TRACK:
        named = words_of(one.said) or one.before or ""
        if one.before and one.before != named:
            named = f"{named} ({one.before})"
        if one.after:
            named = _("{flow}, version {n}", flow=named, n=one.after)
        release = _("release {name}", name=one.note) if one.note else ""
        read = "  ".join(part for part in (named, release) if part)
        return f"{INDENT}{_('read: {track}', track=read)}", DIM
    if one.kind == kinds.SPOKEN:
        return f"{INDENT}{_('said: {words}', words=words_of(one.said))}", DIM
    was = f"  ({_('before: {answer}', answer=one.note)})" if one.note else ""
    mark = "! " if one.danger else "  "
    return f"{INDENT}{mark}{words_of(one.said)}  {words_of(one.answer)}{was}", WARN if one.danger else ""
