"""One earlier call with the talk-track as it was read: the words of its own release, whatever is read today."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from console.desk import person, scripts, sheet
from console.desk.holding import seated
from console.desk.judging import as_track
from console.desk.noting import note
from console.desk.restricted import is_restricted
from console.desk.retelling import Facts, Reader
from console.desk.seat import Seat
from console.scripts import records as tracks
from console.scripts.library import Library
from console.scripts.records import EVERYBODY
from db import calls, patients, releases, stories, treatments
from db.connect import Connection, Row, unit_of_work
from db.enums import Level, ReleaseStatus, SpokeTo
from db.errors import NotAllowed
from db.instants import day as as_day
from db.instants import from_ms
from db.reading_records import AnswerRead, CallRead, PartRead

MOST_AMENDS: Final = 50
"""Amendments of amendments that are followed back to the call itself."""


def as_read(seat: Seat, call_id: int, now: datetime) -> CallRead:
    """A call with the talk-track it was read from; the reading is audited.

    Args:
        seat: who reads; the same people as a patient's file.
        call_id: of a saved call; an amended one has the answers of the call it amends.
        now: aware datetime.

    Returns:
        The record; `hidden` when it is about an intimate procedure and the reader is not authorised.

    Raises:
        NotAllowed: a trainee at a real clinic (`role_may_not_read`), a closed seat, no such call
            (`call_unknown`).
    """
    if seat.only_practises:
        raise NotAllowed("role_may_not_read", role=str(seat.role))
    with unit_of_work(seat.database) as connection:
        seated(connection, seat)
        found = facts(connection, seat, call_id)
        note(
            connection,
            seat,
            now,
            "call.read",
            "call",
            call_id,
            {} if found is None else {"answers": len(found.answers)},
        )
    if found is None:
        return CallRead(call_id, hidden=True)
    sha256 = found.row["release_hash"]
    library = None if not sha256 else scripts.as_read(seat, str(sha256))
    return told(call_id, found, library, ZoneInfo(seat.zone))


def facts(connection: Connection, seat: Seat, call_id: int) -> Facts | None:
    """What the record has of a conversation; None when the reader may not see it. Whoever calls audits the reading.

    Args:
        connection: any connection.
        seat: who reads.
        call_id: of a saved call; an amended one has the answers of the call it amends.

    Raises:
        NotAllowed: no such call (`call_unknown`).
    """
    row = calls.call(connection, seat.clinic_id, call_id)
    for _step in range(MOST_AMENDS):
        if row is None or row["amends_call_id"] is None:
            break
        row = calls.call(connection, seat.clinic_id, int(row["amends_call_id"]))
    if row is None:
        raise NotAllowed("call_unknown")
    call_day = from_ms(row["started_at"]).astimezone(ZoneInfo(seat.zone)).date()
    patient_id: int | None = row["patient_id"]
    items = calls.items(connection, seat.clinic_id, () if row["item_id"] is None else (int(row["item_id"]),))
    main_id: int | None = items[0]["treatment_id"] if items else None
    main = None if main_id is None else treatments.one(connection, seat.clinic_id, main_id)
    intimate = patient_id is not None and sheet.treats_restricted(connection, seat.clinic_id, patient_id)
    if not seat.restricted_ok and (intimate if main is None else is_restricted(str(main["procedure"]))):
        return None
    answers = calls.answers(connection, seat.clinic_id, int(row["id"]))
    others = {} if patient_id is None else _open_then(connection, seat, patient_id, call_day)
    for treatment_id in {one["treatment_id"] for one in answers} - {None, main_id} - set(others):
        known = treatments.one(connection, seat.clinic_id, treatment_id)
        if known is not None and (seat.restricted_ok or not is_restricted(str(known["procedure"]))):
            others[treatment_id] = _as_then(known, call_day)
    shown = {None, main_id, *others}
    hash_: str = row["release_hash"] or ""
    about = None if patient_id is None else patients.one(connection, seat.clinic_id, patient_id)
    role = releases.role_at(connection, seat.clinic_id, int(row["contact_id"]), int(row["started_at"]))
    return Facts(
        row=row,
        call_day=call_day,
        # What was answered about an intimate procedure beside this one is not for this reader.
        answers=tuple(one for one in answers if one["treatment_id"] in shown),
        raised=tuple(
            (int(one["at"]), Level(one["after"]))
            for one in stories.levels_said(connection, seat.clinic_id, int(row["contact_id"]))
            if one["after"] in tuple(Level)
        ),
        main=None if main is None else _as_then(main, call_day),
        # A treatment corrected since is not one beside itself.
        others={} if main is not None and main["superseded_at"] is not None else others,
        person=tracks.Person()
        if about is None
        else tracks.Person(
            minor=person.minor(patients.born_on(about), call_day), male=about["sex"] == person.MALE
        ),
        role=EVERYBODY if role is None else role[0],
        role_known=role is not None and role[1],
        release=releases.by_hash(connection, seat.clinic_id, hash_),
        approved_at=releases.approved_at(connection, seat.clinic_id, hash_, int(row["started_at"])),
    )


def _open_then(
    connection: Connection, seat: Seat, patient_id: int, call_day: date
) -> dict[int, tracks.OpenTreatment]:
    found = sheet.open_treatments(connection, seat, patient_id, call_day, allowed=seat.restricted_ok)
    return {one.id: as_track(one) for one in found if not one.masked}


def _as_then(row: Row, call_day: date) -> tracks.OpenTreatment:
    performed = as_day(row["performed_on"]) or call_day
    return tracks.OpenTreatment(
        procedure=str(row["procedure"]),
        day=max((call_day - performed).days, 0),
        site=str(row["site"]),
        side=row["side"],
        anaesthesia=row["anaesthesia"],
    )


def told(call_id: int, facts: Facts, library: Library | None, zone: ZoneInfo) -> CallRead:
    """A conversation in the words of the release it was read from.

    Args:
        call_id: as it was asked for.
        facts: from `facts`.
        library: the files of its release; None when they were never kept: then answers are codes.
        zone: the clinic's.
    """
    row, approved = facts.row, facts.approved_at
    review_by = None
    if approved is not None:
        review_by = from_ms(approved).astimezone(zone).date() + relativedelta(months=scripts.REVIEW_MONTHS)
    base = CallRead(
        call_id=call_id,
        kept=library is not None,
        short_hash=str(row["release_hash"])[:12] if row["release_hash"] else None,
        number=None if facts.release is None else int(facts.release["number"]),
        status=ReleaseStatus.DRAFT if approved is None else ReleaseStatus.APPROVED,
        overdue=review_by is not None and review_by < facts.call_day,
        lang=str(row["language"]),
        flow=row["track_code"],
        version=row["track_version"],
        identified=bool(row["identity_method"]) or (row["spoke_to"] == SpokeTo.PROXY and bool(facts.answers)),
    )
    if library is None:
        codes = tuple(
            AnswerRead(
                str(one["question"]), str(one["question"]), str(one["value"]), counts=not one["superseded_at"]
            )
            for one in facts.answers
        )
        return replace(base, parts=(PartRead("other", answers=codes),) if codes else ())
    return Reader(base, facts, library).read()
