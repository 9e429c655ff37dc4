"""The queue as a person at a seat meets it: its top line, its rows, the next call, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from console.desk import explain
from console.desk import policy as policies
from console.desk.claiming import release as release
from console.desk.claiming import renew as renew
from console.desk.claiming import skip as skip
from console.desk.claiming import take_item as take_item
from console.desk.claiming import take_next as take_next
from console.desk.claiming import take_patient as take_patient
from console.desk.claiming import view_of
from console.desk.last_contact import last_contacts
from console.desk.local import clinic_day
from console.desk.order import Entry, judge, opens_at, reach_of, takeable, whole
from console.desk.placing import drain as bring_up
from console.desk.restricted import shown_procedure
from console.desk.seat import Seat
from console.rules import calendar
from console.rules.names import masked
from console.rules.policy import Policy
from db import queue as table
from db.connect import Connection, Database, Row, reading
from db.enums import Tier
from db.instants import day
from db.queue import START, Key
from db.records import QueueHeader, QueueRow, Reason, Why, WhyNot, WindowState

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
    bring_up(seat.database, seat.clinic_id, policy, now)
    with reading(seat.database) as connection:
        view = view_of(connection, seat, policy, now, takeable_only=True)
        clinic = table.clinic_row(connection, seat.clinic_id)
        return QueueHeader(
            staff=seat.name,
            clinic=str(clinic["name"]) if clinic else "",
            at=now,
            zone=seat.zone,
            window=calendar.of(policy).window_state(now),
            takeable=table.count(connection, view),
            promised=table.count(connection, view, band=int(Tier.PROMISED)),
            escalations=table.open_escalations(connection, seat.clinic_id),
            cut_off=table.cut_off(connection, seat.clinic_id, seat.staff_id),
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
    bring_up(seat.database, seat.clinic_id, policy, at)
    with reading(seat.database) as connection:
        view = view_of(connection, seat, policy, at)
        rows = table.order(connection, view, limit, after or START)
        return _rows(connection, seat.clinic_id, policy, rows, at, restricted_ok=seat.restricted_ok)


def masked_page(database: Database, clinic_id: int, now: datetime, limit: int = PAGE) -> tuple[QueueRow, ...]:
    """Top of the clinic's whole order as it is stored, for a screen nobody has signed in to."""
    policy = policies.current(database, clinic_id)
    with reading(database) as connection:
        view = explain.clinic_view(connection, clinic_id, policy, now)
        return _rows(connection, clinic_id, policy, table.order(connection, view, limit), now)


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
        return window, _entries(connection, clinic_id, policy, entries, at)


def why(seat: Seat, item_id: int, at: datetime) -> Why:
    """Why an item stands where it does now; see `explain.why`."""
    policy = policies.current(seat.database, seat.clinic_id)
    bring_up(seat.database, seat.clinic_id, policy, at)
    with reading(seat.database) as connection:
        return explain.why(connection, seat.clinic_id, policy, item_id, at, stored=True)


def why_not(seat: Seat, patient_id: int, at: datetime) -> tuple[WhyNot, ...]:
    """What keeps a patient's items out of this seat's queue now; see `explain.why_not`."""
    policy = policies.current(seat.database, seat.clinic_id)
    with reading(seat.database) as connection:
        return explain.why_not(connection, seat.clinic_id, policy, patient_id, at, seat)


def _rows(
    connection: Connection,
    clinic_id: int,
    policy: Policy,
    rows: list[Row],
    at: datetime,
    *,
    restricted_ok: bool = False,
) -> tuple[QueueRow, ...]:
    """Stored rows as lines. Their reasons are worked out again from their facts: they are not stored."""
    ids = tuple(int(row["id"]) for row in rows)
    entries = {entry.facts.id: entry for entry in judge(connection, clinic_id, ids, policy, at)}
    return _entries(connection, clinic_id, policy, [entries[i] for i in ids], at, restricted_ok=restricted_ok)


def _entries(
    connection: Connection,
    clinic_id: int,
    policy: Policy,
    entries: list[Entry],
    at: datetime,
    *,
    restricted_ok: bool = False,
) -> tuple[QueueRow, ...]:
    shown = table.display(connection, clinic_id, tuple(entry.facts.id for entry in entries))
    patients = tuple(sorted({entry.facts.patient_id for entry in entries}))
    last = last_contacts(connection, clinic_id, patients)
    window = calendar.of(policy).window_state(at)
    reach = reach_of(window)
    today = clinic_day(at, policy.clinic.zone)
    lines: list[QueueRow] = []
    for position, entry in enumerate(entries, 1):
        row, stands = shown[entry.facts.id], entry.placement
        may = takeable(stands.band, stands.passes_windows, reach)
        performed = day(row["performed_on"])
        lines.append(
            QueueRow(
                position=position,
                key=entry.key,
                id=entry.facts.id,
                patient_id=entry.facts.patient_id,
                external_id=row["external_id"],
                patient=masked(str(row["patient_name"])),
                procedure=shown_procedure(row["procedure"], restricted_ok=restricted_ok) or "",
                day=None if performed is None else (today - performed).days,
                milestone=explain.name_of(entry),
                team=entry.facts.team,
                language=entry.facts.language,
                tier=stands.tier,
                deadline_at=stands.deadline_at,
                attempts=entry.facts.attempts,
                reason=stands.reasons[0] if stands.reasons else Reason("in_order"),
                last=last[entry.facts.patient_id],
                takeable=may,
                opens_at=None if may else opens_at(stands.band, stands.passes_windows, policy, window, at),
            )
        )
    return tuple(lines)
