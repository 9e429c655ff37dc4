"""What a turn of the talk leads to: dark words, results it proposes, taking it up after a broken-off call."""

from __future__ import annotations

import json

import pytest
from textual.widgets import OptionList

from console.desk import scripts
from console.desk.scripts import Release
from console.screens.call import CallScreen
from console.screens.call_dialogs import Ended
from db.enums import ReleaseStatus
from tests.desk.call_world import World
from tests.ui.call_desk import Sit, sitting
from tests.ui.test_call_turns import (
    LIBRARY,
    enter,
    front,
    pick,
    second_operation,
    turn_code,
)


@pytest.fixture
def sit(world: World, monkeypatch: pytest.MonkeyPatch) -> Sit:
    """Sits a caller down who reads the tests' own release, approved."""
    standing = Release(LIBRARY.hash, ReleaseStatus.APPROVED)
    monkeypatch.setattr(scripts, "active", lambda _seat, _now: (LIBRARY, standing))
    return sitting(world)


async def test_a_result_that_a_turn_proposes_is_said_and_marked(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await pick(caller, "situation:t_stop")
        await enter(caller)
        await caller.see("proposed result (f8): wants no such calls")
        await caller.press("f8")
        await caller.until(lambda: isinstance(caller.app.screen, Ended))
        await caller.until(lambda: caller.app.screen.query_one(OptionList).highlighted == 6)
        await caller.press("enter")
        await caller.see("Which calls does she refuse?")
        await caller.press("1")
        await caller.see("refuses: ")
        assert "proposed result" not in caller.text
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    assert world.calls()[0]["outcome"] == "opted_out"


async def test_dark_words_open_the_mood_and_its_own_lines_stand_in_the_box_at_once(
    world: World, sit: Sit
) -> None:
    person = world.person()
    second_operation(world, person)
    async with sit("zh") as caller:
        await caller.begin(person)
        await pick(caller, "situation:t_dark")
        await enter(caller)
        await caller.press("1")
        await caller.until(lambda: front(caller).key == "q:suicide_thoughts")
        await caller.press("2")
        # Nobody asks which operation it is about.
        await caller.until(lambda: caller.call.talk.open == "mood_body_image")  # type: ignore[union-attr]
        opened_one = caller.call.talk.opened  # type: ignore[union-attr]
        assert opened_one is not None
        box = caller.call.box
        assert box is not None
        assert box.lines == opened_one.views[0].otherwise[box.level]
        assert box.lines != LIBRARY.otherwise[str(box.level)]
        assert "{" not in caller.text
        await caller.press("2")
        await caller.until(lambda: caller.call.box.level == "EMERGENCY")  # type: ignore[union-attr]
        assert caller.call.box.lines == opened_one.views[0].otherwise["EMERGENCY"]  # type: ignore[union-attr]
        # While it has stopped the questions the whole of it stands there, the first line and the last.
        lines = opened_one.views[0].otherwise["EMERGENCY"].zh
        await caller.see(lines[0][:8], lines[-1][:8])
        await caller.until(lambda: caller.call.unwritten == 0)


async def test_the_emergency_key_keeps_the_lines_that_already_stand(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("f4", "f4")
        await caller.until(lambda: bool(caller.call.escalations))
        assert caller.call.box is not None
        assert caller.call.box.lines == LIBRARY.otherwise["EMERGENCY"]
        # A lower flag of a concern leaves them.
        await pick(caller, "situation:t_dark")
        await enter(caller)
        await caller.press("1")
        await caller.until(lambda: front(caller).key == "q:suicide_thoughts")
        await caller.press("2")
        await caller.until(lambda: caller.call.unwritten == 0)
        assert caller.call.box.level == "EMERGENCY"
        assert caller.call.box.lines == LIBRARY.otherwise["EMERGENCY"]


async def test_a_broken_off_turn_is_taken_up_with_its_answers(world: World, sit: Sit) -> None:
    person = world.person()

    def document() -> dict[str, list[object]]:
        found = caller.rows("SELECT document FROM draft")
        return json.loads(str(found[0]["document"])) if found else {"turns": [], "answers": []}

    async with sit("zh") as caller:
        await caller.begin(person)
        await pick(caller, "situation:t_angry")
        await enter(caller)
        await caller.press("1")
        await caller.until(lambda: front(caller).key == "q:suicide_thoughts")
        caller.clock.later(seconds=5)
        caller.call.touch()
        await caller.until(lambda: document()["turns"] == ["situation:t_angry"])
        await caller.until(lambda: len(document()["answers"]) == 1)
        answers = dict(caller.call.talk.answers)  # type: ignore[union-attr]
    world.now = caller.clock.now()
    async with sit("zh") as caller:
        await caller.signed_in()
        await caller.until(lambda: caller.app.screen.check_action("drafts", ()) is True)
        await caller.press("u")
        await caller.choose(1)
        await caller.until(
            lambda: isinstance(caller.app.screen, CallScreen) and caller.call.stage == "talking"
        )
        assert caller.call.talk is not None and dict(caller.call.talk.answers) == answers
        assert turn_code(caller) == "situation:t_angry" and front(caller).key == "q:suicide_thoughts"
        await caller.press("2")
        await caller.until(lambda: bool(caller.call.escalations))


async def test_a_proposed_result_stands_until_a_result_was_chosen(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await pick(caller, "situation:t_stop")
        await enter(caller)
        await caller.see("proposed result (f8): wants no such calls")
        await caller.press("f8")
        await caller.until(lambda: isinstance(caller.app.screen, Ended))
        await caller.until(lambda: caller.app.screen.query_one(OptionList).highlighted == 6)
        await caller.press("enter")
        await caller.see("Which calls does she refuse?")
        await caller.press("escape")
        await caller.until(lambda: caller.app.screen is caller.call)
        assert not caller.call.typed.decided and caller.call.typed.outcome is None
        await caller.see("proposed result (f8): wants no such calls")
