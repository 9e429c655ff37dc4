"""Reviews of real calls: drawn by rule, scored, amended beside the old, read and answered once, closed, lapsed."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest

from console.desk import improving, quality, quality_drawing, quality_view, scripts
from console.desk.quality import Review
from console.rules.quality import Mark
from db.connect import unit_of_work
from db.enums import ImprovementState, ReviewStatus, Role
from db.errors import Conflict, NotAllowed
from db.instants import to_ms
from tests.desk.call_world import World
from tests.desk.quality_world import GOOD, drawn, lowered, marks, talk

DAY = date(2026, 6, 15)


@pytest.fixture
def sqlite_world(sqlite_database: object, now: datetime) -> World:
    from tests.clinic import make_clinic

    return World(make_clinic(sqlite_database, now), now)  # type: ignore[arg-type]


def by_call(world: World, login: str = "lead") -> dict[int, Review]:
    return {one.call_id: one for one in quality.reviews(world.seat(login), DAY, DAY, world.now)}


def refused(code: str, do: object, *args: object, **more: object) -> None:
    with pytest.raises(NotAllowed) as error:
        do(*args, **more)  # type: ignore[operator]
    assert error.value.code == code


def test_each_rule_draws_its_call_once_a_day(world: World) -> None:
    draw, calls = drawn(world)
    lead = world.seat("lead")
    found = by_call(world)

    assert draw.new and (draw.calls, draw.drawn) == (9, len(found))
    for shown, rule in (
        ("short", "short"),
        ("fast", "fast"),
        ("override", "override"),
        ("lowered", "downgrade"),
    ):
        assert rule in found[calls[shown]].drawn_for, shown
    # Each rule drew its own call and none of the plain ones; chance drew one of nine.
    for rule, shown in (("short", {"short"}), ("fast", {"fast"}), ("override", {"override"})):
        assert {key for key, one in found.items() if rule in one.drawn_for} == {calls[one] for one in shown}
    assert sum("random" in one.drawn_for for one in found.values()) == 1
    assert {one.status for one in found.values()} == {ReviewStatus.DRAWN}
    assert all("*" in one.patient for one in found.values())

    again = quality_drawing.draw(lead, DAY, world.later(hours=1))
    assert (again.new, again.drawn) == (False, draw.drawn)
    assert by_call(world).keys() == found.keys()
    audit = world.clinic.rows("SELECT * FROM audit WHERE action = 'review.draw'")
    assert len(audit) == 1
    refused("review_day_open", quality_drawing.draw, lead, world.today(), world.now)
    refused("role_needed", quality_drawing.draw, world.seat(), DAY, world.now)


def test_a_level_lowered_days_later_draws_the_older_call_on_that_day(sqlite_world: World) -> None:
    world = sqlite_world
    call_id = lowered(world, minutes=24 * 60)
    world.now = datetime.fromisoformat("2026-06-17T09:00+08:00")
    for day in (DAY, DAY + timedelta(days=1)):
        quality_drawing.draw(world.seat("lead"), day, world.now)
    found = quality.reviews(world.seat("lead"), DAY, DAY + timedelta(days=1), world.now)

    assert [(one.day, one.call_id, one.drawn_for) for one in found] == [
        (DAY + timedelta(days=1), call_id, ("downgrade",)),
        # The only call of the first day, by chance.
        (DAY, call_id, ("random",)),
    ]


def test_the_first_look_draws_every_day_that_was_missed_and_lets_old_ones_lapse(sqlite_world: World) -> None:
    world = sqlite_world
    talk(world, world.person())
    world.now = datetime.fromisoformat("2026-06-18T09:00+08:00")
    lead = world.seat("lead")
    days = quality_drawing.draw_due(lead, world.now)
    assert len(days) == 7 and {one.day: one.calls for one in days}[DAY] == 1
    assert quality_drawing.draw_due(lead, world.now) == ()
    (review,) = by_call(world).values()

    # On the instant it is over, though nobody has marked it yet; then it is marked, and audited.
    world.now = review.lapses_at
    assert by_call(world)[review.call_id].status is ReviewStatus.LAPSED
    refused("review_lapsed", quality.score, lead, review.id, GOOD, (), "", (), world.now)
    quality_drawing.draw_due(lead, world.now)
    assert world.row("call_review", review.id)["status"] == "lapsed"
    assert len(world.clinic.rows("SELECT * FROM audit WHERE action = 'review.lapse'")) == 1


def test_scoring_answering_closing(world: World) -> None:
    _draw, calls = drawn(world)
    lead, li = world.seat("lead"), world.seat()
    review = by_call(world)[calls["fast"]]
    assert quality.reviews(li, DAY, DAY, world.now) == (), "nothing is hers before it is scored"
    refused("review_unknown", quality_view.opened, li, review.id, world.now)
    refused("role_needed", quality.score, li, review.id, GOOD, (), "", (), world.now)
    refused("review_unscored", quality.close, lead, review, world.now)

    given = marks(opening=Mark.PART, flag=Mark.NONE, promise=Mark.NOT_APPLICABLE)
    missing = {code: mark for code, mark in given.items() if code != "flag"}
    refused("review_item_open", quality.score, lead, review.id, missing, (), "", (), world.now)
    refused("review_code_unknown", quality.score, lead, review.id, given, ("x",), "", (), world.now)
    refused("review_code_unknown", quality.score, lead, review.id, given, (), "", ("x",), world.now)
    nothing = dict.fromkeys(GOOD, Mark.NOT_APPLICABLE)
    refused("review_nothing", quality.score, lead, review.id, nothing, (), "", (), world.now)
    done = quality.score(
        lead, review.id, given, (), "先读完再问", ("communication", "eyelid_orbital_bleed"), world.now
    )
    most = {item.code: item.points for item in quality.items()}
    of = sum(most.values()) - most["promise"]
    assert (done.score, done.of) == (of - most["flag"] - (most["opening"] - most["opening"] // 2), of)
    assert done.points["promise"] is None and done.status is ReviewStatus.SCORED
    assert done.training == ("communication", "eyelid_orbital_bleed")

    assert quality.unread(li) == 1 and quality.unread(world.seat("anna")) == 0
    refused("review_unknown", quality_view.opened, world.seat("anna"), review.id, world.now)
    opened = quality_view.opened(li, review.id, world.later(minutes=1))
    assert opened.review.seen_at == world.now and quality.unread(li) == 0
    assert (
        set(opened.scenarios) == {"eyelid_orbital_bleed"} and opened.scenarios["eyelid_orbital_bleed"]["zh"]
    )
    refused("review_unknown", quality.answer, world.seat("anna"), review.id, "不是我", world.now)
    refused("text_missing", quality.answer, li, review.id, "  ", world.now)
    said = quality.answer(li, review.id, "客户催得急", world.later(minutes=1))
    assert (said.answer, said.status) == ("客户催得急", ReviewStatus.ANSWERED)
    refused("review_answered", quality.answer, li, review.id, "再说一次", world.now)

    refused("role_needed", quality.close, li, said, world.now)
    # Whoever read it before the answer reads that first.
    assert quality.standing(lead, review.id, world.now) == said
    assert quality.standing(world.seat("anna"), review.id, world.now) is None
    with pytest.raises(Conflict) as stale:
        quality.close(lead, done, world.now)
    assert stale.value.code == "review_changed"
    closed = quality.close(lead, said, world.later(minutes=1))
    assert closed.status is ReviewStatus.CLOSED and closed.closed_at == world.now
    refused("review_closed", quality.score, lead, review.id, GOOD, (), "", (), world.now, reason="再看")
    actions = [row["action"] for row in world.clinic.rows("SELECT action FROM audit ORDER BY id")]
    assert [one for one in actions if str(one).startswith("review.")] == [
        "review.draw",
        "review.score",
        "review.seen",
        "review.answer",
        "review.close",
    ]


def test_an_amendment_keeps_what_was_said_first_and_is_read_anew(sqlite_world: World) -> None:
    world = sqlite_world
    _draw, calls = drawn(world)
    lead, li = world.seat("lead"), world.seat()
    review = by_call(world)[calls["short"]]
    quality.score(lead, review.id, GOOD, ("flag_missed",), "漏了", (), world.now)
    quality_view.opened(li, review.id, world.now)
    quality.answer(li, review.id, "其实问了", world.now)
    refused("text_missing", quality.score, lead, review.id, GOOD, (), "", (), world.now)
    amended = quality.score(
        lead, review.id, GOOD, (), "听错了", (), world.later(minutes=5), reason="重听后更正"
    )

    assert amended.percent == 100 and amended.fails == () and amended.version == 2
    assert (amended.answer, amended.status) == ("其实问了", ReviewStatus.ANSWERED)
    assert quality.unread(li) == 1
    versions = quality_view.opened(li, review.id, world.now).versions
    assert [(one.number, one.score, one.fails, one.note, one.reason) for one in versions] == [
        (1, 0, ("flag_missed",), "漏了", ""),
        (2, versions[1].of, (), "听错了", "重听后更正"),
    ]


def test_nobody_scores_or_closes_her_own_call(sqlite_world: World) -> None:
    world = sqlite_world
    talk(world, world.person(), "lead")
    world.later(days=1)
    lead = world.seat("lead")
    quality_drawing.draw(lead, DAY, world.now)
    (review,) = by_call(world).values()
    refused("review_own", quality.score, lead, review.id, GOOD, (), "", (), world.now)
    refused("review_own", quality.close, lead, review, world.now)
    assert by_call(world).popitem()[1] == review, "nothing of it was written"


def test_a_lead_sees_times_signs_and_what_was_taken_back(sqlite_world: World) -> None:
    world = sqlite_world
    _draw, calls = drawn(world)
    lead = world.seat("lead")
    found = by_call(world)
    fast = quality_view.opened(lead, found[calls["fast"]].id, world.now)
    assert [round(one.after_s, 1) for one in fast.answers[:2]] == [0.2, 0.2]
    assert [one.fast for one in fast.answers] == [True] * 4 + [False] * 2
    assert fast.read.flow == "d7" and fast.identity == "birthday+surgeon" and fast.summary
    slow = quality_view.opened(lead, found[calls["short"]].id, world.now)
    assert not any(one.fast for one in slow.answers) and slow.review.seconds == 19

    override = quality_view.opened(lead, found[calls["override"]].id, world.now)
    assert "按错了" in [one.taken_back for one in override.answers]
    (case,) = override.raised
    assert case.signs == ("vision_loss",) and case.words["zh"] != case.words["en"] != case.signs
    reads = world.clinic.rows("SELECT * FROM audit WHERE action = 'call.read'")
    assert len(reads) == 3 and all("赵" not in json.dumps(row, default=str) for row in reads)


def test_an_intimate_procedure_stays_hidden_from_a_lead_without_the_right(sqlite_world: World) -> None:
    world = sqlite_world
    talk(world, world.person(procedure="labiaplasty"), identity=("birthday", "visit_date"))
    world.later(days=1)
    lead = world.seat("lead")
    quality_drawing.draw(lead, DAY, world.now)
    (review,) = by_call(world).values()
    assert review.procedure == "restricted"
    opened = quality_view.opened(lead, review.id, world.now)
    assert opened.hidden and opened.answers == () and opened.summary == "" and opened.raised == ()
    with unit_of_work(world.clinic.database) as connection:
        connection.changed("UPDATE staff SET restricted_ok = :yes WHERE login = 'lead'", {"yes": True})
    shown = quality_view.opened(world.clinic.new_seat("lead"), review.id, world.now)
    assert not shown.hidden and len(shown.answers) == 6


def test_no_value_of_a_patient_is_in_the_documents(sqlite_world: World) -> None:
    world = sqlite_world
    _draw, calls = drawn(world)
    review = by_call(world)[calls["fast"]]
    quality.score(world.seat("lead"), review.id, GOOD, (), "", ("needs",), world.now)
    kept = json.dumps(
        [
            world.clinic.rows(f"SELECT * FROM {name}")
            for name in ("review_draw", "call_review", "review_score")
        ],
        default=str,
        ensure_ascii=False,
    )
    names = [str(row["name"]) for row in world.clinic.rows("SELECT name FROM patient")]
    numbers = [str(row["e164"]) for row in world.clinic.rows("SELECT e164 FROM phone")]
    assert names and numbers and not any(one in kept for one in (*names, *numbers))


def test_improvements_have_an_owner_and_an_end(world: World) -> None:
    lead, li, anna = world.seat("lead"), world.seat(), world.seat("anna")
    due = world.today() + timedelta(days=3)
    refused("role_needed", improving.add, li, "写清楚冷敷时间", li.staff_id, due, world.now)
    refused("text_missing", improving.add, lead, " ", li.staff_id, due, world.now)
    refused("improvement_owner", improving.add, lead, "x", 9999, due, world.now)
    refused("improvement_day", improving.add, lead, "x", li.staff_id, due - timedelta(days=9), world.now)
    first = improving.add(lead, "写清楚冷敷时间", li.staff_id, due, world.now)
    second = improving.add(lead, "开场白太长", anna.staff_id, due - timedelta(days=1), world.now)

    assert [one.id for one in improving.improvements(lead, world.now)] == [second, first]
    assert [one.id for one in improving.improvements(li, world.now)] == [first]
    refused("improvement_unknown", improving.end, anna, first, ImprovementState.DONE, "", world.now)
    assert world.row("improvement", first)["state"] == "open", "refused, so nothing of it stands"
    refused("role_needed", improving.end, li, first, ImprovementState.DROPPED, "不做", world.now)
    improving.end(li, first, ImprovementState.DONE, "改了", world.now)
    refused("improvement_unknown", improving.end, li, first, ImprovementState.DONE, "", world.now)
    world.later(days=3)
    ended = {one.id: one for one in improving.improvements(lead, world.now)}
    assert (ended[first].ended_by, ended[first].ended_note, ended[first].overdue) == ("李敏", "改了", False)
    assert ended[second].overdue


def test_a_trainee_has_no_reviews(sqlite_world: World) -> None:
    seat = sqlite_world.clinic.seat("li", Role.TRAINEE)
    refused("role_needed", quality.reviews, seat, DAY, DAY, sqlite_world.now)
    refused("role_needed", improving.improvements, seat, sqlite_world.now)
    assert quality.reviews(sqlite_world.seat("lead"), DAY, DAY, sqlite_world.now) == ()


def test_only_a_dial_of_ours_that_was_answered_has_seconds_to_the_save() -> None:
    base = {
        "direction": "out",
        "result": "connected",
        "late_draft": False,
        "incoming": False,
        "channel": "phone",
        "started_at": 1_000,
        "ended_at": 20_999,
    }
    assert quality_drawing.reached_seconds(base) == 19
    for other in (
        {"direction": "in", "incoming": True, "result": None},
        {"result": "no_answer"},
        {"late_draft": True},
        {"channel": "wecom"},
    ):
        assert quality_drawing.reached_seconds(base | other) is None, other


def test_an_answer_that_was_put_right_is_no_fast_answer(sqlite_world: World) -> None:
    seat, library = sqlite_world.seat(), scripts._shipped()  # pyright: ignore[reportPrivateUsage]
    code = next(code for code, one in library.questions.items() if one.screening)
    at = to_ms(sqlite_world.now)
    row = {"started_at": at, "language": "zh"}
    answer = {"question": code, "asked_in_group": False, "superseded_at": None}
    # The record puts the replaced answer a moment before the one that replaced it: nobody knows when it was keyed.
    old = answer | {"at": at + 9_999, "superseded_at": at + 10_000}
    new = answer | {"at": at + 10_000}
    assert quality_drawing.fast_answers(seat, row, [old, new], library) == ()
    assert quality_drawing.fast_answers(seat, row, [new | {"at": at + 300}], library) != ()
    assert quality_drawing.fast_answers(seat, row, [new | {"at": at + 300}], None) == ()
