"""Looking for a text in everything a release says, in both languages, also by pinyin and initials."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console.clean import clean
from console.i18n import _
from console.text import CUT_MARK, cells, cut, plain, ui_text
from console.widgets.dialogs import Dialog
from console.widgets.inputs import CleanInput

if TYPE_CHECKING:
    from console.host import Host
    from console.scripts.library import Library
    from console.scripts.search import Found, Hit, Index

PAUSE_S = 0.15
"""A pause in typing after which the text is looked up."""
ROUND_ABOUT = 14
"""Lines above, below and around the results."""
PLACE_CELLS = 22
"""Room of the place before the sentence."""
_indexes: dict[str, Index] = {}
"""The newest index, by the release's hash: a screen opened again finds it made."""


class SearchScripts(Dialog["Hit"]):
    """Gives the chosen hit, or None.

    Args:
        library: the release.
    """

    SCOPE: ClassVar[str] = "script_search"
    CSS_PATH = "scripts.tcss"
    WIDE = True

    def __init__(self, library: Library) -> None:
        super().__init__(_("Find a sentence"))
        self._library = library
        self._index: Index | None = None
        self._found: Found | None = None
        self._query = ""

    @property
    def console_app(self) -> Host:
        """The running console."""
        return cast("Host", self.app)

    def body(self) -> ComposeResult:
        """Field, results, how many."""
        yield CleanInput(max_length=60, classes="dialog-field")
        yield OptionList(markup=False, classes="dialog-list", id="script-hits")
        yield Static(id="script-count", classes="dialog-line dim", markup=False)

    def on_mount(self) -> None:
        """Makes the index, first the words, then their sound, in a thread."""
        self._fit()
        self._say(_("reading all talk-tracks ..."))
        self.job(self._prepare(), group="prepare")

    def on_resize(self) -> None:
        """As many results as the window has room for."""
        self._fit()

    def _fit(self) -> None:
        # In lines: a part of the window's height lets a window of automatic height grow past the screen.
        self.query_one(OptionList).styles.max_height = max(self.app.size.height - ROUND_ABOUT, 4)

    async def _prepare(self) -> None:
        from console.scripts import search

        known = _indexes.get(self._library.hash)
        if known is None:
            # A thread of its own: the readers of the record stay free.
            self._index = await asyncio.to_thread(search.build, self._library)
            await self._look_up()
            known = await asyncio.to_thread(search.spelled, self._index)
            _indexes.clear()
            _indexes[self._library.hash] = known
        self._index = known
        await self._look_up()

    def on_input_changed(self) -> None:
        """Looks up what is typed after a pause."""
        self.job(self._look_up(), group="look", exclusive=True)

    async def _look_up(self) -> None:
        await asyncio.sleep(PAUSE_S)
        index, query = self._index, clean(self.query_one(Input).value).strip()
        if index is None:
            return
        found = await asyncio.to_thread(index.find, query)
        self._found = found
        listed = self.query_one(OptionList)
        width = max(listed.size.width, 40)
        # The same words with pinyin added: whoever is choosing already stays where she is.
        at = (listed.highlighted or 0) if query == self._query else 0
        self._query = query
        listed.clear_options()
        listed.add_options([Option(self._line(hit, width)) for hit in found.hits])
        listed.highlighted = at if found.hits else None
        if not query:
            self._say(_("Words in either language, pinyin, or first letters of pinyin."))
        elif not index.has_pinyin:
            self._say(_("{n} found; pinyin in a moment", n=found.total))
        elif found.total > len(found.hits):
            self._say(_("{n} found, the first {shown} shown", n=found.total, shown=len(found.hits)))
        else:
            self._say(_("{n} found", n=found.total))

    def _say(self, words: str) -> None:
        self.query_one("#script-count", Static).update(ui_text(words))

    def _line(self, hit: Hit, width: int) -> Content:
        """Where it stands, and the sentence with the hit marked."""
        from console.screens.scripts_words import place_words

        place = place_words(hit.line.places[0], self._library)
        more = f" +{len(hit.line.places) - 1}" if len(hit.line.places) > 1 else ""
        start = cut(place, PLACE_CELLS - cells(more)) + more + ": "
        return Content(start) + _marked(hit, width - cells(start) - 1)

    def on_key(self, event: Key) -> None:
        """Arrows choose while the field keeps the focus."""
        moves: dict[str, Callable[[OptionList], Any]] = {
            "down": OptionList.action_cursor_down,
            "up": OptionList.action_cursor_up,
            "pagedown": OptionList.action_page_down,
            "pageup": OptionList.action_page_up,
        }
        if event.key in moves and isinstance(self.focused, Input):
            event.stop()
            moves[event.key](self.query_one(OptionList))

    def on_input_submitted(self) -> None:
        """Enter opens the marked place."""
        self.action_accept()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click opens a place."""
        event.stop()
        self._open(event.option_index)

    def action_accept(self) -> None:
        """Opens the marked place."""
        at = self.query_one(OptionList).highlighted
        if at is None:
            self.app.bell()
        else:
            self._open(at)

    def _open(self, at: int) -> None:
        if self._found is not None and at < len(self._found.hits):
            self.dismiss(self._found.hits[at])


def _marked(hit: Hit, width: int) -> Content:
    """A sentence cut so that the hit can be seen, the hit underlined."""
    text = hit.line.text
    before, held, after = text[: hit.start], text[hit.start : hit.end], text[hit.end :]
    room = max(width - cell_len(held), 0)
    if cell_len(before) > room * 2 // 3 and cell_len(before) + cell_len(after) > room:
        keep = max(room // 2 - 1, 0)
        while before and cell_len(before) > keep:
            before = before[1:]
        before = CUT_MARK + before
    after = cut(after, max(room - cell_len(before), 0))
    return Content(plain(before)) + Content.styled(plain(held), "bold underline") + Content(plain(after))
