"""Patients of the first days whom nobody reached in time, and the SAME_DAY escalation they get."""

from __future__ import annotations

import json
from datetime import datetime

from console.desk import contact_items
from console.desk.placing import place_patient
from console.desk.seat import Seat
from console.rules import calendar, sla
from db import audit, treatments
from db import escalations as table
from db.connect import Connection
from db.enums import EscalationStatus
from db.instants import day as as_day
from db.instants import to_ms
from db.records import Escalate, ItemFacts


def raise_for(
    connection: Connection, seat: Seat, facts: ItemFacts, wanted: Escalate, now: datetime
) -> int | None:
    """The escalation a retry rule asks for. One open escalation an item and reason; a second one is not made.

    Args:
        connection: inside a unit of work.
        seat: whose clinic and policy; `raised_by` is its person.
        facts: the item nobody was reached for.
        wanted: level, kind and reason of the rule.
        now: aware datetime.

    Returns:
        The new escalation's id, or None when there is one already.
    """
    flag = wanted.reason.code
    for row in table.open_of_patient(connection, seat.clinic_id, facts.patient_id):
        if row["flag"] == flag:
            return None
    treatment = (
        None if facts.treatment_id is None else treatments.one(connection, seat.clinic_id, facts.treatment_id)
    )
    performed = None if treatment is None else as_day(treatment["performed_on"])
    clocks = sla.clinical(wanted.level, now, seat.policy)
    values: dict[str, object] = {
        "clinic_id": seat.clinic_id,
        "patient_id": facts.patient_id,
        "treatment_id": facts.treatment_id,
        "kind": wanted.kind,
        "level": wanted.level,
        "status": EscalationStatus.NEW,
        "flag": flag,
        "flags": json.dumps([flag]),
        "summary": facts.milestone,
        "raised_by": seat.staff_id,
        "raised_at": to_ms(now),
        "procedure": None if treatment is None else treatment["procedure"],
        "post_op_day": None if performed is None else (calendar.of(seat.policy).day_of(now) - performed).days,
        "acknowledged_at": None,
        "contacted_at": None,
        "ack_by": to_ms(clocks.ack_by),
        "contact_by": to_ms(clocks.contact_by),
        "resolve_by": to_ms(clocks.resolve_by),
    }
    values["next_clock_at"] = table.next_clock(values)
    escalation_id = table.add(connection, values)
    table.add_event(
        connection,
        clinic_id=seat.clinic_id,
        escalation_id=escalation_id,
        kind="raised",
        staff_id=seat.staff_id,
        at_ms=to_ms(now),
        note=facts.milestone,
        after=wanted.level,
    )
    audit.append(
        connection,
        clinic_id=seat.clinic_id,
        at=now,
        staff_id=seat.staff_id,
        seat_id=seat.seat_id,
        action="escalation.raised",
        subject_kind="escalation",
        subject_id=escalation_id,
        values={"flag": flag},
    )
    contact_items.for_escalation(connection, seat, escalation_id, now)
    # Whatever is open about her decides what else may be rung for.
    place_patient(connection, seat.clinic_id, facts.patient_id, seat.policy, now)
    return escalation_id
