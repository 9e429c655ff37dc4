"""Calls that must not fall out of the queue: what a correction, a colleague's call or a closed console leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from console.desk import calls, patients, plans, queue
from console.desk.tick import tick
from console.rules import placement
from db import patients as table
from db import queue as stored
from db import treatments
from db.connect import unit_of_work
from db.enums import AppointmentKind, AttemptResult, ItemClass, PhoneKind
from db.errors import AlreadyTaken
from db.instants import to_ms
from db.patient_records import PatientForm, TreatmentForm
from db.records import ItemResult, PromiseMade
from tests.clinic import SampleClinic
from tests.desk.call_world import World
from tests.desk.queue_world import QueueWorld, at, local

TODAY = date(2026, 6, 15)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    """The sample clinic, Monday 14:35."""
    return QueueWorld(clinic)


@pytest.fixture
def calling(clinic: SampleClinic, now: datetime) -> World:
    """The same clinic, with people to dial."""
    return World(clinic, now)


# --- the ward -------------------------------------------------------------------------------------


def test_the_wards_round_is_in_nobodys_queue_and_holds_no_call_back(world: QueueWorld) -> None:
    clinic = world.clinic
    patient = world.patient()
    world.item(patient, "D1", ItemClass.SAFETY, team="ward", end=local(TODAY, 21, 30))
    by_phone = world.item(patient, "D7")
    rows = queue.page(clinic.seat(), clinic.now)
    assert [row.id for row in rows] == [by_phone]
    _, listed = queue.listing(clinic.database, clinic.clinic_id, clinic.now, 50, stored=True)
    assert [row.id for row in listed] == [by_phone]
    claim = queue.take_next(clinic.seat(), clinic.now)
    assert claim is not None and claim.item_id == by_phone
    assert (stored.WARD_LANE, stored.LEAD_LANE) == (placement.WARD_LANE, placement.LEAD_LANE)


# --- corrections ----------------------------------------------------------------------------------


def _operated(clinic: SampleClinic) -> tuple[int, int]:
    seat, now = clinic.seat(), clinic.now
    form = PatientForm(name="王小丽", numbers=("138 0013 8000",), external_id="K1", born_on="1990-01-02")
    patient_id = patients.save_patient(seat, form, "p", now)
    eyes = TreatmentForm(procedure="双眼皮", performed_on="2026-06-13")
    saved = patients.save_treatment(seat, patient_id, eyes, "t", now)
    return patient_id, saved.treatment_id


def _open(clinic: SampleClinic, patient_id: int, milestone: str) -> list[dict[str, object]]:
    return clinic.rows(
        "SELECT * FROM item WHERE patient_id = :p AND milestone = :m AND state IN ('waiting', 'ready')",
        p=patient_id,
        m=milestone,
    )


def test_a_surgeons_date_takes_back_no_missed_appointments_call(clinic: SampleClinic) -> None:
    patient_id, treatment_id = _operated(clinic)
    seat, now = clinic.seat(), clinic.now
    booked = patients.add_appointment(
        seat, patient_id, AppointmentKind.DRESSING, now - timedelta(hours=2), now, treatment_id
    )
    patients.mark_appointment(seat, booked, False, now)
    assert len(_open(clinic, patient_id, "MISSED")) == 1
    dated = TreatmentForm(procedure="双眼皮", performed_on="2026-06-13", stitches_on="2026-06-20")
    patients.save_treatment(seat, patient_id, dated, "t2", now, treatment_id)
    assert len(_open(clinic, patient_id, "MISSED")) == 1


def test_a_surgeons_date_takes_back_no_second_measuring(clinic: SampleClinic, calling: World) -> None:
    person = calling.person(day=2, milestone="D2", klass=ItemClass.SAFETY, end_days=1)
    claim = calling.connected(person)
    calls.save(calling.seat(), claim, calling.form(temperature=37.5), "k", calling.now)
    assert len(_open(clinic, person.id, "REMEASURE")) == 1
    with unit_of_work(clinic.database) as connection:
        planning = plans.Planning(clinic.clinic_id, calling.seat().policy, None, calling.now)
        plans.replan(connection, planning, person.treatment_id, "treatment_dates")
    assert len(_open(clinic, person.id, "REMEASURE")) == 1


def test_a_new_plan_keeps_what_was_promised_and_tried(clinic: SampleClinic) -> None:
    patient_id, treatment_id = _operated(clinic)
    world = QueueWorld(clinic)
    (item,) = _open(clinic, patient_id, "D2")
    promise = world.promise(int(str(item["id"])), at("2026-06-15 19:10"), mine=clinic.staff_ids["li"])
    world.change(int(str(item["id"])), attempts=2, tries_today=2, tried_on=TODAY, skips=1)
    seat, now = clinic.seat(), clinic.now
    dated = TreatmentForm(procedure="双眼皮", performed_on="2026-06-13", stitches_on="2026-06-20")
    patients.save_treatment(seat, patient_id, dated, "t2", now, treatment_id)
    (fresh,) = _open(clinic, patient_id, "D2")
    assert (fresh["promise_id"], fresh["promise_at"]) == (promise, to_ms(at("2026-06-15 19:10")))
    assert (fresh["attempts"], fresh["tries_today"], fresh["skips"]) == (2, 2, 1)
    assert clinic.rows("SELECT item_id FROM promise")[0]["item_id"] == fresh["id"]
    assert fresh["lane_id"] == f"own:{clinic.staff_ids['li']}"


def test_a_promise_on_a_call_the_new_plan_has_not_is_still_kept(clinic: SampleClinic) -> None:
    patient_id, treatment_id = _operated(clinic)
    world = QueueWorld(clinic)
    (item,) = _open(clinic, patient_id, "STITCHES")
    world.promise(int(str(item["id"])), at("2026-06-16 15:00"))
    seat, now = clinic.seat(), clinic.now
    filler = TreatmentForm(procedure="ha_filler", performed_on="2026-06-13")
    patients.save_treatment(seat, patient_id, filler, "t2", now, treatment_id)
    rows = clinic.rows(
        "SELECT i.* FROM item i JOIN promise p ON p.item_id = i.id WHERE i.state IN ('waiting', 'ready')"
    )
    assert [row["promise_at"] for row in rows] == [to_ms(at("2026-06-16 15:00"))]


def test_a_removed_treatment_leaves_a_red_flags_call(clinic: SampleClinic) -> None:
    patient_id, treatment_id = _operated(clinic)
    world = QueueWorld(clinic)
    red = world.item(
        patient_id,
        "RED_FLAG",
        ItemClass.SAFETY,
        kind="recontact",
        treatment_id=treatment_id,
        clinician_requested=True,
    )
    patients.remove_treatment(clinic.seat(), patient_id, treatment_id, "录错人", clinic.now)
    assert world.row(red)["state"] == "ready"
    assert _open(clinic, patient_id, "D2") == []


# --- the evening of the operation -----------------------------------------------------------------


@pytest.mark.parametrize("milestone", ["D0", "D1"])
def test_first_day_calls_nobody_answered_are_a_case_even_when_the_clinic_was_dark(
    world: QueueWorld, milestone: str
) -> None:
    clinic = world.clinic
    world.item(world.patient(), milestone, ItemClass.SAFETY, end=local(TODAY, 21, 30))
    morning = local(TODAY + timedelta(days=1), 8, 5)
    # The first console of the morning brings the queue up before its first minute is over.
    queue.page(clinic.seat(), morning)
    assert tick(clinic.database, clinic.clinic_id, morning).unreached == 1
    assert tick(clinic.database, clinic.clinic_id, morning + MINUTE).unreached == 0


def test_refusing_care_calls_does_not_hide_that_nobody_was_reached(world: QueueWorld) -> None:
    clinic = world.clinic
    patient = world.patient()
    with unit_of_work(clinic.database) as connection:
        table.add_consent(connection, clinic.clinic_id, patient, "care", False, "phone", None, 0)
    world.item(patient, "D1", ItemClass.SAFETY, end=local(TODAY, 21, 30))
    assert tick(clinic.database, clinic.clinic_id, local(TODAY, 20, 15)).unreached == 1


# --- promises -------------------------------------------------------------------------------------


def test_a_promise_of_its_own_can_be_rung_five_minutes_early(calling: World) -> None:
    person = calling.person()
    claim = calling.connected(person)
    promised = calling.now + timedelta(hours=1)
    form = calling.form(promise=PromiseMade(promised, False, "回电"))
    saved = calls.save(calling.seat(), claim, form, "k", calling.now)
    (item,) = saved.added
    early = promised - timedelta(minutes=3)
    clinic = calling.clinic
    assert [row.id for row in queue.page(calling.seat(), early)] == [item.item_id]
    _, listed = queue.listing(clinic.database, clinic.clinic_id, early, 50, stored=False)
    assert [row.id for row in listed] == [item.item_id]
    taken = queue.take_next(calling.seat(), early)
    assert taken is not None and taken.item_id == item.item_id


# --- two operations -------------------------------------------------------------------------------


def test_stitches_out_of_one_wound_leave_the_others_call(calling: World) -> None:
    person = calling.person(day=6, milestone="STITCHES")
    with unit_of_work(calling.clinic.database) as connection:
        other = treatments.add(
            connection,
            calling.clinic.clinic_id,
            {
                "patient_id": person.id,
                "procedure": "rhinoplasty_implant",
                "site": "",
                "performed_on": calling.today() - timedelta(days=5),
                "inpatient": False,
            },
            to_ms(calling.now),
        )
    waiting = QueueWorld(calling.clinic).item(person.id, "STITCHES", treatment_id=other)
    claim = calling.connected(person)
    said = (
        replace(calling.answer("stitches_still_in", "yes"), treatment_id=other),
        replace(calling.answer("stitches_still_in", "no"), treatment_id=person.treatment_id),
    )
    form = calling.form(
        identity=("birthday", "visit_date"),
        answers=(*calling.form().answers, *said),
        items=(ItemResult(person.item_id, "done"), ItemResult(waiting, "keep"))
        if waiting in claim.item_ids
        else (ItemResult(person.item_id, "done"),),
    )
    calls.save(calling.seat(), claim, form, "k", calling.now)
    assert calling.item(waiting)["close_reason"] is None
    assert calling.item(person.item_id)["state"] == "done"


# --- relatives who turn out to share a number -------------------------------------------------------


def _share(clinic: SampleClinic, one: int, other: int, e164: str) -> None:
    """What an import does when both have the number."""
    with unit_of_work(clinic.database) as connection:
        at_ms = to_ms(clinic.now)
        for patient in (one, other):
            table.add_number(connection, clinic.clinic_id, patient, e164, PhoneKind.MOBILE, 2, at_ms)
        table.join_groups(connection, clinic.clinic_id, {one, other})


def test_two_calls_in_progress_stay_apart_until_both_are_over(calling: World) -> None:
    clinic = calling.clinic
    first, second = calling.person("王小丽"), calling.person("李小龙")
    hers = calling.connected(second, "anna")
    calling.later(seconds=30)
    mine = calling.connected(first, "li")
    _share(clinic, first.id, second.id, "+8613911112222")
    calls.save(calling.seat("li"), mine, calling.form(), "k1", calling.later(minutes=1))
    # Anna is still talking to the second: nobody else may be given her.
    assert calling.item(second.item_id)["state"] == "leased"
    assert queue.take_next(calling.seat("lead"), calling.now) is None
    calls.save(calling.seat("anna"), hers, calling.form(), "k2", calling.later(minutes=1))
    assert calling.item(second.item_id)["state"] == "done"
    assert clinic.count("contact_lease") == 0


def test_who_shares_a_number_with_somebody_being_called_is_not_taken(calling: World) -> None:
    clinic = calling.clinic
    first, second = calling.person("王小丽"), calling.person("李小龙")
    mine = calling.connected(first, "li")
    hers = calling.take(second, "anna")
    _share(clinic, first.id, second.id, "+8613911112222")
    queue.release(calling.seat("anna"), hers, calling.now)
    assert queue.take_next(calling.seat("lead"), calling.now) is None
    with pytest.raises(AlreadyTaken):
        calls.take_incoming(calling.seat("lead"), second.id, second.e164, calling.now)
    calls.save(calling.seat("li"), mine, calling.form(), "k1", calling.later(minutes=1))
    claim = queue.take_next(calling.seat("lead"), calling.now)
    assert claim is not None and claim.item_id == second.item_id
    assert len(clinic.rows("SELECT DISTINCT group_id FROM patient")) == 1


def test_a_call_that_ends_without_an_answer_joins_too(calling: World) -> None:
    clinic = calling.clinic
    first, second = calling.person("王小丽"), calling.person("李小龙")
    mine, hers = calling.connected(first, "li"), calling.take(second, "anna")
    dial = calls.start_dial(calling.seat("anna"), hers, second.phone_id, calling.now)
    _share(clinic, first.id, second.id, "+8613911112222")
    calls.end_dial(calling.seat("anna"), dial.claim, dial.attempt_id, AttemptResult.NO_ANSWER, calling.now)
    calls.save(calling.seat("li"), mine, calling.form(), "k1", calling.later(minutes=1))
    third = QueueWorld(clinic).item(first.id, "D7")
    claim = queue.take_item(calling.seat("lead"), third, calling.now)
    (lease,) = clinic.rows("SELECT group_id FROM contact_lease")
    assert claim.group_id == lease["group_id"]
    assert len(clinic.rows("SELECT DISTINCT group_id FROM patient")) == 1
