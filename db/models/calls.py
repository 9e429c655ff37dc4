"""Leases, dials, conversations and what was heard in them."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint

from db.enums import (
    AttemptResult,
    CallOutcome,
    Channel,
    Direction,
    DraftStatus,
    Language,
    LeaseStage,
    SpokeTo,
)
from db.models.base import (
    ClinicTable,
    big,
    blank_words,
    instant,
    loose_id,
    maybe_instant,
    maybe_ref,
    maybe_whole,
    maybe_words,
    measure,
    one_of,
    options,
    partial,
    ref,
    whole,
    words,
    yes_no,
)


class ContactLease(ClinicTable, table=True):
    """The exclusive, expiring right to work a contact group; the token fences off late writes."""

    __table_args__ = options(
        UniqueConstraint("clinic_id", "group_id"),
        Index(None, "clinic_id", "expires_at"),
        one_of("stage", LeaseStage),
    )

    group_id: int = ref("contact_group")
    item_id: int | None = maybe_ref("item")
    staff_id: int = ref("staff")
    seat_id: int = ref("seat")
    token: int = big()
    stage: str = words()
    acquired_at: int = instant()
    expires_at: int = instant()


class Contact(ClinicTable, table=True):
    """One claim of a contact group, or one incoming ring."""

    __table_args__ = options(
        Index(None, "clinic_id", "group_id", "started_at"),
        Index(None, "clinic_id", "patient_id"),
        Index(None, "clinic_id", "staff_id", "started_at"),
    )

    group_id: int = ref("contact_group")
    patient_id: int | None = maybe_ref("patient")
    staff_id: int = ref("staff")
    seat_id: int = ref("seat")
    lease_token: int | None = loose_id()
    started_at: int = instant()
    ended_at: int | None = maybe_instant()
    incoming: bool = yes_no()
    caller_number: str | None = maybe_words()


class ContactItem(ClinicTable, table=True):
    """One item worked in a contact, with its own result."""

    __table_args__ = options(
        UniqueConstraint("clinic_id", "contact_id", "item_id"), Index(None, "clinic_id", "item_id")
    )

    contact_id: int = ref("contact")
    item_id: int = ref("item")
    result: str | None = maybe_words()
    closed_at: int | None = maybe_instant()


class Attempt(ClinicTable, table=True):
    """One dial."""

    __table_args__ = options(
        Index(None, "clinic_id", "contact_id"),
        Index(None, "clinic_id", "item_id"),
        Index(None, "clinic_id", "patient_id", "at"),
        Index(None, "clinic_id", "phone_id", "at"),
        Index(None, "clinic_id", "at"),
        one_of("channel", Channel),
        one_of("result", AttemptResult),
    )

    contact_id: int = ref("contact")
    patient_id: int | None = maybe_ref("patient")
    item_id: int | None = maybe_ref("item")
    phone_id: int | None = maybe_ref("phone")
    channel: str = words()
    result: str | None = maybe_words()
    counted: bool = yes_no()
    at: int = instant()
    staff_id: int = ref("staff")


class Call(ClinicTable, table=True):
    """One conversation as it was saved. Never edited: a correction is a row that amends another."""

    __table_args__ = options(
        Index(None, "clinic_id", "patient_id", "saved_at"),
        Index(None, "clinic_id", "saved_at"),
        Index(None, "clinic_id", "contact_id"),
        partial("ix_call_amends", "clinic_id", "amends_call_id", where="amends_call_id IS NOT NULL"),
        one_of("direction", Direction),
        one_of("outcome", CallOutcome),
        one_of("spoke_to", SpokeTo),
        one_of("language", Language),
    )

    contact_id: int = ref("contact")
    patient_id: int | None = maybe_ref("patient")
    item_id: int | None = maybe_ref("item")
    direction: str = words()
    outcome: str = words()
    started_at: int = instant()
    ended_at: int = instant()
    spoke_to: str = words()
    identity_method: str | None = maybe_words()
    language: str = words()
    release_hash: str | None = maybe_words()
    track_code: str | None = maybe_words()
    track_version: int | None = maybe_whole()
    recovery: str | None = maybe_words()
    pain: int | None = maybe_whole()
    satisfaction: str | None = maybe_words()
    summary: str = blank_words()
    note: str = blank_words()
    next_step: str | None = maybe_words()
    amends_call_id: int | None = maybe_ref("call")
    place: str | None = maybe_words()
    companion: str | None = maybe_words()
    staff_id: int = ref("staff")
    late_draft: bool = yes_no()
    saved_at: int = instant()


class Answer(ClinicTable, table=True):
    """One question answered in a call; a corrected one is superseded, never changed."""

    __table_args__ = options(
        Index(None, "clinic_id", "contact_id"),
        Index(None, "clinic_id", "call_id"),
        Index(None, "clinic_id", "treatment_id", "question", "at"),
    )

    contact_id: int = ref("contact")
    call_id: int | None = maybe_ref("call")
    treatment_id: int | None = maybe_ref("treatment")
    concern: str | None = maybe_words()
    question: str = words()
    value: str = words()
    number: float | None = measure()
    asked_in_group: bool = yes_no()
    at: int = instant()
    superseded_at: int | None = maybe_instant()
    correction_reason: str | None = maybe_words()


class Observation(ClinicTable, table=True):
    """One thing noted for the next review."""

    __table_args__ = options(
        Index(None, "clinic_id", "patient_id", "code", "at"), Index(None, "clinic_id", "call_id")
    )

    patient_id: int = ref("patient")
    treatment_id: int | None = maybe_ref("treatment")
    call_id: int | None = maybe_ref("call")
    code: str = words()
    value: str = words()
    number: float | None = measure()
    at: int = instant()


class Draft(ClinicTable, table=True):
    """What was typed in a contact that is not saved yet; it belongs to the person who typed it."""

    __table_args__ = options(
        UniqueConstraint("clinic_id", "contact_id"),
        Index(None, "clinic_id", "staff_id", "status"),
        partial("ix_draft_late", "clinic_id", "status", "id", where="status = 'late'"),
        one_of("status", DraftStatus),
    )

    staff_id: int = ref("staff")
    contact_id: int = ref("contact")
    patient_id: int | None = maybe_ref("patient")
    group_id: int = ref("contact_group")
    lease_token: int = big()
    document: str = words()
    status: str = words()
    updated_at: int = instant()


class IdempotencyKey(ClinicTable, table=True):
    """What a repeated save gives back."""

    __table_args__ = options(UniqueConstraint("clinic_id", "key"))

    key: str = words(ordered=True)
    kind: str = words()
    result_id: int = big()
    at: int = instant()


class PracticeResult(ClinicTable, table=True):
    """One practised call and its score."""

    __table_args__ = options(Index(None, "clinic_id", "staff_id", "at"))

    staff_id: int = ref("staff")
    scenario: str = words()
    score: int = whole()
    of: int = whole()
    at: int = instant()
    document: str = words()
