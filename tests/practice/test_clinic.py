"""The practice clinic: what a scenario says of its patient is what the call sheet shows, and nobody real is in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pytest

from console.desk import calls, conversing, imports, queue, seat
from console.practice import book, clinic
from console.practice.records import Companion, Done, Scenario
from console.practice.stage import Stage
from db import pins
from db.connect import Database, reading
from db.enums import Channel, Language, Role
from db.errors import NotAllowed
from db.records import OtherContact
from tests.clinic import SampleClinic
from tests.journeys.clinic import Journey, Person


def plain(**other: object) -> Scenario:
    """A planned call at noon, two days after eyelids, with parts of it changed."""
    shipped = book.shipped()
    first = shipped.scenario(next(code for code in shipped.codes if code.startswith("eyelid_")))
    changed: dict[str, object] = {
        "treatments": (Done("upper_blepharoplasty", 2, side="both", surgeon="陈医生"),),
        "milestone": "D2",
        "incoming": False,
        "known": True,
        "companions": (),
        "lives_alone": False,
        "clock": time(14, 35),
    }
    return replace(first, **{**changed, **other})  # type: ignore[arg-type]


@pytest.fixture
def opened(practice_base: clinic.Base) -> Callable[..., Stage]:
    """Opens a scenario; its file goes afterwards with the folder."""

    def made(scenario: Scenario, **how: Role) -> Stage:
        stage = clinic.opened(practice_base, scenario, **how)
        clinic.removed(stage)
        return stage

    return made


def test_the_sheet_says_what_the_scenario_says(opened: Callable[..., Stage]) -> None:
    scenario = plain(
        treatments=(
            Done(
                "breast_augmentation_implant",
                4,
                site="胸",
                side="left",
                surgeon="林医生",
                anaesthesia="general",
                implant="硅胶 275",
                orders="束身衣穿一个月",
                stitches_day=10,
                drain_in=True,
            ),
            Done("rhinoplasty_implant", 2, splint_day=7),
        ),
        milestone="D2",
        companions=(Companion("周强", "丈夫", may_hear=True), Companion("周母", "母亲", guardian=True)),
        lives_alone=True,
    )
    sheet = opened(scenario).sheet
    persona = scenario.persona
    assert (sheet.name, sheet.sex, sheet.language) == (persona.name, persona.sex, persona.language)
    assert (sheet.lives_alone, sheet.incoming) == (True, False)
    born = next(one for one in sheet.identity if one.code == "birthday")
    assert f"{persona.born_on:%m-%d}" in str(born)
    breast = next(one for one in sheet.treatments if one.procedure == "breast_augmentation_implant")
    assert (breast.day, breast.performed_on, breast.site, breast.side) == (4, date(2026, 6, 11), "胸", "left")
    assert (breast.surgeon, breast.anaesthesia, breast.implant) == ("林医生", "general", "硅胶 275")
    assert (breast.orders, breast.stitches_on, breast.drain_in) == ("束身衣穿一个月", date(2026, 6, 21), True)
    nose = next(one for one in sheet.treatments if one.procedure == "rhinoplasty_implant")
    assert (nose.day, nose.splint_on, nose.drain_in) == (2, date(2026, 6, 20), False)
    assert [(one.name, one.relation, one.may_hear_clinical, one.guardian) for one in sheet.people] == [
        ("周强", "丈夫", True, False),
        ("周母", "母亲", True, True),
    ]
    assert "D2" in {one.milestone for one in sheet.items}


def test_the_same_scenario_is_the_same_sheet(
    practice_base: clinic.Base, opened: Callable[..., Stage]
) -> None:
    one, two = opened(plain()), opened(plain())
    assert one.database != two.database
    assert (one.sheet, one.values, one.now, one.role) == (two.sheet, two.values, two.now, two.role)
    assert replace(one.claim, token=0) == replace(two.claim, token=0)
    assert practice_base.seat.database.connection().execute("SELECT COUNT(*) AS n FROM patient") == [{"n": 0}]
    practice_base.seat.database.close()


def test_a_clinic_whose_key_was_given_by_a_variable_is_copied_too(
    practice_base: clinic.Base, tmp_path: Path
) -> None:
    lone = tmp_path / "practice.db"
    lone.write_bytes(practice_base.path.read_bytes())
    seat = replace(practice_base.seat, database=Database.at(lone))
    copy = clinic.copied(replace(practice_base, folder=tmp_path, path=lone, seat=seat))
    assert copy.address.path is not None
    assert copy.address.path.read_bytes() == lone.read_bytes()
    assert copy.address.path.stat().st_mode & 0o777 == 0o600
    assert list(copy.address.path.parent.iterdir()) == [copy.address.path]


def test_what_is_read_aloud_has_no_gap_in_either_language(opened: Callable[..., Stage]) -> None:
    for language, clinic_name in ((Language.ZH, "示范诊所"), (Language.EN, "Sample Clinic")):
        stage = opened(plain(persona=replace(plain().persona, language=language)))
        assert stage.values["clinic"] == clinic_name
        assert all(stage.values.values())
        assert stage.may_say
        flow = conversing.flow_of(stage.library, stage.sheet, stage.claim, stage.role)
        assert flow.code == "d2"


def test_an_opened_scenario_costs_no_slow_hash(
    opened: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object) -> bytes:
        raise AssertionError("a PIN was hashed")

    monkeypatch.setattr(pins, "_scrypt", slow)
    assert opened(plain()).sheet.items


def test_she_rings_us_known_or_not(opened: Callable[..., Stage]) -> None:
    known = opened(plain(incoming=True, milestone=""))
    assert known.sheet.incoming and known.claim.item_id is None
    assert known.sheet.name == plain().persona.name
    assert [one.milestone for one in known.sheet.items] == ["D2"], "what is due comes along"
    stranger = opened(plain(incoming=True, milestone="", known=False, treatments=()))
    assert (stranger.sheet.patient_id, stranger.sheet.name) == (None, "")
    assert stranger.sheet.caller_number == "+86" + clinic.CALLER_NUMBER


def test_a_call_that_no_clinic_would_make_is_refused(opened: Callable[..., Stage]) -> None:
    with pytest.raises(NotAllowed) as missing:
        opened(plain(milestone="SPLINT"))
    assert missing.value.code == "practice_no_item"
    assert "D2" in str(missing.value.params["planned"])
    care = plain(treatments=(Done("upper_blepharoplasty", 4),), milestone="D4", clock=time(10, 0))
    with pytest.raises(NotAllowed) as closed:
        opened(care)
    assert closed.value.code == "item_not_callable"


def test_in_practice_a_trainee_takes_the_call(opened: Callable[..., Stage]) -> None:
    stage = opened(plain(), role=Role.TRAINEE)
    assert stage.role == "trainee"
    assert stage.seat is not None and stage.seat.practice and not stage.seat.only_practises
    assert stage.sheet.items[0].milestone == "D2"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_at_a_real_clinic_a_trainee_takes_nobody(clinic: SampleClinic, now: datetime, tmp_path: Path) -> None:
    """With every lane in the world, by every way there is to a patient."""
    caller = clinic.seat("li")
    day = now.astimezone().date()
    journey = Journey(clinic.database, clinic, clinic.database.url, day, tmp_path)
    imports.run(clinic.database, journey.export([Person(1, "王小丽", "双眼皮", 2)]), now=now)
    item = queue.page(caller, now)[0]
    trainee = replace(clinic.seat("li", Role.TRAINEE), lanes=caller.lanes, restricted_ok=True)
    assert seat.lanes_of(Role.TRAINEE, (Role.TRAINEE,), tuple(Language), 1, caller.policy) == ()
    claim = queue.take_item(caller, item.id, now)
    written = OtherContact(channel=Channel.WECOM, answered=True, words="客户回复都好", settles=())
    ways: dict[str, Callable[[], object]] = {
        "next": lambda: queue.take_next(trainee, now),
        "item": lambda: queue.take_item(trainee, item.id, now),
        "incoming": lambda: calls.take_incoming(trainee, item.patient_id, "", now),
        "unknown": lambda: calls.take_incoming(trainee, None, "13800000009", now),
        "written": lambda: calls.note_other(trainee, item.patient_id, written, now),
        "begun": lambda: calls.begin_other(trainee, claim, Channel.WECOM, now),
    }
    for name, way in ways.items():
        with pytest.raises(NotAllowed) as refused:
            way()
        assert refused.value.code in ("role_may_not_call", "trainee_never_dials"), name
    with reading(clinic.database) as connection:
        assert connection.execute("SELECT COUNT(*) AS n FROM contact") == [{"n": 1}]
        assert connection.execute("SELECT COUNT(*) AS n FROM attempt") == [{"n": 0}]
