"""Making a clinic: its name and zone, its first policy, its first lead, the key of its audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from console.desk import policy as policies
from console.desk.signing import known
from console.desk.staff_values import StaffMember, check_new_pin, login_of, member, name_of, note
from db import pins, schema, seal_key
from db import staff as table
from db.connect import Database, reading, unit_of_work
from db.enums import Language, Role
from db.errors import Conflict, DatabaseMissing, WrongUse


@dataclass(frozen=True)
class NewClinic:
    """A clinic as it was made, with its lead."""

    clinic_id: int
    lead: StaffMember


def refuse_second_clinic(database: Database) -> None:
    """Refuse a database that has a clinic already; one that is missing or empty is fine.

    Raises:
        Conflict: there is one.
    """
    try:
        schema.expect_head(database)
    except DatabaseMissing:
        return
    with reading(database) as connection:
        if table.clinic(connection) is not None:
            raise Conflict("clinic_there", path=database.address.shown())


def check_clinic(*, name: str, zone: str, lead: str, pin: str) -> tuple[str, str]:
    """Check what a clinic is made from, before anything is written.

    Returns:
        The name and the zone as they are stored.

    Raises:
        WrongUse: the zone or a name is unreadable.
        NotAllowed: the PIN is too simple.
    """
    zone = zone.strip()
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongUse("zone_unknown", zone=zone) from None
    login_of(lead)
    check_new_pin(pin)
    return name_of(name, "clinic"), zone


def found_clinic(
    database: Database,
    *,
    name: str,
    zone: str,
    lead: str,
    pin: str,
    own_pin: bool,
    now: datetime,
    go_live: date | None = None,
    is_demo: bool = False,
    is_test: bool = False,
    policy: str | None = None,
) -> NewClinic:
    """Make a clinic with its first policy and its first lead.

    Args:
        database: an upgraded record.
        name: the clinic's name.
        zone: IANA name.
        lead: the lead's name, also the login.
        pin: the lead's PIN.
        own_pin: whether the lead chose it; one that was made for her must be changed at the first sign-in.
        now: aware instant.
        go_live: first day of work; None: the day of the first import.
        is_demo: a sample clinic.
        is_test: a clinic of tests.
        policy: TOML instead of the default.

    Raises:
        WrongUse: the zone or a name is unreadable.
        NotAllowed: the PIN is too simple.
        Conflict: there is a clinic already.
    """
    name, zone = check_clinic(name=name, zone=zone, lead=lead, pin=pin)
    document = policies.first_document(zone) if policy is None else policy
    pin_hash = pins.hashed(pin)
    seal_key.make_key(database.address)
    with unit_of_work(database) as connection:
        if table.clinic(connection) is not None:
            raise Conflict("clinic_there", path=database.address.shown())
        clinic_id = table.add_clinic(
            connection, name=name, zone=zone, go_live=go_live, now=now, is_demo=is_demo, is_test=is_test
        )
        staff_id = table.add(
            connection,
            clinic_id=clinic_id,
            login=login_of(lead),
            name=name_of(lead, "lead"),
            roles=(Role.LEAD, Role.CALLER),
            languages=tuple(Language),
            pin_hash=pin_hash,
            must_change_pin=not own_pin,
            now=now,
        )
        policies.store(connection, clinic_id, document, None, now)
        note(connection, clinic_id, None, None, "clinic.found", staff_id, {"name": name, "lead": lead}, now)
        made = known(connection, clinic_id, staff_id)
    return NewClinic(clinic_id, member(made))
