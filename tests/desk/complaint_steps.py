"""Taking complaints down, and reading what became of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from console.desk import complaints
from db.enums import (
    ComplaintClass,
    Severity,
)
from db.errors import NotAllowed
from db.records import ComplaintForm, Reason, ServiceCase
from tests.desk.call_world import Person, World

SHANGHAI = ZoneInfo("Asia/Shanghai")


def take(world: World, person: Person | None = None, **more: object) -> ServiceCase:
    """Take a complaint down as its form does."""
    usual = ComplaintForm(klass=ComplaintClass.PRICE, severity=Severity.MODERATE, words="多收了钱")
    form = replace(usual, **more)
    patient_id = None if person is None else person.id
    key = f"key {world.clinic.count('escalation')}"
    made = complaints.take_complaint(world.seat(), None, patient_id, form, key, world.now)
    return complaints.open_case(world.seat(), made.escalation.id, world.now)


def refused(error: pytest.ExceptionInfo[NotAllowed]) -> str:
    """The code of a refusal; of a case that cannot be closed, what is missing first."""
    if error.value.code != "case_not_closable":
        return error.value.code
    reason = error.value.params["reason"]
    assert isinstance(reason, Reason)
    return reason.code


def local(text: str) -> datetime:
    """An instant of June 2026 in the clinic's zone, written "day hour:minute"."""
    return datetime.strptime(f"2026-06-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


def story(world: World, number: int) -> list[str]:
    """The kinds of a case's events."""
    rows = world.clinic.rows(
        "SELECT kind FROM escalation_event WHERE escalation_id = :e ORDER BY id", e=number
    )
    return [str(row["kind"]) for row in rows]


def open_steps(world: World, number: int) -> list[str]:
    """Milestones of what the queue holds of a case."""
    rows = world.clinic.rows(
        "SELECT milestone FROM item WHERE escalation_id = :e AND state IN ('waiting', 'ready') ORDER BY id",
        e=number,
    )
    return [str(row["milestone"]) for row in rows]
