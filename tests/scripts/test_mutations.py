"""Each rule of selection and triage is broken in turn, in the code and in the release, and each time a guard notices:
the vignettes, the clinical facts and decisions, or the check against the shipped release."""

from __future__ import annotations
import __future__

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import FunctionType
from typing import Any

import pytest

from console.desk import judging
from console.rules import triage as rules
from console.scripts import conversation, joint, lint_shipped, select
from console.scripts.inventory import compare
from console.scripts.library import Library, from_texts, shipped
from console.scripts.records import OpenTreatment
from db.enums import Level
from tests.scripts import guards, quick
from tests.scripts.vignettes import faults, vignettes

ORDER = (Level.EMERGENCY, Level.SAME_DAY, Level.URGENT, Level.ROUTINE)


@cache
def library() -> Library:
    return shipped()


@contextmanager
def broken(function: Any, old: str, new: str) -> Iterator[None]:
    """While open, the function runs with one piece of its text replaced, for everyone who already has it."""
    target: FunctionType = function.fget if isinstance(function, property) else function
    source = textwrap.dedent(inspect.getsource(target))
    assert source.count(old) == 1, (target.__qualname__, old, source.count(old))
    text = re.sub(r"\A(@.*\n)+", "", source.replace(old, new))
    names: dict[str, Any] = {}
    flags = __future__.annotations.compiler_flag
    exec(compile(text, "<broken>", "exec", flags=flags), target.__globals__, names)
    whole = target.__code__
    target.__code__ = names[target.__name__].__code__
    try:
        yield
    finally:
        target.__code__ = whole


FIRST = ("flows.toml", "several.toml", "edges.toml", "quiet.toml", "same_day.toml", "emergency.toml")
"""Where most breaks show soonest."""


def noticed(where: Library) -> str | None:
    """The first thing a guard says; None when a break goes unseen."""
    told = next(straight(), None)
    return told or next(faults(where, sorted(vignettes(), key=lambda one: FIRST.index(one.file))), None)


def straight() -> Iterator[str]:
    """What no vignette can show, because another rule would stop the words as well."""
    window = rules.Window(0, 1, 3, None)
    for facts in (
        rules.TriageFacts(day=1, window=window, may_reassure=False),
        rules.TriageFacts(day=1, window=window, in_concern=False),
    ):
        if rules.triage([], {}, facts).reassurance_allowed:
            yield "words where there are none, or in a flow"
    for more in ({"day": 9}, {"day": 1, "trend": "t"}):
        if rules.triage([], {"t": "worse"}, rules.TriageFacts(window=window, **more)).reassurance_allowed:
            yield "words outside the window, or with a worse trend"
    yes = rules.Predicate("yes", question="q")
    both = [rules.Flag(str(level), level, "-", "-", yes) for level in (Level.ROUTINE, Level.EMERGENCY)]
    told = rules.triage(both, {"q": "yes"}, rules.TriageFacts(day=1, window=window))
    if told.level is not Level.EMERGENCY or told.reassurance_allowed:
        yield "the mildest flag wins, or an escalation leaves the words"
    if rules.union([]).reassurance_allowed:
        yield "nothing judged allows something"
    if rules.is_answered("  ") or rules.is_answered(float("nan")):
        yield "a blank counts as an answer"
    if (
        select.select_concern(library(), OpenTreatment("upper_blepharoplasty", 31), "swelling").say
        is not None
    ):
        yield "words outside the window"


T, S, J, C = rules, select, joint, conversation
CODE: list[tuple[str, Any, str, str]] = [
    # triage: predicates
    ("unsure counted as no", T.holds, "answer != NO", "answer == YES"),
    ("polarity turned", T.holds, "answer != NO", "answer != YES"),
    (">= turned to >", T.holds, "number >= predicate.value", "number > predicate.value"),
    (">= turned to <", T.holds, "number >= predicate.value", "number < predicate.value"),
    ("< turned to <=", T.holds, "number < predicate.value", "number <= predicate.value"),
    ("< turned to >", T.holds, "number < predicate.value", "number > predicate.value"),
    ("an unsure choice counted as well", T.holds, "answer == UNSURE or answer in", "answer in"),
    ("choice turned", T.holds, "answer in predicate.options", "answer not in predicate.options"),
    ("a day too late", T.holds, "facts.day >= predicate.from_day", "facts.day > predicate.from_day"),
    ("a day too short", T.holds, "facts.day <= predicate.to_day", "facts.day < predicate.to_day"),
    ("first day ignored", T.holds, "predicate.from_day is None or", "True or"),
    ("last day ignored", T.holds, "predicate.to_day is None or", "True or"),
    ("an unknown day is no day", T.holds, "facts.day is None or (", "facts.day is not None and ("),
    ("past_window ignored", T.holds, "return facts.past_window", "return False"),
    ("past_window always", T.holds, "return facts.past_window", "return True"),
    ("trend ignored", T.holds, "answers.get(code) == WORSE for", "False for"),
    ("overdue order ignored", T.holds, "predicate.order in facts.overdue", "False"),
    ("order always overdue", T.holds, "predicate.order in facts.overdue", "True"),
    ("any turned to all", T.holds, "any(holds(part", "all(holds(part"),
    ("all turned to any", T.holds, "return all(holds(part", "return any(holds(part"),
    # triage: windows
    ("window over a day early", T.TriageFacts.past_window, "self.day > until", "self.day >= until"),
    ("no window is no time", T.TriageFacts.past_window, "until is None or", "until is not None and"),
    ("window ends a day early", T.Window.holds, "day <= self.until", "day < self.until"),
    ("window ends a day late", T.Window.holds, "day <= self.until", "day <= self.until + 1"),
    ("window begins a day late", T.Window.holds, "self.from_day <= day", "self.from_day < day"),
    ("window begins a day early", T.Window.holds, "self.from_day <= day", "self.from_day - 1 <= day"),
    # triage: the judgement
    ("escalation doesn't stop the words", T.triage, "and not (level is not None and level.escalates)", ""),
    ("an observation stops the words", T.triage, "level is not None and level.escalates", "level is not None"),
    ("unanswered ignored", T.triage, "and not unanswered", ""),
    ("unsure ignored", T.triage, "and not unsure", ""),
    ("trend needn't be good", T.triage, "and trend_good", ""),
    ("window ignored", T.triage, "and facts.in_window", ""),
    ("words not needed", T.triage, "facts.may_reassure\n        and", ""),
    ("a flow may reassure", T.triage, "and facts.in_concern", ""),
    ("the mildest flag wins", T.triage, "key=lambda flag: flag.level.rank", "key=lambda flag: -flag.level.rank"),
    ("a blank answer counts", T.is_answered, "bool(answer.strip())", "True"),
    # several treatments
    ("one treatment's leave is enough", T.union, "all(result.reassurance_allowed", "any(result.reassurance_allowed"),
    ("of nothing, everything", T.union, "bool(results) and ", ""),
    ("only the first treatment's flags", T.union, "for result in results:", "for result in results[:1]:"),
    ("the mildest treatment wins", T.union, "key=lambda flag: flag.level.rank", "key=lambda flag: -flag.level.rank"),
    ("widest window", J._narrowest, "return min(known", "return max(known"),
    ("a missing window is no limit", J._narrowest, "or len(known) < len(windows)", ""),
    ("later operation ignored", J.later_first, "other is item or _overlap(library, item, other)", "other is item"),
    ("earlier operation counts", J.later_first, "day=min(", "day=max("),
    ("every site is the same", J.later_first, "_overlap(library, item, other)", "True"),
    ("only the first treatment asked", J.select_joint, "for item in later_first(library, treatments)",
     "for item in later_first(library, treatments)[:1]"),
    ("joint flags of the first only", J.select_joint, "for view in views for flag", "for view in views[:1] for flag"),
    ("joint judgement of the first only", J.triage_joint, "for view in joint.views", "for view in joint.views[:1]"),
    # selection
    ("the wider track chosen", S.select_concern, "chosen = max(", "chosen = min("),
    ("day range ignored", S._fits, "(last is None or day <= last)", "True"),
    ("first day of a track ignored", S._fits, "(first is None or day >= first)", "True"),
    ("group over code", S._specificity, "return 2", "return 0"),
    ("other procedures' tracks fit", S._specificity, "if wanted in procedure.groups else -1", ""),
    ("general questions and flags lost", S.select_concern,
     "[chosen, *(track for track in fitting if track is not chosen), general]", "[chosen]"),
    ("general flags lost", S.select_concern,
     "flags=_flags(library, (code for track in layers", "flags=_flags(library, (code for track in layers[:-1]"),
    ("general questions lost", S.select_concern,
     "ask = _questions(library, (code for track in layers", "ask = _questions(library, (code for track in layers[:-1]"),
    ("trend question lost", S.select_concern, "ask = (*ask, library.questions[trend])", "ask = ask"),
    ("words outside the window", S.select_concern, "chosen.say if inside else None", "chosen.say"),
    ("special lines lost", S._otherwise, "sorted(fitting", "sorted(fitting[:0]"),
    ("flags everywhere lost", S._flags, "for code in library.everywhere:", "for code in ():"),
    ("flags of other procedures count", S._flags, "if procedure.matches(flag.procedures):", "if True:"),
    ("required questions skipped", S.triage_concern, "question.code for question in view.ask", ""),
    ("window not handed on", S.triage_concern, "window=view.window", "window=None"),
    ("trend not handed on", S.triage_concern, "trend=view.trend", "trend=None"),
    ("due from the range's last day", S.orders, "and day >= first", "and last is not None and day > last"),
    ("overdue a day early", S.orders, "day > last", "day >= last"),
    ("overdue a day late", S.orders, "day > last", "day > last + 1"),
    ("surgeon's date ignored", S.orders, "if at is None:", "if True:"),
    ("asked after they are out", S.orders, "if out:", "if False:"),
    ("asked without a range", S.orders, "not care.from_day or", ""),
    # the planned call
    ("trend ignored in a flow", S.triage_flow, "answers.get(code) == WORSE", "False"),
    ("overdue ignored in a flow", S.triage_flow, "overdue=view.overdue", "overdue=frozenset()"),
    ("only flags everywhere in a flow", S.flow_flags, "flag.everywhere or flag.reads & asked", "flag.everywhere"),
    ("flags out of context in a flow", S.flow_flags, "not flag.context or (flag.reads & asked) - covered", "True"),
    # the conversation
    ("earlier flags forgotten", C.Talk.spoken, "(self.level, verdict.level)", "(verdict.level,)"),
    ("this concern's flags forgotten", C.Talk.spoken, "(self.level, verdict.level)", "()"),
    ("identity ignored", C.Talk.spoken, "self.identified and", ""),
    ("verdict ignored", C.Talk.spoken, "and verdict.reassurance_allowed", ""),
    ("a corrected answer takes its flag along", C.note_flags, "raised=(*talk.raised, *fresh)", "raised=fresh"),
    ("only one treatment judged", C.Talk.judged_concern, "for view in opened.views", "for view in opened.views[:1]"),
    ("a group's yes is a no", C.answer, "if value != NO:", "if False:"),
    # the desk
    ("the desk forgets concerns", judging.judge, "for concern in form.concerns:", "for concern in ():"),
    ("the desk forgets the flow", judging.judge, "flow_flags(library, asked, procedure)", "()"),
    ("the desk forgets other treatments", judging.judge, "for one in targets:", "for one in targets[:1]:"),
    ("the desk forgets the trend", judging.judge, "values.get(code) == WORSE", "False"),
    ("the desk forgets orders", judging.judge, "orders(procedure, track)[1] if", "frozenset() if"),
]  # fmt: skip


def test_nothing_is_noticed_where_nothing_is_broken() -> None:
    assert noticed(library()) is None


def test_every_broken_rule_is_noticed() -> None:
    survivors: list[str] = []
    for name, function, old, new in CODE:
        with broken(function, old, new):
            if noticed(library()) is None:
                survivors.append(name)
    assert survivors == []
    assert noticed(library()) is None


# -- the release --


def named(name: str, copy: Library) -> set[str]:
    """Places in one file of which the check against the shipped release says that they are missing."""
    one, other = (from_texts({name: which.texts[name]}) for which in (library(), copy))
    changes = [change for change in compare(one, other) if change.kind == "removed"]
    return {lint_shipped._missing(change).where for change in changes if not lint_shipped._harmless(change)}


def with_text(name: str, change: Callable[[str], str]) -> Library:
    body = library().texts[name]
    changed = change(body)
    assert changed != body
    return from_texts({**library().texts, name: changed})


def sections(body: str) -> list[str]:
    return re.split(r"(?m)^(?=\[[a-z0-9_]+\]$)", body)[1:]


def test_a_level_lowered_by_one_is_noticed_for_every_flag() -> None:
    def lower(body: str) -> str:
        return re.sub(
            r'(?m)^level = "([A-Z_]+)"',
            lambda found: f'level = "{ORDER[min(ORDER.index(Level(found[1])) + 1, 3)]}"',
            body,
        )

    copy = with_text("flags.toml", lower)
    lowered = {code for code, flag in library().flags.items() if flag.level is not Level.ROUTINE}
    assert {
        code for code in lowered if copy.flags[code].level.rank == library().flags[code].level.rank + 1
    } == lowered
    for code in lowered:
        against = {one.where for one in lint_shipped._flag(copy.flags[code], library().flags[code])}
        assert against == {f"{code}.level"}
    unseen = lowered - set(guards.levels(copy))
    assert unseen == set(), "neither the facts nor a decision say how urgent these are"


def test_a_dropped_flag_is_noticed_for_every_flag() -> None:
    wanted = set(library().flags)
    dropped: set[str] = set()
    for rest in range(3):
        gone = set(list(library().flags)[rest::3])
        copy = with_text(
            "flags.toml",
            lambda body, gone=gone: "".join(
                one for one in sections(body) if one[1 : one.index("]")] not in gone
            ),
        )
        assert named("flags.toml", copy) == gone
        by_fact = {fact: code for code, flag in library().flags.items() for fact in flag.facts}
        facts_or_decision = {by_fact.get(one, one) for one in guards.levels(copy)}
        said = {code for one in vignettes() for code in one.flags}
        dropped |= gone & (facts_or_decision | said)
    assert wanted - dropped == set(), "the facts, a decision and the vignettes know nothing of these"


def _widened(body: str, change: Callable[[str, int, int], str]) -> str:
    return re.sub(
        r"(?m)^([a-z_]+ = \{ )from = (\d+)(.*?)until = (\d+)",
        lambda found: found[1] + change(found[3], int(found[2]), int(found[4])),
        body,
    )


@pytest.mark.parametrize("end", ["late", "early", "shut", "open"])
def test_every_window_moved_by_a_day_is_noticed(end: str) -> None:
    """late, early: widened at its end, at its beginning; shut: a day shorter; open: never becomes sometimes."""

    def change(body: str) -> str:
        if end == "open":
            return body.replace("{ never = true", "{ from = 0, until = 1")
        if end == "late":
            return _widened(body, lambda mid, first, last: f"from = {first}{mid}until = {last + 1}")
        if end == "shut":
            return _widened(
                body, lambda mid, first, last: f"from = {first}{mid}until = {max(first, last - 1)}"
            )
        return _widened(body, lambda mid, first, last: f"from = {max(0, first - 1)}{mid}until = {last}")

    copy = with_text("windows.toml", change)
    moved = {
        f"{procedure}.{concern}"
        for procedure in library().procedures
        for concern in library().windowed(procedure)
        if copy.window(procedure, concern) != library().window(procedure, concern)
    }
    assert len(moved) >= {"late": 300, "early": 60, "shut": 300, "open": 130}[end]
    assert set(guards.windows(copy)) == moved
    if end != "shut":
        wider = {one.where for one in lint_shipped._windows(copy, library()) if one.code == "window_wider"}
        assert wider == moved


GENERAL = "concerns/general.toml"


def _without(body: str, concern: str, key: str, code: str) -> str:
    start = body.index(f'concern = "{concern}"')
    found = re.compile(rf'(?s)(\n{key} = \[[^\]]*?)"{code}"(, |,?\n?\s*)').search(body, start)
    assert found is not None
    return body[: found.start()] + found[1] + body[found.end() :]


@pytest.mark.parametrize("key", ["ask", "flags"])
def test_every_question_skipped_and_every_flag_not_counted_is_noticed(key: str) -> None:
    # One of every concern at a time: they do not hide each other, as each concern is looked at by itself.
    rows = {concern: getattr(track, key) for concern, track in library().general_tracks.items()}
    tried, unseen = 0, set[tuple[str, str]]()
    with quick.reading():
        for turn in range(max(len(codes) for codes in rows.values())):
            gone = {concern: codes[turn] for concern, codes in rows.items() if turn < len(codes)}
            body = library().texts[GENERAL]
            for concern, code in gone.items():
                body = _without(body, concern, key, code)
            copy = from_texts({**library().texts, GENERAL: body})
            missing = {f"track[{concern}].{key}[{code}]" for concern, code in gone.items()}
            seen = named(GENERAL, copy)
            # A list of one is missing as a whole.
            assert all(one in seen or one.rpartition("[")[0] in seen for one in missing)
            lost = {tuple(one.split(".")[1:3]) for one in guards.skipped(copy, days=(5,))}
            unseen |= set(gone.items()) - lost
            tried += len(gone)
    assert tried == sum(len(codes) for codes in rows.values())
    # A flag which is counted everywhere does not depend on being listed; a track of its own may ask it once more.
    everywhere = {code for code, flag in library().flags.items() if flag.everywhere}
    assert {one for one in unseen if one[1] not in everywhere} == set()
