"""What a lead keeps: the staff with their first PINs, and the fix list."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from console import i18n, keys
from console.app import ConsoleApp
from console.desk import imports, staff
from console.screens.board import BoardScreen
from console.screens.fixlist import FixListScreen
from console.screens.form import FormDialog
from console.screens.staff import StaffScreen
from console.text import cells
from console.widgets.dialogs import Choose, Confirm, Read
from console.widgets.row_list import RowList
from db.connect import Database
from db.enums import Role
from db.errors import NotAllowed
from tests.clinic import SampleClinic, make_clinic
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.hostile import FORBIDDEN, HOSTILE
from tests.ui.real_desk import console_for, desk_off_the_loop, field_error, field_value, type_into

HEAD = ["客户编号", "姓名", "手机", "是否成交", "项目名称", "手术日期", "备注"]


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


def listed(app: ConsoleApp) -> RowList:
    return app.screen.query_one(RowList)


async def on_the_board(app: ConsoleApp, pilot: object) -> None:
    await settle(pilot, lambda: app.seat is not None and front(app, BoardScreen))  # type: ignore[arg-type]


def check_frame(app: ConsoleApp, size: tuple[int, int]) -> None:
    for line in screen_lines(app):
        assert cells(line) == size[0], line
        assert not FORBIDDEN & set(line), line


async def test_a_colleague_is_added_and_the_first_pin_shown_once(clinic: SampleClinic) -> None:
    app = console_for(clinic, "lead", "zh")
    with desk_off_the_loop() as caught:
        pin = await _add_a_colleague(app)
    assert caught == []
    row = clinic.rows("SELECT * FROM staff WHERE login = 'zhouyan'")[0]
    assert (row["name"], row["roles"], row["languages"]) == ("周妍", '["nurse", "caller"]', '["en"]')
    assert bool(row["must_change_pin"]) and bool(row["restricted_ok"])
    with pytest.raises(NotAllowed) as refused:
        staff.sign_in(clinic.database, "zhouyan", pin, clinic.now)
    assert refused.value.code == "pin_must_change"


async def _add_a_colleague(app: ConsoleApp) -> str:
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await on_the_board(app, pilot)
        await pilot.press("s")
        await settle(pilot, lambda: front(app, StaffScreen) and listed(app).option_count == 5)
        await pilot.press("a")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "login", "Lead")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "name") != "")
        type_into(app, "name", "周妍")
        # Roles: caller is taken at first; drop it, take nurse, then caller again: nurse is the first.
        await pilot.press("down", "1", "2", "１", "down", "2", "1", "down", "down", "right", "ctrl+s")
        await settle(pilot, lambda: "已有人" in screen_text(app) or "登录名" in error_line(app))
        assert field_value(app, "roles") == ("nurse", "caller") and field_value(app, "name") == "周妍"
        type_into(app, "login", "ZhouYan")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, Read))
        line = next(line for line in screen_lines(app) if "zhouyan" in line)
        pin = line.replace("|", " ").split("zhouyan")[1].split()[0]
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, StaffScreen) and listed(app).option_count == 6)
        assert pin not in screen_text(app)
        return pin


def error_line(app: ConsoleApp) -> str:
    from textual.widgets import Static

    return str(app.screen.query_one("#form-error", Static).content)


async def test_a_new_pin_and_leaving(clinic: SampleClinic) -> None:
    app = console_for(clinic, "lead", "en")
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await on_the_board(app, pilot)
        await pilot.press("s")
        await settle(pilot, lambda: front(app, StaffScreen) and listed(app).option_count == 5)
        await pilot.press("end")
        at = listed(app).current
        await pilot.press("p")
        await settle(pilot, lambda: front(app, Confirm))
        await pilot.press("escape")
        await settle(pilot, lambda: front(app, StaffScreen))
        assert not clinic.rows("SELECT id FROM staff WHERE must_change_pin")
        await pilot.press("p")
        await settle(pilot, lambda: front(app, Confirm))
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, Read))
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, StaffScreen) and "first PIN" in screen_text(app))
        assert listed(app).current == at
        await pilot.press("x")
        await settle(pilot, lambda: front(app, Confirm))
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, StaffScreen) and listed(app).option_count == 4)
        await pilot.press("z")
        await settle(pilot, lambda: listed(app).option_count == 5 and "gone" in screen_text(app))
    changed = clinic.rows("SELECT id FROM staff WHERE must_change_pin")
    gone = clinic.rows("SELECT id FROM staff WHERE retired_at IS NOT NULL")
    assert [one["id"] for one in changed] == [at] == [one["id"] for one in gone]


async def test_the_last_lead_stays(clinic: SampleClinic) -> None:
    app = console_for(clinic, "lead", "en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await on_the_board(app, pilot)
        await pilot.press("s")
        await settle(pilot, lambda: front(app, StaffScreen) and listed(app).option_count == 5)
        await pilot.press("home")
        screen = app.screen
        assert isinstance(screen, StaffScreen)
        while screen._current().login != "lead":  # type: ignore[union-attr]  # pyright: ignore[reportPrivateUsage]
            await pilot.press("down")
        await pilot.press("e")
        await settle(pilot, lambda: front(app, FormDialog))
        await pilot.press("down", "5", "ctrl+s")
        await settle(pilot, lambda: error_line(app) != "")
        assert field_value(app, "roles") == ("caller",)
    assert clinic.rows("SELECT roles FROM staff WHERE login = 'lead'")[0]["roles"] == '["lead", "caller"]'


def bring_in(clinic: SampleClinic, folder: Path, *rows: tuple[str, ...]) -> None:
    """An import of rows: record id, name, number, treated, procedure, day, note."""
    path = folder / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])
    imports.run(clinic.database, path, now=clinic.now)


async def test_a_word_is_taught_and_its_rows_come_in(clinic: SampleClinic, tmp_path: Path) -> None:
    bring_in(
        clinic,
        tmp_path,
        ("K1", "王小丽", "13800138000", "是", "小气泡", "2026-06-10", ""),
        ("K2", "赵敏", "13900139000", "是", "小气泡", "2026-06-12", ""),
        ("K3", "", "13700137000", "是", "双眼皮", "2026-06-13", ""),
    )
    app = console_for(clinic, "lead", "zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await on_the_board(app, pilot)
        await settle(pilot, lambda: "导入被拒 3" in screen_text(app))
        await pilot.press("i")
        await settle(pilot, lambda: front(app, FixListScreen) and listed(app).option_count == 3)
        rows = [line for line in screen_lines(app) if line.strip().startswith("2026-06-1")]
        assert [line.split()[0] for line in rows] == ["2026-06-13", "2026-06-12", "2026-06-10"]
        assert "指定叫法" not in screen_lines(app)[-1], "the first row's fault is another"
        await pilot.press("down")
        await settle(pilot, lambda: "指定叫法" in screen_lines(app)[-1])
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, Choose))
        await pilot.press("end", "enter")
        await settle(pilot, lambda: front(app, Confirm))
        assert clinic.count("procedure_alias") == 0
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, FixListScreen) and listed(app).option_count == 1)
        await pilot.press("r")
        await settle(pilot, lambda: front(app, Read) and "13700137000" in screen_text(app))
        await pilot.press("escape")
        await settle(pilot, lambda: front(app, FixListScreen))
        await pilot.press("x")
        await settle(pilot, lambda: front(app, Confirm))
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, FixListScreen) and "没有待修正的行" in screen_text(app))
        await pilot.press("q")
        await settle(pilot, lambda: front(app, BoardScreen) and "导入被拒" not in screen_text(app))
    assert clinic.count("patient") == 2
    states = clinic.rows("SELECT status FROM refused_row ORDER BY id")
    assert sorted(str(one["status"]) for one in states) == ["dismissed", "replayed", "replayed"]


@pytest.mark.parametrize(("size", "language"), list(zip(SIZES, ("zh", "en"), strict=True)))
async def test_hostile_cells_on_the_fix_list(
    clinic: SampleClinic, tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in HOSTILE[SIZES.index(size) :: len(SIZES)]]
    bring_in(
        clinic,
        tmp_path,
        *(
            (f"K{at}", f"王{at}", "13800138000", "是", text, "2026-06-12", text)
            for at, text in enumerate(texts)
        ),
    )
    app = console_for(clinic, "lead", language)
    async with app.run_test(size=size, notifications=True) as pilot:
        await on_the_board(app, pilot)
        await pilot.press("i")
        await settle(pilot, lambda: front(app, FixListScreen) and listed(app).option_count > 10)
        for _row in range(listed(app).option_count):
            check_frame(app, size)
            await pilot.press("r")
            await settle(pilot, lambda: front(app, Read))
            check_frame(app, size)
            await pilot.press("escape")
            await settle(pilot, lambda: front(app, FixListScreen))
            await pilot.press("down")


async def test_a_doctor_has_no_key_to_the_staff(clinic: SampleClinic) -> None:
    app = console_for(clinic, "chen", "en", role=Role.DOCTOR)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await on_the_board(app, pilot)
        await pilot.press("s", "i")
        assert front(app, BoardScreen)
        # Not even by another way: the desk refuses in one sentence and nothing is shown.
        app.push_screen(StaffScreen())
        await settle(pilot, lambda: front(app, StaffScreen) and "lead" in screen_text(app))
        assert listed(app).option_count == 0
