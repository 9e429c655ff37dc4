"""Generated people of the sample clinic: names drawn by seed, numbers from a block, nobody real."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗"
GIVEN = "晓雨佳欣思彤雅静慧敏婷丽倩文嘉宁悦然梓萱子涵诗琪若溪可心一诺语桐"
SURGEONS = ("甲医生", "乙医生", "丙医生")
COUNT = 60
FIRST_NUMBER = 13800000000


@dataclass(frozen=True, slots=True)
class Sample:
    """One generated person: columns of the export a clinic would hand over.

    Args:
        number: 1 to COUNT. procedure: words for the project column; empty for a visit without treatment.
        performed_on: operation day; None without one. visited_on: day of the visit.
        phone_of: number of the person whose telephone she shares, 0 for her own.
        second: words and day of a second operation, None without one.
    """

    number: int
    name: str
    born_on: date
    procedure: str
    performed_on: date | None
    visited_on: date
    surgeon: str
    phone_of: int = 0
    second: tuple[str, date] | None = None
    inpatient: bool = False
    english: bool = False

    @property
    def external_id(self) -> str:
        """The clinic's own number of this person."""
        return f"DEMO-{self.number:03d}"

    @property
    def phone(self) -> str:
        """The number to ring; relatives share one."""
        return str(FIRST_NUMBER + (self.phone_of or self.number))


# Days since the operation and how many people stand there: every tier of the queue gets somebody.
SPREAD: tuple[tuple[str, int, int], ...] = (
    ("双眼皮", 0, 1),
    ("玻尿酸填充", 0, 1),
    ("假体隆鼻", 1, 2),
    ("双眼皮", 1, 2),
    ("吸脂", 1, 1),
    ("假体隆胸", 2, 2),
    ("玻尿酸填充", 2, 2),
    ("双眼皮", 4, 3),
    ("吸脂", 4, 1),
    ("双眼皮", 5, 3),
    ("假体隆鼻", 7, 3),
    ("双眼皮", 7, 3),
    ("假体隆胸", 8, 2),
    ("吸脂", 9, 3),
    ("玻尿酸填充", 14, 2),
    ("假体隆胸", 14, 1),
    ("双眼皮", 30, 3),
    ("假体隆鼻", 31, 2),
    ("吸脂", 33, 2),
    ("双眼皮", 90, 3),
    ("假体隆胸", 92, 2),
    ("假体隆鼻", 180, 2),
    ("双眼皮", 182, 2),
    ("吸脂", 365, 2),
    ("假体隆胸", 370, 1),
)
UNCONVERTED_DAYS = (1, 1, 2, 2, 2, 30, 31)


def samples(today: date, seed: int) -> tuple[Sample, ...]:
    """The sample clinic's people.

    Args:
        today: the clinic's day.
        seed: same seed, same people.

    Returns:
        COUNT people: SPREAD, unconverted visits, relatives on one number, one with two operations.
    """
    chance = random.Random(seed)
    made: list[Sample] = []
    for procedure, days, count in SPREAD:
        for _each in range(count):
            made.append(person(chance, len(made) + 1, procedure, today - timedelta(days=days)))
    for days in UNCONVERTED_DAYS:
        made.append(person(chance, len(made) + 1, "", today - timedelta(days=days)))
    while len(made) < COUNT:
        made.append(person(chance, len(made) + 1, "双眼皮", today - timedelta(days=40 + len(made))))
    return tuple(_woven(made[:COUNT], today))


def _woven(made: list[Sample], today: date) -> Iterator[Sample]:
    """Relatives share one number; one person has two operations."""
    from dataclasses import replace

    for one in made:
        if one.number == 12:
            yield replace(one, phone_of=11)
        elif one.number == 20:
            yield replace(one, second=("玻尿酸填充", today - timedelta(days=1)))
        elif one.number == 40:
            yield replace(one, english=True)
        else:
            yield one


def person(chance: random.Random, number: int, procedure: str, day: date) -> Sample:
    """One person by chance. Args: chance; number; procedure, empty for a visit without treatment; day of it."""
    given = "".join(chance.sample(GIVEN, chance.choice((1, 2, 2))))
    born = date(chance.randint(1972, 2004), chance.randint(1, 12), chance.randint(1, 28))
    return Sample(
        number=number,
        name=chance.choice(SURNAMES) + given,
        born_on=born,
        procedure=procedure,
        performed_on=day if procedure else None,
        visited_on=day,
        surgeon=chance.choice(SURGEONS) if procedure else "",
    )
