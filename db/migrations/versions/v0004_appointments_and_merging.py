"""Appointments of a therapy come in series and say whether a photograph was taken; a merged patient says into whom."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from db.migrations.batch import altering

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_CHECK: Final = "ck_appointment_kind"
_BEFORE: Final = ("review", "stitches", "splint", "dressing", "drain", "other")
_MERGED: Final = sa.text("merged_into IS NOT NULL")


def upgrade() -> None:
    """Add the columns, the kind and the index."""
    # Adding a column that may be empty rewrites no table, so triggers and ids stay.
    op.add_column("patient", sa.Column("merged_into", sa.BigInteger(), nullable=True))
    op.create_index(
        op.f("ix_patient_merged"),
        "patient",
        ["clinic_id", "merged_into"],
        sqlite_where=_MERGED,
        postgresql_where=_MERGED,
    )
    with altering("appointment") as batch:
        batch.drop_constraint(op.f(_CHECK), type_="check")
        batch.create_check_constraint(op.f(_CHECK), _kinds((*_BEFORE[:-1], "therapy", "other")))
        batch.add_column(
            sa.Column("photo_taken", sa.Boolean(), nullable=False, server_default=sa.text("FALSE"))
        )
        batch.add_column(sa.Column("series_id", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("note", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them away; a therapy's appointments become others."""
    op.execute("UPDATE appointment SET kind = 'other' WHERE kind = 'therapy'")
    with altering("appointment") as batch:
        batch.drop_constraint(op.f(_CHECK), type_="check")
        batch.create_check_constraint(op.f(_CHECK), _kinds(_BEFORE))
        for name in ("note", "series_id", "photo_taken"):
            batch.drop_column(name)
    op.drop_index("ix_patient_merged", "patient")
    op.drop_column("patient", "merged_into")


def _kinds(kinds: tuple[str, ...]) -> str:
    return "kind IN ({})".format(", ".join(f"'{kind}'" for kind in kinds))
