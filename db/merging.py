"""Two records of one person become one: the rows that follow, and those that stay. Raw SQL inside a unit of work.

Saved calls and consents are append-only: calls stay with the old record and are read from there
(`db.patients.RECORDS`), consents are said again with their old time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from db.claims import give_back, id_list
from db.connect import Connection, Row
from db.enums import DraftStatus

FOLLOW: Final = (
    "contact_person",
    "appointment",
    "plan_revision",
    "promise",
    "contact",
    "attempt",
    "observation",
    "escalation",
)
"""Tables whose rows go with the person, whole."""

OF_TREATMENT: Final = ("appointment", "plan_revision", "escalation", "observation", "answer")
"""Tables that name a treatment without any rule of their own about it."""


def follow(connection: Connection, clinic_id: int, gone: int, kept: int, group_id: int) -> None:
    """Give a record's rows to another: what needs no judging, its items, and what was typed and not saved."""
    for table in FOLLOW:
        _move(connection, clinic_id, table, gone, kept)
    connection.changed(
        "UPDATE item SET patient_id = :kept, group_id = :group WHERE clinic_id = :clinic AND patient_id = :gone",
        {"kept": kept, "group": group_id, "clinic": clinic_id, "gone": gone},
    )
    connection.changed(
        "UPDATE draft SET patient_id = :kept WHERE clinic_id = :clinic AND patient_id = :gone"
        " AND status IN (:open, :late)",
        {
            "kept": kept,
            "clinic": clinic_id,
            "gone": gone,
            "open": DraftStatus.OPEN,
            "late": DraftStatus.LATE,
        },
    )


def _move(connection: Connection, clinic_id: int, table: str, gone: int, kept: int) -> None:
    connection.changed(
        f"UPDATE {table} SET patient_id = :kept WHERE clinic_id = :clinic AND patient_id = :gone",
        {"kept": kept, "clinic": clinic_id, "gone": gone},
    )


def give(connection: Connection, clinic_id: int, table: str, row_id: int, kept: int) -> None:
    """Give one row of `visit`, `treatment`, `treatment_cycle` or `phone` to another patient."""
    connection.changed(
        f"UPDATE {table} SET patient_id = :kept WHERE clinic_id = :clinic AND id = :id",
        {"kept": kept, "clinic": clinic_id, "id": row_id},
    )


def same_treatment(connection: Connection, clinic_id: int, double: int, kept: int) -> None:
    """Let what names a treatment that stood in both records name the one that stays. Items are the caller's."""
    for table in OF_TREATMENT:
        connection.changed(
            f"UPDATE {table} SET treatment_id = :kept WHERE clinic_id = :clinic AND treatment_id = :double",
            {"kept": kept, "clinic": clinic_id, "double": double},
        )


def taken_back(connection: Connection, clinic_id: int, patient_id: int, treatment: Row) -> Row | None:
    """A patient's treatment of the same procedure, day and site as another's that was taken back as never done."""
    rows = connection.execute(
        "SELECT * FROM treatment WHERE clinic_id = :clinic AND patient_id = :patient AND procedure = :procedure"
        " AND performed_on = :day AND site = :site AND superseded_at IS NOT NULL",
        {
            "clinic": clinic_id,
            "patient": patient_id,
            "procedure": treatment["procedure"],
            "day": treatment["performed_on"],
            "site": treatment["site"],
        },
    )
    return rows[0] if rows else None


def link(connection: Connection, clinic_id: int, column: str, item_ids: Sequence[int], to: int) -> None:
    """Let items name another treatment or visit."""
    if item_ids:
        names, params = id_list(tuple(item_ids))
        connection.changed(
            f"UPDATE item SET {column} = :to WHERE clinic_id = :clinic AND id IN ({names})",
            {"to": to, "clinic": clinic_id, **params},
        )


def number_again(connection: Connection, clinic_id: int, patient_id: int) -> None:
    """Number a patient's plan revisions by their time: of two words the newest holds."""
    rows = connection.execute(
        "SELECT id, number FROM plan_revision WHERE clinic_id = :clinic AND patient_id = :patient"
        " ORDER BY created_at, number, id",
        {"clinic": clinic_id, "patient": patient_id},
    )
    for number, row in enumerate(rows, start=1):
        if row["number"] != number:
            connection.changed(
                "UPDATE plan_revision SET number = :number WHERE clinic_id = :clinic AND id = :id",
                {"number": number, "clinic": clinic_id, "id": row["id"]},
            )


def consents_again(connection: Connection, clinic_id: int, gone: int, kept: int) -> int:
    """Say a record's consents and refusals again for another patient, each with its own time; returns how many."""
    rows = connection.execute(
        "SELECT purpose, given, at, how, staff_id FROM consent_event"
        " WHERE clinic_id = :clinic AND patient_id = :gone ORDER BY at, id",
        {"clinic": clinic_id, "gone": gone},
    )
    connection.insert_many(
        "consent_event", [{"clinic_id": clinic_id, "patient_id": kept, **row} for row in rows]
    )
    return len(rows)


def same_number(connection: Connection, clinic_id: int, double: int, kept: int) -> None:
    """Count the dials of a number that stood in both records for the one that stays; the other is out of use."""
    connection.changed(
        "UPDATE attempt SET phone_id = :kept WHERE clinic_id = :clinic AND phone_id = :double",
        {"kept": kept, "clinic": clinic_id, "double": double},
    )
    connection.changed(
        "UPDATE phone SET status = 'dead' WHERE clinic_id = :clinic AND id = :double",
        {"clinic": clinic_id, "double": double},
    )


def close(connection: Connection, clinic_id: int, gone: int, kept: int, at_ms: int) -> None:
    """Mark a record as merged, in a contact group of its own; records merged into it before go on to the other."""
    group_id = connection.insert("contact_group", {"clinic_id": clinic_id, "created_at": at_ms})
    connection.changed(
        "UPDATE patient SET merged_into = :kept WHERE clinic_id = :clinic AND merged_into = :gone",
        {"kept": kept, "clinic": clinic_id, "gone": gone},
    )
    connection.changed(
        "UPDATE patient SET merged_into = :kept, group_id = :group, updated_at = :at"
        " WHERE clinic_id = :clinic AND id = :gone",
        {"kept": kept, "group": group_id, "at": at_ms, "clinic": clinic_id, "gone": gone},
    )


def in_call(connection: Connection, clinic_id: int, group_ids: Sequence[int], now_ms: int) -> Row | None:
    """Who is calling somebody of these groups, or has a call to them that broke off and may come back: the lease with
    the person's name, None when nobody is."""
    names, params = id_list(tuple(sorted(set(group_ids))))
    rows = connection.execute(
        "SELECT l.group_id, s.name AS staff_name FROM contact_lease l JOIN staff s ON s.id = l.staff_id"
        f" WHERE l.clinic_id = :clinic AND l.group_id IN ({names})"
        " AND (l.expires_at > :now OR l.stage <> 'preview') ORDER BY l.group_id",
        {"clinic": clinic_id, "now": now_ms, **params},
    )
    return rows[0] if rows else None


def end_preview(connection: Connection, clinic_id: int, group_id: int, now: int) -> tuple[int, ...]:
    """End the preview of a locked group that ran out by an instant (epoch ms); returns the items given back."""
    ended = connection.changed(
        "DELETE FROM contact_lease WHERE clinic_id = :clinic_id AND group_id = :group_id "
        "AND stage = 'preview' AND expires_at <= :now",
        {"clinic_id": clinic_id, "group_id": group_id, "now": now},
    )
    return give_back(connection, clinic_id, group_id) if ended else ()


def counts(connection: Connection, clinic_id: int, patient_id: int) -> Row:
    """How much stands in a record: treatments, visits, saved calls, open items."""
    (row,) = connection.execute(
        """SELECT (SELECT COUNT(*) FROM treatment t WHERE t.clinic_id = :clinic AND t.patient_id = :patient
                    AND t.superseded_at IS NULL) AS treatments,
                  (SELECT COUNT(*) FROM visit v WHERE v.clinic_id = :clinic AND v.patient_id = :patient) AS visits,
                  (SELECT COUNT(*) FROM call c WHERE c.clinic_id = :clinic AND c.patient_id = :patient) AS calls,
                  (SELECT COUNT(*) FROM item i WHERE i.clinic_id = :clinic AND i.patient_id = :patient
                    AND i.state IN ('waiting', 'ready', 'leased')) AS items""",
        {"clinic": clinic_id, "patient": patient_id},
    )
    return row
