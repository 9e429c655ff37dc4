"""Small questions of practice: each with one line of keys."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from console import keys
from console.i18n import _
from console.text import ui_text
from console.widgets.dialogs import Confirm


class Begin(Confirm):
    """Asks before something begins: enter or ctrl+s does it, escape does not. Args: as `Confirm`."""

    DEFAULT_CSS = "Begin KeyBar { display: none; }"


class HangUp(Confirm):
    """Asks before a call ends, and hears no enter: that may have been meant for a field of the call.

    Args: as `Confirm`.
    """

    SCOPE: ClassVar[str] = "hang_up"
    DEFAULT_CSS = "HangUp KeyBar { display: none; }"

    @classmethod
    def scopes(cls) -> tuple[str, ...]:
        """Its own key, and those of every window."""
        return (cls.SCOPE, "dialog")

    def body(self) -> ComposeResult:
        """The one choice."""
        key = keys.shown(keys.keys_of(keys.entry("hang_up.end"))[0])
        words = _("{key}: {does}      esc: back", key=key, does=self._does)
        yield Static(ui_text(words), classes="dialog-line")

    def action_accept(self) -> None:
        """Ctrl+s saves a call: it is no yes to ending one unsaved."""
        self.app.bell()

    def action_end(self) -> None:
        """Does it."""
        self.dismiss(True)
