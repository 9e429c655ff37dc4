"""The call: who, why, what to say, what to type. A red flag is committed before anything else."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, TextArea

from console import i18n
from console.clean import clean
from console.door import sentence
from console.i18n import _
from console.screens import call_answers, call_flags, call_identity, call_paint
from console.screens.call_form import Typed, flow_of, form_of, resumed
from console.screens.frame import Frame
from console.scripts import conversation
from console.scripts.conversation import PromptKind, Talk
from console.scripts.library import Library
from console.text import toast
from console.widgets.call_panes import RESULTS, FlagBox, Pane
from db.enums import AttemptResult, CallOutcome, Level
from db.records import CallForm, CallSheet, Claim, DialStarted, Escalation, OnCallCard

HEARTBEAT_S = 20.0
"""Seconds between renewals of the lease; a preview lasts 90 s without one (policy `queue.limits`)."""
DRAFT_S = 1.0
"""Seconds of typing that a killed program may lose (design section 3, 2)."""
PREVIEW_S = 90
"""Seconds without a key after which a preview is no longer renewed (policy `queue.limits.preview_s`)."""


class CallScreen(Frame):
    """One claimed contact, from the number on the screen to the saved record.

    Args:
        claim: the contact. draft: entries that a broken-off call left behind.
    """

    SCOPE: ClassVar[str] = "call"
    HOLDS_LOCK = True
    CSS_PATH = "call.tcss"
    AUTO_FOCUS = ""

    def __init__(self, claim: Claim, draft: CallForm | None = None) -> None:
        super().__init__()
        self.claim = claim
        self.draft = draft
        self.sheet: CallSheet | None = None
        self.library: Library | None = None
        self.may_say = False
        self.talk: Talk | None = None
        self.typed = Typed()
        self.stage = "opening"
        """opening, preview, dialling, talking."""
        self.number_at = 0
        self.dial: DialStarted | None = None
        self.connected_at: float | None = None
        self.box: FlagBox | None = None
        self.escalations: dict[int, Escalation] = {}
        self.on_call: OnCallCard | None = None
        self.concern_next = False
        self.typing_for = ""
        self.reporting = False
        self.draft_kept: str = ""
        self._dirty = False
        self._saving = False
        self._moved_at = time.monotonic()

    # -- frame --

    def headline(self) -> str:
        """Who is calling, and how long the conversation lasts."""
        seat = self.console_app.seat
        if self.connected_at is not None:
            seconds = int(time.monotonic() - self.connected_at)
            stage = _("connected {time}", time=f"{seconds // 60:02d}:{seconds % 60:02d}")
        else:
            stage = {"dialling": _("dialling"), "preview": _("before the call")}.get(
                self.stage, _("opening ...")
            )
        return "  ".join(part for part in (seat.name if seat else "", stage, self.draft_kept) if part)

    def body(self) -> ComposeResult:
        """Who, context, track beside record, concern keys."""
        yield Pane(id="call-who", markup=False)
        yield Pane(id="call-context", markup=False)
        with Horizontal(id="call-main"):
            with Vertical(id="call-left"):
                yield Pane(id="call-flag", markup=False)
                with VerticalScroll(id="call-scroll", can_focus=False):
                    yield Pane(id="call-prompt", markup=False)
                    yield Input(id="call-typed", max_length=400)
            with Vertical(id="call-right"):
                yield Pane(id="call-record", markup=False)
                yield Input(id="call-place", classes="call-where", max_length=200)
                yield Input(id="call-companion", classes="call-where", max_length=200)
                yield TextArea(id="call-note", show_line_numbers=False, tab_behavior="focus")
                yield Pane(id="call-history", markup=False)
        yield Pane(id="call-concerns", markup=False)

    def on_mount(self) -> None:
        """Reads what the record knows, then keeps lease and draft alive."""
        super().on_mount()
        self.repaint()
        self.job(self._open())
        self.set_interval(HEARTBEAT_S, lambda: self.job(self._beat()))
        self.set_interval(DRAFT_S, self._keep)
        self.set_interval(1.0, self.repaint_lines)

    async def _open(self) -> None:
        from console.desk import calls, scripts

        app = self.console_app
        if app.seat is None:
            return
        now = app.clock.now()
        sheet = await app.work.write(calls.open_call, app.seat, self.claim, now)
        library, release = await app.work.read(scripts.active, app.seat, now)
        flow = await app.work.read(flow_of, library, sheet, self.claim, str(app.seat.role))
        self.sheet, self.library, self.may_say = sheet, library, release.may_say
        self.release_hash = release.sha256
        self.talk = conversation.start(flow)
        self.stage = "preview"
        if self.draft is not None:
            self.talk, self.typed = resumed(self.talk, self.draft)
            self.query_one("#call-note", TextArea).text = self.typed.note
            self.talk = conversation.note_flags(self.talk)[0]
            call_identity.check(self)
        # A conversation that was broken off goes on where it stood: the record can be finished, or she is rung again.
        if sheet.incoming or (self.draft is not None and self.draft.started_at is not None):
            self._connected()
        self.repaint()

    def repaint(self) -> None:
        """Every pane anew."""
        if self.is_mounted:
            call_paint.paint(self)
            self.repaint_lines()

    def minute_passed(self) -> None:
        """Times on the screen move."""
        self.repaint()

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's zone."""
        seat = self.console_app.seat
        return ZoneInfo(seat.zone if seat else "Asia/Shanghai")

    # -- lease and draft --

    async def _beat(self) -> None:
        from console.desk import queue

        app = self.console_app
        idle = time.monotonic() - self._moved_at
        if app.seat is None or (self.stage == "preview" and idle > PREVIEW_S):
            return
        try:
            until = await app.work.write(queue.renew, app.seat, self.claim, app.clock.now())
            self.claim = replace(self.claim, expires_at=until)
        except Exception as error:
            toast(app, sentence(error), "warning")

    def touch(self) -> None:
        """Something was entered: the draft is written within a second."""
        self._dirty = True
        self._moved_at = time.monotonic()

    def _keep(self) -> None:
        if self._dirty and self.stage == "talking" and not self._saving:
            self._dirty = False
            self.job(self._keep_draft())

    async def _keep_draft(self) -> None:
        from console.desk import calls

        app, form = self.console_app, self.form()
        if app.seat is None or form is None:
            return
        now = app.clock.now()
        if not await app.work.write(calls.keep_draft, app.seat, self.claim, form, now):
            self._dirty = True
            return
        self.draft_kept = _("draft kept {time}", time=f"{now.astimezone(self.zone):%H:%M:%S}")
        self.repaint_lines()

    def form(self) -> CallForm | None:
        """What would be saved now."""
        if self.sheet is None or self.talk is None:
            return None
        self.typed.note = clean(self.query_one("#call-note", TextArea).text, multiline=True)
        self.typed.place = clean(self.query_one("#call-place", Input).value)
        self.typed.companion = clean(self.query_one("#call-companion", Input).value)
        now = self.console_app.clock.now()
        language = str(self.sheet.language)
        return form_of(self.sheet, self.claim, self.talk, self.typed, language, self.release_hash, now)

    # -- dialling --

    def action_dial(self) -> None:
        """Shows the number and starts the attempt."""
        if self.sheet is None or not self.check_action("dial", ()):
            return
        numbers = call_paint.dialable(self.sheet, self.console_app.clock.now())
        if not numbers:
            toast(self.app, _("There is no number that may be dialled."), "warning")
            return
        self.stage = "dialling"
        self.job(self._dial(numbers[min(self.number_at, len(numbers) - 1)].id))

    async def _dial(self, phone_id: int) -> None:
        from console.desk import calls

        app = self.console_app
        assert app.seat is not None
        try:
            self.dial = await app.work.write(
                calls.start_dial, app.seat, self.claim, phone_id, app.clock.now()
            )
            self.claim = self.dial.claim
            self.typed.phone_id = phone_id
        except Exception:
            self.stage = "preview"
            raise
        finally:
            self.repaint()

    async def _end_dial(self, result: AttemptResult) -> None:
        from console.desk import calls

        app, dial = self.console_app, self.dial
        if app.seat is None or dial is None:
            return
        ended = await app.work.write(
            calls.end_dial, app.seat, self.claim, dial.attempt_id, result, app.clock.now()
        )
        self.dial = None
        if result is AttemptResult.CONNECTED:
            self._connected()
        elif ended.keep:
            self.stage = "preview"
            assert self.sheet is not None
            numbers = call_paint.dialable(self.sheet, app.clock.now())
            self.number_at = next((i for i, one in enumerate(numbers) if one.id == ended.next_phone_id), 0)
            toast(app, i18n.reason_text(i18n.language(), ended.reason))
        else:
            toast(app, i18n.reason_text(i18n.language(), ended.reason))
            self.dismiss(None)
            return
        self.repaint()

    def _connected(self) -> None:
        self.stage = "talking"
        self.connected_at = time.monotonic()
        self.typed.started_at = self.typed.started_at or self.console_app.clock.now()
        self.touch()

    # -- answering --

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing now are neither shown nor active."""
        talking = self.stage == "talking"
        if action == "dial":
            return self.stage == "preview" or (talking and self.draft is not None and self.dial is None)
        if action == "keep":
            return self.stage == "preview"
        if action in ("save", "result", "promise", "note", "concern", "forward", "ten"):
            return talking
        if action == "told":
            return bool(self.escalations)
        return super().check_action(action, parameters)

    def action_answer(self, digit: int) -> None:
        """A digit: the number to dial, a dial's result, an identity item, or an answer."""
        self._moved_at = time.monotonic()
        if self.concern_next:
            self.concern_next = False
            self.job(call_identity.name_concern(self, digit))
        elif self.stage == "preview":
            self.number_at = max(0, digit - 1)
            self.repaint()
        elif self.stage == "dialling" and self.dial is not None:
            self.job(self._end_dial(RESULTS[(digit - 1) % 10][0]))
        elif self.stage == "talking" and self.talk is not None and self.talk.current is not None:
            call_answers.digit(self, self.talk.current, digit)

    def action_ten(self) -> None:
        """Ten of ten on a score."""
        prompt = self.talk.current if self.talk else None
        if prompt is not None and prompt.question is not None and prompt.question.unit == "score":
            call_answers.give(self, prompt, 10)

    def action_next(self) -> None:
        """Goes on from lines that were read; leaves a concern."""
        prompt = self.talk.current if self.talk else None
        if self.stage != "talking" or prompt is None or self.talk is None:
            return
        if prompt.kind in (PromptKind.LINES, PromptKind.CONCERNS, PromptKind.VERDICT):
            self.talk = conversation.leave(self.talk, prompt)
            self.touch()
        elif self.talk.at is not None:
            self.talk = conversation.go_on(self.talk)
        elif prompt.question is not None and prompt.question.unit == "score":
            call_answers.give(self, prompt, call_answers.UNSURE)
        self.repaint()

    def action_back(self) -> None:
        """One prompt back."""
        if self.talk is not None and self.stage == "talking":
            self.talk = conversation.go_back(self.talk)
            self.repaint()

    def action_forward(self) -> None:
        """One prompt on, after going back."""
        if self.talk is not None:
            self.talk = conversation.go_on(self.talk)
            self.repaint()

    def action_track(self) -> None:
        """Out of any text, back to the talk-track; out of a concern, back to the flow."""
        if self.focused is None and self.talk is not None and self.talk.open is not None:
            self.talk = conversation.close_concern(self.talk)
            self.repaint()
        self.set_focus(None)

    def action_note(self) -> None:
        """Into the note."""
        self.query_one("#call-note", TextArea).focus()

    def add_to_note(self, words: str) -> None:
        """Appends a line to the note."""
        note = self.query_one("#call-note", TextArea)
        note.text = f"{note.text.rstrip()}\n{words}".lstrip()

    def on_text_area_changed(self) -> None:
        """The note changed."""
        if self.stage == "talking":
            self.touch()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A typed answer, or where the patient is."""
        event.stop()
        if event.input.id == "call-typed":
            call_answers.typed(self, clean(event.value).strip())
        else:
            order = ("call-place", "call-companion")
            self.job(call_flags.where(self))
            if event.input.id == order[0]:
                self.query_one("#call-companion", Input).focus()
            else:
                self.set_focus(None)

    # -- concerns --

    def action_concern(self) -> None:
        """The next digit names a concern."""
        self.concern_next = True
        self.repaint()

    def record_changed(self) -> None:
        """Another seat may have taken "I phone the doctor"."""
        if self.escalations:
            self.job(call_flags.look(self), group="flags", exclusive=True)

    def action_flag(self) -> None:
        """Reports: a window to choose what, where the same key again means an emergency."""
        from console.screens.call_dialogs import report

        if self.sheet is None:
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
        self.job(self._give_back())

    async def _give_back(self) -> None:
        from console.desk import queue

        app = self.console_app
        if app.seat is not None:
            await app.work.write(queue.release, app.seat, self.claim, app.clock.now())
            self.dismiss(None)

    def action_save(self) -> None:
        """Saves the call; completed is implied."""
        if self.stage == "talking" and not self._saving:
            self.job(self._save())

    async def _save(self) -> None:
        from console.desk import calls

        app, form = self.console_app, self.form()
        if app.seat is None or form is None or self.talk is None:
            return
        if form.outcome is CallOutcome.COMPLETED:
            left = call_paint.unasked(self.talk)
            if left:
                self.talk = call_paint.at_first_unasked(self.talk)
                self.set_focus(None)
                self.repaint()
                toast(
                    app,
                    _("{n} danger signs are still to be asked; f8 ends the call without them.", n=left),
                    "warning",
                )
                return
        self._saving = True
        try:
            key = f"call:{self.claim.contact_id}:{self.claim.token}"
            saved = await app.work.write(calls.save, app.seat, self.claim, form, key, app.clock.now())
        except Exception as error:
            toast(app, sentence(error), "error")
            return
        finally:
            self._saving = False
        time_now = f"{app.clock.now().astimezone(self.zone):%H:%M}"
        if saved.late:
            toast(
                app, _("The claim had run out: everything is kept as a late draft for the lead."), "warning"
            )
        else:
            toast(app, _("Saved {time}.", time=time_now))
        self.dismiss(saved)
