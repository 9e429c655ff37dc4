"""The first thing to do now about a handed-over case, for the person who looks at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from db.enums import CLINICIANS, EscalationKind, EscalationStatus, Level, Role
from db.records import Escalation, Reason

ACK, CONTACTED, RESOLVE, PHONING, TOLD, REPORT = "ack", "contacted", "resolve", "phoning", "told", "report"
CONFIRM, RESUME, REFUND = "confirm", "resume", "refund"
"""Codes of steps beside those of a complaint's own course (`console.rules.complaints.STEPS`)."""
HANDLERS: Final = CLINICIANS | {Role.LEAD}
BY_REPLY: Final = frozenset({"reply"})
"""Steps of a complaint's course that the first reply's clock dates; the others are dated by the answer's."""
UNDATED: Final = frozenset({"ask", "close"})
"""Steps after the customer has her answer: its clock is met, no other dates them."""
DECISIONS: Final = frozenset({"decide", REFUND})
"""Steps the policy's approver takes."""
GAP_STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "close_unconfirmed": CONFIRM,
        "close_roles_untold": "roles",
        "close_rights_untold": "rights",
        "close_remedy_undecided": "decide",
        "close_refund_undecided": REFUND,
        "close_records_open": "records_done",
    }
)
"""What keeps a case from being closed, to the step that fills it."""
BY_ANYBODY: Final = frozenset({"reply", "answer", "tell_back", "ask"})
"""Steps that talk with the customer: anybody but a trainee takes them."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks.

    Args:
        role: worked in now.
        staff_id: who.
        stops: whether this person's word stops an emergency's clock (clinician, or on call for it).
    """

    role: Role
    staff_id: int
    stops: bool


@dataclass(frozen=True, slots=True)
class NextStep:
    """What is to be done first.

    Args:
        code: one of the codes above, or of a complaint's course.
        by: until when; None when no clock runs for it.
        mine: whether the person who looks may do it; else it waits for somebody else.
    """

    code: str
    by: datetime | None
    mine: bool = True


def next_step(card: Escalation, viewer: Viewer, owed: datetime | None = None) -> NextStep | None:
    """The first thing to do about a case, by its kind, how far it is, its clocks, and who looks.

    Args:
        card: the case.
        viewer: who looks.
        owed: when the next report to an authority is due, aware; None when none is owed.

    Returns:
        The step; None when nothing is left to do, or for a trainee.
    """
    if viewer.role is Role.TRAINEE:
        return None
    course = _clinical if card.kind is EscalationKind.CLINICAL else _service
    step = course(card, viewer)
    if owed is not None and (step is None or step.by is None or owed < step.by):
        return NextStep(REPORT, owed, mine=viewer.role in HANDLERS)
    return step


def _clinical(card: Escalation, viewer: Viewer) -> NextStep | None:
    if card.status is EscalationStatus.RESOLVED:
        return None
    handles = viewer.role in HANDLERS or card.owner_id == viewer.staff_id
    if card.acknowledged_at is None:
        if handles and (viewer.stops or card.level is not Level.EMERGENCY):
            return NextStep(ACK, card.ack_by)
        # Whoever cannot take it up sees to it that somebody who can knows of it.
        if card.level is Level.EMERGENCY and card.phoning is None:
            return NextStep(PHONING, card.ack_by)
        if card.told_at is None:
            return NextStep(TOLD, card.ack_by)
        return NextStep(ACK, card.ack_by, mine=False)
    if card.contacted_at is None:
        return NextStep(CONTACTED, card.contact_by, mine=viewer.role in HANDLERS)
    closes = viewer.role in (CLINICIANS if card.mis_keyed else HANDLERS)
    return NextStep(RESOLVE, card.resolve_by, mine=closes)


def _service(card: Escalation, viewer: Viewer) -> NextStep | None:
    if card.next_step is None:
        return None
    handles = viewer.role in HANDLERS or card.owner_id == viewer.staff_id
    if not card.confirmed and viewer.role is Role.LEAD:
        return NextStep(CONFIRM, card.contact_by)
    if card.next_step in BY_REPLY:
        return NextStep(card.next_step, card.contact_by)
    if card.refund_alerted_at is not None and card.refund_by is not None:
        return NextStep(REFUND, card.refund_by, mine=viewer.role is Role.LEAD)
    if card.paused_at is not None:
        return NextStep(RESUME, None, mine=handles)
    mine = handles or card.next_step in BY_ANYBODY
    return NextStep(card.next_step, None if card.next_step in UNDATED else card.resolve_by, mine=mine)


def before_closing(
    step: NextStep | None,
    gaps: Sequence[Reason],
    card: Escalation,
    viewer: Viewer,
    approver: Role = Role.LEAD,
) -> NextStep | None:
    """The step that comes first while something still keeps a case from being closed.

    Args:
        step: as of `next_step`. gaps: of the case, in the order it is usually done.
        card: the case. viewer: who looks. approver: who decides about refunds and remedies.

    Returns:
        What fills the first gap, dated only by a clock that runs; the same step when it is not to close, or no gap
        is left.
    """
    code = next((GAP_STEPS[one.code] for one in gaps if one.code in GAP_STEPS), None)
    if step is None or step.code != "close" or code is None:
        return step
    mine = {CONFIRM: viewer.role is Role.LEAD}.get(code, code not in DECISIONS or viewer.role is approver)
    return NextStep(code, card.refund_by if code in DECISIONS else None, mine=mine)
