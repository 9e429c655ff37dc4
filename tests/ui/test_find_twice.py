"""A second quick enter after the only hit of a search acts on nothing."""

from __future__ import annotations

from textual.app import App
from textual.events import Key

from console.screens.find import FindPatient
from tests.ui.conftest import settle


class Desk(App[None]):
    """A finder with one hit, over a screen that hears its keys."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[object] = []
        self.heard: list[str] = []

    def on_key(self, event: Key) -> None:
        """What no window took."""
        if len(self.screen_stack) == 1:
            self.heard.append(event.key)


async def test_a_second_quick_enter_is_swallowed() -> None:
    app = Desk()
    async with app.run_test() as pilot:
        window = FindPatient("Find a person")
        app.push_screen(window, app.given.append)
        await settle(pilot, lambda: app.screen is window and window.focused is not None)
        window.found = ["one"]
        window.take(0)
        await pilot.press("enter", "x")
        window.take(0)
        await settle(pilot, lambda: len(app.screen_stack) == 1)
        assert app.given == ["one"] and app.heard == []
