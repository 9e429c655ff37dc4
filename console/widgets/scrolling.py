"""Scrolling with keys while something else, or nothing, has the focus."""

from __future__ import annotations

from textual.containers import VerticalScroll


def by_lines(scroll: VerticalScroll, lines: int) -> None:
    """Moves what is shown. Args: the frame around it; lines down, or up when negative."""
    scroll.scroll_relative(y=lines, animate=False)


def by_pages(scroll: VerticalScroll, pages: int) -> None:
    """Moves what is shown by the frame's height but one line, which stays to read on from. Args: as `by_lines`."""
    scroll.scroll_relative(y=pages * max(scroll.size.height - 1, 1), animate=False)
