"""Everything that can be done here, from the table of keys, found by typing a part of its words."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from console import keys
from console.i18n import _
from console.text import fit, ui_text
from console.widgets.dialogs import Dialog
from console.widgets.inputs import Entry


class Palette(Dialog[None]):
    """A list of actions with their keys; enter does the marked one.

    Args:
        behind: the screen whose actions are listed.
    """

    SCOPE = "palette"
    WIDE = True

    def __init__(self, behind: Screen[Any]) -> None:
        super().__init__(_("What can be done here"))
        self._behind = behind
        self._rows: list[keys.Key] = []

    def body(self) -> ComposeResult:
        """Field and list."""
        yield Entry(max_length=60, placeholder=_("type a part of the words"), classes="dialog-field")
        yield OptionList(markup=False, classes="dialog-list")

    def on_mount(self) -> None:
        """All of them at first."""
        self._fill("")

    def _possible(self) -> list[keys.Key]:
        scope = getattr(self._behind, "SCOPE", "")
        return [
            row
            for row in keys.of_scope(*getattr(self._behind, "ALSO", ()), scope, "app")
            if row.palette and (self.app if row.scope == "app" else self._behind).check_action(row.verb, ())
        ]

    def _fill(self, typed: str) -> None:
        parts = typed.casefold().split()
        self._rows = [
            row
            for row in self._possible()
            if all(
                part in f"{_(row.help)} {_(row.label) if row.label else ''} {row.help}".casefold()
                for part in parts
            )
        ]
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options(
            [
                Option(ui_text(fit(keys.shown(next(iter(keys.keys_of(row)), "")), 8) + _(row.help)))
                for row in self._rows
            ]
        )
        listed.highlighted = 0 if self._rows else None

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the list."""
        self._fill(event.value)

    def on_key(self, event: Any) -> None:
        """Arrows choose while the field keeps the focus."""
        listed = self.query_one(OptionList)
        if event.key in ("down", "up") and isinstance(self.focused, Input):
            event.stop()
            listed.action_cursor_down() if event.key == "down" else listed.action_cursor_up()

    def on_input_submitted(self) -> None:
        """Enter does the marked one."""
        self.action_accept()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click does it."""
        self._do(event.option_index)

    def action_accept(self) -> None:
        """Does the marked one."""
        at = self.query_one(OptionList).highlighted
        if at is not None:
            self._do(at)

    def _do(self, at: int) -> None:
        row, app, behind = self._rows[at], self.app, self._behind
        self.dismiss(None)
        owner = app if row.scope == "app" else behind
        app.call_later(app.run_action, row.verb, owner)
