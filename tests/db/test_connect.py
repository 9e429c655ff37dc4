"""Connections, transactions and what they turn errors into, on both databases."""

from __future__ import annotations

import os
import pickle
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from db import drivers, schema
from db.connect import Connection, Database, reading, unit_of_work
from db.enums import PhoneStatus
from db.errors import Conflict, DatabaseLocked, DatabaseReadOnly, DatabaseUnreachable


def _clinic(database: Database, name: str = "a") -> int:
    with unit_of_work(database) as connection:
        return connection.insert("clinic", {"name": name, "zone": "Asia/Shanghai", "created_at": 1})


def _count(database: Database) -> int:
    with reading(database) as connection:
        return int(connection.execute("SELECT COUNT(*) AS n FROM clinic")[0]["n"])


def test_a_unit_of_work_commits_at_its_end_and_rolls_back_on_error(database: Database) -> None:
    _clinic(database)

    with pytest.raises(KeyError), unit_of_work(database) as connection:
        connection.insert("clinic", {"name": "b", "zone": "UTC", "created_at": 1})
        raise KeyError

    assert _count(database) == 1


def test_a_unit_of_work_inside_another_is_refused_and_changes_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError, match="already open"), unit_of_work(database), unit_of_work(database):
        pass

    assert _clinic(database) > 0


def test_placeholders_literals_casts_and_percent_signs_mean_the_same_on_both(database: Database) -> None:
    with reading(database) as connection:
        rows = connection.execute(
            "SELECT ':x' AS literal, CAST(:x AS TEXT) AS given, 'it''s :y' AS quoted, 7 % 4 AS rest, "
            "CASE WHEN 'a%b' LIKE 'a%' THEN 1 ELSE 0 END AS matched",
            {"x": "值"},
        )

    assert rows == [{"literal": ":x", "given": "值", "quoted": "it's :y", "rest": 3, "matched": 1}]


def test_days_booleans_and_enums_are_taken_and_datetimes_refused(database: Database) -> None:
    with unit_of_work(database) as connection:
        clinic_id = connection.insert(
            "clinic",
            {"name": "a", "zone": "UTC", "created_at": 1, "go_live": date(2026, 6, 1), "is_demo": True},
        )
        rows = connection.execute(
            "SELECT go_live, is_demo FROM clinic WHERE id = :id AND is_demo AND NOT is_test"
            " AND go_live >= :day",
            {"id": clinic_id, "day": date(2026, 6, 1)},
        )
        assert [str(row["go_live"]) for row in rows] == ["2026-06-01"]
        assert connection.execute("SELECT CAST(:s AS TEXT) AS s", {"s": PhoneStatus.LIVE}) == [{"s": "live"}]
        with pytest.raises(TypeError):
            connection.execute(
                "SELECT :at AS at",
                {"at": datetime(2026, 1, 1)},
            )


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"login": "li"}, "already_there"),
        ({"login": None}, "value_missing"),
        ({"login": "b", "clinic_id": 999}, "not_there"),
    ],
)
def test_a_broken_constraint_is_a_conflict_without_the_drivers_words(
    database: Database, values: dict[str, object], code: str
) -> None:
    clinic_id = _clinic(database)
    row = {"clinic_id": clinic_id, "login": "li", "name": "张三", "pin_hash": "", "created_at": 1}
    with unit_of_work(database) as connection:
        connection.insert("staff", row)

    with pytest.raises(Conflict) as caught, unit_of_work(database) as connection:
        connection.insert("staff", {**row, **values})

    assert caught.value.code == code
    assert caught.value.__suppress_context__
    assert "张三" not in f"{caught.value!r}{caught.value.params}"


def test_a_value_outside_its_vocabulary_is_refused(database: Database) -> None:
    clinic_id = _clinic(database)
    with unit_of_work(database) as connection:
        staff_id = connection.insert(
            "staff", {"clinic_id": clinic_id, "login": "li", "name": "李", "pin_hash": "", "created_at": 1}
        )

    with pytest.raises(Conflict) as caught, unit_of_work(database) as connection:
        connection.insert(
            "seat",
            {"clinic_id": clinic_id, "staff_id": staff_id, "role": "king", "opened_at": 1, "seen_at": 1},
        )

    assert caught.value.code == "value_not_allowed"


def test_insert_many_execute_many_and_changed(database: Database) -> None:
    with unit_of_work(database) as connection:
        connection.insert_many("clinic", [{"name": str(n), "zone": "UTC", "created_at": n} for n in range(5)])
        connection.insert_many("clinic", [])
        connection.execute_many(
            "UPDATE clinic SET name = :name WHERE created_at = :n",
            [{"n": 0, "name": "x"}, {"n": 1, "name": "x"}],
        )
        assert connection.changed("DELETE FROM clinic WHERE name = :name", {"name": "x"}) == 2

    assert _count(database) == 3


def test_a_column_name_is_never_taken_from_data(database: Database) -> None:
    with pytest.raises(ValueError, match="not a column"), unit_of_work(database) as connection:
        connection.insert("clinic", {'name") VALUES (1); --': 1})


def test_data_version_moves_only_when_another_connection_commits(database: Database) -> None:
    _clinic(database)
    with reading(database) as connection:
        before = connection.data_version()
        assert connection.data_version() == before
        writer = threading.Thread(target=lambda: (_clinic(database, "b"), database.connection().close()))
        writer.start()
        writer.join()
        assert connection.data_version() != before


def test_writers_on_many_threads_wait_for_each_other(database: Database) -> None:
    def write() -> None:
        for _ in range(25):
            _clinic(database)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert _count(database) == 150


def test_a_handle_works_again_after_close_and_travels_to_another_process(database: Database) -> None:
    _clinic(database)
    database.close()

    assert _count(database) == 1
    copy = pickle.loads(pickle.dumps(database))
    assert copy == database
    assert hash(copy) == hash(database)
    assert _count(copy) == 1
    copy.close()


def test_the_databases_clock_is_close_to_ours(database: Database) -> None:
    with reading(database) as connection:
        assert abs(connection.now_ms() / 1000 - datetime.now().timestamp()) < 60  # noqa: DTZ005  an instant


def test_sqlite_files_are_private_and_durable(sqlite_database: Database) -> None:
    path = sqlite_database.address.path
    assert path is not None
    path.chmod(0o644)
    sqlite_database.close()
    _clinic(sqlite_database)

    with reading(sqlite_database) as connection:
        pragmas = {
            name: next(iter(connection.execute(f"PRAGMA {name}")[0].values()))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5}
    if os.name == "posix":
        for suffix in ("", "-wal", "-shm"):
            assert stat.S_IMODE(os.stat(f"{path}{suffix}").st_mode) == 0o600


class Recovering(sqlite3.Connection):
    """A file that another console has for itself, for a moment, after somebody's console was killed."""

    refusals = 0

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Refuse as SQLite does, then answer."""
        if self.refusals:
            self.refusals -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY_RECOVERY
            raise error
        return super().execute(sql, parameters)


def test_a_read_waits_while_another_console_recovers_the_file(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sqlite_database.address.path
    raw = sqlite3.connect(str(path), isolation_level=None, factory=Recovering)
    connection = Connection(raw, sqlite_database.address)
    raw.refusals = 5
    assert connection.execute("SELECT COUNT(*) AS n FROM clinic WHERE id > :id", {"id": 0}) == [{"n": 0}]
    assert raw.refusals == 0

    # Inside a transaction a refusal ends it: what was read before may be true no more.
    connection.begin()
    raw.refusals = 1
    with pytest.raises(DatabaseLocked):
        connection.execute("SELECT COUNT(*) AS n FROM clinic")
    connection.end("ROLLBACK")

    monkeypatch.setattr(drivers, "RETRY_FOR_S", 0.02)
    raw.refusals = 10_000
    with pytest.raises(DatabaseLocked):
        connection.execute("SELECT COUNT(*) AS n FROM clinic")
    raw.refusals = 0
    connection.close()


def test_an_upgrade_waits_while_another_console_writes(tmp_path: Path) -> None:
    schema.upgrade(Database.at(tmp_path / "a" / "aftercall.db"), schema.KNOWN[-2])
    writing = threading.Event()

    def write() -> None:
        database = Database.at(tmp_path / "a" / "aftercall.db")
        with unit_of_work(database):
            writing.set()
            time.sleep(20 * drivers.BUSY_TIMEOUT_MS / 1000)
        database.close()

    other = threading.Thread(target=write)
    other.start()
    assert writing.wait(5)
    database = Database.at(tmp_path / "a" / "aftercall.db")
    assert schema.upgrade(database) == schema.KNOWN[-2]
    other.join()
    schema.expect_head(database)
    database.close()


def test_plans_are_kept_for_one_transaction_also_when_it_fails(postgres_database: Database) -> None:
    mode = "SELECT current_setting('plan_cache_mode') AS mode"
    wrong = ("SELECT nothing", {})
    for fail in (
        lambda connection: connection.execute(*wrong),
        lambda connection: connection.execute_all([(mode, {}), wrong]),
        lambda connection: connection.execute_many("INSERT INTO nothing VALUES (:a)", [{"a": 1}]),
        lambda connection: connection.execute("SELECT :missing AS one", {}),
        lambda connection: (connection.execute(mode), 1 / 0),
    ):
        with pytest.raises(Exception), unit_of_work(postgres_database, steady=True) as connection:  # noqa: B017
            fail(connection)
        with unit_of_work(postgres_database) as connection:
            assert connection.execute(mode) == [{"mode": "auto"}]
        assert postgres_database.connection().execute(mode) == [{"mode": "auto"}]


def test_a_new_file_and_its_folder_are_private(tmp_path: os.PathLike[str]) -> None:
    database = Database(f"sqlite:///{tmp_path}/one/two/aftercall.db")
    database.create()

    path = database.address.path
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
    database.close()


def test_no_read_leaves_a_transaction_open(database: Database) -> None:
    with reading(database) as connection:
        connection.execute("SELECT * FROM clinic")
        raw = connection.raw
        idle = not raw.in_transaction if database.dialect == "sqlite" else raw.info.transaction_status == 0

    assert idle


def test_a_full_disk_is_said_and_what_was_saved_stays(sqlite_database: Database) -> None:
    _clinic(sqlite_database)
    with reading(sqlite_database) as connection:
        pages = connection.execute("PRAGMA page_count")[0]["page_count"]
        connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(DatabaseUnreachable) as caught, unit_of_work(sqlite_database) as connection:
        connection.insert("clinic", {"name": "x" * 1_000_000, "zone": "UTC", "created_at": 1})
    assert caught.value.code == "disk_full"

    sqlite_database.close()
    _clinic(sqlite_database, "b")
    assert _count(sqlite_database) == 2


def test_a_server_that_only_reads_is_said(postgres_database: Database) -> None:
    with reading(postgres_database) as connection:
        connection.execute("SET default_transaction_read_only = on")
    with pytest.raises(DatabaseReadOnly):
        _clinic(postgres_database)


def test_a_lost_server_connection_is_said_and_the_next_use_opens_another(postgres_database: Database) -> None:
    _clinic(postgres_database)
    other = Database(postgres_database.url)
    pid = postgres_database.connection().execute("SELECT pg_backend_pid() AS pid")[0]["pid"]
    other.connection().execute("SELECT pg_terminate_backend(:pid)", {"pid": pid})
    other.close()

    with pytest.raises(DatabaseUnreachable), unit_of_work(postgres_database) as connection:
        connection.execute("SELECT 1")
    assert _count(postgres_database) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_handle_does_not_survive_fork(sqlite_database: Database) -> None:
    code = (
        "import os, sys; from db.connect import Database; d = Database(sys.argv[1]); d.connection()\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    try:\n"
        "        d.connection()\n"
        "    except RuntimeError:\n"
        "        os._exit(7)\n"
        "    os._exit(0)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, sqlite_database.url], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "7"
