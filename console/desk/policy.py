"""The clinic's policy: the one in force, checking another, putting it in force."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Final
from zoneinfo import ZoneInfo

from console.clean import clean
from console.desk.seat import Seat
from console.rules.policy import Policy, PolicyInvalid, default_text, parse_text
from console.rules.reader import Problem
from db import audit, staff
from db import policy as table
from db.connect import Connection, Database, reading, unit_of_work
from db.enums import Role
from db.errors import NotAllowed

ROSTER_DAYS: Final = 14
"""Days ahead for which a gap of the on-call roster is reported."""

_KEPT: Final = 32
_parsed: dict[tuple[str, int], Policy] = {}
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
    if row is None:
        return parse_text(default_text())
    # Parsing takes longer than many a claim; a stored version never changes.
    with _lock:
        known = _parsed.get((row.sha256, row.number))
        if known is None:
            if len(_parsed) >= _KEPT:
                _parsed.clear()
            known = _parsed[row.sha256, row.number] = parse_text(row.document, row.number)
    return known


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
        before = table.newest(connection, seat.clinic_id)
        if before is not None and before.sha256 == table.digest(text):
            return Applied(before.number, False, gap(policy, now))
        version = table.add(connection, seat.clinic_id, text, seat.staff_id, now)
        staff.set_clinic_zone(connection, seat.clinic_id, policy.clinic.zone)
        audit.append(
            connection,
            clinic_id=seat.clinic_id,
            at=now,
            staff_id=seat.staff_id,
            seat_id=seat.seat_id,
            action="policy.apply",
            subject_kind="policy_version",
            subject_id=version,
            values={"document": text},
        )
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
