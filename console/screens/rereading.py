"""Reading again what a screen shows, one read at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from console.screens.frame import Frame


class Rereading:
    """Serves wishes to read again: those that come during a read are served by one more read after it.

    Args:
        screen: whose job it is; its failures become a toast.
        read: reads and shows.
    """

    def __init__(self, screen: Frame, read: Callable[[], Awaitable[object]]) -> None:
        self._screen, self._read = screen, read
        self._busy = self._again = False

    def wish(self) -> None:
        """What is shown may be old."""
        self._again = True
        if not self._busy:
            self._busy = True
            self._screen.job(self._serve())

    async def _serve(self) -> None:
        try:
            while self._again:
                self._again = False
                await self._read()
        finally:
            self._busy = False
