"""SQL of the queue's heads: of each lane the items that could be offered, best first. Built once per kind of read.

Putting fifteen lanes together takes longer than reading them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

from db.claims import FREE

LEAD_LANE: Final = "lead"
WARD_LANE: Final = "ward"
"""Lane of the ward's round: face to face, never offered by telephone."""

Reach = Literal["all", "windowless", "red_flag"]
"""Which items may be dialled at this minute: all with the clinic's window open, those that pass windows
inside the safety hours, red flags always."""

_TAKEABLE: Final[dict[Reach, str]] = {
    "all": "TRUE",
    "windowless": "{item}.passes_windows",
    "red_flag": "{item}.band = 0",
}


def reachable(reach: Reach, item: str) -> str:
    """Condition on an alias of `item`: it may be dialled at this minute."""
    return _TAKEABLE[reach].format(item=item)


def best_of_patient(reach: Reach) -> str:
    """Condition on `item i`: no other ready item of the same patient stands before it and takes it along.

    What may be dialled at this minute comes before what may not. What waits for the lead is settled at a desk,
    the ward's round at the bed: neither holds a call back.
    """
    keys = {item: f"{item}.band, {item}.deadline_at, {item}.id" for item in ("i", "b")}
    if reach != "all":
        keys = {
            item: f"CASE WHEN {reachable(reach, item)} THEN 0 ELSE 1 END, {key}" for item, key in keys.items()
        }
    return f"""COALESCE((
            SELECT FALSE FROM item b
            WHERE b.clinic_id = i.clinic_id AND b.patient_id = i.patient_id AND b.state = 'ready'
              AND b.lane_id NOT IN ('{LEAD_LANE}', '{WARD_LANE}')
              AND ({keys["b"]}) < ({keys["i"]})
            LIMIT 1), TRUE)"""


def _lane_sql(
    lane: str, at: str, reach: Reach, takeable: bool, columns: str, condition: str, limit: str
) -> str:
    """One lane's rows that somebody could be offered, best first; `lane` is its id where it is known."""
    if takeable and reach != "all":
        condition += f" AND {reachable(reach, 'i')}"
    if not lane:
        condition += f" AND ({at} = '{LEAD_LANE}' OR {best_of_patient(reach)})"
    elif lane != LEAD_LANE:
        condition += f" AND {best_of_patient(reach)}"
    return f"""
        SELECT {columns} FROM item i
        WHERE i.clinic_id = :clinic_id AND i.lane_id = {at} AND i.state = 'ready'
          AND {FREE}{condition}
        ORDER BY i.band, i.deadline_at, i.id LIMIT {limit}"""


@lru_cache(maxsize=256)
def union(
    lanes: tuple[str, ...], reach: Reach, takeable: bool, columns: str, condition: str, limit: str = ":limit"
) -> str:
    """The first rows of every lane, at most `limit` of each.

    Args:
        lanes: their ids, bound as :lane0, :lane1 ...; an empty one for PostgreSQL, which has them all as :lanes.
        reach: what may be dialled. takeable: leave out what may not. columns: of `item i`.
        condition: more conditions, each with AND before it. limit: a number, or a parameter's name.
    """
    if not lanes[0]:
        # PostgreSQL plans one lane for all of them; of each by itself it would take longer than it reads.
        head = _lane_sql("", "lane.id", reach, takeable, columns, condition, limit)
        lane = "unnest(CAST(:lanes AS TEXT[])) AS lane(id)"
        return f"SELECT head.* FROM {lane} CROSS JOIN LATERAL ({head}) AS head"
    parts = [
        f"SELECT * FROM ({_lane_sql(lane, f':lane{number}', reach, takeable, columns, condition, limit)})"
        f" AS head{number}"
        for number, lane in enumerate(lanes)
    ]
    return "\nUNION ALL\n".join(parts)


@lru_cache(maxsize=256)
def first(lanes: int, reach: Reach, takeable: bool, columns: str, condition: str) -> str:
    """The one row before all others, for SQLite: a third of the time of `union` with limit 1.

    Args: as of `union`; lanes, how many; columns, their names.
    """
    head = _lane_sql("", "lane.id", reach, takeable, "i.id", condition, "1")
    values = ", ".join(f"(:lane{number})" for number in range(lanes))
    names = ", ".join(f"w.{name}" for name in columns.replace("i.", "").split(", "))
    return f"""WITH lane(id) AS (VALUES {values})
        SELECT {names} FROM lane CROSS JOIN item w WHERE w.id = ({head})
        ORDER BY w.band, w.deadline_at, w.id LIMIT 1"""


SKIPPED: Final = "skipped"
"""How a skip's result begins in `contact_item.result`; the person's words follow."""

NOT_SKIPPED: Final = f""" AND (i.skips = 0 OR (
            SELECT 1 FROM contact_item ci JOIN contact c ON c.id = ci.contact_id AND c.clinic_id = ci.clinic_id
            WHERE ci.clinic_id = i.clinic_id AND ci.item_id = i.id AND ci.result LIKE '{SKIPPED}%'
              AND c.staff_id = :staff_id AND c.started_at >= :skipped_since
            LIMIT 1) IS NULL)"""
"""Condition on `item i`: :staff_id has not skipped it since :skipped_since. Each skip is counted on its item."""
