"""Threads for the database: one writer, two readers, a connection each. The event loop never waits for a
disk or a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from db.connect import Database

P = ParamSpec("P")
R = TypeVar("R")

READERS = 2


class Work:
    """Runs desk functions off the loop. Their exceptions are raised where the result is awaited.

    Args:
        database: whose connections the threads open; `close` closes them.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")

    async def read(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a reading function in a reader thread; a cancelled read is dropped."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: function(*args, **kwargs))

    def begin_read(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Starts a read before the event loop runs; `finished` gives its result."""
        return self._readers.submit(function, *args, **kwargs)

    async def finished(self, begun: Future[R]) -> R:
        """Result of a read started with `begin_read`."""
        return await asyncio.wrap_future(begun)

    async def write(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a writing function in the writer thread, in the order of the calls.

        Once handed over it runs to its end, even when the screen that asked for it is gone: the shield
        keeps a
        cancelled widget from taking a queued write with it.
        """
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._writer, lambda: function(*args, **kwargs)))

    def write_while_still(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a writing function in the writer thread and waits, for as long as the loop stands still anyway: while
        the terminal belongs to another program."""
        return self._writer.submit(lambda: function(*args, **kwargs)).result()

    def close(self) -> None:
        """Finishes every write handed over, drops reads that have not begun, and ends the threads."""
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._writer.shutdown(wait=True)
        self.database.close()
