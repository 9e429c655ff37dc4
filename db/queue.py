"""Reads of the queue: top of the order, its length, exact ranks. Raw SQL, written once for both databases.

The order is `(band, deadline_at, id)` over the items whose state is ready. A read asks each lane for its head
through the index `ix_item_ready` and merges the heads, so its cost does not grow with the backlog.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from db import heads
from db.claims import FREE, id_list
from db.connect import Connection, Row
from db.heads import LEAD_LANE as LEAD_LANE
from db.heads import NOT_SKIPPED, SKIPPED, Reach
from db.heads import WARD_LANE as WARD_LANE
from db.heads import best_of_patient as best_of_patient
from db.heads import reachable as reachable

CAP: Final = 1000
"""Counts stop here; the screen then says 999+."""

START: Final = (-1, 0, 0)
"""A key before every item."""

Key = tuple[int, int, int]
"""Place in the order: band, deadline (epoch milliseconds), id."""


@dataclass(frozen=True, slots=True)
class View:
    """Whose queue is read, and when.

    Args:
        clinic_id: the clinic.
        lanes: the lanes to merge.
        now: epoch milliseconds.
        staff_id: who looks: her own cut-off calls are hers to take up again. 0 is nobody.
        is_lead: a lead may take up a cut-off call that its owner has left.
        left_since: cut-off calls whose lease ran out by then count as left, epoch milliseconds; those of
            people off duty always do.
        reach: which items may be dialled at this minute.
        takeable: leave out what may not be dialled at this minute.
    """

    clinic_id: int
    lanes: tuple[str, ...]
    now: int
    staff_id: int = 0
    is_lead: bool = False
    left_since: int = 0
    reach: Reach = "all"
    takeable: bool = False

    def params(self) -> dict[str, object]:
        """The parameters every read of this view shares."""
        return {
            "clinic_id": self.clinic_id,
            "now": self.now,
            "staff_id": self.staff_id,
            "is_lead": self.is_lead,
            "left_since": self.left_since,
        }


def lanes(connection: Connection, clinic_id: int) -> tuple[str, ...]:
    """The lanes in which any call is ready, found by skipping along the index."""
    rows = connection.execute(
        """
        WITH RECURSIVE lane(id) AS (
            SELECT MIN(lane_id) FROM item WHERE clinic_id = :clinic_id AND state = 'ready'
            UNION ALL
            SELECT (SELECT MIN(i.lane_id) FROM item i
                    WHERE i.clinic_id = :clinic_id AND i.state = 'ready' AND i.lane_id > lane.id)
            FROM lane WHERE lane.id IS NOT NULL)
        SELECT id FROM lane WHERE id IS NOT NULL ORDER BY id
        """,
        {"clinic_id": clinic_id},
    )
    return tuple(str(row["id"]) for row in rows if row["id"] != WARD_LANE)


def orphan_lanes(connection: Connection, clinic_id: int, since: int) -> tuple[str, ...]:
    """Own lanes of people who are off duty, or who left a call cut off since before an instant."""
    rows = connection.execute(
        """
        SELECT s.id FROM staff s
        WHERE s.clinic_id = :clinic_id
          AND (NOT s.on_duty OR EXISTS (
               SELECT 1 FROM contact_lease l WHERE l.clinic_id = s.clinic_id AND l.staff_id = s.id
               AND l.stage = 'cut_off' AND l.expires_at <= :since))
          AND EXISTS (
               SELECT 1 FROM item i WHERE i.clinic_id = s.clinic_id AND i.state = 'ready'
               AND i.lane_id = 'own:' || CAST(s.id AS TEXT))
        ORDER BY s.id
        """,
        {"clinic_id": clinic_id, "since": since},
    )
    return tuple(f"own:{row['id']}" for row in rows)


def _union(
    connection: Connection, view: View, columns: str, condition: str, limit: str = ":limit"
) -> tuple[str, dict[str, object]]:
    if connection.dialect == "postgresql":
        sql = heads.union(("",), view.reach, view.takeable, columns, condition, limit)
        return sql, {**view.params(), "lanes": list(view.lanes)}
    sql = heads.union(view.lanes, view.reach, view.takeable, columns, condition, limit)
    return sql, {**view.params(), **_lane_names(view.lanes)}


@lru_cache(maxsize=64)
def _lane_names(lanes: tuple[str, ...]) -> dict[str, str]:
    return {f"lane{number}": lane for number, lane in enumerate(lanes)}


_COLUMNS: Final = (
    "i.id, i.patient_id, i.group_id, i.band, i.deadline_at, i.lane_id, i.policy_version, i.passes_windows"
)


def order(
    connection: Connection, view: View, limit: int, after: Key = START, not_skipped_since: int | None = None
) -> list[Row]:
    """The next items of the order that the view may be offered.

    Args:
        connection: any connection.
        view: whose queue, when, and what may be dialled.
        limit: how many rows at most.
        after: key of the last row already seen; `START` for the top.
        not_skipped_since: leave out what this person has skipped since then, epoch milliseconds.

    Returns:
        Rows with id, patient_id, group_id, band, deadline_at, lane_id, policy_version and passes_windows, in
        order. One row a patient; groups that somebody is talking to are left out.
    """
    if not view.lanes or limit <= 0:
        return []
    condition = " AND (i.band, i.deadline_at, i.id) > (:band, :deadline, :last)"
    if not_skipped_since is not None:
        condition += NOT_SKIPPED
    # The limit is spelled out: of one it does not know PostgreSQL expects a tenth of the lane, and sorts it all.
    if limit == 1 and connection.dialect == "sqlite":
        sql = heads.first(len(view.lanes), view.reach, view.takeable, _COLUMNS, condition)
        params = {**view.params(), **_lane_names(view.lanes)}
    else:
        union, params = _union(connection, view, _COLUMNS, condition, str(int(limit)))
        sql = f"SELECT * FROM ({union}) AS heads ORDER BY band, deadline_at, id LIMIT {int(limit)}"
    keys = {"band": after[0], "deadline": after[1], "last": after[2], "skipped_since": not_skipped_since}
    return connection.execute(sql, {**params, **keys})


def free(connection: Connection, view: View, item_ids: tuple[int, ...]) -> frozenset[int]:
    """Those of some items whose group nobody keeps from who looks, as `order` reads it."""
    if not item_ids:
        return frozenset()
    names, params = id_list(item_ids)
    rows = connection.execute(
        f"SELECT i.id FROM item i WHERE i.clinic_id = :clinic_id AND i.id IN ({names}) AND {FREE}",
        {**view.params(), **params},
    )
    return frozenset(int(row["id"]) for row in rows)


def count(connection: Connection, view: View, cap: int = CAP, band: int | None = None) -> int:
    """How many items the view may be offered, counted up to `cap`; of one band when `band` is given."""
    if not view.lanes:
        return 0
    union, params = _union(
        connection, view, "i.id, i.band, i.deadline_at", "" if band is None else " AND i.band = :band"
    )
    rows = connection.execute(
        f"SELECT COUNT(*) AS n FROM ({union} LIMIT :limit) AS heads", {**params, "limit": cap, "band": band}
    )
    return int(rows[0]["n"])


def rank(connection: Connection, view: View, key: Key) -> int:
    """Exact number of items before `key` in the view's order. Costs what it counts: for `why` only."""
    if not view.lanes:
        return 0
    union, params = _union(
        connection,
        view,
        "i.id, i.band, i.deadline_at",
        " AND (i.band, i.deadline_at, i.id) < (:band, :deadline, :last)",
    )
    rows = connection.execute(
        f"SELECT COUNT(*) AS n FROM ({union}) AS heads",
        {**params, "limit": 2**62, "band": key[0], "deadline": key[1], "last": key[2]},
    )
    return int(rows[0]["n"])


def item_row(connection: Connection, clinic_id: int, item_id: int) -> Row | None:
    """One item, whole row."""
    rows = connection.execute(
        "SELECT * FROM item WHERE clinic_id = :clinic_id AND id = :id",
        {"clinic_id": clinic_id, "id": item_id},
    )
    return rows[0] if rows else None


def display(connection: Connection, clinic_id: int, item_ids: tuple[int, ...]) -> dict[int, Row]:
    """What a line of the queue shows, by item id: the item with its patient's and its treatment's columns."""
    if not item_ids:
        return {}
    names, params = id_list(item_ids)
    rows = connection.execute(
        f"""
        SELECT i.*, p.name AS patient_name, p.external_id, t.procedure, t.performed_on
        FROM item i JOIN patient p ON p.id = i.patient_id LEFT JOIN treatment t ON t.id = i.treatment_id
        WHERE i.clinic_id = :clinic_id AND i.id IN ({names})
        """,
        {"clinic_id": clinic_id, **params},
    )
    return {int(row["id"]): row for row in rows}


def last_calls(connection: Connection, clinic_id: int, patient_ids: tuple[int, ...]) -> dict[int, Row]:
    """The newest conversation of each patient that had one, with a concern it dealt with."""
    if not patient_ids:
        return {}
    names, params = id_list(patient_ids)
    rows = connection.execute(
        f"""
        SELECT c.patient_id, c.outcome, c.recovery, c.saved_at,
               (SELECT MIN(a.concern) FROM answer a WHERE a.clinic_id = c.clinic_id AND a.call_id = c.id
                AND a.concern IS NOT NULL AND a.superseded_at IS NULL) AS concern
        FROM call c
        WHERE c.clinic_id = :clinic_id AND c.id IN (
            SELECT (SELECT n.id FROM call n WHERE n.clinic_id = :clinic_id AND n.patient_id = p.id
                    ORDER BY n.saved_at DESC, n.id DESC LIMIT 1)
            FROM patient p WHERE p.clinic_id = :clinic_id AND p.id IN ({names}))
        """,
        {"clinic_id": clinic_id, **params},
    )
    return {int(row["patient_id"]): row for row in rows}


def dials_since(
    connection: Connection, clinic_id: int, patient_ids: tuple[int, ...], limit: int = 2000
) -> list[Row]:
    """Finished dials to some patients, newest first."""
    if not patient_ids:
        return []
    names, params = id_list(patient_ids)
    return connection.execute(
        f"SELECT patient_id, result, at FROM attempt WHERE clinic_id = :clinic_id "
        f"AND patient_id IN ({names}) AND result IS NOT NULL ORDER BY at DESC, id DESC LIMIT :limit",
        {"clinic_id": clinic_id, "limit": limit, **params},
    )


def add_skip(connection: Connection, clinic_id: int, contact_id: int, item_id: int, words: str) -> None:
    """Count a skip on the item and keep the reason with the contact."""
    connection.execute(
        "UPDATE item SET skips = skips + 1 WHERE clinic_id = :clinic_id AND id = :id",
        {"clinic_id": clinic_id, "id": item_id},
    )
    connection.execute(
        "UPDATE contact_item SET result = :result "
        "WHERE clinic_id = :clinic_id AND contact_id = :contact_id AND item_id = :id",
        {"clinic_id": clinic_id, "contact_id": contact_id, "id": item_id, "result": f"{SKIPPED}: {words}"},
    )


def patient_row(connection: Connection, clinic_id: int, patient_id: int) -> Row | None:
    """One patient, whole row."""
    rows = connection.execute(
        "SELECT * FROM patient WHERE clinic_id = :clinic_id AND id = :id",
        {"clinic_id": clinic_id, "id": patient_id},
    )
    return rows[0] if rows else None


def patient_by_external_id(connection: Connection, clinic_id: int, external_id: str) -> Row | None:
    """The patient with that number of the clinic's own."""
    rows = connection.execute(
        "SELECT * FROM patient WHERE clinic_id = :clinic_id AND external_id = :external_id",
        {"clinic_id": clinic_id, "external_id": external_id},
    )
    return rows[0] if rows else None


def clinic_row(connection: Connection, clinic_id: int) -> Row | None:
    """The clinic."""
    rows = connection.execute("SELECT * FROM clinic WHERE id = :id", {"id": clinic_id})
    return rows[0] if rows else None


def open_escalations(connection: Connection, clinic_id: int, cap: int = CAP) -> int:
    """Escalations that are not resolved, counted up to `cap`."""
    rows = connection.execute(
        "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM escalation "
        "WHERE clinic_id = :clinic_id AND status <> 'resolved' LIMIT :cap) AS capped",
        {"clinic_id": clinic_id, "cap": cap},
    )
    return int(rows[0]["n"])


def own(connection: Connection, clinic_id: int, staff_id: int, cap: int = CAP) -> tuple[int, int]:
    """What waits for one person beside the queue, in one statement.

    Returns:
        Her calls that were cut off and not taken up again, and reviews of her calls she has not seen, up to `cap`.
    """
    rows = connection.execute(
        """SELECT (SELECT COUNT(*) FROM contact_lease
                    WHERE clinic_id = :clinic_id AND staff_id = :staff_id AND stage = 'cut_off') AS cut_off,
                  (SELECT COUNT(*) FROM (SELECT 1 AS one FROM call_review
                    WHERE clinic_id = :clinic_id AND staff_id = :staff_id
                      AND version > 0 AND caller_seen_at IS NULL LIMIT :cap) AS capped) AS unread""",
        {"clinic_id": clinic_id, "staff_id": staff_id, "cap": cap},
    )
    return int(rows[0]["cut_off"]), int(rows[0]["unread"])


def acting_lead(connection: Connection, clinic_id: int) -> Row | None:
    """A working lead with her last seat, one on duty before one who is not."""
    rows = connection.execute(
        """
        SELECT s.id AS staff_id, s.name, s.login,
               (SELECT MAX(t.id) FROM seat t WHERE t.clinic_id = s.clinic_id AND t.staff_id = s.id) AS seat_id
        FROM staff s WHERE s.clinic_id = :clinic_id AND s.retired_at IS NULL AND s.roles LIKE '%"lead"%'
        ORDER BY CASE WHEN s.on_duty THEN 0 ELSE 1 END, s.id
        """,
        {"clinic_id": clinic_id},
    )
    return rows[0] if rows else None


def promised_items(connection: Connection, clinic_id: int) -> tuple[int, ...]:
    """Open items with an open promise that one person made her own."""
    rows = connection.execute(
        # From the promises, by their items' ids: the other way round it reads every open item.
        "SELECT i.id FROM promise p CROSS JOIN item i WHERE i.id = p.item_id AND i.promise_id = p.id "
        "AND i.clinic_id = p.clinic_id AND p.clinic_id = :clinic_id AND p.status = 'open' "
        "AND p.mine_staff_id IS NOT NULL AND i.state IN ('waiting', 'ready') ORDER BY i.id",
        {"clinic_id": clinic_id},
    )
    return tuple(int(row["id"]) for row in rows)


def note_tick(connection: Connection, clinic_id: int, now: int) -> None:
    """Note that somebody is watching the clinic; an earlier clock never takes that back."""
    connection.execute(
        "UPDATE clinic SET last_tick_at = :now WHERE id = :id "
        "AND (last_tick_at IS NULL OR last_tick_at < :now)",
        {"id": clinic_id, "now": now},
    )
