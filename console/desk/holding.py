"""The checks with which work begins: the seat is still open, and the contact is still this seat's."""

from __future__ import annotations

from console.desk.seat import Seat
from db import claims, owners, staff
from db.connect import Connection, Row
from db.enums import LeaseStage
from db.errors import NotAllowed
from db.records import Claim


def seated(connection: Connection, seat: Seat) -> None:
    """Refuse new work to a seat that was closed: its person is retired, or it was not heard of for too long.

    What was begun before may still be saved, so no write of a call asks this.

    Raises:
        NotAllowed: `seat_closed`.
    """
    if not staff.seat_is_open(connection, seat.clinic_id, seat.seat_id):
        raise NotAllowed("seat_closed")


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


def take_back(connection: Connection, seat: Seat, claim: Claim, before: LeaseStage | str) -> None:
    """Mark a call's items as worked again once its owner goes on with it after it was cut off.

    The cut had put them back into the order as her own; a call on the line stands in nobody's queue.

    Args:
        connection: inside the unit of work that set the lease's new stage.
        seat: whose call.
        claim: the contact.
        before: the lease's stage until then.
    """
    if before == LeaseStage.CUT_OFF:
        owners.disown(connection, seat.clinic_id, claim.item_ids)
        claims.take_items(connection, seat.clinic_id, claim.item_ids)
