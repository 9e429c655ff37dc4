"""Keys that come faster than the screen follows, as after a stall: each acts where it was meant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.widgets import Input, TextArea

from console.app import ConsoleApp
from console.screens.call_dialogs import Promise, Report
from console.screens.sign_in import SignIn
from console.scripts.conversation import PromptKind
from tests.desk.call_world import World
from tests.ui.call_desk import Caller, Sit
from tests.ui.conftest import at_once, settle
from tests.ui.fakes import FakeDesk
from tests.ui.test_call import one_answer
from tests.ui.test_shell import signed_in


async def test_a_pin_typed_after_the_name_is_never_shown(
    make_app: Callable[..., ConsoleApp], desk: FakeDesk
) -> None:
    for leave in ("enter", "tab"):
        app = make_app("en", signed_in=False)
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await settle(pilot, lambda app=app: isinstance(app.screen, SignIn))
            name = app.screen.query_one("#name", Input)
            await settle(pilot, lambda name=name: name.has_focus)
            at_once(app, *"limin", leave, *"2468", "enter", "x")
            await settle(pilot, signed_in(app, desk))
            assert name.value == "limin"


async def test_a_note_is_saved_whole(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("f8")
        await caller.choose(2)
        await caller.see("note (f3) required")
        at_once(caller.app, "f3", *"cut off by a visitor", "ctrl+s")
        await caller.back_in_queue()
    assert world.calls()[0]["note"] == "cut off by a visitor"


async def test_a_callback_is_agreed_for_the_whole_time_that_was_typed(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await promising(caller)
        at_once(caller.app, *"+2h", "enter", *"the price", "ctrl+s")
        await caller.until(lambda: caller.app.screen is caller.call)
        promise = caller.call.typed.promise
        assert promise is not None and promise.what == "the price"
        assert (promise.at - caller.clock.now()).total_seconds() == 2 * 3600


async def test_where_she_is_goes_into_its_field_and_answers_nothing(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("f4")
        await caller.until(lambda: isinstance(caller.app.screen, Report))
        await caller.press("2")
        await caller.see("!! 2 H", "where is she? (tab)")
        front = caller.front_key
        await caller.press("f3")
        at_once(caller.app, "shift+tab", "shift+tab", *"2 Main St", "enter", *"9 aunts", "tab", *"1st")
        await caller.until(lambda: caller.call.query_one("#call-note", TextArea).text == "1st")
        assert caller.call.query_one("#call-place", Input).value == "2 Main St"
        assert caller.call.query_one("#call-companion", Input).value == "9 aunts"
        assert caller.front_key == front


@pytest.mark.parametrize("then", ("1", "f3", "ctrl+s"))
async def test_a_number_is_sent_before_the_key_after_its_enter(world: World, sit: Sit, then: str) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("c", "6")
        while caller.front_key != "q:temp_now":
            await one_answer(caller)
        at_once(caller.app, *"36.5", "enter", then)
        await caller.until(lambda: "temp_now" in given(caller))
        assert given(caller)["temp_now"] == "36.5"


async def test_words_and_the_digit_after_them_answer_two_questions(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.ring("13800000001", person)
        while caller.front_key != "q:what_happened":
            if caller.kind is PromptKind.IDENTITY:
                await caller.identify()
            else:
                await one_answer(caller)
        at_once(caller.app, *"swollen 2 days", "enter", "3")
        await caller.until(lambda: "pain_now" in given(caller))
        assert float(given(caller)["pain_now"]) == 3
        assert any(words == "swollen 2 days" for words in given(caller).values())


async def test_what_comes_after_a_window_is_not_typed_into_it(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await promising(caller)
        at_once(caller.app, *"+2h", "enter", *"price", "enter", "2")
        await caller.until(lambda: caller.app.screen is caller.call)
        promise = caller.call.typed.promise
        assert promise is not None and promise.what == "price"


async def promising(caller: Caller) -> None:
    """The window of a callback is open, its first field takes the keys."""
    await caller.press("f6")
    await caller.until(
        lambda: isinstance(caller.app.screen, Promise) and isinstance(caller.app.focused, Input)
    )


def given(caller: Caller) -> dict[str, str]:
    """What was answered."""
    talk = caller.call.talk
    return {} if talk is None else {code: str(answer.value) for code, answer in talk.answers.items()}
