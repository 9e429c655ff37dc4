"""The queue: who is called next, and why. Taking a call, finding a person and answering the telephone start
here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from console.i18n import _
from console.screens import queue_filter, queue_lines
from console.screens.policy_door import OpensPolicy
from console.screens.practice_door import GoesToPractice, is_trainee, trainee_words
from console.screens.queue_filter import Narrowing
from console.screens.report_door import unread_words
from console.text import toast, ui_text
from console.widgets.bars import CORNER
from console.widgets.queue_list import BLOCK, QueueList
from console.words import clock_words

if TYPE_CHECKING:
    from db.records import CallForm, Claim, DraftLine, QueueHeader, QueueRow, Reason

    Key = tuple[int, int, int]

FIRST_ROWS = 40
"""Rows of the first read: what fits the tallest usual screen; more are read when the cursor comes near the
end."""
LOOKED = 10_000
"""Rows a narrowed list looks at (`desk.narrowing.STRETCHES` times `db.narrow.LOOK`)."""
WHY_AFTER_S = 0.2
"""How long the cursor rests before the side pane reads the full explanation, so that arrows stay fast."""


class QueueScreen(GoesToPractice, OpensPolicy):
    """Rows in the clinic's order, masked; the header says what may be dialled now."""

    SCOPE: ClassVar[str] = "queue"
    CSS_PATH = "queue.tcss"
    AUTO_FOCUS = "QueueList"

    def __init__(self) -> None:
        super().__init__()
        self._header: QueueHeader | None = None
        self._rows: tuple[QueueRow, ...] = ()
        self._held: tuple[QueueRow, ...] = ()
        self._go_on: Key | None = None
        self._enough = False
        self._narrowing = Narrowing()
        self._facts: tuple[QueueRow | None, tuple[Reason, ...]] = (None, ())
        self._reading = False
        self._again = False
        self._drafts: tuple[DraftLine, ...] = ()

    def headline(self) -> str:
        """Who, where, when, what may be dialled."""
        app = self.console_app
        if self._header is None or app.seat is None:
            first = app.lookout.first
            if first is None:
                return "AfterCall"
            return f"{first.clinic} {clock_words(self.local_now())}"
        room = self.size.width - CORNER
        return queue_lines.headline(self._header, len(self._drafts), room, self.local_now(), self.local)

    def body(self) -> ComposeResult:
        """The list, and from 110 columns the pane beside it."""
        yield Static(id="queue-news", markup=False)
        yield Static(id="queue-filter", markup=False)
        yield Static(id="queue-empty", markup=False)
        with Horizontal(id="queue-body"):
            yield QueueList()
            yield Static(id="queue-side", markup=False)

    def on_mount(self) -> None:
        """Shows the first look when it is there; everything later comes by signal."""
        self._show()

    def seat_changed(self) -> None:
        """Somebody signed in or out: her own lanes, and everybody in them."""
        self._narrow(Narrowing())
        self._header, self._held = None, ()
        self.action_refresh()

    def record_changed(self) -> None:
        """Another seat changed something."""
        if self.console_app.seat is not None:
            self.action_refresh()

    def minute_passed(self) -> None:
        """Times left are painted anew, and what this minute brings is read: no seat writes anything for it."""
        self._show()
        self.record_changed()

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
                seat, now, narrowing = app.seat, app.clock.now(), self._narrowing
                listed = self.query_one(QueueList)
                wanted = max(FIRST_ROWS, min(len(self._rows), listed.bottom + FIRST_ROWS))
                header = await app.work.read(queue.header, seat, now)
                rows, go_on, enough = await self._stretch(None, wanted)
                held = await app.work.read(queue.held, seat, now, narrowing.only)
                mine = await app.work.read(calls.my_drafts, seat, now)
                if app.seat is seat and self._narrowing is narrowing:
                    self._header, self._drafts = header, tuple(mine)
                    self._rows, self._go_on, self._enough = rows, go_on, enough
                    self._held = held
                    self._show()
                if not self._again:
                    break
        finally:
            self._reading = False

    async def _stretch(self, after: Key | None, limit: int) -> tuple[tuple[QueueRow, ...], Key | None, bool]:
        """The next rows, the key to go on from (None at the end), and whether enough had been looked at."""
        from console.desk import queue

        app, only = self.console_app, self._narrowing.only
        if app.seat is None:
            return (), None, False
        seat, now = app.seat, app.clock.now()
        if only:
            part = await app.work.read(queue.narrowed, seat, now, only, after, limit)
            return part.rows, part.go_on, part.looked
        rows = tuple(await app.work.read(queue.page, seat, now, after, limit))
        return rows, rows[-1].key if len(rows) == limit else None, False

    async def on_queue_list_more_wanted(self, event: QueueList.MoreWanted) -> None:
        """The cursor comes near the last row known."""
        event.stop()
        if self._go_on is not None:
            self.job(self._read_more(), group="more", exclusive=True)

    async def _read_more(self) -> None:
        # Others' changes may have the list read anew meanwhile: then what follows is read after its new end.
        while self.console_app.seat is not None and (after := self._go_on) is not None:
            known = self._rows
            rows, go_on, enough = await self._stretch(after, BLOCK)
            if self._go_on == after and self._rows is known:
                start = len(self._with_held(known))
                self._rows, self._go_on, self._enough = known + rows, go_on, enough
                self.query_one(QueueList).add_lines(
                    queue_lines.lines(
                        self._with_held(rows, after), self.local_now(), self.local, start, self._unsaved()
                    ),
                    complete=go_on is None,
                )
                return

    def _with_held(self, rows: Sequence[QueueRow], after: Key | None = None) -> list[QueueRow]:
        return queue_lines.with_held(rows, self._held, after, self._go_on)

    def _unsaved(self) -> set[int]:
        return {one.patient_id for one in self._drafts if one.held and one.patient_id is not None}

    def _show(self) -> None:
        if not self.is_mounted:
            return
        first = self.console_app.lookout.first
        if self.console_app.seat is None and first is not None:
            self._rows, self._go_on = first.rows, None
        now, listed = self.local_now(), self.query_one(QueueList)
        shown = self._with_held(self._rows)
        listed.show_lines(
            queue_lines.columns(wide=self.size.width >= 110),
            queue_lines.lines(shown, now, self.local, unsaved=self._unsaved()),
            complete=self._go_on is None,
        )
        narrowing = self._narrowing
        self._say("#queue-news", unread_words(self._header))
        self._say("#queue-filter", queue_filter.head(narrowing) if narrowing else "")
        words, header = "", self._header
        if header is not None and all(row.held_by for row in shown):
            looked = LOOKED if self._enough else None
            words = queue_filter.empty(narrowing, header.takeable, len(shown), looked=looked)
        words = trainee_words(self.console_app.seat) or words
        self._say("#queue-empty", words)
        self._show_side()
        if self._facts[0] != listed.current:
            self._explain()
        self.repaint_lines()

    def _say(self, name: str, words: str) -> None:
        """Words of a line that is only there when it says something; the same words are not painted twice."""
        line = self.query_one(name, Static)
        if str(line.content) != words:
            line.update(ui_text(words))
        line.display = bool(words)

    def _show_side(self) -> None:
        row = self.query_one(QueueList).current
        facts = self._facts[1] if row is not None and self._facts[0] == row else ()
        words = "" if row is None else queue_lines.side(row, facts, self.local_now(), self.local)
        beside = self.query_one("#queue-side", Static)
        if str(beside.content) != words:
            beside.update(ui_text(words), layout=False)

    def on_queue_list_moved(self, event: QueueList.Moved) -> None:
        """The cursor stands on another person."""
        event.stop()
        if self.has_class("-wide"):
            self._show_side()
            self._explain()

    def _explain(self) -> None:
        row = self.query_one(QueueList).current
        if self.has_class("-wide") and row is not None and self.console_app.seat is not None:
            self.job(self._explain_beside(row), group="side", exclusive=True)

    async def _explain_beside(self, row: QueueRow) -> None:
        from console.desk import queue

        await asyncio.sleep(WHY_AFTER_S)
        app = self.console_app
        if app.seat is None:
            return
        why = await app.work.read(queue.why, app.seat, row.id, app.clock.now())
        self._facts = (row, why.facts)
        self._show_side()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing but reading is possible before sign-in."""
        if action == "drafts":
            return bool(self._drafts)
        if action == "everybody":
            return bool(self._narrowing)
        if action == "incoming" and is_trainee(self.console_app.seat):
            return False
        verbs = (
            *("take", "find", "why", "why_not", "incoming", "board", "skip", "hand", "refresh", "top"),
            *("add_patient", "scripts", "narrow"),
        )
        return (
            self.console_app.seat is not None if action in verbs else super().check_action(action, parameters)
        )

    def action_top(self) -> None:
        """Back to the first person, and to taking them in order."""
        self.query_one(QueueList).to_top()

    def action_narrow(self) -> None:
        """Shows only a tier, a team, a procedure, somebody's own."""
        self.job(self._ask_narrowing())

    async def _ask_narrowing(self) -> None:
        asked = await queue_filter.ask(self, self._narrowing, self.query_one(QueueList).current)
        if asked is not None:
            self._narrow(asked)
            self.action_refresh()

    def action_everybody(self) -> None:
        """Shows everybody again."""
        self._narrow(Narrowing())
        self.action_refresh()

    def _narrow(self, narrowing: Narrowing) -> None:
        """Narrows the list; in a narrowed one nobody is under the cursor until somebody is chosen, because
        enter takes the next of everybody."""
        listed = self.query_one(QueueList)
        self._narrowing, listed.in_order = narrowing, not narrowing
        listed.to_top()

    def action_take(self) -> None:
        """Takes the next person, or the one chosen by hand."""
        self.job(self._take())

    async def _take(self) -> None:
        from console.screens import taking

        listed = self.query_one(QueueList)
        mine = listed.current if listed.current is not None and listed.current.mine else None
        taken = await taking.take(self, listed.chosen or mine, self._drafts)
        if taken is not None:
            self.open_call(*taken)
        elif self.console_app.seat is not None:
            toast(self.app, _("Nobody can be called now."))
            self.action_refresh()

    def open_call(self, claim: Claim, draft: CallForm | None = None) -> None:
        """Opens the call of a claim, with what a broken-off call left behind; the list is read again when
        it ends."""
        from console.screens.call import CallScreen

        self.query_one(QueueList).to_top()
        self.app.push_screen(CallScreen(claim, draft), self._call_left)

    def _call_left(self, result: object) -> None:
        self.call_over(result)
        self.action_refresh()

    def _under_cursor(self) -> QueueRow | None:
        """The row a key is about; says so when there are rows and none is chosen."""
        listed = self.query_one(QueueList)
        if listed.current is None and listed.count:
            toast(self.app, _("Choose a line with the arrows first."))
        return listed.current

    def action_skip(self) -> None:
        """Skips the person under the cursor, with a reason."""
        self.job(self._skip())

    async def _skip(self) -> None:
        from console.screens import taking

        row = self._under_cursor()
        if row is not None and await taking.skip(self, row):
            self.action_refresh()

    def action_hand(self) -> None:
        """Hands a call on, or all that is one's own."""
        self.job(self._hand())

    async def _hand(self) -> None:
        from console.screens import handing

        if await handing.hand(self, self.query_one(QueueList).current):
            self.action_refresh()

    def action_why(self) -> None:
        """Why the person under the cursor stands here."""
        row = self._under_cursor()
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
