"""What an escalation's row becomes at a higher level, whoever or whatever raised it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.rules import sla
from console.rules.policy import Policy
from db.enums import EscalationStatus, Level
from db.instants import from_ms, to_ms
from db.records import Clocks


def higher_level(
    row: Mapping[str, Any], level: Level, since: datetime, policy: Policy, *, taken: bool = False
) -> dict[str, object]:
    """The columns of an escalation at a higher level; `next_clock_at` is the writer's.

    An emergency has to be taken up anew: it goes back to the first column, and who had it keeps it.

    Args:
        row: the escalation.
        level: the higher level.
        since: aware instant from which it counts.
        policy: its minutes.
        taken: whoever raises it may stop an emergency's clock and has taken it up: that stays.
    """
    found = sla.risen(
        Clocks(
            from_ms(row["raised_at"]),
            from_ms(row["ack_by"]),
            from_ms(row["contact_by"]),
            from_ms(row["resolve_by"]),
        ),
        level,
        since,
        policy,
    )
    values: dict[str, object] = {
        "level": level,
        "level_since": to_ms(since),
        "ack_by": to_ms(found.clocks.ack_by),
        "contact_by": to_ms(found.clocks.contact_by),
        "resolve_by": to_ms(found.clocks.resolve_by),
        **{f"{clock}_breached_at": None for clock in found.anew},
    }
    if level is Level.EMERGENCY and not taken:
        values |= {"acknowledged_at": None, "contacted_at": None, "status": EscalationStatus.NEW}
    return values
