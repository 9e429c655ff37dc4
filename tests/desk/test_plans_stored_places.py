"""Whatever opens or ends one call of a patient moves the stored places of her others, in the same transaction."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from console.desk import cycles, extra, patients, queue, rounds, standing, visit_forms
from console.desk.placing import drain, place_patient
from console.desk.policy import current
from db.connect import unit_of_work
from db.enums import AppointmentKind, ItemClass, Purpose, VisitKind
from db.errors import NotAllowed
from db.patient_records import TreatmentForm
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld, local

TODAY = date(2026, 6, 15)


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    return QueueWorld(clinic)


def greeted(world: QueueWorld) -> int:
    """A member whose birthday greeting stands in the queue; what is open about her keeps it back."""
    clinic = world.clinic
    patient_id = world.patient(member_tier="水晶卡", born_on=date(1990, 6, 15))
    patients.record_consent(clinic.seat(), patient_id, Purpose.MARKETING, True, "签字", clinic.now)
    policy = current(clinic.database, clinic.clinic_id)
    assert rounds.go(clinic.database, clinic.clinic_id, policy, local(TODAY, 9), TODAY) == 1
    assert stored(world) == "ready"
    return patient_id


def stored(world: QueueWorld) -> object:
    """The greeting's place as it is stored; nothing is brought up to date first."""
    (row,) = world.clinic.rows("SELECT state FROM item WHERE milestone = 'BIRTHDAY'")
    return row["state"]


def test_planning_and_closing_move_the_stored_place_of_an_offer(world: QueueWorld) -> None:
    clinic = world.clinic
    seat, lead, now = clinic.seat(), clinic.seat("lead"), clinic.now
    patient_id = greeted(world)

    def treated() -> int:
        form = TreatmentForm(procedure="双眼皮", performed_on=TODAY.isoformat())
        return patients.save_treatment(
            seat, patient_id, form, f"treat{clinic.count('treatment')}", now
        ).treatment_id

    treatment_id = treated()
    assert stored(world) == "waiting", "a new plan"
    patients.remove_treatment(seat, patient_id, treatment_id, "录错", now)
    assert stored(world) == "ready", "the plan taken back"
    visit_forms.add_visit(seat, patient_id, VisitKind.BROKEN_OFF, TODAY, now)
    assert stored(world) == "waiting", "a care call about a visit"
    world.sql("UPDATE item SET state = 'done', next_change_at = NULL WHERE milestone = 'BROKEN-OFF'")
    booked = patients.add_appointment(seat, patient_id, AppointmentKind.DRESSING, now, now)
    assert stored(world) == "ready"
    patients.mark_appointment(seat, booked, False, now)
    assert stored(world) == "waiting", "a missed appointment"
    patients.mark_appointment(seat, booked, True, now)
    assert stored(world) == "ready", "attended after all"
    cycle = cycles.open_cycle(seat, patient_id, "repeat", TODAY, now)
    assert stored(world) == "waiting"
    cycles.close_cycle(seat, patient_id, cycle, TODAY, now)
    assert stored(world) == "ready"
    standing.set_legal_hold(lead, patient_id, True, "诉讼中", now)
    assert stored(world) == "waiting"
    standing.set_legal_hold(lead, patient_id, False, "已结案", now)
    assert stored(world) == "ready"


def test_a_care_call_whose_time_runs_out_frees_the_offer(world: QueueWorld) -> None:
    clinic = world.clinic
    patient_id = greeted(world)
    world.item(patient_id, "D7", ItemClass.CARE, end=clinic.now + timedelta(minutes=10))
    with unit_of_work(clinic.database) as connection:
        place_patient(connection, clinic.clinic_id, patient_id, clinic.seat().policy, clinic.now)
    assert stored(world) == "waiting"
    policy = current(clinic.database, clinic.clinic_id)
    drain(clinic.database, clinic.clinic_id, policy, clinic.now + timedelta(minutes=11))
    assert stored(world) == "ready"


def test_a_call_planned_by_hand_is_no_base_call_and_may_take_the_plan_s_place(world: QueueWorld) -> None:
    clinic = world.clinic
    seat, now = clinic.seat("anna"), clinic.now
    patient_id = world.patient()
    visit_forms.add_visit(clinic.seat(), patient_id, VisitKind.UNCONVERTED, TODAY, now)
    for on, reason in ((TODAY - timedelta(days=1), "近期想做"), (TODAY + timedelta(days=4), " ")):
        with pytest.raises(NotAllowed):
            extra.add_call(seat, patient_id, on, reason, now)
    first = extra.add_call(seat, patient_id, TODAY + timedelta(days=4), "想再问一次", now)
    second = extra.add_call(seat, patient_id, TODAY + timedelta(days=4), "近期想做", now, instead=True)
    rows = clinic.rows("SELECT id, milestone, state, close_reason, is_base FROM item ORDER BY id")
    seen = {str(row["milestone"]): (row["state"], row["close_reason"]) for row in rows}
    assert seen["UC1"] == seen["UC2"] == ("cancelled", "own_plan")
    mine = [row for row in rows if row["milestone"] == "EXTRA"]
    assert [row["id"] for row in mine] == [first, second]
    assert {(row["state"], bool(row["is_base"])) for row in mine} == {("waiting", False)}


def test_a_call_ordered_by_hand_waits_for_no_gap_and_no_note_but_for_a_refusal(world: QueueWorld) -> None:
    """Spoken to yesterday: a survey waits a week. What somebody ordered is made today, and `why` says so."""
    clinic = world.clinic
    seat, now = clinic.seat("anna"), clinic.now
    patient_id = world.patient()
    world.talk(patient_id, now - timedelta(days=1))
    planned = world.item(patient_id, "D90", ItemClass.ROUTINE, end=local(TODAY + timedelta(days=30), 20))
    ordered = extra.add_call(seat, patient_id, TODAY, "想再问一次", now)

    def gates() -> dict[int, str]:
        return {one.id: one.gate.code for one in queue.why_not(seat, patient_id, now)}

    def said() -> set[str]:
        return {fact.code for fact in queue.why(seat, ordered, now).facts}

    assert gates() == {planned: "too_soon", ordered: "in_order"}
    assert "ordered" in said()
    standing.set_no_follow_up(clinic.seat("lead"), patient_id, True, "本人要求", now)
    assert gates() == {planned: "no_follow_up", ordered: "in_order"}
    assert "ordered_no_follow_up" in said()
    assert [row.id for row in queue.page(seat, now) if row.patient_id == patient_id] == [ordered]
    patients.record_consent(seat, patient_id, Purpose.CARE, False, "电话里说的", now)
    assert gates()[ordered] == "opted_out"
