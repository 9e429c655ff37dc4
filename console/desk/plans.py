"""Plans as rows: from a treatment or a visit to the items that are called about, and again after a
correction.

Which contacts there are and when is decided by `console.rules.plans`; where they stand in the queue by
`console.rules.placement`; the rows are made in `console.desk.plan_rows`. Everything
here runs inside the caller's unit of work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from console.desk.carrying import carry_on
from console.desk.placing import place_again
from console.desk.plan_rows import item_rows, people_of, rows_of
from console.rules import plan_events
from console.rules import plans as rules
from console.rules.plan_data import shipped
from console.rules.policy import Policy
from db import appointments, drain, standing, treatments
from db.connect import Connection, Row
from db.enums import AppointmentKind, ItemKind, ItemState, VisitKind
from db.instants import day, from_ms, to_ms
from db.records import PlannedItem, TreatmentFacts

UNCONVERTED = ("UC1", "UC2", "UC-TRACK", "BROKEN-OFF", "BOOK-HOLD", "BOOK-15", "BOOK-SWEEP")
"""Milestones of a visit without treatment; a treatment ends them (catalogue S1-SCHED-16)."""

BOOKED = ("BOOK-HOLD", "BOOK-15", "BOOK-SWEEP")
"""Milestones of a booking nobody came for; coming after all ends them."""

MOVED = "moved"
"""Begins the reason of a revision in which one person moved one call; what was said follows after a colon."""


@dataclass(frozen=True, slots=True)
class Planning:
    """What planning needs to know of the clinic and the moment.

    Args:
        clinic_id: the clinic. policy: its policy now.
        go_live: first day AfterCall is responsible for; None before the first import.
        at: aware instant at which the plan is made.
        staff_id: who asked for it; None for an import.
    """

    clinic_id: int
    policy: Policy
    go_live: date | None
    at: datetime
    staff_id: int | None = None

    @property
    def at_ms(self) -> int:
        """`at` in epoch ms."""
        return to_ms(self.at)


@dataclass(frozen=True, slots=True)
class ReadCall:
    """A saved conversation in which the caller read a talk-track for a treatment that was then corrected."""

    call_id: int
    at: datetime
    staff_id: int
    track_code: str | None
    track_version: int | None


@dataclass(frozen=True, slots=True)
class Replanned:
    """What a correction did: items taken back, items planned anew, and the calls made with the old facts."""

    closed: int
    planned: int
    read: tuple[ReadCall, ...]


def treatment_facts(row: Row, patient: Row) -> TreatmentFacts:
    """What a plan is made from, out of a treatment's and its patient's row."""
    performed_on = day(row["performed_on"])
    if performed_on is None:
        raise ValueError("a treatment without a day")
    return TreatmentFacts(
        procedure=str(row["procedure"]),
        performed_on=performed_on,
        stitches_on=day(row.get("stitches_on")),
        splint_on=day(row.get("splint_on")),
        inpatient=bool(row.get("inpatient")),
        discharge_on=day(row.get("discharge_on")),
        lives_alone=bool(patient.get("lives_alone")),
        strip_method=_strip(row),
        language=str(patient["language"]),
        local_until=day(patient.get("local_until")),
    )


def _strip(row: Row) -> bool:
    """Whether hair was taken as a strip, by the words of the implant and order fields."""
    if row["procedure"] != "hair_transplant":
        return False
    words = f"{row.get('implant') or ''} {row.get('orders') or ''} {row.get('site') or ''}".casefold()
    return any(word in words for word in ("fut", "strip", "条状", "切取"))


def preview(
    facts: TreatmentFacts, planning: Planning, cycle_from: date | None = None
) -> tuple[PlannedItem, ...]:
    """The contacts a treatment would plan, for a form to show before it is saved. Writes nothing.

    Args:
        facts: the treatment as typed.
        planning: clinic, policy and moment.
        cycle_from: first day of the patient's open course, None without one.
    """
    return _series(facts, planning, planning.at, cycle_from)


def _series(
    facts: TreatmentFacts, planning: Planning, known_at: datetime, cycle_from: date | None
) -> tuple[PlannedItem, ...]:
    """A treatment's contacts; a session of an open course has one more."""
    planned = rules.plan(facts, planning.policy, planning.go_live, known_at)
    if cycle_from is None or facts.performed_on < cycle_from:
        return planned
    return (*planned, *rules.plan_session(facts, planning.policy, planning.go_live, known_at))


def plan_new(
    connection: Connection, planning: Planning, treatment_ids: Sequence[int], visit_ids: Sequence[int]
) -> int:
    """Plan treatments and unconverted visits that have no items yet.

    Args:
        connection: inside a unit of work.
        planning: clinic, policy and moment.
        treatment_ids, visit_ids: rows just inserted.

    Returns:
        How many items were written, before_start ones included.
    """
    treated = rows_of(connection, planning.clinic_id, "treatment", treatment_ids)
    visits = rows_of(connection, planning.clinic_id, "visit", visit_ids)
    people = people_of(connection, planning, [int(row["patient_id"]) for row in (*treated, *visits)])
    running = standing.in_cycle(connection, planning.clinic_id, [int(row["patient_id"]) for row in treated])
    written: list[Row] = []
    for row in treated:
        person = people[int(row["patient_id"])]
        planned = _series(
            treatment_facts(row, person.row),
            planning,
            from_ms(row["first_known_at"]),
            running.get(int(row["patient_id"])),
        )
        if int(row["patient_id"]) in running:
            _end_earlier_sessions(connection, planning, row)
        written += item_rows(connection, planning, person, planned, "planned", treatment_id=int(row["id"]))
    if treated:
        end_unconverted(connection, planning, treated)
    later = _last_operations(connection, planning.clinic_id, visits)
    for row in visits:
        visited_on = day(row["visited_on"])
        if visited_on is None or later.get(int(row["patient_id"]), date.min) >= visited_on:
            continue
        person = people[int(row["patient_id"])]
        planned = rules.plan_visit(
            VisitKind(row["kind"]), visited_on, planning.policy, planning.go_live, from_ms(row["created_at"])
        )
        written += item_rows(connection, planning, person, planned, "planned", visit_id=int(row["id"]))
    connection.insert_many("item", written)
    place_offers(connection, planning, people)
    return len(written)


def _end_earlier_sessions(connection: Connection, planning: Planning, treatment: Row) -> None:
    """The next session is here: what asked about it after an earlier one is over."""
    performed_on = day(treatment["performed_on"])
    codes = {row.code for row in shipped().series}
    ids = [
        int(item["id"])
        for item in treatments.items_of_patient(connection, planning.clinic_id, int(treatment["patient_id"]))
        if item["milestone"] in codes
        and item["treatment_id"] != treatment["id"]
        and (anchor := day(item["anchor_on"])) is not None
        and performed_on is not None
        and anchor < performed_on
    ]
    treatments.close_items(
        connection, planning.clinic_id, ids, ItemState.CANCELLED, "next_session", planning.at_ms
    )


def _last_operations(connection: Connection, clinic_id: int, visits: Sequence[Row]) -> dict[int, date]:
    """Each visitor's newest operation day: a visit before it needs no call about why nothing was bought."""
    found: dict[int, date] = {}
    for row in treatments.of_patients(
        connection, clinic_id, sorted({int(row["patient_id"]) for row in visits})
    ):
        performed_on = day(row["performed_on"])
        if performed_on is not None:
            found[int(row["patient_id"])] = performed_on
    return found


def end_unconverted(connection: Connection, planning: Planning, treated: Sequence[Row]) -> None:
    """Take back the unconverted calls of patients who have been treated since that visit; rows of `treatment`."""
    for row in treated:
        performed_on = day(row["performed_on"])
        ids = [
            int(item["id"])
            for item in treatments.items_of_patient(connection, planning.clinic_id, int(row["patient_id"]))
            if item["milestone"] in UNCONVERTED
            and (anchor := day(item["anchor_on"])) is not None
            and performed_on is not None
            and anchor <= performed_on
        ]
        treatments.close_items(
            connection, planning.clinic_id, ids, ItemState.CANCELLED, "converted", planning.at_ms
        )


def replan(connection: Connection, planning: Planning, treatment_id: int, reason: str) -> Replanned:
    """Make a treatment's plan again after its facts were corrected.

    Open items of the old plan are superseded, and what was promised and tried goes on with those that take
    their place; done ones stay and are not planned a second time; one that is being worked stays with its
    caller. What no plan makes, a missed appointment or a second measuring, stands.

    Args:
        connection: inside a unit of work, the corrected treatment already written.
        planning: clinic, policy and moment.
        treatment_id: the corrected treatment.
        reason: code of the revision.

    Returns:
        What changed, with the calls in which the old talk-track was read.
    """
    row = rows_of(connection, planning.clinic_id, "treatment", [treatment_id])[0]
    old = [
        item
        for item in treatments.items_of(connection, planning.clinic_id, int(row["patient_id"]), treatment_id)
        if item["kind"] == ItemKind.MILESTONE
    ]
    by_events = {shipped().missed.code, shipped().remeasure.code, *(row.code for row in shipped().course)}
    moved = standing.moved_items(connection, planning.clinic_id, [int(item["id"]) for item in old], MOVED)
    # A day somebody set for one call stands while the operation itself does.
    stands = set[int]() if reason == treatments.CORRECTED else moved
    of_plan = [
        item
        for item in old
        if item["milestone"] not in by_events
        and item["appointment_id"] is None
        and int(item["id"]) not in stands
    ]
    replaced = [item for item in of_plan if item["state"] in treatments.CLOSED_BY_PLAN]
    closed = treatments.close_items(
        connection,
        planning.clinic_id,
        [int(item["id"]) for item in replaced],
        ItemState.SUPERSEDED,
        reason,
        planning.at_ms,
    )
    # A milestone that was called about, or is being called about, is not called about again.
    gone = (*treatments.CLOSED_BY_PLAN, ItemState.SUPERSEDED, ItemState.CANCELLED)
    kept = {str(item["milestone"]) for item in of_plan if item["state"] not in gone}
    kept |= {str(item["milestone"]) for item in old if int(item["id"]) in stands}
    person = people_of(connection, planning, [int(row["patient_id"])])[int(row["patient_id"])]
    running = standing.in_cycle(connection, planning.clinic_id, [int(row["patient_id"])])
    planned = [
        item
        for item in _series(
            treatment_facts(row, person.row),
            planning,
            from_ms(row["first_known_at"]),
            running.get(int(row["patient_id"])),
        )
        if item.milestone not in kept
    ]
    written = item_rows(connection, planning, person, planned, reason, treatment_id=treatment_id)
    connection.insert_many("item", written)
    carry_on(connection, planning, int(row["patient_id"]), treatment_id, replaced)
    end_unconverted(connection, planning, [row])
    place_offers(connection, planning, [int(row["patient_id"])])
    read = tuple(
        ReadCall(int(call["id"]), from_ms(call["saved_at"]), int(call["staff_id"]), call["track_code"],
                 call["track_version"])
        for call in treatments.calls_read(
            connection, planning.clinic_id, int(row["patient_id"]), [int(item["id"]) for item in old]
        )
    )  # fmt: skip
    return Replanned(closed, len(written), read)


def drop(connection: Connection, planning: Planning, patient_id: int, treatment_id: int, reason: str) -> int:
    """Take back what was planned from a treatment that never was; returns how many.

    What was raised or promised meanwhile is about the person and stands.
    """
    ids = [
        int(row["id"])
        for row in treatments.items_of(connection, planning.clinic_id, patient_id, treatment_id)
        if row["kind"] == ItemKind.MILESTONE
    ]
    closed = treatments.close_items(
        connection, planning.clinic_id, ids, ItemState.CANCELLED, reason, planning.at_ms
    )
    place_offers(connection, planning, [patient_id])
    return closed


def plan_missed(connection: Connection, planning: Planning, appointment: Row, treatment: Row | None) -> int:
    """Plan the call after a missed appointment.

    Args:
        connection: inside a unit of work.
        planning: clinic, policy and moment.
        appointment: its row. treatment: the row of the treatment it belongs to, if any.

    Returns:
        How many items were written.
    """
    performed_on = day(treatment["performed_on"]) if treatment else None
    patient_id = int(appointment["patient_id"])
    person = people_of(connection, planning, [patient_id])[patient_id]
    planned = plan_events.plan_missed(
        AppointmentKind(appointment["kind"]),
        from_ms(appointment["at"]),
        performed_on,
        planning.policy,
        known_at=planning.at,
    )
    written = item_rows(
        connection,
        planning,
        person,
        (planned,),
        "missed",
        treatment_id=int(treatment["id"]) if treatment else None,
        appointment_id=int(appointment["id"]),
    )
    connection.insert_many("item", written)
    place_offers(connection, planning, [patient_id])
    return len(written)


def place_offers(connection: Connection, planning: Planning, patient_ids: Iterable[int]) -> int:
    """Recompute the places of some patients' offers after other calls of theirs were planned or closed; returns
    how many. What is open about a patient keeps her offers back.
    """
    ids = appointments.offers_of(connection, planning.clinic_id, tuple(patient_ids))
    return place_again(connection, planning.clinic_id, ids, planning.policy, planning.at)


def place_patients(connection: Connection, planning: Planning, patient_ids: Iterable[int]) -> int:
    """Recompute the places of some patients' open items after a change of their own facts; returns how
    many.
    """
    ids = drain.open_items(connection, planning.clinic_id, patient_ids)
    return place_again(connection, planning.clinic_id, ids, planning.policy, planning.at)
