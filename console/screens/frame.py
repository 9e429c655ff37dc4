"""What every full screen has in common: top line, notices, key line, jobs through the error door."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import ModalScreen, Screen
from textual.worker import Worker

from console import keys
from console.door import Guarded
from console.i18n import _
from console.text import toast
from console.widgets.bars import KeyBar, Notices, TopLine, text_has_focus

DEFAULT_ZONE = "Asia/Shanghai"
"""Until the record has been read (policy `clinic.zone` by default)."""

if TYPE_CHECKING:
    from console.host import Host


class Frame(Screen[Any]):
    """A full screen. A subclass sets SCOPE, says its `headline` and composes its `body`."""

    SCOPE: ClassVar[str]
    """Scope of its rows in the keys table; `action_<verb>` answers each."""
    ALSO: ClassVar[tuple[str, ...]] = ()
    """Further scopes whose keys act here; in the key line theirs come last."""
    HOLDS_LOCK: ClassVar[bool] = False
    """True keeps the idle lock away while the screen is open (a call)."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._window_over = False
        keys.bind(self, self.SCOPE)

    @property
    def console_app(self) -> Host:
        """The running console."""
        return cast("Host", self.app)

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's zone."""
        app = self.console_app
        name = app.seat.zone if app.seat else app.lookout.first.zone if app.lookout.first else DEFAULT_ZONE
        return ZoneInfo(name)

    def local_now(self) -> datetime:
        """The present in the clinic's zone."""
        return self.console_app.clock.now().astimezone(self.zone)

    def local(self, moment: datetime) -> datetime:
        """An aware moment in the clinic's zone."""
        return moment.astimezone(self.zone)

    def headline(self) -> str:
        """Left part of the top line, at paint time."""
        return ""

    def body(self) -> ComposeResult:
        """What stands between notices and key line."""
        return iter(())

    def compose(self) -> ComposeResult:
        """Top line, notices, body, key line."""
        yield TopLine(self.headline, lambda: self.console_app.demo)
        yield Notices()
        yield from self.body()
        yield KeyBar(self.SCOPE, *self.ALSO, "app")

    def on_mount(self) -> None:
        """Listens to what the app announces."""
        app = self.console_app
        app.repaint_signal.subscribe(self, lambda _nothing: self._repaint_all())
        app.seat_signal.subscribe(self, lambda _nothing: self._heard(self.seat_changed))
        app.record_signal.subscribe(self, lambda _nothing: self._heard(self.record_changed))
        app.minute_signal.subscribe(self, lambda _nothing: self._heard(self.minute_passed))
        app.notice_signal.subscribe(self, lambda _nothing: self._heard(self.show_notices))
        self.show_notices()

    def on_screen_resume(self) -> None:
        """Shows what changed while another screen was in front."""
        if not self._window_over:
            self.console_app.drop_old_messages()
        self._repaint_all()

    def on_screen_suspend(self) -> None:
        """Behind a small window it is still this screen that a message is about."""
        self._window_over = isinstance(self.app.screen, ModalScreen)

    def on_resize(self) -> None:
        """Notices are cut to the width."""
        self.show_notices()

    def _repaint_all(self) -> None:
        self.show_notices()
        self.repaint_lines()
        self.repaint()

    def _heard(self, hook: Callable[[], None]) -> None:
        self.repaint_lines()
        hook()

    def repaint(self) -> None:
        """Hook: sets the screen's own words again, after the language changed or the screen came back to
        the front."""

    def seat_changed(self) -> None:
        """Hook: somebody signed in, signed out, or works in another role."""

    def record_changed(self) -> None:
        """Hook: a seat, this one included, has committed something; read what is on the screen again."""

    def minute_passed(self) -> None:
        """Hook: the clinic's clock shows another minute; times left are to be painted anew."""

    def repaint_lines(self) -> None:
        """Paints top line and key line again."""
        for line in (*self.query(TopLine), *self.query(KeyBar)):
            line.refresh()

    def show_notices(self) -> None:
        """Shows the app's live notices on this screen."""
        for notices in self.query(Notices):
            notices.show_lines(self.console_app.notices(in_call=self.HOLDS_LOCK))

    def on_descendant_focus(self) -> None:
        """The key line depends on whether a text has focus."""
        self.repaint_lines()

    def on_descendant_blur(self) -> None:
        """The key line depends on whether a text has focus."""
        self.repaint_lines()

    def job(
        self, work: Coroutine[Any, Any, Any], *, group: str = "job", exclusive: bool = False
    ) -> Worker[Any]:
        """Runs a coroutine beside the screen; a failure becomes one sentence in a toast.

        Args:
            work: may await `console_app.work` and `push_screen_wait`.
            group: jobs of a group may exclude each other.
            exclusive: drops an unfinished job of the group. Only for reads, never for a write.
        """
        return self.run_worker(Guarded(self.app, work), group=group, exclusive=exclusive, exit_on_error=False)

    def on_key(self, event: Key) -> None:
        """A Chinese character that no field takes means the input method is on: say how to get the letter
        keys back."""
        if event.character and not text_has_focus(self) and _is_cjk(event.character):
            event.stop()
            toast(
                self.app,
                _("Chinese input is on: press Shift, then the letter; F-keys and digits work as they are."),
            )


def _is_cjk(character: str) -> bool:
    return unicodedata.name(character[0], "").startswith(("CJK UNIFIED", "CJK COMPATIBILITY IDEOGRAPH"))
