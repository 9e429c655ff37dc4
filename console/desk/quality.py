"""Reviews of real calls: a lead scores what was drawn, the caller reads it and answers once, the lead closes it.

A lead sees every review, everybody else what was said of her own calls once it is said; a trainee has none.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import Any, Final, cast

from console.clean import clean
from console.desk.day_summary import masked, post_op_day
from console.desk.figures import may_read
from console.desk.flagging import required
from console.desk.holding import seated
from console.desk.noting import note
from console.desk.restricted import shown_procedure
from console.desk.seat import Seat
from console.rules import quality as rules
from console.rules.quality import Mark
from console.scripts import scorecard
from db import quality as table
from db.connect import Row, reading, unit_of_work
from db.enums import CallOutcome, ReviewStatus, Role
from db.errors import Conflict, NotAllowed
from db.instants import day as as_day
from db.instants import from_ms, maybe_at, to_ms

LONG: Final = 2000
JUDGED: Final = ("both", "lead")
"""Items of the scorecard a lead judges; the others only the practice engine can."""


@dataclass(frozen=True, slots=True)
class Review:
    """One drawn call as lists show it.

    Args:
        id, call_id, day: which; the day it was drawn of.
        at: when the call began. seconds: how long it took until it was saved.
        staff_id, staff: who called.
        patient: masked. procedure: code, or "restricted". post_op: day after the operation.
        outcome: how it ended.
        drawn_for: codes of `console.rules.quality.RULES`.
        status: as of now: a drawn one nobody scored in time has lapsed.
        lapses_at: when it lapses. late: seconds are not what the talk took.
        version: how often it was scored.
        points: by item, None where not applicable. fails: instant fails.
        score, of: None before it is scored.
        note, training, reviewer, scored_at: of the newest scoring.
        seen_at, answer, answered_at: the caller's.
        closed_at: when a lead closed it.
    """

    id: int
    call_id: int
    day: date
    at: datetime
    seconds: int
    staff_id: int
    staff: str
    patient: str
    procedure: str | None
    post_op: int | None
    outcome: CallOutcome
    drawn_for: tuple[str, ...]
    status: ReviewStatus
    lapses_at: datetime
    late: bool
    version: int
    points: Mapping[str, int | None]
    fails: tuple[str, ...]
    score: int | None
    of: int | None
    note: str
    training: tuple[str, ...]
    reviewer: str | None
    scored_at: datetime | None
    seen_at: datetime | None
    answer: str
    answered_at: datetime | None
    closed_at: datetime | None

    @property
    def percent(self) -> int | None:
        """Whole percent of the points there were; None before it is scored, or when nothing was applicable."""
        return self.score * 100 // self.of if self.score is not None and self.of else None


def items() -> tuple[scorecard.CardItem, ...]:
    """What a lead judges in a real call, in the order of the talk."""
    return tuple(item for item in scorecard.shipped().items if item.judged in JUDGED)


def scenarios() -> tuple[str, ...]:
    """Codes of the practice scenarios a review may point to."""
    folder = files("console.scripts").joinpath("scenarios")
    others = {"general", "courses", "scorecard"}
    names = (one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))
    return tuple(sorted(name for name in names if name not in others))


def scenario_titles(codes: Iterable[str]) -> dict[str, dict[str, str]]:
    """Titles by language of those of some tags that are shipped scenarios; reads their files."""
    folder = files("console.scripts").joinpath("scenarios")
    known = set(scenarios())
    found: dict[str, dict[str, str]] = {}
    for code in codes:
        if code in known:
            text = folder.joinpath(f"{code}.toml").read_text(encoding="utf-8")
            title = cast("dict[str, Any]", tomllib.loads(text).get("title") or {})
            found[code] = {lang: str(title.get(lang) or code) for lang in ("zh", "en")}
    return found


def read_row(seat: Seat, row: Row, now: datetime) -> Review:
    """A row of `db.quality.review` as its reader may see it."""
    document = _document(row["document"])
    lapses = from_ms(row["lapses_at"])
    status = ReviewStatus(row["status"])
    if status is ReviewStatus.DRAWN and lapses <= now:
        status = ReviewStatus.LAPSED
    day = as_day(row["day"])
    assert day is not None
    return Review(
        id=int(row["id"]),
        call_id=int(row["call_id"]),
        day=day,
        at=from_ms(row["started_at"]),
        seconds=max(int(row["ended_at"]) - int(row["started_at"]), 0) // 1000,
        staff_id=int(row["staff_id"]),
        staff=str(row["staff_name"] or ""),
        patient=masked(row),
        procedure=shown_procedure(row["procedure"], restricted_ok=seat.restricted_ok),
        post_op=post_op_day(row, seat.zone),
        outcome=CallOutcome(row["outcome"]),
        drawn_for=tuple(json.loads(row["drawn_for"])),
        status=status,
        lapses_at=lapses,
        late=bool(row["late_draft"]),
        version=int(row["version"]),
        points=document["points"],
        fails=tuple(document["fails"]),
        score=None if row["score"] is None else int(row["score"]),
        of=None if row["of"] is None else int(row["of"]),
        note=str(row["note"] or ""),
        training=tuple(json.loads(row["training"] or "[]")),
        reviewer=row["reviewer_name"],
        scored_at=maybe_at(row["scored_at"]),
        seen_at=maybe_at(row["caller_seen_at"]),
        answer=str(row["caller_answer"]),
        answered_at=maybe_at(row["answered_at"]),
        closed_at=maybe_at(row["closed_at"]),
    )


def _document(text: str | None) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(text)) if text else {"points": {}, "fails": []}


def reviews(seat: Seat, first: date, last: date, now: datetime) -> tuple[Review, ...]:
    """Drawn calls of some days, both included, the newest day on top.

    Args:
        seat: a lead sees all; others see what was said of their own calls.
        first, last: clinic's days.
        now: aware instant.

    Raises:
        NotAllowed: a trainee.
    """
    may_read(seat)
    own = seat.role is not Role.LEAD
    with reading(seat.database) as connection:
        rows = table.reviews(connection, seat.clinic_id, first, last, staff_id=seat.staff_id if own else None)
    return tuple(read_row(seat, row, now) for row in rows if not own or row["version"])


def standing(seat: Seat, review_id: int, now: datetime) -> Review | None:
    """A review as it is now, without the call it is about, so that reading it is no look at a patient.

    Returns:
        None when there is none, or it is not this reader's.

    Raises:
        NotAllowed: a trainee.
    """
    may_read(seat)
    with reading(seat.database) as connection:
        row = table.review(connection, seat.clinic_id, review_id)
    if row is None or (
        seat.role is not Role.LEAD and (row["staff_id"] != seat.staff_id or not row["version"])
    ):
        return None
    return read_row(seat, row, now)


def unread(seat: Seat) -> int:
    """How many scored reviews of her own calls somebody has not seen."""
    with reading(seat.database) as connection:
        return table.unread(connection, seat.clinic_id, seat.staff_id)


def score(
    seat: Seat,
    review_id: int,
    marks: Mapping[str, Mark],
    fails: Iterable[str],
    words: str,
    training: Iterable[str],
    now: datetime,
    reason: str = "",
) -> Review:
    """Score a drawn call, or amend a scoring: the earlier one stays on record, and the caller reads anew.

    Args:
        seat: of a lead; not whose call it is.
        review_id: which.
        marks: one for each of `items()`.
        fails: instant fails that happened.
        words: to the caller; may be empty. No names and nothing of the patient belongs in it.
        training: what to practise: codes of `console.rules.quality.FIVE` or `scenarios()` (S0-TRAIN-01).
        now: aware instant.
        reason: why it is scored anew; required then.

    Raises:
        NotAllowed: another role, an own call (`review_own`), one that lapsed (`review_lapsed`) or is closed
            (`review_closed`), an item without a mark (`review_item_open`), an unknown code
            (`review_code_unknown`), nothing applicable (`review_nothing`), no reason (`text_missing`).
    """
    seat.require(Role.LEAD)
    card = {item.code: item.points for item in items()}
    failed, tags = tuple(dict.fromkeys(fails)), tuple(dict.fromkeys(training))
    _known(marks, card, "marks")
    _known(failed, {one.code for one in scorecard.shipped().fails}, "fails")
    _known(tags, {*rules.FIVE, *scenarios()}, "scenario")
    for code in card:
        if code not in marks:
            raise NotAllowed("review_item_open", item=code, field=code)
    found = rules.scored(card, marks, failed)
    if not found.of:
        raise NotAllowed("review_nothing")
    with unit_of_work(seat.database) as connection:
        seated(connection, seat)
        row = _open_row(table.lock(connection, seat.clinic_id, review_id), seat, now)
        number = int(row["version"]) + 1
        why = required(reason, "reason") if number > 1 else ""
        table.add_score(
            connection,
            {
                "clinic_id": seat.clinic_id,
                "call_review_id": review_id,
                "number": number,
                "reviewer_id": seat.staff_id,
                "scored_at": to_ms(now),
                "document": json.dumps({"points": dict(found.points), "fails": failed}, sort_keys=True),
                "score": found.score,
                "of": found.of,
                "note": clean(words, multiline=True).strip()[:LONG],
                "training": json.dumps(tags),
                "reason": why,
            },
        )
        values: dict[str, object] = {"version": number, "caller_seen_at": None}
        if row["status"] == ReviewStatus.DRAWN:
            values["status"] = ReviewStatus.SCORED
        table.change(connection, seat.clinic_id, review_id, values)
        note(
            connection,
            seat,
            now,
            "review.score",
            "call_review",
            review_id,
            {"version": number, "score": found.score, "of": found.of, "fails": failed, "reason": why},
        )
        done = table.review(connection, seat.clinic_id, review_id)
    assert done is not None
    return read_row(seat, done, now)


def _known(codes: Iterable[str], among: Iterable[str], field: str) -> None:
    allowed = set(among)
    for code in codes:
        if code not in allowed:
            raise NotAllowed("review_code_unknown", item=code, field=field)


def _open_row(row: Row | None, seat: Seat, now: datetime) -> Row:
    """A review a lead may still score or close."""
    if row is None:
        raise NotAllowed("review_unknown")
    if not rules.may_score(seat.staff_id, int(row["staff_id"])):
        raise NotAllowed("review_own")
    if row["status"] == ReviewStatus.CLOSED:
        raise NotAllowed("review_closed")
    lapsed = row["status"] == ReviewStatus.DRAWN and from_ms(row["lapses_at"]) <= now
    if row["status"] == ReviewStatus.LAPSED or lapsed:
        raise NotAllowed("review_lapsed")
    return row


def answer(seat: Seat, review_id: int, words: str, now: datetime) -> Review:
    """The caller says what she thinks of a review, once.

    Args:
        seat: whose call it is.
        review_id: which.
        words: required.
        now: aware instant.

    Raises:
        NotAllowed: a closed seat, somebody else's or an unscored one (`review_unknown`), an answered
            (`review_answered`) or closed one (`review_closed`), no text.
    """
    may_read(seat)
    said = clean(words, multiline=True).strip()[:LONG]
    if not said:
        raise NotAllowed("text_missing", field="answer")
    with unit_of_work(seat.database) as connection:
        seated(connection, seat)
        row = table.lock(connection, seat.clinic_id, review_id)
        if row is None or row["staff_id"] != seat.staff_id or not row["version"]:
            raise NotAllowed("review_unknown")
        if row["answered_at"] is not None:
            raise NotAllowed("review_answered")
        if row["status"] == ReviewStatus.CLOSED:
            raise NotAllowed("review_closed")
        values: dict[str, object] = {
            "caller_answer": said,
            "answered_at": to_ms(now),
            "answered_version": row["version"],
            "caller_seen_at": row["caller_seen_at"] or to_ms(now),
            "status": ReviewStatus.ANSWERED,
        }
        table.change(connection, seat.clinic_id, review_id, values)
        note(connection, seat, now, "review.answer", "call_review", review_id, {"answer": said})
        done = table.review(connection, seat.clinic_id, review_id)
    assert done is not None
    return read_row(seat, done, now)


def close(seat: Seat, seen: Review, now: datetime) -> Review:
    """A lead has read the answer, or talked it over: the review is over.

    Args:
        seat: of a lead; not whose call it is.
        seen: as the lead read it: a newer scoring or answer is read first.
        now: aware instant.

    Raises:
        NotAllowed: another role, an own call, one that is not scored (`review_unscored`), lapsed or closed.
        Conflict: `review_changed`: it was scored anew or answered since.
    """
    review_id = seen.id
    seat.require(Role.LEAD)
    with unit_of_work(seat.database) as connection:
        seated(connection, seat)
        row = _open_row(table.lock(connection, seat.clinic_id, review_id), seat, now)
        if not row["version"]:
            raise NotAllowed("review_unscored")
        if (row["version"], maybe_at(row["answered_at"])) != (seen.version, seen.answered_at):
            raise Conflict("review_changed")
        values: dict[str, object] = {
            "status": ReviewStatus.CLOSED,
            "closed_by": seat.staff_id,
            "closed_at": to_ms(now),
        }
        table.change(connection, seat.clinic_id, review_id, values)
        note(connection, seat, now, "review.close", "call_review", review_id, {"version": row["version"]})
        done = table.review(connection, seat.clinic_id, review_id)
    assert done is not None
    return read_row(seat, done, now)
