"""Escalations: raised at once, told, phoned, marked, worked and closed."""

from __future__ import annotations

import time
from datetime import timedelta
from threading import Thread

import pytest

from console.desk import calls, complaints, escalations
from db.enums import CallOutcome, EscalationKind, EscalationStatus, Level, Role, Severity, SpokeTo
from db.errors import AlreadyTaken, Conflict, NotAllowed
from db.instants import to_ms
from db.records import FlagForm
from tests.clinic import PIN
from tests.desk.call_world import World, gap
from tests.desk.escalation_steps import flag, story


def test_a_flag_is_committed_at_once_before_identity(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    began = time.monotonic()
    raised = flag(world, claim, Level.EMERGENCY, place="家里", companion="丈夫")
    assert time.monotonic() - began < 1
    card = raised.escalation
    assert (card.level, card.status, card.patient, card.procedure, card.day) == (
        Level.EMERGENCY,
        EscalationStatus.NEW,
        "王*",
        "upper_blepharoplasty",
        7,
    )
    assert card.ack_by == world.now + timedelta(minutes=5) == card.contact_by
    assert card.next_clock == card.ack_by and card.seconds_left == 300 and not card.breached
    # An empty roster shows the leads and says so.
    assert raised.on_call.empty and raised.on_call.ambulance == "120"
    assert [(one.name, one.phone) for one in raised.on_call.people] == [("王主管", "+8613900000001")]
    assert story(world, card.id) == ["raised"]
    audit = world.clinic.rows("SELECT action FROM audit WHERE subject_kind = 'escalation'")
    assert [one["action"] for one in audit] == ["escalation.raised"]
    item = world.item(raised.item_id or 0)
    assert (item["milestone"], item["escalation_id"]) == ("ESCALATION", card.id)


def test_the_same_key_is_one_escalation(world: World) -> None:
    claim = world.connected(world.person())
    first, again = flag(world, claim), flag(world, claim)
    assert again.repeated and again.escalation.id == first.escalation.id
    assert world.clinic.count("escalation") == 1


def test_more_flags_join_and_a_higher_level_lifts_what_nobody_touched(world: World) -> None:
    claim = world.connected(world.person())
    first = flag(world, claim, Level.URGENT, "a").escalation
    form = FlagForm(Level.EMERGENCY, ("vision_loss",))
    world.later(minutes=1)
    lifted = escalations.raise_flag(world.seat(), claim, form, "b", world.now).escalation
    assert lifted.id == first.id and lifted.level is Level.EMERGENCY
    assert lifted.flags == ("one_sided_swelling", "vision_loss")
    assert lifted.contact_by == world.now + timedelta(minutes=5)
    # A lower one afterwards lowers nothing.
    form = FlagForm(Level.URGENT, ("itch",))
    same = escalations.raise_flag(world.seat(), claim, form, "c", world.now).escalation
    assert (same.id, same.level, same.contact_by) == (first.id, Level.EMERGENCY, lifted.contact_by)
    assert story(world, first.id) == ["raised", "level_raised", "flags_added"]


def test_after_one_more_sign_as_urgent_somebody_has_to_be_told_again(world: World) -> None:
    claim = world.connected(world.person())
    first = flag(world, claim, Level.SAME_DAY, "a").escalation
    escalations.told(world.seat(), first.id, "\u503c\u73ed\u62a4\u58eb", world.now)
    # The same sign once more is known to who was told.
    assert flag(world, claim, Level.SAME_DAY, "b").escalation.told_who == "\u503c\u73ed\u62a4\u58eb"
    # A milder one comes along with what she knows.
    milder = FlagForm(Level.URGENT, ("itch",))
    assert escalations.raise_flag(world.seat(), claim, milder, "m", world.now).escalation.told_at is not None
    more = FlagForm(Level.SAME_DAY, ("fever_high",))
    joined = escalations.raise_flag(world.seat(), claim, more, "c", world.now).escalation
    assert (joined.id, joined.told_who, joined.told_at) == (first.id, None, None)
    assert story(world, first.id)[:2] == ["raised", "told"]


def test_a_higher_level_after_somebody_acted_is_a_new_one(world: World) -> None:
    claim = world.connected(world.person())
    first = flag(world, claim, Level.URGENT, "a").escalation
    escalations.told(world.seat(), first.id, "值班护士", world.now)
    second = flag(world, claim, Level.EMERGENCY, "b").escalation
    assert second.id != first.id
    assert world.row("escalation", first.id)["level"] == "URGENT"


def test_a_flags_own_limit_beats_its_level(world: World) -> None:
    claim = world.connected(world.person())
    card = flag(world, claim, Level.SAME_DAY, contact_by_min=30).escalation
    assert card.contact_by == world.now + timedelta(minutes=30)


def test_routine_is_no_escalation(world: World) -> None:
    with pytest.raises(NotAllowed):
        flag(world, world.connected(world.person()), Level.ROUTINE)


def test_an_emergency_of_somebody_nobody_knows(world: World) -> None:
    claim = world.ring(None, "138 0000 9999")
    raised = flag(world, claim, Level.EMERGENCY, place="人民路 8 号")
    row = world.row("escalation", raised.escalation.id)
    assert (row["patient_id"], row["caller_number"], row["place"]) == (None, "+8613800009999", "人民路 8 号")
    assert raised.item_id is None
    assert raised.escalation.patient == "138****9999"
    sheet = calls.open_call(world.seat(), claim, world.now)
    assert sheet.patient_id is None and sheet.open_flags[0].level is Level.EMERGENCY
    form = world.form(direction="in", spoke_to=SpokeTo.UNKNOWN, identity=())
    with pytest.raises(NotAllowed) as refused:
        calls.save(world.seat(), claim, form, "k", world.now)
    assert gap(refused.value) == "emergency_untold"
    escalations.told(world.seat(), raised.escalation.id, "陈医生", world.now)
    saved = calls.save(world.seat(), claim, form, "k", world.now)
    assert saved.escalation_ids == (raised.escalation.id,)
    assert len("".join(saved.summary.split())) >= 20
    assert world.clinic.count("contact_lease") == 0


def test_unknown_callers_do_not_share_a_contact(world: World) -> None:
    first = world.ring(None, "13800009999")
    second = world.ring(None, "13800009999", "anna")
    assert first.group_id != second.group_id


def test_telling_covers_the_contacts_other_escalations(world: World) -> None:
    claim = world.connected(world.person())
    first = flag(world, claim, Level.URGENT, "a").escalation
    escalations.phoning(world.seat("anna"), first.id, world.now)
    second = flag(world, claim, Level.EMERGENCY, "b").escalation
    with pytest.raises(NotAllowed):
        escalations.told(world.seat(), second.id, "  ", world.now)
    with pytest.raises(NotAllowed, match="told_who_short"):
        escalations.told(world.seat(), second.id, " x ", world.now)
    assert escalations.may_be_told(world.seat(), "王主管", world.now)
    assert not escalations.may_be_told(world.seat(), "我老公", world.now)
    card = escalations.told(world.seat(), second.id, "陈医生", world.later(minutes=2))
    assert (card.told_who, card.told_by, card.told_at) == ("陈医生", "李敏", world.now)
    assert world.row("escalation", first.id)["told_who"] == "陈医生"


def test_the_first_to_phone_the_doctor_wins_and_everybody_sees_who(world: World) -> None:
    card = flag(world, world.connected(world.person()), Level.EMERGENCY).escalation
    seats = [world.seat(), world.seat("anna"), world.seat("he")]
    won: list[tuple[str, bool, str]] = []

    def take(index: int) -> None:
        found = escalations.phoning(seats[index], card.id, world.now)
        won.append((seats[index].name, found.mine, found.name))

    threads = [Thread(target=take, args=(index,)) for index in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(mine for _, mine, _ in won) == 1
    winner = next(name for name, mine, _ in won if mine)
    assert {name for _, _, name in won} == {winner}
    assert story(world, card.id).count("phoning") == 1
    assert escalations.live_alarms(world.seat("chen"), world.now)[0].phoning == winner


def test_alarms_stay_on_every_seat_until_the_patient_is_reached(world: World) -> None:
    first = flag(world, world.connected(world.person()), Level.EMERGENCY, "a").escalation
    other = world.connected(world.person("赵敏"), "anna")
    flag(world, other, Level.URGENT, "b")
    for login in ("li", "anna", "lead", "chen"):
        assert [one.id for one in escalations.live_alarms(world.seat(login), world.now)] == [first.id]
    escalations.acknowledge(world.seat("chen"), first.id, world.now)
    assert len(escalations.live_alarms(world.seat(), world.now)) == 1
    escalations.contacted(world.seat("chen"), first.id, "", world.now)
    assert escalations.live_alarms(world.seat(), world.now) == ()


def test_a_mis_key_needs_a_reason_keeps_both_and_waits_for_a_clinician(world: World) -> None:
    claim = world.connected(world.person())
    card = flag(world, claim, Level.EMERGENCY).escalation
    escalations.raise_flag(world.seat(), claim, FlagForm(Level.URGENT, ("itch",)), "g", world.now)
    with pytest.raises(NotAllowed):
        escalations.correct_mis_key(world.seat(), card.id, (), " ", world.now)
    with pytest.raises(NotAllowed) as refused:
        escalations.correct_mis_key(world.seat("anna"), card.id, (), "按错", world.now)
    assert refused.value.code == "mis_key_by_raiser"
    half = escalations.correct_mis_key(world.seat(), card.id, ("itch",), "按错", world.now)
    assert not half.mis_keyed
    whole = escalations.correct_mis_key(world.seat(), card.id, ("one_sided_swelling",), "又按错", world.now)
    assert whole.mis_keyed and whole.level is Level.EMERGENCY and whole.status is EscalationStatus.NEW
    with pytest.raises(NotAllowed) as refused:
        escalations.resolve(world.seat("lead"), card.id, "无", "无", "无", world.now)
    assert refused.value.code == "mis_key_by_clinician"
    done = escalations.resolve(world.seat("he"), card.id, "误按", "已核实", "已说明", world.now)
    assert done.status is EscalationStatus.RESOLVED
    # A true flag after a mistaken one is an escalation of its own.
    assert flag(world, claim, Level.EMERGENCY, "h").escalation.id != card.id


def test_only_a_doctor_with_the_pin_lowers_a_level(world: World) -> None:
    card = flag(world, world.connected(world.person()), Level.SAME_DAY).escalation
    for login in ("li", "lead", "he"):
        with pytest.raises(NotAllowed) as refused:
            escalations.lower_level(world.seat(login), card.id, Level.URGENT, PIN, "看过", world.now)
        assert refused.value.code == "needs_doctor"
    doctor = world.seat("chen")
    for pin, level, reason, code in (
        ("000000", Level.URGENT, "看过", "wrong_pin"),
        (PIN, Level.URGENT, " ", "text_missing"),
        (PIN, Level.EMERGENCY, "看过", "level_not_lower"),
        (PIN, Level.ROUTINE, "看过", "level_makes_no_escalation"),
    ):
        with pytest.raises(NotAllowed) as refused:
            escalations.lower_level(doctor, card.id, level, pin, reason, world.now)
        assert refused.value.code == code
    lower = escalations.lower_level(doctor, card.id, Level.URGENT, PIN, "照片看过", world.now)
    assert lower.level is Level.URGENT and lower.contact_by == card.raised_at + timedelta(hours=24)
    event = world.clinic.rows("SELECT * FROM escalation_event WHERE kind = 'level_lowered'")[0]
    assert (event["before"], event["after"], event["note"]) == ("SAME_DAY", "URGENT", "照片看过")
    higher = escalations.raise_level(world.seat(), card.id, Level.EMERGENCY, "更糟了", world.now)
    assert higher.level is Level.EMERGENCY and higher.contact_by == world.now + timedelta(minutes=5)


def test_a_level_lowered_late_stays_lowered(world: World) -> None:
    from console.desk import tick

    card = flag(world, world.connected(world.person()), Level.EMERGENCY).escalation
    late = world.now + timedelta(minutes=150)
    lower = escalations.lower_level(world.seat("chen"), card.id, Level.SAME_DAY, PIN, "看过照片", late)
    assert lower.contact_by == late + timedelta(hours=2), "two hours from raising are over already"
    tick.clocks(world.clinic.database, world.clinic.clinic_id, late + timedelta(seconds=1))
    row = world.clinic.rows("SELECT level, acknowledged_at FROM escalation")[0]
    assert row["level"] == "SAME_DAY" and row["acknowledged_at"] is not None
    tick.clocks(world.clinic.database, world.clinic.clinic_id, late + timedelta(hours=2, seconds=1))
    assert world.clinic.rows("SELECT level FROM escalation")[0]["level"] == "EMERGENCY"


def test_acknowledged_once_and_owned(world: World) -> None:
    card = flag(world, world.connected(world.person())).escalation
    with pytest.raises(NotAllowed):
        escalations.acknowledge(world.seat(), card.id, world.now)
    taken = escalations.acknowledge(world.seat("he"), card.id, world.now)
    assert (taken.owner, taken.status, taken.next_clock) == (
        "何护士",
        EscalationStatus.ACKNOWLEDGED,
        taken.contact_by,
    )
    assert escalations.acknowledge(world.seat("he"), card.id, world.now).owner == "何护士"
    with pytest.raises(AlreadyTaken):
        escalations.acknowledge(world.seat("chen"), card.id, world.now)


def test_an_assigned_escalation_is_offered_to_its_owner_only(world: World) -> None:
    raised = flag(world, world.connected(world.person()))
    anna = world.seat("anna")
    escalations.assign(world.seat("lead"), raised.escalation.id, anna.staff_id, world.now)
    assert world.item(raised.item_id or 0)["lane_id"] == f"own:{anna.staff_id}"
    escalations.note(anna, raised.escalation.id, "已发照片", world.now)
    # An owner acts although she is no clinician, but neither ends the contact clock of a clinical one nor closes it.
    with pytest.raises(NotAllowed, match="contact_by_clinician"):
        escalations.contacted(anna, raised.escalation.id, "已联系", world.now)
    with pytest.raises(NotAllowed):
        escalations.resolve(anna, raised.escalation.id, "a", "b", "c", world.now)
    assert story(world, raised.escalation.id) == ["raised", "assigned", "note"]


@pytest.mark.parametrize("level", [Level.SAME_DAY, Level.URGENT])
def test_the_contact_clock_stops_for_a_clinician_or_for_a_lead_who_names_one(
    world: World, level: Level
) -> None:
    case = flag(world, world.connected(world.person()), level).escalation.id
    lead = world.seat("lead")
    escalations.acknowledge(lead, case, world.now)
    clock = world.row("escalation", case)["next_clock_at"]
    for text, by, code in (
        ("已联系", "", "contact_names_clinician"),
        ("已联系", " ", "contact_names_clinician"),
    ):
        with pytest.raises(NotAllowed, match=code):
            escalations.contacted(lead, case, text, world.now, clinician=by)
    # Closing it would stop the clock as well.
    with pytest.raises(NotAllowed, match="contact_by_clinician"):
        escalations.resolve(lead, case, "a", "b", "c", world.now)
    row = world.row("escalation", case)
    assert (row["contacted_at"], row["next_clock_at"]) == (None, clock)
    reached = escalations.contacted(lead, case, "明早来", world.now, clinician="刘医生")
    assert reached.contacted_at == world.now and reached.last_line.endswith("刘医生: 明早来")
    assert escalations.resolve(lead, case, "a", "b", "c", world.now).status is EscalationStatus.RESOLVED


def test_resolving_needs_all_three_and_a_grade_from_a_clinician(world: World) -> None:
    raised = flag(world, world.connected(world.person()))
    lead, doctor = world.seat("lead"), world.seat("chen")
    for texts in ((" ", "b", "c"), ("a", "", "c"), ("a", "b", "\n")):
        with pytest.raises(NotAllowed) as refused:
            escalations.resolve(lead, raised.escalation.id, *texts, world.now)
        assert refused.value.code == "text_missing"
    with pytest.raises(NotAllowed) as refused:
        escalations.resolve(lead, raised.escalation.id, "a", "b", "c", world.now, "II")
    assert refused.value.code == "grade_by_clinician"
    with pytest.raises(NotAllowed):
        escalations.resolve(doctor, raised.escalation.id, "a", "b", "c", world.now, "VI")
    done = escalations.resolve(
        doctor, raised.escalation.id, "血肿", "回院引流", "今晚来院", world.now, "IIIa"
    )
    row = world.row("escalation", done.id)
    assert (row["clavien_dindo"], row["told_patient"], row["next_clock_at"]) == ("IIIa", "今晚来院", None)
    assert world.item(raised.item_id or 0)["state"] == "done"
    for again in (escalations.acknowledge, lambda *a: escalations.told(a[0], a[1], "陈医生", a[2])):
        with pytest.raises(Conflict):
            again(doctor, raised.escalation.id, world.now)


def test_a_complaint_has_its_own_clocks_and_its_owner_may_close_it(world: World) -> None:
    person = world.person()
    raised = escalations.hand_over(
        world.seat(), None, person.id, EscalationKind.COMPLAINT, Severity.MINOR, "等太久", "c1", world.now
    )
    card = raised.escalation
    assert (card.kind, card.severity, card.level) == (EscalationKind.COMPLAINT, Severity.MINOR, None)
    assert card.ack_by == world.now + timedelta(hours=24)
    anna, lead = world.seat("anna"), world.seat("lead")
    escalations.assign(lead, card.id, anna.staff_id, world.now)
    with pytest.raises(NotAllowed):
        escalations.set_severity(anna, card.id, Severity.SEVERE, "媒体", world.now)
    worse = escalations.set_severity(lead, card.id, Severity.SEVERE, "媒体", world.now).card
    assert worse.resolve_by > card.resolve_by
    escalations.contacted(anna, card.id, "已致歉", world.now)
    complaints.solve(anna, card.id, "叫号机坏了", "已修好", world.now)
    complaints.tell_back(anna, card.id, "", None, world.now)
    complaints.no_satisfaction(anna, card.id, "refused", world.now)
    with pytest.raises(NotAllowed):
        escalations.resolve(anna, card.id, "a", "b", "c", world.now)
    escalations.set_severity(lead, card.id, Severity.MINOR, "误判", world.now)
    assert escalations.resolve(anna, card.id, "a", "b", "c", world.now).status is EscalationStatus.RESOLVED
    # The words of a loop that is closed stay: these were only asked for.
    assert world.row("escalation", card.id)["action"] == "已修好"
    with pytest.raises(NotAllowed):
        escalations.hand_over(
            world.seat(), None, person.id, EscalationKind.REQUEST, Severity.MINOR, " ", "c2", world.now
        )


def test_the_line_dropped_among_danger_signs(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    raised = flag(world, claim, Level.EMERGENCY)
    item_id = escalations.line_dropped(world.seat(), claim, world.now)
    assert item_id == escalations.line_dropped(world.seat(), claim, world.now)
    item = world.item(item_id or 0)
    assert (item["tier"], item["band"], item["escalation_id"]) == (0, 0, raised.escalation.id)
    form = world.form(outcome=CallOutcome.PARTIAL, note="断线", answers=(), identity=())
    calls.save(world.seat(), claim, form, "k", world.now)
    assert world.item(item_id or 0)["state"] == "ready"


def test_a_clinician_asks_for_a_call_now(world: World) -> None:
    person = world.person()
    with pytest.raises(NotAllowed):
        escalations.call_now(world.seat(), person.id, None, "问视力", world.now)
    item_id = escalations.call_now(world.seat("chen"), person.id, None, "问视力", world.now)
    item = world.item(item_id)
    assert item["tier"] == 0 and item["clinician_requested"] in (True, 1)


def test_a_clinicians_call_ends_the_contact_clock_a_callers_does_not(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    raised = flag(world, claim, Level.URGENT)
    calls.save(world.seat(), claim, world.form(), "k", world.now)
    item = raised.item_id or 0
    taken = escalations.open_escalation(world.seat("he"), raised.escalation.id, world.now)
    assert taken.name == "王小丽" and len(taken.numbers) == 1
    assert escalations.open_escalation(world.seat("anna"), raised.escalation.id, world.now).name == "王*"
    from console.desk import claiming

    nurse = world.clinic.seat("he", Role.NURSE)
    claim = claiming.take_item(nurse, item, world.now)
    calls.save(nurse, claim, world.form(), "k2", world.now)
    row = world.row("escalation", raised.escalation.id)
    assert (row["status"], row["contacted_at"]) == ("contacted", to_ms(world.now))
    assert world.item(item)["state"] == "done"
