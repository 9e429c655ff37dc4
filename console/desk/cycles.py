"""Courses of treatments: a package, a year card, a repeat. While one is open nothing is sold, and each session
is followed by a call; the end of a skin course by one a month later."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from console.desk import plan_rows, plans
from console.desk.forms import known_patient, may_write, planning_of
from console.desk.local import clinic_day
from console.desk.noting import note
from console.desk.seat import Seat
from console.rules import plans as rules
from console.rules.plan_data import shipped
from db import members, standing, treatments
from db.connect import Connection, Row, unit_of_work
from db.enums import ItemState
from db.errors import NotAllowed
from db.instants import day, from_ms

KINDS: Final = ("package", "year_card", "repeat")
"""Kinds of a course (catalogue S1-SCHED-47)."""

SKIN_COURSE: Final = "skin_course"
"""Group of the procedures whose course has a call after its end."""


def open_cycle(seat: Seat, patient_id: int, kind: str, opened_on: date, now: datetime) -> int:
    """Note that a course has begun. Sessions since then get their call.

    Args: seat; patient_id; kind, one of `KINDS`; opened_on, the clinic's day; now, aware.
    Returns: the course's id; an open one of the same kind is given back as it is.
    Raises: NotAllowed: unknown kind or patient, or a day in the future.
    """
    may_write(seat)
    if kind not in KINDS:
        raise NotAllowed("cycle_kind_unknown")
    if opened_on > clinic_day(now, seat.zone):
        raise NotAllowed("day_not_possible", field="opened_on")
    with unit_of_work(seat.database) as connection:
        # Two seats at once open one course: the second sees the first's.
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        known_patient(connection, seat, patient_id)
        for row in standing.cycles(connection, seat.clinic_id, patient_id):
            if row["status"] == standing.OPEN and row["kind"] == kind:
                return int(row["id"])
        cycle_id = standing.add_cycle(connection, seat.clinic_id, patient_id, kind, opened_on)
        planning = planning_of(connection, seat, now)
        _plan_last_session(connection, planning, patient_id, opened_on)
        plans.place_patients(connection, planning, [patient_id])
        values = {"kind": kind, "opened_on": opened_on}
        note(connection, seat, now, "cycle.open", "treatment_cycle", cycle_id, values)
    return cycle_id


def _plan_last_session(
    connection: Connection, planning: plans.Planning, patient_id: int, opened_on: date
) -> None:
    """The newest session that was there before its course was entered."""
    sessions = [
        row
        for row in treatments.of_patients(connection, planning.clinic_id, [patient_id])
        if (performed := day(row["performed_on"])) is not None and performed >= opened_on
    ]
    if not sessions:
        return
    newest = sessions[-1]
    person = plan_rows.people_of(connection, planning, [patient_id])[patient_id]
    codes = {row.code for row in shipped().series}
    there = treatments.items_of(connection, planning.clinic_id, patient_id, int(newest["id"]))
    if any(item["milestone"] in codes and item["state"] != ItemState.SUPERSEDED for item in there):
        return
    planned = rules.plan_session(
        plans.treatment_facts(newest, person.row),
        planning.policy,
        planning.go_live,
        from_ms(newest["first_known_at"]),
    )
    rows = plan_rows.item_rows(
        connection, planning, person, planned, "cycle_open", treatment_id=int(newest["id"])
    )
    connection.insert_many("item", rows)


def close_cycle(seat: Seat, patient_id: int, cycle_id: int, closed_on: date, now: datetime) -> int:
    """Note that a course is over: its session calls end, and a skin course gets the call after its end.

    Args: seat; patient_id; cycle_id; closed_on, day of the last session, the clinic's; now, aware.
    Returns: how many calls were planned.
    Raises: NotAllowed: not hers, closed already, or a day that cannot be.
    """
    may_write(seat)
    with unit_of_work(seat.database) as connection:
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        known_patient(connection, seat, patient_id)
        rows = standing.cycles(connection, seat.clinic_id, patient_id)
        cycle = next((row for row in rows if row["id"] == cycle_id), None)
        if cycle is None or not standing.close_cycle(connection, seat.clinic_id, cycle_id, closed_on):
            raise NotAllowed("cycle_not_open")
        opened_on = day(cycle["opened_on"]) or closed_on
        if not opened_on <= closed_on <= clinic_day(now, seat.zone):
            raise NotAllowed("day_not_possible", field="closed_on")
        planning = planning_of(connection, seat, now)
        if not standing.in_cycle(connection, seat.clinic_id, [patient_id]):
            _end_sessions(connection, planning, patient_id)
        planned = _after_the_course(connection, planning, patient_id, opened_on, closed_on)
        plans.place_patients(connection, planning, [patient_id])
        note(connection, seat, now, "cycle.close", "treatment_cycle", cycle_id, {"closed_on": closed_on})
    return planned


def _end_sessions(connection: Connection, planning: plans.Planning, patient_id: int) -> None:
    codes = {row.code for row in shipped().series}
    ids = [
        int(item["id"])
        for item in treatments.items_of_patient(connection, planning.clinic_id, patient_id)
        if item["milestone"] in codes
    ]
    treatments.close_items(
        connection, planning.clinic_id, ids, ItemState.CANCELLED, "cycle_over", planning.at_ms
    )


def _after_the_course(
    connection: Connection, planning: plans.Planning, patient_id: int, opened_on: date, closed_on: date
) -> int:
    """The call a month after the last session of a skin course; it hangs on that session."""
    tables = shipped()
    done = [
        row
        for row in treatments.of_patients(connection, planning.clinic_id, [patient_id])
        if tables.has(str(row["procedure"]), SKIN_COURSE)
        and (performed := day(row["performed_on"])) is not None
        and opened_on <= performed <= closed_on
    ]
    if not done:
        return 0
    newest: Row = done[-1]
    planned = rules.plan_course_end(closed_on, planning.policy, planning.go_live, planning.at)
    there = {
        (str(item["milestone"]), day(item["due_on"]))
        for item in treatments.items_of(connection, planning.clinic_id, patient_id, int(newest["id"]))
        if item["state"] not in (ItemState.SUPERSEDED, ItemState.CANCELLED)
    }
    person = plan_rows.people_of(connection, planning, [patient_id])[patient_id]
    rows = plan_rows.item_rows(
        connection,
        planning,
        person,
        [item for item in planned if (item.milestone, item.due_on) not in there],
        "course_end",
        treatment_id=int(newest["id"]),
    )
    connection.insert_many("item", rows)
    return len(rows)
