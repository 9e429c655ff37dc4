"""A row of days as a small picture made of Braille dots, which are one cell wide in every terminal.

Block elements are of ambiguous width: a terminal for Chinese draws them two cells wide.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

LEVELS: Final = "⣀⣤⣶⣿"
"""The lowest to the highest."""
NOTHING: Final = "."
"""A day on which there was nothing to count."""


def spark(values: Iterable[float | None], most: float | None = None) -> str:
    """One sign a value; the highest value, or `most`, is the highest sign, and 0 the lowest.

    Args:
        values: oldest first; None is a day with nothing.
        most: what the highest sign stands for, such as 1 for a share.
    """
    known = list(values)
    top = max((value for value in known if value is not None), default=0) if most is None else most
    return "".join(NOTHING if value is None else LEVELS[_level(value, top)] for value in known)


def _level(value: float, top: float) -> int:
    if top <= 0:
        return 0
    return min(max(int(value / top * len(LEVELS)), 0), len(LEVELS) - 1)
