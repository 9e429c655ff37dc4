"""What is offered to make good: proposed by one person, decided by another or withdrawn by who proposed it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from console.desk import staff as desk_staff
from console.desk.seat import Seat
from console.desk.service_rows import impartial, listed, ms, text, work
from console.desk.service_view import case_of
from console.rules import complaints as rules
from db import complaints, staff
from db.connect import Connection, Row, reading
from db.enums import RemedyKind
from db.errors import NotAllowed
from db.records import Named, ServiceCase

CENTS_MOST: Final = 1_000_000_000
"""Ten million of the currency: more is a slip of the finger."""
MONEY: Final = frozenset({RemedyKind.REFUND, RemedyKind.TRANSFER_BALANCE})
"""Remedies that name an amount."""


def deciders(seat: Seat, escalation_id: int, proposer_id: int) -> tuple[Named, ...]:
    """Who may decide what somebody proposes in a case: everybody else of the role the policy names who works here and
    is not complained of. Nobody: then the proposer of that role decides, with the PIN.

    Args:
        seat: any seat. escalation_id: the case. proposer_id: who proposes.
    """
    with reading(seat.database) as connection:
        case = complaints.case(connection, seat.clinic_id, escalation_id)
        return () if case is None else _deciders(connection, seat, case, proposer_id)


def _deciders(connection: Connection, seat: Seat, case: Row, proposer_id: int) -> tuple[Named, ...]:
    role, about = seat.policy.escalations.complaint.approver, listed(case["about_staff"])
    return tuple(
        Named(row.id, row.name)
        for row in staff.everybody(connection, seat.clinic_id)
        if role in row.roles and row.id != proposer_id and row.id not in about
    )


def propose_remedy(
    seat: Seat,
    escalation_id: int,
    kind: RemedyKind,
    criterion: str,
    cents: int | None,
    words: str,
    now: datetime,
) -> ServiceCase:
    """Propose something to make good. Money and kind are recorded, and one criterion of a list that is everybody's.

    Args:
        seat: anybody but a trainee.
        escalation_id: a complaint.
        kind: what. criterion: of `rules.complaints.REMEDY_CRITERIA`.
        cents: an amount in hundredths; required of a refund and of a moved balance.
        words: the proposal; required.
        now: aware datetime.

    Raises:
        NotAllowed: something is missing or does not exist.
    """
    said = text(words, "words")
    if criterion not in rules.REMEDY_CRITERIA:
        raise NotAllowed("choice_unknown", field="criterion")
    if (cents is None and kind in MONEY) or (cents is not None and not 0 < cents <= CENTS_MOST):
        raise NotAllowed("amount_missing", field="cents")
    with work(seat, escalation_id, now) as one:
        one.complaint()
        complaints.add_remedy(
            one.connection,
            {
                "clinic_id": seat.clinic_id,
                "escalation_id": one.id,
                "kind": kind,
                "criterion": criterion,
                "cents": cents,
                "note": said,
                "proposed_by": seat.staff_id,
                "proposed_at": ms(now),
            },
        )
        one.tell("remedy_proposed", note=said, after=kind)
        return case_of(one)


def decide_remedy(
    seat: Seat, escalation_id: int, remedy_id: int, approved: bool, reason: str, now: datetime, pin: str = ""
) -> ServiceCase:
    """Decide about a proposal: the policy's approver, nobody complained of, and not who proposed it, unless the clinic
    has nobody else who may: then she decides with her PIN, and the story says so.

    Once every refund that was proposed is decided, the refund's clock has been met.

    Args:
        seat: of the role the policy names in `escalations.complaint.approver`.
        escalation_id: a complaint. remedy_id: the proposal.
        approved: yes or no. reason: required either way.
        now: aware datetime.
        pin: of the proposer who decides alone; nobody else needs one.

    Raises:
        NotAllowed: another role, the proposer while somebody else may or with a wrong PIN, somebody complained of, no
            reason, or nothing to decide.
    """
    why = text(reason, "reason")
    if seat.role is not seat.policy.escalations.complaint.approver:
        raise NotAllowed("remedy_by_approver", names=_names(deciders(seat, escalation_id, seat.staff_id)))
    signed = bool(pin) and desk_staff.check_pin(seat, pin, now)
    with work(seat, escalation_id, now) as one:
        one.complaint()
        impartial(one.case, seat.staff_id)
        known = {int(row["id"]): row for row in complaints.remedies(one.connection, seat.clinic_id, one.id)}
        found = known.get(remedy_id)
        own = found is not None and found["proposed_by"] == seat.staff_id
        if own and found is not None and found["decided_at"] is None:
            others = _deciders(one.connection, seat, one.case, seat.staff_id)
            if others:
                raise NotAllowed("remedy_own_proposal", names=_names(others))
            if not signed:
                raise NotAllowed("wrong_pin", field="pin")
        values = {
            "approved": int(approved),
            "decided_by": seat.staff_id,
            "decided_at": ms(now),
            "reason": why,
        }
        if found is None or not complaints.decide_remedy(one.connection, seat.clinic_id, remedy_id, values):
            raise NotAllowed("remedy_decided")
        rest = [row for key, row in known.items() if key != remedy_id and row["kind"] == RemedyKind.REFUND]
        refund = found["kind"] == RemedyKind.REFUND and all(row["decided_at"] is not None for row in rest)
        if refund and one.row["refund_by"] is not None and one.row["refund_decided_at"] is None:
            one.change({"refund_decided_at": ms(now)})
        kind = "remedy_decided_alone" if own else "remedy_decided"
        one.tell(kind, note=why, before=str(found["kind"]), after="yes" if approved else "no")
        return case_of(one)


def refuse_refund(seat: Seat, escalation_id: int, reason: str, now: datetime) -> ServiceCase:
    """Say no to a refund that was asked for: money that is not paid needs no proposal and no second person.

    Args:
        seat: of the role the policy names. escalation_id: a complaint with an open refund that nobody has proposed.
        reason: required. now: aware datetime.

    Raises:
        NotAllowed: another role, somebody complained of, no reason, no refund is open, or a proposal of one waits.
    """
    why = text(reason, "reason")
    if seat.role is not seat.policy.escalations.complaint.approver:
        raise NotAllowed("remedy_by_approver", names=_names(deciders(seat, escalation_id, seat.staff_id)))
    with work(seat, escalation_id, now) as one:
        one.complaint()
        impartial(one.case, seat.staff_id)
        remedies = complaints.remedies(one.connection, seat.clinic_id, one.id)
        waits = any(row["kind"] == RemedyKind.REFUND and row["decided_at"] is None for row in remedies)
        if waits or one.row["refund_by"] is None or one.row["refund_decided_at"] is not None:
            raise NotAllowed("remedy_decided")
        one.change({"refund_decided_at": ms(now)})
        one.tell("remedy_decided", note=why, before=RemedyKind.REFUND, after="no")
        return case_of(one)


def decide_refund(
    seat: Seat,
    escalation_id: int,
    cents: int | None,
    criterion: str,
    reason: str,
    now: datetime,
    pin: str = "",
) -> ServiceCase:
    """Answer a refund nobody has proposed yet: no is said at once; yes is proposed with its amount, for another to
    approve, and approved at once by who says it when the clinic has nobody else who may.

    Args:
        seat: of the role the policy names; of a yes anybody but a trainee. escalation_id: a complaint.
        cents: the amount in hundredths; None is a no. criterion: of a yes, of `rules.complaints.REMEDY_CRITERIA`.
        reason: required either way.
        now: aware datetime.
        pin: of a yes of who decides alone.

    Raises:
        NotAllowed: as `refuse_refund`, `propose_remedy` and `decide_remedy`.
    """
    if cents is None:
        return refuse_refund(seat, escalation_id, reason, now)
    alone = seat.role is seat.policy.escalations.complaint.approver and not deciders(
        seat, escalation_id, seat.staff_id
    )
    # Before anything is written: a second try would be a second proposal.
    if alone and not desk_staff.check_pin(seat, pin, now):
        raise NotAllowed("wrong_pin", field="pin")
    case = propose_remedy(seat, escalation_id, RemedyKind.REFUND, criterion, cents, reason, now)
    return decide_remedy(seat, escalation_id, case.remedies[-1].id, True, reason, now, pin) if alone else case


def withdraw_remedy(
    seat: Seat, escalation_id: int, remedy_id: int, reason: str, now: datetime
) -> ServiceCase:
    """Take back a proposal nobody has decided: only who made it. It stays on record, neither approved nor refused; a
    refund that was asked for is still to be decided.

    Args:
        seat: who proposed it. escalation_id: a complaint. remedy_id: the proposal.
        reason: required. now: aware datetime.

    Raises:
        NotAllowed: somebody else, no reason, or it is decided or withdrawn already.
    """
    why = text(reason, "reason")
    with work(seat, escalation_id, now) as one:
        one.complaint()
        found = next(
            (
                row
                for row in complaints.remedies(one.connection, seat.clinic_id, one.id)
                if row["id"] == remedy_id
            ),
            None,
        )
        if found is not None and found["proposed_by"] != seat.staff_id:
            raise NotAllowed("remedy_not_yours")
        values = {"decided_by": seat.staff_id, "decided_at": ms(now), "reason": why}
        if found is None or not complaints.decide_remedy(one.connection, seat.clinic_id, remedy_id, values):
            raise NotAllowed("remedy_decided")
        one.tell("remedy_withdrawn", note=why, after=str(found["kind"]))
        return case_of(one)


def _names(people: tuple[Named, ...]) -> str:
    return ", ".join(one.name for one in people) or "-"
