"""What the queue's keys open: search, an incoming call, skipping, one's own calls that broke off."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from textual.widgets import Input, OptionList

from console.app import ConsoleApp
from console.screens.incoming import Incoming
from console.widgets.dialogs import Ask, Read
from tests.ui.conftest import screen_lines, screen_text, settle
from tests.ui.fakes import NOW, FakeDesk, row
from tests.ui.test_queue import listed, ready

MakeApp = Callable[..., ConsoleApp]


def person(number: int, **changes: Any) -> SimpleNamespace:
    """Somebody the search finds."""
    known = {
        "patient_id": number,
        "patient": "赵*",
        "external_id": f"A{number}",
        "procedure": "",
        "phone": None,
    }
    return SimpleNamespace(**{**known, **changes})


def draft(name: str, patient_id: int = 1004) -> SimpleNamespace:
    """An unsaved call of the person at the seat."""
    return SimpleNamespace(contact_id=31, patient_id=patient_id, masked_name=name, updated_at=NOW, held=True)


async def test_why_not_asks_for_the_person(make_app: MakeApp, desk: FakeDesk) -> None:
    desk.people = [person(77)]
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("n")
        await settle(pilot, lambda: isinstance(app.screen.focused, Input))
        await pilot.press("z", "n")
        await settle(pilot, lambda: "A77" in screen_text(app))
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
        await settle(
            pilot, lambda: "Nothing is written yet: write it, or leave with esc." in screen_text(app)
        )
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


async def test_an_unsaved_call_is_taken_up_again(
    make_app: MakeApp, desk: FakeDesk, calls_opened: list[object]
) -> None:
    desk.drafts = [draft("[/急]")]
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
    desk.drafts = [draft("")]
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


async def test_enter_in_the_search_opens_nobody_unseen(make_app: MakeApp, desk: FakeDesk) -> None:
    app = make_app("zh")
    opened: list[int] = []
    app.open_patient = opened.append  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("/")
        await settle(pilot, lambda: isinstance(app.screen.focused, Input))
        # Before the pause is over: what is taken belongs to what was typed, not to nothing.
        await pilot.press(*"zz", "enter")
        await settle(pilot, lambda: "没有找到：zz" in screen_text(app))
        assert opened == []
        desk.people = [person(7), person(8)]
        await pilot.press("h", "enter")
        await settle(pilot, lambda: isinstance(app.screen.focused, OptionList))
        assert "找到 2 位" in screen_text(app) and opened == []
        await pilot.press("down", "enter")
        await settle(pilot, lambda: opened == [8])
        desk.people = [person(9)]
        await pilot.press("/")
        await settle(pilot, lambda: isinstance(app.screen.focused, Input))
        await pilot.press("a", "enter")
        await settle(pilot, lambda: opened == [8, 9])


async def test_an_incoming_call_of_one_of_several_is_not_given_to_the_first(
    make_app: MakeApp, desk: FakeDesk, calls_opened: list[object]
) -> None:
    desk.people = [
        SimpleNamespace(patient_id=one, masked_name="李*", last_digits="4321", procedure=None, held_by="")
        for one in (8, 9)
    ]
    app = make_app("en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, ready(app, desk))
        await pilot.press("f7")
        await settle(pilot, lambda: isinstance(app.screen, Incoming))
        await pilot.press(*"4321", "enter")
        await settle(pilot, lambda: isinstance(app.screen.focused, OptionList))
        assert not calls_opened and "Somebody we do not know" in screen_text(app)
        await pilot.press("down", "enter")
        await settle(pilot, lambda: len(calls_opened) == 1)
        assert "take_incoming 9 4321" in desk.calls


@pytest.mark.parametrize(("language", "words"), (("zh", "您的，按 u 接着"), ("en", "MINE: u goes on")))
async def test_ones_own_broken_off_call_stands_out_and_enter_brings_back_what_was_typed(
    make_app: MakeApp, desk: FakeDesk, calls_opened: list[object], language: str, words: str
) -> None:
    desk.rows = [row(number) for number in range(1, 4)] + [row(4, mine=True)]
    desk.held_rows = (
        row(5, key=(4, 0, 5), takeable=False, held_by="李敏", mine=True),
        row(6, key=(4, 0, 6), takeable=False, held_by="周洁"),
    )
    desk.drafts = [draft("王*")]
    app = make_app(language)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and listed(app).count == 6)
        await settle(pilot, lambda: words in screen_text(app))
        styles = {line.row.id: line.style for line in listed(app)._lines}
        assert styles[4] == styles[5] == "mine" and styles[6] == "dim" and styles[1] != "mine"
        lines = screen_lines(app)
        assert lines[5].split()[1] == lines[6].split()[1] == "!" and lines[7].split()[1] in ("-", "占")
        await pilot.press("down", "down", "down", "enter")
        await settle(pilot, lambda: len(calls_opened) == 1)
        assert "resume 31" in desk.calls and not any("take_item" in call for call in desk.calls)
