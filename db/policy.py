"""Stored versions of a clinic's policy. Never changed: a new version is a new row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from db.connect import Connection, Row
from db.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One version: its number, the TOML document and its SHA-256; `valid_from` is UTC.

    `public_days` are the public holidays it was made with, as `console.rules.public_days` writes them; None in
    rows of before they were kept, and for a clinic without public holidays.
    """

    number: int
    document: str
    sha256: str
    author: int | None
    valid_from: datetime
    public_days: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A version as a list shows it: who made it, None for the clinic's first and for the console's own."""

    number: int
    sha256: str
    author: str | None
    valid_from: datetime


def digest(document: str) -> str:
    """SHA-256 of a document, hex."""
    return hashlib.sha256(document.encode()).hexdigest()


def newest(connection: Connection, clinic_id: int) -> PolicyRow | None:
    """The newest version, which is the one in force; None when the clinic has none."""
    rows = connection.execute(
        f"{_ROW} WHERE clinic_id = :clinic ORDER BY number DESC LIMIT 1", {"clinic": clinic_id}
    )
    return _row(rows[0]) if rows else None


def version(connection: Connection, clinic_id: int, number: int) -> PolicyRow | None:
    """One version; None when there is none of that number."""
    rows = connection.execute(
        f"{_ROW} WHERE clinic_id = :clinic AND number = :number", {"clinic": clinic_id, "number": number}
    )
    return _row(rows[0]) if rows else None


def lines(connection: Connection, clinic_id: int, limit: int) -> list[PolicyLine]:
    """The newest versions without their documents, newest first."""
    rows = connection.execute(
        "SELECT v.number, v.sha256, v.valid_from, s.name AS author FROM policy_version v"
        " LEFT JOIN staff s ON s.id = v.author AND s.clinic_id = v.clinic_id"
        " WHERE v.clinic_id = :clinic ORDER BY v.number DESC LIMIT :limit",
        {"clinic": clinic_id, "limit": limit},
    )
    return [
        PolicyLine(int(row["number"]), str(row["sha256"]), row["author"], from_ms(int(row["valid_from"])))
        for row in rows
    ]


_ROW = "SELECT number, document, sha256, author, valid_from, public_days FROM policy_version"


def _row(row: Row) -> PolicyRow:
    return PolicyRow(
        int(row["number"]),
        str(row["document"]),
        str(row["sha256"]),
        None if row["author"] is None else int(row["author"]),
        from_ms(int(row["valid_from"])),
        row["public_days"],
    )


def lock(connection: Connection, clinic_id: int) -> None:
    """Let nobody else add a version until this transaction ends. SQLite holds its write lock already."""
    if connection.dialect == "postgresql":
        connection.execute("SELECT id FROM clinic WHERE id = :clinic FOR UPDATE", {"clinic": clinic_id})


def newest_number(connection: Connection, clinic_id: int) -> int:
    """Number of the version in force, 0 when there is none."""
    rows = connection.execute(
        "SELECT MAX(number) AS number FROM policy_version WHERE clinic_id = :clinic", {"clinic": clinic_id}
    )
    return int(rows[0]["number"] or 0)


def add(
    connection: Connection,
    clinic_id: int,
    document: str,
    author: int | None,
    now: datetime,
    public_days: str | None = None,
) -> int:
    """Insert the next version and return its number.

    Args:
        connection: an open unit of work.
        clinic_id: the clinic.
        document: TOML.
        author: staff id; None for the first one of a new clinic, and for the console's own.
        now: aware instant from which it holds.
        public_days: the public holidays it is made with.
    """
    lock(connection, clinic_id)
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
            "public_days": public_days,
        },
    )
    return number
