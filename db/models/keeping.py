"""Policy, talk-track releases, imports, and the audit trail."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, UniqueConstraint

from db.enums import RefusedStatus, ReleaseStatus
from db.models.base import (
    ClinicTable,
    big,
    blank_words,
    calendar_day,
    count,
    instant,
    json_list,
    loose_id,
    maybe_day,
    maybe_instant,
    maybe_ref,
    maybe_words,
    one_of,
    options,
    ref,
    whole,
    words,
)


class PolicyVersion(ClinicTable, table=True):
    """One version of the clinic's policy, whole, as TOML."""

    __table_args__ = options(UniqueConstraint("clinic_id", "number"))

    number: int = whole()
    document: str = words()
    sha256: str = words()
    author: int | None = maybe_ref("staff")
    valid_from: int = instant()
    created_at: int = instant()
    public_days: str | None = maybe_words()


class ScriptRelease(ClinicTable, table=True):
    """One release of the talk-tracks and who approved it until when."""

    __table_args__ = options(UniqueConstraint("clinic_id", "number"), one_of("status", ReleaseStatus))

    number: int = whole()
    document: str = words()
    sha256: str = words()
    status: str = words()
    approved_by: int | None = maybe_ref("staff")
    approved_at: int | None = maybe_instant()
    review_by: date | None = maybe_day()
    note: str = blank_words()
    author: int | None = maybe_ref("staff")
    created_at: int = instant()


class ImportBatch(ClinicTable, table=True):
    """One run of an import."""

    __table_args__ = options(Index(None, "clinic_id", "started_at"))

    file_name: str = words()
    file_sha256: str = words()
    at_date: date = calendar_day()
    started_at: int = instant()
    finished_at: int | None = maybe_instant()
    accepted: int = count()
    updated: int = count()
    unchanged: int = count()
    rejected: int = count()


class ImportedRow(ClinicTable, table=True):
    """Digest of an accepted row: the same row again changes nothing."""

    __table_args__ = options(UniqueConstraint("clinic_id", "digest"), Index(None, "clinic_id", "batch_id"))

    digest: str = words(ordered=True)
    batch_id: int = ref("import_batch")


class ReportSignoff(ClinicTable, table=True):
    """The head has seen the summaries of a day: who, when, and their figures as they were then (JSON)."""

    __table_args__ = options(Index(None, "clinic_id", "day"))

    day: date = calendar_day()
    staff_id: int = ref("staff")
    signed_at: int = instant()
    figures: str = words()


class RefusedRow(ClinicTable, table=True):
    """A row on the fix list, with its cells as they came."""

    __table_args__ = options(
        UniqueConstraint("clinic_id", "digest"),
        Index(None, "clinic_id", "status", "operated_on"),
        one_of("status", RefusedStatus),
    )

    batch_id: int = ref("import_batch")
    digest: str = words(ordered=True)
    row_number: int = whole()
    col: str | None = maybe_words()
    code: str = words()
    value: str = blank_words()
    message: str = blank_words()
    cells: str = json_list()
    operated_on: date | None = maybe_day()
    status: str = words()
    created_at: int = instant()


class ProcedureAlias(ClinicTable, table=True):
    """A clinic's own word for a procedure, folded."""

    __table_args__ = options(UniqueConstraint("clinic_id", "word"))

    word: str = words(ordered=True)
    procedure: str = words()
    created_at: int = instant()


class Audit(ClinicTable, table=True):
    """Who did what to which row: names of fields and keyed digests, no values. Append-only."""

    __table_args__ = options(
        Index(None, "clinic_id", "id"), Index(None, "clinic_id", "subject_kind", "subject_id")
    )

    at: int = instant()
    staff_id: int | None = maybe_ref("staff")
    seat_id: int | None = maybe_ref("seat")
    action: str = words()
    subject_kind: str = words()
    subject_id: int | None = loose_id()
    fields: str = json_list()
    digests: str = json_list()


class AuditSeal(ClinicTable, table=True):
    """The MAC over a range of audit rows and over the seal before it. Append-only."""

    __table_args__ = options(UniqueConstraint("clinic_id", "from_id"), UniqueConstraint("clinic_id", "to_id"))

    from_id: int = big()
    to_id: int = big()
    rows: int = whole()
    mac: str = words()
    previous_mac: str = words()
    at: int = instant()
