"""`aftercall tick` and the program it runs: once, watching, through trouble; what the program gets and how it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from console import notify
from console.cli import tick
from console.cli.tick import Ticker
from db.errors import DatabaseLocked
from tests.cli.conftest import Run
from tests.clinic import SampleClinic


def script(folder: Path, text: str) -> list[str]:
    """A program of this Python."""
    path = folder / "program.py"
    path.write_text(text, encoding="utf-8")
    return [sys.executable, str(path)]


def test_one_tick_is_told_and_somebody_is_watching(clinic: SampleClinic, run: Run) -> None:
    done = run("--db", clinic.database.url, "tick", "--json")
    assert done.code == 0
    assert set(done.document) == {
        "at",
        "placed",
        "unreached",
        "breached",
        "called_out",
        "reports_late",
        "planned",
        "sealed",
        "paged",
    }
    assert clinic.rows("SELECT last_tick_at FROM clinic")[0]["last_tick_at"] is not None
    assert [row["staff_id"] for row in clinic.rows("SELECT * FROM audit WHERE action = 'clinic.tick'")] == [
        None
    ]
    told = run("--db", clinic.database.url, "tick").out
    # The clinic's time, wherever the program runs.
    assert "clocks run out 0" in told and " +0800  " in told and done.document["at"].endswith("+08:00")


@pytest.mark.parametrize("every", ["4", "61", "x"])
def test_a_watch_never_pauses_long_enough_for_nobody_to_be_watching(run: Run, every: str) -> None:
    assert run("tick", "--watch", "--every", every).code == 2


def test_a_watch_outlives_trouble_and_keeps_the_clocks_before_the_rest(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of a tick fails: the clocks are looked at all the same, and the watch goes on until it is ended."""
    looks: list[str] = []
    told: list[str] = []

    def clocks(*_args: object) -> object:
        looks.append("clocks")
        if len(looks) == 3:
            ticker.end()
        return type("Clocked", (), {"breached": 0, "called_out": 0, "reports": 0})()

    def whole(*_args: object) -> object:
        looks.append("whole")
        raise DatabaseLocked("database_locked", path="x")

    monkeypatch.setattr("console.desk.tick.clocks", clocks)
    monkeypatch.setattr("console.desk.tick.tick", whole)
    monkeypatch.setattr(tick, "LOOK_S", 0.01)
    monkeypatch.setattr(tick.common, "tell", told.append)
    ticker = Ticker(clinic.database, clinic.clinic_id, lambda _done: None)
    thread = threading.Thread(target=ticker.watch, args=(3600.0,))
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert looks == ["clocks", "whole", "clocks"] and len(told) == 1


# The program.


def test_it_ends_well_or_says_how_it_ended(tmp_path: Path) -> None:
    argv = script(tmp_path, "import os, sys; sys.exit(int(sys.argv[1]))")
    assert notify.run([*argv, "0"], 20) is None
    assert notify.run([*argv, "3"], 20) == "exit_3"
    assert notify.run([str(tmp_path / "nothing"), "1"], 20) == "not_found"
    assert notify.run([str(tmp_path / "program.py")], 20) == "not_allowed"
    killed = script(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert notify.run(killed, 20) == f"signal_{int(signal.SIGKILL)}"


def test_no_shell_reads_its_words(tmp_path: Path) -> None:
    out = tmp_path / "words"
    argv = script(tmp_path, "import sys; open(sys.argv[1], 'w').write(sys.argv[2])")
    word = f"$(touch {tmp_path}/hit); `touch {tmp_path}/hit` | * ~ 'x"
    assert notify.run([*argv, str(out), word], 20) is None
    assert out.read_text() == word and not (tmp_path / "hit").exists()


def test_it_gets_no_variable_of_ours(tmp_path: Path) -> None:
    out = tmp_path / "names"
    argv = script(tmp_path, "import os, sys; open(sys.argv[1], 'w').write(' '.join(os.environ))")
    secret = {"AFTERCALL_PIN": "1", "AFTERCALL_DB": "x", "PGPASSWORD": "y", "PATH": os.environ["PATH"]}
    assert notify.run([*argv, str(out)], 20, secret) is None
    # Python itself may set this one.
    assert set(out.read_text().split()) - {"LC_CTYPE"} == {"PATH"}


def test_one_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    out = tmp_path / "child"
    argv = script(
        tmp_path,
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open(sys.argv[1], 'w').write(str(child.pid))\n"
        "time.sleep(60)\n",
    )
    began = time.monotonic()
    assert notify.run([*argv, str(out)], 1.5) == "timeout"
    assert time.monotonic() - began < 6
    if out.exists():
        end = time.monotonic() + 5
        while (
            Path(f"/proc/{out.read_text()}/stat").exists()
            and " Z " not in Path(f"/proc/{out.read_text()}/stat").read_text()
        ):
            assert time.monotonic() < end
            time.sleep(0.05)
