"""What a scenario is played on: the contact as the desk opened it, the talk-tracks, and who plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from console.practice.records import Scenario
from console.scripts.library import Library
from db.records import CallSheet, Claim

if TYPE_CHECKING:
    from console.desk.seat import Seat
    from db.connect import Database


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """An opened practice call. The engine needs no more than `scenario` to `may_say`.

    Args:
        scenario: what is played. library: the release that is read from.
        sheet, claim: the contact, opened for the person who practises. now: aware instant the call starts at.
        role: she works in, as the talk-track chooses by it. may_say: whether the release may explain anything.
        values: what the placeholders of spoken lines stand for, in the language of the call.
        seat, database: of the practice clinic, for a screen; None where the engine runs on its own.
    """

    scenario: Scenario
    library: Library
    sheet: CallSheet
    claim: Claim
    now: datetime
    role: str
    may_say: bool = True
    values: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    seat: Seat | None = None
    database: Database | None = None

    @property
    def lang(self) -> str:
        """Language of the call, as the talk-tracks name it."""
        return "zh" if self.scenario.persona.language == "zh" else "en"
