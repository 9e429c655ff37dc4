"""Patients, their numbers and contact groups. Raw SQL inside the caller's unit of work; instants are epoch
ms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from db.claims import lock
from db.connect import Connection, Row
from db.enums import PhoneKind, PhoneStatus

PATIENT: Final = (
    "id, external_id, group_id, name, pinyin, sex, born_on, member_tier, consultant, notes, language,"
    " merged_into"
)


RECORDS: Final = (
    "(SELECT CAST(:patient AS BIGINT) UNION ALL"
    " SELECT m.id FROM patient m WHERE m.clinic_id = :clinic AND m.merged_into = :patient)"
)
"""Ids of a patient's own record and of those merged into it: what was saved once stays where it was saved."""


# `+clinic_id` in a query by id keeps SQLite off the indexes that begin with clinic_id: without statistics
# it would rather walk all of a clinic's rows than look up twenty ids. PostgreSQL does not mind.


def in_list(prefix: str, values: Sequence[object]) -> tuple[str, dict[str, object]]:
    """Placeholders and parameters of an IN list; the list must not be empty."""
    params: dict[str, object] = {f"{prefix}{number}": value for number, value in enumerate(values)}
    return ", ".join(f":{name}" for name in params), params


def by_external_ids(connection: Connection, clinic_id: int, external_ids: Sequence[str]) -> dict[str, Row]:
    """Patients by the clinic's own id, for those that exist."""
    if not external_ids:
        return {}
    marks, params = in_list("e", external_ids)
    rows = connection.execute(
        f"SELECT {PATIENT} FROM patient WHERE clinic_id = :clinic AND external_id IN ({marks})",
        params | {"clinic": clinic_id},
    )
    return {str(row["external_id"]): row for row in rows}


def by_ids(connection: Connection, clinic_id: int, ids: Sequence[int]) -> dict[int, Row]:
    """Patients by row id, for those that exist."""
    if not ids:
        return {}
    marks, params = in_list("i", ids)
    rows = connection.execute(
        f"SELECT {PATIENT} FROM patient WHERE +clinic_id = :clinic AND id IN ({marks})",
        params | {"clinic": clinic_id},
    )
    return {int(row["id"]): row for row in rows}


def one(connection: Connection, clinic_id: int, patient_id: int) -> Row | None:
    """A patient's whole row."""
    rows = connection.execute(
        "SELECT * FROM patient WHERE clinic_id = :clinic AND id = :id",
        {"clinic": clinic_id, "id": patient_id},
    )
    return rows[0] if rows else None


def merged(connection: Connection, clinic_id: int, patient_ids: Sequence[int]) -> dict[int, int]:
    """Records merged into some patients: the old record's id, and the patient's who goes on."""
    if not patient_ids:
        return {}
    marks, params = in_list("m", sorted(set(patient_ids)))
    rows = connection.execute(
        f"SELECT id, merged_into FROM patient WHERE clinic_id = :clinic AND merged_into IN ({marks}) ORDER BY id",
        params | {"clinic": clinic_id},
    )
    return {int(row["id"]): int(row["merged_into"]) for row in rows}


def on_numbers(connection: Connection, clinic_id: int, numbers: Sequence[str]) -> list[Row]:
    """Rows of `phone` that hold one of the numbers, oldest first."""
    if not numbers:
        return []
    marks, params = in_list("n", numbers)
    return connection.execute(
        f"SELECT id, patient_id, contact_person_id, e164, status FROM phone WHERE clinic_id = :clinic"
        f" AND e164 IN ({marks}) ORDER BY id",
        params | {"clinic": clinic_id},
    )


def numbers_of(connection: Connection, clinic_id: int, patient_ids: Sequence[int]) -> list[Row]:
    """All numbers of some patients, first one first."""
    if not patient_ids:
        return []
    marks, params = in_list("p", patient_ids)
    return connection.execute(
        f"SELECT * FROM phone WHERE clinic_id = :clinic AND patient_id IN ({marks})"
        " ORDER BY patient_id, rank, id",
        params | {"clinic": clinic_id},
    )


def add(connection: Connection, clinic_id: int, values: Mapping[str, object], at_ms: int) -> Row:
    """Insert a patient with a contact group of her own.

    Args: connection; clinic_id; values, columns of `patient` but the group and the times; at_ms.
    Returns: the row as by_external_ids gives it.
    """
    group_id = connection.insert("contact_group", {"clinic_id": clinic_id, "created_at": at_ms})
    row = {"clinic_id": clinic_id, "group_id": group_id, **values, "created_at": at_ms, "updated_at": at_ms}
    patient_id = connection.insert("patient", row)
    return {name: None for name in PATIENT.split(", ")} | row | {"id": patient_id}


def change(
    connection: Connection, clinic_id: int, patient_id: int, values: Mapping[str, object], at_ms: int
) -> None:
    """Write some columns of a patient."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    connection.changed(
        f"UPDATE patient SET {sets}, updated_at = :updated_at WHERE clinic_id = :clinic AND id = :id",
        {**values, "updated_at": at_ms, "clinic": clinic_id, "id": patient_id},
    )


def add_number(
    connection: Connection,
    clinic_id: int,
    patient_id: int,
    e164: str,
    kind: PhoneKind,
    rank: int,
    at_ms: int,
    contact_person_id: int | None = None,
) -> int:
    """Insert a live number; the caller joins the contact groups afterwards (`join_groups`)."""
    return connection.insert(
        "phone",
        {
            "clinic_id": clinic_id,
            "patient_id": patient_id,
            "contact_person_id": contact_person_id,
            "e164": e164,
            "kind": kind,
            "rank": rank,
            "status": PhoneStatus.LIVE,
            "created_at": at_ms,
        },
    )


def rank_first(connection: Connection, clinic_id: int, patient_id: int, e164: str) -> None:
    """Make one of the patient's own numbers the first to be dialled; the others keep their order behind
    it.
    """
    rows = connection.execute(
        "SELECT id, e164, rank FROM phone WHERE clinic_id = :clinic AND patient_id = :patient"
        " ORDER BY rank, id",
        {"clinic": clinic_id, "patient": patient_id},
    )
    ordered = sorted(rows, key=lambda row: row["e164"] != e164)
    for rank, row in enumerate(ordered, start=1):
        if row["rank"] != rank:
            connection.changed(
                "UPDATE phone SET rank = :rank WHERE clinic_id = :clinic AND id = :id",
                {"rank": rank, "clinic": clinic_id, "id": row["id"]},
            )


def set_number_status(
    connection: Connection,
    clinic_id: int,
    phone_id: int,
    status: PhoneStatus,
    suspended_until: int | None = None,
) -> None:
    """Give a number another status. A group is never split by it."""
    connection.changed(
        "UPDATE phone SET status = :status, suspended_until = :until WHERE clinic_id = :clinic AND id = :id",
        {"status": status, "until": suspended_until, "clinic": clinic_id, "id": phone_id},
    )


def revive_number(connection: Connection, clinic_id: int, phone_id: int, rank: int) -> None:
    """Give a number its rank, and make a dead one live again: somebody has typed it anew.

    A suspended number keeps its date.
    """
    connection.changed(
        "UPDATE phone SET rank = :rank, status = CASE status WHEN 'dead' THEN 'live' ELSE status END"
        " WHERE clinic_id = :clinic AND id = :id",
        {"rank": rank, "clinic": clinic_id, "id": phone_id},
    )


def join_groups(connection: Connection, clinic_id: int, patient_ids: Iterable[int]) -> int:
    """Put patients who share a live number into one contact group.

    The group that is leased now stays, so that the call in progress keeps its lease; else the oldest. A
    second leased group stays apart until its call is over (`unjoined`): its lease guards its items by the
    group's id. Groups are only ever joined: splitting one could hand two callers the same telephone.

    Args: connection; clinic_id; patient_ids, all patients on one number, one or more.
    Returns: the group they are all in, but for those in other calls.
    """
    ids = sorted(set(patient_ids))
    marks, params = in_list("p", ids)
    rows = connection.execute(
        f"SELECT DISTINCT group_id FROM patient WHERE +clinic_id = :clinic AND id IN ({marks})"
        " ORDER BY group_id",
        params | {"clinic": clinic_id},
    )
    groups = [int(row["group_id"]) for row in rows]
    if len(groups) == 1:
        return groups[0]
    for group in groups:
        lock(connection, clinic_id, group)
    group_marks, group_params = in_list("g", groups)
    scope = group_params | {"clinic": clinic_id}
    leased = connection.execute(
        f"SELECT group_id FROM contact_lease WHERE clinic_id = :clinic AND group_id IN ({group_marks})"
        " ORDER BY expires_at DESC, group_id",
        scope,
    )
    busy = {int(row["group_id"]) for row in leased}
    kept = int(leased[0]["group_id"]) if leased else groups[0]
    moved = [group for group in groups if group != kept and group not in busy]
    if moved:
        marks, params = in_list("m", moved)
        for table in ("patient", "item"):
            connection.changed(
                f"UPDATE {table} SET group_id = :kept WHERE clinic_id = :clinic AND group_id IN ({marks})",
                params | {"clinic": clinic_id, "kept": kept},
            )
    return kept


def unjoined(connection: Connection, clinic_id: int, group_id: int) -> dict[int, set[int]]:
    """Patients of other groups who share a number that is not dead with somebody of a group, by group.

    They were left apart because both groups were being called.
    """
    # CROSS JOIN keeps SQLite to this order: without statistics it would begin with all of a clinic's numbers.
    rows = connection.execute(
        """SELECT DISTINCT o.group_id, o.id
             FROM patient p CROSS JOIN phone f CROSS JOIN phone g CROSS JOIN patient o
            WHERE p.clinic_id = :clinic AND p.group_id = :group
              AND f.clinic_id = p.clinic_id AND f.patient_id = p.id AND f.status <> 'dead'
              AND g.clinic_id = f.clinic_id AND g.e164 = f.e164 AND g.status <> 'dead'
              AND o.clinic_id = g.clinic_id AND o.id = g.patient_id AND o.group_id <> p.group_id""",
        {"clinic": clinic_id, "group": group_id},
    )
    found: dict[int, set[int]] = {}
    for row in rows:
        found.setdefault(int(row["group_id"]), set()).add(int(row["id"]))
    return found


def in_group(connection: Connection, clinic_id: int, group_id: int) -> set[int]:
    """Ids of the patients of a contact group."""
    rows = connection.execute(
        "SELECT id FROM patient WHERE clinic_id = :clinic AND group_id = :group",
        {"clinic": clinic_id, "group": group_id},
    )
    return {int(row["id"]) for row in rows}


def sharers(connection: Connection, clinic_id: int, numbers: Sequence[str]) -> dict[str, set[int]]:
    """Patients by number, for numbers that are not dead."""
    found: dict[str, set[int]] = {}
    for row in on_numbers(connection, clinic_id, numbers):
        if row["status"] != PhoneStatus.DEAD:
            found.setdefault(str(row["e164"]), set()).add(int(row["patient_id"]))
    return found


def add_person(connection: Connection, clinic_id: int, patient_id: int, values: Mapping[str, object]) -> int:
    """Insert a contact person."""
    return connection.insert("contact_person", {"clinic_id": clinic_id, "patient_id": patient_id, **values})


def people(connection: Connection, clinic_id: int, patient_id: int) -> list[Row]:
    """Contact persons of a patient, oldest first."""
    return connection.execute(
        "SELECT * FROM contact_person WHERE clinic_id = :clinic AND patient_id = :patient ORDER BY id",
        {"clinic": clinic_id, "patient": patient_id},
    )


def add_consent(
    connection: Connection,
    clinic_id: int,
    patient_id: int,
    purpose: str,
    given: bool,
    how: str,
    staff_id: int | None,
    at_ms: int,
) -> int:
    """Append a consent event; the newest of a purpose holds."""
    return connection.insert(
        "consent_event",
        {
            "clinic_id": clinic_id,
            "patient_id": patient_id,
            "purpose": purpose,
            "given": given,
            "at": at_ms,
            "how": how,
            "staff_id": staff_id,
        },
    )


def consents(connection: Connection, clinic_id: int, patient_id: int) -> list[Row]:
    """All consent events of a patient, newest first."""
    return connection.execute(
        "SELECT * FROM consent_event WHERE clinic_id = :clinic AND patient_id = :patient "
        " ORDER BY at DESC, id DESC",
        {"clinic": clinic_id, "patient": patient_id},
    )


def opted_out(
    connection: Connection, clinic_id: int, patient_ids: Sequence[int]
) -> dict[int, frozenset[str]]:
    """Purposes each patient refuses now; patients who refuse nothing are left out."""
    if not patient_ids:
        return {}
    marks, params = in_list("p", patient_ids)
    rows = connection.execute(
        f"SELECT patient_id, purpose, given FROM consent_event WHERE clinic_id = :clinic "
        f" AND patient_id IN ({marks}) ORDER BY at, id",
        params | {"clinic": clinic_id},
    )
    newest: dict[tuple[int, str], bool] = {
        (int(row["patient_id"]), str(row["purpose"])): bool(row["given"]) for row in rows
    }
    refused: dict[int, set[str]] = {}
    for (patient_id, purpose), given in newest.items():
        if not given:
            refused.setdefault(patient_id, set()).add(purpose)
    return {patient_id: frozenset(purposes) for patient_id, purposes in refused.items()}


def born_on(row: Row) -> date | None:
    """The birthday of a patient row; SQLite hands out ISO text."""
    value = row["born_on"]
    return date.fromisoformat(value) if isinstance(value, str) else value
