"""What the processes of a simulation share: a page of numbers without locks, and a log each.

A process may be killed at any moment, so nothing here is ever held: the page is a mapped file of aligned 64-bit
words with one writer each, and a log grows by one `write` per event.
"""

from __future__ import annotations

import json
import mmap
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

PAGE: Final = "control"
PLAN: Final = "plan.json"
LOG: Final = "events-{number:03}.log"
_OFFSET, _ROUND, _STOP, _FIRST = 0, 1, 2, 8
"""Words of the page: the clinic clock's offset, the round, whether to go home, then two words a process."""

Event = dict[str, Any]


class Control:
    """The page of numbers.

    Args:
        folder: where it lies. processes: how many there are.
    """

    def __init__(self, folder: Path, processes: int) -> None:
        path = folder / PAGE
        size = 8 * (_FIRST + 2 * processes)
        if not path.exists():
            path.write_bytes(bytes(size))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), size)
        self._words = memoryview(self._map).cast("q")
        self._count = processes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._words.release()
        self._map.close()

    @property
    def offset(self) -> int:
        """Milliseconds the clinic's clock is ahead of the database's."""
        return self._words[_OFFSET]

    @offset.setter
    def offset(self, milliseconds: int) -> None:
        self._words[_OFFSET] = milliseconds

    @property
    def round(self) -> int:
        """Which round is being worked; 0 until everybody has sat down."""
        return self._words[_ROUND]

    @round.setter
    def round(self, number: int) -> None:
        self._words[_ROUND] = number

    @property
    def stop(self) -> bool:
        """Whether everybody goes home."""
        return self._words[_STOP] != 0

    def go_home(self) -> None:
        """End the day."""
        self._words[_STOP] = 1

    def idle(self, process: int) -> int:
        """The round in which a process has found nothing more to do; -1 while it is starting."""
        return self._words[_FIRST + process]

    def set_idle(self, process: int, number: int) -> None:
        """Note that a process has found nothing more to do in a round."""
        self._words[_FIRST + process] = number

    @property
    def claims(self) -> int:
        """Claims of all processes so far."""
        return sum(self._words[_FIRST + self._count :])

    def count_claim(self, process: int) -> None:
        """Note one more claim of a process."""
        self._words[_FIRST + self._count + process] += 1


class EventLog:
    """The log of one process: what it is about to do and what came of it, each line stamped.

    Stamps are the database's clock carried on by this machine's monotonic clock, one anchor for all processes,
    so that events of different processes can be compared.

    Args:
        path: where; an earlier life of the process has written to it already.
        at: the database's clock at the anchor, microseconds. mono: `time.monotonic` then, seconds.
    """

    def __init__(self, path: Path, at: int, mono: float) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._at, self._mono = at, mono

    def write(self, event: str, **facts: object) -> None:
        """Add an event; it outlives the process from here on."""
        stamp = self._at + int((time.monotonic() - self._mono) * 1e6)
        line = json.dumps({"stamp": stamp, "event": event, **facts}, separators=(",", ":"))
        os.write(self._file, line.encode() + b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_log(folder: Path, process: int) -> Iterator[Event]:
    """The events of a process, first to last."""
    path = folder / LOG.format(number=process)
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield {**json.loads(line), "process": process}
