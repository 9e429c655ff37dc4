"""`aftercall demo`: a sample clinic in a temporary database, signed in by itself."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from console.clean import clean

if TYPE_CHECKING:
    from console.demo.fill import Filled

DONE, WRONG_USE = 0, 2
ROLES = ("caller", "lead", "trainee")
MODES = {"caller": "queue", "lead": "board"}
TRAINEE = "trainee"
LOOK_BACK_DAYS = 14
"""How far back a day with an open window is looked for, when today has none."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add the command. Args: the main parser's sub-parsers. Returns the command's parser."""
    parser = subparsers.add_parser("demo", help="try it with a sample clinic that belongs to nobody")
    parser.add_argument(
        "--role", choices=ROLES, default="caller", help="caller: queue; lead: board; trainee: practice"
    )
    parser.add_argument("--at", metavar="ISO", help="moment it starts at; clinic time without an offset")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="same number, same people")
    parser.add_argument("--into", metavar="URL", help="fill a new database and exit")
    parser.add_argument(
        "--folder", type=Path, metavar="F", help="with trainee: scenarios of one's own besides"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the command.

    Args: args from `add_parser`.
    Returns the exit code: 0 done, 2 an unreadable moment.
    Raises: RecordError: the database can't be made, or holds a clinic already.
    """
    from console.demo.fill import fill
    from db.connect import Database

    if args.folder is not None and (args.role != TRAINEE or args.into or not args.folder.is_dir()):
        print(
            f"{clean(str(args.folder))} is no folder to practise from; --role trainee takes one.",
            file=sys.stderr,
        )
        return WRONG_USE
    start = _start(args.at, real=bool(args.into))
    if start is None:
        print(f"{args.at!r} is no moment; write it like 2026-06-15T14:35.", file=sys.stderr)
        return WRONG_USE
    if args.into:
        database = Database(args.into)
        try:
            filled = fill(database, start, args.seed)
        finally:
            database.close()
        _tell(filled, start)
        return DONE
    if args.role == TRAINEE:
        return _practise(args.folder)
    print("Preparing the sample clinic ...", file=sys.stderr)
    folder = Path(tempfile.mkdtemp(prefix="aftercall-demo-"))
    try:
        database = Database.at(folder / "record" / "demo.db")
        filled = fill(database, start, args.seed)
        return _open(filled, start, args.role)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(text: str | None, *, real: bool = False) -> datetime | None:
    """The moment asked for; else now where real clocks go on from it, inside a calling window where it is a demo."""
    from zoneinfo import ZoneInfo

    from console.demo.fill import ZONE

    zone = ZoneInfo(ZONE)
    if text is None:
        now = datetime.now(UTC).astimezone(zone)
        return now.replace(microsecond=0) if real else _open_window(now)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def _open_window(now: datetime) -> datetime:
    """Five minutes into the first calling window of today, or of the last day that had one."""
    from console.demo.fill import ZONE
    from console.desk.policy import first_document
    from console.rules import calendar
    from console.rules.policy import parse_text

    rules = calendar.of(parse_text(first_document(ZONE)))
    for back in range(LOOK_BACK_DAYS):
        windows = rules.windows((now - timedelta(days=back)).date())
        if windows:
            return windows[0].start + timedelta(minutes=5)
    return now


def _practise(folder: Path | None) -> int:
    """Straight into practice: its clinic is a temporary one by itself, and what is practised is not kept."""
    from console import i18n
    from console.cli.practice_start import practise
    from console.config import load
    from console.paths import config_file

    config = load(config_file())[0]
    i18n.use(config.language)
    return practise(config, folder=config.practice_folder if folder is None else folder.resolve())


def _tell(filled: Filled, start: datetime) -> None:
    print(f"A sample clinic was made, dated {start.isoformat(timespec='minutes')}.")
    for login, pin in filled.pins.items():
        print(f"  {login:<10} PIN {pin}")


def _open(filled: Filled, start: datetime, role: str) -> int:
    from console.app import ConsoleApp, run
    from console.cli.common import tell
    from console.clock import SystemClock
    from console.config import load
    from console.i18n import _
    from console.paths import config_file

    tell(_("Your PIN in the demo, for the lock and where it is asked for: {pin}", pin=filled.pins[role]))
    app = ConsoleApp(
        filled.database,
        clock=SystemClock.starting_at(start),
        config=load(config_file())[0],
        credentials=(role, filled.pins[role]),
        mode=MODES[role],
    )
    return run(app)
