"""What was practised: raw SQL, in a unit of work or a read. A row without points is a try that a lead allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from db.connect import Connection, Row

MOST: Final = 2_000
"""Results of one person that are read; somebody who practises ten calls a working day fills it in ten months."""
_COLUMNS: Final = 'id, staff_id, scenario, "of", at, document'


def add(connection: Connection, values: Mapping[str, object]) -> int:
    """Insert a row, `at` in epoch ms and the document as JSON, and return its id."""
    return connection.insert("practice_result", values)


def end(
    connection: Connection, clinic_id: int, result_id: int, before: str, values: Mapping[str, object]
) -> bool:
    """Put the end of a call in the place of its beginning.

    Args:
        connection: an open unit of work. clinic_id: the clinic. result_id: the row.
        before: the document of the beginning; a row that holds another one stays as it is.
        values: `score`, `of` and `document` of the end; its instant stays that of the beginning.

    Returns:
        Whether the row was the beginning still.
    """
    rows = connection.execute(
        """UPDATE practice_result SET score = :score, "of" = :of, document = :document
           WHERE clinic_id = :clinic AND id = :id AND document = :before RETURNING id""",
        {**values, "clinic": clinic_id, "id": result_id, "before": before},
    )
    return bool(rows)


def get(connection: Connection, clinic_id: int, result_id: int) -> Row | None:
    """One row."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM practice_result WHERE clinic_id = :clinic AND id = :id",
        {"clinic": clinic_id, "id": result_id},
    )
    return rows[0] if rows else None


def of_staff(connection: Connection, clinic_id: int, staff_id: int, limit: int = MOST) -> list[Row]:
    """The newest rows of one person, newest first."""
    return connection.execute(
        f"""SELECT {_COLUMNS} FROM practice_result
            WHERE clinic_id = :clinic AND staff_id = :staff ORDER BY at DESC, id DESC LIMIT :limit""",
        {"clinic": clinic_id, "staff": staff_id, "limit": limit},
    )
