"""What the forms of a patient's file share: faults by field, who may write, the audit.

A form hands over what stood in its fields. Everything wrong is told at once, by field; nothing is half saved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from console.clean import clean
from console.desk import plans
from console.desk.seat import Seat
from console.exchange.dates import DateFault, parse_date
from console.exchange.tables import MAX_CELL
from db import patients, staff
from db.connect import Connection, Row
from db.errors import NotAllowed, WrongUse
from db.instants import day as as_day
from db.records import Reason


class FormInvalid(WrongUse):
    """A form that can't be saved. `problems` has every fault: Reasons whose `field` parameter names the
    field."""

    def __init__(self, problems: tuple[Reason, ...]) -> None:
        super().__init__("form_invalid", count=len(problems))
        self.problems = problems


@dataclass(slots=True)
class Checked:
    """What is wrong with a form, gathered while its fields are read."""

    problems: list[Reason] = field(default_factory=list[Reason])

    def wrong(self, code: str, field: str, **params: object) -> None:
        """Note a fault of one field."""
        self.problems.append(Reason.of(code, field=field, **params))

    def text(self, field: str, typed: str, *, multiline: bool = False) -> str | None:
        """A text field, cleaned; None when empty."""
        cleaned = clean(typed, multiline=multiline).strip()
        if len(cleaned) > MAX_CELL:
            self.wrong("form_text_too_long", field, most=MAX_CELL)
        return cleaned or None

    def day(self, field: str, typed: str) -> date | None:
        """A date field in any spelling the import reads; None when empty or wrong."""
        cleaned = clean(typed).strip()
        if not cleaned:
            return None
        read = parse_date(cleaned)
        if isinstance(read, DateFault):
            self.wrong(f"form_{read.code}", field)
            return None
        return read

    def done(self) -> None:
        """Raise FormInvalid when anything was wrong."""
        if self.problems:
            raise FormInvalid(tuple(self.problems))


def may_write(seat: Seat) -> None:
    """Refuse a trainee at a real clinic."""
    if seat.only_practises:
        raise NotAllowed("role_may_not_write", role=str(seat.role))


def planning_of(connection: Connection, seat: Seat, now: datetime) -> plans.Planning:
    """Clinic, policy and moment for planning from a form."""
    clinic = staff.clinic(connection, seat.clinic_id)
    return plans.Planning(seat.clinic_id, seat.policy, clinic.go_live if clinic else None, now, seat.staff_id)


def known_patient(connection: Connection, seat: Seat, patient_id: int) -> Row:
    """A patient's row; NotAllowed without one, and for a record that was merged: nothing is written to it."""
    row = patients.one(connection, seat.clinic_id, patient_id)
    if row is None:
        raise NotAllowed("patient_unknown")
    if row["merged_into"] is not None:
        raise NotAllowed("patient_merged")
    return row


def stored(row: Row, name: str) -> object:
    """A stored column as a form's value."""
    value = row[name]
    if name.endswith(("_on", "_until")):
        return as_day(value)
    return bool(value) if name in ("lives_alone", "inpatient") else value
