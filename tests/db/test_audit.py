"""The audit trail: appended with its cause, sealed, and every kind of tampering seen, on both databases."""

from __future__ import annotations

import stat
import threading
from datetime import datetime

import pytest

from db import audit, seal_key
from db.connect import Connection, Database, reading, unit_of_work
from db.errors import WrongUse
from tests.clinic import SampleClinic


def _append(connection: Connection, clinic: SampleClinic, **values: object) -> None:
    audit.append(
        connection,
        clinic_id=clinic.clinic_id,
        at=clinic.now,
        staff_id=clinic.staff_ids["li"],
        seat_id=None,
        action="patient.read",
        subject_kind="patient",
        subject_id=7,
        values=values,
    )


def _write(clinic: SampleClinic, rows: int) -> None:
    for number in range(rows):
        with unit_of_work(clinic.database) as connection:
            _append(connection, clinic, phone=f"+86138000000{number}")


def _tamper(database: Database, *statements: str) -> None:
    """Change what the triggers protect, as somebody could who owns the database."""
    with unit_of_work(database) as connection:
        tables = ("audit", "audit_seal")
        if database.dialect == "sqlite":
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            for trigger in triggers:
                connection.execute(f"DROP TRIGGER {trigger['name']}")
            for statement in statements:
                connection.execute(statement)
            for trigger in triggers:
                connection.execute(str(trigger["sql"]))
            return
        for table in tables:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            connection.execute(statement)
        for table in tables:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _kinds(clinic: SampleClinic) -> list[str]:
    return [kind for kind, _first, _last in audit.verify(clinic.database, clinic.clinic_id).damage]


def test_a_row_holds_names_and_digests_and_no_value(clinic: SampleClinic) -> None:
    with unit_of_work(clinic.database) as connection:
        _append(connection, clinic, name="王小丽", phone="+8613800138000")
        _append(connection, clinic, phone="+8613800138000")

    rows = clinic.rows("SELECT * FROM audit ORDER BY id")
    assert rows[0]["fields"] == '["name", "phone"]'
    assert "王小丽" not in str(rows)
    assert "138001" not in str(rows)
    first, second = (str(row["digests"]).strip('[]"').split('", "') for row in rows)
    assert first[1] == second[0]
    assert first[0] != first[1]


def test_a_row_lives_and_dies_with_what_it_records(clinic: SampleClinic) -> None:
    with pytest.raises(KeyError), unit_of_work(clinic.database) as connection:
        _append(connection, clinic)
        raise KeyError
    assert clinic.count("audit") == 0

    with reading(clinic.database) as connection, pytest.raises(RuntimeError):
        _append(connection, clinic)


def test_sealing_in_ranges_and_checking_them(clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "SEAL_ROWS", 3)
    _write(clinic, 7)

    assert audit.seal(clinic.database, clinic.clinic_id, clinic.now) == 7
    assert audit.seal(clinic.database, clinic.clinic_id, clinic.now) == 0
    _write(clinic, 2)

    verdict = audit.verify(clinic.database, clinic.clinic_id)
    assert verdict == audit.Verdict(rows=7, seals=3, unsealed=2, damage=(), key=True)
    assert verdict.intact


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["UPDATE audit SET subject_id = 8 WHERE id = (SELECT MIN(id) + 1 FROM audit)"], "changed"),
        (["UPDATE audit SET at = at + 1 WHERE id = (SELECT MAX(id) FROM audit)"], "changed"),
        (["DELETE FROM audit WHERE id = (SELECT MIN(id) + 1 FROM audit)"], "removed"),
        (["DELETE FROM audit WHERE id = (SELECT MAX(id) FROM audit)"], "removed"),
        (
            [
                "DELETE FROM audit WHERE id >= (SELECT from_id FROM audit_seal ORDER BY id DESC LIMIT 1)",
                "DELETE FROM audit_seal WHERE id = (SELECT MAX(id) FROM audit_seal)",
            ],
            "end_removed",
        ),
        (["DELETE FROM audit", "DELETE FROM audit_seal"], "end_removed"),
        (["DELETE FROM audit_seal WHERE id = (SELECT MIN(id) + 1 FROM audit_seal)"], "seal_removed"),
        (["UPDATE audit_seal SET rows = rows - 1 WHERE id = (SELECT MIN(id) FROM audit_seal)"], "inserted"),
        (["UPDATE audit_seal SET mac = 'ff' WHERE id = (SELECT MIN(id) FROM audit_seal)"], "changed"),
    ],
)
def test_tampering_is_seen(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch, statements: list[str], expected: str
) -> None:
    monkeypatch.setattr(audit, "SEAL_ROWS", 3)
    _write(clinic, 8)
    audit.seal(clinic.database, clinic.clinic_id, clinic.now)

    _tamper(clinic.database, *statements)

    assert expected in _kinds(clinic)
    assert not audit.verify(clinic.database, clinic.clinic_id).intact


def test_a_row_slipped_in_between_is_seen(clinic: SampleClinic) -> None:
    _write(clinic, 3)
    _tamper(clinic.database, "DELETE FROM audit WHERE id = (SELECT MIN(id) + 1 FROM audit)")
    audit.seal(clinic.database, clinic.clinic_id, clinic.now)
    assert _kinds(clinic) == []

    _tamper(
        clinic.database,
        "INSERT INTO audit (id, clinic_id, at, action, subject_kind)"
        " SELECT MIN(id) + 1, MIN(clinic_id), 1, 'x', 'y' FROM audit",
    )
    assert _kinds(clinic) == ["inserted"]


def test_a_seal_made_without_the_key_is_seen(clinic: SampleClinic) -> None:
    _write(clinic, 2)
    _tamper(
        clinic.database,
        "INSERT INTO audit_seal (clinic_id, from_id, to_id, rows, mac, previous_mac, at)"
        " SELECT MIN(clinic_id), MIN(id), MAX(id), 2, 'ab', '', 1 FROM audit",
    )
    assert _kinds(clinic) == ["changed"]


def test_an_older_backup_is_seen_until_it_is_accepted(clinic: SampleClinic) -> None:
    _write(clinic, 1)
    audit.seal(clinic.database, clinic.clinic_id, clinic.now)
    _tamper(clinic.database, "DELETE FROM audit", "DELETE FROM audit_seal")
    assert _kinds(clinic) == ["end_removed"]

    audit.accept_end(clinic.database, clinic.clinic_id)

    assert _kinds(clinic) == []
    _write(clinic, 1)
    assert audit.seal(clinic.database, clinic.clinic_id, clinic.now) == 1
    assert _kinds(clinic) == []


def test_many_seats_write_while_one_seals(clinic: SampleClinic) -> None:
    database = clinic.database

    def write() -> None:
        _write(clinic, 10)
        database.connection().close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    sealed = 0
    while any(writer.is_alive() for writer in writers):
        sealed += audit.seal(database, clinic.clinic_id, clinic.now)
    sealed += audit.seal(database, clinic.clinic_id, clinic.now)

    assert sealed == 40
    assert audit.verify(database, clinic.clinic_id).intact


def test_the_key_is_a_private_file_outside_the_database(clinic: SampleClinic) -> None:
    path = seal_key.key_file(clinic.database.address)
    key = path.read_text(encoding="ascii").strip()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(bytes.fromhex(key)) == 32
    assert not seal_key.make_key(clinic.database.address)
    assert path.read_text(encoding="ascii").strip() == key
    if clinic.database.address.path is not None:
        assert key.encode() not in clinic.database.address.path.read_bytes()


def test_a_machine_without_the_key_writes_and_leaves_the_sealing_to_others(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_key, "_keys", {})
    seal_key.key_file(clinic.database.address).unlink()
    _write(clinic, 2)

    assert audit.seal(clinic.database, clinic.clinic_id, clinic.now) == 0
    verdict = audit.verify(clinic.database, clinic.clinic_id)
    assert (verdict.key, verdict.unsealed) == (False, 2)
    assert clinic.rows("SELECT digests FROM audit LIMIT 1") == [{"digests": "[]"}]


def test_the_key_may_come_from_the_environment(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setenv("AFTERCALL_SEAL_KEY", "ab" * 32)
    _write(clinic, 1)
    assert audit.seal(clinic.database, clinic.clinic_id, now) == 1
    assert audit.verify(clinic.database, clinic.clinic_id).intact

    monkeypatch.setenv("AFTERCALL_SEAL_KEY", "cd" * 32)
    assert _kinds(clinic) == ["changed"]

    monkeypatch.setenv("AFTERCALL_SEAL_KEY", "short")
    with pytest.raises(WrongUse):
        _write(clinic, 1)
