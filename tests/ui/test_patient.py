"""The patient's page and its forms on a real desk: nonsense is refused at its field, typing is never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime

import pytest
from textual.widgets import Input, Static

from console import i18n, keys
from console.app import ConsoleApp
from console.desk import patients
from console.screens.form import FormDialog
from console.screens.patient import PatientScreen
from console.screens.patient_form import PatientFormScreen
from console.screens.queue import QueueScreen
from console.screens.treatment_form import TreatmentFormScreen
from console.text import cells
from console.widgets.dialogs import Choose, Confirm, Read
from console.widgets.row_list import RowList
from db import staff
from db.connect import Database, unit_of_work
from db.enums import AppointmentKind, Role
from db.patient_records import PatientForm, TreatmentForm
from tests.clinic import SampleClinic, make_clinic
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.hostile import FORBIDDEN, HOSTILE
from tests.ui.real_desk import console_for, desk_off_the_loop, field_error, field_value, type_into

FORM = PatientForm(name="王小丽", numbers=("138 0013 8000",), external_id="K1", born_on="1990-01-02")


@pytest.fixture
def clinic(sqlite_database: Database, now: datetime) -> SampleClinic:
    return make_clinic(sqlite_database, now)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    i18n.use("en")
    keys.override({})


def add(clinic: SampleClinic, form: PatientForm = FORM, procedure: str = "双眼皮") -> int:
    """A patient operated yesterday."""
    seat = clinic.seat("lead")
    patient_id = patients.save_patient(seat, form, f"add {form.name} {form.external_id}", clinic.now)
    treatment = TreatmentForm(procedure=procedure, performed_on="2026-06-14", surgeon="陈医生")
    patients.save_treatment(seat, patient_id, treatment, f"treat {patient_id}", clinic.now)
    return patient_id


def front(app: ConsoleApp, kind: type) -> bool:
    return isinstance(app.screen, kind)


def page_of(app: ConsoleApp) -> PatientScreen:
    assert isinstance(app.screen, PatientScreen)
    return app.screen


async def opened(app: ConsoleApp, pilot: object, patient_id: int) -> None:
    """Signed in, and the page of a patient open."""
    await settle(pilot, lambda: app.seat is not None and front(app, QueueScreen))  # type: ignore[arg-type]
    app.push_screen(PatientScreen(patient_id))
    await settle(pilot, lambda: front(app, PatientScreen) and page_of(app).page is not None)  # type: ignore[arg-type]


def check_frame(app: ConsoleApp, size: tuple[int, int]) -> None:
    for line in screen_lines(app):
        assert cells(line) == size[0], line
        assert not FORBIDDEN & set(line), line


async def test_a_patient_and_a_treatment_added_from_the_queue(clinic: SampleClinic) -> None:
    app = console_for(clinic, "li", "zh", mode="queue")
    with desk_off_the_loop() as caught:
        await _add_patient_and_treatment(app)
    assert caught == []
    row = clinic.rows("SELECT * FROM patient")[0]
    assert (row["name"], row["external_id"], row["born_on"], row["preferred_hours"]) == (
        "王小丽",
        "K9",
        "1990-08-15",
        '["19:00-20:00"]',
    )
    assert bool(row["lives_alone"])
    numbers = clinic.rows("SELECT e164, rank FROM phone ORDER BY rank")
    assert [one["e164"] for one in numbers] == ["+8613800138000", "+8613900139000"]
    treatment = clinic.rows("SELECT * FROM treatment")[0]
    assert (treatment["procedure"], treatment["performed_on"], treatment["orders"]) == (
        "upper_blepharoplasty",
        "2026-06-14",
        "回院换药\n每日一次",
    )
    assert clinic.count("item") == 10


async def _add_patient_and_treatment(app: ConsoleApp) -> None:
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and front(app, QueueScreen))
        await pilot.press("a")
        await settle(pilot, lambda: front(app, PatientFormScreen))
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "name") != "" and field_error(app, "numbers") != "")
        assert screen_lines(app)[-3].strip() == "还没保存：请看红字。"
        type_into(app, "name", "王小丽")
        type_into(app, "numbers", "138 0013 8000")
        type_into(app, "number_2", "12345")
        type_into(app, "external_id", "K9")
        type_into(app, "born_on", "1990年8月15日")
        type_into(app, "preferred_hours", "晚上")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "number_2") != "")
        assert field_error(app, "numbers") == "" and field_error(app, "preferred_hours") != ""
        assert isinstance(app.screen.focused, Input) and app.screen.focused.value == "12345"
        assert field_value(app, "name") == "王小丽" and field_value(app, "born_on") == "1990年8月15日"
        type_into(app, "number_2", "13900139000")
        type_into(app, "preferred_hours", "19：00－20：00")
        await pilot.press("f9")
        await settle(pilot, lambda: "lives alone" in screen_text(app))
        assert field_value(app, "number_2") == "13900139000"
        await pilot.press("f9")
        # From the second number down to "lives alone", by keys alone, with a full-width digit.
        await pilot.press(*["down"] * 6, "２", "ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and page_of(app).page is not None)
        await pilot.press("n")
        await settle(pilot, lambda: front(app, TreatmentFormScreen))
        type_into(app, "procedure", "双眼")
        type_into(app, "performed_on", "2026-06-20")
        side = app.screen.query_one("#form-side", Static)
        await settle(pilot, lambda: "没有这个项目" in str(side.content))
        await pilot.press("f2")
        await settle(pilot, lambda: front(app, Choose))
        await pilot.press("1")
        await settle(pilot, lambda: front(app, TreatmentFormScreen))
        assert field_value(app, "procedure") == "双眼皮"
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "performed_on") != "")
        type_into(app, "performed_on", "2026-06-14")
        type_into(app, "orders", "回院换药\n每日一次")
        await settle(
            pilot, lambda: "2026-06-21" in str(side.content) and "2026-06-20 拆线" in str(side.content)
        )
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and bool(page_of(app).page.treatments))  # type: ignore[union-attr]


async def test_a_second_record_of_one_person_is_asked_about(clinic: SampleClinic) -> None:
    patients.save_patient(
        clinic.seat(),
        PatientForm(name="王小丽", numbers=("13800138000",), external_id="K1"),
        "first",
        clinic.now,
    )
    app = console_for(clinic, "li", "zh", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and front(app, QueueScreen))
        await pilot.press("a")
        await settle(pilot, lambda: front(app, PatientFormScreen))
        type_into(app, "name", "王小丽")
        type_into(app, "numbers", "138 0013 8000")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, Confirm))
        assert "已有同名同号码的档案：王*，编号 K1。" in screen_text(app)
        await pilot.press("escape")
        await settle(pilot, lambda: front(app, PatientFormScreen) and "还没有保存" in screen_text(app))
        assert clinic.count("patient") == 1 and field_value(app, "name") == "王小丽"
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, Confirm))
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, PatientScreen))
    assert clinic.count("patient") == 2


async def test_a_corrected_treatment_is_planned_anew(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    app = console_for(clinic, "lead", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, patient_id)
        await pilot.press("t")
        await settle(pilot, lambda: front(app, TreatmentFormScreen))
        type_into(app, "performed_on", "2026-06-13")
        side = app.screen.query_one("#form-side", Static)
        await settle(pilot, lambda: "open calls are taken back" in str(side.content))
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and page_of(app).page.treatments[0].day == 2)  # type: ignore[union-attr]
    assert clinic.rows("SELECT performed_on FROM treatment")[0]["performed_on"] == "2026-06-13"


async def test_a_treatment_that_never_was(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    app = console_for(clinic, "lead", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, patient_id)
        await pilot.press("d")
        await settle(pilot, lambda: front(app, FormDialog))
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "reason") != "")
        type_into(app, "reason", "录错人")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and not page_of(app).page.treatments)  # type: ignore[union-attr]
    assert clinic.rows("SELECT superseded_at FROM treatment")[0]["superseded_at"] is not None


async def test_contact_person_consent_appointment_why_not(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    app = console_for(clinic, "he", "en", mode="queue")
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await opened(app, pilot, patient_id)
        await pilot.press("k")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "name", "张三")
        type_into(app, "phone", "abc")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "relation") != "" and field_error(app, "phone") != "")
        type_into(app, "relation", "丈夫")
        type_into(app, "phone", "13700137000")
        await pilot.press("down", "down", "right", "ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and len(page_of(app).page.people) == 1)  # type: ignore[union-attr]
        await pilot.press("6")
        await settle(pilot, lambda: "137 0013 7000" in screen_text(app) and "丈夫" in screen_text(app))

        await pilot.press("o")
        await settle(pilot, lambda: front(app, Choose))
        await pilot.press("2")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "how", "电话里说的")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and len(page_of(app).page.consents) == 1)  # type: ignore[union-attr]
        assert "refuses surveys" in screen_text(app)

        await pilot.press("y")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "at", "yesterday")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "at") != "")
        type_into(app, "at", "明天 10:00")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and len(page_of(app).page.appointments) == 1)  # type: ignore[union-attr]
        await pilot.press("v")
        await settle(pilot, lambda: front(app, Choose))
        await pilot.press("1")
        await settle(pilot, lambda: front(app, Choose) and "missed" in screen_text(app))
        await pilot.press("3")
        await settle(pilot, lambda: front(app, PatientScreen) and "still to come" in screen_text(app))
        await pilot.press("w")
        await settle(pilot, lambda: front(app, Read))
        assert "Why not 王小丽" in screen_text(app)
    person = clinic.rows("SELECT * FROM contact_person")[0]
    assert (person["name"], person["relation"], bool(person["may_hear_clinical"])) == ("张三", "丈夫", True)
    said = clinic.rows("SELECT purpose, given, how FROM consent_event")[0]
    assert (said["purpose"], bool(said["given"]), said["how"]) == ("survey", False, "电话里说的")
    booked = clinic.rows("SELECT kind, at, status FROM appointment")[0]
    assert (booked["kind"], booked["status"]) == (AppointmentKind.REVIEW, "booked")
    assert not clinic.rows("SELECT milestone FROM item WHERE milestone = 'MISSED'")


async def test_editing_begins_with_what_is_on_file_now(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    app = console_for(clinic, "lead", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, patient_id)
        changed = PatientForm(
            name="王小莉", numbers=("138 0013 8000",), external_id="K1", born_on="1990-01-02"
        )
        await asyncio.to_thread(
            patients.save_patient, clinic.seat("he"), changed, "colleague", clinic.now, patient_id
        )
        await pilot.press("e")
        await settle(pilot, lambda: front(app, PatientFormScreen))
        assert field_value(app, "name") == "王小莉"
        assert field_value(app, "numbers") == "138 0013 8000"
        type_into(app, "consultant", "小周")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and page_of(app).page.consultant == "小周")  # type: ignore[union-attr]
    assert clinic.rows("SELECT name FROM patient")[0]["name"] == "王小莉"
    assert clinic.count("phone") == 1


async def test_an_intimate_treatment_is_not_opened_by_who_may_not_see_it(clinic: SampleClinic) -> None:
    patient_id = add(clinic, procedure="labiaplasty")
    app = console_for(clinic, "li", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, patient_id)
        assert "restricted" in screen_text(app) and "abia" not in screen_text(app)
        await pilot.press("t", "d")
        assert front(app, PatientScreen)


async def test_a_trainee_is_refused_in_one_sentence(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    with unit_of_work(clinic.database) as connection:
        staff.change(connection, clinic.clinic_id, clinic.staff_ids["li"], {"roles": [Role.TRAINEE]})
    app = console_for(clinic, "li", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and app.seat.role is Role.TRAINEE)
        app.push_screen(PatientScreen(patient_id))
        await settle(pilot, lambda: front(app, PatientScreen) and "trainee" in screen_text(app))
        assert "王小丽" not in screen_text(app)


async def test_every_part_of_the_file_is_a_key_away(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    app = console_for(clinic, "lead", "zh", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, patient_id)
        for number, word in enumerate(
            ("项目", "计划", "通话", "上报", "预约", "联系人", "意愿", "到院"), start=1
        ):
            await pilot.press(chr(0xFF10 + number))
            assert f"[{number} {word}" in screen_text(app).replace("\u00a0", " ")
            check_frame(app, (80, 24))
        await pilot.press("right")
        assert "[1 项目" in screen_text(app).replace("\u00a0", " ")
        await pilot.press("right")
        assert app.screen.query_one(RowList).option_count == 10


@pytest.mark.parametrize(("size", "language"), list(zip(SIZES, ("zh", "en"), strict=True)))
async def test_hostile_words_through_the_form_and_back(
    clinic: SampleClinic, size: tuple[int, int], language: str
) -> None:
    # Each string at one of the sizes: the form is long, and what is shown depends little on the width.
    texts = HOSTILE[SIZES.index(size) :: len(SIZES)]
    app = console_for(clinic, "lead", language, mode="queue")
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, lambda: app.seat is not None and front(app, QueueScreen))
        for at, text in enumerate(texts):
            await pilot.press("a")
            await settle(pilot, lambda: front(app, PatientFormScreen))
            for name in ("name", "external_id", "member_tier", "consultant", "notes"):
                # The letter makes a name of strings that have none.
                type_into(app, name, f"A{at}" + text)
            type_into(app, "numbers", f"138001380{at:02d}")
            check_frame(app, size)
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: front(app, PatientScreen) and page_of(app).page is not None)
            check_frame(app, size)
            await pilot.press("q")
            await settle(pilot, lambda: front(app, QueueScreen))
    from console.clean import clean
    from console.widgets.inputs import one_line

    rows = clinic.rows("SELECT name, notes FROM patient ORDER BY id")
    assert len(rows) == len(texts)
    for at, (one, text) in enumerate(zip(rows, texts, strict=True)):
        assert one["name"] == one_line(f"A{at}" + text).strip()
        assert one["notes"] == clean(f"A{at}" + text, multiline=True).strip()


async def test_no_text_field_stands_on_the_last_two_rows(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    app = console_for(clinic, "lead", "zh", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, patient_id)
        for key, kind in (("e", PatientFormScreen), ("n", TreatmentFormScreen), ("k", FormDialog)):
            await pilot.press(key)
            await settle(pilot, lambda: front(app, kind))  # noqa: B023
            for _field in range(14):
                focused = app.screen.focused
                assert focused is not None and focused.region.bottom <= 22, focused.region
                await pilot.press("tab")
            await pilot.press("escape")
            await settle(pilot, lambda: front(app, PatientScreen))
