"""Frozen records of a patient's file: what the patient screen shows and what its forms hand over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from db.call_records import AppointmentLine, Companion, HistoryLine, NumberLine, VisitLine
from db.enums import ItemClass, ItemKind, ItemState, Language, Purpose


@dataclass(frozen=True, slots=True)
class FoundPatient:
    """One line of a search: masked. `procedure` is the newest operation's code or "restricted", `day` its
    post-op day."""

    patient_id: int
    external_id: str | None
    patient: str
    phone: str | None
    procedure: str | None
    day: int | None
    was: str | None = None
    """Id of the old record she was found by, where two records of hers became one."""


@dataclass(frozen=True, slots=True)
class TreatmentLine:
    """A performed procedure. For a reader who may not see it the code is "restricted" and the details are
    empty."""

    id: int
    procedure: str
    site: str
    side: str | None
    performed_on: date
    day: int
    surgeon: str | None
    anaesthesia: str | None
    implant: str | None
    orders: str | None
    stitches_on: date | None
    splint_on: date | None
    inpatient: bool
    discharge_on: date | None
    masked: bool


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One item of a patient's plan, open or closed."""

    id: int
    kind: ItemKind
    milestone: str
    klass: ItemClass
    team: str
    procedure: str | None
    due_on: date | None
    earliest_at: datetime
    clinical_end_at: datetime | None
    state: ItemState
    attempts: int
    close_reason: str | None
    promise_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """What the patient last said about one purpose."""

    purpose: Purpose
    given: bool
    at: datetime
    how: str


@dataclass(frozen=True, slots=True)
class CallLine:
    """An earlier conversation; `wrong_track` when its treatment was corrected afterwards."""

    line: HistoryLine
    wrong_track: bool


@dataclass(frozen=True, slots=True)
class EscalationLine:
    """One thing handed over about the patient."""

    id: int
    kind: str
    level: str | None
    status: str
    raised_at: datetime
    summary: str


@dataclass(frozen=True, slots=True)
class CycleLine:
    """A course of treatments; `closed_on` is None while it is open."""

    id: int
    kind: str
    opened_on: date
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class PatientPage:
    """A patient's whole file, unmasked but for intimate procedures."""

    patient_id: int
    external_id: str | None
    name: str
    pinyin: str
    sex: str | None
    born_on: date | None
    age: int | None
    language: Language
    member_tier: str | None
    lives_alone: bool
    preferred_hours: tuple[str, ...]
    deceased_on: date | None
    legal_hold: bool
    consultant: str | None
    notes: str | None
    numbers: tuple[NumberLine, ...]
    people: tuple[Companion, ...]
    treatments: tuple[TreatmentLine, ...]
    visits: tuple[VisitLine, ...]
    appointments: tuple[AppointmentLine, ...]
    plan: tuple[PlanLine, ...]
    calls: tuple[CallLine, ...]
    escalations: tuple[EscalationLine, ...]
    consents: tuple[ConsentLine, ...]
    relatives: int
    local_until: date | None = None
    """Last day she is in town, when she goes away."""
    no_follow_up: str | None = None
    """Why she gets safety calls only; None when she is followed up."""
    cycles: tuple[CycleLine, ...] = ()
    merged: tuple[str, ...] = ()
    """Ids of older records of hers that were merged into this one."""


@dataclass(frozen=True, slots=True)
class PatientForm:
    """A patient as typed. Texts are what stood in the fields; `numbers` in the order they are dialled."""

    name: str
    numbers: tuple[str, ...]
    external_id: str = ""
    sex: str = ""
    born_on: str = ""
    language: str = "zh"
    lives_alone: bool = False
    local_until: str = ""
    preferred_hours: str = ""
    member_tier: str = ""
    consultant: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class TreatmentForm:
    """A treatment as typed. `procedure` is a code or any word the import knows; dates as the import reads
    them."""

    procedure: str
    performed_on: str
    site: str = ""
    side: str = ""
    surgeon: str = ""
    anaesthesia: str = ""
    implant: str = ""
    orders: str = ""
    stitches_on: str = ""
    splint_on: str = ""
    inpatient: bool = False
    discharge_on: str = ""


@dataclass(frozen=True, slots=True)
class PersonForm:
    """A contact person as typed. `consent`: the patient has agreed that clinical things may be said to this
    person."""

    name: str
    relation: str
    phone: str = ""
    consent: bool = False
    guardian: bool = False
