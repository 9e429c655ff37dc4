"""What a policy document would move, and putting it in force with the PIN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from console.door import Guarded
from console.i18n import _
from console.screens.form import FormDialog, text_of
from console.screens.frame import Frame
from console.text import toast, ui_text
from console.widgets.fields import Field, Value

if TYPE_CHECKING:
    from console.host import Host


class PolicyPreview(Frame):
    """Lines to read; `a` puts the document in force. Gives what was applied, or None.

    Args:
        text: the document.
        lines: what it would move, already translated.
    """

    SCOPE: ClassVar[str] = "policy_preview"
    CSS_PATH = "policy.tcss"
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, text: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._text, self._words = text, list(lines)

    def headline(self) -> str:
        """What this is."""
        return _("What it would move; nothing has changed yet")

    def body(self) -> ComposeResult:
        """The lines."""
        with VerticalScroll(id="policy-scroll"):
            yield Static(ui_text("\n".join(self._words)), id="policy-text")

    def action_back(self) -> None:
        """Back, without changing anything."""
        self.dismiss(None)

    def action_apply(self) -> None:
        """Puts it in force."""
        self.job(self._apply())

    async def _apply(self) -> None:
        app = self.console_app

        async def do(values: Mapping[str, Value]) -> object:
            from console.desk import policy, staff

            seat = app.seat
            assert seat is not None
            pin = text_of(values, "pin")
            done = await app.work.write(policy.apply_with_pin, seat, pin, self._text, app.clock.now())
            # This seat works by it at once; the others within a minute, at their tick.
            fresh = await app.work.read(staff.refreshed, seat)
            if app.seat is seat:
                app.seat = fresh
            return done

        about = _("From now on every seat works by it. Open calls are placed anew, 200 at a time.")
        fields = [Field("pin", _("your PIN"), "hidden", limit=20)]
        done = await app.push_screen_wait(FormDialog(_("Put it in force"), fields, do, about=about))
        if done is not None:
            # Of the app, so that it goes on when this screen is gone.
            app.run_worker(Guarded(app, place_anew(app)), exit_on_error=False)
            self.dismiss(done)


async def place_anew(app: Host) -> None:
    """Places open calls anew in small writes, so that saves of this seat go in between.

    Args:
        app: the running console; it ends when the seat is left.
    """
    from console.desk import policy

    seat, placed = app.seat, 0
    while seat is not None and app.seat is seat:
        count = await app.work.write(policy.place_some, seat, app.clock.now())
        placed += count
        if not count:
            toast(app, _("{n} open calls were placed anew.", n=placed))
            return
