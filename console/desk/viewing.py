"""What a seat's queue reads at an instant: whose lanes, and which calls of others count as left behind."""

from __future__ import annotations

from datetime import datetime, timedelta

from console.desk.order import reach_at
from console.desk.seat import Seat
from console.rules.policy import Policy
from db import queue as table
from db.connect import Connection
from db.enums import Role
from db.instants import to_ms
from db.queue import View


def left_since(policy: Policy, at: datetime) -> int:
    """A cut-off call whose lease ran out by then (epoch ms) is the lead's: as late as a promise may be."""
    return to_ms(at - timedelta(minutes=policy.queue.promise_grace))


def view_of(
    connection: Connection, seat: Seat, policy: Policy, at: datetime, *, takeable_only: bool = False
) -> View:
    """What a seat's queue reads at an instant.

    A lead is also offered what is somebody's own but would lie: of people off duty, and of those who have not
    taken up a cut-off call for as long as a promise may be late.
    """
    lanes = seat.lanes
    if seat.role is Role.LEAD:
        orphans = table.orphan_lanes(connection, seat.clinic_id, left_since(policy, at))
        lanes += tuple(lane for lane in orphans if lane not in lanes)
    return View(
        seat.clinic_id,
        lanes,
        to_ms(at),
        staff_id=seat.staff_id,
        is_lead=seat.role is Role.LEAD,
        left_since=left_since(policy, at),
        reach=reach_at(policy, at),
        takeable=takeable_only,
    )
