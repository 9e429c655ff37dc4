"""Taking, giving back, cutting off and skipping calls; what may be taken when; what comes along."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from console.desk import incoming, patients, queue, staff
from console.desk.claiming import end
from db import claims
from db.connect import unit_of_work
from db.enums import ItemClass, LeaseStage, Role, Tier
from db.errors import AlreadyTaken, NotAllowed, StaleLease
from db.instants import to_ms
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld, at, local

TODAY = date(2026, 6, 15)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    """The sample clinic, Monday 14:35."""
    return QueueWorld(clinic)


def _next(world: QueueWorld, login: str = "li", now: datetime | None = None) -> int | None:
    claim = queue.take_next(world.clinic.seat(login), now or world.clinic.now)
    return None if claim is None else claim.item_id


def test_the_order_decides_who_is_next(world: QueueWorld) -> None:
    routine = world.item(world.patient(), "D90", ItemClass.ROUTINE)
    due = world.item(world.patient(), "D7")
    overdue = world.item(world.patient(), "D7", due=TODAY - timedelta(days=1))
    safety = world.item(world.patient(), "D2", ItemClass.SAFETY, end=local(TODAY, 21, 30))
    promised = world.item(world.patient(), "D7", due=TODAY + timedelta(days=1), earliest=local(TODAY, 8))
    world.promise(promised, world.clinic.now + 3 * MINUTE)
    red = world.item(world.patient(), "D7", clinician_requested=True)
    assert [row.id for row in queue.page(world.clinic.seat(), world.clinic.now)] == [
        red,
        promised,
        safety,
        overdue,
        due,
        routine,
    ]
    assert [_next(world) for _ in range(7)] == [red, promised, safety, overdue, due, routine, None]


def test_rows_are_masked_and_say_where_they_stand(world: QueueWorld) -> None:
    patient = world.patient("欧阳娜娜")
    treatment = world.treatment(patient, "upper_blepharoplasty", TODAY - timedelta(days=7))
    world.item(patient, treatment_id=treatment, attempts=1)
    (row,) = queue.page(world.clinic.seat(), world.clinic.now)
    assert (row.position, row.patient, row.procedure, row.day) == (1, "欧阳*", "upper_blepharoplasty", 7)
    assert (row.tier, row.attempts, row.takeable, row.opens_at) == (Tier.DUE, 1, True, None)
    assert row.deadline_at == at("2026-06-15 20:00")
    assert row.last.code == "last_none"


def test_intimate_procedures_are_named_to_authorised_staff_only(world: QueueWorld) -> None:
    patient = world.patient()
    treatment = world.treatment(patient, "labiaplasty", TODAY - timedelta(days=7))
    world.item(patient, treatment_id=treatment)
    assert queue.page(world.clinic.seat(), world.clinic.now)[0].procedure == "restricted"
    world.sql("UPDATE staff SET restricted_ok = TRUE")
    assert queue.page(world.clinic.new_seat("li"), world.clinic.now)[0].procedure == "labiaplasty"


def test_pages_follow_each_other_without_gap_or_repeat(world: QueueWorld) -> None:
    ids = [world.item(world.patient(), due=TODAY - timedelta(days=number % 3)) for number in range(11)]
    seat = world.clinic.seat()
    seen: list[int] = []
    after = None
    while rows := queue.page(seat, world.clinic.now, after, 4):
        seen += [row.id for row in rows]
        after = rows[-1].key
    assert sorted(seen) == ids
    assert seen == [row.id for row in queue.page(seat, world.clinic.now)]


def test_lanes_decide_who_is_offered_what(world: QueueWorld) -> None:
    doctors = world.item(world.patient(), "D1", ItemClass.SAFETY, team="outpatient_doctor")
    nurses = world.item(world.patient(), "D7", team="nurse")
    assert {row.id for row in queue.page(world.clinic.seat("chen"), world.clinic.now)} == {doctors}
    assert {row.id for row in queue.page(world.clinic.seat("li"), world.clinic.now)} == {doctors, nurses}
    foreign = world.item(world.patient(language="en"), language="en")
    assert foreign not in {row.id for row in queue.page(world.clinic.seat("li"), world.clinic.now)}
    assert foreign in {row.id for row in queue.page(world.clinic.seat("anna"), world.clinic.now)}


def test_an_urgent_call_waits_for_its_language_fifteen_minutes_at_most(world: QueueWorld) -> None:
    item = world.item(
        world.patient(language="en"),
        "D2",
        ItemClass.SAFETY,
        language="en",
        earliest=world.clinic.now,
        end=local(TODAY + timedelta(days=1), 21, 30),
    )
    assert _next(world, "li", world.clinic.now + 14 * MINUTE) is None
    assert _next(world, "li", world.clinic.now + 15 * MINUTE) == item


def test_a_safety_call_nobody_took_opens_to_the_pool(world: QueueWorld) -> None:
    item = world.item(world.patient(), "D1", ItemClass.SAFETY, team="ward_doctor", end=local(TODAY, 21, 30))
    assert _next(world, "li", at("2026-06-15 18:59")) is None
    assert _next(world, "li", at("2026-06-15 19:01")) == item


def test_only_what_passes_windows_is_taken_while_the_window_is_closed(world: QueueWorld) -> None:
    care = world.item(world.patient(), "D7")
    stitches = world.item(
        world.patient(), "STITCHES", due=TODAY + timedelta(days=1), earliest=local(TODAY, 8)
    )
    closed = at("2026-06-15 17:00")
    rows = {row.id: row for row in queue.page(world.clinic.seat(), closed)}
    assert (rows[care].takeable, rows[care].opens_at) == (False, at("2026-06-15 19:00"))
    assert (rows[stitches].takeable, rows[stitches].opens_at) == (True, None)
    assert queue.header(world.clinic.seat(), closed).takeable == 1
    with pytest.raises(NotAllowed) as refused:
        queue.take_item(world.clinic.seat(), care, closed)
    assert refused.value.params["reason"].code == "window_closed"  # type: ignore[attr-defined]
    assert _next(world, now=closed) == stitches
    assert _next(world, now=closed) is None
    assert _next(world, now=at("2026-06-15 19:00")) == care


def test_only_red_flags_ring_in_quiet_hours(world: QueueWorld) -> None:
    night = at("2026-06-15 22:00")
    world.item(world.patient(), "STITCHES", due=TODAY)
    red = world.item(world.patient(), "D7", clinician_requested=True)
    assert _next(world, now=night) == red
    assert _next(world, now=night) is None


def test_a_half_open_window_is_closed_at_its_end(world: QueueWorld) -> None:
    item = world.item(world.patient())
    assert _next(world, now=at("2026-06-15 16:30")) is None
    assert _next(world, now=at("2026-06-15 16:29")) == item


def test_a_claim_takes_along_what_is_due_soon_and_nothing_else(world: QueueWorld) -> None:
    patient = world.patient()
    first = world.item(patient, "D7")
    tomorrow = world.item(patient, "STITCHES", due=TODAY + timedelta(days=1), earliest=local(TODAY, 8))
    cooling = world.item(patient, "D14", cooling_until=to_ms(world.clinic.now + 60 * MINUTE))
    later = world.item(patient, "D30", due=TODAY + timedelta(days=2), earliest=local(TODAY, 8))
    early = world.item(patient, "D2", due=TODAY + timedelta(days=1))
    other_team = world.item(patient, "D1", team="ward_doctor")
    claim = queue.take_next(world.clinic.seat(), world.clinic.now)
    assert claim is not None
    assert claim.item_id == first
    assert set(claim.item_ids) == {first, tomorrow, cooling}
    assert claim.item_ids[0] == first
    for item in claim.item_ids:
        assert world.row(item)["state"] == "leased"
    for item in (later, early, other_team):
        assert world.row(item)["state"] in ("waiting", "ready")
    linked = world.clinic.rows("SELECT item_id FROM contact_item WHERE contact_id = :id", id=claim.contact_id)
    assert {row["item_id"] for row in linked} == set(claim.item_ids)


def test_one_row_a_patient_and_the_reason_for_the_other(world: QueueWorld) -> None:
    patient = world.patient()
    first, second = world.item(patient, "D7"), world.item(patient, "D30", due=TODAY)
    rows = queue.page(world.clinic.seat(), world.clinic.now)
    assert [row.id for row in rows] == [first]
    answers = {one.id: one.gate for one in queue.why_not(world.clinic.seat(), patient, world.clinic.now)}
    assert answers[first].code == "in_order"
    assert (answers[second].code, answers[second].params["id"]) == ("taken_along", first)


def test_what_waits_for_the_lead_holds_no_call_back(world: QueueWorld) -> None:
    patient = world.patient()
    world.item(patient, "LEAD_REVIEW", ItemClass.SAFETY, kind="lead_review", end=local(TODAY, 21, 30))
    call = world.item(patient, "D7")
    assert _next(world) == call


def test_relatives_on_one_number_are_one_lease(world: QueueWorld) -> None:
    mother = world.patient("王芳")
    group = world.clinic.rows("SELECT group_id FROM patient WHERE id = :id", id=mother)[0]["group_id"]
    daughter = world.patient("王小丽", group_id=int(str(group)))
    first, second = world.item(mother), world.item(daughter)
    claim = queue.take_next(world.clinic.seat("li"), world.clinic.now)
    assert claim is not None
    assert (claim.item_id, claim.item_ids, claim.also_due) == (first, (first,), (second,))
    assert _next(world, "anna") is None
    with pytest.raises(AlreadyTaken):
        queue.take_item(world.clinic.seat("anna"), second, world.clinic.now)
    gate = queue.why_not(world.clinic.seat("anna"), daughter, world.clinic.now)[0].gate
    assert (gate.code, gate.params["staff"]) == ("leased", "李敏")
    queue.release(world.clinic.seat("li"), claim, world.clinic.now)
    assert _next(world, "anna") == first


def test_a_released_claim_stands_where_it_stood(world: QueueWorld) -> None:
    item = world.item(world.patient())
    before = world.row(item)
    claim = queue.take_next(world.clinic.seat(), world.clinic.now)
    assert claim is not None
    queue.release(world.clinic.seat(), claim, world.clinic.now)
    assert world.row(item) == before
    assert world.lease() == []
    contact = world.clinic.rows("SELECT ended_at FROM contact WHERE id = :id", id=claim.contact_id)[0]
    assert contact["ended_at"] == to_ms(world.clinic.now)
    with pytest.raises(StaleLease):
        queue.release(world.clinic.seat(), claim, world.clinic.now)


def test_a_preview_nobody_renews_is_offered_again_and_its_token_is_dead(world: QueueWorld) -> None:
    item = world.item(world.patient())
    li, anna = world.clinic.seat("li"), world.clinic.seat("anna")
    claim = queue.take_next(li, world.clinic.now)
    assert claim is not None
    assert claim.expires_at == world.clinic.now + timedelta(seconds=90)
    now = world.clinic.now + timedelta(seconds=60)
    assert queue.renew(li, claim, now) == now + timedelta(seconds=90)
    assert queue.take_next(anna, world.clinic.now + timedelta(seconds=149)) is None
    theirs = queue.take_next(anna, world.clinic.now + timedelta(seconds=150))
    assert theirs is not None
    assert theirs.item_id == item
    assert theirs.token != claim.token
    with pytest.raises(StaleLease):
        queue.renew(li, claim, world.clinic.now + timedelta(seconds=151))


def _cut_off(world: QueueWorld, login: str = "li") -> tuple[int, int, datetime]:
    patient = world.patient()
    item, along = world.item(patient), world.item(patient, "D30", due=TODAY)
    seat = world.clinic.seat(login)
    claim = queue.take_next(seat, world.clinic.now)
    assert claim is not None
    with unit_of_work(world.clinic.database) as connection:
        claims.set_stage(
            connection,
            seat.clinic_id,
            claim.group_id,
            claim.token,
            LeaseStage.DIALLING,
            to_ms(world.clinic.now),
            90_000,
        )
    return item, along, world.clinic.now + timedelta(seconds=91)


def test_a_cut_off_call_goes_back_to_its_owner_and_to_no_colleague(world: QueueWorld) -> None:
    item, along, later = _cut_off(world)
    anna, li = world.clinic.seat("anna"), world.clinic.new_seat("li")
    assert queue.take_next(anna, later) is None
    assert world.lease()[0]["stage"] == "cut_off"
    with pytest.raises((NotAllowed, AlreadyTaken)):
        queue.take_item(anna, item, later)
    assert queue.header(li, later).cut_off == 1
    assert [row.id for row in queue.page(li, later) if row.mine] == [item]
    claim = queue.take_next(li, later)
    assert claim is not None
    assert (claim.item_id, set(claim.item_ids)) == (item, {item, along})
    queue.release(li, claim, later)
    assert queue.take_next(anna, later) is not None


def test_a_cut_off_call_passes_to_the_lead_after_a_while_or_when_the_owner_leaves(world: QueueWorld) -> None:
    item, _, later = _cut_off(world)
    lead, anna = world.clinic.seat("lead"), world.clinic.seat("anna")
    assert queue.take_next(lead, later) is None
    assert queue.take_next(anna, later + 60 * MINUTE) is None
    world.sql("UPDATE staff SET on_duty = FALSE WHERE login = 'li'")
    claim = queue.take_next(lead, later)
    assert claim is not None
    assert claim.item_id == item


def test_a_lead_gets_a_cut_off_call_that_lies(world: QueueWorld) -> None:
    item, _, later = _cut_off(world)
    lead = world.clinic.seat("lead")
    assert queue.take_next(lead, later + 14 * MINUTE) is None
    claim = queue.take_next(lead, later + 15 * MINUTE)
    assert claim is not None
    assert claim.item_id == item


def test_a_lead_gets_a_cut_off_call_no_sooner_through_a_relative(world: QueueWorld) -> None:
    item, _, later = _cut_off(world)
    relative = world.item(world.patient("王大力", group_id=int(str(world.row(item)["group_id"]))))
    lead, anna = world.clinic.seat("lead"), world.clinic.seat("anna")
    early = later + 13 * MINUTE
    assert queue.take_next(lead, early) is None
    assert relative not in [row.id for row in queue.page(lead, early)]
    with pytest.raises((NotAllowed, AlreadyTaken)):
        queue.take_item(lead, relative, early)
    with pytest.raises((NotAllowed, AlreadyTaken)):
        queue.take_item(anna, relative, later + 60 * MINUTE)
    assert world.lease()[0]["stage"] == "cut_off"
    assert queue.take_item(lead, relative, later + 15 * MINUTE).item_id == relative


def test_a_closed_seat_takes_nothing_more_but_gives_back_what_it_has(world: QueueWorld) -> None:
    first, second = world.item(world.patient()), world.item(world.patient())
    clinic, seat = world.clinic, world.clinic.new_seat("li")
    claim = queue.take_item(seat, first, clinic.now)
    staff.retire(clinic.seat("lead"), "li", clinic.now)
    for take in (
        lambda: queue.take_next(seat, clinic.now),
        lambda: queue.take_item(seat, second, clinic.now),
        lambda: incoming.take(seat, None, "", clinic.now),
        lambda: patients.page(seat, int(str(world.row(second)["patient_id"])), clinic.now),
    ):
        with pytest.raises(NotAllowed, match="seat_closed"):
            take()
    assert not staff.seen(seat, clinic.now) and staff.seen(clinic.seat("anna"), clinic.now)
    queue.release(seat, claim, clinic.now)


def test_a_heartbeat_after_an_outage_revives_the_call(world: QueueWorld) -> None:
    item, along, later = _cut_off(world)
    seat = world.clinic.seat()
    lease = world.lease()[0]
    queue.drain(world.clinic.database, world.clinic.clinic_id, later)
    assert world.row(item)["lane_id"] == f"own:{seat.staff_id}"
    contact = world.clinic.rows("SELECT * FROM contact")[0]
    from db.records import Claim

    claim = Claim(
        contact_id=int(str(contact["id"])),
        group_id=int(str(lease["group_id"])),
        token=int(str(lease["token"])),
        patient_id=int(str(contact["patient_id"])),
        item_id=item,
        item_ids=(item, along),
        also_due=(),
        taken_at=world.clinic.now,
        expires_at=later,
    )
    queue.renew(seat, claim, later)
    assert world.lease()[0]["stage"] == "connected"
    assert world.row(item)["state"] == world.row(along)["state"] == "leased"
    with unit_of_work(world.clinic.database) as connection:
        end(connection, seat, claim, later)
    assert world.row(item)["lane_id"] == "team:customer_service:zh"


def test_skips_leave_the_item_to_others_and_three_hand_it_to_the_lead(world: QueueWorld) -> None:
    item = world.item(world.patient())
    for login in ("li", "anna", "he"):
        assert world.row(item)["lane_id"] == "team:customer_service:zh"
        seat = world.clinic.seat(login, Role.CALLER)
        claim = queue.take_next(seat, world.clinic.now)
        assert claim is not None
        queue.skip(seat, claim, "认识她", world.clinic.now)
        assert queue.take_next(seat, world.clinic.now) is None
    assert (world.row(item)["skips"], world.row(item)["lane_id"]) == (3, "lead")
    assert _next(world, "lead") == item
    kept = world.clinic.rows("SELECT result FROM contact_item ORDER BY id")
    assert kept[0]["result"] == "skipped: 认识她"
    assert len(world.clinic.rows("SELECT id FROM audit WHERE action = 'item.skip'")) == 3


def test_a_skip_needs_a_reason_and_comes_before_dialling(world: QueueWorld) -> None:
    world.item(world.patient())
    seat = world.clinic.seat()
    claim = queue.take_next(seat, world.clinic.now)
    assert claim is not None
    with pytest.raises(NotAllowed, match="text_missing"):
        queue.skip(seat, claim, " \x1b ", world.clinic.now)
    with unit_of_work(world.clinic.database) as connection:
        claims.set_stage(
            connection,
            seat.clinic_id,
            claim.group_id,
            claim.token,
            LeaseStage.DIALLING,
            to_ms(world.clinic.now),
            90_000,
        )
    with pytest.raises(NotAllowed, match="skip_after_dialling"):
        queue.skip(seat, claim, "很忙", world.clinic.now)


def test_a_promise_of_mine_is_mine_while_i_am_on_duty(world: QueueWorld) -> None:
    world.clinic.seat("li")
    item = world.item(world.patient())
    world.promise(item, world.clinic.now, mine=world.clinic.staff_ids["li"])
    assert _next(world, "anna") is None
    assert _next(world, "li") == item


def test_a_promise_of_somebody_off_duty_is_anyones(world: QueueWorld) -> None:
    item = world.item(world.patient())
    world.promise(item, world.clinic.now, mine=world.clinic.staff_ids["li"])
    assert _next(world, "anna") == item


def test_a_stale_row_is_judged_again_before_it_is_served(world: QueueWorld) -> None:
    patient = world.patient()
    item = world.item(patient)
    world.sql("UPDATE patient SET deceased_on = :day WHERE id = :id", day=TODAY, id=patient)
    assert world.row(item)["state"] == "ready"
    assert _next(world) is None
    assert world.row(item)["state"] == "waiting"


def test_an_incoming_call_takes_the_group_whatever_the_hour(world: QueueWorld) -> None:
    patient = world.patient()
    due = world.item(patient)
    group = int(str(world.row(due)["group_id"]))
    night = at("2026-06-15 23:00")
    seat = world.clinic.seat()
    claim = queue.take_patient(seat, group, patient, "+8613800130001", night)
    assert claim.incoming
    assert (claim.item_id, claim.item_ids) == (None, (due,))
    with pytest.raises(AlreadyTaken):
        queue.take_patient(world.clinic.seat("anna"), group, patient, None, night)
    empty = queue.take_patient(world.clinic.seat("anna"), world.group(), None, None, night)
    assert (empty.patient_id, empty.item_ids) == (None, ())


def test_trainees_take_nobody_in_a_real_clinic(world: QueueWorld) -> None:
    world.item(world.patient())
    with pytest.raises(NotAllowed, match="role_may_not_call"):
        queue.take_next(world.clinic.seat("li", Role.TRAINEE), world.clinic.now)


def test_the_header_counts_what_this_seat_may_take(world: QueueWorld) -> None:
    for _ in range(3):
        world.item(world.patient())
    promised = world.item(world.patient())
    world.promise(promised, world.clinic.now)
    header = queue.header(world.clinic.seat(), world.clinic.now)
    assert (header.staff, header.clinic, header.zone) == ("李敏", "测试诊所", "Asia/Shanghai")
    assert (header.takeable, header.promised, header.escalations, header.cut_off) == (4, 1, 0, 0)
    assert header.window.open
    assert header.window.until == at("2026-06-15 16:30")
