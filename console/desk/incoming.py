"""Somebody rings us: who it may be, and taking the call, also from a number nobody knows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from console.clean import clean
from console.desk import claiming
from console.desk.dialling import LEASE_S
from console.desk.holding import hold
from console.desk.restricted import shown_procedure
from console.desk.searchkeys import lookup
from console.desk.seat import Seat
from console.rules import calendar, names, phone
from db import calls, claims, escalations, members, patients, search
from db.connect import Connection, reading, unit_of_work
from db.enums import LeaseStage
from db.errors import NotAllowed
from db.instants import day as as_day
from db.instants import to_ms
from db.records import Candidate, Claim, ParsedPhone

LIMIT: Final = 20
NUMBER_MAX: Final = 40
LAST: Final = 4
"""Digits of a number shown in a list."""


def candidates(seat: Seat, typed: str, now: datetime) -> tuple[Candidate, ...]:
    """Patients an incoming caller may be, masked.

    Args:
        seat: who answers.
        typed: three or more last digits, a whole number, or a name in characters, pinyin or initials.
        now: aware datetime.

    Returns:
        At most `LIMIT`, those who have the number first.
    """
    text = clean(typed).strip()
    with reading(seat.database) as connection:
        found = search.find_ids(connection, seat.clinic_id, lookup(text, seat.policy.clinic.country), LIMIT)
        held = {
            int(row["group_id"]): str(row["staff_name"])
            for row in claims.all_held(connection, seat.clinic_id)
        }
        return tuple(
            one
            for patient_id in _who_go_on(connection, seat, found)
            if (one := _candidate(connection, seat, patient_id, held, now)) is not None
        )


def _who_go_on(connection: Connection, seat: Seat, found: list[int]) -> list[int]:
    """The people found, each once; a record that was merged stands for the one that goes on."""
    rows = patients.by_ids(connection, seat.clinic_id, found)
    return list(dict.fromkeys(int(rows[one]["merged_into"] or one) for one in found))


def _candidate(
    connection: Connection, seat: Seat, patient_id: int, held: dict[int, str], now: datetime
) -> Candidate | None:
    patient = calls.patient(connection, seat.clinic_id, patient_id)
    if patient is None:
        return None
    today = calendar.of(seat.policy).day_of(now)
    performed = calls.treatments(connection, seat.clinic_id, patient_id, today, today)
    newest = performed[0] if performed else None
    day = None if newest is None else as_day(newest["performed_on"])
    live = [
        row
        for row in calls.numbers(connection, seat.clinic_id, patient_id, to_ms(now))
        if row["status"] != "dead"
    ]
    return Candidate(
        patient_id=patient_id,
        masked_name=names.masked(str(patient["name"])),
        last_digits=str(live[0]["e164"])[-LAST:] if live else "",
        procedure=shown_procedure(
            None if newest is None else str(newest["procedure"]), restricted_ok=seat.restricted_ok
        ),
        day=None if day is None else (today - day).days,
        held_by=held.get(int(patient["group_id"])),
    )


def take(seat: Seat, patient_id: int | None, number: str, now: datetime) -> Claim:
    """Answer an incoming call. No window, gate or lane keeps a patient who rings from being heard.

    Args:
        seat: who answers.
        patient_id: who rings; None while unknown: then a contact of its own is opened for the number. A record that
            was merged since stands for the one that goes on.
        number: as shown by the telephone; may be empty.
        now: aware datetime, by the database's clock.

    Returns:
        The claim; items of the patient that are due come along.

    Raises:
        AlreadyTaken: a colleague holds the patient's contact group.
        NotAllowed: the patient is unknown to the clinic.
    """
    kept = _kept(seat, number)
    if patient_id is None:
        with unit_of_work(seat.database) as connection:
            group_id = calls.add_group(connection, seat.clinic_id, to_ms(now))
    else:
        with reading(seat.database) as connection:
            # The list she was chosen from may be older than a merge of two records.
            patient_id = members.goes_on(connection, seat.clinic_id, patient_id)
            patient = calls.patient(connection, seat.clinic_id, patient_id)
        if patient is None:
            raise NotAllowed("patient_unknown")
        group_id = int(patient["group_id"])
    claim = claiming.take_patient(seat, group_id, patient_id, kept, now)
    with unit_of_work(seat.database) as connection:
        connected(connection, seat, claim, now)
    return claim


def number_told(seat: Seat, claim: Claim, number: str) -> str | None:
    """Write down the number an unknown caller says, on her contact and on what was raised before she said it.

    Args:
        seat: who heard it. claim: the incoming contact.
        number: as it was said.

    Returns:
        The number as it is kept; None when nothing is left of it, and nothing is written.

    Raises:
        StaleLease: the contact is no longer this seat's.
    """
    kept = _kept(seat, number)
    if kept is not None:
        with unit_of_work(seat.database) as connection:
            hold(connection, seat, claim)
            calls.set_caller_number(connection, seat.clinic_id, claim.contact_id, kept)
            escalations.set_caller_number(connection, seat.clinic_id, claim.contact_id, kept)
    return kept


def _kept(seat: Seat, number: str) -> str | None:
    shown = clean(number).strip()[:NUMBER_MAX]
    parsed = phone.parse(shown, seat.policy.clinic.country) if shown else None
    return parsed.e164 if isinstance(parsed, ParsedPhone) else shown or None


def connected(connection: Connection, seat: Seat, claim: Claim, now: datetime) -> None:
    """Somebody is on the line: a lease that runs out now is a call cut off, never given to a colleague."""
    claims.set_stage(
        connection,
        seat.clinic_id,
        claim.group_id,
        claim.token,
        LeaseStage.CONNECTED,
        to_ms(now),
        LEASE_S * 1000,
    )
