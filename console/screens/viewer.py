"""Who looks at a handed-over case, as the rule of the next step asks it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from console.rules.next_step import Viewer
from db.enums import CLINICIANS, Role

if TYPE_CHECKING:
    from console.desk.seat import Seat


def viewer_of(seat: Seat, now: datetime) -> Viewer:
    """The person at a seat, and whether her word stops an emergency's clock at an instant (aware).

    A doctor's, a nurse's, or that of somebody who is on call; a lead's only while nobody is.
    """
    rostered = seat.policy.on_call_at(now)
    mine = any(one.staff is not None and one.staff.casefold() == seat.login.casefold() for one in rostered)
    stops = seat.role in CLINICIANS or mine or (seat.role is Role.LEAD and not rostered)
    return Viewer(seat.role, seat.staff_id, stops)
