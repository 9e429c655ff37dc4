"""The part of `scripts check` which reads every text: languages, length, placeholders, words never said,
hidden characters."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from console.clean import clean
from console.scripts.library import PARTS, Library
from console.scripts.words import (
    CLINICAL_PLACEHOLDERS,
    FORBIDDEN,
    MAX_ZH_LINE,
    PLACEHOLDERS,
    banned,
    placeholders,
)

Found: TypeAlias = tuple[str, str, str, str]

_GOOD_NEWS = {
    "zh": re.compile(
        "好了[吗？]|好转|好多了|顺利|正常[吗？]|恢复得?好|长好了|[消退]了[吗？]|还好吗|没事吧|干净[吗？]|舒服[吗？]"
    ),
    "en": re.compile(r"\b(all right|better|well|healed|fine|okay|gone)\b[^,;]*\?", re.IGNORECASE),
}
"""Ways to ask for the good news: a yes to them would hide the danger sign."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Pair:
    where: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    spoken: bool
    opening: bool = False


def problems(library: Library) -> Iterator[Found]:
    """Faults in texts. Args: library which fits the schema. Yields (file, where, code, message)."""
    texts = library.texts
    for name in sorted(texts):
        for where in _hidden(texts[name]):
            yield name, where, "unclean", "holds hidden or control characters, or is not in normal form C"
        if name in ("windows.toml", "sources.toml"):
            continue
        if name == "questions.toml":
            yield from _polarity(library)
        for pair in _pairs(library.parse(name), name, ""):
            excused = _excused(name, pair.where)
            yield from (
                (name, where, code, message) for where, code, message in _judge(pair) if code not in excused
            )
    for level, key, wanted in (
        ("EMERGENCY", "zh", ("哪", "身边")),
        ("EMERGENCY", "en", ("where", "with you")),
    ):
        for where, lines in _emergencies(library, level, key):
            opening = " ".join(lines[:2]).lower()
            if not all(word in opening for word in wanted):
                message = "the first two lines ask where the patient is and who is with them"
                yield where[0], f"{where[1]}.{key}", "emergency_order", message


def _excused(name: str, where: str) -> frozenset[str]:
    """Kinds of words allowed at a place: what is never said has to be named to the caller, and a care milestone
    is called by its name."""
    if name == PARTS and where.startswith("never."):
        return frozenset(FORBIDDEN)
    return frozenset({"treating"}) if name == "care.toml" else frozenset()


def _judge(pair: _Pair) -> Iterator[tuple[str, str, str]]:
    if pair.spoken and len(pair.zh) != len(pair.en):
        short, one, other = (
            ("zh", pair.zh, pair.en) if len(pair.zh) < len(pair.en) else ("en", pair.en, pair.zh)
        )
        message = f"{len(one)} sentences in {short}, {len(other)} in the other language"
        yield f"{pair.where}.{short}", "lines_differ", message
    zh_names = {name for line in pair.zh for name in placeholders(line)}
    en_names = {name for line in pair.en for name in placeholders(line)}
    if zh_names != en_names:
        yield pair.where, "placeholders_differ", f"zh has {sorted(zh_names)}, en has {sorted(en_names)}"
    for name in sorted((zh_names | en_names) - PLACEHOLDERS):
        yield pair.where, "placeholder_unknown", f"{{{name}}} is not on the list"
    if pair.opening:
        for name in sorted((zh_names | en_names) & CLINICAL_PLACEHOLDERS):
            yield pair.where, "before_identity", f"{{{name}}} is not said before the identity check"
    for lang, lines in (("zh", pair.zh), ("en", pair.en)):
        for number, line in enumerate(lines):
            where = f"{pair.where}.{lang}" + (f".{number}" if len(lines) > 1 else "")
            if line.count("{") != line.count("}") or "{" in re.sub(r"\{[^{}]*\}", "", line):
                yield where, "placeholder_broken", "a brace without its partner"
            if lang == "zh" and len(line) > MAX_ZH_LINE:
                yield where, "too_long", f"{len(line)} characters, {MAX_ZH_LINE} are one breath"
            if lang == "zh" and not _CHINESE.search(line):
                yield where, "not_chinese", "no Chinese in the Chinese text"
            if lang == "en" and _CHINESE.search(line):
                yield where, "not_english", "Chinese in the English text"
            for code, found in banned(line, spoken=pair.spoken):
                yield where, code, f"never said: {found!r}"


def _polarity(library: Library) -> Iterator[Found]:
    for question in library.questions.values():
        for lang in ("zh", "en"):
            if question.screening and _GOOD_NEWS[lang].search(question.words.of(lang)):
                message = "yes has to mean that the danger sign is there"
                yield "questions.toml", f"{question.code}.{lang}", "polarity", message


def _pairs(value: Any, file: str, where: str) -> Iterator[_Pair]:
    if isinstance(value, list):
        for number, item in enumerate(cast("list[Any]", value)):
            yield from _pairs(item, file, f"{where}.{number}")
        return
    if not isinstance(value, dict):
        return
    table = cast("dict[str, Any]", value)
    tail = where.rsplit(".", 1)[-1]
    if "zh" in table and "en" in table:
        spoken = isinstance(table["zh"], list) or tail == "lead"
        yield _Pair(where.lstrip("."), _lines(table["zh"]), _lines(table["en"]), spoken)
    if "sign_zh" in table and "sign_en" in table:
        place = f"{where}.sign".lstrip(".")
        yield _Pair(place, _lines(table["sign_zh"]), _lines(table["sign_en"]), False)
    opening = table.get("kind") == "opening"
    for key, item in table.items():
        for pair in _pairs(item, file, f"{where}.{key}"):
            yield _Pair(pair.where, pair.zh, pair.en, pair.spoken, opening or pair.opening)


def _lines(value: Any) -> tuple[str, ...]:
    return tuple(cast("list[str]", value)) if isinstance(value, list) else (str(value),)


def _hidden(body: str) -> Iterator[str]:
    # Hidden characters come as themselves or behind a backslash; a file with neither needs no second reading.
    if "\\" in body or clean(body, multiline=True) != body:
        yield from _unclean(tomllib.loads(body), "")


def _unclean(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, str):
        if value != clean(value):
            yield where.lstrip(".")
    elif isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            place = f"{where}.{clean(key)}"
            if key != clean(key):
                yield place.lstrip(".")
            yield from _unclean(item, place)
    elif isinstance(value, list):
        for number, item in enumerate(cast("list[Any]", value)):
            yield from _unclean(item, f"{where}.{number}")


def _emergencies(library: Library, level: str, key: str) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    if level in library.otherwise:
        yield ("concerns/general.toml", f"otherwise.{level}"), library.otherwise[level].of(key)
    for code in library.names("concerns"):
        for track in library.tracks(code):
            if level in track.otherwise:
                file, _, where = track.where.partition(":")
                yield (file, f"{where}.otherwise.{level}"), track.otherwise[level].of(key)
