"""What the board's strip counts and what its lists show. Raw SQL; counts stop at `CAP`, lists at a limit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from db.connect import Connection, Row
from db.enums import EscalationKind, ItemState, RefusedStatus, Role, Tier
from db.queue import LEAD_LANE, lanes

CAP = 1000
"""Counts stop here: the board shows 999+."""

NO_CALLERS = (Role.LEAD, Role.TRAINEE)
"""Active roles in which a person on duty is not counted on for calls."""

_ITEM = """SELECT i.id, i.patient_id, i.milestone, i.closed_at, i.close_reason, i.deadline_at, i.skips,
                  p.name AS patient_name, t.procedure AS procedure
             FROM item i JOIN patient p ON p.id = i.patient_id AND p.clinic_id = i.clinic_id
             LEFT JOIN treatment t ON t.id = i.treatment_id AND t.clinic_id = i.clinic_id"""
_OPEN = "('waiting', 'ready', 'leased')"


@dataclass
class Waiting:
    """Ready items.

    Args:
        counts: per tier, each capped.
        due: of a lane and band, how many have to be called by the instant asked for, capped.
    """

    counts: dict[Tier, int] = field(default_factory=lambda: dict.fromkeys(Tier, 0))
    due: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])


def _capped(connection: Connection, select: str, params: Mapping[str, object]) -> int:
    rows = connection.execute(f"SELECT count(*) AS n FROM ({select} LIMIT {CAP}) AS capped", params)
    return int(rows[0]["n"])


# --- the queue ---


def waiting(connection: Connection, clinic_id: int, until_ms: int | None) -> Waiting:
    """Ready items per tier; asked lane by lane, so that the queue's index serves it.

    Overdue and due items share a band, the overdue ones in front: of a band longer than the cap the overdue
    ones are counted from its head, the others from its end.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        until_ms: epoch ms up to which a deadline counts as due; None counts none.
    """
    found = Waiting()
    for lane in lanes(connection, clinic_id):
        for band in (tier for tier in Tier if tier is not Tier.DUE):
            heads = _tiers(connection, clinic_id, lane, band, until_ms, "")
            counts = {tier: count for tier, (count, _due) in heads.items()}
            if band is Tier.OVERDUE and sum(counts.values()) >= CAP:
                tail = _tiers(connection, clinic_id, lane, band, until_ms, " DESC")
                counts = {
                    tier: max(counts.get(tier, 0), tail[tier][0] if tier in tail else 0)
                    for tier in (*counts, *tail)
                }
            for tier, count in counts.items():
                found.counts[tier] = min(found.counts[tier] + count, CAP)
            due = sum(due for _count, due in heads.values())
            if due and lane != LEAD_LANE:
                found.due[lane, int(band)] = due
    return found


def _tiers(
    connection: Connection,
    clinic_id: int,
    lane: str,
    band: int,
    until_ms: int | None,
    direction: Literal["", " DESC"],
) -> dict[Tier, tuple[int, int]]:
    """Of the first or last rows of a lane's band, capped: how many of each tier, and how many of them are due."""
    # The order keeps PostgreSQL to the queue's index: it hopes to meet so many rows sooner in the table.
    rows = connection.execute(
        f"""SELECT tier, COUNT(*) AS n, COUNT(CASE WHEN deadline_at <= :until THEN 1 END) AS due FROM (
                SELECT tier, deadline_at FROM item WHERE clinic_id = :clinic AND lane_id = :lane
                   AND state = 'ready' AND band = :band
                 ORDER BY band{direction}, deadline_at{direction}, id{direction} LIMIT {CAP}) AS capped
             GROUP BY tier""",
        {"clinic": clinic_id, "lane": lane, "band": band, "until": -1 if until_ms is None else until_ms},
    )
    return {Tier(int(row["tier"])): (int(row["n"]), int(row["due"])) for row in rows}


def due_people(
    connection: Connection,
    clinic_id: int,
    found: Waiting,
    now_ms: int,
    until_ms: int,
    *,
    passing: bool,
    on_the_line: Collection[int] = (),
) -> int:
    """How many people (those who share a number are one) have to be called up to an instant, capped.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        found: from `waiting` with the same instant.
        now_ms: the present, epoch ms.
        until_ms: the instant, epoch ms.
        passing: count only what passes windows.
        on_the_line: contact groups in somebody's hands, who are not counted.
    """
    only = " AND passes_windows" if passing else ""
    if sum(found.due.values()) >= CAP and not passing:
        return CAP
    groups: set[int] = set()
    for (lane, band), due in found.due.items():
        rows = connection.execute(
            f"""SELECT group_id FROM item WHERE clinic_id = :clinic AND lane_id = :lane AND state = 'ready'
                   AND band = :band AND deadline_at <= :until{only}
                 ORDER BY band, deadline_at, id LIMIT {min(due, CAP)}""",
            {"clinic": clinic_id, "lane": lane, "band": band, "until": until_ms},
        )
        groups.update(int(row["group_id"]) for row in rows)
    rows = connection.execute(
        f"""SELECT group_id FROM (
                SELECT group_id, state, deadline_at, lane_id, passes_windows FROM item
                 WHERE clinic_id = :clinic AND next_change_at > :now AND next_change_at <= :until
                 ORDER BY next_change_at, id LIMIT {CAP}) AS soon
             WHERE state = 'waiting' AND deadline_at <= :until AND lane_id <> '{LEAD_LANE}'{only}""",
        {"clinic": clinic_id, "now": now_ms, "until": until_ms},
    )
    groups.update(int(row["group_id"]) for row in rows)
    return min(len(groups.difference(on_the_line)), CAP)


def callers_here(connection: Connection, clinic_id: int) -> int:
    """How many people sit at an open seat in a role that calls."""
    roles = ", ".join(f"'{role.value}'" for role in NO_CALLERS)
    rows = connection.execute(
        f"""SELECT COUNT(*) AS n FROM staff s WHERE s.clinic_id = :clinic AND s.on_duty AND EXISTS (
                SELECT 1 FROM seat t WHERE t.clinic_id = s.clinic_id AND t.staff_id = s.id
                   AND t.closed_at IS NULL AND t.role NOT IN ({roles}))""",
        {"clinic": clinic_id},
    )
    return int(rows[0]["n"])


def handling_s(connection: Connection, clinic_id: int, since_ms: int, limit: int) -> list[float]:
    """Seconds from taking a call to saving it, of the newest saved conversations since an instant (epoch ms)."""
    rows = connection.execute(
        """SELECT c.saved_at - k.started_at AS ms FROM (
                SELECT contact_id, saved_at FROM call WHERE clinic_id = :clinic AND saved_at >= :since
                   AND NOT late_draft AND amends_call_id IS NULL
                 ORDER BY saved_at DESC LIMIT :limit) AS c
             JOIN contact k ON k.id = c.contact_id""",
        {"clinic": clinic_id, "since": since_ms, "limit": limit},
    )
    return [max(0, int(row["ms"])) / 1000 for row in rows]


def held(connection: Connection, clinic_id: int) -> list[Row]:
    """Every lease of the clinic with its holder's name and the patient's, oldest first."""
    return connection.execute(
        """SELECT l.staff_id, l.group_id, l.stage, l.acquired_at, l.expires_at, l.item_id, s.name AS staff_name,
                  i.patient_id, p.name AS patient_name
             FROM contact_lease l JOIN staff s ON s.id = l.staff_id
             LEFT JOIN item i ON i.id = l.item_id LEFT JOIN patient p ON p.id = i.patient_id
            WHERE l.clinic_id = :clinic ORDER BY l.acquired_at, l.group_id""",
        {"clinic": clinic_id},
    )


# --- counts ---


def open_cases(connection: Connection, clinic_id: int, now_ms: int) -> dict[EscalationKind, tuple[int, int]]:
    """Open escalations by kind, and how many of them have a clock that ran out by now (epoch ms); capped."""
    rows = connection.execute(
        f"""SELECT kind, COUNT(*) AS n, COUNT(CASE WHEN next_clock_at <= :now THEN 1 END) AS late FROM (
                SELECT kind, next_clock_at FROM escalation WHERE clinic_id = :clinic AND status <> 'resolved'
                 ORDER BY next_clock_at NULLS LAST, id LIMIT {CAP}) AS capped
             GROUP BY kind""",
        {"clinic": clinic_id, "now": now_ms},
    )
    return {EscalationKind(row["kind"]): (int(row["n"]), int(row["late"])) for row in rows}


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
        f"SELECT 1 AS one FROM item WHERE clinic_id = :clinic AND state IN {_OPEN} AND kind = 'lead_review'",
        {"clinic": clinic_id},
    )


def skipped_count(connection: Connection, clinic_id: int, times: int) -> int:
    """Open items skipped at least so often, capped."""
    return _capped(
        connection,
        f"""SELECT 1 AS one FROM item WHERE clinic_id = :clinic AND skips >= :times AND skips > 0
               AND state IN {_OPEN} ORDER BY skips, id""",
        {"clinic": clinic_id, "times": times},
    )


def unplanned_count(connection: Connection, clinic_id: int) -> int:
    """Standing treatments from which no call was ever planned, capped."""
    return _capped(
        connection,
        """SELECT 1 AS one FROM treatment WHERE clinic_id = :clinic AND NOT planned
              AND superseded_at IS NULL ORDER BY performed_on, id""",
        {"clinic": clinic_id},
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


# --- lists ---


def items_in_state(connection: Connection, clinic_id: int, state: ItemState, limit: int) -> list[Row]:
    """Items in one state with the patient's name and the procedure, latest deadline first."""
    return connection.execute(
        f"{_ITEM} WHERE i.clinic_id = :clinic AND i.state = '{state.value}'"
        " ORDER BY i.deadline_at DESC, i.id DESC LIMIT :limit",
        {"clinic": clinic_id, "limit": limit},
    )


def lead_items(connection: Connection, clinic_id: int, limit: int) -> list[Row]:
    """Open items waiting for the lead, of the first so many the earliest deadline first."""
    ids = _ids(
        connection,
        f"""SELECT id FROM item WHERE clinic_id = :clinic AND state IN {_OPEN} AND kind = 'lead_review'
             ORDER BY state, id""",
        {"clinic": clinic_id},
    )
    return _items(connection, clinic_id, ids, limit)


def skipped_items(connection: Connection, clinic_id: int, times: int, limit: int) -> list[Row]:
    """Open items skipped at least so often, the earliest deadline first."""
    ids = _ids(
        connection,
        f"""SELECT id FROM item WHERE clinic_id = :clinic AND skips >= :times AND skips > 0
               AND state IN {_OPEN} ORDER BY skips, id""",
        {"clinic": clinic_id, "times": times},
    )
    return _items(connection, clinic_id, ids, limit)


def _ids(connection: Connection, select: str, params: Mapping[str, object]) -> list[int]:
    return [int(row["id"]) for row in connection.execute(f"{select} LIMIT {CAP}", params)]


def _items(connection: Connection, clinic_id: int, ids: Sequence[int], limit: int) -> list[Row]:
    if not ids:
        return []
    listed = ", ".join(str(int(one)) for one in ids)
    rows = connection.execute(
        f"{_ITEM} WHERE +i.clinic_id = :clinic AND i.id IN ({listed})", {"clinic": clinic_id}
    )
    return sorted(rows, key=lambda row: (int(row["deadline_at"]), int(row["id"])))[:limit]


def unplanned(connection: Connection, clinic_id: int, limit: int) -> list[Row]:
    """Standing treatments from which no call was ever planned, the newest operation first."""
    return connection.execute(
        """SELECT t.id, t.patient_id, t.procedure, t.performed_on, p.name AS patient_name
             FROM treatment t JOIN patient p ON p.id = t.patient_id AND p.clinic_id = t.clinic_id
            WHERE t.clinic_id = :clinic AND NOT t.planned AND t.superseded_at IS NULL
            ORDER BY t.performed_on DESC, t.id DESC LIMIT :limit""",
        {"clinic": clinic_id, "limit": limit},
    )


def late_drafts(connection: Connection, clinic_id: int, limit: int) -> list[Row]:
    """Late drafts nobody has filed yet, with who typed them about whom, oldest first; not what was typed."""
    return connection.execute(
        """SELECT d.id, d.patient_id, d.updated_at, s.name AS staff_name, p.name AS patient_name
             FROM draft d JOIN staff s ON s.id = d.staff_id
             LEFT JOIN patient p ON p.id = d.patient_id AND p.clinic_id = d.clinic_id
            WHERE d.clinic_id = :clinic AND d.status = 'late' ORDER BY d.id LIMIT :limit""",
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
