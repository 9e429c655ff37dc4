"""One person's month from real rows, against a count by hand; who sees whose; the report of reviews."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from console.desk import assessment, calls, keeping, quality, quality_report, treatment_forms
from console.desk.quality_report import ItemLine, weakest
from console.rules import plans
from console.rules.quality import Mark, Part
from db.connect import unit_of_work
from db.enums import Role
from db.errors import NotAllowed
from db.records import Answered
from tests.desk import day_world
from tests.desk.call_world import Person, World
from tests.desk.quality_world import drawn, marks, talk

DAY = date(2026, 6, 15)
CONSULTANT = "Anna"


@pytest.fixture
def sqlite_world(sqlite_database: object, now: datetime) -> World:
    from tests.clinic import make_clinic

    return World(make_clinic(sqlite_database, now), now)  # type: ignore[arg-type]


def of(world: World, login: str, who: str | None = None) -> dict[str, Part]:
    month = assessment.of_month(world.seat(who or login), DAY, world.now)
    wanted = world.clinic.staff_ids[login]
    person = next(one for one in month.people if one.staff_id == wanted)
    return {part.name: part for part in person.assessment.parts}


def facts(part: Part) -> dict[str, tuple[int, tuple[int, ...]]]:
    return {fact.code: (fact.n, fact.ids) for fact in part.facts}


def hers(world: World, person: Person, consultant: str = CONSULTANT) -> None:
    with unit_of_work(world.clinic.database) as connection:
        connection.changed(
            "UPDATE patient SET consultant = :who WHERE id = :id", {"who": consultant, "id": person.id}
        )


def test_a_month_is_counted_from_its_rows(world: World) -> None:
    made, lapsed = world.person("甲平常"), world.person("乙未打")
    talk(world, made)
    with unit_of_work(world.clinic.database) as connection:
        connection.changed(
            "UPDATE item SET owner_staff_id = :who WHERE id = :id",
            {"who": world.clinic.staff_ids["li"], "id": lapsed.item_id},
        )
    world.person("丙没人的")
    execution = of(world, "li", "lead")["execution"]

    assert facts(execution) == {"made": (1, (made.item_id,)), "not_made": (1, (lapsed.item_id,))}
    assert execution.points == 20.0
    month = assessment.of_month(world.seat("lead"), DAY, world.now)
    (li,) = (one for one in month.people if one.name == "李敏")
    assert (li.role, li.assessment.tracking.of, li.assessment.tracking.among) == (Role.CALLER, 1, 2)
    # Nothing of hers had to be planned and nothing was reviewed: execution alone makes the hundred.
    assert li.assessment.score == 50.0
    assert month.nobodys == 3, "treatments nobody is named for"


def test_a_consultant_loses_points_for_plans_that_lack(world: World) -> None:
    visitor, unplanned = day_world.visitor(world, "孙来访"), day_world.visitor(world, "周没计划")
    with unit_of_work(world.clinic.database) as connection:
        connection.changed("UPDATE visit SET consultant = :who", {"who": CONSULTANT.lower()})
        connection.changed("DELETE FROM item WHERE patient_id = :id", {"id": unplanned.id})
        connection.changed(
            "DELETE FROM treatment WHERE patient_id IN (:a, :b)", {"a": visitor.id, "b": unplanned.id}
        )
    person = world.person("吴少几条")
    hers(world, person)
    plan = of(world, "anna", "lead")["plan"]
    treatment = world.row("treatment", person.treatment_id)
    seat = world.seat()
    expected = {
        item.milestone
        for item in plans.plan(
            plans.TreatmentFacts(procedure=str(treatment["procedure"]), performed_on=date(2026, 6, 8)),
            seat.policy,
            None,
            world.now,
        )
    }
    lacking = len(expected - {"D7"})

    assert lacking > 3
    found = facts(plan)
    assert found["no_first_plan"][0] == 1 and found["planned"][0] == 1
    assert found["missing_plan"] == (lacking, (person.treatment_id,))
    # She calls and consults: the first of her roles that is assessed decides, and that is caller.
    assert plan.points == 40 - 2 - lacking


def test_a_whole_plan_made_in_time_costs_nothing_and_a_late_one_counts_as_missing(
    sqlite_world: World,
) -> None:
    world = sqlite_world
    li = world.seat()
    person = world.person("郑在册")
    with unit_of_work(world.clinic.database) as connection:
        connection.changed("UPDATE treatment SET performed_on = :d", {"d": date(2026, 5, 1)})
    for day, procedure in ((DAY, "upper_blepharoplasty"), (DAY - timedelta(days=3), "liposuction")):
        treatment_forms_add(world, li, person, procedure, day)
    found = facts(of(world, "li")["plan"])
    ids = {
        str(row["procedure"]): int(str(row["id"]))
        for row in world.clinic.rows("SELECT * FROM treatment ORDER BY id")
    }

    assert found["planned"] == (1, (ids["upper_blepharoplasty"],))
    assert found["missing_plan"] == (1, (ids["liposuction"],)), "set three days late: not made"


def treatment_forms_add(world: World, seat: object, person: Person, procedure: str, day: date) -> None:
    from db.patient_records import TreatmentForm

    form = TreatmentForm(procedure=procedure, performed_on=day.isoformat(), surgeon="陈医生")
    treatment_forms.save_treatment(seat, person.id, form, f"t{procedure}", world.now)  # type: ignore[arg-type]


def test_everybody_sees_her_own_and_a_lead_sees_all(sqlite_world: World) -> None:
    world = sqlite_world
    drawn(world)
    review = next(
        one for one in quality.reviews(world.seat("lead"), DAY, DAY, world.now) if one.staff == "李敏"
    )
    quality.score(world.seat("lead"), review.id, marks(flag=Mark.NONE), (), "", (), world.now)
    quality_part = of(world, "li")["quality"]
    assert facts(quality_part)["reviews"] == (1, (review.id,))
    done = quality.reviews(world.seat(), DAY, DAY, world.now)[0]
    assert done.score is not None and done.of is not None
    assert quality_part.points == round(20 * done.score / done.of, 1)

    own = assessment.of_month(world.seat(), DAY, world.now)
    assert own.own and [one.name for one in own.people] == ["李敏"]
    everybody = assessment.of_month(world.seat("lead"), DAY, world.now)
    # By name, never by points; the doctor and the nurse have no weights, or are callers too.
    assert [one.name for one in everybody.people] == sorted(one.name for one in everybody.people)
    assert {one.name for one in everybody.people} == {"Anna", "李敏", "何护士", "王主管"}
    with pytest.raises(NotAllowed, match="role_needed"):
        assessment.of_month(world.clinic.seat("li", Role.TRAINEE), DAY, world.now)
    with pytest.raises(NotAllowed, match="report_day_ahead"):
        assessment.of_month(world.seat(), DAY + timedelta(days=60), world.now)


def test_the_report_adds_up(world: World) -> None:
    draw, calls = drawn(world)
    lead = world.seat("lead")
    found = {one.call_id: one for one in quality.reviews(lead, DAY, DAY, world.now)}
    given = marks(flag=Mark.NONE, promise=Mark.NOT_APPLICABLE)
    quality.score(lead, found[calls["fast"]].id, given, (), "", ("needs",), world.now)
    quality.score(lead, found[calls["short"]].id, marks(), ("flag_missed",), "", ("needs",), world.now)
    quality.answer(world.seat(), found[calls["fast"]].id, "好的", world.now)
    report = quality_report.of_days(lead, DAY, DAY, world.now)

    assert (report.calls, report.days, len(report.reviews)) == (draw.calls, 1, draw.drawn)
    rules = {one.rule: one for one in report.rules}
    assert (rules["fast"].drawn, rules["fast"].scored) == (1, 1)
    assert (rules["short"].percent, rules["downgrade"].scored) == (0.0, 0)
    items = {one.code: one for one in report.items}
    assert (items["flag"].got, items["flag"].of, items["flag"].calls) == (20, 40, 2)
    assert items["promise"].calls == 1 and report.weakest == ("flag",)
    assert report.fails == (("flag_missed", 1),) and report.training == (("needs", 2),)
    (person,) = report.people
    assert (person.name, person.scored, person.fails, person.answered) == ("李敏", 2, 1, 1)
    assert {(one.kind, one.code): one.calls for one in report.usage} == {("flow", "d7"): draw.calls}

    own = quality_report.of_days(world.seat("anna"), DAY, DAY, world.now)
    assert own.own and own.reviews == () and own.people == () and own.usage == () and own.calls is None
    for first, last, code in (
        (DAY + timedelta(days=1), DAY, "report_range"),
        (DAY - timedelta(days=400), DAY, "report_range"),
        (DAY, DAY + timedelta(days=9), "report_day_ahead"),
    ):
        with pytest.raises(NotAllowed, match=code):
            quality_report.of_days(lead, first, last, world.now)


def test_what_was_read_is_counted_by_calls(world: World) -> None:
    """S1-QUAL-05: flows, concerns and turns of all calls, also of those nobody drew."""
    for number in range(2):
        person = world.person(f"郑用了{number}")
        claim = world.connected(person)
        said = Answered("swelling_sudden", "no", world.now, concern="swelling")
        twice = Answered("swelling_hard", "no", world.now, concern="swelling")
        form = world.form(
            answers=(*world.form().answers, said, twice),
            turns=("asks_price", "shower") if number else ("asks_price",),
            started_at=world.now,
        )
        keeping.keep_draft(world.seat(), claim, form, world.now)
        calls.save(world.seat(), claim, form, f"u{number}", world.later(minutes=2))
    talk(world, world.person("王没草稿"))
    found = {(one.kind, one.code): one.calls for one in quality_report.used(world.seat("lead"), DAY, DAY)}

    assert found == {
        ("flow", "d7"): 3,
        ("concern", "swelling"): 2,
        ("turn", "asks_price"): 2,
        ("turn", "shower"): 1,
    }
    next_day = DAY + timedelta(days=1)
    assert quality_report.used(world.seat("lead"), next_day, next_day) == ()


def test_late_notes_are_counted_and_cost_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    call_id = talk(world, world.person())
    before = assessment.of_month(world.seat(), DAY, world.now).people[0].assessment
    late = {name: value for name, value in world.row("call", call_id).items() if name != "id"}
    with unit_of_work(world.clinic.database) as connection:
        late_id = connection.insert("call", late | {"late_draft": True})
    after = assessment.of_month(world.seat(), DAY, world.now).people[0].assessment
    assert (before.late, after.late) == ((), (late_id,))
    assert before.score == after.score == 100.0


def test_the_weakest_items_are_those_that_lost_points() -> None:
    lines = [ItemLine("a", 5, 10, 1), ItemLine("b", 0, 5, 1), ItemLine("c", 5, 5, 1), ItemLine("d", 0, 0, 0)]
    assert weakest(lines) == ("b", "a")
