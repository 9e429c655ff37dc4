"""A release taken apart into named places, so that what is missing, new or changed can be said exactly.

A table in a list is named by what it is (its code, its procedure and days), never by its number, so one that
is taken out is missing itself, and the ones after it are unmoved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, TypeAlias, cast

from console.scripts.library import Library

SPOKEN = ("zh", "en")
"""Keys whose lists are sentences in their order; every other list of texts is a set of codes."""

Leaf: TypeAlias = str | int | float | bool
Parts: TypeAlias = Mapping[tuple[str, str], "Leaf | tuple[str, ...]"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two releases.

    Args:
        file, where: the place, tables named by what they are.
        kind: added, removed or changed.
        old, new: text or number before and after; empty where there is none.
        line: number of the sentence in its list, from 1; None elsewhere.
    """

    file: str
    where: str
    kind: str
    old: str = ""
    new: str = ""
    line: int | None = None


def parts(library: Library) -> Parts:
    """Every text, number and list of codes of a release by (file, where).

    Args: library. Returns leaves; lists of spoken lines whole, a list of codes as one leaf per code.
    Raises ScriptError for a file that is not TOML.
    """
    found: dict[tuple[str, str], Leaf | tuple[str, ...]] = {}
    for name in sorted(library.texts):
        for where, value in _walk(library.raw(name), ""):
            found[name, where] = value
    return found


def compare(old: Library, new: Library) -> tuple[Change, ...]:
    """What differs between two releases, in the order of files and places.

    Args: old; new. Returns changes; a table taken out or put in is one change, not one per key in it.
    Raises ScriptError for a file that is not TOML.
    """
    before, after = parts(old), parts(new)
    gone = _whole(set(before), set(after))
    come = _whole(set(after), set(before))
    changes = [Change(file, where, "removed", old=text) for (file, where), text in _named(gone, before)]
    changes += [Change(file, where, "added", new=text) for (file, where), text in _named(come, after)]
    for place in before.keys() & after.keys():
        if before[place] != after[place]:
            changes += _changed(place, before[place], after[place])
    return tuple(sorted(changes, key=lambda one: (one.file, one.where, one.line or 0, one.kind)))


def _changed(
    place: tuple[str, str], old: Leaf | tuple[str, ...], new: Leaf | tuple[str, ...]
) -> Iterator[Change]:
    if not isinstance(old, tuple) or not isinstance(new, tuple):
        yield Change(*place, "changed", shown(old), shown(new))
        return
    for code, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if code == "equal":
            continue
        for at in range(max(b - a, d - c)):
            was = old[a + at] if a + at < b else ""
            now = new[c + at] if c + at < d else ""
            kind = "changed" if was and now else "removed" if was else "added"
            yield Change(*place, kind, was, now, (a + at if was else c + at) + 1)


def shown(value: Leaf | tuple[str, ...]) -> str:
    """A leaf in words. Args: value. Returns text; spoken lines joined by a slash."""
    return " / ".join(value) if isinstance(value, tuple) else str(value)


def _whole(
    these: set[tuple[str, str]], others: set[tuple[str, str]]
) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Places only in `these`, gathered under the highest table of which nothing is in `others`."""
    known: set[tuple[str, str]] = set()
    for file, where in others:
        known.add((file, ""))
        for at in _prefixes(where):
            known.add((file, at))
    gathered: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for file, where in sorted(these - others):
        top = next((at for at in ("", *_prefixes(where)) if (file, at) not in known), where)
        gathered.setdefault((file, top), []).append((file, where))
    return gathered


def _prefixes(where: str) -> Iterator[str]:
    """The tables above a place, highest first, and the place itself."""
    depth, at = 0, 0
    for at, char in enumerate(where):
        depth += (char == "[") - (char == "]")
        if char == "." and not depth:
            yield where[:at]
    yield where


def _named(
    gathered: Mapping[tuple[str, str], list[tuple[str, str]]], values: Parts
) -> Iterator[tuple[tuple[str, str], str]]:
    for place, inside in gathered.items():
        texts = [shown(values[one]) for one in inside]
        yield place, texts[0] if len(texts) == 1 else next((one for one in texts if not one.isascii()), "")


def _walk(value: Any, where: str) -> Iterator[tuple[str, Leaf | tuple[str, ...]]]:
    if isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            yield from _walk(item, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        yield from _list(cast("list[Any]", value), where)
    else:
        yield where, cast("Leaf", value)


def _list(items: list[Any], where: str) -> Iterator[tuple[str, Leaf | tuple[str, ...]]]:
    if all(isinstance(item, dict) for item in items):
        names = [_name(item) for item in items]
        seen: Counter[str] = Counter()
        for name, item in zip(names, items, strict=True):
            seen[name] += 1
            again = f" {seen[name]}" if seen[name] > 1 else ""
            yield from _walk(item, f"{where}[{name}{again}]")
    elif where.rsplit(".", 1)[-1] in SPOKEN:
        yield where, tuple(str(item) for item in items)
    elif all(isinstance(item, str) for item in items):
        for item in items:
            yield f"{where}[{item}]", str(item)
    else:
        yield where, str(items)


def _name(table: dict[str, Any]) -> str:
    """What a table in a list is called: its code, else what selects it, else its title or first words."""
    for key in ("code", "use", "question", "yes"):
        if isinstance(table.get(key), str):
            return str(table[key])
    chosen = [str(table[key]) for key in ("concern", "procedure", "days", "role") if key in table]
    if chosen:
        return " ".join(chosen)
    for key in ("title", "lead"):
        words = table.get(key)
        if isinstance(words, dict):
            return f"{table.get('kind', '')} {cast('dict[str, Any]', words).get('en', '')}".strip()
    return " ".join(sorted(table))
