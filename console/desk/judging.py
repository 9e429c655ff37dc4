"""What a call's answers amount to, worked out anew at the save; the screen is not relied on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from console.desk.summary import Spoken
from console.rules.triage import WORSE, Answer, Flag, Triage, TriageFacts, triage, union
from console.scripts import records as tracks
from console.scripts.answers import sound
from console.scripts.errors import ScriptError
from console.scripts.joint import later_first
from console.scripts.library import Library
from console.scripts.select import flow_flags, orders, select_concern, triage_concern
from console.scripts.turns import SITUATION
from console.scripts.untreated import select_untreated
from db.records import Answered, CallForm, OpenTreatment

DERIVED_RECOVERY = "recovery_overall"
DERIVED_PAIN = "pain_now"
TEMPERATURES = ("temp_high", "temp_now")
STITCHES = "stitches_still_in"
SPLINT = "splint_still_in"


def _day_of(order: date | None, performed: date) -> int | None:
    return None if order is None else (order - performed).days


def as_track(one: OpenTreatment) -> tracks.OpenTreatment:
    """A treatment of the sheet as the selector of talk-tracks takes it, for the screen and for the save."""
    today = one.performed_on + timedelta(days=one.day)
    in_ward = one.inpatient and (one.discharge_on is None or today < one.discharge_on)
    return tracks.OpenTreatment(
        procedure=one.procedure,
        day=one.day,
        site=one.site,
        side=one.side,
        anaesthesia=one.anaesthesia,
        drain_in=one.drain_in,
        stitches_day=_day_of(one.stitches_on, one.performed_on),
        stitches_out=one.stitches_out,
        splint_day=_day_of(one.splint_on, one.performed_on),
        splint_out=one.splint_out,
        inpatient=in_ward,
    )


def _values(answers: Sequence[Answered], treatment_id: int | None) -> dict[str, Answer]:
    """Answers as triage reads them: those about one treatment, and those about none in particular."""
    return {
        one.question: one.value if one.number is None or one.value == "unsure" else one.number
        for one in answers
        if one.treatment_id is None or treatment_id is None or one.treatment_id == treatment_id
    }


def judge(library: Library, form: CallForm, treatments: Sequence[OpenTreatment]) -> Triage:
    """Every flag the answers and the turns of the talk raise, over all open treatments and all concerns named.

    Args:
        library: the release the clinic reads from.
        form: answers, concerns, turns.
        treatments: the sheet's open treatments; empty for an unknown caller or an unconverted visit.

    Returns:
        One Triage; its flags are those of any treatment, most urgent first.
    """
    asked = [one.question for one in form.answers]
    results: list[Triage] = []
    known = [one for one in treatments if one.procedure in library.procedures]
    tracks_of = dict(
        zip((one.id for one in known), later_first(library, [as_track(one) for one in known]), strict=True)
    )
    questions = [library.questions[code] for code in dict.fromkeys(asked) if code in library.questions]
    targets: list[OpenTreatment | None] = [*treatments] or [None]
    for one in targets:
        procedure = None if one is None else library.procedures.get(one.procedure)
        track = None if one is None else tracks_of.get(one.id)
        values = sound(questions, _values(form.answers, None if one is None else one.id))
        # As a flow on the screen is judged (scripts.select.triage_flow), over all that was asked in the call.
        worse = (code for code in asked if code.endswith("_trend") and values.get(code) == WORSE)
        facts = TriageFacts(
            day=None if one is None else one.day if track is None else track.day,
            trend=next(worse, None),
            overdue=orders(procedure, track)[1] if procedure and track else frozenset(),
            in_concern=False,
            may_reassure=False,
        )
        results.append(triage(flow_flags(library, asked, procedure), values, facts))
        for concern in form.concerns:
            try:
                view = (
                    select_untreated(library, concern)
                    if track is None
                    else select_concern(library, track, concern)
                )
            except ScriptError:
                continue
            results.append(triage_concern(view, values))
    judged = union(results)
    opened = _opened(library, form)
    if not opened:
        return judged
    # Beside the rest, which says by itself whether anything may be reassured: after such a turn nothing may.
    turned = Triage(opened[0].level, opened, reassurance_allowed=False, unanswered=())
    return union((judged, turned))


def _opened(library: Library, form: CallForm) -> tuple[Flag, ...]:
    """Flags that stand because a turn of the talk was opened, whatever was answered."""
    found: dict[str, Flag] = {}
    known = set(library.names("flows")) if form.turns else set[str]()
    for turn in form.turns:
        kind, _colon, code = turn.partition(":")
        if kind != SITUATION or code not in known:
            continue
        for flow in library.flows(code):
            raises = None if flow.situation is None else flow.situation.raises
            if raises is not None and raises in library.flags:
                found[raises] = library.flags[raises]
    return tuple(sorted(found.values(), key=lambda flag: flag.level.rank))


def completed(form: CallForm) -> CallForm:
    """The form with what its answers already say filled into the fields left empty."""
    found = {one.question: one for one in form.answers}
    changes: dict[str, object] = {}
    recovery = found.get(DERIVED_RECOVERY)
    if form.recovery is None and recovery is not None:
        changes["recovery"] = recovery.value
    pain = found.get(DERIVED_PAIN)
    if form.pain is None and pain is not None and pain.number is not None:
        changes["pain"] = int(pain.number)
    heats = [found[code].number for code in TEMPERATURES if code in found]
    measured = [one for one in heats if one is not None]
    if form.temperature is None and measured:
        changes["temperature"] = max(measured)
    removals = ((STITCHES, "stitches_out", form.stitches_out), (SPLINT, "splint_out", form.splint_out))
    for code, field, value in removals:
        if value is None and code in found and found[code].value in ("yes", "no"):
            changes[field] = found[code].value == "no"
    return replace(form, **changes) if changes else form


@lru_cache(maxsize=4)
def spoken(library: Library, lang: str) -> Spoken:
    """The talk-tracks' words a summary needs, in one language."""
    questions = library.questions.values()
    return Spoken(
        signs={one.code: one.sign.of(lang) for one in questions if one.sign is not None},
        questions={one.code: one.words.of(lang) for one in questions},
        options={
            (one.code, option.code): option.words.of(lang) for one in questions for option in one.options
        },
        concerns={one.code: one.name.of(lang) for one in library.concerns.values()},
        flags={one.code: one.text(lang) for one in library.flags.values()},
    )
