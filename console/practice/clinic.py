"""The practice clinic: an empty sample clinic made once, and a copy of it with one patient for each scenario."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from console.demo.founded import CLINIC, DOCTOR, LEAD, STAFF, ZONE, found
from console.desk import board, calls, patient_forms, patients, queue, scripts, spoken, staff, treatment_forms
from console.desk.seat import Seat
from console.practice.records import STRANGER, Done, Scenario
from console.practice.stage import Stage
from db import seal_key
from db.connect import Database
from db.enums import OPEN_STATES, CallOutcome, Role, SpokeTo
from db.errors import NotAllowed
from db.patient_records import PatientForm, PersonForm, TreatmentForm
from db.records import Answered, CallForm, Claim

DAY: Final = date(2026, 6, 15)
"""The day of every practice call: a Monday on which the clinic works."""
TRAINEE: Final = "trainee"
ROLES: Final = (Role.CALLER, Role.NURSE, Role.CONSULTANT, Role.DOCTOR, Role.TRAINEE)
"""Roles the person who practises may practise in; a caller unless she asks."""
GO_LIVE: Final = date(2020, 1, 1)
"""Long before any treatment of a scenario: nothing about her was before the start."""
BEFORE: Final = datetime(2026, 6, 14, 9, 0, tzinfo=ZoneInfo(ZONE))
"""When the clinic was made and everybody sat down."""
NUMBER: Final = "13800000701"
CALLER_NUMBER: Final = "13800000702"
"""Numbers of the patient and of an unknown caller, of a block the sample clinic does not use."""
SURGEON: Final = "甲医生"
_DRAIN: Final = "drain_in"
_names = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Base:
    """An empty practice clinic in a closed file, and the seat of the person who practises.

    Args:
        folder: private folder; copies lie beside the file. path: the file.
        seat: hers, of the file. pin: hers, for the lock of a screen.
    """

    folder: Path
    path: Path
    seat: Seat
    pin: str = field(repr=False)


def base(folder: Path, name: str = STAFF[TRAINEE][0]) -> Base:
    """Make the empty practice clinic. It takes some seconds: PINs are slow on purpose.

    Args:
        folder: of this process alone; it is made 0700 when it is missing.
        name: of the person who practises, as she is called on the screen and in what she reads aloud.

    Raises:
        RecordError: the file cannot be made.
    """
    path = folder / "base" / "practice.db"
    database = Database.at(path)
    try:
        people = {LEAD: STAFF[LEAD], DOCTOR: STAFF[DOCTOR], TRAINEE: (name, ROLES)}
        made = found(
            database,
            datetime.combine(DAY, datetime.min.time(), BEFORE.tzinfo),
            BEFORE,
            GO_LIVE,
            people,
            frozenset({DOCTOR, TRAINEE}),
        )
        seat = staff.sign_in(database, TRAINEE, made.pins[TRAINEE], BEFORE, label="practice")
    finally:
        database.close()
    return Base(folder, path, replace(seat, practice=True), made.pins[TRAINEE])


def opened(base: Base, scenario: Scenario, *, role: Role = Role.CALLER) -> Stage:
    """Put a scenario's patient into a copy of the practice clinic and open her call.

    The same scenario always gives the same sheet and values, and the same claim but for its token.

    Args:
        base: the empty clinic. scenario: what is practised.
        role: one of `ROLES`; the talk-track is chosen for it.

    Returns:
        The stage. Its database is a file of its own that goes with the base's folder.

    Raises:
        NotAllowed: `practice_no_item`: her plan has no such call on that day; `item_not_callable`: it may not be
            made at that time, `reason` says why.
        FormInvalid: the record refuses the patient or a treatment; `problems` says what.
    """
    database = copied(base)
    seat = replace(base.seat, database=database)
    if role is not seat.role:
        seat = staff.switch_role(seat, role, BEFORE)
    if role is Role.TRAINEE:
        # A trainee has no queue of her own: here she may take what the scenario is about.
        seat = replace(seat, lanes=base.seat.lanes)
    now = datetime.combine(DAY, scenario.clock, BEFORE.tzinfo)
    patient_id = _patient(seat, scenario, now) if scenario.known else None
    if scenario.incoming:
        number = NUMBER if scenario.known else CALLER_NUMBER
        claim = calls.take_incoming(seat, patient_id, number, now)
    else:
        assert patient_id is not None, "a planned call is about somebody on file"
        claim = _taken(seat, patient_id, scenario, now)
    sheet = calls.open_call(seat, claim, now)
    library, release = scripts.active(seat, now)
    roster = board.on_call(seat, now).people
    lang = str(sheet.language if sheet.patient_id is not None else scenario.persona.language)
    values = spoken.values(
        seat,
        sheet,
        claim,
        library,
        roster[0] if roster else None,
        spoken.dates_of(None, seat.policy, now, ZoneInfo(seat.zone)),
        now,
        lang,
        clinic=CLINIC["zh" if lang == "zh" else "en"],
        by_sheet=scenario.on_line != STRANGER,
    )
    database.close()
    return Stage(
        scenario=scenario,
        library=library,
        sheet=sheet,
        claim=claim,
        now=now,
        role=str(role),
        may_say=release.may_say,
        values=values,
        seat=seat,
        database=database,
    )


def removed(stage: Stage) -> None:
    """Delete the file of a stage that is not played on; a stage without one is left alone."""
    if stage.database is not None and stage.database.address.path is not None:
        stage.database.close()
        shutil.rmtree(stage.database.address.path.parent, ignore_errors=True)


def copied(base: Base) -> Database:
    """A copy of the base in a folder of its own: the base itself is never opened again."""
    folder = base.folder / f"call-{next(_names)}"
    folder.mkdir(mode=0o700)
    copy = Database.at(folder / base.path.name)
    assert copy.address.path is not None
    for source, target in (
        (base.path, copy.address.path),
        (seal_key.key_file(base.seat.database.address), seal_key.key_file(copy.address)),
    ):
        # A key that was given by a variable has no file.
        if source.exists():
            target.touch(mode=0o600)
            shutil.copyfile(source, target)
    return copy


def _patient(seat: Seat, scenario: Scenario, now: datetime) -> int:
    """The scenario's patient, with what was done to her and who is with her, through the forms of a seat."""
    persona = scenario.persona
    form = PatientForm(
        name=persona.name,
        numbers=(NUMBER,),
        external_id="PRACTICE-1",
        sex=persona.sex,
        born_on=persona.born_on.isoformat(),
        language=str(persona.language),
        lives_alone=scenario.lives_alone,
    )
    patient_id = patient_forms.save_patient(seat, form, "practice-patient", BEFORE)
    for number, one in enumerate(scenario.companions, start=1):
        person = PersonForm(one.name, one.relation, consent=one.may_hear, guardian=one.guardian)
        patient_forms.add_contact_person(seat, patient_id, person, f"practice-person-{number}", BEFORE)
    # Known since this minute, so that nothing of hers lapsed on our watch; the newest last, as they were done.
    for number, one in sorted(enumerate(scenario.treatments), key=lambda pair: -pair[1].day):
        entered = BEFORE if _noted_before(one) else now
        treatment_forms.save_treatment(
            seat, patient_id, _treatment(one), f"practice-treatment-{number}", entered
        )
    if any(_noted_before(one) for one in scenario.treatments):
        _drain_noted(seat, patient_id, scenario)
    return patient_id


def _noted_before(done: Done) -> bool:
    """Whether the record has to know of it the day before: a drain is known from an earlier call alone."""
    return done.drain_in and done.day > 0


def _treatment(done: Done) -> TreatmentForm:
    performed = DAY - timedelta(days=done.day)

    def later(days: int | None) -> str:
        return "" if days is None else (performed + timedelta(days=days)).isoformat()

    return TreatmentForm(
        procedure=done.procedure,
        performed_on=performed.isoformat(),
        site=done.site,
        side=done.side or "",
        surgeon=done.surgeon or SURGEON,
        anaesthesia=done.anaesthesia or "",
        implant=done.implant or "",
        orders=done.orders or "",
        stitches_on=later(done.stitches_day),
        splint_on=later(done.splint_day),
    )


def _drain_noted(seat: Seat, patient_id: int, scenario: Scenario) -> None:
    """She rang the day before and said that the drain is in: the record knows drains from answers alone."""
    claim = calls.take_incoming(seat, patient_id, NUMBER, BEFORE)
    sheet = calls.open_call(seat, claim, BEFORE)
    drained = [
        known.id
        for done in scenario.treatments
        for known in sheet.treatments
        if done.drain_in and known.procedure == done.procedure and known.site == done.site
    ]
    at = BEFORE + timedelta(minutes=1)
    answers = tuple(Answered(_DRAIN, "yes", at, treatment_id=one) for one in drained)
    form = CallForm(
        spoke_to=SpokeTo.PATIENT,
        identity=("birthday", "surgeon"),
        started_at=BEFORE,
        outcome=CallOutcome.PARTIAL,
        answers=answers,
        note="引流管还在，其他等约好的回访再问。",
    )
    calls.save(seat, claim, form, "practice-drain", at + timedelta(minutes=1))


def _taken(seat: Seat, patient_id: int, scenario: Scenario, now: datetime) -> Claim:
    """The claim of the call the scenario is about."""
    page = patients.page(seat, patient_id, now)
    first = scenario.treatments[0].procedure if scenario.treatments else None
    open_now = [
        line
        for line in page.plan
        if line.state in OPEN_STATES and (line.clinical_end_at is None or line.clinical_end_at > now)
    ]
    lines = [line for line in open_now if line.milestone == scenario.milestone]
    lines.sort(key=lambda line: (line.procedure != first, line.due_on or date.max, line.id))
    if not lines:
        planned = sorted({line.milestone for line in open_now})
        raise NotAllowed("practice_no_item", milestone=scenario.milestone, planned=", ".join(planned))
    return queue.take_item(seat, lines[0].id, now)
