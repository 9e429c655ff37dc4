"""Remedies and refunds where the clinic is small: no proposal stays that nobody may decide or take back."""

from __future__ import annotations

import pytest

from console.desk import complaints, escalations, tick
from db import staff
from db.connect import unit_of_work
from db.enums import (
    ComplaintClass,
    RemedyKind,
    Role,
    Severity,
)
from db.errors import NotAllowed
from db.records import ComplaintForm
from tests.clinic import PIN
from tests.desk.call_world import World
from tests.desk.complaint_steps import refused, story, take


def proposed(world: World, login: str = "lead") -> tuple[int, int]:
    """A complaint with a refund its only lead has proposed: the case, the remedy."""
    form = ComplaintForm(ComplaintClass.PRICE, Severity.MODERATE, "多收了钱", refund=True)
    number = complaints.take_complaint(world.seat(), None, None, form, "k", world.now).escalation.id
    case = complaints.propose_remedy(
        world.seat(login), number, RemedyKind.REFUND, "clinic_error", 20000, "退差价", world.now
    )
    return number, case.remedies[0].id


def kinds(world: World, number: int) -> list[str]:
    rows = world.clinic.rows(
        "SELECT kind FROM escalation_event WHERE escalation_id = :e ORDER BY id", e=number
    )
    return [str(row["kind"]) for row in rows]


def test_the_only_lead_decides_her_own_proposal_with_her_pin_and_the_story_says_so(world: World) -> None:
    lead = world.seat("lead")
    number, remedy = proposed(world)
    assert complaints.deciders(lead, number, lead.staff_id) == ()
    with pytest.raises(NotAllowed) as error:
        complaints.decide_remedy(lead, number, remedy, True, "同类同办", world.now, "000000")
    assert (error.value.code, error.value.params["field"]) == ("wrong_pin", "pin")
    case = complaints.decide_remedy(lead, number, remedy, True, "同类同办", world.now, PIN)
    assert case.remedies[0].approved and case.refund_decided_at == world.now
    assert kinds(world, number)[-1] == "remedy_decided_alone"


def test_with_another_lead_the_proposer_is_told_who_may(world: World) -> None:
    lead, he = world.seat("lead"), world.clinic.staff_ids["he"]
    with unit_of_work(world.clinic.database) as connection:
        staff.change(connection, world.clinic.clinic_id, he, {"roles": (Role.NURSE, Role.LEAD)})
    number, remedy = proposed(world)
    with pytest.raises(NotAllowed) as error:
        complaints.decide_remedy(lead, number, remedy, True, "同类同办", world.now, PIN)
    assert (error.value.code, error.value.params["names"]) == ("remedy_own_proposal", "何护士")


def test_only_the_proposer_takes_a_proposal_back_and_the_refund_is_still_to_be_decided(world: World) -> None:
    number, remedy = proposed(world, "li")
    with pytest.raises(NotAllowed) as error:
        complaints.withdraw_remedy(world.seat("lead"), number, remedy, "算错", world.now)
    assert error.value.code == "remedy_not_yours"
    case = complaints.withdraw_remedy(world.seat(), number, remedy, "算错", world.now)
    one = case.remedies[0]
    assert (one.approved, one.decided_by, one.decided_at, one.reason) == (None, "李敏", world.now, "算错")
    missing = [gap.code for gap in case.gaps]
    assert "close_remedy_undecided" not in missing and "close_refund_undecided" in missing
    assert kinds(world, number)[-1] == "remedy_withdrawn"
    with pytest.raises(NotAllowed) as error:
        complaints.decide_remedy(world.seat("lead"), number, remedy, True, "同类同办", world.now)
    assert error.value.code == "remedy_decided"
    assert world.clinic.rows("SELECT 1 FROM audit WHERE action = 'escalation.remedy_withdrawn'")


def test_a_refund_is_refused_at_once_or_granted_with_its_amount(world: World) -> None:
    lead = world.seat("lead")
    number, remedy = proposed(world, "li")
    with pytest.raises(NotAllowed):
        complaints.decide_refund(lead, number, None, "", "合同已写明", world.now)
    complaints.withdraw_remedy(world.seat(), number, remedy, "算错", world.now)
    case = complaints.decide_refund(lead, number, None, "", "合同已写明", world.now)
    assert case.refund_decided_at == world.now and len(case.remedies) == 1
    complaints.ask_refund(world.seat(), number, "她又要退", world.now)
    with pytest.raises(NotAllowed):
        complaints.decide_refund(lead, number, 5000, "goodwill", "同类同办", world.now, "000000")
    case = complaints.decide_refund(lead, number, 5000, "goodwill", "同类同办", world.now, PIN)
    assert len(case.remedies) == 2 and case.remedies[1].approved and case.refund_decided_at == world.now


def test_remedies_are_proposed_by_one_and_decided_by_another(world: World) -> None:
    number, lead = take(world).card.id, world.seat("lead")
    for kind, criterion, cents, code in (
        (RemedyKind.REFUND, "clinic_error", None, "amount_missing"),
        (RemedyKind.REFUND, "clinic_error", 0, "amount_missing"),
        (RemedyKind.REDO, "insists", None, "choice_unknown"),
    ):
        with pytest.raises(NotAllowed) as error:
            complaints.propose_remedy(world.seat(), number, kind, criterion, cents, "退", world.now)
        assert refused(error) == code
    mine = complaints.propose_remedy(
        lead, number, RemedyKind.REDO, "surgeon_confirms", None, "重做", world.now
    )
    case = complaints.propose_remedy(
        world.seat(),
        number,
        RemedyKind.TRANSFER_BALANCE,
        "unused_sessions",
        150000,
        "余款转皮肤科",
        world.now,
    )
    for seat, remedy, code in (
        (lead, mine.remedies[0].id, "wrong_pin"),
        (world.seat("chen"), case.remedies[1].id, "remedy_by_approver"),
        (world.seat(), case.remedies[1].id, "remedy_by_approver"),
        (lead, 999, "remedy_decided"),
    ):
        with pytest.raises(NotAllowed) as error:
            complaints.decide_remedy(seat, number, remedy, True, "同类同办", world.now)
        assert refused(error) == code
    case = complaints.decide_remedy(lead, number, case.remedies[1].id, True, "同类同办", world.now)
    one = case.remedies[1]
    assert (one.approved, one.cents, one.decided_by, one.proposed_by) == (True, 150000, "王主管", "李敏")
    with pytest.raises(NotAllowed) as error:
        complaints.decide_remedy(lead, number, one.id, False, "改主意", world.now)
    assert refused(error) == "remedy_decided"


def test_the_refunds_alert_comes_once_and_is_on_the_card(world: World) -> None:
    number = take(world, refund=True, severity=Severity.SEVERE).card.id
    alert = complaints.open_case(world.seat(), number, world.now).refund_alert_at
    assert alert is not None
    for _again in range(3):
        tick.tick(world.clinic.database, world.clinic.clinic_id, alert)
    card = next(one for one in escalations.board(world.seat(), alert).new if one.id == number)
    assert card.refund_alerted_at == alert and story(world, number).count("refund_alert") == 1
    with pytest.raises(NotAllowed) as error:
        complaints.ask_refund(world.seat(), number, "再要一次", alert)
    assert refused(error) == "refund_open"
