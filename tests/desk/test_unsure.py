"""What a form asks about before it is saved: somebody who may be on file already, a booking on a closed day."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest

from console.desk import appointments, merging, patients, policy
from console.desk.unsure import Unsure
from console.rules.policy import default_text
from db.enums import AppointmentKind
from db.patient_records import PatientForm
from tests.clinic import SampleClinic
from tests.desk.queue_world import local

_keys = itertools.count()
WANG = PatientForm(name="王 小丽", numbers=("138 0013 8000",), born_on="1990-08-15", external_id="K1")


def key() -> str:
    return f"unsure{next(_keys)}"


def save(clinic: SampleClinic, form: PatientForm, *, sure: bool = False, key_: str | None = None) -> int:
    return patients.save_patient(clinic.seat(), form, key_ or key(), clinic.now, sure=sure)


def asked(clinic: SampleClinic, form: PatientForm) -> list[tuple[str, object]]:
    """What adding somebody asks, and of which record; empty when it is saved."""
    try:
        save(clinic, form)
    except Unsure as unsure:
        assert unsure.params == {}, "nothing of a patient in what may be logged"
        return [(one.code, one.params["id"]) for one in unsure.questions]
    return []


def test_somebody_on_file_already_is_asked_about_once(clinic: SampleClinic) -> None:
    save(clinic, WANG)
    people = clinic.count("patient")
    other_number = replace(WANG, name="王小丽", numbers=("139 0013 8000",), external_id="")
    assert asked(clinic, other_number) == [("unsure_same_birthday", "K1")]
    assert asked(clinic, replace(WANG, born_on="", external_id="")) == [("unsure_same_number", "K1")]
    # Both are one question about one record; a repeat of a save asks nothing.
    assert asked(clinic, replace(WANG, external_id="")) == [("unsure_same_number", "K1")]
    assert clinic.count("patient") == people, "nothing was saved"
    again = key()
    second = save(clinic, replace(WANG, external_id="K2"), sure=True, key_=again)
    assert save(clinic, replace(WANG, external_id="K2"), key_=again) == second
    assert {found for _, found in asked(clinic, replace(WANG, external_id=""))} == {"K1", "K2"}


@pytest.mark.parametrize(
    "form",
    [
        replace(WANG, name="王大力", external_id="", born_on="1990-08-16"),
        replace(WANG, numbers=("139 0013 8000",), born_on="1990-08-16", external_id=""),
        replace(WANG, numbers=("139 0013 8000",), born_on="", external_id=""),
    ],
)
def test_a_namesake_or_a_relative_on_her_number_is_simply_added(
    clinic: SampleClinic, form: PatientForm
) -> None:
    save(clinic, WANG)
    assert asked(clinic, form) == []


def test_a_merged_record_and_a_corrected_one_are_not_asked_about(clinic: SampleClinic) -> None:
    kept = save(clinic, replace(WANG, name="王晓丽"))
    gone = save(clinic, replace(WANG, external_id="K2"), sure=True)
    merging.merge(clinic.seat("lead"), kept, gone, "同一人", clinic.now)
    patients.save_patient(clinic.seat(), replace(WANG, name="王晓丽", notes="x"), key(), clinic.now, kept)
    assert asked(clinic, replace(WANG, numbers=("139 0013 8000",), external_id="")) == []


def test_a_booking_on_a_closed_day_is_asked_about(clinic: SampleClinic) -> None:
    """Dragon Boat Festival is 19 to 21 June 2026; the clinic closes the 23rd itself."""
    text = default_text().replace("overrides = []", 'overrides = [{date = "2026-06-23", closed = "停电"}]')
    policy.apply(clinic.seat("lead"), text, clinic.now)
    seat = clinic.new_seat("li")
    patient = save(clinic, WANG)

    def questions(day: date, times: int = 1) -> list[tuple[str, dict[str, object]]]:
        booking = appointments.Booking(
            AppointmentKind.REVIEW, local(day, 10), every_days=1 if times > 1 else 0, times=times
        )
        with pytest.raises(Unsure) as unsure:
            appointments.book(seat, patient, booking, key(), clinic.now)
        return [(one.code, dict(one.params)) for one in unsure.value.questions]

    ((code, facts),) = questions(date(2026, 6, 20))
    assert code == "unsure_closed_holiday" and facts["day"] == "2026-06-20"
    assert questions(date(2026, 6, 23)) == [("unsure_closed_by_clinic", {"why": "停电", "day": "2026-06-23"})]
    series = questions(date(2026, 6, 18), times=6)
    assert [code for code, _ in series] == ["unsure_closed_holiday", "unsure_closed_some"]
    assert series[1][1] == {"n": 4, "all": 6}
    assert clinic.count("appointment") == 0

    booking = appointments.Booking(AppointmentKind.REVIEW, local(date(2026, 6, 22), 10))
    (booked,) = appointments.book(seat, patient, booking, key(), clinic.now).ids
    holiday = local(date(2026, 6, 20), 10)
    with pytest.raises(Unsure):
        appointments.move(seat, booked, holiday, "改期", clinic.now)
    appointments.move(seat, booked, holiday, "改期", clinic.now, sure=True)
    sure = replace(booking, at=holiday + timedelta(hours=1))
    assert len(appointments.book(seat, patient, sure, key(), clinic.now, sure=True).ids) == 1
