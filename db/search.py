"""The rows patients are found by. Keys are made by the desk (console.desk.searchkeys) and only stored and
looked up here.

Every lookup goes through the index (clinic_id, kind, key, patient_id); nothing ever scans the patients.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from db.connect import Connection, Row
from db.enums import SearchKind
from db.patients import in_list

Key = tuple[SearchKind, str]


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a typed text may mean; empty parts are not looked for.

    `char` is a single folded character, `pairs` the pairs of a longer name part, `letters` the start of
    pinyin or initials, `digits` the reversed last digits of a number, `external_id` the clinic's own id as
    typed.
    """

    char: str = ""
    pairs: tuple[str, ...] = ()
    letters: str = ""
    digits: str = ""
    external_id: str = ""


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

    Args: connection; clinic_id; lookup; limit, most ids returned.
    Returns: ids, each once: the clinic's own id first, then digits, pinyin, initials, name. Names longer
        than two
        characters are found by all their pairs, so the caller still compares the order of the characters.
    """
    found: dict[int, None] = {}

    def add(rows: list[Row]) -> None:
        found.update(dict.fromkeys(int(row["id"]) for row in rows))

    if lookup.external_id:
        add(
            connection.execute(
                "SELECT id FROM patient WHERE clinic_id = :clinic AND external_id = :text",
                {"clinic": clinic_id, "text": lookup.external_id},
            )
        )
    if lookup.digits:
        add(_prefix(connection, clinic_id, SearchKind.DIGITS, lookup.digits, limit))
    if lookup.letters:
        add(_prefix(connection, clinic_id, SearchKind.PINYIN, lookup.letters, limit))
        add(_prefix(connection, clinic_id, SearchKind.INITIALS, lookup.letters, limit))
    if lookup.char:
        add(_with_all(connection, clinic_id, SearchKind.CHAR, (lookup.char,), limit))
    if lookup.pairs:
        add(_with_all(connection, clinic_id, SearchKind.BIGRAM, lookup.pairs, limit))
    return list(found)[:limit]


def _prefix(connection: Connection, clinic_id: int, kind: SearchKind, key: str, limit: int) -> list[Row]:
    # The first key after all that begin with this one. The column sorts by code point on both databases.
    high = key[:-1] + chr(ord(key[-1]) + 1)
    return connection.execute(
        """SELECT patient_id AS id FROM patient_search
            WHERE clinic_id = :clinic AND kind = :kind AND key >= :low AND key < :high
            ORDER BY key, patient_id LIMIT :most""",
        {"clinic": clinic_id, "kind": kind, "low": key, "high": high, "most": limit * 2},
    )


def _with_all(
    connection: Connection, clinic_id: int, kind: SearchKind, keys: tuple[str, ...], limit: int
) -> list[Row]:
    more = "".join(
        f""" AND EXISTS (SELECT 1 FROM patient_search t WHERE t.clinic_id = :clinic AND t.kind = :kind
              AND t.key = :key{number} AND t.patient_id = s.patient_id)"""
        for number in range(1, len(keys))
    )
    _, params = in_list("key", keys)
    return connection.execute(
        f"""SELECT s.patient_id AS id FROM patient_search s
            WHERE s.clinic_id = :clinic AND s.kind = :kind AND s.key = :key0{more}
            ORDER BY s.patient_id LIMIT :most""",
        {"clinic": clinic_id, "kind": kind, "most": limit, **params},
    )
