"""A list of lines whose cursor stays on its record when the list is filled again."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from console.text import plain


class RowList(OptionList):
    """Lines with an id each. Data in them is text, never markup."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._ids: list[int] = []

    def show_rows(self, rows: Sequence[tuple[int, str, str]]) -> None:
        """Replaces the lines, keeping the cursor on its record, or near where it was.

        Args:
            rows: id, words and style ("" for the usual) of each.
        """
        before, at = self.current, self.highlighted or 0
        self._ids = [number for number, _words, _style in rows]
        self.clear_options()
        self.add_options(
            [Option(Content.styled(plain(words), style or "$ink")) for _number, words, style in rows]
        )
        if self._ids:
            keep = self._ids.index(before) if before in self._ids else min(at, len(self._ids) - 1)
            self.highlighted = keep

    @property
    def current(self) -> int | None:
        """Id of the record under the cursor."""
        at = self.highlighted
        return self._ids[at] if at is not None and at < len(self._ids) else None

    def forget_place(self) -> None:
        """Another list comes: the cursor begins at the top."""
        self.highlighted = None
        self._ids = []
