"""Contacts, dials, conversations and what they leave: raw SQL, called inside a unit of work or a read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from db.claims import id_list
from db.connect import Connection, Row
from db.enums import ItemKind, ItemState
from db.instants import day
from db.patients import RECORDS

HISTORY = 20
"""Earlier conversations on the call screen; the patient page has them all."""
ANSWERS_BACK = 400
"""Stored answers looked through for the previous value of each question."""


def _first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None


def patient(connection: Connection, clinic_id: int, patient_id: int) -> Row | None:
    """A patient with the owner's name."""
    return _first(
        connection.execute(
            """SELECT p.*, s.name AS owner_name FROM patient p
                 LEFT JOIN staff s ON s.id = p.owner_staff_id AND s.clinic_id = p.clinic_id
                WHERE p.clinic_id = :clinic AND p.id = :id""",
            {"clinic": clinic_id, "id": patient_id},
        )
    )


def numbers(connection: Connection, clinic_id: int, patient_id: int, since_ms: int) -> list[Row]:
    """A patient's numbers, best first, with counted tries in all and since an instant (epoch ms)."""
    return connection.execute(
        """SELECT ph.*,
                  (SELECT count(*) FROM attempt a WHERE a.clinic_id = ph.clinic_id AND a.phone_id = ph.id
                      AND a.counted) AS tries,
                  (SELECT count(*) FROM attempt a WHERE a.clinic_id = ph.clinic_id AND a.phone_id = ph.id
                      AND a.counted AND a.at >= :since) AS tries_today
             FROM phone ph WHERE ph.clinic_id = :clinic AND ph.patient_id = :patient
            ORDER BY CASE ph.status WHEN 'live' THEN 0 WHEN 'suspended' THEN 1 ELSE 2 END, ph.rank, ph.id""",
        {"clinic": clinic_id, "patient": patient_id, "since": since_ms},
    )


def phone(connection: Connection, clinic_id: int, phone_id: int) -> Row | None:
    """One number."""
    return _first(
        connection.execute(
            "SELECT * FROM phone WHERE clinic_id = :clinic AND id = :id",
            {"clinic": clinic_id, "id": phone_id},
        )
    )


def treatments(
    connection: Connection, clinic_id: int, patient_id: int, since: date, today: date
) -> list[Row]:
    """Performed procedures that stand, newest first: those since a day, or else the newest one."""
    rows = connection.execute(
        """SELECT * FROM treatment WHERE clinic_id = :clinic AND patient_id = :patient
              AND superseded_at IS NULL AND performed_on <= :today
            ORDER BY performed_on DESC, id DESC LIMIT 20""",
        {"clinic": clinic_id, "patient": patient_id, "today": today},
    )
    recent = [row for row in rows if str(row["performed_on"]) >= since.isoformat()]
    return recent or rows[:1]


def unconverted_visits(connection: Connection, clinic_id: int, patient_id: int) -> list[Row]:
    """Visits that led to no treatment, newest first."""
    return connection.execute(
        """SELECT * FROM visit WHERE clinic_id = :clinic AND patient_id = :patient AND kind <> 'converted'
            ORDER BY visited_on DESC, id DESC LIMIT 5""",
        {"clinic": clinic_id, "patient": patient_id},
    )


def newest_visit(connection: Connection, clinic_id: int, patient_id: int) -> Row | None:
    """The last visit of any kind."""
    return _first(
        connection.execute(
            """SELECT * FROM visit WHERE clinic_id = :clinic AND patient_id = :patient
                ORDER BY visited_on DESC, id DESC LIMIT 1""",
            {"clinic": clinic_id, "patient": patient_id},
        )
    )


def contact(connection: Connection, clinic_id: int, contact_id: int) -> Row | None:
    """One contact."""
    return _first(
        connection.execute(
            "SELECT * FROM contact WHERE clinic_id = :clinic AND id = :id",
            {"clinic": clinic_id, "id": contact_id},
        )
    )


def contact_items(connection: Connection, clinic_id: int, contact_id: int) -> list[Row]:
    """The items worked in a contact, whole rows, with the promise that stands, in the order taken."""
    return connection.execute(
        """SELECT i.*, pr.what AS promised FROM contact_item ci
             JOIN item i ON i.id = ci.item_id AND i.clinic_id = ci.clinic_id
             LEFT JOIN promise pr ON pr.id = i.promise_id AND pr.clinic_id = i.clinic_id
            WHERE ci.clinic_id = :clinic AND ci.contact_id = :contact ORDER BY ci.id""",
        {"clinic": clinic_id, "contact": contact_id},
    )


def items(connection: Connection, clinic_id: int, item_ids: Sequence[int]) -> list[Row]:
    """Items by id."""
    if not item_ids:
        return []
    names, params = id_list(tuple(item_ids))
    return connection.execute(
        f"SELECT * FROM item WHERE clinic_id = :clinic AND id IN ({names}) ORDER BY id",
        {"clinic": clinic_id, **params},
    )


def history(connection: Connection, clinic_id: int, patient_id: int, limit: int = HISTORY) -> list[Row]:
    """A patient's conversations, newest first."""
    return connection.execute(
        f"""SELECT c.*, s.name AS staff_name, i.milestone AS milestone, t.performed_on AS performed_on,
                  t.procedure AS procedure
             FROM call c
             LEFT JOIN staff s ON s.id = c.staff_id AND s.clinic_id = c.clinic_id
             LEFT JOIN item i ON i.id = c.item_id AND i.clinic_id = c.clinic_id
             LEFT JOIN treatment t ON t.id = i.treatment_id AND t.clinic_id = c.clinic_id
            WHERE c.clinic_id = :clinic AND c.patient_id IN {RECORDS}
            ORDER BY c.started_at DESC, c.id DESC LIMIT :limit""",
        {"clinic": clinic_id, "patient": patient_id, "limit": limit},
    )


def previous_answers(connection: Connection, clinic_id: int, patient_id: int) -> list[Row]:
    """Stored answers of a patient that stand, newest first: question, treatment_id, value."""
    return connection.execute(
        # From the patient's calls: the other way round it reads every answer of the clinic.
        f"""SELECT a.question, a.treatment_id, a.value FROM call c CROSS JOIN answer a
            WHERE c.clinic_id = :clinic AND c.patient_id IN {RECORDS}
              AND a.clinic_id = c.clinic_id AND a.call_id = c.id AND a.superseded_at IS NULL
            ORDER BY a.id DESC LIMIT :limit""",
        {"clinic": clinic_id, "patient": patient_id, "limit": ANSWERS_BACK},
    )


def call(connection: Connection, clinic_id: int, call_id: int) -> Row | None:
    """One saved call."""
    return _first(
        connection.execute(
            "SELECT * FROM call WHERE clinic_id = :clinic AND id = :id", {"clinic": clinic_id, "id": call_id}
        )
    )


def items_of_call(connection: Connection, clinic_id: int, contact_id: int) -> list[Row]:
    """The items of a contact as they are now."""
    return connection.execute(
        """SELECT i.id, i.milestone, i.state, i.next_change_at FROM contact_item ci
             JOIN item i ON i.id = ci.item_id AND i.clinic_id = ci.clinic_id
            WHERE ci.clinic_id = :clinic AND ci.contact_id = :contact ORDER BY ci.id""",
        {"clinic": clinic_id, "contact": contact_id},
    )


def add_group(connection: Connection, clinic_id: int, at_ms: int) -> int:
    """A fresh contact group: what an unknown caller is held by."""
    return connection.insert("contact_group", {"clinic_id": clinic_id, "created_at": at_ms})


def add_attempt(connection: Connection, values: Mapping[str, object]) -> int:
    """Record a dial that begins; its result is still empty."""
    return connection.insert("attempt", values)


def attempt(connection: Connection, clinic_id: int, attempt_id: int) -> Row | None:
    """One dial."""
    return _first(
        connection.execute(
            "SELECT * FROM attempt WHERE clinic_id = :clinic AND id = :id",
            {"clinic": clinic_id, "id": attempt_id},
        )
    )


def end_attempt(connection: Connection, clinic_id: int, attempt_id: int, result: str, counted: bool) -> bool:
    """Write a dial's result once.

    Returns:
        Whether it had none yet.
    """
    return bool(
        connection.changed(
            """UPDATE attempt SET result = :result, counted = :counted
                WHERE clinic_id = :clinic AND id = :id AND result IS NULL""",
            {"clinic": clinic_id, "id": attempt_id, "result": result, "counted": counted},
        )
    )


def attempts_of_contact(connection: Connection, clinic_id: int, contact_id: int) -> list[Row]:
    """The dials of a contact, oldest first."""
    return connection.execute(
        "SELECT * FROM attempt WHERE clinic_id = :clinic AND contact_id = :contact ORDER BY id",
        {"clinic": clinic_id, "contact": contact_id},
    )


def set_caller_number(connection: Connection, clinic_id: int, contact_id: int, number: str) -> None:
    """Set the number a contact rang from."""
    connection.changed(
        "UPDATE contact SET caller_number = :number WHERE clinic_id = :clinic AND id = :id",
        {"clinic": clinic_id, "id": contact_id, "number": number},
    )


def end_contact(connection: Connection, clinic_id: int, contact_id: int, at_ms: int) -> None:
    """Mark a contact as over."""
    connection.changed(
        "UPDATE contact SET ended_at = :at WHERE clinic_id = :clinic AND id = :id AND ended_at IS NULL",
        {"clinic": clinic_id, "id": contact_id, "at": at_ms},
    )


def set_contact_item(
    connection: Connection, clinic_id: int, contact_id: int, item_id: int, result: str, at_ms: int | None
) -> None:
    """An item's own result in a contact; `at_ms` when it was closed by it."""
    connection.changed(
        """UPDATE contact_item SET result = :result, closed_at = :at
            WHERE clinic_id = :clinic AND contact_id = :contact AND item_id = :item""",
        {"clinic": clinic_id, "contact": contact_id, "item": item_id, "result": result, "at": at_ms},
    )


def change_item(connection: Connection, clinic_id: int, item_id: int, values: Mapping[str, object]) -> bool:
    """Set columns of an item that is still open.

    Returns:
        Whether it was open.
    """
    columns = ", ".join(f"{name} = :{name}" for name in values)
    return bool(
        connection.changed(
            f"""UPDATE item SET {columns} WHERE clinic_id = :clinic_id_ AND id = :id_
                  AND state IN ('waiting', 'ready', 'leased')""",
            {**values, "clinic_id_": clinic_id, "id_": item_id},
        )
    )


def close_item(
    connection: Connection, clinic_id: int, item_id: int, state: str, reason: str, at_ms: int
) -> bool:
    """Close an open item.

    Returns:
        Whether it was open.
    """
    return change_item(
        connection,
        clinic_id,
        item_id,
        {
            "state": state,
            "close_reason": reason,
            "closed_at": at_ms,
            "next_change_at": None,
            "cooling_until": None,
            "promise_at": None,
        },
    )


def open_items_of_patient(connection: Connection, clinic_id: int, patient_id: int) -> list[Row]:
    """A patient's open items."""
    return connection.execute(
        """SELECT * FROM item WHERE clinic_id = :clinic AND patient_id = :patient
              AND state IN ('waiting', 'ready', 'leased') ORDER BY id""",
        {"clinic": clinic_id, "patient": patient_id},
    )


def add_call(connection: Connection, values: Mapping[str, object]) -> int:
    """Insert a conversation."""
    return connection.insert("call", values)


def add_answers(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the answers of a conversation; all rows have the same columns."""
    connection.insert_many("answer", rows)


def add_observations(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert observations: flags of level ROUTINE, temperature, pain, recovery."""
    connection.insert_many("observation", rows)


def answers(connection: Connection, clinic_id: int, call_id: int) -> list[Row]:
    """All answers of a conversation, superseded ones too."""
    return connection.execute(
        "SELECT * FROM answer WHERE clinic_id = :clinic AND call_id = :call ORDER BY id",
        {"clinic": clinic_id, "call": call_id},
    )


def link_escalations(connection: Connection, clinic_id: int, contact_id: int, call_id: int) -> None:
    """Tie the escalations raised during a contact to its conversation, once it is saved."""
    connection.changed(
        """UPDATE escalation SET call_id = :call
            WHERE clinic_id = :clinic AND contact_id = :contact AND call_id IS NULL""",
        {"clinic": clinic_id, "contact": contact_id, "call": call_id},
    )


def add_promise(connection: Connection, values: Mapping[str, object]) -> int:
    """Insert a promise."""
    return connection.insert("promise", values)


def move_promise(connection: Connection, clinic_id: int, promise_id: int, item_id: int) -> None:
    """Let an open promise be kept with another item."""
    connection.changed(
        "UPDATE promise SET item_id = :item WHERE clinic_id = :clinic AND id = :id AND status = 'open'",
        {"clinic": clinic_id, "id": promise_id, "item": item_id},
    )


def settle_promises(
    connection: Connection, clinic_id: int, item_ids: Iterable[int], status: str, call_id: int | None
) -> None:
    """Give the open promises of these items another status."""
    for item_id in item_ids:
        connection.changed(
            """UPDATE promise SET status = :status
                WHERE clinic_id = :clinic AND item_id = :item AND status = 'open'
                  AND (call_id IS NULL OR call_id <> :call)""",
            {
                "clinic": clinic_id,
                "item": item_id,
                "status": status,
                "call": -1 if call_id is None else call_id,
            },
        )


def others_on_number(connection: Connection, clinic_id: int, e164: str, patient_id: int) -> list[Row]:
    """Rows of the same number that other patients still have live."""
    return connection.execute(
        """SELECT id, patient_id FROM phone WHERE clinic_id = :clinic AND e164 = :e164
              AND patient_id <> :patient AND status <> 'dead' ORDER BY id""",
        {"clinic": clinic_id, "e164": e164, "patient": patient_id},
    )


def has_usable_number(connection: Connection, clinic_id: int, patient_id: int, now_ms: int) -> bool:
    """Whether a patient has a number that may be dialled at an instant."""
    return bool(
        connection.execute(
            """SELECT 1 AS one FROM phone WHERE clinic_id = :clinic AND patient_id = :patient
                  AND (status = 'live' OR (status = 'suspended' AND suspended_until <= :now)) LIMIT 1""",
            {"clinic": clinic_id, "patient": patient_id, "now": now_ms},
        )
    )


def next_planned_on(connection: Connection, clinic_id: int, patient_id: int, contact_id: int) -> date | None:
    """Clinic day of the patient's next planned call outside this contact, None without one."""
    rows = connection.execute(
        """
        SELECT MIN(due_on) AS due_on FROM item
        WHERE clinic_id = :clinic AND patient_id = :patient AND kind = :kind AND state IN (:waiting, :ready)
          AND id NOT IN (SELECT item_id FROM contact_item WHERE clinic_id = :clinic AND contact_id = :contact)
        """,
        {
            "clinic": clinic_id,
            "patient": patient_id,
            "kind": ItemKind.MILESTONE,
            "waiting": ItemState.WAITING,
            "ready": ItemState.READY,
            "contact": contact_id,
        },
    )
    return day(rows[0]["due_on"])


def relatives(connection: Connection, clinic_id: int, group_id: int, patient_id: int) -> int:
    """How many other patients share the contact group."""
    rows = connection.execute(
        """SELECT count(*) AS n FROM patient
            WHERE clinic_id = :clinic AND group_id = :group AND id <> :patient""",
        {"clinic": clinic_id, "group": group_id, "patient": patient_id},
    )
    return int(rows[0]["n"])


def counted_attempts(connection: Connection, clinic_id: int, item_id: int, phone_id: int) -> int:
    """Counted dials of one number in contacts that worked one item."""
    rows = connection.execute(
        """SELECT count(*) AS n FROM attempt a
             JOIN contact_item ci ON ci.contact_id = a.contact_id AND ci.clinic_id = a.clinic_id
            WHERE a.clinic_id = :clinic AND a.phone_id = :phone AND ci.item_id = :item AND a.counted""",
        {"clinic": clinic_id, "phone": phone_id, "item": item_id},
    )
    return int(rows[0]["n"])
