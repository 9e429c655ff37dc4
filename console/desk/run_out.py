"""Clocks that ran out: each is marked once, and said in the case's story, whoever or whatever notices it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from console.desk import contact_items
from console.desk.levels import higher_level
from console.desk.seat import Seat
from console.rules import sla
from db import audit, complaints
from db import escalations as table
from db.connect import Connection, Database, Row, reading, unit_of_work
from db.enums import EscalationKind, EscalationStatus, Level
from db.instants import from_ms, maybe_at, to_ms
from db.records import Clocks

BREACHED: Final = "breached"
"""Kind of the event a run-out clock leaves; its note names the clock: ack, contact, resolve or refund."""
REFUND_ALERT: Final = "refund_alert"
"""Kind of the event that says that a refund nobody has decided is near its limit."""
CLOCKS: Final = ("ack", "contact", "resolve", "refund")


def mark(connection: Connection, seat: Seat, row: Row, now: datetime) -> tuple[Row, int]:
    """Mark every clock of an open case that has run out, once each, and raise the level where the policy says so.

    Args:
        connection: inside a unit of work. seat: whose clinic and policy.
        row: the case, locked.
        now: aware instant.

    Returns:
        The row as it is now, and how many clocks were marked.
    """
    count = 0
    for _clock in range(len(CLOCKS) * len(Level)):
        step = sla.at_limit(
            Level(row["level"] or Level.URGENT),
            EscalationStatus(row["status"]),
            clocks_of(row),
            now,
            seat.policy,
            acknowledged=row["acknowledged_at"] is not None,
            contacted=row["contacted_at"] is not None,
            still=row["answered_at"] is not None or row["paused_at"] is not None,
            marked=frozenset(clock for clock in CLOCKS if _marked(row, clock)),
        )
        if step is None:
            break
        before = row["level"]
        higher = step.level if row["kind"] == EscalationKind.CLINICAL else None
        values: dict[str, object] = {f"{step.clock.what}_breached_at": to_ms(now)}
        if higher is not None:
            # From when the clock ran out, not from when somebody noticed: the outcome is the same however often
            # and however late anybody looks.
            values |= higher_level({**row, **values}, higher, step.clock.due, seat.policy)
        row = {**row, **values}
        values["next_clock_at"] = table.next_clock(row)
        table.change(connection, seat.clinic_id, int(row["id"]), values)
        if higher is not None:
            contact_items.for_escalation(connection, seat, int(row["id"]), now)
        note = {"before": before, "after": row["level"]}
        tell(connection, seat.clinic_id, int(row["id"]), BREACHED, step.clock.what, now, **note)
        count += 1
    return row, count


def _marked(row: Row, clock: str) -> bool:
    return row[f"{clock}_breached_at"] is not None


def clocks_of(row: Row) -> Clocks:
    """The clocks of a case's row."""
    return Clocks(
        raised_at=from_ms(row["raised_at"]),
        ack_by=from_ms(row["ack_by"]),
        contact_by=from_ms(row["contact_by"]),
        resolve_by=from_ms(row["resolve_by"]),
        refund_by=None if row["refund_decided_at"] is not None else maybe_at(row["refund_by"]),
    )


def alert_refunds(database: Database, clinic_id: int, now: datetime) -> int:
    """Say of every refund nobody has decided that its limit is near, once, from the policy's day on.

    Args:
        database: the record.
        clinic_id: the clinic.
        now: aware instant.

    Returns:
        How many.
    """
    with reading(database) as connection:
        due = complaints.alerts_due(connection, clinic_id, to_ms(now))
    count = 0
    for escalation_id in due:
        with unit_of_work(database) as connection:
            row = table.lock(connection, clinic_id, escalation_id)
            if row is None or row["refund_alerted_at"] is not None or row["refund_decided_at"] is not None:
                continue
            if not table.change(connection, clinic_id, escalation_id, {"refund_alerted_at": to_ms(now)}):
                continue
            tell(connection, clinic_id, escalation_id, REFUND_ALERT, "", now)
            count += 1
    return count


def tell(
    connection: Connection,
    clinic_id: int,
    escalation_id: int,
    kind: str,
    clock: str,
    now: datetime,
    *,
    before: str | None = None,
    after: str | None = None,
) -> None:
    """Add what a clock did to a case's story, and to the audit trail; `clock`: which, empty when the kind says it."""
    table.add_event(
        connection,
        clinic_id=clinic_id,
        escalation_id=escalation_id,
        kind=kind,
        staff_id=None,
        at_ms=to_ms(now),
        note=clock,
        before=before,
        after=after,
    )
    audit.append(
        connection,
        clinic_id=clinic_id,
        at=now,
        staff_id=None,
        seat_id=None,
        action=f"escalation.{kind}",
        subject_kind="escalation",
        subject_id=escalation_id,
        values={"clock": clock} if clock else {},
    )
