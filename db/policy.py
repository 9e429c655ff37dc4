"""Stored versions of a clinic's policy. Never changed: a new version is a new row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from db.connect import Connection
from db.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One version: its number, the TOML document and its SHA-256; `valid_from` is UTC."""

    number: int
    document: str
    sha256: str
    author: int | None
    valid_from: datetime


def digest(document: str) -> str:
    """SHA-256 of a document, hex."""
    return hashlib.sha256(document.encode()).hexdigest()


def newest(connection: Connection, clinic_id: int) -> PolicyRow | None:
    """The newest version, which is the one in force; None when the clinic has none."""
    rows = connection.execute(
        "SELECT number, document, sha256, author, valid_from FROM policy_version WHERE clinic_id = :clinic"
        " ORDER BY number DESC LIMIT 1",
        {"clinic": clinic_id},
    )
    if not rows:
        return None
    row = rows[0]
    return PolicyRow(
        int(row["number"]),
        str(row["document"]),
        str(row["sha256"]),
        None if row["author"] is None else int(row["author"]),
        from_ms(int(row["valid_from"])),
    )


def newest_number(connection: Connection, clinic_id: int) -> int:
    """Number of the version in force, 0 when there is none."""
    rows = connection.execute(
        "SELECT MAX(number) AS number FROM policy_version WHERE clinic_id = :clinic", {"clinic": clinic_id}
    )
    return int(rows[0]["number"] or 0)


def add(connection: Connection, clinic_id: int, document: str, author: int | None, now: datetime) -> int:
    """Insert the next version and return its number.

    Args:
        connection: an open unit of work.
        clinic_id: the clinic.
        document: TOML.
        author: staff id; None for the first one of a new clinic.
        now: aware instant from which it holds.
    """
    if connection.dialect == "postgresql":
        # Two leads at once would both count to the same number.
        connection.execute("SELECT id FROM clinic WHERE id = :clinic FOR UPDATE", {"clinic": clinic_id})
    number = newest_number(connection, clinic_id) + 1
    connection.insert(
        "policy_version",
        {
            "clinic_id": clinic_id,
            "number": number,
            "document": document,
            "sha256": digest(document),
            "author": author,
            "valid_from": to_ms(now),
            "created_at": to_ms(now),
        },
    )
    return number
