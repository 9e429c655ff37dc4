"""What is to be improved, with somebody who sees to it (catalogue S1-QUAL-02)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from console.desk.figures import may_read
from console.desk.flagging import line, required
from console.desk.holding import seated
from console.desk.local import clinic_day
from console.desk.noting import note
from console.desk.seat import Seat
from db import quality as table
from db import staff
from db.connect import Row, reading, unit_of_work
from db.enums import ImprovementState, Role
from db.errors import NotAllowed
from db.instants import day as as_day
from db.instants import from_ms, maybe_at, to_ms


@dataclass(frozen=True, slots=True)
class Improvement:
    """One thing to improve.

    Args:
        id, text: which.
        owner_id, owner: who sees to it. due_on: until when, the clinic's day.
        state: open, done or dropped. overdue: open, and its day is over.
        review_id: the review it came from; None for none.
        created_at, ended_at, ended_by, ended_note: its course.
    """

    id: int
    text: str
    owner_id: int
    owner: str
    due_on: date
    state: ImprovementState
    overdue: bool
    review_id: int | None
    created_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    ended_note: str


def improvements(seat: Seat, now: datetime) -> tuple[Improvement, ...]:
    """A lead sees all, others what is theirs to see to: open ones by their day, then the newest that are over.

    Args: seat; now, aware.
    Raises: NotAllowed: a trainee.
    """
    may_read(seat)
    only = None if seat.role is Role.LEAD else seat.staff_id
    today = clinic_day(now, seat.zone)
    with reading(seat.database) as connection:
        rows = table.improvements(connection, seat.clinic_id, owner=only)
    return tuple(_read(row, today) for row in rows)


def _read(row: Row, today: date) -> Improvement:
    due, state = as_day(row["due_on"]), ImprovementState(row["state"])
    assert due is not None
    return Improvement(
        id=int(row["id"]),
        text=str(row["text"]),
        owner_id=int(row["owner_staff_id"]),
        owner=str(row["owner_name"] or ""),
        due_on=due,
        state=state,
        overdue=state is ImprovementState.OPEN and due < today,
        review_id=None if row["call_review_id"] is None else int(row["call_review_id"]),
        created_at=from_ms(row["created_at"]),
        ended_at=maybe_at(row["ended_at"]),
        ended_by=row["ended_name"],
        ended_note=str(row["ended_note"] or ""),
    )


def add(
    seat: Seat, words: str, owner_id: int, due_on: date, now: datetime, review_id: int | None = None
) -> int:
    """Put something on the list.

    Args:
        seat: of a lead.
        words: what, required; nothing of a patient belongs in it.
        owner_id: who sees to it: somebody who works here.
        due_on: until when; not before today.
        now: aware instant.
        review_id: the review it came from.

    Returns:
        Its id.

    Raises:
        NotAllowed: another role, no text, nobody of that id (`improvement_owner`), a day that is over
            (`improvement_day`), an unknown review.
    """
    seat.require(Role.LEAD)
    text = required(words, "text")
    if due_on < clinic_day(now, seat.zone):
        raise NotAllowed("improvement_day", field="due_on")
    with unit_of_work(seat.database) as connection:
        seated(connection, seat)
        if not any(one.id == owner_id for one in staff.everybody(connection, seat.clinic_id)):
            raise NotAllowed("improvement_owner", field="owner")
        if review_id is not None and table.review(connection, seat.clinic_id, review_id) is None:
            raise NotAllowed("review_unknown")
        row_id = table.add_improvement(
            connection,
            {
                "clinic_id": seat.clinic_id,
                "text": text,
                "owner_staff_id": owner_id,
                "due_on": due_on,
                "state": ImprovementState.OPEN,
                "call_review_id": review_id,
                "created_by": seat.staff_id,
                "created_at": to_ms(now),
            },
        )
        values = {"text": text, "owner": owner_id, "due_on": due_on.isoformat()}
        note(connection, seat, now, "improvement.add", "improvement", row_id, values)
    return row_id


def end(seat: Seat, improvement_id: int, state: ImprovementState, words: str, now: datetime) -> None:
    """It is done, or dropped: then with the reason.

    Args:
        seat: a lead, or who sees to it; only a lead drops.
        improvement_id: an open one.
        state: DONE or DROPPED.
        words: what was done, or why it is dropped; required to drop.
        now: aware instant.

    Raises:
        NotAllowed: somebody else's, or none that is open (`improvement_unknown`), no reason.
    """
    if state is ImprovementState.DROPPED:
        seat.require(Role.LEAD)
        words = required(words, "reason")
    may_read(seat)
    with unit_of_work(seat.database) as connection:
        seated(connection, seat)
        done = table.end_improvement(
            connection,
            seat.clinic_id,
            improvement_id,
            {"state": state, "ended_by": seat.staff_id, "ended_at": to_ms(now), "ended_note": line(words)},
        )
        if done is None or (seat.role is not Role.LEAD and done["owner_staff_id"] != seat.staff_id):
            raise NotAllowed("improvement_unknown")
        note(
            connection,
            seat,
            now,
            f"improvement.{state}",
            "improvement",
            improvement_id,
            {"note": line(words)},
        )
