"""The general lines behind every scenario, and the answers of a good recovery."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from console.practice.book import shipped_folder, text_of
from console.practice.records import MOODS, Done
from console.rules.triage import NO, YES, Answer
from console.scripts.build import Table, words_of
from console.scripts.documents import document
from console.scripts.errors import ScriptError
from console.scripts.records import Lines, Question, Words
from console.scripts.words import fill

FILE: Final = "scenarios/general.toml"
ANY: Final = "any"
_NEAR: Final = {"calm": (), "worried": (), "upset": (), "angry": ("upset",)}
"""Moods that stand in for one a kind has no lines of, before ANY."""
_SENTENCE = re.compile(r"(^|[^.][.!?]\s+)([a-z])")


@dataclass(frozen=True, slots=True)
class Kind:
    """The lines of one kind by mood. ordered: they come as written, not as the seed has them."""

    by_mood: Mapping[str, Lines]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class General:
    """What stands behind every scenario.

    Args:
        kinds: lines by kind, like "yes", "number:celsius" or "choice:stitches_booked:no".
        truth: answers of a good recovery by question code; danger signs are not in it, they are no.
        truth_for: the same by procedure, where it differs.
        feeling: parts of typed words that show a feeling was met, case folded, in either language.
        feeling_line, callback, note: what the caller of a right call says, promises and notes.
    """

    kinds: Mapping[str, Kind] = field(hash=False)
    truth: Mapping[str, Answer] = field(hash=False)
    feeling: tuple[str, ...]
    feeling_line: Words
    callback: Words
    note: Words
    truth_for: Mapping[str, Mapping[str, Answer]] = field(
        default_factory=dict[str, Mapping[str, Answer]], hash=False
    )

    def usual(self, treatments: Iterable[Done]) -> Mapping[str, Answer]:
        """Answers of a good recovery after these treatments, by question code. Args: treatments, most recent first."""
        made, done = dict(self.truth), tuple(treatments)
        for one in done:
            made.update(self.truth_for.get(one.procedure, {}))
        if done and done[0].anaesthesia is not None and "anaesthesia_kind" in made:
            made["anaesthesia_kind"] = done[0].anaesthesia
        if any(one.drain_in for one in done) and "drain_in" in made:
            made["drain_in"] = YES
        return made


@cache
def general() -> General:
    """The general lines that travel with the program. Raises ScriptError when their file is broken."""
    return parse(text_of(shipped_folder().joinpath("general.toml"), FILE))


def parse(body: str) -> General:
    """General lines. Args: body, TOML. Raises ScriptError at the first fault."""
    root = Table(FILE, "", document(FILE, body))
    if root.integer("schema") != 1:
        raise root.fault("schema", "expected 1")
    for key in root.data.keys() - {"schema", "truth", "truth_for", "caller", "line"}:
        raise root.fault(key, "there is no such key", "schema")
    caller, line, truth = root.table("caller"), root.table("line"), root.table("truth")
    special = root.table("truth_for") if "truth_for" in root.data else Table(FILE, "truth_for", {})
    return General(
        kinds={code: _kind(line.table(code)) for code in line.data},
        truth=_answers(truth),
        truth_for={code: _answers(special.table(code)) for code in special.data},
        feeling=tuple(part.casefold() for part in caller.texts("meets")),
        feeling_line=words_of(caller.table("feeling")),
        callback=words_of(caller.table("callback")),
        note=words_of(caller.table("note")),
    )


def _answers(table: Table) -> Mapping[str, Answer]:
    for code, value in table.data.items():
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise table.fault(code, "an answer is expected")
    return dict(table.data)


def _kind(table: Table) -> Kind:
    made: dict[str, Lines] = {}
    for mood in table.data:
        if mood == "ordered":
            continue
        if mood not in (*MOODS, ANY):
            raise table.fault(mood, f"expected one of {', '.join((*MOODS, ANY))}")
        inner = table.table(mood)
        lines = Lines(inner.texts("zh"), inner.texts("en"))
        if not lines.zh or len(lines.zh) != len(lines.en):
            raise table.fault(mood, "as many lines in zh as in en, and at least one", "lines_differ")
        made[mood] = lines
    if not made:
        raise ScriptError(table.file, table.where, "no lines", "missing_key")
    return Kind(made, table.flag("ordered"))


def line(
    general: General, scenario: str, kind: str, mood: str, lang: str, seed: int, occurrence: int = 0
) -> str:
    """One general line, its placeholders still open.

    Args:
        general: the lines. scenario: code of it, so that two scenarios are worded apart under one seed.
        kind: the most special one wanted; what follows a colon is dropped until lines are found.
        mood: hers. lang: "zh" or "en". seed: of the call. occurrence: how often such a line was said before, so
            that it is not said twice in a row.

    Returns:
        The line; the same arguments give the same one. Empty when there is no such kind at all.
    """
    found = _found(general, kind)
    if found is None:
        return ""
    name, entry = found
    lines = next(
        entry.by_mood[one] for one in (mood, *_NEAR.get(mood, ()), ANY, *MOODS) if one in entry.by_mood
    )
    variants = lines.of(lang)
    order = list(range(len(variants)))
    if not entry.ordered:
        random.Random(f"{seed}:{scenario}:{name}:{mood}").shuffle(order)
    elif occurrence >= len(order):
        # An opening line is not said again later.
        order = order[1:] or order
        occurrence -= 1
    return variants[order[occurrence % len(order)]]


def _found(general: General, kind: str) -> tuple[str, Kind] | None:
    while kind:
        if kind in general.kinds:
            return kind, general.kinds[kind]
        kind = kind.rpartition(":")[0]
    return None


def answer_kind(
    question: Question, value: Answer, lang: str, *, vague: bool = False
) -> tuple[str, dict[str, str]]:
    """Which general line answers a question.

    Args: question; value, what is so; lang of the call; vague, whether she says it so that it is no answer.
    Returns the kind and what its placeholders stand for.
    """
    code = question.code
    values: dict[str, str] = {"sign": (question.sign or question.words).of(lang)}
    if question.kind == "text":
        return f"text:{code}", values
    if question.kind == "number":
        if vague or isinstance(value, str):
            return f"vague_number:{code}", values
        values["value"] = f"{value:g}"
        return (f"zero:{code}" if value == 0 else f"number:{question.unit}:{code}"), values
    if question.kind == "choice":
        words = next((one.words.of(lang) for one in question.options if one.code == value), None)
        if vague or words is None:
            return f"vague_choice:{code}", values
        values["option"] = words
        return f"choice:{code}:{value}", values
    if vague or value not in (YES, NO):
        return f"vague:{code}", values
    return f"{value}:{code}", values


def filled(words: str, values: Mapping[str, str], lang: str) -> str:
    """A line with its placeholders replaced, as a sentence.

    Args: words; values by name; lang. Returns it; in English a sentence begins with a capital, wherever the value
    stood that begins it, and a value inside one does not.
    """
    if lang == "zh":
        return fill(words, values)
    inside = {name: _inside(name, value) for name, value in values.items()}
    return _SENTENCE.sub(lambda hit: hit[1] + hit[2].upper(), fill(words, inside))


def _inside(name: str, value: str) -> str:
    """A value as it stands inside a sentence: an option or a sign is no name, a doctor and a month are."""
    if name not in ("option", "sign") or value.startswith("I "):
        return value
    return value[:1].lower() + value[1:]


def faults(general: General, questions: Mapping[str, Question]) -> tuple[tuple[str, str, str], ...]:
    """What the general lines lack, or name in vain.

    Args: general; questions of the library. Returns (where, code, message) per fault.
    """
    from console.scripts.answers import answer_fault

    found: list[tuple[str, str, str]] = []
    tables = {"truth": general.truth}
    tables |= {f"truth_for.{procedure}": truth for procedure, truth in general.truth_for.items()}
    for table, code, value in [(name, *entry) for name, truth in tables.items() for entry in truth.items()]:
        question = questions.get(code)
        if question is None:
            found.append((f"{table}.{code}", "unknown_question", f"no question {code!r}"))
        elif fault := answer_fault(question, value):
            found.append((f"{table}.{code}", "answer", fault))
    for code, question in questions.items():
        if question.kind in ("choice", "number") and code not in general.truth:
            found.append((f"truth.{code}", "missing_truth", "a good recovery has an answer to it"))
        if question.kind == "text" and f"text:{code}" not in general.kinds:
            found.append((f"line.text:{code}", "missing_words", "an open question has lines of its own"))
    found.extend(_named_in_vain(general, questions))
    return tuple(found)


def _named_in_vain(general: General, questions: Mapping[str, Question]) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for kind in general.kinds:
        parts = kind.split(":")
        code: Any = None
        if parts[0] in ("yes", "no", "vague", "zero", "choice", "text") and len(parts) > 1:
            code = parts[1]
        elif parts[0] == "number" and len(parts) == 3:
            code = parts[2]
        if code is None:
            continue
        question = questions.get(code)
        if question is None:
            found.append((f"line.{kind}", "unknown_question", f"no question {code!r}"))
        elif (
            parts[0] == "choice"
            and len(parts) == 3
            and parts[2] not in {one.code for one in question.options}
        ):
            found.append((f"line.{kind}", "unknown_option", f"{code} has no option {parts[2]!r}"))
    return found
