"""The first frame: whose clinic this is and the top of its queue, masked, before anybody has signed in.

Read while the screen is still being built, so it imports no policy and no placement: `look` shows what is stored,
and `judged` says afterwards what may be dialled at this minute.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from console.desk.last_contact import last_contacts
from console.desk.local import clinic_day
from console.desk.restricted import shown_procedure
from console.rules.names import masked
from db import queue as table
from db.connect import Connection, Database, reading
from db.enums import Tier
from db.instants import day, from_ms, to_ms
from db.queue_records import QueueRow, Reason

ROWS = 40
"""What fits the tallest usual screen."""


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What may be shown to anybody who stands before the screen.

    Args:
        clinic_id: the clinic. clinic: its name. zone: its zone.
        demo: whether DEMO belongs in the corner.
        rows: masked top of the whole clinic's order; intimate procedures read "restricted".
        is_test: whether this is a clinic of tests.
    """

    clinic_id: int
    clinic: str
    zone: str
    demo: bool
    rows: tuple[QueueRow, ...]
    is_test: bool = False


def look(database: Database, now: datetime, limit: int = ROWS) -> FirstLook:
    """Reads the clinic and the top of its queue as it is stored.

    Args:
        database: the record.
        now: aware instant.
        limit: rows at most.

    Raises:
        RecordError: the record cannot be read.
    """
    with reading(database) as connection:
        rows = connection.execute("SELECT id, name, zone, is_demo, is_test FROM clinic ORDER BY id LIMIT 1")
        if not rows:
            return FirstLook(0, "", "Asia/Shanghai", False, ())
        clinic = rows[0]
        clinic_id, zone = int(clinic["id"]), str(clinic["zone"])
        top = _top(connection, clinic_id, zone, now, limit)
    name, is_demo, is_test = str(clinic["name"]), bool(clinic["is_demo"]), bool(clinic["is_test"])
    return FirstLook(clinic_id, name, zone, is_demo, top, is_test)


def judged(database: Database, seen: FirstLook, now: datetime, limit: int = ROWS) -> FirstLook:
    """The same look with what the policy says of each row: its reason, and whether it may be dialled now."""
    from console.desk import queue

    if not seen.clinic_id:
        return seen
    return replace(seen, rows=queue.masked_page(database, seen.clinic_id, now, limit))


def _top(
    connection: Connection, clinic_id: int, zone: str, now: datetime, limit: int
) -> tuple[QueueRow, ...]:
    lanes = table.lanes(connection, clinic_id)
    view = table.View(clinic_id, lanes, to_ms(now), is_lead=True, left_since=to_ms(now))
    rows = table.order(connection, view, limit)
    shown = table.display(connection, clinic_id, tuple(int(row["id"]) for row in rows))
    last = last_contacts(connection, clinic_id, tuple(sorted({int(row["patient_id"]) for row in rows})))
    today = clinic_day(now, zone)
    lines: list[QueueRow] = []
    for position, ordered in enumerate(rows, 1):
        row = shown[int(ordered["id"])]
        performed = day(row["performed_on"])
        lines.append(
            QueueRow(
                position=position,
                key=(int(row["band"]), int(row["deadline_at"]), int(row["id"])),
                id=int(row["id"]),
                patient_id=int(row["patient_id"]),
                external_id=row["external_id"],
                patient=masked(str(row["patient_name"])),
                procedure=shown_procedure(row["procedure"], restricted_ok=False) or "",
                day=None if performed is None else (today - performed).days,
                milestone=str(row["milestone"] or row["kind"]),
                team=str(row["team"]),
                language=str(row["language"]),
                tier=Tier(row["tier"]),
                deadline_at=from_ms(row["deadline_at"]),
                attempts=int(row["attempts"]),
                reason=Reason("in_order"),
                last=last[int(row["patient_id"])],
                takeable=True,
                opens_at=None,
            )
        )
    return tuple(lines)
