"""The first schema: every table of the record."""

from __future__ import annotations

from alembic import op

from db.migrations.append_only import protect, unprotect
from db.migrations.first import calls, care, keeping, people

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit", "audit_seal", "call", "consent_event", "escalation_event", "policy_version")


def upgrade() -> None:
    """Create all tables, indexes and triggers."""
    for subject in (people, care, calls, keeping):
        subject.create_tables()
    protect(*APPEND_ONLY)


def downgrade() -> None:
    """Drop everything, children first."""
    unprotect(*APPEND_ONLY)
    for subject in (keeping, calls, care, people):
        for table in reversed(subject.TABLES):
            op.drop_table(table)
