"""The strip above the board's cards: what waits, who holds what, what nobody may forget, and whether it can be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from console.desk import closures
from console.desk.watching import is_watched
from console.rules import forecast as rules
from console.rules import names
from console.rules.policy import Policy
from db import board as table
from db import escalations, policy_reads
from db.connect import Connection, Row
from db.enums import ItemState, LeaseStage
from db.instants import from_ms, to_ms
from db.records import BoardStrip, Forecast, HeldLine

MEASURED_DAYS: Final = 7
"""Days of which the clinic's own handling time is the mean (a proposal for the lead to judge)."""
MEASURED_MOST: Final = 100
"""Conversations of which it is the mean at most, the newest ones."""


def strip(connection: Connection, clinic_id: int, policy: Policy, now: datetime) -> BoardStrip:
    """What the strip says at an instant.

    Args:
        connection: inside a read.
        clinic_id: the clinic.
        policy: the one in force.
        now: aware instant.
    """
    now_ms = to_ms(now)
    leases = table.held(connection, clinic_id)
    live, cut = hands(leases, now)
    ticked = escalations.last_tick(connection, clinic_id)
    age = None if ticked is None else max(0, (now_ms - ticked) // 1000)
    rest = rules.rest_of_day(policy, now)
    waiting = table.waiting(connection, clinic_id, None if rest is None else to_ms(rest.until))
    cases = table.open_cases(connection, clinic_id, now_ms)
    return BoardStrip(
        queue=waiting.counts,
        held=live,
        cut_off=cut,
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
        skipped=table.skipped_count(connection, clinic_id, policy.queue.skips_to_lead),
        unplanned=table.unplanned_count(connection, clinic_id),
        opened={kind: count for kind, (count, _late) in cases.items()},
        late=sum(late for _count, late in cases.values()),
        forecast=None
        if rest is None
        else _forecast(
            connection, clinic_id, policy, rest, waiting, {int(row["group_id"]) for row in leases}, now
        ),
    )


def _forecast(
    connection: Connection,
    clinic_id: int,
    policy: Policy,
    rest: rules.Rest,
    waiting: table.Waiting,
    on_the_line: set[int],
    now: datetime,
) -> Forecast:
    due = table.due_people(
        connection,
        clinic_id,
        waiting,
        to_ms(now),
        to_ms(rest.until),
        passing=rest.passing,
        on_the_line=on_the_line,
    )
    since = to_ms(now - timedelta(days=MEASURED_DAYS))
    return rules.forecast(
        policy,
        rest,
        due,
        table.callers_here(connection, clinic_id),
        table.handling_s(connection, clinic_id, since, MEASURED_MOST),
    )


def hands(rows: Sequence[Row], now: datetime) -> tuple[tuple[HeldLine, ...], tuple[HeldLine, ...]]:
    """Who holds whom at an instant, and which calls were cut off, the longest first, patients masked.

    Args:
        rows: from `db.board.held`.
        now: aware instant.
    """
    now_ms = to_ms(now)
    cut = [row for row in rows if row["stage"] == LeaseStage.CUT_OFF or _begun_and_over(row, now_ms)]
    live = [row for row in rows if row not in cut and row["expires_at"] > now_ms]
    return tuple(_held(row) for row in live), tuple(_held(row) for row in cut)


def _begun_and_over(row: Row, now_ms: int) -> bool:
    return row["stage"] != LeaseStage.PREVIEW and row["expires_at"] <= now_ms


def _held(row: Row) -> HeldLine:
    return HeldLine(
        staff=str(row["staff_name"]),
        staff_id=int(row["staff_id"]),
        patient_id=row["patient_id"],
        since=from_ms(row["acquired_at"]),
        stage=LeaseStage(row["stage"]),
        patient="" if row["patient_name"] is None else names.masked(str(row["patient_name"])),
    )
