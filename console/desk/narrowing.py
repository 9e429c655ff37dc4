"""A part of the queue on request, and what colleagues are working on at this moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from console import procedures
from console.desk import policy as policies
from console.desk.claiming import view_of
from console.desk.last_contact import last_contacts
from console.desk.lines import stored_lines
from console.desk.local import clinic_day
from console.desk.placing import drain as bring_up
from console.desk.restricted import RESTRICTED, restricted_codes, shown_procedure
from console.desk.seat import Seat
from console.rules.names import masked
from console.rules.placement import band_of
from db import narrow, staff
from db import queue as table
from db.connect import Connection, Row, reading
from db.enums import LeaseStage, Tier
from db.instants import day, from_ms
from db.narrow import Wanted
from db.queue import START, Key, View
from db.queue_records import ANYONE, FilterChoices, Narrowed, QueueFilter, QueueRow, Reason

HELD_SHOWN: Final = 8
"""Most calls of colleagues a list shows: what moved last, so that a large team does not fill the screen."""

STRETCHES: Final = 10
"""Stretches of the order that one narrowed read looks at, `db.narrow.LOOK` rows each: a rare procedure is not missed
behind a thousand others, and a read stays bounded however long the queue is."""

_OWN: Final = "own:"


def narrowed(
    seat: Seat, at: datetime, only: QueueFilter, after: Key | None = None, limit: int = 50
) -> Narrowed:
    """The next rows of the seat's queue that match, out of so many of the order (`STRETCHES`).

    Args:
        seat: whose lanes are merged.
        at: aware instant, now.
        only: what the list is narrowed to.
        after: `Narrowed.go_on` of the stretch before; None for the top.
        limit: rows at most.
    """
    policy = policies.current(seat.database, seat.clinic_id)
    bring_up(seat.database, seat.clinic_id, policy, at)
    with reading(seat.database) as connection:
        view = _lanes_of(view_of(connection, seat, policy, at), only)
        rows, go_on, looked = _matching(connection, view, _wanted(seat, only), limit, after or START)
        shown = stored_lines(
            connection,
            seat.clinic_id,
            policy,
            rows,
            at,
            restricted_ok=seat.restricted_ok,
            staff_id=seat.staff_id,
        )
        return Narrowed(shown, go_on, looked)


def _matching(
    connection: Connection, view: View, wanted: Wanted, limit: int, after: Key
) -> tuple[list[Row], Key | None, bool]:
    """As `narrow.matching`, over several stretches of the order while rows are wanting."""
    found: list[Row] = []
    go_on: Key | None = after
    looked = False
    for _stretch in range(STRETCHES):
        rows, go_on, looked = narrow.matching(connection, view, wanted, limit - len(found), go_on or after)
        found += rows
        if go_on is None or not looked:
            break
    return found, go_on, looked


def held(seat: Seat, at: datetime, only: QueueFilter | None = None) -> tuple[QueueRow, ...]:
    """What other seats work on and would otherwise stand in this seat's queue: at most `HELD_SHOWN`, in order.

    Args:
        seat: who looks; what she holds at this seat is left out.
        at: aware instant, now.
        only: what the list is narrowed to.
    """
    policy = policies.current(seat.database, seat.clinic_id)
    only = only or QueueFilter()
    with reading(seat.database) as connection:
        view = _lanes_of(view_of(connection, seat, policy, at), only)
        rows = narrow.held(connection, view, _wanted(seat, only), seat.seat_id, HELD_SHOWN)
        return _held_lines(connection, seat, rows, at)


def choices(seat: Seat, at: datetime) -> FilterChoices:
    """What the seat's list may be narrowed to at an instant (aware)."""
    policy = policies.current(seat.database, seat.clinic_id)
    with reading(seat.database) as connection:
        lanes = view_of(connection, seat, policy, at).lanes
        owners = [(seat.staff_id, seat.name)]
        for lane in lanes:
            if lane.startswith(_OWN) and int(lane[len(_OWN) :]) != seat.staff_id:
                person = staff.get(connection, seat.clinic_id, int(lane[len(_OWN) :]))
                if person is not None:
                    owners.append((person.id, person.name))
    codes = tuple(
        dict.fromkeys(
            shown_procedure(code, restricted_ok=seat.restricted_ok) or "" for code in procedures.table()
        )
    )
    return FilterChoices(tuple(policy.teams), codes, tuple(owners))


def _lanes_of(view: View, only: QueueFilter) -> View:
    """The view with the lanes that can hold what is asked for: they answer owner and mostly team."""
    lanes = view.lanes
    if only.owner is not None:
        own = f"{_OWN}{only.owner}"
        lanes = tuple(
            lane for lane in lanes if (not lane.startswith(_OWN) if only.owner == ANYONE else lane == own)
        )
    if only.team is not None:
        team = f"team:{only.team}:"
        lanes = tuple(lane for lane in lanes if not lane.startswith("team:") or lane.startswith(team))
    return replace(view, lanes=lanes)


def _wanted(seat: Seat, only: QueueFilter) -> Wanted:
    """The conditions, as this seat may ask them: an intimate procedure's name must not be found by asking."""
    codes: tuple[str, ...] = ()
    if only.procedure is not None:
        asked = shown_procedure(only.procedure, restricted_ok=seat.restricted_ok)
        codes = tuple(sorted(restricted_codes())) if asked == RESTRICTED else (only.procedure,)
    return Wanted(
        band=None if only.tier is None else int(band_of(only.tier)),
        tier=None if only.tier is None else int(only.tier),
        team=only.team,
        procedures=codes,
    )


def _held_lines(connection: Connection, seat: Seat, rows: list[Row], at: datetime) -> tuple[QueueRow, ...]:
    """Lines of calls in hand, as they are stored: their place is not worked out while somebody works them."""
    holders = {int(row["id"]): row for row in rows}
    shown = table.display(connection, seat.clinic_id, tuple(holders))
    people = tuple(sorted({int(row["patient_id"]) for row in shown.values()}))
    last = last_contacts(connection, seat.clinic_id, people)
    today = clinic_day(at, seat.zone)
    made: list[QueueRow] = []
    for item_id, row in shown.items():
        performed = day(row["performed_on"])
        made.append(
            QueueRow(
                position=0,
                key=(int(row["band"]), int(row["deadline_at"]), item_id),
                id=item_id,
                patient_id=int(row["patient_id"]),
                external_id=row["external_id"],
                patient=masked(str(row["patient_name"])),
                procedure=shown_procedure(row["procedure"], restricted_ok=seat.restricted_ok) or "",
                day=None if performed is None else (today - performed).days,
                milestone=str(row["milestone"] or row["kind"]),
                team=str(row["team"]),
                language=str(row["language"]),
                tier=Tier(row["tier"]),
                deadline_at=from_ms(row["deadline_at"]),
                attempts=int(row["attempts"]),
                reason=Reason.of("leased", staff=str(holders[item_id]["staff_name"])),
                last=last[int(row["patient_id"])],
                takeable=False,
                opens_at=None,
                held_by=str(holders[item_id]["staff_name"]),
                talking=holders[item_id]["stage"] != LeaseStage.PREVIEW,
                promise_at=None if row["promise_at"] is None else from_ms(row["promise_at"]),
                mine=int(holders[item_id]["staff_id"]) == seat.staff_id,
            )
        )
    return tuple(sorted(made, key=lambda line: line.key))
