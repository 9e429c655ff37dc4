"""A trainee in the sample clinic, and her practice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from console.desk import practice
from console.desk.seat import Seat
from db import staff as table
from db.connect import unit_of_work
from db.enums import Language, Role
from db.practice_records import KeptResult
from tests.clinic import SampleClinic, pin_hash
from tests.practice_runs import run


def trainee(clinic: SampleClinic, login: str = "xiao", name: str = "小赵") -> Seat:
    """A seat of somebody who only practises."""
    with unit_of_work(clinic.database) as connection:
        staff_id = table.add(
            connection,
            clinic_id=clinic.clinic_id,
            login=login,
            name=name,
            roles=(Role.TRAINEE,),
            languages=(Language.ZH,),
            pin_hash=pin_hash(),
            must_change_pin=False,
            restricted_ok=False,
            phone=None,
            now=clinic.now,
        )
        seat_id = table.open_seat(connection, clinic.clinic_id, staff_id, Role.TRAINEE, "test", clinic.now)
    return replace(
        clinic.seat("li"),
        staff_id=staff_id,
        seat_id=seat_id,
        login=login,
        name=name,
        role=Role.TRAINEE,
        roles=(Role.TRAINEE,),
        lanes=(),
    )


def practised(seat: Seat, clinic: SampleClinic, scenario: str, percent: int = 100, **more: Any) -> KeptResult:
    """One call worth so many of 100 points, a minute after the one before."""
    clinic.now += timedelta(minutes=1)
    more.setdefault("items", [("flag", percent, 100, None)])
    return practice.keep(seat, run(scenario, **more), clinic.now)
