"""What must not be loaded before the first frame is painted, measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from db.connect import Database
from tests.clinic import make_clinic

HEAVY = (
    "sqlalchemy",
    "sqlmodel",
    "pydantic",
    "phonenumbers",
    "alembic",
    "openpyxl",
    "pypinyin",
    "psycopg",
    "rich.traceback",
)
ROOT = Path(__file__).parent.parent

FIRST_FRAME = """
import asyncio, json, sys
from console import coming_and_going
from console.app import ConsoleApp
from console.config import Config
from console.screens.queue import QueueScreen
from db.connect import Database

painted = {}

async def main():
    app = ConsoleApp(Database(sys.argv[1]), config=Config(language="zh", bell=False))

    async def finish():
        await coming_and_going.show_first_look(app)
        painted["after_rows"] = sorted(sys.modules)
        painted["clinic"] = app.lookout.first.clinic
        app.exit(0)

    def begin():
        painted["screen"] = type(app.screen).__name__
        painted["modules"] = sorted(sys.modules)
        app.job(finish())

    app._begin = begin
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        for _ in range(400):
            if "after_rows" in painted:
                break
            await asyncio.sleep(0.02)

asyncio.run(main())
print(json.dumps(painted))
"""


def loaded(names: list[str]) -> set[str]:
    """Heavy packages among the names of modules."""
    return {heavy for heavy in HEAVY for name in names if name == heavy or name.startswith(heavy + ".")}


def run(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_first_frame_and_first_rows_load_nothing_heavy(sqlite_database: Database, now) -> None:
    make_clinic(sqlite_database, now)
    painted = json.loads(run(FIRST_FRAME, sqlite_database.url))
    assert painted["screen"] == "QueueScreen"
    assert painted["clinic"] == "测试诊所"
    assert loaded(painted["modules"]) == set()
    assert loaded(painted["after_rows"]) == set()


@pytest.mark.parametrize(
    "module", ["console.clean", "console.keys", "console.i18n", "db.records", "db.enums"]
)
def test_light_modules_stay_light(module: str) -> None:
    names = json.loads(run(f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"))
    assert loaded(names) == set()
    assert "textual" not in names and "rich" not in names
