"""Tables and files that leave the console: no cell becomes a formula, no file is overwritten or read by others."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from console.clean import clean
from console.exchange.documents import Cell
from db.errors import WrongUse

DANGEROUS: Final = "=+-@\t\r\n＝＋－＠"
"""First characters that make a spreadsheet take a cell for a formula, full-width ones for East Asian editions."""


def safe(cell: Cell) -> str:
    """A cell of a CSV file: text that a spreadsheet would take for a formula begins with an apostrophe.

    Numbers stay numbers, negative ones too.
    """
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return str(cell)
    # A tab or a line break in front would hide the sign behind it.
    risky = cell[:1] in DANGEROUS or cell.lstrip()[:1] in DANGEROUS
    text = clean(cell, multiline=True)
    return f"'{text}" if text and (risky or text[:1] in DANGEROUS) else text


def csv_table(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as CSV with a byte order mark, so that a spreadsheet reads Chinese as it is."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(head) for head in headers])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def free(path: Path) -> Path:
    """A place where a file can be made.

    Raises:
        WrongUse: something is there already, or the folder is not.
    """
    try:
        place = path.expanduser()
    except RuntimeError:
        # No such user behind ~.
        raise WrongUse("folder_missing", path=str(path)) from None
    if place.exists() or place.is_symlink():
        raise WrongUse("file_exists", path=str(place))
    if not place.parent.is_dir():
        raise WrongUse("folder_missing", path=str(place.parent))
    return place


def write_new(path: Path, content: bytes) -> Path:
    """Write a file that is not there yet, for its owner only; a half-written one is taken away again.

    Raises:
        WrongUse: as `free`, or the disk says no.
    """
    place = free(path)
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise WrongUse("file_exists", path=str(place)) from None
    except OSError:
        raise WrongUse("file_not_written", path=str(place)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        place.unlink(missing_ok=True)
        raise WrongUse("file_not_written", path=str(place)) from None
    return place
