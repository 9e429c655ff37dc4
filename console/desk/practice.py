"""Keeping what was practised: once a run, one try an exam, with its audit row; a person reads her own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from console.desk.noting import note
from console.desk.seat import Seat
from console.rules import practice as rules
from db import idempotency, staff
from db import practice as table
from db.connect import Connection, Row, reading, unit_of_work
from db.enums import Role
from db.errors import NotAllowed, WrongUse
from db.instants import from_ms, to_ms
from db.practice_records import KeptResult, PracticeLevel, PracticeResult, RestingExam


def keep(seat: Seat, result: Mapping[str, object], now: datetime) -> KeptResult:
    """Write what one practised call came to, once, with its audit row; of an exam also that it began.

    An exam's end takes the place of its beginning, once, with an audit row of its own; it keeps the instant of the
    beginning, from which it rests, so that a try a lead allows meanwhile is not lost.

    Args:
        seat: whose call it was, in any role.
        result: as the practice process sent it, see `console.rules.practice.parse`.
        now: aware instant.

    Returns:
        What is on record; of a run that has ended before, what was written then.

    Raises:
        WrongUse: `practice_result_invalid`: it is no result, or the end of another call than the one begun under
            its key; nothing is written.
        NotAllowed: `exam_one_try`: this exam was taken a short while ago.
    """
    try:
        made = rules.parse(result)
    except rules.ResultInvalid as error:
        raise WrongUse("practice_result_invalid", field=error.field) from None
    key = f"practice:{seat.staff_id}:{made.run}"
    with unit_of_work(seat.database) as connection:
        # Two exams at two seats at the same moment: the second one waits, and sees the first.
        staff.get(connection, seat.clinic_id, seat.staff_id, lock=True)
        before = idempotency.find(connection, seat.clinic_id, key)
        if before is not None:
            row = table.get(connection, seat.clinic_id, before)
            assert row is not None  # results are never deleted
            return _ended(connection, seat, row, made, now)
        if made.level is PracticeLevel.EXAM:
            for exam in _resting(table.of_staff(connection, seat.clinic_id, seat.staff_id), now):
                if (exam.scenario, exam.course) == (made.scenario, made.course):
                    until = exam.until.astimezone(ZoneInfo(seat.zone))
                    raise NotAllowed("exam_one_try", until=f"{until:%Y-%m-%d %H:%M}")
        values: dict[str, object] = {"scenario": made.scenario, "at": to_ms(now), **_values(made)}
        kept_id = _add(connection, seat, seat.staff_id, values)
        idempotency.remember(connection, seat.clinic_id, key, "practice_result", kept_id, now)
        action = "practice.begin" if made.begun else "practice.keep"
        note(connection, seat, now, action, "practice_result", kept_id, values)
    return KeptResult(kept_id, seat.staff_id, from_ms(to_ms(now)), made)


def results(seat: Seat, staff_id: int) -> tuple[KeptResult, ...]:
    """What somebody practised, newest first: one's own, or anybody's for a lead.

    Raises:
        NotAllowed: `practice_of_others`: another person's, for somebody who is no lead.
    """
    check_reader(seat, staff_id)
    with reading(seat.database) as connection:
        return tuple(_results(table.of_staff(connection, seat.clinic_id, staff_id)))


def resting(seat: Seat, now: datetime) -> tuple[RestingExam, ...]:
    """One's own exams that may not be taken again yet, and from when; asked before an exam begins."""
    with reading(seat.database) as connection:
        return _resting(table.of_staff(connection, seat.clinic_id, seat.staff_id), now)


def allow(seat: Seat, staff_id: int, scenario: str, course: str, now: datetime) -> None:
    """Let somebody take one exam once more before its time; audited.

    Args:
        seat: a lead's.
        staff_id: who may.
        scenario, course: which exam; the course is empty for one outside a course.
        now: aware instant.

    Raises:
        NotAllowed: another role; `exam_not_resting`: she may take it anyway; `not_yourself`.
    """
    seat.require(Role.LEAD)
    if staff_id == seat.staff_id:
        raise NotAllowed("not_yourself")
    with unit_of_work(seat.database) as connection:
        staff.get(connection, seat.clinic_id, staff_id, lock=True)
        waiting = _resting(table.of_staff(connection, seat.clinic_id, staff_id), now)
        if not any((one.scenario, one.course) == (scenario, course) for one in waiting):
            raise NotAllowed("exam_not_resting")
        document = json.dumps({"retry": True, "course": course, "by": seat.staff_id})
        values: dict[str, object] = {
            "scenario": scenario,
            "score": 0,
            "of": 0,
            "at": to_ms(now),
            "document": document,
        }
        allowed_id = _add(connection, seat, staff_id, values)
        note(connection, seat, now, "practice.allow", "practice_result", allowed_id, values)


def check_reader(seat: Seat, staff_id: int) -> None:
    """Refuse another person's results to whoever is no lead."""
    if staff_id != seat.staff_id and seat.role is not Role.LEAD:
        raise NotAllowed("practice_of_others")


def read_all(
    connection: Connection, clinic_id: int, staff_id: int, now: datetime
) -> tuple[tuple[KeptResult, ...], tuple[RestingExam, ...]]:
    """What somebody practised, newest first, and her exams that rest; for the desk's own reads."""
    rows = table.of_staff(connection, clinic_id, staff_id)
    return tuple(_results(rows)), _resting(rows, now)


def _ended(connection: Connection, seat: Seat, row: Row, made: PracticeResult, now: datetime) -> KeptResult:
    """What stands under a key already; the beginning of a call ends here if this is its end."""
    before = _kept(row)
    if made.begun or not before.result.begun:
        return before
    if field := rules.differs(before.result, made):
        raise WrongUse("practice_result_invalid", field=field)
    values = _values(made)
    ended = table.end(connection, seat.clinic_id, before.id, row["document"], values)
    assert ended  # the person is locked: nobody else writes it meanwhile
    note(connection, seat, now, "practice.keep", "practice_result", before.id, values)
    return replace(before, result=made)


def _values(made: PracticeResult) -> dict[str, object]:
    document = json.dumps(rules.flat(made), ensure_ascii=False, separators=(",", ":"))
    return {"score": made.got, "of": made.of, "document": document}


def _add(connection: Connection, seat: Seat, staff_id: int, values: Mapping[str, object]) -> int:
    return table.add(connection, {"clinic_id": seat.clinic_id, "staff_id": staff_id, **values})


def _kept(row: Row) -> KeptResult:
    result = rules.stored(row["document"])
    return KeptResult(int(row["id"]), int(row["staff_id"]), from_ms(row["at"]), result)


def _results(rows: Iterable[Row]) -> Iterable[KeptResult]:
    return (_kept(row) for row in rows if row["of"])


def _resting(rows: Iterable[Row], now: datetime) -> tuple[RestingExam, ...]:
    rows = list(rows)
    allowed = [
        (str(row["scenario"]), str(json.loads(row["document"])["course"]), from_ms(row["at"]))
        for row in rows
        if not row["of"]
    ]
    return rules.resting(_results(rows), allowed, now)
