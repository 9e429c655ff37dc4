"""What the rules read and give back: places, plans, attempts, clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from db.enums import (
    AttemptResult,
    Channel,
    EscalationKind,
    ItemClass,
    ItemKind,
    ItemState,
    Level,
    PhoneKind,
    Purpose,
    Tier,
)
from db.queue_records import Reason


@dataclass(frozen=True, slots=True)
class SellingFacts:
    """What an offer to a patient waits for.

    Args:
        consented: she has said yes to offers, and not taken it back.
        in_cycle: a package, a year card or a repeat is open.
        open_matter: a safety or care call, or something handed over, is still open.
    """

    consented: bool
    in_cycle: bool
    open_matter: bool


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """Everything that decides an item's place: its row, and what its patient's rows say. Instants are aware.

    Args:
        id: row id, the last key of the order.
        kind: where the item comes from.
        milestone: plan code such as D1; empty when none.
        team: owner team of the policy.
        klass: safety, care or routine.
        purpose: what the contact is for; opt-out is per purpose.
        language: language the patient is spoken to in.
        state: stored state; only waiting, ready and leased are recomputed.
        earliest_at: not before.
        due_on: clinic day on which it is due.
        due_at: instant it is due when the plan names an hour; for an escalation contact its contact_by.
        due_by_at: earlier deadline set by the plan for a riskier procedure or a patient living alone.
        clinical_end_at: from here on it is lapsed.
        escalation_id: the escalation whose contact this is; earliest_at is then when it was raised.
        promise_at: time agreed with the patient, while that promise is open.
        promise_staff_id: who promised to ring in person; None when anybody may.
        promise_staff_on_duty: whether that person is on duty now.
        owner_staff_id: who owns the item in person (a cut-off call goes back to her); None otherwise.
        cut_off: the call in which it was worked was cut off, and nobody has taken it up again.
        clinician_requested: a clinician asked for a call now.
        attempts: counted attempts. tries_today: dials on `tried_on`, the clinic day of the last one.
        last_attempt_at: the last dial.
        cooling_until: not before, after an attempt.
        skips: how often it was skipped with a reason.
        policy_version: version its cached columns were computed with.
        opted_out: purposes the patient refused.
        has_usable_number: some number may be dialled now. number_from: when a suspended one may be again.
        no_follow_up: a consultant noted that only safety calls are made.
        selling: what selling waits for, of an offer; None for everything else.
        last_talk_at: when the patient was last spoken to on a call of ours; only of routine items.
        preferred_hours: the patient's own hours, "HH:MM-HH:MM" in clinic time; empty when any hour suits.
        leased_by: staff name of the live lease's holder, None when free. leased_by_staff_id: her id.
    """

    id: int
    kind: ItemKind
    milestone: str
    team: str
    klass: ItemClass
    purpose: Purpose
    language: str
    state: ItemState
    earliest_at: datetime
    due_on: date | None = None
    due_at: datetime | None = None
    due_by_at: datetime | None = None
    clinical_end_at: datetime | None = None
    patient_id: int = 0
    group_id: int = 0
    treatment_id: int | None = None
    visit_id: int | None = None
    flow: str = ""
    anchor_on: date | None = None
    escalation_id: int | None = None
    promise_at: datetime | None = None
    promise_staff_id: int | None = None
    promise_staff_on_duty: bool = False
    owner_staff_id: int | None = None
    cut_off: bool = False
    clinician_requested: bool = False
    attempts: int = 0
    tries_today: int = 0
    tried_on: date | None = None
    busy_count: int = 0
    line_errors: int = 0
    rejections: int = 0
    last_attempt_at: datetime | None = None
    cooling_until: datetime | None = None
    skips: int = 0
    policy_version: int = 0
    is_base: bool = True
    opted_out: frozenset[Purpose] = frozenset()
    deceased: bool = False
    legal_hold: bool = False
    has_usable_number: bool = True
    number_from: datetime | None = None
    preferred_hours: tuple[str, ...] = ()
    no_follow_up: bool = False
    selling: SellingFacts | None = None
    last_talk_at: datetime | None = None
    leased_by: str | None = None
    leased_by_staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an item stands at one instant; the item row's columns of the same names are its cache.

    Args:
        state: waiting, ready, leased, lapsed, or the closed state it already had.
        tier: what it counts as; of a waiting item, what it will count as when it wakes.
        band: first key of the order; tiers 4 and 5 share band 4.
        deadline_at: second key of the order.
        next_change_at: first instant at which any other field differs if no fact changes; None when never.
        lane_id: who may be offered it.
        passes_windows: whether it rings with the clinic's window closed, inside the safety hours.
        gate: why it waits; None when ready. Never the clinic's window, a lease, a lane or a seat.
        reasons: why this tier, this deadline and this lane.
    """

    state: ItemState
    tier: Tier
    band: int
    deadline_at: datetime
    next_change_at: datetime | None
    lane_id: str
    passes_windows: bool
    gate: Reason | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class WindowState:
    """Whether the clinic may ring at one instant.

    Args:
        open: whether a calling window is open.
        until: its end while it is open.
        next: when the next window opens; None when none does within 400 days.
        quiet: whether these are quiet hours, when only red flags ring.
        reasons: why it is closed, and what is unknown (a year without holiday data).
    """

    open: bool
    until: datetime | None
    next: datetime | None
    quiet: bool
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class TreatmentFacts:
    """What a plan is made from.

    Args:
        procedure: one of the 23 codes.
        performed_on: day 0, in the clinic's zone.
        stitches_on: surgeon's date for taking stitches out. splint_on: the same for a splint.
        inpatient: stays in the ward. discharge_on: day she goes home, None while unknown.
        lives_alone: nobody is at home with her.
        strip_method: hair taken as a strip, which is the only hair method with stitches.
        language: language she is spoken to in.
        local_until: last day she is in town; None when she stays.
    """

    procedure: str
    performed_on: date
    stitches_on: date | None = None
    splint_on: date | None = None
    inpatient: bool = False
    discharge_on: date | None = None
    lives_alone: bool = False
    strip_method: bool = False
    language: str = "zh"
    local_until: date | None = None


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One planned contact, before it is a row.

    Args:
        milestone: plan code. flow: talk-track flow. team, klass, purpose: as in the item row.
        anchor_on: the day it is counted from.
        earliest_at, due_at, due_by_at, clinical_end_at, due_on: as in ItemFacts.
        passes_windows: rings with the clinic's window closed, inside the safety hours.
        is_base: counts among the calls every patient must get (catalogue S1-SCHED-23).
        channel: phone, or face to face in the ward.
        ward_checks: how many ward checks stand for the call.
        state: waiting, or before_start.
        sources: catalogue ids.
        reasons: what moved a date off the default.
    """

    milestone: str
    flow: str
    team: str
    klass: ItemClass
    purpose: Purpose
    anchor_on: date
    due_on: date
    earliest_at: datetime
    due_at: datetime | None
    due_by_at: datetime | None
    clinical_end_at: datetime
    passes_windows: bool
    is_base: bool
    channel: Channel = Channel.PHONE
    ward_checks: int = 0
    state: ItemState = ItemState.WAITING
    sources: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """One dial, and what was known of the item before it.

    Args:
        item: the item it was made for, as it stood before the dial.
        result: what came of it.
        at: when it ended.
        number_attempts: counted attempts for this item on this number before this one.
        other_number: whether the person has another number that may be dialled now.
        contact_person: whether a contact person with a live number is on file.
        to_contact_person: whether this dial went to the contact person.
    """

    item: ItemFacts
    result: AttemptResult
    at: datetime
    number_attempts: int = 0
    other_number: bool = False
    contact_person: bool = False
    to_contact_person: bool = False


@dataclass(frozen=True, slots=True)
class Escalate:
    """An escalation a rule asks for."""

    level: Level
    kind: EscalationKind
    reason: Reason


@dataclass(frozen=True, slots=True)
class AfterAttempt:
    """What a dial changes.

    Args:
        counted: whether it counts against the budget and the day's cap.
        cooling_until: the item is not offered before this instant; None means at once.
        busy_count, line_errors, rejections: the item's new counters.
        number_dead: the number is never dialled again.
        number_suspended_until: the number is not dialled before this instant.
        next_person: who is rung next: "patient" on another number, "contact_person", or "lead_and_on_call";
            None means nobody at once.
        close_reason: the item closes with this code; None leaves it open.
        escalate: an escalation to raise; None otherwise.
        lead_item: why the lead gets an item; None otherwise.
        contact_repair: whether somebody has to find a working number.
        reasons: why, in order.
    """

    counted: bool
    cooling_until: datetime | None = None
    busy_count: int = 0
    line_errors: int = 0
    rejections: int = 0
    number_dead: bool = False
    number_suspended_until: datetime | None = None
    next_person: str | None = None
    close_reason: str | None = None
    escalate: Escalate | None = None
    lead_item: Reason | None = None
    contact_repair: bool = False
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Clocks:
    """Limits of an escalation: acknowledged, patient reached, closed by. raised_at is where they start.
    `refund_by`: until when a refund that was asked for has to be decided; None: none is open."""

    raised_at: datetime
    ack_by: datetime
    contact_by: datetime
    resolve_by: datetime
    refund_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class PromiseTime:
    """A time a patient asked for, understood.

    Args:
        at: aware instant in the clinic's zone.
        outside_window: why the clinic would be closed then; None inside a calling window. Allowed all the
            same: the patient asked.
    """

    at: datetime
    outside_window: Reason | None = None


@dataclass(frozen=True, slots=True)
class ParsedPhone:
    """A telephone number: E.164 and its kind."""

    e164: str
    kind: PhoneKind
