"""What the sample clinic's caller did on the last calling day before the demo: a few calls for a lead to draw."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from console.demo.founded import ZONE
from console.demo.people import COUNT, Sample, person
from console.desk import calls, queue, scripts
from console.desk.policy import first_document
from console.desk.seat import Seat
from console.rules import calendar
from console.rules.policy import parse_text
from db.enums import AttemptResult, SpokeTo
from db.records import Answered, CallForm

LOOK_BACK_DAYS = 6
"""How far back a calling day is looked for: a lead still draws it, and nobody called on it is due again."""
AFTER_DAYS = 7
"""Day after the operation the people called were at."""
PROCEDURE = "双眼皮"
SURNAMES = "邓许韩冯曹"
"""None of the other people's: who looks for one of those finds whom she always found."""
SIGNS = ("vision_change", "breathing_hard", "one_side_fast", "bleeding_soaks")


@dataclass(frozen=True, slots=True)
class Kind:
    """One call: seconds it took, and seconds before each answer about danger signs."""

    seconds: float
    each: float


KINDS = (Kind(210, 12), Kind(17, 2), Kind(95, 0.4), Kind(180, 9), Kind(240, 15))
"""Plain ones, one saved too soon after it was answered, one keyed faster than it can be read."""


def opening(today: date) -> datetime | None:
    """When the last calling day before a day began to call, aware; None when there was none for days."""
    rules = calendar.of(parse_text(first_document(ZONE)))
    for back in range(1, LOOK_BACK_DAYS + 1):
        windows = rules.windows(today - timedelta(days=back))
        if windows:
            return windows[0].start
    return None


def people(day: date, seed: int) -> tuple[Sample, ...]:
    """Who was called on that day; their numbers follow the others'. Args: day; seed, same people."""
    chance = random.Random(f"before {seed}")
    performed = day - timedelta(days=AFTER_DAYS)
    made = (
        person(chance, number, PROCEDURE, performed) for number in range(COUNT + 1, COUNT + len(KINDS) + 1)
    )
    return tuple(
        replace(one, name=surname + one.name[1:]) for surname, one in zip(SURNAMES, made, strict=True)
    )


def call(seat: Seat, called: Iterable[Sample], start: datetime) -> None:
    """Call them one after the other.

    Args:
        seat: who calls.
        called: from `people`, on record.
        start: aware; in a calling window.
    """
    now = start + timedelta(minutes=5)
    release, _status = scripts.active(seat, now)
    for one, kind in zip(called, KINDS, strict=True):
        rows = (row for row in queue.page(seat, now, limit=100) if row.external_id == one.external_id)
        row = next((row for row in rows if row.takeable), None)
        if row is None:
            continue
        claim = queue.take_item(seat, row.id, now)
        sheet = calls.open_call(seat, claim, now)
        dial = calls.start_dial(seat, claim, sheet.numbers[0].id, now)
        began = now + timedelta(seconds=20)
        calls.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.CONNECTED, began)
        answers = [
            Answered(code, "no", began + timedelta(seconds=kind.each * (number + 1)))
            for number, code in enumerate(SIGNS)
        ]
        last = began + timedelta(seconds=min(kind.each * 5 + 5, kind.seconds - 1))
        answers += [
            Answered("recovery_overall", "good", last),
            Answered("pain_now", "1", last, number=1.0),
        ]
        form = CallForm(
            spoke_to=SpokeTo.PATIENT,
            identity=("birthday", "surgeon"),
            started_at=began,
            answers=tuple(answers),
            recovery="good",
            pain=1,
            track_code="d7",
            release_hash=release.hash,
        )
        now = began + timedelta(seconds=kind.seconds)
        calls.save(seat, dial.claim, form, f"demo-{one.external_id}", now)
        now += timedelta(minutes=4)
