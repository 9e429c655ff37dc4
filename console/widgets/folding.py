"""Lines broken as Chinese is set: between any two characters, never before a closing sign."""

from __future__ import annotations

import re
from itertools import pairwise

from console.text import cells

CLOSING = frozenset("，。！？：；、）」』》】〉”’…—～％,.!?:;)]}%~\u3000")
"""What never stands at the beginning of a line."""
OPENING = frozenset("（「『《【〈“‘([{")
"""What never stands at the end of a line."""
LEAD = re.compile(r"^\s*(?:\d+:\d\d\s+|[->]+\s+|[+-]?\d+\s\s)?")
"""Time, mark or points in front of a line: what goes on below stands behind them."""


def _breaks(before: str, after: str) -> bool:
    if " " in (before, after):
        return before != after
    wide = cells(before) > 1 or cells(after) > 1
    return wide and after not in CLOSING and before not in OPENING


def folded(words: str, width: int) -> list[str]:
    """A line of words as the lines it takes.

    Args:
        words: one line. width: cells there are; with less than two, nothing is folded.

    Returns:
        At least one line, each at most `width` cells; all but the first are indented behind a time, mark or number.
    """
    if width < 2:
        return [words]
    lead = LEAD.match(words)
    indent = " " * (cells(lead[0]) if lead is not None else 0)
    if len(indent) + 2 > width:
        indent = ""
    lines: list[str] = []
    rest = words.rstrip(" ")
    while cells(rest) > width:
        used, fits = 0, 0
        for character in rest:
            used += cells(character)
            if used > width:
                break
            fits += 1
        least = len(indent) if lines or lead is None else len(lead[0])
        # A sign that may not begin a line takes the character before it along.
        allowed = [
            at for at, pair in enumerate(pairwise(rest[: fits + 1]), 1) if at > least and _breaks(*pair)
        ]
        taken = allowed[-1] if allowed else fits
        lines.append(rest[:taken].rstrip())
        rest = indent + rest[taken:].lstrip()
    return [*lines, rest]
