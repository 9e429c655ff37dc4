"""The part of `scripts check` which reads playbooks, care words, outcome sets, situations and the trace of sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from console.scripts.library import OUTCOMES, PARTS, SOURCES, Library
from console.scripts.lint_base import Problem, known_procedures
from console.scripts.records import EVERYBODY, Lines
from console.scripts.records_service import Playbook
from console.scripts.words import placeholders

TRACED_GROUPS = frozenset({"SCRIPT", "QA", "DISP"})
"""Groups of rules each of which stands in a `sources` key, or is listed with the reason why not."""
ORDER_ONLY = frozenset({"garment", "donor_garment", "redness"})
"""Care milestones whose days are kept and never said: sources on garments differ from none to six months (REPORT 2:
surgeon's order only), and days of redness would talk over its flag after day 3 (facts.yaml burn_blister_pigment)."""
_ID = re.compile(r"^S\d-([A-Z]+)-\d+$")
_DATE = "answer_date"


def problems(library: Library) -> Iterator[Problem]:
    """Faults in playbooks, care words, outcome sets, situations, sources. Args: library. Yields Problems.
    Raises ScriptError on a fault in a file."""
    yield from _playbooks(library)
    yield from _care(library)
    yield from _outcomes(library)
    yield from _situations(library)
    yield from _sources(library)


def _playbooks(library: Library) -> Iterator[Problem]:
    parts = library.raw(PARTS)
    used: dict[str, set[str]] = {
        key: set() for key in ("right", "never", "remedy", "collect", "photo", "line")
    }
    for area in library.names("playbooks"):
        for table in library.raw(f"playbooks/{area}.toml").get("playbook", []):
            for key, own in (("right", "rights"), ("never", "never"), ("remedy", "remedies"),
                             ("collect", "collect"), ("photo", "photos")):  # fmt: skip
                used[key] |= set(table.get(own, []))
            for key in ("listen", "acknowledge", "ask_first", "answer"):
                if isinstance(table.get(key), str):
                    used["line"].add(table[key])
    for key, codes in used.items():
        for code in parts.get(key, {}):
            if code not in codes:
                yield Problem(PARTS, f"{key}.{code}", "unused_part", "no playbook takes it in")
    for book in library.playbooks.values():
        yield from _playbook(library, book)


def _playbook(library: Library, book: Playbook) -> Iterator[Problem]:
    file, _, where = book.where.partition(":")
    where = f"playbook[{book.code}]" if where else book.code
    yield from known_procedures(library, book.procedures - {EVERYBODY}, file, f"{where}.procedures")
    for code in book.check:
        if code not in library.concerns:
            yield Problem(file, f"{where}.check", "unknown_concern", f"no concern {code!r}")
    if book.level is None and not book.check and book.cause == "procedure":
        yield Problem(
            file, f"{where}.check", "no_check", "a dispute about a result starts with a clinical check"
        )
    if _DATE not in {name for line in book.answer.zh for name in placeholders(line)}:
        yield Problem(file, f"{where}.answer", "no_date", "the date of the answer is not told: {answer_date}")


def _care(library: Library) -> Iterator[Problem]:
    wanted: dict[str, bool] = {}
    for procedure in library.procedures.values():
        for code, care in procedure.care.items():
            sourced = care.sourced and care.from_day is not None and code not in ORDER_ONLY
            wanted[code] = wanted.get(code, False) or sourced
    for code, sourced in wanted.items():
        words = library.care_words.get(code)
        if words is None:
            yield Problem("care.toml", code, "missing_care", "a milestone of procedures.toml without words")
        elif sourced and words.say is None:
            yield Problem(
                "care.toml", f"{code}.say", "missing_care", "a procedure has days for it, and no words"
            )
    for code, words in library.care_words.items():
        if code not in wanted:
            yield Problem("care.toml", code, "unknown_care", "no procedure has this milestone")
        if words.say is not None and code in ORDER_ONLY:
            yield Problem("care.toml", f"{code}.say", "care_days", "its days are the surgeon's order only")
        if words.say is not None and _names(words.say) != {"from", "to"}:
            yield Problem(
                "care.toml", f"{code}.say", "care_days", "both {from} and {to} are said, and nothing else"
            )
        if _names(words.sheet):
            yield Problem(
                "care.toml", f"{code}.sheet", "care_days", "no day is named where there is no source"
            )


def _names(lines: Lines) -> set[str]:
    return {name for line in lines.zh for name in placeholders(line)}


def _outcomes(library: Library) -> Iterator[Problem]:
    outcomes = library.outcomes
    for one in outcomes.sets.values():
        for item in one.items:
            question = library.questions.get(item.question)
            place = f"set.{one.code}.item[{item.question}]"
            if question is None:
                yield Problem(OUTCOMES, place, "unknown_question", f"no question {item.question!r}")
            yield from known_procedures(library, item.procedures, OUTCOMES, f"{place}.for")
        for procedure in library.procedures.values():
            asked = {item.dimension for item in one.items if procedure.matches(item.procedures)}
            for missing in sorted(set(outcomes.dimensions) - asked):
                message = f"nothing is asked of {procedure.code} about {missing}"
                yield Problem(OUTCOMES, f"set.{one.code}", "no_dimension", message)
    for who, code in outcomes.ratings.items():
        question = library.questions.get(code)
        if question is None or question.kind != "choice":
            yield Problem(OUTCOMES, f"rating.{who}", "unknown_question", f"no choice question {code!r}")
    seen: set[str] = set()
    for line in outcomes.sheet:
        if line.code in seen:
            yield Problem(OUTCOMES, f"sheet.{line.code}", "code_twice", "the indicator stands twice")
        seen.add(line.code)


def _situations(library: Library) -> Iterator[Problem]:
    orders: dict[int, str] = {}
    for code in library.names("flows"):
        flow = library.flows(code)[0]
        turn, file = flow.situation, f"flows/{code}.toml"
        if turn is None:
            continue
        other = orders.setdefault(turn.order, code)
        if other != code:
            yield Problem(file, "situation.order", "order_twice", f"{other} has the same place in the list")
        if turn.concern is not None and turn.concern not in library.concerns:
            yield Problem(file, "situation.concern", "unknown_concern", f"no concern {turn.concern!r}")
        if turn.raises is not None and turn.raises not in library.flags:
            yield Problem(file, "situation.raises", "unknown_flag", f"no flag {turn.raises!r}")
        for one in turn.asked:
            if one not in library.questions:
                yield Problem(file, "situation.asked", "unknown_question", f"no question {one!r}")
        if flow.milestones:
            yield Problem(file, "milestones", "planned_situation", "a turn of the talk is not planned")
        clinical = any(step.ask or step.groups or step.kind == "concerns" for step in flow.steps)
        if clinical and not turn.after_identity:
            yield Problem(file, "situation.after_identity", "before_identity", "it asks something clinical")


def _sources(library: Library) -> Iterator[Problem]:
    document = library.raw(SOURCES)
    ids = cast("Mapping[str, Mapping[str, Any]]", document["id"])
    named: dict[str, str] = {}
    for name in library.texts:
        if name != SOURCES:
            for source in _named(library.raw(name)):
                if _ID.match(source):
                    named.setdefault(source, name)
    for source, name in named.items():
        if source not in ids and source.split("-")[1] in document["groups"]:
            yield Problem(name, "sources", "untraced", f"{source} is not listed in {SOURCES}")
    for source, entry in ids.items():
        match = _ID.match(source)
        if match is None or match[1] not in document["groups"]:
            yield Problem(SOURCES, f"id.{source}", "unknown_id", "no rule of the groups above")
        elif (
            entry["state"] == "done" and _spoken(entry) and match[1] in TRACED_GROUPS and source not in named
        ):
            yield Problem(SOURCES, f"id.{source}", "untraced", "done, and no `sources` key names it")


def _spoken(entry: Mapping[str, Any]) -> bool:
    """Whether a rule is answered by talk-tracks, and not by the program around them."""
    return str(entry.get("where", "")).startswith("console/scripts/")


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            if key == "sources" and isinstance(item, list):
                yield from (str(one) for one in cast("list[Any]", item))
            else:
                yield from _named(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _named(item)
