"""Frozen records of the board's strip and of what its cards are narrowed to. `db.records` hands them on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db.enums import EscalationKind

NOBODY: Final = 0
"""Stands for "nobody has it" where an owner is asked for; no person has this id."""


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What the board's cards are narrowed to.

    Args:
        kind: only what was handed over as this.
        owner: only what this person has; `NOBODY` for what nobody has.
    """

    kind: EscalationKind | None = None
    owner: int | None = None

    def __bool__(self) -> bool:
        return self.kind is not None or self.owner is not None


@dataclass(frozen=True, slots=True)
class Forecast:
    """Whether the people who are here can make the calls of the rest of the day.

    Args:
        until: when today's last calling hour ends.
        minutes: callable minutes left until then.
        due: people who have to be called until then, capped at 1000.
        seats: people on duty in a role that calls.
        can: conversations they can have in that time.
        handling_s: seconds that one takes.
        measured: whether that was measured in this clinic; otherwise the policy says it.
    """

    until: datetime
    minutes: int
    due: int
    seats: int
    can: int
    handling_s: int
    measured: bool

    @property
    def missing(self) -> int:
        """How many people would be left uncalled; 0 when it is enough."""
        return max(0, self.due - self.can)
