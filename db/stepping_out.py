"""What keeps a person at her seat: raw SQL, in a unit of work."""

from __future__ import annotations

from dataclasses import dataclass

from db.connect import Connection


@dataclass(frozen=True, slots=True)
class Kept:
    """What a person would leave behind.

    Args:
        holds: leases in her name: those that have not run out, and those with a number dialled, however long ago.
        drafts: calls of hers that are not saved.
        promise_at: when the earliest callback she promised to make herself is due, epoch ms; None without one.
    """

    holds: int
    drafts: int
    promise_at: int | None


def kept(connection: Connection, clinic_id: int, staff_id: int, now_ms: int, until_ms: int) -> Kept:
    """Read what keeps a person.

    Args:
        connection: inside a unit of work.
        clinic_id, staff_id: whose.
        now_ms: epoch ms; a lease that ran out by then is no more hers, unless a number was dialled.
        until_ms: epoch ms; a promise due by then counts.
    """
    row = connection.execute(
        """
        SELECT (SELECT COUNT(*) FROM contact_lease WHERE clinic_id = :clinic AND staff_id = :staff
                AND (expires_at > :now OR stage <> 'preview')) AS holds,
               (SELECT COUNT(*) FROM draft WHERE clinic_id = :clinic AND staff_id = :staff
                AND status IN ('open', 'late')) AS drafts,
               (SELECT MIN(p.at) FROM promise p WHERE p.clinic_id = :clinic AND p.status = 'open'
                AND p.at <= :until AND p.mine_staff_id = :staff) AS promise_at
        """,
        {"clinic": clinic_id, "staff": staff_id, "now": now_ms, "until": until_ms},
    )[0]
    promise_at = row["promise_at"]
    return Kept(int(row["holds"]), int(row["drafts"]), None if promise_at is None else int(promise_at))
