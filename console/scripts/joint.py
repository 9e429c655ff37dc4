"""One conversation over several treatments or several calls: the joint track of a concern, the merged flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from console.rules.triage import Answer, Flag, Triage, Window, union
from console.scripts.errors import ScriptError
from console.scripts.library import Library
from console.scripts.records import EVERYBODY, ConcernView, FlowView, OpenTreatment, Question, Step
from console.scripts.select import select_concern, triage_concern

_LOOSE_GROUPS = frozenset({"face", "implants", "fat", "injection", "filler"})
"""Groups which say what was done, not where: sharing one is no overlap of sites."""


@dataclass(frozen=True, slots=True)
class JointConcern:
    """One concern over several open treatments: a view each, every question once, the narrowest window."""

    views: tuple[ConcernView, ...]
    ask: tuple[Question, ...]
    flags: tuple[Flag, ...]
    window: Window | None


def select_joint(
    library: Library, treatments: Sequence[OpenTreatment], concern: str, role: str = EVERYBODY
) -> JointConcern:
    """The track of a concern over several open treatments of one patient.

    Args: library; treatments; concern; role. Returns the joint view: flags are the union, the window the
    narrowest, each question stands once; treatments of overlapping sites count from the later operation.
    Raises ScriptError as `select_concern` does, and for an empty list.
    """
    if not treatments:
        raise ScriptError("concerns/general.toml", concern, "no treatment given", "no_treatment")
    views = tuple(select_concern(library, item, concern, role) for item in later_first(library, treatments))
    ask = {question.code: question for view in views for question in view.ask}
    flags = {flag.code: flag for view in views for flag in view.flags}
    return JointConcern(
        views, tuple(ask.values()), tuple(flags.values()), _narrowest([view.window for view in views])
    )


def later_first(library: Library, treatments: Sequence[OpenTreatment]) -> tuple[OpenTreatment, ...]:
    """Treatments with the day counted from the later operation where sites overlap.

    Args: library; treatments of one patient. Returns them in the given order with days replaced.
    Sites overlap when they are named alike on sides which meet, or, with a site not named, when the
    procedures share a place (two nose operations). Raises ScriptError for an unknown procedure.
    """
    return tuple(
        replace(
            item,
            own_day=item.day if item.own_day is None else item.own_day,
            day=min(other.day for other in treatments if other is item or _overlap(library, item, other)),
        )
        for item in treatments
    )


def triage_joint(joint: JointConcern, answers: Mapping[str, Answer]) -> Triage:
    """Judge the answers to a concern over several treatments. Args: joint; answers. Returns one Triage."""
    return union([triage_concern(view, answers) for view in joint.views])


def merge(main: FlowView, others: Sequence[FlowView]) -> FlowView:
    """One flow for several calls that are due in the same contact.

    The main flow is kept whole; what the others ask beside it comes before its concerns and closing
    lines, each question once. Their own opening, identity check and closing fall away.

    Args:
        main: the flow of the call that was offered.
        others: flows of the calls taken along, in their order.

    Returns:
        A flow with the questions and flags of all.
    """
    known = set(main.questions)
    extra: list[Step] = []
    questions = dict(main.questions)
    flags = {flag.code: flag for flag in main.flags}
    for view in others:
        flags.update({flag.code: flag for flag in view.flags if flag.code not in flags})
        for step in view.steps:
            kept = _unknown(step, known) if step.kind in ("groups", "ask") else None
            if kept is not None:
                extra.append(kept)
                asked = (*kept.ask, *(sign for group in kept.groups for sign in group.signs))
                known.update(asked)
                questions.update({code: view.questions[code] for code in asked if code in view.questions})
    if not extra:
        return replace(main, flags=tuple(flags.values()))
    at = next((i for i, step in enumerate(main.steps) if step.kind in ("concerns", "close")), len(main.steps))
    steps = (*main.steps[:at], *extra, *main.steps[at:])
    return replace(main, steps=steps, questions=questions, flags=tuple(flags.values()))


def _unknown(step: Step, known: set[str]) -> Step | None:
    ask = tuple(code for code in step.ask if code not in known)
    groups = tuple(
        replace(group, signs=signs)
        for group in step.groups
        if (signs := tuple(sign for sign in group.signs if sign not in known))
    )
    return replace(step, ask=ask, groups=groups) if ask or groups else None


def _overlap(library: Library, one: OpenTreatment, other: OpenTreatment) -> bool:
    if one.site and other.site:
        sides = {one.side, other.side} - {None, "both"}
        return one.site.casefold() == other.site.casefold() and len(sides) < 2
    first, second = library.procedure(one.procedure), library.procedure(other.procedure)
    return first.code == second.code or bool((first.groups & second.groups) - _LOOSE_GROUPS)


def _narrowest(windows: Sequence[Window | None]) -> Window | None:
    known = [window for window in windows if window is not None]
    if not known or len(known) < len(windows):
        return None
    if any(window.never for window in known):
        return Window(None, None, None, None, never=True)
    return min(known, key=lambda window: ((window.until or 0) - (window.from_day or 0), window.until or 0))
