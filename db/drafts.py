"""What was typed in a call that is not saved yet. A draft belongs to one person and to one contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.connect import Connection, Row
from db.enums import DraftStatus
from db.errors import StaleLease
from db.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft. `document` is the JSON its owner's screen wrote; `updated_at` is UTC."""

    id: int
    staff_id: int
    contact_id: int
    patient_id: int | None
    group_id: int
    lease_token: int
    document: str
    status: DraftStatus
    updated_at: datetime


def keep(
    connection: Connection,
    *,
    clinic_id: int,
    staff_id: int,
    contact_id: int,
    patient_id: int | None,
    group_id: int,
    lease_token: int,
    document: str,
    now: datetime,
) -> int:
    """Write or replace the draft of a contact.

    Args:
        connection: an open unit of work.
        clinic_id: the clinic.
        staff_id: who types; nobody else's draft is ever replaced.
        contact_id: the contact.
        patient_id: the patient, None for an unknown caller.
        group_id: the contact's group.
        lease_token: token of the lease it is typed under.
        document: JSON.
        now: aware instant.

    Returns:
        The draft's id.

    Raises:
        StaleLease: the contact's draft belongs to somebody else, or is saved or discarded.
    """
    rows = connection.execute(
        """INSERT INTO draft (clinic_id, staff_id, contact_id, patient_id, group_id, lease_token, document,
                status, updated_at)
            VALUES (:clinic_id, :staff_id, :contact_id, :patient_id, :group_id, :lease_token, :document,
                'open', :now)
            ON CONFLICT (clinic_id, contact_id) DO UPDATE SET
                patient_id = excluded.patient_id, lease_token = excluded.lease_token,
                document = excluded.document, updated_at = excluded.updated_at
                WHERE draft.staff_id = excluded.staff_id AND draft.status IN ('open', 'late')
            RETURNING id""",
        {
            "clinic_id": clinic_id,
            "staff_id": staff_id,
            "contact_id": contact_id,
            "patient_id": patient_id,
            "group_id": group_id,
            "lease_token": lease_token,
            "document": document,
            "now": to_ms(now),
        },
    )
    if not rows:
        raise StaleLease("draft_closed")
    return int(rows[0]["id"])


def mine(connection: Connection, clinic_id: int, staff_id: int) -> tuple[Draft, ...]:
    """A person's drafts that are still to be worked on, open and late ones, newest first."""
    return tuple(
        _draft(row)
        for row in connection.execute(
            "SELECT * FROM draft WHERE clinic_id = :clinic AND staff_id = :staff"
            " AND status IN ('open', 'late') ORDER BY updated_at DESC, id DESC",
            {"clinic": clinic_id, "staff": staff_id},
        )
    )


def of_contact(connection: Connection, clinic_id: int, contact_id: int) -> Draft | None:
    """The draft of a contact, whatever became of it."""
    rows = connection.execute(
        "SELECT * FROM draft WHERE clinic_id = :clinic AND contact_id = :contact",
        {"clinic": clinic_id, "contact": contact_id},
    )
    return _draft(rows[0]) if rows else None


def mark(
    connection: Connection, clinic_id: int, contact_id: int, staff_id: int, status: DraftStatus, now: datetime
) -> bool:
    """Say what became of a person's draft of a contact: late, saved or discarded.

    Returns:
        Whether there was such a draft that was still open or late.
    """
    return bool(
        connection.changed(
            "UPDATE draft SET status = :status, updated_at = :now WHERE clinic_id = :clinic"
            " AND contact_id = :contact AND staff_id = :staff AND status IN ('open', 'late')",
            {
                "clinic": clinic_id,
                "contact": contact_id,
                "staff": staff_id,
                "status": status,
                "now": to_ms(now),
            },
        )
    )


def discard(connection: Connection, clinic_id: int, contact_id: int, staff_id: int, now: datetime) -> bool:
    """Throw a person's draft of a contact away; see `mark`."""
    return mark(connection, clinic_id, contact_id, staff_id, DraftStatus.DISCARDED, now)


def mark_late(connection: Connection, clinic_id: int, contact_id: int, staff_id: int, now: datetime) -> bool:
    """Keep a draft whose lease is lost, for its owner to file by hand; see `mark`."""
    return mark(connection, clinic_id, contact_id, staff_id, DraftStatus.LATE, now)


def _draft(row: Row) -> Draft:
    return Draft(
        id=int(row["id"]),
        staff_id=int(row["staff_id"]),
        contact_id=int(row["contact_id"]),
        patient_id=None if row["patient_id"] is None else int(row["patient_id"]),
        group_id=int(row["group_id"]),
        lease_token=int(row["lease_token"]),
        document=str(row["document"]),
        status=DraftStatus(row["status"]),
        updated_at=from_ms(int(row["updated_at"])),
    )
