"""Before the conversation and after it broke off: dials, numbers, previews, drafts, lost claims."""

from __future__ import annotations

import json

import pytest

from console.screens.call import CallScreen
from console.screens.queue import QueueScreen
from console.widgets.dialogs import Confirm
from tests.desk.call_world import World
from tests.ui.call_desk import Sit, change


@pytest.mark.parametrize("digit", (2, 3, 4, 5, 6, 7, 8, 0))
async def test_a_dial_that_reaches_nobody_goes_back_to_the_queue(world: World, sit: Sit, digit: int) -> None:
    person = world.person()
    async with sit("zh") as caller:
        await caller.open(person)
        await caller.press("f5")
        await caller.until(lambda: caller.call.dial is not None)
        await caller.see("语音信箱里只说")
        # The same key twice is one result.
        await caller.press(str(digit), str(digit))
        await caller.back_in_queue()
    assert [row["result"] for row in world.attempts(person)] == [
        {
            2: "no_answer",
            3: "busy",
            4: "powered_off",
            5: "unreachable",
            6: "rejected",
            7: "voicemail",
            8: "suspended",
            0: "line_error",
        }[digit]
    ]


async def test_a_dead_number_is_closed_for_relatives_only_when_asked(world: World, sit: Sit) -> None:
    person, sister = world.person(), world.person(name="王大丽")
    change(world, "UPDATE phone SET e164 = :e WHERE patient_id = :p", e=person.e164, p=sister.id)
    spare, husband = world.second_number(person), world.second_number(person, relation="丈夫")
    async with sit("en") as caller:
        await caller.open(person)
        await caller.see("> 1  ", "  2  ", "张伟 (丈夫)")
        await caller.press("f5")
        await caller.until(lambda: caller.call.dial is not None)
        await caller.press("9")
        await caller.until(lambda: isinstance(caller.app.screen, Confirm))
        await caller.see("Another patient has this number")
        await caller.press("enter")
        await caller.until(lambda: caller.call.stage == "preview" and caller.app.screen is caller.call)
        assert world.row("phone", person.phone_id)["status"] == "dead"
        assert caller.rows(f"SELECT status FROM phone WHERE patient_id = {sister.id}")[0]["status"] == "dead"
        numbers = [one.id for one in caller.call.sheet.numbers if one.status == "live"]  # type: ignore[union-attr]
        assert numbers == [spare, husband]
        await caller.see("> 1  ")


async def test_a_preview_that_runs_out_is_said_and_left(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.open(person)
        caller.clock.later(seconds=70)
        await caller.see("s left")
        said: list[str] = []
        caller.app.notify = lambda message, **_more: said.append(message)  # type: ignore[method-assign, assignment]
        caller.clock.later(seconds=600)
        await caller.back_in_queue()
        assert [one for one in said if "back in the queue" in one] == said
        assert caller.rows("SELECT * FROM attempt") == []


async def test_giving_back_and_taking_the_next(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.open(person)
        await caller.press("f7")
        await caller.back_in_queue()
        assert caller.rows("SELECT * FROM contact_lease") == []
        assert world.item(person.item_id)["state"] == "ready"
        await caller.until(lambda: not caller.app.screen._reading)  # type: ignore[attr-defined]
        await caller.press("enter")
        await caller.until(lambda: isinstance(caller.app.screen, CallScreen))


async def test_a_broken_off_call_is_taken_up_where_it_stood(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("1", "2", "1")
        await caller.press("c", "5")
        await caller.until(lambda: bool(caller.call.talk and caller.call.talk.open == "pain"))
        await caller.press("1")
        await caller.press("f3", *"half a sentence")
        caller.clock.later(seconds=5)
        await caller.until(
            lambda: any(
                "half a sentence" in str(row["document"]) for row in caller.rows("SELECT * FROM draft")
            )
        )
        caller.clock.later(seconds=5)
        caller.call.touch()
        document = lambda: json.loads(str(caller.rows("SELECT document FROM draft")[0]["document"]))  # noqa: E731
        await caller.until(lambda: document()["concerns"] == ["pain"] and len(document()["answers"]) >= 4)
        before, answers = caller.front_key, dict(caller.call.talk.answers)  # type: ignore[union-attr]
    world.now = caller.clock.now()
    async with sit("en") as caller:
        await caller.signed_in()
        await caller.until(lambda: caller.app.screen.check_action("drafts", ()) is True)
        await caller.press("u")
        await caller.choose(1)
        await caller.until(
            lambda: isinstance(caller.app.screen, CallScreen) and caller.call.stage == "talking"
        )
        talk = caller.call.talk
        assert talk is not None and talk.identified
        assert dict(talk.answers) == answers and talk.open == "pain" and caller.front_key == before
        await caller.see("half a sentence", "broken off")
        # She is rung again and does not answer: what was said is on record all the same.
        await caller.press("f5")
        await caller.until(lambda: caller.call.dial is not None)
        await caller.press("2")
        await caller.back_in_queue()
    row = world.calls()[0]
    assert bool(row["late_draft"]) and row["note"] == "half a sentence"
    assert len(caller.rows("SELECT * FROM answer")) == len(answers)


async def test_a_claim_lost_during_the_call_keeps_everything_as_a_late_draft(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.answer_all()
        change(world, "UPDATE contact_lease SET token = token + 1")
        await caller.press("ctrl+s")
        await caller.back_in_queue()
        await caller.see("late draft")
    assert world.calls() == []
    assert caller.rows("SELECT status FROM draft")[0]["status"] == "late"


async def test_a_call_that_cannot_be_opened_is_given_back_and_said(
    world: World, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = world.person()
    from console.desk import calls, queue
    from db.errors import Conflict

    def refuse(*_args: object) -> None:
        raise Conflict("escalation_resolved")

    monkeypatch.setattr(calls, "open_call", refuse)
    async with sit("en") as caller:
        await caller.signed_in()
        assert caller.app.seat is not None and isinstance(caller.app.screen, QueueScreen)
        claim = await caller.app.work.write(queue.take_item, caller.app.seat, person.item_id, world.now)
        caller.app.screen.open_call(claim)
        await caller.until(lambda: isinstance(caller.app.screen, QueueScreen))
        assert caller.rows("SELECT * FROM contact_lease") == []
