"""The figures of a day, as pure sums over what was recorded. Every formula is written out in docs/reports.md.

A figure is a numerator and a denominator, never a finished percentage: a day with nothing has no rate, not 0 %.
Which day something belongs to is decided by whoever reads the record, in the clinic's zone; a range of time is
half-open, so what is met at the very instant of its limit is late.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from db.enums import AttemptResult, EscalationKind, ItemState

K = TypeVar("K", bound=Hashable)

CLOCKS: Final = ("ack", "contact", "resolve", "first_reply", "solution")
"""Clocks that are counted: the first three of a clinical case, the others of a complaint or a request."""

NOT_OWED: Final = frozenset({ItemState.CANCELLED, ItemState.SUPERSEDED, ItemState.BEFORE_START})
"""States in which a planned call was never owed: refused, planned anew, due before the clinic began with us."""

NOT_COUNTED: Final = frozenset({AttemptResult.LINE_ERROR})
"""Dials that say nothing of whether somebody can be reached: a fault on the clinic's own line."""


@dataclass(frozen=True, slots=True)
class Dial:
    """One telephone dial. `result`: None while nobody has said what came of it."""

    staff_id: int
    procedure: str | None
    result: AttemptResult | None


@dataclass(frozen=True, slots=True)
class Talk:
    """One saved telephone conversation, out or in. `late`: its typing was put on record afterwards."""

    staff_id: int
    procedure: str | None
    started_at: datetime
    ended_at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """One planned call of the day it was due on.

    Args:
        staff_id: who made it; for one that was not made, whose own it is; None when it is nobody's.
        procedure: of its treatment.
        state: as it is now.
        closed_at: when it was made, None while it was not.
        clinical_end: end of its clinical window, exclusive; None when it has none.
    """

    staff_id: int | None
    procedure: str | None
    state: ItemState
    closed_at: datetime | None
    clinical_end: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """What was handed over, with the clocks of one level.

    Args:
        staff_id: its owner, None without one.
        procedure: of the treatment it is about.
        kind: clinical, complaint or request.
        limits: `ack`, `contact` and `resolve` to when each runs out.
        met: the same names to when each was met; a clock without one is not met.
        marked: earlier running-out that was marked: name and instant, oldest first.
        still_since: since when the clock of the solution stands still, waiting for the patient.
    """

    staff_id: int | None
    procedure: str | None
    kind: EscalationKind
    limits: Mapping[str, datetime]
    met: Mapping[str, datetime]
    marked: tuple[tuple[str, datetime], ...] = ()
    still_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One clock that was met in time or ran out, at an instant."""

    clock: str
    at: datetime
    hit: bool
    staff_id: int | None
    procedure: str | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """A numerator over a denominator."""

    of: int = 0
    among: int = 0

    @property
    def share(self) -> float | None:
        """From 0 to 1; None when there was nothing to count."""
        return self.of / self.among if self.among else None


@dataclass(frozen=True, slots=True)
class Figures:
    """One day, or one caller's or one procedure's part of it.

    Args:
        attempts: telephone dials.
        reached: connected dials, among those with a result that was no fault of our line.
        talks: conversations that count for the handling time.
        talk_seconds: their whole seconds together.
        tracked: planned calls that were made, among those that were due.
        adherent: planned calls made before their clinical window ended, among those made and those whose window
            is over.
        open: due calls that are neither made nor over.
        clocks: clock to those met in time, among those met or run out.
    """

    attempts: int = 0
    reached: Ratio = Ratio()
    talks: int = 0
    talk_seconds: int = 0
    tracked: Ratio = Ratio()
    adherent: Ratio = Ratio()
    open: int = 0
    clocks: Mapping[str, Ratio] = field(default_factory=dict[str, Ratio])

    @property
    def handling(self) -> float | None:
        """Average handling time in seconds; None without a conversation."""
        return self.talk_seconds / self.talks if self.talks else None

    @property
    def in_time(self) -> Ratio:
        """All clocks together."""
        ratios = self.clocks.values()
        return Ratio(sum(one.of for one in ratios), sum(one.among for one in ratios))


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything that is counted, read for one day."""

    dials: Sequence[Dial] = ()
    talks: Sequence[Talk] = ()
    dues: Sequence[Due] = ()
    verdicts: Sequence[Verdict] = ()


def verdicts(case: Case, at: datetime) -> tuple[Verdict, ...]:
    """What became of the clocks of a case until an instant.

    A clock that ran out is missed at its limit, whenever that was noticed. One that ran out and began anew (a
    higher level, a case opened again) is missed once more for each running-out that was marked before its limit
    of now. A complaint's first reply is its contact clock, its solution the one to resolve it.

    Args:
        case: the case.
        at: aware instant of the report; a clock that still runs then is left out.
    """
    clinical = case.kind is EscalationKind.CLINICAL
    names = ("ack", "contact", "resolve") if clinical else ("contact", "resolve")
    found: list[Verdict] = []
    for name in names:
        shown = name if clinical else {"contact": "first_reply", "resolve": "solution"}[name]
        limit, met = case.limits[name], case.met.get(name)
        missed = [when for clock, when in case.marked if clock == name and when < limit]
        until = at if met is None else met
        if met is None and name == "resolve" and case.still_since is not None:
            until = min(at, case.still_since)
        if limit <= until:
            missed.append(limit)
        elif met is not None:
            found.append(Verdict(shown, met, True, case.staff_id, case.procedure))
        found += [Verdict(shown, when, False, case.staff_id, case.procedure) for when in missed]
    return tuple(one for one in found if one.at <= at)


def count(what: Counted, at: datetime) -> Figures:
    """The figures of what was read.

    Args:
        what: rows of one day.
        at: aware instant of the report: a clinical window that ends later is not over.
    """
    answered = [one for one in what.dials if one.result is not None and one.result not in NOT_COUNTED]
    talks = [one for one in what.talks if not one.late]
    owed = [one for one in what.dues if one.state not in NOT_OWED]
    made = [one for one in owed if one.state is ItemState.DONE]
    missed = [one for one in owed if one.state is not ItemState.DONE and _over(one, at)]
    return Figures(
        attempts=len(what.dials),
        reached=Ratio(sum(one.result is AttemptResult.CONNECTED for one in answered), len(answered)),
        talks=len(talks),
        talk_seconds=sum(_seconds(one) for one in talks),
        tracked=Ratio(len(made), len(owed)),
        adherent=Ratio(sum(_inside(one) for one in made), len(made) + len(missed)),
        open=len(owed) - len(made) - len(missed),
        clocks={
            clock: Ratio(sum(one.hit for one in ended), len(ended))
            for clock in CLOCKS
            if (ended := [one for one in what.verdicts if one.clock == clock])
        },
    )


def _over(due: Due, at: datetime) -> bool:
    """Whether a call that was not made can't be made in time any more."""
    if due.state in (ItemState.LAPSED, ItemState.UNREACHABLE):
        return True
    return due.clinical_end is not None and due.clinical_end <= at


def _inside(due: Due) -> bool:
    return due.clinical_end is None or (due.closed_at is not None and due.closed_at < due.clinical_end)


def _seconds(talk: Talk) -> int:
    return max(int((talk.ended_at - talk.started_at).total_seconds()), 0)


def by(what: Counted, key: Callable[[Dial | Talk | Due | Verdict], K], at: datetime) -> dict[K, Figures]:
    """The figures of each part of what was read.

    Args:
        what: rows of one day.
        key: which part a row belongs to.
        at: as in `count`.

    Returns:
        Part to figures, in the order first met.
    """
    parts: dict[K, tuple[list[Dial], list[Talk], list[Due], list[Verdict]]] = {}

    def sort(rows: Iterable[Dial | Talk | Due | Verdict], place: int) -> None:
        for row in rows:
            parts.setdefault(key(row), ([], [], [], []))[place].append(row)  # type: ignore[arg-type]

    for place, rows in enumerate((what.dials, what.talks, what.dues, what.verdicts)):
        sort(rows, place)
    return {part: count(Counted(*rows), at) for part, rows in parts.items()}
