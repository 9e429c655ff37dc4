"""The rows patients are found by. Keys are made by the desk (console.desk.searchkeys) and only stored and
looked up here.

Every search is for the start of a key, so it reads one short stretch of the index (clinic_id, kind, key,
patient_id), however many patients there are and however common the name is; nothing ever scans the patients.
A name is found from any of its characters on because it is stored from each of them on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from db.connect import Connection, Row
from db.enums import SearchKind
from db.patients import in_list

Key = tuple[SearchKind, str]

MOST_READS: Final = 8
"""Stretches of the index one lookup reads at most: only a text of one repeated character has so many keys."""

_SURROGATES: Final = (0xD7FF, 0xE000)
"""Code points on both sides of those that no text holds."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a typed text may mean; empty parts are not looked for.

    `name` is a folded part of a name, `letters` the start of pinyin or initials, `digits` the reversed last
    digits of a number in each way they may be stored, `external_ids` the clinic's own id in each way it may
    be written.
    """

    name: str = ""
    letters: str = ""
    digits: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()


def key_rows(clinic_id: int, patient_id: int, keys: Iterable[Key]) -> list[Row]:
    """The patient_search rows of a patient, for inserting many patients' rows at once."""
    return [
        {"clinic_id": clinic_id, "patient_id": patient_id, "kind": kind, "key": key}
        for kind, key in sorted(set(keys))
    ]


def add_rows(connection: Connection, rows: list[Row]) -> None:
    """Insert rows made by `key_rows`."""
    connection.insert_many("patient_search", rows)


def rewrite(connection: Connection, clinic_id: int, patient_id: int, keys: Iterable[Key]) -> None:
    """Replace a patient's keys."""
    connection.changed(
        "DELETE FROM patient_search WHERE clinic_id = :clinic AND patient_id = :patient",
        {"clinic": clinic_id, "patient": patient_id},
    )
    add_rows(connection, key_rows(clinic_id, patient_id, keys))


def find_ids(connection: Connection, clinic_id: int, lookup: Lookup, limit: int) -> list[int]:
    """Patients that fit a lookup.

    Args:
        connection: any connection.
        clinic_id: the clinic.
        lookup: what to look for.
        limit: most ids returned.

    Returns:
        Ids, each once: the clinic's own id first, then the number, pinyin, initials, names that begin so,
        names that hold it further on; of each the shortest first. A kind with many never crowds out the
        others: each keeps a quarter of the lines.
    """
    kinds = [_by_external_id(connection, clinic_id, lookup.external_ids)]
    for digits in lookup.digits:
        kinds.append(_beginning(connection, clinic_id, SearchKind.DIGITS, digits, limit))
    if lookup.letters:
        kinds.append(_beginning(connection, clinic_id, SearchKind.PINYIN, lookup.letters, limit))
        kinds.append(_beginning(connection, clinic_id, SearchKind.INITIALS, lookup.letters, limit))
    if lookup.name:
        named = _beginning(connection, clinic_id, SearchKind.NAME, lookup.name, limit)
        if len(named) < limit:
            named += _beginning(connection, clinic_id, SearchKind.PART, lookup.name, limit)
        kinds.append(named)
    return _merged(kinds, limit)


def named(connection: Connection, clinic_id: int, key: str, born_on: date) -> list[Row]:
    """Patients whose folded name begins with a key (`desk.searchkeys`) and who were born on a day; id and names."""
    return connection.execute(
        "SELECT p.id, p.external_id, p.name FROM patient_search s JOIN patient p ON p.id = s.patient_id"
        f" WHERE s.clinic_id = :clinic AND s.kind = '{SearchKind.NAME}' AND s.key = :key"
        " AND p.born_on = :born AND p.merged_into IS NULL ORDER BY p.id LIMIT 20",
        {"clinic": clinic_id, "key": key, "born": born_on},
    )


def _merged(kinds: list[list[int]], limit: int) -> list[int]:
    """The best of each kind, kind by kind, each id once."""
    seen: set[int] = set()
    fresh: list[list[int]] = []
    for ids in kinds:
        fresh.append([one for one in dict.fromkeys(ids) if one not in seen])
        seen.update(ids)
    room, left = limit, [min(len(ids), limit // 4) for ids in fresh]
    found: list[int] = []
    for number, ids in enumerate(fresh):
        taken = ids[: max(0, room - sum(left[number + 1 :]))]
        found += taken
        room -= len(taken)
    return found


def _by_external_id(connection: Connection, clinic_id: int, spellings: tuple[str, ...]) -> list[int]:
    if not spellings:
        return []
    marks, params = in_list("e", spellings)
    rows = connection.execute(
        f"SELECT id, external_id FROM patient WHERE clinic_id = :clinic AND external_id IN ({marks})",
        {"clinic": clinic_id, **params},
    )
    return [int(row["id"]) for row in sorted(rows, key=lambda row: spellings.index(row["external_id"]))]


def _beginning(connection: Connection, clinic_id: int, kind: SearchKind, start: str, limit: int) -> list[int]:
    """Patients with a key of that kind that begins so, by key, each once."""
    end = _after(start)
    most = limit * 2
    found: dict[int, None] = {}
    params = {"clinic": clinic_id, "kind": kind, "end": end, "key": start, "last": 0, "most": most}
    for _ in range(MOST_READS):
        rows = connection.execute(
            f"""SELECT patient_id, key FROM patient_search
                WHERE clinic_id = :clinic AND kind = :kind AND (key, patient_id) > (:key, :last)
                  {"AND key < :end" if end else ""}
                ORDER BY key, patient_id LIMIT :most""",
            params,
        )
        found.update((int(row["patient_id"]), None) for row in rows)
        if len(found) >= limit or len(rows) < most:
            break
        params |= {"key": rows[-1]["key"], "last": rows[-1]["patient_id"]}
    return list(found)[:limit]


def _after(start: str) -> str:
    """The first key after all that begin so; empty when there is none.

    The column sorts by code point on both databases.
    """
    kept = start.rstrip(chr(0x10FFFF))
    if not kept:
        return ""
    code = ord(kept[-1])
    return kept[:-1] + chr(_SURROGATES[1] if code == _SURROGATES[0] else code + 1)
