"""Plays patients' own words, with what a careful caller keys for them, through the real selection, conversation and
judgement, and says where the outcome is not what was expected."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from console.desk.judging import judge
from console.rules.triage import Answer, Flag, Triage
from console.scripts import conversation
from console.scripts.answers import answer_fault
from console.scripts.conversation import Opened, Prompt, PromptKind, Talk
from console.scripts.joint import select_joint, triage_joint
from console.scripts.library import Library
from console.scripts.prompts import question_prompt
from console.scripts.records import Lines, OpenTreatment, Question
from console.scripts.select import select_concern, select_flow
from console.scripts.untreated import select_untreated
from db.enums import Level
from db.records import Answered, CallForm
from db.records import OpenTreatment as OnFile
from tests.scripts.answers import well

FOLDER = Path(__file__).parents[1] / "data" / "vignettes"
ROLE = "caller"
FLOW = "incoming"
"""The call in which a concern is named, unless the vignette says another."""
TODAY = datetime(2026, 6, 15, 6, 35, tzinfo=UTC)

NEVER = re.compile(
    "正常|没事|放心|不用担心|别担心|肯定|保证|一定会|想多了|太敏感|再等等|再观察|体质|"
    r"\bnormal\b|\bdon't worry\b|\bdo not worry\b|\bguarantee|\bdefinitely\b|\bwait and see\b|\bnothing to worry\b",
    re.IGNORECASE,
)
"""What no line may hold, whatever the outcome (facts.yaml never_say)."""
SOOTHING = re.compile(
    "常见|慢慢消|慢慢恢复|一天天|因人而异|\b(is|are) (quite |very )?common\b|at everyone's own pace|day by day",
    re.IGNORECASE,
)
"""What no line may hold unless reassurance is right."""


@dataclass(frozen=True)
class Vignette:
    """One patient; `says` are her words, the rest is what is keyed and what must come of it."""

    id: str
    says: str
    treatments: tuple[OpenTreatment, ...]
    file: str = ""
    speaker: str = "patient"
    identified: bool = True
    flow: str | None = None
    concern: str | None = None
    before: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    taken_back: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    keyed: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    trend: str | None = None
    unanswered: frozenset[str] = frozenset()
    not_asked: frozenset[str] = frozenset()
    window: tuple[int, int] | None = None
    no_window: bool = False
    level: Level | None = None
    judged: Level | None = None
    flags: frozenset[str] = frozenset()
    reassure: bool = False
    must: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def value(self, question: Question) -> Answer | None:
        """What is keyed for a question; None leaves it open. What she doesn't mention is well."""
        if question.code in self.unanswered:
            return None
        if question.code in self.keyed:
            return self.keyed[question.code]
        if question.is_trend and self.trend is not None:
            return self.trend or None
        return well(question)


@dataclass(frozen=True)
class Outcome:
    """What came of a vignette: everything raised, the final judgement, what she is told, the desk's own judgement."""

    raised: tuple[Flag, ...]
    judged: Triage
    verdict: Triage
    values: Mapping[str, Answer]
    name: str
    lines: Lines | None
    desk: Triage
    asked: frozenset[str]

    @property
    def level(self) -> Level | None:
        """The most urgent level at any time."""
        flags = (*self.raised, *self.judged.flags)
        return min((flag.level for flag in flags), key=lambda level: level.rank, default=None)


def _level(name: str | None) -> Level | None:
    return None if name in (None, "none") else Level(name)


def _read(data: dict[str, Any], file: str) -> Vignette:
    keyed = {**dict.fromkeys(data.pop("yes", []), "yes"), **dict.fromkeys(data.pop("unsure", []), "unsure")}
    level = data.pop("level", None)
    return Vignette(
        treatments=tuple(OpenTreatment(**one) for one in data.pop("treatments")),
        keyed={**keyed, **data.pop("answers", {})},
        level=_level(level),
        judged=_level(data.pop("judged", level)),
        unanswered=frozenset(data.pop("unanswered", [])),
        not_asked=frozenset(data.pop("not_asked", [])),
        window=None if (days := data.pop("window", None)) is None else (days[0], days[1]),
        flags=frozenset(data.pop("flags", [])),
        must=tuple(data.pop("must", [])),
        never=tuple(data.pop("never", [])),
        file=file,
        **data,
    )


@cache
def vignettes() -> tuple[Vignette, ...]:
    """All vignettes of tests/data/vignettes, in the order of files."""
    return tuple(
        _read(data, path.name)
        for path in sorted(FOLDER.glob("*.toml"))
        for data in tomllib.loads(path.read_text(encoding="utf-8"))["vignette"]
    )


def open_concern(library: Library, one: Vignette) -> Opened:
    """The concern as the call screen opens it: one track, or the joint ones of several treatments."""
    assert one.concern is not None
    if not one.treatments:
        return Opened(one.concern, (select_untreated(library, one.concern),))
    if len(one.treatments) == 1:
        return Opened(one.concern, (select_concern(library, one.treatments[0], one.concern, ROLE),))
    return Opened(one.concern, select_joint(library, one.treatments, one.concern, ROLE).views)


def play(library: Library, one: Vignette) -> Outcome:
    """The whole conversation, key by key."""
    flow = select_flow(library, one.treatments[0] if one.treatments else None, one.flow or FLOW, ROLE)
    talk = conversation.start(flow)
    if one.identified:
        talk = conversation.identify(talk)
    for code, value in one.before.items():
        question = library.questions[code]
        talk = conversation.answer(talk, question_prompt(question, flow.title), value)[0]
    if one.concern is None:
        return _outcome(library, one, _through(talk, one), None)
    opened = open_concern(library, one)
    talk = conversation.name_concern(talk, opened)[0]
    # What is only noted beside the questions is keyed when she says it.
    noted = [question for view in opened.views for question in view.details if question.code in one.keyed]
    title = opened.views[0].concern.name
    for prompt in (*talk.prompts(), *(question_prompt(question, title, opened.code) for question in noted)):
        if prompt.question is None or prompt.question.code in one.before:
            continue
        for value in (one.taken_back.get(prompt.question.code), one.value(prompt.question)):
            if value is not None:
                talk = conversation.answer(talk, prompt, value)[0]
    return _outcome(library, one, talk, opened)


def _through(talk: Talk, one: Vignette) -> Talk:
    for _step in range(120):
        prompt = talk.current
        if prompt is None or prompt.kind is PromptKind.CLOSE:
            return talk
        talk = _key(talk, prompt, one)
    return talk


def _key(talk: Talk, prompt: Prompt, one: Vignette) -> Talk:
    if prompt.kind is PromptKind.GROUP:
        there = any(one.value(sign) not in ("no", None) for sign in prompt.signs)
        return conversation.answer(talk, prompt, "yes" if there else "no")[0]
    if prompt.question is not None:
        value = one.value(prompt.question)
        return (
            conversation.leave(talk, prompt) if value is None else conversation.answer(talk, prompt, value)[0]
        )
    if prompt.kind is PromptKind.IDENTITY:
        return conversation.identify(talk)
    return conversation.leave(talk, prompt)


def _outcome(library: Library, one: Vignette, talk: Talk, opened: Opened | None) -> Outcome:
    verdict = talk.judged() if opened is None else talk.judged_concern(opened)
    name, lines = ("flow", None) if opened is None else talk.spoken(opened)
    form = CallForm(
        answers=tuple(_answered(code, given.value) for code, given in talk.answers.items()),
        concerns=() if opened is None else (opened.code,),
    )
    asked = {prompt.question.code for prompt in talk.prompts() if prompt.question is not None}
    asked |= set(talk.flow.questions) if opened is None else set()
    return Outcome(
        raised=talk.raised,
        judged=talk.judged(),
        verdict=verdict,
        values=talk.values,
        name=name,
        lines=lines,
        desk=judge(library, form, [on_file(number, item) for number, item in enumerate(one.treatments, 1)]),
        asked=frozenset(asked),
    )


def _answered(code: str, value: Answer) -> Answered:
    number = None if isinstance(value, str) else float(value)
    return Answered(code, str(value), TODAY, number=number)


def on_file(number: int, one: OpenTreatment) -> OnFile:
    """A treatment as the call sheet holds it. Args: number, its id; one, as the selector knows it."""
    performed = TODAY.date() - timedelta(days=one.day)

    def ordered(day: int | None) -> date | None:
        return None if day is None else performed + timedelta(days=day)

    return OnFile(
        id=number,
        procedure=one.procedure,
        site=one.site,
        side=one.side,
        performed_on=performed,
        day=one.day,
        surgeon=None,
        anaesthesia=one.anaesthesia,
        implant=None,
        orders=None,
        stitches_on=ordered(one.stitches_day),
        splint_on=ordered(one.splint_day),
        inpatient=one.inpatient,
        discharge_on=None,
        stitches_out=one.stitches_out,
        splint_out=one.splint_out,
        drain_in=one.drain_in,
        masked=False,
    )


def faults(library: Library, some: Iterable[Vignette] | None = None) -> Iterator[str]:
    """Where the outcome is not the expected one.

    Args: library; some, all when None. Yields "vignette: what is wrong".
    """
    for one in vignettes() if some is None else some:
        try:
            outcome = play(library, one)
        except Exception as error:  # a mutated release may break anywhere; it must not break unseen
            yield f"{one.id}: {type(error).__name__}: {error}"
            continue
        found = (_keyed(library, one, outcome), _judged(one, outcome), _together(library, one, outcome))
        for fault in chain(*found, _spoken(library, one, outcome)):
            yield f"{one.id}: {fault}"


def _keyed(library: Library, one: Vignette, outcome: Outcome) -> Iterator[str]:
    for code, value in {**one.before, **one.taken_back, **one.keyed}.items():
        problem = answer_fault(library.questions[code], value)
        if problem:
            yield f"{code} = {value!r}: {problem}"
    details = _details(library, one)
    for code in sorted(set(one.keyed) | one.unanswered):
        if code not in outcome.asked and code not in details:
            yield f"{code} is not asked"
    for code in sorted(one.not_asked & outcome.asked):
        yield f"{code} is asked"


def _details(library: Library, one: Vignette) -> frozenset[str]:
    if one.concern is None:
        return frozenset()
    views = open_concern(library, one).views
    return frozenset(question.code for view in views for question in view.details)


def _together(library: Library, one: Vignette, outcome: Outcome) -> Iterator[str]:
    """The joint view, which the commands judge and show, against the conversation's."""
    if one.concern is None or len(one.treatments) < 2:
        return
    joint = select_joint(library, one.treatments, one.concern, ROLE)
    if triage_joint(joint, outcome.values) != outcome.verdict:
        yield "the commands judge otherwise than the call screen"
    if not set(outcome.verdict.flags) <= set(joint.flags):
        yield "a flag of one operation is missing in the joint view"
    days = None if joint.window is None else (joint.window.from_day, joint.window.until)
    if one.no_window and joint.window is not None:
        yield "a joint window where one operation has none"
    if one.window is not None and days != one.window:
        yield f"joint window {days}, expected {one.window}"


def _judged(one: Vignette, outcome: Outcome) -> Iterator[str]:
    if outcome.level is not one.level:
        yield f"level {outcome.level}, expected {one.level}"
    if outcome.desk.level is not one.judged:
        yield f"the desk judges {outcome.desk.level}, expected {one.judged}"
    screen = {flag.code for flag in (*outcome.raised, *outcome.judged.flags)}
    if one.flags - screen:
        yield f"not raised: {sorted(one.flags - screen)}"
    desk = {flag.code for flag in outcome.desk.flags}
    if one.judged is one.level and one.flags - desk:
        yield f"not raised at the desk: {sorted(one.flags - desk)}"


def _spoken(library: Library, one: Vignette, outcome: Outcome) -> Iterator[str]:
    if one.concern is None:
        if outcome.verdict.reassurance_allowed:
            yield "a flow reassures"
        return
    wanted = "say" if one.reassure else str(one.level) if one.level and one.level.escalates else "OUTSIDE"
    if outcome.name != wanted:
        yield f"she is told {outcome.name}, expected {wanted}"
    if outcome.lines is None:
        yield "there are no words"
        return
    spoken = "\n".join((*outcome.lines.zh, *outcome.lines.en))
    forbidden = [NEVER.pattern, *one.never, *([] if one.reassure else [SOOTHING.pattern])]
    for pattern in forbidden:
        if found := re.search(pattern, spoken, re.IGNORECASE):
            yield f"says {found[0]!r}"
    for pattern in one.must:
        if not re.search(pattern, spoken, re.IGNORECASE):
            yield f"says nothing of {pattern!r}"
    if not one.reassure:
        first = {line for track in library.tracks(one.concern) if track.say for line in track.say.zh[:1]}
        if first & set(outcome.lines.zh):
            yield "reads words which reassure"
    elif _early(one) and "{night_phone}" not in spoken and "{ambulance}" not in spoken:
        yield "names no number for the night"


def _early(one: Vignette) -> bool:
    """Whether her words must name whom to ring: bodily trouble in the first week."""
    return one.concern != "mood_body_image" and min((item.day for item in one.treatments), default=0) < 7


def changed(one: Vignette, **more: Any) -> Vignette:
    """A copy with other fields: for proving that the guard can fail."""
    return replace(one, **more)
