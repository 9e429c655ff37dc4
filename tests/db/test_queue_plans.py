"""The hot reads and the claim find their rows by index, with a few thousand items and true statistics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from console.desk import queue
from db.connect import Connection, Row, reading
from tests.clinic import SampleClinic
from tests.db.test_queue_claims import fill

Statement = tuple[str, dict[str, object]]


@pytest.fixture
def spoken(clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch) -> list[Statement]:
    """Every statement that runs from here on, on a clinic with 4,000 open items and fresh statistics."""
    fill(clinic, items=4000, patients=3600, groups=3400)
    queue.drain(clinic.database, clinic.clinic_id, clinic.now)
    # Half a year of work behind it: most rows are closed, as in a real clinic.
    with reading(clinic.database) as connection:
        connection.execute("UPDATE item SET state = 'done', next_change_at = NULL WHERE id % 4 = 0")
        connection.execute("ANALYZE")
    heard: list[Statement] = []
    plain = Connection.execute

    def listening(self: Connection, sql: str, params: Mapping[str, object] | None = None) -> list[Row]:
        heard.append((sql, dict(params or {})))
        return plain(self, sql, params)

    monkeypatch.setattr(Connection, "execute", listening)
    return heard


def _scanned(clinic: SampleClinic, spoken: list[Statement]) -> list[str]:
    """Plans that walk the item, patient, phone or contact tables row by row, of the statements heard."""
    bad: list[str] = []
    heard, seen = list(spoken), set[str]()
    for sql, params in heard:
        verb = sql.split(None, 1)[0].upper()
        if verb not in ("SELECT", "WITH", "UPDATE", "DELETE") or sql in seen:
            continue
        seen.add(sql)
        with reading(clinic.database) as connection:
            if connection.dialect == "sqlite":
                rows = connection.execute("EXPLAIN QUERY PLAN " + sql, params)
                steps = [str(row["detail"]) for row in rows]
                tables = [step for step in steps if step.startswith("SCAN")]
                bad += [f"{step} in {sql}" for step in tables if _aliased(step.split()[1], sql)]
            else:
                bad += [
                    f"{name} in {sql}" for name in _read_through(connection, sql, params) if name == "item"
                ]
                # The other tables are small here, so reading them through is cheapest: is there an index?
                connection.execute("SET enable_seqscan = off")
                bad += [f"{name} in {sql}" for name in _read_through(connection, sql, params) if name in BIG]
                connection.execute("SET enable_seqscan = on")
    return bad


BIG = {"item", "patient", "phone", "contact", "contact_item", "attempt", "call", "answer", "consent_event"}
"""Tables that grow with the years. Leases, staff and the clinic stay small: reading them through is right."""

_ALIASES = {"i": "item", "b": "item", "p": "patient", "f": "phone", "c": "contact", "ci": "contact_item"}


def _aliased(name: str, sql: str) -> bool:
    """Whether a step of SQLite's plan names a big table."""
    if name in BIG:
        return True
    return name in _ALIASES and f"{_ALIASES[name]} {name}" in sql


def _read_through(connection: Connection, sql: str, params: dict[str, object]) -> list[str]:
    plan = connection.execute("EXPLAIN (FORMAT JSON) " + sql, params)[0]["QUERY PLAN"]
    return _sequential(json.loads(plan) if isinstance(plan, str) else plan)


def _sequential(plan: object) -> list[str]:
    """Names of the tables that a PostgreSQL plan reads through."""
    if isinstance(plan, list):
        return [name for part in plan for name in _sequential(part)]
    if not isinstance(plan, dict):
        return []
    own = [str(plan["Relation Name"])] if plan.get("Node Type") == "Seq Scan" else []
    return own + [name for value in plan.values() for name in _sequential(value)]


def test_a_claim_scans_nothing(clinic: SampleClinic, spoken: list[Statement]) -> None:
    claim = queue.take_next(clinic.seat(), clinic.now)
    assert claim is not None
    queue.renew(clinic.seat(), claim, clinic.now)
    queue.release(clinic.seat(), claim, clinic.now)
    assert len(spoken) > 15
    assert "\n\n".join(_scanned(clinic, spoken)) == ""


def test_a_claim_with_the_window_closed_scans_nothing(clinic: SampleClinic, spoken: list[Statement]) -> None:
    assert queue.take_next(clinic.seat(), clinic.now.replace(hour=9)) is None
    assert "\n\n".join(_scanned(clinic, spoken)) == ""


def test_the_top_fifty_and_the_header_scan_nothing(clinic: SampleClinic, spoken: list[Statement]) -> None:
    rows = queue.page(clinic.seat(), clinic.now, None, 50)
    assert len(queue.page(clinic.seat(), clinic.now, rows[-1].key, 50)) == 50
    assert queue.header(clinic.seat(), clinic.now).takeable == 1000
    assert "\n\n".join(_scanned(clinic, spoken)) == ""


def test_a_drain_and_why_scan_nothing(clinic: SampleClinic, spoken: list[Statement]) -> None:
    later = clinic.now + timedelta(hours=12)
    queue.why(clinic.seat(), 50, clinic.now)
    with reading(clinic.database) as connection:
        connection.execute("UPDATE item SET next_change_at = 1 WHERE id < 30")
    queue.drain(clinic.database, clinic.clinic_id, later)
    assert [plan for plan in _scanned(clinic, spoken) if "id < 30" not in plan] == []


def test_the_detector_sees_a_scan(clinic: SampleClinic, spoken: list[Statement]) -> None:
    with reading(clinic.database) as connection:
        connection.execute("SELECT id FROM item WHERE flow = 'd7' ORDER BY attempts LIMIT 1")
        connection.execute("SELECT i.id FROM item i WHERE i.flow = 'd7' ORDER BY i.attempts LIMIT 1")
    assert len(set(_scanned(clinic, spoken))) == 2
