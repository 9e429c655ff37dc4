"""Closed vocabularies, stored by value with a CHECK. Standard library only: everyone may import them."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Role(StrEnum):
    """What a person may do (policy `staff.roles`)."""

    CALLER = "caller"
    NURSE = "nurse"
    DOCTOR = "doctor"
    CONSULTANT = "consultant"
    LEAD = "lead"
    TRAINEE = "trainee"


CLINICIANS = frozenset({Role.DOCTOR, Role.NURSE})
"""Roles whose word counts as clinical (docs/policy.md)."""


class Level(StrEnum):
    """Urgency of a red flag (facts.yaml `meta.urgency`), most urgent first."""

    EMERGENCY = "EMERGENCY"
    SAME_DAY = "SAME_DAY"
    URGENT = "URGENT"
    ROUTINE = "ROUTINE"

    @property
    def rank(self) -> int:
        """0 for the most urgent level, 3 for an observation."""
        return tuple(Level).index(self)

    @property
    def escalates(self) -> bool:
        """Whether the level makes an escalation; ROUTINE makes a review item."""
        return self is not Level.ROUTINE


class FlagAction(StrEnum):
    """What the patient is told to do at once, beside the level."""

    ED_NOW = "ED_NOW"
    CALL_120 = "CALL_120"


class Tier(IntEnum):
    """Place in the queue, lowest number first (docs/queue.md)."""

    RED_FLAG = 0
    PROMISED = 1
    SAFETY = 2
    CLOCK = 3
    OVERDUE = 4
    DUE = 5
    ROUTINE = 6


class ItemClass(StrEnum):
    """How much a milestone matters."""

    SAFETY = "safety"
    CARE = "care"
    ROUTINE = "routine"


class Purpose(StrEnum):
    """What a contact is for; opt-out is kept per purpose."""

    CARE = "care"
    SURVEY = "survey"
    MARKETING = "marketing"


class ItemKind(StrEnum):
    """Where an item comes from."""

    MILESTONE = "milestone"
    PROMISE = "promise"
    RECONTACT = "recontact"
    CONTACT_REPAIR = "contact_repair"
    LEAD_REVIEW = "lead_review"
    REVIEW = "review"


class ItemState(StrEnum):
    """Life of an item. `waiting` items carry `next_change_at`."""

    WAITING = "waiting"
    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    BEFORE_START = "before_start"
    UNREACHABLE = "unable_to_reach"
    SUPERSEDED = "superseded"


OPEN_STATES = frozenset({ItemState.WAITING, ItemState.READY, ItemState.LEASED})
"""States in which an item still has to be called about."""


class Language(StrEnum):
    """Language a patient is spoken to in, or a person reads the screen in."""

    ZH = "zh"
    EN = "en"


class PhoneKind(StrEnum):
    """Kind of a number."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    OTHER = "other"


class PhoneStatus(StrEnum):
    """Whether a number may be dialled."""

    LIVE = "live"
    SUSPENDED = "suspended"
    DEAD = "dead"


class VisitKind(StrEnum):
    """What came of a visit (catalogue S1-POP-01)."""

    CONVERTED = "converted"
    UNCONVERTED = "unconverted"
    NOT_ARRIVED = "not_arrived"
    BROKEN_OFF = "broken_off"


class AppointmentKind(StrEnum):
    """Kinds of appointment that the plan knows."""

    REVIEW = "review"
    STITCHES = "stitches"
    SPLINT = "splint"
    DRESSING = "dressing"
    DRAIN = "drain"
    THERAPY = "therapy"
    OTHER = "other"


class AppointmentStatus(StrEnum):
    """Life of an appointment."""

    BOOKED = "booked"
    ATTENDED = "attended"
    MISSED = "missed"
    CANCELLED = "cancelled"


class LeaseStage(StrEnum):
    """How far a claimed contact has come."""

    PREVIEW = "preview"
    DIALLING = "dialling"
    CONNECTED = "connected"
    CUT_OFF = "cut_off"


class Channel(StrEnum):
    """How a contact was tried (catalogue S1-COMM-01, S1-COMM-02)."""

    PHONE = "phone"
    WECOM = "wecom"
    SMS = "sms"
    EMAIL = "email"
    FACE_TO_FACE = "face_to_face"
    LETTER = "letter"


class AttemptResult(StrEnum):
    """Result of one dial."""

    CONNECTED = "connected"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    POWERED_OFF = "powered_off"
    UNREACHABLE = "unreachable"
    SUSPENDED = "suspended"
    INVALID_NUMBER = "invalid_number"
    REJECTED = "rejected"
    VOICEMAIL = "voicemail"
    LINE_ERROR = "line_error"


class Direction(StrEnum):
    """Who rang whom."""

    OUT = "out"
    IN = "in"


class CallOutcome(StrEnum):
    """How a conversation ended."""

    COMPLETED = "completed"
    PARTIAL = "partial"
    CALLBACK_AGREED = "callback_agreed"
    PROXY_REACHED = "proxy_reached"
    WRONG_PERSON = "wrong_person"
    DECLINED_TODAY = "declined_today"
    OPTED_OUT = "opted_out"


class EscalationKind(StrEnum):
    """What was handed over."""

    CLINICAL = "clinical"
    COMPLAINT = "complaint"
    REQUEST = "request"


class PageStatus(StrEnum):
    """How far a person's call-out is. `NONE`: the clinic has no program for it, or is a demo; people phone."""

    DUE = "due"
    RUNNING = "running"
    SENT = "sent"
    FAILED = "failed"
    NONE = "none"
    STOPPED = "stopped"


class DutyKind(StrEnum):
    """What has to be reported to somebody outside the clinic."""

    ADVERSE_EVENT = "adverse_event"
    DEVICE_EVENT = "device_event"


class EscalationStatus(StrEnum):
    """Column of the board."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    CONTACTED = "contacted"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """Severity of a complaint (catalogue A-12)."""

    MINOR = "minor"
    MODERATE = "moderate"
    SEVERE = "severe"


class ComplaintClass(StrEnum):
    """What a complaint is about (catalogue S0-CMPL-01..03; price, privacy and other are ours)."""

    ATTITUDE = "attitude"
    CLINICAL_QUALITY = "clinical_quality"
    PROCESS = "process"
    PRICE = "price"
    PRIVACY = "privacy"
    OTHER = "other"


class ProcessStage(StrEnum):
    """Where in the clinic's process a complaint of class process lies (catalogue S0-CMPL-03)."""

    CONSULTATION = "consultation"
    BOOKING = "booking"
    SURGERY = "surgery"
    RECOVERY = "recovery"


class RequestType(StrEnum):
    """What a service request is (catalogue S4-SOP-09; a complaint is no request, C-22)."""

    INQUIRY = "inquiry"
    BOOKING = "booking"
    SUGGESTION = "suggestion"
    OTHER = "other"


class Received(StrEnum):
    """How a complaint or a request came in."""

    PHONE = "phone"
    WALK_IN = "walk_in"
    WECOM = "wecom"
    ONLINE = "online"
    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"


class CaseStage(StrEnum):
    """How far a complaint or a request has come (catalogue S0-CMPL-07, S4-CMPL-05)."""

    NEW = "new"
    FIRST_REPLY = "first_reply"
    INVESTIGATING = "investigating"
    SOLVED = "solved"
    TOLD_BACK = "told_back"
    SURVEYED = "surveyed"
    CLOSED = "closed"


class RemedyKind(StrEnum):
    """What may be offered to make good (catalogue S2-DISP-48)."""

    EXPLANATION = "explanation"
    CARE_PRODUCT = "care_product"
    SKIN_TREATMENT = "skin_treatment"
    MEDICINE = "medicine"
    REVISION = "revision"
    REDO = "redo"
    TRANSFER_BALANCE = "transfer_balance"
    REFUND = "refund"
    OTHER = "other"


class DraftStatus(StrEnum):
    """What became of the typing of an unfinished call."""

    OPEN = "open"
    LATE = "late"
    SAVED = "saved"
    DISCARDED = "discarded"


class PromiseStatus(StrEnum):
    """Life of an agreed callback."""

    OPEN = "open"
    KEPT = "kept"
    MISSED = "missed"
    CANCELLED = "cancelled"


class ReleaseStatus(StrEnum):
    """Whether a talk-track release may be spoken."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


class RefusedStatus(StrEnum):
    """Life of a refused import row on the fix list."""

    OPEN = "open"
    REPLAYED = "replayed"
    DISMISSED = "dismissed"


class SpokeTo(StrEnum):
    """Who was at the other end of a conversation."""

    PATIENT = "patient"
    PROXY = "proxy"
    UNKNOWN = "unknown"


class ReviewStatus(StrEnum):
    """How far the review of a real call is. `CLOSED`: the lead has read the caller's answer; `LAPSED`: nobody scored
    it in time."""

    DRAWN = "drawn"
    SCORED = "scored"
    ANSWERED = "answered"
    CLOSED = "closed"
    LAPSED = "lapsed"


class ImprovementState(StrEnum):
    """Life of one thing to improve (catalogue S1-QUAL-02)."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class SearchKind(StrEnum):
    """What a search key was made from: the name from its beginning, from a later character on, its sound, a
    number. Digits are stored reversed, so that every search is for the start of a key."""

    NAME = "name"
    PART = "part"
    PINYIN = "pinyin"
    INITIALS = "initials"
    DIGITS = "digits"
