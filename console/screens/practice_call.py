"""The call screen in practice: the same keys and the same record, with somebody simulated on the line."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete

from console import keys
from console.i18n import _, p_
from console.practice import moments
from console.practice import play as engine
from console.practice.records import Action, Grade
from console.practice.stand import ActionError
from console.screens import call_flags, practice_hints, practice_stand
from console.screens.call import CallScreen
from console.text import cut
from console.widgets.bars import text_has_focus
from console.widgets.call_panes import DIM, GOOD, RESULTS, WARN, Line, Pane
from console.widgets.dialogs import Ask
from console.widgets.patient_pane import Speech, heard_lines
from console.widgets.practice_boxes import HangUp
from console.widgets.practice_words import minutes_words
from db.enums import AttemptResult

if TYPE_CHECKING:
    from console.practice.play import Play
    from console.practice.stand import Stand

RING_S = 3.0
"""Seconds the telephone rings before somebody takes it."""
BEAT_S = 0.12
"""Seconds between two pictures of somebody who speaks."""
TALL = 34
"""Lines of a screen with room for the running conversation."""
ROWS, ROWS_TALL = 3, 8
"""Rows of the conversation below that, and from there on (practice_call.tcss)."""
ABSENT = ("other", "keep")
"""What a practised call has no use for: another way than the telephone, giving the person back."""


class PracticeCall(CallScreen):
    """One simulated call. Gives the call as it ended, None when it could not be opened.

    Args:
        play: the call as far as it is; a later moment is taken up there.
        limit_s: seconds an exam may take; None without a clock.
    """

    ALSO: ClassVar[tuple[str, ...]] = ("practice_call",)
    UNSHOWN: ClassVar[frozenset[str]] = frozenset({"call.track"})
    """Left out of the key line, so that saving stays in it at 80 cells."""
    CSS_PATH: ClassVar = ["call.tcss", "practice_call.tcss"]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (TALL, "-tall")]  # noqa: RUF012 - Textual declares it for an instance

    def __init__(self, play: Play, limit_s: float | None = None) -> None:
        super().__init__(play.stage.claim)
        keys.bind(self, *self.ALSO)
        self.play = play
        self.limit_s = limit_s
        self.speech = Speech(play.voice.seconds)
        self.rang_at: float | None = None
        self.newest = 0
        self._stood: Stand | None = None
        self._began = time.monotonic() - play.clock
        self._keys_before = 0
        self._taken_up = False
        self.hinted: tuple[Play, str, str] | None = None
        """The guided level's line: of which call, its words, their language."""

    # -- frame --

    def headline(self) -> str:
        """The call's own line; in an exam the time that is left."""
        words = super().headline()
        if self.limit_s is None:
            return f"{_('Practice')}  {words}"
        left = minutes_words(self.limit_s - self.elapsed)
        return f"{_('Exam: {time} left', time=left)}  {words}"

    def body(self) -> ComposeResult:
        """The call's panes, with the conversation between header and talk-track."""
        for widget in super().body():
            yield widget
            if widget.id == "call-context":
                yield Pane(id="practice-voice", markup=False)
                yield Pane(id="practice-hint", markup=False)

    def on_mount(self) -> None:
        """Keeps the conversation moving."""
        self._keys_before = self.console_app.keys_pressed
        super().on_mount()
        self.query_one("#practice-hint").display = self.play.grade is Grade.GUIDED
        self.set_interval(BEAT_S, self._speak)

    @property
    def elapsed(self) -> float:
        """Seconds since the call was taken up."""
        return time.monotonic() - self._began

    async def opened(self) -> None:
        """The record is read: what was said before the moment that is taken up stands again."""
        self.speech.hear(self.play.said, time.monotonic())
        if self.play.stand.stage != "preview":
            await practice_stand.take_up(self, self.play.stand)
            if self.play.actions:
                self.speech.hurry(time.monotonic())
        last = len(self.play.actions) - 1
        self.newest = next((one.number for one in self.play.said if one.action == last), 0)
        self._stood = practice_stand.stand_of(self, None)
        self._taken_up = True

    def repaint_lines(self) -> None:
        """Top line, key line; whatever has changed was something the trainee did."""
        super().repaint_lines()
        if self.is_mounted and not self.leaving:
            self._look()
            self._show_voice()

    # -- the engine --

    def _look(self) -> None:
        """Tells the engine what the trainee has done since the last look."""
        if not self._taken_up or self.play.over:
            return
        before, after = self._stood, practice_stand.stand_of(self, self._stood)
        if before is None or after is None or before == after:
            return
        self._stood = after
        for action in moments.actions(self.play.stage, before, after):
            self.done(action)

    def done(self, action: Action) -> None:
        """One action of the trainee, with its time and its keystrokes. Args: the action."""
        pressed = self.console_app.keys_pressed
        counted = replace(action, at=round(self.elapsed, 1), keys=max(pressed - self._keys_before, 0))
        before = len(self.play.said)
        try:
            self.play = engine.step(self.play, counted)
        except ActionError:
            # The screen has taken it, so it counts for nothing beyond its keystrokes.
            return
        self._keys_before = pressed
        fresh = self.play.said[before:]
        if any(one.who != "desk" for one in fresh):
            self.newest = before + 1
        self.speech.hear(fresh, time.monotonic())

    def finished(self, action: Action) -> None:
        """The call ends as it stands, whatever window is open. Args: the action that ends it."""
        self.done(action)
        self.job(self._close())

    async def _close(self) -> None:
        while self.app.screen is not self and self in self.app.screen_stack:
            await self.app.screen.dismiss(None)
        if self.unwritten:
            await self.all_written.wait()
        if not self.leaving:
            self.leaving = True
            self.dismiss(self.play)

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Gives the call; one that was saved was saved in the practice clinic's record."""
        if result is not None and result is not self.play and not self.play.over:
            self.done(Action("save"))
        return super().dismiss(self.play if self._taken_up else None)

    # -- time --

    def _beat(self) -> None:
        from console.screens import call_dial

        # Nobody waits for her: a preview does not run out.
        self.job(call_dial.beat(self))

    def _second(self) -> None:
        super()._second()
        if (
            self.limit_s is not None
            and self.elapsed > self.limit_s
            and not self.play.over
            and not self.leaving
        ):
            self.finished(Action("time_up"))

    def _speak(self) -> None:
        if not self.leaving and (self.speech.speaking(time.monotonic()) or self.stage == "dialling"):
            self._show_voice()

    # -- what is heard --

    def _show_voice(self) -> None:
        width, tall = max(self.size.width - 1, 40), self.size.height >= TALL
        rows = ROWS_TALL if tall else ROWS
        if self.stage in ("opening", "preview"):
            lines = self._before_lines()
        elif self.stage == "dialling":
            lines = self._ringing_lines()
        else:
            heard = self.speech.heard(time.monotonic())
            lines = heard_lines(heard, width, rows, mine=tall, newest=self.newest)
        pane = self.query_one("#practice-voice", Pane)
        if tuple(lines) != tuple(pane.lines_shown):
            pane.show_lines(lines)
        if self.play.grade is Grade.GUIDED:
            heard_out = not self.speech.speaking(time.monotonic())
            words = practice_hints.next_words(self) if heard_out else practice_hints.listen_words(self)
            self.query_one("#practice-hint", Pane).show_lines([(cut(words, width), GOOD)])

    def _before_lines(self) -> list[Line]:
        from console import i18n

        scenario = self.play.stage.scenario
        voice = _("Voice: {voice}", voice=scenario.persona.voice.of(i18n.language()))
        return [(scenario.about.of(i18n.language()), ""), (voice, DIM)]

    def _ringing_lines(self) -> list[Line]:
        if not self.picked_up:
            return [(_("It rings ..."), DIM)]
        return [(_("Somebody takes the receiver: 1 says so."), WARN)]

    @property
    def picked_up(self) -> bool:
        """Whether the telephone has rung long enough; it begins to when this is first asked."""
        now = time.monotonic()
        if self.rang_at is None:
            self.rang_at = now
        return now - self.rang_at >= RING_S

    # -- keys --

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What practice has no use for is neither shown nor active."""
        if action in ABSENT:
            return False
        if action == "say":
            return self.stage == "talking"
        if action == "hurry":
            talking = self.speech.speaking(time.monotonic()) or self.stage == "dialling"
            return talking and not text_has_focus(self)
        return super().check_action(action, parameters)

    def action_answer(self, digit: int) -> None:
        """A digit; a result of the dial that reaches nobody ends the call, after asking."""
        result, word = RESULTS[(digit - 1) % 10]
        if self.stage == "dialling" and result is not AttemptResult.CONNECTED:
            self.job(self._unreached(result, p_("dial", word)))
            return
        super().action_answer(digit)

    async def _unreached(self, result: AttemptResult, word: str) -> None:
        question = (
            _("Somebody has taken the receiver: 1 says so. End the call as: {result}?", result=word)
            if self.picked_up
            else _("It still rings. End the call as: {result}?", result=word)
        )
        agreed = await self.ask(HangUp(question, _("end the call")))
        if agreed and self.stage == "dialling" and not self.leaving:
            self.finished(Action("dialled", str(result)))

    def action_hurry(self) -> None:
        """To the end of what is being said."""
        if self.stage == "dialling":
            self.rang_at = time.monotonic() - RING_S
        self.speech.hurry(time.monotonic())
        self._show_voice()
        self.repaint_lines()

    def action_say(self) -> None:
        """Something in one's own words."""
        if self.check_action("say", ()):
            self.job(self._say())

    async def _say(self) -> None:
        words = await self.ask(Ask(_("What do you say to her?"), limit=200))
        if words and not self.play.over:
            self.done(Action("say", words))
            self.repaint()

    def action_leave(self) -> None:
        """Hangs up without saving, after asking."""
        self.job(self.hang_up())

    async def hang_up(self) -> None:
        """Asks, and ends the call as it stands."""
        question = _("Hang up without saving? The call is scored as it stands.")
        if call_flags.untold(self):
            question = _("An alarm stands that nobody was told of.") + "\n" + question
        if self.play.grade is Grade.EXAM:
            question += "\n" + _("It is an exam: your one try is used.")
        if await self.ask(HangUp(question, _("hang up"))) and not self.leaving:
            self.finished(Action("leave"))
