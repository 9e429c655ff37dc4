"""Complaints: taken down, looked into, solved, told back, asked, closed; what is refused, by whom, and why."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from console.desk import complaints, escalations, reporting, tick
from db.enums import (
    CaseStage,
    ComplaintClass,
    DutyKind,
    EscalationStatus,
    Level,
    ProcessStage,
    Received,
    RemedyKind,
    Role,
    Severity,
)
from db.errors import Conflict, NotAllowed
from db.records import ComplaintForm, FlagForm
from tests.desk.call_world import World
from tests.desk.complaint_steps import local, open_steps, refused, story, take


def test_a_complaint_from_friday_afternoon_to_its_closing(world: World) -> None:
    """Every date by hand: Friday 12 June 16:00; working days 15 16 17 18 22 23 24 | 25 26; Dragon Boat is 19-21."""
    li, lead = world.seat(), world.seat("lead")
    world.now = local("12 16:00")
    person = world.person()
    case = take(world, person, demand="退差价", about_words="收费处")
    number = case.card.id
    assert (case.card.contact_by, case.card.resolve_by) == (local("13 16:00"), local("24 21:30"))
    assert (case.card.status, case.stage, case.next_step) == (EscalationStatus.NEW, CaseStage.NEW, "reply")
    assert case.card.owner == "李敏" and case.card.confirmed and case.confirmed_by is None
    assert open_steps(world, number) == ["COMPLAINT_REPLY"]

    world.now = local("12 17:00")
    assert complaints.confirm(lead, number, world.now).confirmed_by == "王主管"
    world.now = local("13 09:00")
    case = complaints.reply(li, number, "已致歉，说明 24 日前答复", world.now)
    assert (case.card.status, case.stage, case.next_step) == (
        EscalationStatus.CONTACTED,
        CaseStage.FIRST_REPLY,
        "investigate",
    )
    assert case.card.next_clock == local("24 21:30") and open_steps(world, number) == []
    case = complaints.investigate(lead, number, world.clinic.staff_ids["he"], world.now)
    assert (case.investigator, case.next_step) == ("何护士", "solve")

    world.now = local("16 10:00")
    case = complaints.pause(li, number, "papers", "等她发收据", world.now)
    assert (case.paused_at, case.next_step) == (world.now, "wait")
    assert case.card.next_clock is None and not case.card.breached
    world.now = local("18 09:00")
    case = complaints.resume(li, number, world.now)
    assert (case.card.resolve_by, case.paused_days, case.paused_at) == (local("26 21:30"), 2, None)

    world.now = local("22 10:00")
    case = complaints.solve(world.seat("he"), number, "收费员算错", "退差价 200 元", world.now)
    assert (case.stage, case.next_step) == (CaseStage.SOLVED, "tell_back")
    assert open_steps(world, number) == ["RESULT_TOLD"]
    world.now = local("22 15:00")
    case = complaints.tell_back(li, number, "她说好", "agree", world.now)
    assert (case.answered_at, case.card.next_clock, case.next_step) == (world.now, None, "ask")
    assert open_steps(world, number) == ["CASE_SATISFACTION"]
    world.now = local("23 15:00")
    case = complaints.satisfied(li, number, 4, "", world.now)
    assert (case.satisfaction, case.next_step, case.gaps) == (4, "close", ())
    case = complaints.close(li, number, world.now)
    assert (case.stage, case.card.status, case.next_step) == (
        CaseStage.CLOSED,
        EscalationStatus.RESOLVED,
        None,
    )
    assert case.late == () and open_steps(world, number) == []
    tick.clocks(world.clinic.database, world.clinic.clinic_id, local("30 12:00"))
    assert "breached" not in story(world, number)
    assert story(world, number) == [
        "raised",
        "severity_confirmed",
        "first_reply",
        "investigator",
        "paused",
        "resumed",
        "solved",
        "told_back",
        "satisfaction",
        "resolved",
    ]
    audited = world.clinic.rows("SELECT action FROM audit WHERE subject_kind = 'escalation' ORDER BY id")
    assert [row["action"] for row in audited] == [f"escalation.{kind}" for kind in story(world, number)]


def test_closing_early_is_refused_with_each_reason_in_turn(world: World) -> None:
    lead, he, chen = world.seat("lead"), world.seat("he"), world.seat("chen")
    person = world.person()
    number = take(
        world,
        person,
        klass=ComplaintClass.CLINICAL_QUALITY,
        severity=Severity.SEVERE,
        surgery=True,
        refund=True,
    ).card.id

    def missing() -> str:
        with pytest.raises(NotAllowed) as error:
            complaints.close(lead, number, world.now)
        # The board's own way of closing is no way around it.
        with pytest.raises(NotAllowed) as other:
            escalations.resolve(lead, number, "看过", "处理了", "说过了", world.now)
        assert refused(error) == refused(other)
        return refused(error)

    assert missing() == "close_unconfirmed"
    complaints.confirm(lead, number, world.now)
    assert missing() == "close_roles_untold"
    roles = complaints.open_case(lead, number, world.now).entries
    assert [(one.code, one.note) for one in roles] == [
        ("on_site_service", ""),
        ("consultant", ""),
        ("surgeon", "陈医生"),
    ]
    for one in roles:
        complaints.role_told(world.seat(), number, one.id, "陈医生", world.now)
    assert missing() == "close_rights_untold"
    for code in ("routes", "sealing", "copying"):
        complaints.tell_right(world.seat(), number, code, world.now)
    assert missing() == "close_unsolved"
    complaints.solve(he, number, "缝线过密", "请外院专家会诊", world.now)
    case = complaints.propose_remedy(
        world.seat(), number, RemedyKind.REFUND, "clinic_error", 20000, "退 200 元", world.now
    )
    assert missing() == "close_remedy_undecided"
    # A second proposal of the lead's own is another's to decide; the refund waits for all of them.
    case = complaints.decide_remedy(lead, number, case.remedies[0].id, False, "再核金额", world.now)
    assert case.refund_decided_at == world.now and case.card.refund_by is None
    complaints.ask_refund(world.seat(), number, "她又要退全款", world.now)
    assert missing() == "close_refund_undecided"
    case = complaints.propose_remedy(
        he, number, RemedyKind.REFUND, "clinic_error", 10000, "退 100 元", world.now
    )
    complaints.decide_remedy(lead, number, case.remedies[1].id, True, "同类同办", world.now)
    assert missing() == "close_untold"
    with pytest.raises(NotAllowed) as error:
        complaints.satisfied(he, number, 5, "", world.now)
    assert refused(error) == "not_told_back"
    complaints.tell_back(he, number, "", "partly", world.now)
    assert missing() == "close_unasked"
    with pytest.raises(NotAllowed) as error:
        complaints.no_satisfaction(world.seat(), number, "not_reached", world.now)
    assert refused(error) == "needs_lead"
    complaints.no_satisfaction(world.seat(), number, "refused", world.now)
    case = complaints.ask_records(world.seat(), number, "seal", date(2026, 6, 18), "带身份证来", world.now)
    assert missing() == "close_records_open"
    complaints.records_done(chen, number, case.entries[-1].id, "双方在场", world.now)
    with pytest.raises(NotAllowed) as error:
        complaints.close(world.seat(), number, world.now)
    assert refused(error) == "needs_clinician_or_lead", "a severe one is not its owner's to close"
    case = complaints.close(lead, number, world.now)
    assert case.card.status is EscalationStatus.RESOLVED
    with pytest.raises(Conflict):
        complaints.progress(lead, number, "还有一句", world.now)


def test_severity_is_never_less_than_its_criteria_and_severe_waits_for_the_lead(world: World) -> None:
    for proposed, criteria, wanted, confirmed in (
        (Severity.MINOR, ("inconvenience",), Severity.MINOR, True),
        (Severity.MINOR, ("process_doubt",), Severity.MODERATE, True),
        (Severity.MODERATE, ("inconvenience", "media_threat"), Severity.SEVERE, False),
        (Severity.SEVERE, (), Severity.SEVERE, False),
    ):
        case = take(world, severity=proposed, criteria=criteria)
        assert (case.card.severity, case.card.confirmed) == (wanted, confirmed), criteria
    (unconfirmed,) = (row["id"] for row in world.clinic.rows("SELECT MAX(id) AS id FROM escalation"))
    number = int(str(unconfirmed))
    for do in (
        lambda: complaints.confirm(world.seat("he"), number, world.now),
        lambda: complaints.set_severity(world.seat("he"), number, Severity.MINOR, "误判", world.now),
        lambda: complaints.classify(world.seat(), number, ComplaintClass.OTHER, None, "误判", world.now),
    ):
        with pytest.raises(NotAllowed) as error:
            do()
        assert refused(error) == "needs_lead"
    lead = world.seat("lead")
    case = complaints.set_severity(lead, number, Severity.MINOR, "没有媒体", world.now)
    assert case.card.confirmed and case.severity_proposed is Severity.SEVERE
    assert case.card.resolve_by < case.card.raised_at + timedelta(days=4)
    case = complaints.classify(
        lead, number, ComplaintClass.PROCESS, ProcessStage.BOOKING, "是排队", world.now
    )
    assert (case.klass, case.process_stage) == (ComplaintClass.PROCESS, ProcessStage.BOOKING)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"words": " \u202e "}, "text_missing"),
        ({"criteria": ("loud",)}, "criterion_unknown"),
        ({"klass": ComplaintClass.PROCESS}, "process_stage_missing"),
        ({"stage": ProcessStage.BOOKING}, "process_stage_only"),
        ({"about_staff": (999,)}, "staff_unknown"),
    ],
)
def test_what_cannot_be_taken_down(world: World, more: dict[str, object], code: str) -> None:
    with pytest.raises(NotAllowed) as error:
        take(world, **more)
    assert (
        refused(error) == code and world.clinic.count("escalation") == world.clinic.count("service_case") == 0
    )


def test_nobody_complained_of_answers_for_the_complaint(world: World) -> None:
    """Catalogue S4-CMPL-04: a named person investigates objectively."""
    ids, person = world.clinic.staff_ids, world.person()
    case = take(
        world,
        person,
        klass=ComplaintClass.CLINICAL_QUALITY,
        about_staff=(ids["he"], ids["li"]),
    )
    number, lead = case.card.id, world.seat("lead")
    assert [one.name for one in case.about] == ["何护士", "李敏"]
    assert case.card.owner == "王主管", "the caller who took it down is complained of"
    for do in (
        lambda: escalations.acknowledge(world.seat("he"), number, world.now),
        lambda: escalations.assign(lead, number, ids["he"], world.now),
        lambda: complaints.investigate(lead, number, ids["he"], world.now),
        lambda: complaints.solve(world.seat("he"), number, "没有问题", "无", world.now),
        lambda: complaints.pause(world.seat("he"), number, "papers", "等", world.now),
    ):
        with pytest.raises(NotAllowed) as error:
            do()
        assert refused(error) == "complained_of"
    with pytest.raises(NotAllowed) as error:
        complaints.investigate(lead, number, ids["chen"], world.now)
    assert refused(error) == "investigator_operated", "陈医生 did the operation it is about"
    assert complaints.investigate(lead, number, ids["anna"], world.now).investigator == "Anna"
    complaints.solve(world.seat("anna"), number, "换药太重", "由护士长换药", world.now)
    with pytest.raises(NotAllowed):
        complaints.tell_back(world.seat(), number, "", None, world.now)
    assert complaints.tell_back(world.seat("anna"), number, "", None, world.now).answered_by == "Anna"


def test_who_takes_it_up_owns_it_and_what_was_given_stays_given(world: World) -> None:
    number = take(world).card.id
    assert escalations.acknowledge(world.seat("lead"), number, world.now).owner == "王主管"
    other = take(world).card.id
    escalations.assign(world.seat("lead"), other, world.clinic.staff_ids["anna"], world.now)
    assert escalations.acknowledge(world.seat("lead"), other, world.now).owner == "Anna"


def test_what_is_told_and_asked_for_is_kept_with_who_and_when(world: World) -> None:
    li, number = world.seat(), take(world, world.person()).card.id
    complaints.tell_right(li, number, "routes", world.now)
    world.later(minutes=3)
    complaints.ask_records(li, number, "copy", date(2026, 6, 20), "要全部病历", world.now)
    complaints.name_channel(li, number, "12345", world.now)
    case = complaints.progress(li, number, "还在查，周三回话", world.now)
    assert [(one.kind, one.code, one.staff, one.on_date) for one in case.entries] == [
        ("right", "routes", "李敏", None),
        ("copy", "copy", "李敏", date(2026, 6, 20)),
        ("channel", "12345", "李敏", None),
        ("progress", "told", "李敏", None),
    ]
    assert case.entries[0].at == world.now - timedelta(minutes=3) and case.entries[1].done_at is None
    for do in (
        lambda: complaints.tell_right(li, number, "silence", world.now),
        lambda: complaints.name_channel(li, number, "nobody", world.now),
        lambda: complaints.ask_records(li, number, "burn", date(2026, 6, 20), "", world.now),
    ):
        with pytest.raises(NotAllowed) as error:
            do()
        assert refused(error) == "choice_unknown"


def test_who_has_to_be_told(world: World) -> None:
    """Catalogue C-25, S2-DISP-01: surgery doubt, walk-in, adverse event; the director unless it is minor."""
    for more, roles in (
        ({}, []),
        ({"surgery": True}, ["on_site_service", "consultant", "surgeon"]),
        ({"channel": Received.WALK_IN}, ["lead", "consultant"]),
        ({"criteria": ("adverse_event",)}, ["department_head", "lead", "service_director"]),
    ):
        case = take(world, **more)
        assert [one.code for one in case.entries] == roles
        assert [one.note for one in case.entries if one.code == "lead"] == ["王主管"] * roles.count("lead")
    form = ComplaintForm(ComplaintClass.OTHER, Severity.MINOR, "当面来说", channel=Received.WALK_IN)
    made = complaints.take_complaint(world.seat("lead"), None, None, form, "lead", world.now).escalation
    done = complaints.open_case(world.seat(), made.id, world.now).entries
    assert [(one.code, one.done_by) for one in done] == [("lead", "王主管"), ("consultant", None)]
    flagged = escalations.raise_flag(
        world.seat(), None, FlagForm(Level.URGENT, ("one_sided_swelling",)), "f", world.now
    ).escalation.id
    for category in ("major", "general"):
        reporting.flag(world.seat("chen"), flagged, DutyKind.ADVERSE_EVENT, category, "坏死", world.now)
    owed = complaints.roles_of(world.seat(), flagged)
    assert [one.code for one in owed] == ["department_head", "lead", "service_director"], "each once"
    told = complaints.event_told(world.seat(), flagged, owed[0].id, "周主任", world.now)
    assert (told[0].done_note, told[0].done_by, told[1].done_at) == ("周主任", "李敏", None)
    with pytest.raises(NotAllowed) as error:
        complaints.event_told(world.seat(), flagged, owed[0].id, "周主任", world.now)
    assert refused(error) == "entry_not_open"


def test_a_trainee_does_nothing_and_a_clinical_case_is_no_complaint(world: World) -> None:
    trainee = world.clinic.seat("li", Role.TRAINEE)
    number = take(world).card.id
    for do in (
        lambda: complaints.reply(trainee, number, "已致歉", world.now),
        lambda: complaints.propose_remedy(
            trainee, number, RemedyKind.EXPLANATION, "goodwill", None, "解释", world.now
        ),
        lambda: complaints.take_complaint(
            trainee, None, None, ComplaintForm(ComplaintClass.OTHER, Severity.MINOR, "x"), "k", world.now
        ),
    ):
        with pytest.raises(NotAllowed) as error:
            do()
        assert refused(error) == "needs_clinician_or_lead"
    clinical = escalations.raise_flag(
        world.seat(), None, FlagForm(Level.URGENT, ("one_sided_swelling",)), "f", world.now
    ).escalation.id
    with pytest.raises(NotAllowed) as error:
        complaints.pause(world.seat("lead"), clinical, "papers", "等", world.now)
    assert refused(error) == "not_a_complaint", "a clinical clock is never paused"
