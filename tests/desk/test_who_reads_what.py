"""Full numbers leave an audit row; intimate procedures stay unnamed; refused cells show no number."""

from __future__ import annotations

from datetime import date

import pytest

from console.desk import calls, escalations, incoming, patients
from console.desk.imports import shown
from db import treatments
from db.connect import unit_of_work
from db.enums import Level, VisitKind
from db.instants import to_ms
from db.records import FlagForm, ItemResult
from tests.desk.call_world import World

INTIMATE = "labiaplasty"


def _reads(world: World) -> int:
    return len(world.clinic.rows("SELECT id FROM audit WHERE action LIKE '%.read'"))


def test_reading_an_unknown_callers_number_is_audited(world: World) -> None:
    claim = incoming.take(world.seat(), None, "13911112222", world.now)
    before = _reads(world)
    assert calls.open_call(world.seat(), claim, world.now).caller_number == "+8613911112222"
    assert _reads(world) == before + 1
    form = FlagForm(level=Level.EMERGENCY, flags=())
    raised = escalations.raise_flag(world.seat(), claim, form, "f", world.now)
    before = _reads(world)
    detail = escalations.open_escalation(world.seat("lead"), raised.escalation.id, world.now)
    assert detail.caller_number == "+8613911112222"
    assert _reads(world) == before + 1
    stored = " ".join(str(one) for one in world.clinic.rows("SELECT fields, digests FROM audit"))
    assert "13911112222" not in stored


def test_an_incoming_call_about_an_intimate_procedure_is_not_read_by_everybody(world: World) -> None:
    person = world.person(procedure=INTIMATE)
    first = incoming.take(world.seat(), person.id, person.e164, world.now)
    kept = tuple(ItemResult(one, "keep") for one in first.item_ids)
    calls.save(
        world.seat(),
        first,
        world.form(note="小阴唇伤口有点肿", items=kept, identity=("birthday", "visit_date")),
        "k",
        world.now,
    )
    world.clinic._seats.clear()
    again = incoming.take(world.seat("anna"), person.id, person.e164, world.later(minutes=1))
    sheet = calls.open_call(world.seat("anna"), again, world.now)
    assert [line.note for line in sheet.history] == ["restricted"]
    page = patients.page(world.seat("anna"), person.id, world.now)
    assert [line.line.note for line in page.calls] == ["restricted"]


def test_the_interest_of_an_intimate_visit_is_not_read_by_everybody(world: World) -> None:
    person = world.person()
    with unit_of_work(world.clinic.database) as connection:
        treatments.add_visit(
            connection,
            world.clinic.clinic_id,
            person.id,
            date(2026, 6, 1),
            VisitKind.UNCONVERTED,
            to_ms(world.now),
            interest="小阴唇整形",
            interest_procedure=INTIMATE,
        )
    sheet = calls.open_call(world.seat(), world.take(person), world.now)
    assert [line.interest for line in sheet.visits] == ["restricted"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("procedure", "13800138000"), ("performed_on", "电话13800138000"), ("procedure", "310101199001011234")],
)
def test_a_number_in_a_wrong_column_is_masked(name: str, text: str) -> None:
    assert "0013800" not in shown("procedure_unknown", name, text)
    assert "19900101" not in shown("procedure_unknown", name, text)
