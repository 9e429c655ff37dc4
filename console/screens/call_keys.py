"""Which keys of a call mean something now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.desk.conversing import stopped

if TYPE_CHECKING:
    from console.screens.call import CallScreen

TALKING = ("save", "result", "promise", "note", "forward", "ten", "scroll")
"""Actions that mean something only while somebody is on the line, or was."""


def possible(screen: CallScreen, action: str) -> bool | None:
    """Whether an action means something now. Args: the call; the action's verb. Returns: None for no opinion."""
    talking = screen.stage == "talking"
    if action == "dial":
        return screen.stage == "preview" or (talking and screen.connected_at is None)
    if action in ("keep", "other"):
        return screen.stage == "preview" and screen.typed.started_at is None
    if action in TALKING:
        return talking
    if action == "concern":
        # What is asked about a concern is clinical: of somebody who rings in danger it is asked at once.
        known = screen.talk is not None and screen.talk.identified
        incoming = screen.sheet is not None and screen.sheet.incoming
        return talking and (known or incoming) and not stopped(screen.typed) and not screen.halted
    if action == "turn":
        return talking and screen.talk is not None and not stopped(screen.typed) and not screen.halted
    if action == "told":
        return bool(screen.escalations)
    return None
