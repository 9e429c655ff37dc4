"""Incoming calls: who it may be, and what a caller's sheet shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from console.desk import calls, claiming, incoming, merging, queue, searchkeys
from db import claims, search
from db.connect import unit_of_work
from db.enums import CallOutcome, LeaseStage, Role
from db.errors import AlreadyTaken, NotAllowed
from db.instants import to_ms
from db.records import Answered, Claim, PromiseMade
from tests.clinic import SampleClinic
from tests.desk.call_world import Person, World, world_claim
from tests.desk.queue_world import QueueWorld


def indexed(world: World, person: Person, name: str) -> None:
    """Give a patient her search keys."""
    with unit_of_work(world.clinic.database) as connection:
        keys = searchkeys.search_keys(name, [person.e164])
        connection.insert_many("patient_search", search.key_rows(world.clinic.clinic_id, person.id, keys))


def test_found_by_last_digits_whole_number_and_name_all_masked(world: World) -> None:
    person, other = world.person("王小丽"), world.person("赵敏")
    indexed(world, person, "王小丽")
    indexed(world, other, "赵敏")
    national = person.e164.removeprefix("+86")
    for typed in (
        national[-4:] if national[-4:] != "0000" else national,
        national,
        person.e164,
        "小丽",
        "wxl",
    ):
        found = calls.incoming(world.seat(), typed, world.now)
        assert person.id in [one.patient_id for one in found], typed
    shown = next(one for one in calls.incoming(world.seat(), "小丽", world.now))
    assert (shown.masked_name, shown.last_digits, shown.day, shown.held_by) == (
        "王*",
        national[-4:],
        7,
        None,
    )
    world.connected(person)
    assert calls.incoming(world.seat("anna"), "小丽", world.now)[0].held_by == "李敏"
    assert calls.incoming(world.seat(), "nobody\x1b[2J", world.now) == ()


def test_a_colleagues_patient_is_not_taken_from_her(world: World) -> None:
    person = world.person()
    world.connected(person)
    with pytest.raises(AlreadyTaken):
        world.ring(person, "", "anna")


def test_an_incoming_call_is_never_given_to_a_colleague_when_its_lease_runs_out(world: World) -> None:
    person = world.person()
    claim = world.ring(person)
    assert world.clinic.rows("SELECT stage FROM contact_lease")[0]["stage"] == "connected"
    world.later(minutes=20)
    with pytest.raises((AlreadyTaken, NotAllowed)):
        world.take(person, "anna")
    # She comes back after the cut and saves as if nothing had happened.
    assert calls.save(world.seat(), claim, world.form(answers=()), "k", world.now).call_id


def test_the_sheet_of_a_patient(world: World) -> None:
    person = world.person()
    husband = world.companion(person)
    saved = calls.save(world.seat(), world.connected(person), world.form(note="第一次"), "k", world.now)
    other = world.another_item(person, "D30")
    claim = world.ring(person, person.e164)
    sheet = calls.open_call(world.seat(), claim, world.now)
    assert (sheet.name, sheet.patient_id, sheet.incoming, sheet.caller_number) == (
        "王小丽",
        person.id,
        True,
        person.e164,
    )
    assert [one.e164 for one in sheet.numbers] == [person.e164]
    assert [(one.id, one.may_hear_clinical) for one in sheet.people] == [(husband, False)]
    assert (sheet.treatments[0].day, sheet.treatments[0].surgeon) == (7, "陈医生")
    assert [one.id for one in sheet.items] == [other] and sheet.items[0].day == 7
    assert [(one.call_id, one.note, one.day, one.milestone) for one in sheet.history] == [
        (saved.call_id, "第一次", 7, "D7")
    ]
    assert sheet.previous_answers["recovery_overall"] == "good"
    assert {one.code: one.expected for one in sheet.identity}["birthday"] == "08-15"
    reads = world.clinic.rows("SELECT subject_id FROM audit WHERE action = 'patient.read'")
    assert [one["subject_id"] for one in reads] == [person.id]


def test_stitches_known_to_be_out_are_known_on_the_next_call(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    assert not calls.open_call(world.seat(), claim, world.now).treatments[0].stitches_out
    given = Answered("stitches_still_in", "no", world.now, treatment_id=person.treatment_id)
    calls.save(world.seat(), claim, world.form(answers=(given,)), "k", world.now)
    sheet = calls.open_call(world.seat(), world.ring(person), world.now)
    assert sheet.treatments[0].stitches_out


def test_an_intimate_procedure_stays_folded_for_who_may_not_see_it(world: World) -> None:
    person = world.person(procedure="vaginal_tightening")
    given = ("birthday", "visit_date")
    form = world.form(note="私密", identity=given)
    calls.save(world.seat(), world.connected(person), form, "k", world.now)
    sheet = calls.open_call(world.seat(), world.ring(person), world.now)
    assert sheet.history[0].note == "restricted" and sheet.history[0].summary == "restricted"
    world.clinic.database.connection().execute("UPDATE staff SET restricted_ok = :yes", {"yes": True})
    allowed = world.clinic.new_seat("anna", Role.CALLER)
    form = world.form(answers=(), identity=given)
    calls.save(world.seat(), _held(world, person), form, "k2", world.now)
    claim = incoming.take(allowed, person.id, "", world.now)
    sheet = calls.open_call(allowed, claim, world.now)
    assert "私密" in [one.note for one in sheet.history] and not sheet.treatments[0].masked


def _held(world: World, person: Person) -> Claim:
    contact = world.clinic.rows("SELECT * FROM contact ORDER BY id DESC LIMIT 1")[0]
    claim = world_claim(world, person)
    return replace(claim, contact_id=int(str(contact["id"])))


def test_a_callback_promised_to_an_unknown_caller_stands_on_the_board(world: World) -> None:
    claim = world.ring(None, "+8613912345678")
    made = PromiseMade(at=world.now + timedelta(hours=1), what="价格", mine=False)
    form = world.form(
        outcome=CallOutcome.CALLBACK_AGREED, identity=(), answers=(), promise=made, note="问双眼皮"
    )
    saved = calls.save(world.seat(), claim, form, "k", world.now)
    assert calls.save(world.seat(), claim, form, "k", world.now).repeated
    (row,) = world.clinic.rows("SELECT * FROM escalation")
    assert saved.escalation_ids == (row["id"],)
    assert (row["kind"], row["patient_id"], row["caller_number"]) == ("request", None, "+8613912345678")
    assert row["contact_by"] == row["next_clock_at"] == to_ms(made.at)
    local = made.at.astimezone(ZoneInfo(world.seat().zone))
    assert all(part in str(row["summary"]) for part in (f"{local:%Y-%m-%d %H:%M}", "价格", "问双眼皮"))
    assert world.clinic.count("promise") == 0


def test_who_rings_is_taken_in_the_record_she_goes_on_in_however_old_the_list(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = QueueWorld(clinic)
    kept, gone, gone_next = world.patient(), world.patient(), world.patient()
    item, anna = world.item(gone), clinic.seat("anna")
    merging.merge(clinic.seat("lead"), kept, gone, "同一人", clinic.now)
    (row,) = clinic.rows("SELECT group_id FROM patient WHERE id = :id", id=kept)
    claim = incoming.take(anna, gone, "", clinic.now)
    assert (claim.patient_id, claim.group_id, claim.item_ids) == (kept, row["group_id"], (item,))
    with pytest.raises(AlreadyTaken):
        incoming.take(clinic.seat("li"), kept, "", clinic.now)
    queue.release(anna, claim, clinic.now)

    # Merged between the look at her record and the lease: nothing is taken, and the next try finds her.
    ready = claiming.ready_to_call
    merges = iter([gone_next])

    def meanwhile(*args: object) -> object:
        for one in merges:
            merging.merge(clinic.seat("lead"), kept, one, "同一人", clinic.now)
        return ready(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(claiming, "ready_to_call", meanwhile)
    with pytest.raises(AlreadyTaken):
        incoming.take(anna, gone_next, "", clinic.now)
    assert clinic.count("contact_lease") == 0
    assert incoming.take(anna, gone_next, "", clinic.now).patient_id == kept


def test_a_telephone_of_two_broken_off_calls_is_nobody_elses(clinic: SampleClinic) -> None:
    world = QueueWorld(clinic)
    lis, annas = world.patient(), world.patient()
    for minute, (login, patient) in enumerate((("li", lis), ("anna", annas))):
        seat, when = clinic.seat(login), clinic.now + timedelta(minutes=minute)
        claim = queue.take_item(seat, world.item(patient), when)
        with unit_of_work(clinic.database) as connection:
            held = (seat.clinic_id, claim.group_id, claim.token)
            claims.set_stage(connection, *held, LeaseStage.DIALLING, to_ms(when), 90_000)
    world.sql("UPDATE phone SET e164 = '+8613900001111'")
    later = clinic.now + timedelta(minutes=5)
    queue.drain(clinic.database, clinic.clinic_id, later)
    before = clinic.rows("SELECT * FROM contact_lease ORDER BY id")
    assert [row["stage"] for row in before] == ["cut_off", "cut_off"]
    with pytest.raises(AlreadyTaken):
        incoming.take(clinic.seat("anna"), lis, "", later)
    assert clinic.rows("SELECT * FROM contact_lease ORDER BY id") == before
    # Of one person's own two each may be taken up, not both at once.
    world.sql("UPDATE contact_lease SET staff_id = :id", id=clinic.staff_ids["anna"])
    claim = incoming.take(clinic.seat("anna"), lis, "", later)
    (row,) = clinic.rows("SELECT group_id FROM contact_lease WHERE stage <> 'cut_off'")
    assert (claim.patient_id, claim.group_id) == (lis, row["group_id"]) == (lis, before[0]["group_id"])
    with pytest.raises(AlreadyTaken):
        incoming.take(clinic.seat("li"), annas, "", later)
