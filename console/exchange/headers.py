"""Which column is what: the header words of hospital systems, and a clinic's own mapping file."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from console.clean import clean
from console.exchange.tables import TableError

SYNONYMS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("headers.toml").read_text(encoding="utf-8")
)
"""Header words by field (headers.toml); within a field the earlier word wins when a file has several."""

FIELDS = tuple(SYNONYMS)
"""Every field a column may hold."""

NEEDED = ("name", "phone", "procedure", "performed_on")
"""Fields without which no row of the file could ever be planned."""


def fold_header(text: str) -> str:
    """A header word as compared: cleaned, half-width, lower case, no blanks, punctuation, units."""
    folded = unicodedata.normalize("NFKC", clean(text)).casefold()
    for opening, closing in (("(", ")"), ("[", "]"), ("【", "】")):
        start, end = folded.find(opening), folded.rfind(closing)
        if 0 < start < end:
            folded = folded[:start] + folded[end + 1 :]
    return "".join(char for char in folded if char.isalnum())


_WORDS = {
    fold_header(word): (field, rank) for field, words in SYNONYMS.items() for rank, word in enumerate(words)
}


def read_mapping(path: Path) -> dict[str, str]:
    """Read a clinic's mapping file.

    Args: path, TOML with one table `[columns]` of `field = "header"`.
    Returns: header (as written) by field.
    Raises: TableError: mapping_missing, mapping_invalid (with `where`).
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise TableError("mapping_missing", file=path.name) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TableError("mapping_invalid", file=path.name, where="TOML") from error
    columns = document.get("columns")
    if not isinstance(columns, dict) or set(document) != {"columns"}:
        raise TableError("mapping_invalid", file=path.name, where="[columns]")
    for field, header in columns.items():
        if field not in FIELDS or not isinstance(header, str) or not fold_header(header):
            raise TableError("mapping_invalid", file=path.name, where=clean(str(field)))
    return dict(columns)


def recognise(header: Sequence[str], mapping: Mapping[str, str] | None = None) -> dict[str, int]:
    """Find the column of each field.

    Args: header, the first record's cells; mapping, header text by field, which beats every synonym.
    Returns: column index by field; unknown columns are left out. A second column of numbers is phone2.
    Raises: TableError: columns_missing (`columns`), column_not_there (a mapped header that the file lacks),
        column_twice (two columns for one field and nothing tells which).
    """
    folded = [fold_header(cell) for cell in header]
    found: dict[str, int] = {}
    taken: set[int] = set()
    for field, wanted in (mapping or {}).items():
        places = [index for index, word in enumerate(folded) if word == fold_header(wanted)]
        if not places:
            raise TableError("column_not_there", column=clean(wanted), field=field)
        if len(places) > 1:
            raise TableError("column_twice", column=clean(wanted))
        found[field] = places[0]
        taken.add(places[0])
    candidates: dict[str, list[tuple[int, int]]] = {}
    for index, word in enumerate(folded):
        known = _WORDS.get(word)
        if known is not None and index not in taken and known[0] not in found:
            candidates.setdefault(known[0], []).append((known[1], index))
    for field, places in candidates.items():
        places.sort()
        if len(places) > 1 and places[0][0] == places[1][0]:
            raise TableError("column_twice", column=clean(header[places[0][1]]))
        found[field] = places[0][1]
    spare = candidates.get("phone", [])[1:]
    if spare and "phone2" not in found:
        found["phone2"] = spare[0][1]
    if "phone" not in found and "phone2" in found:
        found["phone"] = found.pop("phone2")
    missing = [field for field in NEEDED if field not in found]
    if missing:
        words = ", ".join(SYNONYMS[field][0] for field in missing)
        raise TableError("columns_missing", columns=words, fields=missing)
    return found
