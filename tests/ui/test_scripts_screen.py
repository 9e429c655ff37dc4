"""The talk-track screen on the real release: browsing, searching, releases; who may publish and approve."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pypinyin import lazy_pinyin
from textual.widgets import Input, OptionList, Static

from console import i18n
from console.app import ConsoleApp
from console.desk import scripts as desk
from console.screens.board import BoardScreen
from console.screens.form import FormDialog
from console.screens.queue import QueueScreen
from console.screens.scripts import ScriptsScreen
from console.screens.scripts_diff import ScriptDiff
from console.screens.scripts_preview import Book
from console.screens.scripts_releases import ReleasesScreen
from console.screens.scripts_search import SearchScripts
from console.screens.scripts_words import values
from console.scripts.library import Library, from_texts, shipped
from console.scripts.records import OpenTreatment
from console.scripts.select import select_concern
from console.text import cells
from console.widgets.call_panes import Line, Pane
from console.widgets.dialogs import Read
from console.widgets.row_list import RowList
from db.enums import ReleaseStatus
from tests.clinic import PIN, SampleClinic
from tests.ui.call_desk import front
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.hostile import FORBIDDEN
from tests.ui.real_desk import console_for, desk_off_the_loop, field_error, field_value, type_into

Pilot = Any
EYELID = "upper_blepharoplasty"
LOOKED_AT = {"zh": ((EYELID, 0), ("labiaplasty", 40)), "en": (("ha_filler", 1),)}
DAY = 6


def shown(app: ConsoleApp) -> str:
    return str(app.screen.query_one("#scripts-text", Pane).content)


def rows(app: ConsoleApp, name: str = "items") -> list[str]:
    listed = app.screen.query_one(f"#scripts-{name}", RowList)
    return [str(listed.get_option_at_index(at).prompt) for at in range(listed.option_count)]


def check_frame(app: ConsoleApp, size: tuple[int, int]) -> None:
    for line in screen_lines(app):
        assert cells(line) == size[0], line
        assert not FORBIDDEN & set(line), line


async def opened(app: ConsoleApp, pilot: Pilot, key: str = "v", kind: type = BoardScreen) -> None:
    await settle(pilot, lambda: app.seat is not None and front(app, kind))
    await pilot.press(key)
    await settle(pilot, lambda: front(app, ScriptsScreen) and "concerns/" in shown(app), 20)


async def told(pilot: Pilot, app: ConsoleApp, *wanted: str) -> None:
    await settle(pilot, lambda: all(one in shown(app) for one in wanted), 20)


@cache
def said() -> str:
    """A sentence that may be said of swelling after an upper eyelid operation on day 6, and of nothing else."""
    own = select_concern(shipped(), OpenTreatment(EYELID, DAY), "swelling").say
    assert own is not None
    everything = "\n".join(shipped().texts.values())
    return next(line for line in own.zh if everything.count(line) == 1 and "{" not in line)


def other() -> str:
    """The same in other words."""
    return said().replace(said()[:4], "眼皮这里")


def changed_release() -> Library:
    """The shipped release with that sentence in other words."""
    name = "concerns/swelling.toml"
    texts = dict(shipped().texts)
    texts[name] = texts[name].replace(said(), other())
    return from_texts(texts)


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check takes seconds and is tested elsewhere; here it finds nothing."""
    monkeypatch.setattr("console.scripts.lint.check", lambda _texts, _shipped=None: ())
    monkeypatch.setattr(desk, "_faults", {})


async def test_browsing_with_the_keyboard_alone(clinic: SampleClinic) -> None:
    app = console_for(clinic, "li", "zh", mode="queue")
    with desk_off_the_loop() as caught:
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await opened(app, pilot, "t", QueueScreen)
            check_frame(app, (80, 24))
            assert len(rows(app, "procedures")) == 23 and "双眼皮" in rows(app, "procedures")[0]
            assert not app.screen.query_one("#scripts-items").display
            assert "还没有医生审核" in screen_text(app) or "未审核" in screen_text(app)
            await _days_and_concerns(app, pilot)
            await _parts(app, pilot)
            await _narrowing(app, pilot)
            await _languages(app, pilot)
            await pilot.press("q")
            await settle(pilot, lambda: front(app, QueueScreen))
    assert caught == []


async def _days_and_concerns(app: ConsoleApp, pilot: Pilot) -> None:
    await pilot.press("right", "right", "plus", "left", "1")
    await told(pilot, app, "肿胀  双眼皮 术后第2天")
    await pilot.press("d", *"４０", "enter", "enter")
    await told(pilot, app, "术后第40天", "第40天不在第0-30天之内")
    await settle(pilot, lambda: not app.screen.query_one("#scripts-left").display)
    await pilot.press("escape", "d", *"6", "enter")
    await told(pilot, app, "术后第6天", said(), "第0-30天可以说明", "写给双眼皮")
    text = shown(app)
    # A draft: the call screen explains nothing; whoever approves it reads it here.
    held = i18n.translate("zh", "Not yet approved by the doctor: record, do not explain.")
    order = ("逐条问", "2 有 -> 立即急救", "红旗", held, said(), "写进记录")
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    await pilot.press("1")
    await told(pilot, app, "血肿  双眼皮 术后第6天", "这里从不说明：由医生判断")
    await pilot.press("1", "1", "1", "5")
    await told(pilot, app, "疼痛  双眼皮")
    await pilot.press("d", *"99999", "enter")
    await settle(pilot, lambda: app.screen.query_one("#scripts-day", Input).value == "6")


async def _parts(app: ConsoleApp, pilot: Pilot) -> None:
    for key, wanted in (
        ("f", ("当天晚上回访",)),
        ("t", ("通话里遇到时，由回访员自己打开",)),
        ("b", ("playbooks/", "绝不说，也绝不做", "必须告诉客户")),
        ("h", ("拆线", "按单子说")),
        ("s", ("立即急救",)),
    ):
        await pilot.press(key)
        await told(pilot, app, *wanted)
        check_frame(app, (80, 24))
        assert len(rows(app)) > 15
    for _time in range(2):
        await pilot.press("f2")
    await told(pilot, app, "concerns/")


async def _narrowing(app: ConsoleApp, pilot: Pilot) -> None:
    await pilot.press("f")
    await told(pilot, app, "当天晚上回访")
    await pilot.press("n", *"chaixian")
    await settle(pilot, lambda: rows(app) == ["拆线提醒"])
    await pilot.press("enter")
    await told(pilot, app, "拆线提醒  双眼皮")
    await pilot.press("escape", "n", *"yanbu")
    await settle(pilot, lambda: {row.split()[0] for row in rows(app, "procedures")} == {"双眼皮", "祛眼袋"})
    await pilot.press("escape", "escape")
    await settle(pilot, lambda: len(rows(app, "procedures")) == 23)


async def _languages(app: ConsoleApp, pilot: Pilot) -> None:
    await pilot.press("1", "l")
    await told(pilot, app, "逐条问", "breath")
    await pilot.press("f9")
    await told(pilot, app, "Asked one by one", "breath")
    assert "Upper eyelids" in rows(app, "procedures")[0]
    await pilot.press("l")
    await told(pilot, app, "Asked one by one", "有没有")


def first(listed: OptionList) -> str:
    return str(listed.get_option_at_index(0).prompt)


@pytest.mark.parametrize("language", ("zh", "en"))
async def test_a_sentence_is_found_and_its_place_opened(clinic: SampleClinic, language: str) -> None:
    app = console_for(clinic, "lead", language)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await opened(app, pilot)
        assert (
            app.screen.query_one("#scripts-items").display and app.screen.query_one("#scripts-left").display
        )
        check_frame(app, (120, 36))
        await pilot.press("slash")
        await settle(pilot, lambda: front(app, SearchScripts))
        await pilot.press(*"".join(lazy_pinyin(said()[:8], errors="ignore")))
        listed = app.screen.query_one(OptionList)
        await settle(pilot, lambda: listed.option_count > 0 and said()[:8] in first(listed), 30)
        assert ": " in first(listed) and listed.highlighted == 0
        assert "{" not in str(app.screen.query_one("#script-count", Static).content)
        check_frame(app, (120, 36))
        await pilot.press("enter")
        await told(pilot, app, said())
        # The procedure and a day on which it is said; the line itself is marked and in sight.
        assert app.screen._procedure == EYELID and app.screen._day > 0  # type: ignore[attr-defined]
        await settle(pilot, lambda: said()[:8] in screen_text(app))
        await pilot.press("slash")
        await settle(pilot, lambda: front(app, SearchScripts))
        await pilot.press(*"nothing like it")
        await settle(
            pilot,
            lambda: (
                str(app.screen.query_one("#script-count", Static).content)[:2]
                == ("0 " if language == "en" else "找到")
                and app.screen.query_one(OptionList).option_count == 0
            ),
        )
        await pilot.press("enter")
        assert front(app, SearchScripts)
        await pilot.press("escape")
        await settle(pilot, lambda: front(app, ScriptsScreen))


async def test_a_release_is_published_compared_and_approved(
    clinic: SampleClinic, tmp_path: Path, unchecked: None
) -> None:
    folder, own = tmp_path / "own", changed_release()
    for name, body in own.texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(body, encoding="utf-8")
    desk.approve(clinic.seat("chen"), PIN, clinic.now)
    app = console_for(clinic, "lead", "zh")
    with desk_off_the_loop() as caught:
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await opened(app, pilot)
            await pilot.press("r")
            await settle(pilot, lambda: front(app, ReleasesScreen) and "在用，已审核" in screen_text(app))
            assert "审核这一版" not in screen_lines(app)[-1] and "a 审核" not in screen_lines(app)[-1]
            await pilot.press("a")
            assert front(app, ReleasesScreen)
            await _publish(app, pilot, folder)
            await _compare(app, pilot)
    assert caught == []
    assert desk.status(clinic.seat("li"), clinic.now).number == 1
    app = console_for(clinic, "chen", "en")
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await opened(app, pilot)
        await pilot.press("r")
        await settle(pilot, lambda: front(app, ReleasesScreen) and "other words" in screen_text(app))
        await _approve(app, pilot)
    now = desk.active(clinic.seat("li"), clinic.now)
    assert now[1].number == 2 and now[1].may_say and now[0].hash == own.hash


async def _publish(app: ConsoleApp, pilot: Pilot, folder: Path) -> None:
    await pilot.press("p")
    await settle(pilot, lambda: front(app, FormDialog))
    type_into(app, "folder", "~/no such folder")
    await pilot.press("ctrl+s")
    await settle(pilot, lambda: field_error(app, "note") != "")
    type_into(app, "note", "other words")
    for path in ("~/no such folder", "~nobody-of-that-name/x", str(folder / "flows")):
        type_into(app, "folder", path)
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "folder") != "" and not app.screen._busy)  # type: ignore[attr-defined]
        assert "error." not in field_error(app, "folder") and field_value(app, "note") == "other words"
        type_into(app, "folder", "")
    type_into(app, "folder", str(folder))
    await pilot.press("ctrl+s")
    await settle(pilot, lambda: front(app, ReleasesScreen) and "other words" in screen_text(app), 20)
    check_frame(app, (80, 24))


async def _compare(app: ConsoleApp, pilot: Pilot) -> None:
    await pilot.press("home", "enter")
    await settle(pilot, lambda: front(app, ScriptDiff), 20)
    text = screen_text(app)
    assert "1 处不同，在 1 个文件里" in text and "肿胀" in text
    assert f"现在：{said()[:8]}" in text and f"这版：{other()[:8]}" in text and " 句" in text
    check_frame(app, (80, 24))
    await pilot.press("enter", "escape", "escape")
    await settle(pilot, lambda: front(app, ReleasesScreen))
    await pilot.press("v")
    await settle(pilot, lambda: front(app, ScriptsScreen) and "单独看" in screen_text(app), 20)
    await pilot.press("r")
    assert front(app, ScriptsScreen)
    await pilot.press("q")
    await settle(pilot, lambda: front(app, ReleasesScreen))


async def _approve(app: ConsoleApp, pilot: Pilot) -> None:
    await pilot.press("home", "a")
    await settle(pilot, lambda: front(app, FormDialog), 20)
    assert "1 changes against what callers read now" in screen_text(app)
    type_into(app, "note", "全部读过")
    type_into(app, "pin", "111")
    await pilot.press("ctrl+s")
    error = app.screen.query_one("#form-error", Static)
    await settle(pilot, lambda: "The PIN is not right" in str(error.content))
    assert field_value(app, "note") == "全部读过"
    type_into(app, "pin", PIN)
    await pilot.press("ctrl+s")
    await settle(pilot, lambda: front(app, ReleasesScreen) and "By 陈医生" in screen_text(app))
    await settle(
        pilot, lambda: "read, approved" in screen_text(app) and "approved before" in screen_text(app)
    )


async def test_a_faulty_release_is_refused_with_its_faults(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.scripts.lint_base import Problem

    faults = (
        Problem("flows/d7.toml", "flow.0", "x", "first [b]fault"),
        Problem("flows/d7.toml", "", "x", "second"),
    )
    monkeypatch.setattr("console.scripts.lint.check", lambda _texts, _shipped=None: faults)
    monkeypatch.setattr(desk, "_faults", {})
    app = console_for(clinic, "lead", "en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot)
        await pilot.press("r")
        await settle(pilot, lambda: front(app, ReleasesScreen) and "as delivered" in screen_text(app))
        await pilot.press("p")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "note", "all of it")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, Read), 20)
        assert "2 problems" in screen_text(app) and "flow.0: first [b]fault" in screen_text(app)
        await pilot.press("escape")
        await settle(pilot, lambda: front(app, FormDialog) and "2 problems" in field_error(app, "folder"))
    assert clinic.count("script_release") == 0


def in_a_folder(texts: Library, folder: Path) -> Path:
    for name, body in texts.texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(body, encoding="utf-8")
    return folder


async def test_the_check_holds_up_no_save_and_the_new_release_is_in_front(
    clinic: SampleClinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def check(_texts: Library, _shipped: Library | None = None) -> tuple[()]:
        checked.append(threading.current_thread().name.partition("_")[0])
        return ()

    monkeypatch.setattr("console.scripts.lint.check", check)
    monkeypatch.setattr(desk, "_faults", {})
    folder = in_a_folder(changed_release(), tmp_path / "own")
    app = console_for(clinic, "chen", "en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot)
        await pilot.press("r")
        await settle(pilot, lambda: front(app, ReleasesScreen) and "as delivered" in screen_text(app))
        await pilot.press("p")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "note", "other words")
        type_into(app, "folder", str(folder))
        await pilot.press("ctrl+s")
        # What the program was delivered with stands above it in the list.
        await settle(
            pilot, lambda: front(app, ReleasesScreen) and app.screen.query_one(RowList).current == 1, 20
        )
        assert "as delivered" in screen_text(app) and checked == ["reader"]
        desk._faults.clear()
        await pilot.press("a")
        await settle(pilot, lambda: front(app, FormDialog), 20)
        type_into(app, "pin", PIN)
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, ReleasesScreen) and "read, approved" in screen_text(app), 20)
    assert checked == ["reader", "reader"]


async def test_files_get_their_names_off_the_event_loop(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch, unchecked: None
) -> None:
    texts = dict(shipped().texts)
    texts["flows/d7.toml"] = texts["flows/d7.toml"].replace("第7天回访", "一周回访")
    desk.publish(clinic.seat("lead"), from_texts(texts), "x", clinic.now)
    desk.approve(clinic.seat("chen"), PIN, clinic.now)
    flows, loop, seen = Library.flows, threading.get_ident(), list[bool]()

    def flows_of(self: Library, code: str) -> Any:
        seen.append(threading.get_ident() == loop)
        return flows(self, code)

    app = console_for(clinic, "lead", "zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot)
        await pilot.press("r")
        await settle(pilot, lambda: front(app, ReleasesScreen) and "已审核" in screen_text(app))
        monkeypatch.setattr(Library, "flows", flows_of)
        app.screen.query_one(RowList).highlighted = 1
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, ScriptDiff) and "一周回访" in screen_text(app), 20)
        await pilot.press("f9")
        await settle(pilot, lambda: "Day 7 call" in screen_text(app))
    assert seen and not any(seen)


async def test_a_caller_reads_but_neither_publishes_nor_approves(clinic: SampleClinic) -> None:
    app = console_for(clinic, "li", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, "t", QueueScreen)
        await pilot.press("r")
        await settle(pilot, lambda: front(app, ReleasesScreen) and "as delivered" in screen_text(app))
        await pilot.press("p", "a")
        assert front(app, ReleasesScreen)
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, ScriptDiff))
        assert "says the same" in screen_text(app)
        await pilot.press("q")
        await settle(pilot, lambda: front(app, ReleasesScreen))
        await pilot.press("q")
        await settle(pilot, lambda: front(app, ScriptsScreen))


# -- without a screen --------------------------------------------------------------------------------------


def book(status: ReleaseStatus, seat: Any) -> Book:
    return Book(shipped(), desk.Release(shipped().hash, status), values("zh", seat, "clinic"))


def words(made: list[Line]) -> str:
    return "\n".join(text for text, _style in made)


@pytest.mark.parametrize("size", SIZES)
async def test_an_overdue_review_is_said_in_days(clinic: SampleClinic, size: tuple[int, int]) -> None:
    from datetime import timedelta

    desk.approve(clinic.seat("chen"), PIN, clinic.now - timedelta(days=400))
    app = console_for(clinic, "lead", "en")
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(app, pilot)
        assert "days overdue" in screen_text(app)
        await pilot.press("r")
        await settle(pilot, lambda: front(app, ReleasesScreen) and "read, overdue" in screen_text(app))
        assert "days overdue" in screen_text(app)
        check_frame(app, size)
