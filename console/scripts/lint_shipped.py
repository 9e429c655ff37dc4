"""The part of `scripts check` which holds a clinic's release against the shipped one: it may say things its own
way, and it may be more careful; it may not lose anything nor be less careful."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from console.rules.triage import Flag, Predicate, Window
from console.scripts.errors import ScriptError
from console.scripts.inventory import Change, compare, parts
from console.scripts.library import SHARED, Library
from console.scripts.lint_base import Problem
from console.scripts.records import Care, Procedure
from console.scripts.records_service import Playbook
from db.enums import Level

_HARMLESS = ("version", "aliases")
"""Last names of places which a clinic sets as it likes."""
_ASKING = ("ask[", "groups[", "outcomes")
"""How the keys of a flow step begin which ask the patient something."""
_FIXED = ("surgery", "implant", "groups", "restricted", "stitches_by_order")
"""What a procedure is: other rules choose questions, windows and dates by it."""


def problems(library: Library, shipped: Library) -> Iterator[Problem]:
    """What a release lost against the shipped one, and where it became less careful.

    Args: library; shipped, the release which travels with the program. Yields Problems: missing (a table, a
    code, a number), sentence_missing, step_conditional, window_wider, level_lowered, flag_harder,
    question_narrower, procedure_changed, care_earlier, care_sourced, less_urgent. Raises ScriptError for a
    file that is not TOML.
    """
    if library.hash == shipped.hash:
        return
    changes = compare(shipped, library)
    for change in changes:
        if change.kind == "removed" and not _harmless(change) and change.file != "sources.toml":
            yield _missing(change)
    yield from _conditions(changes, library, shipped)
    yield from _windows(library, shipped)
    for code, flag in shipped.flags.items():
        if code in library.flags:
            yield from _flag(library.flags[code], flag)
    for code, question in shipped.questions.items():
        if code in library.questions and not _as_wide(
            library.questions[code].procedures, question.procedures
        ):
            message = "some procedures whose patients the shipped release asks it are not asked it here"
            yield Problem("questions.toml", f"{code}.for", "question_narrower", message)
    for code, procedure in shipped.procedures.items():
        if code in library.procedures:
            yield from _procedure(library.procedures[code], procedure)
    try:
        books = library.playbooks
    except ScriptError:
        # The rules for playbooks name the fault.
        return
    for code, book in shipped.playbooks.items():
        if code in books:
            yield from _playbook(books[code], book)


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


def _conditions(changes: tuple[Change, ...], library: Library, shipped: Library) -> Iterator[Problem]:
    """Steps of flows which ask, and do so under a condition the shipped release does not set."""
    found = [
        one
        for one in changes
        if one.file.startswith("flows/") and one.where.endswith(".when") and one.kind != "removed"
    ]
    if not found:
        return
    asking = _asking(library) | _asking(shipped)
    for one in found:
        if (one.file, one.where.removesuffix(".when")) in asking:
            before = f"only when {one.old}" if one.old else "always"
            message = f"it is asked only when {one.new}; the shipped release asks it {before}"
            yield Problem(one.file, one.where, "step_conditional", message)


def _asking(library: Library) -> set[tuple[str, str]]:
    """Places of the steps which ask something, by themselves or through the shared step they use."""
    found: set[tuple[str, str]] = set()
    users: list[tuple[str, str, str]] = []
    for (file, where), value in parts(library).items():
        if not file.startswith("flows/"):
            continue
        for key in _ASKING:
            if (at := where.find(f".{key}")) >= 0:
                found.add((file, where[:at]))
        if where.endswith(".kind") and value == "concerns":
            found.add((file, where.removesuffix(".kind")))
        if where.endswith(".use"):
            users.append((file, where.removesuffix(".use"), f"step.{value}"))
    return found | {(file, where) for file, where, step in users if (SHARED, step) in found}


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
    if flag.context and not shipped.context:
        message = (
            "it counts only within its own concern; the shipped release counts it in every flow which asks"
        )
        yield Problem("flags.toml", f"{flag.code}.context", "flag_harder", message)
    if shipped.everywhere and not flag.everywhere:
        message = "the shipped release counts it in every concern and flow"
        yield Problem("flags.toml", f"{flag.code}.everywhere", "flag_harder", message)


def _procedure(procedure: Procedure, shipped: Procedure) -> Iterator[Problem]:
    file, code = "procedures.toml", procedure.code
    for key in _FIXED:
        ours, theirs = getattr(shipped, key), getattr(procedure, key)
        if ours != theirs:
            message = f"{_plain(theirs)}, the shipped release says {_plain(ours)}"
            yield Problem(file, f"{code}.{key}", "procedure_changed", message)
    for milestone, care in shipped.care.items():
        if milestone in procedure.care:
            yield from _care(procedure.care[milestone], care, f"{code}.care.{milestone}")


def _plain(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(str(one) for one in cast("frozenset[str]", value))) or "none"
    return "yes" if value else "no"


def _care(care: Care, shipped: Care, where: str) -> Iterator[Problem]:
    file = "procedures.toml"
    if care.from_day is not None and (shipped.from_day is None or care.from_day < shipped.from_day):
        limit = "only as the surgeon orders" if shipped.from_day is None else f"day {shipped.from_day}"
        message = f"from day {care.from_day}, which is earlier than in the shipped release: {limit}"
        yield Problem(file, f"{where}.from", "care_earlier", message)
    if care.sourced and not shipped.sourced:
        message = "days without a source would be told as a fact; the shipped release found no source"
        yield Problem(file, f"{where}.sources", "care_sourced", message)


def _playbook(book: Playbook, shipped: Playbook) -> Iterator[Problem]:
    file, where = book.where.partition(":")[0], f"playbook[{book.code}]"
    if shipped.level is not None and (
        book.level is None or Level(book.level).rank > Level(shipped.level).rank
    ):
        message = f"{book.level or 'no level'} is less urgent than {shipped.level}"
        yield Problem(file, f"{where}.level", "less_urgent", message)
    if lost := [code for code in shipped.check if code not in book.check]:
        message = f"not asked about before anything else is discussed: {', '.join(lost)}"
        yield Problem(file, f"{where}.check", "less_urgent", message)


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
