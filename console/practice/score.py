"""The score of a practised call: one item for each thing the scenario asks for, and what fails the whole call.

Every item is judged from the call's end and from the marks made on the way; each can be lost alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from console.practice import advice, truth
from console.practice.play import Play
from console.practice.records import MOODS, End, Score
from console.practice.score_words import item
from console.practice.stand import ALARMS, BY_HAND, form
from console.practice.truth import met_feeling
from console.scripts.prompts import OPINIONS
from console.scripts.unasked import unasked
from db.enums import CallOutcome, Level, SpokeTo

FLAG_MISSED = "flag_missed"
BEFORE_IDENTITY = "clinical_before_identity"
REASSURED = "reassured_outside_window"
SOLD = "promised_or_sold"
NOT_HANDED_OVER = "ended_without_escalation"
FAST_ALLOWED = 2
"""Answers keyed faster than anybody reads that are let pass: a slip of a finger, not a habit."""
TOLD_WITHIN = 6
"""Answers that may be keyed between an emergency and telling somebody: the rest of a group of signs. Ours."""
SPOKE = {"patient": SpokeTo.PATIENT, "proxy": SpokeTo.PROXY, "unknown": SpokeTo.UNKNOWN}

Found = tuple[str, bool, int]
"""Code of an item, whether it was kept, and the action it was lost at (-1 when it never came)."""


def items(play: Play) -> Iterator[Found]:
    """Every item of the scenario, kept or lost, in the order of a call. Args: play."""
    scenario, stand, end = play.stage.scenario, play.stand, play.stage.scenario.end
    last = {mark.code: mark for mark in play.marks}
    right = advice.right_call(play.stage, play.seed)
    named = {str(one.value) for one in right.actions if one.do == "concern"}
    # Somebody who rings off before she is asked, or is not on file, has no identity to show.
    if play.stage.sheet.patient_id is not None and right.did("identity", "proxy", "wrong"):
        yield _identity(play)
    if met_feeling(scenario):
        # What an unmet interruption did to her mood is lost with that one.
        calmed = play.patient.mood <= MOODS.index(end.mood)
        unmet = any(one.code not in play.patient.answered for one in scenario.interruptions if one.answers)
        yield "empathy", play.patient.met and (calmed or unmet), -1
    for one in scenario.interruptions:
        if one.answers:
            kept = one.code in play.patient.answered and any(_done(play, token) for token in one.answers)
            yield f"interruption:{one.code}", kept, _ignored_at(play, one.code)
    if end.outcome is CallOutcome.COMPLETED:
        usual = [
            mark
            for code, mark in last.items()
            if code.startswith("answer:") and code[7:] not in scenario.truth
        ]
        wrong = next((mark for mark in usual if not mark.good), None)
        asked = bool(usual) and not unasked(stand.talk)
        kept = wrong is None and asked and not _false_alarm(play)
        yield "answers", kept, -1 if wrong is None else wrong.action
    for code in scenario.truth:
        if play.stage.library.questions[code].kind == "text" or right.concern_of(code) in named:
            continue
        mark = last.get(f"answer:{code}")
        # How pleased she is, is not asked of somebody for whom help was just called.
        spared = mark is None and code in OPINIONS and stand.talk.alarmed
        kept = spared or (mark is not None and mark.good)
        yield f"answer:{code}", kept, -1 if mark is None else mark.action
    for code in end.concerns:
        # One that opens by itself is no choice of hers; its answers are.
        if code in named:
            own = [one for one in scenario.truth if right.concern_of(one) == code]
            wrong = [mark for one in own if (mark := last.get(f"answer:{one}")) and not mark.good]
            kept = _asked_out(play, code) and not wrong
            yield f"concern:{code}", kept, wrong[0].action if wrong else -1
    if end.level is not None and end.level.escalates:
        yield "flag", _flagged(play), _flag_at(play)
    if end.told:
        late = [mark for mark in play.marks if mark.code == "untold"]
        kept = bool(stand.alarms) and not stand.untold and len(late) <= TOLD_WITHIN
        yield "told", kept, late[TOLD_WITHIN].action if len(late) > TOLD_WITHIN else -1
    if end.place:
        # What the record keeps: written beside the flag, or answered when the talk asked for it.
        made = form(play.stage, stand, play.now)
        where = truth.like(made.place, scenario.place) and truth.like(made.companion, scenario.companion)
        yield "place", where, -1
    for one in scenario.musts:
        yield f"must:{one.code}", _done(play, one.did), -1
    if end.report is not None:
        yield "report", end.report in stand.reports, -1
    if end.promise and end.outcome is not CallOutcome.CALLBACK_AGREED:
        yield "promise", stand.promise is not None, -1
    if end.note and not right.needs_note:
        yield "note", len(stand.note.strip()) > 1, -1
    if end.opt_out:
        yield "opt_out", set(stand.opt_out) == set(end.opt_out), -1
    banned = next((mark for mark in play.marks if mark.code in ("words", "sold")), None)
    yield "words", banned is None, -1 if banned is None else banned.action
    fast = [mark for mark in play.marks if mark.code == "pace" and not mark.good]
    kept = len(fast) <= FAST_ALLOWED
    if right.did("answer") > FAST_ALLOWED:
        yield "pace", kept, -1 if kept else fast[FAST_ALLOWED].action
    # What was typed as the result counts beside what the record would have implied.
    outcome = stand.outcome or CallOutcome.COMPLETED
    # Where nothing is asked to its end, an alarm about nothing is a wrong result.
    alarm = end.outcome is not CallOutcome.COMPLETED and _false_alarm(play)
    yield "outcome", stand.saved and outcome is end.outcome and not alarm, -1


def _identity(play: Play) -> Found:
    stand, end = play.stand, play.stage.scenario.end
    wrong = next(
        (
            mark
            for mark in play.marks
            if mark.code.startswith("tick:") and not mark.good and mark.code[5:] in stand.identity
        ),
        None,
    )
    kept = stand.spoke_to is SPOKE[end.spoke_to] and wrong is None
    return "identity", kept, -1 if wrong is None else wrong.action


def _done(play: Play, token: str) -> bool:
    """Whether something was done, and a turn not left before its line could be said. Args: play; as in `answers`."""
    left = next((not mark.good for mark in reversed(play.marks) if mark.code == token), False)
    return token in play.tokens and not left


def _ignored_at(play: Play, code: str) -> int:
    came = [line.action for line in play.said if line.code == f"interruption:{code}"]
    return came[0] if came else -1


def _flag_at(play: Play) -> int:
    """The action at which a sign that is there was keyed as not there."""
    wrong = [mark for mark in play.marks if mark.code.startswith("answer:") and not mark.good]
    named = [mark for mark in wrong if mark.code.removeprefix("answer:") in play.stage.scenario.truth]
    return named[0].action if named else -1


def _flagged(play: Play) -> bool:
    """Whether the danger is known at its level: by the answers that show it, or by the emergency key."""
    stand, end = play.stand, play.stage.scenario.end
    raised = {flag.code for flag in stand.talk.raised}
    # One flag too many is a wrong answer, and cheaper than one too few (clinical decisions, the rule behind all).
    return set(end.flags) <= raised if end.flags else _as_urgent(end, _levels(play))


def _levels(play: Play) -> list[Level]:
    """Levels that stand, by answers and by hand."""
    by_hand = [Level(one) for one in play.stand.reports if one in BY_HAND]
    return [*by_hand, *(flag.level for flag in play.stand.talk.raised)]


def _as_urgent(end: End, levels: Iterable[Level]) -> bool:
    """Whether one of these levels is at least as urgent as the end the scenario wants."""
    return end.level is not None and any(one.rank <= end.level.rank for one in levels)


def _false_alarm(play: Play) -> bool:
    """Whether a level was raised by hand in a call that has no danger, and by nothing that was said."""
    stand, end = play.stand, play.stage.scenario.end
    by_hand = any(one in stand.reports for one in BY_HAND)
    return by_hand and (end.level is None or not end.level.escalates) and not stand.talk.raised


def _asked_out(play: Play, code: str) -> bool:
    opened = next((one for one in play.stand.talk.concerns if one.code == code), None)
    if opened is None:
        return False
    answers = play.stand.talk.answers
    return all(
        question.kind == "text" or (question.code in answers and not answers[question.code].in_group)
        for question in opened.questions
    )


def fails(play: Play) -> tuple[str, ...]:
    """What leaves no points, in the order of the scorecard. Args: play."""
    end, stand = play.stage.scenario.end, play.stand
    bad = {mark.code for mark in play.marks if not mark.good}
    danger = end.level is not None and end.level.escalates
    # Who calls the doctor by the emergency key and breaks the questions off has not missed it; who asked to the end,
    # or keyed it as not there, has.
    last = {mark.code: mark for mark in play.marks}
    denied = any(
        mark.code.removeprefix("answer:") in play.stage.scenario.truth and not mark.good
        for mark in last.values()
    )
    by_hand = [Level(one) for one in stand.reports if one in BY_HAND]
    known = stand.outcome is CallOutcome.PARTIAL and not denied and _as_urgent(end, by_hand)
    found = {
        FLAG_MISSED: danger and not _flagged(play) and not (known and not stand.untold),
        BEFORE_IDENTITY: "before_identity" in bad,
        REASSURED: "reassured" in bad,
        SOLD: "sold" in bad,
        NOT_HANDED_OVER: end.told and end.level in ALARMS and (not stand.alarms or stand.untold),
    }
    return tuple(code for code, there in found.items() if there)


def score(play: Play) -> Score:
    """The score of a call as far as it went; a call that was not saved has lost its result.

    Args:
        play: usually over. Returns: the score, with the norms of the right call.
    """
    scenario = play.stage.scenario
    right = advice.right_call(play.stage, play.seed)
    norm = float(scenario.norm_s or right.seconds)
    return Score(
        scenario=scenario.code,
        seed=play.seed,
        grade=play.grade,
        items=tuple(item(play, code, kept=kept, action=action) for code, kept, action in items(play)),
        instant_fail=fails(play),
        seconds=round(play.clock, 1),
        norm_s=round(norm, 1),
        keys=sum(action.keys for action in play.actions),
        keys_norm=right.keys,
        saved=play.stand.saved,
    )
