"""Published releases of the talk-tracks: texts, hash, who approved them, until when."""

from __future__ import annotations

from datetime import date

from db.connect import Connection, Row
from db.enums import ReleaseStatus


def newest_approved(connection: Connection, clinic_id: int) -> Row | None:
    """The release every seat reads: the newest approved one, or None."""
    rows = connection.execute(
        """
        SELECT r.number, r.sha256, r.status, r.approved_at, r.review_by, r.document, s.name AS approved_by
        FROM script_release r LEFT JOIN staff s ON s.id = r.approved_by
        WHERE r.clinic_id = :clinic AND r.status = :approved
        ORDER BY r.number DESC LIMIT 1
        """,
        {"clinic": clinic_id, "approved": ReleaseStatus.APPROVED},
    )
    return rows[0] if rows else None


def add_approved(
    connection: Connection,
    *,
    clinic_id: int,
    document: str,
    sha256: str,
    staff_id: int,
    at_ms: int,
    review_by: date,
    note: str,
) -> int:
    """Write an approved release as the clinic's next number; earlier ones are retired.

    Args:
        document: the release's files as JSON, name to content.
        sha256: hash over them.
        staff_id: the approving doctor.
        at_ms: epoch milliseconds of the approval.
        review_by: day by which it has to be looked at again.

    Returns:
        The new release's number.
    """
    connection.execute(
        "UPDATE script_release SET status = :retired WHERE clinic_id = :clinic AND status = :approved",
        {"clinic": clinic_id, "retired": ReleaseStatus.RETIRED, "approved": ReleaseStatus.APPROVED},
    )
    last = connection.execute(
        "SELECT MAX(number) AS number FROM script_release WHERE clinic_id = :clinic", {"clinic": clinic_id}
    )
    number = int(last[0]["number"] or 0) + 1
    connection.insert(
        "script_release",
        {
            "clinic_id": clinic_id,
            "number": number,
            "document": document,
            "sha256": sha256,
            "status": ReleaseStatus.APPROVED,
            "approved_by": staff_id,
            "approved_at": at_ms,
            "review_by": review_by,
            "note": note,
            "author": staff_id,
            "created_at": at_ms,
        },
    )
    return number
