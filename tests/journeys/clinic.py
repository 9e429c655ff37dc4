"""A clinic on a real database whose clock shows the afternoon, whenever the tests run.

Calling windows are in clinic time, so the clinic lies in the zone where it is now between three and four.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from db import schema
from db.connect import Database
from tests.clinic import PIN, SampleClinic, make_clinic

HOUR = 15
"""Inside the first calling window of both seasons (policy `calendar.seasons`)."""
HEADER = (
    "客户编号",
    "姓名",
    "性别",
    "出生日期",
    "手机",
    "到院日期",
    "是否成交",
    "项目名称",
    "手术日期",
    "主刀医生",
)


def zone_of_the_afternoon(now: datetime) -> str:
    """The fixed-offset zone in which the hour is now `HOUR`."""
    offset = HOUR - now.astimezone(UTC).hour
    if offset > 14:
        offset -= 24
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"


@dataclass(frozen=True)
class Person:
    """One row of the clinic's export."""

    number: int
    name: str
    procedure: str
    days_ago: int
    born_on: date = date(1990, 6, 20)
    phone: str = ""

    @property
    def external_id(self) -> str:
        """The clinic's number."""
        return f"T{self.number}"

    @property
    def dialled(self) -> str:
        """Her number."""
        return self.phone or f"1380000{self.number:04d}"


@dataclass
class Journey:
    """A clinic, its database's address and its day."""

    database: Database
    clinic: SampleClinic
    url: str
    today: date
    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What a console process needs to know."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {
            "AFTERCALL_DB": self.url,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_DATA_HOME": str(home / "data"),
        }

    def signed_in(self, login: str) -> list[str]:
        """Arguments of a console that signs in by itself; the PIN goes by the environment."""
        return ["--staff", login]

    def export(self, people: Iterable[Person]) -> Path:
        """The clinic's export as a file."""
        path = self.folder / "export.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for one in people:
                day = (self.today - timedelta(days=one.days_ago)).isoformat()
                writer.writerow(
                    (one.external_id, one.name, "女", one.born_on.isoformat(), one.dialled)
                    + (
                        (day, "是", one.procedure, day, "甲医生")
                        if one.procedure
                        else (day, "否", "", "", "")
                    )
                )
        return path

    def take_in(self, *people: Person) -> None:
        """Import people without a terminal."""
        from console.desk import imports

        imports.run(self.database, self.export(people), now=datetime.now(UTC))

    def rows(self, sql: str, **params: object) -> list[dict[str, object]]:
        """Rows of a query."""
        return self.clinic.rows(sql, **params)


def begin(folder: Path, *, template: Path | None = None, database: Database | None = None) -> Journey:
    """A migrated database with the sample clinic, in the zone of the afternoon.

    Args:
        folder: where the consoles' home is, and the SQLite file.
        template: a migrated SQLite file to copy.
        database: a migrated database to use instead.
    """
    import shutil

    if database is not None:
        return _on(database, folder)
    path = folder / "record" / "aftercall.db"
    path.parent.mkdir(mode=0o700)
    if template is not None:
        shutil.copyfile(template, path)
        path.chmod(0o600)
    database = Database.at(path)
    if template is None:
        schema.upgrade(database)
    return _on(database, folder)


def _on(database: Database, folder: Path) -> Journey:
    now = datetime.now(UTC)
    zone = zone_of_the_afternoon(now)
    clinic = make_clinic(database, now, zone=zone)
    today = now.astimezone(ZoneInfo(zone)).date()
    return Journey(database, clinic, database.url, today, folder)


__all__ = ["PIN", "Journey", "Person", "begin", "zone_of_the_afternoon"]
