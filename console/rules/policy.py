"""A clinic's policy as frozen dataclasses, read from its document with all that is wrong with it."""

from __future__ import annotations

import tomllib
import zoneinfo
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

from console.rules import policy_quality
from console.rules import policy_service as service
from console.rules.phone import dialable
from console.rules.policy_values import (
    HANDLING_MIN,
    CalendarPolicy,
    ClinicPolicy,
    ComplaintPolicy,
    EscalationPolicy,
    FreePolicy,
    LevelClocks,
    NoAnswerPolicy,
    NotifyPolicy,
    OnCallEntry,
    OnCallRow,
    Override,
    Policy,
    QualityPolicy,
    QueuePolicy,
    RequestPolicy,
    RetryPolicy,
    Season,
    StepsPolicy,
    covers,
)
from console.rules.reader import Problem, Reader, TimeRange, toml_position
from db.enums import Level, Role

__all__ = [
    "HOLIDAY_SOURCES",
    "RED_FLAG_STEPS",
    "SCHEMA",
    "WEEKDAYS",
    "CalendarPolicy",
    "ClinicPolicy",
    "ComplaintPolicy",
    "EscalationPolicy",
    "FreePolicy",
    "LevelClocks",
    "NoAnswerPolicy",
    "NotifyPolicy",
    "OnCallEntry",
    "OnCallRow",
    "Override",
    "Policy",
    "PolicyInvalid",
    "QualityPolicy",
    "QueuePolicy",
    "RetryPolicy",
    "Season",
    "StepsPolicy",
    "check",
    "covers",
    "default",
    "default_text",
    "parse",
    "parse_text",
]

SCHEMA: Final = 1
"""Version of the document's shape."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY_SOURCES: Final = ("chinesecalendar", "none")
RED_FLAG_STEPS: Final = ("contact_person", "lead", "on_call")
NOTIFY_PLACES: Final = ("{escalation}", "{level}")
"""All that the program which calls somebody out is told: the case's number and its level."""


class PolicyInvalid(ValueError):
    """A document that cannot be a policy; `problems` says all that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


def parse(document: Mapping[str, object], version: int = 0) -> Policy:
    """The policy a document describes.

    Args:
        document: the parsed TOML.
        version: number of the policy version it is stored as.

    Returns:
        The policy.

    Raises:
        PolicyInvalid: with every problem found, unknown keys included.
    """
    root = Reader(document)
    schema = root.integer("schema", 1)
    if schema != SCHEMA:
        root.problem("schema", "policy_schema", found=schema, known=SCHEMA)
    roles, lock_min = _staff(root.table("staff"))
    policy = Policy(
        clinic=_clinic(root.table("clinic")),
        calendar=_calendar(root.table("calendar")),
        queue=_queue(root.table("queue")),
        retry=_retry(root.table("retry")),
        escalations=_escalations(root.table("escalations")),
        teams=_teams(root.table("teams")),
        roles=roles,
        lock_min=lock_min,
        on_call=_on_call(root.table("on_call")),
        version=version,
        # Versions of before it was there are policies too.
        notify=_notify(root.table("notify")) if root.has("notify") else NotifyPolicy(),
        quality=policy_quality.quality(root.table("quality")) if root.has("quality") else QualityPolicy(),
    )
    root.done()
    if root.problems:
        raise PolicyInvalid(tuple(root.problems))
    return policy


def parse_text(text: str, version: int = 0) -> Policy:
    """`parse` of TOML text.

    Raises:
        PolicyInvalid: the text is no TOML, or no policy.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        line, column = toml_position(text, error)
        raise PolicyInvalid((Problem.of("", "policy_not_toml", line=line, column=column),)) from None
    return parse(document, version)


def check(document: Mapping[str, object]) -> tuple[Problem, ...]:
    """Everything wrong with a document; empty when it is a policy."""
    try:
        parse(document)
    except PolicyInvalid as error:
        return error.problems
    return ()


def default_text() -> str:
    """The document a new clinic begins with."""
    return (files("console") / "policy.default.toml").read_text(encoding="utf-8")


@cache
def default() -> Policy:
    """The policy a new clinic begins with."""
    return parse_text(default_text())


def _clinic(table: Reader) -> ClinicPolicy:
    zone = table.text("zone")
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        table.problem("zone", "policy_zone", value=zone)
    country = table.text("country")
    if not (len(country) == 2 and country.isascii() and country.isupper()):
        table.problem("country", "policy_country", value=country)
    callback = table.maybe_text("callback") or ""
    if callback and not dialable(callback):
        table.problem("callback", "policy_number", value=callback)
    clinic = ClinicPolicy(
        zone, country, table.text("ambulance"), table.text("police"), table.text("hotline"), callback
    )
    table.done()
    return clinic


def _windows(table: Reader, name: str) -> tuple[TimeRange, ...]:
    windows = table.ranges(name)
    for before, after in pairwise(windows):
        if after.start < before.end:
            table.problem(name, "policy_windows_overlap", first=str(before), second=str(after))
    return windows


def _calendar(table: Reader) -> CalendarPolicy:
    seasons: list[Season] = []
    for season in table.tables("seasons"):
        seasons.append(Season(season.month_day("from"), season.month_day("to"), _windows(season, "windows")))
        season.done()
    # A leap year has every day a year can have.
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(366)]
    for day in days:
        if not any(covers(season, day) for season in seasons):
            table.problem("seasons", "policy_season_gap", day=f"{day:%m-%d}")
            break
    overrides: list[Override] = []
    for row in table.tables("overrides"):
        closed = row.maybe_text("closed")
        windows = _windows(row, "windows") if row.has("windows") else ()
        if (closed is None) == (not windows):
            row.problem("", "policy_override_both")
        overrides.append(Override(row.day("date"), closed, windows))
        row.done()
    safety = table.range("safety_hours")
    parts = table.ranges("day_parts")
    if (
        not parts
        or [part.start for part in parts] != [safety.start, *(part.end for part in parts[:-1])]
        or (parts[-1].end != safety.end)
    ):
        table.problem("day_parts", "policy_day_parts", hours=str(safety))
    for where, windows in (
        *(("seasons", season.windows) for season in seasons),
        *(("overrides", override.windows) for override in overrides),
    ):
        for window in windows:
            if window.start < safety.start or window.end > safety.end:
                table.problem(where, "policy_window_quiet", window=str(window), hours=str(safety))
    calendar = CalendarPolicy(
        seasons=tuple(seasons),
        calling_days=frozenset(WEEKDAYS.index(day) for day in table.choices("calling_days", WEEKDAYS)),
        working_days=frozenset(WEEKDAYS.index(day) for day in table.choices("working_days", WEEKDAYS)),
        holidays=table.choice("holidays", HOLIDAY_SOURCES),
        overrides=tuple(overrides),
        safety_hours=safety,
        day_parts=parts,
    )
    table.done()
    return calendar


def _queue(table: Reader) -> QueuePolicy:
    minutes, limits = table.table("minutes"), table.table("limits")
    queue = QueuePolicy(
        promise_early=minutes.integer("promise_early"),
        promise_grace=minutes.integer("promise_grace"),
        last_call=minutes.integer("last_call"),
        pool_before=minutes.integer("pool_before"),
        language_lane=minutes.integer("language_lane"),
        clock_fraction=limits.fraction("clock_fraction"),
        take_along_days=limits.integer("take_along_days"),
        skips_to_lead=limits.integer("skips_to_lead", 1),
        preview_s=limits.integer("preview_s", 1),
        # Not in documents stored before the board had a forecast.
        handling=minutes.integer("handling", 1) if minutes.has("handling") else HANDLING_MIN,
    )
    for part in (minutes, limits, table):
        part.done()
    return queue


def _retry(table: Reader) -> RetryPolicy:
    answer, suspended, rejected = table.table("no_answer"), table.table("suspended"), table.table("rejected")
    budget = table.table("budget")
    rejected.choice("then", ("lead",))
    d0 = table.table("d0")
    retry = RetryPolicy(
        no_answer=NoAnswerPolicy(
            answer.integer("gap_min", 1),
            answer.flag("other_part"),
            answer.integer("per_day", 1),
            answer.integer("per_day_safety", 1),
        ),
        busy=_free(table.table("busy")),
        line_error=_free(table.table("line_error")),
        suspended_gap_days=suspended.integer("gap_days", 1),
        suspended_other_number=suspended.flag("other_number"),
        rejected_gap_days=rejected.integer("gap_days", 1),
        rejected_times=rejected.integer("times"),
        red_flag=_steps(table.table("red_flag")),
        d0_case_at=d0.minute("case_at"),
        d0=_steps(d0),
        budget={name: budget.integer(name, 1) for name in ("safety", "care", "routine", "survey")},
    )
    for part in (answer, suspended, rejected, budget, table):
        part.done()
    return retry


def _free(table: Reader) -> FreePolicy:
    free = FreePolicy(table.integer("gap_min", 1), table.integer("free"))
    table.done()
    return free


def _steps(table: Reader) -> StepsPolicy:
    steps = StepsPolicy(
        table.integer("gap_min", 1), table.integer("times", 1), table.choices("then", RED_FLAG_STEPS)
    )
    table.done()
    return steps


def _escalations(table: Reader) -> EscalationPolicy:
    clocks: dict[Level, LevelClocks] = {}
    levels = tuple(level for level in Level if level.escalates)
    for level in levels:
        minutes = table.integers(level.value, 3)
        if list(minutes) != sorted(minutes):
            table.problem(level.value, "policy_clocks_order")
        clocks[level] = LevelClocks(*minutes)
    steps = table.table("step_up")
    step_up = {
        level: Level(
            steps.choice(level.value, tuple(other.value for other in levels if other.rank < level.rank))
        )
        for level in levels
        if steps.has(level.value)
    }
    steps.done()
    policy = EscalationPolicy(
        clocks=clocks,
        step_up=step_up,
        complaint=service.complaint(table.table("complaint")),
        # Versions of before it was there are policies too.
        request=service.request(table.table("request")) if table.has("request") else RequestPolicy(),
    )
    table.done()
    return policy


def _teams(table: Reader) -> Mapping[str, tuple[Role, ...]]:
    known = tuple(role.value for role in Role)
    return {name: tuple(Role(role) for role in table.choices(name, known)) for name in table.names()}


def _staff(table: Reader) -> tuple[tuple[Role, ...], int]:
    known = tuple(role.value for role in Role)
    roles = tuple(Role(role) for role in table.choices("roles", known))
    lock_min = table.integer("lock_min", 1)
    table.done()
    return roles, lock_min


def _notify(table: Reader) -> NotifyPolicy:
    limits = table.table("limits")
    notify = NotifyPolicy(
        command=_argv(table, "command"),
        timeout_s=limits.integer("timeout_s", 1),
        retry_s=limits.integer("retry_s", 1),
        tries=limits.integer("tries", 1),
    )
    for part in (limits, table):
        part.done()
    return notify


def _argv(table: Reader, name: str) -> tuple[str, ...]:
    """An argument list: a program by its whole path, and words in which only the two known places are filled."""
    words = table.words(name)
    if words and not (PurePosixPath(words[0]).is_absolute() or PureWindowsPath(words[0]).is_absolute()):
        table.problem(name, "policy_notify_program", value=words[0])
    for number, word in enumerate(words):
        rest = word
        for place in NOTIFY_PLACES if number else ():
            rest = rest.replace(place, "")
        if "{" in rest or "}" in rest:
            table.problem(name, "policy_notify_place", value=word, known=" ".join(NOTIFY_PLACES))
    return words


def _on_call(table: Reader) -> tuple[OnCallRow, ...]:
    rows: list[OnCallRow] = []
    for row in table.tables("rows"):
        for person in row.tables("people"):
            number = person.text("phone")
            if number and not dialable(number):
                person.problem("phone", "policy_number", value=number)
        people = tuple(
            OnCallEntry(
                person.integer("order"),
                person.text("name"),
                person.text("phone"),
                person.text("role"),
                person.maybe_text("staff"),
                _argv(person, "notify") if person.has("notify") else (),
            )
            for person in row.tables("people")
        )
        first, last = row.day("from"), row.day("to")
        if last < first:
            row.problem("to", "policy_on_call_order")
        if not people:
            row.problem("people", "policy_on_call_empty")
        rows.append(OnCallRow(first, last, row.range("hours"), people))
        row.done()
    table.done()
    return tuple(rows)
