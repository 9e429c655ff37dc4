"""Frozen records of an import: what the report and the fix list show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One refused row. `value` is masked; `column` is the file's own header, empty when the whole row is
    meant.
    """

    row: int
    column: str
    code: str
    value: str
    operated_on: date | None = None


@dataclass(frozen=True, slots=True)
class RowCaution:
    """Something an accepted row was accepted in spite of."""

    row: int
    column: str
    code: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `accepted`, `updated`, `unchanged` count rows; `recent_refused` those operated in
    the last 7 days.
    """

    accepted: int
    updated: int
    unchanged: int
    rejected: tuple[RejectedRow, ...]
    recent_refused: int
    items_planned: int
    dry_run: bool
    cautions: tuple[RowCaution, ...] = ()
    at: date | None = None


@dataclass(frozen=True, slots=True)
class FixRow:
    """One refused row, whole: the lead repairs it from this.

    Args:
        id: row id. row: record number in its file. file: the file's name.
        column: the file's own header, empty when the whole row is meant.
        code: why it was refused. value: the cell as it came, cleaned.
        cells: (field, text) pairs of the row. operated_on: the operation date, when it could be read.
    """

    id: int
    row: int
    file: str
    column: str
    code: str
    value: str
    cells: tuple[tuple[str, str], ...]
    operated_on: date | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a new procedure word did: rows taken off the fix list, rows refused now for another reason,
    items planned."""

    taken: int
    refused: int
    items_planned: int
