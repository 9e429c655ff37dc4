"""Adding and correcting a treatment by hand, with a preview of its plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from console.clean import clean
from console.desk import contact_items, plans, words
from console.desk.forms import Checked, known_patient, may_write, planning_of, stored
from console.desk.local import clinic_day
from console.desk.noting import note
from console.desk.seat import Seat
from console.exchange.rows import fold_word
from console.rules import plans as plan_rules
from db import idempotency, members, patients, standing, treatments
from db.connect import Connection, Row, unit_of_work
from db.errors import NotAllowed
from db.instants import to_ms
from db.patient_records import TreatmentForm
from db.records import PlannedItem, TreatmentFacts

_SAME_TREATMENT: Final = ("procedure", "performed_on", "site")
_PLANNED_FROM: Final = (
    *_SAME_TREATMENT,
    "stitches_on",
    "splint_on",
    "inpatient",
    "discharge_on",
    "implant",
    "orders",
)
_READ_FROM: Final = (*_SAME_TREATMENT,)
"""Columns that choose the talk-track: after a change of one, earlier calls were read from the wrong one."""


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What saving a treatment would plan.

    Args:
        items: the contacts, by due day; those before the start are marked by their state.
        closes: open items of the old plan that would be taken back.
        read: calls already made with the old facts.
        made: of a new treatment, whether its plan is made in time: on_time, grace or late.
    """

    items: tuple[PlannedItem, ...]
    closes: int
    read: int
    made: str | None = None


@dataclass(frozen=True, slots=True)
class SavedTreatment:
    """A saved treatment: items planned and taken back, and the calls that were read from the wrong
    talk-track."""

    treatment_id: int
    planned: int
    closed: int
    read: tuple[plans.ReadCall, ...]
    review_item_id: int | None = None


def _treatment_values(
    checked: Checked, connection: Connection, seat: Seat, form: TreatmentForm, patient: Row, today: date
) -> dict[str, object]:
    word = clean(form.procedure).strip()
    procedure = words.known(connection, seat.clinic_id).get(fold_word(word))
    if procedure is None:
        checked.wrong("form_procedure_unknown" if word else "form_procedure_missing", "procedure")
    performed_on = checked.day("performed_on", form.performed_on)
    if performed_on is None:
        if not form.performed_on.strip():
            checked.wrong("form_date_missing", "performed_on")
    elif performed_on > today:
        checked.wrong("form_date_future", "performed_on")
    elif (born_on := patients.born_on(patient)) is not None and born_on > performed_on:
        checked.wrong("form_born_after", "performed_on")
    later: dict[str, date | None] = {}
    for field in ("stitches_on", "splint_on", "discharge_on"):
        later[field] = checked.day(field, getattr(form, field))
        typed = later[field]
        if typed is not None and performed_on is not None and typed < performed_on:
            checked.wrong("form_before_operation", field)
    return {
        "procedure": procedure,
        "site": checked.text("site", form.site) or "",
        "side": checked.text("side", form.side),
        "performed_on": performed_on,
        "surgeon": checked.text("surgeon", form.surgeon),
        "anaesthesia": checked.text("anaesthesia", form.anaesthesia),
        "implant": checked.text("implant", form.implant),
        "orders": checked.text("orders", form.orders, multiline=True),
        "stitches_on": later["stitches_on"],
        "splint_on": later["splint_on"],
        "inpatient": form.inpatient or later["discharge_on"] is not None,
        "discharge_on": later["discharge_on"],
    }


def preview_treatment(
    seat: Seat, patient_id: int, form: TreatmentForm, now: datetime, treatment_id: int | None = None
) -> PlanPreview:
    """The dates a treatment would plan, before it is saved. Writes nothing.

    Args: seat; patient_id; form; now, aware; treatment_id, the treatment to correct.
    Returns: the contacts, how many open ones they replace and how many calls were made with the old facts.
    Raises: FormInvalid, NotAllowed.
    """
    may_write(seat)
    checked = Checked()
    connection = seat.database.connection()
    patient = known_patient(connection, seat, patient_id)
    values = _treatment_values(checked, connection, seat, form, patient, clinic_day(now, seat.zone))
    checked.done()
    facts: TreatmentFacts = plans.treatment_facts(dict(values), patient)
    running = standing.in_cycle(connection, seat.clinic_id, [patient_id]).get(patient_id)
    planned = plans.preview(facts, planning_of(connection, seat, now), running)
    if treatment_id is None:
        return PlanPreview(planned, 0, 0, plan_rules.setting(facts.performed_on, clinic_day(now, seat.zone)))
    old = treatments.items_of(connection, seat.clinic_id, patient_id, treatment_id)
    closes = sum(1 for row in old if row["state"] in treatments.CLOSED_BY_PLAN)
    read = treatments.calls_read(connection, seat.clinic_id, patient_id, [int(row["id"]) for row in old])
    return PlanPreview(planned, closes, len(read))


def save_treatment(
    seat: Seat,
    patient_id: int,
    form: TreatmentForm,
    key: str,
    now: datetime,
    treatment_id: int | None = None,
) -> SavedTreatment:
    """Add a treatment and its plan, or correct one and plan it anew.

    Done items of a corrected treatment stay. When calls were already read from a talk-track that the
    correction makes the
    wrong one, the lead gets an item.

    Args: seat; patient_id; form; key, the same for a repeated save; now, aware; treatment_id, the treatment
    to correct.
    Returns: what was planned and taken back.
    Raises: FormInvalid, NotAllowed.
    """
    may_write(seat)
    checked = Checked()
    with unit_of_work(seat.database) as connection:
        earlier = idempotency.find(connection, seat.clinic_id, key)
        if earlier is not None:
            return SavedTreatment(earlier, 0, 0, ())
        # Two seats at once plan one treatment: the second sees the first's.
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        patient = known_patient(connection, seat, patient_id)
        values = _treatment_values(checked, connection, seat, form, patient, clinic_day(now, seat.zone))
        for row in treatments.of_patients(connection, seat.clinic_id, [patient_id]):
            if row["id"] != treatment_id and all(
                stored(row, name) == values[name] for name in _SAME_TREATMENT
            ):
                checked.wrong("form_treatment_twice", "procedure")
        checked.done()
        planning = planning_of(connection, seat, now)
        if treatment_id is None:
            row = {"patient_id": patient_id, **values}
            added = treatments.add(connection, seat.clinic_id, row, to_ms(now))
            saved = SavedTreatment(added, plans.plan_new(connection, planning, [added], []), 0, ())
            changed: dict[str, object] = values
            action = "treatment.add"
        else:
            saved, changed = _correct(connection, seat, planning, patient_id, treatment_id, values, now)
            action = "treatment.change"
        # What is open about her now decides the places of her other calls.
        plans.place_patients(connection, planning, [patient_id])
        note(connection, seat, now, action, "treatment", saved.treatment_id, changed)
        idempotency.remember(connection, seat.clinic_id, key, "treatment", saved.treatment_id, now)
    return saved


def _correct(
    connection: Connection,
    seat: Seat,
    planning: plans.Planning,
    patient_id: int,
    treatment_id: int,
    values: dict[str, object],
    now: datetime,
) -> tuple[SavedTreatment, dict[str, object]]:
    before = treatments.one(connection, seat.clinic_id, treatment_id)
    if before is None or before["patient_id"] != patient_id or before["superseded_at"] is not None:
        raise NotAllowed("treatment_unknown")
    changed = {name: value for name, value in values.items() if stored(before, name) != value}
    if not changed:
        return SavedTreatment(treatment_id, 0, 0, ()), {}
    treatments.change(connection, seat.clinic_id, treatment_id, changed, to_ms(now))
    if not changed.keys() & set(_PLANNED_FROM):
        return SavedTreatment(treatment_id, 0, 0, ()), changed
    wrong = bool(changed.keys() & set(_READ_FROM))
    reason = treatments.CORRECTED if wrong else "treatment_dates"
    done = plans.replan(connection, planning, treatment_id, reason)
    if not wrong or not done.read:
        return SavedTreatment(treatment_id, done.planned, done.closed, ()), changed
    if not done.planned:
        treatments.add_correction(
            connection, seat.clinic_id, patient_id, treatment_id, seat.staff_id, to_ms(now)
        )
    review = contact_items.lead_review(connection, seat, patient_id, now, treatment_id=treatment_id)
    return SavedTreatment(treatment_id, done.planned, done.closed, done.read, review), changed


def remove_treatment(seat: Seat, patient_id: int, treatment_id: int, reason: str, now: datetime) -> int:
    """Take back a treatment that never was, with its open items. The row stays, marked.

    Args: seat; patient_id; treatment_id; reason, in words, required; now, aware.
    Returns: how many items were taken back.
    Raises: NotAllowed.
    """
    may_write(seat)
    said = clean(reason).strip()
    if not said:
        raise NotAllowed("text_missing", field="reason")
    with unit_of_work(seat.database) as connection:
        members.locked_patients(connection, seat.clinic_id, [patient_id])
        row = treatments.one(connection, seat.clinic_id, treatment_id)
        if row is None or row["patient_id"] != patient_id:
            raise NotAllowed("treatment_unknown")
        if not treatments.supersede(connection, seat.clinic_id, treatment_id, to_ms(now)):
            return 0
        planning = planning_of(connection, seat, now)
        closed = plans.drop(connection, planning, patient_id, treatment_id, "treatment_removed")
        plans.place_patients(connection, planning, [patient_id])
        note(connection, seat, now, "treatment.remove", "treatment", treatment_id, {"reason": said})
    return closed
