"""One caller at a console on the real desk, for tests of the call screen: people are made directly in the record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from console.app import ConsoleApp
from console.config import Config
from console.desk import queue
from console.screens.call import CallScreen
from console.screens.queue import QueueScreen
from console.scripts.conversation import PromptKind
from console.text import cells
from console.widgets.dialogs import Choose
from db.connect import unit_of_work
from tests.clinic import PIN
from tests.desk.call_world import Person, World
from tests.ui.conftest import screen_lines, screen_text, settle
from tests.ui.hostile import FORBIDDEN

Sit = Callable[..., AbstractAsyncContextManager["Caller"]]


class MovingClock:
    """A clock that stands where the test puts it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Where it stands."""
        return self.at

    def later(self, **by: float) -> None:
        """Moves it on."""
        self.at += timedelta(**by)


@dataclass
class Caller:
    """The console, its keys, and what the record holds."""

    app: ConsoleApp
    pilot: Pilot[Any]
    world: World
    clock: MovingClock

    @property
    def call(self) -> CallScreen:
        """The call, wherever a window may stand before it."""
        return next(one for one in reversed(self.app.screen_stack) if isinstance(one, CallScreen))

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return screen_text(self.app)

    async def until(self, condition: Any, within: float = 15.0) -> None:
        """Waits for something."""
        await settle(self.pilot, condition, within)

    async def press(self, *keys: str) -> None:
        """Presses keys."""
        await self.pilot.press(*keys)

    async def see(self, *words: str) -> None:
        """Waits until words stand on the screen."""
        await self.until(lambda: all(word in self.text for word in words))

    async def signed_in(self) -> None:
        """The queue is there, somebody has signed in."""
        await self.until(lambda: self.app.seat is not None and isinstance(self.app.screen, QueueScreen))

    async def open(self, person: Person) -> None:
        """Takes a person from the queue's own screen."""
        await self.signed_in()
        screen = self.app.screen
        assert isinstance(screen, QueueScreen) and self.app.seat is not None
        claim = await self.app.work.write(queue.take_item, self.app.seat, person.item_id, self.clock.now())
        screen.open_call(claim)
        await self.until(lambda: isinstance(self.app.screen, CallScreen) and self.call.stage == "preview")

    async def ring(self, number: str, person: Person | None = None) -> None:
        """A call comes in."""
        from console.desk import calls

        await self.signed_in()
        screen = self.app.screen
        assert isinstance(screen, QueueScreen) and self.app.seat is not None
        whose = None if person is None else person.id
        claim = await self.app.work.write(calls.take_incoming, self.app.seat, whose, number, self.clock.now())
        screen.open_call(claim)
        await self.until(lambda: isinstance(self.app.screen, CallScreen) and self.call.stage == "talking")

    async def connect(self) -> None:
        """Shows the number, dials, somebody answers."""
        await self.press("f5")
        await self.until(lambda: self.call.dial is not None)
        await self.press("1")
        await self.until(lambda: self.call.stage == "talking")

    async def identify(self) -> None:
        """She gives her birthday and the surgeon."""
        await self.press("1", "3")
        await self.until(lambda: self.call.talk is not None and self.call.talk.identified)

    async def begin(self, person: Person) -> None:
        """Everything up to the first clinical question."""
        await self.open(person)
        await self.connect()
        await self.identify()

    @property
    def kind(self) -> PromptKind | None:
        """What kind of prompt is in front."""
        prompt = self.call.talk.current if self.call.talk is not None else None
        return None if prompt is None else prompt.kind

    async def answer_all(self, stop: tuple[PromptKind, ...] = (PromptKind.CLOSE,), most: int = 60) -> None:
        """Answers everything as well until a kind of prompt stands in front."""
        for _step in range(most):
            prompt = self.call.talk.current if self.call.talk is not None else None
            if self.call.halted:
                await self.go_on()
            if prompt is None or prompt.kind in stop:
                return
            question = prompt.question
            if question is not None and question.kind == "text":
                await self.press("enter")
            elif question is not None and question.kind == "number" and question.unit != "score":
                await self.press(*"36.5", "enter")
            elif question is not None and question.unit == "score":
                await self.press("2")
            elif prompt.kind in (PromptKind.GROUP, PromptKind.QUESTION):
                await self.press("1")
            else:
                await self.press("enter")
            await self.until(lambda was=prompt.key: self.front_key != was)
        raise AssertionError("the call never ends")

    @property
    def front_key(self) -> str:
        """Name of the prompt in front."""
        prompt = self.call.talk.current if self.call.talk is not None else None
        return "" if prompt is None else prompt.key

    async def go_on(self) -> None:
        """The lines of an emergency were read, if one has just stopped the questions."""
        if self.call.halted:
            await self.press("enter")
            await self.until(lambda: not self.call.halted)

    async def choose(self, digit: int) -> None:
        """Takes a line of the window in front."""
        await self.until(lambda: isinstance(self.app.screen, Choose))
        await self.press(str(digit))

    async def back_in_queue(self) -> None:
        """The call is over."""
        await self.until(lambda: isinstance(self.app.screen, QueueScreen))

    def rows(self, sql: str) -> list[dict[str, object]]:
        """Rows of the record."""
        return self.world.clinic.rows(sql)


def caller_app(world: World, clock: MovingClock, language: str, login: str = "li") -> ConsoleApp:
    """A console that signs a caller in by itself."""
    return ConsoleApp(
        world.clinic.database,
        clock=clock,
        config=Config(language=language, bell=False),
        credentials=(login, PIN),
        mode="queue",
    )


def front(app: ConsoleApp, kind: type) -> bool:
    """Whether a screen of this kind is in front."""
    return isinstance(app.screen, kind)


def sitting(world: World) -> Sit:
    """Gives what sits a caller down in front of a console: `async with sit("zh", (80, 24)) as caller`."""

    @asynccontextmanager
    async def down(
        language: str = "en", size: tuple[int, int] = (80, 24), login: str = "li"
    ) -> AsyncIterator[Caller]:
        clock = MovingClock(world.now)
        app = caller_app(world, clock, language, login)
        async with app.run_test(size=size, notifications=True) as pilot:
            yield Caller(app, pilot, world, clock)

    return down


def change(world: World, sql: str, **values: object) -> None:
    """Changes the record beside the console."""
    with unit_of_work(world.clinic.database) as connection:
        connection.execute(sql, values)


def check_frame(caller: Caller) -> None:
    """Every line fills the terminal exactly; no text field lies on the last two rows; nothing is untranslated."""
    lines = screen_lines(caller.app)
    width, height = caller.app.size
    assert {cells(line) for line in lines} == {width}
    assert not FORBIDDEN & set("".join(lines))
    assert "reason." not in caller.text and "error." not in caller.text
    for field in (*caller.app.screen.query(Input), *caller.app.screen.query(TextArea)):
        if field.display and field.region.height:
            assert field.region.bottom <= height - 2, (field.id, field.region)
