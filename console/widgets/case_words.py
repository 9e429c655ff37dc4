"""What cards, stories and the strip of the board say, as plain words; records in, text out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from console import i18n
from console.i18n import _, p_
from console.text import cells, fit
from console.widgets.service_words import class_word, stage_word
from console.widgets.strip_words import capped as capped
from console.words import left_words, level_word, post_op_words, procedure_word
from db.enums import EscalationKind, EscalationStatus, Level, Severity
from db.records import Escalation

Signs = Mapping[str, Mapping[str, str]]
"""Language to code to words of every danger sign; empty until it has been read."""

KINDS: Mapping[EscalationKind, str] = {
    EscalationKind.CLINICAL: "clinical",
    EscalationKind.COMPLAINT: "complaint",
    EscalationKind.REQUEST: "request",
}
STATUSES: Mapping[EscalationStatus, str] = {
    EscalationStatus.NEW: "new",
    EscalationStatus.ACKNOWLEDGED: "acknowledged",
    EscalationStatus.CONTACTED: "contacted",
    EscalationStatus.RESOLVED: "resolved",
}
SEVERITIES: Mapping[Severity, str] = {
    Severity.MINOR: "minor",
    Severity.MODERATE: "moderate",
    Severity.SEVERE: "severe",
}
EVENTS: Mapping[str, str] = {
    "raised": "raised",
    "level_raised": "made more urgent",
    "level_lowered": "made less urgent",
    "flags_added": "more danger signs",
    "told": "told",
    "located": "place or companion",
    "phoning": "phones the doctor",
    "mis_key": "said to be mis-keyed",
    "acknowledged": "took it up",
    "assigned": "given to",
    "note": "note",
    "contacted": "reached the patient",
    "resolved": "closed",
    "severity": "severity changed",
    "call_requested": "asked for a call now",
    "line_dropped": "the line dropped",
    "answered": "takes it over, said by telephone",
    "called_out": "next to be called out",
    "paged": "was called out",
    "page_failed": "could not be called out",
    "page_given_up": "could not be called out, tried for the last time",
    "adverse_event": "adverse event to report",
    "device_event": "device event to report",
    "reported": "reported",
    "report_late": "report is late",
    "caller_spoke": "a caller spoke to the patient",
    "first_reply": "gave the first reply",
    "investigator": "looks into it from now on",
    "class": "class changed",
    "severity_confirmed": "confirmed how serious it is",
    "paused": "answer's clock stopped, waits for",
    "resumed": "answer's clock runs again",
    "solved": "solution",
    "told_back": "told the customer the result",
    "satisfaction": "satisfaction",
    "answered_customer": "answered the customer",
    "reopened": "reopened",
    "right_told": "told a right",
    "copy_asked": "copy of the record asked for",
    "seal_asked": "sealing of the record asked for",
    "records_done": "copy or sealing done",
    "channel_named": "named on request",
    "to_tell": "has to be told",
    "role_told": "told somebody of the clinic",
    "progress_told": "told the customer how it goes",
    "promised": "promised to the customer",
    "refund_asked": "money back asked for",
    "refund_alert": "a refund is near its limit",
    "remedy_proposed": "proposed",
    "remedy_decided": "decided",
    "remedy_decided_alone": "decided by the one who proposed it, for nobody else here may",
    "remedy_withdrawn": "took the proposal back",
    "note_due": "a daily note is due",
}
"""Kinds of the lines of a story."""
NAMED = ("assigned", "answered", "called_out", "paged", "page_failed", "page_given_up", "investigator")
"""Those that name a person."""
REPORTS: Mapping[str, str] = {
    "extreme": "exceptionally major, 2 h",
    "major": "major, 12 h",
    "general": "general, 15 days",
    "group": "group event, by telephone, 12 h",
    "group_case": "case of a group event, 24 h",
    "death": "death, 7 days",
    "serious": "serious injury or its possibility, 20 days",
    "none": "need not be reported",
}
"""Categories of what has to be reported (`console.rules.reports`)."""
CLOCKS: Mapping[str, str] = {
    "ack": "take up",
    "contact": "reach",
    "resolve": "close",
    "reply": "reply",
    "answer": "answer",
    "refund": "refund",
}
"""Which of an escalation's limits runs."""


def kind_word(kind: EscalationKind) -> str:
    """Clinical, complaint or request."""
    return p_("board kind", KINDS[kind])


def status_word(status: EscalationStatus) -> str:
    """Heading of a column of the board."""
    return p_("board status", STATUSES[status])


def severity_word(severity: Severity) -> str:
    """How serious a complaint is."""
    return p_("severity", SEVERITIES[severity])


def event_word(kind: str) -> str:
    """What happened, of one line of a story."""
    known = EVENTS.get(kind)
    return p_("event", known) if known else kind


def report_word(category: str) -> str:
    """Category of a report, with its limit."""
    return p_("report", REPORTS[category])


def urgency_words(card: Escalation) -> str:
    """How urgent a thing is: the level, of a complaint its kind and severity, of a request its kind."""
    if card.level is not None:
        return level_word(card.level)
    if card.severity is None or card.kind is EscalationKind.REQUEST:
        return kind_word(card.kind)
    return f"{kind_word(card.kind)} {severity_word(card.severity)}"


def clock_word(card: Escalation) -> str:
    """Which limit runs out next; empty when none does."""
    if card.next_clock is None:
        return ""
    if card.kind is not EscalationKind.CLINICAL:
        return p_("clock", CLOCKS[_service_clock(card)])
    # Of an emergency both limits are the same minute; reaching the patient is what counts then.
    if card.contacted_at is None and card.next_clock == card.contact_by:
        return p_("clock", CLOCKS["contact"])
    if card.acknowledged_at is None and card.next_clock == card.ack_by:
        return p_("clock", CLOCKS["ack"])
    return p_("clock", CLOCKS["resolve"])


SERVICE_CLOCKS: Mapping[str, str] = {"contact": "reply", "resolve": "answer"}
"""What a clock is called of a complaint or a request."""


def _service_clock(card: Escalation) -> str:
    """Which limit of a complaint or a request runs out next."""
    if card.refund_by is not None and card.next_clock == card.refund_by:
        return "refund"
    if card.contacted_at is None and card.next_clock == card.contact_by:
        return "reply"
    if card.acknowledged_at is None and card.next_clock == card.ack_by:
        return "ack"
    return "answer"


IN_SHORT: Mapping[str, str] = {
    "paused": "PAUSED",
    "refund": "refund by {day}",
    "refund_late": "REFUND LATE {day}",
    "confirm": "to be confirmed",
}
"""What nobody may overlook of a complaint."""


def service_words(card: Escalation, now: datetime, zone: ZoneInfo) -> list[str]:
    """How far a complaint or request is: what nobody may overlook first; nothing of a clinical case."""
    words: list[str] = []
    if card.kind is EscalationKind.CLINICAL or card.status is EscalationStatus.RESOLVED:
        return words
    if card.paused_at is not None:
        words.append(p_("case card", IN_SHORT["paused"]))
    if card.refund_by is not None:
        day = f"{card.refund_by.astimezone(zone):%m-%d}"
        code = "refund_late" if card.refund_by < now else "refund"
        words.append(p_("case card", IN_SHORT[code], day=day))
    if card.severity is Severity.SEVERE and not card.confirmed:
        words.append(p_("case card", IN_SHORT["confirm"]))
    if card.stage is not None:
        words.append(stage_word(card.stage))
    return words


def age_words(card: Escalation, now: datetime) -> str:
    """How long ago it was raised, or came in (catalogue S3-CMPL-01)."""
    minutes = max(0, int((now - (card.received_at or card.raised_at)).total_seconds() // 60))
    if minutes < 60:
        words = _("{n}min", n=minutes)
    elif minutes < 24 * 60:
        words = _("{n}h", n=minutes // 60)
    else:
        words = _("{n}d", n=minutes // (24 * 60))
    return p_("age", "{words} ago", words=words)


def patient_words(card: Escalation) -> str:
    """Who it is about, masked; a caller nobody knows has words."""
    return _("unknown caller") if card.patient == "?" else card.patient


def level_or_severity(code: str | None) -> str:
    """A level or severity as a story keeps it, in words; other texts stay."""
    if code in tuple(Level):
        return level_word(Level(str(code)))
    if code in tuple(Severity):
        return severity_word(Severity(str(code)))
    return code or ""


def last_words(card: Escalation) -> str:
    """The story's last line: its text, or the word for what happened."""
    if card.last_line and card.last_line == card.told_who:
        return f"{event_word('told')} {card.told_who}"
    if card.last_line in CLOCKS:
        clinical = card.kind is EscalationKind.CLINICAL
        return breach_words(
            card.last_line if clinical else SERVICE_CLOCKS.get(card.last_line, card.last_line)
        )
    return event_word(card.last_line) if card.last_line in EVENTS else card.last_line


def breach_words(clock: str) -> str:
    """That a limit has passed."""
    return _("too late to {what}", what=p_("clock", CLOCKS[clock]))


def owner_words(card: Escalation) -> str:
    """Who has it."""
    return card.owner or _("no owner")


def card_lines(card: Escalation, now: datetime, zone: ZoneInfo, width: int) -> tuple[str, str, str]:
    """A card of the board in three lines: urgency and clock; who, and since when; owner, how far it is, last line.

    Args:
        card: masked.
        now: aware, for the time left.
        zone: the clinic's.
        width: cells of the column.
    """
    if card.resolved_at is not None:
        clock = f"{card.resolved_at.astimezone(zone):%H:%M}"
    elif card.next_clock is not None:
        clock = f"{clock_word(card)} {_left(card, now, zone)}"
    else:
        clock = ""
    mark = "? " if card.mis_keyed else ""
    room = max(width - cells(clock) - 1, 1)
    first = fit(mark + urgency_words(card), room) + " " + clock
    day = "" if card.day is None else p_("short day", "d{n}", n=card.day)
    who = " ".join(part for part in (patient_words(card), day, procedure_word(card.procedure or "")) if part)
    age = "" if card.resolved_at is not None else age_words(card, now)
    second = fit(who, max(width - cells(age) - 1, 1)) + " " + age if age else who
    said = " ".join([*service_words(card, now, zone), *([last_words(card)] if card.last_line else [])])
    third = ": ".join(part for part in (owner_words(card), said) if part)
    return fit(first, width), fit(second, width), fit(third, width)


def _left(card: Escalation, now: datetime, zone: ZoneInfo) -> str:
    """Time left of the clock that runs, in the clinic's days."""
    assert card.next_clock is not None
    return left_words(card.next_clock.astimezone(zone), now.astimezone(zone))


def detail_lines(card: Escalation, signs: Signs, now: datetime, zone: ZoneInfo) -> list[str]:
    """What stands under the board about the card under the cursor.

    Args:
        card: masked.
        signs: words of danger signs.
        now: aware.
        zone: the clinic's.
    """
    last = last_words(card) if card.last_line and card.last_line != card.told_who else ""
    about = [] if card.klass is None else [class_word(card.klass)]
    told = "; ".join([*about, *service_words(card, now, zone), *sign_words(card, signs)])
    said = " | ".join(part for part in (told, last) if part)
    clock = ""
    if card.next_clock is not None:
        at = card.next_clock.astimezone(zone)
        day = "" if at.date() == now.astimezone(zone).date() else f"{at:%m-%d} "
        clock = f"{clock_word(card)} {day}{at:%H:%M} ({_left(card, now, zone)})"
    head = "  ".join(
        part
        for part in (
            f"#{card.id}",
            urgency_words(card),
            patient_words(card),
            procedure_word(card.procedure or ""),
            post_op_words(card.day),
            clock,
        )
        if part
    )
    return [head, said, " | ".join(hands_words(card, zone))]


def sign_words(card: Escalation, signs: Signs) -> list[str]:
    """The danger signs and the summary, each thing said once."""
    own = signs.get(i18n.language(), {})
    words = [own.get(code, code) for code in card.flags]
    if card.mis_keyed:
        words.insert(0, _("mis-keyed, says the caller: {reason}", reason=card.mis_key_reason or ""))
    # A summary that only lists the signs, in whatever language, would say them twice.
    listed = {"; ".join(one.get(code, code) for code in card.flags) for one in signs.values()}
    if card.summary and card.summary not in listed:
        words.append(card.summary)
    return words


def hands_words(card: Escalation, zone: ZoneInfo) -> list[str]:
    """Who has it, was told, phones, raised it."""
    words = [_("with {name}", name=card.owner) if card.owner else _("no owner")]
    if card.told_who:
        told = card.told_at.astimezone(zone).strftime("%H:%M") if card.told_at else ""
        words.append(_("{who} told {time} by {name}", who=card.told_who, time=told, name=card.told_by or ""))
    elif card.kind is EscalationKind.CLINICAL:
        words.append(_("nobody told"))
    if card.phoning:
        words.append(_("{name} phones the doctor", name=card.phoning))
    raised = f"{card.raised_at.astimezone(zone):%H:%M}"
    words.append(_("raised {time} by {name}", time=raised, name=card.raised_by))
    return words
