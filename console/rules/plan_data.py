"""The plan tables shipped in console/scripts/plans, read once into frozen dataclasses."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

from console.rules.reader import Problem, Reader
from db.enums import Channel, ItemClass, Purpose

PLAN_FILES: Final = ("procedures.toml", "milestones.toml")
_CLASSES = tuple(klass.value for klass in ItemClass)
_PURPOSES = tuple(purpose.value for purpose in Purpose)
_CHANNELS = tuple(channel.value for channel in Channel)
_ANCHORS: Final = {
    "treatment": "operation",
    "discharge": "discharge",
    "visit": "visit",
    "series": "session",
    "course": "course_end",
    "birthday": "birthday",
    "round": "round",
    "appointment": "appointment",
}
"""The one day the rows of a section are counted from; a row says it too, so that it reads by itself."""


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
        anchor: the day it is counted from. tolerance: days around the due day that count as kept.
        channels: how the contact may be made, the usual one first.
        by: minutes of the day a safety call should be made by, for one ground of risk and for two.
        in_ward: before discharge it is the ward's, face to face.
        own_date: a date the patient named replaces the due day.
        until_seen: a talk alone does not close it: days until it is asked again; 0 where a talk does.
    """

    code: str
    flow: str
    anchor: str
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
    tolerance: int
    channels: tuple[Channel, ...]
    sources: tuple[str, ...]
    every: str = ""
    visited: tuple[int, int] = (0, 0)
    until_seen: int = 0


@dataclass(frozen=True, slots=True)
class RemovalRow:
    """A milestone around the day something is taken out: the surgeon's date, else the procedure's range.

    `before_leaving`: of a patient who goes away before, the call comes on the day before she leaves.
    """

    code: str
    flow: str
    anchor: str
    rule: str
    earliest_before: int
    surgeon_due_before: int
    surgeon_end_after: int
    klass: ItemClass
    team: str
    purpose: Purpose
    passes_windows: bool
    before_leaving: bool
    tolerance: int
    channels: tuple[Channel, ...]
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
    """The call after a missed appointment; `klass` when nothing makes it a safety call."""

    code: str
    flow: str
    team: str
    klass: ItemClass
    purpose: Purpose
    end_days: int
    safety_kinds: tuple[str, ...]
    safety_day: int
    tolerance: int
    channels: tuple[Channel, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemeasureRow:
    """The call that asks for a temperature again; hours after the first reading."""

    code: str
    flow: str
    team: str
    klass: ItemClass
    purpose: Purpose
    hours: int
    end_hours: int
    night_end: int
    tolerance: int
    channels: tuple[Channel, ...]
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
    series: tuple[Row, ...]
    course: tuple[Row, ...]
    birthday: tuple[Row, ...]
    round: tuple[Row, ...]
    appointment: tuple[Row, ...]
    missed: MissedRow
    remeasure: RemeasureRow
    gap_days: int
    """Days after a talk in which no routine call is offered."""

    def rows(self) -> tuple[Row | RemovalRow | MissedRow | RemeasureRow, ...]:
        """Every row of every section."""
        return (
            *self.treatment,
            *self.removal,
            *self.discharge,
            *self.visit,
            *self.series,
            *self.course,
            *self.birthday,
            *self.round,
            *self.appointment,
            self.missed,
            self.remeasure,
        )

    def channels(self, milestone: str) -> tuple[Channel, ...]:
        """How a milestone's contact may be made, the usual one first; by telephone when no row says."""
        return next((row.channels for row in self.rows() if row.code == milestone), (Channel.PHONE,))

    def tolerance(self, milestone: str) -> int:
        """Days around its due day in which a milestone counts as kept (C-04); 0 when no row says."""
        return next((row.tolerance for row in self.rows() if row.code == milestone), 0)

    def has(self, procedure: str, group: str) -> bool:
        """Whether a procedure is in a group."""
        return procedure in self.groups.get(group, ())

    def passing(self) -> frozenset[str]:
        """Codes of the milestones that pass windows and holidays."""
        always = (MissedRow, RemeasureRow)
        return frozenset(row.code for row in self.rows() if isinstance(row, always) or row.passes_windows)


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
    missed, remeasure, gap = root.table("missed"), root.table("remeasure"), root.table("gap")
    gap_days, _ = gap.integer("routine_days"), gap.texts("sources")
    plans = Plans(
        groups={name: _group(groups, name, known) for name in groups.names()},
        stitches=_ranges(root.table("stitches"), known),
        splint=_ranges(root.table("splint"), known),
        risk={code: risk.text(code) for code in risk.names()},
        treatment=_rows(root, "treatment"),
        removal=_removals(root),
        discharge=_rows(root, "discharge"),
        visit=_rows(root, "visit"),
        series=_rows(root, "series"),
        course=_rows(root, "course"),
        birthday=_rows(root, "birthday"),
        round=_rows(root, "round"),
        appointment=_rows(root, "appointment"),
        missed=MissedRow(
            missed.text("code"),
            missed.text("flow"),
            missed.text("team"),
            ItemClass(missed.choice("class", _CLASSES)),
            Purpose(missed.choice("purpose", _PURPOSES)),
            _offset(missed.table("end")).days,
            missed.texts("safety_kinds"),
            missed.integer("safety_day"),
            missed.integer("tolerance"),
            _channels(missed),
            missed.texts("sources"),
        ),
        remeasure=RemeasureRow(
            remeasure.text("code"),
            remeasure.text("flow"),
            remeasure.text("team"),
            ItemClass(remeasure.choice("class", _CLASSES)),
            Purpose(remeasure.choice("purpose", _PURPOSES)),
            remeasure.integer("hours", 1),
            remeasure.integer("end_hours", 1),
            remeasure.minute("night_end"),
            remeasure.integer("tolerance"),
            _channels(remeasure),
            remeasure.texts("sources"),
        ),
        gap_days=gap_days,
    )
    for code in plans.risk:
        if code not in known:
            risk.problem(code, "field_unknown")
    for row in (*plans.treatment, *plans.series):
        for group in row.groups:
            if group not in plans.groups:
                root.problem(f"{row.code}.for", "field_not_choice", known=", ".join(plans.groups))
    for part in (missed, remeasure, gap, root):
        part.done()
    if root.problems:
        raise PlansInvalid(tuple(root.problems))
    return plans


def _group(table: Reader, name: str, known: tuple[str, ...]) -> frozenset[str]:
    """The procedures of a group; a unit that has no plans yet is an empty one."""
    return frozenset(table.choices(name, known)) if table.texts(name) else frozenset()


def _channels(table: Reader) -> tuple[Channel, ...]:
    return tuple(Channel(one) for one in table.choices("channels", _CHANNELS))


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
                anchor=table.choice("anchor", (_ANCHORS[name],)),
                groups=table.texts("for") if table.has("for") else (),
                due=_offset(table.table("due")),
                earliest=earliest,
                end=end,
                earliest_before=0 if earliest is not None else table.integer("earliest_before"),
                end_after=0 if end is not None else table.integer("end_after"),
                every_months=table.integer("every_months", 1) if table.has("every_months") else 0,
                klass=ItemClass(table.choice("class", _CLASSES)),
                team=table.text("team"),
                purpose=Purpose(table.choice("purpose", _PURPOSES)),
                passes_windows=table.flag("passes_windows") if table.has("passes_windows") else False,
                base=table.flag("base") if table.has("base") else True,
                by=table.minutes("by") if table.has("by") else (),
                in_ward=table.has("ward_until") and table.choice("ward_until", ("discharge",)) == "discharge",
                own_date=table.flag("own_date") if table.has("own_date") else False,
                tolerance=table.integer("tolerance"),
                channels=_channels(table),
                sources=table.texts("sources"),
                every=table.choice("every", ("week", "month")) if table.has("every") else "",
                visited=_visited(table.table("visited")) if table.has("visited") else (0, 0),
                until_seen=table.integer("until_seen", 1) if table.has("until_seen") else 0,
            )
        )
        table.done()
    return tuple(rows)


def _visited(table: Reader) -> tuple[int, int]:
    first, last = table.integer("from"), table.integer("to")
    if first > last:
        table.problem("to", "plan_order")
    table.done()
    return first, last


def _removals(root: Reader) -> tuple[RemovalRow, ...]:
    rows: list[RemovalRow] = []
    for table in root.tables("removal"):
        rows.append(
            RemovalRow(
                code=table.text("code"),
                flow=table.text("flow"),
                anchor=table.choice("anchor", ("operation",)),
                rule=table.choice("rule", ("stitches", "splint")),
                earliest_before=table.integer("earliest_before"),
                surgeon_due_before=table.integer("surgeon_due_before"),
                surgeon_end_after=table.integer("surgeon_end_after"),
                klass=ItemClass(table.choice("class", _CLASSES)),
                team=table.text("team"),
                purpose=Purpose(table.choice("purpose", _PURPOSES)),
                passes_windows=table.flag("passes_windows"),
                before_leaving=table.flag("before_leaving"),
                tolerance=table.integer("tolerance"),
                channels=_channels(table),
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
