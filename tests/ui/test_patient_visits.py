"""Coming back, from the patient's page: a series booked, moved, attended, cancelled; two records made one."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from console.desk import patients
from console.screens.find import FindPatient
from console.screens.form import FormDialog
from console.screens.patient import PatientScreen
from console.widgets.dialogs import Choose, Confirm
from db.connect import Database
from db.patient_records import PatientForm, TreatmentForm
from tests.clinic import PIN, SampleClinic, make_clinic
from tests.ui.conftest import screen_text, settle
from tests.ui.real_desk import console_for, field_error, type_into
from tests.ui.test_patient import add, front, opened, page_of


@pytest.fixture
def clinic(sqlite_database: Database, now: datetime) -> SampleClinic:
    """On SQLite alone: the screens know nothing of databases."""
    return make_clinic(sqlite_database, now)


async def pick(pilot: object, app: object, words: str) -> None:
    """The line of a list with these words, by its digit."""
    await settle(pilot, lambda: front(app, Choose) and words in screen_text(app))  # type: ignore[arg-type]
    # The window leaves what is behind it in sight, digits too.
    line = re.search(rf"\| (\d)  [^|]*{re.escape(words)}", screen_text(app))  # type: ignore[arg-type]
    assert line is not None, screen_text(app)  # type: ignore[arg-type]
    await pilot.press(line[1])  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_series_is_booked_moved_attended_and_cancelled(
    clinic: SampleClinic, size: tuple[int, int]
) -> None:
    patient_id = add(clinic)
    app = console_for(clinic, "li", "en", mode="queue")
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(app, pilot, patient_id)

        def stood() -> dict[str, int]:
            page = page_of(app).page
            assert page is not None
            counted: dict[str, int] = {}
            for one in page.appointments:
                counted[one.status] = counted.get(one.status, 0) + 1
            return counted

        await pilot.press("y")
        await settle(pilot, lambda: front(app, FormDialog))
        for name, text in (("at", "明天10:00"), ("every", "２"), ("times", "x")):
            type_into(app, name, text)
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "times") != "")
        type_into(app, "times", "4")
        # One of them falls on a public holiday: it is asked; esc saves nothing, one more enter does.
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, Confirm))
        said = " ".join(screen_text(app).split())
        assert "2026-06-20 is a public holiday: Dragon Boat Festival." in said
        assert "On closed days: 1 of 4 appointments." in said
        await pilot.press("escape")
        await settle(pilot, lambda: front(app, FormDialog) and "Not saved" in screen_text(app))
        assert clinic.count("appointment") == 0
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, Confirm))
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, PatientScreen) and stood() == {"booked": 4})

        await pilot.press("v")
        await pick(pilot, app, "2026-06-16")
        await pick(pilot, app, "another time")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "at", "今天16:00")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: "reason" in screen_text(app) and field_error(app, "reason") != "")
        type_into(app, "reason", "[b]孩子生病")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen))
        await pilot.press("5")
        await settle(
            pilot, lambda: "2026-06-15 16:00" in screen_text(app) and "[b]孩子生病" in screen_text(app)
        )

        await pilot.press("1", "v")
        await pick(pilot, app, "2026-06-15 16:00")
        await pick(pilot, app, "photographs")
        await settle(pilot, lambda: front(app, PatientScreen) and stood() == {"booked": 3, "attended": 1})
        await pilot.press("v")
        await pick(pilot, app, "2026-06-18")
        await pick(pilot, app, "all later ones")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "reason", "已消肿")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and stood() == {"attended": 1, "cancelled": 3})
    rows = clinic.rows("SELECT at, series_id FROM appointment ORDER BY at")
    assert len(rows) == 4 and len({row["series_id"] for row in rows}) == 1


async def test_her_no_to_the_review_is_noted_when_the_call_for_it_is_near(clinic: SampleClinic) -> None:
    fresh = add(clinic)
    healed = add(clinic, PatientForm(name="李梅", numbers=("137 0013 8000",), external_id="K7"))
    treated = clinic.rows("SELECT id FROM treatment WHERE patient_id = :id", id=healed)[0]["id"]
    form = TreatmentForm(procedure="双眼皮", performed_on="2026-05-16")
    patients.save_treatment(clinic.seat("lead"), healed, form, "healed", clinic.now, int(str(treated)))
    app = console_for(clinic, "li", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, fresh)
        await pilot.press("m")
        await settle(pilot, lambda: front(app, Choose))
        assert "will not come" not in screen_text(app)
        await pilot.press("escape", "q")
        await opened(app, pilot, healed)
        await pilot.press("m")
        await pick(pilot, app, "will not come")
        await settle(pilot, lambda: front(app, FormDialog))
        type_into(app, "reason", "住外地")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen))
    rows = clinic.rows(
        "SELECT state, close_reason FROM item WHERE milestone = 'D30' AND patient_id = :id", id=healed
    )
    assert {"state": "done", "close_reason": "review_refused"} in rows


async def test_a_lead_makes_two_records_one_and_nobody_else_is_offered_it(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    other = PatientForm(name="王晓丽", numbers=("139 0013 8000",), external_id="K2")
    gone = patients.save_patient(clinic.seat("lead"), other, "other", clinic.now)
    app = console_for(clinic, "li", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, patient_id)
        await pilot.press("m")
        await settle(pilot, lambda: front(app, Choose))
        assert "Two records" not in screen_text(app)
    app = console_for(clinic, "lead", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, patient_id)
        await pilot.press("m")
        await pick(pilot, app, "Two records of one person")
        await settle(pilot, lambda: front(app, FindPatient))
        # Everybody of that family name but the record itself.
        await pilot.press(*"wang")
        await settle(pilot, lambda: "K2" in screen_text(app))
        assert not any("K1" in line for line in screen_text(app).splitlines() if "138****8000" in line)
        await pilot.press("enter")
        await settle(pilot, lambda: front(app, FormDialog) and "goes into it: 王晓丽  K2" in screen_text(app))
        seen = " ".join(screen_text(app).replace("|", " ").split())
        assert "stays: 王小丽 K1 1990-01-02" in seen and "138****8000" in seen and "139****8000" in seen
        assert "birthday not on file" in seen and "numbers in common: 0" in seen and "names differ" in seen
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "reason") != "")
        type_into(app, "reason", "两次建档")
        type_into(app, "pin", "000000")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "pin") != "")
        assert clinic.rows("SELECT merged_into FROM patient WHERE id = :id", id=gone) == [
            {"merged_into": None}
        ]
        type_into(app, "pin", PIN)
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and page_of(app).page.merged == ("K2",))  # type: ignore[union-attr]
        assert "was also K2" in screen_text(app)
        # The old record opens the one that goes on.
        app.push_screen(PatientScreen(gone))
        await settle(pilot, lambda: front(app, PatientScreen) and page_of(app).patient_id == patient_id)
    assert clinic.rows("SELECT merged_into FROM patient WHERE id = :id", id=gone) == [
        {"merged_into": patient_id}
    ]
