"""kill -9 right after the acknowledgement loses nothing; before it, nothing half is left."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

from console.desk import calls
from tests.desk.call_world import World, known

ROOT = Path(__file__).resolve().parents[2]

CHILD = """
import pickle, sys
sys.path.insert(0, sys.argv[1])
seat, claim, flag, form, draft, now = pickle.load(open(sys.argv[2], "rb"))
from console.desk import calls, escalations
calls.keep_draft(seat, claim, draft, now)
print("draft", flush=True)
escalations.raise_flag(seat, claim, flag, "flag-key", now)
print("flag", flush=True)
sys.stdin.readline()
calls.save(seat, claim, form, "save-key", now)
print("saved", flush=True)
sys.stdin.readline()
"""


def child(world: World, tmp_path: Path, *parts: object) -> subprocess.Popen[str]:
    """Another process at the same seat."""
    path = tmp_path / "seat.pickle"
    path.write_bytes(pickle.dumps(parts))
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(ROOT), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )


def killed(running: subprocess.Popen[str]) -> None:
    """End a process as a power cut would."""
    running.send_signal(signal.SIGKILL)
    running.wait()
    for pipe in (running.stdin, running.stdout):
        assert pipe is not None
        pipe.close()


def test_what_was_acknowledged_is_there_after_a_kill(world: World, tmp_path: Path) -> None:
    from db.enums import Level
    from db.records import FlagForm

    person = world.person()
    claim = world.connected(person)
    flag = FlagForm(Level.SAME_DAY, ("one_sided_swelling",))
    running = child(
        world,
        tmp_path,
        world.seat(),
        claim,
        flag,
        world.form(note="保存"),
        world.form(note="草稿"),
        world.now,
    )
    assert running.stdin is not None and running.stdout is not None
    assert running.stdout.readline() == "draft\n"
    assert running.stdout.readline() == "flag\n"
    # Killed in mid-call: the escalation and the typing are there, the contact is still hers.
    killed(running)
    assert [one["level"] for one in known(world, claim.contact_id)] == ["SAME_DAY"]
    assert world.calls() == []
    again, form = calls.resume(world.clinic.new_seat("li"), claim.contact_id, world.later(minutes=1))
    assert again is not None and form.note == "草稿"
    # A second process saves and is killed at the acknowledgement.
    running = child(world, tmp_path, world.seat(), again, flag, form, form, world.later(minutes=1))
    assert running.stdin is not None and running.stdout is not None
    assert running.stdout.readline() == "draft\n"
    assert running.stdout.readline() == "flag\n"
    running.stdin.write("\n")
    running.stdin.flush()
    assert running.stdout.readline() == "saved\n"
    killed(running)
    assert [one["note"] for one in world.calls()] == ["草稿"]
    assert world.item(person.item_id)["state"] == "done"
    # The flag's key was the same in both processes: one escalation.
    assert len(known(world, claim.contact_id)) == 1
    repeat = calls.save(world.seat(), again, form, "save-key", world.now)
    assert repeat.repeated and len(world.calls()) == 1
