"""What else can be noted on a patient's file, from one key."""

from __future__ import annotations

from datetime import datetime

import pytest

from console.screens.form import FormDialog
from console.screens.patient import PatientScreen
from console.widgets.dialogs import Choose
from db.connect import Database
from tests.clinic import SampleClinic, make_clinic
from tests.ui.conftest import screen_text, settle
from tests.ui.real_desk import console_for, field_error, type_into
from tests.ui.test_patient import add, front, opened, page_of


@pytest.fixture
def clinic(sqlite_database: Database, now: datetime) -> SampleClinic:
    """On SQLite alone: the screens know nothing of databases."""
    return make_clinic(sqlite_database, now)


async def test_no_follow_up_a_visit_and_a_death_from_one_key(clinic: SampleClinic) -> None:
    patient_id = add(clinic)
    app = console_for(clinic, "lead", "en", mode="queue")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, patient_id)

        async def choose(words: str) -> None:
            await pilot.press("m")
            await settle(pilot, lambda: front(app, Choose) and words in screen_text(app))
            line = next(line for line in screen_text(app).splitlines() if words in line)
            await pilot.press(next(char for char in line if char.isdigit()))
            await settle(pilot, lambda: front(app, FormDialog))

        await choose("No follow-up: safety")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "reason") != "")
        type_into(app, "reason", "[b]本人不愿\x1b[31m")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and page_of(app).page.no_follow_up is not None)  # type: ignore[union-attr]
        assert "safety calls only: [b]本人不愿" in screen_text(app)

        await choose("A visit without treatment")
        type_into(app, "visited_on", "2026-06-31")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: field_error(app, "visited_on") != "")
        type_into(app, "visited_on", "2026-06-15")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and len(page_of(app).page.visits) == 1)  # type: ignore[union-attr]

        await choose("The patient has died")
        type_into(app, "reason", "家属来电")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: front(app, PatientScreen) and page_of(app).page.deceased_on is not None)  # type: ignore[union-attr]
        await pilot.press("m")
        await settle(pilot, lambda: front(app, Choose) and "noted by mistake" in screen_text(app))
    left = clinic.rows("SELECT milestone FROM item WHERE state IN ('waiting', 'ready')")
    assert [row["milestone"] for row in left] == ["LEAD_REVIEW"]
