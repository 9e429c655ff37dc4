"""What the rules of `scripts check` share: the Problem record and the walks over a release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from console.scripts.library import Library
from console.scripts.records import Flow, Track


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: the file, the table and key in it, a stable code and one sentence."""

    file: str
    where: str
    code: str
    message: str


def flow_questions(flow: Flow) -> tuple[str, ...]:
    """Codes of all questions and signs in a flow, once each. Args: flow."""
    signs = (sign for step in flow.steps for group in step.groups for sign in group.signs)
    return tuple(dict.fromkeys([*(code for step in flow.steps for code in step.ask), *signs]))


def all_tracks(library: Library) -> Iterator[Track]:
    """Every track, the general ones first. Args: library. Raises ScriptError on a fault in a file."""
    yield from library.general_tracks.values()
    for code in library.names("concerns"):
        yield from library.tracks(code)


def all_flows(library: Library) -> Iterator[Flow]:
    """Every variant of every flow. Args: library. Raises ScriptError on a fault in a file."""
    for code in library.names("flows"):
        yield from library.flows(code)


def known_procedures(library: Library, wanted: Iterable[str], file: str, where: str) -> Iterator[Problem]:
    """Faults of a list of procedure and group codes. Args: library; codes; file and where for the fault."""
    groups = {group for procedure in library.procedures.values() for group in procedure.groups}
    for code in sorted(wanted):
        if code not in library.procedures and code not in groups:
            yield Problem(file, where, "unknown_procedure", f"no procedure or group {code!r}")


def ambiguous(items: Iterable[Track | Flow]) -> Iterator[Problem]:
    """Pairs which the selector could only tell apart by their order. Args: tracks or flows of one file."""
    for one, other in combinations(items, 2):
        if (one.procedure, one.role) != (other.procedure, other.role):
            continue
        (a, b), (c, d) = one.days, other.days
        far = 10_000
        first, last = max(a or 0, c or 0), min(far if b is None else b, far if d is None else d)
        same_width = (far if b is None else b) - (a or 0) == (far if d is None else d) - (c or 0)
        if first <= last and same_width:
            file, _, where = other.where.partition(":")
            yield Problem(file, where, "ambiguous", f"the same procedure, days and role as {one.where}")
