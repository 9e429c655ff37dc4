"""What is to be done next about a case, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from console.i18n import _, p_
from console.rules.next_step import NextStep
from console.widgets.call_panes import ALARM, DIM, WARN, Line
from console.words import left_words, when_words

NEXT: Mapping[str, str] = {
    "ack": "take it up",
    "contacted": "reach the patient",
    "resolve": "close it",
    "phoning": "phone the doctor, and say that you do",
    "told": "tell the doctor, and write down who was told",
    "report": "make the report",
    "confirm": "confirm how serious it is",
    "reply": "give the first reply",
    "investigate": "name who looks into it",
    "solve": "write down cause and solution",
    "tell_back": "tell the customer the result",
    "ask": "ask whether she is satisfied",
    "close": "close it",
    "answer": "answer it",
    "resume": "let the clock run again",
    "roles": "tell who of the clinic has to know",
    "rights": "tell the rights",
    "decide": "decide about a proposal",
    "records_done": "give the copy, or seal the record",
    "refund": "decide about the refund",
}


def next_word(code: str) -> str:
    """A step, as something to do."""
    known = NEXT.get(code)
    return p_("next", known) if known else code


def next_line(step: NextStep | None, now: datetime) -> Line:
    """The line on top of a case: what is to be done first, until when, and that enter does it.

    Args:
        step: from `console.rules.next_step`; None when nothing is left.
        now: aware, in the clinic's zone.
    """
    if step is None:
        return _("nothing is left to do here"), DIM
    what = next_word(step.code)
    if step.by is not None:
        at = step.by.astimezone(now.tzinfo)
        left = left_words(at, now)
        what = _("{what} by {time} ({left})", what=what, time=when_words(at, now), left=left)
    if not step.mine:
        return _("next: {what}; it waits for somebody else", what=what), DIM
    late = step.by is not None and step.by <= now
    return _("next: {what} - enter", what=what), ALARM if late else WARN
