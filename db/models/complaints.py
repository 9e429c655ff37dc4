"""Complaints and service requests: what a case has beside its clocks, its earlier rounds, and what is offered."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, UniqueConstraint

from db.enums import CaseStage, ComplaintClass, ProcessStage, Received, RemedyKind, RequestType, Severity
from db.models.base import (
    ClinicTable,
    blank_words,
    count,
    instant,
    json_list,
    maybe_day,
    maybe_instant,
    maybe_ref,
    maybe_whole,
    maybe_words,
    one_of,
    options,
    ref,
    whole,
    words,
    yes_no,
)


class ServiceCase(ClinicTable, table=True):
    """A complaint or a request: one row beside its escalation, which has the clocks.

    `clock_from`: when this round's clocks began. `paused_days`: working days its answer's clock stood still.
    """

    __table_args__ = options(
        UniqueConstraint("clinic_id", "escalation_id"),
        one_of("klass", ComplaintClass),
        one_of("process_stage", ProcessStage),
        one_of("request_type", RequestType),
        one_of("channel", Received),
        one_of("stage", CaseStage),
        one_of("severity_proposed", Severity),
    )

    escalation_id: int = ref("escalation")
    klass: str | None = maybe_words()
    process_stage: str | None = maybe_words()
    request_type: str | None = maybe_words()
    channel: str = words()
    received_at: int = instant()
    stage: str = words()
    criteria: str = json_list()
    surgery: bool = yes_no()
    about_staff: str = json_list()
    about_words: str = blank_words()
    demand: str = blank_words()
    identity: str = json_list()
    visit: str = blank_words()
    asker: str = blank_words()
    severity_proposed: str = words()
    confirmed_by: int | None = maybe_ref("staff")
    confirmed_at: int | None = maybe_instant()
    investigator_id: int | None = maybe_ref("staff")
    clock_from: int = instant()
    replied_at: int | None = maybe_instant()
    replied_by: int | None = maybe_ref("staff")
    cause: str = blank_words()
    solution: str = blank_words()
    solved_at: int | None = maybe_instant()
    solved_by: int | None = maybe_ref("staff")
    answered_by: int | None = maybe_ref("staff")
    answer_note: str = blank_words()
    accepted: str | None = maybe_words()
    satisfaction: int | None = maybe_whole()
    no_satisfaction: str | None = maybe_words()
    surveyed_at: int | None = maybe_instant()
    surveyed_by: int | None = maybe_ref("staff")
    pause_code: str | None = maybe_words()
    pause_note: str = blank_words()
    paused_days: int = count()
    refund_asked_at: int | None = maybe_instant()
    round_no: int = whole()


class CaseRound(ClinicTable, table=True):
    """An earlier round of a reopened case: its clocks and what became of them. Never changed."""

    __table_args__ = options(UniqueConstraint("clinic_id", "escalation_id", "number"))

    escalation_id: int = ref("escalation")
    number: int = whole()
    began_at: int = instant()
    contact_by: int = instant()
    resolve_by: int = instant()
    paused_days: int = count()
    replied_at: int | None = maybe_instant()
    cause: str = blank_words()
    solution: str = blank_words()
    solved_at: int | None = maybe_instant()
    answered_at: int | None = maybe_instant()
    accepted: str | None = maybe_words()
    closed_at: int | None = maybe_instant()
    contact_late_at: int | None = maybe_instant()
    resolve_late_at: int | None = maybe_instant()
    satisfaction: int | None = maybe_whole()
    no_satisfaction: str | None = maybe_words()
    reopened_for: str = words()
    reopened_by: int = ref("staff")
    reopened_at: int = instant()


class CaseEntry(ClinicTable, table=True):
    """One thing told, asked for or owed beside the main course of a case."""

    __table_args__ = options(Index(None, "clinic_id", "escalation_id"))

    escalation_id: int = ref("escalation")
    kind: str = words()
    code: str = words()
    note: str = blank_words()
    on_date: date | None = maybe_day()
    staff_id: int | None = maybe_ref("staff")
    at: int = instant()
    done_at: int | None = maybe_instant()
    done_by: int | None = maybe_ref("staff")
    done_note: str = blank_words()


class Remedy(ClinicTable, table=True):
    """What is offered to make good: proposed by one person, decided by another."""

    __table_args__ = options(Index(None, "clinic_id", "escalation_id"), one_of("kind", RemedyKind))

    escalation_id: int = ref("escalation")
    kind: str = words()
    criterion: str = words()
    cents: int | None = maybe_whole()
    note: str = blank_words()
    proposed_by: int = ref("staff")
    proposed_at: int = instant()
    approved: int | None = maybe_whole()
    decided_by: int | None = maybe_ref("staff")
    decided_at: int | None = maybe_instant()
    reason: str = blank_words()
