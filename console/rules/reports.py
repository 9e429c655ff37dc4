"""What a clinic has to report to an authority, and by when: adverse events and events with a device.

The limits are the law's, not the clinic's, so they are no part of the policy. Which one applies is a clinician's
decision. All run around the clock from when the event became known; a limit of days is that many times 24 hours,
the shorter reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from db.enums import DutyKind


@dataclass(frozen=True, slots=True)
class ReportLimit:
    """One limit: how long after the event became known the report is due, and its source."""

    kind: DutyKind
    category: str
    within: timedelta
    source: str


_SAFETY = "卫医管发〔2011〕4号 8"
_DEVICE = "医疗器械不良事件监测和再评价管理办法 (总局令1号)"

LIMITS: Final = (
    ReportLimit(DutyKind.ADVERSE_EVENT, "extreme", timedelta(hours=2), _SAFETY),
    ReportLimit(DutyKind.ADVERSE_EVENT, "major", timedelta(hours=12), _SAFETY),
    ReportLimit(DutyKind.ADVERSE_EVENT, "general", timedelta(days=15), _SAFETY),
    ReportLimit(DutyKind.DEVICE_EVENT, "group", timedelta(hours=12), _DEVICE),
    ReportLimit(DutyKind.DEVICE_EVENT, "group_case", timedelta(hours=24), _DEVICE),
    ReportLimit(DutyKind.DEVICE_EVENT, "death", timedelta(days=7), _DEVICE),
    ReportLimit(DutyKind.DEVICE_EVENT, "serious", timedelta(days=20), _DEVICE),
)
"""Facts key `reporting_clocks_cn` (medical_quality_safety_event, device_event), the most urgent of each kind on top.
A group event is told by telephone within 12 hours and each of its cases reported within 24."""


def limit_of(kind: DutyKind, category: str) -> ReportLimit | None:
    """The limit of one category; None when there is no such category."""
    return next((one for one in LIMITS if one.kind is kind and one.category == category), None)


def due(limit: ReportLimit, known_at: datetime) -> datetime:
    """When a report is due.

    Args:
        limit: from `LIMITS`.
        known_at: aware instant at which the clinic learned of the event.
    """
    return known_at.astimezone(UTC) + limit.within
