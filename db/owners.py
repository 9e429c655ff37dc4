"""Whose an item is in person: left to her by a call that was cut off, or handed to her by a colleague.

Raw SQL inside an open unit of work. What a cut-off call left is marked on its contact, so that taking the call
up again ends that ownership and no other.
"""

from __future__ import annotations

from typing import Final

from db.claims import id_list
from db.connect import Connection, Row
from db.enums import PromiseStatus

CUT_OFF: Final = "cut_off"
"""Result of a contact's item while its call is cut off."""
_TAKEN_UP: Final = "taken_up"
HANDED: Final = "handed"
"""How a handed-over item's result in its contact begins; the reason follows."""


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


def give(connection: Connection, clinic_id: int, item: Row, staff_id: int | None, words: str) -> None:
    """Hand an open item to a person, or to whoever serves its team (None); an open promise goes along.

    Args:
        connection: inside a unit of work that holds the item's contact group.
        clinic_id: the clinic.
        item: its row.
        staff_id: whose it is from now on.
        words: why, kept with what was promised.
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
    """Open items one person is to work herself: those she promised, and those that wait in her own lane now.

    What the board gave her is the board's to give on, and a cut-off call is hers to finish.
    """
    rows = connection.execute(
        f"""
        SELECT i.id FROM promise p CROSS JOIN item i WHERE i.id = p.item_id AND i.promise_id = p.id
           AND i.clinic_id = p.clinic_id AND p.clinic_id = :clinic_id AND p.status = '{PromiseStatus.OPEN}'
           AND p.mine_staff_id = :staff_id AND i.state IN ('waiting', 'ready') AND i.escalation_id IS NULL
        UNION
        SELECT i.id FROM item i WHERE i.clinic_id = :clinic_id AND i.lane_id = :lane AND i.state = 'ready'
           AND i.escalation_id IS NULL AND NOT EXISTS (
               SELECT 1 FROM contact_lease l WHERE l.clinic_id = i.clinic_id AND l.group_id = i.group_id)
        ORDER BY id
        """,
        {"clinic_id": clinic_id, "staff_id": staff_id, "lane": f"own:{staff_id}"},
    )
    return tuple(int(row["id"]) for row in rows)
