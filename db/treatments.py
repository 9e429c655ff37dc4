"""Treatments, visits, appointments and the items planned from them. Raw SQL inside the caller's unit of
work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from db.connect import Connection, Row
from db.enums import AppointmentKind, AppointmentStatus, ItemState, VisitKind
from db.instants import day
from db.patients import RECORDS, in_list

CLOSED_BY_PLAN = (ItemState.WAITING, ItemState.READY, ItemState.BEFORE_START, ItemState.LAPSED)
"""States in which a new plan replaces an item; leased ones are being worked and done ones are history."""


def of_patients(connection: Connection, clinic_id: int, patient_ids: Sequence[int]) -> list[Row]:
    """All treatments of some patients that are not superseded, oldest operation first."""
    if not patient_ids:
        return []
    marks, params = in_list("p", patient_ids)
    rows = connection.execute(
        f"SELECT * FROM treatment WHERE clinic_id = :clinic AND patient_id IN ({marks})"
        " AND superseded_at IS NULL",
        params | {"clinic": clinic_id},
    )
    # Sorted here: asked to sort, SQLite takes the index by day and walks all of the clinic's treatments.
    return sorted(rows, key=lambda row: (str(row["performed_on"]), int(row["id"])))


def one(connection: Connection, clinic_id: int, treatment_id: int) -> Row | None:
    """A treatment's row."""
    rows = connection.execute(
        "SELECT * FROM treatment WHERE clinic_id = :clinic AND id = :id",
        {"clinic": clinic_id, "id": treatment_id},
    )
    return rows[0] if rows else None


def add(connection: Connection, clinic_id: int, values: Mapping[str, object], at_ms: int) -> int:
    """Insert a treatment; `first_known_at` and both times are `at_ms` unless given."""
    row: dict[str, object] = {"first_known_at": at_ms, "created_at": at_ms, "updated_at": at_ms}
    return connection.insert("treatment", {"clinic_id": clinic_id, **row, **values})


def change(
    connection: Connection, clinic_id: int, treatment_id: int, values: Mapping[str, object], at_ms: int
) -> None:
    """Write some columns of a treatment."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    connection.changed(
        f"UPDATE treatment SET {sets}, updated_at = :updated_at WHERE clinic_id = :clinic AND id = :id",
        {**values, "updated_at": at_ms, "clinic": clinic_id, "id": treatment_id},
    )


def mark_planned(connection: Connection, clinic_id: int, treatment_id: int) -> None:
    """Note that a call is planned from a treatment."""
    connection.execute(
        "UPDATE treatment SET planned = TRUE WHERE clinic_id = :clinic AND id = :id AND NOT planned",
        {"clinic": clinic_id, "id": treatment_id},
    )


def visits_of(connection: Connection, clinic_id: int, patient_ids: Sequence[int]) -> list[Row]:
    """All visits of some patients, oldest first."""
    if not patient_ids:
        return []
    marks, params = in_list("p", patient_ids)
    rows = connection.execute(
        f"SELECT * FROM visit WHERE clinic_id = :clinic AND patient_id IN ({marks})",
        params | {"clinic": clinic_id},
    )
    return sorted(rows, key=lambda row: (str(row["visited_on"]), int(row["id"])))


def add_visit(
    connection: Connection,
    clinic_id: int,
    patient_id: int,
    visited_on: date,
    kind: VisitKind,
    at_ms: int,
    *,
    interest: str | None = None,
    interest_procedure: str | None = None,
    consultant: str | None = None,
) -> int:
    """Insert a visit."""
    return connection.insert(
        "visit",
        {
            "clinic_id": clinic_id,
            "patient_id": patient_id,
            "visited_on": visited_on,
            "kind": kind,
            "interest": interest,
            "interest_procedure": interest_procedure,
            "consultant": consultant,
            "created_at": at_ms,
        },
    )


def change_visit(connection: Connection, clinic_id: int, visit_id: int, values: Mapping[str, object]) -> None:
    """Write some columns of a visit."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    connection.changed(
        f"UPDATE visit SET {sets} WHERE clinic_id = :clinic AND id = :id",
        {**values, "clinic": clinic_id, "id": visit_id},
    )


def appointments_of(connection: Connection, clinic_id: int, patient_id: int) -> list[Row]:
    """All appointments of a patient, newest first."""
    return connection.execute(
        "SELECT * FROM appointment WHERE clinic_id = :clinic AND patient_id = :patient "
        " ORDER BY at DESC, id DESC",
        {"clinic": clinic_id, "patient": patient_id},
    )


def appointment(connection: Connection, clinic_id: int, appointment_id: int) -> Row | None:
    """An appointment's row."""
    rows = connection.execute(
        "SELECT * FROM appointment WHERE clinic_id = :clinic AND id = :id",
        {"clinic": clinic_id, "id": appointment_id},
    )
    return rows[0] if rows else None


def add_appointment(
    connection: Connection,
    clinic_id: int,
    patient_id: int,
    treatment_id: int | None,
    kind: AppointmentKind,
    at: int,
    created_at: int,
) -> int:
    """Insert a booked appointment; `at` and `created_at` are epoch ms."""
    return connection.insert(
        "appointment",
        {
            "clinic_id": clinic_id,
            "patient_id": patient_id,
            "treatment_id": treatment_id,
            "kind": kind,
            "at": at,
            "status": AppointmentStatus.BOOKED,
            "created_at": created_at,
        },
    )


def set_appointment(
    connection: Connection, clinic_id: int, appointment_id: int, status: AppointmentStatus
) -> None:
    """Give an appointment another status."""
    connection.changed(
        "UPDATE appointment SET status = :status WHERE clinic_id = :clinic AND id = :id",
        {"status": status, "clinic": clinic_id, "id": appointment_id},
    )


def items_of(connection: Connection, clinic_id: int, patient_id: int, treatment_id: int) -> list[Row]:
    """Items planned from one of a patient's treatments, in any state, by due day."""
    rows = items_of_patient(connection, clinic_id, patient_id)
    return [row for row in rows if row["treatment_id"] == treatment_id]


def items_of_patient(connection: Connection, clinic_id: int, patient_id: int) -> list[Row]:
    """All items of a patient, by due day."""
    return connection.execute(
        "SELECT * FROM item WHERE clinic_id = :clinic AND patient_id = :patient "
        " ORDER BY due_on, earliest_at, id",
        {"clinic": clinic_id, "patient": patient_id},
    )


def close_items(
    connection: Connection, clinic_id: int, item_ids: Sequence[int], state: ItemState, reason: str, at_ms: int
) -> int:
    """Close items that nobody is working now.

    Args: connection; clinic_id; item_ids; state, the closed state; reason, its code; at_ms.
    Returns: how many were closed; a leased or already closed item is left as it is.
    """
    if not item_ids:
        return 0
    marks, params = in_list("i", item_ids)
    open_marks, open_params = in_list("s", CLOSED_BY_PLAN)
    return connection.changed(
        f"UPDATE item SET state = :state, close_reason = :reason, closed_at = :at, next_change_at = NULL"
        f" WHERE +clinic_id = :clinic AND id IN ({marks}) AND state IN ({open_marks})",
        {**params, **open_params, "state": state, "reason": reason, "at": at_ms, "clinic": clinic_id},
    )


def next_revision(connection: Connection, clinic_id: int, patient_id: int) -> int:
    """Number of the patient's next plan revision, from 1."""
    rows = connection.execute(
        "SELECT COALESCE(MAX(number), 0) AS newest FROM plan_revision"
        " WHERE clinic_id = :clinic AND patient_id = :patient",
        {"clinic": clinic_id, "patient": patient_id},
    )
    return int(rows[0]["newest"]) + 1


def add_revision(
    connection: Connection,
    clinic_id: int,
    patient_id: int,
    reason: str,
    at_ms: int,
    *,
    treatment_id: int | None = None,
    visit_id: int | None = None,
    staff_id: int | None = None,
) -> int:
    """Insert a plan revision with the patient's next number; returns its id."""
    return connection.insert(
        "plan_revision",
        {
            "clinic_id": clinic_id,
            "patient_id": patient_id,
            "treatment_id": treatment_id,
            "visit_id": visit_id,
            "number": next_revision(connection, clinic_id, patient_id),
            "reason": reason,
            "staff_id": staff_id,
            "created_at": at_ms,
        },
    )


def without_later(
    connection: Connection,
    clinic_id: int,
    milestone: str,
    procedures: Sequence[str],
    *,
    performed_by: date,
    later_than: date,
    after: int,
    limit: int,
) -> list[int]:
    """Treatments of the living with no planned item of a repeated milestone later than a day.

    Args:
        connection; clinic_id; milestone, its code; procedures that have it.
        performed_by: last operation day that counts. later_than: that day.
        after: id to go on from, 0 at first. limit: how many at most.

    Returns:
        Ids in ascending order. Pages along the primary key, one look into `uq_item_treatment_milestone` each.
    """
    if not procedures:
        return []
    marks, params = in_list("p", procedures)
    rows = connection.execute(
        # The literals are those of the partial index; +clinic_id keeps the pages to the order of ids.
        f"""SELECT t.id FROM treatment t JOIN patient p ON p.id = t.patient_id
             WHERE +t.clinic_id = :clinic AND t.id > :after AND t.superseded_at IS NULL
               AND t.performed_on <= :performed_by AND t.procedure IN ({marks}) AND p.deceased_on IS NULL
               AND (SELECT 1 FROM item i
                     WHERE i.clinic_id = :clinic AND i.treatment_id = t.id AND i.milestone = :milestone
                       AND i.due_on > :later_than AND i.appointment_id IS NULL AND i.kind = 'milestone'
                       AND i.milestone <> 'REMEASURE' AND i.state NOT IN ('superseded', 'cancelled')
                     LIMIT 1) IS NULL
             ORDER BY t.id LIMIT :limit""",
        {
            **params,
            "clinic": clinic_id,
            "milestone": milestone,
            "performed_by": performed_by,
            "later_than": later_than,
            "after": after,
            "limit": limit,
        },
    )
    return [int(row["id"]) for row in rows]


def locked(connection: Connection, clinic_id: int, treatment_ids: Sequence[int]) -> list[Row]:
    """Some treatments that stand, by id, theirs alone until the transaction ends."""
    if not treatment_ids:
        return []
    tail = " FOR UPDATE" if connection.dialect == "postgresql" else ""
    marks, params = in_list("i", treatment_ids)
    return connection.execute(
        f"SELECT * FROM treatment WHERE +clinic_id = :clinic AND id IN ({marks}) AND superseded_at IS NULL"
        f" ORDER BY id{tail}",
        params | {"clinic": clinic_id},
    )


def days_of_milestone(
    connection: Connection, clinic_id: int, patient_ids: Sequence[int], milestone: str
) -> dict[int, set[date]]:
    """Due days of some patients' items of a milestone, by treatment; replaced items do not count."""
    if not patient_ids:
        return {}
    marks, params = in_list("p", patient_ids)
    rows = connection.execute(
        f"SELECT treatment_id, due_on FROM item WHERE clinic_id = :clinic AND patient_id IN ({marks})"
        " AND milestone = :milestone AND state <> 'superseded'",
        params | {"clinic": clinic_id, "milestone": milestone},
    )
    found: dict[int, set[date]] = {}
    for row in rows:
        due_on = day(row["due_on"])
        if row["treatment_id"] is not None and due_on is not None:
            found.setdefault(int(row["treatment_id"]), set()).add(due_on)
    return found


def calls_read(connection: Connection, clinic_id: int, patient_id: int, item_ids: Sequence[int]) -> list[Row]:
    """A patient's saved conversations in which one of the items was worked, with the track that was read."""
    if not item_ids:
        return []
    marks, params = in_list("i", item_ids)
    return connection.execute(
        f"""SELECT c.id, c.saved_at, c.staff_id, c.track_code, c.track_version FROM call c
             WHERE c.clinic_id = :clinic AND c.patient_id IN {RECORDS}
               AND (c.item_id IN ({marks}) OR EXISTS (SELECT 1 FROM contact_item w
                     WHERE w.clinic_id = c.clinic_id AND w.contact_id = c.contact_id
                       AND w.item_id IN ({marks})))
             ORDER BY +c.saved_at, c.id""",
        params | {"clinic": clinic_id, "patient": patient_id},
    )


CORRECTED = "treatment_corrected"
"""Reason of a plan revision after which earlier calls count as read from the wrong talk-track."""


def corrected_after(connection: Connection, clinic_id: int, patient_id: int) -> set[int]:
    """Ids of a patient's saved calls about a treatment whose facts were corrected later."""
    rows = connection.execute(
        f"""SELECT c.id FROM call c
            WHERE c.clinic_id = :clinic AND c.patient_id IN {RECORDS} AND EXISTS (
                  SELECT 1 FROM contact_item w
                    JOIN item i ON i.id = w.item_id
                    JOIN plan_revision r ON r.clinic_id = c.clinic_id AND r.patient_id = :patient
                     AND r.treatment_id = i.treatment_id
                   WHERE w.clinic_id = c.clinic_id AND w.contact_id = c.contact_id
                     AND r.reason = :reason AND r.created_at > c.saved_at)""",
        {"clinic": clinic_id, "patient": patient_id, "reason": CORRECTED},
    )
    return {int(row["id"]) for row in rows}


def supersede(connection: Connection, clinic_id: int, treatment_id: int, at_ms: int) -> bool:
    """Mark a treatment as entered by mistake; returns whether it stood until now."""
    return bool(
        connection.changed(
            "UPDATE treatment SET superseded_at = :at, updated_at = :at"
            " WHERE clinic_id = :clinic AND id = :id AND superseded_at IS NULL",
            {"at": at_ms, "clinic": clinic_id, "id": treatment_id},
        )
    )


def add_correction(
    connection: Connection,
    clinic_id: int,
    patient_id: int,
    treatment_id: int,
    staff_id: int | None,
    at_ms: int,
) -> int:
    """Note that a treatment's facts were corrected, also when nothing is planned anew."""
    return add_revision(
        connection, clinic_id, patient_id, CORRECTED, at_ms, treatment_id=treatment_id, staff_id=staff_id
    )


def items_of_appointment(
    connection: Connection, clinic_id: int, patient_id: int, appointment_id: int
) -> list[int]:
    """Ids of the items planned from a missed appointment of a patient."""
    rows = items_of_patient(connection, clinic_id, patient_id)
    return [int(row["id"]) for row in rows if row["appointment_id"] == appointment_id]


def newest(connection: Connection, clinic_id: int, patient_id: int) -> Row | None:
    """A patient's newest operation, if any."""
    rows = of_patients(connection, clinic_id, [patient_id])
    return rows[-1] if rows else None
