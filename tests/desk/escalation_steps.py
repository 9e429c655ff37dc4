"""Raising flags as the screen does, and reading what became of them."""

from __future__ import annotations

from dataclasses import replace

from console.desk import escalations
from db.enums import Level
from db.records import Claim, FlagForm, Raised
from tests.desk.call_world import World


def flag(
    world: World, claim: Claim | None, level: Level = Level.SAME_DAY, key: str = "f", **more: object
) -> Raised:
    """Raise a flag as the screen does."""
    form = replace(FlagForm(level, ("one_sided_swelling",)), **more)
    return escalations.raise_flag(world.seat(), claim, form, key, world.now)


def story(world: World, escalation_id: int) -> list[str]:
    """The kinds of an escalation's events."""
    rows = world.clinic.rows(
        "SELECT kind FROM escalation_event WHERE escalation_id = :e ORDER BY id", e=escalation_id
    )
    return [str(one["kind"]) for one in rows]
