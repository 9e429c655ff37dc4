"""Fields of a form, typed into faster than the screen follows."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App, ComposeResult
from textual.events import Paste
from textual.widgets import Input, TextArea

from console.app import ConsoleApp
from console.screens.queue import QueueScreen
from console.widgets.fields import Field, Fields
from tests.ui.conftest import at_once, settle


class Form(App[None]):
    """Three fields and nothing else."""

    def compose(self) -> ComposeResult:
        """The fields."""
        yield Fields([Field("finding", "finding"), Field("action", "action"), Field("told", "told", "long")])


async def test_what_follows_a_tab_goes_into_the_field_it_led_to() -> None:
    app = Form()
    async with app.run_test() as pilot:
        at_once(app, "a", "b", "tab", "c", "tab", "d", "shift+tab", "e")
        await pilot.pause()
        # Going back into a field marks what stands in it, so the "e" takes the place of the "c".
        assert app.query_one(Fields).values() == {"finding": "ab", "action": "e", "told": "d"}


async def test_what_follows_enter_goes_into_the_next_field() -> None:
    app = Form()
    async with app.run_test() as pilot:
        at_once(app, "a", "enter", "b", "enter", "c", "enter", "d")
        await pilot.pause()
        assert app.query_one(Fields).values() == {"finding": "a", "action": "b", "told": "c\nd"}


async def test_pasted_lines_are_joined_in_a_field_of_one_line_and_kept_in_a_long_one(
    make_app: Callable[..., ConsoleApp],
) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await settle(pilot, lambda: isinstance(app.screen, QueueScreen))
        fields = Fields([Field("finding", "finding"), Field("told", "told", "long")])
        await app.screen.mount(fields)
        for name, kind in (("finding", Input), ("told", TextArea)):
            field = fields.query(kind).first()
            field.focus()
            await settle(pilot, lambda field=field: app.focused is field)
            app.post_message(Paste("A\x1b[31mred\r\nsecond line\n\n=1+1\n"))
            await settle(pilot, lambda name=name: bool(fields.values()[name]))
        assert fields.values() == {
            "finding": "A[31mred second line =1+1",
            "told": "A[31mred\nsecond line\n\n=1+1\n",
        }
