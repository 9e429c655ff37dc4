"""The seat's clock follows the database's and cannot be set by the person at the PC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import time_machine

from db.anchor import Anchor, database_now
from db.connect import Database

SECOND = timedelta(seconds=1)


def test_the_anchor_shows_the_databases_time(database: Database) -> None:
    connection = database.connection()
    anchor = Anchor.take(connection)
    assert abs(anchor.now() - database_now(connection)) < SECOND
    assert abs(anchor.drift(connection)) < SECOND
    assert anchor.now().tzinfo is UTC


def test_setting_the_wall_clock_moves_nothing(database: Database) -> None:
    anchor = Anchor.take(database.connection())
    before = anchor.now()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=5), tick=True) as traveller:
        # The machine's clock jumps; what counts monotonically does not.
        del traveller
        assert datetime.now(UTC) - before > timedelta(hours=4)
        assert anchor.now() - before < 5 * SECOND


def test_the_demos_offset_is_kept(database: Database) -> None:
    offset = timedelta(days=-30)
    anchor = Anchor.take(database.connection(), offset)
    assert abs(anchor.now() - (database_now(database.connection()) + offset)) < SECOND
    assert abs(anchor.drift(database.connection())) < SECOND
