"""What the benches print: medians with their spread, and each goal with its ratio."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version


@dataclass(frozen=True)
class Goal:
    """A ratio of two medians that is to stay under a limit.

    Args:
        what: the measurement; to: what it is divided by.
        at_most: the limit, or None where the ratio is only reported.
    """

    what: str
    to: str
    at_most: float | None = None


def show(title: str, taken: Mapping[str, Sequence[float]], goals: Sequence[Goal]) -> bool:
    """Print the table.

    Args:
        title: what was measured.
        taken: seconds of each measurement.
        goals: ratios of medians. Rounds were interleaved, so the median of the rounds' own ratios stands
            beside each where both have as many rounds: load that lasts longer than a round cancels out there.

    Returns:
        Whether every goal is met.
    """
    print(f"\n{title}")
    width = max(len(name) for name in taken)
    print(f"{'ms':<{width}}  {'median':>8} {'min':>8} {'max':>8}   n")
    for name, seconds in taken.items():
        low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
        print(
            f"{name:<{width}}  {middle * 1000:>8.1f} {low * 1000:>8.1f} {high * 1000:>8.1f} {len(seconds):>3}"
        )
    print()
    met = True
    for goal in goals:
        over, under = taken[goal.what], taken[goal.to]
        ratio = statistics.median(over) / statistics.median(under)
        line = f"{goal.what} : {goal.to} = {ratio:.2f}"
        if len(over) == len(under):
            line += f" (by round {statistics.median(a / b for a, b in zip(over, under, strict=True)):.2f})"
        line += f", fastest {min(over) / min(under):.2f}"
        if goal.at_most is not None:
            reached = ratio <= goal.at_most
            met = met and reached
            line += f"; goal {goal.at_most:.2f}: {'met' if reached else 'MISSED'}"
        print(line)
    return met


def machine() -> str:
    """Class of machine, versions, and how busy it is now."""
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} CPUs {platform.machine()} {platform.system()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, textual {version('textual')}, "
        f"load {load}"
    )


def end(met: bool) -> None:
    """Say how busy the machine was and leave: 0 when every goal is met, else 1."""
    print(f"\nat the end: {machine()}")
    sys.exit(0 if met else 1)
