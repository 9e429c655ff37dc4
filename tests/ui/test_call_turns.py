"""Turns of the talk on the real desk: the list, what is read, what is judged, handed over and kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from unittest.mock import Mock

import pytest
from textual.widgets import Input, OptionList

from console.desk import scripts
from console.desk.conversing import turn_made
from console.desk.judging import judge
from console.desk.scripts import Release
from console.screens.call_dialogs import Report
from console.screens.call_spoken import placeholders
from console.screens.call_turns import PickTurn
from console.scripts.conversation import PromptKind
from console.scripts.prompts import Prompt
from console.widgets.dialogs import Choose
from db import treatments
from db.connect import unit_of_work
from db.enums import ReleaseStatus
from db.instants import to_ms
from tests.desk.call_world import Person, World
from tests.scripts.turn_release import release
from tests.ui.call_desk import Caller, Sit, change, check_frame, sitting
from tests.ui.conftest import SIZES

LIBRARY = release()


@pytest.fixture
def status() -> list[ReleaseStatus]:
    """Status of the release, to be changed by a test."""
    return [ReleaseStatus.APPROVED]


@pytest.fixture
def sit(world: World, status: list[ReleaseStatus], monkeypatch: pytest.MonkeyPatch) -> Sit:
    """Sits a caller down who reads the tests' own release."""
    monkeypatch.setattr(scripts, "active", lambda _seat, _now: (LIBRARY, Release(LIBRARY.hash, status[0])))
    return sitting(world)


def front(caller: Caller) -> Prompt:
    """What is in front."""
    prompt = caller.call.talk.current if caller.call.talk else None
    assert prompt is not None
    return prompt


def turn_code(caller: Caller) -> str:
    """Code of the turn in front, empty without one."""
    turn = caller.call.talk.turn if caller.call.talk else None
    return "" if turn is None else turn.code


async def opened(caller: Caller, key: str = "t") -> PickTurn:
    """Opens the list and waits for its lines."""
    await caller.press(key)
    await caller.until(lambda: isinstance(caller.app.screen, PickTurn))
    window = caller.app.screen
    assert isinstance(window, PickTurn)
    await caller.until(lambda: bool(window._shown))  # pyright: ignore[reportPrivateUsage]
    return window


def rows(window: PickTurn) -> list[str]:
    """Codes of the lines of the list."""
    return [one.code for one in window._shown]  # pyright: ignore[reportPrivateUsage]


async def pick(caller: Caller, code: str) -> None:
    """Opens a turn by its code, wherever it stands in the list."""
    window = await opened(caller)
    window.action_pick(rows(window).index(code) + 1)
    await caller.until(lambda: caller.app.screen is caller.call)


async def enter(caller: Caller) -> None:
    """Goes on from lines."""
    was = caller.front_key
    await caller.press("enter")
    await caller.until(lambda: caller.front_key != was)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ("zh", "en"))
async def test_a_turn_is_picked_by_digit_read_judged_and_left_for_the_flow(
    world: World, sit: Sit, language: str, size: tuple[int, int]
) -> None:
    person = world.person()
    async with sit(language, size) as caller:
        await caller.begin(person)
        before = caller.front_key
        window = await opened(caller)
        check_frame(caller)
        title = {"zh": "她生气", "en": "Angry"}[language]
        await caller.see(title, {"zh": "2  情况", "en": "2  talk"}[language])
        await caller.press({"zh": "２", "en": "2"}[language])
        await caller.until(lambda: turn_code(caller) == "situation:t_angry")
        assert rows(window)[1] == "situation:t_angry"
        # The patient speaks Chinese: what is read aloud does too, whatever the screen speaks.
        await caller.see(title, "我听着。")
        check_frame(caller)
        await enter(caller)
        assert caller.kind is PromptKind.QUESTION
        check_frame(caller)
        await caller.press("2")
        await caller.until(lambda: bool(caller.call.escalations))
        assert caller.rows("SELECT level FROM escalation")[0]["level"] == "EMERGENCY"
        await caller.go_on()
        await caller.press("1")
        await caller.until(lambda: caller.front_key == before)
        # In an emergency f4 means the emergency: nothing else is offered under it.
        assert {"zh": "f4：按投诉交给主管", "en": "f4: hand it over as a complaint"}[
            language
        ] not in caller.text
        await caller.press("f10")
        await caller.choose(1)
        await caller.until(lambda: not caller.rows("SELECT id FROM escalation WHERE told_at IS NULL"))
        await caller.answer_all()
        # What she was told does not get lost: it is handed over, or said not to have been told.
        await caller.press("ctrl+s")
        await caller.see(
            {"zh": "已经对客户说了要交给主管", "en": "She was told that this goes to the lead"}[language]
        )
        await caller.press("1")
        await caller.until(lambda: isinstance(caller.app.screen, Report))
        await caller.press("escape")
        await caller.until(lambda: caller.app.screen is caller.call)
        await caller.press("ctrl+s")
        await caller.see({"zh": "没有说过", "en": "it was not said"}[language])
        await caller.press("2")
        await caller.back_in_queue()
    asked = {row["question"]: row["value"] for row in caller.rows("SELECT question, value FROM answer")}
    assert (asked["vision_change"], asked["suicide_thoughts"]) == ("yes", "no")


async def test_the_screen_and_the_desk_judge_a_turn_alike(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await pick(caller, "situation:t_angry")
        await enter(caller)
        for _question in range(2):
            was = caller.front_key
            await caller.press("9")
            await caller.until(lambda was=was: caller.front_key != was)
            await caller.go_on()
        form, sheet, talk = caller.call.form(), caller.call.sheet, caller.call.talk
        assert form is not None and sheet is not None and talk is not None
        seen = {flag.code for flag in talk.judged().flags if flag.level.escalates}
        desk = {flag.code for flag in judge(LIBRARY, form, sheet.treatments).flags if flag.level.escalates}
        assert seen and seen == desk
        await caller.until(lambda: caller.call.unwritten == 0)


async def test_keys_typed_behind_the_list_key_answer_nothing(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        before = caller.front_key
        for digit in ("1", "2", "9"):
            # Without waiting for the list: whatever becomes of the digit, no danger sign is answered by it.
            await caller.press("t", digit)
            await caller.until(lambda: isinstance(caller.app.screen, PickTurn) or bool(turn_code(caller)))
            assert not caller.call.talk.answers  # type: ignore[union-attr]
            await caller.press("escape")
            await caller.until(lambda: caller.app.screen is caller.call)
            await caller.press("f2")
            await caller.until(lambda: not turn_code(caller))
        assert caller.front_key == before


async def test_typing_filters_in_both_languages_and_enter_takes(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("zh") as caller:
        await caller.begin(person)
        window = await opened(caller, "ctrl+b")
        await caller.press(*"退钱")
        await caller.until(lambda: rows(window) == ["playbook:t_refund"])
        await caller.press("backspace", "backspace", *"chongl")
        await caller.until(lambda: rows(window) == ["care:washing"], 20)
        await caller.press(*["backspace"] * 6, *"xz")
        await caller.until(lambda: "care:washing" in rows(window))
        # Behind other letters a digit is a letter of the filter.
        await caller.press("1")
        await caller.until(lambda: window.query_one(Input).value == "xz1")
        await caller.see("没有对得上的")
        await caller.press("enter")
        assert caller.app.screen is window
        await caller.press(*["backspace"] * 3, *"eyelids")
        await caller.until(lambda: rows(window) == ["playbook:t_eyes", "playbook:t_late"])
        await caller.press("down", "enter")
        await caller.until(lambda: turn_code(caller) == "playbook:t_late")


async def test_before_identity_what_waits_for_it_is_said_in_one_line(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.open(person)
        assert not caller.call.check_action("turn", ())
        await caller.connect()
        window = await opened(caller)
        assert not any(code.startswith("care:") or code.endswith("daily") for code in rows(window))
        await caller.see("4 more after identity")
        window.action_pick(rows(window).index("playbook:t_eyes") + 1)
        await caller.until(lambda: turn_code(caller) == "playbook:t_eyes")
        await caller.see("我听着。", "More to say here only after identity")
        assert "眼皮的事" not in caller.text
        await enter(caller)
        assert "先问身体" not in caller.text and "ask now" not in caller.text
        # Its digits open no concern.
        await caller.press("1")
        await caller.pilot.pause()
        assert caller.call.talk.opened is None  # type: ignore[union-attr]
        await caller.press("f2")
        await caller.until(lambda: caller.kind is PromptKind.IDENTITY)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ("zh", "en"))
async def test_a_playbook_from_the_listening_to_the_complaint(
    world: World, sit: Sit, language: str, size: tuple[int, int]
) -> None:
    person = world.person()
    zh = language == "zh"
    async with sit(language, size) as caller:
        await caller.begin(person)
        await pick(caller, "playbook:t_eyes")
        await caller.see("眼皮的事让您操心了。", "不怪她" if zh else "Never blame her")
        await caller.see("24小时内" if zh else "24 H")
        check_frame(caller)
        await enter(caller)
        await caller.see("先问身体。", "1 肿胀" if zh else "1 Swelling", "现在按" if zh else "report it now")
        # What is asked first is one digit away, and leads back here.
        await caller.press("1")
        await caller.until(lambda: caller.call.talk.open == "swelling")  # type: ignore[union-attr]
        await caller.press("f2")
        await caller.until(lambda: turn_code(caller) == "playbook:t_eyes")
        assert front(caller).part == "first"
        # One of the two concerns is not asked yet: the explanation is left out.
        await enter(caller)
        assert front(caller).part == "collect"
        await caller.see("她的原话" if zh else "Her own words", "正面一张" if zh else "One from the front")
        check_frame(caller)
        await enter(caller)
        await caller.see("您可以投诉。", "我们照实回答。")
        await enter(caller)
        # Monday 15 June: minor is three working days, and Friday is a holiday.
        told = caller.clock.now().astimezone(caller.call.zone)
        await caller.see(f"明天{told:%H:%M}前有人回您，6月18日给您答复。")
        await caller.see("主管和医生定" if zh else "lead and doctor")
        check_frame(caller)
        await caller.press("f4")
        await caller.until(lambda: isinstance(caller.app.screen, Report))
        await caller.press("escape")
        await caller.until(lambda: caller.app.screen is caller.call)
        await enter(caller)
        assert not turn_code(caller)
        # What is over is not offered on the next screen; the window still marks it.
        await caller.until(lambda: "f4：按投诉交" not in caller.text and "f4: hand it" not in caller.text)
        await caller.press("f4")
        await caller.until(lambda: isinstance(caller.app.screen, Report))
        marked = lambda: caller.app.screen.query_one(OptionList).highlighted  # noqa: E731
        await caller.until(lambda: marked() == 3)
        await caller.press("enter", *"two sides", "enter")
        await caller.until(lambda: bool(caller.rows("SELECT id FROM escalation")))
        await caller.until(lambda: "f4：按投诉交" not in caller.text and "f4: hand it" not in caller.text)
        # The concern that was only opened waits for its questions.
        assert caller.call.typed.doubt
    made = caller.rows("SELECT kind, severity, summary FROM escalation")[0]
    assert (made["kind"], made["severity"], made["summary"]) == ("complaint", "minor", "two sides")


async def test_the_level_of_a_playbook_is_marked_when_it_is_reported(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await pick(caller, "playbook:t_eyes")
        await caller.press("f4")
        await caller.until(lambda: isinstance(caller.app.screen, Report))
        await caller.until(lambda: caller.app.screen.query_one(OptionList).highlighted == 2)
        await caller.press("enter")
        await caller.until(lambda: bool(caller.call.escalations))
        # Reported by hand: nothing is explained any more.
        await enter(caller)
        await enter(caller)
        assert front(caller).part == "collect"
    assert caller.rows("SELECT level FROM escalation")[0]["level"] == "URGENT"


async def test_a_draft_explains_nothing(world: World, sit: Sit, status: list[ReleaseStatus]) -> None:
    status[0] = ReleaseStatus.DRAFT
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await pick(caller, "playbook:t_eyes")
        await enter(caller)
        await enter(caller)
        assert front(caller).part == "collect"
        await pick(caller, "care:washing")
        await caller.see("按单子来。")


def second_operation(world: World, person: Person) -> None:
    """Liposuction twenty days ago."""
    with unit_of_work(world.clinic.database) as connection:
        treatments.add(
            connection,
            world.seat().clinic_id,
            {
                "patient_id": person.id,
                "procedure": "liposuction",
                "site": "腹部",
                "performed_on": world.today() - timedelta(days=20),
                "surgeon": "李医生",
                "inpatient": False,
            },
            to_ms(world.now),
        )


async def test_care_words_name_the_days_of_the_operation_they_are_asked_about(world: World, sit: Sit) -> None:
    person = world.person()
    change(world, "UPDATE treatment SET orders = '七天不沾水'")
    second_operation(world, person)
    eyes = LIBRARY.procedures["upper_blepharoplasty"].care["washing"]
    async with sit("zh") as caller:
        await caller.begin(person)
        window = await opened(caller)
        window.action_pick(rows(window).index("care:washing") + 1)
        await caller.until(lambda: isinstance(caller.app.screen, Choose))
        await caller.see("说的是哪一次手术", "双眼皮", "吸脂")
        await caller.press("1")
        await caller.until(lambda: turn_code(caller) == "care:washing")
        await caller.see(f"第{eyes.from_day}到{eyes.to_day}天可以。", "先照医嘱", "七天不沾水")
        check_frame(caller)
        await enter(caller)
        assert not turn_code(caller)


async def test_an_intimate_treatment_is_not_told_by_the_list(world: World, sit: Sit) -> None:
    person = world.person(procedure="labiaplasty")
    async with sit("en") as caller:
        await caller.open(person)
        assert caller.call.sheet is not None and caller.call.sheet.treatments[0].masked
        await caller.connect()
        caller.call.talk = replace(caller.call.talk, identified=True)  # type: ignore[type-var]
        window = await opened(caller)
        offered = window._offers  # pyright: ignore[reportPrivateUsage]
        assert offered is not None and not any(one.proposed for one in offered if one.kind == "playbook")
        window.action_pick(rows(window).index("care:washing") + 1)
        await caller.until(lambda: turn_code(caller) == "care:washing")
        await caller.see("按单子来。")


async def test_long_lines_are_moved_by_page(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        talk = caller.call.talk
        assert talk is not None
        await pick(caller, "playbook:t_eyes")
        turn = caller.call.talk.turn  # type: ignore[union-attr]
        assert turn is not None
        many = tuple(turn.prompts[0].notes[0] for _number in range(40))
        long_one = replace(turn, prompts=(replace(turn.prompts[0], notes=many), *turn.prompts[1:]))
        caller.call.talk = replace(caller.call.talk, turns=(long_one,))  # type: ignore[type-var]
        caller.call.repaint()
        pane = caller.call.query_one("#call-scroll")
        await caller.until(lambda: pane.max_scroll_y > 0)
        await caller.press("pagedown")
        await caller.until(lambda: pane.scroll_y > 0)
        await caller.press("pageup", "pagedown")
        await enter(caller)
        await caller.until(lambda: pane.scroll_y == 0)


async def test_minors_people_who_leave_and_returning_ones_are_known_to_the_track(
    world: World, sit: Sit
) -> None:
    from console.desk import person as about

    young = world.person(born_on=world.today() - timedelta(days=18 * 365))
    async with sit("en") as caller:
        await caller.open(young)
        assert caller.call.sheet is not None
        known = about.of_sheet(caller.call.sheet)
        assert known.minor and not known.returning and not known.leaves_town and not known.male
        await caller.press("f7")
        await caller.back_in_queue()
        change(world, "UPDATE patient SET sex = 'male', local_until = :day", day=str(world.today()))
        second_operation(world, young)
        await caller.open(young)
        known = about.of_sheet(caller.call.sheet)
        assert known.male and known.leaves_town and known.returning
        await caller.connect()
        window = await opened(caller)
        assert rows(window)[0] == "situation:t_parent"
        await caller.see("* A parent")


def test_the_birthday_itself_makes_of_age() -> None:
    from console.desk.person import minor

    born = date(2008, 6, 15)
    assert minor(born, date(2026, 6, 14)) and not minor(born, date(2026, 6, 15))
    assert not minor(None, date(2026, 6, 15))


async def test_an_intimate_treatment_is_not_told_by_what_is_played(world: World, sit: Sit) -> None:
    person = world.person(procedure="labiaplasty")
    async with sit("en") as caller:
        await caller.open(person)
        sheet = caller.call.sheet
        assert sheet is not None and sheet.treatments[0].masked
        one = sheet.treatments[0]
        plain = replace(one, masked=False)
        for treatment, told in ((one, False), (plain, True)):
            caller.call.sheet = replace(sheet, treatments=(treatment,))
            made = turn_made(LIBRARY, caller.call.sheet, "situation:t_daily", treatment, "caller")
            assert made is not None and made.view is not None
            assert (made.view.procedure == "labiaplasty") is told
            values = placeholders(caller.call, "en")
            assert (values["procedure"] == "your operation") is not told
            assert placeholders(caller.call, "zh")["procedure"]
        days = replace(LIBRARY.playbooks["t_eyes"], procedures=())
        book = Mock(wraps=LIBRARY, playbooks={"t_days": days}, concerns=LIBRARY.concerns)
        assert book.playbooks["t_days"].days == (0, 30)
        hidden = turn_made(book, sheet, "playbook:t_days", one, "caller")
        shown = turn_made(book, sheet, "playbook:t_days", plain, "caller")
        assert hidden is not None and shown is not None
        assert len(shown.prompts) == len(hidden.prompts) + 1
