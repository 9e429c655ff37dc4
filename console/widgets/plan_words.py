"""Courses and planned calls of a patient's file in a few words."""

from __future__ import annotations

from collections.abc import Mapping

from console.i18n import _, p_
from console.words import milestone_word, procedure_word
from db.patient_records import CycleLine, PlanLine

CYCLES: Mapping[str, str] = {"package": "package", "year_card": "year card", "repeat": "repeat"}

CLOSED: Mapping[str, str] = {
    "attended": "the patient came",
    "converted": "was treated since",
    "opted_out": "did not want it",
    "treatment_removed": "treatment taken back",
    "treatment_corrected": "treatment corrected",
    "treatment_dates": "dates corrected",
    "escalation_contacted": "reached by a clinician",
    "escalation_resolved": "case closed",
    "unable_to_reach": "tried often enough",
    "rejected": "turned down",
    "deceased": "the patient has died",
    "arrived": "came after all",
    "booking_cancelled": "booking cancelled",
    "next_session": "the next session is here",
    "cycle_over": "the course is over",
    "patient_changed": "the patient's facts changed",
    "reviewed": "review attended",
    "review_refused": "declines the review",
    "missed": "appointment missed",
    "appointment_moved": "appointment moved",
    "appointment_cancelled": "appointment cancelled",
    "merged": "two records made one",
    "own_plan": "a plan of her own",
}
"""Why an item is closed, where its state does not say it."""


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
