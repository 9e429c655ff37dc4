"""Practice as a process of its own: started by the console, with no handle on the clinic's record.

It inherits the terminal and one end of a pipe, nothing else: no variable, no argument and no open file names the
record. On Windows, where a pipe cannot be inherited by its number, it writes a private file that is read
meanwhile.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from console.practice.pipe import Reader, chunks, chunks_of
from db.errors import RecordError

PASSED: Final = (
    *("PATH", "TERM", "COLORTERM", "COLORFGBG", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "WT_SESSION"),
    *("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LINES", "COLUMNS", "NO_COLOR"),
    *("TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT"),
)
"""Variables the process gets; everything else stays here, whatever it is called."""
HOME: Final = Path(__file__).parents[2]
"""Where the program itself lies."""
LOOK_S: Final = 0.5
"""How often a file is looked at while it is written: an exam's beginning is kept before much of it is seen."""
NO_KEY: Final = "-"
"""Stands for an action whose key a person took away."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What practice is told.

    Args:
        name: of the person, as it stands on the screen. language: "zh" or "en". theme: of the screen.
        bell: whether the terminal rings.
        keys: action to a person's own keys. resting: exams she may not take yet, scenario and course each.
        folder: of own scenarios and courses, absolute; None without one.
    """

    name: str
    language: str
    theme: str = ""
    bell: bool = True
    keys: Mapping[str, Sequence[str]] | None = None
    resting: Sequence[tuple[str, str]] = ()
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How it went.

    Args:
        kept: calls that were kept, also an exam of which only the beginning came.
        fault: what went wrong, once; None when nothing did.
    """

    kept: int
    fault: RecordError | None


def environment() -> dict[str, str]:
    """The process's variables: the terminal, the language, where Python's own files are."""
    passed = {name: os.environ[name] for name in PASSED if name in os.environ}
    # The same program as this one, from wherever it was started; its own folder is nobody's home.
    passed["PYTHONPATH"] = os.pathsep.join(place for place in sys.path if _holds_programs(place))
    return passed


def _holds_programs(place: str) -> bool:
    """Whether programs of ours or Python's lie there: the folder a console was started in may hold the record."""
    if not os.path.isabs(place):
        return False
    try:
        return place == str(HOME) or not os.path.samefile(place, os.curdir)
    except OSError:
        # It is not there, or the folder one is in is gone.
        return True


def command(setting: Setting, result: Sequence[str]) -> list[str]:
    """The command that practises.

    Args:
        setting: what it is told. result: the option that says where results go.
    """
    # One word: a name may begin like an option.
    told = [f"--name={setting.name}", "--language", setting.language]
    if setting.theme:
        told += ["--theme", setting.theme]
    if not setting.bell:
        told += ["--no-bell"]
    for action, own in (setting.keys or {}).items():
        told += ["--key", f"{action}={','.join(own) or NO_KEY}"]
    if setting.folder is not None:
        told += [f"--folder={setting.folder}"]
    for scenario, course in setting.resting:
        told += ["--resting", f"{scenario}/{course}"]
    # -P: whatever lies in the folder it is started in is no program of ours.
    return [sys.executable, "-P", "-m", "console", "practice", "start", *result, *told]


def run(
    setting: Setting,
    keep: Callable[[Mapping[str, Any]], None],
    *,
    argv: Callable[[Setting, Sequence[str]], list[str]] = command,
) -> Ended:
    """Practise until it is left; the terminal belongs to the child meanwhile.

    Args:
        setting: what it is told.
        keep: called in this thread with each whole result, as soon as it comes.
        argv: makes the command.

    Returns:
        What was kept, and what went wrong in one sentence's code: `practice_not_started`, `practice_broke_off`,
        `practice_garbled`, `practice_cut_short`, or what `keep` raised first.

    Raises:
        Exception: what `keep` raised, unless it refused one result with a RecordError; the child has ended then.
    """
    reader = Reader(keep)
    with _nothing_kills_us(), _terminal_as_it_was():
        try:
            ended = (_by_file if sys.platform == "win32" else _by_pipe)(setting, reader, argv)
        except _NotStartedError:
            return Ended(reader.kept, RecordError("practice_not_started"))
    reader.end()
    if reader.fault is None and ended != 0:
        reader.fault = RecordError("practice_broke_off")
    return Ended(reader.kept, reader.fault or reader.refused)


class _NotStartedError(Exception):
    """The process, or what it would answer by, could not be made."""


def _started(command: list[str], handed: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command, env=environment(), cwd=tempfile.gettempdir(), close_fds=True, pass_fds=handed
        )
    except OSError:
        raise _NotStartedError from None


def _by_pipe(setting: Setting, reader: Reader, argv: Callable[[Setting, Sequence[str]], list[str]]) -> int:
    try:
        ours, theirs = os.pipe()
    except OSError:
        raise _NotStartedError from None
    try:
        try:
            child = _started(argv(setting, ["--result-fd", str(theirs)]), (theirs,))
        finally:
            os.close(theirs)
        try:
            for data in chunks(ours):
                reader.feed(data)
                if reader.fault is not None:
                    break
        finally:
            # It learns that nobody reads any more; the terminal is its own until it has ended, whatever happened here.
            os.close(ours)
            ours = -1
            code = child.wait()
        return code
    finally:
        if ours >= 0:
            os.close(ours)


def _by_file(setting: Setting, reader: Reader, argv: Callable[[Setting, Sequence[str]], list[str]]) -> int:
    try:
        number, name = tempfile.mkstemp(prefix="aftercall-result-")
    except OSError:
        raise _NotStartedError from None
    os.close(number)
    path = Path(name)
    try:
        with path.open("rb") as file:
            child = _started(argv(setting, ["--result-file", name]))
            try:
                while (code := _ended_within(child, LOOK_S)) is None:
                    for data in chunks_of(file):
                        reader.feed(data)
                for data in chunks_of(file):
                    reader.feed(data)
            finally:
                # The terminal is its own until it has ended, whatever happened here.
                child.wait()
        return code
    finally:
        path.unlink(missing_ok=True)


def _ended_within(child: subprocess.Popen[bytes], seconds: float) -> int | None:
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


@contextmanager
def _nothing_kills_us() -> Generator[None]:
    """While the child starts, ctrl+c and ctrl+\\ in the terminal reach both: they end the child alone."""
    try:
        # Not ignored: that would be handed down.
        before = {
            number: signal.signal(number, lambda *_: None)
            for name in ("SIGINT", "SIGQUIT")
            if (number := getattr(signal, name, None)) is not None
        }
    except ValueError:
        # Not in the main thread: signals are somebody else's.
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _terminal_as_it_was() -> Generator[None]:
    """A killed child leaves the terminal as its own screen had it: whoever takes it next would think it was so."""
    if sys.platform == "win32" or sys.__stdin__ is None:
        yield
        return
    import termios

    try:
        number = sys.__stdin__.fileno()
        before = termios.tcgetattr(number)
    except (OSError, ValueError, termios.error):
        # No terminal.
        yield
        return
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(number, termios.TCSANOW, before)
