"""The queue screen: the cursor belongs to a person, only rows on screen are read, data is only ever text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from textual.strip import Strip

from console.app import ConsoleApp
from console.screens.help import lines_for
from console.screens.queue import FIRST_ROWS, QueueScreen
from console.text import cells
from console.widgets.dialogs import Choose, Read
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
        # The list may be read anew meanwhile, as far as it is looked at.
        block = (desk.rows[FIRST_ROWS - 1].key, BLOCK)
        await settle(pilot, lambda: block in desk.pages and listed(app).count > FIRST_ROWS)
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
    agreed = NOW + timedelta(minutes=13)
    desk.rows = [
        # Its clinical window ends before the agreed time does with its grace: what was agreed is what shows.
        row(1, tier=Tier.PROMISED, deadline_at=NOW + timedelta(minutes=3), promise_at=agreed, attempts=1),
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


def painted_lines(app: ConsoleApp, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Fills with the lines of the list that are painted from here on, counted from its heading."""
    painted: set[int] = set()
    plain = QueueList.render_line

    def noting(self: QueueList, y: int) -> Strip:
        painted.add(y)
        return plain(self, y)

    monkeypatch.setattr(QueueList, "render_line", noting)
    return painted


@pytest.mark.parametrize(("size", "language"), list(zip(SIZES, ("zh", "en"), strict=True)))
async def test_a_colleagues_claim_repaints_its_line_and_leaves_the_cursor_alone(
    make_app: MakeApp,
    desk: FakeDesk,
    record: Database,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    language: str,
) -> None:
    app = make_app(language)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("down", "down", "down")
        await settle(pilot, lambda: listed(app).cursor == 4)
        await pilot.pause(0.5)
        painted = painted_lines(app, monkeypatch)
        held, desk.rows = desk.rows[1], [desk.rows[0], *desk.rows[2:]]
        desk.held_rows = (replace(held, held_by="欧阳娜娜", talking=True, takeable=False),)
        await others_change(record)
        words = {"zh": "正在通话：欧阳", "en": "in a call: 欧"}[language]
        await settle(pilot, lambda: words in screen_lines(app)[3])
        assert painted == {2}
        lines = screen_lines(app)
        assert lines[3].split()[:2] == ["2", {"zh": "占", "en": "-"}[language]]
        assert {cells(line) for line in lines} == {size[0]}
        assert listed(app).cursor == 4 and cursor_line(app).startswith("4  ")
        assert listed(app)._lines[1].style == "dim"
        # Given back: her line reads as before, and again nothing else is touched.
        painted.clear()
        desk.rows, desk.held_rows = [desk.rows[0], held, *desk.rows[1:]], ()
        await others_change(record)
        await settle(pilot, lambda: words not in screen_text(app))
        assert painted == {2} and listed(app).cursor == 4


async def test_a_saved_call_leaves_the_list_and_the_cursor_stays_on_its_patient(
    make_app: MakeApp, desk: FakeDesk, record: Database
) -> None:
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press(*["down"] * 20)
        await settle(pilot, lambda: listed(app).cursor == 21)
        desk.rows = desk.rows[3:]
        await others_change(record)
        await settle(pilot, lambda: 1 not in listed(app)._index)
        assert listed(app).cursor == 21 and cursor_line(app).startswith("18 ")
        desk.rows = desk.rows[:19]
        await others_change(record)
        await settle(pilot, lambda: listed(app).count == 19)
        assert listed(app).cursor == 21 and cursor_line(app).startswith("18 ")


async def test_enter_takes_the_first_whom_nobody_works_on(
    make_app: MakeApp, desk: FakeDesk, record: Database, calls_opened: list[object]
) -> None:
    desk.held_rows = (replace(desk.rows.pop(0), held_by="周洁", takeable=False),)
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and "held" in desk.calls and listed(app).count == 30)
        assert "taken: 周洁" in screen_lines(app)[2]
        assert listed(app).cursor == 2 and listed(app).chosen is None
        await pilot.press("up")
        await settle(pilot, lambda: listed(app).cursor == 1)
        # She is somebody's, but that is for the record to say: she may be free by now.
        await pilot.press("enter")
        await settle(pilot, lambda: "take_item 1" in desk.calls)


async def test_whom_a_colleague_took_while_it_was_read_stands_there_once(
    make_app: MakeApp, desk: FakeDesk
) -> None:
    desk.held_rows = (replace(desk.rows[2], held_by="周洁", takeable=False),)
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and "held" in desk.calls and listed(app).count == 30)
        ids = [line.row.id for line in listed(app)._lines]
        assert ids == sorted(set(ids)) and listed(app)._lines[2].row.held_by == "周洁"


@pytest.mark.parametrize(("size", "language"), list(zip(SIZES, ("zh", "en"), strict=True)))
async def test_what_is_due_now_has_a_mark_and_is_blue(
    make_app: MakeApp, desk: FakeDesk, size: tuple[int, int], language: str
) -> None:
    desk.rows = [
        row(1, tier=Tier.RED_FLAG, due=True),
        row(2, due=True),
        row(3),
        row(4, due=True, deadline_at=NOW - timedelta(minutes=5)),
    ]
    app = make_app(language)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        lines = screen_lines(app)
        mark = {"zh": "到", "en": "*"}[language]
        assert [lines[at].split()[1] == mark for at in range(2, 6)] == [True, True, False, True]
        assert [line.style for line in listed(app)._lines] == ["alarm", "due", "", "warn"]
        blue = listed(app).get_component_rich_style("queue--due").color
        assert blue is not None and blue.triplet is not None and blue.triplet.blue > blue.triplet.red
        assert {cells(line) for line in lines} == {size[0]}
        word = {"zh": "现在该打", "en": "to be called now"}[language]
        assert word in "".join(lines_for("queue"))


@pytest.mark.parametrize(("size", "language"), list(zip(SIZES, ("zh", "en"), strict=True)))
async def test_a_narrowed_list_says_so_and_enter_still_takes_the_next_of_everybody(
    make_app: MakeApp, desk: FakeDesk, calls_opened: list[object], size: tuple[int, int], language: str
) -> None:
    desk.rows = [row(1, tier=Tier.SAFETY), row(2), row(3, tier=Tier.SAFETY), row(4, procedure="liposuction")]
    app = make_app(language)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        everybody = {"zh": "看全部", "en": "everybody"}[language]
        assert everybody not in screen_text(app)
        await pilot.press("f")
        await settle(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("1")
        words = {"zh": "安全", "en": "SAFE"}[language]
        await settle(pilot, lambda: isinstance(app.screen, Choose) and f"3  {words}" in screen_text(app))
        await pilot.press("3")
        await settle(pilot, lambda: isinstance(app.screen, QueueScreen) and listed(app).count == 2)
        head = {"zh": "只看：安全", "en": "Only SAFE."}[language]
        assert head in screen_lines(app)[1] and everybody in "".join(screen_lines(app)[1:3])
        assert {cells(line) for line in screen_lines(app)} == {size[0]}
        assert [line.row.id for line in listed(app)._lines] == [1, 3]
        # Nobody is under the cursor, so enter is not about a line of this list.
        assert listed(app).current is None
        await pilot.press("w")
        await settle(pilot, lambda: {"zh": "先用上下键", "en": "Choose a line"}[language] in screen_text(app))
        await pilot.press("down", "down")
        await settle(pilot, lambda: listed(app).cursor == 3)
        # One more question, of the row under the cursor.
        await pilot.press("f", "3")
        await settle(pilot, lambda: isinstance(app.screen, Choose) and "1  " in screen_text(app))
        await pilot.press("2")
        await settle(pilot, lambda: desk.narrowed_to[-1][0].procedure == "liposuction")
        await settle(pilot, lambda: isinstance(app.screen, QueueScreen) and listed(app).count == 0)
        why = {"zh": "全部里现在可拨128位", "en": "of everybody 128 may be called now"}[language]
        await settle(pilot, lambda: why in screen_text(app).replace("\n", ""))
        desk.looked_enough = True
        app.screen.action_refresh()  # type: ignore[attr-defined]
        first = {"zh": "前10000位里没有", "en": "Nobody of the first 10000"}[language]
        await settle(pilot, lambda: first in screen_text(app))
        await pilot.press("enter")
        await settle(pilot, lambda: len(calls_opened) == 1)
        assert "take_next" in desk.calls and not any(call.startswith("take_item") for call in desk.calls)
        app.pop_screen()
        await pilot.press("c")
        await settle(pilot, lambda: listed(app).count == 4 and head not in screen_text(app))
        assert listed(app).cursor == 1


async def test_a_chosen_line_of_a_narrowed_list_is_taken(
    make_app: MakeApp, desk: FakeDesk, calls_opened: list[object]
) -> None:
    desk.rows = [row(1), row(2, tier=Tier.SAFETY)]
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("ctrl+e")
        await settle(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("1")
        await settle(pilot, lambda: "3  SAFE" in screen_text(app))
        await pilot.press("3")
        await settle(pilot, lambda: isinstance(app.screen, QueueScreen) and listed(app).count == 1)
        await pilot.press("down", "enter")
        await settle(pilot, lambda: len(calls_opened) == 1)
        assert "take_item 2" in desk.calls
        app.pop_screen()
        await pilot.press("escape")
        await settle(pilot, lambda: listed(app).count == 2)


async def test_nobody_left_but_in_colleagues_hands_says_so(make_app: MakeApp, desk: FakeDesk) -> None:
    desk.held_rows = tuple(replace(one, held_by="周洁", takeable=False) for one in desk.rows[:2])
    desk.rows = []
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: "working on everybody who waits: 2" in screen_text(app))
        assert listed(app).count == 2 and listed(app).current is None


async def test_the_full_explanation_stays_while_others_work(
    make_app: MakeApp, desk: FakeDesk, record: Database
) -> None:
    app = make_app("en")
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await settle(pilot, lambda: desk.calls.count("why 1") == 1)
        await pilot.pause(0.3)
        read = desk.calls.count("page")
        desk.rows = [desk.rows[0], *desk.rows[2:]]
        await others_change(record)
        await settle(pilot, lambda: desk.calls.count("page") > read and 2 not in listed(app)._index)
        await pilot.pause(0.5)
        assert desk.calls.count("why 1") == 1
