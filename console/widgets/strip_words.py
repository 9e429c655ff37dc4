"""What the board's strip says, as plain words; records in, text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from console.i18n import _, p_
from console.text import cells, cut
from console.words import tier_word
from db.enums import LeaseStage, Tier
from db.records import BoardStrip, Forecast, HeldLine

CAP = 999
"""Counts beyond are only said to be more."""

COUNTS: Mapping[str, str] = {
    "for_lead": "for the lead {n}",
    "skipped": "skipped {n}",
    "lapsed": "lapsed {n}",
    "unreachable": "unreachable {n}",
    "unplanned": "no plan {n}",
    "late_drafts": "late drafts {n}",
    "refused": "refused rows {n}",
    "before_start": "before the start {n}",
}
"""Counts of the strip, the most pressing first."""
HANDS: Mapping[str, str] = {"held": "on the line {n}", "cut_off": "cut off {n}"}
"""Counts of calls in somebody's hands."""


def capped(count: int) -> str:
    """A count; beyond 999 only that it is more."""
    return f"{CAP}+" if count > CAP else str(count)


def count_words(name: str, count: int) -> str:
    """One of the counts."""
    return p_("strip", {**COUNTS, **HANDS}[name], n=capped(count))


def counts_of(strip: BoardStrip) -> dict[str, int]:
    """Every count that has a list behind it, the most pressing first; nothing of what there is none of."""
    hands = {"cut_off": len(strip.cut_off), "held": len(strip.held)}
    rest = {name: int(getattr(strip, name)) for name in COUNTS}
    return {name: count for name, count in (hands | rest).items() if count}


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
        who = f" {line.patient}" if line.patient else ""
        words = f"{line.staff}{who} {stage}{line.since.astimezone(zone):%H:%M}"
        more = len(ordered) - number
        if named and cells("  ".join([*named, words])) > width - 6:
            return "  ".join(named) + f"  +{more}"
        named.append(cut(words, max(width - 6, 4)))
    return "  ".join(named)


def forecast_words(forecast: Forecast | None, zone: ZoneInfo, *, wide: bool) -> str:
    """Whether the people who are here can make the calls of the rest of the day.

    Args:
        forecast: None when today's calling hours are over.
        zone: the clinic's.
        wide: say also how long one call takes, and whether that was measured.
    """
    if forecast is None:
        return _("calling is over for today")
    until = f"{forecast.until.astimezone(zone):%H:%M}"
    due, can = capped(forecast.due), capped(forecast.can)
    words = _("to {until}: {due} due, {seats} here can make {can}", until=until, due=due,
              seats=forecast.seats, can=can)  # fmt: skip
    if forecast.missing:
        words += _(", {n} TOO MANY", n=capped(forecast.missing))
    if wide:
        each = f"{forecast.handling_s / 60:.1f}".removesuffix(".0")
        said = _("measured") if forecast.measured else _("by the policy")
        words += " " + _("({n} min each, {how})", n=each, how=said)
    return words


def fitting(parts: Sequence[str], width: int) -> str:
    """Parts in one line, those that fit, and how many do not.

    Args:
        parts: the most pressing first.
        width: cells of the line.
    """
    shown: list[str] = []
    for number, part in enumerate(parts):
        rest = len(parts) - number
        tail = f"  +{rest}" if rest > 1 else ""
        if shown and cells("  ".join([*shown, part])) + (cells(tail) if rest > 1 else 0) > width:
            return "  ".join(shown) + f"  +{rest}"
        shown.append(part)
    return "  ".join(shown)
