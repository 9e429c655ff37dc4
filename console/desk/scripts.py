"""Which talk-tracks a seat reads: publishing a release, and the doctor's approval without which nothing
explanatory is shown."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from console.clean import clean
from console.desk import policy as policies
from console.desk import staff
from console.desk.release_records import Release as Release
from console.desk.release_records import ReleaseLine as ReleaseLine
from console.desk.seat import Seat
from console.scripts import library
from console.scripts.library import Library
from db import audit, releases
from db.connect import Connection, Database, Row, reading, unit_of_work
from db.enums import ReleaseStatus, Role
from db.errors import NotAllowed
from db.instants import day, from_ms, maybe_at, to_ms

if TYPE_CHECKING:
    from console.scripts.lint_base import Problem

NOTE_MAX = 500
REVIEW_MONTHS = 12
"""Months after which an approved release is looked at again (docs/talk-tracks.md)."""


@lru_cache(maxsize=1)
def _shipped() -> Library:
    return library.shipped()


_kept: dict[str, Library] = {}
"""Releases read from the record, by hash, oldest first."""
_KEPT_MOST = 4
_faults: dict[str, tuple[Problem, ...]] = {}
"""What the check said of a release, by hash: one is published and approved in the same sitting."""


def active(seat: Seat, now: datetime) -> tuple[Library, Release]:
    """The release every seat of the clinic reads: the newest approved one, else the newest published draft,
    else the shipped files as a draft.

    An approved release stays what is read when the program brings newer files, whatever it lacks of them.

    Args:
        seat: whose clinic.
        now: aware datetime; decides whether the review is overdue, by the clinic's day.
    """
    with reading(seat.database) as connection:
        row = releases.newest_approved(connection, seat.clinic_id) or releases.newest_published(
            connection, seat.clinic_id
        )
        texts = None if row is None else _of(connection, seat.clinic_id, row)
    if row is None or texts is None:
        # Files that are not those which were approved are not read from; the shipped ones are a draft.
        return _shipped(), Release(_shipped().hash, ReleaseStatus.DRAFT)
    return texts, Release(
        sha256=texts.hash,
        status=ReleaseStatus(row["status"]),
        number=int(row["number"]),
        approved_by=row["approved_by"],
        approved_at=maybe_at(row["approved_at"]),
        review_by=day(row["review_by"]),
        overdue=_overdue(row, now, seat.zone),
    )


def _overdue(row: Row, now: datetime, zone: str) -> bool:
    review_by = day(row["review_by"])
    return review_by is not None and review_by < now.astimezone(ZoneInfo(zone)).date()


def _of(connection: Connection, clinic_id: int, row: Row) -> Library | None:
    """The files of a release's row; None when they are damaged, so that their hash no longer holds."""
    sha256 = str(row["sha256"])
    if sha256 == _shipped().hash:
        return _shipped()
    known = _kept.get(sha256)
    if known is None:
        try:
            document = json.loads(releases.document(connection, clinic_id, int(row["number"])) or "{}")
            known = library.from_texts({str(name): str(body) for name, body in document.items()})
        except (ValueError, AttributeError):
            return None
        if known.hash != sha256:
            return None
        for oldest in list(_kept)[: -_KEPT_MOST + 1]:
            _kept.pop(oldest, None)
        _kept[sha256] = known
    return known


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
    if row is None or row["sha256"] != _shipped().hash or _overdue(row, now, zone):
        return ReleaseStatus.DRAFT
    return ReleaseStatus.APPROVED


def history(seat: Seat) -> tuple[ReleaseLine, ...]:
    """Every release of the clinic, newest first."""
    with reading(seat.database) as connection:
        rows = releases.every(connection, seat.clinic_id)
    return tuple(_line(row) for row in rows)


def _line(row: Row) -> ReleaseLine:
    return ReleaseLine(
        number=int(row["number"]),
        sha256=str(row["sha256"]),
        status=ReleaseStatus(row["status"]),
        created_at=from_ms(row["created_at"]),
        author=row["author"],
        note=str(row["note"]),
        approved_by=row["approved_by"],
        approved_at=maybe_at(row["approved_at"]),
        review_by=day(row["review_by"]),
        shipped=row["sha256"] == _shipped().hash,
    )


def load(seat: Seat, number: int | None) -> Library:
    """One release of the clinic.

    Args:
        seat: whose clinic.
        number: the clinic's number; None is what the program ships.

    Raises:
        NotAllowed: there is no such release (`release_unknown`), or its files are damaged
            (`release_damaged`).
    """
    if number is None:
        return _shipped()
    with reading(seat.database) as connection:
        # A number no column holds is no release either.
        row = releases.by_number(connection, seat.clinic_id, number) if 0 < number < 2**31 else None
        if row is None:
            raise NotAllowed("release_unknown", number=number)
        texts = _of(connection, seat.clinic_id, row)
    if texts is None:
        raise NotAllowed("release_damaged", number=number)
    return texts


def as_read(seat: Seat, sha256: str) -> Library | None:
    """The files a call was read from, by the hash it stored; None when they were never kept."""
    if sha256 == _shipped().hash:
        return _shipped()
    with reading(seat.database) as connection:
        row = releases.by_hash(connection, seat.clinic_id, sha256)
        return None if row is None else _of(connection, seat.clinic_id, row)


def begun_with(seat: Seat, sha256: str | None, now: datetime) -> tuple[Library, str]:
    """The release a conversation goes on with: the one it began with, whatever was approved meanwhile.

    Args:
        seat: whose clinic.
        sha256: what its form names, if anything.
        now: aware datetime.

    Returns:
        The files, and the hash to store: the named one, also when its files are nowhere any more and the
        active ones have to judge the answers.
    """
    texts, release = active(seat, now)
    if not sha256 or sha256 == release.sha256:
        return texts, release.sha256
    return as_read(seat, sha256) or texts, sha256


def keep(connection: Connection, clinic_id: int, sha256: str, now: datetime) -> None:
    """Keep the files a call is read from, so that it can be shown later as it was read; once per release.

    Only the shipped files can be missing in the record: every other release is read from there.

    Args:
        connection: the save's transaction.
        clinic_id: the clinic.
        sha256: of the files.
        now: aware datetime.
    """
    texts = _shipped()
    if sha256 != texts.hash or releases.is_kept(connection, clinic_id, sha256):
        return
    releases.take_turn(connection, clinic_id)
    if not releases.is_kept(connection, clinic_id, sha256):
        releases.add(
            connection,
            clinic_id=clinic_id,
            document=_document(texts),
            sha256=sha256,
            author=None,
            at_ms=to_ms(now),
        )


def publish(seat: Seat, texts: Library, note: str, now: datetime) -> ReleaseLine:
    """Publish a release as a draft: its files, hash, author and note. Callers read on what is approved.

    Args:
        seat: a lead's or a doctor's seat.
        texts: the release, which has passed the check.
        note: what is new in it; required.
        now: aware datetime.

    Raises:
        NotAllowed: neither lead nor doctor (`needs_lead`), no note (`note_needed`), or these very files are
            the clinic's newest release already (`release_same`), or the check found problems
            (`release_faulty`).
    """
    if seat.role not in (Role.LEAD, Role.DOCTOR):
        raise NotAllowed("needs_lead")
    said = clean(note).strip()[:NOTE_MAX]
    if not said:
        raise NotAllowed("note_needed")
    _expect_whole(texts)
    with unit_of_work(seat.database) as connection:
        releases.take_turn(connection, seat.clinic_id)
        known = releases.every(connection, seat.clinic_id)
        if known and known[0]["sha256"] == texts.hash and known[0]["author"] is not None:
            raise NotAllowed("release_same", number=int(known[0]["number"]))
        number = releases.add(
            connection,
            clinic_id=seat.clinic_id,
            document=_document(texts),
            sha256=texts.hash,
            author=seat.staff_id,
            at_ms=to_ms(now),
            note=said,
        )
        _audit(connection, seat, "scripts.publish", number, now, sha256=texts.hash)
        row = releases.by_number(connection, seat.clinic_id, number)
    assert row is not None
    return _line(row)


def approve(seat: Seat, pin: str, now: datetime, note: str = "", number: int | None = None) -> Release:
    """Approve a release as a whole, by a doctor, with the PIN: from now on every seat reads it.

    One that was approved before is approved again: a retired one comes back, the review of the active one is
    done. The audit trail has every approval.

    Args:
        seat: a doctor's seat.
        pin: her PIN.
        now: aware datetime; the review is due 12 months later.
        note: what was checked or changed.
        number: the clinic's release; None is what the program ships, under the number it has already if it
            was kept or published.

    Returns:
        The approved release.

    Raises:
        NotAllowed: not a doctor (`needs_doctor`), a wrong PIN (`wrong_pin`), the files no longer pass the
            check of this program (`release_faulty`), or they cannot be read, see `load`.
    """
    if seat.role is not Role.DOCTOR:
        raise NotAllowed("needs_doctor")
    if not staff.check_pin(seat, pin, now):
        raise NotAllowed("wrong_pin")
    texts = load(seat, number)
    if number is not None:
        _expect_whole(texts)
    local = now.astimezone(ZoneInfo(seat.zone)).date()
    review_by = local + relativedelta(months=REVIEW_MONTHS)
    with unit_of_work(seat.database) as connection:
        releases.take_turn(connection, seat.clinic_id)
        chosen = number
        if chosen is None and (row := releases.by_hash(connection, seat.clinic_id, texts.hash)) is not None:
            chosen = int(row["number"])
        if chosen is None:
            chosen = releases.add(
                connection,
                clinic_id=seat.clinic_id,
                document=_document(texts),
                sha256=texts.hash,
                author=seat.staff_id,
                at_ms=to_ms(now),
            )
        releases.approve(
            connection,
            seat.clinic_id,
            chosen,
            staff_id=seat.staff_id,
            at_ms=to_ms(now),
            review_by=review_by,
            note=clean(note).strip()[:NOTE_MAX],
        )
        _audit(
            connection,
            seat,
            "scripts.approve",
            chosen,
            now,
            sha256=texts.hash,
            review_by=review_by.isoformat(),
        )
    return Release(texts.hash, ReleaseStatus.APPROVED, chosen, seat.name, now, review_by)


def faults(texts: Library) -> tuple[Problem, ...]:
    """Every problem for which a release would be refused; takes seconds. Args: texts, the release."""
    # Only whoever publishes or approves waits for the check and its models.
    from console.scripts.lint import check

    if texts.hash not in _faults:
        _faults[texts.hash] = check(texts, _shipped())
    return _faults[texts.hash]


def _expect_whole(texts: Library) -> None:
    problems = faults(texts)
    if problems:
        first = problems[0]
        raise NotAllowed(
            "release_faulty", count=len(problems), file=first.file, where=first.where, message=first.message
        )


def _document(texts: Library) -> str:
    return json.dumps(dict(texts.texts), ensure_ascii=False, sort_keys=True)


def _audit(
    connection: Connection, seat: Seat, action: str, number: int, now: datetime, **values: str
) -> None:
    audit.append(
        connection,
        clinic_id=seat.clinic_id,
        at=now,
        staff_id=seat.staff_id,
        seat_id=seat.seat_id,
        action=action,
        subject_kind="script_release",
        subject_id=number,
        values=values,
    )
