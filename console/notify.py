"""Getting a person's attention: the terminal's bell, and nothing that could carry a name out of the
window."""

from __future__ import annotations

import time
from typing import Protocol

GAP_S = 3.0
"""Least seconds between two rings: several flags raised together are one alarm."""


class Ringing(Protocol):
    """What can ring: a Textual app."""

    def bell(self) -> None: ...


class Bell:
    """Rings for alarms that have not been rung yet, at most once every few seconds."""

    def __init__(self, app: Ringing, *, enabled: bool = True) -> None:
        self._app = app
        self._rung: set[int] = set()
        self._last = float("-inf")
        self.enabled = enabled

    def ring_for(self, alarm_ids: set[int]) -> bool:
        """Rings once when an alarm is new.

        Args:
            alarm_ids: ids of all alarms alive now.

        Returns:
            Whether the bell rang.
        """
        fresh = alarm_ids - self._rung
        self._rung = set(alarm_ids)
        if not fresh or not self.enabled or time.monotonic() - self._last < GAP_S:
            return False
        self._last = time.monotonic()
        self._app.bell()
        return True
