"""When the clinic may ring: seasons, windows, holidays, makeup days, quiet hours, in the clinic's zone.

Every answer is an instant in UTC: two datetimes of one zone compare and subtract by their wall clocks, which
is wrong on the days the clock changes. A wall-clock time that a change skips means the first instant after
the gap; one that comes twice begins at its first and ends at its second coming.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from console.rules import public_days
from console.rules.policy import CalendarPolicy, Policy, covers
from console.rules.public_days import Holiday as Holiday
from console.rules.reader import MINUTES_A_DAY, TimeRange, range_of
from db.records import Reason, WindowState

HORIZON_DAYS: Final = 400
"""How far ahead a next opening is looked for: a whole year and the longest holiday."""

CACHE_MOST: Final = 4096
"""Days and instants kept; a cache that grew past it starts again."""

HOLIDAY_CODES: Final = {
    "New Year's Day": "holiday_new_year",
    "Spring Festival": "holiday_spring_festival",
    "Tomb-sweeping Day": "holiday_qingming",
    "Labour Day": "holiday_labour_day",
    "Dragon Boat Festival": "holiday_dragon_boat",
    "National Day": "holiday_national_day",
    "Mid-autumn Festival": "holiday_mid_autumn",
    "Anti-Fascist 70th Day": "holiday_named",
}
"""chinesecalendar's names of public holidays to Reason codes."""


@dataclass(frozen=True, slots=True)
class Span:
    """Instants from `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end


class Calendar:
    """A clinic's calendar: policy and zone. Holds no state but caches; use `of`.

    Args:
        policy: the policy's calendar.
        zone: IANA name of the clinic's zone.
    """

    def __init__(self, policy: CalendarPolicy, zone: str) -> None:
        self.policy = policy
        self.zone = ZoneInfo(zone)
        self._overrides = {override.day: override for override in policy.overrides}
        self._public = None if policy.public is None else policy.public.table()
        self._windows: dict[date, tuple[Span, ...]] = {}
        self._instants: dict[tuple[date, int, bool], datetime] = {}

    # --- days and instants ---

    def local(self, at: datetime) -> datetime:
        """An instant as the clinic's wall clock shows it."""
        return at.astimezone(self.zone)

    def day_of(self, at: datetime) -> date:
        """The clinic's day an instant falls on."""
        return at.astimezone(self.zone).date()

    def at(self, day: date, minute: int, *, last: bool = False) -> datetime:
        """The instant of a wall-clock minute.

        Args:
            day: the clinic's day.
            minute: minute of the day; 1440 is the next day's midnight.
            last: the second coming of a minute that comes twice.

        Returns:
            The instant, in UTC.
        """
        if (known := self._instants.get((day, minute, last))) is not None:
            return known
        if len(self._instants) > CACHE_MOST:
            self._instants.clear()
        found = self._instants[day, minute, last] = self._instant(day, minute, last)
        return found

    def _instant(self, day: date, minute: int, last: bool) -> datetime:
        extra, minute = divmod(minute, MINUTES_A_DAY)
        wall = datetime.combine(
            day + timedelta(days=extra), time(minute // 60, minute % 60, fold=int(last)), self.zone
        )
        instant = wall.astimezone(UTC)
        # Read with fold=1 a skipped minute lands before its gap, a repeated one on its second coming.
        return max(instant, wall.replace(fold=0).astimezone(UTC)) if last else instant

    def span(self, day: date, hours: TimeRange) -> Span:
        """The instants of a range of the clinic's day."""
        return Span(self.at(day, hours.start), self.at(day, hours.end, last=True))

    def text(self, at: datetime) -> str:
        """An instant as Reasons carry it: `06-15 20:00` in the clinic's zone."""
        return f"{self.local(at):%m-%d %H:%M}"

    # --- which days ---

    def holiday(self, day: date) -> Holiday | None:
        """The public calendar's entry of a day; None when it knows nothing of that year.

        A stored policy says it itself, for every console alike; of earlier years, and for a document that is
        not stored, the library does.
        """
        kept = self.policy.public
        if kept is None or self._public is None or day.year < kept.first:
            return public_days.of_day(self.policy.holidays, day)
        return self._public.get(day, public_days.ORDINARY) if day.year <= kept.last else None

    def missing_data(self, day: date) -> Reason | None:
        """Said of a day in a year whose public holidays are unknown; the weekday masks alone decide it.

        A day the clinic has decided itself, by an override, is known.
        """
        if self.policy.holidays == "none" or day in self._overrides or self.holiday(day) is not None:
            return None
        return Reason.of("holiday_data_missing", year=day.year)

    def known_until(self) -> int | None:
        """The last year whose public holidays are known; None for a policy without public holidays."""
        if self.policy.holidays == "none":
            return None
        kept = self.policy.public
        return public_days.last_year(self.policy.holidays) if kept is None else kept.last

    def closed(self, day: date) -> Reason | None:
        """Why the clinic makes no ordinary calls on a day; None on a calling day.

        First the clinic's own overrides, then named public holidays, then the weekday mask; a makeup day is a
        calling day whatever the mask says.
        """
        if override := self._overrides.get(day):
            return None if override.closed is None else Reason.of("closed_by_clinic", why=override.closed)
        public = self.holiday(day)
        if public is not None and public.off:
            return Reason.of(
                "closed_holiday", holiday=Reason(HOLIDAY_CODES.get(public.name or "", "holiday_named"))
            )
        if day.weekday() in self.policy.calling_days or (public is not None and public.makeup):
            return None
        return Reason("closed_weekday")

    def is_working_day(self, day: date) -> bool:
        """Whether complaint answers run on a day: the working mask less public holidays, plus makeup days."""
        public = self.holiday(day)
        if public is not None and (public.off or public.makeup):
            return public.makeup
        if public is None and self.policy.holidays != "none":
            # Nobody knows the public holidays of that year but the clinic, which closes them by name.
            override = self._overrides.get(day)
            if override is not None and override.closed is not None:
                return False
        return day.weekday() in self.policy.working_days

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`th working day after a day, which itself does not count.

        Args:
            day: where counting starts.
            count: working days, at least 1.

        Raises:
            ValueError: the policy leaves no working day within the horizon.
        """
        left = count
        for offset in range(1, HORIZON_DAYS + 1):
            other = day + timedelta(days=offset)
            if self.is_working_day(other):
                left -= 1
                if left <= 0:
                    return other
        raise ValueError("no working days")

    def closures(self, first: date, days: int = 10) -> tuple[tuple[date, Reason], ...]:
        """Closed days among the `days` days from `first` on, each with its reason."""
        listed = ((first + timedelta(days=offset)) for offset in range(days))
        return tuple((day, reason) for day in listed if (reason := self.closed(day)) is not None)

    # --- hours ---

    def windows(self, day: date) -> tuple[Span, ...]:
        """The calling windows of a day, in order; none on a closed day."""
        if (known := self._windows.get(day)) is not None:
            return known
        ranges: Iterable[TimeRange] = ()
        if self.closed(day) is None:
            override = self._overrides.get(day)
            ranges = override.windows if override is not None else self._season_windows(day)
        spans = tuple(self.span(day, hours) for hours in ranges)
        if len(self._windows) > CACHE_MOST:
            self._windows.clear()
        self._windows[day] = spans
        return spans

    def _season_windows(self, day: date) -> tuple[TimeRange, ...]:
        return next((season.windows for season in self.policy.seasons if covers(season, day)), ())

    def safety(self, day: date) -> Span:
        """The hours of a day in which a safety call may ring."""
        return self.span(day, self.policy.safety_hours)

    def is_quiet(self, at: datetime) -> bool:
        """Whether only red flags ring at an instant."""
        return at not in self.safety(self.day_of(at))

    def is_open(self, at: datetime) -> bool:
        """Whether a calling window is open at an instant."""
        return any(at in span for span in self.windows(self.day_of(at)))

    def _from(self, at: datetime) -> Iterator[Span]:
        day = self.day_of(at)
        for offset in range(HORIZON_DAYS):
            yield from self.windows(day + timedelta(days=offset))

    def next_opening(self, at: datetime) -> datetime | None:
        """The first instant after `at` at which a calling window opens; None when none does in 400 days."""
        return next((span.start for span in self._from(at) if span.start > at), None)

    def first_open(self, at: datetime, own: tuple[TimeRange, ...] = ()) -> datetime | None:
        """The first instant from `at` on inside a calling window, and inside a patient's own hours.

        Args:
            at: aware instant.
            own: her hours, in order; empty when any hour suits.

        Returns:
            The instant, UTC; None when there is none in 400 days.
        """
        for window in self._from(at):
            day = self.day_of(window.start)
            for hours in [self.span(day, one) for one in own] or [window]:
                first = max(at, window.start, hours.start)
                if first < min(window.end, hours.end):
                    return first
        return None

    def window_state(self, at: datetime) -> WindowState:
        """Whether the clinic may ring at an instant, until when, and when next.

        Args:
            at: aware instant.
        """
        day = self.day_of(at)
        now = next((span for span in self.windows(day) if at in span), None)
        closed = None if now else self.closed(day)
        quiet = self.is_quiet(at)
        reasons = [Reason("quiet_hours")] if quiet and now is None else []
        if closed is not None:
            reasons.append(closed)
        elif now is None and not quiet:
            reasons.append(Reason("window_closed"))
        if (missing := self.missing_data(day)) is not None:
            reasons.append(missing)
        return WindowState(
            open=now is not None,
            until=now.end if now else None,
            next=self.next_opening(now.end - timedelta(microseconds=1) if now else at),
            quiet=quiet,
            reasons=tuple(reasons),
        )

    def last_callable(self, day: date) -> datetime:
        """The end of the last calling window of a day; of its safety hours on a day without a window."""
        spans = self.windows(day)
        return spans[-1].end if spans else self.safety(day).end

    def callable_spans(self, day: date, own_hours: tuple[TimeRange, ...] = ()) -> tuple[Span, ...]:
        """When a call that passes windows may ring on a day up to `last_callable`, in her own hours."""
        last = self.last_callable(day)
        hours = own_hours or (self.policy.safety_hours,)
        safety = self.safety(day)
        spans = (self.span(day, one) for one in hours)
        cut = (Span(max(span.start, safety.start), min(span.end, safety.end, last)) for span in spans)
        return tuple(span for span in cut if span.start < span.end)

    def callable_minutes_left(self, at: datetime, day: date, *, passes_windows: bool) -> int:
        """Whole minutes after `at` in which a call may still be made on a day.

        Args:
            at: aware instant.
            day: the clinic's day.
            passes_windows: count the safety hours up to `last_callable`, not the calling windows.
        """
        spans = self.callable_spans(day) if passes_windows else self.windows(day)
        left = sum((max(span.end - max(span.start, at), timedelta()) for span in spans), timedelta())
        return int(left / timedelta(minutes=1))

    def day_part(self, at: datetime) -> int | None:
        """Which part of the clinic's day an instant is in, 0 for the first; None in quiet hours."""
        day = self.day_of(at)
        parts = enumerate(self.policy.day_parts)
        return next((number for number, part in parts if at in self.span(day, part)), None)

    def next_safety_opening(self, at: datetime) -> datetime:
        """`at` itself inside safety hours, else the next morning's first minute of them."""
        day = self.day_of(at)
        today = self.safety(day)
        if at < today.start:
            return today.start
        return at if at < today.end else self.safety(day + timedelta(days=1)).start

    # --- a patient's own hours ---

    def own_span(self, at: datetime, hours: tuple[TimeRange, ...]) -> tuple[Span | None, datetime]:
        """A patient's own hours around an instant.

        Args:
            at: aware instant.
            hours: her hours, in order, at least one.

        Returns:
            The range `at` is in, or None; and the next instant at which that changes.
        """
        day = self.day_of(at)
        for offset in range(3):
            for one in hours:
                span = self.span(day + timedelta(days=offset), one)
                if at in span:
                    return span, span.end
                if at < span.start:
                    return None, span.start
        return None, self.at(day + timedelta(days=1), 0)


def own_hours(texts: Iterable[str], safety: TimeRange) -> tuple[TimeRange, ...]:
    """A patient's own hours as disjoint ranges inside the safety hours, in order.

    Args:
        texts: HH:MM-HH:MM each; what cannot be read is left out.
        safety: hours outside of which nobody is rung.

    Returns:
        The ranges; empty when none is usable, which means any hour suits.
    """
    found = sorted(hours for text in texts if (hours := range_of(text)) is not None)
    merged: list[TimeRange] = []
    for hours in found:
        start, end = max(hours.start, safety.start), min(hours.end, safety.end)
        if start >= end:
            continue
        if merged and start <= merged[-1].end:
            merged[-1] = TimeRange(merged[-1].start, max(end, merged[-1].end))
        else:
            merged.append(TimeRange(start, end))
    return tuple(merged)


@lru_cache(maxsize=32)
def _of(policy: CalendarPolicy, zone: str) -> Calendar:
    return Calendar(policy, zone)


_latest: tuple[Policy, Calendar] | None = None


def of(policy: Policy) -> Calendar:
    """The calendar of a policy; the same object for equal policies."""
    global _latest
    known = _latest
    # One policy serves thousands of placements: its identity is cheaper to compare than its values to hash.
    if known is not None and known[0] is policy:
        return known[1]
    found = _of(policy.calendar, policy.clinic.zone)
    _latest = (policy, found)
    return found
