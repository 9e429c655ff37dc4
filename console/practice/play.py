"""One practised call, action by action: what is said, how she takes it, and what is noted for the score.

Pure: the same stage, seed and actions make the same transcript and score, byte for byte.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from console.clean import clean
from console.practice import patient as person
from console.practice import trainee, truth
from console.practice.patient import Patient, Speaking
from console.practice.records import FEELING_TURNS, PATIENT, PROXY, Action, Grade, Said
from console.practice.stage import Stage
from console.practice.stand import BY_HAND, ActionError, Stand
from console.practice.stand import begin as stand_at_first
from console.practice.voice import Voice
from console.rules.triage import NO
from console.scripts.conversation import Prompt, PromptKind
from console.scripts.prompts import Gate
from console.scripts.words import banned
from db.enums import CallOutcome, Level, SpokeTo

PROGRESS = frozenset({"answer", "read", "identity", "nobody", "concern", "wait", "save", "outcome"})
"""Actions that go on with the call: what came in and was not met by them is passed over."""
_FEELING = frozenset({"say", *(f"turn:{one}" for one in FEELING_TURNS)})
SAID_ALOUD = ("promise", "selling")
"""Kinds of words that end in an instant fail (console/scripts/words.py)."""
A_DAY = 86_400.0
"""Seconds nobody waits longer than in one call."""
READ_S = 8.0
"""Characters a second that nobody reads aloud faster than; half of it for English."""
TOO_FAST = 0.4
"""Part of the reading time under which an answer was keyed unread."""
_READ_OUT = frozenset({"read", "track", "concern", "turn", "wait", "outcome", "save", "leave", "time_up"})
"""Actions before which what is in front was said to its end; going back and keying again cut it short."""
_BLANKS = re.compile(r"(?<=[^\x00-\u2fff])\s+(?=[^\x00-\u2fff])")


@dataclass(frozen=True, slots=True)
class Mark:
    """Something noted for the score: its code, whether it was right, its action, the concern it was asked under."""

    code: str
    good: bool
    action: int
    concern: str | None = None


@dataclass(frozen=True, slots=True)
class Play:
    """A practised call as far as it is.

    Args:
        stage, seed, grade: what is played, and how. stand: of the call. patient: of the person.
        actions: done so far. said: transcript. clock: seconds since the call was taken up.
        shown_at: when what is in front came up. marks: noted for the score, newest last.
    """

    stage: Stage
    seed: int
    grade: Grade
    stand: Stand
    patient: Patient
    actions: tuple[Action, ...] = ()
    said: tuple[Said, ...] = ()
    clock: float = 0.0
    shown_at: float = 0.0
    marks: tuple[Mark, ...] = ()
    tokens: frozenset[str] = field(default_factory=frozenset[str])
    """Everything done so far, as `Interruption.answers` names it."""

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.stand.stage == "over"

    @property
    def now(self) -> datetime:
        """The instant of the call."""
        return self.stage.now + timedelta(seconds=self.clock)

    @property
    def voice(self) -> Voice:
        """The words of everybody who speaks."""
        return Voice(self.stage, self.seed)


def begin(stage: Stage, seed: int = 1, grade: Grade = Grade.NORMAL) -> Play:
    """A call before anything was done. Args: stage; seed of her words; grade of help."""
    play = Play(stage, seed, grade, stand_at_first(stage), person.begin(stage))
    if play.stand.stage != "talking":
        return play
    speaking = Speaking(stage, play.voice, play.patient)
    speaking.picks_up()
    speaking.in_front(play.stand)
    return _told(play, speaking, -1)


def step(play: Play, action: Action) -> Play:
    """One action.

    Args:
        play: the call. action: what the trainee does.

    Returns:
        The call after it, with what was said.

    Raises:
        ActionError: the call screen would not take that now.
    """
    before, index = play.stand, len(play.actions)
    # Whoever keys on cuts short what is being said, but no second comes before the last action's.
    earliest = next((one.at for one in reversed(play.actions) if one.at is not None), 0.0)
    clock = play.clock if action.at is None else max(action.at, earliest)
    if action.do == "wait" and action.at is None:
        clock += _number(action)
    stand = trainee.apply(play.stage, before, action, play.stage.now + timedelta(seconds=clock))
    # While her answer to something is being read, nothing else is passed over.
    goes_on = action.do in PROGRESS and before.talk.turn is None
    # Two items ticked are one prompt.
    goes_on &= action.do != "identity" or stand.talk.identified
    line = Said(0, "caller" if action.do == "say" else "desk", _words(action), action.do, str(action.value))
    play = replace(
        play,
        stand=stand,
        clock=clock,
        actions=(*play.actions, action),
        marks=(*play.marks, *_marks(play, before, stand, action, index)),
    )
    play = _add(play, (line,), index, speech=False)
    done = _tokens(before, stand, action)
    play = replace(play, tokens=play.tokens | done)
    speaking = Speaking(play.stage, play.voice, play.patient)
    if before.stage != "talking" and stand.stage == "talking":
        speaking.picks_up()
    answered = speaking.met(done)
    if goes_on:
        speaking.passed_over()
    if not answered and done & _FEELING:
        speaking.feeling_met()
    elif action.do == "say" and not answered:
        speaking.heard_out()
    if stand.talk.turn is None:
        speaking.after_turn()
    if stand.stage == "talking":
        speaking.in_front(stand)
    elif stand.saved:
        speaking.goodbye()
    return _seen(_told(play, speaking, index), index)


def run(
    stage: Stage, seed: int, grade: Grade, actions: Iterable[Action]
) -> tuple[Play, tuple[tuple[int, ActionError], ...]]:
    """A whole call.

    Args:
        stage, seed, grade: as for `begin`. actions: in order; what the screen would not take is passed over.

    Returns:
        The call, and the actions that were not taken, by their number from 0.
    """
    play, refused = begin(stage, seed, grade), list[tuple[int, ActionError]]()
    for number, action in enumerate(actions):
        try:
            play = step(play, action)
        except ActionError as error:
            refused.append((number, error))
            line = Said(0, "desk", "", "refused", error.code)
            play = _add(play, (line,), len(play.actions) - 1, speech=False)
    return play, tuple(refused)


# -- what follows an action --


def _number(action: Action) -> float:
    try:
        return min(max(0.0, float(action.value)), A_DAY)
    except ValueError:
        return 0.0


def _words(action: Action) -> str:
    return str(action.value) if action.do in ("say", "note") else ""


def _told(play: Play, speaking: Speaking, index: int) -> Play:
    """The transcript with what was just said; what is in front came up when it was read."""
    lines = tuple(Said(0, who, words, code) for who, words, code in speaking.lines)
    if not lines:
        return replace(play, patient=speaking.patient)
    made = _add(replace(play, patient=speaking.patient), lines, index, speech=True)
    return replace(made, shown_at=play.clock)


def _add(play: Play, lines: tuple[Said, ...], index: int, *, speech: bool) -> Play:
    said, clock = list(play.said), play.clock
    for line in lines:
        said.append(
            replace(
                line,
                number=len(said) + 1,
                at=round(clock, 1),
                mood=play.patient.mood_name,
                action=index,
            )
        )
        if speech:
            clock += play.voice.seconds(line.who, line.text)
    return replace(play, said=tuple(said), clock=clock)


def _tokens(before: Stand, stand: Stand, action: Action) -> frozenset[str]:
    made = {action.do}
    if action.do in ("turn", "concern", "report", "outcome"):
        made.add(f"{action.do}:{action.value}")
    # What is taken back, handed to nobody or said in unfit words meets nothing.
    words = plain(str(action.value))
    kept = {
        "say": Voice.feels(words) and not banned(words, spoken=True),
        "promise": stand.promise is not None,
        "report": action.value not in BY_HAND,
        "outcome": stand.outcome is not None,
    }
    if not kept.get(action.do, True):
        made.discard(action.do)
    made |= {f"asked:{code}" for code in set(stand.talk.answers) - set(before.talk.answers)}
    raised = len(stand.talk.raised) > len(before.talk.raised)
    if raised or (action.do == "report" and action.value in BY_HAND):
        made.add("flag")
    made |= {f"concern:{one.code}" for one in stand.talk.concerns if one not in before.talk.concerns}
    return frozenset(made)


def plain(words: str) -> str:
    """Typed words as they sound, however they are spaced. Args: words."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", clean(words, multiline=True)))


def _marks(play: Play, before: Stand, stand: Stand, action: Action, index: int) -> list[Mark]:
    marks: list[Mark] = []
    scenario, usual = play.stage.scenario, play.voice.usual
    asked = play.voice.questions(stand.talk)
    again = _keyed_again(before.front, action)
    for code, given in stand.talk.answers.items():
        if (before.talk.answers.get(code) == given and code not in again) or code not in asked:
            continue
        true = truth.value(scenario, usual, asked[code])
        good = truth.right(asked[code], true, play.patient.heard.get(code), given.value)
        marks.append(Mark(f"answer:{code}", good, index, before.talk.opened and before.talk.opened.code))
    prompt = before.front
    if action.do == "answer" and action.at is not None and prompt is not None:
        marks.append(Mark("pace", _had_time(play, action.at, play.voice.asked_aloud(prompt)), index))
    if action.do == "answer" and Level.EMERGENCY in before.untold_levels:
        marks.append(Mark("untold", False, index))
    turn = before.talk.turn
    if action.do == "track" and turn is not None and prompt is not None:
        begun = any(before.talk.done(one) for one in before.talk.prompts())
        lines = "" if prompt.lines is None else play.voice.joined(prompt.lines.of(play.stage.lang))
        said = begun or action.at is None or _had_time(play, action.at, lines)
        marks.append(Mark(f"turn:{turn.code}", said, index))
    if action.do == "turn":
        marks.append(Mark(f"turn:{action.value}", True, index))
    if action.do == "identity" and action.value in stand.identity:
        good = action.value in play.patient.given and play.patient.on_line == PATIENT
        marks.append(Mark(f"tick:{action.value}", good, index))
    if action.do in _READ_OUT and prompt is not None and prompt.kind is PromptKind.VERDICT:
        opened = before.talk.opened
        if opened is not None and before.talk.spoken(opened)[0] == "say":
            good = truth.may_reassure(before.talk, opened, scenario, usual)
            marks.append(Mark("reassured", good, index))
    explained = prompt is not None and prompt.gate is Gate.SAY and before.talk.explains
    if action.do in _READ_OUT and explained:
        true_talk = truth.true_talk(before.talk, scenario, usual)
        marks.append(Mark("reassured", not true_talk.raised, index))
    spoken = plain({"say": str(action.value), "promise": action.about}.get(action.do, ""))
    if spoken and not stand.talk.identified and _tells(play, spoken):
        marks.append(Mark("before_identity", False, index))
    for code, _found in banned(spoken, spoken=True) if spoken else ():
        marks.append(Mark("sold" if code in SAID_ALOUD else "words", False, index))
    return marks


def _keyed_again(prompt: Prompt | None, action: Action) -> frozenset[str]:
    """Questions an action answers, also when their answer stays the same: heard late, it is confirmed."""
    if action.do != "answer" or prompt is None:
        return frozenset()
    if prompt.question is not None:
        return frozenset({prompt.question.code})
    return frozenset(one.code for one in prompt.signs) if action.value == NO else frozenset()


def _had_time(play: Play, at: float, words: str) -> bool:
    """Whether anybody could have said what was in front until then. Args: play; seconds into the call; the words."""
    least = len(words) / (READ_S if play.stage.lang == "zh" else 2 * READ_S) * TOO_FAST
    return at - play.shown_at >= least


def _tells(play: Play, words: str) -> bool:
    """Whether typed words name a treatment or its surgeon that was not named to the caller. Args: play; words."""
    stage = play.stage
    if stage.sheet.patient_id is None:
        return False
    known = {one.code: play.voice.item(one.code, one.expected) for one in stage.sheet.identity}
    secret = (known.get(code, "") for code in ("procedure", "surgeon") if code not in play.patient.given)
    return any(name and name.casefold() in words.casefold() for name in secret)


def _seen(play: Play, index: int) -> Play:
    """What is in front now may be clinical, and be read to somebody who has not shown who she is."""
    stand, prompt = play.stand, play.stand.front
    if prompt is None or not stand.talk.identified or prompt.kind is PromptKind.IDENTITY:
        return play
    if play.stage.sheet.patient_id is None:
        return play
    if stand.spoke_to is SpokeTo.PROXY:
        # Somebody who may hear nothing was taken for the contact person who may.
        end = play.stage.scenario.end
        may_hear = end.spoke_to == PROXY and end.outcome is not CallOutcome.PROXY_REACHED
        on_line = play.patient.on_line
        known = stand.contact is not None if on_line == PATIENT else on_line == PROXY and may_hear
    else:
        known = play.patient.on_line == PATIENT and not (stand.identity - play.patient.given)
    return play if known else replace(play, marks=(*play.marks, Mark("before_identity", False, index)))
