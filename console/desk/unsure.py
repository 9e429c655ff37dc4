"""What a form may hold and its writer should look at twice: asked once, and saved when she says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from console.desk.searchkeys import KEY_CHARS, NAME_CHARS
from console.desk.seat import Seat
from console.rules import calendar, names
from db import patients, search
from db.connect import Connection, Row
from db.enums import PhoneStatus
from db.errors import NotAllowed
from db.records import ParsedPhone, Reason


class Unsure(NotAllowed):
    """Nothing is saved yet: `questions` says what to look at. Handed in again with `sure` it is saved.

    The questions name a patient, so they are no parameters of the error, which may be logged.
    """

    def __init__(self, questions: Iterable[Reason]) -> None:
        super().__init__("form_unsure")
        self.questions = tuple(questions)


_CLOSED = {
    "closed_holiday": "unsure_closed_holiday",
    "closed_by_clinic": "unsure_closed_by_clinic",
    "closed_weekday": "unsure_closed_weekday",
}


def closed_days(seat: Seat, moments: Iterable[datetime]) -> tuple[Reason, ...]:
    """What to ask before something is booked at some aware instants: the first on a closed day, and how many are."""
    clock = calendar.of(seat.policy)
    days = [clock.day_of(moment) for moment in moments]
    shut = [(day, why) for day in days if (why := clock.closed(day)) is not None]
    if not shut:
        return ()
    day, why = shut[0]
    first = Reason(_CLOSED[why.code], {**why.params, "day": day.isoformat()})
    if len(days) == 1:
        return (first,)
    return (first, Reason.of("unsure_closed_some", n=len(shut), all=len(days)))


def same_person(
    connection: Connection, seat: Seat, name: str, born_on: date | None, numbers: Iterable[ParsedPhone]
) -> tuple[Reason, ...]:
    """What to ask before somebody is added: records of that name with the same birthday or an own number of hers.

    Args: connection; seat; name, cleaned; born_on, None when not known; numbers, hers as typed.
    """
    folded = names.fold(name[:NAME_CHARS])
    found: dict[int, Reason] = {}
    typed = [number.e164 for number in numbers]
    holding = {
        int(row["patient_id"])
        for row in patients.on_numbers(connection, seat.clinic_id, typed)
        if row["contact_person_id"] is None and row["status"] != PhoneStatus.DEAD
    }
    for patient_id, row in patients.by_ids(connection, seat.clinic_id, sorted(holding)).items():
        if row["merged_into"] is None and names.fold(str(row["name"])[:NAME_CHARS]) == folded:
            found[patient_id] = _question("unsure_same_number", row)
    if born_on is not None and folded:
        for row in search.named(connection, seat.clinic_id, folded[:KEY_CHARS], born_on):
            if names.fold(str(row["name"])[:NAME_CHARS]) == folded:
                found.setdefault(int(row["id"]), _question("unsure_same_birthday", row))
    return tuple(found.values())


def _question(code: str, row: Row) -> Reason:
    return Reason.of(code, name=names.masked(str(row["name"])), id=row["external_id"] or row["id"])
