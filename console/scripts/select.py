"""Which track or flow a patient gets: a pure, repeatable choice, and what it asks and counts in the end.

Order of choice: the most specific procedure (code, then group, then any), the narrowest range of days, the
role, the highest version, the first in the file. The chosen track decides what is said; what is asked and
counted is the union of
all tracks that fit and the general one, so a special track can't lose a question or a flag.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from console.rules.triage import WORSE, Answer, Flag, Triage, TriageFacts, triage
from console.scripts.answers import sound
from console.scripts.errors import ScriptError
from console.scripts.library import Library
from console.scripts.records import (
    EVERYBODY,
    ConcernView,
    Flow,
    FlowView,
    Lines,
    OpenTreatment,
    Person,
    Procedure,
    Question,
    Step,
    Track,
)


def orders(procedure: Procedure, treatment: OpenTreatment) -> tuple[frozenset[str], frozenset[str]]:
    """Which of stitches and splint are due, and which are overdue.

    Args: procedure; its treatment. Returns (due, overdue). Due from the surgeon's date, else from the
    range's first day; overdue from the day after the surgeon's date, else after the range's last day;
    without a date, a range that begins
    on day 0, or one which is only by order, neither (DECISIONS 7; ranges: facts.yaml care stitches_out,
    splint).
    """
    due: set[str] = set()
    overdue: set[str] = set()
    for order, care_code, at, out in (
        ("stitches", "stitches_out", treatment.stitches_day, treatment.stitches_out),
        ("splint", "splint", treatment.splint_day, treatment.splint_out),
    ):
        if out:
            continue
        first, last = at, at
        if at is None:
            care = procedure.care.get(care_code)
            by_order = order == "stitches" and procedure.stitches_by_order
            if care is None or not care.from_day or by_order:
                continue
            first, last = care.from_day, care.to_day
        day = treatment.day if treatment.own_day is None else treatment.own_day
        if first is not None and day >= first:
            due.add(order)
        if last is not None and day > last:
            overdue.add(order)
    return frozenset(due), frozenset(overdue)


def select_concern(
    library: Library, treatment: OpenTreatment, concern: str, role: str = EVERYBODY
) -> ConcernView:
    """The track of a concern for one treatment.

    Args: library; treatment; concern code; role of the person who asks.
    Returns the view. say is None unless the chosen track has words and the day lies inside the procedure's
    window.
    Raises ScriptError (unknown_procedure, unknown_concern) for codes the release does not have.
    """
    procedure = library.procedure(treatment.procedure)
    if concern not in library.concerns or concern not in library.general_tracks:
        raise ScriptError("concerns/general.toml", concern, "no such concern", "unknown_concern")
    general = library.general_tracks[concern]
    fitting = [track for track in library.tracks(concern) if _fits(track, procedure, treatment.day, role)]
    chosen = max(fitting, key=lambda track: _rank(track, procedure, role), default=general)
    layers = [chosen, *(track for track in fitting if track is not chosen), general]
    trend = next((track.trend for track in layers if track.trend), None)
    ask = _questions(library, (code for track in layers for code in track.ask), procedure)
    if trend is not None and all(question.code != trend for question in ask):
        ask = (*ask, library.questions[trend])
    asked = {question.code for question in ask}
    details = _questions(
        library, (code for track in layers for code in track.details if code not in asked), procedure
    )
    window = library.window(procedure.code, concern)
    inside = window is not None and window.holds(treatment.day)
    return ConcernView(
        concern=library.concerns[concern],
        procedure=procedure.code,
        day=treatment.day,
        version=chosen.version,
        where=chosen.where,
        why=_why(chosen, treatment),
        ask=ask,
        details=details,
        flags=_flags(library, (code for track in layers for code in track.flags), procedure),
        trend=trend,
        window=window,
        say=chosen.say if inside else None,
        otherwise=_otherwise(library, general, fitting, procedure, role),
        record=chosen.record,
        before_identity={**library.otherwise, **general.otherwise},
        overdue=orders(procedure, treatment)[1],
    )


NOBODY = Person()
DOCTOR = "doctor"
"""The one role which may not say that she is no doctor."""
CANNOT_SPEAK_DAYS = 3
"""Facial bone surgery: up to this post-op day she may be unable to speak (S3-POP-01)."""


def _otherwise(
    library: Library, general: Track, fitting: Sequence[Track], procedure: Procedure, role: str
) -> Mapping[str, Lines]:
    """The lines per level, of the most specific track that has some for the level."""
    found = {**library.otherwise, **general.otherwise}
    for track in sorted(fitting, key=lambda one: _rank(one, procedure, role)):
        found.update(track.otherwise)
    return found


def select_flow(
    library: Library,
    treatment: OpenTreatment | None,
    code: str,
    role: str = EVERYBODY,
    person: Person = NOBODY,
) -> FlowView:
    """The variant of a flow for one treatment.

    Args: library; treatment, None for someone without one (visited, not treated; an unknown caller); flow
    code; role; what is known of the person.
    Returns the view: steps whose condition holds ("open_concern" is left to the call), questions which
    apply, flags.
    Raises ScriptError for an unknown flow or procedure, or when no variant fits (code "no_variant").
    """
    procedure = library.procedure(treatment.procedure) if treatment is not None else None
    day = treatment.day if treatment is not None else 0
    fitting = [flow for flow in library.flows(code) if _fits(flow, procedure, day, role)]
    if not fitting:
        raise ScriptError(
            f"flows/{code}.toml", "flow", "no variant fits this procedure, day and role", "no_variant"
        )
    chosen = max(fitting, key=lambda flow: _rank(flow, procedure, role))
    due, overdue = (
        orders(procedure, treatment) if procedure and treatment else (frozenset[str](), frozenset[str]())
    )
    steps: list[Step] = []
    questions: dict[str, Question] = {}
    for step in chosen.steps:
        if not condition(step.when, procedure, treatment, due, person, role):
            continue
        kept = _questions(library, (*step.ask, *_of_set(library, step, procedure)), procedure)
        groups = tuple(
            replace(group, signs=tuple(item.code for item in _questions(library, group.signs, procedure)))
            for group in step.groups
        )
        groups = tuple(group for group in groups if group.signs)
        if ((step.ask or step.outcomes) and not kept) or (step.groups and not groups):
            continue
        signs = _questions(library, (sign for group in groups for sign in group.signs), procedure)
        questions.update((question.code, question) for question in (*kept, *signs))
        steps.append(replace(step, ask=tuple(question.code for question in kept), groups=groups))
    return FlowView(
        code=code,
        title=chosen.title,
        procedure=procedure.code if procedure else EVERYBODY,
        day=day,
        version=chosen.version,
        where=chosen.where,
        why=_why(chosen, treatment),
        steps=tuple(steps),
        questions=questions,
        flags=flow_flags(library, questions, procedure),
        overdue=overdue,
        situation=chosen.situation,
        tone=library.tones.get(role) or library.tones.get(EVERYBODY),
    )


def flow_flags(library: Library, questions: Iterable[str], procedure: Procedure | None) -> tuple[Flag, ...]:
    """The flags which a set of questions asked in a flow can raise, and those counted everywhere.

    Args: library; question codes; procedure or None. Returns flags in file order. A flag whose words fit
    only its own concern counts when it is the only one to cover one of the questions.
    """
    asked = frozenset(questions)
    able = [
        flag
        for flag in library.flags.values()
        if _applies(flag.procedures, procedure) and (flag.everywhere or flag.reads & asked)
    ]
    covered = frozenset(code for flag in able if not flag.context for code in flag.reads)
    return tuple(flag for flag in able if not flag.context or (flag.reads & asked) - covered)


def triage_concern(view: ConcernView, answers: Mapping[str, Answer]) -> Triage:
    """Judge the answers to one concern. Args: view; answers by question code. Returns the Triage."""
    facts = TriageFacts(
        day=None if view.procedure == EVERYBODY else view.day,
        required=tuple(question.code for question in view.ask),
        window=view.window,
        trend=view.trend,
        overdue=view.overdue,
        may_reassure=view.say is not None,
    )
    return triage(view.flags, sound(view.ask, answers), facts)


def triage_flow(view: FlowView, answers: Mapping[str, Answer]) -> Triage:
    """Judge the answers of a flow; nothing is ever reassured by a flow. Args: view; answers. Returns the
    Triage."""
    # A flow may ask several trends; one that is worse is enough (clinic decision 5).
    worse = (code for code in view.questions if code.endswith("_trend") and answers.get(code) == WORSE)
    facts = TriageFacts(
        day=None if view.procedure == EVERYBODY else view.day,
        required=tuple(view.questions),
        trend=next(worse, None),
        overdue=view.overdue,
        in_concern=False,
        may_reassure=False,
    )
    return triage(view.flags, sound(view.questions.values(), answers), facts)


def words_of_flag(library: Library, flag: Flag) -> str | None:
    """The concern whose lines are said for a flag, wherever it was raised.

    Args: library; flag. Returns the concern the flag names, else the only one whose general track counts it;
    None when several do.
    """
    if flag.words is not None:
        return flag.words
    homes = [code for code, track in library.general_tracks.items() if flag.code in track.flags]
    return homes[0] if len(homes) == 1 else None


def raisable(view: ConcernView) -> tuple[Flag, ...]:
    """The flags of a view which its own questions, trend or orders can raise. Args: view. Returns them by
    level."""
    asked = frozenset(question.code for question in (*view.ask, *view.details))
    able = [flag for flag in view.flags if flag.reads & asked or (view.trend and _reads_trend(flag))]
    return tuple(sorted(able, key=lambda flag: flag.level.rank))


def _reads_trend(flag: Flag) -> bool:
    stack = [flag.when]
    while stack:
        part = stack.pop()
        if part.kind == "trend":
            return True
        stack.extend(part.parts)
    return False


def _fits(item: Track | Flow, procedure: Procedure | None, day: int, role: str) -> bool:
    first, last = item.days
    return (
        _specificity(item.procedure, procedure) >= 0
        and (first is None or day >= first)
        and (last is None or day <= last)
        and item.role in (EVERYBODY, role)
    )


def _specificity(wanted: str, procedure: Procedure | None) -> int:
    if wanted == EVERYBODY:
        return 0
    if procedure is None:
        return -1
    if wanted == procedure.code:
        return 2
    return 1 if wanted in procedure.groups else -1


def _rank(item: Track | Flow, procedure: Procedure | None, role: str) -> tuple[int, float, bool, int]:
    first, last = item.days
    width = math.inf if last is None else last - (first or 0)
    return (
        _specificity(item.procedure, procedure),
        -width,
        item.role == role and role != EVERYBODY,
        item.version,
    )


def _why(item: Track | Flow, treatment: OpenTreatment | None) -> str:
    first, last = item.days
    days = "any day" if first is None else f"days {first}-{'' if last is None else last}"
    asked = "no treatment" if treatment is None else f"{treatment.procedure} day {treatment.day}"
    track = f"procedure {item.procedure}, {days}, role {item.role}, version {item.version}"
    return f"{asked}: {track} ({item.where})"


def _applies(wanted: frozenset[str], procedure: Procedure | None) -> bool:
    # Without a known procedure nothing is left out: a flag too many is cheaper than one too few.
    return procedure is None or procedure.matches(wanted)


def _questions(library: Library, codes: Iterable[str], procedure: Procedure | None) -> tuple[Question, ...]:
    made: dict[str, Question] = {}
    for code in codes:
        question = library.questions.get(code)
        if question is None:
            raise ScriptError("questions.toml", code, "no such question", "unknown_question")
        if _applies(question.procedures, procedure):
            made[code] = question
    return tuple(made.values())


def _flags(library: Library, codes: Iterable[str], procedure: Procedure) -> tuple[Flag, ...]:
    made: dict[str, Flag] = {}
    for code in codes:
        flag = library.flags.get(code)
        if flag is None:
            raise ScriptError("flags.toml", code, "no such flag", "unknown_flag")
        if procedure.matches(flag.procedures):
            made[code] = flag
    # By the list, so that the other flags of the release need not be read for it; the lint holds both equal.
    for code in library.everywhere:
        flag = library.flags.get(code)
        if flag is not None and procedure.matches(flag.procedures):
            made.setdefault(code, flag)
    return tuple(made.values())


def _of_set(library: Library, step: Step, procedure: Procedure | None) -> tuple[str, ...]:
    # Only the check minds a set that is missing: a call goes on without its questions.
    found = None if step.outcomes is None else library.outcomes.sets.get(step.outcomes)
    items = () if found is None else found.items
    return tuple(item.question for item in items if _applies(item.procedures, procedure))


def condition(
    when: str | None,
    procedure: Procedure | None,
    treatment: OpenTreatment | None,
    due: frozenset[str],
    person: Person = NOBODY,
    role: str = EVERYBODY,
) -> bool:
    """Whether a step's or a situation's condition holds.

    Args: when, None for always; procedure and treatment, None for somebody not treated; due orders as
    `orders` gives them; person; role of the one who calls.
    Returns True or False; "open_concern" is left to the call and holds here.
    """
    if when is None or when == "open_concern":
        return True
    known = {
        "minor": person.minor,
        "male": person.male,
        "returning": person.returning,
        "new_patient": not person.returning,
        "leaves_town": person.leaves_town,
        "doctor": role == DOCTOR,
        "not_doctor": role != DOCTOR,
        "at_home": treatment is None or not treatment.inpatient,
    }
    if when in known:
        return known[when]
    if procedure is None or treatment is None:
        return False
    return {
        "surgery": procedure.surgery,
        "injection": "injection" in procedure.groups,
        "implant": procedure.implant,
        # Not recorded counts as general: asking once too often costs a key, once too little a danger.
        "general_anaesthesia": procedure.surgery and treatment.anaesthesia not in ("local", "sedation"),
        "stitches_due": "stitches" in due,
        "splint_due": "splint" in due,
        "drain_in": treatment.drain_in,
        "inpatient": treatment.inpatient,
        "cannot_speak": "bone" in procedure.groups and treatment.day <= CANNOT_SPEAK_DAYS,
    }.get(when, False)
