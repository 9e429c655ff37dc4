"""Two records of one person become one. A lead's word, with a reason.

Everything open goes on with the record that stays: calls to make, promises, numbers, contact persons, refusals,
what was handed over, what was typed and not saved. What both records planned for one operation is planned once.
Saved calls are never rewritten: they stay where they were saved and are shown with the person. The old record's id
still finds her.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from console.clean import clean
from console.desk import plans
from console.desk.carrying import carry_on
from console.desk.forms import planning_of
from console.desk.noting import note
from console.desk.patient_forms import PLANNED_FROM, plan_again, rewrite_keys
from console.desk.placing import place_again
from console.desk.seat import Seat
from db import claims, members, merging, patients, standing, treatments
from db.connect import Connection, Row, unit_of_work
from db.enums import AppointmentStatus, ItemKind, ItemState, PhoneStatus, Role
from db.errors import NotAllowed
from db.instants import day, to_ms

MERGED: Final = "merged"
"""Close reason of what was planned twice; begins the reason of the revision that says why two records became one."""
MOST: Final = 300

_SAME: Final = ("born_on", "sex", "deceased_on")
"""What two records of one person cannot say differently."""
_FILLED: Final = (
    "sex",
    "born_on",
    "member_tier",
    "consultant",
    "preferred_hours",
    "local_until",
    "owner_staff_id",
)
"""What the record that stays takes over where it says nothing."""
_TREATMENT_FILLED: Final = (
    *("side", "surgeon", "anaesthesia", "implant", "orders"),
    *("stitches_on", "splint_on", "discharge_on", "revision_of", "visit_id"),
)
_OPEN: Final = (*treatments.CLOSED_BY_PLAN, ItemState.LEASED)
_GONE: Final = (ItemState.SUPERSEDED, ItemState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Merged:
    """The patient who goes on, and how many calls that were planned twice were taken back."""

    patient_id: int
    closed: int


def merge(seat: Seat, kept: int, gone: int, reason: str, now: datetime) -> Merged:
    """Make two records of one person one.

    Args: seat, of a lead; kept, the record that stays; gone, the other one; reason, in words, required; now, aware.
    Returns: what was done; a repeat does nothing.
    Raises: NotAllowed: not a lead, no reason, the same record twice, one that is merged already, somebody is calling
    one of the two, or their birthday, sex or death differ.
    """
    require_lead(seat)
    said = clean(reason).strip()[:MOST]
    if not said:
        raise NotAllowed("text_missing", field="reason")
    clinic_id, at = seat.clinic_id, to_ms(now)
    with unit_of_work(seat.database) as connection:
        before = patients.one(connection, clinic_id, gone)
        if before is not None and before["merged_into"] == kept:
            return Merged(kept, 0)
        _lock(connection, seat, kept, gone)
        stays, other = both(connection, seat, kept, gone, now)
        planning = planning_of(connection, seat, now)
        for group in sorted({int(row["group_id"]) for row in (stays, other)}):
            # Her lease would guard a telephone nobody is on any more.
            given_back = merging.end_preview(connection, clinic_id, group, at)
            place_again(connection, clinic_id, given_back, seat.policy, now)
        open_before = _open_items(connection, clinic_id, (kept, gone))
        merging.consents_again(connection, clinic_id, gone, kept)
        _numbers(connection, seat, kept, gone)
        moves = _card(connection, clinic_id, stays, other, at)
        patients.join_groups(connection, clinic_id, [kept, gone])
        group_id = int(patients.by_ids(connection, clinic_id, [kept])[kept]["group_id"])
        merging.follow(connection, clinic_id, gone, kept, group_id)
        merging.close(connection, clinic_id, gone, kept, at)
        _appointments_once(connection, planning, kept)
        _cycles(connection, clinic_id, kept, gone)
        _visits(connection, planning, kept, gone)
        _treatments(connection, planning, kept, gone)
        if moves:
            plan_again(connection, planning, kept)
        _ended_by_treatment(connection, planning, kept)
        merging.number_again(connection, clinic_id, kept)
        treatments.add_revision(connection, clinic_id, kept, f"{MERGED}: {said}", at, staff_id=seat.staff_id)
        rewrite_keys(connection, seat, kept)
        sharing = patients.sharers(
            connection,
            clinic_id,
            [str(row["e164"]) for row in patients.numbers_of(connection, clinic_id, [kept])],
        )
        for holders in sharing.values():
            patients.join_groups(connection, clinic_id, holders | {kept})
        plans.place_patients(connection, planning, {kept}.union(*sharing.values()))
        closed = open_before - _open_items(connection, clinic_id, (kept, gone))
        values = {"merged": gone, "reason": said}
        note(connection, seat, now, "patient.merge", "patient", kept, values)
        note(connection, seat, now, "patient.merged_into", "patient", gone, {"merged_into": kept})
    return Merged(kept, max(closed, 0))


def require_lead(seat: Seat) -> None:
    """Refuse everybody but a lead."""
    if seat.role is not Role.LEAD:
        raise NotAllowed("role_may_not_write", role=str(seat.role))


def _lock(connection: Connection, seat: Seat, kept: int, gone: int) -> None:
    """Both groups, then both rows, in the order in which whoever takes a call and whoever writes a file lock them."""
    rows = patients.by_ids(connection, seat.clinic_id, [kept, gone])
    groups = {int(row["group_id"]) for row in rows.values()}
    for group in sorted(groups):
        claims.lock(connection, seat.clinic_id, group)
    locked = members.locked_patients(connection, seat.clinic_id, [kept, gone])
    if {int(row["group_id"]) for row in locked} - groups:
        # Somebody joined one of them to another telephone between the two reads: asked again, it is settled.
        raise NotAllowed("merge_again")


def both(connection: Connection, seat: Seat, kept: int, gone: int, now: datetime) -> tuple[Row, Row]:
    """The two rows, the one that stays first; NotAllowed when they cannot be one (see `merge`)."""
    if kept == gone:
        raise NotAllowed("merge_same")
    stays = patients.one(connection, seat.clinic_id, kept)
    other = patients.one(connection, seat.clinic_id, gone)
    if stays is None or other is None:
        raise NotAllowed("patient_unknown")
    if stays["merged_into"] is not None or other["merged_into"] is not None:
        raise NotAllowed("patient_merged")
    for column in _SAME:
        said = [_value(row, column) for row in (stays, other)]
        if said[0] != said[1] and (column == "deceased_on" or None not in said):
            raise NotAllowed("merge_facts_differ", field=column)
    groups = [int(stays["group_id"]), int(other["group_id"])]
    held = merging.in_call(connection, seat.clinic_id, groups, to_ms(now))
    if held is not None:
        raise NotAllowed("merge_in_call", staff=str(held["staff_name"]))
    return stays, other


def _value(row: Row, column: str) -> object:
    return day(row[column]) if column.endswith("_on") else row[column]


def _open_items(connection: Connection, clinic_id: int, ids: tuple[int, ...]) -> int:
    return sum(
        row["state"] in _OPEN
        for patient_id in ids
        for row in treatments.items_of_patient(connection, clinic_id, patient_id)
    )


# --- the person ---


def _card(connection: Connection, clinic_id: int, stays: Row, other: Row, at: int) -> bool:
    """The record that stays keeps what it says; it takes over what it does not, and whatever calls for more care.

    Returns: whether plans are made from what was taken over.
    """
    values: dict[str, object] = {
        column: other[column]
        for column in _FILLED
        if stays[column] in (None, "") and other[column] not in (None, "")
    }
    values |= {name: True for name in ("lives_alone", "legal_hold") if other[name] and not stays[name]}
    theirs = str(other["notes"] or "").strip()
    mine = str(stays["notes"] or "").strip()
    if theirs and theirs not in mine:
        values["notes"] = "\n".join(part for part in (mine, theirs) if part)
    if values:
        patients.change(connection, clinic_id, int(stays["id"]), values, at)
    return bool(values.keys() & PLANNED_FROM)


def _numbers(connection: Connection, seat: Seat, kept: int, gone: int) -> None:
    clinic_id = seat.clinic_id
    mine = patients.numbers_of(connection, clinic_id, [kept])
    own = {str(row["e164"]): row for row in mine if row["contact_person_id"] is None}
    live = any(row["status"] == PhoneStatus.LIVE for row in mine)
    rank = max((int(row["rank"]) for row in mine), default=0)
    for row in patients.numbers_of(connection, clinic_id, [gone]):
        double = own.get(str(row["e164"])) if row["contact_person_id"] is None else None
        if double is None:
            merging.give(connection, clinic_id, "phone", int(row["id"]), kept)
            rank += 1
            connection.changed(
                "UPDATE phone SET rank = :rank WHERE clinic_id = :clinic AND id = :id",
                {"rank": rank, "clinic": clinic_id, "id": row["id"]},
            )
            live = live or row["status"] == PhoneStatus.LIVE
            continue
        merging.same_number(connection, clinic_id, int(row["id"]), int(double["id"]))
        if not live and row["status"] == PhoneStatus.LIVE and double["status"] != PhoneStatus.LIVE:
            # Without it nobody could ring her: whoever answers wrongly is noted again.
            patients.set_number_status(connection, clinic_id, int(double["id"]), PhoneStatus.LIVE)
            live = True


def _appointments_once(connection: Connection, planning: plans.Planning, kept: int) -> None:
    """Of two bookings of one appointment one stays."""
    clinic_id = planning.clinic_id
    seen: set[tuple[str, int]] = set()
    for row in sorted(
        treatments.appointments_of(connection, clinic_id, kept), key=lambda one: int(one["id"])
    ):
        key = (str(row["kind"]), int(row["at"]))
        if row["status"] == AppointmentStatus.BOOKED and key in seen:
            treatments.set_appointment(connection, clinic_id, int(row["id"]), AppointmentStatus.CANCELLED)
            ids = treatments.items_of_appointment(connection, clinic_id, kept, int(row["id"]))
            treatments.close_items(connection, clinic_id, ids, ItemState.SUPERSEDED, MERGED, planning.at_ms)
        if row["status"] == AppointmentStatus.BOOKED:
            seen.add(key)


def _cycles(connection: Connection, clinic_id: int, kept: int, gone: int) -> None:
    running = {
        row["kind"] for row in standing.cycles(connection, clinic_id, kept) if row["status"] == standing.OPEN
    }
    for row in standing.cycles(connection, clinic_id, gone):
        # A course that both records have open stays with the one; two of them could never be closed at once.
        if row["status"] != standing.OPEN or row["kind"] not in running:
            merging.give(connection, clinic_id, "treatment_cycle", int(row["id"]), kept)


# --- what was planned ---


def _visits(connection: Connection, planning: plans.Planning, kept: int, gone: int) -> None:
    clinic_id = planning.clinic_id
    mine = {
        (day(row["visited_on"]), row["kind"]): row
        for row in treatments.visits_of(connection, clinic_id, [kept])
    }
    for row in treatments.visits_of(connection, clinic_id, [gone]):
        double = mine.get((day(row["visited_on"]), row["kind"]))
        if double is None:
            merging.give(connection, clinic_id, "visit", int(row["id"]), kept)
            continue
        items = [
            one
            for one in treatments.items_of_patient(connection, clinic_id, kept)
            if one["treatment_id"] is None and one["visit_id"] in (row["id"], double["id"])
        ]
        _once(connection, planning, items, "visit_id", int(row["id"]), int(double["id"]))


def _treatments(connection: Connection, planning: plans.Planning, kept: int, gone: int) -> None:
    clinic_id = planning.clinic_id
    mine = treatments.of_patients(connection, clinic_id, [kept])
    for row in treatments.of_patients(connection, clinic_id, [gone]):
        double = next((one for one in mine if _same_operation(one, row)), None)
        if double is None and (double := merging.taken_back(connection, clinic_id, kept, row)) is not None:
            # The other record says that it was done after all.
            treatments.change(
                connection, clinic_id, int(double["id"]), {"superseded_at": None}, planning.at_ms
            )
        if double is None:
            merging.give(connection, clinic_id, "treatment", int(row["id"]), kept)
            continue
        treatment_id, other = int(double["id"]), int(row["id"])
        values = {
            name: row[name]
            for name in (*_TREATMENT_FILLED, *(() if double["site"] else ("site",)))
            if double[name] in (None, "") and row[name] not in (None, "")
        }
        if row["inpatient"] and not double["inpatient"]:
            values["inpatient"] = True
        treatments.supersede(connection, clinic_id, other, planning.at_ms)
        merging.same_treatment(connection, clinic_id, other, treatment_id)
        items = [
            one
            for one in treatments.items_of_patient(connection, clinic_id, kept)
            if one["treatment_id"] in (other, treatment_id)
        ]
        replaced = _once(connection, planning, items, "treatment_id", other, treatment_id)
        if values:
            treatments.change(connection, clinic_id, treatment_id, values, planning.at_ms)
        plans.replan(connection, planning, treatment_id, MERGED)
        carry_on(connection, planning, kept, treatment_id, replaced)


def _same_operation(one: Row, other: Row) -> bool:
    return (
        one["procedure"] == other["procedure"]
        and day(one["performed_on"]) == day(other["performed_on"])
        and (one["site"] == other["site"] or not one["site"] or not other["site"])
    )


def _once(
    connection: Connection, planning: plans.Planning, items: list[Row], column: str, double: int, kept: int
) -> list[Row]:
    """Let what both plans hold stand once: a call made counts for both, of two open ones the kept plan's stays.

    Args: connection; planning; items of both; column that names the plan; double, the plan that ends; kept.
    Returns: the open items that were taken back, as they stood.
    """
    clinic_id = planning.clinic_id
    planned = [one for one in items if one["kind"] == ItemKind.MILESTONE and one["appointment_id"] is None]
    theirs = [one for one in planned if one[column] == double]
    ours = [one for one in planned if one[column] == kept and one["state"] not in _GONE]
    made = {str(one["milestone"]) for one in theirs if one["state"] == ItemState.DONE}
    waits = {str(one["milestone"]) for one in ours if one["state"] in _OPEN} - made
    there = {(str(one["milestone"]), day(one["due_on"])) for one in ours if one["state"] not in _OPEN}
    back = [one for one in ours if one["state"] in _OPEN and str(one["milestone"]) in made]
    open_twice = {str(one["milestone"]) for one in ours} | made
    back += [
        one
        for one in theirs
        if one["state"] in _OPEN and (column == "treatment_id" or str(one["milestone"]) in open_twice)
    ]
    treatments.close_items(
        connection,
        clinic_id,
        [int(one["id"]) for one in back],
        ItemState.SUPERSEDED,
        MERGED,
        planning.at_ms,
    )
    taken = {int(one["id"]) for one in back}
    events = [one for one in items if one[column] == double and one not in planned]
    follow = [
        one
        for one in (*theirs, *events)
        if int(one["id"]) not in taken
        and (str(one["milestone"]), day(one["due_on"])) not in there
        # Nobody spoke to her in that call, so it must not stand for the one that is still to be made.
        and (one["state"] == ItemState.DONE or str(one["milestone"]) not in waits)
    ]
    merging.link(connection, clinic_id, column, [int(one["id"]) for one in follow], kept)
    return [one for one in back if one[column] == double]


def _ended_by_treatment(connection: Connection, planning: plans.Planning, kept: int) -> None:
    """A visit of the one record that the other's operation followed needs no call any more."""
    plans.end_unconverted(
        connection, planning, treatments.of_patients(connection, planning.clinic_id, [kept])
    )
