"""The first half of a complaint: replied to, classified, looked into, waiting for the customer, solved."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from console.desk import loop_items
from console.desk.seat import Seat
from console.desk.service_intake import check_class
from console.desk.service_rows import Work, impartial, ms, text, work
from console.desk.service_view import case_of
from console.rules import complaints as rules
from console.rules import sla
from db import escalations as table
from db import treatments
from db.enums import CaseStage, ComplaintClass, EscalationStatus, ProcessStage, Severity
from db.errors import NotAllowed
from db.instants import from_ms, to_ms
from db.records import ServiceCase

PAUSABLE: Final = frozenset({CaseStage.NEW, CaseStage.FIRST_REPLY, CaseStage.INVESTIGATING})
"""Before there is a solution an answer can wait for the customer; afterwards she waits for it."""


def reply(seat: Seat, escalation_id: int, words: str, now: datetime) -> ServiceCase:
    """The customer has had her first reply: ends that clock and its item.

    Args:
        seat: who replied; anybody but a trainee.
        escalation_id: a complaint, or a request that was not responded to at once.
        words: what was said; required: it ends the clock of the first reply.
        now: aware datetime.

    Raises:
        NotAllowed: nothing was said, a trainee, unknown, clinical, or replied to before. Conflict: it is closed.
    """
    said = text(words, "words")
    with work(seat, escalation_id, now) as one:
        if one.case["replied_at"] is not None:
            raise NotAllowed("replied_before")
        replied(one, said)
        return case_of(one)


def replied(one: Work, words: str) -> None:
    """`reply` inside an open transaction; nothing when it was replied to before."""
    if one.case["replied_at"] is not None:
        return
    at, before = ms(one.now), one.row["status"]
    one.change(
        {
            "status": EscalationStatus.CONTACTED,
            "contacted_at": one.row["contacted_at"] or at,
            "acknowledged_at": one.row["acknowledged_at"] or at,
            "owner_staff_id": one.row["owner_staff_id"] or one.seat.staff_id,
        },
        {
            "replied_at": at,
            "replied_by": one.seat.staff_id,
            "stage": rules.further(one.stage, CaseStage.FIRST_REPLY),
        },
    )
    loop_items.close(one.connection, one.seat, one.id, (loop_items.REPLY, loop_items.RESPONSE), one.now)
    one.tell("first_reply", note=words, before=before, after="contacted")


def investigate(seat: Seat, escalation_id: int, staff_id: int, now: datetime) -> ServiceCase:
    """Name who looks into a complaint: nobody complained of, and not whose work it is about (S4-CMPL-04).

    Args:
        seat: a doctor, nurse or lead, or its owner.
        escalation_id: a complaint.
        staff_id: who looks into it.
        now: aware datetime.

    Raises:
        NotAllowed: another role; the person is retired, unknown, a trainee, complained of, or operated.
    """
    with work(seat, escalation_id, now) as one:
        one.complaint()
        one.handled_by()
        person = table.person(one.connection, seat.clinic_id, staff_id)
        if person is None or person["retired_at"] is not None or str(person["roles"]) == '["trainee"]':
            raise NotAllowed("owner_cannot_be")
        impartial(one.case, staff_id)
        if _operated(one, str(person["name"])):
            raise NotAllowed("investigator_operated")
        stage = rules.further(one.stage, CaseStage.INVESTIGATING)
        one.change(case={"investigator_id": staff_id, "stage": stage})
        one.tell("investigator", after=str(person["name"]))
        return case_of(one)


def _operated(one: Work, name: str) -> bool:
    """Whether a person did the operation a complaint about quality is about."""
    quality = one.case["klass"] == ComplaintClass.CLINICAL_QUALITY or one.case["surgery"]
    if not quality or one.row["treatment_id"] is None:
        return False
    treatment = treatments.one(one.connection, one.seat.clinic_id, int(one.row["treatment_id"]))
    return treatment is not None and treatment["surgeon"] == name


def classify(
    seat: Seat,
    escalation_id: int,
    klass: ComplaintClass,
    stage: ProcessStage | None,
    reason: str,
    now: datetime,
) -> ServiceCase:
    """Change what a complaint is about; the lead's decision, kept with its reason.

    Raises:
        NotAllowed: another role, she is complained of, no reason, a request, or a stage that does not fit the class.
    """
    why = text(reason, "reason")
    check_class(klass, stage)
    with work(seat, escalation_id, now) as one:
        one.lead()
        one.complaint()
        before = "/".join(str(part) for part in (one.case["klass"], one.case["process_stage"]) if part)
        one.change(case={"klass": klass, "process_stage": stage})
        one.tell(
            "class", note=why, before=before, after="/".join(str(part) for part in (klass, stage) if part)
        )
        return case_of(one)


def confirm(seat: Seat, escalation_id: int, now: datetime) -> ServiceCase:
    """The lead confirms a complaint's severity as it is; a severe one is marked until she does (A-12).

    Raises:
        NotAllowed: another role, or a request.
    """
    with work(seat, escalation_id, now) as one:
        # Who is complained of makes it no milder by this: a clinic with one lead can close it all the same.
        one.lead(decides=False)
        one.complaint()
        one.change(case={"confirmed_by": seat.staff_id, "confirmed_at": ms(now)})
        one.tell("severity_confirmed", after=one.severity)
        return case_of(one)


def set_severity(
    seat: Seat, escalation_id: int, severity: Severity, reason: str, now: datetime
) -> ServiceCase:
    """Change a complaint's severity, which confirms it; the lead's decision (catalogue S0-CMPL-04, A-12, A-21).

    Its answer is due as if it had been so severe from the beginning, less what its clock stood still. A clock that had
    run out and then has time again can run out anew; that it had is in the story. Once she has her answer its clock is
    over and stays as it ran.

    Raises:
        NotAllowed: another role, she is complained of, no reason, or a clinical case.
    """
    why = text(reason, "reason")
    with work(seat, escalation_id, now) as one:
        one.lead()
        before, began = one.row["severity"], from_ms(one.case["clock_from"])
        due = sla.complaint(severity, began, seat.policy).resolve_by
        due = rules.moved(due, int(one.case["paused_days"]), seat.policy)
        columns: dict[str, object] = {"severity": severity}
        if one.row["answered_at"] is None:
            columns["resolve_by"] = to_ms(due)
            if due > now:
                columns["resolve_breached_at"] = None
        one.change(columns, {"confirmed_by": seat.staff_id, "confirmed_at": ms(now)})
        loop_items.follow_clock(one.connection, seat, one.row, now)
        one.tell("severity", note=why, before=before, after=severity)
        return case_of(one)


def pause(seat: Seat, escalation_id: int, code: str, note: str, now: datetime) -> ServiceCase:
    """Stop the answer's clock while the clinic waits for the customer, and for nothing else.

    Only that clock: the first reply's goes on, so does a refund's, for its limit is law, and a clinical case has no
    pause at all. A clock that has run out before stays run out.

    Args:
        seat: a doctor, nurse or lead, its owner or who looks into it.
        escalation_id: a complaint without a solution.
        code: what is waited for, of `rules.complaints.PAUSES`. note: in words; required.
        now: aware datetime.

    Raises:
        NotAllowed: another role, an unknown code, no words, it has a solution, or it is paused.
    """
    if code not in rules.PAUSES:
        raise NotAllowed("pause_unknown", field="code")
    why = text(note, "note")
    with work(seat, escalation_id, now) as one:
        one.complaint()
        one.handled_by()
        if one.row["paused_at"] is not None:
            raise NotAllowed("paused_before")
        if one.stage not in PAUSABLE:
            raise NotAllowed("pause_too_late")
        one.change({"paused_at": ms(now)}, {"pause_code": code, "pause_note": why})
        one.tell("paused", note=why, after=code)
        return case_of(one)


def resume(seat: Seat, escalation_id: int, now: datetime) -> ServiceCase:
    """Let the answer's clock run on: it is due as many working days later as ended meanwhile.

    Raises:
        NotAllowed: another role, or it is not paused.
    """
    with work(seat, escalation_id, now) as one:
        one.handled_by()
        if one.row["paused_at"] is None:
            raise NotAllowed("not_paused")
        resumed(one)
        return case_of(one)


def resumed(one: Work) -> None:
    """`resume` inside an open transaction."""
    policy, old = one.seat.policy, from_ms(one.row["resolve_by"])
    days = rules.days_paused(from_ms(one.row["paused_at"]), one.now, policy)
    due = rules.moved(old, days, policy)
    columns: dict[str, object] = {"paused_at": None, "resolve_by": to_ms(due)}
    if due > one.now:
        columns["resolve_breached_at"] = None
    one.change(
        columns, {"pause_code": None, "pause_note": "", "paused_days": int(one.case["paused_days"]) + days}
    )
    loop_items.follow_clock(one.connection, one.seat, one.row, one.now)
    one.tell(
        "resumed",
        note=str(days),
        before=old.isoformat(timespec="seconds"),
        after=due.isoformat(timespec="seconds"),
    )


def solve(seat: Seat, escalation_id: int, cause: str, solution: str, now: datetime) -> ServiceCase:
    """Write down what was found and what is done about it; the result is then told back. Ends a pause.

    Args:
        seat: a doctor, nurse or lead, its owner or who looks into it; nobody complained of.
        escalation_id: a complaint whose result was not told yet.
        cause, solution: in words, both required (catalogue S1-CMPL-01).
        now: aware datetime.

    Raises:
        NotAllowed: another role, an empty field, or the result was told: then it is opened again.
    """
    found, done = text(cause, "cause"), text(solution, "solution")
    with work(seat, escalation_id, now) as one:
        one.complaint()
        one.handled_by()
        if one.row["answered_at"] is not None:
            raise NotAllowed("told_back_before")
        if one.row["paused_at"] is not None:
            resumed(one)
        one.change(
            {"finding": found, "action": done},
            {
                "cause": found,
                "solution": done,
                "solved_at": ms(now),
                "solved_by": seat.staff_id,
                "stage": rules.further(one.stage, CaseStage.SOLVED),
            },
        )
        loop_items.close(one.connection, seat, one.id, (loop_items.PROGRESS,), now)
        loop_items.plan(one.connection, seat, one.row, loop_items.RESULT, now)
        one.tell("solved", note=done, before=found)
        return case_of(one)
