"""Drawing a day's calls for review: what the record says of them, and the rows that come of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from console.desk import scripts
from console.desk.figures import by_telephone
from console.desk.holding import seated
from console.desk.local import clinic_day, clinic_time
from console.desk.noting import note
from console.desk.seat import Seat
from console.rules import quality as rules
from console.rules.quality import Drawable, Spoken
from console.scripts.library import Library
from db import quality as table
from db.connect import Connection, Row, reading, unit_of_work
from db.enums import AttemptResult, Direction, Role
from db.errors import NotAllowed
from db.instants import from_ms, to_ms

MIS_KEY, SKIP = "mis_key", "skip"
"""What is overruled in a call: a danger sign taken back as keyed by mistake, a planned call put aside."""
_WRONG_PERSON: Final = "wrong_person"
"""Reason the record itself gives answers that were keyed before a wrong person was found out."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One day's draw: how many calls there were, how many are reviewed, whether it was made just now."""

    day: date
    calls: int
    drawn: int
    new: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows of a day, read at once."""

    calls: list[Row]
    older: list[Row]
    lowered: frozenset[int]
    mis_keyed: frozenset[int]
    answers: Mapping[int, list[Row]]
    skipped: frozenset[int]


def draw(seat: Seat, day: date, now: datetime) -> Draw:
    """Draw a day's calls, once: repeated, it says what was drawn.

    Args:
        seat: of a lead.
        day: one that is over, in the clinic's zone.
        now: aware instant.

    Raises:
        NotAllowed: another role (`role_needed`), or a day that is not over (`review_day_open`).
    """
    seat.require(Role.LEAD)
    if day >= clinic_day(now, seat.zone):
        raise NotAllowed("review_day_open", day=day.isoformat())
    with reading(seat.database) as connection:
        known = table.draws(connection, seat.clinic_id, day, day)
        if known:
            return Draw(day, int(known[0]["calls"]), int(known[0]["drawn"]), new=False)
        found = _read(connection, seat, day)
    policy = seat.policy.quality
    seed = rules.seed_of(seat.clinic_id, day)
    chosen = rules.draw(_drawables(seat, found), policy, seed)
    whose = {int(row["id"]): int(row["staff_id"]) for row in (*found.calls, *found.older)}
    with unit_of_work(seat.database) as connection:
        seated(connection, seat)
        first = table.begin_draw(
            connection,
            {
                "clinic_id": seat.clinic_id,
                "day": day,
                "drawn_at": to_ms(now),
                "staff_id": seat.staff_id,
                "seed": seed,
                "calls": len(found.calls),
                "drawn": len(chosen),
                "document": json.dumps({"policy": seat.policy.version, "percent": policy.random_percent}),
            },
        )
        if first:
            for call_id, reasons in chosen.items():
                table.add_review(
                    connection,
                    {
                        "clinic_id": seat.clinic_id,
                        "day": day,
                        "call_id": call_id,
                        "staff_id": whose[call_id],
                        "drawn_for": json.dumps(reasons),
                        "drawn_at": to_ms(now),
                        "lapses_at": to_ms(rules.lapses_at(now, policy)),
                        "status": "drawn",
                    },
                )
            values = {"day": day.isoformat(), "calls": len(found.calls), "drawn": len(chosen)}
            note(connection, seat, now, "review.draw", "clinic", seat.clinic_id, values)
    return Draw(day, len(found.calls), len(chosen), new=first)


def draw_due(seat: Seat, now: datetime) -> tuple[Draw, ...]:
    """What a lead's first look of a day does: draws every day since the last draw that can still be scored, and
    lets what nobody scored in time lapse.

    Args:
        seat: of a lead.
        now: aware instant.
    """
    seat.require(Role.LEAD)
    today = clinic_day(now, seat.zone)
    first, last = today - timedelta(days=seat.policy.quality.expire_days), today - timedelta(days=1)
    with unit_of_work(seat.database) as connection:
        seated(connection, seat)
        gone = table.lapse(connection, seat.clinic_id, to_ms(now))
        if gone:
            note(connection, seat, now, "review.lapse", "clinic", seat.clinic_id, {"reviews": gone})
        known = {str(row["day"]) for row in table.draws(connection, seat.clinic_id, first, last)}
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(draw(seat, day, now) for day in days if day.isoformat() not in known)


def _read(connection: Connection, seat: Seat, day: date) -> _Found:
    clinic_id = seat.clinic_id
    start = to_ms(clinic_time(day, 0, seat.zone))
    end = to_ms(clinic_time(day + timedelta(days=1), 0, seat.zone))
    rows = table.calls(connection, clinic_id, start, end)
    lowered = table.judged(connection, clinic_id, "level_lowered", start, end)
    mis_keyed = table.judged(connection, clinic_id, "mis_key", start, end)
    ids = [int(row["id"]) for row in rows]
    older = {int(row["id"]): row for row in (*lowered, *mis_keyed) if int(row["id"]) not in set(ids)}
    contacts = [int(row["contact_id"]) for row in rows]
    answers: dict[int, list[Row]] = {}
    for row in table.answers(connection, clinic_id, ids):
        answers.setdefault(int(row["call_id"]), []).append(row)
    return _Found(
        calls=rows,
        older=[older[call_id] for call_id in sorted(older)],
        lowered=frozenset(int(row["id"]) for row in lowered),
        mis_keyed=frozenset(int(row["id"]) for row in mis_keyed),
        answers=answers,
        skipped=frozenset(table.skipped(connection, clinic_id, contacts)),
    )


def _drawables(seat: Seat, found: _Found) -> list[Drawable]:
    libraries = libraries_of(seat, (row["release_hash"] for row in found.calls))
    result = [
        _drawable(seat, row, found, libraries.get(str(row["release_hash"] or ""))) for row in found.calls
    ]
    for row in found.older:
        call_id = int(row["id"])
        overrides = (MIS_KEY,) if call_id in found.mis_keyed else ()
        result.append(Drawable(call_id, lowered=call_id in found.lowered, overrides=overrides, of_day=False))
    return result


def libraries_of(seat: Seat, hashes: Iterable[object]) -> dict[str, Library]:
    """The files some calls were read from, by hash; those the record never kept are left out."""
    wanted = sorted({str(one) for one in hashes if one})
    found = {sha256: scripts.as_read(seat, sha256) for sha256 in wanted}
    return {sha256: library for sha256, library in found.items() if library is not None}


def _drawable(seat: Seat, row: Row, found: _Found, library: Library | None) -> Drawable:
    call_id, contact_id = int(row["id"]), int(row["contact_id"])
    answers = found.answers.get(call_id, [])
    taken_back = call_id in found.mis_keyed or any(took_back(one) for one in answers)
    overrides = ((MIS_KEY,) if taken_back else ()) + ((SKIP,) if contact_id in found.skipped else ())
    return Drawable(
        call_id=call_id,
        seconds=reached_seconds(row),
        fast=0 if row["late_draft"] else len(fast_answers(seat, row, answers, library)),
        lowered=call_id in found.lowered,
        overrides=overrides,
    )


def took_back(answer: Row) -> bool:
    """Whether an answer was replaced with a reason: that is asked for when a danger sign is taken back."""
    return bool(answer["correction_reason"]) and answer["correction_reason"] != _WRONG_PERSON


def reached_seconds(row: Row) -> int | None:
    """Whole seconds from when our dial was answered to when the call was saved; None of any other talk."""
    reached = row["direction"] == Direction.OUT and row["result"] == AttemptResult.CONNECTED
    if not reached or row["late_draft"] or not by_telephone(row):
        return None
    return max(int(row["ended_at"]) - int(row["started_at"]), 0) // 1000


def fast_answers(
    seat: Seat, row: Row, answers: Iterable[Row], library: Library | None
) -> tuple[datetime, ...]:
    """Instants of the answers to danger signs that came before they can have been read.

    Args:
        seat: whose policy.
        row: the call.
        answers: all of it, oldest first; one that was replaced has no instant of its own any more.
        library: the files it was read from; without them nobody knows how long a question is.
    """
    if library is None:
        return ()
    standing = [one for one in answers if one["superseded_at"] is None]
    asked: list[Spoken] = []
    others: list[datetime] = []
    zh = row["language"] == "zh"
    for one in standing:
        at = from_ms(one["at"])
        question = library.questions.get(str(one["question"]))
        if question is None or not question.screening:
            others.append(at)
            continue
        grouped = bool(one["asked_in_group"])
        words = question.sign if grouped and question.sign is not None else question.words
        asked.append(Spoken(at, words.zh if zh else "", "" if zh else words.en, grouped))
    return rules.too_fast(from_ms(row["started_at"]), asked, others, seat.policy.quality)
