"""The lists behind the counts of the board's strip, masked, each with the patient it leads to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from console.desk import board_strip, closures
from console.desk import policy as policies
from console.desk.restricted import shown_procedure
from console.desk.seat import Seat
from console.rules import names
from db import board as table
from db.connect import Row, reading
from db.enums import ItemState
from db.instants import day as as_day
from db.instants import from_ms, maybe_at
from db.records import BoardItem, HeldLine, RefusedLine

LIST_MOST: Final = 100
CLOSING_MOST: Final = 200

HELD, CUT_OFF, FOR_LEAD, SKIPPED, LAPSED = "held", "cut_off", "for_lead", "skipped", "lapsed"
UNREACHABLE, UNPLANNED, LATE_DRAFTS = "unreachable", "unplanned", "late_drafts"
BEFORE_START, CLOSING = "before_start", "closing"
LISTS: Final = (
    *(HELD, CUT_OFF, FOR_LEAD, SKIPPED, LAPSED),
    *(UNREACHABLE, UNPLANNED, LATE_DRAFTS, BEFORE_START, CLOSING),
)
"""Every list; refused rows are `refused`."""

_STATES: Final = {
    LAPSED: ItemState.LAPSED,
    UNREACHABLE: ItemState.UNREACHABLE,
    BEFORE_START: ItemState.BEFORE_START,
}


def listed(seat: Seat, name: str, now: datetime) -> tuple[BoardItem, ...]:
    """One of the lists, its most pressing lines, masked.

    Args:
        seat: any seat.
        name: one of `LISTS`.
        now: aware instant.

    Raises:
        KeyError: there is no such list.
    """
    policy = policies.current(seat.database, seat.clinic_id)
    clinic_id, restricted_ok = seat.clinic_id, seat.restricted_ok
    with reading(seat.database) as connection:
        if name in _STATES:
            rows = table.items_in_state(connection, clinic_id, _STATES[name], LIST_MOST)
            return _items(rows, restricted_ok=restricted_ok)
        if name == FOR_LEAD:
            return _items(table.lead_items(connection, clinic_id, LIST_MOST), restricted_ok=restricted_ok)
        if name == SKIPPED:
            times = policy.queue.skips_to_lead
            rows = table.skipped_items(connection, clinic_id, times, LIST_MOST)
            return _items(rows, restricted_ok=restricted_ok)
        if name == UNPLANNED:
            rows = table.unplanned(connection, clinic_id, LIST_MOST)
            return tuple(_treatment(row, restricted_ok=restricted_ok) for row in rows)
        if name == LATE_DRAFTS:
            return tuple(_draft(row) for row in table.late_drafts(connection, clinic_id, LIST_MOST))
        if name == CLOSING:
            closure = closures.near(connection, clinic_id, policy, now)
            if closure is None:
                return ()
            return closures.safety_calls(
                connection, clinic_id, closure, CLOSING_MOST, restricted_ok=restricted_ok
            )
        live, cut = board_strip.hands(table.held(connection, clinic_id), now)
        return tuple(_line(line) for line in {HELD: live, CUT_OFF: cut}[name])


def refused(seat: Seat) -> tuple[RefusedLine, ...]:
    """Import rows still on the fix list, the newest operation first, without the words of any cell."""
    with reading(seat.database) as connection:
        return tuple(
            RefusedLine(
                id=int(row["id"]),
                row_number=int(row["row_number"]),
                code=str(row["code"]),
                column=row["col"],
                operated_on=as_day(row["operated_on"]),
            )
            for row in table.refused_rows(connection, seat.clinic_id, LIST_MOST)
        )


def _items(rows: Iterable[Row], *, restricted_ok: bool) -> tuple[BoardItem, ...]:
    return tuple(
        BoardItem(
            item_id=int(row["id"]),
            patient_id=int(row["patient_id"]),
            patient=names.masked(str(row["patient_name"])),
            procedure=shown_procedure(row["procedure"], restricted_ok=restricted_ok),
            milestone=str(row["milestone"]),
            since=maybe_at(row["closed_at"] or row["deadline_at"]),
            reason=row["close_reason"],
            times=int(row["skips"]),
        )
        for row in rows
    )


def _treatment(row: Row, *, restricted_ok: bool) -> BoardItem:
    return BoardItem(
        item_id=int(row["id"]),
        patient_id=int(row["patient_id"]),
        patient=names.masked(str(row["patient_name"])),
        procedure=shown_procedure(row["procedure"], restricted_ok=restricted_ok),
        milestone="",
        since=None,
        reason=None,
        due_on=as_day(row["performed_on"]),
    )


def _draft(row: Row) -> BoardItem:
    return BoardItem(
        item_id=int(row["id"]),
        patient_id=row["patient_id"],
        patient="" if row["patient_name"] is None else names.masked(str(row["patient_name"])),
        procedure=None,
        milestone="",
        since=from_ms(int(row["updated_at"])),
        reason=None,
        staff=str(row["staff_name"]),
    )


def _line(line: HeldLine) -> BoardItem:
    return BoardItem(
        item_id=line.staff_id,
        patient_id=line.patient_id,
        patient=line.patient,
        procedure=None,
        milestone="",
        since=line.since,
        reason=str(line.stage),
        staff=line.staff,
    )
