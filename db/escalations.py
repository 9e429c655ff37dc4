"""Escalations and their events: raw SQL, in a unit of work or a read. Rules and roles are the desk's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from db.connect import Connection, Row
from db.enums import EscalationStatus, ItemState, Level, RefusedStatus, Tier
from db.queue import lanes

CAP = 1000
"""Counts stop here: the board shows 999+."""

_CARD = """
SELECT e.*, p.name AS patient_name, p.group_id AS group_id,
       raiser.name AS raised_name, owner.name AS owner_name,
       teller.name AS told_by_name, phoner.name AS phoning_name,
       (SELECT v.kind FROM escalation_event v WHERE v.clinic_id = e.clinic_id AND v.escalation_id = e.id
         ORDER BY v.id DESC LIMIT 1) AS last_kind,
       (SELECT v.note FROM escalation_event v WHERE v.clinic_id = e.clinic_id AND v.escalation_id = e.id
           AND v.note <> '' ORDER BY v.id DESC LIMIT 1) AS last_note
  FROM escalation e
  LEFT JOIN patient p ON p.id = e.patient_id AND p.clinic_id = e.clinic_id
  LEFT JOIN staff raiser ON raiser.id = e.raised_by AND raiser.clinic_id = e.clinic_id
  LEFT JOIN staff owner ON owner.id = e.owner_staff_id AND owner.clinic_id = e.clinic_id
  LEFT JOIN staff teller ON teller.id = e.told_by AND teller.clinic_id = e.clinic_id
  LEFT JOIN staff phoner ON phoner.id = e.phoning_staff_id AND phoner.clinic_id = e.clinic_id
"""


def card(connection: Connection, clinic_id: int, escalation_id: int) -> Row | None:
    """One escalation with the names the board shows, or None."""
    rows = connection.execute(
        _CARD + " WHERE e.clinic_id = :clinic AND e.id = :id", {"clinic": clinic_id, "id": escalation_id}
    )
    return rows[0] if rows else None


def open_cards(connection: Connection, clinic_id: int, limit: int) -> list[Row]:
    """Open escalations by the clock that runs out first."""
    return connection.execute(
        _CARD + " WHERE e.clinic_id = :clinic AND e.status <> 'resolved'"
        " ORDER BY e.next_clock_at, e.id LIMIT :limit",
        {"clinic": clinic_id, "limit": limit},
    )


def resolved_cards(connection: Connection, clinic_id: int, since_ms: int, limit: int) -> list[Row]:
    """Escalations resolved since an instant (epoch ms), newest first."""
    return connection.execute(
        _CARD
        + """ WHERE e.clinic_id = :clinic AND e.status = 'resolved' AND e.resolved_at >= :since
              ORDER BY e.resolved_at DESC, e.id DESC LIMIT :limit""",
        {"clinic": clinic_id, "since": since_ms, "limit": limit},
    )


def alarm_cards(connection: Connection, clinic_id: int) -> list[Row]:
    """EMERGENCY and SAME_DAY whose patient nobody has spoken to yet, most urgent clock first."""
    return connection.execute(
        _CARD
        + """ WHERE e.clinic_id = :clinic AND e.status IN ('new', 'acknowledged')
                AND e.status <> 'resolved' AND e.level IN (:emergency, :same_day)
              ORDER BY e.next_clock_at, e.id LIMIT 50""",
        {"clinic": clinic_id, "emergency": Level.EMERGENCY, "same_day": Level.SAME_DAY},
    )


def of_contact(connection: Connection, clinic_id: int, contact_id: int) -> list[Row]:
    """Escalations raised in one contact, oldest first."""
    return connection.execute(
        _CARD + " WHERE e.clinic_id = :clinic AND e.contact_id = :contact ORDER BY e.id",
        {"clinic": clinic_id, "contact": contact_id},
    )


def open_of_patient(connection: Connection, clinic_id: int, patient_id: int) -> list[Row]:
    """Open escalations of one patient, oldest first."""
    return connection.execute(
        _CARD
        + " WHERE e.clinic_id = :clinic AND e.patient_id = :patient AND e.status <> 'resolved' ORDER BY e.id",
        {"clinic": clinic_id, "patient": patient_id},
    )


def add(connection: Connection, values: Mapping[str, object]) -> int:
    """Insert an escalation and return its id."""
    return connection.insert("escalation", values)


def change(connection: Connection, clinic_id: int, escalation_id: int, values: Mapping[str, object]) -> bool:
    """Set columns of an escalation that is not resolved.

    Returns:
        Whether it was still open; nothing is written otherwise.
    """
    columns = ", ".join(f"{name} = :{name}" for name in values)
    return bool(
        connection.changed(
            f"UPDATE escalation SET {columns} WHERE clinic_id = :clinic_id_ AND id = :id_"
            " AND status <> 'resolved'",
            {**values, "clinic_id_": clinic_id, "id_": escalation_id},
        )
    )


def lock(connection: Connection, clinic_id: int, escalation_id: int) -> Row | None:
    """The bare row, locked until the transaction ends (on SQLite the write lock is already held)."""
    tail = " FOR UPDATE" if connection.dialect == "postgresql" else ""
    rows = connection.execute(
        f"SELECT * FROM escalation WHERE clinic_id = :clinic AND id = :id{tail}",
        {"clinic": clinic_id, "id": escalation_id},
    )
    return rows[0] if rows else None


def take_phoning(connection: Connection, clinic_id: int, escalation_id: int, staff_id: int) -> bool:
    """Put a person down as the one who phones the doctor, when nobody is yet: the first wins."""
    return bool(
        connection.changed(
            """UPDATE escalation SET phoning_staff_id = :staff
                WHERE clinic_id = :clinic AND id = :id AND phoning_staff_id IS NULL
                  AND status <> 'resolved'""",
            {"clinic": clinic_id, "id": escalation_id, "staff": staff_id},
        )
    )


def add_event(
    connection: Connection,
    *,
    clinic_id: int,
    escalation_id: int,
    kind: str,
    staff_id: int | None,
    at_ms: int,
    note: str = "",
    before: str | None = None,
    after: str | None = None,
) -> int:
    """Append one line to an escalation's story."""
    return connection.insert(
        "escalation_event",
        {
            "clinic_id": clinic_id,
            "escalation_id": escalation_id,
            "kind": kind,
            "staff_id": staff_id,
            "at": at_ms,
            "note": note,
            "before": before,
            "after": after,
        },
    )


def events(connection: Connection, clinic_id: int, escalation_id: int) -> list[Row]:
    """An escalation's story, oldest first."""
    return connection.execute(
        """SELECT v.*, s.name AS staff_name FROM escalation_event v
             LEFT JOIN staff s ON s.id = v.staff_id AND s.clinic_id = v.clinic_id
            WHERE v.clinic_id = :clinic AND v.escalation_id = :id ORDER BY v.id""",
        {"clinic": clinic_id, "id": escalation_id},
    )


def open_items(connection: Connection, clinic_id: int, escalation_id: int) -> list[Row]:
    """Open items of an escalation."""
    return connection.execute(
        """SELECT * FROM item WHERE clinic_id = :clinic AND escalation_id = :id
              AND state IN ('waiting', 'ready', 'leased') ORDER BY id""",
        {"clinic": clinic_id, "id": escalation_id},
    )


def leads(connection: Connection, clinic_id: int) -> list[Row]:
    """Leads still working here, those on duty first: name, phone, login."""
    return connection.execute(
        """SELECT name, phone, login, on_duty, roles FROM staff
            WHERE clinic_id = :clinic AND retired_at IS NULL AND roles LIKE '%"lead"%'
            ORDER BY CASE WHEN on_duty THEN 0 ELSE 1 END, id LIMIT 10""",
        {"clinic": clinic_id},
    )


def _capped(connection: Connection, select: str, params: Mapping[str, object]) -> int:
    rows = connection.execute(f"SELECT count(*) AS n FROM ({select} LIMIT {CAP}) AS capped", params)
    return int(rows[0]["n"])


def queue_counts(connection: Connection, clinic_id: int) -> dict[Tier, int]:
    """Ready items per tier, each count capped; asked lane by lane, so that the queue's index serves it.

    Overdue and due items share a band, the overdue ones in front: of a band longer than the cap the overdue
    ones are counted from its head, the others from its end.
    """
    counts = dict.fromkeys(Tier, 0)
    for lane in lanes(connection, clinic_id):
        for band in (tier for tier in Tier if tier is not Tier.DUE):
            found = _tiers(connection, clinic_id, lane, band, "")
            if band is Tier.OVERDUE and sum(found.values()) >= CAP:
                tail = _tiers(connection, clinic_id, lane, band, " DESC")
                found = {tier: max(found.get(tier, 0), tail.get(tier, 0)) for tier in (*found, *tail)}
            for tier, count in found.items():
                counts[tier] += count
    return {tier: min(count, CAP) for tier, count in counts.items()}


def _tiers(
    connection: Connection, clinic_id: int, lane: str, band: int, direction: Literal["", " DESC"]
) -> dict[Tier, int]:
    """Tiers of the first or last rows of a lane's band, capped."""
    # The order keeps PostgreSQL to the queue's index: it hopes to meet so many rows sooner in the table.
    rows = connection.execute(
        f"""SELECT tier, COUNT(*) AS n FROM (
                SELECT tier FROM item WHERE clinic_id = :clinic AND lane_id = :lane
                   AND state = 'ready' AND band = :band
                 ORDER BY band{direction}, deadline_at{direction}, id{direction} LIMIT {CAP}) AS capped
             GROUP BY tier""",
        {"clinic": clinic_id, "lane": lane, "band": band},
    )
    return {Tier(int(row["tier"])): int(row["n"]) for row in rows}


def state_count(connection: Connection, clinic_id: int, state: ItemState) -> int:
    """Items in one state, capped."""
    # A literal state: a partial index serves no parameter.
    return _capped(
        connection,
        f"SELECT 1 AS one FROM item WHERE clinic_id = :clinic AND state = '{state.value}'",
        {"clinic": clinic_id},
    )


def lead_count(connection: Connection, clinic_id: int) -> int:
    """Open items waiting for the lead, capped."""
    return _capped(
        connection,
        """SELECT 1 AS one FROM item WHERE clinic_id = :clinic AND state IN ('waiting', 'ready', 'leased')
             AND kind = 'lead_review'""",
        {"clinic": clinic_id},
    )


def items_in_state(connection: Connection, clinic_id: int, state: ItemState, limit: int) -> list[Row]:
    """Items in one state with the patient's name and the procedure, latest deadline first."""
    return connection.execute(
        f"""SELECT i.id, i.patient_id, i.milestone, i.closed_at, i.close_reason, i.deadline_at,
                   p.name AS patient_name, t.procedure AS procedure
             FROM item i JOIN patient p ON p.id = i.patient_id AND p.clinic_id = i.clinic_id
             LEFT JOIN treatment t ON t.id = i.treatment_id AND t.clinic_id = i.clinic_id
            WHERE i.clinic_id = :clinic AND i.state = '{state.value}'
            ORDER BY i.deadline_at DESC, i.id DESC LIMIT :limit""",
        {"clinic": clinic_id, "limit": limit},
    )


def refused_rows(connection: Connection, clinic_id: int, limit: int) -> list[Row]:
    """Import rows still on the fix list, newest operation first."""
    return connection.execute(
        """SELECT id, row_number, col, code, operated_on FROM refused_row
            WHERE clinic_id = :clinic AND status = :open
            ORDER BY CASE WHEN operated_on IS NULL THEN 1 ELSE 0 END, operated_on DESC, id LIMIT :limit""",
        {"clinic": clinic_id, "open": RefusedStatus.OPEN, "limit": limit},
    )


def refused_count(connection: Connection, clinic_id: int) -> int:
    """Import rows still on the fix list, capped."""
    return _capped(
        connection,
        "SELECT 1 AS one FROM refused_row WHERE clinic_id = :clinic AND status = :open",
        {"clinic": clinic_id, "open": RefusedStatus.OPEN},
    )


def late_draft_count(connection: Connection, clinic_id: int) -> int:
    """Late drafts nobody has filed yet, capped."""
    return _capped(
        connection,
        "SELECT 1 AS one FROM draft WHERE clinic_id = :clinic AND status = 'late'",
        {"clinic": clinic_id},
    )


def last_tick(connection: Connection, clinic_id: int) -> int | None:
    """When a console or the tick command last looked after the clinic, epoch ms."""
    rows = connection.execute("SELECT last_tick_at FROM clinic WHERE id = :clinic", {"clinic": clinic_id})
    return rows[0]["last_tick_at"] if rows else None


def next_clock(row: Mapping[str, object]) -> int | None:
    """The running clock of an escalation that runs out first, epoch ms; None when resolved."""
    if row["status"] == EscalationStatus.RESOLVED:
        return None
    running = [row["resolve_by"]]
    if row["acknowledged_at"] is None:
        running.append(row["ack_by"])
    if row["contacted_at"] is None:
        running.append(row["contact_by"])
    return min(int(clock) for clock in running if isinstance(clock, int))


def person(connection: Connection, clinic_id: int, staff_id: int) -> Row | None:
    """Name, roles and retirement of a staff member, or None."""
    rows = connection.execute(
        "SELECT id, name, roles, retired_at FROM staff WHERE clinic_id = :clinic AND id = :id",
        {"clinic": clinic_id, "id": staff_id},
    )
    return rows[0] if rows else None


def of_patient(connection: Connection, clinic_id: int, patient_id: int, limit: int = 50) -> list[Row]:
    """Escalations of one patient, open or resolved, newest first."""
    return connection.execute(
        _CARD
        + " WHERE e.clinic_id = :clinic AND e.patient_id = :patient ORDER BY e.raised_at DESC, e.id DESC"
        " LIMIT :limit",
        {"clinic": clinic_id, "patient": patient_id, "limit": limit},
    )
