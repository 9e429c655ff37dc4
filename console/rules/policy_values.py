"""A clinic's policy as frozen dataclasses: everything it may decide for itself."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from console.rules.public_days import PublicDays
from console.rules.reader import MINUTES_A_DAY, MonthDay, TimeRange
from db.enums import Level, Role, Severity


@dataclass(frozen=True, slots=True)
class ClinicPolicy:
    """Where the clinic is and whom it tells patients to ring."""

    zone: str
    country: str
    ambulance: str
    police: str
    hotline: str
    callback: str = ""
    """Number a patient may ring back, as it is said aloud; empty means the one on her sheet."""


@dataclass(frozen=True, slots=True)
class Season:
    """Calling windows between two days of a year, both included; `first` after `last` spans New Year."""

    first: MonthDay
    last: MonthDay
    windows: tuple[TimeRange, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """One day that differs: closed with a reason, or open with these windows."""

    day: date
    closed: str | None
    windows: tuple[TimeRange, ...]


@dataclass(frozen=True, slots=True)
class CalendarPolicy:
    """When the clinic rings. Weekdays are numbers, Monday 0; ranges are half-open."""

    seasons: tuple[Season, ...]
    calling_days: frozenset[int]
    working_days: frozenset[int]
    holidays: str
    overrides: tuple[Override, ...]
    safety_hours: TimeRange
    day_parts: tuple[TimeRange, ...]
    public: PublicDays | None = None
    """Public holidays as the stored version keeps them; None for a document that is not stored."""


HANDLING_MIN: Final = 5
"""Minutes of a conversation until enough were measured (a proposal for the clinic's lead to change)."""


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """Minutes and limits of the order. `clock_fraction` is a share of a clock's whole time; `handling`, minutes of
    one conversation, is only for the board's forecast."""

    promise_early: int
    promise_grace: int
    last_call: int
    pool_before: int
    language_lane: int
    clock_fraction: float
    take_along_days: int
    skips_to_lead: int
    preview_s: int
    handling: int = HANDLING_MIN


@dataclass(frozen=True, slots=True)
class NoAnswerPolicy:
    """After an unanswered dial: minutes to wait, whether another part of the day is wanted, dials a day."""

    gap_min: int
    other_part: bool
    per_day: int
    per_day_safety: int


@dataclass(frozen=True, slots=True)
class FreePolicy:
    """A result that costs nothing `free` times, `gap_min` minutes apart."""

    gap_min: int
    free: int


@dataclass(frozen=True, slots=True)
class StepsPolicy:
    """A short series: `times` dials `gap_min` minutes apart, then these people in order."""

    gap_min: int
    times: int
    then: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What follows a dial. `d0_case_at` is a minute of the clinic's day; budgets are counted dials."""

    no_answer: NoAnswerPolicy
    busy: FreePolicy
    line_error: FreePolicy
    suspended_gap_days: int
    suspended_other_number: bool
    rejected_gap_days: int
    rejected_times: int
    red_flag: StepsPolicy
    d0: StepsPolicy
    d0_case_at: int
    budget: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True, slots=True)
class LevelClocks:
    """Minutes to acknowledge, to reach the patient, to close."""

    ack: int
    contact: int
    resolve: int


@dataclass(frozen=True, slots=True)
class ComplaintPolicy:
    """First reply in clock hours, an answer in working days by severity, refunds in calendar days; the role that
    decides about remedies."""

    first_reply_h: int
    working_days: Mapping[Severity, int] = field(hash=False)
    refund_days: int
    refund_alert_day: int
    approver: Role = Role.LEAD


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """How soon a service request is responded to, by how it came in. By telephone and in person it is at once."""

    message_min: int = 120
    email_working_days: int = 1
    other_h: int = 24


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """Clocks of every level that escalates, and what a level becomes when its clock runs out."""

    clocks: Mapping[Level, LevelClocks] = field(hash=False)
    step_up: Mapping[Level, Level] = field(hash=False)
    complaint: ComplaintPolicy
    request: RequestPolicy = RequestPolicy()


@dataclass(frozen=True, slots=True)
class OnCallEntry:
    """One person of a roster row, in the order they are rung."""

    order: int
    name: str
    phone: str
    role: str
    staff: str | None = None
    notify: tuple[str, ...] = ()
    """Argument list that calls out this person instead of the clinic's own."""


@dataclass(frozen=True, slots=True)
class NotifyPolicy:
    """The program that calls somebody out, as an argument list; empty for none. Seconds it may take, seconds
    until it is tried again, and how often at most."""

    command: tuple[str, ...] = ()
    timeout_s: int = 10
    retry_s: int = 20
    tries: int = 5


@dataclass(frozen=True, slots=True)
class Weights:
    """Most points of the three parts of an assessment; 0 leaves a part out."""

    plan: int
    execution: int
    quality: int


def _weights() -> dict[Role, Weights]:
    return {Role.CONSULTANT: Weights(50, 50, 0), Role.CALLER: Weights(40, 40, 20)}


@dataclass(frozen=True, slots=True)
class QualityPolicy:
    """Which calls are drawn for review, when a review lapses, and what an assessment is made of.

    Args:
        short_s: a reached call of fewer seconds is drawn (peers.md row 37).
        random_percent: share of a day's calls that is drawn by chance (peers.md row 37).
        expire_days: days after which a review nobody scored lapses.
        zh_chars_per_s, en_words_per_s: nobody reads a question aloud faster, twice the ordinary speed of speech.
        fast_answers: answers in one call, given faster than their question is read, with which it is drawn.
        weights: by assessed role (S1-ASSESS-01 to 03, 08); a consulting assistant is our caller.
        no_first_plan: points lost for each visitor without a first plan (S1-ASSESS-05).
        missing_plan: points lost for each planned call that is missing (S1-ASSESS-06).
    """

    short_s: int = 20
    random_percent: int = 5
    expire_days: int = 7
    zh_chars_per_s: int = 8
    en_words_per_s: int = 5
    fast_answers: int = 3
    weights: Mapping[Role, Weights] = field(default_factory=_weights, hash=False)
    no_first_plan: int = 2
    missing_plan: int = 1


@dataclass(frozen=True, slots=True)
class OnCallRow:
    """Who is on call on these days, both included, between these hours of the clinic's day."""

    first: date
    last: date
    hours: TimeRange
    people: tuple[OnCallEntry, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a clinic may decide. `version` is the row's number, 0 for a document not yet applied."""

    clinic: ClinicPolicy
    calendar: CalendarPolicy
    queue: QueuePolicy
    retry: RetryPolicy
    escalations: EscalationPolicy
    teams: Mapping[str, tuple[Role, ...]] = field(hash=False)
    roles: tuple[Role, ...]
    lock_min: int
    on_call: tuple[OnCallRow, ...]
    version: int = 0
    notify: NotifyPolicy = NotifyPolicy()
    quality: QualityPolicy = QualityPolicy()

    def on_call_at(self, at: datetime) -> tuple[OnCallEntry, ...]:
        """People on call at an instant: the first roster row that covers it, in order; empty for a gap.

        Args:
            at: aware instant.
        """
        local = at.astimezone(zoneinfo.ZoneInfo(self.clinic.zone))
        minute = local.hour * 60 + local.minute
        for row in self.on_call:
            if row.first <= local.date() <= row.last and row.hours.start <= minute < row.hours.end:
                return tuple(sorted(row.people, key=lambda person: person.order))
        return ()

    def on_call_gap(self, first: date, days: int = 7) -> date | None:
        """The first of `days` days that has an hour without anybody on call; None when there is none."""
        for offset in range(days):
            day = first + timedelta(days=offset)
            covered = 0
            for start, end in sorted(
                (row.hours.start, row.hours.end) for row in self.on_call if row.first <= day <= row.last
            ):
                if start > covered:
                    break
                covered = max(covered, end)
            if covered < MINUTES_A_DAY:
                return day
        return None


def covers(season: Season, day: date) -> bool:
    """Whether a season includes a day."""
    here, first, last = (day.month, day.day), season.first, season.last
    return first <= here <= last if first <= last else here >= first or here <= last
