"""The screens one lives in; each is imported when it is first opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen


def _queue() -> Screen[Any]:
    from console.screens.queue import QueueScreen

    return QueueScreen()


def _board() -> Screen[Any]:
    from console.screens.board import BoardScreen

    return BoardScreen()


MODES: dict[str, str | Callable[[], Screen[Any]]] = {"queue": _queue, "board": _board}
"""Name of a mode and what makes its screen."""
