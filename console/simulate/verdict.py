"""Whether what must always hold has held: read from the record and from the processes' logs, after the day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from console.desk.placing import drain
from console.rules.placement import place
from console.rules.policy import Policy
from console.simulate.clinic import Workplace
from console.simulate.control import Event
from console.simulate.records import Findings
from db import audit
from db import drain as cache
from db.connect import Connection, Database, Row, reading
from db.enums import ItemState
from db.instants import maybe_ms, to_ms

LANES: Final = ("team", "pool", "own", "lead")
"""Beginnings of the lanes that some seat is offered; the ward's round is not made here."""
SETTLED: Final = frozenset(
    {ItemState.DONE, ItemState.CANCELLED, ItemState.UNREACHABLE, ItemState.SUPERSEDED, ItemState.LAPSED}
)


@dataclass(slots=True)
class Hold:
    """One stretch in which somebody had a contact group, as far as her own log knows.

    Args:
        group, contact, staff: what and whose. stamp: from when, database's clock, microseconds.
        at: the clinic's clock when she was told, epoch ms: what had run out by then was free to be given to her.
        ended: stamp just before the claim was given up; None: never.
        until: earliest end of the lease by the clinic's clock, epoch ms.
        begun: whether dialling had begun for certain; perhaps: whether it may have.
        asked: stamp just before its newest write; written: the same of every write that was acknowledged.
    """

    group: int
    contact: int
    staff: int
    stamp: int
    at: int
    until: int
    ended: int | None = None
    begun: bool = False
    perhaps: bool = False
    asked: int = 0
    written: list[int] = field(default_factory=list)


def holds(events: Iterable[Event]) -> list[Hold]:
    """Every stretch of every group, in the order of the database's clock."""
    found: list[Hold] = []
    current: dict[int, Hold] = {}
    for event in events:
        name = event["event"]
        if name == "claim":
            hold = Hold(
                event["group"],
                event["contact"],
                event["staff"],
                event["stamp"],
                event["at"],
                event["until"],
                begun=event.get("begun", False),
            )
            found.append(hold)
            current[event["contact"]] = hold
        elif (hold := current.get(event.get("contact", 0))) is not None:
            _follow(hold, event)
    return found


def _follow(hold: Hold, event: Event) -> None:
    name = event["event"]
    if name in ("dial?", "renew?", "save?"):
        hold.asked = event["stamp"]
    if name == "dial?":
        hold.perhaps = True
    elif name in ("dial", "renew"):
        hold.begun, hold.until = True, event["until"]
        hold.written.append(hold.asked)
    elif name == "saved" and not event["late"]:
        hold.written.append(hold.asked)
    if name in ("end?", "save?") and hold.ended is None:
        hold.ended = event["stamp"]


def unlogged(connection: Connection, clinic_id: int, events: list[Event], preview_ms: int) -> list[Hold]:
    """Claims on record that no log knows: their process died before it was told of them."""
    told = {event["contact"] for event in events if event["event"] == "claim"}
    kills: dict[int, list[Event]] = defaultdict(list)
    home = {event["staff"]: event["process"] for event in events if event["event"] == "seat"}
    for event in events:
        if event["event"] == "kill":
            kills[event["process"]].append(event)
    last: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for event in events:
        if "at" in event and "staff" in event:
            last[event["process"]].append((event["at"], event["stamp"]))
    found: list[Hold] = []
    for row in connection.execute(
        "SELECT id, group_id, staff_id, started_at FROM contact WHERE clinic_id = :id", {"id": clinic_id}
    ):
        staff = int(row["staff_id"])
        if int(row["id"]) in told or staff not in home:
            continue
        before = max((s for at, s in last[home[staff]] if at <= row["started_at"]), default=0)
        kill = next((one for one in kills[home[staff]] if one["stamp"] >= before), None)
        if kill is None:
            # Told of nothing, and alive: nobody of this simulation.
            continue
        until = row["started_at"] + preview_ms
        found.append(Hold(row["group_id"], row["id"], staff, kill["stamp"], kill["at"], until))
    return found


def double_claims(stretches: list[Hold], leads: frozenset[int]) -> int:
    """How often a group was held twice: claimed while somebody held it, or worked by whom it had been taken from.

    A claim nobody gave up lasts until its lease has run out; one in which dialling had begun is its owner's even
    then, and nobody else's but the lead's.
    """
    by_group: dict[int, list[Hold]] = defaultdict(list)
    for hold in stretches:
        by_group[hold.group].append(hold)
    twice = 0
    for ones in by_group.values():
        held: list[Hold] = []
        for later in sorted(ones, key=lambda hold: hold.stamp):
            still = [one for one in held if not _gave_way(one, later, leads)]
            gone = [one for one in held if one not in still]
            twice += len(still) + sum(at > later.stamp for one in gone for at in one.written)
            held = [*still, later]
    return twice


def _gave_way(earlier: Hold, later: Hold, leads: frozenset[int]) -> bool:
    if earlier.ended is not None and earlier.ended <= later.stamp:
        return True
    if earlier.staff == later.staff:
        # She cannot sit twice: her first process was dead, or she had found the lease gone.
        return True
    if not earlier.begun and later.at >= earlier.until:
        return True
    return (earlier.begun or earlier.perhaps) and later.staff in leads and later.at >= earlier.until


def offered_again(events: Iterable[Event]) -> int:
    """Claims with a call that an acknowledged save had already finished."""
    done: set[int] = set()
    count = 0
    for event in events:
        if event["event"] == "claim" and not event.get("resumed"):
            count += bool(done.intersection(event["items"]))
        elif event["event"] == "saved" and not event["late"]:
            done.update(event["done"])
    return count


@dataclass(frozen=True, slots=True)
class Record:
    """What the database says after the day."""

    findings: Findings
    items: dict[str, int]
    unacknowledged: int
    late: int
    cut_off: int


def examine(
    database: Database, place_of: Workplace, events: list[Event], end: datetime, crashed: int, calls: int
) -> Record:
    """Check everything.

    Args:
        database: the record. place_of: the clinic. events: all logs, by stamp. end: the clinic's clock now, aware.
        crashed: processes that died by themselves. calls: how many calls were made for the day.
    """
    clinic_id, policy = place_of.clinic_id, place_of.policy
    drain(database, clinic_id, policy, end)
    audit.seal(database, clinic_id, end)
    with reading(database) as connection:
        stretches = holds(events) + unlogged(connection, clinic_id, events, policy.queue.preview_s * 1000)
        leads = _leads(connection, clinic_id)
        items, lost = _items(connection, place_of)
        saves_lost, twice, unacknowledged = _saves(connection, clinic_id, events)
        broken = _audit(database, connection, clinic_id)
        findings = Findings(
            double_claims=double_claims(stretches, leads),
            offered_again=offered_again(events),
            lost=lost + saves_lost + max(0, calls - sum(items.values())),
            saved_twice=twice,
            misplaced=_misplaced(connection, clinic_id, policy, end),
            audit=broken,
            crashed=crashed,
        )
        late = _count(connection, "call WHERE clinic_id = :id AND late_draft", clinic_id)
    # A call that its owner took up again, or the lead: it had been cut off before.
    cut_off = sum(1 for hold in stretches if hold.begun and hold.ended is None)
    return Record(findings, items, unacknowledged, late, cut_off)


def _leads(connection: Connection, clinic_id: int) -> frozenset[int]:
    rows = connection.execute(
        "SELECT id FROM staff WHERE clinic_id = :id AND roles LIKE '%\"lead\"%'", {"id": clinic_id}
    )
    return frozenset(int(row["id"]) for row in rows)


def _count(connection: Connection, what: str, clinic_id: int) -> int:
    return int(connection.execute(f"SELECT COUNT(*) AS n FROM {what}", {"id": clinic_id})[0]["n"])


def _items(connection: Connection, place_of: Workplace) -> tuple[dict[str, int], int]:
    """Where the day's calls are, and how many are nowhere: neither finished with a record nor in a place."""
    rows = connection.execute(
        """
        SELECT i.state, i.next_change_at, i.lane_id,
               (SELECT 1 FROM contact_lease l WHERE l.clinic_id = i.clinic_id AND l.group_id = i.group_id LIMIT 1)
                   AS held,
               (SELECT 1 FROM contact_item ci JOIN call c ON c.clinic_id = ci.clinic_id
                   AND c.contact_id = ci.contact_id AND NOT c.late_draft
                WHERE ci.clinic_id = i.clinic_id AND ci.item_id = i.id LIMIT 1) AS spoken,
               (SELECT 1 FROM attempt a JOIN contact_item ci ON ci.clinic_id = a.clinic_id
                   AND ci.contact_id = a.contact_id
                WHERE ci.clinic_id = i.clinic_id AND ci.item_id = i.id LIMIT 1) AS rung
        FROM item i WHERE i.clinic_id = :id AND i.id >= :first AND i.plan_revision_id IS NULL
          AND i.is_base AND i.kind = 'milestone' AND i.flow = 'd7'
        """,
        {"id": place_of.clinic_id, "first": place_of.first_item},
    )
    where: Counter[str] = Counter()
    lost = 0
    for row in rows:
        where[str(row["state"])] += 1
        lost += not _accounted(row)
    return dict(where), lost


def _accounted(row: Row) -> bool:
    state = ItemState(row["state"])
    if state is ItemState.DONE:
        return row["spoken"] is not None
    if state is ItemState.UNREACHABLE:
        return row["rung"] is not None
    if state is ItemState.WAITING:
        return row["next_change_at"] is not None
    if state is ItemState.READY:
        return row["lane_id"].partition(":")[0] in LANES
    if state is ItemState.LEASED:
        return row["held"] is not None
    return state in SETTLED


def _saves(connection: Connection, clinic_id: int, events: list[Event]) -> tuple[int, int, int]:
    """Acknowledged saves that are not on record, conversations on record twice, records nobody was told of."""
    on_record: dict[int, list[int]] = defaultdict(list)
    for row in connection.execute(
        "SELECT id, contact_id FROM call WHERE clinic_id = :id AND amends_call_id IS NULL", {"id": clinic_id}
    ):
        on_record[int(row["contact_id"])].append(int(row["id"]))
    drafts = {
        int(row["contact_id"])
        for row in connection.execute("SELECT contact_id FROM draft WHERE clinic_id = :id", {"id": clinic_id})
    }
    lost, told = 0, set[int]()
    for event in events:
        if event["event"] in ("saved", "filed", "repeated"):
            told.add(event["contact"])
            if event.get("late") and event["call"] is None:
                lost += event["contact"] not in drafts
            else:
                lost += event["call"] not in on_record[event["contact"]]
            lost += event.get("same") is False
    seen = {event["contact"] for event in events if "contact" in event}
    twice = sum(len(ids) > 1 for ids in on_record.values())
    return (
        lost,
        twice,
        sum(contact in seen and contact not in told for contact, ids in on_record.items() if ids),
    )


def _misplaced(connection: Connection, clinic_id: int, policy: Policy, at: datetime) -> int:
    """Open items whose stored columns are not what the rule says."""
    count, after = 0, 0
    while True:
        rows = connection.execute(
            "SELECT id, state, tier, band, deadline_at, next_change_at, lane_id, passes_windows FROM item "
            "WHERE clinic_id = :id AND id > :after AND state IN ('waiting', 'ready') ORDER BY id LIMIT 500",
            {"id": clinic_id, "after": after},
        )
        if not rows:
            return count
        after = rows[-1]["id"]
        facts = cache.facts(connection, clinic_id, tuple(int(row["id"]) for row in rows), to_ms(at))
        for row, one in zip(rows, facts, strict=True):
            stands = place(one, policy, at)
            count += (
                row["state"] != stands.state
                or (row["tier"], row["band"]) != (stands.tier, stands.band)
                or row["deadline_at"] != to_ms(stands.deadline_at)
                or row["next_change_at"] != maybe_ms(stands.next_change_at)
                or row["lane_id"] != stands.lane_id
                or bool(row["passes_windows"]) != stands.passes_windows
            )


def _audit(database: Database, connection: Connection, clinic_id: int) -> int:
    """Breaks of the chain, rows left unsealed, and calls or dials without their row."""
    verdict = audit.verify(database, clinic_id)
    missing = 0
    for table, action in (("call", "call.save"), ("attempt", "number.dial")):
        rows = _count(connection, f"{table} WHERE clinic_id = :id", clinic_id)
        noted = _count(connection, f"audit WHERE clinic_id = :id AND action = '{action}'", clinic_id)
        missing += abs(rows - noted)
    return len(verdict.damage) + (verdict.unsealed if verdict.key else 0) + missing
