"""Keeping practice: once a run, one try an exam, one's own alone, and nothing else of the record changes."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest

from console.desk import practice, readiness
from console.rules.practice import EXAM_REST
from console.rules.readiness_records import Shelf
from db.connect import reading
from db.enums import Role
from db.errors import NotAllowed, RecordError, WrongUse
from tests.clinic import SampleClinic
from tests.desk.practice_world import practised, trainee
from tests.practice_runs import SHELF, run

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
