"""Colour themes. Every text colour has a contrast of 4.5 or more to every background it is used on (WCAG
2.2, 1.4.3).

Words and places carry the meaning; colour only repeats it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.theme import Theme

DEFAULT = "aftercall-dark"
NAMES = ("aftercall-dark", "aftercall-light", "aftercall-contrast")

INKS = ("ink", "ink-dim", "ink-alarm", "ink-warn", "ink-good", "ink-mark")
"""Text colours on `paper` and `paper-2`."""
PAPERS = ("paper", "paper-2")
PAIRS = (
    ("alarm-ink", "alarm-paper"),
    ("warn-ink", "warn-paper"),
    ("bar-ink", "bar-paper"),
    ("cursor-ink", "cursor-paper"),
    ("demo-ink", "demo-paper"),
)
"""Text and background that always go together."""

COLOURS: dict[str, dict[str, str]] = {
    "aftercall-dark": {
        "paper": "#14181c",
        "paper-2": "#1f262c",
        "ink": "#e6e9ec",
        "ink-dim": "#a7b0b8",
        "ink-alarm": "#ff9a92",
        "ink-warn": "#f2c46d",
        "ink-good": "#8fd6a0",
        "ink-mark": "#8cc8ff",
        "alarm-ink": "#ffffff",
        "alarm-paper": "#a3201b",
        "warn-ink": "#1a1400",
        "warn-paper": "#e0ac45",
        "bar-ink": "#e6e9ec",
        "bar-paper": "#2a333b",
        "cursor-ink": "#ffffff",
        "cursor-paper": "#1f5a8c",
        "demo-ink": "#1a1400",
        "demo-paper": "#e0ac45",
    },
    "aftercall-light": {
        "paper": "#fbfaf7",
        "paper-2": "#eeece6",
        "ink": "#1b1f23",
        "ink-dim": "#54595f",
        "ink-alarm": "#a3201b",
        "ink-warn": "#7a4d00",
        "ink-good": "#1c6330",
        "ink-mark": "#0f518a",
        "alarm-ink": "#ffffff",
        "alarm-paper": "#a3201b",
        "warn-ink": "#1a1400",
        "warn-paper": "#e9bd5c",
        "bar-ink": "#1b1f23",
        "bar-paper": "#dcd9d0",
        "cursor-ink": "#ffffff",
        "cursor-paper": "#0f518a",
        "demo-ink": "#1a1400",
        "demo-paper": "#e9bd5c",
    },
    "aftercall-contrast": {
        "paper": "#000000",
        "paper-2": "#000000",
        "ink": "#ffffff",
        "ink-dim": "#d0d0d0",
        "ink-alarm": "#ffb3ad",
        "ink-warn": "#ffd75f",
        "ink-good": "#9dffb0",
        "ink-mark": "#9fd8ff",
        "alarm-ink": "#ffffff",
        "alarm-paper": "#8f0000",
        "warn-ink": "#000000",
        "warn-paper": "#ffd75f",
        "bar-ink": "#000000",
        "bar-paper": "#ffffff",
        "cursor-ink": "#000000",
        "cursor-paper": "#ffff00",
        "demo-ink": "#000000",
        "demo-paper": "#ffd75f",
    },
}


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def theme(name: str) -> Theme:
    """A Textual theme; the colours are also CSS variables (`$ink`, `$alarm-paper` ...).

    Raises:
        KeyError: no such theme.
    """
    from textual.theme import Theme

    colours = COLOURS[name]
    return Theme(
        name=name,
        primary=colours["ink-mark"],
        secondary=colours["ink-dim"],
        warning=colours["ink-warn"],
        error=colours["ink-alarm"],
        success=colours["ink-good"],
        accent=colours["ink-mark"],
        foreground=colours["ink"],
        background=colours["paper"],
        surface=colours["paper"],
        panel=colours["paper-2"],
        dark=name != "aftercall-light",
        variables={
            **colours,
            "input-cursor-background": colours["ink"],
            "input-cursor-foreground": colours["paper"],
            "block-cursor-foreground": colours["cursor-ink"],
            "block-cursor-background": colours["cursor-paper"],
            "border": colours["ink-mark"],
            "border-blurred": colours["ink-dim"],
        },
    )
