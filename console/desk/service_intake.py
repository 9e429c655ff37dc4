"""Taking down complaints and service requests: onto the board in one transaction, with what is owed at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from console.clean import clean
from console.desk import loop_items, raising, service_alarm
from console.desk.flagging import TEXT_MAX, record
from console.desk.seat import Seat
from console.desk.service_rows import maybe_text, text
from console.rules import complaints as rules
from console.rules import identity, phone, sla
from db import complaints, idempotency, members, treatments
from db import escalations as table
from db import queue as reads
from db.connect import Connection, unit_of_work
from db.enums import (
    CaseStage,
    ComplaintClass,
    EscalationKind,
    EscalationStatus,
    ProcessStage,
    Received,
    RequestType,
    Role,
    Severity,
)
from db.errors import NotAllowed
from db.instants import to_ms
from db.records import Claim, Clocks, ComplaintForm, ParsedPhone, Raised, RequestForm

NOT_NEEDED: Final = "not_needed"
"""Stands for an identity check that was not needed: nothing of anybody's record is involved."""
METHODS: Final = (identity.BIRTHDAY, *identity.INSTEAD_OF_BIRTHDAY, identity.NAME, NOT_NEEDED)
NUMBER_MAX: Final = 40


def hand_over(
    seat: Seat,
    claim: Claim | None,
    patient_id: int | None,
    kind: EscalationKind,
    severity: Severity,
    summary: str,
    key: str,
    now: datetime,
) -> Raised:
    """Hand a complaint or a request to the board from bare words; the lead classifies it.

    Args:
        seat: who hands it over.
        claim: the contact it was heard in, None outside one.
        patient_id: whose; the claim's patient when there is a claim.
        kind: complaint or request. A request is to be responded to as a complaint is: nobody has yet.
        severity: the caller's proposal; the lead may change it (catalogue A-12, A-21).
        summary: in the patient's words; required.
        key: idempotency key.
        now: aware datetime.

    Raises:
        NotAllowed: the summary is empty, or the kind is clinical.
    """
    if kind is EscalationKind.CLINICAL:
        raise NotAllowed("clinical_needs_level")
    if kind is EscalationKind.COMPLAINT:
        form = ComplaintForm(ComplaintClass.OTHER, severity, summary)
        return take_complaint(seat, claim, patient_id, form, key, now)
    words = text(summary, "summary")
    clocks = sla.complaint(severity, now, seat.policy)
    values = {"request_type": RequestType.OTHER, "channel": Received.PHONE}
    return _once(seat, claim, patient_id, kind, severity, words, clocks, key, now, values)


def take_complaint(
    seat: Seat, claim: Claim | None, patient_id: int | None, form: ComplaintForm, key: str, now: datetime
) -> Raised:
    """Take a complaint down: its clocks run from when it was received, and its first reply is queue work at once.

    Minor and moderate stand as proposed; severe has the severe clock and stays marked until a lead confirms it. Of a
    doubt about an operation three roles are to be told, of an adverse event the head and the lead (catalogue C-25).
    What it says of the body becomes a clinical escalation at once, unless she has one of it.
    Whoever takes it down answers for it until somebody takes it up, unless she is complained of.

    Args:
        seat: who takes it down; anybody but a trainee.
        claim: the contact it was heard in, None outside one.
        patient_id: whose; the claim's patient when there is a claim; None for somebody not on file.
        form: what was said.
        key: idempotency key.
        now: aware datetime.

    Raises:
        NotAllowed: nothing was said, a criterion or a person that does not exist, a stage without the class process
            or the other way round, or a trainee.
    """
    words = text(form.words, "words")
    if any(code not in rules.CRITERIA for code in form.criteria):
        raise NotAllowed("criterion_unknown", field="criteria")
    check_class(form.klass, form.stage)
    received = now if form.received_at is None else min(form.received_at, now)
    severity = rules.at_least(form.severity, form.criteria)
    roles: tuple[str, ...] = rules.SURGERY_ROLES if form.surgery else ()
    if form.channel is Received.WALK_IN:
        roles += rules.WALK_IN_ROLES
    if "adverse_event" in form.criteria:
        roles += rules.roles_of_event(severity)
    values: dict[str, object] = {
        "klass": form.klass,
        "process_stage": form.stage,
        "channel": form.channel,
        "received_at": to_ms(received),
        "criteria": json.dumps(list(dict.fromkeys(form.criteria))),
        "surgery": form.surgery,
        "about_staff": json.dumps(sorted(set(form.about_staff))),
        "about_words": maybe_text(form.about_words),
        "demand": maybe_text(form.demand),
        "severity_proposed": severity,
    }
    columns: dict[str, object] = {}
    if form.refund:
        values["refund_asked_at"] = to_ms(received)
        columns = refund_columns(seat, received)
    clocks, kind = sla.complaint(severity, received, seat.policy), EscalationKind.COMPLAINT
    # Before anything else: it stands even when the complaint is refused.
    alarm = service_alarm.sound(seat, claim, patient_id, form.criteria, words, key, now)
    made = _once(seat, claim, patient_id, kind, severity, words, clocks, key, now, values, columns, roles)
    return replace(made, alarm_id=alarm)


def take_request(
    seat: Seat, claim: Claim | None, patient_id: int | None, form: RequestForm, key: str, now: datetime
) -> Raised:
    """Take a service request down (catalogue S4-SOP-01, 06, 07, 09). By telephone and in person the talk is its first
    response; otherwise a response is due as its channel says. Who takes it down answers for it until it is given on.

    Args: as of `take_complaint`.

    Raises:
        NotAllowed: nothing was said, somebody on file whose identity nobody checked outside a call, an unknown way of
            checking, or a trainee.
    """
    words = text(form.words, "words")
    if any(code not in METHODS for code in form.identity):
        raise NotAllowed("identity_unknown", field="identity")
    if claim is None and patient_id is not None and not form.identity:
        raise NotAllowed("identity_missing", field="identity")
    received = now if form.received_at is None else min(form.received_at, now)
    clocks = rules.request(form.channel, form.urgency, received, seat.policy)
    values: dict[str, object] = {
        "request_type": form.type,
        "channel": form.channel,
        "received_at": to_ms(received),
        "identity": json.dumps(sorted(set(form.identity))),
        "visit": maybe_text(form.visit)[:TEXT_MAX],
        "asker": clean(form.asker).strip()[:TEXT_MAX],
    }
    columns: dict[str, object] = {}
    if form.channel in rules.AT_ONCE:
        at = to_ms(received)
        values |= {"stage": CaseStage.FIRST_REPLY, "replied_at": at, "replied_by": seat.staff_id}
        columns |= {
            "status": EscalationStatus.CONTACTED,
            "acknowledged_at": at,
            "contacted_at": at,
        }
    if form.number:
        columns["caller_number"] = _number(seat, form.number)
    kind = EscalationKind.REQUEST
    return _once(seat, claim, patient_id, kind, form.urgency, words, clocks, key, now, values, columns)


def check_class(klass: ComplaintClass, stage: ProcessStage | None) -> None:
    """Check that a stage of the clinic's process is named with the class process, and only then.

    Raises:
        NotAllowed: it is not.
    """
    if (klass is ComplaintClass.PROCESS) != (stage is not None):
        raise NotAllowed("process_stage_missing" if stage is None else "process_stage_only", field="stage")


def refund_columns(seat: Seat, asked_at: datetime) -> dict[str, object]:
    """The clock of a refund that was asked for at an aware instant, as columns of the escalation."""
    alert, by = sla.refund(asked_at, seat.policy)
    return {
        "refund_alert_at": to_ms(alert),
        "refund_by": to_ms(by),
        **dict.fromkeys(("refund_alerted_at", "refund_breached_at", "refund_decided_at")),
    }


def _number(seat: Seat, typed: str) -> str:
    shown = clean(typed).strip()[:NUMBER_MAX]
    parsed = phone.parse(shown, seat.policy.clinic.country)
    return parsed.e164 if isinstance(parsed, ParsedPhone) else shown


def _once(
    seat: Seat,
    claim: Claim | None,
    patient_id: int | None,
    kind: EscalationKind,
    severity: Severity,
    words: str,
    clocks: Clocks,
    key: str,
    now: datetime,
    case: Mapping[str, object],
    columns: Mapping[str, object] | None = None,
    roles: tuple[str, ...] = (),
) -> Raised:
    if seat.role is Role.TRAINEE:
        raise NotAllowed("needs_clinician_or_lead")
    whose = patient_id if claim is None else claim.patient_id
    with unit_of_work(seat.database) as connection:
        known = idempotency.find(connection, seat.clinic_id, key)
        if known is not None:
            return raising.raised(connection, seat, known, now, repeated=True, item_id=None)
        escalation_id = put_on_board(
            connection, seat, claim, whose, kind, severity, words, clocks, now, case, columns, roles
        )
        idempotency.remember(connection, seat.clinic_id, key, raising.KEY_KIND, escalation_id, now)
        items = table.open_items(connection, seat.clinic_id, escalation_id)
        item_id = int(items[0]["id"]) if items else None
        return raising.raised(connection, seat, escalation_id, now, repeated=False, item_id=item_id)


def put_on_board(
    connection: Connection,
    seat: Seat,
    claim: Claim | None,
    patient_id: int | None,
    kind: EscalationKind,
    severity: Severity,
    words: str,
    clocks: Clocks,
    now: datetime,
    case: Mapping[str, object] | None = None,
    columns: Mapping[str, object] | None = None,
    roles: tuple[str, ...] = (),
) -> int:
    """A complaint or a request as a part of another transaction, e.g. of a save.

    Args:
        connection: inside a unit of work.
        seat, claim, kind, severity: as in `hand_over`.
        patient_id: whose; None for an unknown caller, whose number is kept.
        words: cleaned, not empty.
        clocks: its limits.
        now: aware datetime.
        case, columns: more columns of the case's and of the escalation's row.
        roles: codes of those who have to be told.

    Returns:
        The escalation's id.

    Raises:
        NotAllowed: somebody complained of does not exist.
    """
    if patient_id is not None:
        patient_id = members.goes_on(connection, seat.clinic_id, patient_id)
    treatment_id, procedure, day = raising.procedure_and_day(connection, seat, patient_id, None, now)
    kept: dict[str, object] = {
        "clinic_id": seat.clinic_id,
        "klass": ComplaintClass.OTHER if kind is EscalationKind.COMPLAINT else None,
        "request_type": RequestType.OTHER if kind is EscalationKind.REQUEST else None,
        "channel": Received.PHONE,
        "received_at": to_ms(now),
        "stage": CaseStage.NEW,
        "severity_proposed": severity,
        "about_staff": "[]",
        "round_no": 1,
        **(case or {}),
    }
    kept["clock_from"] = kept["received_at"]
    values: dict[str, object] = {
        "clinic_id": seat.clinic_id,
        "patient_id": patient_id,
        "contact_id": None if claim is None else claim.contact_id,
        "treatment_id": treatment_id,
        "kind": kind,
        "severity": severity,
        "status": EscalationStatus.NEW,
        "summary": words,
        "caller_number": raising.contact_number(connection, seat, claim),
        "raised_by": seat.staff_id,
        "raised_at": to_ms(now),
        "owner_staff_id": _taker(connection, seat, kept),
        "procedure": procedure,
        "post_op_day": day,
        "acknowledged_at": None,
        "contacted_at": None,
        "ack_by": to_ms(clocks.ack_by),
        "contact_by": to_ms(clocks.contact_by),
        "resolve_by": to_ms(clocks.resolve_by),
        **(columns or {}),
    }
    values["next_clock_at"] = table.next_clock(values)
    escalation_id = table.add(connection, values)
    complaints.add(connection, {**kept, "escalation_id": escalation_id})
    record(
        connection,
        seat,
        escalation_id,
        "raised",
        now,
        note=words[:TEXT_MAX],
        after=severity if kind is EscalationKind.COMPLAINT else None,
    )
    owe_roles(connection, seat, escalation_id, roles, treatment_id, now)
    row = {**values, "id": escalation_id}
    if kind is EscalationKind.COMPLAINT:
        loop_items.plan(connection, seat, row, loop_items.REPLY, now)
    elif case is not None and values["contacted_at"] is None:
        loop_items.plan(connection, seat, row, loop_items.RESPONSE, now)
    raising.place(connection, seat, patient_id, now)
    return escalation_id


def _taker(connection: Connection, seat: Seat, case: Mapping[str, object]) -> int | None:
    """Who answers for a new case: who took it down, or the acting lead when she is complained of."""
    about: list[int] = json.loads(str(case["about_staff"]))
    for one in about:
        if table.person(connection, seat.clinic_id, one) is None:
            raise NotAllowed("staff_unknown", field="about_staff")
    if seat.staff_id not in about:
        return seat.staff_id
    lead = reads.acting_lead(connection, seat.clinic_id)
    return None if lead is None or lead["staff_id"] in about else int(lead["staff_id"])


def owe_roles(
    connection: Connection,
    seat: Seat,
    escalation_id: int,
    roles: tuple[str, ...],
    treatment_id: int | None,
    now: datetime,
) -> tuple[str, ...]:
    """Write down who has to be told of a case, each role once; whoever is known by name is named.

    Args:
        connection: inside a unit of work. seat: who found it out.
        escalation_id: the case. roles: codes. treatment_id: whose surgeon it is.
        now: aware datetime.

    Returns:
        The roles that were not on the list yet.
    """
    if not roles:
        return ()
    known = {
        str(one["code"])
        for one in complaints.entries(connection, seat.clinic_id, escalation_id)
        if one["kind"] == "role"
    }
    added = tuple(code for code in dict.fromkeys(roles) if code not in known)
    lead = reads.acting_lead(connection, seat.clinic_id)
    surgeon = _surgeon(connection, seat, treatment_id)
    # A lead who finds it out herself need not be told.
    knows = {"done_at": to_ms(now), "done_by": seat.staff_id, "done_note": seat.name}
    who = {"lead": "" if lead is None else str(lead["name"]), "surgeon": surgeon}
    for code in added:
        complaints.add_entry(
            connection,
            {
                "clinic_id": seat.clinic_id,
                "escalation_id": escalation_id,
                "kind": "role",
                "code": code,
                "note": who.get(code, ""),
                "staff_id": seat.staff_id,
                "at": to_ms(now),
                **(knows if code == "lead" and seat.role is Role.LEAD else {}),
            },
        )
    if added:
        record(connection, seat, escalation_id, "to_tell", now, after=", ".join(added))
    return added


def _surgeon(connection: Connection, seat: Seat, treatment_id: int | None) -> str:
    """The surgeon of a treatment, by name; empty when nobody knows."""
    row = None if treatment_id is None else treatments.one(connection, seat.clinic_id, treatment_id)
    return "" if row is None else str(row["surgeon"] or "")
