"""The shell: first frame, sign-in, lock, language, alarms, keys, failures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.widgets import Input, OptionList

from console import i18n, keys
from console.app import ConsoleApp
from console.screens.frame import Frame
from console.screens.queue import QueueScreen
from console.screens.sign_in import Lock, SignIn
from console.text import cells
from console.widgets.dialogs import Ask, Choose, Confirm, Read
from db.records import OnCallCard, OnCallPerson
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.fakes import FakeDesk, escalation

MakeApp = Callable[..., ConsoleApp]
both = pytest.mark.parametrize("size", SIZES)
languages = pytest.mark.parametrize("language", ("zh", "en"))


def signed_in(app: ConsoleApp, desk: FakeDesk) -> Callable[[], bool]:
    """Whether somebody is in and the list has been read."""
    return lambda: app.seat is not None and "page" in desk.calls and isinstance(app.screen, QueueScreen)


@both
@languages
async def test_first_frame_is_masked_and_locked(
    make_app: MakeApp, desk: FakeDesk, size: tuple[int, int], language: str
) -> None:
    app = make_app(language, signed_in=False)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, SignIn) and app.lookout.first is not None)
        lines = screen_lines(app)
        assert "上海一店" in lines[0] and lines[0].rstrip().endswith("DEMO")
        assert "王*" in "\n".join(lines)
        await pilot.press("escape", "ctrl+l", "f1", "ctrl+p")
        await pilot.pause()
        assert isinstance(app.screen, SignIn) and app.seat is None
        assert not {"page", "header", "take_next"} & set(desk.calls)


async def test_sign_in_with_keys_after_a_wrong_pin(make_app: MakeApp, desk: FakeDesk) -> None:
    app = make_app("en", signed_in=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, SignIn))
        await pilot.press(*"limin", "enter", *"1111", "enter")
        await settle(pilot, lambda: "The PIN is not right" in screen_text(app))
        await settle(
            pilot,
            lambda: (
                app.screen.query_one("#pin", Input).value == ""
                and desk.calls.count("sign_in limin") == 1
                and isinstance(app.screen, SignIn)
                and app.screen.ready
            ),
        )
        await pilot.press(*"2468", "enter")
        await settle(pilot, signed_in(app, desk))
        assert screen_lines(app)[0].startswith("李敏")


@both
@languages
async def test_queue_fits_the_screen(
    make_app: MakeApp, desk: FakeDesk, size: tuple[int, int], language: str
) -> None:
    app = make_app(language)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        await settle(pilot, lambda: "128" in screen_lines(app)[0])
        lines = screen_lines(app)
        assert len(lines) == size[1]
        assert {cells(line) for line in lines} == {size[0]}
        assert lines[0].rstrip().endswith("DEMO")
        assert lines[1].startswith("#  ")
        assert lines[2].startswith("1  ")
        assert i18n._("take next") in lines[-1] and i18n._("help") in lines[-1]
        assert (lines[2].count("|") == 1) == (size[0] >= 110)


async def test_design_top_line(make_app: MakeApp, desk: FakeDesk) -> None:
    app = make_app("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        await settle(pilot, lambda: "可拨" in screen_lines(app)[0])
        assert screen_lines(app)[0].split() == [
            "李敏", "上海一店", "周一", "14:32", "开放到16:30", "可拨128", "承诺3", "看板2", "DEMO"
        ]  # fmt: skip
        assert screen_lines(app)[1].split() == ["#", "级别", "期限", "余", "客户", "项目", "天", "次", "上次"]


async def test_language_switches_at_run_time(make_app: MakeApp, desk: FakeDesk) -> None:
    app = make_app("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        await settle(pilot, lambda: "取下一个" in screen_lines(app)[-1])
        await pilot.press("f9")
        await settle(pilot, lambda: "take next" in screen_lines(app)[-1] and "left" in screen_lines(app)[1])
        await pilot.press("ctrl+backslash")
        await settle(pilot, lambda: "取下一个" in screen_lines(app)[-1])


async def test_lock_hides_everything_and_the_pin_opens(make_app: MakeApp, desk: FakeDesk) -> None:
    app = make_app("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        await pilot.press("ctrl+l")
        await settle(pilot, lambda: isinstance(app.screen, Lock))
        text = screen_text(app)
        assert app.screen.focused is not None and text.splitlines()[0].startswith("已锁定")
        assert "王*" not in text and "双眼皮" not in text and "DEMO" in text.splitlines()[0]
        await pilot.press("f1", "ctrl+p", "ctrl+l")
        await pilot.press(*"9999", "enter")
        await settle(pilot, lambda: "PIN 不对" in screen_text(app))
        await pilot.press(*"2468", "enter")
        await settle(pilot, lambda: isinstance(app.screen, QueueScreen) and not app.locked)


async def test_idle_lock_waits_for_a_call(make_app: MakeApp, desk: FakeDesk) -> None:
    class Call(Frame):
        SCOPE = "queue"
        HOLDS_LOCK = True

    desk.seat = replace(desk.seat, demo=False)
    app = make_app("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        await app.push_screen(Call())
        app._last_input = time.monotonic() - 181
        app._mind_the_lock()
        await pilot.pause()
        assert not app.locked
        app.pop_screen()
        await pilot.pause()
        app._last_input = time.monotonic() - 179
        app._mind_the_lock()
        assert not app.locked
        app._last_input = time.monotonic() - 181
        app._mind_the_lock()
        await settle(pilot, lambda: isinstance(app.screen, Lock))


async def test_the_demo_never_locks_itself(make_app: MakeApp, desk: FakeDesk) -> None:
    app = make_app("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        app._last_input = time.monotonic() - 1000
        app._mind_the_lock()
        await pilot.pause()
        assert not app.locked


@both
async def test_alarms_and_empty_roster_show_on_every_frame(
    make_app: MakeApp, desk: FakeDesk, size: tuple[int, int]
) -> None:
    desk.alarms = tuple(escalation(number) for number in (1, 2, 3))
    desk.on_call_card = OnCallCard(
        (OnCallPerson(1, "赵主管", "+8613700000000", "lead"),), True, "120", "110", "12356"
    )
    app = make_app("zh")
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        await settle(pilot, lambda: "立即急救" in screen_text(app))
        lines = screen_lines(app)
        assert lines[1].count("立即急救") == 1 and "还没有人打给医生" in lines[1]
        assert "还有 1 个警报，没有人接手：f11" in lines[3]
        assert "值班名单为空" in lines[4] and "+8613700000000" in lines[4]
        await pilot.press("ctrl+l")
        await settle(pilot, lambda: isinstance(app.screen, Lock))
        assert "立即急救" in screen_lines(app)[1] and "值班名单为空" in screen_lines(app)[4]


async def test_one_key_takes_the_telephone_call_to_the_doctor(make_app: MakeApp, desk: FakeDesk) -> None:
    desk.alarms = (escalation(5),)
    app = make_app("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        await settle(pilot, lambda: "立即急救" in screen_text(app))
        await pilot.press("f11")
        await settle(pilot, lambda: "陈医生" in screen_text(app))
        await pilot.press("p")
        await settle(pilot, lambda: "phoning 5" in desk.calls and "李敏正在打给医生" in screen_text(app))
        await pilot.press("t")
        await settle(pilot, lambda: "告诉了谁" in screen_text(app))
        # Behind those on call: somebody else, by name.
        await pilot.press("2")
        await settle(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press(*"Chen", "enter")
        await settle(pilot, lambda: "told 5 Chen" in desk.calls)


async def test_help_names_every_key_of_the_screen(make_app: MakeApp, desk: FakeDesk) -> None:
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        await pilot.press("fullwidth_question_mark")
        await settle(pilot, lambda: isinstance(app.screen, Read))
        text = "\n".join(app.screen._lines)
        for row in keys.of_scope("queue", "app"):
            assert row.help in text
        assert "esc" in screen_text(app)
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, QueueScreen))


async def test_palette_lists_from_the_table_and_does_it(make_app: MakeApp, desk: FakeDesk) -> None:
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        await pilot.press("ctrl+p")
        await settle(pilot, lambda: app.screen.__class__.__name__ == "Palette")
        assert "Screenshot" not in screen_text(app)
        await pilot.press(*"another of your")
        await settle(pilot, lambda: app.screen.query_one(OptionList).option_count == 1)
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("２")
        await settle(pilot, lambda: "switch_role lead" in desk.calls)
        assert app.seat is not None and app.seat.role == "lead"


async def test_quit_asks_and_a_refused_sign_out_keeps_the_console(make_app: MakeApp, desk: FakeDesk) -> None:
    desk.untold = True
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        await pilot.press("ctrl+q", "ctrl+q")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, QueueScreen))
        await pilot.press("ctrl+q")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")
        await settle(pilot, lambda: "sign_out" in desk.calls)
        await pilot.pause()
        assert app.is_running and isinstance(app.screen, QueueScreen)
        desk.untold = False
        await pilot.press("ctrl+q")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")
        for _ in range(200):
            if app.return_value == 0:
                break
            await asyncio.sleep(0.02)
        assert app.return_value == 0


async def test_chinese_letters_without_a_field_say_to_press_shift(make_app: MakeApp, desk: FakeDesk) -> None:
    app = make_app("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        await pilot.press("我")
        await settle(pilot, lambda: "先按 Shift" in screen_text(app))


async def test_a_failing_job_is_one_sentence_without_data(
    make_app: MakeApp, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setattr("console.paths.state_folder", lambda: tmp_path)

    def broken(*_arguments: object) -> None:
        raise ValueError("王小丽 13800138000 [/急]")

    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        monkeypatch.setattr("console.desk.queue.why", broken)
        await pilot.press("w")
        await settle(pilot, lambda: "Something unexpected" in screen_text(app))
        assert "王小丽" not in screen_text(app) and "138" not in screen_text(app)
        log = (tmp_path / "aftercall.log").read_text(encoding="utf-8")
        assert "ValueError" in log and "王小丽" not in log and "138" not in log
        assert app.is_running


def test_a_crash_prints_one_sentence_and_no_locals(
    make_app: MakeApp, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setattr("console.paths.state_folder", lambda: tmp_path)

    async def run() -> ConsoleApp:
        app = make_app("en")
        with pytest.raises(ValueError, match="王小丽"):
            async with app.run_test(size=(80, 24), notifications=True) as pilot:
                await settle(pilot, signed_in(app, desk))

                def broken() -> None:
                    patient_name = "王小丽"
                    raise ValueError(patient_name + " 13800138000")

                app.call_later(broken)
                for _ in range(100):
                    await asyncio.sleep(0.02)
        return app

    printed: list[str] = []
    monkeypatch.setattr(
        ConsoleApp,
        "_print_error_renderables",
        lambda self: printed.extend(
            segment.text for block in self._exit_renderables for segment in block.segments
        ),
    )
    asyncio.run(run())
    text = "".join(printed)
    assert "Something unexpected" in text and "王小丽" not in text and "138" not in text
    assert "Traceback" not in text and "patient_name" not in text


async def test_database_trouble_is_said_and_goes_away(
    make_app: MakeApp, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from db.errors import DatabaseUnreachable

    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        look = app.lookout.changed

        def gone() -> bool:
            raise DatabaseUnreachable("server_unreachable", path="db.example")

        monkeypatch.setattr(app.lookout, "changed", gone)
        await settle(pilot, lambda: app.lookout.trouble != "" and len(app.notices()) == 1)
        monkeypatch.setattr(app.lookout, "changed", look)
        await settle(pilot, lambda: app.lookout.trouble == "" and app.notices() == [])


async def test_own_keys_replace_the_defaults(make_app: MakeApp, desk: FakeDesk) -> None:
    app = make_app("en", own_keys={"queue.why": ("x", "ctrl+w")})
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        assert "x why" in screen_lines(app)[-1]
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(app.screen, QueueScreen)
        await pilot.press("x")
        await settle(pilot, lambda: isinstance(app.screen, Read))


async def test_alarm_of_somebody_else_arrives_by_itself(make_app: MakeApp, desk: FakeDesk, record) -> None:
    app = make_app("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        assert "立即急救" not in screen_text(app)
        desk.alarms = (replace(escalation(9), raised_by="周洁"),)
        await asyncio.to_thread(lambda: record.connection().execute("INSERT INTO t VALUES (1)"))
        await settle(pilot, lambda: "周洁" in screen_text(app))


async def test_a_first_pin_is_replaced_before_anything_opens(make_app: MakeApp, desk: FakeDesk) -> None:
    desk.must_change = True
    app = make_app("en", signed_in=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, SignIn))
        await pilot.press(*"limin", "enter", *"2468", "enter")
        await settle(pilot, lambda: "PIN of your own" in screen_text(app))
        await pilot.press(*"97531", "enter")
        await settle(pilot, lambda: "same PIN again" in screen_text(app))
        await pilot.press(*"97532", "enter")
        await settle(pilot, lambda: "not alike" in screen_text(app))
        await pilot.press(*"97531", "enter")
        await settle(pilot, lambda: "same PIN again" in screen_text(app))
        await pilot.press(*"97531", "enter")
        await settle(pilot, signed_in(app, desk))
        assert "change_pin limin 2468 97531" in desk.calls
        assert "97531" not in screen_text(app)


async def test_a_seat_closed_elsewhere_ends_at_the_sign_in_and_never_in_a_call(
    make_app: MakeApp, desk: FakeDesk
) -> None:
    class Call(Frame):
        SCOPE = "queue"
        HOLDS_LOCK = True

    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, signed_in(app, desk))
        desk.seat_open = False
        await app.push_screen(Call())
        seen = desk.calls.count("seen")
        app._tick()
        await settle(pilot, lambda: desk.calls.count("seen") > seen)
        assert app.seat is not None
        app.pop_screen()
        app.action_lock()
        await settle(pilot, lambda: isinstance(app.screen, Lock))
        app._tick()
        await settle(pilot, lambda: isinstance(app.screen, SignIn))
        assert app.seat is None and not app.locked and len(app.screen_stack) == 2
        assert "This seat was closed; sign in again." in screen_text(app)
        desk.seat_open = True
        await pilot.press(*"limin", "enter", *desk.pin, "enter")
        await settle(pilot, signed_in(app, desk))
