"""Leaving the seat to practise, and coming back to it. Whoever practises is off duty and is offered nothing."""

from __future__ import annotations

import platform
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from console.desk import policy as policies
from console.desk.local import clinic_day
from console.desk.placing import place_promised
from console.desk.seat import Seat, lanes_of
from console.desk.staff_values import note
from db import staff as table
from db import stepping_out
from db.connect import Connection, reading, unit_of_work
from db.enums import Language
from db.errors import NotAllowed
from db.instants import from_ms, to_ms

PROMISE_MIN: Final = 30
"""Minutes ahead in which a callback of one's own keeps one at the seat: a practised call takes up to half as long.
Our choice; no source names a number."""


def check(seat: Seat, now: datetime) -> None:
    """Refuse what `leave` would refuse, before anybody is asked anything; writes nothing.

    Args:
        seat: who wants to go. now: aware instant, by the database's clock.

    Raises:
        NotAllowed: `seat_closed`; `practice_holds_call` while a call is hers; `practice_draft` while one is not
            saved; `practice_untold` while nobody was told of an urgent escalation of hers; `practice_promise`,
            with the clinic's `time`, while a callback of her own is due within `PROMISE_MIN` or overdue.
    """
    with reading(seat.database) as connection:
        _refuse(connection, seat, now)


def leave(seat: Seat, now: datetime) -> None:
    """End the seat's work as signing out does, to practise.

    Args:
        seat: who goes. now: aware instant, by the database's clock.

    Raises:
        NotAllowed: as `check`.
    """
    with unit_of_work(seat.database) as connection:
        table.lock_duty(connection, seat.clinic_id)
        # Whoever passes a call to her at this moment was first, or finds her gone.
        table.get(connection, seat.clinic_id, seat.staff_id, lock=True)
        _refuse(connection, seat, now)
        table.close_seat(connection, seat.clinic_id, seat.seat_id, seat.staff_id, now)
        _settled(connection, seat, now, "staff.to_practice")


def _refuse(connection: Connection, seat: Seat, now: datetime) -> None:
    if not table.seat_is_open(connection, seat.clinic_id, seat.seat_id):
        raise NotAllowed("seat_closed")
    until = to_ms(now + timedelta(minutes=PROMISE_MIN))
    kept = stepping_out.kept(connection, seat.clinic_id, seat.staff_id, to_ms(now), until)
    if kept.holds:
        raise NotAllowed("practice_holds_call")
    if kept.drafts:
        raise NotAllowed("practice_draft", count=kept.drafts)
    waiting = table.untold(connection, seat.clinic_id, seat.staff_id)
    if waiting:
        raise NotAllowed("practice_untold", count=len(waiting))
    if kept.promise_at is not None:
        raise NotAllowed("practice_promise", time=_clock(seat, kept.promise_at, now))


def come_back(seat: Seat, now: datetime) -> Seat:
    """Sit down again after practice, in the same role, without the PIN: the console asks for it when it was long.

    Args:
        seat: as it was left. now: aware instant, by the database's clock.

    Returns:
        The seat to use from now on, with the policy in force.

    Raises:
        NotAllowed: `seat_closed`: the person was let go meanwhile, or does not have that role any more.
    """
    with unit_of_work(seat.database) as connection:
        table.lock_duty(connection, seat.clinic_id)
        row = table.get(connection, seat.clinic_id, seat.staff_id)
        if row is None or row.retired_at is not None or seat.role not in row.roles or row.must_change_pin:
            raise NotAllowed("seat_closed")
        seat_id = table.open_seat(connection, seat.clinic_id, seat.staff_id, seat.role, platform.node(), now)
        policy = policies.in_force(connection, seat.clinic_id)
        languages = tuple(Language(one) for one in row.languages)
        back = replace(
            seat,
            seat_id=seat_id,
            name=row.name,
            roles=row.roles,
            languages=tuple(str(one) for one in languages),
            lanes=lanes_of(seat.role, row.roles, languages, seat.staff_id, policy),
            zone=policy.clinic.zone,
            restricted_ok=row.restricted_ok,
            policy=policy,
        )
        _settled(connection, back, now, "staff.from_practice")
    return back


def _settled(connection: Connection, seat: Seat, now: datetime, action: str) -> None:
    """What she promised in person is anyone's while she is off duty; the coming and going is audited."""
    place_promised(connection, seat.clinic_id, policies.in_force(connection, seat.clinic_id), now)
    values: dict[str, object] = {"role": seat.role}
    note(connection, seat.clinic_id, seat.staff_id, seat.seat_id, action, seat.staff_id, values, now)


def _clock(seat: Seat, at_ms: int, now: datetime) -> str:
    """A promise's time as the person at the seat reads it; with its day when that is not today."""
    at = from_ms(at_ms).astimezone(ZoneInfo(seat.zone))
    same = at.date() == clinic_day(now, seat.zone)
    return f"{at:%H:%M}" if same else f"{at:%m-%d %H:%M}"
