"""What stands on a patient's record beside one call: no follow-up, open courses, what selling waits for, talks.

Raw SQL; instants are epoch ms. "No follow-up" has no column of its own: it is a plan revision of the patient
without any treatment, whose reason begins with `NO_FOLLOW_UP`; the newest word of the two holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from db.connect import Connection, Row
from db.enums import CallOutcome, Direction, EscalationStatus, ItemState, Purpose
from db.instants import day
from db.patients import in_list, merged
from db.rule_records import SellingFacts
from db.treatments import add_revision, items_of_patient

NO_FOLLOW_UP: Final = "no_follow_up"
"""Begins the reason of a revision that stops all but safety calls; what was said follows after a colon."""
FOLLOW_UP_AGAIN: Final = "follow_up_again"
"""Reason of a revision that takes it back."""

OPEN, CLOSED = "open", "closed"
"""Status of a treatment cycle."""

SPOKEN: Final = (CallOutcome.COMPLETED, CallOutcome.CALLBACK_AGREED, CallOutcome.DECLINED_TODAY)
"""Outcomes after which the patient has been spoken to on a call of ours."""


# --- no follow-up ---


def no_follow_up(
    connection: Connection, clinic_id: int, patient_ids: Sequence[int]
) -> dict[int, tuple[str, int, int | None]]:
    """Patients with a standing "no follow-up": what was said, when (epoch ms), by whom; others are left out."""
    if not patient_ids:
        return {}
    marks, params = in_list("p", patient_ids)
    rows = connection.execute(
        "SELECT patient_id, number, reason, staff_id, created_at FROM plan_revision"
        f" WHERE clinic_id = :clinic AND patient_id IN ({marks})"
        f" AND (reason LIKE '{NO_FOLLOW_UP}:%' OR reason = '{FOLLOW_UP_AGAIN}')"
        " ORDER BY patient_id, number, id",
        params | {"clinic": clinic_id},
    )
    newest = {int(row["patient_id"]): row for row in rows}
    return {
        patient_id: (
            str(row["reason"]).partition(":")[2].strip(),
            int(row["created_at"]),
            row["staff_id"],
        )
        for patient_id, row in newest.items()
        if row["reason"] != FOLLOW_UP_AGAIN
    }


def set_no_follow_up(
    connection: Connection, clinic_id: int, patient_id: int, said: str | None, staff_id: int, at_ms: int
) -> int:
    """Note "no follow-up" with what was said, or take it back (None); returns the revision's id."""
    reason = FOLLOW_UP_AGAIN if said is None else f"{NO_FOLLOW_UP}: {said}"
    return add_revision(connection, clinic_id, patient_id, reason, at_ms, staff_id=staff_id)


def noted_patients(connection: Connection, clinic_id: int, after: int, limit: int) -> list[int]:
    """Ids of living patients who ever had a "no follow-up", ascending after one; meant for once a month."""
    rows = connection.execute(
        # Pages along the primary key of the patients, one look into the revisions of each.
        f"""SELECT p.id FROM patient p
             WHERE +p.clinic_id = :clinic AND p.id > :after AND p.deceased_on IS NULL
               AND EXISTS (SELECT 1 FROM plan_revision r
                            WHERE r.clinic_id = :clinic AND r.patient_id = p.id
                              AND r.reason LIKE '{NO_FOLLOW_UP}:%')
             ORDER BY p.id LIMIT :limit""",
        {"clinic": clinic_id, "after": after, "limit": limit},
    )
    return [int(row["id"]) for row in rows]


# --- treatment cycles ---


def cycles(connection: Connection, clinic_id: int, patient_id: int) -> list[Row]:
    """A patient's treatment cycles, newest first."""
    return connection.execute(
        "SELECT * FROM treatment_cycle WHERE clinic_id = :clinic AND patient_id = :patient"
        " ORDER BY opened_on DESC, id DESC",
        {"clinic": clinic_id, "patient": patient_id},
    )


def in_cycle(connection: Connection, clinic_id: int, patient_ids: Sequence[int]) -> dict[int, date]:
    """First day of the open cycle of patients who have one: the earliest, where there are several."""
    if not patient_ids:
        return {}
    marks, params = in_list("p", patient_ids)
    rows = connection.execute(
        "SELECT patient_id, opened_on FROM treatment_cycle"
        f" WHERE clinic_id = :clinic AND patient_id IN ({marks}) AND status = '{OPEN}'"
        " ORDER BY opened_on DESC",
        params | {"clinic": clinic_id},
    )
    return {int(row["patient_id"]): day(row["opened_on"]) or date.min for row in rows}


def add_cycle(connection: Connection, clinic_id: int, patient_id: int, kind: str, opened_on: date) -> int:
    """Insert an open treatment cycle."""
    values = {"patient_id": patient_id, "kind": kind, "status": OPEN, "opened_on": opened_on}
    return connection.insert("treatment_cycle", {"clinic_id": clinic_id, **values, "closed_on": None})


def close_cycle(connection: Connection, clinic_id: int, cycle_id: int, closed_on: date) -> bool:
    """Close an open cycle; returns whether it was open."""
    return bool(
        connection.changed(
            f"UPDATE treatment_cycle SET status = '{CLOSED}', closed_on = :day"
            f" WHERE clinic_id = :clinic AND id = :id AND status = '{OPEN}'",
            {"day": closed_on, "clinic": clinic_id, "id": cycle_id},
        )
    )


# --- what an item's place asks of its patient ---


def selling(connection: Connection, clinic_id: int, patient_ids: Sequence[int]) -> dict[int, SellingFacts]:
    """What an offer to each of some patients waits for."""
    if not patient_ids:
        return {}
    marks, params = in_list("p", patient_ids)
    scope = params | {"clinic": clinic_id}
    said = connection.execute(
        "SELECT patient_id, given FROM consent_event WHERE clinic_id = :clinic"
        f" AND patient_id IN ({marks}) AND purpose = '{Purpose.MARKETING}' ORDER BY at, id",
        scope,
    )
    consented = {int(row["patient_id"]): bool(row["given"]) for row in said}
    opened = connection.execute(
        f"""SELECT p.id FROM patient p WHERE +p.clinic_id = :clinic AND p.id IN ({marks}) AND (
               EXISTS (SELECT 1 FROM item i WHERE i.clinic_id = :clinic AND i.patient_id = p.id
                        AND i.state IN ('waiting', 'ready', 'leased') AND i.klass IN ('safety', 'care'))
               OR EXISTS (SELECT 1 FROM escalation e WHERE e.clinic_id = :clinic AND e.patient_id = p.id
                           AND e.status <> '{EscalationStatus.RESOLVED}'))""",
        scope,
    )
    matters = {int(row["id"]) for row in opened}
    running = in_cycle(connection, clinic_id, patient_ids)
    return {
        patient_id: SellingFacts(
            consented.get(patient_id, False), patient_id in running, patient_id in matters
        )
        for patient_id in patient_ids
    }


def last_talks(connection: Connection, clinic_id: int, patient_ids: Sequence[int]) -> dict[int, int]:
    """When each of some patients was last spoken to on a call of ours, epoch ms; the others are left out."""
    if not patient_ids:
        return {}
    goes_on = merged(connection, clinic_id, patient_ids)
    marks, params = in_list("p", [*patient_ids, *goes_on])
    spoken, outcomes = in_list("o", SPOKEN)
    rows = connection.execute(
        f"""SELECT patient_id, MAX(started_at) AS newest FROM call
             WHERE clinic_id = :clinic AND patient_id IN ({marks}) AND direction = '{Direction.OUT}'
               AND outcome IN ({spoken}) GROUP BY patient_id""",
        params | outcomes | {"clinic": clinic_id},
    )
    newest: dict[int, int] = {}
    for row in rows:
        patient_id = goes_on.get(int(row["patient_id"]), int(row["patient_id"]))
        newest[patient_id] = max(int(row["newest"]), newest.get(patient_id, 0))
    return newest


# --- a plan that was changed by hand ---


def moved_items(connection: Connection, clinic_id: int, item_ids: Sequence[int], begins: str) -> set[int]:
    """Those of some items whose plan revision's reason begins with a word and a colon."""
    if not item_ids:
        return set()
    marks, params = in_list("i", item_ids)
    rows = connection.execute(
        "SELECT i.id FROM item i JOIN plan_revision r ON r.id = i.plan_revision_id"
        f" WHERE +i.clinic_id = :clinic AND i.id IN ({marks}) AND r.reason LIKE :begins"
        " AND i.state IN ('waiting', 'ready', 'leased')",
        params | {"clinic": clinic_id, "begins": f"{begins}:%"},
    )
    return {int(row["id"]) for row in rows}


def reopen_items(
    connection: Connection, clinic_id: int, patient_id: int, reason: str, at_ms: int
) -> list[int]:
    """Open a patient's items again that were cancelled for a reason, but for those planned anew since.

    Returns: their ids; the caller places them.
    """
    rows = items_of_patient(connection, clinic_id, patient_id)
    planned = [row for row in rows if row["plan_revision_id"] is not None and row["appointment_id"] is None]
    gone = (ItemState.CANCELLED, ItemState.SUPERSEDED)
    # A treatment or visit whose plan was made anew has its calls: the old ones stay closed.
    anew: dict[tuple[object, object], tuple[int, int]] = {}
    for row in planned:
        if row["state"] not in gone:
            key = (row["treatment_id"], row["visit_id"])
            made = (int(row["created_at"]), int(row["plan_revision_id"]))
            anew[key] = max(anew.get(key, made), made)
    replaced = {
        int(row["id"])
        for row in planned
        if row["closed_at"] is not None
        and anew.get((row["treatment_id"], row["visit_id"]), (0, 0))
        > (int(row["closed_at"]), int(row["plan_revision_id"]))
    }
    ids = [
        int(row["id"])
        for row in rows
        if row["state"] == ItemState.CANCELLED
        and row["close_reason"] == reason
        and int(row["id"]) not in replaced
    ]
    if ids:
        marks, params = in_list("i", ids)
        connection.changed(
            "UPDATE item SET state = :state, closed_at = NULL, close_reason = NULL, next_change_at = :at"
            f" WHERE +clinic_id = :clinic AND id IN ({marks})",
            {**params, "state": ItemState.WAITING, "at": at_ms, "clinic": clinic_id},
        )
    return ids


__all__ = [
    "CLOSED",
    "FOLLOW_UP_AGAIN",
    "NO_FOLLOW_UP",
    "OPEN",
    "add_cycle",
    "close_cycle",
    "cycles",
    "in_cycle",
    "last_talks",
    "moved_items",
    "no_follow_up",
    "noted_patients",
    "reopen_items",
    "selling",
    "set_no_follow_up",
]
