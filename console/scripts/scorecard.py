"""The scorecard: what a call is scored by, in practice and by a lead who listens to a real one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, cast

from console.scripts.build import Table, words_of
from console.scripts.documents import document
from console.scripts.records import Words

FILE: Final = "scenarios/scorecard.toml"
"""It lies beside the scenarios, outside the release a doctor approves: nothing of it is read to a patient."""
JUDGED: Final = ("both", "practice", "lead")
COMPETENCIES: Final = (
    "communication",
    "needs",
    "medical_knowledge",
    "problem_solving",
    "emotion_control",
)
"""What a caller is trained in (S1-TRAIN-01)."""


@dataclass(frozen=True, slots=True)
class CardItem:
    """One item: its points, the competency it stands for, and who can judge it.

    Args:
        code: stable name. title: on lists. points: by default. competency: of COMPETENCIES.
        judged: "practice" by the engine, "lead" by ear, "both".
        text: what earns the points. better: what to do or say instead, to the caller.
    """

    code: str
    title: Words
    points: int
    competency: str
    judged: Literal["both", "practice", "lead"]
    text: Words
    better: Words


@dataclass(frozen=True, slots=True)
class CardFail:
    """Something that leaves no points at all, whatever else was right."""

    code: str
    title: Words
    better: Words


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Items in the order of the talk, instant fails, the pass mark in percent of the points there are."""

    items: tuple[CardItem, ...]
    fails: tuple[CardFail, ...]
    pass_percent: int
    competencies: tuple[tuple[str, Words], ...] = ()

    def item(self, code: str) -> CardItem:
        """One item. Args: its code, or an item's of a call like "answer:pain_now". Raises KeyError without it."""
        return {item.code: item for item in self.items}[code.partition(":")[0]]

    def fail(self, code: str) -> CardFail:
        """One instant fail. Args: its code. Raises KeyError without it."""
        return {fail.code: fail for fail in self.fails}[code]


@cache
def shipped() -> Scorecard:
    """The scorecard that travels with the program. Raises ScriptError when its file is broken."""
    body = files("console.scripts").joinpath(FILE).read_text(encoding="utf-8")
    return parse(body)


def parse(body: str) -> Scorecard:
    """A scorecard. Args: body, TOML. Raises ScriptError at the first fault."""
    root = Table(FILE, "", document(FILE, body))
    items = tuple(_item(table) for table in root.tables("item"))
    fails = tuple(
        CardFail(table.text("code"), words_of(table.table("title")), words_of(table.table("better")))
        for table in root.tables("fail")
    )
    codes = [one.code for one in (*items, *fails)]
    for code in codes:
        if codes.count(code) > 1:
            raise root.fault(code, "the code stands twice", "code_twice")
    percent = root.integer("pass_percent")
    if not 1 <= percent <= 100:
        raise root.fault("pass_percent", "1 to 100 is expected", "out_of_range")
    names = root.table("competency")
    return Scorecard(
        items, fails, percent, tuple((code, words_of(names.table(code))) for code in COMPETENCIES)
    )


def _item(table: Table) -> CardItem:
    judged, competency, points = table.text("judged"), table.text("competency"), table.integer("points")
    if judged not in JUDGED:
        raise table.fault("judged", f"expected one of {', '.join(JUDGED)}")
    if competency not in COMPETENCIES:
        raise table.fault("competency", f"expected one of {', '.join(COMPETENCIES)}")
    if not 1 <= points <= 100:
        raise table.fault("points", "1 to 100 is expected", "out_of_range")
    return CardItem(
        code=table.text("code"),
        title=words_of(table.table("title")),
        points=points,
        competency=competency,
        judged=cast("Literal['both', 'practice', 'lead']", judged),
        text=words_of(table.table("text")),
        better=words_of(table.table("better")),
    )
