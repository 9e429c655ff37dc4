"""Frozen records of playbooks, care words and outcome sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.scripts.records import Lines, Words


@dataclass(frozen=True, slots=True)
class Right:
    """One thing the patient must be told."""

    code: str
    say: Lines
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Never:
    """What nobody says or does in a dispute."""

    code: str
    words: Words
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remedy:
    """What may be proposed, and who decides it: lead, doctor or lead_and_doctor."""

    code: str
    words: Words
    approver: str


@dataclass(frozen=True, slots=True)
class Playbook:
    """How one kind of dispute is heard and handed over, complete; see schema_service.Playbook."""

    code: str
    title: Words
    cause: str
    procedures: frozenset[str]
    days: tuple[int | None, int | None]
    when: Words
    severity: str
    clock: str
    level: str | None
    check: tuple[str, ...]
    listen: Lines
    acknowledge: Lines
    ask_first: Lines
    explain: Lines | None
    collect: tuple[Words, ...]
    photos: tuple[Words, ...]
    rights: tuple[Right, ...]
    never: tuple[Never, ...]
    remedies: tuple[Remedy, ...]
    answer: Lines
    version: int
    where: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseBook:
    """A playbook as it is read beside one case.

    Args:
        book: the playbook. first: names of the concerns asked about before anything else.
        spoken: language of the patient. values: what fills the gaps of its lines.
        may_explain: whether its explanation may be read out: an approved release, inside the playbook's days.
    """

    book: Playbook
    first: tuple[Words, ...]
    spoken: str
    values: Mapping[str, str]
    may_explain: bool


@dataclass(frozen=True, slots=True)
class CareWords:
    """Words for one care milestone: `say` with {from} and {to}, `sheet` where no day may be named."""

    code: str
    name: Words
    aliases: tuple[str, ...]
    say: Lines | None
    sheet: Lines
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutcomeItem:
    """One question of an outcome set and its dimension; procedures empty = all."""

    question: str
    dimension: str
    procedures: frozenset[str]


@dataclass(frozen=True, slots=True)
class OutcomeSet:
    """What is asked about the result in one phase; days are post-op days, both included."""

    code: str
    name: Words
    days: tuple[int, int]
    items: tuple[OutcomeItem, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of the 100-point sheet."""

    code: str
    area: Words
    words: Words
    points: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Dimensions, sets, ratings and the sheet."""

    version: int
    dimensions: Mapping[str, Words]
    sets: Mapping[str, OutcomeSet]
    ratings: Mapping[str, str]
    sheet: tuple[Indicator, ...]
    sheet_name: Words
    pass_mark: int


NO_OUTCOMES = Outcomes(0, {}, {}, {}, (), Words("", ""), 0)
"""What a release older than outcome sets has."""
