"""What people note on a file and what it does to the plan: each stops or moves exactly what it should."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from console.desk import (
    calls,
    contact_items,
    cycles,
    incoming,
    moving,
    patients,
    queue,
    standing,
    visit_forms,
)
from console.desk.placing import drain
from console.desk.seat import Seat
from db import standing as stored
from db.connect import Database, reading, unit_of_work
from db.enums import AppointmentKind, ItemState, Purpose, Role, VisitKind
from db.errors import NotAllowed
from db.patient_records import PatientForm, TreatmentForm
from tests.clinic import SampleClinic

FORM = PatientForm(name="王小丽", numbers=("138 0013 8000",), born_on="1990-01-02")
TODAY = date(2026, 6, 15)
_keys = itertools.count()


def key() -> str:
    return f"key{next(_keys)}"


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def add(
    clinic: SampleClinic, procedure: str = "双眼皮", performed: date = TODAY, **form: object
) -> tuple[int, int]:
    """A patient and her treatment."""
    typed = PatientForm(**{"name": "王小丽", "numbers": ("138 0013 8000",), **form})  # type: ignore[arg-type]
    patient_id = patients.save_patient(clinic.seat(), typed, key(), clinic.now, sure=True)
    return patient_id, treat(clinic, patient_id, procedure, performed)


def treat(clinic: SampleClinic, patient_id: int, procedure: str, performed: date, **more: str) -> int:
    form = TreatmentForm(procedure=procedure, performed_on=performed.isoformat(), **more)  # type: ignore[arg-type]
    return patients.save_treatment(clinic.seat(), patient_id, form, key(), clinic.now).treatment_id


def items(clinic: SampleClinic, patient_id: int) -> list[tuple[str, str, str | None]]:
    """Milestone, state, close reason of all that a new plan has not replaced."""
    rows = clinic.rows(
        "SELECT milestone, state, close_reason FROM item WHERE patient_id = :id AND state <> 'superseded'"
        " ORDER BY due_on, id",
        id=patient_id,
    )
    return [(str(row["milestone"]), str(row["state"]), row["close_reason"]) for row in rows]  # type: ignore[misc]


def still(clinic: SampleClinic, patient_id: int) -> set[str]:
    """Milestones still to be called about."""
    return {code for code, state, _ in items(clinic, patient_id) if state in ("waiting", "ready")}


def gates(clinic: SampleClinic, patient_id: int) -> dict[str, str]:
    """Each open item's gate."""
    found = queue.why_not(clinic.seat(), patient_id, clinic.now)
    return {one.milestone: one.gate.code for one in found if one.gate.code != "closed"}


# --- visits ---


def test_visits_by_hand_are_planned_and_a_treatment_ends_their_calls_alone(clinic: SampleClinic) -> None:
    seat, now = clinic.seat(), clinic.now
    patient_id = patients.save_patient(seat, FORM, key(), now)
    visits = ((VisitKind.NOT_ARRIVED, day(-5), 3), (VisitKind.BROKEN_OFF, day(-1), 1))
    for kind, on, planned in visits:
        assert visit_forms.add_visit(seat, patient_id, kind, on, now) == planned
        assert visit_forms.add_visit(seat, patient_id, kind, on, now) == 0, "noted twice, planned once"
    # She came, if only to break it off: nobody asks any more why she did not come.
    assert still(clinic, patient_id) == {"BROKEN-OFF"}
    assert {why for code, _, why in items(clinic, patient_id) if code.startswith("BOOK")} == {"arrived"}
    assert visit_forms.add_visit(seat, patient_id, VisitKind.UNCONVERTED, TODAY, now) == 2
    assert still(clinic, patient_id) == {"BROKEN-OFF", "UC1", "UC2"}
    treat(clinic, patient_id, "双眼皮", TODAY)
    assert not {"BROKEN-OFF", "UC1", "UC2"} & still(clinic, patient_id)
    assert {"D0", "D1", "D2", "STITCHES", "D30"} <= still(clinic, patient_id)
    for kind, on in ((VisitKind.CONVERTED, TODAY), (VisitKind.UNCONVERTED, day(1))):
        with pytest.raises(NotAllowed):
            visit_forms.add_visit(seat, patient_id, kind, on, now)


def test_a_booking_is_settled_for_itself(clinic: SampleClinic) -> None:
    seat, now = clinic.seat(), clinic.now
    patient_id = patients.save_patient(seat, FORM, key(), now)
    for on in (day(-3), day(-2)):
        visit_forms.add_visit(seat, patient_id, VisitKind.NOT_ARRIVED, on, now)
    first, second = (int(str(row["id"])) for row in clinic.rows("SELECT id FROM visit ORDER BY visited_on"))
    assert visit_forms.settle_booking(seat, patient_id, first, "kept", now) == 0
    assert visit_forms.settle_booking(seat, patient_id, first, "booking_cancelled", now) == 3
    left = clinic.rows("SELECT DISTINCT visit_id FROM item WHERE state = 'waiting'")
    assert [row["visit_id"] for row in left] == [second]
    with pytest.raises(NotAllowed):
        visit_forms.settle_booking(seat, patient_id, second, "lost", now)


# --- a death, no follow-up, refusals ---


def test_a_death_ends_what_was_planned_and_nothing_else_and_can_be_taken_back(clinic: SampleClinic) -> None:
    seat, now = clinic.seat(), clinic.now
    patient_id, _ = add(clinic, performed=day(-1))
    other, _ = add(clinic, numbers=("138 0013 8001",))
    before, others = items(clinic, patient_id), items(clinic, other)
    open_before = still(clinic, patient_id)
    with unit_of_work(clinic.database) as connection:
        review = contact_items.lead_review(connection, seat, patient_id, now)
    for died_on, how in ((day(1), "x"), (TODAY, " ")):
        with pytest.raises(NotAllowed):
            standing.record_death(seat, patient_id, died_on, how, now)
    closed = standing.record_death(seat, patient_id, TODAY, "家属来电", now)
    assert closed == len(open_before)
    # The lead is told, and she is offered it although the patient has died.
    assert still(clinic, patient_id) == {"LEAD_REVIEW"}
    rows = clinic.rows("SELECT id, state FROM item WHERE milestone = 'LEAD_REVIEW'")
    assert [(row["id"], row["state"]) for row in rows] == [(review, "ready")]
    assert {why for _, state, why in items(clinic, patient_id) if state == "cancelled"} == {"deceased"}
    assert items(clinic, other) == others
    assert standing.record_death(seat, patient_id, TODAY, "家属来电", now) == 0
    with pytest.raises(NotAllowed):
        standing.undo_death(seat, patient_id, "登错人", now)
    assert standing.undo_death(clinic.seat("lead"), patient_id, "登错人", now) == closed
    assert [one for one in items(clinic, patient_id) if one[0] != "LEAD_REVIEW"] == before


def test_a_plan_made_anew_while_she_counted_as_dead_is_not_doubled(clinic: SampleClinic) -> None:
    now, lead = clinic.now, clinic.seat("lead")
    patient_id, treatment_id = add(clinic)
    standing.record_death(lead, patient_id, TODAY, "登错人", now)
    form = TreatmentForm(procedure="双眼皮", performed_on=TODAY.isoformat(), stitches_on=day(8).isoformat())
    patients.save_treatment(lead, patient_id, form, key(), now, treatment_id)
    assert gates(clinic, patient_id)["D2"] == "deceased"
    standing.undo_death(lead, patient_id, "登错人", now)
    open_now = [code for code, state, _ in items(clinic, patient_id) if state in ("waiting", "ready")]
    assert sorted(open_now) == sorted(set(open_now)) and {"D0", "D1", "STITCHES"} <= set(open_now)


def test_no_follow_up_keeps_the_safety_calls_and_is_taken_back(clinic: SampleClinic) -> None:
    now, consultant = clinic.now, clinic.seat("anna", Role.CONSULTANT)
    patient_id, _ = add(clinic, performed=day(-4))
    missed = patients.add_appointment(clinic.seat(), patient_id, AppointmentKind.STITCHES, now, now)
    patients.mark_appointment(clinic.seat(), missed, False, now)
    before = still(clinic, patient_id)
    with pytest.raises(NotAllowed):
        standing.set_no_follow_up(clinic.seat(), patient_id, True, "不必", now)
    with pytest.raises(NotAllowed):
        standing.set_no_follow_up(consultant, patient_id, True, "", now)
    standing.set_no_follow_up(consultant, patient_id, True, "本人说不用再打", now)
    assert still(clinic, patient_id) == before, "nothing is closed"
    seen = gates(clinic, patient_id)
    assert seen.pop("MISSED") == "in_order"
    assert set(seen.values()) == {"no_follow_up"}
    assert patients.page(consultant, patient_id, now).no_follow_up == "本人说不用再打"
    # A later treatment's safety calls are planned and made; the rest of its plan waits as well.
    treat(clinic, patient_id, "吸脂", TODAY)
    later = gates(clinic, patient_id)
    assert {later[code] for code in ("D0", "D1", "D2")} == {"not_yet"} and later["D90"] == "no_follow_up"
    # Its time runs out without anybody being blamed for it.
    drain(clinic.database, clinic.clinic_id, consultant.policy, now + timedelta(days=60))
    lapsed = {code for code, state, _ in items(clinic, patient_id) if state == "lapsed"}
    assert lapsed == {"D0", "D1", "D2", "MISSED"}
    standing.set_no_follow_up(consultant, patient_id, False, "本人又来问", now)
    assert "no_follow_up" not in gates(clinic, patient_id).values()
    assert patients.page(consultant, patient_id, now).no_follow_up is None


def test_a_refusal_stops_its_own_purpose_and_the_legal_hold_everything(clinic: SampleClinic) -> None:
    seat, now = clinic.seat(), clinic.now
    patient_id, _ = add(clinic, performed=day(-4))
    visit_forms.add_visit(seat, patient_id, VisitKind.UNCONVERTED, TODAY, now)
    patients.record_consent(seat, patient_id, Purpose.SURVEY, False, "电话里说", now)
    seen = gates(clinic, patient_id)
    assert {code for code, gate in seen.items() if gate == "opted_out"} == {"UC1", "UC2"}
    standing.set_legal_hold(clinic.seat("lead"), patient_id, True, "诉讼中", now)
    assert set(gates(clinic, patient_id).values()) == {"opted_out", "legal_hold"}
    standing.set_legal_hold(clinic.seat("lead"), patient_id, False, "已结案", now)
    assert gates(clinic, patient_id) == seen
    with pytest.raises(NotAllowed):
        standing.set_legal_hold(seat, patient_id, True, "诉讼中", now)


# --- facts of the patient that move her calls ---


def test_living_alone_and_leaving_town_move_the_calls_of_what_was_done_lately(clinic: SampleClinic) -> None:
    seat, now = clinic.seat(), clinic.now
    patient_id, _ = add(clinic, born_on="1990-01-02")

    def row(code: str) -> dict[str, object]:
        (found,) = clinic.rows(
            "SELECT * FROM item WHERE patient_id = :id AND milestone = :code AND state <> 'superseded'",
            id=patient_id,
            code=code,
        )
        return found

    assert row("D1")["due_by_at"] is None and str(row("STITCHES")["due_on"]) == str(day(6))
    alone = PatientForm(**FORM_FIELDS, lives_alone=True, local_until=day(5).isoformat())  # type: ignore[arg-type]
    patients.save_patient(seat, alone, key(), now, patient_id)
    assert row("D1")["due_by_at"] is not None, "who lives alone is called earlier in the day"
    assert str(row("STITCHES")["due_on"]) == str(day(4)), "the doctor is asked before she leaves"
    revisions = clinic.count("plan_revision")
    patients.save_patient(seat, alone, key(), now, patient_id)
    assert clinic.count("plan_revision") == revisions, "nothing changed, nothing is planned anew"


FORM_FIELDS = {"name": "王小丽", "numbers": ("138 0013 8000",), "born_on": "1990-01-02"}


# --- one call on another day ---


def test_one_call_is_moved_with_a_reason_and_a_corrected_date_keeps_it(clinic: SampleClinic) -> None:
    now, seat, doctor = clinic.now, clinic.seat(), clinic.seat("chen")
    patient_id, treatment_id = add(clinic)

    def row(code: str) -> dict[str, object]:
        (found,) = clinic.rows(
            "SELECT * FROM item WHERE patient_id = :id AND milestone = :code AND state <> 'superseded'",
            id=patient_id,
            code=code,
        )
        return found

    def move(code: str, number: int, who=seat, reason: str = "出差") -> None:
        moving.move_call(who, patient_id, int(str(row(code)["id"])), day(number), reason, now)

    for code, number, reason in (("D1", 1, "出差"), ("D7", 14, "出差"), ("D7", -1, "出差"), ("D7", 9, " ")):
        with pytest.raises(NotAllowed):
            move(code, number, reason=reason)
    # D30 may be made from day 28 on: nobody but a doctor brings it before its window.
    for number in (0, 27):
        with pytest.raises(NotAllowed):
            move("D30", number)
    move("D30", 28)
    move("D30", 40)
    move("D30", 29)
    with pytest.raises(NotAllowed):
        move("D30", 27)
    move("D30", 25, doctor)
    assert str(row("D30")["due_on"]) == str(day(25))
    move("D7", 9)
    move("D4", 6, doctor)
    move("D90", 200)
    assert [str(row(code)["due_on"]) for code in ("D7", "D4", "D90")] == [str(day(n)) for n in (9, 6, 200)]
    end = int(str(row("D4")["clinical_end_at"])) - int(str(row("D4")["earliest_at"]))
    assert end > 24 * 3600 * 1000, "past its end it keeps the day it had left"
    dated = TreatmentForm(procedure="双眼皮", performed_on=TODAY.isoformat(), stitches_on=day(8).isoformat())
    patients.save_treatment(seat, patient_id, dated, key(), now, treatment_id)
    assert str(row("STITCHES")["due_on"]) == str(day(7)) and str(row("D7")["due_on"]) == str(day(9))
    other = TreatmentForm(procedure="双眼皮", performed_on=day(-1).isoformat())
    patients.save_treatment(seat, patient_id, other, key(), now, treatment_id)
    assert str(row("D7")["due_on"]) == str(day(6)), "another day of operation makes the plan anew"


# --- courses ---


def test_a_course_gives_each_session_its_call_and_locks_offers(clinic: SampleClinic) -> None:
    seat, now = clinic.seat(), clinic.now
    patient_id, _ = add(clinic, "光子嫩肤", day(-40))
    assert "INJ-SERIES" not in still(clinic, patient_id)
    course = cycles.open_cycle(seat, patient_id, "package", day(-60), now)
    assert cycles.open_cycle(seat, patient_id, "package", day(-60), now) == course
    rows = "SELECT due_on, state, close_reason FROM item WHERE milestone = 'INJ-SERIES' ORDER BY id"
    # The session of 40 days ago was there before: its call is still in time.
    assert [str(row["due_on"]) for row in clinic.rows(rows)] == ["2026-06-06"]
    form = TreatmentForm(procedure="光子嫩肤", performed_on=TODAY.isoformat())
    preview = patients.preview_treatment(seat, patient_id, form, now)
    assert "INJ-SERIES" in {item.milestone for item in preview.items}
    late = TreatmentForm(procedure="双眼皮", performed_on=day(-3).isoformat())
    assert preview.made == "on_time"
    assert patients.preview_treatment(seat, patient_id, late, now).made == "late"
    treat(clinic, patient_id, "光子嫩肤", TODAY)
    assert [(str(row["due_on"]), row["close_reason"]) for row in clinic.rows(rows)] == [
        ("2026-06-06", "next_session"),
        ("2026-07-15", None),
    ]
    for kind, on in (("gift", TODAY), ("repeat", day(1))):
        with pytest.raises(NotAllowed):
            cycles.open_cycle(seat, patient_id, kind, on, now)
    with pytest.raises(NotAllowed):
        cycles.close_cycle(seat, patient_id, course, day(1), now)
    assert cycles.close_cycle(seat, patient_id, course, TODAY, now) == 1
    closed = {code: (state, why) for code, state, why in items(clinic, patient_id)}
    assert closed["INJ-SERIES"] == (ItemState.CANCELLED, "cycle_over")
    assert closed["SKIN-END"] == (ItemState.WAITING, None)
    with pytest.raises(NotAllowed):
        cycles.close_cycle(seat, patient_id, course, TODAY, now)
    # A corrected session keeps the call after the course: no treatment's own plan makes it.
    treatment_id = int(str(clinic.rows("SELECT MAX(id) AS id FROM treatment")[0]["id"]))
    again = TreatmentForm(procedure="光子嫩肤", performed_on=day(-1).isoformat())
    patients.save_treatment(seat, patient_id, again, key(), now, treatment_id)
    assert "SKIN-END" in still(clinic, patient_id)


# --- two seats at once ---


def at_once(clinic: SampleClinic, *does: Callable[[Seat], object]) -> None:
    """Each at a console of its own, all in the same moment."""
    start, failed = threading.Barrier(len(does)), list[BaseException]()

    def one(do: Callable[[Seat], object]) -> None:
        own = Database(clinic.database.url)
        try:
            start.wait()
            do(replace(clinic.seat("lead"), database=own))
        except BaseException as error:
            failed.append(error)
        finally:
            own.close()

    clinic.seat("lead")
    consoles = [threading.Thread(target=one, args=(do,)) for do in does]
    for console in consoles:
        console.start()
    for console in consoles:
        console.join()
    assert failed == []


def test_two_seats_at_once_note_one_course_and_one_visit(clinic: SampleClinic) -> None:
    now = clinic.now
    patient_id = patients.save_patient(clinic.seat(), FORM, key(), now)
    for number, kind in enumerate(cycles.KINDS, start=1):

        def opened(seat: Seat, kind: str = kind) -> None:
            cycles.open_cycle(seat, patient_id, kind, TODAY, now)

        def visited(seat: Seat, number: int = number) -> None:
            visit_forms.add_visit(seat, patient_id, VisitKind.NOT_ARRIVED, day(-number), now)

        at_once(clinic, *[opened] * 4)
        at_once(clinic, *[visited] * 4)
        assert (clinic.count("treatment_cycle"), clinic.count("visit")) == (number, number)


def test_revisions_of_two_seats_are_numbered_one_after_another(clinic: SampleClinic) -> None:
    now = clinic.now
    patient_id, _ = add(clinic)
    (row,) = clinic.rows("SELECT id FROM item WHERE milestone = 'D90'")
    item_id = int(str(row["id"]))

    def said(seat: Seat) -> None:
        standing.set_no_follow_up(seat, patient_id, True, "本人说不用再打", now)

    def moved(seat: Seat) -> None:
        moving.move_call(seat, patient_id, item_id, day(100), "出差", now)

    for _ in range(3):
        at_once(clinic, said, moved, said, moved)
    numbers = [row["number"] for row in clinic.rows("SELECT number FROM plan_revision ORDER BY number")]
    assert len(numbers) >= 13 and len(set(numbers)) == len(numbers)


def test_of_two_revisions_with_one_number_the_later_holds(clinic: SampleClinic) -> None:
    patient_id, _ = add(clinic)
    fixed = {"clinic_id": clinic.clinic_id, "patient_id": patient_id, "number": 9, "created_at": 0}
    # The database may give rows of one number in any order: the later one is asked for by name.
    with unit_of_work(clinic.database) as connection:
        connection.insert("plan_revision", {**fixed, "id": 902, "reason": "follow_up_again"})
        connection.insert("plan_revision", {**fixed, "id": 901, "reason": "no_follow_up: x"})
    with reading(clinic.database) as connection:
        assert stored.no_follow_up(connection, clinic.clinic_id, [patient_id]) == {}


def test_before_the_call_the_consultants_note_of_the_visit_is_shown(clinic: SampleClinic) -> None:
    """Catalogue S1-RECORD-18: notes exist so that who calls can read them."""
    seat = clinic.seat()
    patient_id = patients.save_patient(seat, FORM, key(), clinic.now)
    visit_forms.add_visit(
        seat,
        patient_id,
        VisitKind.UNCONVERTED,
        TODAY,
        clinic.now,
        interest="双眼皮，怕留疤",
        consultant="周老师",
    )
    claim = incoming.take(seat, patient_id, "", clinic.now)
    (shown,) = calls.open_call(seat, claim, clinic.now).visits
    assert (shown.visited_on, shown.interest, shown.consultant) == (TODAY, "双眼皮，怕留疤", "周老师")
