"""What a conversation says of the days after it: reviews, measuring again, stitches, appointments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from console.desk import appointments, contact_items, plans, reviewing
from console.desk.placing import place_again
from console.desk.seat import Seat
from console.rules import calendar, plan_events
from console.rules import plans as plan_rules
from console.rules.triage import Flag
from db import calls, treatments
from db.connect import Connection, Row
from db.enums import OPEN_STATES, AppointmentStatus, ItemKind, ItemState, VisitKind
from db.errors import NotAllowed
from db.instants import day as as_day
from db.instants import maybe_ms, to_ms
from db.records import CallForm, Claim, OpenTreatment, PlannedItem

REMEASURE_FROM: Final = 37.3
REMEASURE_TO: Final = 37.9
"""Degrees Celsius, both included, that are measured again on D0-D3 (clinical decision 3)."""
REMEASURE_DAYS: Final = 3
REVIEW_BOOKED, REVIEW_REFUSED = "review_booked", "refused"
"""The question of every later call, and its answer that ends a call for review (catalogue S1-SCHED-07)."""
FIRST_UNCONVERTED: Final = "UC1"
SECOND_UNCONVERTED: Final = "UC2"


@dataclass(frozen=True, slots=True)
class Settlement:
    """One saved call on its way into the queue."""

    connection: Connection
    seat: Seat
    claim: Claim
    form: CallForm
    items: tuple[Row, ...]
    treatments: tuple[OpenTreatment, ...]
    routine: tuple[Flag, ...]
    """ROUTINE flags the answers raised."""
    call_id: int
    now: datetime

    @property
    def clinic_id(self) -> int:
        """The seat's clinic."""
        return self.seat.clinic_id

    @property
    def today(self) -> date:
        """The clinic's day."""
        return calendar.of(self.seat.policy).day_of(self.now)


def follow(one: Settlement, patient_id: int, added: list[int]) -> None:
    """Add and settle what the talk with the patient asks for; ids of new items are appended to `added`."""
    if one.routine:
        treatment_id = one.treatments[0].id if one.treatments else None
        added.append(contact_items.review(one.connection, one.seat, patient_id, treatment_id, one.now))
    _remeasure(one, patient_id, added)
    _removals(one, patient_id)
    for fact in one.form.appointments:
        _appointment(one, patient_id, fact.appointment_id, fact.status)
    _second_unconverted(one, patient_id, added)


def _remeasure(one: Settlement, patient_id: int, added: list[int]) -> None:
    heat = one.form.temperature
    if heat is None or not REMEASURE_FROM <= round(heat, 1) <= REMEASURE_TO:
        return
    early = next((item for item in one.treatments if 0 <= item.day <= REMEASURE_DAYS), None)
    if early is None:
        return
    planned = plan_events.plan_remeasure(one.now, one.seat.policy)
    known = treatments.items_of(one.connection, one.clinic_id, patient_id, early.id)
    same = [row for row in known if row["milestone"] == planned.milestone]
    if any(ItemState(row["state"]) in OPEN_STATES for row in same):
        return
    # A milestone stands once a day and treatment; measuring again after that is an item of its own.
    again = any(as_day(row["due_on"]) == planned.due_on for row in same)
    kind = ItemKind.REVIEW if again else ItemKind.MILESTONE
    added.append(_planned(one, patient_id, planned, kind, treatment_id=early.id))


def _planned(
    one: Settlement,
    patient_id: int,
    planned: PlannedItem,
    kind: ItemKind,
    *,
    treatment_id: int | None = None,
    visit_id: int | None = None,
) -> int:
    return contact_items.add(
        one.connection,
        one.seat,
        patient_id,
        one.now,
        kind=kind,
        milestone=planned.milestone,
        flow=planned.flow,
        team=planned.team,
        klass=planned.klass,
        purpose=planned.purpose,
        earliest=planned.earliest_at,
        due_on=planned.due_on,
        due_at=planned.due_at,
        clinical_end=planned.clinical_end_at,
        treatment_id=treatment_id,
        visit_id=visit_id,
        passes_windows=planned.passes_windows,
        anchor_on=planned.anchor_on,
    )


def _removals(one: Settlement, patient_id: int) -> None:
    """Stitches or splint are out: the calls that remind of it are over, for the wound that was asked about."""
    said = (
        ("STITCHES", one.form.stitches_out, "stitches_still_in"),
        ("SPLINT", one.form.splint_out, "splint_still_in"),
    )
    for treatment in one.treatments:
        done = [code for code, out, question in said if _out(one.form, treatment.id, question, out)]
        if not done:
            continue
        for row in treatments.items_of(one.connection, one.clinic_id, patient_id, treatment.id):
            if row["milestone"] in done and ItemState(row["state"]) in OPEN_STATES:
                calls.close_item(
                    one.connection,
                    one.clinic_id,
                    int(row["id"]),
                    ItemState.DONE,
                    "already_out",
                    to_ms(one.now),
                )


def _out(form: CallForm, treatment_id: int, question: str, out: bool | None) -> bool:
    """Whether something is out at one treatment: as answered for it, else as the form says of all."""
    answers = {one.treatment_id: one.value for one in form.answers if one.question == question}
    if treatment_id in answers:
        return answers[treatment_id] == "no"
    # An answer about another wound says nothing of this one.
    return bool(out) and (None in answers or not answers)


def _appointment(one: Settlement, patient_id: int, appointment_id: int, status: AppointmentStatus) -> None:
    row = treatments.appointment(one.connection, one.clinic_id, appointment_id)
    if row is None or row["patient_id"] != patient_id:
        raise NotAllowed("appointment_not_hers")
    if row["status"] == status:
        return
    planning = _planning(one)
    if status not in (AppointmentStatus.ATTENDED, AppointmentStatus.MISSED):
        treatments.set_appointment(one.connection, one.clinic_id, appointment_id, status)
        ended = ("MISSED",)
    else:
        appointments.settle(one.connection, planning, row, status)
        ended = ("MISSED", "STITCHES", "SPLINT") if status is AppointmentStatus.ATTENDED else ()
    # What this very call was about is still leased: nobody else closes it.
    for item in calls.open_items_of_patient(one.connection, one.clinic_id, patient_id):
        removed = (
            item["milestone"] == row["kind"].upper()
            and item["treatment_id"] == row["treatment_id"] is not None
        )
        about = item["appointment_id"] == appointment_id or removed
        if item["milestone"] in ended and about:
            calls.close_item(
                one.connection,
                one.clinic_id,
                int(item["id"]),
                ItemState.DONE,
                "appointment_settled",
                to_ms(one.now),
            )


def _planning(one: Settlement) -> plans.Planning:
    return plans.Planning(one.clinic_id, one.seat.policy, None, one.now, one.seat.staff_id)


def until_seen(one: Settlement, row: Row) -> dict[str, object] | None:
    """What a call that asks for a review waits for after this talk; None when the talk ends it."""
    planning = _planning(one)
    came = [
        fact.appointment_id for fact in one.form.appointments if fact.status is AppointmentStatus.ATTENDED
    ]
    if any(reviewing.ends(one.connection, planning, row, appointment_id) for appointment_id in came):
        return None
    said = next((answer.value for answer in one.form.answers if answer.question == REVIEW_BOOKED), None)
    return reviewing.until_seen(one.connection, planning, row, refused=said == REVIEW_REFUSED)


def _second_unconverted(one: Settlement, patient_id: int, added: list[int]) -> None:
    """The visitor named a time of her own for the second call (catalogue C-02: it wins)."""
    wanted = one.form.next_contact_on
    first = next((row for row in one.items if row["milestone"] == FIRST_UNCONVERTED), None)
    if wanted is None or first is None or first["visit_id"] is None:
        return
    visit = next(
        (
            row
            for row in treatments.visits_of(one.connection, one.clinic_id, [patient_id])
            if row["id"] == first["visit_id"]
        ),
        None,
    )
    if visit is None:
        return
    planned = next(
        (
            item
            for item in plan_rules.plan_visit(
                VisitKind(visit["kind"]),
                as_day(visit["visited_on"]) or one.today,
                one.seat.policy,
                None,
                one.now,
                own_date=wanted,
            )
            if item.milestone == SECOND_UNCONVERTED
        ),
        None,
    )
    if planned is None:
        return
    for row in calls.open_items_of_patient(one.connection, one.clinic_id, patient_id):
        if row["milestone"] == SECOND_UNCONVERTED and row["visit_id"] == visit["id"]:
            calls.change_item(
                one.connection,
                one.clinic_id,
                int(row["id"]),
                {
                    "due_on": planned.due_on,
                    "earliest_at": to_ms(planned.earliest_at),
                    "due_at": maybe_ms(planned.due_at),
                    "clinical_end_at": to_ms(planned.clinical_end_at),
                },
            )
            place_again(one.connection, one.clinic_id, (int(row["id"]),), one.seat.policy, one.now)
            return
    added.append(_planned(one, patient_id, planned, ItemKind.MILESTONE, visit_id=int(visit["id"])))
