"""The board's columns as a Line-API widget: cards of three lines, only those in sight painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from console.text import cells, fit
from db.records import Escalation

CARD = 3
"""Lines of a card."""
LAST_SHARE = 0.7
"""Width of the last column, which is over and done with, to that of the others."""

Painter = Callable[[Escalation, int], tuple[str, ...]]
"""A card's lines at a width."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading and its cards in order."""

    heading: str
    cards: tuple[Escalation, ...]


class BoardColumns(Widget, can_focus=True):
    """Columns side by side. The cursor stays on its escalation, also when it moves to another column."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "board--heading",
        "board--card",
        "board--dim",
        "board--late",
        "board--urgent",
        "board--cursor",
        "board--line",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("left", "side(-1)", show=False),
        Binding("right", "side(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "move(-9999)", show=False),
        Binding("end", "move(9999)", show=False),
    ]

    cursor: reactive[int | None] = reactive(None)
    """Escalation under the cursor; None while there is none."""

    class Moved(Message):
        """The cursor stands on another card."""

    class Chosen(Message):
        """A card was clicked twice."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: tuple[Column, ...] = ()
        self._tops: list[int] = []
        self._wanted: int | None = None
        self._paint: Painter = lambda card, width: ("",) * CARD
        self._style: Callable[[Escalation], str] = lambda card: "card"

    @property
    def current(self) -> Escalation | None:
        """The card under the cursor."""
        place = self._place(self.cursor)
        return None if place is None else self._columns[place[0]].cards[place[1]]

    def show_columns(
        self, columns: Sequence[Column], paint: Painter, style: Callable[[Escalation], str]
    ) -> None:
        """Replaces everything, keeping the cursor on its escalation.

        When that one is gone, the cursor goes to the first card: what runs out first.

        Args:
            columns: left to right.
            paint: a card's lines at a width.
            style: "card", "dim", "late" or "urgent": repeats what the words say.
        """
        self._columns, self._paint, self._style = tuple(columns), paint, style
        self._tops = [*self._tops, *([0] * len(columns))][: len(columns)]
        if self._wanted is not None and self._place(self._wanted) is not None:
            self.cursor, self._wanted = self._wanted, None
            self.post_message(self.Moved())
        if self._place(self.cursor) is None:
            first = next((column.cards[0].id for column in self._columns if column.cards), None)
            self.cursor = first
            self.post_message(self.Moved())
        self._keep_in_sight()
        self.refresh()

    def want(self, escalation_id: int) -> None:
        """Puts the cursor on an escalation as soon as it is shown. Args: its id."""
        self._wanted = escalation_id

    def _place(self, escalation_id: int | None) -> tuple[int, int] | None:
        for number, column in enumerate(self._columns):
            for at, card in enumerate(column.cards):
                if card.id == escalation_id:
                    return number, at
        return None

    # -- painting ------------------------------------------------------------------------------

    def _widths(self) -> list[int]:
        """Cells of each column, one cell for the line between two."""
        count = len(self._columns)
        if not count:
            return []
        room = max(self.size.width - (count - 1), count)
        one = max(int(room / (count - 1 + LAST_SHARE)), 1) if count > 1 else room
        return [*[one] * (count - 1), max(room - one * (count - 1), 1)]

    def _seen(self) -> int:
        return max((self.size.height - 1) // CARD, 1)

    def render_line(self, y: int) -> Strip:
        """One line of the screen: headings first, then cards."""
        width = self.size.width
        line = self.get_component_rich_style("board--line")
        segments: list[Segment] = []
        for number, (column, room) in enumerate(zip(self._columns, self._widths(), strict=True)):
            if number:
                segments.append(Segment("|", line))
            text, style = self._cell(number, column, y, room)
            segments.append(Segment(text, style))
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _cell(self, number: int, column: Column, y: int, width: int) -> tuple[str, Style]:
        if y == 0:
            return self._heading(number, column, width), self.get_component_rich_style("board--heading")
        row, part = divmod(y - 1, CARD)
        at = self._tops[number] + row
        if row >= self._seen() or at >= len(column.cards):
            return " " * width, self.rich_style
        card = column.cards[at]
        name = "cursor" if card.id == self.cursor else self._style(card)
        lines = self._paint(card, max(width - 1, 1))
        return fit(lines[part], width), self.get_component_rich_style(f"board--{name}")

    def _heading(self, number: int, column: Column, width: int) -> str:
        top, count = self._tops[number], len(column.cards)
        hidden = count > self._seen()
        where = f"{top + 1}-{min(top + self._seen(), count)}/{count}" if hidden else str(count)
        heading = fit(column.heading, max(min(cells(column.heading), width - cells(where) - 2), 1))
        return fit(f"{heading} {where}", width)

    # -- moving --------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        """One card up or down in its column."""
        place = self._place(self.cursor)
        if place is not None:
            cards = self._columns[place[0]].cards
            self._put(cards[max(0, min(place[1] + step, len(cards) - 1))])

    def action_page(self, step: int) -> None:
        """One screen of cards up or down."""
        self.action_move(step * self._seen())

    def action_side(self, step: int) -> None:
        """The next column that has a card, on the same height of the screen."""
        place = self._place(self.cursor)
        if place is None:
            return
        number, height = place[0] + step, place[1] - self._tops[place[0]]
        while 0 <= number < len(self._columns):
            cards = self._columns[number].cards
            if cards:
                self._put(cards[min(self._tops[number] + height, len(cards) - 1)])
                return
            number += step

    def on_click(self, event: object) -> None:
        """A click puts the cursor on a card, a second one opens it."""
        x, y, left = int(getattr(event, "x", 0)), int(getattr(event, "y", 0)), 0
        for number, width in enumerate(self._widths()):
            at = self._tops[number] + (y - 1) // CARD
            if left <= x < left + width and y >= 1 and at < len(self._columns[number].cards):
                self._put(self._columns[number].cards[at])
                if getattr(event, "chain", 1) > 1:
                    self.post_message(self.Chosen())
                return
            left += width + 1

    def on_resize(self) -> None:
        """Another size: the cursor stays in sight."""
        self._keep_in_sight()

    def _put(self, card: Escalation) -> None:
        self._wanted = None
        if card.id != self.cursor:
            self.cursor = card.id
            self._keep_in_sight()
            self.post_message(self.Moved())

    def _keep_in_sight(self) -> None:
        seen = self._seen()
        for number, column in enumerate(self._columns):
            self._tops[number] = max(0, min(self._tops[number], len(column.cards) - seen))
        place = self._place(self.cursor)
        if place is not None:
            number, at = place
            self._tops[number] = max(at - seen + 1, min(self._tops[number], at))
