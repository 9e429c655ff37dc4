"""Names are found from each of their characters on, and what the board lists and counts by indexes of its own.

Before, a name was stored as its characters and its pairs, and a search put longer parts together from pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from alembic import op

from db.migrations.batch import altering
from db.migrations.columns import index

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_CHUNK: Final = 5000
_NAME_CHARS: Final = 40
_KEY_CHARS: Final = 16
_SEPARATORS: Final = re.compile(r"[\s·・•‧.,'’`\-_/]+")
_CHECK: Final = "ck_patient_search_kind"
_INDEXES: Final = (
    ("escalation", "ix_escalation_resolved", ("resolved_at", "id"), "status = 'resolved'"),
    ("item", "ix_item_lead", ("state", "id"), "kind = 'lead_review'"),
    ("draft", "ix_draft_late", ("status", "id"), "status = 'late'"),
)

Keys = set[tuple[str, str]]


def upgrade() -> None:
    """Replace characters and pairs by the name from each character on; add the indexes."""
    for table, name, columns, where in _INDEXES:
        index(table, "clinic_id", *columns, name=name, where=where)
    _replace(("char", "bigram"), ("name", "part", "pinyin", "initials", "digits"), _parts)


def downgrade() -> None:
    """Go back to characters and pairs."""
    for table, name, _columns, _where in reversed(_INDEXES):
        op.drop_index(name, table)
    _replace(("name", "part"), ("char", "bigram", "pinyin", "initials", "digits"), _pairs)


def _replace(gone: tuple[str, str], kinds: tuple[str, ...], keys: Callable[[str], Keys]) -> None:
    bind = op.get_bind()
    bind.execute(
        sa.text("DELETE FROM patient_search WHERE kind IN (:one, :two)").bindparams(one=gone[0], two=gone[1])
    )
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with altering("patient_search") as batch:
        batch.drop_constraint(op.f(_CHECK), type_="check")
        batch.create_check_constraint(op.f(_CHECK), f"kind IN ({listed})")
    people = sa.text("SELECT id, clinic_id, name FROM patient WHERE id > :last ORDER BY id LIMIT :most")
    add = sa.text(
        "INSERT INTO patient_search (clinic_id, patient_id, kind, key) VALUES (:clinic, :patient, :kind, :key)"
    )
    last = 0
    while rows := bind.execute(people, {"last": last, "most": _CHUNK}).all():
        made = [
            {"clinic": clinic_id, "patient": patient_id, "kind": kind, "key": key}
            for patient_id, clinic_id, name in rows
            for kind, key in sorted(keys(_fold(str(name)[:_NAME_CHARS])))
        ]
        if made:
            bind.execute(add, made)
        last = rows[-1][0]


def _parts(folded: str) -> Keys:
    keys = {("part", folded[at : at + _KEY_CHARS]) for at in range(1, len(folded))}
    return keys | ({("name", folded[:_KEY_CHARS])} if folded else set())


def _pairs(folded: str) -> Keys:
    return {("char", char) for char in folded} | {
        ("bigram", folded[at : at + 2]) for at in range(len(folded) - 1)
    }


def _fold(text: str) -> str:
    """How a name is compared, as the release of this schema does it. Frozen like the rest of this file."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(
        char
        for char in decomposed
        if not unicodedata.combining(char)
        and not 0xFE00 <= ord(char) <= 0xFE0F
        and not 0xE0100 <= ord(char) <= 0xE01EF
    )
    return _SEPARATORS.sub("", unicodedata.normalize("NFC", kept))
