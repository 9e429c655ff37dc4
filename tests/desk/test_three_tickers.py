"""An emergency nobody takes up, every console closed: three tickers on one record call the next person out, once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.desk import callouts, escalations, policy, tick
from console.desk.policy import document, store
from db.connect import unit_of_work
from db.enums import Level
from db.instants import to_ms
from db.records import FlagForm
from tests.clinic import SampleClinic

TICKERS = 3
PAGER = """\
import os, sys, time
with open(sys.argv[1], "a") as file:
    file.write(repr((time.time(), sys.argv[2:], sorted(os.environ), os.getcwd(), sys.stdin.read())) + "\\n")
"""


def with_roster(clinic: SampleClinic, folder: Path, ack_min: int = 1) -> Path:
    """Puts a policy in force with two people on call, each with a program of her own; where it writes to."""
    log, script = folder / "paged", folder / "pager.py"
    script.write_text(PAGER, encoding="utf-8")
    today = datetime.now(UTC).date()

    def person(order: int, name: str, login: str) -> str:
        argv = [sys.executable, str(script), str(log), f"to-{login}", "{escalation}", "{level}"]
        return (
            f'{{order = {order}, name = "{name}", phone = "+8613800000{order:03d}", role = "doctor", '
            f'staff = "{login}", notify = {json.dumps(argv)}}}'
        )

    people = ", ".join((person(1, "陈医生", "chen"), person(2, "何护士", "he")))
    rows = (
        f'rows = [{{from = "{today - timedelta(days=2)}", to = "{today + timedelta(days=2)}", '
        f'hours = "00:00-24:00", people = [{people}]}}]'
    )
    text = document(clinic.database, clinic.clinic_id)
    text = text.replace("\nrows = []", "\n" + rows).replace(
        "EMERGENCY = [5, 5, 1440]", f"EMERGENCY = [{ack_min}, {ack_min}, 1440]"
    )
    assert rows in text
    with unit_of_work(clinic.database) as connection:
        store(connection, clinic.clinic_id, text, None, datetime.now(UTC))
    return log


@contextmanager
def tickers(clinic: SampleClinic, folder: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Three real processes that watch; ended by SIGTERM, as a service manager ends them."""
    environment = {**os.environ, "AFTERCALL_PIN": "secret", "LC_ALL": "C.UTF-8"}
    argv = [sys.executable, "-m", "console", "--db", clinic.database.url, "tick", "--watch", "--json"]
    said = [(folder / f"said{number}").open("w+") for number in range(TICKERS)]
    running = [
        subprocess.Popen(argv, env=environment, stdout=out, stderr=subprocess.STDOUT, text=True)
        for out in said
    ]
    try:
        until(lambda: all((folder / f"said{number}").stat().st_size for number in range(TICKERS)), 30)
        yield running
    finally:
        for one in running:
            one.send_signal(signal.SIGTERM)
        codes = [one.wait(10) for one in running]
        for out in said:
            out.close()
        assert codes == [0] * TICKERS


def until(true: Callable[[], object], seconds: float) -> None:
    """Waits until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def paged(log: Path) -> list[tuple[float, list[str], list[str], str, str]]:
    """What each run of the program was given: when, arguments, names of its variables, folder, its input."""
    return [eval(line) for line in log.read_text().splitlines()] if log.exists() else []


def test_the_next_person_is_called_out_on_time_and_once_though_three_tickers_run(
    clinic: SampleClinic, tmp_path: Path
) -> None:
    """The first person at once; a minute after the emergency was raised the second. It is raised as if 57 seconds
    had gone by, so that the minute ends three seconds from now."""
    log = with_roster(clinic, tmp_path)
    with tickers(clinic, tmp_path):
        raised = datetime.now(UTC) - timedelta(seconds=57)
        form = FlagForm(Level.EMERGENCY, ("vision_change",), summary="王小丽 13800138000 看不见")
        card = escalations.raise_flag(clinic.seat(), None, form, "key", raised).escalation
        limit = raised.timestamp() + 60
        until(lambda: len(paged(log)) >= 1, 10)
        until(lambda: len(paged(log)) >= 2, 10)
        # Every ticker has looked again by then.
        time.sleep(1.5)
    runs = paged(log)
    assert [given for _at, given, *_rest in runs] == [
        ["to-chen", str(card.id), "EMERGENCY"],
        ["to-he", str(card.id), "EMERGENCY"],
    ]
    assert limit <= runs[1][0] <= limit + 5
    for _at, _given, variables, folder, read in runs:
        assert not [name for name in variables if name.startswith("AFTERCALL")]
        assert (folder, read) == ("/", "")
    rows = clinic.rows("SELECT person, step, status, tries, due_at FROM escalation_page ORDER BY step")
    assert [tuple(row.values()) for row in rows] == [
        ("陈医生", 1, "sent", 1, to_ms(raised)),
        ("何护士", 2, "sent", 1, to_ms(raised) + 60_000),
    ]
    late = clinic.rows("SELECT note FROM escalation_event WHERE kind = 'breached' ORDER BY id")
    assert [row["note"] for row in late] == ["ack", "contact"]


def test_a_ticker_that_is_killed_while_it_calls_somebody_out_leaves_it_to_the_next_one(
    clinic: SampleClinic, tmp_path: Path
) -> None:
    """The safe side: a claim runs out and the person is called again, rather than never."""
    with_roster(clinic, tmp_path)
    now = datetime.now(UTC)
    escalations.raise_flag(clinic.seat(), None, FlagForm(Level.EMERGENCY, ("x",)), "key", now)
    tick.clocks(clinic.database, clinic.clinic_id, now)
    in_force = policy.current(clinic.database, clinic.clinic_id)

    def claim(holder: str, after_s: float) -> tuple[callouts.CallOut, ...]:
        at = now + timedelta(seconds=after_s)
        return callouts.claim(clinic.database, clinic.clinic_id, in_force, holder, at)

    (dead,) = claim("killed", 0)
    assert claim("other", 1) == () and claim("other", 24) == ()
    (again,) = claim("other", 26)
    assert (again.person, again.step) == ("陈医生", 1)
    # The first one was only slow: what it finds is not written over what the other one does.
    late = now + timedelta(seconds=27)
    assert not callouts.ended(clinic.database, clinic.clinic_id, in_force, dead, "timeout", late)
    assert callouts.ended(clinic.database, clinic.clinic_id, in_force, again, None, late)
    assert claim("third", 3600) == ()
