"""Published releases of the talk-tracks: texts, hash, who approved them, until when.

The files of a release are large; only `document` and `by_number` read them.
"""

from __future__ import annotations

import json
from datetime import date

from db import audit, seal_key
from db.connect import Connection, Row
from db.enums import ReleaseStatus, Role

_TURN = "script_release"
"""Name of the lock under which a clinic's releases change."""
_NOTES_MOST = 1_000
"""Length of the author's note together with those of the approvals."""
_LINE = """
    SELECT r.number, r.sha256, r.status, r.created_at, r.approved_at, r.review_by, r.note,
           r.author AS author_id, a.name AS author, s.name AS approved_by
    FROM script_release r LEFT JOIN staff s ON s.id = r.approved_by LEFT JOIN staff a ON a.id = r.author
"""


def take_turn(connection: Connection, clinic_id: int) -> None:
    """Let nobody else change the clinic's releases until this transaction ends.

    What is read after it is what stands: two publications get two numbers, and of two approvals the later
    one retires the earlier. On SQLite the write lock of the transaction does this already.

    Args:
        connection: an open unit of work.
        clinic_id: the clinic.
    """
    if connection.dialect == "postgresql":
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(:turn, :clinic))",
            {"turn": _TURN, "clinic": clinic_id},
        )


def newest_approved(connection: Connection, clinic_id: int) -> Row | None:
    """The release every seat reads, without its files: the newest approved one, or None."""
    rows = connection.execute(
        _LINE + " WHERE r.clinic_id = :clinic AND r.status = :approved ORDER BY r.number DESC LIMIT 1",
        {"clinic": clinic_id, "approved": ReleaseStatus.APPROVED},
    )
    return rows[0] if rows else None


def newest_published(connection: Connection, clinic_id: int) -> Row | None:
    """The newest draft somebody published, without its files, for a clinic that has approved nothing yet."""
    rows = connection.execute(
        _LINE
        + """ WHERE r.clinic_id = :clinic AND r.status = :draft AND r.author IS NOT NULL
              ORDER BY r.number DESC LIMIT 1""",
        {"clinic": clinic_id, "draft": ReleaseStatus.DRAFT},
    )
    return rows[0] if rows else None


def every(connection: Connection, clinic_id: int) -> list[Row]:
    """All releases of a clinic without their files, newest first."""
    return connection.execute(
        _LINE + " WHERE r.clinic_id = :clinic ORDER BY r.number DESC", {"clinic": clinic_id}
    )


def by_number(connection: Connection, clinic_id: int, number: int) -> Row | None:
    """One release without its files, or None."""
    rows = connection.execute(
        _LINE + " WHERE r.clinic_id = :clinic AND r.number = :number",
        {"clinic": clinic_id, "number": number},
    )
    return rows[0] if rows else None


def by_hash(connection: Connection, clinic_id: int, sha256: str) -> Row | None:
    """The newest release with these files, without them, or None."""
    rows = connection.execute(
        _LINE + " WHERE r.clinic_id = :clinic AND r.sha256 = :sha256 ORDER BY r.number DESC LIMIT 1",
        {"clinic": clinic_id, "sha256": sha256},
    )
    return rows[0] if rows else None


def document(connection: Connection, clinic_id: int, number: int) -> str | None:
    """The files of one release as JSON, name to content; None without such a release."""
    rows = connection.execute(
        "SELECT document FROM script_release WHERE clinic_id = :clinic AND number = :number",
        {"clinic": clinic_id, "number": number},
    )
    return str(rows[0]["document"]) if rows else None


def approved_at(connection: Connection, clinic_id: int, sha256: str, until_ms: int) -> int | None:
    """When files were last approved before a moment.

    A release's row names its last approval only; the earlier ones stand in the audit trail.

    Args:
        sha256: of the files.
        until_ms: epoch milliseconds; an approval later than this does not count.

    Returns:
        Epoch milliseconds, None when they were not approved yet.
    """
    rows = connection.execute(
        """
        SELECT MAX(x.at) AS at FROM (
            SELECT r.approved_at AS at FROM script_release r
            WHERE r.clinic_id = :clinic AND r.sha256 = :sha256 AND r.approved_at <= :until
            UNION ALL
            SELECT d.at AS at FROM script_release r JOIN audit d
                ON d.clinic_id = r.clinic_id AND d.subject_kind = 'script_release' AND d.subject_id = r.number
            WHERE r.clinic_id = :clinic AND r.sha256 = :sha256 AND d.action = 'scripts.approve'
                AND d.at <= :until
        ) x
        """,
        {"clinic": clinic_id, "sha256": sha256, "until": until_ms},
    )
    found = rows[0]["at"]
    return None if found is None else int(found)


def is_kept(connection: Connection, clinic_id: int, sha256: str) -> bool:
    """Whether the files with this hash are in the record."""
    rows = connection.execute(
        "SELECT number FROM script_release WHERE clinic_id = :clinic AND sha256 = :sha256 LIMIT 1",
        {"clinic": clinic_id, "sha256": sha256},
    )
    return bool(rows)


def add(
    connection: Connection,
    *,
    clinic_id: int,
    document: str,
    sha256: str,
    author: int | None,
    at_ms: int,
    note: str = "",
) -> int:
    """Write a draft as the clinic's next number. The caller has taken its turn.

    Args:
        document: the release's files as JSON, name to content.
        sha256: hash over them.
        author: who published it; None when it is kept only because calls were read from it.
        at_ms: epoch milliseconds.
        note: what is new in it.

    Returns:
        Its number.
    """
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
            "status": ReleaseStatus.DRAFT,
            "note": note,
            "author": author,
            "created_at": at_ms,
        },
    )
    return number


def approve(
    connection: Connection,
    clinic_id: int,
    number: int,
    *,
    staff_id: int,
    at_ms: int,
    review_by: date,
    note: str,
) -> None:
    """Make a release the one every seat reads; the one before is retired. The caller has taken its turn.

    One that was kept only because calls were read from it has the doctor for its author from now on.

    Args:
        number: of the release.
        staff_id: the approving doctor.
        at_ms: epoch milliseconds of the approval.
        review_by: day by which it has to be looked at again.
        note: what was checked; it stands behind the author's, which stays.
    """
    row = by_number(connection, clinic_id, number)
    written = "" if row is None else str(row["note"])
    if written and note:
        # What the author wrote comes first and is cut last; the newest approval is kept whole.
        behind = f" / {note}"
        note = written[: max(_NOTES_MOST - len(behind), 0)].rstrip() + behind
    connection.execute(
        "UPDATE script_release SET status = :retired WHERE clinic_id = :clinic AND status = :approved",
        {"clinic": clinic_id, "retired": ReleaseStatus.RETIRED, "approved": ReleaseStatus.APPROVED},
    )
    connection.execute(
        """
        UPDATE script_release
        SET status = :approved, approved_by = :by, approved_at = :at, review_by = :review,
            author = COALESCE(author, :by), note = CASE WHEN :note = '' THEN note ELSE :note END
        WHERE clinic_id = :clinic AND number = :number
        """,
        {
            "approved": ReleaseStatus.APPROVED,
            "by": staff_id,
            "at": at_ms,
            "review": review_by.isoformat(),
            "note": note,
            "clinic": clinic_id,
            "number": number,
        },
    )


def role_at(connection: Connection, clinic_id: int, contact_id: int, at_ms: int) -> tuple[str, bool] | None:
    """Role a contact was worked in, which decides between variants of a track.

    A seat's row names its last role only; an earlier one is told by the audit trail, on a machine with its key.

    Args:
        contact_id: of the contact.
        at_ms: epoch milliseconds; what somebody switched to later does not count.

    Returns:
        The role and whether it is sure to be that of the moment; None without a seat.
    """
    rows = connection.execute(
        """
        SELECT s.id, s.staff_id, s.role FROM contact c
        JOIN seat s ON s.id = c.seat_id AND s.clinic_id = c.clinic_id
        WHERE c.clinic_id = :clinic AND c.id = :contact
        """,
        {"clinic": clinic_id, "contact": contact_id},
    )
    if not rows:
        return None
    seat = rows[0]
    taken = connection.execute(
        """
        SELECT at, fields, digests FROM audit
        WHERE clinic_id = :clinic AND subject_kind = 'staff' AND subject_id = :staff AND seat_id = :seat
            AND action IN ('staff.sign_in', 'staff.switch_role')
        ORDER BY id
        """,
        {"clinic": clinic_id, "staff": seat["staff_id"], "seat": seat["id"]},
    )
    before = [one for one in taken if one["at"] <= at_ms]
    if len(before) == len(taken):
        return str(seat["role"]), True
    then = _role_of(connection, clinic_id, before[-1]) if before else None
    return (str(seat["role"]), False) if then is None else (then, True)


def _role_of(connection: Connection, clinic_id: int, row: Row) -> str | None:
    """The role an audit row has the digest of; None without the key, or with another than it was written with."""
    key = seal_key.load_key(connection.address)
    values = dict(zip(json.loads(row["fields"]), json.loads(row["digests"]), strict=False))
    if key is None:
        return None
    return next((str(r) for r in Role if audit.digest(key, clinic_id, "role", r) == values.get("role")), None)
