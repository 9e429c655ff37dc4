"""Style sheets, each parsed once: Textual parses all of them again whenever a screen brings its own."""

from __future__ import annotations

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

SHEETS = 1024
"""More than there are style sheets, those of Textual's own widgets counted: one too few and none is kept."""


class ParsedOnce(Stylesheet):
    """Keeps the parsed rules of every sheet while the theme's colours stay the same.

    Textual 8.2.8 throws its cache away in `reparse`, which it calls for every first opening of a screen and
    for the theme, before the first frame.
    """

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(SHEETS)

    def set_variables(self, variables: dict[str, str]) -> None:
        """Sets the theme's colours; the same ones change nothing."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Parses what is new."""
        self.parse()
