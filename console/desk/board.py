"""The escalation board and the alarms every seat shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from console.desk import cards, closures
from console.desk import policy as policies
from console.desk.placing import keep_up
from console.desk.restricted import shown_procedure
from console.desk.seat import Seat
from console.desk.watching import is_watched
from console.rules import names
from console.rules.policy import Policy
from db import claims, policy_reads
from db import escalations as table
from db.connect import Connection, Database, Row, reading
from db.enums import EscalationStatus, ItemState, LeaseStage
from db.instants import day as as_day
from db.instants import from_ms, maybe_at, to_ms
from db.records import Board, BoardItem, BoardStrip, Escalation, HeldLine, OnCallCard, RefusedLine

OPEN_MOST: Final = 500
RESOLVED_HOURS: Final = 24
"""How long a resolved escalation stays on the board."""
RESOLVED_MOST: Final = 50
LIST_MOST: Final = 50
CLOSING_MOST: Final = 200


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
        return tuple(cards.escalation(row, now, restricted_ok=seat.restricted_ok) for row in rows)


def on_call(seat: Seat, now: datetime) -> OnCallCard:
    """Whom to phone now; with an empty roster the leads, and the ambulance rule."""
    with reading(seat.database) as connection:
        return cards.on_call(connection, seat.clinic_id, seat.policy, now)


def contact_flags(seat: Seat, contact_id: int, now: datetime) -> tuple[Escalation, ...]:
    """Escalations raised in one contact, for the call screen's banner, oldest first."""
    with reading(seat.database) as connection:
        rows = table.of_contact(connection, seat.clinic_id, contact_id)
        return tuple(cards.escalation(row, now, restricted_ok=seat.restricted_ok) for row in rows)


def board(seat: Seat, now: datetime) -> Board:
    """The board as a seat sees it, masked. Brings the queue's stored places up to now first.

    Args:
        seat: any seat.
        now: aware datetime.
    """
    return board_of(seat.database, seat.clinic_id, now, restricted_ok=seat.restricted_ok)


def board_of(
    database: Database, clinic_id: int, now: datetime, *, restricted_ok: bool = False, fresh: bool = True
) -> Board:
    """The board of a clinic without a seat: what the command prints.

    Args:
        database: the record.
        clinic_id: the clinic.
        now: aware datetime.
        restricted_ok: whether intimate procedures are named.
        fresh: bring the queue's stored places up to now first, which writes.
    """
    policy = policies.current(database, clinic_id)
    if fresh:
        keep_up(database, clinic_id, policy, now)
    with reading(database) as connection:
        since = to_ms(now - timedelta(hours=RESOLVED_HOURS))
        opened = [
            cards.escalation(row, now, restricted_ok=restricted_ok)
            for row in table.open_cards(connection, clinic_id, OPEN_MOST)
        ]
        closed = tuple(
            cards.escalation(row, now, restricted_ok=restricted_ok)
            for row in table.resolved_cards(connection, clinic_id, since, RESOLVED_MOST)
        )

        def column(status: EscalationStatus) -> tuple[Escalation, ...]:
            return tuple(card for card in opened if card.status is status)

        strip = _strip(connection, clinic_id, policy, now)
        return Board(
            at=now,
            new=column(EscalationStatus.NEW),
            acknowledged=column(EscalationStatus.ACKNOWLEDGED),
            contacted=column(EscalationStatus.CONTACTED),
            resolved=closed,
            strip=strip,
            lapsed=_items(connection, clinic_id, ItemState.LAPSED, restricted_ok=restricted_ok),
            unreachable=_items(connection, clinic_id, ItemState.UNREACHABLE, restricted_ok=restricted_ok),
            refused=tuple(
                RefusedLine(
                    id=int(row["id"]),
                    row_number=int(row["row_number"]),
                    code=str(row["code"]),
                    column=row["col"],
                    operated_on=as_day(row["operated_on"]),
                )
                for row in table.refused_rows(connection, clinic_id, LIST_MOST)
            ),
            closing=()
            if strip.closure is None
            else closures.safety_calls(
                connection, clinic_id, strip.closure, CLOSING_MOST, restricted_ok=restricted_ok
            ),
        )


def _items(
    connection: Connection, clinic_id: int, state: ItemState, *, restricted_ok: bool
) -> tuple[BoardItem, ...]:
    return tuple(
        BoardItem(
            item_id=int(row["id"]),
            patient_id=int(row["patient_id"]),
            patient=names.masked(str(row["patient_name"])),
            procedure=shown_procedure(row["procedure"], restricted_ok=restricted_ok),
            milestone=str(row["milestone"]),
            since=maybe_at(row["closed_at"] or row["deadline_at"]),
            reason=row["close_reason"],
        )
        for row in table.items_in_state(connection, clinic_id, state, LIST_MOST)
    )


def _held(row: Row) -> HeldLine:
    return HeldLine(
        staff=str(row["staff_name"]),
        staff_id=int(row["staff_id"]),
        patient_id=row["patient_id"],
        since=from_ms(row["acquired_at"]),
        stage=LeaseStage(row["stage"]),
    )


def _strip(connection: Connection, clinic_id: int, policy: Policy, now: datetime) -> BoardStrip:
    leases = claims.all_held(connection, clinic_id)
    now_ms = to_ms(now)
    cut = [row for row in leases if row["stage"] == LeaseStage.CUT_OFF or _begun_and_over(row, now_ms)]
    live = [row for row in leases if row not in cut and row["expires_at"] > now_ms]
    ticked = table.last_tick(connection, clinic_id)
    age = None if ticked is None else max(0, (now_ms - ticked) // 1000)
    return BoardStrip(
        queue=table.queue_counts(connection, clinic_id),
        held=tuple(_held(row) for row in live),
        cut_off=tuple(_held(row) for row in cut),
        lapsed=table.state_count(connection, clinic_id, ItemState.LAPSED),
        unreachable=table.state_count(connection, clinic_id, ItemState.UNREACHABLE),
        for_lead=table.lead_count(connection, clinic_id),
        before_start=table.state_count(connection, clinic_id, ItemState.BEFORE_START),
        refused=table.refused_count(connection, clinic_id),
        late_drafts=table.late_draft_count(connection, clinic_id),
        tick_age_s=age,
        watched=is_watched(age),
        roster_empty=not policy.on_call_at(now),
        closure=closures.near(connection, clinic_id, policy, now),
        unknown_year=closures.unknown_year(policy, now),
        placing=policy_reads.stale_count(connection, clinic_id, policy.version),
    )


def _begun_and_over(row: Row, now_ms: int) -> bool:
    return row["stage"] != LeaseStage.PREVIEW and row["expires_at"] <= now_ms
