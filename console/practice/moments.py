"""What a screen's keys did to a call, as actions: from where it stood before and where it stands now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from console.desk.conversing import STOPPED
from console.practice.records import Action
from console.practice.stage import Stage
from console.practice.stand import Stand
from console.rules.triage import NO, YES
from console.scripts.conversation import PromptKind, Talk
from db.enums import AttemptResult, CallOutcome, SpokeTo

TURN = "turn:"
TOLD = "on duty"
"""For the name of who was told, which the stand of a call doesn't hold."""


def actions(stage: Stage, before: Stand, after: Stand) -> tuple[Action, ...]:
    """The actions that lead from one stand to the next.

    Args:
        stage: the call. before, after: of one call screen, a key or two apart.

    Returns:
        In the order in which they are to be played; without time and keystrokes.
    """
    return tuple(_all(stage, before, after))


def _all(stage: Stage, before: Stand, after: Stand) -> Iterator[Action]:
    if before.stage == "preview" and after.stage in ("dialling", "talking"):
        yield Action("dial")
    if before.stage in ("preview", "dialling") and after.stage == "talking":
        yield Action("dialled", str(AttemptResult.CONNECTED))
    if before.halted and not after.halted:
        yield Action("halt_read")
    yield from _who(stage, before, after)
    yield from _talk(before.talk, after.talk)
    ended = (before.outcome, before.opt_out) != (after.outcome, after.opt_out)
    # A proxy and a wrong person are said by their own actions.
    if ended and after.outcome not in STOPPED and not before.stopped:
        value = after.outcome or CallOutcome.COMPLETED
        yield Action("outcome", str(value), ",".join(str(one) for one in after.opt_out))
    for kind in after.reports[len(before.reports) :]:
        yield Action("report", kind)
    if after.told - before.told:
        # The screen takes no empty name, and whose it was is in the record alone.
        yield Action("told", TOLD)
    if (before.place, before.companion) != (after.place, after.companion):
        yield Action("where", after.place, after.companion)
    if before.note != after.note:
        yield Action("note", after.note)
    if before.promise != after.promise:
        made = after.promise
        minutes = 0.0 if made is None else round((made.at - stage.now).total_seconds() / 60, 2)
        yield Action("promise", minutes, "" if made is None else made.what)
    if after.saved and not before.saved:
        yield Action("save")
    elif after.stage == "over" and before.stage != "over":
        yield Action("leave")


def _who(stage: Stage, before: Stand, after: Stand) -> Iterator[Action]:
    if before.stopped and not after.stopped and after.spoke_to is not SpokeTo.PROXY:
        yield Action("again")
        before = replace(before, identity=frozenset[str]())
    if after.spoke_to is SpokeTo.PROXY and (before.spoke_to, before.contact) != (
        after.spoke_to,
        after.contact,
    ):
        ids = [one.id for one in stage.sheet.people]
        yield Action("proxy", str(ids.index(after.contact) + 1 if after.contact in ids else 0))
        return
    if after.outcome is CallOutcome.WRONG_PERSON and before.outcome is not CallOutcome.WRONG_PERSON:
        yield Action("wrong")
        return
    for code in sorted(before.identity ^ after.identity):
        yield Action("identity", code)
    if after.talk.identified and not before.talk.identified and before.identity == after.identity:
        yield Action("nobody")


def _talk(before: Talk, after: Talk) -> Iterator[Action]:
    yield from _opened(before, after)
    yield from _answered(before, after)
    read = sorted(after.passed - before.passed)
    for key in read:
        yield Action("read", key)
    closed = before.open is not None and after.open != before.open
    left = closed and not read and before.answers == after.answers
    if left and not _newly_opened(before, after):
        front = before.current
        verdict = front is not None and front.kind is PromptKind.VERDICT
        yield Action("read", front.key) if verdict and front is not None else Action("track")
    if after.at != before.at and after.at is not None and before.answers == after.answers:
        yield Action("goto", after.at)
    elif before.at is not None and after.at is None and before == replace(after, at=before.at):
        yield Action("goto", "")


def _newly_opened(before: Talk, after: Talk) -> bool:
    turns = {one.code for one in before.turns}
    concerns = {one.code for one in before.concerns}
    return any(one.code not in turns for one in after.turns) or any(
        one.code not in concerns for one in after.concerns
    )


def _opened(before: Talk, after: Talk) -> Iterator[Action]:
    if after.open == before.open or after.open is None:
        return
    if after.open.startswith(TURN):
        code = after.open.removeprefix(TURN)
        if after.open not in before.below:
            yield Action("turn", code)
    elif after.open not in before.below and not _by_itself(before, after):
        yield Action("concern", after.open)


def _by_itself(before: Talk, after: Talk) -> bool:
    """Whether the concern came up with the end of a turn or with an answer, not by its key."""
    ended = before.turn is not None and before.turn.concern == after.open
    return ended or before.answers != after.answers


def _answered(before: Talk, after: Talk) -> Iterator[Action]:
    for key in sorted(after.singles - before.singles):
        yield Action("answer", YES, key)
    changed = [code for code, given in after.answers.items() if before.answers.get(code) != given]
    grouped = [code for code in changed if after.answers[code].in_group]
    if grouped:
        group = next(
            (
                one
                for one in before.prompts()
                if one.kind is PromptKind.GROUP and {sign.code for sign in one.signs} & set(grouped)
            ),
            None,
        )
        yield Action("answer", NO, "" if group is None else group.key)
    for code in changed:
        if code not in grouped:
            yield Action("answer", after.answers[code].value, code)
