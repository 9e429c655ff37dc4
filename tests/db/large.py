"""A clinic of many years, made fast: a few people's real calls, copied inside the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from console.desk import calls, escalations
from console.desk.searchkeys import search_keys
from db import statistics
from db.connect import Connection, Database
from db.enums import Level
from db.models import metadata
from db.records import FlagForm
from tests.clinic import SampleClinic, make_clinic
from tests.desk.call_world import World

BASE: Final = 10
"""People whose rows are copied: eight wait for a call, one was called, one had a red flag that was dealt with."""

COMMON: Final = "小丽"
"""A given name one patient in twenty has."""

RARE: Final = "王小丽"
"""A name only the last patient has, though one in twenty begins like it and one in twenty ends like it."""

_SURNAMES: Final = "李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧"
_GIVEN: Final = "敏静怡晓燕芳娜秀英华慧巧美玲芬霞翠雅芝玉萍红娥彩春菊兰凤洁梅琳素云莲真环雪荣爱妹"
_NAMES: Final = 3001

_LETTERED: Final = 4
"""Every fourth patient is also stored by pinyin, initials, number and the last character of the name: the
others would only cost time."""

COPIED: Final = (
    "contact_group",
    "patient",
    "phone",
    "treatment",
    "item",
    "contact",
    "contact_item",
    "attempt",
    "call",
    "answer",
    "escalation",
    "escalation_event",
)
"""Tables of a patient, each after those it refers to."""

_INDEXES: Final = {
    "sqlite": "SELECT tbl_name AS tab, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgresql": "SELECT tablename AS tab, indexname AS name, indexdef AS sql FROM pg_indexes "
    "WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)",
}


def make(database: Database, now: datetime, people: int) -> SampleClinic:
    """A clinic with that many patients, a multiple of `BASE`, and the schema's own indexes and statistics."""
    clinic = make_clinic(database, now)
    _live(World(clinic, now))
    connection = database.connection()
    with _careless(connection), _without_indexes(connection):
        _name_everybody(connection)
        strides = {
            table: int(connection.execute(f'SELECT MAX(id) AS most FROM "{table}"')[0]["most"])
            for table in COPIED
        }
        for table in COPIED:
            _copy(connection, table, people // BASE, strides)
        connection.execute(
            f"UPDATE patient SET name = (SELECT g.name FROM given g WHERE g.at = id) WHERE id <= {BASE}"
        )
        connection.execute("UPDATE patient SET name = :rare WHERE id = :last", {"rare": RARE, "last": people})
        _index_names(connection, clinic.clinic_id)
    if connection.dialect == "postgresql":
        # Statistics from fewer samples are as true, and made faster.
        connection.execute("SET default_statistics_target = 10")
        connection.execute("ANALYZE")
    # Nobody counts in an SQLite file: what a migration says is expected is all there is, in every clinic.
    statistics.expect(connection)
    database.close()
    return clinic


def _live(world: World) -> None:
    """Ten people and two calls, through the desk's own functions."""
    seat = world.seat()
    people = [world.person() for _ in range(BASE)]
    claim = world.connected(people[8])
    calls.save(seat, claim, world.form(), "call 8", world.now)
    claim = world.connected(people[9])
    escalations.raise_flag(seat, claim, FlagForm(Level.URGENT, ("one_sided_swelling",)), "flag", world.now)
    calls.save(seat, claim, world.form(), "call 9", world.now)
    connection = world.clinic.database.connection()
    connection.execute("UPDATE escalation SET status = 'resolved', next_clock_at = NULL, resolved_at = 1")
    connection.execute(
        "UPDATE item SET state = 'done', next_change_at = NULL WHERE escalation_id IS NOT NULL"
    )


def name_of(number: int) -> str:
    """The number-th of the names that are given out in turn."""
    surname = _SURNAMES[number % len(_SURNAMES)]
    given = _GIVEN[number * 7 % len(_GIVEN)] + _GIVEN[number // len(_GIVEN) % len(_GIVEN)]
    if number % 20 == 0:
        return surname + COMMON
    return f"王小{given[0]}" if number % 20 == 1 else surname + given


def _name_everybody(connection: Connection) -> None:
    connection.execute("CREATE TEMPORARY TABLE given (at INTEGER PRIMARY KEY, name TEXT)")
    connection.execute("CREATE TEMPORARY TABLE given_key (at INTEGER, kind TEXT, key TEXT)")
    connection.execute("CREATE INDEX given_key_at ON given_key (at)")
    rows = [{"at": number, "name": name_of(number)} for number in range(_NAMES)]
    connection.execute_many("INSERT INTO given VALUES (:at, :name)", rows)
    keys = [
        {"at": row["at"], "kind": kind, "key": key}
        for row in rows
        for kind, key in search_keys(str(row["name"]), ())
    ]
    connection.execute_many("INSERT INTO given_key VALUES (:at, :kind, :key)", keys)
    if connection.dialect == "postgresql":
        connection.execute("ANALYZE given, given_key")


def _copy(connection: Connection, table: str, copies: int, strides: dict[str, int]) -> None:
    declared = metadata.tables[table]
    special = {
        "external_id": f"'P' || CAST(r.id + c.n * {strides['patient']} AS TEXT)",
        "name": f"(SELECT g.name FROM given g WHERE g.at = (r.id + c.n * {strides['patient']}) % {_NAMES})",
        "e164": f"'+8613' || CAST({10**8} + (r.id + c.n * {strides['phone']}) * 37 % {9 * 10**8} AS TEXT)",
    }
    values: list[str] = []
    for column in declared.columns:
        refers = {key.column.table.name for key in column.foreign_keys} & set(COPIED)
        moved = strides[next(iter(refers))] if refers else strides[table] if column.name == "id" else 0
        known = special.get(column.name) if table in ("patient", "phone") else None
        values.append(known or f'r."{column.name}"' + (f" + c.n * {moved}" if moved else ""))
    names = ", ".join(f'"{column.name}"' for column in declared.columns)
    connection.execute(
        f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {copies - 1}) "
        f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)} FROM c CROSS JOIN "{table}" r '
        f"WHERE r.id <= {strides[table]}"
    )
    if connection.dialect == "postgresql":
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM \"{table}\"))"
        )


def _index_names(connection: Connection, clinic_id: int) -> None:
    """What the import would have stored to find them by, with the keys it would have made."""
    add = "INSERT INTO patient_search (clinic_id, patient_id, kind, key) SELECT :clinic, "
    connection.execute(
        f"{add} p.id, k.kind, k.key FROM patient p JOIN given_key k ON k.at = p.id % {_NAMES} "
        f"WHERE p.name <> :rare AND (k.kind = 'name' OR LENGTH(k.key) = 2 AND k.kind = 'part' "
        f"OR p.id % {_LETTERED} = 0)",
        {"clinic": clinic_id, "rare": RARE},
    )
    connection.execute(
        f"{add} patient_id, 'digits', reverse(substr(e164, 2)) FROM phone WHERE id % {_LETTERED} = 0",
        {"clinic": clinic_id},
    )
    last = connection.execute("SELECT id FROM patient WHERE name = :rare", {"rare": RARE})[0]["id"]
    rows = [
        {"clinic": clinic_id, "id": last, "kind": kind, "key": key} for kind, key in search_keys(RARE, ())
    ]
    connection.execute_many(
        "INSERT INTO patient_search (clinic_id, patient_id, kind, key) VALUES (:clinic, :id, :kind, :key)",
        rows,
    )


@contextmanager
def _careless(connection: Connection) -> Iterator[None]:
    """Nothing here has to survive a power cut, and what is copied refers to what it should."""
    if connection.dialect == "sqlite":
        for pragma in (
            "journal_mode=OFF",
            "cache_size=-200000",
            "foreign_keys=OFF",
            "ignore_check_constraints=ON",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.raw.create_function("reverse", 1, lambda text: text[::-1])
        connection.execute("BEGIN")
        yield
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")
        return
    for setting in (
        "session_replication_role = replica",
        "maintenance_work_mem = '128MB'",
        "work_mem = '64MB'",
    ):
        connection.execute(f"SET {setting}")
    yield


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Take the indexes of the copied tables away and put the very same back: made at once they are made fast."""
    rows = [
        row
        for row in connection.execute(_INDEXES[connection.dialect])
        if row["tab"] in (*COPIED, "patient_search")
    ]
    for row in rows:
        connection.execute(f'DROP INDEX "{row["name"]}"')
    yield
    for row in rows:
        connection.execute(str(row["sql"]))
