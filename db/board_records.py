"""Frozen records of the escalation board. `db.records` hands them on to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from db.enums import (
    CaseStage,
    ComplaintClass,
    EscalationKind,
    EscalationStatus,
    LeaseStage,
    Level,
    Role,
    Severity,
    Tier,
)
from db.queue_records import Reason
from db.story_records import Story
from db.strip_records import Forecast


@dataclass(frozen=True, slots=True)
class OnCallPerson:
    """One line of the on-call list."""

    order: int
    name: str
    phone: str | None
    role: str


@dataclass(frozen=True, slots=True)
class OnCallCard:
    """Who to phone now. `empty`: nobody is rostered, `people` are the leads, the ambulance rule shows."""

    people: tuple[OnCallPerson, ...]
    empty: bool
    ambulance: str
    police: str
    hotline: str


@dataclass(frozen=True, slots=True)
class FlagForm:
    """What the caller's screen knows when a sign is answered yes or the emergency key is pressed."""

    level: Level
    flags: tuple[str, ...] = ()
    summary: str = ""
    treatment_id: int | None = None
    contact_by_min: int | None = None
    """A flag's own limit in minutes; it beats the level's."""
    place: str = ""
    companion: str = ""
    caller_number: str | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """One thing handed over, as the board shows it: names and numbers masked."""

    id: int
    kind: EscalationKind
    level: Level | None
    severity: Severity | None
    status: EscalationStatus
    patient_id: int | None
    patient: str
    procedure: str | None
    """A procedure's code, or "restricted" for a reader who may not see it."""
    day: int | None
    flags: tuple[str, ...]
    summary: str
    raised_by: str
    raised_by_id: int
    raised_at: datetime
    ack_by: datetime
    contact_by: datetime
    resolve_by: datetime
    next_clock: datetime | None
    seconds_left: int | None
    breached: bool
    owner: str | None
    owner_id: int | None
    told_who: str | None
    told_by: str | None
    told_at: datetime | None
    phoning: str | None
    phoning_id: int | None
    mis_keyed: bool
    mis_key_reason: str | None
    acknowledged_at: datetime | None
    contacted_at: datetime | None
    resolved_at: datetime | None
    last_line: str
    contact_id: int | None
    call_id: int | None
    klass: ComplaintClass | None = None
    stage: CaseStage | None = None
    """Of a complaint or a request: how far it has come."""
    next_step: str | None = None
    """Code of what is done next; None of a clinical one, and once it is closed."""
    confirmed: bool = True
    """False: proposed as severe, and no lead has confirmed it yet."""
    paused_at: datetime | None = None
    refund_by: datetime | None = None
    """When a refund that was asked for has to be decided; None: none is, or it was."""
    refund_alerted_at: datetime | None = None
    received_at: datetime | None = None
    """When a complaint or a request came in, which may be before it was taken down."""
    record_id: str = ""
    """The clinic's own number of the patient; of a live alarm only, like where she is and who is with her."""
    place: str = ""
    companion: str = ""


@dataclass(frozen=True, slots=True)
class EscalationDetail:
    """One opened escalation, name and numbers in full for those who act on it; the reading is audited."""

    card: Escalation
    name: str
    numbers: tuple[str, ...]
    caller_number: str | None
    place: str | None
    companion: str | None
    finding: str | None
    action: str | None
    told_patient: str | None
    clavien_dindo: str | None
    story: Story


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody an escalation can be given to."""

    id: int
    name: str
    roles: tuple[Role, ...]
    on_duty: bool


@dataclass(frozen=True, slots=True)
class Raised:
    """A committed escalation: what the caller sees at once."""

    escalation: Escalation
    on_call: OnCallCard
    repeated: bool
    item_id: int | None
    alarm_id: int | None = None
    """Of a complaint that says something of the body: the clinical case raised of it too."""


@dataclass(frozen=True, slots=True)
class Phoning:
    """Who took "I phone the doctor"; `mine` when it was the reader who came first."""

    escalation_id: int
    staff_id: int
    name: str
    mine: bool


@dataclass(frozen=True, slots=True)
class HeldLine:
    """Who holds whom."""

    staff: str
    staff_id: int
    patient_id: int | None
    since: datetime
    stage: LeaseStage
    patient: str = ""
    """Masked; empty while nobody knows who is on the line."""


@dataclass(frozen=True, slots=True)
class BoardItem:
    """One line of a list behind the strip: an item, a treatment without a plan, or a call in somebody's hands.

    Args:
        item_id: of what is listed; only the item's where there is one.
        patient_id: None while nobody knows who is on the line.
        patient: masked.
        procedure: its code, or "restricted".
        milestone: what the item is for; empty where there is none.
        since: when it fell due, was closed, or was begun.
        reason: code, or what a colleague gave as reason.
    """

    item_id: int
    patient_id: int | None
    patient: str
    procedure: str | None
    milestone: str
    since: datetime | None
    reason: str | None
    due_on: date | None = None
    """Day it is due, of a call that falls into a closure; its `reason` is then "closed" when it may not ring. Of a
    treatment without a plan the day of the operation."""
    staff: str = ""
    """Who has it in hand, or wrote it."""
    times: int = 0
    """How often it was skipped."""


@dataclass(frozen=True, slots=True)
class Closure:
    """The next days without calls. `days` are those of every closure that is near.

    Args:
        first, last: the next closure, both included.
        reason: why its first day is closed.
        days: all near closed days.
        safety: open safety calls that are due on them, capped at 1000.
    """

    first: date
    last: date
    reason: Reason
    days: tuple[date, ...]
    safety: int


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """An import row still on the fix list."""

    id: int
    row_number: int
    code: str
    column: str | None
    operated_on: date | None


@dataclass(frozen=True, slots=True)
class BoardStrip:
    """The line of counts under the board. Counts are capped at 1000, shown as 999+."""

    queue: Mapping[Tier, int]
    held: tuple[HeldLine, ...]
    cut_off: tuple[HeldLine, ...]
    lapsed: int
    unreachable: int
    for_lead: int
    before_start: int
    refused: int
    late_drafts: int
    tick_age_s: int | None
    """Seconds since the last tick; None when there never was one."""
    watched: bool
    roster_empty: bool
    closure: Closure | None = None
    unknown_year: int | None = None
    """A near year whose public holidays are not known."""
    placing: int = 0
    """Items that still stand where an older policy placed them, capped."""
    skipped: int = 0
    """Open calls skipped as often as the policy gives them to the lead."""
    unplanned: int = 0
    """Treatments without a single planned call."""
    opened: Mapping[EscalationKind, int] = field(default_factory=dict[EscalationKind, int])
    """Open cases by kind, whatever the cards are narrowed to; their sum is capped."""
    late: int = 0
    """Open cases whose clock has run out."""
    forecast: Forecast | None = None
    """None when today's calling hours are over."""


@dataclass(frozen=True, slots=True)
class Board:
    """The board at one instant: open cards by the clock that runs out first, resolved ones newest first."""

    at: datetime
    new: tuple[Escalation, ...]
    acknowledged: tuple[Escalation, ...]
    contacted: tuple[Escalation, ...]
    resolved: tuple[Escalation, ...]
    strip: BoardStrip
    closing: tuple[BoardItem, ...] = ()
