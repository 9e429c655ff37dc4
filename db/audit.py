"""The audit trail: rows in the same transaction as what they record, sealed in ranges by a chain of MACs.

A row names fields and carries keyed digests of their values, never the values. A seal covers a range of rows
and the seal before it (HMAC-SHA256), so that a changed, removed or inserted row shows; the note this machine
keeps of the last seal shows when the end of the trail, seals included, is gone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from db import seal_key
from db.connect import Connection, Database, Row, reading, unit_of_work
from db.instants import to_ms

SEAL_ROWS: Final = 500
"""Most rows one seal covers, so that a seal stays a short transaction."""
_DIGEST_HEX: Final = 32
"""Hex digits kept of a value's digest: 128 bits tell values apart without filling the table."""
_COLUMNS: Final = "id, clinic_id, at, staff_id, seat_id, action, subject_kind, subject_id, fields, digests"

Damage = Literal["changed", "removed", "inserted", "seal_removed", "end_removed"]


@dataclass(frozen=True)
class Verdict:
    """What a check of the audit trail found.

    Args:
        rows: rows under a valid seal.
        seals: seals checked.
        unsealed: rows written since the last seal.
        damage: what was found, each with the first and last audit id it concerns; empty when all is in order.
        key: whether this machine has the key; without it only the shape is checked.
    """

    rows: int
    seals: int
    unsealed: int
    damage: tuple[tuple[Damage, int, int], ...]
    key: bool

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return not self.damage


def append(
    connection: Connection,
    *,
    clinic_id: int,
    at: datetime,
    staff_id: int | None,
    seat_id: int | None,
    action: str,
    subject_kind: str,
    subject_id: int | None,
    values: Mapping[str, object] | None = None,
) -> None:
    """Add one row, in the transaction of what it records.

    Args:
        connection: an open unit of work.
        clinic_id: the clinic.
        at: aware instant.
        staff_id: who did it; None for a clock or for a command without a person.
        seat_id: at which seat.
        action: stable name, e.g. `staff.add`.
        subject_kind: table of what it was done to.
        subject_id: its id.
        values: fields that were read or written; their names are stored, and of each value a keyed digest.

    Raises:
        RuntimeError: no unit of work is open.
    """
    if not connection.in_unit:
        raise RuntimeError("an audit row belongs into the transaction of what it records")
    values = values or {}
    key = seal_key.load_key(connection.address)
    digests = [] if key is None else [digest(key, clinic_id, name, value) for name, value in values.items()]
    connection.insert(
        "audit",
        {
            "clinic_id": clinic_id,
            "at": to_ms(at),
            "staff_id": staff_id,
            "seat_id": seat_id,
            "action": action,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "fields": json.dumps(list(values), ensure_ascii=False),
            "digests": json.dumps(digests),
        },
    )


def digest(key: bytes, clinic_id: int, field: str, value: object) -> str:
    """Keyed digest of one value: equal values of one field of one clinic have equal digests."""
    message = json.dumps([clinic_id, field, str(value)], ensure_ascii=False).encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:_DIGEST_HEX]


def seal(database: Database, clinic_id: int, now: datetime) -> int:
    """Seal what was written since the last seal, `SEAL_ROWS` rows a transaction.

    Args:
        database: the record.
        clinic_id: the clinic.
        now: aware instant.

    Returns:
        Number of rows sealed; 0 on a machine without the key.
    """
    key = seal_key.load_key(database.address)
    if key is None:
        return 0
    sealed = 0
    while True:
        with unit_of_work(database) as connection:
            if connection.dialect == "postgresql":
                # Two consoles that seal at once would both continue the same chain; and a row with a smaller
                # id may still be uncommitted, so writers of audit rows wait for the length of one seal.
                connection.execute("LOCK TABLE audit_seal IN EXCLUSIVE MODE")
                connection.execute("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE")
            last = _last_seal(connection, clinic_id)
            rows = _rows(connection, clinic_id, int(last["to_id"]) + 1 if last else 1, None, SEAL_ROWS)
            if not rows:
                break
            previous = str(last["mac"]) if last else ""
            mac = _mac(key, previous, rows)
            connection.insert(
                "audit_seal",
                {
                    "clinic_id": clinic_id,
                    "from_id": rows[0]["id"],
                    "to_id": rows[-1]["id"],
                    "rows": len(rows),
                    "mac": mac,
                    "previous_mac": previous,
                    "at": to_ms(now),
                },
            )
        seal_key.write_anchor(database.address, clinic_id, mac)
        sealed += len(rows)
        if len(rows) < SEAL_ROWS:
            break
    return sealed


def verify(database: Database, clinic_id: int) -> Verdict:
    """Check the whole trail of a clinic against its seals and against this machine's note of the last one."""
    key = seal_key.load_key(database.address)
    damage: list[tuple[Damage, int, int]] = []
    sealed_rows, previous, end = 0, "", 0
    macs: set[str] = set()
    with reading(database) as connection:
        seals = connection.execute(
            "SELECT * FROM audit_seal WHERE clinic_id = :clinic ORDER BY to_id", {"clinic": clinic_id}
        )
        for row in seals:
            first, last = int(row["from_id"]), int(row["to_id"])
            if str(row["previous_mac"]) != previous or first <= end:
                damage.append(("seal_removed", end + 1, first - 1))
            found = _rows(connection, clinic_id, end + 1, last, None)
            before = len(damage)
            if len(found) < int(row["rows"]):
                damage.append(("removed", first, last))
            elif len(found) > int(row["rows"]):
                damage.append(("inserted", first, last))
            if key is not None and len(damage) == before:
                if not hmac.compare_digest(_mac(key, str(row["previous_mac"]), found), str(row["mac"])):
                    damage.append(("changed", first, last))
                else:
                    sealed_rows += len(found)
            previous, end = str(row["mac"]), last
            macs.add(previous)
        unsealed = connection.execute(
            "SELECT COUNT(*) AS n FROM audit WHERE clinic_id = :clinic AND id > :end",
            {"clinic": clinic_id, "end": end},
        )
    noted = seal_key.read_anchor(database.address).get(str(clinic_id))
    if noted and noted not in macs:
        damage.append(("end_removed", end + 1, end + 1))
    return Verdict(sealed_rows, len(seals), int(unsealed[0]["n"]), tuple(damage), key is not None)


def accept_end(database: Database, clinic_id: int) -> None:
    """Take the present end of the trail as its end on this machine, after an older backup was put back."""
    with reading(database) as connection:
        last = _last_seal(connection, clinic_id)
    seal_key.write_anchor(database.address, clinic_id, str(last["mac"]) if last else "")


def _last_seal(connection: Connection, clinic_id: int) -> Row | None:
    rows = connection.execute(
        "SELECT to_id, mac FROM audit_seal WHERE clinic_id = :clinic ORDER BY to_id DESC LIMIT 1",
        {"clinic": clinic_id},
    )
    return rows[0] if rows else None


def _rows(
    connection: Connection, clinic_id: int, first: int, last: int | None, limit: int | None
) -> list[Row]:
    upto = "" if last is None else " AND id <= :last"
    most = "" if limit is None else " LIMIT :limit"
    params: dict[str, object] = {"clinic": clinic_id, "first": first}
    if last is not None:
        params["last"] = last
    if limit is not None:
        params["limit"] = limit
    return connection.execute(
        f"SELECT {_COLUMNS} FROM audit WHERE clinic_id = :clinic AND id >= :first{upto} ORDER BY id{most}",
        params,
    )


def _mac(key: bytes, previous: str, rows: list[Row]) -> str:
    state = hmac.new(key, previous.encode(), hashlib.sha256)
    for row in rows:
        # JSON lists have one spelling per content, so no two rows can be told as one.
        state.update(
            json.dumps(list(row.values()), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        )
    return state.hexdigest()
