"""What the board has read is painted for whom it was read for, and read again when that was somebody else."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from console.desk import escalations
from console.screens.board import BoardScreen
from db.records import Board
from tests.clinic import SampleClinic
from tests.desk.call_world import World
from tests.ui.conftest import screen_text, settle
from tests.ui.fakes import NOW, escalation
from tests.ui.real_desk import console_for
from tests.ui.test_board_live import _as_before, clinic, flag, shown, world

__all__ = ["_as_before", "clinic", "world"]


async def test_nothing_read_for_one_person_is_painted_for_the_next(
    world: World, clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = flag(world)
    app = console_for(clinic, language="en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: shown(app) == {number})
        front, go_on = app.screen, threading.Event()
        assert isinstance(front, BoardScreen)
        read = escalations.board

        def slow(*args: Any, **more: Any) -> Board:
            go_on.wait(10)
            return read(*args, **more)

        monkeypatch.setattr(escalations, "board", slow)
        anna = await app.work.write(clinic.seat, "anna")
        try:
            await app.take_seat(anna)
            await pilot.pause()
            assert shown(app) == set() and front.case() is None
            front.repaint()
            assert "王" not in screen_text(app).split("\n", 4)[-1]
        finally:
            go_on.set()
        await settle(pilot, lambda: shown(app) == {number})


async def test_a_read_during_which_the_policy_was_renewed_is_read_again(
    world: World, clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = console_for(clinic, language="en")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and "Nothing was handed over." in screen_text(app))
        front, began, go_on = app.screen, threading.Event(), threading.Event()
        assert isinstance(front, BoardScreen) and app.seat is not None
        found = Board(NOW, (escalation(7),), (), (), (), front._board.strip)  # type: ignore[union-attr]

        def slow(*_args: Any) -> Board:
            began.set()
            go_on.wait(10)
            return found

        monkeypatch.setattr(escalations, "board", slow)
        # Nothing else may be what reads it again.
        await settle(pilot, lambda: not front._reread._busy)
        monkeypatch.setattr(front, "action_refresh", lambda: None)
        front._reread.wish()
        try:
            await settle(pilot, began.is_set)
            app.seat = replace(app.seat)
        finally:
            go_on.set()
        await settle(pilot, lambda: shown(app) == {7})
