"""Service requests: intake, identity, who answers for one, its response and its answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.desk import calls, complaints, dialling, escalations, queue
from db.enums import AttemptResult, CaseStage, EscalationStatus, Received, RequestType, Severity
from db.errors import NotAllowed
from db.instants import to_ms
from db.records import Reason, RequestForm, ServiceCase
from tests.desk.call_world import Person, World


def ask(world: World, person: Person | None = None, **more: object) -> ServiceCase:
    """Take a request down as its form does."""
    values: dict[str, object] = {"type": RequestType.BOOKING, "words": "想改到周六复诊"}
    form = RequestForm(**(values | more))  # type: ignore[arg-type]
    key = f"key {world.clinic.count('escalation')}"
    patient_id = None if person is None else person.id
    made = complaints.take_request(world.seat(), None, patient_id, form, key, world.now)
    return complaints.open_case(world.seat(), made.escalation.id, world.now)


def test_a_request_by_telephone_is_responded_to_by_the_talk_itself(world: World) -> None:
    case = ask(world, asker="张女士", number="138 0000 9999", visit="上周来过")
    assert (case.card.status, case.stage, case.next_step) == (
        EscalationStatus.CONTACTED,
        CaseStage.FIRST_REPLY,
        "answer",
    )
    assert (case.card.owner, case.replied_by, case.asker, case.visit) == (
        "李敏",
        "李敏",
        "张女士",
        "上周来过",
    )
    assert world.row("escalation", case.card.id)["caller_number"] == "+8613800009999"
    assert case.card.patient == "138****9999" and case.late == ()


def test_identity_is_checked_by_a_method_and_only_the_method_is_kept(world: World) -> None:
    person = world.person()
    for identity, code in (((), "identity_missing"), (("1990-08-15",), "identity_unknown")):
        with pytest.raises(NotAllowed) as error:
            ask(world, person, identity=identity)
        assert error.value.code == code
    assert ask(world, person, identity=("surgeon", "birthday")).identity == ("birthday", "surgeon")
    assert ask(world, person, identity=("not_needed",)).identity == ("not_needed",)


def test_a_message_is_queue_work_until_somebody_responds(world: World) -> None:
    person = world.person(day=40)
    case = ask(world, person, channel=Received.WECOM, identity=("not_needed",))
    number = case.card.id
    assert case.card.contact_by == world.now + timedelta(minutes=120) and case.next_step == "reply"
    (item,) = world.items_of(person, "REQUEST_REPLY")
    assert (item["flow"], item["due_at"]) == ("service_request", to_ms(case.card.contact_by))
    seat = world.seat()
    claim = queue.take_item(seat, int(str(item["id"])), world.now)
    dial = dialling.start_dial(seat, claim, person.phone_id, world.now)
    dialling.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.CONNECTED, world.now)
    calls.save(seat, dial.claim, world.form(track_code="service_request"), "k", world.now)
    case = complaints.open_case(seat, number, world.now)
    assert (case.stage, case.next_step, case.replied_by) == (CaseStage.FIRST_REPLY, "answer", "李敏")


def test_it_is_closed_only_with_the_answer_given(world: World) -> None:
    number = ask(world).card.id
    with pytest.raises(NotAllowed) as error:
        complaints.close(world.seat(), number, world.now)
    assert error.value.params["reason"] == Reason("close_unanswered")
    for do in (
        lambda: complaints.solve(world.seat(), number, "a", "b", world.now),
        lambda: complaints.pause(world.seat(), number, "papers", "等", world.now),
        lambda: complaints.satisfied(world.seat(), number, 5, "", world.now),
    ):
        with pytest.raises(NotAllowed) as error:
            do()
        assert error.value.code == "only_complaint"
    case = complaints.answer(world.seat("anna"), number, "周六十点，陈医生", world.now)
    assert (case.answered_by, case.solution, case.next_step, case.gaps) == (
        "Anna",
        "周六十点，陈医生",
        "close",
        (),
    )
    assert case.card.next_clock is None
    with pytest.raises(NotAllowed) as error:
        complaints.answer(world.seat(), number, "再说一次", world.now)
    assert error.value.code == "told_back_before"
    with pytest.raises(NotAllowed):
        complaints.close(world.seat("anna"), number, world.now)
    assert complaints.close(world.seat(), number, world.now).stage is CaseStage.CLOSED
    case = complaints.reopen(world.seat("lead"), number, "周六停诊", world.now)
    assert (case.stage, case.card.contact_by) == (CaseStage.NEW, world.now + timedelta(hours=24))


def test_the_boards_way_of_closing_answers_it(world: World) -> None:
    number = ask(world).card.id
    done = escalations.resolve(world.seat("lead"), number, "查了排班", "改约", "周六十点", world.now)
    case = complaints.open_case(world.seat(), number, world.now)
    assert done.status is EscalationStatus.RESOLVED
    assert (case.solution, case.answered_by, case.stage) == ("周六十点", "王主管", CaseStage.CLOSED)


def test_one_person_answers_for_it_at_each_moment(world: World) -> None:
    for channel in Received:
        assert ask(world, channel=channel).card.owner == "李敏"
    number = ask(world, channel=Received.EMAIL).card.id
    assert escalations.acknowledge(world.seat("he"), number, world.now).owner == "何护士"
    given = escalations.assign(world.seat("he"), number, world.clinic.staff_ids["anna"], world.now)
    assert given.owner == "Anna"
    case = complaints.progress(world.seat("anna"), number, "周三前答复", world.now)
    assert [(one.kind, one.note) for one in case.entries] == [("progress", "周三前答复")]


def test_what_somebody_received_earlier_counts_from_then(world: World) -> None:
    earlier = world.now - timedelta(hours=30)
    case = ask(world, channel=Received.LETTER, received_at=earlier, urgency=Severity.MODERATE)
    assert case.received_at == earlier and case.card.contact_by == earlier + timedelta(hours=24)
    assert ask(world, received_at=world.now + timedelta(days=1)).received_at == world.now
