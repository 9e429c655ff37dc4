"""Two people who leave at the same instant both leave their promises to anyone."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from console.desk import placing, staff
from console.desk.placing import place_again
from db.connect import Database, unit_of_work
from db.instants import to_ms
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld


def _promised(world: QueueWorld, login: str) -> int:
    clinic = world.clinic
    item_id = world.item(world.patient())
    at = clinic.now + timedelta(hours=2)
    staff_id, policy = clinic.staff_ids[login], clinic.seat("lead").policy
    with unit_of_work(clinic.database) as connection:
        (row,) = connection.execute("SELECT patient_id FROM item WHERE id = :id", {"id": item_id})
        promise_id = connection.insert(
            "promise",
            {
                "clinic_id": clinic.clinic_id,
                "patient_id": row["patient_id"],
                "item_id": item_id,
                "at": to_ms(at),
                "mine_staff_id": staff_id,
                "what": "rings back",
                "made_by": staff_id,
                "made_at": to_ms(clinic.now),
                "status": "open",
            },
        )
        connection.execute(
            "UPDATE item SET promise_id = :promise, promise_at = :at WHERE id = :id",
            {"promise": promise_id, "at": to_ms(at), "id": item_id},
        )
        place_again(connection, clinic.clinic_id, (item_id,), policy, clinic.now)
    assert world.row(item_id)["lane_id"] == f"own:{staff_id}"
    return item_id


def test_promises_of_people_who_leave_at_once_are_anyones(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = QueueWorld(clinic)
    seats = [clinic.new_seat("li"), clinic.new_seat("anna")]
    items = [_promised(world, "li"), _promised(world, "anna")]
    meeting = threading.Barrier(2)
    place = placing.place_promised

    def together(*arguments: object) -> int:
        # Without the lock both come here before either has told the other.
        with suppress(threading.BrokenBarrierError):
            meeting.wait(2)
        return place(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(staff, "place_promised", together)
    url, failed = clinic.database.url, []

    def leave(number: int) -> None:
        database = Database(url)
        try:
            staff.sign_out(replace(seats[number], database=database), clinic.now)
        except Exception as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=leave, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failed == []
    assert [world.row(item)["lane_id"] for item in items] == ["team:customer_service:zh"] * 2
