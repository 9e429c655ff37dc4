"""What reviews of some days came to, and which talk-tracks were used how often (catalogue S1-QUAL-01, S1-QUAL-05)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from console.desk import assessment, improving, quality
from console.desk.assessment import Month
from console.desk.figures import may_read, not_ahead
from console.desk.improving import Improvement
from console.desk.local import clinic_time
from console.desk.quality import Review
from console.desk.seat import Seat
from console.rules.quality import RULES
from db import quality as table
from db.connect import reading
from db.enums import ReviewStatus, Role
from db.errors import NotAllowed
from db.instants import to_ms

WEAKEST: Final = 3
"""Items named as the weakest: few enough to work on."""
DAYS_MOST: Final = 366


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule: how many calls it drew, how many of them were scored, how many lapsed, and their mean percent."""

    rule: str
    drawn: int
    scored: int
    lapsed: int
    percent: float | None


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item of the scorecard over all scored calls: points, most points, in how many calls."""

    code: str
    got: int
    of: int
    calls: int

    @property
    def percent(self) -> float | None:
        """Percent of its points; None where it was never applicable."""
        return round(self.got * 100 / self.of, 1) if self.of else None


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One caller's reviews: scored, mean percent, instant fails, answered."""

    staff_id: int
    name: str
    scored: int
    percent: float | None
    fails: int
    answered: int


@dataclass(frozen=True, slots=True)
class Usage:
    """How often something of the talk-tracks was used: kind (flow, concern, turn), code, calls."""

    kind: str
    code: str
    calls: int


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Reviews of some days.

    Args:
        first, last: days the calls were drawn of, both included, the clinic's.
        at: aware instant. own: only the reader's own calls.
        calls: saved on drawn days; None for an own report. days: how many days were drawn.
        reviews: all of them, the newest on top.
        rules, items, people: sums; a call counts under each rule that drew it.
        weakest: codes of the items with the lowest share, the lowest first.
        fails: instant fails and how often. training: tags and how often.
        usage: of the talk-tracks in all calls of these days; empty in an own report.
        month: assessments of the month the last day lies in.
        improvements: what is to be improved.
    """

    first: date
    last: date
    at: datetime
    own: bool
    calls: int | None
    days: int
    reviews: tuple[Review, ...]
    rules: tuple[RuleLine, ...]
    items: tuple[ItemLine, ...]
    people: tuple[PersonLine, ...]
    weakest: tuple[str, ...]
    fails: tuple[tuple[str, int], ...]
    training: tuple[tuple[str, int], ...]
    usage: tuple[Usage, ...]
    month: Month
    improvements: tuple[Improvement, ...]


def of_days(seat: Seat, first: date, last: date, now: datetime) -> QualityReport:
    """The report of some days.

    Args:
        seat: a lead sees everybody's, others their own.
        first, last: clinic's days, both included.
        now: aware instant.

    Raises:
        NotAllowed: a trainee, a day that has not begun, or a range the wrong way round or of over a year
            (`report_range`).
    """
    may_read(seat)
    not_ahead(seat, last, now)
    if not timedelta() <= last - first < timedelta(days=DAYS_MOST):
        raise NotAllowed("report_range", first=first.isoformat(), last=last.isoformat(), days=DAYS_MOST)
    own = seat.role is not Role.LEAD
    reviews = quality.reviews(seat, first, last, now)
    days, calls = 0, 0
    usage: tuple[Usage, ...] = ()
    if not own:
        with reading(seat.database) as connection:
            draws = table.draws(connection, seat.clinic_id, first, last)
        days, calls = len(draws), sum(int(row["calls"]) for row in draws)
        usage = used(seat, first, last)
    scored = [one for one in reviews if one.version]
    items = _items(scored)
    return QualityReport(
        first=first,
        last=last,
        at=now,
        own=own,
        calls=None if own else calls,
        days=days,
        reviews=reviews,
        rules=tuple(_rule(rule, reviews) for rule in RULES),
        items=items,
        people=_people(scored),
        weakest=weakest(items),
        fails=_counted(code for one in scored for code in one.fails),
        training=_counted(code for one in scored for code in one.training),
        usage=usage,
        month=assessment.of_month(seat, last, now),
        improvements=improving.improvements(seat, now),
    )


def _mean(reviews: Iterable[Review]) -> float | None:
    shares = [one.score * 100 / one.of for one in reviews if one.score is not None and one.of]
    return round(sum(shares) / len(shares), 1) if shares else None


def _rule(rule: str, reviews: Iterable[Review]) -> RuleLine:
    drawn = [one for one in reviews if rule in one.drawn_for]
    scored = [one for one in drawn if one.version]
    lapsed = sum(one.status is ReviewStatus.LAPSED for one in drawn)
    return RuleLine(rule, len(drawn), len(scored), lapsed, _mean(scored))


def _items(scored: Iterable[Review]) -> tuple[ItemLine, ...]:
    most = {item.code: item.points for item in quality.items()}
    got, of, calls = Counter[str](), Counter[str](), Counter[str]()
    for one in scored:
        for code, points in one.points.items():
            if points is not None and code in most:
                got[code] += points
                of[code] += most[code]
                calls[code] += 1
    return tuple(ItemLine(code, got[code], of[code], calls[code]) for code in most)


def weakest(items: Iterable[ItemLine]) -> tuple[str, ...]:
    """The items with the lowest share of their points that lost any, the lowest first."""
    lost = [(one.got / one.of, number, one.code) for number, one in enumerate(items) if one.got < one.of]
    return tuple(code for _share, _number, code in sorted(lost)[:WEAKEST])


def _people(scored: Iterable[Review]) -> tuple[PersonLine, ...]:
    by: dict[int, list[Review]] = {}
    for one in scored:
        by.setdefault(one.staff_id, []).append(one)
    lines = [
        PersonLine(
            staff_id,
            hers[0].staff,
            len(hers),
            _mean(hers),
            sum(bool(one.fails) for one in hers),
            sum(one.answered_at is not None for one in hers),
        )
        for staff_id, hers in by.items()
    ]
    return tuple(sorted(lines, key=lambda one: (one.name, one.staff_id)))


def _counted(codes: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(codes).items(), key=lambda pair: (-pair[1], pair[0])))


def used(seat: Seat, first: date, last: date) -> tuple[Usage, ...]:
    """How often flows, concerns and turns were used in the calls saved on some days, the most used on top.

    A flow and its concerns stand in the saved call; turns (the words for a situation, a playbook, care at home)
    are those of its typing as it was kept last.

    Args:
        seat: whose clinic.
        first, last: clinic's days, both included.
    """
    start = to_ms(clinic_time(first, 0, seat.zone))
    end = to_ms(clinic_time(last + timedelta(days=1), 0, seat.zone))
    found = Counter[tuple[str, str]]()
    with reading(seat.database) as connection:
        rows = table.tracks(connection, seat.clinic_id, start, end)
        concerns = table.concerns(connection, seat.clinic_id, start, end)
        typed = table.drafts(connection, seat.clinic_id, [int(row["contact_id"]) for row in rows])
    for row in rows:
        if row["track_code"]:
            found["flow", str(row["track_code"])] += 1
    for row in concerns:
        found["concern", str(row["concern"])] += int(row["n"])
    for document in typed.values():
        turns = cast("dict[str, Any]", json.loads(document)).get("turns") or ()
        for code in dict.fromkeys(str(one) for one in turns):
            found["turn", code] += 1
    order = sorted(found.items(), key=lambda one: (one[0][0], -one[1], one[0][1]))
    return tuple(Usage(kind, code, n) for (kind, code), n in order)
