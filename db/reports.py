"""What the figures of a day are counted from: raw SQL in a read, each through an index. Instants are epoch ms.

A patient merged into another is counted where she goes on: what was saved once stays where it was saved, so
the rows carry the record that is shown (`shown_id`, `shown_name`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from db.claims import id_list
from db.connect import Connection, Row

CHUNK: Final = 500
"""Ids in one IN list."""

DUE_MOST: Final = 50_000
TALKS_MOST: Final = 50_000
"""Rows of one read: a fortnight of a large clinic; more would be a report nobody waits for."""

_TALK: Final = """SELECT c.*, ct.incoming AS incoming, i.milestone AS milestone, i.visit_id AS visit_id,
       i.treatment_id AS treatment_id, t.procedure AS procedure, t.performed_on AS performed_on,
       s.name AS staff_name, k.id AS shown_id, k.name AS shown_name, k.external_id AS external_id,
       COALESCE(v.consultant, k.consultant) AS consultant,
       (SELECT a.channel FROM attempt a WHERE a.clinic_id = c.clinic_id AND a.contact_id = c.contact_id
         ORDER BY a.id DESC LIMIT 1) AS channel
  FROM call c
  JOIN contact ct ON ct.id = c.contact_id
  LEFT JOIN item i ON i.id = c.item_id
  LEFT JOIN treatment t ON t.id = i.treatment_id
  LEFT JOIN visit v ON v.id = i.visit_id
  LEFT JOIN staff s ON s.id = c.staff_id
  LEFT JOIN patient p ON p.id = c.patient_id
  LEFT JOIN patient k ON k.id = COALESCE(p.merged_into, p.id)"""


def dials(connection: Connection, clinic_id: int, start: int, end: int) -> list[Row]:
    """Telephone dials begun from one instant up to another, with the procedure they were about."""
    return connection.execute(
        """SELECT a.id, a.at, a.staff_id, a.result, t.procedure AS procedure FROM attempt a
             LEFT JOIN item i ON i.id = a.item_id
             LEFT JOIN treatment t ON t.id = i.treatment_id
            WHERE a.clinic_id = :clinic AND a.at >= :start AND a.at < :end AND a.channel = 'phone'
            ORDER BY a.at, a.id""",
        {"clinic": clinic_id, "start": start, "end": end},
    )


def talks(connection: Connection, clinic_id: int, start: int, end: int) -> list[Row]:
    """Conversations saved from one instant up to another, oldest first; amendments are left out."""
    return connection.execute(
        _TALK
        + """ WHERE c.clinic_id = :clinic AND c.saved_at >= :start AND c.saved_at < :end
              AND c.amends_call_id IS NULL ORDER BY c.saved_at, c.id LIMIT :most""",
        {"clinic": clinic_id, "start": start, "end": end, "most": TALKS_MOST},
    )


def talk(connection: Connection, clinic_id: int, call_id: int) -> Row | None:
    """One conversation or amendment, as `talks` gives it."""
    rows = connection.execute(
        _TALK + " WHERE c.clinic_id = :clinic AND c.id = :id", {"clinic": clinic_id, "id": call_id}
    )
    return rows[0] if rows else None


def talk_times(connection: Connection, clinic_id: int, start: int, end: int) -> list[Row]:
    """What the handling time needs of the conversations saved from one instant up to another."""
    return connection.execute(
        """SELECT c.saved_at, c.staff_id, c.started_at, c.ended_at, c.late_draft, ct.incoming AS incoming,
                  t.procedure AS procedure,
                  (SELECT a.channel FROM attempt a WHERE a.clinic_id = c.clinic_id
                      AND a.contact_id = c.contact_id ORDER BY a.id DESC LIMIT 1) AS channel
             FROM call c JOIN contact ct ON ct.id = c.contact_id
             LEFT JOIN item i ON i.id = c.item_id
             LEFT JOIN treatment t ON t.id = i.treatment_id
            WHERE c.clinic_id = :clinic AND c.saved_at >= :start AND c.saved_at < :end
              AND c.amends_call_id IS NULL LIMIT :most""",
        {"clinic": clinic_id, "start": start, "end": end, "most": TALKS_MOST},
    )


def amendments(connection: Connection, clinic_id: int, call_ids: Sequence[int]) -> list[Row]:
    """What puts some conversations right, and who did, oldest first."""
    found: list[Row] = []
    for begin in range(0, len(call_ids), CHUNK):
        names, params = id_list(tuple(call_ids[begin : begin + CHUNK]))
        found += connection.execute(
            f"""SELECT c.id, c.amends_call_id, c.summary, c.note, c.saved_at, s.name AS staff_name FROM call c
                 LEFT JOIN staff s ON s.id = c.staff_id
                WHERE c.clinic_id = :clinic AND c.amends_call_id IS NOT NULL AND c.amends_call_id IN ({names})
                ORDER BY c.id""",
            {**params, "clinic": clinic_id},
        )
    return found


def answers(
    connection: Connection, clinic_id: int, call_ids: Sequence[int], questions: Sequence[str]
) -> list[Row]:
    """Standing answers to some questions in some conversations, oldest first."""
    asked, names_of = id_list(tuple(questions), "question")
    found: list[Row] = []
    for begin in range(0, len(call_ids), CHUNK):
        names, params = id_list(tuple(call_ids[begin : begin + CHUNK]))
        found += connection.execute(
            f"""SELECT call_id, question, value FROM answer WHERE clinic_id = :clinic
                 AND call_id IN ({names}) AND question IN ({asked}) AND superseded_at IS NULL ORDER BY id""",
            {**params, **names_of, "clinic": clinic_id},
        )
    return found


def doubts(connection: Connection, clinic_id: int, call_ids: Sequence[int], code: str) -> set[int]:
    """Those of some conversations in which something was observed."""
    found: set[int] = set()
    for begin in range(0, len(call_ids), CHUNK):
        names, params = id_list(tuple(call_ids[begin : begin + CHUNK]))
        rows = connection.execute(
            f"""SELECT call_id FROM observation WHERE clinic_id = :clinic AND call_id IN ({names})
                 AND code = :code""",
            {**params, "clinic": clinic_id, "code": code},
        )
        found.update(int(row["call_id"]) for row in rows)
    return found


def due(connection: Connection, clinic_id: int, first: date, last: date) -> list[Row]:
    """Planned calls due on some days, both included, with who made each (`done_by`)."""
    part = """SELECT i.id, i.due_on, i.state, i.closed_at, i.clinical_end_at, i.owner_staff_id,
                     i.treatment_id
                FROM item i WHERE i.clinic_id = :clinic AND i.kind = 'milestone' AND i.klass {which} 'safety'
                 AND i.due_on >= :first AND i.due_on <= :last"""
    return connection.execute(
        f"""SELECT d.*, t.procedure AS procedure,
                   (SELECT ct.staff_id FROM contact_item ci JOIN contact ct ON ct.id = ci.contact_id
                     WHERE ci.clinic_id = :clinic AND ci.item_id = d.id AND ci.result = 'done'
                     ORDER BY ci.id DESC LIMIT 1) AS done_by
              FROM ({part.format(which="=")} UNION ALL {part.format(which="<>")}) AS d
              LEFT JOIN treatment t ON t.id = d.treatment_id
             ORDER BY d.due_on, d.id LIMIT :most""",
        {"clinic": clinic_id, "first": first, "last": last, "most": DUE_MOST},
    )


def cases(connection: Connection, clinic_id: int, since: int, until: int) -> list[Row]:
    """What was handed over before an instant and is open, or was closed at another one or later.

    Every clock that was met or ran out between the two belongs to one of these.
    """
    return connection.execute(
        """SELECT * FROM escalation WHERE clinic_id = :clinic AND status <> 'resolved' AND raised_at < :until
           UNION ALL
           SELECT * FROM escalation WHERE clinic_id = :clinic AND status = 'resolved'
              AND resolved_at >= :since AND raised_at < :until""",
        {"clinic": clinic_id, "since": since, "until": until},
    )


def rounds(connection: Connection, clinic_id: int, escalation_ids: Sequence[int]) -> list[Row]:
    """Earlier rounds of complaints that were opened again, oldest first."""
    found: list[Row] = []
    for begin in range(0, len(escalation_ids), CHUNK):
        names, params = id_list(tuple(escalation_ids[begin : begin + CHUNK]))
        found += connection.execute(
            f"""SELECT * FROM case_round WHERE clinic_id = :clinic AND escalation_id IN ({names}) ORDER BY id""",
            {**params, "clinic": clinic_id},
        )
    return found


def run_out(connection: Connection, clinic_id: int, escalation_ids: Sequence[int]) -> list[Row]:
    """Marks of clocks that ran out in some cases: escalation_id, clock, at; oldest first."""
    found: list[Row] = []
    for begin in range(0, len(escalation_ids), CHUNK):
        names, params = id_list(tuple(escalation_ids[begin : begin + CHUNK]))
        found += connection.execute(
            f"""SELECT escalation_id, note AS clock, at FROM escalation_event WHERE clinic_id = :clinic
                 AND escalation_id IN ({names}) AND kind = 'breached' ORDER BY id""",
            {**params, "clinic": clinic_id},
        )
    return found


def staff_names(connection: Connection, clinic_id: int) -> dict[int, str]:
    """Everybody's name, people who are gone included."""
    rows = connection.execute(
        "SELECT id, name FROM staff WHERE clinic_id = :clinic ORDER BY id", {"clinic": clinic_id}
    )
    return {int(row["id"]): str(row["name"]) for row in rows}


# --- sign-off ---


def add_signoff(
    connection: Connection, clinic_id: int, day: date, staff_id: int, figures: str, at: int
) -> int:
    """The head has seen a day's summaries: who, when, and the figures as they were (JSON)."""
    return connection.insert(
        "report_signoff",
        {"clinic_id": clinic_id, "day": day, "staff_id": staff_id, "figures": figures, "signed_at": at},
    )


def signoff(connection: Connection, clinic_id: int, day: date) -> Row | None:
    """The newest sign-off of a day, with the name of who signed."""
    rows = connection.execute(
        """SELECT r.*, s.name AS staff_name FROM report_signoff r LEFT JOIN staff s ON s.id = r.staff_id
            WHERE r.clinic_id = :clinic AND r.day = :day ORDER BY r.id DESC LIMIT 1""",
        {"clinic": clinic_id, "day": day},
    )
    return rows[0] if rows else None


# --- lists ---


def tracked_visitors(connection: Connection, clinic_id: int, first: date, last: date) -> list[Row]:
    """Calls to people who had nothing done and are tracked for long, due on some days, by consultant."""
    return connection.execute(
        """SELECT i.id, i.due_on, i.state, i.purpose, v.visited_on, v.interest, v.interest_procedure,
                  k.legal_hold AS legal_hold,
                  COALESCE(v.consultant, k.consultant) AS consultant, k.id AS patient_id,
                  k.external_id AS external_id, k.name AS shown_name,
                  (SELECT MAX(c.started_at) FROM call c WHERE c.clinic_id = i.clinic_id
                      AND c.patient_id = i.patient_id AND c.amends_call_id IS NULL) AS last_call_at
             FROM item i
             LEFT JOIN visit v ON v.id = i.visit_id
             LEFT JOIN patient p ON p.id = i.patient_id
             LEFT JOIN patient k ON k.id = COALESCE(p.merged_into, p.id)
            WHERE i.clinic_id = :clinic AND i.kind = 'milestone' AND i.klass <> 'safety'
              AND i.due_on >= :first AND i.due_on <= :last AND i.milestone = 'UC-TRACK'
              AND i.state NOT IN ('cancelled', 'superseded', 'before_start')
            ORDER BY consultant, i.due_on, i.id LIMIT :most""",
        {"clinic": clinic_id, "first": first, "last": last, "most": DUE_MOST},
    )


def people(connection: Connection, clinic_id: int, patient_ids: Sequence[int]) -> dict[int, Row]:
    """Name, the clinic's own number and consultant of some patients."""
    found: dict[int, Row] = {}
    for begin in range(0, len(patient_ids), CHUNK):
        names, params = id_list(tuple(patient_ids[begin : begin + CHUNK]))
        rows = connection.execute(
            f"""SELECT id, name AS shown_name, external_id, consultant FROM patient
                 WHERE +clinic_id = :clinic AND id IN ({names})""",
            {**params, "clinic": clinic_id},
        )
        found |= {int(row["id"]): row for row in rows}
    return found


def said(connection: Connection, clinic_id: int, start: int, end: int, questions: Sequence[str]) -> list[Row]:
    """How often each answer was given in the conversations saved from one instant up to another, by procedure."""
    asked, params = id_list(tuple(questions), "question")
    return connection.execute(
        f"""SELECT t.procedure AS procedure, a.question, a.value, COUNT(*) AS n FROM call c
             JOIN answer a ON a.clinic_id = c.clinic_id AND a.call_id = c.id
             LEFT JOIN item i ON i.id = c.item_id
             LEFT JOIN treatment t ON t.id = i.treatment_id
            WHERE c.clinic_id = :clinic AND c.saved_at >= :start AND c.saved_at < :end
              AND c.amends_call_id IS NULL AND a.superseded_at IS NULL AND a.question IN ({asked})
            GROUP BY t.procedure, a.question, a.value""",
        {**params, "clinic": clinic_id, "start": start, "end": end},
    )
