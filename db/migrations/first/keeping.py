"""Policy, releases, imports, audit."""

from __future__ import annotations

from db.migrations.columns import big, create, day, index, one_of, ref, text, unique, whole

TABLES = (
    "policy_version",
    "script_release",
    "import_batch",
    "imported_row",
    "refused_row",
    "procedure_alias",
    "audit",
    "audit_seal",
)


def create_tables() -> None:
    """Create these tables with their indexes."""
    create(
        "policy_version",
        whole("number"),
        text("document"),
        text("sha256"),
        ref("staff", "author", null=True),
        big("valid_from"),
        big("created_at"),
        unique("policy_version", "clinic_id", "number"),
    )
    create(
        "script_release",
        whole("number"),
        text("document"),
        text("sha256"),
        text("status"),
        ref("staff", "approved_by", null=True),
        big("approved_at", null=True),
        day("review_by", null=True),
        text("note", default=""),
        ref("staff", "author", null=True),
        big("created_at"),
        one_of("script_release", "status", "draft", "approved", "retired"),
        unique("script_release", "clinic_id", "number"),
    )
    create(
        "import_batch",
        text("file_name"),
        text("file_sha256"),
        day("at_date"),
        big("started_at"),
        big("finished_at", null=True),
        whole("accepted", default=0),
        whole("updated", default=0),
        whole("unchanged", default=0),
        whole("rejected", default=0),
    )
    index("import_batch", "clinic_id", "started_at")
    create(
        "imported_row",
        text("digest", ordered=True),
        ref("import_batch", "batch_id"),
        unique("imported_row", "clinic_id", "digest"),
    )
    index("imported_row", "clinic_id", "batch_id")
    create(
        "refused_row",
        ref("import_batch", "batch_id"),
        text("digest", ordered=True),
        whole("row_number"),
        text("col", null=True),
        text("code"),
        text("value", default=""),
        text("message", default=""),
        text("cells", default="[]"),
        day("operated_on", null=True),
        text("status"),
        big("created_at"),
        one_of("refused_row", "status", "open", "replayed", "dismissed"),
        unique("refused_row", "clinic_id", "digest"),
    )
    index("refused_row", "clinic_id", "status", "operated_on")
    create(
        "procedure_alias",
        text("word", ordered=True),
        text("procedure"),
        big("created_at"),
        unique("procedure_alias", "clinic_id", "word"),
    )
    create(
        "audit",
        big("at"),
        ref("staff", null=True),
        ref("seat", null=True),
        text("action"),
        text("subject_kind"),
        big("subject_id", null=True),
        text("fields", default="[]"),
        text("digests", default="[]"),
    )
    index("audit", "clinic_id", "id")
    index("audit", "clinic_id", "subject_kind", "subject_id")
    create(
        "audit_seal",
        big("from_id"),
        big("to_id"),
        whole("rows"),
        text("mac"),
        text("previous_mac"),
        big("at"),
        unique("audit_seal", "clinic_id", "from_id"),
        unique("audit_seal", "clinic_id", "to_id"),
    )
