"""Keeping practice: once a run, one try an exam, one's own alone, and nothing else of the record changes."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from console.desk import practice, readiness
from console.readiness.words import person_lines
from console.rules.practice import EXAM_REST
from console.rules.readiness_records import Shelf
from db.connect import reading
from db.enums import Role
from db.errors import NotAllowed, RecordError, WrongUse
from db.practice_records import KeptResult
from tests.clinic import SampleClinic
from tests.desk.practice_world import practised, trainee
from tests.practice_runs import SHELF, begun, run

WRITTEN = {"practice_result", "idempotency_key", "audit"}
EXAM: dict[str, Any] = {"level": "exam", "course": "exam"}


def everything(clinic: SampleClinic) -> dict[str, list[str]]:
    """Every row of every table but those that practice writes, as text."""
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        if clinic.database.dialect == "sqlite"
        else "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    with reading(clinic.database) as connection:
        return {
            str(one["name"]): sorted(str(row) for row in connection.execute(f'SELECT * FROM "{one["name"]}"'))
            for one in connection.execute(names)
            if one["name"] not in WRITTEN
        }


def refused(code: str, call: object, *args: object) -> RecordError:
    with pytest.raises(RecordError) as caught:
        call(*args)  # type: ignore[operator]
    assert caught.value.code == code
    return caught.value


def test_a_result_is_kept_with_its_audit_row_and_no_other_table_changes(clinic: SampleClinic) -> None:
    seat = trainee(clinic)
    before = everything(clinic)
    sent = run(
        "bleed", items=[("flag", 10, 20, {"zh": "马上上报。", "en": "Report it."})], **EXAM, position=1
    )
    kept = practice.keep(seat, sent, clinic.now)

    (row,) = clinic.rows("SELECT * FROM practice_result")
    assert (row["staff_id"], row["scenario"], row["score"], row["of"]) == (seat.staff_id, "bleed", 10, 20)
    document = json.loads(str(row["document"]))
    assert (document["level"], document["course"], document["position"]) == ("exam", "exam", 1)
    assert (document["seed"], document["finished"], document["seconds"]) == (7, True, 180.5)
    assert practice.results(seat, seat.staff_id) == (kept,)
    (audit,) = clinic.rows("SELECT * FROM audit WHERE action = 'practice.keep'")
    assert (audit["staff_id"], audit["subject_kind"], audit["subject_id"]) == (
        *(seat.staff_id, "practice_result"),
        kept.id,
    )
    # Names of fields and digests, never a value.
    assert "scenario" in str(audit) and "bleed" not in str(audit) and "上报" not in str(audit)
    assert everything(clinic) == before


def test_the_same_run_sent_twice_is_one_row(clinic: SampleClinic) -> None:
    seat, sent = trainee(clinic), run("bleed", **EXAM)
    first = practice.keep(seat, sent, clinic.now)
    again = practice.keep(seat, {**sent, "seconds": 9}, clinic.now + timedelta(minutes=5))
    assert again == first
    assert (clinic.count("practice_result"), clinic.count("idempotency_key")) == (1, 1)
    assert len(clinic.rows("SELECT id FROM audit WHERE action = 'practice.keep'")) == 1
    # A colleague's run of the same name is her own.
    practice.keep(clinic.seat("li"), sent, clinic.now)
    assert clinic.count("practice_result") == 2


def test_two_exams_at_the_same_moment_are_one(clinic: SampleClinic) -> None:
    seat, said = trainee(clinic), list[str]()
    gate = threading.Barrier(2)

    def sit() -> None:
        gate.wait()
        try:
            practice.keep(seat, run("bleed", **EXAM), clinic.now)
            said.append("kept")
        except RecordError as error:
            said.append(error.code)

    threads = [threading.Thread(target=sit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said) == ["exam_one_try", "kept"] and clinic.count("practice_result") == 1


def test_what_is_no_result_is_refused_and_nothing_is_written(clinic: SampleClinic) -> None:
    seat = trainee(clinic)
    for broken, field in (
        ({}, "items"),
        (run("bleed", seconds=-1), "seconds"),
        (run("b", level="x"), "level"),
    ):
        with pytest.raises(WrongUse) as caught:
            practice.keep(seat, broken, clinic.now)
        assert (caught.value.code, caught.value.params) == ("practice_result_invalid", {"field": field})
    assert clinic.count("practice_result") == clinic.count("idempotency_key") == 0
    assert not clinic.rows("SELECT id FROM audit WHERE action LIKE 'practice%'")


def test_an_exam_is_one_try_until_its_rest_is_over(clinic: SampleClinic) -> None:
    seat = trainee(clinic)
    kept = practised(seat, clinic, "bleed", 20, **EXAM)
    practised(seat, clinic, "bleed", level="normal", course="exam")
    practised(seat, clinic, "plain", **EXAM)
    error = refused("exam_one_try", practice.keep, seat, run("bleed", **EXAM), clinic.now)
    assert error.params == {"until": "2026-06-22 14:36"}
    assert clinic.count("practice_result") == 3
    (rests, _plain) = practice.resting(seat, clinic.now)
    assert (rests.scenario, rests.until) == ("bleed", kept.at + EXAM_REST)
    practice.keep(seat, run("bleed", **EXAM), kept.at + EXAM_REST)
    assert clinic.count("practice_result") == 4


def test_a_lead_allows_one_more_try(clinic: SampleClinic) -> None:
    seat, lead = trainee(clinic), clinic.seat("lead")
    refused("exam_not_resting", practice.allow, lead, seat.staff_id, "bleed", "exam", clinic.now)
    practised(seat, clinic, "bleed", 20, **EXAM)
    clinic.now += timedelta(minutes=1)
    refused("role_needed", practice.allow, seat, seat.staff_id, "bleed", "exam", clinic.now)
    practice.allow(lead, seat.staff_id, "bleed", "exam", clinic.now)
    assert practice.resting(seat, clinic.now) == ()
    again = practised(seat, clinic, "bleed", 90, **EXAM)
    refused("exam_one_try", practice.keep, seat, run("bleed", **EXAM), clinic.now)
    # What was allowed is no result.
    assert [one.result.got for one in practice.results(lead, seat.staff_id)] == [90, 20]
    assert practice.results(lead, seat.staff_id)[0] == again
    (audit,) = clinic.rows("SELECT staff_id FROM audit WHERE action = 'practice.allow'")
    assert audit["staff_id"] == lead.staff_id
    practised(lead, clinic, "bleed", **EXAM)
    refused("not_yourself", practice.allow, lead, lead.staff_id, "bleed", "exam", clinic.now)


def test_only_a_lead_reads_others(clinic: SampleClinic) -> None:
    seat, other = trainee(clinic), trainee(clinic, "xiaoli", "小李")
    practised(other, clinic, "plain")
    for reader in (seat, clinic.seat("li"), clinic.seat("chen"), clinic.seat("lead", Role.CALLER)):
        refused("practice_of_others", practice.results, reader, other.staff_id)
        refused("practice_of_others", readiness.person, reader, other.staff_id, SHELF, clinic.now)
        refused("role_needed", readiness.team, reader, SHELF, clinic.now)
        refused("role_needed", readiness.exported, reader, SHELF, clinic.now)
    assert not clinic.rows("SELECT id FROM audit WHERE action LIKE 'export%'")
    assert len(practice.results(clinic.seat("lead"), other.staff_id)) == 1
    assert readiness.person(other, other.staff_id, SHELF, clinic.now).standing.tries == 1
    with pytest.raises(NotAllowed):
        readiness.person(clinic.seat("lead"), 10_000, SHELF, clinic.now)


def test_the_team_stands_trainees_first_and_leaves_with_an_audit_row(clinic: SampleClinic) -> None:
    seat, lead = trainee(clinic), clinic.seat("lead")
    practised(clinic.seat("li"), clinic, "plain", 50)
    practised(seat, clinic, "plain")
    practised(seat, clinic, "bleed", 85)
    practised(seat, clinic, "dispute", 90, **EXAM)
    people = readiness.team(lead, SHELF, clinic.now)
    assert [one.login for one in people[:2]] == ["xiao", "li"]
    assert [one.login for one in people[2:]] == ["anna", "chen", "he", "lead"]
    assert [one.standing.ready for one in people] == [True, *[False] * 5]
    assert people[0].resting[0].scenario == "dispute"

    table = readiness.exported(lead, SHELF, clinic.now)
    told = dict(zip(table.headers, table.rows[0], strict=True))
    assert (told["login"], told["name"], told["ready"], told["courses_passed"]) == (
        *("xiao", "小赵", 1),
        "first_week exam",
    )
    assert (told["exam_percent"], told["tries"], told["medical_knowledge"]) == (90, 3, 91)
    (audit,) = clinic.rows("SELECT * FROM audit WHERE action LIKE 'export%'")
    assert (audit["action"], audit["staff_id"]) == ("export.readiness", lead.staff_id)


def test_a_trainee_made_a_caller_is_a_hint_and_no_block(clinic: SampleClinic) -> None:
    seat, lead = trainee(clinic), clinic.seat("lead")
    change = ([Role.TRAINEE], [Role.CALLER], SHELF, clinic.now)
    open_ones = readiness.not_passed(lead, seat.staff_id, *change)
    assert [one.params["course"] for one in open_ones] == ["first_week", "exam"]
    practised(seat, clinic, "plain")
    practised(seat, clinic, "bleed")
    assert [one.params["course"] for one in readiness.not_passed(lead, seat.staff_id, *change)] == ["exam"]
    practised(seat, clinic, "dispute", **EXAM)
    assert readiness.not_passed(lead, seat.staff_id, *change) == ()
    # Nothing to say of somebody who took calls before, or where the clinic requires nothing.
    li = clinic.staff_ids["li"]
    assert readiness.not_passed(lead, li, [Role.CALLER], [Role.LEAD], SHELF, clinic.now) == ()
    assert readiness.not_passed(lead, li, [Role.TRAINEE], [Role.CALLER], Shelf(), clinic.now) == ()


def audited(clinic: SampleClinic) -> list[str]:
    """What was done about practice, in order."""
    rows = clinic.rows("SELECT action FROM audit WHERE action LIKE 'practice%' ORDER BY id")
    return [str(row["action"]) for row in rows]


def test_an_exam_that_begins_is_on_record_and_its_end_takes_that_place(clinic: SampleClinic) -> None:
    seat, whole = trainee(clinic), run("bleed", **EXAM, position=2)
    before = everything(clinic)
    first = practice.keep(seat, begun(whole), clinic.now)
    (row,) = clinic.rows("SELECT * FROM practice_result")
    assert (row["score"], row["of"]) == (0, 20) and first.result.begun and not first.result.finished
    assert audited(clinic) == ["practice.begin"]

    later = clinic.now + timedelta(minutes=5)
    ended = practice.keep(seat, whole, later)
    (row,) = clinic.rows("SELECT * FROM practice_result")
    assert (row["id"], row["score"], row["of"]) == (first.id, 20, 20)
    document = json.loads(str(row["document"]))
    assert (document["finished"], document["begun"], document["seconds"]) == (True, False, 180.5)
    assert practice.results(seat, seat.staff_id) == (ended,)
    assert audited(clinic) == ["practice.begin", "practice.keep"]
    (audit,) = clinic.rows("SELECT * FROM audit WHERE action = 'practice.keep'")
    assert (audit["staff_id"], audit["subject_id"]) == (seat.staff_id, first.id)
    # It rests from its beginning, and is one try.
    (rests,) = practice.resting(seat, later)
    assert (rests.until, rests.broken_off) == (first.at + EXAM_REST, False)
    assert clinic.count("idempotency_key") == 1 and everything(clinic) == before


def test_an_exam_killed_in_the_middle_was_broken_off_until_a_lead_allows_it_again(
    clinic: SampleClinic,
) -> None:
    seat, lead = trainee(clinic), clinic.seat("lead")
    first = practice.keep(seat, begun(run("dispute", **EXAM)), clinic.now)
    later = clinic.now + timedelta(hours=1)
    error = refused("exam_one_try", practice.keep, seat, begun(run("dispute", **EXAM)), later)
    assert error.params == {"until": "2026-06-22 14:35"}
    refused("exam_one_try", practice.keep, seat, run("dispute", **EXAM), later)
    one = readiness.person(lead, seat.staff_id, SHELF, later)
    assert [(rests.scenario, rests.broken_off) for rests in one.resting] == [("dispute", True)]
    reason = one.standing.courses[1].scenarios[0].missing
    assert reason is not None and reason.code == "practice_broken_off"
    page = person_lines(one, SHELF, ZoneInfo(lead.zone))
    assert "Exam Money back: again from 2026-06-22 14:35 (broken off)" in page
    assert "* Money back  broken off (best 0%, last 0%, tries 1)" in page

    practice.allow(lead, seat.staff_id, "dispute", "exam", later)
    again = run("dispute", **EXAM)
    practice.keep(seat, begun(again), later + timedelta(minutes=1))
    practice.keep(seat, again, later + timedelta(minutes=9))
    newest, oldest = practice.results(lead, seat.staff_id)
    assert (newest.result.finished, oldest) == (True, first)
    refused("exam_one_try", practice.keep, seat, run("dispute", **EXAM), later + timedelta(days=1))


def test_what_a_lead_allows_during_an_exam_is_not_used_up_by_its_end(clinic: SampleClinic) -> None:
    seat, whole = trainee(clinic), run("bleed", **EXAM)
    practice.keep(seat, begun(whole), clinic.now)
    practice.allow(clinic.seat("lead"), seat.staff_id, "bleed", "exam", clinic.now + timedelta(minutes=2))
    practice.keep(seat, whole, clinic.now + timedelta(minutes=5))
    assert practice.resting(seat, clinic.now + timedelta(minutes=6)) == ()


def test_an_end_is_taken_once_and_only_of_the_call_that_began(clinic: SampleClinic) -> None:
    seat, whole = trainee(clinic), run("bleed", **EXAM)
    first = practice.keep(seat, begun(whole), clinic.now)
    assert practice.keep(seat, begun(whole), clinic.now + timedelta(minutes=1)) == first
    for change, field in (
        ({"scenario": "plain"}, "scenario"),
        ({"level": "normal"}, "level"),
        ({"course": ""}, "course"),
        ({"items": [{"code": "flag", "got": 900, "of": 900}]}, "items"),
    ):
        error = refused("practice_result_invalid", practice.keep, seat, {**whole, **change}, clinic.now)
        assert error.params == {"field": field}
    assert practice.results(seat, seat.staff_id) == (first,)
    assert audited(clinic) == ["practice.begin"]

    # Broken off by hand is an end as well; what comes after it is too late.
    hung_up = {**whole, "items": [{"code": "flag", "got": 5, "of": 20}], "finished": False}
    ended = practice.keep(seat, hung_up, clinic.now)
    for late in (whole, begun(whole), {**whole, "scenario": "plain"}):
        assert practice.keep(seat, late, clinic.now + timedelta(minutes=9)) == ended
    (row,) = clinic.rows("SELECT score FROM practice_result")
    assert row["score"] == 5 and audited(clinic) == ["practice.begin", "practice.keep"]


def test_nobody_else_ends_an_exam(clinic: SampleClinic) -> None:
    seat, other, whole = trainee(clinic), trainee(clinic, "xiaoli", "小李"), run("bleed", **EXAM)
    first = practice.keep(seat, begun(whole), clinic.now)
    practice.keep(other, whole, clinic.now)
    assert practice.results(seat, seat.staff_id) == (first,)
    assert [one.staff_id for one in practice.results(other, other.staff_id)] == [other.staff_id]


@pytest.mark.parametrize("began", [True, False])
def test_one_exam_from_two_consoles_at_once_is_one_row(clinic: SampleClinic, began: bool) -> None:
    seat, whole = trainee(clinic), run("bleed", **EXAM)
    if began:
        practice.keep(seat, begun(whole), clinic.now)
    sent = whole if began else begun(whole)
    gate, kept = threading.Barrier(2), list[KeptResult]()

    def sit() -> None:
        gate.wait()
        kept.append(practice.keep(seat, sent, clinic.now))

    threads = [threading.Thread(target=sit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(kept) == 2 and kept[0] == kept[1] and clinic.count("practice_result") == 1
    assert audited(clinic) == (["practice.begin", "practice.keep"] if began else ["practice.begin"])
