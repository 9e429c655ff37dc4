"""The small clinic a run works in, and what comes into it meanwhile."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from console.desk import contact_items
from console.desk.seat import Seat
from console.rules import calendar
from db import patients, treatments
from db.connect import unit_of_work
from db.enums import ItemClass, ItemKind, PhoneKind
from db.instants import to_ms
from tests.clinic import SampleClinic

PATIENTS: Final = 14
KINDS: Final = (
    ("D7", ItemClass.CARE, 7, 6),
    ("D2", ItemClass.SAFETY, 2, 1),
    ("D30", ItemClass.ROUTINE, 30, 20),
    ("D1", ItemClass.SAFETY, 1, 0),
    ("STITCHES", ItemClass.CARE, 7, 3),
    ("D4", ItemClass.CARE, 4, 2),
)
"""Milestone, class, days since the operation, days until the clinical window ends."""
FIRST: Final = 13800000000
WORDS: Final = ("双眼皮", "吸脂", "水光针", "隆鼻")
POLICIES: Final = (
    ("promise_early = 5", "promise_early = 20"),
    ("last_call = 45", "last_call = 90"),
    ("pool_before = 60", "pool_before = 180"),
    ("language_lane = 15", "language_lane = 0"),
    ("skips_to_lead = 3", "skips_to_lead = 1"),
    ("take_along_days = 1", "take_along_days = 3"),
    ("preview_s = 90", "preview_s = 40"),
    ("per_day = 2,", "per_day = 1,"),
    ('calling_days = ["mon", ', "calling_days = ["),
    ("overrides = []", 'overrides = [{date = "2026-06-16", closed = "x"}]'),
)
"""What a policy edit changes in the default document, one or several at a time."""


def fill(clinic: SampleClinic, chance: random.Random) -> None:
    """Put the first patients in: some share a telephone, some have two calls, one speaks English."""
    seat, now = clinic.seat(), clinic.now
    stamp = to_ms(now)
    with unit_of_work(clinic.database) as connection:
        last = 0
        for number in range(PATIENTS):
            row = patients.add(
                connection,
                clinic.clinic_id,
                {
                    "name": f"王小{number}",
                    "pinyin": f"wang xiao {number}",
                    "language": "en" if number == 4 else "zh",
                    "born_on": date(1990, 8, 15),
                    "preferred_hours": '["15:00-16:00"]' if number == 7 else None,
                },
                stamp,
            )
            shared = number % 4 == 3
            e164 = f"+86{FIRST + (number - 1 if shared else number)}"
            patients.add_number(connection, clinic.clinic_id, row["id"], e164, PhoneKind.MOBILE, 1, stamp)
            if number % 3 == 0:
                patients.add_number(
                    connection,
                    clinic.clinic_id,
                    row["id"],
                    f"+86{FIRST + 500 + number}",
                    PhoneKind.MOBILE,
                    2,
                    stamp,
                )
            if shared:
                patients.join_groups(connection, clinic.clinic_id, [last, row["id"]])
            last = row["id"]
            for kind in chance.sample(KINDS, 1 + number % 2):
                _item(connection, clinic, seat, row["id"], kind)


def _item(
    connection: object,
    clinic: SampleClinic,
    seat: Seat,
    patient_id: int,
    kind: tuple[str, ItemClass, int, int],
) -> None:
    milestone, klass, since, end = kind
    clock = calendar.of(seat.policy)
    today = clock.day_of(clinic.now)
    treatment_id = treatments.add(
        connection,  # type: ignore[arg-type]
        clinic.clinic_id,
        {
            "patient_id": patient_id,
            "procedure": "upper_blepharoplasty" if since != 30 else "liposuction",
            "site": milestone,
            "performed_on": today - timedelta(days=since),
            "surgeon": "陈医生",
            "inpatient": False,
        },
        to_ms(clinic.now),
    )
    contact_items.add(
        connection,  # type: ignore[arg-type]
        seat,
        patient_id,
        clinic.now,
        kind=ItemKind.MILESTONE,
        milestone=milestone,
        flow="d7",
        team="nurse" if milestone == "D2" else "customer_service",
        klass=klass,
        earliest=clock.at(today, 8 * 60),
        due_on=today,
        clinical_end=clock.at(today + timedelta(days=end), 21 * 60 + 30),
        treatment_id=treatment_id,
        anchor_on=today - timedelta(days=since),
    )


def export(folder: Path, chance: random.Random, today: date) -> Path:
    """A file as the hospital system makes it: a row or two, sometimes of people who are known or share a number."""
    lines = ["客户编号,姓名,手机,到院日期,是否成交,项目名称,手术日期"]
    for _ in range(chance.randint(1, 2)):
        number = chance.randrange(6)
        day = today - timedelta(days=chance.choice((0, 1, 2, 3, 7)))
        phone = FIRST + chance.choice((number + 900, number))
        word = chance.choice(WORDS)
        lines.append(f"K{number},赵{'甲乙丙丁戊己'[number]},{phone},{day},是,{word},{day}")
    path = folder / "export.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def policy_text(document: str, chance: random.Random) -> str:
    """The default document with some values changed."""
    for old, new in chance.sample(POLICIES, chance.randint(0, 3)):
        document = document.replace(old, new)
    return document


def morning(now: datetime) -> datetime:
    """The next 08:05 of the clinic, aware."""
    local = now.astimezone(calendar.ZoneInfo("Asia/Shanghai"))
    day = local.date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, 0, 5, tzinfo=now.tzinfo)
