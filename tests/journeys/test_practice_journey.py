"""From the queue of a real clinic into practice and back: the record has the result, and nothing else of it."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from db.connect import Database
from tests.clinic import PIN
from tests.journeys.clinic import Journey, Person, begin
from tests.journeys.player import Player
from tests.journeys.terminal import Terminal

WANG = Person(1, "王小丽", "双眼皮", 1)
KEPT = {"practice_result", "audit", "idempotency_key"}
"""Tables a kept result is in: itself, its audit row, and the key by which it is not kept twice."""
SEATED = {"seat", "staff", "audit", "audit_seal", "clinic"}
"""Tables that say who is at her seat, and that somebody watches the clocks: leaving it is like signing out."""
Rows = dict[str, list[str]]


def every_row(database: Database) -> Rows:
    """Every row of every table, as text."""
    connection = database.connection()
    if connection.dialect == "sqlite":
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    else:
        names = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
    found = [str(row["name"]) for row in connection.execute(names)]
    assert len(found) > 25
    return {
        name: sorted(repr(sorted(row.items())) for row in connection.execute(f'SELECT * FROM "{name}"'))
        for name in found
    }


def changed(before: Rows, after: Rows) -> set[str]:
    """Tables that differ."""
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


def practice_process(terminal: Terminal) -> int:
    """The process that practises: the console's only child."""
    console = terminal.child.pid
    children = Path(f"/proc/{console}/task").glob("*/children")
    pids = {int(pid) for one in children for pid in one.read_text().split()}
    found = [pid for pid in pids if b"practice" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(found) == 1, found
    return found[0]


def open_files(pid: int) -> list[str]:
    """What the descriptors of a process name."""
    found: list[str] = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(os.readlink(link))
        except FileNotFoundError:
            continue
    return found


def known_to(pid: int) -> str:
    """Everything a process was given or has open: arguments, variables, files, folder, mapped files."""
    place = Path(f"/proc/{pid}")
    parts = [
        (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(),
        (place / "environ").read_bytes().replace(b"\0", b"\n").decode(),
        (place / "maps").read_text(),
        os.readlink(place / "cwd"),
        *open_files(pid),
    ]
    return "\n".join(parts)


def queue_of(journey: Journey) -> Terminal:
    """A console that has signed in, with more of the record in its variables than it needs."""
    environment = {
        **journey.environment,
        "AFTERCALL_PIN": PIN,
        "AFTERCALL_SEAL_KEY": "5e" * 32,
        "PGPASSWORD": "hunter2hunter2",
        "LC_ALL": "C.UTF-8",
    }
    return Terminal(journey.signed_in("li"), size=(120, 36), environment=environment)


def into_practice(terminal: Terminal) -> None:
    """`p`, and yes."""
    Player(terminal).back_in_queue()
    terminal.see("王")
    terminal.press("p")
    terminal.see("Practise now?")
    terminal.press("enter")
    terminal.see("Preparing practice")


def nothing_of_the_record(journey: Journey, known: str) -> None:
    """Checks that what a process knows leads to no record but its own."""
    for secret in (
        *(journey.url, str(journey.folder), "record", "aftercall.db", PIN, "AFTERCALL", "5e5e"),
        *("hunter2", "PGPASSWORD", "postgres"),
    ):
        assert secret not in known, secret


def test_a_practised_call_changes_no_other_row(tmp_path: Path, sqlite_template: Path) -> None:
    journey = begin(tmp_path, template=sqlite_template)
    journey.take_in(WANG)
    with queue_of(journey) as terminal:
        into_practice(terminal)
        terminal.see("DEMO", "Courses", patience=60)
        before = every_row(journey.database)
        assert [row["closed_at"] is None for row in journey.rows("SELECT * FROM seat")] == [False]
        pid = practice_process(terminal)
        known = known_to(pid)
        nothing_of_the_record(journey, known)
        assert "practice.db" in known, "its own record is the only one"
        terminal.type("who_wrong_number")
        terminal.see("calls: 1")
        terminal.press("enter")
        player = Player(terminal)
        player.connect()
        terminal.see("[ ]")
        terminal.press("9")
        terminal.see("wrong person")
        terminal.press("ctrl+s")
        row = wait_for_result(journey)
        assert (row["staff_id"], row["of"]) == (journey.clinic.staff_ids["li"], row["of"])
        document = json.loads(str(row["document"]))
        assert document["scenario"] == "who_wrong_number" and document["finished"] is True
        assert 0 <= int(str(row["score"])) <= int(str(row["of"]))
        assert changed(before, every_row(journey.database)) == KEPT
        folder = next(line for line in known.splitlines() if "aftercall-practice-" in line)
        place = Path(folder[folder.index("/") :].split("/base/")[0].split("/call-")[0])
        terminal.see("once more")
        terminal.press("escape")
        terminal.see("enter begin")
        leave(terminal)
        Player(terminal).back_in_queue()
        terminal.see("results kept: 1")
        assert not place.exists()
        assert changed(before, every_row(journey.database)) == KEPT | SEATED
        seats = journey.rows("SELECT * FROM seat ORDER BY id")
        assert [seat["closed_at"] is None for seat in seats] == [False, True]
        actions = [row["action"] for row in journey.rows("SELECT action FROM audit ORDER BY id")]
        assert actions[-3:] == ["staff.to_practice", "practice.keep", "staff.from_practice"]
        # And she works on as before.
        terminal.press("enter")
        player.connect()


def leave(terminal: Terminal) -> None:
    """Escape until it asks, and yes."""
    for _step in range(4):
        if "Leave practice?" in terminal.text:
            break
        terminal.press("escape")
        time.sleep(0.3)
    terminal.see("Leave practice?")
    terminal.press("enter")


def wait_for_result(journey: Journey) -> dict[str, object]:
    """The kept result, once it is there."""
    for _step in range(200):
        rows = journey.rows("SELECT * FROM practice_result")
        if rows:
            return rows[0]
        time.sleep(0.05)
    raise AssertionError("no result")


def test_a_killed_practice_is_one_sentence_and_leaves_no_row_but_of_an_exam(
    tmp_path: Path, postgres_database: Database
) -> None:
    journey = begin(tmp_path, database=postgres_database)
    journey.take_in(WANG)
    with queue_of(journey) as terminal:
        into_practice(terminal)
        before = every_row(journey.database)
        pid = practice_process(terminal)
        nothing_of_the_record(journey, known_to(pid))
        servers, known = (
            {name for name in open_files(one) if name.startswith("socket:")}
            for one in (terminal.child.pid, pid)
        )
        assert servers and not servers & known, "no connection is handed down"
        os.kill(pid, signal.SIGKILL)
        Player(terminal).back_in_queue()
        terminal.see("Practice broke off")
        assert changed(before, every_row(journey.database)) <= SEATED
        assert journey.rows("SELECT * FROM practice_result") == []

        into_practice(terminal)
        terminal.see("DEMO", "Courses", patience=60)
        before = every_row(journey.database)
        terminal.type("who_wrong_number")
        terminal.see("calls: 1")
        terminal.press("f2", "enter")
        terminal.see("one try", "Begin?")
        assert journey.rows("SELECT * FROM practice_result") == []
        terminal.press("enter")
        row = wait_for_result(journey)
        document = json.loads(str(row["document"]))
        assert (document["level"], document["begun"], document["finished"]) == ("exam", True, False)
        assert row["score"] == 0 and int(str(row["of"])) > 0
        os.kill(practice_process(terminal), signal.SIGKILL)
        Player(terminal).back_in_queue()
        terminal.see("results kept: 1")
        assert journey.rows("SELECT * FROM practice_result") == [row]
        assert changed(before, every_row(journey.database)) == KEPT | SEATED
        actions = [one["action"] for one in journey.rows("SELECT action FROM audit ORDER BY id")]
        assert actions[-3:] == ["staff.to_practice", "practice.begin", "staff.from_practice"]
