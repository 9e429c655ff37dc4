"""Asks before something is saved that its writer should look at twice; one more enter saves it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from textual.app import App

from console import i18n
from console.i18n import _
from console.widgets.dialogs import Confirm

R = TypeVar("R")


async def asked(app: App[Any], write: Callable[[bool], Awaitable[R]]) -> R:
    """Writes; where the desk asks first, shows its questions, and writes when she says so.

    Args:
        app: the running console.
        write: writes; told whether she is sure.

    Raises:
        Unsure: she went back; nothing is saved.
    """
    from console.desk.unsure import Unsure

    try:
        return await write(False)
    except Unsure as unsure:
        said = [i18n.reason_text(i18n.language(), one) for one in unsure.questions]
        question = "\n".join((*said, _("Save it all the same?")))
        if not await app.push_screen_wait(Confirm(question, _("save it"))):
            raise
    return await write(True)
