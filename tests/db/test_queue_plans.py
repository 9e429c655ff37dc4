"""The hot reads and writes find their rows by index among 200,000 patients, and cost no more than among 2,000."""

from __future__ import annotations

from collections.abc import Callable

from console.desk import board, calls, dialling, queue
from db.connect import reading, unit_of_work
from db.enums import AttemptResult, LeaseStage, Tier
from db.queue_records import ANYONE, QueueFilter
from db.records import Claim
from tests.clinic import SampleClinic
from tests.db.conftest import FEW, MANY, NOW
from tests.db.plans import cost_of, heard, scans, settled_cost
from tests.desk.call_world import World

GROWTH = 1.5
"""What a hundred times as many patients may cost: an index gets one or two levels deeper."""


def take(clinic: SampleClinic) -> Claim:
    """The next call of the queue."""
    claim = queue.take_next(clinic.seat(), NOW)
    assert claim is not None
    return claim


def finish(clinic: SampleClinic) -> None:
    """The next call of the queue, dialled, answered, saved."""
    seat, claim = clinic.seat(), take(clinic)
    phones = clinic.rows("SELECT id FROM phone WHERE patient_id = :p", p=claim.patient_id)
    dial = dialling.start_dial(seat, claim, int(str(phones[0]["id"])), NOW)
    ended = dialling.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.CONNECTED, NOW)
    assert ended.keep
    saved = calls.save(seat, dial.claim, World(clinic, NOW).form(), f"finish {claim.contact_id}", NOW)
    assert saved.call_id is not None


def expire(clinic: SampleClinic) -> None:
    """A claim whose heartbeat stopped, given back."""
    claim = take(clinic)
    with unit_of_work(clinic.database) as connection:
        connection.execute(
            "UPDATE contact_lease SET expires_at = 1 WHERE stage = :p", {"p": LeaseStage.PREVIEW}
        )
    assert queue.drain(clinic.database, clinic.clinic_id, NOW) == len(claim.item_ids)


def wake(clinic: SampleClinic) -> None:
    """Thirty calls whose next change has come, placed anew."""
    with unit_of_work(clinic.database) as connection:
        woken = connection.changed(
            "UPDATE item SET next_change_at = 1 WHERE id > 1000 AND id <= 1030 AND state = 'ready'"
        )
    assert woken > 15
    assert queue.drain(clinic.database, clinic.clinic_id, NOW) == woken


def test_the_clinic_is_as_large_as_it_says(many: SampleClinic) -> None:
    counts = [many.count(table) for table in ("patient", "phone", "item", "patient_search", "call")]
    assert counts[0] == counts[1] == MANY
    assert counts[2] > MANY and counts[3] > 2 * MANY and counts[4] > MANY // 6
    assert queue.header(many.seat(), NOW).takeable == 1000


def test_a_claim_its_heartbeat_and_its_end_scan_nothing(many: SampleClinic) -> None:
    with heard(many.database) as spoken:
        claim = take(many)
        queue.renew(many.seat(), claim, NOW)
        queue.release(many.seat(), claim, NOW)
    assert len(spoken) > 15
    assert scans(many.database, spoken) == ""


def test_a_claim_with_the_window_closed_scans_nothing(many: SampleClinic) -> None:
    with heard(many.database) as spoken:
        assert queue.take_next(many.seat(), NOW.replace(hour=9)) is None
    assert scans(many.database, spoken) == ""


def test_the_top_fifty_the_next_fifty_and_the_header_scan_nothing(many: SampleClinic) -> None:
    with heard(many.database) as spoken:
        rows = queue.page(many.seat(), NOW, None, 50)
        assert len(queue.page(many.seat(), NOW, rows[-1].key, 50)) == 50
        assert queue.header(many.seat(), NOW).takeable == 1000
    assert scans(many.database, spoken) == ""


def test_a_narrowed_list_and_what_colleagues_hold_scan_nothing(many: SampleClinic) -> None:
    claim = queue.take_next(many.seat("anna"), NOW)
    assert claim is not None
    with heard(many.database) as spoken:
        for only in (QueueFilter(tier=Tier.DUE), QueueFilter(procedure="none"), QueueFilter(owner=ANYONE)):
            queue.narrowed(many.seat(), NOW, only)
        assert [row.held_by for row in queue.held(many.seat(), NOW)] == ["Anna"]
        queue.choices(many.seat("lead"), NOW)
    queue.release(many.seat("anna"), claim, NOW)
    assert scans(many.database, spoken) == ""


def test_a_drain_and_why_scan_nothing(many: SampleClinic) -> None:
    with heard(many.database) as spoken:
        wake(many)
        queue.why(many.seat(), queue.page(many.seat(), NOW)[0].id, NOW)
    assert scans(many.database, [one for one in spoken if "id <= 1030" not in one[0]]) == ""


def test_a_lease_that_runs_out_scans_nothing(many: SampleClinic) -> None:
    with heard(many.database) as spoken:
        expire(many)
    assert any("stage = 'preview' AND expires_at <=" in sql for sql, _ in spoken)
    assert scans(many.database, spoken) == ""


def test_the_board_scans_nothing(many: SampleClinic) -> None:
    with heard(many.database) as spoken:
        found = board.board(many.seat("lead"), NOW)
    assert sum(found.strip.queue.values()) == 1000
    assert scans(many.database, spoken) == ""


def test_the_board_counts_the_due_behind_the_overdue(many: SampleClinic) -> None:
    late = "UPDATE item SET tier = {}, deadline_at = deadline_at - {} WHERE id > 5000 AND id <= {} AND state = 'ready'"
    for number, overdue in ((5010, range(1, 11)), (7000, range(1000, 1001))):
        with unit_of_work(many.database) as connection:
            connection.execute(late.format(4, 10**9, number))
        try:
            counts = board.board(many.seat("lead"), NOW).strip.queue
        finally:
            with unit_of_work(many.database) as connection:
                connection.execute(late.format(5, -(10**9), number))
        assert counts[Tier.OVERDUE] in overdue and counts[Tier.DUE] == 1000


def test_the_save_of_a_call_scans_nothing(many: SampleClinic) -> None:
    with heard(many.database) as spoken:
        finish(many)
    assert len(spoken) > 40
    assert scans(many.database, spoken) == ""


def test_the_detector_sees_a_scan(many: SampleClinic) -> None:
    statements = (
        "SELECT id FROM item WHERE flow = 'd7' ORDER BY attempts LIMIT 1",
        "SELECT i.id FROM item i WHERE i.clinic_id = 1 AND i.flow = 'd7' ORDER BY i.attempts LIMIT 1",
        "SELECT COUNT(*) FROM patient p JOIN phone f ON f.patient_id = p.id WHERE p.name LIKE '%x%'",
        "UPDATE patient_search SET key = key WHERE key LIKE '%x%'",
        "SELECT id FROM visit WHERE consultant = 'x'",
    )
    for sql in statements:
        assert scans(many.database, [(sql, {})]) != "", sql


def give_back(clinic: SampleClinic) -> None:
    """A claim and its release, so that the next one meets the same queue."""
    queue.release(clinic.seat(), take(clinic), NOW)


JOBS: dict[str, Callable[[SampleClinic], object]] = {
    "claim and release": give_back,
    "top 50": lambda clinic: queue.page(clinic.seat(), NOW),
    "header": lambda clinic: queue.header(clinic.seat(), NOW),
    "drain": wake,
    "lease expiry": expire,
    "board": lambda clinic: board.board(clinic.seat("lead"), NOW),
    "save": finish,
}


def test_nothing_costs_more_with_a_hundred_times_the_patients(few: SampleClinic, many: SampleClinic) -> None:
    assert FEW * 100 == MANY
    for name, job in JOBS.items():
        small, large = (settled_cost(clinic, job) for clinic in (few, many))
        assert large.statements <= small.statements, name
        assert 0 < large.work <= small.work * GROWTH, (name, small, large)


def test_the_counter_sees_a_scan(few: SampleClinic, many: SampleClinic) -> None:
    work = []
    for clinic in (few, many):
        with cost_of(clinic.database) as cost, reading(clinic.database) as connection:
            connection.execute("SELECT COUNT(*) AS n FROM patient WHERE name LIKE '%x%'")
        work.append(cost.work)
    assert work[1] > 50 * work[0]
