"""Two records side by side before a lead makes them one, and her PIN when she does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from console.desk import merging
from console.desk.noting import note
from console.desk.seat import Seat
from console.rules import phone
from db import merging as table
from db import patients
from db.connect import Connection, Row, unit_of_work
from db.enums import PhoneStatus, Role
from db.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Side:
    """One of two records: enough to see whether it is the same person.

    Args:
        name, external_id, born_on, sex: as written. numbers: her own live ones, masked.
        treatments, visits, calls, items: what stands in it.
    """

    patient_id: int
    name: str
    external_id: str | None
    born_on: date | None
    sex: str | None
    numbers: tuple[str, ...]
    treatments: int
    visits: int
    calls: int
    items: int


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would bring together: the record that stays, the one that goes, how many numbers both have."""

    stays: Side
    goes: Side
    shared_numbers: int


def preview(seat: Seat, kept: int, gone: int, now: datetime) -> MergePreview:
    """Two records side by side. Changes nothing; that the other one was read is audited.

    Args: seat, of a lead; kept, the record that stays; gone, the other one; now, aware.
    Raises: NotAllowed: as `merging.merge`, but for the reason.
    """
    merging.require_lead(seat)
    with unit_of_work(seat.database) as connection:
        rows = merging.both(connection, seat, kept, gone, now)
        own = [_numbers(connection, seat, int(row["id"])) for row in rows]
        stays, goes = (_side(connection, seat, row, held) for row, held in zip(rows, own, strict=True))
        note(connection, seat, now, "patient.compare", "patient", gone, {"name": goes.name})
    return MergePreview(stays, goes, len(set(own[0]) & set(own[1])))


def _numbers(connection: Connection, seat: Seat, patient_id: int) -> list[str]:
    return [
        str(row["e164"])
        for row in patients.numbers_of(connection, seat.clinic_id, [patient_id])
        if row["contact_person_id"] is None and row["status"] != PhoneStatus.DEAD
    ]


def _side(connection: Connection, seat: Seat, row: Row, numbers: list[str]) -> Side:
    found = table.counts(connection, seat.clinic_id, int(row["id"]))
    return Side(
        int(row["id"]),
        str(row["name"]),
        row["external_id"],
        patients.born_on(row),
        row["sex"],
        tuple(phone.masked(number) for number in numbers),
        int(found["treatments"]),
        int(found["visits"]),
        int(found["calls"]),
        int(found["items"]),
    )


def merge_with_pin(seat: Seat, pin: str, kept: int, gone: int, reason: str, now: datetime) -> merging.Merged:
    """`merging.merge` for somebody at an open console, who shows by her PIN that it is she.

    Raises: NotAllowed: as `merging.merge`, or a wrong PIN (`wrong_pin`).
    """
    from console.desk.staff import check_pin

    seat.require(Role.LEAD)
    if not reason.strip():
        raise NotAllowed("text_missing", field="reason")
    if not check_pin(seat, pin, now):
        raise NotAllowed("wrong_pin", field="pin")
    return merging.merge(seat, kept, gone, reason, now)
