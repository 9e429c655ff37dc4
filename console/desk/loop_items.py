"""What the queue holds of a complaint or request: first reply, response, progress, result, satisfaction, promises."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from console.desk import contact_items
from console.desk.placing import place_again
from console.desk.seat import Seat
from console.rules import calendar
from db import calls, complaints
from db import escalations as table
from db.connect import Connection, Row
from db.enums import ItemClass, ItemKind, Purpose
from db.instants import from_ms, to_ms

REPLY: Final = "COMPLAINT_REPLY"
RESULT: Final = "RESULT_TOLD"
ASK: Final = "CASE_SATISFACTION"
RESPONSE: Final = "REQUEST_REPLY"
PROGRESS: Final = "CASE_PROGRESS"
FLOWS: Final = {
    REPLY: "complaint_first_reply",
    RESULT: "result_told_back",
    ASK: "closing_satisfaction",
    RESPONSE: "service_request",
    PROGRESS: "service_request",
}
"""Milestone code to the flow that is read; a call read from that flow does the step."""
ASK_DAYS: Final = 3
"""Working days within which satisfaction is asked after the result was told: a proposal for the clinic's lead."""


def plan(connection: Connection, seat: Seat, row: Row, milestone: str, now: datetime) -> int | None:
    """Put a step of a case into the queue, once; its place follows the clock it belongs to. Its team may take it,
    whoever owns the case: an owner who is off duty keeps nobody waiting.

    Args:
        connection: inside a unit of work. seat: whose clinic and policy.
        row: the escalation. milestone: a key of `FLOWS`.
        now: aware datetime.

    Returns:
        The item; None for a customer nobody has on file: the board alone holds her case.
    """
    if row["patient_id"] is None:
        return None
    for item in table.open_items(connection, seat.clinic_id, int(row["id"])):
        if item["milestone"] == milestone:
            return int(item["id"])
    urgent = milestone in (REPLY, RESPONSE)
    return contact_items.add(
        connection,
        seat,
        int(row["patient_id"]),
        now,
        # A first reply runs around the clock, so it may ring outside the calling hours; the others wait for them.
        kind=ItemKind.RECONTACT if urgent else ItemKind.PROMISE,
        milestone=milestone,
        flow=FLOWS[milestone],
        team=contact_items.SERVICE,
        klass=ItemClass.CARE,
        # Closing a complaint asks always, whatever was asked in the last days (catalogue C-21).
        purpose=Purpose.SURVEY if milestone == ASK else Purpose.CARE,
        earliest=now,
        due_at=_due(seat, row, milestone, now),
        treatment_id=row["treatment_id"],
        escalation_id=int(row["id"]),
    )


def _due(seat: Seat, row: Row, milestone: str, now: datetime) -> datetime:
    if milestone == ASK:
        clock = calendar.of(seat.policy)
        return clock.safety(clock.add_working_days(clock.day_of(now), ASK_DAYS)).end
    due = from_ms(row["contact_by"] if milestone in (REPLY, RESPONSE) else row["resolve_by"])
    return max(due, now)


def promised(connection: Connection, seat: Seat, row: Row, at: datetime, now: datetime) -> int:
    """The dated item of something promised to a customer.

    Args:
        connection: inside a unit of work. seat: whose clinic. row: the escalation, of somebody on file.
        at: when, aware. now: aware datetime.
    """
    return contact_items.add(
        connection,
        seat,
        int(row["patient_id"]),
        now,
        kind=ItemKind.PROMISE,
        milestone=contact_items.PROMISE,
        flow="service_request",
        team=contact_items.SERVICE,
        klass=ItemClass.CARE,
        earliest=min(now, at - timedelta(minutes=1)),
        due_on=calendar.of(seat.policy).day_of(at),
        treatment_id=row["treatment_id"],
        escalation_id=int(row["id"]),
    )


def follow_clock(connection: Connection, seat: Seat, row: Row, now: datetime) -> None:
    """Move the open steps of a case to where its clocks are now.

    Args:
        connection: inside a unit of work. seat: whose clinic and policy.
        row: the escalation as it is now. now: aware datetime.
    """
    moved: list[int] = []
    for item in table.open_items(connection, seat.clinic_id, int(row["id"])):
        if item["milestone"] in FLOWS and item["milestone"] != ASK:
            due = _due(seat, row, item["milestone"], now)
            values = {"due_at": to_ms(due), "due_on": calendar.of(seat.policy).day_of(due)}
            calls.change_item(connection, seat.clinic_id, int(item["id"]), values)
            moved.append(int(item["id"]))
    place_again(connection, seat.clinic_id, moved, seat.policy, now)


def close_all(connection: Connection, seat: Seat, escalation_id: int, now: datetime) -> None:
    """Close every step the queue holds of a case. A promise outlives it, and so does a call a clinician asked for."""
    close(connection, seat, escalation_id, tuple(FLOWS), now)


def close(
    connection: Connection, seat: Seat, escalation_id: int, milestones: tuple[str, ...], now: datetime
) -> None:
    """Close the items of steps that were done at the board. One that is being worked right now is left alone, and is
    closed when it comes back (`db.complaints.close_moot`); one she was promised a time for is rung at that time.

    Args:
        connection: inside a unit of work. seat: whose clinic. escalation_id: the case.
        milestones: which. now: aware datetime.
    """
    complaints.close_steps(connection, seat.clinic_id, escalation_id, milestones, to_ms(now))
