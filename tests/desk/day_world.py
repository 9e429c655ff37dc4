"""A day of generated calls through the desk's own functions, and the same figures counted by a plain loop."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from console.desk import calls, dialling, escalations, queue, tick
from db.connect import unit_of_work
from db.enums import (
    AttemptResult,
    CallOutcome,
    Channel,
    Direction,
    EscalationKind,
    ItemClass,
    Level,
    Severity,
    VisitKind,
)
from db.instants import to_ms
from db.records import Answered, FlagForm, OtherContact
from tests.desk.call_world import Person, World

SHANGHAI = ZoneInfo("Asia/Shanghai")
PROCEDURES = ("upper_blepharoplasty", "liposuction", "labiaplasty", "abdominoplasty")
"""The third one is intimate."""
LOGINS = ("li", "anna", "lead")
REASONS = ("price", "risk", "just_looking")
NOT_ANSWERED = (AttemptResult.NO_ANSWER, AttemptResult.LINE_ERROR, AttemptResult.REJECTED)
GENERATED = 50
IDENTITY = ("birthday", "visit_date")
PARTIAL = {
    "outcome": CallOutcome.PARTIAL,
    "note": "断线了",
    "direction": Direction.IN,
    "identity": IDENTITY,
}


def visitor(world: World, name: str, milestone: str = "UC1") -> Person:
    """Somebody who came and had nothing done, with the call about it."""
    person = world.person(name)
    with unit_of_work(world.clinic.database) as connection:
        visit_id = connection.insert(
            "visit",
            {
                "clinic_id": world.clinic.clinic_id,
                "patient_id": person.id,
                "visited_on": world.today() - timedelta(days=1),
                "kind": VisitKind.UNCONVERTED,
                "consultant": "钱咨询",
                "created_at": to_ms(world.now),
            },
        )
        connection.changed("UPDATE item SET treatment_id = NULL WHERE id = :id", {"id": person.item_id})
        connection.changed(
            "UPDATE item SET visit_id = :v, milestone = :m, klass = 'routine' WHERE id = :id",
            {"v": visit_id, "m": milestone, "id": person.item_id},
        )
    return person


def generate(world: World, number: int = GENERATED, seed: int = 7) -> None:
    """So many calls of one afternoon, each another way, then a night and a day in which clocks run out."""
    dice = random.Random(seed)
    for turn in range(number):
        world.later(seconds=dice.randrange(2, 20))
        _one(world, dice, turn)
    # Left alone: due today, never called.
    for milestone, klass in (("D1", ItemClass.SAFETY), ("D7", ItemClass.CARE)):
        world.person("周未打", milestone=milestone, klass=klass, end_days=0)
    world.person("吴未打", milestone="D30", end_days=9)
    for hours in (1, 3, 24):
        world.later(hours=hours)
        tick.tick(world.clinic.database, world.clinic.clinic_id, world.now)


def _one(world: World, dice: random.Random, turn: int) -> None:
    login, procedure = dice.choice(LOGINS), dice.choice(PROCEDURES)
    seat, key = world.seat(login), f"turn {turn}"
    if turn % 10 == 1:
        person = visitor(world, "孙来访")
    else:
        klass = ItemClass.SAFETY if turn % 3 == 0 else ItemClass.CARE
        person = world.person("王小丽", procedure=procedure, klass=klass, end_days=turn % 4)
    if turn % 10 == 4:
        claim = world.ring(person, login=login)
        world.later(seconds=dice.randrange(30, 100))
        calls.save(
            seat,
            claim,
            world.form(outcome=CallOutcome.PARTIAL, note="断线了", direction="in"),
            key,
            world.now,
        )
        return
    if turn % 10 == 5:
        said = OtherContact(Channel.WECOM, True, "客户说恢复得不错，没有问题，下周再联系。")
        calls.note_other(seat, person.id, said, world.now)
        return
    claim = queue.take_item(seat, person.item_id, world.now)
    dial = dialling.start_dial(seat, claim, person.phone_id, world.now)
    if turn % 10 == 6:
        # The program died before anybody said what came of the dial.
        return
    world.later(seconds=dice.randrange(5, 25))
    if turn % 10 in (2, 7):
        dialling.end_dial(seat, dial.claim, dial.attempt_id, dice.choice(NOT_ANSWERED), world.now)
        return
    dialling.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.CONNECTED, world.now)
    began = world.now
    if turn % 10 == 8:
        _hand_over(world, dice, login, dial.claim, turn)
    world.later(seconds=dice.randrange(20, 120))
    more: list[Answered] = []
    values: dict[str, object] = {"started_at": began, "identity": IDENTITY}
    if turn % 10 == 1:
        more = [
            world.answer("unconverted_reason", dice.choice(REASONS)),
            world.answer("satisfaction", dice.choice(("satisfied", "neutral", "dissatisfied"))),
        ]
        values["note"] = "觉得贵，想再看看"
    elif turn % 10 == 3:
        more = [world.answer("other_interest", "想问问眼袋")]
    elif turn % 20 == 9:
        values |= {"doubt": True, "note": "说两边不一样"}
    elif turn % 20 == 19:
        more = [world.answer("result_satisfaction", "very_dissatisfied")]
    base = world.form()
    calls.save(seat, dial.claim, world.form(**values, answers=(*base.answers, *more)), key, world.now)


def _hand_over(world: World, dice: random.Random, login: str, claim: object, turn: int) -> None:
    """A case of some kind, which somebody deals with in time, late, or not at all."""
    seat, way = world.seat(login), turn // 10 % 5
    if way < 3:
        level = (Level.URGENT, Level.SAME_DAY, Level.EMERGENCY)[way]
        form = FlagForm(level=level, summary="肿得厉害")
        case = escalations.raise_flag(seat, claim, form, f"flag {turn}", world.now).escalation.id  # type: ignore[arg-type]
        escalations.told(seat, case, "陈医生", world.now)
        if way < 2:
            chen = world.seat("chen")
            world.later(minutes=dice.choice((1, 16)))
            escalations.acknowledge(chen, case, world.now)
            escalations.contacted(chen, case, "", world.now)
    else:
        severity = (Severity.MINOR, Severity.MODERATE)[way - 3]
        kind = EscalationKind.COMPLAINT
        escalations.hand_over(seat, claim, None, kind, severity, "等得太久", f"case {turn}", world.now)  # type: ignore[arg-type]


@dataclass
class ByHand:
    """Figures of one day as a plain loop over raw rows finds them, whole or of one part."""

    attempts: int = 0
    connected: int = 0
    answered: int = 0
    talks: int = 0
    seconds: int = 0
    made: int = 0
    owed: int = 0
    inside: int = 0
    settled: int = 0
    clocks: dict[str, list[int]] = field(default_factory=dict)


def local_day(ms: object) -> date:
    """The clinic day of an instant."""
    return datetime.fromtimestamp(int(str(ms)) / 1000, UTC).astimezone(SHANGHAI).date()


def by_hand(
    world: World, day: date, at: datetime, *, staff: int | None = None, procedure: str | None = None
) -> ByHand:
    """Count one day from the raw tables, row by row."""
    rows = world.clinic.rows
    items = {row["id"]: row for row in rows("SELECT * FROM item")}
    treated = {row["id"]: row["procedure"] for row in rows("SELECT * FROM treatment")}
    contacts = {row["id"]: row for row in rows("SELECT * FROM contact")}
    attempts = rows("SELECT * FROM attempt ORDER BY id")
    now = to_ms(at)

    def about(row: dict[str, object]) -> object:
        item = items.get(row["item_id"])
        return None if item is None else treated.get(item["treatment_id"])

    def wanted(who: object, what: object) -> bool:
        return (staff is None or who == staff) and (procedure is None or what == procedure)

    found = ByHand()
    for row in attempts:
        if row["channel"] == "phone" and local_day(row["at"]) == day and wanted(row["staff_id"], about(row)):
            found.attempts += 1
            if row["result"] not in (None, "line_error"):
                found.answered += 1
            if row["result"] == "connected":
                found.connected += 1
    for row in rows("SELECT * FROM call"):
        ways = [one["channel"] for one in attempts if one["contact_id"] == row["contact_id"]]
        spoken = bool(contacts[row["contact_id"]]["incoming"]) or not ways or ways[-1] == "phone"
        if row["amends_call_id"] is not None or row["late_draft"] or not spoken:
            continue
        if local_day(row["saved_at"]) == day and wanted(row["staff_id"], about(row)):
            found.talks += 1
            found.seconds += (int(str(row["ended_at"])) - int(str(row["started_at"]))) // 1000
    makers: dict[object, object] = {}
    for row in rows("SELECT * FROM contact_item ORDER BY id"):
        if row["result"] == "done":
            makers[row["item_id"]] = contacts[row["contact_id"]]["staff_id"]
    for item_id, row in items.items():
        if row["kind"] != "milestone" or str(row["due_on"]) != day.isoformat():
            continue
        if row["state"] in ("cancelled", "superseded", "before_start"):
            continue
        who = makers.get(item_id) if row["state"] == "done" else row["owner_staff_id"]
        if not wanted(who, treated.get(row["treatment_id"])):
            continue
        found.owed += 1
        end = row["clinical_end_at"]
        if row["state"] == "done":
            found.made += 1
            found.settled += 1
            found.inside += end is None or int(str(row["closed_at"])) < int(str(end))
        elif row["state"] in ("lapsed", "unable_to_reach") or (end is not None and int(str(end)) <= now):
            found.settled += 1
    _clocks_by_hand(world, day, now, wanted, found)
    return found


def _clocks_by_hand(world: World, day: date, now: int, wanted: object, found: ByHand) -> None:
    marks = world.clinic.rows("SELECT * FROM escalation_event WHERE kind = 'breached' ORDER BY id")
    for row in world.clinic.rows("SELECT * FROM escalation"):
        if not wanted(row["owner_staff_id"], row["procedure"]):  # type: ignore[operator]
            continue
        times = [row["acknowledged_at"], row["contacted_at"], row["answered_at"], row["resolved_at"]]
        for name, limit, met_by in (
            ("ack", row["ack_by"], [times[0], times[1], times[3]]),
            ("contact", row["contact_by"], [times[1], times[3]]),
            ("resolve", row["resolve_by"], [times[2], times[3]]),
        ):
            shown = name
            if row["kind"] != "clinical":
                if name == "ack":
                    continue
                shown = "first_reply" if name == "contact" else "solution"
            met = min((int(str(one)) for one in met_by if one is not None), default=None)
            ends: list[tuple[int, bool]] = []
            for mark in marks:
                if mark["escalation_id"] == row["id"] and mark["note"] == name:
                    when = int(str(mark["at"]))
                    if when < int(str(limit)):
                        ends.append((when, False))
            if met is not None and met < int(str(limit)):
                ends.append((met, True))
            elif int(str(limit)) <= (now if met is None else met):
                ends.append((int(str(limit)), False))
            for when, hit in ends:
                if when <= now and local_day(when) == day:
                    both = found.clocks.setdefault(shown, [0, 0])
                    both[0] += hit
                    both[1] += 1


def signed(world: World) -> list[dict[str, object]]:
    """The figures of each sign-off as stored."""
    return [
        json.loads(str(row["figures"]))
        for row in world.clinic.rows("SELECT * FROM report_signoff ORDER BY id")
    ]


def days_of(world: World) -> Iterable[date]:
    """Every day on which something was dialled, saved or due."""
    return sorted({local_day(row["at"]) for row in world.clinic.rows("SELECT at FROM attempt")})
