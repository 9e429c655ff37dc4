"""What a call's form still lacks before it can be saved. Every reason names its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from db.enums import CallOutcome, Purpose, SpokeTo
from db.records import CallForm, Reason

NOTE_MIN = 2
"""A typed note where one is required: two characters at least, so that a stray key is none."""
TEXT_MAX = 4000
"""Longest note or next step, characters."""
TEMPERATURE = (34.0, 43.0)
"""Readable range of a body temperature, degrees Celsius (question `temp_max` of the talk-tracks)."""

RECOVERY = ("good", "fair", "poor", "unsure")
"""Options of the question `recovery_overall`, and unsure."""
SATISFACTION = ("satisfied", "neutral", "dissatisfied")

TALKED_THROUGH = frozenset({CallOutcome.COMPLETED, CallOutcome.PARTIAL})
"""Outcomes in which clinical things were spoken about."""


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What the record knows that the form is held against."""

    known_patient: bool
    identity_gap: Reason | None
    """Why identity is not sure (`rules.identity.proven`), None when it is."""
    proxy_may_hear: bool
    """The chosen contact person has the patient's consent or is the guardian."""
    untold_emergency: bool
    """An EMERGENCY of this contact is open and nobody has been told of it."""
    item_purposes: Mapping[int, Purpose]
    promise_gap: Reason | None
    """Why the promised time cannot be kept (`rules.promise`), None when it can or none was made."""


def needs_note(form: CallForm) -> str | None:
    """The code of the rule that asks for a typed note, or None.

    A note is typed only for doubt, dissatisfaction, a partial call or a skipped item (docs/calls.md).
    """
    if form.doubt:
        return "note_for_doubt"
    if form.satisfaction == "dissatisfied":
        return "note_for_dissatisfied"
    if form.outcome is CallOutcome.PARTIAL:
        return "note_for_partial"
    if any(one.result == "skip" for one in form.items):
        return "note_for_skipped"
    return None


def _texts(form: CallForm) -> list[Reason]:
    return [
        Reason("text_too_long", {"field": field, "most": TEXT_MAX})
        for field, text in (
            ("note", form.note),
            ("next_step", form.next_step),
            ("place", form.place),
            ("companion", form.companion),
        )
        if len(text) > TEXT_MAX
    ]


def _values(form: CallForm) -> list[Reason]:
    found: list[Reason] = []
    if form.pain is not None and not 0 <= form.pain <= 10:
        found.append(Reason("pain_range", {"field": "pain", "from": 0, "to": 10}))
    low, high = TEMPERATURE
    if form.temperature is not None and not low <= form.temperature <= high:
        found.append(Reason("temperature_range", {"field": "temperature", "from": low, "to": high}))
    if form.recovery is not None and form.recovery not in RECOVERY:
        found.append(Reason("choice_unknown", {"field": "recovery"}))
    if form.satisfaction is not None and form.satisfaction not in SATISFACTION:
        found.append(Reason("choice_unknown", {"field": "satisfaction"}))
    found.extend(
        Reason("correction_needs_reason", {"field": "corrections", "question": one.question})
        for one in form.corrections
        if len(one.reason.strip()) < NOTE_MIN
    )
    return found


def _who(form: CallForm, facts: FormFacts) -> list[Reason]:
    if not facts.known_patient or form.outcome not in TALKED_THROUGH:
        return []
    if form.spoke_to is SpokeTo.PROXY:
        return [] if facts.proxy_may_hear else [Reason("proxy_may_not_hear", {"field": "spoke_to"})]
    if form.spoke_to is SpokeTo.UNKNOWN:
        return [Reason("spoke_to_missing", {"field": "spoke_to"})]
    # A call that broke off before the identity check has nothing clinical in it.
    if form.outcome is CallOutcome.PARTIAL and not form.answers:
        return []
    return [facts.identity_gap] if facts.identity_gap is not None else []


def problems(form: CallForm, facts: FormFacts) -> tuple[Reason, ...]:
    """Everything that keeps a form from being saved.

    Args:
        form: as the screen hands it over.
        facts: what the record knows.

    Returns:
        Reasons, each with the parameter `field`; empty when the form is whole.
    """
    found = _who(form, facts)
    if form.outcome is CallOutcome.COMPLETED and facts.untold_emergency:
        found.append(Reason("emergency_untold", {"field": "told"}))
    if form.outcome is CallOutcome.CALLBACK_AGREED and form.promise is None:
        found.append(Reason("promise_missing", {"field": "promise"}))
    if facts.promise_gap is not None:
        found.append(Reason(facts.promise_gap.code, {**facts.promise_gap.params, "field": "promise"}))
    if form.outcome is CallOutcome.OPTED_OUT and not form.opt_out:
        found.append(Reason("opt_out_purpose_missing", {"field": "opt_out"}))
    found.extend(
        Reason("item_not_in_contact", {"field": "items"})
        for one in form.items
        if one.item_id not in facts.item_purposes
    )
    rule = needs_note(form)
    if rule is not None and len("".join(form.note.split())) < NOTE_MIN:
        found.append(Reason(rule, {"field": "note"}))
    return tuple(found + _values(form) + _texts(form))
