"""`aftercall db ...` on both databases."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from pathlib import Path

import pytest

from db import audit, schema, seal_key
from db.connect import Database, unit_of_work
from tests.cli.conftest import Run
from tests.clinic import PIN, SampleClinic
from tests.db.test_audit import _tamper, _write  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("empty_database", ["sqlite", "postgresql"], indirect=True)
def test_init_without_a_terminal_takes_defaults_and_tells_the_pin_once(
    run: Run, empty_database: Database
) -> None:
    done = run("db", "init", "--json", "--db", empty_database.url)
    made = done.document
    assert done.code == 0
    assert (made["clinic"], made["zone"], made["lead"], made["go_live"]) == (
        "Clinic",
        "Asia/Shanghai",
        "lead",
        None,
    )
    assert len(made["first_pin"]) == 6
    assert stat.S_IMODE(Path(made["seal_key"]).stat().st_mode) == 0o600

    again = run("db", "init", "--json", "--db", empty_database.url)
    assert (again.code, again.document["error"]["code"]) == (4, "clinic_there")
    assert run("db", "check", "--db", empty_database.url).code == 0


def test_init_takes_what_it_is_given(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCALL_PIN", PIN)
    url = f"sqlite:///{tmp_path}/deep/a.db"
    done = run(
        "db", "init", "--clinic", "上海一店", "--tz", "Asia/Taipei", "--lead", "李敏",
        "--go-live", "2026-06-01", "--json", "--db", url,
    )  # fmt: skip
    assert done.document["first_pin"] is None
    assert done.document["go_live"] == "2026-06-01"
    staff = run("staff", "list", "--staff", "李敏", "--db", url, "--json")
    assert [person["login"] for person in staff.document["staff"]] == ["李敏"]
    info = run("db", "info", "--db", url, "--json").document
    assert info["clinic"]["zone"] == "Asia/Taipei"
    assert (info["seal_key"], info["schema"]) == (True, schema.HEAD)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("--tz", "Mars/Olympus"), 2),
        (("--clinic", " \u200b"), 2),
        (("--lead", "x" * 99), 2),
    ],
)
def test_a_refused_init_leaves_nothing_behind(
    run: Run, tmp_path: Path, argv: tuple[str, ...], code: int
) -> None:
    assert run("db", "init", *argv, "--db", f"sqlite:///{tmp_path}/x/a.db").code == code
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "command", [("db", "check"), ("db", "upgrade"), ("db", "backup"), ("policy", "show")]
)
def test_a_missing_database_is_3(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run(*command, "--db", f"sqlite:///{tmp_path}/none.db")
    assert (done.code, done.out) == (3, "")
    assert "aftercall db init" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_network_path_is_2_and_a_newer_schema_3(run: Run, clinic: SampleClinic) -> None:
    done = run("db", "info", "--db", "sqlite://host/share/a.db", "--json")
    assert (done.code, done.document["error"]["code"]) == (2, "network_path")
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in (("db", "check"), ("db", "upgrade"), ("db", "backup"), ("staff", "list")):
        done = run(*command, "--db", clinic.database.url, "--json")
        assert (done.code, done.document["error"]["code"]) == (3, "schema_newer")


def test_an_unreachable_server_is_3_and_the_password_is_never_shown(run: Run) -> None:
    done = run("db", "check", "--db", "postgresql://u:sesame@127.0.0.1:9/x", "--json")
    assert (done.code, done.document["error"]["code"]) == (3, "server_unreachable")
    assert "sesame" not in done.out + done.err


def test_check_verifies_then_seals(run: Run, clinic: SampleClinic) -> None:
    _write(clinic, 3)
    first = run("db", "check", "--db", clinic.database.url, "--json").document
    assert first["ok"]
    assert first["audit"] == {
        "key": True, "rows": 0, "seals": 0, "unsealed": 0, "sealed_now": 3, "damage": [],
    }  # fmt: skip
    assert run("db", "check", "--db", clinic.database.url, "--json").document["audit"]["rows"] == 3

    _tamper(clinic.database, "UPDATE audit SET action = 'x' WHERE id = (SELECT MIN(id) FROM audit)")
    done = run("db", "check", "--db", clinic.database.url, "--json")
    assert done.code == 3
    assert done.document["audit"]["damage"][0]["code"] == "changed"


def test_check_takes_a_restored_backup_when_told(run: Run, clinic: SampleClinic) -> None:
    _write(clinic, 1)
    audit.seal(clinic.database, clinic.clinic_id, clinic.now)
    _tamper(clinic.database, "DELETE FROM audit", "DELETE FROM audit_seal")
    assert run("db", "check", "--db", clinic.database.url).code == 3
    assert run("db", "check", "--after-restore", "--db", clinic.database.url).code == 0
    assert run("db", "check", "--db", clinic.database.url).code == 0


def test_check_sees_broken_references(run: Run, sqlite_database: Database) -> None:
    from datetime import UTC, datetime

    from tests.clinic import make_clinic

    make_clinic(sqlite_database, datetime(2026, 6, 15, tzinfo=UTC))
    path = sqlite_database.address.path
    assert path is not None
    other = sqlite3.connect(path)
    other.execute("INSERT INTO contact_group (clinic_id, created_at) VALUES (99, 1)")
    other.commit()
    other.close()
    done = run("db", "check", "--db", sqlite_database.url, "--json")
    assert done.code == 3
    assert done.document["references"] == ["contact_group 1 -> clinic"]


def test_a_backup_is_private_whole_and_never_overwrites(
    run: Run, sqlite_database: Database, tmp_path: Path
) -> None:
    from datetime import UTC, datetime

    from tests.clinic import make_clinic

    clinic = make_clinic(sqlite_database, datetime(2026, 6, 15, tzinfo=UTC))
    _write(clinic, 5)
    copy = tmp_path / "copy.db"
    done = run("db", "backup", copy, "--db", sqlite_database.url, "--json")
    assert done.code == 0
    assert done.document["bytes"] == copy.stat().st_size
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(entry.name for entry in tmp_path.iterdir() if "copy" in entry.name) == ["copy.db"]
    other = Database.at(copy)
    schema.expect_head(other)
    assert other.connection().execute("SELECT COUNT(*) AS n FROM audit") == [{"n": 5}]
    other.close()

    again = run("db", "backup", copy, "--db", sqlite_database.url, "--json")
    assert (again.code, again.document["error"]["code"]) == (2, "backup_there")
    assert clinic.rows("SELECT action FROM audit ORDER BY id DESC LIMIT 1") == [{"action": "db.backup"}]
    beside = run("db", "backup", "--db", sqlite_database.url, "--json").document["file"]
    assert Path(beside).parent == (sqlite_database.address.path or copy).parent


def test_a_backup_while_others_write_is_consistent(sqlite_database: Database, tmp_path: Path) -> None:
    import threading

    from db.backup import backup

    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with unit_of_work(sqlite_database) as connection:
                for _ in range(2):
                    connection.insert("clinic", {"name": str(number), "zone": "UTC", "created_at": 1})
            number += 1
        sqlite_database.connection().close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            backup(sqlite_database, tmp_path / f"{number}.db")
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        copy = sqlite3.connect(tmp_path / f"{number}.db")
        assert copy.execute("SELECT COUNT(*) % 2 FROM clinic").fetchone() == (0,)
        copy.close()


def test_a_database_another_holds_for_a_moment_opens_all_the_same(sqlite_database: Database) -> None:
    import threading

    from db.drivers import BUSY_TIMEOUT_MS

    path = sqlite_database.address.path
    assert path is not None
    sqlite_database.close()
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    # As while the last user of the file closes it, or the first one recovers it.
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    later = threading.Timer(10 * BUSY_TIMEOUT_MS / 1000, holder.close)
    later.start()
    try:
        assert sqlite_database.connection().execute("SELECT COUNT(*) AS number FROM clinic")[0]["number"] == 0
    finally:
        later.join()


def test_a_backup_that_cannot_be_written_leaves_nothing(
    run: Run, sqlite_database: Database, tmp_path: Path
) -> None:
    done = run("db", "backup", tmp_path / "none" / "a.db", "--db", sqlite_database.url, "--json")
    assert (done.code, done.document["error"]["code"]) == (3, "backup_unwritable")


def test_a_server_is_backed_up_by_its_own_tool(run: Run, postgres_database: Database) -> None:
    done = run("db", "backup", "--db", postgres_database.url, "--json")
    assert (done.code, done.document["error"]["code"]) == (2, "backup_of_server")
    assert "pg_dump --format=custom" in json.dumps(done.document)
    assert "password" not in done.out


def test_upgrade_of_a_current_database_does_nothing(run: Run, database: Database) -> None:
    done = run("db", "upgrade", "--db", database.url, "--json")
    assert done.code == 0
    assert (done.document["from"], done.document["to"], done.document["backup"]) == (
        schema.HEAD, schema.HEAD, None,
    )  # fmt: skip


def test_the_seal_key_may_stay_in_the_environment(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(seal_key.ENV, "ab" * 32)
    run("db", "init", "--db", f"sqlite:///{tmp_path}/a.db", "--json")
    assert "seal-key" not in " ".join(os.listdir(tmp_path))
    assert run("db", "check", "--db", f"sqlite:///{tmp_path}/a.db", "--json").document["audit"]["key"]
