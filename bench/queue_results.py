"""Goals of the queue's bench: ratios and times of interleaved rounds, with the noise they were taken in."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

Taken = dict[str, list[list[float]]]
"""Seconds of each operation, by name and round."""


@dataclass(frozen=True)
class Goal:
    """One figure beside its goal.

    Args:
        what: the measurement. value: what was measured; a ratio, or seconds.
        goal: the limit, None where the figure is only reported. at_least: whether more is better.
        seconds: whether it is a time. spread: lowest and highest round. noise: the same of the reference
            alone, as a share of its median. moonshot: more than asked. load: of the machine.
    """

    what: str
    value: float
    goal: float | None
    at_least: bool
    seconds: bool
    spread: tuple[float, float]
    noise: tuple[float, float] | None
    moonshot: float | None = None
    load: float = 0.0

    @property
    def met(self) -> bool:
        """Whether the goal is reached; true without one."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def part_of(seconds: Sequence[float], share: float) -> float:
    """What such a share of the operations stayed under."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _ratios(over: Sequence[float], under: Sequence[float]) -> tuple[float, tuple[float, float]]:
    by_round = [a / b for a, b in zip(over, under, strict=True)]
    return statistics.median(over) / statistics.median(under), (min(by_round), max(by_round))


def _noise(values: Sequence[float]) -> tuple[float, float]:
    middle = statistics.median(values)
    return min(values) / middle, max(values) / middle


def rate(
    taken: Taken,
    what: str,
    to: str,
    goal: float | None = None,
    *,
    moonshot: float | None = None,
    on: str = "",
) -> Goal:
    """Operations a second to those of a reference: medians of the rounds, at least the goal."""
    ours, theirs = ([len(one) / sum(one) for one in taken[name]] for name in (what, to))
    value, spread = _ratios(ours, theirs)
    return Goal(
        f"{on}rate, {what} : {to}",
        value,
        goal,
        True,
        False,
        spread,
        _noise(theirs),
        moonshot,
        os.getloadavg()[0],
    )


def share(
    taken: Taken,
    what: str,
    to: str | None,
    goal: float,
    *,
    part: float = 0.5,
    whole: bool = False,
    on: str = "",
) -> Goal:
    """What a share of the operations stays under, in seconds or to a reference, at most the goal.

    Args:
        taken: the rounds. what: the measurement; to: the reference, None for seconds.
        goal: the limit. part: 0.5 the middle, 1 the longest. on: put before the name.
        whole: over all rounds together, where one round holds too few.
    """
    name = {0.5: "p50", 1: "longest"}.get(part, f"p{part * 100:.0f}")
    ours = [part_of(one, part) for one in taken[what]]
    load = os.getloadavg()[0]
    if to is None:
        value = part_of([one for ones in taken[what] for one in ones], part) if whole else None
        middle = statistics.median(ours) if value is None else value
        return Goal(f"{on}{name}, {what}", middle, goal, False, True, (min(ours), max(ours)), None, load=load)
    theirs = [part_of(one, part) for one in taken[to]]
    ratio, spread = _ratios(ours, theirs)
    return Goal(f"{on}{name}, {what} : {to}", ratio, goal, False, False, spread, _noise(theirs), load=load)


def show(title: str, taken: Taken) -> None:
    """Print what each took: operations a second and milliseconds, medians of the rounds with their extremes."""
    print(f"\n{title}")
    width = max(map(len, taken))
    print(
        f"{'':<{width}} {'a second':>9} {'low':>7} {'high':>7} {'p50 ms':>8} {'p95':>8} {'p99':>8} {'max':>8}"
    )
    for name, ones in taken.items():
        rates = [len(one) / sum(one) for one in ones]
        parts = [
            statistics.median(part_of(one, share) for one in ones) * 1000 for share in (0.5, 0.95, 0.99, 1)
        ]
        print(
            f"{name:<{width}} {statistics.median(rates):>9.0f} {min(rates):>7.0f} {max(rates):>7.0f} "
            + " ".join(f"{one:>8.2f}" for one in parts)
        )
    print()


def collect(goals: Sequence[Goal], items: int) -> bool:
    """Print every goal beside what was measured, as a table for a page; whether all are met."""
    print(f"\nlarge clinic: {items} open items. By round: lowest and highest ratio of one round. Noise: the")
    print("reference's own slowest and fastest round, to its median. Load: average of the last minute.\n")
    print("| | measured | by round | goal | | noise | load |")
    print("|---|---|---|---|---|---|---|")
    for one in goals:
        unit = (lambda v: f"{v * 1000:.1f} ms") if one.seconds else (lambda v: f"{v:.3g}")
        sign = "at least" if one.at_least else "at most"
        goal = "" if one.goal is None else f"{sign} {unit(one.goal)}"
        if one.moonshot is not None:
            goal += f" (moonshot {unit(one.moonshot)})"
        verdict = "" if one.goal is None else ("met" if one.met else "MISSED")
        noise = "" if one.noise is None else f"{one.noise[0]:.2f} - {one.noise[1]:.2f}"
        print(
            f"| {one.what} | {unit(one.value)} | {unit(one.spread[0])} - {unit(one.spread[1])} | {goal} "
            f"| {verdict} | {noise} | {one.load:.1f} |"
        )
    return all(one.met for one in goals)
