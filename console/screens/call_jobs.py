"""Jobs of a call that may be asked for at any time: one runs, and runs once more when it was asked for meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.screens.call import CallScreen


class OneAtATime:
    """Keeps jobs of a name from overtaking each other. None is cancelled: a write always runs to its end.

    Args:
        screen: the call whose jobs these are.
    """

    def __init__(self, screen: CallScreen) -> None:
        self._screen = screen
        self._busy: set[str] = set()
        self._again: set[str] = set()

    def run(self, name: str, work: Callable[[CallScreen], Coroutine[Any, Any, None]]) -> None:
        """Starts a job, or has the one that runs follow itself.

        Args:
            name: of the job. work: makes it from the call.
        """
        if name in self._busy:
            self._again.add(name)
        elif not self._screen.leaving:
            self._busy.add(name)
            self._screen.job(self._run(name, work))

    async def _run(self, name: str, work: Callable[[CallScreen], Coroutine[Any, Any, None]]) -> None:
        try:
            await work(self._screen)
        finally:
            self._busy.discard(name)
            if name in self._again:
                self._again.discard(name)
                self.run(name, work)
