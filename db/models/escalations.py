"""Things handed over, and what became of them."""

from __future__ import annotations

from sqlalchemy import Index

from db.enums import EscalationKind, EscalationStatus, Level, Severity
from db.models.base import (
    ClinicTable,
    blank_words,
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
    words,
    yes_no,
)


class Escalation(ClinicTable, table=True):
    """A clinical escalation, complaint or request with its clocks."""

    __table_args__ = options(
        partial("ix_escalation_open", "clinic_id", "next_clock_at", "id", where="status <> 'resolved'"),
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
