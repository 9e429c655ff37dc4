"""The lines around every screen: top line with the DEMO corner, notices, key line. Painted from words and
keys each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from console import keys
from console.i18n import _
from console.text import cells, cut, fit, plain

TEXT_FIELDS = ("Input", "TextArea")
CORNER = 5
"""Cells at the right end of the top line that only DEMO may use."""


def message_height(words: str, width: int) -> int:
    """Lines of a message beside the corner and between its two margins. Args: its words; cells of the screen."""
    return Content(words).get_height({}, max(width - CORNER - 2, 1))


class TopLine(Widget):
    """One line: what the screen says about itself, and DEMO in its own corner. A message stands in its place for
    a few seconds; a long one makes it taller, so that nothing below is ever covered.

    Args:
        headline: gives the left part at paint time.
        demo: whether this is a demo, at paint time.
    """

    def __init__(self, headline: Callable[[], str], demo: Callable[[], bool]) -> None:
        super().__init__()
        self._headline = headline
        self._demo = demo

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Its own line, or as many as the messages need that stand over it."""
        messages: Sequence[str] = getattr(self.app, "messages", ())
        return max(1, sum(message_height(words, width) for words in messages))

    def make_room(self) -> None:
        """As tall as the messages that stand over it."""
        tall = self.get_content_height(self.size, self.size, self.size.width)
        if tall != self.size.height:
            self.refresh(layout=True)

    def render(self) -> Content:
        """The painted line."""
        width = max(self.size.width, CORNER)
        left = Content(fit(self._headline(), width - CORNER))
        if not self._demo():
            return left + Content(" " * CORNER)
        return left + Content.styled(f"{'DEMO':>{CORNER - 1}} ", "bold $demo-ink on $demo-paper")


class Notices(Static):
    """Lines nobody may miss, under the top line: live alarms, an empty on-call list, a database out of
    reach."""

    def show_lines(self, lines: list[tuple[str, str]]) -> None:
        """Replaces the lines.

        Args:
            lines: kind ("alarm" or "warn") and words each; none hides the widget.
        """
        width = max(self.app.size.width, 20)
        self.display = bool(lines)
        painted = [
            Content.styled(fit(" " + words, width), f"${kind}-ink on ${kind}-paper") for kind, words in lines
        ]
        self.update(Content("\n").join(painted))


def text_has_focus(screen: Screen[object]) -> bool:
    """Whether printable keys are typed into a field now."""
    # By name: importing both classes would cost a twelfth of the start.
    return not {kind.__name__ for kind in type(screen.focused).__mro__}.isdisjoint(TEXT_FIELDS)


def key_in_use(row: keys.Key, typing: bool) -> str | None:
    """The key to show for an action: the first one that acts now, or None."""
    return next((key for key in keys.keys_of(row) if not typing or len(key) > 1), None)


class KeyBar(Widget):
    """The key line: what can be done here now, from the table; a click on a word does it."""

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self._scopes = scopes
        self._spots: list[tuple[int, int, str]] = []

    def _rows(self) -> list[tuple[str, keys.Key]]:
        typing = text_has_focus(self.screen)
        unshown: frozenset[str] = getattr(self.screen, "UNSHOWN", frozenset())
        rows: list[tuple[str, keys.Key]] = []
        for row in keys.of_scope(*self._scopes):
            owner = self.app if row.scope == "app" else self.screen
            key = key_in_use(row, typing) if row.label and row.action not in unshown else None
            if key and owner.check_action(row.verb, ()):
                rows.append((keys.shown(key), row))
        return rows

    def render(self) -> Text:
        """The painted line; what does not fit is left out from the end, help never."""
        width, rows = self.size.width, self._rows()
        words = [(key, _(row.label), row.action) for key, row in rows]
        gap = 2
        if sum(cells(f"{key} {label}") + gap for key, label, _action in words) - gap > width:
            gap = 1
        while (
            len(words) > 1
            and sum(cells(f"{key} {label}") + gap for key, label, _action in words) - gap > width
        ):
            keep_last = words[-1][2] == "app.help" and len(words) > 1
            words.pop(-2 if keep_last else -1)
        line, self._spots = Text(no_wrap=True), []
        for key, label, action in words:
            if line:
                line.append(" " * gap)
            start = cells(line.plain)
            line.append(plain(key), "bold").append(" " + cut(label, 24))
            self._spots.append((start, cells(line.plain), action))
        return line

    async def on_click(self, event: Click) -> None:
        """Does what the clicked word says."""
        for start, end, action in self._spots:
            if start <= event.x < end:
                row = keys.entry(action)
                await self.app.run_action(row.verb, self.app if row.scope == "app" else self.screen)
                return
