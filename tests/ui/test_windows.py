"""Windows taller than a terminal of 24 lines: they scroll, and the line of their keys stays in sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.widgets import Input, OptionList, Static

from console.app import ConsoleApp
from console.screens.alarm import AlarmDialog
from console.screens.form import FormDialog
from console.text import cells
from console.widgets.bars import KeyBar
from console.widgets.dialogs import Ask, Choose, Confirm, Dialog, Read
from console.widgets.fields import Field
from db.enums import Level
from db.records import OnCallCard, OnCallPerson
from tests.desk.call_world import World
from tests.ui.call_desk import Sit
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.fakes import FakeDesk, escalation

MANY = 40


async def nothing(_values: object) -> None:
    """A form that saves nothing."""


WINDOWS: dict[str, Callable[[], Dialog[Any]]] = {
    "confirm": lambda: Confirm("\n".join(f"第{n}行" for n in range(MANY)), "删除"),
    "choose": lambda: Choose("选一个", [(n, f"第{n}行") for n in range(MANY)]),
    "ask": lambda: Ask("\n".join(f"第{n}行" for n in range(MANY))),
    "read": lambda: Read("标题", [f"第{n}行" for n in range(MANY)]),
    "form": lambda: FormDialog(
        "标题", [Field(f"f{n}", f"第{n}行") for n in range(MANY)], nothing, about="\n".join("关于" * 4)
    ),
}


@pytest.mark.parametrize(("kind", "size"), [*((kind, SIZES[0]) for kind in WINDOWS), ("form", SIZES[1])])
async def test_a_tall_window_scrolls_and_keeps_its_keys(
    make_app: Callable[..., ConsoleApp], kind: str, size: tuple[int, int]
) -> None:
    app = make_app("zh")
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None)
        await app.push_screen(WINDOWS[kind]())
        await pilot.pause()

        async def whole() -> None:
            bar = app.screen.query_one(KeyBar).region
            # A border below it, and the two last rows are no place for a text field.
            assert bar.bottom < size[1] and "esc 返回" in screen_lines(app)[bar.y]
            field = app.screen.focused
            if isinstance(field, Input):
                await settle(pilot, lambda: app.screen.can_view_entire(field))
                assert field.region.bottom <= size[1] - 2 and field.region.y >= 3

        await whole()
        last = f"第{MANY - 1}行"
        if kind == "form":
            for _step in range(MANY - 1):
                await pilot.press("tab")
        elif kind != "ask":
            assert last not in screen_text(app)
            await pilot.press(*(["pagedown"] * 4 if kind == "confirm" else ["end"]))
        await settle(pilot, lambda: last in screen_text(app))
        await whole()


@pytest.mark.parametrize("language", ("zh", "en"))
async def test_an_alarm_with_a_long_roster_keeps_its_keys_and_takes_who_takes_it_over(
    make_app: Callable[..., ConsoleApp], desk: FakeDesk, language: str
) -> None:
    desk.alarms = (
        escalation(1, summary="突然看不清，" * 20, place="人民路1号", companion="丈夫", record_id="P88"),
    )
    desk.on_call_card = OnCallCard(
        tuple(OnCallPerson(n, f"陈医生{n}", "+8613900000000", "doctor") for n in range(1, 5)),
        False, "120", "110", "12356",
    )  # fmt: skip
    app = make_app(language)
    async with app.run_test(size=SIZES[0], notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and bool(app.lookout.alarms))
        await pilot.press("f11")
        await settle(pilot, lambda: isinstance(app.screen, AlarmDialog) and "陈医生1" in screen_text(app))
        bar = app.screen.query_one(KeyBar).region
        line = screen_lines(app)[bar.y]
        assert bar.bottom < 24 and cells(line) == 80
        assert all(key in line for key in ("p ", "t ", "esc")) and "ctrl+s" not in line
        await pilot.press("end")
        await settle(pilot, lambda: "陈医生4" in screen_text(app))
        assert "139 0000 0000" in screen_text(app) and "+8613900000000" not in screen_text(app)
        known = str(app.screen.query_one("#alarm-text", Static).content)
        assert all(words in known for words in ("突然看不清", "人民路1号", "丈夫", "P88", "李敏"))
        await pilot.press("t")
        await settle(pilot, lambda: isinstance(app.screen, Choose))
        # Nobody is marked: neither key takes the first name.
        for key in ("enter", "ctrl+s"):
            await pilot.press(key)
            await settle(
                pilot,
                lambda: {"zh": "还没有选", "en": "Nothing is chosen yet"}[language] in screen_text(app),
            )
        assert isinstance(app.screen, Choose)
        assert not any(call.startswith(("told", "answered")) for call in desk.calls)
        words = {"zh": "陈医生2，由其接手", "en": "陈医生2, who takes it over"}[language]
        assert words in screen_text(app)
        app.screen.query_one(OptionList).highlighted = 6
        await pilot.press("enter")
        await settle(
            pilot, lambda: any(call.startswith("answered") and "陈医生2" in call for call in desk.calls)
        )
        assert not any(call.startswith("told") for call in desk.calls)


async def test_in_a_call_whoever_is_phoned_may_take_it_over(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.begin(person)
        await caller.press("f4", "f4")
        await caller.until(lambda: bool(caller.call.escalations) and caller.call.unwritten == 0)
        await caller.press("f10")
        await caller.see("who takes it over")
        line = next(line for line in screen_lines(caller.app) if "who takes it over" in line)
        await caller.press(next(sign for sign in line if sign.isdigit()))
        await caller.until(
            lambda: bool(caller.rows("SELECT id FROM escalation WHERE acknowledged_at IS NOT NULL"))
        )
        made = caller.rows("SELECT level, told_who, status FROM escalation")
        assert [(row["level"], row["status"]) for row in made] == [(Level.EMERGENCY, "acknowledged")]
        # Asked again, nobody may take it over a second time.
        await caller.until(
            lambda: not any(card.acknowledged_at is None for card in caller.call.escalations.values())
        )
        await caller.press("f10")
        await caller.until(lambda: caller.app.screen is not caller.call)
        assert "who takes it over" not in caller.text


async def test_the_alarm_of_the_line_comes_first_and_stays_under_the_key(
    make_app: Callable[..., ConsoleApp], desk: FakeDesk
) -> None:
    desk.alarms = (
        escalation(1, told_who="陈医生", patient="胡*"),
        escalation(2, patient="吴*"),
        escalation(3, level=Level.SAME_DAY, patient="何*"),
    )
    app = make_app("en")
    async with app.run_test(size=SIZES[0], notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and len(app.lookout.alarms) == 3)
        assert "吴*" in screen_lines(app)[1]
        await pilot.press("f11")
        await settle(pilot, lambda: "1 of 3" in screen_text(app))

        def shown() -> str:
            return str(app.screen.query_one("#alarm-text", Static).content)

        assert "吴*" in shown()
        await pilot.press("p")
        await settle(pilot, lambda: "phoning 2" in desk.calls and "is phoning" in shown())
        assert "吴*" in shown() and "1 of 3" in shown()
        for name in ("何*", "胡*", "吴*"):
            await pilot.press("n")
            assert name in shown()
