"""A call nobody's plan has: a consultant or nurse finds one more to be right. It counts as made, never as due."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from console.clean import clean
from console.desk import contact_items, plans
from console.desk.forms import known_patient, may_write, planning_of
from console.desk.local import clinic_day
from console.desk.noting import note
from console.desk.seat import Seat
from console.rules import calendar
from console.rules.kept_out import EXTRA
from db import appointments as table
from db import members, treatments
from db.connect import unit_of_work
from db.enums import ItemClass, ItemKind, ItemState
from db.errors import NotAllowed
from db.instants import to_ms

OWN_PLAN: Final = "own_plan"
"""Close reason of the calls about an unconverted visit that such a call takes the place of (catalogue S1-SCHED-18)."""
UNCONVERTED: Final = ("UC1", "UC2", "UC-TRACK")
END_DAYS: Final = 14
"""Days after its own in which it may still be made, as for the second call after a visit: a proposal for the lead."""
MOST_DAYS: Final = 366
MOST: Final = 300


def add_call(
    seat: Seat, patient_id: int, on: date, reason: str, now: datetime, *, instead: bool = False
) -> int:
    """Plan one more call on a day. It is not of the base volume that is assessed (catalogue S1-SCHED-23).

    It waits for no gap between two contacts and passes a "no follow-up"; what she has refused stays refused.

    Args: seat; patient_id; on, the clinic's day; reason, in words, required; now, aware; instead, whether it takes the
    place of the calls about her unconverted visits.
    Returns: the call's item.
    Raises: NotAllowed: no such patient, no reason, or a day that is over or over a year ahead.
    """
    may_write(seat)
    said = clean(reason).strip()[:MOST]
    if not said:
        raise NotAllowed("text_missing", field="reason")
    today = clinic_day(now, seat.zone)
    if not today <= on <= today + timedelta(days=MOST_DAYS):
        raise NotAllowed("day_not_possible", field="on")
    clock = calendar.of(seat.policy)
    with unit_of_work(seat.database) as connection:
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        if known_patient(connection, seat, patient_id)["deceased_on"] is not None:
            raise NotAllowed("patient_deceased")
        visit_id: int | None = None
        if instead:
            rows = table.items_open(connection, seat.clinic_id, patient_id, UNCONVERTED)
            visit_id = next((row["visit_id"] for row in rows if row["visit_id"] is not None), None)
            ids = [int(row["id"]) for row in rows]
            treatments.close_items(connection, seat.clinic_id, ids, ItemState.CANCELLED, OWN_PLAN, to_ms(now))
        item_id = contact_items.add(
            connection,
            seat,
            patient_id,
            now,
            kind=ItemKind.MILESTONE,
            milestone=EXTRA,
            flow="care",
            team=contact_items.SERVICE,
            klass=ItemClass.ROUTINE,
            earliest=clock.safety(on).start,
            due_on=on,
            clinical_end=clock.safety(on + timedelta(days=END_DAYS)).end,
            visit_id=visit_id,
            anchor_on=today,
        )
        treatments.add_revision(
            connection,
            seat.clinic_id,
            patient_id,
            f"extra: {said}",
            to_ms(now),
            visit_id=visit_id,
            staff_id=seat.staff_id,
        )
        plans.place_patients(connection, planning_of(connection, seat, now), [patient_id])
        note(connection, seat, now, "item.extra", "item", item_id, {"on": on, "reason": said})
    return item_id
