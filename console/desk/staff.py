"""Signing in and out, and keeping the list of staff."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from console.clean import clean
from console.desk import policy as policies
from console.desk.placing import place_promised
from console.desk.seat import Seat, lanes_of
from console.desk.signing import checked, found, known, prove
from console.desk.staff_values import (
    StaffMember,
    check_new_pin,
    languages_of,
    login_of,
    member,
    name_of,
    note,
    phone_of,
    roles_of,
)
from db import pins
from db import staff as table
from db.connect import Connection, Database, reading, unit_of_work
from db.enums import Language, Role
from db.errors import Conflict, NotAllowed, WrongUse
from db.staff import StaffRow

LOST_AFTER: Final = timedelta(minutes=10)
"""A seat not heard of for so long is closed; an open console is heard of once a minute."""


@dataclass(frozen=True)
class NewPin:
    """A person and the PIN that was made for her, to be told once and changed at the first sign-in."""

    member: StaffMember
    pin: str


def sign_in(
    database: Database,
    login: str,
    pin: str,
    now: datetime,
    role: Role | str | None = None,
    *,
    label: str | None = None,
) -> Seat:
    """Sit down: check name and PIN, go on duty, get the seat.

    Args:
        database: the record.
        login: login, or the full name when only one person has it.
        pin: as typed.
        now: aware instant.
        role: one of her roles; None is the first one.
        label: where; the machine's name by default.

    Raises:
        NotAllowed: `sign_in_wrong`, `pin_locked` after five wrong ones (1 minute, then doubling),
            `pin_must_change`
            while the PIN is the one somebody else made (`change_pin`), `role_not_yours`.
    """
    clinic_id, row = checked(database, login, pin, now)
    if row.must_change_pin:
        raise NotAllowed("pin_must_change", login=row.login)
    active = _role(row, role)
    with unit_of_work(database) as connection:
        table.lock_duty(connection, clinic_id)
        seat_id = table.open_seat(
            connection, clinic_id, row.id, active, platform.node() if label is None else label, now
        )
        _duty_changed(connection, clinic_id, now)
        note(connection, clinic_id, row.id, seat_id, "staff.sign_in", row.id, {"role": active}, now)
        return _seat(database, connection, row, seat_id, active)


def change_pin(database: Database, login: str, pin: str, new_pin: str, now: datetime) -> None:
    """Choose a PIN of one's own.

    Args:
        database: the record.
        login: as at `sign_in`.
        pin: the present one.
        new_pin: the next one.
        now: aware instant.

    Raises:
        NotAllowed: as `sign_in`, or the new PIN is too short, too simple or the present one.
    """
    check_new_pin(new_pin)
    clinic_id, row = checked(database, login, pin, now)
    if pins.folded(new_pin) == pins.folded(pin):
        raise NotAllowed("pin_unchanged")
    pin_hash = pins.hashed(new_pin)
    with unit_of_work(database) as connection:
        table.change(connection, clinic_id, row.id, {"pin_hash": pin_hash, "must_change_pin": False})
        note(connection, clinic_id, row.id, None, "staff.change_pin", row.id, {"pin_hash": pin_hash}, now)


def check_pin(seat: Seat, pin: str, now: datetime) -> bool:
    """Whether a PIN is that of the person who holds the seat, as after a lock.

    Raises:
        NotAllowed: `pin_locked` after five wrong ones.
    """
    with reading(seat.database) as connection:
        row = known(connection, seat.clinic_id, seat.staff_id)
    try:
        prove(seat.database, row, pin, now)
    except NotAllowed as error:
        if error.code == "sign_in_wrong":
            return False
        raise
    return True


def switch_role(seat: Seat, role: Role | str, now: datetime) -> Seat:
    """Work in another of one's roles.

    Returns:
        The seat to use from now on; its policy and lanes are fresh.
    """
    with unit_of_work(seat.database) as connection:
        row = known(connection, seat.clinic_id, seat.staff_id)
        active = _role(row, role)
        table.set_seat_role(connection, seat.clinic_id, seat.seat_id, active)
        note(
            connection,
            seat.clinic_id,
            seat.staff_id,
            seat.seat_id,
            "staff.switch_role",
            seat.staff_id,
            {"role": active},
            now,
        )
        return replace(_seat(seat.database, connection, row, seat.seat_id, active), practice=seat.practice)


def refreshed(seat: Seat) -> Seat:
    """The same seat with the policy in force now, and lanes that follow it."""
    with reading(seat.database) as connection:
        policy = policies.in_force(connection, seat.clinic_id)
    if policy == seat.policy:
        return seat
    languages = tuple(Language(code) for code in seat.languages)
    lanes = lanes_of(seat.role, seat.roles, languages, seat.staff_id, policy)
    return replace(seat, policy=policy, lanes=lanes, zone=policy.clinic.zone)


def seen(seat: Seat, now: datetime) -> bool:
    """Note that a seat is alive, and close those that were lost; called once a minute by an open console.

    Returns:
        Whether the seat is still open: not when its person was let go, or it was not heard of for too long.
    """
    with unit_of_work(seat.database) as connection:
        table.lock_duty(connection, seat.clinic_id)
        table.see_seat(connection, seat.clinic_id, seat.seat_id, now)
        if table.close_lost_seats(connection, seat.clinic_id, now - LOST_AFTER, now):
            _duty_changed(connection, seat.clinic_id, now)
        return table.seat_is_open(connection, seat.clinic_id, seat.seat_id)


def _duty_changed(connection: Connection, clinic_id: int, now: datetime) -> None:
    """What somebody promised to ring in person is hers while she is on duty and anyone's otherwise."""
    place_promised(connection, clinic_id, policies.in_force(connection, clinic_id), now)


def sign_out(seat: Seat, now: datetime) -> None:
    """Leave the seat and go off duty.

    Raises:
        NotAllowed: `somebody_untold`: an urgent escalation raised by this person has nobody told yet.
    """
    with unit_of_work(seat.database) as connection:
        table.lock_duty(connection, seat.clinic_id)
        waiting = table.untold(connection, seat.clinic_id, seat.staff_id)
        if waiting:
            raise NotAllowed("somebody_untold", count=len(waiting), escalation=waiting[0].id)
        table.close_seat(connection, seat.clinic_id, seat.seat_id, seat.staff_id, now)
        _duty_changed(connection, seat.clinic_id, now)
        note(
            connection,
            seat.clinic_id,
            seat.staff_id,
            seat.seat_id,
            "staff.sign_out",
            seat.staff_id,
            {},
            now,
        )


def leave(seat: Seat, now: datetime) -> None:
    """Close the seat of a command that is over; nobody is kept by it."""
    with unit_of_work(seat.database) as connection:
        table.close_seat(connection, seat.clinic_id, seat.seat_id, seat.staff_id, now)


def list_staff(seat: Seat, *, retired: bool = False) -> tuple[StaffMember, ...]:
    """The staff by login; retired people when asked.

    Raises:
        NotAllowed: the seat is not a lead's.
    """
    seat.require(Role.LEAD)
    with reading(seat.database) as connection:
        return tuple(member(row) for row in table.everybody(connection, seat.clinic_id, retired=retired))


def add_staff(
    seat: Seat,
    login: str,
    name: str,
    roles: Sequence[Role | str],
    languages: Sequence[Language | str],
    now: datetime,
    *,
    pin: str | None = None,
    own_pin: bool = False,
    restricted_ok: bool = False,
    phone: str | None = None,
) -> NewPin:
    """Add a person with a first PIN.

    Args:
        seat: a lead's.
        login: short, unique in the clinic.
        name: as written on the screen.
        roles: the first one is taken at sign-in unless another is asked for.
        languages: languages she calls in.
        now: aware instant.
        pin: a first PIN; one is made when None.
        own_pin: whether she chose it herself; else it must be changed at the first sign-in.
        restricted_ok: whether intimate procedures are named to her.
        phone: her own number, shown when nobody is on call.

    Raises:
        NotAllowed: the seat is not a lead's, or the PIN is too simple.
        WrongUse: a name, role or language is unreadable, or there is none.
        Conflict: `login_taken`.
    """
    seat.require(Role.LEAD)
    values: dict[str, object] = {
        "login": login_of(login),
        "name": name_of(name, "name"),
        "roles": roles_of(roles, seat.policy.roles),
        "languages": languages_of(languages),
        "restricted_ok": restricted_ok,
        "phone": phone_of(phone),
    }
    first = pins.first_pin() if pin is None else pin
    check_new_pin(first)
    pin_hash = pins.hashed(first)
    with unit_of_work(seat.database) as connection:
        if table.by_login(connection, seat.clinic_id, str(values["login"])) is not None:
            raise Conflict("login_taken", login=values["login"])
        staff_id = table.add(
            connection,
            clinic_id=seat.clinic_id,
            login=str(values["login"]),
            name=str(values["name"]),
            roles=roles_of(roles, seat.policy.roles),
            languages=languages_of(languages),
            pin_hash=pin_hash,
            must_change_pin=not own_pin,
            now=now,
            restricted_ok=restricted_ok,
            phone=phone_of(phone),
        )
        _note_of(connection, seat, "staff.add", staff_id, values, now)
        return NewPin(member(known(connection, seat.clinic_id, staff_id)), first)


def set_staff(
    seat: Seat,
    login: str,
    now: datetime,
    *,
    name: str | None = None,
    roles: Sequence[Role | str] | None = None,
    languages: Sequence[Language | str] | None = None,
    restricted_ok: bool | None = None,
    phone: str | None = None,
) -> StaffMember:
    """Change what is given of a person; an empty phone takes the number away.

    Raises:
        NotAllowed: the seat is not a lead's, or nobody would be left who is a lead.
        WrongUse: no such person, or a value is unreadable.
    """
    seat.require(Role.LEAD)
    values: dict[str, object] = {}
    if name is not None:
        values["name"] = name_of(name, "name")
    if roles is not None:
        values["roles"] = roles_of(roles, seat.policy.roles)
    if languages is not None:
        values["languages"] = languages_of(languages)
    if restricted_ok is not None:
        values["restricted_ok"] = restricted_ok
    if phone is not None:
        values["phone"] = phone_of(phone)
    with unit_of_work(seat.database) as connection:
        row = _person(connection, seat.clinic_id, login)
        if roles is not None and Role.LEAD not in roles_of(roles, seat.policy.roles):
            _keep_a_lead(connection, seat.clinic_id, row)
        table.change(connection, seat.clinic_id, row.id, values)
        _note_of(connection, seat, "staff.set", row.id, values, now)
        return member(known(connection, seat.clinic_id, row.id))


def reset_pin(seat: Seat, login: str, now: datetime, *, pin: str | None = None) -> NewPin:
    """Give a person a new first PIN, and end her waiting after wrong ones.

    Raises:
        NotAllowed: the seat is not a lead's, or the PIN is too simple.
        WrongUse: no such person.
    """
    seat.require(Role.LEAD)
    first = pins.first_pin() if pin is None else pin
    check_new_pin(first)
    pin_hash = pins.hashed(first)
    with unit_of_work(seat.database) as connection:
        row = _person(connection, seat.clinic_id, login)
        values = {"pin_hash": pin_hash, "must_change_pin": True, "failed_pins": 0, "locked_until": None}
        table.change(connection, seat.clinic_id, row.id, values)
        _note_of(connection, seat, "staff.reset_pin", row.id, {"pin_hash": pin_hash}, now)
        return NewPin(member(known(connection, seat.clinic_id, row.id)), first)


def retire(seat: Seat, login: str, now: datetime) -> StaffMember:
    """Let a person go: she can no longer sign in, and her seats close; what she wrote stays hers.

    Raises:
        NotAllowed: the seat is not a lead's, it is one's own name, or nobody would be left who is a lead.
        WrongUse: no such person.
    """
    seat.require(Role.LEAD)
    with unit_of_work(seat.database) as connection:
        table.lock_duty(connection, seat.clinic_id)
        row = _person(connection, seat.clinic_id, login)
        if row.id == seat.staff_id:
            raise NotAllowed("not_yourself")
        _keep_a_lead(connection, seat.clinic_id, row)
        table.change(connection, seat.clinic_id, row.id, {"retired_at": now})
        table.close_all_seats(connection, seat.clinic_id, row.id, now)
        _duty_changed(connection, seat.clinic_id, now)
        _note_of(connection, seat, "staff.retire", row.id, {}, now)
        return member(known(connection, seat.clinic_id, row.id))


def _person(connection: Connection, clinic_id: int, login: str) -> StaffRow:
    row = found(connection, clinic_id, login)
    if row is None or row.retired_at is not None:
        raise WrongUse("staff_unknown", login=clean(login))
    return row


def _seat(database: Database, connection: Connection, row: StaffRow, seat_id: int, role: Role) -> Seat:
    clinic = table.clinic(connection, row.clinic_id)
    policy = policies.in_force(connection, row.clinic_id)
    return Seat(
        database=database,
        clinic_id=row.clinic_id,
        staff_id=row.id,
        seat_id=seat_id,
        name=row.name,
        login=row.login,
        role=role,
        roles=row.roles,
        languages=tuple(str(language) for language in row.languages),
        lanes=lanes_of(role, row.roles, row.languages, row.id, policy),
        zone=policy.clinic.zone,
        demo=clinic is not None and clinic.is_demo,
        restricted_ok=row.restricted_ok,
        policy=policy,
    )


def _role(row: StaffRow, role: Role | str | None) -> Role:
    if role is None:
        return row.roles[0]
    if role not in row.roles:
        raise NotAllowed("role_not_yours", role=str(role))
    return Role(role)


def _keep_a_lead(connection: Connection, clinic_id: int, row: StaffRow) -> None:
    if Role.LEAD in row.roles and not any(
        Role.LEAD in other.roles for other in table.everybody(connection, clinic_id) if other.id != row.id
    ):
        raise NotAllowed("last_lead")


def _note_of(
    connection: Connection,
    seat: Seat,
    action: str,
    subject_id: int,
    values: Mapping[str, object],
    now: datetime,
) -> None:
    note(connection, seat.clinic_id, seat.staff_id, seat.seat_id, action, subject_id, values, now)
