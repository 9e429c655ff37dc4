"""Which playbooks fit a complaint, and what fills their gaps: read beside the case, from the active release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from console.desk import scripts
from console.desk.restricted import is_restricted
from console.desk.seat import Seat
from console.rules import calendar
from console.scripts.errors import ScriptError
from console.scripts.library import Library
from console.scripts.records import Lines, Procedure, Words
from console.scripts.records_service import Playbook
from db import calls, treatments
from db import escalations as table
from db.connect import Connection, Row, reading
from db.enums import ComplaintClass, Language
from db.errors import NotAllowed
from db.instants import day as as_day

CAUSES: Final[Mapping[ComplaintClass, tuple[str, ...]]] = {
    ComplaintClass.ATTITUDE: ("attitude",),
    ComplaintClass.CLINICAL_QUALITY: ("procedure",),
    ComplaintClass.PROCESS: ("process", "delay"),
    ComplaintClass.PRICE: ("price", "refund"),
    ComplaintClass.PRIVACY: ("privacy",),
    ComplaintClass.OTHER: ("other",),
}
"""Causes of playbooks that belong to a class of complaint."""
RIGHTS: Final[Mapping[str, str]] = {"routes": "channels", "sealing": "sealing", "copying": "record_copy"}
"""What article 23 wants told, and the playbooks' sentence for it (medical disputes regulation)."""


@dataclass(frozen=True, slots=True)
class Books:
    """What can be read beside a case.

    Args:
        ordered: every playbook, the one that fits best on top.
        first: code of a concern to its name.
        rights: what has to be told, by its code, with the sentences to read out.
        approved: whether an explanation may be read out at all.
        surgeon, procedure, day: of the treatment it is about; None when there is none or the reader may not know.
        spoken: language of the patient.
    """

    ordered: tuple[Playbook, ...]
    first: Mapping[str, Words]
    rights: Mapping[str, Lines]
    approved: bool
    surgeon: str | None
    procedure: Words | None
    day: int | None
    spoken: str


def books(seat: Seat, escalation_id: int, klass: ComplaintClass | None, now: datetime) -> Books:
    """The playbooks for a complaint, ordered by its class, the procedure and the day.

    Args:
        seat: who reads.
        escalation_id: the case.
        klass: its class; None for a request.
        now: aware datetime.

    Raises:
        NotAllowed: there is none with that id (`escalation_unknown`).
    """
    with reading(seat.database) as connection:
        row = table.card(connection, seat.clinic_id, escalation_id)
        if row is None:
            raise NotAllowed("escalation_unknown")
        patient = _patient(connection, seat, row["patient_id"])
        treated = None
        if row["treatment_id"] is not None:
            treated = treatments.one(connection, seat.clinic_id, row["treatment_id"])
    return _ordered(seat, patient, treated, row["post_op_day"], klass, now)


def books_for(seat: Seat, patient_id: int | None, klass: ComplaintClass | None, now: datetime) -> Books:
    """The playbooks for somebody who complains right now, by her newest treatment.

    Args:
        seat: who takes it down.
        patient_id: whose; None for nobody on file.
        klass: what it is about.
        now: aware datetime.
    """
    today = calendar.of(seat.policy).day_of(now)
    with reading(seat.database) as connection:
        patient = _patient(connection, seat, patient_id)
        rows = (
            []
            if patient_id is None
            else calls.treatments(connection, seat.clinic_id, patient_id, today, today)
        )
    performed = as_day(rows[0]["performed_on"]) if rows else None
    day = None if performed is None else (today - performed).days
    return _ordered(seat, patient, rows[0] if rows else None, day, klass, now)


def _patient(connection: Connection, seat: Seat, patient_id: int | None) -> Row | None:
    return None if patient_id is None else calls.patient(connection, seat.clinic_id, patient_id)


def _ordered(
    seat: Seat,
    patient: Row | None,
    treated: Row | None,
    day: int | None,
    klass: ComplaintClass | None,
    now: datetime,
) -> Books:
    library, release = scripts.active(seat, now)
    if treated is not None and is_restricted(treated["procedure"]) and not seat.restricted_ok:
        treated = None
    procedure = None if treated is None else library.procedures.get(str(treated["procedure"]))
    day = None if treated is None else day
    wanted = CAUSES[klass] if klass is not None else ()
    ordered = sorted(_all(library), key=lambda book: _rank(book, wanted, procedure, day))
    told = {right.code: right.say for book in ordered for right in book.rights}
    names = library.concerns
    return Books(
        ordered=tuple(ordered),
        first={one: names[one].name for book in ordered for one in book.check if one in names},
        rights={name: told[right] for name, right in RIGHTS.items() if right in told},
        approved=release.may_say,
        surgeon=None if treated is None or treated["surgeon"] is None else str(treated["surgeon"]),
        procedure=None if procedure is None else procedure.name,
        day=day,
        spoken=str(Language.ZH if patient is None else patient["language"]),
    )


def _all(library: Library) -> tuple[Playbook, ...]:
    try:
        return tuple(library.playbooks.values())
    except ScriptError:
        # A damaged release must not keep a complaint from being worked.
        return ()


def fits(book: Playbook, day: int | None) -> bool:
    """Whether a day lies inside a playbook's days; without days of its own it always does."""
    first, last = book.days
    if book.days == (None, None):
        return True
    return day is not None and (first is None or day >= first) and (last is None or day <= last)


def _rank(
    book: Playbook, causes: tuple[str, ...], procedure: Procedure | None, day: int | None
) -> tuple[int, int, int]:
    """Its cause first, then whether it is of this procedure, then whether the day fits."""
    own = procedure is not None and bool(book.procedures) and procedure.matches(book.procedures)
    of_all = not book.procedures
    return (
        0 if book.cause in causes else 1,
        0 if own else 1 if of_all else 2,
        0 if fits(book, day) else 1,
    )
