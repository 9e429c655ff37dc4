"""The queue as a Line-API list: only the rows on screen are fetched, painted and kept, however long the
queue is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.text import fit

if TYPE_CHECKING:
    from db.records import QueueRow

BLOCK = 128
"""Rows read at once; the next block is asked for when the cursor comes near the last row known."""


@dataclass(frozen=True, slots=True)
class Line:
    """One painted row: the record and its words.

    Attributes:
        row: whose line it is.
        parts: text of each column, not yet cut.
        style: "", "due", "mine", "alarm", "warn" or "dim": repeats what the words say.
    """

    row: QueueRow
    parts: tuple[str, ...]
    style: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading and its width in cells; the last one of a list takes what is left."""

    heading: str
    width: int


class QueueList(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows in queue order. The cursor is on the first row until somebody is chosen by hand; from then on it
    follows that
    person, never the row number, and goes back to the first row when the person leaves the list."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "queue--heading",
        "queue--cursor",
        "queue--alarm",
        "queue--due",
        "queue--mine",
        "queue--warn",
        "queue--dim",
        "queue--row",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("end", "last", show=False),
    ]

    cursor: reactive[int | None] = reactive(None, repaint=False)
    """Item id under the cursor; None before there are rows."""

    class Moved(Message):
        """The cursor stands on another item."""

        def __init__(self, item_id: int | None) -> None:
            super().__init__()
            self.item_id = item_id

    class MoreWanted(Message):
        """Rows after the last one known are about to be seen."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Line] = []
        self._index: dict[int, int] = {}
        self._columns: tuple[Column, ...] = ()
        self._complete = True
        self._cache: dict[tuple[int, int, bool], Strip] = {}
        self._chosen = False
        self.in_order = True
        """Whether the cursor rests on whom enter takes until somebody is chosen; else on nobody."""

    # -- what it shows -------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Rows known now."""
        return len(self._lines)

    @property
    def bottom(self) -> int:
        """Number of the last row on the screen, counted from 1."""
        return round(self.scroll_y) + self._rows_seen()

    @property
    def current(self) -> QueueRow | None:
        """The row under the cursor."""
        at = self._index.get(self.cursor) if self.cursor is not None else None
        return None if at is None else self._lines[at].row

    @property
    def chosen(self) -> QueueRow | None:
        """The row of the person chosen by hand; None while calls are taken in order."""
        return self.current if self._chosen else None

    @property
    def last(self) -> QueueRow | None:
        """The last row known."""
        return self._lines[-1].row if self._lines else None

    def show_lines(self, columns: Sequence[Column], lines: Sequence[Line], *, complete: bool) -> None:
        """Replaces all rows, keeping the cursor on its item and that item on its line of the screen.

        Args:
            columns: headings and widths.
            lines: rows in order.
            complete: whether nothing comes after the last one.
        """
        if (self._columns, self._lines, self._complete) == (tuple(columns), list(lines), complete):
            # Nothing to paint: another seat's change was below the rows known, or the same look came twice.
            return
        before = self._index.get(self.cursor) if self.cursor is not None else None
        offset = 0 if before is None else before - round(self.scroll_y)
        seen, known, headings = self._seen(), self._lines, self._columns
        self._columns, self._lines, self._complete = tuple(columns), list(lines), complete
        self._index = {line.row.id: at for at, line in enumerate(self._lines)}
        self._forget_changed(known)
        self._set_length()
        if not self._chosen or self.cursor not in self._index:
            # Whoever slides under the cursor was not chosen: back to taking calls in order.
            self.to_top()
        elif before is not None and self._index[self.cursor] != before:
            self.scroll_to(y=max(0, self._index[self.cursor] - offset), animate=False, force=True)
        if headings != self._columns:
            self.refresh()
            return
        # Only lines that read differently are painted, so that nothing flickers while others work.
        for y, (was, now) in enumerate(zip(seen, self._seen(), strict=False), 1):
            if was != now:
                self.refresh(Region(0, y, self.size.width, 1))

    def _seen(self) -> list[tuple[Line | None, bool]]:
        """What stands on each line of the screen, and whether the cursor does."""
        top = round(self.scroll_y)
        return [
            (self._lines[at], self._lines[at].row.id == self.cursor)
            if at < len(self._lines)
            else (None, False)
            for at in range(top, top + self._rows_seen())
        ]

    def _forget_changed(self, known: Sequence[Line]) -> None:
        """Keeps the painted lines that still read the same."""
        was = {line.row.id: line for line in known}
        same = {line.row.id for line in self._lines if was.get(line.row.id) == line}
        self._cache = {key: strip for key, strip in self._cache.items() if key[0] in same}

    def _set_length(self) -> None:
        """The height that can be scrolled. Without the new layout that Textual would make of it: there is no
        scroll bar, so nothing moves."""
        size = Size(self._width(), len(self._lines) + 1)
        self.set_reactive(QueueList.virtual_size, size)  # pyright: ignore[reportArgumentType]

    def add_lines(self, lines: Sequence[Line], *, complete: bool) -> None:
        """Puts the next block behind the rows known."""
        for line in lines:
            if line.row.id not in self._index:
                self._index[line.row.id] = len(self._lines)
                self._lines.append(line)
        self._complete = complete
        self._set_length()
        self.refresh()

    def _width(self) -> int:
        return max(self.size.width, 1)

    # -- painting ------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the heading first, then rows."""
        width = self.size.width
        if y == 0:
            style = self.get_component_rich_style("queue--heading")
            return self._painted([column.heading for column in self._columns], width, style)
        at = round(self.scroll_y) + y - 1
        if at >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        line = self._lines[at]
        under = line.row.id == self.cursor
        key = (line.row.id, width, under)
        if key not in self._cache:
            name = "queue--cursor" if under else f"queue--{line.style or 'row'}"
            self._cache[key] = self._painted(line.parts, width, self.get_component_rich_style(name))
        return self._cache[key]

    def _painted(self, parts: Sequence[str], width: int, style: Style) -> Strip:
        cells: list[str] = []
        left = width
        for number, column in enumerate(self._columns):
            is_last = number == len(self._columns) - 1
            room = left if is_last else min(column.width, left)
            cells.append(fit(parts[number] if number < len(parts) else "", room))
            left -= room
            if left > 0 and not is_last:
                cells.append(" ")
                left -= 1
        return Strip([Segment("".join(cells), style)], width)

    def notify_style_update(self) -> None:
        """Another theme: paint anew."""
        super().notify_style_update()
        self._cache.clear()

    def on_resize(self) -> None:
        """Another width or height; painted lines are kept by width."""
        self.virtual_size = Size(self._width(), len(self._lines) + 1)
        self._keep_in_sight()

    # -- moving --------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        """One person up or down."""
        self._go((self._index.get(self.cursor, -step) if self.cursor is not None else -step) + step)

    def action_page(self, step: int) -> None:
        """One screen up or down."""
        self._go(
            (self._index.get(self.cursor, 0) if self.cursor is not None else 0) + step * self._rows_seen()
        )

    def action_last(self) -> None:
        """The last person known."""
        self._go(len(self._lines) - 1)

    def to_top(self) -> None:
        """Back to the first person nobody works on, and to taking calls in order."""
        self._chosen = False
        free = (line.row.id for line in self._lines if not line.row.held_by)
        self._put(next(free, None) if self.in_order else None)
        self.scroll_to(y=0, animate=False, force=True)

    def on_click(self, event: object) -> None:
        """A click puts the cursor on a person."""
        y = getattr(event, "y", 0)
        if y >= 1:
            self._go(round(self.scroll_y) + y - 1, past_end=False)

    def _rows_seen(self) -> int:
        return max(self.size.height - 1, 1)

    def _go(self, at: int, *, past_end: bool = True) -> None:
        if not self._lines or (at >= len(self._lines) and not past_end):
            return
        at = max(0, min(at, len(self._lines) - 1))
        self._chosen = True
        self._put(self._lines[at].row.id)
        if not self._complete and at >= len(self._lines) - self._rows_seen() - 1:
            self.post_message(self.MoreWanted())

    def _put(self, item_id: int | None) -> None:
        before, self.cursor = self.cursor, item_id
        self._keep_in_sight()
        for changed in (before, item_id):
            self._repaint_row(changed)
        if before != item_id:
            self.post_message(self.Moved(item_id))

    def _repaint_row(self, item_id: int | None) -> None:
        at = self._index.get(item_id) if item_id is not None else None
        if at is not None:
            y = at - round(self.scroll_y) + 1
            if 1 <= y < self.size.height:
                self.refresh(Region(0, y, self.size.width, 1))

    def _keep_in_sight(self) -> None:
        at = self._index.get(self.cursor) if self.cursor is not None else None
        if at is None or not self.size.height:
            return
        top = round(self.scroll_y)
        if at < top:
            self.scroll_to(y=at, animate=False, force=True)
        elif at >= top + self._rows_seen():
            self.scroll_to(y=at - self._rows_seen() + 1, animate=False, force=True)
