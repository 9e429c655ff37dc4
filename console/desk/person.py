"""What the talk-tracks want to know of the patient herself, from her record."""

from __future__ import annotations

from datetime import date
from typing import Final

from console.scripts.records import Person
from db import treatments
from db.connect import Connection
from db.records import CallSheet

ADULT_YEARS: Final = 18
"""Of age from this birthday on (Civil Code, article 17)."""

MALE: Final = "male"
"""As forms and imports write `patient.sex`."""


def minor(born_on: date | None, today: date) -> bool:
    """Whether somebody is under age.

    Args:
        born_on: birthday, None when unknown: then she counts as grown up.
        today: the clinic's day.
    """
    if born_on is None:
        return False
    had = (today.month, today.day) >= (born_on.month, born_on.day)
    return today.year - born_on.year - (not had) < ADULT_YEARS


def treated_before(connection: Connection, clinic_id: int, patient_id: int) -> bool:
    """Whether a patient has had more than one treatment here, however long ago."""
    return len(treatments.of_patients(connection, clinic_id, [patient_id])) > 1


def of_sheet(sheet: CallSheet) -> Person:
    """The patient of a call as the selector of talk-tracks takes her; a guardian on file makes her a minor."""
    return Person(
        minor=sheet.minor or any(one.guardian for one in sheet.people),
        male=sheet.sex == MALE,
        returning=sheet.returning,
        leaves_town=sheet.local_until is not None,
    )
