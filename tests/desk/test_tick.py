"""What the clock alone changes: lapses, run-out leases, calls nobody answered, run-out clocks, the seal."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta

import pytest

from console.desk import callouts, queue, watching
from console.desk import policy as policies
from console.desk.tick import tick
from db import audit
from db import callouts as pages
from db.connect import Database, reading, unit_of_work
from db.enums import ItemClass
from db.instants import to_ms
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld, at, local

TODAY = date(2026, 6, 15)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    """The sample clinic, Monday 14:35."""
    return QueueWorld(clinic)


def _tick(world: QueueWorld, now: datetime):
    return tick(world.clinic.database, world.clinic.clinic_id, now)


def _escalation(
    world: QueueWorld, level: str | None, ack: int, contact: int, resolve: int, **columns: object
) -> int:
    """An escalation raised at the sample's now, with its clocks that many minutes later."""
    clinic = world.clinic
    base = clinic.now
    clocks = {
        "ack_by": to_ms(base + ack * MINUTE),
        "contact_by": to_ms(base + contact * MINUTE),
        "resolve_by": to_ms(base + resolve * MINUTE),
    }
    with unit_of_work(clinic.database) as connection:
        return connection.insert(
            "escalation",
            {
                "clinic_id": clinic.clinic_id,
                "kind": "clinical",
                "level": level,
                "status": "new",
                "flags": "[]",
                "raised_by": clinic.staff_ids["li"],
                "raised_at": to_ms(base),
                "mis_keyed": False,
                "next_clock_at": min(clocks.values()),
                **clocks,
                **columns,
            },
        )


def _events(world: QueueWorld, escalation_id: int) -> list[tuple[object, ...]]:
    rows = world.clinic.rows(
        "SELECT kind, note, before, after FROM escalation_event WHERE escalation_id = :id ORDER BY id",
        id=escalation_id,
    )
    return [tuple(row.values()) for row in rows]


def _level(world: QueueWorld, escalation_id: int) -> object:
    return world.clinic.rows("SELECT level FROM escalation WHERE id = :id", id=escalation_id)[0]["level"]


def test_it_notes_that_somebody_watches_and_never_goes_back(world: QueueWorld) -> None:
    now = world.clinic.now
    _tick(world, now)
    _tick(world, now - MINUTE)
    assert world.clinic.rows("SELECT last_tick_at FROM clinic")[0]["last_tick_at"] == to_ms(now)


def test_it_lapses_what_is_over_and_ends_previews(world: QueueWorld) -> None:
    over = world.item(world.patient(), "D2", ItemClass.SAFETY, end=world.clinic.now + 5 * MINUTE)
    held = world.item(world.patient())
    queue.take_item(world.clinic.seat(), held, world.clinic.now)
    done = _tick(world, world.clinic.now + 5 * MINUTE)
    assert done.placed >= 2
    assert (world.row(over)["state"], world.row(held)["state"]) == ("lapsed", "ready")
    assert world.lease() == []


def test_a_first_evening_nobody_answered_becomes_one_escalation(world: QueueWorld) -> None:
    patient = world.patient()
    treatment = world.treatment(patient, "upper_blepharoplasty", TODAY)
    item = world.item(
        patient,
        "D0",
        ItemClass.SAFETY,
        treatment_id=treatment,
        earliest=local(TODAY, 18),
        end=local(TODAY, 21, 30),
    )
    assert _tick(world, at("2026-06-15 20:14")).unreached == 0
    assert _tick(world, at("2026-06-15 20:15")).unreached == 1
    assert _tick(world, at("2026-06-15 20:16")).unreached == 0
    (row,) = world.clinic.rows("SELECT * FROM escalation")
    assert (row["level"], row["patient_id"], row["procedure"], row["post_op_day"]) == (
        "SAME_DAY",
        patient,
        "upper_blepharoplasty",
        0,
    )
    assert world.row(item)["state"] == "ready"
    world.sql("UPDATE escalation SET status = 'resolved', next_clock_at = NULL")
    assert _tick(world, at("2026-06-15 20:20")).unreached == 0


def test_a_console_that_comes_late_still_raises_it_before_the_item_lapses(world: QueueWorld) -> None:
    world.item(world.patient(), "D0", ItemClass.SAFETY, earliest=local(TODAY, 18), end=local(TODAY, 21, 30))
    assert _tick(world, at("2026-06-16 08:00")).unreached == 1


def test_the_lead_need_not_have_signed_in_for_that(world: QueueWorld) -> None:
    assert world.clinic.rows("SELECT * FROM seat") == []
    world.item(world.patient(), "D0", ItemClass.SAFETY, earliest=local(TODAY, 18), end=local(TODAY, 21, 30))
    assert _tick(world, at("2026-06-15 20:15")).unreached == 1


def test_a_run_out_clock_is_marked_once_and_raises_the_level(world: QueueWorld) -> None:
    clinic, case = world.clinic, _escalation(world, "URGENT", 240, 1440, 10080)
    assert _tick(world, clinic.now + 239 * MINUTE).breached == 0
    assert _tick(world, clinic.now + 240 * MINUTE).breached == 1
    assert _tick(world, clinic.now + 241 * MINUTE).breached == 0
    assert _level(world, case) == "SAME_DAY"
    assert _events(world, case) == [("breached", "ack", "URGENT", "SAME_DAY")]
    # A SAME_DAY case has its patient reached within 120 minutes of becoming one.
    assert _tick(world, clinic.now + 359 * MINUTE).breached == 0
    assert _tick(world, clinic.now + 360 * MINUTE).breached == 1
    assert _level(world, case) == "EMERGENCY"
    assert _events(world, case)[1] == ("breached", "contact", "SAME_DAY", "EMERGENCY")


def test_what_is_acknowledged_and_reached_only_shows_that_it_is_slow(world: QueueWorld) -> None:
    stamp = to_ms(world.clinic.now)
    case = _escalation(
        world,
        "SAME_DAY",
        15,
        120,
        300,
        status="contacted",
        acknowledged_at=stamp,
        contacted_at=stamp,
        next_clock_at=to_ms(world.clinic.now + 300 * MINUTE),
    )
    assert _tick(world, world.clinic.now + 200 * MINUTE).breached == 0
    assert _tick(world, world.clinic.now + 300 * MINUTE).breached == 1
    assert _tick(world, world.clinic.now + 900 * MINUTE).breached == 0
    assert _level(world, case) == "SAME_DAY"


def test_a_complaint_is_marked_and_has_no_level_to_raise(world: QueueWorld) -> None:
    case = _escalation(world, None, 60, 60, 6000, kind="complaint", severity="minor")
    _tick(world, world.clinic.now + 61 * MINUTE)
    assert _level(world, case) is None
    assert [event[:2] for event in _events(world, case)] == [("breached", "ack"), ("breached", "contact")]


def test_old_unresolved_cases_keep_no_new_one_from_being_seen(world: QueueWorld) -> None:
    clinic = world.clinic
    old = [_escalation(world, "URGENT", 1, 2, 3) for _ in range(3)]
    # Its contact is due before anybody need have seen it.
    old.append(_escalation(world, "URGENT", 30, 2, 3))
    # URGENT ack 1, SAME_DAY contact 2, EMERGENCY resolve 3, ack 7, contact 7; the last one's first clock is contact.
    assert _tick(world, clinic.now + 60 * MINUTE).breached == 4 * 5
    fresh = _escalation(world, "URGENT", 61, 100_000, 100_000)
    with reading(clinic.database) as connection:
        due = to_ms(clinic.now + 61 * MINUTE)
        assert pages.run_out(connection, clinic.clinic_id, due, limit=1) == (fresh,)
    assert _tick(world, clinic.now + 61 * MINUTE).breached == 1
    with reading(clinic.database) as connection:
        assert pages.run_out(connection, clinic.clinic_id, due) == ()
    assert len(old) == 4


def test_it_seals_the_audit_trail(world: QueueWorld) -> None:
    world.item(world.patient())
    claim = queue.take_next(world.clinic.seat(), world.clinic.now)
    assert claim is not None
    queue.skip(world.clinic.seat(), claim, "很忙", world.clinic.now)
    assert _tick(world, world.clinic.now).sealed >= 1
    verdict = audit.verify(world.clinic.database, world.clinic.clinic_id)
    assert (verdict.intact, verdict.unsealed) == (True, 0)


def test_many_consoles_tick_at_once_and_each_thing_happens_once(world: QueueWorld) -> None:
    clinic = world.clinic
    for _ in range(5):
        world.item(
            world.patient(), "D0", ItemClass.SAFETY, earliest=local(TODAY, 18), end=local(TODAY, 21, 30)
        )
    case = _escalation(world, "URGENT", 240, 100_000, 100_000)
    now = at("2026-06-15 20:20")
    failed: list[BaseException] = []

    def one() -> None:
        own = Database(clinic.database.url)
        try:
            tick(own, clinic.clinic_id, now)
        except BaseException as error:
            failed.append(error)
        finally:
            own.close()

    consoles = [threading.Thread(target=one) for _ in range(6)]
    for console in consoles:
        console.start()
    for console in consoles:
        console.join()
    assert failed == []
    assert len(clinic.rows("SELECT id FROM escalation WHERE level = 'SAME_DAY' AND id <> :id", id=case)) == 5
    assert [event[:2] for event in _events(world, case)] == [("breached", "ack")]


def test_a_cut_off_call_is_told_apart_from_a_forgotten_preview(world: QueueWorld) -> None:
    from db import claims
    from db.enums import LeaseStage

    item = world.item(world.patient())
    seat = world.clinic.seat()
    claim = queue.take_item(seat, item, world.clinic.now)
    with unit_of_work(world.clinic.database) as connection:
        claims.set_stage(
            connection,
            seat.clinic_id,
            claim.group_id,
            claim.token,
            LeaseStage.CONNECTED,
            to_ms(world.clinic.now),
            90_000,
        )
    _tick(world, world.clinic.now + timedelta(seconds=90))
    assert world.lease()[0]["stage"] == "cut_off"
    assert (world.row(item)["owner_staff_id"], world.row(item)["state"]) == (seat.staff_id, "ready")


# --- calling people out ---


def _policy(
    world: QueueWorld, *people: str, notify: str = '["/bin/page", "{escalation}", "{level}"]'
) -> None:
    """Puts a roster and a program in force."""
    listed = ", ".join(
        f'{{order = {number}, name = "{name}", phone = "+8613800000{number:03d}", role = "doctor"}}'
        for number, name in enumerate(people, start=1)
    )
    rows = (
        f'\nrows = [{{from = "2026-06-01", to = "2026-06-30", hours = "00:00-24:00", people = [{listed}]}}]'
    )
    text = policies.document(world.clinic.database, world.clinic.clinic_id)
    text = text.replace("\nrows = []", rows).replace("command = []", f"command = {notify}")
    with unit_of_work(world.clinic.database) as connection:
        policies.store(connection, world.clinic.clinic_id, text, None, world.clinic.now)


def _pages(world: QueueWorld) -> list[tuple[object, ...]]:
    """Person, minutes after the sample's now for which it was due, how far it is."""
    start = to_ms(world.clinic.now)
    rows = world.clinic.rows("SELECT person, due_at, status FROM escalation_page ORDER BY step")
    return [(row["person"], (int(str(row["due_at"])) - start) // 60_000, row["status"]) for row in rows]


def _claim(world: QueueWorld, now: datetime, holder: str = "one") -> tuple[callouts.CallOut, ...]:
    clinic = world.clinic
    return callouts.claim(
        clinic.database, clinic.clinic_id, policies.current(clinic.database, clinic.clinic_id), holder, now
    )


def _ended(world: QueueWorld, call: callouts.CallOut, error: str | None, now: datetime) -> bool:
    clinic = world.clinic
    in_force = policies.current(clinic.database, clinic.clinic_id)
    return callouts.ended(clinic.database, clinic.clinic_id, in_force, call, error, now)


def test_an_emergency_goes_round_the_roster_until_somebody_takes_it_up(world: QueueWorld) -> None:
    _policy(world, "甲", "乙")
    now, case = world.clinic.now, _escalation(world, "EMERGENCY", 5, 5, 1440)
    counts = [_tick(world, now + minute * MINUTE).called_out for minute in range(17)]
    assert [minute for minute, count in enumerate(counts) if count] == [0, 5, 10, 15]
    assert [page[:2] for page in _pages(world)] == [("甲", 0), ("乙", 5), ("甲", 10), ("乙", 15)]
    assert [event[0] for event in _events(world, case)].count("called_out") == 4
    world.sql("UPDATE escalation SET acknowledged_at = 1, status = 'acknowledged'")
    assert _tick(world, now + 60 * MINUTE).called_out == 0
    # Nobody ran the program for them: there is nothing to be called out for any more.
    assert _claim(world, now + 60 * MINUTE) == ()
    assert {page[2] for page in _pages(world)} == {"stopped"}


def test_what_nobody_saw_for_days_is_where_it_would_be_had_somebody_looked(world: QueueWorld) -> None:
    """No ticker since Monday: clocks step up at the next start, late, and the roster begins with its first person."""
    _policy(world, "甲", "乙")
    now, case = world.clinic.now, _escalation(world, "URGENT", 240, 1440, 10080)
    done = _tick(world, now + timedelta(days=3))
    assert (done.breached, done.called_out) == (5, 1)
    assert _events(world, case) == [
        ("breached", "ack", "URGENT", "SAME_DAY"),
        ("breached", "contact", "SAME_DAY", "EMERGENCY"),
        ("breached", "ack", "EMERGENCY", "EMERGENCY"),
        ("breached", "contact", "EMERGENCY", "EMERGENCY"),
        ("breached", "resolve", "EMERGENCY", "EMERGENCY"),
        ("called_out", "", None, "甲"),
    ]
    (row,) = world.clinic.rows("SELECT * FROM escalation")
    # Four hours unseen, two more unreached, five minutes unanswered: shown as late since then.
    assert row["next_clock_at"] == row["ack_by"] == to_ms(now + 365 * MINUTE)
    assert row["level_since"] == to_ms(now + 360 * MINUTE)
    # Then one after the other again, one a step.
    assert _tick(world, now + timedelta(days=3, minutes=4)).called_out == 0
    assert _tick(world, now + timedelta(days=3, minutes=5)).called_out == 1
    assert _tick(world, now + timedelta(days=3, minutes=6)).called_out == 0
    assert [page[0] for page in _pages(world)] == ["甲", "乙"]


def test_the_same_is_found_whether_one_looks_every_minute_or_once(world: QueueWorld) -> None:
    often, once = _escalation(world, "URGENT", 240, 1440, 10080), 0
    for minute in range(0, 400, 5):
        _tick(world, world.clinic.now + minute * MINUTE)
    looked = world.clinic.rows("SELECT * FROM escalation WHERE id = :id", id=often)[0]
    once = _escalation(world, "URGENT", 240, 1440, 10080)
    _tick(world, world.clinic.now + 400 * MINUTE)
    late = world.clinic.rows("SELECT * FROM escalation WHERE id = :id", id=once)[0]
    same = ("level", "status", "ack_by", "contact_by", "resolve_by", "next_clock_at", "level_since")
    assert [looked[name] for name in same] == [late[name] for name in same]


def test_clocks_run_in_a_clinic_without_a_lead(world: QueueWorld) -> None:
    world.sql("UPDATE staff SET retired_at = 1 WHERE login = 'lead'")
    case = _escalation(world, "URGENT", 240, 1440, 10080)
    assert _tick(world, world.clinic.now + 240 * MINUTE).breached == 1
    assert _level(world, case) == "SAME_DAY"


def test_the_program_is_told_number_and_level_and_nothing_else(world: QueueWorld) -> None:
    _policy(world, "甲", notify='["/bin/page", "-n", "case {escalation}: {level}", "-n"]')
    case = _escalation(world, "EMERGENCY", 5, 5, 1440, summary="王小丽 13800138000", place="家里")
    _tick(world, world.clinic.now)
    (call,) = _claim(world, world.clinic.now)
    assert call.argv == ("/bin/page", "-n", f"case {case}: EMERGENCY", "-n")


def test_a_failed_call_out_is_told_tried_again_and_given_up(world: QueueWorld) -> None:
    _policy(world, "甲")
    clinic, case = world.clinic, _escalation(world, "EMERGENCY", 5, 5, 1440)
    now = clinic.now
    _tick(world, now)
    assert callouts.troubles(clinic.database, clinic.clinic_id, now) == ()
    tries = 0
    while calls := _claim(world, now):
        (call,) = calls
        tries += 1
        # One process has it: nobody else runs it meanwhile, nor before the pause is over.
        assert _claim(world, now, "two") == ()
        assert _ended(world, call, "exit_3", now)
        assert _claim(world, now + timedelta(seconds=19), "two") == ()
        trouble = callouts.troubles(clinic.database, clinic.clinic_id, now)
        assert [(one.escalation_id, one.person, one.error) for one in trouble] == [(case, "甲", "exit_3")]
        now += timedelta(seconds=20)
    assert tries == 5
    assert [event[0] for event in _events(world, case)] == ["called_out", "page_failed", "page_given_up"]
    # The next person is called out all the same.
    assert _tick(world, clinic.now + 5 * MINUTE).called_out == 1
    (call,) = _claim(world, clinic.now + 5 * MINUTE)
    assert _ended(world, call, None, now)
    assert _events(world, case)[-1][0] == "paged"


def test_the_screens_say_when_no_ticker_runs_the_program(world: QueueWorld) -> None:
    _policy(world, "甲")
    clinic, case = world.clinic, _escalation(world, "EMERGENCY", 5, 5, 1440)
    _tick(world, clinic.now)
    seen = watching.watch(clinic.database, clinic.clinic_id, clinic.now + timedelta(seconds=59))
    assert (seen.watched, seen.troubles) == (True, ())
    seen = watching.watch(clinic.database, clinic.clinic_id, clinic.now + timedelta(seconds=60))
    assert [(one.escalation_id, one.error) for one in seen.troubles] == [(case, None)]
    assert watching.watch(clinic.database, clinic.clinic_id, clinic.now + 2 * MINUTE).watched
    late = clinic.now + timedelta(seconds=121)
    assert not watching.watch(clinic.database, clinic.clinic_id, late).watched


def test_nobody_is_ever_called_out_for_the_sample_clinic_or_without_a_program(world: QueueWorld) -> None:
    _escalation(world, "EMERGENCY", 5, 5, 1440)
    _tick(world, world.clinic.now)
    assert _pages(world) == [("王主管", 0, "none")], "with nobody on call the lead is next"
    _policy(world, "甲")
    world.sql("UPDATE clinic SET is_demo = TRUE")
    _tick(world, world.clinic.now + 5 * MINUTE)
    assert _pages(world)[1] == ("甲", 5, "none")
    assert _claim(world, world.clinic.now + 6 * MINUTE) == ()
