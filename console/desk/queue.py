"""The queue as a person at a seat meets it: its top line, its rows, the next call, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from console.desk import explain
from console.desk import policy as policies
from console.desk.claiming import release as release
from console.desk.claiming import renew as renew
from console.desk.claiming import take_item as take_item
from console.desk.claiming import take_next as take_next
from console.desk.claiming import take_patient as take_patient
from console.desk.claiming import view_of
from console.desk.lines import lines, stored_lines
from console.desk.narrowing import choices as choices
from console.desk.narrowing import held as held
from console.desk.narrowing import narrowed as narrowed
from console.desk.order import whole
from console.desk.passing_on import hand_over as hand_over
from console.desk.passing_on import hand_over_all as hand_over_all
from console.desk.passing_on import held_by_me as held_by_me
from console.desk.passing_on import may_skip as may_skip
from console.desk.passing_on import skip as skip
from console.desk.passing_on import takers as takers
from console.desk.placing import drain as bring_up
from console.desk.placing import keep_up
from console.desk.seat import Seat
from console.rules import calendar
from db import queue as table
from db.connect import Database, reading
from db.enums import Role, Tier
from db.queue import START, Key
from db.records import QueueHeader, QueueRow, Why, WhyNot, WindowState

PAGE: Final = 50


def drain(database: Database, clinic_id: int, now: datetime) -> int:
    """Bring the stored order up to an instant, by the clinic's current policy.

    Returns:
        How many items were placed anew.
    """
    return bring_up(database, clinic_id, policies.current(database, clinic_id), now)


def header(seat: Seat, now: datetime) -> QueueHeader:
    """The queue's top line for a seat at an instant (aware)."""
    policy = policies.current(seat.database, seat.clinic_id)
    keep_up(seat.database, seat.clinic_id, policy, now)
    with reading(seat.database) as connection:
        view = view_of(connection, seat, policy, now, takeable_only=True)
        clinic = table.clinic_row(connection, seat.clinic_id)
        cut_off, unread = table.own(connection, seat.clinic_id, seat.staff_id)
        return QueueHeader(
            staff=seat.name,
            clinic=str(clinic["name"]) if clinic else "",
            at=now,
            zone=seat.zone,
            window=calendar.of(policy).window_state(now),
            takeable=table.count(connection, view),
            promised=table.count(connection, view, band=int(Tier.PROMISED)),
            escalations=table.open_escalations(connection, seat.clinic_id),
            cut_off=cut_off,
            # Whoever practises for now has no page to read them on.
            unread=0 if seat.role is Role.TRAINEE else unread,
        )


def page(seat: Seat, at: datetime, after: Key | None = None, limit: int = PAGE) -> tuple[QueueRow, ...]:
    """The next rows of the seat's queue. With the window closed they are those that will open, and say when.

    Args:
        seat: whose lanes are merged.
        at: aware instant, now.
        after: key of the last row already shown; None for the top.
        limit: rows at most.
    """
    policy = policies.current(seat.database, seat.clinic_id)
    keep_up(seat.database, seat.clinic_id, policy, at)
    with reading(seat.database) as connection:
        view = view_of(connection, seat, policy, at)
        rows = table.order(connection, view, limit, after or START)
        return stored_lines(
            connection,
            seat.clinic_id,
            policy,
            rows,
            at,
            restricted_ok=seat.restricted_ok,
            staff_id=seat.staff_id,
        )


def masked_page(database: Database, clinic_id: int, now: datetime, limit: int = PAGE) -> tuple[QueueRow, ...]:
    """Top of the clinic's whole order as it is stored, for a screen nobody has signed in to."""
    policy = policies.current(database, clinic_id)
    with reading(database) as connection:
        view = explain.clinic_view(connection, clinic_id, policy, now)
        return stored_lines(connection, clinic_id, policy, table.order(connection, view, limit), now)


def listing(
    database: Database, clinic_id: int, at: datetime, limit: int, *, stored: bool
) -> tuple[WindowState, tuple[QueueRow, ...]]:
    """Window and first rows of the clinic's whole order, masked.

    Args:
        database: the record.
        clinic_id: the clinic.
        at: aware instant.
        limit: rows at most.
        stored: `at` is now: bring the stored order up to it and read that. Otherwise the order is worked out
            and nothing is written.
    """
    policy = policies.current(database, clinic_id)
    window = calendar.of(policy).window_state(at)
    if stored:
        bring_up(database, clinic_id, policy, at)
        return window, masked_page(database, clinic_id, at, limit)
    with reading(database) as connection:
        entries = whole(connection, clinic_id, policy, at)[:limit]
        return window, lines(connection, clinic_id, policy, entries, at)


def why(seat: Seat, item_id: int, at: datetime) -> Why:
    """Why an item stands where it does now; see `explain.why`."""
    policy = policies.current(seat.database, seat.clinic_id)
    keep_up(seat.database, seat.clinic_id, policy, at)
    with reading(seat.database) as connection:
        return explain.why(connection, seat.clinic_id, policy, item_id, at, stored=True)


def why_not(seat: Seat, patient_id: int, at: datetime) -> tuple[WhyNot, ...]:
    """What keeps a patient's items out of this seat's queue now; see `explain.why_not`."""
    policy = policies.current(seat.database, seat.clinic_id)
    with reading(seat.database) as connection:
        return explain.why_not(connection, seat.clinic_id, policy, patient_id, at, seat)
