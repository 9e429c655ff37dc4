"""What every claim asks first: may this seat call, by which policy, and is the stored order up to now."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from console.desk import policy as policies
from console.desk.placing import keep_up
from console.desk.seat import Seat, may_call
from console.rules.policy import Policy
from db import taking
from db.address import Address
from db.connect import reading
from db.errors import NotAllowed
from db.instants import to_ms

_KEPT: Final = 32
_seen: dict[tuple[Address, int, int, str], Policy] = {}
"""Policies by database, clinic, number and hash: a stored version never changes, and its document is long."""


def ready_to_call(seat: Seat, now: datetime) -> Policy:
    """Check that a seat may be given a call, and bring the stored order up to an instant.

    Args:
        seat: who asks.
        now: aware instant, by the database's clock.

    Returns:
        The policy in force.

    Raises:
        NotAllowed: a trainee in a real clinic, or the seat was closed.
    """
    may_call(seat)
    with reading(seat.database) as connection:
        found = taking.before(connection, seat.clinic_id, seat.seat_id, to_ms(now))
    if not found.seated:
        raise NotAllowed("seat_closed")
    policy = _policy(seat, found)
    if found.due:
        keep_up(seat.database, seat.clinic_id, policy, now)
    return policy


def _policy(seat: Seat, found: taking.Before) -> Policy:
    if found.number is None or found.sha256 is None:
        return policies.current(seat.database, seat.clinic_id)
    key = (seat.database.address, seat.clinic_id, found.number, found.sha256)
    known = _seen.get(key)
    if known is None:
        known = policies.current(seat.database, seat.clinic_id)
        if known.version == found.number:
            if len(_seen) >= _KEPT:
                _seen.clear()
            _seen[key] = known
    return known
