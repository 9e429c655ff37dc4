"""The escalation board and the alarms every seat shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from console.desk import board_strip, cards, closures
from console.desk import policy as policies
from console.desk.board_lists import CLOSING_MOST
from console.desk.board_lists import LISTS as LISTS
from console.desk.board_lists import listed as listed
from console.desk.board_lists import refused as refused
from console.desk.placing import keep_up
from console.desk.seat import Seat
from db import escalations as table
from db.connect import Database, reading
from db.enums import EscalationStatus
from db.instants import to_ms
from db.records import Board, BoardFilter, Escalation, OnCallCard

OPEN_MOST: Final = 500
RESOLVED_HOURS: Final = 24
"""How long a resolved escalation stays on the board."""
RESOLVED_MOST: Final = 50


def live_alarms(seat: Seat, now: datetime) -> tuple[Escalation, ...]:
    """EMERGENCY and SAME_DAY escalations whose patient nobody has reached yet: shown on every seat.

    Args:
        seat: any seat.
        now: aware datetime.

    Returns:
        Masked cards, the clock that runs out first on top.
    """
    with reading(seat.database) as connection:
        rows = table.alarm_cards(connection, seat.clinic_id)
        # Whoever takes an alarm up has to pass on where she is; no other list of cards names it.
        return tuple(
            replace(
                cards.escalation(row, now, restricted_ok=seat.restricted_ok),
                record_id=str(row["record_id"] or row["patient_id"] or ""),
                place=str(row["place"] or ""),
                companion=str(row["companion"] or ""),
            )
            for row in rows
        )


def on_call(seat: Seat, now: datetime) -> OnCallCard:
    """Whom to phone now; with an empty roster the leads, and the ambulance rule."""
    with reading(seat.database) as connection:
        return cards.on_call(connection, seat.clinic_id, seat.policy, now)


def contact_flags(seat: Seat, contact_id: int, now: datetime) -> tuple[Escalation, ...]:
    """Escalations raised in one contact, for the call screen's banner, oldest first."""
    with reading(seat.database) as connection:
        rows = table.of_contact(connection, seat.clinic_id, contact_id)
        return tuple(cards.escalation(row, now, restricted_ok=seat.restricted_ok) for row in rows)


def board(seat: Seat, now: datetime, only: BoardFilter | None = None) -> Board:
    """The board as a seat sees it, masked. Brings the queue's stored places up to now first.

    Args:
        seat: any seat.
        now: aware datetime.
        only: what its cards are narrowed to; the strip never is.
    """
    return board_of(seat.database, seat.clinic_id, now, restricted_ok=seat.restricted_ok, only=only)


def board_of(
    database: Database,
    clinic_id: int,
    now: datetime,
    *,
    restricted_ok: bool = False,
    fresh: bool = True,
    only: BoardFilter | None = None,
) -> Board:
    """The board of a clinic without a seat: what the command prints.

    Args:
        database: the record.
        clinic_id: the clinic.
        now: aware datetime.
        restricted_ok: whether intimate procedures are named.
        fresh: bring the queue's stored places up to now first, which writes.
        only: what its cards are narrowed to; the strip never is.
    """
    policy = policies.current(database, clinic_id)
    if fresh:
        keep_up(database, clinic_id, policy, now)
    narrowed = only or table.ALL
    with reading(database) as connection:
        since = to_ms(now - timedelta(hours=RESOLVED_HOURS))
        opened = [
            cards.escalation(row, now, restricted_ok=restricted_ok)
            for row in table.open_cards(connection, clinic_id, OPEN_MOST, narrowed)
        ]
        closed = tuple(
            cards.escalation(row, now, restricted_ok=restricted_ok)
            for row in table.resolved_cards(connection, clinic_id, since, RESOLVED_MOST, narrowed)
        )

        def column(status: EscalationStatus) -> tuple[Escalation, ...]:
            return tuple(card for card in opened if card.status is status)

        strip = board_strip.strip(connection, clinic_id, policy, now)
        return Board(
            at=now,
            new=column(EscalationStatus.NEW),
            acknowledged=column(EscalationStatus.ACKNOWLEDGED),
            contacted=column(EscalationStatus.CONTACTED),
            resolved=closed,
            strip=strip,
            closing=()
            if strip.closure is None
            else closures.safety_calls(
                connection, clinic_id, strip.closure, CLOSING_MOST, restricted_ok=restricted_ok
            ),
        )
