"""Visits, treatments and the calls planned from them."""

from __future__ import annotations

from db.migrations.columns import big, check, create, day, index, one_of, ref, text, unique, whole, yes_no

TABLES = ("visit", "treatment", "appointment", "plan_revision", "treatment_cycle", "item")

_PLANNED_ONCE = (
    "appointment_id IS NULL AND kind = 'milestone' AND milestone <> 'REMEASURE'"
    " AND state NOT IN ('superseded', 'cancelled')"
)


def create_tables() -> None:
    """Create these tables with their indexes."""
    create(
        "visit",
        ref("patient"),
        day("visited_on"),
        text("kind"),
        text("interest", null=True),
        text("interest_procedure", null=True),
        text("consultant", null=True),
        big("created_at"),
        one_of("visit", "kind", "converted", "unconverted", "not_arrived", "broken_off"),
        unique("visit", "clinic_id", "patient_id", "visited_on", "kind"),
    )
    create(
        "treatment",
        ref("patient"),
        ref("visit", null=True),
        text("procedure"),
        text("site", default=""),
        text("side", null=True),
        day("performed_on"),
        text("surgeon", null=True),
        text("anaesthesia", null=True),
        text("implant", null=True),
        text("orders", null=True),
        day("stitches_on", null=True),
        day("splint_on", null=True),
        yes_no("inpatient"),
        day("discharge_on", null=True),
        ref("treatment", "revision_of", null=True),
        big("superseded_at", null=True),
        big("first_known_at"),
        big("created_at"),
        big("updated_at"),
        unique("treatment", "clinic_id", "patient_id", "procedure", "performed_on", "site"),
    )
    index("treatment", "clinic_id", "performed_on")
    create(
        "appointment",
        ref("patient"),
        ref("treatment", null=True),
        text("kind"),
        big("at"),
        text("status"),
        big("created_at"),
        one_of("appointment", "kind", "review", "stitches", "splint", "dressing", "drain", "other"),
        one_of("appointment", "status", "booked", "attended", "missed", "cancelled"),
    )
    index("appointment", "clinic_id", "patient_id", "at")
    index("appointment", "clinic_id", "status", "at")
    create(
        "plan_revision",
        ref("patient"),
        ref("treatment", null=True),
        ref("visit", null=True),
        whole("number"),
        text("reason"),
        ref("staff", null=True),
        big("created_at"),
    )
    index("plan_revision", "clinic_id", "patient_id", "number")
    create(
        "treatment_cycle",
        ref("patient"),
        text("kind"),
        text("status"),
        day("opened_on"),
        day("closed_on", null=True),
    )
    index("treatment_cycle", "clinic_id", "patient_id", "status")
    create(
        "item",
        ref("patient"),
        ref("contact_group", "group_id"),
        ref("treatment", null=True),
        ref("visit", null=True),
        ref("appointment", null=True),
        big("promise_id", null=True),
        big("escalation_id", null=True),
        ref("plan_revision", null=True),
        text("kind"),
        text("milestone"),
        text("flow"),
        text("team"),
        text("klass"),
        text("purpose"),
        text("language"),
        day("anchor_on", null=True),
        day("due_on", null=True),
        big("earliest_at"),
        big("due_at", null=True),
        big("due_by_at", null=True),
        big("clinical_end_at", null=True),
        text("state"),
        whole("band"),
        whole("tier"),
        big("deadline_at"),
        big("next_change_at", null=True),
        text("lane_id", ordered=True),
        yes_no("passes_windows"),
        whole("policy_version"),
        whole("attempts", default=0),
        whole("tries_today", default=0),
        day("tried_on", null=True),
        whole("busy_count", default=0),
        whole("line_errors", default=0),
        whole("rejections", default=0),
        big("last_attempt_at", null=True),
        big("cooling_until", null=True),
        whole("skips", default=0),
        ref("staff", "owner_staff_id", null=True),
        yes_no("clinician_requested"),
        yes_no("is_base"),
        big("promise_at", null=True),
        big("closed_at", null=True),
        text("close_reason", null=True),
        big("created_at"),
        one_of(
            "item", "kind", "milestone", "promise", "recontact", "contact_repair", "lead_review", "review"
        ),
        one_of("item", "klass", "safety", "care", "routine"),
        one_of("item", "purpose", "care", "survey", "marketing"),
        one_of("item", "language", "zh", "en"),
        one_of(
            "item",
            "state",
            "waiting",
            "ready",
            "leased",
            "done",
            "cancelled",
            "lapsed",
            "before_start",
            "unable_to_reach",
            "superseded",
        ),
        one_of("item", "tier", 0, 1, 2, 3, 4, 5, 6),
        check("item", "band", "band BETWEEN 0 AND 6"),
    )
    index(
        "item", "clinic_id", "deadline_at", "id", name="ix_item_before_start", where="state = 'before_start'"
    )
    index("item", "clinic_id", "escalation_id", name="ix_item_escalation", where="escalation_id IS NOT NULL")
    index("item", "clinic_id", "group_id", "state", name="ix_item_group")
    index("item", "clinic_id", "deadline_at", "id", name="ix_item_lapsed", where="state = 'lapsed'")
    index("item", "clinic_id", "patient_id", "state", name="ix_item_patient")
    index(
        "item",
        "clinic_id",
        "policy_version",
        "id",
        name="ix_item_policy",
        where="state IN ('waiting', 'ready')",
    )
    index(
        "item",
        "clinic_id",
        "lane_id",
        "band",
        "deadline_at",
        "id",
        name="ix_item_ready",
        where="state = 'ready'",
    )
    index(
        "item",
        "clinic_id",
        "deadline_at",
        "id",
        name="ix_item_unreachable",
        where="state = 'unable_to_reach'",
    )
    index(
        "item", "clinic_id", "next_change_at", "id", name="ix_item_wake", where="next_change_at IS NOT NULL"
    )
    index(
        "item",
        "clinic_id",
        "lane_id",
        "band",
        "deadline_at",
        "id",
        name="ix_item_windowless",
        where="state = 'ready' AND passes_windows",
    )
    index(
        "item",
        "clinic_id",
        "treatment_id",
        "milestone",
        "due_on",
        name="uq_item_treatment_milestone",
        where=f"treatment_id IS NOT NULL AND {_PLANNED_ONCE}",
        unique=True,
    )
    index(
        "item",
        "clinic_id",
        "visit_id",
        "milestone",
        "due_on",
        name="uq_item_visit_milestone",
        where=f"visit_id IS NOT NULL AND treatment_id IS NULL AND {_PLANNED_ONCE}",
        unique=True,
    )
