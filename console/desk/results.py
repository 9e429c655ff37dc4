"""The result of an operation over time: by dimension from the outcome sets of recorded calls, and photo references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from console.clean import clean
from console.desk import scripts
from console.desk.noting import note
from console.desk.restricted import is_restricted
from console.desk.seat import Seat
from console.desk.sheet import treats_restricted
from console.rules.scoring import Rated, by_dimension
from console.scripts.library import Library
from db import calls, stories, treatments
from db import escalations as table
from db.connect import Row, unit_of_work
from db.errors import NotAllowed
from db.instants import day as as_day
from db.instants import from_ms
from db.records import OutcomePoint, PhotoReference, ResultOverTime


def over_time(seat: Seat, patient_id: int, escalation_id: int | None, now: datetime) -> ResultOverTime:
    """What the patient said of the result, call by call, and where photographs are. The reading is audited.

    It is what she tells on the telephone; a clinician's own finding is another thing (catalogue S1-OUTC-01).

    Args:
        seat: who reads; the same people as a patient's file.
        patient_id: whose.
        escalation_id: the case it is opened from: answers about other operations are left out; None for all.
        now: aware datetime.

    Raises:
        NotAllowed: a trainee at a real clinic (`role_may_not_read`), no such patient (`patient_unknown`).
    """
    if seat.only_practises:
        raise NotAllowed("role_may_not_read", role=str(seat.role))
    zone = ZoneInfo(seat.zone)
    with unit_of_work(seat.database) as connection:
        if calls.patient(connection, seat.clinic_id, patient_id) is None:
            raise NotAllowed("patient_unknown")
        note(connection, seat, now, "patient.read", "patient", patient_id, {})
        if treats_restricted(connection, seat.clinic_id, patient_id) and not seat.restricted_ok:
            return ResultOverTime(hidden=True)
        treated: Row | None = None
        if escalation_id is not None:
            case = table.card(connection, seat.clinic_id, escalation_id)
            if case is not None and case["treatment_id"] is not None:
                treated = treatments.one(connection, seat.clinic_id, case["treatment_id"])
        talks = calls.history(connection, seat.clinic_id, patient_id, stories.CALLS_MOST)
        answers = stories.answers_of(connection, seat.clinic_id, tuple(int(one["id"]) for one in talks))
        photos = stories.photographed(connection, seat.clinic_id, patient_id)
    library, _release = scripts.active(seat, now)
    by_call: dict[int, list[Row]] = {}
    for row in answers:
        other = (
            row["treatment_id"] is not None and treated is not None and row["treatment_id"] != treated["id"]
        )
        if not other:
            by_call.setdefault(int(row["call_id"]), []).append(row)
    points = [
        found
        for talk in reversed(talks)
        if (found := _point(library, talk, by_call.get(int(talk["id"]), []), treated, zone)) is not None
    ]
    return ResultOverTime(
        dimensions={
            code: {"zh": words.zh, "en": words.en} for code, words in library.outcomes.dimensions.items()
        },
        points=tuple(points),
        photos=tuple(_photo(row, zone, allowed=seat.restricted_ok) for row in photos),
    )


def _point(
    library: Library, talk: Row, answers: Iterable[Row], treated: Row | None, zone: ZoneInfo
) -> OutcomePoint | None:
    given = {str(row["question"]): str(row["value"]) for row in answers}
    rated = _rated(library, given)
    if not rated:
        return None
    on = from_ms(talk["started_at"]).astimezone(zone).date()
    performed = as_day(talk["performed_on"] if treated is None else treated["performed_on"])
    scores = by_dimension(rated, given)
    percent = {one.dimension: one.percent for one in scores if one.percent is not None}
    if not percent:
        return None
    return OutcomePoint(
        call_id=int(talk["id"]),
        on=on,
        day=None if performed is None else (on - performed).days,
        percent=percent,
    )


def _rated(library: Library, given: Mapping[str, str]) -> list[Rated]:
    """Questions of the outcome sets that this conversation answered, each once."""
    found: dict[str, Rated] = {}
    for one in library.outcomes.sets.values():
        for item in one.items:
            question = library.questions.get(item.question)
            if item.question in given and question is not None:
                options = tuple(option.code for option in question.options)
                found.setdefault(item.question, Rated(item.question, item.dimension, options))
    return list(found.values())


def _photo(row: Row, zone: ZoneInfo, *, allowed: bool) -> PhotoReference:
    hidden = is_restricted(row["procedure"]) and not allowed
    return PhotoReference(
        on=from_ms(row["at"]).astimezone(zone).date(),
        kind=str(row["kind"]),
        procedure=None if hidden or row["procedure"] is None else str(row["procedure"]),
        note="" if hidden else clean(str(row["note"] or "")),
    )
