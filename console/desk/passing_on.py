"""Giving work to others: a call that is skipped, one that is handed to a colleague or to everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from console.clean import clean
from console.desk import claiming
from console.desk.holding import seated
from console.desk.noting import note
from console.desk.placing import place_again
from console.desk.seat import Seat
from console.rules.placement import RED_FLAG, WARD_TEAM
from db import claims, escalations, members, owners, staff
from db import queue as table
from db.connect import Connection, Row, reading, unit_of_work
from db.enums import EscalationStatus, ItemKind, ItemState, Language, LeaseStage, Level, Role
from db.errors import AlreadyTaken, NotAllowed, RecordError
from db.instants import to_ms
from db.records import Claim, Colleague, HandedOn

TEXT_MAX: Final = 200
"""Characters of a reason that are kept."""
SKIP_LEAST: Final = 2
"""Characters of the reason of a skip: one letter is none."""


def _words(typed: str) -> str:
    words = clean(typed).strip()[:TEXT_MAX]
    if not words:
        raise NotAllowed("text_missing", field="reason")
    return words


def may_skip(seat: Seat, item_id: int) -> None:
    """Whether a call may be left out at all; asked before the reason is.

    Args: seat; the item.

    Raises:
        NotAllowed: it belongs to an emergency or to a same-day case that is open.
    """
    with reading(seat.database) as connection:
        _not_urgent(connection, seat, item_id)


def _not_urgent(connection: Connection, seat: Seat, item_id: int) -> None:
    row = table.item_row(connection, seat.clinic_id, item_id)
    case = row and row["escalation_id"] and escalations.card(connection, seat.clinic_id, row["escalation_id"])
    if not case or case["status"] == EscalationStatus.RESOLVED:
        return
    if case["level"] in (Level.EMERGENCY, Level.SAME_DAY):
        raise NotAllowed("skip_urgent")


def skip(seat: Seat, claim: Claim, reason: str, now: datetime) -> None:
    """Give a claim back without having dialled, and say why. Three skips hand the item to the lead.

    Args:
        seat: who holds the claim.
        claim: a claim in preview.
        reason: the person's own words, kept with the contact.
        now: aware instant, by the database's clock.

    Raises:
        NotAllowed: no reason or one character, an incoming call, an open emergency or same-day case, or dialling has
            begun and needs a result instead.
        StaleLease: the claim is no longer this seat's.
    """
    words = _words(reason)
    if len(words) < SKIP_LEAST:
        raise NotAllowed("skip_reason_short", field="reason")
    if claim.item_id is None:
        raise NotAllowed("skip_incoming")
    with unit_of_work(seat.database) as connection:
        lease = claims.held(connection, seat.clinic_id, claim.group_id, claim.token)
        if lease["stage"] != LeaseStage.PREVIEW:
            raise NotAllowed("skip_after_dialling")
        _not_urgent(connection, seat, claim.item_id)
        table.add_skip(connection, seat.clinic_id, claim.contact_id, claim.item_id, words)
        claiming.end(connection, seat, claim, now)
        note(connection, seat, now, "item.skip", "item", claim.item_id, {"reason": words})


def takers(seat: Seat) -> tuple[Colleague, ...]:
    """Whom a call can be handed to: colleagues on duty who may call, by name.

    Args:
        seat: who hands on; only names, roles and duty are told.
    """
    with reading(seat.database) as connection:
        people = [
            Colleague(row.id, row.name, row.roles, row.on_duty)
            for row in staff.everybody(connection, seat.clinic_id)
            if row.on_duty and row.id != seat.staff_id and set(row.roles) != {Role.TRAINEE}
        ]
    return tuple(sorted(people, key=lambda one: one.name))


def held_by_me(seat: Seat) -> int:
    """How many open calls are this person's own: promised by her, or handed to her."""
    with reading(seat.database) as connection:
        return len(owners.belonging_to(connection, seat.clinic_id, seat.staff_id))


def hand_over(seat: Seat, item_id: int, to: int | None, reason: str, now: datetime) -> None:
    """Hand an open call to a colleague, or to whoever serves its team, with a reason. Its promise goes along.

    A safety call nobody takes opens to every caller before its time is over all the same.

    Args:
        seat: whose lane the call stands in, who promised it, or a lead.
        item_id: the call.
        to: a colleague on duty who speaks the patient's language; None is everybody.
        reason: in words, required; whoever makes the call reads it before dialling.
        now: aware instant, by the database's clock.

    Raises:
        NotAllowed: no reason, not open, not hers to give, a red flag, something the board or the ward hands
            on, or a person who cannot take it.
        AlreadyTaken: somebody is working on the patient.
    """
    words = _words(reason)
    _may(seat)
    with unit_of_work(seat.database) as connection:
        _hand(connection, seat, item_id, to, words, now)


def hand_over_all(seat: Seat, to: int | None, reason: str, now: datetime) -> HandedOn:
    """Hand on everything that is this person's own, at the end of a shift: each call in its own transaction.

    Args, Raises: as of `hand_over`; what cannot be handed on stays and is counted.

    Returns:
        How many went, and how many stayed.
    """
    words = _words(reason)
    _may(seat)
    with reading(seat.database) as connection:
        mine = owners.belonging_to(connection, seat.clinic_id, seat.staff_id)
    went = 0
    for item_id in mine:
        try:
            with unit_of_work(seat.database) as connection:
                _hand(connection, seat, item_id, to, words, now)
        except RecordError as error:
            if error.code == "handover_cannot_be":
                raise
            continue
        went += 1
    return HandedOn(went, len(mine) - went)


def _may(seat: Seat) -> None:
    if seat.only_practises:
        raise NotAllowed("role_may_not_call", role=str(seat.role))
    with reading(seat.database) as connection:
        seated(connection, seat)


def _hand(
    connection: Connection, seat: Seat, item_id: int, to: int | None, words: str, now: datetime
) -> None:
    row = table.item_row(connection, seat.clinic_id, item_id)
    if row is None:
        raise NotAllowed("item_unknown")
    claims.lock(connection, seat.clinic_id, int(row["group_id"]))
    row = table.item_row(connection, seat.clinic_id, item_id)
    if row is None or row["state"] not in (ItemState.WAITING, ItemState.READY, ItemState.LEASED):
        raise NotAllowed("item_not_open")
    me = claiming.holder(seat, seat.policy, now)
    if row["state"] == ItemState.LEASED or claims.held_by_others(
        connection, me, int(row["group_id"]), to_ms(now)
    ):
        raise AlreadyTaken("already_taken")
    if claims.cut_off(connection, seat.clinic_id, int(row["group_id"])):
        # The broken-off call stays its caller's: a colleague would be offered nobody.
        raise NotAllowed("handover_cut_off")
    _check(connection, seat, row)
    if to is not None:
        _taker(connection, seat, row, to)
    members.locked_patients(connection, seat.clinic_id, [int(row["patient_id"])])
    owners.give(connection, seat.clinic_id, row, to, words, seat.staff_id, to_ms(now))
    place_again(connection, seat.clinic_id, (item_id,), seat.policy, now)
    note(connection, seat, now, "item.handover", "item", item_id, {"to": to, "reason": words})


def _check(connection: Connection, seat: Seat, row: Row) -> None:
    """Whether this person may hand the call on at all."""
    if row["clinician_requested"] or row["milestone"] == RED_FLAG:
        raise NotAllowed("handover_red_flag")
    if row["escalation_id"] is not None or row["kind"] == ItemKind.LEAD_REVIEW or row["team"] == WARD_TEAM:
        raise NotAllowed("handover_elsewhere")
    promiser = owners.promiser(connection, seat.clinic_id, row["promise_id"])
    own = seat.staff_id in (promiser, row["owner_staff_id"])
    others = {promiser, row["owner_staff_id"]} - {None, seat.staff_id}
    if seat.role is not Role.LEAD and (others or not (own or row["lane_id"] in seat.lanes)):
        raise NotAllowed("handover_not_yours")


def _taker(connection: Connection, seat: Seat, row: Row, to: int) -> None:
    """Whether that person can take the call: here, not practising only, in the patient's language."""
    person = staff.get(connection, seat.clinic_id, to, lock=True)
    if (
        person is None
        or person.retired_at is not None
        or not person.on_duty
        or set(person.roles) == {Role.TRAINEE}
    ):
        raise NotAllowed("handover_cannot_be")
    if Language(str(row["language"])) not in person.languages:
        raise NotAllowed("handover_language")
