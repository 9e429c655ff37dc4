"""What must hold of a scenario before anybody practises on it.

The codes it names exist, its day lies in its milestone, and what a caller is told to say breaks no rule of the
talk-tracks. What the patient says is hers: it is only cleaned. Last, the right call is played: a scenario whose
right call loses points teaches the wrong thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from console.clean import clean
from console.practice.book import Book
from console.practice.records import Scenario, Truth
from console.rules import plan_data
from console.scripts.answers import answer_fault
from console.scripts.library import Library
from console.scripts.lint_base import Problem
from console.scripts.records import Words
from console.scripts.words import MAX_ZH_LINE, PLACEHOLDERS, banned, placeholders

SEEDS: Final = (1, 2, 3)
"""Seeds the right call is played with."""
OLDEST, NEWEST = 1900, 2026
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SENTENCE_END = re.compile("[\u3002\uff01\uff1f\uff1b]")


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A text to the trainee. said: a caller could say it aloud, so one breath must do."""

    where: str
    words: Words
    said: bool = False


def check(
    book: Book, library: Library, *, codes: Iterable[str] | None = None, play: bool = True
) -> tuple[Problem, ...]:
    """All faults of the scenarios of a book.

    Args: book; library, the talk-tracks they are played with; codes, only these scenarios; play, whether the
    right call is played too, which takes a few seconds and about a second a scenario. Returns problems, empty when
    every scenario may be practised on. Raises ScriptError when codes names no scenario, or a file of the
    talk-tracks is broken.
    """
    problems = list(book.faults) if codes is None else []
    sound: list[Scenario] = []
    for code in book.codes if codes is None else codes:
        scenario, faults = book.read(code)
        problems.extend(faults)
        if scenario is None:
            continue
        found = judge(scenario, library)
        problems.extend(found)
        # A code that does not exist would only be found a second time.
        if not found:
            sound.append(scenario)
    if play and sound:
        from console.practice.proof import practice_base, proof

        with practice_base() as base:
            for scenario in sound:
                problems.extend(proof(scenario, base, SEEDS))
    return tuple(dict.fromkeys(problems))


def judge(scenario: Scenario, library: Library) -> tuple[Problem, ...]:
    """What can be judged without playing. Args: scenario, library. Returns problems."""
    file = f"{scenario.code}.toml"
    found: list[Problem] = []
    rules = (_people, _treatments, _milestone, _truth, _places, _interruptions, _ends, _items)
    for rule in rules:
        found.extend(Problem(file, where, code, message) for where, code, message in rule(scenario, library))
    for text in _texts(scenario):
        found.extend(Problem(file, where, code, message) for where, code, message in judged_text(text))
    return tuple(found)


Found = tuple[str, str, str]


def _people(scenario: Scenario, library: Library) -> Iterator[Found]:
    persona = scenario.persona
    if not OLDEST <= persona.born_on.year <= NEWEST:
        yield "persona.born_on", "out_of_range", f"a year from {OLDEST} to {NEWEST} is expected"
    names = [persona.name, *(one.name for one in scenario.companions)]
    if len(set(names)) < len(names):
        yield "companion_person", "name_twice", "two people have the same name"
    if scenario.on_line == "proxy" and not scenario.interruptions and scenario.end.spoke_to == "patient":
        yield "on_line", "never_patient", "a proxy picks up, and nothing hands the telephone to the patient"


def _treatments(scenario: Scenario, library: Library) -> Iterator[Found]:
    for number, one in enumerate(scenario.treatments):
        if one.procedure not in library.procedures:
            yield f"treatment.{number}.procedure", "unknown_procedure", f"no procedure {one.procedure!r}"
        elif one.drain_in and not library.procedures[one.procedure].surgery:
            yield f"treatment.{number}.drain_in", "no_drain", "an injection or a device leaves no drain"


def _planned(plans: plan_data.Plans, procedure: str) -> str:
    """The milestones of the calls after an operation of that procedure."""
    own = (row for row in plans.rows() if isinstance(row, plan_data.Row) and row.anchor == "operation")
    codes = dict.fromkeys(row.code for row in own if any(plans.has(procedure, group) for group in row.groups))
    return ", ".join(codes) or "none"


def _milestone(scenario: Scenario, library: Library) -> Iterator[Found]:
    if not scenario.milestone:
        return
    plans = plan_data.shipped()
    rows = [row for row in plans.rows() if row.code == scenario.milestone]
    if not rows:
        known = _planned(plans, scenario.treatments[0].procedure)
        yield "milestone", "unknown_milestone", f"no milestone {scenario.milestone!r}; there are {known}"
        return
    if library.flow_for(scenario.milestone) is None:
        yield "milestone", "no_flow", f"no talk-track is read for {scenario.milestone}"
    first = scenario.treatments[0]
    if first.procedure not in library.procedures:
        return
    row = rows[0]
    none = f"{first.procedure} has no {row.code} call; it has {_planned(plans, first.procedure)}"
    if isinstance(row, plan_data.Row) and row.anchor == "operation":
        if not any(plans.has(first.procedure, group) for group in row.groups):
            yield "milestone", "wrong_milestone", none
            return
        days = _span(row)
    elif isinstance(row, plan_data.RemovalRow):
        days = _removal(plans, row, scenario)
        if days is None:
            yield "milestone", "wrong_milestone", none
            return
    else:
        return
    if row.code == "YEARLY":
        if first.day < days[0]:
            yield "treatment.0.day", "outside_milestone", f"{row.code} begins on day {days[0]}"
    elif not days[0] <= first.day <= days[1]:
        message = f"day {first.day} lies outside {row.code}, which is day {days[0]} to {days[1]}"
        yield "treatment.0.day", "outside_milestone", message


def _span(row: plan_data.Row) -> tuple[int, int]:
    """First and last post-op day on which a planned call may be made, as far as months allow to say."""

    def day(offset: plan_data.Offset, month: float) -> int:
        return offset.days + round(offset.months * month)

    year = 365 / 12
    first = day(row.due, year) - row.earliest_before if row.earliest is None else day(row.earliest, year)
    # A year may be a leap year.
    leap = 1 if row.due.months or (row.end is not None and row.end.months) else 0
    last = day(row.due, year) + row.end_after if row.end is None else day(row.end, year)
    return first, last + leap


def _removal(plans: plan_data.Plans, row: plan_data.RemovalRow, scenario: Scenario) -> tuple[int, int] | None:
    first = scenario.treatments[0]
    own, ranges = (
        (first.stitches_day, plans.stitches) if row.rule == "stitches" else (first.splint_day, plans.splint)
    )
    if own is not None:
        return own - row.surgeon_due_before, own + row.surgeon_end_after
    known = ranges.get(first.procedure)
    return None if known is None else (known.first - row.earliest_before, known.end)


def _truth(scenario: Scenario, library: Library) -> Iterator[Found]:
    for code, truth in scenario.truth.items():
        yield from _one_truth(code, truth, library)
    for code in scenario.worries:
        if code not in library.concerns:
            yield f"worry.{code}", "unknown_concern", f"no concern {code!r}"


def _one_truth(code: str, truth: Truth, library: Library) -> Iterator[Found]:
    where = f"truth.{code}"
    question = library.questions.get(code)
    if question is None:
        yield where, "unknown_question", f"no question {code!r}"
        return
    if truth.value == "unsure" and question.kind == "yes_no":
        yield f"{where}.value", "answer", "say what is really so; what she cannot say plainly is vague = true"
    elif fault := answer_fault(question, truth.value):
        yield f"{where}.value", "answer", fault
    if truth.vague and question.kind != "yes_no":
        yield f"{where}.vague", "wrong_kind", f"only a danger sign can be vague, {code} is a {question.kind}"
    if truth.vague and not truth.says:
        yield f"{where}.says", "missing_words", "what is vague needs her words"


def _places(scenario: Scenario, library: Library) -> Iterator[Found]:
    places = [(f"volunteer.{n}.at", one.at) for n, one in enumerate(scenario.volunteers)]
    places += [(f"interruption.{n}.at", one.at) for n, one in enumerate(scenario.interruptions)]
    for where, at in places:
        kind, _, code = at.partition(":")
        if kind == "q" and code not in library.questions:
            yield where, "unknown_question", f"no question {code!r}"
        if kind == "concern" and code not in library.concerns:
            yield where, "unknown_concern", f"no concern {code!r}"


def _interruptions(scenario: Scenario, library: Library) -> Iterator[Found]:
    for number, one in enumerate(scenario.interruptions):
        for answer in one.answers:
            if fault := _did_fault(answer, library):
                yield f"interruption.{number}.answers", fault[0], fault[1]
    for number, must in enumerate(scenario.musts):
        if fault := _did_fault(must.did, library):
            yield f"must.{number}.did", fault[0], fault[1]


def _did_fault(did: str, library: Library) -> tuple[str, str] | None:
    kind, _, code = did.partition(":")
    if kind == "concern" and code not in library.concerns:
        return "unknown_concern", f"no concern {code!r}"
    if kind == "asked" and code not in library.questions:
        return "unknown_question", f"no question {code!r}"
    if kind == "turn":
        kind, _, code = code.partition(":")
        if kind == "situation" and code not in situations(library):
            return "unknown_turn", f"no flow {code!r} is a turn of the talk"
        if kind == "playbook" and code not in library.playbooks:
            return "unknown_turn", f"no playbook {code!r}"
        if kind == "care" and code not in library.care_words:
            return "unknown_turn", f"no care code {code!r}"
    return None


def situations(library: Library) -> frozenset[str]:
    """Codes of the flows a caller opens by hand. Args: library. Raises ScriptError on a fault in one."""
    return _situations(library.hash, library)


@lru_cache(maxsize=4)
def _situations(_hash: str, library: Library) -> frozenset[str]:
    return frozenset(code for code in library.names("flows") if library.flows(code)[0].situation is not None)


def _ends(scenario: Scenario, library: Library) -> Iterator[Found]:
    end = scenario.end
    for code in end.concerns:
        if code not in library.concerns:
            yield "end.concerns", "unknown_concern", f"no concern {code!r}"
    known = [library.flags[code] for code in end.flags if code in library.flags]
    for code in end.flags:
        if code not in library.flags:
            yield "end.flags", "unknown_flag", f"no flag {code!r}"
    for flag in known:
        if not flag.level.escalates:
            yield (
                "end.flags",
                "no_escalation",
                f"{flag.code} is ROUTINE, and only flags that escalate are listed",
            )
    if known and end.level is not None:
        most = min((flag.level for flag in known), key=lambda level: level.rank)
        if most is not end.level:
            yield "end.level", "level_differs", f"the flags are {most.value} at most, not {end.level.value}"


def _items(scenario: Scenario, library: Library) -> Iterator[Found]:
    from console.scripts.scorecard import shipped

    known = {item.code for item in shipped().items}
    fails = {fail.code for fail in shipped().fails}
    musts = {must.code for must in scenario.musts}
    interruptions = {one.code for one in scenario.interruptions}
    for key, codes in (("better", scenario.better), ("points", scenario.points)):
        for code in codes:
            group, _, inner = code.partition(":")
            if group not in known and (key == "points" or group not in fails):
                yield f"{key}.{code}", "unknown_item", f"the scorecard has no item {group!r}"
            elif inner and (
                (group == "must" and inner not in musts)
                or (group == "interruption" and inner not in interruptions)
                or (group == "answer" and inner not in library.questions)
                or (group == "concern" and inner not in library.concerns)
                or (group == "flag" and inner not in library.flags)
            ):
                yield f"{key}.{code}", "unknown_item", f"{group} has no {inner!r} here"


def _texts(scenario: Scenario) -> Iterator[_Spoken]:
    yield _Spoken("about", scenario.about)
    for number, one in enumerate(scenario.interruptions):
        if one.better is not None:
            yield _Spoken(f"interruption.{number}.better", one.better)
    for number, must in enumerate(scenario.musts):
        yield _Spoken(f"must.{number}.text", must.text)
        yield _Spoken(f"must.{number}.better", must.better)
    for code, words in scenario.better.items():
        yield _Spoken(f"better.{code}", words, said=True)


def judged_text(text: _Spoken) -> Iterator[Found]:
    """What is wrong with a text to the trainee. Args: text. Yields (where, code, message)."""
    zh, en = text.words.zh, text.words.en
    if placeholders(zh) != placeholders(en):
        yield text.where, "placeholders_differ", "the placeholders of zh and en differ"
    for name in sorted((placeholders(zh) | placeholders(en)) - PLACEHOLDERS):
        yield text.where, "placeholder_unknown", f"{{{clean(name)}}} is not on the list"
    if not _CHINESE.search(zh):
        yield f"{text.where}.zh", "not_chinese", "no Chinese in the Chinese text"
    if _CHINESE.search(en):
        yield f"{text.where}.en", "not_english", "Chinese in the English text"
    if text.said:
        longest = max(len(part) for part in _SENTENCE_END.split(zh))
        if longest > MAX_ZH_LINE:
            yield f"{text.where}.zh", "too_long", f"{longest} characters, {MAX_ZH_LINE} are one breath"
    for lang, line in (("zh", zh), ("en", en)):
        for code, found in banned(line, spoken=True):
            yield f"{text.where}.{lang}", code, f"never said: {found!r}"


def spoken(where: str, words: Words, *, said: bool = False) -> tuple[Found, ...]:
    """The same for one text from elsewhere, like the scorecard's.

    Args: where, words; said, whether a caller could say it aloud. Returns (where, code, message) per fault.
    """
    return tuple(judged_text(_Spoken(where, words, said)))
