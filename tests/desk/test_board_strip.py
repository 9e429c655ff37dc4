"""What the board's strip counts, what its lists show, and to what its cards can be narrowed, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from console.desk import board, calls, escalations
from db.connect import unit_of_work
from db.enums import EscalationKind, ItemClass, ItemState, Level, Role
from db.instants import to_ms
from db.records import BoardFilter, FlagForm
from db.strip_records import NOBODY
from tests.clinic import SampleClinic
from tests.desk.call_world import World
from tests.desk.queue_world import QueueWorld, at

MONDAY = at("2026-06-15 14:35")
TODAY = date(2026, 6, 15)
FAR = TODAY + timedelta(days=30)


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    clinic.now = MONDAY
    return QueueWorld(clinic)


def strip(world: QueueWorld, login: str = "lead"):
    return board.board(world.clinic.seat(login), world.clinic.now).strip


def test_the_forecast_counts_people_due_today_and_people_who_call(world: QueueWorld) -> None:
    clinic, one = world.clinic, world.patient("王一")
    world.item(one, "D7")
    world.item(one, "D1", ItemClass.SAFETY)
    shared = world.group()
    world.item(world.patient("李二", shared), "D7")
    world.item(world.patient("赵三", shared), "D7")
    # Not today, not a call, or over: none of them counts.
    world.item(world.patient("孙四"), "D7", due=FAR)
    world.item(world.patient("周五"), "LEAD", kind="lead_review")
    gone = world.item(world.patient("吴六"), "D7")
    world.change(gone, state="done", next_change_at=None)
    # Wakes at 19:00, for tonight; the other one tomorrow.
    soon, later = world.item(world.patient("郑七"), "D7"), world.item(world.patient("冯八"), "D7")
    world.change(soon, state="waiting", next_change_at=to_ms(at("2026-06-15 19:00")))
    world.change(later, state="waiting", next_change_at=to_ms(at("2026-06-16 14:30")))
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE seat SET closed_at = 1")
        connection.execute("UPDATE staff SET on_duty = FALSE")
    for login, role in (("li", None), ("anna", None), ("he", Role.CALLER), ("lead", Role.LEAD)):
        clinic.new_seat(login, role)
    clinic.new_seat("li")
    found = strip(world).forecast
    assert found is not None
    # 王一; the two who share a number; 郑七.
    assert found.due == 3
    # Li at two seats, Anna, the nurse who calls now; not the lead.
    assert found.seats == 3
    # 14:35 to 16:30 and 19:00 to 20:00 are 175 minutes, five minutes a call.
    assert (found.minutes, found.can, found.missing) == (175, 105, 0)
    clinic.now = at("2026-06-15 20:10")
    assert strip(world).forecast is None


def test_conversations_are_measured_from_taking_to_saving(clinic: SampleClinic) -> None:
    clinic.now = MONDAY
    world = World(clinic, MONDAY)
    seat = world.seat()
    for number in range(20):
        claim = world.connected(world.person(f"客户{number}"))
        with unit_of_work(clinic.database) as connection:
            connection.execute(
                "UPDATE contact SET started_at = :at WHERE id = :id",
                {"at": to_ms(world.now - timedelta(seconds=120 + number)), "id": claim.contact_id},
            )
        calls.save(seat, claim, world.form(), f"k{number}", world.now)
    found = board.board(clinic.seat("lead"), world.now).strip.forecast
    assert found is not None and found.measured
    # The mean of 120 to 139 is 129.5, rounded to even.
    assert found.handling_s == 130
    later = world.now + timedelta(days=8)
    found = board.board(clinic.seat("lead"), later).strip.forecast
    assert found is not None and not found.measured and found.handling_s == 300


def test_every_count_has_a_list_with_the_right_people(world: QueueWorld) -> None:
    clinic = world.clinic
    lead = clinic.seat("lead")
    names = ("潘一", "葛二", "奚三", "范四", "彭五", "郎六", "鲁七")
    people = {name: world.patient(name) for name in names}
    world.item(people["潘一"], "CLOSED-REVIEW", kind="lead_review")
    for name, state in (
        ("葛二", ItemState.LAPSED),
        ("奚三", ItemState.UNREACHABLE),
        ("范四", ItemState.BEFORE_START),
    ):
        world.change(world.item(people[name], "D7"), state=str(state), next_change_at=None)
    world.change(world.item(people["彭五"], "D7"), skips=3)
    world.change(world.item(people["鲁七"], "D7"), skips=2)
    world.treatment(people["郎六"], "rhinoplasty", TODAY - timedelta(days=3))
    found = strip(world)
    assert (found.for_lead, found.lapsed, found.unreachable, found.before_start) == (1, 1, 1, 1)
    assert (found.skipped, found.unplanned, found.late_drafts) == (1, 1, 0)
    wanted = {
        board.LISTS[2]: "潘*",
        "skipped": "彭*",
        "lapsed": "葛*",
        "unreachable": "奚*",
        "before_start": "范*",
        "unplanned": "郎*",
    }
    for name, patient in wanted.items():
        lines = board.listed(lead, name, clinic.now)
        assert [line.patient for line in lines] == [patient], name
        assert [line.patient_id for line in lines] == [people[people_named(names, patient)]], name
    assert board.listed(lead, "skipped", clinic.now)[0].times == 3
    assert board.listed(lead, "unplanned", clinic.now)[0].due_on == TODAY - timedelta(days=3)
    with pytest.raises(KeyError):
        board.listed(lead, "nonsense", clinic.now)


def people_named(names: tuple[str, ...], masked: str) -> str:
    """The name that a masked one stands for."""
    return next(name for name in names if name[0] == masked[0])


def test_who_is_on_the_line_and_a_late_draft_lead_to_their_patients(clinic: SampleClinic) -> None:
    clinic.now = MONDAY
    world, lead = World(clinic, MONDAY), clinic.seat("lead")
    wang, li = world.person("王小丽"), world.person("李红")
    claim = world.connected(wang)
    held = board.listed(lead, "held", world.now)
    assert [(line.staff, line.patient, line.patient_id) for line in held] == [("李敏", "王*", wang.id)]
    assert board.board(lead, world.now).strip.held[0].patient == "王*"
    world.later(minutes=20)
    cut = board.listed(lead, "cut_off", world.now)
    assert [(line.staff, line.patient_id) for line in cut] == [("李敏", wang.id)]
    calls.keep_draft(world.seat(), claim, world.form(), world.now)
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE draft SET status = 'late'")
    late = board.listed(lead, "late_drafts", world.now)
    assert [(line.staff, line.patient, line.patient_id) for line in late] == [("李敏", "王*", wang.id)]
    assert board.board(lead, world.now).strip.late_drafts == 1
    assert li.id not in {line.patient_id for line in late}


def test_a_treatment_is_without_a_plan_until_a_call_is_planned_from_it(world: QueueWorld) -> None:
    clinic = world.clinic
    patient_id = world.patient()
    treatment_id = world.treatment(patient_id, "upper_blepharoplasty", TODAY)
    assert strip(world).unplanned == 1
    from console.desk.plans import Planning, plan_new
    from console.desk.policy import current

    policy = current(clinic.database, clinic.clinic_id)
    with unit_of_work(clinic.database) as connection:
        planning = Planning(clinic.clinic_id, policy, TODAY, clinic.now)
        assert plan_new(connection, planning, [treatment_id], []) > 0
    assert strip(world).unplanned == 0
    assert board.listed(clinic.seat("lead"), "unplanned", clinic.now) == ()
    other = world.treatment(patient_id, "rhinoplasty", TODAY)
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE treatment SET superseded_at = 1 WHERE id = :id", {"id": other})
    assert strip(world).unplanned == 0, "what never was needs no plan"


def test_the_cards_are_narrowed_and_the_strip_is_not(clinic: SampleClinic) -> None:
    clinic.now = MONDAY
    world, lead = World(clinic, MONDAY), clinic.seat("lead")
    made = {}
    for number, level in enumerate((Level.URGENT, Level.EMERGENCY)):
        claim = world.connected(world.person(f"客户{number}"))
        form = FlagForm(level, ("one_side_growing",))
        made[level] = escalations.raise_flag(world.seat(), claim, form, f"k{number}", world.now).escalation.id
    escalations.acknowledge(lead, made[Level.URGENT], world.now)

    def shown(only: BoardFilter | None) -> list[int]:
        found = board.board(lead, world.now, only)
        assert found.strip.opened == {EscalationKind.CLINICAL: 2}
        return [card.id for card in (*found.new, *found.acknowledged, *found.contacted)]

    assert shown(None) == shown(BoardFilter()) == [made[Level.EMERGENCY], made[Level.URGENT]]
    assert shown(BoardFilter(owner=lead.staff_id)) == [made[Level.URGENT]]
    assert shown(BoardFilter(owner=NOBODY)) == [made[Level.EMERGENCY]]
    assert shown(BoardFilter(kind=EscalationKind.COMPLAINT)) == []
    assert shown(BoardFilter(EscalationKind.CLINICAL, lead.staff_id)) == [made[Level.URGENT]]
    assert board.board(lead, world.now).strip.late == 0
    assert board.board(lead, world.later(minutes=6)).strip.late == 1
