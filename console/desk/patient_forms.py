"""Adding and correcting a patient by hand: the person, the numbers, contact persons, consent."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import Final

from console.clean import clean
from console.desk import plans
from console.desk.forms import Checked, known_patient, may_write, planning_of, stored
from console.desk.local import clinic_day
from console.desk.noting import note
from console.desk.searchkeys import search_keys
from console.desk.seat import Seat
from console.desk.unsure import Unsure, same_person
from console.rules import calendar, names, phone
from db import idempotency, members, patients, search, treatments
from db.connect import Connection, unit_of_work
from db.enums import Language, PhoneStatus, Purpose
from db.instants import day as as_day
from db.instants import to_ms
from db.patient_records import PatientForm, PersonForm
from db.records import ParsedPhone, Reason

_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-~]\s*(\d{1,2}):(\d{2})")
_COLONS = str.maketrans(
    {"：": ":", "－": "-", "—": "-", "–": "-", "～": "~", "，": ",", "、": ",", "；": ","}
)
PLANNED_FROM: Final = frozenset({"lives_alone", "local_until"})
"""What of a patient her plans are made from."""
_LATELY_DAYS: Final = 30
"""No call that depends on it is due later after an operation: stitches and splint are out long before."""
SEXES: Final = ("", "female", "male")


def preferred_hours(typed: str) -> tuple[str, ...] | None:
    """A patient's own hours as typed: "19:00-20:00" or several with commas, full-width signs too.

    Args: typed, clinic time.
    Returns: normalised ranges, empty for none; None when the text is no list of half-open ranges of one day.
    """
    ranges: list[str] = []
    for part in typed.translate(_COLONS).split(","):
        if not part.strip():
            continue
        match = _HOURS.fullmatch(part.strip())
        if match is None:
            return None
        start, end = (int(match[at]) * 60 + int(match[at + 1]) for at in (1, 3))
        if int(match[2]) > 59 or int(match[4]) > 59 or not 0 <= start < end <= 24 * 60:
            return None
        ranges.append(f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}")
    return tuple(ranges)


def save_patient(
    seat: Seat,
    form: PatientForm,
    key: str,
    now: datetime,
    patient_id: int | None = None,
    *,
    sure: bool = False,
) -> int:
    """Add a patient, or correct one.

    Numbers that are no longer on the form are marked dead, never deleted; a new one may join contact groups.

    Args: seat; form; key, the same for a repeated save; now, aware; patient_id, whom to correct; sure, that she is
    nobody who is on file already.
    Returns: the patient's id.
    Raises: FormInvalid: with every fault. NotAllowed: a trainee at a real clinic, or no such patient. Unsure: somebody
    of that name with that birthday or number is on file.
    """
    may_write(seat)
    today = clinic_day(now, seat.zone)
    checked = Checked()
    values, numbers = _patient_values(checked, seat, form, today)
    born_on = values["born_on"]
    assert born_on is None or isinstance(born_on, date)
    with unit_of_work(seat.database) as connection:
        earlier = idempotency.find(connection, seat.clinic_id, key)
        if earlier is not None:
            return earlier
        external_id = values["external_id"]
        if isinstance(external_id, str):
            holder = patients.by_external_ids(connection, seat.clinic_id, [external_id]).get(external_id)
            if holder is not None and holder["id"] != patient_id:
                checked.wrong("form_id_taken", "external_id")
        checked.done()
        if patient_id is None:
            alike = () if sure else same_person(connection, seat, str(values["name"]), born_on, numbers)
            if alike:
                raise Unsure(alike)
            row = patients.add(connection, seat.clinic_id, values, to_ms(now))
            saved, changed = int(row["id"]), dict(values)
        else:
            before = known_patient(connection, seat, patient_id)
            changed = {name: value for name, value in values.items() if stored(before, name) != value}
            if changed:
                patients.change(connection, seat.clinic_id, patient_id, changed, to_ms(now))
            saved = patient_id
        touched = _write_numbers(connection, seat, saved, numbers, now)
        rewrite_keys(connection, seat, saved)
        if patient_id is not None and changed.keys() & PLANNED_FROM:
            plan_again(connection, planning_of(connection, seat, now), saved)
        plans.place_patients(connection, planning_of(connection, seat, now), touched | {saved})
        action = "patient.add" if patient_id is None else "patient.change"
        phones = {"phone": ",".join(number.e164 for number in numbers)}
        note(connection, seat, now, action, "patient", saved, {**changed, **phones})
        idempotency.remember(connection, seat.clinic_id, key, "patient", saved, now)
    return saved


def plan_again(connection: Connection, planning: plans.Planning, patient_id: int) -> None:
    """Plan anew what was done lately to a patient: living alone and leaving town move their calls.

    Args:
        connection: inside a unit of work.
        planning: clinic, policy and moment.
        patient_id: whose.
    """
    today = calendar.of(planning.policy).day_of(planning.at)
    for row in treatments.of_patients(connection, planning.clinic_id, [patient_id]):
        performed_on = as_day(row["performed_on"])
        if performed_on is not None and today - performed_on <= timedelta(days=_LATELY_DAYS):
            plans.replan(connection, planning, int(row["id"]), "patient_changed")


def _patient_values(
    checked: Checked, seat: Seat, form: PatientForm, today: date
) -> tuple[dict[str, object], list[ParsedPhone]]:
    name = checked.text("name", form.name) or ""
    if not any(char.isalpha() for char in name):
        checked.wrong("form_name_missing", "name")
    numbers: list[ParsedPhone] = []
    for typed in form.numbers:
        if not clean(typed).strip():
            continue
        read = phone.parse(clean(typed), seat.policy.clinic.country)
        if isinstance(read, Reason):
            checked.wrong("form_phone_invalid", "numbers")
        elif read.e164 not in {number.e164 for number in numbers}:
            numbers.append(read)
    if not numbers and not any(problem.params["field"] == "numbers" for problem in checked.problems):
        checked.wrong("form_phone_missing", "numbers")
    born_on = checked.day("born_on", form.born_on)
    if born_on is not None and born_on > today:
        checked.wrong("form_born_in_future", "born_on")
    hours = preferred_hours(clean(form.preferred_hours))
    if hours is None:
        checked.wrong("form_hours_invalid", "preferred_hours")
    local_until = checked.day("local_until", form.local_until)
    if form.sex not in SEXES:
        checked.wrong("form_choice", "sex")
    if form.language not in tuple(Language):
        checked.wrong("form_choice", "language")
    values: dict[str, object] = {
        "external_id": checked.text("external_id", form.external_id),
        "name": name,
        "pinyin": names.pinyin(name[:40]),
        "sex": form.sex or None,
        "born_on": born_on,
        "language": form.language,
        "lives_alone": form.lives_alone,
        "local_until": local_until,
        "preferred_hours": json.dumps(list(hours)) if hours else None,
        "member_tier": checked.text("member_tier", form.member_tier),
        "consultant": checked.text("consultant", form.consultant),
        "notes": checked.text("notes", form.notes, multiline=True),
    }
    return values, numbers


def _write_numbers(
    connection: Connection, seat: Seat, patient_id: int, numbers: list[ParsedPhone], now: datetime
) -> set[int]:
    """Bring a patient's own numbers to the form's; returns the patients whose items' places may have
    changed."""
    own = {
        str(row["e164"]): row
        for row in patients.numbers_of(connection, seat.clinic_id, [patient_id])
        if row["contact_person_id"] is None
    }
    wanted = [number.e164 for number in numbers]
    for e164, row in own.items():
        if e164 not in wanted:
            patients.set_number_status(connection, seat.clinic_id, int(row["id"]), PhoneStatus.DEAD)
    for rank, number in enumerate(numbers, start=1):
        row = own.get(number.e164)
        if row is None:
            patients.add_number(
                connection, seat.clinic_id, patient_id, number.e164, number.kind, rank, to_ms(now)
            )
        else:
            patients.revive_number(connection, seat.clinic_id, int(row["id"]), rank)
    touched: set[int] = set()
    for holders in patients.sharers(connection, seat.clinic_id, wanted).values():
        patients.join_groups(connection, seat.clinic_id, holders | {patient_id})
        touched |= holders
    return touched


def rewrite_keys(connection: Connection, seat: Seat, patient_id: int) -> None:
    """Make anew what a patient is found by; runs in the caller's transaction."""
    row = known_patient(connection, seat, patient_id)
    numbers = [str(one["e164"]) for one in patients.numbers_of(connection, seat.clinic_id, [patient_id])]
    search.rewrite(connection, seat.clinic_id, patient_id, search_keys(str(row["name"]), numbers))


def add_contact_person(seat: Seat, patient_id: int, form: PersonForm, key: str, now: datetime) -> int:
    """Add somebody reachable for a patient.

    Args: seat; patient_id; form; key, the same for a repeated save; now, aware.
    Returns: the contact person's id.
    Raises: FormInvalid, NotAllowed.
    """
    may_write(seat)
    checked = Checked()
    name = checked.text("name", form.name)
    relation = checked.text("relation", form.relation)
    if name is None:
        checked.wrong("form_name_missing", "name")
    if relation is None:
        checked.wrong("form_relation_missing", "relation")
    number: ParsedPhone | None = None
    if clean(form.phone).strip():
        read = phone.parse(clean(form.phone), seat.policy.clinic.country)
        if isinstance(read, Reason):
            checked.wrong("form_phone_invalid", "phone")
        else:
            number = read
    checked.done()
    with unit_of_work(seat.database) as connection:
        earlier = idempotency.find(connection, seat.clinic_id, key)
        if earlier is not None:
            return earlier
        known_patient(connection, seat, patient_id)
        values: dict[str, object] = {
            "name": name,
            "relation": relation,
            "phone": number.e164 if number else None,
            "may_hear_clinical": form.consent,
            "guardian": form.guardian,
            "consent_at": to_ms(now) if form.consent else None,
        }
        person_id = patients.add_person(connection, seat.clinic_id, patient_id, values)
        if number is not None:
            rank = len(patients.numbers_of(connection, seat.clinic_id, [patient_id])) + 1
            patients.add_number(
                connection, seat.clinic_id, patient_id, number.e164, number.kind, rank, to_ms(now), person_id
            )
            holders = patients.sharers(connection, seat.clinic_id, [number.e164]).get(number.e164, set())
            patients.join_groups(connection, seat.clinic_id, holders | {patient_id})
            rewrite_keys(connection, seat, patient_id)
            plans.place_patients(connection, planning_of(connection, seat, now), holders | {patient_id})
        note(connection, seat, now, "contact_person.add", "contact_person", person_id, values)
        idempotency.remember(connection, seat.clinic_id, key, "contact_person", person_id, now)
    return person_id


def record_consent(
    seat: Seat, patient_id: int, purpose: Purpose, given: bool, how: str, now: datetime
) -> None:
    """Note that a patient allows or refuses being contacted for one purpose; other purposes stay as they are.

    Args: seat; patient_id; purpose; given, False for an opt-out; how it was said, in a few words; now, aware.
    Raises: NotAllowed.
    """
    may_write(seat)
    with unit_of_work(seat.database) as connection:
        # A refusal written to a record that is being merged would be nobody's.
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        known_patient(connection, seat, patient_id)
        said = clean(how).strip()[:200]
        patients.add_consent(
            connection, seat.clinic_id, patient_id, purpose, given, said, seat.staff_id, to_ms(now)
        )
        plans.place_patients(connection, planning_of(connection, seat, now), [patient_id])
        values = {"purpose": purpose, "given": given, "how": said}
        note(connection, seat, now, "consent.add", "patient", patient_id, values)
