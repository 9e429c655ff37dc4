"""The shipped claim, save and search, measured through the functions the screens call."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from time import perf_counter
from typing import Any, Literal

from bench.queue_world import NOW, Field, finish
from console.desk import calls, dialling, patients, queue
from console.desk.seat import Seat
from db.connect import Connection, reading
from db.enums import AttemptResult, CallOutcome, SpokeTo
from db.records import Answered, CallForm, Claim

_keys = count(1)

Statement = tuple[str, Sequence[Mapping[str, object]]]


class Claims:
    """`take_next`, the seats in turn: drain, order, every gate judged again, lease, what comes along, contact."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._turn = 0

    def run(self, count: int) -> list[float]:
        """Seconds of each of so many claims; they are finished afterwards, outside the time."""
        taken: list[float] = []
        for _ in range(count):
            seat = self._seat()
            began = perf_counter()
            claim = queue.take_next(seat, NOW)
            taken.append(perf_counter() - began)
            if claim is None:
                raise RuntimeError("the queue ran empty")
        finish(self._field)
        return taken

    def _seat(self) -> Seat:
        self._turn += 1
        return self._field.seats[self._turn % len(self._field.seats)]


class RawClaims(Claims):
    """Only what a claim writes: the same statements on the same rows, nothing read, nothing decided."""

    def run(self, count: int) -> list[float]:
        """Seconds of each of so many transactions."""
        taken: list[float] = []
        for _ in range(count):
            seat = self._seat()
            taken.append(_raw(self._field, lambda seat=seat: queue.take_next(seat, NOW)))
        finish(self._field)
        return taken


class Saves(Claims):
    """`calls.save` of a whole conversation: three answers, two observations, its call closed, the contact over."""

    def run(self, count: int) -> list[float]:
        """Seconds of each of so many saves."""
        taken: list[float] = []
        for _ in range(count):
            seat, claim, form = self._talk()
            began = perf_counter()
            saved = calls.save(seat, claim, form, f"bench-{next(_keys)}", NOW)
            taken.append(perf_counter() - began)
            if saved.call_id is None:
                raise RuntimeError("not saved")
        return taken

    def _talk(self) -> tuple[Seat, Claim, CallForm]:
        seat = self._seat()
        claim = queue.take_next(seat, NOW)
        assert claim is not None
        with reading(seat.database) as connection:
            phone_id = int(
                connection.execute("SELECT id FROM phone WHERE patient_id = :id", {"id": claim.patient_id})[
                    0
                ]["id"]
            )
        dial = dialling.start_dial(seat, claim, phone_id, NOW)
        dialling.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.CONNECTED, NOW)
        form = CallForm(
            outcome=CallOutcome.COMPLETED,
            spoke_to=SpokeTo.PATIENT,
            identity=("birthday", "surgeon"),
            started_at=NOW,
            phone_id=phone_id,
            answers=(
                Answered("vision_change", "no", NOW),
                Answered("recovery_overall", "good", NOW),
                Answered("pain_now", "2", NOW, 2.0),
            ),
            note="bench",
        )
        return seat, dial.claim, form


class RawSaves(Saves):
    """Only what that save writes: the same statements on the same rows in one transaction."""

    def run(self, count: int) -> list[float]:
        """Seconds of each of so many transactions."""
        taken: list[float] = []
        for _ in range(count):
            seat, claim, form = self._talk()
            key = f"bench-{next(_keys)}"
            taken.append(
                _raw(self._field, lambda a=seat, b=claim, c=form, d=key: calls.save(a, b, c, d, NOW))
            )
        return taken


def _raw(field: Field, work: Callable[[], object]) -> float:
    """Let `work` write and take it back; then do what it wrote once more, as plain statements, and time that."""
    written: list[Statement] = []
    with _noted_and_undone(written):
        work()
    raw = field.database.connection().raw
    began = perf_counter()
    raw.execute("BEGIN IMMEDIATE")
    for sql, rows in written:
        if len(rows) == 1:
            raw.execute(sql, rows[0]).fetchall()
        else:
            raw.executemany(sql, rows)
    raw.execute("COMMIT")
    return perf_counter() - began


@contextmanager
def _noted_and_undone(written: list[Statement]) -> Iterator[None]:
    """Note what is written on SQLite, and roll it back where it would be committed."""
    running, many, end = Connection._run, Connection.execute_many, Connection.end

    def note(sql: str, rows: Iterable[Mapping[str, Any]]) -> None:
        verb = sql.split(None, 1)[0].upper()
        if verb in ("INSERT", "UPDATE", "DELETE", "REPLACE"):
            written.append((sql, [{name: _plain(value) for name, value in row.items()} for row in rows]))

    def running_noted(self: Connection, sql: str, params: Mapping[str, object] | None) -> Any:
        note(sql, [params or {}])
        return running(self, sql, params)

    def many_noted(self: Connection, sql: str, rows: Iterable[Mapping[str, object]]) -> None:
        rows = list(rows)
        note(sql, rows)
        many(self, sql, rows)

    def undone(self: Connection, verb: Literal["COMMIT", "ROLLBACK"]) -> None:
        del verb
        end(self, "ROLLBACK")

    names = ("_run", "execute_many", "end")
    plain = [getattr(Connection, name) for name in names]
    for name, fake in zip(names, (running_noted, many_noted, undone), strict=True):
        setattr(Connection, name, fake)
    try:
        yield
    finally:
        for name, real in zip(names, plain, strict=True):
            setattr(Connection, name, real)


def _plain(value: object) -> object:
    from db.connect import _for_sqlite

    return _for_sqlite(value)


SHAPES = ("1 character", "2 characters", "3 characters", "pinyin", "initials", "last 3 digits", "last 4 digits",
          "clinic's number", "no hit")  # fmt: skip


class Searches:
    """`patients.find` as the search box calls it, a different person each time."""

    def __init__(self, field: Field) -> None:
        self._seat = field.seats[0]
        self._database = field.database
        self._chance = random.Random(7)
        self._most = int(field.database.connection().execute("SELECT MAX(id) AS n FROM patient")[0]["n"])

    def run(self, shape: str, times: int) -> list[float]:
        """Seconds of each of so many searches of one shape."""
        texts = [self._text(shape) for _ in range(times)]
        taken: list[float] = []
        for text in texts:
            began = perf_counter()
            found = patients.find(self._seat, text, NOW)
            taken.append(perf_counter() - began)
            if bool(found) == (shape == "no hit"):
                raise RuntimeError(f"{shape}: {len(found)} found")
        return taken

    def _text(self, shape: str) -> str:
        connection = self._database.connection()
        while True:
            rows = connection.execute(
                "SELECT p.name, p.external_id, f.e164 FROM patient p JOIN phone f ON f.patient_id = p.id "
                "WHERE p.id >= :id ORDER BY p.id LIMIT 1",
                {"id": self._chance.randint(1, self._most)},
            )
            name, number = str(rows[0]["name"]), str(rows[0]["e164"])
            if len(name) == 3:
                break
        if shape in ("pinyin", "initials"):
            return self._key(str(rows[0]["name"]), shape)
        return {
            "1 character": name[self._chance.randint(0, 2)],
            "2 characters": name[self._chance.randint(0, 1) :][:2],
            "3 characters": name,
            "last 3 digits": number[-3:],
            "last 4 digits": number[-4:],
            "clinic's number": str(rows[0]["external_id"] or number),
            "no hit": "龘龖",
        }[shape]

    @staticmethod
    def _key(name: str, kind: str) -> str:
        from console.desk.searchkeys import search_keys

        keys = sorted(key for found, key in search_keys(name, ()) if found.value == kind)
        return keys[0][:6]
