"""Who is ready for real calls: the team for a lead, everybody's own page for herself, and the table that leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from console.desk.exporting import Table
from console.desk.noting import note
from console.desk.practice import check_reader, read_all
from console.desk.seat import Seat
from console.exchange.documents import Cell
from console.rules import readiness as rules
from console.rules.readiness_records import COMPETENCIES, Readiness, Shelf
from db import staff
from db.connect import Connection, reading, unit_of_work
from db.enums import Role
from db.errors import NotAllowed
from db.practice_records import RestingExam
from db.queue_records import Reason
from db.staff import StaffRow

COLUMNS: Final = (
    *("login", "name", "trainee", "ready", "passed", "of", "courses_passed", "courses_open"),
    *("exam_percent", "exam_passed", "tries", "last_practice", "trend", "weakest", "weakest_percent"),
    *COMPETENCIES,
)


@dataclass(frozen=True, slots=True)
class PersonReadiness:
    """Where one colleague stands. trainee: works as nothing else. resting: exams she may not take again yet."""

    staff_id: int
    name: str
    login: str
    trainee: bool
    standing: Readiness
    resting: tuple[RestingExam, ...]


def team(seat: Seat, shelf: Shelf, now: datetime) -> tuple[PersonReadiness, ...]:
    """Everybody who works here, trainees first, then who has practised, by login.

    Args:
        seat: a lead's.
        shelf: courses, scorecard and scenarios, as the console ships them or the clinic has its own.
        now: aware instant.

    Raises:
        NotAllowed: another role.
    """
    seat.require(Role.LEAD)
    with reading(seat.database) as connection:
        people = [
            _person(connection, seat.clinic_id, row, shelf, now)
            for row in staff.everybody(connection, seat.clinic_id)
        ]
    return tuple(sorted(people, key=lambda one: (not one.trainee, not one.standing.tries, one.login)))


def person(seat: Seat, staff_id: int, shelf: Shelf, now: datetime) -> PersonReadiness:
    """Where one person stands: oneself, or anybody for a lead.

    Raises:
        NotAllowed: `practice_of_others`; `staff_unknown`: nobody has that id.
    """
    check_reader(seat, staff_id)
    with reading(seat.database) as connection:
        row = staff.get(connection, seat.clinic_id, staff_id)
        if row is None:
            raise NotAllowed("staff_unknown", login=staff_id)
        return _person(connection, seat.clinic_id, row, shelf, now)


def exported(seat: Seat, shelf: Shelf, now: datetime) -> Table:
    """The team's page as a table with stable column names; that it leaves is audited first.

    Raises:
        NotAllowed: the seat is not a lead's.
    """
    people = team(seat, shelf, now)
    rows = tuple(row_of(one) for one in people)
    with unit_of_work(seat.database) as connection:
        note(connection, seat, now, "export.readiness", "clinic", seat.clinic_id, {"rows": len(rows)})
    return Table("readiness", COLUMNS, rows)


def not_passed(
    seat: Seat,
    staff_id: int,
    before: Iterable[Role | str],
    after: Iterable[Role | str],
    shelf: Shelf,
    now: datetime,
) -> tuple[Reason, ...]:
    """What a trainee who was just given another role has not passed; a hint for the lead, never a block.

    Args:
        seat: a lead's.
        staff_id: whose roles were changed.
        before, after: her roles.
        shelf: the courses.
        now: aware instant.

    Returns:
        One reason per required course that is open; nothing when she was no trainee, still is one alone, has passed
        everything, or nothing is required here.
    """
    required = any(course.required for course in shelf.courses)
    if not required or not rules.begins_real_calls(before, after):
        return ()
    return person(seat, staff_id, shelf, now).standing.missing


def row_of(one: PersonReadiness) -> tuple[Cell, ...]:
    """One line of the table, as COLUMNS names its cells."""
    standing = one.standing
    weakest = standing.weakest[0] if standing.weakest else None
    required = [state for state in standing.courses if state.course.required]
    return (
        one.login,
        one.name,
        int(one.trainee),
        int(standing.ready),
        standing.done,
        standing.wanted,
        " ".join(state.course.code for state in required if state.passed),
        " ".join(state.course.code for state in required if not state.passed),
        standing.exam,
        None if standing.exam_passed is None else int(standing.exam_passed),
        standing.tries,
        None if standing.last_at is None else standing.last_at.isoformat(timespec="seconds"),
        str(standing.trend),
        None if weakest is None else weakest.code,
        None if weakest is None else weakest.percent,
        *(share.percent for share in standing.competencies),
    )


def _person(
    connection: Connection, clinic_id: int, row: StaffRow, shelf: Shelf, now: datetime
) -> PersonReadiness:
    results, resting = read_all(connection, clinic_id, row.id, now)
    return PersonReadiness(
        staff_id=row.id,
        name=row.name,
        login=row.login,
        trainee=set(row.roles) == {Role.TRAINEE},
        standing=rules.assess(results, shelf),
        resting=resting,
    )
