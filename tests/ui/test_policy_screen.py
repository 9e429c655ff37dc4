"""The policy screen from reading to putting another document in force, and what the board says of closures."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console import i18n, keys
from console.app import ConsoleApp
from console.desk import policy
from console.rules.policy import default_text
from console.screens.board import BoardScreen
from console.screens.form import FormDialog
from console.screens.policy import PolicyScreen
from console.screens.policy_preview import PolicyPreview
from console.screens.queue import QueueScreen
from console.text import cells
from console.widgets.dialogs import Choose, Read
from console.widgets.row_list import RowList
from db.connect import Database
from db.enums import ItemClass
from tests.clinic import PIN, SampleClinic, make_clinic
from tests.desk.queue_world import QueueWorld, at
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.hostile import FORBIDDEN
from tests.ui.real_desk import console_for, desk_off_the_loop, field_error, type_into


@pytest.fixture
def clinic(sqlite_database: Database, now: datetime) -> SampleClinic:
    return make_clinic(sqlite_database, now)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    i18n.use("en")
    keys.override({})


def front(app: ConsoleApp, kind: type) -> bool:
    return isinstance(app.screen, kind)


def check_frame(app: ConsoleApp, size: tuple[int, int]) -> None:
    for line in screen_lines(app):
        assert cells(line) == size[0], line
        assert not FORBIDDEN & set(line), line


async def to_the_policy(app: ConsoleApp, pilot: Pilot[int], words: str) -> None:
    await settle(pilot, lambda: app.seat is not None and front(app, BoardScreen))
    await pilot.press("y")
    await settle(pilot, lambda: front(app, PolicyScreen) and words in screen_text(app))


@pytest.mark.parametrize("size", SIZES)
async def test_a_document_goes_from_a_file_over_its_preview_into_force(
    clinic: SampleClinic, tmp_path: Path, size: tuple[int, int]
) -> None:
    world = QueueWorld(clinic)
    world.item(world.patient(), "D1", ItemClass.SAFETY)
    world.item(world.patient(), "D7")
    file = tmp_path / "clinic.toml"
    app = console_for(clinic, "lead", "zh")
    with desk_off_the_loop() as caught:
        async with app.run_test(size=size, notifications=True) as pilot:
            await to_the_policy(app, pilot, "14:30-16:30")
            assert "2027 年还没有数据" in screen_text(app) and "端午节" in screen_text(app)
            check_frame(app, size)
            await pilot.press("p")
            await settle(pilot, lambda: front(app, FormDialog))
            type_into(app, "file", str(file))
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: "没有可读的文件" in field_error(app, "file"))
            file.write_text(default_text().replace("lock_min = 3", "lock_min = 0"), encoding="utf-8")
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: front(app, Read) and "staff.lock_min" in screen_text(app))
            await pilot.press("enter")
            file.write_text(default_text().replace("19:00-20:00", "18:00-19:00"), encoding="utf-8")
            await settle(pilot, lambda: front(app, FormDialog))
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: front(app, PolicyPreview))
            assert "共 2 个待回访，2 个有变" in screen_text(app)
            assert "期限：2 个提前，0 个推后" in screen_text(app)
            check_frame(app, size)
            assert clinic_versions(clinic) == [1], "nothing has changed yet"
            await pilot.press("a")
            await settle(pilot, lambda: front(app, FormDialog))
            type_into(app, "pin", "000000")
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: "PIN" in error_line(app))
            type_into(app, "pin", PIN)
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: front(app, PolicyScreen) and "18:00-19:00" in screen_text(app))
            await settle(pilot, lambda: "现行第 2 版" in screen_text(app))
            assert app.seat is not None and app.seat.policy.version == 2
            await settle(pilot, lambda: app.screen.query_one(RowList).option_count == 2)
            await settle(pilot, lambda: _all_placed(clinic))
            await pilot.press("end")
            await settle(pilot, lambda: "19:00-20:00" in screen_text(app))
            await pilot.press("d")
            await settle(pilot, lambda: front(app, Read) and "schema = 1" in screen_text(app))
    assert caught == []


def _rows(clinic: SampleClinic, sql: str) -> list[dict[str, object]]:
    """Read in a thread: the loop may not touch the record."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(clinic.rows, sql).result()


def clinic_versions(clinic: SampleClinic) -> list[object]:
    return [row["number"] for row in _rows(clinic, "SELECT number FROM policy_version ORDER BY number")]


def _all_placed(clinic: SampleClinic) -> bool:
    return not _rows(clinic, "SELECT id FROM item WHERE policy_version < 2")


def error_line(app: ConsoleApp) -> str:
    from textual.widgets import Static

    return str(app.screen.query_one("#form-error", Static).content)


async def test_the_same_document_changes_nothing_and_its_words_are_data(
    clinic: SampleClinic, tmp_path: Path
) -> None:
    said = "[bold]停电[/bold]"
    text = default_text().replace(
        "overrides = []", f'overrides = [{{date = "2026-06-20", closed = "{said}"}}]'
    )
    policy.apply(clinic.seat("lead"), text, clinic.now)
    file = tmp_path / "same.toml"
    file.write_text(text, encoding="utf-8")
    app = console_for(clinic, "lead", "en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await to_the_policy(app, pilot, said)
        await pilot.press("p")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "file", str(file))
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, Read) and "nothing changes" in screen_text(app))
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, PolicyScreen))
        await pilot.press("q")
        await settle(pilot, lambda: front(app, BoardScreen))


async def test_only_a_lead_is_shown_the_way(clinic: SampleClinic) -> None:
    app = console_for(clinic, "li", "zh", mode="queue")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot, lambda: app.seat is not None and front(app, QueueScreen))
        assert not app.screen.check_action("policy", ())
        await pilot.press("y")
        await pilot.pause()
        assert front(app, QueueScreen)
    lead = console_for(clinic, "lead", "zh", mode="queue")
    async with lead.run_test(size=(80, 24)) as pilot:
        await settle(pilot, lambda: lead.seat is not None and front(lead, QueueScreen))
        await pilot.press("y")
        await settle(pilot, lambda: front(lead, PolicyScreen))


@pytest.mark.parametrize("size", SIZES)
async def test_the_board_says_which_safety_calls_fall_into_a_closure_and_which_year_has_no_holidays(
    sqlite_database: Database, size: tuple[int, int]
) -> None:
    clinic = make_clinic(sqlite_database, at("2026-12-20 14:35"))
    text = default_text().replace(
        "overrides = []", 'overrides = [{date = "2026-12-28", closed = "搬家"}, '
        '{date = "2026-12-29", closed = "搬家"}]',
    )  # fmt: skip
    policy.apply(clinic.seat("lead"), text, clinic.now)
    world = QueueWorld(clinic)
    world.item(world.patient("王小丽"), "D1", ItemClass.SAFETY, due=date(2026, 12, 28))
    app = console_for(clinic, "lead", "zh")
    async with app.run_test(size=size) as pilot:
        await settle(pilot, lambda: app.seat is not None and front(app, BoardScreen))
        await settle(pilot, lambda: "12-28 至 12-29 搬家休息：期间安全回访 1 个" in screen_text(app))
        # At 80 columns the closure comes first; what does not fit is counted.
        year = "2027 年节假日无数据" if size[0] > 80 else "+1"
        await settle(pilot, lambda: year in screen_text(app))
        check_frame(app, size)
        await pilot.press("x")
        await settle(pilot, lambda: front(app, Choose) and "搬家" in screen_text(app))
        line = next(line for line in screen_text(app).splitlines() if "12-28" in line and "|" in line)
        await pilot.press(line.split("|")[1].split()[0].strip(">"))
        await settle(pilot, lambda: "2026-12-28 周一  王*" in screen_text(app))
        assert "当天可以拨打" in screen_text(app) and "王小丽" not in screen_text(app)
