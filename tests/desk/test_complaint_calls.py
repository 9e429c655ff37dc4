"""The steps of a complaint as calls in the queue, and the clocks nobody has to remember."""

from __future__ import annotations

from console.desk import calls, complaints, dialling, escalations, queue, tick
from db.connect import unit_of_work
from db.enums import (
    AttemptResult,
    CallOutcome,
    CaseStage,
    EscalationStatus,
    Purpose,
    Severity,
)
from db.instants import to_ms
from db.patients import add_consent
from db.records import Claim
from tests.desk.call_world import Person, World
from tests.desk.complaint_steps import local, open_steps, story, take


def ring(world: World, person: Person, milestone: str, login: str = "li") -> Claim:
    """Take a step's item from the queue and reach the customer."""
    (item,) = [one for one in world.items_of(person, milestone) if one["state"] in ("ready", "waiting")]
    seat = world.seat(login)
    claim = queue.take_item(seat, int(str(item["id"])), world.now)
    dial = dialling.start_dial(seat, claim, person.phone_id, world.now)
    dialling.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.CONNECTED, world.now)
    return dial.claim


def save(world: World, claim: Claim, track: str, login: str = "li", **more: object) -> None:
    """Save a completed call that was read from a flow."""
    form = world.form(track_code=track, **more)
    calls.save(world.seat(login), claim, form, f"save {world.clinic.count('call')}", world.now)


def test_the_loop_is_done_by_calls_of_its_flows(world: World) -> None:
    person = world.person(day=40)
    number = take(world, person).card.id
    # An ordinary call that takes the reply along does not give it.
    claim = ring(world, person, "COMPLAINT_REPLY")
    save(world, claim, "d30")
    assert complaints.open_case(world.seat(), number, world.now).replied_at is None
    assert open_steps(world, number) == ["COMPLAINT_REPLY"]
    save(world, ring(world, person, "COMPLAINT_REPLY"), "complaint_first_reply", note="读了一遍记录")
    case = complaints.open_case(world.seat(), number, world.now)
    assert (case.stage, case.replied_by, case.card.status) == (
        CaseStage.FIRST_REPLY,
        "李敏",
        EscalationStatus.CONTACTED,
    )
    complaints.solve(world.seat("lead"), number, "算错", "退差价", world.now)
    answer = world.answer("result_accepted", "partly")
    save(world, ring(world, person, "RESULT_TOLD"), "result_told_back", answers=(answer,), note="她要书面")
    case = complaints.open_case(world.seat(), number, world.now)
    assert (case.stage, case.accepted, case.answer_note) == (CaseStage.TOLD_BACK, "partly", "她要书面")
    # Without the answer nobody has asked.
    save(world, ring(world, person, "CASE_SATISFACTION"), "closing_satisfaction")
    assert open_steps(world, number) == ["CASE_SATISFACTION"]
    answer = world.answer("case_settled", "neutral")
    save(world, ring(world, person, "CASE_SATISFACTION"), "closing_satisfaction", answers=(answer,))
    case = complaints.close(world.seat("lead"), number, world.now)
    assert (case.satisfaction, case.surveyed_by, case.stage) == (3, "李敏", CaseStage.CLOSED)
    assert [one["outcome"] for one in world.calls()] == [CallOutcome.COMPLETED] * 5


def test_who_refuses_surveys_is_not_asked_and_that_is_on_record(world: World) -> None:
    person = world.person()
    number = take(world, person).card.id
    with unit_of_work(world.clinic.database) as connection:
        add_consent(
            connection,
            world.clinic.clinic_id,
            person.id,
            Purpose.SURVEY,
            False,
            "phone",
            world.seat().staff_id,
            to_ms(world.now),
        )
    complaints.solve(world.seat("lead"), number, "算错", "退差价", world.now)
    case = complaints.tell_back(world.seat(), number, "", None, world.now)
    assert (case.no_satisfaction, case.stage, open_steps(world, number)) == (
        "opted_out",
        CaseStage.SURVEYED,
        [],
    )
    other = take(world, world.person("赵敏")).card.id
    complaints.solve(world.seat("lead"), other, "算错", "退差价", world.now)
    complaints.tell_back(world.seat(), other, "", None, world.now)
    person = world.people[-1]
    save(world, ring(world, person, "CASE_SATISFACTION"), "closing_satisfaction", opt_out=(Purpose.SURVEY,))
    assert complaints.open_case(world.seat(), other, world.now).no_satisfaction == "refused"


def test_a_result_told_by_somebody_complained_of_does_not_count_and_loses_no_call(world: World) -> None:
    person = world.person(day=40)
    number = take(world, person, about_staff=(world.clinic.staff_ids["anna"],)).card.id
    complaints.solve(world.seat("lead"), number, "口气不好", "由组长致歉", world.now)
    save(world, ring(world, person, "RESULT_TOLD", "anna"), "result_told_back", "anna")
    assert world.clinic.count("call") == 1 and open_steps(world, number)[-1] == "RESULT_TOLD"
    assert complaints.open_case(world.seat(), number, world.now).answered_at is None


# -- once a day --------------------------------------------------------------------------------------


def test_a_customer_whose_answer_is_late_or_nearly_is_told_how_it_goes(world: World) -> None:
    """Catalogue S4-SOP-17. Monday 15 June, minor: due on Thursday; so Wednesday's round asks for it, once."""
    person = world.person(day=40)
    number = take(world, person, severity=Severity.MINOR).card.id
    complaints.reply(world.seat(), number, "已致歉", world.now)
    other = take(world, world.person("赵敏"), severity=Severity.MINOR).card.id
    complaints.pause(world.seat(), other, "papers", "等收据", world.now)

    def rounds(text: str) -> list[str]:
        world.now = local(text)
        tick.tick(world.clinic.database, world.clinic.clinic_id, world.now)
        return open_steps(world, number)

    assert rounds("16 09:00") == []
    assert rounds("17 09:00") == rounds("17 10:00") == rounds("18 09:00") == ["CASE_PROGRESS"]
    assert "CASE_PROGRESS" not in open_steps(world, other), "that one waits for her"
    (item,) = world.items_of(person, "CASE_PROGRESS")
    assert item["due_at"] == to_ms(local("18 21:30"))
    world.now = local("18 15:00")
    save(world, ring(world, person, "CASE_PROGRESS"), "service_request", note="还差医生签字，周五答复")
    case = complaints.open_case(world.seat(), number, world.now)
    assert [(one.kind, one.note) for one in case.entries] == [("progress", "还差医生签字，周五答复")]
    assert open_steps(world, number) == []


def test_a_severe_complaint_nobody_wrote_about_asks_for_its_daily_note(world: World) -> None:
    """Catalogue S0-CMPL-06: severe needs a daily note."""
    number, quiet = take(world, severity=Severity.SEVERE).card.id, take(world).card.id
    for text in ("15 20:00", "16 09:00", "16 18:00", "17 09:00"):
        if text == "17 09:00":
            escalations.note(world.seat(), number, "已约外院专家", local("16 20:00"))
        tick.tick(world.clinic.database, world.clinic.clinic_id, local(text))
    assert story(world, number).count("note_due") == 0, "written about within the day each time"
    tick.tick(world.clinic.database, world.clinic.clinic_id, local("18 09:00"))
    tick.tick(world.clinic.database, world.clinic.clinic_id, local("18 10:00"))
    assert story(world, number).count("note_due") == 1 and story(world, quiet).count("note_due") == 0
