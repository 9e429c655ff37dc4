"""The head's daily summaries, the sign-off, the handover page and what is exported."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from console import handover_words
from console.desk import (
    calls,
    day_summary,
    dialling,
    escalations,
    exporting,
    handover,
    merging,
    patient_forms,
    queue,
    signs,
    standing,
)
from console.desk.seat import Seat
from db.connect import unit_of_work
from db.enums import AttemptResult, CallOutcome, Channel, EscalationKind, Level, Purpose, Role, Severity
from db.errors import NotAllowed
from db.instants import to_ms
from db.records import FlagForm, OtherContact, PromiseMade
from tests.desk import day_world
from tests.desk.call_world import Person, World

DAY = date(2026, 6, 15)


def talk(world: World, person: Person, login: str = "li", *answers: tuple[str, str], **values: object) -> int:
    """One saved call with some answers."""
    claim = world.connected(person, login)
    base = world.form().answers
    said = tuple(world.answer(question, value) for question, value in answers)
    form = world.form(identity=day_world.IDENTITY, answers=(*base, *said), **values)
    saved = calls.save(world.seat(login), claim, form, f"k{person.id}", world.later(minutes=2))
    assert saved.call_id is not None
    return saved.call_id


def allowed(world: World, login: str = "lead") -> Seat:
    """A seat that may read intimate procedures."""
    with unit_of_work(world.clinic.database) as connection:
        connection.changed(
            "UPDATE staff SET restricted_ok = :yes WHERE login = :login", {"yes": True, "login": login}
        )
    return world.clinic.new_seat(login)


def test_both_summaries_count_what_was_said(world: World) -> None:
    for reason, said in (("price", "satisfied"), ("price", "dissatisfied"), ("risk", "neutral")):
        person = day_world.visitor(world, "孙来访")
        talk(world, person, "li", ("unconverted_reason", reason), ("satisfaction", said))
    talk(world, day_world.visitor(world, "孙来访", "UC2"))
    doubting = talk(world, world.person("王小丽"), "li", doubt=True, note="两边不一样")
    below = talk(world, world.person("李小丽"), "li", ("expectation_met", "far_below"))
    wanted = talk(world, world.person("赵小丽"), "anna", ("other_interest", "想问问眼袋"))
    wrong = world.connected(world.person("钱小丽"))
    calls.save(
        world.seat(), wrong, world.form(outcome=CallOutcome.WRONG_PERSON, spoke_to="unknown"), "w", world.now
    )
    said = OtherContact(Channel.WECOM, True, "客户说恢复得不错，没有问题，下周再联系。")
    calls.note_other(world.seat(), world.person("周小丽").id, said, world.now)
    head = day_summary.of_day(world.seat("lead"), DAY, world.now)

    assert head.numbers.unconverted == 4
    assert head.numbers.reasons == (("price", 2), ("not_said", 1), ("risk", 1))
    # The one that named no reason said nothing of the service either.
    assert dict(head.numbers.service) == {"satisfied": 1, "dissatisfied": 1, "neutral": 1, "not_said": 1}
    assert head.numbers.post_op == 3, "a message and a wrong person are no call after an operation"
    assert {one.call_id: one.codes for one in head.doubtful if one.call_id in (doubting, below)} == {
        doubting: ("doubt",),
        below: ("expectation",),
    }
    assert len(head.doubtful) == 3 and head.numbers.doubtful == 3
    assert [(one.call_id, one.words, one.staff) for one in head.interested] == [
        (wanted, "想问问眼袋", "Anna")
    ]
    assert {one.consultant for one in head.visitors} == {"钱咨询"}
    assert all("小丽" not in one.patient for one in (*head.doubtful, *head.interested))


def test_interest_in_an_intimate_procedure_is_not_shown_to_everybody(world: World) -> None:
    talk(world, world.person(procedure="labiaplasty"), "li", ("other_interest", "想问问眼袋"))
    (shown,) = day_summary.of_day(world.seat("lead"), DAY, world.now).interested
    assert (shown.procedure, shown.words) == ("restricted", "restricted")
    (shown,) = day_summary.of_day(allowed(world), DAY, world.now).interested
    assert (shown.procedure, shown.words) == ("labiaplasty", "想问问眼袋")


def test_what_changes_after_the_sign_off_is_shown_as_changed(world: World) -> None:
    talk(world, world.person(), "li", doubt=True, note="两边不一样")
    lead = world.seat("lead")
    assert day_summary.of_day(lead, DAY, world.now).signed is None
    signed = day_summary.sign(lead, DAY, world.now).signed
    assert signed is not None and signed.staff == "王主管" and signed.at == world.now and signed.changed == ()

    later = world.later(minutes=5)
    talk(world, day_world.visitor(world, "孙来访"), "li", ("unconverted_reason", "price"))
    talk(world, world.person())
    since = day_summary.of_day(lead, DAY, world.now).signed
    assert since is not None and since.at < later
    assert [(one.name, one.then, one.now) for one in since.changed] == [
        ("unconverted", 0, 1),
        ("post_op", 1, 2),
        ("reason.price", 0, 1),
        ("service.not_said", 0, 1),
    ]
    again = day_summary.sign(lead, DAY, world.now).signed
    assert again is not None and again.changed == ()
    # What is saved while she reads was not seen by her, and stays a change.
    in_front = day_summary.of_day(lead, DAY, world.now).numbers
    talk(world, world.person())
    unseen = day_summary.sign(lead, DAY, world.now, in_front).signed
    assert unseen is not None
    assert [(one.name, one.then, one.now) for one in unseen.changed] == [("post_op", 2, 3)]
    # Every sign-off stays on record, and the trail says who.
    assert [row["post_op"] for row in day_world.signed(world)] == [1, 2, 2]
    trail = world.clinic.rows("SELECT staff_id FROM audit WHERE action = 'report.sign'")
    assert [row["staff_id"] for row in trail] == [lead.staff_id] * 3


@pytest.mark.parametrize("role", [Role.CALLER, Role.NURSE, Role.DOCTOR, Role.CONSULTANT, Role.TRAINEE])
def test_only_a_lead_reads_and_signs_the_summaries_and_exports(world: World, role: Role) -> None:
    from dataclasses import replace

    seat = replace(world.seat("lead"), role=role)
    for verb in (
        day_summary.of_day,
        day_summary.sign,
        exporting.calls,
        exporting.satisfaction,
        exporting.long_track,
        exporting.visitors,
    ):
        with pytest.raises(NotAllowed, match="role_needed"):
            verb(seat, DAY, world.now)
    with pytest.raises(NotAllowed, match="role_needed"):
        exporting.no_follow_up(seat, world.now)
    with pytest.raises(NotAllowed, match="role_needed"):
        handover.page(seat, world.now, team=True)


def test_the_calls_of_a_day_go_out_masked_and_audited_by_number_alone(world: World) -> None:
    first = talk(world, world.person("王小丽"), "li", note="=HYPERLINK(1)")
    intimate = talk(world, world.person("李小丽", procedure="labiaplasty"), "li", note="很私密")
    calls.amend(world.seat("chen"), first, "写错了", "是左眼", "a", world.later(minutes=1))
    lead = world.seat("lead")
    table = exporting.calls(lead, DAY, world.now)
    column = {name: number for number, name in enumerate(table.headers)}

    assert [row[column["call"]] for row in table.rows][:1] == [first] and len(table.rows) == 3
    assert table.rows[1][column["amends"]] == first and table.rows[1][column["note"]] == "是左眼"
    # Each row is hers who wrote it.
    assert [row[column["caller"]] for row in table.rows[:2]] == ["李敏", "陈医生"]
    assert table.rows[0][column["seconds"]] == 120
    hidden = table.rows[2]
    assert hidden[column["call"]] == intimate
    assert {hidden[column[name]] for name in ("procedure", "summary", "note")} == {"restricted"}
    assert not any("小丽" in str(cell) for row in table.rows for cell in row)
    (trail,) = world.clinic.rows("SELECT fields, digests FROM audit WHERE action = 'export.calls'")
    assert trail["fields"] == '["day", "rows"]' and "私密" not in str(trail["digests"])
    assert exporting.calls(allowed(world), DAY, world.now).rows[2][column["note"]] == "很私密"


def test_a_merged_patients_calls_go_out_under_the_record_that_stays(world: World) -> None:
    stays, goes = world.person("王小丽"), world.person("王小丽")
    talk(world, goes)
    merging.merge(world.seat("lead"), stays.id, goes.id, "同一个人", world.now)
    table = exporting.calls(world.seat("lead"), DAY, world.now)

    assert [row[table.headers.index("patient_id")] for row in table.rows] == [stays.id]


def test_consultants_get_their_people_and_the_reasons(world: World) -> None:
    tracked = day_world.visitor(world, "孙来访", "UC-TRACK")
    talk(world, day_world.visitor(world, "吴来访"), "li", ("unconverted_reason", "price"))
    lead = world.seat("lead")

    (row,) = exporting.long_track(lead, DAY - timedelta(days=DAY.weekday()), world.now).rows
    assert row[0] == "钱咨询" and row[2] == tracked.id and row[7] == DAY.isoformat()
    assert exporting.long_track(lead, DAY + timedelta(days=7), world.now).rows == ()
    reasons = exporting.visitors(lead, DAY, world.now)
    assert [(row[0], row[6]) for row in reasons.rows] == [("钱咨询", "price")]
    assert exporting.visitors(lead, DAY - timedelta(days=1), world.now).rows == ()
    # Whom nobody may ring for it is not passed on to be rung by somebody else.
    standing.set_legal_hold(lead, tracked.id, True, "律师函", world.now)
    assert exporting.long_track(lead, DAY, world.now).rows == ()
    standing.set_legal_hold(lead, tracked.id, False, "已结", world.now)
    patient_forms.record_consent(lead, tracked.id, Purpose.CARE, False, "微信说的", world.now)
    assert exporting.long_track(lead, DAY, world.now).rows == ()
    patient_forms.record_consent(lead, tracked.id, Purpose.CARE, True, "可以打", world.now)
    assert len(exporting.long_track(lead, DAY, world.now).rows) == 1
    standing.set_no_follow_up(lead, tracked.id, True, "本人要求", world.now)
    assert exporting.long_track(lead, DAY, world.now).rows == ()
    (noted,) = exporting.no_follow_up(lead, world.now).rows
    assert noted[1] == tracked.id and noted[5:] == ("王主管", "本人要求")


def test_a_copied_summary_is_audited_and_an_intimate_one_refused(world: World) -> None:
    open_ = talk(world, world.person("王小丽"))
    intimate = talk(world, world.person(procedure="labiaplasty"))
    seat = world.seat("anna")

    text = exporting.copied(seat, open_, world.now)
    assert "疼痛2分" in text and "王小丽" not in text
    with pytest.raises(NotAllowed, match="call_restricted"):
        exporting.copied(seat, intimate, world.now)
    trail = world.clinic.rows("SELECT staff_id, subject_id FROM audit WHERE action = 'call.copy'")
    assert [(row["staff_id"], row["subject_id"]) for row in trail] == [(seat.staff_id, open_)]


def test_the_handover_page_has_what_is_open_promised_and_resting(world: World) -> None:
    seat = world.seat()
    promised = world.person("王小丽")
    claim = world.connected(promised)
    at = world.now + timedelta(minutes=40)
    form = world.form(
        outcome=CallOutcome.CALLBACK_AGREED, answers=(), promise=PromiseMade(at=at, what="带报价", mine=True)
    )
    calls.save(seat, claim, form, "p", world.now)
    tried = world.person("李小丽")
    dial = dialling.start_dial(
        seat, queue.take_item(seat, tried.item_id, world.now), tried.phone_id, world.now
    )
    dialling.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.NO_ANSWER, world.now)
    going_on = world.person("赵小丽")
    held = world.connected(going_on)
    case = escalations.hand_over(
        seat, held, None, EscalationKind.COMPLAINT, Severity.MINOR, "等太久", "c", world.now
    ).escalation.id
    world.connected(world.person("钱小丽"), "anna")
    page = handover.page(seat, world.now)

    assert [(one.kind, one.patient_id) for one in page.promised] == [("promise", promised.id)]
    assert (page.promised[0].at, page.promised[0].words, page.promised[0].whose) == (at, "带报价", "李敏")
    assert [(one.kind, one.patient_id, one.state) for one in page.paused] == [("rest", tried.id, "no_answer")]
    assert page.paused[0].at is not None and page.paused[0].at >= world.now + timedelta(hours=2)
    assert {(one.kind, one.id) for one in page.opened if one.kind == "case"} == {("case", case)}
    assert [one.whose for one in page.opened if one.kind == "call"] == ["李敏"]
    assert all("小丽" not in one.patient for one in (*page.opened, *page.promised, *page.paused))
    team = handover.page(world.seat("lead"), world.now, team=True)
    assert {one.whose for one in team.opened if one.kind == "call"} == {"李敏", "Anna"}
    assert handover.page(world.seat("anna"), world.now).promised == ()


def test_the_handover_page_says_what_a_clinical_case_is_about_and_who_was_told(world: World) -> None:
    seat, claim = world.seat(), world.connected(world.person("王小丽"))
    code, sign = next(iter(signs.sign_words(seat, world.now)["en"].items()))
    form = FlagForm(Level.SAME_DAY, (code,))
    case = escalations.raise_flag(seat, claim, form, "flag", world.now).escalation.id
    zone = ZoneInfo("Asia/Shanghai")

    def row() -> str:
        lines = handover.page(seat, world.now).opened
        (found,) = (one for one in lines if one.kind == "case" and one.id == case)
        return " ".join(str(cell) for cell in handover_words.handover_rows([found], world.now, zone)[0])

    assert row().count(sign) == 1 and "nobody told" in row() and "小丽" not in row()
    escalations.told(seat, case, "陈医生", world.now)
    assert "told: 陈医生" in row() and "nobody told" not in row()


def test_a_paused_complaint_stands_under_paused_with_its_reason(world: World) -> None:
    seat = world.seat("lead")
    case = escalations.hand_over(
        seat,
        world.connected(world.person(), "lead"),
        None,
        EscalationKind.COMPLAINT,
        Severity.MINOR,
        "等",
        "c",
        world.now,
    ).escalation.id
    with unit_of_work(world.clinic.database) as connection:
        connection.changed(
            "UPDATE escalation SET paused_at = :at, owner_staff_id = :who WHERE id = :id",
            {"at": to_ms(world.now), "who": seat.staff_id, "id": case},
        )
        connection.changed(
            "UPDATE service_case SET pause_code = 'papers', pause_note = '等发票' WHERE escalation_id = :id",
            {"id": case},
        )
    page = handover.page(seat, world.now)
    (line,) = [one for one in page.paused if one.kind == "case"]

    assert (line.id, line.state, line.words, line.at, line.whose) == (
        case,
        "papers",
        "等发票",
        world.now,
        "王主管",
    )
    assert not [one for one in page.opened if one.kind == "case"]


def test_her_own_cases_stand_on_her_page_behind_however_many_of_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "CASES_MOST", 2)

    def complain(login: str) -> int:
        held = world.connected(world.person(), login)
        kind, how = EscalationKind.COMPLAINT, Severity.MINOR
        raised = escalations.hand_over(world.seat(login), held, None, kind, how, "等太久", login, world.now)
        world.later(minutes=1)
        return raised.escalation.id

    def on_page(login: str, *, team: bool = False) -> list[int]:
        lines = handover.page(world.seat(login), world.now, team=team).opened
        return [one.id for one in lines if one.kind == "case"]

    others = [complain("li"), complain("lead")]
    own = complain("anna")
    assert on_page("anna") == [own]
    assert on_page("lead", team=True) == others, "the team's page begins with the clock that runs out first"
    team = handover.page(world.seat("lead"), world.now, team=True)
    assert team.more and not handover.page(world.seat("anna"), world.now).more
    words = handover_words.handover_page(team, "x", ZoneInfo("Asia/Shanghai")).lines
    assert words[-1] == "Not everything fits on this page: a list is cut at its end."
    escalations.assign(world.seat("lead"), own, world.seat("li").staff_id, world.now)
    assert on_page("li") == [others[0], own] and on_page("anna") == [own]


def test_satisfaction_goes_out_as_counts_and_few_as_a_range(world: World) -> None:
    for number in range(6):
        said = "satisfied" if number < 5 else "dissatisfied"
        talk(world, world.person(), "li", ("service_satisfaction", said), ("rate_doctor", "good"))
    talk(world, world.person(procedure="labiaplasty"), "li", ("result_satisfaction", "neutral"))
    rows = exporting.satisfaction(world.seat("lead"), DAY, world.now).rows

    assert rows == (
        ("2026-06", "restricted", "result_satisfaction", "neutral", "1-4"),
        ("2026-06", "upper_blepharoplasty", "rate_doctor", "good", 6),
        ("2026-06", "upper_blepharoplasty", "service_satisfaction", "dissatisfied", "1-4"),
        ("2026-06", "upper_blepharoplasty", "service_satisfaction", "satisfied", 5),
    )
    assert exporting.satisfaction(world.seat("lead"), date(2026, 5, 31), world.now).rows == ()
