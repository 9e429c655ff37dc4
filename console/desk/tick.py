"""Once a minute: what the clock alone changes. Any console does it, and many at once do it safely."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from console.desk import contact_items, rounds, unreached, yearly
from console.desk import policy as policies
from console.desk.local import clinic_day
from console.desk.placing import drain
from console.desk.seat import Seat
from console.rules import retry, sla
from console.rules.policy import Policy
from db import audit, calls, claims
from db import drain as cache
from db import escalations as table
from db import queue as reads
from db.connect import Connection, Database, Row, reading, unit_of_work
from db.enums import EscalationKind, EscalationStatus, ItemState, Level, Role
from db.instants import from_ms, to_ms
from db.records import Clocks, ItemFacts

BREACHED: Final = "breached"
"""Kind of the event a run-out clock leaves; its note names the clock: ack, contact or resolve."""

_MARGIN: Final = timedelta(minutes=45)
_DARK: Final = timedelta(days=3)
"""How long after its day a D0 or D1 call that lapsed while no console ran still becomes a case."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did.

    Args:
        placed: items placed anew, lapsed ones and ended leases among them.
        unreached: escalations raised for first-day calls nobody answered.
        breached: clocks of escalations that ran out.
        sealed: audit rows sealed.
        planned: repeated contacts and the clock's rounds, at the first tick of a clinic day.
    """

    placed: int
    unreached: int
    breached: int
    sealed: int
    planned: int = 0


def tick(database: Database, clinic_id: int, now: datetime) -> Ticked:
    """Keep the clinic's clocks moving.

    Raises what is due for first-day calls nobody answered, brings the stored order up to `now` (lapsed items
    and leases that ran out among it), marks run-out clocks of escalations and raises their level, seals the
    audit trail, once a day plans what comes every year and makes the rounds, and notes that somebody is watching.

    Args:
        database: the record.
        clinic_id: the clinic.
        now: aware instant, by the database's clock.

    Returns:
        What was done; all zero when another console had just done it.
    """
    policy = policies.current(database, clinic_id)
    clock = _clock_seat(database, clinic_id, policy)
    # Before the order is brought up: a call that lapses at this minute still owes its escalation.
    raised = 0 if clock is None else _unreached(database, clock, now)
    placed = drain(database, clinic_id, policy, now)
    breached = 0 if clock is None else _breaches(database, clock, now)
    sealed = audit.seal(database, clinic_id, now)
    planned, last_day = 0, _last_day(database, clinic_id, policy)
    if last_day != clinic_day(now, policy.clinic.zone):
        planned = yearly.extend(database, clinic_id, policy, now)
        planned += rounds.go(database, clinic_id, policy, now, last_day)
    with unit_of_work(database) as connection:
        reads.note_tick(connection, clinic_id, to_ms(now))
    return Ticked(placed, raised, breached, sealed, planned)


def _last_day(database: Database, clinic_id: int, policy: Policy) -> date | None:
    """The clinic day of the newest tick; None before the first."""
    with reading(database) as connection:
        last = table.last_tick(connection, clinic_id)
    return None if last is None else clinic_day(from_ms(last), policy.clinic.zone)


def _clock_seat(database: Database, clinic_id: int, policy: Policy) -> Seat | None:
    """The seat in whose name the clock acts: the lead's who is on duty, else any; None without a lead.

    An escalation has to name who raised it, and what nobody reached is the lead's to answer for.
    """
    with reading(database) as connection:
        lead = reads.acting_lead(connection, clinic_id)
    if lead is None:
        return None
    return Seat(
        database=database,
        clinic_id=clinic_id,
        staff_id=int(lead["staff_id"]),
        # Nothing until she first sits down; audit rows allow that.
        seat_id=lead["seat_id"],
        name=str(lead["name"]),
        login=str(lead["login"]),
        role=Role.LEAD,
        roles=(Role.LEAD,),
        languages=(),
        lanes=(),
        zone=policy.clinic.zone,
        demo=False,
        restricted_ok=False,
        policy=policy,
    )


def _unreached(database: Database, clock: Seat, now: datetime) -> int:
    """Escalations for D0 and D1 calls that nobody has answered by the policy's minute of their day.

    A console that opens brings the order up before its first tick, so those that lapsed meanwhile count too.
    """
    policy, clinic_id = clock.policy, clock.clinic_id
    # Every D0 and D1 call changes at the latest at the end of its day.
    evening = timedelta(minutes=policy.calendar.safety_hours.end - policy.retry.d0_case_at)
    soon = max(evening, timedelta()) + _MARGIN
    with reading(database) as connection:
        ids = cache.first_day_items(connection, clinic_id, to_ms(now + soon))
        ids += cache.lapsed_first_days(connection, clinic_id, to_ms(now - _DARK))
        wanted = [
            facts
            for facts in cache.facts(connection, clinic_id, ids, to_ms(now))
            if retry.unreached(_as_open(facts), policy, now) is not None
        ]
    return sum(_raise_once(database, clock, facts, now) for facts in wanted)


def _as_open(facts: ItemFacts) -> ItemFacts:
    """A lapsed call as it stood when nobody had answered it."""
    return replace(facts, state=ItemState.WAITING) if facts.state is ItemState.LAPSED else facts


def _raise_once(database: Database, clock: Seat, seen: ItemFacts, now: datetime) -> bool:
    clinic_id = clock.clinic_id
    with unit_of_work(database) as connection:
        claims.lock(connection, clinic_id, seen.group_id)
        (facts,) = cache.facts(connection, clinic_id, (seen.id,), to_ms(now))
        wanted = retry.unreached(_as_open(facts), clock.policy, now)
        if wanted is None:
            return False
        talks = calls.history(connection, clinic_id, facts.patient_id, limit=1)
        if facts.state is ItemState.LAPSED and talks and talks[0]["started_at"] >= to_ms(facts.earliest_at):
            return False
        if any(
            row["flag"] == wanted.reason.code and row["treatment_id"] == facts.treatment_id
            for row in table.of_patient(connection, clinic_id, facts.patient_id)
            if row["raised_at"] >= to_ms(facts.earliest_at)
        ):
            return False
        return unreached.raise_for(connection, clock, facts, wanted, now) is not None


def _breaches(database: Database, clock: Seat, now: datetime) -> int:
    """Mark every clock that has run out, once each, and raise the level where the policy says so."""
    with reading(database) as connection:
        ids = reads.run_out_escalations(connection, clock.clinic_id, to_ms(now))
    marked = 0
    for escalation_id in ids:
        with unit_of_work(database) as connection:
            row = table.lock(connection, clock.clinic_id, escalation_id)
            if row is not None and row["status"] != EscalationStatus.RESOLVED:
                marked += _mark(connection, clock, row, now)
    return marked


def _mark(connection: Connection, clock: Seat, row: Row, now: datetime) -> int:
    clinic_id, escalation_id = clock.clinic_id, int(row["id"])
    marked = {
        str(event["note"])
        for event in table.events(connection, clinic_id, escalation_id)
        if event["kind"] == BREACHED
    }
    count = 0
    while True:
        clocks = Clocks(
            raised_at=from_ms(row["raised_at"]),
            ack_by=from_ms(row["ack_by"]),
            contact_by=from_ms(row["contact_by"]),
            resolve_by=from_ms(row["resolve_by"]),
        )
        # A clock that is already marked counts as met, so that the next one is looked at.
        step = sla.at_limit(
            Level(row["level"] or Level.URGENT),
            EscalationStatus(row["status"]),
            clocks,
            now,
            clock.policy,
            acknowledged=row["acknowledged_at"] is not None or "ack" in marked,
            contacted=row["contacted_at"] is not None or "contact" in marked,
        )
        if step is None or step.clock.what in marked:
            return count
        higher = step.level if row["kind"] == EscalationKind.CLINICAL else None
        before, after = row["level"], higher or row["level"]
        if higher is not None:
            row = _raised(connection, clock, row, higher, now)
        table.add_event(
            connection,
            clinic_id=clinic_id,
            escalation_id=escalation_id,
            kind=BREACHED,
            staff_id=None,
            at_ms=to_ms(now),
            note=step.clock.what,
            before=before,
            after=after,
        )
        audit.append(
            connection,
            clinic_id=clinic_id,
            at=now,
            staff_id=None,
            seat_id=None,
            action="escalation.breached",
            subject_kind="escalation",
            subject_id=escalation_id,
            values={"clock": step.clock.what},
        )
        marked.add(step.clock.what)
        count += 1


def _raised(connection: Connection, clock: Seat, row: Row, level: Level, now: datetime) -> Row:
    """The escalation at a higher level: its clocks start anew and only get shorter."""
    fresh = sla.clinical(level, now, clock.policy)
    values: dict[str, object] = {
        "level": level,
        "ack_by": min(row["ack_by"], to_ms(fresh.ack_by)),
        "contact_by": min(row["contact_by"], to_ms(fresh.contact_by)),
        "resolve_by": min(row["resolve_by"], to_ms(fresh.resolve_by)),
    }
    after = {**row, **values}
    values["next_clock_at"] = table.next_clock(after)
    table.change(connection, clock.clinic_id, int(row["id"]), values)
    contact_items.for_escalation(connection, clock, int(row["id"]), now)
    return {**after, **values}
