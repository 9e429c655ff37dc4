"""Complaints and service requests: what they are about, how far they have come, pauses, rounds, refunds, remedies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.columns import big, create, day, index, one_of, ref, text, unique, whole, yes_no

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INSTANTS = (
    "answered_at",
    "paused_at",
    "refund_by",
    "refund_alert_at",
    "refund_alerted_at",
    "refund_breached_at",
    "refund_decided_at",
)
_SEVERITIES = ("minor", "moderate", "severe")


def upgrade() -> None:
    """Add the columns and tables; what was handed over before gets a case as far as it had come."""
    # Adding a column that may be empty rewrites no table, so triggers and ids stay.
    for name in _INSTANTS:
        op.add_column("escalation", sa.Column(name, sa.BigInteger(), nullable=True))
    index(
        "escalation",
        "clinic_id",
        "refund_alert_at",
        "id",
        name="ix_escalation_refund_alert",
        where="refund_alert_at IS NOT NULL AND refund_alerted_at IS NULL AND refund_decided_at IS NULL",
    )
    _tables()
    _reports()
    _for_the_board()
    op.execute("UPDATE escalation SET answered_at = resolved_at WHERE kind IN ('complaint', 'request')")
    op.execute(
        "INSERT INTO service_case (clinic_id, escalation_id, klass, request_type, channel, received_at, stage,"
        " severity_proposed, clock_from, replied_at, cause, solution, solved_at, answer_note, round_no)"
        " SELECT clinic_id, id, CASE WHEN kind = 'complaint' THEN 'other' END,"
        " CASE WHEN kind = 'request' THEN 'other' END, 'phone', raised_at,"
        " CASE status WHEN 'resolved' THEN 'closed' WHEN 'contacted' THEN 'first_reply' ELSE 'new' END,"
        " COALESCE(severity, 'minor'), raised_at, contacted_at, COALESCE(finding, ''), COALESCE(action, ''),"
        " resolved_at, COALESCE(told_patient, ''), 1"
        " FROM escalation WHERE kind IN ('complaint', 'request') ORDER BY id"
    )


def _tables() -> None:
    create(
        "service_case",
        ref("escalation"),
        text("klass", null=True),
        text("process_stage", null=True),
        text("request_type", null=True),
        text("channel"),
        big("received_at"),
        text("stage"),
        text("criteria", default="[]"),
        yes_no("surgery"),
        text("about_staff", default="[]"),
        text("about_words", default=""),
        text("demand", default=""),
        text("identity", default="[]"),
        text("visit", default=""),
        text("asker", default=""),
        text("severity_proposed"),
        ref("staff", "confirmed_by", null=True),
        big("confirmed_at", null=True),
        ref("staff", "investigator_id", null=True),
        big("clock_from"),
        big("replied_at", null=True),
        ref("staff", "replied_by", null=True),
        text("cause", default=""),
        text("solution", default=""),
        big("solved_at", null=True),
        ref("staff", "solved_by", null=True),
        ref("staff", "answered_by", null=True),
        text("answer_note", default=""),
        text("accepted", null=True),
        whole("satisfaction", null=True),
        text("no_satisfaction", null=True),
        big("surveyed_at", null=True),
        ref("staff", "surveyed_by", null=True),
        text("pause_code", null=True),
        text("pause_note", default=""),
        whole("paused_days", default=0),
        big("refund_asked_at", null=True),
        whole("round_no"),
        one_of(
            "service_case",
            "klass",
            "attitude",
            "clinical_quality",
            "process",
            "price",
            "privacy",
            "other",
        ),
        one_of("service_case", "process_stage", "consultation", "booking", "surgery", "recovery"),
        one_of("service_case", "request_type", "inquiry", "booking", "suggestion", "other"),
        one_of("service_case", "channel", "phone", "walk_in", "wecom", "online", "email", "sms", "letter"),
        one_of(
            "service_case",
            "stage",
            "new",
            "first_reply",
            "investigating",
            "solved",
            "told_back",
            "surveyed",
            "closed",
        ),
        one_of("service_case", "severity_proposed", *_SEVERITIES),
        unique("service_case", "clinic_id", "escalation_id"),
    )
    create(
        "case_round",
        ref("escalation"),
        whole("number"),
        big("began_at"),
        big("contact_by"),
        big("resolve_by"),
        whole("paused_days", default=0),
        big("replied_at", null=True),
        text("cause", default=""),
        text("solution", default=""),
        big("solved_at", null=True),
        big("answered_at", null=True),
        text("accepted", null=True),
        big("closed_at", null=True),
        big("contact_late_at", null=True),
        big("resolve_late_at", null=True),
        whole("satisfaction", null=True),
        text("no_satisfaction", null=True),
        text("reopened_for"),
        ref("staff", "reopened_by"),
        big("reopened_at"),
        unique("case_round", "clinic_id", "escalation_id", "number"),
    )
    create(
        "case_entry",
        ref("escalation"),
        text("kind"),
        text("code"),
        text("note", default=""),
        day("on_date", null=True),
        ref("staff", null=True),
        big("at"),
        big("done_at", null=True),
        ref("staff", "done_by", null=True),
        text("done_note", default=""),
    )
    index("case_entry", "clinic_id", "escalation_id")
    create(
        "remedy",
        ref("escalation"),
        text("kind"),
        text("criterion"),
        whole("cents", null=True),
        text("note", default=""),
        ref("staff", "proposed_by"),
        big("proposed_at"),
        whole("approved", null=True),
        ref("staff", "decided_by", null=True),
        big("decided_at", null=True),
        text("reason", default=""),
        one_of(
            "remedy",
            "kind",
            "explanation",
            "care_product",
            "skin_treatment",
            "medicine",
            "revision",
            "redo",
            "transfer_balance",
            "refund",
            "other",
        ),
    )
    index("remedy", "clinic_id", "escalation_id")


def _reports() -> None:
    create("report_signoff", day("day"), ref("staff"), big("signed_at"), text("figures"))
    index("report_signoff", "clinic_id", "day")
    index("attempt", "clinic_id", "at")
    index("promise", "clinic_id", "at", "id", name="ix_promise_open", where="status = 'open'")
    index(
        "item",
        "clinic_id",
        "due_on",
        "id",
        name="ix_item_due",
        where="kind = 'milestone' AND klass <> 'safety'",
    )


def _for_the_board() -> None:
    """What its strip counts: treatments nothing was planned from, calls that were skipped."""
    no = sa.text("FALSE")
    op.add_column("treatment", sa.Column("planned", sa.Boolean(), nullable=False, server_default=no))
    op.execute(
        "UPDATE treatment SET planned = TRUE WHERE EXISTS (SELECT 1 FROM item i"
        " WHERE i.clinic_id = treatment.clinic_id AND i.patient_id = treatment.patient_id"
        " AND i.treatment_id = treatment.id)"
    )
    index(
        "treatment",
        "clinic_id",
        "performed_on",
        "id",
        name="ix_treatment_unplanned",
        where="NOT planned AND superseded_at IS NULL",
    )
    index(
        "item",
        "clinic_id",
        "skips",
        "id",
        name="ix_item_skipped",
        where="skips > 0 AND state IN ('waiting', 'ready', 'leased')",
    )
    index(
        "item",
        "clinic_id",
        "owner_staff_id",
        "id",
        name="ix_item_owner",
        where="owner_staff_id IS NOT NULL",
    )


def downgrade() -> None:
    """Take them away; a clock that stood still runs again, for nothing would say any more that it does not."""
    op.execute(
        "UPDATE escalation SET next_clock_at = resolve_by WHERE kind IN ('complaint', 'request')"
        " AND status <> 'resolved' AND (next_clock_at IS NULL OR next_clock_at = refund_by)"
    )
    op.drop_index("ix_item_owner", table_name="item")
    op.drop_index("ix_item_skipped", table_name="item")
    op.drop_index("ix_treatment_unplanned", table_name="treatment")
    op.drop_column("treatment", "planned")
    op.drop_index("ix_item_due", table_name="item")
    op.drop_index("ix_promise_open", table_name="promise")
    op.drop_index("ix_attempt_clinic_id_at", table_name="attempt")
    op.drop_table("report_signoff")
    for name in ("remedy", "case_entry", "case_round", "service_case"):
        op.drop_table(name)
    op.drop_index("ix_escalation_refund_alert", table_name="escalation")
    for name in reversed(_INSTANTS):
        op.drop_column("escalation", name)
