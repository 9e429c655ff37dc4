"""Frozen records of the clinic's releases of talk-tracks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from db.enums import ReleaseStatus


@dataclass(frozen=True, slots=True)
class Release:
    """What a seat reads from.

    Args:
        sha256: hash over the files.
        status: approved, or draft: then nothing explanatory is shown.
        number: the clinic's number; None for the shipped files nobody has published or approved.
        approved_by, approved_at, review_by: the approval.
        overdue: approved, but the review is overdue: treated as a draft.
    """

    sha256: str
    status: ReleaseStatus
    number: int | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    review_by: date | None = None
    overdue: bool = False

    @property
    def may_say(self) -> bool:
        """Whether `say` may be shown on the call screen."""
        return self.status is ReleaseStatus.APPROVED and not self.overdue


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """One release in the clinic's list.

    Args:
        number, sha256, status: as stored.
        created_at: when it came into the record.
        author: who published it; None when it is kept only because calls were read from it.
        note: what is new, or what was checked.
        approved_by, approved_at, review_by: the approval.
        shipped: whether its files are those of this program.
    """

    number: int
    sha256: str
    status: ReleaseStatus
    created_at: datetime
    author: str | None
    note: str
    approved_by: str | None
    approved_at: datetime | None
    review_by: date | None
    shipped: bool
