"""The part of `scripts check` which reads the flows: order, codes, variants, signs without a flag."""

from __future__ import annotations

from collections.abc import Iterator

from console.scripts.errors import ScriptError
from console.scripts.library import Library
from console.scripts.lint_base import Problem, ambiguous, flow_questions, known_procedures
from console.scripts.records import EVERYBODY, Flow, OpenTreatment
from console.scripts.select import flow_flags, select_flow

SINGLE_QUESTION_DAYS = 3
"""Up to this post-op day signs are asked one by one, never in groups."""


def problems(library: Library) -> Iterator[Problem]:
    """Faults in flows. Args: library. Yields Problems. Raises ScriptError on a fault in a file."""
    opened: dict[str, str] = {}
    for code in library.names("flows"):
        flows = library.flows(code)
        file = f"flows/{code}.toml"
        for milestone in flows[0].milestones:
            other = opened.setdefault(milestone, code)
            if other != code:
                yield Problem(file, "milestones", "milestone_twice", f"{milestone} already opens {other}")
        yield from ambiguous(flows)
        for flow in flows:
            _, _, where = flow.where.partition(":")
            yield from known_procedures(library, {flow.procedure} - {EVERYBODY}, file, f"{where}.procedure")
            yield from _flow_order(flow, file, where)
            yield from _flow_codes(library, flow, file, where)
        if not any(flow.procedure == EVERYBODY and flow.days == (None, None) for flow in flows):
            for procedure in library.procedures:
                try:
                    select_flow(library, OpenTreatment(procedure, flows[0].days[0] or 0), code)
                except ScriptError as error:
                    yield Problem(error.file, error.where, error.code, f"{error.message} ({procedure})")


def _flow_order(flow: Flow, file: str, where: str) -> Iterator[Problem]:
    # A turn of that kind is refused before the patient has shown who she is.
    identity = flow.situation is not None and flow.situation.after_identity
    for number, step in enumerate(flow.steps):
        place = f"{where}.step.{number}"
        if step.kind == "identity":
            identity = True
        elif step.kind in ("groups", "ask", "concerns") and not identity and not _asks_only_danger(flow):
            yield Problem(
                file, place, "before_identity", "something clinical stands before the identity check"
            )
        if step.kind == "groups":
            first = flow.days[0]
            early = {"D0", "D1", "D2"} & set(flow.milestones)
            if early or (first is not None and first <= SINGLE_QUESTION_DAYS):
                yield Problem(file, place, "groups_too_early", "up to day 3 signs are asked one by one")


def _asks_only_danger(flow: Flow) -> bool:
    # An incoming call screens for danger before it knows who rings: safety comes before identity.
    return flow.code == "incoming"


def _flow_codes(library: Library, flow: Flow, file: str, where: str) -> Iterator[Problem]:
    codes = flow_questions(flow)
    counted = {code for flag in flow_flags(library, codes, None) for code in flag.reads}
    for code in codes:
        question = library.questions.get(code)
        if question is None:
            yield Problem(file, where, "unknown_code", f"no question {code!r}")
        elif question.screening and code not in counted:
            yield Problem(file, where, "no_flag", f"{code} raises no flag in this flow")
    for number, step in enumerate(flow.steps):
        for group in step.groups:
            for sign in group.signs:
                question = library.questions.get(sign)
                if question is not None and not question.screening:
                    yield Problem(
                        file, f"{where}.step.{number}", "not_a_sign", f"{sign} is no yes_no question"
                    )
