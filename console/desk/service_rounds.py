"""Once a day: customers whose answer is late or nearly are told how it goes; severe complaints get their daily note,
and those that wait for the customer a weekly one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from console.desk import loop_items, run_out
from console.desk.seat import Seat
from console.rules import calendar
from db import complaints
from db import escalations as table
from db.connect import Database, Row, reading, unit_of_work
from db.enums import EscalationKind, EscalationStatus, Severity
from db.instants import from_ms, to_ms

NOTE_DUE: Final = "note_due"
"""Kind of the event that asks for the daily note of a severe complaint (catalogue S0-CMPL-06)."""
SILENT: Final = timedelta(days=1)
"""How long nobody may have written anything about a severe complaint."""
WAITING: Final = timedelta(days=7)
"""How long nobody may have written anything about a complaint that waits for the customer: no clock of it runs."""


def go(database: Database, seat: Seat, now: datetime) -> int:
    """The round of a clinic day, among what has no answer yet and does not wait for the customer.

    Args:
        database: the record.
        seat: the clock's: its clinic and policy.
        now: aware instant, by the database's clock.

    Returns:
        How many customers are to be told.
    """
    clock = calendar.of(seat.policy)
    soon = clock.safety(clock.add_working_days(clock.day_of(now), 1)).end
    with reading(database) as connection:
        rows = complaints.unanswered(connection, seat.clinic_id)
        paused = complaints.long_paused(connection, seat.clinic_id, to_ms(now - WAITING))
    written = 0
    for found in rows:
        with unit_of_work(database) as connection:
            row = table.lock(connection, seat.clinic_id, int(found["id"]))
            if row is None or row["answered_at"] is not None or row["paused_at"] is not None:
                continue
            # With a solution there is something better to tell her: the result is in the queue.
            case = complaints.case(connection, seat.clinic_id, int(row["id"]))
            if case is not None and case["solved_at"] is None and from_ms(row["resolve_by"]) <= soon:
                written += loop_items.plan(connection, seat, row, loop_items.PROGRESS, now) is not None
            story = table.events(connection, seat.clinic_id, int(row["id"]))
            if _note_due(row, story, now):
                run_out.tell(connection, seat.clinic_id, int(row["id"]), NOTE_DUE, "", now)
    for found in paused:
        with unit_of_work(database) as connection:
            row = table.lock(connection, seat.clinic_id, int(found["id"]))
            if row is None or row["paused_at"] is None or row["status"] == EscalationStatus.RESOLVED:
                continue
            story = table.events(connection, seat.clinic_id, int(row["id"]))
            if not _wrote_since(story, now - WAITING):
                run_out.tell(connection, seat.clinic_id, int(row["id"]), NOTE_DUE, "", now)
    return written


def _note_due(row: Row, story: list[Row], now: datetime) -> bool:
    if row["kind"] != EscalationKind.COMPLAINT or row["severity"] != Severity.SEVERE:
        return False
    return not _wrote_since(story, now - SILENT)


def _wrote_since(story: list[Row], since: datetime) -> bool:
    """Whether anybody wrote anything, or was asked to, after an instant."""
    at = to_ms(since)
    return any(one["at"] > at for one in story if one["staff_id"] is not None or one["kind"] == NOTE_DUE)
