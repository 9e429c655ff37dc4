"""The daily summaries for the head of department, and her sign-off (catalogue S1-REPORT-01, S1-REPORT-02)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from console.clean import clean
from console.desk.callrows import DOUBT
from console.desk.figures import by_telephone, not_ahead
from console.desk.local import clinic_day, clinic_time
from console.desk.noting import note
from console.desk.restricted import RESTRICTED, is_restricted, shown_procedure
from console.desk.seat import Seat
from console.desk.sheet import treats_restricted
from console.rules import day_summary as rules
from console.rules import names
from console.rules.day_summary import Change, Heard, Summary
from db import reports
from db.connect import Connection, Row, reading, unit_of_work
from db.enums import CallOutcome, Direction, Role
from db.instants import day as as_day
from db.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Said:
    """One person on a list of the day, masked.

    Args:
        call_id, patient_id: which conversation, whose.
        external_id: the clinic's own number.
        patient: masked.
        procedure: code, or "restricted"; None without one.
        day: post-op day of the conversation.
        staff: who called.
        consultant: whose visitor she was.
        at: when it was saved.
        codes: why she is on the list, or what she chose.
        words: what she said; "restricted" for a reader who may not see it.
    """

    call_id: int
    patient_id: int | None
    external_id: str | None
    patient: str
    procedure: str | None
    day: int | None
    staff: str
    consultant: str | None
    at: datetime
    codes: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who has seen the summaries, when, and what is different since."""

    staff: str
    at: datetime
    changed: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class HeadSummary:
    """The summaries of one day.

    Args:
        day: in the clinic's zone.
        numbers: both parts.
        visitors: people who had nothing done; `codes` is the reason and what they said of the service.
        doubtful: `codes` are the reasons.
        interested: `words` is what she brought up by herself.
        signed: the newest sign-off, None without one.
    """

    day: date
    numbers: Summary
    visitors: tuple[Said, ...]
    doubtful: tuple[Said, ...]
    interested: tuple[Said, ...]
    signed: SignOff | None


def of_day(seat: Seat, day: date, now: datetime) -> HeadSummary:
    """The summaries of a day.

    Args:
        seat: of a lead.
        day: in the clinic's zone.
        now: aware instant.

    Raises:
        NotAllowed: another role, or a day that has not begun.
    """
    _may(seat, day, now)
    with reading(seat.database) as connection:
        return _of_day(connection, seat, day)


def sign(seat: Seat, day: date, now: datetime, seen: Summary | None = None) -> HeadSummary:
    """The head has seen the summaries of a day. What she has seen is kept; another sign-off is another row.

    Args:
        seat: of a lead.
        day: in the clinic's zone.
        now: aware instant.
        seen: the numbers she has in front of her; None for those of now. What was saved since is shown as changed.

    Raises:
        NotAllowed: another role, or a day that has not begun.
    """
    _may(seat, day, now)
    with unit_of_work(seat.database) as connection:
        numbers = (seen or _of_day(connection, seat, day).numbers).flat()
        kept = json.dumps(numbers, sort_keys=True)
        row_id = reports.add_signoff(connection, seat.clinic_id, day, seat.staff_id, kept, to_ms(now))
        note(
            connection,
            seat,
            now,
            "report.sign",
            "report_signoff",
            row_id,
            {"day": day.isoformat(), **numbers},
        )
        return _of_day(connection, seat, day)


def _may(seat: Seat, day: date, now: datetime) -> None:
    seat.require(Role.LEAD)
    not_ahead(seat, day, now)


def _of_day(connection: Connection, seat: Seat, day: date) -> HeadSummary:
    start = to_ms(clinic_time(day, 0, seat.zone))
    end = to_ms(clinic_time(day + timedelta(days=1), 0, seat.zone))
    rows = reports.talks(connection, seat.clinic_id, start, end)
    pairs = list(zip(rows, heard(connection, seat.clinic_id, rows), strict=True))
    hidden = hides(connection, seat)

    def lines(wanted: Callable[[Heard], tuple[tuple[str, ...], str] | None]) -> tuple[Said, ...]:
        found = ((row, wanted(one)) for row, one in pairs)
        return tuple(
            _said(seat, row, of[0], of[1], hidden=hidden(row)) for row, of in found if of is not None
        )

    numbers = rules.summarise(one for _row, one in pairs)
    return HeadSummary(
        day=day,
        numbers=numbers,
        visitors=lines(_visitor),
        doubtful=lines(lambda one: (codes, "") if (codes := rules.doubts(one)) else None),
        interested=lines(lambda one: ((), words) if (words := rules.interest(one)) else None),
        signed=_signed(connection, seat.clinic_id, day, numbers),
    )


def _visitor(one: Heard) -> tuple[tuple[str, ...], str] | None:
    if not rules.unconverted(one):
        return None
    return (one.answers.get(rules.REASON) or rules.NOT_SAID, rules.service(one)), ""


def heard(connection: Connection, clinic_id: int, rows: list[Row]) -> list[Heard]:
    """What was said in some conversations (rows of `db.reports.talks`)."""
    ids = [int(row["id"]) for row in rows]
    answers: dict[int, dict[str, str]] = {}
    for row in reports.answers(connection, clinic_id, ids, rules.QUESTIONS):
        answers.setdefault(int(row["call_id"]), {})[str(row["question"])] = str(row["value"])
    doubting = reports.doubts(connection, clinic_id, ids, DOUBT)
    return [
        Heard(
            call_id=int(row["id"]),
            milestone=row["milestone"],
            treated=row["treatment_id"] is not None,
            telephone=by_telephone(row),
            direction=Direction(row["direction"]),
            outcome=CallOutcome(row["outcome"]),
            satisfaction=row["satisfaction"],
            answers=answers.get(int(row["id"]), {}),
            doubt=int(row["id"]) in doubting,
        )
        for row in rows
    ]


def hides(connection: Connection, seat: Seat) -> Callable[[Row], bool]:
    """Whether what was said in a conversation is hidden from a reader: it was, or may have been, about an intimate
    procedure."""
    known: dict[int, bool] = {}

    def hidden(row: Row) -> bool:
        if seat.restricted_ok:
            return False
        if row["procedure"] is not None:
            return is_restricted(str(row["procedure"]))
        patient_id = row["shown_id"]
        if patient_id is None:
            return False
        if patient_id not in known:
            known[patient_id] = treats_restricted(connection, seat.clinic_id, int(patient_id))
        return known[patient_id]

    return hidden


def post_op_day(row: Row, zone: str) -> int | None:
    """Post-op day on which a conversation was held; None without an operation."""
    performed = as_day(row["performed_on"])
    held = from_ms(row["started_at"])
    if performed is None:
        return None

    return (clinic_day(held, zone) - performed).days


def _said(seat: Seat, row: Row, codes: tuple[str, ...], words: str, *, hidden: bool) -> Said:
    return Said(
        call_id=int(row["id"]),
        patient_id=None if row["shown_id"] is None else int(row["shown_id"]),
        external_id=row["external_id"],
        patient=masked(row),
        procedure=shown_procedure(row["procedure"], restricted_ok=seat.restricted_ok),
        day=post_op_day(row, seat.zone),
        staff=str(row["staff_name"] or ""),
        consultant=row["consultant"],
        at=from_ms(row["saved_at"]),
        codes=codes,
        words=RESTRICTED if hidden and words else clean(words),
    )


def masked(row: Row) -> str:
    """The name of the patient of a conversation as lists show it; empty for a caller nobody knows."""
    return "" if row["shown_name"] is None else names.masked(str(row["shown_name"]))


def _signed(connection: Connection, clinic_id: int, day: date, numbers: Summary) -> SignOff | None:
    row = reports.signoff(connection, clinic_id, day)
    if row is None:
        return None
    return SignOff(
        staff=str(row["staff_name"] or ""),
        at=from_ms(row["signed_at"]),
        changed=rules.changes(json.loads(row["figures"]), numbers.flat()),
    )
