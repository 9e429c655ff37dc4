"""The queue: who is called next, and why. Taking a call, finding a person and answering the telephone start
here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from console import i18n
from console.i18n import _, p_
from console.screens.frame import Frame
from console.text import cells, cut, toast, ui_text
from console.widgets.bars import CORNER
from console.widgets.queue_list import BLOCK, Column, Line, QueueList
from console.words import (
    clock_words,
    deadline_words,
    left_words,
    milestone_word,
    post_op_words,
    procedure_word,
    team_word,
    tier_word,
    when_words,
)
from db.enums import Tier

if TYPE_CHECKING:
    from db.records import CallForm, Claim, QueueHeader, QueueRow

FIRST_ROWS = 40
"""Rows of the first read: what fits the tallest usual screen; more are read when the cursor comes near the
end."""
WHY_AFTER_S = 0.2
"""How long the cursor rests before the side pane reads the full explanation, so that arrows stay fast."""


class QueueScreen(Frame):
    """Rows in the clinic's order, masked; the header says what may be dialled now."""

    SCOPE: ClassVar[str] = "queue"
    CSS_PATH = "queue.tcss"
    AUTO_FOCUS = "QueueList"

    def __init__(self) -> None:
        super().__init__()
        self._header: QueueHeader | None = None
        self._rows: tuple[QueueRow, ...] = ()
        self._complete = True
        self._reading = False
        self._again = False
        self._drafts = 0

    def headline(self) -> str:
        """Who, where, when, what may be dialled."""
        app = self.console_app
        if self._header is None or app.seat is None:
            first = app.lookout.first
            if first is None:
                return "AfterCall"
            return f"{first.clinic} {clock_words(self.local_now())}"
        header = self._header
        window = header.window
        if window.open and window.until is not None:
            state = _("open to {time}", time=f"{self.local(window.until):%H:%M}")
        elif window.next is not None:
            state = _("closed, opens {when}", when=when_words(self.local(window.next), self.local_now()))
        else:
            state = _("closed")
        parts = [
            clock_words(self.local_now()),
            state,
            _("call {n}", n=_capped(header.takeable)),
            _("promised {n}", n=_capped(header.promised)),
            _("board {n}", n=_capped(header.escalations)),
        ]
        if header.cut_off:
            parts.append(_("cut off {n}", n=header.cut_off))
        if self._drafts:
            parts.append(_("unsaved {n}", n=self._drafts))
        # The two names give way, never the counts.
        room = self.size.width - CORNER - cells(" ".join(parts)) - 2
        staff = cut(header.staff, max(room // 2, 4))
        return " ".join([staff, cut(header.clinic, max(room - cells(staff), 4)), *parts])

    def body(self) -> ComposeResult:
        """The list, and from 110 columns the pane beside it."""
        yield Static(id="queue-empty", markup=False)
        with Horizontal(id="queue-body"):
            yield QueueList()
            yield Static(id="queue-side", markup=False)

    def on_mount(self) -> None:
        """Shows the first look when it is there; everything later comes by signal."""
        self._show()

    def seat_changed(self) -> None:
        """Somebody signed in or out: her own lanes."""
        self.query_one(QueueList).to_top()
        self._header = None
        self.action_refresh()

    def record_changed(self) -> None:
        """Another seat changed something."""
        if self.console_app.seat is not None:
            self.action_refresh()

    def minute_passed(self) -> None:
        """Times left are painted anew."""
        self._show()

    def repaint(self) -> None:
        """Another language."""
        self._show()

    def action_refresh(self) -> None:
        """Reads the rows on screen again; a wish that comes during a read is served after it."""
        if self.console_app.seat is None:
            self._show()
        elif self._reading:
            self._again = True
        else:
            self._reading = True
            self.job(self._read())

    async def _read(self) -> None:
        from console.desk import calls, queue

        app = self.console_app
        try:
            while app.seat is not None:
                self._again = False
                seat, now = app.seat, app.clock.now()
                listed = self.query_one(QueueList)
                wanted = max(FIRST_ROWS, min(len(self._rows), listed.bottom + FIRST_ROWS))
                header = await app.work.read(queue.header, seat, now)
                rows = await app.work.read(queue.page, seat, now, None, wanted)
                mine = await app.work.read(calls.my_drafts, seat, now)
                if app.seat is seat:
                    self._header, self._rows, self._complete = header, tuple(rows), len(rows) < wanted
                    self._drafts = len(mine)
                    self._show()
                if not self._again:
                    break
        finally:
            self._reading = False

    async def on_queue_list_more_wanted(self, event: QueueList.MoreWanted) -> None:
        """The cursor comes near the last row known."""
        event.stop()
        if not self._complete:
            self.job(self._read_more(), group="more", exclusive=True)

    async def _read_more(self) -> None:
        from console.desk import queue

        app = self.console_app
        if app.seat is None or not self._rows:
            return
        last = self._rows[-1]
        rows = await app.work.read(queue.page, app.seat, app.clock.now(), last.key, BLOCK)
        if self._rows and self._rows[-1] is last:
            self._rows, self._complete = self._rows + tuple(rows), len(rows) < BLOCK
            start = len(self._rows) - len(rows)
            self.query_one(QueueList).add_lines(
                self._lines(self._rows[start:], start), complete=self._complete
            )

    def _show(self) -> None:
        if not self.is_mounted:
            return
        first = self.console_app.lookout.first
        if self.console_app.seat is None and first is not None:
            self._rows, self._complete = first.rows, True
        listed = self.query_one(QueueList)
        listed.show_lines(self._columns(), self._lines(self._rows), complete=self._complete)
        empty = self.query_one("#queue-empty", Static)
        empty.display = self._header is not None and not self._rows
        if empty.display:
            empty.update(
                ui_text(_("Nobody is waiting for you now. n explains why somebody you expect is missing."))
            )
        self._show_side()
        self.repaint_lines()

    def _columns(self) -> Sequence[Column]:
        wide = self.size.width >= 110
        return (
            Column("#", 4 if wide else 3),
            Column(p_("column", "tier"), 5),
            Column(p_("column", "due"), 7),
            Column(p_("column", "left"), 7),
            Column(p_("column", "patient"), 9),
            Column(p_("column", "procedure"), 15),
            Column(p_("column", "day"), 4),
            Column(p_("column", "try"), 3),
            Column(p_("column", "last"), 0),
        )

    def _lines(self, rows: Sequence[QueueRow], start: int = 0) -> list[Line]:
        now = self.local_now()
        return [self._line(row, number, now) for number, row in enumerate(rows, start + 1)]

    def _line(self, row: QueueRow, number: int, now: datetime) -> Line:
        deadline = self.local(row.deadline_at)
        last = i18n.reason_text(i18n.language(), row.last)
        if not row.takeable and row.opens_at is not None:
            last = _("opens {when}", when=when_words(self.local(row.opens_at), self.local_now())) + " " + last
        late = row.deadline_at < now
        style = (
            "dim" if not row.takeable else "alarm" if row.tier is Tier.RED_FLAG else "warn" if late else ""
        )
        return Line(
            row,
            (
                str(number),
                tier_word(row.tier),
                deadline_words(deadline, now),
                left_words(self.local(row.deadline_at), now),
                row.patient,
                procedure_word(row.procedure),
                "" if row.day is None else str(row.day),
                str(row.attempts),
                last,
            ),
            style,
        )

    def _show_side(self, facts: Sequence[str] = ()) -> None:
        row = self.query_one(QueueList).current
        side = self.query_one("#queue-side", Static)
        if row is None:
            side.update("")
            return
        now, lang = self.local_now(), i18n.language()
        lines = [
            f"{row.patient}  {procedure_word(row.procedure)}  {post_op_words(row.day)}".rstrip(),
            f"{milestone_word(row.milestone)}  {team_word(row.team)}",
            f"{tier_word(row.tier)}  {deadline_words(self.local(row.deadline_at), now)}  "
            f"{left_words(self.local(row.deadline_at), now)}",
            _("attempts {n}", n=row.attempts) + "  " + i18n.reason_text(lang, row.last),
            "",
            *(facts or (i18n.reason_text(lang, row.reason),)),
        ]
        side.update(ui_text("\n".join(lines)))

    def on_queue_list_moved(self, event: QueueList.Moved) -> None:
        """The cursor stands on another person."""
        event.stop()
        if self.has_class("-wide"):
            self._show_side()
            if event.item_id is not None and self.console_app.seat is not None:
                self.job(self._explain_beside(event.item_id), group="side", exclusive=True)

    async def _explain_beside(self, item_id: int) -> None:
        from console.desk import queue

        await asyncio.sleep(WHY_AFTER_S)
        app = self.console_app
        if app.seat is None:
            return
        why = await app.work.read(queue.why, app.seat, item_id, app.clock.now())
        current = self.query_one(QueueList).current
        if current is not None and current.id == item_id:
            self._show_side([i18n.reason_text(i18n.language(), fact) for fact in why.facts])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing but reading is possible before sign-in."""
        if action == "drafts":
            return self._drafts > 0
        verbs = (
            *("take", "find", "why", "why_not", "incoming", "board", "skip", "refresh", "top"),
            *("add_patient", "scripts"),
        )
        return (
            self.console_app.seat is not None if action in verbs else super().check_action(action, parameters)
        )

    def action_top(self) -> None:
        """Back to the first person, and to taking them in order."""
        self.query_one(QueueList).to_top()

    def action_take(self) -> None:
        """Takes the next person, or the one chosen by hand."""
        self.job(self._take())

    async def _take(self) -> None:
        from console.desk import queue

        app = self.console_app
        seat, row = app.seat, self.query_one(QueueList).chosen
        if seat is None:
            return
        if row is not None:
            claim = await app.work.write(queue.take_item, seat, row.id, app.clock.now())
        else:
            claim = await app.work.write(queue.take_next, seat, app.clock.now())
        if claim is None:
            toast(app, _("Nobody can be called now."))
            self.action_refresh()
        else:
            self.open_call(claim)

    def open_call(self, claim: Claim, draft: CallForm | None = None) -> None:
        """Opens the call of a claim, with what a broken-off call left behind; the list is read again when
        it ends."""
        from console.screens.call import CallScreen

        self.query_one(QueueList).to_top()
        self.app.push_screen(CallScreen(claim, draft), lambda _result: self.action_refresh())

    def action_skip(self) -> None:
        """Skips the person under the cursor, with a reason."""
        self.job(self._skip())

    async def _skip(self) -> None:
        from console.desk import queue
        from console.widgets.dialogs import Ask

        app, row = self.console_app, self.query_one(QueueList).current
        if app.seat is None or row is None:
            return
        if row.tier is Tier.RED_FLAG:
            toast(app, _("A red flag is not skipped: call, or hand it to the lead."), "warning")
            return
        reason = await app.push_screen_wait(Ask(_("Why is {patient} skipped?", patient=row.patient)))
        if reason:
            claim = await app.work.write(queue.take_item, app.seat, row.id, app.clock.now())
            await app.work.write(queue.skip, app.seat, claim, reason, app.clock.now())
            toast(app, _("Skipped: {patient}. After three skips the lead decides.", patient=row.patient))
            self.action_refresh()

    def action_why(self) -> None:
        """Why the person under the cursor stands here."""
        row = self.query_one(QueueList).current
        if row is not None:
            from console.screens import explain

            self.job(explain.why(self, row.id))

    def action_why_not(self) -> None:
        """Why somebody is not in the list."""
        from console.screens import explain

        self.job(explain.why_not(self))

    def action_drafts(self) -> None:
        """Takes up a call that was not saved."""
        self.job(self._take_up_draft())

    async def _take_up_draft(self) -> None:
        from console.screens import drafts

        goes_on = await drafts.take_up(self)
        if goes_on is None:
            self.action_refresh()
        else:
            self.open_call(*goes_on)

    def action_find(self) -> None:
        """Finds a person and opens the page."""
        from console.screens import board_lists

        self.job(board_lists.find(self))

    def action_add_patient(self) -> None:
        """Adds a patient by hand."""
        from console.screens import board_lists

        self.job(board_lists.add_patient(self))

    def action_scripts(self) -> None:
        """The talk-tracks."""
        from console.screens.scripts import ScriptsScreen

        self.app.push_screen(ScriptsScreen())

    def action_incoming(self) -> None:
        """Answers a call that came in."""
        self.job(self._incoming())

    async def _incoming(self) -> None:
        from console.screens.incoming import Incoming

        claim = await self.app.push_screen_wait(Incoming())
        if claim is not None:
            self.open_call(claim)

    async def action_board(self) -> None:
        """The escalation board."""
        await self.app.switch_mode("board")


def _capped(count: int) -> str:
    return "999+" if count > 999 else str(count)
