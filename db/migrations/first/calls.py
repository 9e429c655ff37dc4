"""Leases, conversations, escalations."""

from __future__ import annotations

from db.migrations.columns import big, create, index, measure, one_of, ref, text, unique, whole, yes_no

TABLES = (
    "contact_lease",
    "contact",
    "contact_item",
    "attempt",
    "call",
    "promise",
    "answer",
    "observation",
    "draft",
    "idempotency_key",
    "practice_result",
    "escalation",
    "escalation_event",
)


def create_tables() -> None:
    """Create these tables with their indexes."""
    create(
        "contact_lease",
        ref("contact_group", "group_id"),
        ref("item", null=True),
        ref("staff"),
        ref("seat"),
        big("token"),
        text("stage"),
        big("acquired_at"),
        big("expires_at"),
        one_of("contact_lease", "stage", "preview", "dialling", "connected", "cut_off"),
        unique("contact_lease", "clinic_id", "group_id"),
    )
    index("contact_lease", "clinic_id", "expires_at")
    create(
        "contact",
        ref("contact_group", "group_id"),
        ref("patient", null=True),
        ref("staff"),
        ref("seat"),
        big("lease_token", null=True),
        big("started_at"),
        big("ended_at", null=True),
        yes_no("incoming"),
        text("caller_number", null=True),
    )
    index("contact", "clinic_id", "group_id", "started_at")
    index("contact", "clinic_id", "patient_id")
    index("contact", "clinic_id", "staff_id", "started_at")
    create(
        "contact_item",
        ref("contact"),
        ref("item"),
        text("result", null=True),
        big("closed_at", null=True),
        unique("contact_item", "clinic_id", "contact_id", "item_id"),
    )
    index("contact_item", "clinic_id", "item_id")
    create(
        "attempt",
        ref("contact"),
        ref("patient", null=True),
        ref("item", null=True),
        ref("phone", null=True),
        text("channel"),
        text("result", null=True),
        yes_no("counted"),
        big("at"),
        ref("staff"),
        one_of("attempt", "channel", "phone", "wecom", "sms", "email", "face_to_face", "letter"),
        one_of(
            "attempt",
            "result",
            "connected",
            "no_answer",
            "busy",
            "powered_off",
            "unreachable",
            "suspended",
            "invalid_number",
            "rejected",
            "voicemail",
            "line_error",
        ),
    )
    index("attempt", "clinic_id", "contact_id")
    index("attempt", "clinic_id", "item_id")
    index("attempt", "clinic_id", "patient_id", "at")
    index("attempt", "clinic_id", "phone_id", "at")
    create(
        "call",
        ref("contact"),
        ref("patient", null=True),
        ref("item", null=True),
        text("direction"),
        text("outcome"),
        big("started_at"),
        big("ended_at"),
        text("spoke_to"),
        text("identity_method", null=True),
        text("language"),
        text("release_hash", null=True),
        text("track_code", null=True),
        whole("track_version", null=True),
        text("recovery", null=True),
        whole("pain", null=True),
        text("satisfaction", null=True),
        text("summary", default=""),
        text("note", default=""),
        text("next_step", null=True),
        ref("call", "amends_call_id", null=True),
        text("place", null=True),
        text("companion", null=True),
        ref("staff"),
        yes_no("late_draft"),
        big("saved_at"),
        one_of("call", "direction", "out", "in"),
        one_of(
            "call",
            "outcome",
            "completed",
            "partial",
            "callback_agreed",
            "proxy_reached",
            "wrong_person",
            "declined_today",
            "opted_out",
        ),
        one_of("call", "spoke_to", "patient", "proxy", "unknown"),
        one_of("call", "language", "zh", "en"),
    )
    index("call", "clinic_id", "amends_call_id", name="ix_call_amends", where="amends_call_id IS NOT NULL")
    index("call", "clinic_id", "contact_id")
    index("call", "clinic_id", "patient_id", "saved_at")
    index("call", "clinic_id", "saved_at")
    create(
        "promise",
        ref("patient"),
        ref("item"),
        big("at"),
        ref("staff", "mine_staff_id", null=True),
        text("what"),
        ref("staff", "made_by"),
        big("made_at"),
        ref("call", null=True),
        text("status"),
        one_of("promise", "status", "open", "kept", "missed", "cancelled"),
    )
    index("promise", "clinic_id", "item_id")
    index("promise", "clinic_id", "patient_id", "status")
    create(
        "answer",
        ref("contact"),
        ref("call", null=True),
        ref("treatment", null=True),
        text("concern", null=True),
        text("question"),
        text("value"),
        measure("number"),
        yes_no("asked_in_group"),
        big("at"),
        big("superseded_at", null=True),
        text("correction_reason", null=True),
    )
    index("answer", "clinic_id", "call_id")
    index("answer", "clinic_id", "contact_id")
    index("answer", "clinic_id", "treatment_id", "question", "at")
    create(
        "observation",
        ref("patient"),
        ref("treatment", null=True),
        ref("call", null=True),
        text("code"),
        text("value"),
        measure("number"),
        big("at"),
    )
    index("observation", "clinic_id", "call_id")
    index("observation", "clinic_id", "patient_id", "code", "at")
    create(
        "draft",
        ref("staff"),
        ref("contact"),
        ref("patient", null=True),
        ref("contact_group", "group_id"),
        big("lease_token"),
        text("document"),
        text("status"),
        big("updated_at"),
        one_of("draft", "status", "open", "late", "saved", "discarded"),
        unique("draft", "clinic_id", "contact_id"),
    )
    index("draft", "clinic_id", "staff_id", "status")
    create(
        "idempotency_key",
        text("key", ordered=True),
        text("kind"),
        big("result_id"),
        big("at"),
        unique("idempotency_key", "clinic_id", "key"),
    )
    create(
        "practice_result",
        ref("staff"),
        text("scenario"),
        whole("score"),
        whole("of"),
        big("at"),
        text("document"),
    )
    index("practice_result", "clinic_id", "staff_id", "at")
    create(
        "escalation",
        ref("patient", null=True),
        ref("contact", null=True),
        ref("call", null=True),
        ref("treatment", null=True),
        text("kind"),
        text("level", null=True),
        text("severity", null=True),
        text("status"),
        text("flag", null=True),
        text("flags", default="[]"),
        text("summary", default=""),
        text("place", null=True),
        text("companion", null=True),
        text("caller_number", null=True),
        ref("staff", "raised_by"),
        big("raised_at"),
        big("ack_by"),
        big("contact_by"),
        big("resolve_by"),
        big("next_clock_at", null=True),
        ref("staff", "owner_staff_id", null=True),
        big("acknowledged_at", null=True),
        big("contacted_at", null=True),
        big("resolved_at", null=True),
        text("finding", null=True),
        text("action", null=True),
        text("told_patient", null=True),
        text("clavien_dindo", null=True),
        yes_no("mis_keyed"),
        text("mis_key_reason", null=True),
        text("told_who", null=True),
        ref("staff", "told_by", null=True),
        big("told_at", null=True),
        ref("staff", "phoning_staff_id", null=True),
        text("procedure", null=True),
        whole("post_op_day", null=True),
        one_of("escalation", "kind", "clinical", "complaint", "request"),
        one_of("escalation", "level", "EMERGENCY", "SAME_DAY", "URGENT", "ROUTINE"),
        one_of("escalation", "severity", "minor", "moderate", "severe"),
        one_of("escalation", "status", "new", "acknowledged", "contacted", "resolved"),
    )
    index("escalation", "clinic_id", "contact_id")
    index("escalation", "clinic_id", "patient_id")
    index(
        "escalation",
        "clinic_id",
        "next_clock_at",
        "id",
        name="ix_escalation_open",
        where="status <> 'resolved'",
    )
    index("escalation", "clinic_id", "raised_by", name="ix_escalation_untold", where="told_at IS NULL")
    create(
        "escalation_event",
        ref("escalation"),
        text("kind"),
        ref("staff", null=True),
        big("at"),
        text("note", default=""),
        text("before", null=True),
        text("after", null=True),
    )
    index("escalation_event", "clinic_id", "escalation_id", "at")
