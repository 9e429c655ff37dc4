"""Clinics of 2,000 and of 200,000 patients on both databases, made once for all tests that read plans."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.connect import Database
from tests.clinic import SampleClinic
from tests.db import large

NOW = datetime(2026, 6, 15, 6, 35, tzinfo=UTC)
"""Monday 14:35 in the clinic, five minutes into the window."""

MANY = 200_000
FEW = 2_000

_names = itertools.count(1)

Make = Callable[[int], SampleClinic]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def make_many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Makes a clinic of so many patients on one of the databases."""
    made: list[Callable[[], object]] = []

    def make(people: int) -> SampleClinic:
        if request.param == "sqlite":
            folder = tmp_path_factory.mktemp("many")
            folder.chmod(0o700)
            shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "aftercall.db")
            (folder / "aftercall.db").chmod(0o600)
            database = Database.at(folder / "aftercall.db")
            made.append(lambda: _remove(database, folder))
        else:
            server: str = request.getfixturevalue("postgres_server")
            name = f"aftercall_many_{next(_names)}"
            admin = Database(server)
            admin.connection().execute(f"CREATE DATABASE {name} TEMPLATE aftercall_template")
            database = Database(server.replace("/postgres?", f"/{name}?"))
            admin.close()
            # Goes with its server at the end of the session, which ends before this does.
            made.append(database.close)
        return large.make(database, NOW, people)

    yield make
    for undo in made:
        undo()


def _remove(database: Database, folder: Path) -> None:
    database.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def many(make_many: Make) -> SampleClinic:
    """A clinic of 200,000 patients. Tests leave it as they found it, but for a few calls."""
    return make_many(MANY)


@pytest.fixture(scope="session")
def few(make_many: Make) -> SampleClinic:
    """The same clinic with 2,000 patients."""
    return make_many(FEW)
