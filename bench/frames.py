"""Time what a terminal sees: spawn a program on a pseudo-terminal and note when each frame is complete.

A frame is complete at its end-of-synchronised-update mark (`CSI ? 2026 l`). Terminal queries are answered as
xterm would, so that the program uses synchronised updates. Which frame shows what was waited for is found
afterwards, by painting the bytes on a screen as a person would see it: a frame that only moves a clock does
not count.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import NoReturn

import pyte
from pyte.screens import Char

FRAME_BEGIN, FRAME_END = b"\x1b[?2026h", b"\x1b[?2026l"
ANSWERS = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",
    b"\x1b[c": b"\x1b[?64;1;22c",
    b"\x1b[6n": b"\x1b[1;1R",
}
UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=][0-9;]*[a-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
SIZE = (120, 36)
QUIET_S = 0.25
"""Without output for so long a program has finished answering."""


class Screen:
    """What stands on the terminal, and in which colours."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)

    def feed(self, data: bytes) -> None:
        """Paint bytes."""
        self._stream.feed(UNKNOWN_TO_PYTE.sub(b"", data))

    @property
    def lines(self) -> list[str]:
        """The text of every line."""
        return list(self._screen.display)

    def cell(self, x: int, y: int) -> Char:
        """A cell, counted from 0."""
        return self._screen.buffer[y][x]

    def shows(self, text: str) -> bool:
        """Whether a line holds a text."""
        return any(text in line for line in self.lines)


Sight = Callable[[Screen], bool]
"""Whether the screen shows what was waited for."""


class Program:
    """One program on one pseudo-terminal, timed with the monotonic clock."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        size: tuple[int, int] = SIZE,
        environment: Mapping[str, str],
    ) -> None:
        """Start the program; `started` is the moment before the fork, in seconds of the monotonic clock.

        Args:
            argv: the program.
            size: columns and rows.
            environment: added to this process's own.
        """
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
        # An installed program's modules are compiled; some environments forbid that.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        columns, rows = size
        self.screen = Screen(size)
        self.frames: list[float] = []
        """When each frame since the last question was complete."""
        self._pending = bytearray()
        self._tail = b""
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                os.execvpe(argv[0], list(argv), env)
            finally:
                os._exit(127)

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)

    def _read(self, patience_s: float) -> float | None:
        """Read what comes within the time and answer queries; the moment it came, None for silence."""
        ready, _, _ = select.select([self._fd], [], [], patience_s)
        if not ready:
            return None
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            self._give_up("the program ended early")
        at = time.perf_counter()
        # A query may be cut in two by the buffer's end.
        asked = self._tail + data
        for query, answer in ANSWERS.items():
            for _ in range(asked.count(query) - self._tail.count(query)):
                os.write(self._fd, answer)
        self._tail = asked[-8:]
        self._pending += data
        return at

    def _give_up(self, why: str) -> NoReturn:
        self.screen.feed(bytes(self._pending))
        sys.exit(f"{why}; the screen:\n" + "\n".join(line.rstrip() for line in self.screen.lines))

    def _complete_frames(self, at: float) -> list[tuple[float, bytes]]:
        """Take complete frames off what was read."""
        found: list[tuple[float, bytes]] = []
        while (end := self._pending.find(FRAME_END)) >= 0:
            found.append((at, bytes(self._pending[: end + len(FRAME_END)])))
            del self._pending[: end + len(FRAME_END)]
        return found

    def times(self, since: float, sights: Sequence[Sight], patience_s: float = 60.0) -> list[float]:
        """Seconds from a moment to the first complete frame that shows each of some things.

        Frames are only noted while the program paints, and looked at once it is quiet, so that looking takes
        no time from it.
        """
        found: list[float | None] = [None] * len(sights)
        while time.perf_counter() - since < patience_s:
            noted: list[tuple[float, bytes]] = []
            while (at := self._read(QUIET_S)) is not None:
                noted += self._complete_frames(at)
                if at - since > patience_s:
                    break
            for at, frame in noted:
                if FRAME_BEGIN not in frame:
                    self._give_up("a frame without a beginning")
                self.screen.feed(frame)
                for number, sight in enumerate(sights):
                    if found[number] is None and sight(self.screen):
                        found[number] = at - since
            done = [one for one in found if one is not None]
            if len(done) == len(sights):
                return done
        self._give_up(f"not everything was seen in {patience_s} s: {found}")

    def first(self, *texts: str, patience_s: float = 60.0) -> list[float]:
        """Seconds from the start to the first complete frame that shows each text."""
        return self.times(
            self.started, [lambda screen, t=text: screen.shows(t) for text in texts], patience_s
        )

    def key(self, keys: bytes, sight: Sight, patience_s: float = 30.0) -> float:
        """Seconds from a key to the first complete frame that shows what it is for."""
        if sight(self.screen):
            self._give_up(f"{keys!r} was to change the screen, but it shows that already")
        pressed = time.perf_counter()
        os.write(self._fd, keys)
        return self.times(pressed, [sight], patience_s)[0]

    def settle(self) -> None:
        """Paint until nothing has been written for a while."""
        while (at := self._read(QUIET_S)) is not None:
            for _, frame in self._complete_frames(at):
                self.screen.feed(frame)
