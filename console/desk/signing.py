"""Proving who somebody is: names, PINs, and how long wrong ones wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from console.clean import clean
from console.desk.staff_values import folded, note
from db import pins
from db import staff as table
from db.connect import Connection, Database, reading, unit_of_work
from db.errors import NotAllowed
from db.staff import StaffRow


def checked(database: Database, login: str, pin: str, now: datetime) -> tuple[int, StaffRow]:
    """The clinic and the person whose name and PIN these are.

    Raises:
        NotAllowed: `sign_in_wrong`, `pin_locked`, or `no_clinic`.
    """
    with reading(database) as connection:
        clinic = table.clinic(connection)
        row = None if clinic is None else found(connection, clinic.id, login)
    if clinic is None:
        raise NotAllowed("no_clinic")
    if row is None or row.retired_at is not None:
        pins.waste_time(pin)
        with unit_of_work(database) as connection:
            note(connection, clinic.id, None, None, "staff.refused", None if row is None else row.id, {}, now)
        raise NotAllowed("sign_in_wrong")
    prove(database, row, pin, now)
    with reading(database) as connection:
        return clinic.id, known(connection, clinic.id, row.id)


def prove(database: Database, row: StaffRow, pin: str, now: datetime) -> None:
    """Let a PIN through or refuse it.

    A try is counted before the PIN is looked at, so that guesses made at the same time all count.

    Raises:
        NotAllowed: `sign_in_wrong`, or `pin_locked` with the seconds left.
    """
    with unit_of_work(database) as connection:
        fresh = table.get(connection, row.clinic_id, row.id, lock=True)
        if fresh is None or fresh.retired_at is not None:
            raise NotAllowed("sign_in_wrong")
        if fresh.locked_until is not None and now < fresh.locked_until:
            wait = int((fresh.locked_until - now).total_seconds()) + 1
            raise NotAllowed("pin_locked", seconds=wait)
        failed = fresh.failed_pins + 1
        wait_s = pins.wait_after(failed)
        locked = now + timedelta(seconds=wait_s) if wait_s else None
        table.change(connection, row.clinic_id, row.id, {"failed_pins": failed, "locked_until": locked})
    right = pins.matches(pin, fresh.pin_hash)
    with unit_of_work(database) as connection:
        if right:
            table.change(connection, row.clinic_id, row.id, {"failed_pins": 0, "locked_until": None})
        else:
            note(connection, row.clinic_id, None, None, "staff.refused", row.id, {}, now)
    if not right:
        raise NotAllowed("sign_in_wrong")


def found(connection: Connection, clinic_id: int, login: str) -> StaffRow | None:
    """A person by login, or by full name when only one person has it; retired ones only by login."""
    text = folded(login)
    row = table.by_login(connection, clinic_id, text)
    if row is not None:
        return row
    named = table.by_name(connection, clinic_id, clean(login).strip())
    return named[0] if len(named) == 1 else None


def known(connection: Connection, clinic_id: int, staff_id: int) -> StaffRow:
    """A person who must be there.

    Raises:
        NotAllowed: she is not.
    """
    row = table.get(connection, clinic_id, staff_id)
    if row is None:
        raise NotAllowed("sign_in_wrong")
    return row
