"""What every sample clinic begins with: people, a roster, and a sample approval of the shipped talk-tracks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from console.desk import founding, policy, scripts, staff
from console.desk.seat import Seat
from db import schema
from db.connect import Database
from db.enums import Language, Role

ZONE = "Asia/Shanghai"
CLINIC = {"zh": "示范诊所", "en": "Sample Clinic"}
LEAD, DOCTOR = "lead", "doctor"
STAFF: Mapping[str, tuple[str, tuple[Role, ...]]] = {
    LEAD: ("示范主管", (Role.LEAD, Role.CALLER)),
    "caller": ("示范回访员", (Role.CALLER,)),
    "colleague": ("示范同事", (Role.CALLER, Role.CONSULTANT)),
    "nurse": ("示范护士", (Role.NURSE, Role.CALLER)),
    DOCTOR: ("示范医生", (Role.DOCTOR,)),
    "trainee": ("示范学员", (Role.TRAINEE,)),
}
"""Logins of the sample clinic; names say the role, so that nobody takes them for a person."""
APPROVAL = "sample approval for the demo, worth nothing elsewhere"


@dataclass(frozen=True, slots=True)
class Founded:
    """A sample clinic with nobody in it yet.

    Args:
        clinic_id: its id. lead: the lead, signed in. pins: login to PIN, made for this database alone.
    """

    clinic_id: int
    lead: Seat
    pins: Mapping[str, str]


def found(
    database: Database,
    start: datetime,
    early: datetime,
    go_live: date,
    people: Mapping[str, tuple[str, tuple[Role, ...]]] = STAFF,
    restricted: frozenset[str] = frozenset({DOCTOR}),
) -> Founded:
    """Make a sample clinic whose talk-tracks are approved and whose roster has no gap.

    Args:
        database: an empty record, or a file that does not exist yet.
        start: aware instant in the clinic's zone; the roster lies around its day.
        early: aware instant people sign in at; the clinic is founded a day before.
        go_live: first day of work, the clinic's.
        people: login to name and roles; a lead and a doctor are among them.
        restricted: logins that may see intimate procedures.

    Returns:
        The clinic, its lead's seat, and everybody's PIN.

    Raises:
        Conflict: there is a clinic already.
    """
    schema.upgrade(database)
    pins = {login: _pin() for login in people}
    founded = founding.found_clinic(
        database,
        name=CLINIC["zh"],
        zone=ZONE,
        lead=LEAD,
        pin=pins[LEAD],
        own_pin=True,
        now=early - timedelta(days=1),
        go_live=go_live,
        is_demo=True,
        policy=policy.first_document(ZONE, {"rows = []": _roster(start.date(), people)}),
    )
    lead = staff.sign_in(database, LEAD, pins[LEAD], early)
    for login, (name, roles) in people.items():
        if login == LEAD:
            staff.set_staff(lead, LEAD, early, name=name)
            continue
        staff.add_staff(
            lead,
            login,
            name,
            roles,
            tuple(Language),
            early,
            pin=pins[login],
            own_pin=True,
            restricted_ok=login in restricted,
        )
    doctor = staff.sign_in(database, DOCTOR, pins[DOCTOR], early)
    scripts.approve(doctor, pins[DOCTOR], early, note=APPROVAL)
    staff.sign_out(doctor, early)
    return Founded(founded.clinic_id, lead, pins)


def _roster(day: date, people: Mapping[str, tuple[str, tuple[Role, ...]]]) -> str:
    first, last = day - timedelta(days=30), day + timedelta(days=60)
    return (
        f'rows = [{{from = "{first}", to = "{last}", hours = "00:00-24:00", people = ['
        f'{{order = 1, staff = "{DOCTOR}", name = "{people[DOCTOR][0]}", phone = "+8613800000901", '
        f'role = "doctor"}}, {{order = 2, staff = "{LEAD}", name = "{people[LEAD][0]}", '
        'phone = "+8613800000902", role = "lead"}]}]'
    )


def _pin() -> str:
    while True:
        made = f"{secrets.randbelow(10**6):06d}"
        if len(set(made)) > 3 and made not in "01234567890" and made not in "09876543210":
            return made
