"""`aftercall doctor` and `aftercall locate`: is this machine fit, and where everything lies."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from console import __version__
from console.cli.common import DONE, Commands, add_json, database_named, emit, now
from console.i18n import _
from db.errors import RecordError

if TYPE_CHECKING:
    from db.connect import Database

OLDEST_SQLITE: Final = (3, 35, 0)
"""First SQLite with RETURNING."""
WATCHED_WITHIN: Final = timedelta(minutes=2)
"""An open console ticks once a minute, a ticker twice (docs/ticker.md)."""
RULER: Final = "王小丽|1234567|"
"""Six cells of wide letters, then seven digits: the bars stand at cells 7 and 15 in a fit terminal."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: a stable code, whether it is well, and the words."""

    code: str
    ok: bool
    text: str


def add_parser(subparsers: Commands[argparse.ArgumentParser]) -> None:
    """Add both commands to the command line."""
    doctor = subparsers.add_parser("doctor", help=_("whether this machine, terminal and database are fit"))
    locate = subparsers.add_parser("locate", help=_("where settings, log, database and key lie"))
    add_json(doctor, locate)


def run(args: argparse.Namespace) -> int:
    """Do the command; returns the exit code, raises RecordError for an unreadable address."""
    return _locate(args) if args.command == "locate" else _doctor(args)


def _locate(args: argparse.Namespace) -> int:
    from console import paths
    from db import seal_key

    database = database_named(args)
    places = {
        "settings": str(paths.config_file()),
        "log": str(paths.state_folder()),
        "database": database.address.shown(),
        "seal_key": str(seal_key.key_file(database.address)),
        "program": str(Path(__file__).resolve().parent.parent),
    }
    emit(args, places, [f"{name}: {place}" for name, place in places.items()])
    return DONE


def _doctor(args: argparse.Namespace) -> int:
    findings = [*_program(), *_terminal()]
    code = DONE
    try:
        database = database_named(args)
        try:
            findings.extend(_database(database))
        finally:
            database.close()
    except RecordError as error:
        from console.door import sentence

        findings.append(Finding(error.code, False, sentence(error)))
        code = error.exit_code
    emit(
        args,
        {
            "ok": all(finding.ok for finding in findings),
            "checks": [
                {"code": finding.code, "ok": finding.ok, "text": finding.text} for finding in findings
            ],
        },
        [
            *(f"{_('ok') if finding.ok else _('LOOK')}  {finding.text}" for finding in findings),
            _("The bars below must stand under each other, else the terminal's font lacks Chinese:"),
            RULER,
            "123456|1234567|",
        ],
    )
    return code


def _program() -> list[Finding]:
    import console
    import db
    from console.config import load
    from console.i18n import error_text, language
    from console.paths import config_file

    here = Path(__file__).resolve().parent.parent
    ours = (
        Path(str(console.__file__)).resolve().parent == here
        and Path(str(db.__file__)).resolve().parent.parent == here.parent
    )
    _config, faults = load(config_file())
    return [
        Finding(
            "version",
            True,
            f"aftercall {__version__}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        ),
        Finding(
            "sqlite",
            sqlite3.sqlite_version_info >= OLDEST_SQLITE,
            _("SQLite is {found}; at least {least} is needed.", found=sqlite3.sqlite_version, least="3.35"),
        ),
        Finding(
            "program",
            ours,
            _("The program is its own.")
            if ours
            else _("Another package hides parts of the program; install it in an environment of its own."),
        ),
        *_calendar(),
        *(Finding(fault.code, False, error_text(language(), fault)) for fault in faults),
    ]


def _calendar() -> list[Finding]:
    from chinese_calendar import is_holiday

    year = now().year
    try:
        is_holiday(now().date().replace(month=1, day=1))
        known = True
    except NotImplementedError:
        known = False
    words = _("Public holidays of {year} are known.", year=year)
    missing = _("Public holidays of {year} are not known; name them in the policy's overrides.", year=year)
    return [Finding("holidays", known, words if known else missing)]


def _terminal() -> list[Finding]:
    encoding = (sys.stdout.encoding or "").lower()
    terminal = os.environ.get("TERM", "")
    wide = os.get_terminal_size(sys.stdout.fileno()) if sys.stdout.isatty() else None
    found = [
        Finding("encoding", "utf" in encoding, _("Text goes out as {encoding}.", encoding=encoding or "?")),
        Finding("terminal", terminal != "dumb", _("The terminal calls itself {name}.", name=terminal or "?")),
    ]
    if wide is not None:
        found.append(
            Finding(
                "size",
                wide.columns >= 80 and wide.lines >= 24,
                _(
                    "The window is {columns} by {lines}; 80 by 24 is needed.",
                    columns=wide.columns,
                    lines=wide.lines,
                ),
            )
        )
    return found


def _database(database: Database) -> list[Finding]:
    from console.desk import policy
    from db import schema, seal_key, staff
    from db.connect import reading

    schema.expect_head(database)
    path = database.address.path
    found = [
        Finding(
            "database",
            True,
            _("The database is {path}, schema {schema}.", path=database.address.shown(), schema=schema.HEAD),
        )
    ]
    if path is not None and os.name == "posix":
        closed = not path.stat().st_mode & 0o077
        found.append(
            Finding(
                "private",
                closed,
                _("Only its owner may read the database file.")
                if closed
                else _("Others may read the database file; its owner should run: chmod 600"),
            )
        )
    key = seal_key.load_key(database.address) is not None
    found.append(
        Finding(
            "seal_key",
            key,
            _("The key of the audit trail is on this machine.")
            if key
            else _("The key of the audit trail is not on this machine; copy it from the one that has it."),
        )
    )
    with reading(database) as connection:
        clinic = staff.clinic(connection)
    if clinic is None:
        return [*found, Finding("clinic", False, _("There is no clinic in it yet; run: aftercall db init"))]
    tick = clinic.last_tick_at
    watched = tick is not None and now() - tick <= WATCHED_WITHIN
    gap = policy.gap(policy.current(database, clinic.id), now())
    return [
        *found,
        Finding(
            "watched",
            watched,
            _("Somebody is watching the clocks.")
            if watched
            else _("Nobody is watching the clocks; sign in, or start: aftercall tick --watch"),
        ),
        Finding(
            "on_call",
            gap is None,
            _("Somebody is on call for the next two weeks.")
            if gap is None
            else _("From {day} on there are hours when nobody is on call.", day=gap.isoformat()),
        ),
    ]
