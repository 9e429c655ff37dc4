"""Fills an empty database with the sample clinic, through the same desk functions that real seats use."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from console.demo import day_before
from console.demo.founded import ZONE, found
from console.demo.people import Sample, samples
from console.desk import calls, escalations, imports, queue, staff
from console.desk.seat import Seat
from db.connect import Database
from db.enums import AttemptResult, CallOutcome, Level, SpokeTo
from db.records import Answered, CallForm, Claim, FlagForm, PromiseMade

HEADER = (
    "客户编号",
    "姓名",
    "性别",
    "出生日期",
    "手机",
    "到院日期",
    "是否成交",
    "项目名称",
    "手术日期",
    "主刀医生",
    "备注",
)
HISTORY_DAYS = 400
DUTY_HOURS = 10


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled sample clinic. pins: login to PIN, made for this database alone."""

    database: Database
    clinic_id: int
    pins: Mapping[str, str]


def fill(database: Database, now: datetime, seed: int = 1) -> Filled:
    """Make the sample clinic.

    Args:
        database: an empty record, or a file that does not exist yet.
        now: aware instant the demo starts at; everything is dated relative to it.
        seed: same seed, same people.

    Returns:
        The database with a PIN for each login.

    Raises:
        Conflict: there is a clinic already.
    """
    local = now.astimezone(ZoneInfo(ZONE))
    early = local.replace(hour=8, minute=5, second=0, microsecond=0)
    if early >= now:
        early = now - timedelta(minutes=30)
    opened = day_before.opening(local.date())
    begun = early if opened is None else min(early, opened - timedelta(hours=1))
    founded = found(database, local, begun, early.date() - timedelta(days=HISTORY_DAYS))
    colleague = staff.sign_in(database, "colleague", founded.pins["colleague"], opened or early)
    if opened is not None:
        called = day_before.people(opened.date(), seed)
        _import(database, called, opened - timedelta(minutes=30))
        day_before.call(colleague, called, opened)
        # She stays signed in: another sign-in would cost the start of a demo a third of a second.
        staff.seen(colleague, early)
    people = samples(local.date(), seed)
    _import(database, people, early)
    _morning(colleague, people, early, now)
    staff.sign_out(founded.lead, begun)
    # On duty for as long as a demo lasts: somebody to hand a call to.
    staff.seen(colleague, now + timedelta(hours=DUTY_HOURS))
    return Filled(database, founded.clinic_id, founded.pins)


def _import(database: Database, people: tuple[Sample, ...], now: datetime) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for one in people:
                writer.writerows(_rows(one))
        imports.run(database, path, now=now)


def _rows(one: Sample) -> list[tuple[str, ...]]:
    treatments = [(one.procedure, one.performed_on)] + ([one.second] if one.second else [])
    return [
        (
            one.external_id,
            one.name,
            "女",
            one.born_on.isoformat(),
            one.phone,
            (day or one.visited_on).isoformat(),
            "是" if procedure else "否",
            procedure,
            day.isoformat() if day else "",
            one.surgeon,
            "",
        )
        for procedure, day in treatments
    ]


def _claim(seat: Seat, external_id: str, now: datetime) -> Claim | None:
    """The claim of a person's first item that may be called now."""
    for row in queue.page(seat, now, limit=300):
        if row.external_id == external_id and row.takeable:
            return queue.take_item(seat, row.id, now)
    return None


def _talk(seat: Seat, external_id: str, now: datetime) -> tuple[Claim, datetime] | None:
    """A connected call with a person, a minute after it was taken."""
    claim = _claim(seat, external_id, now)
    if claim is None:
        return None
    sheet = calls.open_call(seat, claim, now)
    dial = calls.start_dial(seat, claim, sheet.numbers[0].id, now)
    ended = calls.end_dial(
        seat, dial.claim, dial.attempt_id, AttemptResult.CONNECTED, now + timedelta(seconds=20)
    )
    assert ended.keep
    return dial.claim, now + timedelta(minutes=1)


def _form(started: datetime, **values: object) -> CallForm:
    base = {
        "spoke_to": SpokeTo.PATIENT,
        "identity": ("birthday", "surgeon"),
        "started_at": started,
    }
    return CallForm(**{**base, **values})  # type: ignore[arg-type]


def _well(at: datetime, pain: int) -> tuple[Answered, ...]:
    signs = (
        "vision_change",
        "breathing_hard",
        "one_side_fast",
        "bleeding_soaks",
        "feverish",
        "leg_one_sided",
    )
    answers = [Answered(code, "no", at, asked_in_group=False) for code in signs]
    return (
        *answers,
        Answered("recovery_overall", "good", at),
        Answered("pain_now", str(pain), at, number=float(pain)),
    )


def _morning(seat: Seat, people: tuple[Sample, ...], start: datetime, now: datetime) -> None:
    """What a colleague did before the demo opens: calls, escalations, a promise, a dropped line."""
    local = now.astimezone(ZoneInfo(ZONE))

    def when(minutes_before: int) -> datetime:
        return max(start + timedelta(minutes=10), now - timedelta(minutes=minutes_before))

    fresh = [
        one
        for one in people
        if one.performed_on is not None and 1 <= (local.date() - one.performed_on).days <= 2
    ]
    done, missed, burning, urgent, promised, dropped = (one.external_id for one in fresh[:6])
    talk = _talk(seat, done, when(240))
    if talk is not None:
        claim, at = talk
        form = _form(at, answers=_well(at, 2), recovery="good", pain=2)
        calls.save(seat, claim, form, f"demo-{done}", at + timedelta(minutes=3))
    claim = _claim(seat, missed, when(200))
    if claim is not None:
        at = when(200)
        sheet = calls.open_call(seat, claim, at)
        dial = calls.start_dial(seat, claim, sheet.numbers[0].id, at)
        calls.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.NO_ANSWER, at + timedelta(seconds=40))
    _raised(seat, burning, when(95), Level.SAME_DAY, "one_side_growing")
    _raised(seat, urgent, when(60), Level.URGENT, "bruise_new")
    talk = _talk(seat, promised, when(35))
    if talk is not None:
        claim, at = talk
        back = now + timedelta(minutes=4)
        promise = PromiseMade(back, mine=False, what="客户在开会，约好再打")
        form = _form(at, outcome=CallOutcome.CALLBACK_AGREED, promise=promise, identity=())
        calls.save(seat, claim, form, f"demo-{promised}", at + timedelta(minutes=1))
    talk = _talk(seat, dropped, when(6))
    if talk is not None:
        claim, at = talk
        escalations.raise_flag(seat, claim, _flag(Level.SAME_DAY, "bleed_soaks"), f"demo-flag-{dropped}", at)
        escalations.line_dropped(seat, claim, at + timedelta(minutes=1))
        answers = (Answered("bleeding_soaks", "yes", at),)
        form = _form(at, outcome=CallOutcome.PARTIAL, answers=answers, note="说到一半电话断了")
        calls.save(seat, claim, form, f"demo-{dropped}", at + timedelta(minutes=2))


def _flag(level: Level, flag: str) -> FlagForm:
    return FlagForm(level=level, flags=(flag,), place="家里", companion="家人")


def _raised(seat: Seat, external_id: str, now: datetime, level: Level, flag: str) -> None:
    talk = _talk(seat, external_id, now)
    if talk is None:
        return
    claim, at = talk
    raised = escalations.raise_flag(seat, claim, _flag(level, flag), f"demo-flag-{external_id}", at)
    escalations.told(seat, raised.escalation.id, "示范医生", at + timedelta(minutes=1))
    form = _form(at, answers=_well(at, 5)[6:], recovery="fair", pain=5, note="已交给医生，等医生联系")
    calls.save(seat, claim, form, f"demo-{external_id}", at + timedelta(minutes=3))
