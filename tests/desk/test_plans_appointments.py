"""Appointments: what booking, moving, missing and coming do to the plan; the review that ends the call of day 30."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

import pytest

from console.desk import appointments, calls, patients, queue, reviewing
from console.desk.appointments import Booking
from db.connect import unit_of_work
from db.enums import AppointmentKind, CallOutcome
from db.errors import NotAllowed
from db.instants import from_ms, to_ms
from db.patient_records import PatientForm, TreatmentForm
from tests.clinic import SampleClinic
from tests.desk.call_world import World
from tests.desk.queue_world import local

TODAY = date(2026, 6, 15)
_keys = itertools.count()


def key() -> str:
    return f"appointments{next(_keys)}"


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


@pytest.fixture
def world(clinic: SampleClinic) -> World:
    return World(clinic, clinic.now)


def operated(clinic: SampleClinic, days_ago: int, **form: object) -> tuple[int, int]:
    """A patient and her treatment of some days ago."""
    typed = PatientForm(**{"name": "王小丽", "numbers": ("138 0013 8000",), **form})  # type: ignore[arg-type]
    seat, now = clinic.seat(), clinic.now
    patient_id = patients.save_patient(seat, typed, key(), now)
    done = TreatmentForm(procedure="双眼皮", performed_on=day(-days_ago).isoformat())
    return patient_id, patients.save_treatment(seat, patient_id, done, key(), now).treatment_id


def row(clinic: SampleClinic, patient_id: int, code: str) -> dict[str, object]:
    (found,) = clinic.rows(
        "SELECT * FROM item WHERE patient_id = :id AND milestone = :code AND state <> 'superseded'",
        id=patient_id,
        code=code,
    )
    return found


def states(clinic: SampleClinic, patient_id: int, code: str) -> list[tuple[object, object]]:
    rows = clinic.rows(
        "SELECT state, close_reason FROM item WHERE patient_id = :id AND milestone = :code ORDER BY id",
        id=patient_id,
        code=code,
    )
    return [(one["state"], one["close_reason"]) for one in rows]


def book(clinic: SampleClinic, patient_id: int, booking: Booking) -> tuple[int, ...]:
    return appointments.book(clinic.seat(), patient_id, booking, key(), clinic.now, sure=True).ids


def test_a_therapy_every_two_days_is_a_series_that_can_end_early(clinic: SampleClinic) -> None:
    patient_id, treatment_id = operated(clinic, 3)
    booking = Booking(AppointmentKind.THERAPY, local(day(1), 10), treatment_id, every_days=2, times=5)
    first_key = key()
    booked = appointments.book(clinic.seat(), patient_id, booking, first_key, clinic.now, sure=True)
    again = appointments.book(clinic.seat(), patient_id, booking, first_key, clinic.now, sure=True)
    assert len(booked.ids) == 5 and again.ids == booked.ids[:1] and clinic.count("appointment") == 5
    # The same typed once more with another key adds nothing either.
    assert book(clinic, patient_id, booking) == ()
    rows = clinic.rows("SELECT * FROM appointment ORDER BY at")
    assert [from_ms(int(str(one["at"]))) for one in rows] == [local(day(1 + 2 * n), 10) for n in range(5)]
    assert {one["series_id"] for one in rows} == {booked.ids[0]} and {one["kind"] for one in rows} == {
        "therapy"
    }
    with pytest.raises(NotAllowed):
        appointments.cancel(clinic.seat(), booked.ids[2], " ", clinic.now)
    assert appointments.cancel(clinic.seat(), booked.ids[2], "已消肿", clinic.now, rest=True) == 3
    left = clinic.rows("SELECT id FROM appointment WHERE status = 'booked' ORDER BY id")
    assert [one["id"] for one in left] == list(booked.ids[:2])
    for every, times in ((0, 3), (91, 2), (2, 61), (2, 1)):
        with pytest.raises(NotAllowed) as refused:
            book(clinic, patient_id, Booking(AppointmentKind.THERAPY, local(day(1), 11), None, every, times))
        assert refused.value.code == "appointment_series"
    for when in (local(day(-1), 10), local(day(2000), 10)):
        with pytest.raises(NotAllowed) as refused:
            book(clinic, patient_id, Booking(AppointmentKind.REVIEW, when))
        assert refused.value.code == "appointment_time"
    other, _theirs = operated(clinic, 4, name="李梅", numbers=("139 0013 8000",))
    with pytest.raises(NotAllowed):
        book(clinic, other, Booking(AppointmentKind.REVIEW, local(day(2), 10), treatment_id))


def test_a_missed_appointment_is_called_about_the_same_day_however_late_it_is_noted(
    clinic: SampleClinic,
) -> None:
    patient_id, treatment_id = operated(clinic, 20)
    (booked,) = book(clinic, patient_id, Booking(AppointmentKind.REVIEW, local(TODAY, 10), treatment_id))
    seat = clinic.seat()
    with pytest.raises(NotAllowed) as early:
        appointments.mark_appointment(seat, booked, False, local(TODAY, 9))
    assert early.value.code == "appointment_to_come"
    later = local(day(4), 15)
    assert appointments.mark_appointment(seat, booked, False, later) == 1
    missed = row(clinic, patient_id, "MISSED")
    # Noted four days on: still a call of today, not one that is over before anybody could make it.
    assert (missed["state"], str(missed["due_on"]), missed["klass"]) == ("ready", str(day(4)), "care")
    with pytest.raises(NotAllowed):
        appointments.mark_appointment(seat, booked, False, later)
    appointments.mark_appointment(seat, booked, True, later, photo=True)
    assert states(clinic, patient_id, "MISSED") == [("cancelled", "attended")]
    (kept,) = patients.page(seat, patient_id, later).appointments
    assert (kept.status, kept.photo_taken) == ("attended", True)


def test_the_day_s_call_moves_with_its_appointment_and_ends_with_it(clinic: SampleClinic) -> None:
    patient_id = patients.save_patient(
        clinic.seat(), PatientForm(name="王小丽", numbers=("138 0013 8000",)), key(), clinic.now
    )
    (booked,) = book(clinic, patient_id, Booking(AppointmentKind.OTHER, local(day(3), 15), confirm=True))
    item = row(clinic, patient_id, "APPT-DAY")
    assert (str(item["due_on"]), item["clinical_end_at"]) == (str(day(3)), to_ms(local(day(3), 15)))
    assert item["passes_windows"] and not item["is_base"] and item["team"] == "booking_desk"
    assert (
        appointments.move(clinic.seat(), booked, local(day(5), 9), "那天要上班", clinic.now, sure=True) == 1
    )
    assert states(clinic, patient_id, "APPT-DAY") == [("cancelled", "appointment_moved"), ("waiting", None)]
    gates = {
        one.milestone: one.gate.code for one in queue.why_not(clinic.seat(), patient_id, local(day(5), 8, 30))
    }
    assert gates["APPT-DAY"] != "window_closed", (
        "it is rung before the window opens, for the appointment is then"
    )
    appointments.cancel(clinic.seat(), booked, "不来了", clinic.now)
    assert states(clinic, patient_id, "APPT-DAY")[-1] == ("cancelled", "appointment_cancelled")
    for refused in (
        lambda: appointments.move(clinic.seat(), booked, local(day(6), 9), "改", clinic.now),
        lambda: appointments.mark_appointment(clinic.seat(), booked, True, clinic.now),
    ):
        with pytest.raises(NotAllowed):
            refused()
    # At eight nobody may ring before it.
    assert (
        appointments.book(
            clinic.seat(),
            patient_id,
            Booking(AppointmentKind.OTHER, local(day(7), 8), confirm=True),
            key(),
            clinic.now,
        ).planned
        == 0
    )


# --- the call of day 30 ---


def talk(world: World, item_id: int, *, answer: str | None = None) -> dict[str, object]:
    """A completed conversation about one item; the item as it stands afterwards."""
    seat = world.clinic.seat()
    person = next(one for one in world.people if one.item_id == item_id)
    claim = world.connected(person)
    said = () if answer is None else (world.answer("review_booked", answer),)
    form = world.form(outcome=CallOutcome.COMPLETED, answers=said)
    calls.save(seat, claim, form, key(), world.now)
    return world.item(item_id)


def test_a_talk_alone_does_not_end_the_call_for_review_but_a_no_does(world: World) -> None:
    for answer, state in ((None, "waiting"), ("no", "waiting"), ("yes", "waiting"), ("refused", "done")):
        person = world.person(day=30, milestone="D30")
        after = talk(world, person.item_id, answer=answer)
        assert after["state"] == state, answer
        if state == "waiting":
            assert from_ms(int(str(after["earliest_at"]))) == local(day(3), 8), "asked again in three days"
    # Other calls end as ever.
    plain = world.person(day=7, milestone="D7")
    assert talk(world, plain.item_id)["state"] == "done"


def test_whoever_has_left_town_is_asked_on_the_telephone_and_that_is_the_end_of_it(world: World) -> None:
    person = world.person(day=30, milestone="D30")
    away = world.person(name="李梅", day=30, milestone="D30")
    for one, until in ((person, TODAY), (away, day(-1))):
        with unit_of_work(world.clinic.database) as connection:
            connection.execute(
                "UPDATE patient SET local_until = :day WHERE id = :id", {"day": until, "id": one.id}
            )
    assert talk(world, person.item_id)["state"] == "waiting", "still in town today"
    assert talk(world, away.item_id)["state"] == "done"


def test_an_attended_review_ends_the_call_and_a_missed_one_brings_it_back(world: World) -> None:
    clinic, seat = world.clinic, world.clinic.seat()
    person = world.person(day=29, milestone="D30", end_days=15)

    def item() -> tuple[object, datetime]:
        now = world.item(person.item_id)
        return now["state"], from_ms(int(str(now["earliest_at"])))

    # A review of the first weeks is another one: this call stays.
    with unit_of_work(world.clinic.database) as connection:
        connection.insert(
            "appointment",
            {
                "clinic_id": clinic.clinic_id,
                "patient_id": person.id,
                "treatment_id": person.treatment_id,
                "kind": "review",
                "at": to_ms(local(day(-20), 10)),
                "status": "booked",
                "created_at": to_ms(clinic.now),
            },
        )
    (early,) = (one.id for one in patients.page(seat, person.id, world.now).appointments)
    appointments.mark_appointment(seat, early, True, world.now)
    assert item()[0] == "ready"

    (review,) = book(
        clinic, person.id, Booking(AppointmentKind.REVIEW, local(day(4), 10), person.treatment_id)
    )
    assert item() == ("waiting", local(day(5), 8)), "it waits until the desk could say whether she came"
    appointments.move(seat, review, local(day(18), 10), "出差", clinic.now)
    assert item() == ("waiting", local(day(19), 8))
    end = int(str(world.item(person.item_id)["clinical_end_at"]))
    assert from_ms(end) > local(day(19), 12), "a review booked late is waited for"
    appointments.mark_appointment(seat, review, False, local(day(18), 12))
    assert item() == ("ready", local(day(18), 8)) and states(clinic, person.id, "MISSED")[-1][0] == "ready"
    appointments.mark_appointment(seat, review, True, local(day(18), 13))
    assert states(clinic, person.id, "D30") == [("done", "reviewed")]
    # Marked by mistake: the call is there again.
    appointments.mark_appointment(seat, review, False, local(day(18), 14))
    assert states(clinic, person.id, "D30") == [("ready", None)]


def test_a_refusal_on_the_file_ends_the_call_for_review_with_its_reason(world: World) -> None:
    person = world.person(day=30, milestone="D30")
    seat = world.clinic.seat()
    with pytest.raises(NotAllowed):
        reviewing.refuse_review(seat, person.id, "  ", world.now)
    assert reviewing.refuse_review(seat, person.id, "住外地，不方便", world.now) == 1
    assert states(world.clinic, person.id, "D30") == [("done", "review_refused")]
    (kept,) = world.clinic.rows("SELECT reason FROM plan_revision WHERE reason LIKE 'review_refused%'")
    assert kept["reason"] == "review_refused: 住外地，不方便"
    with pytest.raises(NotAllowed) as twice:
        reviewing.refuse_review(seat, person.id, "不来", world.now)
    assert twice.value.code == "no_review_asked"


def test_what_is_to_come_is_listed_before_what_is_over_the_next_first(clinic: SampleClinic) -> None:
    patient_id = patients.save_patient(
        clinic.seat(), PatientForm(name="王小丽", numbers=("138 0013 8000",)), key(), clinic.now
    )
    for number in (9, 2, 0, 5):
        book(clinic, patient_id, Booking(AppointmentKind.THERAPY, local(day(number), 11)))
    (cancelled,) = book(clinic, patient_id, Booking(AppointmentKind.OTHER, local(day(3), 11)))
    appointments.cancel(clinic.seat(), cancelled, "不来了", clinic.now)
    listed = patients.page(clinic.seat(), patient_id, clinic.now).appointments
    assert [one.at for one in listed] == [local(day(number), 11) for number in (2, 5, 9, 3, 0)]
