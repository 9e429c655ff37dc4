"""Lines of the queue: what a list shows of an item, masked."""

from __future__ import annotations

from datetime import date, datetime

from console.desk import explain
from console.desk.last_contact import last_contacts
from console.desk.local import clinic_day
from console.desk.order import Entry, judge, opens_at, reach_of, takeable
from console.desk.restricted import shown_procedure
from console.rules import calendar
from console.rules.names import masked
from console.rules.policy import Policy
from db import queue as table
from db.connect import Connection, Row
from db.enums import Tier
from db.instants import day
from db.records import ItemFacts, QueueRow, Reason


def stored_lines(
    connection: Connection,
    clinic_id: int,
    policy: Policy,
    rows: list[Row],
    at: datetime,
    *,
    restricted_ok: bool = False,
    staff_id: int | None = None,
) -> tuple[QueueRow, ...]:
    """Stored rows as lines. Their reasons are worked out again from their facts: they are not stored.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        policy: the policy in force.
        rows: rows with the items' `id`, in order.
        at: aware instant.
        restricted_ok: whether intimate procedures are named.
        staff_id: who reads; her own calls that broke off are marked.
    """
    ids = tuple(int(row["id"]) for row in rows)
    entries = {entry.facts.id: entry for entry in judge(connection, clinic_id, ids, policy, at)}
    ordered = [entries[i] for i in ids]
    return lines(connection, clinic_id, policy, ordered, at, restricted_ok=restricted_ok, staff_id=staff_id)


def lines(
    connection: Connection,
    clinic_id: int,
    policy: Policy,
    entries: list[Entry],
    at: datetime,
    *,
    restricted_ok: bool = False,
    staff_id: int | None = None,
) -> tuple[QueueRow, ...]:
    """Judged items as lines: masked, with what came of the last contact.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        policy: the policy in force.
        entries: items judged at `at`, in order.
        at: aware instant.
        restricted_ok: whether intimate procedures are named.
        staff_id: who reads.
    """
    shown = table.display(connection, clinic_id, tuple(entry.facts.id for entry in entries))
    patients = tuple(sorted({entry.facts.patient_id for entry in entries}))
    last = last_contacts(connection, clinic_id, patients)
    window = calendar.of(policy).window_state(at)
    reach = reach_of(window)
    today = clinic_day(at, policy.clinic.zone)
    made: list[QueueRow] = []
    for position, entry in enumerate(entries, 1):
        row, stands = shown[entry.facts.id], entry.placement
        may = takeable(stands.band, stands.passes_windows, reach)
        performed = day(row["performed_on"])
        made.append(
            QueueRow(
                position=position,
                key=entry.key,
                id=entry.facts.id,
                patient_id=entry.facts.patient_id,
                external_id=row["external_id"],
                patient=masked(str(row["patient_name"])),
                procedure=shown_procedure(row["procedure"], restricted_ok=restricted_ok) or "",
                day=None if performed is None else (today - performed).days,
                milestone=explain.name_of(entry),
                team=entry.facts.team,
                language=entry.facts.language,
                tier=stands.tier,
                deadline_at=stands.deadline_at,
                attempts=entry.facts.attempts,
                reason=stands.reasons[0] if stands.reasons else Reason("in_order"),
                last=last[entry.facts.patient_id],
                takeable=may,
                opens_at=None if may else opens_at(stands.band, stands.passes_windows, policy, window, at),
                due=may and is_due(entry.facts, stands.tier, at, today),
                promise_at=None if stands.tier is Tier.RED_FLAG else entry.facts.promise_at,
                mine=entry.facts.cut_off and staff_id is not None and entry.facts.owner_staff_id == staff_id,
            )
        )
    return tuple(made)


def is_due(facts: ItemFacts, tier: Tier, at: datetime, today: date) -> bool:
    """Whether an item's set time has come (S1-SCHED-34), rather than only its earliest one.

    Args:
        facts: the item's.
        tier: where it stands; a red flag and a running clock are always due.
        at: aware instant.
        today: the clinic's day at that instant.
    """
    if tier in (Tier.RED_FLAG, Tier.CLOCK):
        return True
    if facts.promise_at is not None:
        return at >= facts.promise_at
    if facts.due_at is not None and facts.escalation_id is None:
        return at >= facts.due_at
    return facts.due_on is None or today >= facts.due_on
