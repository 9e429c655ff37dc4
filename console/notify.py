"""Getting a person's attention: the terminal's bell, and a program of the clinic's; nothing that could carry a name
out of the window."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Final, Protocol

PASSED_ON: Final = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "USERPROFILE",
)
"""Variables a program needs to run at all. No other one: the record's address, a PIN or the seal's key may be among
them."""
ENDING_S: Final = 1.0
"""Seconds a program has to end by itself once its time is over."""

GAP_S = 3.0
"""Least seconds between two rings: several flags raised together are one alarm."""


class Ringing(Protocol):
    """What can ring: a Textual app."""

    def bell(self) -> None: ...


class Bell:
    """Rings for alarms that have not been rung yet, at most once every few seconds."""

    def __init__(self, app: Ringing, *, enabled: bool = True) -> None:
        self._app = app
        self._rung: set[Hashable] = set()
        self._last = float("-inf")
        self.enabled = enabled

    def ring_for(self, alarms: AbstractSet[Hashable]) -> bool:
        """Rings once when an alarm is new; a new one within the gap rings at the next look after it.

        Args:
            alarms: what tells all alarms alive now apart.

        Returns:
            Whether the bell rang.
        """
        fresh = alarms - self._rung
        self._rung &= alarms
        if not fresh or time.monotonic() - self._last < GAP_S:
            return False
        self._rung |= fresh
        if not self.enabled:
            return False
        self._last = time.monotonic()
        self._app.bell()
        return True


def run(argv: Sequence[str], timeout_s: float, environment: Mapping[str, str] | None = None) -> str | None:
    """Run a program without a shell, reading and keeping nothing of what it writes.

    Args:
        argv: the program by its whole path, and its arguments.
        timeout_s: seconds it may take; after that it is ended with everything it started.
        environment: the variables to choose from, see `PASSED_ON`; by default this process's.

    Returns:
        None when it ended with 0, else a code: `not_found`, `not_allowed`, `timeout`, `exit_N` or `signal_N`.
    """
    known = os.environ if environment is None else environment
    posix = os.name == "posix"
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={name: known[name] for name in PASSED_ON if name in known},
            cwd="/" if posix else None,
            start_new_session=posix,
        )
    except FileNotFoundError:
        return "not_found"
    except (OSError, ValueError):
        return "not_allowed"
    try:
        code = process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        _end(process)
        return "timeout"
    if code == 0:
        return None
    return f"exit_{code}" if code > 0 else f"signal_{-code}"


def _end(process: subprocess.Popen[bytes]) -> None:
    for name in ("SIGTERM", "SIGKILL"):
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(process.pid, getattr(signal, name))
            else:
                process.kill()
        with suppress(subprocess.TimeoutExpired):
            process.wait(ENDING_S)
