"""Policy versions keep the public holidays they were made with; safety calls are found by the day they are due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SAFETY = sa.text("klass = 'safety'")


def upgrade() -> None:
    """Add the column and the index."""
    # Adding a column that may be empty rewrites no table, so triggers and ids stay.
    op.add_column("policy_version", sa.Column("public_days", sa.Text(), nullable=True))
    op.create_index(
        "ix_item_safety_due",
        "item",
        ["clinic_id", "due_on", "id"],
        sqlite_where=_SAFETY,
        postgresql_where=_SAFETY,
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_index("ix_item_safety_due", "item")
    op.drop_column("policy_version", "public_days")
