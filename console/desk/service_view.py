"""A complaint or a request as people see it: the whole case in one masked record."""

from __future__ import annotations

from datetime import datetime

from console.desk import run_out
from console.desk.flagging import card_of
from console.desk.seat import Seat
from console.desk.service_rows import Work, listed, sees_name
from console.rules import complaints as rules
from console.rules import names
from db import complaints, patients, staff
from db import escalations as table
from db.connect import Connection, Row, reading
from db.enums import (
    CaseStage,
    ComplaintClass,
    EscalationKind,
    ProcessStage,
    Received,
    RemedyKind,
    RequestType,
    Role,
    Severity,
)
from db.errors import NotAllowed
from db.instants import day, from_ms, maybe_at
from db.records import CaseEntry, CaseRound, Named, Remedy, ServiceCase


def open_case(seat: Seat, escalation_id: int, now: datetime) -> ServiceCase:
    """A complaint or a request, whole. The customer is masked, as on the board; who asks, when that is nobody on file,
    is named to whoever works the board, owns it or took it down.

    Args:
        seat: who reads.
        escalation_id: which, open or closed.
        now: aware datetime.

    Raises:
        NotAllowed: there is none with that id, or it is a clinical case.
    """
    with reading(seat.database) as connection:
        return _case(connection, seat, escalation_id, now)


def case_of(one: Work) -> ServiceCase:
    """A case as it is now, in the transaction that changed it."""
    return _case(one.connection, one.seat, one.id, one.now)


def staff_names(seat: Seat) -> tuple[Named, ...]:
    """Everybody a complaint can be about or who can look into one: no mere trainee, nobody who left.

    Args:
        seat: any seat.
    """
    with reading(seat.database) as connection:
        people = [
            Named(row.id, row.name)
            for row in staff.everybody(connection, seat.clinic_id)
            if set(row.roles) != {Role.TRAINEE}
        ]
    return tuple(sorted(people, key=lambda one: one.name))


def whom(seat: Seat, patient_id: int) -> str:
    """Who a form is filled in for: the masked name and the record id, so that nobody writes of somebody else.

    Args:
        seat: any seat. patient_id: whose.
    """
    with reading(seat.database) as connection:
        row = patients.one(connection, seat.clinic_id, patient_id)
    return "" if row is None else f"{names.masked(str(row['name']))}  {row['external_id'] or ''}".strip()


def closing(one: Work) -> rules.ClosingFacts:
    """What is on record of a case somebody wants to close."""
    clinic_id = one.seat.clinic_id
    return _facts(
        one.row,
        one.case,
        complaints.entries(one.connection, clinic_id, one.id),
        complaints.remedies(one.connection, clinic_id, one.id),
    )


def _facts(row: Row, case: Row, entries: list[Row], remedies: list[Row]) -> rules.ClosingFacts:
    waiting = [one for one in entries if one["done_at"] is None]
    return rules.ClosingFacts(
        kind=EscalationKind(row["kind"]),
        klass=None if case["klass"] is None else ComplaintClass(case["klass"]),
        confirmed=row["severity"] != Severity.SEVERE or case["confirmed_at"] is not None,
        solved=case["solved_at"] is not None,
        answered=row["answered_at"] is not None,
        surveyed=case["surveyed_at"] is not None,
        refund_open=row["refund_by"] is not None and row["refund_decided_at"] is None,
        remedies_open=sum(one["decided_at"] is None for one in remedies),
        roles_open=sum(one["kind"] == "role" for one in waiting),
        records_open=sum(one["kind"] in rules.RECORDS for one in waiting),
        rights=frozenset(str(one["code"]) for one in entries if one["kind"] == "right"),
    )


def _name(value: object) -> str | None:
    return None if value is None else str(value)


def _case(connection: Connection, seat: Seat, escalation_id: int, now: datetime) -> ServiceCase:
    clinic_id = seat.clinic_id
    row = table.card(connection, clinic_id, escalation_id)
    case = complaints.case(connection, clinic_id, escalation_id)
    if row is None:
        raise NotAllowed("escalation_unknown")
    if case is None:
        raise NotAllowed("not_a_complaint")
    entries = complaints.entries(connection, clinic_id, escalation_id)
    remedies = complaints.remedies(connection, clinic_id, escalation_id)
    card = card_of(connection, seat, escalation_id, now)
    stage = CaseStage(case["stage"])
    return ServiceCase(
        card=card,
        stage=stage,
        next_step=card.next_step,
        gaps=() if stage is CaseStage.CLOSED else rules.gaps(_facts(row, case, entries, remedies)),
        channel=Received(case["channel"]),
        received_at=from_ms(case["received_at"]),
        klass=None if case["klass"] is None else ComplaintClass(case["klass"]),
        process_stage=None if case["process_stage"] is None else ProcessStage(case["process_stage"]),
        request_type=None if case["request_type"] is None else RequestType(case["request_type"]),
        criteria=listed(case["criteria"]),
        surgery=bool(case["surgery"]),
        about=_named(connection, clinic_id, listed(case["about_staff"])),
        about_words=str(case["about_words"]),
        demand=str(case["demand"]),
        identity=listed(case["identity"]),
        visit=str(case["visit"]),
        asker=str(case["asker"]) if sees_name(seat, row) else names.masked(str(case["asker"])),
        severity_proposed=Severity(case["severity_proposed"]),
        confirmed_by=_name(case["confirmed_name"]),
        confirmed_at=maybe_at(case["confirmed_at"]),
        investigator=_name(case["investigator_name"]),
        investigator_id=case["investigator_id"],
        replied_at=maybe_at(case["replied_at"]),
        replied_by=_name(case["replied_name"]),
        cause=str(case["cause"]),
        solution=str(case["solution"]),
        solved_at=maybe_at(case["solved_at"]),
        solved_by=_name(case["solved_name"]),
        answered_at=maybe_at(row["answered_at"]),
        answered_by=_name(case["answered_name"]),
        answer_note=str(case["answer_note"]),
        accepted=_name(case["accepted"]),
        satisfaction=case["satisfaction"],
        no_satisfaction=_name(case["no_satisfaction"]),
        surveyed_at=maybe_at(case["surveyed_at"]),
        surveyed_by=_name(case["surveyed_name"]),
        paused_at=maybe_at(row["paused_at"]),
        pause_code=_name(case["pause_code"]),
        pause_note=str(case["pause_note"]),
        paused_days=int(case["paused_days"]),
        refund_asked_at=maybe_at(case["refund_asked_at"]),
        refund_by=maybe_at(row["refund_by"]),
        refund_alert_at=maybe_at(row["refund_alert_at"]),
        refund_alerted_at=maybe_at(row["refund_alerted_at"]),
        refund_decided_at=maybe_at(row["refund_decided_at"]),
        late=tuple(clock for clock in run_out.CLOCKS if row[f"{clock}_breached_at"] is not None),
        entries=tuple(entry_of(one) for one in entries),
        remedies=tuple(_remedy(one) for one in remedies),
        rounds=tuple(_round(one) for one in complaints.rounds(connection, clinic_id, escalation_id)),
    )


def _named(connection: Connection, clinic_id: int, ids: tuple[int, ...]) -> tuple[Named, ...]:
    found = [table.person(connection, clinic_id, one) for one in ids]
    return tuple(Named(int(one["id"]), str(one["name"])) for one in found if one is not None)


def entry_of(row: Row) -> CaseEntry:
    """An entry's row as people see it."""
    return CaseEntry(
        id=int(row["id"]),
        kind=str(row["kind"]),
        code=str(row["code"]),
        note=str(row["note"]),
        on_date=day(row["on_date"]),
        at=from_ms(row["at"]),
        staff=_name(row["staff_name"]),
        done_at=maybe_at(row["done_at"]),
        done_by=_name(row["done_name"]),
        done_note=str(row["done_note"]),
    )


def _remedy(row: Row) -> Remedy:
    return Remedy(
        id=int(row["id"]),
        kind=RemedyKind(row["kind"]),
        criterion=str(row["criterion"]),
        cents=row["cents"],
        words=str(row["note"]),
        proposed_by=str(row["proposed_name"] or ""),
        proposed_by_id=int(row["proposed_by"]),
        proposed_at=from_ms(row["proposed_at"]),
        approved=None if row["approved"] is None else bool(row["approved"]),
        decided_by=_name(row["decided_name"]),
        decided_at=maybe_at(row["decided_at"]),
        reason=str(row["reason"]),
    )


def _round(row: Row) -> CaseRound:
    return CaseRound(
        number=int(row["number"]),
        began_at=from_ms(row["began_at"]),
        contact_by=from_ms(row["contact_by"]),
        resolve_by=from_ms(row["resolve_by"]),
        replied_at=maybe_at(row["replied_at"]),
        solved_at=maybe_at(row["solved_at"]),
        answered_at=maybe_at(row["answered_at"]),
        closed_at=maybe_at(row["closed_at"]),
        contact_late_at=maybe_at(row["contact_late_at"]),
        resolve_late_at=maybe_at(row["resolve_late_at"]),
        satisfaction=row["satisfaction"],
        reopened_for=str(row["reopened_for"]),
    )
