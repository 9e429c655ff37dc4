"""Things handed over, and what became of them."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint

from db.enums import DutyKind, EscalationKind, EscalationStatus, Level, PageStatus, Severity
from db.models.base import (
    ClinicTable,
    blank_words,
    count,
    instant,
    json_list,
    maybe_instant,
    maybe_ref,
    maybe_whole,
    maybe_words,
    one_of,
    options,
    partial,
    ref,
    whole,
    words,
    yes_no,
)


class Escalation(ClinicTable, table=True):
    """A clinical escalation, complaint or request with its clocks.

    Of a complaint or a request: `answered_at`, when the customer heard the answer, which ends `resolve_by`;
    `paused_at`, since when that clock stands still; `refund_by`, until when a refund has to be decided.

    `level_since`: when its level's clocks began, None when that was as it was raised. `..._breached_at`: when a
    clock of this level was seen to have run out.
    """

    __table_args__ = options(
        partial("ix_escalation_open", "clinic_id", "next_clock_at", "id", where="status <> 'resolved'"),
        partial("ix_escalation_resolved", "clinic_id", "resolved_at", "id", where="status = 'resolved'"),
        partial(
            "ix_escalation_refund_alert",
            "clinic_id",
            "refund_alert_at",
            "id",
            where="refund_alert_at IS NOT NULL AND refund_alerted_at IS NULL AND refund_decided_at IS NULL",
        ),
        partial("ix_escalation_untold", "clinic_id", "raised_by", where="told_at IS NULL"),
        Index(None, "clinic_id", "patient_id"),
        Index(None, "clinic_id", "contact_id"),
        one_of("kind", EscalationKind),
        one_of("level", Level),
        one_of("severity", Severity),
        one_of("status", EscalationStatus),
    )

    patient_id: int | None = maybe_ref("patient")
    contact_id: int | None = maybe_ref("contact")
    call_id: int | None = maybe_ref("call")
    treatment_id: int | None = maybe_ref("treatment")
    kind: str = words()
    level: str | None = maybe_words()
    severity: str | None = maybe_words()
    status: str = words()
    flag: str | None = maybe_words()
    flags: str = json_list()
    summary: str = blank_words()
    place: str | None = maybe_words()
    companion: str | None = maybe_words()
    caller_number: str | None = maybe_words()
    raised_by: int = ref("staff")
    raised_at: int = instant()
    ack_by: int = instant()
    contact_by: int = instant()
    resolve_by: int = instant()
    next_clock_at: int | None = maybe_instant()
    owner_staff_id: int | None = maybe_ref("staff")
    acknowledged_at: int | None = maybe_instant()
    contacted_at: int | None = maybe_instant()
    resolved_at: int | None = maybe_instant()
    finding: str | None = maybe_words()
    action: str | None = maybe_words()
    told_patient: str | None = maybe_words()
    clavien_dindo: str | None = maybe_words()
    mis_keyed: bool = yes_no()
    mis_key_reason: str | None = maybe_words()
    told_who: str | None = maybe_words()
    told_by: int | None = maybe_ref("staff")
    told_at: int | None = maybe_instant()
    phoning_staff_id: int | None = maybe_ref("staff")
    procedure: str | None = maybe_words()
    post_op_day: int | None = maybe_whole()
    level_since: int | None = maybe_instant()
    ack_breached_at: int | None = maybe_instant()
    contact_breached_at: int | None = maybe_instant()
    resolve_breached_at: int | None = maybe_instant()
    answered_at: int | None = maybe_instant()
    paused_at: int | None = maybe_instant()
    refund_by: int | None = maybe_instant()
    refund_alert_at: int | None = maybe_instant()
    refund_alerted_at: int | None = maybe_instant()
    refund_breached_at: int | None = maybe_instant()
    refund_decided_at: int | None = maybe_instant()


class EscalationEvent(ClinicTable, table=True):
    """One step in the life of an escalation; without a person when a clock did it."""

    __table_args__ = options(Index(None, "clinic_id", "escalation_id", "at"))

    escalation_id: int = ref("escalation")
    kind: str = words()
    staff_id: int | None = maybe_ref("staff")
    at: int = instant()
    note: str = blank_words()
    before: str | None = maybe_words()
    after: str | None = maybe_words()


class EscalationPage(ClinicTable, table=True):
    """One person called out for an escalation: step 1 is the first. `next_try_at`: when the clinic's program may be
    run for it (again); None once it need not be."""

    __table_args__ = options(
        UniqueConstraint("clinic_id", "escalation_id", "step"),
        partial("ix_escalation_page_open", "clinic_id", "next_try_at", "id", where="next_try_at IS NOT NULL"),
        one_of("status", PageStatus),
    )

    escalation_id: int = ref("escalation")
    step: int = whole()
    level: str = words()
    person: str = words()
    due_at: int = instant()
    status: str = words()
    tries: int = count()
    next_try_at: int | None = maybe_instant()
    holder: str | None = maybe_words()
    error: str | None = maybe_words()
    sent_at: int | None = maybe_instant()
    created_at: int = instant()


class ReportDuty(ClinicTable, table=True):
    """An adverse or device event that has to be reported, decided by a clinician; another decision replaces it."""

    __table_args__ = options(
        Index(None, "clinic_id", "escalation_id"),
        partial(
            "ix_report_duty_open",
            "clinic_id",
            "due_at",
            "id",
            where="reported_at IS NULL AND replaced_at IS NULL",
        ),
        one_of("kind", DutyKind),
    )

    escalation_id: int = ref("escalation")
    kind: str = words()
    category: str = words()
    known_at: int = instant()
    due_at: int = instant()
    decided_by: int = ref("staff")
    decided_at: int = instant()
    breached_at: int | None = maybe_instant()
    reported_at: int | None = maybe_instant()
    reported_by: int | None = maybe_ref("staff")
    reported_to: str | None = maybe_words()
    replaced_at: int | None = maybe_instant()
