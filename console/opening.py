"""What is read for the first frame: on SQLite while the screen's own modules are still being imported, on
PostgreSQL once the frame is painted, because its driver takes as long to import as the frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING

from console.work import Work
from db.errors import RecordError

if TYPE_CHECKING:
    from console.desk.first_look import FirstLook
    from db.connect import Database

PATIENCE_S = 0.3
"""How long the sign-in waits for the first rows: a slow database must not keep anybody from it."""


class NotReady(Exception):
    """The record can't be worked with; `error` says why."""

    def __init__(self, error: RecordError) -> None:
        super().__init__(error.code)
        self.error = error


class Opening:
    """The threads a console works with, and the first read one of them does.

    Args:
        database: the record.
        now: aware instant.
        check: raises a RecordError when the record can't be worked with; runs before the read.
    """

    def __init__(
        self, database: Database, now: datetime, check: Callable[[Database], None] | None = None
    ) -> None:
        self.work = Work(database)
        self._read = (database, now, check)
        self._first: Future[FirstLook] | None = None
        if database.dialect == "sqlite":
            self.start()

    def start(self) -> Future[FirstLook]:
        """The first read, begun now if it was not yet."""
        if self._first is None:
            self._first = self.work.begin_read(_look, *self._read)
        return self._first

    def ready(self) -> FirstLook | None:
        """The masked top of the queue; None while it is being read, or when it can't be."""
        first = self._first
        if first is None or not first.done() or first.cancelled() or first.exception() is not None:
            return None
        return first.result()

    @property
    def refused(self) -> RecordError | None:
        """Why the record can't be worked with, once that is known."""
        first = self._first
        if first is None or not first.done() or first.cancelled():
            return None
        error = first.exception()
        return error.error if isinstance(error, NotReady) else None

    async def wait(self) -> None:
        """Wait until the first read has ended, but not long."""
        ended = asyncio.wrap_future(self.start())
        # Whoever takes the result says what went wrong.
        ended.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait({ended}, timeout=PATIENCE_S)


def _look(database: Database, now: datetime, check: Callable[[Database], None] | None) -> FirstLook:
    from console.desk import first_look

    if check is not None:
        try:
            check(database)
        except RecordError as error:
            raise NotReady(error) from None
    return first_look.look(database, now)


def judged(database: Database, seen: FirstLook, now: datetime) -> FirstLook:
    """The first look with what may be dialled at this minute; read once the first frame is painted."""
    from console.desk import first_look

    return first_look.judged(database, seen, now)
