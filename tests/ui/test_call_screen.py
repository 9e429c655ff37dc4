"""What the call screen says while it is worked: no key unsaid, nothing that belongs to what is over."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from console import i18n
from console.screens.call_dial import ended_words
from console.screens.call_dialogs import WHAT_MOST, Promise
from console.screens.call_more import pages_of
from console.screens.sign_in import Lock
from console.scripts.conversation import PromptKind
from console.text import toast
from console.widgets.dialogs import Ask
from db.enums import AttemptResult
from db.records import Reason
from tests.desk.call_world import World
from tests.ui.call_desk import Sit, front
from tests.ui.conftest import screen_lines
from tests.ui.test_call_turns import PickTurn, pick

SIZES = ((80, 24), (120, 36))


@pytest.mark.parametrize("size", SIZES)
async def test_the_number_of_an_unknown_caller_is_keyed_where_it_is_asked(
    world: World, sit: Sit, size: tuple[int, int]
) -> None:
    async with sit("en", size) as caller:
        await caller.ring("")
        await caller.press("enter", "1")
        await caller.press("f4", "f4")
        await caller.until(lambda: bool(caller.call.escalations) and caller.call.unwritten == 0)
        await caller.go_on()
        for _prompt in range(20):
            if caller.app.focused is not None:
                break
            was = caller.front_key
            await caller.press("1" if caller.kind in (PromptKind.GROUP, PromptKind.QUESTION) else "enter")
            await caller.until(lambda was=was: caller.front_key != was)
            await caller.pilot.pause()
        assert caller.kind is PromptKind.LINES
        await caller.see("key in the number, enter")
        await caller.press(*"none", "enter")
        await caller.see("That is no number")
        field = caller.call.query_one("#call-typed", Input)
        await caller.until(lambda: caller.app.focused is field)
        field.value = ""
        was = caller.front_key
        await caller.press(*"13912345678", "enter")
        await caller.until(lambda: caller.front_key != was)
        await caller.see("Unknown caller  139 1234 5678")
        await caller.answer_all(stop=(PromptKind.IDENTITY,))
        assert "key in the number" not in caller.text
    assert [row["caller_number"] for row in caller.rows("SELECT caller_number FROM contact")] == [
        "+8613912345678"
    ]
    assert [row["caller_number"] for row in caller.rows("SELECT caller_number FROM escalation")] == [
        "+8613912345678"
    ]


async def test_a_call_without_any_number_is_saved_only_after_one_question(world: World, sit: Sit) -> None:
    async with sit("en") as caller:
        await caller.ring("")
        await caller.answer_all()
        await caller.press("ctrl+s")
        await caller.until(lambda: front(caller.app, Ask))
        await caller.see("No number to ring back")
        await caller.press("escape")
        await caller.until(lambda: caller.app.screen is caller.call)
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    assert world.calls()[0]["outcome"] == "completed"


async def test_the_bar_names_only_keys_that_act_where_something_is_typed(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.see("c 1swell")
        await caller.press("f3")
        await caller.see("f2, then c and a digit")
        assert "c 1swell" not in caller.text
        await caller.press("f2")
        await caller.see("c 1swell")


async def test_the_fields_of_a_danger_sign_say_their_key_and_it_leads_there(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("zh") as caller:
        await caller.begin(person)
        await caller.press("f4", "f4")
        await caller.until(lambda: bool(caller.call.escalations) and caller.call.unwritten == 0)
        await caller.see("\uff08tab\uff09")
        await caller.press("tab")
        await caller.until(lambda: caller.app.focused is caller.call.query_one("#call-place", Input))


async def test_a_list_of_turns_that_is_longer_says_how_many_there_are(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("t")
        await caller.until(lambda: front(caller.app, PickTurn))
        await caller.see(" in all: down, pagedown, or type a word.")


async def test_handing_over_to_the_lead_is_not_offered_on_later_screens(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await pick(caller, "situation:asks_price")
        seen = False
        for _line in range(8):
            if caller.call.talk is None or caller.call.talk.turn is None:
                break
            await caller.pilot.pause()
            seen = seen or "f4: hand it over" in caller.text
            was = caller.front_key
            await caller.press("enter")
            await caller.until(lambda was=was: caller.front_key != was)
        await caller.pilot.pause()
        assert seen and "f4: hand it over" not in caller.text


async def test_too_long_a_promise_says_that_it_is_full(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("f6")
        await caller.until(lambda: front(caller.app, Promise))
        caller.app.screen.query_one("#promise-what", Input).value = "a" * WHAT_MOST
        await caller.see(f"Full at {WHAT_MOST} characters")


def test_what_follows_a_dial_is_said_in_the_word_of_its_result() -> None:
    i18n.use("en")
    again = Reason.of("after_no_answer", at="15:00")
    flag = Reason.of("after_red_flag", at="15:00")
    assert ended_words(again, AttemptResult.POWERED_OFF) == "Switched off; again at 15:00."
    assert ended_words(flag, AttemptResult.BUSY) == "Danger signs, busy; again at 15:00."
    assert ended_words(flag, AttemptResult.NO_ANSWER) == "Danger signs and nobody answered; again at 15:00."


async def test_a_message_said_twice_covers_no_alarm(world: World, sit: Sit) -> None:
    async with sit("zh") as caller:
        await caller.ring("")
        await caller.press("f4", "f4")
        await caller.until(lambda: bool(caller.call.escalations) and caller.call.unwritten == 0)
        await caller.see("!! \u7acb\u5373\u6025\u6551  5")
        lines = [line.rstrip() for line in screen_lines(caller.app)][1:4]
        for _time in range(3):
            toast(caller.app, "\u5df2\u5199\u5165\u4e0a\u62a5\u3002")
            await caller.see("\u5df2\u5199\u5165\u4e0a\u62a5\u3002")
            await caller.pilot.pause(0.1)
        assert "\u5df2\u5199\u5165" in screen_lines(caller.app)[0]
        assert [line.rstrip() for line in screen_lines(caller.app)][1:4] == lines


async def test_an_old_message_goes_with_its_screen(
    world: World, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.host.JUST_NOW_S", 0.0)
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("ctrl+s")
        await caller.see("still to be asked")
        await caller.press("f8")
        await caller.until(lambda: caller.app.screen is not caller.call)
        await caller.press("escape")
        await caller.until(lambda: caller.app.screen is caller.call)
        assert "still to be asked" in caller.text
        caller.app.push_screen(Lock(caller.app.seat))  # type: ignore[arg-type]
        await caller.until(lambda: front(caller.app, Lock))
        await caller.until(lambda: "still to be asked" not in caller.text)


async def test_what_does_not_fit_is_marked_and_pagedown_shows_it(
    world: World, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag = [(f"safety line {number}", "") for number in range(14)]
    track = [(f"track line {number}", "") for number in range(30)]
    monkeypatch.setattr("console.screens.call_paint.flag_lines", lambda *_rest: flag)
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        monkeypatch.setattr("console.widgets.call_panes.prompt_lines", lambda *_rest, **_more: track)
        await caller.press("f4", "f4")
        await caller.until(lambda: caller.text.count("more: pagedown") == 2)
        assert "safety line 13" not in caller.text
        await caller.press("pagedown")
        await caller.see("safety line 13", "the beginning: pageup")
    pages = pages_of([("12345678", "")] * 5, 8, 4)
    assert [len(page) for page in pages] == [3, 2]
