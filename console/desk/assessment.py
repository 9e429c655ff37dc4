"""One person's month, read from the record and worked out by `console.rules.quality` (catalogue ASSESS).

Coaching, not ranking: everybody but a lead sees her own, people come in the order of their names, no money.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta

from console.desk.figures import due_of, may_read, not_ahead
from console.desk.local import clinic_day, clinic_time
from console.desk.plans import treatment_facts
from console.desk.seat import Seat
from console.rules import names, plans
from console.rules import quality as rules
from console.rules.figures import NOT_OWED
from console.rules.quality import Assessment, Worked
from db import quality as table
from db import reports, staff, standing
from db.connect import Connection, Row, reading
from db.enums import ItemState, Role
from db.instants import day as as_day
from db.instants import from_ms, to_ms
from db.staff import StaffRow

LATE: Final = "late"
"""What `console.rules.plans.setting` says of a plan that came too late: it counts as not made."""


@dataclass(frozen=True, slots=True)
class Person:
    """One assessed person. `role`: the first of hers that has weights."""

    staff_id: int
    name: str
    role: Role
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Month:
    """A month's assessments.

    Args:
        first, last: its days; the last one not after today.
        at: aware instant.
        own: only the reader's own is in it.
        people: by name.
        nobodys: visitors and treatments that are nobody's in words.
    """

    first: date
    last: date
    at: datetime
    own: bool
    people: tuple[Person, ...]
    nobodys: int


def of_month(seat: Seat, day: date, now: datetime) -> Month:
    """The assessments of the month a day lies in, up to today.

    Args:
        seat: a lead sees everybody's, others their own.
        day: any day of the month, the clinic's.
        now: aware instant.

    Raises:
        NotAllowed: a trainee, or a month that has not begun.
    """
    may_read(seat)
    first = day.replace(day=1)
    not_ahead(seat, first, now)
    last = min(first + relativedelta(months=1, days=-1), clinic_day(now, seat.zone))
    own = seat.role is not Role.LEAD
    with reading(seat.database) as connection:
        everybody = staff.everybody(connection, seat.clinic_id, retired=True)
        clinic = staff.clinic(connection, seat.clinic_id)
        gathered = _gather(
            connection, seat, everybody, first, last, None if clinic is None else clinic.go_live
        )
    weights = seat.policy.quality.weights
    people: list[Person] = []
    for one in everybody:
        role = next((role for role in one.roles if role in weights), None)
        worked = gathered.of.get(one.id, Worked())
        if role is None or (own and one.id != seat.staff_id):
            continue
        # Somebody who is gone is named for the months in which there is something of hers.
        if one.retired_at is not None and worked == Worked():
            continue
        found = rules.assess(worked, weights[role], seat.policy.quality)
        people.append(Person(one.id, one.name, role, found))
    return Month(
        first,
        last,
        now,
        own,
        tuple(sorted(people, key=lambda one: (one.name, one.staff_id))),
        gathered.nobodys,
    )


@dataclass(slots=True)
class _Lists:
    planned: list[int]
    no_first_plan: list[int]
    missing: dict[int, int]
    made: list[int]
    not_made: list[int]
    reviews: dict[int, tuple[int, int]]
    late: list[int]

    def worked(self) -> Worked:
        return Worked(
            planned=tuple(self.planned),
            no_first_plan=tuple(self.no_first_plan),
            missing=self.missing,
            made=tuple(self.made),
            not_made=tuple(self.not_made),
            reviews=self.reviews,
            late=tuple(self.late),
        )


@dataclass(frozen=True, slots=True)
class _Gathered:
    of: Mapping[int, Worked]
    nobodys: int


def _gather(
    connection: Connection,
    seat: Seat,
    everybody: Iterable[StaffRow],
    first: date,
    last: date,
    go_live: date | None,
) -> _Gathered:
    clinic_id, zone = seat.clinic_id, seat.zone
    lists: dict[int, _Lists] = {}

    def of(staff_id: int) -> _Lists:
        return lists.setdefault(staff_id, _Lists([], [], {}, [], [], {}, []))

    known: dict[str, int] = {}
    for one in everybody:
        for name in (one.name, one.login):
            known.setdefault(names.fold(name), one.id)
    nobodys = 0
    begun = first if go_live is None else max(first, go_live)
    for one in _objects(connection, seat, begun, last):
        owner = known.get(names.fold(one.consultant), one.planned_by)
        if owner is None:
            nobodys += 1
        elif not one.lacking:
            of(owner).planned.append(one.id)
        elif one.visitor:
            of(owner).no_first_plan.append(one.id)
        else:
            of(owner).missing[one.id] = one.lacking
    for row in reports.due(connection, clinic_id, first, last):
        due = due_of(row, lambda _row: None)
        if due.state in NOT_OWED or due.staff_id is None:
            continue
        hers = of(due.staff_id)
        (hers.made if due.state is ItemState.DONE else hers.not_made).append(int(row["id"]))
    for row in table.reviews(connection, clinic_id, first, last):
        if row["score"] is not None:
            of(int(row["staff_id"])).reviews[int(row["id"])] = (int(row["score"]), int(row["of"]))
    start = to_ms(clinic_time(first, 0, zone))
    end = to_ms(clinic_time(last + timedelta(days=1), 0, zone))
    for row in table.late_notes(connection, clinic_id, start, end):
        of(int(row["staff_id"])).late.append(int(row["id"]))
    return _Gathered({staff_id: found.worked() for staff_id, found in lists.items()}, nobodys)


@dataclass(frozen=True, slots=True)
class _Object:
    """A visitor or a treatment that should have a plan: whose, and how many planned calls are lacking."""

    id: int
    visitor: bool
    consultant: str
    planned_by: int | None
    lacking: int


def _objects(connection: Connection, seat: Seat, first: date, last: date) -> list[_Object]:
    """Who of some days should have a plan; nobody does who has died or is not to be followed up."""
    visitors = table.visitors(connection, seat.clinic_id, first, last)
    treated = table.treated(connection, seat.clinic_id, first, last)
    patients = sorted({int(row["patient_id"]) for row in (*visitors, *treated)})
    stopped = standing.no_follow_up(connection, seat.clinic_id, patients)
    stored = table.milestones(connection, seat.clinic_id, first, last)

    def wanted(row: Row) -> bool:
        return row["deceased_on"] is None and int(row["patient_id"]) not in stopped

    found = [
        _object(row, visitor=True, lacking=int(not row["items"] or _late(row, "visited_on", seat)))
        for row in visitors
        if wanted(row)
    ]
    for row in filter(wanted, treated):
        planned = plans.plan(treatment_facts(row, row), seat.policy, None, from_ms(row["first_known_at"]))
        codes = {item.milestone for item in planned}
        lacking = len(codes - stored.get(int(row["id"]), set()))
        late = bool(codes) and _late(row, "performed_on", seat)
        found.append(_object(row, visitor=False, lacking=lacking or int(late)))
    return found


def _object(row: Row, *, visitor: bool, lacking: int) -> _Object:
    by = row["planned_by"]
    return _Object(
        int(row["id"]), visitor, str(row["consultant"] or ""), None if by is None else int(by), lacking
    )


def _late(row: Row, column: str, seat: Seat) -> bool:
    """Whether the first plan was made later than the day after (catalogue: a late plan counts as not made)."""
    on = as_day(row[column])
    if row["planned_at"] is None or on is None:
        return False
    return plans.setting(on, clinic_day(from_ms(row["planned_at"]), seat.zone)) == LATE
