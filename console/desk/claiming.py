"""Taking a contact and giving it back: one short transaction each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from console.desk.holding import take_back
from console.desk.local import clinic_day, clinic_time
from console.desk.order import Entry, judge, takeable
from console.desk.placing import FRESH_MOST, fresh_heads, place_again
from console.desk.ready import ready_to_call
from console.desk.seat import Seat
from console.desk.viewing import left_since
from console.desk.viewing import view_of as view_of
from console.rules import placement
from console.rules.policy import Policy
from db import claims, owners, patients, taking
from db import drain as cache
from db import queue as table
from db.claims import Holder
from db.connect import Connection, Row, reading, unit_of_work
from db.enums import ItemClass, Role
from db.errors import AlreadyTaken, NotAllowed
from db.instants import from_ms, to_ms
from db.queue import Reach, View
from db.records import Claim

CANDIDATES: Final = 8
"""How many heads one transaction tries before it reads on: more than consoles ever press the key at once."""

SOFT_GATES: Final = frozenset({"own_hours", "too_soon", "cooling"})
"""Gates that are about when to ring. Once the patient is on the line anyway they hold nothing back."""


def holder(seat: Seat, policy: Policy, now: datetime) -> Holder:
    """The seat as leases know it at an instant."""
    return Holder(
        seat.clinic_id, seat.staff_id, seat.seat_id, seat.role is Role.LEAD, left_since(policy, now)
    )


def _ttl(policy: Policy) -> int:
    return policy.queue.preview_s * 1000


def take_next(seat: Seat, now: datetime) -> Claim | None:
    """Take the first item of the seat's queue that may be dialled now.

    What this person skipped today is left to others.

    Args:
        seat: who asks.
        now: aware instant, by the database's clock.

    Returns:
        The claim, or None when there is nothing to take.

    Raises:
        NotAllowed: a trainee in a real clinic, or the seat was closed.
    """
    policy = ready_to_call(seat, now)
    with reading(seat.database) as connection:
        view = view_of(connection, seat, policy, now, takeable_only=True)
    midnight = clinic_time(clinic_day(now, seat.zone), 0, seat.zone)
    after, freshened = table.START, 0
    while True:
        with unit_of_work(seat.database, steady=True) as connection:
            # Who writes to an SQLite file is alone there, so its first head is hardly ever refused.
            most = CANDIDATES if connection.dialect == "postgresql" or after != table.START else 1
            rows = table.order(connection, view, most, after, to_ms(midnight))
            if freshened < FRESH_MOST and fresh_heads(connection, view, rows, policy, now):
                after, freshened = table.START, freshened + 1
                continue
            for row in rows:
                claim = _claim(connection, seat, policy, row, view, now)
                if claim is not None:
                    return claim
        if not rows:
            return None
        after = (rows[-1]["band"], rows[-1]["deadline_at"], rows[-1]["id"])


def take_item(seat: Seat, item_id: int, now: datetime) -> Claim:
    """Take one chosen item, under the same rules as the next one.

    Args:
        seat: who asks.
        item_id: the item.
        now: aware instant, by the database's clock.

    Raises:
        NotAllowed: it may not be called now; `reason` says why. Or the seat was closed.
        AlreadyTaken: somebody else holds the patient's contact group.
    """
    from console.desk.explain import keeps_out

    policy = ready_to_call(seat, now)
    with unit_of_work(seat.database) as connection:
        view = view_of(connection, seat, policy, now, takeable_only=True)
        row = table.item_row(connection, seat.clinic_id, item_id)
        if row is None:
            raise NotAllowed("item_unknown")
        claim = _claim(connection, seat, policy, row, view, now)
    if claim is not None:
        return claim
    with reading(seat.database) as connection:
        out = keeps_out(connection, seat.clinic_id, policy, item_id, now, seat=seat)
    if out is None or out.gate.code == "leased":
        raise AlreadyTaken("already_taken")
    raise NotAllowed("item_not_callable", reason=out.gate)


def take_patient(
    seat: Seat, group_id: int, patient_id: int | None, number: str | None, now: datetime
) -> Claim:
    """Take a contact group for an incoming call: no gate, no window, for the patient has rung.

    Args:
        seat: who answers.
        group_id: the patient's contact group; a fresh one for an unknown caller.
        patient_id: who rings; None while unknown.
        number: the caller's number in E.164, when it is known.
        now: aware instant, by the database's clock.

    Returns:
        The claim, with the patient's items that are due taken along.

    Raises:
        NotAllowed: a trainee in a real clinic, or the seat was closed.
        AlreadyTaken: a colleague holds the group, or the patient is in another one by now.
    """
    policy = ready_to_call(seat, now)
    with unit_of_work(seat.database) as connection:
        claims.lock(connection, seat.clinic_id, group_id)
        joined = _join(connection, seat, policy, group_id, now)
        if joined is None:
            raise AlreadyTaken("already_taken")
        group_id = joined
        entries: list[Entry] = []
        if patient_id is not None:
            if patient_id not in patients.in_group(connection, seat.clinic_id, group_id):
                # She went on in another record or group meanwhile: its lease would guard another telephone.
                raise AlreadyTaken("already_taken")
            entries = judge(
                connection,
                seat.clinic_id,
                cache.lock_open(connection, seat.clinic_id, patient_id, to_ms(now)),
                policy,
                now,
            )
        along = [entry for entry in entries if _comes_along(entry, seat.lanes, policy, "all", now)]
        claim = _settle(
            connection, seat, policy, now, group_id, patient_id, None, along, incoming=True, number=number
        )
        if claim is None:
            raise AlreadyTaken("already_taken")
    return claim


def _claim(
    connection: Connection, seat: Seat, policy: Policy, row: Row, view: View, now: datetime
) -> Claim | None:
    """Lease the row's group, take its item and what comes along; None when somebody was faster."""
    group_id, patient_id, item_id = int(row["group_id"]), int(row["patient_id"]), int(row["id"])
    found = taking.lock_and_read(connection, seat.clinic_id, group_id, patient_id, to_ms(now))
    if found.apart:
        joined = _join(connection, seat, policy, group_id, now)
        if joined is None:
            return None
        group_id = joined
        found = taking.lock_and_read(connection, seat.clinic_id, group_id, patient_id, to_ms(now))
    if any(int(one["group_id"]) != group_id for one in found.rows):
        # Joined to another group since the order was read: its lease would guard nobody.
        return None
    # Facts may be newer than the stored place (a policy, a death): judged again before serving.
    facts = cache.facts_of(connection, seat.clinic_id, list(found.rows))
    entries = [Entry(one, placement.stands(one, policy, now)) for one in facts]
    old = [
        entry.facts
        for entry, stored in zip(entries, found.rows, strict=True)
        if not cache.stood(stored, entry.placement, policy.version)
    ]
    if old:
        placed = [(one.id, placement.place(one, policy, now)) for one in old]
        cache.write(connection, seat.clinic_id, placed, policy.version)
    chosen = next((entry for entry in entries if entry.facts.id == item_id), None)
    if chosen is None or not chosen.ready or chosen.placement.lane_id not in view.lanes:
        return None
    if not takeable(chosen.placement.band, chosen.placement.passes_windows, view.reach):
        return None
    along = [
        entry
        for entry in entries
        if entry is not chosen and _comes_along(entry, view.lanes, policy, view.reach, now)
    ]
    return _settle(connection, seat, policy, now, group_id, patient_id, chosen, along, alone=not found.shared)


def _join(connection: Connection, seat: Seat, policy: Policy, group_id: int, now: datetime) -> int | None:
    """Join the groups that share a number with this one and were left apart while both were being called.

    Returns:
        The group that is to be leased; None while somebody else is on that telephone.
    """
    apart = patients.unjoined(connection, seat.clinic_id, group_id)
    if not apart:
        return group_id
    for other in sorted(apart):
        if not claims.try_lock(connection, seat.clinic_id, other):
            return None
        if claims.held_by_others(connection, holder(seat, policy, now), other, to_ms(now)):
            return None
    everybody = patients.in_group(connection, seat.clinic_id, group_id).union(*apart.values())
    joined = patients.join_groups(connection, seat.clinic_id, everybody)
    # Where calls to both broke off each keeps its own lease: the other's would let anybody take this one.
    return group_id if patients.in_group(connection, seat.clinic_id, group_id) else joined


def _comes_along(entry: Entry, lanes: tuple[str, ...], policy: Policy, reach: Reach, now: datetime) -> bool:
    """Whether another item of the patient is worked in the same contact."""
    facts, stands = entry.facts, entry.placement
    gate = stands.gate.code if stands.gate is not None else None
    if not entry.ready and gate not in SOFT_GATES:
        return False
    soon = clinic_day(now, policy.clinic.zone) + timedelta(days=policy.queue.take_along_days)
    if facts.due_on is not None and facts.due_on > soon and facts.promise_at is None:
        return False
    if stands.lane_id not in lanes:
        return False
    if reach == "red_flag":
        return facts.klass is ItemClass.SAFETY
    return reach == "all" or facts.klass is not ItemClass.ROUTINE


def _settle(
    connection: Connection,
    seat: Seat,
    policy: Policy,
    now: datetime,
    group_id: int,
    patient_id: int | None,
    chosen: Entry | None,
    along: list[Entry],
    *,
    incoming: bool = False,
    number: str | None = None,
    alone: bool = False,
) -> Claim | None:
    """Lease the group, mark the items as worked and open the contact; `alone` when nobody else is in the group.

    Returns:
        The claim; None when somebody else holds the group.
    """
    along = sorted(along, key=lambda entry: entry.key)
    ids = tuple(entry.facts.id for entry in ([chosen] if chosen else []) + along)
    taken = taking.take(
        connection,
        holder(seat, policy, now),
        group_id,
        chosen.facts.id if chosen else None,
        {
            "group_id": group_id,
            "patient_id": patient_id,
            "staff_id": seat.staff_id,
            "seat_id": seat.seat_id,
            "started_at": to_ms(now),
            "incoming": incoming,
            "caller_number": number,
        },
        ids,
        to_ms(now),
        _ttl(policy),
    )
    if taken is None:
        return None
    token, contact_id = taken
    others = () if alone else claims.ready_of_others(connection, seat.clinic_id, group_id, patient_id)
    return Claim(
        contact_id=contact_id,
        group_id=group_id,
        token=token,
        patient_id=patient_id,
        item_id=chosen.facts.id if chosen else None,
        item_ids=ids,
        also_due=others,
        taken_at=now,
        expires_at=from_ms(to_ms(now) + _ttl(policy)),
        incoming=incoming,
    )


def renew(seat: Seat, claim: Claim, now: datetime) -> datetime:
    """Heartbeat of a claim, every third of `limits.preview_s` or so.

    Returns:
        When the lease runs out now, aware UTC.

    Raises:
        StaleLease: the claim was given back, or taken over by somebody else.
    """
    ttl = _ttl(seat.policy)
    with unit_of_work(seat.database) as connection:
        before = claims.renew(connection, seat.clinic_id, claim.group_id, claim.token, to_ms(now), ttl)
        take_back(connection, seat, claim, before)
    return from_ms(to_ms(now) + ttl)


def release(seat: Seat, claim: Claim, now: datetime) -> None:
    """Give a claim back: items that are still open stand in the queue again, the contact is over.

    Raises:
        StaleLease: the claim is no longer this seat's.
    """
    with unit_of_work(seat.database) as connection:
        end(connection, seat, claim, now)


def end(connection: Connection, seat: Seat, claim: Claim, now: datetime, *, place: bool = True) -> None:
    """`release` as a part of another transaction, e.g. of a save; without `place` its caller places the items.

    Raises:
        StaleLease: the claim is no longer this seat's.
    """
    claims.release(connection, seat.clinic_id, claim.group_id, claim.token)
    owners.disown(connection, seat.clinic_id, claim.item_ids)
    connection.changed(
        "UPDATE contact SET ended_at = :now WHERE clinic_id = :clinic_id AND id = :id AND ended_at IS NULL",
        {"clinic_id": seat.clinic_id, "id": claim.contact_id, "now": to_ms(now)},
    )
    if place:
        place_again(connection, seat.clinic_id, claim.item_ids, seat.policy, now)
