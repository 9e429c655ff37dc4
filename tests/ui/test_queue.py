"""The queue screen: the cursor belongs to a person, only rows on screen are read, data is only ever text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from textual.screen import Screen
from textual.widgets import Input

from console.app import ConsoleApp
from console.screens.queue import FIRST_ROWS, QueueScreen
from console.text import cells
from console.widgets.dialogs import Ask, Read
from console.widgets.queue_list import BLOCK, QueueList
from db.connect import Database
from db.enums import Tier
from db.records import WindowState
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.fakes import NOW, FakeDesk, row
from tests.ui.hostile import FORBIDDEN, HOSTILE

MakeApp = Callable[..., ConsoleApp]


def listed(app: ConsoleApp) -> QueueList:
    """The list of the queue screen."""
    return app.screen.query_one(QueueList)


def ready(app: ConsoleApp, desk: FakeDesk) -> Callable[[], bool]:
    """Whether the signed-in queue shows its rows."""
    return lambda: (
        app.seat is not None
        and isinstance(app.screen, QueueScreen)
        and "page" in desk.calls
        and listed(app).count == min(len(desk.rows), FIRST_ROWS)
    )


async def others_change(record: Database) -> None:
    """Another seat commits something."""
    await asyncio.to_thread(lambda: record.connection().execute("INSERT INTO t VALUES (1)"))


def cursor_line(app: ConsoleApp) -> str:
    """The painted line under the cursor."""
    at = listed(app)._index[listed(app).cursor]  # type: ignore[index]
    return screen_lines(app)[at - round(listed(app).scroll_y) + 2]


@pytest.fixture
def calls_opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Claims for which a call screen was opened; a bare screen stands for it."""
    import sys
    from types import ModuleType

    opened: list[object] = []

    def make(claim: object, draft: object = None) -> Screen[None]:
        opened.append(claim)
        return Screen()

    module = ModuleType("console.screens.call")
    module.CallScreen = make  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "console.screens.call", module)
    return opened


async def test_cursor_follows_the_person(make_app: MakeApp, desk: FakeDesk, record: Database) -> None:
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("down", "down", "down", "down")
        await settle(pilot, lambda: listed(app).cursor == 5)
        desk.rows = [row(99, patient="新*"), row(98, patient="来*"), *desk.rows[1:]]
        await others_change(record)
        await settle(pilot, lambda: listed(app).last is not None and 99 in listed(app)._index)
        assert listed(app).cursor == 5
        assert cursor_line(app).startswith("6  ")
        await pilot.press("w")
        await settle(pilot, lambda: "why 5" in desk.calls)


async def test_enter_takes_the_person_under_a_moved_cursor(
    make_app: MakeApp, desk: FakeDesk, record: Database, calls_opened: list[object]
) -> None:
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("down", "down")
        await settle(pilot, lambda: listed(app).cursor == 3)
        desk.rows = [row(50), row(51), *desk.rows]
        await others_change(record)
        await settle(pilot, lambda: 51 in listed(app)._index)
        await pilot.press("enter")
        await settle(pilot, lambda: len(calls_opened) == 1)
        assert "take_item 3" in desk.calls and "take_next" not in desk.calls


async def test_enter_takes_the_next_one_in_order(
    make_app: MakeApp, desk: FakeDesk, calls_opened: list[object]
) -> None:
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("down", "down", "home", "enter")
        await settle(pilot, lambda: len(calls_opened) == 1)
        assert "take_next" in desk.calls and not any(call.startswith("take_item") for call in desk.calls)


async def test_a_person_who_left_hands_the_cursor_to_nobody_in_particular(
    make_app: MakeApp, desk: FakeDesk, record: Database, calls_opened: list[object]
) -> None:
    """After the chosen person is gone, enter must not take whoever slid under the cursor."""
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("down", "down")
        await settle(pilot, lambda: listed(app).cursor == 3)
        desk.rows = [one for one in desk.rows if one.id != 3]
        await others_change(record)
        await settle(pilot, lambda: 3 not in listed(app)._index)
        await pilot.press("enter")
        await settle(pilot, lambda: len(calls_opened) == 1)
        assert "take_next" in desk.calls and "take_item 4" not in desk.calls


async def test_only_what_is_seen_is_read(make_app: MakeApp, desk: FakeDesk) -> None:
    desk.rows = [row(number) for number in range(1, 2001)]
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        assert desk.pages and all(page == (None, FIRST_ROWS) for page in desk.pages)
        for _ in range(3):
            await pilot.press("pagedown")
        block = (desk.rows[FIRST_ROWS - 1].key, BLOCK)
        await settle(pilot, lambda: block in desk.pages and listed(app).count >= FIRST_ROWS + BLOCK)
        await pilot.press("end")
        await settle(pilot, lambda: len({after for after, _limit in desk.pages}) >= 3)
        ids = [line.row.id for line in listed(app)._lines]
        assert ids == list(range(1, len(ids) + 1))
        assert max(limit for _after, limit in desk.pages) < 500


async def test_cursor_stays_in_sight(make_app: MakeApp, desk: FakeDesk, record: Database) -> None:
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        for _ in range(25):
            await pilot.press("down")
        await settle(pilot, lambda: listed(app).cursor == 26)
        assert cursor_line(app).startswith("26 ")
        desk.rows = [row(number) for number in range(100, 103)] + desk.rows
        await others_change(record)
        await settle(pilot, lambda: 102 in listed(app)._index)
        assert cursor_line(app).startswith("29 ")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ("zh", "en"))
async def test_hostile_data_is_text(
    make_app: MakeApp, desk: FakeDesk, size: tuple[int, int], language: str
) -> None:
    desk.rows = [
        row(number, patient=text, procedure=text, milestone=text, team=text, external_id=text)
        for number, text in enumerate(HOSTILE, 1)
    ]
    desk.people = [
        SimpleNamespace(
            patient_id=1,
            patient=text,
            external_id=text,
            procedure=text,
            phone=text,
            masked_name=text,
            last_digits=text,
            held_by=text,
        )
        for text in HOSTILE
    ]
    desk.seat = replace(desk.seat, name=HOSTILE[9] + HOSTILE[2])
    app = make_app(language)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        for _ in HOSTILE:
            await pilot.press("down")
            lines = screen_lines(app)
            assert not FORBIDDEN & set("".join(lines))
            assert {cells(line) for line in lines} == {size[0]}
        assert "[bold]x" in screen_text(app) or "[/" in screen_text(app)
        await pilot.press("w")
        await settle(pilot, lambda: isinstance(app.screen, Read))
        assert not FORBIDDEN & set(screen_text(app).replace("\n", ""))
        await pilot.press("escape", "/")
        await settle(pilot, lambda: app.screen.__class__.__name__ == "FindPatient")
        await pilot.press("a")
        await settle(pilot, lambda: "find a" in desk.calls and "[bold]x" in screen_text(app))
        assert not FORBIDDEN & set(screen_text(app).replace("\n", ""))
        await pilot.press("escape", "f7", "a")
        await settle(pilot, lambda: "incoming a" in desk.calls and "[bold]x" in screen_text(app))
        assert not FORBIDDEN & set(screen_text(app).replace("\n", ""))


async def test_a_failure_with_hostile_words_is_text(
    make_app: MakeApp, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from db.errors import AlreadyTaken

    def refuse(*_arguments: object) -> None:
        raise AlreadyTaken("[/nowhere][@click=app.bell]", who="[/急]")

    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        monkeypatch.setattr("console.desk.queue.take_next", refuse)
        await pilot.press("enter")
        await settle(pilot, lambda: "[/nowhere]" in screen_text(app))
        assert app.is_running


async def test_closed_window_dims_and_says_when(make_app: MakeApp, desk: FakeDesk) -> None:
    opens = NOW + timedelta(hours=4, minutes=28)
    desk.window = WindowState(False, None, opens, False)
    desk.rows = [row(number, takeable=False, opens_at=opens) for number in range(1, 6)]
    app = make_app("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await settle(pilot, lambda: "未开放 19:00开" in screen_lines(app)[0])
        assert "19:00开放" in screen_lines(app)[2]
        assert {line.style for line in listed(app)._lines} == {"dim"}


async def test_tier_deadline_and_time_left_as_in_the_design(make_app: MakeApp, desk: FakeDesk) -> None:
    desk.rows = [
        row(1, tier=Tier.PROMISED, deadline_at=NOW + timedelta(minutes=13), attempts=1),
        row(
            2,
            tier=Tier.SAFETY,
            deadline_at=NOW + timedelta(hours=5, minutes=28),
            day=1,
            procedure="rhinoplasty_implant",
        ),
        row(3, tier=Tier.OVERDUE, deadline_at=NOW - timedelta(hours=18, minutes=32), day=8, attempts=2),
    ]
    app = make_app("zh")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        lines = screen_lines(app)
        assert lines[2].split()[:8] == ["1", "承诺", "14:45", "13分", "王*", "双眼皮", "6", "1"]
        assert lines[3].split()[:4] == ["2", "安全", "20:00", "5时"]
        assert lines[4].split()[:4] == ["3", "逾期", "昨20:00", "迟1天"]


async def test_why_not_asks_for_the_person(make_app: MakeApp, desk: FakeDesk) -> None:
    desk.people = [SimpleNamespace(patient_id=77, patient="赵*", external_id="A7", procedure="", phone=None)]
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("n")
        await settle(pilot, lambda: isinstance(app.screen.focused, Input))
        await pilot.press("z", "n")
        await settle(pilot, lambda: "A7" in screen_text(app))
        await pilot.press("enter")
        await settle(pilot, lambda: "why_not 77" in desk.calls and isinstance(app.screen, Read))
        assert "Why not 赵*" in screen_text(app)


async def test_incoming_takes_an_unknown_caller(
    make_app: MakeApp, desk: FakeDesk, calls_opened: list[object]
) -> None:
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("f7")
        await settle(pilot, lambda: app.screen.__class__.__name__ == "Incoming")
        await pilot.press(*"4321", "enter")
        await settle(pilot, lambda: len(calls_opened) == 1)
        assert "take_incoming None 4321" in desk.calls


async def test_incoming_takes_the_marked_candidate(
    make_app: MakeApp, desk: FakeDesk, calls_opened: list[object]
) -> None:
    desk.people = [
        SimpleNamespace(patient_id=8, masked_name="李*", last_digits="4321", procedure=None, held_by="周洁")
    ]
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("ctrl+o")
        await settle(pilot, lambda: app.screen.__class__.__name__ == "Incoming")
        await pilot.press(*"4321")
        await settle(pilot, lambda: "李*  *4321" in screen_text(app) and "周洁" in screen_text(app))
        await pilot.press("enter")
        await settle(pilot, lambda: len(calls_opened) == 1)
        assert "take_incoming 8 4321" in desk.calls


async def test_skipping_needs_a_reason(make_app: MakeApp, desk: FakeDesk) -> None:
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("s")
        await settle(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Ask)
        await pilot.press(*"abroad", "enter")
        await settle(pilot, lambda: "skip 1 abroad" in desk.calls)


async def test_letters_are_typed_where_a_text_has_focus(make_app: MakeApp, desk: FakeDesk) -> None:
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("/")
        await settle(pilot, lambda: isinstance(app.screen.focused, Input))
        await pilot.press("w", "question_mark", "f9")
        assert app.screen.query_one(Input).value == "w?"


async def test_a_burst_of_changes_is_read_once_more_not_once_each(
    make_app: MakeApp, desk: FakeDesk, record: Database
) -> None:
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        before = desk.calls.count("page")
        for _ in range(50):
            app.record_signal.publish(None)
        await settle(pilot, lambda: desk.calls.count("page") > before)
        await pilot.pause(0.3)
        assert desk.calls.count("page") - before <= 4


async def test_an_unsaved_call_is_taken_up_again(
    make_app: MakeApp, desk: FakeDesk, calls_opened: list[object]
) -> None:
    desk.drafts = [SimpleNamespace(contact_id=31, masked_name="[/急]", updated_at=NOW)]
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await settle(
            pilot, lambda: "unsaved 1" in screen_lines(app)[0] and "u unsaved" in screen_lines(app)[-1]
        )
        await pilot.press("u")
        await settle(pilot, lambda: "[/急]" in screen_text(app))
        await pilot.press("1")
        await settle(pilot, lambda: len(calls_opened) == 1)
        assert "resume 31" in desk.calls


async def test_a_lost_unsaved_call_is_never_dropped_silently(make_app: MakeApp, desk: FakeDesk) -> None:
    desk.drafts = [SimpleNamespace(contact_id=31, masked_name="", updated_at=NOW)]
    desk.draft_lost = True
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await settle(pilot, lambda: "unsaved 1" in screen_lines(app)[0])
        await pilot.press("u")
        await settle(pilot, lambda: "unknown caller" in screen_text(app))
        await pilot.press("1")
        await settle(pilot, lambda: "put it on record" in screen_text(app))
        await pilot.press("1")
        await settle(pilot, lambda: "file_late 31" in desk.calls)
        assert "discard 31" not in desk.calls
