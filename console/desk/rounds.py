"""What the clock gives out on the first tick of a day: birthdays, visitors nobody tracks, what the lead looks at.

Every round may be made again, or by two consoles at once, and adds nothing a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta

from console.desk import plan_rows
from console.desk.local import clinic_day
from console.desk.placing import place_again
from console.desk.plans import Planning
from console.rules import calendar, kept_out
from console.rules import plans as rules
from console.rules.plan_data import Row as PlanRow
from console.rules.plan_data import shipped
from console.rules.policy import Policy
from db import members, patients, staff, standing
from db.connect import Connection, Database, Row, reading, unit_of_work
from db.enums import ItemClass, ItemKind, Purpose
from db.instants import day
from db.records import PlannedItem

BATCH: Final = 100
"""Patients of one transaction."""

OLDEST_YEARS: Final = 120
"""No birthday is older."""

CONSULTANT_TEAM: Final = "on_site_consultant"
"""Team whose calls go to the very consultant who spoke with the visitor, where the name is one of ours."""

NO_FOLLOW_UP: Final = "NO-FOLLOW-UP"
"""Milestone code of the lead's monthly look at somebody who is not followed up (catalogue C-03)."""


def go(database: Database, clinic_id: int, policy: Policy, now: datetime, last_day: date | None) -> int:
    """The rounds of a clinic day.

    Args:
        database: the record.
        clinic_id: the clinic. policy: its policy now.
        now: aware instant, by the database's clock.
        last_day: clinic day of the last round before; weekly and monthly ones are made once a week and month,
            on the first day somebody ticks. None when there never was one.

    Returns:
        How many items were written.
    """
    with reading(database) as connection:
        clinic = staff.clinic(connection, clinic_id)
    planning = Planning(clinic_id, policy, None if clinic is None else clinic.go_live, now)
    today = clinic_day(now, policy.clinic.zone)
    written = _birthdays(database, planning, today)
    for row in shipped().round:
        if _begins(row.every, today, last_day):
            written += _round(database, planning, row, today)
    if _begins("month", today, last_day):
        written += _lead_looks(database, planning, today)
    return written


def _begins(every: str, today: date, last_day: date | None) -> bool:
    """Whether a week or a month has begun since the last round."""
    if last_day is None:
        return True
    if every == "week":
        return today.isocalendar()[:2] != last_day.isocalendar()[:2]
    return (today.year, today.month) != (last_day.year, last_day.month)


def _pages(database: Database, read: Callable[[Connection, int], list[int]]) -> list[list[int]]:
    pages: list[list[int]] = []
    after = 0
    while True:
        with reading(database) as connection:
            ids = read(connection, after)
        if not ids:
            return pages
        pages.append(ids)
        after = ids[-1]


# --- birthdays ---


def _birthdays(database: Database, planning: Planning, today: date) -> int:
    """Today's alone: a greeting may be made on its day and no later, so a day nobody ticked is let go."""
    born = _born(today)

    def read(connection: Connection, after: int) -> list[int]:
        return members.with_birthday(connection, planning.clinic_id, born, after, BATCH)

    written = 0
    for ids in _pages(database, read):
        with unit_of_work(database) as connection:
            written += _greet(connection, planning, ids, today)
    return written


def _born(today: date) -> tuple[date, ...]:
    """Days of birth that are kept today; 29 February is kept on the 28th in other years."""
    days = [today + relativedelta(years=-years) for years in range(1, OLDEST_YEARS)]
    same = [one for one in days if (one.month, one.day) == (today.month, today.day)]
    if (today.month, today.day) == (2, 28) and (today + timedelta(days=1)).month == 3:
        same += [date(one.year, 2, 29) for one in days if one.year % 4 == 0 and _is_leap(one.year)]
    return tuple(same)


def _is_leap(year: int) -> bool:
    return (date(year, 2, 28) + timedelta(days=1)).month == 2


def _greet(connection: Connection, planning: Planning, ids: Sequence[int], today: date) -> int:
    clinic_id = planning.clinic_id
    members.locked_patients(connection, clinic_id, ids)
    (row, *_more) = shipped().birthday
    known = members.have_item(connection, clinic_id, ids, row.code, today, or_open=False)
    items: list[Row] = []
    for patient_id, person in plan_rows.people_of(connection, planning, ids).items():
        born_on = patients.born_on(person.row)
        free = person.selling is not None and kept_out.locked(person.selling) is None
        if patient_id in known or born_on is None or not free or person.no_follow_up:
            continue
        planned = rules.plan_birthday(born_on, planning.policy, today - timedelta(days=1), today)
        items += plan_rows.item_rows(connection, planning, person, planned, "birthday")
    connection.insert_many("item", items)
    return len(items)


# --- visits that led nowhere ---


def _round(database: Database, planning: Planning, row: PlanRow, today: date) -> int:
    fewest, most = row.visited
    (kind,) = row.groups
    written, after = 0, 0
    while True:
        with reading(database) as connection:
            visits = members.visits_left(
                connection,
                planning.clinic_id,
                kind,
                first=today - timedelta(days=most),
                last=today - timedelta(days=fewest),
                milestone=row.code,
                after=after,
                limit=BATCH,
            )
        if not visits:
            return written
        with unit_of_work(database) as connection:
            written += _take_up(connection, planning, row, visits, today)
        after = int(visits[-1]["id"])


def _take_up(
    connection: Connection, planning: Planning, row: PlanRow, visits: Sequence[Row], today: date
) -> int:
    clinic_id = planning.clinic_id
    ids = [int(visit["patient_id"]) for visit in visits]
    # Locked, then asked again: another console may have made the round meanwhile.
    members.locked_patients(connection, clinic_id, sorted(set(ids)))
    known = members.have_item(connection, clinic_id, ids, row.code, today)
    people = plan_rows.people_of(connection, planning, ids)
    owners = members.consultants(connection, clinic_id)
    planned = rules.plan_round(row, today, planning.policy)
    ids_written: list[int] = []
    for visit in visits:
        patient_id = int(visit["patient_id"])
        person, visited_on = people[patient_id], day(visit["visited_on"])
        early = planning.go_live is not None and visited_on is not None and visited_on < planning.go_live
        refused = person.no_follow_up or planned.purpose in person.refused
        if patient_id in known or refused or early:
            continue
        known.add(patient_id)
        rows = plan_rows.item_rows(
            connection, planning, person, (planned,), row.every, visit_id=int(visit["id"])
        )
        name = str(visit["consultant"] or person.row["consultant"] or "").strip()
        owner = owners.get(name) if row.team == CONSULTANT_TEAM else None
        ids_written += [connection.insert("item", one | {"owner_staff_id": owner}) for one in rows]
    # Whose it is decides its lane.
    place_again(connection, clinic_id, ids_written, planning.policy, planning.at)
    return len(ids_written)


# --- what the lead looks at once a month ---


def _lead_looks(database: Database, planning: Planning, today: date) -> int:
    clinic_id = planning.clinic_id

    def read(connection: Connection, after: int) -> list[int]:
        return standing.noted_patients(connection, clinic_id, after, BATCH)

    written = 0
    for ids in _pages(database, read):
        with unit_of_work(database) as connection:
            members.locked_patients(connection, clinic_id, ids)
            stopped = standing.no_follow_up(connection, clinic_id, ids)
            known = members.have_item(connection, clinic_id, ids, NO_FOLLOW_UP, today.replace(day=1))
            wanted = [one for one in sorted(stopped) if one not in known]
            people = plan_rows.people_of(connection, planning, wanted)
            for patient_id in wanted:
                item = _look(planning, today)
                (row,) = plan_rows.item_rows(connection, planning, people[patient_id], (item,), NO_FOLLOW_UP)
                item_id = connection.insert("item", row | {"kind": ItemKind.LEAD_REVIEW})
                # Its kind decides its place.
                place_again(connection, clinic_id, (item_id,), planning.policy, planning.at)
                written += 1
    return written


def _look(planning: Planning, today: date) -> PlannedItem:
    """The lead decides within the month whether it stays so."""
    clock = calendar.of(planning.policy)
    return PlannedItem(
        milestone=NO_FOLLOW_UP,
        flow="care",
        team="customer_service",
        klass=ItemClass.ROUTINE,
        purpose=Purpose.CARE,
        anchor_on=today,
        due_on=today + timedelta(days=6),
        earliest_at=clock.safety(today).start,
        due_at=None,
        due_by_at=None,
        clinical_end_at=clock.safety(today + timedelta(days=27)).end,
        passes_windows=False,
        is_base=False,
        sources=("S1-SCHED-15",),
    )
