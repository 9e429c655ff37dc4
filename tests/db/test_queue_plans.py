"""The hot reads and writes find their rows by index among 200,000 patients, and cost no more than among 2,000."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from console.desk import board, calls, day_summary, dialling, exporting, figures, handover, queue, tick
from db import complaints
from db.connect import reading, unit_of_work
from db.enums import AttemptResult, EscalationKind, LeaseStage, Level, Tier
from db.queue_records import ANYONE, QueueFilter
from db.records import BoardFilter, Claim
from db.strip_records import NOBODY
from tests.clinic import SampleClinic
from tests.db.conftest import FEW, MANY, NOW
from tests.db.plans import Cost, cost_of, heard, scans, settled_cost
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


def test_no_report_scans_anything(many: SampleClinic) -> None:
    lead = many.seat("lead")
    # Quiet days before and after: of the day itself all these rows would truly be the day's.
    before, after = (NOW - timedelta(days=90)).date(), NOW + timedelta(days=3)
    with heard(many.database) as spoken:
        figures.of_day(lead, before, NOW)
        day_summary.of_day(lead, before, NOW)
        handover.page(lead, after, team=True)
        handover.page(many.seat(), after)
        exporting.calls(lead, before, NOW)
        exporting.long_track(lead, before, NOW)
    assert len(spoken) > 15
    assert scans(many.database, spoken) == ""


def test_the_board_scans_nothing(many: SampleClinic) -> None:
    with heard(many.database) as spoken:
        found = board.board(many.seat("lead"), NOW)
    assert sum(found.strip.queue.values()) == 1000
    assert scans(many.database, spoken) == ""


OPEN = 100
"""Cases that are open among all those that were closed in the years before."""


@contextmanager
def opened(clinic: SampleClinic) -> Iterator[None]:
    """Some of the oldest cases, open again: a tenth of them emergencies, every other one somebody's."""
    far = int(NOW.timestamp() * 1000) + 10**6
    reopen = f"""UPDATE escalation SET status = 'new', next_clock_at = {far} - id, resolved_at = NULL,
        level = CASE WHEN id % 10 = 0 THEN 'EMERGENCY' WHEN id % 3 = 0 THEN 'SAME_DAY' ELSE 'URGENT' END,
        owner_staff_id = CASE WHEN id % 2 = 0 THEN raised_by END
        WHERE id IN (SELECT id FROM escalation ORDER BY id LIMIT {OPEN})"""
    close = f"""UPDATE escalation SET status = 'resolved', next_clock_at = NULL, resolved_at = 1, level = 'URGENT',
        owner_staff_id = NULL WHERE id IN (SELECT id FROM escalation ORDER BY id LIMIT {OPEN})"""
    with unit_of_work(clinic.database) as connection:
        connection.execute(reopen)
    try:
        yield
    finally:
        with unit_of_work(clinic.database) as connection:
            connection.execute(close)


def test_the_boards_cards_alarms_and_lists_scan_nothing(many: SampleClinic) -> None:
    assert many.count("escalation") == MANY // 10
    lead = many.seat("lead")
    contact_id = many.rows("SELECT contact_id FROM escalation ORDER BY id LIMIT 1")[0]["contact_id"]
    with opened(many), heard(many.database) as spoken:
        whole = board.board(lead, NOW)
        shown = [
            board.board(lead, NOW, only)
            for only in (
                BoardFilter(kind=EscalationKind.CLINICAL),
                BoardFilter(kind=EscalationKind.COMPLAINT),
                BoardFilter(owner=NOBODY),
                BoardFilter(owner=many.staff_ids["li"]),
            )
        ]
        alarms = board.live_alarms(lead, NOW)
        assert len(board.contact_flags(lead, int(str(contact_id)), NOW)) == 1
        for name in board.LISTS:
            board.listed(lead, name, NOW)
        board.refused(lead)
    assert len(whole.new) == sum(whole.strip.opened.values()) == OPEN
    assert [len(one.new) for one in shown] == [OPEN, 0, OPEN // 2, OPEN // 2]
    assert [one.level for one in alarms[:10]] == [Level.EMERGENCY] * 10 and len(alarms) > 10
    assert scans(many.database, spoken) == ""


def test_the_clocks_of_the_board_and_a_whole_complaint_scan_nothing(many: SampleClinic) -> None:
    clinic_id, now = many.clinic_id, int(NOW.timestamp() * 1000)
    with opened(many), heard(many.database) as spoken:
        tick.clocks(many.database, clinic_id, NOW - timedelta(days=365))
        with reading(many.database) as connection:
            complaints.alerts_due(connection, clinic_id, now)
            for read in (complaints.case, complaints.entries, complaints.remedies, complaints.rounds):
                read(connection, clinic_id, 1)
    assert len(spoken) > 8
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
    "alarms": lambda clinic: board.live_alarms(clinic.seat("lead"), NOW),
    "save": finish,
}


def cost_with_open_cases(clinic: SampleClinic, job: Callable[[SampleClinic], object]) -> Cost:
    """What a job costs while as many cases are open, whatever the clinic's size."""
    with opened(clinic):
        return settled_cost(clinic, job)


def test_nothing_costs_more_with_a_hundred_times_the_patients(few: SampleClinic, many: SampleClinic) -> None:
    assert FEW * 100 == MANY
    for name, job in JOBS.items():
        small, large = (cost_with_open_cases(clinic, job) for clinic in (few, many))
        assert large.statements <= small.statements, name
        assert 0 < large.work <= small.work * GROWTH, (name, small, large)


def test_the_counter_sees_a_scan(few: SampleClinic, many: SampleClinic) -> None:
    work = []
    for clinic in (few, many):
        with cost_of(clinic.database) as cost, reading(clinic.database) as connection:
            connection.execute("SELECT COUNT(*) AS n FROM patient WHERE name LIKE '%x%'")
        work.append(cost.work)
    assert work[1] > 50 * work[0]
