"""Escalations as people see them: rows made into masked cards, and the list of whom to phone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from console.desk.restricted import shown_procedure
from console.rules import complaints, names, phone, sla
from console.rules.policy import Policy
from db import escalations as table
from db.connect import Connection
from db.enums import CaseStage, ComplaintClass, EscalationKind, EscalationStatus, Level, Severity
from db.instants import from_ms, maybe_at
from db.records import Escalation, OnCallCard, OnCallPerson

UNKNOWN_CALLER = "?"
"""Stands for a person nobody knows yet; the screen has words for it."""


def flags_of(row: Mapping[str, object]) -> tuple[str, ...]:
    """The flag codes of an escalation row."""
    return tuple(str(code) for code in cast(list[object], json.loads(str(row["flags"] or "[]"))))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _int(value: object) -> int | None:
    return None if value is None else int(cast(int, value))


def _at(value: object) -> datetime | None:
    return maybe_at(_int(value))


def _patient(row: Mapping[str, object]) -> str:
    if row["patient_name"] is not None:
        return names.masked(str(row["patient_name"]))
    number = row["caller_number"]
    return UNKNOWN_CALLER if number is None else phone.masked(str(number))


def escalation(row: Mapping[str, object], now: datetime, *, restricted_ok: bool) -> Escalation:
    """A card of the board.

    Args:
        row: from `db.escalations`.
        now: aware datetime for the time left.
        restricted_ok: whether the reader may see intimate procedures.

    Returns:
        The card with name and number masked.
    """
    clock = _at(row["next_clock_at"])
    return Escalation(
        id=cast(int, row["id"]),
        kind=EscalationKind(str(row["kind"])),
        level=None if row["level"] is None else Level(str(row["level"])),
        severity=None if row["severity"] is None else Severity(str(row["severity"])),
        status=EscalationStatus(str(row["status"])),
        patient_id=_int(row["patient_id"]),
        patient=_patient(row),
        procedure=shown_procedure(_text(row["procedure"]), restricted_ok=restricted_ok),
        day=_int(row["post_op_day"]),
        flags=flags_of(row),
        summary=str(row["summary"]),
        raised_by=str(row["raised_name"] or ""),
        raised_by_id=cast(int, row["raised_by"]),
        raised_at=from_ms(cast(int, row["raised_at"])),
        ack_by=from_ms(cast(int, row["ack_by"])),
        contact_by=from_ms(cast(int, row["contact_by"])),
        resolve_by=from_ms(cast(int, row["resolve_by"])),
        next_clock=clock,
        seconds_left=None if clock is None else sla.seconds_left(clock, now),
        breached=clock is not None and sla.breached(clock, now),
        owner=_text(row["owner_name"]),
        owner_id=_int(row["owner_staff_id"]),
        told_who=_text(row["told_who"]),
        told_by=_text(row["told_by_name"]),
        told_at=_at(row["told_at"]),
        phoning=_text(row["phoning_name"]),
        phoning_id=_int(row["phoning_staff_id"]),
        mis_keyed=bool(row["mis_keyed"]),
        mis_key_reason=_text(row["mis_key_reason"]),
        acknowledged_at=_at(row["acknowledged_at"]),
        contacted_at=_at(row["contacted_at"]),
        resolved_at=_at(row["resolved_at"]),
        last_line=str(row["last_note"] or row["last_kind"] or ""),
        contact_id=_int(row["contact_id"]),
        call_id=_int(row["call_id"]),
        **_service(row),
    )


def _service(row: Mapping[str, object]) -> dict[str, Any]:
    """What a card shows of a complaint or a request."""
    if row["stage"] is None:
        return {}
    stage, paused = CaseStage(str(row["stage"])), _at(row["paused_at"])
    kind = EscalationKind(str(row["kind"]))
    return {
        "klass": None if row["klass"] is None else ComplaintClass(str(row["klass"])),
        "stage": stage,
        "received_at": _at(row["received_at"]),
        "next_step": complaints.next_step(
            kind, stage, replied=row["contacted_at"] is not None, paused=paused is not None
        ),
        "confirmed": row["severity"] != Severity.SEVERE or row["confirmed_at"] is not None,
        "paused_at": paused,
        "refund_by": None if row["refund_decided_at"] is not None else _at(row["refund_by"]),
        "refund_alerted_at": _at(row["refund_alerted_at"]),
    }


def on_call(connection: Connection, clinic_id: int, policy: Policy, now: datetime) -> OnCallCard:
    """Whom to phone at an instant: the policy's roster, or the leads when it has a gap.

    Args:
        connection: for the leads' numbers.
        clinic_id: the clinic.
        policy: its roster and emergency numbers.
        now: aware datetime.

    Returns:
        The list; `empty` when nobody is rostered, so that the ambulance rule is shown.
    """
    people = sla.on_call_at(policy, now)
    empty = not people
    if empty:
        people = tuple(
            OnCallPerson(order, str(row["name"]), _text(row["phone"]), "lead")
            for order, row in enumerate(table.leads(connection, clinic_id), start=1)
        )
    clinic = policy.clinic
    return OnCallCard(people, empty, clinic.ambulance, clinic.police, clinic.hotline)
