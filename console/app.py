"""The Textual application: modes, seat, clocks, alarms, lock, and the error door. Screens do the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.screen import Screen
from textual.signal import Signal
from textual.widgets import Input, TextArea

from console import alarms, coming_and_going, i18n, keys, modes, opening, pulse, terminal, themes
from console.clean import clean
from console.clock import Clock, SystemClock
from console.config import Config
from console.door import Guarded
from console.host import Host
from console.notify import Bell
from console.styles import ParsedOnce
from console.widgets.bars import text_has_focus
from console.widgets.inputs import arrived, one_line

if TYPE_CHECKING:
    from console.desk.seat import Seat
    from db.connect import Database

WATCH_S = {"sqlite": 0.5, "postgresql": 1.0}
"""Seconds between looks at what other seats have committed (docs/queue.md)."""
TICK_S = 60.0
"""Seconds between ticks: each open console keeps the clinic's clocks moving and counts as a watcher."""
PAINT_S = 0.02
"""Seconds in which the thread that writes the first frame has the processor to itself."""
LOCK_MIN = 3
"""Idle minutes before the lock while no policy has been read (policy `staff.lock_min`)."""


class ConsoleApp(Host):
    """The console of one seat.

    Args:
        database: the clinic's record; it is first touched in a thread.
        clock: source of the present; the demo's starts in an open window.
        config: a person's own settings.
        credentials: login and PIN to sign in with once the first frame is painted; None asks on the screen.
        role: role to sign in with, else the person's first.
        mode: "queue" or "board": where a signed-in person begins.
        begun: the first read, when it was started before this module was imported.
    """

    CSS_PATH: ClassVar = ["console.tcss", "screens/queue.tcss", "screens/sign_in.tcss"]
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = modes.MODES
    DEFAULT_MODE = "queue"
    TITLE = "AfterCall"

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock | None = None,
        config: Config | None = None,
        credentials: tuple[str, str] | None = None,
        role: str | None = None,
        mode: str = "queue",
        begun: opening.Opening | None = None,
    ) -> None:
        terminal.tolerate_any_bytes()
        terminal.whole_pastes()
        terminal.plain_scrollbars()
        self.config = config or Config(language=i18n.from_environment())
        keys.override(self.config.keys)
        i18n.use(self.config.language)
        super().__init__()
        keys.bind(self, "app")
        for name in themes.NAMES:
            self.register_theme(themes.theme(name))
        self.theme = self.config.theme
        self.stylesheet = ParsedOnce(variables=self.get_css_variables())
        self.database = database
        self.clock: Clock = clock or SystemClock()
        self.opening = begun or opening.Opening(database, self.clock.now())
        self.work = self.opening.work
        self.lookout = alarms.Lookout(database)
        self.seat: Seat | None = None
        self.credentials, self.role, self.start_mode = credentials, role, mode
        self.locked = False
        self._asking = False
        self._looking = False
        self._key_acted = False
        """Whether the last key was one that acts, not one that is typed."""
        self._last_input = time.monotonic()
        self._bell = Bell(self, enabled=self.config.bell)
        self.repaint_signal: Signal[None] = Signal(self, "repaint")
        self.seat_signal: Signal[None] = Signal(self, "seat")
        self.record_signal: Signal[None] = Signal(self, "record")
        self.minute_signal: Signal[None] = Signal(self, "minute")
        self.notice_signal: Signal[None] = Signal(self, "notice")
        self._minute = -1

    def on_load(self) -> None:
        """The first frame has rows when they are there already."""
        self.lookout.first = self.opening.ready()

    def on_mount(self) -> None:
        """Timers, then the sign-in over the first frame of the queue."""
        self.set_interval(WATCH_S[self.database.dialect], self._look)
        self.set_interval(TICK_S, self._tick)
        self.set_interval(1.0, self._each_second)
        self.call_after_refresh(lambda: self.set_timer(PAINT_S, self._begin))

    def _begin(self) -> None:
        self.job(coming_and_going.show_first_look(self, stays=self.credentials is None))
        self.job(coming_and_going.arrive(self, self.credentials, self.role, self.start_mode))

    async def by_the_database(self) -> None:
        """From here on the database's clock counts, not this machine's; says so when that one is wrong."""
        from console.desk import present

        before = self.clock
        self.clock = await self.work.read(present.anchored, self.database, before)
        coming_and_going.warn_of_clock(self, before)

    async def take_seat(self, seat: Seat | None, *, locked: bool = False) -> None:
        """Somebody signed in, signed out (None), or works in another role from now on.

        Args:
            seat: hers. locked: hidden behind the PIN before anything of it is read.
        """
        if seat is not None:
            # Leases compare instants of several seats.
            await self.by_the_database()
        self.seat = seat
        self._last_input = time.monotonic()
        if locked:
            self.action_lock()
        self.seat_signal.publish(None)
        if seat is not None:
            await self.look_now()
            self._tick()

    async def on_unmount(self) -> None:
        """Closes threads and connections."""
        self.work.close()

    def job(self, work: Coroutine[Any, Any, Any]) -> None:
        """Runs a coroutine beside the screens; a failure becomes one sentence."""
        self.run_worker(Guarded(self, work), exit_on_error=False)

    @property
    def demo(self) -> bool:
        """Whether DEMO belongs in the corner."""
        return (
            self.seat.demo
            if self.seat is not None
            else self.lookout.first is not None and self.lookout.first.demo
        )

    def notices(self, *, in_call: bool = False) -> list[tuple[str, str]]:
        """Kind and words of each line nobody may miss, now; during a call the alarms are one line."""
        most = alarms.IN_CALL if in_call else alarms.LINES
        return self.lookout.notices(self.seat, self.clock.now(), most=most)

    def show_notices(self) -> None:
        """Paints the notices of the screens that can be seen."""
        self.notice_signal.publish(None)

    def _look(self) -> None:
        if not self._looking:
            self._looking = True
            self.job(self._look_once())

    async def _look_once(self) -> None:
        await pulse.look(self)
        self._looking = False

    def open_patient(self, patient_id: int) -> None:
        """Opens a patient's page over the screen in front."""
        self.push_screen(modes.patient(patient_id))

    def open_escalation(self, escalation_id: int, closed: Callable[[], None] | None = None) -> None:
        """Opens an escalation over the screen in front."""
        self.push_screen(modes.escalation(escalation_id), lambda _result: closed() if closed else None)

    async def look_now(self) -> None:
        """Reads live alarms and the on-call list, rings for new ones, paints the notices."""
        if self.seat is not None:
            await self.work.read(self.lookout.look, self.seat, self.clock.now())
            self._bell.ring_for(self.lookout.to_ring_for())
            self.show_notices()

    def _tick(self) -> None:
        if self.seat is not None:
            self.job(pulse.tick(self, self.seat))

    async def on_event(self, event: events.Event) -> None:
        """Notes that somebody is there."""
        if isinstance(event, events.Paste):
            # A field paints what is pasted before anything can look at its value, and one of a single line
            # keeps only the first line of it.
            single = isinstance(self.focused, Input)
            event.text = one_line(event.text) if single else clean(event.text, multiline=True)
        if isinstance(event, events.Key) and not event.is_forwarded and self._counts(event):
            self.keys_pressed += 1
        if isinstance(event, events.Key | events.MouseDown | events.Paste):
            self._last_input = time.monotonic()
        if isinstance(event, events.Key) and not event.is_forwarded:
            # What accepts, saves or leaves finds all that was typed before it; what is typed then goes where it led.
            if isinstance(self.focused, Input | TextArea) and (self._key_acted or not event.is_printable):
                await arrived(self.focused)
            self._key_acted = not event.is_printable
        await super().on_event(event)

    def _counts(self, event: events.Key) -> bool:
        """Whether a key is a keystroke: not what is typed as text, nor the space that scrolls and hurries."""
        return event.key != "space" and not (event.is_printable and text_has_focus(self.screen))

    def _each_second(self) -> None:
        minute = self.clock.now().minute
        if minute != self._minute:
            self._minute = minute
            self.minute_signal.publish(None)
        self._mind_the_lock()

    def _mind_the_lock(self) -> None:
        minutes = alarms.lock_minutes(self.seat, LOCK_MIN)
        idle = time.monotonic() - self._last_input
        # The demo's people have no PIN that anybody knows.
        if idle >= minutes * 60 and not self.in_call and not self.demo:
            self.action_lock()

    @property
    def in_call(self) -> bool:
        """Whether somebody is on the line at this seat."""
        return any(getattr(screen, "HOLDS_LOCK", False) for screen in self.screen_stack)

    def action_lock(self) -> None:
        """Hides everything behind the PIN."""
        if self.seat is not None and not self.locked:
            from console.screens.sign_in import Lock

            self.locked = True
            self.push_screen(Lock(self.seat), self._unlocked)

    def _unlocked(self, _result: object) -> None:
        self.locked = False
        self._last_input = time.monotonic()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is possible before sign-in, while locked, and with one role only."""
        if action in ("palette", "lock", "switch_role", "alarm", "help") and (
            self.seat is None or self.locked
        ):
            return False
        if action == "switch_role" and self.seat is not None:
            return len(self.seat.roles) > 1
        if action == "alarm":
            return bool(self.lookout.alarm_ids())
        return super().check_action(action, parameters)

    def action_language(self) -> None:
        """Chinese to English and back."""
        i18n.use("en" if i18n.language() == "zh" else "zh")
        self.repaint_signal.publish(None)

    def action_theme(self) -> None:
        """The next theme."""
        names = themes.NAMES
        self.theme = (
            names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else themes.DEFAULT
        )

    def action_help(self) -> None:
        """Explains the screen in front."""
        from console.screens.help import help_for
        from console.widgets.dialogs import Read

        if not isinstance(self.screen, Read):
            self.push_screen(help_for(self.screen))

    def action_palette(self) -> None:
        """Everything that can be done here."""
        from console.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(self.screen))

    def action_alarm(self) -> None:
        """The live alarms: whom to phone, and who does."""
        from console.screens.alarm import AlarmDialog

        if not isinstance(self.screen, AlarmDialog):
            self.push_screen(AlarmDialog())

    def action_switch_role(self) -> None:
        """Another of the person's roles."""
        self.job(self._once(coming_and_going.switch_role(self)))

    async def action_quit(self) -> None:
        """Signs out and ends, after asking."""
        self.job(self._once(coming_and_going.leave(self)))

    async def _once(self, asking: Coroutine[Any, Any, None]) -> None:
        if self._asking:
            asking.close()
            return
        self._asking = True
        try:
            await asking
        finally:
            self._asking = False


def run(app: ConsoleApp) -> int:
    """Runs the console until it ends.

    Returns:
        Exit code: 0, or 1 after an unexpected error (said in one sentence, logged by reference).
    """
    result = app.run()
    return result if isinstance(result, int) else app.return_code or 0
