"""Once a minute: what the clock alone changes. Any console does it, and many at once do it safely."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from console.desk import callouts, reporting, rounds, run_out, service_rounds, unreached, yearly
from console.desk import policy as policies
from console.desk.local import clinic_day
from console.desk.placing import drain
from console.desk.seat import Seat
from console.rules import retry
from console.rules.policy import Policy
from db import audit, calls, claims, staff, standing
from db import callouts as pages
from db import drain as cache
from db import escalations as table
from db import queue as reads
from db.connect import Database, reading, unit_of_work
from db.enums import EscalationStatus, ItemState, Role
from db.instants import from_ms, to_ms
from db.records import ItemFacts

STALE_MOST: Final = 2_000
"""Items of an older policy that one tick places anew: a second or two, for a seat's saves wait meanwhile."""

NOBODY: Final = 0
"""Staff id of the clock's seat in a clinic without a lead."""

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
        called_out: people called out for emergencies nobody has taken up.
        reports: reports to an authority whose time ran out.
    """

    placed: int
    unreached: int
    breached: int
    sealed: int
    planned: int = 0
    called_out: int = 0
    reports: int = 0


@dataclass(frozen=True, slots=True)
class Clocked:
    """What the clocks alone did: those that ran out, people called out, reports that are late."""

    breached: int
    called_out: int
    reports: int


def tick(database: Database, clinic_id: int, now: datetime) -> Ticked:
    """Keep the clinic's clocks moving.

    Raises what is due for first-day calls nobody answered, brings the stored order up to `now` (lapsed items
    and leases that ran out among it), marks run-out clocks of escalations, raises their level and says who is
    called out next, seals the audit trail, once a day plans what comes every year and makes the rounds, and notes
    that somebody is watching.

    Args:
        database: the record.
        clinic_id: the clinic.
        now: aware instant, by the database's clock.

    Returns:
        What was done; all zero when another console had just done it.
    """
    policy = policies.learn(database, clinic_id, policies.current(database, clinic_id), now)
    clock = _clock_seat(database, clinic_id, policy)
    # Before the order is brought up: a call that lapses at this minute still owes its escalation.
    raised = 0 if clock.staff_id == NOBODY else _unreached(database, clock, now)
    placed = drain(database, clinic_id, policy, now, stale_most=STALE_MOST)
    done = _clocks(database, clock, now)
    sealed = audit.seal(database, clinic_id, now)
    planned, last_day = 0, _last_day(database, clinic_id, policy)
    if last_day != clinic_day(now, policy.clinic.zone):
        planned = yearly.extend(database, clinic_id, policy, now)
        planned += rounds.go(database, clinic_id, policy, now, last_day)
        planned += service_rounds.go(database, clock, now)
    with unit_of_work(database) as connection:
        reads.note_tick(connection, clinic_id, to_ms(now))
    return Ticked(placed, raised, done.breached, sealed, planned, done.called_out, done.reports)


def _last_day(database: Database, clinic_id: int, policy: Policy) -> date | None:
    """The clinic day of the newest tick; None before the first."""
    with reading(database) as connection:
        last = table.last_tick(connection, clinic_id)
    return None if last is None else clinic_day(from_ms(last), policy.clinic.zone)


def _clock_seat(database: Database, clinic_id: int, policy: Policy) -> Seat:
    """The seat in whose name the clock acts: the lead's who is on duty, else any; nobody's without a lead.

    An escalation has to name who raised it, and what nobody reached is the lead's to answer for; clocks run out
    without anybody.
    """
    with reading(database) as connection:
        lead = reads.acting_lead(connection, clinic_id)
        clinic = staff.clinic(connection, clinic_id)
    return Seat(
        database=database,
        clinic_id=clinic_id,
        staff_id=NOBODY if lead is None else int(lead["staff_id"]),
        # Nothing until she first sits down; audit rows allow that.
        seat_id=None if lead is None else lead["seat_id"],  # pyright: ignore[reportArgumentType]
        name="" if lead is None else str(lead["name"]),
        login="" if lead is None else str(lead["login"]),
        role=Role.LEAD,
        roles=(Role.LEAD,),
        languages=(),
        lanes=(),
        zone=policy.clinic.zone,
        demo=clinic is not None and clinic.is_demo,
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
        if facts.state is ItemState.LAPSED and any(
            talk["started_at"] >= to_ms(facts.earliest_at) and talk["outcome"] in standing.SPOKEN
            for talk in calls.history(connection, clinic_id, facts.patient_id)
        ):
            return False
        if any(
            row["flag"] == wanted.reason.code and row["treatment_id"] == facts.treatment_id
            for row in table.of_patient(connection, clinic_id, facts.patient_id)
            if row["raised_at"] >= to_ms(facts.earliest_at)
        ):
            return False
        return unreached.raise_for(connection, clock, facts, wanted, now) is not None


def clocks(database: Database, clinic_id: int, now: datetime) -> Clocked:
    """The part of a tick that cannot wait for the next minute: run-out clocks, call-outs, reports that are due.

    Reads four indexes and writes nothing while nothing is due, so it may be asked every second.

    Args:
        database: the record.
        clinic_id: the clinic.
        now: aware instant, by the database's clock.
    """
    policy = policies.current(database, clinic_id)
    seat = _clock_seat(database, clinic_id, policy)
    return _clocks(database, seat, now)


def _clocks(database: Database, seat: Seat, now: datetime) -> Clocked:
    late = _breaches(database, seat, now)
    run_out.alert_refunds(database, seat.clinic_id, now)
    called = callouts.step(database, seat.clinic_id, seat.policy, now, demo=seat.demo)
    return Clocked(late, called, reporting.overdue(database, seat.clinic_id, now))


def _breaches(database: Database, seat: Seat, now: datetime) -> int:
    """Mark every clock that has run out, once each, and raise the level where the policy says so."""
    with reading(database) as connection:
        ids = pages.run_out(connection, seat.clinic_id, to_ms(now))
    marked = 0
    for escalation_id in ids:
        with unit_of_work(database) as connection:
            row = table.lock(connection, seat.clinic_id, escalation_id)
            if row is not None and row["status"] != EscalationStatus.RESOLVED:
                marked += run_out.mark(connection, seat, row, now)[1]
    return marked
