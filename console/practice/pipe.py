"""What practice hands to the console that started it: one JSON document a line, one line a played call.

An exam has one more line, when it begins.

The reader trusts nothing: a line is whole, short, strict JSON and a result by `console.rules.practice`, or it is
left out and the rest with it.
"""

from __future__ import annotations

import json
import os
import select
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from console.practice.records import Grade, ItemScore, Score
from console.rules.practice import TEXT_MOST, ResultInvalid, parse
from db.errors import RecordError

LINE_MOST: Final = 1_048_576
"""Bytes of a line: the longest result that counts, two hundred items with two better lines of 300 characters of four
bytes each, is about half as long."""
RESULTS_MOST: Final = 500
"""Results of one practice: nobody plays as many calls without leaving it once."""
_CHUNK: Final = 65_536


class PipeClosed(RecordError):
    """The console that started practice has gone: nothing can be kept."""


@dataclass(slots=True)
class Results:
    """The practising end of a pipe or a file.

    Args:
        number: descriptor that is written to. run: key of this practice; with a count it is a call's key.
    """

    number: int
    run: str
    sent: int = field(default=0, init=False)
    _open: tuple[str, Grade, int, str, int] | None = field(default=None, init=False)
    """The exam that was begun and has not ended: its scenario, grade, seed, course and place."""

    def begin(self, score: Score, course: str = "", position: int = 0) -> None:
        """Hand over that an exam begins, before anything of it is seen: from now on its one try is used.

        Args:
            score: of the call before anything was done. course, position: as of `send`, which ends it.

        Raises:
            PipeClosed: nobody reads any more.
        """
        self.sent += 1
        self._open = (score.scenario, score.grade, score.seed, course, position)
        self._write(beginning(score, self._key(), course, position))

    def send(self, score: Score, course: str = "", position: int = 0) -> None:
        """Hand over one played call.

        Args:
            score: as it was scored. course: code of its course, or empty. position: its place there from 1, or 0.

        Raises:
            PipeClosed: nobody reads any more.
        """
        if self._open != (score.scenario, score.grade, score.seed, course, position):
            self.sent += 1
        self._open = None
        self._write(document(score, self._key(), course, position))

    def _key(self) -> str:
        return f"{self.run}-{self.sent:03d}"

    def _write(self, result: Mapping[str, Any]) -> None:
        line = line_of(result)
        try:
            while line:
                line = line[os.write(self.number, line) :]
        except OSError:
            raise PipeClosed("practice_console_gone") from None

    def wait_for_reader_gone(self) -> bool:
        """Wait until nobody reads any more; for a thread of its own.

        Returns:
            False at once where that cannot be known: a file, or a system without poll.
        """
        poll = getattr(select, "poll", None)
        if poll is None:
            return False
        watcher = poll()
        # Errors are reported whatever is asked for.
        watcher.register(self.number, 0)
        return bool(watcher.poll(None))


def document(score: Score, run: str, course: str = "", position: int = 0) -> dict[str, Any]:
    """A played call as it is handed over, see `console.rules.practice.parse`.

    Args:
        score: as it was scored. run: key of this call; the same key twice is one result.
        course, position: where it was played; empty and 0 outside a course.
    """
    return {
        "run": run,
        "scenario": score.scenario,
        "level": str(score.grade),
        "seed": score.seed,
        "items": [_item(one) for one in score.items],
        "instant_fail": list(score.instant_fail),
        "score": score.score,
        "of": score.of,
        "seconds": round(score.seconds, 1),
        "norm_seconds": round(score.norm_s, 1),
        "keys": score.keys,
        "keys_norm": score.keys_norm,
        "finished": score.saved,
        "course": course,
        "position": position,
    }


def beginning(score: Score, run: str, course: str = "", position: int = 0) -> dict[str, Any]:
    """An exam that begins, as it is handed over: its sheet without points. What is missed is not known yet.

    Args: as of `document`.
    """
    items = [{"code": one.code, "group": one.group, "got": 0, "of": one.of} for one in score.items]
    nothing = {"instant_fail": [], "score": 0, "seconds": 0.0, "keys": 0, "finished": False}
    return {**document(score, run, course, position), **nothing, "items": items, "begun": True}


def _item(one: ItemScore) -> dict[str, Any]:
    made: dict[str, Any] = {"code": one.code, "group": one.group, "got": one.got, "of": one.of}
    if one.got < one.of:
        made["better"] = {"zh": one.better.zh[:TEXT_MOST], "en": one.better.en[:TEXT_MOST]}
    return made


def line_of(result: Mapping[str, Any]) -> bytes:
    """One document as a line."""
    return json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class Reader:
    """The console's end. Give it bytes as they come.

    `fault` is why it takes no more, None while all is well; `refused` the first result that was not kept; `kept` how
    many calls were, an exam that began and ended is one.

    Args:
        keep: what is done with each whole result; a RecordError from it refuses that one alone.
    """

    def __init__(self, keep: Callable[[Mapping[str, Any]], None]) -> None:
        self._keep = keep
        self._rest = b""
        self._runs: set[str] = set()
        self.taken = 0
        self.fault: RecordError | None = None
        self.refused: RecordError | None = None

    @property
    def kept(self) -> int:
        """Calls that were kept."""
        return len(self._runs)

    def feed(self, data: bytes) -> None:
        """Take bytes. What comes after a fault is dropped."""
        if self.fault is not None:
            return
        self._rest += data
        while self.fault is None and b"\n" in self._rest:
            line, _, self._rest = self._rest.partition(b"\n")
            self._take(line)
        if self.fault is None and len(self._rest) > LINE_MOST:
            self.fault = RecordError("practice_garbled")
        if self.fault is not None:
            self._rest = b""

    def end(self) -> None:
        """Nothing more comes: a line without its end was cut off and is not kept."""
        if self.fault is None and self._rest:
            self.fault = RecordError("practice_cut_short")
        self._rest = b""

    def _take(self, line: bytes) -> None:
        if len(line) > LINE_MOST or self.taken >= RESULTS_MOST:
            self.fault = RecordError("practice_garbled")
            return
        try:
            result = _strict(line)
            parse(result)
        except (ValueError, RecursionError):
            # ResultInvalid, UnicodeDecodeError and JSONDecodeError are ValueErrors.
            self.fault = RecordError("practice_garbled")
            return
        self.taken += 1
        try:
            self._keep(result)
        except RecordError as error:
            self.refused = self.refused or error
            return
        self._runs.add(str(result["run"]))


def _strict(line: bytes) -> dict[str, Any]:
    """A JSON object without a name twice and without numbers JSON does not have; raises ValueError."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            raise ValueError("a name stands twice")
        return made

    def never(name: str) -> float:
        raise ValueError(name)

    read = json.loads(line.decode("utf-8"), object_pairs_hook=once, parse_constant=never)
    if not isinstance(read, dict):
        raise ResultInvalid("document")
    return read


def chunks(number: int) -> Generator[bytes]:
    """Bytes of a descriptor until its end; a broken one ends there."""
    while True:
        try:
            data = os.read(number, _CHUNK)
        except OSError:
            return
        if not data:
            return
        yield data


def chunks_of(file: BinaryIO) -> Generator[bytes]:
    """Bytes of an open file from where it stands to its end; one that cannot be read has none."""
    try:
        while data := file.read(_CHUNK):
            yield data
    except OSError:
        return
