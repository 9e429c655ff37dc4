"""Pastes as text, whole: nothing inside a bracketed paste is ever a key."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from textual._xterm_parser import BRACKETED_PASTE_END as END
from textual._xterm_parser import BRACKETED_PASTE_START as START
from textual._xterm_parser import XTermParser
from textual.message import Message

SILENCE_S: Final = 10.0
"""A paste that sends nothing for so long is taken as ended: its terminator was lost."""

_KEY = 2
"""From so many characters on, the beginning of `START` is no key that somebody pressed."""


class WholePastes(XTermParser):
    """Holds a paste back until its terminator has come, and hands it on without escape characters.

    textual 8.2.8 reads an escape character inside a paste as the beginning of a sequence, drops the paste's
    terminator with it, and what stands behind acts as keys.
    """

    def __init__(self, debug: bool = False) -> None:
        self._tail = ""
        self._timed_out = False
        self._pasted: str | None = None
        self._heard = 0.0
        super().__init__(debug)

    def feed(self, data: str) -> Iterable[Message]:
        """What the terminal sent, pastes in one piece.

        Args:
            data: as it was read, cut anywhere; empty at the end of the input.

        Yields:
            Keys, pastes and the other events.
        """
        if not data:
            yield from super().feed(data)
            return
        while data:
            if self._pasted is None:
                typed, data = self._before_paste(data)
                yield from super().feed(typed)
            else:
                self._heard = time.monotonic()
                looked = max(len(self._pasted) - len(END), 0)
                self._pasted += data
                at = _end_of(self._pasted, looked)
                if at < 0:
                    return
                text, data = self._pasted[:at], self._pasted[at + len(END) :]
                yield from self._ended(text)

    def tick(self) -> Iterable[Message]:
        """Ends what waits too long: a lone escape key, a paste without an end."""
        if self._pasted is not None:
            if time.monotonic() - self._heard >= SILENCE_S:
                yield from self._ended(self._pasted)
            return
        if len(self._tail) >= _KEY:
            return
        waited = self._timeout_time
        yield from super().tick()
        if waited is not None and self._timeout_time is None:
            self._timed_out = True

    def _before_paste(self, data: str) -> tuple[str, str]:
        """What comes before a paste, its opening included, and the rest."""
        seen = self._tail + data
        at = seen.find(START)
        if at < 0:
            self._tail = next(
                (START[:n] for n in range(len(START) - 1, 0, -1) if seen.endswith(START[:n])), ""
            )
            self._timed_out = False
            return data, ""
        cut = at + len(START) - len(self._tail)
        # An opening that came in two pieces, with a pause in which its escape was already taken for the key.
        typed = START if self._timed_out and not at else data[:cut]
        self._tail, self._timed_out = "", False
        self._pasted, self._heard = "", time.monotonic()
        return typed, data[cut:]

    def _ended(self, text: str) -> Iterable[Message]:
        self._pasted = None
        yield from super().feed(text.replace("\x1b", "") + END)


def _end_of(text: str, start: int) -> int:
    """Where a paste ends: at the last terminator before another paste, as pasted text may hold one itself."""
    end = text.find(END, start)
    if end < 0:
        return end
    upto = text.find(START, end)
    return text.rfind(END, end, len(text) if upto < 0 else upto)
