"""The readable summary of a call, made from its answers, so that no record is ever empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from console.i18n import translate
from console.words import MILESTONES
from db.enums import CallOutcome, Direction, Level, SpokeTo
from db.records import Answered, CallForm

LEAST = 20
"""Characters, blanks left out, below which a record counts as empty (catalogue S1-RECORD-03, A-06)."""
SIGNS_NAMED = 12
"""Danger signs named one by one; more are counted."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words of the talk-tracks the summary needs, in the clinic's language."""

    signs: Mapping[str, str]
    """Short name of each yes_no question."""
    questions: Mapping[str, str]
    options: Mapping[tuple[str, str], str]
    """(question, option) to the option's words."""
    concerns: Mapping[str, str]
    flags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SummaryFacts:
    """What the summary says beside the form. `day` is the post-op day, None without a treatment."""

    milestone: str | None
    day: int | None
    proxy: str | None
    """Name of the relation when a contact person was spoken to."""
    raised: tuple[tuple[Level, tuple[str, ...]], ...]
    """Level and flags of each escalation raised in the contact."""
    zone: str


_OUTCOMES = {
    CallOutcome.COMPLETED: "The call was completed.",
    CallOutcome.PARTIAL: "The call broke off before everything was asked.",
    CallOutcome.CALLBACK_AGREED: "The person asked to be called back later.",
    CallOutcome.PROXY_REACHED: "Somebody else answered; nothing clinical was said.",
    CallOutcome.WRONG_PERSON: "The number belongs to somebody else; it is closed for this patient.",
    CallOutcome.DECLINED_TODAY: "The person does not want to talk today.",
    CallOutcome.OPTED_OUT: "The person does not want such calls any more.",
}
_PURPOSES = {"care": "care calls", "survey": "surveys", "marketing": "offers"}
_RECOVERY = {"good": "going well", "fair": "so so", "poor": "not well", "unsure": "unsure"}
_SATISFACTION = {"satisfied": "satisfied", "neutral": "neutral", "dissatisfied": "dissatisfied"}
LEVELS = {
    Level.EMERGENCY: "act now",
    Level.SAME_DAY: "within 2 hours",
    Level.URGENT: "within 24 hours",
    Level.ROUTINE: "at the next review",
}
"""Msgids of the levels' names."""


def _milestone(lang: str, code: str) -> str:
    known = MILESTONES.get(code)
    return code if known is None else translate(lang, f"milestone\x04{known}")


def _opening(lang: str, form: CallForm, facts: SummaryFacts) -> list[str]:
    parts = [
        translate(lang, "Incoming call." if form.direction is Direction.IN else "Outgoing call."),
    ]
    if facts.milestone:
        parts.append(translate(lang, "Follow-up {milestone}.", milestone=_milestone(lang, facts.milestone)))
    if facts.day is not None:
        parts.append(translate(lang, "Post-op day {day}.", day=facts.day))
    if form.spoke_to is SpokeTo.PATIENT:
        parts.append(translate(lang, "Spoke to the patient, identity checked."))
    elif form.spoke_to is SpokeTo.PROXY:
        parts.append(
            translate(lang, "Spoke to a contact person ({relation}).", relation=facts.proxy)
            if facts.proxy
            else translate(lang, "Spoke to somebody else.")
        )
    parts.append(translate(lang, _OUTCOMES[form.outcome]))
    return parts


def _signs(lang: str, answers: tuple[Answered, ...], words: Spoken) -> list[str]:
    by_value: dict[str, list[str]] = {"yes": [], "unsure": [], "no": []}
    for one in answers:
        if one.question in words.signs and one.value in by_value:
            name = words.signs[one.question]
            if name not in by_value[one.value]:
                by_value[one.value].append(name)
    gap = translate(lang, ", ")
    parts: list[str] = []
    for value, msgid in (("yes", "Danger signs present: {signs}."), ("unsure", "Not sure about: {signs}.")):
        named = by_value[value][:SIGNS_NAMED]
        if named:
            parts.append(translate(lang, msgid, signs=gap.join(named)))
    if by_value["no"]:
        parts.append(
            translate(lang, "{count} danger signs asked and not present.", count=len(by_value["no"]))
        )
    return parts


def _values(lang: str, form: CallForm, words: Spoken) -> list[str]:
    gap = translate(lang, ", ")
    parts: list[str] = []
    if form.recovery in _RECOVERY:
        parts.append(translate(lang, "Recovery: {value}.", value=translate(lang, _RECOVERY[form.recovery])))
    if form.pain is not None:
        parts.append(translate(lang, "Pain {score} of 10.", score=form.pain))
    if form.temperature is not None:
        parts.append(translate(lang, "Highest temperature {value} °C.", value=f"{form.temperature:.1f}"))
    if form.satisfaction in _SATISFACTION:
        parts.append(
            translate(lang, "Satisfaction: {value}.", value=translate(lang, _SATISFACTION[form.satisfaction]))
        )
    if form.concerns:
        named = [words.concerns.get(code, code) for code in form.concerns]
        parts.append(translate(lang, "Concerns: {concerns}.", concerns=gap.join(named)))
    if form.stitches_out is not None:
        parts.append(translate(lang, "Stitches are out." if form.stitches_out else "Stitches are still in."))
    if form.splint_out is not None:
        parts.append(translate(lang, "The splint is off." if form.splint_out else "The splint is still on."))
    if form.doubt:
        parts.append(translate(lang, "The patient doubts the result."))
    said: list[str] = []
    taken = {"recovery_overall", "pain_now", "temp_now", "temp_high"}
    for one in form.answers:
        if one.question in words.signs or one.question in taken:
            continue
        value = words.options.get((one.question, one.value), one.value)
        said.append(f"{words.questions.get(one.question, one.question)} {value}")
    if said:
        parts.append(translate(lang, "Also answered: {answers}.", answers=translate(lang, "; ").join(said)))
    return parts


def _after(lang: str, form: CallForm, facts: SummaryFacts, words: Spoken) -> list[str]:
    gap = translate(lang, ", ")
    parts: list[str] = []
    for level, flags in facts.raised:
        named = [words.flags.get(code, code) for code in flags]
        parts.append(
            translate(
                lang,
                "Handed over ({level}): {flags}.",
                level=translate(lang, LEVELS[level]),
                flags=gap.join(named) or translate(lang, "emergency key"),
            )
        )
    if form.promise is not None:
        at: datetime = form.promise.at.astimezone(ZoneInfo(facts.zone))
        parts.append(translate(lang, "Callback promised for {at}.", at=f"{at:%Y-%m-%d %H:%M}"))
    if form.opt_out:
        named = [translate(lang, _PURPOSES[purpose.value]) for purpose in form.opt_out]
        parts.append(translate(lang, "No longer wanted: {purposes}.", purposes=gap.join(named)))
    if form.next_contact_on is not None:
        parts.append(translate(lang, "Asked to be called on {day}.", day=form.next_contact_on.isoformat()))
    if form.corrections:
        parts.append(translate(lang, "{count} answers were corrected.", count=len(form.corrections)))
    return parts


def summarise(lang: str, form: CallForm, facts: SummaryFacts, words: Spoken) -> str:
    """The summary of a call.

    Args:
        lang: the clinic's language, "zh" or "en".
        form: what was entered.
        facts: day, milestone and what was raised.
        words: the talk-tracks' words.

    Returns:
        One line of `LEAST` characters or more, blanks left out; it names no patient and no procedure.
    """
    parts = [
        *_opening(lang, form, facts),
        *_signs(lang, form.answers, words),
        *_values(lang, form, words),
        *_after(lang, form, facts, words),
    ]
    text = (" " if lang == "en" else "").join(parts)
    if len("".join(text.split())) < LEAST:
        text += (" " if lang == "en" else "") + translate(
            lang, "Nothing else was recorded in this conversation."
        )
    return text
