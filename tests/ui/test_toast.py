"""Messages: they cover nothing that has to be read, and their time may run out at any moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from textual import notifications
from textual.app import App
from textual.widgets._toast import Toast

from console.app import ConsoleApp
from console.text import toast
from console.widgets.bars import KeyBar, TopLine
from console.widgets.dialogs import Read
from tests.desk.call_world import World
from tests.ui.call_desk import Sit
from tests.ui.conftest import SIZES, screen_lines, settle

LONG = "数据库没有回应" + "请稍等再试一次，" * 12


async def test_a_message_whose_time_ran_out_while_it_was_being_shown_freezes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began = time.time()
    moments = {"now": began}
    monkeypatch.setattr(notifications, "time", lambda: moments["now"])
    begin = Toast.__init__

    def late(self: Toast, notification: Any) -> None:
        moments["now"] += 60
        begin(self, notification)

    monkeypatch.setattr(Toast, "__init__", late)
    app = App[None]()
    async with app.run_test(notifications=True) as pilot:
        toast(app, "saved")
        await pilot.pause()
        assert moments["now"] > began
        # A timer that never ends would keep the loop: this line would not be reached.
        await asyncio.wait_for(asyncio.sleep(0.2), 5)
        await pilot.pause()
        assert not app.screen.query(Toast)


@pytest.mark.parametrize("size", SIZES)
async def test_a_message_covers_no_line_of_an_emergency(
    world: World, sit: Sit, size: tuple[int, int]
) -> None:
    person = world.person()
    async with sit("zh", size) as caller:
        await caller.begin(person)
        while caller.call.talk is None or caller.front_key == "" or not caller.call.halted:
            before = caller.front_key
            await caller.press("2" if caller.kind in ("group", "question") else "enter")
            await caller.until(lambda was=before: caller.call.halted or caller.front_key != was)
        await caller.until(lambda: caller.call.unwritten == 0)
        await caller.see("enter：这几句说完了，继续问", "还没有人打给医生")
        before = [line.rstrip() for line in screen_lines(caller.app)][1:]
        toast(caller.app, "交给负责人看板了。")
        await caller.see("交给负责人看板了。")
        assert [line.rstrip() for line in screen_lines(caller.app)][1:] == before
        # A short question leaves the whole box in sight after enter, too.
        await caller.go_on()
        assert caller.call.box is not None and caller.call.box.lines is not None
        await caller.see(caller.call.box.lines.of("zh")[-1][:12], "1 没有")


@pytest.mark.parametrize("language", ("zh", "en"))
async def test_a_long_message_moves_the_lines_below_and_gives_the_room_back(
    make_app: Callable[..., ConsoleApp], language: str
) -> None:
    app = make_app(language)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and bool(app.screen.query(KeyBar)))
        before = screen_lines(app)
        toast(app, LONG, "error")
        toast(app, LONG, "error")
        await settle(
            pilot, lambda: len(screen_lines(app)[0].rstrip()) > 20 and "数据库" in screen_lines(app)[0]
        )
        after = screen_lines(app)
        tall = app.screen.query_one(TopLine).size.height
        # The same words twice are one message, and the DEMO corner keeps its place.
        assert (
            tall == 3 and "".join(after).count("数据库没有回应") == 1 and after[0].rstrip().endswith("DEMO")
        )
        assert [line.rstrip() for line in after[tall : tall + 8]] == [line.rstrip() for line in before[1:9]]
        assert after[-1] == before[-1]
        app.clear_notifications()
        await settle(pilot, lambda: app.screen.query_one(TopLine).size.height == 1)
        assert screen_lines(app) == before


async def test_over_a_window_a_message_leaves_the_window_alone(make_app: Callable[..., ConsoleApp]) -> None:
    app = make_app("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None)
        await app.push_screen(Read("标题", [f"第{number}行" for number in range(30)]))
        await pilot.pause()
        before = screen_lines(app)[3:]
        toast(app, "已保存。")
        await settle(pilot, lambda: "已保存。" in screen_lines(app)[0])
        assert screen_lines(app)[3:] == before
