"""What does not fit on the call screen: marked in its last row, moved page by page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from textual.containers import VerticalScroll

from console.i18n import _
from console.widgets import call_panes as panes
from console.widgets import scrolling
from console.widgets.call_panes import Line

if TYPE_CHECKING:
    from console.screens.call import CallScreen


def pages_of(lines: Sequence[Line], width: int, rows: int) -> list[list[Line]]:
    """Lines in pages; every page but a single one leaves its last row for the mark.

    Args:
        lines: what is to be shown. width: cells of a row. rows: of the pane.
    """
    heights = [panes.height_of(words, width) for words, _style in lines]
    if sum(heights) <= rows:
        return [list(lines)]
    pages: list[list[Line]] = [[]]
    filled = 0
    for line, height in zip(lines, heights, strict=True):
        if pages[-1] and filled + height > max(rows - 1, 1):
            pages.append([])
            filled = 0
        pages[-1].append(line)
        filled += height
    return pages


def show_flag(screen: CallScreen, rows: int) -> None:
    """The lines of a red flag as far as their pane has rows, with a mark where more follows."""
    pane = screen.query_one("#call-flag", panes.Pane)
    pages = pages_of(screen.flag_lines, screen.flag_width, rows)
    at = screen.flag_page = min(screen.flag_page, len(pages) - 1)
    lines = pages[at]
    if at < len(pages) - 1:
        lines = [*lines, (_("more: pagedown"), panes.WARN)]
    elif at:
        lines = [*lines, (_("the beginning: pageup"), panes.WARN)]
    screen.flag_pages = len(pages)
    pane.show_lines(lines)


def turn(screen: CallScreen, pages: int) -> None:
    """A page on: the red flag's lines first, then the talk-track; a page back the other way round."""
    track = screen.query_one("#call-scroll", VerticalScroll)
    flag = screen.box is not None and 0 <= screen.flag_page + pages < screen.flag_pages
    if flag and (pages > 0 or track.scroll_y <= 0):
        screen.flag_page += pages
        screen.repaint()
        return
    scrolling.by_pages(track, pages)
    screen.call_after_refresh(mark, screen)


def mark(screen: CallScreen) -> None:
    """Says in the talk-track's last row that more follows; a heading right above it goes under the mark too."""
    if not screen.is_mounted or screen.leaving:
        return
    track, over = screen.query_one("#call-scroll", VerticalScroll), screen.query_one("#call-more", panes.Pane)
    over.display = track.max_scroll_y > track.scroll_y
    if not over.display:
        return
    last = round(track.scroll_y) + track.size.height - 2
    words: list[Line] = [(_("more: pagedown"), panes.WARN)]
    if _heading_at(screen, last):
        words.insert(0, ("", ""))
    over.styles.height = len(words)
    over.show_lines(words)


def _heading_at(screen: CallScreen, row: int) -> bool:
    """Whether the row of the talk-track is a heading over dashed lines."""
    pane = screen.query_one("#call-prompt", panes.Pane)
    top, width = 0, max(pane.size.width, 1)
    for line, following in pairwise(pane.lines_shown):
        height = panes.height_of(line[0], width)
        if top <= row < top + height:
            return line[1] == panes.KEY and following[0].startswith("-")
        top += height
    return False
