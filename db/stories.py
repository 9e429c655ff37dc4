"""What belongs to the story of a case, from the tables it left rows in: raw SQL, every read bounded."""

from __future__ import annotations

from typing import Final

from db.claims import id_list
from db.connect import Connection, Row

EVENTS_MOST: Final = 300
"""Newest events of a case that are shown; an emergency nobody takes up adds some each five minutes."""
CONTACTS_MOST: Final = 40
ROWS_MOST: Final = 200
APPOINTMENTS_MOST: Final = 20
PHOTOS_MOST: Final = 20
CALLS_MOST: Final = 40


def events(connection: Connection, clinic_id: int, escalation_id: int) -> list[Row]:
    """The newest events of a case, the oldest of them first."""
    rows = connection.execute(
        """SELECT v.*, s.name AS staff_name FROM escalation_event v
             LEFT JOIN staff s ON s.id = v.staff_id AND s.clinic_id = v.clinic_id
            WHERE v.clinic_id = :clinic AND v.escalation_id = :id ORDER BY v.at DESC, v.id DESC LIMIT :limit""",
        {"clinic": clinic_id, "id": escalation_id, "limit": EVENTS_MOST},
    )
    return rows[::-1]


def events_before(connection: Connection, clinic_id: int, escalation_id: int, at_ms: int) -> int:
    """How many events of a case lie before an instant (epoch ms), counted up to 1000."""
    rows = connection.execute(
        """SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM escalation_event
            WHERE clinic_id = :clinic AND escalation_id = :id AND at < :at LIMIT 1000) AS capped""",
        {"clinic": clinic_id, "id": escalation_id, "at": at_ms},
    )
    return int(rows[0]["n"])


def worked_in(connection: Connection, clinic_id: int, escalation_id: int) -> tuple[int, ...]:
    """Contacts in which an item of a case was worked, the newest ones."""
    rows = connection.execute(
        """SELECT DISTINCT ci.contact_id AS id FROM item i
             JOIN contact_item ci ON ci.item_id = i.id AND ci.clinic_id = i.clinic_id
            WHERE i.clinic_id = :clinic AND i.escalation_id = :id ORDER BY ci.contact_id DESC LIMIT :limit""",
        {"clinic": clinic_id, "id": escalation_id, "limit": CONTACTS_MOST},
    )
    return tuple(int(row["id"]) for row in rows)


def contacts(connection: Connection, clinic_id: int, ids: tuple[int, ...]) -> list[Row]:
    """Contacts by id with who had them."""
    return _of(
        connection,
        clinic_id,
        ids,
        """SELECT c.id, c.started_at, c.incoming, s.name AS staff_name FROM contact c
             LEFT JOIN staff s ON s.id = c.staff_id AND s.clinic_id = c.clinic_id
            WHERE c.clinic_id = :clinic AND c.id IN ({ids}) ORDER BY c.started_at, c.id""",
    )


def attempts(connection: Connection, clinic_id: int, contact_ids: tuple[int, ...]) -> list[Row]:
    """Dials of some contacts."""
    return _of(
        connection,
        clinic_id,
        contact_ids,
        """SELECT a.at, a.channel, a.result, s.name AS staff_name FROM attempt a
             LEFT JOIN staff s ON s.id = a.staff_id AND s.clinic_id = a.clinic_id
            WHERE a.clinic_id = :clinic AND a.contact_id IN ({ids}) ORDER BY a.at, a.id LIMIT :limit""",
    )


def calls(connection: Connection, clinic_id: int, contact_ids: tuple[int, ...]) -> list[Row]:
    """Saved conversations of some contacts."""
    return _of(
        connection,
        clinic_id,
        contact_ids,
        """SELECT c.id, c.contact_id, c.started_at, c.saved_at, c.outcome, c.summary, c.note, c.amends_call_id,
                  s.name AS staff_name FROM call c
             LEFT JOIN staff s ON s.id = c.staff_id AND s.clinic_id = c.clinic_id
            WHERE c.clinic_id = :clinic AND c.contact_id IN ({ids}) ORDER BY c.started_at, c.id LIMIT :limit""",
    )


def _of(connection: Connection, clinic_id: int, ids: tuple[int, ...], sql: str) -> list[Row]:
    if not ids:
        return []
    names, params = id_list(ids)
    values: dict[str, object] = {"clinic": clinic_id, **params}
    if ":limit" in sql:
        values["limit"] = ROWS_MOST
    return connection.execute(sql.format(ids=names), values)


def levels_said(connection: Connection, clinic_id: int, contact_id: int) -> list[Row]:
    """Levels people gave to the cases of a contact, with the instant: as it was raised, and by hand since. What a clock
    made of it later is not among them."""
    return connection.execute(
        """SELECT v.at, v.after FROM escalation e
             JOIN escalation_event v ON v.escalation_id = e.id AND v.clinic_id = e.clinic_id
            WHERE e.clinic_id = :clinic AND e.contact_id = :contact AND v.staff_id IS NOT NULL
              AND v.kind IN ('raised', 'level_raised') ORDER BY v.id LIMIT :limit""",
        {"clinic": clinic_id, "contact": contact_id, "limit": ROWS_MOST},
    )


def promises(connection: Connection, clinic_id: int, escalation_id: int) -> list[Row]:
    """Agreed callbacks of a case's items."""
    return connection.execute(
        """SELECT pr.made_at, pr.at, pr.what, pr.status, s.name AS staff_name FROM item i
             JOIN promise pr ON pr.item_id = i.id AND pr.clinic_id = i.clinic_id
             LEFT JOIN staff s ON s.id = pr.made_by AND s.clinic_id = pr.clinic_id
            WHERE i.clinic_id = :clinic AND i.escalation_id = :id ORDER BY pr.made_at, pr.id LIMIT :limit""",
        {"clinic": clinic_id, "id": escalation_id, "limit": ROWS_MOST},
    )


def appointments(connection: Connection, clinic_id: int, patient_id: int, since_ms: int) -> list[Row]:
    """Returns to the clinic of a patient that lie after an instant (epoch ms), in their order."""
    return connection.execute(
        """SELECT at, created_at, kind, status, photo_taken, note FROM appointment
            WHERE clinic_id = :clinic AND patient_id = :patient AND at >= :since ORDER BY at, id LIMIT :limit""",
        {"clinic": clinic_id, "patient": patient_id, "since": since_ms, "limit": APPOINTMENTS_MOST},
    )


def photographed(connection: Connection, clinic_id: int, patient_id: int) -> list[Row]:
    """Returns at which photographs were taken, the newest on top, with what was treated."""
    return connection.execute(
        """SELECT a.at, a.kind, a.note, t.procedure AS procedure FROM appointment a
             LEFT JOIN treatment t ON t.id = a.treatment_id AND t.clinic_id = a.clinic_id
            WHERE a.clinic_id = :clinic AND a.patient_id = :patient AND a.photo_taken
            ORDER BY a.at DESC, a.id DESC LIMIT :limit""",
        {"clinic": clinic_id, "patient": patient_id, "limit": PHOTOS_MOST},
    )


def answers_of(connection: Connection, clinic_id: int, call_ids: tuple[int, ...]) -> list[Row]:
    """Answers of some conversations that stand."""
    if not call_ids:
        return []
    names, params = id_list(call_ids)
    return connection.execute(
        f"""SELECT call_id, treatment_id, question, value, number FROM answer
             WHERE clinic_id = :clinic AND call_id IN ({names}) AND superseded_at IS NULL
             ORDER BY call_id, id LIMIT :limit""",
        {"clinic": clinic_id, **params, "limit": CALLS_MOST * ROWS_MOST},
    )
