"""The call: who, why, what to say, what to type. A red flag is committed before anything else."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, TextArea

from console import keys
from console.clean import clean
from console.desk.conversing import Typed, form_of
from console.i18n import _
from console.screens import (
    call_answers,
    call_dial,
    call_flags,
    call_keys,
    call_more,
    call_opening,
    call_paint,
    call_turns,
)
from console.screens.call_jobs import OneAtATime
from console.screens.call_spoken import Dates
from console.screens.frame import Frame
from console.scripts import conversation
from console.scripts.conversation import Talk
from console.scripts.library import Library
from console.widgets.call_flag_box import FlagBox
from console.widgets.call_panes import Line, Pane
from console.widgets.dialogs import Dialog
from console.widgets.inputs import TAB_KEYS, Entry
from db.enums import Channel, Level
from db.records import CallForm, CallSheet, Claim, DialStarted, Escalation, OnCallCard, Reason

HEARTBEAT_S = 20.0
"""Seconds between renewals of the lease; a preview lasts 90 s without one (policy `queue.limits`)."""
DRAFT_S = 1.0
"""Seconds of typing that a killed program may lose (docs/safety.md, 2)."""
PREVIEW_S = 90
"""Seconds without a key after which a preview is no longer renewed (policy `queue.limits.preview_s`)."""
R = TypeVar("R")


class CallScreen(Frame):
    """One claimed contact, from the number on the screen to the saved record.

    Args:
        claim: the contact. draft: entries that a broken-off call left behind.
    """

    SCOPE: ClassVar[str] = "call"
    HOLDS_LOCK = True
    CSS_PATH = "call.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*TAB_KEYS]

    def __init__(self, claim: Claim, draft: CallForm | None = None) -> None:
        super().__init__()
        self.claim = claim
        self.draft = draft
        self.sheet: CallSheet | None = None
        self.library: Library | None = None
        self.release_hash = ""
        self.talk: Talk | None = None
        self.typed = Typed()
        self.stage = "opening"
        """opening, preview, dialling, talking."""
        self.channel = Channel.PHONE
        self.number_at = 0
        self.dial: DialStarted | None = None
        self.connected_at: float | None = None
        self.box: FlagBox | None = None
        self.escalations: dict[int, Escalation] = {}
        self.on_call: OnCallCard | None = None
        self.flag_order = asyncio.Lock()
        """What is written about escalations, in the order of the keys."""
        self.unwritten = 0
        """Escalations that are shown and not committed yet."""
        self.all_written = asyncio.Event()
        self.withdrawn: set[str] = set()
        """Flags taken back as a wrong key; a new yes hands them over again."""
        self.takebacks = 0
        self.reports: list[str] = []
        """What was reported by hand: levels, "complaint", "request"."""
        self.located: tuple[str, str] = ("", "")
        self.dates: dict[str, Dates] = {}
        """Dates told in this call, by turn of the talk."""
        self.problems: tuple[Reason, ...] = ()
        """What kept the call from being saved, until it is mended."""
        self.concern_next = False
        self.halted = False
        """An answer raised an emergency: nothing is asked until the caller says that she has read its lines."""
        self.typing_for = ""
        self.painted = ""
        """Name of the prompt on the screen."""
        self.flag_lines: list[Line] = []
        self.flag_width, self.flag_page, self.flag_pages = 80, 0, 1
        self.reporting = False
        self.leaving = False
        self.lost = False
        self.draft_kept: datetime | None = None
        self._dirty = False
        self._saving = False
        self.single = OneAtATime(self)
        self._moved_at = time.monotonic()

    # -- frame --

    def headline(self) -> str:
        """Who is calling, and how long the conversation lasts."""
        seat, stage = self.console_app.seat, call_dial.stage_words(self)
        kept = "" if self.draft_kept is None else _("draft kept {time}", time=f"{self.draft_kept:%H:%M:%S}")
        return "  ".join(part for part in (seat.name if seat else "", stage, kept) if part)

    def body(self) -> ComposeResult:
        """Who, context, track beside record, concern keys."""
        yield Pane(id="call-who", markup=False)
        yield Pane(id="call-context", markup=False)
        with Horizontal(id="call-main"):
            with Vertical(id="call-left"):
                yield Pane(id="call-flag", markup=False)
                with VerticalScroll(id="call-scroll", can_focus=False):
                    yield Pane(id="call-prompt", markup=False)
                    yield Entry(id="call-typed", max_length=400)
                yield Pane(id="call-more", markup=False)
            with Vertical(id="call-right"):
                yield Pane(id="call-record", markup=False)
                yield Entry(id="call-place", classes="call-where", max_length=200)
                yield Entry(id="call-companion", classes="call-where", max_length=200)
                yield Pane(id="call-note-label", markup=False)
                yield TextArea(id="call-note", show_line_numbers=False, tab_behavior="focus")
                yield Pane(id="call-history", markup=False)
        yield Pane(id="call-concerns", markup=False)

    def on_mount(self) -> None:
        """Reads what the record knows, then keeps lease and draft alive."""
        super().on_mount()
        self.repaint()
        self.job(call_opening.opening(self))
        self.set_interval(HEARTBEAT_S, self._beat)
        self.set_interval(DRAFT_S, self._second)

    async def opened(self) -> None:
        """Hook: record and talk-track are read, nothing is shown of them yet."""

    def repaint(self) -> None:
        """Every pane anew."""
        if self.is_mounted and not self.leaving:
            call_paint.paint(self)
            self.repaint_lines()

    def repaint_lines(self) -> None:
        """The concerns' line depends on whether a text has focus, too."""
        super().repaint_lines()
        if not self.leaving:
            call_paint.paint_concerns(self)
            self.call_after_refresh(call_more.mark, self)

    def minute_passed(self) -> None:
        """Times on the screen move."""
        self.repaint()

    def on_screen_suspend(self) -> None:
        """Help and alarms over the call keep the emergency key; the lock does not, it asks for the PIN."""
        top = self.app.screen
        if isinstance(top, Dialog) and top.SCOPE in ("read", "alarm"):
            self.arm(top)

    async def ask(self, dialog: Dialog[R]) -> R | None:
        """Opens a small window over the call, in which the emergency key is live too."""
        self.arm(dialog)
        return await self.app.push_screen_wait(dialog)

    def arm(self, dialog: Dialog[Any]) -> None:
        """Makes the emergency key live in a window over the call."""
        if "report" not in dialog.scopes():
            keys.bind(dialog, "report")
            dialog.action_emergency = lambda: self._report_over(dialog)  # type: ignore[attr-defined]

    def _report_over(self, dialog: Dialog[Any]) -> None:
        if not self.reporting and dialog.is_current:
            dialog.dismiss(None)
        self.action_flag()

    # -- lease and draft --

    def _beat(self) -> None:
        idle = time.monotonic() - self._moved_at
        if not (self.stage == "preview" and idle > PREVIEW_S):
            self.job(call_dial.beat(self))

    def _second(self) -> None:
        left = call_dial.preview_left(self)
        if left is not None and left <= 0:
            self.job(call_dial.gone(self))
            return
        self.repaint_lines()
        if self._dirty and self.stage != "preview" and self.typed.started_at and not self._saving:
            self._dirty = False
            self.job(self._keep_draft())
        if self.escalations and self.form() is not None:
            self.single.run("where", call_flags.where)

    def touch(self) -> None:
        """Something was entered: the draft is written within a second."""
        self._dirty = True
        self._moved_at = time.monotonic()
        self.recheck()

    def recheck(self) -> None:
        """What is said to be missing is looked at again."""
        from console.screens import call_save

        if self.problems:
            self.single.run("check", call_save.recheck)

    async def _keep_draft(self) -> None:
        from console.desk import calls

        app, form = self.console_app, self.form()
        if app.seat is None or form is None or self.leaving:
            return
        now = app.clock.now()
        if not await app.work.write(calls.keep_draft, app.seat, self.claim, form, now):
            self._dirty = True
            return
        self.draft_kept = self.local(now)
        self.repaint_lines()

    def form(self) -> CallForm | None:
        """What would be saved now."""
        if self.sheet is None or self.talk is None:
            return None
        self.typed.note = clean(self.query_one("#call-note", TextArea).text, multiline=True)
        self.typed.place = clean(self.query_one("#call-place", Input).value).strip()
        self.typed.companion = clean(self.query_one("#call-companion", Input).value).strip()
        now, language = self.console_app.clock.now(), str(self.sheet.language)
        made = form_of(self.sheet, self.claim, self.talk, self.typed, language, self.release_hash, now)
        # Said in answer to a question, it is known to the escalation as well.
        self.typed.place, self.typed.companion = made.place, made.companion
        return made

    # -- dialling --

    def action_dial(self) -> None:
        """Shows the number and starts the attempt."""
        if self.check_action("dial", ()):
            self._moved_at = time.monotonic()
            call_dial.begin(self)

    def action_other(self) -> None:
        """Another way than the telephone."""
        from console.screens import other_contact

        if self.check_action("other", ()):
            self._moved_at = time.monotonic()
            self.job(other_contact.from_call(self))

    def connected(self, *, on_the_line: bool = True) -> None:
        """Somebody is on the line; or was, when a broken-off call is taken up."""
        self.stage = "talking"
        self.connected_at = time.monotonic() if on_the_line else None
        self.typed.started_at = self.typed.started_at or self.console_app.clock.now()
        self.touch()

    # -- answering --

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing now are neither shown nor active."""
        known = call_keys.possible(self, action)
        return super().check_action(action, parameters) if known is None else known

    def action_answer(self, digit: int) -> None:
        """A digit: the number to dial, a dial's result, an identity item, or an answer."""
        self._moved_at = time.monotonic()
        call_answers.pressed(self, digit)

    def action_ten(self) -> None:
        """Ten of ten on a score."""
        call_answers.ten(self)

    def action_next(self) -> None:
        """Goes on from lines that were read, an emergency's before all others; leaves a concern."""
        if self.halted and self.stage == "talking":
            self.halted = False
            self.repaint()
            return
        call_answers.go_on(self)

    def action_back(self) -> None:
        """One prompt back; from a line for somebody else, back to the identity check."""
        call_answers.go_back(self)

    def action_forward(self) -> None:
        """One prompt on, after going back."""
        if call_answers.front(self) is not None and self.talk is not None:
            self.talk = conversation.go_on(self.talk)
        self.repaint()

    def action_track(self) -> None:
        """Out of any text, back to the talk-track; out of a concern or a turn, back to the flow."""
        self.concern_next = False
        if self.focused is None and self.talk is not None and self.talk.open is not None:
            self.talk = conversation.close(self.talk)
            self.touch()
        self.set_focus(None)
        self.repaint()

    def action_turn(self) -> None:
        """The list of turns of the talk."""
        if self.check_action("turn", ()):
            call_turns.pick(self)

    def action_scroll(self, pages: int) -> None:
        """The red flag's lines and the track pane, by their height."""
        call_more.turn(self, pages)

    def action_note(self) -> None:
        """Into the note."""
        self.set_focus(self.query_one("#call-note", TextArea))

    def add_to_note(self, words: str) -> None:
        """Appends a line to the note."""
        note = self.query_one("#call-note", TextArea)
        note.text = f"{note.text.rstrip()}\n{words}".lstrip()

    def on_text_area_changed(self) -> None:
        """The note changed."""
        if self.stage == "talking":
            self.touch()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Something is typed: the place goes to the escalation within a second."""
        event.stop()
        if self.stage == "talking":
            self.touch()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A typed answer, or where the patient is."""
        event.stop()
        if event.input.id == "call-typed":
            call_answers.typed(self, clean(event.value).strip())
        elif event.input.id == "call-place":
            self.set_focus(self.query_one("#call-companion", Input))
        else:
            self.set_focus(None)

    # -- concerns and flags --

    def action_concern(self) -> None:
        """The next digit names a concern; the same key again takes that back."""
        self.concern_next = not self.concern_next
        self.repaint()

    def record_changed(self) -> None:
        """Another seat may have taken "I phone the doctor"."""
        if self.escalations:
            self.single.run("look", call_flags.look)

    def action_flag(self) -> None:
        """Reports: a window to choose what, where the same key again means an emergency."""
        from console.screens.call_dialogs import report

        if self.leaving:
            return
        if self.reporting:
            # Pressed twice before the window was there.
            self.reporting = False
            call_flags.hand_over(self, (), Level.EMERGENCY)
            return
        self.reporting = True
        self.job(report(self))

    def action_told(self) -> None:
        """Writes down who was told of the escalation."""
        self.job(call_flags.told(self))

    # -- ending --

    def action_promise(self) -> None:
        """Agrees a callback."""
        from console.screens.call_dialogs import promise

        self.job(promise(self))

    def action_result(self) -> None:
        """How the conversation ended, when it was not completed."""
        from console.screens.call_dialogs import outcome

        self.job(outcome(self))

    def action_keep(self) -> None:
        """Gives the person back to the queue, before anything was dialled."""
        if self.check_action("keep", ()):
            self.job(call_dial.give_back(self))

    def action_save(self) -> None:
        """Saves the call; completed is implied."""
        if self.stage == "talking" and not self._saving and not self.leaving:
            self._saving = True
            self.job(self._save())

    async def _save(self) -> None:
        from console.screens import call_save

        try:
            await call_save.save(self)
        finally:
            self._saving = False
