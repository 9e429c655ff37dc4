"""Tables from files: CSV in the encodings hospital systems write, and XLSX, as numbered records of text.

Nothing here knows what a column means. A record's number counts records, not lines, and the header is
record 1, so a number is what a spreadsheet shows beside the row.
"""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Largest file that is opened; a year of a busy clinic's rows is under 10 MB."""

MAX_EXPANDED_BYTES = 512 * 1024 * 1024
"""Largest total size of the parts inside an XLSX (a zip may expand a thousandfold)."""

MAX_RECORDS = 200_000
"""Most records read from one file."""

MAX_CELL = 10_000
"""Most characters of a cell that are kept; longer text is cut there and the row carries a warning."""

MAX_COLUMNS = 512
"""Most cells of one record that are looked at."""

DELIMITERS = (",", ";", "\t")
_RUNAWAY_LINES = 200


class TableError(Exception):
    """A file that can't be read as a table at all.

    `code` and `params` make the sentence; `exit_code` is 2, wrong use.
    """

    exit_code = 2

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a table.

    `row` counts records from the header = 1. `fault` is None, "row_malformed" or "encoding_error". `width` is
    the number of cells the file really had, `cut` tells that a cell was longer than MAX_CELL.
    """

    row: int
    cells: tuple[str, ...]
    fault: str | None = None
    width: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the records under it; blank records are left out but keep their numbers."""

    header: tuple[str, ...]
    records: tuple[Record, ...]
    kind: str
    encoding: str


def read_table(path: Path) -> Table:
    """Read a CSV or XLSX file, judged by its content and not by its name.

    Args: path, the file.
    Returns: its table; records whose bytes or cells are broken carry a fault instead of being left out.
    Raises: TableError: file_missing, file_unreadable, file_too_large, file_empty, file_kind, file_broken,
        too_many_rows.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise TableError("file_unreadable", file=path.name)
        if size > MAX_FILE_BYTES:
            raise TableError("file_too_large", file=path.name, megabytes=MAX_FILE_BYTES // 1024 // 1024)
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise TableError("file_missing", file=path.name) from error
    except OSError as error:
        raise TableError("file_unreadable", file=path.name) from error
    if not data.strip():
        raise TableError("file_empty", file=path.name)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableError("file_kind", file=path.name)
    if data.startswith(b"PK\x03\x04"):
        return _read_xlsx(data, path.name)
    return _read_csv(data, path.name)


# CSV


def decode(data: bytes) -> tuple[str, str]:
    """Text of a CSV file and the name of its encoding; a byte that fits nothing becomes a lone surrogate.

    UTF-8 is chosen when most lines with non-ASCII bytes are valid UTF-8: a broken byte in one row must not
    turn the whole file into another encoding, and Chinese text in UTF-8 nearly always decodes as GB18030
    too, as wrong characters.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), "utf-16"
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", errors="surrogateescape"), "utf-8"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        whole_gb = data.decode("gb18030")
    except UnicodeDecodeError:
        whole_gb = None
    good = bad = 0
    for line in data.split(b"\n"):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            bad += 1
    if good > bad:
        return data.decode("utf-8", errors="surrogateescape"), "utf-8"
    return whole_gb if whole_gb is not None else data.decode("gb18030", errors="surrogateescape"), "gb18030"


def _read_csv(data: bytes, name: str) -> Table:
    text, encoding = decode(data)
    lines = _lines(text)
    delimiter = _delimiter(lines)
    header: tuple[str, ...] = ()
    records: list[Record] = []
    for number, cells, broken in _csv_records(lines, delimiter):
        if number == 1:
            header = tuple(cells)
            continue
        if number > MAX_RECORDS:
            raise TableError("too_many_rows", file=name, rows=MAX_RECORDS)
        if not any(cell.strip() for cell in cells) and not broken:
            continue
        records.append(_record(number, cells, len(header), broken))
    if not header or not any(cell.strip() for cell in header):
        raise TableError("file_empty", file=name)
    return Table(header, tuple(records), "csv", encoding)


def _lines(text: str) -> list[str]:
    """Physical lines with their ends. Only CR and LF end one: str.splitlines also knows U+2028."""
    return list(io.StringIO(text, newline=""))


def _delimiter(lines: list[str]) -> str:
    """The delimiter that cuts the header into most cells; a comma when none does."""

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader(lines[:20], delimiter=delimiter), []))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=cells)


def _csv_records(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str], bool]]:
    """Records as (number, cells, broken).

    A quote that is never closed would swallow every row after it. Such a record is given up after its first
    line, and reading goes on at the first swallowed line which is a whole row by itself.
    """
    start = 0
    number = 0
    width = 0
    while start < len(lines):
        number += 1
        used, cells, broken = _one(lines, start, delimiter)
        if number == 1:
            width = len(cells)
        if used > 1:
            resume = _swallowed(lines, start + 1, start + used, delimiter, width)
            if resume is not None:
                cells, used, broken = [lines[start].rstrip("\r\n")], resume - start, True
        yield number, cells, broken
        start += used


def _one(lines: list[str], start: int, delimiter: str) -> tuple[int, list[str], bool]:
    """One record from `start`: lines used, cells, and whether its quote is still open at the end or limit."""
    stop = min(len(lines), start + _RUNAWAY_LINES)
    # A line behind the last one: only a record with an open quote reads it.
    reader = csv.reader(itertools.chain((lines[i] for i in range(start, stop)), ("\n",)), delimiter=delimiter)
    try:
        cells = next(reader)
    except csv.Error:
        return 1, [lines[start][:MAX_CELL]], True
    used = reader.line_num
    if used > stop - start:
        return stop - start, [lines[start][:MAX_CELL]], True
    return used, cells, False


def _swallowed(lines: list[str], first: int, stop: int, delimiter: str, width: int) -> int | None:
    for index in range(first, stop):
        _, cells, _ = _one(lines, index, delimiter)
        if len(cells) == width and width > 2:
            return index
    return None


def _record(row: int, cells: list[str], width: int, broken: bool) -> Record:
    kept = cells[:MAX_COLUMNS]
    fault: str | None = None
    if broken or any(cell.strip() for cell in kept[width:]) or len(cells) > MAX_COLUMNS:
        fault = "row_malformed"
    elif any(_undecodable(cell) for cell in kept):
        fault = "encoding_error"
    cut = any(len(cell) > MAX_CELL for cell in kept)
    texts = [cell[:MAX_CELL] for cell in kept]
    if fault is None:
        texts = texts[:width]
    return Record(row, tuple(texts), fault, len(cells), cut)


def _undecodable(cell: str) -> bool:
    """Bytes that fitted no character were decoded to lone surrogates U+DC80..U+DCFF."""
    return not cell.isascii() and any("\udc80" <= char <= "\udcff" for char in cell)


# XLSX


def _read_xlsx(data: bytes, name: str) -> Table:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MAX_EXPANDED_BYTES:
                raise TableError("file_too_large", file=name, megabytes=MAX_EXPANDED_BYTES // 1024 // 1024)
        book: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except TableError:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as error:
        raise TableError("file_broken", file=name) from error
    try:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
        for sheet in sheets:
            table = _sheet(sheet, name)
            if table is not None:
                return table
    except TableError:
        raise
    except Exception as error:  # openpyxl lets a dozen kinds through for a damaged part
        raise TableError("file_broken", file=name) from error
    finally:
        book.close()
    raise TableError("file_empty", file=name)


def _sheet(sheet: Any, name: str) -> Table | None:
    # Several hospital systems write a wrong <dimension>; read-only mode would trust it and stop early.
    sheet.reset_dimensions()
    header: tuple[str, ...] = ()
    records: list[Record] = []
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [cell_text(value) for value in row]
        if number == 1:
            while cells and not cells[-1].strip():
                cells.pop()
            header = tuple(cells)
            if not header:
                return None
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if number > MAX_RECORDS:
            raise TableError("too_many_rows", file=name, rows=MAX_RECORDS)
        cells += [""] * (len(header) - len(cells))
        while len(cells) > len(header) and not cells[-1].strip():
            cells.pop()
        records.append(_record(number, cells, len(header), False))
    return Table(header, tuple(records), "xlsx", "") if header else None


def cell_text(value: object) -> str:
    """Text of a spreadsheet value as a person would have typed it.

    A whole number has no ".0" (a telephone number is stored as a float), a date is ISO, a formula keeps its
    own text and is never evaluated, None is the empty text.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
