"""One complaint or request while it is worked: its two rows, locked and brought up to now, and how they change."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, cast

from console.clean import clean
from console.desk import run_out
from console.desk.flagging import record
from console.desk.seat import Seat
from db import complaints
from db import escalations as table
from db.connect import Connection, Row, unit_of_work
from db.enums import CLINICIANS, CaseStage, EscalationKind, EscalationStatus, Role, Severity
from db.errors import Conflict, NotAllowed
from db.instants import to_ms

HANDLERS: Final = CLINICIANS | {Role.LEAD}
"""Roles that work the board; an owner may always act on what is hers."""
SERVICE: Final = frozenset({EscalationKind.COMPLAINT, EscalationKind.REQUEST})
LONG: Final = 4000


def text(words: str, field: str) -> str:
    """Cleaned words that may not be empty.

    Raises:
        NotAllowed: they are; `field` names them.
    """
    kept = maybe_text(words)
    if not kept:
        raise NotAllowed("text_missing", field=field)
    return kept


def maybe_text(words: str) -> str:
    """Cleaned words, cut; may be empty."""
    return clean(words, multiline=True).strip()[:LONG]


def listed(value: object) -> tuple[Any, ...]:
    """A JSON list of a row."""
    return tuple(cast("list[Any]", json.loads(str(value or "[]"))))


class Work:
    """A case inside a transaction. `row` is its escalation's, `case` its own; both are as they are now."""

    def __init__(self, connection: Connection, seat: Seat, row: Row, case: Row, now: datetime) -> None:
        self.connection = connection
        self.seat = seat
        self.row: Row = row
        self.case: Row = case
        self.now = now

    @property
    def id(self) -> int:
        """The escalation's id."""
        return int(self.row["id"])

    @property
    def kind(self) -> EscalationKind:
        """Complaint or request."""
        return EscalationKind(self.row["kind"])

    @property
    def stage(self) -> CaseStage:
        """How far it has come."""
        return CaseStage(self.case["stage"])

    @property
    def severity(self) -> Severity:
        """Its severity; of a request its urgency."""
        return Severity(self.row["severity"] or Severity.MINOR)

    def change(
        self, columns: Mapping[str, object] | None = None, case: Mapping[str, object] | None = None
    ) -> None:
        """Write columns of the escalation, of the case, and the clock that runs out next."""
        if case:
            self.case = {**self.case, **case}
            complaints.change(self.connection, self.seat.clinic_id, self.id, case)
        after: Row = {**self.row, **(columns or {})}
        values: dict[str, object] = {**(columns or {}), "next_clock_at": table.next_clock(after)}
        if not table.change(self.connection, self.seat.clinic_id, self.id, values):
            raise Conflict("escalation_resolved")
        self.row = {**after, **values}

    def tell(self, kind: str, *, note: str = "", before: str | None = None, after: str | None = None) -> None:
        """Add a line to its story, and to the audit trail."""
        record(self.connection, self.seat, self.id, kind, self.now, note=note, before=before, after=after)

    def handled_by(self) -> None:
        """Check that this person works the board, owns the case or looks into it.

        Raises:
            NotAllowed: somebody else, or somebody complained of.
        """
        mine = (self.row["owner_staff_id"], self.case["investigator_id"])
        if self.seat.role not in HANDLERS and self.seat.staff_id not in mine:
            raise NotAllowed("needs_clinician_or_lead")
        impartial(self.case, self.seat.staff_id)

    def lead(self, *, decides: bool = True) -> None:
        """Check that this is a lead; one who decides is not complained of.

        Raises:
            NotAllowed: another role, or she is complained of.
        """
        if self.seat.role is not Role.LEAD:
            raise NotAllowed("needs_lead")
        if decides:
            impartial(self.case, self.seat.staff_id)

    def complaint(self) -> None:
        """Check that this is a complaint.

        Raises:
            NotAllowed: a request.
        """
        if self.kind is not EscalationKind.COMPLAINT:
            raise NotAllowed("only_complaint")


def sees_name(seat: Seat, row: Row) -> bool:
    """Whether somebody sees who a case is about: who works the board, owns or raised it."""
    return seat.role in HANDLERS or seat.staff_id in (row["owner_staff_id"], row["raised_by"])


def impartial(case: Row, staff_id: int) -> None:
    """Check that somebody is not complained of (catalogue S4-CMPL-04).

    Raises:
        NotAllowed: she is.
    """
    if staff_id in listed(case["about_staff"]):
        raise NotAllowed("complained_of")


def uninvolved(connection: Connection, seat: Seat, row: Row, staff_id: int) -> None:
    """Check that a case of any kind is no complaint about somebody: she neither answers for it nor gives it away.

    Raises:
        NotAllowed: she is complained of.
    """
    if row["kind"] in SERVICE:
        case = complaints.case(connection, seat.clinic_id, int(row["id"]))
        if case is not None:
            impartial(case, staff_id)


def owner_on_taking_up(connection: Connection, seat: Seat, row: Row) -> int:
    """Who owns a case once this person takes it up: its owner; of a complaint or a request not who only took it
    down, but who takes it up.

    Raises:
        NotAllowed: she is complained of.
    """
    owner = row["owner_staff_id"]
    if row["kind"] in SERVICE:
        uninvolved(connection, seat, row, seat.staff_id)
        if owner == row["raised_by"]:
            return seat.staff_id
    return seat.staff_id if owner is None else int(owner)


def on(
    connection: Connection, seat: Seat, escalation_id: int, now: datetime, *, any_state: bool = False
) -> Work:
    """A case locked in an open transaction, its run-out clocks marked, so that no step hides a clock that was missed.

    Args:
        connection: inside a unit of work.
        seat: who works it; anybody but a trainee.
        escalation_id: which.
        now: aware datetime.
        any_state: also one that is closed.

    Raises:
        NotAllowed: a trainee, unknown, or clinical. Conflict: it is closed.
    """
    if seat.role is Role.TRAINEE:
        raise NotAllowed("needs_clinician_or_lead")
    row = table.lock(connection, seat.clinic_id, escalation_id)
    if row is None:
        raise NotAllowed("escalation_unknown")
    if row["status"] == EscalationStatus.RESOLVED and not any_state:
        raise Conflict("escalation_resolved")
    case = complaints.case(connection, seat.clinic_id, escalation_id)
    if case is None:
        raise NotAllowed("not_a_complaint")
    if row["status"] != EscalationStatus.RESOLVED:
        row, _count = run_out.mark(connection, seat, row, now)
    return Work(connection, seat, row, case, now)


@contextmanager
def work(seat: Seat, escalation_id: int, now: datetime, *, any_state: bool = False) -> Generator[Work]:
    """`on` in a transaction of its own."""
    with unit_of_work(seat.database) as connection:
        yield on(connection, seat, escalation_id, now, any_state=any_state)


def ms(now: datetime) -> int:
    """Epoch milliseconds of an aware instant."""
    return to_ms(now)
