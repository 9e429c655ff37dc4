"""The call screen on the real desk: what is shown when, what is kept, what leads where."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from textual.widgets import Input, TextArea

from console.screens.call_dialogs import Ended, Promise
from console.scripts.conversation import PromptKind
from console.widgets.dialogs import Choose
from db.connect import unit_of_work
from db.enums import Language
from tests.desk.call_world import World
from tests.ui.call_desk import Caller, Sit, change, check_frame
from tests.ui.conftest import SIZES
from tests.ui.hostile import HOSTILE


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ("zh", "en"))
async def test_a_whole_call_at_every_size_in_both_languages(
    world: World, sit: Sit, language: str, size: tuple[int, int]
) -> None:
    person = world.person()
    change(world, "UPDATE treatment SET orders = 'ORDERS-TO-CHANGE-THE-DRESSING'")
    async with sit(language, size) as caller:
        await caller.open(person)
        await caller.see("王小丽", "wang xiaoli")
        check_frame(caller)
        await caller.press("f5")
        await caller.until(lambda: caller.call.dial is not None)
        number = person.e164[3:]
        await caller.see(f"{number[:3]} {number[3:7]} {number[7:]}")
        check_frame(caller)
        await caller.press("1")
        await caller.see("[ ]")
        assert "ORDERS-TO-CHANGE" not in caller.text
        check_frame(caller)
        await caller.press("1", "３")
        await caller.until(lambda: bool(caller.call.talk and caller.call.talk.identified))
        await caller.see("ORDERS-TO")
        assert caller.kind is PromptKind.GROUP
        seen: set[str] = set()
        while caller.kind not in (PromptKind.CLOSE, None):
            seen.add(str(caller.kind))
            check_frame(caller)
            await one_answer(caller)
        assert {"group", "question", "concerns"} <= seen
        check_frame(caller)
        started = time.monotonic()
        await caller.press("ctrl+s", "ctrl+s")
        await caller.back_in_queue()
        assert time.monotonic() - started < 2
    assert len(world.calls()) == 1
    row = world.calls()[0]
    assert (row["outcome"], row["spoke_to"], row["pain"]) == ("completed", "patient", 2)


async def one_answer(caller: Caller) -> None:
    """Answers what stands in front as well."""
    was = caller.front_key
    prompt = caller.call.talk.current if caller.call.talk else None
    assert prompt is not None
    if prompt.question is not None and prompt.question.kind == "text":
        await caller.press("enter")
    elif prompt.question is not None and prompt.question.unit == "score":
        await caller.press("２")
    elif prompt.question is not None and prompt.question.kind == "number":
        await caller.press(*"36.5", "enter")
    elif prompt.kind in (PromptKind.GROUP, PromptKind.QUESTION):
        await caller.press("１")
    else:
        await caller.press("enter")
    await caller.until(lambda: caller.front_key != was)


async def test_nothing_clinical_is_to_be_read_before_identity(world: World, sit: Sit) -> None:
    person = world.person(name="李红", procedure="rhinoplasty_implant")
    change(world, "UPDATE treatment SET orders = 'SECRET-ORDERS'")
    async with sit("zh") as caller:
        await caller.open(person)
        await caller.connect()
        await caller.see("[ ]")
        track = "\n".join(line.split("|")[0] for line in caller.text.splitlines()[3:])
        spoken = track.split("核对身份 ")[0]
        assert "隆鼻" not in spoken and "术后" not in spoken
        assert "SECRET" not in caller.text
        # Two items of which none decides are not enough, nor is one that does.
        await caller.press("2", "3")
        await caller.until(lambda: len(caller.call.typed.identity) == 2)
        assert not caller.call.talk.identified  # type: ignore[union-attr]
        assert not caller.call.check_action("concern", ())
        await caller.press("c", "5")
        assert caller.call.talk.open is None  # type: ignore[union-attr]
        await caller.press("1")
        await caller.until(lambda: bool(caller.call.talk and caller.call.talk.identified))
        assert caller.call.check_action("concern", ())


async def test_a_proxy_hears_only_what_consent_allows(world: World, sit: Sit) -> None:
    person = world.person()
    world.companion(person, "丈夫")
    with unit_of_work(world.clinic.database) as connection:
        world.companion_in(connection, person, "母亲", name="王母", guardian=True)
    async with sit("en") as caller:
        await caller.open(person)
        await caller.connect()
        await caller.press("8")
        await caller.until(lambda: isinstance(caller.app.screen, Choose))
        await caller.see("丈夫", "guardian")
        await caller.press("1")
        await caller.see("Say nothing clinical.")
        assert not caller.call.check_action("concern", ())
        await caller.press("1", "2", "enter")
        assert caller.call.typed.identity == set() and not caller.call.talk.answers  # type: ignore[union-attr]
        # He passes her on: back to the identity check.
        await caller.press("up")
        await caller.see("[ ]")
        assert caller.call.typed.outcome is None
        await caller.press("8")
        await caller.choose(2)
        await caller.until(lambda: bool(caller.call.talk and caller.call.talk.identified))
        await caller.see("may hear everything")
        await caller.answer_all()
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    row = world.calls()[0]
    assert (row["outcome"], row["spoke_to"]) == ("completed", "proxy")


async def test_the_wrong_person_hears_that_it_was_a_wrong_number(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("zh") as caller:
        await caller.open(person)
        await caller.connect()
        await caller.press("９")
        await caller.see("不要说任何病情")
        assert "双眼皮" not in "\n".join(line.split("|")[0] for line in caller.text.splitlines()[3:])
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    assert world.calls()[0]["outcome"] == "wrong_person"
    assert caller.rows("SELECT status FROM phone")[0]["status"] == "dead"


async def test_every_fault_is_said_with_its_field_and_the_first_one_has_the_focus(
    world: World, sit: Sit
) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("f8")
        await caller.choose(2)
        await caller.see("note (f3) required")
        await caller.press("f2", "ctrl+s")
        await caller.see("Not saved yet", "note f3: ")
        assert isinstance(caller.app.screen.focused, TextArea)
        assert caller.rows("SELECT * FROM call") == []
        assert caller.call.talk.identified  # type: ignore[union-attr]
        await caller.press(*"cut off by a visitor")
        await caller.until(lambda: not caller.call.problems)
        await caller.until(lambda: "note f3: " not in caller.text)
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    assert world.calls()[0]["note"] == "cut off by a visitor"


async def test_completed_means_that_every_question_was_asked(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en", (120, 36)) as caller:
        await caller.begin(person)
        await caller.answer_all()
        # Every danger sign is asked; her pain is not.
        talk = caller.call.talk
        assert talk is not None and "pain_now" in talk.answers
        left = {code: given for code, given in talk.answers.items() if code != "pain_now"}
        caller.call.talk = replace(talk, answers=left)
        await caller.press("ctrl+s")
        await caller.see("One question is still to be asked")
        assert world.calls() == [] and caller.front_key == "q:pain_now"
        await caller.answer_all()
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    assert world.calls()[0]["outcome"] == "completed"


async def test_a_callback_without_a_time_leads_to_the_time(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en", (120, 36)) as caller:
        await caller.open(person)
        await caller.connect()
        await caller.press("f8")
        await caller.choose(3)
        await caller.until(lambda: isinstance(caller.app.screen, Promise))
        await caller.press("escape")
        await caller.until(lambda: caller.app.screen is caller.call)
        await caller.press("ctrl+s")
        await caller.until(lambda: isinstance(caller.app.screen, Promise))
        check_frame(caller)
        await caller.press(*"yesterday 7pm")
        await caller.see("yesterday 7pm")
        await caller.press("ctrl+s")
        assert isinstance(caller.app.screen, Promise)
        caller.app.screen.query_one("#promise-when", Input).value = "tomorrow 7pm"
        await caller.see("2026-06-16 19:00")
        await caller.press("f2", "enter", *"bring the sheet", "enter")
        await caller.until(lambda: caller.app.screen is caller.call)
        await caller.see("callback 06-16 19:00 me")
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    row = world.calls()[0]
    assert row["outcome"] == "callback_agreed"
    made = caller.rows("SELECT * FROM promise")[0]
    assert (made["what"], made["mine_staff_id"]) == ("bring the sheet", world.clinic.staff_ids["li"])


async def test_a_promise_is_read_in_chinese_and_can_be_taken_back(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("zh") as caller:
        await caller.open(person)
        await caller.connect()
        await caller.press("f6")
        await caller.until(lambda: isinstance(caller.app.screen, Promise))
        caller.app.screen.query_one("#promise-when", Input).value = "明天 19:10"
        await caller.see("2026-06-16 19:10")
        await caller.press("ctrl+s")
        await caller.until(lambda: caller.call.typed.promise is not None)
        assert not caller.call.typed.promise.mine  # type: ignore[union-attr]
        await caller.press("f6")
        await caller.until(lambda: isinstance(caller.app.screen, Promise))
        await caller.see("2026-06-16 19:10")
        caller.app.screen.query_one("#promise-when", Input).value = ""
        await caller.pilot.pause()
        await caller.press("ctrl+s")
        await caller.until(lambda: caller.call.typed.promise is None)


@pytest.mark.parametrize(
    ("digit", "purposes"), [(1, {"survey"}), (2, {"marketing"}), (3, {"survey", "marketing"}), (4, {"care"})]
)
async def test_opting_out_is_per_purpose(world: World, sit: Sit, digit: int, purposes: set[str]) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.open(person)
        await caller.connect()
        await caller.press("f8")
        await caller.choose(7)
        await caller.see("Which calls does she refuse?")
        await caller.press(str(digit))
        await caller.see("refuses: ")
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    assert {
        str(row["purpose"]) for row in caller.rows("SELECT * FROM consent_event WHERE NOT given")
    } == purposes


async def test_another_result_takes_an_opt_out_back(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.open(person)
        await caller.connect()
        await caller.press("f8")
        await caller.choose(7)
        await caller.see("Which calls does she refuse?")
        await caller.press("4")
        await caller.until(lambda: bool(caller.call.typed.opt_out))
        await caller.press("f8")
        await caller.choose(6)
        await caller.until(lambda: not caller.call.typed.opt_out)
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    assert world.calls()[0]["outcome"] == "declined_today"
    assert caller.rows("SELECT * FROM consent_event") == []


async def test_language_switches_everything_during_a_call(world: World, sit: Sit) -> None:
    person = world.person()
    change(world, "UPDATE patient SET language = 'en'")
    async with sit("zh", (120, 36)) as caller:
        await caller.signed_in()
        await caller.open(person)
        await caller.connect()
        await caller.identify()
        assert caller.call.sheet is not None and caller.call.sheet.language is Language.EN
        await caller.press("2")
        await caller.until(lambda: caller.kind is PromptKind.QUESTION)
        chinese = caller.text
        assert "没有" in chinese
        await caller.press("f9")
        await caller.see("1 no   2 yes")
        left = [line.split("|")[0] for line in caller.text.splitlines()[2:]]
        assert not any(
            "一" <= sign <= "鿿" for line in left for sign in line.replace("王小丽", "").replace("陈医生", "")
        )
        check_frame(caller)


@pytest.mark.parametrize("name", [text for text in HOSTILE if "\0" not in text and "\ud800" not in text])
async def test_hostile_names_and_orders_stay_text(world: World, sit: Sit, name: str) -> None:
    from console.clean import clean

    person = world.person(name=clean(name) or "?")
    change(world, "UPDATE treatment SET orders = :o, surgeon = :o", o=clean(name))
    async with sit("zh") as caller:
        await caller.begin(person)
        check_frame(caller)
        await caller.press("f4", "f4")
        await caller.until(lambda: bool(caller.call.escalations))
        check_frame(caller)


async def gone_back_to_identity(caller: Caller) -> None:
    """The identity check in front again, from wherever the call stands."""
    for _step in range(9):
        if caller.kind is PromptKind.IDENTITY:
            return
        was = caller.front_key
        await caller.press("up")
        await caller.until(lambda was=was: caller.front_key != was)
    raise AssertionError("no identity check")


async def test_an_item_taken_back_shuts_the_clinical_part(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await gone_back_to_identity(caller)
        await caller.press("3")
        await caller.until(lambda: not caller.call.talk.identified)  # type: ignore[union-attr]
        assert caller.call.typed.spoke_to == "unknown" and not caller.call.check_action("concern", ())
        assert caller.kind is PromptKind.IDENTITY
        await caller.press("3")
        await caller.until(lambda: bool(caller.call.talk and caller.call.talk.identified))
        assert caller.call.typed.spoke_to == "patient" and caller.kind is not PromptKind.IDENTITY


async def test_the_wrong_person_after_all_is_asked_anew(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await gone_back_to_identity(caller)
        await caller.press("9")
        await caller.until(lambda: caller.call.typed.outcome is not None)
        assert not caller.call.talk.identified and not caller.call.typed.identity  # type: ignore[union-attr]
        await caller.press("up")
        await caller.until(lambda: caller.call.typed.outcome is None)
        assert caller.kind is PromptKind.IDENTITY and not caller.call.check_action("concern", ())
        await caller.identify()


async def test_somebody_else_in_the_middle_of_a_concern_leads_back_to_identity(
    world: World, sit: Sit
) -> None:
    person = world.person()
    world.companion(person, "丈夫")
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("c", "5")
        await caller.until(lambda: bool(caller.call.talk and caller.call.talk.open == "pain"))
        await caller.press("f8")
        await caller.until(lambda: isinstance(caller.app.screen, Ended))
        window = caller.app.screen
        assert isinstance(window, Ended)
        window.dismiss("proxy_reached")
        await caller.see("Who answers?")
        await caller.press("1")
        await caller.until(lambda: caller.call.typed.outcome == "proxy_reached")
        assert not caller.call.talk.identified  # type: ignore[union-attr]
        await caller.press("up")
        await caller.until(lambda: caller.call.typed.outcome is None)
        assert caller.kind is PromptKind.IDENTITY and not caller.call.typed.identity
        await caller.identify()


async def test_a_result_chosen_by_hand_is_taken_back_with_the_identity(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("f8")
        await caller.until(lambda: isinstance(caller.app.screen, Ended))
        window = caller.app.screen
        assert isinstance(window, Ended)
        window.dismiss("wrong_person")
        await caller.until(lambda: caller.call.typed.outcome == "wrong_person")
        await caller.press("up")
        await caller.until(lambda: caller.call.typed.outcome is None)
        assert not caller.call.talk.identified and caller.kind is PromptKind.IDENTITY  # type: ignore[union-attr]
