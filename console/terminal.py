"""What the terminal sends and shows: any byte may come in, and no sign of doubtful width goes out."""

from __future__ import annotations

import codecs
import sys
from functools import partial
from typing import Any, ClassVar


def tolerate_any_bytes() -> None:
    """Makes Textual's input thread replace undecodable bytes by U+FFFD instead of dying of them.

    One byte typed or pasted in another encoding (GBK from an old terminal) would otherwise end the
    application with
    an exception in the input thread, because textual 8.2.8 decodes strictly.
    """
    if sys.platform == "win32":
        return
    from textual.drivers import linux_driver, linux_inline_driver

    def lenient(encoding: str) -> Any:
        return partial(codecs.getincrementaldecoder(encoding), errors="replace")

    for driver in (linux_driver, linux_inline_driver):
        setattr(driver, "getincrementaldecoder", lenient)  # noqa: B010 - a module attribute the type does not name


def whole_pastes() -> None:
    """Makes Textual's input thread read a paste as text whatever stands in it, and never as keys."""
    if sys.platform == "win32":
        from textual.drivers import win32

        drivers: tuple[Any, ...] = (win32,)
    else:
        from textual.drivers import linux_driver, linux_inline_driver

        drivers = (linux_driver, linux_inline_driver)
    from console.pastes import WholePastes

    for driver in drivers:
        setattr(driver, "XTermParser", WholePastes)  # noqa: B010 - a module attribute the type does not name


def plain_scrollbars() -> None:
    """Makes scroll bars of coloured blanks: the block elements Textual draws are two cells wide in some
    terminals."""
    from textual.scrollbar import ScrollBar, ScrollBarRender

    class Blank(ScrollBarRender):
        VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
        HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8

    ScrollBar.renderer = Blank
