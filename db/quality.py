"""Reviews of real calls: what a draw looks at, drawn calls with their scores, improvements. Raw SQL.

A row's own instants are epoch ms; a day is the clinic's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from db.claims import id_list
from db.connect import Connection, Row
from db.reports import CHUNK

IMPROVEMENTS_MOST: Final = 200

_REVIEW: Final = """SELECT r.*, c.contact_id, c.patient_id, c.item_id, c.direction, c.outcome, c.started_at, c.ended_at,
       c.saved_at, c.track_code, c.release_hash, c.late_draft, t.procedure AS procedure, t.performed_on AS performed_on,
       s.name AS staff_name, k.id AS shown_id, k.name AS shown_name, k.external_id AS external_id,
       v.number, v.reviewer_id, v.scored_at, v.document, v.score, v.of, v.note, v.training, v.reason,
       w.name AS reviewer_name
  FROM call_review r
  JOIN call c ON c.id = r.call_id
  LEFT JOIN item i ON i.id = c.item_id
  LEFT JOIN treatment t ON t.id = i.treatment_id
  LEFT JOIN staff s ON s.id = r.staff_id
  LEFT JOIN patient p ON p.id = c.patient_id
  LEFT JOIN patient k ON k.id = COALESCE(p.merged_into, p.id)
  LEFT JOIN review_score v ON v.clinic_id = r.clinic_id AND v.call_review_id = r.id AND v.number = r.version
  LEFT JOIN staff w ON w.id = v.reviewer_id"""


# --- what a draw looks at ---


def calls(connection: Connection, clinic_id: int, start: int, end: int) -> list[Row]:
    """Conversations saved from one instant up to another, with what a draw needs; amendments are left out."""
    return connection.execute(
        """SELECT c.id, c.contact_id, c.staff_id, c.direction, c.started_at, c.ended_at, c.late_draft, c.language,
                  c.release_hash, ct.incoming AS incoming,
                  (SELECT a.channel FROM attempt a WHERE a.clinic_id = c.clinic_id AND a.contact_id = c.contact_id
                    ORDER BY a.id DESC LIMIT 1) AS channel,
                  (SELECT a.result FROM attempt a WHERE a.clinic_id = c.clinic_id AND a.contact_id = c.contact_id
                    ORDER BY a.id DESC LIMIT 1) AS result
             FROM call c JOIN contact ct ON ct.id = c.contact_id
            WHERE c.clinic_id = :clinic AND c.saved_at >= :start AND c.saved_at < :end
              AND c.amends_call_id IS NULL ORDER BY c.id""",
        {"clinic": clinic_id, "start": start, "end": end},
    )


def judged(connection: Connection, clinic_id: int, kind: str, start: int, end: int) -> list[Row]:
    """Conversations with a case to which something was done, once each: id, staff_id.

    It belongs to the day it was done on; what was done before its call was saved, to the day of the call.

    Args:
        kind: of the case's event, like "level_lowered".
        start, end: epoch ms; the end is outside.
    """
    part = """SELECT c.id AS id, c.staff_id AS staff_id FROM escalation_event v
                JOIN escalation e ON e.id = v.escalation_id AND e.clinic_id = v.clinic_id
                JOIN call c ON c.clinic_id = e.clinic_id AND c.contact_id = e.contact_id
                 AND c.amends_call_id IS NULL
               WHERE v.clinic_id = :clinic AND v.kind = :kind"""
    return connection.execute(
        f"""{part} AND v.at >= :start AND v.at < :end AND c.saved_at < :end
             UNION {part} AND v.at < :start AND c.saved_at >= :start AND c.saved_at < :end
             ORDER BY id""",
        {"clinic": clinic_id, "kind": kind, "start": start, "end": end},
    )


def skipped(connection: Connection, clinic_id: int, contact_ids: Sequence[int]) -> set[int]:
    """Those of some contacts in which a planned call was put aside."""
    found: set[int] = set()
    for begin in range(0, len(contact_ids), CHUNK):
        names, params = id_list(tuple(contact_ids[begin : begin + CHUNK]))
        rows = connection.execute(
            f"""SELECT DISTINCT contact_id AS id FROM contact_item
                 WHERE clinic_id = :clinic AND contact_id IN ({names}) AND result = 'skip'""",
            {"clinic": clinic_id, **params},
        )
        found.update(int(row["id"]) for row in rows)
    return found


def answers(connection: Connection, clinic_id: int, call_ids: Sequence[int]) -> list[Row]:
    """Every answer of some conversations with its instant, oldest first."""
    found: list[Row] = []
    for begin in range(0, len(call_ids), CHUNK):
        names, params = id_list(tuple(call_ids[begin : begin + CHUNK]))
        found += connection.execute(
            f"""SELECT call_id, question, value, concern, asked_in_group, at, superseded_at, correction_reason
                  FROM answer WHERE clinic_id = :clinic AND call_id IN ({names}) ORDER BY call_id, at, id""",
            {"clinic": clinic_id, **params},
        )
    return found


def drafts(connection: Connection, clinic_id: int, contact_ids: Sequence[int]) -> dict[int, str]:
    """The typing of some contacts' saved calls, as it was kept last."""
    found: dict[int, str] = {}
    for begin in range(0, len(contact_ids), CHUNK):
        names, params = id_list(tuple(contact_ids[begin : begin + CHUNK]))
        rows = connection.execute(
            f"""SELECT contact_id, document FROM draft WHERE clinic_id = :clinic AND contact_id IN ({names})
                   AND status = 'saved'""",
            {"clinic": clinic_id, **params},
        )
        found |= {int(row["contact_id"]): str(row["document"]) for row in rows}
    return found


# --- draws and reviews ---


def begin_draw(connection: Connection, values: Mapping[str, object]) -> bool:
    """Write down that a day is drawn; False when it was already."""
    rows = connection.execute(
        """INSERT INTO review_draw (clinic_id, day, drawn_at, staff_id, seed, calls, drawn, document)
            VALUES (:clinic_id, :day, :drawn_at, :staff_id, :seed, :calls, :drawn, :document)
            ON CONFLICT (clinic_id, day) DO NOTHING RETURNING id""",
        values,
    )
    return bool(rows)


def draws(connection: Connection, clinic_id: int, first: date, last: date) -> list[Row]:
    """Draws of some days, both included."""
    return connection.execute(
        """SELECT * FROM review_draw WHERE clinic_id = :clinic AND day >= :first AND day <= :last ORDER BY day""",
        {"clinic": clinic_id, "first": first, "last": last},
    )


def add_review(connection: Connection, values: Mapping[str, object]) -> int:
    """Insert a drawn call and return its id."""
    return connection.insert("call_review", values)


def review(connection: Connection, clinic_id: int, review_id: int) -> Row | None:
    """One review with its call, its newest score and the names."""
    rows = connection.execute(
        _REVIEW + " WHERE r.clinic_id = :clinic AND r.id = :id", {"clinic": clinic_id, "id": review_id}
    )
    return rows[0] if rows else None


def lock(connection: Connection, clinic_id: int, review_id: int) -> Row | None:
    """A review's own row, locked for the rest of the transaction."""
    rows = connection.execute(
        "SELECT * FROM call_review WHERE clinic_id = :clinic AND id = :id"
        + (" FOR UPDATE" if connection.dialect == "postgresql" else ""),
        {"clinic": clinic_id, "id": review_id},
    )
    return rows[0] if rows else None


def reviews(
    connection: Connection, clinic_id: int, first: date, last: date, *, staff_id: int | None = None
) -> list[Row]:
    """Reviews of some days, both included, the newest day on top; of one caller only when named."""
    only = "" if staff_id is None else " AND r.staff_id = :staff"
    return connection.execute(
        f"""{_REVIEW} WHERE r.clinic_id = :clinic AND r.day >= :first AND r.day <= :last{only}
             ORDER BY r.day DESC, r.id""",
        {"clinic": clinic_id, "first": first, "last": last}
        | ({} if staff_id is None else {"staff": staff_id}),
    )


def unread(connection: Connection, clinic_id: int, staff_id: int) -> int:
    """How many scored reviews a caller has not seen."""
    rows = connection.execute(
        """SELECT COUNT(*) AS n FROM call_review WHERE clinic_id = :clinic AND staff_id = :staff
              AND version > 0 AND caller_seen_at IS NULL""",
        {"clinic": clinic_id, "staff": staff_id},
    )
    return int(rows[0]["n"])


def change(connection: Connection, clinic_id: int, review_id: int, values: Mapping[str, object]) -> None:
    """Set columns of a review."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    connection.changed(
        f"UPDATE call_review SET {columns} WHERE clinic_id = :clinic_id_ AND id = :id_",
        {**values, "clinic_id_": clinic_id, "id_": review_id},
    )


def lapse(connection: Connection, clinic_id: int, at_ms: int) -> list[int]:
    """Mark reviews nobody scored in time; returns which."""
    rows = connection.execute(
        """UPDATE call_review SET status = 'lapsed' WHERE clinic_id = :clinic AND status = 'drawn'
              AND lapses_at <= :at RETURNING id""",
        {"clinic": clinic_id, "at": at_ms},
    )
    return sorted(int(row["id"]) for row in rows)


def add_score(connection: Connection, values: Mapping[str, object]) -> int:
    """Insert one scoring and return its id."""
    return connection.insert("review_score", values)


def scores(connection: Connection, clinic_id: int, review_id: int) -> list[Row]:
    """Every scoring of a review with who scored, the first on top."""
    return connection.execute(
        """SELECT v.*, s.name AS reviewer_name FROM review_score v LEFT JOIN staff s ON s.id = v.reviewer_id
            WHERE v.clinic_id = :clinic AND v.call_review_id = :id ORDER BY v.number""",
        {"clinic": clinic_id, "id": review_id},
    )


# --- improvements ---


def add_improvement(connection: Connection, values: Mapping[str, object]) -> int:
    """Insert one thing to improve and return its id."""
    return connection.insert("improvement", values)


def improvements(connection: Connection, clinic_id: int, *, owner: int | None = None) -> list[Row]:
    """What is to be improved: open ones by their day, then the newest that are over; one owner's when named."""
    only = "" if owner is None else " AND m.owner_staff_id = :owner"
    return connection.execute(
        f"""SELECT m.*, s.name AS owner_name, e.name AS ended_name FROM improvement m
              LEFT JOIN staff s ON s.id = m.owner_staff_id
              LEFT JOIN staff e ON e.id = m.ended_by
             WHERE m.clinic_id = :clinic{only}
             ORDER BY CASE WHEN m.state = 'open' THEN 0 ELSE 1 END,
                      CASE WHEN m.state = 'open' THEN m.due_on END, m.ended_at DESC, m.id LIMIT :most""",
        {"clinic": clinic_id, "most": IMPROVEMENTS_MOST} | ({} if owner is None else {"owner": owner}),
    )


def end_improvement(
    connection: Connection, clinic_id: int, improvement_id: int, values: Mapping[str, object]
) -> Row | None:
    """End an open one; None when there is none that is open."""
    rows = connection.execute(
        """UPDATE improvement SET state = :state, ended_by = :ended_by, ended_at = :ended_at, ended_note = :ended_note
            WHERE clinic_id = :clinic AND id = :id AND state = 'open' RETURNING *""",
        {**values, "clinic": clinic_id, "id": improvement_id},
    )
    return rows[0] if rows else None


# --- a month of a person ---


def visitors(connection: Connection, clinic_id: int, first: date, last: date) -> list[Row]:
    """Visits without treatment of some days, with their consultant, and when and by whom their plan was made."""
    return connection.execute(
        """SELECT v.id, v.visited_on, COALESCE(v.consultant, k.consultant) AS consultant, k.id AS patient_id,
                  k.deceased_on, r.created_at AS planned_at, r.staff_id AS planned_by,
                  (SELECT COUNT(*) FROM item i WHERE i.clinic_id = v.clinic_id AND i.patient_id = v.patient_id
                      AND i.visit_id = v.id) AS items
             FROM visit v
             JOIN patient p ON p.id = v.patient_id
             JOIN patient k ON k.id = COALESCE(p.merged_into, p.id)
             LEFT JOIN plan_revision r ON r.id = (SELECT MIN(q.id) FROM plan_revision q
                   WHERE q.clinic_id = v.clinic_id AND q.patient_id = v.patient_id AND q.visit_id = v.id)
            WHERE v.clinic_id = :clinic AND v.kind = 'unconverted' AND v.visited_on >= :first AND v.visited_on <= :last
            ORDER BY v.id""",
        {"clinic": clinic_id, "first": first, "last": last},
    )


def treated(connection: Connection, clinic_id: int, first: date, last: date) -> list[Row]:
    """Treatments of some days as `visitors` gives visits, with all a plan is made from."""
    return connection.execute(
        """SELECT t.*, COALESCE(v.consultant, k.consultant) AS consultant, k.deceased_on, k.lives_alone, k.language,
                  k.local_until, r.created_at AS planned_at, r.staff_id AS planned_by
             FROM treatment t
             JOIN patient p ON p.id = t.patient_id
             JOIN patient k ON k.id = COALESCE(p.merged_into, p.id)
             LEFT JOIN visit v ON v.id = (SELECT MIN(q.id) FROM visit q WHERE q.clinic_id = t.clinic_id
                   AND q.patient_id = t.patient_id AND q.visited_on = t.performed_on)
             LEFT JOIN plan_revision r ON r.id = (SELECT MIN(q.id) FROM plan_revision q
                   WHERE q.clinic_id = t.clinic_id AND q.patient_id = t.patient_id AND q.treatment_id = t.id)
            WHERE t.clinic_id = :clinic AND t.performed_on >= :first AND t.performed_on <= :last
              AND t.superseded_at IS NULL
            ORDER BY t.id""",
        {"clinic": clinic_id, "first": first, "last": last},
    )


def milestones(connection: Connection, clinic_id: int, first: date, last: date) -> dict[int, set[str]]:
    """Planned calls the record has of the treatments of some days, whatever became of them; superseded ones not."""
    rows = connection.execute(
        """SELECT DISTINCT i.treatment_id, i.milestone FROM treatment t
             JOIN item i ON i.clinic_id = t.clinic_id AND i.patient_id = t.patient_id AND i.treatment_id = t.id
            WHERE t.clinic_id = :clinic AND t.performed_on >= :first AND t.performed_on <= :last
              AND i.kind = 'milestone' AND i.state <> 'superseded'""",
        {"clinic": clinic_id, "first": first, "last": last},
    )
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(int(row["treatment_id"]), set()).add(str(row["milestone"]))
    return found


def late_notes(connection: Connection, clinic_id: int, start: int, end: int) -> list[Row]:
    """Conversations put on record afterwards: id, staff_id."""
    return connection.execute(
        """SELECT id, staff_id FROM call WHERE clinic_id = :clinic AND saved_at >= :start AND saved_at < :end
              AND late_draft AND amends_call_id IS NULL ORDER BY id""",
        {"clinic": clinic_id, "start": start, "end": end},
    )


# --- what was read ---


def tracks(connection: Connection, clinic_id: int, start: int, end: int) -> list[Row]:
    """Flow and contact of the conversations saved from one instant up to another."""
    return connection.execute(
        """SELECT contact_id, track_code FROM call WHERE clinic_id = :clinic AND saved_at >= :start
              AND saved_at < :end AND amends_call_id IS NULL ORDER BY id""",
        {"clinic": clinic_id, "start": start, "end": end},
    )


def concerns(connection: Connection, clinic_id: int, start: int, end: int) -> list[Row]:
    """In how many of these conversations each concern was asked about: concern, n."""
    return connection.execute(
        """SELECT a.concern, COUNT(DISTINCT a.call_id) AS n FROM call c
             JOIN answer a ON a.clinic_id = c.clinic_id AND a.call_id = c.id
            WHERE c.clinic_id = :clinic AND c.saved_at >= :start AND c.saved_at < :end
              AND c.amends_call_id IS NULL AND a.concern IS NOT NULL GROUP BY a.concern ORDER BY a.concern""",
        {"clinic": clinic_id, "start": start, "end": end},
    )
