"""The report of reviewed calls as a JSON document. Fields may be added, never renamed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from console.cli.report_json import ratio

if TYPE_CHECKING:
    from console.desk.assessment import Month
    from console.desk.quality import Review
    from console.desk.quality_report import QualityReport


def quality(report: QualityReport, clinic: str, zone: ZoneInfo) -> dict[str, Any]:
    """Reviews, sums, talk-tracks used, improvements and the month's assessments."""
    return {
        "from": report.first.isoformat(),
        "to": report.last.isoformat(),
        "at": _iso(report.at, zone),
        "clinic": clinic,
        "own": report.own,
        "days_drawn": report.days,
        "calls": report.calls,
        "reviews": [_review(one, zone) for one in report.reviews],
        "rules": [
            {
                "code": one.rule,
                "drawn": one.drawn,
                "scored": one.scored,
                "lapsed": one.lapsed,
                "percent": one.percent,
            }
            for one in report.rules
        ],
        "items": [
            {"code": one.code, "got": one.got, "of": one.of, "calls": one.calls, "percent": one.percent}
            for one in report.items
        ],
        "weakest": list(report.weakest),
        "people": [
            {
                "name": one.name,
                "scored": one.scored,
                "percent": one.percent,
                "instant_fails": one.fails,
                "answered": one.answered,
            }
            for one in report.people
        ],
        "instant_fails": [{"code": code, "times": n} for code, n in report.fails],
        "training": [{"code": code, "times": n} for code, n in report.training],
        "usage": [{"kind": one.kind, "code": one.code, "calls": one.calls} for one in report.usage],
        "improvements": [
            {
                "id": one.id,
                "text": one.text,
                "owner": one.owner,
                "due": one.due_on.isoformat(),
                "state": one.state.value,
                "overdue": one.overdue,
                "review": one.review_id,
            }
            for one in report.improvements
        ],
        "assessment": assessment(report.month),
    }


def _iso(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat(timespec="seconds")


def _review(one: Review, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": one.id,
        "call": one.call_id,
        "day": one.day.isoformat(),
        "caller": one.staff,
        "patient": one.patient,
        "procedure": one.procedure,
        "post_op_day": one.post_op,
        "seconds": one.seconds,
        "outcome": one.outcome.value,
        "drawn_for": list(one.drawn_for),
        "status": one.status.value,
        "lapses_at": _iso(one.lapses_at, zone),
        "score": one.score,
        "of": one.of,
        "points": dict(one.points),
        "instant_fails": list(one.fails),
        "training": list(one.training),
        "note": one.note,
        "version": one.version,
        "reviewer": one.reviewer,
        "scored_at": _iso(one.scored_at, zone),
        "seen_at": _iso(one.seen_at, zone),
        "answer": one.answer,
        "answered_at": _iso(one.answered_at, zone),
        "closed_at": _iso(one.closed_at, zone),
    }


def assessment(month: Month) -> dict[str, Any]:
    """A month's assessments: every number with the rows it was counted from."""
    return {
        "from": month.first.isoformat(),
        "to": month.last.isoformat(),
        "nobodys": month.nobodys,
        "people": [
            {
                "name": one.name,
                "role": one.role.value,
                "score": one.assessment.score,
                "parts": [
                    {
                        "code": part.name,
                        "points": part.points,
                        "of": part.weight,
                        "facts": [
                            {"code": fact.code, "n": fact.n, "ids": list(fact.ids)} for fact in part.facts
                        ],
                    }
                    for part in one.assessment.parts
                ],
                "tracking_rate": ratio(one.assessment.tracking),
                "late_notes": list(one.assessment.late),
            }
            for one in month.people
        ],
    }
