"""The check with which every write of a call begins: the contact is still this seat's."""

from __future__ import annotations

from console.desk.seat import Seat
from db import claims
from db.connect import Connection, Row
from db.records import Claim


def hold(connection: Connection, seat: Seat, claim: Claim) -> Row:
    """Lock a contact for the rest of the transaction and check that its claim still holds.

    The group's lock comes first, as it does when a contact is taken: whoever would take it meanwhile is told
    at once that it is taken, and two transactions never wait for each other.

    Args:
        connection: inside a unit of work.
        seat: who writes.
        claim: the claim as the seat knows it.

    Returns:
        The lease's row.

    Raises:
        StaleLease: the contact is no longer this claim's.
    """
    claims.lock(connection, seat.clinic_id, claim.group_id)
    return claims.held(connection, seat.clinic_id, claim.group_id, claim.token)
