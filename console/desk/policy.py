"""The clinic's policy: the one in force, checking another, putting it in force."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from threading import Lock
from typing import Final
from zoneinfo import ZoneInfo

from console.clean import clean
from console.desk.noting import note
from console.desk.placing import keep_up
from console.desk.seat import Seat
from console.rules import calendar as calendars
from console.rules import public_days
from console.rules.policy import Policy, PolicyInvalid, default_text, parse_text
from console.rules.public_days import PublicDays
from console.rules.reader import Problem
from db import audit, policy_reads, staff
from db import policy as table
from db.connect import Connection, Database, reading, unit_of_work
from db.enums import Role
from db.errors import NotAllowed
from db.policy import PolicyLine as PolicyLine
from db.policy import PolicyRow

ROSTER_DAYS: Final = 14
"""Days ahead for which a gap of the on-call roster is reported."""

HISTORY_MOST: Final = 100
"""Versions a list shows."""

_KEPT: Final = 32
_parsed: dict[tuple[str, int, str | None], Policy] = {}
_lock = Lock()


@dataclass(frozen=True)
class Applied:
    """What applying a policy did: its version, whether it differs from the last one, the first roster gap."""

    version: int
    changed: bool
    gap: date | None


def current(database: Database, clinic_id: int) -> Policy:
    """The policy in force; the default one while a clinic has none."""
    with reading(database) as connection:
        return in_force(connection, clinic_id)


def in_force(connection: Connection, clinic_id: int) -> Policy:
    """`current` on an open connection."""
    row = table.newest(connection, clinic_id)
    return parse_text(default_text()) if row is None else _policy(row)


def of_version(seat: Seat, number: int) -> Policy | None:
    """A stored version as it was read when it was in force, for a lead; None when there is none of that number."""
    row = _version(seat, number)
    return None if row is None else _policy(row)


def document_of(seat: Seat, number: int) -> str:
    """The TOML of a stored version, for a lead; empty when there is none of that number."""
    row = _version(seat, number)
    return "" if row is None else row.document


def _version(seat: Seat, number: int) -> PolicyRow | None:
    # The roster has the telephone numbers of people.
    seat.require(Role.LEAD)
    with reading(seat.database) as connection:
        return table.version(connection, seat.clinic_id, number)


def history(seat: Seat) -> tuple[PolicyLine, ...]:
    """The newest versions, newest first, for a lead: number, author, from when it held."""
    seat.require(Role.LEAD)
    with reading(seat.database) as connection:
        return tuple(table.lines(connection, seat.clinic_id, HISTORY_MOST))


def _policy(row: PolicyRow) -> Policy:
    # Parsing takes longer than many a claim; a stored version never changes.
    key = (row.sha256, row.number, row.public_days)
    with _lock:
        known = _parsed.get(key)
        if known is None:
            if len(_parsed) >= _KEPT:
                _parsed.clear()
            kept = None if row.public_days is None else public_days.from_text(row.public_days)
            known = _parsed[key] = with_days(parse_text(row.document, row.number), kept)
    return known


# --- public holidays a version keeps ---


def with_days(policy: Policy, kept: PublicDays | None) -> Policy:
    """A policy that counts these public holidays."""
    if kept is None or policy.calendar.holidays != public_days.LIBRARY:
        return policy
    return replace(policy, calendar=replace(policy.calendar, public=kept))


def days_for(policy: Policy, before: PublicDays | None, now: datetime) -> PublicDays | None:
    """The public holidays a version that is made now keeps.

    A console with an older library takes over what the clinic knows already.

    Args:
        policy: whose source counts.
        before: what the version in force keeps; None when nothing.
        now: aware instant.
    """
    found = public_days.of_library(policy.calendar.holidays, now.year)
    if found is not None and before is not None and before.last >= found.last:
        return before
    return found


def store(
    connection: Connection,
    clinic_id: int,
    text: str,
    author: int | None,
    now: datetime,
    before: PublicDays | None = None,
) -> int:
    """Add a version with the public holidays known now; returns its number.

    Args:
        connection: an open unit of work.
        clinic_id: the clinic.
        text: a TOML document without a mistake.
        author: staff id; None for the first version and for the console's own.
        now: aware instant from which it holds.
        before: public holidays the version in force keeps.
    """
    days = days_for(parse_text(text), before, now)
    return table.add(connection, clinic_id, text, author, now, None if days is None else days.text())


def learn(database: Database, clinic_id: int, policy: Policy, now: datetime) -> Policy:
    """Put the same document in force again when this console knows public holidays the clinic does not.

    The new version makes every open item of an older one stale, so all are placed anew by the days that have
    come to be known. Cheap when there is nothing new.

    Args:
        database: the record.
        clinic_id: the clinic.
        policy: the one in force.
        now: aware instant.

    Returns:
        The policy in force from now on.
    """
    if policy.version == 0 or not _behind(policy):
        return policy
    with unit_of_work(database) as connection:
        table.lock(connection, clinic_id)
        row = table.newest(connection, clinic_id)
        if row is None or not _behind(_policy(row)):
            return in_force(connection, clinic_id)
        version = store(connection, clinic_id, row.document, None, now, before=_policy(row).calendar.public)
        audit.append(
            connection,
            clinic_id=clinic_id,
            at=now,
            staff_id=None,
            seat_id=None,
            action="policy.holidays",
            subject_kind="policy_version",
            subject_id=version,
            values={"known_until": public_days.last_year(policy.calendar.holidays)},
        )
        return in_force(connection, clinic_id)


def known_until(policy: Policy) -> int | None:
    """The last year whose public holidays a policy knows; None for a policy without public holidays."""
    return calendars.of(policy).known_until()


def _behind(policy: Policy) -> bool:
    known = public_days.last_year(policy.calendar.holidays)
    kept = policy.calendar.public
    return known is not None and (kept is None or kept.last < known)


def stale(database: Database, clinic_id: int) -> int:
    """How many open items still stand where an older policy placed them, capped at 1000."""
    with reading(database) as connection:
        return policy_reads.stale_count(connection, clinic_id, table.newest_number(connection, clinic_id))


def place_some(seat: Seat, now: datetime) -> int:
    """Place a chunk of open items anew that an older policy placed, 200 at most; returns how many.

    What the clock alone changed is brought up with them.
    """
    return keep_up(seat.database, seat.clinic_id, current(seat.database, seat.clinic_id), now)


# --- documents ---


def document(database: Database, clinic_id: int) -> str:
    """The TOML of the policy in force."""
    with reading(database) as connection:
        row = table.newest(connection, clinic_id)
    return default_text() if row is None else row.document


def check(text: str) -> tuple[Problem, ...]:
    """Everything wrong with a policy document; empty when it can be applied."""
    try:
        parse_text(text)
    except PolicyInvalid as error:
        return error.problems
    return ()


def gap(policy: Policy, now: datetime, days: int = ROSTER_DAYS) -> date | None:
    """The first clinic day from now on that has an hour without anybody on call; None when there is none.

    Args:
        policy: whose roster.
        now: aware instant.
        days: how many days to look at.
    """
    return policy.on_call_gap(now.astimezone(ZoneInfo(policy.clinic.zone)).date(), days)


def apply_with_pin(seat: Seat, pin: str, text: str, now: datetime) -> Applied:
    """`apply` for somebody at an open console, who shows by her PIN that it is she.

    Raises:
        NotAllowed: the seat is not a lead's, or a wrong PIN (`wrong_pin`).
        PolicyInvalid: with everything wrong with the document.
    """
    from console.desk.staff import check_pin

    seat.require(Role.LEAD)
    if not check_pin(seat, pin, now):
        raise NotAllowed("wrong_pin")
    return apply(seat, text, now)


def apply(seat: Seat, text: str, now: datetime) -> Applied:
    """Put a policy in force, as a new version.

    Args:
        seat: a lead's.
        text: TOML.
        now: aware instant from which it holds.

    Returns:
        What changed; a document equal to the one in force makes no version.

    Raises:
        NotAllowed: the seat is not a lead's.
        PolicyInvalid: with everything wrong with the document.
    """
    seat.require(Role.LEAD)
    text = clean(text, multiline=True)
    policy = parse_text(text)
    with unit_of_work(seat.database) as connection:
        table.lock(connection, seat.clinic_id)
        before = table.newest(connection, seat.clinic_id)
        if before is not None and before.sha256 == table.digest(text):
            return Applied(before.number, False, gap(policy, now))
        kept = None if before is None else _policy(before).calendar.public
        version = store(connection, seat.clinic_id, text, seat.staff_id, now, before=kept)
        staff.set_clinic_zone(connection, seat.clinic_id, policy.clinic.zone)
        note(connection, seat, now, "policy.apply", "policy_version", version, {"document": text})
    return Applied(version, True, gap(policy, now))


def first_document(zone: str, replace: Mapping[str, str] | None = None) -> str:
    """The default document for a clinic in another zone.

    Args:
        zone: IANA name.
        replace: further literal replacements, for a sample clinic's roster.

    Returns:
        TOML.

    Raises:
        NotAllowed: there is no such zone.
    """
    text = re.sub(r'(zone = )"[^"]*"', lambda match: f'{match[1]}"{zone}"', default_text(), count=1)
    for old, new in (replace or {}).items():
        text = text.replace(old, new)
    try:
        parse_text(text)
    except PolicyInvalid:
        raise NotAllowed("zone_unknown", zone=zone) from None
    return text
