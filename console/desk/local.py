"""The clinic's own clock face, for a seat's zone: instants to its days, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def clinic_day(at: datetime, zone: str) -> date:
    """The day an aware instant falls on in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def clinic_time(day: date, minute: int, zone: str) -> datetime:
    """The UTC instant of a minute (0 to 1440) of a day in a zone."""
    extra, minute = divmod(minute, 24 * 60)
    wall = datetime.combine(
        day + timedelta(days=extra), time(minute // 60, minute % 60), tzinfo=ZoneInfo(zone)
    )
    return wall.astimezone(UTC)
