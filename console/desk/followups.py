"""What a saved call does to the queue: items closed or kept, promises, opt-outs, new items."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from console.desk import aftertalk, casework, contact_items, dialling, service_calls
from console.desk.aftertalk import Settlement
from console.desk.dialling import items_after as items_after
from console.desk.flagging import record
from console.desk.placing import place_again, place_patient
from console.desk.seat import Seat
from console.desk.service_intake import put_on_board
from console.i18n import translate
from console.rules import calendar, promise, retry, sla
from console.rules.placement import RED_FLAG
from db import calls, patients
from db import drain as facts_of
from db import escalations as table
from db.connect import Connection, Row
from db.enums import (
    CLINICIANS,
    OPEN_STATES,
    AttemptResult,
    CallOutcome,
    EscalationKind,
    EscalationStatus,
    ItemClass,
    ItemKind,
    ItemState,
    PhoneStatus,
    PromiseStatus,
    Purpose,
    Severity,
)
from db.errors import NotAllowed
from db.instants import maybe_at, to_ms
from db.records import (
    ItemAfter,
    PromiseMade,
    Reason,
)

_NOT_REACHED: Final = frozenset({CallOutcome.PROXY_REACHED, CallOutcome.WRONG_PERSON})
"""Outcomes in which the patient herself was not spoken to."""


def promise_gap(seat: Seat, at: datetime, items: tuple[Row, ...], now: datetime) -> Reason | None:
    """Why a callback cannot be promised for that time, or None.

    Args:
        seat: whose policy.
        at: the promised time, aware.
        items: the contact's items: one beyond a safety item's clinical end is refused.
        now: aware datetime.
    """
    ends = [
        end
        for row in items
        if row["klass"] == ItemClass.SAFETY and (end := maybe_at(row["clinical_end_at"])) is not None
    ]
    return promise.check(at, now, seat.policy, clinical_end=min(ends) if ends else None)


def settle(one: Settlement) -> tuple[int, ...]:
    """Close or keep every item, and add what follows from the call.

    Returns:
        Ids of the items that were added.
    """
    added: list[int] = []
    _opt_out(one, added)
    if one.form.outcome is CallOutcome.WRONG_PERSON:
        _wrong_number(one, added)
    results = {int(row["id"]): _result(one, row) for row in one.items}
    for row in one.items:
        _apply(one, row, results[int(row["id"])], added)
    calls.settle_promises(
        one.connection,
        one.clinic_id,
        tuple(results),
        PromiseStatus.OPEN if one.form.outcome in _NOT_REACHED else PromiseStatus.KEPT,
        one.call_id,
    )
    _promise(one, added)
    if one.claim.patient_id is not None and one.form.outcome is not CallOutcome.WRONG_PERSON:
        aftertalk.follow(one, one.claim.patient_id, added)
    return tuple(dict.fromkeys(added))


def settle_late(one: Settlement) -> tuple[int, ...]:
    """What holds of a conversation whose items others have by now: refusals, and a callback still to come.

    Returns:
        Ids of the items that were added.
    """
    alone = replace(one, items=())
    added: list[int] = []
    _opt_out(alone, added)
    if one.form.promise is not None and one.form.promise.at > one.now:
        _promise(alone, added)
    return tuple(dict.fromkeys(added))


def _stays(row: Row) -> bool:
    """Whether an item outlives a refusal: a safety call, a red flag, what is handed over or the lead's."""
    return (
        row["klass"] == ItemClass.SAFETY
        or row["escalation_id"] is not None
        or row["kind"] in (ItemKind.RECONTACT, ItemKind.LEAD_REVIEW)
    )


def _result(one: Settlement, row: Row) -> str:
    """done, keep, skip or cancelled for one item."""
    form = one.form
    if Purpose(row["purpose"]) in form.opt_out and not _stays(row):
        return "cancelled"
    chosen = next((item.result for item in form.items if item.item_id == row["id"]), None)
    if service_calls.is_step(row) and chosen in (None, "done") and not service_calls.did(one, row):
        return "keep"
    if form.outcome in (CallOutcome.COMPLETED, CallOutcome.PARTIAL) and chosen is not None:
        return chosen
    # Who rings us has a reason of her own: what was due stays due unless the caller says it was done.
    if form.outcome is CallOutcome.COMPLETED and not one.claim.incoming:
        return "done"
    return "keep"


def _apply(one: Settlement, row: Row, result: str, added: list[int]) -> None:
    item_id, at = int(row["id"]), to_ms(one.now)
    if result == "done" and (later := aftertalk.until_seen(one, row)) is not None:
        # The talk booked the review, or asks for it again: coming, or a no, ends the call.
        calls.change_item(one.connection, one.clinic_id, item_id, later)
        result = "keep"
    if result == "done":
        calls.close_item(one.connection, one.clinic_id, item_id, ItemState.DONE, one.form.outcome.value, at)
        _escalation_spoken(one, row)
    elif result == "cancelled":
        calls.close_item(one.connection, one.clinic_id, item_id, ItemState.CANCELLED, "opted_out", at)
    else:
        _keep(one, row, result, added)
    calls.set_contact_item(
        one.connection,
        one.clinic_id,
        one.claim.contact_id,
        item_id,
        result,
        at if result in ("done", "cancelled") else None,
    )


def _keep(one: Settlement, row: Row, result: str, added: list[int]) -> None:
    values: dict[str, object] = {}
    if one.form.outcome not in _NOT_REACHED:
        values = {"promise_id": None, "promise_at": None}
    if result == "skip":
        values["skips"] = int(row["skips"]) + 1
    elif one.form.outcome in _NOT_REACHED:
        _not_reached(one, int(row["id"]), added)
    elif one.form.outcome in (CallOutcome.DECLINED_TODAY, CallOutcome.OPTED_OUT):
        values |= _tomorrow(one, row, added)
    elif one.form.outcome is CallOutcome.PARTIAL:
        rules = one.seat.policy.retry
        gap = rules.red_flag.gap_min if _is_red_flag(row) else rules.no_answer.gap_min
        values["cooling_until"] = to_ms(one.now + timedelta(minutes=gap))
    if values:
        calls.change_item(one.connection, one.clinic_id, int(row["id"]), values)


def _is_red_flag(row: Row) -> bool:
    return bool(row["clinician_requested"]) or row["milestone"] == RED_FLAG


def _tomorrow(one: Settlement, row: Row, added: list[int]) -> dict[str, object]:
    """Rest for today; a red flag, or a safety call that cannot wait until then, is the lead's to decide
    about.
    """
    morning = calendar.of(one.seat.policy).safety(one.today + timedelta(days=1)).start
    end = maybe_at(row["clinical_end_at"])
    too_late = row["klass"] == ItemClass.SAFETY and end is not None and end <= morning
    if too_late or _is_red_flag(row):
        added.append(
            contact_items.lead_review(
                one.connection, one.seat, int(row["patient_id"]), one.now, treatment_id=row["treatment_id"]
            )
        )
    return {"cooling_until": to_ms(morning)}


def _not_reached(one: Settlement, item_id: int, added: list[int]) -> None:
    """Somebody else answered: to the patient's item that is a dial without an answer, or a dead number."""
    phone_id = dialled_number(one)
    dialled, others, relatives = dialling.numbers_beside(
        one.connection, one.seat, one.claim, phone_id, one.now
    )
    for facts in facts_of.facts(one.connection, one.clinic_id, (item_id,), to_ms(one.now)):
        dial = dialling.attempt_facts(
            one.connection, one.seat, facts, AttemptResult.NO_ANSWER, dialled, others, relatives, one.now
        )
        wrong = one.form.outcome is CallOutcome.WRONG_PERSON
        ask = retry.after_wrong_person if wrong else retry.after_attempt
        dialling.apply_rule(one.connection, one.seat, facts, ask(dial, one.seat.policy), one.now, added)


def _escalation_spoken(one: Settlement, row: Row) -> None:
    """An escalation's own contact was made: a doctor or nurse ends its clock, anybody else is noted."""
    if row["escalation_id"] is None:
        return
    found = table.lock(one.connection, one.clinic_id, row["escalation_id"])
    if found is None or found["status"] == EscalationStatus.RESOLVED:
        return
    if found["kind"] != EscalationKind.CLINICAL:
        service_calls.spoken(one, row, found)
    elif one.seat.role in CLINICIANS:
        casework.mark_contacted(one.connection, one.seat, found, one.form.note, one.now)
    else:
        record(one.connection, one.seat, int(found["id"]), "caller_spoke", one.now, note=one.form.note)


def _opt_out(one: Settlement, added: list[int]) -> None:
    if one.claim.patient_id is None or not one.form.opt_out:
        return
    patient_id = one.claim.patient_id
    for purpose in dict.fromkeys(one.form.opt_out):
        patients.add_consent(
            one.connection,
            one.clinic_id,
            patient_id,
            purpose,
            False,
            "phone",
            one.seat.staff_id,
            to_ms(one.now),
        )
    mine = {int(row["id"]) for row in one.items}
    for row in calls.open_items_of_patient(one.connection, one.clinic_id, patient_id):
        if Purpose(row["purpose"]) not in one.form.opt_out:
            continue
        if row["klass"] == ItemClass.SAFETY:
            # A word on the telephone cancels no safety call: the lead decides.
            added.append(contact_items.lead_review(one.connection, one.seat, patient_id, one.now))
        if int(row["id"]) in mine or _stays(row):
            continue
        calls.close_item(
            one.connection, one.clinic_id, int(row["id"]), ItemState.CANCELLED, "opted_out", to_ms(one.now)
        )


def dialled_number(one: Settlement) -> int | None:
    """The number the conversation was on: the form's, else the contact's last dial."""
    if one.form.phone_id is not None:
        return one.form.phone_id
    dials = calls.attempts_of_contact(one.connection, one.clinic_id, one.claim.contact_id)
    return next((int(row["phone_id"]) for row in reversed(dials) if row["phone_id"] is not None), None)


def _wrong_number(one: Settlement, added: list[int]) -> None:
    phone_id = dialled_number(one)
    if phone_id is None or one.claim.patient_id is None:
        return
    number = calls.phone(one.connection, one.clinic_id, phone_id)
    if number is None or number["patient_id"] != one.claim.patient_id:
        raise NotAllowed("number_not_hers")
    patients.set_number_status(one.connection, one.clinic_id, phone_id, PhoneStatus.DEAD)
    added.append(contact_items.contact_repair(one.connection, one.seat, one.claim.patient_id, one.now))


def _promise(one: Settlement, added: list[int]) -> None:
    made = one.form.promise
    patient_id = one.claim.patient_id
    if made is None:
        return
    if patient_id is None:
        _promise_to_unknown(one, made)
        return
    now_items = calls.items(one.connection, one.clinic_id, [int(row["id"]) for row in one.items])
    kept = next((row for row in now_items if ItemState(row["state"]) in OPEN_STATES), None)
    if kept is None:
        item_id = contact_items.add(
            one.connection,
            one.seat,
            patient_id,
            one.now,
            kind=ItemKind.PROMISE,
            milestone=contact_items.PROMISE,
            flow="care",
            team=contact_items.SERVICE if not one.items else str(one.items[0]["team"]),
            klass=ItemClass.CARE,
            earliest=made.at,
            due_on=calendar.of(one.seat.policy).day_of(made.at),
            treatment_id=one.treatments[0].id if one.treatments else None,
        )
        added.append(item_id)
    else:
        item_id = int(kept["id"])
    promise_id = calls.add_promise(
        one.connection,
        {
            "clinic_id": one.clinic_id,
            "patient_id": patient_id,
            "item_id": item_id,
            "at": to_ms(made.at),
            "mine_staff_id": one.seat.staff_id if made.mine else None,
            "what": made.what,
            "made_by": one.seat.staff_id,
            "made_at": to_ms(one.now),
            "call_id": one.call_id,
            "status": PromiseStatus.OPEN,
        },
    )
    calls.change_item(
        one.connection,
        one.clinic_id,
        item_id,
        {"promise_id": promise_id, "promise_at": to_ms(made.at), "cooling_until": None},
    )
    place_again(one.connection, one.clinic_id, (item_id,), one.seat.policy, one.now)


def _promise_to_unknown(one: Settlement, made: PromiseMade) -> None:
    """No queue has a caller without a name: the board gets the number, the time and what was promised."""
    at = made.at.astimezone(ZoneInfo(one.seat.zone))
    words = (
        translate("zh", "Callback promised for {at}.", at=f"{at:%Y-%m-%d %H:%M}"),
        made.what,
        one.form.note,
    )
    clocks = sla.complaint(Severity.MINOR, one.now, one.seat.policy)
    put_on_board(
        one.connection,
        one.seat,
        one.claim,
        None,
        EscalationKind.REQUEST,
        Severity.MINOR,
        " ".join(part for part in words if part),
        replace(
            clocks,
            ack_by=min(clocks.ack_by, made.at),
            contact_by=made.at,
            resolve_by=max(clocks.resolve_by, made.at),
        ),
        one.now,
    )


def place_all(one: Settlement) -> None:
    """Place the patient's items once the contact is given back: numbers and consents may have changed."""
    if one.claim.patient_id is not None:
        place_patient(one.connection, one.clinic_id, one.claim.patient_id, one.seat.policy, one.now)


def added(connection: Connection, seat: Seat, item_ids: tuple[int, ...]) -> tuple[ItemAfter, ...]:
    """Items as they stand now."""
    return tuple(
        ItemAfter(
            int(row["id"]), str(row["milestone"]), ItemState(row["state"]), maybe_at(row["next_change_at"])
        )
        for row in calls.items(connection, seat.clinic_id, item_ids)
    )
