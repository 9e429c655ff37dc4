"""Fields of a form, typed into faster than the screen follows."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.events import Key

from console.widgets.fields import Field, Fields


class Form(App[None]):
    """Three fields and nothing else."""

    def compose(self) -> ComposeResult:
        """The fields."""
        yield Fields([Field("finding", "finding"), Field("action", "action"), Field("told", "told", "long")])


def _at_once(app: Form, *names: str) -> None:
    """Keys that all wait in the queue before the first of them is dealt with, as after a stall."""
    for name in names:
        app.post_message(Key(name, name if len(name) == 1 else None))


async def test_what_follows_a_tab_goes_into_the_field_it_led_to() -> None:
    app = Form()
    async with app.run_test() as pilot:
        _at_once(app, "a", "b", "tab", "c", "tab", "d", "shift+tab", "e")
        await pilot.pause()
        # Going back into a field marks what stands in it, so the "e" takes the place of the "c".
        assert app.query_one(Fields).values() == {"finding": "ab", "action": "e", "told": "d"}


async def test_what_follows_enter_goes_into_the_next_field() -> None:
    app = Form()
    async with app.run_test() as pilot:
        _at_once(app, "a", "enter", "b", "enter", "c", "enter", "d")
        await pilot.pause()
        assert app.query_one(Fields).values() == {"finding": "a", "action": "b", "told": "c\nd"}
