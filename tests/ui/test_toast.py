"""Messages in the corner, when the loop stands still just as their time is over."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from textual import notifications
from textual.app import App
from textual.widgets._toast import Toast

from console.text import toast


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
