"""Reviews of real calls: draws, drawn calls, their scores, what is to be improved."""

from __future__ import annotations

from alembic import op

from db.migrations.columns import big, create, day, index, one_of, ref, text, unique, whole

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    create(
        "review_draw",
        day("day"),
        big("drawn_at"),
        ref("staff"),
        text("seed"),
        whole("calls", default=0),
        whole("drawn", default=0),
        text("document"),
        unique("review_draw", "clinic_id", "day"),
    )
    create(
        "call_review",
        day("day"),
        ref("call"),
        ref("staff"),
        text("drawn_for", default="[]"),
        big("drawn_at"),
        big("lapses_at"),
        text("status"),
        whole("version", default=0),
        big("caller_seen_at", null=True),
        text("caller_answer", default=""),
        big("answered_at", null=True),
        whole("answered_version", default=0),
        ref("staff", "closed_by", null=True),
        big("closed_at", null=True),
        one_of("call_review", "status", "drawn", "scored", "answered", "closed", "lapsed"),
        unique("call_review", "clinic_id", "day", "call_id"),
    )
    index("call_review", "clinic_id", "call_id")
    index("call_review", "clinic_id", "staff_id", "day")
    index(
        "call_review",
        "clinic_id",
        "lapses_at",
        "id",
        name="ix_call_review_drawn",
        where="status = 'drawn'",
    )
    index(
        "call_review",
        "clinic_id",
        "staff_id",
        name="ix_call_review_unread",
        where="version > 0 AND caller_seen_at IS NULL",
    )
    create(
        "review_score",
        ref("call_review"),
        whole("number"),
        ref("staff", "reviewer_id"),
        big("scored_at"),
        text("document"),
        whole("score"),
        whole("of"),
        text("note", default=""),
        text("training", default="[]"),
        text("reason", default=""),
        unique("review_score", "clinic_id", "call_review_id", "number"),
    )
    create(
        "improvement",
        text("text"),
        ref("staff", "owner_staff_id"),
        day("due_on"),
        text("state"),
        ref("call_review", null=True),
        ref("staff", "created_by"),
        big("created_at"),
        ref("staff", "ended_by", null=True),
        big("ended_at", null=True),
        text("ended_note", null=True),
        one_of("improvement", "state", "open", "done", "dropped"),
    )
    index("improvement", "clinic_id", "state", "due_on")


def downgrade() -> None:
    """Take them away."""
    for name in ("improvement", "review_score", "call_review", "review_draw"):
        op.drop_table(name)
