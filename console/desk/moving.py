"""One patient's one call on another day, with a reason: a doctor's word beats the plan, a safety call stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from console.clean import clean
from console.desk import plans
from console.desk.forms import known_patient, may_write, planning_of
from console.desk.local import clinic_day
from console.desk.noting import note
from console.desk.placing import place_again
from console.desk.seat import Seat
from console.desk.standing import MOST
from console.rules import calendar
from db import calls, members, treatments
from db.connect import Connection, Row, unit_of_work
from db.enums import ItemClass, ItemKind, ItemState, Role
from db.errors import NotAllowed
from db.instants import day, from_ms, to_ms


def move_call(seat: Seat, patient_id: int, item_id: int, on: date, reason: str, now: datetime) -> None:
    """Have one planned call made on another day. A corrected plan keeps the day, unless the operation's own
    day or procedure changes.

    A routine call goes where it is put. A care call stays inside its clinical window, from the window's first
    day to its last, unless a doctor puts it elsewhere; one that was moved later inside it may come forward
    again. A safety call is not moved: the doctor's own dates of the treatment move it.

    Args: seat; patient_id; item_id; on, the clinic's day; reason, in words, required; now, aware.
    Raises: NotAllowed: no such open call of hers, a day that is over or outside the window, or no reason.
    """
    may_write(seat)
    said = clean(reason).strip()[:MOST]
    if not said:
        raise NotAllowed("text_missing", field="reason")
    clock = calendar.of(seat.policy)
    with unit_of_work(seat.database) as connection:
        # The revisions of two seats are numbered one after another, and the second sees the first's day.
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        row = next(iter(calls.items(connection, seat.clinic_id, [item_id])), None)
        if (
            row is None
            or row["patient_id"] != patient_id
            or row["kind"] != ItemKind.MILESTONE
            or row["state"] not in (ItemState.WAITING, ItemState.READY)
        ):
            raise NotAllowed("item_not_open")
        if row["klass"] == ItemClass.SAFETY:
            raise NotAllowed("safety_not_moved")
        due_on = day(row["due_on"]) or on
        end_on = on
        if row["clinical_end_at"] is not None:
            end_on = clock.day_of(from_ms(int(row["clinical_end_at"])) - timedelta(milliseconds=1))
        free = row["klass"] == ItemClass.ROUTINE or seat.role is Role.DOCTOR
        if on < clinic_day(now, seat.zone):
            raise NotAllowed("day_not_possible", field="on")
        if not free and not _first_day(connection, seat, row, now) <= on <= end_on:
            raise NotAllowed("day_not_possible", field="on")
        # Moved past its end, it keeps the days it had to be made in.
        last = end_on if on <= end_on else on + max(end_on - due_on, timedelta())
        revision_id = treatments.add_revision(
            connection,
            seat.clinic_id,
            patient_id,
            f"{plans.MOVED}: {said}",
            to_ms(now),
            treatment_id=row["treatment_id"],
            visit_id=row["visit_id"],
            staff_id=seat.staff_id,
        )
        calls.change_item(
            connection,
            seat.clinic_id,
            item_id,
            {
                "due_on": on,
                "earliest_at": to_ms(clock.safety(on).start),
                "due_at": None,
                "due_by_at": None,
                "clinical_end_at": to_ms(clock.safety(last).end),
                "plan_revision_id": revision_id,
            },
        )
        place_again(connection, seat.clinic_id, (item_id,), seat.policy, now)
        values = {"due_on": on, "reason": said}
        note(connection, seat, now, "item.move", "item", item_id, values)


def _first_day(connection: Connection, seat: Seat, row: Row, now: datetime) -> date:
    """First day of a call's clinical window; the plan's own while the call stands inside the plan's window."""
    clock = calendar.of(seat.policy)
    first, due_on = clock.day_of(from_ms(int(row["earliest_at"]))), day(row["due_on"])
    if row["treatment_id"] is None or due_on is None:
        return first
    treatment = treatments.one(connection, seat.clinic_id, row["treatment_id"])
    if treatment is None:
        return first
    person = known_patient(connection, seat, int(row["patient_id"]))
    planning = planning_of(connection, seat, now)
    for planned in plans.preview(plans.treatment_facts(treatment, person), planning):
        begins, ends = clock.day_of(planned.earliest_at), clock.day_of(planned.clinical_end_at)
        if planned.milestone == row["milestone"] and begins <= due_on <= ends:
            first = min(first, begins)
    return first
