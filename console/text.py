"""The only way data reaches a widget: cleaned, never markup, measured in terminal cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.content import Content
from textual.notifications import Notification, Notify

from console.clean import clean

if TYPE_CHECKING:
    from textual.app import App

CUT_MARK = "~"
"""Shown where text was cut: ASCII, because the usual ellipsis is two cells wide in some Chinese terminals."""

_COMBINING_RUN = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3,}"
)

Severity = Literal["information", "warning", "error"]


def plain(value: object, *, multiline: bool = False) -> str:
    """Cleaned plain text of a value, for places that take `str` and no markup (Input.value, render_line).

    Runs of three or more combining marks are dropped: they climb over the lines above and below.
    """
    return _COMBINING_RUN.sub("", clean("" if value is None else str(value), multiline=multiline))


def ui_text(value: object, style: str = "") -> Content:
    """Data as Textual content: for Static, Label, Button, OptionList, Select, titles, tooltips. Keeps
    newlines."""
    return (
        Content.styled(plain(value, multiline=True), style)
        if style
        else Content(plain(value, multiline=True))
    )


def cell(value: object, style: str = "") -> Text:
    """Data as a Rich text: for DataTable cells and headers and for Tree labels."""
    return Text(plain(value), style=style, overflow="ellipsis", no_wrap=True)


LEAST_S = 0.05
"""Seconds a message stays at least."""


class Notice(Notification):
    """A message in the corner whose time is never over while it is being shown.

    Textual makes a timer of the time left. One below zero never ends: the screen stands still for ever. It is below
    zero when the time runs out between looking at it and showing it, after a stall or when the PC's clock is set.
    """

    @property
    def time_left(self) -> float:
        """Seconds, never none."""
        return max(super().time_left, LEAST_S)

    @property
    def has_expired(self) -> bool:
        """Whether its time is over."""
        return super().time_left <= 0


def toast(app: App[Any], message: object, severity: Severity = "information") -> None:
    """Shows a message in the corner for a few seconds; never markup.

    Args:
        app: the running app.
        message: words for a person; no patient's name or number belongs here.
        severity: "error" stays longer.
    """
    notice = Notice(
        plain(message, multiline=True),
        severity=severity,
        timeout=10 if severity == "error" else 5,
        markup=False,
    )
    app.post_message(Notify(notice))


def cells(text: str) -> int:
    """Width of a text in terminal cells (a Chinese character takes two)."""
    return cell_len(text)


def cut(value: object, width: int) -> str:
    """Text cut to at most `width` terminal cells, with a mark at the end when something is missing."""
    text = plain(value)
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return CUT_MARK[:width]
    return set_cell_size(text, width - 1).rstrip(" ") + CUT_MARK


def fit(value: object, width: int, align: Literal["left", "right"] = "left") -> str:
    """Text cut or padded to exactly `width` terminal cells."""
    text = cut(value, width)
    gap = " " * (width - cell_len(text))
    return gap + text if align == "right" else text + gap
