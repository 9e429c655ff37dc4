"""The schema: up, down, no drift, equal to the golden dump; what is said of other schemas."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from db import schema
from db.connect import Database, reading, unit_of_work
from db.engine import make_engine, session
from db.errors import (
    Conflict,
    DatabaseCorrupt,
    DatabaseLocked,
    DatabaseMissing,
    DatabaseNewer,
    DatabaseOlder,
    DatabaseReadOnly,
    DatabaseUnreachable,
    NetworkPath,
    WrongUse,
)
from db.migrations.batch import altering
from db.models import Clinic, ClinicTable, metadata
from db.paths import file_system_of
from tests.clinic import SampleClinic
from tests.db.schema_dump import dump

DATA = Path(__file__).parent.parent / "data"


def test_the_schema_equals_the_golden_dump(database: Database, pytestconfig: pytest.Config) -> None:
    golden = DATA / f"schema.{database.dialect}.sql"
    found = dump(database)
    if pytestconfig.getoption("--update-golden"):
        golden.write_text(found, encoding="utf-8")

    assert found == golden.read_text(encoding="utf-8")


def test_the_models_and_the_database_do_not_drift_apart(database: Database) -> None:
    assert schema.drift(database) == []


def test_drift_is_seen(database: Database) -> None:
    with unit_of_work(database) as connection:
        connection.execute("DROP INDEX ix_item_ready")

    assert any("ix_item_ready" in difference for difference in schema.drift(database))


@pytest.mark.parametrize("empty_database", ["sqlite", "postgresql"], indirect=True)
def test_down_and_up_again_gives_the_same_schema(empty_database: Database) -> None:
    assert schema.upgrade(empty_database) is None
    first = dump(empty_database)
    assert schema.upgrade(empty_database) == schema.HEAD

    schema.downgrade(empty_database)
    with reading(empty_database) as connection:
        assert schema._tables(connection) == {"alembic_version"}  # pyright: ignore[reportPrivateUsage]
    assert schema.current(empty_database) is None

    schema.upgrade(empty_database)
    assert dump(empty_database) == first


def test_every_table_but_clinic_belongs_to_a_clinic_and_never_reuses_an_id(sqlite_database: Database) -> None:
    for table in metadata.tables.values():
        if table.name == "clinic":
            continue
        assert not table.c.clinic_id.nullable
        for index in table.indexes:
            assert next(iter(index.columns)).name == "clinic_id", index.name
        for constraint in table.constraints:
            if isinstance(constraint, sa.UniqueConstraint):
                assert next(iter(constraint.columns)).name == "clinic_id", constraint.name
    with reading(sqlite_database) as connection:
        rows = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            " AND name <> 'alembic_version' AND sql NOT LIKE '%AUTOINCREMENT%'"
        )
    assert rows == []
    assert issubclass(ClinicTable, object)


def test_sqlite_is_told_what_to_expect_of_every_index_and_keeps_it(clinic: SampleClinic) -> None:
    if clinic.database.dialect != "sqlite":
        return
    connection = clinic.database.connection()
    told = {
        str(row["idx"]): [int(part) for part in str(row["stat"]).split()]
        for row in connection.execute("SELECT idx, stat FROM sqlite_stat1")
    }
    for row in connection.execute(
        'SELECT i.name, i."unique" AS one, (SELECT COUNT(*) FROM pragma_index_info(i.name)) AS columns '
        "FROM sqlite_master m JOIN pragma_index_list(m.name) i "
        "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
    ):
        counts = told.pop(str(row["name"]))
        assert len(counts) == row["columns"] + 1
        assert counts == sorted(counts, reverse=True), row["name"]
        assert not row["one"] or counts[-1] == 1
    assert told == {}
    # All rows of an answer are the clinic's; few are of one call.
    stat = "SELECT stat FROM sqlite_stat1 WHERE idx = 'ix_answer_clinic_id_call_id'"
    whole, of_clinic, of_call = map(int, str(connection.execute(stat)[0]["stat"]).split())
    assert whole == of_clinic > 1000 * of_call


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET action = 'x'",
        "DELETE FROM audit",
        "UPDATE policy_version SET document = ''",
        "DELETE FROM policy_version",
    ],
)
def test_append_only_tables_refuse_change(clinic: SampleClinic, sql: str) -> None:
    clinic.signed_in()

    with pytest.raises(Conflict) as caught, unit_of_work(clinic.database) as connection:
        connection.execute(sql)

    assert caught.value.code == "append_only"
    assert clinic.count("audit") == 1


def test_postgres_refuses_to_empty_the_audit_trail(postgres_database: Database) -> None:
    with pytest.raises(Conflict), unit_of_work(postgres_database) as connection:
        connection.execute("TRUNCATE audit")


def test_the_hot_query_walks_its_index(sqlite_database: Database) -> None:
    with reading(sqlite_database) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT id FROM item WHERE state = 'ready' AND clinic_id = 1"
            " AND lane_id = 'pool:zh' ORDER BY band, deadline_at, id LIMIT 1"
        )
    assert [row["detail"] for row in plan] == [
        "SEARCH item USING INDEX ix_item_ready (clinic_id=? AND lane_id=?)"
    ]


def test_a_batch_migration_keeps_what_sqlites_rebuild_forgets(clinic: SampleClinic) -> None:
    database = clinic.database
    clinic.signed_in()
    before = dump(database)
    database.close()
    with make_engine(database).begin() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        with Operations.context(context):
            for table in ("audit", "item"):
                with altering(table) as batch:
                    batch.add_column(sa.Column("extra", sa.Text(), nullable=True))
            for table in ("audit", "item"):
                with altering(table) as batch:
                    batch.drop_column("extra")

    after = dump(database)
    assert sorted(_words(after)) == sorted(_words(before))
    with pytest.raises(Conflict), unit_of_work(database) as connection:
        connection.execute("DELETE FROM audit")


def _words(text: str) -> list[str]:
    """Statements without layout and quotes, which a rebuild changes, and without the order inside a table."""
    found: list[str] = []
    for line in text.replace('"', "").replace("DEFAULT (FALSE)", "DEFAULT FALSE").splitlines():
        line = " ".join(line.split()).strip(",;() ")
        if line:
            found.append(line)
    return found


def test_a_session_works_inside_a_unit_and_leaves_the_commit_to_it(database: Database) -> None:
    with pytest.raises(KeyError), unit_of_work(database) as connection:
        with session(connection) as forms:
            forms.add(Clinic(name="a", zone="UTC", created_at=1))
        assert connection.execute("SELECT name FROM clinic") == [{"name": "a"}]
        raise KeyError

    with unit_of_work(database) as connection, session(connection) as forms:
        clinic = Clinic(name="b", zone="UTC", created_at=1)
        forms.add(clinic)
        forms.flush()
        assert clinic.id is not None
    with reading(database) as connection:
        assert connection.execute("SELECT name FROM clinic") == [{"name": "b"}]
        with pytest.raises(RuntimeError), session(connection):
            pass


def test_a_missing_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing) as caught:
        schema.open_database(f"sqlite:///{tmp_path}/none.db")
    assert caught.value.code == "database_missing"
    assert not (tmp_path / "none.db").exists()


def test_a_missing_postgres_database(postgres_server: str) -> None:
    with pytest.raises(DatabaseMissing):
        schema.open_database(postgres_server.replace("/postgres?", "/nothing_here?"))


@pytest.mark.parametrize("empty_database", ["sqlite", "postgresql"], indirect=True)
def test_an_empty_database(empty_database: Database) -> None:
    empty_database.create()
    with pytest.raises(DatabaseMissing) as caught:
        schema.expect_head(empty_database)
    assert caught.value.code == "database_empty"


@pytest.mark.parametrize("empty_database", ["sqlite", "postgresql"], indirect=True)
def test_somebody_elses_database_is_left_alone(empty_database: Database) -> None:
    empty_database.create()
    empty_database.connection().execute("CREATE TABLE thing (a INTEGER)")
    for attempt in (schema.expect_head, schema.upgrade):
        with pytest.raises(DatabaseCorrupt) as caught:
            attempt(empty_database)
        assert caught.value.code == "not_our_database"


def test_a_newer_schema_is_refused_and_not_touched(database: Database) -> None:
    with unit_of_work(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for attempt in (schema.expect_head, schema.upgrade):
        with pytest.raises(DatabaseNewer) as caught:
            attempt(database)
        assert caught.value.params["found"] == "9999"
        assert caught.value.exit_code == 3


def test_an_older_schema_asks_for_an_upgrade(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "KNOWN", (*schema.KNOWN, "9999"))
    monkeypatch.setattr(schema, "HEAD", "9999")
    with pytest.raises(DatabaseOlder) as caught:
        schema.expect_head(database)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("damage", ["not a database", "torn"])
def test_a_corrupt_file(sqlite_template: Path, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.db"
    if damage == "torn":
        shutil.copyfile(sqlite_template, path)
        content = bytearray(path.read_bytes())
        content[100:4096] = b"\xff" * 3996
        path.write_bytes(content)
    else:
        path.write_text("this is a text file, long enough to look at\n" * 30)
    with pytest.raises(DatabaseCorrupt) as caught:
        schema.open_database(f"sqlite:///{path}")
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://host/share/a.db",
        "sqlite://///host/share/a.db",
        r"sqlite:///\\host\share\a.db",
        "sqlite:////\\host/a.db",
    ],
)
def test_a_network_path_is_refused(url: str) -> None:
    with pytest.raises(NetworkPath) as caught:
        Database(url)
    assert caught.value.exit_code == 2


def test_a_network_mount_is_recognised_by_its_longest_mount_point() -> None:
    mounts = (
        "/dev/vda / ext4 rw 0 0\n"
        "server:/x /srv/share\\040one nfs4 rw 0 0\n"
        "//pc/c /srv/share\\040one/cifs cifs rw 0 0\n"
        "tmpfs /srv/share\\040one/local tmpfs rw 0 0\n"
        "broken line\n"
    )
    assert file_system_of("/home/a.db", mounts) == "ext4"
    assert file_system_of("/srv/share one/a.db", mounts) == "nfs4"
    assert file_system_of("/srv/share one/cifs/deep/a.db", mounts) == "cifs"
    assert file_system_of("/srv/share one/local/a.db", mounts) == "tmpfs"
    assert file_system_of("/srv/share oneself/a.db", mounts) == "ext4"


def test_a_file_on_a_network_mount_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.paths.file_system_of", lambda _path, _mounts: "nfs4")
    with pytest.raises(NetworkPath):
        Database(f"sqlite:///{tmp_path}/a.db")


@pytest.mark.parametrize(
    "url", ["", "a.db", "mysql://h/d", "sqlite://", "sqlite:///", "sqlite:///:memory:", "postgresql://"]
)
def test_an_unreadable_address(url: str) -> None:
    with pytest.raises(WrongUse):
        Database(url)


def test_a_locked_database_says_so_and_recovers(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.drivers.RETRY_FOR_S", 0.2)
    path = sqlite_database.address.path
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseLocked) as caught, unit_of_work(sqlite_database):
        pass
    assert caught.value.exit_code == 3
    other.execute("ROLLBACK")
    other.close()
    with unit_of_work(sqlite_database) as connection:
        connection.insert("clinic", {"name": "a", "zone": "UTC", "created_at": 1})


def test_a_locked_postgres_row_says_so(postgres_database: Database) -> None:
    import threading

    with unit_of_work(postgres_database) as connection:
        clinic_id = connection.insert("clinic", {"name": "a", "zone": "UTC", "created_at": 1})
    found: list[BaseException] = []

    def write() -> None:
        try:
            with unit_of_work(postgres_database) as other:
                other.execute("SET LOCAL lock_timeout = '100ms'")
                other.execute("UPDATE clinic SET name = 'b' WHERE id = :id", {"id": clinic_id})
        except DatabaseLocked as error:
            found.append(error)

    with unit_of_work(postgres_database) as connection:
        connection.execute("UPDATE clinic SET name = 'c' WHERE id = :id", {"id": clinic_id})
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert [type(error) for error in found] == [DatabaseLocked]


_AS_NOBODY = """
import os, sys
from db import schema
from db.connect import unit_of_work
from db.errors import RecordError
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    database = schema.open_database(sys.argv[1])
    with unit_of_work(database) as connection:
        connection.insert("clinic", {"name": "a", "zone": "UTC", "created_at": 1})
    print("written")
except RecordError as error:
    print(type(error).__name__, error.code, error.exit_code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file modes")
@pytest.mark.parametrize(
    ("mode", "expected"),
    [(0o444, "DatabaseReadOnly database_read_only 3"), (0o000, "DatabaseUnreachable cannot_open 3")],
)
def test_a_file_we_may_not_write_or_not_even_read(sqlite_template: Path, mode: int, expected: str) -> None:
    import tempfile

    # The tests' own folder is closed to others, which is the point of it.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "a.db"
        shutil.copyfile(sqlite_template, path)
        path.chmod(mode)
        done = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, f"sqlite:///{path}"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
        )
        assert done.stdout.strip() == expected, done.stderr


def test_errors_of_a_read_only_database_have_their_class() -> None:
    assert DatabaseReadOnly("x").exit_code == DatabaseUnreachable("x").exit_code == 3


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        Database("postgresql://somebody:secret@127.0.0.1:9/x").connection()
    assert "secret" not in f"{caught.value.params}{Database('postgresql://a:secret@h/x')!r}"


def test_opening_a_database_loads_no_heavy_library(sqlite_database: Database) -> None:
    code = (
        "import sys; from db import schema; schema.open_database(sys.argv[1]);"
        "print([n for n in ('sqlalchemy', 'sqlmodel', 'pydantic', 'alembic', 'psycopg', 'platformdirs')"
        " if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, sqlite_database.url], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
