"""Clinics, staff and seats: raw SQL, called inside a unit of work or a read. Rules are the desk's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from db.connect import Connection, Row
from db.enums import Language, Role
from db.instants import day, from_ms, maybe_at, to_ms


@dataclass(frozen=True, slots=True)
class ClinicRow:
    """One clinic; `zone` is an IANA name, `last_tick_at` is UTC."""

    id: int
    name: str
    zone: str
    go_live: date | None
    is_demo: bool
    is_test: bool
    last_tick_at: datetime | None


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One person of the staff; instants are UTC."""

    id: int
    clinic_id: int
    login: str
    name: str
    roles: tuple[Role, ...]
    languages: tuple[Language, ...]
    pin_hash: str
    must_change_pin: bool
    failed_pins: int
    locked_until: datetime | None
    on_duty: bool
    restricted_ok: bool
    phone: str | None
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class Untold:
    """An urgent escalation about which nobody has been told yet; `raised_at` is UTC."""

    id: int
    patient_id: int | None
    level: str
    raised_at: datetime


def add_clinic(
    connection: Connection,
    *,
    name: str,
    zone: str,
    go_live: date | None,
    now: datetime,
    is_demo: bool = False,
    is_test: bool = False,
) -> int:
    """Insert a clinic and return its id."""
    return connection.insert(
        "clinic",
        {
            "name": name,
            "zone": zone,
            "go_live": go_live,
            "is_demo": is_demo,
            "is_test": is_test,
            "created_at": to_ms(now),
        },
    )


def clinic(connection: Connection, clinic_id: int | None = None) -> ClinicRow | None:
    """A clinic by id, or the first one; None when there is none."""
    where = "" if clinic_id is None else " WHERE id = :id"
    params = {} if clinic_id is None else {"id": clinic_id}
    rows = connection.execute(f"SELECT * FROM clinic{where} ORDER BY id LIMIT 1", params)
    if not rows:
        return None
    row = rows[0]
    return ClinicRow(
        id=int(row["id"]),
        name=str(row["name"]),
        zone=str(row["zone"]),
        go_live=day(row["go_live"]),
        is_demo=bool(row["is_demo"]),
        is_test=bool(row["is_test"]),
        last_tick_at=maybe_at(row["last_tick_at"]),
    )


def set_clinic_zone(connection: Connection, clinic_id: int, zone: str) -> None:
    """Keep the clinic's zone equal to its policy's."""
    connection.execute("UPDATE clinic SET zone = :zone WHERE id = :id", {"id": clinic_id, "zone": zone})


def add(
    connection: Connection,
    *,
    clinic_id: int,
    login: str,
    name: str,
    roles: Sequence[Role],
    languages: Sequence[Language],
    pin_hash: str,
    must_change_pin: bool,
    now: datetime,
    restricted_ok: bool = False,
    phone: str | None = None,
) -> int:
    """Insert a person and return the id.

    Raises:
        Conflict: the login is taken in this clinic.
    """
    return connection.insert(
        "staff",
        {
            "clinic_id": clinic_id,
            "login": login,
            "name": name,
            "roles": _list(roles),
            "languages": _list(languages),
            "pin_hash": pin_hash,
            "must_change_pin": must_change_pin,
            "restricted_ok": restricted_ok,
            "phone": phone,
            "created_at": to_ms(now),
        },
    )


def change(connection: Connection, clinic_id: int, staff_id: int, values: Mapping[str, object]) -> None:
    """Set columns of a person; `roles` and `languages` as sequences, instants as datetimes."""
    if not values:
        return
    stored: dict[str, object] = {}
    for name, value in values.items():
        if name in ("roles", "languages"):
            stored[name] = _list(value)
        else:
            stored[name] = to_ms(value) if isinstance(value, datetime) else value
    columns = ", ".join(f'"{name}" = :{name}' for name in stored)
    connection.execute(
        f"UPDATE staff SET {columns} WHERE clinic_id = :clinic_id_ AND id = :id_",
        {**stored, "clinic_id_": clinic_id, "id_": staff_id},
    )


def get(connection: Connection, clinic_id: int, staff_id: int, *, lock: bool = False) -> StaffRow | None:
    """A person by id; with `lock` the row stays ours until the transaction ends."""
    # Not FOR UPDATE: what this person writes at the same moment names her row, and would wait for it.
    tail = " FOR NO KEY UPDATE" if lock and connection.dialect == "postgresql" else ""
    rows = connection.execute(
        f"SELECT * FROM staff WHERE clinic_id = :clinic AND id = :id{tail}",
        {"clinic": clinic_id, "id": staff_id},
    )
    return _staff(rows[0]) if rows else None


def by_login(connection: Connection, clinic_id: int, login: str) -> StaffRow | None:
    """A person by login, retired ones too."""
    rows = connection.execute(
        "SELECT * FROM staff WHERE clinic_id = :clinic AND login = :login",
        {"clinic": clinic_id, "login": login},
    )
    return _staff(rows[0]) if rows else None


def by_name(connection: Connection, clinic_id: int, name: str) -> tuple[StaffRow, ...]:
    """People of that name who are not retired."""
    return tuple(
        _staff(row)
        for row in connection.execute(
            "SELECT * FROM staff WHERE clinic_id = :clinic AND name = :name"
            " AND retired_at IS NULL ORDER BY id",
            {"clinic": clinic_id, "name": name},
        )
    )


def everybody(connection: Connection, clinic_id: int, *, retired: bool = False) -> tuple[StaffRow, ...]:
    """All people by login, the retired ones when asked."""
    where = "" if retired else " AND retired_at IS NULL"
    return tuple(
        _staff(row)
        for row in connection.execute(
            f"SELECT * FROM staff WHERE clinic_id = :clinic{where} ORDER BY login", {"clinic": clinic_id}
        )
    )


def open_seat(
    connection: Connection, clinic_id: int, staff_id: int, role: Role, label: str, now: datetime
) -> int:
    """Note that a person sits down, set her on duty, and return the seat's id."""
    seat_id = connection.insert(
        "seat",
        {
            "clinic_id": clinic_id,
            "staff_id": staff_id,
            "role": role,
            "label": label,
            "opened_at": to_ms(now),
            "seen_at": to_ms(now),
        },
    )
    change(connection, clinic_id, staff_id, {"on_duty": True})
    return seat_id


def lock_duty(connection: Connection, clinic_id: int) -> None:
    """Let one transaction at a time change who is on duty; first of all in it, so that none waits for another.

    Who goes off duty leaves her promises to anyone, which is worked out for everybody's at once: two people who
    left at the same instant would each still count the other as there. On SQLite the write transaction is that lock.
    """
    if connection.dialect == "postgresql":
        connection.execute("SELECT id FROM clinic WHERE id = :id FOR NO KEY UPDATE", {"id": clinic_id})


def set_seat_role(connection: Connection, clinic_id: int, seat_id: int, role: Role) -> None:
    """Note that a person works in another of her roles."""
    connection.execute(
        "UPDATE seat SET role = :role WHERE clinic_id = :clinic AND id = :id",
        {"clinic": clinic_id, "id": seat_id, "role": role},
    )


def see_seat(connection: Connection, clinic_id: int, seat_id: int, now: datetime) -> None:
    """Note that a seat is alive."""
    connection.execute(
        "UPDATE seat SET seen_at = :now WHERE clinic_id = :clinic AND id = :id",
        {"clinic": clinic_id, "id": seat_id, "now": to_ms(now)},
    )


def close_seat(connection: Connection, clinic_id: int, seat_id: int, staff_id: int, now: datetime) -> None:
    """Note that a person leaves a seat; without another open seat she is off duty."""
    connection.execute(
        "UPDATE seat SET closed_at = :now WHERE clinic_id = :clinic AND id = :id AND closed_at IS NULL",
        {"clinic": clinic_id, "id": seat_id, "now": to_ms(now)},
    )
    _settle_duty(connection, clinic_id, staff_id)


def close_lost_seats(connection: Connection, clinic_id: int, seen_before: datetime, now: datetime) -> int:
    """Close seats that have not been heard of since an instant, as after a power cut.

    Returns:
        Number of seats closed.
    """
    rows = connection.execute(
        "UPDATE seat SET closed_at = :now WHERE clinic_id = :clinic AND closed_at IS NULL"
        " AND seen_at < :before RETURNING staff_id",
        {"clinic": clinic_id, "now": to_ms(now), "before": to_ms(seen_before)},
    )
    for staff_id in sorted({int(row["staff_id"]) for row in rows}):
        _settle_duty(connection, clinic_id, staff_id)
    return len(rows)


def close_all_seats(connection: Connection, clinic_id: int, staff_id: int, now: datetime) -> None:
    """Close every seat of a person."""
    connection.execute(
        "UPDATE seat SET closed_at = :now WHERE clinic_id = :clinic AND staff_id = :staff"
        " AND closed_at IS NULL",
        {"clinic": clinic_id, "staff": staff_id, "now": to_ms(now)},
    )
    _settle_duty(connection, clinic_id, staff_id)


def seat_is_open(connection: Connection, clinic_id: int, seat_id: int) -> bool:
    """Whether a seat has not been closed."""
    return bool(
        connection.execute(
            "SELECT 1 AS one FROM seat WHERE clinic_id = :clinic AND id = :id AND closed_at IS NULL",
            {"clinic": clinic_id, "id": seat_id},
        )
    )


def untold(connection: Connection, clinic_id: int, staff_id: int) -> tuple[Untold, ...]:
    """Urgent escalations a person raised that nobody was told of and nobody has taken, oldest first."""
    rows = connection.execute(
        """SELECT id, patient_id, level, raised_at FROM escalation
            WHERE clinic_id = :clinic AND raised_by = :staff AND told_at IS NULL AND acknowledged_at IS NULL
              AND status <> 'resolved' AND level IN ('EMERGENCY', 'SAME_DAY')
            ORDER BY raised_at, id""",
        {"clinic": clinic_id, "staff": staff_id},
    )
    return tuple(
        Untold(
            int(row["id"]),
            None if row["patient_id"] is None else int(row["patient_id"]),
            str(row["level"]),
            from_ms(int(row["raised_at"])),
        )
        for row in rows
    )


def _settle_duty(connection: Connection, clinic_id: int, staff_id: int) -> None:
    connection.execute(
        """UPDATE staff SET on_duty = EXISTS (
                SELECT 1 FROM seat WHERE seat.clinic_id = staff.clinic_id AND seat.staff_id = staff.id
                  AND seat.closed_at IS NULL)
            WHERE clinic_id = :clinic AND id = :staff""",
        {"clinic": clinic_id, "staff": staff_id},
    )


def _list(values: Any) -> str:
    return json.dumps([str(value) for value in values], ensure_ascii=False)


def _staff(row: Row) -> StaffRow:
    return StaffRow(
        id=int(row["id"]),
        clinic_id=int(row["clinic_id"]),
        login=str(row["login"]),
        name=str(row["name"]),
        roles=tuple(Role(role) for role in json.loads(row["roles"])),
        languages=tuple(Language(code) for code in json.loads(row["languages"])),
        pin_hash=str(row["pin_hash"]),
        must_change_pin=bool(row["must_change_pin"]),
        failed_pins=int(row["failed_pins"]),
        locked_until=maybe_at(row["locked_until"]),
        on_duty=bool(row["on_duty"]),
        restricted_ok=bool(row["restricted_ok"]),
        phone=None if row["phone"] is None else str(row["phone"]),
        retired_at=maybe_at(row["retired_at"]),
    )
