"""The second half of a case: told back, asked, answered, closed, and opened again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from console.desk import loop_items
from console.desk.placing import place_patient
from console.desk.seat import Seat
from console.desk.service_course import replied
from console.desk.service_rows import HANDLERS, Work, impartial, maybe_text, ms, text, work
from console.desk.service_view import case_of, closing
from console.rules import complaints as rules
from console.rules import sla
from db import complaints, patients
from db.enums import CaseStage, EscalationKind, EscalationStatus, Purpose, Severity
from db.errors import NotAllowed
from db.instants import to_ms
from db.records import Clocks, ServiceCase


def tell_back(seat: Seat, escalation_id: int, note: str, accepted: str | None, now: datetime) -> ServiceCase:
    """The customer has heard the result: ends the answer's clock, and her satisfaction is to be asked.

    Args:
        seat: who told her; anybody but a trainee and who is complained of.
        escalation_id: a complaint with a solution.
        note: what she said; may be empty. accepted: of `rules.complaints.ACCEPTED`; None when not asked.
        now: aware datetime.

    Raises:
        NotAllowed: there is no solution, she was told before, or an unknown answer.
    """
    if accepted is not None and accepted not in rules.ACCEPTED:
        raise NotAllowed("choice_unknown", field="accepted")
    with work(seat, escalation_id, now) as one:
        told_back(one, maybe_text(note), accepted)
        return case_of(one)


def told_back(one: Work, note: str, accepted: str | None) -> None:
    """`tell_back` inside an open transaction."""
    one.complaint()
    impartial(one.case, one.seat.staff_id)
    if one.case["solved_at"] is None:
        raise NotAllowed("not_solved")
    if one.row["answered_at"] is not None:
        raise NotAllowed("told_back_before")
    replied(one, "")
    one.change(
        {"answered_at": ms(one.now), "told_patient": note or str(one.case["solution"])},
        {
            "answered_by": one.seat.staff_id,
            "answer_note": note,
            "accepted": accepted,
            "stage": rules.further(one.stage, CaseStage.TOLD_BACK),
        },
    )
    loop_items.close(one.connection, one.seat, one.id, (loop_items.RESULT,), one.now)
    one.tell("told_back", note=note, after=accepted)
    if _surveys_refused(one):
        # She is asked nothing she has refused: that is what goes on record.
        surveyed(one, None, "opted_out", "")
    else:
        loop_items.plan(one.connection, one.seat, one.row, loop_items.ASK, one.now)


def _surveys_refused(one: Work) -> bool:
    patient_id: int | None = one.row["patient_id"]
    if patient_id is None:
        return False
    refused = patients.opted_out(one.connection, one.seat.clinic_id, (patient_id,))
    return Purpose.SURVEY in refused.get(patient_id, frozenset())


def satisfied(seat: Seat, escalation_id: int, score: int, note: str, now: datetime) -> ServiceCase:
    """What the customer says of how it was handled.

    Args:
        seat: who asked; anybody but a trainee and who is complained of.
        escalation_id: a complaint whose result was told.
        score: 1 to 5, 5 is the best. note: her words; may be empty.
        now: aware datetime.

    Raises:
        NotAllowed: a score that does not exist, or the result was not told yet.
    """
    if score not in rules.SCORES:
        raise NotAllowed("score_unknown", field="score")
    with work(seat, escalation_id, now) as one:
        surveyed(one, score, None, maybe_text(note))
        return case_of(one)


def no_satisfaction(seat: Seat, escalation_id: int, code: str, now: datetime) -> ServiceCase:
    """Why there is no satisfaction on record: she refused, refuses surveys, or only a lead says, was not reached.

    Raises:
        NotAllowed: an unknown code, surveys she has not refused, somebody but a lead about not reaching her, somebody
            complained of, or the result was not told yet.
    """
    if code not in rules.NO_SATISFACTION:
        raise NotAllowed("choice_unknown", field="code")
    with work(seat, escalation_id, now) as one:
        if code == "not_reached":
            one.lead()
        if code == "opted_out" and not _surveys_refused(one):
            raise NotAllowed("choice_unknown", field="code")
        surveyed(one, None, code, "")
        return case_of(one)


def surveyed(one: Work, score: int | None, code: str | None, note: str) -> None:
    """`satisfied` and `no_satisfaction` inside an open transaction."""
    one.complaint()
    impartial(one.case, one.seat.staff_id)
    if one.row["answered_at"] is None:
        raise NotAllowed("not_told_back")
    one.change(
        case={
            "satisfaction": score,
            "no_satisfaction": code,
            "surveyed_at": ms(one.now),
            "surveyed_by": one.seat.staff_id,
            "stage": rules.further(one.stage, CaseStage.SURVEYED),
        }
    )
    loop_items.close(one.connection, one.seat, one.id, (loop_items.ASK,), one.now)
    one.tell("satisfaction", note=note, after=code if score is None else str(score))


def answer(seat: Seat, escalation_id: int, words: str, now: datetime) -> ServiceCase:
    """A request was answered to the customer: ends its clock (catalogue S4-SOP-16).

    Args:
        seat: who answered; anybody but a trainee.
        escalation_id: a request.
        words: the answer; required.
        now: aware datetime.

    Raises:
        NotAllowed: a complaint, nothing was said, or answered before.
    """
    said = text(words, "words")
    with work(seat, escalation_id, now) as one:
        if one.kind is not EscalationKind.REQUEST:
            raise NotAllowed("only_request")
        if one.row["answered_at"] is not None:
            raise NotAllowed("told_back_before")
        answered(one, said, "")
        return case_of(one)


def answered(one: Work, said: str, found: str) -> None:
    """`answer` inside an open transaction; `found`: what was found out, may be empty."""
    replied(one, "")
    at, who = ms(one.now), one.seat.staff_id
    one.change(
        {"answered_at": at, "finding": found or None, "action": said, "told_patient": said},
        {
            "cause": found,
            "solution": said,
            "solved_at": at,
            "solved_by": who,
            "answered_by": who,
            "stage": rules.further(one.stage, CaseStage.TOLD_BACK),
        },
    )
    loop_items.close(one.connection, one.seat, one.id, (loop_items.PROGRESS,), one.now)
    one.tell("answered_customer", note=said)


def close(seat: Seat, escalation_id: int, now: datetime) -> ServiceCase:
    """Close a case whose loop is closed.

    Args:
        seat: a doctor, nurse or lead; its owner too when it is not a severe complaint; nobody complained of.
        escalation_id: which.
        now: aware datetime.

    Raises:
        NotAllowed: another role; or `case_not_closable` with the first `reason` and all `problems`.
    """
    with work(seat, escalation_id, now) as one:
        closed(one)
        return case_of(one)


def closed(one: Work) -> None:
    """`close` inside an open transaction."""
    if one.seat.role not in HANDLERS and one.severity is Severity.SEVERE:
        raise NotAllowed("needs_clinician_or_lead")
    one.handled_by()
    missing = rules.gaps(closing(one))
    if missing:
        raise NotAllowed("case_not_closable", reason=missing[0], problems=missing)
    before = one.row["status"]
    one.change(case={"stage": CaseStage.CLOSED})
    one.change({"status": EscalationStatus.RESOLVED, "resolved_at": ms(one.now), "paused_at": None})
    loop_items.close_all(one.connection, one.seat, one.id, one.now)
    one.tell("resolved", note=str(one.case["solution"]), before=before, after="resolved")
    if one.row["patient_id"] is not None:
        # With her last open matter gone, what waited for it may be offered.
        place_patient(
            one.connection, one.seat.clinic_id, int(one.row["patient_id"]), one.seat.policy, one.now
        )


def resolved(one: Work, texts: Mapping[str, str]) -> None:
    """Close a case with the words in which any other is closed: they answer a request nobody has answered.

    Args:
        one: the case. texts: finding, action and what the patient was told; those of a closed loop stay.

    Raises:
        NotAllowed: as `close`.
    """
    if one.kind is EscalationKind.REQUEST and one.row["answered_at"] is None:
        one.handled_by()
        answered(one, texts["told_patient"], texts["finding"])
    closed(one)


def reopen(seat: Seat, escalation_id: int, reason: str, now: datetime) -> ServiceCase:
    """Take a case up again that was told back or closed: its clocks begin anew, and the round that is over is kept
    with every clock it missed.

    Args:
        seat: a doctor, nurse or lead, its owner or who looked into it.
        escalation_id: which.
        reason: what is not settled; required.
        now: aware datetime.

    Raises:
        NotAllowed: another role, no reason, or the customer has no answer yet.
    """
    why = text(reason, "reason")
    with work(seat, escalation_id, now, any_state=True) as one:
        one.handled_by()
        if one.row["answered_at"] is None:
            raise NotAllowed("reopen_too_early")
        _keep_round(one, why)
        complaint = one.kind is EscalationKind.COMPLAINT
        clocks = _clocks_anew(one)
        columns: dict[str, object] = {
            "status": EscalationStatus.NEW,
            "ack_by": to_ms(clocks.ack_by),
            "contact_by": to_ms(clocks.contact_by),
            "resolve_by": to_ms(clocks.resolve_by),
            **dict.fromkeys(("acknowledged_at", "contacted_at", "resolved_at", "answered_at", "paused_at")),
            **dict.fromkeys(("ack_breached_at", "contact_breached_at", "resolve_breached_at")),
            **dict.fromkeys(("finding", "action", "told_patient")),
        }
        complaints.reopen(one.connection, seat.clinic_id, one.id, columns)
        one.row = {**one.row, **columns}
        loop_items.close_all(one.connection, seat, one.id, now)
        one.change(
            case={
                "stage": CaseStage.NEW,
                "clock_from": ms(now),
                "round_no": int(one.case["round_no"]) + 1,
                "paused_days": 0,
                "cause": "",
                "solution": "",
                "answer_note": "",
                "pause_note": "",
                **dict.fromkeys(
                    (
                        "replied_at",
                        "replied_by",
                        "solved_at",
                        "solved_by",
                        "answered_by",
                        "accepted",
                        "satisfaction",
                        "no_satisfaction",
                        "surveyed_at",
                        "surveyed_by",
                        "pause_code",
                    )
                ),
            }
        )
        one.tell("reopened", note=why, after=str(one.case["round_no"]))
        first = loop_items.REPLY if complaint else loop_items.RESPONSE
        loop_items.plan(one.connection, seat, one.row, first, now)
        if one.row["patient_id"] is not None:
            place_patient(one.connection, seat.clinic_id, int(one.row["patient_id"]), seat.policy, now)
        return case_of(one)


def _clocks_anew(one: Work) -> Clocks:
    """A reopened request is responded to within the hours of a complaint: nobody waits on the line any more."""
    return sla.complaint(one.severity, one.now, one.seat.policy)


def _keep_round(one: Work, why: str) -> None:
    row, case = one.row, one.case
    complaints.add_round(
        one.connection,
        {
            "clinic_id": one.seat.clinic_id,
            "escalation_id": one.id,
            "number": case["round_no"],
            "began_at": case["clock_from"],
            "contact_by": row["contact_by"],
            "resolve_by": row["resolve_by"],
            "paused_days": case["paused_days"],
            "replied_at": case["replied_at"],
            "cause": case["cause"],
            "solution": case["solution"],
            "solved_at": case["solved_at"],
            "answered_at": row["answered_at"],
            "accepted": case["accepted"],
            "closed_at": row["resolved_at"],
            "contact_late_at": row["contact_breached_at"],
            "resolve_late_at": row["resolve_breached_at"],
            "satisfaction": case["satisfaction"],
            "no_satisfaction": case["no_satisfaction"],
            "reopened_for": why,
            "reopened_by": one.seat.staff_id,
            "reopened_at": ms(one.now),
        },
    )
