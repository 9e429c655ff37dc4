"""Contacts that are no telephone call: WeCom, a text, an e-mail, a letter, a talk face to face.

Each is an attempt with its channel (catalogue S1-COMM-01, S1-COMM-02), never counted as a dial. Somebody who
answers there and then is asked everything, as on the telephone (`begin`); a message that was only sent, or
whose answer is noted afterwards, settles routine calls at most (`note`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from console.clean import clean
from console.desk import claiming
from console.desk.dialling import LEASE_S
from console.desk.forms import known_patient
from console.desk.holding import hold, seated
from console.desk.judging import as_track
from console.desk.placing import place_patient
from console.desk.seat import Seat
from console.i18n import reason_text
from console.scripts.errors import ScriptError
from console.scripts.library import Library
from console.scripts.select import select_flow
from db import audit, calls, claims
from db.connect import Connection, Row, reading, unit_of_work
from db.enums import (
    OPEN_STATES,
    AttemptResult,
    CallOutcome,
    Channel,
    Direction,
    ItemClass,
    ItemKind,
    ItemState,
    Language,
    LeaseStage,
    SpokeTo,
)
from db.errors import NotAllowed
from db.instants import to_ms
from db.records import CallForm, Claim, OpenTreatment, OtherContact, Reason

SETTLES_FROM: Final = 20
"""Characters, blanks not counted, of what was said before a call counts as made (catalogue S1-RECORD-03)."""
NOTES_FROM: Final = 2
TEXT_MAX: Final = 2000
SUMMARY_MAX: Final = 500


def _may(seat: Seat, channel: Channel) -> None:
    if seat.only_practises:
        raise NotAllowed("trainee_never_dials")
    if channel is Channel.PHONE:
        raise NotAllowed("channel_is_phone")


def begin(seat: Seat, claim: Claim, channel: Channel, now: datetime) -> Claim:
    """Begin a conversation that is no telephone call: she is writing now, or stands in front of the caller.

    From here on it is like a call somebody has answered: identity, questions, flags, save.

    Args:
        seat: the claim's holder. claim: a claim in preview. channel: any but the telephone.
        now: aware instant, by the database's clock.

    Returns:
        The claim with its new end.

    Raises:
        NotAllowed: a trainee at a real clinic, the telephone, an unknown caller, or dialling has begun.
        StaleLease: the claim is no longer this seat's.
    """
    _may(seat, channel)
    if claim.patient_id is None:
        raise NotAllowed("patient_unknown")
    with unit_of_work(seat.database) as connection:
        lease = hold(connection, seat, claim)
        if lease["stage"] != LeaseStage.PREVIEW:
            raise NotAllowed("channel_after_dialling")
        at = to_ms(now)
        claims.set_stage(
            connection,
            seat.clinic_id,
            claim.group_id,
            claim.token,
            LeaseStage.CONNECTED,
            at,
            LEASE_S * 1000,
        )
        _attempt(
            connection, seat, claim.contact_id, claim.patient_id, claim.item_id, channel, now, answered=True
        )
        for item_id in claim.item_ids:
            calls.change_item(connection, seat.clinic_id, item_id, {"last_attempt_at": at})
    return replace(claim, expires_at=now + timedelta(seconds=LEASE_S))


def settleable(
    seat: Seat, patient_id: int, claim: Claim | None, now: datetime
) -> tuple[tuple[int, str], ...]:
    """Which open calls a message may settle: id and milestone of the routine ones, due first.

    Args:
        seat: who asks. patient_id: whose. claim: the contact in hand, if any.
        now: aware datetime; what is not due for long is left out.
    """
    with reading(seat.database) as connection:
        rows = calls.open_items_of_patient(connection, seat.clinic_id, patient_id)
    return tuple(
        (int(row["id"]), str(row["milestone"]))
        for row in sorted(rows, key=lambda row: (str(row["due_on"]), int(row["id"])))
        if _refusal(row, claim) is None and int(row["earliest_at"]) <= to_ms(now)
    )


def note(
    seat: Seat,
    patient_id: int,
    contact: OtherContact,
    now: datetime,
    claim: Claim | None = None,
) -> int:
    """Put a message, or a talk that was no call, on record; with a claim, the contact in hand ends with it.

    It may settle routine calls. What asks for her safety or her care is settled by its own questions alone
    (`begin`), a promised callback by the callback.

    Args:
        seat: who had the contact.
        patient_id: with whom.
        contact: channel, whether she answered, what was said, which calls it settles.
        now: aware instant, by the database's clock.
        claim: the contact in hand, in preview; None from the patient's file.

    Returns:
        The id of the record in the patient's history.

    Raises:
        NotAllowed: a trainee at a real clinic, too few words, or a call that a message does not settle.
        StaleLease: the claim is no longer this seat's.
    """
    _may(seat, contact.channel)
    words = clean(contact.words, multiline=True).strip()[:TEXT_MAX]
    least = SETTLES_FROM if contact.settles else NOTES_FROM
    if len("".join(words.split())) < least:
        raise NotAllowed("message_too_short", least=least, field="words")
    answered = contact.answered or contact.channel is Channel.FACE_TO_FACE
    with unit_of_work(seat.database) as connection:
        seated(connection, seat)
        patient = known_patient(connection, seat, patient_id)
        contact_id = _contact(connection, seat, patient, claim, now)
        rows = _settled(connection, seat, patient_id, contact.settles, claim)
        _attempt(
            connection,
            seat,
            contact_id,
            patient_id,
            int(rows[0]["id"]) if rows else None,
            contact.channel,
            now,
            answered=answered,
        )
        for row in rows:
            calls.close_item(
                connection,
                seat.clinic_id,
                int(row["id"]),
                ItemState.DONE,
                f"by_{contact.channel.value}",
                to_ms(now),
            )
        _results(connection, seat, contact_id, rows, claim, now)
        call_id = _history(connection, seat, patient, contact_id, rows, contact.channel, words, answered, now)
        if claim is not None:
            claiming.end(connection, seat, claim, now)
        place_patient(connection, seat.clinic_id, patient_id, seat.policy, now)
        audit.append(
            connection,
            clinic_id=seat.clinic_id,
            at=now,
            staff_id=seat.staff_id,
            seat_id=seat.seat_id,
            action="contact.note",
            subject_kind="call",
            subject_id=call_id,
            values={"channel": contact.channel.value, "settles": len(rows), "note": words},
        )
    return call_id


def unasked(
    connection: Connection,
    seat: Seat,
    claim: Claim,
    form: CallForm,
    items: Sequence[Row],
    treatments: Sequence[OpenTreatment],
    library: Library,
) -> tuple[Reason, ...]:
    """Why a safety call cannot be settled in writing: a danger sign of its talk-track was not asked about.

    On the telephone the caller hears; of a written conversation only the answers are known.

    Args:
        connection: any. seat, claim, form: the save. library: the release it began with.
        items: the contact's items. treatments: the patient's open ones.

    Returns:
        At most one reason with its `field`; nothing for a telephone call.
    """
    if form.outcome is not CallOutcome.COMPLETED:
        return ()
    if _way(connection, seat, claim.contact_id) is Channel.PHONE:
        return ()
    kept = {one.item_id for one in form.items if one.result != "done"}
    known = {one.id: one for one in treatments}
    for row in items:
        if row["klass"] != ItemClass.SAFETY or int(row["id"]) in kept:
            continue
        treatment = known.get(int(row["treatment_id"] or 0))
        answered = {
            one.question
            for one in form.answers
            if treatment is None or one.treatment_id in (None, treatment.id)
        }
        if _signs(library, row, treatment, str(seat.role)) - answered or not answered:
            return (Reason("message_unasked", {"field": "answers"}),)
    return ()


def way_of(seat: Seat, contact_id: int) -> Channel:
    """How a contact's conversation is held: the channel on which somebody answered last, else the telephone.

    Args:
        seat: who asks. contact_id: her contact.
    """
    with reading(seat.database) as connection:
        return _way(connection, seat, contact_id)


def _way(connection: Connection, seat: Seat, contact_id: int) -> Channel:
    dials = calls.attempts_of_contact(connection, seat.clinic_id, contact_id)
    reached = [row["channel"] for row in dials if row["result"] == AttemptResult.CONNECTED]
    return Channel(str(reached[-1])) if reached else Channel.PHONE


def _signs(library: Library, row: Row, treatment: OpenTreatment | None, role: str) -> set[str]:
    """Danger signs that the flow of an item asks about."""
    code = str(row["flow"]) if str(row["flow"]) in library.names("flows") else None
    code = code or library.flow_for(str(row["milestone"]))
    if code is None:
        return set()
    try:
        view = select_flow(library, None if treatment is None else as_track(treatment), code, role)
    except ScriptError:
        return set()
    return {question.code for question in view.questions.values() if question.screening}


def _refusal(row: Row, claim: Claim | None) -> NotAllowed | None:
    """Why a message does not settle a call, or None."""
    if row["klass"] != ItemClass.ROUTINE or row["escalation_id"] is not None:
        return NotAllowed("message_routine_only", field="settles")
    if row["kind"] != ItemKind.MILESTONE or row["promise_at"] is not None:
        return NotAllowed("message_routine_only", field="settles")
    held = row["state"] == ItemState.LEASED and (claim is None or int(row["id"]) not in claim.item_ids)
    if held or ItemState(row["state"]) not in OPEN_STATES:
        return NotAllowed("item_not_open")
    return None


def _settled(
    connection: Connection, seat: Seat, patient_id: int, item_ids: Sequence[int], claim: Claim | None
) -> list[Row]:
    found = {int(row["id"]): row for row in calls.items(connection, seat.clinic_id, item_ids)}
    for item_id in item_ids:
        row = found.get(item_id)
        if row is None or row["patient_id"] != patient_id:
            raise NotAllowed("item_unknown")
        refusal = _refusal(row, claim)
        if refusal is not None:
            raise refusal
    return [found[item_id] for item_id in dict.fromkeys(item_ids)]


def _contact(connection: Connection, seat: Seat, patient: Row, claim: Claim | None, now: datetime) -> int:
    """The contact it belongs to: the one in hand, or one that is over as it begins."""
    if claim is not None:
        if claim.patient_id != patient["id"]:
            raise NotAllowed("patient_unknown")
        if hold(connection, seat, claim)["stage"] != LeaseStage.PREVIEW:
            raise NotAllowed("channel_after_dialling")
        return claim.contact_id
    claims.lock(connection, seat.clinic_id, int(patient["group_id"]))
    return connection.insert(
        "contact",
        {
            "clinic_id": seat.clinic_id,
            "group_id": patient["group_id"],
            "patient_id": patient["id"],
            "staff_id": seat.staff_id,
            "seat_id": seat.seat_id,
            "started_at": to_ms(now),
            "ended_at": to_ms(now),
            "incoming": False,
        },
    )


def _results(
    connection: Connection, seat: Seat, contact_id: int, rows: list[Row], claim: Claim | None, now: datetime
) -> None:
    mine = frozenset[int]() if claim is None else frozenset(claim.item_ids)
    connection.insert_many(
        "contact_item",
        [
            {"clinic_id": seat.clinic_id, "contact_id": contact_id, "item_id": row["id"]}
            for row in rows
            if int(row["id"]) not in mine
        ],
    )
    for row in rows:
        calls.set_contact_item(connection, seat.clinic_id, contact_id, int(row["id"]), "done", to_ms(now))


def _attempt(
    connection: Connection,
    seat: Seat,
    contact_id: int,
    patient_id: int,
    item_id: int | None,
    channel: Channel,
    now: datetime,
    *,
    answered: bool,
) -> None:
    calls.add_attempt(
        connection,
        {
            "clinic_id": seat.clinic_id,
            "contact_id": contact_id,
            "patient_id": patient_id,
            "item_id": item_id,
            "phone_id": None,
            "channel": channel,
            "result": AttemptResult.CONNECTED if answered else AttemptResult.NO_ANSWER,
            "counted": False,
            "at": to_ms(now),
            "staff_id": seat.staff_id,
        },
    )


def _history(
    connection: Connection,
    seat: Seat,
    patient: Row,
    contact_id: int,
    rows: list[Row],
    channel: Channel,
    words: str,
    answered: bool,
    now: datetime,
) -> int:
    """The line in the patient's history; a message nobody has answered is no talk, so no survey waits for it."""
    code = "channel_answered" if answered else "channel_sent"
    line = Reason.of(code, way=Reason(f"channel_{channel.value}"), words=words)
    return calls.add_call(
        connection,
        {
            "clinic_id": seat.clinic_id,
            "contact_id": contact_id,
            "patient_id": patient["id"],
            "item_id": rows[0]["id"] if rows else None,
            "direction": Direction.OUT,
            "outcome": CallOutcome.COMPLETED if answered else CallOutcome.PARTIAL,
            "started_at": to_ms(now),
            "ended_at": to_ms(now),
            "spoke_to": SpokeTo.PATIENT if answered else SpokeTo.UNKNOWN,
            "language": Language(str(patient["language"])),
            "summary": reason_text("zh", line)[:SUMMARY_MAX],
            "note": words,
            "staff_id": seat.staff_id,
            "late_draft": False,
            "saved_at": to_ms(now),
        },
    )
