"""Words for the codes of complaints and service requests."""

from __future__ import annotations

from collections.abc import Mapping

from console.i18n import p_
from db.enums import CaseStage, ComplaintClass, ProcessStage, Received, RemedyKind, RequestType

CLASSES: Mapping[ComplaintClass, str] = {
    ComplaintClass.ATTITUDE: "attitude",
    ComplaintClass.CLINICAL_QUALITY: "clinical quality",
    ComplaintClass.PROCESS: "process",
    ComplaintClass.PRICE: "price",
    ComplaintClass.PRIVACY: "privacy",
    ComplaintClass.OTHER: "other",
}
PROCESS: Mapping[ProcessStage, str] = {
    ProcessStage.CONSULTATION: "consultation",
    ProcessStage.BOOKING: "booking",
    ProcessStage.SURGERY: "operation",
    ProcessStage.RECOVERY: "recovery",
}
TYPES: Mapping[RequestType, str] = {
    RequestType.INQUIRY: "inquiry",
    RequestType.BOOKING: "booking",
    RequestType.SUGGESTION: "suggestion",
    RequestType.OTHER: "other",
}
WAYS: Mapping[Received, str] = {
    Received.PHONE: "by telephone",
    Received.WALK_IN: "in person",
    Received.WECOM: "by WeCom",
    Received.ONLINE: "online",
    Received.EMAIL: "by e-mail",
    Received.SMS: "by text message",
    Received.LETTER: "by letter",
}
STAGES: Mapping[CaseStage, str] = {
    CaseStage.NEW: "new",
    CaseStage.FIRST_REPLY: "first reply given",
    CaseStage.INVESTIGATING: "being looked into",
    CaseStage.SOLVED: "solved",
    CaseStage.TOLD_BACK: "told back",
    CaseStage.SURVEYED: "asked if satisfied",
    CaseStage.CLOSED: "closed",
}
REMEDIES: Mapping[RemedyKind, str] = {
    RemedyKind.EXPLANATION: "explanation",
    RemedyKind.CARE_PRODUCT: "care product",
    RemedyKind.SKIN_TREATMENT: "skin treatment",
    RemedyKind.MEDICINE: "medicine",
    RemedyKind.REVISION: "revision",
    RemedyKind.REDO: "redo",
    RemedyKind.TRANSFER_BALANCE: "transfer of the balance",
    RemedyKind.REFUND: "refund",
    RemedyKind.OTHER: "other",
}
PAUSES: Mapping[str, str] = {
    "papers": "papers from the customer",
    "visit": "the customer's visit",
    "choice": "the customer's choice",
    "time": "time the customer asked for",
}
ACCEPTED: Mapping[str, str] = {
    "agree": "agrees",
    "partly": "agrees in part",
    "disagree": "does not agree",
    "thinking": "thinks about it",
}
NO_SCORE: Mapping[str, str] = {
    "refused": "will not say",
    "opted_out": "wants no survey",
    "not_reached": "could not be reached",
}
CHANNELS: Mapping[str, str] = {
    "mediation": "mediation",
    "health_authority": "health authority",
    "12315": "12315",
    "12345": "12345",
    "court": "court",
}
RIGHTS: Mapping[str, str] = {
    "routes": "ways of complaint",
    "sealing": "sealing of the record",
    "copying": "copy of the record",
}

ROLES: Mapping[str, str] = {
    "on_site_service": "on-site service",
    "consultant": "consultant",
    "surgeon": "surgeon",
    "department_head": "head of department",
    "service_director": "service director",
    "lead": "lead",
}
"""Roles that have to be told of a doubt about an operation (catalogue C-25)."""

CRITERIA: Mapping[str, str] = {
    "surgeon_confirms": "the surgeon confirms it",
    "clinic_error": "our mistake",
    "told_otherwise": "was told otherwise before",
    "unused_sessions": "sessions not used",
    "contract": "the contract says so",
    "goodwill": "goodwill",
}
"""Why something is offered (`console.rules.complaints.REMEDY_CRITERIA`)."""
SIGNS: Mapping[str, str] = {
    "inconvenience": "inconvenience",
    "result_doubt": "doubts the result",
    "process_doubt": "doubts the process",
    "disfigured_words": "feels disfigured",
    "complication": "complication",
    "necrosis": "necrosis",
    "infection": "infection",
    "ectropion": "eyelid turned out",
    "legal_threat": "law suit named",
    "media_threat": "press named",
    "adverse_event": "adverse event",
}
"""What makes a complaint at least so severe (`console.rules.complaints.CRITERIA`, catalogue A-12)."""


def class_word(code: ComplaintClass) -> str:
    """What a complaint is about."""
    return p_("complaint class", CLASSES[code])


def process_word(code: ProcessStage) -> str:
    """Where in the clinic's process."""
    return p_("process stage", PROCESS[code])


def type_word(code: RequestType) -> str:
    """What a request is."""
    return p_("request type", TYPES[code])


def way_word(code: Received) -> str:
    """How it came in."""
    return p_("received", WAYS[code])


def stage_word(code: CaseStage) -> str:
    """How far a complaint or request is."""
    return p_("case stage", STAGES[code])


def remedy_word(code: RemedyKind) -> str:
    """What is offered to make good."""
    return p_("remedy", REMEDIES[code])


def said(words: Mapping[str, str], context: str, code: str) -> str:
    """A code of one of the plain lists; a clinic's own code stays as it is."""
    known = words.get(code)
    return p_(context, known) if known else code
