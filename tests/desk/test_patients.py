"""Finding a patient, reading the file, and the forms that change it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from console.desk import contact_items, imports, patients, queue
from console.desk.patient_forms import preferred_hours
from db import patients as table
from db.connect import unit_of_work
from db.enums import AppointmentKind, ItemState, Purpose, Role
from db.errors import NotAllowed
from db.instants import to_ms
from db.patient_records import PatientForm, PersonForm, TreatmentForm
from tests.clinic import SampleClinic

DATA = Path(__file__).parent.parent / "data"
FORM = PatientForm(name="王小丽", numbers=("138 0013 8000",), external_id="K1", born_on="1990-01-02")
EYES = TreatmentForm(procedure="双眼皮", performed_on="2026-06-14")
_keys = itertools.count()


def key() -> str:
    return f"key{next(_keys)}"


def add(clinic: SampleClinic, form: PatientForm = FORM) -> int:
    return patients.save_patient(clinic.seat(), form, key(), clinic.now)


def found(clinic: SampleClinic, text: str) -> list[str | None]:
    return [line.external_id for line in patients.find(clinic.seat(), text, clinic.now)]


def faults(call: object, *args: object) -> set[tuple[str, str]]:
    with pytest.raises(patients.FormInvalid) as caught:
        call(*args)  # type: ignore[operator]
    return {(problem.code, str(problem.params["field"])) for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("小丽", ["A"]),
        ("王小", ["A"]),
        ("丽小", []),
        ("买提", ["C"]),
        ("古丽·买", ["C"]),
        ("wangxiao", ["A"]),
        ("wxl", ["A"]),
        ("zeng", ["B"]),
        ("ceng", ["B"]),
        ("zj", ["B"]),
        ("8000", ["A"]),
        ("０００", ["A"]),
        ("138 0013 8000", ["A"]),
        ("00", []),
        ("B", ["B"]),
        ("anna smith", ["D"]),
        ("smith", ["D"]),
        ("as", ["D"]),
        ("", []),
        ("%", []),
        ("王", ["A"]),
    ],
)
def test_find(clinic: SampleClinic, text: str, expected: list[str]) -> None:
    for name, number, external_id in (
        ("王小丽", "13800138000", "A"),
        ("曾静", "13900139111", "B"),
        ("阿依古丽·买买提", "13700137222", "C"),
        ("Anna Smith", "13600136333", "D"),
    ):
        add(clinic, PatientForm(name=name, numbers=(number,), external_id=external_id))
    assert found(clinic, text) == expected


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_statement_walks_a_clinics_rows(clinic: SampleClinic) -> None:
    raw = clinic.database.connection().raw
    seen: set[str] = set()
    raw.set_trace_callback(seen.add)
    seat, now = clinic.seat(), clinic.now
    patient_id = add(clinic)
    for text in ("小丽", "王小丽", "王", "wang", "8000", "K1"):
        assert found(clinic, text) == ["K1"]
    saved = patients.save_treatment(seat, patient_id, EYES, key(), now)
    patients.save_treatment(seat, patient_id, replace(EYES, site="x"), key(), now, saved.treatment_id)
    patients.add_contact_person(seat, patient_id, PersonForm("李敏", "丈夫", "13900139000"), key(), now)
    appointment = patients.add_appointment(seat, patient_id, AppointmentKind.REVIEW, now, now)
    patients.mark_appointment(seat, appointment, False, now)
    patients.mark_appointment(seat, appointment, True, now)
    patients.record_consent(seat, patient_id, Purpose.CARE, False, "x", now)
    patients.page(seat, patient_id, now)
    imports.run(clinic.database, DATA / "clinic_small.csv", now=now, at=date(2026, 6, 15))
    raw.set_trace_callback(None)
    small = ("clinic", "policy_version", "procedure_alias", "staff")
    checked = 0
    for sql in seen:
        if not sql.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE")):
            continue
        for step in (str(row[-1]) for row in raw.execute("EXPLAIN QUERY PLAN " + sql)):
            checked += 1
            walks = step.startswith("SCAN") or step.endswith("(clinic_id=?)")
            table_name = step.split()[1]
            assert not walks or table_name in small or "CONSTANT" in step, (sql, step)
    assert checked > 100


def test_one_character_gives_twenty_and_lines_are_masked(clinic: SampleClinic) -> None:
    for number in range(25):
        add(clinic, PatientForm(name=f"王{chr(0x4E00 + number)}", numbers=(f"138001380{number:02d}",)))
    lines = patients.find(clinic.seat(), "王", clinic.now)
    assert len(lines) == 20
    assert all(line.patient == "王*" and line.phone is not None and "****" in line.phone for line in lines)


def test_a_renamed_patient_is_found_by_the_new_name_only(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    patients.save_patient(
        clinic.seat(), replace(FORM, name="李敏", numbers=("13900139000",)), key(), clinic.now, patient_id
    )
    assert found(clinic, "小丽") == []
    assert found(clinic, "limin") == ["K1"]
    assert found(clinic, "9000") == ["K1"]
    page = patients.page(clinic.seat(), patient_id, clinic.now)
    assert [(line.e164, line.status) for line in page.numbers] == [
        ("+8613900139000", "live"),
        ("+8613800138000", "dead"),
    ]


def test_a_page_is_whole_and_audited(clinic: SampleClinic) -> None:
    patient_id = add(clinic, replace(FORM, preferred_hours="19:00-20:00，10:00－11:30", notes="a\nb"))
    patients.save_treatment(clinic.seat(), patient_id, EYES, key(), clinic.now)
    patients.record_consent(clinic.seat(), patient_id, Purpose.SURVEY, False, "phone", clinic.now)
    before = clinic.count("audit")
    page = patients.page(clinic.seat(), patient_id, clinic.now)
    assert (page.name, page.pinyin, page.age, page.notes) == ("王小丽", "wang xiaoli", 36, "a\nb")
    assert page.preferred_hours == ("19:00-20:00", "10:00-11:30")
    assert [(line.procedure, line.day) for line in page.treatments] == [("upper_blepharoplasty", 1)]
    assert {"D0", "D1", "D2", "D7", "D30"} <= {line.milestone for line in page.plan}
    assert [(line.purpose, line.given) for line in page.consents] == [(Purpose.SURVEY, False)]
    assert clinic.count("audit") == before + 1
    newest = clinic.rows("SELECT action, fields FROM audit ORDER BY id DESC LIMIT 1")[0]
    assert newest == {"action": "patient.read", "fields": '["name", "phone"]'}
    with pytest.raises(NotAllowed):
        patients.page(replace(clinic.seat(), role=Role.TRAINEE), patient_id, clinic.now)
    with pytest.raises(NotAllowed):
        patients.page(clinic.seat(), 9999, clinic.now)


def test_intimate_procedures_are_masked(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    form = TreatmentForm(procedure="labiaplasty", performed_on="2026-06-14", surgeon="陈医生", site="x")
    patients.save_treatment(clinic.seat(), patient_id, form, key(), clinic.now)
    closed = replace(clinic.seat(), restricted_ok=False)
    page = patients.page(closed, patient_id, clinic.now)
    assert (page.treatments[0].procedure, page.treatments[0].surgeon, page.treatments[0].site) == (
        "restricted",
        None,
        "",
    )
    assert {line.procedure for line in page.plan} == {"restricted"}
    assert patients.find(closed, "K1", clinic.now)[0].procedure == "restricted"
    opened = replace(clinic.seat(), restricted_ok=True)
    assert patients.page(opened, patient_id, clinic.now).treatments[0].procedure == "labiaplasty"


def test_every_fault_of_a_patient_is_told_at_once_and_nothing_is_saved(clinic: SampleClinic) -> None:
    add(clinic)
    bad = PatientForm(
        name=" ",
        numbers=("12345678901", ""),
        external_id="K1",
        born_on="2027-01-01",
        preferred_hours="9-10",
        sex="?",
    )
    assert faults(patients.save_patient, clinic.seat(), bad, key(), clinic.now) == {
        ("form_name_missing", "name"),
        ("form_phone_invalid", "numbers"),
        ("form_id_taken", "external_id"),
        ("form_born_in_future", "born_on"),
        ("form_hours_invalid", "preferred_hours"),
        ("form_choice", "sex"),
    }
    assert clinic.count("patient") == 1


def test_a_repeated_save_is_one_record(clinic: SampleClinic) -> None:
    seat, now = clinic.seat(), clinic.now
    first = patients.save_patient(seat, FORM, "same", now)
    assert patients.save_patient(seat, FORM, "same", now) == first
    saved = patients.save_treatment(seat, first, EYES, "same2", now)
    assert patients.save_treatment(seat, first, EYES, "same2", now).treatment_id == saved.treatment_id
    assert (clinic.count("patient"), clinic.count("treatment")) == (1, 1)


def test_relatives_and_contact_persons_join_groups(clinic: SampleClinic) -> None:
    first = add(clinic)
    second = add(clinic, PatientForm(name="李敏", numbers=("13900139000",)))
    person = PersonForm(name="李敏", relation="丈夫", phone="13900139000", consent=True)
    patients.add_contact_person(clinic.seat(), first, person, key(), clinic.now)
    groups = {row["group_id"] for row in clinic.rows("SELECT group_id FROM patient")}
    assert len(groups) == 1
    assert patients.page(clinic.seat(), second, clinic.now).relatives == 1
    page = patients.page(clinic.seat(), first, clinic.now)
    assert [(one.name, one.may_hear_clinical) for one in page.people] == [("李敏", True)]
    assert [line.contact_person_id is None for line in page.numbers] == [True, False]
    assert faults(
        patients.add_contact_person, clinic.seat(), first, PersonForm("", "", "x"), key(), clinic.now
    ) == {
        ("form_name_missing", "name"),
        ("form_relation_missing", "relation"),
        ("form_phone_invalid", "phone"),
    }


def test_a_preview_is_what_is_planned(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    preview = patients.preview_treatment(clinic.seat(), patient_id, EYES, clinic.now)
    assert clinic.count("item") == 0
    saved = patients.save_treatment(clinic.seat(), patient_id, EYES, key(), clinic.now)
    rows = clinic.rows("SELECT milestone, due_on FROM item ORDER BY due_on, earliest_at, milestone")
    assert [(row["milestone"], str(row["due_on"])) for row in rows] == [
        (item.milestone, item.due_on.isoformat()) for item in preview.items
    ]
    assert saved.planned == len(preview.items)
    # A treatment entered twice would ring the patient twice.
    assert faults(patients.save_treatment, clinic.seat(), patient_id, EYES, key(), clinic.now) == {
        ("form_treatment_twice", "procedure")
    }


def test_faults_of_a_treatment(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    bad = TreatmentForm(
        procedure="小气泡", performed_on="2026-06-16", stitches_on="03/04/2026", discharge_on="x"
    )
    assert faults(patients.save_treatment, clinic.seat(), patient_id, bad, key(), clinic.now) == {
        ("form_procedure_unknown", "procedure"),
        ("form_date_future", "performed_on"),
        ("form_date_ambiguous", "stitches_on"),
        ("form_date_invalid", "discharge_on"),
    }
    early = replace(EYES, performed_on="1989-01-01", stitches_on="1988-01-01")
    assert faults(patients.preview_treatment, clinic.seat(), patient_id, early, clinic.now) == {
        ("form_born_after", "performed_on"),
        ("form_before_operation", "stitches_on"),
    }


def _call_about(clinic: SampleClinic, patient_id: int, milestone: str) -> int:
    """A saved conversation that closed one item of the plan."""
    seat = clinic.seat()
    row = clinic.rows(
        "SELECT * FROM item WHERE patient_id = :p AND milestone = :m", p=patient_id, m=milestone
    )[0]
    at = to_ms(clinic.now)
    base = {"clinic_id": clinic.clinic_id, "patient_id": patient_id}
    with unit_of_work(clinic.database) as connection:
        contact = connection.insert(
            "contact",
            {
                **base,
                "group_id": row["group_id"],
                "staff_id": seat.staff_id,
                "seat_id": seat.seat_id,
                "started_at": at,
            },
        )
        connection.insert(
            "contact_item", {"clinic_id": clinic.clinic_id, "contact_id": contact, "item_id": row["id"]}
        )
        connection.execute(
            "UPDATE item SET state = 'done', next_change_at = NULL WHERE id = :id", {"id": row["id"]}
        )
        return connection.insert(
            "call",
            {
                **base,
                "contact_id": contact,
                "item_id": row["id"],
                "direction": "out",
                "outcome": "completed",
                "started_at": at,
                "ended_at": at,
                "spoke_to": "patient",
                "language": "zh",
                "track_code": "d1",
                "staff_id": seat.staff_id,
                "saved_at": at,
            },
        )


def test_a_corrected_procedure_replans_and_tells_the_lead(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    saved = patients.save_treatment(clinic.seat(), patient_id, EYES, key(), clinic.now)
    call_id = _call_about(clinic, patient_id, "D1")
    later = clinic.now + timedelta(minutes=5)
    filler = replace(EYES, procedure="玻尿酸填充")
    preview = patients.preview_treatment(clinic.seat(), patient_id, filler, later, saved.treatment_id)
    assert (preview.closes, preview.read) == (saved.planned - 1, 1)
    done = patients.save_treatment(clinic.seat(), patient_id, filler, key(), later, saved.treatment_id)
    assert [call.call_id for call in done.read] == [call_id]
    assert done.closed == saved.planned - 1
    plan = patients.page(clinic.seat(), patient_id, later).plan
    assert [line.state for line in plan if line.milestone == "D1"] == [ItemState.DONE]
    assert "STITCHES" not in {line.milestone for line in plan}
    assert [line.milestone for line in plan].count(contact_items.LEAD) == 1
    assert [line.wrong_track for line in patients.page(clinic.seat(), patient_id, later).calls] == [True]
    lanes = clinic.rows("SELECT lane_id FROM item WHERE milestone = :m", m=contact_items.LEAD)
    assert [row["lane_id"] for row in lanes] == ["lead"]


def test_a_surgeons_date_moves_the_stitches_call_without_a_word_to_the_lead(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    saved = patients.save_treatment(clinic.seat(), patient_id, EYES, key(), clinic.now)
    _call_about(clinic, patient_id, "D1")
    dated = replace(EYES, stitches_on="2026-06-22")
    done = patients.save_treatment(clinic.seat(), patient_id, dated, key(), clinic.now, saved.treatment_id)
    assert done.read == ()
    assert done.review_item_id is None
    due = clinic.rows("SELECT due_on FROM item WHERE milestone = 'STITCHES' AND state <> 'superseded'")
    assert [str(row["due_on"]) for row in due] == ["2026-06-21"]
    same = patients.save_treatment(clinic.seat(), patient_id, dated, key(), clinic.now, saved.treatment_id)
    assert (same.planned, same.closed) == (0, 0)


def test_an_item_being_worked_is_not_taken_away(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    saved = patients.save_treatment(clinic.seat(), patient_id, EYES, key(), clinic.now)
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE item SET state = 'leased' WHERE milestone = 'D1'")
    moved = replace(EYES, performed_on="2026-06-13")
    patients.save_treatment(clinic.seat(), patient_id, moved, key(), clinic.now, saved.treatment_id)
    rows = clinic.rows("SELECT state FROM item WHERE milestone = 'D1' AND state <> 'superseded'")
    assert [row["state"] for row in rows] == ["leased"]


def test_a_removed_treatment_takes_its_items_back(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    saved = patients.save_treatment(clinic.seat(), patient_id, EYES, key(), clinic.now)
    with pytest.raises(NotAllowed):
        patients.remove_treatment(clinic.seat(), patient_id, saved.treatment_id, " ", clinic.now)
    closed = patients.remove_treatment(
        clinic.seat(), patient_id, saved.treatment_id, "typed for another", clinic.now
    )
    assert closed == saved.planned
    page = patients.page(clinic.seat(), patient_id, clinic.now)
    assert page.treatments == ()
    assert {line.state for line in page.plan} == {ItemState.CANCELLED}


def test_refusing_care_calls_stops_all_but_safety_and_surveys_do_not_touch_them(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    patients.save_treatment(clinic.seat(), patient_id, EYES, key(), clinic.now)
    ready = "SELECT count(*) AS n FROM item WHERE state = 'ready'"
    before = clinic.rows(ready)[0]["n"]
    assert before
    patients.record_consent(clinic.seat(), patient_id, Purpose.SURVEY, False, "x", clinic.now)
    assert clinic.rows(ready)[0]["n"] == before
    patients.record_consent(clinic.seat(), patient_id, Purpose.CARE, False, "x", clinic.now)
    still = clinic.rows("SELECT klass FROM item WHERE state = 'ready'")
    assert {row["klass"] for row in still} <= {"safety"}
    gates = {row.milestone: row.gate.code for row in queue.why_not(clinic.seat(), patient_id, clinic.now)}
    assert gates["D7"] == "opted_out"
    patients.record_consent(clinic.seat(), patient_id, Purpose.CARE, True, "x", clinic.now)
    assert clinic.rows(ready)[0]["n"] == before
    assert table.opted_out(clinic.database.connection(), clinic.clinic_id, [patient_id]) == {
        patient_id: frozenset({"survey"})
    }


def test_a_missed_appointment_is_called_about(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    saved = patients.save_treatment(clinic.seat(), patient_id, EYES, key(), clinic.now)
    at = clinic.now - timedelta(hours=1)
    appointment = patients.add_appointment(
        clinic.seat(), patient_id, AppointmentKind.STITCHES, at, clinic.now, saved.treatment_id
    )
    assert patients.mark_appointment(clinic.seat(), appointment, False, clinic.now) == 1
    row = clinic.rows("SELECT klass, state, passes_windows FROM item WHERE milestone = 'MISSED'")[0]
    assert (row["klass"], row["state"], bool(row["passes_windows"])) == ("safety", "ready", True)
    with pytest.raises(NotAllowed):
        patients.mark_appointment(clinic.seat(), appointment, False, clinic.now)
    patients.mark_appointment(clinic.seat(), appointment, True, clinic.now)
    assert clinic.rows("SELECT state FROM item WHERE milestone = 'MISSED'")[0]["state"] == "cancelled"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ()),
        ("9:00-10:30", ("09:00-10:30",)),
        ("19：00－20：00、8:00~9:00", ("19:00-20:00", "08:00-09:00")),
        ("20:00-24:00", ("20:00-24:00",)),
        ("10:00-09:00", None),
        ("10:00-10:00", None),
        ("25:00-26:00", None),
        ("10:60-11:00", None),
        ("evening", None),
    ],
)
def test_preferred_hours(typed: str, expected: tuple[str, ...] | None) -> None:
    assert preferred_hours(typed) == expected


def test_hostile_texts_in_every_field(clinic: SampleClinic) -> None:
    from console.clean import clean
    from tests.exchange.test_rows import HOSTILE

    for number, text in enumerate(HOSTILE):
        form = PatientForm(
            name=f"王{text}"[:10_000],
            numbers=(f"1380013{number:04d}",),
            external_id=f"H{number}",
            notes=text,
            consultant=text,
            member_tier=text,
        )
        patient_id = add(clinic, form)
        treatment = replace(
            EYES, site=text, side=text, surgeon=text, anaesthesia=text, implant=text, orders=text
        )
        patients.save_treatment(clinic.seat(), patient_id, treatment, key(), clinic.now)
        page = patients.page(clinic.seat(), patient_id, clinic.now)
        assert page.name == clean(form.name).strip()
        assert page.consultant == (clean(text).strip() or None)
        assert page.treatments[0].site == clean(text).strip()
        patients.find(clinic.seat(), text, clinic.now)
    assert page.treatments[0].performed_on == date(2026, 6, 14)
