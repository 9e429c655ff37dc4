"""A played call and its score as text: what `aftercall practice run` prints without `--json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from console import i18n
from console.i18n import _


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a played call. Args: document of `practice_run.run_document`."""
    from console.scripts import scorecard

    card, lang = scorecard.shipped(), i18n.language()

    def title(code: str) -> str:
        head = card.item(code).title.of(lang)
        detail = code.partition(":")[2]
        return f"{head} ({detail})" if detail else head

    why = _refusals()
    for one in document["transcript"]:
        # Of a refused action the value is the code of why.
        parts = (one["code"], why.get(one["value"], one["value"]))
        said = one["text"] or " ".join(part for part in parts if part)
        marks = f"  <- {'; '.join(map(title, one['missed']))}" if one["missed"] else ""
        yield f"{one['at']:7.1f} {one['who']:8} {said}{marks}"
    yield ""
    for one in document["items"]:
        yield f"{one['got']:3} / {one['of']:3}  {title(one['code'])}"
        if one["got"] < one["of"]:
            yield f"           {one['better']}"
    for code in document["instant_fail"]:
        yield _("Failed at once: {what}", what=card.fail(code).title.of(lang))
    for one in document["refused"]:
        told = _("Action {n} was not taken: {why}", n=one["action"], why=why.get(one["code"], one["code"]))
        yield f"{told} ({one['about']})" if one["about"] else told
    yield _(
        "{score} of {of} points, {result}; {seconds} s (a good call takes {norm} s)",
        score=document["score"],
        of=document["of"],
        result=_("passed") if document["passed"] else _("not passed"),
        seconds=document["seconds"],
        norm=document["norm_seconds"],
    )


def _refusals() -> Mapping[str, str]:
    """Why an action was not taken, by its stable code; `action` counts from 0 as in JSON."""
    nothing = _("nothing of the kind is in front")
    return {
        "unknown_action": _("there is no such action"),
        "call_over": _("the call is over"),
        "emergency_lines_first": _("the lines of the emergency come first"),
        "another_question": _("another question is in front"),
        "other_lines": _("other lines are in front"),
        "no_question_in_front": _("no question is in front"),
        "no_lines_in_front": _("no lines are in front"),
        "identity_not_in_front": _("identity is not in front"),
        "no_emergency_lines": _("no lines of an emergency are in front"),
        "nothing_in_front": nothing,
        "nothing_to_go_back_to": _("there is nothing to go back to"),
        "no_such_place": _("there is no such place in the call"),
        "not_reached_yet": _("the call has not come so far"),
        "nobody_on_the_line": _("nobody is on the line"),
        "nothing_dialled": _("nothing was dialled"),
        "not_before_the_call": _("dialling has begun already"),
        "only_after_identity": _("only after identity"),
        "somebody_on_file": _("somebody on file is called"),
        "nobody_named": _("nobody is named"),
        "nothing_said": _("nothing is said in it"),
        "nothing_raised": _("nothing was reported that somebody could be told of"),
        "no_answer": _("it is no answer to this question"),
        "no_minutes": _("that is no number of minutes"),
        "not_saved": _("the call cannot be saved so"),
        "unknown_concern": _("there is no such concern"),
        "unknown_item": _("she is not asked for such an item"),
        "unknown_outcome": _("there is no such result"),
        "unknown_person": _("there is no such contact person"),
        "unknown_report": _("there is no such report"),
        "unknown_turn": _("there is no such turn"),
    }
