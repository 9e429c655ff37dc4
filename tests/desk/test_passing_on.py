"""Handing calls on: to a colleague, to everybody, one by one and at the end of a shift."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from console.desk import calls, escalations, passing_on, queue, staff
from console.widgets import call_panes
from db import members
from db.enums import AttemptResult, ItemClass, ItemKind, Language, Level, Role
from db.errors import AlreadyTaken, NotAllowed
from db.instants import to_ms
from db.records import FlagForm
from tests.clinic import SampleClinic
from tests.desk.queue_world import QueueWorld, at

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    world = QueueWorld(clinic)
    for login in ("li", "he", "anna", "lead"):
        duty(world, login, on=True)
    return world


def duty(world: QueueWorld, login: str, *, on: bool) -> None:
    world.sql("UPDATE staff SET on_duty = :on WHERE id = :id", on=on, id=world.clinic.staff_ids[login])


def offered(world: QueueWorld, login: str, role: Role | None = None) -> set[int]:
    return {row.id for row in queue.page(world.clinic.seat(login, role), world.clinic.now)}


def code_of(world: QueueWorld, item: int, to: str | None, login: str = "li", role: Role | None = None) -> str:
    whom = None if to is None else world.clinic.staff_ids[to]
    with pytest.raises((NotAllowed, AlreadyTaken)) as refused:
        queue.hand_over(world.clinic.seat(login, role), item, whom, "下班", world.clinic.now)
    return refused.value.code


def test_a_handed_call_is_the_colleagues_until_she_has_made_it(world: QueueWorld) -> None:
    clinic, item = world.clinic, world.item(world.patient())
    he = clinic.staff_ids["he"]
    queue.hand_over(clinic.seat("li"), item, he, "她认识何护士", clinic.now)
    assert item in offered(world, "he", Role.CALLER)
    assert item not in offered(world, "li")
    seat = clinic.seat("li")
    (answer,) = queue.why_not(seat, int(str(world.row(item)["patient_id"])), clinic.now)
    assert answer.gate.code == "other_lane"
    # A call that reached nobody, and one that was given back, leave it hers.
    hers = clinic.seat("he", Role.CALLER)
    queue.release(hers, queue.take_item(hers, item, clinic.now), clinic.now)
    claim = queue.take_item(hers, item, clinic.now)
    phone = int(str(clinic.rows("SELECT id FROM phone")[0]["id"]))
    dial = calls.start_dial(hers, claim, phone, clinic.now)
    calls.end_dial(hers, dial.claim, dial.attempt_id, AttemptResult.NO_ANSWER, clinic.now)
    assert (world.row(item)["owner_staff_id"], world.row(item)["lane_id"]) == (he, f"own:{he}")
    # And she may give it back to everybody.
    queue.hand_over(hers, item, None, "今天不行", clinic.now)
    assert world.row(item)["lane_id"] == "team:customer_service:zh"
    told = clinic.rows("SELECT action, subject_id FROM audit WHERE action = 'item.handover'")
    assert [row["subject_id"] for row in told] == [item, item]


def test_a_promise_goes_along_with_its_words(world: QueueWorld) -> None:
    clinic, item = world.clinic, world.item(world.patient())
    world.promise(item, clinic.now + MINUTE, mine=clinic.staff_ids["li"])
    assert code_of(world, item, "he", "he", Role.CALLER) == "handover_not_yours"
    queue.hand_over(clinic.seat("li"), item, clinic.staff_ids["he"], "我去吃饭", clinic.now)
    assert item in offered(world, "he", Role.CALLER) and item not in offered(world, "li")
    (row,) = clinic.rows("SELECT mine_staff_id, what, status FROM promise")
    assert (row["mine_staff_id"], row["what"]) == (clinic.staff_ids["he"], "回电 / 我去吃饭")
    queue.hand_over(clinic.seat("lead"), item, None, "何护士在手术", clinic.now)
    assert item in offered(world, "li")


@pytest.mark.parametrize("level", [Level.EMERGENCY, Level.SAME_DAY, Level.URGENT])
def test_an_urgent_case_is_rung_and_not_skipped(world: QueueWorld, level: Level) -> None:
    clinic, patient = world.clinic, world.patient()
    world.item(patient)
    seat = clinic.seat("li")
    claim = queue.take_next(seat, clinic.now)
    assert claim is not None
    form = FlagForm(level=level, flags=(), summary="看不清", treatment_id=None)
    raised = escalations.raise_flag(seat, claim, form, "k1", clinic.now)
    case, plain = raised.item_id or 0, claim.item_id or 0
    if level is Level.URGENT:
        queue.may_skip(seat, case)
    else:
        with pytest.raises(NotAllowed, match="skip_urgent"):
            queue.may_skip(seat, case)
        with pytest.raises(NotAllowed, match="skip_urgent"):
            queue.skip(seat, replace(claim, item_id=case), "没空打", clinic.now)
    with pytest.raises(NotAllowed, match="skip_reason_short"):
        queue.skip(seat, claim, "x", clinic.now)
    queue.may_skip(seat, plain)
    queue.skip(seat, claim, "没空打", clinic.now)
    assert world.row(plain)["skips"] == 1 and world.row(case)["skips"] == 0


@pytest.mark.parametrize("to", ["he", None])
@pytest.mark.parametrize("promised", [True, False])
def test_whoever_makes_the_call_reads_why_it_was_handed_over(
    world: QueueWorld, to: str | None, promised: bool
) -> None:
    clinic, patient = world.clinic, world.patient()
    item, along = world.item(patient), world.item(patient, "D30", due=at("2026-06-15 12:00").date())
    if promised:
        world.promise(item, clinic.now, mine=clinic.staff_ids["li"])
    whom = None if to is None else clinic.staff_ids[to]
    queue.hand_over(clinic.seat("li"), item, whom, "先到者说", clinic.now)
    queue.hand_over(clinic.seat("lead"), item, whom, "她怕疼：慢慢说", clinic.now)
    queue.hand_over(clinic.seat("lead"), along, None, "顺便问", clinic.now)
    hers = clinic.seat("he", Role.CALLER)
    claim = queue.take_item(hers, item, clinic.now)
    shown = calls.open_call(hers, claim, clinic.now)
    main = next(one for one in shown.items if one.id == item)
    said = "\n".join(text for text, _style in call_panes.purpose_lines(main, shown))
    assert "她怕疼：慢慢说" in said and "顺便问" in said
    assert ("先到者说" in said) is promised, "with a promise every word stays with it"


def test_the_end_of_a_shift_hands_everything_on(world: QueueWorld) -> None:
    clinic, li = world.clinic, world.clinic.staff_ids["li"]
    promised, later, handed, english = (world.item(world.patient()) for _ in range(4))
    world.promise(promised, clinic.now + MINUTE, mine=li)
    world.promise(later, clinic.now + timedelta(hours=3), mine=li)
    world.promise(english, clinic.now + MINUTE, mine=li)
    world.change(english, language="en")
    queue.hand_over(clinic.seat("lead"), handed, li, "她熟", clinic.now)
    resting = world.item(world.patient(), owner_staff_id=li, cooling_until=to_ms(clinic.now + 30 * MINUTE))
    assert world.row(resting)["state"] == "waiting"
    away = world.item(world.patient(), owner_staff_id=li, escalation_id=99)
    assert queue.held_by_me(clinic.seat("li")) == 5
    done = queue.hand_over_all(clinic.seat("li"), clinic.staff_ids["he"], "下班", clinic.now)
    assert (done.went, done.stayed) == (4, 1), "the one in English stays"
    assert world.row(resting)["lane_id"] == f"own:{clinic.staff_ids['he']}", "also what waits"
    assert {promised, handed} <= offered(world, "he", Role.CALLER)
    assert world.row(later)["lane_id"] == f"own:{clinic.staff_ids['he']}"
    assert world.row(away)["owner_staff_id"] == li, "the board's is the board's"
    done = queue.hand_over_all(clinic.seat("li"), None, "下班", clinic.now)
    assert (done.went, done.stayed) == (1, 0)


def test_what_was_promised_is_anyones_once_she_has_gone(world: QueueWorld) -> None:
    clinic, item = world.clinic, world.item(world.patient())
    seat = clinic.seat("li")
    world.promise(item, clinic.now + MINUTE, mine=clinic.staff_ids["anna"])
    queue.hand_over(clinic.seat("lead"), item, clinic.staff_ids["li"], "她在", clinic.now)
    assert item not in offered(world, "he", Role.CALLER)
    staff.sign_out(seat, clinic.now)
    assert item in offered(world, "he", Role.CALLER)


def test_a_handed_safety_call_opens_to_everybody_before_its_time_is_over(world: QueueWorld) -> None:
    clinic = world.clinic
    item = world.item(world.patient(), "D2", ItemClass.SAFETY, end=at("2026-06-15 21:30"))
    queue.hand_over(clinic.seat("li"), item, clinic.staff_ids["he"], "她熟", clinic.now)
    assert item not in offered(world, "li")
    evening = at("2026-06-15 19:30")
    assert item in {row.id for row in queue.page(clinic.seat("li"), evening)}


def test_a_cut_off_call_is_still_its_callers_in_that_hour(world: QueueWorld) -> None:
    clinic, seat = world.clinic, world.clinic.seat("li")
    item = world.item(world.patient(), "D2", ItemClass.SAFETY, end=at("2026-06-15 21:30"))
    claim = queue.take_item(seat, item, clinic.now)
    phone = int(str(clinic.rows("SELECT id FROM phone")[0]["id"]))
    calls.start_dial(seat, claim, phone, clinic.now)
    evening = at("2026-06-15 19:30")
    assert item in {row.id for row in queue.page(seat, evening)}
    assert world.row(item)["lane_id"] == f"own:{seat.staff_id}"
    assert item not in {row.id for row in queue.page(clinic.seat("he", Role.CALLER), evening)}
    queue.release(seat, queue.take_item(seat, item, evening), evening)
    assert world.row(item)["owner_staff_id"] is None, "taken up again, it is nobody's own"


def test_what_is_not_handed_on_here(world: QueueWorld) -> None:
    clinic = world.clinic
    red = world.item(world.patient(), clinician_requested=True)
    board = world.item(world.patient(), "ESCALATION", escalation_id=99, kind=ItemKind.RECONTACT)
    lead = world.item(world.patient(), "LEAD_REVIEW", kind=ItemKind.LEAD_REVIEW)
    ward = world.item(world.patient(), "D1", ItemClass.SAFETY, team="ward")
    done = world.item(world.patient())
    world.change(done, state="done")
    assert code_of(world, red, "he") == "handover_red_flag"
    assert {code_of(world, one, "he") for one in (board, lead, ward)} == {"handover_elsewhere"}
    assert code_of(world, done, "he") == "item_not_open"
    item = world.item(world.patient())
    with pytest.raises(NotAllowed) as refused:
        queue.hand_over(clinic.seat("li"), item, None, " \u202e ", clinic.now)
    assert refused.value.code == "text_missing"
    duty(world, "chen", on=False)
    assert code_of(world, item, "chen") == "handover_cannot_be"
    assert world.row(item)["owner_staff_id"] is None
    english = world.item(world.patient(language="en"), language="en")
    assert code_of(world, english, "he", "anna", Role.CALLER) == "handover_language"
    assert code_of(world, english, "anna", "li") == "handover_not_yours"
    queue.take_item(clinic.seat("he", Role.CALLER), item, clinic.now)
    assert code_of(world, item, "anna") == "already_taken"
    names = {one.name for one in queue.takers(clinic.seat("li"))}
    assert "何护士" in names and not names & {"李敏", "陈医生"}


def test_her_other_calls_rest_after_a_dial_nobody_answered(world: QueueWorld) -> None:
    """Whoever serves another team would ring the same telephone a minute later."""
    clinic = world.clinic
    # Only these two are in one lane; the nurse's call would not come along.
    patient = world.patient()
    ours = world.item(patient, "D30")
    theirs = world.item(patient, "D7", team="ward_desk")
    safety = world.item(patient, "D2", ItemClass.SAFETY, team="ward_desk")
    promised = world.item(patient, "D90", ItemClass.ROUTINE, team="ward_desk")
    world.promise(promised, clinic.now + timedelta(hours=1))
    group = int(str(world.row(ours)["group_id"]))
    e164 = str(clinic.rows("SELECT e164 FROM phone")[0]["e164"])
    sister, cousin = world.patient(group_id=group), world.patient(group_id=group)
    # The sister has this number only; the cousin has another one, which is rung first.
    world.sql("UPDATE phone SET e164 = :n WHERE patient_id = :p", n=e164, p=sister)
    world.sql(
        "INSERT INTO phone (clinic_id, patient_id, e164, kind, rank, status, created_at) "
        "SELECT clinic_id, patient_id, :n, kind, 2, 'live', created_at FROM phone WHERE patient_id = :p",
        n=e164,
        p=cousin,
    )
    hers, free = world.item(sister), world.item(cousin)
    seat = clinic.seat("li")
    # A second call the safety one does not take along is dialled first.
    world.change(safety, state="waiting", earliest_at=to_ms(clinic.now + timedelta(hours=1)))
    claim = queue.take_item(seat, ours, clinic.now)
    assert claim.item_ids == (ours,)
    phone = int(str(clinic.rows("SELECT id FROM phone WHERE patient_id = :p", p=patient)[0]["id"]))
    dial = calls.start_dial(seat, claim, phone, clinic.now)
    calls.end_dial(seat, dial.claim, dial.attempt_id, AttemptResult.NO_ANSWER, clinic.now)
    for resting in (theirs, hers):
        row = world.row(resting)
        assert (row["state"], row["tries_today"], row["attempts"]) == ("waiting", 1, 0)
        assert int(str(row["cooling_until"])) == to_ms(clinic.now + timedelta(hours=2))
    for going_on in (safety, promised, free):
        assert world.row(going_on)["cooling_until"] is None
    assert {hers, theirs}.isdisjoint(row.id for row in queue.page(seat, clinic.now))
    assert Language("zh") in clinic.seat("he").languages


def test_a_call_that_broke_off_is_taken_up_before_it_is_handed_on(world: QueueWorld) -> None:
    clinic, item = world.clinic, world.item(world.patient())
    seat = clinic.seat("li")
    claim = queue.take_item(seat, item, clinic.now)
    phone = int(str(clinic.rows("SELECT id FROM phone")[0]["id"]))
    calls.start_dial(seat, claim, phone, clinic.now)
    # Her console died and its lease ran out.
    world.sql("UPDATE contact_lease SET expires_at = :gone", gone=to_ms(clinic.now) - 1)
    queue.drain(clinic.database, clinic.clinic_id, clinic.now)
    assert clinic.rows("SELECT stage FROM contact_lease") == [{"stage": "cut_off"}]
    assert code_of(world, item, "he") == "handover_cut_off"
    assert code_of(world, item, None) == "handover_cut_off"
    assert item in offered(world, "li"), "she finds it where she left it"


def test_a_call_is_handed_to_somebody_who_raises_a_flag_about_the_patient_meanwhile(
    world: QueueWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, patient = world.clinic, world.patient()
    item, he = world.item(patient), clinic.seat("he")
    chosen, flagged = threading.Event(), threading.Event()
    real_taker, real_goes_on = passing_on._taker, members.goes_on  # pyright: ignore[reportPrivateUsage]

    def taker(*args: object) -> None:
        real_taker(*args)  # type: ignore[arg-type]
        chosen.set()
        flagged.wait(5)

    def goes_on(*args: object) -> int:
        found = real_goes_on(*args)  # type: ignore[arg-type]
        flagged.set()
        time.sleep(0.2)
        return found

    monkeypatch.setattr(passing_on, "_taker", taker)
    monkeypatch.setattr(members, "goes_on", goes_on)
    form = FlagForm(level=Level.SAME_DAY, flags=("bleed_soaks",))
    with ThreadPoolExecutor(2) as pool:
        handing = pool.submit(queue.hand_over, clinic.seat("li"), item, he.staff_id, "下班", clinic.now)
        assert chosen.wait(5)
        if clinic.database.dialect == "sqlite":
            # There one waits for the other from its first word on.
            flagged.set()
        raising = pool.submit(escalations.raise_flag, he, None, form, "k", clinic.now, patient_id=patient)
        assert raising.result(20).escalation.patient_id == patient
        handing.result(20)
    assert world.row(item)["owner_staff_id"] == he.staff_id
