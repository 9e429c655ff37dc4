"""A playbook in a window: read, scrolled, exchanged for another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from console.widgets.call_panes import Line, Pane
from console.widgets.dialogs import Dialog


class PlaybookWindow(Dialog[bool]):
    """A playbook; enter chooses another one, escape closes.

    Args:
        title: already translated.
        lines: words and styles.
        other: whether there is another one to choose.
    """

    SCOPE: ClassVar[str] = "playbook"
    WIDE: ClassVar[bool] = True

    def __init__(self, title: str, lines: Sequence[Line], *, other: bool = True) -> None:
        super().__init__(title)
        self._lines, self._other = list(lines), other

    def body(self) -> ComposeResult:
        """The lines."""
        with VerticalScroll(classes="dialog-text"):
            yield Pane(markup=False)

    def on_mount(self) -> None:
        """Arrows scroll."""
        self.query_one(Pane).show_lines(self._lines)
        self.query_one(VerticalScroll).focus()

    def action_other(self) -> None:
        """Another playbook, or closes where there is no choice."""
        self.dismiss(self._other or None)

    def action_accept(self) -> None:
        """Closes."""
        self.dismiss(None)
