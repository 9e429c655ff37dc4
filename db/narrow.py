"""Reads of a narrowed queue, and of what other seats are working on. Raw SQL, written once for both databases.

Neither grows with the backlog: a narrowed read looks at so many rows of the order and says where it stopped;
what is being worked is found from the leases, of which there are as many as people at work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from db import queue
from db.claims import FREE, id_list
from db.connect import Connection, Row
from db.queue import CAP, LEAD_LANE, Key, View

LOOK: Final = CAP
"""Rows of the order that one narrowed read looks at: as many as the header counts."""

LEASES: Final = 200
"""Leases looked at for what other seats hold, the newest first."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Conditions on an item. An empty tuple or None leaves the question open.

    Args:
        bands: the stored bands of the tier: one.
        tier: the stored tier.
        team: owner team.
        procedures: codes of its treatment's procedure.
    """

    band: int | None = None
    tier: int | None = None
    team: str | None = None
    procedures: tuple[str, ...] = ()


def matching(
    connection: Connection, view: View, wanted: Wanted, limit: int, after: Key = queue.START, look: int = LOOK
) -> tuple[list[Row], Key | None, bool]:
    """The next items of the view's order that fulfil conditions, among the next `look` rows of the order.

    Args:
        connection: any connection.
        view: whose queue; a question that a lane answers is asked by leaving lanes out.
        wanted: the conditions.
        limit: rows at most.
        after: key to go on from; `queue.START` for the top.
        look: rows of the order looked at, at most.

    Returns:
        Rows as `queue.order` gives them; the key to go on from, None at the list's end; whether it stopped
        because it had looked at enough.
    """
    if not view.lanes or limit <= 0:
        return [], None, False
    head, params = _head(view, wanted)
    params = {**params, "look": look, "band": after[0], "deadline": after[1], "last": after[2]}
    conditions, more = _conditions(wanted)
    if view.takeable and view.reach != "all":
        conditions += " AND " + queue.reachable(view.reach, "i")
    rows = connection.execute(
        f"SELECT i.id, i.patient_id, i.group_id, i.band, i.deadline_at, i.lane_id, i.policy_version, "
        f"i.passes_windows FROM ({head}) AS h JOIN item i ON i.id = h.id "
        f"LEFT JOIN treatment t ON t.id = i.treatment_id "
        f"WHERE {FREE} AND (i.lane_id = '{LEAD_LANE}' OR {queue.best_of_patient(view.reach)}){conditions} "
        f"ORDER BY i.band, i.deadline_at, i.id LIMIT :limit",
        {**params, **more, "limit": limit},
    )
    if len(rows) == limit:
        last = rows[-1]
        return rows, (int(last["band"]), int(last["deadline_at"]), int(last["id"])), False
    stopped = connection.execute(
        f"SELECT band, deadline_at, id FROM ({head}) AS h ORDER BY band, deadline_at, id LIMIT 1 OFFSET :skip",
        {**params, "skip": look - 1},
    )
    if not stopped:
        return rows, None, False
    return rows, (int(stopped[0]["band"]), int(stopped[0]["deadline_at"]), int(stopped[0]["id"])), True


def _head(view: View, wanted: Wanted) -> tuple[str, dict[str, object]]:
    """The next rows of the view's lanes, in order, unread beyond `:look`."""
    names = {f"lane{number}": lane for number, lane in enumerate(view.lanes)}
    # A band is a stretch of the index: with a tier asked for nothing else is looked at.
    one_band = "" if wanted.band is None else " AND i.band = :one_band"
    lanes = "\nUNION ALL\n".join(
        f"""SELECT * FROM (
        SELECT i.id, i.band, i.deadline_at FROM item i
        WHERE i.clinic_id = :clinic_id AND i.lane_id = :{name} AND i.state = 'ready'{one_band}
          AND (i.band, i.deadline_at, i.id) > (:band, :deadline, :last)
        ORDER BY i.band, i.deadline_at, i.id LIMIT :look) AS head{number}"""
        for number, name in enumerate(names)
    )
    return (
        f"SELECT * FROM ({lanes}) AS heads ORDER BY band, deadline_at, id LIMIT :look",
        {**view.params(), **names, "one_band": wanted.band},
    )


def _conditions(wanted: Wanted) -> tuple[str, dict[str, object]]:
    text, params = "", dict[str, object]()
    if wanted.tier is not None:
        text, params["tier"] = text + " AND i.tier = :tier", wanted.tier
    if wanted.team is not None:
        text, params["team"] = text + " AND i.team = :team", wanted.team
    if wanted.procedures:
        names, codes = id_list(wanted.procedures, "procedure")
        text, params = f"{text} AND t.procedure IN ({names})", {**params, **codes}
    return text, params


def held(
    connection: Connection, view: View, wanted: Wanted, seat_id: int, limit: int, leases: int = LEASES
) -> list[Row]:
    """What other seats work on now and would otherwise stand in the view, what was taken last first.

    Args:
        connection: any connection.
        view: whose queue.
        wanted: conditions on the item.
        seat_id: the seat that looks; what it holds itself is left out.
        limit: rows at most.
        leases: newest leases looked at, at most.

    Returns:
        Rows with id, patient_id, band, deadline_at, staff_id, staff_name, stage; the first open item of each patient.
    """
    if not view.lanes:
        return []
    names, lanes = id_list(view.lanes, "lane")
    conditions, more = _conditions(wanted)
    return connection.execute(
        f"""
        SELECT i.id, i.patient_id, i.band, i.deadline_at, l.staff_id, s.name AS staff_name, l.stage
        FROM (SELECT * FROM contact_lease
              WHERE clinic_id = :clinic_id AND seat_id <> :seat_id AND stage <> 'cut_off'
                AND (expires_at > :now OR stage <> 'preview')
              ORDER BY acquired_at DESC, group_id LIMIT :leases) AS l
        JOIN staff s ON s.id = l.staff_id
        JOIN item i ON i.clinic_id = l.clinic_id AND i.group_id = l.group_id
                   AND i.state IN ('leased', 'ready') AND i.lane_id IN ({names})
        LEFT JOIN treatment t ON t.id = i.treatment_id
        WHERE (
            SELECT 1 FROM item b WHERE b.clinic_id = i.clinic_id AND b.patient_id = i.patient_id
              AND b.state IN ('leased', 'ready')
              AND (b.band, b.deadline_at, b.id) < (i.band, i.deadline_at, i.id) LIMIT 1) IS NULL{conditions}
        ORDER BY l.acquired_at DESC, i.band, i.deadline_at, i.id LIMIT :limit
        """,
        {**view.params(), **lanes, **more, "seat_id": seat_id, "leases": leases, "limit": limit},
    )
