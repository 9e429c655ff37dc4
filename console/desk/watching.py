"""Whether anybody looks after the clinic's clocks, and whether people could be called out: for every screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from console.desk.callouts import Trouble, troubles
from db import escalations as table
from db.connect import Database, reading
from db.instants import to_ms

UNWATCHED_S: Final = 120
"""Seconds after the last tick from which nobody is watching (docs/board.md)."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How long ago a console or a ticker last looked, None for never; call-outs that did not go out."""

    age_s: int | None
    troubles: tuple[Trouble, ...]

    @property
    def watched(self) -> bool:
        """Whether somebody is watching."""
        return is_watched(self.age_s)


def is_watched(age_s: int | None) -> bool:
    """Whether a last look so many seconds ago still counts."""
    return age_s is not None and age_s <= UNWATCHED_S


def watch(database: Database, clinic_id: int, now: datetime) -> Watch:
    """What every screen has to say about the watch; no seat is needed, for it is true before anybody signs in.

    Args:
        database: the record.
        clinic_id: the clinic.
        now: aware instant.
    """
    with reading(database) as connection:
        last = table.last_tick(connection, clinic_id)
    age = None if last is None else max(0, (to_ms(now) - last) // 1000)
    return Watch(age, troubles(database, clinic_id, now))
