"""What a caller reports by hand: the emergency key, a level of her own, complaints, a line that dropped."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from console.desk import queue
from console.screens import call_opening
from console.screens.call_dialogs import Promise, Report
from console.screens.call_flags import _own_words, hand_over  # pyright: ignore[reportPrivateUsage]
from console.screens.queue import QueueScreen
from console.widgets.dialogs import Ask, Read
from db.enums import Level
from tests.desk.call_world import World
from tests.ui.call_desk import Sit
from tests.ui.test_call_flags import flagged


@pytest.mark.parametrize(
    "moment", ("preview", "dialling", "identity", "note", "promise", "help", "identified")
)
async def test_the_emergency_key_is_live_at_any_moment(world: World, sit: Sit, moment: str) -> None:
    person = world.person()
    async with sit("zh") as caller:
        await caller.open(person)
        if moment != "preview":
            await caller.press("f5")
            await caller.until(lambda: caller.call.dial is not None)
        if moment not in ("preview", "dialling"):
            await caller.press("1")
            await caller.until(lambda: caller.call.stage == "talking")
        if moment == "note":
            await caller.press("f3", "a")
        elif moment == "promise":
            await caller.press("f6")
            await caller.until(lambda: isinstance(caller.app.screen, Promise))
        elif moment == "help":
            await caller.press("f1")
            await caller.until(lambda: isinstance(caller.app.screen, Read))
            await caller.pilot.pause()
        elif moment == "identified":
            await caller.identify()
        started = time.monotonic()
        await caller.press("f4", "f4")
        await caller.until(lambda: bool(caller.rows("SELECT id FROM escalation")))
        assert time.monotonic() - started < 3
        assert caller.rows("SELECT level FROM escalation") == [{"level": "EMERGENCY"}]
        await caller.until(lambda: caller.app.screen is caller.call)
        await caller.see("立即急救", "王主管 139 0000 0001", "急救 120")


@pytest.mark.parametrize(("digit", "level"), ((2, "SAME_DAY"), (3, "URGENT")))
async def test_a_level_of_the_callers_own(world: World, sit: Sit, digit: int, level: str) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("f4")
        await caller.until(lambda: isinstance(caller.app.screen, Report))
        await caller.press(str(digit))
        await caller.until(lambda: bool(caller.rows("SELECT id FROM escalation")))
        assert caller.rows("SELECT level FROM escalation")[0]["level"] == level
        await caller.see({"SAME_DAY": "!! 2 H", "URGENT": "!! 24 H"}[level])


@pytest.mark.parametrize(("digit", "kind"), ((4, "complaint"), (5, "request")))
async def test_complaints_and_requests_go_to_the_lead(world: World, sit: Sit, digit: int, kind: str) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("f4")
        await caller.until(lambda: isinstance(caller.app.screen, Report))
        await caller.press(str(digit))
        await caller.until(lambda: isinstance(caller.app.screen, Ask))
        await caller.press(*"[b]waited two hours", "enter")
        await caller.until(lambda: bool(caller.rows("SELECT id FROM escalation")))
    row = caller.rows("SELECT * FROM escalation")[0]
    assert (row["kind"], row["summary"], row["level"]) == (kind, "[b]waited two hours", None)


async def test_a_line_that_drops_among_flags_is_rung_again_at_once(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await flagged(caller)
        await caller.press("f8")
        await caller.choose(8)
        await caller.until(lambda: bool(caller.rows("SELECT id FROM item WHERE milestone = 'RED_FLAG'")))
        await caller.see("broken off", "f5")
        assert caller.rows("SELECT flow FROM item WHERE milestone = 'RED_FLAG'")[0]["flow"] == "line_drop"
        assert caller.rows("SELECT flow FROM item WHERE milestone = 'ESCALATION'")[0]["flow"] == "recontact"
        await caller.press("f2", "ctrl+s")
        await caller.back_in_queue()
        await caller.see("RED")
        # Taking her again opens the flow of a dropped line: identity first, then the signs.
        await caller.until(lambda: not caller.app.screen._reading)  # type: ignore[attr-defined]
        await caller.press("home", "enter")
        await caller.until(lambda: caller.app.screen is not None and "138" in caller.text)
        await caller.until(lambda: caller.call.talk is not None)
        assert caller.call.talk.flow.code == "line_drop"  # type: ignore[union-attr]
    assert world.calls()[0]["outcome"] == "partial"


async def test_a_second_emergency_is_answered_in_its_own_words(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        library, talk = caller.call.library, caller.call.talk
        assert library is not None and talk is not None
        codes = [code for code, flag in library.flags.items() if flag.level is Level.EMERGENCY]
        first = "vision_loss"
        own = {code: _own_words(caller.call, (code,), Level.EMERGENCY) for code in codes}
        second = next(code for code in codes if own[code] is not None and own[code] != own[first])
        for code in (first, second):
            flag = library.flags[code]
            caller.call.talk = replace(caller.call.talk, raised=(*caller.call.talk.raised, flag))  # type: ignore
            hand_over(caller.call, (code,), Level.EMERGENCY)
            assert caller.call.box is not None and caller.call.box.lines == own[code]
            await caller.until(lambda: caller.call.unwritten == 0)
        # The emergency key says nothing new: what stands stays.
        hand_over(caller.call, (), Level.EMERGENCY)
        assert caller.call.box.lines == own[second]
        await caller.until(lambda: caller.call.unwritten == 0)


async def test_the_emergency_key_while_the_call_opens_hushes_the_talk(
    world: World, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = world.person()
    reached, go_on = threading.Event(), threading.Event()
    flow_of = call_opening.flow_of

    def slow(*given: Any) -> Any:
        reached.set()
        assert go_on.wait(20)
        return flow_of(*given)

    monkeypatch.setattr(call_opening, "flow_of", slow)
    async with sit("en") as caller:
        await caller.signed_in()
        screen = caller.app.screen
        assert isinstance(screen, QueueScreen) and caller.app.seat is not None
        claim = await caller.app.work.write(queue.take_item, caller.app.seat, person.item_id, world.now)
        screen.open_call(claim)
        try:
            await caller.until(reached.is_set)
            hand_over(caller.call, (), Level.EMERGENCY)
            assert caller.call.talk is None
        finally:
            go_on.set()
        await caller.until(lambda: caller.call.stage == "preview")
        assert caller.call.talk is not None and caller.call.talk.hushed
        await caller.until(lambda: caller.call.unwritten == 0)
