"""An export of the hospital system into the record, in batches that are each one transaction.

A row is refused for one reason, or accepted. The same row again, from whichever file format, changes
nothing: accepted rows are remembered by a digest of their facts, refused ones by a digest of their cells.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from console.desk import intake, plans, words
from console.desk.local import clinic_day, clinic_time
from console.desk.policy import current
from console.desk.scratch import scratch_copy
from console.exchange.headers import read_mapping, recognise
from console.exchange.rows import Caution, Facts, Parsed, broken_row, parse_row, refused_digest
from console.exchange.tables import Record, Table, TableError, read_table
from console.rules import phone
from console.rules.policy import Policy
from db import audit, imports, staff
from db.connect import Connection, Database, Row, reading, unit_of_work
from db.enums import RefusedStatus
from db.errors import DatabaseMissing
from db.import_records import ImportReport, RejectedRow, RowCaution
from db.instants import to_ms

BATCH = 100
"""Rows of one transaction: a caller who saves meanwhile waits for the write lock a fraction of a second."""

BREATH_S = 0.02
"""Pause between two transactions: several waits of another writer long, so that she gets in."""

RECENT_DAYS = 7
"""A refused row operated on this recently means safety calls that nobody will make."""

_LONG_NUMBER = re.compile(r"\d{9,}")
"""More digits in a row than any date has."""

_AGAIN = "again:"
"""Marks the digest of a row that repeats an accepted one: its cells alone have the accepted row's digest."""

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class _Row:
    """A record on its way: what was parsed, and the digest its cells have on the fix list."""

    record: Record
    parsed: Parsed
    cells: tuple[str, ...]
    repeated: bool = False
    fix_digest: str = ""


@dataclass(slots=True)
class _Run:
    """One import while it runs."""

    clinic_id: int
    batch_id: int
    planning: plans.Planning
    now: datetime
    seat_id: int | None
    headers: Mapping[str, str]
    seen: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])
    rejected: list[RejectedRow] = field(default_factory=list[RejectedRow])
    cautions: list[RowCaution] = field(default_factory=list[RowCaution])
    counts: dict[str, int] = field(default_factory=lambda: {"accepted": 0, "updated": 0, "unchanged": 0})
    fixed: dict[str, list[dict[str, str]]] = field(default_factory=dict[str, list[dict[str, str]]])
    occurrences: dict[str, int] = field(default_factory=dict[str, int])
    planned: int = 0


def run(
    database: Database,
    path: Path,
    *,
    now: datetime,
    at: date | None = None,
    dry_run: bool = False,
    mapping: Path | None = None,
    progress: Progress | None = None,
    staff_id: int | None = None,
    seat_id: int | None = None,
) -> ImportReport:
    """Import a file.

    Args:
        database: the record, at the expected schema.
        path: CSV or XLSX.
        now: aware instant.
        at: day the export was made, in the clinic's zone: later operations are refused and plans are made
        as of
            it; today when not given.
        dry_run: tell what would happen and leave the record as it is.
        mapping: TOML file that names the columns.
        progress: called with (rows done, rows in all) after each batch.
        staff_id, seat_id: who imports, for the audit; None for whoever owns the database.

    Returns:
        The report; refused rows in the order of the file.

    Raises:
        TableError: the file can't be read as a table, or columns are missing.
        RecordError: the database can't be written.
    """
    table = read_table(path)
    columns = recognise(table.header, read_mapping(mapping) if mapping else None)
    if dry_run:
        with scratch_copy(database) as (scratch, ending):
            return _import(scratch, path, table, columns, now, at, progress, staff_id, seat_id, ending)
    return _import(database, path, table, columns, now, at, progress, staff_id, seat_id, None)


def _import(
    database: Database,
    path: Path,
    table: Table,
    columns: Mapping[str, int],
    now: datetime,
    at: date | None,
    progress: Progress | None,
    staff_id: int | None,
    seat_id: int | None,
    dry: Connection | None,
) -> ImportReport:
    with reading(database) as connection:
        clinic = staff.clinic(connection)
        if clinic is None:
            raise DatabaseMissing("clinic_missing")
        clinic_id = clinic.id
        known_words = words.known(connection, clinic_id)
    policy = current(database, clinic_id)
    zone = clinic.zone
    today = clinic_day(now, zone)
    at = at or today
    # An export of another day is planned as of that day's first minute: nothing of the day itself is over
    # yet.
    moment = now if at == today else clinic_time(at, 0, zone)
    headers = {name: table.header[index] for name, index in columns.items()}
    rows = _parse(table, columns, at, known_words, policy)
    planning = plans.Planning(clinic_id, policy, clinic.go_live or at, moment, staff_id)
    state = _Run(clinic_id, 0, planning, now, seat_id, headers)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    chunks = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)] or [[]]

    @contextmanager
    def transaction() -> Generator[Connection]:
        if dry is not None:
            yield dry
        else:
            with unit_of_work(database) as connection:
                yield connection

    for number, chunk in enumerate(chunks):
        with transaction() as connection:
            if number == 0:
                imports.set_go_live(connection, clinic_id, at)
                state.batch_id = imports.start(connection, clinic_id, path.name, digest, at, to_ms(now))
            _take_batch(connection, state, chunk)
            if number == len(chunks) - 1:
                _close_fixed(connection, state)
                imports.set_counts(connection, clinic_id, state.batch_id, {"finished_at": to_ms(now)})
            counts = {**state.counts, "rejected": len(state.rejected)}
            imports.set_counts(connection, clinic_id, state.batch_id, counts)
            audit.append(
                connection,
                clinic_id=clinic_id,
                at=now,
                staff_id=staff_id,
                seat_id=seat_id,
                action="import",
                subject_kind="import_batch",
                subject_id=state.batch_id,
                values={name: name for name in columns},
            )
        if dry is None and number < len(chunks) - 1:
            time.sleep(BREATH_S)
        if progress is not None:
            progress(min((number + 1) * BATCH, len(rows)), len(rows))
    recent = sum(
        1
        for row in state.rejected
        if row.operated_on is not None and timedelta(0) <= at - row.operated_on <= timedelta(days=RECENT_DAYS)
    )
    return ImportReport(
        accepted=state.counts["accepted"],
        updated=state.counts["updated"],
        unchanged=state.counts["unchanged"],
        rejected=tuple(state.rejected),
        recent_refused=recent,
        items_planned=state.planned,
        dry_run=dry is not None,
        cautions=tuple(state.cautions),
        at=at,
    )


def _parse(
    table: Table, columns: Mapping[str, int], at: date, known_words: Mapping[str, str], policy: Policy
) -> list[_Row]:
    needed = max(columns[name] for name in ("name", "phone", "procedure", "performed_on"))
    country = policy.clinic.country
    rows: list[_Row] = []
    for record in table.records:
        fault = record.fault
        if fault is None and len(record.cells) <= needed:
            fault = "row_malformed"
        if fault is not None:
            parsed = broken_row(record.cells, fault)
            digest = parsed.digest
        else:
            raw = {
                name: record.cells[index] if index < len(record.cells) else ""
                for name, index in columns.items()
            }
            parsed = parse_row(raw, at, known_words, country)
            if record.cut:
                parsed = replace(parsed, warnings=(*parsed.warnings, Caution("text_cut")))
            digest = "" if parsed.facts is not None else parsed.digest
        rows.append(_Row(record, parsed, tuple(cell.strip() for cell in record.cells), fix_digest=digest))
    return rows


def _take_batch(connection: Connection, state: _Run, rows: Sequence[_Row]) -> None:
    """Take one batch's rows in their order."""
    country = state.planning.policy.clinic.country
    for row in rows:
        if row.parsed.facts is not None:
            row.fix_digest = refused_digest(row.parsed.cells, country)
    known = imports.known_digests(connection, state.clinic_id, sorted({row.parsed.digest for row in rows}))
    for row in rows:
        _number(state, row)
    wanted = sorted({digest for row in rows for digest in (row.fix_digest, _AGAIN + row.fix_digest)})
    on_list = imports.refused_by_digest(connection, state.clinic_id, wanted)
    facts = [row.parsed.facts for row in rows if row.parsed.facts is not None]
    taker = intake.Intake(connection, state.clinic_id, state.planning.at_ms, facts)
    refused: dict[str, Row] = {}
    accepted: list[str] = []
    replayed: list[int] = []
    for row in rows:
        code, taken = _judge(state, row, known, on_list, taker)
        if code is not None:
            _refuse(state, row, code, on_list, refused)
            continue
        state.seen.add(row.cells)
        listed = on_list.get(row.fix_digest)
        if listed is not None and listed["status"] == RefusedStatus.OPEN:
            replayed.append(int(listed["id"]))
        if row.parsed.cells.get("external_id"):
            state.fixed.setdefault(row.parsed.cells["external_id"], []).append(row.parsed.cells)
        if taken is None:
            state.counts["unchanged"] += 1
            continue
        state.counts[taken.outcome] += 1
        known.add(row.parsed.digest)
        accepted.append(row.parsed.digest)
        state.cautions += [
            RowCaution(row.record.row, state.headers.get(caution.field or "", ""), caution.code)
            for caution in (*row.parsed.warnings, *taken.cautions)
        ]
    imports.remember(connection, state.clinic_id, state.batch_id, accepted)
    imports.add_refused(connection, list(refused.values()))
    imports.set_refused(connection, state.clinic_id, replayed, RefusedStatus.REPLAYED)
    state.planned += plan_taken(connection, state.planning, taker.finish())
    for action, patient_id, values in taker.changes:
        audit.append(
            connection,
            clinic_id=state.clinic_id,
            at=state.now,
            staff_id=state.planning.staff_id,
            seat_id=state.seat_id,
            action=action,
            subject_kind="patient",
            subject_id=patient_id,
            values=values,
        )


def _number(state: _Run, row: _Row) -> None:
    """Tell identical rows of one file apart, so that each has its place on the fix list."""
    count = state.occurrences.get(row.fix_digest, 0) + 1
    state.occurrences[row.fix_digest] = count
    if count > 1:
        row.fix_digest = f"{row.fix_digest}#{count}"


def plan_taken(connection: Connection, planning: plans.Planning, todo: intake.Todo) -> int:
    """Plan what an intake left to plan; returns how many items were written."""
    planned = plans.plan_new(connection, planning, todo.treatments, todo.visits)
    new = set(todo.treatments)
    for treatment_id in dict.fromkeys(todo.replanned):
        if treatment_id not in new:
            planned += plans.replan(connection, planning, treatment_id, "import_changed").planned
    if todo.patients:
        plans.place_patients(connection, planning, todo.patients)
    return planned


def _judge(
    state: _Run, row: _Row, known: set[str], on_list: Mapping[str, Row], taker: intake.Intake
) -> tuple[str | None, intake.Taken | None]:
    """The row's code, or what taking it did (None when the same row was accepted before)."""
    refusal = row.parsed.refusal
    if refusal is not None and refusal.code in ("row_malformed", "encoding_error"):
        return refusal.code, None
    if row.cells in state.seen:
        row.repeated = True
        return "duplicate_row", None
    facts: Facts | None = row.parsed.facts
    if facts is None:
        return refusal.code if refusal is not None else "row_malformed", None
    if row.parsed.digest in known:
        return None, None
    listed = on_list.get(row.fix_digest)
    if listed is not None and listed["code"] == "id_conflict" and listed["status"] != RefusedStatus.REPLAYED:
        # Judged once, against the rows accepted before it: a later row of the same file must not turn it
        # round.
        return "id_conflict", None
    taken = taker.take(facts)
    return ("id_conflict", None) if taken.outcome == intake.CONFLICT else (None, taken)


def _refuse(state: _Run, row: _Row, code: str, on_list: Mapping[str, Row], refused: dict[str, Row]) -> None:
    """Report a refused row, and put it on the fix list once."""
    refusal = row.parsed.refusal
    name = {"duplicate_row": None, "id_conflict": "external_id"}.get(code, refusal.field if refusal else None)
    text = row.parsed.cells.get(name or "", "")
    column = state.headers.get(name or "", "")
    state.rejected.append(
        RejectedRow(row.record.row, column, code, shown(code, name, text), row.parsed.operated_on)
    )
    digest = _AGAIN + row.fix_digest if row.repeated else row.fix_digest
    if digest in on_list or digest in refused:
        return
    refused[digest] = {
        "clinic_id": state.clinic_id,
        "batch_id": state.batch_id,
        "digest": digest,
        "row_number": row.record.row,
        "col": column or None,
        "code": code,
        "value": text,
        "cells": words.to_json(row.parsed.cells),
        "operated_on": row.parsed.operated_on,
        "status": RefusedStatus.OPEN,
        "created_at": state.planning.at_ms,
    }


def shown(code: str, name: str | None, text: str) -> str:
    """A refused cell as a report shows it: numbers masked, names left out, the rest at most 40 characters.

    Args:
        code: why it was refused. name: the cell's field, None for the whole row. text: the cell, cleaned.
    """
    if name is None or name == "name" or code in ("row_malformed", "encoding_error"):
        return ""
    if name in ("phone", "phone2"):
        digits = sum(char.isdigit() for char in text)
        return phone.masked(text) if digits >= 7 else text[:12]
    # Columns change places: a telephone or an identity number may stand where a date or a word should.
    return _LONG_NUMBER.sub(lambda found: phone.masked(found[0]), text)[:40]


def _close_fixed(connection: Connection, state: _Run) -> None:
    """Take rows off the fix list that came again, repaired: the same cells but for the one that was
    refused.
    """
    if not state.fixed:
        return
    done: list[int] = []
    for row in imports.open_refused(connection, state.clinic_id):
        cells: dict[str, str] = row["cells"]
        name = next((key for key, text in state.headers.items() if text == row["col"]), None)
        if name is None or row["code"] in ("duplicate_row", "id_conflict"):
            continue
        for other in state.fixed.get(cells.get("external_id", ""), ()):
            if all(other.get(key, "") == text for key, text in cells.items() if key != name):
                done.append(int(row["id"]))
                break
    for start in range(0, len(done), BATCH):
        imports.set_refused(connection, state.clinic_id, done[start : start + BATCH], RefusedStatus.REPLAYED)


__all__ = ["BATCH", "ImportReport", "RejectedRow", "RowCaution", "TableError", "plan_taken", "run", "shown"]
