"""A trainee in front of the practice page: presses keys, reads what stands there."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from console.config import Config
from console.practice.book import Book, opened
from console.practice.clinic import Base
from console.practice.ground import Ground
from console.practice.records import Score
from console.practice_app import PracticeApp
from console.screens.call_turns import PickTurn
from console.screens.debrief import DebriefScreen
from console.screens.practice import PracticeScreen
from console.screens.practice_call import PracticeCall
from console.widgets.dialogs import Choose, Dialog
from tests.ui.conftest import screen_text, settle

HINT = re.compile(r"^Next: (\S+?)(?: (\d))?: (.*?)\s*$", re.MULTILINE)
"""The guided level's line: a key, for a concern its digit, and what it does."""


@dataclass
class Trainee:
    """The practice console, its keys, and what it reported."""

    app: PracticeApp
    pilot: Pilot[Any]
    reported: list[tuple[Score, str, int]] = field(default_factory=list[tuple[Score, str, int]])
    begun: list[tuple[Score, str, int]] = field(default_factory=list[tuple[Score, str, int]])

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return screen_text(self.app)

    @property
    def call(self) -> PracticeCall:
        """The call, whatever window stands before it."""
        return next(one for one in reversed(self.app.screen_stack) if isinstance(one, PracticeCall))

    @property
    def debrief(self) -> DebriefScreen:
        """The debrief in front."""
        assert isinstance(self.app.screen, DebriefScreen)
        return self.app.screen

    async def until(self, condition: Any, within: float = 15.0) -> None:
        """Waits for something."""
        await settle(self.pilot, condition, within)

    async def press(self, *keys: str) -> None:
        """Presses keys."""
        await self.pilot.press(*keys)

    async def see(self, *words: str) -> None:
        """Waits until words stand on the screen."""
        await self.until(lambda: all(word in self.text for word in words))

    async def find(self, code: str, level: str) -> None:
        """Types the beginning of a scenario's code; the difficulty goes round until it is the one wanted."""
        await self.until(lambda: isinstance(self.app.screen, PracticeScreen) and bool(self.page.scenarios))
        await self.press(*code[:8])
        await self.until(lambda: getattr(self.page.marked, "code", "") == code)
        while self.page.grade != level:
            await self.press("f2")

    @property
    def page(self) -> PracticeScreen:
        """The page calls are picked on."""
        return next(one for one in self.app.screen_stack if isinstance(one, PracticeScreen))

    async def in_call(self) -> None:
        """A call is open."""
        await self.until(
            lambda: isinstance(self.app.screen, PracticeCall) and self.call.stage in ("preview", "talking")
        )

    async def begin(self, code: str, level: str) -> None:
        """Up to the opened call, not dialled yet."""
        await self.find(code, level)
        await self.press("enter")
        await self.in_call()

    async def connect(self) -> None:
        """Dials; the receiver is taken at once."""
        await self.press("f5")
        await self.until(lambda: self.call.dial is not None)
        await self.press("space", "1")
        await self.until(lambda: self.call.stage == "talking" and self.call.play.stand.stage == "talking")

    async def debriefed(self) -> None:
        """The debrief is there."""
        await self.until(lambda: isinstance(self.app.screen, DebriefScreen))

    async def turn(self, title: str) -> None:
        """Finds a turn of the talk in its window by its title, and takes it."""
        await self.until(lambda: isinstance(self.app.screen, PickTurn) and bool(self.app.screen._shown))
        await self.press(*title[:12])
        await self.until(lambda: title in self.text)
        await self.press("enter")
        await self.until(lambda: not isinstance(self.app.screen, Dialog))

    # -- doing what the guided level says --

    async def follow(self, most: int = 120) -> list[str]:
        """Does what the line says until the call is over. Returns the keys it named."""
        named: list[str] = []
        for _step in range(most):
            await self.until(
                lambda: not isinstance(self.app.screen, PracticeCall) or self.call.stage != "opening"
            )
            if not isinstance(self.app.screen, PracticeCall):
                return named
            # The line names her answer once it was heard.
            if self.call.stage == "talking":
                self.call.speech.hurry(time.monotonic())
                self.call.repaint_lines()
                await self.until(lambda: "let her" not in self.text)
            found = HINT.search(self.text)
            assert found is not None, self.text
            key, digit, what = found.groups()
            named.append(key)
            before = self.call.play
            await self._do(key, digit or "", what)
            await self.until(
                lambda was=before: (
                    not isinstance(self.app.screen, Dialog)
                    and (not isinstance(self.app.screen, PracticeCall) or self.call.play is not was)
                )
            )
        raise AssertionError(f"the call never ends: {named}")

    async def _do(self, key: str, digit: str, what: str) -> None:
        said = what.rpartition(", ")[2]
        if key == "type":
            await self.press(*(said if said.replace(".", "").isdigit() else ""), "enter")
        elif key == "tab":
            truth = self.call.play.stage.scenario
            await self.press(
                "tab", *(truth.place.en or "home"), "enter", *(truth.companion.en or "alone"), "enter"
            )
        elif key == "f4":
            assert what.endswith("NOW")
            await self.press("f4", "f4")
        elif key == "8":
            await self.press("8")
            await self.until(
                lambda: isinstance(self.app.screen, Choose) or self.call.typed.outcome is not None
            )
            if isinstance(self.app.screen, Choose):
                await self.press(str(len(self.app.screen._options)))
        elif key == "f3":
            await self.press("f3", *"noted", "f2")
        elif key == "v":
            await self.press("v")
            await self.until(lambda: isinstance(self.app.screen, Dialog))
            await self.press(*"I understand, sorry", "enter")
        elif key == "f10":
            await self.press("f10")
            await self.until(lambda: isinstance(self.app.screen, Choose))
            await self.press("1")
        elif key == "t":
            await self.press("t")
            await self.turn(what.removeprefix("the turn of the talk: "))
        elif key == "c":
            await self.press("c", digit)
            await self.pilot.pause()
        else:
            await self.press(key)


def base_of(folder: Path) -> Base:
    """An empty practice clinic."""
    from console.practice import clinic

    return clinic.base(folder)


@asynccontextmanager
async def practising(
    base: Base,
    language: str = "en",
    size: tuple[int, int] = (80, 24),
    *,
    book: Book | None = None,
    courses: Sequence[Any] = (),
    resting: frozenset[tuple[str, str]] = frozenset(),
) -> AsyncIterator[Trainee]:
    """Sits a trainee down in front of the practice page."""
    reported: list[tuple[Score, str, int]] = []
    begun: list[tuple[Score, str, int]] = []
    ground = Ground(
        base,
        book or opened(None),
        tuple(courses),
        lambda score, course, place: reported.append((score, course, place)),
        resting,
        lambda score, course, place: begun.append((score, course, place)),
    )
    app = PracticeApp(ground, Config(language=language, bell=False))
    async with app.run_test(size=size, notifications=True) as pilot:
        yield Trainee(app, pilot, reported, begun)
