"""Frozen records of complaints and service requests. `db.records` hands them on to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from db.board_records import Escalation
from db.enums import CaseStage, ComplaintClass, ProcessStage, Received, RemedyKind, RequestType, Severity
from db.queue_records import Reason


@dataclass(frozen=True, slots=True)
class ComplaintForm:
    """A complaint as it is taken down.

    Args:
        klass: what it is about. stage: where in the clinic's process; only of class process, and required there.
        severity: as proposed; never counts as less than its criteria say.
        words: what happened, in the customer's words; required.
        channel: how it came in.
        criteria: codes of `console.rules.complaints.CRITERIA` that apply.
        surgery: it doubts an operation: three roles are told (catalogue C-25).
        about_staff: staff complained of. about_words: people or departments in free words.
        demand: what the customer wants.
        refund: money back is asked for: the refund clock starts.
        received_at: when it came in, aware; None: now.
    """

    klass: ComplaintClass
    severity: Severity
    words: str
    channel: Received = Received.PHONE
    stage: ProcessStage | None = None
    criteria: tuple[str, ...] = ()
    surgery: bool = False
    about_staff: tuple[int, ...] = ()
    about_words: str = ""
    demand: str = ""
    refund: bool = False
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RequestForm:
    """A service request as it is taken down (catalogue S4-SOP-01).

    Args:
        type: what it is. words: the main demand; required. channel: how it came in; it decides the response limit.
        identity: how the customer showed who she is, codes of `console.rules.identity`, or `("not_needed",)` when
            nothing of her record is involved; never the answers.
        visit: the visit it is about, as little as needed. asker, number: who asks, when nobody on file.
        urgency: the answer is due within the working days of this severity.
        received_at: when it came in, aware; None: now.
    """

    type: RequestType
    words: str
    channel: Received = Received.PHONE
    identity: tuple[str, ...] = ()
    visit: str = ""
    asker: str = ""
    number: str = ""
    urgency: Severity = Severity.MINOR
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """One thing told, asked for or owed beside the main course of a case; nothing of it is ever taken out.

    `kind`: right (told, article 23), copy, seal (asked for, `on_date` is when), channel (outside body named),
    role (somebody of the clinic who has to be told; `done_at` once she was), progress (the customer was told).
    """

    id: int
    kind: str
    code: str
    note: str
    on_date: date | None
    at: datetime
    staff: str | None
    done_at: datetime | None
    done_by: str | None
    done_note: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is offered to make good: proposed by one person, decided by another. `cents`: money, in hundredths."""

    id: int
    kind: RemedyKind
    criterion: str
    cents: int | None
    words: str
    proposed_by: str
    proposed_by_id: int
    proposed_at: datetime
    approved: bool | None
    """None: not decided yet, or, once `decided_at` is known, withdrawn by who proposed it."""
    decided_by: str | None
    decided_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class CaseRound:
    """An earlier run of a case's clocks, kept when it was reopened."""

    number: int
    began_at: datetime
    contact_by: datetime
    resolve_by: datetime
    replied_at: datetime | None
    solved_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    contact_late_at: datetime | None
    resolve_late_at: datetime | None
    satisfaction: int | None
    reopened_for: str


@dataclass(frozen=True, slots=True)
class Named:
    """A member of staff by name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class ServiceCase:
    """A complaint or a service request, whole. Names of staff are shown, the customer's is as on `card`.

    Codes: `next_step` of `console.rules.complaints.STEPS`; `gaps` say what still keeps it from being closed;
    `late`: clocks that ran out in this round (ack, contact, resolve, refund).
    """

    card: Escalation
    stage: CaseStage
    next_step: str | None
    gaps: tuple[Reason, ...]
    channel: Received
    received_at: datetime
    klass: ComplaintClass | None
    process_stage: ProcessStage | None
    request_type: RequestType | None
    criteria: tuple[str, ...]
    surgery: bool
    about: tuple[Named, ...]
    about_words: str
    demand: str
    identity: tuple[str, ...]
    visit: str
    asker: str
    severity_proposed: Severity
    confirmed_by: str | None
    confirmed_at: datetime | None
    investigator: str | None
    investigator_id: int | None
    replied_at: datetime | None
    replied_by: str | None
    cause: str
    solution: str
    solved_at: datetime | None
    solved_by: str | None
    answered_at: datetime | None
    answered_by: str | None
    answer_note: str
    accepted: str | None
    """What the customer said of the result: agree, partly, disagree, thinking; None: not known."""
    satisfaction: int | None
    no_satisfaction: str | None
    """Why there is no satisfaction: refused, opted_out, not_reached."""
    surveyed_at: datetime | None
    surveyed_by: str | None
    paused_at: datetime | None
    pause_code: str | None
    pause_note: str
    paused_days: int
    """Working days the answer's clock stood still in this round, pauses that are over."""
    refund_asked_at: datetime | None
    refund_by: datetime | None
    refund_alert_at: datetime | None
    refund_alerted_at: datetime | None
    refund_decided_at: datetime | None
    late: tuple[str, ...]
    entries: tuple[CaseEntry, ...]
    remedies: tuple[Remedy, ...]
    rounds: tuple[CaseRound, ...]
