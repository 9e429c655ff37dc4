"""Two records of one person: what goes on with the one that stays, what is planned once, and what nothing touches."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from console.desk import (
    calls,
    dialling,
    escalations,
    imports,
    incoming,
    merge_look,
    merging,
    patients,
    queue,
    standing,
    visit_forms,
)
from console.desk.explain import patient_named
from db import members
from db.connect import reading, unit_of_work
from db.enums import (
    AppointmentKind,
    AttemptResult,
    CallOutcome,
    Direction,
    EscalationKind,
    Level,
    Purpose,
    Role,
    Severity,
    SpokeTo,
    VisitKind,
)
from db.errors import NotAllowed, StaleLease
from db.patient_records import PatientForm, PersonForm, TreatmentForm
from db.records import CallForm, Claim, FlagForm, PromiseMade
from tests.clinic import SampleClinic
from tests.desk.call_world import World
from tests.desk.queue_world import QueueWorld

TODAY = date(2026, 6, 15)
_keys = itertools.count()
REASON = "同一人两次建档"


def key() -> str:
    return f"merging{next(_keys)}"


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def add(clinic: SampleClinic, name: str, number: str, external_id: str, **form: object) -> int:
    typed = PatientForm(**{"name": name, "numbers": (number,), "external_id": external_id, **form})  # type: ignore[arg-type]
    return patients.save_patient(clinic.seat(), typed, key(), clinic.now, sure=True)


def treat(clinic: SampleClinic, patient_id: int, days_ago: int, **more: str) -> int:
    form = TreatmentForm(**{"procedure": "双眼皮", "performed_on": day(-days_ago).isoformat(), **more})  # type: ignore[arg-type]
    return patients.save_treatment(clinic.seat(), patient_id, form, key(), clinic.now).treatment_id


def two(clinic: SampleClinic, **form: object) -> tuple[int, int]:
    """The record that stays and the other one, on two numbers."""
    return (
        add(clinic, "王小丽", "138 0013 8000", "K1", born_on="1990-01-02"),
        add(clinic, "王晓丽", "139 0013 8000", "K2", **form),
    )


def merge(clinic: SampleClinic, kept: int, gone: int) -> merging.Merged:
    return merging.merge(clinic.seat("lead"), kept, gone, REASON, clinic.now)


def still(clinic: SampleClinic, patient_id: int) -> list[tuple[str, str]]:
    """Open calls of a record: code and due day."""
    rows = clinic.rows(
        "SELECT milestone, due_on FROM item WHERE patient_id = :id AND state IN ('waiting', 'ready', 'leased')"
        " ORDER BY due_on, milestone",
        id=patient_id,
    )
    return [(str(one["milestone"]), str(one["due_on"])[:10]) for one in rows]


def test_what_is_open_goes_on_with_the_record_that_stays(clinic: SampleClinic) -> None:
    seat, now = clinic.seat(), clinic.now
    kept, gone = two(clinic, lives_alone=True, notes="怕疼")
    treat(clinic, gone, 3)
    person = patients.add_contact_person(
        seat, gone, PersonForm(name="张伟", relation="丈夫", phone="137 0013 8000", consent=True), key(), now
    )
    patients.record_consent(seat, gone, Purpose.SURVEY, False, "电话里说", now)
    patients.record_consent(seat, kept, Purpose.SURVEY, True, "签字", now - timedelta(days=9))
    standing.set_no_follow_up(clinic.seat("lead"), gone, True, "再等等", now)
    booked = patients.add_appointment(seat, gone, AppointmentKind.REVIEW, now + timedelta(days=3), now)
    escalations.hand_over(seat, None, gone, EscalationKind.COMPLAINT, Severity.MINOR, "等了很久", "w", now)
    visit_forms.add_visit(seat, gone, VisitKind.NOT_ARRIVED, day(-40), now)
    planned = still(clinic, gone)
    assert planned and not still(clinic, kept)

    with pytest.raises(NotAllowed):
        merging.merge(seat, kept, gone, REASON, now)
    with pytest.raises(NotAllowed):
        merging.merge(clinic.seat("lead"), kept, gone, " ", now)
    look = merge_look.preview(clinic.seat("lead"), kept, gone, now)
    assert (look.goes.name, look.goes.external_id, look.goes.treatments, look.goes.visits, look.goes.items) == (
        "王晓丽", "K2", 1, 1, len(planned))  # fmt: skip
    assert (look.stays.born_on, look.stays.numbers[0]) == (date(1990, 1, 2), "138****8000")
    assert look.shared_numbers == len(set(look.stays.numbers) & set(look.goes.numbers))
    (read,) = clinic.rows("SELECT subject_id FROM audit WHERE action = 'patient.compare'")
    assert read["subject_id"] == gone
    for pin, code in (("000000", "wrong_pin"), ("", "wrong_pin")):
        with pytest.raises(NotAllowed) as refused:
            merge_look.merge_with_pin(clinic.seat("lead"), pin, kept, gone, REASON, now)
        assert refused.value.code == code
    with pytest.raises(NotAllowed):
        merge_look.preview(clinic.seat("chen"), kept, gone, now)
    assert merge(clinic, kept, gone) == merging.Merged(kept, 0)
    assert merge(clinic, kept, gone) == merging.Merged(kept, 0), "a repeated key does nothing"

    assert still(clinic, kept) == planned and not still(clinic, gone)
    page = patients.page(seat, gone, now)
    assert (page.patient_id, page.name, page.external_id, page.merged) == (kept, "王小丽", "K1", ("K2",))
    assert (page.lives_alone, page.notes, page.no_follow_up) == (True, "怕疼", "再等等")
    assert {one.e164[-11:] for one in page.numbers} == {"13800138000", "13900138000", "13700138000"}
    assert [one.rank for one in page.numbers if one.e164.endswith("13800138000")] == [1]
    assert [one.id for one in page.people] == [person] and page.people[0].may_hear_clinical
    assert [(one.purpose, one.given) for one in page.consents] == [(Purpose.SURVEY, False)], "the newest word"
    assert [one.id for one in page.appointments] == [booked] and len(page.escalations) == 1
    assert len(page.visits) == 1 and len(page.treatments) == 1 and page.relatives == 0
    groups = clinic.rows("SELECT DISTINCT group_id FROM item WHERE patient_id = :id", id=kept)
    (mine,) = clinic.rows("SELECT group_id FROM patient WHERE id = :id", id=kept)
    assert [one["group_id"] for one in groups] == [mine["group_id"]]
    trail = clinic.rows(
        "SELECT subject_id FROM audit WHERE action IN ('patient.merge', 'patient.merged_into')"
    )
    assert [one["subject_id"] for one in trail] == [kept, gone]
    (why,) = clinic.rows("SELECT reason FROM plan_revision WHERE reason LIKE 'merged:%'")
    assert why["reason"] == f"merged: {REASON}"


def test_the_old_id_name_and_number_still_find_her_and_say_where_she_went(
    clinic: SampleClinic, tmp_path: Path
) -> None:
    seat, now = clinic.seat(), clinic.now
    kept, gone = two(clinic)
    merge(clinic, kept, gone)
    for typed in ("K2", "王晓丽"):
        (found,) = patients.find(seat, typed, now)
        assert (found.patient_id, found.external_id, found.was) == (kept, "K1", "K2"), typed
    (by_number,) = patients.find(seat, "13900138000", now)
    assert by_number.patient_id == kept
    assert len(patients.find(seat, "王", now)) == 1, "one person, one line"
    assert [one.patient_id for one in incoming.candidates(seat, "王晓丽", now)] == [kept]
    with reading(clinic.database) as connection:
        assert patient_named(connection, clinic.clinic_id, "K2") == kept
        assert patient_named(connection, clinic.clinic_id, str(gone)) == kept
    # Nothing is written to the old record any more.
    with pytest.raises(NotAllowed) as refused:
        patients.record_consent(seat, gone, Purpose.SURVEY, True, "电话里说", now)
    assert refused.value.code == "patient_merged"
    # The hospital's export goes on naming the old id: its operation is hers, its spelling is not.
    export = tmp_path / "export.csv"
    export.write_text(
        "病历号,姓名,手机,手术项目,手术日期\nK2,王晓丽,13900138000,双眼皮,2026-06-13\n", encoding="utf-8"
    )
    report = imports.run(clinic.database, export, now=now)
    assert (report.accepted, report.rejected) == (1, ())
    page = patients.page(seat, kept, now)
    assert (page.name, page.external_id, len(page.treatments)) == ("王小丽", "K1", 1)
    assert not still(clinic, gone) and ("D2", str(TODAY)) in still(clinic, kept)
    # Merged once more, everything leads to the last one.
    last = add(clinic, "王小莉", "136 0013 8000", "K3")
    merge(clinic, last, kept)
    assert patients.page(seat, gone, now).patient_id == last
    assert patients.page(seat, last, now).merged == ("K1", "K2")


def test_one_operation_in_both_records_is_planned_once_and_called_about_once(world: World) -> None:
    clinic, now = world.clinic, world.now
    seat = clinic.seat("lead", Role.CALLER)
    kept, gone = two(clinic)
    treat(clinic, kept, 2)
    treat(clinic, gone, 2, stitches_on=day(5).isoformat(), surgeon="陈医生")
    alone = still(clinic, kept)
    # The call of day 2 was made for the old record; a time was agreed there for a later one.
    (item,) = clinic.rows("SELECT id FROM item WHERE patient_id = :id AND milestone = 'D2'", id=gone)
    claim = queue.take_item(seat, int(str(item["id"])), now)
    (number,) = patients.page(seat, gone, now).numbers
    dial = dialling.start_dial(seat, claim, number.id, now)
    dialling.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.CONNECTED, now)
    with pytest.raises(NotAllowed) as in_call:
        merge(clinic, kept, gone)
    assert in_call.value.code == "merge_in_call" and in_call.value.params["staff"] == "王主管"
    form = world.form(identity=("surgeon", "procedure"))
    calls.save(seat, dial.claim, form, key(), now)

    done = merge(clinic, kept, gone)
    assert done.closed > 5
    after = still(clinic, kept)
    assert "D2" not in {code for code, _ in after}, "nobody is asked twice about one day"
    assert len(after) == len(set(after)) and {code for code, _ in after} == {code for code, _ in alone} - {
        "D2"
    }
    assert ("STITCHES", str(day(4))) in after, "the surgeon's day of the other record counts"
    page = patients.page(seat, kept, now)
    (one,) = page.treatments
    assert (one.surgeon, one.stitches_on) == ("陈医生", day(5))
    (talk,) = page.calls
    assert talk.line.milestone == "D2", "the talk is shown with the person"
    (stored,) = clinic.rows("SELECT patient_id FROM call")
    assert stored["patient_id"] == gone, "and stays as it was saved"
    dials = clinic.rows("SELECT DISTINCT patient_id FROM attempt")
    assert [one["patient_id"] for one in dials] == [kept]


def test_a_promise_and_what_was_typed_go_on_and_a_visit_before_the_operation_is_over(
    clinic: SampleClinic,
) -> None:
    now = clinic.now
    seat = clinic.seat("lead", Role.CALLER)
    kept, gone = two(clinic)
    treat(clinic, kept, 5)
    visit_forms.add_visit(seat, gone, VisitKind.UNCONVERTED, day(-8), now)
    treat(clinic, gone, 5)
    (item,) = clinic.rows("SELECT id FROM item WHERE patient_id = :id AND milestone = 'D7'", id=gone)
    with unit_of_work(clinic.database) as connection:
        promise = connection.insert(
            "promise",
            {
                "clinic_id": clinic.clinic_id,
                "patient_id": gone,
                "item_id": item["id"],
                "at": 1,
                "what": "问医生后回电",
                "made_by": seat.staff_id,
                "made_at": 1,
                "status": "open",
            },
        )
        connection.execute(
            "UPDATE item SET promise_id = :promise, promise_at = 1781600000000 WHERE id = :id",
            {"promise": promise, "id": item["id"]},
        )
    merge(clinic, kept, gone)
    (heir,) = clinic.rows("SELECT * FROM item WHERE promise_at IS NOT NULL AND state IN ('waiting', 'ready')")
    assert (heir["milestone"], heir["patient_id"], heir["promise_id"]) == ("D7", kept, promise)
    (kept_word,) = clinic.rows("SELECT patient_id, item_id FROM promise")
    assert (kept_word["patient_id"], kept_word["item_id"]) == (kept, heir["id"])
    assert not {"UC1", "UC2"} & {code for code, _ in still(clinic, kept)}


def test_records_are_not_merged_while_a_call_to_one_of_them_is_cut_off(clinic: SampleClinic) -> None:
    kept, gone = two(clinic)
    incoming.take(clinic.seat("lead", Role.CALLER), gone, "", clinic.now)
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE contact_lease SET stage = 'cut_off', expires_at = 1")
    with pytest.raises(NotAllowed) as refused:
        merge(clinic, kept, gone)
    assert refused.value.code == "merge_in_call"


@pytest.mark.parametrize(("state", "stays"), [("unable_to_reach", True), ("lapsed", True), ("done", False)])
def test_only_a_call_that_was_made_counts_for_the_other_record(
    clinic: SampleClinic, state: str, stays: bool
) -> None:
    kept, gone = two(clinic)
    treat(clinic, kept, 1)
    treat(clinic, gone, 1)
    with unit_of_work(clinic.database) as connection:
        connection.execute(
            f"UPDATE item SET state = '{state}' WHERE patient_id = :id AND milestone = 'D2'", {"id": gone}
        )
    assert "D2" in {code for code, _ in still(clinic, kept)}
    merge(clinic, kept, gone)
    assert ("D2" in {code for code, _ in still(clinic, kept)}) is stays


def test_a_promise_of_the_record_that_stays_is_kept(clinic: SampleClinic) -> None:
    kept, gone = two(clinic)
    treat(clinic, kept, 5)
    treat(clinic, gone, 5)
    promises: list[int] = []
    author = clinic.seat("lead").staff_id
    items = [
        clinic.rows("SELECT id FROM item WHERE patient_id = :id AND milestone = 'D7'", id=patient)[0]["id"]
        for patient in (kept, gone)
    ]
    with unit_of_work(clinic.database) as connection:
        for patient, item in zip((kept, gone), items, strict=True):
            promises.append(
                connection.insert(
                    "promise",
                    {
                        "clinic_id": clinic.clinic_id,
                        "patient_id": patient,
                        "item_id": item,
                        "at": 1,
                        "what": "问医生后回电",
                        "made_by": author,
                        "made_at": 1,
                        "status": "open",
                    },
                )
            )
            connection.execute(
                "UPDATE item SET promise_id = :promise, promise_at = 1781600000000, attempts = 2 WHERE id = :id",
                {"promise": promises[-1], "id": item},
            )
    merge(clinic, kept, gone)
    held = clinic.rows(
        "SELECT promise_id FROM item WHERE promise_id IS NOT NULL AND state IN ('waiting', 'ready') "
        "ORDER BY promise_id"
    )
    assert [row["promise_id"] for row in held] == promises
    words = clinic.rows(
        "SELECT p.id FROM promise p JOIN item i ON i.id = p.item_id AND i.promise_id = p.id ORDER BY p.id"
    )
    assert [row["id"] for row in words] == promises


def test_records_that_cannot_be_one_person_are_not_merged(clinic: SampleClinic) -> None:
    kept, other = two(clinic, born_on="1991-01-02")
    for gone, code in ((kept, "merge_same"), (99_999, "patient_unknown"), (other, "merge_facts_differ")):
        with pytest.raises(NotAllowed) as refused:
            merge(clinic, kept, gone)
        assert refused.value.code == code
    dead = add(clinic, "王小丽", "137 0013 8000", "K9")
    standing.record_death(clinic.seat(), dead, TODAY, "家属来电", clinic.now)
    with pytest.raises(NotAllowed) as refused:
        merge(clinic, kept, dead)
    assert refused.value.params["field"] == "deceased_on"
    assert clinic.rows("SELECT id FROM patient WHERE merged_into IS NOT NULL") == []


def test_a_number_in_both_records_is_dialled_as_one_and_stays_usable(clinic: SampleClinic) -> None:
    seat, now = clinic.seat(), clinic.now
    kept = add(clinic, "王小丽", "138 0013 8000", "K1")
    gone = add(clinic, "王小丽", "138 0013 8000", "K2")
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE phone SET status = 'dead' WHERE patient_id = :id", {"id": kept})
    merge(clinic, kept, gone)
    (number,) = patients.page(seat, kept, now).numbers
    assert number.status == "live", "otherwise nobody could ring her"
    assert len(patients.find(seat, "13800138000", now)) == 1
    assert clinic.rows("SELECT status FROM phone WHERE patient_id = :id", id=gone) == [{"status": "dead"}]


@pytest.fixture
def world(clinic: SampleClinic) -> World:
    return World(clinic, clinic.now)


def _looking(clinic: SampleClinic) -> tuple[int, int, Claim, datetime]:
    """Both records, and a caller who looks at the other one so long that her lease runs out."""
    kept, gone = two(clinic)
    treat(clinic, gone, 7)
    (item,) = clinic.rows("SELECT id FROM item WHERE patient_id = :id AND milestone = 'D7'", id=gone)
    claim = queue.take_item(clinic.seat("anna"), int(str(item["id"])), clinic.now)
    return kept, gone, claim, clinic.now + timedelta(minutes=3)


def test_what_is_raised_and_saved_after_a_merge_lands_on_the_record_that_stays(clinic: SampleClinic) -> None:
    kept, gone, claim, later = _looking(clinic)
    seat, li = clinic.seat("anna"), clinic.seat("li")
    merging.merge(clinic.seat("lead"), kept, gone, REASON, later)
    assert clinic.count("contact_lease") == 0, "nobody is on that telephone"
    form = FlagForm(level=Level.SAME_DAY, flags=("bleed_soaks",), place="家里")
    raised = escalations.raise_flag(seat, claim, form, key(), later)
    assert raised.escalation.patient_id == kept
    dropped = escalations.line_dropped(seat, claim, later)
    asked = escalations.call_now(clinic.seat("he"), gone, None, "再问一次", later)
    whose = clinic.rows(
        "SELECT id, patient_id, group_id FROM item WHERE id IN (:a, :b, :c)",
        a=raised.item_id,
        b=dropped,
        c=asked,
    )
    (person,) = clinic.rows("SELECT group_id FROM patient WHERE id = :id", id=kept)
    assert {row["id"] for row in whose} == {raised.item_id, dropped, asked}
    assert {(row["patient_id"], row["group_id"]) for row in whose} == {(kept, person["group_id"])}
    complaint = escalations.hand_over(
        li, None, gone, EscalationKind.COMPLAINT, Severity.MINOR, "等太久", key(), later
    )
    assert complaint.escalation.patient_id == kept
    # What she typed is kept as late, and files with the refusal and the callback she agreed.
    promise = PromiseMade(later + timedelta(hours=1), mine=False, what="问医生后回电")
    typed = CallForm(
        direction=Direction.OUT,
        outcome=CallOutcome.CALLBACK_AGREED,
        spoke_to=SpokeTo.PATIENT,
        identity=("born_on", "visit"),
        promise=promise,
        note="肿，问了医生再回电，约一小时以后。",
        opt_out=(Purpose.SURVEY,),
    )
    saved = calls.save(seat, claim, typed, key(), later)
    assert saved.late and saved.call_id is None
    (draft,) = clinic.rows("SELECT patient_id FROM draft")
    assert draft["patient_id"] == kept
    filed = calls.file_late(seat, claim.contact_id, key(), later)
    (call,) = clinic.rows("SELECT patient_id FROM call WHERE id = :id", id=filed.call_id)
    (refusal,) = clinic.rows("SELECT patient_id FROM consent_event WHERE purpose = 'survey'")
    (kept_word,) = clinic.rows("SELECT patient_id FROM promise")
    assert [row["patient_id"] for row in (call, refusal, kept_word)] == [kept] * 3
    assert not clinic.rows("SELECT 1 FROM escalation WHERE patient_id = :id", id=gone)
    assert not clinic.rows("SELECT 1 FROM item WHERE patient_id = :id", id=gone)
    with pytest.raises(StaleLease):
        queue.renew(seat, claim, later)
    assert queue.take_item(clinic.seat("li"), dropped or 0, later).patient_id == kept


def test_a_flag_raised_while_two_records_become_one_waits_for_the_one_that_stays(
    clinic: SampleClinic,
) -> None:
    kept, gone, claim, later = _looking(clinic)
    seat = clinic.seat("anna")
    held, go = threading.Event(), threading.Event()

    def merges() -> None:
        with unit_of_work(clinic.database) as connection:
            members.locked_patients(connection, clinic.clinic_id, [kept, gone])
            connection.changed(
                "UPDATE patient SET merged_into = :kept WHERE id = :gone", {"kept": kept, "gone": gone}
            )
            held.set()
            go.wait(10)

    with ThreadPoolExecutor(2) as pool:
        merge_done = pool.submit(merges)
        assert held.wait(10)
        form = FlagForm(level=Level.SAME_DAY, flags=("bleed_soaks",))
        raising = pool.submit(escalations.raise_flag, seat, claim, form, key(), later)
        with pytest.raises(TimeoutError):
            raising.result(0.3)
        go.set()
        merge_done.result(10)
        assert raising.result(10).escalation.patient_id == kept


def test_the_queue_shows_what_came_of_a_talk_saved_in_the_other_record(clinic: SampleClinic) -> None:
    kept, gone = two(clinic)
    world = QueueWorld(clinic)
    item = world.item(kept, "D30", due=TODAY)
    world.talk(gone, clinic.now - timedelta(days=2))
    lead = clinic.seat("lead")

    def last() -> str:
        (line,) = [row for row in queue.page(lead, clinic.now) if row.id == item]
        return line.last.code

    assert last() == "last_none"
    merge(clinic, kept, gone)
    assert last() == "last_outcome"
    world.talk(kept, clinic.now - timedelta(days=5))
    assert last() == "last_outcome", "the newer of both"
