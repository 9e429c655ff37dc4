"""Where a complaint could be forgotten, hidden, done twice or decided by the wrong person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from console.desk import calls as desk_calls
from console.desk import complaints, dialling, escalations, queue, scripts, service_rounds, tick
from console.desk.placing import place_patient
from console.rules import complaints as rules
from db import calls
from db import complaints as table
from db import escalations as cases
from db.connect import reading, unit_of_work
from db.enums import (
    AttemptResult,
    CaseStage,
    ComplaintClass,
    EscalationKind,
    Level,
    Purpose,
    RequestType,
    Severity,
)
from db.errors import NotAllowed
from db.instants import from_ms, to_ms
from db.patients import add_consent
from db.records import ComplaintForm, FlagForm, RequestForm
from tests.desk.call_world import Person, World


def take(world: World, person: Person | None = None, **more: object) -> int:
    """Take a complaint down."""
    values: dict[str, object] = {
        "klass": ComplaintClass.PRICE,
        "severity": Severity.MODERATE,
        "words": "多收了钱",
    }
    form = ComplaintForm(**(values | more))  # type: ignore[arg-type]
    key = f"key {world.clinic.count('escalation')}"
    whose = None if person is None else person.id
    return complaints.take_complaint(world.seat(), None, whose, form, key, world.now).escalation.id


def solve(world: World, number: int, *, tell: bool = True) -> None:
    """Solve a complaint, and tell the customer."""
    complaints.solve(world.seat("lead"), number, "算错", "退差价", world.now)
    if tell:
        complaints.tell_back(world.seat(), number, "", None, world.now)


def steps(world: World, number: int) -> list[str]:
    """Milestones of what the queue holds of a case, whoever works it."""
    rows = world.clinic.rows(
        "SELECT milestone FROM item WHERE escalation_id = :e AND state IN ('waiting', 'ready', 'leased')"
        " ORDER BY id",
        e=number,
    )
    return [str(row["milestone"]) for row in rows]


def refuse(do: Callable[[], object]) -> str:
    """The code with which something is refused."""
    with pytest.raises(NotAllowed) as error:
        do()
    return error.value.code


def opt_out_of_surveys(world: World, person: Person) -> None:
    """She refuses surveys."""
    clinic, seat = world.clinic, world.seat()
    at = to_ms(world.now)
    with unit_of_work(clinic.database) as connection:
        add_consent(
            connection, clinic.clinic_id, person.id, Purpose.SURVEY, False, "phone", seat.staff_id, at
        )
        place_patient(connection, clinic.clinic_id, person.id, seat.policy, world.now)


# -- a complaint hides no danger ---------------------------------------------------------------------


def test_what_a_complaint_says_of_the_body_is_a_clinical_escalation_at_once(world: World) -> None:
    """Catalogue C-09, S2-DISP-09, S2-DISP-12: a complaint has a day, an infection has not."""

    def clinical() -> list[tuple[object, object, object]]:
        rows = world.clinic.rows("SELECT * FROM escalation WHERE kind = 'clinical' ORDER BY id")
        return [(row["level"], row["flag"], row["patient_id"]) for row in rows]

    take(world, criteria=("legal_threat", "result_doubt"))
    assert clinical() == []
    person = world.person(day=3)
    take(world, person, criteria=("infection", "necrosis"))
    first = (Level.SAME_DAY, "wound_infected", person.id)
    assert clinical() == [first]
    take(world, person, criteria=("infection",))
    assert clinical() == [first], "her open case has it already"
    take(world, criteria=("ectropion",))
    assert clinical() == [first, (Level.URGENT, "lid_pulled", None)]
    alarms = escalations.live_alarms(world.seat("lead"), world.now)
    assert [card.flags for card in alarms] == [("wound_infected", "skin_dark")]
    form = ComplaintForm(ComplaintClass.OTHER, Severity.MINOR, "烂了", criteria=("necrosis",))
    for _again in range(2):
        complaints.take_complaint(world.seat(), None, None, form, "same", world.now)
    assert len(clinical()) == 3, "a repeated save raises it once"


def test_every_sign_of_the_body_is_a_flag_of_the_talk_tracks_that_escalates(world: World) -> None:
    library, _release = scripts.active(world.seat(), world.now)
    for sign, flag in rules.BODY_FLAGS.items():
        assert rules.CRITERIA[sign] is Severity.SEVERE and library.flags[flag].level.escalates, sign


# -- nothing handed over is forgotten ----------------------------------------------------------------


@pytest.mark.parametrize("closing", [True, False])
def test_a_promise_and_a_clinicians_call_outlive_the_case_they_were_made_in(
    world: World, *, closing: bool
) -> None:
    lead, person = world.seat("lead"), world.person()
    number = take(world, person)
    complaints.promise(lead, number, "到账后再打一次", world.now + timedelta(days=3), True, world.now)
    escalations.call_now(world.seat("chen"), person.id, number, "问伤口", world.now)
    solve(world, number)
    if closing:
        complaints.satisfied(lead, number, 4, "", world.now)
        assert complaints.close(lead, number, world.now).stage is CaseStage.CLOSED
        assert steps(world, number) == ["PROMISE", "CLINICIAN"]
    else:
        complaints.reopen(lead, number, "没到账", world.now)
        assert steps(world, number) == ["PROMISE", "CLINICIAN", "COMPLAINT_REPLY"]
    (kept,) = world.clinic.rows("SELECT status FROM promise")
    assert kept["status"] == "open"


def test_the_first_reply_is_next_whoever_looks_into_it_and_whatever_is_waited_for(world: World) -> None:
    lead, number = world.seat("lead"), take(world, world.person())
    case = complaints.investigate(lead, number, world.clinic.staff_ids["he"], world.now)
    assert (case.stage, case.next_step) == (CaseStage.INVESTIGATING, "reply")
    case = complaints.pause(lead, number, "papers", "等收据", world.now)
    assert (case.next_step, case.card.next_clock) == ("reply", case.card.contact_by)
    assert complaints.reply(lead, number, "已致歉", world.now).next_step == "wait"
    assert complaints.resume(lead, number, world.now).next_step == "solve"


def test_an_empty_first_reply_stops_no_clock(world: World) -> None:
    number, lead = take(world), world.seat("lead")
    for do in (complaints.reply, escalations.contacted):
        assert refuse(lambda do=do: do(lead, number, " ", world.now)) == "text_missing"  # type: ignore[misc]
    case = complaints.open_case(lead, number, world.now)
    assert (case.replied_at, case.next_step) == (None, "reply")


def test_what_has_no_running_clock_pushes_nothing_off_the_board(world: World) -> None:
    lead, number = world.seat("lead"), take(world)
    complaints.reply(lead, number, "已致歉", world.now)
    assert complaints.pause(lead, number, "visit", "等她来", world.now).card.next_clock is None
    form = FlagForm(Level.EMERGENCY, ("one_sided_swelling",))
    urgent = escalations.raise_flag(world.seat(), None, form, "f", world.now).escalation.id
    with reading(world.clinic.database) as connection:
        rows = cases.open_cards(connection, world.clinic.clinic_id, 1)
    assert [row["id"] for row in rows] == [urgent]


# -- nothing is done twice ---------------------------------------------------------------------------


def test_a_step_that_was_done_while_its_item_was_worked_is_not_rung_again(world: World) -> None:
    person = world.person(day=40)
    number = take(world, person)
    solve(world, number, tell=False)
    (item,) = world.items_of(person, "RESULT_TOLD")
    claim = queue.take_item(world.seat(), int(str(item["id"])), world.now)
    solve(world, number)
    assert "RESULT_TOLD" in steps(world, number), "being worked"
    queue.release(world.seat(), claim, world.now)
    assert steps(world, number) == ["CASE_SATISFACTION"]
    (item,) = world.items_of(person, "CASE_SATISFACTION")
    queue.take_item(world.seat(), int(str(item["id"])), world.now)
    complaints.reopen(world.seat("lead"), number, "没到账", world.now)
    world.later(minutes=10)
    tick.tick(world.clinic.database, world.clinic.clinic_id, world.now)
    assert steps(world, number) == ["COMPLAINT_REPLY"], "the lease ran out"


def test_one_result_that_is_read_tells_back_one_complaint(world: World) -> None:
    """Catalogue S0-CMPL-07: neither closes before she was told of it."""
    person, seat = world.person(day=40), world.seat()
    first, second = take(world, person), take(world, person, words="态度差")
    for number in (first, second):
        complaints.reply(seat, number, "已致歉", world.now)
        solve(world, number, tell=False)
    world.later(days=9)
    _one, other = (int(str(item["id"])) for item in world.items_of(person, "RESULT_TOLD"))
    claim = queue.take_item(seat, other, world.now)
    assert len(claim.item_ids) == 2
    dial = dialling.start_dial(seat, claim, person.phone_id, world.now)
    dialling.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.CONNECTED, world.now)
    form = world.form(track_code="result_told_back", answers=(world.answer("result_accepted", "agree"),))
    desk_calls.save(seat, dial.claim, form, "save", world.now)
    told = {number: complaints.open_case(seat, number, world.now) for number in (first, second)}
    assert (told[second].accepted, told[first].answered_at) == ("agree", None)
    assert steps(world, first) == ["RESULT_TOLD"] and steps(world, second) == ["CASE_SATISFACTION"]


def test_closing_a_step_leaves_what_was_taken_a_moment_ago(world: World) -> None:
    """Between a look at the items and the write another seat may take one: the write itself has to look."""
    person, clinic = world.person(), world.clinic
    number = take(world, person)
    (item,) = world.items_of(person, "COMPLAINT_REPLY")
    for state, wanted in (("leased", "leased"), ("ready", "done")):
        with unit_of_work(clinic.database) as connection:
            calls.change_item(connection, clinic.clinic_id, int(str(item["id"])), {"state": state})
            table.close_steps(connection, clinic.clinic_id, number, ("COMPLAINT_REPLY",), to_ms(world.now))
        assert world.items_of(person, "COMPLAINT_REPLY")[0]["state"] == wanted


def test_a_daily_note_that_is_due_leaves_an_audit_row(world: World) -> None:
    number = take(world, severity=Severity.SEVERE)
    world.later(days=2)
    for _again in range(2):
        tick.tick(world.clinic.database, world.clinic.clinic_id, world.now)
    rows = world.clinic.rows("SELECT * FROM audit WHERE action = 'escalation.note_due'")
    assert [row["subject_id"] for row in rows] == [number]


# -- clocks ------------------------------------------------------------------------------------------


def test_items_stand_where_the_clock_is_now(world: World) -> None:
    lead, person = world.seat("lead"), world.person()
    number = take(world, person, severity=Severity.SEVERE)
    solve(world, number, tell=False)
    case = complaints.set_severity(lead, number, Severity.MINOR, "只是不便", world.now)
    (item,) = world.items_of(person, "RESULT_TOLD")
    assert item["due_at"] == to_ms(case.card.resolve_by)
    last_window = case.card.resolve_by - timedelta(minutes=90)
    assert item["deadline_at"] == to_ms(last_window), "20:00 of the new day"


def test_a_clock_has_run_out_at_its_very_instant_on_the_board_too(world: World) -> None:
    due = world.row("escalation", take(world))["contact_by"]
    at = from_ms(int(str(due)))
    for now, late in ((at - timedelta(milliseconds=1), False), (at, True)):
        board = escalations.board(world.seat("lead"), now)
        assert [(card.breached, card.seconds_left) for card in board.new] == [(late, 0)]
        assert board.strip.late == late


def test_a_severity_changed_after_the_answer_makes_no_late_answer_timely(world: World) -> None:
    number = take(world, world.person(), severity=Severity.MINOR)
    before = complaints.open_case(world.seat(), number, world.now).card.resolve_by
    world.later(days=8)
    tick.clocks(world.clinic.database, world.clinic.clinic_id, world.now)
    solve(world, number)
    case = complaints.set_severity(world.seat("lead"), number, Severity.SEVERE, "媒体来电", world.now)
    assert "resolve" in case.late and case.card.resolve_by == before


# -- who decides -------------------------------------------------------------------------------------


def test_who_is_complained_of_decides_nothing_about_it(world: World) -> None:
    person, ids = world.person(), world.clinic.staff_ids
    lead, anna = world.seat("lead"), world.seat("anna")
    number = take(world, person, severity=Severity.SEVERE, about_staff=(ids["lead"], ids["anna"]))
    for do in (
        lambda: complaints.set_severity(lead, number, Severity.MINOR, "小事", world.now),
        lambda: complaints.classify(lead, number, ComplaintClass.OTHER, None, "不是价格", world.now),
        lambda: escalations.assign(lead, number, ids["li"], world.now),
        lambda: escalations.assign(world.seat("chen"), number, ids["anna"], world.now),
    ):
        assert refuse(do) == "complained_of"
    assert complaints.confirm(lead, number, world.now).card.severity is Severity.SEVERE
    chen = world.seat("chen")
    complaints.solve(chen, number, "算错", "退差价", world.now)
    complaints.tell_back(chen, number, "", None, world.now)
    for do in (
        lambda: complaints.satisfied(anna, number, 5, "很满意", world.now),
        lambda: complaints.no_satisfaction(anna, number, "refused", world.now),
        lambda: complaints.no_satisfaction(lead, number, "not_reached", world.now),
    ):
        assert refuse(do) == "complained_of"
    assert complaints.satisfied(chen, number, 2, "", world.now).satisfaction == 2


def test_a_complaint_is_no_mis_keyed_flag(world: World) -> None:
    number = take(world)
    assert (
        refuse(lambda: escalations.correct_mis_key(world.seat(), number, (), "手滑", world.now))
        == "not_clinical"
    )


def test_that_she_refuses_surveys_is_said_only_of_who_does_and_then_nobody_asks(world: World) -> None:
    person = world.person(day=40)
    number = take(world, person)
    solve(world, number)
    say = lambda: complaints.no_satisfaction(world.seat(), number, "opted_out", world.now)  # noqa: E731
    assert refuse(say) == "choice_unknown"
    world.later(hours=1)
    assert world.items_of(person, "CASE_SATISFACTION")[0]["state"] == "ready"
    opt_out_of_surveys(world, person)
    assert world.items_of(person, "CASE_SATISFACTION")[0]["state"] == "waiting"
    assert say().no_satisfaction == "opted_out" and steps(world, number) == []


def test_who_asks_is_named_only_to_those_who_work_it(world: World) -> None:
    form = RequestForm(RequestType.INQUIRY, "想问时间", asker="张晓梅")
    number = complaints.take_request(world.seat(), None, None, form, "k", world.now).escalation.id
    assert world.row("escalation", number)["kind"] == EscalationKind.REQUEST
    shown = {who: complaints.open_case(world.seat(who), number, world.now).asker for who in ("li", "lead")}
    assert shown == {"li": "张晓梅", "lead": "张晓梅"}
    assert complaints.open_case(world.seat("anna"), number, world.now).asker == "张*"


def test_a_complaint_that_waits_for_the_customer_is_called_to_mind_once_a_week(world: World) -> None:
    number, lead = take(world), world.seat("lead")
    complaints.reply(lead, number, "已致歉", world.now)
    complaints.pause(lead, number, "papers", "等收据", world.now)
    due = []
    for _day in range(15):
        world.later(days=1)
        service_rounds.go(world.clinic.database, lead, world.now)
        due.append(len(world.clinic.rows("SELECT 1 FROM escalation_event WHERE kind = 'note_due'")))
    assert due == [0] * 6 + [1] * 7 + [2] * 2


def test_taking_down_says_that_a_clinical_case_was_raised_too(world: World) -> None:
    form = ComplaintForm(ComplaintClass.PRICE, Severity.MINOR, "流脓", criteria=("infection",))
    person = world.person()
    made = complaints.take_complaint(world.seat(), None, person.id, form, "k1", world.now)
    assert made.escalation.severity is Severity.SEVERE and made.alarm_id not in (None, made.escalation.id)
    assert "王" in complaints.whom(world.seat(), person.id) and "小丽" not in complaints.whom(
        world.seat(), person.id
    )
