"""One conversation along a flow: what is asked next, what has been answered, what it raises.

Frozen; no clock, no screen. Whoever plays it hands in answers and shows `current`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from console.rules.triage import NO, UNSURE, YES, Answer, Flag, Triage, union
from console.scripts.prompts import OPINIONS, concern_prompts, joined, question_prompt, through_gate
from console.scripts.prompts import Given as Given
from console.scripts.prompts import Opened as Opened
from console.scripts.prompts import Prompt as Prompt
from console.scripts.prompts import PromptKind as PromptKind
from console.scripts.records import FlowView, Lines, Step, Words
from console.scripts.select import triage_concern, triage_flow
from console.scripts.turns import Turn
from console.scripts.turns import turn_prompts as turn_prompts
from db.enums import Level

TURN = "turn:"
"""Before the code of a turn in `Talk.open` and in its prompts' keys."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as it stands.

    Args:
        flow: the selected flow.
        answers: by question code.
        identified: whether the patient has shown who she is; nothing clinical is asked before, except danger
            signs in a flow that puts them first (an unknown caller).
        singles: groups opened into single questions.
        passed: prompts read and left.
        concerns: concerns named, in order. turns: turns of the talk taken, newest last.
        open: code of the concern in front, or of the turn behind TURN; None for the flow.
        below: what comes back to the front when that is left, newest last.
        may_say: whether the release is approved. hushed: something was reported that no answer raised: nothing
            is explained after it.
        at: a prompt gone back to; None is the first one not done.
        raised: escalating flags ever raised here. A corrected answer keeps its flag, so nothing
            reassuring follows it.
    """

    flow: FlowView
    answers: Mapping[str, Given] = field(default_factory=dict[str, Given], hash=False)
    identified: bool = False
    singles: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()
    concerns: tuple[Opened, ...] = ()
    turns: tuple[Turn, ...] = ()
    open: str | None = None
    below: tuple[str, ...] = ()
    may_say: bool = False
    hushed: bool = False
    at: str | None = None
    raised: tuple[Flag, ...] = ()

    # -- what there is to do --

    @property
    def values(self) -> dict[str, Answer]:
        """Answers as triage reads them."""
        return {code: given.value for code, given in self.answers.items()}

    @property
    def opened(self) -> Opened | None:
        """The concern in front."""
        return next((one for one in self.concerns if one.code == self.open), None)

    @property
    def turn(self) -> Turn | None:
        """The turn in front."""
        return next((one for one in self.turns if f"{TURN}{one.code}" == self.open), None)

    @property
    def explains(self) -> bool:
        """Whether anything may be explained: she is known, the release approved, nothing escalating raised."""
        return self.identified and self.may_say and not self.raised and not self.hushed

    @property
    def alarmed(self) -> bool:
        """Whether a clinician was called for at once, by an answer or by the caller's own report."""
        return self.hushed or self.level in (Level.EMERGENCY, Level.SAME_DAY)

    def checked(self, turn: Turn) -> bool:
        """Whether the concerns a turn wants asked first are all answered, one by one. Args: the turn."""
        named = {one.code: one for one in self.concerns}
        return all(code in named and not self.judged_concern(named[code]).unanswered for code in turn.check)

    def prompts(self) -> tuple[Prompt, ...]:
        """Everything to read and ask, of the concern or turn in front or else of the flow, in order."""
        if self.turn is not None:
            may_say = self.explains and self.checked(self.turn)
            read = (
                through_gate(one, identified=self.identified, may_say=may_say) for one in self.turn.prompts
            )
            return tuple(one for one in read if one is not None)
        opened = self.opened
        if opened is not None:
            return concern_prompts(opened)
        made: list[Prompt] = []
        opening: list[Lines] = []
        for number, step in enumerate(self.flow.steps):
            if step.kind == "opening" and step.say is not None:
                opening.append(step.say)
                continue
            if step.kind == "identity":
                lines = joined([*opening, *([step.say] if step.say else [])])
                made.append(
                    Prompt(f"identity:{number}", PromptKind.IDENTITY, step.title, lines, notes=self._tone)
                )
                opening = []
                continue
            if opening:
                made.append(
                    Prompt(
                        f"opening:{number}", PromptKind.LINES, step.title, joined(opening), notes=self._tone
                    )
                )
                opening = []
            made += self._of_step(number, step)
        return tuple(made)

    @property
    def _tone(self) -> tuple[Words, ...]:
        return () if self.flow.tone is None else (self.flow.tone,)

    def _of_step(self, number: int, step: Step) -> list[Prompt]:
        if step.kind == "groups":
            made: list[Prompt] = []
            for index, group in enumerate(step.groups):
                key = f"group:{number}:{index}"
                signs = tuple(
                    self.flow.questions[code] for code in group.signs if code in self.flow.questions
                )
                if not signs:
                    continue
                if key in self.singles:
                    made += [question_prompt(sign, step.title) for sign in signs]
                else:
                    made.append(Prompt(key, PromptKind.GROUP, step.title, lead=group.lead, signs=signs))
            return made
        if step.kind == "ask":
            codes = [code for code in step.ask if not (code in OPINIONS and self.alarmed)]
            if step.ask and not codes:
                return []
            asked = (self.flow.questions[code] for code in codes if code in self.flow.questions)
            lead = [Prompt(f"lead:{number}", PromptKind.LINES, step.title, step.say)] if step.say else []
            return [*lead, *(question_prompt(question, step.title) for question in asked)]
        kinds = {"concerns": PromptKind.CONCERNS, "close": PromptKind.CLOSE}
        kind = kinds.get(step.kind, PromptKind.LINES)
        return [Prompt(f"{step.kind}:{number}", kind, step.title, step.say)]

    def done(self, prompt: Prompt) -> bool:
        """Whether a prompt is behind us."""
        if prompt.kind is PromptKind.IDENTITY:
            return self.identified
        if prompt.kind is PromptKind.QUESTION and prompt.question is not None:
            given = self.answers.get(prompt.question.code)
            # Under a concern every sign is asked for itself: one read among others does not count there.
            heard = given is not None and not (given.in_group and prompt.concern is not None)
            return heard or prompt.key in self.passed
        if prompt.kind is PromptKind.GROUP:
            return all(sign.code in self.answers for sign in prompt.signs)
        return prompt.key in self.passed

    @property
    def current(self) -> Prompt | None:
        """What is in front of the caller; None when everything is done."""
        prompts = self.prompts()
        back = next((one for one in prompts if one.key == self.at), None)
        return back or next((one for one in prompts if not self.done(one)), None)

    @property
    def progress(self) -> tuple[int, int]:
        """Prompts behind us, and all of them."""
        prompts = self.prompts()
        return sum(self.done(one) for one in prompts), len(prompts)

    # -- what has come of it --

    def judged_concern(self, opened: Opened) -> Triage:
        """Triage of one concern over the treatments it may belong to; what was only read in a group with
        other signs is not answered there."""
        single = {code: given.value for code, given in self.answers.items() if not given.in_group}
        return union([triage_concern(view, single) for view in opened.views])

    def judged(self) -> Triage:
        """Triage of everything said so far."""
        views = [self.flow, *(turn.view for turn in self.turns if turn.view is not None)]
        parts = [triage_flow(one, self.values) for one in views]
        parts += [self.judged_concern(one) for one in self.concerns]
        return union(parts)

    @property
    def level(self) -> Level | None:
        """The most urgent level ever raised here."""
        return min((flag.level for flag in self.raised), key=lambda level: level.rank, default=None)

    def spoken(self, opened: Opened) -> tuple[str, Lines | None]:
        """What to say at the end of a concern.

        Returns:
            "say" with the reassuring lines only when the patient has shown who she is, every treatment's
            track allows them and nothing escalating was ever raised in this conversation; else the level or
            "OUTSIDE" with its lines.
        """
        verdict = self.judged_concern(opened)
        level = min(
            (one for one in (self.level, verdict.level) if one is not None and one.escalates),
            key=lambda one: one.rank,
            default=None,
        )
        if level is None and self.identified and not self.hushed and verdict.reassurance_allowed:
            says = [view.say for view in opened.views]
            if all(says):
                return "say", says[0]
        name = "OUTSIDE" if level is None else str(level)
        for view in opened.views:
            lines = view.otherwise if self.identified else view.before_identity
            if name in lines:
                return name, lines[name]
        return name, None


def start(flow: FlowView, *, may_say: bool = False) -> Talk:
    """A conversation at its beginning. Args: the selected flow; may_say, whether the release is approved."""
    return Talk(flow, may_say=may_say)


def identify(talk: Talk) -> Talk:
    """The patient has shown who she is."""
    return replace(talk, identified=True, at=None)


def answer(talk: Talk, prompt: Prompt, value: Answer) -> tuple[Talk, tuple[Flag, ...]]:
    """Take one answer.

    Args:
        talk: the conversation.
        prompt: of kind GROUP or QUESTION. A group answered with anything but no opens into single questions.
        value: "no", "yes", "unsure", an option's code, a number, or text.

    Returns:
        The conversation, and the escalating flags this answer newly raised, most urgent first.
    """
    if prompt.kind is PromptKind.GROUP:
        if value != NO:
            kept = {
                code: given for code, given in talk.answers.items() if not _from_group(given, code, prompt)
            }
            return replace(talk, answers=kept, singles=talk.singles | {prompt.key}, at=None), ()
        new = {sign.code: Given(NO, in_group=True) for sign in prompt.signs if sign.code not in talk.answers}
    elif prompt.question is not None:
        new = {prompt.question.code: Given(value)}
    else:
        return talk, ()
    after = _turned_back(replace(talk, answers={**talk.answers, **new}, at=None))
    return note_flags(after)


def note_flags(talk: Talk) -> tuple[Talk, tuple[Flag, ...]]:
    """Note what the answers raise.

    Returns:
        The conversation, and the escalating flags that are new, most urgent first.
    """
    known = {flag.code for flag in talk.raised}
    fresh = tuple(flag for flag in talk.judged().flags if flag.level.escalates and flag.code not in known)
    return replace(talk, raised=(*talk.raised, *fresh)), fresh


def danger(value: Answer) -> bool:
    """Whether an answer to a screening question counts as the danger sign."""
    return value in (YES, UNSURE)


def leave(talk: Talk, prompt: Prompt) -> Talk:
    """Go on from lines that were read; from a verdict, back to where the concern was named."""
    if prompt.kind is PromptKind.VERDICT:
        return _left(talk)
    return note_flags(_turned_back(replace(talk, passed=talk.passed | {prompt.key}, at=None)))[0]


def take_turn(talk: Talk, turn: Turn) -> Talk:
    """Put a turn of the talk in front; one taken before is read again. Its end opens its concern, or leads back
    to where it was taken.

    Args:
        talk: the conversation.
        turn: what the caller picked.
    """
    key = f"{TURN}{turn.code}"
    passed = frozenset(one for one in talk.passed if not one.startswith(f"{key}:"))
    turns = (*(one for one in talk.turns if one.code != turn.code), turn)
    if turn.raises is not None and all(flag.code != turn.raises.code for flag in talk.raised):
        talk = replace(talk, raised=(*talk.raised, turn.raises))
    return note_flags(_turned_back(_in_front(replace(talk, turns=turns, passed=passed), key)))[0]


def back_to_turn(talk: Talk, turn: Turn) -> Talk:
    """A turn taken before, at its first prompt not done. Args: talk; the turn."""
    return _in_front(talk, f"{TURN}{turn.code}")


def to_flow(talk: Talk) -> Talk:
    """The flow in front, whatever was. Args: talk."""
    return replace(talk, open=None, below=(), at=None)


def _in_front(talk: Talk, key: str) -> Talk:
    opened = talk.opened
    asked = opened is not None and all(
        one.code in talk.answers and not talk.answers[one.code].in_group for one in opened.questions
    )
    was = () if talk.open is None or asked else (talk.open,)
    below = tuple(one for one in (*talk.below, *was) if one != key)
    return replace(talk, open=key, below=below, at=None)


def _left(talk: Talk) -> Talk:
    front = talk.below[-1] if talk.below else None
    return replace(talk, open=front, below=talk.below[:-1], at=None)


def _turned_back(talk: Talk) -> Talk:
    turn = talk.turn
    if turn is None or not all(talk.done(one) for one in talk.prompts()):
        return talk
    back = _left(talk)
    return back if turn.opened is None else _named(back, turn.opened)


def _named(talk: Talk, opened: Opened) -> Talk:
    known = any(one.code == opened.code for one in talk.concerns)
    concerns = talk.concerns if known else (*talk.concerns, opened)
    return _in_front(replace(talk, concerns=concerns), opened.code)


def go_back(talk: Talk) -> Talk:
    """One prompt back, to read again or to correct."""
    prompts = talk.prompts()
    current = talk.current
    at = next(
        (index for index, one in enumerate(prompts) if current and one.key == current.key), len(prompts)
    )
    return replace(talk, at=prompts[at - 1].key) if at > 0 else talk


def go_on(talk: Talk) -> Talk:
    """From a prompt gone back to, on to the next one."""
    prompts = talk.prompts()
    at = next((index for index, one in enumerate(prompts) if one.key == talk.at), None)
    if at is None:
        return talk
    following = prompts[at + 1].key if at + 1 < len(prompts) and talk.done(prompts[at + 1]) else None
    return replace(talk, at=following)


def name_concern(talk: Talk, opened: Opened) -> tuple[Talk, tuple[Flag, ...]]:
    """Open a concern; one named before is gone back to. Answers already given count for it.

    Returns:
        The conversation, and the escalating flags it raises at once.
    """
    return note_flags(_named(talk, opened))


def close(talk: Talk) -> Talk:
    """From a concern or a turn back to where it was opened, whatever is left to ask.

    A turn none of whose questions was answered is taken back as if it had not been picked.
    """
    turn = talk.turn
    if turn is not None and not any(question.code in talk.answers for question in turn.questions):
        talk = replace(talk, turns=tuple(one for one in talk.turns if one.code != turn.code))
    return _left(talk)


def lifted(talk: Talk, prompt: Prompt, value: Answer) -> tuple[Flag, ...]:
    """Escalating flags that stand now and would no longer stand with this answer: what a correction takes back.

    Args:
        talk: the conversation.
        prompt: as for `answer`.
        value: the answer that would replace the one that stands.
    """
    after = {flag.code for flag in answer(talk, prompt, value)[0].judged().flags}
    return tuple(flag for flag in talk.judged().flags if flag.level.escalates and flag.code not in after)


def _from_group(given: Given, code: str, prompt: Prompt) -> bool:
    return given.in_group and any(sign.code == code for sign in prompt.signs)
