"""The plan tables shipped in console/scripts/plans, read once into frozen dataclasses."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

from console.rules.reader import Problem, Reader
from db.enums import ItemClass, Purpose

PLAN_FILES: Final = ("procedures.toml", "milestones.toml")
_CLASSES = tuple(klass.value for klass in ItemClass)
_PURPOSES = tuple(purpose.value for purpose in Purpose)


@dataclass(frozen=True, slots=True)
class Offset:
    """A day counted from an anchor, with a minute of that day where the plan names an hour."""

    days: int = 0
    months: int = 0
    minute: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One milestone of milestones.toml.

    Args:
        code, flow, klass, team, purpose, passes_windows, base, sources: as in PlannedItem.
        groups: procedure groups, or visit kinds, that have it.
        due: the due day. earliest, end: None where they are counted from the due day instead.
        earliest_before, end_after: days before and after the due day.
        every_months: repeats; 0 when it comes once.
        by: minutes of the day a safety call should be made by, for one ground of risk and for two.
        in_ward: before discharge it is the ward's, face to face.
        own_date: a date the patient named replaces the due day.
    """

    code: str
    flow: str
    groups: tuple[str, ...]
    due: Offset
    earliest: Offset | None
    end: Offset | None
    earliest_before: int
    end_after: int
    every_months: int
    klass: ItemClass
    team: str
    purpose: Purpose
    passes_windows: bool
    base: bool
    by: tuple[int, ...]
    in_ward: bool
    own_date: bool
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemovalRow:
    """A milestone around the day something is taken out: the surgeon's date, else the procedure's range."""

    code: str
    flow: str
    rule: str
    earliest_before: int
    surgeon_due_before: int
    surgeon_end_after: int
    klass: ItemClass
    team: str
    passes_windows: bool
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Days after the operation in which something is taken out, and its call when the surgeon set no date."""

    first: int
    last: int
    due: int
    end: int
    only_strip: bool = False


@dataclass(frozen=True, slots=True)
class MissedRow:
    """The call after a missed appointment."""

    code: str
    flow: str
    team: str
    end_days: int
    safety_kinds: tuple[str, ...]
    safety_day: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemeasureRow:
    """The call that asks for a temperature again; hours after the first reading."""

    code: str
    flow: str
    team: str
    hours: int
    end_hours: int
    night_end: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plans:
    """All plan tables."""

    groups: Mapping[str, frozenset[str]] = field(hash=False)
    stitches: Mapping[str, Range] = field(hash=False)
    splint: Mapping[str, Range] = field(hash=False)
    risk: Mapping[str, str] = field(hash=False)
    treatment: tuple[Row, ...]
    removal: tuple[RemovalRow, ...]
    discharge: tuple[Row, ...]
    visit: tuple[Row, ...]
    course: tuple[Row, ...]
    birthday: tuple[Row, ...]
    missed: MissedRow
    remeasure: RemeasureRow

    def has(self, procedure: str, group: str) -> bool:
        """Whether a procedure is in a group."""
        return procedure in self.groups.get(group, ())

    def passing(self) -> frozenset[str]:
        """Codes of the milestones that pass windows and holidays."""
        rows = (*self.treatment, *self.removal, *self.discharge, *self.visit, *self.course, *self.birthday)
        return frozenset(row.code for row in rows if row.passes_windows) | {
            self.missed.code,
            self.remeasure.code,
        }


class PlansInvalid(ValueError):
    """Plan tables that cannot be used; `problems` says why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.where}: {problem.reason.code}" for problem in problems))
        self.problems = problems


@cache
def shipped() -> Plans:
    """The plans that ship with the console, read once.

    Raises:
        PlansInvalid: a shipped file is broken.
    """
    folder = files("console") / "scripts" / "plans"
    documents = [tomllib.loads((folder / name).read_text(encoding="utf-8")) for name in PLAN_FILES]
    return parse({name: value for document in documents for name, value in document.items()})


def parse(document: Mapping[str, object]) -> Plans:
    """Plan tables from one document.

    Raises:
        PlansInvalid: with every problem found, unknown keys included.
    """
    root = Reader(document)
    groups = root.table("groups")
    known = tuple(groups.texts("all"))
    risk = root.table("risk")
    missed, remeasure = root.table("missed"), root.table("remeasure")
    plans = Plans(
        groups={name: frozenset(groups.choices(name, known)) for name in groups.names()},
        stitches=_ranges(root.table("stitches"), known),
        splint=_ranges(root.table("splint"), known),
        risk={code: risk.text(code) for code in risk.names()},
        treatment=_rows(root, "treatment"),
        removal=_removals(root),
        discharge=_rows(root, "discharge"),
        visit=_rows(root, "visit"),
        course=_rows(root, "course"),
        birthday=_rows(root, "birthday"),
        missed=MissedRow(
            missed.text("code"),
            missed.text("flow"),
            missed.text("team"),
            _offset(missed.table("end")).days,
            missed.texts("safety_kinds"),
            missed.integer("safety_day"),
            missed.texts("sources"),
        ),
        remeasure=RemeasureRow(
            remeasure.text("code"),
            remeasure.text("flow"),
            remeasure.text("team"),
            remeasure.integer("hours", 1),
            remeasure.integer("end_hours", 1),
            remeasure.minute("night_end"),
            remeasure.texts("sources"),
        ),
    )
    for code in plans.risk:
        if code not in known:
            risk.problem(code, "field_unknown")
    for row in plans.treatment:
        for group in row.groups:
            if group not in plans.groups:
                root.problem(f"treatment.{row.code}.for", "field_not_choice", known=", ".join(plans.groups))
    for part in (missed, remeasure, root):
        part.done()
    if root.problems:
        raise PlansInvalid(tuple(root.problems))
    return plans


def _offset(table: Reader) -> Offset:
    offset = Offset(
        days=table.integer("days") if table.has("days") else 0,
        months=table.integer("months") if table.has("months") else 0,
        minute=table.minute("at") if table.has("at") else None,
    )
    if table.has("days") == table.has("months"):
        table.problem("", "plan_days_or_months")
    table.done()
    return offset


def _rows(root: Reader, name: str) -> tuple[Row, ...]:
    rows: list[Row] = []
    for table in root.tables(name) if root.has(name) else []:
        earliest = _offset(table.table("earliest")) if table.has("earliest") else None
        end = _offset(table.table("end")) if table.has("end") else None
        rows.append(
            Row(
                code=table.text("code"),
                flow=table.text("flow"),
                groups=table.texts("for") if table.has("for") else (),
                due=_offset(table.table("due")),
                earliest=earliest,
                end=end,
                earliest_before=0 if earliest is not None else table.integer("earliest_before"),
                end_after=0 if end is not None else table.integer("end_after"),
                every_months=table.integer("every_months", 1) if table.has("every_months") else 0,
                klass=ItemClass(table.choice("class", _CLASSES)),
                team=table.text("team"),
                purpose=Purpose(table.choice("purpose", _PURPOSES) if table.has("purpose") else "care"),
                passes_windows=table.flag("passes_windows") if table.has("passes_windows") else False,
                base=table.flag("base") if table.has("base") else True,
                by=table.minutes("by") if table.has("by") else (),
                in_ward=table.has("ward_until") and table.choice("ward_until", ("discharge",)) == "discharge",
                own_date=table.flag("own_date") if table.has("own_date") else False,
                sources=table.texts("sources"),
            )
        )
        table.done()
    return tuple(rows)


def _removals(root: Reader) -> tuple[RemovalRow, ...]:
    rows: list[RemovalRow] = []
    for table in root.tables("removal"):
        rows.append(
            RemovalRow(
                code=table.text("code"),
                flow=table.text("flow"),
                rule=table.choice("rule", ("stitches", "splint")),
                earliest_before=table.integer("earliest_before"),
                surgeon_due_before=table.integer("surgeon_due_before"),
                surgeon_end_after=table.integer("surgeon_end_after"),
                klass=ItemClass(table.choice("class", _CLASSES)),
                team=table.text("team"),
                passes_windows=table.flag("passes_windows"),
                sources=table.texts("sources"),
            )
        )
        table.done()
    return tuple(rows)


def _ranges(table: Reader, known: tuple[str, ...]) -> Mapping[str, Range]:
    ranges: dict[str, Range] = {}
    for code in table.names():
        row = table.table(code)
        if code not in known:
            row.problem("", "field_unknown")
        ranges[code] = Range(
            row.integer("from", 1),
            row.integer("to", 1),
            row.integer("due", 1),
            row.integer("end", 1),
            row.flag("only_strip") if row.has("only_strip") else False,
        )
        if not ranges[code].first <= ranges[code].due <= ranges[code].end:
            row.problem("due", "plan_order")
        row.done()
    return ranges
