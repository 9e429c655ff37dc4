"""The error door: every failure leaves through here as one sentence, and as a line of ids in the log. Never
a traceback,
never a local variable, never the message of an unknown exception: any of them may hold a patient's name or
number."""

from __future__ import annotations

import os
import secrets
import traceback
import weakref
from collections.abc import Awaitable, Coroutine, Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from console import i18n
from console.text import toast
from db.errors import RecordError

if TYPE_CHECKING:
    from textual.app import App

R = TypeVar("R")

LOG_NAME = "aftercall.log"
LOG_LIMIT = 1_000_000
"""Bytes after which the log is set aside once."""
HOME = Path(__file__).parent.parent


def log_fault(error: BaseException) -> str:
    """Writes one line about an unexpected error: when, its class, and where in our own files it passed.

    Returns:
        A short reference, in the line and in the sentence the person reads.
    """
    reference = secrets.token_hex(3)
    places = [
        f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    code = error.code if isinstance(error, RecordError) else "-"
    when = datetime.now(UTC).isoformat(timespec="seconds")
    line = " ".join([when, reference, type(error).__name__, code, *places[-8:]]) + "\n"
    try:
        from console.paths import state_folder

        path = state_folder() / LOG_NAME
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as log:
            log.write(line)
    except (OSError, RecordError):
        # A full or read-only disk must not turn one failure into two.
        pass
    return reference


def sentence(error: BaseException) -> str:
    """What a person is told: the record's own words, or that something unexpected happened and where to
    look."""
    if isinstance(error, RecordError):
        if i18n.has(i18n.language(), f"error.{error.code}"):
            return i18n.error_text(i18n.language(), error)
        return i18n._("That was not possible ({code}).", code=error.code)
    reference = log_fault(error)
    return i18n._(
        "Something unexpected happened (reference {reference}). What was saved is safe; the log knows more.",
        reference=reference,
    )


async def guarded(app: App[Any], work: Awaitable[R]) -> R | None:
    """Awaits work and turns a failure into a toast.

    Returns:
        The result, or None when it failed.
    """
    try:
        return await work
    except Exception as error:
        toast(app, sentence(error), "error")
        return None


class Guarded(Generic[R]):
    """`guarded` as something that can be awaited later, or never: a screen may be gone before its job has begun.

    Args:
        app, work: as of `guarded`.
    """

    def __init__(self, app: App[Any], work: Coroutine[Any, Any, R]) -> None:
        self._app = app
        self._work = work
        # Not `__del__`: a circle of garbage may end the coroutine first, which then says that nobody awaited it.
        weakref.finalize(self, work.close).atexit = False

    def __await__(self) -> Generator[Any, None, R | None]:
        """Awaits the work."""
        return (yield from guarded(self._app, self._work).__await__())
