"""Text fields whose content is clean while it is typed: what is pasted may hold escape sequences."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input, TextArea
from textual.widgets.text_area import Edit, EditResult

from console.clean import clean

PATIENCE_S = 0.5
"""Most seconds a key waits for what was typed before it: a field that is busy longer must not hold the keys up."""

TAB_KEYS: tuple[BindingType, ...] = (
    Binding("tab", "app.focus_next", show=False, priority=True),
    Binding("shift+tab", "app.focus_previous", show=False, priority=True),
)
"""Where there are several fields: a key that leaves one has left it before the next key is delivered, or what a quick
hand types goes into the field it has just left."""


async def arrived(field: Input | TextArea) -> None:
    """Returns once all that was typed before stands in the field and everybody around it has heard of it.

    Textual hands a key to the field's own queue and goes on to the next key, which may be one that accepts or
    saves. The field's news of its change then travels upwards, queue by queue.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            # The field first deals with the keys, then with its own news.
            for node in (field, *field.ancestors_with_self):
                if node is field.app:
                    return
                dealt_with = asyncio.Event()
                if node.call_later(dealt_with.set):
                    await dealt_with.wait()


def one_line(text: str) -> str:
    """A text of several lines in one, cleaned, with a space where a line ended."""
    lines = clean(text, multiline=True).split("\n")
    return lines[0] if len(lines) == 1 else " ".join(line.strip() for line in lines if line.strip())


class Entry(Input):
    """One line whose enter has sent it before the next key is delivered; that one is meant for what comes then."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", show=False, priority=True)]


class CleanInput(Entry):
    """One line; control and invisible characters never get in, several lines become one."""

    def validate_value(self, value: str) -> str:
        """The value as it is kept and painted."""
        return one_line(value)


class CleanText(TextArea):
    """Several lines; control and invisible characters never get in."""

    def edit(self, edit: Edit) -> EditResult:
        """Typing and pasting."""
        edit.text = clean(edit.text, multiline=True)
        return super().edit(edit)

    def load_text(self, text: str) -> None:
        """A whole text at once."""
        super().load_text(clean(text, multiline=True))
