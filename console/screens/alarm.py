"""Live alarms on every seat: whom to phone, and one key for "I phone the doctor"."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from console.alarms import alarm_line, in_order, roster_line
from console.i18n import _
from console.rules.phone import grouped
from console.text import toast, ui_text
from console.widgets.bars import KeyBar
from console.widgets.case_words import Signs, sign_words
from console.widgets.dialogs import Dialog
from console.words import role_word
from db.enums import Role

if TYPE_CHECKING:
    from console.host import Host
    from db.records import Escalation


class AlarmDialog(Dialog[None]):
    """One live alarm at a time, with the on-call list under it."""

    SCOPE: ClassVar[str] = "alarm"
    WIDE = True
    UNSHOWN = frozenset({"dialog.accept"})

    def __init__(self) -> None:
        super().__init__(_("Alarms"))
        self._order: list[int] = []
        """Ids in the order of the lines on the screen; whoever takes one up does not move it from under her key."""
        self._at = 0
        self._signs: Signs = {}

    @property
    def console_app(self) -> Host:
        """The running console."""
        return cast("Host", self.app)

    def body(self) -> ComposeResult:
        """The alarm and whom to phone."""
        with VerticalScroll(classes="dialog-text"):
            yield Static(id="alarm-text", markup=False)

    def on_mount(self) -> None:
        """Follows what the seat watches; arrows scroll."""
        self.query_one(VerticalScroll).focus()
        self.set_interval(1.0, self._show)
        self.job(self._read_signs())
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without an alarm there is nothing to take or to tell, without a second one no next."""
        alarms = len(self.console_app.lookout.alarms)
        if action in ("phoning", "told"):
            return alarms > 0
        return alarms > 1 if action == "next" else super().check_action(action, parameters)

    def _alarm(self) -> Escalation | None:
        live = {alarm.id: alarm for alarm in in_order(self.console_app.lookout.alarms)}
        known = [one for one in self._order if one in live]
        self._order = known + [one for one in live if one not in known]
        return live[self._order[self._at % len(self._order)]] if self._order else None

    def _show(self) -> None:
        app, alarm = self.console_app, self._alarm()
        if app.seat is None:
            return
        lines = [_("No alarm is open.")]
        if alarm is not None:
            lines = []
            if len(self._order) > 1:
                lines = [_("{n} of {of}", n=self._at % len(self._order) + 1, of=len(self._order))]
            lines += [alarm_line(alarm, app.clock.now(), ZoneInfo(app.seat.zone)), *self._known(alarm)]
        card = app.lookout.on_call
        if card is not None:
            lines.append("")
            if card.empty:
                lines.append(roster_line(card))
            for person in card.people:
                role = role_word(person.role) if person.role in tuple(Role) else person.role
                number = grouped(person.phone) if person.phone else _("no number")
                lines.append(f"{person.order}. {person.name}  {role}  {number}")
        self.query_one("#alarm-text", Static).update(ui_text("\n".join(lines)))
        for bar in self.query(KeyBar):
            bar.refresh()

    def _known(self, alarm: Escalation) -> list[str]:
        """What a colleague passes on: signs, where she is, her record, who raised it and who has it."""
        where = (
            (_("where"), alarm.place or _("not known")),
            (_("with her"), alarm.companion or _("not known")),
        )
        hands = (
            (_("record id"), alarm.record_id),
            (_("raised by"), alarm.raised_by),
            (_("who has it"), alarm.owner or _("nobody yet")),
        )
        said = (((_("signs"), "; ".join(sign_words(alarm, self._signs))),), where, hands)
        return ["  ".join(f"{label}: {text}" for label, text in line if text) for line in said]

    async def _read_signs(self) -> None:
        from console.desk import signs

        app = self.console_app
        if app.seat is not None:
            self._signs = await app.work.read(signs.sign_words, app.seat, app.clock.now())
            self._show()

    def action_next(self) -> None:
        """The next alarm."""
        self._at += 1
        self._show()

    def action_phoning(self) -> None:
        """Tells every seat that this person phones the doctor."""
        self.job(self._phoning())

    async def _phoning(self) -> None:
        from console.desk import escalations

        app, alarm = self.console_app, self._alarm()
        if app.seat is None or alarm is None:
            return
        taken = await app.work.write(escalations.phoning, app.seat, alarm.id, app.clock.now())
        if not taken.mine:
            toast(app, _("{name} is phoning the doctor already.", name=taken.name), "warning")
        await app.look_now()
        self._show()

    def action_told(self) -> None:
        """Writes down who was told."""
        self.job(self._told())

    async def _told(self) -> None:
        from console.screens import telling

        app, alarm = self.console_app, self._alarm()
        if app.seat is None or alarm is None:
            return
        people = app.lookout.on_call.people if app.lookout.on_call is not None else ()
        said = await telling.ask(app, app.push_screen_wait, people, (alarm,))
        if said is not None:
            await telling.write(app, alarm, *said)
            await app.look_now()
            self._show()
