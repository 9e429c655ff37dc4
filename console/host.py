"""What a screen may ask of the console it runs in, and the door an unexpected error leaves by.

The console is made of screens; screens know only this.
"""

from __future__ import annotations

import sys
import time
from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.segment import Segments
from rich.text import Text
from textual.app import App
from textual.notifications import Notification, Notify
from textual.signal import Signal

from console.door import sentence
from console.widgets.bars import TopLine

if TYPE_CHECKING:
    from console.alarms import Lookout
    from console.clock import Clock
    from console.config import Config
    from console.desk.seat import Seat
    from console.opening import Opening
    from console.practice.ground import Ground
    from console.work import Work
    from db.connect import Database


JUST_NOW_S = 2.0
"""Seconds within which a message belongs to the key that also changed the screen ("Saved 14:35.")."""


class Host(App[int]):
    """The running console as its screens see it.

    Attributes:
        database: the clinic's record.
        clock: the only source of the present.
        config: a person's own settings.
        work: runs desk functions off the loop.
        opening: the first read.
        lookout: live alarms, the on-call list, the first frame's rows.
        seat: who works here; None before sign-in.
        practice: what a practice page works with; None in a clinic's own console.
        keys_pressed: keys since the start, each once, beside space and the letters of free text.
        repaint_signal, seat_signal, record_signal, minute_signal, notice_signal: the words' language changed,
            somebody came or went, another seat committed, a clinic minute passed, a notice changed.
    """

    database: Database
    clock: Clock
    config: Config
    work: Work
    opening: Opening
    lookout: Lookout
    seat: Seat | None
    practice: Ground | None = None
    keys_pressed: int = 0
    repaint_signal: Signal[None]
    seat_signal: Signal[None]
    record_signal: Signal[None]
    minute_signal: Signal[None]
    notice_signal: Signal[None]

    @property
    @abstractmethod
    def demo(self) -> bool:
        """Whether DEMO belongs in the corner."""

    @property
    @abstractmethod
    def in_call(self) -> bool:
        """Whether somebody is on the line at this seat."""

    @abstractmethod
    def show_notices(self) -> None:
        """Paints the notices of the screens that can be seen."""

    @abstractmethod
    def notices(self, *, in_call: bool = False) -> list[tuple[str, str]]:
        """Kind and words of each line nobody may miss, now; during a call the alarms are one line."""

    @abstractmethod
    def open_patient(self, patient_id: int) -> None:
        """Opens a patient's page over the screen in front."""

    @abstractmethod
    def open_escalation(self, escalation_id: int, closed: Callable[[], None] | None = None) -> None:
        """Opens an escalation over the screen in front; `closed` is called when it is left."""

    @abstractmethod
    async def look_now(self) -> None:
        """Reads live alarms and the on-call list again."""

    @abstractmethod
    async def by_the_database(self) -> None:
        """From here on the database's clock counts, not this machine's; says so when that one is wrong."""

    @abstractmethod
    async def take_seat(self, seat: Seat | None, *, locked: bool = False) -> None:
        """Somebody signed in, signed out (None), or works in another role from now on; locked: behind the PIN."""

    @property
    def messages(self) -> list[str]:
        """Words of the messages that are shown now."""
        return [notice.message for notice in self._notifications]

    def _on_notify(self, event: Notify) -> None:
        # The same words again are one message that stays longer, not two lines.
        for notice in list(self._notifications):
            if notice.message == event.notification.message:
                del self._notifications[notice]
        super()._on_notify(event)

    def drop_old_messages(self) -> None:
        """Forgets what was said of the screen before: all but errors and what was said just now."""
        old = [
            notice
            for notice in self._notifications
            if notice.severity != "error" and time.time() - notice.raised_at > JUST_NOW_S
        ]
        for notice in old:
            del self._notifications[notice]
        if old:
            self._refresh_notifications()

    def _refresh_notifications(self) -> None:
        super()._refresh_notifications()
        # Textual takes a message away and leaves its holder: one row, which pushes the next message over the alarms.
        shown = {f"--textual-toast-{notice.identity}" for notice in self._notifications}
        for screen in self.screen_stack if self._screen_stacks else ():
            for holder in screen.query("ToastHolder"):
                if holder.id not in shown:
                    holder.display = False
                    holder.remove()
        self._make_room()

    def _unnotify(self, notification: Notification, refresh: bool = True) -> None:
        super()._unnotify(notification, refresh)
        self._make_room()

    def _make_room(self) -> None:
        """The top line is as tall as its messages."""
        for screen in self.screen_stack if self._screen_stacks else ():
            for line in screen.query(TopLine):
                line.make_room()

    def panic(self, *_renderables: Any) -> None:
        """Ends the console with one sentence instead of a traceback."""
        self._say_and_close(sys.exc_info()[1] or RuntimeError())

    def _handle_exception(self, error: Exception) -> None:
        # Textual would print a traceback with local variables: names and numbers of patients.
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._say_and_close(error)

    def _say_and_close(self, error: BaseException) -> None:
        if not self._exit_renderables:
            words = Text(sentence(error))
            self._exit_renderables.append(Segments(list(self.console.render(words, self.console.options))))
        self._close_messages_no_wait()
