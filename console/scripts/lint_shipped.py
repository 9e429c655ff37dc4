"""The part of `scripts check` which holds a clinic's release against the shipped one: it may say things its own
way, and it may be more careful; it may not lose anything nor be less careful."""

from __future__ import annotations

from collections.abc import Iterator

from console.rules.triage import Flag, Predicate, Window
from console.scripts.inventory import Change, compare
from console.scripts.library import Library
from console.scripts.lint_base import Problem

_HARMLESS = ("version", "aliases")
"""Last names of places which a clinic sets as it likes."""


def problems(library: Library, shipped: Library) -> Iterator[Problem]:
    """What a release lost against the shipped one, and where it became less careful.

    Args: library; shipped, the release which travels with the program. Yields Problems: missing (a table, a
    code, a number), sentence_missing, window_wider, level_lowered, flag_harder. Raises ScriptError for a
    file that is not TOML.
    """
    if library.hash == shipped.hash:
        return
    for change in compare(shipped, library):
        if change.kind == "removed" and not _harmless(change) and change.file != "sources.toml":
            yield _missing(change)
    yield from _windows(library, shipped)
    for code, flag in shipped.flags.items():
        if code in library.flags:
            yield from _flag(library.flags[code], flag)


def _harmless(change: Change) -> bool:
    tail = change.where.rsplit("]", 1)[0].rsplit(".", 1)[-1] if change.where.endswith("]") else change.where
    return any(f".{name}" in f".{tail}" for name in _HARMLESS)


def _missing(change: Change) -> Problem:
    if change.line is not None:
        message = f"sentence {change.line} is missing: {change.old}"
        return Problem(change.file, change.where, "sentence_missing", message)
    what = f": {change.old}" if change.old else ""
    return Problem(
        change.file, change.where, "missing", f"stands in the shipped release and is missing here{what}"
    )


def _windows(library: Library, shipped: Library) -> Iterator[Problem]:
    for procedure in shipped.procedures:
        for concern in shipped.windowed(procedure):
            ours, theirs = shipped.window(procedure, concern), library.window(procedure, concern)
            if ours is not None and theirs is not None and not _within(theirs, ours):
                message = f"{_days(theirs)} may be reassured, the clinical facts allow {_days(ours)}"
                yield Problem("windows.toml", f"{procedure}.{concern}", "window_wider", message)


def _within(window: Window, limit: Window) -> bool:
    if window.never or window.from_day is None or window.until is None:
        return True
    if limit.never or limit.from_day is None or limit.until is None:
        return False
    return limit.from_day <= window.from_day and window.until <= limit.until


def _days(window: Window) -> str:
    return "no day" if window.never or window.from_day is None else f"days {window.from_day}-{window.until}"


def _flag(flag: Flag, shipped: Flag) -> Iterator[Problem]:
    if flag.level.rank > shipped.level.rank:
        message = f"{flag.level} is less urgent than {shipped.level}"
        yield Problem("flags.toml", f"{flag.code}.level", "level_lowered", message)
    if shipped.action is not None and flag.action != shipped.action:
        message = f"the instruction {shipped.action} is missing"
        yield Problem("flags.toml", f"{flag.code}.action", "level_lowered", message)
    if _minutes(flag) > _minutes(shipped):
        message = "more minutes until a clinician rings than in the shipped release"
        yield Problem("flags.toml", f"{flag.code}.contact_by_min", "level_lowered", message)
    if not _as_easy(flag.when, shipped.when) or not _as_wide(flag.procedures, shipped.procedures):
        message = "answers which raise it in the shipped release do not raise it here"
        yield Problem("flags.toml", f"{flag.code}.when", "flag_harder", message)


def _minutes(flag: Flag) -> int:
    return 1_000_000 if flag.contact_by_min is None else flag.contact_by_min


def _as_wide(wanted: frozenset[str], shipped: frozenset[str]) -> bool:
    return not wanted or (bool(shipped) and shipped <= wanted)


def _as_easy(predicate: Predicate, shipped: Predicate) -> bool:
    """Whether `predicate` is surely true whenever `shipped` is; what can't be seen at once counts as no."""
    if predicate == shipped:
        return True
    if predicate.kind == "any" and shipped.kind != "any":
        return any(_as_easy(part, shipped) for part in predicate.parts)
    if shipped.kind == "any":
        return all(_as_easy(predicate, part) for part in shipped.parts)
    if shipped.kind == "all" and predicate.kind == "all":
        return all(any(_as_easy(part, other) for other in shipped.parts) for part in predicate.parts)
    if shipped.kind == "all":
        return any(_as_easy(predicate, part) for part in shipped.parts)
    if predicate.kind != shipped.kind or predicate.question != shipped.question:
        return False
    if predicate.kind == "at_least":
        return predicate.value <= shipped.value
    if predicate.kind == "below":
        return predicate.value >= shipped.value
    if predicate.kind == "choice":
        return predicate.options >= shipped.options
    if predicate.kind == "day":
        return (predicate.from_day or 0) <= (shipped.from_day or 0) and (
            predicate.to_day is None or (shipped.to_day is not None and predicate.to_day >= shipped.to_day)
        )
    return False
