"""The board of escalations: its order, its strip, and what it names to whom."""

from __future__ import annotations

from console.cli import board as cli_board
from console.desk import calls, escalations
from db.enums import ItemClass, Level
from db.instants import to_ms
from tests.desk.call_world import World, world_claim
from tests.desk.escalation_steps import flag


def test_the_board_orders_by_the_clock_that_runs_out_first(world: World) -> None:
    levels = (Level.URGENT, Level.EMERGENCY, Level.SAME_DAY)
    made = {}
    for number, level in enumerate(levels):
        claim = world.connected(world.person(f"客户{number}"))
        made[level] = flag(world, claim, level, f"k{number}").escalation.id
        world.later(minutes=1)
        calls.keep_draft(world.seat(), claim, world.form(), world.now)
        calls.discard(world.seat(), claim.contact_id, world.now)
    seen = escalations.board(world.seat("lead"), world.now)
    assert [one.id for one in seen.new] == [
        made[Level.EMERGENCY],
        made[Level.SAME_DAY],
        made[Level.URGENT],
    ]
    escalations.acknowledge(world.seat("lead"), made[Level.SAME_DAY], world.now)
    escalations.resolve(world.seat("chen"), made[Level.URGENT], "a", "b", "c", world.now)
    world.later(minutes=6)
    seen = escalations.board(world.seat("lead"), world.now)
    assert [one.id for one in seen.new] == [made[Level.EMERGENCY]] and seen.new[0].breached
    assert [one.id for one in seen.acknowledged] == [made[Level.SAME_DAY]]
    assert [one.id for one in seen.resolved] == [made[Level.URGENT]]
    assert {one.patient for one in (*seen.new, *seen.acknowledged, *seen.resolved)} == {"客*"}


def test_an_emergency_nobody_has_taken_up_stands_before_older_run_out_clocks(world: World) -> None:
    late = flag(world, None, Level.URGENT, "old").escalation.id
    world.later(hours=5)
    emergencies = [flag(world, None, Level.EMERGENCY, f"new{n}").escalation.id for n in (1, 2)]
    seen = escalations.board(world.seat("lead"), world.now)
    assert [one.id for one in seen.new] == [*emergencies, late] and seen.new[2].breached
    escalations.acknowledge(world.seat("chen"), emergencies[0], world.now)
    only = escalations.board_of(world.clinic.database, world.clinic.clinic_id, world.now)
    assert [one.id for one in only.new] == [emergencies[1], late]
    assert [one.id for one in cli_board._open(only)] == [emergencies[1], late, emergencies[0]]


def test_the_boards_strip(world: World) -> None:
    person = world.person()
    world.person("赵敏", milestone="D2", klass=ItemClass.SAFETY)
    claim = world.connected(person)
    strip = escalations.board(world.seat("lead"), world.now).strip
    assert [(one.staff, one.patient_id) for one in strip.held] == [("李敏", person.id)]
    assert sum(strip.queue.values()) == 1
    assert strip.roster_empty and not strip.watched and strip.tick_age_s is None
    # The heartbeat stops: the call is cut off, not held.
    world.later(minutes=16)
    strip = escalations.board(world.seat("lead"), world.now).strip
    assert strip.held == () and [one.patient_id for one in strip.cut_off] == [person.id]
    connection = world.clinic.database.connection()
    connection.execute("UPDATE clinic SET last_tick_at = :at", {"at": to_ms(world.now)})
    assert escalations.board(world.seat("lead"), world.later(seconds=30)).strip.watched
    assert not escalations.board(world.seat("lead"), world.later(minutes=3)).strip.watched
    assert claim.token


def test_restricted_procedures_are_named_only_to_who_may_see_them(world: World) -> None:
    person = world.person(procedure="labiaplasty")
    card = flag(world, world.connected(person)).escalation
    assert card.procedure == "restricted"
    seen = escalations.board(world.seat("lead"), world.now).new[0]
    assert seen.procedure == "restricted"
    sheet = calls.open_call(world.seat(), world_claim(world, person), world.now)
    assert sheet.treatments[0].masked and sheet.treatments[0].surgeon is None
    assert {one.code for one in sheet.identity} == {"birthday", "visit_date"}
