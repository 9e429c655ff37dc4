"""What a line of the queue is made of: all the records the first frame needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from db.enums import Tier


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is as it is: a code, and what fills its sentence. console/reasons.py has the sentences.

    Args:
        code: stable code, a key of console.reasons.REASONS.
        params: values of the sentence's placeholders: text, numbers, or another Reason. Times are already
            text in the clinic's zone, so that the same Reason reads the same on every seat.
    """

    code: str
    params: Mapping[str, object] = field(default_factory=dict[str, object], hash=False)

    @classmethod
    def of(cls, code: str, /, **params: object) -> Reason:
        """A Reason from keyword parameters."""
        return cls(code, params)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue: masked, for everybody's eyes.

    Args:
        position: 1 for the first of the order that was asked for.
        key: place in the order: band, deadline in epoch milliseconds, id; `after` of the next page.
        id: item. patient_id, external_id: whose. patient: masked name.
        procedure: procedure code, `restricted`, or empty without a treatment.
        day: post-op day in the clinic's zone; None without a treatment.
        milestone, team, language: as the item has them.
        tier: why it stands here. deadline_at: by when.
        attempts: counted attempts.
        reason: the weightiest reason for its place. last: what came of the last contact.
        takeable: whether it may be dialled at this minute. opens_at: when it may, if not now.
        due: its set day, hour or agreed time has come, and it may be dialled (S1-SCHED-34).
        held_by: staff name of who works it at another seat; empty when it is free.
        talking: whether that person has begun to dial.
        promise_at: the agreed time that put it here; the deadline may be a little later, or a clinical end before it.
        mine: it is the reader's own call that broke off, or stands at another seat of hers.
    """

    position: int
    key: tuple[int, int, int]
    id: int
    patient_id: int
    external_id: str | None
    patient: str
    procedure: str
    day: int | None
    milestone: str
    team: str
    language: str
    tier: Tier
    deadline_at: datetime
    attempts: int
    reason: Reason
    last: Reason
    takeable: bool
    opens_at: datetime | None
    due: bool = False
    held_by: str = ""
    talking: bool = False
    promise_at: datetime | None = None
    mine: bool = False


ANYONE: Final = 0
"""Stands for "nobody's own" where an owner is asked for."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What a list is narrowed to; None leaves a question open.

    Args:
        team: owner team's code.
        tier: one tier.
        procedure: procedure code, or `restricted` for every intimate one.
        owner: staff id whose own calls they are, `ANYONE` for those that are nobody's own.
    """

    team: str | None = None
    tier: Tier | None = None
    procedure: str | None = None
    owner: int | None = None

    def __bool__(self) -> bool:
        return self != QueueFilter()


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A stretch of a narrowed list.

    Args:
        rows: those that match, in order.
        go_on: key to look on from; None when the list was looked through to its end.
        looked: whether rows behind `go_on` stayed unread because enough had been looked at.
    """

    rows: tuple[QueueRow, ...]
    go_on: tuple[int, int, int] | None
    looked: bool = False


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """What a seat's list may be narrowed to.

    Args:
        teams: codes, in the policy's order.
        procedures: codes, as the shipped list has them; intimate ones as one `restricted`.
        owners: staff id and name of people whose own calls stand in the list; her own first.
    """

    teams: tuple[str, ...]
    procedures: tuple[str, ...]
    owners: tuple[tuple[int, str], ...]
