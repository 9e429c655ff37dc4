"""Import runs, digests of accepted rows, the fix list and the clinic's own procedure words. Raw SQL,
caller's unit of work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date

from db.connect import Connection, Row
from db.enums import RefusedStatus
from db.patients import in_list


def start(
    connection: Connection, clinic_id: int, file_name: str, file_sha256: str, at_date: date, started_at: int
) -> int:
    """Insert an import run with its counts at zero; returns its id."""
    return connection.insert(
        "import_batch",
        {
            "clinic_id": clinic_id,
            "file_name": file_name,
            "file_sha256": file_sha256,
            "at_date": at_date,
            "started_at": started_at,
        },
    )


def set_counts(connection: Connection, clinic_id: int, batch_id: int, values: Mapping[str, object]) -> None:
    """Write counts or the end of an import run."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    connection.changed(
        f"UPDATE import_batch SET {sets} WHERE clinic_id = :clinic AND id = :id",
        {**values, "clinic": clinic_id, "id": batch_id},
    )


def known_digests(connection: Connection, clinic_id: int, digests: Sequence[str]) -> set[str]:
    """Those of the digests whose rows have been accepted before."""
    if not digests:
        return set()
    marks, params = in_list("d", digests)
    rows = connection.execute(
        f"SELECT digest FROM imported_row WHERE clinic_id = :clinic AND digest IN ({marks})",
        params | {"clinic": clinic_id},
    )
    return {str(row["digest"]) for row in rows}


def remember(connection: Connection, clinic_id: int, batch_id: int, digests: Sequence[str]) -> None:
    """Insert digests of rows just accepted; each once."""
    connection.insert_many(
        "imported_row",
        [
            {"clinic_id": clinic_id, "digest": digest, "batch_id": batch_id}
            for digest in dict.fromkeys(digests)
        ],
    )


def refused_by_digest(connection: Connection, clinic_id: int, digests: Sequence[str]) -> dict[str, Row]:
    """Fix-list rows by digest, in any status."""
    if not digests:
        return {}
    marks, params = in_list("d", digests)
    rows = connection.execute(
        f"SELECT id, digest, code, status FROM refused_row WHERE clinic_id = :clinic AND digest IN ({marks})",
        params | {"clinic": clinic_id},
    )
    return {str(row["digest"]): row for row in rows}


def add_refused(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert fix-list rows."""
    connection.insert_many("refused_row", rows)


def set_refused(
    connection: Connection, clinic_id: int, ids: Sequence[int], status: RefusedStatus, code: str | None = None
) -> int:
    """Give fix-list rows another status, and another code when they are refused for a new reason."""
    if not ids:
        return 0
    marks, params = in_list("i", ids)
    values: dict[str, object] = {"status": status, "clinic": clinic_id, **params}
    recode = ""
    if code is not None:
        recode, values["code"] = ", code = :code", code
    return connection.changed(
        f"UPDATE refused_row SET status = :status{recode} WHERE +clinic_id = :clinic AND id IN ({marks})",
        values,
    )


def open_refused(
    connection: Connection, clinic_id: int, code: str | None = None, limit: int = 100_000
) -> list[Row]:
    """The fix list: open refused rows, newest operation first, those without a readable one last.

    `cells` is decoded: (field, text) pairs as a dict.
    """
    only = " AND code = :code" if code is not None else ""
    params: dict[str, object] = {"clinic": clinic_id, "limit": limit}
    if code is not None:
        params["code"] = code
    rows = connection.execute(
        "SELECT * FROM refused_row WHERE clinic_id = :clinic AND status = 'open'"
        f"{only} ORDER BY operated_on IS NULL, operated_on DESC, id LIMIT :limit",
        params,
    )
    return [row | {"cells": dict(json.loads(row["cells"]))} for row in rows]


def count_open_refused(connection: Connection, clinic_id: int, cap: int = 1000) -> int:
    """How many rows the fix list has, counted to `cap` at most."""
    rows = connection.execute(
        "SELECT COUNT(*) AS n FROM (SELECT 1 FROM refused_row WHERE clinic_id = :clinic AND status = 'open'"
        " LIMIT :cap) AS capped",
        {"clinic": clinic_id, "cap": cap},
    )
    return int(rows[0]["n"])


def aliases(connection: Connection, clinic_id: int) -> dict[str, str]:
    """The clinic's own folded procedure words and their codes."""
    rows = connection.execute(
        "SELECT word, procedure FROM procedure_alias WHERE clinic_id = :clinic", {"clinic": clinic_id}
    )
    return {str(row["word"]): str(row["procedure"]) for row in rows}


def set_alias(connection: Connection, clinic_id: int, word: str, procedure: str, at_ms: int) -> None:
    """Add a folded word, or give a known one another procedure."""
    connection.execute(
        "INSERT INTO procedure_alias (clinic_id, word, procedure, created_at)"
        " VALUES (:clinic, :word, :procedure, :at)"
        " ON CONFLICT (clinic_id, word) DO UPDATE SET procedure = excluded.procedure",
        {"clinic": clinic_id, "word": word, "procedure": procedure, "at": at_ms},
    )


def set_go_live(connection: Connection, clinic_id: int, on: date) -> None:
    """Set the first day AfterCall is responsible for, if it has none yet."""
    connection.changed(
        "UPDATE clinic SET go_live = :day WHERE id = :clinic AND go_live IS NULL",
        {"day": on, "clinic": clinic_id},
    )
