"""Items that calls and escalations add to the queue. Every one is placed in the transaction that adds it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from console.desk.placing import place_again
from console.desk.seat import Seat
from console.rules import calendar
from console.rules.placement import RED_FLAG
from db import calls
from db import escalations as table
from db.connect import Connection, Row
from db.enums import EscalationStatus, ItemClass, ItemKind, ItemState, Language, Purpose
from db.errors import NotAllowed
from db.instants import day as as_day
from db.instants import from_ms, maybe_ms, to_ms

ESCALATION: Final = "ESCALATION"
"""Milestone code of an escalation's own contact: its place follows the clock."""
CLINICIAN: Final = "CLINICIAN"
REVIEW: Final = "REVIEW"
REPAIR: Final = "CONTACT_REPAIR"
LEAD: Final = "LEAD_REVIEW"
PROMISE: Final = "PROMISE"

REVIEW_DAYS: Final = 7
"""A ROUTINE observation is looked at within 7 days (facts.yaml meta.urgency ROUTINE)."""
REVIEW_END_DAYS: Final = 14
REPAIR_DAYS: Final = 2
"""A number is looked for within two days: a proposal for the clinic's lead."""
SERVICE: Final = "customer_service"
CLINIC_TEAM: Final = "outpatient_doctor"


def add(
    connection: Connection,
    seat: Seat,
    patient_id: int,
    now: datetime,
    *,
    kind: ItemKind,
    milestone: str,
    flow: str,
    team: str,
    klass: ItemClass,
    earliest: datetime,
    purpose: Purpose = Purpose.CARE,
    due_on: date | None = None,
    due_at: datetime | None = None,
    clinical_end: datetime | None = None,
    treatment_id: int | None = None,
    visit_id: int | None = None,
    escalation_id: int | None = None,
    appointment_id: int | None = None,
    owner_staff_id: int | None = None,
    clinician_requested: bool = False,
    passes_windows: bool = False,
    anchor_on: date | None = None,
) -> int:
    """Add one item and place it.

    Args:
        connection: inside a unit of work.
        seat: whose clinic and policy.
        patient_id: whose item.
        now: aware datetime.
        kind, milestone, flow, team, klass, purpose: as in the item row.
        earliest, due_at, clinical_end: aware datetimes. due_on, anchor_on: days in the clinic's zone.

    Returns:
        The new item's id.

    Raises:
        NotAllowed: the patient is unknown.
    """
    patient = calls.patient(connection, seat.clinic_id, patient_id)
    if patient is None:
        raise NotAllowed("patient_unknown")
    item_id = connection.insert(
        "item",
        {
            "clinic_id": seat.clinic_id,
            "patient_id": patient_id,
            "group_id": patient["group_id"],
            "treatment_id": treatment_id,
            "visit_id": visit_id,
            "appointment_id": appointment_id,
            "escalation_id": escalation_id,
            "kind": kind,
            "milestone": milestone,
            "flow": flow,
            "team": team,
            "klass": klass,
            "purpose": purpose,
            "language": Language(str(patient["language"])),
            "anchor_on": anchor_on or calendar.of(seat.policy).day_of(now),
            "due_on": due_on or calendar.of(seat.policy).day_of(due_at or earliest),
            "earliest_at": to_ms(earliest),
            "due_at": maybe_ms(due_at),
            "clinical_end_at": maybe_ms(clinical_end),
            "state": ItemState.WAITING,
            "band": 6,
            "tier": 6,
            "deadline_at": to_ms(clinical_end or due_at or earliest),
            "next_change_at": to_ms(now),
            "lane_id": f"team:{team}:{patient['language']}",
            "passes_windows": passes_windows,
            "policy_version": 0,
            "owner_staff_id": owner_staff_id,
            "clinician_requested": clinician_requested,
            "created_at": to_ms(now),
        },
    )
    place_again(connection, seat.clinic_id, (item_id,), seat.policy, now)
    return item_id


def _open(connection: Connection, seat: Seat, patient_id: int, kind: ItemKind, milestone: str) -> Row | None:
    for row in calls.open_items_of_patient(connection, seat.clinic_id, patient_id):
        if row["kind"] == kind and row["milestone"] == milestone:
            return row
    return None


def for_escalation(connection: Connection, seat: Seat, escalation_id: int, now: datetime) -> int | None:
    """The contact a clinical escalation asks for: due by its contact clock, so its place follows that clock.

    Returns:
        The item, the same one when the clock was moved; None for an unknown caller.
    """
    row = table.lock(connection, seat.clinic_id, escalation_id)
    if row is None or row["patient_id"] is None or row["status"] == EscalationStatus.RESOLVED:
        return None
    for item in table.open_items(connection, seat.clinic_id, escalation_id):
        if item["milestone"] == ESCALATION:
            calls.change_item(connection, seat.clinic_id, item["id"], {"due_at": row["contact_by"]})
            place_again(connection, seat.clinic_id, (int(item["id"]),), seat.policy, now)
            return int(item["id"])
    contact_by = from_ms(row["contact_by"])
    return add(
        connection,
        seat,
        row["patient_id"],
        now,
        kind=ItemKind.RECONTACT,
        milestone=ESCALATION,
        flow="recontact",
        team=CLINIC_TEAM,
        klass=ItemClass.CARE,
        earliest=from_ms(row["raised_at"]),
        due_at=contact_by,
        treatment_id=row["treatment_id"],
        escalation_id=escalation_id,
    )


def red_flag_recontact(
    connection: Connection, seat: Seat, patient_id: int, escalation_id: int | None, now: datetime
) -> int:
    """The tier-0 item after the line dropped among danger signs; the open one when there already is one."""
    known = _open(connection, seat, patient_id, ItemKind.RECONTACT, RED_FLAG)
    if known is not None:
        return int(known["id"])
    return add(
        connection,
        seat,
        patient_id,
        now,
        kind=ItemKind.RECONTACT,
        milestone=RED_FLAG,
        flow="line_drop",
        team=SERVICE,
        klass=ItemClass.SAFETY,
        earliest=now,
        due_at=now,
        escalation_id=escalation_id,
        passes_windows=True,
    )


def clinician_request(
    connection: Connection,
    seat: Seat,
    patient_id: int,
    escalation_id: int | None,
    now: datetime,
) -> int:
    """The tier-0 item a clinician asked for; the open one when there already is one."""
    known = _open(connection, seat, patient_id, ItemKind.RECONTACT, CLINICIAN)
    if known is not None:
        return int(known["id"])
    return add(
        connection,
        seat,
        patient_id,
        now,
        kind=ItemKind.RECONTACT,
        milestone=CLINICIAN,
        flow="recontact",
        team=SERVICE,
        klass=ItemClass.SAFETY,
        earliest=now,
        due_at=now,
        escalation_id=escalation_id,
        clinician_requested=True,
        passes_windows=True,
    )


def review(
    connection: Connection, seat: Seat, patient_id: int, treatment_id: int | None, now: datetime
) -> int:
    """The item for ROUTINE observations, looked at within `REVIEW_DAYS`; one open review takes them all."""
    known = _open(connection, seat, patient_id, ItemKind.REVIEW, REVIEW)
    if known is not None:
        return int(known["id"])
    today = calendar.of(seat.policy).day_of(now)
    return add(
        connection,
        seat,
        patient_id,
        now,
        kind=ItemKind.REVIEW,
        milestone=REVIEW,
        flow="care",
        team=CLINIC_TEAM,
        klass=ItemClass.CARE,
        earliest=calendar.of(seat.policy).at(today + timedelta(days=1), 8 * 60),
        due_on=today + timedelta(days=REVIEW_DAYS),
        clinical_end=calendar.of(seat.policy).at(today + timedelta(days=REVIEW_END_DAYS), 21 * 60 + 30),
        treatment_id=treatment_id,
        anchor_on=today,
    )


def contact_repair(connection: Connection, seat: Seat, patient_id: int, now: datetime) -> int:
    """The item to find a number for somebody who has none left."""
    known = _open(connection, seat, patient_id, ItemKind.CONTACT_REPAIR, REPAIR)
    if known is not None:
        return int(known["id"])
    today = calendar.of(seat.policy).day_of(now)
    return add(
        connection,
        seat,
        patient_id,
        now,
        kind=ItemKind.CONTACT_REPAIR,
        milestone=REPAIR,
        flow="contact_repair",
        team=SERVICE,
        klass=ItemClass.CARE,
        earliest=now,
        due_on=today + timedelta(days=REPAIR_DAYS),
    )


def lead_review(
    connection: Connection,
    seat: Seat,
    patient_id: int,
    now: datetime,
    *,
    treatment_id: int | None = None,
    visit_id: int | None = None,
) -> int:
    """The item that asks the lead to decide about somebody who could not be reached."""
    known = _open(connection, seat, patient_id, ItemKind.LEAD_REVIEW, LEAD)
    if known is not None:
        return int(known["id"])
    return add(
        connection,
        seat,
        patient_id,
        now,
        kind=ItemKind.LEAD_REVIEW,
        milestone=LEAD,
        flow="care",
        team=SERVICE,
        klass=ItemClass.CARE,
        earliest=now,
        due_on=calendar.of(seat.policy).day_of(now),
        treatment_id=treatment_id,
        visit_id=visit_id,
    )


def performed_on(treatment: Row) -> date:
    """Day 0 of a treatment row."""
    found = as_day(treatment["performed_on"])
    if found is None:
        raise ValueError("a treatment without a day")
    return found
