"""Whose an item is in person: left to her by a call that was cut off, or handed to her by a colleague.

Raw SQL inside an open unit of work. What a cut-off call left is marked on its contact, so that taking the call
up again ends that ownership and no other.
"""

from __future__ import annotations

from typing import Final

from db.claims import id_list
from db.connect import Connection, Row
from db.enums import PromiseStatus
from db.treatments import add_revision

CUT_OFF: Final = "cut_off"
"""Result of a contact's item while its call is cut off."""
_TAKEN_UP: Final = "taken_up"
HANDED: Final = "handed"
"""How the plan revision begins that keeps why an item was handed over; its id, a colon and the words follow."""


def own(connection: Connection, clinic_id: int, item_ids: tuple[int, ...], staff_id: int) -> None:
    """Make items of a cut-off call their caller's own; an item somebody already owns in person stays hers."""
    if not item_ids:
        return
    names, params = id_list(item_ids)
    rows = connection.execute(
        "UPDATE item SET owner_staff_id = :staff_id WHERE clinic_id = :clinic_id "
        f"AND id IN ({names}) AND owner_staff_id IS NULL RETURNING id",
        {"clinic_id": clinic_id, "staff_id": staff_id, **params},
    )
    names, params = id_list(tuple(int(row["id"]) for row in rows))
    if rows:
        connection.execute(
            f"UPDATE contact_item SET result = '{CUT_OFF}' WHERE clinic_id = :clinic_id "
            f"AND item_id IN ({names}) AND contact_id IN (SELECT MAX(ci.contact_id) FROM contact_item ci "
            f"WHERE ci.clinic_id = :clinic_id AND ci.item_id IN ({names}) GROUP BY ci.item_id)",
            {"clinic_id": clinic_id, **params},
        )


def disown(connection: Connection, clinic_id: int, item_ids: tuple[int, ...]) -> None:
    """Undo `own`, and nothing else: what the board or a colleague gave to somebody stays hers."""
    if not item_ids:
        return
    names, params = id_list(item_ids)
    rows = connection.execute(
        f"""UPDATE item SET owner_staff_id = NULL WHERE clinic_id = :clinic_id
              AND id IN ({names}) AND owner_staff_id IS NOT NULL AND EXISTS (
                  SELECT 1 FROM contact_item ci WHERE ci.clinic_id = item.clinic_id
                     AND ci.item_id = item.id AND ci.result = '{CUT_OFF}') RETURNING id""",
        {"clinic_id": clinic_id, **params},
    )
    if rows:
        names, params = id_list(tuple(int(row["id"]) for row in rows))
        connection.execute(
            f"UPDATE contact_item SET result = '{_TAKEN_UP}' WHERE clinic_id = :clinic_id "
            f"AND item_id IN ({names}) AND result = '{CUT_OFF}'",
            {"clinic_id": clinic_id, **params},
        )


def give(
    connection: Connection,
    clinic_id: int,
    item: Row,
    staff_id: int | None,
    words: str,
    by: int,
    at_ms: int,
) -> None:
    """Hand an open item to a person, or to whoever serves its team (None); an open promise goes along.

    Args:
        connection: inside a unit of work that holds the item's contact group and the patient's row.
        clinic_id: the clinic.
        item: its row.
        staff_id: whose it is from now on.
        words: why, kept with what was promised; without a promise with the patient's plan.
        by: who hands it over.
        at_ms: when.
    """
    connection.execute(
        "UPDATE item SET owner_staff_id = :staff_id WHERE clinic_id = :clinic_id AND id = :id",
        {"clinic_id": clinic_id, "id": item["id"], "staff_id": None if item["promise_id"] else staff_id},
    )
    if item["promise_id"] is not None:
        connection.execute(
            "UPDATE promise SET mine_staff_id = :staff_id, "
            "what = SUBSTR(CASE WHEN what = '' THEN :words ELSE what || ' / ' || :words END, 1, 500) "
            f"WHERE clinic_id = :clinic_id AND id = :id AND status = '{PromiseStatus.OPEN}'",
            {"clinic_id": clinic_id, "id": item["promise_id"], "staff_id": staff_id, "words": words},
        )
    else:
        reason = f"{HANDED} {item['id']}: {words}"
        add_revision(connection, clinic_id, int(item["patient_id"]), reason, at_ms, staff_id=by)


def handed_words(connection: Connection, clinic_id: int, patient_id: int) -> dict[int, str]:
    """Why items of a patient were handed over last, by item; those whose promise says it are left out."""
    rows = connection.execute(
        "SELECT reason FROM plan_revision WHERE clinic_id = :clinic_id AND patient_id = :patient_id"
        f" AND reason LIKE '{HANDED} %' ORDER BY number, id",
        {"clinic_id": clinic_id, "patient_id": patient_id},
    )
    found: dict[int, str] = {}
    for row in rows:
        item, _, words = str(row["reason"])[len(HANDED) + 1 :].partition(": ")
        if item.isdecimal():
            found[int(item)] = words
    return found


def promiser(connection: Connection, clinic_id: int, promise_id: int | None) -> int | None:
    """Who means to keep an open promise in person; None when anyone may, or there is none."""
    if promise_id is None:
        return None
    rows = connection.execute(
        "SELECT mine_staff_id FROM promise WHERE clinic_id = :clinic_id AND id = :id "
        f"AND status = '{PromiseStatus.OPEN}'",
        {"clinic_id": clinic_id, "id": promise_id},
    )
    return None if not rows or rows[0]["mine_staff_id"] is None else int(rows[0]["mine_staff_id"])


def belonging_to(connection: Connection, clinic_id: int, staff_id: int) -> tuple[int, ...]:
    """Open items one person is to work herself, ready or waiting: those she promised, and those handed to her.

    What the board gave her is the board's to give on, and a cut-off call is hers to finish.
    """
    rows = connection.execute(
        f"""
        SELECT i.id FROM promise p CROSS JOIN item i WHERE i.id = p.item_id AND i.promise_id = p.id
           AND i.clinic_id = p.clinic_id AND p.clinic_id = :clinic_id AND p.status = '{PromiseStatus.OPEN}'
           AND p.mine_staff_id = :staff_id AND i.state IN ('waiting', 'ready') AND i.escalation_id IS NULL
        UNION
        SELECT i.id FROM item i WHERE i.clinic_id = :clinic_id AND i.owner_staff_id = :staff_id
           AND i.state IN ('waiting', 'ready') AND i.escalation_id IS NULL AND NOT EXISTS (
               SELECT 1 FROM contact_lease l WHERE l.clinic_id = i.clinic_id AND l.group_id = i.group_id)
        ORDER BY id
        """,
        {"clinic_id": clinic_id, "staff_id": staff_id},
    )
    return tuple(int(row["id"]) for row in rows)
