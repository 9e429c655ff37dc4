"""Claim, heartbeat, release, the list, a search and a save work where no ORM can be imported."""

from __future__ import annotations

import base64
import pickle
import subprocess
import sys
from pathlib import Path

from tests.clinic import SampleClinic
from tests.desk.call_world import World

ROOT = Path(__file__).parent.parent.parent

WORK = """
import base64, pickle, sys

class NoOrm:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("sqlalchemy", "sqlmodel", "alembic"):
            raise ImportError("the ORM was asked for: " + name)

sys.meta_path.insert(0, NoOrm())
seat, person, form, now = pickle.loads(base64.b64decode(sys.argv[1]))
from console.desk import calls, dialling, incoming, patients, queue
from db.enums import AttemptResult

assert [row.id for row in queue.page(seat, now)] == [person.item_id]
assert queue.header(seat, now).takeable == 1
claim = queue.take_next(seat, now)
queue.renew(seat, claim, now)
queue.release(seat, claim, now)
for text in ("no", "\u738b", "wang", "000", "K1"):
    patients.find(seat, text, now)
    incoming.candidates(seat, text, now)
claim = queue.take_item(seat, person.item_id, now)
dial = dialling.start_dial(seat, claim, person.phone_id, now)
dialling.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.CONNECTED, now)
print("saved", calls.save(seat, dial.claim, form, "key", now).call_id)
try:
    import sqlalchemy
except ImportError as error:
    print(error)
"""


def test_the_hot_paths_use_no_orm(clinic: SampleClinic) -> None:
    world = World(clinic, clinic.now)
    person = world.person()
    given = base64.b64encode(pickle.dumps((clinic.seat(), person, world.form(), clinic.now))).decode()
    clinic.database.close()
    done = subprocess.run(
        [sys.executable, "-c", WORK, given], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["saved 1", "the ORM was asked for: sqlalchemy"]
    assert world.item(person.item_id)["state"] == "done"
