"""Text fields whose content is clean while it is typed: what is pasted may hold escape sequences."""

from __future__ import annotations

from textual.widgets import Input, TextArea
from textual.widgets.text_area import Edit, EditResult

from console.clean import clean


def one_line(text: str) -> str:
    """A text of several lines in one, cleaned, with a space where a line ended."""
    lines = clean(text, multiline=True).split("\n")
    return lines[0] if len(lines) == 1 else " ".join(line.strip() for line in lines if line.strip())


class CleanInput(Input):
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
