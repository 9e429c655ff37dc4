"""One conversation along a flow: what is asked next, what has been answered, what it raises.

Frozen; no clock, no screen. Whoever plays it hands in answers and shows `current`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from console.rules.triage import NO, UNSURE, YES, Answer, Flag, Triage, union
from console.scripts.records import ConcernView, FlowView, Lines, Question, Step, Words
from console.scripts.select import triage_concern, triage_flow
from db.enums import Level


class PromptKind(StrEnum):
    """What the caller has in front of her."""

    LINES = "lines"
    IDENTITY = "identity"
    GROUP = "group"
    QUESTION = "question"
    CONCERNS = "concerns"
    VERDICT = "verdict"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to read or ask.

    Args:
        key: stable name inside the conversation.
        kind: what it is.
        title: the step's title.
        lines: what to read aloud; None when the question is all there is.
        question: the single question, of kind QUESTION.
        lead: the sentence before the signs of a GROUP. signs: the signs read aloud.
        concern: code of the concern it belongs to; None in the flow itself.
    """

    key: str
    kind: PromptKind
    title: Words
    lines: Lines | None = None
    question: Question | None = None
    lead: Words | None = None
    signs: tuple[Question, ...] = ()
    concern: str | None = None

    @property
    def passable(self) -> bool:
        """Whether it is left by going on: lines that are read, and a question that takes her own words."""
        return self.kind in (PromptKind.LINES, PromptKind.CONCERNS) or (
            self.question is not None and self.question.kind == "text"
        )


@dataclass(frozen=True, slots=True)
class Given:
    """One answer, and whether it came from a group read aloud."""

    value: Answer
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """One concern the patient named: its track for each treatment it may belong to."""

    code: str
    views: tuple[ConcernView, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question of its tracks once, highest danger first."""
        found: dict[str, Question] = {}
        for view in self.views:
            for question in view.ask:
                found.setdefault(question.code, question)
        return tuple(found.values())


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
        concerns: concerns named, in order. open: the one in front, None for the flow.
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
    open: str | None = None
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

    def prompts(self) -> tuple[Prompt, ...]:
        """Everything to read and ask, of the concern in front or else of the flow, in order."""
        opened = self.opened
        if opened is not None:
            return _concern_prompts(opened)
        made: list[Prompt] = []
        opening: list[Lines] = []
        for number, step in enumerate(self.flow.steps):
            if step.kind == "opening" and step.say is not None:
                opening.append(step.say)
                continue
            if step.kind == "identity":
                lines = _joined([*opening, *([step.say] if step.say else [])])
                made.append(Prompt(f"identity:{number}", PromptKind.IDENTITY, step.title, lines))
                opening = []
                continue
            if opening:
                made.append(Prompt(f"opening:{number}", PromptKind.LINES, step.title, _joined(opening)))
                opening = []
            made += self._of_step(number, step)
        return tuple(made)

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
                    made += [_question(sign, step.title) for sign in signs]
                else:
                    made.append(Prompt(key, PromptKind.GROUP, step.title, lead=group.lead, signs=signs))
            return made
        if step.kind == "ask":
            asked = (self.flow.questions[code] for code in step.ask if code in self.flow.questions)
            lead = [Prompt(f"lead:{number}", PromptKind.LINES, step.title, step.say)] if step.say else []
            return [*lead, *(_question(question, step.title) for question in asked)]
        kinds = {"concerns": PromptKind.CONCERNS, "close": PromptKind.CLOSE}
        kind = kinds.get(step.kind, PromptKind.LINES)
        return [Prompt(f"{step.kind}:{number}", kind, step.title, step.say)]

    def done(self, prompt: Prompt) -> bool:
        """Whether a prompt is behind us."""
        if prompt.kind is PromptKind.IDENTITY:
            return self.identified
        if prompt.kind is PromptKind.QUESTION and prompt.question is not None:
            return prompt.question.code in self.answers or prompt.key in self.passed
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
        """Triage of one concern over the treatments it may belong to."""
        return union([triage_concern(view, self.values) for view in opened.views])

    def judged(self) -> Triage:
        """Triage of everything said so far."""
        parts = [triage_flow(self.flow, self.values), *(self.judged_concern(one) for one in self.concerns)]
        return union(parts)

    @property
    def level(self) -> Level | None:
        """The most urgent level ever raised here."""
        return min((flag.level for flag in self.raised), key=lambda level: level.rank, default=None)

    def spoken(self, opened: Opened) -> tuple[str, Lines | None]:
        """What to say at the end of a concern.

        Returns:
            "say" with the reassuring lines only when the patient has shown who she is, every treatment's
            track allows them and no escalating flag was ever raised in this conversation; else the level or
            "OUTSIDE" with its lines.
        """
        verdict = self.judged_concern(opened)
        level = min(
            (one for one in (self.level, verdict.level) if one is not None and one.escalates),
            key=lambda one: one.rank,
            default=None,
        )
        if level is None and self.identified and verdict.reassurance_allowed:
            says = [view.say for view in opened.views]
            if all(says):
                return "say", says[0]
        name = "OUTSIDE" if level is None else str(level)
        for view in opened.views:
            if name in view.otherwise:
                return name, view.otherwise[name]
        return name, None


def start(flow: FlowView) -> Talk:
    """A conversation at its beginning."""
    return Talk(flow)


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
    after = replace(talk, answers={**talk.answers, **new}, at=None)
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
    """Go on from lines that were read; from a verdict, back to the flow."""
    if prompt.kind is PromptKind.VERDICT:
        return replace(talk, open=None, at=None)
    return replace(talk, passed=talk.passed | {prompt.key}, at=None)


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
    known = any(one.code == opened.code for one in talk.concerns)
    concerns = talk.concerns if known else (*talk.concerns, opened)
    return note_flags(replace(talk, concerns=concerns, open=opened.code, at=None))


def close_concern(talk: Talk) -> Talk:
    """Back to the flow, whatever is left to ask."""
    return replace(talk, open=None, at=None)


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


def _question(question: Question, title: Words, concern: str | None = None) -> Prompt:
    return Prompt(f"q:{question.code}", PromptKind.QUESTION, title, question=question, concern=concern)


def _concern_prompts(opened: Opened) -> tuple[Prompt, ...]:
    title = opened.views[0].concern.name
    asked = [_question(question, title, opened.code) for question in opened.questions]
    return (*asked, Prompt(f"verdict:{opened.code}", PromptKind.VERDICT, title, concern=opened.code))


def _joined(parts: list[Lines]) -> Lines | None:
    if not parts:
        return None
    return Lines(
        zh=tuple(line for part in parts for line in part.zh),
        en=tuple(line for part in parts for line in part.en),
    )
