"""After a practised call: what was got and lost, the better line, the conversation with what was missed in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.events import Key

from console import i18n, keys
from console.i18n import _
from console.practice import courses
from console.practice.records import Grade
from console.screens.frame import Frame
from console.screens.practice_run import percent
from console.text import toast
from console.widgets import scrolling
from console.widgets.call_panes import ALARM, DIM, GOOD, HEAD, WARN, Line, Pane
from console.widgets.practice_words import grade_word
from console.widgets.score_lines import Moment, Played, moments, score_lines, talk_lines

if TYPE_CHECKING:
    from console.practice.records import Score
    from console.screens.practice_run import Pick

NEXT = keys.entry("debrief.missed(1)")
SCORE, TALK = "score", "talk"
REDO, ONWARD, AGAIN = "redo", "onward", "again"
Chosen = tuple[str, int] | None
"""What follows: REDO with the action to begin at, ONWARD, AGAIN; None for the list."""


class DebriefScreen(Frame):
    """One call that is over. Gives what follows it.

    Args:
        played: the call. pick: how it was picked. passed: whether it passes.
        course: scores of its course so far, by its calls in order, the best of each; empty outside one.
        follows: whether the course goes on after it.
    """

    SCOPE: ClassVar[str] = "debrief"
    CSS_PATH = "debrief.tcss"
    AUTO_FOCUS = ""

    def __init__(
        self,
        played: Played,
        pick: Pick,
        *,
        passed: bool,
        course: Sequence[Score | None] = (),
        follows: bool = False,
    ) -> None:
        super().__init__()
        # Tab would else move a focus that nothing here has.
        keys.bind(self, self.SCOPE, at_once=True)
        self.played, self.pick, self.passed = played, pick, passed
        self.course, self.follows = tuple(course), follows
        self.missed: tuple[Moment, ...] = moments(played)
        self.chosen = -1
        self.part = SCORE
        self._places: list[int] = []

    # -- frame --

    def headline(self) -> str:
        """Which call, how much was lost, and at how many moments."""
        title = self.played.scenario.title.of(i18n.language())
        lost = sum(len(one.items) for one in self.missed)
        missed = (
            _("lost: {n} (moments: {moments})", n=lost, moments=len(self.missed))
            if lost
            else _("nothing missed")
        )
        return "  ".join((_("Debrief"), grade_word(self.pick.grade), missed, title))

    def body(self) -> ComposeResult:
        """Score and conversation; one of them below 110 columns."""
        with Horizontal(id="debrief-body"):
            with VerticalScroll(id="debrief-score", can_focus=False):
                yield Pane(id="debrief-score-text", markup=False)
            with VerticalScroll(id="debrief-talk", can_focus=False):
                yield Pane(id="debrief-talk-text", markup=False)

    def on_mount(self) -> None:
        """Paints."""
        super().on_mount()
        self.repaint()

    def on_resize(self) -> None:
        """One part or both."""
        super().on_resize()
        self.repaint()

    def repaint(self) -> None:
        """Both parts, in the language of the moment."""
        if not self.is_mounted:
            return
        self.set_class(self.part == TALK, "-talk")
        lines = [*self._course_lines(), *score_lines(self.played, passed=self.passed)]
        self.query_one("#debrief-score-text", Pane).show_lines(lines)
        talk, self._places = talk_lines(self.played, self.missed, self.chosen)
        self.query_one("#debrief-talk-text", Pane).show_lines(talk)
        self.repaint_lines()

    def _course_lines(self) -> list[Line]:
        course = self.pick.course
        if course is None:
            return []
        title = course.title.of(i18n.language())
        place = _("{course}: call {n} of {of}", course=title, n=self.pick.place, of=len(self.course))
        if self.follows:
            return [(place, HEAD), ("", "")]
        good = [one is not None and courses.passed(one, course.pass_percent) for one in self.course]
        words = (
            _("The course is passed: every call from {mark}%.", mark=course.pass_percent)
            if all(good)
            else _(
                "The course is not passed: {n} of {of} calls from {mark}%.",
                n=sum(good),
                of=len(good),
                mark=course.pass_percent,
            )
        )
        lines: list[Line] = [(place, HEAD), (words, GOOD if all(good) else ALARM)]
        for number, (one, fine) in enumerate(zip(self.course, good, strict=True), 1):
            got = "-" if one is None else f"{percent(one)}%"
            lines.append((f"  {number}  {got}", DIM if fine else WARN))
        return [*lines, ("", "")]

    # -- keys --

    def on_key(self, event: Key) -> None:
        """A key that leads back into the call says why it does not."""
        again, redo = (_names(f"debrief.{verb}") for verb in ("again", "redo"))
        if event.key not in again | redo:
            return
        event.stop()
        exam = self.pick.grade is Grade.EXAM
        toast(
            self.app,
            _("An exam has one try: nothing of it is played again.")
            if exam
            else _("First {key}: to a missed moment.", key=keys.shown(next(iter(keys.keys_of(NEXT)))))
            if self.missed
            else _("Nothing was missed: there is no moment to take up again."),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that does nothing here is not offered."""
        exam = self.pick.grade is Grade.EXAM
        if action == "missed":
            return bool(self.missed)
        if action == "redo":
            return not exam and 0 <= self.chosen < len(self.missed)
        if action == "again":
            return not exam
        if action == "onward":
            return self.follows
        if action == "part":
            return not self.has_class("-wide")
        return super().check_action(action, parameters)

    def action_missed(self, way: int) -> None:
        """To another missed moment of the conversation; after the last one the first."""
        if not self.missed:
            return
        first = 0 if way > 0 else len(self.missed) - 1
        self.chosen = first if self.chosen < 0 else (self.chosen + way) % len(self.missed)
        self.part = TALK
        self.repaint()
        self.call_after_refresh(self._to_moment)

    def _to_moment(self) -> None:
        top = self.query_one("#debrief-talk-text", Pane).rows_above(self._places[self.chosen])
        self.query_one("#debrief-talk", VerticalScroll).scroll_to(y=max(top - 3, 0), animate=False)

    def action_part(self) -> None:
        """Score or conversation."""
        self.part = TALK if self.part == SCORE else SCORE
        self.repaint()

    @property
    def _front(self) -> VerticalScroll:
        talk = self.part == TALK
        return self.query_one("#debrief-talk" if talk else "#debrief-score", VerticalScroll)

    def action_scroll(self, way: int) -> None:
        """A line up or down."""
        scrolling.by_lines(self._front, way)

    def action_page(self, way: int) -> None:
        """A page up or down."""
        scrolling.by_pages(self._front, way)

    def action_redo(self) -> None:
        """The same call again from before the marked moment."""
        if self.check_action("redo", ()):
            self.dismiss((REDO, self.missed[self.chosen].action))

    def action_again(self) -> None:
        """The same call from its beginning."""
        if self.check_action("again", ()):
            self.dismiss((AGAIN, 0))

    def action_onward(self) -> None:
        """The next call of the course."""
        if self.check_action("onward", ()):
            self.dismiss((ONWARD, 0))

    def action_back(self) -> None:
        """To the list of calls."""
        self.dismiss(None)


def _names(action: str) -> set[str]:
    """Names of an action's keys as they arrive, full-width twins included."""
    own = keys.keys_of(keys.entry(action))
    return {name for key in own for name in (keys.textual_name(key), keys.twin(key)) if name}
