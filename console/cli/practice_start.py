"""`aftercall practice start`: the practice room itself, in a clinic of its own. Started by the console; not listed."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from console import i18n
from console.i18n import _
from db.errors import WrongUse

if TYPE_CHECKING:
    from console.config import Config
    from console.practice.ground import Ground
    from console.practice.pipe import Results
    from console.practice_app import PracticeApp

DONE, WRONG_USE = 0, 2
TERMINATED: Final = 128 + signal.SIGTERM
GONE: Final = 141
"""Exit code when the console that started it is gone, 128 + SIGPIPE."""
ENOUGH_TRIES: Final = 1_500
WAIT_S: Final = 0.2
"""How often and how long practice is waited for that has not begun when its console is gone: five minutes, far more
than a slow machine needs. A practice that has ended takes the waiting thread with it."""
HIDDEN: Final = ("AFTERCALL_", "PG")
"""Beginnings of variables that could name a record; none is handed down, and none would be listened to."""
OWN: Final = {
    **dict.fromkeys(("HOME", "USERPROFILE"), "."),
    **dict.fromkeys(("APPDATA", "XDG_CONFIG_HOME"), "config"),
    **dict.fromkeys(("LOCALAPPDATA", "XDG_DATA_HOME"), "data"),
    **{"XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache"},
}
"""Variables that say where a person's files are, and the part of the practice folder they name instead."""


def add_start(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `start` to the group, without a line in its help. Args: the group's sub-parsers."""
    parser = commands.add_parser("start", add_help=False)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--result-fd", type=int, metavar="N")
    where.add_argument("--result-file", type=Path, metavar="FILE")
    parser.add_argument("--name", default="")
    parser.add_argument("--language", choices=("zh", "en"))
    parser.add_argument("--theme", default="")
    parser.add_argument("--no-bell", action="store_true")
    parser.add_argument("--key", action="append", default=[], metavar="ACTION=KEYS")
    parser.add_argument("--resting", action="append", default=[], metavar="SCENARIO/COURSE")
    parser.add_argument("--folder", type=Path)


def run(args: argparse.Namespace) -> int:
    """Practise in a fresh clinic until it is left.

    Args:
        args: from `add_start`.

    Returns:
        Exit code: 0, 141 when the console that started it is gone.

    Raises:
        WrongUse: there is no terminal, or a record is named: practice has its own.
        RecordError: the practice clinic cannot be made.
    """
    if getattr(args, "db", None) or getattr(args, "staff", None):
        raise WrongUse("practice_own_record")
    if args.language:
        i18n.use(args.language)
    results = _results(args)
    resting = frozenset(_pair(one) for one in args.resting)
    return practise(_config(args), args.name, results=results, resting=resting, own=True, folder=args.folder)


def practise(
    config: Config,
    name: str = "",
    *,
    results: Results | None = None,
    resting: frozenset[tuple[str, str]] = frozenset(),
    own: bool = False,
    folder: Path | None = None,
) -> int:
    """Make a practice clinic, open the practice page in it, and leave nothing behind.

    Args:
        config: of the screen. name: of the person who practises; empty for the sample's.
        results: where played calls go; None keeps them for as long as practice lasts.
        resting: exams that may not be taken yet, by scenario and course.
        own: whether this process is practice and nothing else: then all its files lie in its folder.
        folder: absolute, of own scenarios and courses; None without one.

    Returns:
        Exit code.

    Raises:
        WrongUse: there is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise WrongUse("needs_terminal")
    from console.practice.folder import private_folder

    _forget()
    _end_cleanly()
    if results is None:
        # A console that started this has said so on a screen of its own.
        print(_("Preparing practice ..."), end="\r", file=sys.stderr, flush=True)
    with private_folder() as home:
        if own:
            _at_home_in(home)
        return _played(home, config, name, results, resting, folder)


def _played(
    home: Path,
    config: Config,
    name: str,
    results: Results | None,
    resting: frozenset[tuple[str, str]],
    folder: Path | None,
) -> int:
    from console.app import run as run_app
    from console.practice_app import PracticeApp

    app = PracticeApp(ground(home, name, results, resting, folder), config)
    if results is not None:
        threading.Thread(target=_leave_when_alone, args=(app, results), daemon=True).start()
    return run_app(app)


def ground(
    home: Path,
    name: str = "",
    results: Results | None = None,
    resting: Iterable[tuple[str, str]] = (),
    folder: Path | None = None,
) -> Ground:
    """What the practice page works with, in a folder of its own.

    Args:
        home: private folder. name: of the person; empty for the sample's. results: where played calls go.
        resting: exams that may not be taken yet.
        folder: absolute, of own scenarios and courses; what is wrong with it leaves the rest as it is.
    """
    from console.demo.founded import STAFF
    from console.practice import book, clinic, courses
    from console.practice.ground import Ground
    from console.scripts.errors import ScriptError
    from console.scripts.lint_base import Problem

    faults: tuple[Problem, ...] = ()
    try:
        calls = book.opened(folder)
    except ScriptError as error:
        calls, folder = book.opened(None), None
        faults = (Problem(error.file, error.where, error.code, error.message),)
    offered, wrong = courses.read(folder)
    return Ground(
        base=clinic.base(home, name or STAFF[clinic.TRAINEE][0]),
        book=calls,
        courses=offered,
        faults=(*faults, *wrong, *courses.problems(offered, calls)),
        report=None if results is None else results.send,
        resting=frozenset(resting),
        began=None if results is None else results.begin,
    )


def _leave_when_alone(app: PracticeApp, results: Results) -> None:
    """Ends practice when the console that started it is gone: nothing could be kept."""
    if not results.wait_for_reader_gone():
        return
    for _try in range(ENOUGH_TRIES):
        try:
            app.call_from_thread(app.exit, GONE)
        except RuntimeError:
            # It has not begun yet, or has ended.
            time.sleep(WAIT_S)
        else:
            return


def _results(args: argparse.Namespace) -> Results | None:
    from console.practice.pipe import Results

    number: int | None = args.result_fd
    if args.result_file is not None:
        number = os.open(args.result_file, os.O_WRONLY | os.O_APPEND)
    if number is None:
        return None
    try:
        os.set_inheritable(number, False)
    except OSError:
        raise WrongUse("practice_no_pipe") from None
    return Results(number, secrets.token_hex(12))


def _config(args: argparse.Namespace) -> Config:
    """The settings the console handed over; what is wrong with one leaves its default."""
    from console.config import parse

    document: dict[str, object] = {"bell": not args.no_bell, "keys": _keys(args.key)}
    if args.language:
        document["language"] = args.language
    if args.theme:
        document["theme"] = args.theme
    return parse(document, "practice")[0]


def _keys(told: Iterable[str]) -> Mapping[str, str]:
    pairs = (one.partition("=") for one in told)
    return {action: "" if own == "-" else own for action, _sign, own in pairs}


def _pair(told: str) -> tuple[str, str]:
    scenario, _sign, course = told.partition("/")
    return scenario, course


def _forget() -> None:
    for name in [name for name in os.environ if name.startswith(HIDDEN)]:
        del os.environ[name]


def _at_home_in(folder: Path) -> None:
    """Logs and whatever a library keeps lie in the practice folder and go with it."""
    for name, part in OWN.items():
        place = folder / part
        place.mkdir(mode=0o700, exist_ok=True)
        os.environ[name] = str(place)


def _end_cleanly() -> None:
    """A signal ends practice as leaving it does: its folder goes with it."""

    def end(*_: object) -> NoReturn:
        raise SystemExit(TERMINATED)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)
