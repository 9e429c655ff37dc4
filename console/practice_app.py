"""The console as a practice room: its only page is practice, and nothing in it reaches a clinic's record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import Screen

from console import alarms
from console.app import ConsoleApp
from console.clock import SystemClock
from console.config import Config
from console.i18n import _
from console.practice.clinic import BEFORE, DAY, TRAINEE, copied

if TYPE_CHECKING:
    from console.practice.ground import Ground
    from console.screens.practice_call import PracticeCall

ABSENT = ("lock", "switch_role")
"""What the whole console answers to and practice does not: nobody waits, and there is nothing to hide."""
OPENS_AT = time(14, 0)
"""What the page's clock begins with; each call has the hour of its scenario."""


def _page() -> Screen[Any]:
    from console.screens.practice import PracticeScreen

    return PracticeScreen()


class PracticeApp(ConsoleApp):
    """The console of a practice clinic: no queue, no board, nobody else's sign-in.

    Args:
        ground: the clinic, the scenarios, and where results go.
        config: settings of the person who practises.
    """

    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {"practice": _page}
    DEFAULT_MODE = "practice"

    def __init__(self, ground: Ground, config: Config) -> None:
        super().__init__(
            copied(ground.base),
            clock=SystemClock.starting_at(datetime.combine(DAY, OPENS_AT, BEFORE.tzinfo)),
            config=config,
            credentials=(TRAINEE, ground.base.pin),
            mode="practice",
        )
        self.practice = ground

    @property
    def demo(self) -> bool:
        """Always: the corner says DEMO from the first frame on."""
        return True

    def notices(self, *, in_call: bool = False) -> list[tuple[str, str]]:
        """Alarms of the call; the clocks of a clinic that lasts for one call need nobody to watch them."""
        return [one for one in super().notices(in_call=in_call) if one[1] != alarms.unwatched_line()]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Beside practice only words, colours, help and leaving are there."""
        return False if action in ABSENT else super().check_action(action, parameters)

    async def action_quit(self) -> None:
        """Leaves practice, after asking; an exam is hung up first, so that leaving does not save its one try.

        Nobody signs out: whoever practises sits at no clinic's seat.
        """
        exam = self._exam()
        self.job(self._once(self._leave() if exam is None else exam.hang_up()))

    def _exam(self) -> PracticeCall | None:
        """The exam that is being played."""
        if not self.in_call:
            return None
        from console.practice.records import Grade
        from console.screens.practice_call import PracticeCall

        for screen in self.screen_stack:
            if isinstance(screen, PracticeCall) and screen.play.grade is Grade.EXAM and not screen.leaving:
                return screen
        return None

    async def _leave(self) -> None:
        from console.widgets.practice_boxes import Begin

        question = (
            _("Hang up and leave practice? This call is not scored.")
            if self.in_call
            else _("Leave practice?")
        )
        if await self.push_screen_wait(Begin(question, _("leave"))):
            self.exit(0)
