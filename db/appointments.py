"""Booked returns to the clinic beyond one at a time: series, moving, what became of them, reviews. Raw SQL inside the
caller's unit of work; instants are epoch ms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from db.connect import Connection, Row
from db.enums import OPEN_STATES, AppointmentKind, AppointmentStatus, ItemState
from db.patients import in_list


def change(connection: Connection, clinic_id: int, appointment_id: int, values: Mapping[str, object]) -> None:
    """Write some columns of an appointment."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    connection.changed(
        f"UPDATE appointment SET {sets} WHERE clinic_id = :clinic AND id = :id",
        {**values, "clinic": clinic_id, "id": appointment_id},
    )


def rest_of_series(connection: Connection, clinic_id: int, appointment: Row) -> list[Row]:
    """The booked appointments of a series that come later than one of it, in their order."""
    if appointment["series_id"] is None:
        return []
    return connection.execute(
        "SELECT * FROM appointment WHERE clinic_id = :clinic AND patient_id = :patient AND series_id = :series"
        " AND at > :at AND status = 'booked' ORDER BY at, id",
        {
            "clinic": clinic_id,
            "patient": appointment["patient_id"],
            "series": appointment["series_id"],
            "at": appointment["at"],
        },
    )


def reviews(connection: Connection, clinic_id: int, patient_id: int) -> list[Row]:
    """A patient's reviews that are booked or were attended, oldest first."""
    return connection.execute(
        "SELECT * FROM appointment WHERE clinic_id = :clinic AND patient_id = :patient AND kind = :kind"
        " AND status IN ('booked', 'attended') ORDER BY at, id",
        {"clinic": clinic_id, "patient": patient_id, "kind": AppointmentKind.REVIEW},
    )


def same(connection: Connection, clinic_id: int, patient_id: int, kind: str, at_ms: int) -> Row | None:
    """The booked appointment of a patient for the same thing at the same instant, if there is one."""
    rows = connection.execute(
        "SELECT * FROM appointment WHERE clinic_id = :clinic AND patient_id = :patient AND at = :at"
        " AND kind = :kind AND status = :status ORDER BY id",
        {
            "clinic": clinic_id,
            "patient": patient_id,
            "at": at_ms,
            "kind": kind,
            "status": AppointmentStatus.BOOKED,
        },
    )
    return rows[0] if rows else None


def items_open(
    connection: Connection, clinic_id: int, patient_id: int, milestones: Sequence[str]
) -> list[Row]:
    """A patient's items of some milestones that are open or lapsed, by due day."""
    if not milestones:
        return []
    marks, params = in_list("m", milestones)
    state_marks, states = in_list("s", sorted({*OPEN_STATES, ItemState.LAPSED}))
    return connection.execute(
        f"SELECT * FROM item WHERE clinic_id = :clinic AND patient_id = :patient AND state IN ({state_marks})"
        f" AND milestone IN ({marks}) ORDER BY due_on, id",
        params | states | {"clinic": clinic_id, "patient": patient_id},
    )


def open_again(
    connection: Connection, clinic_id: int, patient_id: int, treatment_id: int | None, reason: str, at_ms: int
) -> int:
    """Open a patient's items again that one appointment had closed as done for a reason; the caller places them."""
    one = "" if treatment_id is None else " AND treatment_id = :treatment"
    return connection.changed(
        "UPDATE item SET state = :state, closed_at = NULL, close_reason = NULL, next_change_at = :at"
        " WHERE clinic_id = :clinic AND patient_id = :patient AND state = 'done' AND close_reason = :reason"
        + one,
        {
            "state": ItemState.WAITING,
            "at": at_ms,
            "clinic": clinic_id,
            "patient": patient_id,
            "reason": reason,
            "treatment": treatment_id,
        },
    )


def offers_of(connection: Connection, clinic_id: int, patient_ids: Sequence[int]) -> tuple[int, ...]:
    """Open items of some patients that offer something: what else is open about a patient decides their places.

    On PostgreSQL, inside a unit of work, rows that somebody else is changing are left out, so that two writers never
    wait for each other.
    """
    if not patient_ids:
        return ()
    marks, params = in_list("p", sorted(set(patient_ids)))
    tail = " FOR UPDATE SKIP LOCKED" if connection.dialect == "postgresql" and connection.in_unit else ""
    rows = connection.execute(
        f"SELECT id FROM item WHERE clinic_id = :clinic AND patient_id IN ({marks})"
        f" AND state IN ('waiting', 'ready') AND purpose = 'marketing' ORDER BY id{tail}",
        params | {"clinic": clinic_id},
    )
    return tuple(int(row["id"]) for row in rows)
