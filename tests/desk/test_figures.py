"""The figures of a day against a plain count over 50 generated calls, and the small cases at the edges."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from console.desk import calls, escalations, figures, merging, queue, tick
from console.rules.figures import Figures
from db.enums import Level
from db.errors import NotAllowed
from db.records import FlagForm
from tests.clinic import PEOPLE
from tests.desk import day_world
from tests.desk.call_world import World
from tests.desk.day_world import ByHand, by_hand

DAY = date(2026, 6, 15)


def as_counted(found: Figures) -> ByHand:
    return ByHand(
        attempts=found.attempts,
        connected=found.reached.of,
        answered=found.reached.among,
        talks=found.talks,
        seconds=found.talk_seconds,
        made=found.tracked.of,
        owed=found.tracked.among,
        inside=found.adherent.of,
        settled=found.adherent.among,
        clocks={clock: [one.of, one.among] for clock, one in found.clocks.items()},
    )


def test_every_figure_equals_a_count_by_hand_over_fifty_calls(world: World) -> None:
    # All fifty on SQLite; on PostgreSQL as many as show that it says the same.
    number = day_world.GENERATED if world.clinic.database.dialect == "sqlite" else 20
    day_world.generate(world, number)
    lead = world.seat("lead")
    found = figures.of_day(lead, DAY, world.now)

    whole = as_counted(found.whole)
    assert whole == by_hand(world, DAY, world.now)
    # The day has something of everything, else equal would mean nothing.
    assert whole.attempts > whole.answered > whole.connected > 0
    assert whole.talks > 0 and whole.seconds > 60
    assert whole.owed > whole.settled > whole.inside > 0 and whole.owed > whole.made
    following = as_counted(figures.of_day(lead, DAY + timedelta(days=1), world.now).whole)
    assert following == by_hand(world, DAY + timedelta(days=1), world.now)
    clocks = [one for day in (whole, following) for one in day.clocks.values()]
    assert any(hits for hits, _all in clocks) and any(hits < all_ for hits, all_ in clocks)
    if number == day_world.GENERATED:
        assert {"ack", "contact", "first_reply"} <= set(whole.clocks) | set(following.clocks)

    names = {login: PEOPLE[login][0] for login in PEOPLE}
    ids = {name: world.clinic.staff_ids[login] for login, name in names.items()}
    assert {part.name for part in found.callers} >= {names[login] for login in day_world.LOGINS}
    for part in found.callers:
        if part.name is not None:
            assert as_counted(part.figures) == by_hand(world, DAY, world.now, staff=ids[part.name]), part.name
    shown = {part.name for part in found.procedures}
    # The intimate procedure is not named to a lead who may not read it.
    assert "labiaplasty" not in shown and "restricted" in shown
    for part in found.procedures:
        if part.name is not None:
            code = "labiaplasty" if part.name == "restricted" else part.name
            assert as_counted(part.figures) == by_hand(world, DAY, world.now, procedure=code), part.name
    parts = [part.figures for part in found.callers]
    assert sum(one.attempts for one in parts) == whole.attempts
    assert sum(one.tracked.among for one in parts) == whole.owed


def test_each_day_of_the_trend_is_that_days_figure(sqlite_world: World) -> None:
    world = sqlite_world
    day_world.generate(world, 12)
    world.later(days=3)
    lead, today = world.seat("lead"), world.today()
    trend = dict(figures.of_day(lead, today, world.now).trend)

    assert len(trend) == figures.TREND_DAYS and max(trend) == today
    for day in (DAY, DAY + timedelta(days=1), today):
        assert trend[day] == figures.of_day(lead, day, world.now).whole
    assert trend[DAY].attempts > 0
    assert trend[today].reached.share is None and trend[today].handling is None


@pytest.fixture
def sqlite_world(sqlite_database: object, now: datetime) -> World:
    from tests.clinic import make_clinic

    return World(make_clinic(sqlite_database, now), now)  # type: ignore[arg-type]


def test_a_day_with_nothing_has_no_rate(sqlite_world: World) -> None:
    found = figures.of_day(sqlite_world.seat("lead"), DAY, sqlite_world.now)

    assert found.whole == Figures()
    assert found.whole.reached.share is None and found.whole.in_time.share is None
    assert found.callers == () and found.procedures == ()


def test_a_call_over_midnight_is_dialled_on_one_day_and_saved_on_the_next(world: World) -> None:
    world.now = datetime.fromisoformat("2026-06-15T19:50+08:00")
    person = world.person()
    claim = world.connected(person)
    began = world.now
    while world.now < datetime.fromisoformat("2026-06-16T00:05+08:00"):
        world.later(minutes=5)
        queue.renew(world.seat(), claim, world.now)
    calls.save(world.seat(), claim, world.form(started_at=began), "k", world.now)
    lead = world.seat("lead")
    first, second = (figures.of_day(lead, day, world.now).whole for day in (DAY, date(2026, 6, 16)))

    assert (first.attempts, first.talks) == (1, 0)
    assert (second.attempts, second.talks, second.talk_seconds) == (0, 1, 255 * 60)
    # Due on the 15th and made for it, whenever it was saved.
    assert (first.tracked.of, first.tracked.among) == (1, 1)


def test_the_day_is_the_clinics_not_utcs(sqlite_database: object) -> None:
    from tests.clinic import make_clinic

    # Half past seven in the evening of the 14th in Los Angeles is the 15th in UTC.
    now = datetime.fromisoformat("2026-06-14T19:30-07:00")
    clinic = make_clinic(sqlite_database, now, zone="America/Los_Angeles")  # type: ignore[arg-type]
    world = World(clinic, now)
    world.connected(world.person())
    seat = world.seat("lead")

    assert figures.of_day(seat, date(2026, 6, 14), now).whole.attempts == 1
    with pytest.raises(NotAllowed, match="report_day_ahead"):
        figures.of_day(seat, date(2026, 6, 15), now)


def test_a_merged_record_counts_once_and_under_its_own_procedure(world: World) -> None:
    stays, goes = world.person("王小丽"), world.person("王小丽", procedure="liposuction")
    for person in (stays, goes):
        claim = world.connected(person)
        world.later(minutes=2)
        calls.save(world.seat(), claim, world.form(), f"k{person.id}", world.now)
    lead = world.seat("lead")
    before = figures.of_day(lead, DAY, world.now).whole
    merging.merge(lead, stays.id, goes.id, "同一个人", world.now)
    after = figures.of_day(lead, DAY, world.now).whole

    assert before == after
    assert (after.attempts, after.talks, after.tracked.of) == (2, 2, 2)


def test_a_call_that_was_cut_off_is_a_dial_and_no_conversation(world: World) -> None:
    person = world.person()
    world.connected(person)
    world.later(hours=2)
    tick.tick(world.clinic.database, world.clinic.clinic_id, world.now)
    found = figures.of_day(world.seat("lead"), DAY, world.now).whole

    assert (found.attempts, found.reached.of, found.talks) == (1, 1, 0)
    assert (found.tracked.of, found.tracked.among, found.open) == (0, 1, 1)


def test_a_clock_met_at_its_very_instant_is_missed(world: World) -> None:
    seat, chen = world.seat(), world.seat("chen")
    limits = world.seat().policy.escalations.clocks[Level.URGENT]
    raised = world.now
    cases = []
    for number in range(2):
        claim = world.connected(world.person())
        form = FlagForm(level=Level.URGENT, summary="肿")
        cases.append(escalations.raise_flag(seat, claim, form, f"k{number}", raised).escalation.id)
    world.now = raised + timedelta(minutes=limits.ack) - timedelta(milliseconds=1)
    escalations.acknowledge(chen, cases[0], world.now)
    world.now = raised + timedelta(minutes=limits.ack)
    escalations.acknowledge(chen, cases[1], world.now)
    found = figures.of_day(world.seat("lead"), DAY, world.now).whole

    assert {clock: (one.of, one.among) for clock, one in found.clocks.items()} == {"ack": (1, 2)}


def test_an_amendment_is_no_second_conversation(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    saved = calls.save(world.seat(), claim, world.form(), "k", world.later(minutes=3))
    assert saved.call_id is not None
    calls.amend(world.seat(), saved.call_id, "写错了", "是左眼", "k2", world.later(minutes=1))
    found = figures.of_day(world.seat("lead"), DAY, world.now).whole

    assert (found.talks, found.talk_seconds) == (1, 180)


def test_a_caller_sees_her_own_figures_and_nobody_elses(world: World) -> None:
    for login in ("li", "anna"):
        claim = world.connected(world.person(), login)
        calls.save(world.seat(login), claim, world.form(), login, world.later(minutes=2))
    mine = figures.of_day(world.seat("li"), DAY, world.now)

    assert mine.own and mine.whole.attempts == 1 and mine.whole.talk_seconds == 120
    assert [part.name for part in mine.callers] == [PEOPLE["li"][0]]
    assert figures.of_day(world.seat("lead"), DAY, world.now).whole.attempts == 2
