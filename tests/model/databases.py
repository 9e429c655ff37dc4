"""Where runs find an empty migrated database, again and again."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from db.connect import Database
from tests.model.run import Fresh

_names: Iterator[int] = itertools.count(1)


def sqlite(template: Path, folder: Path) -> Fresh:
    """Copies of a migrated file."""

    @contextmanager
    def fresh() -> Generator[Database]:
        path = folder / f"record{next(_names)}" / "aftercall.db"
        path.parent.mkdir(mode=0o700)
        shutil.copyfile(template, path)
        path.chmod(0o600)
        yield Database.at(path)
        shutil.rmtree(path.parent)

    return fresh


def postgresql(server: str) -> Fresh:
    """Copies of a migrated database."""

    @contextmanager
    def fresh() -> Generator[Database]:
        name = f"aftercall_model_{next(_names)}"
        admin = Database(server)
        admin.connection().execute(f"CREATE DATABASE {name} TEMPLATE aftercall_template")
        yield Database(server.replace("/postgres?", f"/{name}?"))
        admin.connection().execute(f"DROP DATABASE {name} WITH (FORCE)")
        admin.close()

    return fresh
