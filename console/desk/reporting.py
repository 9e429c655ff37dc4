"""Adverse events and events with a device that the clinic has to report: flagged, reported, late."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from console.desk.flagging import record, required
from console.desk.seat import Seat
from console.desk.service_intake import owe_roles
from console.rules import complaints, reports
from db import audit, duties
from db import escalations as table
from db.connect import Connection, Database, Row, reading, unit_of_work
from db.enums import CLINICIANS, DutyKind, EscalationKind, Role, Severity
from db.errors import NotAllowed
from db.instants import from_ms, maybe_at, to_ms
from db.records import Duty as Duty

OWED_MOST: Final = 50
NOT_REPORTABLE: Final = "none"
"""Category with which a clinician takes a flag back."""


def flag(
    seat: Seat,
    escalation_id: int,
    kind: DutyKind,
    category: str,
    reason: str,
    now: datetime,
    known_at: datetime | None = None,
) -> tuple[Duty, ...]:
    """A clinician says that a case has to be reported, in which category, or that it need not be.

    Args:
        seat: a doctor or a nurse.
        escalation_id: a clinical escalation or a complaint, open or closed.
        kind: adverse or device event.
        category: of `console.rules.reports.LIMITS`, or `NOT_REPORTABLE`.
        reason: required.
        now: aware instant.
        known_at: when the clinic learned of it; by default when the case was raised.

    Returns:
        Every duty of the case. An earlier decision of the same kind stays on record, replaced. Of an adverse event the
        head of the department and the lead are to be told (catalogue C-25).

    Raises:
        NotAllowed: another role, no reason, an unknown case or category, or a request.
    """
    if seat.role not in CLINICIANS:
        raise NotAllowed("report_by_clinician")
    why = required(reason, "reason")
    limit = reports.limit_of(kind, category)
    if limit is None and category != NOT_REPORTABLE:
        raise NotAllowed("report_category_unknown")
    with unit_of_work(seat.database) as connection:
        row = table.lock(connection, seat.clinic_id, escalation_id)
        if row is None:
            raise NotAllowed("escalation_unknown")
        if row["kind"] == EscalationKind.REQUEST:
            raise NotAllowed("not_reportable")
        before: str | None = None
        for one in duties.of_case(connection, seat.clinic_id, escalation_id):
            if one["kind"] == kind and one["replaced_at"] is None and one["reported_at"] is None:
                before = str(one["category"])
                duties.change(connection, seat.clinic_id, int(one["id"]), {"replaced_at": to_ms(now)})
        if limit is not None:
            raised = from_ms(row["raised_at"])
            known = raised if known_at is None else min(known_at, now)
            duties.add(
                connection,
                {
                    "clinic_id": seat.clinic_id,
                    "escalation_id": escalation_id,
                    "kind": kind,
                    "category": category,
                    "known_at": to_ms(known),
                    "due_at": to_ms(reports.due(limit, known)),
                    "decided_by": seat.staff_id,
                    "decided_at": to_ms(now),
                },
            )
            if kind is DutyKind.ADVERSE_EVENT:
                severity = None if row["severity"] is None else Severity(row["severity"])
                roles = complaints.roles_of_event(severity)
                owe_roles(connection, seat, escalation_id, roles, row["treatment_id"], now)
        record(connection, seat, escalation_id, kind.value, now, note=why, before=before, after=category)
        return _of_case(connection, seat.clinic_id, escalation_id, now)


def reported(seat: Seat, escalation_id: int, duty_id: int, to: str, now: datetime) -> tuple[Duty, ...]:
    """The report was made.

    Args:
        seat: a doctor, nurse or lead.
        escalation_id: the case.
        duty_id: which of its duties.
        to: to whom, with the receipt's number when there is one; required.
        now: aware instant.

    Raises:
        NotAllowed: another role, an empty `to`, or nothing is owed under that id.
    """
    if seat.role not in CLINICIANS | {Role.LEAD}:
        raise NotAllowed("needs_clinician_or_lead")
    whom = required(to, "reported_to")
    with unit_of_work(seat.database) as connection:
        known = {int(one["id"]): one for one in duties.of_case(connection, seat.clinic_id, escalation_id)}
        values: dict[str, object] = {
            "reported_at": to_ms(now),
            "reported_by": seat.staff_id,
            "reported_to": whom,
        }
        if duty_id not in known or not duties.change(connection, seat.clinic_id, duty_id, values):
            raise NotAllowed("report_not_owed")
        record(
            connection,
            seat,
            escalation_id,
            "reported",
            now,
            note=whom,
            after=str(known[duty_id]["category"]),
        )
        return _of_case(connection, seat.clinic_id, escalation_id, now)


def of_case(seat: Seat, escalation_id: int, now: datetime) -> tuple[Duty, ...]:
    """Every duty of a case, oldest first."""
    with reading(seat.database) as connection:
        return _of_case(connection, seat.clinic_id, escalation_id, now)


def _of_case(connection: Connection, clinic_id: int, escalation_id: int, now: datetime) -> tuple[Duty, ...]:
    return tuple(_duty(row, now) for row in duties.of_case(connection, clinic_id, escalation_id))


def _duty(row: Row, now: datetime) -> Duty:
    due, done = from_ms(row["due_at"]), maybe_at(row["reported_at"])
    return Duty(
        id=int(row["id"]),
        escalation_id=int(row["escalation_id"]),
        kind=DutyKind(row["kind"]),
        category=str(row["category"]),
        known_at=from_ms(row["known_at"]),
        due_at=due,
        late=row["replaced_at"] is None and (done or now) >= due,
        decided_by=str(row["decided_name"] or ""),
        decided_at=from_ms(row["decided_at"]),
        reported_at=done,
        reported_by=None if row["reported_name"] is None else str(row["reported_name"]),
        reported_to=row["reported_to"],
        replaced_at=maybe_at(row["replaced_at"]),
    )


def owed(database: Database, clinic_id: int) -> tuple[tuple[int, DutyKind, datetime], ...]:
    """Reports nobody has made yet: case, kind and when it is due, the next one on top."""
    with reading(database) as connection:
        return tuple(
            (int(row["escalation_id"]), DutyKind(row["kind"]), from_ms(row["due_at"]))
            for row in duties.owed(connection, clinic_id, OWED_MOST)
        )


def overdue(database: Database, clinic_id: int, now: datetime) -> int:
    """Mark every report whose time has run out, once.

    Args:
        database: the record.
        clinic_id: the clinic.
        now: aware instant.

    Returns:
        How many.
    """
    with reading(database) as connection:
        rows = duties.late(connection, clinic_id, to_ms(now))
    count = 0
    for row in rows:
        with unit_of_work(database) as connection:
            # Locked with its case, so that of several that saw it only the first marks it.
            table.lock(connection, clinic_id, int(row["escalation_id"]))
            known = duties.of_case(connection, clinic_id, int(row["escalation_id"]))
            if not any(one["id"] == row["id"] and one["breached_at"] is None for one in known):
                continue
            if not duties.change(connection, clinic_id, int(row["id"]), {"breached_at": to_ms(now)}):
                continue
            count += 1
            table.add_event(
                connection,
                clinic_id=clinic_id,
                escalation_id=int(row["escalation_id"]),
                kind="report_late",
                staff_id=None,
                at_ms=to_ms(now),
                after=str(row["category"]),
            )
            audit.append(
                connection,
                clinic_id=clinic_id,
                at=now,
                staff_id=None,
                seat_id=None,
                action="escalation.report_late",
                subject_kind="escalation",
                subject_id=int(row["escalation_id"]),
                values={"category": row["category"]},
            )
    return count
