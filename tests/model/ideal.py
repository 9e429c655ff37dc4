"""What the record should hold, kept in plain Python from what was acknowledged and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from db.enums import Level

Row = tuple[Any, ...]
TOLERANCE_MS = 2
"""Instants are whole milliseconds on their way through three clocks."""


class Broken(AssertionError):
    """Something that must always hold does not."""


def must(holds: object, what: str, **facts: object) -> None:
    """Raise `Broken` with the facts unless it holds."""
    if not holds:
        raise Broken(f"{what}: " + ", ".join(f"{name}={value!r}" for name, value in facts.items()))


@dataclass
class Hold:
    """A contact group in somebody's hand, as she was told.

    Args:
        group, staff, token, contact: what, whose, by which lease and contact.
        until: when it runs out by the database's clock, epoch ms.
        begun: whether dialling had begun.
        items: what she works in it.
    """

    group: int
    staff: int
    token: int
    contact: int
    until: int
    begun: bool = False
    items: tuple[int, ...] = ()


@dataclass
class Saved:
    """A conversation on record, and its rows as they were when it was first seen."""

    call: int
    contact: int
    row: Row
    answers: tuple[Row, ...]
    told: bool


@dataclass
class Typed:
    """What somebody typed in a call: the text that was acknowledged, and one that may have been written."""

    staff: int
    text: str
    at: int
    perhaps: str | None = None
    over: bool = False
    perhaps_over: bool = False


@dataclass
class Alarm:
    """An escalation that was acknowledged.

    Args:
        level: at least so urgent. flags: at least these. doctor: levels a doctor may have lowered it to.
    """

    level: Level
    flags: frozenset[str]


@dataclass
class Ideal:
    """The whole of it.

    Args:
        grace_ms: how long a cut-off call stays its owner's alone. holds: by group. saved: by call.
        keys: what an acknowledged save gave back. sent: forms sent under a key, by their note.
        drafts: by contact. alarms: by escalation. finished: items that acknowledged saves are done with.
    """

    grace_ms: int
    holds: dict[int, Hold] = field(default_factory=dict[int, Hold])
    saved: dict[int, Saved] = field(default_factory=dict[int, Saved])
    keys: dict[str, int] = field(default_factory=dict[str, int])
    sent: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    drafts: dict[int, Typed] = field(default_factory=dict[int, Typed])
    alarms: dict[int, Alarm] = field(default_factory=dict[int, Alarm])
    finished: set[int] = field(default_factory=set[int])

    # --- who holds what ---------------------------------------------------------------------------------

    def may_take(self, group: int, staff: int, *, lead: bool, off_duty: bool, at: int) -> bool:
        """Whether a group may be given to somebody at an instant of the database's clock."""
        hold = self.holds.get(group)
        if hold is None:
            return True
        if at < hold.until - TOLERANCE_MS:
            return False
        if not hold.begun or hold.staff == staff:
            return True
        return lead and (off_duty or at >= hold.until + self.grace_ms - TOLERANCE_MS)

    def take(self, hold: Hold, *, lead: bool, off_duty: bool, at: int) -> None:
        """Somebody was given a group."""
        must(
            self.may_take(hold.group, hold.staff, lead=lead, off_duty=off_duty, at=at),
            "a group was given away while a colleague had it",
            had=self.holds.get(hold.group),
            got=hold,
            at=at,
        )
        again = self.finished.intersection(hold.items)
        must(not again, "a finished call was offered again", items=again)
        self.holds[hold.group] = hold

    def hold_of(self, token: int) -> Hold | None:
        """The hold of a token, as long as nobody ended it."""
        return next((hold for hold in self.holds.values() if hold.token == token), None)

    def surely_held(self, token: int, at: int) -> bool:
        """Whether a lease with that token must still be there."""
        hold = self.hold_of(token)
        return hold is not None and (hold.begun or at < hold.until - TOLERANCE_MS)

    def give_back(self, token: int) -> None:
        """A hold was given up."""
        hold = self.hold_of(token)
        if hold is not None:
            del self.holds[hold.group]

    # --- what was written -------------------------------------------------------------------------------

    def finish(self, items: Iterable[int]) -> None:
        """Items an acknowledged save has finished."""
        self.finished.update(items)

    def type(self, contact: int, staff: int, text: str, at: int) -> None:
        """A draft was acknowledged."""
        self.drafts[contact] = Typed(staff, text, at)

    def raised(self, escalation: int, level: Level, flags: Iterable[str]) -> None:
        """An escalation was acknowledged: it only gets more urgent, and keeps its flags."""
        known = self.alarms.get(escalation)
        if known is not None:
            level = min(level, known.level, key=lambda one: one.rank)
            flags = known.flags.union(flags)
        self.alarms[escalation] = Alarm(level, frozenset(flags))
