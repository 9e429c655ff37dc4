"""Reports a case owes an authority, with their clocks, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from console.i18n import _, p_
from console.widgets.call_panes import ALARM, DIM, GOOD, HEAD, WARN, Line
from console.widgets.case_words import report_word
from console.words import left_words, when_words
from db.enums import DutyKind
from db.records import Duty

KINDS: Mapping[DutyKind, str] = {
    DutyKind.ADVERSE_EVENT: "adverse event",
    DutyKind.DEVICE_EVENT: "event with a device",
}


def kind_word(kind: DutyKind) -> str:
    """What kind of event is reported."""
    return p_("duty", KINDS[kind])


def duty_words(duty: Duty, zone: ZoneInfo, now: datetime) -> str:
    """One report: what, by when or since when."""
    what = f"{kind_word(duty.kind)}, {report_word(duty.category)}"
    if duty.reported_at is not None:
        at = when_words(duty.reported_at.astimezone(zone), now)
        made = _("reported {time} to {whom}", time=at, whom=duty.reported_to or "")
        return f"{what}: {made}" + (f"  ({_('late')})" if duty.late else "")
    due = duty.due_at.astimezone(zone)
    return _(
        "{what}: report by {time} ({left})", what=what, time=when_words(due, now), left=left_words(due, now)
    )


def duty_lines(duties: Sequence[Duty], zone: ZoneInfo, now: datetime) -> list[Line]:
    """Every report of a case that stands; decisions that were replaced are in the story.

    Args:
        duties: of the case.
        zone: the clinic's. now: aware, in that zone.
    """
    standing = [one for one in duties if one.replaced_at is None]
    if not standing:
        return []
    lines: list[Line] = [("", ""), (_("To be reported"), HEAD)]
    for one in standing:
        style = (DIM if one.late else GOOD) if one.reported_at is not None else ALARM if one.late else WARN
        lines.append((duty_words(one, zone, now), style))
    return lines
