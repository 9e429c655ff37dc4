"""After a dial nobody answered: the same telephone is left in peace by whoever would ring it next."""

from __future__ import annotations

from datetime import datetime

from console.desk.seat import Seat
from console.rules import calendar, retry
from console.rules.placement import RED_FLAG
from db import calls
from db import drain as facts_of
from db.connect import Connection, Row
from db.enums import AttemptResult, ItemClass, ItemKind, PhoneStatus
from db.instants import to_ms
from db.records import AfterAttempt, Claim, ItemFacts

_AT_A_DESK = frozenset({ItemKind.LEAD_REVIEW, ItemKind.REVIEW, ItemKind.CONTACT_REPAIR})
"""Work about a patient that rings nobody."""


def rest_others(
    connection: Connection,
    seat: Seat,
    claim: Claim,
    dialled: Row | None,
    result: AttemptResult,
    lead: AfterAttempt,
    now: datetime,
) -> set[int]:
    """Let the patient's other calls, and those of relatives who are rung on the same number, rest too.

    Safety calls, red flags, what was handed over and a time the patient asked for go on: they have their own
    series. The caller of this places the patients anew.

    Args:
        connection: inside a unit of work that holds the contact group.
        seat: whose clinic and policy.
        claim: the contact; its own items have been counted already.
        dialled: the number's row; None when none was dialled.
        result: what came of it. lead: what it did to the offered item.
        now: aware datetime.

    Returns:
        Ids of the relatives whose items rest now.
    """
    until = retry.rest_until(result, lead, seat.policy, now)
    if until is None or claim.patient_id is None:
        return set()
    relatives = _rung_on(connection, seat, str(dialled["e164"]), claim.patient_id) if dialled else set[int]()
    ids = facts_of.open_items(connection, seat.clinic_id, {claim.patient_id, *relatives})
    others = tuple(item_id for item_id in ids if item_id not in claim.item_ids)
    today = calendar.of(seat.policy).day_of(now)
    for facts in facts_of.facts(connection, seat.clinic_id, others, to_ms(now)):
        if not _rests(facts):
            continue
        later = until if facts.cooling_until is None else max(until, facts.cooling_until)
        values: dict[str, object] = {"cooling_until": to_ms(later)}
        if lead.counted:
            before = facts.tries_today if facts.tried_on == today else 0
            values |= {"tries_today": before + 1, "tried_on": today}
        calls.change_item(connection, seat.clinic_id, facts.id, values)
    return relatives


def _rests(item: ItemFacts) -> bool:
    return not (
        item.klass is ItemClass.SAFETY
        or item.clinician_requested
        or item.milestone == RED_FLAG
        or item.escalation_id is not None
        or item.promise_at is not None
        or item.kind in _AT_A_DESK
    )


def _rung_on(connection: Connection, seat: Seat, e164: str, patient_id: int) -> set[int]:
    """Other patients whose first live number it is: the one they would be rung on next."""
    found: set[int] = set()
    for row in calls.others_on_number(connection, seat.clinic_id, e164, patient_id):
        numbers = calls.numbers(connection, seat.clinic_id, int(row["patient_id"]), 0)
        live = [one for one in numbers if one["status"] == PhoneStatus.LIVE]
        if live and live[0]["e164"] == e164:
            found.add(int(row["patient_id"]))
    return found
