"""Frozen records of a conversation: what a caller sees, what she hands over, what became of it.

`db.records` hands them on to everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from db.claim_records import Claim
from db.enums import (
    AppointmentStatus,
    AttemptResult,
    CallOutcome,
    Channel,
    Direction,
    DraftStatus,
    ItemClass,
    ItemKind,
    ItemState,
    Language,
    Level,
    PhoneStatus,
    Purpose,
    SpokeTo,
)
from db.queue_records import Reason


@dataclass(frozen=True, slots=True)
class NumberLine:
    """One number of the person called, in full: only the holder of the claim gets it."""

    id: int
    e164: str
    kind: str
    rank: int
    status: PhoneStatus
    suspended_until: datetime | None
    contact_person_id: int | None
    """None when the number is the patient's own."""
    tries: int
    tries_today: int


@dataclass(frozen=True, slots=True)
class Companion:
    """Somebody reachable for the patient."""

    id: int
    name: str
    relation: str
    may_hear_clinical: bool
    """True only with consent on file, or for a guardian."""
    guardian: bool


@dataclass(frozen=True, slots=True)
class IdentityItem:
    """One thing the patient can give; `expected` is what the record says, for the caller's eyes only."""

    code: str
    expected: str
    decides: bool
    """At least one of the two items given must be a deciding one."""


@dataclass(frozen=True, slots=True)
class OpenTreatment:
    """A performed procedure as the call needs it. `day` is the post-op day in the clinic's zone."""

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
    stitches_out: bool
    splint_out: bool
    drain_in: bool
    masked: bool
    """The reader is not authorised: the name shown is "restricted"; surgeon, implant and orders are empty."""


@dataclass(frozen=True, slots=True)
class SheetItem:
    """One item worked in this contact."""

    id: int
    kind: ItemKind
    milestone: str
    flow: str
    klass: ItemClass
    purpose: Purpose
    patient_id: int
    treatment_id: int | None
    visit_id: int | None
    appointment_id: int | None
    escalation_id: int | None
    day: int | None
    due_on: date | None
    due_at: datetime | None
    clinical_end_at: datetime | None
    attempts: int
    promise_at: datetime | None
    promised: str | None
    handed: str | None = None
    """Why a colleague handed it over, in her words."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One earlier conversation. Folded until identity is sure."""

    call_id: int
    at: datetime
    staff: str
    outcome: CallOutcome
    milestone: str | None
    day: int | None
    recovery: str | None
    pain: int | None
    satisfaction: str | None
    summary: str
    note: str
    next_step: str | None
    amends_call_id: int | None


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit without treatment, for the unconverted calls."""

    id: int
    visited_on: date
    kind: str
    interest: str | None
    consultant: str | None


@dataclass(frozen=True, slots=True)
class AppointmentLine:
    """A booked or missed appointment the call may settle."""

    id: int
    kind: str
    at: datetime
    status: str
    treatment_id: int | None
    photo_taken: bool = False
    series_id: int | None = None
    """The first appointment of its series."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class OpenFlag:
    """An escalation of this contact as the call screen shows it."""

    id: int
    level: Level
    flags: tuple[str, ...]
    told_who: str | None
    phoning: str | None
    mis_keyed: bool
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class CallSheet:
    """Everything a caller sees of the contact she holds. `patient_id` is None for an unknown caller."""

    contact_id: int
    group_id: int
    patient_id: int | None
    name: str
    pinyin: str
    sex: str | None
    language: Language
    member_tier: str | None
    lives_alone: bool
    owner: str | None
    consultant: str | None
    notes: str | None
    caller_number: str | None
    incoming: bool
    numbers: tuple[NumberLine, ...]
    people: tuple[Companion, ...]
    identity: tuple[IdentityItem, ...]
    treatments: tuple[OpenTreatment, ...]
    visits: tuple[VisitLine, ...]
    appointments: tuple[AppointmentLine, ...]
    items: tuple[SheetItem, ...]
    history: tuple[HistoryLine, ...]
    open_flags: tuple[OpenFlag, ...]
    previous_answers: Mapping[str, str]
    """Newest stored answer per choice or number question: what a trend is compared with."""
    relatives: int
    """Other patients of this contact group."""
    next_contact_on: date | None = None
    """Clinic day of the next planned call that is not part of this contact."""
    minor: bool = False
    """Under 18 on the clinic's day, by the birth date on file."""
    returning: bool = False
    """Treated here more than once, or called here before."""
    local_until: date | None = None
    """Last day she is in town, when she goes away."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One patient an incoming caller may be, masked."""

    patient_id: int
    masked_name: str
    last_digits: str
    procedure: str | None
    day: int | None
    held_by: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer as keyed. `value` is yes, no, unsure, an option's code, or what was said."""

    question: str
    value: str
    at: datetime
    number: float | None = None
    asked_in_group: bool = False
    concern: str | None = None
    treatment_id: int | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """A mis-keyed answer: the value that stood before, kept beside the one that replaced it."""

    question: str
    was: str
    reason: str
    at: datetime
    concern: str | None = None
    treatment_id: int | None = None
    escalation_id: int | None = None


@dataclass(frozen=True, slots=True)
class PromiseMade:
    """An agreed callback."""

    at: datetime
    mine: bool
    what: str


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item of the contact: done, keep or skip. Without one the outcome decides."""

    item_id: int
    result: Literal["done", "keep", "skip"]


@dataclass(frozen=True, slots=True)
class AppointmentFact:
    """What the patient said about an appointment on file."""

    appointment_id: int
    status: AppointmentStatus


@dataclass(frozen=True, slots=True)
class CallForm:
    """What the call screen hands over, whole: also the document of a draft."""

    direction: Direction = Direction.OUT
    outcome: CallOutcome = CallOutcome.COMPLETED
    spoke_to: SpokeTo = SpokeTo.UNKNOWN
    contact_person_id: int | None = None
    identity: tuple[str, ...] = ()
    """Codes of the items the patient gave; never what she answered."""
    language: Language = Language.ZH
    started_at: datetime | None = None
    phone_id: int | None = None
    answers: tuple[Answered, ...] = ()
    corrections: tuple[Correction, ...] = ()
    concerns: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()
    """Turns of the talk that were taken, by kind and code; a draft takes them up again."""
    recovery: str | None = None
    """better, same, worse or unsure."""
    pain: int | None = None
    satisfaction: str | None = None
    """satisfied, neutral or dissatisfied."""
    doubt: bool = False
    """The patient doubts the operation's result."""
    note: str = ""
    next_step: str = ""
    promise: PromiseMade | None = None
    items: tuple[ItemResult, ...] = ()
    opt_out: tuple[Purpose, ...] = ()
    place: str = ""
    companion: str = ""
    temperature: float | None = None
    """Highest of the last 24 hours, degrees Celsius."""
    stitches_out: bool | None = None
    splint_out: bool | None = None
    appointments: tuple[AppointmentFact, ...] = ()
    next_contact_on: date | None = None
    """The patient's own time for the next call of an unconverted visit."""
    track_code: str | None = None
    track_version: int | None = None
    release_hash: str | None = None


@dataclass(frozen=True, slots=True)
class ItemAfter:
    """An item after a save or a dial."""

    item_id: int
    milestone: str
    state: ItemState
    wakes_at: datetime | None


@dataclass(frozen=True, slots=True)
class SavedCall:
    """What is true after COMMIT. `late`: the claim was no longer held, all typing is kept as a late draft."""

    call_id: int | None
    late: bool
    repeated: bool
    summary: str
    items: tuple[ItemAfter, ...]
    added: tuple[ItemAfter, ...]
    escalation_ids: tuple[int, ...]
    draft_id: int | None


@dataclass(frozen=True, slots=True)
class DialStarted:
    """A dial that is on its way; the number is the one to key into the desk phone."""

    attempt_id: int
    phone_id: int | None
    e164: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class DialEnded:
    """What a dial's result did. `keep`: the claim goes on, connected or with another number to try."""

    result: AttemptResult
    keep: bool
    reason: Reason
    items: tuple[ItemAfter, ...]
    next_phone_id: int | None
    next_person: str | None
    """Who is rung next: patient, contact_person or lead_and_on_call; None when nobody at once."""
    escalation_id: int | None
    shared_with: int
    """Other patients on a number that was closed for this one: ask before closing it for them."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """Typing that was not saved, as its owner sees it."""

    id: int
    contact_id: int
    patient_id: int | None
    group_id: int
    lease_token: int
    status: DraftStatus
    updated_at: datetime
    masked_name: str
    held: bool
    """Whether its claim is still the owner's."""


@dataclass(frozen=True, slots=True)
class OtherContact:
    """A contact that was no telephone call.

    Args:
        channel: any but the telephone.
        answered: whether the patient answered; face to face she did.
        words: what was written or said.
        settles: ids of the routine calls it makes unnecessary.
    """

    channel: Channel
    answered: bool
    words: str
    settles: tuple[int, ...] = ()
