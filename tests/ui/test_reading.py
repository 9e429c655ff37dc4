"""The window of one earlier call, and behind it the talk-track as it was read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from console import i18n, keys
from console.app import ConsoleApp
from console.desk import scripts
from console.desk.scripts import _shipped as shipped
from console.screens.patient import CALLS, PatientScreen
from console.screens.queue import QueueScreen
from console.scripts.library import from_texts
from console.scripts.records import OpenTreatment
from console.scripts.select import select_flow
from console.text import cells
from console.widgets.reading_lines import CallWindow, TrackWindow, reading_lines
from db.connect import Database
from db.reading_records import CallRead
from tests.clinic import PIN, SampleClinic, make_clinic
from tests.desk.call_world import Person, World
from tests.desk.test_reading import saved, well
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.hostile import FORBIDDEN
from tests.ui.real_desk import console_for, desk_off_the_loop


@pytest.fixture
def clinic(sqlite_database: Database, now: datetime) -> SampleClinic:
    return make_clinic(sqlite_database, now)


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("console.scripts.lint.check", lambda _texts, _shipped: ())
    monkeypatch.setattr(scripts, "_faults", {})
    yield
    i18n.use("en")
    keys.override({})


@pytest.fixture
def called(clinic: SampleClinic) -> tuple[World, Person, str]:
    """A call read from release 1, after which release 2 says its first sentence otherwise."""
    world = World(clinic, clinic.now)
    scripts.approve(world.seat("chen"), PIN, world.now)
    person = world.person()
    saved(world, person, well(world, person))
    opening = select_flow(shipped(), OpenTreatment("upper_blepharoplasty", 7), "d7").steps[0].say
    assert opening is not None
    old = opening.zh[0]
    newer = from_texts({name: body.replace(old, "新的一句") for name, body in shipped().texts.items()})
    scripts.publish(world.seat("lead"), newer, "x", world.now)
    scripts.approve(world.seat("chen"), PIN, world.now, number=2)
    return world, person, old.replace("{patient_name}", "（客户姓名）")


async def opened(app: ConsoleApp, pilot: Any, person: Person) -> None:
    """The calls of a patient's file."""
    await settle(pilot, lambda: app.seat is not None and isinstance(app.screen, QueueScreen))
    app.push_screen(PatientScreen(person.id))
    await settle(pilot, lambda: isinstance(app.screen, PatientScreen) and app.screen.page is not None)
    await pilot.press(str(CALLS + 1))


@pytest.mark.parametrize("size", SIZES)
async def test_enter_goes_on_to_the_words_of_that_day(
    called: tuple[World, Person, str], size: tuple[int, int]
) -> None:
    world, person, old = called
    app = console_for(world.clinic, "li", "zh", mode="queue")
    with desk_off_the_loop() as caught:
        async with app.run_test(size=size, notifications=True) as pilot:
            await opened(app, pilot, person)
            await pilot.press("enter")
            await settle(pilot, lambda: isinstance(app.screen, CallWindow))
            assert "话术原文" in screen_text(app)
            await pilot.press("enter")
            await settle(pilot, lambda: isinstance(app.screen, TrackWindow))
            shown = screen_text(app).replace(" ", "")
            assert "第1版" in shown and "当天是已审核的话术" in shown and "第7天回访" in shown
            assert old[:10] in shown and "新的一句" not in shown
            for line in screen_lines(app):
                assert cells(line) == size[0], line
                assert not FORBIDDEN & set(line), line
            await pilot.press("escape")
            await settle(pilot, lambda: isinstance(app.screen, PatientScreen))
            await pilot.press("enter")
            await settle(pilot, lambda: isinstance(app.screen, CallWindow))
            await pilot.press("escape")
            await settle(pilot, lambda: isinstance(app.screen, PatientScreen))
    assert caught == []
    # Twice the window was opened, once the talk-track behind it.
    assert len(world.clinic.rows("SELECT id FROM audit WHERE action = 'call.read'")) == 1


async def test_the_window_in_english_has_the_call_in_its_own_language(
    called: tuple[World, Person, str],
) -> None:
    world, person, old = called
    app = console_for(world.clinic, "lead", "en", mode="queue")
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await opened(app, pilot, person)
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, CallWindow))
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, TrackWindow))
        assert "Approved on that day." in screen_text(app)
        assert old[:6] in screen_text(app).replace(" ", "")


def test_what_cannot_be_shown_says_so() -> None:
    i18n.use("en")
    hidden = reading_lines(CallRead(1, hidden=True))
    assert len(hidden) == 1 and "restricted" in hidden[0][0]
    lost = [words for words, _style in reading_lines(CallRead(1, short_hash="abc", flow="d7", version=2))]
    assert lost[0] == "Files abc" and any("never kept" in words for words in lost)
    assert "The call names no release." in [words for words, _style in reading_lines(CallRead(1))]
