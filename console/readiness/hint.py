"""The hint when a trainee becomes a caller: what of the required courses is not passed. Never a block."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.desk.seat import Seat
    from console.desk.staff_values import StaffMember
    from db.enums import Role


def hint(seat: Seat, before: Iterable[Role | str], member: StaffMember, now: datetime) -> str:
    """One line for a lead who changed somebody's roles; not on the event loop.

    Args:
        seat: the lead's.
        before: the roles she had. member: as she is now.
        now: aware instant.

    Returns:
        The line; empty when there is nothing to say.
    """
    from console.rules.readiness import begins_real_calls

    before = tuple(before)
    if not begins_real_calls(before, member.roles):
        return ""
    from console.desk import readiness
    from console.readiness import shelf as readiness_shelf
    from console.readiness import words as readiness_words

    shelf = readiness_shelf.shelf()
    missing = readiness.not_passed(seat, member.id, before, member.roles, shelf, now)
    return readiness_words.hint(member.name, missing, shelf)
