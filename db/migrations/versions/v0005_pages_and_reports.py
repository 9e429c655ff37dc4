"""Escalations keep which clocks have run out; who is called out for them; what has to be reported, and by when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.migrations.columns import big, create, index, one_of, ref, text, unique, whole

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CLOCKS = ("ack", "contact", "resolve")


def upgrade() -> None:
    """Add the columns and both tables; a clock that was marked by an event is marked on its case."""
    # Adding a column that may be empty rewrites no table, so triggers and ids stay.
    op.add_column("escalation", sa.Column("level_since", sa.BigInteger(), nullable=True))
    for clock in _CLOCKS:
        op.add_column("escalation", sa.Column(f"{clock}_breached_at", sa.BigInteger(), nullable=True))
        op.execute(
            f"UPDATE escalation SET {clock}_breached_at = (SELECT MIN(v.at) FROM escalation_event v"
            " WHERE v.clinic_id = escalation.clinic_id AND v.escalation_id = escalation.id"
            f" AND v.kind = 'breached' AND v.note = '{clock}')"
        )
    create(
        "escalation_page",
        ref("escalation"),
        whole("step"),
        text("level"),
        text("person"),
        big("due_at"),
        text("status"),
        whole("tries", default=0),
        big("next_try_at", null=True),
        text("holder", null=True),
        text("error", null=True),
        big("sent_at", null=True),
        big("created_at"),
        one_of("escalation_page", "status", "due", "running", "sent", "failed", "none", "stopped"),
        unique("escalation_page", "clinic_id", "escalation_id", "step"),
    )
    index(
        "escalation_page",
        "clinic_id",
        "next_try_at",
        "id",
        name="ix_escalation_page_open",
        where="next_try_at IS NOT NULL",
    )
    create(
        "report_duty",
        ref("escalation"),
        text("kind"),
        text("category"),
        big("known_at"),
        big("due_at"),
        ref("staff", "decided_by"),
        big("decided_at"),
        big("breached_at", null=True),
        big("reported_at", null=True),
        ref("staff", "reported_by", null=True),
        text("reported_to", null=True),
        big("replaced_at", null=True),
        one_of("report_duty", "kind", "adverse_event", "device_event"),
    )
    index("report_duty", "clinic_id", "escalation_id")
    index(
        "report_duty",
        "clinic_id",
        "due_at",
        "id",
        name="ix_report_duty_open",
        where="reported_at IS NULL AND replaced_at IS NULL",
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("report_duty")
    op.drop_table("escalation_page")
    for clock in reversed(_CLOCKS):
        op.drop_column("escalation", f"{clock}_breached_at")
    op.drop_column("escalation", "level_since")
