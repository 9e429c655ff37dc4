"""What cards, stories and the strip of the board say, as plain words; records in, text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from console import i18n
from console.i18n import _, p_
from console.text import cells, cut, fit
from console.words import left_words, level_word, post_op_words, procedure_word, tier_word
from db.enums import EscalationKind, EscalationStatus, LeaseStage, Level, Severity, Tier
from db.records import BoardStrip, Escalation, EscalationEvent, HeldLine

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
}
"""Kinds of the lines of a story."""
NAMED = ("assigned", "answered", "called_out", "paged", "page_failed", "page_given_up")
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
CLOCKS: Mapping[str, str] = {"ack": "take up", "contact": "reach", "resolve": "close"}
"""Which of an escalation's limits runs."""


LISTS: Mapping[str, str] = {
    "for_lead": "for the lead {n}",
    "lapsed": "lapsed {n}",
    "unreachable": "unreachable {n}",
    "refused": "refused rows {n}",
    "late_drafts": "late drafts {n}",
    "before_start": "before the start {n}",
}
"""Counts of the strip, the most pressing first."""


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
    """How urgent a thing is: the level, or of a complaint or request its kind and severity."""
    if card.level is not None:
        return level_word(card.level)
    if card.severity is None:
        return kind_word(card.kind)
    return f"{kind_word(card.kind)} {severity_word(card.severity)}"


def clock_word(card: Escalation) -> str:
    """Which limit runs out next; empty when none does."""
    if card.next_clock is None:
        return ""
    # Of an emergency both limits are the same minute; reaching the patient is what counts then.
    if card.contacted_at is None and card.next_clock == card.contact_by:
        return p_("clock", CLOCKS["contact"])
    if card.acknowledged_at is None and card.next_clock == card.ack_by:
        return p_("clock", CLOCKS["ack"])
    return p_("clock", CLOCKS["resolve"])


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
        return breach_words(card.last_line)
    return event_word(card.last_line) if card.last_line in EVENTS else card.last_line


def breach_words(clock: str) -> str:
    """That a limit has passed."""
    return _("too late to {what}", what=p_("clock", CLOCKS[clock]))


def owner_words(card: Escalation) -> str:
    """Who has it."""
    return card.owner or _("no owner")


def story_words(event: EscalationEvent, zone: ZoneInfo, now: datetime) -> str:
    """One line of a story: when, who, what."""
    at = event.at.astimezone(zone)
    when = f"{at:%H:%M}" if at.date() == now.astimezone(zone).date() else f"{at:%m-%d %H:%M}"
    who = event.staff or _("by itself")
    if event.note in CLOCKS and event.staff is None:
        changed = "" if event.before == event.after else f": {level_or_severity(event.after)}"
        return f"{when}  {who}  {breach_words(event.note)}{changed}"
    parts = [when, who, event_word(event.kind)]
    if event.kind in ("level_raised", "level_lowered", "severity"):
        parts.append(f"{level_or_severity(event.before)} > {level_or_severity(event.after)}")
    elif event.kind in NAMED and event.after:
        parts.append(event.after)
    elif event.after is not None and event.after in REPORTS:
        parts.append(report_word(event.after))
    return "  ".join(parts) + (f": {event.note}" if event.note else "")


def card_lines(card: Escalation, now: datetime, zone: ZoneInfo, width: int) -> tuple[str, str, str]:
    """A card of the board in three lines: urgency and clock; who; owner and last line.

    Args:
        card: masked.
        now: aware, for the time left.
        zone: the clinic's.
        width: cells of the column.
    """
    if card.resolved_at is not None:
        clock = f"{card.resolved_at.astimezone(zone):%H:%M}"
    elif card.next_clock is not None:
        clock = f"{clock_word(card)} {left_words(card.next_clock, now)}"
    else:
        clock = ""
    mark = "? " if card.mis_keyed else ""
    room = max(width - cells(clock) - 1, 1)
    first = fit(mark + urgency_words(card), room) + " " + clock
    day = "" if card.day is None else p_("short day", "d{n}", n=card.day)
    who = " ".join(part for part in (patient_words(card), day, procedure_word(card.procedure or "")) if part)
    last = f"{owner_words(card)}: {last_words(card)}" if card.last_line else owner_words(card)
    return fit(first, width), fit(who, width), fit(last, width)


def detail_lines(card: Escalation, signs: Signs, now: datetime, zone: ZoneInfo) -> list[str]:
    """What stands under the board about the card under the cursor.

    Args:
        card: masked.
        signs: words of danger signs.
        now: aware.
        zone: the clinic's.
    """
    last = last_words(card) if card.last_line and card.last_line != card.told_who else ""
    said = " | ".join(part for part in ("; ".join(sign_words(card, signs)), last) if part)
    clock = ""
    if card.next_clock is not None:
        at = card.next_clock.astimezone(zone)
        clock = f"{clock_word(card)} {at:%H:%M} ({left_words(card.next_clock, now)})"
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


def capped(count: int) -> str:
    """A count; beyond 999 only that it is more."""
    return "999+" if count > 999 else str(count)


def queue_words(strip: BoardStrip) -> str:
    """The queue by tier."""
    counts = "  ".join(f"{tier_word(tier)} {capped(strip.queue.get(tier, 0))}" for tier in Tier)
    return _("queue:") + " " + counts


def held_words(lines: Sequence[HeldLine], zone: ZoneInfo, width: int) -> str:
    """Who holds whom, the longest first, cut to a width with how many more there are."""
    named: list[str] = []
    ordered = sorted(lines, key=lambda line: line.since)
    for number, line in enumerate(ordered):
        stage = p_("stage", "previewing") if line.stage is LeaseStage.PREVIEW else ""
        words = f"{line.staff} {stage}{line.since.astimezone(zone):%H:%M}"
        more = len(ordered) - number
        if named and cells("  ".join([*named, words])) > width - 6:
            return "  ".join(named) + f"  +{more}"
        named.append(cut(words, max(width - 6, 4)))
    return "  ".join(named)


def lists_words(strip: BoardStrip) -> list[str]:
    """Counts of what the board lists beside the cards, those with something in them."""
    return [
        p_("strip", words, n=capped(count))
        for name, words in LISTS.items()
        if (count := getattr(strip, name))
    ]
