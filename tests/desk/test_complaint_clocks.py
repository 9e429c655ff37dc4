"""Clocks of a complaint: pauses, promises, and what opening it again keeps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.desk import complaints, tick
from db.enums import (
    CaseStage,
    EscalationStatus,
    Severity,
)
from db.errors import NotAllowed
from db.instants import to_ms
from tests.desk.call_world import World
from tests.desk.complaint_steps import open_steps, refused, story, take


def test_a_promise_is_a_dated_item(world: World) -> None:
    number = take(world, world.person()).card.id
    when = world.now + timedelta(days=1)
    complaints.promise(world.seat(), number, "把账单发给她", when, mine=True, now=world.now)
    (item,) = world.clinic.rows(
        "SELECT * FROM item WHERE escalation_id = :e AND milestone = 'PROMISE'", e=number
    )
    (promise,) = world.clinic.rows("SELECT * FROM promise")
    assert (item["promise_at"], item["lane_id"]) == (to_ms(when), f"own:{world.seat().staff_id}")
    assert (promise["what"], promise["item_id"], promise["status"]) == ("把账单发给她", item["id"], "open")
    with pytest.raises(NotAllowed) as error:
        complaints.promise(
            world.seat(), number, "x", world.now - timedelta(days=1), mine=False, now=world.now
        )
    assert refused(error) == "promise_impossible"
    with pytest.raises(NotAllowed) as error:
        complaints.promise(world.seat(), take(world).card.id, "x", when, mine=False, now=world.now)
    assert refused(error) == "promise_needs_patient"


def test_a_pause_is_only_for_waiting_and_only_before_a_solution(world: World) -> None:
    number, lead = take(world, world.person()).card.id, world.seat("lead")
    for code, note, wanted in (("holiday", "大家放假", "pause_unknown"), ("papers", " ", "text_missing")):
        with pytest.raises(NotAllowed) as error:
            complaints.pause(lead, number, code, note, world.now)
        assert refused(error) == wanted
    with pytest.raises(NotAllowed) as error:
        complaints.pause(world.seat("anna"), number, "papers", "等", world.now)
    assert refused(error) == "needs_clinician_or_lead"
    case = complaints.pause(lead, number, "visit", "等她来复诊", world.now)
    assert case.card.paused_at == world.now and case.card.next_clock == case.card.contact_by
    with pytest.raises(NotAllowed) as error:
        complaints.pause(lead, number, "visit", "再等", world.now)
    assert refused(error) == "paused_before"
    world.later(days=1)
    case = complaints.solve(lead, number, "缝线反应", "取线", world.now)
    assert case.paused_at is None and story(world, number)[-2:] == ["resumed", "solved"]
    with pytest.raises(NotAllowed) as error:
        complaints.pause(lead, number, "visit", "等", world.now)
    assert refused(error) == "pause_too_late"
    with pytest.raises(NotAllowed) as error:
        complaints.resume(lead, number, world.now)
    assert refused(error) == "not_paused"


def test_opening_again_keeps_every_clock_that_was_missed(world: World) -> None:
    lead, number = world.seat("lead"), take(world, world.person(), severity=Severity.MINOR).card.id
    with pytest.raises(NotAllowed) as error:
        complaints.reopen(lead, number, "还没完", world.now)
    assert refused(error) == "reopen_too_early"
    first = complaints.open_case(lead, number, world.now).card
    world.later(days=10)
    tick.clocks(world.clinic.database, world.clinic.clinic_id, world.now)
    complaints.solve(lead, number, "账单错", "更正", world.now)
    complaints.tell_back(lead, number, "", "disagree", world.now)
    complaints.satisfied(lead, number, 1, "没用", world.now)
    complaints.close(lead, number, world.now)
    world.later(days=1)
    case = complaints.reopen(lead, number, "差价没到账", world.now)
    (old,) = case.rounds
    assert (old.contact_by, old.resolve_by, old.number) == (first.contact_by, first.resolve_by, 1)
    assert old.contact_late_at is not None and old.resolve_late_at is not None and old.satisfaction == 1
    assert (case.stage, case.late, case.satisfaction, case.solution) == (CaseStage.NEW, (), None, "")
    assert case.card.status is EscalationStatus.NEW and case.card.resolved_at is None
    assert case.card.contact_by == world.now + timedelta(hours=24)
    assert open_steps(world, number) == ["COMPLAINT_REPLY"]
    before = story(world, number).count("breached")
    world.later(days=20)
    tick.clocks(world.clinic.database, world.clinic.clinic_id, world.now)
    assert story(world, number).count("breached") == before + 3, "ack, contact and resolve ran out again"
    assert before == 3
