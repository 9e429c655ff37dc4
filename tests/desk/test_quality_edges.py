"""Reviews where they are easily lost or doubled: about midnight, later days, two leads at once, many calls."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest

from console.desk import calls, escalations, quality, quality_drawing, quality_report, scripts
from console.desk.quality import Review
from console.desk.seat import Seat
from console.rules.quality import Mark
from db.connect import unit_of_work
from db.enums import Level, ReviewStatus, Role
from db.errors import Conflict, NotAllowed
from db.instants import to_ms
from db.records import Answered, FlagForm
from tests.clinic import PIN
from tests.db.plans import heard
from tests.desk.call_world import World
from tests.desk.quality_world import day_of_calls, marks, screening, talk

DAY = date(2026, 6, 15)
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def sqlite_world(sqlite_database: object, now: datetime) -> World:
    from tests.clinic import make_clinic

    return World(make_clinic(sqlite_database, now), now)  # type: ignore[arg-type]


def reasons(world: World, first: date = DAY, last: date = NEXT) -> dict[tuple[date, int], set[str]]:
    found = quality.reviews(world.seat("lead"), first, last, world.now)
    return {(one.day, one.call_id): set(one.drawn_for) for one in found}


def draw(world: World, *days: date) -> None:
    for day in days:
        quality_drawing.draw(world.seat("lead"), day, world.now)


def handed(world: World, *flags: str) -> tuple[int, int]:
    """A saved call with a case of some signs; returns both."""
    claim = world.connected(world.person("郑交出"))
    began = world.now
    case = escalations.raise_flag(world.seat(), claim, FlagForm(Level.SAME_DAY, flags), "raise", began)
    escalations.told(world.seat(), case.escalation.id, "陈医生", began)
    form = world.form(started_at=began)
    saved = calls.save(world.seat(), claim, form, "handed", world.later(seconds=200))
    assert saved.call_id is not None
    return saved.call_id, case.escalation.id


def test_a_sign_taken_back_on_the_board_draws_the_call_though_others_stand(world: World) -> None:
    """Every override: also one of two signs, and also a day after the call was drawn by."""
    call_id, case_id = handed(world, "vision_loss", "one_side_growing")
    world.now = datetime.fromisoformat("2026-06-16T15:00+08:00")
    draw(world, DAY)
    escalations.correct_mis_key(world.seat(), case_id, ("vision_loss",), "按错了", world.now)
    world.now = datetime.fromisoformat("2026-06-17T09:00+08:00")
    draw(world, NEXT)

    assert reasons(world) == {(DAY, call_id): {"random"}, (NEXT, call_id): {"override"}}


def test_a_level_lowered_before_midnight_draws_the_call_that_is_saved_after_it(sqlite_world: World) -> None:
    world = sqlite_world
    claim = world.connected(world.person("郑半夜"))
    began = world.now
    form = FlagForm(Level.SAME_DAY, ("vision_loss",))
    case = escalations.raise_flag(world.seat(), claim, form, "late", began).escalation
    escalations.told(world.seat(), case.id, "陈医生", began)
    escalations.lower_level(
        world.seat("chen"), case.id, Level.URGENT, PIN, "照片看过", world.later(minutes=5)
    )
    world.now = datetime.fromisoformat("2026-06-16T00:10+08:00")
    saved = calls.save(world.seat(), claim, world.form(started_at=began), "midnight", world.now)
    assert saved.call_id is not None
    world.now = datetime.fromisoformat("2026-06-17T09:00+08:00")
    draw(world, DAY, NEXT)

    assert reasons(world) == {(NEXT, saved.call_id): {"downgrade", "random"}}


def test_one_key_for_a_whole_group_nobody_can_have_heard_is_many_fast_answers(sqlite_world: World) -> None:
    world = sqlite_world
    library = scripts._shipped()  # pyright: ignore[reportPrivateUsage]

    def grouped(name: str, after: float) -> int:
        began = world.now
        signs = tuple(
            Answered(code, "no", began + timedelta(seconds=after), asked_in_group=True)
            for code in screening(6)
        )
        rest = (
            Answered("recovery_overall", "good", began + timedelta(seconds=60)),
            Answered("pain_now", "2", began + timedelta(seconds=70), 2.0),
        )
        person = world.person(name)
        return talk(world, person, answers=signs + rest, release_hash=library.hash)

    heard_none, heard_all = grouped("郑没念", 0.5), grouped("郑念完", 50)
    world.now = datetime.fromisoformat("2026-06-16T09:00+08:00")
    draw(world, DAY)
    found = reasons(world)
    assert "fast" in found[DAY, heard_none]
    assert "fast" not in found.get((DAY, heard_all), set())


# --- two at once ---


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """What each job gave or raised; none begins before all are ready."""
    ready = Barrier(len(jobs))

    def one(job: Callable[[], object]) -> object:
        ready.wait(20)
        try:
            return job()
        except (Conflict, NotAllowed) as error:
            return error.code

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [one.result(60) for one in [pool.submit(one, job) for job in jobs]]


def leads(world: World) -> tuple[Seat, Seat]:
    return world.seat("lead"), world.clinic.seat("chen", Role.LEAD)


def test_two_leads_who_open_the_page_at_once_draw_once(world: World) -> None:
    day_of_calls(world)
    world.now = datetime.fromisoformat("2026-06-16T09:00+08:00")
    jobs = [lambda seat=seat: quality_drawing.draw_due(seat, world.now) for seat in leads(world) * 2]
    done = at_once(*jobs)

    news = [one for some in done for one in some if one.new]  # type: ignore[attr-defined]
    assert sorted(one.day for one in news) == sorted({one.day for one in news}) and len(news) == 7
    assert len(world.clinic.rows("SELECT * FROM audit WHERE action = 'review.draw'")) == 7
    found = reasons(world)
    assert len(found) == sum(one.drawn for one in news) >= 3
    assert len(world.clinic.rows("SELECT * FROM call_review")) == len(found)


def drawn_one(world: World) -> Review:
    talk(world, world.person(), "li")
    world.now = datetime.fromisoformat("2026-06-16T09:00+08:00")
    draw(world, DAY)
    (review,) = quality.reviews(world.seat("lead"), DAY, DAY, world.now)
    return review


def test_of_two_leads_who_score_at_once_one_does(world: World) -> None:
    review = drawn_one(world)
    first, second = leads(world)
    given = {first.staff_id: marks(), second.staff_id: marks(flag=Mark.NONE)}

    def job(seat: Seat) -> Callable[[], object]:
        return lambda: (
            quality.score(seat, review.id, given[seat.staff_id], (), seat.name, (), world.now).percent
        )

    done = at_once(job(first), job(second))
    # The other would amend, and is asked why.
    assert done.count("text_missing") == 1
    (row,) = world.clinic.rows("SELECT * FROM review_score")
    assert row["note"] == (first, second)[0 if done[1] == "text_missing" else 1].name
    (review,) = quality.reviews(first, DAY, DAY, world.now)
    assert (review.version, review.status) == (1, ReviewStatus.SCORED)


def test_an_answer_and_an_end_at_once_leave_one_course(world: World) -> None:
    review = drawn_one(world)
    lead, li = world.seat("lead"), world.seat()
    scored = quality.score(lead, review.id, marks(), (), "", (), world.now)
    done = at_once(
        lambda: quality.close(lead, scored, world.now).status,
        lambda: quality.answer(li, review.id, "好的", world.now).status,
    )
    (after,) = quality.reviews(lead, DAY, DAY, world.now)
    # Either the answer came first, and the lead is told to read it; or she is told that it is over.
    assert (after.status, after.answer, *done) in (
        (ReviewStatus.ANSWERED, "好的", "review_changed", ReviewStatus.ANSWERED),
        (ReviewStatus.CLOSED, "", ReviewStatus.CLOSED, "review_closed"),
    )


def test_somebody_who_left_answers_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    review = drawn_one(world)
    quality.score(world.seat("lead"), review.id, marks(), (), "", (), world.now)
    gone = replace(world.seat(), seat_id=0)
    with pytest.raises(NotAllowed) as error:
        quality.answer(gone, review.id, "好的", world.now)
    assert error.value.code == "seat_closed"


# --- many calls ---


def copied(world: World, call_id: int, times: int) -> None:
    """So many calls like one, with its dial and its answers, drawn and scored."""
    call = world.row("call", call_id)
    contact = world.row("contact", int(str(call["contact_id"])))
    sql = "SELECT * FROM {} WHERE contact_id = :c"
    attempts = world.clinic.rows(sql.format("attempt"), c=contact["id"])
    answers = world.clinic.rows(sql.format("answer"), c=contact["id"])
    lead = world.clinic.staff_ids["lead"]

    def bare(row: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in row.items() if name != "id"}

    with unit_of_work(world.clinic.database) as connection:
        for number in range(times):
            contact_id = connection.insert("contact", bare(contact))
            new = connection.insert("call", bare(call) | {"contact_id": contact_id})
            for row in attempts:
                connection.insert("attempt", bare(row) | {"contact_id": contact_id})
            for row in answers:
                connection.insert("answer", bare(row) | {"contact_id": contact_id, "call_id": new})
            review_id = connection.insert(
                "call_review",
                {
                    "clinic_id": world.clinic.clinic_id,
                    "day": DAY - timedelta(days=1 + number % 14),
                    "call_id": new,
                    "staff_id": call["staff_id"],
                    "drawn_for": '["random"]',
                    "drawn_at": to_ms(world.now),
                    "lapses_at": to_ms(world.now),
                    "status": "scored",
                    "version": 1,
                },
            )
            connection.insert(
                "review_score",
                {
                    "clinic_id": world.clinic.clinic_id,
                    "call_review_id": review_id,
                    "number": 1,
                    "reviewer_id": lead,
                    "scored_at": to_ms(world.now),
                    "document": '{"fails": [], "points": {"flag": 10}}',
                    "score": 10,
                    "of": 20,
                },
            )


def test_three_hundred_calls_are_read_with_as_many_statements_as_three(sqlite_world: World) -> None:
    world = sqlite_world
    call_id = talk(world, world.person())
    lead, database = world.seat("lead"), world.clinic.database
    evening = world.now
    first, morning = DAY - timedelta(days=14), datetime.fromisoformat("2026-06-16T09:00+08:00")
    jobs: tuple[Callable[[], object], ...] = (
        lambda: quality.reviews(lead, first, DAY, morning),
        lambda: quality_report.of_days(lead, first, DAY, morning),
        lambda: quality_drawing.draw(lead, DAY, morning),
    )
    spent: list[list[int]] = []
    for times in (2, 298):
        world.now = evening
        copied(world, call_id, times)
        with unit_of_work(database) as connection:
            connection.changed("DELETE FROM call_review WHERE day = :day", {"day": DAY})
            connection.changed("DELETE FROM review_draw")
        spent.append([])
        for job in jobs:
            with heard(database) as spoken:
                job()
            spent[-1].append(sum(sql.lstrip().upper().startswith("SELECT") for sql, _values in spoken))
    assert spent[0] == spent[1], "statements for 3 calls, and for 301"
    report = quality_report.of_days(lead, first, DAY - timedelta(days=1), morning)
    (item,) = [one for one in report.items if one.calls]
    assert (item.code, item.calls, item.percent) == ("flag", 300, 50.0)


def test_a_report_of_many_reviews_counts_them_all(sqlite_world: World) -> None:
    world = sqlite_world
    copied(world, talk(world, world.person()), 2100)
    report = quality_report.of_days(world.seat("lead"), DAY - timedelta(days=14), DAY, world.now)
    assert (len(report.reviews), report.people[0].scored) == (2100, 2100)
