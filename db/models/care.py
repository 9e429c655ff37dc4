"""Visits, treatments, and the calls planned from them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from db.enums import (
    AppointmentKind,
    AppointmentStatus,
    ItemClass,
    ItemKind,
    ItemState,
    Language,
    PromiseStatus,
    Purpose,
    Tier,
    VisitKind,
)
from db.models.base import (
    ClinicTable,
    blank_words,
    calendar_day,
    count,
    instant,
    loose_id,
    maybe_day,
    maybe_instant,
    maybe_ref,
    maybe_words,
    one_of,
    options,
    partial,
    ref,
    whole,
    words,
    yes_no,
)

# A missed appointment and a fever may each ask for a second item on the same day.
_PLANNED_ONCE = (
    "appointment_id IS NULL AND kind = 'milestone' AND milestone <> 'REMEASURE'"
    " AND state NOT IN ('superseded', 'cancelled')"
)


class Visit(ClinicTable, table=True):
    """One day somebody came, or was expected; `interest` keeps the words of an unconverted visit."""

    __table_args__ = options(
        UniqueConstraint("clinic_id", "patient_id", "visited_on", "kind"), one_of("kind", VisitKind)
    )

    patient_id: int = ref("patient")
    visited_on: date = calendar_day()
    kind: str = words()
    interest: str | None = maybe_words()
    interest_procedure: str | None = maybe_words()
    consultant: str | None = maybe_words()
    created_at: int = instant()


class Treatment(ClinicTable, table=True):
    """One performed procedure; `performed_on` is day 0. `planned`: a call was planned from it."""

    __table_args__ = options(
        UniqueConstraint("clinic_id", "patient_id", "procedure", "performed_on", "site"),
        Index(None, "clinic_id", "performed_on"),
        partial(
            "ix_treatment_unplanned",
            "clinic_id",
            "performed_on",
            "id",
            where="NOT planned AND superseded_at IS NULL",
        ),
    )

    patient_id: int = ref("patient")
    visit_id: int | None = maybe_ref("visit")
    procedure: str = words()
    site: str = blank_words()
    side: str | None = maybe_words()
    performed_on: date = calendar_day()
    surgeon: str | None = maybe_words()
    anaesthesia: str | None = maybe_words()
    implant: str | None = maybe_words()
    orders: str | None = maybe_words()
    stitches_on: date | None = maybe_day()
    splint_on: date | None = maybe_day()
    inpatient: bool = yes_no()
    discharge_on: date | None = maybe_day()
    revision_of: int | None = maybe_ref("treatment")
    superseded_at: int | None = maybe_instant()
    first_known_at: int = instant()
    created_at: int = instant()
    updated_at: int = instant()
    planned: bool = yes_no()


class Appointment(ClinicTable, table=True):
    """A booked return to the clinic. `series_id`: the first appointment of a therapy that comes again and again."""

    __table_args__ = options(
        Index(None, "clinic_id", "patient_id", "at"),
        Index(None, "clinic_id", "status", "at"),
        one_of("kind", AppointmentKind),
        one_of("status", AppointmentStatus),
    )

    patient_id: int = ref("patient")
    treatment_id: int | None = maybe_ref("treatment")
    kind: str = words()
    at: int = instant()
    status: str = words()
    created_at: int = instant()
    photo_taken: bool = yes_no()
    series_id: int | None = loose_id()
    note: str | None = maybe_words()


class PlanRevision(ClinicTable, table=True):
    """One making of a patient's plan, and why it was made again."""

    __table_args__ = options(Index(None, "clinic_id", "patient_id", "number"))

    patient_id: int = ref("patient")
    treatment_id: int | None = maybe_ref("treatment")
    visit_id: int | None = maybe_ref("visit")
    number: int = whole()
    reason: str = words()
    staff_id: int | None = maybe_ref("staff")
    created_at: int = instant()


class TreatmentCycle(ClinicTable, table=True):
    """A course of treatments; selling waits for its end."""

    __table_args__ = options(Index(None, "clinic_id", "patient_id", "status"))

    patient_id: int = ref("patient")
    kind: str = words()
    status: str = words()
    opened_on: date = calendar_day()
    closed_on: date | None = maybe_day()


class Item(ClinicTable, table=True):
    """One thing to be called about, with the stored cache of its place in the queue."""

    __table_args__ = options(
        partial(
            "ix_item_ready", "clinic_id", "lane_id", "band", "deadline_at", "id", where="state = 'ready'"
        ),
        partial(
            "ix_item_windowless",
            "clinic_id",
            "lane_id",
            "band",
            "deadline_at",
            "id",
            where="state = 'ready' AND passes_windows",
        ),
        partial(
            "ix_item_policy",
            "clinic_id",
            "policy_version",
            "id",
            where="state IN ('waiting', 'ready')",
        ),
        partial("ix_item_wake", "clinic_id", "next_change_at", "id", where="next_change_at IS NOT NULL"),
        # Says nothing of the state, so that a claim never touches it.
        partial("ix_item_safety_due", "clinic_id", "due_on", "id", where="klass = 'safety'"),
        # The others by the day they are due on: each call stands in one of the two.
        partial("ix_item_due", "clinic_id", "due_on", "id", where="kind = 'milestone' AND klass <> 'safety'"),
        partial("ix_item_lapsed", "clinic_id", "deadline_at", "id", where="state = 'lapsed'"),
        partial("ix_item_unreachable", "clinic_id", "deadline_at", "id", where="state = 'unable_to_reach'"),
        partial("ix_item_before_start", "clinic_id", "deadline_at", "id", where="state = 'before_start'"),
        Index("ix_item_patient", "clinic_id", "patient_id", "state"),
        Index("ix_item_group", "clinic_id", "group_id", "state"),
        partial(
            "uq_item_treatment_milestone",
            "clinic_id",
            "treatment_id",
            "milestone",
            "due_on",
            where=f"treatment_id IS NOT NULL AND {_PLANNED_ONCE}",
            unique=True,
        ),
        partial(
            "uq_item_visit_milestone",
            "clinic_id",
            "visit_id",
            "milestone",
            "due_on",
            where=f"visit_id IS NOT NULL AND treatment_id IS NULL AND {_PLANNED_ONCE}",
            unique=True,
        ),
        partial("ix_item_lead", "clinic_id", "state", "id", where="kind = 'lead_review'"),
        partial("ix_item_escalation", "clinic_id", "escalation_id", where="escalation_id IS NOT NULL"),
        partial("ix_item_owner", "clinic_id", "owner_staff_id", "id", where="owner_staff_id IS NOT NULL"),
        partial(
            "ix_item_skipped",
            "clinic_id",
            "skips",
            "id",
            where="skips > 0 AND state IN ('waiting', 'ready', 'leased')",
        ),
        one_of("kind", ItemKind),
        one_of("klass", ItemClass),
        one_of("purpose", Purpose),
        one_of("language", Language),
        one_of("state", ItemState),
        one_of("tier", Tier),
        CheckConstraint("band BETWEEN 0 AND 6", name="band"),
    )

    patient_id: int = ref("patient")
    group_id: int = ref("contact_group")
    treatment_id: int | None = maybe_ref("treatment")
    visit_id: int | None = maybe_ref("visit")
    appointment_id: int | None = maybe_ref("appointment")
    promise_id: int | None = loose_id()
    escalation_id: int | None = loose_id()
    plan_revision_id: int | None = maybe_ref("plan_revision")
    kind: str = words()
    milestone: str = words()
    flow: str = words()
    team: str = words()
    klass: str = words()
    purpose: str = words()
    language: str = words()
    anchor_on: date | None = maybe_day()
    due_on: date | None = maybe_day()
    earliest_at: int = instant()
    due_at: int | None = maybe_instant()
    due_by_at: int | None = maybe_instant()
    clinical_end_at: int | None = maybe_instant()
    state: str = words()
    band: int = whole()
    tier: int = whole()
    deadline_at: int = instant()
    next_change_at: int | None = maybe_instant()
    lane_id: str = words(ordered=True)
    passes_windows: bool = yes_no()
    policy_version: int = whole()
    attempts: int = count()
    tries_today: int = count()
    tried_on: date | None = maybe_day()
    busy_count: int = count()
    line_errors: int = count()
    rejections: int = count()
    last_attempt_at: int | None = maybe_instant()
    cooling_until: int | None = maybe_instant()
    skips: int = count()
    owner_staff_id: int | None = maybe_ref("staff")
    clinician_requested: bool = yes_no()
    is_base: bool = yes_no()
    promise_at: int | None = maybe_instant()
    closed_at: int | None = maybe_instant()
    close_reason: str | None = maybe_words()
    created_at: int = instant()


class Promise(ClinicTable, table=True):
    """An agreed callback: when, whose, and what was promised."""

    __table_args__ = options(
        Index(None, "clinic_id", "patient_id", "status"),
        Index(None, "clinic_id", "item_id"),
        partial("ix_promise_open", "clinic_id", "at", "id", where="status = 'open'"),
        one_of("status", PromiseStatus),
    )

    patient_id: int = ref("patient")
    item_id: int = ref("item")
    at: int = instant()
    mine_staff_id: int | None = maybe_ref("staff")
    what: str = words()
    made_by: int = ref("staff")
    made_at: int = instant()
    call_id: int | None = maybe_ref("call")
    status: str = words()
