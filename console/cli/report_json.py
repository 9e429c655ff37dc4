"""Reports as JSON documents. Fields may be added, never renamed; a rate with nothing to count is null."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from console.desk.day_summary import HeadSummary, Said
    from console.desk.figures import DayFigures
    from console.desk.handover import Handover, Line
    from console.rules.figures import Figures, Ratio


def _iso(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat(timespec="seconds")


def ratio(one: Ratio) -> dict[str, Any]:
    """A numerator over a denominator; a share of nothing is null."""
    share = one.share
    return {"of": one.of, "among": one.among, "share": None if share is None else round(share, 4)}


def figures(of: Figures) -> dict[str, Any]:
    """The figures of a day, a caller or a procedure."""
    handling = of.handling
    return {
        "attempts": of.attempts,
        "contact_rate": ratio(of.reached),
        "talks": of.talks,
        "talk_seconds": of.talk_seconds,
        "handling_seconds": None if handling is None else round(handling, 1),
        "tracking_rate": ratio(of.tracked),
        "adherence": ratio(of.adherent),
        "still_open": of.open,
        "clocks": {name: ratio(one) for name, one in of.clocks.items()},
    }


def daily(day: DayFigures, head: HeadSummary | None, clinic: str, zone: ZoneInfo) -> dict[str, Any]:
    """The figures of a day, for a lead with the summaries."""
    return {
        "day": day.day.isoformat(),
        "at": _iso(day.at, zone),
        "clinic": clinic,
        "own": day.own,
        "figures": figures(day.whole),
        "callers": [{"name": part.name, **figures(part.figures)} for part in day.callers],
        "procedures": [{"code": part.name, **figures(part.figures)} for part in day.procedures],
        "trend": [{"day": one.isoformat(), **figures(of)} for one, of in day.trend],
        "summaries": None if head is None else summaries(head, zone),
    }


def summaries(head: HeadSummary, zone: ZoneInfo) -> dict[str, Any]:
    """The head's summaries, and who signed them."""
    numbers, signed = head.numbers, head.signed
    return {
        "unconverted": {
            "calls": numbers.unconverted,
            "reasons": dict(numbers.reasons),
            "service": dict(numbers.service),
            "people": [_said(one, zone) for one in head.visitors],
        },
        "post_op": {
            "calls": numbers.post_op,
            "doubtful": [_said(one, zone) for one in head.doubtful],
            "interested": [_said(one, zone) for one in head.interested],
        },
        "signed": None
        if signed is None
        else {
            "by": signed.staff,
            "at": _iso(signed.at, zone),
            "changed": [{"name": one.name, "then": one.then, "now": one.now} for one in signed.changed],
        },
    }


def _said(one: Said, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "call": one.call_id,
        "patient_id": one.patient_id,
        "external_id": one.external_id,
        "patient": one.patient,
        "procedure": one.procedure,
        "day": one.day,
        "caller": one.staff,
        "consultant": one.consultant,
        "at": _iso(one.at, zone),
        "codes": list(one.codes),
        "words": one.words,
    }


def handover(page: Handover, clinic: str, zone: ZoneInfo) -> dict[str, Any]:
    """The handover page."""
    return {
        "at": _iso(page.at, zone),
        "clinic": clinic,
        "team": page.team,
        "name": page.name,
        "open": [_line(one, zone) for one in page.opened],
        "promised": [_line(one, zone) for one in page.promised],
        "paused": [_line(one, zone) for one in page.paused],
        "more": page.more,
    }


def _line(line: Line, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "id": line.id,
        "patient_id": line.patient_id,
        "patient": line.patient,
        "procedure": line.procedure,
        "state": line.state,
        "words": line.words,
        "at": _iso(line.at, zone),
        "whose": line.whose,
        "by": line.by,
        "signs": [dict(sign) for sign in line.signs],
        "told": line.told,
    }
