"""Which talk-tracks a seat reads, and the doctor's approval without which nothing explanatory is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from console.clean import clean
from console.desk import policy as policies
from console.desk import staff
from console.desk.seat import Seat
from console.scripts import library
from console.scripts.library import Library
from db import audit, releases
from db.connect import Database, reading, unit_of_work
from db.enums import ReleaseStatus, Role
from db.errors import NotAllowed
from db.instants import day, from_ms, to_ms

REVIEW_MONTHS = 12
"""Months after which an approved release is looked at again (docs/talk-tracks.md)."""


@dataclass(frozen=True, slots=True)
class Release:
    """What a seat reads from.

    Args:
        sha256: hash over the files.
        status: approved, or draft: then nothing explanatory is shown.
        number: the clinic's number; None for the shipped files nobody has approved.
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


@lru_cache(maxsize=1)
def _shipped() -> Library:
    return library.shipped()


@lru_cache(maxsize=2)
def _published(sha256: str, document: str) -> Library:
    return library.from_texts(json.loads(document))


def active(seat: Seat, now: datetime) -> tuple[Library, Release]:
    """The release every seat of the clinic reads: the newest approved one, else the shipped files as a draft.

    Args:
        seat: whose clinic.
        now: aware datetime; decides whether the review is overdue, by the clinic's day.
    """
    today = now.astimezone(ZoneInfo(seat.zone)).date()
    with reading(seat.database) as connection:
        row = releases.newest_approved(connection, seat.clinic_id)
    if row is None:
        shipped = _shipped()
        return shipped, Release(shipped.hash, ReleaseStatus.DRAFT)
    review_by = day(row["review_by"])
    shipped = _shipped()
    texts = shipped if row["sha256"] == shipped.hash else _published(row["sha256"], row["document"])
    return texts, Release(
        sha256=str(row["sha256"]),
        status=ReleaseStatus.APPROVED,
        number=int(row["number"]),
        approved_by=row["approved_by"],
        approved_at=from_ms(row["approved_at"]),
        review_by=review_by,
        overdue=review_by is not None and review_by < today,
    )


def status(seat: Seat, now: datetime) -> Release:
    """What the clinic reads from and whether it is approved."""
    return active(seat, now)[1]


def shipped_status(database: Database, clinic_id: int, now: datetime) -> ReleaseStatus:
    """Whether a clinic's newest approval is of the files this program ships, and its review is not overdue.

    Args:
        database: the record.
        clinic_id: the clinic.
        now: aware datetime.
    """
    zone = policies.current(database, clinic_id).clinic.zone
    with reading(database) as connection:
        row = releases.newest_approved(connection, clinic_id)
    if row is None or row["sha256"] != _shipped().hash:
        return ReleaseStatus.DRAFT
    review_by = day(row["review_by"])
    overdue = review_by is not None and review_by < now.astimezone(ZoneInfo(zone)).date()
    return ReleaseStatus.DRAFT if overdue else ReleaseStatus.APPROVED


def approve(seat: Seat, pin: str, now: datetime, note: str = "") -> Release:
    """Approve the shipped talk-tracks as a whole, by a doctor, with the PIN.

    Args:
        seat: a doctor's seat.
        pin: her PIN.
        now: aware datetime; the review is due 12 months later.
        note: what was checked or changed.

    Returns:
        The approved release.

    Raises:
        NotAllowed: not a doctor (`needs_doctor`), or a wrong PIN (`wrong_pin`).
    """
    if seat.role is not Role.DOCTOR:
        raise NotAllowed("needs_doctor")
    if not staff.check_pin(seat, pin, now):
        raise NotAllowed("wrong_pin")
    shipped = _shipped()
    local = now.astimezone(ZoneInfo(seat.zone)).date()
    review_by = local + relativedelta(months=REVIEW_MONTHS)
    with unit_of_work(seat.database) as connection:
        number = releases.add_approved(
            connection,
            clinic_id=seat.clinic_id,
            document=json.dumps(dict(shipped.texts), ensure_ascii=False, sort_keys=True),
            sha256=shipped.hash,
            staff_id=seat.staff_id,
            at_ms=to_ms(now),
            review_by=review_by,
            note=clean(note)[:500],
        )
        audit.append(
            connection,
            clinic_id=seat.clinic_id,
            at=now,
            staff_id=seat.staff_id,
            seat_id=seat.seat_id,
            action="scripts.approve",
            subject_kind="script_release",
            subject_id=number,
            values={"sha256": shipped.hash, "review_by": review_by.isoformat()},
        )
    return Release(shipped.hash, ReleaseStatus.APPROVED, number, seat.name, now, review_by)
