"""Dialling: the number is shown and the attempt begins; its result decides what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from console.desk import claiming, contact_items, resting, unreached
from console.desk.holding import hold, take_back
from console.desk.noting import note
from console.desk.placing import place_patient
from console.desk.seat import Seat
from console.rules import calendar, retry
from db import calls, claims, drafts, patients
from db import drain as facts_of
from db.connect import Connection, Row, unit_of_work
from db.enums import CLINICIANS, AttemptResult, Channel, ItemKind, ItemState, LeaseStage, PhoneStatus, Role
from db.errors import Conflict, NotAllowed
from db.instants import maybe_at, maybe_ms, to_ms
from db.records import (
    AfterAttempt,
    AttemptFacts,
    Claim,
    DialEnded,
    DialStarted,
    ItemAfter,
    ItemFacts,
    Reason,
)

LEASE_S: Final = 900
"""Seconds a call holds its contact without a heartbeat once dialling has begun."""


def _usable(row: Row, now: datetime) -> bool:
    if row["status"] == PhoneStatus.LIVE:
        return True
    return row["status"] == PhoneStatus.SUSPENDED and (row["suspended_until"] or 0) <= to_ms(now)


def _may_ring(seat: Seat, rows: list[Row], now: datetime) -> None:
    """Only red flags, escalations and clinicians ring in quiet hours."""
    if not calendar.of(seat.policy).is_quiet(now):
        return
    if seat.role in CLINICIANS or any(
        row["kind"] == ItemKind.RECONTACT or row["escalation_id"] is not None for row in rows
    ):
        return
    raise NotAllowed("quiet_hours")


def start_dial(seat: Seat, claim: Claim, phone_id: int, now: datetime) -> DialStarted:
    """Begin an attempt: the lease moves to dialling, the dial is recorded, the number is handed over.

    Args:
        seat: the claim's holder.
        claim: the contact.
        phone_id: one of the patient's numbers.
        now: aware datetime.

    Returns:
        The attempt with the number in E.164.

    Raises:
        StaleLease: the claim is no longer this seat's.
        NotAllowed: the number is not the patient's, is dead or suspended, or these are quiet hours.
    """
    if claim.patient_id is None:
        raise NotAllowed("patient_unknown")
    if seat.role is Role.TRAINEE:
        raise NotAllowed("trainee_never_dials")
    with unit_of_work(seat.database) as connection:
        lease = hold(connection, seat, claim)
        number = calls.phone(connection, seat.clinic_id, phone_id)
        if number is None or number["patient_id"] != claim.patient_id:
            raise NotAllowed("number_not_hers")
        if not _usable(number, now):
            raise NotAllowed("number_dead" if number["status"] == PhoneStatus.DEAD else "number_suspended")
        _may_ring(seat, calls.contact_items(connection, seat.clinic_id, claim.contact_id), now)
        claims.set_stage(
            connection,
            seat.clinic_id,
            claim.group_id,
            claim.token,
            LeaseStage.DIALLING,
            to_ms(now),
            LEASE_S * 1000,
        )
        take_back(connection, seat, claim, lease["stage"])
        attempt_id = calls.add_attempt(
            connection,
            {
                "clinic_id": seat.clinic_id,
                "contact_id": claim.contact_id,
                "patient_id": claim.patient_id,
                "item_id": claim.item_id,
                "phone_id": phone_id,
                "channel": Channel.PHONE,
                "counted": False,
                "at": to_ms(now),
                "staff_id": seat.staff_id,
            },
        )
        note(connection, seat, now, "number.dial", "patient", claim.patient_id, {"phone_id": phone_id})
        fresh = replace(claim, expires_at=now + timedelta(seconds=LEASE_S))
        return DialStarted(attempt_id, phone_id, str(number["e164"]), fresh)


def numbers_beside(
    connection: Connection, seat: Seat, claim: Claim, phone_id: int | None, now: datetime
) -> tuple[Row | None, list[Row], list[Row]]:
    """The dialled number, and which others may be dialled now: the patient's own, and contact persons'."""
    if claim.patient_id is None:
        return None, [], []
    clock = calendar.of(seat.policy)
    start = to_ms(clock.at(clock.day_of(now), 0))
    rows = calls.numbers(connection, seat.clinic_id, claim.patient_id, start)
    dialled = next((row for row in rows if row["id"] == phone_id), None)
    usable = [row for row in rows if row["id"] != phone_id and _usable(row, now)]
    own = [row for row in usable if row["contact_person_id"] is None]
    return dialled, own, [row for row in usable if row["contact_person_id"] is not None]


def attempt_facts(
    connection: Connection,
    seat: Seat,
    facts: ItemFacts,
    result: AttemptResult,
    dialled: Row | None,
    others: list[Row],
    relatives: list[Row],
    now: datetime,
) -> AttemptFacts:
    """One dial as the retry rules look at it, for one item."""
    counted = 0
    if dialled is not None:
        counted = calls.counted_attempts(connection, seat.clinic_id, facts.id, int(dialled["id"]))
    return AttemptFacts(
        item=facts,
        result=result,
        at=now,
        number_attempts=counted,
        other_number=bool(others),
        contact_person=bool(relatives),
        to_contact_person=dialled is not None and dialled["contact_person_id"] is not None,
    )


def end_dial(seat: Seat, claim: Claim, attempt_id: int, result: AttemptResult, now: datetime) -> DialEnded:
    """Write a dial's result and do what the retry rules say.

    Without an answer the contact ends, unless another number is to be tried at once.

    Args:
        seat: the claim's holder.
        claim: the contact.
        attempt_id: from `start_dial`.
        result: what came of it.
        now: aware datetime.

    Raises:
        StaleLease: the claim is no longer this seat's. Conflict: the attempt already has a result.
    """
    with unit_of_work(seat.database) as connection:
        lease = hold(connection, seat, claim)
        attempt = calls.attempt(connection, seat.clinic_id, attempt_id)
        if attempt is None or attempt["contact_id"] != claim.contact_id:
            raise NotAllowed("attempt_unknown")
        if attempt["result"] is not None:
            raise Conflict("attempt_ended")
        if result is AttemptResult.CONNECTED:
            ended = _connected(connection, seat, claim, attempt, now)
            take_back(connection, seat, claim, lease["stage"])
            return ended
        return _missed(connection, seat, claim, attempt, result, now)


def _connected(connection: Connection, seat: Seat, claim: Claim, attempt: Row, now: datetime) -> DialEnded:
    calls.end_attempt(connection, seat.clinic_id, attempt["id"], AttemptResult.CONNECTED, counted=False)
    claims.set_stage(
        connection,
        seat.clinic_id,
        claim.group_id,
        claim.token,
        LeaseStage.CONNECTED,
        to_ms(now),
        LEASE_S * 1000,
    )
    for item_id in claim.item_ids:
        calls.change_item(connection, seat.clinic_id, item_id, {"last_attempt_at": to_ms(now)})
    return DialEnded(AttemptResult.CONNECTED, True, Reason("dial_connected"), (), None, None, None, 0)


def tried(facts: ItemFacts, now: datetime, today: date, *, counted: bool) -> dict[str, object]:
    """The counters of an item after one more dial.

    Args:
        facts: the item before it.
        now: aware datetime.
        today: the clinic's day.
        counted: whether it counts against the budget and the day's cap.
    """
    before = facts.tries_today if facts.tried_on == today else 0
    counters: dict[str, object] = {"last_attempt_at": to_ms(now)}
    if counted:
        counters |= {"attempts": facts.attempts + 1, "tries_today": before + 1, "tried_on": today}
    return counters


def _missed(
    connection: Connection, seat: Seat, claim: Claim, attempt: Row, result: AttemptResult, now: datetime
) -> DialEnded:
    dialled, others, relatives = numbers_beside(connection, seat, claim, attempt["phone_id"], now)
    after: dict[int, AfterAttempt] = {}
    known = facts_of.facts(connection, seat.clinic_id, claim.item_ids, to_ms(now))
    for facts in known:
        dial = attempt_facts(connection, seat, facts, result, dialled, others, relatives, now)
        after[facts.id] = retry.after_attempt(dial, seat.policy)
    # An incoming call that is rung back has no item; the result alone is kept.
    lead = after.get(claim.item_id or -1) or next(iter(after.values()), AfterAttempt(counted=True))
    calls.end_attempt(connection, seat.clinic_id, attempt["id"], result, counted=lead.counted)
    shared = number_after(connection, seat, claim, dialled, lead)
    escalation_id = None
    for facts in known:
        escalation_id = apply_rule(connection, seat, facts, after[facts.id], now, []) or escalation_id
    nearest = _next_number(lead, others, relatives)
    keep = nearest is not None
    if not keep:
        claiming.end(connection, seat, claim, now)
        # Something was said before the line broke: what was typed stays its owner's, to be put on record.
        drafts.mark_late(connection, seat.clinic_id, claim.contact_id, seat.staff_id, now)
    rest = resting.rest_others(connection, seat, claim, dialled, result, lead, now)
    # Numbers, counters and what the rule added concern her other items too.
    for patient_id in sorted(rest | ({claim.patient_id} if claim.patient_id is not None else set())):
        place_patient(connection, seat.clinic_id, patient_id, seat.policy, now)
    reason = lead.reasons[0] if lead.reasons else Reason(f"dial_{result.value}")
    return DialEnded(
        result=result,
        keep=keep,
        reason=reason,
        items=items_after(connection, seat, claim.contact_id),
        next_phone_id=nearest,
        next_person=lead.next_person,
        escalation_id=escalation_id,
        shared_with=shared,
    )


def _next_number(rule: AfterAttempt, others: list[Row], relatives: list[Row]) -> int | None:
    if rule.next_person == "patient" and others:
        return int(others[0]["id"])
    if rule.next_person == "contact_person" and relatives:
        return int(relatives[0]["id"])
    return None


def number_after(
    connection: Connection, seat: Seat, claim: Claim, dialled: Row | None, rule: AfterAttempt
) -> int:
    """Close or suspend the dialled number; returns how many other patients still have it live."""
    if dialled is None:
        return 0
    if rule.number_dead:
        patients.set_number_status(connection, seat.clinic_id, dialled["id"], PhoneStatus.DEAD)
        others = calls.others_on_number(
            connection, seat.clinic_id, str(dialled["e164"]), claim.patient_id or 0
        )
        return len({row["patient_id"] for row in others})
    if rule.number_suspended_until is not None:
        patients.set_number_status(
            connection,
            seat.clinic_id,
            dialled["id"],
            PhoneStatus.SUSPENDED,
            maybe_ms(rule.number_suspended_until),
        )
    return 0


def apply_rule(
    connection: Connection,
    seat: Seat,
    facts: ItemFacts,
    rule: AfterAttempt,
    now: datetime,
    added: list[int],
) -> int | None:
    """Write what a dial that reached nobody does to one item.

    Args:
        connection: inside a unit of work.
        seat: whose clinic and policy.
        facts: the item before it.
        rule: from `rules.retry`.
        now: aware datetime.
        added: ids of items it makes are appended.

    Returns:
        The escalation it made, if any.
    """
    today = calendar.of(seat.policy).day_of(now)
    values = tried(facts, now, today, counted=rule.counted) | {
        "cooling_until": maybe_ms(rule.cooling_until),
        "busy_count": rule.busy_count,
        "line_errors": rule.line_errors,
        "rejections": rule.rejections,
    }
    calls.change_item(connection, seat.clinic_id, facts.id, values)
    made = None
    if rule.escalate is not None:
        made = unreached.raise_for(connection, seat, facts, rule.escalate, now)
    if rule.contact_repair:
        added.append(contact_items.contact_repair(connection, seat, facts.patient_id, now))
    if rule.lead_item is not None:
        added.append(
            contact_items.lead_review(
                connection,
                seat,
                facts.patient_id,
                now,
                treatment_id=facts.treatment_id,
                visit_id=facts.visit_id,
            )
        )
    if rule.close_reason is not None:
        calls.close_item(
            connection, seat.clinic_id, facts.id, ItemState.UNREACHABLE, rule.close_reason, to_ms(now)
        )
    return made


def items_after(connection: Connection, seat: Seat, contact_id: int) -> tuple[ItemAfter, ...]:
    """The items of a contact as they stand now."""
    return tuple(
        ItemAfter(
            int(row["id"]), str(row["milestone"]), ItemState(row["state"]), maybe_at(row["next_change_at"])
        )
        for row in calls.items_of_call(connection, seat.clinic_id, contact_id)
    )


def close_number(seat: Seat, e164_of: int, patient_ids: tuple[int, ...] | None, now: datetime) -> int:
    """Close a number for other patients too, once the caller has said so.

    Args:
        seat: who decides; any role but trainee.
        e164_of: phone id whose number is closed.
        patient_ids: the other patients; None means all who have it.
        now: aware datetime.

    Returns:
        How many numbers were closed.
    """
    if seat.role is Role.TRAINEE:
        raise NotAllowed("trainee_never_dials")
    with unit_of_work(seat.database) as connection:
        number = calls.phone(connection, seat.clinic_id, e164_of)
        if number is None:
            raise NotAllowed("number_not_hers")
        closed = 0
        for row in calls.others_on_number(
            connection, seat.clinic_id, str(number["e164"]), number["patient_id"]
        ):
            if patient_ids is not None and row["patient_id"] not in patient_ids:
                continue
            patients.set_number_status(connection, seat.clinic_id, row["id"], PhoneStatus.DEAD)
            closed += 1
            if not calls.has_usable_number(connection, seat.clinic_id, row["patient_id"], to_ms(now)):
                contact_items.contact_repair(connection, seat, row["patient_id"], now)
            place_patient(connection, seat.clinic_id, row["patient_id"], seat.policy, now)
            note(connection, seat, now, "number.close", "patient", row["patient_id"], {"phone_id": row["id"]})
        return closed
