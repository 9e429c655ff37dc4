"""A chair with a console before it: who sits there, what she is at, and how her clock goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.clock import Clock
from console.desk.seat import Seat
from db.enums import Role
from db.instants import to_ms
from db.records import Answered, CallForm, Claim
from tests.model.mortal import Fate, MortalDatabase
from tests.model.watch import Shaken

if TYPE_CHECKING:
    from tests.model.world import World


@dataclass
class Work:
    """A contact in hand.

    Args:
        claim: hers. stage: preview, dialling or connected. attempt: the dial whose result is awaited.
        phones: numbers that may be dialled. proof: two items the patient can give.
        typed: the newest text. answers: what was answered. key: of the save.
    """

    claim: Claim
    stage: str
    attempt: int = 0
    phones: tuple[int, ...] = ()
    proof: tuple[str, ...] = ()
    typed: str = ""
    answers: tuple[Answered, ...] = ()
    key: str = ""


@dataclass
class Chair:
    """One console.

    Args:
        name: shown in the steps. login, role: who sits here. skew: how far this PC's clock is off.
    """

    world: World
    name: str
    login: str
    role: Role | None
    skew: timedelta
    seat: Seat | None = None
    work: Work | None = None
    stale: Claim | None = None
    clock: Clock | None = None
    slept_ms: int = 0
    repeat: tuple[Claim, CallForm, str] | None = None
    pending: Shaken | None = None
    fate: Fate = field(init=False)
    database: MortalDatabase = field(init=False)

    def __post_init__(self) -> None:
        self._boot()

    def _boot(self) -> None:
        self.fate = Fate(lambda: self.world.now_ms, self._between, self._committed)
        self.database = MortalDatabase(self.world.clinic.database.url, self.fate, self.world.line)

    def _between(self) -> None:
        self.world.between(self)

    def _committed(self) -> None:
        self.world.committed(self)

    # --- clocks ---

    def monotonic(self) -> float:
        """What this PC counts, seconds; it stands still while the PC sleeps."""
        return (self.world.true_ms - self.slept_ms) / 1000

    def wall(self) -> datetime:
        """What this PC's clock shows, right or wrong."""
        return datetime.fromtimestamp(self.world.true_ms / 1000, UTC) + self.skew

    def now(self) -> datetime:
        """The present as the console's own clock has it."""
        assert self.clock is not None
        self.world.at_chair = self
        return self.clock.now()

    def now_ms(self) -> int:
        """`now` in epoch milliseconds."""
        return to_ms(self.now())

    # --- life and death ---

    @property
    def at(self) -> Seat:
        """The seat of whoever sits here."""
        assert self.seat is not None
        return self.seat

    @property
    def working(self) -> Work:
        """The contact in hand."""
        assert self.work is not None
        return self.work

    @property
    def lead(self) -> bool:
        """Whether a lead sits here."""
        return self.at.role is Role.LEAD

    def crashed(self) -> None:
        """The process died: what was only in its memory is gone, and nobody knows whether its last act counts."""
        if self.pending is not None:
            self.world.shaken.append(self.pending)
        self.reset()

    def reset(self) -> None:
        """A new process, nobody signed in."""
        self.database.close()
        self.seat = self.work = self.clock = None
        self._boot()

    def close(self) -> None:
        """For good."""
        self.database.close()


def sentence(number: int) -> str:
    """A text long enough for any rule, that occurs once."""
    return f"客户今天恢复情况正常 {number}"
