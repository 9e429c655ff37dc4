"""What the queue is measured against: the cheapest write there is, and other people's queues."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.queue_world import Field
from db.connect import Connection
from db.drivers import open_sqlite

PAYLOAD = b'{"item": 1234567}'
"""What a queued item of another queue holds: as little as ours, which refers to the record."""


class BareLoop:
    """BEGIN IMMEDIATE, UPDATE of one row by its primary key (no index to maintain), COMMIT; synchronous=FULL."""

    def __init__(self, field: Field) -> None:
        self._ids = _ids(field.database.connection())
        self._path = field.database.address.path
        self._raw: sqlite3.Connection | None = None
        self._chance = random.Random(4)

    def run(self, count: int) -> list[float]:
        """Seconds of each of so many transactions."""
        if self._raw is None:
            assert self._path is not None
            self._raw = open_sqlite(self._path)
        taken: list[float] = []
        for _ in range(count):
            row = self._chance.choice(self._ids)
            began = perf_counter()
            self._raw.execute("BEGIN IMMEDIATE")
            self._raw.execute("UPDATE item SET created_at = created_at + 1 WHERE id = ?", (row,))
            self._raw.execute("COMMIT")
            taken.append(perf_counter() - began)
        return taken

    def close(self) -> None:
        """Close the connection."""
        if self._raw is not None:
            self._raw.close()
            self._raw = None


class BareLoopOnServer:
    """The same on PostgreSQL: one autocommitted UPDATE by primary key, prepared, durable."""

    def __init__(self, field: Field) -> None:
        self._connection: Connection = field.database.open()
        self._ids = _ids(self._connection)
        self._chance = random.Random(4)

    def run(self, count: int) -> list[float]:
        """Seconds of each of so many statements."""
        taken: list[float] = []
        with self._connection.raw.cursor() as cursor:
            for _ in range(count):
                row = self._chance.choice(self._ids)
                began = perf_counter()
                cursor.execute(
                    "UPDATE item SET created_at = created_at + 1 WHERE id = %s", (row,), prepare=True
                )
                taken.append(perf_counter() - began)
        return taken

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Huey:
    """huey's SQLite queue with as many tasks waiting; fsync on. It deletes the task it hands out."""

    def __init__(self, folder: Path, items: int) -> None:
        from huey.storage import SqliteStorage  # pyright: ignore[reportMissingImports]

        path = folder / "huey.db"
        self._storage: Any = SqliteStorage("bench", filename=str(path), fsync=True)
        with sqlite3.connect(path) as raw:
            raw.executemany(
                "INSERT INTO task (queue, data, priority) VALUES ('bench', ?, 0)",
                ((PAYLOAD,) for _ in range(items)),
            )
        raw.close()

    def run(self, count: int) -> list[float]:
        """Seconds of each of so many tasks taken."""
        return _timed(self._storage.dequeue, count)

    def close(self) -> None:
        """Close the connection."""
        self._storage.close()


class LiteQueue:
    """litequeue with as many messages waiting, as it opens its file: synchronous=NORMAL."""

    def __init__(self, folder: Path, items: int) -> None:
        import litequeue  # pyright: ignore[reportMissingImports]

        self._queue: Any = litequeue.LiteQueue(folder / "litequeue.db")
        self._queue.conn.execute("BEGIN")
        for _ in range(items):
            self._queue.put(PAYLOAD.decode())
        self._queue.conn.execute("COMMIT")

    def run(self, count: int) -> list[float]:
        """Seconds of each of so many messages taken."""
        return _timed(self._queue.pop, count)

    def close(self) -> None:
        """Close the connection."""
        self._queue.conn.close()


class Procrastinate:
    """procrastinate's own fetch function on the same server, with as many jobs waiting."""

    def __init__(self, connection: Connection, items: int) -> None:
        from importlib.resources import files

        self._raw: Any = connection.raw
        self._raw.execute(files("procrastinate.sql").joinpath("schema.sql").read_text("utf-8"))
        self._raw.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
            "SELECT 'bench', 'call', '{\"item\": 1}'::jsonb FROM generate_series(1, %s)",
            (items,),
        )
        self._worker = self._raw.execute(
            "INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id"
        ).fetchone()[0]
        self._raw.execute("VACUUM ANALYZE procrastinate_jobs")

    def run(self, count: int) -> list[float]:
        """Seconds of each of so many jobs fetched."""
        sql = "SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)"

        def fetch() -> object:
            return self._raw.execute(sql, (self._worker,), prepare=True).fetchone()[0]

        return _timed(fetch, count)


def _ids(connection: Connection) -> list[int]:
    return [int(row["id"]) for row in connection.execute("SELECT id FROM item")]


def _timed(take: Any, count: int) -> list[float]:
    taken: list[float] = []
    for _ in range(count):
        began = perf_counter()
        got = take()
        taken.append(perf_counter() - began)
        if got is None:
            raise RuntimeError("the queue ran empty")
    return taken
