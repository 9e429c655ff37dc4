"""Clinics with many open calls, at one made-up moment inside the calling hours, and the seats that call."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from bench import clinic
from console.desk import searchkeys
from console.desk.queue import drain
from console.desk.seat import Seat, lanes_of
from db import schema
from db import staff as table
from db.connect import Connection, Database, unit_of_work
from db.enums import ItemClass, Language, Role, SearchKind
from db.instants import to_ms
from tests.clinic import SampleClinic, make_clinic, pin_hash
from tests.desk.call_world import World

NOW = datetime(2026, 6, 15, 6, 35, tzinfo=UTC)
"""Monday 14:35 in the clinic, five minutes into the summer window."""
BLOCK = 200
"""Patients made one by one through the desk; all others are copies of them."""
SEATS = 16
WAITS = 4
"""Calls of each patient that wait for their day, beside the one that is ready."""
GIVEN = "丽敏静怡晓燕芳娜婷雪梅兰玉洁颖琳琪瑶佳欣悦思雨晨曦文慧淑贞雅萍红霞秀英艳春华桂香凤珍莉月明亮海波涛"
KINDS = (
    ("D7", ItemClass.CARE, "customer_service", 7),
    ("D2", ItemClass.SAFETY, "nurse", 2),
    ("D30", ItemClass.ROUTINE, "customer_service", 30),
    ("D4", ItemClass.CARE, "customer_service", 4),
)
"""Milestone, class, team and days since the operation of the ready calls, in turn."""


@dataclass(frozen=True)
class Field:
    """A clinic to be called: who sits there, and what is open."""

    database: Database
    sample: SampleClinic
    seats: tuple[Seat, ...]
    patients: int
    waits: int

    @property
    def items(self) -> int:
        """Open calls at the start."""
        return self.patients * (1 + self.waits)


def build(database: Database, patients: int, *, waits: int = WAITS, search: bool = False) -> Field:
    """A clinic with so many patients: one call of each ready, the others waiting for days to come.

    Args:
        database: empty; its schema is made here.
        patients: a multiple of `BLOCK`.
        waits: waiting calls of each patient, `WAITS` at most.
        search: whether the patients can be found by name and number.
    """
    if patients % BLOCK:
        raise ValueError(f"not a multiple of {BLOCK}: {patients}")
    schema.upgrade(database)
    sample = make_clinic(database, NOW)
    _block(World(sample, NOW), waits)
    drain(database, sample.clinic_id, NOW)
    if patients > BLOCK:
        clinic.multiply(database, patients // BLOCK - 1)
    if search:
        _searchable(database, sample.clinic_id)
    seats = _seats(sample)
    settle(database)
    found = database.connection().execute("SELECT COUNT(*) AS n FROM item WHERE state = 'ready'")[0]["n"]
    if found != patients:
        raise RuntimeError(f"{found} calls are ready, not {patients}")
    return Field(database, sample, seats, patients, waits)


def settle(database: Database) -> None:
    """PostgreSQL's statistics, and everything written to where it stays, so that no measurement pays for the making."""
    connection = database.connection()
    if database.dialect == "sqlite":
        # What SQLite expects of its indexes came with the schema, here as in every clinic.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    database.close()


def _block(world: World, waits: int) -> None:
    for number in range(BLOCK):
        milestone, klass, team, day = KINDS[number % len(KINDS)]
        person = world.person(
            clinic.SURNAMES[number % len(clinic.SURNAMES)] + "小丽",
            day=day,
            milestone=milestone,
            klass=klass,
            team=team,
            end_days=1 + number % 5,
        )
        for later in range(waits):
            world.another_item(person, f"D{60 + later * 30}", klass=ItemClass.CARE, days=20 + later * 30)


def _seats(sample: SampleClinic) -> tuple[Seat, ...]:
    """Callers, who serve every team by the default policy, so that everything ready is theirs to take."""
    roles, languages = (Role.CALLER,), (Language.ZH, Language.EN)
    plain = sample.seat("li")
    made: list[Seat] = []
    for number in range(SEATS):
        with unit_of_work(sample.database) as connection:
            staff_id = table.add(
                connection,
                clinic_id=sample.clinic_id,
                login=f"seat-{number:02}",
                name=f"Seat {number:02}",
                roles=roles,
                languages=languages,
                pin_hash=pin_hash(),
                must_change_pin=False,
                now=NOW,
            )
            seat_id = table.open_seat(connection, sample.clinic_id, staff_id, Role.CALLER, "bench", NOW)
        lanes = lanes_of(Role.CALLER, roles, languages, staff_id, plain.policy)
        made.append(
            replace(
                plain,
                staff_id=staff_id,
                seat_id=seat_id,
                login=f"seat-{number:02}",
                role=Role.CALLER,
                roles=roles,
                languages=tuple(map(str, languages)),
                lanes=lanes,
            )
        )
    return tuple(made)


def _searchable(database: Database, clinic_id: int) -> None:
    """Names of many people, and the rows they are found by."""
    size = len(GIVEN)
    connection = database.connection()
    if database.dialect == "sqlite":
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF"):
            connection.execute(f"PRAGMA {pragma}")
    else:
        connection.execute("SET session_replication_role = replica")
    with unit_of_work(database) as inside:
        inside.execute(
            f"""UPDATE patient SET name = SUBSTR(name, 1, 1)
                || SUBSTR('{GIVEN}', CAST((id * 7 + id / 10000 * 13) % {size} + 1 AS INTEGER), 1)
                || CASE WHEN id % 3 = 0 THEN '' ELSE
                   SUBSTR('{GIVEN}', CAST((id / 3 + id / 10000 * 29) % {size} + 1 AS INTEGER), 1) END"""
        )
        people = inside.execute(
            "SELECT p.id, p.name, f.e164 FROM patient p JOIN phone f ON f.patient_id = p.id ORDER BY p.id"
        )
        rows = _key_rows(clinic_id, people)
        while chunk := list(islice(rows, 100_000)):
            _insert_keys(inside, chunk)
    database.close()


def _key_rows(clinic_id: int, people: list[dict[str, object]]) -> Iterator[tuple[int, int, str, str]]:
    of_name: dict[str, list[tuple[SearchKind, str]]] = {}
    for person in people:
        name, number = str(person["name"]), str(person["e164"])
        keys = of_name.get(name)
        if keys is None:
            keys = of_name[name] = sorted(searchkeys.search_keys(name, ()))
        for kind, key in (*keys, (SearchKind.DIGITS, number[:0:-1])):
            yield clinic_id, int(str(person["id"])), kind.value, key


def _insert_keys(connection: Connection, rows: list[tuple[int, int, str, str]]) -> None:
    columns = "patient_search (clinic_id, patient_id, kind, key)"
    if connection.dialect == "sqlite":
        connection.raw.executemany(f"INSERT INTO {columns} VALUES (?, ?, ?, ?)", rows)
        return
    with connection.raw.cursor().copy(f"COPY {columns} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def finish(field: Field) -> None:
    """End every claim as if its calls were done, so that the next round starts as the first did."""
    with unit_of_work(field.database) as connection:
        at = {"at": to_ms(NOW)}
        connection.execute("DELETE FROM contact_lease")
        connection.execute(
            "UPDATE item SET state = 'done', next_change_at = NULL, closed_at = :at, close_reason = 'bench' "
            "WHERE id IN (SELECT ci.item_id FROM contact_item ci JOIN contact c ON c.id = ci.contact_id "
            "WHERE c.ended_at IS NULL)",
            at,
        )
        # A day ago: the calls of one person in one day are some dozens, never thousands.
        connection.execute(
            "UPDATE contact SET ended_at = :at, started_at = started_at - 86400000 WHERE ended_at IS NULL", at
        )


def free_space(folder: Path) -> float:
    """Gigabytes free where the databases are made."""
    return shutil.disk_usage(folder).free / 1e9
