"""What the clock gives out: birthdays behind consent, visitors nobody tracks, the lead's monthly look."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest

from console.desk import complaints, cycles, escalations, moving, patients, queue, rounds, standing
from console.desk.placing import drain
from console.desk.policy import current
from console.desk.tick import tick
from db.connect import Database, unit_of_work
from db.enums import EscalationKind, ItemClass, Level, Purpose, Role, Severity
from db.errors import NotAllowed
from db.instants import to_ms
from db.records import FlagForm
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld, local

TODAY = date(2026, 6, 15)
"""A Monday."""


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    """The sample clinic, Monday 14:35."""
    return QueueWorld(clinic)


def go(world: QueueWorld, on: date, last: date | None) -> int:
    clinic = world.clinic
    policy = current(clinic.database, clinic.clinic_id)
    return rounds.go(clinic.database, clinic.clinic_id, policy, local(on, 9), last)


def member(world: QueueWorld, born_on: date, *, consent: bool = True, **columns: object) -> int:
    patient_id = world.patient(**{"member_tier": "水晶卡", "born_on": born_on, **columns})  # type: ignore[arg-type]
    if consent:
        clinic = world.clinic
        patients.record_consent(clinic.seat(), patient_id, Purpose.MARKETING, True, "签字", clinic.now)
    return patient_id


def visit(world: QueueWorld, kind: str, on: date, consultant: str | None = None) -> tuple[int, int]:
    patient_id = world.patient()
    values = {"patient_id": patient_id, "visited_on": on, "kind": kind, "consultant": consultant}
    with unit_of_work(world.clinic.database) as connection:
        fixed = {"clinic_id": world.clinic.clinic_id, "created_at": to_ms(world.clinic.now)}
        return patient_id, connection.insert("visit", {**fixed, **values})


def given(world: QueueWorld, code: str) -> list[int]:
    """Patients who have an item of that milestone."""
    rows = world.clinic.rows("SELECT patient_id FROM item WHERE milestone = :code ORDER BY id", code=code)
    return [int(str(row["patient_id"])) for row in rows]


def test_a_birthday_is_kept_for_members_who_agreed_and_are_through_with_everything(world: QueueWorld) -> None:
    clinic, born = world.clinic, date(1990, 6, 15)
    glad = member(world, born)
    member(world, born, consent=False)
    member(world, born, member_tier=None)
    member(world, born + timedelta(days=1))
    member(world, born, deceased_on=TODAY)
    member(world, born, legal_hold=True)
    recovering = member(world, born)
    world.item(recovering, "D7")
    in_course = member(world, born)
    cycles.open_cycle(clinic.seat(), in_course, "year_card", TODAY, clinic.now)
    silent = member(world, born)
    standing.set_no_follow_up(clinic.seat("lead"), silent, True, "本人要求", clinic.now)
    assert go(world, TODAY, TODAY) == 1
    assert given(world, "BIRTHDAY") == [glad]
    assert go(world, TODAY, TODAY) == 0, "once a birthday"
    # What opens meanwhile locks it at once.
    world.item(glad, "D7")
    seen = {one.milestone: one for one in queue.why_not(clinic.seat(), glad, clinic.now)}
    assert seen["BIRTHDAY"].gate.code == "selling_locked"
    with pytest.raises(NotAllowed):
        queue.take_item(clinic.seat("lead", Role.CALLER), seen["BIRTHDAY"].id, clinic.now)


def test_what_is_open_about_a_member_moves_the_stored_place_of_her_greeting(world: QueueWorld) -> None:
    clinic, born = world.clinic, date(1990, 6, 15)
    patient_id = member(world, born)
    go(world, TODAY, TODAY)
    lead, now = clinic.seat("lead"), clinic.now

    def stored() -> object:
        drain(clinic.database, clinic.clinic_id, lead.policy, now)
        (row,) = clinic.rows("SELECT state FROM item WHERE milestone = 'BIRTHDAY'")
        return row["state"]

    def resolve(escalation_id: int, *, complaint: bool = False) -> None:
        if complaint:
            complaints.solve(lead, escalation_id, "已核实", "已处理", now)
            complaints.tell_back(lead, escalation_id, "已告知", None, now)
            complaints.no_satisfaction(lead, escalation_id, "refused", now)
        # A clinical one, whose patient nobody has reached, is a clinician's to close.
        escalations.resolve(clinic.seat("chen"), escalation_id, "已核实", "已处理", "已告知", now)

    assert stored() == "ready"
    for kind in (EscalationKind.COMPLAINT, EscalationKind.REQUEST):
        words = (kind, Severity.MINOR, "等了很久", str(kind))
        card = escalations.hand_over(clinic.seat(), None, patient_id, *words, now).escalation
        assert stored() == "waiting"
        resolve(card.id, complaint=kind is EscalationKind.COMPLAINT)
        assert stored() == "ready"
    claim = queue.take_item(
        clinic.seat("lead", Role.CALLER), world.item(patient_id, "D90", ItemClass.ROUTINE), now
    )
    form = FlagForm(Level.SAME_DAY, ("one_sided_swelling",))
    # The claim is given back: what places the greeting is the flag alone.
    queue.release(clinic.seat("lead", Role.CALLER), claim, now)
    assert stored() == "ready"
    raised = escalations.raise_flag(clinic.seat("lead", Role.CALLER), claim, form, "flag", now)
    assert stored() == "waiting"
    resolve(raised.escalation.id)
    assert stored() == "ready"
    escalations.call_now(clinic.seat("he"), patient_id, None, "再问一次", now)
    assert stored() == "waiting"


def test_a_birthday_on_a_day_nobody_came_is_not_greeted_late(world: QueueWorld) -> None:
    member(world, date(1990, 6, 14))
    assert go(world, TODAY, TODAY - timedelta(days=3)) == 0
    assert given(world, "BIRTHDAY") == []


def test_the_29th_of_february_is_kept_on_the_28th_in_other_years(world: QueueWorld) -> None:
    leap = member(world, date(1992, 2, 29))
    assert (go(world, date(2026, 2, 28), date(2026, 2, 28)), given(world, "BIRTHDAY")) == (1, [leap])
    assert go(world, date(2028, 2, 28), date(2028, 2, 28)) == 0
    assert go(world, date(2028, 2, 29), date(2028, 2, 29)) == 1


def test_on_mondays_a_visitor_nobody_tracks_goes_back_to_her_consultant(world: QueueWorld) -> None:
    clinic = world.clinic
    to_anna, first = visit(world, "unconverted", TODAY - timedelta(days=50), "Anna")
    to_team, _ = visit(world, "unconverted", TODAY - timedelta(days=60), "李敏")  # no consultant
    visit(world, "unconverted", TODAY - timedelta(days=44))
    visit(world, "unconverted", TODAY - timedelta(days=121))
    treated, _ = visit(world, "unconverted", TODAY - timedelta(days=50))
    world.treatment(treated, "facelift", TODAY - timedelta(days=10))
    busy, tracked = visit(world, "unconverted", TODAY - timedelta(days=50))
    world.item(busy, "UC2", ItemClass.ROUTINE, visit_id=tracked)
    unwilling, _ = visit(world, "unconverted", TODAY - timedelta(days=50))
    patients.record_consent(clinic.seat(), unwilling, Purpose.SURVEY, False, "电话里说", clinic.now)
    sunday = TODAY - timedelta(days=1)
    assert go(world, sunday, sunday) == 0, "not before the week begins"
    assert go(world, TODAY, sunday) == 2
    assert set(given(world, "UC-TRACK")) == {to_anna, to_team}
    rows = clinic.rows(
        "SELECT patient_id, visit_id, lane_id, owner_staff_id FROM item WHERE milestone = 'UC-TRACK'"
    )
    anna = clinic.staff_ids["anna"]
    found = {row["patient_id"]: (row["visit_id"], row["lane_id"], row["owner_staff_id"]) for row in rows}
    assert found[to_anna] == (first, f"own:{anna}", anna)
    assert found[to_team][1:] == ("team:on_site_consultant:zh", None)
    assert go(world, TODAY + timedelta(days=7), TODAY) == 1, (
        "each visit once; the one of 44 days has grown old"
    )


def test_on_the_first_of_a_month_bookings_are_swept_and_the_lead_looks(world: QueueWorld) -> None:
    clinic, last = world.clinic, date(2026, 6, 30)
    left, _ = visit(world, "not_arrived", date(2026, 5, 20))
    came, _ = visit(world, "not_arrived", date(2026, 5, 20))
    with unit_of_work(clinic.database) as connection:
        values = {"patient_id": came, "visited_on": date(2026, 5, 25), "kind": "unconverted"}
        connection.insert("visit", {"clinic_id": clinic.clinic_id, "created_at": 0, **values})
    noted, again = world.patient(), world.patient()
    for patient_id in (noted, again):
        standing.set_no_follow_up(
            clinic.seat("anna", Role.CONSULTANT), patient_id, True, "再等等", clinic.now
        )
    standing.set_no_follow_up(clinic.seat("lead"), again, False, "恢复", clinic.now)
    assert go(world, last, last) == 0
    assert go(world, date(2026, 7, 2), last) == 2, "the first day somebody ticks"
    assert (given(world, "BOOK-SWEEP"), given(world, "NO-FOLLOW-UP")) == ([left], [noted])
    (row,) = clinic.rows("SELECT lane_id, state FROM item WHERE milestone = 'NO-FOLLOW-UP'")
    assert (row["lane_id"], row["state"]) == ("lead", "ready"), "no follow-up keeps nothing from the lead"
    world.sql("UPDATE item SET state = 'done' WHERE milestone = 'NO-FOLLOW-UP'")
    assert go(world, date(2026, 7, 3), date(2026, 7, 2)) == 0
    assert go(world, date(2026, 8, 1), date(2026, 7, 31)) == 1
    assert given(world, "NO-FOLLOW-UP") == [noted, noted]


def test_ticks_make_the_rounds_once_whatever_the_number_of_consoles(world: QueueWorld) -> None:
    clinic, born = world.clinic, date(1990, 6, 15)
    everybody = [member(world, born) for _ in range(6)]
    visit(world, "unconverted", TODAY - timedelta(days=50))
    start, failed = threading.Barrier(4), list[BaseException]()
    policy = current(clinic.database, clinic.clinic_id)

    def one() -> None:
        own = Database(clinic.database.url)
        try:
            start.wait()
            rounds.go(own, clinic.clinic_id, policy, local(TODAY, 9), None)
        except BaseException as error:
            failed.append(error)
        finally:
            own.close()

    consoles = [threading.Thread(target=one) for _ in range(4)]
    for console in consoles:
        console.start()
    for console in consoles:
        console.join()
    assert (failed, sorted(given(world, "BIRTHDAY"))) == ([], everybody)
    assert len(given(world, "UC-TRACK")) == 1
    assert tick(clinic.database, clinic.clinic_id, local(TODAY, 10)).planned == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_rounds_and_notes_page_along_keys_and_walk_no_table(world: QueueWorld) -> None:
    clinic = world.clinic
    raw = clinic.database.connection().raw
    seen: set[str] = set()
    raw.set_trace_callback(seen.add)
    patient_id = member(world, date(1990, 6, 15))
    treatment_id = world.treatment(patient_id, "laser_ipl_peel", TODAY)
    visit(world, "not_arrived", TODAY - timedelta(days=20))
    item = world.item(patient_id, "D90", ItemClass.ROUTINE, treatment_id=treatment_id)
    lead, now = clinic.seat("lead"), clinic.now
    course = cycles.open_cycle(lead, patient_id, "package", TODAY, now)
    moving.move_call(lead, patient_id, item, TODAY + timedelta(days=2), "出差", now)
    cycles.close_cycle(lead, patient_id, course, TODAY, now)
    standing.set_no_follow_up(lead, patient_id, True, "本人要求", now)
    go(world, TODAY, None)
    standing.record_death(lead, patient_id, TODAY, "登错人", now)
    standing.undo_death(lead, patient_id, "登错人", now)
    raw.set_trace_callback(None)
    checked = 0
    for sql in seen:
        if not sql.lstrip().upper().startswith(("SELECT", "UPDATE")):
            continue
        for step in (str(row[-1]) for row in raw.execute("EXPLAIN QUERY PLAN " + sql)):
            checked += 1
            walks = step.startswith("SCAN") or step.endswith("(clinic_id=?)")
            small = step.split()[1] in ("clinic", "policy_version", "staff", "s")
            assert not walks or small or "CONSTANT" in step, (sql, step)
    assert checked > 50
