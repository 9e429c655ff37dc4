"""What a call asks and offers: nothing twice, nothing that does not fit the patient, what was agreed is proposed."""

from __future__ import annotations

import pytest

from console.screens.call_dialogs import Ended, Promise
from console.scripts.conversation import PromptKind
from tests.desk.call_world import World
from tests.ui.call_desk import Sit, front
from tests.ui.test_call_turns import pick


@pytest.mark.parametrize(
    ("language", "words"),
    (("zh", "刚才已经问过"), ("en", "Asked just now")),
)
async def test_what_the_words_for_despair_ask_is_keyed_and_not_asked_a_second_time(
    world: World, sit: Sit, language: str, words: str
) -> None:
    person = world.person()
    async with sit(language) as caller:
        await caller.begin(person)
        await pick(caller, "situation:suicidal_words")
        await caller.until(lambda: caller.call.unwritten == 0 and bool(caller.call.escalations))
        for _line in range(8):
            if caller.kind is PromptKind.QUESTION:
                break
            was = caller.front_key
            await caller.press("enter")
            await caller.until(lambda was=was: caller.front_key != was or not caller.call.halted)
        asked: dict[str, bool] = {}
        for _question in range(4):
            prompt = caller.call.talk.current  # type: ignore[union-attr]
            assert prompt is not None and prompt.question is not None
            await caller.until(lambda words=prompt.question.words: words.zh[:6] in caller.text)
            asked[prompt.question.code] = words in caller.text
            await caller.press("1")
            await caller.until(lambda was=prompt.key: caller.front_key != was)
            await caller.go_on()
    assert asked["suicide_thoughts"] and asked["suicide_plan"] and asked["alone_now"]
    assert not all(asked.values())


async def test_an_agreed_callback_proposes_that_the_call_ended_so(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        assert "proposed result" not in caller.text
        await caller.press("f6")
        await caller.until(lambda: front(caller.app, Promise))
        await caller.press(*"+2h", "enter", "enter")
        await caller.see("proposed result (f8): callback agreed")
        await caller.press("f8")
        await caller.until(lambda: front(caller.app, Ended))
        await caller.press("enter")
        await caller.until(lambda: caller.app.screen is caller.call)
        assert str(caller.call.typed.outcome) == "callback_agreed"
        assert "proposed result" not in caller.text


@pytest.mark.parametrize(
    ("procedure", "says", "not_said"),
    (("ha_filler", "4形态", "假体"), ("rhinoplasty_implant", "4假体/形态", "nothing of the kind")),
)
async def test_the_concern_keys_speak_of_an_implant_only_where_there_is_one(
    world: World, sit: Sit, procedure: str, says: str, not_said: str
) -> None:
    person = world.person(procedure=procedure)
    async with sit("zh") as caller:
        await caller.begin(person)
        await caller.see(says)
        assert not_said not in next(line for line in caller.text.split("\n") if says in line)
