"""The escalation board: what was handed over, by the clock that runs out first, and what the clinic must not
forget."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Static

from console.i18n import _
from console.policy_words import closure_words, unknown_year_words
from console.rules.next_step import next_step
from console.screens import board_filter, board_lists
from console.screens.board_filter import Narrowing
from console.screens.case_actions import CaseActions
from console.screens.policy_door import OpensPolicy
from console.screens.rereading import Rereading
from console.screens.viewer import viewer_of
from console.text import cells, cut, ui_text
from console.widgets.bars import CORNER
from console.widgets.board_columns import BoardColumns, Column
from console.widgets.case_words import Signs, card_lines, detail_lines, status_word
from console.widgets.next_words import next_word
from console.widgets.strip_words import (
    COUNTS,
    capped,
    count_words,
    counts_of,
    fitting,
    forecast_words,
    held_words,
    queue_words,
)
from console.words import clock_words
from db.enums import EscalationKind, EscalationStatus, Level, Role
from db.records import Board, Escalation

LEAD_ONLY = ("fixlist", "staff")
BY_KEY = ("ack", "contacted", "resolve", "phoning", "told")
"""Next steps that a key of the board takes; the others are taken on the case's own page."""


class BoardScreen(CaseActions, OpensPolicy):
    """Four columns of cards, the strip above them, the card under the cursor in words below them."""

    SCOPE: ClassVar[str] = "board"
    CSS_PATH = "board.tcss"
    AUTO_FOCUS = "BoardColumns"

    def __init__(self) -> None:
        super().__init__()
        self._board: Board | None = None
        self._signs: Signs = {}
        self._narrowing = Narrowing()
        self._of: int | None = None
        self._reread = Rereading(self, self._read)

    def headline(self) -> str:
        """To what the cards are narrowed, when, how many are open, complaints and late ones among them, and who."""
        app = self.console_app
        parts = [clock_words(self.local_now())]
        if self._board is not None:
            strip = self._board.strip
            parts.append(_("open {n}", n=capped(sum(strip.opened.values()))))
            complaints = strip.opened.get(EscalationKind.COMPLAINT, 0)
            if complaints:
                parts.append(_("complaints {n}", n=capped(complaints)))
            if strip.late:
                parts.append(_("late {n}", n=capped(strip.late)))
        name = app.seat.name if app.seat is not None else ""
        begins = [_("Board")]
        if self._narrowing:
            begins.append(board_filter.head(self._narrowing))
        room = self.size.width - CORNER - cells(" ".join([*begins, *parts])) - 1
        return " ".join([*begins, *parts, *([cut(name, max(room, 4))] if room > 3 else [])])

    def body(self) -> ComposeResult:
        """Strip, columns, detail."""
        yield Static(id="board-strip", markup=False)
        yield BoardColumns()
        yield Static(id="board-detail", markup=False)

    def on_mount(self) -> None:
        """Reads the board."""
        self.action_refresh()

    def on_screen_resume(self) -> None:
        """Reads what changed while another screen was in front."""
        super().on_screen_resume()
        self.action_refresh()

    def seat_changed(self) -> None:
        """Somebody else sits here, or works in another role; whoever comes sees everything first."""
        seat = self.console_app.seat
        if seat is None or seat.staff_id != self._of:
            self._narrowing, self._of = Narrowing(), None if seat is None else seat.staff_id
            self._empty()
        self.action_refresh()

    def _empty(self) -> None:
        """What was read for somebody else may name what the next one may not read."""
        self._board = None
        for columns in self.query(BoardColumns):
            columns.show_columns((), lambda _card, _width: (), self._style)
        for said in self.query("#board-strip, #board-detail").results(Static):
            said.update("")

    def record_changed(self) -> None:
        """A seat changed something."""
        self.action_refresh()

    def minute_passed(self) -> None:
        """Times left are painted anew, and clocks may have run out."""
        self.action_refresh()

    def repaint(self) -> None:
        """Another language."""
        self._show()

    def on_resize(self) -> None:
        """Another width."""
        super().on_resize()
        self._show()

    def changed(self) -> None:
        """Something was done here."""
        self.action_refresh()

    def taken_down(self, number: int) -> None:
        """The cursor goes to what was taken down."""
        self.query_one(BoardColumns).want(number)

    def case(self) -> Escalation | None:
        """The card under the cursor."""
        found = self.query(BoardColumns)
        return found.first().current if found else None

    def action_refresh(self) -> None:
        """Reads the board; while the queue is in front that waits until the board comes back."""
        if self.console_app.seat is not None and self.app.current_mode == "board":
            self._reread.wish()

    async def _read(self) -> None:
        from console.desk import escalations, signs

        app, seat = self.console_app, self.console_app.seat
        if seat is None:
            return
        narrowing = self._narrowing
        board = await app.work.read(escalations.board, seat, app.clock.now(), narrowing.only)
        if app.seat is not seat or self._narrowing is not narrowing:
            # Also the minute's new policy makes it another seat, and nobody announces that.
            self._reread.wish()
            return
        self._board = board
        self._show()
        if not self._signs:
            self._signs = await app.work.read(signs.sign_words, seat, app.clock.now())
            self._show_detail()

    # -- painting ------------------------------------------------------------------------------

    def _show(self) -> None:
        board = self._board
        if not self.is_mounted or board is None:
            return
        columns = [
            Column(status_word(EscalationStatus.NEW), board.new),
            Column(status_word(EscalationStatus.ACKNOWLEDGED), board.acknowledged),
            Column(status_word(EscalationStatus.CONTACTED), board.contacted),
            Column(status_word(EscalationStatus.RESOLVED), board.resolved),
        ]
        now, zone = self.console_app.clock.now(), self.zone
        self.query_one(BoardColumns).show_columns(
            columns, lambda card, width: card_lines(card, now, zone, width), self._style
        )
        strip = "\n".join(cut(line, max(self.size.width - 1, 1)) for line in self._strip_lines(board))
        said = self.query_one("#board-strip", Static)
        if str(said.content) != strip:
            said.update(ui_text(strip))
        self._show_detail()
        self.repaint_lines()

    def _style(self, card: Escalation) -> str:
        if card.resolved_at is not None:
            return "dim"
        if card.level is Level.EMERGENCY:
            return "urgent"
        late = card.next_clock is not None and card.next_clock < self.console_app.clock.now()
        return "late" if late else "card"

    def _strip_lines(self, board: Board) -> list[str]:
        strip, zone, width = board.strip, self.zone, self.size.width - 1
        warnings: list[str] = []
        if not strip.watched:
            warnings.append(_("NOBODY IS WATCHING"))
        if strip.roster_empty:
            warnings.append(_("NOBODY IS ON CALL"))
        if strip.cut_off:
            warnings.append(_("cut off:") + " " + held_words(strip.cut_off, zone, 40))
        if strip.closure is not None and strip.closure.safety:
            warnings.append(closure_words(strip.closure))
        counts = [count_words(name, n) for name, n in counts_of(strip).items() if name in COUNTS]
        later: list[str] = []
        if strip.unknown_year is not None:
            later.append(unknown_year_words(strip.unknown_year))
        if strip.placing:
            later.append(_("new policy: {n} to be placed anew", n=capped(strip.placing)))
        lists = fitting([*warnings, *counts, *later], width - cells(self._lists_key()))
        forecast = forecast_words(strip.forecast, zone, wide=self.has_class("-wide"))
        held = f"{forecast}  " + _("on the line:") + " "
        held += held_words(strip.held, zone, width - cells(held)) if strip.held else _("nobody")
        return [
            queue_words(strip),
            self._lists_key() + lists if lists else _("nothing waits for the lead"),
            held,
        ]

    def _lists_key(self) -> str:
        return f"{board_filter.key_of('board.lists')}: "

    def _show_detail(self) -> None:
        card = self.case()
        if card is None:
            text = board_filter.empty(self._narrowing) if self._board is not None else ""
            self.query_one("#board-detail", Static).update(ui_text(text))
            return
        now = self.console_app.clock.now()
        lines = detail_lines(card, self._signs, now, self.zone)
        lines[-1] = " | ".join(part for part in (self._todo(card, now), lines[-1]) if part)
        if not self.has_class("-wide"):
            # One line each, so that the columns above never move.
            lines = [cut(line.replace("\n", " / "), max(self.size.width - 2, 1)) for line in lines]
        self.query_one("#board-detail", Static).update(ui_text("\n".join(line for line in lines if line)))

    def _todo(self, card: Escalation, now: datetime) -> str:
        """What is to be done next, and the key that does it, for who sits here."""
        seat = self.console_app.seat
        step = None if seat is None else next_step(card, viewer_of(seat, now))
        if step is None:
            return ""
        if not step.mine:
            return _("waits for somebody else: {what}", what=next_word(step.code))
        key = board_filter.key_of(f"board.{step.code if step.code in BY_KEY else 'open'}")
        return _("next: {what} ({key})", what=next_word(step.code), key=key)

    def on_board_columns_moved(self, event: BoardColumns.Moved) -> None:
        """The cursor stands on another card."""
        event.stop()
        self._show_detail()
        self.repaint_lines()

    def on_board_columns_chosen(self, event: BoardColumns.Chosen) -> None:
        """A second click opens."""
        event.stop()
        self.action_open()

    # -- doing ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What leads do is shown to leads."""
        seat = self.console_app.seat
        if action in LEAD_ONLY:
            return seat is not None and seat.role is Role.LEAD
        if action == "open":
            return self.case() is not None
        if action in ("find", "add_patient", "lists", "scripts", "narrow", "mine"):
            return seat is not None
        if action == "everything":
            return bool(self._narrowing)
        return super().check_action(action, parameters)

    def action_open(self) -> None:
        """The whole of it."""
        card = self.case()
        if card is not None:
            self.console_app.open_escalation(card.id, self.action_refresh)

    def action_narrow(self) -> None:
        """Shows only one kind, or what one person has."""
        self.job(self._ask_narrowing())

    async def _ask_narrowing(self) -> None:
        asked = await board_filter.ask(self, self._narrowing)
        if asked is not None:
            self._narrow(asked)

    def action_mine(self) -> None:
        """Shows only what the person at this seat has, or everything again."""
        self._narrow(board_filter.mine(self, self._narrowing))

    def action_everything(self) -> None:
        """Shows everything again."""
        self._narrow(Narrowing())

    def _narrow(self, narrowing: Narrowing) -> None:
        seat = self.console_app.seat
        self._narrowing, self._of = narrowing, None if seat is None else seat.staff_id
        self.repaint_lines()
        self.action_refresh()

    async def action_back(self) -> None:
        """The queue."""
        await self.app.switch_mode("queue")

    def action_find(self) -> None:
        """Finds a person and opens the page."""
        self.job(board_lists.find(self))

    def action_add_patient(self) -> None:
        """Adds a patient."""
        self.job(board_lists.add_patient(self))

    def action_lists(self) -> None:
        """The lists behind the counts of the strip."""
        if self._board is not None:
            self.job(board_lists.show(self, self._board))

    def action_fixlist(self) -> None:
        """Refused import rows."""
        from console.screens.fixlist import FixListScreen

        self.app.push_screen(FixListScreen(), lambda _result: self.action_refresh())

    def action_staff(self) -> None:
        """The staff."""
        from console.screens.staff import StaffScreen

        self.app.push_screen(StaffScreen())

    def action_scripts(self) -> None:
        """The talk-tracks."""
        from console.screens.scripts import ScriptsScreen

        self.app.push_screen(ScriptsScreen())
