"""Signing in (name and PIN), and the lock that asks for the PIN again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Input, Static

from console import keys
from console.clean import clean
from console.door import Guarded, sentence
from console.i18n import _
from console.text import ui_text
from console.widgets.bars import KeyBar, Notices, TopLine
from console.widgets.dialogs import Ask, Dialog
from console.widgets.inputs import TAB_KEYS, Entry
from db.errors import NotAllowed

if TYPE_CHECKING:
    from console.desk.seat import Seat
    from console.host import Host

PIN_LIMIT = 64


class SignIn(Dialog["Seat"]):
    """Name and PIN over the masked queue; gives the seat.

    Args:
        role: role to work in; None is the person's first.
    """

    SCOPE: ClassVar[str] = "sign_in"
    CSS_PATH = "sign_in.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*TAB_KEYS]

    def __init__(self, role: str | None = None) -> None:
        super().__init__(_("Sign in"))
        self._role = role
        self._busy = False

    @property
    def console_app(self) -> Host:
        """The running console."""
        return cast("Host", self.app)

    def body(self) -> ComposeResult:
        """Name, PIN, and what was wrong."""
        yield Static(ui_text(_("Name")), id="name-label")
        yield Entry(id="name", max_length=100)
        yield Static(ui_text(_("PIN")), id="pin-label")
        yield Entry(id="pin", password=True, max_length=PIN_LIMIT)
        yield Static("", id="wrong", classes="dialog-error", markup=False)

    @property
    def ready(self) -> bool:
        """Whether it takes an entry now."""
        return not self._busy

    def on_mount(self) -> None:
        """The name comes first; words follow the language."""
        self.console_app.repaint_signal.subscribe(self, lambda _nothing: self._words())
        self.query_one("#name", Input).focus()

    def _words(self) -> None:
        self.query_one(".dialog-title", Static).update(ui_text(_("Sign in")))
        self.query_one("#name-label", Static).update(ui_text(_("Name")))
        self.query_one("#pin-label", Static).update(ui_text(_("PIN")))
        for bar in self.query(KeyBar):
            bar.refresh()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes from the name to the PIN, and from the PIN on."""
        if event.input.id == "name":
            self.set_focus(self.query_one("#pin", Input))
        else:
            self.action_accept()

    def action_cancel(self) -> None:
        """Nothing lies behind the sign-in: escape clears the PIN."""
        self.query_one("#pin", Input).value = ""

    def action_accept(self) -> None:
        """Signs in."""
        name = clean(self.query_one("#name", Input).value).strip()
        pin = clean(self.query_one("#pin", Input).value)
        if name and pin and not self._busy:
            self._busy = True
            self._say(_("Signing in ..."))
            self.job(self._sign_in(name, pin))
        else:
            self.app.bell()

    async def _seat(self, name: str, pin: str) -> Seat | None:
        """The seat; a PIN somebody else made is first replaced by one of the person's own."""
        from console.desk import staff

        app = self.console_app
        # A PIN's waiting time is counted by the same clock on every seat.
        await app.by_the_database()
        try:
            return await app.work.write(staff.sign_in, app.database, name, pin, app.clock.now(), self._role)
        except NotAllowed as error:
            if error.code != "pin_must_change":
                raise
        own = await self._own_pin()
        if own is None:
            return None
        await app.work.write(staff.change_pin, app.database, name, pin, own, app.clock.now())
        return await app.work.write(staff.sign_in, app.database, name, own, app.clock.now(), self._role)

    async def _own_pin(self) -> str | None:
        """A new PIN, typed twice alike; None when given up."""
        title = _("Choose a PIN of your own")
        while True:
            first = await self.app.push_screen_wait(Ask(title, hidden=True, limit=PIN_LIMIT))
            if first is None:
                return None
            again = await self.app.push_screen_wait(
                Ask(_("The same PIN again"), hidden=True, limit=PIN_LIMIT)
            )
            if again == first:
                return first
            title = _("The two were not alike. Choose a PIN of your own")

    async def _sign_in(self, name: str, pin: str) -> None:
        try:
            seat = await self._seat(name, pin)
        except Exception as error:
            self._say(sentence(error))
            pin_field = self.query_one("#pin", Input)
            pin_field.value = ""
            pin_field.focus()
        else:
            if seat is None:
                self._say("")
            else:
                self.dismiss(seat)
        finally:
            self._busy = False

    def _say(self, words: str) -> None:
        self.query_one("#wrong", Static).update(ui_text(words))


class Lock(Screen[Any]):
    """Hides everything until the person who holds the seat gives the PIN again.

    Args:
        seat: whose PIN opens.
    """

    SCOPE: ClassVar[str] = "lock"
    CSS_PATH = "sign_in.tcss"

    def __init__(self, seat: Seat) -> None:
        super().__init__()
        self._seat = seat
        self._busy = False
        keys.bind(self, "lock")

    @property
    def console_app(self) -> Host:
        """The running console."""
        return cast("Host", self.app)

    def compose(self) -> ComposeResult:
        """Top line, alarms without names, the PIN."""
        yield TopLine(lambda: _("Locked: {name}", name=self._seat.name), lambda: self.console_app.demo)
        yield Notices()
        with Container(id="lock-body"), Vertical(classes="dialog"):
            yield Static(ui_text(_("PIN")), id="pin-label")
            yield Entry(id="pin", password=True, max_length=PIN_LIMIT)
            yield Static("", id="wrong", classes="dialog-error", markup=False)
        yield KeyBar("lock", "app")

    def on_mount(self) -> None:
        """The PIN field has focus; words follow the language, alarms follow the clock; old messages go."""
        self.console_app.clear_notifications()
        self.console_app.repaint_signal.subscribe(self, lambda _nothing: self.refresh(recompose=False))
        self.console_app.notice_signal.subscribe(self, lambda _nothing: self._show_notices())
        self._show_notices()
        self.query_one("#pin", Input).focus()

    def on_resize(self, _event: Resize) -> None:
        """Alarms are cut to the width."""
        self._show_notices()

    def _show_notices(self) -> None:
        self.query_one(Notices).show_lines(self.console_app.notices())
        self.query_one(TopLine).refresh()

    def on_input_submitted(self) -> None:
        """Enter tries the PIN."""
        self.action_accept()

    def action_accept(self) -> None:
        """Tries the PIN."""
        pin = clean(self.query_one("#pin", Input).value)
        if pin and not self._busy:
            self._busy = True
            self.run_worker(Guarded(self.app, self._try(pin)), exit_on_error=False)

    async def _try(self, pin: str) -> None:
        from console.desk import staff

        app, field = self.console_app, self.query_one("#pin", Input)
        words = _("That PIN is not right.")
        try:
            if await app.work.write(staff.check_pin, self._seat, pin, app.clock.now()):
                self.dismiss(True)
                return
        except Exception as error:
            words = sentence(error)
        finally:
            self._busy = False
        field.value = ""
        self.query_one("#wrong", Static).update(ui_text(words))
