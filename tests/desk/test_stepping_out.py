"""Leaving the seat to practise, and coming back: what keeps her, what going off duty does, who sits down again."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from console.desk import calls, claiming, escalations, queue, staff, stepping_out
from db import staff as table
from db.connect import unit_of_work
from db.enums import CallOutcome, Level, Role
from db.errors import NotAllowed
from db.records import FlagForm, PromiseMade
from tests.desk.call_world import World


def refused(world: World) -> NotAllowed:
    """Why she may not go now; looking and going say the same, and nothing is written."""
    seats = world.clinic.rows("SELECT * FROM seat ORDER BY id")
    for way in (stepping_out.check, stepping_out.leave):
        with pytest.raises(NotAllowed) as error:
            way(world.seat(), world.now)
    assert world.clinic.rows("SELECT * FROM seat ORDER BY id") == seats
    return error.value


def test_a_call_in_hand_keeps_her(world: World) -> None:
    claim = world.connected(world.person())
    assert refused(world).code == "practice_holds_call"
    # A line that broke off is hers still; another's is none of hers.
    world.later(minutes=30)
    assert refused(world).code == "practice_holds_call"
    stepping_out.check(world.seat("anna"), world.now)
    calls.save(world.seat(), claim, world.form(), "k", world.now)
    stepping_out.check(world.seat(), world.now)


def test_a_claim_that_ran_out_unused_does_not(world: World) -> None:
    world.take(world.person())
    assert refused(world).code == "practice_holds_call"
    world.later(minutes=10)
    stepping_out.check(world.seat(), world.now)


def test_an_unsaved_call_keeps_her(world: World) -> None:
    claim = world.connected(world.person())
    calls.keep_draft(world.seat(), claim, world.form(note="一"), world.now)
    claiming.release(world.seat(), claim, world.now)
    kept = refused(world)
    assert (kept.code, kept.params["count"]) == ("practice_draft", 1)


def test_an_urgent_report_nobody_was_told_of_keeps_her(world: World) -> None:
    seat, claim = world.seat(), world.connected(world.person())
    raised = escalations.raise_flag(
        seat, claim, FlagForm(level=Level.SAME_DAY, flags=("bleed_soaks",)), "f", world.now
    )
    calls.save(seat, claim, world.form(), "k", world.now)
    assert refused(world).code == "practice_untold"
    escalations.told(seat, raised.escalation.id, "陈医生", world.now)
    stepping_out.check(seat, world.now)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("minutes", "mine", "kept"), [(29, True, True), (45, True, False), (29, False, False)]
)
def test_her_own_promise_keeps_her_half_an_hour_before(
    world: World, minutes: int, mine: bool, kept: bool
) -> None:
    seat, claim = world.seat(), world.connected(world.person())
    promise = PromiseMade(world.now + timedelta(minutes=minutes), mine, "约好再打")
    form = world.form(outcome=CallOutcome.CALLBACK_AGREED, promise=promise)
    calls.save(seat, claim, form, "k", world.now)
    if not kept:
        stepping_out.check(seat, world.now)
        return
    error = refused(world)
    assert (error.code, error.params["time"]) == ("practice_promise", "15:04")
    # Overdue it keeps her all the more.
    world.later(hours=2)
    assert refused(world).code == "practice_promise"


def test_a_call_passed_to_her_at_that_moment_keeps_her(world: World) -> None:
    """Whoever passes it on holds her row until it is hers."""
    world.take(world.person(), "anna")
    seat, said = world.seat(), list[str]()
    world.seat("anna")

    def go() -> None:
        try:
            stepping_out.leave(seat, world.now)
            said.append("gone")
        except NotAllowed as error:
            said.append(error.code)
        finally:
            world.clinic.database.connection().close()

    with unit_of_work(world.clinic.database) as connection:
        table.get(connection, seat.clinic_id, seat.staff_id, lock=True)
        going = threading.Thread(target=go)
        going.start()
        going.join(0.3)
        connection.execute("UPDATE contact_lease SET staff_id = :to", {"to": seat.staff_id})
    going.join(20)
    assert said == ["practice_holds_call"]


def test_whoever_practises_is_off_duty_and_offered_nothing(world: World) -> None:
    person, seat = world.person(), world.clinic.signed_in("li")
    staff.leave(world.seat(), world.now)
    stepping_out.leave(seat, world.now)
    with pytest.raises(NotAllowed) as closed:
        queue.take_item(seat, person.item_id, world.now)
    assert closed.value.code == "seat_closed"
    on_duty = {row["login"] for row in world.clinic.rows("SELECT login FROM staff WHERE on_duty")}
    assert "li" not in on_duty
    with pytest.raises(NotAllowed):
        stepping_out.leave(seat, world.now)
    back = stepping_out.come_back(seat, world.later(minutes=20))
    assert back.seat_id != seat.seat_id and (back.role, back.lanes) == (seat.role, seat.lanes)
    assert queue.take_item(back, person.item_id, world.now).patient_id == person.id
    actions = [row["action"] for row in world.clinic.rows("SELECT action FROM audit ORDER BY id")]
    assert actions.index("staff.to_practice") < actions.index("staff.from_practice")


def test_what_she_promised_in_person_is_anyones_meanwhile(world: World) -> None:
    seat = world.clinic.signed_in("li")
    claim = world.connected(world.person())
    promise = PromiseMade(world.now + timedelta(hours=3), True, "约好再打")
    form = world.form(outcome=CallOutcome.CALLBACK_AGREED, promise=promise)
    calls.save(world.seat(), claim, form, "k", world.now)
    staff.leave(world.seat(), world.now)
    mine = f"own:{seat.staff_id}"
    lane = "SELECT lane_id FROM item WHERE promise_id IS NOT NULL"
    assert world.clinic.rows(lane)[0]["lane_id"] == mine
    stepping_out.leave(seat, world.now)
    assert world.clinic.rows(lane)[0]["lane_id"] != mine
    stepping_out.come_back(seat, world.later(minutes=20))
    assert world.clinic.rows(lane)[0]["lane_id"] == mine


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("change", ["retired", "role", "pin"])
def test_nobody_sits_down_who_may_not_any_more(world: World, change: str) -> None:
    seat = world.clinic.signed_in("li")
    stepping_out.leave(seat, world.now)
    values: dict[str, dict[str, object]] = {
        "retired": {"retired_at": world.now},
        "role": {"roles": (Role.CONSULTANT,)},
        "pin": {"must_change_pin": True},
    }
    with unit_of_work(world.clinic.database) as connection:
        table.change(connection, seat.clinic_id, seat.staff_id, values[change])
    with pytest.raises(NotAllowed) as closed:
        stepping_out.come_back(seat, world.now)
    assert closed.value.code == "seat_closed"
