"""A real pseudo-terminal for journeys: keys go in as bytes, the screen is read as a person would see it.

Waits are for events (a text on the screen), never for time; 15 s is the limit of patience, not a delay. Like most
terminals it takes a frame as a whole (mode 2026), so that nobody reads a screen that is painted half.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType

import pexpect
import pyte

PATIENCE_S = 15.0
SYNC_ASKED, SYNC_ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
FRAME_BEGINS, FRAME_ENDS = b"\x1b[?2026h", b"\x1b[?2026l"
KEYS: Mapping[str, str] = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "backspace": "\x7f",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}


class Terminal:
    """One program in one pseudo-terminal."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        at: datetime | None = None,
    ) -> None:
        """Start `aftercall` with these arguments.

        Args:
            arguments: what follows the command's name.
            size: columns and rows.
            environment: added to this process's own.
            cwd: folder to start in.
            at: aware; the process believes that it starts then.
        """
        columns, rows = size
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self._fed = 0
        self._answered = 0
        self.presses = 0
        env = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LC_ALL": "C.UTF-8",
            "PYTHONWARNINGS": "",
            **(environment or {}),
        }
        program = ["console"] if at is None else ["tests.journeys.travelled", at.isoformat()]
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", *program, *arguments],
            dimensions=(rows, columns),
            env=env,
            cwd=None if cwd is None else str(cwd),
            timeout=PATIENCE_S,
        )
        # pexpect's own pause before each send would only slow the journeys down.
        self.child.delaybeforesend = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        # The program waits when nobody reads what it paints, so it is read all the time.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._ended.is_set():
            try:
                data = os.read(self.child.child_fd, 65536)
            except OSError:
                return
            if not data:
                return
            with self._lock:
                self.raw += data
                self._feed()

    def _feed(self) -> None:
        """Paints what came, except a frame that has not ended yet."""
        # Each program asks for itself: practice is a second one in the same terminal.
        for _program in range(self.raw.count(SYNC_ASKED) - self._answered):
            self._answered += 1
            os.write(self.child.child_fd, SYNC_ANSWER)
        begun, ended = self.raw.rfind(FRAME_BEGINS), self.raw.rfind(FRAME_ENDS)
        end = begun if begun > ended else len(self.raw)
        if end > self._fed:
            self._stream.feed(bytes(self.raw[self._fed : end]))
            self._fed = end

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            sys.stderr.write(f"\nthe screen at the end:\n{self.text}\n")
        self.close()

    @property
    def lines(self) -> list[str]:
        """The screen's rows, right-stripped."""
        with self._lock:
            # Read cell by cell: the second half of a wide character is empty, and may stand alone half-painted.
            columns, buffer = range(self.screen.columns), self.screen.buffer
            return ["".join(buffer[y][x].data for x in columns).rstrip() for y in range(self.screen.lines)]

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.lines)

    def pump(self, seconds: float = 0.05) -> None:
        """Give the program so many seconds to paint."""
        time.sleep(seconds)

    def until(self, what: Callable[[str], object], why: str, patience: float = PATIENCE_S) -> str:
        """Read until the screen fulfils a condition, and return the screen.

        Raises:
            AssertionError: it did not within the patience, with the screen as it stood.
        """
        end = time.monotonic() + patience
        while time.monotonic() < end:
            self.pump()
            if what(self.text):
                return self.text
            if not self.child.isalive():
                self.pump()
                if what(self.text):
                    return self.text
                break
        raise AssertionError(f"waited for {why}\nalive: {self.child.isalive()}\n{self.text}")

    def see(self, *wanted: str, patience: float = PATIENCE_S) -> str:
        """Wait until every text stands on the screen."""
        return self.until(lambda text: all(word in text for word in wanted), f"seeing {wanted}", patience)

    def gone(self, *unwanted: str) -> str:
        """Wait until none of the texts stands on the screen."""
        return self.until(lambda text: not any(word in text for word in unwanted), f"not seeing {unwanted}")

    def press(self, *keys: str) -> None:
        """Press keys by name, or single characters; each is counted in `presses`."""
        for key in keys:
            self.presses += 1
            self.child.send(KEYS.get(key, key).encode())
            # A lone escape is told from a sequence by the pause after it.
            self.pump(0.15 if key == "escape" else 0.02)

    def type(self, text: str | bytes) -> None:
        """Type text as it is; raw bytes go through unchanged."""
        self.child.send(text if isinstance(text, bytes) else text.encode())
        self.pump(0.05)

    def fill(self, text: str, *keys: str) -> None:
        """Type a text, wait until it stands on the screen, then press keys."""
        self.type(text)
        self.see(text)
        self.press(*keys)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self.child.kill(signal.SIGKILL)
        self.child.wait()

    def finished(self, patience: float = PATIENCE_S) -> int:
        """Wait for the program to end and return its exit code."""
        end = time.monotonic() + patience
        while self.child.isalive() and time.monotonic() < end:
            self.pump()
        assert not self.child.isalive(), f"still running\n{self.text}"
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)

    def close(self) -> None:
        """End the program whatever it does."""
        self._ended.set()
        if self.child.isalive():
            self.child.terminate(force=True)
        self.child.close()
