"""How many rows SQLite expects behind each index. It knows of an index only what `sqlite_stat1` says, and nothing in
a new file: it then takes "all rows of the clinic" for ten, and reads a table through to find one patient's.

The expectations are the same in every file, so that a statement is carried out the same way in each; their rule
of thumb is a clinic of some years. PostgreSQL counts for itself.
"""

from __future__ import annotations

from typing import Final

from db.connect import Connection

PATIENTS: Final = 50_000
"""Patients of the clinic that is expected, and their groups, numbers and visits."""
ROWS: Final = 300_000
"""Rows of a table that grows with the calls."""
_FEW: Final = {
    "clinic": 1,
    "staff": 50,
    "seat": 2000,
    "contact_lease": 20,
    "policy_version": 20,
    "script_release": 20,
    "import_batch": 200,
    "audit_seal": 2000,
    "escalation": 5000,
    "escalation_page": 5000,
    "report_duty": 200,
    "review_draw": 2000,
    "call_review": 20_000,
    "review_score": 20_000,
    "improvement": 500,
}
"""Tables that stay small."""
_OF_A_PATIENT: Final = frozenset(
    {"patient", "contact_group", "phone", "visit", "treatment", "contact_person"}
)
_DIFFERENT: Final = {
    "clinic_id": 1,
    "staff_id": 20,
    "seat_id": 200,
    "lane_id": 12,
    "band": 6,
    "tier": 7,
    "policy_version": 3,
    "kind": 6,
    "status": 4,
    "state": 6,
    "question": 60,
    "milestone": 15,
    "procedure": 20,
    "number": 4,
    "rank": 2,
}
"""Different values of a column, where they don't grow with the table; days are counted as `_DAYS`, all else as rows."""
_DAYS: Final = 700
_PARTIAL: Final = 20
"""One row in so many is in an index over some rows only."""


def expect(connection: Connection) -> None:
    """Write down what is expected of every index of an SQLite file; inside the transaction that made them.

    Args:
        connection: any connection; nothing is done on PostgreSQL.
    """
    if connection.dialect != "sqlite":
        return
    # Makes the table of expectations, which only SQLite itself may make; one row of each index is enough for that.
    connection.execute("PRAGMA analysis_limit = 1")
    connection.execute("ANALYZE")
    connection.execute("DELETE FROM sqlite_stat1")
    found = connection.execute(
        'SELECT m.name AS tab, i.name AS idx, i.partial AS part, i."unique" AS one '
        "FROM sqlite_master m JOIN pragma_index_list(m.name) i "
        "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, i.name"
    )
    connection.execute_many(
        "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:tab, :idx, :stat)",
        [{"tab": row["tab"], "idx": row["idx"], "stat": _stat(connection, **row)} for row in found],
    )
    # Read again by this connection; others read it when they open the file.
    connection.execute("ANALYZE sqlite_schema")
    connection.execute("PRAGMA analysis_limit = 0")


def _stat(connection: Connection, tab: str, idx: str, part: int, one: int) -> str:
    """Rows of the index, then for each column how many share its value and those before it."""
    whole = _FEW.get(tab, PATIENTS if tab in _OF_A_PATIENT else ROWS)
    rows = max(1, whole // _PARTIAL) if part else whole
    columns = connection.execute(
        "SELECT c.name, UPPER(t.type) AS kind FROM pragma_index_info(:idx) c "
        "LEFT JOIN pragma_table_info(:tab) t ON t.name = c.name ORDER BY c.seqno",
        {"idx": idx, "tab": tab},
    )
    left, counts = float(rows), list[int]()
    for column in columns:
        left = max(1.0, left / _different(str(column["name"]), str(column["kind"]), rows))
        counts.append(round(left))
    if one:
        counts[-1] = 1
    return " ".join(map(str, (rows, *counts)))


def _different(column: str, kind: str, rows: int) -> int:
    if column in _DIFFERENT:
        return min(rows, _DIFFERENT[column])
    if kind == "DATE":
        return min(rows, _DAYS)
    return min(rows, PATIENTS) if column in ("patient_id", "group_id") else rows
