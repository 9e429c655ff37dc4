"""Beside a case's main course: rights told, records asked for, people told, promises, refunds and remedies."""

from __future__ import annotations

from datetime import date, datetime

from console.desk import loop_items
from console.desk.flagging import record
from console.desk.placing import place_again
from console.desk.seat import Seat
from console.desk.service_intake import refund_columns
from console.desk.service_rows import Work, maybe_text, ms, text, work
from console.desk.service_view import case_of, entry_of
from console.rules import complaints as rules
from console.rules import promise as promises
from db import calls, complaints
from db.connect import Connection, reading, unit_of_work
from db.enums import PromiseStatus, Role
from db.errors import NotAllowed
from db.instants import to_ms
from db.records import CaseEntry, ServiceCase


def _note_down(one: Work, kind: str, code: str, note: str = "", on_date: date | None = None) -> None:
    complaints.add_entry(
        one.connection,
        {
            "clinic_id": one.seat.clinic_id,
            "escalation_id": one.id,
            "kind": kind,
            "code": code,
            "note": note,
            "on_date": on_date,
            "staff_id": one.seat.staff_id,
            "at": ms(one.now),
        },
    )


def tell_right(seat: Seat, escalation_id: int, code: str, now: datetime) -> ServiceCase:
    """The customer was told one of the things article 23 asks for; who told her, and when, is kept.

    Args:
        seat: who told her; anybody but a trainee.
        escalation_id: a complaint.
        code: of `rules.complaints.RIGHTS`.
        now: aware datetime.

    Raises:
        NotAllowed: an unknown code, a request, or a trainee.
    """
    if code not in rules.RIGHTS:
        raise NotAllowed("choice_unknown", field="code")
    with work(seat, escalation_id, now) as one:
        one.complaint()
        _note_down(one, "right", code)
        one.tell("right_told", after=code)
        return case_of(one)


def ask_records(
    seat: Seat, escalation_id: int, kind: str, on_date: date, note: str, now: datetime
) -> ServiceCase:
    """The customer asks for a copy of her record, or to have it sealed; kept open until it is done.

    Args:
        seat: who heard it; anybody but a trainee.
        escalation_id: a complaint.
        kind: copy or seal. on_date: the clinic's day she is to come, or has it by. note: may be empty.
        now: aware datetime.
    """
    if kind not in rules.RECORDS:
        raise NotAllowed("choice_unknown", field="kind")
    with work(seat, escalation_id, now) as one:
        one.complaint()
        _note_down(one, kind, kind, maybe_text(note), on_date)
        one.tell(f"{kind}_asked", note=maybe_text(note), after=on_date.isoformat())
        return case_of(one)


def records_done(seat: Seat, escalation_id: int, entry_id: int, note: str, now: datetime) -> ServiceCase:
    """A copy was handed over, or a record sealed: with whom present, in `note`, required."""
    return _finish(seat, escalation_id, entry_id, rules.RECORDS, "records_done", note, now)


def role_told(seat: Seat, escalation_id: int, entry_id: int, who: str, now: datetime) -> ServiceCase:
    """Somebody who has to know of a case was told.

    Args:
        seat: who told her; anybody but a trainee.
        escalation_id: the case. entry_id: which of its entries of kind role.
        who: the person's name; required.
        now: aware datetime.

    Raises:
        NotAllowed: nobody is named, or nothing is owed under that id.
    """
    return _finish(seat, escalation_id, entry_id, ("role",), "role_told", who, now)


def _finish(
    seat: Seat,
    escalation_id: int,
    entry_id: int,
    kinds: tuple[str, ...],
    event: str,
    note: str,
    now: datetime,
) -> ServiceCase:
    words = text(note, "note")
    with work(seat, escalation_id, now) as one:
        known = complaints.entries(one.connection, seat.clinic_id, one.id)
        entry = next((row for row in known if row["id"] == entry_id and row["kind"] in kinds), None)
        values = {"done_at": ms(now), "done_by": seat.staff_id, "done_note": words}
        if entry is None or not complaints.finish_entry(
            one.connection, seat.clinic_id, one.id, entry_id, values
        ):
            raise NotAllowed("entry_not_open")
        one.tell(event, note=words, before=str(entry["code"]))
        return case_of(one)


def roles_of(seat: Seat, escalation_id: int) -> tuple[CaseEntry, ...]:
    """Who of the clinic has to be told of a case of any kind, and who was, when, by whom.

    Args:
        seat: any seat. escalation_id: which.
    """
    with reading(seat.database) as connection:
        return _roles(connection, seat.clinic_id, escalation_id)


def _roles(connection: Connection, clinic_id: int, escalation_id: int) -> tuple[CaseEntry, ...]:
    rows = complaints.entries(connection, clinic_id, escalation_id)
    return tuple(entry_of(row) for row in rows if row["kind"] == "role")


def event_told(
    seat: Seat, escalation_id: int, entry_id: int, who: str, now: datetime
) -> tuple[CaseEntry, ...]:
    """`role_told` of a case of any kind, clinical ones too, open or closed.

    Returns:
        Everybody who has to be told.
    """
    words = text(who, "told_who")
    if seat.role is Role.TRAINEE:
        raise NotAllowed("needs_clinician_or_lead")
    with unit_of_work(seat.database) as connection:
        known = {one.id: one for one in _roles(connection, seat.clinic_id, escalation_id)}
        values = {"done_at": ms(now), "done_by": seat.staff_id, "done_note": words}
        if entry_id not in known or not complaints.finish_entry(
            connection, seat.clinic_id, escalation_id, entry_id, values
        ):
            raise NotAllowed("entry_not_open")
        record(connection, seat, escalation_id, "role_told", now, note=words, before=known[entry_id].code)
        return _roles(connection, seat.clinic_id, escalation_id)


def name_channel(seat: Seat, escalation_id: int, code: str, now: datetime) -> ServiceCase:
    """The customer asked where else she can turn, and was told. Nothing anywhere asks her not to.

    Args:
        seat: who told her; anybody but a trainee.
        escalation_id: a complaint. code: of `rules.complaints.CHANNELS`.
        now: aware datetime.
    """
    if code not in rules.CHANNELS:
        raise NotAllowed("choice_unknown", field="code")
    with work(seat, escalation_id, now) as one:
        one.complaint()
        _note_down(one, "channel", code)
        one.tell("channel_named", after=code)
        return case_of(one)


def progress(seat: Seat, escalation_id: int, words: str, now: datetime) -> ServiceCase:
    """The customer was told how her case goes (catalogue S4-SOP-13, 17).

    Args:
        seat: who told her; anybody but a trainee.
        escalation_id: a complaint or a request. words: what she was told; required.
        now: aware datetime.
    """
    said = text(words, "words")
    with work(seat, escalation_id, now) as one:
        told_progress(one, said)
        return case_of(one)


def told_progress(one: Work, said: str) -> None:
    """`progress` inside an open transaction."""
    _note_down(one, "progress", "told", said)
    loop_items.close(one.connection, one.seat, one.id, (loop_items.PROGRESS,), one.now)
    one.tell("progress_told", note=said)


def promise(
    seat: Seat, escalation_id: int, what: str, at: datetime, mine: bool, now: datetime
) -> ServiceCase:
    """Promise the customer something by a time: a dated item in the queue, on top when it is due (S4-SOP-16).

    Args:
        seat: who promised; anybody but a trainee.
        escalation_id: of a customer on file. what: required.
        at: when, aware. mine: whether this person rings herself.
        now: aware datetime.

    Raises:
        NotAllowed: nothing is named, the time cannot be promised, or the customer is not on file.
    """
    said = text(what, "what")
    gap = promises.check(at, now, seat.policy)
    if gap is not None:
        raise NotAllowed("promise_impossible", reason=gap, field="at")
    with work(seat, escalation_id, now) as one:
        if one.row["patient_id"] is None:
            raise NotAllowed("promise_needs_patient")
        item_id = loop_items.promised(one.connection, seat, one.row, at, now)
        promise_id = calls.add_promise(
            one.connection,
            {
                "clinic_id": seat.clinic_id,
                "patient_id": one.row["patient_id"],
                "item_id": item_id,
                "at": to_ms(at),
                "mine_staff_id": seat.staff_id if mine else None,
                "what": said,
                "made_by": seat.staff_id,
                "made_at": ms(now),
                "call_id": None,
                "status": PromiseStatus.OPEN,
            },
        )
        calls.change_item(
            one.connection, seat.clinic_id, item_id, {"promise_id": promise_id, "promise_at": to_ms(at)}
        )
        place_again(one.connection, seat.clinic_id, (item_id,), seat.policy, now)
        one.tell("promised", note=said, after=at.isoformat(timespec="minutes"))
        return case_of(one)


def ask_refund(seat: Seat, escalation_id: int, note: str, now: datetime) -> ServiceCase:
    """The customer asks for money back: it is decided within the policy's calendar days, with an alert before.

    Args:
        seat: who heard it; anybody but a trainee.
        escalation_id: a complaint about whose refund nothing is open.
        note: what she asks for; required.
        now: aware datetime.

    Raises:
        NotAllowed: nothing is said, a request, or one is open already.
    """
    said = text(note, "note")
    with work(seat, escalation_id, now) as one:
        one.complaint()
        if one.row["refund_by"] is not None and one.row["refund_decided_at"] is None:
            raise NotAllowed("refund_open")
        one.change(refund_columns(seat, now), {"refund_asked_at": ms(now)})
        one.tell("refund_asked", note=said)
        return case_of(one)
