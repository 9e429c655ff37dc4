"""The clinic a simulation works in: made by itself, of people nobody could take for anybody."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from console.desk import founding
from console.desk import policy as policies
from console.desk.placing import drain
from console.rules import calendar
from console.rules.policy import Policy
from db import pins, schema
from db import staff as table
from db.connect import Connection, Database, reading, unit_of_work
from db.enums import Language, Role
from db.errors import DatabaseMissing, NotAllowed
from db.instants import from_ms, to_ms
from db.staff import ClinicRow

NAME: Final = "AfterCall simulation"
"""The clinic's name, by which a later simulation knows its own."""
ZONE: Final = "Asia/Shanghai"
FIRST_DAY: Final = date(2026, 6, 15)
"""The made-up first day: an ordinary Monday in summer. A further simulation takes the next open day."""
FIRST_NUMBER: Final = 8610000000000
"""Telephone numbers start here; no telephone has one (no Chinese mobile number begins with 100)."""
SHARES: Final = 8
TWO: Final = 10
"""Of so many patients one shares her relative's telephone; of so many calls one is a second one of a patient."""
_CHUNK: Final = 2000


@dataclass(frozen=True, slots=True)
class Workplace:
    """A clinic ready for the seats to come.

    Args:
        clinic_id: the clinic. policy: in force.
        start: the day's first callable minute, aware. end: its last, aware.
        pin: of everybody. first_item: the first of this simulation's calls.
    """

    clinic_id: int
    policy: Policy
    start: datetime
    end: datetime
    pin: str
    first_item: int


LEADS: Final = 20
"""Of so many people one is a lead: what is skipped three times and what nobody reached is hers."""


def login(number: int) -> str:
    """Sign-in name of a seat's person."""
    return f"seat-{number:04}"


def prepare(database: Database, seats: int, calls: int) -> Workplace:
    """Make the clinic, its people and the calls that are due, all placed.

    Args:
        database: empty, or left by an earlier simulation. seats: how many people. calls: how many calls.

    Raises:
        NotAllowed: `simulate_not_ours`: the database holds a clinic that no simulation has made.
    """
    known = _own(database)
    schema.upgrade(database)
    pin = pins.first_pin()
    at = datetime.combine(FIRST_DAY - timedelta(days=1), datetime.min.time(), from_ms(0).tzinfo)
    if known is None:
        clinic_id = founding.found_clinic(
            database,
            name=NAME,
            zone=ZONE,
            lead=login(0),
            pin=pin,
            own_pin=True,
            now=at,
            go_live=FIRST_DAY - timedelta(days=400),
            is_test=True,
        ).clinic_id
    else:
        clinic_id = known.id
    policy = policies.current(database, clinic_id)
    start, end = _hours(policy, known)
    with unit_of_work(database) as connection:
        _people(connection, clinic_id, seats, pin, start)
        first = _next_id(connection, "item")
        _fill(connection, clinic_id, calls, start)
    drain(database, clinic_id, policy, start)
    if database.dialect == "postgresql":
        database.connection().execute("ANALYZE")
    return Workplace(clinic_id, policy, start, end, pin, first)


def _own(database: Database) -> ClinicRow | None:
    """The clinic an earlier simulation has left; None in an empty database."""
    try:
        if schema.current(database) is None:
            return None
        schema.expect_head(database)
    except DatabaseMissing:
        return None
    with reading(database) as connection:
        clinic = table.clinic(connection)
        if clinic is not None and not (clinic.is_test and clinic.name == NAME):
            raise NotAllowed("simulate_not_ours", path=database.address.shown())
        strangers = connection.execute(
            "SELECT 1 AS one FROM patient WHERE external_id IS NULL OR external_id NOT LIKE 'SIM-%' LIMIT 1"
        )
    if strangers:
        raise NotAllowed("simulate_not_ours", path=database.address.shown())
    return clinic


def _hours(policy: Policy, known: ClinicRow | None) -> tuple[datetime, datetime]:
    """First and last callable minute of the first open day that no simulation has worked yet."""
    clock = calendar.of(policy)
    day = FIRST_DAY
    if known is not None and known.last_tick_at is not None:
        day = max(day, clock.day_of(known.last_tick_at) + timedelta(days=1))
    while not (windows := clock.windows(day)):
        day += timedelta(days=1)
    return windows[0].start, windows[-1].end


def _cheap_hash(pin: str) -> str:
    """A PIN as `db.pins` stores it, at a hundredth of the cost: what a seat does after sign-in is measured."""
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(pin.encode(), salt=salt, n=2**4, r=8, p=1, dklen=32)
    return f"scrypt${2**4}$8$1${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _people(connection: Connection, clinic_id: int, seats: int, pin: str, now: datetime) -> None:
    stored = _cheap_hash(pin)
    there = {row.login: row.id for row in table.everybody(connection, clinic_id)}
    for number in range(seats):
        if login(number) not in there:
            table.add(
                connection,
                clinic_id=clinic_id,
                login=login(number),
                name=login(number),
                roles=(Role.CALLER,) if number % LEADS else (Role.LEAD, Role.CALLER),
                languages=tuple(Language),
                pin_hash=stored,
                must_change_pin=False,
                now=now,
            )
    connection.execute(
        "UPDATE staff SET pin_hash = :stored WHERE clinic_id = :id", {"stored": stored, "id": clinic_id}
    )


def _next_id(connection: Connection, name: str) -> int:
    return int(connection.execute(f"SELECT COALESCE(MAX(id), 0) + 1 AS n FROM {name}")[0]["n"])


def _fill(connection: Connection, clinic_id: int, calls: int, now: datetime) -> None:
    """Groups, patients, numbers, operations and calls, straight in the tables."""
    seconds = calls // TWO
    patients = calls - seconds
    stamp = to_ms(now)
    base: dict[str, object] = {"clinic_id": clinic_id, "created_at": stamp}
    first = {name: _next_id(connection, name) for name in ("contact_group", "patient", "treatment")}
    # A patient in each so many is the relative of the one before her.
    group_of: list[int] = []
    for number in range(patients):
        shared = number % SHARES == SHARES - 1
        group_of.append(group_of[-1] if shared else number)
    seen = {group: index for index, group in enumerate(sorted(set(group_of)))}
    groups = [first["contact_group"] + seen[group] for group in group_of]
    operated = [_operated(number, now) for number in range(patients)]
    _insert(connection, "contact_group", [{"id": n, **base} for n in sorted(set(groups))])
    _insert(
        connection,
        "patient",
        [
            {
                **base,
                "id": first["patient"] + number,
                "external_id": f"SIM-{first['patient'] + number}",
                "group_id": groups[number],
                "name": f"SIM {first['patient'] + number}",
                "pinyin": f"sim {first['patient'] + number}",
                "born_on": date(1990, 8, 15),
                "language": str(Language.ZH),
                "lives_alone": number % 50 == 0,
                "legal_hold": False,
                "updated_at": stamp,
            }
            for number in range(patients)
        ],
    )
    _insert(
        connection,
        "phone",
        [
            {
                **base,
                "patient_id": first["patient"] + number,
                "e164": f"+{FIRST_NUMBER + groups[number]}",
                "kind": "mobile",
                "rank": 1,
                "status": "live",
            }
            for number in range(patients)
        ],
    )
    _insert(
        connection,
        "treatment",
        [
            {
                **base,
                "id": first["treatment"] + number,
                "patient_id": first["patient"] + number,
                "procedure": "upper_blepharoplasty",
                "site": "",
                "performed_on": operated[number],
                "surgeon": "SIM",
                "inpatient": False,
                "first_known_at": stamp,
                "updated_at": stamp,
            }
            for number in range(patients)
        ],
    )
    numbers = [*range(patients), *(number * (TWO - 1) for number in range(seconds))]
    _insert(
        connection,
        "item",
        [
            _item(
                base,
                first["patient"] + number,
                groups[number],
                first["treatment"] + number,
                operated[number],
                now,
                second=index >= patients,
                place=index,
            )
            for index, number in enumerate(numbers)
        ],
    )
    if connection.dialect == "postgresql":
        for name in first:
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT MAX(id) FROM {name}))"
            )


def _insert(connection: Connection, name: str, rows: list[dict[str, object]]) -> None:
    for start in range(0, len(rows), _CHUNK):
        connection.insert_many(name, rows[start : start + _CHUNK])


KINDS: Final = (
    ("D7", "care", 7),
    ("D2", "safety", 2),
    ("D30", "routine", 30),
    ("D4", "care", 4),
    ("D7", "care", 8),
)
"""Milestone, class and days since the operation, in turn."""


def _operated(number: int, now: datetime) -> date:
    return now.date() - timedelta(days=KINDS[number % len(KINDS)][2])


def _item(
    base: dict[str, object],
    patient_id: int,
    group_id: int,
    treatment_id: int,
    operated: date,
    now: datetime,
    *,
    second: bool,
    place: int,
) -> dict[str, object]:
    milestone, klass, _days = ("D14", "care", 0) if second else KINDS[place % len(KINDS)]
    today = now.date()
    morning = now.replace(hour=0, minute=5, second=0, microsecond=0)
    return {
        **base,
        "patient_id": patient_id,
        "group_id": group_id,
        "treatment_id": treatment_id,
        "kind": "milestone",
        "milestone": milestone,
        "flow": "d7",
        "team": "nurse" if place % 7 == 0 else "customer_service",
        "klass": klass,
        "purpose": "care",
        "language": str(Language.ZH),
        "anchor_on": operated,
        "due_on": today,
        "earliest_at": to_ms(morning),
        "clinical_end_at": to_ms(morning + timedelta(days=3 + place % 5)),
        "state": "waiting",
        "band": 6,
        "tier": 6,
        "deadline_at": base["created_at"],
        "next_change_at": to_ms(morning),
        "lane_id": "team:customer_service:zh",
        "passes_windows": False,
        "policy_version": 0,
        "clinician_requested": False,
        "is_base": True,
    }
