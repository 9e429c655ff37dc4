"""Courses and planned calls of a patient's file in a few words."""

from __future__ import annotations

from collections.abc import Mapping

from console.i18n import _, p_
from console.words import milestone_word, procedure_word
from db.patient_records import CycleLine, PlanLine

CYCLES: Mapping[str, str] = {"package": "package", "year_card": "year card", "repeat": "repeat"}


def cycle_words(one: CycleLine) -> str:
    """A course of treatments: its kind and since when."""
    kind = p_("course", CYCLES[one.kind]) if one.kind in CYCLES else one.kind
    return _("course: {kind} since {day}", kind=kind, day=one.opened_on.isoformat())


def plan_words(one: PlanLine) -> str:
    """One planned call: its day, what it is, and of which procedure."""
    day = one.due_on.isoformat() if one.due_on else ""
    return "  ".join(
        part for part in (day, milestone_word(one.milestone), procedure_word(one.procedure or "")) if part
    )
