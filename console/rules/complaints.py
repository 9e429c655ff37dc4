"""Complaints and service requests: how severe, how soon, what comes next, and what keeps one from being closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from console.rules import calendar as calendars
from console.rules import sla
from console.rules.policy import Policy
from db.enums import CaseStage, ComplaintClass, EscalationKind, Received, Severity
from db.records import Clocks, Reason

CRITERIA: Final[Mapping[str, Severity]] = MappingProxyType(
    {
        "inconvenience": Severity.MINOR,
        "result_doubt": Severity.MODERATE,
        "process_doubt": Severity.MODERATE,
        "disfigured_words": Severity.MODERATE,
        "complication": Severity.SEVERE,
        "necrosis": Severity.SEVERE,
        "infection": Severity.SEVERE,
        "ectropion": Severity.SEVERE,
        "legal_threat": Severity.SEVERE,
        "media_threat": Severity.SEVERE,
        "adverse_event": Severity.SEVERE,
    }
)
"""What makes a complaint at least so severe (catalogue A-12; words of disfigurement S2-DISP-47)."""
BODY_FLAGS: Final[Mapping[str, str]] = MappingProxyType(
    {"infection": "wound_infected", "necrosis": "skin_dark", "ectropion": "lid_pulled"}
)
"""Criteria that say something of the body to the red flag each stands for; the talk-tracks say how urgent it is."""
SEVERITIES: Final = tuple(Severity)
"""The mildest first."""
PAUSES: Final = ("papers", "visit", "choice", "time")
"""Why the answer waits for the customer: she sends papers or photographs, comes to be seen, chooses between
solutions, or asked for time. Nothing else stops its clock."""
RIGHTS: Final = ("routes", "sealing", "copying")
"""What article 23 of the regulation on medical disputes says she must be told (REPORT section 6)."""
RECORDS: Final = ("copy", "seal")
"""What she may ask for of her record (the same regulation, articles 16, 24)."""
CHANNELS: Final = ("mediation", "health_authority", "12315", "12345", "court")
"""Bodies outside the clinic that are named when she asks (REPORT section 6, apology rule; verdict on S2-DISP-12)."""
REMEDY_CRITERIA: Final = (
    "surgeon_confirms",
    "clinic_error",
    "told_otherwise",
    "unused_sessions",
    "contract",
    "goodwill",
)
"""Why something is offered: the same list for the calm and the noisy (catalogue C-20). Insisting is none of them."""
ACCEPTED: Final = ("agree", "partly", "disagree", "thinking")
"""What she says of the result: the answers of the question `result_accepted`."""
NO_SATISFACTION: Final = ("refused", "opted_out", "not_reached")
"""Why there is no satisfaction on record."""
SCORES: Final = range(1, 6)
"""Satisfaction, 5 is the best."""
SPOKEN_SCORES: Final[Mapping[str, int]] = MappingProxyType({"satisfied": 5, "neutral": 3, "dissatisfied": 1})
"""Score of each answer to the question `case_settled`."""
SURGERY_ROLES: Final = ("on_site_service", "consultant", "surgeon")
"""Who is told of a doubt about an operation, all three at once (catalogue C-25, S1-RECORD-07)."""
WALK_IN_ROLES: Final = ("lead", "consultant")
"""Who is told at once when somebody dissatisfied stands in the clinic (catalogue S2-DISP-01)."""
EVENT_ROLES: Final = ("department_head", "lead")
"""Who is told of every adverse event (catalogue C-25)."""
DIRECTOR: Final = "service_director"
"""Who is told of it too, unless it is minor (catalogue C-25)."""
AT_ONCE: Final = frozenset({Received.PHONE, Received.WALK_IN})
"""Ways of asking that are responded to while the customer is there (catalogue C-09)."""
STEPS: Final = ("reply", "investigate", "solve", "tell_back", "ask", "answer", "close", "wait")
"""Codes of what is done next."""

_MESSAGES: Final = frozenset({Received.WECOM, Received.ONLINE, Received.SMS})
_STAGES: Final = tuple(CaseStage)
_NEXT: Final = {
    CaseStage.NEW: "reply",
    CaseStage.FIRST_REPLY: "investigate",
    CaseStage.INVESTIGATING: "solve",
    CaseStage.SOLVED: "tell_back",
    CaseStage.TOLD_BACK: "ask",
    CaseStage.SURVEYED: "close",
}


def at_least(proposed: Severity, criteria: Collection[str]) -> Severity:
    """The severity a complaint is taken down with: what is proposed, but never less than its criteria say.

    Raises:
        KeyError: a criterion that does not exist.
    """
    found = (proposed, *(CRITERIA[code] for code in criteria))
    return max(found, key=SEVERITIES.index)


def request(channel: Received, urgency: Severity, received_at: datetime, policy: Policy) -> Clocks:
    """The clocks of a service request.

    Its first response is due at once by telephone and in person, which the talk itself is; within the policy's
    minutes by message; by the end of the policy's working day by e-mail (catalogue S4-SOP-06); otherwise within
    its hours (C-09). Its answer is due as a complaint's of that severity is.

    Args:
        channel: how it came in. urgency: decides the working days. received_at: aware. policy: its `request`.
    """
    rule, calendar = policy.escalations.request, calendars.of(policy)
    received = received_at.astimezone(UTC)
    if channel in AT_ONCE:
        first = received
    elif channel in _MESSAGES:
        first = received + timedelta(minutes=rule.message_min)
    elif channel is Received.EMAIL:
        day = calendar.add_working_days(calendar.day_of(received), rule.email_working_days)
        first = calendar.safety(day).end
    else:
        first = received + timedelta(hours=rule.other_h)
    return Clocks(received, first, first, max(sla.answer_by(urgency, received, policy), first))


def days_paused(paused_at: datetime, resumed_at: datetime, policy: Policy) -> int:
    """How many working days ended during a pause: so many are left after it as were before.

    Args:
        paused_at, resumed_at: aware. policy: its working days.
    """
    calendar = calendars.of(policy)
    start, end = paused_at.astimezone(UTC), resumed_at.astimezone(UTC)
    day, last, count = calendar.day_of(start), calendar.day_of(end), 0
    while day <= last:
        count += calendar.is_working_day(day) and start < calendar.safety(day).end <= end
        day += timedelta(days=1)
    return count


def moved(due: datetime, days: int, policy: Policy) -> datetime:
    """A due instant moved on by working days, to the end of one; the same instant for none.

    Args:
        due: aware. days: as of `days_paused`. policy: its working days.
    """
    if days <= 0:
        return due
    calendar = calendars.of(policy)
    return max(due, calendar.safety(calendar.add_working_days(calendar.day_of(due), days)).end)


def further(stage: CaseStage, reached: CaseStage) -> CaseStage:
    """The stage of a case that has reached one: it never goes back."""
    return max(stage, reached, key=_STAGES.index)


def reached(stage: CaseStage, wanted: CaseStage) -> bool:
    """Whether a case has come as far as a stage."""
    return _STAGES.index(stage) >= _STAGES.index(wanted)


def next_step(
    kind: EscalationKind, stage: CaseStage, *, replied: bool = True, paused: bool = False
) -> str | None:
    """Code of what is done next, one of `STEPS`; None once it is closed, and of a clinical case.

    Args:
        kind: of the case. stage: how far it has come.
        replied: whether the customer has had her first reply. Its clock runs whoever looks into it already, and
            during a pause; the result told to her is a reply too.
        paused: whether its answer waits for her.
    """
    if kind is EscalationKind.CLINICAL or stage is CaseStage.CLOSED:
        return None
    if kind is EscalationKind.REQUEST:
        if reached(stage, CaseStage.TOLD_BACK):
            return "close"
        return "reply" if stage is CaseStage.NEW else "answer"
    if stage is CaseStage.NEW or not (replied or reached(stage, CaseStage.SOLVED)):
        return "reply"
    return "wait" if paused else _NEXT[stage]


@dataclass(frozen=True, slots=True)
class ClosingFacts:
    """What is on record of a case somebody wants to close.

    Args:
        kind: complaint or request. klass: of a complaint.
        confirmed: no lead has yet to confirm that it is severe.
        solved, answered, surveyed: a solution, the customer told, her satisfaction or that there is none.
        refund_open: a refund was asked for and nobody has decided. remedies_open: proposals nobody has decided.
        roles_open: roles nobody has told. records_open: a copy or sealing asked for and not done.
        rights: codes of `RIGHTS` that were told.
    """

    kind: EscalationKind
    klass: ComplaintClass | None
    confirmed: bool
    solved: bool
    answered: bool
    surveyed: bool
    refund_open: bool = False
    remedies_open: int = 0
    roles_open: int = 0
    records_open: int = 0
    rights: frozenset[str] = frozenset()


def gaps(facts: ClosingFacts) -> tuple[Reason, ...]:
    """What keeps a case from being closed, in the order it is usually done; empty when it may be.

    A complaint needs a solution, the result told back, and her satisfaction or that she gave none (catalogue
    S0-CMPL-07); of clinical quality also that she was told her rights (article 23).
    """
    if facts.kind is EscalationKind.REQUEST:
        return () if facts.answered else (Reason("close_unanswered"),)
    clinical = facts.klass is ComplaintClass.CLINICAL_QUALITY
    checks = (
        (not facts.confirmed, "close_unconfirmed"),
        (facts.roles_open > 0, "close_roles_untold"),
        (clinical and not facts.rights.issuperset(RIGHTS), "close_rights_untold"),
        (not facts.solved, "close_unsolved"),
        (facts.remedies_open > 0, "close_remedy_undecided"),
        (facts.refund_open, "close_refund_undecided"),
        (not facts.answered, "close_untold"),
        (not facts.surveyed, "close_unasked"),
        (facts.records_open > 0, "close_records_open"),
    )
    return tuple(Reason(code) for missing, code in checks if missing)


def roles_of_event(severity: Severity | None) -> tuple[str, ...]:
    """Who has to be told of an adverse event. Args: severity of the complaint; None of a clinical case."""
    return EVENT_ROLES if severity is Severity.MINOR else (*EVENT_ROLES, DIRECTOR)
