"""What statements do to reach their rows: their plans, and how much they read, on both databases."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import pytest

from db.connect import Connection, Database, reading
from tests.clinic import SampleClinic
from tests.db import large

Statement = tuple[str, dict[str, object]]

LARGE = frozenset(large.COPIED) | {"patient_search"}
"""Tables that are large in the clinics of these tests."""

GROWING = LARGE | {
    "appointment",
    "audit",
    "case_entry",
    "case_round",
    "consent_event",
    "contact_person",
    "draft",
    "idempotency_key",
    "imported_row",
    "observation",
    "plan_revision",
    "promise",
    "refused_row",
    "remedy",
    "service_case",
    "treatment_cycle",
    "visit",
}
"""Tables that grow with the years. Leases, staff, policies and the clinic stay small."""

_NAMED = re.compile(r'\b(?:FROM|JOIN|UPDATE|INTO)\s+"?(\w+)"?(?:\s+(?:AS\s+)?(\w+))?', re.IGNORECASE)
_CLINIC_ONLY = re.compile(r"clinic_id = '?\d+'?(::bigint)?")


@contextmanager
def heard(database: Database) -> Iterator[list[Statement]]:
    """Every statement that runs inside, of whatever connection."""
    spoken: list[Statement] = []
    plain = Connection._run  # pyright: ignore[reportPrivateUsage]

    def listening(self: Connection, sql: str, params: Mapping[str, object] | None) -> object:
        spoken.append((sql, dict(params or {})))
        return plain(self, sql, params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "_run", listening)
        yield spoken


def scans(database: Database, spoken: list[Statement]) -> str:
    """Statements that walk a growing table, or all of a clinic's rows of it, and the step that does."""
    bad: list[str] = []
    seen: set[str] = set()
    with reading(database) as connection:
        for sql, params in list(spoken):
            # The plan of an INSERT names the look-ups of its foreign keys, also those SQLite then leaves out.
            if sql.split(None, 1)[0].upper() not in ("SELECT", "WITH", "UPDATE", "DELETE") or sql in seen:
                continue
            seen.add(sql)
            look = _sqlite if connection.dialect == "sqlite" else _postgresql
            bad += [f"{step}\n    in {' '.join(sql.split())}" for step in look(connection, sql, params)]
    return "\n\n".join(bad)


def _sqlite(connection: Connection, sql: str, params: dict[str, object]) -> list[str]:
    tables = {alias or table: table for table, alias in _NAMED.findall(sql)}
    tables |= {table: table for table in tables.values()}
    # A name that a part of the statement has too: whether that reads little is for the costs to show.
    tables = {name: table for name, table in tables.items() if not re.search(rf"\)\s+AS\s+{name}\b", sql)}
    bad: list[str] = []
    for row in connection.execute("EXPLAIN QUERY PLAN " + sql, params):
        step = str(row["detail"])
        words = step.split()
        if len(words) < 2 or tables.get(words[1]) not in GROWING:
            continue
        # An index of some rows only, those that are open or broken, may be walked from its beginning.
        partial = any(f"INDEX {name} " in f"{step} " for name in _partial(connection))
        if words[0] == "SCAN" or (step.endswith("(clinic_id=?)") and not partial):
            bad.append(step)
    return bad


def _partial(connection: Connection) -> set[str]:
    sql = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
    if connection.dialect == "postgresql":
        sql = "SELECT indexname AS name FROM pg_indexes WHERE indexdef LIKE '% WHERE %'"
    return {str(row["name"]) for row in connection.execute(sql)}


def _postgresql(connection: Connection, sql: str, params: dict[str, object]) -> list[str]:
    partial = _partial(connection)
    bad = [step for table, step in _walks(_plan(connection, sql, params), partial) if table in LARGE]
    # Reading the other tables through is cheapest while they are small: is there an index for later?
    connection.execute("SET enable_seqscan = off")
    try:
        steps = _walks(_plan(connection, sql, params), partial)
        return bad + [step for table, step in steps if table in GROWING - LARGE and "Seq Scan" in step]
    finally:
        connection.execute("SET enable_seqscan = on")


def _plan(connection: Connection, sql: str, params: dict[str, object]) -> object:
    plan = connection.execute("EXPLAIN (FORMAT JSON) " + sql, params)[0]["QUERY PLAN"]
    return json.loads(plan) if isinstance(plan, str) else plan


def _walks(plan: object, partial: set[str]) -> list[tuple[str, str]]:
    """Table and step of each step that reads a table through, or an index from its beginning."""
    if isinstance(plan, list):
        return [found for part in plan for found in _walks(part, partial)]
    if not isinstance(plan, dict):
        return []
    own: list[tuple[str, str]] = []
    kind, table = str(plan.get("Node Type", "")), str(plan.get("Relation Name", ""))
    condition = str(plan.get("Index Cond", "")).strip("()")
    index = str(plan.get("Index Name", ""))
    if kind == "Seq Scan":
        own.append((table, f"Seq Scan on {table}"))
    elif (
        kind in ("Index Scan", "Index Only Scan")
        and index not in partial
        and (not condition or _CLINIC_ONLY.fullmatch(condition))
    ):
        own.append((table, f"{kind} of {index} with ({condition})"))
    return own + [found for value in plan.values() for found in _walks(value, partial)]


@dataclass
class Cost:
    """What was done inside `cost_of`: statements sent, and the work of the database for them.

    `work` is steps of SQLite's virtual machine, or on PostgreSQL index entries and rows fetched and pages
    looked at: no time, so it is the same on any machine.
    """

    statements: int = 0
    work: int = 0


_WORK = """
SELECT CAST((SELECT COALESCE(SUM(seq_tup_read + COALESCE(idx_tup_fetch, 0)), 0) FROM pg_stat_user_tables)
          + (SELECT COALESCE(SUM(idx_tup_read), 0) FROM pg_stat_user_indexes)
          + (SELECT COALESCE(SUM(heap_blks_read + heap_blks_hit + COALESCE(idx_blks_read, 0)
                                 + COALESCE(idx_blks_hit, 0)), 0) FROM pg_statio_user_tables) AS BIGINT) AS work
"""


@contextmanager
def cost_of(database: Database) -> Iterator[Cost]:
    """Counts what this thread's connection does inside."""
    cost = Cost()
    connection = database.connection()
    with heard(database) as spoken:
        if connection.dialect == "sqlite":

            def step() -> int:
                cost.work += 1
                return 0

            connection.raw.set_progress_handler(step, 1)
            try:
                yield cost
            finally:
                connection.raw.set_progress_handler(None, 1)
            cost.statements = len(spoken)
            return
        before = _work(connection)
        begun = len(spoken)
        yield cost
        cost.statements = len(spoken) - begun
        cost.work = _work(connection) - before


SETTLED: Final = 7
"""Runs after which PostgreSQL has chosen how to plan a prepared statement: it plans the first five anew."""


def settled_cost(clinic: SampleClinic, job: Callable[[SampleClinic], object]) -> Cost:
    """What a job costs a console that has been running for a while.

    On PostgreSQL its statements are prepared then, and a plan that no longer knows the values may take their
    place: what was right for this lane and this minute may have become a scan.
    """
    connection = clinic.database.connection()
    if connection.dialect == "postgresql":
        connection.raw.prepare_threshold = 0
    for _ in range(SETTLED if connection.dialect == "postgresql" else 1):
        job(clinic)
    with cost_of(clinic.database) as cost:
        job(clinic)
    return cost


def _work(connection: Connection) -> int:
    connection.execute("SELECT pg_stat_force_next_flush()")
    return int(connection.execute(_WORK)[0]["work"])
