"""This machine's clock may be wrong: made so in tests only, and counting for nothing that seats share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.cli import common
from console.cli.main import main
from console.clock import SKEW_ENV, SystemClock, mis_set
from console.desk import first_look, present, queue
from db.anchor import Anchor
from db.connect import unit_of_work
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld

AN_HOUR = timedelta(hours=1)


def off(moment: datetime) -> timedelta:
    """How far a moment is from the true present, to the minute."""
    return timedelta(minutes=round((moment - datetime.now(UTC)).total_seconds() / 60))


def test_only_a_database_of_tests_makes_the_clock_wrong(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SKEW_ENV, "3600")
    tests = first_look.look(clinic.database, clinic.now)
    assert tests.is_test and off(mis_set(SystemClock(), is_test=tests.is_test).now()) == AN_HOUR
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE clinic SET is_test = FALSE")
    real = first_look.look(clinic.database, clinic.now)
    assert not real.is_test and mis_set(SystemClock(), is_test=real.is_test) == SystemClock()


@pytest.mark.parametrize("text", ("", "an hour", "1.5", "0"))
def test_what_is_no_number_of_seconds_changes_nothing(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SKEW_ENV, text)
    assert mis_set(SystemClock(AN_HOUR), is_test=True) == SystemClock(AN_HOUR)


def test_the_databases_clock_drops_what_is_wrong_and_keeps_the_demos_offset(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SKEW_ENV, "-3600")
    wrong = mis_set(SystemClock(2 * AN_HOUR), is_test=True)
    assert off(wrong.now()) == AN_HOUR
    counted = present.anchored(clinic.database, wrong)
    assert isinstance(counted, Anchor) and off(counted.now()) == 2 * AN_HOUR
    assert mis_set(counted, is_test=True) is counted


def test_a_command_on_a_wrong_clock_ends_no_lease(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = QueueWorld(clinic)
    now = datetime.now(UTC)
    world.item(world.patient(), due=now.date(), end=now + timedelta(days=9), earliest=now - AN_HOUR)
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE item SET state = 'ready', band = 0, tier = 0, clinician_requested = TRUE")
    assert queue.take_next(clinic.seat(), now) is not None
    lease = clinic.rows("SELECT * FROM contact_lease")
    monkeypatch.setenv(SKEW_ENV, "3600")
    assert off(common.now(clinic.database)) == timedelta(0)
    for command in ("queue", "board"):
        assert main(["--db", clinic.database.url, command, "--json"]) == 0
    assert clinic.rows("SELECT * FROM contact_lease") == lease and len(lease) == 1
