"""What is asked of a simulation, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from typing import Final

OWN_PROCESS: Final = 64
"""Up to so many seats each is a process of its own with a connection of its own."""

SHARED: Final = 16
"""Processes that more seats share, each with one connection: the pool."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for.

    Args:
        seats: people who call at once. calls: calls that are due.
        kill_rate: share of calls in which the seat's process is killed at some statement, 0 to 1.
        seed: same seed, same people, pauses and kills; what the machine does in between is its own.
        think: mean of each of the three pauses of a call, seconds.
    """

    seats: int
    calls: int
    kill_rate: float = 0.0
    seed: int = 1
    think: float = 0.02

    @property
    def processes(self) -> int:
        """How many processes the seats live in."""
        return self.seats if self.seats <= OWN_PROCESS else SHARED


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, 99th percentile and longest of some durations, milliseconds."""

    p50: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What the checks found at the end; every number should be 0.

    Args:
        double_claims: pairs of claims that held one contact group at the same instant.
        offered_again: claims that offered a call which was done already.
        lost: calls that are neither finished nor in their place, and acknowledged saves that are not on record.
        saved_twice: conversations that are on record more than once.
        misplaced: open calls whose stored place is not what the rule says.
        audit: breaks of the audit trail's chain, and records without their audit row.
        crashed: processes that ended without having been killed.
    """

    double_claims: int = 0
    offered_again: int = 0
    lost: int = 0
    saved_twice: int = 0
    misplaced: int = 0
    audit: int = 0
    crashed: int = 0

    @property
    def broken(self) -> bool:
        """Whether anything is wrong."""
        return any(astuple(self))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulation came to.

    Args:
        database: its address as a person may read it. dialect: sqlite or postgresql.
        seats, processes, calls: as asked, and how they were spread.
        seconds: from the first claim to the last event.
        claims, saved, missed, skipped: what the seats did.
        killed: processes that were killed. unacknowledged: records of saves whose seat died before it was told.
        resumed: calls taken up again from a draft. cut_off: calls whose lease ran out after dialling had begun.
        late_drafts: conversations kept as late because somebody else had the call by then.
        claim_ms, save_ms: how long a claim and a save took, as a seat felt it.
        items: calls by where they are at the end.
        refused: what the desk refused, by code. busy: operations repeated because the database was locked.
        findings: what is wrong.
    """

    database: str
    dialect: str
    seats: int
    processes: int
    calls: int
    seconds: float
    claims: int
    saved: int
    missed: int
    skipped: int
    killed: int
    unacknowledged: int
    resumed: int
    cut_off: int
    late_drafts: int
    claim_ms: Spread
    save_ms: Spread
    items: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    busy: int = 0
    findings: Findings = Findings()

    @property
    def broken(self) -> bool:
        """Whether something that must always hold did not."""
        return self.findings.broken

    @property
    def claims_per_s(self) -> float:
        """Claims a second, pauses and all."""
        return self.claims / self.seconds if self.seconds else 0.0


def spread(milliseconds: list[float]) -> Spread:
    """Median, 99th percentile (nearest rank) and longest; all 0 of nothing."""
    if not milliseconds:
        return Spread(0.0, 0.0, 0.0)
    ordered = sorted(milliseconds)

    def rank(percent: int) -> float:
        return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]

    return Spread(rank(50), rank(99), ordered[-1])
